"""The mean correlation r̄ between the CARs of a sample, by which standardised tests are corrected."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample
from eventstudy.inference.timeseries import ENOUGH_SESSIONS
from eventstudy.returns import Floats

#: Pairs, and calendar days, looked at together; they bound time and memory, not the answer.
_ROWS_AT_ONCE, _DAYS_AT_ONCE = 256, 60

#: Share of a residual series' variance below which it counts as constant on an overlap.
_CONSTANT = 1e-10


@dataclass(frozen=True)
class MeanCorrelation:
    """The mean correlation of all N(N-1)/2 pairs of CARs.

    Parameters
    ----------
    value : float
        r̄, floored at 0; NaN where series share dates but too few estimation sessions.
    raw : float
        The same before the floor.
    n_known, n_unknown : int
        Pairs of CARs of two series on shared dates: those whose residuals have enough common dates, and the others.
    n_overlapping : int
        Pairs of CARs of one series whose windows share dates. They are the same numbers, which r̄ cannot mend.
    n_series : int
        Distinct series.
    """

    value: float
    raw: float
    n_known: int
    n_unknown: int
    n_overlapping: int
    n_series: int

    @property
    def note(self) -> str:
        """What a reader of a corrected statistic must know."""
        parts = []
        if self.n_series == 1:
            parts.append("one series: mean correlation is no tool")
        elif self.n_known:
            floored = f", {self.raw:.3f} floored" if self.raw < 0 else ""
            parts.append(f"mean correlation {self.value:.3f}{floored} (pairs on shared dates: {self.n_known})")
        else:
            parts.append("no two series share a date: nothing to correct")
        if self.n_unknown:
            parts.append(f"pairs with fewer than {ENOUGH_SESSIONS} common sessions: {self.n_unknown}")
        if self.n_overlapping:
            parts.append(
                f"overlapping windows on one series: {self.n_overlapping} pairs, rejects too often, merge them"
            )
        return "; ".join(parts)


def mean_correlation(sample: EventSample) -> MeanCorrelation:
    """Return the mean correlation r̄ of the CARs, from their estimation residuals on common calendar dates.

    Parameters
    ----------
    sample : EventSample
        Estimation residuals and event windows, with their dates.

    Returns
    -------
    MeanCorrelation
        r̄ and what it was made of.

    Notes
    -----
    Two CARs of different series are correlated as far as their windows share dates: ``ρ_ij m_ij / n`` with ρ the
    correlation of the estimation residuals **on the calendar dates they have in common**, at least 30 of them, and
    m of the windows' n sessions shared. CARs whose windows share no date count as uncorrelated. r̄ is the mean over all
    N(N-1)/2 pairs, floored at 0; pairs with too few common dates are given the mean of the others on shared dates.
    Where all series share one event date this is Kolari and Pynnönen's mean correlation of residuals. Two CARs of one
    series are no matter for r̄: if their windows overlap they are the same numbers, and are to be merged.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> residual = np.tile([1.0, -1.0, 2.0, -2.0], 10)
    >>> estimation = np.stack([residual, residual + np.tile([1.0, 1.0, -1.0, -1.0], 10)])
    >>> day = np.full(2, "2022-01-27", dtype="datetime64[D]")
    >>> round(mean_correlation(sample_of_returns(estimation, np.ones((2, 1)), session=day)).value, 4)
    0.8452
    """
    n_cars = len(sample)
    if sample.n_series <= 1:
        return MeanCorrelation(0.0, 0.0, 0, 0, _overlapping(sample), sample.n_series)
    total, n_known, n_unknown, n_overlapping = 0.0, 0, 0, 0
    if n_cars > 1 and (sample.windows_meet or sample.n_dates < n_cars):
        for weight, rho, alike in _blocks(sample):
            known = np.isfinite(rho) & ~alike
            total += float((weight[known] * rho[known]).sum())
            n_known += int(known.sum())
            n_unknown += int((~known & ~alike).sum())
            n_overlapping += int(alike.sum())
    if n_unknown and not n_known:
        return MeanCorrelation(math.nan, math.nan, 0, n_unknown, n_overlapping, sample.n_series)
    share = (n_known + n_unknown) / (n_cars * (n_cars - 1) / 2) if n_known else 0.0
    raw = share * total / n_known if n_known else 0.0
    return MeanCorrelation(max(raw, 0.0), raw, n_known, n_unknown, n_overlapping, sample.n_series)


def _overlapping(sample: EventSample) -> int:
    """Count the pairs of windows of one series that share a date."""
    days = np.sort(sample.tau_session[:, sample.inside], axis=0)
    later = np.searchsorted(days[:, 0], days[:, -1], side="right") - 1 - np.arange(len(days))
    return int(later.sum())


def _blocks(sample: EventSample) -> Iterator[tuple[Floats, Floats, NDArray[np.bool_]]]:
    """Yield the pairs whose windows share dates: share of the window in common, correlation, whether one series.

    Pairs are taken in the order of their dates, so that a block meets only the few that can share dates with it.
    """
    days = sample.tau_session[:, sample.inside].astype(np.int64)
    series = np.unique(sample.series, return_inverse=True)[1]
    order = np.argsort(days[:, 0], kind="stable")
    first, last = days[order, 0], days[order, -1]
    start = 0
    while start < len(order):
        end = min(start + _ROWS_AT_ONCE, int(np.searchsorted(first, first[start] + _DAYS_AT_ONCE, side="right")))
        members = order[start : int(np.searchsorted(first, last[start:end].max(), side="right"))]
        shared = _shared_days(days[members], end - start)
        i, j = np.nonzero(np.triu(shared, 1))
        if len(i):
            rho = _correlations(sample, members, end - start, i, j)
            yield shared[i, j] / days.shape[1], rho, series[members[i]] == series[members[j]]
        start = end


def _shared_days(days: NDArray[np.int64], n_rows: int) -> Floats:
    """Count the dates that the windows of the first rows share with those of all."""
    present = _grid(np.ones(days.shape), days)
    return np.asarray(present[:n_rows] @ present.T)


def _grid(values: Floats, days: NDArray[np.int64]) -> Floats:
    """Lay rows of values out on one calendar; 0 on the dates a row does not have, or has no number on."""
    known = np.isfinite(values)
    first, last = days[known].min(), days[known].max()
    grid = np.zeros((len(values), last - first + 1))
    rows = np.nonzero(known)[0]
    grid[rows, days[known] - first] = values[known]
    return grid


def _correlations(
    sample: EventSample, members: NDArray[np.intp], n_rows: int, i: NDArray[np.intp], j: NDArray[np.intp]
) -> Floats:
    """Correlate the residuals of members i (among the first rows) and j, each pair on its own common dates."""
    residual, days = sample.residual[members], sample.residual_session[members].astype(np.int64)
    known = np.isfinite(residual)
    if not known.any():
        return np.full(len(i), np.nan)
    power = (np.where(known, residual, 0.0) ** 2).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    unit = residual / np.sqrt(np.where(power > 0, power, 1.0))[:, None]
    z, there = _grid(unit, days), _grid(np.where(known, 1.0, np.nan), days)
    # Many members have residuals on the very same dates: what is summed over the dates of j is summed once a calendar.
    _, first, calendar = np.unique(np.packbits(there > 0, axis=1), axis=0, return_index=True, return_inverse=True)
    calendar, dates = calendar.ravel(), there[first].T
    n = (dates.T @ dates)[calendar[i], calendar[j]]
    sums, squares = z @ dates, z**2 @ dates
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_i, mean_j = sums[i, calendar[j]] / n, sums[j, calendar[i]] / n
        var_i, var_j = squares[i, calendar[j]] / n - mean_i**2, squares[j, calendar[i]] / n - mean_j**2
        rho = ((z[:n_rows] @ z.T)[i, j] / n - mean_i * mean_j) / np.sqrt(var_i * var_j)
    enough = (n >= ENOUGH_SESSIONS) & (var_i > _CONSTANT) & (var_j > _CONSTANT)
    return np.asarray(np.where(enough, rho, np.nan))
