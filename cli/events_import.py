"""`eventstudy events import`: other people's files to a clean event file, or to proposed events."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from eventstudy.cli.events_extract import ActorsOption, LexiconOption
from eventstudy.cli.options import (
    CHOICES,
    DATA,
    OUTPUT,
    Format,
    FormatOption,
    MapOption,
    QuietOption,
    SetOption,
    SheetOption,
    TimeFormatOption,
    names,
)
from eventstudy.cli.proposed import AllOption, AppendOption

if TYPE_CHECKING:
    from eventstudy.events.gdelt.proposals import GdeltEvents, Tally
    from eventstudy.events.schema import Imported

#: What `events import FILE` takes a file for, by its ending; any other is a table.
_KINDS = {".ics": "ics", ".rss": "rss", ".atom": "rss", ".xml": "rss", ".export.csv": "gdelt", ".csv.zip": "gdelt"}


class _AnyFile(TyperGroup):
    """A group whose command may be left out: the file says which it is."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            kinds = [kind for word in args for ending, kind in _KINDS.items() if word.lower().endswith(ending)]
            args = [kinds[0] if kinds else "csv", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    help="Others' files to a clean event file: events import FILE takes any table, calendar, feed or GDELT file.",
    no_args_is_help=True,
    cls=_AnyFile,
)


@app.command(
    "csv", epilog="Example: eventstudy events import my.xlsx --map time=Date --map headline=Title --out my.csv"
)
def import_table(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A table: CSV, Excel, Parquet, JSON, TOML; - is stdin.")],
    columns: MapOption = None,
    values: SetOption = None,
    time_format: TimeFormatOption = None,
    sheet: SheetOption = None,
    headlines: Annotated[
        bool,
        typer.Option(
            "--read-headlines", help="Read a stance and an actor it lacks from the headline.", rich_help_panel=CHOICES
        ),
    ] = False,
    lexicon: LexiconOption = None,
    actors: ActorsOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="EVENTS.csv", help="Write the clean event file here.", rich_help_panel=OUTPUT),
    ] = None,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Read any table of events, show its first and last rows as understood, and write the clean file."""
    from eventstudy.cli.output import emit, warn, write
    from eventstudy.cli.proposed import append_proposed, flat
    from eventstudy.cli.sources import read_event_file
    from eventstudy.cli.views import frame_view
    from eventstudy.events.schema import check_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv, to_json

    events = read_event_file(file, columns, values, time_format, sheet)
    notes = list(events.attrs.get("notes", ()))
    rows: Sequence[Mapping[str, Any]] = records(events)
    if headlines:
        import pandas as pd

        from eventstudy.news.feed import read_headlines

        book, table = _tables_of(lexicon, actors)
        rows = read_headlines(rows, lexicon=book, actors=table)
        if given := next((word for word in values or [] if word.startswith("status=")), ""):
            rows = [{**row, "status": given.removeprefix("status=")} for row in rows]
        events = check_events(pd.DataFrame([flat(row) for row in rows]).fillna(""), file.name)
    if append:
        notes.append(append_proposed(rows, append))
    if out:
        write_files(out.parent, {out.name: to_csv(events).encode()})
        notes.append(f"{out.name}: {len(events)} events written")
    if how == "json":
        write(to_json(list(rows)))
    elif how == "table":
        ends = events if len(events) <= 2 * _SHOWN else events.iloc[[*range(_SHOWN), *range(-_SHOWN, 0)]]
        title = f"{file.name}: {len(events)} events" + ("" if ends is events else f", the first and last {_SHOWN}")
        shown = [name for name in _COLUMNS if name in {"time", "stance"} or events[name].ne("").any()]
        emit(ends, how, frame_view(ends, title, shown))
        if not out and not append:
            notes.append("nothing written: --out EVENTS.csv writes the clean file")
    else:
        emit(events, how, frame_view(events, file.name, list(_COLUMNS)))
    warn(notes, quiet=quiet)


#: Rows shown of each end of a table, and the columns of theirs that are not empty.
_SHOWN = 3
_COLUMNS = ("time", "time_zone", "published_at", "stance", "actor", "target", "kind", "series", "status", "headline")


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
    from eventstudy.events.ics import import_ics
    from eventstudy.news.feed import read_headlines

    found = import_ics(file, zone)
    named = read_headlines(found.events, stance=False, actors=_tables_of(None, actors)[1])
    _write(found._replace(events=named), how, append, everything=everything, quiet=quiet)


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
    _write(import_feed(file, lexicon=book, actors=table), how, append, everything=everything, quiet=quiet)


def _tables_of(lexicon: Path | None, actors: Path | None) -> tuple[Any, Any]:
    """Return the lexicon and the actors of files of the user's, None where there is no file."""
    from eventstudy.news.actors import read_actors
    from eventstudy.news.lexicon import read_lexicon

    return (read_lexicon(lexicon) if lexicon else None, read_actors(actors) if actors else None)


def _write(found: Imported, how: Format, append: Path | None, *, everything: bool, quiet: bool) -> None:
    from eventstudy.cli.output import TextTable, warn
    from eventstudy.cli.proposed import append_proposed, write_proposed

    lines = list(found.notes)
    if append:
        lines.append(append_proposed(found.events, append))
    if found.set_aside and not everything:
        lines.append(f"{len(found.set_aside)} entries set aside; --all shows them with the reason")
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
    write_proposed(found.events, how, tables, {"set_aside": list(found.set_aside)} if everything else None)
    warn(lines, quiet=quiet)


# --- GDELT ---------------------------------------------------------------------------------------------------------

GdeltFiles = Annotated[
    list[Path], typer.Argument(metavar="FILES...", help="GDELT event files, version 1 or 2, zipped or not.")
]


def _which(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text, rich_help_panel=DATA)


@app.command("gdelt", epilog="Example: eventstudy events import gdelt 20220127.export.CSV.zip --pair RUS:USA")
def gdelt(
    files: GdeltFiles,
    actor: Annotated[str | None, _which("--actor", "A,B", "Who acts: CAMEO countries, or NATO, EU, UN.")] = None,
    target: Annotated[str | None, _which("--target", "A,B", "On whom.")] = None,
    pair: Annotated[list[str] | None, _which("--pair", "A:B", "Two actors, either way; repeatable.")] = None,
    root: Annotated[str | None, _which("--root", "13,15", "CAMEO root classes.")] = None,
    quad: Annotated[str | None, _which("--quad", "3,4", "Quad classes.")] = None,
    goldstein: Annotated[str, _which("--goldstein", "LOW:HIGH", "Goldstein scores, e.g. -10:-4.")] = "",
    mentions: Annotated[int, _which("--mentions", "N", "Fewest mentions of a row.")] = 0,
    place: Annotated[str | None, _which("--place", "RS,UP", "Where it happened: FIPS countries.")] = None,
    first: Annotated[str | None, _which("--first", "DATE", "First day.")] = None,
    last: Annotated[str | None, _which("--last", "DATE", "Last day.")] = None,
    latest: Annotated[int, _which("--latest", "DAYS", "Leave out rows added later than this after their day.")] = 7,
    one_sided: Annotated[
        bool, typer.Option("--one-sided", help="Also rows that name only one actor.", rich_help_panel=DATA)
    ] = False,
    salience: Annotated[
        int,
        typer.Option("--salience", metavar="N", help="Fewest mentions that make an event.", rich_help_panel=CHOICES),
    ] = 100,
    per_day: Annotated[
        int | None,
        typer.Option("--per-day", metavar="N", help="At most so many events a day.", rich_help_panel=CHOICES),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes; default one a core.", rich_help_panel=CHOICES),
    ] = None,
    everything: AllOption = False,
    append: AppendOption = None,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Count GDELT rows by day, actors and stance, and propose the loud ones as events."""
    import os

    from eventstudy.events.gdelt.filters import make_filters
    from eventstudy.events.gdelt.proposals import gdelt_events
    from eventstudy.events.gdelt.reading import read_gdelt

    filters = make_filters(
        actors=names(actor) or (),
        targets=names(target) or (),
        pairs=pair or (),
        roots=names(root) or (),
        quads=_whole_numbers(quad),
        places=names(place) or (),
        goldstein=goldstein,
        first=first,
        last=last,
        mentions=mentions,
        latest=latest,
        one_sided=one_sided,
    )
    with _bar(quiet=quiet) as progress:
        tally = read_gdelt(files, filters, workers=workers or os.cpu_count() or 1, progress=progress)
    found = gdelt_events(tally, salience=salience, per_day=per_day)
    _write_gdelt(found, tally, how, append, everything=everything, quiet=quiet)


def _whole_numbers(text: str | None) -> list[int]:
    from eventstudy.errors import DesignError

    words = names(text) or []
    if not all(word.isdigit() for word in words):
        raise DesignError(f"'{text}' is no list of quad classes; write 3,4")
    return [int(word) for word in words]


def _write_gdelt(
    found: GdeltEvents, tally: Tally, how: Format, append: Path | None, *, everything: bool, quiet: bool
) -> None:
    from eventstudy.cli.output import warn
    from eventstudy.cli.proposed import append_proposed, write_proposed

    lines = _account(found, tally)
    if append:
        lines.append(append_proposed(found.events, append))
    also = {"set_aside": list(found.quiet), "counts": _counts(tally)} if everything else None
    write_proposed(found.events, how, _gdelt_tables(found, everything=everything), also)
    warn(lines, quiet=quiet)


def _counts(tally: Tally) -> dict[str, Any]:
    return {
        "files": tally.files,
        "rows": tally.rows,
        "looked_at": tally.looked_at,
        "used": tally.used,
        "late": tally.late,
        "broken": dict(sorted(tally.broken.items())),
    }


def _account(found: GdeltEvents, tally: Tally) -> list[str]:
    made = f"{len(found.events)} events, {len(found.quiet)} cells too quiet"
    lines = [f"{tally.rows:,} rows in {tally.files} files, {tally.used:,} match: {made}", *tally.notes]
    if tally.late:
        lines.append(f"{tally.late:,} matching rows left out: added long after their day (--latest)")
    if tally.broken:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(tally.broken.items()))
        lines.append(f"{sum(tally.broken.values()):,} broken rows left out: {reasons}")
    return lines


def _gdelt_tables(found: GdeltEvents, *, everything: bool) -> list[Any]:
    from eventstudy.cli.output import TextTable, cell

    columns = ("time", "actor", "target", "stance", "kind", "rows", "mentions", "goldstein", "share", "because")
    rows = tuple(
        (
            *(str(one[name]) for name in ("time", "actor", "target", "stance", "kind")),
            *(f"{one[name]:,}" for name in ("rows", "mentions")),
            "" if one["goldstein"] is None else f"{one['goldstein']:.1f}",
            f"{100 * one['confidence']:.0f} %",
            "; ".join(act["act"] for act in one["evidence"][:2]),
        )
        for one in found.events
    )
    notes = (
        "Proposals, to be confirmed by a person. share: of what the actor did to the target that day, by mentions.",
        "goldstein: mean over rows; the score is that of the kind of act, not of its size.",
    )
    left = ("time", "actor", "target", "stance", "kind", "because")
    tables = [TextTable("Proposed events", columns, rows, left, notes)]
    if everything:
        quiet_columns = ("time", "actor", "target", "stance", "rows", "mentions", "reason")
        quiet = tuple(tuple(cell(one[name]) for name in quiet_columns) for one in found.quiet)
        tables.append(TextTable("Set aside", quiet_columns, quiet, ("time", "actor", "target", "stance", "reason")))
    return tables


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """Show on stderr how far the files have been read, where stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Reading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
