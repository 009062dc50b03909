"""CARs on the very same dates: what is computed of one calendar is computed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

Places = NDArray[np.intp]
Array = TypeVar("Array", Floats, NDArray[np.int64])


@dataclass(frozen=True, eq=False)
class DateBlocks:
    """N CARs in G blocks: in each the event sessions and windows lie on the same dates, and so do the residuals.

    Parameters
    ----------
    block : ndarray of int, shape (N,)
        The block of each CAR.
    first : ndarray of int, shape (G,)
        The first CAR of each block.

    Examples
    --------
    >>> days, row = np.array(["2022-01-27", "2022-01-28"], dtype="datetime64[D]"), np.array([0, 1, 0, 0])
    >>> date_blocks(days[row], days[:, None], row, np.array([[True], [True], [True], [False]])).block
    array([0, 1, 0, 2])
    """

    block: Places
    first: Places

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def sizes(self) -> NDArray[np.int64]:
        """Number of CARs of each block, shape (G,)."""
        return np.bincount(self.block, minlength=len(self)).astype(np.int64)

    @cached_property
    def order(self) -> Places:
        """The CARs, block after block."""
        return np.argsort(self.block, kind="stable")

    @cached_property
    def in_order(self) -> bool:
        """Whether they stand block after block as they are."""
        return bool((self.block[1:] >= self.block[:-1]).all())

    @cached_property
    def starts(self) -> Places:
        """Where each block begins in that order, shape (G,)."""
        return np.cumsum(self.sizes) - self.sizes

    def rows(self, block: int) -> Places:
        """Return the CARs of one block."""
        return self.order[self.starts[block] : self.starts[block] + self.sizes[block]]

    def sums(self, values: Floats) -> Floats:
        """Return the sums over the CARs of each block, shape (G, any); values of shape (N, any)."""
        return sums_from(self.starts, values if self.in_order else values[self.order])


def sums_from(first: Places, values: Array) -> Array:
    """Return sums over rows, each from one place up to the next."""
    if len(first) == len(values):
        return values
    n = len(values) // max(len(first), 1)
    if (first == n * np.arange(len(first))).all() and n * len(first) == len(values):
        return np.asarray(values.reshape(len(first), n, *values.shape[1:]).sum(axis=1))
    return np.asarray(np.add.reduceat(values, first, axis=0))


def common_places(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[Places, Places]:
    """Return where each of two ascending arrays has the numbers that both have.

    Examples
    --------
    >>> common_places(np.array([1, 3, 4]), np.array([3, 4, 9]))
    (array([1, 2]), array([0, 1]))
    """
    place = np.minimum(np.searchsorted(other, one), len(other) - 1)
    i = np.flatnonzero(other[place] == one) if len(other) else place[:0]
    return i, place[i]


def date_blocks(session: Dates, dates: Dates, row: Places, known: NDArray[np.bool_]) -> DateBlocks:
    """Return the blocks of N CARs.

    Parameters
    ----------
    session : ndarray of datetime64[D], shape (N,)
        Event sessions.
    dates : ndarray of datetime64[D], shape (K, any)
        Dates of windows and estimation windows; NaT where there is none.
    row : ndarray of int, shape (N,)
        Which of these rows each CAR has.
    known : ndarray of bool, shape (N, L)
        Sessions of the estimation window that have a residual.
    """
    of_dates, of_known = told_apart(dates.view(np.int64))[row], told_apart(np.packbits(known, axis=1))
    block = told_apart(np.stack([session.astype(np.int64), of_dates, of_known], axis=1))
    return DateBlocks(block, np.unique(block, return_index=True)[1])


def told_apart(rows: NDArray[np.integer[Any]]) -> Places:
    """Return the number of each row among the distinct ones.

    Examples
    --------
    >>> told_apart(np.array([[1, 2], [1, 3], [1, 2]]))
    array([0, 1, 0])
    """
    if not rows.size:
        return np.zeros(len(rows), dtype=np.intp)
    # Rows that begin alike mostly go on alike; only where they do not are whole rows looked up.
    _, first, number = np.unique(rows[:, 0], return_index=True, return_inverse=True)
    if not (rows == rows[first][number]).all():
        data, width = rows.tobytes(), rows.itemsize * rows.shape[1]
        places: dict[bytes, int] = {}
        keys = (data[k * width : (k + 1) * width] for k in range(len(rows)))
        number = np.array([places.setdefault(key, len(places)) for key in keys])
    return np.asarray(number)
