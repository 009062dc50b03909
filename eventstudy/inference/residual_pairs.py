"""Correlations of estimation residuals, pair by pair, aligned by calendar date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

#: Fewest common sessions from which a correlation or a portfolio's volatility is taken.
ENOUGH_SESSIONS = 30

#: Rows, and calendar days, looked at together; they bound time and memory, not the answer.
_ROWS_AT_ONCE, _DAYS_AT_ONCE = 256, 60

#: Share of a residual series' variance below which it counts as constant on an overlap.
CONSTANT = 1e-10

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class ResidualPairs:
    """P pairs of CARs whose windows may share dates.

    Parameters
    ----------
    first, second : ndarray of int, shape (P,)
        Rows of the sample; no pair stands there twice.
    rho : ndarray, shape (P,)
        Correlation of their estimation residuals on the dates that both have; NaN for fewer than 30 such dates, or
        where one of them does not vary.
    """

    first: Places
    second: Places
    rho: Floats

    @classmethod
    def joined(cls, blocks: Iterable[ResidualPairs]) -> ResidualPairs:
        """Return the pairs of several blocks as one."""
        nothing = cls(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0))
        parts = [nothing, *blocks]
        first = np.concatenate([part.first for part in parts])
        second = np.concatenate([part.second for part in parts])
        return cls(first, second, np.concatenate([part.rho for part in parts]))

    def take(self, rows: NDArray[np.int64], n_rows: int) -> ResidualPairs:
        """Return the pairs among some of `n_rows` rows, which are then numbered from 0 in the order given."""
        place = np.full(n_rows, -1)
        place[rows] = np.arange(len(rows))
        first, second = place[self.first], place[self.second]
        kept = (first >= 0) & (second >= 0)
        return ResidualPairs(first[kept], second[kept], self.rho[kept])


def residual_pairs(residual: Floats, learned: Dates, days: Dates) -> Iterator[ResidualPairs]:
    """Yield all pairs of CARs that share a day, block by block.

    Parameters
    ----------
    residual : ndarray, shape (N, L)
        Estimation residuals; NaN where unused.
    learned : ndarray of datetime64[D], shape (N, L)
        Their dates; NaT where unused.
    days : ndarray of datetime64[D], shape (N, n)
        The event sessions of each CAR; NaT where missing, but not all of them.

    Yields
    ------
    ResidualPairs
        In blocks that bound the memory.

    Examples
    --------
    >>> day = np.array([["2022-01-27"], ["2022-01-28"]], dtype="datetime64[D]")
    >>> residual, learned = np.ones((2, 3)), np.tile(np.arange(3).astype("datetime64[D]"), (2, 1))
    >>> [len(pairs.rho) for pairs in residual_pairs(residual, learned, day)]  # they share no day
    []
    """
    begin, end = np.fmin.reduce(days, axis=1).astype(np.int64), np.fmax.reduce(days, axis=1).astype(np.int64)
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], end[order]
    start = 0
    while start < len(order):
        stop = min(start + _ROWS_AT_ONCE, int(np.searchsorted(begin, begin[start] + _DAYS_AT_ONCE, side="right")))
        members = order[start : int(np.searchsorted(begin, end[start:stop].max(), side="right"))]
        present = _grid(np.where(np.isnat(days[members]), np.nan, 1.0), days[members])
        i, j = np.nonzero(np.triu(present[: stop - start] @ present.T, 1))
        if len(i):
            rho = _correlations(residual[members], learned[members], stop - start, i, j)
            yield ResidualPairs(members[i], members[j], rho)
        start = stop


def _grid(values: Floats, days: Dates) -> Floats:
    """Lay rows of values out on one calendar; 0 on the dates a row does not have, or has no number on."""
    known, day = np.isfinite(values), days.astype(np.int64)
    first, last = day[known].min(), day[known].max()
    grid = np.zeros((len(values), last - first + 1))
    grid[np.nonzero(known)[0], day[known] - first] = values[known]
    return grid


def _correlations(residual: Floats, learned: Dates, n_rows: int, i: Places, j: Places) -> Floats:
    """Correlate the residuals of rows i (among the first ones) and j, each pair on its own common dates."""
    known = np.isfinite(residual)
    if not known.any():
        return np.full(len(i), np.nan)
    power = (np.where(known, residual, 0.0) ** 2).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    z = _grid(residual / np.sqrt(np.where(power > 0, power, 1.0))[:, None], learned)
    there = _grid(np.where(known, 1.0, np.nan), learned)
    # Many rows have residuals on the very same dates: what is summed over the dates of j is summed once a calendar.
    _, first, calendar = np.unique(np.packbits(there > 0, axis=1), axis=0, return_index=True, return_inverse=True)
    calendar, dates = calendar.ravel(), there[first].T
    n = (dates.T @ dates)[calendar[i], calendar[j]]
    sums, squares = z @ dates, z**2 @ dates
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_i, mean_j = sums[i, calendar[j]] / n, sums[j, calendar[i]] / n
        var_i, var_j = squares[i, calendar[j]] / n - mean_i**2, squares[j, calendar[i]] / n - mean_j**2
        rho = ((z[:n_rows] @ z.T)[i, j] / n - mean_i * mean_j) / np.sqrt(var_i * var_j)
    enough = (n >= ENOUGH_SESSIONS) & (var_i > CONSTANT) & (var_j > CONSTANT)
    return np.asarray(np.where(enough, np.clip(rho, -1.0, 1.0), np.nan))
