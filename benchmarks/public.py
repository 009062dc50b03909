"""A million pairs and more through the public API, against the engine's own time for CAR and variance; peak of memory.

``python benchmarks/public.py EVENTS SERIES cars|fit`` runs one study alone: its seconds, its peak of memory.
"""

import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd
from default import TURNS
from measure import EVENT, dense, in_turn, market, pairs, say, within

import eventstudy as es


def inputs(n_events, n_series):
    """Return events by day and prices of as many series and their market."""
    y, x, _ = market(n_series)
    days = pd.bdate_range("2014-01-01", periods=len(y))
    prices = pd.DataFrame(np.exp(np.cumsum(y, axis=0)), index=days, columns=[f"s{k}" for k in range(n_series)])
    prices["market"] = np.exp(np.cumsum(x[:, 0, 0]))
    events = pd.DataFrame({"time": days[pairs(n_events, 1)[0]].strftime("%Y-%m-%d"), "stance": "raise"})
    return events.assign(id=[f"e{k}" for k in range(n_events)]), prices


def study(events, prices):
    """Return the study of one window, without tests; tables larger than 1 GiB are left out of its result."""
    choices = {"model": "market-model", "market": "market", "estimation": "-260:-11", "windows": [str(EVENT)]}
    return es.EventStudy(events, prices, **choices, tests=[], clean="none")


def alone(n_events, n_series, what):
    """Run one study in this process: its seconds, and the peak of memory less what the inputs took, GiB."""
    given = inputs(n_events, n_series)
    begin = time.process_time()
    getattr(study(*given), what)()
    seconds = time.process_time() - begin
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def afresh(n_events, n_series, what):
    """Run one study in a process of its own."""
    words = [sys.executable, __file__, str(n_events), str(n_series), what]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def compare(n_events, n_series):
    """Print what `cars` and `fit` take of the engine's time, and return that."""
    given, table, at = inputs(n_events, n_series), market(n_series), pairs(n_events, n_series)
    us, engine = in_turn(lambda: study(*given).cars(), lambda: dense(*table, *at), repeats=9)
    of = f"{n_events * n_series:,} pairs on {n_series} series"
    within(f"EventStudy(...).cars(), {of}, against the engine's CAR and variance", us, engine, 3)
    turns = [afresh(n_events, n_series, "fit") for _ in range(TURNS)]
    seconds, peak = min(took for took, _ in turns), max(peak for _, peak in turns)
    job, note = f"EventStudy(...).fit(), {of}: placebos and averages", f"peak of memory {peak:.1f} GiB"
    say(job, seconds, engine, "-", ok=True, ratio=seconds / engine, note=note)
    return engine


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(alone(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
        sys.exit()
    for n_events, n_series in ((33_334, 30), (2_000, 500)):
        engine = compare(n_events, n_series)
    seconds, peak = afresh(20_000, 500, "fit")
    job = "EventStudy(...).fit(), 10,000,000 pairs on 500 series, tables left out"
    say(job, seconds, engine, "bounded memory", ok=peak < 4, ratio=seconds / engine, note=f"peak {peak:.1f} GiB")
