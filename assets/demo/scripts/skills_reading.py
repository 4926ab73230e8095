"""Grammars with a text to read: questions about it, extraction, summaries, mood and topic."""

from common import Pair, article, bullets, capital, listed, skill
from facts import DAYS, GROUPS, JOBS, TOWNS
from words import ACTIONS, PEOPLE

PLACES = [
    "the market",
    "the library",
    "the station",
    "the park",
    "the museum",
    "the lake",
    "the old bridge",
    "the harbour",
    "the school",
    "the theatre",
]
WEATHER = [
    "It was raining.",
    "The sun was shining.",
    "It was cold and windy.",
    "Snow lay on the roofs.",
    "The sky was grey.",
    "It was a warm evening.",
]


def scene(rng):
    """A short report and the facts in it."""
    (one, subject, _, _), (two, _, _, _) = rng.sample(PEOPLE, 2)
    place, day, town = rng.choice(PLACES), rng.choice(DAYS), rng.choice(TOWNS)
    thing = rng.choice(
        [
            "a blue bag",
            "an old map",
            "a small dog",
            "a silver ring",
            "three letters",
            "a red umbrella",
            "a box of tea",
            "a broken watch",
            "a green notebook",
            "a basket of apples",
        ]
    )
    verb = rng.choice(["met", "saw", "waited for", "talked to"])
    end = capital(subject) + rng.choice([" carried ", " brought ", " found "]) + thing + "."
    text = rng.choice(
        [
            f"On {day} {one} went to {place} in {town}. There {subject} {verb} {two}. {end}",
            f"{one} went to {place} in {town} on {day}. {rng.choice(WEATHER)} {capital(subject)} {verb} {two} there. {end}",
            f"It was {day} in {town}. {one} walked to {place} and {verb} {two}. {end}",
        ]
    )
    return dict(
        one=one,
        two=two,
        place=place,
        day=day,
        town=town,
        thing=thing,
        verb=verb,
        text=text,
        subject=subject,
        end=end,
    )


@skill("closed_qa", 260)
def questions_about_a_scene(rng):
    s = scene(rng)
    options = [
        (
            [f"Where did {s['one']} go?", f"Which place did {s['one']} visit?"],
            [
                f"{s['one']} went to {s['place']}.",
                f"To {s['place']} in {s['town']}.",
                f"{capital(s['subject'])} went to {s['place']}.",
            ],
        ),
        (
            [f"When did {s['one']} go to {s['place']}?", "On which day did this happen?"],
            [f"It was on {s['day']}.", f"On {s['day']}.", f"{s['one']} went there on {s['day']}."],
        ),
        (
            [
                "In which town does the text take place?",
                f"What is the name of the town where {s['one']} was?",
            ],
            [f"It takes place in {s['town']}.", f"The town is {s['town']}.", f"{s['town']}."],
        ),
        (
            [f"Who was at {s['place']} besides {s['one']}?", "Who is the second person in the text?"],
            [f"{s['two']} was there too.", f"It was {s['two']}.", f"{s['one']} {s['verb']} {s['two']}."],
        ),
        (
            ["What thing is named in the text?", f"What did {s['one']} have in the end?"],
            [f"{capital(s['thing'])}.", f"{s['one']} had {s['thing']}.", f"It was {s['thing']}."],
        ),
    ]
    asks, answers = rng.choice(options)
    lead = rng.choice(["", "", "Read the text. ", "Answer from the text. "])
    return Pair(f"scene:{s['text']}", lead + rng.choice(asks), s["text"], rng.choice(answers))


@skill("information_extraction", 130)
def extract_from_scene(rng):
    s = scene(rng)
    what = rng.choice(["names", "names", "day", "places", "all"])
    if what == "names":
        ask = rng.choice(
            ["Extract the names of the people.", "List the people in the text.", "Which people are named?"]
        )
        answer = rng.choice(
            [f"{s['one']}, {s['two']}", f"{s['one']} and {s['two']}", bullets([s["one"], s["two"]])]
        )
    elif what == "day":
        ask = rng.choice(["Find the day of the week in the text.", "Extract the day."])
        answer = rng.choice([s["day"], f"The day is {s['day']}."])
    elif what == "places":
        ask = rng.choice(["Extract the place and the town.", "Which places are mentioned?"])
        answer = rng.choice(
            [f"{capital(s['place'])}, {s['town']}", f"The text mentions {s['place']} and {s['town']}."]
        )
    else:
        ask = rng.choice(
            ["Write down who, where and when.", "Extract the people, the town and the day as a list."]
        )
        answer = f"- People: {s['one']}, {s['two']}\n- Town: {s['town']}\n- Day: {s['day']}"
    return Pair(f"scene:{s['text']}", ask, s["text"], answer)


@skill("summarization", 150)
def summarise_scene(rng):
    s = scene(rng)
    ask = rng.choice(
        [
            "Summarize the text in one sentence.",
            "Give a short summary.",
            "What is the text about?",
            "Say in one sentence what happened.",
        ]
    )
    answer = rng.choice(
        [
            f"{s['one']} {s['verb']} {s['two']} at {s['place']} in {s['town']} on {s['day']}.",
            f"On {s['day']} {s['one']} went to {s['place']} and {s['verb']} {s['two']}.",
            f"The text is about {s['one']}, who {s['verb']} {s['two']} in {s['town']}.",
        ]
    )
    return Pair(f"scene:{s['text']}", ask, s["text"], answer)


REVIEW_THINGS = [
    "film",
    "book",
    "hotel",
    "meal",
    "concert",
    "trip",
    "phone",
    "jacket",
    "course",
    "play",
    "cake",
    "game",
]
GOOD = [
    "was wonderful",
    "made me very happy",
    "was better than I hoped",
    "was great fun",
    "is the best I know",
    "was a joy",
    "was well made",
    "was worth every coin",
]
BAD = [
    "was boring",
    "was a great disappointment",
    "was much too expensive",
    "broke after one day",
    "was the worst of all",
    "made me angry",
    "was a waste of time",
    "was dull and slow",
]
GOOD_END = [
    "I will come again.",
    "I can recommend it to everyone.",
    "Thank you so much!",
    "My friends loved it too.",
    "",
]
BAD_END = [
    "I want my money back.",
    "Never again.",
    "I do not recommend it.",
    "My friends did not like it either.",
    "",
]
MIXED = [
    "The {0} was good, but it was too long.",
    "I liked the start of the {0}, but not the end.",
    "The {0} was fine, neither good nor bad.",
    "The {0} was pretty, but it cost too much.",
]


@skill("classification", 170)
def sentiment(rng):
    thing = rng.choice(REVIEW_THINGS)
    mood = rng.choice(["positive", "negative", "positive", "negative", "mixed"])
    name = rng.choice(PEOPLE)[0]
    if mood == "mixed":
        text = rng.choice(MIXED).format(thing)
        text += rng.choice(["", f" {name} thought the same.", " Perhaps I will try it again."])
    else:
        good = mood == "positive"
        text = (
            f"{rng.choice(['The', 'This', 'Our'])} {thing} {rng.choice(GOOD if good else BAD)}. "
            f"{rng.choice(GOOD_END if good else BAD_END)}"
        )
    text = text.strip()
    ask = rng.choice(
        [
            "Is this review positive, negative or mixed?",
            "Classify the sentiment of the text.",
            "What is the mood of this review?",
            "Does the writer like it?",
        ]
    )
    answer = rng.choice(
        [
            f"{capital(mood)}.",
            f"The review is {mood}.",
            f"The writer's opinion is {mood}.",
            f"It is {article(mood)} review.",
        ]
    )
    if ask.startswith("Does"):
        answer = {
            "positive": rng.choice(["Yes, the writer likes it.", f"Yes, the writer likes the {thing}."]),
            "negative": rng.choice(
                ["No, the writer does not like it.", f"No, the writer is unhappy with the {thing}."]
            ),
            "mixed": rng.choice(["Partly. The writer is not sure.", "The opinion is mixed."]),
        }[mood]
    return Pair(f"review:{text}", ask, text, answer)


TOPICS = {
    "sport": [
        "The {w} won the match by {n} points.",
        "She ran {n} kilometres and won the race.",
        "The players trained hard for the final game.",
    ],
    "weather": [
        "Tomorrow will be sunny with {n} degrees.",
        "Heavy rain is expected in {t}.",
        "A cold wind brings snow to {t} tonight.",
    ],
    "food": [
        "Boil the rice for {n} minutes and add salt.",
        "The soup needs an onion and {n} carrots.",
        "Fresh bread tastes best with butter.",
    ],
    "travel": [
        "The train to {t} leaves at {n} o'clock.",
        "We stayed in a small hotel in {t}.",
        "Our ship reached the harbour of {t} after {n} days.",
    ],
    "music": [
        "The choir of {t} sang {n} songs.",
        "He plays the violin in a band.",
        "The concert in {t} begins with a piano piece.",
    ],
    "health": [
        "Drink water and rest for {n} days.",
        "The doctor in {t} gave him a medicine for his cough.",
        "A walk every day is good for the heart.",
    ],
}


@skill("classification", 100)
def topic(rng):
    right = rng.choice(sorted(TOPICS))
    text = rng.choice(TOPICS[right]).format(
        w=rng.choice(["blue team", "home team", "young players"]), n=rng.randint(2, 12), t=rng.choice(TOWNS)
    )
    text += rng.choice(["", "", f" {rng.choice(PEOPLE)[0]} told us so.", " That is what the paper says."])
    wrong = rng.choice(sorted(set(TOPICS) - {right}))
    first, second = (right, wrong) if rng.random() < 0.5 else (wrong, right)
    ask = rng.choice(
        [
            "What is the topic of this text?",
            f"Is the text about {first} or {second}?",
            "Choose a topic for the text.",
        ]
    )
    answer = rng.choice([f"The topic is {right}.", f"{capital(right)}.", f"The text is about {right}."])
    return Pair(f"topic:{text}", ask, text, answer)


@skill("information_extraction", 90)
def extract_group(rng):
    group, other = rng.sample(
        ["fruit", "vegetable", "animal", "tool", "vehicle", "sport", "drink", "metal"], 2
    )
    inside = rng.sample([w for w in GROUPS[group] if w not in GROUPS[other]], 2)
    outside = rng.sample([w for w in GROUPS[other] if w not in GROUPS[group]], 2)
    mixed = inside + outside
    rng.shuffle(mixed)
    many = {"fruit": "kinds of fruit"}.get(group, group + "s")
    context = rng.choice(
        [
            "{0}, {1}, {2}, {3}",
            "On the list are {0}, {1}, {2} and {3}.",
            "The words are {0}, {1}, {2} and {3}.",
        ]
    ).format(*mixed)
    ask = rng.choice(
        [f"Find the {many} in the list.", f"Which of these words are {many}?", f"Extract all {many}."]
    )
    found = [w for w in mixed if w in inside]
    return Pair(
        f"group-in:{context}",
        ask,
        context,
        rng.choice([", ".join(found), capital(listed(found)) + ".", bullets(found)]),
    )


@skill("summarization", 80)
def headline(rng):
    base, past, rest = rng.choice(ACTIONS)
    (one, subject, _, _), town, day = rng.choice(PEOPLE), rng.choice(TOWNS), rng.choice(DAYS)
    job = rng.choice(sorted(JOBS))
    context = rng.choice(
        [
            f"{one} is {article(job)} from {town}. On {day} {subject} {past} {rest}. Many people came to look.",
            f"Last {day}, {article(job)} from {town} {past} {rest}. The name of the {job} is {one}.",
        ]
    )
    ask = rng.choice(
        ["Write a headline for this text.", "Find a good title.", "Give this text a short title."]
    )
    answer = rng.choice(
        [
            f"{capital(job)} from {town} {past} {rest}",
            f"{one} {past} {rest}",
            f"A {day} in {town}",
            f"The {job} of {town}",
            f"{one}, {article(job)} from {town}",
        ]
    )
    return Pair(f"headline:{context}", ask, context, answer)
