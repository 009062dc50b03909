"""The event schema: which columns an events table has, and what is said of a table that breaks it."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import InputError, did_you_mean
from eventstudy.events.clock import distinct_rows, read_time
from eventstudy.events.stance import STANCES

#: The forms in which events may come: a table, a table's rows, or dates alone.
EventsLike = pd.DataFrame | pd.Series | pd.Index | np.ndarray | Sequence[Any]

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
    "stance": "",
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


def check_events(events: EventsLike, source: str = "events", *, from_file: bool = False) -> pd.DataFrame:
    """Return an events table in full: every column of the schema, every default filled in, every value checked.

    Parameters
    ----------
    events : DataFrame, shape (N, any), or list, DatetimeIndex, Series or array, shape (N,)
        One event a row. ``time`` is required; other columns of the schema have defaults (``stance`` is empty); further
        columns are kept as they are, at the end. Anything but a DataFrame is the times alone (text, dates, datetimes;
        one at midnight without a zone is a day), or a list of dicts, one an event.
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
    >>> check_events(["2018-03-05", "2018-04-09"])["id"].tolist()
    ['2018-03-05', '2018-04-09']
    """
    frame = events if isinstance(events, pd.DataFrame) else _table_of(events, source)
    labels = frame.index.tolist()
    place = Place(source, lambda k: f"row {k + 2}" if from_file else f"row {labels[k]!r}")
    _require_columns(frame, source)
    table = _as_text(frame)
    _check_choices(table, place)
    table["intensity"] = _intensities(table["intensity"], place)
    _check_times(table, place)
    _make_ids(table)
    _check_unique_ids(table, place)
    return table


def _table_of(events: EventsLike, source: str) -> pd.DataFrame:
    """Return a table of a list of dicts or of dates, its rows counted from 1."""
    if not isinstance(events, (list, tuple, pd.Series, pd.Index, np.ndarray)) or getattr(events, "ndim", 1) != 1:
        raise InputError(f"{source}: give a table with a column 'time', or a list of dates, not {_shown(events)}")
    rows = pd.Series(events).tolist() if isinstance(events, np.ndarray) else list(events)
    counted = pd.RangeIndex(1, len(rows) + 1)
    if rows and all(isinstance(row, dict) for row in rows):
        return pd.DataFrame(rows, index=counted)
    for k, row in zip(counted, rows, strict=True):
        if not isinstance(row, (str, date, np.datetime64, pd.Period)) or not _cell_text(row):
            raise InputError(f"{source}, row {k}: not a date: {_shown(row)}")
    return pd.DataFrame({"time": pd.Series(rows, index=counted, dtype=object)})


def _shown(value: object) -> str:
    return textwrap.shorten(repr(value) if isinstance(value, str) else str(value), 60)


def _require_columns(frame: pd.DataFrame, source: str) -> None:
    names = [str(name) for name in frame.columns]
    if not len(frame):
        raise InputError(f"{source} has no events in it")
    if "time" not in names:
        near = f" ({did_you_mean('time', names)})" if names else ""
        raise InputError(f"{source} has no column 'time'{near}; an event needs at least that")
    # A misspelt 'stance' would make one group of all events without a word; 'distance' is a column of its own.
    likely = {name.strip().casefold(): name for name in names if name not in DEFAULTS and len(name) <= len("stances")}
    if "stance" not in names and (found := get_close_matches("stance", likely, 1, 0.8)):
        raise InputError(f"{source} has the column '{likely[found[0]]}'; did you mean 'stance'?")
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
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        day = value.tzinfo is None and value == datetime.combine(value, datetime.min.time())
        return value.date().isoformat() if day else value.isoformat()
    return str(value).strip()


def _check_choices(events: pd.DataFrame, place: Place) -> None:
    for column, allowed in (("stance", ("", *STANCES)), ("status", STATUSES)):
        wrong = ~events[column].isin(allowed).to_numpy()
        if wrong.any():
            position = int(wrong.argmax())
            word = events[column].iloc[position]
            raise InputError(f"{place.cell(position, column)}: {_wrong_word(column, word, allowed)}")


def _wrong_word(column: str, word: str, allowed: tuple[str, ...]) -> str:
    return f"'{word}' is not a {column}; {did_you_mean(word, filter(None, allowed))}"


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
        slug = "-".join(filter(None, (time[:10], slug_of(headline))))
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
