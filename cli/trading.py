"""`eventstudy signals` and `eventstudy backtest`: what past events made one expect, and what trading on it made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.cli.method_views import table_of
from eventstudy.cli.options import OUTPUT, Asked, Option, command, names
from eventstudy.cli.output import TextTable, bar, emit, show, warn, write
from eventstudy.cli.views import frame_view
from eventstudy.errors import DesignError
from eventstudy.window import Window
from eventstudy.wording import counted, probability, quantity, signed

if TYPE_CHECKING:
    from pathlib import Path

    from eventstudy.trading.backtest import BacktestResult, Rule, Search
    from eventstudy.trading.signals import Signals

_RULE = "Rule"


_MIN_EVENTS = Option(
    "min_events", "--min-events N", "whole", 5, "Fewest past events of the stance for a signal.", first=True, least=2
)


@command(
    "SOURCES",
    Option("hold", "--hold N", "whole", 5, "Sessions held.", first=True, least=1),
    _MIN_EVENTS,
    "include_proposed as_of",
    Option("draws", "--draws N", "whole", 999, "Placebo sets behind each p.", first=True, least=1),
    "seed",
    Option("everything", "--all", "yes", False, "Also show events without a signal, and why.", OUTPUT, first=True),
    Option(
        "frame",
        "--frame NAME",
        "text",
        None,
        "Write this frame, a row a session: prices, entries, exits, short-entries, short-exits or weights.",
        OUTPUT,
        allowed=("prices", "entries", "exits", "short-entries", "short-exits", "weights"),
        first=True,
    ),
    "how out quiet",
)
def signals(asked: Asked) -> None:
    """Say at every event what the events before it, and nothing later, made one expect of each market.

    csv, json and parquet have every event, with a signal or without. --out writes them with the frames that backtest
    libraries take.
    """
    from eventstudy.files import write_files
    from eventstudy.study.envelope import to_json
    from eventstudy.trading.export import signal_files, signal_frames, signals_envelope
    from eventstudy.trading.signals import Choices, make_signals

    chosen = asked.given("hold", "min_events", "include_proposed", "draws", "seed")
    Choices(**chosen)  # a wrong choice is said before any file is read
    sources = asked.read(span=Window(-130, asked.hold + 1))
    given = {"instruments": sources.instruments, "series": sources.series, "as_of": asked.as_of, **chosen}
    with bar("Making signals", quiet=asked.quiet):
        made = make_signals(sources.events, sources.prices, **given)
    if asked.out is not None:
        write_files(asked.out, signal_files(made))
    if asked.frame is not None:
        of_frame = signal_frames(made).tables()[asked.frame.replace("-", "_")].reset_index()
        shown, title = of_frame.astype({"session": str}), f"{asked.frame.capitalize()} by session"
        asked.emit(of_frame, frame_view(shown, title, list(shown.columns)))
    elif asked.how == "json":
        write(to_json(signals_envelope(made)))
    else:
        asked.emit(made.table, signals_view(made, everything=asked.everything))
    warn(made.notes, quiet=asked.quiet)


def signals_view(made: Signals, *, everything: bool) -> TextTable:
    """Show the signals, or every event with the reason where there is none."""
    table, is_signal = made.table, made.table["direction"] != 0
    side = table["direction"].map({1: "long", -1: "short", 0: ""})
    days = {name: table[name].dt.strftime("%Y-%m-%d").fillna("ahead") for name in ("entry_session", "exit_session")}
    shown = table.assign(side=side, **days, reason=table["reason"].where(~is_signal, ""))
    hold, missing = made.choices.hold, int((~is_signal).sum())
    notes = [
        "in, out: sessions at whose price one gets in and out. expected: the mean reaction to past events of the",
        "stance, shrunk (kept: the share left of it), at today's volatility. n: past events; apart: their holding",
        "periods that do not overlap. p: their mean against past days without news.",
    ]
    if missing and not everything:
        notes.append(f"{missing} of {len(table)} have no signal; --all shows them with the reason.")
    columns = (
        "event=event_id series stance in=entry_session out=exit_session side expected:amount n:n apart=n_apart:n "
        "kept=shrinkage:share p=p_value:p-days"
    )
    return table_of(
        shown if everything else shown[is_signal],
        f"Signals, {counted(hold, 'session')} held: {len(table) - missing} of {len(table)}",
        f"{columns} why_not=reason" if everything else columns,
        notes,
    )


#: What is traded on, how much, and at what cost.
_RULES = (
    Option(
        "sides",
        "--rule SIDES",
        "text",
        "signals",
        "signals: the point-in-time signals decide; or sides, e.g. raise=short,fold=long.",
        _RULE,
        offered=("signals", "raise=short", "raise=short,fold=long"),
        first=True,
    ),
    Option(
        "hold",
        "--hold N",
        "text",
        "5",
        "Sessions held; 1,3,5 tries each and deflates the best; none: until the opposite stance.",
        _RULE,
        first=True,
    ),
    Option(
        "until_opposite", "--until-opposite", "yes", False, "Get out early on the opposite stance.", _RULE, first=True
    ),
    Option("sizing", "--sizing HOW", "text", "equal", "equal or volatility.", _RULE, offered=("equal", "volatility")),
    Option(
        "weight",
        "--weight SHARE",
        "number",
        None,
        "Share of equity of a position; default one over the markets.",
        _RULE,
    ),
    Option("risk", "--risk SHARE", "number", 0.01, "Volatility a session of a position sized by volatility.", _RULE),
    Option(
        "while_open",
        "--while-open HOW",
        "text",
        "skip",
        "skip, extend or add: a signal while one is in.",
        _RULE,
        offered=("skip", "extend", "add"),
    ),
    Option("fee", "--fee BP", "text", "0", "Basis points an order: 5, or 5,imoex=12.", _RULE, first=True),
    Option("slippage", "--slippage BP", "text", "0", "By how much prices are worse: as --fee.", _RULE, first=True),
)


def _rules(asked: Asked) -> list[Rule]:
    """Return the rule for each holding time."""
    from eventstudy.trading.backtest import Rule

    found = []
    for hold in names(asked.hold) or [""]:
        if hold != "none" and not (hold.isdecimal() and len(hold) < 10):  # noqa: PLR2004  # Rule knows the limit
            raise DesignError(f"--hold {hold[:60]}: write a number of sessions, several (1,3,5), or none")
        held = None if hold == "none" else int(hold)
        until = asked.until_opposite or held is None
        found.append(Rule(asked.sides, held, until, asked.sizing, asked.weight, asked.risk, asked.while_open))
    return found


@command(
    "SOURCES",
    *_RULES,
    _MIN_EVENTS,
    "include_proposed as_of",
    Option("calendars", "--calendars N", "whole", 1000, "Placebo calendars; 0: none.", first=True, least=0),
    "seed",
    Option(
        "table",
        "--table NAME",
        "text",
        "trades",
        "Which table csv and parquet have: trades, equity, decisions or trials.",
        OUTPUT,
        allowed=("trades", "equity", "decisions", "trials"),
    ),
    "how out quiet",
)
def backtest(asked: Asked) -> None:
    """Trade a rule through the events: in at the first price after the news, out when due, costs paid.

    A level that nobody can own (the VIX) is left out of a case's markets.
    """
    from eventstudy.returns import OWN_UNIT
    from eventstudy.study.envelope import to_json
    from eventstudy.trading.backtest import Costs, run_backtest, search_rules
    from eventstudy.trading.export import backtest_envelope, backtest_tables

    # A wrong choice is said before any file is read.
    rules, costs = _rules(asked), Costs.read(asked.fee, asked.slippage)
    sources = asked.read(span=Window(-130, max(rule.hold or 1 for rule in rules) + 1))
    series: Sequence[str] | None = sources.series
    if series is not None and asked.series is None:  # of a case's own, those that one can own
        series = [name for name in series if sources.instruments[name].returns not in OWN_UNIT]
    options: dict[str, Any] = {"costs": costs, "instruments": sources.instruments, "series": series}
    options |= asked.given("calendars", "seed", "as_of", "min_events", "include_proposed")
    with bar("Trading", quiet=asked.quiet):
        search = search_rules(sources.events, sources.prices, rules, **options) if len(rules) > 1 else None
        result = search.best if search else run_backtest(sources.events, sources.prices, rules[0], **options)
    if asked.out is not None:
        _write_folder(result, search, asked.out)
    if asked.how == "json":
        write(to_json(backtest_envelope(result, search)))
    elif asked.how in {"table", "latex"}:
        for view in (*([trials_view(search)] if search else []), trades_view(result), figures_view(result, search)):
            show(view, how=asked.how)
    else:
        tables = backtest_tables(result, search)
        if asked.table not in tables:
            raise DesignError("--table trials is for a search; give several holding times, e.g. --hold 1,3,5")
        emit(tables[asked.table], asked.how)
    warn(result.warnings, quiet=asked.quiet)


def _write_folder(result: BacktestResult, search: Search | None, folder: Path) -> None:
    from eventstudy.charts import equity, save
    from eventstudy.files import write_files
    from eventstudy.trading.export import backtest_files

    write_files(folder, backtest_files(result, search))
    rule, costs, figures = result.rule, result.costs, result.performance
    held = "until the opposite stance" if rule.hold is None else f"held {counted(rule.hold, 'session')}"
    ratio = f"Sharpe ratio {_number(figures.sharpe)} a year (s.e. {_number(figures.sharpe_se)}, Lo 2002)"
    spent = f"fee {costs.fee:g} and slippage {costs.slippage:g} basis points"
    spent = spent if costs.fee or costs.slippage else "no costs"
    trades = f"{counted(len(result.trades), 'trade')} in {', '.join(result.setting.markets)}"
    note = f"{trades}; {spent}. {ratio}. Buy and hold: an equal share of each."
    traded = f"Trading after the news: {rule.sides.replace(',', ', ')}, {held}"
    save(equity(result.equity, subtitle=traded, note_line=note), folder / "charts" / "equity.png")


def trades_view(result: BacktestResult) -> TextTable:
    """Show every round trip."""
    trades, never = result.trades, result.trades["status"] == "open"
    words = trades["closed_by"].map({"opposite": "opposite stance", "extended": "extended"}).fillna("")
    shut = ("due " + trades["due"].dt.strftime("%d %b") + ", market shut").where(trades["waited_days"] > 0, "")
    more = trades["members"].str.count(";")
    shown = trades.assign(
        event=trades["event_id"] + (" +" + more.astype(str)).where(more > 0, ""),
        remark=(words + ", " + shut).str.strip(", ").where(~never, "still open"),
    )
    return table_of(
        shown,
        f"Trades: {result.rule}",
        "event series side weight:fixed in_and_out=entry_session+exit_session:day price=entry_price:price "
        "price_out=exit_price:price sessions:n costs:cost made=pnl:percent return:percent _=remark",
        (
            "Prices as quoted, before slippage. made: share of the equity at the start, costs paid. return: of the",
            "value put in. A position gets in at the first price struck after the news was public.",
        ),
        repeated=True,
    )


def figures_view(result: BacktestResult, search: Search | None = None) -> TextTable:
    """Show the figures of the rule beside those of buying and holding."""
    trades, rule, kept = result.trades, result.performance, result.buy_and_hold
    closed = int((trades["status"] == "closed").sum())
    rows = [
        ("return", _percent(rule.total_return), _percent(kept.total_return)),
        ("volatility a year", _share(rule.volatility), _share(kept.volatility)),
        ("Sharpe ratio a year (s.e.)", *(f"{_number(one.sharpe)} ({_number(one.sharpe_se)})" for one in (rule, kept))),
        ("largest drawdown", _percent(rule.max_drawdown), _percent(kept.max_drawdown)),
        ("hit rate", f"{_share(result.hit_rate)} of {counted(closed, 'closed trade')}", ""),
        ("turnover", f"{result.turnover:.1f} x mean equity", ""),
        ("exposure", f"{_share(result.exposure)} of equity, mean", ""),
    ]
    first, last = result.equity.index[0], result.equity.index[-1]
    return TextTable(
        title=f"Backtest, {first:%Y-%m-%d} .. {last:%Y-%m-%d}: {counted(len(trades), 'trade')}",
        columns=("", "rule", "buy and hold"),
        rows=tuple(rows),
        left=("",),
        notes=_chance_notes(result, search),
    )


def _chance_notes(result: BacktestResult, search: Search | None) -> tuple[str, ...]:
    notes = ["s.e.: Lo (2002), independent returns. Buy and hold: an equal share of every market, bought once."]
    if len(drawn := result.placebo_sharpes):
        import numpy as np

        low, middle, high = map(_number, np.quantile(drawn, (0.05, 0.5, 0.95)))
        p = probability(result.placebo_p)
        notes += [
            f"Placebo: on {len(drawn)} other calendars these trades had Sharpe ratios of {low} .. {high}",
            f"(5 to 95 %), median {middle}. p = {p}: share of calendars at least as good, the real one counted.",
        ]
    if search is not None:
        chance, deflated = _number(search.best_of_chance), probability(search.deflated_sharpe)
        notes += [
            f"Best of {len(search.trials)} rules: the best of so many without an edge has a Sharpe ratio of {chance}.",
            f"Deflated Sharpe ratio, the probability that its true ratio is above that: {deflated}.",
        ]
    return tuple(notes)


def trials_view(search: Search) -> TextTable:
    """Show the rules that were tried."""
    held = ["none" if hold is None or hold != hold else f"{hold:.0f}" for hold in search.trials["hold"]]  # noqa: PLR0124  # NaN
    return table_of(
        search.trials.assign(hold=held),
        f"Rules tried: {len(search.trials)}",
        "hold:n trades=n_trades:n return=total_return:percent largest_drawdown=max_drawdown:percent "
        "Sharpe=sharpe:ratio s.e.=sharpe_se:ratio note",
        repeated=True,
    )


def _percent(value: float) -> str:
    return "n/a" if value != value else quantity(value, "simple return", 2)  # noqa: PLR0124  # NaN differs from itself


def _share(value: float) -> str:
    return "n/a" if value != value else f"{100 * value:.1f} %"  # noqa: PLR0124  # NaN differs from itself


def _number(value: float) -> str:
    return "n/a" if value != value else signed(value)  # noqa: PLR0124  # NaN differs from itself
