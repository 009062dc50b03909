"""Sums of correlations of estimation residuals over whole blocks of CARs that have the same dates.

For N residual series z_i that are centred and of length one on the same dates, ``Σ_{i≠j} ρ_ij = ‖Σ z_i‖² - N``: no pair
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.date_blocks import DateBlocks
from eventstudy.inference.residual_pairs import CONSTANT, ENOUGH_SESSIONS
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

_Ints = NDArray[np.int64]
_Array = TypeVar("_Array", Floats, _Ints)


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
    order : ndarray of int, shape (N,)
        Where each stands in the sample.
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

    order: NDArray[np.intp]
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
        order=order,
        residual=residual[order],
        series=series[order],
        starts=blocks.starts,
        sizes=blocks.sizes,
        calendar=[date[there] for date, there in zip(dates, known, strict=True)],
        column=[np.flatnonzero(there) for there in known],
    )
    found = _inside(rows, blocks)
    for one, other, share in _meeting(days[blocks.first]):
        found += _between(rows, one, other, share)
    return found


def _inside(rows: _Rows, blocks: DateBlocks) -> CorrelationSums:
    """Sum over the pairs inside each block, whose windows are the same."""
    z, varies = _scores(rows.residual, rows.power)
    block = blocks.block[rows.order]
    first = np.flatnonzero(_differs(rows.series) | _differs(block))
    by_series = _sums_from(first, z)
    n, n_varying = _sums_from(first, np.ones_like(varies)), _sums_from(first, varies)
    of_block = np.searchsorted(first, rows.starts)
    n_all, n_known = (
        int((np.add.reduceat(k, of_block) ** 2 - np.add.reduceat(k**2, of_block)).sum()) // 2 for k in (n, n_varying)
    )
    total = np.add.reduceat(by_series, of_block, axis=0)
    doubled = float(np.einsum("ij,ij->", total, total)) - float(np.einsum("ij,ij->", by_series, by_series))
    return CorrelationSums(doubled / 2, n_known, n_all - n_known, int((n * (n - 1)).sum()) // 2)


def _between(rows: _Rows, one: int, other: int, share: float) -> CorrelationSums:
    """Sum over the pairs of two blocks, whose windows have some share of their dates in common."""
    _, *places = np.intersect1d(rows.calendar[one], rows.calendar[other], assume_unique=True, return_indices=True)
    sides = []
    for block, place in zip((one, other), places, strict=True):
        at = rows.of(block)
        z, varies = _scores(rows.residual[at].take(rows.column[block][place], axis=1), rows.power[at])
        first = np.flatnonzero(_differs(rows.series[at]))
        n = np.diff(np.append(first, len(varies)))
        sides.append((rows.series[at][first], _sums_from(first, z), n, _sums_from(first, varies)))
    (here, z, n, varying), (there, z_other, n_other, varying_other) = sides
    _, i, j = np.intersect1d(here, there, assume_unique=True, return_indices=True)
    n_alike = int(n[i] @ n_other[j])
    n_all = int(n.sum() * n_other.sum()) - n_alike
    n_known = int(varying.sum() * varying_other.sum()) - int(varying[i] @ varying_other[j])
    total = float(z.sum(axis=0) @ z_other.sum(axis=0)) - float(np.einsum("ij,ij->", z[i], z_other[j]))
    return CorrelationSums(share * total, n_known, n_all - n_known, n_alike)


def _scores(values: Floats, power: Floats) -> tuple[Floats, _Ints]:
    """Return residuals centred and of length one, all 0 for a row that is too short or does not vary; and which vary.

    What is missing is 0.
    """
    known = np.isfinite(values)
    n = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1)
    centred = np.where(known, values - mean[:, None], 0.0)
    squares = np.einsum("ij,ij->i", centred, centred)
    varies = (n >= ENOUGH_SESSIONS) & (squares > CONSTANT * n * power)
    centred *= np.where(varies, 1 / np.sqrt(np.where(varies, squares, 1.0)), 0.0)[:, None]
    return centred, varies.astype(np.int64)


def _differs(values: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    return np.append(True, values[1:] != values[:-1])


def _sums_from(first: NDArray[np.intp], values: _Array) -> _Array:
    """Return sums over rows, each from one place up to the next."""
    return values if len(first) == len(values) else np.add.reduceat(values, first, axis=0)


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
