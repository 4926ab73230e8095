"""Schedules of runs, computed apart from the program: python make_schedules.py > schedules.txt

Rational arithmetic but for the cosine itself, which is taken in double.
Columns: kind, peak, least, warm-up, steps, step, value; kind is lr-KIND or tau-KIND (then peak = from, least = to).
"""

import math
from fractions import Fraction


def learning_rate(kind, peak, least, warmup, steps, step):
    peak, least = Fraction(peak), Fraction(least)
    if step <= warmup:
        return float(peak * Fraction(step, warmup))
    if kind == "constant":
        return float(peak)
    part = Fraction(step - 1 - warmup, steps - warmup)
    left = 1 - part if kind == "linear" else Fraction(0.5 * (1 + math.cos(math.pi * float(part))))
    return float(least + (peak - least) * left)


def temperature(kind, start, end, steps, step):
    start, end = Fraction(start), Fraction(end)
    part = Fraction(step - 1, steps - 1) if steps > 1 else Fraction(0)
    if kind == "constant":
        return float(start)
    gone = part if kind == "linear" else Fraction(0.5 * (1 - math.cos(math.pi * float(part))))
    return float(start + (end - start) * gone)


for kind in ("constant", "linear", "cosine"):
    for peak, least, warmup, steps in ((5e-4, 0.0, 0, 10), (1e-3, 1e-5, 3, 12), (2e-5, 1e-7, 5, 5), (1.0, 0.5, 1, 2)):
        for step in range(1, steps + 1):
            value = learning_rate(kind, peak, least, warmup, steps, step)
            print("lr-" + kind, peak, least, warmup, steps, step, repr(value))
    for start, end, steps in ((4.0, 1.0, 7), (1.0, 8.0, 2), (3.0, 2.0, 1)):
        for step in range(1, steps + 1):
            print("tau-" + kind, start, end, 0, steps, step, repr(temperature(kind, start, end, steps, step)))
