"""Events of any form and layout to one checked table: which columns it has, and what other tables call them."""

from __future__ import annotations

import re
import shlex
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.cells import (
    DAY_OF_FORM,
    LONGEST_TIME,
    brief,
    brief_list,
    find_zone,
    looks_dated,
    may_be_time,
    parse_times,
)
from eventstudy.errors import InputError, did_you_mean, require_known
from eventstudy.events.clock import distinct_rows, read_time, split_zone
from eventstudy.files import bundled_toml
from eventstudy.tables import SURROGATE, TIME_WORDS, cell_text, content_of, frame_of, heading, records_of, table_of

#: The forms in which events may come: a table, a table's rows, or dates alone.
EventsLike = pd.DataFrame | pd.Series | pd.Index | np.ndarray | Sequence[Any]

Stance = Literal["raise", "hold", "fold"]
STANCES: tuple[Stance, ...] = ("raise", "hold", "fold")

#: The label of events that wait, and of events without one: news of neither kind.
NEUTRAL = ("hold", "")
PRECISIONS = ("minute", "day")
STATUSES = ("confirmed", "proposed")

#: Every column of an events table in order, and what it holds where it is missing and not made from the others.
COLUMNS = (
    "id", "time", "time_zone", "precision", "published_at", "headline", "actor", "target", "stance", "kind",
    "intensity", "phase", "series", "status", "source", "url", "note",
)  # fmt: skip
DEFAULTS = dict.fromkeys(COLUMNS, "") | {"status": "confirmed"}

#: Columns whose cells are words of ours, so that marks without a width are no part of them.
_OF_OURS = frozenset(("time", "time_zone", "precision", "published_at", "stance", "series", "status", "intensity"))

_WORDS = bundled_toml("eventstudy", "words.toml")
#: Which column of ours another table's is, by what it calls it, as `heading` writes it; what reading some would do.
_OURS = dict.fromkeys(TIME_WORDS - {"published at", "time"}, "time")
_OURS |= {word: ours for ours, words in _WORDS["columns"].items() for word in words}
_WHY = _WORDS["unread"]
#: What tells the second of two columns of one heading from the first.
_SECOND = re.compile(r"\.\d+$")
#: Digits that are an identifier rather than a date, where another column has dates.
_IS_CODE = re.compile(r"\d{1,7}|\d{9,}").fullmatch
_NO_DAY = re.compile(_WORDS["no-day"])
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d\S*(?: (?![AaPp]\.?[Mm]\b).*)?)?")
_NUMBER = re.compile(r"[+\-−]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[+-]?inf", re.ASCII)
_MIDNIGHT = re.compile(r"(.{10})[T ]00:00(?::00(?:[.,]0+)?)?(Z|[+-]\d\d:?\d\d)?", re.IGNORECASE)
#: Marks without a width, which spreadsheets and web pages put around dates.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
#: What no text needs and what breaks pages, pictures and terminals: sequences for terminals, control characters, marks
#: that turn the direction of writing, code points that are no characters. Line breaks and tabs are blanks.
_MARKS = re.compile(
    "\x1b(?:\\[[0-?]*[ -/]*[@-~]|\\][^\x07\x1b]{0,999}(?:\x07|\x1b\\\\)?)?"
    "|[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)
_BREAKS = re.compile("\r\n|[\t-\r\x1c-\x1f\x85\u2028\u2029]")


def net_stance(stances: Iterable[str], neutral: Collection[str] = NEUTRAL) -> str:
    """Return the stance, or other label, of several events that one session had to digest at once.

    Parameters
    ----------
    stances : iterable of str
        The labels of the events.
    neutral : collection of str
        Those that make nothing mixed: of stances ``hold`` and '', of the labels of another column '' alone.

    Returns
    -------
    str
        The one label that is not neutral, ``mixed`` for several; ``hold`` (or '') where all are neutral.

    Examples
    --------
    >>> net_stance(["raise", "hold"]), net_stance(["raise", "fold"]), net_stance(["hold", ""])
    ('raise', 'mixed', 'hold')
    """
    labels = set(stances)
    distinct = labels - set(neutral)
    if not distinct:
        return "hold" if "hold" in labels else ""
    return distinct.pop() if len(distinct) == 1 else "mixed"


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
    set_aside: tuple[dict[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


def proposal(**cells: Any) -> dict[str, Any]:
    """Return a row of the event schema, proposed, with ``confidence`` and ``evidence``; what is not given is empty."""
    return {**DEFAULTS, "status": "proposed", "confidence": 0.0, "evidence": [], **cells}


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
    frame = events if isinstance(events, pd.DataFrame) else frame_of(events, source)
    if not len(frame):
        raise InputError(f"{source} has no events in it")
    read = _Table(frame, source, frame.index.tolist() if rows is None else list(rows))
    read.as_text(*read.name_columns(dict(columns or {}), dict(values or {})))
    read.check_words()
    forms = {"time": time_format} if isinstance(time_format, str) else time_format
    for column in ("time", "published_at"):
        read.frame[column] = read.times(column, forms.get(column, ""))
    if early := read.check_times():
        what = f"row {read.labels[early[0]]!r}"
        what = f"{what} was" if len(early) == 1 else f"{len(early)} events, the first in {what}, were"
        read.note(f"{what} published on a day before the event's; the market meets the publication")
    table = read.frame
    taken, numbers, ids = set(table["id"]), defaultdict[str, Iterator[int]](lambda: count(2)), []
    for given, when, headline in zip(table["id"], table["time"], table["headline"], strict=True):
        if not (unique := given):
            plain = unicodedata.normalize("NFKD", headline[:200]).encode("ascii", "ignore").decode().lower()
            unique = slug = "-".join(filter(None, [when[:10], *re.findall(r"[a-z0-9]+", plain)[:5]]))
            while unique in taken:  # a repeated slug gets a number
                unique = f"{slug}-{next(numbers[slug])}"
            taken.add(unique)
        ids.append(unique)
    table["id"] = ids
    if (repeated := table["id"].duplicated().to_numpy()).any():
        position = int(repeated.argmax())
        first = read.labels[ids.index(ids[position])]
        raise InputError(f"{read.cell(position, 'id')}: '{brief(ids[position])}' is already the id of row {first!r}")
    table.attrs = {"notes": list(dict.fromkeys(read.notes))} if read.notes else {}
    return table


def _no_time(where: str, cell: str, *, no_day: bool) -> InputError:
    return InputError(f"{where}: '{brief(cell)}' is not a time{': it has no day' if no_day else ''}")


class _Table:
    """A table of events on its way to the schema: what its columns are, what its cells say, what to note of it."""

    def __init__(self, frame: pd.DataFrame, source: str, labels: list[Any]) -> None:
        self.frame, self.source, self.labels = frame, source, labels
        self.notes = list(frame.attrs.get("notes", ()))
        self.theirs: dict[str, str] = {}  # what its owner calls columns of the schema

    def cell(self, position: int, column: str) -> str:
        """Name a cell for a message: file, row of the spreadsheet or label of the index, its owner's column."""
        return f"{self.source}, row {self.labels[position]!r}, column {self.theirs.get(column, column)}"

    def note(self, said: str, column: str = "") -> None:
        """Note something of the table, or of a column of it."""
        of = f", column {self.theirs.get(column, column)}" if column else ""
        self.notes.append(f"{self.source}{of}: {said}")

    def name_columns(
        self, columns: dict[str, str], values: dict[str, str]
    ) -> tuple[dict[str, list[Any]], dict[str, pd.Series]]:
        """Return the cells of the columns of the schema by its names, and the other columns."""
        frame, names = self.frame, [without_marks(str(name)) for name in self.frame.columns]
        self.theirs = found = _columns(self.source, names, columns, values)
        own = dict(zip(names, (column for _, column in frame.items()), strict=True))
        table = {name: column.tolist() for name, column in own.items()}
        free = {name: _likely(name, table[name]) for name in names if name not in found.values()}
        free = {name: ours if ours == "time" or ours not in found else "" for name, ours in free.items()}
        # Beside a clock called `Release Time` the day may be that of the publication.
        dated = [name for name, ours in free.items() if ours == "time"]
        dated = dated or [name for name, ours in free.items() if ours == "published_at" and "time" in found]
        clock = _clock_of(table, free)
        time, begin = found.get("time", ""), len(self.notes)
        if time and "time" not in values:
            if len(dated) == 1 and not any(looks_dated(cell_text(cell)) for cell in table[time]):
                clocks = [cell_text(cell) for cell in table[time]]
                words = [cell for cell in clocks if cell and not any(map(str.isdigit, cell))]
                if words:
                    self.note(f"no clock in {len(words)} cells of '{time}' ('{words[0]}'): days")
                days = [re.sub(r"T\d.*", "", cell_text(day)) for day in table.pop(dated[0])]
                pairs = zip(days, clocks, strict=True)
                table[time] = [f"{day} {'' if clock in words else clock}".strip() for day, clock in pairs]
                self.note(f"columns '{dated[0]}' and '{time}' taken as the time")
        elif "time" not in values and not dated and isinstance(frame.index, (pd.DatetimeIndex, pd.PeriodIndex)):
            time, table["time"] = "time", list(frame.index)
        elif "time" not in values:
            time = self._time_column(table, free, dated, clock)
            found |= self._without_header(table, time, values) if time.startswith("column ") else {}
        found |= {"time": time} if time else {}
        titles = [name for name, ours in free.items() if ours == "headline"]
        if len(titles) == 1 and "headline" not in values:
            table["headline"], found["headline"] = table[titles[0]], "headline"
            self.note(f"column '{titles[0]}' taken as the headline")
        for name, ours in free.items():
            if ours in _WHY and ours not in values and name not in {time, clock}:
                word = shlex.quote(f"{ours}={name}")
                place = begin if ours == "series" else len(self.notes)
                said = f"column '{name}' is kept and not read; --map {word} {_WHY[ours]}"
                self.notes.insert(place, f"{self.source}: {said}")
        if clock and "time" not in values and not any(":" in cell_text(cell) for cell in table[time]):
            mend = f"--map {shlex.quote(f'time={clock}')} reads both"
            self.note(f"column '{clock}' holds clocks and is not read, only the days of '{time}' are; {mend}")
        zones = {name: {*map(cell_text, table[name])} for name, ours in free.items() if ours == "time_zone"}
        self.zone = _zone_from(zones, " of ".join(found.get(name, "") for name in ("time", "published_at")))
        made = {ours: table.pop(name) for ours, name in found.items() if ours not in values}
        made |= {ours: [value] * len(frame) for ours, value in values.items()}
        others = [name for name in names if name in table and name not in found.values()]
        both = [name for name in others if name in DEFAULTS]
        self.notes += [f"{self.source}: column '{name}' left out: {name} is {(values | found)[name]}" for name in both]
        return made, {name: own[name] for name in others if name not in both}

    def _time_column(self, table: dict[str, list[Any]], free: dict[str, str], dated: list[str], clock: str) -> str:
        """Return the one column that can only be the time; else say which option names it, and what else is foreign."""
        foreign = {ours: [name for name, of in free.items() if of == ours] for ours in ("headline", "time_zone")}
        alone = not foreign["headline"] or (len(free) == 2 and not clock)  # noqa: PLR2004  # a date and a title
        if len(dated) == 1 and not foreign["time_zone"] and alone:
            self.note(f"column '{dated[0]}' taken as the time")
            return dated[0]
        if len(dated) == 1 and clock:
            dated = [clock]  # which takes the days beside it along
        elif not dated:
            dated = [one for one in free if any(looks_dated(split_zone(cell_text(cell))[0]) for cell in table[one][:3])]
            dated.sort(key=lambda one: _IS_CODE(cell_text(table[one][0])) is not None)
            if dated and all(name.startswith("column ") for name in free):
                return dated[0]
        lacks = f"{self.source} has no column 'time'"
        if not dated:
            known = f" (known: {brief_list(table)})" if table else ""
            mend = shlex.quote(f"time={self.theirs.get('published_at', 'COLUMN')}")
            raise InputError(f"{lacks}{known}; an event needs at least that: --map {mend}")
        maps = ({"time": dated} | foreign).items()
        options = " ".join(f"--map {shlex.quote(f'{ours}={names[0]}')}" for ours, names in maps if names)
        other = f" (the time may also be {' or '.join(dated[1:])})" if len(dated) > 1 else ""
        raise InputError(f"{lacks}; add {options}{other}")

    def _without_header(self, table: dict[str, list[Any]], time: str, values: dict[str, str]) -> dict[str, str]:
        """Return the one column of nothing but stances as the stance, and note what is not read."""
        words = {name: {*map(str.casefold, map(cell_text, table[name]))} - {""} for name in table if name != time}
        stances = [name for name, of in words.items() if of and of <= {*STANCES}]
        found = {"stance": stances[0]} if len(stances) == 1 and "stance" not in values else {}
        said = [f"{name} taken as the stance" for name in found.values()]
        said += ["other columns kept and not read; write their names above them"] * (len(words) > len(found))
        if said:
            self.note(f"no header: {'; '.join(said)}")
        return found

    def as_text(self, made: Mapping[str, list[Any]], kept: Mapping[str, pd.Series]) -> None:
        """Bring all columns of the schema to stripped text with defaults, others behind them; no cell has marks."""
        marked = list[str]()

        def clean(cell: Any, position: int, name: str) -> Any:
            if not isinstance(cell, str) or cell.isprintable():
                return cell
            if SURROGATE.search(cell):
                raise InputError(f"{self.cell(position, name)}: half a character (a lone surrogate) in '{brief(cell)}'")
            plain = (_UNSEEN.sub("", cell) if name in _OF_OURS else cell).strip()
            shown = without_marks(plain)
            if shown != plain:
                marked.append(self.cell(position, name))
            return _BREAKS.sub(" ", shown).strip() if name in DEFAULTS else shown

        columns = {}
        for name, default in DEFAULTS.items():
            texts = enumerate(map(cell_text, made.get(name, ())))
            cells = [(text if text.isprintable() else clean(text, k, name)) or default for k, text in texts]
            columns[name] = pd.Series(cells or [default] * len(self.frame), dtype=object)
        for name, column in kept.items():
            if name != "evidence" and any(isinstance(cell, (dict, list)) for cell in column):
                inner = dict.fromkeys(key for cell in column if isinstance(cell, dict) for key in cell)
                if inner:
                    self.note(f"what is inside it ({brief_list(inner, 6)}) is kept as text and not read", name)
                column = column.map(cell_text)  # noqa: PLW2901
            cells = [clean(cell, k, name) for k, cell in enumerate(column.tolist())]
            columns[name] = pd.Series(cells, dtype=column.dtype)
        if marked:
            more = f" and {len(marked) - 1} more cells" if len(marked) > 1 else ""
            self.notes.append(f"{marked[0]}{more}: control characters and marks of direction left out")
        self.frame = pd.DataFrame(columns)

    def check_words(self) -> None:
        """Write words of the schema as it does, intensities as numbers; a stance may be one's own label throughout."""
        table = self.frame
        for column, allowed in (("stance", STANCES), ("status", STATUSES), ("precision", PRECISIONS)):
            cells = [cell.casefold() if cell.casefold() in allowed else cell for cell in table[column]]
            none = re.compile(r"\W+|n\W?a\W?|nan|none|null|nil", re.IGNORECASE).fullmatch
            no = [*filter(none, dict.fromkeys(cells))]
            if "+" in cells or {*cells} - {*allowed, *no, ""}:  # these may be labels among one's own
                no = [word for word in no if word.casefold() not in ({"+", "-"} if "+" in cells else {"none"})]
            if column == "stance" and no:
                self.note(f"no stance where it says {brief_list(no)}", column)
                cells = ["" if cell in no else cell for cell in cells]
            table[column] = np.array(cells, dtype=object)
            words = dict.fromkeys(filter(None, cells))
            own = [word for word in words if word not in allowed]
            near = [word for word in own if get_close_matches(word[:60].casefold(), allowed, 1, 0.7)]
            # One who waits (hold) stands among labels of one's own as well.
            if own and (column != "stance" or near or not words.keys().isdisjoint({"raise", "fold"})):
                word = [*near, *own][0]
                known = did_you_mean(word[:60], allowed)
                if column == "stance" and not near:
                    known += "; for own labels rename the column: --group-by NAME"
                raise InputError(f"{self.cell(cells.index(word), column)}: '{brief(word)}' is not a {column}; {known}")
        table["series"] = [re.sub(r"\s*[;,]\s*", ";", cell) for cell in table["series"]]
        numbers = {"": float("nan")}
        for text in filter(None, dict.fromkeys(table["intensity"])):
            where = self.cell(table["intensity"].tolist().index(text), "intensity")
            if len(text) > LONGEST_TIME or not _NUMBER.fullmatch(text):
                raise InputError(f"{where}: '{brief(text)}' is not a number; write one from -10 to 10, or nothing")
            numbers[text] = float(text.replace("−", "-"))
            if abs(numbers[text]) > 10:  # noqa: PLR2004  # the Goldstein scale ends there
                raise InputError(f"{where}: {text} is outside -10 .. 10")
        table["intensity"] = table["intensity"].map(numbers).astype(np.float64)

    def times(self, column: str, form: str) -> list[str]:
        """Return a column of times in ISO form, settled by the column as a whole; midnights throughout become days."""
        written = {cell: cell if form else _with_clock(cell) for cell in set(self.frame[column])}
        split = {cell: split_zone(cell) for cell in written.values()}
        pairs = zip(self.frame[column].map(written), self.frame["time_zone"], strict=True)
        every = ((cell, *split[cell], zone) for cell, zone in pairs)
        # An abbreviation of the zone beside it means that zone, however many others have it.
        short = bundled_toml("eventstudy", "zones.toml") if any(word for _, word in split.values()) else {}
        is_its = {one: {*words.split()} for one, words in short.items()}
        cells = [bare if word and word.upper() in is_its.get(zone, ()) else cell for cell, bare, word, zone in every]
        foreign = bool(form) or not all(_ISO.fullmatch(cell) for cell in set(cells) if cell)
        of_months = bool(re.search("%[mbBh]", form) and not re.search(DAY_OF_FORM, form))
        for position, cell in enumerate(cells) if foreign else ():
            no_day = cell and (of_months if form else _NO_DAY.fullmatch(cell))
            if no_day or len(cell) > LONGEST_TIME:
                raise _no_time(self.cell(position, column), cell, no_day=bool(no_day))
        if foreign:
            # A zone at the end of a form, or its code, stands behind the times and is no part of them.
            of_form = re.fullmatch(r"(.*%\w)\s*(?:%Z|([A-Za-z][\w/+:-]*))", form)
            form, zone = (of_form[1], of_form[2] or "") if of_form else (form, "")
            bare, own = zip(*map(split_zone, cells), strict=True)
            try:
                times, note = parse_times(bare, form=form or None, where=lambda k: self.cell(k, column))
            except InputError as error:
                option = f"--time-format {column}=" if column != "time" else "--time-format "
                raise InputError(str(error).replace("--time-format ", option)) from None
            if at := [k for k, text in enumerate(bare) if f"{text[:4]}-{text[4:]}" == times[k][:7]]:  # 202202
                raise _no_time(self.cell(at[0], column), bare[at[0]], no_day=True)
            cells = [f"{when} {o or zone}".strip() if "T" in when else when for when, o in zip(times, own, strict=True)]
            if note:
                self.note(note, column)
        return self._without_midnights(cells, column)

    def _without_midnights(self, cells: list[str], column: str) -> list[str]:
        """Return days for a column whose clocks are all midnight: a date that passed through a clock is no instant."""
        table = self.frame
        clocks = [k for k, cell in enumerate(cells) if len(cell) > len("2022-01-27")]
        days = {k: match for k in clocks if (match := _MIDNIGHT.fullmatch(cells[k]))}
        zones = [match[2] or table["time_zone"].iloc[k] for k, match in days.items()]
        in_utc = [zone.upper() in {"", "Z", "UTC", "GMT", "+00:00", "+0000", "-00:00"} for zone in zones]
        if not days or (table["precision"] == "minute").any():
            return cells
        if len(days) < len(clocks) or (len(days) == 1 and zones[0]):
            if n := sum(in_utc):
                said = "clocks at 00:00 UTC; where only the day is known, write a date"
                self.note(f"{n} of {len(clocks)} {said}", column)
            return cells
        utc = " UTC" if all(zones) and all(in_utc) else ""
        self.note(f"every clock is 00:00{utc}, taken as days (precision=minute makes them instants)", column)
        return [days[k][1] if k in days else cell for k, cell in enumerate(cells)]

    def check_times(self) -> list[int]:
        """Read every time once, so that what is wrong is said here and not later; fill `precision` and `published_at`.

        Returns positions of events that were published on an earlier day.
        """
        columns = ["time", "time_zone", "precision", "published_at"]
        rows, at = distinct_rows(self.frame, columns)
        filled, early = [], []
        positions = np.unique(at, return_index=True)[1].tolist()
        for position, (when, zone, precision, published_at) in zip(positions, rows, strict=True):
            cell = partial(self.cell, position)
            moment = read_time(when, zone, cell, zone_from=self.zone)
            if precision == "minute" and moment.instant is None:
                raise InputError(f"{cell('precision')}: 'minute' needs a clock in 'time'; '{when}' has none")
            public = read_time(published_at, zone, cell, "published_at", self.zone) if published_at else moment
            if public.day < moment.day:
                early.append(position)
            for column, text, read in (("time", when, moment), ("published_at", published_at, public)):
                if text and read.written != text and not split_zone(text)[1]:
                    self.note(f"{text} came twice, as clocks went back; taken as {read.written}", column)
            own = str(find_zone(zone)[0]) if zone else ""
            precision = precision or ("day" if moment.instant is None else "minute")  # noqa: PLW2901
            filled.append((moment.written, own, precision, public.written))
            if zone.casefold() != own.casefold():
                self.note(f"time zone {zone} taken as {own}")
        self.frame[columns] = np.array(filled, dtype=object)[at]
        return early


def _likely(name: str, cells: list[Any]) -> str:
    """Return which column of ours another table's is, by its heading; one of publications holds dates. Else ''."""
    word = heading(_SECOND.sub("", name))
    public = re.search(r"\bpub(lish|lication|date|time|\b)|\b(releas|announc|disclos|posted|first.?seen)", word)
    is_public = public and any(looks_dated(cell_text(cell)) for cell in cells)
    return _OURS.get(word) or "published_at" * bool(is_public)


def _clock_of(table: dict[str, list[Any]], free: Iterable[str]) -> str:
    """Return the column of clocks beside days, '' for none; one of hours takes the minutes beside it along."""
    parts = {heading(name): name for name in table}
    if {"hour", "minute"} <= parts.keys():
        both = zip(*(map(cell_text, table[parts[part]]) for part in ("hour", "minute")), strict=True)
        table[parts["hour"]] = [hour and f"{hour}:{minute or '00':>02}" for hour, minute in both]
    for name in free:
        cells = [f"2022-01-27 {cell}" for cell in islice(filter(None, map(cell_text, table[name])), 200)]
        of_hours = re.fullmatch(r"(.* )?(hh:?mm(:?ss)?|hours?|clock|uhrzeit|heure|hora|release time)", heading(name))
        if sum(may_be_time(_with_clock(cell) if of_hours else cell) for cell in cells) * 2 > len(cells):
            return name
    return ""


def _with_clock(cell: str) -> str:
    """Return a time as it is written, with a colon in a clock that has none: 14.30, 1430, 14 behind a day."""
    found = re.fullmatch(r"(.*\d)\s+(\d{1,2}?)[.h]?(\d\d)?(\d\d)?(\s+\D.*)?", cell * (len(cell) <= LONGEST_TIME))
    if not found or looks_dated(cell) or not looks_dated(found[1]):
        return cell
    day, hour, minute, second, rest = found.groups("")
    return f"{day} {hour}:{minute or '00'}{second and ':'}{second}{rest}"


def _columns(source: str, names: list[str], columns: dict[str, str], values: dict[str, str]) -> dict[str, str]:
    """Return which column stands for which field of the schema: the mapping given, else the column's own name."""
    for name in (*columns, *values):
        require_known(name, COLUMNS, "column of the event schema")
    stripped = [name.strip() for name in names]
    if repeated := sorted(name for name, n in Counter(stripped).items() if n > 1):
        raise InputError(f"{source} has the column '{repeated[0]}' twice; rename one")
    found: dict[str, str] = {}
    for ours, name in columns.items():
        if name.strip() not in stripped:
            raise InputError(f"{source} has no column '{name}' to be '{ours}'; {did_you_mean(name, names)}")
        found[ours] = names[stripped.index(name.strip())]
    for name in names:
        ours = heading(_SECOND.sub("", name)).replace(" ", "_")
        if ours not in DEFAULTS or ours in columns or name in found.values():
            continue
        if ours in found and ours in {"time", "published_at", "time_zone", "stance", "series"}:
            raise InputError(f"{source} has the columns '{found[ours]}' and '{name}'; rename one of them")
        found.setdefault(ours, name)
    # A misspelt 'stance' would make one group of all events without a word; 'distance' is a column of its own.
    free = (name for name in names if name not in found.values() and len(name) <= len("stances"))
    likely = {name.strip().casefold(): name for name in free}
    if "stance" not in {*found, *values} and (near := get_close_matches("stance", likely, 1, 0.8)):
        raise InputError(f"{source} has the column '{likely[near[0]]}'; did you mean 'stance'?")
    return found


def _zone_from(zones: Mapping[str, set[str]], headings: str) -> str:
    """Return the option for clocks without a zone: a column of zones, or the one zone that the headings name."""

    def are_zones(words: Iterable[str]) -> bool:
        with suppress(InputError):
            return all(map(find_zone, words))
        return False

    # Whatever may be of a zone stays with it: "UTC" alone of "UTC (+3)" would be another zone.
    words = dict.fromkeys(re.findall(r"[A-Za-z]{2,}(?:/\w+)*(?:[\s(+−–-]*\d[\w:.,]*)?", headings))
    named = [word for word in words if are_zones([word])]
    options = [f"--map {shlex.quote(f'time_zone={name}')}" for name, cells in zones.items() if are_zones(cells - {""})]
    options += [f"--set {shlex.quote(f'time_zone={word}')}" for word in named if len(named) == 1]
    return options[0] if options else ""


# --- files of events -------------------------------------------------------------------------------------------------


#: What holds events and is no table of them, by the command that imports it.
_NO_TABLES = {"ics": "a calendar", "rss": "a news feed", "gdelt": "rows of GDELT"}
_NO_TABLE = re.compile(
    rb"""(?ix) (?:\xef\xbb\xbf)?\s* (?: (?P<ics>BEGIN:VCALENDAR) | (?:<\?xml[^>]*>\s*)?(?P<rss><(?:rss|feed|rdf:RDF)\b)
    | (?P<gdelt>\d+([\t,])(?:19|20)\d{6}\4(?:19|20)\d{4}\4 | (?=.*\bSQLDATE)(?=.*(?:EventCode|RootCode|Goldstein))) )"""
)


def kind_of(content: bytes | str) -> str:
    """Return what holds events and is no table of them, by the command that imports it; '' for a table."""
    begin = content[:2000] if isinstance(content, bytes) else content[:2000].encode(errors="replace")
    found = _NO_TABLE.match(begin)
    return (found and found.lastgroup) or ""


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
    chosen: dict[str, Any] = {"columns": columns, "values": values, "time_format": time_format}
    if not isinstance(path, (str, Path)):
        return check_events(path, **chosen)
    content, name = content_of(path, "event file")
    if kind := kind_of(content):
        command = f"eventstudy events import {kind} {shlex.quote(str(path))} --append events.csv"
        what = f"{_NO_TABLES[kind]}, not a table of events; write its entries into one first"
        raise InputError(f"{name} is {what}: {command}")
    return events_of(content, name, sheet=sheet, **chosen)


def events_of(content: bytes | str, source: str = "events", *, sheet: str | None = None, **chosen: Any) -> pd.DataFrame:
    r"""Read the events in the content of a file, as `read_events` does; `source` names it in messages.

    Examples
    --------
    >>> events_of("Date;stance\n27.01.2022;Raise\n").loc[0, ["time", "stance"]].tolist()
    ['2022-01-27', 'raise']
    """
    records = records_of(content, source)
    if records is not None:
        return check_events(records, source, **chosen)
    frame, rows = table_of(content, source, sheet=sheet)
    frame.attrs = {"notes": [f"{source}: {note}" for note in frame.attrs.get("notes", ())]}
    return check_events(frame, source, rows=rows.tolist(), **chosen)
