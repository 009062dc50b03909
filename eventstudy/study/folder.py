"""A result folder: the envelope and its tables, the design, and what went in, so that the study can be run again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, is_dataclass, replace
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, EventStudyError, InputError
from eventstudy.events.schema import read_events
from eventstudy.files import Content, finish_writing, inert_frame, not_inert, read_text
from eventstudy.markets.identity import identify
from eventstudy.markets.instrument import Instrument
from eventstudy.study.answer import Answer
from eventstudy.study.design import design_to_toml, read_design
from eventstudy.study.envelope import digest, result_files, study_envelope, to_csv, to_json
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.study.study import EventStudy
from eventstudy.study.tables import BUDGET

#: What a folder needs, beside its tables, to be read back.
NEEDED = ("study.json", "design.toml", "inputs/events.csv", "inputs/figures.csv", "inputs/figures.json")


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
        ``design.toml`` and, below ``inputs``, events, figures and what their columns are. A model that no design file
        can hold is left out, and with it the way back.
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
    said = (
        {name: _words(name, one) for name, one in given.instruments.items()} if given.kind == "prices" else {"": None}
    )
    data = () if None in said.values() else (prices, {name: words for name, words in said.items() if words})
    with suppress(DesignError):
        files["design.toml"] = design_to_toml(result.design, *data).encode()
    return files


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
    """Read a result folder back: the study is run again on what went in, and must give the very same tables.

    Parameters
    ----------
    folder : str or Path
        What ``run --out`` wrote.

    Returns
    -------
    StudyResult
        The result, with the folder's own warnings.

    Raises
    ------
    DataMissingError
        If a file is not there; says which.
    InputError
        If a file cannot be read, or the tables are not those that the inputs give.
    """
    study, said, budget = _study_of(Path(folder))
    result = study.fit(budget=budget)
    found = json.loads(to_json(study_envelope(result)))
    for name in {**found["tables"], **said["tables"]}:
        if not _same(found["tables"].get(name, []), said["tables"].get(name, [])):
            changed = "it was changed, or written by another version of the library; run the study again"
            raise InputError(f"{folder}: the table '{name}' is not what its inputs give; {changed}")
    _require_as_written(Path(folder), result, said)
    return replace(result, warnings=tuple(said["warnings"]))


def folder_to_draw(folder: str | Path) -> StudyResult:
    """Return what charts of a result folder need: its own answers beside its market events; no study is run.

    Parameters
    ----------
    folder : str or Path
        What ``run --out`` wrote.

    Returns
    -------
    StudyResult
        The result, with the folder's answers and warnings.

    Raises
    ------
    DataMissingError
        If a file is not there; says which.
    InputError
        If a file cannot be read, or the folder's means are not those of its inputs.
    """
    study, said, budget = _study_of(Path(folder))
    result = replace(study.unanswered(), warnings=tuple(said["warnings"]), budget=budget)
    labels = {name: history.instrument.label for name, history in result.histories.items()} | {ALL: "All series"}
    windows, found = list(map(str, result.design.windows)), []
    with _sound(Path(folder) / "study.json"):
        for row in said["tables"]["average"]:
            known = {name: value for name, value in row.items() if value is not None}
            is_contrast, of = row["stance"] == result.design.contrast, result.samples.get(row["series"])
            found.append(Answer(**known, label=labels[row["series"]], is_contrast=is_contrast))
            if of and not is_contrast and row["n"]:
                w = windows.index(row["window"])
                if not np.isclose(of.car[of.rows(row["stance"], w), w].mean(), row["caar"], rtol=1e-9, atol=1e-12):
                    raise InputError(f"{folder}: the table 'average' is not what its inputs give; run the study again")
    _require_as_written(Path(folder), result, said)
    return replace(result, answers=tuple(found))


def _require_as_written(folder: Path, result: StudyResult, said: Mapping[str, Any]) -> None:
    """Refuse a folder of which a figure, an input, a choice or a warning was changed after it was written."""
    found = {"inputs": [item._asdict() for item in result.inputs], "design": result.design.as_dict()}
    now = json.loads(to_json(found))
    names = {"inputs": "the files in inputs are", "design": "design.toml is"}
    if wrong := next((what for name, what in names.items() if now[name] != said[name]), None):
        raise InputError(f"{folder}: {wrong} not what study.json says; run the study again")
    if said.get("sha256") != digest(said):
        raise InputError(f"{folder}: study.json was changed after it was written; run the study again")


def _study_of(folder: Path) -> tuple[EventStudy, dict[str, Any], int]:
    """Return the study of a result folder, what its envelope says, and the budget it was run with."""
    if not folder.is_dir():
        how = f"write one with: eventstudy run ... --out {folder}"
        raise DataMissingError(f"there is no result folder '{folder}'; {how}")
    with suppress(OSError, InputError):  # a folder that can only be read is taken as it is
        finish_writing(folder)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        how = f"write it again with: eventstudy run ... --out {folder}"
        raise DataMissingError(f"result folder '{folder}' has no {', '.join(missing)}; {how}")
    with _sound(folder / "study.json") as path:
        said = _json(path)
        rows = [row for table in said["tables"].values() for row in table]
        if not all(isinstance(row, dict) for row in rows) or not isinstance(said["inputs"], list):
            raise InputError(f"'{path}' is damaged: a table must be a list of rows")
        if not isinstance(said["warnings"], list) or not all(isinstance(line, str) for line in said["warnings"]):
            raise InputError(f"'{path}' is damaged: warnings must be a list of texts")
    with _sound(folder / "inputs/figures.json") as path:
        what = _json(path)
        kind, budget = "prices" if what["kind"] == "bars" else what["kind"], what.get("budget", BUDGET)
        instruments, bars = (
            {name: _made(Instrument, of) for name, of in what["instruments"].items()},
            what["label"] or None,
        )
        for made in instruments.values():
            for zone in (made.stamp.zone, made.hours.zone, *(ticker.stamp.zone for ticker in made.tickers)):
                ZoneInfo(zone)
            if made.orientation not in (1, -1):
                raise ValueError(f"orientation {made.orientation!r} must be 1 or -1")
        if kind not in {"prices", "returns", "volumes"} or not isinstance(budget, int):
            raise InputError(f"'{path}' is damaged: kind {kind!r}, budget {what.get('budget')!r}")
    with _sound(folder / "inputs/figures.csv") as path:
        # In full precision, which not every version of pandas reads by itself.
        (_, *names), *cells = csv.reader(StringIO(read_text(path), newline=""))
        values = [[float(cell) if cell else np.nan for cell in row[1:]] for row in cells]
        index: pd.Index = pd.Index([row[0] for row in cells])
        try:
            index = pd.to_datetime(index, format="ISO8601")
        except pd.errors.OutOfBoundsDatetime:  # before pandas 3: as days, of which the price reader names the year
            index = pd.DatetimeIndex(np.array([row[0][:10] for row in cells], dtype="datetime64[s]"))
        table = np.array(values, dtype=np.float64).reshape(len(cells), len(names))
        figures = pd.DataFrame(table, index, list(map(not_inert, names)))
        figures.attrs |= {"source": what.get("source", ""), "layout": dict(what.get("layout", {}))}
    with _sound(folder):
        choices = dict(read_design(folder / "design.toml").choices)
        choices |= {"returns_kind": choices.pop("returns", None), "bars": bars, kind: figures}
        study = EventStudy(read_events(folder / "inputs/events.csv"), instruments=instruments, **choices)
        return study, said, budget


@contextmanager
def _sound(path: Path) -> Iterator[Path]:
    """Name the file, or the folder, of which an entry is missing or is not what it should be."""
    try:
        yield path
    except EventStudyError as error:
        if path.name in str(error) and path.is_file():
            raise
        raise type(error)(f"{path}: {error}") from None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, csv.Error) as error:
        why = f"{type(error).__name__} {str(error)[:100]}".splitlines()[0]
        raise InputError(f"'{path}' is damaged ({why}); run the study again with --out") from None


def _same(found: Any, said: Any) -> bool:
    """Whether plain values are the same, figures to eleven digits: another processor may round the last otherwise."""
    if isinstance(found, dict) and isinstance(said, dict):
        return found.keys() == said.keys() and all(_same(value, said[key]) for key, value in found.items())
    if isinstance(found, list) and isinstance(said, list):
        return len(found) == len(said) and all(map(_same, found, said))
    if isinstance(found, float) and isinstance(said, float):
        return bool(np.isclose(found, said, rtol=1e-11, atol=1e-14))
    return bool(found == said)


def _json(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(read_text(path))
    if not isinstance(read, dict):
        raise InputError(f"'{path}' is damaged: it must be an object with entries")
    return read


def _made(kind: Any, value: Any) -> Any:
    """Make a value of some type of the plain values that were written of it."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        if unknown := set(value) - set(hints):
            raise KeyError(*sorted(unknown))
        return kind(**{name: _made(of, value[name]) for name, of in hints.items()})
    if get_origin(kind) is tuple:
        first, *others = get_args(kind)
        kinds = [first] * len(value) if others == [...] else [first, *others]
        return tuple(_made(of, one) for of, one in zip(kinds, value, strict=True))
    if kind in (str, int, bool) and type(value) is not kind:
        raise TypeError(f"{value!r:.60} is no {kind.__name__}")
    return date.fromisoformat(value) if kind is date else value
