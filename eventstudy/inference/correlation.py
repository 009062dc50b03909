"""The mean correlation r̄ between the CARs of a sample, by which standardised tests are corrected."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

#: Fewest common sessions from which a correlation or a portfolio's volatility is taken.
ENOUGH_SESSIONS = 30

#: Share of a residual series' mean square below which its variance on an overlap counts as none.
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
                f"pairs of overlapping windows on one series: {self.n_overlapping}, rejects too often, "
                "keep one of each (--overlap first)"
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
    if sample.n_series <= 1:
        alone = sample.window.n_sessions == 1 and sample.n_dates == len(sample)
        return MeanCorrelation(0.0, 0.0, 0, 0, 0 if alone else _n_overlapping(sample.window_session), sample.n_series)
    weighted, n_known, n_unknown, n_overlapping = 0.0, 0, 0, 0
    series = sample.series_index
    windows, of_row = np.unique(sample.window_session.astype(np.int64), axis=0, return_inverse=True)
    order, ends = np.argsort(of_row.ravel(), kind="stable"), np.cumsum(np.bincount(of_row.ravel()))
    rows = np.split(order, ends[:-1])  # of each distinct window
    grid = cache(lambda k: _unit(*sample.residuals_on_calendar(rows[k])))
    key = [sample.origin[of].tobytes() for of in rows]
    for a, b, share in _overlapping(windows.astype(sample.window_session.dtype)):
        if a == b and len(rows[a]) == 1:
            continue
        if (key[a], key[b]) not in sample.correlations:
            alike = series[rows[a]][:, None] == series[rows[b]]
            sums = _sum_of_correlations(grid(a), grid(b), alike)
            sample.correlations[key[a], key[b]] = *sums, int(np.count_nonzero(alike))
        total, n, n_alike = sample.correlations[key[a], key[b]]
        size, once = len(rows[a]) * len(rows[b]), 1
        n_unknown_here = size - n_alike - n
        if a == b:
            # Inside one window each pair stands on both sides of the diagonal.
            n_alike, once = n_alike - len(rows[a]), 2
        weighted += share * total / once
        n_known += n // once
        n_unknown += n_unknown_here // once
        n_overlapping += n_alike // once
    counts = (n_known, n_unknown, n_overlapping, sample.n_series)
    if n_unknown and not n_known:
        return MeanCorrelation(math.nan, math.nan, *counts)
    n_all = len(sample) * (len(sample) - 1) / 2
    raw = float(weighted / n_known * (n_known + n_unknown) / n_all) if n_known else 0.0
    return MeanCorrelation(max(raw, 0.0), raw, *counts)


def _n_overlapping(sessions: Dates) -> int:
    """Count the pairs of windows of one series, successive sessions each, that share a date."""
    begin, end = np.sort(np.fmin.reduce(sessions, axis=1)), np.fmax.reduce(sessions, axis=1)
    n = len(begin)
    return int(np.searchsorted(begin, end, side="right").sum()) - n * (n + 1) // 2


def _overlapping(windows: Dates) -> Iterator[tuple[int, int, float]]:
    """Yield each two of G distinct windows (G, n) that share dates, itself among them, and the share they share."""
    begin, end = np.asarray(np.fmin.reduce(windows, axis=1)), np.asarray(np.fmax.reduce(windows, axis=1))
    order = np.argsort(begin, kind="stable")
    stop = np.searchsorted(begin[order], end, side="right")
    for k, a in enumerate(order.tolist()):
        others = order[k : stop[a]]
        # A missing date equals none.
        share = np.mean(windows[a][:, None, None] == windows[others], axis=2).sum(axis=0)
        for m in np.flatnonzero(share).tolist():
            yield a, int(others[m]), float(share[m])


def _unit(first: int, values: Floats) -> tuple[int, Floats]:
    """Return rows less their mean, over the root of their mean square: of one size, so that sums keep their digits."""
    known = np.isfinite(values)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, values, 0.0)
    size = np.sqrt((filled**2).sum(axis=1, keepdims=True) / n)
    return first, (values - filled.sum(axis=1, keepdims=True) / n) / np.where(size > 0, size, 1.0)


def _sum_of_correlations(
    one: tuple[int, Floats], other: tuple[int, Floats], alike: NDArray[np.bool_]
) -> tuple[float, int]:
    """Return sum and number of the correlations between rows (P, any) and (Q, any) of two series, on common sessions.

    Left out are pairs that are `alike` (P, Q), have fewer than 30 common sessions, or of which one does not vary on
    them. Rows begin at the sessions given, NaN where missing.
    """
    first, last = max(one[0], other[0]), min(one[0] + one[1].shape[1], other[0] + other[1].shape[1])
    x, y = (values[:, first - start : max(last - start, 0)] for start, values in (one, other))
    there, here = np.isfinite(x), np.isfinite(y)
    if there.all() and here.all():
        # One set of sessions for all: of rows of length one Σ_ij x_i'y_j = (Σ x_i)'(Σ y_j), and no pair is looked at.
        x, x_varies = _directions(x)
        y, y_varies = (x, x_varies) if one is other else _directions(y)
        i, j = np.nonzero(alike)
        total = float((x.sum(axis=0) * y.sum(axis=0)).sum()) - float(np.einsum("ij,ij->", x[i], y[j]))
        n_known = np.count_nonzero(x_varies) * np.count_nonzero(y_varies)
        return total, int(n_known - np.count_nonzero(x_varies[i] & y_varies[j]))
    a, b = there.astype(np.float64), here.astype(np.float64)
    x, y, n = np.where(there, x, 0.0), np.where(here, y, 0.0), a @ b.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = x @ b.T / n, a @ y.T / n
        var_x, var_y = x**2 @ b.T / n - mean_x**2, a @ (y**2).T / n - mean_y**2
        rho = (x @ y.T / n - mean_x * mean_y) / np.sqrt(var_x * var_y)
    known = (n >= ENOUGH_SESSIONS) & (var_x > _CONSTANT) & (var_y > _CONSTANT) & ~alike
    return float(np.clip(rho[known], -1.0, 1.0).sum()), int(np.count_nonzero(known))


def _directions(values: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Return rows centred and of length one, 0 for those that are too short or do not vary; and which do."""
    n = values.shape[1]
    centred = values - values.sum(axis=1, keepdims=True) / max(n, 1)
    squares = (centred**2).sum(axis=1)
    varies = (squares > _CONSTANT * n) & (n >= ENOUGH_SESSIONS)
    return centred * np.where(varies, 1 / np.sqrt(np.where(varies, squares, 1.0)), 0.0)[:, None], varies
