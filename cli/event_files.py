"""`eventstudy events`: bundled and user event files, and a person's decisions on proposed events."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import command, group
from eventstudy.cli.articles import extract, score
from eventstudy.cli.asked import Asked, read_event_file
from eventstudy.cli.imports import imports
from eventstudy.cli.output import folded, show, write
from eventstudy.cli.views import table_of
from eventstudy.errors import DataMissingError, DesignError, InputError, PartialResultError, did_you_mean
from eventstudy.options import OUTPUT, REQUIRED, Option

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.merging import Proposals

_NAME = Option("name", "NAME|FILE", "text", REQUIRED, "A bundled case, or an event file.", offered="cases:case_names")

#: What a person may answer, and what of a proposal is shown.
_WORDS = {"a": "accept", "e": "edit", "r": "reject", "s": "skip", "q": "quit"}
_SHOWN = ("time", "time_zone", "actor", "target", "kind", "stance", "confidence", "source", "url", "note")


@command("how")
def list_cases(asked: Asked) -> None:
    """List the bundled cases.

    Example: eventstudy events list
    """
    import pandas as pd

    from eventstudy.cases import case_events, case_names, case_row

    rows = []
    for name in case_names():
        events = case_events(name)
        counts, days = events["stance"].value_counts(), events["time"].str[:10]
        stances = {stance: int(counts.get(stance, 0)) for stance in ("raise", "hold", "fold")}
        dates = {"first": days.min(), "last": days.max()}
        rows.append({"case": name, "events": len(events), **stances, **dates, "title": case_row(name)["title"]})
    asked.put(pd.DataFrame(rows), table_of(rows, "cases"))


@command(_NAME, "how")
def show_events(asked: Asked) -> None:
    """Show the events of a bundled case or a file, every default filled in.

    Example: eventstudy events show crimea-2014
    """
    events = _events(asked)
    shown = events.assign(time=events["time"].str.replace("T", " "))
    asked.put(events, table_of(shown, "events", title=f"Events of {asked.name}"))


@command(_NAME, "columns values time_format sheet quiet")
def check_events(asked: Asked) -> None:
    """Check an event file against the schema; the first thing wrong is said with its row and column.

    Example: eventstudy events check my-events.csv
    """
    events = _events(asked)
    asked.notes += events.attrs.get("notes", ())
    counts = {stance or "without a stance": n for stance, n in events["stance"].value_counts().items()}
    known = ("raise", "hold", "fold") if set(counts) & {"raise", "hold", "fold"} else ()
    stances = ", ".join(f"{counts.get(stance, 0)} {stance}" for stance in dict.fromkeys((*known, *counts)))
    proposed, clocked = int((events["status"] == "proposed").sum()), int((events["precision"] == "minute").sum())
    days = events["time"].str[:10]
    told = f"{asked.name}: {len(events)} events in order, {days.min()} .. {days.max()}: {stances}; "
    told += f"{clocked} with a clock time" + (f"; {proposed} proposed" if proposed else "")
    write(f"{folded(told)}\n")


def _events(asked: Asked) -> pd.DataFrame:
    """Return the events of a bundled case, or of a file as the options say."""
    from eventstudy.cases import case_events, case_names

    name = asked.name
    if name in case_names():
        return case_events(name)
    if name != "-" and not Path(name).is_file():
        raise DataMissingError(f"no event file and no bundled case '{name}'; {did_you_mean(name, case_names())}")
    return read_event_file(name, vars(asked))


@command(
    Option("files", "FILES...", "paths", REQUIRED, "Event files: CSV, JSON, TOML or Parquet."),
    Option("out", "--out EVENTS.csv", "path", None, "Write the merged events here.", OUTPUT),
    Option("strict", "--strict", "yes", False, "Write nothing, exit 6, if anything contradicts."),
    "how quiet",
)
def merge(asked: Asked) -> None:
    """Join event files: exact duplicates go, contradictions are listed.

    Example: eventstudy events merge mine.csv yours.csv --out all.csv
    """
    from eventstudy.events.merging import merge_events
    from eventstudy.events.schema import read_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import records, to_csv

    files, out = asked.files, asked.out
    if len({file.resolve() for file in files}) < len(files):
        raise DesignError("a file stands there twice")
    merged = merge_events({str(file): read_events(file) for file in files})
    events, conflicts = merged.events, merged.conflicts
    differ = [table_of(conflicts, "conflicts")] if len(conflicts) else []
    if asked.strict and differ:
        show(*differ)
        raise PartialResultError(f"{len(conflicts)} conflicts; --strict forbids them")
    if out:
        write_files(out.parent, {out.name: to_csv(events).encode()})
    asked.notes = [f"{merged.duplicates} exact duplicates left out"] if merged.duplicates else []
    for row in conflicts.to_dict("records"):
        both = f"'{row['value']}' in {row['file']}, '{row['other_value']}' in {row['other_file']}"
        ids = row["id"] if row["id"] == row["other_id"] else f"{row['id']} and {row['other_id']}"
        kept = "the former is kept" if row["reason"] == "same id" else "both are kept"
        asked.notes.append(f"{row['reason']}: {ids}: {row['column']} {both}; {kept}")
    table = table_of(events, "merged", n=len(events), files=len(files))
    asked.put(events, table, *differ, values=lambda: {"events": records(events), "conflicts": records(conflicts)})


@command(Option("file", "FILE", "path", REQUIRED, "Event file with proposed rows: CSV or JSON."))
def confirm(asked: Asked) -> None:
    """Decide on proposed events one at a time; the file is written after every decision.

    Example: eventstudy events confirm events.csv
    """
    from eventstudy.events.merging import read_proposals

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DesignError("confirming asks a person and needs a terminal; a script edits the column 'status' instead")
    name, proposals = asked.file.name, read_proposals(asked.file)
    n = len(proposals.waiting)
    if not n:
        write(f"{name}: no proposed events\n")
        return
    skipped: set[int] = set()
    counts = dict.fromkeys(("accept", "edit", "reject", "skip"), 0)
    while open_rows := [k for k in proposals.waiting if k not in skipped]:
        position, answer = open_rows[0], "quit"
        write(f"\n{n - len(open_rows) + 1} of {n}\n{_proposal(proposals.rows[position])}\n")
        with suppress(EOFError, KeyboardInterrupt):  # the end of the input, or Ctrl-C, means quit
            answer, proposals = _decide(proposals, position)
        if answer == "quit":
            break
        counts[answer] += 1
        if answer == "skip":
            skipped.add(position)
        elif answer == "reject":
            skipped = {k - (k > position) for k in skipped}
    write(
        f"\n{name}: {counts['accept'] + counts['edit']} confirmed ({counts['edit']} of them edited), "
        f"{counts['reject']} rejected, {len(proposals.waiting)} still proposed\n"
    )


def _decide(proposals: Proposals, position: int) -> tuple[str, Proposals]:
    """Ask until there is a decision that the schema allows; return it and the file as it now is."""
    from eventstudy.events.merging import EDITABLE, accept, reject, save

    while True:
        answer = _WORDS.get(input("[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit > ").strip().lower()[:1], "")
        if answer in {"skip", "quit"}:
            return answer, proposals
        if answer == "reject":
            return answer, save(reject(proposals, position))
        changes = {}
        if answer == "edit":
            write("  Enter keeps a value, - empties it.\n")
            for name in EDITABLE:
                if said := input(f"  {name} [{proposals.rows[position].get(name, '')}] ").strip():
                    changes[name] = "" if said == "-" else said
        try:
            decided = accept(proposals, position, changes) if answer else None
        except InputError as error:
            write(f"  {error}; edit it, or reject it\n")
            continue
        if decided:
            return answer, save(decided)


def _proposal(row: dict[str, Any]) -> str:
    """Write a proposal, with its evidence, which in a CSV is JSON in a cell, a line a piece."""
    lines = [f"  {row.get('headline', '')}"]
    lines += [f"  {name:10} {row[name]}" for name in _SHOWN if row.get(name) not in {None, ""}]
    cell = row.get("evidence")
    try:
        pieces = json.loads(cell) if isinstance(cell, str) and cell else cell or []
    except json.JSONDecodeError:
        return "\n".join([*lines, f"  evidence   {cell}"])
    for one in pieces:
        text = f"'{' '.join(str(one.get('text', '')).split())}': {one['rule']}" if "rule" in one else ""
        lines.append(f"  evidence   {text or ', '.join(f'{key} {value}' for key, value in one.items())}")
    return "\n".join(lines)


events = group(
    "Event files: what is bundled, and whether yours is in order.",
    {"extract": extract, "import": imports, "score": score, "list": list_cases, "show": show_events}
    | {"check": check_events, "merge": merge, "confirm": confirm},
)
