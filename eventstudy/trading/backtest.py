"""A small, exact backtest of trading after news: no price is used before it was struck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.markets.identity import Told
from eventstudy.returns import Floats
from eventstudy.trading import accounts
from eventstudy.trading.accounts import YEAR, Accounts, Orders, Performance, PricePanel, drawdown, measure
from eventstudy.trading.market import HOLD, Market, Setting, due_days, make_setting
from eventstudy.trading.rules import SIGNALS, Costs, Plan, Rule, Trip, make_plan
from eventstudy.trading.signals import signals_in
from eventstudy.wording import counted

_TRIALS = ["rule", "hold", "n_trades", "total_return", "sharpe", "sharpe_se", "max_drawdown", "note"]

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
    trades : DataFrame, shape (K, 19)
        One row a round trip, in order of entry. Prices are as quoted, before slippage; ``entry_value, costs, pnl`` are
        shares of the equity at the very start; ``return`` is `pnl` over `entry_value`, costs included. An open trade is
        valued at the last price and has paid for its entry only.
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

    def __repr__(self) -> str:
        notes = "".join(f"\n! {line}" for line in self.warnings)
        hits = f"{len(self.trades)} trades, hit rate {100 * self.hit_rate:.0f} %"
        sharpe = f"Sharpe ratio {self.performance.sharpe:.2f} (placebo p {self.placebo_p:.3f})"
        return f"<BacktestResult of {self.rule!r}: {hits}, {sharpe}>{notes}"


def run_backtest(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    rule: Rule = Rule(),  # noqa: B008  # frozen
    *,
    costs: Costs = Costs(),  # noqa: B008  # frozen
    instruments: Mapping[str, Told] | None = None,
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
        Further fields of `eventstudy.trading.market.Choices`: ``min_events, include_proposed, draws, as_of``.

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
    setting = make_setting(events, prices, instruments=instruments, series=series, hold=hold, seed=seed, **choices)
    levels = [name for name, market in setting.markets.items() if not market.tradable]
    if levels and (series is not None or len(levels) == len(setting.markets)):
        raise DesignError(f"'{levels[0]}' is a level that nobody can own (its moves are differences); leave it out")
    markets = {name: market for name, market in setting.markets.items() if market.tradable}
    setting = setting._replace(markets=markets)
    plan = make_plan(markets, rule, signals_in(setting).table if rule.sides == SIGNALS else None)
    if not plan.trips:
        raise NothingUsableError(f"the rule takes no position; most often: {plan.decisions['reason'].mode().iloc[0]}")
    whole = accounts.price_panel(markets, costs)
    # From the first event session to the last exit.
    begins = [whole.rows[name][m.positions[(m.positions >= 0) & (m.positions < len(m.history))]]
              for name, m in markets.items()]  # fmt: skip
    ends = [whole.rows[trip.series][min(trip.exit, len(markets[trip.series].history) - 1)] for trip in plan.trips]
    panel = accounts.price_panel(markets, costs, slice(int(np.concatenate(begins).min()), int(max(ends)) + 1))
    account = accounts.run_accounts(panel, accounts.orders_of(plan.trips, panel))
    # Buy an equal share of every series at its first price of the period, and keep it; cash for one that has none.
    there, n_rows = np.flatnonzero(panel.struck.any(axis=0)), len(panel.dates)
    first, share = np.argmax(panel.struck[:, there], axis=0)[None, :], np.full((1, len(there)), 1.0 / len(markets))
    bought = accounts.run_accounts(
        panel, Orders(there, np.ones(len(there)), first, np.full_like(first, n_rows), share)
    ).equity[0]
    rng = np.random.default_rng(seed)
    every = (
        accounts.placebo_sharpes(plan.trips, whole, markets, rule, n_rows, calendars, rng) if calendars else np.empty(0)
    )
    drawn = every[np.isfinite(every)]
    performance, trades = measure(account.equity[0]), _trades_table(plan.trips, markets, account, rule)
    curve = _equity_table(panel, account, bought)
    closed = trades[(trades["status"] == "closed") & (trades["entry_value"] > 0)]
    mean_equity, higher = account.equity.mean(), int(np.count_nonzero(drawn >= performance.sharpe))
    return BacktestResult(
        rule=rule,
        costs=costs,
        setting=setting,
        plan=plan,
        trades=trades,
        equity=curve,
        performance=performance,
        buy_and_hold=measure(bought),
        hit_rate=float((closed["pnl"] > 0).mean()) if len(closed) else np.nan,
        turnover=float(account.traded.sum() / mean_equity) if (account.equity > 0).all() else np.nan,
        exposure=float(curve["exposure"].mean()),
        placebo_sharpes=drawn,
        placebo_p=(1 + higher) / (len(drawn) + 1) if len(drawn) and np.isfinite(performance.sharpe) else np.nan,
        warnings=(*setting.notes, *_warnings(trades, curve["equity"], every)),
    )


def _equity_table(panel: PricePanel, account: Accounts, bought: Floats) -> pd.DataFrame:
    equity, value = account.equity[0], account.value[0]
    # Shares of what is gone are no shares.
    whole = np.where(equity > 0, equity, np.nan)
    return pd.DataFrame(
        {
            "equity": equity,
            "drawdown": drawdown(equity),
            "exposure": np.abs(value).sum(axis=1) / whole,
            "net": value.sum(axis=1) / whole,
            "stale": (np.abs(value) * ~panel.struck).sum(axis=1) / whole,
            "buy_and_hold": bought,
            "buy_and_hold_drawdown": drawdown(bought),
        },
        index=pd.DatetimeIndex(panel.dates.astype("datetime64[ns]"), name="session"),
    )


def _trades_table(trips: Sequence[Trip], markets: Mapping[str, Market], account: Accounts, rule: Rule) -> pd.DataFrame:
    rows, never = [], np.datetime64("NaT", "D")
    for k, trip in enumerate(trips):
        market, history = markets[trip.series], markets[trip.series].history
        prices, last, is_closed = np.asarray(history.prices), len(history) - 1, trip.exit < len(history)
        due, left = never, history.sessions[trip.exit] if is_closed else never
        if rule.hold is not None and trip.closed_by != "opposite":
            due = due_days(history, np.array([trip.counted_from]), rule.hold)[0]
        until, begun = min(trip.exit, last), market.unit_value[trip.entry]
        units, costs = account.bought[0, k], float(account.costs[0, k].sum())
        made, value = float(units * (market.unit_value[until] - begun)) - costs, float(abs(units) * begun)
        rows.append(
            {
                "event_id": trip.events[0],
                "members": ";".join(trip.events),
                "series": trip.series,
                "stance": trip.stance,
                "side": "long" if trip.side > 0 else "short",
                "weight": trip.weight,
                "entry_session": pd.Timestamp(history.sessions[trip.entry]),
                "entry_price": float(prices[trip.entry]),
                "due": pd.Timestamp(due),
                "exit_session": pd.Timestamp(left),
                "exit_price": float(prices[trip.exit]) if is_closed else np.nan,
                "sessions": until - trip.entry,
                "waited_days": (left - due).astype("timedelta64[D]").astype(int)
                if is_closed and not np.isnat(due)
                else 0,
                "closed_by": trip.closed_by if is_closed else "",
                "status": "closed" if is_closed else "open",
                "entry_value": value,
                "costs": costs,
                "pnl": made,
                # A ruined account buys nothing.
                "return": made / value if value else np.nan,
            }
        )
    table = pd.DataFrame(rows).astype(dict.fromkeys(("entry_session", "due", "exit_session"), "datetime64[ns]"))
    return table.sort_values(["entry_session", "series", "event_id"], kind="stable").reset_index(drop=True)


def _warnings(trades: pd.DataFrame, equity: pd.Series, every: Floats) -> list[str]:
    n, still, n_drawn = len(trades), int((trades["status"] == "open").sum()), int(np.isfinite(every).sum())
    said = [
        f"{row['series']}: the exit due {row['due']:%Y-%m-%d} waited until {row['exit_session']:%Y-%m-%d}"
        for row in trades[trades["waited_days"] > 0].to_dict("records")
    ]
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
        As in `run_backtest`, whose other options may follow.
    rules : sequence of Rule
        What is tried: two or more.
    calendars : int
        Placebo calendars of the best rule.

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
    from scipy.stats import kurtosis, skew

    if len(set(rules)) < 2:  # noqa: PLR2004  # of one there is no best
        raise DesignError("a search needs two different rules or more")
    rows, known = list[dict[str, Any]](), dict[Rule, float]()
    for rule in rules:
        found: dict[str, Any] = {"n_trades": 0, "note": ""}
        try:
            result = run_backtest(events, prices, rule, calendars=0, **options)
        except NothingUsableError as error:
            found["note"] = str(error)
        else:
            found |= result.performance._asdict() | {"n_trades": len(result.trades)}
            if np.isfinite(result.performance.sharpe):
                known[rule] = result.performance.sharpe
            else:
                ruin = [line for line in result.warnings if line.startswith("the account was ruined")]
                found["note"] = (ruin or ["flat: its equity does not move"])[0]
        rows.append({"rule": str(rule), "hold": rule.hold, **found})
    if not known:
        raise NothingUsableError(f"none of {len(rules)} rules has a Sharpe ratio; {rows[0]['note']}")
    best, n = max(known, key=lambda rule: known[rule]), len(known)
    spread = float(np.std(list(known.values()), ddof=1)) / np.sqrt(YEAR) if n > 1 else 0.0
    result = run_backtest(events, prices, best, calendars=calendars, **options)
    returns, ratio = result.returns.to_numpy(), known[best] / np.sqrt(YEAR)
    chosen = f"best of {n} rules tried: its Sharpe ratio and p are those of a winner; the deflated one is not"
    return Search(
        trials=pd.DataFrame(rows, columns=_TRIALS),
        best=replace(result, warnings=(*result.warnings, chosen)),
        best_of_chance=float(np.sqrt(YEAR) * accounts.best_of_chance(spread, n)),
        deflated_sharpe=accounts.deflated_sharpe(
            ratio, len(returns), skew(returns), kurtosis(returns, fisher=False), spread, n
        ),
    )
