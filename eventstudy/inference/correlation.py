"""The mean correlation r̄ between the CARs of a sample, by which standardised tests are corrected."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample, Groups, Places
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
    return correlations(Groups.of(sample))[0]


def correlations(of: Groups) -> list[MeanCorrelation]:
    """Return the mean correlation of each group; see `mean_correlation`."""
    begin, end = np.full((2, len(of.row)), -1)
    entry, day = of.days
    at = np.flatnonzero(np.diff(entry, prepend=-1))
    begin[entry[at]], end[entry[at]] = np.minimum.reduceat(day, at), np.maximum.reduceat(day, at)
    # Of one series' windows, each with those that begin before it ends and not before it begins.
    size = int(of.sample.day.max(initial=0)) + 1
    order, first = np.sort(of.group * size + begin), np.cumsum(of.n) - of.n
    n_overlapping = of.sum(np.searchsorted(order, of.group * size + end, side="right") - first[of.group])
    n_overlapping = (n_overlapping - of.n * (of.n + 1) // 2).astype(int)
    shared, found = _Shared(of), []
    for g, (at, n_series) in enumerate(zip(of.each(), of.n_series.tolist(), strict=True)):
        if n_series <= 1:
            found.append(MeanCorrelation(0.0, 0.0, 0, 0, int(n_overlapping[g]), n_series))
        else:
            found.append(shared.mean(of.row[at], of.inside(g), n_series))
    return found


class _Shared:
    """What groups of several series share: rows of one size, the windows that overlap, and sums added up before."""

    def __init__(self, of: Groups) -> None:
        self.of = of.sample
        self._unit = _unit(self.of.residual) if (of.n_series > 1).any() else self.of.residual
        self._windows: dict[tuple[int, int], tuple[Places, list[tuple[int, int, float]]]] = {}
        self._sums: dict[tuple[bytes, bytes], tuple[float, int, int]] = {}

    def mean(self, row: NDArray[np.int64], inside: slice, n_series: int) -> MeanCorrelation:
        """Return the mean correlation of some pairs over a window."""
        if (key := (inside.start, inside.stop)) not in self._windows:
            distinct, window = np.unique(self.of.day[:, inside], axis=0, return_inverse=True)
            self._windows[key] = window.ravel(), list(_overlapping(distinct))
        window, overlapping = self._windows[key]
        order = np.argsort(window[row], kind="stable")
        there, n = np.unique(window[row], return_counts=True)
        rows = dict(zip(there.tolist(), np.split(row[order], np.cumsum(n)[:-1]), strict=True))
        grids: dict[int, tuple[int, Floats]] = {}
        weighted, n_known, n_unknown, n_overlapping = 0.0, 0, 0, 0
        for a, b, share in overlapping:
            if a not in rows or b not in rows or (a == b and len(rows[a]) == 1):
                continue
            total, n_here, n_alike = self._sum(rows, a, b, grids)
            size, once = len(rows[a]) * len(rows[b]), 1
            n_unknown_here = size - n_alike - n_here
            if a == b:
                # Inside one window each pair stands on both sides of the diagonal.
                n_alike, once = n_alike - len(rows[a]), 2
            weighted += share * total / once
            n_known += n_here // once
            n_unknown += n_unknown_here // once
            n_overlapping += n_alike // once
        counts = (n_known, n_unknown, n_overlapping, n_series)
        if n_unknown and not n_known:
            return MeanCorrelation(math.nan, math.nan, *counts)
        n_all = len(row) * (len(row) - 1) / 2
        raw = float(weighted / n_known * (n_known + n_unknown) / n_all) if n_known else 0.0
        return MeanCorrelation(max(raw, 0.0), raw, *counts)

    def _sum(
        self, rows: dict[int, NDArray[np.int64]], a: int, b: int, grids: dict[int, tuple[int, Floats]]
    ) -> tuple[float, int, int]:
        """Return sum and number of the correlations between the rows of two windows, and how many are of one series."""
        key = rows[a].tobytes(), rows[b].tobytes()
        if key not in self._sums:
            for k in {a, b} - grids.keys():
                grids[k] = self.of.residuals_on_calendar(rows[k], self._unit)
            alike = self.of.series_index[rows[a]][:, None] == self.of.series_index[rows[b]]
            self._sums[key] = *_sum_of_correlations(grids[a], grids[b], alike), int(np.count_nonzero(alike))
        return self._sums[key]


def _overlapping(windows: Places) -> Iterator[tuple[int, int, float]]:
    """Yield each two of G distinct windows (G, n) that share days, itself among them, and the share they share."""
    there = windows >= 0
    begin, end = np.where(there, windows, windows.max(initial=0) + 1).min(axis=1), windows.max(axis=1)
    order = np.argsort(begin, kind="stable")
    stop = np.searchsorted(begin[order], end, side="right")
    for k, a in enumerate(order.tolist()):
        others = order[k : stop[a]]
        own = np.where(there[a], windows[a], -2)  # a missing day equals none
        share = np.mean(own[:, None, None] == windows[others], axis=2).sum(axis=0)
        for m in np.flatnonzero(share).tolist():
            yield a, int(others[m]), float(share[m])


def _unit(values: Floats) -> Floats:
    """Return rows less their mean, over the root of their mean square: of one size, so that sums keep their digits."""
    known = np.isfinite(values)
    n = np.maximum(known.sum(axis=1, keepdims=True), 1)
    filled = np.where(known, values, 0.0)
    size = np.sqrt((filled**2).sum(axis=1, keepdims=True) / n)
    return np.asarray((values - filled.sum(axis=1, keepdims=True) / n) / np.where(size > 0, size, 1.0))


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
