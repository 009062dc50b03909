"""Which sessions can serve as placebo events."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.window import Window

#: With fewer placebo sessions than this the estimation residuals serve instead.
ENOUGH = 100

#: Largest share of a session's variance that may come from event sessions.
_MOST_OF_EVENTS = 0.5


def untouched(
    n_sessions: int, positions: NDArray[np.int64], span: Window, gaps: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which sessions can serve as placebo events: their whole span meets no event's span and no closure.

    Parameters
    ----------
    n_sessions : int
        Number of sessions T of the series.
    positions : ndarray of int64, shape (N,)
        The real event sessions.
    span : Window
        All sessions of the study around an event.
    gaps : ndarray of bool, shape (T,)
        Sessions that follow a closure.

    Returns
    -------
    ndarray of bool, shape (T,)
        False also where the span leaves the sample.
    """
    busy = event_spans(n_sessions, positions, span) | gaps
    before = np.concatenate([[0], np.cumsum(busy)])
    first, last = np.arange(n_sessions) + span.first, np.arange(n_sessions) + span.last
    inside = (first >= 0) & (last < n_sessions)
    low, high = np.clip(first, 0, n_sessions), np.clip(last + 1, 0, n_sessions)
    return np.asarray(inside & (before[high] == before[low]))


def event_spans(n_sessions: int, positions: NDArray[np.int64], span: Window) -> NDArray[np.bool_]:
    """Mark the sessions that lie in the span of any event.

    Parameters
    ----------
    n_sessions : int
        Number of sessions T of the series.
    positions : ndarray of int64, shape (N,)
        The event sessions.
    span : Window
        All sessions of the study around an event.

    Returns
    -------
    ndarray of bool, shape (T,)
        True within ``position + span`` of at least one event.
    """
    edges = np.zeros(n_sessions + 1, dtype=np.int64)
    np.add.at(edges, np.clip(positions + span.first, 0, n_sessions), 1)
    np.add.at(edges, np.clip(positions + span.last + 1, 0, n_sessions), -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0)


def settled(scale: Floats, without_events: Floats) -> NDArray[np.bool_]:
    """Say on which sessions the scale is the market's own, and not an echo of the events.

    Parameters
    ----------
    scale : ndarray, shape (T,)
        The volatility known the session before.
    without_events : ndarray, shape (T,)
        The same recursion with the events' sessions left out.

    Returns
    -------
    ndarray of bool, shape (T,)
        False where more than half of the variance stems from event sessions: a market that fell by a third has small z
        for months, which would make every other event look large beside them. It is known the day before, so leaving
        such sessions out does not choose among outcomes.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray((1 - _MOST_OF_EVENTS) * scale**2 <= without_events**2)
