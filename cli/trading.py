"""`eventstudy signals` and `eventstudy backtest`: what past events made one expect, and what trading on it made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import command, names
from eventstudy.cli.asked import Asked
from eventstudy.cli.output import TextTable, put
from eventstudy.cli.views import cell, table_of
from eventstudy.errors import DesignError
from eventstudy.options import OUTPUT, Option
from eventstudy.window import Window
from eventstudy.wording import counted, probability, signed

if TYPE_CHECKING:
    from eventstudy.trading.backtest import BacktestResult, Search

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
    Option("frame", "--frame NAME", "text", None,
           "Write this frame, a row a session: prices, entries, exits, short-entries, short-exits or weights.", OUTPUT,
           allowed=("prices", "entries", "exits", "short-entries", "short-exits", "weights"), first=True),
    "how out quiet",
)  # fmt: skip
def signals(asked: Asked) -> None:
    """Say at every event what the events before it, and nothing later, made one expect of each market.

    csv, json and parquet have every event, with a signal or without. --out writes them with the frames that backtest
    libraries take.

    Example: eventstudy signals --case crimea-2014 --series ruble --hold 3
    """
    from eventstudy.files import write_files
    from eventstudy.trading.export import signal_files, signal_frames, signals_envelope
    from eventstudy.trading.signals import Choices, make_signals

    chosen = asked.given("hold", "min_events", "include_proposed", "draws", "seed")
    Choices(**chosen)  # a wrong choice is said before any file is read
    sources = asked.read(span=Window(-130, asked.hold + 1))
    given = {"instruments": sources.instruments, "series": sources.series, "as_of": asked.as_of, **chosen}
    with asked.bar("Making signals"):
        made = make_signals(sources.events, sources.prices, **given)
    if asked.out is not None:
        write_files(asked.out, signal_files(made))
    if asked.frame is not None:
        frame = signal_frames(made).tables()[asked.frame.replace("-", "_")].reset_index()
        shown, title = frame.astype({"session": str}), f"{asked.frame.capitalize()} by session"
        asked.put(frame, table_of(shown, "plain", [(name, name, "text") for name in shown], title=title))
    else:
        asked.put(made.table, _signals(made, asked.everything), values=lambda: signals_envelope(made))
    asked.warn(made.notes)


def _signals(made: Any, everything: bool) -> TextTable:
    """Show the signals, or every event with the reason where there is none."""
    table, is_signal = made.table, made.table["direction"] != 0
    days = {name: table[name].dt.strftime("%Y-%m-%d").fillna("ahead") for name in ("entry_session", "exit_session")}
    side = table["direction"].map({1: "long", -1: "short", 0: ""})
    shown = table.assign(side=side, **days, reason=table["reason"].where(~is_signal, ""))
    n, held = int(is_signal.sum()), counted(made.choices.hold, "session")
    if everything:
        return table_of(shown, "signals", ["why_not=reason"], held=held, n_signals=n, n=len(table))
    missing = len(table) - n
    notes = [f"{missing} of {len(table)} have no signal; --all shows them with the reason."] if missing else []
    return table_of(shown[is_signal], "signals", notes=notes, held=held, n_signals=n, n=len(table))


#: What is traded on, how much, and at what cost.
_RULES = (
    Option("sides", "--rule SIDES", "text", "signals",
           "signals: the point-in-time signals decide; or sides, e.g. raise=short,fold=long.", _RULE, first=True,
           offered=("signals", "raise=short", "raise=short,fold=long")),
    Option("hold", "--hold N", "text", "5",
           "Sessions held; 1,3,5 tries each and deflates the best; none: until the opposite stance.", _RULE,
           first=True),
    Option("until_opposite", "--until-opposite", "yes", False, "Get out early on the opposite stance.", _RULE,
           first=True),
    Option("sizing", "--sizing HOW", "text", "equal", "equal or volatility.", _RULE, offered=("equal", "volatility")),
    Option("weight", "--weight SHARE", "number", None, "Share of equity of a position; default one over the markets.",
           _RULE),
    Option("risk", "--risk SHARE", "number", 0.01, "Volatility a session of a position sized by volatility.", _RULE),
    Option("while_open", "--while-open HOW", "text", "skip", "skip, extend or add: a signal while one is in.", _RULE,
           offered=("skip", "extend", "add")),
    Option("fee", "--fee BP", "text", "0", "Basis points an order: 5, or 5,imoex=12.", _RULE, first=True),
    Option("slippage", "--slippage BP", "text", "0", "By how much prices are worse: as --fee.", _RULE, first=True),
)  # fmt: skip


@command(
    "SOURCES",
    *_RULES,
    _MIN_EVENTS,
    "include_proposed as_of",
    Option("calendars", "--calendars N", "whole", 1000, "Placebo calendars; 0: none.", first=True, least=0),
    "seed",
    Option("table", "--table NAME", "text", "trades",
           "Which table csv and parquet have: trades, equity, decisions or trials.", OUTPUT,
           allowed=("trades", "equity", "decisions", "trials")),
    "how out quiet",
)  # fmt: skip
def backtest(asked: Asked) -> None:
    """Trade a rule through the events: in at the first price after the news, out when due, costs paid.

    A level that nobody can own (the VIX) is left out of a case's markets.

    Example: eventstudy backtest --case raise-or-fold-2022 --series imoex --rule raise=short --hold 3 --fee 5
    """
    from eventstudy.returns import OWN_UNIT
    from eventstudy.trading.backtest import Costs, Rule, run_backtest, search_rules
    from eventstudy.trading.export import backtest_envelope, backtest_tables

    rules = []  # a wrong choice is said before any file is read
    for hold in names(asked.hold) or [""]:
        if hold != "none" and not (hold.isdecimal() and len(hold) < 10):  # noqa: PLR2004  # Rule knows the limit
            raise DesignError(f"--hold {hold[:60]}: write a number of sessions, several (1,3,5), or none")
        held = None if hold == "none" else int(hold)
        until = asked.until_opposite or held is None
        rules.append(Rule(asked.sides, held, until, asked.sizing, asked.weight, asked.risk, asked.while_open))
    costs = Costs.read(asked.fee, asked.slippage)
    sources = asked.read(span=Window(-130, max(rule.hold or 1 for rule in rules) + 1))
    series: Sequence[str] | None = sources.series
    if series is not None and asked.series is None:  # of a case's own, those that one can own
        series = [name for name in series if sources.instruments[name].returns not in OWN_UNIT]
    options: dict[str, Any] = {"costs": costs, "instruments": sources.instruments, "series": series}
    options |= asked.given("calendars", "seed", "as_of", "min_events", "include_proposed")
    with asked.bar("Trading"):
        search = search_rules(sources.events, sources.prices, rules, **options) if len(rules) > 1 else None
        result = search.best if search else run_backtest(sources.events, sources.prices, rules[0], **options)
    if asked.out is not None:
        _write_folder(asked, result, search)
    tables = backtest_tables(result, search)
    if asked.how in {"csv", "parquet"} and asked.table not in tables:
        raise DesignError("--table trials is for a search; give several holding times, e.g. --hold 1,3,5")
    views = [_trades(result), _figures(result, search)]
    if search:
        trials = search.trials["hold"].map("{:.0f}".format, na_action="ignore").fillna("none")
        views.insert(0, table_of(search.trials.assign(hold=trials), "trials", n=len(search.trials)))
    put(asked.how, tables.get(asked.table), views, lambda: backtest_envelope(result, search))
    asked.warn(result.warnings)


def _write_folder(asked: Asked, result: BacktestResult, search: Search | None) -> None:
    from eventstudy.charts import equity, save
    from eventstudy.files import write_files
    from eventstudy.trading.export import backtest_files

    write_files(asked.out, backtest_files(result, search))
    rule, costs, figures = result.rule, result.costs, result.performance
    held = "until the opposite stance" if rule.hold is None else f"held {counted(rule.hold, 'session')}"
    ratio = f"Sharpe ratio {signed(figures.sharpe)} a year (s.e. {signed(figures.sharpe_se)}, Lo 2002)"
    spent = f"fee {costs.fee:g} and slippage {costs.slippage:g} basis points"
    spent = spent if costs.fee or costs.slippage else "no costs"
    trades = f"{counted(len(result.trades), 'trade')} in {', '.join(result.setting.markets)}"
    note = f"{trades}; {spent}. {ratio}. Buy and hold: an equal share of each."
    traded = f"Trading after the news: {rule.sides.replace(',', ', ')}, {held}"
    save(equity(result.equity, subtitle=traded, note_line=note), asked.out / "charts" / "equity.png")


def _trades(result: BacktestResult) -> TextTable:
    """Show every round trip."""
    trades = result.trades
    words = trades["closed_by"].map({"opposite": "opposite stance", "extended": "extended"}).fillna("")
    shut = ("due " + trades["due"].dt.strftime("%d %b") + ", market shut").where(trades["waited_days"] > 0, "")
    more = trades["members"].str.count(";")
    remark = (words + ", " + shut).str.strip(", ").where(trades["status"] != "open", "still open")
    event = trades["event_id"] + (" +" + more.astype(str)).where(more > 0, "")
    return table_of(trades.assign(event=event, remark=remark), "trades", rule=result.rule)


def _figures(result: BacktestResult, search: Search | None) -> TextTable:
    """Show the figures of the rule beside those of buying and holding, and what chance makes."""
    trades, both = result.trades, (result.performance, result.buy_and_hold)
    closed = counted(int((trades["status"] == "closed").sum()), "closed trade")

    shares = {name: cell({name: getattr(result, name)}, name, "share-1!") for name in ("hit_rate", "exposure")}
    rows = [
        ("return", *(cell(one._asdict(), "total_return", "percent!") for one in both)),
        ("volatility a year", *(cell(one._asdict(), "volatility", "share-1!") for one in both)),
        ("Sharpe ratio a year (s.e.)", *(f"{signed(one.sharpe)} ({signed(one.sharpe_se)})" for one in both)),
        ("largest drawdown", *(cell(one._asdict(), "max_drawdown", "percent!") for one in both)),
        ("hit rate", f"{shares['hit_rate']} of {closed}", ""),
        ("turnover", f"{result.turnover:.1f} x mean equity", ""),
        ("exposure", f"{shares['exposure']} of equity, mean", ""),
    ]
    notes = []
    if len(drawn := result.placebo_sharpes):
        import numpy as np

        low, middle, high = map(signed, np.quantile(drawn, (0.05, 0.5, 0.95)))
        of = f"p = {probability(result.placebo_p)}: share of calendars at least as good, the real one counted."
        notes += [
            f"Placebo: on {len(drawn)} other calendars these trades had Sharpe ratios of {low} .. {high}",
            f"(5 to 95 %), median {middle}. {of}",
        ]
    if search is not None:
        chance, deflated = signed(search.best_of_chance), probability(search.deflated_sharpe)
        notes += [
            f"Best of {len(search.trials)} rules: the best of so many without an edge has a Sharpe ratio of {chance}.",
            f"Deflated Sharpe ratio, the probability that its true ratio is above that: {deflated}.",
        ]
    ends = {"first": result.equity.index[0], "last": result.equity.index[-1], "trades": counted(len(trades), "trade")}
    shown = [dict(zip(("what", "rule", "kept"), row, strict=True)) for row in rows]
    return table_of(shown, "figures", notes=notes, **ends)
