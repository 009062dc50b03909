"""When events happened and were public: from written times and zones to instants in UTC and calendar days."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.cells import FURTHEST, YEARS, brief, find_zone
from eventstudy.errors import DesignError, InputError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZONE_BEHIND = re.compile(r"(.*\d(?:\s*[AaPp][Mm]\b)?)\s*\(?(?![AaPp][Mm]$)([^\W\d_][\w/+:-]*)\)?")


class Moment(NamedTuple):
    """When something happened: its day in its own zone, the instant in UTC where the clock is known, and as written.

    A zone behind a time is written as its offset; so is the zone of an hour that clocks show twice.
    """

    day: date
    instant: datetime | None
    written: str


def read_time(text: str, zone: str, cell: Callable[[str], str], column: str = "time", zone_from: str = "") -> Moment:
    """Read one written time.

    Parameters
    ----------
    text : str
        An ISO 8601 date (``2022-01-27``), local time (``2022-01-27T12:30``), time with an offset, or with a zone behind
        it (``2022-01-27T12:30 MSK``).
    zone : str
        The zone of a local time (see `find_zone`); empty where `text` is a date or says it itself.
    cell : callable
        Names the cell of a column, for messages.
    column : str
        The column `text` stands in.
    zone_from : str
        Where a zone may come from, for the message about a clock without one.

    Returns
    -------
    Moment
        Day and, if there is a clock, instant.

    Raises
    ------
    InputError
        If the text is not a time, its year is a slip of the pen, the zone is unknown or was not that of its season, a
        clock has no zone, or the local time never happened (the hour skipped when clocks go forward).

    Notes
    -----
    An hour that clocks show twice is the second of the two, so that nothing is known before it was; an offset, or CEST
    for CET, says otherwise.
    """
    text, behind = split_zone(text)
    tz, called = None, ""
    for word, where in ((zone, "time_zone"), (behind, column)):
        try:
            tz, called = find_zone(word) if word else (tz, called)
        except InputError as error:
            mend = ", or give --set time_zone=" if "write which" in str(error) else ""
            raise InputError(f"{cell(where)}: {error}{mend}") from None
    written = read_iso(text, cell(column))
    if not isinstance(written, datetime):
        return Moment(written, None, text)
    if written.tzinfo is not None:
        return Moment(written.date(), written.astimezone(UTC), text)
    if tz is None:
        mend = f"give 'time_zone' ({zone_from or '--set time_zone=ZONE, --map time_zone=COLUMN'}) or an offset"
        raise InputError(f"{cell(column)}: {text} has a clock but no zone; {mend}")
    # Of an hour that clocks show twice the second has the zone's other name: 02:30 CET.
    twice = [written.replace(tzinfo=tz, fold=fold) for fold in (1, 0)]
    local = next((one for one in twice if one.tzname() == called), twice[0])
    season = local.tzname() or ""
    if called and season.isalpha() and called != season:
        mend = f"write {season}, or the time zone {tz}"
        raise InputError(f"{cell(column)}: {text} {called}: {tz} was on {season} then; {mend}")
    instant = local.astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) != written:
        raise InputError(f"{cell(column)}: {text} did not happen in {zone or tz}: clocks went forward over it")
    is_one = twice[0].utcoffset() == twice[1].utcoffset()
    return Moment(written.date(), instant, text if is_one and not behind else local.isoformat())


def read_iso(text: str, where: str, what: str = "a time") -> date:
    """Read ISO 8601: a date, or a datetime where there is a clock."""
    try:
        written = date.fromisoformat(text) if _DATE.fullmatch(text) else datetime.fromisoformat(text)
    except ValueError:
        written = None
    if written is None or not _DATE.match(text):
        shown = f"'{brief(text)}' is not {what}" if text else "empty"
        hint = f"there is no day {text}" if _DATE.fullmatch(text) else f"{shown}; write 2022-01-27 or 2022-01-27T12:30"
        raise InputError(f"{where}: {hint}")
    if not YEARS[0] <= written.year < YEARS[1]:
        raise InputError(f"{where}: {text[:10]} is outside the years {YEARS[0]} .. {YEARS[1]}")
    shift = written.utcoffset() if isinstance(written, datetime) else None
    if shift and abs(shift) > FURTHEST:
        raise InputError(f"{where}: '{brief(text)}' has an offset beyond 14 hours; no clock is so far from UTC")
    return written


def split_zone(text: str) -> tuple[str, str]:
    """Part a zone's name from the time before it.

    Examples
    --------
    >>> split_zone("2022-01-27T12:30 Europe/Moscow"), split_zone("27.01.2022 12:30 MSK"), split_zone("12:30Z")
    (('2022-01-27T12:30', 'Europe/Moscow'), ('27.01.2022 12:30', 'MSK'), ('12:30Z', ''))
    """
    if text[-1:].isdigit() and "UTC" not in text[-12:] and "GMT" not in text[-12:]:
        return text, ""
    text = text.removesuffix(" Uhr") if ":" in text else text
    found = _ZONE_BEHIND.fullmatch(text) if len(text) <= 100 else None  # noqa: PLR2004  # no time is longer
    return (found[1], found[2]) if found and found[2] not in {"Z", "z"} and ":" in found[1] else (text, "")


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
    instants: list[tuple[object, ...]] = []
    for when, published_at, zone, precision in rows:
        happened = known = read_time(when, zone, str)
        if published_at != when:
            known = read_time(published_at, zone, str, column="published_at")
        exact = known.instant is not None and (precision != "day" or published_at != when)
        begun = (happened.instant or datetime.combine(happened.day, time())).replace(tzinfo=None)
        public = known.instant.replace(tzinfo=None) if known.instant and exact else None
        instants.append((begun, public, known.day, exact, happened.instant is None or precision == "day"))
    kinds = dict.fromkeys(("event_time", "published_at", "day"), "M8[ns]") | dict.fromkeys(("exact", "by_day"), "bool")
    return pd.DataFrame(instants, columns=[*kinds]).astype(kinds).take(place).set_axis(events.index)


def distinct_rows(events: pd.DataFrame, columns: Sequence[str]) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """Return what stands in some columns, each once in order of appearance, and which of them each row bears."""
    places, distinct = pd.MultiIndex.from_frame(events[list(columns)]).factorize()
    return list(distinct), places


def in_time_order(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events in the order in which they happened, by id among equals, renumbered from 0."""
    order = np.lexsort((events["id"].astype(str), event_clock(events)["event_time"].to_numpy()))
    return events.iloc[order].reset_index(drop=True)


# --- what was public at an instant ---------------------------------------------------------------------------------


def read_as_of(text: str) -> np.datetime64:
    """Read the instant that a study is not to look beyond.

    Parameters
    ----------
    text : str
        A time with an offset (``2022-01-28T12:00+03:00``, ``2022-01-28T09:00Z``), a local time and its zone
        (``2022-01-28T12:00 Europe/Moscow``), or a date, which is the end of that day in UTC.

    Returns
    -------
    datetime64[ns]
        The instant in UTC.

    Raises
    ------
    DesignError
        If a clock has neither offset nor zone.
    InputError
        If the text is no time, or the zone is unknown.

    Examples
    --------
    >>> str(read_as_of("2022-01-28T12:00 Europe/Moscow").astype("datetime64[m]"))
    '2022-01-28T09:00'
    >>> str(read_as_of("2022-01-28").astype("datetime64[m]"))
    '2022-01-29T00:00'
    """
    try:
        moment = read_time(text.strip(), "", lambda _: "as_of", column="as_of")
    except InputError as error:
        if "no zone" not in str(error):
            raise
        mend = f"write {text}+03:00, {text}Z or '{text} Europe/Moscow'"
        raise DesignError(f"as_of {text} has a clock but no zone; {mend}") from None
    end = datetime.combine(moment.day + timedelta(days=1), time())
    return np.datetime64(moment.instant.replace(tzinfo=None) if moment.instant else end, "ns")


def write_as_of(value: str | date | datetime | np.datetime64 | None) -> str | None:
    """Return an instant or a date as the text that `read_as_of` reads; midnight without a zone is a date in pandas.

    Examples
    --------
    >>> write_as_of(date(2022, 1, 28))
    '2022-01-28'
    """
    if value is None or isinstance(value, str):
        return value
    try:
        at = pd.Timestamp(value)
        day = at.normalize()
    except (TypeError, ValueError, AttributeError):  # NaT has no midnight
        raise DesignError(f"as_of {str(value)[:60]} is no date; write '2022-01-28'") from None
    return (at.date() if at.tz is None and at == day else at).isoformat()


def public_at(events: pd.DataFrame) -> NDArray[np.datetime64]:
    """Return when each event was public.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.

    Returns
    -------
    ndarray of datetime64[ns], shape (N,)
        ``published_at`` in UTC; where only its day is known, the end of that day in the event's ``time_zone``, else in
        UTC.
    """
    clock = event_clock(events)
    zones = [find_zone(zone or "UTC")[0] for zone in events["time_zone"]]
    days = zip(clock["day"] + pd.Timedelta("1D"), zones, strict=True)
    ends = [datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None) for day, zone in days]
    return np.where(clock["exact"], clock["published_at"].to_numpy(), np.array(ends, dtype="datetime64[ns]"))


def published_by(events: pd.DataFrame, instant: np.datetime64) -> pd.DataFrame:
    """Return the events that were public by an instant in UTC (see `public_at`), renumbered from 0."""
    return events[public_at(events) <= instant].reset_index(drop=True)
