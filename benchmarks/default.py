"""`fit()` with default options against a bare statsmodels loop over its pairs; large studies alone in a process.

``python benchmarks/default.py EVENTS SERIES`` runs one study alone: its seconds, its peak of memory in GiB.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from measure import LOOPED, in_turn, loop, say, within

import eventstudy as es
from eventstudy.window import Window

ESTIMATION, EVENT = Window(-130, -11), Window(0, 5)
#: How often a large study runs.
TURNS = 3


def inputs(n_events, n_series, n_sessions=2520):
    """Return events by day of three stances and prices of as many series over ten years."""
    rng = np.random.default_rng(1)
    returns = 0.008 * rng.standard_t(5, size=(n_sessions, 1)) + 0.012 * rng.standard_t(5, size=(n_sessions, n_series))
    days = pd.bdate_range("2014-01-01", periods=n_sessions)
    names = [f"s{k}" for k in range(n_series)]
    prices = pd.DataFrame(100 * np.exp(np.cumsum(returns, axis=0)), index=days, columns=names)
    at = np.sort(rng.choice(np.arange(-ESTIMATION.first, n_sessions - EVENT.last), n_events, replace=False))
    stances = rng.choice(["raise", "hold", "fold"], n_events)
    return pd.DataFrame({"time": days[at].strftime("%Y-%m-%d"), "stance": stances}), prices


def plain(study, most=LOOPED * 5):
    """Return the loop over the pairs of a study, or over so many of them, and for how many it stands."""
    result = study.fit()
    pairs = [
        (of.history.returns[:, None], int(position))
        for of in result.samples.values()
        for position in of.matches.place[of.matches.there]
        if position + EVENT.last < len(of.history)
    ]
    some = [pairs[k] for k in np.linspace(0, len(pairs) - 1, min(most, len(pairs))).astype(int)]
    nothing = np.empty((max(len(y) for y, _ in some), 1, 0))

    def run():
        for y, position in some:
            loop(y, nothing, np.array([position]), np.array([0]), ESTIMATION, EVENT)

    return run, len(pairs) / len(some), len(pairs)


def compare(name, events, prices, reach, floor, repeats):
    """Print the rows of one study: fit, fit and all tables, and fit without tests."""

    def study(**choices):
        return es.EventStudy(events, prices, **choices)

    looped, times, n_pairs = plain(study())
    sides = (
        *(lambda: study().fit(), lambda: study().fit().tests, lambda: study().fit().tables()),
        *(lambda: study(tests=[]).fit(), looped),
    )
    us, tests, tables, without, them = in_turn(*sides, repeats=repeats)
    job = f"fit() with default options, {name}, {n_pairs:,} pairs, against a statsmodels loop over them"
    within(job, us, them * times, reach, floor=floor)
    within("the same with its tests made", tests, them * times, reach)
    within("the same with all tables made", tables, them * times, reach)
    within("the same, default tests made, against tests=[]", tests, without, 1.3)


def alone(n_events, n_series):
    """Run one study in this process: its seconds, and the peak of memory, GiB."""
    given = inputs(n_events, n_series)
    begin = time.process_time()
    es.EventStudy(*given).fit()
    return time.process_time() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def large(n_events, n_series, seconds, gib, floor):
    """Print the rows of a study that runs in a process of its own, in turn with half of its series and the loop."""
    events, prices = inputs(n_events, n_series)
    at, n_pairs = prices.index.get_indexer(pd.to_datetime(events["time"])), n_events * n_series
    event, series = np.divmod(np.linspace(0, n_pairs - 1, LOOPED * 5).astype(int), n_series)
    sample = prices.pct_change().to_numpy(), np.empty((len(prices), 1, 0)), at[event], series, ESTIMATION, EVENT

    def afresh(n):
        words = [sys.executable, __file__, str(n_events), str(n)]
        return json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()[-1])

    turns = []
    for _ in range(TURNS):
        (half, _), (whole, peak) = afresh(n_series // 2), afresh(n_series)
        turns.append([half, whole, *in_turn(lambda: loop(*sample), repeats=2), peak])
    half, took, looped, _ = np.min(turns, axis=0).tolist()
    job, peak = f"fit() with default options, {n_events:,} × {n_series}", max(peak for *_, peak in turns)
    them = looped * n_pairs / len(event)
    note = f"the other side is a statsmodels loop over {len(event)} of the pairs, times {n_pairs / len(event):,.0f}"
    say(job, took, them, f"≤ {seconds:g} s", ok=took <= seconds, ratio=took / them, floor=floor, note=note)
    say(f"{job}: peak of memory, GiB", peak, None, f"≤ {gib:g} GiB", ok=peak <= gib)
    note = "columns: seconds of all series, and of half of them; the logarithm to base 2 of their ratio"
    slope = float(np.log2(took / half))
    say(f"{job}: slope in series", took, half, "≤ 1.05", ok=slope <= 1.05, ratio=slope, note=note)


def cars():
    """Print what the default clean window costs `cars()` of a million pairs."""
    events, prices = inputs(2_000, 30)
    events = pd.concat([events] * (33_334 // len(events) + 1), ignore_index=True).iloc[:33_334]
    events = events.assign(id=[f"e{k}" for k in range(len(events))])
    us, them = in_turn(
        lambda: es.EventStudy(events, prices).cars(),
        lambda: es.EventStudy(events, prices, clean="none").cars(),
    )
    within("cars() of 1,000,020 pairs on 30 series, default, against clean none", us, them, 1.5, floor="1x")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(alone(int(sys.argv[1]), int(sys.argv[2]))))
        sys.exit()
    case = es.load_case("raise-or-fold-2022")
    prices = case.prices.iloc[:, :19]  # as many as were asked; the record has grown since
    size = f"{len(case.events)} events × {prices.shape[1]} series (of the bundled {case.prices.shape[1]})"
    compare(size, case.events, prices, 2, "0.12 s", repeats=9)
    compare("50 events × 30 series × 10 years", *inputs(50, 30), 1, "0.3 s", repeats=5)
    compare("200 events × 100 series × 10 years", *inputs(200, 100), 0.5, "1.5 s", repeats=TURNS)
    cars()
    large(28, 700, 12, 1, "6 s")
    large(1000, 500, 25, 1, "10 s")
