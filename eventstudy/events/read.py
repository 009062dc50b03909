"""Event files of any layout to a checked events table."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import DataMissingError, InputError
from eventstudy.events.schema import EventsLike, check_events
from eventstudy.files import table_of, toml_of


def read_events(
    path: EventsLike | str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    time_format: str | Mapping[str, str] = "",
    sheet: str | None = None,
) -> pd.DataFrame:
    """Read an event file of any layout.

    Parameters
    ----------
    path : str, Path, DataFrame or list of dates
        A text table of any delimiter and encoding, Excel, Parquet, JSON (a list of objects or of dates), TOML (an array
        of tables ``[[events]]``); ``-`` is stdin. Its content says which.
    columns, values, time_format
        See `check_events`.
    sheet : str, optional
        Sheet of a workbook; default the only one that holds dates.

    Returns
    -------
    DataFrame, shape (N, 17 or more)
        A checked events table, see `check_events`.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If the file cannot be read or breaks the schema; names file, row and column.
    """
    if not isinstance(path, (str, Path)):
        return check_events(path, columns=columns, values=values, time_format=time_format)
    name = "stdin" if str(path) == "-" else Path(path).name
    try:
        piped = getattr(sys.stdin, "buffer", sys.stdin)  # a text stream put in stdin's place has no bytes
        content = piped.read() if str(path) == "-" else Path(path).read_bytes()
    except FileNotFoundError:
        raise DataMissingError(f"no event file '{path}'") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name} cannot be opened: {getattr(error, 'strerror', None) or error}") from None
    return events_of(content, name, columns=columns, values=values, time_format=time_format, sheet=sheet)


def events_of(
    content: bytes | str,
    source: str = "events",
    *,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    time_format: str | Mapping[str, str] = "",
    sheet: str | None = None,
) -> pd.DataFrame:
    r"""Read the events in the content of a file, as `read_events` does; `source` names it in messages.

    Examples
    --------
    >>> events_of("Date;stance\n27.01.2022;Raise\n").loc[0, ["time", "stance"]].tolist()
    ['2022-01-27', 'raise']
    """
    chosen: dict[str, Any] = {"columns": columns, "values": values, "time_format": time_format}
    for ending, begin in ((".parquet", b"PAR1"), (".xlsx", b"PK\x03\x04")):
        if source.lower().endswith(ending) and isinstance(content, bytes) and not content.startswith(begin):
            kind = "Parquet" if ending == ".parquet" else "Excel"
            raise InputError(f"{source} is not readable {kind}: its content is something else")
    records = _records(content, source)
    if records is not None:
        return check_events(records, source, **chosen)
    frame, rows = table_of(content, source, sheet=sheet)
    frame.attrs = {"notes": [f"{source}: {note}" for note in frame.attrs.get("notes", ())]}
    return check_events(frame, source, rows=rows.tolist(), **chosen)


def _records(content: bytes | str, source: str) -> list[Any] | None:
    """Return the events of a JSON or TOML text, None where it is neither."""
    begin = (
        content[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
        if isinstance(content, bytes)
        else content[:200].encode(errors="replace").lstrip()
    )
    is_toml = (begin.startswith(b"[[") and b"]]" in begin.splitlines()[0]) or source.lower().endswith(".toml")
    if not (is_toml or begin.startswith((b"[", b"{")) or source.lower().endswith(".json")):
        return None
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.lstrip("\ufeff")
    except UnicodeDecodeError:
        raise InputError(f"{source} is not UTF-8 text; save it as UTF-8") from None
    read = toml_of(text, source) if is_toml else json_of(text, source)
    records = read.get("events") if isinstance(read, dict) else read
    if not isinstance(records, list) or not all(isinstance(record, (dict, str)) for record in records):
        raise InputError(f"{source}: the events must be a list of tables, one an event")
    return records


def json_of(text: str, source: str) -> Any:
    """Return what a JSON text says; what is wrong with it is one line that names `source`."""
    try:
        # A number of hundreds of digits is none of ours: it stays text, for its cell to be named.
        return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) < 400 else digits)  # noqa: PLR2004
    except RecursionError:
        raise InputError(f"{source} is not readable JSON: it is nested too deep") from None
    except ValueError as error:
        lines = text.strip().splitlines()
        if "Extra data: line 2" in str(error) and len(lines) > 1:  # an object a line
            return [json_of(line, f"{source}, line {k}") for k, line in enumerate(lines, start=1) if line.strip()]
        raise InputError(f"{source} is not readable JSON: {str(error)[:200]}") from None
