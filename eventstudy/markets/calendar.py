"""The sessions a market should have, and the sessions that end early."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import InputError
from eventstudy.markets.exchanges import exchange_between, overlays
from eventstudy.markets.holidays import (
    fx_holidays,
    polish_holidays,
    russian_working_days,
    target_holidays,
    weekdays_without,
)
from eventstudy.markets.instrument import Closure, Instrument
from eventstudy.markets.stamp import Dates, Minutes, clock_minutes

Day = date | str | np.datetime64

#: No date at all.
NO_DATES: Dates = np.empty(0, dtype="datetime64[D]")


def calendar_codes() -> tuple[str, ...]:
    """Return the names of the calendars of our own; every other name is an exchange's.

    Returns
    -------
    tuple of str
        ``TARGET`` (ECB reference rates), ``NBP`` (fixings of Narodowy Bank Polski), ``CBR`` (the days on which the
        central bank of Russia sets its rates), ``FX`` (foreign exchange).
    """
    return ("TARGET", "NBP", "CBR", "FX")


def expected_sessions(
    calendar: str,
    first: Day,
    last: Day,
    closures: Iterable[Closure] = (),
) -> Dates | None:
    """Return the sessions a calendar has from `first` to `last`.

    Parameters
    ----------
    calendar : str
        An exchange by its ISO 10383 code (``XMOS``, ``XNYS``), ``TARGET``, ``NBP``, ``CBR`` or ``FX``; empty:
        nothing but the prices tells what its sessions are.
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
    begin, end = _day(first), _day(last)
    if not begin <= end:
        return NO_DATES
    match calendar:
        case "TARGET":
            days = weekdays_without(target_holidays, begin, end)
        case "NBP":
            days = weekdays_without(polish_holidays, begin, end)
        case "CBR":
            days = np.setdiff1d(russian_working_days(begin, end), _shut("CBR"))
        case "FX":
            days = weekdays_without(fx_holidays, begin, end)
        case _:
            days = exchange_between(calendar, begin, end).sessions
            days = days[(days >= begin) & (days <= end)]
    for closure in closures:
        days = days[(days < np.datetime64(closure.first)) | (days > np.datetime64(closure.last))]
    return days


def _shut(calendar: str) -> Dates:
    """Return the days that ``calendars.toml`` takes out of a calendar."""
    return np.array(overlays()[calendar].no_sessions, dtype="datetime64[D]")


def _day(day: Day) -> np.datetime64:
    moment: np.datetime64 = np.array([day], dtype="datetime64[D]")[0]
    return moment


def close_clock(calendar: str, session: Day) -> str:
    """Return when an exchange closes on a session, by its own clock.

    Parameters
    ----------
    calendar : str
        An exchange's code.
    session : date, str or datetime64
        One of its sessions.

    Returns
    -------
    str
        ``HH:MM``; empty for the calendars that have no close (fixings, foreign exchange, none).

    Raises
    ------
    InputError
        If the day is no session of the exchange.

    Examples
    --------
    >>> close_clock("XNYS", "2021-11-26"), close_clock("XNYS", "2021-11-29"), close_clock("XMOS", "2022-03-24")
    ('13:00', '16:00', '13:50')
    """
    if not is_exchange(calendar):
        return ""
    day = _day(session)
    exchange = exchange_between(calendar, day, day)
    if day not in exchange.sessions:
        raise InputError(f"{day} is no session of {calendar}")
    by_date = {early.date: early.close for early in exchange.early}
    return by_date.get(day.astype(object), exchange.closes)


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
    if not is_exchange(calendar) or not len(sessions):
        return minutes
    exchange = exchange_between(calendar, sessions[0], sessions[-1])
    for early in exchange.early:
        cut = clock_minutes(exchange.closes) - clock_minutes(early.close)
        minutes[sessions == np.datetime64(early.date)] = np.timedelta64(cut, "m")
    return minutes


def is_exchange(calendar: str) -> bool:
    """Whether a calendar is that of an exchange, with a close each session."""
    return bool(calendar) and calendar not in calendar_codes()


@dataclass(frozen=True, eq=False)
class Met:
    """How the dates of a price series meet the calendar of its instrument.

    Parameters
    ----------
    kept : ndarray of bool, shape (T,)
        Which dates are sessions.
    dropped : ndarray of datetime64[D]
        The dates that are none.
    holes : ndarray of datetime64[D]
        Sessions of the calendar, between the first and the last date kept, that have no price.
    """

    kept: NDArray[np.bool_]
    dropped: Dates
    holes: Dates


def meet_calendar(instrument: Instrument, dates: Dates) -> Met:
    """Hold the dates of a price series against the calendar of its instrument.

    Parameters
    ----------
    instrument : Instrument
        Whose calendar and closures.
    dates : ndarray of datetime64[D], shape (T,)
        Dates with a price, ascending.

    Returns
    -------
    Met
        Without a calendar every date is a session and nothing is missing.

    Examples
    --------
    >>> from eventstudy.markets.instrument import find_instrument
    >>> met = meet_calendar(find_instrument("sp500"), np.array(["2022-05-27", "2022-05-30", "2022-06-01"], "M8[D]"))
    >>> met.dropped, met.holes  # Memorial Day, and the day after it
    (array(['2022-05-30'], dtype='datetime64[D]'), array(['2022-05-31'], dtype='datetime64[D]'))
    """
    expected = None
    if len(dates):
        expected = expected_sessions(instrument.calendar, dates[0], dates[-1], instrument.closures)
    if expected is None:
        return Met(np.ones(len(dates), dtype=bool), NO_DATES, NO_DATES)
    kept = np.isin(dates, expected)
    missing = np.setdiff1d(expected, dates)
    sessions = dates[kept]
    inside = (missing > sessions[0]) & (missing < sessions[-1]) if len(sessions) else np.zeros(len(missing), dtype=bool)
    return Met(kept, dates[~kept], missing[inside])
