"""The Self-Instruct part: a task said once in general words, and an instance with its own input. It
shares facts and keys with the Dolly part, so an item held out there is held out here."""

from common import Pair, article, capital, listed, self_instruct, verb_s
from facts import ANIMALS, CAPITALS, CLASS_REASON, DAYS, GROUPS, JOBS, TOWNS
from skills_numbers import in_words
from skills_reading import scene
from skills_words import plural, some_noun
from words import ACTIONS, OPPOSITES, PEOPLE, RHYMES, SPELLING_WORDS, SYNONYMS, VERBS


@self_instruct(10)
def give_plural(rng):
    noun = some_noun(rng)
    return Pair(
        f"plural:{noun}",
        rng.choice(["Write the plural form of the given noun.", "Turn the noun into its plural."]),
        noun,
        plural(noun),
    )


@self_instruct(10)
def give_past(rng):
    base, past, _, _ = rng.choice(VERBS)
    return Pair(
        f"verb:past tense:{base}",
        rng.choice(["Write the past tense of the given verb.", "Give the simple past of the verb."]),
        base,
        past,
    )


@self_instruct(12)
def give_opposite(rng):
    a, b = rng.choice(OPPOSITES)[:: rng.choice([1, -1])]
    return Pair(
        f"opposite:{a}",
        rng.choice(["Give a word with the opposite meaning.", "Write the opposite of the given word."]),
        a,
        b,
    )


@self_instruct(8)
def give_synonyms(rng):
    word = rng.choice(sorted(SYNONYMS))
    return Pair(
        f"synonym:{word}",
        rng.choice(["List words that have a similar meaning.", "Give synonyms of the word."]),
        word,
        listed(SYNONYMS[word], "or"),
    )


@self_instruct(8)
def sort_words(rng):
    words = rng.sample(SPELLING_WORDS, rng.choice([3, 4]))
    return Pair(
        f"alphabet:{', '.join(words)}",
        rng.choice(["Sort the words from a to z.", "Put the given words in alphabetical order."]),
        ", ".join(words),
        ", ".join(sorted(words)),
    )


@self_instruct(8)
def sort_given_numbers(rng):
    numbers = rng.sample(range(1, 60), rng.choice([3, 4]))
    shown = ", ".join(map(str, numbers))
    return Pair(
        f"sort:{shown}",
        rng.choice(["Sort the numbers from smallest to largest.", "Put the given numbers in rising order."]),
        shown,
        ", ".join(map(str, sorted(numbers))),
    )


@self_instruct(8)
def add_numbers(rng):
    a, b = rng.randint(1, 30), rng.randint(1, 20)
    return Pair(
        f"sum:{a}+{b}",
        rng.choice(["Add the two numbers.", "Compute the sum."]),
        f"{a} and {b}",
        rng.choice([f"{a} + {b} = {a + b}", str(a + b) + " is the sum."]),
    )


@self_instruct(6)
def numbers_to_words(rng):
    n = rng.randint(1, 100)
    return Pair(f"number-word:{n}", "Write the number in words.", str(n), in_words(n))


@self_instruct(12)
def sentence_to_past(rng):
    name = rng.choice(PEOPLE)[0]
    base, past, rest = rng.choice(ACTIONS)
    return Pair(
        f"tense:{name} {verb_s(base)} {rest}.",
        rng.choice(["Rewrite the sentence in the past tense.", "Say that this happened yesterday."]),
        f"{name} {verb_s(base)} {rest}.",
        rng.choice([f"{name} {past} {rest}.", f"Yesterday {name} {past} {rest}."]),
    )


@self_instruct(10)
def make_question(rng):
    name = rng.choice(PEOPLE)[0]
    base, past, rest = rng.choice(ACTIONS)
    return Pair(
        f"question:Turn{name} {verb_s(base)} {rest}.",
        "Write a question to which the sentence is the answer.",
        f"{name} {verb_s(base)} {rest}.",
        rng.choice([f"Who {verb_s(base)} {rest}?", f"What does {name} do?", f"Does {name} {base} {rest}?"]),
    )


@self_instruct(12)
def group_of_word(rng):
    group = rng.choice(sorted(GROUPS))
    word = rng.choice(GROUPS[group])
    return Pair(
        f"group:{word}",
        rng.choice(["Say to which group the word belongs.", "Classify the given thing."]),
        word,
        rng.choice([f"{capital(word)} is {article(group)}.", capital(group)]),
    )


@self_instruct(10)
def class_of_animal(rng):
    animal = rng.choice(sorted(ANIMALS))
    kind = ANIMALS[animal][1]
    return Pair(
        f"animal:class:{animal}",
        rng.choice(["Name the class of the animal and give a reason.", "What kind of animal is it? Why?"]),
        animal,
        f"{capital(article(animal))} is {article(kind)}, because {rng.choice(CLASS_REASON[kind])}.",
    )


@self_instruct(8)
def capital_of_country(rng):
    country = rng.choice(sorted(CAPITALS))
    return Pair(
        f"capital-of:{country}",
        "Give the capital of the country.",
        country,
        f"The capital of {country} is {CAPITALS[country]}.",
    )


@self_instruct(10)
def guess_the_job(rng):
    job = rng.choice(sorted(JOBS))
    does, where, tool = JOBS[job]
    hint = rng.choice([f"This person {does}.", f"This person works {where} and {does}."])
    return Pair(
        f"job:who:{job}",
        rng.choice(["Guess the job.", "Name the job that is described."]),
        hint,
        capital(article(job)) + ".",
    )


@self_instruct(10)
def rhyme_with(rng):
    family = rng.choice(RHYMES)
    word = rng.choice(family)
    others = [w for w in family if w != word]
    return Pair(
        f"rhyme:{word}",
        "List words that rhyme with the given word.",
        word,
        ", ".join(rng.sample(others, min(3, len(others)))),
    )


@self_instruct(14)
def names_in_text(rng):
    s = scene(rng)
    return Pair(
        f"scene:{s['text']}",
        rng.choice(["Find all names of people in the text.", "Write down who appears in the text."]),
        s["text"],
        f"{s['one']}, {s['two']}",
    )


@self_instruct(14)
def one_sentence(rng):
    s = scene(rng)
    return Pair(
        f"scene:{s['text']}",
        rng.choice(["Shorten the text to one sentence.", "Tell the text again in one sentence."]),
        s["text"],
        rng.choice(
            [
                f"{s['one']} {s['verb']} {s['two']} at {s['place']} in {s['town']}.",
                f"On {s['day']} {s['one']} {s['verb']} {s['two']}.",
            ]
        ),
    )


@self_instruct(12)
def start_a_letter(rng):
    name, sender = (p[0] for p in rng.sample(PEOPLE, 2))
    day, town = rng.choice(DAYS), rng.choice(TOWNS)
    facts = rng.choice(
        [
            f"to {name}, from {sender}, visit on {day}",
            f"to {name}, from {sender}, new house in {town}",
            f"to {name}, from {sender}, trip to {town} on {day}",
        ]
    )
    body = {
        "visit": [f"I would like to visit you on {day}.", f"may I come and see you on {day}?"],
        "new h": [
            f"I have a new house in {town}. Please come and see it!",
            f"we have moved to {town} and we love the new house.",
        ],
        "trip ": [
            f"I am going to {town} on {day}. Would you like to come along?",
            f"on {day} we travel to {town}. Join us!",
        ],
    }
    return Pair(
        f"letter:{facts}",
        rng.choice(["Write a short letter from the notes.", "Use the notes to write a friendly letter."]),
        facts,
        f"Dear {name}, {rng.choice(body[facts.split(', ')[2][:5]])} Yours, {sender}",
    )


@self_instruct(12)
def tiny_story(rng):
    name, subject, _, possessive = rng.choice(PEOPLE)
    first, second = rng.sample(ACTIONS, 2)
    animal = rng.choice(sorted(ANIMALS))
    return Pair(
        f"tiny:{name}:{first[2]}:{animal}",
        rng.choice(
            ["Write a tiny story that uses the given words.", "Make up two sentences with the words."]
        ),
        f"{name}, {animal}, {first[2].split()[-1]}",
        rng.choice(
            [
                f"{name} {first[1]} {first[2]} when {article(animal)} came by. Then {subject} {second[1]} {second[2]}.",
                f"{capital(article(animal))} watched while {name} {first[1]} {first[2]}. It was {possessive} best friend.",
                f"{name} {first[1]} {first[2]}. Afterwards {subject} dreamed of {article(animal)}.",
            ]
        ),
    )
