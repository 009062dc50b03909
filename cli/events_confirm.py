"""`eventstudy events confirm`: a person decides on proposed events, one at a time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from eventstudy.events.decisions import Proposals

_QUESTION = "[a]ccept  [e]dit  [r]eject  [s]kip  [q]uit > "
_WORDS = {"a": "accept", "e": "edit", "r": "reject", "s": "skip", "q": "quit"}
_SHOWN = ("time", "time_zone", "actor", "target", "kind", "stance", "confidence", "source", "url", "note")


def confirm(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Event file with proposed rows: CSV or JSON.")],
) -> None:
    """Decide on proposed events one at a time; the file is written after every decision."""
    from eventstudy.cli.output import write
    from eventstudy.errors import DesignError
    from eventstudy.events.decisions import read_proposals

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise DesignError("confirming asks a person and needs a terminal; a script edits the column 'status' instead")
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
    from eventstudy.cli.output import write
    from eventstudy.errors import InputError
    from eventstudy.events.decisions import accept, reject, save

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
    from eventstudy.cli.output import write
    from eventstudy.events.decisions import EDITABLE

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
