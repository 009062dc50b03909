"""Events x markets: the session in which each market could first react to each event, and the market events.

The event session (anchor ``stamp``) is the first session of the instrument whose price was struck strictly after the
event was published; where nobody knows at which hour of its date a price was struck, the first session dated after the
news. An event of which only the day is known counts toward that day's session if there is one, else the next. All
events that meet one series in one session are one market event with one net label: the unit of every mean, count,
p-value, regression, chart point and trade. Nothing is dropped: every (event, series) pair is a row.
"""

from __future__ import annotations

import shlex
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, InputError, UnknownNameError, did_you_mean, require_known
from eventstudy.events.clock import event_clock
from eventstudy.events.schema import NEUTRAL, STANCES, net_stance
from eventstudy.markets.history import DAILY_DAYS, History
from eventstudy.markets.instrument import find_instrument, instrument_names
from eventstudy.markets.stamp import NOT_AN_INSTANT, Dates, local_instants
from eventstudy.returns import Floats, Ints, Mask
from eventstudy.window import Window

Texts = NDArray[np.object_]

#: ``stamp`` asks when the price was struck; the others ask only which date it was, and where that date is no session
#: take none of it (``same``), the next, the previous, or refuse (``none``).
ANCHORS = ("stamp", "same", "next", "previous", "none")

#: What is done about market events whose windows meet news of another label: they are in no mean (``set-aside``), in
#: every mean (``keep``), or only those are that share no session with one kept before them (``first``).
OVERLAPS = ("set-aside", "keep", "first")

#: A session further than this many calendar days from the news does not show the reaction to it; of weekly and rarer
#: figures, one further than this many of their steps.
LATE_DAYS = 5

NO_SESSION = -1

EXCLUDED, SET_ASIDE, USED = range(3)
STATUSES = ("excluded", "set-aside", "used")

MIXED = "mixed"

#: Why a market event is in no mean over a window, by code.
KEPT, LATE, CLOSURE, CONTAMINATED, LATER = range(5)

#: A cell of the audit trail names so many events and says how many more there are.
_NAMED = 100


@dataclass(frozen=True, eq=False)
class Events:
    """N events as they are matched.

    Parameters
    ----------
    ids, labels : ndarray of str, shape (N,)
        Their ids, and the labels by which they are grouped.
    clock : dict of str to ndarray, shape (N,)
        The columns that `eventstudy.events.event_clock` returned; ``day`` is datetime64[D].
    table : DataFrame
        The events table.
    in_time : ndarray of int64, shape (N,)
        Places of the events from the earliest, by id among equals, so that the order of the rows plays no part.
    neutral : tuple of str
        Labels that neither mix with others nor contaminate: a `hold` is one among stances, not in a column of its own.
    """

    ids: Texts
    labels: Texts
    clock: dict[str, NDArray[Any]]
    table: pd.DataFrame
    in_time: Ints
    neutral: tuple[str, ...]

    @classmethod
    def of(cls, events: pd.DataFrame, group_by: str = "stance") -> Events:
        """Read a table that `check_events` returned; `group_by` names the column of labels."""
        if group_by not in events:
            raise UnknownNameError(f"the events have no column '{group_by}'; {did_you_mean(group_by, events.columns)}")
        labels = events[group_by].fillna("").astype(str).str.strip().to_numpy(dtype=object)
        for name, what in (("*", "all events"), (MIXED, "sessions with several labels")):
            if name in labels:
                raise InputError(f"events, column {group_by}: the label '{name}' stands for {what}; rename it")
        written: dict[str, str] = {}
        for name in labels:
            if name != (other := written.setdefault(name.casefold(), name)):
                raise InputError(f"events, column {group_by}: '{other}' and '{name}' are two labels; write them alike")
        ids = events["id"].to_numpy(dtype=object)
        clock: dict[str, Any] = {str(name): column.to_numpy() for name, column in event_clock(events).items()}
        clock["day"] = clock["day"].astype("datetime64[D]")
        in_time = np.lexsort((ids.astype(str), clock["event_time"]))
        neutral = NEUTRAL if group_by == "stance" else ("",)
        return cls(ids, labels, clock, events, in_time, neutral)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def about(self) -> tuple[Ints, list[tuple[str, ...]]]:
        """Which list of series each event is about, shape (N,), and the lists; an empty one means every series."""
        list_of, texts = pd.factorize(self.table["series"].to_numpy(dtype=object))
        return list_of, [tuple(name.strip() for name in text.split(";") if name.strip()) for text in texts]


@dataclass(frozen=True, eq=False)
class MarketEvents:
    """The m market events of one series: p events, those that meet it in one session as one.

    Parameters
    ----------
    position : ndarray of int64, shape (m,)
        Their sessions, ascending.
    label : ndarray of str, shape (m,)
        Net label of each.
    lead : ndarray of int64, shape (m,)
        The earliest event of each, by position; it gives the market event its id.
    members, bounds : ndarray of int64, shape (p,) and (m + 1,)
        The events session by session, the earliest first, and where those of each session begin.
    owner : ndarray of int64, shape (p,)
        The market event of each of the `members`.
    late : ndarray of bool, shape (m,)
        Whether the session follows an exceptional closure, or comes more than five calendar days after the news.
    closed : ndarray of int64, shape (T + 1,)
        Number of closures before each session, and before the end.
    neutral : tuple of str
        As `Events` has them.
    """

    position: Ints
    label: Texts
    lead: Ints
    members: Ints
    bounds: Ints
    owner: Ints
    late: Mask
    closed: Ints
    neutral: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.position)

    def of_event(self, n_events: int) -> Ints:
        """Return the market event of each of N events; -1 where it meets none."""
        found = np.full(n_events, -1, dtype=np.int64)
        found[self.members] = self.owner
        return found

    def near(self, first: int, last: int) -> tuple[Ints, Ints]:
        """Return the first market event from `first` sessions of each on, and the one after the last up to `last`."""
        low = np.searchsorted(self.position, self.position + first, side="left")
        return low, np.searchsorted(self.position, self.position + last, side="right")

    def set_aside(self, window: Window, overlap: str) -> NDArray[np.int8]:
        """Say of each market event why it is in no mean over a window, (m,), by one of `OVERLAPS`.

        `KEPT`, `LATE`, `CLOSURE` (the window spans one), `CONTAMINATED` (it holds the session of another market event
        whose label is not neutral and differs; to be ignored in means over all labels), or `LATER` (under ``first``:
        its window shares a session with that of an earlier one).
        """
        code = np.zeros(len(self.position), dtype=np.int8)
        if overlap == "first":
            end = -np.inf
            for k, position in enumerate(self.position.tolist()):
                code[k] = LATER if position + window.first <= end else KEPT
                end = end if code[k] else position + window.last
        elif overlap == "set-aside":
            low, high = self.near(window.first, window.last)
            for label in set(self.label.tolist()) - set(self.neutral):
                before = np.concatenate([[0], np.cumsum(self.label == label)])
                code[(before[high] > before[low]) & (self.label != label)] = CONTAMINATED
        if overlap != "keep":
            ends = (self.position + tau for tau in (window.first, window.last + 1))
            before, by_end = (self.closed.take(at, mode="clip") for at in ends)
            code[by_end > before], code[self.late] = CLOSURE, LATE
        return code


@dataclass(frozen=True, eq=False)
class SeriesMatches:
    """How N events meet one series.

    Parameters
    ----------
    history : History
        The series, or one that is its equal in all that matters here.
    place : ndarray of int64, shape (N,)
        Position of each event session; -1 where the anchor finds none, T where none follows.
    status : ndarray of int8, shape (N,)
        `EXCLUDED`, `SET_ASIDE` or `USED`.
    reason : ndarray of str, shape (N,)
        Why the pair is not used, or what must be known of it though it is.
    market_events : MarketEvents
        The market events; their sessions are news, whether they can be estimated or not.
    """

    history: History
    place: Ints
    status: NDArray[np.int8]
    reason: Texts
    market_events: MarketEvents

    @property
    def there(self) -> Mask:
        """Which events have a CAR: those used and those set aside, shape (N,)."""
        return np.asarray(self.status != EXCLUDED)


@dataclass(frozen=True, eq=False)
class Matches:
    """Which session each of N events meets in each of S series.

    Parameters
    ----------
    events : Events
        The events.
    span : Window
        All sessions of the study around an event.
    series : dict of str to SeriesMatches
        How they meet each series.
    """

    events: Events
    span: Window
    series: dict[str, SeriesMatches]

    def __getitem__(self, name: str) -> SeriesMatches:
        return self.series[name]

    @cached_property
    def table(self) -> pd.DataFrame:
        """The audit trail: N x S rows, event by event and series by series.

        Columns are ``event_id, series, event_time, published_at, session, stamp, tradable_from, timing, moved,
        gap_days, market_event, net_stance, members, overlaps, stance, status, reason``. Instants are UTC without zone;
        ``event_time`` is text, an instant or only a day. A reason begins with its code and a colon.
        """
        # Series of one calendar share their market events, and the columns that follow from them.
        known = {id(of.market_events): of for of in self.series.values()}
        shared = {key: _columns(self.events, of, self.span) for key, of in known.items()}
        parts = []
        for name, of in self.series.items():
            status = np.array(STATUSES, dtype=object)[of.status]
            own = {"series": np.full(len(self.events), name), "status": status, "reason": of.reason}
            parts.append(shared[id(of.market_events)] | own)
        return pd.DataFrame({key: np.stack([part[key] for part in parts], axis=1).ravel() for key in parts[0]})

    def counts(self, status: int | None = None) -> dict[str, int]:
        """Return how many pairs (of one status) each reason is said of, the commonest first."""
        said = [of.reason if status is None else of.reason[of.status == status] for of in self.series.values()]
        return {str(text): int(n) for text, n in pd.Series(np.concatenate(said), dtype=object).value_counts().items()}

    def __repr__(self) -> str:
        status = np.concatenate([of.status for of in self.series.values()]) if self.series else np.array([])
        n = ", ".join(f"{np.count_nonzero(status == code)} {word}" for code, word in enumerate(STATUSES))
        return f"<Matches of {len(self.events.ids)} events with {len(self.series)} series: {n}>"


def match(
    events: pd.DataFrame | Events,
    histories: Mapping[str, History],
    span: Window = Window(0, 0),  # noqa: B008  # frozen
    *,
    anchor: str = "stamp",
    overlap: str = "set-aside",
    include_proposed: bool = False,
    group_by: str = "stance",
) -> Matches:
    """Match every event to its session in every series, and make the market events.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more), or Events
        A table that `check_events` returned; or what `Events.of` made of it, so that it is read once for many matches.
    histories : mapping of str to History, length S
        The markets.
    span : Window
        All sessions of the study around an event; closures and overlaps are named in it.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How a time becomes a session, see `event_positions`.
    overlap : {'set-aside', 'keep', 'first'}
        Whether late news is set aside (not with ``keep``); see `MarketEvents.set_aside` for single windows.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    group_by : str
        Column of the labels.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.markets.history import histories_from_prices
    >>> case = load_case("raise-or-fold-2022")
    >>> matches = match(case.events, histories_from_prices(case.prices[["imoex"]]))
    >>> matches["imoex"].market_events.label[:3].tolist()
    ['raise', 'fold', 'hold']
    """
    require_known(overlap, OVERLAPS, "overlap rule")
    read = events if isinstance(events, Events) else Events.of(events, group_by)
    known: dict[Hashable, SeriesMatches] = {}
    found = {}
    for name, history in histories.items():
        of, own = history.instrument, {_instrument(history.name), _instrument(history.instrument.name)}
        # Which lists of series mean this one, by its name or by another name of its instrument.
        about = np.array([not names or not own.isdisjoint(map(_instrument, names)) for names in read.about[1]], bool)
        # All of a series that has a say in its matches: series with the same are matched as one.
        arrays = [(array.dtype.str, array.tobytes()) for array in (history.sessions, history.stamps, history.holes)]
        facts = (of.stamp.zone, of.stamp.known, of.hours, of.calendar, of.closures, history.bar)
        if (key := (facts, *arrays, about.tobytes())) not in known:
            known[key] = _matched(read, history, about, span, anchor, overlap, include_proposed)
        found[name] = known[key]
    return Matches(read, span, found)


@cache
def _instrument(word: str) -> str:
    """Return the name of the instrument that a word means; the word itself where the catalogue has none."""
    try:
        return find_instrument(word).name
    except UnknownNameError:
        return word


def unknown_series(events: pd.DataFrame, series: Iterable[str]) -> list[str]:
    """Say of every name in the column `series` of events that no series and no instrument has, what may be meant."""
    there = {*series, *instrument_names()}
    words = {word.strip() for cell in set(events["series"]) for word in cell.split(";") if word.strip()}
    unknown = sorted(word for word in words if word not in there and _instrument(word) not in there)
    hints = [did_you_mean(word, sorted(there)) for word in unknown]
    near = [f"; {hint}" if hint.startswith("did") else "" for hint in hints]
    none = "is none of the prices and no instrument"
    return [f"the events' series '{word}' {none}{hint}" for word, hint in zip(unknown, near, strict=True)]


def unknown_hours(matches: Matches) -> Iterator[str]:
    """Say for which series nobody knows when they are struck, and how many events with a clock that moves."""
    exact = matches.events.clock["exact"]
    there = {name: int(np.count_nonzero(of.there & exact)) for name, of in matches.series.items()}
    unknown = {name: n for name, n in there.items() if n and not matches.series[name].history.instrument.stamp.known}
    if unknown:
        names, first = ", ".join(unknown), next(iter(unknown))
        yield (
            f"hour of the price unknown: {names}; {sum(unknown.values())} pairs with a clock are matched by day, to "
            f"the first session dated after the news: say --exchange {shlex.quote(f'{first}=XNYS')} or --close "
            f"'{first}=16:00 America/New_York' (or --anchor next: the session of the day itself)"
        )


def market_events(events: Events, place: Ints, news: Mask, history: History) -> MarketEvents:
    """Merge the events that meet one series in one session.

    `place` (N,) is the event session of each event, `news` (N,) says which of them count.
    """
    counted = events.in_time[news[events.in_time]]
    members = counted[np.argsort(place[counted], kind="stable")]
    position, begins = np.unique(place[members], return_index=True)
    bounds = np.append(begins, len(members))
    labels = events.labels[members].tolist()
    label = np.array([net_stance(labels[a:b], events.neutral) for a, b in pairwise(bounds.tolist())], dtype=object)
    gaps = history.closures
    delay = (history.days_of(history.sessions)[place[members]] - local_days(events.clock, history)[members]).astype(int)
    late = gaps[position] | (np.maximum.reduceat(delay, begins) > late_days(history) if len(begins) else False)
    closed = np.concatenate([[0], np.cumsum(gaps)])
    owner = np.repeat(np.arange(len(position)), np.diff(bounds))
    position, lead = position.astype(np.int64), members[begins]
    return MarketEvents(position, label, lead, members, bounds, owner, late, closed, events.neutral)


def event_positions(clock: Mapping[str, NDArray[Any]], history: History, anchor: str) -> Ints:
    """Return the position of the event session of each event, (N,), before any question of what is usable.

    The number of sessions where none follows, -1 where the rule finds none. All anchors but ``stamp`` can count news
    toward a price that was struck before it; ``none`` refuses an event inside the sample that falls on no session.
    """
    require_known(anchor, ANCHORS, "anchor")
    if history.bar is not None and anchor != "stamp":
        raise DesignError(f"anchor {anchor} asks for dates, and '{history.name}' is in bars; leave the anchor at stamp")
    if anchor == "stamp":
        by_stamp = np.searchsorted(history.stamps, clock["published_at"], side="right")
        if not history.instrument.stamp.known:  # no price that may be older than the news
            by_stamp = np.searchsorted(history.earliest, clock["published_at"], side="left")
        by_day = np.searchsorted(history.sessions, clock["day"], side="left")
        return np.where(clock["exact"], by_stamp, by_day).astype(np.int64)
    days = local_days(clock, history)
    if anchor == "previous":
        return np.asarray(np.searchsorted(history.sessions, days, side="right") - 1, dtype=np.int64)
    following = np.searchsorted(history.sessions, days, side="left").astype(np.int64)
    if anchor == "next":
        return following
    lost = (following < len(history)) & (following > 0) & ~np.isin(days, history.sessions)
    if anchor == "none" and lost.any():
        mend = "take stamp (the first price struck after the news), next or previous"
        raise InputError(f"{days[lost][0]} is no session of '{history.name}', and anchor none moves no event; {mend}")
    return np.where(lost, NO_SESSION, following)


def local_days(clock: Mapping[str, NDArray[Any]], history: History) -> Dates:
    """Return the date of each event on the market's own wall calendar, shape (N,)."""
    instants = pd.DatetimeIndex(clock["published_at"]).tz_localize("UTC").tz_convert(history.instrument.stamp.zone)
    local = instants.tz_localize(None).to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return np.where(clock["exact"], local, clock["day"])


def late_days(history: History) -> int:
    """Return how many days after the news a session still shows the reaction to it."""
    return LATE_DAYS if history.spacing <= DAILY_DAYS else int(1.5 * history.spacing)


def _matched(
    events: Events, history: History, about: Mask, span: Window, anchor: str, overlap: str, proposed: bool
) -> SeriesMatches:
    """Return how events meet one series: which are news, and what must be known of each."""
    place, sessions, (list_of, lists) = event_positions(events.clock, history, anchor), history.sessions, events.about
    others = np.array([f"other-series: the event is about {', '.join(names)}" for names in lists], dtype=object)
    published, exact = events.clock["published_at"], events.clock["exact"]
    first, last = sessions[[0, -1]] if len(history) else ("", "")
    excluded: dict[str, Any] = {  # what stands first goes before the rest
        "no-prices: the series has none": not len(history),
        "proposed: not confirmed yet": events.table["status"].eq("proposed").to_numpy() & (not proposed),
        "other-series": ~about[list_of],
        "day-only: its hour is not known, and bars need one": ~exact & (history.bar is not None),
        "no-session: its date is none, and anchor same moves no event": (place == NO_SESSION) & (anchor == "same"),
        f"before-sample: the sample begins {first}": place <= 0,
        f"after-sample: the sample ends {last}": place == len(history),
    }
    # Where there is no session, before the first or behind the last, stands what is appended.
    stamps, earliest = (np.append(of, np.datetime64("NaT", "ns"))[place] for of in (history.stamps, history.earliest))
    known = history.instrument.stamp.known
    unknown = "by-day: hour of the price unknown"
    remarks = {  # without a clock `published` is missing, and nothing compares; without a session all are excluded
        "look-back: the price was struck before the news": known & (stamps <= published),
        f"{unknown}; the first session dated after the news": (not known) & (earliest >= published),
        f"{unknown}; it may have been struck before the news": exact & (not known),
    }
    # Of each event the first text whose condition holds.
    reason, said = (np.select([*rules.values()], [np.array(text, dtype=object) for text in rules], "")
                    for rules in (excluded, remarks))  # fmt: skip
    reason = np.where(reason == "other-series", others[list_of], reason)
    market = market_events(events, place, reason == "", history)
    for day, fact in history.known:
        on = np.append(sessions == day, False)[place]
        said[on] = [f"{text}; {fact.why}" if text else fact.why for text in said[on]]
    gaps, breaks = longest_gap(history, place, span), np.flatnonzero(history.closures)
    for k in np.flatnonzero(gaps >= history.closure_days).tolist():
        at = breaks[(breaks >= place[k] + span.first) & (breaks <= place[k] + span.last)]
        into, before = sessions[at], sessions[at - 1]
        closures = [(np.datetime64(of.first), np.datetime64(of.last), of.why) for of in history.instrument.closures]
        why = "; ".join(sorted({why for a, b, why in closures if ((a < into) & (b > before)).any()}))
        text = f"closure: the window spans a break of {gaps[k]:.0f} days" + (f" ({why})" if why else "")
        said[k] = f"{said[k]}; {text}" if said[k] else text
    status, reason = np.where(reason == "", USED, EXCLUDED).astype(np.int8), np.where(reason == "", said, reason)
    late = market.members[market.late[market.owner]] if overlap != "keep" else market.members[:0]
    status[late], days = SET_ASIDE, local_days(events.clock, history) if len(late) else ()
    for event, session in zip(late.tolist(), sessions[place[late]], strict=True):
        why = f"late: session {session} comes more than {late_days(history)} days after the first news it answers"
        if history.closures[place[event]]:
            waited = f"news of {days[event]} met a closed market; " if days[event] < session else ""
            why = f"late: {waited}session {session} is the first after the closure"
        reason[event] = f"{why}; {reason[event]}" if reason[event] else why
    return SeriesMatches(history, place, status, reason, market)


def longest_gap(history: History, positions: Ints, span: Window) -> Floats:
    """Return the longest step in calendar days into a session of the span, shape (N,); NaN where it meets none."""
    rows = positions[:, None] + np.arange(span.first, span.last + 1)
    # No step leads into the first session, nor behind the last: rows outside the sample take either's NaN.
    gaps = np.append(history.gap_days, np.nan).take(rows, mode="clip")
    gaps[(positions < 0) | (positions >= len(history))] = np.nan
    return np.asarray(np.fmax.reduce(gaps, axis=1))


def _columns(events: Events, of: SeriesMatches, span: Window) -> dict[str, NDArray[np.generic]]:
    """Return the columns of the audit trail that series of one calendar share; `event_id` first."""
    history, clock, found, reach = of.history, events.clock, of.market_events, span.n_sessions - 1
    place, exact = of.place, clock["exact"]
    dates = (at.astype("datetime64[ns]") for at in (history.sessions, history.stamps))
    session, stamp = (np.append(at, NOT_AN_INSTANT)[place] for at in dates)
    ends = local_instants(clock["day"], "24:00", history.instrument.hours.zone)
    # The market was shut on the day of the news, or the session is the first after it was.
    days, own = local_days(clock, history), history.days_of(session)
    shut = np.append(history.closures, False)[place]
    for closure in history.instrument.closures:
        shut |= (days >= np.datetime64(closure.first)) & (days <= np.datetime64(closure.last))
    moved = np.select([np.isnat(session), own == days, own < days, shut], ["", "same", "previous", "closed"], "next")
    # As text: an instant in UTC, or only the day where no clock is known.
    day, instant = (np.datetime_as_string(clock["event_time"], unit) for unit in ("D", "s"))
    names, bounds = events.ids[found.members].tolist(), found.bounds.tolist()
    members = np.array([_named(names[a:b]) for a, b in pairwise(bounds)], dtype=object)
    first, end = (found.bounds[ends][found.owner].tolist() for ends in found.near(-reach, reach))
    others = [_named(names[low:k] + names[k + 1 : high]) for k, (low, high) in enumerate(zip(first, end, strict=True))]
    by_member = events.ids[found.lead][found.owner], found.label[found.owner], members[found.owner], others
    merged = np.full((len(by_member), len(events)), "", dtype=object)
    for texts, of_member in zip(merged, by_member, strict=True):
        texts[found.members] = of_member
    return {
        "event_id": events.ids,
        "series": events.ids,  # here every series of the calendar puts its own name, status and reason
        "event_time": np.where(clock["by_day"], day, np.char.add(instant, "Z")).astype(object),
        "published_at": clock["published_at"],
        "session": session,
        "stamp": stamp,
        "tradable_from": history.next_open(np.where(exact, clock["published_at"], ends)),
        "timing": np.where(exact & history.instrument.stamp.known, "exact", "day").astype(object),
        "moved": moved.astype(object),
        "gap_days": longest_gap(history, place, span),
        **dict(zip(("market_event", "net_stance", "members", "overlaps"), merged, strict=True)),
        "stance": events.labels,
    }


def _named(ids: list[str]) -> str:
    """Write a list of events, the first hundred by their ids."""
    more = len(ids) - _NAMED
    return ";".join(ids if more <= 0 else [*ids[:_NAMED], f"... and {more} more"])


def labels_in_order(labels: Iterator[str] | Sequence[str]) -> list[str]:
    """Return distinct labels as tables show them: stances first (raise, hold, fold, mixed), then by name; no ''."""
    distinct = set(labels) - {""}
    others = sorted(distinct - {*STANCES, MIXED})
    return [name for name in (*STANCES, *others, MIXED) if name in distinct]
