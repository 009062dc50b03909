"""Placebo date sets: as many dates without news as the events are worth, common to every series.

Windows of near events share sessions, and their z then move together. Placebo dates are drawn one by one instead, and
fewer of them: as many as the overlapping windows of the events are worth. To move the events' own pattern of dates to
and fro would keep the overlap too, but a short sample has room for it only a few times, and a few sums show too little
of how such sums vary.
"""

from __future__ import annotations

import math
from concurrent.futures import Executor, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from eventstudy.tasks import run_tasks
from eventstudy.returns import Floats

_Ints = NDArray[np.int64]

#: Numbers looked up at once, and by one task. Of fewer at once, threads wait for one another between short steps.
_AT_ONCE, _A_TASK = 1 << 19, 1 << 22

#: From so many lines on, a date is looked up for all of them together.
_MANY_LINES = 8


def independent_windows(position: _Ints, n: int, n_obs: float = math.inf, reach: int = 1) -> float:
    """Return how many windows without overlap the windows of some event sessions are worth in a mean.

    Parameters
    ----------
    position : ndarray of int64, shape (m,)
        The event sessions, ascending, each once.
    n : int
        Number of sessions of the window.
    n_obs : float
        Estimation returns M behind each normal return; infinite where nothing is estimated.
    reach : int
        Number of sessions L of the estimation window.

    Returns
    -------
    float
        ``m² / Σ_ij ρ_ij``: from 1, for windows that are all but the same, to m.

    Notes
    -----
    Of two windows g sessions apart ``ρ = ((1 - g/n)⁺ + (n/M) (1 - g/L)⁺) / (1 + n/M)``: the first term is the share of
    sessions they have in common, the second the estimation error of the mean, in which events of one season have a part
    in common too. The mean of m such sums varies as the mean of that many independent ones.

    Examples
    --------
    >>> independent_windows(np.array([10, 20, 30]), 6)
    3.0
    >>> round(independent_windows(np.array([10, 11, 30]), 2), 2)
    2.25
    >>> round(independent_windows(np.array([10, 20, 30]), 6, n_obs=120, reach=120), 2)
    2.77
    """
    m, error = len(position), n / n_obs
    if not m:
        return 0.0
    together = _overlaps(position, n) + (error * _overlaps(position, reach) if error else 0.0)
    return m**2 / (m + 2.0 * together / (1.0 + error))


def _overlaps(position: _Ints, width: int) -> float:
    """Sum the shares that windows of that many sessions have in common, over all pairs: ``Σ_{i<j} (1 - g/width)⁺``."""
    after = np.arange(1, len(position) + 1)
    near = np.searchsorted(position, position + width) - after
    total = np.concatenate([[0], np.cumsum(position)])
    gaps = total[after + near] - total[after] - near * position
    return float(near.sum() - gaps.sum() / width)


def mean_weights(worth: float, n_dates: int, skip: int = 0) -> Floats:
    """Return the weights that make placebo dates vary as the mean over the events does.

    Parameters
    ----------
    worth : float
        What `independent_windows` returned.
    n_dates : int
        Dates of a set.
    skip : int
        Dates of the set that are left to something else.

    Returns
    -------
    ndarray, shape (n_dates,)
        ``1 / √(k worth)`` on the first ``k = ⌈worth⌉`` dates after those skipped, else 0; NaN where worth is 0.
    """
    weight, k = np.zeros(n_dates), windows_drawn(worth)
    weight[skip : skip + k] = 1.0 / math.sqrt(k * worth) if worth else math.nan
    return weight if worth else np.full(n_dates, math.nan)


def windows_drawn(worth: float) -> int:
    """Return how many placebo windows stand for events that are worth so many."""
    return math.ceil(worth - 1e-9)


def draw_sets(n_line: int, n_dates: int, n_draws: int, rng: np.random.Generator) -> _Ints:
    """Draw placebo date sets.

    Parameters
    ----------
    n_line : int
        Number of admissible sessions, A.
    n_dates : int
        Dates of a set.
    n_draws : int
        Number of sets wanted.
    rng : numpy Generator
        Where chance comes from.

    Returns
    -------
    ndarray of int64, shape (B, n_dates)
        Places among the admissible sessions. Sets of one date are all that there are, once: nothing is random then. No
        rows without a session.

    Notes
    -----
    Dates are drawn independently, with replacement. The events are not a part of the line, so a mean over them varies
    as one over new days does. Drawn without replacement, or spaced out over the line, a set that takes the share f of
    it varies less, by about ``1 - f``: with ten windows of six sessions on 165 the test would reject 11 times in 100 at
    5 %.
    """
    if n_dates == 1 or not n_line:
        return np.arange(n_line, dtype=np.int64)[:, None].repeat(n_dates, axis=1)
    return rng.integers(0, n_line, size=(n_draws, n_dates))


def set_sums(lines: Floats, sets: _Ints, weight: Floats, executor: Executor | None = None) -> Floats:
    """Return weighted sums over the dates of placebo sets.

    Parameters
    ----------
    lines : ndarray, shape (L, A)
        Figures on the admissible sessions, e.g. z in one row and CARs in the other.
    sets : ndarray of int64, shape (B, M)
        What `draw_sets` returned.
    weight : ndarray, shape (M, G)
        Weight of each date in each of G sums.
    executor : concurrent.futures.Executor, optional
        Who does the work; default a thread a processor where there is enough of it. The answer is the same to the bit.

    Returns
    -------
    ndarray, shape (L, B, G)
        ``sum_j weight_jg line[set_j]``.

    Raises
    ------
    IndexError
        If a set has a date that is no admissible session.

    Examples
    --------
    >>> set_sums(np.array([[1.0, 2.0, 4.0]]), np.array([[0, 1], [2, 1]]), np.array([[0.5], [0.5]])).tolist()
    [[[1.5], [3.0]]]
    """
    many, here = len(lines) >= _MANY_LINES, executor is None or isinstance(executor, ThreadPoolExecutor)
    figures, sums = np.ascontiguousarray(lines.T) if many else lines, np.empty((len(lines), len(sets), weight.shape[1]))
    step = _sets_of(_A_TASK, len(lines), sets)
    blocks = [slice(start, start + step) for start in range(0, len(sets), step)]
    tasks = [(figures, sets[block], weight, sums[:, block] if here else None) for block in blocks]
    parts = run_tasks(_sums_of_rows if many else _sums_of_lines, tasks, executor, threads=True)
    for block, part in zip(blocks, () if here else parts, strict=here is False):
        sums[:, block] = part
    return sums


def _sums_of_lines(lines: Floats, sets: _Ints, weight: Floats, out: Floats | None) -> Floats:
    """Look up the dates line by line; write what is given, or else a new array."""
    _check(sets, lines.shape[1])
    sums = np.empty((len(lines), len(sets), weight.shape[1])) if out is None else out
    step = _sets_of(_AT_ONCE, 1, sets)
    figures = np.empty((step, sets.shape[1]))
    for start in range(0, len(sets), step):
        at = sets[start : start + step]
        for line, of_line in zip(lines, sums, strict=True):
            found = line.take(at, out=figures[: len(at)], mode="clip")
            np.matmul(found, weight, out=of_line[start : start + step])
    return sums


def _sums_of_rows(table: Floats, sets: _Ints, weight: Floats, out: Floats | None) -> Floats:
    """Look up each date once for all lines, which stand side by side; write what is given, or else a new array."""
    _check(sets, len(table))
    n_lines, (n_dates, n_sums) = table.shape[1], weight.shape
    sums, of_sum = np.empty((n_lines, len(sets), n_sums)) if out is None else out, np.ascontiguousarray(weight.T)
    step = _sets_of(_AT_ONCE, n_lines, sets)
    figures, total = np.empty((step, n_dates, n_lines)), np.empty((step, n_sums, n_lines))
    for start in range(0, len(sets), step):
        at = sets[start : start + step]
        found = table.take(at, axis=0, out=figures[: len(at)], mode="clip")
        block = np.matmul(of_sum, found, out=total[: len(at)])
        sums[:, start : start + step] = block.transpose(2, 0, 1)
    return sums


def _check(sets: _Ints, n_line: int) -> None:
    if sets.size and not 0 <= sets.min() <= sets.max() < n_line:
        raise IndexError(f"a set has a date that is none of the {n_line} admissible sessions")


def _sets_of(n_numbers: int, n_lines: int, sets: _Ints) -> int:
    """Return how many of the sets make so many look-ups."""
    return max(min(n_numbers // max(n_lines * int(sets.shape[1]), 1), len(sets)), 1)
