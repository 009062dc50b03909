"""`eventstudy events import gdelt`: GDELT event files to proposed events."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import CHOICES, DATA, Format, FormatOption, QuietOption, names
from eventstudy.cli.proposed import AllOption, AppendOption

if TYPE_CHECKING:
    from eventstudy.events.gdelt.proposals import GdeltEvents
    from eventstudy.events.gdelt.tally import Tally

GdeltFiles = Annotated[
    list[Path], typer.Argument(metavar="FILES...", help="GDELT event files, version 1 or 2, zipped or not.")
]


def _which(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text, rich_help_panel=DATA)


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
    _write(found, tally, how, append, everything=everything, quiet=quiet)


def _whole_numbers(text: str | None) -> list[int]:
    from eventstudy.errors import DesignError

    words = names(text) or []
    if not all(word.isdigit() for word in words):
        raise DesignError(f"'{text}' is no list of quad classes; write 3,4")
    return [int(word) for word in words]


def _write(
    found: GdeltEvents, tally: Tally, how: Format, append: Path | None, *, everything: bool, quiet: bool
) -> None:
    from eventstudy.cli.output import warn
    from eventstudy.cli.proposed import append_proposed, write_proposed

    lines = _account(found, tally)
    if append:
        lines.append(append_proposed(found.events, append))
    also = {"set_aside": list(found.quiet), "counts": _counts(tally)} if everything else None
    write_proposed(found.events, how, _tables(found, everything=everything), also)
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
    lines = [f"{tally.rows:,} rows in {tally.files} files, {tally.used:,} match: {made}"]
    if tally.late:
        lines.append(f"{tally.late:,} matching rows left out: added long after their day (--latest)")
    if tally.broken:
        reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(tally.broken.items()))
        lines.append(f"{sum(tally.broken.values()):,} broken rows left out: {reasons}")
    return lines


def _tables(found: GdeltEvents, *, everything: bool) -> list[Any]:
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
