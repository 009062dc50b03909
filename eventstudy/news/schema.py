"""The event schema: which columns an events table has, and what is said of a table that breaks it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, did_you_mean
from eventstudy.news.clock import day_of, distinct_rows, read_time
from eventstudy.news.stance import STANCES

REQUIRED = ("time", "stance")
PRECISIONS = ("minute", "day")
STATUSES = ("confirmed", "proposed")

#: Every column of an events table in order, with the value it takes when it is missing (None: made from the others).
DEFAULTS: dict[str, str | None] = {
    "id": None,
    "time": None,
    "time_zone": "",
    "precision": None,
    "published_at": None,
    "headline": "",
    "actor": "",
    "target": "",
    "stance": None,
    "kind": "",
    "intensity": "",
    "phase": "",
    "series": "",
    "status": "confirmed",
    "source": "",
    "url": "",
    "note": "",
}
COLUMNS: tuple[str, ...] = tuple(DEFAULTS)


@dataclass(frozen=True)
class Place:
    """Names the cell a message is about: a spreadsheet row in a file, an index label in a frame."""

    source: str
    label_of: Callable[[int], str]

    def cell(self, position: int, column: str) -> str:
        """Return ``events.csv, row 3, column stance``."""
        return f"{self.source}, {self.label_of(position)}, column {column}"


def check_events(frame: pd.DataFrame, source: str = "events", *, from_file: bool = False) -> pd.DataFrame:
    """Return an events table in full: every column of the schema, every default filled in, every value checked.

    Parameters
    ----------
    frame : DataFrame, shape (N, any)
        One event a row. ``time`` and ``stance`` are required; other columns of the schema have defaults; further
        columns are kept as they are, at the end.
    source : str
        What to call the table in messages.
    from_file : bool
        True where rows are to be named as a spreadsheet names them (the header is row 1).

    Returns
    -------
    DataFrame, shape (N, 17 or more)
        Text columns in the order of the schema (``intensity`` is float64, NaN where unknown); the index counts from 0.
        Checking a checked table changes nothing.

    Raises
    ------
    InputError
        On the first thing wrong; names source, row and column and says what would be right.

    Examples
    --------
    >>> events = check_events(pd.DataFrame({"time": ["2022-01-27"], "stance": ["raise"], "headline": ["No hurry"]}))
    >>> events.loc[0, ["id", "precision", "status"]].tolist()
    ['2022-01-27-no-hurry', 'day', 'confirmed']
    """
    labels = frame.index.tolist()
    place = Place(source, lambda k: f"row {k + 2}" if from_file else f"row {labels[k]!r}")
    _require_columns(frame, source)
    events = _as_text(frame)
    _check_choices(events, place)
    events["intensity"] = _intensities(events["intensity"], place)
    _check_times(events, place)
    _make_ids(events)
    _check_unique_ids(events, place)
    return events


def _require_columns(frame: pd.DataFrame, source: str) -> None:
    names = [str(name) for name in frame.columns]
    if not len(frame):
        raise InputError(f"{source} has no events in it")
    for column in REQUIRED:
        if column not in names:
            near = f" ({did_you_mean(column, names)})" if names else ""
            raise InputError(f"{source} has no column '{column}'{near}; an event needs at least: {', '.join(REQUIRED)}")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{source} has the column '{repeated[0]}' twice")


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return all schema columns as stripped text with defaults, further columns untouched behind them."""
    columns: dict[str, object] = {}
    for name, default in DEFAULTS.items():
        fallback = default or ""
        if name not in frame:
            columns[name] = [fallback] * len(frame)
            continue
        columns[name] = [_cell_text(value) or fallback for value in frame[name].tolist()]
    further = {str(name): frame[name].to_list() for name in frame.columns if str(name) not in DEFAULTS}
    return pd.DataFrame({**columns, **further}, dtype=object)


def _cell_text(value: Any) -> str:
    """Write a cell as text: a missing value is '', a midnight timestamp a date."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (list, tuple, np.ndarray)):
        return ";".join(str(part).strip() for part in value)
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp) and value.tz is None and value == value.normalize():
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).strip()


def _check_choices(events: pd.DataFrame, place: Place) -> None:
    for column, allowed in (("stance", STANCES), ("status", STATUSES)):
        wrong = ~events[column].isin(allowed).to_numpy()
        if wrong.any():
            position = int(wrong.argmax())
            word = events[column].iloc[position]
            raise InputError(f"{place.cell(position, column)}: {_wrong_word(column, word, allowed)}")


def _wrong_word(column: str, word: str, allowed: tuple[str, ...]) -> str:
    if not word:
        return f"empty; write one of {', '.join(allowed)}"
    return f"'{word}' is not a {column}; {did_you_mean(word, allowed)}"


def _intensities(cells: pd.Series, place: Place) -> pd.Series:
    numbers: dict[str, float] = {}
    for position, cell in zip(np.flatnonzero(~cells.duplicated()).tolist(), cells.drop_duplicates(), strict=True):
        try:
            numbers[cell] = float(cell) if cell else float("nan")
        except ValueError:
            raise InputError(
                f"{place.cell(position, 'intensity')}: '{cell}' is not a number; write one from -10 to 10, or nothing"
            ) from None
        if abs(numbers[cell]) > 10:  # noqa: PLR2004  # the Goldstein scale ends there
            raise InputError(f"{place.cell(position, 'intensity')}: {cell} is outside -10 .. 10")
    return cells.map(numbers).astype(np.float64)


def _check_times(events: pd.DataFrame, place: Place) -> None:
    """Read every time once, so that what is wrong is said here and not later; fill `precision` and `published_at`."""
    rows, at = distinct_rows(events, ("time", "time_zone", "precision", "published_at"))
    first = np.unique(at, return_index=True)[1].tolist()
    precisions, published = [], []
    for position, (time, zone, precision, published_at) in zip(first, rows, strict=True):
        cell = partial(place.cell, position)
        moment = read_time(time, zone, cell)
        if precision and precision not in PRECISIONS:
            raise InputError(f"{place.cell(position, 'precision')}: {_wrong_word('precision', precision, PRECISIONS)}")
        if precision == "minute" and moment.instant is None:
            raise InputError(
                f"{place.cell(position, 'precision')}: 'minute' needs a clock in 'time'; '{time}' has none"
            )
        precisions.append(precision or ("day" if moment.instant is None else "minute"))
        if published_at:
            read_time(published_at, zone, cell, column="published_at")
        published.append(published_at or time)
    events["precision"] = np.array(precisions, dtype=object)[at]
    events["published_at"] = np.array(published, dtype=object)[at]


def _make_ids(events: pd.DataFrame) -> None:
    """Give each event without an id a slug of its date and headline; a repeated slug gets a number."""
    taken, next_number, slug_of = set(events["id"]), dict[str, int](), cache(_slug)
    ids = []
    for given, time, headline in zip(events["id"], events["time"], events["headline"], strict=True):
        if given:
            ids.append(given)
            continue
        slug = "-".join(filter(None, (day_of(time), slug_of(headline))))
        unique, k = slug, next_number.get(slug, 2)
        while unique in taken:
            unique, k = f"{slug}-{k}", k + 1
        next_number[slug] = k
        taken.add(unique)
        ids.append(unique)
    events["id"] = ids


def _slug(headline: str, n_words: int = 5) -> str:
    plain = unicodedata.normalize("NFKD", headline).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:n_words])


def _check_unique_ids(events: pd.DataFrame, place: Place) -> None:
    repeated = events["id"].duplicated().to_numpy()
    if not repeated.any():
        return
    position = int(repeated.argmax())
    name = events["id"].iloc[position]
    first = int((events["id"] == name).to_numpy().argmax())
    raise InputError(f"{place.cell(position, 'id')}: '{name}' is already the id of {place.label_of(first)}")
