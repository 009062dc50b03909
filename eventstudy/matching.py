"""News x markets: the session in which each market could first react to each event, and why.

The rule (``stamp``): the event session is the first session of the instrument whose price was struck strictly after the
event was published. An event of which only the day is known counts toward that day's session if there is one, else the
next. Nothing is dropped: every (event, series) pair is a row, used or excluded with a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.instrument import Closure
from eventstudy.markets.stamp import Dates, Instants, local_instants
from eventstudy.news.clock import event_clock
from eventstudy.window import Window

Positions = NDArray[np.int64]

#: A step of at least this many calendar days between two sessions is a closure, not a long weekend.
CLOSURE_DAYS = 7

NO_SESSION = -1


@dataclass(frozen=True, eq=False)
class Matches:
    """Which session each event meets in each market.

    Parameters
    ----------
    table : DataFrame, shape (N x S, 15)
        The audit trail, event by event and series by series: ``event_id, series, event_time, published_at, session,
        stamp, tradable_from, timing, moved, gap_days, market_event, overlaps, stance, status, reason``. Instants are UTC
        without zone; ``event_time`` is text, an instant or only a day.
    positions : ndarray of int64, shape (N, S)
        Position of the event session in the series' history; -1 where there is none.
    used : ndarray of bool, shape (N, S)
        Whether the pair is used.
    events : tuple of str, length N
        Event ids.
    series : tuple of str, length S
        Series names.
    """

    table: pd.DataFrame
    positions: Positions
    used: NDArray[np.bool_]
    events: tuple[str, ...]
    series: tuple[str, ...]

    def excluding(self, reasons: Mapping[tuple[int, int], str]) -> Matches:
        """Return the same matches with further pairs excluded.

        Parameters
        ----------
        reasons : mapping of (int, int) to str
            Reason by position of event and series.
        """
        table, used = self.table.copy(), self.used.copy()
        for (i, s), reason in reasons.items():
            row = i * len(self.series) + s
            used[i, s] = False
            table.loc[row, ["status", "reason"]] = ["excluded", reason]
        return replace(self, table=table, used=used)

    def noting(self, notes: Mapping[tuple[int, int], str]) -> Matches:
        """Return the same matches with a remark in the reason column of pairs that stay in use."""
        table = self.table.copy()
        for (i, s), note in notes.items():
            row = i * len(self.series) + s
            before = table.at[row, "reason"]
            table.at[row, "reason"] = f"{before}; {note}" if before else note
        return replace(self, table=table)


def match(
    events: pd.DataFrame,
    histories: Mapping[str, History],
    span: Window = Window(0, 0),  # noqa: B008  # frozen
    *,
    include_proposed: bool = False,
) -> Matches:
    """Match every event to its session in every series.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    histories : mapping of str to History, length S
        The markets.
    span : Window
        All sessions of the study around an event; closures and overlaps are looked for in it.
    include_proposed : bool
        Use proposed events as well as confirmed ones.

    Returns
    -------
    Matches
        The audit trail and the positions.
    """
    clock = event_clock(events)
    columns = [_match_series(events, clock, history, span, include_proposed) for history in histories.values()]
    n_events, n_series = len(events), len(columns)
    order = np.arange(n_events * n_series).reshape(n_series, n_events).T.ravel()
    table = pd.concat([frame for frame, _ in columns], ignore_index=True).iloc[order].reset_index(drop=True)
    used = (table["status"] == "used").to_numpy().reshape(n_events, n_series)
    positions = np.stack([position for _, position in columns], axis=1)
    return Matches(table, positions, used, tuple(events["id"]), tuple(histories))


def _match_series(
    events: pd.DataFrame, clock: pd.DataFrame, history: History, span: Window, include_proposed: bool
) -> tuple[pd.DataFrame, Positions]:
    """Match every event to one series."""
    position = event_positions(clock, history)
    reasons = _exclusions(events, position, history, include_proposed)
    used = np.array([not reason for reason in reasons], dtype=bool)
    inside = (position >= 0) & (position < len(history))
    session = np.full(len(events), np.datetime64("NaT", "D"))
    stamp = np.full(len(events), np.datetime64("NaT", "ns"))
    session[inside], stamp[inside] = history.sessions[position[inside]], history.stamps[position[inside]]
    gaps = _longest_gap(history, position, span)
    table = pd.DataFrame(
        {
            "event_id": events["id"].to_numpy(),
            "series": history.name,
            "event_time": _written(clock),
            "published_at": clock["published_at"].to_numpy(),
            "session": session.astype("datetime64[ns]"),
            "stamp": stamp,
            "tradable_from": history.instrument.hours.next_open(_surely_known(clock, history), history.sessions),
            "timing": np.where(clock["exact"].to_numpy() & history.instrument.stamp.known, "exact", "day"),
            "moved": _moved(clock, history, position, session),
            "gap_days": gaps,
            "market_event": _market_events(events["id"].to_numpy(), clock, position, used),
            "overlaps": _overlaps(events["id"].to_numpy(), position, used, span),
            "stance": events["stance"].to_numpy(),
            "status": np.where(used, "used", "excluded"),
            "reason": [
                reason or _closure_note(int(where), gap, history, span)
                for reason, where, gap in zip(reasons, position, gaps, strict=True)
            ],
        }
    )
    return table, np.where(inside, position, NO_SESSION)


def _written(clock: pd.DataFrame) -> list[str]:
    """When each event happened as text: an instant in UTC, or only the day where no clock is known."""
    return [
        time.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%SZ")
        for time, by_day in zip(clock["event_time"], clock["by_day"], strict=True)
    ]


def event_positions(clock: pd.DataFrame, history: History) -> Positions:
    """Return the position of the event session of each event, before any question of what is usable.

    Parameters
    ----------
    clock : DataFrame, shape (N, 4)
        What `event_clock` returned.
    history : History
        The market.

    Returns
    -------
    ndarray of int64, shape (N,)
        Number of sessions that end before the market could react; the number of all sessions where none follows.
    """
    by_stamp = np.searchsorted(history.stamps, clock["published_at"].to_numpy(), side="right")
    by_day = np.searchsorted(history.sessions, clock["day"].to_numpy().astype("datetime64[D]"), side="left")
    return np.where(clock["exact"].to_numpy(), by_stamp, by_day).astype(np.int64)


def _exclusions(events: pd.DataFrame, position: Positions, history: History, include_proposed: bool) -> list[str]:
    """Say for each event why it cannot be used with this series; '' where it can."""
    if not len(history):
        return ["no-prices: the series has none"] * len(events)
    first, last = history.sessions[0], history.sessions[-1]
    reasons = []
    for where, status, series in zip(position, events["status"], events["series"], strict=True):
        asked_for = [name.strip() for name in series.split(";") if name.strip()]
        if status == "proposed" and not include_proposed:
            reasons.append("proposed: not confirmed yet")
        elif asked_for and history.name not in asked_for:
            reasons.append(f"other-series: the event is about {', '.join(asked_for)}")
        elif where == 0:
            reasons.append(f"before-sample: the sample begins {first}")
        elif where == len(history):
            reasons.append(f"after-sample: the sample ends {last}")
        else:
            reasons.append("")
    return reasons


def _local_days(clock: pd.DataFrame, history: History) -> Dates:
    """The date of each event on the market's own wall calendar."""
    instants = pd.DatetimeIndex(clock["published_at"]).tz_localize("UTC").tz_convert(history.instrument.stamp.zone)
    local = instants.tz_localize(None).to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return np.where(clock["exact"].to_numpy(), local, clock["day"].to_numpy().astype("datetime64[D]"))


def _moved(clock: pd.DataFrame, history: History, position: Positions, session: Dates) -> list[str]:
    """Say `same` date, `next` session, or that the market was `closed` for long; '' where there is no session."""
    days = _local_days(clock, history)
    gaps = np.append(history.gap_days, np.nan)[position]
    closed = (gaps >= CLOSURE_DAYS) | _within(days, history.instrument.closures)
    moved = np.select([np.isnat(session), session <= days, closed], ["", "same", "closed"], "next")
    return [str(word) for word in moved]


def _within(days: Dates, closures: tuple[Closure, ...]) -> NDArray[np.bool_]:
    inside = np.zeros(len(days), dtype=bool)
    for closure in closures:
        inside |= (days >= np.datetime64(closure.first)) & (days <= np.datetime64(closure.last))
    return inside


def _surely_known(clock: pd.DataFrame, history: History) -> Instants:
    """When each event was surely public: its instant, or the end of its day on the market's wall clock."""
    ends = local_instants(clock["day"].to_numpy().astype("datetime64[D]"), "24:00", history.instrument.hours.zone)
    return np.where(clock["exact"].to_numpy(), clock["published_at"].to_numpy(), ends)


def _reach(where: int, span: Window) -> slice:
    """Return which of a history's sessions the span around a position meets."""
    return slice(max(where + span.first, 0), max(where + span.last + 1, 0))


def _longest_gap(history: History, position: Positions, span: Window) -> NDArray[np.float64]:
    """Longest step in calendar days into a session of the span; NaN where the span meets no session."""
    gaps = history.gap_days
    longest = np.full(len(position), np.nan)
    for k, where in enumerate(position):
        steps = gaps[_reach(int(where), span)]
        if where < len(history) and not np.isnan(steps).all():
            longest[k] = np.nanmax(steps)
    return longest


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


def _market_events(
    ids: NDArray[np.object_], clock: pd.DataFrame, position: Positions, used: NDArray[np.bool_]
) -> list[str]:
    """Name the market event of each event: the earliest of those that share its session, by id among equals."""
    earliest: dict[int, str] = {}
    for k in np.lexsort((ids.astype(str), clock["event_time"].to_numpy())):
        if used[k]:
            earliest.setdefault(int(position[k]), str(ids[k]))
    return [earliest[int(where)] if use else "" for where, use in zip(position, used, strict=True)]


def _overlaps(ids: NDArray[np.object_], position: Positions, used: NDArray[np.bool_], span: Window) -> list[str]:
    """Name the other used events whose spans share a session with each event's."""
    reach = span.n_sessions
    order = np.lexsort((ids.astype(str), position))
    ordered = position[order]
    low = np.searchsorted(ordered, position - reach, side="right")
    high = np.searchsorted(ordered, position + reach, side="left")
    return [
        ";".join(str(ids[j]) for j in order[low[k] : high[k]] if j != k and used[j]) if used[k] else ""
        for k in range(len(ids))
    ]
