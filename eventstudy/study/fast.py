"""Studies too large for one pass or one table: blocks, budgets, and CARs of millions of pairs as plain arrays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.estimates import Estimates
from eventstudy.window import Window

#: Bytes a table of pairs may take unless the user says otherwise.
BUDGET = 2**30

#: Rows of one block of a table that is made piece by piece.
_AT_ONCE = 400_000


@dataclass(frozen=True, eq=False)
class Blocks:
    """A table of pairs that is made piece by piece.

    Parameters
    ----------
    series : tuple of str
        Its series.
    n_rows : int
        Its rows.
    make : callable
        Makes the part of some series.
    """

    series: tuple[str, ...]
    n_rows: int
    make: Callable[[Sequence[str]], pd.DataFrame]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        step = max(len(self.series) * _AT_ONCE // max(self.n_rows, 1), 1)
        for start in range(0, len(self.series), step):
            yield self.make(self.series[start : start + step])


def beyond(n_bytes: int, n: int, what: str, budget: int) -> str:
    """Say that something takes more than the budget.

    Examples
    --------
    >>> beyond(5 * 2**29, 9_000_000, "rows", 2**30)
    '2,560 MiB for 9,000,000 rows are more than the budget of 1,024 MiB (--budget)'
    """
    size, limit = (f"{of / 2**20:,.0f}" if of >= 10 * 2**20 else f"{of / 2**20:.2g}" for of in (n_bytes, budget))
    return f"{size} MiB for {n:,} {what} are more than the budget of {limit} MiB (--budget)"


@dataclass(frozen=True, eq=False)
class CarPanel:
    """CARs of N events in S series over W windows.

    Parameters
    ----------
    matches : Matches
        Which session each event meets in each series; `reason` of each series says why pairs are excluded.
    series : tuple of str, length S
        Names of the series.
    windows : tuple of Window, length W
        The windows.
    car, se : ndarray, shape (N, S, W)
        CARs in the unit of the series' returns and their forecast standard errors; NaN where a pair is excluded or
        a session of the window is missing.
    df : ndarray of int64, shape (N, S)
        Degrees of freedom of the estimates; 0 where a pair is excluded.
    """

    matches: Matches
    series: tuple[str, ...]
    windows: tuple[Window, ...]
    car: Floats
    se: Floats
    df: NDArray[np.int64]

    @property
    def events(self) -> tuple[str, ...]:
        """Ids of the events, length N."""
        return tuple(self.matches.events.ids.tolist())

    @property
    def t(self) -> Floats:
        """CARs by their standard errors, shape (N, S, W)."""
        return np.asarray(self.car / self.se)

    @property
    def p_value(self) -> Floats:
        """Two-sided p of `t` with `df` degrees of freedom, shape (N, S, W); it takes each event to be alone."""
        return two_sided_t(self.t, self.df[:, :, None])


def car_panel(matches: Matches, estimates: Estimates) -> CarPanel:
    """Return the CARs of a study matched and estimated, pair by pair.

    Parameters
    ----------
    matches : Matches
        The events matched.
    estimates : dict of str to SeriesEstimates
        The series estimated.
    """
    windows = next(iter(estimates.values())).design.windows
    n_events = len(matches.events)
    # Series by series in memory, as they are written.
    car, se = np.full((2, len(windows), len(estimates), n_events), np.nan)
    df = np.zeros((len(estimates), n_events), dtype=np.int64)
    for s, of in enumerate(estimates.values()):
        rows = np.flatnonzero(of.matches.there)
        at = of.matches.place[rows]
        df[s, rows] = of.df[at]
        for w in range(len(windows)):
            car[w, s, rows], se[w, s, rows] = of.car[at, w], of.se[at, w]
    return CarPanel(matches, tuple(estimates), windows, car.T, se.T, df.T)
