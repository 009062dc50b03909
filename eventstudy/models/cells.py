"""The estimation windows of many sessions of one series side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.window import Window

_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class Learned:
    """What N cells learn from: L sessions of the estimation window each.

    Parameters
    ----------
    y : ndarray, shape (N, L)
        Returns; 0 where unused.
    x : ndarray, shape (N, L, k)
        Regressors; 0 where unused.
    used : ndarray of bool, shape (N, L)
        Sessions inside the sample that may stand in an estimation window.
    """

    y: Floats
    x: Floats
    used: NDArray[np.bool_]

    @property
    def n_obs(self) -> NDArray[np.int64]:
        """Number of observations of each cell."""
        return np.asarray(self.used.sum(axis=1))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Learned:
        """Return some of the cells."""
        return Learned(self.y[rows], self.x[rows], self.used[rows])

    def backwards(self) -> Learned:
        """Return the same sessions, the last one first."""
        return Learned(self.y[:, ::-1], self.x[:, ::-1], self.used[:, ::-1])


def learned(
    y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
) -> Learned:
    """Return the estimation windows of cells (arguments as `eventstudy.engine.fit_cells` takes them)."""
    rows = positions[:, None] + np.array(estimation.taus)
    inside = (rows >= 0) & (rows < len(y))
    rows = np.where(inside, rows, 0)
    used = inside & usable[rows]
    return Learned(np.where(used, y[rows], 0.0), np.where(used[:, :, None], x[rows], 0.0), used)


def blocks(n: int) -> Iterator[slice]:
    """Yield slices that cut n cells into pieces whose windows fit into memory; one empty one for none."""
    for start in range(0, max(n, 1), _AT_ONCE):
        yield slice(start, min(start + _AT_ONCE, n))


def shifted(x: Floats, whole: NDArray[np.bool_], by: int) -> Floats:
    """Return regressors of another session of the series: the one `by` sessions later, or before where negative.

    Parameters
    ----------
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    whole : ndarray of bool, shape (T,)
        Steps from one session to the very next; False where the market was open in between and the series has no price.
    by : int
        Number of sessions.

    Returns
    -------
    ndarray, shape (T, k)
        NaN, never zero, beyond the sample's edges and across a step that is not whole.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [3.0]])
    >>> shifted(x, np.array([True, True, True]), -1).ravel().tolist()
    [nan, 1.0, 2.0]
    """
    moved, n = np.full_like(x, np.nan), len(x)
    if abs(by) >= n:
        return moved
    if by < 0:
        moved[-by:] = x[: n + by]
    else:
        moved[: n - by] = x[by:]
    for step in range(1, abs(by) + 1):
        at = np.arange(n) + (step if by > 0 else -step)
        inside = (at >= 0) & (at < n)
        moved[~(inside & whole[np.where(inside, at, 0)])] = np.nan
    return moved
