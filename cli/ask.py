"""`eventstudy ask`: what a market did after such news, in one screen."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from eventstudy.cli.method_views import KINDS, table_of
from eventstudy.cli.options import OUTPUT, REQUIRED, Asked, Option, command
from eventstudy.cli.output import TextTable, bar, emit, say, show, sparkline, warn, write
from eventstudy.cli.sources import ALL_CASES
from eventstudy.errors import DesignError
from eventstudy.options import DESIGN
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.cli.output import TextTable
    from eventstudy.trading.ask import AskResult

_NEWS = "News"

#: What a measure is called on the screen, and what it means.
_MEASURES = {
    "from_event_session": ("session", "from the last price before the news: what the market did."),
    "from_tradable_from": ("tradable", "bought at the first price struck after the news was public."),
}

#: Longer paths are drawn at so many of their sessions.
_LONGEST = 60


#: After which news.
_AFTER = (
    Option("after", "--after STANCE", "text", None, "raise, hold or fold.", _NEWS, offered=("raise", "hold", "fold")),
    Option("actor", "--actor A,B", "names", None, "By one of these, e.g. RUS.", _NEWS),
    Option("kind", "--kind A,B", "names", None, "Of one of these kinds.", _NEWS),
    Option("phase", "--phase A,B", "names", None, "In one of these phases.", _NEWS),
    Option("since", "--since DATE", "text", None, "On this day or later.", _NEWS),
    Option("intensity", "--intensity TEST", "text", None, "As intense as that: '<-5', '>=4'.", _NEWS),
    Option("like", "--like EVENT_ID", "text", None, "Of this event's stance and kind, by one of its actors.", _NEWS),
)


@command(
    Option(
        "what",
        "SERIES",
        "text",
        REQUIRED,
        "The market, by name or alias: ruble, brent, RUB=X.",
        offered="markets.instrument:instrument_names",
    ),
    *(row._replace(first=True) for row in _AFTER),
    Option("hold", "--hold A,B", "names", "1,3,5,10", "Sessions held.", first=True),
    "SOURCES include_proposed as_of seed how",
    # What is held is what is quoted: neither a level nor what a fund paid out.
    DESIGN["returns"]._replace(help="simple, log or difference.", allowed=("simple", "log", "difference")),
    Option(
        "table",
        "--table NAME",
        "text",
        "summary",
        "Which table csv and parquet have: summary, events, outcomes or paths.",
        OUTPUT,
        allowed=("summary", "events", "outcomes", "paths"),
    ),
    "detail quiet",
    without="series",
)
def ask(asked: Asked) -> None:
    """Say what a market did after such news: mean, median, share that rose, p, beside days without news.

    Without --case and --events all bundled events are asked about.
    """
    from eventstudy.study.envelope import to_json
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
    with bar("Asking", quiet=asked.quiet):
        answer = answer_to(
            sources.events,
            sources.prices,
            sources.columns[asked.what],
            instruments=sources.instruments,
            returns_kind=asked.returns,
            **chosen,
        )
    if asked.how == "json":
        write(to_json(ask_envelope(answer)))
    elif asked.how in {"csv", "parquet"}:
        emit(answer.tables()[asked.table], asked.how)
    else:
        if asked.how == "table":
            say(answer.sentences)
        show(*answer_screen(answer, detail=asked.detail), how=asked.how)
    warn(answer.warnings, quiet=asked.quiet, most=None if asked.detail else 3)


def answer_screen(result: AskResult, *, detail: bool) -> Iterator[TextTable]:
    """Yield the tables of the screen: the averages, and in detail the events by measure."""
    instrument, summary = result.instrument, result.summary
    up = f"; + {instrument.up}" if instrument.up else ""
    yield table_of(
        summary.assign(measure=summary["measure"].map({name: words for name, (words, _) in _MEASURES.items()})),
        f"{instrument.name} {result.question.words()}; in {_own_unit(result) or '%'}{up}",
        "from=measure h=hold:n n:n out=n_set_aside:n mean:bare median:bare worst:bare best:bare up_%=rose:rate "
        "base=base_rate:rate CAAR=caar:bare p=p_value:p-days",
        (
            *(f"{name}: {meaning}" for name, meaning in _MEASURES.values()),
            "h: sessions held. n: market events, and all to the right is of these.",
            "out: in no mean (late, across a closure, news of another stance in the window).",
            "base: % of days without news after which it rose. CAAR: mean beyond the normal",
            "return. p: how often days without news, by volatility, are as far out.",
            *_paths(result),
            *(() if detail else ("--detail: what came after each event.",)),
        ),
    )
    if detail:
        yield from _events(result)


def _paths(result: AskResult) -> Iterator[str]:
    """Yield the mean by sessions held as a sparkline, one a measure, on one scale; all of it over one sample."""
    paths = result.paths
    values = [0.0, *paths["mean"].dropna(), *paths["base_mean"].dropna()]
    unit: dict[Hashable, Any] = {"unit": result.summary["unit"].iloc[0]}
    lines = {name: paths[paths["measure"] == measure] for measure, (name, _) in _MEASURES.items()}
    drawn = [(f"{name}, n = {path['n'].iloc[0]}", path["mean"].tolist()) for name, path in lines.items()]
    drawn.append(("days without news", lines["session"]["base_mean"].tolist()))
    for name, line in drawn:
        if line[-1] == line[-1]:  # NaN
            figure = KINDS["bare"](line[-1], unit)
            percent = " %" if str(unit["unit"]).endswith(" return") else ""
            some = sparkline(line[:: -(-len(line) // _LONGEST)], min(values), max(values))
            yield f"{name:<18}{some}  {figure}{percent} after {len(line) - 1}"


def _events(result: AskResult) -> Iterator[TextTable]:

    counted_in = result.events["status"] != "excluded"
    held, outcomes = result.question.hold, {}
    for row in result.outcomes.to_dict("records"):
        outcomes[row["event_id"], row["hold"]] = row
    for measure, day in (("from_event_session", "session"), ("from_tradable_from", "entry_session")):
        rows = []
        for event in result.events[counted_in].to_dict("records"):
            of_event = [outcomes[event["event_id"], h] for h in held]
            marks = ["*" if f"{measure}: " in row["note"] and row[measure] == row[measure] else "" for row in of_event]
            moves = [f"{KINDS['bare'](row[measure], row)}{mark}" for row, mark in zip(of_event, marks, strict=True)]
            date = "" if event[day] != event[day] else f"{event[day]:%d %b}"
            rows.append((str(event["event_id"]), date, *moves))
        out = result.events[~counted_in].to_dict("records") if measure == "from_tradable_from" else []
        starred = any("*" in cell for row in rows for cell in row)
        yield TextTable(
            title=f"The events, {_MEASURES[measure][0]}: what came after each, in {_own_unit(result) or '%'}",
            columns=("event", "from", *map(str, held)),
            rows=tuple(rows),
            left=("event", "from"),
            notes=(
                *(["* in no mean: late, across a closure, or news of another stance in the window"]
                  if starred else []),
                *(f"left out: {event['event_id']}: {event['reason']}" for event in out),
            ),
        )  # fmt: skip


def _own_unit(result: AskResult) -> str:
    """Return the unit of a series of differences; '' where returns are in per cent."""
    unit = str(result.summary["unit"].iloc[0])
    return "" if unit.endswith(" return") else unit
