"""A file of proposed events, decided on one at a time; it is whole after every decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import DataMissingError, InputError, require_known
from eventstudy.events.read import read_events
from eventstudy.events.schema import check_events
from eventstudy.files import read_text, write_files

#: Columns that a person may change while confirming.
EDITABLE = ("stance", "time", "time_zone", "actor", "target", "kind", "headline")


@dataclass(frozen=True)
class Proposals:
    """An event file some rows of which are proposed.

    Parameters
    ----------
    path : Path
        The file, CSV or JSON.
    rows : tuple of dict
        Its rows, in order.
    rejected : tuple of dict
        Rows that were turned down.
    content : bytes
        What the file held when it was last read or written.
    """

    path: Path
    rows: tuple[dict[str, Any], ...]
    rejected: tuple[dict[str, Any], ...] = ()
    content: bytes = b""

    @property
    def waiting(self) -> list[int]:
        """Positions of the rows that are proposed."""
        return [k for k, row in enumerate(self.rows) if row.get("status") == "proposed"]

    @property
    def rejects(self) -> Path:
        """Where rejected rows are kept, with their evidence."""
        return self.path.with_name(f"{self.path.stem}.rejected{self.path.suffix}")


def read_proposals(path: str | Path) -> Proposals:
    """Read an event file that is to be confirmed.

    Parameters
    ----------
    path : str or Path
        CSV, or JSON as ``events extract --format json`` writes it; there a proposal may lack its day.

    Returns
    -------
    Proposals
        Its rows, and those rejected before.

    Raises
    ------
    DataMissingError, InputError, UnknownNameError
        If there is no such file, it cannot be read, or is neither CSV nor JSON.
    """
    path = Path(path)
    if not path.is_file():
        raise DataMissingError(f"no event file '{path}'")
    require_known(path.suffix.lower(), (".csv", ".json"), "ending of a file to confirm:")
    proposals = Proposals(path, _rows(path), content=path.read_bytes())
    return replace(proposals, rejected=_rows(proposals.rejects) if proposals.rejects.is_file() else ())


def _rows(path: Path) -> tuple[dict[str, Any], ...]:
    if path.suffix.lower() == ".csv":
        return tuple(read_events(path).astype(object).fillna("").to_dict("records"))  # type: ignore[arg-type]
    try:
        rows = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path.name} is not readable JSON: {error}") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InputError(f"{path.name}: the events must be a list of objects, one an event")
    return tuple(rows)


def accept(proposals: Proposals, position: int, changes: Mapping[str, str] | None = None) -> Proposals:
    """Confirm a row.

    Parameters
    ----------
    proposals : Proposals
        The file.
    position : int
        Which row.
    changes : mapping of str to str, optional
        New values of `EDITABLE` columns; what they were is kept in ``note``.

    Returns
    -------
    Proposals
        With the row ``confirmed``. The file is not written yet.

    Raises
    ------
    InputError
        If the row would break the schema, e.g. its day is not known.
    """
    old = proposals.rows[position]
    changed = {name: value for name, value in (changes or {}).items() if value != str(old.get(name, ""))}
    for name in changed:
        require_known(name, EDITABLE, "column to change:")
    told = "; ".join(f"{name} was '{old.get(name, '')}'" for name in changed)
    new = {**old, **changed, "status": "confirmed"}
    new["note"] = "; ".join(filter(None, (str(old.get("note", "")), told)))
    if "time" in changed:
        new["precision"] = ""
        if old.get("published_at", "") in {"", old.get("time")}:
            new["published_at"] = ""
    check_events(pd.DataFrame([{name: value for name, value in new.items() if name != "evidence"}]), "the event")
    rows = (*proposals.rows[:position], new, *proposals.rows[position + 1 :])
    return replace(proposals, rows=rows)


def reject(proposals: Proposals, position: int) -> Proposals:
    """Turn a row down: it leaves the file and is kept, with its evidence, in the file of rejects."""
    rows = (*proposals.rows[:position], *proposals.rows[position + 1 :])
    return replace(proposals, rows=rows, rejected=(*proposals.rejected, proposals.rows[position]))


def save(proposals: Proposals) -> Proposals:
    """Write the file, and the rejects beside it, each whole or not at all.

    Parameters
    ----------
    proposals : Proposals
        The file as it should be.

    Returns
    -------
    Proposals
        With what the file now holds.

    Raises
    ------
    InputError
        If somebody else has changed the file meanwhile, or it cannot be written.
    """
    path = proposals.path
    if not path.is_file() or path.read_bytes() != proposals.content:
        raise InputError(f"{path.name} was changed by somebody else meanwhile; this decision is not written")
    content = _content(proposals.rows, path)
    # The rejects first: a row that stands in both files is better than one that stands in none.
    contents = {proposals.rejects.name: _content(proposals.rejected, path)} if proposals.rejected else {}
    write_files(path.parent, {**contents, path.name: content})
    return replace(proposals, content=content)


def _content(rows: tuple[dict[str, Any], ...], path: Path) -> bytes:
    if path.suffix.lower() == ".json":
        return (json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n").encode()
    if not rows:
        return b"time,stance\n"
    checked = check_events(pd.DataFrame(list(rows)), path.name)
    text: str = checked.to_csv(index=False, lineterminator="\n")
    return text.encode()
