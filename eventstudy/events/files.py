"""Event files: CSV, JSON, TOML and Parquet to a checked events table."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pandas as pd

from eventstudy.errors import DataMissingError, InputError, require_known
from eventstudy.events.schema import check_events
from eventstudy.textfile import cells_of, read_cells, read_text

_ENDINGS = (".csv", ".json", ".toml", ".parquet")


def read_events(path: str | Path) -> pd.DataFrame:
    """Read an event file; the ending says which format it is.

    Parameters
    ----------
    path : str or Path
        CSV; JSON (a list of objects); TOML (an array of tables ``[[events]]``); or Parquet.

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
    path = Path(path)
    if not path.is_file():
        raise DataMissingError(f"no event file '{path}'")
    ending = require_known(path.suffix.lower(), _ENDINGS, "ending of an event file:")
    return check_events(_READERS[ending](path), path.name, from_file=ending == ".csv")


def read_events_text(text: str, source: str = "events") -> pd.DataFrame:
    r"""Read events that came as text and not as a file: JSON, TOML or CSV, told apart by how it begins.

    Parameters
    ----------
    text : str
        A JSON list of objects, TOML tables ``[[events]]``, or CSV.
    source : str
        What to call it in messages.

    Returns
    -------
    DataFrame, shape (N, 17 or more)
        A checked events table, see `check_events`.

    Raises
    ------
    InputError
        If the text cannot be read or breaks the schema.

    Examples
    --------
    >>> read_events_text("time,stance\n2022-01-27,raise\n").loc[0, "stance"]
    'raise'
    """
    begin = text.lstrip("\ufeff").lstrip()
    if begin.startswith("[["):
        frame = _of_toml(text, source)
    elif begin.startswith(("[", "{")):
        frame = _of_json(text, source)
    else:
        return check_events(cells_of(text.lstrip("\ufeff"), source), source, from_file=True)
    return check_events(frame, source)


def _from_json(path: Path) -> pd.DataFrame:
    return _of_json(read_text(path), path.name)


def _of_json(text: str, source: str) -> pd.DataFrame:
    try:
        return _from_records(json.loads(text), source)
    except json.JSONDecodeError as error:
        raise InputError(f"{source} is not readable JSON: {error}") from None


def _from_toml(path: Path) -> pd.DataFrame:
    return _of_toml(read_text(path), path.name)


def _of_toml(text: str, source: str) -> pd.DataFrame:
    try:
        return _from_records(tomllib.loads(text).get("events"), source)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{source} is not readable TOML: {error}") from None


def _from_records(records: object, source: str) -> pd.DataFrame:
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise InputError(f"{source}: the events must be a list of tables, one an event")
    return pd.DataFrame(records, index=pd.RangeIndex(1, len(records) + 1))


def _from_parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise InputError(f"{path.name}: reading Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} is not readable Parquet: {str(error).splitlines()[0]}") from None


_READERS = {".csv": read_cells, ".json": _from_json, ".toml": _from_toml, ".parquet": _from_parquet}
