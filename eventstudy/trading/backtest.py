"""A small, exact backtest of trading after news: no price is used before it was struck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.markets.instrument import Instrument
from eventstudy.returns import Floats
from eventstudy.trading.account import Accounts, Trips, run_accounts, stale
from eventstudy.trading.board import Line, line_of, on_line
from eventstudy.trading.chance import placebo_sharpes
from eventstudy.trading.costs import Costs
from eventstudy.trading.market import Market
from eventstudy.trading.performance import Performance, drawdown, measure
from eventstudy.trading.plan import Plan, make_plan
from eventstudy.trading.rule import SIGNALS, Rule
from eventstudy.trading.setting import HOLD, Setting, enter
from eventstudy.trading.signals import signals_in
from eventstudy.trading.trades import trades_table

#: Placebo calendars, unless others are asked for.
CALENDARS = 1000


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """What a rule would have done.

    Parameters
    ----------
    rule : Rule
        The rule.
    costs : Costs
        What orders cost.
    setting : Setting
        Markets that were traded, events and choices.
    plan : Plan
        Its round trips, and a decision on every event and series.
    trades : DataFrame, shape (K, 20)
        One row a round trip.
    equity : DataFrame, shape (R, 7)
        By session: ``equity, drawdown, exposure, net, stale, buy_and_hold, buy_and_hold_drawdown``.
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
    setting: Setting
    plan: Plan
    trades: pd.DataFrame
    equity: pd.DataFrame
    performance: Performance
    buy_and_hold: Performance
    hit_rate: float
    turnover: float
    exposure: float
    placebo_sharpes: Floats = field(repr=False)
    placebo_p: float
    warnings: tuple[str, ...] = ()

    @property
    def returns(self) -> pd.Series:
        """Simple returns of the equity by session, the first over the 1 that it began with."""
        equity = self.equity["equity"]
        return equity.div(equity.shift(fill_value=1.0)).sub(1.0).rename("returns")


def run_backtest(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    rule: Rule = Rule(),  # noqa: B008  # frozen
    *,
    costs: Costs = Costs(),  # noqa: B008  # frozen
    instruments: Mapping[str, Instrument] | None = None,
    series: Sequence[str] | None = None,
    calendars: int = CALENDARS,
    seed: int = 0,
    **choices: Any,
) -> BacktestResult:
    """Trade a rule through the events.

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
    instruments : mapping of str to Instrument, optional
        What columns are, where the catalogue does not know or should not decide.
    series : sequence of str, optional
        Columns to trade; default every one that is a price.
    calendars : int
        Placebo calendars wanted; 0 for none.
    seed : int
        Seed of whatever is drawn at random.
    **choices
        Further fields of `eventstudy.trading.setting.Choices`: ``min_events, include_proposed, draws, as_of``.

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
    hold = HOLD if rule.hold is None else rule.hold
    met = enter(events, prices, instruments=instruments, series=series, hold=hold, seed=seed, **choices)
    setting = replace(met, markets=_tradable(met.markets, asked=series is not None))
    markets = setting.markets
    plan = make_plan(markets, rule, signals_in(setting).table if rule.sides == SIGNALS else None)
    if not plan.trips:
        raise NothingUsableError(f"the rule takes no position; most often: {plan.decisions['reason'].mode().iloc[0]}")
    whole = line_of(markets, costs)
    first, last = _period(markets, plan, whole)
    line = whole.between(first, last)
    accounts = run_accounts(line.board, on_line(plan.trips, line))
    drawn = placebo_sharpes(
        plan.trips, whole, markets, rule, len(line), calendars, np.random.default_rng(seed)
    ) if calendars else np.empty(0)  # fmt: skip
    return _result(rule, costs, setting, plan, line, accounts, drawn)


def _tradable(markets: Mapping[str, Market], *, asked: bool) -> dict[str, Market]:
    """Return the markets that one can own."""
    levels = [name for name, market in markets.items() if not market.tradable]
    if levels and (asked or len(levels) == len(markets)):
        raise DesignError(f"'{levels[0]}' is a level that nobody can own (its moves are differences); leave it out")
    return {name: market for name, market in markets.items() if market.tradable}


def _period(markets: Mapping[str, Market], plan: Plan, line: Line) -> tuple[int, int]:
    """Return the first and the last row of the backtest."""
    begins = [
        line.rows[s][market.events[(market.events >= 0) & (market.events < len(market.history))]]
        for s, market in enumerate(markets.values())
    ]
    ends = [
        line.rows[line.series.index(trip.series)][min(trip.exit, len(markets[trip.series].history) - 1)]
        for trip in plan.trips
    ]
    return int(np.concatenate(begins).min()), int(max(ends))


def _result(
    rule: Rule, costs: Costs, setting: Setting, plan: Plan, line: Line, accounts: Accounts, drawn: Floats
) -> BacktestResult:
    bought = run_accounts(line.board, _buy_and_hold(line))
    curve = _equity_table(line, accounts, bought.equity[0])
    performance = measure(accounts.equity[0])
    trades = trades_table(plan.trips, setting.markets, accounts, rule)
    closed = trades[trades["status"] == "closed"]
    higher = int(np.count_nonzero(drawn >= performance.sharpe))
    return BacktestResult(
        rule=rule,
        costs=costs,
        setting=setting,
        plan=plan,
        trades=trades,
        equity=curve,
        performance=performance,
        buy_and_hold=measure(bought.equity[0]),
        hit_rate=float((closed["pnl"] > 0).mean()) if len(closed) else np.nan,
        turnover=float(accounts.traded.sum() / accounts.equity.mean()),
        exposure=float(curve["exposure"].mean()),
        placebo_sharpes=drawn,
        placebo_p=(1 + higher) / (len(drawn) + 1) if len(drawn) and np.isfinite(performance.sharpe) else np.nan,
        warnings=(*setting.notes, *_cautions(trades, accounts, drawn)),
    )


def _buy_and_hold(line: Line) -> Trips:
    """Buy an equal share of every series at its first price of the period, and keep it; cash for one that has none."""
    there = np.flatnonzero(line.known.any(axis=0)).astype(np.int64)
    entry = np.argmax(line.known[:, there], axis=0)[None, :].astype(np.int64)
    never, share = np.full((1, len(there)), len(line), dtype=np.int64), 1.0 / len(line.series)
    return Trips(there, np.ones(len(there)), entry, never, np.full((1, len(there)), share))


def _equity_table(line: Line, accounts: Accounts, bought: Floats) -> pd.DataFrame:
    equity, units = accounts.equity[0], accounts.units[0]
    value = units * np.nan_to_num(line.board.worth)
    return pd.DataFrame(
        {
            "equity": equity,
            "drawdown": drawdown(equity),
            "exposure": np.abs(value).sum(axis=1) / equity,
            "net": value.sum(axis=1) / equity,
            "stale": stale(line.known, units, line.board.worth, equity),
            "buy_and_hold": bought,
            "buy_and_hold_drawdown": drawdown(bought),
        },
        index=pd.DatetimeIndex(line.dates.astype("datetime64[ns]"), name="session"),
    )


def _cautions(trades: pd.DataFrame, accounts: Accounts, drawn: Floats) -> list[str]:
    waited = trades[trades["waited_days"] > 0].to_dict("records")
    cautions = [
        f"{row['series']}: the exit due {row['due']:%Y-%m-%d} waited until {row['exit_session']:%Y-%m-%d}"
        for row in waited
    ]
    still = int((trades["status"] == "open").sum())
    if still:
        cautions.append(f"{still} of {len(trades)} trades are still open at the end, valued at the last price")
    if len(trades) < 30:  # noqa: PLR2004  # the usual rule of thumb
        cautions.append(f"{len(trades)} trades are few: the Sharpe ratio's standard error says how little they prove")
    if (accounts.equity <= 0).any():
        cautions.append("the account was ruined; figures that need a positive equity are missing")
    if 0 < len(drawn) < 100:  # noqa: PLR2004  # p cannot fall below 1 %
        cautions.append(f"only {len(drawn)} placebo calendars fit into the sample: p is coarse")
    return cautions
