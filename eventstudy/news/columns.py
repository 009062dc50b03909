"""A table with column names of its own to proposed events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from eventstudy.errors import DataMissingError, InputError, did_you_mean, require_known
from eventstudy.events.schema import COLUMNS
from eventstudy.news.actors import ActorTable, default_actors
from eventstudy.news.imported import Imported, actor_cells, proposal, stance_cells
from eventstudy.news.lexicon import Lexicon
from eventstudy.news.stance_coder import code_stance
from eventstudy.textfile import read_cells


def import_csv(
    path: str | Path,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    *,
    time_format: str = "",
    lexicon: Lexicon | None = None,
    actors: ActorTable | None = None,
) -> Imported:
    """Read a CSV whose columns have other names.

    Parameters
    ----------
    path : str or Path
        The table; its first row is the header.
    columns : mapping of str to str, optional
        Which of its columns is which of the event schema's, e.g. ``{"headline": "title"}``. Columns that bear a name of
        the schema are taken as they are; all others are left out.
    values : mapping of str to str, optional
        What a column of the schema is throughout, e.g. ``{"time_zone": "Europe/Moscow"}``.
    time_format : str
        How `time` is written, in the codes of ``strptime``, e.g. ``%d.%m.%Y``; default ISO 8601.
    lexicon : Lexicon, optional
        For the stance, where the table has none.
    actors : ActorTable, optional
        For the actors, where the table has none.

    Returns
    -------
    Imported
        An event a row. A stance that the table does not have is read from the headline, with its evidence.

    Raises
    ------
    DataMissingError, InputError, UnknownNameError
        If the file or a column is missing, or a name is not one of the schema.
    """
    path, columns, values = Path(path), dict(columns or {}), dict(values or {})
    if not path.is_file():
        raise DataMissingError(f"no CSV file '{path}'")
    for name in (*columns, *values):
        require_known(name, COLUMNS, "column of the event schema")
    cells = read_cells(path)
    there = [str(name) for name in cells]
    columns = {**{name: name for name in COLUMNS if name in there and name not in columns}, **columns}
    for name, theirs in columns.items():
        if theirs not in there:
            raise InputError(f"{path.name} has no column '{theirs}' to be '{name}'; {did_you_mean(theirs, there)}")
    if "time" not in {*columns, *values}:
        raise InputError(f"{path.name}: which column is the time? write --map time=COLUMN; it has: {', '.join(there)}")
    if not {"stance", "headline"} & {*columns, *values}:
        raise InputError(f"{path.name}: without a stance its headline is needed; write --map headline=COLUMN")
    events = []
    for k, theirs_row in enumerate(cells.to_dict("records")):
        row = {**{name: str(theirs_row[column]) for name, column in columns.items()}, **values}
        if time_format:
            row["time"] = _time(row["time"], time_format, f"{path.name}, row {k + 2}, column {columns.get('time')}")
        row.setdefault("source", path.name)
        events.append(_event(row, lexicon, actors or default_actors()))
    return Imported(tuple(events))


def _event(row: dict[str, str], lexicon: Lexicon | None, actors: ActorTable) -> dict[str, Any]:
    headline = row.get("headline", "")
    read = {} if row.get("stance") else stance_cells(code_stance(headline, lexicon))
    named = {} if row.get("actor") else actor_cells(headline, actors)
    filled = {name: cell for name, cell in row.items() if cell}
    return proposal(**{**({"confidence": 1.0} if not read else {}), **named, **read, **filled, "status": "proposed"})


def _time(text: str, form: str, where: str) -> str:
    try:
        read = datetime.strptime(text, form)  # noqa: DTZ007  # a zone, where there is one, is in the text or a column
    except ValueError:
        raise InputError(f"{where}: '{text}' is not written as {form}") from None
    return read.isoformat() if "%H" in form or "%I" in form else read.date().isoformat()
