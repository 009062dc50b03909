"""Second answers for every test of a mean: the formulas of the papers in plain loops, nothing shared with the library.

A pair of event and series is a dict: ``car``, ``scar``, ``ar`` (of the window's sessions, with their ``days``),
``span`` (all event sessions, None where missing), ``residual`` (of the estimation sessions, None where unused, with
their ``learned`` days), ``sigma``, ``df``, ``date``, ``series``, ``phase``. ``inside`` are the places of the window in
the span.
"""

import math
from itertools import combinations, product

import numpy as np


def mean(values):
    """Sum over number."""
    return math.fsum(values) / len(values)


def sd(values):
    """Root of the squared deviations over number less one."""
    middle = mean(values)
    return math.sqrt(math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1))


def t_of(values):
    """Mean over its standard error."""
    return mean(values) / (sd(values) / math.sqrt(len(values)))


def groups(pairs, key):
    """List the CARs by a key, in the order of the key."""
    return [[p["car"] for p in pairs if p[key] == k] for k in sorted({p[key] for p in pairs})]


# -- t statistics -----------------------------------------------------------------------------------------------------


def cross_section_t(pairs):
    """Brown and Warner (1980): t of the CARs."""
    return t_of([p["car"] for p in pairs])


def date_clustered_t(pairs):
    """The t of the date means."""
    return t_of([mean(cars) for cars in groups(pairs, "date")])


def ibragimov_mueller_t(pairs):
    """Ibragimov and Müller (2010): t of the episode means."""
    return t_of([mean(cars) for cars in groups(pairs, "phase")])


def skewness_adjusted_t(pairs):
    """Hall (1992)."""
    cars = [p["car"] for p in pairs]
    n, middle, spread = len(cars), mean(cars), sd(cars)
    s = middle / spread
    gamma = n / ((n - 1) * (n - 2)) * math.fsum(((c - middle) / spread) ** 3 for c in cars)
    return math.sqrt(n) * (s + gamma * s**2 / 3 + gamma**2 * s**3 / 27 + gamma / (6 * n))


def crude_dependence_t(pairs):
    """Brown and Warner (1980): CAAR over the time-series sd of the average residual, times the root of n."""
    averages = []
    for tau in range(len(pairs[0]["residual"])):
        there = [p["residual"][tau] for p in pairs if p["residual"][tau] is not None]
        if there:
            averages.append(mean(there))
    n = len(pairs[0]["ar"])
    return mean([p["car"] for p in pairs]) / (math.sqrt(n) * sd(averages)), len(averages) - 1


def calendar_time_t(pairs, enough=30):
    """Jaffe (1974), Mandelker (1974): each day's portfolio over the sd of that portfolio in the estimation windows."""
    histories = [{day: r for day, r in zip(p["learned"], p["residual"], strict=True) if r is not None} for p in pairs]
    standardised, fewest = [], None
    for day in sorted({day for p in pairs for day in p["days"]}):
        members = [i for i, p in enumerate(pairs) if day in p["days"]]
        today = mean([pairs[i]["ar"][pairs[i]["days"].index(day)] for i in members])
        common = [d for d in sorted(histories[members[0]]) if all(d in histories[i] for i in members)]
        if len(common) < enough:
            continue
        past = [mean([histories[i][d] for i in members]) for d in common]
        standardised.append(today / sd(past))
        fewest = len(past) if fewest is None else min(fewest, len(past))
    if not standardised:
        return None, None
    return sum(standardised) / math.sqrt(len(standardised)), fewest - 1


# -- standardised -----------------------------------------------------------------------------------------------------


def pearson(x, y):
    """Correlation of two lists, about their means."""
    mx, my = mean(x), mean(y)
    above = math.fsum((a - mx) * (b - my) for a, b in zip(x, y, strict=True))
    return above / math.sqrt(math.fsum((a - mx) ** 2 for a in x) * math.fsum((b - my) ** 2 for b in y))


def mean_correlation(pairs, enough=30):
    """Kolari and Pynnönen (2010): mean over all pairs of CARs, residuals aligned by date, windows by shared dates."""
    known, n_unknown = [], 0
    for p, q in combinations(pairs, 2):
        shared = len(set(p["days"]) & set(q["days"])) / len(p["days"])
        if p["series"] == q["series"] or not shared:
            continue
        mine = {d: r for d, r in zip(p["learned"], p["residual"], strict=True) if r is not None}
        theirs = {d: r for d, r in zip(q["learned"], q["residual"], strict=True) if r is not None}
        common = [d for d in mine if d in theirs]
        if len(common) < enough:
            n_unknown += 1
        else:
            known.append(shared * pearson([mine[d] for d in common], [theirs[d] for d in common]))
    if not known:
        return None if n_unknown else 0.0
    n_all = len(pairs) * (len(pairs) - 1) / 2
    return max(mean(known) * (len(known) + n_unknown) / n_all, 0.0)


def patell_z(pairs):
    """Patell (1976)."""
    return math.fsum(p["scar"] for p in pairs) / math.sqrt(math.fsum(p["df"] / (p["df"] - 2) for p in pairs))


def adjusted_patell_z(pairs):
    """Kolari and Pynnönen (2010)."""
    return patell_z(pairs) / math.sqrt(1 + (len(pairs) - 1) * mean_correlation(pairs))


def bmp_t(pairs):
    """Boehmer, Musumeci and Poulsen (1991)."""
    return t_of([p["scar"] for p in pairs])


def adjusted_bmp_t(pairs):
    """Kolari and Pynnönen (2010)."""
    r = mean_correlation(pairs)
    return bmp_t(pairs) * math.sqrt((1 - r) / (1 + (len(pairs) - 1) * r))


# -- signs and ranks --------------------------------------------------------------------------------------------------


def sign_z(pairs):
    """Number of positive CARs against half of those that are not zero."""
    cars = [p["car"] for p in pairs if p["car"] != 0]
    ups = sum(c > 0 for c in cars)
    return (ups - len(cars) / 2) / (math.sqrt(len(cars)) / 2)


def sign_p(pairs):
    """Twice the binomial tail, summed by its coefficients."""
    cars = [p["car"] for p in pairs if p["car"] != 0]
    ups, n = sum(c > 0 for c in cars), len(cars)
    return min(1.0, 2 * sum(math.comb(n, k) for k in range(max(ups, n - ups), n + 1)) / 2**n)


def generalized_sign_z(pairs):
    """Cowan (1992)."""
    shares = []
    for p in pairs:
        there = [r for r in p["residual"] if r is not None]
        shares.append(sum(r > 0 for r in there) / len(there))
    share, n = mean(shares), len(pairs)
    return (sum(p["car"] > 0 for p in pairs) - n * share) / math.sqrt(n * share * (1 - share))


def mid_rank(value, values):
    """One more than the smaller ones, and half of the equal ones beside itself."""
    return 1 + sum(v < value for v in values) + (sum(v == value for v in values) - 1) / 2


def wilcoxon_w(cars):
    """Sum of the ranks of the positive values."""
    cars = [c for c in cars if c != 0]
    return sum(mid_rank(abs(c), [abs(d) for d in cars]) for c in cars if c > 0)


def wilcoxon_p(cars):
    """Share of all turns of signs that are as far from the middle."""
    cars = [c for c in cars if c != 0]
    ranks = [mid_rank(abs(c), [abs(d) for d in cars]) for c in cars]
    middle, observed = sum(ranks) / 2, wilcoxon_w(cars)
    sums = [sum(r for r, up in zip(ranks, turn, strict=True) if up) for turn in product([0, 1], repeat=len(ranks))]
    return sum(abs(s - middle) >= abs(observed - middle) for s in sums) / len(sums)


def rank_z(pairs, inside):
    """Corrado (1989) in the form of Corrado and Zivney (1992)."""
    scores = []
    for p in pairs:
        row = [*p["residual"], *p["span"]]
        there = [v for v in row if v is not None]
        scores.append([None if v is None else mid_rank(v, there) / (1 + len(there)) - 0.5 for v in row])
    n_learned = len(pairs[0]["residual"])
    values = {}
    for t in range(len(scores[0])):
        column = [row[t] for row in scores if row[t] is not None]
        if column:
            values[t] = math.fsum(column) / math.sqrt(len(column))
    s = math.sqrt(mean([v**2 for v in values.values()]))
    return math.fsum(values[n_learned + j] for j in inside) / (s * math.sqrt(len(inside)))


def grank_scores(pairs):
    """Kolari and Pynnönen (2011): U of each standardised residual, and last of the re-standardised SCAR."""
    spread = sd([p["scar"] for p in pairs])
    scores = []
    for p in pairs:
        row = [None if r is None else r / p["sigma"] for r in p["residual"]] + [p["scar"] / spread]
        there = [v for v in row if v is not None]
        scores.append([None if v is None else mid_rank(v, there) / (len(there) + 1) - 0.5 for v in row])
    return scores


def grank_t(pairs):
    """Kolari and Pynnönen (2011), with their weights for missing values."""
    scores = grank_scores(pairs)
    columns = [[row[t] for row in scores if row[t] is not None] for t in range(len(scores[0]))]
    columns = [column for column in columns if column]
    T = len(columns)
    s = math.sqrt(math.fsum(len(column) / len(pairs) * mean(column) ** 2 for column in columns) / T)
    z = mean(columns[-1]) / s
    return z * math.sqrt((T - 2) / (T - 1 - z**2)), T - 2


def grank_z(pairs):
    """Kolari and Pynnönen (2011); the variance of a uniform rank among T_i values, averaged."""
    scores = grank_scores(pairs)
    sizes = [sum(v is not None for v in row) for row in scores]
    variance = math.fsum((T - 1) / (12 * (T + 1)) for T in sizes) / len(pairs) ** 2
    return mean([row[-1] for row in scores]) / math.sqrt(variance)


# -- resampled --------------------------------------------------------------------------------------------------------


def wild_p(pairs):
    """Share of all turns of the dates' signs that are at least as far out."""
    sums = [math.fsum(cars) for cars in groups(pairs, "date")]
    observed = abs(math.fsum(sums)) - 1e-12 * math.fsum(abs(s) for s in sums)
    turns = list(product([1, -1], repeat=len(sums)))
    return sum(abs(math.fsum(w * s for w, s in zip(turn, sums, strict=True))) >= observed for turn in turns) / len(
        turns
    )


def block_draws(pairs, seed, n_draws, turned):
    """CAARs of redrawn dates. numpy's generator gives the dates; `turned` draws of signs are taken from it before."""
    clusters = groups(pairs, "date")
    rng = np.random.default_rng(seed)
    if turned:
        rng.integers(0, 2, size=(n_draws, len(clusters)), dtype=np.int8)
    rows = rng.integers(0, len(clusters), size=(n_draws, len(clusters))).tolist()
    sums, sizes = [sum(c) for c in clusters], [len(c) for c in clusters]
    return [sum(sums[g] for g in row) / sum(sizes[g] for g in row) for row in rows]


def quantile(ordered, level):
    """The value at place level times (B + 1), between two neighbours in proportion."""
    place = min(max(level * (len(ordered) + 1), 1), len(ordered))
    below = int(place)
    above = min(below + 1, len(ordered))
    return ordered[below - 1] + (place - below) * (ordered[above - 1] - ordered[below - 1])


def intervals(pairs, draws, normal):
    """Efron (1987): BCa and percentile interval; `normal` is the standard normal law."""
    clusters = groups(pairs, "date")
    caar = mean([p["car"] for p in pairs])
    rounding = 1e-12 * max(abs(d) for d in draws)
    ties = sum(abs(d - caar) <= rounding for d in draws)
    share = (sum(d < caar - rounding for d in draws) + ties / 2) / len(draws)
    left_out = [mean([c for g, cars in enumerate(clusters) if g != h for c in cars]) for h in range(len(clusters))]
    middle = mean(left_out)
    a = math.fsum((middle - v) ** 3 for v in left_out) / (6 * math.fsum((middle - v) ** 2 for v in left_out) ** 1.5)
    z0 = normal.inv_cdf(share)
    ends = []
    for level in (0.025, 0.975):
        z = z0 + normal.inv_cdf(level)
        ends.append(quantile(sorted(draws), normal.cdf(z0 + z / (1 - a * z))))
    return ends, [quantile(sorted(draws), level) for level in (0.025, 0.975)]
