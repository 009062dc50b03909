"""`eventstudy events merge`: several event files to one, with what contradicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import CHOICES, OUTPUT, Format, FormatOption, QuietOption

if TYPE_CHECKING:
    from eventstudy.events.merging import Merged


def merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="Event files: CSV, JSON, TOML or Parquet.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="EVENTS.csv", help="Write the merged events here.", rich_help_panel=OUTPUT),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Write nothing, exit 6, if anything contradicts.", rich_help_panel=CHOICES)
    ] = False,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Join event files: exact duplicates go, contradictions are listed."""
    from eventstudy.cli.output import emit, show, warn, write
    from eventstudy.cli.views import frame_view
    from eventstudy.errors import DesignError, PartialResultError
    from eventstudy.events.files import read_events
    from eventstudy.events.merging import CONFLICTS, merge_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv, to_json

    if len({file.resolve() for file in files}) < len(files):
        raise DesignError("a file stands there twice")
    merged = merge_events({str(file): read_events(file) for file in files})
    conflicts = frame_view(merged.conflicts, "Conflicts", CONFLICTS)
    if strict and len(merged.conflicts):
        show(conflicts)
        raise PartialResultError(f"{len(merged.conflicts)} conflicts; --strict forbids them")
    if out:
        write_files(out.parent, {out.name: to_csv(merged.events).encode()})
    columns = ["time", "time_zone", "stance", "kind", "actor", "headline", "status", "id"]
    events = frame_view(merged.events, f"{len(merged.events)} events of {len(files)} files", columns)
    if how == "json":
        write(to_json({"events": records(merged.events), "conflicts": records(merged.conflicts)}))
    elif how == "table":
        for table in (events, *([conflicts] if len(merged.conflicts) else [])):
            show(table)
    else:
        emit(merged.events, how, events)
    warn(_account(merged), quiet=quiet)


def _account(merged: Merged) -> list[str]:
    lines = [f"{merged.duplicates} exact duplicates left out"] if merged.duplicates else []
    for row in merged.conflicts.to_dict("records"):
        both = f"'{row['value']}' in {row['file']}, '{row['other_value']}' in {row['other_file']}"
        ids = row["id"] if row["id"] == row["other_id"] else f"{row['id']} and {row['other_id']}"
        kept = "the first is kept" if row["reason"] == "same id" else "both are kept"
        lines.append(f"{row['reason']}: {ids}: {row['column']} {both}; {kept}")
    return lines
