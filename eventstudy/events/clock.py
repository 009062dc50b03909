"""Event times: from what is written in a table to instants in UTC and calendar days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError, did_you_mean

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

#: Years within which every instant fits the nanosecond clock that sessions are searched by.
_YEARS = (1700, 2200)


@dataclass(frozen=True)
class Moment:
    """When something happened: a calendar day and, where the clock is known, an instant.

    Parameters
    ----------
    day : date
        The date as written, in the event's own zone.
    instant : datetime or None
        The instant in UTC; None where only the day is known.
    """

    day: date
    instant: datetime | None


def read_time(text: str, zone: str, cell: Callable[[str], str], column: str = "time") -> Moment:
    """Read one written time.

    Parameters
    ----------
    text : str
        An ISO 8601 date (``2022-01-27``), local time (``2022-01-27T12:30``) or time with an offset.
    zone : str
        IANA name of the zone of a local time; empty where `text` is a date or has an offset.
    cell : callable
        Names the cell of a column, for messages.
    column : str
        The column `text` stands in.

    Returns
    -------
    Moment
        Day and, if there is a clock, instant.

    Raises
    ------
    InputError
        If the text is not a time, its year is a slip of the pen, the zone is unknown, a clock has no zone, or the local
        time never happened (the hour skipped when clocks go forward).

    Notes
    -----
    An hour that clocks show twice is the first of the two; an offset says otherwise.
    """
    tz = _zone(zone, cell) if zone else None
    if _DATE.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise InputError(f"{cell(column)}: there is no day {text}") from None
        _require_year(day, cell(column))
        return Moment(day, None)
    try:
        written = datetime.fromisoformat(text)
    except ValueError:
        shown = f"'{text}' is not a time" if text else "empty"
        raise InputError(f"{cell(column)}: {shown}; write 2022-01-27 or 2022-01-27T12:30") from None
    if not _DATE.match(text):
        raise InputError(f"{cell(column)}: '{text}' is not a time; write 2022-01-27 or 2022-01-27T12:30")
    _require_year(written.date(), cell(column))
    if written.tzinfo is not None:
        return Moment(written.date(), written.astimezone(UTC))
    if tz is None:
        raise InputError(
            f"{cell(column)}: {text} has a clock but no zone; give 'time_zone' (e.g. Europe/Moscow) or an offset"
        )
    local = written.replace(tzinfo=tz)
    instant = local.astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) != written:
        raise InputError(f"{cell(column)}: {text} did not happen in {zone}: clocks went forward over it")
    return Moment(written.date(), instant)


def _require_year(day: date, where: str) -> None:
    first, last = _YEARS
    if not first <= day.year < last:
        raise InputError(f"{where}: {day} is outside the years {first} .. {last}")


def day_of(text: str) -> str:
    """Return the date part of a written time."""
    return text[:10]


@cache
def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone(name: str, cell: Callable[[str], str]) -> ZoneInfo:
    zone = _known_zone(name)
    if zone is None:
        near = did_you_mean(name, sorted(available_timezones()))
        hint = near if near.startswith("did") else "write an IANA name such as Europe/Moscow"
        raise InputError(f"{cell('time_zone')}: '{name}' is not a time zone; {hint}")
    return zone


def event_clock(events: pd.DataFrame) -> pd.DataFrame:
    """Return when each event happened and when the market could know it.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.

    Returns
    -------
    DataFrame, shape (N, 5)
        ``event_time`` and ``published_at``: datetime64[ns] in UTC, without zone; where only the day is known,
        ``event_time`` is that day's first instant and ``published_at`` NaT. ``day``: datetime64[ns], the date on which
        the market could know it, as written. ``exact``: bool, whether the clock of publication is known. ``by_day``:
        bool, whether only the day of the event itself is known.
    """
    rows, place = distinct_rows(events, ("time", "published_at", "time_zone", "precision"))
    table: dict[str, list[object]] = {"event_time": [], "published_at": [], "day": [], "exact": [], "by_day": []}
    for time, published_at, zone, precision in rows:
        happened = known = read_time(time, zone, str)
        begins = public = _naive(happened)
        if published_at != time:
            known = read_time(published_at, zone, str, column="published_at")
            public = _naive(known)
        exact = known.instant is not None and (precision != "day" or published_at != time)
        table["event_time"].append(begins)
        table["published_at"].append(public if exact else None)
        table["day"].append(known.day)
        table["exact"].append(exact)
        table["by_day"].append(happened.instant is None or precision == "day")
    dtypes = {name: "bool" if name in ("exact", "by_day") else "datetime64[ns]" for name in table}
    frame = pd.DataFrame({name: pd.Series(values, dtype=dtypes[name]) for name, values in table.items()})
    return frame.take(place).set_axis(events.index)


def distinct_rows(events: pd.DataFrame, columns: Sequence[str]) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """Return what stands in some columns, each once in order of appearance, and which of them each row bears."""
    rows = list(zip(*(events[name].tolist() for name in columns), strict=True))
    place = {row: k for k, row in enumerate(dict.fromkeys(rows))}
    return list(place), np.fromiter((place[row] for row in rows), dtype=np.intp, count=len(rows))


def in_time_order(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events in the order in which they happened, by id among equals, renumbered from 0."""
    order = np.lexsort((events["id"].astype(str), event_clock(events)["event_time"].to_numpy()))
    return events.iloc[order].reset_index(drop=True)


def _naive(moment: Moment) -> datetime:
    if moment.instant is None:
        return datetime.combine(moment.day, datetime.min.time())
    return moment.instant.replace(tzinfo=None)
