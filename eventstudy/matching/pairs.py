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
class _Events:
    """What is the same of N events in every market.

    `in_time` lists them from the earliest, by id among equals, so that the order of the rows plays no part; `asked_for`
    the series that an event is about, where it names any.
    """

    ids: list[str]
    stances: list[str]
    clock: pd.DataFrame
    written: list[str]
    in_time: NDArray[np.intp]
    proposed: NDArray[np.bool_]
    asked_for: dict[int, list[str]]

    @classmethod
    def of(cls, events: pd.DataFrame) -> _Events:
        """Read a table that `check_events` returned."""
        clock, names = event_clock(events), [text.split(";") if text else [] for text in events["series"]]
        return cls(
            events["id"].tolist(),
            events["stance"].tolist(),
            clock,
            written_times(clock),
            np.lexsort((events["id"].astype(str), clock["event_time"].to_numpy())),
            events["status"].eq("proposed").to_numpy(),
            {k: asked for k, of in enumerate(names) if (asked := [name.strip() for name in of if name.strip()])},
        )


@dataclass(frozen=True, eq=False)
class _News:
    """The market events of one market, and what the overlap rule leaves of them."""

    left_out: Mapping[int, str]
    stances: list[str]
    columns: Mapping[str, list[str]]


@dataclass(frozen=True, eq=False)
class _Column:
    """The matches of one series: columns of the table, and the arrays of `Matches` for it."""

    table: Mapping[str, object]
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
    of_events = _Events.of(events)
    rules = Rules(span, anchor, overlap, include_proposed)
    # Markets in which all events meet in the same sessions have the same market events.
    known: dict[tuple[bytes, bytes], _News] = {}
    columns = [_match_series(of_events, history, rules, known) for history in histories.values()]
    table = pd.DataFrame(
        {
            name: np.stack([_array(column.table[name]) for column in columns], axis=1).ravel()
            for name in columns[0].table
        }
    )
    return Matches(
        table=table,
        positions=np.stack([column.positions for column in columns], axis=1),
        used=(table["status"] == "used").to_numpy().reshape(len(events), len(columns)),
        news=np.stack([column.news for column in columns], axis=1),
        stances=np.array([column.stances for column in columns], dtype=object).T,
        events=tuple(events["id"]),
        series=tuple(histories),
    )


def _array(values: object) -> NDArray[np.generic]:
    return values if isinstance(values, np.ndarray) else np.array(values, dtype=object)


def _match_series(events: _Events, history: History, rules: Rules, known: dict[tuple[bytes, bytes], _News]) -> _Column:
    """Match every event to one series."""
    clock, n_events = events.clock, len(events.ids)
    position = event_positions(clock, history, rules.anchor)
    inside = (position >= 0) & (position < len(history))
    reasons = _exclusions(events, position, history, rules)
    is_news = reasons == ""
    key = (position.tobytes(), is_news.tobytes())
    if key not in known:
        known[key] = _news_of(events, position, is_news, rules)
    news = known[key]
    for k, reason in news.left_out.items():
        reasons[k] = reasons[k] or reason
    gaps = longest_gap(history, position, rules.span)
    session = _taken(history.sessions, position, inside)
    said = remarks(clock, history, position, gaps, rules.span)
    table = {
        "event_id": events.ids,
        "series": [history.name] * n_events,
        "event_time": events.written,
        "published_at": clock["published_at"].to_numpy(),
        "session": session,
        "stamp": _taken(history.stamps, position, inside),
        "tradable_from": history.next_open(_surely_known(clock, history)),
        "timing": np.where(clock["exact"].to_numpy() & history.instrument.stamp.known, "exact", "day").astype(object),
        "moved": moved(clock, history, position, session),
        "gap_days": gaps,
        **news.columns,
        "stance": events.stances,
        "status": np.where(reasons == "", "used", "excluded").astype(object),
        "reason": [reason or remark for reason, remark in zip(reasons, said, strict=True)],
    }
    return _Column(table, np.where(inside, position, NO_SESSION), is_news, news.stances)


def _news_of(events: _Events, position: Positions, is_news: NDArray[np.bool_], rules: Rules) -> _News:
    """Merge the events that share a session, and ask the overlap rule."""
    ids, own = events.ids, events.stances
    found = market_events(position, events.in_time[is_news[events.in_time]].tolist(), own)
    left_out = overlap_exclusions(found, ids, rules.span, rules.overlap)
    of_event = {k: event for event in found for k in event.members}
    stances = own
    if rules.overlap != "flag":
        stances = [of_event[k].stance if k in of_event else stance for k, stance in enumerate(own)]
    return _News(left_out, stances, _market_columns(ids, rules.span, found))


def _taken(values: Instants, positions: Positions, inside: NDArray[np.bool_]) -> Instants:
    """Take dates or instants at positions; NaT where there is none."""
    taken = np.full(len(positions), np.datetime64("NaT", "ns"))
    taken[inside] = values[positions[inside]]
    return taken


def _market_columns(ids: Sequence[str], span: Window, found: Sequence[MarketEvent]) -> dict[str, list[str]]:
    """Return market_event, net_stance, members and overlaps of each event; '' where it is not matched."""
    names = ("market_event", "net_stance", "members", "overlaps")
    columns: dict[str, list[str]] = {name: [""] * len(ids) for name in names}
    starts = [event.position for event in found]
    for event in found:
        low = bisect_right(starts, event.position - span.n_sessions)
        high = bisect_left(starts, event.position + span.n_sessions)
        near = [j for other in found[low:high] for j in other.members]
        place, near_ids = {j: at for at, j in enumerate(near)}, [ids[j] for j in near]
        of_all = (ids[event.members[0]], event.stance, ";".join(ids[j] for j in event.members))
        for k in event.members:
            others = ";".join(near_ids[: place[k]] + near_ids[place[k] + 1 :])
            for name, text in zip(names, (*of_all, others), strict=True):
                columns[name][k] = text
    return columns


def _exclusions(events: _Events, position: Positions, history: History, rules: Rules) -> NDArray[np.object_]:
    """Say for each event why it is no news for this series; '' where it is. What is said last goes before the rest."""
    reasons = np.full(len(position), "", dtype=object)
    if not len(history):
        reasons[:] = "no-prices: the series has none"
        return reasons
    reasons[position == len(history)] = f"after-sample: the sample ends {history.sessions[-1]}"
    reasons[position <= 0] = f"before-sample: the sample begins {history.sessions[0]}"
    if rules.anchor == "same":
        reasons[position == NO_SESSION] = "no-session: its date is none, and anchor same moves no event"
    if history.bar is not None:
        reasons[~events.clock["exact"].to_numpy()] = "day-only: its hour is not known, and bars need one"
    for k, asked_for in events.asked_for.items():
        if history.name not in asked_for:
            reasons[k] = f"other-series: the event is about {', '.join(asked_for)}"
    if not rules.include_proposed:
        reasons[events.proposed] = "proposed: not confirmed yet"
    return reasons


def _surely_known(clock: pd.DataFrame, history: History) -> Instants:
    """When each event was surely public: its instant, or the end of its day on the market's wall clock."""
    ends = local_instants(clock["day"].to_numpy().astype("datetime64[D]"), "24:00", history.instrument.hours.zone)
    return np.where(clock["exact"].to_numpy(), clock["published_at"].to_numpy(), ends)
