"""Grammars about numbers: arithmetic, money, time, dates, units, sorting, counting."""

from common import Pair, capital, listed, skill
from facts import DAYS, MONTHS, SEASONS
from words import PEOPLE

NUMBER_WORDS = (
    """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen""".split()
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
THINGS = [
    ("apple", "apples"),
    ("pencil", "pencils"),
    ("book", "books"),
    ("coin", "coins"),
    ("egg", "eggs"),
    ("stamp", "stamps"),
    ("shell", "shells"),
    ("card", "cards"),
    ("flower", "flowers"),
    ("cookie", "cookies"),
]


def in_words(n: int) -> str:
    if n < 20:
        return NUMBER_WORDS[n]
    if n == 100:
        return "one hundred"
    return TENS[n // 10 - 2] + ("-" + NUMBER_WORDS[n % 10] if n % 10 else "")


def count(n: int, thing) -> str:
    return f"{n} {thing[0] if n == 1 else thing[1]}"


@skill("open_qa", 130)
def sums(rng):
    if rng.random() < 0.5:
        a, b = rng.randint(1, 30), rng.randint(1, 20)
        ask = rng.choice(
            ["What is {} plus {}?", "Add {} and {}.", "How much is {} + {}?", "Calculate {} + {}."]
        )
        result, sign = a + b, "+"
    else:
        b, result = rng.randint(1, 20), rng.randint(0, 20)
        a = b + result
        ask = rng.choice(
            [
                "What is {} minus {}?",
                "How much is {} - {}?",
                "Calculate {} - {}.",
                "What is left of {} when you take away {}?",
            ]
        )
        sign = "-"
    answer = rng.choice(
        [
            f"{a} {sign} {b} = {result}",
            f"The answer is {result}.",
            f"It is {result}.",
            f"{a} {sign} {b} is {result}.",
        ]
    )
    return Pair(f"sum:{a}{sign}{b}", ask.format(a, b), "", answer)


@skill("open_qa", 60)
def products(rng):
    a, b = rng.randint(2, 10), rng.randint(2, 10)
    ask = rng.choice(
        ["What is {} times {}?", "Multiply {} by {}.", "How much is {} x {}?", "What do {} times {} make?"]
    )
    answer = rng.choice([f"{a} x {b} = {a * b}", f"The answer is {a * b}.", f"{a} times {b} is {a * b}."])
    return Pair(f"product:{a}x{b}", ask.format(a, b), "", answer)


@skill("closed_qa", 80)
def word_problem(rng):
    name, subject, _, _ = rng.choice(PEOPLE)
    thing = rng.choice(THINGS)
    a, b = rng.randint(3, 15), rng.randint(1, 9)
    if rng.random() < 0.5:
        more = rng.choice(
            [
                f"{capital(subject)} buys {b} more.",
                f"A friend gives {name} {b} more.",
                f"Then {subject} finds {b} more.",
            ]
        )
        result, how = a + b, f"{a} + {b} = {a + b}"
    else:
        a += b
        more = rng.choice(
            [
                f"{capital(subject)} gives {b} away.",
                f"{capital(subject)} loses {b} of them.",
                f"{capital(subject)} sells {b} of them.",
            ]
        )
        result, how = a - b, f"{a} - {b} = {a - b}"
    context = f"{name} has {count(a, thing)}. {more}"
    ask = rng.choice(
        [
            f"How many {thing[1]} does {name} have now?",
            f"How many {thing[1]} are there in the end?",
            f"Read the text. How many {thing[1]} does {name} have at the end?",
        ]
    )
    answer = rng.choice(
        [
            f"{name} has {count(result, thing)} now, because {how}.",
            f"{how}, so {subject} has {result}.",
            f"{capital(subject)} has {count(result, thing)}.",
        ]
    )
    return Pair(f"problem:{context}", ask, context, answer)


@skill("open_qa", 50)
def doubles_and_halves(rng):
    n = rng.randint(2, 40)
    if rng.random() < 0.5:
        ask = rng.choice([f"What is double {n}?", f"Double the number {n}.", f"What is twice {n}?"])
        return Pair(f"double:{n}", ask, "", rng.choice([f"Double {n} is {2 * n}.", f"It is {2 * n}."]))
    ask = rng.choice([f"What is half of {2 * n}?", f"Halve the number {2 * n}."])
    return Pair(f"half:{n}", ask, "", rng.choice([f"Half of {2 * n} is {n}.", f"It is {n}."]))


@skill("classification", 50)
def even_or_odd(rng):
    n = rng.randint(1, 99)
    kind = "odd" if n % 2 else "even"
    ask = rng.choice(
        [
            f"Is {n} even or odd?",
            f"Say whether the number {n} is even or odd.",
            f"Classify {n} as even or odd.",
        ]
    )
    answer = rng.choice(
        [
            f"{n} is {kind}.",
            f"{capital(kind)}.",
            f"{n} is {kind}, because it ends in {n % 10}.",
            f"The number {n} is {kind}.",
        ]
    )
    return Pair(f"parity:{n}", ask, "", answer)


@skill("classification", 50)
def larger_number(rng):
    a, b = rng.sample(range(1, 100), 2)
    largest = rng.random() < 0.6
    word = rng.choice(["larger", "bigger", "greater"]) if largest else "smaller"
    result = max(a, b) if largest else min(a, b)
    ask = rng.choice(
        [
            f"Which number is {word}, {a} or {b}?",
            f"Choose the {word} number: {a} or {b}.",
            f"Tell me which is {word}: {a} or {b}.",
        ]
    )
    answer = rng.choice(
        [f"{result} is {word} than {a + b - result}.", f"The {word} number is {result}.", f"{result}."]
    )
    return Pair(f"larger:{a},{b}", ask, "", answer)


@skill("general_qa", 70)
def sort_numbers(rng):
    numbers = rng.sample(range(1, 60), rng.choice([3, 3, 4, 5]))
    up = rng.random() < 0.65
    result = ", ".join(map(str, sorted(numbers, reverse=not up)))
    order = rng.choice(
        ["from smallest to largest", "in rising order"]
        if up
        else ["from largest to smallest", "in falling order"]
    )
    shown = ", ".join(map(str, numbers))
    ask = rng.choice(
        [
            f"Sort these numbers {order}: {shown}.",
            (
                f"Put the numbers {shown} in order {order}."
                if order.startswith("from")
                else f"Put the numbers {shown} {order}."
            ),
            f"Arrange {shown} {order}.",
        ]
    )
    return Pair(f"sort:{shown}", ask, "", rng.choice([result, result, f"The order is {result}."]))


@skill("open_qa", 50)
def number_words(rng):
    n = rng.randint(1, 100)
    if rng.random() < 0.5:
        ask = rng.choice([f"Write the number {n} in words.", f"How do you spell the number {n}?"])
        return Pair(
            f"number-word:{n}",
            ask,
            "",
            rng.choice([f"{n} is written {in_words(n)}.", f"{capital(in_words(n))}."]),
        )
    ask = rng.choice([f"Write {in_words(n)} in digits.", f"Which number is {in_words(n)}?"])
    return Pair(f"number-word:{n}", ask, "", rng.choice([f"{capital(in_words(n))} is {n}.", f"It is {n}."]))


@skill("open_qa", 60)
def next_in_sequence(rng):
    start, step = rng.randint(1, 20), rng.choice([1, 2, 2, 3, 5, 5, 10])
    terms = [start + step * i for i in range(5)]
    shown = ", ".join(map(str, terms[:4]))
    ask = rng.choice(
        [
            f"What comes next: {shown}?",
            f"Continue the sequence {shown}.",
            f"Find the next number: {shown}, ...",
        ]
    )
    answer = rng.choice(
        [
            f"The next number is {terms[4]}, because each step adds {step}.",
            f"{terms[4]}.",
            f"The rule is to add {step}, so {terms[4]} comes next.",
        ]
    )
    return Pair(f"sequence:{shown}", ask, "", answer)


@skill("open_qa", 70)
def units(rng):
    big, small, factor = rng.choice(
        [
            ("hour", "minutes", 60),
            ("minute", "seconds", 60),
            ("day", "hours", 24),
            ("week", "days", 7),
            ("year", "months", 12),
            ("metre", "centimetres", 100),
            ("kilometre", "metres", 1000),
            ("kilogram", "grams", 1000),
            ("centimetre", "millimetres", 10),
            ("litre", "millilitres", 1000),
            ("dozen", "pieces", 12),
            ("century", "years", 100),
        ]
    )
    n = rng.randint(1, 10)
    bigs = big if n == 1 or big == "dozen" else {"century": "centuries"}.get(big, big + "s")
    ask = rng.choice(
        [
            f"How many {small} are in {n} {bigs}?",
            f"Convert {n} {bigs} to {small}.",
            f"Change {n} {bigs} into {small}.",
        ]
    )
    answer = rng.choice(
        [
            f"{n} {bigs} {'is' if n == 1 else 'are'} {n * factor} {small}.",
            f"{n * factor} {small}.",
            f"There are {factor} {small} in {'an hour' if big == 'hour' else 'a ' + big}, so it is {n * factor}.",
        ]
    )
    return Pair(f"unit:{n}{big}", ask, "", answer)


@skill("open_qa", 70)
def days(rng):
    i = rng.randrange(7)
    n = rng.choice([1, 1, 2, 3, 4])
    if rng.random() < 0.6:
        when = "tomorrow" if n == 1 else f"in {n} days"
        ask = rng.choice(
            [f"Today is {DAYS[i]}. What day is it {when}?", f"If today is {DAYS[i]}, which day is it {when}?"]
        )
        result = DAYS[(i + n) % 7]
        answer = rng.choice([f"It is {result}.", f"{capital(when)} it is {result}.", f"{result}."])
        return Pair(f"day:{i}+{n}", ask, "", answer)
    before = rng.random() < 0.5
    result = DAYS[(i - 1) % 7] if before else DAYS[(i + 1) % 7]
    word = "before" if before else "after"
    ask = rng.choice([f"Which day comes {word} {DAYS[i]}?", f"Name the day {word} {DAYS[i]}."])
    return Pair(
        f"day:{word}{i}",
        ask,
        "",
        rng.choice([f"{result} comes {word} {DAYS[i]}.", f"{result}.", f"It is {result}."]),
    )


@skill("open_qa", 70)
def months(rng):
    i = rng.randrange(12)
    name, length = MONTHS[i]
    kind = rng.choice(["after", "before", "days", "number", "season"])
    if kind in ("after", "before"):
        other = MONTHS[(i + (1 if kind == "after" else -1)) % 12][0]
        ask = rng.choice([f"Which month comes {kind} {name}?", f"Name the month {kind} {name}."])
        answer = rng.choice([f"{other} comes {kind} {name}.", f"{other}.", f"It is {other}."])
    elif kind == "days":
        ask = rng.choice([f"How many days does {name} have?", f"How long is the month of {name}?"])
        extra = ", or 29 in a leap year" if length == 28 else ""
        answer = rng.choice([f"{name} has {length} days{extra}.", f"It has {length} days{extra}."])
    elif kind == "number":
        place = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()[i]
        ask = rng.choice([f"Which month of the year is {name}?", f"What is the number of the month {name}?"])
        answer = rng.choice([f"{name} is the {place} month of the year.", f"It is month number {i + 1}."])
    else:
        season = next(s for s, members in SEASONS.items() if name in members)
        ask = rng.choice(
            [f"In which season is {name} in Europe?", f"Which season does {name} belong to in the north?"]
        )
        answer = rng.choice([f"{name} is in {season}.", f"It belongs to {season}.", f"{capital(season)}."])
    return Pair(f"month:{kind}{i}", ask, "", answer)


@skill("closed_qa", 60)
def clock(rng):
    start, hours = rng.randint(1, 9), rng.randint(1, 3)
    half = rng.random() < 0.4
    event = rng.choice(["film", "concert", "lesson", "meeting", "match", "party", "train ride", "play"])
    shown = f"{start}:30" if half else f"{start} o'clock"
    end = f"{start + hours}:30" if half else f"{start + hours} o'clock"
    length = "one hour" if hours == 1 else f"{in_words(hours)} hours"
    context = f"The {event} starts at {shown}. It lasts {length}."
    ask = rng.choice(
        [f"When does the {event} end?", f"At what time is the {event} over?", f"When is the {event} over?"]
    )
    answer = rng.choice(
        [f"The {event} ends at {end}.", f"It is over at {end}.", f"At {end}, {length} after {shown}."]
    )
    return Pair(f"clock:{context}", ask, context, answer)


@skill("closed_qa", 60)
def prices(rng):
    goods = {
        "bread": 3,
        "milk": 2,
        "cheese": 5,
        "coffee": 6,
        "honey": 7,
        "jam": 4,
        "rice": 3,
        "tea": 4,
        "butter": 3,
    }
    chosen = rng.sample(sorted(goods), 3)
    cost = {item: goods[item] + rng.randint(0, 3) for item in chosen}
    context = " ".join(f"{capital(item)} costs {cost[item]} coins." for item in chosen)
    kind = rng.choice(["total", "dear", "price"])
    if kind == "total":
        a, b = rng.sample(chosen, 2)
        ask = rng.choice([f"How much do {a} and {b} cost together?", f"What is the price of {a} and {b}?"])
        answer = rng.choice(
            [
                f"{capital(a)} and {b} cost {cost[a] + cost[b]} coins together.",
                f"{cost[a]} + {cost[b]} = {cost[a] + cost[b]} coins.",
            ]
        )
    elif kind == "dear":
        top = max(cost.values())
        best = [item for item in chosen if cost[item] == top]
        ask = rng.choice(["What costs the most?", "Which of these is the most expensive?"])
        answer = f"{capital(listed(best))} {'costs' if len(best) == 1 else 'cost'} the most, at {top} coins."
    else:
        a = rng.choice(chosen)
        ask = rng.choice([f"What does {a} cost?", f"How much is the {a}?", f"Find the price of {a}."])
        answer = rng.choice([f"{capital(a)} costs {cost[a]} coins.", f"{cost[a]} coins."])
    return Pair(f"price:{kind}:{context}", ask, context, answer)


@skill("information_extraction", 50)
def numbers_in_text(rng):
    name = rng.choice(PEOPLE)[0]
    a, b = rng.sample(range(2, 40), 2)
    one, two = rng.sample(THINGS, 2)
    context = rng.choice(
        [
            f"{name} bought {a} {one[1]} and {b} {two[1]} at the market.",
            f"There were {a} {one[1]} on the table and {b} {two[1]} in the box.",
            f"On Monday {name} counted {a} {one[1]}. On Friday there were {b} {two[1]}.",
        ]
    )
    ask = rng.choice(
        [
            "List the numbers in the text.",
            "Which numbers appear in this text?",
            "Extract all numbers from the text.",
        ]
    )
    answer = rng.choice([f"{a}, {b}", f"The numbers are {a} and {b}.", f"- {a}\n- {b}"])
    return Pair(f"numbers:{context}", ask, context, answer)
