"""Sums over the window around every session, with no cancellation: only what lies in a window is ever added for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.window import Window


def window_sums(
    values: Floats, window: Window, outside: float = np.nan, sessions: NDArray[np.int64] | None = None
) -> Floats:
    """Return the sum over a window around every session.

    Parameters
    ----------
    values : ndarray, shape (T, ...)
        Figures, one row a session.
    window : Window
        The window in event time.
    outside : float
        What stands where a window leaves the sample.
    sessions : ndarray of int64, shape (R,), optional
        Sessions wanted; default all T of them.

    Returns
    -------
    ndarray, shape (R, ...)
        NaN exactly where the window meets one.

    Notes
    -----
    Sums over 1, 2, 4, 8, ... sessions are each made of two sums of half the length; those whose lengths are the binary
    digits of the window's, side by side, make the window. A window of n sessions costs some 2 log2 n additions, each
    sum errs like a pairwise one, and no running total is taken from another, which loses digits in prefix sums.

    Examples
    --------
    >>> window_sums(np.array([1.0, 2.0, 4.0, 8.0]), Window(-1, 1))
    array([nan,  7., 14., nan])
    """
    n_sessions, length = len(values), window.n_sessions
    wanted = slice(None) if sessions is None else sessions
    part, total = _shifted(values, window, outside), np.zeros_like(values[wanted], dtype=np.float64)
    spare, reached, size = np.empty_like(part), 0, 1
    while True:
        if length & size:
            total += part[reached : reached + n_sessions][wanted]
            reached += size
        if reached == length:
            return total
        n_left = len(part) - size
        np.add(part[:-size], part[size:], out=spare[:n_left])
        part, spare = spare[:n_left], part
        size *= 2


def _shifted(values: Floats, window: Window, outside: float) -> Floats:
    """Return the rows from the first session of the first window to the last of the last one, T + n - 1 of them."""
    n_rows = len(values) + window.n_sessions - 1
    begin, end = (min(max(session - window.first, 0), n_rows) for session in (0, len(values)))
    rows = np.empty((n_rows, *values.shape[1:]))
    rows[:begin] = rows[end:] = outside
    rows[begin:end] = values[begin + window.first : end + window.first]
    return rows
