"""Sums of correlations of estimation residuals over whole blocks of CARs that have the same dates.

For N residual series z_i that are centred and of length one on the same dates, ``Σ_{i≠j} ρ_ij = ‖Σ z_i‖² - N``: no pair
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.date_blocks import DateBlocks
from eventstudy.inference.residual_pairs import CONSTANT, ENOUGH_SESSIONS
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

_Ints = NDArray[np.int64]


@dataclass(frozen=True)
class CorrelationSums:
    """What is summed over pairs of CARs whose windows share dates.

    Parameters
    ----------
    weighted : float
        ``Σ ρ_ij m_ij / n`` over the pairs of known correlation, m of the windows' n sessions shared.
    n_known, n_unknown : int
        Pairs of two series: of known correlation, and the others.
    n_overlapping : int
        Pairs of one series.
    """

    weighted: float = 0.0
    n_known: int = 0
    n_unknown: int = 0
    n_overlapping: int = 0

    def __add__(self, other: CorrelationSums) -> CorrelationSums:
        return CorrelationSums(
            self.weighted + other.weighted,
            self.n_known + other.n_known,
            self.n_unknown + other.n_unknown,
            self.n_overlapping + other.n_overlapping,
        )


@dataclass(frozen=True, eq=False)
class _Rows:
    """The N CARs in the order of their G blocks, and of the series inside a block.

    Parameters
    ----------
    residual : ndarray, shape (N, L)
        Estimation residuals; NaN where unused.
    series : ndarray of int, shape (N,)
        The series of each.
    starts, sizes : ndarray of int, shape (G,)
        Where each block begins, and how many CARs it has.
    calendar : list of ndarray of int64, length G
        The dates of each block's residuals.
    column : list of ndarray of int, length G
        Their columns.
    """

    residual: Floats
    series: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: _Ints
    calendar: list[_Ints]
    column: list[NDArray[np.intp]]

    @cached_property
    def power(self) -> Floats:
        """Mean square of the residuals of each CAR."""
        known = np.isfinite(self.residual)
        squares = np.where(known, self.residual, 0.0) ** 2
        return np.asarray(squares.sum(axis=1) / np.maximum(known.sum(axis=1), 1))

    def of(self, block: int) -> slice:
        """Return where one block stands."""
        return slice(int(self.starts[block]), int(self.starts[block] + self.sizes[block]))


def block_sums(
    blocks: DateBlocks, days: _Ints, residual: Floats, learned: Dates, series: NDArray[np.intp]
) -> CorrelationSums:
    """Sum the correlations of all pairs of CARs whose windows share dates, block by block.

    Parameters
    ----------
    blocks : DateBlocks
        The G blocks of the N CARs.
    days : ndarray of int64, shape (N, n)
        The dates of their windows as whole numbers.
    residual : ndarray, shape (N, L)
        Estimation residuals; NaN where unused.
    learned : ndarray of datetime64[D], shape (N, L)
        Their dates.
    series : ndarray of int, shape (N,)
        The series of each.

    Returns
    -------
    CorrelationSums
        In time O(N L), and O(L) more a CAR for each further block that its own one meets.
    """
    order = np.lexsort((series, blocks.block))
    known, dates = np.isfinite(residual[blocks.first]), learned[blocks.first].astype(np.int64)
    rows = _Rows(
        residual=residual[order],
        series=series[order],
        starts=np.cumsum(blocks.sizes) - blocks.sizes,
        sizes=blocks.sizes,
        calendar=[date[there] for date, there in zip(dates, known, strict=True)],
        column=[np.flatnonzero(there) for there in known],
    )
    found = CorrelationSums()
    for block in range(len(blocks)):
        found += _inside(rows, block)
    for one, other, share in _meeting(days[blocks.first]):
        found += _between(rows, one, other, share)
    return found


def _inside(rows: _Rows, block: int) -> CorrelationSums:
    """Sum over the pairs of one block, whose windows are the same."""
    at, columns = rows.of(block), rows.column[block]
    z, varies = _scores(rows, at, columns)
    first = _first_of_series(rows.series[at])
    n, n_varying = np.diff(np.append(first, len(varies))), np.add.reduceat(varies, first)
    by_series = z if len(first) == len(z) else np.add.reduceat(z, first, axis=0)
    total = by_series.sum(axis=0)
    n_all, n_known = (int(k.sum() ** 2 - (k**2).sum()) // 2 for k in (n, n_varying))
    doubled = float(total @ total) - float(np.einsum("ij,ij->", by_series, by_series))
    return CorrelationSums(doubled / 2, n_known, n_all - n_known, int((n * (n - 1)).sum()) // 2)


def _between(rows: _Rows, one: int, other: int, share: float) -> CorrelationSums:
    """Sum over the pairs of two blocks, whose windows have some share of their dates in common."""
    _, *places = np.intersect1d(rows.calendar[one], rows.calendar[other], assume_unique=True, return_indices=True)
    sides = []
    for block, place in zip((one, other), places, strict=True):
        at = rows.of(block)
        z, varies = _scores(rows, at, rows.column[block][place])
        first = _first_of_series(rows.series[at])
        by_series = z if len(first) == len(z) else np.add.reduceat(z, first, axis=0)
        n = np.diff(np.append(first, len(varies)))
        sides.append((rows.series[at][first], by_series, n, np.add.reduceat(varies, first)))
    (here, z, n, varying), (there, z_other, n_other, varying_other) = sides
    _, i, j = np.intersect1d(here, there, assume_unique=True, return_indices=True)
    n_alike = int(n[i] @ n_other[j])
    n_all = int(n.sum() * n_other.sum()) - n_alike
    n_known = int(varying.sum() * varying_other.sum()) - int(varying[i] @ varying_other[j])
    total = float(z.sum(axis=0) @ z_other.sum(axis=0)) - float(np.einsum("ij,ij->", z[i], z_other[j]))
    return CorrelationSums(share * total, n_known, n_all - n_known, n_alike)


def _scores(rows: _Rows, at: slice, columns: NDArray[np.intp]) -> tuple[Floats, _Ints]:
    """Return residuals centred and of length one on some dates, 0 where they do not vary; and which vary."""
    values = rows.residual[at].take(columns, axis=1)
    if len(columns) < ENOUGH_SESSIONS:
        return np.zeros_like(values), np.zeros(len(values), dtype=np.int64)
    values -= values.mean(axis=1, keepdims=True)
    squares = np.einsum("ij,ij->i", values, values)
    varies = squares > CONSTANT * len(columns) * rows.power[at]
    values *= np.where(varies, 1 / np.sqrt(np.where(varies, squares, 1.0)), 0.0)[:, None]
    return values, varies.astype(np.int64)


def _first_of_series(series: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where each series begins; they stand together."""
    return np.flatnonzero(np.append(True, series[1:] != series[:-1]))


def _meeting(days: _Ints) -> Iterator[tuple[int, int, float]]:
    """Yield each two of G windows that share dates, and the share they have in common."""
    n = days.shape[1]
    begin, end = days.min(axis=1), days.max(axis=1)
    order = np.argsort(begin, kind="stable")
    begin = begin[order]
    for k, one in enumerate(order.tolist()):
        others = order[k + 1 : int(np.searchsorted(begin, end[one], side="right"))]
        if len(others):
            common = (days[one][None, :, None] == days[others][:, None, :]).sum(axis=(1, 2))
            yield from ((one, int(others[m]), float(common[m]) / n) for m in np.flatnonzero(common))
