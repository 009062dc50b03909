"""A result as plain data: the JSON envelope, CSV tables, and the result folder. No clock, path or machine in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, get_args

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.files import Content, Pieces, bundled_toml, inert_frame
from eventstudy.matching import STATUSES
from eventstudy.options import DESIGN, schema
from eventstudy.statistic import Law
from eventstudy.study.design import Design
from eventstudy.study.given import StudyInput
from eventstudy.study.result import TABLES, StudyResult

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSION = "2.0"

#: Columns that hold a date; every other datetime column holds an instant in UTC.
DATES = (
    *("session", "estimation_first", "estimation_last"),
    *("event_session", "entry_session", "exit_session", "last_session", "due"),
)


def study_envelope(
    result: Any,
    options: Mapping[str, Any] | None = None,
    tables: Mapping[str, pd.DataFrame] | None = None,
    warnings: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Return a result as plain values.

    Parameters
    ----------
    result : StudyResult
        The result; or what a method found beside one, with its design and inputs.
    options : mapping of str to object, optional
        A method's name under ``method`` and its own choices, which stand in ``design``.
    tables, warnings : optional
        What the method found; default those of the result.

    Returns
    -------
    dict
        ``schema_version, version, design, seed, inputs, warnings, tables``; each table a list of rows. Dates and
        instants are ISO 8601 text, NaN is None. There is no clock, path or machine in it.
    """
    said = {"design": result.design.as_dict() | dict(options or {})}
    warnings = result.warnings if warnings is None else warnings
    tables = result.tables() if tables is None else tables
    return plain_envelope(SCHEMA_VERSION, said, result.design.seed, result.inputs, warnings, tables)


def plain_envelope(
    schema_version: str,
    said: Mapping[str, Any],
    seed: int,
    inputs: Iterable[StudyInput],
    warnings: Iterable[str],
    tables: Mapping[str, pd.DataFrame],
    **more: Any,
) -> dict[str, Any]:
    """Return what was asked (`said`), what went in, the warnings, `more` and the tables as plain values."""
    from eventstudy.version import version

    return {
        "schema_version": schema_version,
        "version": version(),
        **said,
        "seed": seed,
        "inputs": [item._asdict() for item in inputs],
        "warnings": list(warnings),
        **more,
        "tables": {name: records(table) for name, table in tables.items()},
    }


def envelope_schema() -> dict[str, Any]:
    """Return the JSON Schema of the envelope, made of the columns of its tables and the choices of a design."""
    design: dict[str, Any] = {name: schema(DESIGN[name]) if name in DESIGN else {} for name in Design().as_dict()}
    said = {"design": {"type": "object", "required": list(design), "properties": design}}
    text = "The result of one event study. Same inputs and seed, same bytes."
    columns = bundled_toml("eventstudy.study", "tables.toml")
    made = plain_schema("raise-or-fold study", text, SCHEMA_VERSION, said, columns)
    # Parameters of the model; further columns of nothing else.
    fits = made["properties"]["tables"]["properties"]["fits"]
    fits["items"]["additionalProperties"] = {"type": ["number", "null"]}
    return made


def plain_schema(
    title: str,
    description: str,
    schema_version: str,
    said: Mapping[str, dict[str, Any]],
    columns: Mapping[str, str],
    optional: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON Schema of what `plain_envelope` returns; tables that are `optional` may be left out.

    Of each table `columns` are as `columns_of` takes them: the kind of each, or its words with ``|`` between them.
    """
    digest = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
    inputs: dict[str, Any] = dict.fromkeys(("name", "first", "last"), _TEXT)
    inputs |= {"sha256": digest, "rows": {"type": "integer"}}
    inputs["columns"] = {"type": "object", "additionalProperties": _TEXT}
    tables: dict[str, Any] = {}
    for table, words in columns.items():
        kinds = columns_of(words).items()
        cells = {name: _TYPES.get(kind) or {"enum": kind.replace("_", " ").split("|")} for name, kind in kinds}
        tables[table] = {"type": "array", "items": closed(cells)}
    properties = {
        "schema_version": {"const": schema_version},
        "version": _TEXT,
        **said,
        "seed": {"type": "integer"},
        "inputs": {"type": "array", "items": closed(inputs)},
        "warnings": {"type": "array", "items": _TEXT},
        "tables": closed(tables, optional),
    }
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, "title": title, "description": description, **closed(properties)}


def closed(properties: Mapping[str, Any], optional: Sequence[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of an object that has these properties and no others."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "additionalProperties": False, "properties": dict(properties)}


_TEXT = {"type": "string"}
#: The kinds of columns: text, number, integer, probability, status, law and moment.
_TYPES: dict[str, dict[str, Any]] = {
    "t": _TEXT,
    "": {"type": ["number", "null"]},
    "i": {"type": ["integer", "null"]},
    "p": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
    "s": {"enum": list(STATUSES)},
    "l": {"enum": list(get_args(Law))},
    "m": {"type": ["string", "null"], "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.]+Z)?$"},
}


def columns_of(words: str) -> dict[str, str]:
    """Return columns with their kinds, each written ``name/k``: k is one of `_TYPES`, or all words there may be."""
    return {name: kind for name, _, kind in (word.partition("/") for word in words.split())}


def to_json(value: Any) -> str:
    """Write plain values as one line of JSON; NaN would be an error, `records` has made it None."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as a list of rows of plain values.

    Examples
    --------
    >>> records(pd.DataFrame({"session": pd.to_datetime(["2022-01-27"]), "car": [float("nan")]}))
    [{'session': '2022-01-27', 'car': None}]
    """
    written = _dates_as_text(table)
    rows: list[dict[str, Any]] = written.astype(object).where(written.notna(), None).to_dict("records")  # type: ignore[assignment]
    return rows


def to_csv(table: pd.DataFrame, *, head: bool = True) -> str:
    """Write a table as CSV: full precision, empty cells for NaN, dates and instants as in the envelope, texts inert."""
    return str(inert_frame(_dates_as_text(table)).to_csv(index=False, header=head, lineterminator="\n"))


def to_parquet(table: pd.DataFrame) -> bytes:
    """Write a table as a Parquet file, dates and instants as they are.

    Raises
    ------
    InputError
        If pyarrow is not installed.
    """
    try:
        content: bytes = table.to_parquet(index=False)
    except ImportError:
        raise InputError("writing Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    return content


def result_files(result: StudyResult) -> dict[str, Content]:
    """Return the files of a result folder by name: ``study.json`` and one CSV a table, whole or piece by piece."""
    said = study_envelope(result)
    key = sha256(to_json({name: of for name, of in said.items() if name != "tables"}).encode()).hexdigest()[:16]
    files: dict[str, Content] = {"study.json": to_json(said).encode()}
    for name in TABLES:
        pieces = [lambda make=make, head=not k: to_csv(make(), head=head).encode()
                  for k, make in enumerate(result.pieces(name))]  # fmt: skip
        files[f"{name}.csv"] = Pieces(key, pieces) if name in result.left_out else pieces[0]()
    return files


def _dates_as_text(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table as it stands in files: sessions as dates but for bars, all other times as instants in UTC."""
    written = {str(name): column for name, column in table.items()}
    for name, column in written.items():
        if column.dtype.kind == "M":
            known = column.dropna()
            form = "%Y-%m-%d" if name in DATES and (known == known.dt.normalize()).all() else "%Y-%m-%dT%H:%M:%SZ"
            written[name] = column.dt.strftime(form).astype(object).where(column.notna(), None)
    return pd.DataFrame(written)


def files_of(name: str, envelope: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return the files of a result folder by name: one JSON, and one CSV a table."""
    written = {f"{table}.csv": to_csv(of).encode() for table, of in tables.items()}
    return {f"{name}.json": to_json(envelope).encode(), **written}
