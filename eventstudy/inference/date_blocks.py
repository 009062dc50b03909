"""CARs on the very same dates: what is computed of one calendar is computed once for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats

Places = NDArray[np.intp]


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
    >>> day = np.array([["2022-01-27"], ["2022-01-28"], ["2022-01-27"]], dtype="datetime64[D]")
    >>> date_blocks(day, np.repeat(day, 2, axis=1)).block
    array([0, 1, 0])
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
    def starts(self) -> Places:
        """Where each block begins in that order, shape (G,)."""
        return np.cumsum(self.sizes) - self.sizes

    def rows(self, block: int) -> Places:
        """Return the CARs of one block."""
        return self.order[self.starts[block] : self.starts[block] + self.sizes[block]]

    def sums(self, values: Floats) -> Floats:
        """Return the sums over the CARs of each block, shape (G, any); values of shape (N, any)."""
        return np.asarray(np.add.reduceat(values[self.order], self.starts, axis=0))


def date_blocks(days: Dates, learned: Dates) -> DateBlocks:
    """Return the blocks of CARs.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (N, any)
        The dates of the event sessions and windows.
    learned : ndarray of datetime64[D], shape (N, L)
        The dates of the residuals; NaT where there is none.
    """
    dates = np.concatenate([days, learned], axis=1).view(np.int64)
    if not len(dates):
        return DateBlocks(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))
    # Rows that begin on one date mostly go on alike; only where they do not are whole rows looked up.
    _, first, block = np.unique(dates[:, 0], return_index=True, return_inverse=True)
    if not (dates == dates[first][block.ravel()]).all():
        places: dict[bytes, int] = {}
        keys = dates.view(f"V{dates.itemsize * dates.shape[1]}").ravel().tolist()
        block = np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.intp)
        first = np.unique(block, return_index=True)[1]
    return DateBlocks(block.ravel(), first)
