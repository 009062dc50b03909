"""An event study in plain loops, written from the formulas alone and sharing nothing with the library.

One series, constant-mean model, simple returns. A missing number is None; a window is a pair (first, last), both ends
included; positions count the sessions of the series. Only draws use numpy.
"""

import math
from itertools import combinations, pairwise, product

import numpy as np

ESTIMATION, LENGTH, MIN_OBS, CLEAN = (-130, -11), 120, 60, (0, 1)
DECAY, CAP, START, ENOUGH = 0.94, 9.0, 60, 100
CLOSURE_DAYS, LATE_DAYS = 7, 5
STANCES = ("raise", "hold", "fold", "mixed")
DRAWS = MOST_ASSIGNMENTS = 50_000


def mean(values):
    """Sum over number."""
    return math.fsum(values) / len(values)


def variance(values):
    """Squared deviations over number less one."""
    middle = mean(values)
    return math.fsum((v - middle) ** 2 for v in values) / (len(values) - 1)


def median(values):
    """Middle one, or the mean of the middle two."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2


def length(window):
    """Number of sessions."""
    return window[1] - window[0] + 1


def simple_returns(prices, unknown=()):
    """Return to each session from the one before; None at the first and at the positions in `unknown`."""
    found = [None] + [b / a - 1 for a, b in pairwise(prices)]
    return [None if t in unknown else r for t, r in enumerate(found)]


def net_stance(stances):
    """Raises (and holds) are a raise, folds (and holds) a fold, holds a hold, raises and folds mixed."""
    if "raise" in stances and "fold" in stances:
        return "mixed"
    return next((stance for stance in ("raise", "fold") if stance in stances), "hold")


def ewma(ar, start=None):
    """Volatility of each session known before it; an AR enters with at most three times the volatility then known."""
    found, sofar, now = [], [], start
    for value in ar:
        found.append(None if now is None else math.sqrt(now))
        if value is None:
            continue
        if now is None:
            sofar.append(value)
            now = variance(sofar) if len(sofar) == START else None
        else:
            now = DECAY * now + (1 - DECAY) * min(value * value, CAP * now)
    return found


class Market:
    """One series with every session studied as if an event had fallen on it.

    `days` are datetime.date, `returns` numbers or None; `events` dicts with id, position, stance, news_day and phase,
    of all news that meets the series, used or not.
    """

    def __init__(self, days, returns, events):
        self.days, self.returns = days, returns
        self.size = len(days)
        self.closed = [t > 0 and (days[t] - days[t - 1]).days >= CLOSURE_DAYS for t in range(self.size)]
        self.events = market_events(events)
        self.busy = {e["position"] + k for e in self.events for k in range(CLEAN[0], CLEAN[1] + 1)}
        self.fits = [self.fit(t) for t in range(self.size)]
        self.ar = [self.one_step(t) for t in range(self.size)]
        self.scale = ewma(self.ar)
        self.calm = ewma([None if t in self.busy else a for t, a in enumerate(self.ar)])
        self.lines, self.free, self.answers = {}, {}, {}

    def fit(self, t):
        """Mean, standard deviation and number of the estimation returns of a session; None where they are too few."""
        first, last = max(t + ESTIMATION[0], 0), t + ESTIMATION[1]
        rows = [u for u in range(first, last + 1) if u not in self.busy and self.returns[u] is not None]
        if len(rows) < MIN_OBS:
            return None
        values = [self.returns[u] for u in rows]
        return mean(values), math.sqrt(variance(values)), len(values)

    def one_step(self, t):
        """Abnormal return of a session under its own estimates."""
        return None if self.fits[t] is None or self.returns[t] is None else self.returns[t] - self.fits[t][0]

    def inside(self, t, window):
        """Returns over a window; None where it leaves the sample or misses one."""
        rows = range(t + window[0], t + window[1] + 1)
        if rows[0] < 0 or rows[-1] >= self.size or any(self.returns[u] is None for u in rows):
            return None
        return [self.returns[u] for u in rows]

    def car(self, t, window):
        """CAR, standard error, move and buy-and-hold return; None where there is none."""
        values, fit = self.inside(t, window), self.fits[t]
        if values is None or fit is None:
            return None
        n, (middle, sd, m) = length(window), fit
        move = math.prod(1 + r for r in values) - 1
        return {
            "car": math.fsum(values) - n * middle,
            "se": sd * math.sqrt(n + n * n / m),
            "move": move,
            "bhar": move - (math.prod(1 + middle for _ in values) - 1),
        }

    def z(self, t, window):
        """CAR over the volatility known before the window and the session, times the root of its length."""
        if (t, window) not in self.lines:
            found, known = self.car(t, window), t + min(window[0], 0)
            there = found is not None and known >= 0 and self.scale[known]
            z = found["car"] / (self.scale[known] * math.sqrt(length(window))) if there else None
            self.lines[t, window] = z
        return self.lines[t, window]

    def admissible(self, window):
        """Sessions that can serve as placebo: window in the sample, no news in it, no closure, and a z."""
        if window not in self.free:
            self.free[window] = self.look_for_admissible(window)
        return self.free[window]

    def look_for_admissible(self, window):
        """Days without news that have a z."""
        return [t for t in self.without_news(window) if self.z(t, window) is not None]

    def without_news(self, window):
        """Sessions whose window lies in the sample, meets no news and no closure, and has a CAR."""
        found = []
        for t in range(self.size):
            rows = range(t + window[0], t + window[1] + 1)
            if rows[0] < 0 or rows[-1] >= self.size:
                continue
            if any(u in self.busy or self.closed[u] for u in rows):
                continue
            if self.car(t, window) is not None:
                found.append(t)
        return found

    def quiet(self, window):
        """Those of the admissible whose variance is not more than half an echo of the events."""
        return [
            t
            for t in self.admissible(window)
            if self.calm[t] is not None and 0.5 * self.scale[t] ** 2 <= self.calm[t] ** 2
        ]

    def single(self, event, window):
        """Return z, p, source, days and placebo z of one event session; None where it has no CAR."""
        e, n = event["position"], length(window)
        if self.car(e, window) is None:
            return None
        before = [t for t in self.admissible(window) if t <= e - n]
        if len(before) < ENOUGH:
            return self.by_residuals(e, window)
        z, draws = self.z(e, window), [self.z(t, window) for t in before]
        own = [self.z(t, window) for t in range(e - 1, e - n, -1) if t >= 0]
        own = [value for value in own if value is not None]
        reached = sum(abs(value) >= abs(z) for value in draws + own)
        p, days = (1 + reached) / (len(draws) + 1 + len(own)), len(draws) / n
        return {"z": z, "p_value": max(p, 1 / (days + 1)), "p_source": "sessions", "days": days, "draws": draws}

    def by_residuals(self, e, window):
        """Return the same from the residuals of the event's own estimation window, each a forecast error wide."""
        n, (middle, sd, m) = length(window), self.fits[e]
        first, last = max(e + ESTIMATION[0], 0), min(e + max(window[1], 0), self.size - 1)
        rows = list(range(first, last + 1))
        residual = [None if self.returns[u] is None else self.returns[u] - middle for u in rows]
        learned = {u for u in rows if u <= e + ESTIMATION[1] and u not in self.busy and self.returns[u] is not None}
        scale = dict(zip(rows, ewma(residual, sd * sd), strict=True))
        of = dict(zip(rows, residual, strict=True))

        def scaled(t):
            inner = [of.get(u) for u in range(t + window[0], t + window[1] + 1)]
            known = scale.get(t + min(window[0], 0))
            return None if not known or None in inner else math.fsum(inner) / (known * math.sqrt(n))

        wider, z = math.sqrt((1 + n / m) / (1 - n / m)), scaled(e)
        draws = [scaled(t) for t in rows if all(u in learned for u in range(t + window[0], t + window[1] + 1))]
        draws = [wider * value for value in draws if value is not None]
        days = len(draws) / n
        p = (1 + sum(abs(value) >= abs(z) for value in draws)) / (len(draws) + 1)
        return {"z": z, "p_value": max(p, 1 / (days + 1)), "p_source": "residuals", "days": days, "draws": draws}

    def late(self, event):
        """Whether the session follows a closure or comes more than five calendar days after the news."""
        position = event["position"]
        return self.closed[position] or (self.days[position] - event["news_day"]).days > LATE_DAYS

    def spans_closure(self, event, window):
        """Whether a step over a closure leads into a session of the window."""
        rows = range(event["position"] + window[0], event["position"] + window[1] + 1)
        return any(0 <= u < self.size and self.closed[u] for u in rows)

    def contaminated(self, event, window):
        """Whether the window holds the session of other news with another net stance, holds apart."""
        rows = range(event["position"] + window[0], event["position"] + window[1] + 1)
        return any(
            other["position"] in rows and other["stance"] not in {"hold", event["stance"]}
            for other in self.events
            if other is not event
        )

    def cars(self, window):
        """Return one row a market event with a CAR over the window, and whether it stands in its own row and in all."""
        found = []
        for event in self.events:
            car = self.car(event["position"], window)
            if car is None:
                continue
            together = not (self.late(event) or self.spans_closure(event, window))
            kept = together and not self.contaminated(event, window)
            found.append({**event, **car, **self.single(event, window), "kept": kept, "together": together})
        return found

    def rows(self, window):
        """Return the row of each net stance, of all, and of raises less folds, by stance."""
        if window not in self.answers:
            self.answers[window] = self.answer(window)
        return self.answers[window]

    def answer(self, window):
        """Make the rows."""
        cars, found = self.cars(window), {}
        rates = [self.car(t, window)["move"] > 0 for t in self.without_news(window)]
        for stance in (*STANCES, "*"):
            of = [row for row in cars if stance in {"*", row["stance"]}]
            sample = [row for row in of if row["together" if stance == "*" else "kept"]]
            found[stance] = {
                **self.summary(sample, window),
                "n_set_aside": len(of) - len(sample),
                "base_rate": mean(rates) if rates else None,
                "sample": sample,
            }
        found["raise-fold"] = self.contrast(found["raise"], found["fold"], window)
        return found

    def summary(self, sample, window):
        """Return what a row says of its sample."""
        if not sample:
            return {"n": 0}
        cars = [row["car"] for row in sample]
        largest = max(sample, key=lambda row: abs(row["car"]))
        rest = [row["car"] for row in sample if row["id"] != largest["id"]]
        return {
            "n": len(sample),
            "caar": mean(cars),
            "median": median(cars),
            "z": mean([row["z"] for row in sample]),
            "move": mean([row["move"] for row in sample]),
            "rose": mean([row["move"] > 0 for row in sample]),
            "worst": min(cars),
            "best": max(cars),
            "largest_event": largest["id"],
            "without_largest": mean(rest) if rest else None,
            **self.p_of_mean(sample, window),
        }

    def p_of_mean(self, sample, window):
        """Return the p of the mean z, the days behind it, and its source; of one event that event's own."""
        if len(sample) == 1:
            return {name: sample[0][name] for name in ("p_value", "days", "p_source")}
        days, n = [self.z(t, window) for t in self.quiet(window)], length(window)
        if len(days) < ENOUGH:
            return {"p_value": None, "days": None, "p_source": "residuals"}
        worth, middle = self.effective(sample, window), mean(days)
        drawn = math.ceil(worth - 1e-9)
        rng = np.random.default_rng(20_220_127)
        sets = np.array(days)[rng.integers(0, len(days), (DRAWS, drawn))]
        off = (sets - middle).sum(axis=1) / math.sqrt(drawn * worth)
        if n > 1:
            freedom = len(days) / n
            off /= np.sqrt(rng.chisquare(freedom, DRAWS) / freedom)
        means = middle + off
        share = float(np.mean(np.abs(means) >= abs(mean([row["z"] for row in sample]))))
        return {"p_value": max(share, 1 / (len(days) / n + 1)), "days": len(days) / n, "p_source": "sessions"}

    def overlaps(self, sample, window):
        """Correlations of the CARs of a sample: shared sessions, and a shared estimation error."""
        n = length(window)
        m = mean([self.fits[row["position"]][2] for row in sample])
        found = []
        for a in sample:
            gaps = [abs(a["position"] - b["position"]) for b in sample]
            shared = [max(1 - gap / n, 0) + n / m * max(1 - gap / LENGTH, 0) for gap in gaps]
            found.append([value / (1 + n / m) for value in shared])
        return found

    def effective(self, sample, window):
        """Return how many windows without overlap those of a sample are worth in a mean."""
        return len(sample) ** 2 / math.fsum(math.fsum(row) for row in self.overlaps(sample, window))

    def contrast(self, raised, folded, window):
        """Return raises less folds: the difference of the rows, and its p where a phase has both."""
        if not raised["n"] or not folded["n"]:
            return {"n": 0}
        sample = sorted(raised["sample"] + folded["sample"], key=lambda row: row["position"])
        found = {name: raised[name] - folded[name] for name in ("caar", "z", "move")}
        return found | {"n": len(sample), "p_value": self.p_of_contrast(sample, window)}

    def p_of_contrast(self, sample, window):
        """Permute the residuals of the constant inside phases, on z whitened by the overlaps (Freedman and Lane)."""
        label = np.array([row["stance"] == "raise" for row in sample], dtype=float)
        phases = [row["phase"] for row in sample]
        strata = [[k for k, of in enumerate(phases) if of == phase] for phase in dict.fromkeys(phases)]
        if not any(0 < label[rows].sum() < len(rows) for rows in strata):
            return None
        values, vectors = np.linalg.eigh(np.array(self.overlaps(sample, window)))
        whiten = vectors @ np.diag(values**-0.5) @ vectors.T
        one = whiten @ np.ones(len(sample))
        keep = np.eye(len(sample)) - np.outer(one, one) / (one @ one)
        v, x = keep @ whiten @ np.array([row["z"] for row in sample]), keep @ whiten @ label
        observed, size = abs(v @ x), math.sqrt((v @ v) * (x @ x))
        orders = every_assignment(label, strata)
        if orders is None:
            orders = np.tile(np.arange(len(sample)), (DRAWS, 1))
            for rows in strata:
                orders[:, rows] = np.random.default_rng(5).permuted(orders[:, rows], axis=1)
        return float(np.mean(np.abs(v[np.array(orders)] @ x) >= observed - 1e-12 * size))


def every_assignment(label, strata):
    """List the ways to take as many residuals of each stratum for the first label, each in order to its places.

    None where there are more than 50,000.
    """
    ways = []
    for rows in strata:
        first = [k for k in rows if label[k]]
        second = [k for k in rows if not label[k]]
        ways.append([(first, second, taken, rows) for taken in combinations(rows, len(first))])
    if math.prod(map(len, ways)) > MOST_ASSIGNMENTS:
        return None
    found = []
    for way in product(*ways):
        order = [0] * len(label)
        for first, second, taken, rows in way:
            left = [k for k in rows if k not in taken]
            for place, source in zip(first + second, [*taken, *left], strict=True):
                order[place] = source
        found.append(order)
    return found


def market_events(events):
    """Gather the events of one session; the first stands for them, with the net stance of all."""
    found = {}
    for event in sorted(events, key=lambda event: (event["position"], event["news_day"], event["id"])):
        found.setdefault(event["position"], []).append(event)
    return [{**members[0], "stance": net_stance([one["stance"] for one in members])} for members in found.values()]
