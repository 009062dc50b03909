"""Second answers, written from the formulas alone: plain loops, nothing shared with the library.

Missing numbers are None here. A window is a pair (first, last), both ends included.
"""

import math
from fractions import Fraction
from itertools import combinations, product


def inside(window):
    """List the event times of a window."""
    return list(range(window[0], window[1] + 1))


def mean(values):
    """Sum over number."""
    return math.fsum(values) / len(values)


def sd(values, lost=1):
    """Root of the squared deviations over number less `lost`."""
    middle = mean(values)
    return math.sqrt(math.fsum((v - middle) ** 2 for v in values) / (len(values) - lost))


def t_of_mean(values):
    """Root of N times mean over sd."""
    return math.sqrt(len(values)) * mean(values) / sd(values)


# -- least squares ----------------------------------------------------------------------------------------------------


def inverse(matrix):
    """Invert a square matrix of fractions by Gauss and Jordan."""
    n = len(matrix)
    work = [list(row) + [Fraction(int(i == j)) for j in range(n)] for i, row in enumerate(matrix)]
    for column in range(n):
        pivot = next(row for row in range(column, n) if work[row][column] != 0)
        work[column], work[pivot] = work[pivot], work[column]
        lead = work[column][column]
        work[column] = [value / lead for value in work[column]]
        for row in range(n):
            if row != column:
                factor = work[row][column]
                work[row] = [a - factor * b for a, b in zip(work[row], work[column], strict=True)]
    return [row[n:] for row in work]


def least_squares(y, x):
    """Regress y on a constant and the rows x in exact rational arithmetic.

    Returns parameters (constant first), sigma, r2 and the exact inverse of X'X.
    """
    ys = [Fraction(float(value)) for value in y]
    rows = [[Fraction(1), *(Fraction(float(value)) for value in row)] for row in x]
    k = len(rows[0])
    cross = [[sum(row[i] * row[j] for row in rows) for j in range(k)] for i in range(k)]
    inverted = inverse(cross)
    moment = [sum(row[i] * value for row, value in zip(rows, ys, strict=True)) for i in range(k)]
    beta = [sum(inverted[i][j] * moment[j] for j in range(k)) for i in range(k)]
    rss = sum(
        (value - sum(a * b for a, b in zip(row, beta, strict=True))) ** 2 for row, value in zip(rows, ys, strict=True)
    )
    middle = sum(ys) / len(ys)
    total = sum((value - middle) ** 2 for value in ys)
    sigma = math.sqrt(rss / (len(ys) - k))
    return [float(b) for b in beta], sigma, float(1 - rss / total), inverted


def forecast_variance(sigma, inverted, n, x_sum):
    """s² (n + x'(X'X)⁻¹x) with x the sum of n regressor rows, constant included."""
    row = [Fraction(n), *(Fraction(float(value)) for value in x_sum)]
    k = len(row)
    quadratic = sum(row[i] * inverted[i][j] * row[j] for i in range(k) for j in range(k))
    return sigma**2 * (n + float(quadratic))


# -- abnormal returns -------------------------------------------------------------------------------------------------


def compound(returns, kind):
    """What one unit of money made, as a simple return."""
    money = 1.0
    for value in returns:
        money *= math.exp(value) if kind == "log" else 1.0 + value
    return money - 1.0


# -- the placebo ------------------------------------------------------------------------------------------------------


def ewma(ar, decay=0.94, start=60):
    """Volatility known the session before, started from the variance of the first `start` abnormal returns."""
    scale, first, variance = [], [], None
    for value in ar:
        scale.append(None if variance is None else math.sqrt(variance))
        if value is None:
            continue
        if variance is None:
            first.append(value)
            if len(first) == start:
                variance = sd(first) ** 2
        else:
            variance = decay * variance + (1.0 - decay) * value**2
    return scale


def touched(n_sessions, positions, span):
    """Say of each session whether it lies in the span of an event."""
    return [any(position + span[0] <= t <= position + span[1] for position in positions) for t in range(n_sessions)]


def admissible(n_sessions, positions, span, gap_days, long=7):
    """Say of each session whether its whole span lies in the sample and meets no event and no step over a closure."""
    busy = touched(n_sessions, positions, span)
    answers = []
    for t in range(n_sessions):
        rows = [t + tau for tau in inside(span)]
        within = rows[0] >= 0 and rows[-1] < n_sessions
        answers.append(within and not any(busy[row] or (gap_days[row] or 0) >= long for row in rows))
    return answers


def placebo_p(z, draws):
    """(1 + number of draws at least as far out) / (number of draws + 1)."""
    return (1 + sum(1 for draw in draws if abs(draw) >= abs(z))) / (len(draws) + 1)


def step_down(z, draws):
    """Westfall and Young: from the largest |z| down, hold each against the maxima of those still left."""
    order = sorted(range(len(z)), key=lambda j: -abs(z[j]))
    adjusted, highest = [0.0] * len(z), 0.0
    for rank, j in enumerate(order):
        left = order[rank:]
        reached = sum(1 for draw in draws if max(abs(draw[other]) for other in left) >= abs(z[j]))
        highest = max(highest, (1 + reached) / (len(draws) + 1))
        adjusted[j] = highest
    return adjusted


# -- permutation and averages -----------------------------------------------------------------------------------------


def difference(values, raised):
    """Mean over the raised less mean over the others."""
    up = [v for v, r in zip(values, raised, strict=True) if r]
    down = [v for v, r in zip(values, raised, strict=True) if not r]
    return mean(up) - mean(down)


def within_phases(values, raised, phases):
    """Difference of means inside each phase that has both, averaged with weights n_raise n_fold / n."""
    total = weights = 0.0
    for phase in sorted(set(phases)):
        up = [v for v, r, p in zip(values, raised, phases, strict=True) if p == phase and r]
        down = [v for v, r, p in zip(values, raised, phases, strict=True) if p == phase and not r]
        if up and down:
            weight = len(up) * len(down) / (len(up) + len(down))
            total += weight * (mean(up) - mean(down))
            weights += weight
    return total / weights


def permutation_p(values, raised, phases):
    """Share of all ways to deal the labels inside phases that differ at least as much; and the number of ways."""
    strata = [[i for i, p in enumerate(phases) if p == phase] for phase in sorted(set(phases))]
    deals = [list(combinations(rows, sum(raised[i] for i in rows))) for rows in strata]
    observed, reached, n_deals = abs(within_phases(values, raised, phases)), 0, 0
    close = 1e-12 * (observed + max(abs(v) for v in values))
    for deal in product(*deals):
        chosen = {i for rows in deal for i in rows}
        n_deals += 1
        dealt = [i in chosen for i in range(len(values))]
        reached += abs(within_phases(values, dealt, phases)) >= observed - close
    return reached / n_deals, n_deals
