"""Open-ended grammars: polite replies, messages, advice, ideas, descriptions. Many answers are right."""

from common import Pair, article, bullets, capital, listed, numbered, skill
from facts import ANIMALS, DAYS, TOWNS
from phrases import ADVICE, IDEAS, REPLIES
from skills_stories import MOODS
from words import PEOPLE


@skill("general_qa", 170)
def polite_reply(rng):
    kind = rng.choice(sorted(REPLIES))
    messages, answers = REPLIES[kind]
    name, sender = (p[0] for p in rng.sample(PEOPLE, 2))
    day = rng.choice(DAYS)
    message = rng.choice(messages).format(d=day)
    greeted = rng.random() < 0.4
    context = (f"Hello {name}! " if greeted else "") + message + rng.choice(["", "", f" {sender}"])
    ask = rng.choice(
        [
            "Write a polite reply.",
            "Answer this message in a friendly way.",
            "What could you answer?",
            "Reply to the message.",
        ]
    )
    answer = rng.choice(answers).format(d=day)
    if context.endswith(sender) and rng.random() < 0.5:
        answer = f"Dear {sender}, {answer[0].lower() + answer[1:] if not answer.startswith('I ') else answer}"
    return Pair(f"reply:{context}", ask, context, answer)


@skill("creative_writing", 130)
def message(rng):
    (one, _, _, _), (two, _, _, _) = rng.sample(PEOPLE, 2)
    day, town = rng.choice(DAYS), rng.choice(TOWNS)
    purpose, bodies = rng.choice(
        [
            (
                "to invite {} to dinner on {d}",
                ["would you like to have dinner with me on {d}?", "please come to dinner on {d} at seven."],
            ),
            (
                "to thank {} for the visit on {d}",
                [
                    "thank you for coming on {d}. It was a lovely day.",
                    "your visit on {d} made me very happy. Thank you!",
                ],
            ),
            (
                "to tell {} that the meeting on {d} is cancelled",
                [
                    "the meeting on {d} will not take place. I am sorry.",
                    "we cannot meet on {d}. Can we find another day?",
                ],
            ),
            (
                "to ask {} for help with the move to {t}",
                [
                    "I am moving to {t} on {d}. Could you help me carry the boxes?",
                    "could you help me with my move to {t}? I would be very grateful.",
                ],
            ),
            (
                "to wish {} a happy birthday",
                ["happy birthday! I wish you a wonderful year.", "all the best for your birthday!"],
            ),
        ]
    )
    ask = rng.choice(["Write a short message {}.", "Write a note {}.", "Help me write a message {}."]).format(
        purpose.format(two, d=day, t=town)
    ) + rng.choice(["", f" It is from {one}."])
    sign = one if ask.endswith(f"from {one}.") else rng.choice(["Best wishes", "Yours", "See you soon"])
    return Pair(f"message:{ask}", ask, "", f"Dear {two}, {rng.choice(bodies).format(d=day, t=town)} {sign}")


@skill("brainstorming", 250)
def ideas(rng):
    what = rng.choice(sorted(IDEAS))
    n = rng.choice([2, 3, 3, 4])
    chosen = rng.sample(IDEAS[what], n)
    amount = "two three four".split()[n - 2]
    who = rng.choice(PEOPLE)[0]
    ask = rng.choice(
        [
            f"Give me {amount} ideas of what {what}.",
            f"List {amount} things {what}.",
            f"What are some things {what}?",
            f"I need {amount} ideas: what {what}?",
            f"{who} asks what {what}. Give {amount} ideas.",
        ]
    )
    answer = rng.choice(
        [
            bullets(chosen),
            numbered(chosen),
            capital(listed(chosen)) + ".",
            (
                f"You could choose {listed(chosen, 'or')}."
                if not what.startswith("to do")
                else f"You could {listed(chosen, 'or')}."
            ),
        ]
    )
    if what == "to learn this year" and answer.startswith("You could choose"):
        answer = capital(listed(chosen, "or")) + "."
    return Pair(f"ideas:{ask}:{','.join(chosen)}", ask, "", answer)


@skill("general_qa", 170)
def advice(rng):
    goal = rng.choice(sorted(ADVICE))
    n = rng.choice([1, 2, 2, 3])
    chosen = rng.sample(ADVICE[goal], n)
    ask = rng.choice(
        [
            f"How can I {goal}?",
            f"Give me advice: how do I {goal}?",
            f"I want to {goal}. What should I do?",
            f"My friend wants to {goal}. Any tips?",
            f"Tell me how to {goal}.",
        ]
    )
    answer = rng.choice(
        [
            f"{capital(listed(chosen))}.",
            f"You should {listed(chosen)}.",
            f"It helps to {listed(chosen)}.",
            numbered([capital(c) + "." for c in chosen]),
        ]
    )
    return Pair(f"advice:{ask}:{','.join(chosen)}", ask, "", answer)


@skill("brainstorming", 90)
def names_and_titles(rng):
    what = rng.choice(
        [
            "a cat",
            "a dog",
            "a small boat",
            "a bakery",
            "a bookshop",
            "a horse",
            "a school band",
            "a garden cafe",
            "a parrot",
        ]
    )
    pools = {
        "a cat": ["Shadow", "Ginger", "Pepper", "Luna", "Velvet"],
        "a dog": ["Rocky", "Biscuit", "Scout", "Bruno", "Daisy"],
        "a small boat": ["Sea Star", "Grey Swan", "North Wind", "Little Wave"],
        "a bakery": ["Golden Loaf", "Warm Oven", "Sweet Corner"],
        "a bookshop": ["The Open Page", "Owl Books", "The Quiet Corner"],
        "a horse": ["Thunder", "Hazel", "Comet", "Silver"],
        "a school band": ["The Loud Pencils", "Chalk and Strings", "The Late Bells"],
        "a garden cafe": ["The Green Cup", "Under the Oak", "Rose and Tea"],
        "a parrot": ["Mango", "Captain", "Echo", "Kiwi"],
    }
    n = rng.choice([1, 2, 3])
    chosen = rng.sample(pools[what], n)
    ask = rng.choice(
        [
            f"Suggest {'a name' if n == 1 else str(['two', 'three'][n - 2]) + ' names'} for {what}.",
            f"What could I call {what}?",
            f"I need a name for {what}.",
        ]
    )
    answer = rng.choice(
        [
            f"How about {listed(chosen, 'or')}?",
            f"{listed(chosen, 'or')}.",
            f"You could call it {listed(chosen, 'or')}.",
        ]
    )
    return Pair(f"name:{ask}:{','.join(chosen)}", ask, "", answer)


@skill("creative_writing", 130)
def describe_scene(rng):
    place, details = rng.choice(
        [
            (
                "a market",
                [
                    "people call out their prices",
                    "the air smells of bread",
                    "children run between the tables",
                ],
            ),
            (
                "a forest",
                [
                    "the light falls through the leaves",
                    "a bird sings far away",
                    "the ground is soft with moss",
                ],
            ),
            (
                "a harbour",
                ["the ships rock in the wind", "gulls cry above the water", "men carry boxes to the shore"],
            ),
            (
                "a kitchen",
                ["a pot of soup is on the stove", "the window is white with steam", "somebody cuts an onion"],
            ),
            (
                "a train station",
                ["a train is about to leave", "a man looks at the clock", "bags stand in long rows"],
            ),
            ("a beach", ["waves roll over the sand", "a dog runs into the water", "the sun is warm"]),
            (
                "a winter morning",
                [
                    "frost covers the windows",
                    "smoke rises from the roofs",
                    "every step makes a sound in the snow",
                ],
            ),
            ("a classroom", ["the teacher writes on the board", "two girls whisper", "the clock is slow"]),
        ]
    )
    chosen = rng.sample(details, rng.choice([2, 2, 3]))
    ask = rng.choice(
        [
            f"Describe {place} in one or two sentences.",
            f"Paint a picture of {place} with words.",
            f"What do you see and hear? The place is {place}.",
        ]
    )
    start = rng.choice(["", "", f"It is {rng.choice(['early', 'late', 'noon'])}. "])
    answer = start + capital(
        rng.choice([f"{chosen[0]} and {chosen[1]}.", f"{chosen[0]}. {capital(chosen[1])}."])
    )
    if len(chosen) == 3:
        answer += f" {capital(chosen[2])}."
    return Pair(f"place:{ask}:{','.join(chosen)}", ask, "", answer)


@skill("creative_writing", 60)
def animal_speaks(rng):
    animal = rng.choice(sorted(ANIMALS))
    many, kind, home, food, _, fact = ANIMALS[animal]
    ask = rng.choice(
        [
            f"Let {article(animal)} introduce itself.",
            f"You are {article(animal)}. Say who you are.",
            f"What would {article(animal)} say about itself?",
        ]
    )
    answer = rng.choice(
        [
            f"I am {article(animal)}. I live {home} and I eat {food}.",
            f"Hello! I am {article(rng.choice(MOODS) + ' ' + animal)}. " f"My home is {home}.",
            f"I am {article(animal)}, and I love {food}.",
        ]
    )
    return Pair(f"speaks:{animal}", ask, "", answer)
