#!/usr/bin/env python3
"""Figures of SciPy (1.17) for the tests of eval/statistics.

    python make_statistics.py

distributions.json  betainc [a, b, x, value], two-sided p of Student's t [t, freedom, value], normal quantiles [p, value]
samples.json        samples with their mean, standard deviation, standard error and bootstrap intervals of the mean (200,000 resamples)
pairs.json          paired samples: paired t-test, effect size, and the paired bootstrap of math.md with 200,000 resamples of NumPy's generator
seeds.json          several training seeds a side: the interval of the difference by a two-level bootstrap with NumPy's generator
holm.json           p values and their Holm correction, from the definition
"""
import json
from pathlib import Path

import numpy as np
from scipy import special, stats

HERE = Path(__file__).resolve().parent
RESAMPLES = 200_000


def distributions():
    beta = [[a, b, x, float(special.betainc(a, b, x))] for a in [0.5, 1, 2.5, 16, 40, 1000, 250000.5] for b in [0.5, 1, 3, 30]
            for x in [1e-12, 1e-3, 0.1, 0.5, 0.9, 0.999, 1 - 1e-9]]
    t = [[t, n, float(2 * special.stdtr(n, -abs(t)))] for t in [0, 1e-9, 0.1, -0.7, 1, 1.96, -3, 5, 12, 40] for n in [1, 2, 3, 7, 29, 241, 499, 10000, 1000000]]
    normal = [[p, float(special.ndtri(p))] for p in [1e-300, 1e-12, 0.0001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999999]]
    return {"betainc": beta, "t": t, "normal": normal}


def rounded(values):
    return [round(float(v), 6) for v in values]


def samples(rng):
    out = []
    for name, values in {"f1-like": 100 * rng.beta(0.6, 1.9, 250), "skewed": rng.lognormal(0, 1.5, 60), "yes-no": 100.0 * (rng.random(500) < 0.07),
                         "small": rng.normal(3, 2, 9), "two": np.array([1.0, 2.0]), "constant": np.full(20, 7.25)}.items():
        values = np.array(rounded(values))
        entry = {"name": name, "values": values.tolist(), "mean": float(values.mean()), "sd": float(values.std(ddof=1))}
        for method in ["percentile", "BCa"]:
            if name in ("constant", "two") and method == "BCa":
                continue
            got = stats.bootstrap((values,), np.mean, n_resamples=RESAMPLES, method=method, rng=np.random.default_rng(1), batch=2000)
            entry[method] = [float(got.confidence_interval.low), float(got.confidence_interval.high)]
        out.append(entry)
    return out


def p_of(deltas):
    return min(1.0, 2 * min(1 + int((deltas <= 0).sum()), 1 + int((deltas >= 0).sum())) / (len(deltas) + 1))


def chunks(total, size=2000):
    return [min(size, total - done) for done in range(0, total, size)]


def pairs(rng):
    out = []
    for shift, n in [(0.0, 80), (2.0, 250), (4.0, 250), (-3.0, 500), (6.0, 30), (0.3, 3)]:
        base = 100 * rng.beta(0.6, 1.9, n)
        ours = np.where(rng.random(n) < 0.15, base, np.clip(base + shift + rng.normal(0, 14, n), 0, 100))
        ours, base = np.array(rounded(ours)), np.array(rounded(base))
        differences = ours - base
        generator = np.random.default_rng(2)
        deltas = np.concatenate([differences[generator.integers(0, n, (k, n))].mean(axis=1) for k in chunks(RESAMPLES)])
        test = stats.ttest_rel(ours, base)
        out.append({"ours": ours.tolist(), "baseline": base.tolist(), "delta": float(differences.mean()), "p_ttest": float(test.pvalue),
                    "effect_size": float(differences.mean() / differences.std(ddof=1)), "p": p_of(deltas), "interval": np.quantile(deltas, [0.025, 0.975]).tolist(),
                    "wins": int((ours > base).sum()), "ties": int((ours == base).sum()), "losses": int((ours < base).sum())})
    return out


def seeds(rng):
    out = []
    for a, b, paired in [(3, 3, True), (3, 3, False), (5, 2, False)]:
        n = 40
        prompts = 20 * rng.random(n)
        ours = np.array([rounded(prompts + 2 + rng.normal(0, 1.5) + rng.normal(0, 3, n)) for _ in range(a)])
        base = np.array([rounded(prompts + rng.normal(0, 1.5) + rng.normal(0, 3, n)) for _ in range(b)])
        generator = np.random.default_rng(3)
        deltas = []
        for _ in range(60_000):
            chosen = generator.integers(0, n, n)
            s = generator.integers(0, a, a)
            r = s if paired else generator.integers(0, b, b)
            deltas.append(ours[s][:, chosen].mean() - base[r][:, chosen].mean())
        deltas = np.array(deltas)
        out.append({"ours": ours.tolist(), "baseline": base.tolist(), "paired": paired, "delta": float(ours.mean() - base.mean()),
                    "sd": float(deltas.std()), "interval": np.quantile(deltas, [0.025, 0.975]).tolist()})
    return out


def holm(rng):
    out = []
    for n in [1, 2, 3, 8, 15]:
        p = rounded(rng.random(n) ** 3)
        p[0] = p[-1]  # equal ones
        corrected = [max(min(1.0, (n - sum(r < q for r in p)) * q) for q in p if q <= mine) for mine in p]
        out.append([p, corrected])
    return out


def main():
    rng = np.random.default_rng(7)
    for name, value in [("distributions", distributions()), ("samples", samples(rng)), ("pairs", pairs(rng)), ("seeds", seeds(rng)), ("holm", holm(rng))]:
        (HERE / f"{name}.json").write_text(json.dumps(value, separators=(",", ":")).replace("],", "],\n") + "\n")


if __name__ == "__main__":
    main()
