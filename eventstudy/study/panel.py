"""The CARs of a study as plain arrays, and nothing else: for studies too large for tables, and for backtests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.estimated import Estimated
from eventstudy.study.tables import used_rows
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class CarPanel:
    """CARs of N events in S series over W windows.

    Parameters
    ----------
    matches : Matches
        Which session each event meets in each series, and why pairs are excluded; its ``events`` and ``series`` name
        the rows and columns of the arrays.
    windows : tuple of Window, length W
        The windows.
    car, se : ndarray, shape (N, S, W)
        CARs in the unit of the series' returns and their forecast standard errors; NaN where a pair is excluded or
        a session of the window is missing.
    df : ndarray of int64, shape (N, S)
        Degrees of freedom of the estimates; 0 where a pair is excluded.
    """

    matches: Matches
    windows: tuple[Window, ...]
    car: Floats
    se: Floats
    df: NDArray[np.int64]

    @property
    def events(self) -> tuple[str, ...]:
        """Ids of the events, length N."""
        return self.matches.events

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series, length S."""
        return self.matches.series

    @property
    def t(self) -> Floats:
        """CARs by their standard errors, shape (N, S, W)."""
        return np.asarray(self.car / self.se)

    @property
    def p_value(self) -> Floats:
        """Two-sided p of `t` with `df` degrees of freedom, shape (N, S, W); it takes each event to be alone."""
        return two_sided_t(self.t, self.df[:, :, None])


def car_panel(estimated: Estimated) -> CarPanel:
    """Return the CARs of a study matched and estimated, pair by pair.

    Parameters
    ----------
    estimated : Estimated
        What `EventStudy.estimated` returned.
    """
    matches, windows = estimated.matches, estimated.design.windows
    n_events, n_series = matches.used.shape
    # Series by series in memory, as they are written.
    car, se = np.full((2, len(windows), n_series, n_events), np.nan)
    df = np.zeros((n_series, n_events), dtype=np.int64)
    for s, estimate in enumerate(estimated.estimates):
        rows, at = used_rows(matches, s)
        there = slice(None) if len(rows) == n_events else rows
        df[s, there] = estimate.df[at]
        for w in range(len(windows)):
            car[w, s, there], se[w, s, there] = estimate.car[w, at], estimate.se[w, at]
    return CarPanel(matches, windows, car.T, se.T, df.T)
