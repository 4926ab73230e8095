#!/usr/bin/env python3
"""Writes objectives.txt: values and gradients of every objective and every preset, by float64 autograd of torch.

`OBJECTIVES` follows the definitions that the project states; `PRESETS` re-implements, per token, what the code bases
named there compute (their mixing weights included, their reductions over tokens not). Run as
  python3 tests/golden/make_objectives.py > tests/golden/objectives.txt
Format: `row <vocab> <target>`, `teacher <logits>`, `student <logits>` (float32, as C hexadecimal floats); then per case
`choice <key=value> ...` as the command line takes it, `loss <value>`, `gradient <values>`; `end` closes the file.
"""

import math

import torch
import torch.nn.functional as F

torch.set_num_threads(1)


def log_pair(t, s, tau):
    return F.log_softmax(t / tau, -1), F.log_softmax(s / tau, -1)


def kl(a, b):
    """KL of two vectors of log-probabilities."""
    return (a.exp() * (a - b)).sum()


def label(s, y):
    return -F.log_softmax(s, -1)[y]


# Definitions -----------------------------------------------------------------------------------------------------


def fkl(t, s, y, tau, entropy=0.0):
    p, q = log_pair(t, s, tau)
    return kl(p, q) - entropy * (p.exp() * p).sum()


def rkl(t, s, y, tau):
    p, q = log_pair(t, s, tau)
    return kl(q, p)


def jeffreys(t, s, y, tau, a=1.0, b=1.0):
    return a * fkl(t, s, y, tau) + b * rkl(t, s, y, tau)


def jsd(t, s, y, tau, beta=0.5):
    p, q = log_pair(t, s, tau)
    m = (beta * p.exp() + (1 - beta) * q.exp()).log()
    return beta * kl(p, m) + (1 - beta) * kl(q, m)


def skl(t, s, y, tau, **k):
    p, q = log_pair(t, s, tau)
    c = k.get("lambda", 0.1)
    m = (c * p.exp() + (1 - c) * q.exp()).log()
    return kl(p, m) - k.get("entropy", 0.0) * (p.exp() * p).sum()


def srkl(t, s, y, tau, **k):
    p, q = log_pair(t, s, tau)
    c = k.get("lambda", 0.1)
    m = (c * q.exp() + (1 - c) * p.exp()).log()
    return kl(q, m.detach() if k.get("detach") else m)


def tvd(t, s, y, tau):
    p, q = log_pair(t, s, tau)
    return (p.exp() - q.exp()).abs().sum() / 2


def ab(t, s, y, tau, alpha=0.2, beta=0.7):
    p, q = (x.exp() for x in log_pair(t, s, tau))
    c = alpha + beta
    terms = p**alpha * q**beta - alpha / c * p**c - beta / c * q**c
    return -terms.sum() / (alpha * beta)


def akl(t, s, y, tau, head=0.5, crossing=1.0):
    p, q = (x.exp() for x in log_pair(t, s, tau))
    gap = (p - q).abs().detach()
    g_head, mass = 0.0, 0.0
    for place, j in enumerate(torch.sort(t, descending=True, stable=True).indices):
        inside = mass < head if crossing else (mass + p[j] <= head or place == 0)
        if not inside:
            break
        g_head, mass = g_head + gap[j], mass + p[j]
    w = g_head / gap.sum()
    return w * fkl(t, s, y, tau) + (1 - w) * rkl(t, s, y, tau)


def todi(t, s, y, tau):
    p, q = log_pair(t, s, tau)
    share = torch.sigmoid(p - q).detach()
    return (share * p.exp() * (p - q) + (1 - share) * q.exp() * (q - p)).sum()


def dkd(t, s, y, tau, beta=8.0):
    p, q = log_pair(t, s, tau)
    rest = [j for j in range(len(t)) if j != y]
    pair_p = torch.stack([p[y], p[rest].logsumexp(0)])
    pair_q = torch.stack([q[y], q[rest].logsumexp(0)])
    return kl(pair_p, pair_q) + beta * kl(*log_pair(t[rest], s[rest], tau))


def eopd(t, s, y, tau, h_max=0.8):
    p = F.log_softmax(t, -1)
    value = rkl(t, s, y, tau)
    return value + fkl(t, s, y, tau) if -(p.exp() * p).sum() > h_max else value


def mse(t, s, y, tau):
    return ((s - s.mean()) - (t - t.mean())).square().mean() / 2


def scores(z):
    return (z - z.mean()) / z.std(correction=0)


def zscore_kl(t, s, y, tau):
    return fkl(scores(t), scores(s), y, tau)


def ce(t, s, y, tau):
    return label(s, y)


OBJECTIVES = {
    "fkl": (fkl, [{}, {"entropy": 1}]),
    "rkl": (rkl, [{}]),
    "jeffreys": (jeffreys, [{}, {"a": 0.3, "b": 2}]),
    "jsd": (jsd, [{}, {"beta": 0.1}, {"beta": 0.9}]),
    "skl": (skl, [{}, {"lambda": 0.4, "entropy": 1}]),
    "srkl": (srkl, [{}, {"lambda": 0.4}, {"detach": 1}]),
    "tvd": (tvd, [{}]),
    "ab": (ab, [{}, {"alpha": 0.5, "beta": 0.5}, {"alpha": 1.5, "beta": -0.5}]),
    "akl": (akl, [{}, {"crossing": 0}, {"head": 0.9}]),
    "todi": (todi, [{}]),
    "dkd": (dkd, [{}, {"beta": 0.5}]),
    "eopd": (eopd, [{}, {"h_max": 0}, {"h_max": 9}]),
    "mse": (mse, [{}]),
    "zscore-kl": (zscore_kl, [{}]),
    "ce": (ce, [{}]),
}
WITHOUT_TAU = ("mse", "ce")


# What code bases compute -------------------------------------------------------------------------------------------


def minillm_kd(t, s, y, tau):
    kd = -(F.softmax(t, -1) * F.log_softmax(s, -1)).sum()
    return 0.5 * label(s, y) + 0.5 * kd


def distillm_forward_kl(t, s, y, tau):
    return -(F.softmax(t, -1) * F.log_softmax(s, -1)).sum()


def half_labels(loss, fixed_tau=None):
    return lambda t, s, y, tau: 0.5 * label(s, y) + 0.5 * loss(t, s, y, fixed_tau or tau)


def dskd_adaptive(t, s, y, tau):
    p, q = (x.exp() for x in log_pair(t, s, tau))
    ascending, order = p.sort(-1)
    gap = (ascending - q[order]).abs()
    tail = ascending.cumsum(-1).lt(0.5).double()
    head, rest = (gap * (1 - tail)).sum().detach(), (gap * tail).sum().detach()
    return head / (head + rest) * fkl(t, s, y, tau) + rest / (head + rest) * rkl(t, s, y, tau)


def akl_wu(t, s, y, tau):
    p, q = F.softmax(t, -1), F.softmax(s, -1).detach()
    descending, order = p.sort(-1, descending=True)
    error = (descending - q[order]).abs()
    outside = descending.cumsum(-1) > 0.5
    outside[0] = False
    head, tail = error[~outside].sum(), error[outside].sum()
    return head / (head + tail) * fkl(t, s, y, 1) + tail / (head + tail) * rkl(t, s, y, 1)


def gkd(t, s, y, tau, beta=0.5):
    student, teacher = F.log_softmax(s, -1), F.log_softmax(t, -1)
    if beta == 0:
        return F.kl_div(student, teacher, reduction="sum", log_target=True)
    if beta == 1:
        return F.kl_div(teacher, student, reduction="sum", log_target=True)
    mixture = torch.logsumexp(torch.stack([student + math.log(1 - beta), teacher + math.log(beta)]), 0)
    kl_teacher = F.kl_div(mixture, teacher, reduction="sum", log_target=True)
    kl_student = F.kl_div(mixture, student, reduction="sum", log_target=True)
    return beta * kl_teacher + (1 - beta) * kl_student


def distillm_jsd(weight):
    """m = (1 - w) p + w q; w KL(q | m) + (1 - w) KL(p | m)."""

    def loss(t, s, y, tau):
        p, q = log_pair(t, s, 1)
        m = ((1 - weight) * p.exp() + weight * q.exp()).log()
        return weight * kl(q, m) + (1 - weight) * kl(p, m)

    return loss


def distillm_skewed_forward(t, s, y, tau, lam=0.1):
    p, q = F.softmax(t, -1), F.softmax(s, -1)
    return -(p * (lam * p + (1 - lam) * q).log()).sum()


def distillm_skewed_reverse(t, s, y, tau, lam=0.1, detach=False):
    p, q = F.softmax(t, -1), F.softmax(s, -1)
    m = (1 - lam) * p + lam * (q.detach() if detach else q)
    return -(q * m.log() - q * q.log()).sum()


def abkd(t, s, y, tau, alpha=0.2, beta=0.7):
    p, q = F.softmax(t, -1), F.softmax(s, -1)
    c = alpha + beta
    return -(p**alpha * q**beta - alpha / c * p**c - beta / c * q**c).sum() / (alpha * beta)


def times_tau_squared(loss):
    return lambda t, s, y, tau: tau**2 * loss(t, s, y, tau)


def eopd_added(t, s, y, tau):
    p, q = log_pair(t, s, 1)
    gate = (-(p.exp() * p).sum() > 0.8).double()
    return kl(q, p) + gate * kl(p, q)


PRESETS = {
    "hinton": times_tau_squared(lambda t, s, y, tau: F.kl_div(F.log_softmax(s / tau, -1), F.softmax(t / tau, -1), reduction="sum")),
    "minillm-kd": minillm_kd,
    "distillm-forward-kl": distillm_forward_kl,
    "dskd-fkl": half_labels(fkl, 2),
    "distillkit-kl": times_tau_squared(fkl),
    "liger-kl": half_labels(fkl),
    "trl-gkd-beta0": lambda t, s, y, tau: gkd(t, s, y, tau, 0),
    "hinton-rkl": times_tau_squared(rkl),
    "dskd-rkl": half_labels(rkl, 2),
    "trl-gkd-beta1": lambda t, s, y, tau: gkd(t, s, y, tau, 1),
    "trl-gkd": gkd,
    "distillm-jsd": distillm_jsd(0.9),
    "distillm2-jsd": distillm_jsd(0.1),
    "abkd-jsd": distillm_jsd(0.1),
    "dskd-jsd": half_labels(jsd, 2),
    "distillkit-jsd": times_tau_squared(jsd),
    "liger-jsd": half_labels(jsd),
    "distillm-skl": distillm_skewed_forward,
    "distillm2-skl": lambda t, s, y, tau: distillm_skewed_forward(t, s, y, tau) + (F.softmax(t, -1) * F.log_softmax(t, -1)).sum(),
    "dskd-skl": half_labels(skl, 2),
    "distillm-srkl": distillm_skewed_reverse,
    "distillm2-srkl": lambda t, s, y, tau: distillm_skewed_reverse(t, s, y, tau, detach=True),
    "dskd-srkl": half_labels(srkl, 2),
    "distillm-tvd": lambda t, s, y, tau: 0.5 * (F.softmax(t, -1) - F.softmax(s, -1)).abs().sum(),
    "distillkit-tvd": times_tau_squared(tvd),
    "abkd-gpt2": abkd,
    "akl-wu": akl_wu,
    "dskd-akl": half_labels(dskd_adaptive, 2),
    "dkd": times_tau_squared(dkd),
    "eopd": eopd_added,
    "logit-standardisation": times_tau_squared(zscore_kl),
}
ANY_TAU = ("hinton", "distillkit-kl", "liger-kl", "hinton-rkl", "distillkit-jsd", "liger-jsd", "distillkit-tvd", "dkd",
           "logit-standardisation")


def rows():
    generator = torch.Generator().manual_seed(7)

    def normal(n, scale):
        return (torch.randn(n, generator=generator, dtype=torch.float64) * scale).float().double()

    for vocab, spread, noise, peak in ((12, 2.0, 1.0, 0.0), (12, 2.0, 0.05, 0.0), (33, 2.0, 1.5, 6.0), (5, 4.0, 3.0, 0.0)):
        t = normal(vocab, spread)
        s = (t + normal(vocab, noise)).float().double()
        t[vocab // 2] += peak
        t = t.float().double()
        yield t, s, vocab // 3


def hexadecimal(values):
    return " ".join(float(x).hex() for x in values)


def print_case(choice, loss, t, s, y):
    leaf = s.clone().requires_grad_(True)
    value = loss(t, leaf, y)
    value.backward()
    print("choice", *(f"{k}={v}" for k, v in choice))
    print("loss", repr(value.item()))
    print("gradient", *(repr(g) for g in leaf.grad.tolist()))


def main():
    for t, s, y in rows():
        print("row", len(t), y)
        print("teacher", hexadecimal(t))
        print("student", hexadecimal(s))
        for name, (function, variations) in OBJECTIVES.items():
            for parameters in variations:
                for tau, scaling in ((0.5, "none"), (1.0, "squared"), (4.0, "squared")):
                    scale = tau**2 if scaling == "squared" and name not in WITHOUT_TAU else 1.0
                    choice = [("name", name), *(("param", f"{k}={v}") for k, v in parameters.items()), ("tau", tau),
                              ("scaling", scaling)]
                    print_case(choice, lambda a, b, c: scale * function(a, b, c, tau, **parameters), t, s, y)
        for name, function in PRESETS.items():
            tau = 3.0 if name in ANY_TAU else 1.0
            choice = [("preset", name)] + ([("tau", tau)] if name in ANY_TAU else [])
            print_case(choice, lambda a, b, c: function(a, b, c, tau), t, s, y)
    print("end")


if __name__ == "__main__":
    main()
