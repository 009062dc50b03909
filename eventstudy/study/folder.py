"""A result folder: the envelope and its tables, the design, and what went in, so that the study can be run again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
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
from eventstudy.files import Content, finish_writing, inert_frame, not_inert, read_text
from eventstudy.markets.identity import identify
from eventstudy.markets.instrument import Instrument
from eventstudy.study.answer import Answer
from eventstudy.study.design import design_to_toml, read_design
from eventstudy.study.envelope import result_files, to_csv
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.study.study import EventStudy
from eventstudy.version import version

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
