"""One market as a trader sees it: when each event could be acted upon, and what a holding period brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, InputError, NothingUsableError, require_known
from eventstudy.events.clock import public_at, write_as_of
from eventstudy.events.schema import check_events
from eventstudy.inference.placebo import ewma_scale
from eventstudy.markets.calendar import expected_sessions
from eventstudy.markets.history import History
from eventstudy.markets.identity import Told
from eventstudy.markets.quality import data_warnings
from eventstudy.markets.stamp import Dates, Instants
from eventstudy.matching import EXCLUDED, Events, MarketEvents, SeriesMatches, market_events, match
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.given import StudyInput, describe_input, known_at, take

Ints = NDArray[np.int64]

#: Sessions held, fewest past events of the stance, and placebo sets drawn, unless others are asked for.
HOLD, MIN_EVENTS, DRAWS = 5, 5, 999


def entry_positions(history: History, positions: Ints, tradable_from: Instants) -> Ints:
    """Return the first price at which one could have got in after each event.

    Parameters
    ----------
    history : History
        The market, T sessions.
    positions : ndarray of int64, shape (N,)
        Event sessions; T where none has come yet.
    tradable_from : ndarray of datetime64[ns], shape (N,)
        First instant (UTC) at which one could have traded; NaT where it has not come yet.

    Returns
    -------
    ndarray of int64, shape (N,)
        Position of the first price struck at or after `tradable_from` and after publication; T where none has come yet.
        Where nobody knows at which hour of its date a price is struck, the first price of a later date.
    """
    surely = history.stamps if history.instrument.stamp.known else history.earliest
    struck = np.searchsorted(surely, tradable_from, side="left")
    return np.where(np.isnat(tradable_from), len(history), np.maximum(struck, positions)).astype(np.int64)


def traded_events(events: Events, matches: SeriesMatches, entries: Ints) -> SeriesMatches:
    """Return the market events of a series at the prices at which one could have got in on them.

    A market event is traded once all its events are known (at the latest of their `entries`); several that share that
    price are one, under the net stance of all.
    """
    found = matches.market_events
    whole = np.maximum.reduceat(entries[found.members], found.bounds[:-1]) if len(found) else entries[:0]
    place = np.full(len(events), -1, dtype=np.int64)
    place[found.members] = whole[found.owner]
    there = (place >= 0) & (place < len(matches.history))
    status = np.where(there, matches.status, EXCLUDED).astype(np.int8)
    return SeriesMatches(matches.history, place, status, matches.reason,
                         market_events(events, place, there, matches.history))  # fmt: skip


def market_days(history: History) -> Dates:
    """Return the days on which a market meant to trade: suspensions and missing prices are no part of its calendar."""
    sessions = history.sessions
    ordinary = expected_sessions(history.instrument.calendar, sessions[0], sessions[-1]) if len(sessions) else None
    return sessions if ordinary is None else np.union1d(ordinary, sessions)


def exit_positions(history: History, entries: Ints, hold: int) -> Ints:
    """Return the prices at which positions are closed that are to be held for some sessions, shape (N,).

    Sessions are counted on the ordinary calendar, as one had to on the day of the entry; the price is the first on or
    after the day that is due: while the market is shut the exit waits. The number of sessions where it has not come
    yet.
    """
    days, n = market_days(history), len(history)
    exits = np.full(len(entries), n, dtype=np.int64)
    begun = entries < n
    due = np.searchsorted(days, history.sessions[entries[begun]]) + hold
    if len(days):
        reached = np.searchsorted(history.sessions, days[np.minimum(due, len(days) - 1)])
        exits[begun] = np.where(due < len(days), reached, n)
    return exits


def n_apart(entry: Ints, leave: Ints) -> int:
    """Count holding periods that do not overlap: the earliest, then each that begins once the one before has ended.

    Examples
    --------
    >>> n_apart(np.array([3, 4, 8, 9]), np.array([8, 9, 13, 14]))
    2
    """
    count, free_from = 0, -1
    for begin, end in zip(entry.tolist(), leave.tolist(), strict=True):
        if begin >= free_from:
            count, free_from = count + 1, end
    return count


@dataclass(frozen=True, eq=False)
class Market:
    """A market with prices, T sessions, and how N events meet it.

    `table` is the audit trail of the match (N rows), `public` the instants in UTC at which each event was public (N,).
    """

    history: History
    events: Events
    matches: SeriesMatches
    table: pd.DataFrame
    public: Instants

    @property
    def tradable(self) -> bool:
        """Whether the series is a price that one can own, and no mere level such as a yield or the VIX."""
        return self.history.instrument.returns not in OWN_UNIT

    @cached_property
    def unit_value(self) -> Floats:
        """Price of one unit so that a rise is its owner's gain (USD/RUB becomes dollars per ruble), shape (T,)."""
        if self.history.prices is None:
            raise InputError(f"series '{self.history.name}' has returns only; signals and backtests need its prices")
        with np.errstate(divide="ignore"):
            return np.asarray(
                self.history.prices if self.history.instrument.orientation > 0 else 1 / self.history.prices
            )

    def moves(self, begin: Ints, end: Ints) -> Floats:
        """Return simple returns from prices to later prices; changes, oriented, of a series in its own unit."""
        if self.tradable:
            return np.asarray(self.unit_value[end] / self.unit_value[begin] - 1.0)
        prices = np.asarray(self.history.prices)
        return np.asarray(self.history.instrument.orientation * (prices[end] - prices[begin]))

    @cached_property
    def scale(self) -> Floats:
        """Volatility of a session's return as known the session before, shape (T + 1,); the last is of what comes."""
        moves, rows = np.full(len(self.history) + 1, np.nan), np.arange(1, len(self.history))
        moves[1:-1] = np.where(np.isnan(self.history.returns[1:]), np.nan, self.moves(rows - 1, rows))
        return ewma_scale(moves)

    @cached_property
    def reasons(self) -> list[str]:
        """Why each event is excluded; '' where it is not, or its price has not come yet."""
        pairs = zip(self.matches.status.tolist(), self.matches.reason.tolist(), strict=True)
        return [why if code == EXCLUDED and not why.startswith("after-sample") else "" for code, why in pairs]

    @cached_property
    def positions(self) -> Ints:
        """Event session of each event, shape (N,); T where it has not come yet, -1 where the event is excluded."""
        return np.where([bool(why) for why in self.reasons], -1, self.matches.place).astype(np.int64)

    @cached_property
    def entries(self) -> Ints:
        """First price at which one could have got in, shape (N,); T and -1 as in `positions`."""
        instants = self.table["tradable_from"].to_numpy(dtype="datetime64[ns]")
        return np.where(self.positions < 0, -1, entry_positions(self.history, self.matches.place, instants))

    @cached_property
    def traded(self) -> MarketEvents:
        """The market events at their entry prices, see `traded_events`."""
        return traded_events(self.events, self.matches, self.entries).market_events

    def session(self, positions: Ints) -> NDArray[np.datetime64]:
        """Return the dates of positions, shape as `positions`; NaT where there is none."""
        dates = np.append(self.history.sessions.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
        return np.asarray(dates[np.where(positions < 0, len(self.history), positions)])


@dataclass(frozen=True)
class Choices:
    """How signals are made.

    Parameters
    ----------
    hold : int
        Sessions a position is held.
    min_events : int
        Fewest past market events of the same stance.
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    draws : int
        Placebo sets behind each p.
    seed : int
        Seed of what is drawn at random.
    as_of : str, optional
        The instant beyond which nothing is looked at: no later news, no later price.

    Raises
    ------
    DesignError
        If a number makes no sense.
    """

    hold: int = HOLD
    min_events: int = MIN_EVENTS
    include_proposed: bool = False
    draws: int = DRAWS
    seed: int = 0
    as_of: str | None = None

    def __post_init__(self) -> None:
        if self.hold < 1:
            raise DesignError(f"hold {self.hold} is no holding time; write 1 session or more")
        if self.min_events < 2:  # noqa: PLR2004  # one figure has no spread
            raise DesignError(f"min_events {self.min_events} is too few: a spread needs 2 past events or more")
        if self.draws < 1:
            raise DesignError(f"draws {self.draws} is too few; write 1 or more")

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Setting:
    """Events matched to markets, in the order asked for, with what went in and what must be known of it."""

    choices: Choices
    markets: Mapping[str, Market]
    inputs: tuple[StudyInput, ...]
    notes: tuple[str, ...]


def make_setting(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Told] | None = None,
    series: Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    **choices: Any,
) -> Setting:
    """Match events to markets; parameters and errors as in `eventstudy.trading.make_signals`."""
    chosen = Choices(**choices, as_of=None if as_of is None else write_as_of(as_of))
    given = take(prices, None, None, dict(instruments or {}), None)
    known, given = known_at(check_events(events), given, chosen.as_of)
    every = given.histories(None)
    histories = {name: every[require_known(name, every, "series")] for name in (every if series is None else series)}
    matches = match(known, histories, include_proposed=chosen.include_proposed)
    public = public_at(known).astype("datetime64[ns]")
    tables = dict(tuple(matches.table.groupby("series", sort=False)))
    markets = {
        name: Market(history, matches.events, matches[name], tables[name].reset_index(drop=True), public)
        for name, history in histories.items()
    }
    if not any((market.positions >= 0).any() for market in markets.values()):
        raise NothingUsableError(f"no event can be used: {matches.table['reason'].mode().iloc[0]}")
    inputs = (describe_input("events", known), describe_input("prices", given.figures, given.instruments))
    notes = (note for history in histories.values() for note in (*history.notes, *data_warnings(history)))
    return Setting(chosen, markets, inputs, (*given.notes, *notes))
