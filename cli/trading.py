"""`eventstudy ask`, `read`, `surprises`, `atlas`, `signals`, `backtest`: what markets did after news; trading on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from eventstudy import charts, study, trading
from eventstudy.cli.asked import ALL_CASES, Asked, Sources, names, read_event_file
from eventstudy.cli.output import declared, folded, show, sparkline, table_of, write
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.window import Window
from eventstudy.wording import Table, cell, counted, probability, signed, symbol

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.reading import Reactions

#: What a measure is called on the screen, and the column of the day from which it holds.
_MEASURES = {"from_event_session": ("session", "session"), "from_tradable_from": ("tradable", "entry_session")}

#: Longer paths are drawn at so many of their sessions.
_LONGEST = 60


def ask(asked: Asked) -> None:
    """Say what a market did after such news: mean, median, share that rose, p, beside days without news.

    Without --case and --events all bundled events are asked about.

    Example: eventstudy ask ruble --after raise --actor RUS
    """
    from eventstudy.trading import ask as asking

    try:
        held = [int(word) for word in asked.hold]
    except ValueError:
        raise DesignError(f"--hold {','.join(asked.hold)}: write numbers of sessions, e.g. 1,3,5,10") from None
    of_news = ("after", "actor", "kind", "phase", "since", "intensity", "like")
    chosen = asked.given(*of_news, "include_proposed", "seed", "as_of", "group_by") | {"hold": held}
    # A wrong choice is said before any file is read.
    asking.make_question(asked.what, returns=asked.returns, **chosen)
    case = ALL_CASES if asked.case is None and asked.events is None else None
    sources = asked.read(case=case, series=[asked.what], span=Window(-1, max(held) + 1))
    chosen |= {"instruments": sources.instruments, "returns_kind": asked.returns}
    with asked.bar("Asking"):
        answer = asking.ask(sources.events, sources.prices, sources.columns[asked.what], **chosen)
    tables = _answer(answer, asked.detail)
    asked.put(answer.tables()[asked.table], tables, lambda: asking.ask_envelope(answer), answer.sentences)
    asked.warn(answer.warnings, None if asked.detail else 3)


def _answer(found: trading.AskResult, detail: bool) -> Iterator[Table]:
    """Yield the tables of the screen: the averages, and in detail the events by measure."""
    up = f"; + {found.instrument.up}" if found.instrument.up else ""
    unit = str(found.summary["unit"].iloc[0])
    own, sign = symbol(unit), f" {symbol(unit)}" * unit.endswith(" return")
    summary = found.summary.assign(measure=[_MEASURES[measure][0] for measure in found.summary["measure"]])
    # The means by sessions held as sparklines, one a measure, on one scale; all of it over one sample.
    paths, notes = found.paths, []
    values = [0.0, *paths["mean"].dropna(), *paths["base_mean"].dropna()]
    for measure, (name, _) in _MEASURES.items():
        path = paths[paths["measure"] == measure]
        for said, line in ((f"{name}, n = {path['n'].iloc[0]}", "mean"), ("  days without news", "base_mean")):
            if figure := cell({"mean": path[line].iloc[-1], "unit": unit}, "mean", "bare"):
                bars = sparkline(path[line].tolist(), min(values), max(values), _LONGEST)
                notes.append(f"{said:<20}{bars}  {figure}{sign} after {len(path) - 1}")
    notes += [] if detail else ["--detail: what came after each event."]
    question = f"{found.instrument.name} {found.question.words()}"
    yield table_of(summary, "ask", notes=notes, asked=question, unit=own, up=up)
    if not detail:
        return
    is_out, outcomes = found.events["status"] == "excluded", found.outcomes.to_dict("records")
    used, left = found.events[~is_out], found.events[is_out].to_dict("records")
    for measure, (name, day) in _MEASURES.items():
        moves = [cell(row, measure, "bare") for row in outcomes]
        stars = [move and "*" * (f"{measure}: " in row["note"]) for row, move in zip(outcomes, moves, strict=True)]
        text = [f"{move}{star}" for move, star in zip(moves, stars, strict=True)]
        cells = found.outcomes.assign(text=text).set_index(["event_id", "hold"])["text"].unstack()  # noqa: PD010  # texts
        notes = ["* in no mean: late, across a closure, or news of another stance in the window"] * any(stars)
        if name == "tradable" and left:
            notes = [f"{note}." for note in notes]  # with full stops: folded one by one
            notes += [f"left out: {row['event_id']}: {row['reason']}." for row in left]
        rows, columns = used.assign(**{"from": used[day]}).join(cells, on="event_id"), [(str(h), h, "n") for h in cells]
        yield table_of(rows, "ask-events", columns, notes, measure=name, unit=own)


def _sources(asked: Asked) -> Sources:
    """Read what the options name; without --case and --events all bundled events, without --series the headline.

    Of a file of prices all series are read.
    """
    from eventstudy.reading import HEADLINE

    case = ALL_CASES if asked.case is None and asked.events is None else asked.case
    return asked.read(case=case, series=asked.series or (HEADLINE if case == ALL_CASES and not asked.prices else None))


def read(asked: Asked) -> None:
    """Say whether prices took an event for a raise, a fold or nothing, by what they did after earlier ones.

    Example: eventstudy read 2022-01-27-kremlin-reply --series imoex,brent,vix
    """
    from eventstudy import reading

    if (asked.event is not None) + (asked.date is not None) + asked.every != 1:
        raise DesignError("name an event of the record, or a date (--date 2022-01-27), or --all")
    of = _sources(asked)
    given: dict[str, Any] = {**of.what, "windows": asked.windows or ["0:0", "0:1"], **asked.given("as_of", "clean")}
    if not asked.series:
        given["series"] = [name for name in reading.HEADLINE if name in of.prices] or None
    if not asked.every:
        one = reading.read_event(asked.event, date=asked.date, events=of.events, prices=of.prices, **given)
        note = () if asked.detail else ("--detail: the earlier events whose reactions were most like it.",)
        tables = [table_of(one.shares, "read", notes=note)]
        tables += [table_of(one.nearest, "nearest")] if asked.detail else []
        of_case = asked.case if asked.case != ALL_CASES and asked.events is None else None
        alone = [f"Learned from {of_case} alone; without --case from all bundled events."] if of_case else []
        asked.put(one.shares, tables, one.record, [one.sentence, *alone])
        why = "no reaction here (no session, no figures or too few before, or news that came late for it)"
        asked.warn([f"{name}: {why}" for name in one.without])
        return
    with asked.bar("Reading every event") as progress:
        every = reading.reactions(study.EventStudy(of.events, of.prices, **given))
        found = reading.read_all(every, progress)
    if found.empty or not found["stance"].isin(reading.READINGS[:2]).any():
        raise NothingUsableError("none of the events that can be read is a raise or a fold: nothing to learn from")
    if asked.how == "table":
        show(*_scores(asked, of, every, found))
    asked.put(found.assign(day=found["day"].astype(str)), table_of(found, "readings"))
    if len(found) < len(of.events):
        why = "no reaction could be measured, or too little lies before them"
        asked.warn([f"{len(of.events) - len(found)} of {len(of.events)} events are not read: {why}"])


def _scores(asked: Asked, of: Sources, every: Reactions, found: pd.DataFrame) -> Iterator[Table]:
    """Yield the scores beside base lines: by what was known before, and with each episode left out."""
    from eventstudy import cases, reading

    bundled, prices = asked.case or (ALL_CASES if asked.events is None else None), of.prices
    there = cases.case_series(bundled) if bundled and not asked.prices else prices
    if rubles := [name for name in reading.RUBLE if name in there]:
        prices = prices if there is prices else cases.load_case(str(bundled), rubles).prices
        given = asked.given("as_of", "clean")
        ruble = reading.reactions(study.EventStudy(of.events, prices, series=rubles, windows=["0:0"], **given))
    ways = {"what was known before each": found}
    if every.events["case"].nunique() > 1:  # noqa: PD101  # few rows, and words
        ways["all episodes but its own"] = reading.read_all(every, by_episode=True)
    for way, readings in ways.items():
        rows = reading.scores(readings, reading.signs(ruble, readings["event_id"]) if rubles else None)
        ours, as_good = rows.round(3).iloc[0], rows.round(3).iloc[1:]
        as_good = as_good[(as_good["log_score"] >= ours["log_score"]) | (as_good["brier"] <= ours["brier"])]
        level = f"As good as the readings or better: {', '.join(as_good['rule']) or 'none'}."
        yield table_of(rows, "scores", notes=[level], way=way)


def surprises(asked: Asked) -> None:
    """List the days without news on file on which markets together moved out of the ordinary.

    Example: eventstudy surprises --series imoex,brent,vix --since 2021-01-01
    """
    import numpy as np

    from eventstudy import reading

    fdr, since = asked.fdr, asked.since
    if fdr is not None and fdr > 0.5:  # noqa: PLR2004  # no more false finds than true ones
        raise DesignError(f"--fdr {fdr:g}: the share of false finds is 0.001 to 0.5")
    if asked.unmoved and (asked.headlines is not None or fdr is not None):
        raise DesignError("--headlines and --fdr are of days without news; leave them out, or --unmoved")
    fdr = 0.1 if fdr is None else fdr
    try:
        first = np.datetime64(date.fromisoformat(since or "1900-01-01"))
    except ValueError:
        raise DesignError(f"--since {since} is no date; write 2022-01-27") from None
    beside = None if asked.headlines is None else read_event_file(asked.headlines, {})
    of = _sources(asked)
    with asked.bar("Looking at every day"):
        every = reading.reactions(study.EventStudy(of.events, of.prices, windows=["0:0"], **of.what, clean=asked.clean))
        found = reading.unmoved(every) if asked.unmoved else reading.surprises(every, fdr, beside)
    of_days = every.events["day"].to_numpy() if asked.unmoved else every.days
    found = found[found["day"].to_numpy() >= first].reset_index(drop=True)
    days = of_days[of_days >= first]
    if asked.unmoved:
        said = f"Of {counted(len(days), 'event')} with a reaction {len(found)} moved nothing; by chance alone, with no "
        notes = [f"{said}effect at all, about {0.95 * len(days):.0f} would."]
    else:
        span = f", {days.min()} .. {days.max()}" if len(days) else ""
        notes = [f"Looked at {len(days)} days without news{span}."]
        named = zip(found["day"], found["headlines"], strict=True) if beside is not None else ()
        notes += [folded(f"{day:%Y-%m-%d}: {text or 'no headline in the file'}") for day, text in named]
    table = table_of(found, "unmoved" if asked.unmoved else "surprises", notes=notes, fdr=fdr)
    asked.put(found.assign(day=found["day"].astype(str)), table)


def atlas(asked: Asked) -> None:
    """Say what each headline market did on every bundled event.

    Example: eventstudy atlas --actor RUS --series imoex
    """
    from eventstudy.report import atlas as pages

    window, out = asked.window, asked.out
    if window is None and asked.how in {"table", "latex"}:
        window = pages.WINDOWS[0]
    found = pages.read_atlas(asked.case, asked.kind, asked.actor, asked.series)
    if window is not None and out is None:
        require_known(window, pages.WINDOWS, "window of the atlas")
        found = found[found["window"] == window].reset_index(drop=True)
    if out is not None:
        with asked.bar("Writing pages") as progress:
            paths = pages.write_site(out, found, progress)
        more = f"The atlas: {out}/index.html and {len(paths) - 1} pages of events"
        write(f"{folded(pages.finding(found))}\n{more}\n")
        return
    if asked.how == "table":
        write(f"{folded(pages.finding(found, window or pages.WINDOWS[0]))}\n\n")
    rows = found[found["p_value"].notna()].sort_values(["p_value", "day"], kind="stable")
    n_more = len(rows) - asked.top
    notes = [f"{n_more:,} more rows: --top N, or --format csv for all."] if n_more > 0 else []
    asked.put(found, table_of(rows.head(asked.top), "atlas", notes=notes))


# --- signals and backtests ---------------------------------------------------------------------------------------


def signals(asked: Asked) -> None:
    """Say at every event what the events before it, and nothing later, made one expect of each market.

    csv, json and parquet have every event, with a signal or without. --out writes them with the frames that backtest
    libraries take.

    Example: eventstudy signals --case crimea-2014 --series ruble --hold 3
    """
    chosen = asked.given("hold", "min_events", "include_proposed", "draws", "seed")
    trading.Choices(**chosen)  # a wrong choice is said before any file is read
    sources = asked.read(span=Window(-130, asked.hold + 1))
    with asked.bar("Making signals"):
        made = trading.make_signals(sources.events, sources.prices, **sources.what, as_of=asked.as_of, **chosen)
    asked.write_folder(lambda: trading.trading_files(made))
    if asked.frame is not None:
        frame = trading.signal_frames(made).tables()[asked.frame.replace("-", "_")].reset_index()
        shown, title = frame.astype({"session": str}), f"{asked.frame.capitalize()} by session"
        asked.put(frame, table_of(shown, "plain", [(name, name, "text") for name in shown], title=title))
    else:
        table, is_signal = made.table, made.table["direction"] != 0
        days = {name: table[name].dt.strftime("%Y-%m-%d").fillna("ahead") for name in ("entry_session", "exit_session")}
        side = table["direction"].map({1: "long", -1: "short", 0: ""})
        shown = table.assign(side=side, **days, reason=table["reason"].where(~is_signal, ""))
        n, more, notes = int(is_signal.sum()), ["why_not=reason"], []
        if not asked.everything:
            shown, more = shown[is_signal], []
            why = f"{len(table) - n} of {len(table)} have no signal; --all shows them with the reason."
            notes = [why] * (n < len(table))
        words: dict[str, Any] = {"held": counted(asked.hold, "session"), "n_signals": n, "n": len(table)}
        asked.put(table, table_of(shown, "signals", more, notes, **words), lambda: trading.trading_envelope(made))
    asked.warn(made.notes)


def backtest(asked: Asked) -> None:
    """Trade a rule through the events: in at the first price after the news, out when due, costs paid.

    A level that nobody can own (the VIX) is left out of a case's markets.

    Example: eventstudy backtest --case raise-or-fold-2022 --series imoex --rule raise=short --hold 3 --fee 5
    """
    from eventstudy.returns import OWN_UNIT

    rules = []  # a wrong choice is said before any file is read
    for hold in names(asked.hold) or [""]:
        if hold != "none" and not (hold.isdecimal() and len(hold) < 10):  # noqa: PLR2004  # Rule knows the limit
            raise DesignError(f"--hold {hold[:60]}: write a number of sessions, several (1,3,5), or none")
        held = None if hold == "none" else int(hold)
        until = asked.until_opposite or held is None
        rules.append(trading.Rule(asked.sides, held, until, asked.sizing, asked.weight, asked.risk, asked.while_open))
    if asked.how in {"csv", "parquet"} and asked.table == "trials" and len(rules) == 1:
        raise DesignError("--table trials is for a search; give several holding times, e.g. --hold 1,3,5")
    costs = trading.Costs.read(asked.fee, asked.slippage)
    sources = asked.read(span=Window(-130, max(rule.hold or 1 for rule in rules) + 1))
    series: Sequence[str] | None = sources.series
    if series is not None and asked.series is None:  # of a case's own, those that one can own
        series = [name for name in series if sources.instruments[name].returns not in OWN_UNIT]
    options: dict[str, Any] = {"costs": costs, "instruments": sources.instruments, "series": series}
    options |= asked.given("calendars", "seed", "as_of", "min_events", "include_proposed")
    with asked.bar("Trading"):
        search = trading.search_rules(sources.events, sources.prices, rules, **options) if len(rules) > 1 else None
        result = search.best if search else trading.run_backtest(sources.events, sources.prices, rules[0], **options)
    rule, figures, n = result.rule, result.performance, counted(len(result.trades), "trade")
    kept = "until the opposite stance" if rule.hold is None else f"held {counted(rule.hold, 'session')}"
    ratio = f"Sharpe ratio {signed(figures.sharpe)} a year (s.e. {signed(figures.sharpe_se)}, Lo 2002)"
    spent = f"fee {costs.fee:g} and slippage {costs.slippage:g} basis points"
    spent = spent if costs.fee or costs.slippage else "no costs"
    note = f"{n} in {', '.join(result.setting.markets)}; {spent}. {ratio}. Buy and hold: an equal share of each."
    under = f"Trading after the news: {rule.sides.replace(',', ', ')}, {kept}"

    def contents() -> dict[str, bytes]:
        picture = charts.to_bytes(charts.equity(result.equity, subtitle=under, note_line=note), "png")
        return trading.trading_files(result, search) | {"charts/equity.png": picture}

    asked.write_folder(contents)
    frame = trading.trading_tables(result, search).get(asked.table)
    asked.put(frame, _backtest(result, search), lambda: trading.trading_envelope(result, search))
    asked.warn(result.warnings)


def _backtest(result: trading.BacktestResult, search: trading.Search | None) -> Iterator[Table]:
    """Yield the figures of the rule beside buying and holding and chance, the rules tried, and every round trip."""
    import numpy as np

    trades = result.trades
    both = result.performance._asdict(), result.buy_and_hold._asdict()
    closed = counted(int((trades["status"] == "closed").sum()), "closed trade")
    hits, exposure = (cell(vars(result), name, "share-1!") for name in ("hit_rate", "exposure"))
    rows = [
        ("return", *(cell(one, "total_return", "percent!") for one in both)),
        ("volatility a year", *(cell(one, "volatility", "share-1!") for one in both)),
        ("Sharpe ratio a year (s.e.)", *(f"{signed(one['sharpe'])} ({signed(one['sharpe_se'])})" for one in both)),
        ("largest drawdown", *(cell(one, "max_drawdown", "percent!") for one in both)),
        ("hit rate", f"{hits} of {closed}", ""),
        ("turnover", f"{result.turnover:.1f} x mean equity", ""),
        ("exposure", f"{exposure} of equity, mean", ""),
    ]
    said, notes = declared("views")["figures"], []
    if len(drawn := result.placebo_sharpes):
        low, middle, high = map(signed, np.quantile(drawn, (0.05, 0.5, 0.95)))
        of = {"n": len(drawn), "low": low, "middle": middle, "high": high, "p": probability(result.placebo_p)}
        notes += said["placebo"].format(**of).splitlines()
    if search is not None:
        chance, deflated = signed(search.best_of_chance), probability(search.deflated_sharpe)
        notes += said["search"].format(n=len(search.trials), chance=chance, deflated=deflated).splitlines()
    days, n = result.equity.index, counted(len(trades), "trade")
    shown = [dict(zip(("what", "rule", "kept"), row, strict=True)) for row in rows]
    yield table_of(shown, "figures", notes=notes, first=days[0], last=days[-1], trades=n)
    if search:
        held = search.trials["hold"].map("{:.0f}".format, na_action="ignore").fillna("none")
        yield table_of(search.trials.assign(hold=held), "trials", n=len(search.trials))
    words = trades["closed_by"].map({"opposite": "opposite stance"}).fillna("")
    shut = ("due " + trades["due"].dt.strftime("%d %b") + ", market shut").where(trades["waited_days"] > 0, "")
    more = trades["members"].str.count(";")
    remark = (words + ", " + shut).str.strip(", ").where(trades["status"] != "open", "still open")
    event = trades["event_id"] + (" +" + more.astype(str)).where(more > 0, "")
    yield table_of(trades.assign(event=event, remark=remark), "trades", rule=result.rule)
