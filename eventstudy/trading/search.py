"""Several rules tried on the same events, and what the best of them is worth after that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.trading.backtest import CALENDARS, BacktestResult, run_backtest
from eventstudy.trading.performance import YEAR, best_of_chance, deflated_sharpe, moments
from eventstudy.trading.rule import Rule


@dataclass(frozen=True, eq=False)
class Search:
    """What several rules did.

    Parameters
    ----------
    trials : DataFrame, shape (N, 8)
        One row a rule: ``rule, hold, n_trades, total_return, sharpe, sharpe_se, max_drawdown, note``.
    best : BacktestResult
        The backtest of the rule with the highest Sharpe ratio.
    best_of_chance : float
        The annualised Sharpe ratio to be expected of the best of so many rules that are worth nothing.
    deflated_sharpe : float
        Probability that the best rule is worth more than that, see `eventstudy.trading.performance.deflated_sharpe`.
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
    rules : sequence of Rule, length N
        What is tried: two or more.
    calendars : int
        Placebo calendars of the best rule.
    **options
        The other options of `run_backtest`.

    Returns
    -------
    Search
        All trials, and the best.

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
    done, rows = {}, []
    for rule in rules:
        try:
            done[rule] = run_backtest(events, prices, rule, calendars=0, **options)
        except NothingUsableError as error:
            rows.append({"rule": str(rule), "hold": rule.hold, "n_trades": 0, "note": str(error)})
            continue
        rows.append(_trial(done[rule]))
    ratios = {rule: result.performance.sharpe for rule, result in done.items()}
    known = {rule: ratio for rule, ratio in ratios.items() if np.isfinite(ratio)}
    if not known:
        raise NothingUsableError(f"none of {len(rules)} rules has a Sharpe ratio; {rows[0].get('note', '')}")
    best = max(known, key=lambda rule: known[rule])
    spread = float(np.std(list(known.values()), ddof=1)) / np.sqrt(YEAR) if len(known) > 1 else 0.0
    result = run_backtest(events, prices, best, calendars=calendars, **options)
    returns = result.returns.to_numpy()
    deflated = deflated_sharpe(known[best] / np.sqrt(YEAR), len(returns), *moments(returns), spread, len(known))
    chosen = f"best of {len(known)} rules tried: its Sharpe ratio and p are those of a winner; the deflated one is not"
    return Search(
        trials=pd.DataFrame(rows, columns=_COLUMNS),
        best=replace(result, warnings=(*result.warnings, chosen)),
        best_of_chance=float(np.sqrt(YEAR) * best_of_chance(spread, len(known))),
        deflated_sharpe=deflated,
    )


_COLUMNS = ["rule", "hold", "n_trades", "total_return", "sharpe", "sharpe_se", "max_drawdown", "note"]


def _trial(result: BacktestResult) -> dict[str, Any]:
    figures = result.performance.as_dict()
    named = {name: figures[name] for name in ("total_return", "sharpe", "sharpe_se", "max_drawdown")}
    return {"rule": str(result.rule), "hold": result.rule.hold, "n_trades": len(result.trades), **named, "note": ""}
