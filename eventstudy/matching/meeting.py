"""N events meet one market: in which sessions, and what may be said of it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.history import History
from eventstudy.markets.stamp import NOT_AN_INSTANT, Instants, local_instants
from eventstudy.matching.anchors import NO_SESSION, Positions, event_positions
from eventstudy.matching.events import Events, Texts, in_words
from eventstudy.matching.market_events import MarketEvents, market_columns, market_events, overlap_exclusions
from eventstudy.matching.remarks import longest_gap, moved, remarks
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
class Meeting:
    """How N events meet one market.

    Parameters
    ----------
    events : Events
        The events.
    history : History
        The market, or one that is its equal (see `market_key`).
    rules : Rules
        How they are matched.
    place : ndarray of int64, shape (N,)
        What `event_positions` returned: -1 where the anchor finds no session, T where none follows.
    news : ndarray of bool, shape (N,)
        Whether the session was one of news.
    used : ndarray of bool, shape (N,)
        Whether the event is used.
    stances : ndarray of int8, shape (N,)
        Under which it counts, by position among `NET_STANCES`.
    reasons : ndarray of str, shape (N,)
        Why it is left out, or what must be known of it though it is used.
    """

    events: Events
    history: History
    rules: Rules
    place: Positions
    news: NDArray[np.bool_]
    used: NDArray[np.bool_]
    stances: NDArray[np.int8]
    reasons: Texts

    @property
    def positions(self) -> Positions:
        """Positions of the event sessions, -1 where there is none, shape (N,)."""
        return np.where(self.place < len(self.history), self.place, NO_SESSION)

    @property
    def words(self) -> Texts:
        """Their `stances` as text, shape (N,)."""
        return self.events.words if self.stances is self.events.stances else in_words(self.stances)

    @property
    def by_day(self) -> NDArray[np.bool_]:
        """Whether each event is matched by day, not by hour, shape (N,)."""
        return ~(self.events.clock["exact"].to_numpy() & self.history.instrument.stamp.known)

    @cached_property
    def market_events(self) -> MarketEvents:
        """What each session had to digest at once."""
        return _market_events(self.events, self.place, self.news)

    @property
    def net_stances(self) -> NDArray[np.int8]:
        """Net stance of each event's market event by position among `NET_STANCES`, -1 where there is none, (N,)."""
        found = self.market_events
        return found.by_event(found.stances[found.owner], -1, len(self.events))

    @property
    def overlapping(self) -> NDArray[np.bool_]:
        """Whether the window of each event shares a session with another's, shape (N,)."""
        found = self.market_events
        first, end = (found.bounds[ends] for ends in found.near(self.rules.span))
        return found.by_event((end - first > 1)[found.owner], False, len(self.events))

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Return columns of the audit trail, of each event but for series, status and reason."""
        events, history, clock = self.events, self.history, self.events.clock
        session = _taken(history.sessions, self.positions)
        return {
            "event_id": events.ids,
            "event_time": events.written,
            "published_at": clock["published_at"].to_numpy(),
            "session": session,
            "stamp": _taken(history.stamps, self.positions),
            "tradable_from": history.next_open(_surely_known(clock, history)),
            "timing": np.where(self.by_day, "day", "exact").astype(object),
            "moved": moved(clock, history, self.place, session),
            "gap_days": longest_gap(history, self.place, self.rules.span),
            **market_columns(self.market_events, events.ids, self.rules.span),
            "stance": events.words,
        }


def market_key(events: Events, history: History) -> Hashable:
    """Return all of a series that has a say in its matches; series with the same are matched as one."""
    instrument = history.instrument
    facts = (instrument.stamp.zone, instrument.stamp.known, instrument.hours, instrument.calendar, instrument.closures)
    arrays = [(array.dtype.str, array.tobytes()) for array in (history.sessions, history.stamps, history.holes)]
    return (*facts, history.bar, *arrays, _is_met(events, history).tobytes())


def meet(events: Events, history: History, rules: Rules) -> Meeting:
    """Match every event to one market."""
    place = event_positions(events.clock, history, rules.anchor)
    reasons = _exclusions(events, place, history, rules)
    news = reasons == ""
    used, stances = news, events.stances
    if rules.overlap != "flag":
        found = _market_events(events, place, news)
        reasons[found.members] = overlap_exclusions(found, events.ids, rules.span, rules.overlap)
        used, stances = reasons == "", stances.copy()
        stances[found.members] = found.stances[found.owner]
    gaps = longest_gap(history, place, rules.span)
    said = remarks(events.clock, history, place, gaps, rules.span)
    return Meeting(events, history, rules, place, news, used, stances, np.where(used, said, reasons))


def _market_events(events: Events, place: Positions, news: NDArray[np.bool_]) -> MarketEvents:
    return market_events(place, events.in_time[news[events.in_time]], events.stances)


def _taken(values: Instants, positions: Positions) -> Instants:
    """Take dates or instants at positions; NaT where there is none."""
    return np.append(values.astype("datetime64[ns]"), NOT_AN_INSTANT)[positions]


def _is_met(events: Events, history: History) -> NDArray[np.bool_]:
    """Return which lists of series mean this one, shape (A,)."""
    return np.array([not names or history.name in names for names in events.about], dtype=bool)


def _exclusions(events: Events, place: Positions, history: History, rules: Rules) -> Texts:
    """Say for each event why it is no news for this series; '' where it is. What is said last goes before the rest."""
    reasons = np.full(len(place), "", dtype=object)
    if not len(history):
        reasons[:] = "no-prices: the series has none"
        return reasons
    reasons[place == len(history)] = f"after-sample: the sample ends {history.sessions[-1]}"
    reasons[place <= 0] = f"before-sample: the sample begins {history.sessions[0]}"
    if rules.anchor == "same":
        reasons[place == NO_SESSION] = "no-session: its date is none, and anchor same moves no event"
    if history.bar is not None:
        reasons[~events.clock["exact"].to_numpy()] = "day-only: its hour is not known, and bars need one"
    elsewhere = ~_is_met(events, history)
    if elsewhere.any():
        said = np.array(
            [f"other-series: the event is about {', '.join(names)}" for names in events.about], dtype=object
        )
        reasons = np.where(elsewhere[events.list_of], said[events.list_of], reasons)
    if not rules.include_proposed:
        reasons[events.proposed] = "proposed: not confirmed yet"
    return reasons


def _surely_known(clock: pd.DataFrame, history: History) -> Instants:
    """When each event was surely public: its instant, or the end of its day on the market's wall clock."""
    ends = local_instants(clock["day"].to_numpy().astype("datetime64[D]"), "24:00", history.instrument.hours.zone)
    return np.where(clock["exact"].to_numpy(), clock["published_at"].to_numpy(), ends)
