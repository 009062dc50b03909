"""`eventstudy ask`: what a market did after such news, in one screen."""

from __future__ import annotations

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
    from eventstudy.cli.sources import Sources
    from eventstudy.trading.ask import AskResult

_NEWS = "News"


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
    quiet: QuietOption = False,
) -> None:
    """Say what a market did after such news: mean, median, share that rose, p, beside days without news.

    Without --case and --events all bundled events are asked about.
    """
    from eventstudy.cli.output import warn
    from eventstudy.trading.ask import ask as answer_to
    from eventstudy.trading.question import make_question

    held = _sessions(hold)
    chosen = {**news.asked(), "hold": held, "include_proposed": include_proposed, "seed": seed, "as_of": as_of}
    # A wrong choice is said before any file is read.
    make_question(what, returns=returns, **chosen)
    sources = _sources(what, data, max(held), quiet=quiet)
    series, known = sources.columns[what], sources.instruments
    answer = answer_to(sources.events, sources.prices, series, instruments=known, returns_kind=returns, **chosen)
    write_answer(answer, how, table)
    warn(answer.warnings, quiet=quiet)


def _sources(what: str, data: Data, longest: int, *, quiet: bool) -> Sources:
    """Read the market asked about and the events named; without any, all bundled ones."""
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import ALL_CASES, read_sources

    case = ALL_CASES if data.case is None and data.events is None else data.case
    span, fetching = Window(-1, longest + 1), data.fetching(quiet=quiet)
    read = read_sources(case, data.events, data.prices, [what], span=span, fetching=fetching, reading=data.reading)
    sources = data.identify(read)
    warn(sources.notes, quiet=quiet)
    return sources


def _sessions(text: str) -> list[int]:
    from eventstudy.errors import DesignError

    try:
        return [int(word) for word in names(text) or []]
    except ValueError:
        raise DesignError(f"--hold {text}: write numbers of sessions, e.g. 1,3,5,10") from None


def write_answer(answer: AskResult, how: Format, table: Table) -> None:
    """Write an answer to stdout in the format asked for."""
    from eventstudy.cli.ask_view import answer_screen, answer_sentences
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
            write("\n".join(folded(said) for said in answer_sentences(answer)) + "\n\n")
            for part in answer_screen(answer):
                show(part)
