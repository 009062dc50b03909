"""Placebo calendars: the shape of the real event dates, moved to days without news.

Events whose windows share sessions hang together in a *block*, which is moved as a whole, so that the placebo windows
overlap as the real ones do. Blocks are put at random, in random order, on the *line* of admissible sessions, no nearer
to each other than the real ones. These are the events of placebo studies (see `eventstudy.study.size`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Dates = NDArray[np.datetime64]
_Ints = NDArray[np.int64]

#: Numbers held at once while arrangements are drawn.
_AT_ONCE = 2_000_000

#: How much longer a block may become by sessions missing from the line, such as one market's holidays.
_STRETCH = 1.2

#: Rounds of draws of which the arrangements that fit are kept.
_TRIES = 100


@dataclass(frozen=True, eq=False)
class Calendar:
    """The shape of the event dates of S series, in K blocks.

    Parameters
    ----------
    block : tuple of ndarray of int64, shape (m_s,), length S
        The block of each event session of each series.
    offset : tuple of ndarray of int64, shape (m_s,), length S
        Sessions from the beginning of its block.
    length : ndarray of int64, shape (K,)
        Sessions that each block takes, from its first event session to its last.
    spacing : int
        Fewest sessions from the last event of a block to the first of the next.
    n : int
        Sessions within which two events are in one block; `spacing` is never less.
    """

    block: tuple[_Ints, ...]
    offset: tuple[_Ints, ...]
    length: _Ints
    spacing: int
    n: int

    def spacing_on(self, n_line: int) -> int | None:
        """Return the spacing used on a line of sessions; None where even the smallest has no room.

        It is the real one where the blocks then take at most half of the line, else as much as leaves the other half
        free, and never so little that windows of two blocks share sessions.
        """
        taken, gaps = int(self.length.sum()), max(len(self.length) - 1, 1)
        spacing = min(self.spacing, max(self.n, (n_line // 2 - taken) // gaps + 1))
        return spacing if taken + (len(self.length) - 1) * (spacing - 1) <= n_line else None


def calendar_of(
    sessions: Sequence[_Dates], positions: Sequence[_Ints], first: _Dates, last: _Dates, n: int
) -> Calendar:
    """Return the shape of the event dates of several series.

    Parameters
    ----------
    sessions : sequence of ndarray of datetime64[D], shape (T_s,), length S
        The sessions of each series.
    positions : sequence of ndarray of int64, shape (m_s,), length S
        Its event sessions, ascending; events that share a session are one.
    first, last : ndarray of datetime64[D], shape (N,)
        The first and the last date on which any series met each event: an event that markets met on neighbouring days
        stays in one piece.
    n : int
        Number of sessions of the window: events nearer than that share sessions.

    Returns
    -------
    Calendar
        Its blocks in order of time.

    Examples
    --------
    >>> days = np.arange("2022-01-03", "2022-01-31", dtype="datetime64[D]")
    >>> shape = calendar_of([days], [np.array([2, 3, 12])], days[[2, 3, 12]], days[[2, 3, 12]], n=3)
    >>> shape.block, shape.offset, shape.length, shape.spacing
    ((array([0, 0, 1]),), (array([0, 1, 0]),), array([2, 1]), 9)
    """
    dates = [of_series[at] for of_series, at in zip(sessions, positions, strict=True)]
    days = np.unique(np.concatenate(dates))
    steps = [np.diff(at) for at in positions]
    near = [step < n for step in steps]
    begin = np.concatenate([first, *(day[:-1][close] for day, close in zip(dates, near, strict=True))])
    end = np.concatenate([last, *(day[1:][close] for day, close in zip(dates, near, strict=True))])
    ties = np.zeros(len(days) + 1, dtype=np.int64)
    np.add.at(ties, np.searchsorted(days, begin), 1)
    np.add.at(ties, np.searchsorted(days, end), -1)
    is_first = np.concatenate([[True], np.cumsum(ties)[: len(days) - 1] == 0])
    block_of_day, opening = np.cumsum(is_first) - 1, days[is_first]
    blocks = tuple(block_of_day[np.searchsorted(days, day)] for day in dates)
    offsets = tuple(
        at - np.searchsorted(of_series, opening[block])
        for of_series, at, block in zip(sessions, positions, blocks, strict=True)
    )
    length = np.ones(len(opening), dtype=np.int64)
    for block, offset in zip(blocks, offsets, strict=True):
        np.maximum.at(length, block, offset + 1)
    across = [step[np.diff(block) > 0] for step, block in zip(steps, blocks, strict=True)]
    spacing = min((int(step.min()) for step in across if len(step)), default=n)
    return Calendar(blocks, offsets, length, max(spacing, n), n)


def draw_anchors(line: _Ints, calendar: Calendar, n_draws: int, rng: np.random.Generator) -> _Ints:
    """Put the blocks of a calendar at random on a line of sessions.

    Parameters
    ----------
    line : ndarray of int64, shape (A,)
        The admissible sessions, by their number among all sessions, ascending.
    calendar : Calendar
        What is put there.
    n_draws : int
        Number of placebo calendars wanted.
    rng : numpy Generator
        Where chance comes from.

    Returns
    -------
    ndarray of int64, shape (B, K)
        Where each block begins, counted along the line. Every order of the blocks and every arrangement of them is
        equally likely, as long as no block reaches across a gap in the line, which would pull its windows apart. A
        single block is put at every place there is, once: nothing is random then. Fewer rows than asked for, down to
        none, where hardly an arrangement fits.
    """
    length, n_blocks = calendar.length, len(calendar.length)
    spacing, whole = calendar.spacing_on(len(line)), _unbroken(line, calendar)
    if spacing is None:
        return np.empty((0, n_blocks), dtype=np.int64)
    if n_blocks == 1:
        return np.flatnonzero(whole[0])[:, None]
    free = len(line) - int(length.sum()) - (n_blocks - 1) * (spacing - 1)
    found: list[_Ints] = []
    for _ in range(_TRIES):
        order = rng.permuted(np.tile(np.arange(n_blocks), (n_draws, 1)), axis=1)
        taken = np.cumsum(length[order] + spacing - 1, axis=1) - (length[order] + spacing - 1)
        begin = _subsets(free + n_blocks, n_blocks, n_draws, rng) - np.arange(n_blocks) + taken
        anchors = np.empty_like(begin)
        np.put_along_axis(anchors, order, begin, axis=1)
        found.append(anchors[whole[np.arange(n_blocks), anchors].all(axis=1)])
        if sum(map(len, found)) >= n_draws:
            break
    return np.concatenate(found)[:n_draws]


def _unbroken(line: _Ints, calendar: Calendar) -> NDArray[np.bool_]:
    """Say whether each block may begin at each place, shape (K, A): few sessions are missing where it would lie."""
    whole = np.zeros((len(calendar.length), len(line)), dtype=bool)
    for length in np.unique(calendar.length):
        reach = line[length - 1 :] - line[: max(len(line) - length + 1, 0)]
        whole[calendar.length == length, : len(reach)] = reach <= (length - 1) * _STRETCH
    return whole


def _subsets(n: int, k: int, n_draws: int, rng: np.random.Generator) -> _Ints:
    """Draw k of n numbers without replacement, ascending, shape (n_draws, k)."""
    if k * k <= n_draws:
        return _by_floyd(n, k, n_draws, rng)
    rows = max(_AT_ONCE // n, 1)
    parts = [rng.random((min(rows, n_draws - start), n)) for start in range(0, n_draws, rows)]
    return np.concatenate([np.sort(np.argpartition(part, k - 1, axis=1)[:, :k], axis=1) for part in parts])


def _by_floyd(n: int, k: int, n_draws: int, rng: np.random.Generator) -> _Ints:
    """Floyd's way (Bentley and Floyd 1987, CACM 30): k steps, whatever n is."""
    chosen = np.empty((k, n_draws), dtype=np.int64)
    for step in range(k):
        highest = n - k + step
        drawn = rng.integers(0, highest + 1, size=n_draws)
        chosen[step] = np.where((chosen[:step] == drawn).any(axis=0), highest, drawn)
    return np.sort(chosen.T, axis=1)
