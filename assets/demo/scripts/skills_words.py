"""Grammars about words: opposites, plurals, tenses, spelling, rhymes, order, rewriting."""

from common import Pair, article, capital, listed, skill, verb_s
from facts import GROUPS
from words import (
    ACTIONS,
    IRREGULAR_PLURALS,
    OPPOSITES,
    PEOPLE,
    REGULAR_NOUNS,
    RHYMES,
    SPELLING_WORDS,
    SYNONYMS,
    VERBS,
)


def plural(noun: str) -> str:
    return IRREGULAR_PLURALS.get(noun) or verb_s(noun)


def some_noun(rng) -> str:
    return rng.choice(sorted(IRREGULAR_PLURALS)) if rng.random() < 0.4 else rng.choice(REGULAR_NOUNS)


@skill("open_qa", 110)
def opposites(rng):
    pair = rng.choice(OPPOSITES)
    a, b = pair if rng.random() < 0.5 else pair[::-1]
    ask = rng.choice(
        [
            f"What is the opposite of {a}?",
            f'Give the opposite of the word "{a}".',
            f"Name the opposite of {a}.",
            f"Which word means the opposite of {a}?",
        ]
    )
    answer = rng.choice(
        [f"The opposite of {a} is {b}.", f"{capital(b)}.", f"It is {b}.", f'The opposite of "{a}" is "{b}".']
    )
    return Pair(f"opposite:{a}", ask, "", answer)


@skill("classification", 70)
def opposite_or_similar(rng):
    if rng.random() < 0.5:
        a, b = rng.choice(OPPOSITES)
        answer = rng.choice(
            ["They are opposites.", f"{capital(a)} and {b} are opposites.", "Opposite meaning."]
        )
    else:
        a = rng.choice(sorted(SYNONYMS))
        b = rng.choice(SYNONYMS[a])
        answer = rng.choice(
            [
                "They mean nearly the same.",
                f"{capital(a)} and {b} are similar in meaning.",
                "Similar meaning.",
            ]
        )
    ask = rng.choice(
        [
            f"Are {a} and {b} opposites, or do they mean the same?",
            f'Do the words "{a}" and "{b}" have a similar or an opposite meaning?',
            f"Similar or opposite: {a}, {b}?",
        ]
    )
    return Pair(f"relation:{a},{b}", ask, "", answer)


@skill("open_qa", 80)
def synonyms(rng):
    word = rng.choice(sorted(SYNONYMS))
    ask = rng.choice(
        [
            f'Give another word for "{word}".',
            f"What is a word that means the same as {word}?",
            f"Name a synonym of {word}.",
            f"Find a word like {word}.",
        ]
    )
    other = rng.choice(SYNONYMS[word])
    answer = rng.choice(
        [
            f"Another word for {word} is {other}.",
            f"{capital(other)}.",
            f"You can say {other}.",
            f"{capital(listed(SYNONYMS[word], 'or'))}.",
        ]
    )
    return Pair(f"synonym:{word}", ask, "", answer)


@skill("open_qa", 100)
def plurals(rng):
    noun = some_noun(rng)
    ask = rng.choice(
        [
            f'What is the plural of "{noun}"?',
            f"Give the plural of the noun {noun}.",
            f"One {noun}, two ...?",
            f"How do you say more than one {noun}?",
        ]
    )
    many = plural(noun)
    answer = rng.choice([f"The plural of {noun} is {many}.", f"One {noun}, two {many}.", f"{capital(many)}."])
    return Pair(f"plural:{noun}", ask, "", answer)


@skill("open_qa", 100)
def verb_forms(rng):
    base, past, participle, ing = rng.choice(VERBS)
    form, result = rng.choice(
        [("past tense", past), ("past tense", past), ("past participle", participle), ("-ing form", ing)]
    )
    ask = rng.choice(
        [
            f'What is the {form} of "{base}"?',
            f"Give the {form} of the verb {base}.",
            f"Write the {form} of to {base}.",
        ]
    )
    answer = rng.choice([f"The {form} of {base} is {result}.", f"{capital(result)}.", f'It is "{result}".'])
    return Pair(f"verb:{form}:{base}", ask, "", answer)


@skill("general_qa", 160)
def change_tense(rng):
    name, subject, _, _ = rng.choice(PEOPLE)
    base, past, rest = rng.choice(ACTIONS)
    who = rng.choice([name, name, capital(subject), "They", "We"])
    present = base if who in ("They", "We") else verb_s(base)
    when = rng.choice(["", " on Sunday", " in the morning", " after school"])
    sentences = {
        "present": f"{who} {present} {rest}{when}.",
        "past": f"{who} {past} {rest}{when}.",
        "future": f"{who} will {base} {rest}{when}.",
    }
    source, target = rng.sample(["present", "past", "future"], 2)
    ask = rng.choice(
        [
            "Rewrite the sentence in the {} tense.",
            "Put this sentence into the {} tense.",
            "Change the sentence to the {} tense.",
        ]
    ).format(target)
    return Pair(f"tense:{sentences['present']}", ask, sentences[source], sentences[target])


@skill("classification", 70)
def which_tense(rng):
    name = rng.choice(PEOPLE)[0]
    base, past, rest = rng.choice(ACTIONS)
    tense, sentence = rng.choice(
        [
            ("present", f"{name} {verb_s(base)} {rest}."),
            ("past", f"{name} {past} {rest}."),
            ("future", f"{name} will {base} {rest}."),
        ]
    )
    ask = rng.choice(
        [
            "Is this sentence in the past, present or future tense?",
            "Which tense does the sentence use?",
            "Name the tense of the sentence.",
        ]
    )
    word = {"present": verb_s(base), "past": past, "future": f"will {base}"}[tense]
    answer = rng.choice(
        [
            f"The sentence is in the {tense} tense.",
            f"{capital(tense)} tense.",
            f'It is in the {tense} tense, as "{word}" shows.',
        ]
    )
    return Pair(f"which-tense:{sentence}", ask, sentence, answer)


@skill("general_qa", 100)
def questions_and_negations(rng):
    name, _, _, _ = rng.choice(PEOPLE)
    base, _, rest = rng.choice(ACTIONS)
    context = f"{name} {verb_s(base)} {rest}."
    if rng.random() < 0.5:
        ask = rng.choice(["Turn the sentence into a question.", "Make a question from this sentence."])
        answer = f"Does {name} {base} {rest}?"
    else:
        ask = rng.choice(["Make the sentence negative.", "Rewrite the sentence with the word not."])
        answer = f"{name} does not {base} {rest}."
    return Pair(f"question:{ask[:4]}{context}", ask, context, answer)


@skill("open_qa", 80)
def spelling(rng):
    word = rng.choice(SPELLING_WORDS)
    kind = rng.choice(["letters", "first", "last", "count", "letters"])
    if kind == "letters":
        ask = rng.choice(
            [f'Spell the word "{word}".', f"How do you spell {word}?", f"Write {word} letter by letter."]
        )
        answer = "-".join(word) + rng.choice(["", "."])
    elif kind == "first":
        ask = rng.choice([f"What is the first letter of {word}?", f'Which letter does "{word}" begin with?'])
        answer = rng.choice([f"The first letter is {word[0]}.", f"It begins with {word[0]}."])
    elif kind == "last":
        ask = rng.choice([f"What is the last letter of {word}?", f'Which letter does "{word}" end with?'])
        answer = rng.choice([f"The last letter is {word[-1]}.", f"It ends with {word[-1]}."])
    else:
        ask = rng.choice([f"How many letters does the word {word} have?", f'Count the letters in "{word}".'])
        answer = rng.choice([f"It has {len(word)} letters.", f"The word {word} has {len(word)} letters."])
    return Pair(f"spelling:{kind}:{word}", ask, "", answer)


@skill("brainstorming", 110)
def rhymes(rng):
    family = rng.choice(RHYMES)
    word = rng.choice(family)
    others = [w for w in family if w != word]
    n = min(len(others), rng.choice([1, 2, 3]))
    chosen = rng.sample(others, n)
    if n == 1:
        ask = rng.choice([f"Find a word that rhymes with {word}.", f"What rhymes with {word}?"])
        answer = rng.choice([f"{capital(chosen[0])} rhymes with {word}.", f"{capital(chosen[0])}."])
    else:
        amount = "two" if n == 2 else "three"
        ask = rng.choice(
            [f"Give {amount} words that rhyme with {word}.", f"Name {amount} rhymes for the word {word}."]
        )
        answer = rng.choice([f"{capital(listed(chosen))} rhyme with {word}.", capital(listed(chosen)) + "."])
    return Pair(f"rhyme:{word}", ask, "", answer)


@skill("general_qa", 90)
def alphabetical(rng):
    words = rng.sample(SPELLING_WORDS, rng.choice([3, 3, 4]))
    shown = ", ".join(words)
    ask = rng.choice(
        [
            f"Sort these words in alphabetical order: {shown}.",
            f"Put the words {shown} in order from a to z.",
            f"Arrange alphabetically: {shown}.",
        ]
    )
    return Pair(f"alphabet:{shown}", ask, "", ", ".join(sorted(words)))


@skill("general_qa", 60)
def use_in_sentence(rng):
    word = rng.choice(
        GROUPS["animal"] + GROUPS["fruit"] + GROUPS["tool"] + GROUPS["vehicle"] + REGULAR_NOUNS[:30]
    )
    name, subject, _, possessive = rng.choice(PEOPLE)
    ask = rng.choice(
        [
            f'Use the word "{word}" in a sentence.',
            f"Write a sentence with the word {word}.",
            f"Make a short sentence that contains {word}.",
        ]
    )
    answer = rng.choice(
        [
            f"{name} saw {article(word)} on the way home.",
            f"There is {article(word)} in the picture.",
            f"My sister would like to have {article(word)}.",
            f"{name} drew {article(word)} for {possessive} mother.",
            f"We found {article(word)} behind the house.",
            f"The {word} was older than {name} thought.",
            f"Every child in the class knows what {article(word)} is.",
        ]
    )
    return Pair(f"use:{word}", ask, "", answer)


@skill("general_qa", 70)
def join_sentences(rng):
    name, subject, _, _ = rng.choice(PEOPLE)
    first, second = rng.sample(ACTIONS, 2)
    word = rng.choice(["and", "and then", "but", "before", "after"])
    joined = {
        "and": f"{name} {first[1]} {first[2]} and {second[1]} {second[2]}.",
        "and then": f"{name} {first[1]} {first[2]} and then {second[1]} {second[2]}.",
        "but": f"{name} {first[1]} {first[2]}, but {subject} also {second[1]} {second[2]}.",
        "before": f"{name} {first[1]} {first[2]} before {subject} {second[1]} {second[2]}.",
        "after": f"{name} {second[1]} {second[2]} after {subject} {first[1]} {first[2]}.",
    }[word]
    context = f"{name} {first[1]} {first[2]}. Then {subject} {second[1]} {second[2]}."
    ask = rng.choice(
        [f'Join the two sentences with "{word}".', f'Make one sentence out of these two. Use "{word}".']
    )
    return Pair(f"join:{context}", ask, context, joined)


@skill("general_qa", 50)
def letter_case(rng):
    base, past, rest = rng.choice(ACTIONS)
    name = rng.choice(PEOPLE)[0]
    sentence = f"{name} {past} {rest}."
    kind = rng.choice(["upper", "lower", "fix"])
    ask = {
        "upper": rng.choice(["Write the sentence in capital letters.", "Change the text to upper case."]),
        "lower": rng.choice(["Write the sentence in small letters.", "Change the text to lower case."]),
        "fix": rng.choice(
            ["Correct the capital letters in this sentence.", "Fix the capitals and the full stop."]
        ),
    }[kind]
    source = sentence[:-1].lower() if kind == "fix" else sentence
    answer = {"upper": sentence.upper(), "lower": sentence.lower(), "fix": sentence}[kind]
    return Pair(f"case:{sentence}", ask, source, answer)


@skill("general_qa", 60)
def fix_grammar(rng):
    name, _, _, _ = rng.choice(PEOPLE)
    base, past, rest = rng.choice(ACTIONS)
    wrong, right = rng.choice(
        [
            (f"{name} {base} {rest} every day.", f"{name} {verb_s(base)} {rest} every day."),
            (f"Yesterday {name} {verb_s(base)} {rest}.", f"Yesterday {name} {past} {rest}."),
            (f"{name} will {past} {rest} tomorrow.", f"{name} will {base} {rest} tomorrow."),
            (f"We {verb_s(base)} {rest} with {name}.", f"We {base} {rest} with {name}."),
            (f"Did {name} {past} {rest}?", f"Did {name} {base} {rest}?"),
        ]
    )
    if wrong == right:  # the past of "read" is "read"
        wrong = right.replace(name, name.lower())
    ask = rng.choice(
        [
            "Correct the mistake in this sentence.",
            "Fix the grammar.",
            "The sentence has one error. Correct it.",
        ]
    )
    return Pair(f"fix:{right}", ask, wrong, right)
