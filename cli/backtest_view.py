"""A backtest as tables for a reader."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable
from eventstudy.wording import probability, quantity, signed

if TYPE_CHECKING:
    from eventstudy.trading.accounts import Performance
    from eventstudy.trading.backtest import BacktestResult, Search


def trades_view(result: BacktestResult) -> TextTable:
    """Show every round trip."""
    rows = tuple(_trade_cells(row) for row in result.trades.to_dict("records"))
    return TextTable(
        title=f"Trades: {result.rule}",
        columns=(
            *("event", "series", "side", "weight", "in", "price", "out", "price out", "sessions"),
            *("costs", "made", "return", ""),
        ),
        rows=rows,
        left=("event", "series", "side", "in", "out", ""),
        notes=(
            "Prices as quoted, before slippage. made: share of the equity at the start, costs paid. return: of the",
            "value put in. A position gets in at the first price struck after one could have traded on the news.",
        ),
    )


def chart_words(result: BacktestResult) -> tuple[str, str]:
    """Return the title of the equity chart, and what stands under it."""
    rule, costs, figures = result.rule, result.costs, result.performance
    held = "until the opposite stance" if rule.hold is None else f"held {rule.hold} session{'s' * (rule.hold > 1)}"
    markets = ", ".join(result.setting.markets)
    ratio = f"Sharpe ratio {_number(figures.sharpe)} a year (s.e. {_number(figures.sharpe_se)}, Lo 2002)"
    spent = (
        f"fee {costs.fee:g} and slippage {costs.slippage:g} basis points" if costs.fee or costs.slippage else "no costs"
    )
    note = f"{len(result.trades)} trades in {markets}; {spent}. {ratio}. Buy and hold: an equal share of each."
    return f"Trading after the news: {rule.sides.replace(',', ', ')}, {held}", note


def _trade_cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    more = len(str(row["members"]).split(";")) - 1
    is_open = row["status"] == "open"
    return (
        f"{row['event_id']}{f' +{more}' if more else ''}",
        *(str(row[name]) for name in ("series", "side")),
        f"{row['weight']:.2f}",
        f"{row['entry_session']:%Y-%m-%d}",
        _price(row["entry_price"]),
        "" if is_open else f"{row['exit_session']:%Y-%m-%d}",
        "" if is_open else _price(row["exit_price"]),
        str(row["sessions"]),
        f"{100 * row['costs']:.2f} %",
        *(_percent(row[name]) for name in ("pnl", "return")),
        _remark(row),
    )


def _remark(row: Mapping[Hashable, Any]) -> str:
    if row["status"] == "open":
        return "still open"
    remarks = {"opposite": ["opposite stance"], "extended": ["extended"]}.get(str(row["closed_by"]), [])
    if row["waited_days"] > 0:
        remarks.append(f"due {row['due']:%d %b}, market shut")
    return ", ".join(remarks)


def figures_view(result: BacktestResult, search: Search | None = None) -> TextTable:
    """Show the figures of the rule beside those of buying and holding."""
    trades = result.trades
    closed = int((trades["status"] == "closed").sum())
    rows = [
        *_curve_rows(result.performance, result.buy_and_hold),
        ("hit rate", f"{_share(result.hit_rate)} of {closed} closed trades", ""),
        ("turnover", f"{result.turnover:.1f} x mean equity", ""),
        ("exposure", f"{_share(result.exposure)} of equity, mean", ""),
    ]
    first, last = result.equity.index[0], result.equity.index[-1]
    return TextTable(
        title=f"Backtest, {first:%Y-%m-%d} .. {last:%Y-%m-%d}: {len(trades)} trades",
        columns=("", "rule", "buy and hold"),
        rows=tuple(rows),
        left=("",),
        notes=(*_chance_notes(result), *(_search_notes(search) if search is not None else ())),
    )


def _curve_rows(rule: Performance, held: Performance) -> list[tuple[str, str, str]]:
    written: dict[str, Callable[[Performance], str]] = {
        "return": lambda one: _percent(one.total_return),
        "volatility a year": lambda one: _share(one.volatility),
        "Sharpe ratio a year (s.e.)": lambda one: f"{_number(one.sharpe)} ({_number(one.sharpe_se)})",
        "largest drawdown": lambda one: _percent(one.max_drawdown),
    }
    return [(name, write(rule), write(held)) for name, write in written.items()]


def _chance_notes(result: BacktestResult) -> tuple[str, ...]:
    import numpy as np

    notes = ("s.e.: Lo (2002), independent returns. Buy and hold: an equal share of every market, bought once.",)
    if not len(result.placebo_sharpes):
        return notes
    low, middle, high = map(_number, np.quantile(result.placebo_sharpes, (0.05, 0.5, 0.95)))
    p = probability(result.placebo_p)
    return (
        *notes,
        f"Placebo: on {len(result.placebo_sharpes)} other calendars these trades had Sharpe ratios of {low} .. {high}",
        f"(5 to 95 %), median {middle}. p = {p}: share of calendars at least as good, the real one counted.",
    )


def _search_notes(search: Search) -> tuple[str, ...]:
    chance, deflated = _number(search.best_of_chance), probability(search.deflated_sharpe)
    return (
        f"Best of {len(search.trials)} rules: the best of so many without an edge has a Sharpe ratio of {chance}.",
        f"Deflated Sharpe ratio, the probability that its true ratio is above that: {deflated}.",
    )


def trials_view(search: Search) -> TextTable:
    """Show the rules that were tried."""
    rows = tuple(
        (
            "none" if row["hold"] is None or row["hold"] != row["hold"] else f"{row['hold']:.0f}",
            str(row["n_trades"]),
            *(_percent(row[name]) for name in ("total_return", "max_drawdown")),
            *(_number(row[name]) for name in ("sharpe", "sharpe_se")),
            str(row["note"]),
        )
        for row in search.trials.to_dict("records")
    )
    return TextTable(
        title=f"Rules tried: {len(search.trials)}",
        columns=("hold", "trades", "return", "largest drawdown", "Sharpe", "s.e.", "note"),
        rows=rows,
        left=("note",),
    )


def _percent(value: float) -> str:
    return "n/a" if value != value else quantity(value, "simple return", 2)  # noqa: PLR0124  # NaN differs from itself


def _share(value: float) -> str:
    return "n/a" if value != value else f"{100 * value:.1f} %"  # noqa: PLR0124  # NaN differs from itself


def _number(value: float) -> str:
    return "n/a" if value != value else signed(value)  # noqa: PLR0124  # NaN differs from itself


def _price(value: float) -> str:
    return f"{value:,.2f}" if value >= 10 else f"{value:.4f}"  # noqa: PLR2004  # small prices need more digits
