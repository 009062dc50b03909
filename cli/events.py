"""`eventstudy events`: bundled and user event files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli import events_import
from eventstudy.cli.events_confirm import confirm
from eventstudy.cli.events_extract import extract, score
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
    Format,
    FormatOption,
    MapOption,
    QuietOption,
    SetOption,
    SheetOption,
    TimeFormatOption,
)

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.merging import Merged

app = typer.Typer(help="Event files: what is bundled, and whether yours is in order.", no_args_is_help=True)

app.command("extract", epilog="Example: eventstudy events extract article.txt --published 2022-01-27")(extract)
app.add_typer(events_import.app, name="import")
app.command("confirm", epilog="Example: eventstudy events confirm events.csv")(confirm)
app.command("score", epilog="Example: eventstudy events score labelled.csv")(score)

NameOrFile = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A bundled case, or an event file.")]


@app.command("list", epilog="Example: eventstudy events list")
def list_cases(how: FormatOption = Format.table) -> None:
    """List the bundled cases."""
    import pandas as pd

    from eventstudy.cases import case_events, case_names
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view
    from eventstudy.markets.bundled import read_catalog

    rows = []
    for name in case_names():
        events = case_events(name)
        counts = events["stance"].value_counts()
        days = events["time"].str[:10]
        rows.append(
            {
                "case": name,
                "events": len(events),
                **{stance: int(counts.get(stance, 0)) for stance in ("raise", "hold", "fold")},
                "first": days.min(),
                "last": days.max(),
                "title": read_catalog()["cases"][name]["title"],
            }
        )
    frame = pd.DataFrame(rows)
    emit(frame, how, frame_view(frame, "Bundled cases", list(frame.columns)))


@app.command("show", epilog="Example: eventstudy events show crimea-2014")
def show_events(name: NameOrFile, how: FormatOption = Format.table) -> None:
    """Show the events of a bundled case or a file, every default filled in."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.views import frame_view

    events = _events(name)
    shown = events.assign(time=events["time"].str.replace("T", " "), zone=events["time_zone"])
    view = frame_view(shown, f"Events of {name}", ["time", "zone", "stance", "kind", "actor", "headline", "id"])
    emit(events, how, view)


@app.command("check", epilog="Example: eventstudy events check my-events.csv")
def check(
    name: NameOrFile,
    columns: MapOption = None,
    values: SetOption = None,
    time_format: TimeFormatOption = None,
    sheet: SheetOption = None,
    quiet: QuietOption = False,
) -> None:
    """Check an event file against the schema; the first thing wrong is said with its row and column."""
    from eventstudy.cli.output import warn, write

    events = _events(name, columns, values, time_format, sheet)
    counts = {stance or "without a stance": n for stance, n in events["stance"].value_counts().items()}
    order = [*(stance for stance in ("raise", "hold", "fold") if set(counts) & {"raise", "hold", "fold"}), *counts]
    stances = ", ".join(f"{counts.get(stance, 0)} {stance}" for stance in dict.fromkeys(order))
    proposed = int((events["status"] == "proposed").sum())
    clocked = int((events["precision"] == "minute").sum())
    days = events["time"].str[:10]
    write(
        f"{name}: {len(events)} events in order, {days.min()} .. {days.max()}: {stances}; {clocked} with a clock time"
        + (f"; {proposed} proposed" if proposed else "") + "\n"
    )  # fmt: skip
    warn(events.attrs.get("notes", ()), quiet=quiet)


def _events(name: str, *how: Any) -> pd.DataFrame:
    from eventstudy.cases import case_events, case_names
    from eventstudy.cli.sources import read_event_file
    from eventstudy.errors import DataMissingError, did_you_mean

    if name in case_names():
        return case_events(name)
    if name != "-" and not Path(name).is_file():
        raise DataMissingError(f"no event file and no bundled case '{name}'; {did_you_mean(name, case_names())}")
    return read_event_file(name, *how)


@app.command("merge", epilog="Example: eventstudy events merge mine.csv yours.csv --out all.csv")
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
    from eventstudy.events.merging import CONFLICTS, merge_events
    from eventstudy.events.read import read_events
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
        kept = "the former is kept" if row["reason"] == "same id" else "both are kept"
        lines.append(f"{row['reason']}: {ids}: {row['column']} {both}; {kept}")
    return lines
