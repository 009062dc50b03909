"""Holding a market for some sessions: what it brought, session by session."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.window import Window


def held_paths(history: History, position: NDArray[np.int64], window: Window) -> Floats:
    """Return what holding a market over the sessions of a window brought, after each of them.

    Parameters
    ----------
    history : History
        The market, T sessions.
    position : ndarray of int64, shape (P,)
        Sessions that the window is counted from.
    window : Window
        The sessions held, n of them: ``1:n`` if bought at the price of the session at `position`.

    Returns
    -------
    ndarray, shape (P, n + 1)
        Raw returns, 0 at the beginning: simple ones compounded, logs and differences added up, as the `move` of a
        study is. NaN from the first session without a return, or outside the sample.

    Examples
    --------
    >>> import pandas as pd
    >>> from eventstudy.markets.history import histories_from_prices
    >>> days = pd.bdate_range("2022-01-03", periods=3)
    >>> history = histories_from_prices(pd.DataFrame({"mine": [100.0, 110.0, 99.0]}, days))["mine"]
    >>> held_paths(history, np.array([0]), Window(1, 3)).round(4).tolist()
    [[0.0, 0.1, -0.01, nan]]
    """
    rows = position[:, None] + np.array(window.taus)
    inside = (rows >= 0) & (rows < len(history))
    steps = np.where(inside, history.returns[np.where(inside, rows, 0)], np.nan)
    if history.instrument.returns == "simple":
        moves = np.cumprod(1.0 + steps, axis=1) - 1.0
    else:
        moves = np.cumsum(steps, axis=1)
    return np.hstack([np.zeros((len(rows), 1)), moves])
