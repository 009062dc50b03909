"""Simulated markets with known truth, of the tests and of the benchmark of readings."""

import numpy as np
import pandas as pd

from eventstudy.reading import READINGS


def shock_world(rng, *, n_shocks=0, size=20.0, tails=4.0, n_markets=4):
    """Return events, prices and the days of shocks without news: markets with a common factor, t tails and GARCH."""
    n_days = 1500
    factor, own = rng.standard_t(tails, (n_days, 1)), rng.standard_t(tails, (n_days, n_markets))
    draws = (np.sqrt(0.4) * factor + np.sqrt(0.6) * own) / np.sqrt(tails / (tails - 2))
    days = pd.bdate_range("2012-01-02", periods=n_days)
    news = np.sort(rng.choice(np.arange(200, n_days - 5), 30, replace=False))
    free = np.setdiff1d(np.arange(220, n_days - 5), np.add.outer(news, np.arange(-2, 3)))
    shocks = rng.choice(free, n_shocks, replace=False)
    draws[shocks] += size * rng.choice([-1.0, 1.0], (n_shocks, 1)) * (rng.random((n_shocks, n_markets)) < 0.7)
    variance, returns = np.ones(n_markets), np.empty_like(draws)
    for t in range(n_days):
        returns[t] = np.sqrt(variance) * draws[t]
        variance = 0.01 + 0.09 * np.minimum(returns[t] ** 2, 25.0 * variance) + 0.9 * variance
    prices = pd.DataFrame(np.cumprod(1.0 + np.clip(0.008 * returns, -0.6, 1.0), axis=0), days)
    events = pd.DataFrame({"time": days[news].strftime("%Y-%m-%d"), "stance": np.resize(["raise", "fold"], 30)})
    return events, prices.rename(columns="m{}".format), set(days[shocks])


def false_stances(reader, of):
    """Return the share of the last 300 ordinary days, that a reader reads as a stance."""
    last = of.ordinary[-300:]
    places, far = np.zeros((len(last), 2), dtype=int), np.full(len(last), np.datetime64("2050-01-01"))
    return float(np.mean([reader.say(row) in READINGS[:2] for row in reader.read(last, reader.sums(places, far))[0]]))
