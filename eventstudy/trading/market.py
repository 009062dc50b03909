"""One market as a trader sees it: when each event could be acted upon, and what a holding period brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, InputError, NothingUsableError, require_known
from eventstudy.events.clock import public_at, write_as_of
from eventstudy.events.schema import check_events, net_stance
from eventstudy.inference.placebo import ewma_scale
from eventstudy.markets.calendar import expected_sessions
from eventstudy.markets.history import History
from eventstudy.markets.identity import Told
from eventstudy.markets.quality import data_warnings
from eventstudy.markets.stamp import Dates, Instants
from eventstudy.matching import EXCLUDED, SET_ASIDE, Events, Matches, SeriesMatches, market_events, match
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.design import Design
from eventstudy.study.estimates import Estimates, estimate
from eventstudy.study.given import StudyInput, describe_input, known_at, take
from eventstudy.study.sample import SeriesSample
from eventstudy.window import MOST_SESSIONS, Window

Ints = NDArray[np.int64]

#: The date of what has not come yet.
NEVER = np.datetime64("NaT", "ns")

#: The rule by which `ask`, signals, backtests and the holding chart get in.
ENTRY = "bought at the first price struck after the news was public"

#: Sessions held, fewest past events of the stance, and placebo sets drawn, unless others are asked for.
HOLD, MIN_EVENTS, DRAWS = 5, 5, 999

#: News of which only the day is known stands one session before its entry price; no placebo window meets it either.
AROUND_ENTRIES = Window(-1, 1)


@dataclass(frozen=True, eq=False)
class Market:
    """A market of T sessions, and how N events meet it; `table` is the audit trail of the match (N rows)."""

    history: History
    events: Events
    matches: SeriesMatches
    table: pd.DataFrame

    @classmethod
    def of(cls, matches: Matches, history: History) -> Market:
        """Return one of the markets that were matched."""
        table = matches.table
        of_series = table[table["series"] == history.name].reset_index(drop=True)
        return cls(history, matches.events, matches[history.name], of_series)

    @property
    def tradable(self) -> bool:
        """Whether the series is a price that one can own, and no mere level such as a yield or the VIX."""
        return self.history.instrument.returns not in OWN_UNIT

    @cached_property
    def public(self) -> Instants:
        """When each event was public, in UTC, shape (N,); of which only the day is known, at the end of that day."""
        return public_at(self.events.table).astype("datetime64[ns]")

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
    def first_prices(self) -> Ints:
        """First price at which one could have got in on each event, excluded or not, shape (N,); T where none is yet.

        It is struck at or after `tradable_from`, the first instant after publication at which the market was open, not
        before the event session, and not before the day is over by the event's own clock where only that is known.
        Where nobody knows at which hour a price is struck, that of a later date.
        """
        opens = np.maximum(self.table["tradable_from"].to_numpy(dtype="datetime64[ns]"), self.public)
        surely = self.history.stamps if self.history.instrument.stamp.known else self.history.earliest
        struck = np.maximum(np.searchsorted(surely, opens, side="left"), self.matches.place)
        return np.where(np.isnat(opens), len(self.history), struck).astype(np.int64)

    @cached_property
    def entries(self) -> Ints:
        """The same of the events that are not excluded, shape (N,); -1 of those that are."""
        return np.where(self.positions < 0, -1, self.first_prices)

    @cached_property
    def traded(self) -> SeriesMatches:
        """How the events meet the prices at which one could have got in.

        A market event is traded once all its events are known, at the latest of their `first_prices`; several that
        share that price are one, under the net stance of all. One that a study sets aside is set aside here too.
        """
        found, place = self.matches.market_events, np.full(len(self.events), -1, dtype=np.int64)
        if len(found):
            whole = np.maximum.reduceat(self.first_prices[found.members], found.bounds[:-1])
            place[found.members] = whole[found.owner]
        there = (place >= 0) & (place < len(self.history))
        news = market_events(self.events, place, there, self.history)
        late = news.late.copy()
        late[news.owner[self.matches.status[news.members] == SET_ASIDE]] = True
        status = np.where(there, self.matches.status, EXCLUDED).astype(np.int8)
        return replace(self.matches, place=place, status=status, market_events=replace(news, late=late))

    @cached_property
    def net_stances(self) -> list[str]:
        """Net stance, known when each event was public, of the news of its session and its entry price, shape (N,)."""
        there, own = self.positions >= 0, np.eye(len(self.events), dtype=bool)
        known = there & there[:, None] & (self.public <= self.public[:, None])
        near = (self.positions == self.positions[:, None]) | (self.entries == self.entries[:, None])
        return [net_stance(self.events.labels[of]) for of in own | (known & near)]

    def session(self, positions: Ints) -> NDArray[np.datetime64]:
        """Return the dates of positions, shape as `positions`; NaT where there is none."""
        dates = np.append(self.history.sessions, NEVER)
        return np.asarray(dates[np.where(positions < 0, len(self.history), positions)])

    def at_entries(
        self, histories: Mapping[str, History], design: Design, hold: Sequence[int]
    ) -> tuple[Matches, Estimates]:
        """Return the study of holding from the entry prices on: they are its event sessions, its windows ``1:h``."""
        windows = tuple(Window(1, held) for held in hold)
        bought = Matches(self.events, design.span, {self.history.name: self.traded})
        studied = {self.history.name: self.history}
        design = replace(design, windows=windows, clean=AROUND_ENTRIES)
        return bought, estimate(bought, studied, histories, design)


def held_paths(history: History, position: Ints, window: Window) -> Floats:
    """Return what holding a market over the sessions of a window brought, after each of them.

    Parameters
    ----------
    history : History
        The market, T sessions.
    position : ndarray of int64, shape (P,)
        Sessions that the window is counted from.
    window : Window
        The sessions held, n of them: ``1:n`` if bought at the price of the session at `position`.

    Returns
    -------
    ndarray, shape (P, n + 1)
        Raw returns, 0 at the beginning: simple ones compounded, logs and differences added up, as the `move` of a
        study is. NaN from the first session without a return, or outside the sample.

    Examples
    --------
    >>> from eventstudy.markets.history import histories_from_prices
    >>> days = pd.bdate_range("2022-01-03", periods=3)
    >>> history = histories_from_prices(pd.DataFrame({"mine": [100.0, 110.0, 99.0]}, days))["mine"]
    >>> held_paths(history, np.array([0]), Window(1, 3)).round(4).tolist()
    [[0.0, 0.1, -0.01, nan]]
    """
    rows = position[:, None] + np.array(window.taus)
    inside = (rows >= 0) & (rows < len(history))
    steps = np.where(inside, history.returns[np.where(inside, rows, 0)], np.nan)
    if history.instrument.returns == "simple":
        moves = np.cumprod(1.0 + steps, axis=1) - 1.0
    else:
        moves = np.cumsum(steps, axis=1)
    return np.hstack([np.zeros((len(rows), 1)), moves])


def paths_of(sample: SeriesSample, label: str, w: int) -> tuple[Floats, Floats]:
    """Return what holding brought, session by session: the market events in a mean, and days without news.

    Parameters
    ----------
    sample : SeriesSample
        The market events of a series.
    label : str
        Their label, ``*`` for all.
    w : int
        Which of the windows, n sessions.

    Returns
    -------
    of_events, without_news : ndarray, shape (P, n + 1) and (B, n + 1)
        Paths as `held_paths` has them, none with a return missing: each rests on one sample from end to end.
    """
    of, window = sample.of, sample.of.design.windows[w]
    clear = np.flatnonzero(of.block.clear(window) & np.isfinite(of.move[:, w]))
    found = (held_paths(of.history, at, window) for at in (sample.position[sample.rows(label, w)], clear))
    of_events, without_news = (paths[np.isfinite(paths).all(axis=1)] for paths in found)
    return of_events, without_news


def due_days(history: History, entries: Ints, hold: int) -> Dates:
    """Return the days on which positions are due that are to be held for some sessions, shape (N,); NaT: none yet.

    Sessions are counted on the days on which the market meant to trade, as one had to on the day of the entry:
    suspensions and missing prices are no part of that calendar.
    """
    sessions = history.sessions
    ordinary = expected_sessions(history.instrument.calendar, sessions[0], sessions[-1]) if len(sessions) else None
    days = sessions if ordinary is None else np.union1d(ordinary, sessions)
    begun = np.append(sessions, NEVER)[np.minimum(entries, len(sessions))]
    return np.asarray(np.append(days, NEVER)[np.minimum(np.searchsorted(days, begun) + hold, len(days))])


def exit_positions(history: History, entries: Ints, hold: int) -> Ints:
    """Return the prices at which positions are closed that are to be held for some sessions, shape (N,).

    The price is the first on or after the day that is due: while the market is shut the exit waits. The number of
    sessions where it has not come yet.
    """
    return np.searchsorted(history.sessions, due_days(history, entries, hold)).astype(np.int64)


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


@dataclass(frozen=True)
class Choices:
    """How signals are made.

    Parameters
    ----------
    hold : int
        Sessions a position is held.
    min_events : int
        Fewest past market events of the same net stance.
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
        if not 1 <= self.hold <= MOST_SESSIONS:
            raise DesignError(f"hold {self.hold} is no holding time; write 1 to {MOST_SESSIONS:,} sessions")
        if self.min_events < 2:  # noqa: PLR2004  # one figure has no spread
            raise DesignError(f"min_events {self.min_events} is too few: a spread needs 2 past events or more")
        if self.draws < 1:
            raise DesignError(f"draws {self.draws} is too few; write 1 or more")
        if self.seed < 0:
            raise DesignError(f"seed {self.seed}: a seed is 0 or more")


class Setting(NamedTuple):
    """Events matched to markets, in the order asked for, with what went in and what must be known of it."""

    choices: Choices
    markets: dict[str, Market]
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
    if not len(known):
        raise NothingUsableError("there are no events")
    every = given.histories(None)
    histories = {name: every[require_known(name, every, "series")] for name in (every if series is None else series)}
    matches = match(known, histories, include_proposed=chosen.include_proposed)
    markets = {name: Market.of(matches, history) for name, history in histories.items()}
    if not any((market.positions >= 0).any() for market in markets.values()):
        raise NothingUsableError(f"no event can be used: {matches.table['reason'].mode().iloc[0]}")
    inputs = (describe_input("events", known), describe_input("prices", given.figures, given.instruments))
    notes = (note for history in histories.values() for note in (*history.notes, *data_warnings(history)))
    return Setting(chosen, markets, inputs, (*known.attrs.get("notes", ()), *given.notes, *notes))
