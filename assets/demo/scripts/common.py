"""What the grammars of the demo corpus share: the register of skills and small helpers for English."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Pair:
    """One instruction and its answer. `key` names the item (what is asked of what): pairs with equal keys never
    stand on both sides of the train / held-out border."""

    key: str
    instruction: str
    context: str
    response: str


@dataclass(frozen=True)
class Skill:
    name: str
    category: str  # one of Dolly's eight
    weight: int  # relative share of the corpus
    make: Callable[[random.Random], Pair]


DOLLY_SKILLS: list[Skill] = []
SELF_INSTRUCT_SKILLS: list[Skill] = []


def skill(category: str, weight: int):
    """Registers a grammar for the Dolly part."""

    def register(make):
        DOLLY_SKILLS.append(Skill(make.__name__, category, weight, make))
        return make

    return register


def self_instruct(weight: int):
    """Registers a grammar for the Self-Instruct part; the pair's context is the instance's input."""

    def register(make):
        SELF_INSTRUCT_SKILLS.append(Skill(make.__name__, "", weight, make))
        return make

    return register


def article(noun: str) -> str:
    """'an owl', 'a unicorn'."""
    sounds_like_vowel = noun[0] in "aeiou" and not noun.startswith(("uni", "use", "eu"))
    return ("an " if sounds_like_vowel or noun.startswith(("hour", "honest")) else "a ") + noun


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def listed(words: list[str], last: str = "and") -> str:
    """'a, b and c'."""
    if len(words) == 1:
        return words[0]
    return ", ".join(words[:-1]) + f" {last} " + words[-1]


def bullets(lines: list[str]) -> str:
    return "\n".join("- " + line for line in lines)


def numbered(lines: list[str]) -> str:
    return "\n".join(f"{i}. {line}" for i, line in enumerate(lines, 1))


def verb_s(base: str) -> str:
    """Third person singular: 'watches', 'carries', 'runs'."""
    if base.endswith(("s", "sh", "ch", "x", "z", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"
