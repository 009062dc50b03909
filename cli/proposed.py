"""Proposed events on their way out: to stdout, or behind those of an event file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import OUTPUT, Format

if TYPE_CHECKING:
    from eventstudy.cli.output import TextTable

AppendOption = Annotated[
    Path | None,
    typer.Option("--append", metavar="EVENTS.csv", help="Add them as proposed rows.", rich_help_panel=OUTPUT),
]
AllOption = Annotated[
    bool, typer.Option("--all", help="Also show what was set aside, and why.", rich_help_panel=OUTPUT)
]


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Write the evidence of a row as JSON, so that it fits a cell."""
    import json

    return {**row, "evidence": json.dumps(row["evidence"], ensure_ascii=False)} if "evidence" in row else dict(row)


def write_proposed(
    rows: Sequence[Mapping[str, Any]],
    how: Format,
    tables: Sequence[TextTable],
    also: Mapping[str, Any] | None = None,
) -> None:
    """Write proposed events to stdout.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the event schema with ``confidence`` and ``evidence``.
    how : Format
        JSON: a list of objects; with `also` an object that has them under ``events``.
    tables : sequence of TextTable
        Their form for a reader.
    also : mapping, optional
        What JSON has beside the events.
    """
    from eventstudy.cli.output import emit, show, write

    if how == "json":
        from eventstudy.study.envelope import to_json

        write(to_json({"events": list(rows), **also} if also else list(rows)))
    elif how == "table":
        for table in tables:
            show(table)
    else:
        import pandas as pd

        from eventstudy.events.schema import COLUMNS

        further = [name for row in rows[:1] for name in row if name not in COLUMNS] or ["confidence", "evidence"]
        emit(pd.DataFrame([flat(row) for row in rows], columns=[*COLUMNS, *further]), how, tables[0])


def append_proposed(rows: Sequence[Mapping[str, Any]], path: Path) -> str:
    """Add proposed events to an event file; those it has already are left out.

    Parameters
    ----------
    rows : sequence of dict
        Rows of the event schema with ``confidence`` and ``evidence``.
    path : Path
        A CSV; made if it is not there, written whole or not at all.

    Returns
    -------
    str
        What was done, for stderr.
    """
    from eventstudy.events.merging import append_events
    from eventstudy.events.read import read_events
    from eventstudy.files import write_files
    from eventstudy.study.envelope import to_csv

    added = 0
    if rows:
        known = read_events(path) if path.is_file() else None
        events, added = append_events(known, [flat(row) for row in rows], path.name)
        if added:
            write_files(path.parent, {path.name: to_csv(events).encode()})
    there = len(rows) - added
    what = "proposed events" if all(row["status"] == "proposed" for row in rows) else "events"
    return f"{path.name}: {added} {what} added" + (f", {there} were there already" if there else "")
