"""A market as a trader sees it: when each event could be acted upon, and what past events alone made one expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError, NothingUsableError, refuse, require_known
from eventstudy.events.clock import public_at, write_as_of
from eventstudy.events.schema import check_events, net_stance
from eventstudy.files import bundled_toml
from eventstudy.inference.placebo import clear_of, effective_n, ewma_scale, touched
from eventstudy.markets.calendar import expected_sessions
from eventstudy.markets.history import History
from eventstudy.markets.identity import InstrumentLike
from eventstudy.markets.quality import data_warnings
from eventstudy.markets.stamp import Dates
from eventstudy.matching import EXCLUDED, KEPT, MIXED, SET_ASIDE, Matches, SeriesMatches, market_events, match
from eventstudy.returns import OWN_UNIT, Floats, Ints
from eventstudy.study.answer import answers
from eventstudy.study.design import Design
from eventstudy.study.envelope import columns_of
from eventstudy.study.estimates import estimate
from eventstudy.study.given import StudyInput, known_at, take
from eventstudy.study.placebo import placebo_of_mean, samples_of
from eventstudy.study.sample import ALL, Samples, SeriesSample
from eventstudy.window import MOST_SESSIONS, Window

#: The columns of the tables of answers, signals and backtests, as `columns_of` reads them.
TABLES: dict[str, dict[str, str]] = bundled_toml("eventstudy.trading", "tables.toml")

#: The date of what has not come yet.
NEVER = np.datetime64("NaT", "ns")

#: The rule by which `ask`, signals, backtests and the holding chart get in.
ENTRY = "bought at the first price struck after the news was public"

#: News of which only the day is known stands one session before its entry price; no placebo window meets it either.
AROUND_ENTRIES = Window(-1, 1)


class Market:
    """A market of T sessions, and how N events meet it.

    Attributes
    ----------
    history, events, matches
        The market, the events, and how they meet.
    table : DataFrame
        The audit trail of the match, N rows.
    tradable : bool
        Whether the series is a price that one can own, and no mere level such as a yield or the VIX.
    public : ndarray of datetime64[ns], shape (N,)
        When each event was public, in UTC; of which only the day is known, at the end of that day.
    reasons : ndarray of str, shape (N,)
        Why each event is excluded; '' where it is not, or its price has not come yet.
    positions : ndarray of int64, shape (N,)
        Event session of each event; T where it has not come yet, -1 where the event is excluded.
    first_prices, entries : ndarray of int64, shape (N,)
        First price at which one could have got in on each event, T where none is yet; `entries` has -1 where the event
        is excluded. It is struck at or after `tradable_from`, the first instant after publication at which the market
        was open, not before the event session, and not before the day is over by the event's own clock where only that
        is known. Where nobody knows at which hour a price is struck, that of a later date.
    """

    def __init__(self, matches: Matches, history: History) -> None:
        self.history, self.events, self.matches = history, matches.events, matches[history.name]
        self.table = matches.table[matches.table["series"] == history.name].reset_index(drop=True)
        self.tradable = history.instrument.returns not in OWN_UNIT
        self.public = public_at(self.events.table).astype("datetime64[ns]")
        ahead = pd.Series(self.matches.reason, dtype=object).str.startswith("after-sample").to_numpy(dtype=bool)
        excluded = (self.matches.status == EXCLUDED) & ~ahead
        self.reasons = np.where(excluded, self.matches.reason, "")
        self.positions = np.where(excluded, -1, self.matches.place)
        opens = np.maximum(self.table["tradable_from"].to_numpy(dtype="datetime64[ns]"), self.public)
        struck = np.searchsorted(history.stamps if history.instrument.stamp.known else history.earliest, opens)
        self.first_prices = np.where(np.isnat(opens), len(history), np.maximum(struck, self.matches.place))
        self.entries = np.where(excluded, -1, self.first_prices)

    @cached_property
    def unit_value(self) -> Floats:
        """Price of one unit so that a rise is its owner's gain (USD/RUB becomes dollars per ruble), shape (T,)."""
        if self.history.prices is None:
            raise InputError(f"series '{self.history.name}' has returns only; signals and backtests need its prices")
        with np.errstate(divide="ignore"):
            inverse = 1 / self.history.prices
        return np.asarray(self.history.prices if self.history.instrument.orientation > 0 else inverse)

    def moves(self, begin: Ints, end: Ints) -> Floats:
        """Return simple returns from prices to later prices; changes, oriented, of a series in its own unit."""
        if self.tradable:
            with np.errstate(divide="ignore", invalid="ignore"):  # of a price of 0
                return np.asarray(self.unit_value[end] / self.unit_value[begin] - 1.0)
        prices = np.asarray(self.history.prices)
        return np.asarray(self.history.instrument.orientation * (prices[end] - prices[begin]))

    @cached_property
    def scale(self) -> Floats:
        """Volatility of a session's return as known the session before, shape (T + 1,); the last is of what comes.

        Of raw returns, as what holding brings is raw: a study's own scale is of abnormal returns, needs an estimation
        window before it, and has no session to come.
        """
        moves, rows = np.full(len(self.history) + 1, np.nan), np.arange(1, len(self.history))
        moves[1:-1] = np.where(np.isnan(self.history.returns[1:]), np.nan, self.moves(rows - 1, rows))
        return ewma_scale(moves)

    @cached_property
    def traded(self) -> SeriesMatches:
        """How the events meet the prices at which one could have got in.

        A market event is traded once all its events are known, at the latest of their `first_prices`; several that
        share that price are one, under the net stance of all. One that a study sets aside is set aside here too.
        """
        found, place = self.matches.market_events, np.full(len(self.events), -1, dtype=np.int64)
        if len(found):
            place[found.members] = np.maximum.reduceat(self.first_prices[found.members], found.bounds[:-1])[found.owner]
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
        return [net_stance(self.events.labels[of], self.events.neutral) for of in own | (known & near)]

    def session(self, positions: Ints) -> NDArray[np.datetime64]:
        """Return the dates of positions, shape as `positions`; NaT where there is none."""
        dates = np.append(self.history.sessions, NEVER)
        return np.asarray(dates[np.where(positions < 0, len(self.history), positions)])

    def at_entries(self, histories: Mapping[str, History], design: Design, hold: Sequence[int]) -> SeriesSample:
        """Return a study's market events, its event sessions being those of the entry prices, its windows ``1:h``."""
        name = self.history.name
        bought = Matches(self.events, design.span, {name: self.traded})
        windows = tuple(Window(1, held) for held in hold)
        design = replace(design, windows=windows, clean=AROUND_ENTRIES, contrast=None)
        return samples_of([estimate(bought, histories, design)])[0][name]

    def held(self, histories: Mapping[str, History], design: Design, longest: int) -> pd.DataFrame:
        """Return what holding the market after the news brought, a row a label but `mixed` and sessions held.

        The fields of its answer, the sessions ``held``, and ``base_mean`` over days without news.
        """
        sample = self.at_entries(histories, design, range(1, longest + 1))
        samples = Samples({sample.name: sample})
        labels = [label for label in samples.labels if label != MIXED] or [ALL]
        move, rows, windows = sample.every("move"), [], list(map(str, sample.design.windows))
        for answer in answers(samples, sample.design):
            if answer.n and answer.stance in labels:
                w = windows.index(answer.window)
                days = sample.without_news(w)
                base = float(move[days, w].mean()) if len(days) else np.nan
                rows.append(vars(answer) | {"held": w + 1, "base_mean": base})
        return pd.DataFrame(rows)


def exits(history: History, entries: Ints, hold: int) -> tuple[Dates, Ints]:
    """Return the days on which positions are due that are held for some sessions, and the prices at which they close.

    Sessions are counted on the days on which the market meant to trade, as one had to on the day of the entry. The
    price is the first on or after the day that is due: while the market is shut the exit waits. NaT and the number of
    sessions where they have not come yet.
    """
    sessions = history.sessions
    ordinary = expected_sessions(history.instrument.calendar, sessions[0], sessions[-1]) if len(sessions) else None
    days = sessions if ordinary is None else np.union1d(ordinary, sessions)
    begun = np.append(sessions, NEVER)[np.minimum(entries, len(sessions))]
    due = np.append(days, NEVER)[np.minimum(np.searchsorted(days, begun) + hold, len(days))]
    return due, np.searchsorted(sessions, due).astype(np.int64)


def n_apart(entry: Ints, leave: Ints) -> int:
    """Count holding periods that do not overlap: the earliest, then each that begins once the one before has ended."""
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

    hold: int = 5
    min_events: int = 5
    include_proposed: bool = False
    draws: int = 999
    seed: int = 0
    as_of: str | None = None

    def __post_init__(self) -> None:
        refuse({
            f"hold {self.hold} is no holding time; write 1 to {MOST_SESSIONS:,} sessions":
                not 1 <= self.hold <= MOST_SESSIONS,
            f"min_events {self.min_events} is too few: a spread needs 2 past events or more": self.min_events <= 1,
            f"draws {self.draws} is too few; write 1 or more": self.draws < 1,
            f"seed {self.seed}: a seed is 0 or more": self.seed < 0,
        })  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Signals:
    """Events matched to markets, in the order asked for, and what could have been expected at the time.

    Parameters
    ----------
    choices : Choices
        How the signals are made.
    markets : dict of str to Market
        The markets, and how the events meet them.
    inputs : tuple of StudyInput
        What went in.
    notes : tuple of str
        What must be known of it.
    """

    choices: Choices
    markets: dict[str, Market]
    inputs: tuple[StudyInput, ...]
    notes: tuple[str, ...]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row an event and series, event by event in time, see ``docs/trading.md``."""
        parts = [_rows(market, self.choices) for market in self.markets.values()]
        return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)

    def __repr__(self) -> str:
        given = int((self.table["direction"] != 0).sum())
        return f"<Signals: {given} of {len(self.table)} pairs of event and series have one>\n{self.table}"


def make_signals(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, InstrumentLike] | None = None,
    series: Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    **choices: Any,
) -> Signals:
    """Say for every event what those before it alone would have made one expect.

    Parameters
    ----------
    events : DataFrame
        One event a row; ``time`` and ``stance`` are required.
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, a column an instrument, or a frame as yfinance gives it.
    instruments : mapping of str to Instrument or mapping, optional
        What columns are, where the catalogue does not know or should not decide.
    series : sequence of str, optional
        Columns to make signals for; default all.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at, as for `EventStudy`.
    **choices
        The other fields of `Choices`: ``hold, min_events, include_proposed, draws, seed``.

    Returns
    -------
    Signals
        Its `table` has a row for every event and series; where there is no signal, ``direction`` is 0 and
        ``reason`` says why.

    Raises
    ------
    NothingUsableError
        If no event meets any series.
    DesignError, UnknownNameError
        If a choice makes no sense.

    Notes
    -----
    With σ the volatility known before (EWMA with its cap, as in a study) and h sessions to hold, the reaction to past
    market event j is ``z_j = (exit price / entry price - 1) / (σ_j sqrt(h))``. The mean over past market events of the
    same net stance is shrunk (see `shrink`) and expected to come again at today's volatility: ``shrunk mean x σ
    sqrt(h)``. The net stance is that of the news of the session and entry price as known at publication. A past market
    event counts once its exit price was struck before the event session, hence at or before publication, and if it
    would stand in the mean of a study of these entry prices, but that it needs no estimation window: late ones, those
    held over a closure or a missing price and those held over news of another stance teach nothing. `p_value` holds the
    mean z against means over past days without news, as a study does.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> signals = make_signals(case.events, case.prices, series=["imoex"], hold=1)
    >>> row = signals.table.set_index("event_id").loc["2022-02-24-invasion"]
    >>> row["stance"], bool(row["n"] >= 2), str(row["exit_session"].date())
    ('raise', True, '2022-02-25')
    """
    chosen = Choices(**choices, as_of=write_as_of(as_of))
    given = take({"prices": prices}, dict(instruments or {}))
    known, given = known_at(check_events(events), given, chosen.as_of)
    if not len(known):
        raise NothingUsableError("there are no events")
    every = given.histories(None)
    histories = {name: every[require_known(name, every, "series")] for name in (every if series is None else series)}
    matches = match(known, histories, include_proposed=chosen.include_proposed)
    markets = {name: Market(matches, history) for name, history in histories.items()}
    if not any((market.positions >= 0).any() for market in markets.values()):
        raise NothingUsableError(f"no event can be used: {matches.table['reason'].mode().iloc[0]}")
    notes = (note for history in histories.values() for note in (*history.notes, *data_warnings(history)))
    return Signals(chosen, markets, given.inputs(known), (*known.attrs.get("notes", ()), *given.notes, *notes))


def _rows(market: Market, choices: Choices) -> pd.DataFrame:
    """Return the rows of one series, the earliest event first."""
    history, hold, past, order = market.history, choices.hold, market.traded.market_events, market.events.in_time
    n_sessions, begin = len(history), np.arange(len(history))
    ends = exits(history, begin, hold)[1]
    # Over a missing session or a price that has no return nothing was earned, as in a study.
    missing = np.append(np.cumsum(np.isnan(history.returns)), -1)
    known, z = (missing[ends] == missing[:-1]) & (market.scale[:-1] > 0), np.full(n_sessions, np.nan)
    z[known] = market.moves(begin[known], ends[known]) / (market.scale[:-1][known] * np.sqrt(hold))
    # What contaminates a past market event was met before its exit, and so known by then.
    teaches = (past.set_aside(Window(1, hold), "set-aside") == KEPT) & np.isfinite(z[past.position])
    rows = []
    for k in order.tolist():
        position, net = int(market.positions[k]), market.net_stances[k]
        which = past.position[teaches & (ends[past.position] < position) & (past.label == net) & (net != MIXED)]
        n, apart, scale = len(which), n_apart(which, ends[which]), float(market.scale[position])
        mean, se, factor = shrink(z[which], apart)
        why = {
            market.reasons[k]: bool(market.reasons[k]),
            "mixed: its session or entry price has news of another stance too": net == MIXED,
            f"few-events: {n} known, {choices.min_events} asked for": n < choices.min_events,
            f"few-events: {n} known, too few for a spread": not factor >= 0,
            "no-volatility: fewer than 60 returns before it": not scale > 0,
            "shrunk-to-zero: mean within one standard error of zero": factor == 0,
            f"ahead: no price to get in at up to {history.sessions[-1]}, where the sample ends":
                market.entries[k] == n_sessions,
        }  # fmt: skip
        reason = next((text for text, holds in why.items() if holds), "")
        expected = np.nan if reason[:5] not in {"", "ahead"} else factor * mean * scale * np.sqrt(hold)
        direction = 0 if np.isnan(expected) else int(np.sign(expected))
        scale = scale if position >= 0 else np.nan
        rows.append((direction, expected, scale, n, apart, mean, se, factor, reason, *_p(market, k, which, z, choices)))
    found = market.table.drop(columns="reason").assign(
        stance=market.events.table["stance"].to_numpy(),
        net_stance=market.net_stances,
        event_session=market.session(market.positions),
        entry_session=market.session(market.entries),
        exit_session=market.session(exits(history, np.where(market.entries < 0, n_sessions, market.entries), hold)[1]),
        hold=hold,
        unit="simple return" if market.tradable else history.instrument.unit,
    )
    columns = list(columns_of(TABLES["signals"]["signals"]))
    said = pd.DataFrame(rows, columns=[name for name in columns if name not in found])
    return pd.concat([found.iloc[order].reset_index(drop=True), said], axis=1)[columns]


def shrink(reactions: Floats, n_apart: int) -> tuple[float, float, float]:
    """Shrink the mean of some reactions toward zero.

    Parameters
    ----------
    reactions : ndarray, shape (n,)
        Reactions, in units of volatility.
    n_apart : int
        How many of them have holding periods that do not overlap.

    Returns
    -------
    mean, se, factor : float
        Mean, its standard error and the share of the mean that is kept, 0 to 1; NaN where there are too few.

    Notes
    -----
    ``se = s / sqrt(n_apart)``, with s the standard deviation over the n reactions (n - 1 below): reactions that share
    sessions are not counted as independent. If the true mean is drawn from N(0, v) and the sample mean m from
    N(true, se²), the posterior mean is ``v / (v + se²) m``. The variance of m over both draws is v + se², so
    ``max(m² - se², 0)`` estimates v, and what is kept of m is ``max(0, 1 - se²/m²)``, the positive-part Stein rule for
    one mean: nothing where the mean lies within one standard error of zero, three quarters at two.

    References
    ----------
    Efron and Morris (1973), Stein's estimation rule and its competitors: an empirical Bayes approach, JASA 68.

    Examples
    --------
    >>> shrink(np.array([1.0, 3.0]), 2)
    (2.0, 1.0, 0.75)
    """
    n = len(reactions)
    mean = float(np.mean(reactions)) if n else np.nan
    if n < 2 or n_apart < 1:  # noqa: PLR2004  # one figure has no spread
        return mean, np.nan, np.nan
    se = float(np.std(reactions, ddof=1) / np.sqrt(n_apart))
    return mean, se, max(0.0, 1.0 - (se / mean) ** 2) if mean else 0.0


def _p(market: Market, k: int, which: Ints, z: Floats, choices: Choices) -> tuple[float, float]:
    """Return the p of the mean z of past holding periods and the past days without news behind it, as known then."""
    if not len(which):
        return np.nan, np.nan
    history, hold = market.history, choices.hold
    # Only what was public with this event: a later one must not change what was said at this one.
    news = market.positions[(market.public <= market.public[k]) & (market.positions >= 0)]
    busy = touched(len(history), news, AROUND_ENTRIES) | history.closures
    line = np.flatnonzero(clear_of(busy, Window(1, hold)) & np.isfinite(z))
    line = z[line[line + hold < market.positions[k]]]
    # The draws depend on the pair alone.
    seed = [choices.seed, *(crc32(name.encode()) for name in (str(market.events.ids[k]), history.name))]
    return placebo_of_mean(float(z[which].mean()), line, effective_n(which, hold), hold, seed, choices.draws)
