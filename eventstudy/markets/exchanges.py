"""The sessions of exchanges: `exchange_calendars`, corrected by what their own price histories show."""

from __future__ import annotations

import tomllib
import warnings
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from eventstudy.errors import InputError, UnknownNameError, did_you_mean
from eventstudy.markets.stamp import Dates


@dataclass(frozen=True)
class EarlyClose:
    """A session that ended before its ordinary hour, by the exchange's own clock ``HH:MM``."""

    date: date
    close: str
    why: str = ""


@dataclass(frozen=True)
class Overlay:
    """What is known of an exchange's sessions beyond, or against, its calendar: a table of ``calendars.toml``.

    Parameters
    ----------
    closes : str
        Ordinary close, ``HH:MM`` by the exchange's own clock; empty: the calendar's.
    sessions, no_sessions : tuple of date
        Days that were sessions though the calendar has none, and the reverse.
    early : tuple of EarlyClose
        Sessions that ended early.
    """

    closes: str = ""
    sessions: tuple[date, ...] = ()
    no_sessions: tuple[date, ...] = ()
    early: tuple[EarlyClose, ...] = ()


@dataclass(frozen=True, eq=False)
class Exchange:
    """An exchange over a span of years.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (T,)
        Its sessions, ascending.
    closes : str
        Ordinary close, ``HH:MM`` by its own clock.
    early : tuple of EarlyClose
        The sessions that end early, ascending.
    """

    sessions: Dates
    closes: str
    early: tuple[EarlyClose, ...]


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
    try:  # whole decades cost no more than years and serve all series alike
        return _exchange(code, years[0] // 10 * 10, years[1] // 10 * 10 + 9)
    except InputError:  # some calendars are known for a shorter time
        return _exchange(code, *years)


@cache
def _exchange(code: str, first_year: int, last_year: int) -> Exchange:
    calendar = _calendar(code, f"{first_year}-01-01", f"{last_year}-12-31")
    overlay = overlays().get(code, Overlay())
    span = range(first_year, last_year + 1)
    opened, shut = (
        np.array([day for day in days if day.year in span], dtype="datetime64[D]")
        for days in (overlay.sessions, overlay.no_sessions)
    )
    sessions = np.union1d(calendar.sessions.to_numpy().astype("datetime64[D]"), opened)
    closes = calendar.closes.dt.tz_convert(calendar.tz)
    early = [EarlyClose(day.date(), f"{closes[day]:%H:%M}") for day in calendar.early_closes]
    early += [row for row in overlay.early if row.date.year in span]
    return Exchange(
        sessions=np.setdiff1d(sessions, shut),
        closes=overlay.closes or f"{calendar.close_times[-1][1]:%H:%M}",
        early=tuple(sorted(early, key=lambda row: row.date)),
    )


def _calendar(code: str, start: str, end: str) -> Any:
    """Return the calendar of `exchange_calendars`; its default span is 20 years, so both ends are always given."""
    with warnings.catch_warnings():  # what pandas finds outdated inside the library, when loaded and when asked
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        import exchange_calendars as xc

        try:
            if code == "XMOS":
                return _moscow_on_weekdays()(start=start, end=end)
            return xc.get_calendar(code, start=start, end=end)
        except xc.errors.InvalidCalendarName:
            raise UnknownNameError(
                f"unknown calendar '{code}'; {did_you_mean(code, xc.get_calendar_names())}"
            ) from None
        except ValueError as error:
            raise InputError(f"no calendar of {code} from {start} to {end}: {error}") from None


def _moscow_on_weekdays() -> Any:
    """Return Moscow's calendar without its working weekends.

    They are in our own table: under pandas 3 the library loses them, and compiling them takes it ten times as long as
    all the rest.
    """
    from exchange_calendars.exchange_calendar_xmos import XMOSExchangeCalendar

    class OnWeekdays(XMOSExchangeCalendar):  # type: ignore[misc]
        special_weekmasks = ()

    return OnWeekdays


@cache
def overlays() -> dict[str, Overlay]:
    """Return the tables of ``calendars.toml`` by exchange."""
    tables = tomllib.loads(files("eventstudy.markets").joinpath("calendars.toml").read_text(encoding="utf-8"))
    return {code: _overlay(table) for code, table in tables.items()}


def _overlay(table: dict[str, Any]) -> Overlay:
    early = tuple(EarlyClose(**row) for row in table.get("early", ()))
    days = {name: tuple(table.get(name, ())) for name in ("sessions", "no_sessions")}
    return Overlay(closes=table.get("closes", ""), early=early, **days)
