"""`eventstudy ask`: what a market did after such news, in one screen."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
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
    ProposedOption,
    QuietOption,
    names,
)
from eventstudy.cli.study_options import ReturnsOption, SeedOption
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


class Table(StrEnum):
    """A table of the answer."""

    summary = "summary"
    events = "events"
    outcomes = "outcomes"
    paths = "paths"


@dataclass(frozen=True)
class News:
    """After which news."""

    after: Annotated[
        str | None, typer.Option("--after", metavar="STANCE", help="raise, hold or fold.", rich_help_panel=_NEWS)
    ] = None
    actor: Annotated[
        str | None, typer.Option("--actor", metavar="A,B", help="By one of these, e.g. RUS.", rich_help_panel=_NEWS)
    ] = None
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="A,B", help="Of one of these kinds.", rich_help_panel=_NEWS)
    ] = None
    phase: Annotated[
        str | None, typer.Option("--phase", metavar="A,B", help="In one of these phases.", rich_help_panel=_NEWS)
    ] = None
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="On this day or later.", rich_help_panel=_NEWS)
    ] = None
    intensity: Annotated[
        str | None,
        typer.Option("--intensity", metavar="TEST", help="As intense as that: '<-5', '>=4'.", rich_help_panel=_NEWS),
    ] = None
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="EVENT_ID",
            help="Of this event's stance and kind, by one of its actors.",
            rich_help_panel=_NEWS,
        ),
    ] = None

    def asked(self) -> dict[str, Any]:
        """Return what `make_question` takes."""
        return {**vars(self), **{name: names(getattr(self, name)) for name in ("actor", "kind", "phase")}}


@grouped("series")
def ask(
    *,
    what: Annotated[str, typer.Argument(metavar="SERIES", help="The market, by name or alias: ruble, brent, RUB=X.")],
    news: News,
    hold: Annotated[
        str, typer.Option("--hold", metavar="A,B", help="Sessions held.", rich_help_panel=CHOICES)
    ] = "1,3,5,10",
    data: Data,
    returns: ReturnsOption = None,
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = 0,
    how: FormatOption = Format.table,
    table: Annotated[
        Table, typer.Option("--table", help="Which table csv and parquet have.", rich_help_panel=OUTPUT)
    ] = Table.summary,
    detail: Annotated[
        bool, typer.Option("--detail", help="Also what came after each event.", rich_help_panel=OUTPUT)
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Say what a market did after such news: mean, median, share that rose, p, beside days without news.

    Without --case and --events all bundled events are asked about.
    """
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import ALL_CASES, read_sources
    from eventstudy.errors import DesignError
    from eventstudy.trading.ask import ask as answer_to
    from eventstudy.trading.ask import make_question

    try:
        held = [int(word) for word in names(hold) or []]
    except ValueError:
        raise DesignError(f"--hold {hold}: write numbers of sessions, e.g. 1,3,5,10") from None
    chosen = {**news.asked(), "hold": held, "include_proposed": include_proposed, "seed": seed, "as_of": as_of}
    # A wrong choice is said before any file is read.
    make_question(what, returns=returns, **chosen)
    case = ALL_CASES if data.case is None and data.events is None else data.case
    span, fetching = Window(-1, max(held) + 1), data.fetching(quiet=quiet)
    read = read_sources(case, data.events, data.prices, [what], span=span, fetching=fetching, reading=data.reading)
    sources = data.identify(read)
    warn(sources.notes, quiet=quiet)
    series, known = sources.columns[what], sources.instruments
    answer = answer_to(sources.events, sources.prices, series, instruments=known, returns_kind=returns, **chosen)
    write_answer(answer, how, table, detail=detail)
    warn(answer.warnings, quiet=quiet)


def write_answer(answer: AskResult, how: Format, table: Table, *, detail: bool) -> None:
    """Write an answer to stdout in the format asked for."""
    from eventstudy.cli.output import folded, show, write, write_parquet
    from eventstudy.study.envelope import to_csv, to_json
    from eventstudy.trading.ask import ask_envelope

    match how:
        case Format.json:
            write(to_json(ask_envelope(answer)))
        case Format.csv:
            write(to_csv(answer.tables()[table.value]))
        case Format.parquet:
            write_parquet(answer.tables()[table.value])
        case _:
            write("\n".join(folded(said) for said in answer.sentences) + "\n\n")
            for part in answer_screen(answer, detail=detail):
                show(part)


def answer_screen(result: AskResult, *, detail: bool) -> Iterator[TextTable]:
    """Yield the tables of the screen: the averages, and in detail the events by measure."""
    from eventstudy.cli.output import TextTable
    from eventstudy.wording import probability

    rows, before = [], ""
    for row in result.summary.to_dict("records"):
        name = _MEASURES[str(row["measure"])][0]
        figures = [_figure(row[column], row) for column in ("mean", "median", "worst", "best")]
        p = "" if row["p_value"] != row["p_value"] else probability(row["p_value"], row["days"])
        shares = [_share(row[column]) for column in ("rose", "base_rate")]
        counts = [str(row[column]) for column in ("hold", "n", "n_set_aside")]
        rows.append(("" if name == before else name, *counts, *figures, *shares, _figure(row["caar"], row), p))
        before = name
    instrument = result.instrument
    up = f"; + {instrument.up}" if instrument.up else ""
    yield TextTable(
        title=f"{instrument.name} {result.question.words()}; in {_own_unit(result) or '%'}{up}",
        columns=("from", "h", "n", "out", "mean", "median", "worst", "best", "up %", "base", "CAAR", "p"),
        rows=tuple(rows),
        left=("from",),
        notes=(
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
    from eventstudy.cli.sparkline import sparkline

    paths = result.paths
    values = [0.0, *paths["mean"].dropna(), *paths["base_mean"].dropna()]
    unit: dict[Hashable, Any] = {"unit": result.summary["unit"].iloc[0]}
    lines = {name: paths[paths["measure"] == measure] for measure, (name, _) in _MEASURES.items()}
    drawn = [(f"{name}, n = {path['n'].iloc[0]}", path["mean"].tolist()) for name, path in lines.items()]
    drawn.append(("days without news", lines["session"]["base_mean"].tolist()))
    for name, line in drawn:
        if line[-1] == line[-1]:  # NaN
            figure = _figure(line[-1], unit)
            percent = " %" if str(unit["unit"]).endswith(" return") else ""
            some = sparkline(line[:: -(-len(line) // _LONGEST)], min(values), max(values))
            yield f"{name:<18}{some}  {figure}{percent} after {len(line) - 1}"


def _events(result: AskResult) -> Iterator[TextTable]:
    from eventstudy.cli.output import TextTable

    counted_in = result.events["status"] != "excluded"
    held, outcomes = result.question.hold, {}
    for row in result.outcomes.to_dict("records"):
        outcomes[row["event_id"], row["hold"]] = row
    for measure, day in (("from_event_session", "session"), ("from_tradable_from", "entry_session")):
        rows = []
        for event in result.events[counted_in].to_dict("records"):
            of_event = [outcomes[event["event_id"], h] for h in held]
            marks = ["*" if f"{measure}: " in row["note"] and row[measure] == row[measure] else "" for row in of_event]
            moves = [f"{_figure(row[measure], row)}{mark}" for row, mark in zip(of_event, marks, strict=True)]
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


def _figure(value: float, row: Mapping[Hashable, Any]) -> str:
    """Write a return or a difference as a bare number."""
    from eventstudy.wording import quantity

    return "" if value != value else quantity(value, str(row["unit"]), 2).split(" ")[0]  # noqa: PLR0124  # NaN


def _share(value: float) -> str:
    return "" if value != value else f"{100 * value:.0f}"  # noqa: PLR0124  # NaN
