"""`eventstudy ask`, `read`, `surprises` and `atlas`: what markets did after news, and which news a move looks like."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import SHARED, command
from eventstudy.cli.asked import ALL_CASES, Asked, Sources, read_event_file
from eventstudy.cli.output import TextTable, folded, put, show, sparkline, write
from eventstudy.cli.views import cell, table_of
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.options import DATA, OUTPUT, REQUIRED, Option
from eventstudy.window import Window
from eventstudy.wording import counted

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.reading import Reactions
    from eventstudy.trading.ask import AskResult

_NEWS = "News"

#: What a measure is called on the screen, and the column of the day from which it holds.
_MEASURES = {"from_event_session": ("session", "session"), "from_tradable_from": ("tradable", "entry_session")}

#: Longer paths are drawn at so many of their sessions.
_LONGEST = 60

#: After which news.
_AFTER = (
    Option("after", "--after STANCE", "text", None, "raise, hold or fold.", _NEWS, offered=("raise", "hold", "fold"),
           first=True),
    Option("actor", "--actor A,B", "names", None, "By one of these, e.g. RUS.", _NEWS, first=True),
    Option("kind", "--kind A,B", "names", None, "Of one of these kinds.", _NEWS, first=True),
    Option("phase", "--phase A,B", "names", None, "In one of these phases.", _NEWS, first=True),
    Option("since", "--since DATE", "text", None, "On this day or later.", _NEWS, first=True),
    Option("intensity", "--intensity TEST", "text", None, "As intense as that: '<-5', '>=4'.", _NEWS, first=True),
    Option("like", "--like EVENT_ID", "text", None, "Of this event's stance and kind, by one of its actors.", _NEWS,
           first=True),
)  # fmt: skip


@command(
    Option("what", "SERIES", "text", REQUIRED, "The market, by name or alias: ruble, brent, RUB=X.",
           offered="markets.instrument:instrument_names"),
    *_AFTER,
    Option("hold", "--hold A,B", "names", "1,3,5,10", "Sessions held.", first=True),
    "SOURCES include_proposed as_of seed how",
    # What is held is what is quoted: neither a level nor what a fund paid out.
    SHARED["returns"]._replace(help="simple, log or difference.", allowed=("simple", "log", "difference")),
    Option("table", "--table NAME", "text", "summary",
           "Which table csv and parquet have: summary, events, outcomes or paths.", OUTPUT,
           allowed=("summary", "events", "outcomes", "paths")),
    "detail quiet",
    without="series",
)  # fmt: skip
def ask(asked: Asked) -> None:
    """Say what a market did after such news: mean, median, share that rose, p, beside days without news.

    Without --case and --events all bundled events are asked about.

    Example: eventstudy ask ruble --after raise --actor RUS
    """
    from eventstudy.trading.ask import ask as answer_to
    from eventstudy.trading.ask import ask_envelope, make_question

    try:
        held = [int(word) for word in asked.hold]
    except ValueError:
        raise DesignError(f"--hold {','.join(asked.hold)}: write numbers of sessions, e.g. 1,3,5,10") from None
    chosen = asked.given(*(row.name for row in _AFTER), "include_proposed", "seed", "as_of") | {"hold": held}
    # A wrong choice is said before any file is read.
    make_question(asked.what, returns=asked.returns, **chosen)
    case = ALL_CASES if asked.case is None and asked.events is None else None
    sources = asked.read(case=case, series=[asked.what], span=Window(-1, max(held) + 1))
    chosen |= {"instruments": sources.instruments, "returns_kind": asked.returns}
    with asked.bar("Asking"):
        answer = answer_to(sources.events, sources.prices, sources.columns[asked.what], **chosen)
    frame = answer.tables()[asked.table]
    put(asked.how, frame, _answer(answer, asked.detail), lambda: ask_envelope(answer), answer.sentences)
    asked.warn(answer.warnings, None if asked.detail else 3)


def _answer(found: AskResult, detail: bool) -> Iterator[TextTable]:
    """Yield the tables of the screen: the averages, and in detail the events by measure."""
    summary, up = found.summary, f"; + {found.instrument.up}" if found.instrument.up else ""
    unit = str(summary["unit"].iloc[0])
    measures = {measure: name for measure, (name, _) in _MEASURES.items()}
    own = "%" if unit.endswith(" return") else unit
    notes = [*_paths(found, unit), *(() if detail else ("--detail: what came after each event.",))]
    asked = f"{found.instrument.name} {found.question.words()}"
    summary = summary.assign(measure=summary["measure"].map(measures))
    yield table_of(summary, "ask", notes=notes, asked=asked, unit=own, up=up)
    if not detail:
        return
    outcomes = {(row["event_id"], row["hold"]): row for row in found.outcomes.to_dict("records")}
    is_out = found.events["status"] == "excluded"
    columns = [(str(h), f"move {h}", "n") for h in found.question.hold]
    for measure, (name, day) in _MEASURES.items():
        rows, starred = [], False
        for event in found.events[~is_out].to_dict("records"):
            row = {"event_id": event["event_id"], "from": event[day]}
            for h in found.question.hold:
                of = outcomes[event["event_id"], h]
                move = cell(of, measure, "bare")
                is_aside = bool(move) and f"{measure}: " in of["note"]
                row[f"move {h}"], starred = f"{move}{'*' if is_aside else ''}", starred or is_aside
            rows.append(row)
        notes = ["* in no mean: late, across a closure, or news of another stance in the window"] if starred else []
        if name == "tradable":
            left = [f"left out: {row['event_id']}: {row['reason']}." for row in found.events[is_out].to_dict("records")]
            notes = [*(f"{note}." for note in notes if left), *left] or notes  # with full stops: folded one by one
        yield table_of(rows, "ask-events", columns, notes, measure=name, unit=own)


def _paths(found: AskResult, unit: str) -> Iterator[str]:
    """Yield the mean by sessions held as a sparkline, one a measure, on one scale; all of it over one sample."""
    paths = found.paths
    values = [0.0, *paths["mean"].dropna(), *paths["base_mean"].dropna()]
    lines = {name: paths[paths["measure"] == measure] for measure, (name, _) in _MEASURES.items()}
    drawn = [(f"{name}, n = {path['n'].iloc[0]}", path["mean"].tolist()) for name, path in lines.items()]
    for name, line in (*drawn, ("days without news", lines["session"]["base_mean"].tolist())):
        if figure := cell({"mean": line[-1], "unit": unit}, "mean", "bare"):
            percent = " %" if unit.endswith(" return") else ""
            bars = sparkline(line, min(values), max(values), _LONGEST)
            yield f"{name:<18}{bars}  {figure}{percent} after {len(line) - 1}"


def _sources(asked: Asked) -> Sources:
    """Read what the options name; without --case and --events all bundled events, without --series the headline."""
    from eventstudy.reading import HEADLINE

    case = ALL_CASES if asked.case is None and asked.events is None else asked.case
    return asked.read(case=case, series=asked.series or (HEADLINE if case == ALL_CASES else None))


@command(
    Option("event", "[EVENT_ID]", "text", None, "An event on file."),
    Option(
        "date", "--date DATE", "text", None, "A date instead of an event; read as its events on file are.", first=True
    ),
    Option("every", "--all", "yes", False, "Read all events, and score the readings beside base lines.", first=True),
    "SOURCES",
    SHARED["windows"]._replace(help="Window of the reaction; may be repeated.", default=("0:0", "0:1")),
    "clean as_of how",
    SHARED["detail"]._replace(help="Also the earlier events that were most like it."),
    "quiet",
)
def read(asked: Asked) -> None:
    """Say whether prices took an event for a raise, a fold or nothing, by what they did after earlier ones.

    Example: eventstudy read 2022-01-27-kremlin-reply --series imoex,brent,vix
    """
    from eventstudy.reading import READINGS, reactions, read_all, read_event
    from eventstudy.study import EventStudy

    if (asked.event is not None) + (asked.date is not None) + asked.every != 1:
        raise DesignError("name an event of the record, or a date (--date 2022-01-27), or --all")
    of = _sources(asked)
    given: dict[str, Any] = {"series": of.series, "windows": asked.windows or ["0:0", "0:1"]}
    given |= {"instruments": of.instruments, **asked.given("as_of", "clean")}
    if asked.every:
        with asked.bar("Reading every event") as progress:
            every = reactions(EventStudy(of.events, of.prices, **given))
            found = read_all(every, progress)
        if found.empty or not found["stance"].isin(READINGS[:2]).any():
            raise NothingUsableError("none of the events that can be read is a raise or a fold: nothing to learn from")
        if asked.how == "table":
            show(*_scores(asked, of, every, found))
        asked.put(found.assign(day=found["day"].astype(str)), table_of(found, "readings"))
        if len(found) < len(of.events):
            why = "no reaction could be measured, or too little lies before them"
            asked.warn([f"{len(of.events) - len(found)} of {len(of.events)} events are not read: {why}"])
        return
    reading = read_event(asked.event, date=asked.date, events=of.events, prices=of.prices, **given)
    note = () if asked.detail else ("--detail: the earlier events whose reactions were most like it.",)
    tables = [table_of(reading.shares, "read", notes=note)]
    tables += [table_of(reading.nearest, "nearest")] if asked.detail else []
    put(asked.how, reading.shares, tables, reading.record, [reading.sentence])
    why = "no reaction here (no session, no figures, or news that came late for it)"
    asked.warn([f"{name}: {why}" for name in reading.without])


def _scores(asked: Asked, of: Sources, every: Reactions, found: pd.DataFrame) -> Iterator[TextTable]:
    """Yield the scores beside base lines: by what was known before, and with each episode left out."""
    from eventstudy.cases import case_series, load_case
    from eventstudy.reading import RUBLE, reactions, read_all, scores, signs
    from eventstudy.study import EventStudy

    bundled, prices = asked.case or (ALL_CASES if asked.events is None else None), of.prices
    if bundled and not asked.prices:
        prices = load_case(bundled, [name for name in RUBLE if name in case_series(bundled)]).prices
    if rubles := [name for name in RUBLE if name in prices]:
        ruble = reactions(EventStudy(of.events, prices, series=rubles, windows=["0:0"], as_of=asked.as_of))
    most = found["most_nothing"]
    calm = f"After no move at all nothing has {most.min():.2f} to {most.max():.2f}; it is read from 0.80 on."
    ways = {"what was known before each": (found, calm)}
    if every.events["case"].nunique() > 1:  # noqa: PD101  # few rows, and words
        ways["all episodes but its own"] = read_all(every, by_episode=True), ""
    for way, (readings, note) in ways.items():
        rows = scores(readings, signs(ruble, readings["event_id"]) if rubles else None)
        ours, as_good = rows.round(3).iloc[0], rows.round(3).iloc[1:]
        as_good = as_good[(as_good["log_score"] >= ours["log_score"]) | (as_good["brier"] <= ours["brier"])]
        level = f"As good as the readings or better: {', '.join(as_good['rule']) or 'none'}."
        lines = [level, *filter(None, [note])]
        yield table_of(rows.to_dict("records"), "scores", notes=lines, way=way)


@command(
    "SOURCES",
    Option("since", "--since DATE", "text", None, "On this day or later.", first=True),
    Option("fdr", "--fdr SHARE", "number", 0.1, "Expected share of false finds, 0.001 to 0.5.", first=True,
           least=0.001),
    Option("unmoved", "--unmoved", "yes", False, "Instead the events that moved nothing, the quietest first.",
           first=True),
    Option("headlines", "--headlines FILE", "path", None, "Dated headlines, the nearest of each day beside it.",
           first=True),
    "clean how quiet",
)  # fmt: skip
def surprises(asked: Asked) -> None:
    """List the days without news on file on which markets together moved out of the ordinary.

    Example: eventstudy surprises --series imoex,brent,vix --since 2021-01-01
    """
    import numpy as np

    from eventstudy.reading import reactions, unmoved
    from eventstudy.reading import surprises as find_surprises
    from eventstudy.study import EventStudy

    fdr, since = asked.fdr, asked.since
    if fdr > 0.5:  # noqa: PLR2004  # no more false finds than true ones
        raise DesignError(f"--fdr {fdr:g}: the share of false finds is 0.001 to 0.5")
    if asked.unmoved and asked.headlines is not None:
        raise DesignError("--headlines are laid beside days without news; leave out --headlines or --unmoved")
    try:
        first = np.datetime64(date.fromisoformat(since or "1900-01-01"))
    except ValueError:
        raise DesignError(f"--since {since} is no date; write 2022-01-27") from None
    beside = None if asked.headlines is None else read_event_file(asked.headlines, {})
    of = _sources(asked)
    given = {"instruments": of.instruments, "series": of.series, "clean": asked.clean}
    with asked.bar("Looking at every day"):
        every = reactions(EventStudy(of.events, of.prices, windows=["0:0"], **given))
        found = unmoved(every) if asked.unmoved else find_surprises(every, fdr, beside)
        least = find_surprises(every, 0.99)[:1] if found.empty and not asked.unmoved else ()
    of_days = every.events["day"].to_numpy() if asked.unmoved else every.days
    what = "the last event with a reaction" if asked.unmoved else "the last day without news"
    if since is not None and len(of_days) and of_days.max() < first:
        raise DesignError(f"--since {since}: {what} is {of_days.max().astype('datetime64[D]')}")
    found, days = found[found["day"].to_numpy() >= first].reset_index(drop=True), of_days[of_days >= first]
    plain = found.assign(day=found["day"].astype(str))
    if asked.unmoved:
        seen = f"Of {counted(len(days), 'event')} with a reaction {len(found)} moved nothing; by chance alone, with no "
        asked.put(
            plain, table_of(found, "unmoved", notes=[seen + f"effect at all, about {0.95 * len(days):.0f} would."])
        )
        return
    seen = [f"Looked at {len(days)} days without news" + (f", {days.min()} .. {days.max()}." if len(days) else ".")]
    seen += [f"The least ordinary of all: {row.day:%Y-%m-%d}, {row.largest} {row.z:+.1f}; q {row.q_value:.2f}."
             for row in (least.itertuples() if len(least) else ())]  # fmt: skip
    named = zip(found["day"], found["headlines"], strict=True) if beside is not None else ()
    seen += [folded(f"{day:%Y-%m-%d}: {text or 'no headline in the file'}") for day, text in named]
    asked.put(plain, table_of(found, "surprises", notes=seen, fdr=fdr))


@command(
    "case",
    Option("kind", "--kind KIND", "text", None, "Only events of a kind, e.g. tariff.", DATA),
    Option("actor", "--actor CODE", "text", None, "Only events by an actor, e.g. RUS.", DATA),
    "series",
    Option("window", "--window A:B", "text", None, "0:0 or 0:1; a table has one.", offered=("0:0", "0:1")),
    Option("top", "--top N", "whole", 25, "How many rows of a table, smallest p first.", least=1),
    Option("fresh", "--fresh", "yes", False, "Compute it again instead of reading what is shipped."),
    Option("out", "--out DIR", "path", None, "Write it as a site of pages.", OUTPUT),
    "how quiet",
)
def atlas(asked: Asked) -> None:
    """Say what each headline market did on every bundled event.

    Example: eventstudy atlas --actor RUS --series imoex
    """
    from eventstudy.report.atlas import WINDOWS, finding, make_atlas, read_atlas, with_events, write_site

    window, out = asked.window, asked.out
    if window is None and asked.how in {"table", "latex"}:
        window = WINDOWS[0]
    found = read_atlas(asked.case, asked.kind, asked.actor, asked.series)
    if window is not None and out is None:
        found = found[found["window"] == require_known(window, WINDOWS, "window of the atlas")].reset_index(drop=True)
    if asked.fresh:
        with asked.bar("Computing the atlas") as progress:
            again = with_events(make_atlas(tuple(dict.fromkeys(found["case"])), progress))
        found = found[["event_id", "series", "window"]].merge(again, how="left", on=["event_id", "series", "window"])
        found = found[list(again)]
    if out is not None:
        with asked.bar("Writing pages") as progress:
            paths = write_site(out, found, progress)
        write(f"{folded(finding(found))}\nThe atlas: {out}/index.html and {len(paths) - 1} pages of events\n")
        return
    if asked.how == "table":
        write(f"{folded(finding(found, window or WINDOWS[0]))}\n\n")
    rows = found[found["p_value"].notna()].sort_values(["p_value", "day"], kind="stable")
    more = len(rows) - asked.top
    notes = [f"{more:,} more rows: --top N, or --format csv for all."] if more > 0 else []
    asked.put(found, table_of(rows.head(asked.top), "atlas", notes=notes))
