"""The sessions a market should have, and those that end early.

Exchanges are those of `exchange_calendars` and fixings follow the holidays of `holidays`. Calendars of the catalogue
are bundled as arrays (``sessions.npz``, written by ``datasets/calendars.py``), to which a test holds the libraries;
these are loaded for other calendars and years. ``calendars.toml`` corrects both by what the markets' own price
histories show.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import InputError, UnknownNameError
from eventstudy.files import bundled_toml
from eventstudy.markets.stamp import Dates, Minutes, clock_minutes

Day = date | str | np.datetime64

#: No date at all.
NO_DATES: Dates = np.empty(0, dtype="datetime64[D]")

#: The calendars that are no exchange's: ECB reference rates, fixings of Narodowy Bank Polski, the days on which the
#: central bank of Russia sets its rates, foreign exchange, and the business days of London.
OWN_CALENDARS = ("TARGET", "NBP", "CBR", "FX")


@dataclass(frozen=True)
class Closure:
    """Dates on which a market did not trade though its ordinary calendar says it should."""

    first: date
    last: date
    why: str


def expected_sessions(calendar: str, first: Day, last: Day, closures: Iterable[Closure] = ()) -> Dates | None:
    """Return the sessions a calendar has from `first` to `last`.

    Parameters
    ----------
    calendar : str
        An exchange by its ISO 10383 code (``XMOS``, ``XNYS``), ``TARGET``, ``NBP``, ``CBR`` or
        ``FX``; empty: nothing but the prices says what its sessions are.
    first, last : date, str or datetime64
        Both included.
    closures : iterable of Closure
        Suspensions, taken out of it.

    Returns
    -------
    ndarray of datetime64[D], shape (T,), or None
        Ascending; None for the empty calendar.

    Raises
    ------
    InputError
        If there is no such calendar.

    Examples
    --------
    >>> expected_sessions("XMOS", "2021-02-20", "2021-02-24").astype(str)  # a working Saturday, and no 23 February
    array(['2021-02-20', '2021-02-22', '2021-02-24'], dtype='<U28')
    """
    if not calendar:
        return None
    begin, end = np.array([first, last], dtype="datetime64[D]")
    if not begin <= end:
        return NO_DATES
    every: Dates = exchange_between(calendar, begin, end).sessions
    days = every[(every >= begin) & (every <= end)]
    for closure in closures:
        days = days[(days < np.datetime64(closure.first)) | (days > np.datetime64(closure.last))]
    return np.asarray(days)


def minutes_early(calendar: str, sessions: Dates) -> Minutes:
    """Return how long before its ordinary hour each session ends.

    Parameters
    ----------
    calendar : str
        A calendar; only exchanges have sessions that end early.
    sessions : ndarray of datetime64[D], shape (T,)
        Sessions, ascending.

    Returns
    -------
    ndarray of timedelta64[m], shape (T,)
        0 on an ordinary session.

    Examples
    --------
    >>> minutes_early("XNYS", np.array(["2021-11-24", "2021-11-26"], dtype="datetime64[D]"))
    array([  0, 180], dtype='timedelta64[m]')
    """
    minutes = np.zeros(len(sessions), dtype="timedelta64[m]")
    if calendar and calendar not in OWN_CALENDARS and len(sessions):
        exchange = exchange_between(calendar, sessions[0], sessions[-1])
        for day, close in exchange.early:
            cut = clock_minutes(exchange.close_on(day)) - clock_minutes(close)
            minutes[sessions == np.datetime64(day)] = np.timedelta64(cut, "m")
    return minutes


def meet_calendar(calendar: str, closures: Iterable[Closure], dates: Dates) -> tuple[NDArray[np.bool_], Dates, Dates]:
    """Hold the dates of a price series against the calendar of its instrument.

    Parameters
    ----------
    calendar, closures : str and iterable of Closure
        As `expected_sessions` takes them.
    dates : ndarray of datetime64[D], shape (T,)
        Dates with a price, ascending.

    Returns
    -------
    kept : ndarray of bool, shape (T,)
        Which dates are sessions; without a calendar every one.
    dropped : ndarray of datetime64[D]
        The dates that are none.
    holes : ndarray of datetime64[D]
        Sessions of the calendar, between the first and the last date kept, that have no price.

    Examples
    --------
    >>> _, dropped, holes = meet_calendar("XNYS", (), np.array(["2022-05-27", "2022-05-30", "2022-06-01"], "M8[D]"))
    >>> dropped, holes  # Memorial Day, and the day after it
    (array(['2022-05-30'], dtype='datetime64[D]'), array(['2022-05-31'], dtype='datetime64[D]'))
    """
    expected = expected_sessions(calendar, dates[0], dates[-1], closures) if len(dates) else None
    if expected is None:
        return np.ones(len(dates), dtype=bool), NO_DATES, NO_DATES
    kept = np.isin(dates, expected)
    missing = np.setdiff1d(expected, dates)
    sessions = dates[kept]
    holes = missing[(missing > sessions[0]) & (missing < sessions[-1])] if len(sessions) else NO_DATES
    return kept, dates[~kept], holes


class Exchange(NamedTuple):
    """An exchange over a span of years.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        Its sessions, ascending.
    opens : str
        When it opens today, ``HH:MM`` by its own clock.
    closes : tuple of (date or None, str)
        Its ordinary closes, each from its day on; the first since ever.
    zone : str
        IANA name of its time zone.
    early : tuple of (date, str)
        The sessions that end early, ascending, and when.
    """

    sessions: Dates
    opens: str
    closes: tuple[tuple[date | None, str], ...]
    zone: str
    early: tuple[tuple[date, str], ...]

    def close_on(self, day: date) -> str:
        """Return the ordinary close of a day."""
        return [clock for first, clock in self.closes if first is None or first <= day][-1]


def exchange_between(code: str, first: np.datetime64, last: np.datetime64) -> Exchange:
    """Return an exchange over the whole decades, or at least the whole years, that hold two dates.

    Parameters
    ----------
    code : str
        ISO 10383 code, e.g. ``XMOS``.
    first, last : datetime64[D]
        The dates.

    Returns
    -------
    Exchange
        Made once a process and decade.

    Raises
    ------
    UnknownNameError
        If there is no such exchange.
    InputError
        If its calendar cannot be had for these years.
    """
    years = first.astype(object).year, last.astype(object).year
    known = _bundled()[0].get(code)
    if known is not None and known["years"][0] <= years[0] and years[1] <= known["years"][1]:
        return _exchange(code, *known["years"])
    try:  # whole decades cost no more than years and serve all series alike
        return _exchange(code, years[0] // 10 * 10, years[1] // 10 * 10 + 9)
    except InputError:  # some calendars are known for a shorter time
        return _exchange(code, *years)


@cache
def _exchange(code: str, first_year: int, last_year: int) -> Exchange:
    about, arrays, overlays = _bundled()
    if code in about and about[code]["years"] == [first_year, last_year]:
        known, early = about[code], arrays[f"{code}.early"]
        days = np.arange(f"{first_year}-01-01", f"{last_year + 1}-01-01", dtype="datetime64[D]")
        clocks = (f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in early[:, 1].tolist())
        found = Exchange(
            sessions=days[np.unpackbits(arrays[code], count=len(days)).astype(bool)],
            opens=known["opens"],
            closes=tuple((day and date.fromisoformat(day), clock) for day, clock in known["closes"]),
            zone=known["zone"],
            early=tuple(zip(early[:, 0].astype("datetime64[D]").tolist(), clocks, strict=True)),
        )
    else:
        found = library_calendar(code, first_year, last_year)
    table, span = overlays.get(code, {}), range(first_year, last_year + 1)
    opened, shut = (
        np.array([day for day in table.get(name, ()) if day.year in span], dtype="datetime64[D]")
        for name in ("sessions", "no_sessions")
    )
    more = ((row["date"], row["close"]) for row in table.get("early", ()) if row["date"].year in span)
    return found._replace(
        sessions=np.setdiff1d(np.union1d(found.sessions, opened), shut),
        closes=((None, table["closes"]),) if "closes" in table else found.closes,
        early=tuple(sorted((*found.early, *more))),
    )


@cache
def _bundled() -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Return the calendars in ``sessions.npz`` (years, hours and zone; arrays), and the corrections to any calendar."""
    arrays = np.load(BytesIO(files("eventstudy.markets").joinpath("sessions.npz").read_bytes()))
    return json.loads(str(arrays["about"])), arrays, bundled_toml("eventstudy.markets", "calendars.toml")


def library_calendar(code: str, first_year: int, last_year: int) -> Exchange:
    """Return a calendar as `exchange_calendars` or `holidays` has it, without ``calendars.toml``.

    Parameters
    ----------
    code : str
        An exchange by its ISO 10383 code, or one of `OWN_CALENDARS`.
    first_year, last_year : int
        Both included.

    Returns
    -------
    Exchange
        Without hours and zone where it is no exchange's.

    Raises
    ------
    UnknownNameError, InputError
        If there is no such exchange, or not for these years.
    """
    if code in OWN_CALENDARS:
        return Exchange(_weekdays(code, first_year, last_year), "", (), "", ())
    span = {"start": f"{first_year}-01-01", "end": f"{last_year}-12-31"}  # the default span is 20 years
    with warnings.catch_warnings(action="ignore"):  # what pandas finds outdated inside it, when loaded and when asked
        import exchange_calendars as xc
        from exchange_calendars.exchange_calendar_xmos import XMOSExchangeCalendar

        try:
            if code == "XMOS":  # its working weekends are in our own table: under pandas 3 the library loses them, and
                # compiling them takes it ten times as long as all the rest
                calendar = type("OnWeekdays", (XMOSExchangeCalendar,), {"special_weekmasks": ()})(**span)
            else:
                calendar = xc.get_calendar(code, **span)
        except xc.errors.InvalidCalendarName:
            mend = "give an ISO 10383 code, such as XNYS, XLON or XTKS, or the close: --close 'HH:MM Zone'"
            raise UnknownNameError(f"unknown calendar '{code}'; {mend}") from None
        except (ValueError, NotImplementedError):
            years = f"{span['start']} to {span['end']}"
            mend = "give the close instead: --close 'HH:MM Zone'"
            raise InputError(f"no calendar of {code} can be made from {years}; {mend}") from None
    ends = calendar.closes.dt.tz_convert(calendar.tz)
    clocks = ((first and first.date(), f"{clock:%H:%M}") for first, clock in calendar.close_times)
    return Exchange(
        sessions=calendar.sessions.to_numpy().astype("datetime64[D]"),
        opens=f"{calendar.open_times[-1][1]:%H:%M}",
        closes=tuple((day, "24:00" if clock == "00:00" else clock) for day, clock in clocks),  # midnight ends the day
        zone=str(calendar.tz),
        early=tuple((day.date(), f"{ends[day]:%H:%M}") for day in calendar.early_closes),
    )


def _weekdays(calendar: str, first_year: int, last_year: int) -> Dates:
    """Return the weekdays without the holidays of a calendar, and the weekend days worked in their stead."""
    import holidays

    years, opened = range(first_year, last_year + 1), set[date]()
    if calendar == "FX":
        found = {date(year, *day) for year in years for day in ((1, 1), (12, 25))}
    elif calendar == "TARGET":
        found = {*holidays.financial_holidays("ECB", years=years)}
    else:
        of_country = holidays.country_holidays({"NBP": "PL", "CBR": "RU"}[calendar], years=years)
        found, opened = {*of_country}, {*of_country.weekend_workdays}
    worked, shut = (np.array([*days], dtype="datetime64[D]") for days in (opened, found - opened))
    days = np.arange(f"{first_year}-01-01", f"{last_year + 1}-01-01", dtype="datetime64[D]")
    return days[np.isin(days, worked) | np.is_busday(days, holidays=shut)]
