"""Small worlds made by hand: weekday prices and dated events."""

import numpy as np
import pandas as pd


def prices_of(n=200, seed=1, names=("mine",), first="2020-01-01", volatility=0.01):
    """Random walks on weekdays."""
    index = pd.bdate_range(first, periods=n, name="session")
    moves = np.random.default_rng(seed).normal(0, volatility, (n, len(names)))
    return pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)), index, list(names))


def events_of(days, stances):
    """Return events of whole days; a price of such a column is one of them from the day after on."""
    return pd.DataFrame(
        {"id": [f"e{k}" for k in range(len(days))], "time": [str(day)[:10] for day in days], "stance": stances}
    )
