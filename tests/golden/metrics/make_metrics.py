#!/usr/bin/env python3
"""Figures of the metrics other than ROUGE, for the tests.

    python make_metrics.py

normalized.jsonl  texts through the normaliser of SQuAD's evaluation script, written here from its description
lower.json        characters that Python's lower() changes, as [character, result]; words with a capital sigma
self_bleu.json    sets of answers, each one's sacrebleu.sentence_bleu (2.6) with the others as references, and its 13a tokens
pass_at_k.json    [answers, right, k, 1 - C(answers - right, k) / C(answers, k)] from whole numbers
"""
import json
import random
import re
import string
from fractions import Fraction
from math import comb
from pathlib import Path

import sacrebleu
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

HERE = Path(__file__).resolve().parent


def normalized(text):
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


PIECES = ["The", "a", "an", "the", "THE", "theory", "Ana", "x", "42", "3.5", "it's", "don't", "-", "...", "«a»", "a.", "the,cat", "“the”", "\u00a0", "\u2003", "\u3000",
          "\x1c", "\x85", "\u200b", "a\u0301", "thé", "the\u0301", "İstanbul", "ΟΔΟΣ", "Σ", "ΑΣ'Α", "ΑΣ", "\n", "\t", "東京", "a東", "²a", "_a_", "a_b", "A-B", "$5", "ﬁ", "ß", "ẞ", "a²", "the–end",
          "a—an", "🙂a", "½", "\u0301a", "naïve", "ǅ", "a‿b"]


def sigma_words():
    around = ["", "Α", "α", "1", " ", "'", ".", "\u0301", "-", "\u00ad", "’", "A", "東", "_", ":", "ʼ", "¨"]
    return [left + a + "Σ" + b + right for left in ["", "Α"] for a in around for b in around for right in ["", "Β"]]


def answers(rng, size, longest):
    words = "the cat sat on a mat and it's 3.5 miles, 1,000 away. e-mail 5-6 (see) Yes! no? \"x\" &amp; &lt;b&gt; U.S. don't . , -".split(" ")
    odd = ["naïve", "東京", "a-\nb", "<skipped>", "x\ny", "3.", ".3", "a.b", "..", ",,", "1-2-3", "é.", "&quot;q&quot;", "\u00a0", "a\u3000b", "''", "_", "[1]", "5--6"]
    return [" ".join(rng.choice(odd) if rng.random() < 0.1 else rng.choice(words) for _ in range(rng.randrange(longest + 1))) for _ in range(size)]


def self_bleu(texts):
    return [sacrebleu.sentence_bleu(text, texts[:i] + texts[i + 1:]).score for i, text in enumerate(texts)]


def main():
    rng = random.Random(5)
    texts = ["", "a", "The  cat.", "An apple a day"] + PIECES
    texts += [rng.choice(["", " "]).join(rng.choice(PIECES) for _ in range(rng.randrange(1, 9))) for _ in range(400)]
    (HERE / "normalized.jsonl").write_text("".join(json.dumps([t, normalized(t)]) + "\n" for t in texts))

    changed = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000 and chr(c).lower() != chr(c)]
    lower = {"characters": [[chr(c), chr(c).lower()] for c in changed if c != 0x3A3], "sigma": [[w, w.lower()] for w in sigma_words()]}
    (HERE / "lower.json").write_text(json.dumps(lower, separators=(",", ":"), ensure_ascii=False).replace("],", "],\n") + "\n")

    sets = [answers(rng, size, longest) for size, longest in [(2, 3), (2, 12), (3, 1), (5, 4), (8, 8), (12, 30), (30, 20), (40, 60)]]
    sets += [["same words here again"] * 4, ["", "", "a"], ["a b c d e", "e d c b a", "a b c d"], ["  x-\n", "x-", "x"]]
    tokens = Tokenizer13a()
    golden = [{"answers": s, "bleu": self_bleu(s), "tokens": [tokens(t.rstrip()).split() for t in s]} for s in sets]
    (HERE / "self_bleu.json").write_text(json.dumps(golden, separators=(",", ":")).replace('},{', '},\n{') + "\n")

    cases = [(n, c, k) for n in [1, 2, 5, 10] for c in range(n + 1) for k in range(1, n + 1)] + [(200, 13, 100), (200, 1, 10), (1000, 3, 100), (200, 120, 100)]
    (HERE / "pass_at_k.json").write_text(json.dumps([[n, c, k, float(1 - Fraction(comb(n - c, k), comb(n, k)))] for n, c, k in cases]).replace("], ", "],\n") + "\n")


if __name__ == "__main__":
    main()
