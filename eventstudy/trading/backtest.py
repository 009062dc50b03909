"""A small, exact backtest of trading after news by a rule: no price is used before it was struck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, refuse, require_known
from eventstudy.events.schema import STANCES
from eventstudy.markets.identity import InstrumentLike
from eventstudy.markets.stamp import Dates
from eventstudy.matching import MIXED
from eventstudy.returns import ROUNDING, Floats, Ints
from eventstudy.statistic import drawn_p
from eventstudy.study.envelope import columns_of
from eventstudy.trading import accounts
from eventstudy.trading.accounts import Orders, Performance, PricePanel, Trip, drawdown
from eventstudy.trading.signals import NEVER, TABLES, Market, Signals, exits, make_signals
from eventstudy.window import MOST_SESSIONS
from eventstudy.wording import counted

SIDES = {"long": 1, "short": -1, "none": 0}
SIZINGS = ("equal", "volatility")

#: ``skip`` leaves a signal out while a position in the instrument is open; ``add`` opens a further position.
WHILE_OPEN = ("skip", "add")

#: The word for sides that follow the point-in-time signals.
SIGNALS = "signals"

#: Placebo calendars, unless others are asked for.
CALENDARS = 1000

_OPPOSITE = {"raise": "fold", "fold": "raise"}

#: The largest share of equity of a position: beyond it figures overflow.
_MOST_SHARE = 1_000


@dataclass(frozen=True)
class Costs:
    """What each order costs, on the way in and again on the way out.

    Parameters
    ----------
    fee : float
        Fee in basis points of the value traded.
    slippage : float
        Basis points by which the price one gets is worse than the price of the series.
    fees, slippages : mapping of str to float
        The same for single instruments, where it differs.

    Raises
    ------
    DesignError
        If a figure is negative or no number.
    """

    fee: float = 0.0
    slippage: float = 0.0
    fees: Mapping[str, float] = field(default_factory=dict)
    slippages: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.fee, self.slippage, *self.fees.values(), *self.slippages.values()):
            if not 0 <= value < np.inf:
                raise DesignError(f"costs of {value} basis points; write 0 or more")

    @classmethod
    def read(cls, fee: str = "0", slippage: str = "0") -> Costs:
        """Read costs as they are written: ``5`` basis points for all, or ``5,imoex=12`` where one instrument differs.

        Raises
        ------
        DesignError
            If a part is no number.

        Examples
        --------
        >>> Costs.read("5,imoex=12").fees
        {'imoex': 12.0}
        """
        found: dict[str, dict[str, float]] = {"fee": {}, "slippage": {}}
        for what, text in (("fee", fee), ("slippage", slippage)):
            for part in filter(None, map(str.strip, text.split(","))):
                name, _, figure = part.rpartition("=")
                try:
                    found[what][name.strip()] = float(figure)
                except ValueError:
                    raise DesignError(f"{what} '{part}' is no number of basis points; write 5 or 5,imoex=12") from None
        common = {what: figures.pop("", 0.0) for what, figures in found.items()}
        return cls(**common, fees=found["fee"], slippages=found["slippage"])

    def of(self, series: Iterable[str]) -> tuple[Floats, Floats]:
        """Return fees and slippages of some series as decimals, each shape (S,); an unknown series is an error."""
        for name in (*self.fees, *self.slippages):
            require_known(name, series, "series in the costs:")
        pairs = [(self.fees.get(name, self.fee), self.slippages.get(name, self.slippage)) for name in series]
        fees, slippages = 1e-4 * np.array(pairs).T
        return fees, slippages


@dataclass(frozen=True)
class Rule:
    """What is done after an event. Its `repr` recreates it.

    Parameters
    ----------
    sides : str
        ``signals``: the direction of the point-in-time signal; or the side after each stance or label, e.g.
        ``raise=short,fold=long`` (a stance not named: none).
    hold : int, optional
        Sessions a position is held; None: until the opposite stance only.
    until_opposite : bool
        Close a position early at the first price after news of the opposite stance (raise, fold).
    sizing : {'equal', 'volatility'}
        ``equal``: every position is the same share of equity. ``volatility``: the share at which the position's
        volatility a session, as known before the entry, is `risk`; never more than `weight`.
    weight : float, optional
        Share of equity of a position; default one over the number of instruments.
    risk : float
        Volatility a session that a position sized by volatility contributes, as a share of equity.
    while_open : {'skip', 'add'}
        What a signal does while a position in its instrument is open.

    Raises
    ------
    DesignError, UnknownNameError
        If the choices are unknown or contradict each other.

    Examples
    --------
    >>> Rule("raise=short,fold=long", hold=3).side("raise")
    -1
    """

    sides: str = SIGNALS
    hold: int | None = 5
    until_opposite: bool = False
    sizing: str = "equal"
    weight: float | None = None
    risk: float = 0.01
    while_open: str = "skip"

    def __post_init__(self) -> None:
        require_known(self.sizing, SIZINGS, "sizing")
        require_known(self.while_open, WHILE_OPEN, "way with open positions:")
        held, by_stance = 1 if self.hold is None else self.hold, self.by_stance
        shares = self.risk, 1.0 if self.weight is None else self.weight
        refuse({
            "a position needs an exit: hold it for some sessions, or until the opposite stance":
                self.hold is None and not self.until_opposite,
            "news of the opposite stance is a fold after a raise, or a raise after a fold; give hold for other labels":
                self.until_opposite and not {*by_stance} <= {*STANCES},
            "signals are made for a fixed holding time; give hold, or sides of your own":
                self.hold is None and self.sides == SIGNALS,
            f"hold {self.hold} is no holding time; write 1 to {MOST_SESSIONS:,} sessions":
                not 1 <= held <= MOST_SESSIONS,
            f"sides '{self.sides}' never take a position; write e.g. raise=short,fold=long":
                self.sides != SIGNALS and not any(by_stance.values()),
            f"weight and risk are shares of equity, numbers above 0 and at most {_MOST_SHARE:,}":
                not all(0 < share <= _MOST_SHARE for share in shares),
        })  # fmt: skip

    @property
    def by_stance(self) -> dict[str, int]:
        """Side after each stance: 1, -1 or 0; empty where the signals decide."""
        sides: dict[str, int] = {}
        for part in filter(None, map(str.strip, "" if self.sides == SIGNALS else self.sides.split(","))):
            stance, equals, side = (word.strip() for word in part.partition("="))
            if not equals:
                raise DesignError(f"sides '{part}': write a stance and its side, e.g. raise=short,fold=long")
            if stance in sides:
                raise DesignError(f"sides '{self.sides}': {stance} is named twice; give it one side")
            sides[stance] = SIDES[require_known(side, SIDES, "side")]
        return sides

    def side(self, stance: str) -> int:
        """Return the side after a stance: 1 long, -1 short, 0 none."""
        return self.by_stance.get(stance, 0)

    def weights(self, market: Market, at: Ints, n_markets: int) -> Floats:
        """Return the shares of equity of positions entered at some prices of one of several markets.

        Where they go by volatility and none is known before, 0.
        """
        most, scale = np.full(len(at), self.weight or 1.0 / n_markets), market.scale[at]
        return most if self.sizing == "equal" else np.minimum(most, self.risk / np.where(scale > 0, scale, np.inf))

    def __str__(self) -> str:
        held = "until the opposite stance" if self.hold is None else f"{self.hold} session{'s' * (self.hold > 1)}"
        early = ", or until the opposite stance" if self.until_opposite and self.hold is not None else ""
        return f"{self.sides}, held {held}{early}, sized {self.sizing}, {self.while_open} while open"


def _columns(table: str) -> list[str]:
    return list(columns_of(TABLES["backtest"][table]))


class Plan(NamedTuple):
    """What a rule does: `trips` series by series in order of entry, and `decisions`, a row an event and series."""

    trips: tuple[Trip, ...]
    decisions: pd.DataFrame


def make_plan(markets: Mapping[str, Market], rule: Rule, signals: Signals) -> Plan:
    """Return the round trips of a rule, which may follow the signals, and a decision on every event and series."""
    trips, tables = list[Trip](), []
    for name, market in markets.items():
        for stance in rule.by_stance:
            require_known(stance, [*dict.fromkeys([*STANCES, *market.events.labels.tolist()])], "stance")
        nets, mixed = market.net_stances, "mixed: news of several stances meets in its session or at its entry price"
        wanted = [(rule.side(net), mixed if net == MIXED else f"no-side: none after {net or 'news without a stance'}")
                  for net in nets]  # fmt: skip
        if rule.sides == SIGNALS:
            of_series = signals.table[signals.table["series"] == name]
            of_event = of_series.set_index("event_id").loc[market.events.ids.tolist()]
            wanted = list(zip(of_event["direction"].tolist(), of_event["reason"].tolist(), strict=True))
        taken, said = _plan_series(market, rule, wanted, len(markets))
        trips += sorted(taken, key=lambda trip: trip.entry)
        table = market.table.assign(stance=market.events.table["stance"].to_numpy(), net_stance=nets)
        table["entry_session"] = market.session(market.entries)
        table[["decision", "reason"]] = said
        tables.append(table[_columns("decisions")].iloc[market.events.in_time])
    return Plan(tuple(trips), pd.concat(tables, ignore_index=True))


def _plan_series(
    market: Market, rule: Rule, wanted: Sequence[tuple[int, str]], n_markets: int
) -> tuple[list[Trip], list[tuple[str, str]]]:
    """Go through the news of one series in the order of its entry prices; events that share one are one trade.

    Return the trips, and the decision on every event with its reason.
    """
    ahead = "ahead", "ahead: its entry price has not come yet"
    said = [("excluded", why) if why else ahead for why in market.reasons]
    market_event, nets, sessions = market.table["market_event"].tolist(), market.net_stances, market.history.sessions
    trips, traded = list[Trip](), dict[str, np.datetime64]()
    for entry in np.unique(market.entries[(market.entries >= 0) & (market.entries < len(sessions))]).tolist():
        rows = [k for k in market.events.in_time.tolist() if market.entries[k] == entry]
        # What is known of an entry price is what is known with the news of it that became public last.
        opposite = _OPPOSITE.get(nets[max(rows, key=lambda k: market.public[k])]) if rule.until_opposite else None
        trips = [trip._replace(exit=entry, closed_by="opposite")
                 if opposite and trip.stance == opposite and trip.entry < entry < trip.exit else trip
                 for trip in trips]  # fmt: skip
        for k in rows:
            if market_event[k] in traded:
                said[k] = "left out", f"same-event: the news of its session was traded on {traded[market_event[k]]}"
        rows = [k for k in rows if market_event[k] not in traded]
        if not rows:
            continue
        latest = max(rows, key=lambda k: market.public[k])
        word, (side, reason) = "none", wanted[latest]
        price = np.asarray(market.history.prices)[entry]
        if side and price <= 0:  # a share of equity buys no units of it
            word, reason = "left out", f"no-price: {price:g} at its entry is not above 0"
        elif side:
            at, ids = np.array([entry]), tuple(str(market.events.ids[k]) for k in rows)
            leave = len(sessions) if rule.hold is None else int(exits(market.history, at, rule.hold)[1][0])
            weight = float(rule.weights(market, at, n_markets)[0])
            trip = Trip(market.history.name, ids, nets[latest], side, entry, leave, weight)
            word, reason = _taken(rule, trip, trips, sessions)
        for k in rows:
            said[k] = word, reason
        traded |= {market_event[k]: sessions[entry] for k in rows if word == "taken"}
    return trips, said


def _taken(rule: Rule, wanted: Trip, trips: list[Trip], sessions: Dates) -> tuple[str, str]:
    """Put a wanted position among the trips; return the decision and its reason."""
    # At its exit price a position still stands in the way of one of the same side, but not of one of the other.
    live = [trip for trip in trips if trip.exit >= wanted.entry + (trip.side != wanted.side)]
    if live and rule.while_open != "add":
        held = live[-1]
        return "left out", f"open: position in {held.series} open since {sessions[held.entry]}"
    if not wanted.weight > 0:
        return "left out", "no-volatility: fewer than 60 returns before the entry"
    trips.append(wanted)
    return "taken", ""


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What a rule would have done.

    Parameters
    ----------
    rule : Rule
        The rule.
    costs : Costs
        What orders cost.
    setting : Signals
        Markets that were traded, and choices.
    plan : Plan
        Its round trips, and a decision on every event and series.
    trades : DataFrame, shape (K, 19)
        One row a round trip, in order of entry. Prices are as quoted, before slippage; ``entry_value, costs, pnl`` are
        shares of the equity at the very start; ``return`` is `pnl` over `entry_value`, costs included. An open trade is
        valued at the last price and has paid for its entry only.
    equity : DataFrame, shape (R, 7)
        By session: ``equity, drawdown, exposure, net, buy_and_hold, buy_and_hold_drawdown``.
    performance, buy_and_hold : Performance
        Of the rule, and of an equal share of every instrument bought at the first price and kept.
    hit_rate : float
        Share of the closed trades that made money after costs; NaN where none is closed.
    turnover : float
        Value bought and sold over the whole period, as a multiple of the mean equity.
    exposure : float
        Gross value of the positions as a share of equity, mean over sessions.
    placebo_sharpes : ndarray, shape (B,)
        Sharpe ratios of placebo calendars of the same number of trades.
    placebo_p : float
        Share of calendars with a Sharpe ratio at least as high, the real one counted among them: (1 + #) / (B + 1).
    warnings : tuple of str
        What a reader must know.
    """

    rule: Rule
    costs: Costs
    setting: Signals
    plan: Plan
    trades: pd.DataFrame
    equity: pd.DataFrame
    performance: Performance
    buy_and_hold: Performance
    hit_rate: float
    turnover: float
    exposure: float
    placebo_sharpes: Floats
    placebo_p: float
    warnings: tuple[str, ...] = ()

    @property
    def returns(self) -> pd.Series:
        """Simple returns of the equity by session, the first over the 1 that it began with."""
        equity = self.equity["equity"]
        return equity.div(equity.shift(fill_value=1.0)).sub(1.0).rename("returns")

    def __repr__(self) -> str:
        notes = "".join(f"\n! {line}" for line in self.warnings)
        hits = f"{len(self.trades)} trades, hit rate {100 * self.hit_rate:.0f} %"
        sharpe = f"Sharpe ratio {self.performance.sharpe:.2f} (placebo p {self.placebo_p:.3f})"
        return f"<BacktestResult of {self.rule!r}: {hits}, {sharpe}>{notes}"


def run_backtest(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    rule: Rule = Rule(),
    *,
    costs: Costs = Costs(),
    instruments: Mapping[str, InstrumentLike] | None = None,
    series: Sequence[str] | None = None,
    calendars: int = CALENDARS,
    seed: int = 0,
    **choices: Any,
) -> BacktestResult:
    """Trade a rule through the events, one trade a market event.

    Parameters
    ----------
    events : DataFrame
        One event a row; ``time`` and ``stance`` are required.
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, a column an instrument.
    rule : Rule
        What is done after an event.
    costs : Costs
        What orders cost.
    instruments : mapping of str to Instrument or mapping, optional
        What columns are, where the catalogue does not know or should not decide.
    series : sequence of str, optional
        Columns to trade; default every one that is a price.
    calendars : int
        Placebo calendars wanted; 0 for none.
    seed : int
        Seed of whatever is drawn at random.
    **choices
        Further fields of `eventstudy.trading.signals.Choices`: ``min_events, include_proposed, draws, as_of``.

    Returns
    -------
    BacktestResult
        Trades, equity and figures.

    Raises
    ------
    DesignError
        If a series is asked for that nobody can own, such as the VIX.
    NothingUsableError
        If the rule never takes a position; says why.

    Notes
    -----
    A position is opened at the first price struck at or after ``tradable_from``, and closed at the first price on or
    after the day that is due: while a market is shut the exit waits. The period begins with the first event session and
    ends with the last exit, a position that is still open being valued up to its series' last price.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> rule = Rule("raise=short,fold=long", hold=3)
    >>> result = run_backtest(case.events, case.prices, rule, series=["imoex"], calendars=0)
    >>> trade = result.trades.set_index("event_id").loc["2022-02-25-minsk-offer"]
    >>> str(trade["due"].date()), str(trade["exit_session"].date())
    ('2022-03-02', '2022-03-24')
    """
    hold = 5 if rule.hold is None else rule.hold
    every = make_signals(events, prices, instruments=instruments, series=series, hold=hold, seed=seed, **choices)
    markets = {name: market for name, market in every.markets.items() if market.tradable}
    levels = [name for name in every.markets if name not in markets]
    if levels and (series is not None or not markets):
        raise DesignError(f"'{levels[0]}' is a level that nobody can own (its moves are differences); leave it out")
    signals = replace(every, markets=markets)
    plan = make_plan(markets, rule, signals)
    if not plan.trips:
        raise NothingUsableError(f"the rule takes no position; most often: {plan.decisions['reason'].mode().iloc[0]}")
    whole, charged = PricePanel.of(markets), costs.of(markets)
    # From the first event session to the last exit.
    begins = [whole.rows[name][m.positions[(m.positions >= 0) & (m.positions < len(m.history))]]
              for name, m in markets.items()]  # fmt: skip
    ends = [whole.rows[trip.series][min(trip.exit, len(markets[trip.series].history) - 1)] for trip in plan.trips]
    panel = PricePanel.of(markets, slice(int(np.concatenate(begins).min()), int(max(ends)) + 1))
    equity, value, units, traded, paid = accounts.run_accounts(panel, Orders.of(plan.trips, panel), charged)
    # Buy an equal share of every series at its first price of the period, and keep it; cash for one that has none.
    buys = panel.struck & (panel.price > 0)
    there = np.flatnonzero(buys.any(axis=0))
    first, share = np.argmax(buys[:, there], axis=0)[None, :], np.full((1, len(there)), 1.0 / len(markets))
    kept = Orders(there, np.ones(len(there)), first, np.full_like(first, len(panel.dates)), share)
    bought = accounts.run_accounts(panel, kept, charged)[0][0]
    sharpes = np.empty(0)
    if calendars:
        rng = np.random.default_rng(seed)
        sharpes = accounts.placebo_sharpes(plan.trips, whole, markets, charged, rule.weights, panel, calendars, rng)
    drawn, performance = sharpes[np.isfinite(sharpes)], Performance.of(equity[0], panel.year)
    curve = _equity_table(panel, equity[0], value[0], bought)
    trades = _trades_table(plan.trips, markets, units[0], paid[0].sum(axis=1), rule)
    closed = trades[(trades["status"] == "closed") & (trades["entry_value"] > 0)]
    p = drawn_p(np.count_nonzero(drawn >= performance.sharpe - ROUNDING), len(drawn))
    return BacktestResult(
        rule=rule,
        costs=costs,
        setting=signals,
        plan=plan,
        trades=trades,
        equity=curve,
        performance=performance,
        buy_and_hold=Performance.of(bought, panel.year),
        hit_rate=float((closed["pnl"] > 0).mean()),
        turnover=float(traded.sum() / equity.mean()) if (equity > 0).all() else np.nan,
        exposure=float(curve["exposure"].mean()),
        placebo_sharpes=drawn,
        placebo_p=p if len(drawn) and np.isfinite(performance.sharpe) else np.nan,
        warnings=(*signals.notes, *_warnings(trades, curve["equity"], sharpes, markets)),
    )


def _equity_table(panel: PricePanel, equity: Floats, value: Floats, bought: Floats) -> pd.DataFrame:
    # Shares of what is gone are no shares.
    whole, index = np.where(equity > 0, equity, np.nan), panel.dates.astype("datetime64[ns]")
    found = {"equity": equity, "drawdown": drawdown(equity)}
    found |= {"exposure": np.abs(value).sum(axis=1) / whole, "net": value.sum(axis=1) / whole}
    found |= {"buy_and_hold": bought, "buy_and_hold_drawdown": drawdown(bought)}
    return pd.DataFrame(found, index=pd.DatetimeIndex(index, name="session"))


def _trades_table(
    trips: Sequence[Trip], markets: Mapping[str, Market], units: Floats, paid: Floats, rule: Rule
) -> pd.DataFrame:
    parts = []
    for name, of in pd.DataFrame(trips).assign(units=units, costs=paid).groupby("series"):
        history, value = markets[str(name)].history, markets[str(name)].unit_value
        entry, leave = of["entry"].to_numpy(), of["exit"].to_numpy()
        until, is_closed = np.minimum(leave, len(history) - 1), leave < len(history)
        prices, sessions = np.append(np.asarray(history.prices), np.nan), np.append(history.sessions, NEVER)
        due = exits(history, entry, rule.hold or 0)[0]
        is_due = (of["closed_by"] != "opposite") & (rule.hold is not None)
        figures = of.assign(
            event_id=[ids[0] for ids in of["events"]], members=list(map(";".join, of["events"])),
            entry_session=sessions[entry], entry_price=prices[entry], due=np.where(is_due, due, NEVER),
            exit_session=sessions[leave], exit_price=prices[leave], sessions=until - entry,
            closed_by=of["closed_by"].where(is_closed, ""),
            status=np.where(is_closed, "closed", "open"), entry_value=of["units"].abs() * value[entry],
            pnl=of["units"] * (value[until] - value[entry]) - of["costs"],
        )  # fmt: skip
        parts.append(figures)
    table = pd.concat(parts).astype(dict.fromkeys(("entry_session", "due", "exit_session"), "datetime64[ns]"))
    table["side"] = table["side"].map({1: "long", -1: "short"})
    table["waited_days"] = (table["exit_session"] - table["due"]).dt.days.fillna(0).astype(int)
    table["return"] = table["pnl"] / table["entry_value"].where(table["entry_value"] > 0)  # a ruined account buys none
    table = table.sort_values(["entry_session", "series", "event_id"], kind="stable", ignore_index=True)
    return table[_columns("trades")]


def _warnings(trades: pd.DataFrame, equity: pd.Series, every: Floats, markets: Mapping[str, Market]) -> list[str]:
    n, still, n_drawn = len(trades), int((trades["status"] == "open").sum()), int(np.isfinite(every).sum())
    late = trades[trades["waited_days"] > 0].to_dict("records")
    said = [f"{t['series']}: the exit due {t['due']:%Y-%m-%d} waited until {t['exit_session']:%Y-%m-%d}" for t in late]
    for name, of in trades.groupby("series"):
        if "not added back" in (history := markets[str(name)].history).instrument.quote:
            paid = pd.to_datetime([day for fact in history.ex_dates for day in fact.days]).to_numpy()
            leave = of["exit_session"].fillna(equity.index[-1]).to_numpy()
            spans = (of["entry_session"].to_numpy()[:, None] < paid) & (paid <= leave[:, None])
            over = f"; {spans.any(axis=1).sum()} of {counted(len(of), 'trade')} held over an ex-date" * bool(len(paid))
            said.append(f"{name}: prices without distributions, which a long gets and a short pays{over}")
    gone = str(equity.index[equity <= 0].min()).removesuffix(" 00:00:00")
    more = {
        f"{still} of {counted(n, 'trade')} still open at the end, valued at the last price": still > 0,
        f"no more than {counted(n, 'trade')}: see the standard error of the Sharpe ratio for how little that proves":
            n < 30,  # noqa: PLR2004  # the usual rule of thumb
        f"the account was ruined on {gone}: no order after it, and no Sharpe ratio; take a smaller weight":
            bool((equity <= 0).any()),
        f"{len(every) - n_drawn} of {len(every)} placebo calendars ruin the account or move nothing: left out":
            n_drawn < len(every),
        f"only {n_drawn} placebo calendars fit into the sample: p is coarse":
            0 < n_drawn < 100,  # noqa: PLR2004  # p cannot fall below 1 %
    }  # fmt: skip
    return said + [text for text, holds in more.items() if holds]


class Search(NamedTuple):
    """What several rules did: a row a rule in `trials`, and the backtest of the one with the highest Sharpe ratio.

    `best_of_chance` is the annualised ratio to be expected of the best of so many rules without an edge,
    `deflated_sharpe` the probability that the true ratio of the best is above that.
    """

    trials: pd.DataFrame
    best: BacktestResult
    best_of_chance: float
    deflated_sharpe: float


def search_rules(
    events: pd.DataFrame, prices: pd.DataFrame, rules: Sequence[Rule], *, calendars: int = CALENDARS, **options: Any
) -> Search:
    """Try several rules and deflate the Sharpe ratio of the best.

    Parameters
    ----------
    events, prices : DataFrame
        As in `run_backtest`.
    rules : sequence of Rule
        What is tried: two or more.
    calendars : int
        Placebo calendars of the best rule.
    **options
        Those of `run_backtest`.

    Raises
    ------
    DesignError
        If there are fewer than two different rules.
    NothingUsableError
        If no rule has a Sharpe ratio.

    Notes
    -----
    The trials are counted as independent, which rules tried on the same events are not: the deflated ratio is then
    too harsh rather than too kind.
    """
    if len(set(rules)) < 2:  # noqa: PLR2004  # of one there is no best
        raise DesignError("a search needs two different rules or more")
    rows, known = list[dict[str, Any]](), dict[Rule, float]()
    for rule in rules:
        found: dict[str, Any] = {"rule": str(rule), "hold": rule.hold, "n_trades": 0, "note": ""}
        try:
            result = run_backtest(events, prices, rule, calendars=0, **options)
        except NothingUsableError as error:
            found["note"] = str(error)
        else:
            found |= result.performance._asdict() | {"n_trades": len(result.trades)}
            ruin = [line for line in result.warnings if line.startswith("the account was ruined")]
            if np.isfinite(found["sharpe"]):
                known[rule] = found["sharpe"]
            else:
                found["note"] = (ruin or ["flat: its equity does not move"])[0]
        rows.append(found)
    if not known:
        raise NothingUsableError(f"none of {len(rules)} rules has a Sharpe ratio; {rows[0]['note']}")
    best, n = max(known, key=lambda rule: known[rule]), len(known)
    result = run_backtest(events, prices, best, calendars=calendars, **options)
    returns = result.returns.to_numpy()
    root = result.performance.volatility / np.std(returns, ddof=1)  # of the sessions a year
    spread = float(np.std(list(known.values()), ddof=1)) / root if n > 1 else 0.0
    ratio = known[best] / root
    second, third, fourth = (float(np.mean((returns - returns.mean()) ** k)) for k in (2, 3, 4))
    shape = third / second**1.5, fourth / second**2  # skewness and kurtosis
    chosen = f"best of {n} rules tried: its Sharpe ratio and p are those of a winner; the deflated one is not"
    return Search(
        trials=pd.DataFrame(rows, columns=_columns("trials")),
        best=replace(result, warnings=(*result.warnings, chosen)),
        best_of_chance=float(root * accounts.best_of_chance(spread, n)),
        deflated_sharpe=accounts.deflated_sharpe(ratio, len(returns), *shape, spread, n),
    )
