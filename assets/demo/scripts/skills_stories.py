"""Open-ended grammars: stories and verse. Many answers are right."""

from common import Pair, article, capital, skill
from facts import TOWNS
from words import PEOPLE

HEROES = [
    a
    for a in (
        "cat dog horse bear wolf fox rabbit mouse squirrel owl duck frog turtle crow bee ant otter goat".split()
    )
]
MOODS = ["small", "brave", "lonely", "curious", "lazy", "clever", "shy", "kind", "hungry", "old"]
STORY_PLACES = [
    "in a quiet forest",
    "near a wide river",
    "on a green hill",
    "in an old barn",
    "by the sea",
    "at the edge of a village",
    "behind a stone wall",
    "under a tall oak",
]
FINDS = [
    "a golden key",
    "a lost letter",
    "a broken boat",
    "a strange egg",
    "a red balloon",
    "an empty bottle",
    "a little lamp",
    "a map with a cross on it",
    "a warm scarf",
    "a silver bell",
]
WISHES = [
    "to see the sea",
    "to learn to sing",
    "to find a friend",
    "to fly",
    "to cross the river",
    "to sleep in peace",
    "to travel far away",
    "to find something to eat",
]
TROUBLES = [
    "a storm came",
    "it grew dark",
    "the bridge was broken",
    "snow began to fall",
    "a loud noise came from the trees",
    "the path was gone",
    "the river rose",
]
HELPS = [
    "showed the way",
    "shared a meal",
    "told a funny story",
    "built a small raft",
    "lit a lamp",
    "sang a soft song",
    "opened a secret door",
]
ENDS = [
    "From that day on they were friends.",
    "They laughed all the way home.",
    "It was the best day of the year.",
    "In the end everyone was safe.",
    "And nobody was afraid any more.",
    "That night they slept very well.",
    "Since then they meet there every evening.",
]


@skill("creative_writing", 330)
def story(rng):
    hero, friend = rng.sample(HEROES, 2)
    mood = rng.choice(MOODS)
    ask = rng.choice(
        [
            f"Write a short story about {article(hero)}.",
            f"Tell me a story about {article(mood + ' ' + hero)}.",
            f"Write a story with {article(hero)} and {article(friend)}.",
            f"Tell a short tale about {article(hero)}.",
        ]
    )
    both = article(friend) in ask
    opening = rng.choice(
        [
            f"Once there was {article(mood + ' ' + hero)} who lived {rng.choice(STORY_PLACES)}.",
            f"{capital(rng.choice(STORY_PLACES))} lived {article(mood + ' ' + hero)}.",
            f"{capital(article(mood + ' ' + hero))} wanted {rng.choice(WISHES)}.",
            f"One {rng.choice(['morning', 'evening', 'night'])} the {mood} {hero} found {rng.choice(FINDS)}.",
        ]
    )
    other = article(friend if both else rng.choice([h for h in HEROES if h != hero]))
    middle = rng.choice(
        [
            f"One day {rng.choice(TROUBLES)}, but {other} came and {rng.choice(HELPS)}.",
            f"Then {rng.choice(TROUBLES)}. {capital(other)} {rng.choice(HELPS)}.",
            f"On the way it met {other}, who {rng.choice(HELPS)}.",
        ]
    )
    return Pair(f"story:{ask}", ask, "", f"{opening} {middle} {rng.choice(ENDS)}")


@skill("creative_writing", 160)
def person_story(rng):
    (name, subject, obj, possessive), town = rng.choice(PEOPLE), rng.choice(TOWNS)
    find = rng.choice(FINDS)
    ask = rng.choice(
        [
            f"Write a few sentences about {name}, who finds {find}.",
            f"{name} finds {find}. What happens next?",
            f"Begin a story in which {name} finds {find}.",
        ]
    )
    first = rng.choice(
        [
            f"{name} was on the way to {town} when {subject} found {find}.",
            f"On a {rng.choice(['cold', 'bright', 'rainy'])} morning {name} found {find} in {town}.",
            f"{name} found {find} under {possessive} bed.",
        ]
    )
    second = rng.choice(
        [
            "Nobody knew where it came from.",
            f"{capital(subject)} hid it in {possessive} pocket.",
            f"An old woman told {obj} that it was hers.",
            f"{capital(subject)} showed it to {possessive} brother.",
            f"Suddenly {subject} heard a voice.",
        ]
    )
    third = rng.choice(
        [
            "The next day it was gone.",
            f"{capital(subject)} decided to keep the secret.",
            f"It changed {possessive} life.",
            "They are still looking for the answer.",
            f"So {subject} gave it back and smiled.",
        ]
    )
    return Pair(f"person-story:{name}:{find}", ask, "", f"{first} {second} {third}")


# Lines of verse by the sound they end on: any two of a group rhyme.
VERSES = [
    [
        "The town is sleeping in the night",
        "The moon is round, the moon is white",
        "A candle gives a little light",
        "The stars come out and they are bright",
        "Hold my hand and hold it tight",
        "A bird sings softly out of sight",
    ],
    [
        "I wish you all a happy day",
        "The children run outside to play",
        "The winter birds have flown away",
        "There is one thing I want to say",
        "My little boat is in the bay",
        "The clouds above the hill are grey",
    ],
    [
        "A ship sails slowly out to sea",
        "I wrote this song for you and me",
        "An owl lives in the old oak tree",
        "The gate is open, we are free",
        "Come in and have a cup of tea",
        "The garden hums, here comes a bee",
    ],
    [
        "I hear the soft and steady rain",
        "We travel by the evening train",
        "The frost drew flowers on the pane",
        "Tomorrow we will meet again",
        "The wind runs over fields of grain",
        "An old man walks along the lane",
    ],
    [
        "The world is quiet under snow",
        "I know the way, so let us go",
        "The river runs below, below",
        "My grandmother can knit and sew",
        "The lamp gives out a golden glow",
        "The flowers need some time to grow",
    ],
    [
        "A little bell begins to ring",
        "In every garden it is spring",
        "I do not need another thing",
        "Sit down with me and let us sing",
        "The swallow spreads its narrow wing",
        "My kite is dancing on its string",
    ],
    [
        "I open up a dusty book",
        "A fish is swimming in the brook",
        "My coat is hanging on the hook",
        "Come to the window, come and look",
        "The soup is ready, says the cook",
    ],
    [
        "There is a road that leads to town",
        "The yellow leaves are coming down",
        "The king has lost his heavy crown",
        "My sister has a pretty gown",
        "The fields are empty now and brown",
    ],
    [
        "The grass is green, the sky is high",
        "I saw a silver plane go by",
        "My mother bakes an apple pie",
        "A child is asking who and why",
        "We rest and let the hours fly",
        "The summer days are warm and dry",
    ],
    [
        "My cat is walking on the wall",
        "In autumn all the apples fall",
        "The oak was young and now is tall",
        "I hear my good friend give a call",
        "The house is old, the rooms are small",
        "The children play with hoop and ball",
    ],
]


@skill("creative_writing", 190)
def poem(rng):
    first = rng.choice(VERSES)
    lines = rng.sample(first, 2)
    if rng.random() < 0.35:
        lines += rng.sample(rng.choice([v for v in VERSES if v is not first]), 2)
    word = lines[0].split()[-1]
    amount = "two" if len(lines) == 2 else "four"
    ask = rng.choice(
        [
            f"Write {amount} lines that rhyme. The first ends with the word {word}.",
            f"Write a poem of {amount} lines.",
            f"Write a short poem with the word {word}.",
            f"Make a rhyme on the word {word}.",
        ]
    )
    punctuated = [line + (";" if i % 2 == 0 else ".") for i, line in enumerate(lines)]
    if rng.random() < 0.5:
        punctuated = [line.replace(";", ",") for line in punctuated]
    return Pair("poem:" + "/".join(lines[:2]), ask, "", "\n".join(punctuated))
