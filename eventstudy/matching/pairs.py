"""Match every event with every series."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.stamp import Instants, local_instants
from eventstudy.matching.anchors import NO_SESSION, Positions, event_positions
from eventstudy.matching.audit import Matches, longest_gap, moved, remarks, written_times
from eventstudy.matching.market_events import MarketEvent, market_events, overlap_exclusions
from eventstudy.news.clock import event_clock
from eventstudy.window import Window


@dataclass(frozen=True)
class Rules:
    """How events are matched.

    Parameters
    ----------
    span : Window
        All sessions of the study around an event.
    anchor, overlap : str
        One of `ANCHORS`, one of `OVERLAPS`.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    """

    span: Window
    anchor: str
    overlap: str
    include_proposed: bool


@dataclass(frozen=True, eq=False)
class _Column:
    """The matches of one series: rows of the table, and the arrays of `Matches` for it."""

    table: pd.DataFrame
    positions: Positions
    news: NDArray[np.bool_]
    stances: list[str]


def match(
    events: pd.DataFrame,
    histories: Mapping[str, History],
    span: Window = Window(0, 0),  # noqa: B008  # frozen
    *,
    anchor: str = "stamp",
    overlap: str = "flag",
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
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How a time becomes a session, see `event_positions`.
    overlap : {'flag', 'drop', 'first', 'merge'}
        What is done about events whose windows share sessions, see `OVERLAPS`.
    include_proposed : bool
        Use proposed events as well as confirmed ones.

    Returns
    -------
    Matches
        The audit trail and the positions.

    Raises
    ------
    InputError
        With anchor ``none``, if an event falls on no session.
    UnknownNameError
        If there is no such anchor or overlap rule.
    """
    clock = event_clock(events)
    rules = Rules(span, anchor, overlap, include_proposed)
    columns = [_match_series(events, clock, history, rules) for history in histories.values()]
    n_events, n_series = len(events), len(columns)
    order = np.arange(n_events * n_series).reshape(n_series, n_events).T.ravel()
    table = pd.concat([column.table for column in columns], ignore_index=True).iloc[order].reset_index(drop=True)
    return Matches(
        table=table,
        positions=np.stack([column.positions for column in columns], axis=1),
        used=(table["status"] == "used").to_numpy().reshape(n_events, n_series),
        news=np.stack([column.news for column in columns], axis=1),
        stances=np.array([column.stances for column in columns], dtype=object).T,
        events=tuple(events["id"]),
        series=tuple(histories),
    )


def _match_series(events: pd.DataFrame, clock: pd.DataFrame, history: History, rules: Rules) -> _Column:
    """Match every event to one series."""
    ids, own = events["id"].tolist(), events["stance"].tolist()
    position = event_positions(clock, history, rules.anchor)
    inside = (position >= 0) & (position < len(history))
    reasons = _exclusions(events, clock, position, history, rules)
    news = np.array([not reason for reason in reasons], dtype=bool)
    # By id among equals, so that the order of the rows plays no part.
    in_time = [int(k) for k in np.lexsort((events["id"].astype(str), clock["event_time"].to_numpy())) if news[k]]
    found = market_events(position, in_time, own)
    left_out = overlap_exclusions(found, ids, rules.span, rules.overlap)
    reasons = [reason or left_out.get(k, "") for k, reason in enumerate(reasons)]
    of_event = {k: event for event in found for k in event.members}
    stances = [own[k] if rules.overlap == "flag" or k not in of_event else of_event[k].stance for k in range(len(ids))]
    gaps = longest_gap(history, position, rules.span)
    session = _taken(history.sessions, position, inside)
    said = remarks(clock, history, position, gaps, rules.span)
    table = pd.DataFrame(
        {
            "event_id": ids,
            "series": history.name,
            "event_time": written_times(clock),
            "published_at": clock["published_at"].to_numpy(),
            "session": session,
            "stamp": _taken(history.stamps, position, inside),
            "tradable_from": history.next_open(_surely_known(clock, history)),
            "timing": np.where(clock["exact"].to_numpy() & history.instrument.stamp.known, "exact", "day"),
            "moved": moved(clock, history, position, session),
            "gap_days": gaps,
            **_market_columns(of_event, ids, rules.span, found),
            "stance": own,
            "status": ["excluded" if reason else "used" for reason in reasons],
            "reason": [reason or remark for reason, remark in zip(reasons, said, strict=True)],
        }
    )
    return _Column(table, np.where(inside, position, NO_SESSION), news, stances)


def _taken(values: Instants, positions: Positions, inside: NDArray[np.bool_]) -> Instants:
    """Take dates or instants at positions; NaT where there is none."""
    taken = np.full(len(positions), np.datetime64("NaT", "ns"))
    taken[inside] = values[positions[inside]]
    return taken


def _market_columns(
    of_event: Mapping[int, MarketEvent], ids: Sequence[str], span: Window, found: Sequence[MarketEvent]
) -> dict[str, list[str]]:
    """Return market_event, net_stance, members and overlaps of each event; '' where it is not matched."""
    columns: dict[str, list[str]] = {"market_event": [], "net_stance": [], "members": [], "overlaps": []}
    starts = [event.position for event in found]
    for k in range(len(ids)):
        event = of_event.get(k)
        near: list[MarketEvent] = []
        if event is not None:
            low = bisect_right(starts, event.position - span.n_sessions)
            high = bisect_left(starts, event.position + span.n_sessions)
            near = list(found[low:high])
        columns["market_event"].append(ids[event.members[0]] if event else "")
        columns["net_stance"].append(event.stance if event else "")
        columns["members"].append(";".join(ids[j] for j in event.members) if event else "")
        columns["overlaps"].append(";".join(ids[j] for other in near for j in other.members if j != k))
    return columns


def _exclusions(
    events: pd.DataFrame, clock: pd.DataFrame, position: Positions, history: History, rules: Rules
) -> list[str]:
    """Say for each event why it is no news for this series; '' where it is."""
    if not len(history):
        return ["no-prices: the series has none"] * len(events)
    first, last = history.sessions[0], history.sessions[-1]
    reasons = []
    in_bars = history.bar is not None
    for where, status, series, exact in zip(position, events["status"], events["series"], clock["exact"], strict=True):
        asked_for = [name.strip() for name in series.split(";") if name.strip()]
        if status == "proposed" and not rules.include_proposed:
            reasons.append("proposed: not confirmed yet")
        elif asked_for and history.name not in asked_for:
            reasons.append(f"other-series: the event is about {', '.join(asked_for)}")
        elif in_bars and not exact:
            reasons.append("day-only: its hour is not known, and bars need one")
        elif where == NO_SESSION and rules.anchor == "same":
            reasons.append("no-session: its date is none, and anchor same moves no event")
        elif where <= 0:
            reasons.append(f"before-sample: the sample begins {first}")
        elif where == len(history):
            reasons.append(f"after-sample: the sample ends {last}")
        else:
            reasons.append("")
    return reasons


def _surely_known(clock: pd.DataFrame, history: History) -> Instants:
    """When each event was surely public: its instant, or the end of its day on the market's wall clock."""
    ends = local_instants(clock["day"].to_numpy().astype("datetime64[D]"), "24:00", history.instrument.hours.zone)
    return np.where(clock["exact"].to_numpy(), clock["published_at"].to_numpy(), ends)
