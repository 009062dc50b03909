"""What a reader must know of a pair: how its session lies to the news, and whether its window spans a closure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.instrument import Closure
from eventstudy.markets.stamp import Dates
from eventstudy.matching.anchors import Positions, local_days
from eventstudy.matching.events import Texts
from eventstudy.window import Window

#: A step of at least this many calendar days between two sessions is a closure, not a long weekend.
CLOSURE_DAYS = 7


def moved(clock: pd.DataFrame, history: History, positions: Positions, session: Dates) -> Texts:
    """Return how each event's session lies to its own date.

    Parameters
    ----------
    clock : DataFrame, shape (N, 5)
        When each event happened.
    history : History
        The market.
    positions : ndarray of int64, shape (N,)
        Event sessions; -1 or the number of sessions where there is none.
    session : ndarray of datetime64, shape (N,)
        Their dates; NaT where there is none.

    Returns
    -------
    ndarray of str, shape (N,)
        ``same`` date, ``next`` or ``previous`` session, ``closed`` where the market was shut for long; '' for none.
    """
    days, own = local_days(clock, history), history.days_of(session)
    gaps = np.append(history.gap_days, np.nan)[positions]
    closed = (gaps >= CLOSURE_DAYS) | _within(days, history.instrument.closures)
    conditions = [np.isnat(session), own == days, own < days, closed]
    return np.select(conditions, ["", "same", "previous", "closed"], "next").astype(object)


def _within(days: Dates, closures: tuple[Closure, ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(days), dtype=bool)
    for closure in closures:
        inside |= (days >= np.datetime64(closure.first)) & (days <= np.datetime64(closure.last))
    return inside


def _reach(where: int, span: Window) -> slice:
    """Return which of a history's sessions the span around a position meets."""
    return slice(max(where + span.first, 0), max(where + span.last + 1, 0))


def longest_gap(history: History, positions: Positions, span: Window) -> NDArray[np.float64]:
    """Return the longest step in calendar days into a session of the span, shape (N,); NaN where it meets none."""
    gaps, around = history.gap_days, np.full(len(history) + 1, np.nan)
    for tau in span.taus:
        first = max(-tau, 0)
        last = max(min(len(gaps) - tau, len(gaps)), first)
        around[first:last] = np.fmax(around[first:last], gaps[first + tau : last + tau])
    inside = (positions >= 0) & (positions < len(history))
    return np.asarray(around[np.where(inside, positions, len(history))])


def remarks(
    clock: pd.DataFrame, history: History, positions: Positions, gaps: NDArray[np.float64], span: Window
) -> Texts:
    """Say of each pair what a reader must know though it is used; '' where there is nothing.

    Parameters
    ----------
    clock : DataFrame, shape (N, 5)
        When each event happened.
    history : History
        The market.
    positions : ndarray of int64, shape (N,)
        Event sessions; -1 or the number of sessions where there is none.
    gaps : ndarray, shape (N,)
        What `longest_gap` returned.
    span : Window
        All sessions of the study around an event.

    Returns
    -------
    ndarray of str, shape (N,)
        A closure in the span; a price that is older than the news.
    """
    stamps = np.append(history.stamps, np.datetime64("NaT", "ns"))[positions]
    known = clock["exact"].to_numpy() & history.instrument.stamp.known
    older = known & (positions >= 0) & (stamps <= clock["published_at"].to_numpy())
    said = np.full(len(positions), "", dtype=object)
    said[older] = "look-back: the price was struck before the news"
    closed = np.flatnonzero(gaps >= CLOSURE_DAYS)
    gap_at = dict(zip(positions[closed].tolist(), gaps[closed].tolist(), strict=True))
    notes = {at: _closure_note(at, gap, history, span) for at, gap in gap_at.items()}
    said[closed] = ["; ".join(filter(None, (said[k], notes[positions[k]]))) for k in closed]
    return said


def _closure_note(where: int, gap: float, history: History, span: Window) -> str:
    """Say that the span meets a step over a closure, and why the market was closed where that is on file."""
    reach = _reach(where, span)
    into = history.sessions[reach][history.gap_days[reach] >= CLOSURE_DAYS]
    before = history.sessions[np.searchsorted(history.sessions, into) - 1]
    whys = {
        closure.why
        for closure in history.instrument.closures
        if ((np.datetime64(closure.first) < into) & (np.datetime64(closure.last) > before)).any()
    }
    why = f" ({'; '.join(sorted(whys))})" if whys else ""
    return f"closure: the window spans a break of {gap:.0f} days{why}"
