"""Grammars about the world: animals, colours, countries, jobs, groups of things, simple reasons."""

from common import Pair, article, bullets, capital, listed, numbered, skill
from facts import (
    ANIMALS,
    CAPITALS,
    CLASS_REASON,
    COLOUR_MIXES,
    CONTINENTS,
    GROUPS,
    JOBS,
    SEASONS,
    THING_COLOURS,
    WHY,
)

MANY = {
    "piece of furniture": "pieces of furniture",
    "piece of clothing": "pieces of clothing",
    "fruit": "kinds of fruit",
    "instrument": "musical instruments",
}
LEGS = {0: "no", 2: "two", 4: "four", 6: "six", 8: "eight"}


@skill("open_qa", 190)
def animal_facts(rng):
    animal = rng.choice(sorted(ANIMALS))
    many, kind, home, food, legs, fact = ANIMALS[animal]
    what = rng.choice(["class", "home", "food", "legs", "fact"])
    if what == "legs" and legs < 0:
        what = "home"
    one = article(animal)
    ask, answer = {
        "class": (
            rng.choice(
                [f"What kind of animal is {one}?", f"Which class of animals does the {animal} belong to?"]
            ),
            rng.choice(
                [
                    f"{capital(one)} is {article(kind)}.",
                    f"The {animal} is {article(kind)}, because " f"{rng.choice(CLASS_REASON[kind])}.",
                ]
            ),
        ),
        "home": (
            rng.choice(
                [f"Where do {many} live?", f"Where can you find {one}?", f"What is the home of the {animal}?"]
            ),
            rng.choice([f"{capital(many)} live {home}.", f"{capital(home)}.", f"You can find {one} {home}."]),
        ),
        "food": (
            rng.choice(
                [f"What do {many} eat?", f"What does {one} eat?", f"Tell me the food of the {animal}."]
            ),
            rng.choice([f"{capital(many)} eat {food}.", f"It eats {food}.", f"{capital(food)}."]),
        ),
        "legs": (
            rng.choice([f"How many legs does {one} have?", f"Count the legs of {one}."]),
            rng.choice([f"{capital(one)} has {LEGS.get(legs)} legs.", f"It has {LEGS.get(legs)} legs."]),
        ),
        "fact": (
            rng.choice(
                [
                    f"Tell me something about {many}.",
                    f"What is special about the {animal}?",
                    f"Give one fact about {many}.",
                ]
            ),
            rng.choice([fact, f"The {animal} lives {home}. {fact}"]),
        ),
    }[what]
    return Pair(f"animal:{what}:{animal}", ask, "", answer)


@skill("general_qa", 120)
def describe_animal(rng):
    animal = rng.choice(sorted(ANIMALS))
    many, kind, home, food, legs, fact = ANIMALS[animal]
    ask = rng.choice(
        [
            f"Describe {article(animal)} in two or three sentences.",
            f"Write a short text about {many}.",
            f"Explain to a child what {article(animal)} is.",
            f"What is {article(animal)}?",
        ]
    )
    first = rng.choice(
        [
            f"{capital(article(animal))} is {article(kind)} that lives {home}.",
            f"The {animal} is {article(kind)}. It lives {home}.",
        ]
    )
    second = rng.choice([f"It eats {food}.", f"Its food is {food}.", f"It likes to eat {food}."])
    return Pair(
        f"describe:{animal}", ask, "", " ".join([first, second] + ([fact] if rng.random() < 0.7 else []))
    )


@skill("classification", 90)
def animal_yes_or_no(rng):
    animal = rng.choice(sorted(ANIMALS))
    kind = ANIMALS[animal][1]
    claimed = kind if rng.random() < 0.5 else rng.choice(sorted(set(CLASS_REASON) - {kind}))
    ask = rng.choice(
        [f"Is {article(animal)} {article(claimed)}?", f"True or false: the {animal} is {article(claimed)}."]
    )
    yes = (
        ("True" if ask.startswith("True") else "Yes")
        if claimed == kind
        else ("False" if ask.startswith("True") else "No")
    )
    answer = rng.choice(
        [
            f"{yes}, the {animal} is {article(kind)}.",
            f"{yes}. It is {article(kind)}.",
            f"{yes}, because " f"{rng.choice(CLASS_REASON[kind])}.",
        ]
    )
    return Pair(f"animal-is:{animal}:{claimed}", ask, "", answer)


@skill("open_qa", 70)
def colours(rng):
    thing = rng.choice(sorted(THING_COLOURS))
    colour = THING_COLOURS[thing]
    ask = rng.choice(
        [f"What colour is {thing}?", f"Which colour does {thing} have?", f"Name the colour of {thing}."]
    )
    answer = rng.choice([f"{capital(thing)} is {colour}.", f"It is {colour}.", f"{capital(colour)}."])
    return Pair(f"colour:{thing}", ask, "", answer)


@skill("open_qa", 30)
def colour_mixing(rng):
    (a, b), mixed = rng.choice(sorted(COLOUR_MIXES.items()))
    if rng.random() < 0.5:
        a, b = b, a
    ask = rng.choice(
        [
            f"Which colour do you get from {a} and {b}?",
            f"What happens when you mix {a} and {b} paint?",
            f"Mix {a} with {b}. What colour is it?",
        ]
    )
    answer = rng.choice(
        [f"{capital(a)} and {b} make {mixed}.", f"You get {mixed}.", f"The mixture is {mixed}."]
    )
    return Pair(f"mix:{a}+{b}", ask, "", answer)


@skill("brainstorming", 60)
def things_of_a_colour(rng):
    colour = rng.choice(
        ["green", "red", "white", "yellow", "black", "blue", "grey", "orange", "brown", "purple"]
    )
    members = [t for t, c in THING_COLOURS.items() if c == colour]
    chosen = rng.sample(members, min(len(members), rng.choice([2, 3])))
    ask = rng.choice(
        [
            f"Name some things that are {colour}.",
            f"What is {colour}? Give examples.",
            f"List {colour} things.",
        ]
    )
    answer = rng.choice(
        [capital(listed(chosen)) + f" are {colour}.", capital(listed(chosen)) + ".", bullets(chosen)]
    )
    if len(chosen) == 1:
        answer = f"{capital(chosen[0])} is {colour}."
    return Pair(f"coloured:{colour}:{','.join(chosen)}", ask, "", answer)


@skill("open_qa", 100)
def capitals(rng):
    country = rng.choice(sorted(CAPITALS))
    city = CAPITALS[country]
    if rng.random() < 0.6:
        ask = rng.choice(
            [
                f"What is the capital of {country}?",
                f"Name the capital of {country}.",
                f"Which city is the capital of {country}?",
            ]
        )
        answer = rng.choice([f"The capital of {country} is {city}.", f"{city}.", f"It is {city}."])
        return Pair(f"capital-of:{country}", ask, "", answer)
    ask = rng.choice([f"In which country is {city}?", f"{city} is the capital of which country?"])
    answer = rng.choice([f"{city} is in {country}.", f"{city} is the capital of {country}.", f"{country}."])
    return Pair(f"country-of:{city}", ask, "", answer)


@skill("open_qa", 50)
def continents(rng):
    place = rng.choice(sorted(CONTINENTS))
    if rng.random() < 0.6:
        country = rng.choice(CONTINENTS[place])
        ask = rng.choice([f"On which continent is {country}?", f"Which continent does {country} belong to?"])
        return Pair(
            f"continent:{country}",
            ask,
            "",
            rng.choice([f"{country} is in {place}.", f"{place}.", f"It is in {place}."]),
        )
    chosen = rng.sample(CONTINENTS[place], min(len(CONTINENTS[place]), rng.choice([2, 3])))
    ask = rng.choice([f"Name some countries in {place}.", f"Give examples of countries in {place}."])
    return Pair(
        f"countries:{','.join(chosen)}",
        ask,
        "",
        rng.choice([f"{listed(chosen)} are in {place}.", f"{listed(chosen)}."]),
    )


@skill("open_qa", 110)
def jobs(rng):
    job = rng.choice(sorted(JOBS))
    does, where, tool = JOBS[job]
    what = rng.choice(["does", "where", "tool", "who"])
    ask, answer = {
        "does": (
            rng.choice([f"What does {article(job)} do?", f"Describe the work of {article(job)}."]),
            rng.choice(
                [f"{capital(article(job))} {does}.", f"{capital(article(job))} works {where} and {does}."]
            ),
        ),
        "where": (
            rng.choice([f"Where does {article(job)} work?", f"What is the workplace of {article(job)}?"]),
            rng.choice([f"{capital(article(job))} works {where}.", f"{capital(where)}."]),
        ),
        "tool": (
            rng.choice([f"What does {article(job)} use?", f"Name something {article(job)} works with."]),
            rng.choice([f"{capital(article(job))} uses {tool}.", f"{capital(tool)}."]),
        ),
        "who": (
            rng.choice([f"Who {does}?", f"What do you call a person who {does}?"]),
            rng.choice(
                [
                    f"{capital(article(job))} {does}.",
                    f"{capital(article(job))}.",
                    f"Such a person is {article(job)}.",
                ]
            ),
        ),
    }[what]
    return Pair(f"job:{what}:{job}", ask, "", answer)


@skill("classification", 110)
def groups(rng):
    group = rng.choice(sorted(GROUPS))
    word = rng.choice(GROUPS[group])
    other = rng.choice(sorted(set(GROUPS) - {group}))
    first, second = (group, other) if rng.random() < 0.5 else (other, group)
    ask = rng.choice(
        [
            f"Is {word} {article(first)} or {article(second)}?",
            f"Classify {word}: {first} or {second}?",
            f"To which group does {word} belong, {first} or {second}?",
            f"What kind of thing is {word}?",
        ]
    )
    answer = rng.choice(
        [f"{capital(word)} is {article(group)}.", f"{capital(group)}.", f"{capital(article(group))}."]
    )
    return Pair(f"group:{word}", ask, "", answer)


@skill("classification", 110)
def odd_one_out(rng):
    group, other = rng.sample(sorted(GROUPS), 2)
    words = rng.sample(GROUPS[group], 3)
    odd = rng.choice([w for w in GROUPS[other] if w not in GROUPS[group]])
    shown = words + [odd]
    rng.shuffle(shown)
    ask = rng.choice(
        [
            f"Which word does not belong: {', '.join(shown)}?",
            f"Find the odd one out: {', '.join(shown)}.",
            f"Which of these is different: {', '.join(shown)}?",
        ]
    )
    answer = rng.choice(
        [
            f"{capital(odd)} does not belong, because it is {article(other)}.",
            f"{capital(odd)} is {article(other)}, but the others are {MANY.get(group, group + 's')}.",
            f"The odd one out is {odd}.",
        ]
    )
    return Pair(f"odd:{','.join(sorted(shown))}", ask, "", answer)


@skill("brainstorming", 150)
def name_members(rng):
    group = rng.choice(sorted(GROUPS))
    n = rng.choice([2, 3, 3, 4, 5])
    chosen = rng.sample(GROUPS[group], n)
    amount = "two three four five".split()[n - 2]
    many = MANY.get(group, group + "s")
    ask = rng.choice(
        [
            f"Name {amount} {many}.",
            f"Give {amount} examples of {many}.",
            f"List {amount} {many}.",
            f"Can you think of {amount} {many}?",
        ]
    )
    answer = rng.choice(
        [
            capital(listed(chosen)) + ".",
            bullets(chosen),
            numbered(chosen),
            f"{capital(amount)} {many} are {listed(chosen)}.",
        ]
    )
    return Pair(f"members:{','.join(chosen)}", ask, "", answer)


@skill("general_qa", 130)
def why(rng):
    question = rng.choice(sorted(WHY))
    ask = rng.choice(
        [
            f"Why {question}?",
            f"Explain in a sentence: why {question}?",
            f"Tell me why. Why {question}?",
            f"Give the reason: why {question}?",
        ]
    )
    return Pair(f"why:{question}:{ask[:4]}", ask, "", rng.choice(WHY[question]))


@skill("general_qa", 50)
def seasons(rng):
    season = rng.choice(sorted(SEASONS))
    facts = {
        "spring": ["the days get longer", "flowers open", "birds build nests"],
        "summer": ["it is hot", "the days are long", "children swim in the lake"],
        "autumn": ["leaves turn red and yellow", "farmers bring in the harvest", "it often rains"],
        "winter": ["it is cold", "the nights are long", "snow may cover the fields"],
    }[season]
    chosen = rng.sample(facts, 2)
    ask = rng.choice(
        [f"What is {season} like?", f"Describe the season of {season}.", f"What happens in {season}?"]
    )
    answer = rng.choice(
        [
            f"In {season} {chosen[0]} and {chosen[1]}.",
            f"{capital(chosen[0])}, and {chosen[1]}.",
            f"The months are {listed(SEASONS[season])}. {capital(chosen[0])}.",
        ]
    )
    return Pair(f"season:{season}:{ask[:6]}", ask, "", answer)
