"""`eventstudy backtest`: what trading after the news would have made, after costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Data
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
    AsOfOption,
    Format,
    FormatOption,
    OutOption,
    ProposedOption,
    QuietOption,
    names,
)
from eventstudy.cli.study_options import SeedOption
from eventstudy.cli.trading_options import MinEventsOption, read_markets, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.cli.sources import Sources
    from eventstudy.trading.backtest import BacktestResult, Search
    from eventstudy.trading.rules import Rule

_RULE = "Rule"


class Table(StrEnum):
    """A table of the result."""

    trades = "trades"
    equity = "equity"
    decisions = "decisions"
    trials = "trials"


@dataclass(frozen=True)
class Trading:
    """What is traded on, how much, and at what cost."""

    sides: Annotated[
        str,
        typer.Option(
            "--rule",
            metavar="SIDES",
            help="signals: the point-in-time signals decide; or sides, e.g. raise=short,fold=long.",
            rich_help_panel=_RULE,
        ),
    ] = "signals"
    hold: Annotated[
        str,
        typer.Option(
            "--hold",
            metavar="N",
            help="Sessions held; 1,3,5 tries each and deflates the best; none: until the opposite stance.",
            rich_help_panel=_RULE,
        ),
    ] = "5"
    until_opposite: Annotated[
        bool, typer.Option("--until-opposite", help="Get out early on the opposite stance.", rich_help_panel=_RULE)
    ] = False
    sizing: Annotated[
        str, typer.Option("--sizing", metavar="HOW", help="equal or volatility.", rich_help_panel=_RULE)
    ] = "equal"
    weight: Annotated[
        float | None,
        typer.Option(
            "--weight", help="Share of equity of a position; default one over the markets.", rich_help_panel=_RULE
        ),
    ] = None
    risk: Annotated[
        float,
        typer.Option("--risk", help="Volatility a session of a position sized by volatility.", rich_help_panel=_RULE),
    ] = 0.01
    while_open: Annotated[
        str,
        typer.Option(
            "--while-open", metavar="HOW", help="skip, extend or add: a signal while one is in.", rich_help_panel=_RULE
        ),
    ] = "skip"
    fee: Annotated[
        str, typer.Option("--fee", metavar="BP", help="Basis points an order: 5, or 5,imoex=12.", rich_help_panel=_RULE)
    ] = "0"
    slippage: Annotated[
        str,
        typer.Option("--slippage", metavar="BP", help="By how much prices are worse: as --fee.", rich_help_panel=_RULE),
    ] = "0"

    def rules(self) -> list[Rule]:
        """Return the rule for each holding time."""
        return [self._rule(hold) for hold in names(self.hold) or [""]]

    def _rule(self, hold: str) -> Rule:
        from eventstudy.errors import DesignError
        from eventstudy.trading.rules import Rule

        if hold != "none" and not hold.isdecimal():
            raise DesignError(f"--hold {hold}: write a number of sessions, several (1,3,5), or none")
        sessions = None if hold == "none" else int(hold)
        until_opposite = self.until_opposite or sessions is None
        return Rule(self.sides, sessions, until_opposite, self.sizing, self.weight, self.risk, self.while_open)


@grouped()
def backtest(
    *,
    data: Data,
    trading: Trading,
    min_events: MinEventsOption = 5,
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    calendars: Annotated[
        int, typer.Option("--calendars", min=0, help="Placebo calendars; 0: none.", rich_help_panel=CHOICES)
    ] = 1000,
    seed: SeedOption = 0,
    table: Annotated[
        Table, typer.Option("--table", help="Which table csv and parquet have.", rich_help_panel=OUTPUT)
    ] = Table.trades,
    how: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Trade a rule through the events: in at the first price after the news, out when due, costs paid.

    A level that nobody can own (the VIX) is left out of a case's markets.
    """
    from eventstudy.cli.output import warn
    from eventstudy.trading.rules import Costs

    # A wrong choice is said before any file is read.
    rules, costs = trading.rules(), Costs.read(trading.fee, trading.slippage)
    sources = read_markets(data, max(rule.hold or 1 for rule in rules), quiet=quiet)
    options: dict[str, Any] = {
        "costs": costs,
        "instruments": sources.instruments,
        "series": _owned(sources, asked=data.series is not None),
        "calendars": calendars,
        "seed": seed,
        "as_of": as_of,
        "min_events": min_events,
        "include_proposed": include_proposed,
    }
    result, search = _run(sources.events, sources.prices, rules, options)
    if out is not None:
        _write_folder(result, search, out)
    _write(result, search, table, how)
    warn(result.warnings, quiet=quiet)


def _owned(sources: Sources, *, asked: bool) -> Sequence[str] | None:
    """Return the series of the sources; of a case's own, those that are prices."""
    from eventstudy.returns import OWN_UNIT

    if sources.series is None or asked:
        return sources.series
    return [name for name in sources.series if sources.instruments[name].returns not in OWN_UNIT]


def _run(
    events: Any, prices: Any, rules: list[Rule], options: dict[str, Any]
) -> tuple[BacktestResult, Search | None]:  # fmt: skip
    if len(rules) == 1:
        from eventstudy.trading.backtest import run_backtest

        return run_backtest(events, prices, rules[0], **options), None
    from eventstudy.trading.backtest import search_rules

    search = search_rules(events, prices, rules, **options)
    return search.best, search


def _write_folder(result: BacktestResult, search: Search | None, folder: Path) -> None:
    from eventstudy.charts.equity import equity
    from eventstudy.charts.save import save
    from eventstudy.cli.backtest_view import chart_words
    from eventstudy.files import write_files
    from eventstudy.trading.export import backtest_files, frames_of

    write_files(folder, backtest_files(result, frames_of(result.setting.markets, result.plan), search))
    title, note = chart_words(result)
    save(equity(result.equity, title=title, note_line=note), folder / "charts" / "equity.png")


def _write(result: BacktestResult, search: Search | None, table: Table, how: Format) -> None:
    from eventstudy.cli.backtest_view import figures_view, trades_view, trials_view
    from eventstudy.cli.output import show, write, write_parquet
    from eventstudy.errors import DesignError
    from eventstudy.study.envelope import to_csv, to_json
    from eventstudy.trading.export import backtest_envelope, backtest_tables

    if how == Format.json:
        write(to_json(backtest_envelope(result, search)))
        return
    if how in {Format.csv, Format.parquet}:
        tables = backtest_tables(result, search)
        if table.value not in tables:
            raise DesignError("--table trials is for a search; give several holding times, e.g. --hold 1,3,5")
        frame = written(tables[table.value], how)
        write(to_csv(frame)) if how == Format.csv else write_parquet(frame)
        return
    if search is not None:
        show(trials_view(search))
    show(trades_view(result))
    show(figures_view(result, search))
