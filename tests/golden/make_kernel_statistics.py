#!/usr/bin/env python3
"""Writes kernel_statistics.txt: every column of the kernels' statistics for small rows, with 60 digits (mpmath).

The formulas are typed from the definitions of the columns, naively: at 60 digits nothing needs care. Run as
  python3 tests/golden/make_kernel_statistics.py > tests/golden/kernel_statistics.txt
Format: a block per row, lines `row <vocab> <scaling> <dominant kind> <dominant value> <overlap k> <target>`,
`teacher <logits>`, `student <logits>` (float32, as C hexadecimal floats), then per tau `tau <tau>` and lines
`<column> <value>`; `end` closes the file.
"""

import random
import struct

import mpmath as mp

mp.mp.dps = 60
NAN = mp.nan
SMALLEST_NORM = mp.mpf("1e-30")
MASKED = float("-inf")


def float32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def softmax(z, tau, skip=None):
    finite = [j for j, x in enumerate(z) if x != MASKED and j != skip]
    top = max(z[j] for j in finite)
    weight = [mp.exp((mp.mpf(z[j]) - mp.mpf(top)) / tau) if j in finite else mp.mpf(0) for j in range(len(z))]
    total = mp.fsum(weight)
    return [w / total for w in weight]


def kl_terms(p, q):
    """p log(p/q) - p + q, whose extra part sums to 0."""
    terms = []
    for a, b in zip(p, q):
        if a == 0:
            terms.append(b)
        elif b == 0:
            terms.append(mp.inf)
        else:
            terms.append(a * mp.log(a / b) - a + b)
    return terms


def kl(p, q):
    return mp.fsum(a * mp.log(a / b) if b > 0 else mp.inf for a, b in zip(p, q) if a > 0)


def order(z):
    return sorted(range(len(z)), key=lambda j: (-z[j], j))


def dominant(teacher, kind, value):
    p = softmax(teacher, mp.mpf(1))
    chosen, mass = set(), mp.mpf(0)
    for place, j in enumerate(order(teacher)):
        if kind == "nucleus" and mass >= mp.mpf(value) * (1 - mp.mpf("1e-12")):
            break
        if kind == "top_k" and place >= value:
            break
        if kind == "threshold" and p[j] < value:
            break
        chosen.add(j)
        mass += p[j]
    return chosen


def gradients(p, q):
    """Of FKL and RKL with respect to the student's logits, times tau."""
    fkl = [b - a for a, b in zip(p, q)]
    if any(a == 0 and b > 0 for a, b in zip(p, q)):
        return fkl, [NAN] * len(p)
    rkl_value = kl(q, p)
    rkl = [b * (mp.log(b / a) - rkl_value) if b > 0 else mp.mpf(0) for a, b in zip(p, q)]
    return fkl, rkl


def norm(g):
    return mp.sqrt(mp.fsum(x * x for x in g))


def ratio(part, whole, size):
    return part / whole if size >= SMALLEST_NORM and not mp.isinf(whole) else NAN


def cosine(a, b):
    if not (norm(a) >= SMALLEST_NORM and norm(b) >= SMALLEST_NORM):
        return NAN
    return mp.fsum(x * y for x, y in zip(a, b)) / norm(a) / norm(b)


def norm_ratio(a, b):
    return norm(a) / norm(b) if norm(a) >= SMALLEST_NORM and norm(b) >= SMALLEST_NORM else NAN


def effective(g):
    total = mp.fsum(abs(x) for x in g)
    if not total >= SMALLEST_NORM:
        return NAN
    return mp.exp(-mp.fsum(abs(x) / total * mp.log(abs(x) / total) for x in g if x != 0))


def statistics(case, tau):
    teacher, student, y = case["teacher"], case["student"], case["target"]
    tau = mp.mpf(tau)
    p, q = softmax(teacher, tau), softmax(student, tau)
    m = [(a + b) / 2 for a, b in zip(p, q)]
    factor = tau if case["scaling"] == "squared" else 1 / tau
    fkl_gradient, rkl_gradient = ([factor * x for x in g] for g in gradients(p, q))
    fkl_first, rkl_first = gradients(softmax(teacher, mp.mpf(1)), softmax(student, mp.mpf(1)))
    inside = dominant(teacher, case["kind"], case["value"])
    outside = [j for j in range(len(p)) if j not in inside]
    k = min(case["overlap"], len(p))
    out = {
        "fkl": kl(p, q),
        "rkl": kl(q, p),
        "jsd": (kl(p, m) + kl(q, m)) / 2,
        "tvd": mp.fsum(abs(a - b) for a, b in zip(p, q)) / 2,
        "entropy_teacher": -mp.fsum(a * mp.log(a) for a in p if a > 0),
        "entropy_student": -mp.fsum(a * mp.log(a) for a in q if a > 0),
        "cross_entropy": mp.fsum(-a * mp.log(b) if b > 0 else mp.inf for a, b in zip(p, q) if a > 0),
        "top1_agree": mp.mpf(order(teacher)[0] == order(student)[0]),
        "top_k_overlap": mp.mpf(len(set(order(teacher)[:k]) & set(order(student)[:k]))) / k,
        "grad_cosine": cosine(fkl_gradient, rkl_gradient),
        "grad_l2_ratio": norm_ratio(fkl_gradient, rkl_gradient),
        "teacher_nd_mass": mp.fsum(p[j] for j in outside),
        "student_nd_mass": mp.fsum(q[j] for j in outside),
    }
    sides = (
        ("fkl", fkl_gradient, fkl_first, kl_terms(p, q), out["fkl"]),
        ("rkl", rkl_gradient, rkl_first, kl_terms(q, p), out["rkl"]),
    )
    for name, g, first, terms, value in sides:
        l1, l2 = mp.fsum(abs(x) for x in g), norm(g)
        out[name + "_grad_l1"] = l1
        out[name + "_grad_l2"] = l2
        out[name + "_grad_linf"] = NAN if any(mp.isnan(x) for x in g) else max(abs(x) for x in g)
        out[name + "_grad_cos_tau1"] = cosine(g, first)
        out[name + "_grad_ratio_tau1"] = norm_ratio(g, first)
        out[name + "_nd_share_l1"] = ratio(mp.fsum(abs(g[j]) for j in outside), l1, l1)
        out[name + "_nd_share_l2"] = ratio(mp.fsum(g[j] ** 2 for j in outside), l2**2, l2)
        out[name + "_nd_share"] = ratio(mp.fsum(terms[j] for j in outside), value, value)
        out[name + "_effective_tokens"] = effective(g)
        out[name + "_target_share_l1"] = ratio(abs(g[y]), l1, l1) if y >= 0 else NAN
        out[name + "_target_share_l2"] = ratio(g[y] ** 2, l2**2, l2) if y >= 0 else NAN
    target_names = "nll_target p_target q_target rank_target_teacher rank_target_student tckd nckd rkl_tckd rkl_nckd"
    out.update({name: NAN for name in target_names.split()})
    if y >= 0:
        rest_p = mp.fsum(a for j, a in enumerate(p) if j != y)
        rest_q = mp.fsum(b for j, b in enumerate(q) if j != y)
        p_rest, q_rest = softmax(teacher, tau, y), softmax(student, tau, y)
        out["p_target"], out["q_target"] = p[y], q[y]
        out["nll_target"] = -mp.log(q[y]) if q[y] > 0 else mp.inf
        out["rank_target_teacher"] = mp.mpf(order(teacher).index(y) + 1)
        out["rank_target_student"] = mp.mpf(order(student).index(y) + 1)
        out["tckd"] = kl([p[y], rest_p], [q[y], rest_q])
        out["rkl_tckd"] = kl([q[y], rest_q], [p[y], rest_p])
        out["nckd"] = kl(p_rest, q_rest)
        out["rkl_nckd"] = kl(q_rest, p_rest)
    return out


def cases():
    rng = random.Random(20260606)

    def gauss(n, scale):
        return [rng.gauss(0, scale) for _ in range(n)]

    def add(a, b):
        return [x + y for x, y in zip(a, b)]

    def case(teacher, student, target, scaling="squared", kind="nucleus", value=0.9, overlap=10):
        return {
            "teacher": [float32(x) for x in teacher],
            "student": [float32(x) for x in student],
            "target": target,
            "scaling": scaling,
            "kind": kind,
            "value": value,
            "overlap": overlap,
        }

    base = gauss(24, 3)
    yield case([0.5, -1.0], [-0.25, 0.75], 1)
    yield case(base, gauss(24, 3), 5, overlap=4)
    yield case(base, add(base, gauss(24, 1e-3)), 0, kind="top_k", value=3)
    yield case(base, add(base, gauss(24, 1e-6)), 17, scaling="none", kind="threshold", value=0.02)
    yield case(base, [x + 50 for x in add(base, gauss(24, 0.3))], -1)
    peaked = gauss(19, 1)
    peaked[7] = 30.0
    almost = add(peaked, gauss(19, 0.5))
    almost[7] = 27.0
    yield case(peaked, almost, 7)
    yield case(peaked, gauss(19, 4), 2, scaling="none")
    yield case([0.0] * 10, gauss(10, 1), 9)
    masked_student, masked_teacher, masked_both = gauss(12, 2), gauss(12, 2), gauss(12, 2)
    other = gauss(12, 2)
    masked_student[3] = MASKED
    masked_teacher[4] = MASKED
    masked_both[5] = MASKED
    other_both = list(other)
    other_both[5] = MASKED
    yield case(other, masked_student, 1)
    yield case(other, masked_student, 3)
    yield case(masked_teacher, other, 0)
    yield case(masked_both, other_both, 5)


def spell(value):
    if mp.isnan(value):
        return "nan"
    return "inf" if value == mp.inf else mp.nstr(value, 17, min_fixed=0, max_fixed=0)


def main():
    for case in cases():
        print("row", len(case["teacher"]), case["scaling"], case["kind"], case["value"], case["overlap"], case["target"])
        for side in ("teacher", "student"):
            print(side, *("-inf" if x == MASKED else x.hex() for x in case[side]))
        for tau in (0.05, 0.5, 1.0, 3.0, 100.0):
            print("tau", tau)
            for name, value in statistics(case, tau).items():
                print(name, spell(value))
    print("end")


if __name__ == "__main__":
    main()
