"""`eventstudy events`: bundled and user event files, and a person's decisions on proposed events."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli import events_import
from eventstudy.cli.events_extract import extract, score
from eventstudy.cli.options import OUTPUT, REQUIRED, Asked, Command, Option, command, group
from eventstudy.cli.output import folded, show, warn, write
from eventstudy.cli.sources import read_event_file
from eventstudy.cli.views import frame_view
from eventstudy.errors import DataMissingError, DesignError, InputError, PartialResultError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.merging import Merged, Proposals

app = group("Event files: what is bundled, and whether yours is in order.")
app.command("extract", cls=Command, epilog="Example: eventstudy events extract article.txt --published 2022-01-27")(
    extract
)
app.add_typer(events_import.app, name="import")
app.command("score", cls=Command, epilog="Example: eventstudy events score labelled.csv")(score)

_NAME = Option("name", "NAME|FILE", "text", REQUIRED, "A bundled case, or an event file.", offered="cases:case_names")


@app.command("list", cls=Command, epilog="Example: eventstudy events list")
@command("how")
def list_cases(asked: Asked) -> None:
    """List the bundled cases."""
    import pandas as pd

    from eventstudy.cases import case_events, case_names
    from eventstudy.markets.instrument import read_catalog

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
    asked.emit(frame, frame_view(frame, "Bundled cases", list(frame.columns)))


@app.command("show", cls=Command, epilog="Example: eventstudy events show crimea-2014")
@command(_NAME, "how")
def show_events(asked: Asked) -> None:
    """Show the events of a bundled case or a file, every default filled in."""
    name = asked.name
    events = _events(name)
    shown = events.assign(time=events["time"].str.replace("T", " "), zone=events["time_zone"])
    view = frame_view(shown, f"Events of {name}", ["time", "zone", "stance", "kind", "actor", "headline", "id"])
    asked.emit(events, view)


@app.command("check", cls=Command, epilog="Example: eventstudy events check my-events.csv")
@command(_NAME, "columns values time_format sheet quiet")
def check(asked: Asked) -> None:
    """Check an event file against the schema; the first thing wrong is said with its row and column."""
    name = asked.name
    events = _events(name, **asked.given("columns", "values", "time_format", "sheet"))
    counts = {stance or "without a stance": n for stance, n in events["stance"].value_counts().items()}
    order = [*(stance for stance in ("raise", "hold", "fold") if set(counts) & {"raise", "hold", "fold"}), *counts]
    stances = ", ".join(f"{counts.get(stance, 0)} {stance}" for stance in dict.fromkeys(order))
    proposed = int((events["status"] == "proposed").sum())
    clocked = int((events["precision"] == "minute").sum())
    days = events["time"].str[:10]
    told = (
        f"{name}: {len(events)} events in order, {days.min()} .. {days.max()}: {stances}; {clocked} with a clock time"
    )
    write(f"{folded(told + (f'; {proposed} proposed' if proposed else ''))}\n")
    warn(events.attrs.get("notes", ()), quiet=asked.quiet)


def _events(name: str, **how: Any) -> pd.DataFrame:
    from eventstudy.cases import case_events, case_names

    if name in case_names():
        return case_events(name)
    if name != "-" and not Path(name).is_file():
        raise DataMissingError(f"no event file and no bundled case '{name}'; {did_you_mean(name, case_names())}")
    return read_event_file(name, **how)


@app.command("merge", cls=Command, epilog="Example: eventstudy events merge mine.csv yours.csv --out all.csv")
@command(
    Option("files", "FILES...", "paths", REQUIRED, "Event files: CSV, JSON, TOML or Parquet."),
    Option("out", "--out EVENTS.csv", "path", None, "Write the merged events here.", OUTPUT),
    Option("strict", "--strict", "yes", False, "Write nothing, exit 6, if anything contradicts."),
    "how quiet",
)
def merge(asked: Asked) -> None:
    """Join event files: exact duplicates go, contradictions are listed."""
    from eventstudy.events.merging import CONFLICTS, merge_events
    from eventstudy.events.schema import read_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv, to_json

    files, out = asked.files, asked.out
    if len({file.resolve() for file in files}) < len(files):
        raise DesignError("a file stands there twice")
    merged = merge_events({str(file): read_events(file) for file in files})
    conflicts = frame_view(merged.conflicts, "Conflicts", CONFLICTS)
    if asked.strict and len(merged.conflicts):
        show(conflicts)
        raise PartialResultError(f"{len(merged.conflicts)} conflicts; --strict forbids them")
    if out:
        write_files(out.parent, {out.name: to_csv(merged.events).encode()})
    columns = ["time", "time_zone", "stance", "kind", "actor", "headline", "status", "id"]
    events = frame_view(merged.events, f"{len(merged.events)} events of {len(files)} files", columns)
    if asked.how == "json":
        write(to_json({"events": records(merged.events), "conflicts": records(merged.conflicts)}))
    elif asked.how in {"table", "latex"}:
        for table in (events, *([conflicts] if len(merged.conflicts) else [])):
            show(table, how=asked.how)
    else:
        asked.emit(merged.events, events)
    warn(_account(merged), quiet=asked.quiet)


def _account(merged: Merged) -> list[str]:
    lines = [f"{merged.duplicates} exact duplicates left out"] if merged.duplicates else []
    for row in merged.conflicts.to_dict("records"):
        both = f"'{row['value']}' in {row['file']}, '{row['other_value']}' in {row['other_file']}"
        ids = row["id"] if row["id"] == row["other_id"] else f"{row['id']} and {row['other_id']}"
        kept = "the former is kept" if row["reason"] == "same id" else "both are kept"
        lines.append(f"{row['reason']}: {ids}: {row['column']} {both}; {kept}")
    return lines


_QUESTION = "[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit > "
_WORDS = {"a": "accept", "e": "edit", "r": "reject", "s": "skip", "q": "quit"}
_SHOWN = ("time", "time_zone", "actor", "target", "kind", "stance", "confidence", "source", "url", "note")


@app.command("confirm", cls=Command, epilog="Example: eventstudy events confirm events.csv")
@command(Option("file", "FILE", "path", REQUIRED, "Event file with proposed rows: CSV or JSON."))
def confirm(asked: Asked) -> None:
    """Decide on proposed events one at a time; the file is written after every decision."""
    from eventstudy.events.merging import read_proposals

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DesignError("confirming asks a person and needs a terminal; a script edits the column 'status' instead")
    file = asked.file
    proposals = read_proposals(file)
    n = len(proposals.waiting)
    if not n:
        write(f"{file.name}: no proposed events\n")
        return
    skipped: set[int] = set()
    counts = dict.fromkeys(("accept", "edit", "reject", "skip"), 0)
    while open_rows := [k for k in proposals.waiting if k not in skipped]:
        write(f"\n{n - len(open_rows) + 1} of {n}\n{_shown(proposals.rows[open_rows[0]])}\n")
        answer, proposals = _decide(proposals, open_rows[0])
        if answer == "quit":
            break
        counts[answer] += 1
        if answer == "skip":
            skipped.add(open_rows[0])
        elif answer == "reject":
            skipped = {k - (k > open_rows[0]) for k in skipped}
    write(
        f"\n{file.name}: {counts['accept'] + counts['edit']} confirmed ({counts['edit']} of them edited), "
        f"{counts['reject']} rejected, {len(proposals.waiting)} still proposed\n"
    )


def _decide(proposals: Proposals, position: int) -> tuple[str, Proposals]:
    """Return a decision and the file as it now is; the end of the input, or Ctrl-C, means quit."""
    try:
        return _ask_until_decided(proposals, position)
    except (EOFError, KeyboardInterrupt):
        return "quit", proposals


def _ask_until_decided(proposals: Proposals, position: int) -> tuple[str, Proposals]:
    from eventstudy.events.merging import accept, reject, save

    while True:
        answer = _WORDS.get(input(_QUESTION).strip().lower()[:1], "")
        if answer in {"skip", "quit"}:
            return answer, proposals
        if not answer:
            continue
        if answer == "reject":
            return answer, save(reject(proposals, position))
        changes = _changes(proposals.rows[position]) if answer == "edit" else {}
        try:
            decided = accept(proposals, position, changes)
        except InputError as error:
            write(f"  {error}; edit it, or reject it\n")
            continue
        return answer, save(decided)


def _changes(row: dict[str, Any]) -> dict[str, str]:
    """Ask for new values; an empty line keeps what is there, a dash empties it."""
    from eventstudy.events.merging import EDITABLE

    write("  Enter keeps a value, - empties it.\n")
    changes = {}
    for name in EDITABLE:
        answer = input(f"  {name} [{row.get(name, '')}] ").strip()
        if answer:
            changes[name] = "" if answer == "-" else answer
    return changes


def _shown(row: dict[str, Any]) -> str:
    lines = [f"  {row.get('headline', '')}"]
    lines += [f"  {name:10} {row[name]}" for name in _SHOWN if row.get(name) not in {None, ""}]
    return "\n".join([*lines, *_evidence(row.get("evidence"))])


def _evidence(cell: Any) -> list[str]:
    """Write evidence, which in a CSV is JSON in a cell, a line a piece."""
    import json

    try:
        pieces = json.loads(cell) if isinstance(cell, str) and cell else cell or []
    except json.JSONDecodeError:
        return [f"  evidence   {cell}"]
    return [f"  evidence   {', '.join(f'{key} {value}' for key, value in one.items())}" if "rule" not in one
            else f"  evidence   '{' '.join(str(one.get('text', '')).split())}': {one['rule']}"
            for one in pieces]  # fmt: skip
