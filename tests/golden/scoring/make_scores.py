#!/usr/bin/env python3
"""Scores of the demo's answers by the programs that define the metrics: rouge_score 0.1.2, sacrebleu 2.6, SQuAD's normaliser.

    python make_scores.py

differences.json: each other model's rouge-l against student-llama's, prompt by prompt: mean, paired t-test (SciPy), wins, ties, losses.
demo.json: for each model of assets/demo/answers and each metric the mean over prompts (seeds averaged first), the standard deviation
of the seeds' means (divisor n - 1) and, of student-llama's rouge-l, every value in the order example, seed.
"""
import json
import re
import statistics
import sys
from math import comb
from pathlib import Path

import sacrebleu
from rouge_score import rouge_scorer, tokenize
from scipy import stats

HERE = Path(__file__).resolve().parent
DEMO = HERE.parents[2] / "assets/demo"
sys.path.insert(0, str(HERE.parent / "metrics"))
from make_metrics import normalized  # noqa: E402

STEM, PLAIN = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True), rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)


def distinct(texts, n):
    words = [tokenize.tokenize(text, None) for text in texts]
    grams = [tuple(w[i : i + n]) for w in words for i in range(len(w) - n + 1)]
    return len(set(grams)) / len(grams)


def summary(values):
    """values: seed -> example -> value."""
    seeds = sorted(values)
    examples = sorted(values[seeds[0]])
    means = [statistics.fmean(values[s][e] for e in examples) for s in seeds]
    return {"mean": statistics.fmean(statistics.fmean(values[s][e] for s in seeds) for e in examples), "sd": statistics.stdev(means)}


def differences(references):
    """From the files alone, apart from what main() does with them."""
    means = {}
    for path in sorted((DEMO / "answers").glob("*.jsonl")):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        scores = [[] for _ in references]
        for record in records:
            scores[record["example"]].append(100 * STEM.score(references[record["example"]], record["text"])["rougeL"].fmeasure)
        means[path.stem] = [statistics.fmean(s) for s in scores]
    base = means.pop("student-llama")
    return {name: {"delta": statistics.fmean(a - b for a, b in zip(ours, base)), "p_ttest": float(stats.ttest_rel(ours, base).pvalue),
                   "wins": sum(a > b for a, b in zip(ours, base)), "ties": sum(a == b for a, b in zip(ours, base)),
                   "losses": sum(a < b for a, b in zip(ours, base))} for name, ours in means.items()}


def main():
    references = [json.loads(line)["response"] for line in (DEMO / "data/test.jsonl").read_text().splitlines()]
    (HERE / "differences.json").write_text(json.dumps(differences(references), separators=(",", ":")).replace("},", "},\n") + "\n")
    golden = {}
    for path in sorted((DEMO / "answers").glob("*.jsonl")):
        texts = {}
        for line in path.read_text().splitlines():
            record = json.loads(line)
            texts.setdefault(record["seed"], {})[record["example"]] = record["text"]
        value = {name: {s: {} for s in texts} for name in ["rouge-l", "rouge-l-nostem", "rouge-1", "rouge-2", "exact-match", "length", "self-bleu"]}
        for s, answers in texts.items():
            for e, text in answers.items():
                scores = STEM.score(references[e], text)
                value["rouge-l"][s][e] = 100 * scores["rougeL"].fmeasure
                value["rouge-1"][s][e] = 100 * scores["rouge1"].fmeasure
                value["rouge-2"][s][e] = 100 * scores["rouge2"].fmeasure
                value["rouge-l-nostem"][s][e] = 100 * PLAIN.score(references[e], text)["rougeL"].fmeasure
                value["exact-match"][s][e] = 100.0 * (normalized(text) == normalized(references[e]))
                value["length"][s][e] = float(len(text.split()))
                value["self-bleu"][s][e] = sacrebleu.sentence_bleu(text, [t for k, t in answers.items() if k != e]).score
        model = golden.setdefault(path.stem, {name: summary(v) for name, v in value.items()})
        for n in [1, 2]:
            of_seeds = [distinct(list(answers.values()), n) for answers in texts.values()]
            model[f"distinct-{n}"] = {"mean": statistics.fmean(of_seeds), "sd": statistics.stdev(of_seeds)}
        for k in [1, 3]:
            right = [sum(value["exact-match"][s][e] > 0 for s in texts) for e in range(len(references))]
            model[f"pass@{k}"] = {"mean": statistics.fmean(100 * (1 - comb(3 - c, k) / comb(3, k)) for c in right)}
        if path.stem == "student-llama":
            golden["values"] = [value["rouge-l"][s][e] for e in range(len(references)) for s in sorted(texts)]
    (HERE / "demo.json").write_text(json.dumps(golden, separators=(",", ":")).replace("},", "},\n") + "\n")


if __name__ == "__main__":
    main()
