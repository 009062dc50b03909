"""A million pairs through `EventStudy(...).fit()`: its stages beside the engine's own time, and its peak of memory."""

import resource
import sys

import numpy as np
import pandas as pd
from measure import EVENT, dense, in_turn, market, pairs, within

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
    """Run the study over one window, without tests; abnormal returns are left out as too large."""
    choices = {"model": "market-model", "market": "market", "estimation": "-260:-11", "windows": [str(EVENT)]}
    return es.EventStudy(events, prices, **choices, tests=[], clean=False).fit()


if __name__ == "__main__":
    n_events, n_series = (int(word) for word in sys.argv[1:3]) if len(sys.argv) > 1 else (33_334, 30)
    given, table, at = inputs(n_events, n_series), market(n_series), pairs(n_events, n_series)
    us, engine = in_turn(lambda: study(*given), lambda: dense(*table, *at), repeats=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    job = f"EventStudy(...).fit(), {n_events * n_series:,} pairs on {n_series} series"
    within(f"{job}, against the engine's own CAR and variance", us, engine, 3, f"peak of memory {peak:.1f} GiB")
