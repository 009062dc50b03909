"""`eventstudy events import`: other people's files to proposed events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.events_extract import ActorsOption, LexiconOption
from eventstudy.cli.events_gdelt import gdelt
from eventstudy.cli.options import DATA, Format, FormatOption, QuietOption
from eventstudy.cli.proposed import AllOption, AppendOption

if TYPE_CHECKING:
    from eventstudy.news.imported import Imported

app = typer.Typer(help="Other people's files to proposed events.", no_args_is_help=True)

app.command("gdelt", epilog="Example: eventstudy events import gdelt 20220127.export.CSV.zip --pair RUS:USA")(gdelt)


@app.command("csv", epilog="Example: eventstudy events import csv my.csv --map time=Date --map headline=Title")
def import_csv_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A CSV whose columns have other names.")],
    columns: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OURS=THEIRS", help="Which column is which; repeatable.", rich_help_panel=DATA),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="OURS=VALUE", help="One value for all rows; repeatable.", rich_help_panel=DATA),
    ] = None,
    time_format: Annotated[
        str,
        typer.Option("--time-format", metavar="CODES", help="How times are written, e.g. %d.%m.%Y.",
                     rich_help_panel=DATA),
    ] = "",
    lexicon: LexiconOption = None,
    actors: ActorsOption = None,
    everything: AllOption = False,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:  # fmt: skip
    """Read a table with column names of its own; a stance it does not have is read from the headline."""
    from eventstudy.news.columns import import_csv

    book, table = _tables_of(lexicon, actors)
    found = import_csv(
        file, _pairs(columns, "--map"), _pairs(values, "--set"), time_format=time_format, lexicon=book, actors=table
    )
    _write(found, how, append, everything=everything, quiet=quiet)


@app.command("ics", epilog="Example: eventstudy events import ics meetings.ics --zone Europe/Moscow")
def import_ics_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A calendar file.")],
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="NAME", help="Zone of clocks without one.", rich_help_panel=DATA)
    ] = None,
    actors: ActorsOption = None,
    everything: AllOption = False,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Read the scheduled meetings of a calendar."""
    from eventstudy.news.ics import import_ics

    found = import_ics(file, zone, actors=_tables_of(None, actors)[1])
    _write(found, how, append, everything=everything, quiet=quiet)


@app.command("rss", epilog="Example: eventstudy events import rss feed.xml --append events.csv")
def import_rss_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An RSS or Atom file.")],
    lexicon: LexiconOption = None,
    actors: ActorsOption = None,
    everything: AllOption = False,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Read the entries of a news feed, each with its stance and publication time."""
    from eventstudy.news.feed import import_feed

    book, table = _tables_of(lexicon, actors)
    found = import_feed(file, lexicon=book, actors=table)
    _write(found, how, append, everything=everything, quiet=quiet)


def _pairs(words: list[str] | None, option: str) -> dict[str, str]:
    from eventstudy.errors import DesignError

    pairs: dict[str, str] = {}
    for word in words or []:
        ours, equals, theirs = word.partition("=")
        if not (ours and equals and theirs):
            raise DesignError(f"'{word}' is no pair of names; write {option} headline=Title")
        if ours in pairs:
            raise DesignError(f"{option} names '{ours}' twice")
        pairs[ours] = theirs
    return pairs


def _tables_of(lexicon: Path | None, actors: Path | None) -> tuple[Any, Any]:
    """Return the lexicon and the actors of files of the user's, None where there is no file."""
    from eventstudy.news.actors import read_actors
    from eventstudy.news.lexicon import read_lexicon

    return (read_lexicon(lexicon) if lexicon else None, read_actors(actors) if actors else None)


def _write(found: Imported, how: Format, append: Path | None, *, everything: bool, quiet: bool) -> None:
    from eventstudy.cli.output import warn
    from eventstudy.cli.proposed import append_proposed, write_proposed
    from eventstudy.events.schema import check_events

    if found.events:
        import pandas as pd

        check_events(pd.DataFrame([{**row, "evidence": ""} for row in found.events]), "the imported file")
    lines = list(found.notes)
    if append:
        lines.append(append_proposed(found.events, append))
    if found.set_aside and not everything:
        lines.append(f"{len(found.set_aside)} entries set aside; --all shows them with the reason")
    write_proposed(found.events, how, _tables(found, everything=everything),
                   {"set_aside": list(found.set_aside)} if everything else None)  # fmt: skip
    warn(lines, quiet=quiet)


def _tables(found: Imported, *, everything: bool) -> list[Any]:
    from eventstudy.cli.output import TextTable

    columns = ("time", "zone", "actor", "target", "kind", "stance", "confidence", "headline")
    rows = tuple(
        (
            str(one["time"]).replace("T", " "),
            *(str(one[name]) for name in ("time_zone", "actor", "target", "kind", "stance")),
            f"{one['confidence']:.2f}",
            str(one["headline"]),
        )
        for one in found.events
    )
    notes = ("Proposals, to be confirmed by a person.",)
    tables = [TextTable("Proposed events", columns, rows, tuple(set(columns) - {"confidence"}), notes)]
    if everything:
        aside = tuple((one["reason"], one["text"]) for one in found.set_aside)
        tables.append(TextTable("Set aside", ("reason", "entry"), aside, ("reason", "entry")))
    return tables
