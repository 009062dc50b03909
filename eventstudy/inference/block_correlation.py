"""Sums of correlations of estimation residuals over whole blocks of CARs that have the same dates.

For N residual series z_i that are centred and of length one on the same dates, ``Σ_{i≠j} ρ_ij = ‖Σ z_i‖² - N``: no pair
is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.date_blocks import common_places, sums_from
from eventstudy.inference.residual_pairs import CONSTANT, ENOUGH_SESSIONS
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from eventstudy.inference.sample import EventSample

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
        Estimation residuals; 0 where unused.
    power : ndarray, shape (N,)
        Their mean squares.
    series : ndarray of int, shape (N,)
        The series of each.
    starts, sizes : ndarray of int, shape (G,)
        Where each block begins, and how many CARs it has.
    known : ndarray of bool, shape (G, L)
        Sessions that have a residual, in each block.
    dates : ndarray of int64, shape (G, L)
        Their dates, ascending.
    """

    residual: Floats
    power: Floats
    series: NDArray[np.intp]
    starts: NDArray[np.intp]
    sizes: _Ints
    known: NDArray[np.bool_]
    dates: _Ints

    def of(self, block: int) -> slice:
        """Return where one block stands."""
        return slice(int(self.starts[block]), int(self.starts[block] + self.sizes[block]))

    def common(self, one: int, other: int) -> Iterator[Floats]:
        """Yield the residuals of two blocks on the dates that both know."""
        columns = [np.flatnonzero(self.known[block]) for block in (one, other)]
        calendars = [self.dates[block, column] for block, column in zip((one, other), columns, strict=True)]
        for block, column, place in zip((one, other), columns, common_places(*calendars), strict=True):
            at = column[place]
            stretch = len(at) > 0 and at[-1] - at[0] == len(at) - 1
            yield self.residual[self.of(block), slice(at[0], at[-1] + 1) if stretch else at]


def block_sums(sample: EventSample) -> CorrelationSums:
    """Sum the correlations of all pairs of CARs whose windows share dates, block by block.

    Parameters
    ----------
    sample : EventSample
        N CARs over whole windows, with their residuals and the dates of both.

    Returns
    -------
    CorrelationSums
        In time O(N L), and O(L) more a CAR for each further block that its own one meets.
    """
    blocks = sample.blocks
    order = np.lexsort((sample.series_index, blocks.block))
    sorted_already = bool((order[1:] > order[:-1]).all())
    known, dates = sample.known[blocks.first], sample.residual_dates(blocks.first).astype(np.int64)
    power = np.einsum("ij,ij->i", sample.complete, sample.complete) / np.maximum(sample.n_known, 1)
    rows = _Rows(
        residual=sample.complete if sorted_already else sample.complete[order],
        power=power[order],
        series=sample.series_index[order],
        starts=blocks.starts,
        sizes=blocks.sizes,
        known=known,
        dates=dates,
    )
    found = _inside(rows, blocks.block[order])
    for one, other, share in _meeting(sample.window_dates(blocks.first).astype(np.int64)):
        found += _between(rows, one, other, share)
    return found


def _inside(rows: _Rows, block: NDArray[np.intp]) -> CorrelationSums:
    """Sum over the pairs inside each block, whose windows are the same."""
    known = None if rows.known.all() else rows.known[block]
    z, varies = _scores(rows.residual, np.count_nonzero(rows.known, axis=1)[block], rows.power, known)
    first = np.flatnonzero(_differs(rows.series) | _differs(block))
    by_series = sums_from(first, z)
    n, n_varying = sums_from(first, np.ones_like(varies)), sums_from(first, varies)
    of_block = np.searchsorted(first, rows.starts)
    n_all, n_known = (int((sums_from(of_block, k) ** 2 - sums_from(of_block, k**2)).sum()) // 2 for k in (n, n_varying))
    total = sums_from(of_block, by_series)
    doubled = float(np.einsum("ij,ij->", total, total)) - float(np.einsum("ij,ij->", by_series, by_series))
    return CorrelationSums(doubled / 2, n_known, n_all - n_known, int((n * (n - 1)).sum()) // 2)


def _between(rows: _Rows, one: int, other: int, share: float) -> CorrelationSums:
    """Sum over the pairs of two blocks, whose windows have some share of their dates in common."""
    values, size = np.concatenate([*rows.common(one, other)]), int(rows.sizes[one])
    series, power = (np.concatenate([of[rows.of(one)], of[rows.of(other)]]) for of in (rows.series, rows.power))
    z, varies = _scores(values, values.shape[1], power)
    begins = _differs(series)
    begins[size] = True
    first = np.flatnonzero(begins)
    n, z, varying = np.diff(first, append=len(series)), sums_from(first, z), sums_from(first, varies)
    series, split = series[first], int(np.searchsorted(first, size))
    here, there = slice(split), slice(split, None)
    i, j = common_places(series[here], series[there])
    n_alike = int(n[here][i] @ n[there][j])
    n_all = int(n[here].sum() * n[there].sum()) - n_alike
    n_known = int(varying[here].sum() * varying[there].sum()) - int(varying[here][i] @ varying[there][j])
    alike = float(np.einsum("ij,ij->", z[here][i], z[there][j]))
    total = float(z[here].sum(axis=0) @ z[there].sum(axis=0)) - alike
    return CorrelationSums(share * total, n_known, n_all - n_known, n_alike)


def _scores(
    values: Floats, n: NDArray[np.intp] | int, power: Floats, known: NDArray[np.bool_] | None = None
) -> tuple[Floats, _Ints]:
    """Return residuals centred and of length one, all 0 for a row that is too short or does not vary; and which vary.

    Of each row n values are known, all of them where nothing else is said; the others are 0, and stay so.
    """
    centred = values - (values.sum(axis=1) / np.maximum(n, 1))[:, None]
    if known is not None:
        centred *= known
    squares = np.einsum("ij,ij->i", centred, centred)
    varies = (n >= ENOUGH_SESSIONS) & (squares > CONSTANT * n * power)
    centred *= np.where(varies, 1 / np.sqrt(np.where(varies, squares, 1.0)), 0.0)[:, None]
    return centred, varies.astype(np.int64)


def _differs(values: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether each value is another than the one before it."""
    return np.append(True, values[1:] != values[:-1])


def _meeting(days: _Ints) -> Iterator[tuple[int, int, float]]:
    """Yield each two of G windows that share dates, and the share they have in common."""
    n, order = days.shape[1], np.argsort(days.min(axis=1), kind="stable")
    days = days[order]
    stop = np.searchsorted(days.min(axis=1), days.max(axis=1), side="right")
    for k in np.flatnonzero(stop > np.arange(1, len(days) + 1)).tolist():
        others = days[k + 1 : stop[k]]
        common = (days[k][None, :, None] == others[:, None, :]).sum(axis=(1, 2))
        for m in np.flatnonzero(common).tolist():
            yield int(order[k]), int(order[k + 1 + m]), float(common[m]) / n
