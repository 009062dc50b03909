"""Calendars that are rules: the fixings of the ECB, of Warsaw and of Moscow's central bank, and foreign exchange."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
from dateutil.easter import easter

from eventstudy.markets.stamp import Dates, Instants

#: No fixing in Warsaw though the day is no holiday of the law: the funeral of John Paul II.
WARSAW_WITHOUT_FIXING = (date(2005, 4, 8),)


def target_holidays(year: int) -> tuple[date, ...]:
    """Return the weekdays and other days on which the ECB publishes no reference rates.

    Parameters
    ----------
    year : int
        1999 or later.

    Returns
    -------
    tuple of date
        New Year's Day, Good Friday, Easter Monday, 1 May and both days of Christmas. In 1999 the TARGET system closed
        only on New Year's Day, Christmas Day and 31 December; in 2001 on 31 December too, for the change to euro cash.

    Examples
    --------
    >>> [day.isoformat() for day in target_holidays(2022)][:3]
    ['2022-01-01', '2022-04-15', '2022-04-18']
    """
    ends = (date(year, 1, 1), date(year, 12, 25))
    year_end = (date(year, 12, 31),) if year in {1999, 2001} else ()
    if year < 2000:  # noqa: PLR2004  # the long-term TARGET calendar begins
        return (*ends, *year_end)
    sunday = easter(year)
    between = (sunday - timedelta(2), sunday + timedelta(1), date(year, 5, 1))
    return (ends[0], *between, ends[1], date(year, 12, 26), *year_end)


def polish_holidays(year: int) -> tuple[date, ...]:
    """Return the public holidays of Poland on which Narodowy Bank Polski publishes no rates.

    Parameters
    ----------
    year : int
        2002 or later.

    Returns
    -------
    tuple of date
        With Epiphany from 2011 and Christmas Eve from 2025. The single holiday of 12 November 2018 is not among them:
        rates were published on it.

    Examples
    --------
    >>> len(polish_holidays(2010)), len(polish_holidays(2022)), len(polish_holidays(2025))
    (10, 11, 12)
    """
    sunday = easter(year)
    fixed = [(1, 1), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)]
    since = {(1, 6): 2011, (12, 24): 2025}
    fixed += [day for day, first in since.items() if year >= first]
    moved = (sunday + timedelta(1), sunday + timedelta(60))  # Easter Monday, Corpus Christi
    once = tuple(day for day in WARSAW_WITHOUT_FIXING if day.year == year)
    return tuple(sorted({*(date(year, *day) for day in fixed), *moved, *once}))


def fx_holidays(year: int) -> tuple[date, ...]:
    """Return the two days a year on which foreign exchange rests: New Year's Day and Christmas Day.

    Parameters
    ----------
    year : int
        Any year.

    Returns
    -------
    tuple of date
        1 January and 25 December.
    """
    return (date(year, 1, 1), date(year, 12, 25))


def weekdays_without(holidays: Callable[[int], tuple[date, ...]], first: np.datetime64, last: np.datetime64) -> Dates:
    """Return every Monday to Friday from `first` to `last` that is no holiday.

    Parameters
    ----------
    holidays : callable
        From a year to its holidays.
    first, last : datetime64[D]
        Both included.

    Returns
    -------
    ndarray of datetime64[D]
        Ascending.

    Examples
    --------
    >>> weekdays_without(target_holidays, np.datetime64("2022-04-14"), np.datetime64("2022-04-19"))
    array(['2022-04-14', '2022-04-19'], dtype='datetime64[D]')
    """
    days = np.arange(first, last + np.timedelta64(1, "D"), dtype="datetime64[D]")
    years = range(first.astype(object).year, last.astype(object).year + 1)
    closed = np.array([day for year in years for day in holidays(year)], dtype="datetime64[D]")
    return days[np.is_busday(days, holidays=closed)]


def fx_days(instants: Instants) -> Dates:
    """Return the foreign-exchange day to which each instant belongs: it ends at 17:00 New York, Monday to Friday.

    Parameters
    ----------
    instants : ndarray of datetime64[ns], shape (N,)
        Instants in UTC.

    Returns
    -------
    ndarray of datetime64[D], shape (N,)
        Never a Saturday or a Sunday: what follows Friday's 17:00 is Monday's. NaT for NaT.

    Examples
    --------
    >>> fx_days(np.array(["2022-02-24T21:59", "2022-02-24T22:00", "2022-02-27T12:00"], dtype="datetime64[ns]"))
    array(['2022-02-24', '2022-02-25', '2022-02-28'], dtype='datetime64[D]')
    """
    import pandas as pd

    local = pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert("America/New_York").tz_localize(None)
    wall = local.to_numpy(dtype="datetime64[ns]")
    days = (wall + np.timedelta64(7, "h")).astype("datetime64[D]")
    known = ~np.isnat(days)
    days[known] = np.busday_offset(days[known], 0, roll="forward")
    return days


def russian_working_days(first: np.datetime64, last: np.datetime64) -> Dates:
    """Return the working days of Russia, on each of which its central bank sets its rates.

    Parameters
    ----------
    first, last : datetime64[D]
        Both included.

    Returns
    -------
    ndarray of datetime64[D]
        Weekdays that are neither holidays nor days off moved to them, and the weekend days worked in their stead.

    Examples
    --------
    >>> russian_working_days(np.datetime64("2021-02-19"), np.datetime64("2021-02-24")).astype(str)  # a working Saturday
    array(['2021-02-19', '2021-02-20', '2021-02-24'], dtype='<U28')
    """
    from holidays import country_holidays

    days_off = country_holidays("RU", years=range(first.astype(object).year, last.astype(object).year + 1))
    worked = np.array(sorted(days_off.weekend_workdays), dtype="datetime64[D]")
    days = np.arange(first, last + np.timedelta64(1, "D"), dtype="datetime64[D]")
    shut = np.array(sorted(days_off), dtype="datetime64[D]")
    return days[np.is_busday(days, holidays=shut) | np.isin(days, worked)]


def weekdays_of(dates: Dates) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the weekday of each date, Monday 0 to Sunday 6.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        Dates.

    Returns
    -------
    ndarray of int64, shape (T,)
        0 to 6.

    Examples
    --------
    >>> weekdays_of(np.array(["2020-02-29", "2024-02-29"], dtype="datetime64[D]"))
    array([5, 3])
    """
    return (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
