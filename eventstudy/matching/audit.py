"""The audit trail: one row for each event and series, and what may be said of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.instrument import Closure
from eventstudy.markets.stamp import Dates
from eventstudy.matching.anchors import Positions, local_days
from eventstudy.window import Window

#: A step of at least this many calendar days between two sessions is a closure, not a long weekend.
CLOSURE_DAYS = 7

#: What an exclusion writes.
_SAID = ("status", "reason")


@dataclass(frozen=True, eq=False)
class Matches:
    """Which session each event meets in each market.

    Parameters
    ----------
    table : DataFrame, shape (N x S, 17)
        The audit trail, event by event and series by series: ``event_id, series, event_time, published_at, session,
        stamp, tradable_from, timing, moved, gap_days, market_event, net_stance, members, overlaps, stance, status,
        reason``. Instants are UTC without zone; ``event_time`` is text, an instant or only a day. A reason begins with
        its code and a colon.
    positions : ndarray of int64, shape (N, S)
        Position of the event session in the series' history; -1 where there is none.
    used : ndarray of bool, shape (N, S)
        Whether the pair is used.
    news : ndarray of bool, shape (N, S)
        Whether the session was one of news for the series, used or not: such sessions are no days without news.
    stances : ndarray of str, shape (N, S)
        The stance under which the pair counts: the event's own, or the net one where events were merged.
    events : tuple of str, length N
        Event ids.
    series : tuple of str, length S
        Series names.
    """

    table: pd.DataFrame
    positions: Positions
    used: NDArray[np.bool_]
    news: NDArray[np.bool_]
    stances: NDArray[np.object_]
    events: tuple[str, ...]
    series: tuple[str, ...]

    def news_of(self, s: int) -> Positions:
        """Return the event sessions of one series, of events used or not."""
        return np.asarray(self.positions[self.news[:, s], s])

    def excluding(self, reasons: Mapping[tuple[int, int], str]) -> Matches:
        """Return the same matches with further pairs excluded.

        Parameters
        ----------
        reasons : mapping of (int, int) to str
            Reason by position of event and series.
        """
        if not reasons:
            return self
        events, series = np.array(list(reasons), dtype=np.int64).T
        used, status, reason = self.used.copy(), *(self.table[name].to_numpy(dtype=object, copy=True) for name in _SAID)
        rows = events * len(self.series) + series
        used[events, series], status[rows], reason[rows] = False, "excluded", list(reasons.values())
        return replace(self, table=self.table.assign(status=status, reason=reason), used=used)

    def noting(self, notes: Mapping[tuple[int, int], str]) -> Matches:
        """Return the same matches with a remark added to the reason of pairs that stay in use."""
        reasons = self.table["reason"].tolist()
        for (i, s), note in notes.items():
            row = i * len(self.series) + s
            reasons[row] = f"{reasons[row]}; {note}" if reasons[row] else note
        return replace(self, table=self.table.assign(reason=reasons))


def written_times(clock: pd.DataFrame) -> list[str]:
    """When each event happened as text: an instant in UTC, or only the day where no clock is known."""
    return [
        time.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%SZ")
        for time, by_day in zip(clock["event_time"], clock["by_day"], strict=True)
    ]


def moved(clock: pd.DataFrame, history: History, positions: Positions, session: Dates) -> list[str]:
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
    list of str
        ``same`` date, ``next`` or ``previous`` session, ``closed`` where the market was shut for long; '' for none.
    """
    days, own = local_days(clock, history), history.days_of(session)
    gaps = np.append(history.gap_days, np.nan)[positions]
    closed = (gaps >= CLOSURE_DAYS) | _within(days, history.instrument.closures)
    conditions = [np.isnat(session), own == days, own < days, closed]
    return [str(word) for word in np.select(conditions, ["", "same", "previous", "closed"], "next")]


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
) -> list[str]:
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
    list of str
        A closure in the span; a price that is older than the news.
    """
    stamps = np.append(history.stamps, np.datetime64("NaT", "ns"))[positions]
    known = clock["exact"].to_numpy() & history.instrument.stamp.known
    older = known & (positions >= 0) & (stamps <= clock["published_at"].to_numpy())
    early = np.where(older, "look-back: the price was struck before the news", "")
    where, first, place = np.unique(positions, return_index=True, return_inverse=True)
    notes = [_closure_note(int(at), gap, history, span) for at, gap in zip(where, gaps[first], strict=True)]
    closed = np.array(notes, dtype=object)[place]
    return ["; ".join(filter(None, pair)) for pair in zip(early, closed, strict=True)]


def _closure_note(where: int, gap: float, history: History, span: Window) -> str:
    """Say that the span meets a step over a closure, and why the market was closed where that is on file."""
    if not gap >= CLOSURE_DAYS:
        return ""
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
