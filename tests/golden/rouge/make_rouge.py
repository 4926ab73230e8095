#!/usr/bin/env python3
"""Scores of Google's rouge_score (0.1.2) and stems of NLTK's PorterStemmer (3.10, NLTK_EXTENSIONS) for the tests.

    python make_rouge.py [folder of the shared data, default ../../../../shared/data]

pairs.jsonl    {"references", "prediction", "plain", "stem"}: rouge1, rouge2, rougeL, each [precision, recall, F1], of score_multi
long.json      the same for long texts that the tests make again from a recipe (see `recipe_text`)
stems.txt      word and stem, a line each, composed of beginnings and endings below
stem_hashes.json  for each ending, the SHA-256 of the stems, a line each, of all words made of up to four of LETTERS and that ending
shared.json    what the files below ../shared/data give: counts for the pairs, a SHA-256 for the stems of their words

All texts are made here, from seeds; nothing is copied.
"""
import hashlib
import itertools
import json
import random
import re
import sys
from pathlib import Path

from nltk.stem.porter import PorterStemmer
from rouge_score import rouge_scorer, tokenize

HERE = Path(__file__).resolve().parent
SHARED = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[3] / "shared/data"
TYPES = ["rouge1", "rouge2", "rougeL"]
SCORERS = {"plain": rouge_scorer.RougeScorer(TYPES, use_stemmer=False), "stem": rouge_scorer.RougeScorer(TYPES, use_stemmer=True)}
STEMMER = PorterStemmer()
LETTERS = "aeylstwz1"
ENDINGS = """s es ies sses ss ed ied eed ing ying eing y ay ey ation ational tional ational enci ency anci ancy izer bli ably abli alli ally entli
ently eli ely ousli ously ization ator alism iveness fulness ousness aliti ality iviti ivity biliti bility fulli fully logi logy icate ative
alize iciti icity ical ful ness al ance ence er ic able ible ant ement ment ent sion tion ion ou ism ate iti ity ous ive ize e le l ll ie ated
bled ized hopping falling hissing ating bling izing lled ssed zzing wing xed ying yed ingly edly ments izations alities ivenesses icatings
conditionalli alliable atorized ies's""".replace("ies's", "iesies").split()


def scores(kind, references, prediction):
    result = SCORERS[kind].score_multi(references, prediction)
    return [[float(result[name].precision), float(result[name].recall), float(result[name].fmeasure)] for name in TYPES]


# --- texts

BEGINNINGS = """a b by sk sp fl tr d l t n ag be ban can cat co com con cry dog ear en fe feel fil fizz flex foot form gen geo grow hap hav
hol hop hum in jok kin know lab lat mag maid mak meas met mov nat nerv nois op out paint part pass pay plan play pol pred quot rat real rel
rid run say sens serv sim sing siz spon stat stop sub sym syz tak tan theo ti try up us val vibr vis wait wal wid writ x y year yell z 3 19 2b""".split()
EXACT = """sky skies dying lying tying die dies died lie lied tie tied news inning innings outing outings canning cannings howe proceed exceed
succeed proceeds proceeding exceeded succeeding enjoy enjoyment spy spied spies fly flies try tries yyyy yyyyy ayyy byyb aed ing eing 1ed a1ed
a11ing oed eeed ee1 generalizations happily conditional analogousness hopefulness geologi theology rational vietnamization""".split()
PLAIN = """the of and to in is that it was for on are with as this be at by from or have an not but what all were when we there can which their
said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than
first been its who now people my made over did down only way find use may water long little very after words called just where most know""".split()
ODD = ["naïve", "café", "İstanbul", "İ", "KELVIN 300\u212a", "\u212aelvin", "ﬁne", "ß", "STRASSE", "Ǆ", "3.5", "1,000", "U.S.A.", "isn't", "e-mail", "it’s", "東京",
       "🙂", "\u00a0", "\t", "\n", "--", "...", "x²", "١٢٣", "ａｂｃ", "N°5", "C++", "a_b", "ΣΟΦΟΣ", "é\u0301", "\u200b", "ı", "ſ", "100%", "a\u0130b", "KK\u212a", "runningİs"]


def words_of_language():
    words = [b + e for b in BEGINNINGS for e in ["", "s", "ed", "ing", "ation", "ational", "ies", "fully", "ness", "ize", "izer", "able", "y", "al"]]
    return words + PLAIN * 6 + EXACT * 2


def text(rng, words, length, odd):
    out = []
    for _ in range(length):
        word = rng.choice(ODD) if rng.random() < odd else rng.choice(words)
        word = word.upper() if rng.random() < 0.05 else word.capitalize() if rng.random() < 0.1 else word
        out.append(word + (rng.choice([",", ".", ";", "!", "?", ":", "'s"]) if rng.random() < 0.12 else ""))
    return " ".join(out)


def changed(rng, words, original, rate):
    """A prediction that shares much with its reference: words dropped, put in, exchanged, moved."""
    parts = original.split(" ")
    out = []
    for part in parts:
        roll = rng.random()
        if roll < rate / 4:
            continue
        out.append(rng.choice(words) if roll < rate / 2 else part)
        if roll > 1 - rate / 4:
            out.append(rng.choice(words))
    for _ in range(int(len(out) * rate / 10)):
        i, j = rng.randrange(len(out)), rng.randrange(len(out))
        out[i], out[j] = out[j], out[i]
    return " ".join(out)


def pairs():
    fixed = [("", ""), ("", "a"), ("a", ""), ("...", "?!"), ("a", "a"), ("\u0130", "i"), ("\u0130s", "i s"), ("\u212a", "k"), (" \n\t", "x"), ("b a", "a b"),
             ("The naïve café's owner isn't running 3.5 miles", "the naive cafe owner is running 3.5 miles"),
             ("running runs dying lying skies", "run run die lie sky"), ("generalizations happily conditional", "generalization happy condition"),
             ("The cat sat on the mat.", "A cat was sitting on a mat"), ("a b", "a"), ("a a a a", "a a"), ("a b a b a b", "b a b a"),
             ("\x00a\x00b", "a b"), ("aB1-2c", "ab1 2C")]
    for reference, prediction in fixed:
        yield [reference], prediction
    rng = random.Random(20)
    words = words_of_language()
    for i in range(430):
        length = rng.choice([1, 2, 3, 5, 8, 13, 21, 34])
        reference = text(rng, words, length, rng.choice([0, 0.1, 0.4]))
        yield [reference], changed(rng, words, reference, rng.choice([0.1, 0.4, 0.8, 1.6]))
    for i in range(60):  # few different words: many equal subsequences
        few = ["a", "b", "c", "running", "run"][: rng.randrange(2, 6)]
        yield [text(rng, few, rng.randrange(1, 140), 0)], text(rng, few, rng.randrange(1, 140), 0)
    for i in range(60):  # several references
        length = rng.randrange(1, 25)
        reference = text(rng, words, length, 0.1)
        references = [changed(rng, words, reference, rng.choice([0.2, 0.8])) for _ in range(rng.randrange(2, 6))]
        yield references, changed(rng, words, reference, 0.3)
    for length in [63, 64, 65, 127, 128, 129, 192, 300]:  # around the width of a machine word
        reference = text(rng, words, length, 0)
        yield [reference], changed(rng, words, reference, 0.6)
    for n in [62, 63, 64, 65, 66, 128, 129]:
        yield ["a" * 1 + " a" * n], " ".join(["a"] * 64)


def recipe_text(seed, length, kinds):
    """Words "w<k>ing", k from a linear congruential generator; tests/eval/metrics/test_rouge.cpp has the same."""
    out, state = [], seed
    for _ in range(length):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out.append(f"w{(state >> 33) % kinds}ing")
    return " ".join(out)


def counts(kind, reference, prediction):
    """Words of the reference, of the prediction, common ones of rouge1, rouge2 and rougeL: whole numbers that decide all scores."""
    stemmer = STEMMER if kind == "stem" else None
    m, n = len(tokenize.tokenize(reference, stemmer)), len(tokenize.tokenize(prediction, stemmer))
    got = SCORERS[kind].score(reference, prediction)
    return [m, n, round(got["rouge1"].recall * m), round(got["rouge2"].recall * max(m - 1, 1)), round(got["rougeL"].recall * m)]


def sha(lines):
    return hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()


def shared_words(path):
    return sorted(set(re.findall("[a-z0-9]+", path.read_text().lower())))


def shared():
    references = (SHARED / "rouge/target_large.txt").read_text().splitlines()
    predictions = (SHARED / "rouge/prediction_large.txt").read_text().splitlines()
    out = {"large": [counts("stem", r, p) for r, p in zip(references, predictions)], "words": {}}
    for path in sorted((SHARED / "eval").iterdir()):
        words = shared_words(path)
        out["words"][path.name] = {"count": len(words), "sha256": sha(STEMMER.stem(w) for w in words)}
    return out


def main():
    # Python's lower() makes a-z of no other characters beyond ASCII than these two.
    to_ascii = [c for c in range(128, 0x110000) if re.search("[a-z0-9]", chr(c).lower())]
    assert to_ascii == [0x130, 0x212A], to_ascii
    with open(HERE / "pairs.jsonl", "w") as out:
        for references, prediction in pairs():
            record = {"references": references, "prediction": prediction, **{kind: scores(kind, references, prediction) for kind in SCORERS}}
            out.write(json.dumps(record, separators=(",", ":")) + "\n")
    recipes = [(1, 3000, 2, 2500, 900), (3, 4000, 4, 3900, 60), (5, 1, 6, 5000, 3), (7, 2049, 7, 4096, 40)]
    long = [{"reference": [a, m, kinds], "prediction": [b, n, kinds],
             "stem": scores("stem", [recipe_text(a, m, kinds)], recipe_text(b, n, kinds))} for a, m, b, n, kinds in recipes]
    (HERE / "long.json").write_text(json.dumps(long, separators=(",", ":")).replace("},", "},\n") + "\n")
    composed = sorted(set(EXACT + PLAIN + [b + e for b in BEGINNINGS for e in ENDINGS]))
    (HERE / "stems.txt").write_text("".join(f"{w} {STEMMER.stem(w)}\n" for w in composed))
    starts = ["".join(p) for n in range(1, 5) for p in itertools.product(LETTERS, repeat=n)]
    hashes = {ending: sha(STEMMER.stem(start + ending) for start in starts) for ending in dict.fromkeys(ENDINGS)}
    (HERE / "stem_hashes.json").write_text(json.dumps({"letters": LETTERS, "longest": 4, "sha256": hashes}, indent=0) + "\n")
    (HERE / "shared.json").write_text(json.dumps(shared(), separators=(",", ":")).replace("],", "],\n") + "\n")


if __name__ == "__main__":
    main()
