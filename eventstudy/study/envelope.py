"""A result as plain data: the JSON envelope, CSV tables, and the result folder. No clock, path or machine in them.

A folder has its design and what went in beside its tables, so that the study can be run again.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass, replace
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, EventStudyError, InputError
from eventstudy.events.schema import read_events
from eventstudy.files import Content, Pieces, bundled_toml, finish_writing, inert_frame, not_inert, read_text
from eventstudy.markets.identity import identify
from eventstudy.markets.instrument import Instrument
from eventstudy.matching import STATUSES
from eventstudy.options import DESIGN, schema
from eventstudy.statistic import Law
from eventstudy.study.answer import Answer
from eventstudy.study.design import Design, design_to_toml, read_design
from eventstudy.study.given import StudyInput
from eventstudy.study.result import TABLES, StudyResult
from eventstudy.study.sample import ALL
from eventstudy.study.study import EventStudy

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSION = "2.0"

#: Columns that hold a date; every other datetime column holds an instant in UTC.
DATES = (
    *("session", "estimation_first", "estimation_last"),
    *("event_session", "entry_session", "exit_session", "last_session", "due"),
)


def study_envelope(result: Any, options: Mapping[str, Any] | None = None, found: Any = None) -> dict[str, Any]:
    """Return a result as plain values.

    Parameters
    ----------
    result : StudyResult
        The result; or what a method found beside one, with its design and inputs.
    options : mapping of str to object, optional
        A method's name under ``method`` and its own choices, which stand in ``design``.
    found : MethodResult, optional
        What the method found, whose tables and warnings these are; default those of the result.

    Returns
    -------
    dict
        ``schema_version, version, design, seed, inputs, warnings, tables``; each table a list of rows. Dates and
        instants are ISO 8601 text, NaN is None. There is no clock, path or machine in it.
    """
    said = {"design": result.design.as_dict() | dict(options or {})}
    found = result if found is None else found
    return plain_envelope(SCHEMA_VERSION, said, result.design.seed, result.inputs, found.warnings, found.tables())


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


# -- the result folder and the way back --------------------------------------------------------------------------------

#: The file of digests, and what a folder needs beside it and its tables to be read back.
_SUMS = "SHA256SUMS"
NEEDED = ("study.json", "design.toml", "inputs/events.csv", "inputs/figures.csv", "inputs/figures.json")

#: What files make of themselves that somebody wrote, digests and all.
_UNSOUND = (ArithmeticError, AttributeError, LookupError, OSError, RecursionError, TypeError, ValueError, csv.Error)


def folder_files(result: StudyResult) -> dict[str, Content]:
    """Return the files of a result folder by path.

    Parameters
    ----------
    result : StudyResult
        The result.

    Returns
    -------
    dict of str to bytes, or to pieces of bytes
        ``study.json``, a CSV a table (in pieces where the result leaves it out), and what `read_folder` needs:
        ``design.toml`` and, below ``inputs``, events, figures and what their columns are; of all these the digests, as
        ``sha256sum`` writes them. A model that no design file can hold is left out, and with it the way back.
    """
    given, prices = result.given, {"events": "inputs/events.csv", "prices": "inputs/figures.csv"}
    what = {"kind": given.kind, "label": given.label, "budget": result.budget}
    what |= {key: given.figures.attrs.get(key, empty) for key, empty in (("source", ""), ("layout", {}))}
    what["instruments"] = {name: asdict(instrument) for name, instrument in given.instruments.items()}
    index = pd.DatetimeIndex(given.figures.index)
    text = [when.isoformat() for when in index] if given.kind == "bars" else index.strftime("%Y-%m-%d")
    dated = given.figures.set_axis(pd.Index(text, name="date"), axis=0)
    files: dict[str, Content] = {
        **result_files(result),
        "inputs/events.csv": to_csv(result.events).encode(),
        "inputs/figures.json": f"{json.dumps(what, indent=1, ensure_ascii=False, default=str)}\n".encode(),
        "inputs/figures.csv": inert_frame(dated).to_csv(lineterminator="\n").encode(),
    }
    # Where a design file finds its inputs and what it says of their columns, so that it runs by itself; nothing where
    # words cannot make the columns what they are: the folder holds them whole, and `read_folder` runs it.
    said = {name: _words(name, one) for name, one in given.instruments.items()}
    whole = given.kind == "prices" and None not in said.values()
    data = (prices, {name: words for name, words in said.items() if words}) if whole else ()
    with suppress(DesignError):
        files["design.toml"] = design_to_toml(result.design, *data).encode()
    sums = [_sum(name, files[name]) for name in NEEDED if name in files]
    return files | {_SUMS: "".join(f"{line}\n" for line in sums).encode()}


def _sum(name: str, content: Any) -> str:
    return f"{sha256(content).hexdigest()}  {name}"


def _words(name: str, instrument: Instrument) -> dict[str, Any] | None:
    """Return what must be said of a column of that name for it to be that instrument; None where no words do."""
    stamp = instrument.stamp
    hours: list[dict[str, Any]] = [{}, {"as": instrument.name}, {"as": name}, {"exchange": instrument.calendar},
                                   {"close": f"{stamp.clock} {stamp.zone}"}]  # fmt: skip
    more = {key: getattr(instrument, key) for key in ("orientation", "unit", "returns", "label")}
    for words in [*hours, *({**said, **more} for said in hours)]:
        with suppress(EventStudyError):
            if identify([name], {name: words})[name] == instrument:
                return words
    return None


def read_folder(folder: str | Path) -> StudyResult:
    """Read a result folder back: the study is run again on what went in.

    Parameters
    ----------
    folder : str or Path
        What ``run --out`` wrote.

    Returns
    -------
    StudyResult
        The result, with the folder's own warnings, and one more where another version wrote it.

    Raises
    ------
    DataMissingError
        If a file is not there; says which.
    InputError
        If a file is not as it was written.
    """
    study, said, budget = _study_of(Path(folder))
    return replace(study.fit(budget=budget), warnings=tuple(said["warnings"]))


def folder_to_draw(folder: str | Path) -> StudyResult:
    """Return what charts of a result folder need: its own answers beside its market events; no study is run.

    Parameters
    ----------
    folder : str or Path
        What ``run --out`` wrote.

    Returns
    -------
    StudyResult
        The result, with the folder's answers and warnings; what another version wrote is run again.

    Raises
    ------
    DataMissingError
        If a file is not there; says which.
    InputError
        If a file is not as it was written.
    """
    from eventstudy.version import version

    study, said, budget = _study_of(Path(folder))
    if said["version"] != version():
        return read_folder(folder)
    result = replace(study.unanswered(), warnings=tuple(said["warnings"]), budget=budget)
    labels = {name: history.instrument.label for name, history in result.histories.items()} | {ALL: "All series"}
    found = list[Answer]()
    with _sound(Path(folder)):
        for row in said["tables"]["average"]:
            known = {name: value for name, value in row.items() if value is not None}
            contrast = result.contrast if row["stance"] == result.design.contrast else None
            found.append(Answer(**known, label=labels[row["series"]], contrast=contrast))
    return replace(result, answers=tuple(found))


def _study_of(folder: Path) -> tuple[EventStudy, dict[str, Any], int]:
    """Return the study of a result folder, what its envelope says, and the budget it was run with."""
    from eventstudy.version import version

    if not folder.is_dir():
        how = f"write one with: eventstudy run ... --out {folder}"
        raise DataMissingError(f"there is no result folder '{folder}'; {how}")
    with suppress(OSError, InputError):  # a folder that can only be read is taken as it is
        finish_writing(folder)
    if missing := [name for name in (*NEEDED, _SUMS) if not (folder / name).is_file()]:
        how = f"write it again with: eventstudy run ... --out {folder}"
        raise DataMissingError(f"result folder '{folder}' has no {', '.join(missing)}; {how}")
    with _sound(folder):
        sums = (folder / _SUMS).read_text(encoding="utf-8").splitlines()
        for name in NEEDED:
            if _sum(name, (folder / name).read_bytes()) not in sums:
                raise InputError(f"{name} is not as it was written; run the study again with --out")
        said, what = (json.loads(read_text(folder / name)) for name in ("study.json", "inputs/figures.json"))
        if (writer := said["version"]) != version():
            said["warnings"].append(f"the folder was written by version {writer}, and is run again by {version()}")
        instruments = {name: _made(Instrument, of) for name, of in what["instruments"].items()}
        # In full precision, which not every version of pandas reads by itself, and no row of more or fewer cells.
        (_, *names), *cells = csv.reader(StringIO(read_text(folder / "inputs/figures.csv"), newline=""))
        values = [[float(cell) if cell else np.nan for cell in row[1:]] for row in cells]
        index = pd.to_datetime(pd.Index([row[0] for row in cells]), format="ISO8601")
        table = np.array(values, dtype=np.float64).reshape(len(cells), len(names))
        figures = pd.DataFrame(table, index, list(map(not_inert, names)))
        figures.attrs |= {"source": what["source"], "layout": dict(what["layout"])}
        choices = dict(read_design(folder / "design.toml").choices)
        choices |= {"returns_kind": choices.pop("returns", None), "bars": what["label"] or None}
        choices |= {"prices" if what["kind"] == "bars" else what["kind"]: figures}
        study = EventStudy(read_events(folder / "inputs/events.csv"), instruments=instruments, **choices)
        return study, said, what["budget"]


@contextmanager
def _sound(folder: Path) -> Iterator[None]:
    """Name the folder in what is refused, and refuse in a line what its digests let pass."""
    try:
        yield
    except _UNSOUND as error:
        if isinstance(error, EventStudyError):
            raise type(error)(f"{folder}: {error}") from error
        wrong = f"it cannot be read ({type(error).__name__}); run the study again with --out"
        raise InputError(f"{folder}: {wrong}") from error


def _made(kind: Any, value: Any) -> Any:
    """Make a value of some type of the plain values that were written of it."""
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: _made(of, value[name]) for name, of in get_type_hints(kind).items()})
    if get_origin(kind) is tuple:
        first, *others = get_args(kind)
        kinds = [first] * len(value) if others == [...] else [first, *others]
        return tuple(_made(of, one) for of, one in zip(kinds, value, strict=True))
    return date.fromisoformat(value) if kind is date else value
