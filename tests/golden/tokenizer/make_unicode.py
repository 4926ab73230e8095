#!/usr/bin/env python3
"""Writes core/tokenizer/unicode_tables.cpp and unicode.txt: what the parts of Hugging Face tokenizers take each character for.

    python make_unicode.py

The library is made of parts that know different versions of Unicode: its patterns 16, lower case and digits 17, normalization
forms and marks 9, punctuation 8. So nothing is taken from a database of characters: each part is asked about each character.
What PCRE2 and utf8proc say of the characters that Unicode 14 has is the same in all their versions from 14 on, and the tables
hold the differences to that. Needs a Python whose unicodedata is that of Unicode 14 (3.11), and the package unicodedata2 for
what has been assigned since.
"""
import unicodedata
from pathlib import Path

import tokenizers
import unicodedata2
from tokenizers import Regex, normalizers, pre_tokenizers

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[2] / "core/tokenizer/unicode_tables.cpp"
CATEGORIES = "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Cn Co".split()
CODES = [*range(0xD800), *range(0xE000, 0x110000)]
EVERYTHING = "".join(map(chr, CODES))
# Characters that stay unassigned, by their length in UTF-8 (of two bytes there is none that must).
UNASSIGNED = {2: 0x378, 3: 0xFDD0, 4: 0x1FFFE}


def matched(step, text=EVERYTHING):
    """The characters that `step`, a splitter of behaviour "removed", takes out."""
    left = [False] * len(text)
    for _, (begin, end) in step.pre_tokenize_str(text):
        left[begin:end] = [True] * (end - begin)
    return {code for code, kept in zip(CODES, left) if not kept}


def categories():
    found = {}
    for category in CATEGORIES:
        for code in matched(pre_tokenizers.Split(Regex(rf"\p{{{category}}}"), "removed")):
            assert code not in found
            found[code] = category
    assert len(found) == len(CODES)
    return found


def words():
    step = pre_tokenizers.Whitespace()
    return {code for code in CODES if [piece for piece, _ in step.pre_tokenize_str("a" + chr(code))] == ["a" + chr(code)]}


def numbers():
    text = "".join("a" + chr(code) for code in CODES)
    pieces = pre_tokenizers.Digits(individual_digits=True).pre_tokenize_str(text)
    return {CODES[begin // 2] for _, (begin, end) in pieces if end - begin == 1 and begin % 2 == 1}


def lower_case():
    """(code, what is added to it) where the library and Unicode 14 differ."""
    lower = normalizers.Lowercase().normalize_str
    different = {}
    for code in CODES:
        if lower(chr(code)) != chr(code).lower():
            assert len(lower(chr(code))) == 1 and chr(code).lower() == chr(code)
            different[code] = ord(lower(chr(code))) - code
    return different


def inert_in_forms():
    """Characters that the forms leave alone, though they are not inert in the newest Unicode."""
    compatible, canonical, composed = (getattr(normalizers, form)().normalize_str for form in ("NFKD", "NFD", "NFC"))
    inert = set()
    for code in CODES:
        c = chr(code)
        if compatible(c) != unicodedata2.normalize("NFKD", c):
            assert compatible(c) == c
            inert.add(code)
        combining = unicodedata2.combining(c)
        if combining:
            after = c + "\u0334" if combining > 1 else "\u0345" + c  # classes 1 and 240
            if canonical("a" + after) != unicodedata2.normalize("NFD", "a" + after):
                inert.add(code)
    for code in sorted(inert):  # whatever composes to such a character
        parts = unicodedata2.decomposition(chr(code)).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            pair = [int(part, 16) for part in parts]
            assert composed("".join(map(chr, pair))) == "".join(map(chr, pair))
            # Of old characters nothing new is made (UAX 15, stability), and no letter at U+11900 or behind is older than Unicode 9.
            new = [part for part in pair if part in inert or unicodedata.category(chr(part)) == "Cn" or part >= 0x11900]
            assert new, f"{code:X} is made of old characters"
            inert.update(new)
    return inert


def stand_ins(category_of):
    """Where versions of Unicode disagree on the category: a character of UTF-8's same length on which they agree."""
    table, chosen = {}, {}
    agreed = lambda code: unicodedata.category(chr(code)) == category_of[code] == unicodedata2.category(chr(code))
    for code in CODES:
        if agreed(code):
            continue
        length, category = len(chr(code).encode()), category_of[code]
        if category == "Cn":
            table[code] = UNASSIGNED[length]
            continue
        if (length, category) not in chosen:
            chosen[length, category] = next(c for c in CODES if len(chr(c).encode()) == length and category_of[c] == category and agreed(c))
        table[code] = chosen[length, category]
    return table


def ranges(values):
    """{code: value} as (first, last, value), neighbours of one value together."""
    out = []
    for code in sorted(values):
        if out and out[-1][1] == code - 1 and out[-1][2] == values[code]:
            out[-1][1] = code
        else:
            out.append([code, code, values[code]])
    return out


def rows(items, width=108):
    lines, line = [], ""
    for item in items:
        if line and len(line) + len(item) + 2 > width:
            lines.append(line)
            line = ""
        line += (" " if line else "") + item + ","
    return "\n".join("    " + line for line in [*lines, line])


def array(kind, name, comment, values):
    three = kind != "Range"
    items = [f"{{0x{a:X}, 0x{b:X}" + (f", {v}" if kind == "Shift" else f", 0x{v:X}" if three else "") + "}" for a, b, v in ranges(values)]
    return f"/// {comment}\nconstexpr {kind} {name}[] = {{\n{rows(items)}\n}};\n"


def main():
    assert unicodedata.unidata_version == "14.0.0", unicodedata.unidata_version
    category_of = categories()
    sets = {"words": words(), "numbers": numbers(), "marks": {c for c in CODES if not normalizers.StripAccents().normalize_str(chr(c))},
            "punctuation": matched(pre_tokenizers.Punctuation("removed"))}
    stand_in, lower, inert = stand_ins(category_of), lower_case(), inert_in_forms()
    arrays = [
        array("StandIn", "stand_ins", "Characters of which versions of Unicode since 14 disagree, and what stands for them.", stand_in),
        array("Shift", "lower_case", "Capital letters that are new since Unicode 14, and the way to their small ones.", lower),
        array("Range", "inert", "Characters that the normalization forms leave alone.", dict.fromkeys(inert)),
        *(array("Range", name, comment, dict.fromkeys(sets[name])) for name, comment in (
            ("words", r"\w"), ("numbers", "Digits and numbers."), ("marks", "What StripAccents takes away."), ("punctuation", "Punctuation."))),
    ]
    TARGET.write_text(f"""// Written by tests/golden/tokenizer/make_unicode.py, which asked Hugging Face tokenizers {tokenizers.__version__} about the
// characters of Unicode {unicodedata2.unidata_version}. Tables only, and so longer than other files.
#include "core/tokenizer/unicode_tables.h"

namespace tauscope::unicode::tables {{
namespace {{

// clang-format off
""" + "\n".join(arrays) + "// clang-format on\n\n}  // namespace\n" + FUNCTIONS)
    golden(category_of, sets, stand_in, lower, inert)


FUNCTIONS = """
std::span<const StandIn> stand_in_ranges() {
  return stand_ins;
}
std::span<const Shift> lower_case_ranges() {
  return lower_case;
}
std::span<const Range> inert_ranges() {
  return inert;
}
std::span<const Range> word_ranges() {
  return words;
}
std::span<const Range> number_ranges() {
  return numbers;
}
std::span<const Range> mark_ranges() {
  return marks;
}
std::span<const Range> punctuation_ranges() {
  return punctuation;
}

}  // namespace tauscope::unicode::tables
"""


def golden(category_of, sets, *tables):
    """The first character of each range and the first behind it: code, category, properties, lower case, NFC and NFKD."""
    edges = set()
    for values in (*({c: 1 for c in s} for s in sets.values()), *tables):
        for first, last, _ in ranges(values if isinstance(values, dict) else dict.fromkeys(values)):
            edges.update((first, last + 1))
    forms = [normalizers.Lowercase(), normalizers.NFC(), normalizers.NFKD()]
    with open(HERE / "unicode.txt", "w") as out:
        out.write(f"# make_unicode.py, tokenizers {tokenizers.__version__}: code, category, properties (word, number, mark, punctuation), lower case, "
                  "NFC and NFKD of A, U+0345, the character, U+0327\n")
        for code in sorted(edges & category_of.keys()):
            properties = "".join(name[0] for name, members in sets.items() if code in members) or "-"
            texts = [forms[0].normalize_str(chr(code)), *(form.normalize_str(f"A\u0345{chr(code)}\u0327") for form in forms[1:])]
            out.write(f"{code:X} {category_of[code]} {properties} " + " ".join("+".join(f"{ord(c):X}" for c in text) for text in texts) + "\n")


if __name__ == "__main__":
    main()
