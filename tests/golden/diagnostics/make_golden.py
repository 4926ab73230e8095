#!/usr/bin/env python3
"""Makes the logits files beside this script, and what an analysis of them must find, from the definitions alone.

Everything is float64 and written as the formula says; nothing is shared with the C++ code. Needs numpy and safetensors.
Run it from anywhere: python make_golden.py
"""
import csv
import pathlib

import numpy as np
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
TAUS = [0.5, 4.0]  # not 1: quartiles, dominant sets and ratios need tau = 1 all the same
NUCLEUS = 0.9
OVERLAP_K = 10
QUANTILES = {"median": 0.5, "p5": 0.05, "p25": 0.25, "p75": 0.75, "p95": 0.95}


def log_softmax(z, tau):
    z = z / tau
    z = z - z.max()
    return z - np.log(np.exp(z).sum())


def kl(p, log_p, log_q):
    return float((p * (log_p - log_q)).sum())


def order(z):
    """Most probable first; ties by lower id."""
    return np.lexsort((np.arange(len(z)), -z))


def gradients(t, s, tau):
    """With the factor of tau_scaling = squared."""
    lp, lq = log_softmax(t, tau), log_softmax(s, tau)
    p, q = np.exp(lp), np.exp(lq)
    return tau * (q - p), tau * q * (lq - lp - kl(q, lq, lp))


def cosine(a, b):
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def entropy_of(weights):
    w = weights / weights.sum()
    w = w[w > 0]
    return float(-(w * np.log(w)).sum())


def target_split(a, log_a, b, log_b, y):
    """KL of (y, not y), and KL of the rest renormalised."""
    rest = np.arange(len(a)) != y
    a_rest, b_rest = a[rest].sum(), b[rest].sum()
    binary = a[y] * (log_a[y] - log_b[y]) + a_rest * np.log(a_rest / b_rest)
    la, lb = log_a[rest] - np.log(a_rest), log_b[rest] - np.log(b_rest)
    return float(binary), kl(np.exp(la), la, lb)


def row_statistics(t, s, y, tau):
    lp, lq = log_softmax(t, tau), log_softmax(s, tau)
    p, q = np.exp(lp), np.exp(lq)
    log_m = np.log((p + q) / 2)
    gf, gr = gradients(t, s, tau)
    gf1, gr1 = gradients(t, s, 1.0)
    by_teacher, by_student = order(t), order(s)
    p1 = np.exp(log_softmax(t, 1.0))[by_teacher]
    size = int(np.argmax(np.cumsum(p1) >= NUCLEUS)) + 1
    nd = np.ones(len(t), bool)
    nd[by_teacher[:size]] = False
    k = min(OVERLAP_K, len(t))
    fkl_terms, rkl_terms = p * (lp - lq) - p + q, q * (lq - lp) - q + p
    out = {
        "fkl": kl(p, lp, lq),
        "rkl": kl(q, lq, lp),
        "jsd": (kl(p, lp, log_m) + kl(q, lq, log_m)) / 2,
        "tvd": float(np.abs(p - q).sum() / 2),
        "entropy_teacher": float(-(p * lp).sum()),
        "entropy_student": float(-(q * lq).sum()),
        "cross_entropy": float(-(p * lq).sum()),
        "nll_target": float(-lq[y]),
        "p_target": float(p[y]),
        "q_target": float(q[y]),
        "rank_target_teacher": float(np.flatnonzero(by_teacher == y)[0] + 1),
        "rank_target_student": float(np.flatnonzero(by_student == y)[0] + 1),
        "top1_agree": float(by_teacher[0] == by_student[0]),
        "grad_cosine": cosine(gf, gr),
        "grad_l2_ratio": float(np.linalg.norm(gf) / np.linalg.norm(gr)),
        "teacher_nd_mass": float(p[nd].sum()),
        "student_nd_mass": float(q[nd].sum()),
        "top_k_overlap": len(set(by_teacher[:k]) & set(by_student[:k])) / k,
        "fkl_nd_share": float(fkl_terms[nd].sum() / fkl_terms.sum()),
        "rkl_nd_share": float(rkl_terms[nd].sum() / rkl_terms.sum()),
    }
    out["tckd"], out["nckd"] = target_split(p, lp, q, lq, y)
    out["rkl_tckd"], out["rkl_nckd"] = target_split(q, lq, p, lp, y)
    for name, g, g1 in (("fkl", gf, gf1), ("rkl", gr, gr1)):
        size_of = np.abs(g)
        out[name + "_grad_l1"] = float(size_of.sum())
        out[name + "_grad_l2"] = float(np.linalg.norm(g))
        out[name + "_grad_linf"] = float(size_of.max())
        out[name + "_grad_cos_tau1"] = cosine(g, g1)
        out[name + "_grad_ratio_tau1"] = float(np.linalg.norm(g) / np.linalg.norm(g1))
        out[name + "_nd_share_l1"] = float(size_of[nd].sum() / size_of.sum())
        out[name + "_nd_share_l2"] = float((g[nd] ** 2).sum() / (g**2).sum())
        out[name + "_target_share_l1"] = float(size_of[y] / size_of.sum())
        out[name + "_target_share_l2"] = float(g[y] ** 2 / (g**2).sum())
        out[name + "_effective_tokens"] = float(np.exp(entropy_of(size_of)))
    return out


def summary_row(student, tau, group, value, quantity, values):
    row = {"student": student, "tau": tau, "group": group, "group_value": value, "quantity": quantity}
    row["mean"] = np.mean(values)
    row.update({name: np.quantile(values, q) for name, q in QUANTILES.items()})
    row["count"] = len(values)
    return row


def summarise(teacher, students, targets, scored):
    rows = []
    entropy = np.array([-(np.exp(lp) * lp).sum() for lp in (log_softmax(teacher[i], 1.0) for i in scored)])
    bounds = np.quantile(entropy, [0.25, 0.5, 0.75])
    quartile = 1 + (entropy[:, None] > bounds[None, :]).sum(axis=1)
    for name, student in students.items():
        for tau in TAUS:
            cells = [row_statistics(teacher[i], student[i], targets[i], tau) for i in scored]
            for quantity in cells[0]:
                values = np.array([cell[quantity] for cell in cells])
                rows.append(summary_row(name, tau, "all", "", quantity, values))
                for group in (1, 4):
                    chosen = values[quartile == group]
                    rows.append(summary_row(name, tau, "entropy_quartile", str(group), quantity, chosen))
    return rows


def write_csv(name, rows):
    with open(HERE / name, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: format(v, ".10g") if isinstance(v, float) else v for k, v in row.items()})


def peaked(rng, rows, vocab):
    return (rng.gumbel(size=(rows, vocab)) * rng.uniform(0.5, 4, size=(rows, 1))).astype(np.float32)


def make_corpus():
    """Targets in the teacher's file with some -1, a mask in a student's file, another dtype for the other student."""
    rng = np.random.default_rng(20)
    rows, vocab = 29, 37
    teacher = peaked(rng, rows, vocab)
    near = (teacher + 0.1 * rng.normal(size=teacher.shape)).astype(np.float32)
    far = peaked(rng, rows, vocab).astype(np.float16)
    targets = rng.integers(0, vocab, rows)
    targets[[0, 7, 8, 20]] = -1
    mask = np.ones(rows, np.uint8)
    mask[[1, 2, 13, 28]] = 0
    save_file({"logits": teacher, "targets": targets}, HERE / "corpus-teacher.safetensors")
    save_file({"logits": near, "mask": mask}, HERE / "corpus-near.safetensors")
    save_file({"logits": far}, HERE / "corpus-far.safetensors")
    scored = [i for i in range(rows) if mask[i] and targets[i] >= 0]
    students = {"near": near.astype(np.float64), "far": far.astype(np.float64)}
    write_csv("corpus-summary.csv", summarise(teacher.astype(np.float64), students, targets, scored))


def make_intersect():
    """A teacher with more entries than the student: the first 20 are compared, renormalised."""
    rng = np.random.default_rng(21)
    teacher, student = peaked(rng, 5, 23), peaked(rng, 5, 20)
    teacher[:, 20:] += 2
    save_file({"logits": teacher}, HERE / "intersect-teacher.safetensors")
    save_file({"logits": student}, HERE / "intersect-student.safetensors")
    rows = []
    for i in range(5):
        t, s = teacher[i].astype(np.float64), student[i].astype(np.float64)
        for tau in TAUS:
            lp, lq = log_softmax(t[:20], tau), log_softmax(s, tau)
            dropped = float(np.exp(log_softmax(t, tau))[20:].sum())
            rows.append({"position": i, "tau": tau, "fkl": kl(np.exp(lp), lp, lq),
                         "teacher_dropped_mass": dropped, "student_dropped_mass": 0.0})
    write_csv("intersect-tokens.csv", rows)


if __name__ == "__main__":
    make_corpus()
    make_intersect()
