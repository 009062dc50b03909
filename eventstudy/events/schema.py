"""The event schema: which columns an events table has, what other tables call them, and what breaks it."""

from __future__ import annotations

import re
import shlex
import textwrap
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from difflib import get_close_matches
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.cells import brief_list, looks_dated, parse_times
from eventstudy.errors import InputError, did_you_mean, require_known
from eventstudy.events.clock import distinct_rows, find_zone, names_zone, quoted, read_time, split_zone
from eventstudy.events.stance import STANCES
from eventstudy.files import TIME_WORDS, heading

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

#: Columns whose cells are words of ours, so that marks without a width are no part of them.
_OF_OURS = frozenset(("time", "time_zone", "precision", "published_at", "stance", "series", "status", "intensity"))

#: What other tables call a headline, a time zone and a time.
_HEADLINES = ("headline text", "event", "title", "news", "what", "announcement", "event name", "subject", "summary",
              "событие", "ereignis")  # fmt: skip
_ZONES = ("zone", "timezone", "time zone", "tz")
_TIMES = TIME_WORDS - {"published at", "time"} | {"event date", "announcement date", "date of event", "when",
                                                   "start date", "start", "dtstart"}  # fmt: skip
#: What other tables call the market that an event is about.
_MARKETS = frozenset(("ticker", "symbol", "instrument", "asset", "market", "security", "ric", "markets", "tickers"))

#: What other tables call the time of publication.
_PUBLIC = frozenset(("published", "publication date", "publication time", "publication", "release date", "release time",
                     "released", "date published", "announced", "опубликовано", "veröffentlicht"))  # fmt: skip

#: A month or a year, which is no day.
_NO_DAY = re.compile(r"\d{4}(?:[-/.Mm]\d{1,2}|-?[Qq][1-4])?|\d{1,2}[/.-]\d{4}|[^\W\d_]{3,}\.?,?[\s/-]+\d{4}")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*(?: .*)?)?")
_NUMBER = re.compile(r"[+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf", re.ASCII)
_MIDNIGHT = re.compile(r"(.{10})[T ]00:00(?::00(?:[.,]0+)?)?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
_LONGEST_TIME = 80
#: Marks without a width, which spreadsheets and web pages put around dates; half a character.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
#: What no text needs and what breaks pages, pictures and terminals: sequences for terminals, control characters, marks
#: that turn the direction of writing, code points that are no characters. Line breaks and tabs are blanks.
_MARKS = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]{0,999}(?:\x07|\x1b\\\\)?)?"
    "|[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_BREAKS = re.compile("\r\n|[\t-\r\x1c-\x1f\x85\u2028\u2029]")


def without_marks(text: str, blank: str = "") -> str:
    r"""Return a text without what steers a terminal or breaks a page; with a `blank` every character keeps its place.

    Examples
    --------
    >>> without_marks("They \x1b[31mrejected\x1b[0m it"), without_marks("a\0b", " ")
    ('They rejected it', 'a b')
    """
    return _MARKS.sub(lambda found: blank * len(found.group()), text)


class Imported(NamedTuple):
    """Proposed events of a file: rows of the schema, what was set aside (``text, reason, source``), and notes."""

    events: tuple[dict[str, Any], ...]
    set_aside: tuple[dict[str, str], ...] = ()
    notes: tuple[str, ...] = ()


def proposal(**cells: Any) -> dict[str, Any]:
    """Return a row of the event schema, proposed, with ``confidence`` and ``evidence``; what is not given is empty."""
    row = {name: default or "" for name, default in DEFAULTS.items()}
    return {**row, "status": "proposed", "confidence": 0.0, "evidence": [], **cells}


class _Place(NamedTuple):
    """Names the cell a message is about, as its owner knows it: file, spreadsheet row or index label, own column."""

    source: str
    label_of: Callable[[int], str]
    theirs: Mapping[str, str]

    def cell(self, position: int, column: str) -> str:
        """Return ``events.csv, row 3, column Date``."""
        return f"{self.source}, {self.label_of(position)}, column {self.theirs.get(column, column)}"


def check_events(
    events: EventsLike,
    source: str = "events",
    *,
    columns: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    time_format: str | Mapping[str, str] = "",
    rows: Sequence[int] | None = None,
) -> pd.DataFrame:
    """Return an events table in full: every column of the schema, every default filled in, every value checked.

    Parameters
    ----------
    events : DataFrame, shape (N, any), or list, DatetimeIndex, Series or array, shape (N,)
        One event a row. A time is required: a column ``time``, else one called ``date`` or the like, else an index of
        dates. Other columns of the schema have defaults (``stance`` is empty); further columns are kept as they are, at
        the end. Anything but a DataFrame is the times alone (text, dates, datetimes), or a list of dicts, one an event.
    source : str
        What to call the table in messages.
    columns : mapping of str to str, optional
        Which of its columns is which of the schema's, e.g. ``{"time": "Day"}``.
    values : mapping of str to str, optional
        What a column of the schema is throughout, e.g. ``{"time_zone": "Europe/Moscow"}``.
    time_format : str or mapping of str to str
        How times are written, in the codes of ``strptime``; as a mapping, by column (``time``, ``published_at``).
        Default: whatever the whole column allows.
    rows : sequence of int, optional
        The row of the file in which each row of the table stands; default the labels of its index.

    Returns
    -------
    DataFrame, shape (N, 17 or more)
        Text columns in the order of the schema (``intensity`` is float64, NaN where unknown); the index counts from 0.
        ``attrs["notes"]``: what a careful reader should know of how it was read. Checking a checked table changes
        nothing.

    Raises
    ------
    InputError
        On the first thing wrong; names source, row and column and says what would be right.

    Notes
    -----
    A column of two or more times that are all midnight in their zone says days: dates that passed through a clock.

    Examples
    --------
    >>> events = check_events(pd.DataFrame({"time": ["2022-01-27"], "stance": ["Raise"], "headline": ["No hurry"]}))
    >>> events.loc[0, ["id", "stance", "precision", "status"]].tolist()
    ['2022-01-27-no-hurry', 'raise', 'day', 'confirmed']
    >>> check_events(["2018-03-05", "2018-04-09"])["id"].tolist()
    ['2018-03-05', '2018-04-09']
    """
    frame = events if isinstance(events, pd.DataFrame) else _table_of(events, source)
    labels = frame.index.tolist() if rows is None else list(rows)
    notes = list(frame.attrs.get("notes", ()))
    if not len(frame):
        raise InputError(f"{source} has no events in it")
    frame, theirs = _named(frame, dict(columns or {}), dict(values or {}), source, notes)
    place = _Place(source, lambda k: f"row {labels[k]}" if rows is not None else f"row {labels[k]!r}", theirs)
    table = _as_text(frame, place, notes)
    _check_words(table, place)
    table["intensity"] = _intensities(table["intensity"], place)
    forms = {"time": time_format} if isinstance(time_format, str) else dict(time_format)
    for column in ("time", "published_at"):
        table[column] = _times(table, column, forms.get(column, ""), place, notes)
    _check_times(table, place, notes)
    _make_ids(table)
    _check_unique_ids(table, place)
    table.attrs = {"notes": list(dict.fromkeys(notes))} if notes else {}
    return table


def _table_of(events: EventsLike, source: str) -> pd.DataFrame:
    """Return a table of a list of dicts or of dates, its rows counted from 1."""
    if not isinstance(events, (list, tuple, pd.Series, pd.Index, np.ndarray)) or getattr(events, "ndim", 1) != 1:
        raise InputError(f"{source}: give a table with a column 'time', or a list of dates, not {_shown(events)}")
    rows: list[Any] = pd.Series(events).tolist() if isinstance(events, np.ndarray) else list(events)
    counted = pd.RangeIndex(1, len(rows) + 1)
    if rows and all(isinstance(row, dict) for row in rows):
        if half := next((name for row in rows for name in row if _SURROGATE.search(str(name))), ""):
            raise InputError(f"{source}: half a character (a lone surrogate) in the column's name {quoted(half)}")
        return pd.DataFrame(rows, index=counted, dtype=object)  # half a character fits no string type
    for k, row in zip(counted, rows, strict=True):
        if not isinstance(row, (str, date, np.datetime64, pd.Period)) or not _cell_text(row):
            raise InputError(f"{source}, row {k}: not a date: {_shown(row)}")
    return pd.DataFrame({"time": pd.Series(rows, index=counted, dtype=object)})


def _shown(value: object) -> str:
    return textwrap.shorten(repr(value[:200]) if isinstance(value, str) else str(value)[:200], 60)


def _named(
    frame: pd.DataFrame, columns: dict[str, str], values: dict[str, str], source: str, notes: list[str]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the table under the names of the schema, and what its owner calls those columns."""
    names = [without_marks(str(name)) for name in frame.columns]
    found = _columns(names, columns, values, source)
    free = [name for name in names if name not in found.values()]
    if about := [name for name in free if heading(name) in _MARKETS and "series" not in {*found, *values}]:
        notes.append(
            f"{source}: column '{about[0]}' is kept and not read; --map {shlex.quote(f'series={about[0]}')} lets each "
            "event meet that market alone, by any name or alias of it"
        )
    table = {name: frame.iloc[:, k].tolist() for k, name in enumerate(names)}
    dated = [name for name in free if heading(name) in _TIMES]
    if "time" not in {*found, *values}:
        if isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex)) and not dated:
            found["time"], table["time"] = "time", list(frame.index)
        else:
            found["time"] = _time_column(table, free, dated, found, source)
            if not found["time"].startswith("column "):
                notes.append(f"{source}: column '{found['time']}' taken as the time")
    elif "time" in found and len(dated) == 1 and not any(looks_dated(_cell_text(c)) for c in table[found["time"]]):
        clocks = [_cell_text(cell) for cell in table[found["time"]]]
        words = [cell for cell in clocks if cell and not any(map(str.isdigit, cell))]
        if words:
            notes.append(f"{source}: no clock in {len(words)} cells of '{found['time']}' ('{words[0]}'): days")
        table[found["time"]] = ["" if cell in words else cell for cell in clocks]
        days = [re.sub(r"T\d.*", "", _cell_text(day)) for day in table.pop(dated[0])]
        table[found["time"]] = [f"{day} {clock}".strip() for day, clock in zip(days, table[found["time"]], strict=True)]
        notes.append(f"{source}: columns '{dated[0]}' and '{found['time']}' taken as the time")
    public = [name for name in free if name in table and name != found.get("time") and heading(name) in _PUBLIC]
    if public and "published_at" not in {*found, *values}:
        notes.append(
            f"{source}: column '{public[0]}' is kept and not read; --map {shlex.quote(f'published_at={public[0]}')} "
            "lets the market meet the publication"
        )
    clock = _clock_column(table, set(found.values()))
    if clock and "time" not in values and not any(":" in _cell_text(cell) for cell in table[found["time"]]):
        notes.append(
            f"{source}: column '{clock}' holds clocks and is not read, only the days of '{found['time']}' are; "
            f"--map {shlex.quote(f'time={clock}')} reads both"
        )
    ours_first = {ours: table.pop(name) for ours, name in found.items() if ours not in values}
    ours_first |= {ours: [value] * len(frame) for ours, value in values.items()}
    made = pd.DataFrame(ours_first, index=frame.index, dtype=object)
    further = [k for k, name in enumerate(names) if name in table and name not in found.values()]
    mapped = [names[k] for k in further if names[k] in DEFAULTS]
    notes += [f"{source}: column '{name}' left out: {name} is {found.get(name) or values[name]}" for name in mapped]
    further = [k for k in further if names[k] not in DEFAULTS]
    return pd.concat([made, frame.iloc[:, further].set_axis([names[k] for k in further], axis=1)], axis=1), found


def _columns(names: list[str], columns: dict[str, str], values: dict[str, str], source: str) -> dict[str, str]:
    """Return which column stands for which field of the schema: the mapping given, else the column's own name."""
    for name in (*columns, *values):
        require_known(name, COLUMNS, "column of the event schema")
    stripped = [name.strip() for name in names]
    if repeated := sorted({name for name in stripped if stripped.count(name) > 1}):
        raise InputError(f"{source} has the column '{repeated[0]}' twice; rename one")
    found: dict[str, str] = {}
    for ours, name in columns.items():
        if name.strip() not in stripped:
            raise InputError(f"{source} has no column '{name}' to be '{ours}'; {did_you_mean(name, names)}")
        found[ours] = names[stripped.index(name.strip())]
    for name in names:
        ours = heading(name).replace(" ", "_")
        if ours not in DEFAULTS or ours in columns or name in found.values():
            continue
        if ours in found:
            raise InputError(f"{source} has the columns '{found[ours]}' and '{name}'; rename one of them")
        found[ours] = name
    free = [name for name in names if name not in found.values()]
    # A misspelt 'stance' would make one group of all events without a word; 'distance' is a column of its own.
    likely = {name.strip().casefold(): name for name in free if len(name) <= len("stances")}
    if "stance" not in {*found, *values} and (near := get_close_matches("stance", likely, 1, 0.8)):
        raise InputError(f"{source} has the column '{likely[near[0]]}'; did you mean 'stance'?")
    return found


def _clock_column(table: Mapping[str, list[Any]], taken: set[str]) -> str:
    """Return the first column that holds clocks and nothing else, of those that are not taken; '' where none does."""
    cells = {name: [cell for cell in column if _cell_text(cell)] for name, column in table.items() if name not in taken}
    return next((name for name, column in cells.items() if column and all(map(_is_clock, column))), "")


def _is_clock(value: object) -> bool:
    return isinstance(value, time) or bool(re.match(r"\s*(\d{1,2}[:h]\d{2}|$)", str(value)))


def _time_column(
    table: Mapping[str, list[Any]], free: list[str], dated: list[str], found: Mapping[str, str], source: str
) -> str:
    """Return the one column that can only be the time; else say which option names it, and what else is foreign."""
    headlines = [name for name in free if heading(name) in _HEADLINES and "headline" not in found]
    zones = [name for name in free if heading(name) in _ZONES and "time_zone" not in found]
    if len(dated) == 1 and not headlines and not zones:
        return dated[0]
    if not dated:
        dated = [
            name
            for name in free
            if any(looks_dated(split_zone(_cell_text(cell)[:_LONGEST_TIME])[0]) for cell in table[name][:3])
        ]
        if dated and all(name.startswith("column ") for name in free):
            return dated[0]
    if not dated:
        known = f" (known: {brief_list(table)})" if table else ""
        raise InputError(f"{source} has no column 'time'{known}; an event needs at least that: --map time=COLUMN")
    if len(dated) == 1 and heading(dated[0]) in _TIMES and (clock := _clock_column(table, {*found.values()})):
        dated = [clock]  # which takes the days beside it along
    maps = (("time", dated), ("headline", headlines), ("time_zone", zones))
    told = " ".join(f"--map {shlex.quote(f'{ours}={names[0]}')}" for ours, names in maps if names)
    other = f" (the time may also be {' or '.join(dated[1:])})" if len(dated) > 1 else ""
    raise InputError(f"{source} has no column 'time'; add {told}{other}")


def _as_text(frame: pd.DataFrame, place: _Place, notes: list[str]) -> pd.DataFrame:
    """Return all schema columns as stripped text with defaults, further columns behind them; no cell has marks."""
    columns: dict[str, list[Any]] = {name: [""] * len(frame) for name in DEFAULTS}
    columns |= {str(name): frame[name].tolist() for name in frame.columns}
    marked = []
    for name in DEFAULTS:
        columns[name] = [_cell_text(value) for value in columns[name]]
    for name, cells in columns.items():
        for position, cell in enumerate(cells):
            if not isinstance(cell, str) or cell.isprintable():
                continue
            if _SURROGATE.search(cell):
                raise InputError(f"{place.cell(position, name)}: half a character (a lone surrogate) in {quoted(cell)}")
            plain = (_UNSEEN.sub("", cell) if name in _OF_OURS else cell).strip()
            cells[position] = without_marks(plain)
            if cells[position] != plain:
                marked.append(place.cell(position, name))
            if name in DEFAULTS:
                cells[position] = _BREAKS.sub(" ", cells[position]).strip()
    if marked:
        more = f" and {len(marked) - 1} more cells" if len(marked) > 1 else ""
        notes.append(f"{marked[0]}{more}: control characters and marks of direction left out")
    text = {name: [cell or default or "" for cell in columns.pop(name)] for name, default in DEFAULTS.items()}
    as_they_were = {name: pd.Series(cells, dtype=frame[name].dtype) for name, cells in columns.items()}
    return pd.concat([pd.DataFrame(text, dtype=object), pd.DataFrame(as_they_were)], axis=1)


def _cell_text(value: Any) -> str:
    """Write a cell as text: a missing value is '', a midnight timestamp a date."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (list, tuple, np.ndarray)):
        return ";".join(str(part).strip() for part in value)
    if isinstance(value, dict) or pd.isna(value):
        return "" if not isinstance(value, dict) else str(value)
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, datetime):
        day = value.tzinfo is None and value == datetime.combine(value, time())
        return value.date().isoformat() if day else value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004  # a number of a column with gaps
        return str(int(value))
    return str(value).strip()


def _check_words(table: pd.DataFrame, place: _Place) -> None:
    """Write words of the schema as it does; labels of one's own are a stance where none is a stance of ours."""
    for column, allowed in (("stance", STANCES), ("status", STATUSES), ("precision", PRECISIONS)):
        cells = [cell.casefold() if cell.casefold() in allowed else cell for cell in table[column]]
        table[column] = np.array(cells, dtype=object)
        words = list(dict.fromkeys(filter(None, cells)))
        own = [word for word in words if word not in allowed]
        misspelt = any(did_you_mean(word[:60], allowed).startswith("did") for word in own)
        if own and (column != "stance" or len(own) < len(words) or misspelt):
            word = next((word for word in own if did_you_mean(word[:60], allowed).startswith("did")), own[0])
            word = own[0] if column != "stance" else word
            known = did_you_mean(word[:60], allowed)
            raise InputError(f"{place.cell(cells.index(word), column)}: {quoted(word)} is not a {column}; {known}")
    table["series"] = [";".join(re.split(r"\s*[;,]\s*", cell)) for cell in table["series"]]


def _intensities(cells: pd.Series, place: _Place) -> pd.Series:
    numbers: dict[str, float] = {"": float("nan")}
    for position, cell in zip(np.flatnonzero(~cells.duplicated()).tolist(), cells.drop_duplicates(), strict=True):
        if not cell:
            continue
        where = place.cell(position, "intensity")
        if len(cell) > _LONGEST_TIME or not _NUMBER.fullmatch(cell):
            raise InputError(f"{where}: {quoted(cell)} is not a number; write one from -10 to 10, or nothing")
        numbers[cell] = float(cell.replace("−", "-"))
        if abs(numbers[cell]) > 10:  # noqa: PLR2004  # the Goldstein scale ends there
            raise InputError(f"{where}: {cell} is outside -10 .. 10")
    return cells.map(numbers).astype(np.float64)


def _times(table: pd.DataFrame, column: str, form: str, place: _Place, notes: list[str]) -> list[str]:
    """Return a column of times in ISO form, settled by the column as a whole; midnights throughout become days."""
    split = [(cell, *split_zone(cell), zone) for cell, zone in zip(table[column], table["time_zone"], strict=True)]
    cells = [bare if word and names_zone(word, zone) else cell for cell, bare, word, zone in split]
    for position, cell in enumerate(cells):
        if len(cell) > _LONGEST_TIME:
            raise InputError(f"{place.cell(position, column)}: {quoted(cell)} is not a time")
    named = f"{place.source}, column {place.theirs.get(column, column)}"
    if form or not all(_ISO.fullmatch(cell) for cell in set(cells) if cell):
        for position, cell in enumerate(cells):
            if not form and _NO_DAY.fullmatch(cell):
                raise InputError(f"{place.cell(position, column)}: '{cell}' is not a time: it has no day")
        form, zone = _split_form(form)
        bare, own = zip(*map(split_zone, cells), strict=True)
        times, note = parse_times(bare, form=form or None, where=lambda k: place.cell(k, column))
        cells = [f"{when} {o or zone}".strip() if "T" in when else when for when, o in zip(times, own, strict=True)]
        if note:
            notes.append(f"{named}: {note}")
    return _without_midnights(table, cells, named, notes)


def _split_form(form: str) -> tuple[str, str]:
    """Tell a zone at the end of a form of ``strptime``, or its code, from the form."""
    found = re.fullmatch(r"(.*%\w)\s*(?:%Z|([A-Za-z][\w/+:-]*))", form)
    return (found[1], found[2] or "") if found and not found[1].endswith("%%") else (form, "")


def _without_midnights(table: pd.DataFrame, cells: list[str], named: str, notes: list[str]) -> list[str]:
    """Return days for a column whose clocks are all midnight: a date that passed through a clock is no instant."""
    clocks = [(k, cell) for k, cell in enumerate(cells) if len(cell) > len("2022-01-27")]
    found = [(k, _MIDNIGHT.fullmatch(cell)) for k, cell in clocks]
    midnights = [(k, match[2], match[1]) for k, match in found if match]
    zones = [(offset or table["time_zone"].iloc[k]) for k, offset, _ in midnights]
    in_utc = [zone.upper() in {"", "Z", "UTC", "GMT", "+00:00", "+0000", "-00:00"} for zone in zones]
    if not midnights or (table["precision"] == "minute").any():
        return cells
    if len(midnights) < len(clocks) or (len(midnights) == 1 and zones[0]):
        if n := sum(in_utc):
            notes.append(
                f"{named}: {n} of {len(clocks)} clocks at 00:00 UTC; where only the day is known, write a date"
            )
        return cells
    notes.append(
        f"{named}: every clock is 00:00{' UTC' if all(zones) and all(in_utc) else ''}, taken as days "
        "(precision=minute makes them instants)"
    )
    days = {k: day for k, _, day in midnights}
    return [days.get(k, cell) for k, cell in enumerate(cells)]


def _check_times(events: pd.DataFrame, place: _Place, notes: list[str]) -> None:
    """Read every time once, so that what is wrong is said here and not later; fill `precision` and `published_at`."""
    rows, at = distinct_rows(events, ("time", "time_zone", "precision", "published_at"))
    first = np.unique(at, return_index=True)[1].tolist()
    filled, early = [], []
    for position, (when, zone, precision, published_at) in zip(first, rows, strict=True):
        cell = partial(place.cell, position)
        moment = read_time(when, zone, cell)
        if precision == "minute" and moment.instant is None:
            raise InputError(f"{cell('precision')}: 'minute' needs a clock in 'time'; '{when}' has none")
        public = read_time(published_at, zone, cell, column="published_at") if published_at else moment
        if public.day < moment.day:
            early.append(place.label_of(position))
        filled.append((
            _with_offset(when), str(find_zone(zone)[0]) if zone else "",
            precision or ("day" if moment.instant is None else "minute"), _with_offset(published_at or when),
        ))  # fmt: skip
    for k, column in enumerate(("time", "time_zone", "precision", "published_at")):
        events[column] = np.array([row[k] for row in filled], dtype=object)[at]
    for word, zone in dict.fromkeys((row[1], new[1]) for row, new in zip(rows, filled, strict=True)):
        if word.casefold() != zone.casefold():
            notes.append(f"{place.source}: time zone {word} taken as {zone}")
    if early:
        what = f"{early[0]} was" if len(early) == 1 else f"{len(early)} events, the first in {early[0]}, were"
        notes.append(f"{place.source}: {what} published on a day before the event's; the market meets the publication")


def _with_offset(text: str) -> str:
    """Write the zone behind a time as its offset."""
    bare, word = split_zone(text)
    return datetime.fromisoformat(bare).replace(tzinfo=find_zone(word)[0]).isoformat() if word else text


def _make_ids(events: pd.DataFrame) -> None:
    """Give each event without an id a slug of its date and headline; a repeated slug gets a number."""
    taken, next_number, slug_of = set(events["id"]), dict[str, int](), cache(_slug)
    ids = []
    for given, when, headline in zip(events["id"], events["time"], events["headline"], strict=True):
        if given:
            ids.append(given)
            continue
        slug = "-".join(filter(None, (when[:10], slug_of(headline))))
        unique, k = slug, next_number.get(slug, 2)
        while unique in taken:
            unique, k = f"{slug}-{k}", k + 1
        next_number[slug] = k
        taken.add(unique)
        ids.append(unique)
    events["id"] = ids


def _slug(headline: str, n_words: int = 5) -> str:
    plain = unicodedata.normalize("NFKD", headline[:200]).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain)[:n_words])


def _check_unique_ids(events: pd.DataFrame, place: _Place) -> None:
    repeated = events["id"].duplicated().to_numpy()
    if not repeated.any():
        return
    position = int(repeated.argmax())
    name = events["id"].iloc[position]
    first = int((events["id"] == name).to_numpy().argmax())
    raise InputError(f"{place.cell(position, 'id')}: {quoted(name)} is already the id of {place.label_of(first)}")
