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
from eventstudy.study.envelope import envelope, result_files, to_csv, to_json
from eventstudy.study.given import Given
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
    given = result.given
    what = {
        "kind": given.kind,
        "label": given.label,
        "budget": result.budget,
        "source": given.figures.attrs.get("source", ""),
        "layout": given.figures.attrs.get("layout", {}),
        "instruments": {name: asdict(instrument) for name, instrument in given.instruments.items()},
    }
    index = pd.DatetimeIndex(given.figures.index)
    text = [when.isoformat() for when in index] if given.kind == "bars" else index.strftime("%Y-%m-%d")
    dated = given.figures.set_axis(pd.Index(text, name="date"), axis=0)
    files: dict[str, Content] = {
        **result_files(result),
        "inputs/events.csv": to_csv(result.events).encode(),
        "inputs/figures.json": f"{json.dumps(what, indent=1, ensure_ascii=False, default=str)}\n".encode(),
        "inputs/figures.csv": inert_frame(dated).to_csv(lineterminator="\n").encode(),
    }
    try:
        return files | {"design.toml": design_to_toml(result.design, *_data(given)).encode()}
    except DesignError:
        return files


def _data(given: Given) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """Return where a design file finds its inputs and what it says of their columns, so that it runs by itself.

    Nothing where words cannot make the columns what they are: the folder holds them whole, and `read_folder` runs it.
    """
    if given.kind != "prices":
        return {}, {}
    found = {name: _words(name, one) for name, one in given.instruments.items()}
    if any(words is None for words in found.values()):
        return {}, {}
    return ({"events": "inputs/events.csv", "prices": "inputs/figures.csv"},
            {name: words for name, words in found.items() if words})  # fmt: skip


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
    study, told, budget = _study_of(Path(folder))
    result = study.fit(budget=budget)
    found = json.loads(to_json(envelope(result)))
    if found["inputs"] != told["inputs"]:
        raise InputError(f"{folder}: the files in inputs are not those of study.json; run the study again")
    for name in {**found["tables"], **told["tables"]}:
        # Edited by hand, or written by another version.
        if not _same(found["tables"].get(name, []), told["tables"].get(name, [])):
            raise InputError(
                f"{folder}: the table '{name}' is not what its inputs give; it was changed, or written by another "
                "version of the library; run the study again"
            )
    return replace(result, warnings=tuple(told["warnings"]))


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
    study, told, budget = _study_of(Path(folder))
    result = replace(study.unanswered(), warnings=tuple(told["warnings"]), budget=budget)
    labels = {name: history.instrument.label for name, history in result.histories.items()} | {ALL: "All series"}
    contrast, found = result.design.contrast, []
    with _sound(Path(folder) / "study.json"):
        for row in told["tables"]["average"]:
            known = {name: value for name, value in row.items() if value is not None}
            found.append(Answer(**known, label=labels[row["series"]], is_contrast=row["stance"] == contrast))
            of, windows = result.samples.get(row["series"]), list(map(str, result.design.windows))
            if of and not found[-1].is_contrast and row["n"]:
                w = windows.index(row["window"])
                if not np.isclose(of.car[of.rows(row["stance"], w), w].mean(), row["caar"], rtol=1e-9, atol=1e-12):
                    raise InputError(f"{folder}: the table 'average' is not what its inputs give; run the study again")
    return replace(result, answers=tuple(found))


def _study_of(folder: Path) -> tuple[EventStudy, dict[str, Any], int]:
    """Return the study of a result folder, what its envelope says, and the budget it was run with."""
    if not folder.is_dir():
        raise DataMissingError(
            f"there is no result folder '{folder}'; write one with: eventstudy run ... --out {folder}"
        )
    with suppress(OSError):  # a folder that can only be read is taken as it is
        finish_writing(folder)
    if missing := [name for name in NEEDED if not (folder / name).is_file()]:
        raise DataMissingError(
            f"result folder '{folder}' has no {', '.join(missing)}; "
            f"write it again with: eventstudy run ... --out {folder}"
        )
    with _sound(folder / "study.json") as path:
        told = _json(path)
        rows = [row for table in told["tables"].values() for row in table]
        if not all(isinstance(row, dict) for row in rows) or not isinstance(told["inputs"], list):
            raise InputError(f"'{path}' is damaged: a table must be a list of rows")
        if not isinstance(told["warnings"], list) or not all(isinstance(line, str) for line in told["warnings"]):
            raise InputError(f"'{path}' is damaged: warnings must be a list of texts")
    with _sound(folder / "inputs/figures.json") as path:
        what = _json(path)
        kind = "prices" if what["kind"] == "bars" else what["kind"]
        instruments = {name: _instrument(row) for name, row in what["instruments"].items()}
        forms: dict[str, Any] = {**dict.fromkeys([kind]), "bars": what["label"] or None}
        if kind not in {"prices", "returns", "volumes"} or not isinstance(budget := what.get("budget", BUDGET), int):
            raise InputError(f"'{path}' is damaged: kind {kind!r}, budget {what.get('budget')!r}")
    with _sound(folder / "inputs/figures.csv") as path:
        figures = _figures(path)
        figures.attrs |= {"source": what.get("source", ""), "layout": dict(what.get("layout", {}))}
    with _sound(folder):
        design = read_design(folder / "design.toml").choices
        choices = {("returns_kind" if key == "returns" else key): value for key, value in design.items()}
        events = read_events(folder / "inputs/events.csv")
        return EventStudy(events, instruments=instruments, **{**forms, kind: figures}, **choices), told, budget


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


def _figures(path: Path) -> pd.DataFrame:
    """Read figures in full precision, which not every version of pandas does by itself."""
    (_, *names), *rows = csv.reader(StringIO(read_text(path), newline=""))
    values = [[float(cell) if cell else np.nan for cell in row[1:]] for row in rows]
    index: pd.Index = pd.Index([row[0] for row in rows])
    try:
        index = pd.to_datetime(index, format="ISO8601")
    except pd.errors.OutOfBoundsDatetime:  # before pandas 3: as days, of which the price reader names the year
        index = pd.DatetimeIndex(np.array([row[0][:10] for row in rows], dtype="datetime64[s]"))
    return pd.DataFrame(
        np.array(values, dtype=np.float64).reshape(len(rows), len(names)), index, list(map(not_inert, names))
    )


def _same(found: Any, told: Any) -> bool:
    """Whether plain values are the same, figures to eleven digits: another processor may round the last otherwise."""
    if isinstance(found, dict) and isinstance(told, dict):
        return found.keys() == told.keys() and all(_same(value, told[key]) for key, value in found.items())
    if isinstance(found, list) and isinstance(told, list):
        return len(found) == len(told) and all(map(_same, found, told))
    if isinstance(found, float) and isinstance(told, float):
        return bool(np.isclose(found, told, rtol=1e-11, atol=1e-14))
    return bool(found == told)


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
        return tuple(_made(get_args(kind)[0], of) for of in value)
    return date.fromisoformat(value) if kind is date else value


def _instrument(row: Mapping[str, Any]) -> Instrument:
    made: Instrument = _made(Instrument, row)
    for zone in (made.stamp.zone, made.hours.zone, *(ticker.stamp.zone for ticker in made.tickers)):
        ZoneInfo(zone)
    if made.orientation not in (1, -1):
        raise ValueError(f"orientation {made.orientation!r} must be 1 or -1")
    return made
