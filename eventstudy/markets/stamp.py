"""When a price is struck, and when one could have traded at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Dates = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]
Minutes = NDArray[np.timedelta64]

NOT_AN_INSTANT = np.datetime64("NaT", "ns")


def local_instants(days: Dates, clock: str, zone: str) -> Instants:
    """Return the instants (UTC) at which a wall clock in `zone` shows `clock` on each day.

    Parameters
    ----------
    days : ndarray of datetime64[D], shape (T,)
        Local dates.
    clock : str
        ``HH:MM``; ``24:00`` is the end of the day.
    zone : str
        IANA name of the time zone. Daylight saving time is followed.

    Returns
    -------
    ndarray of datetime64[ns], shape (T,)
        Instants in UTC.

    Examples
    --------
    >>> days = np.array(["2022-01-27", "2022-07-27"], dtype="datetime64[D]")
    >>> local_instants(days, "16:00", "America/New_York").astype("datetime64[m]")
    array(['2022-01-27T21:00', '2022-07-27T20:00'], dtype='datetime64[m]')
    """
    wall = days.astype("datetime64[m]") + np.timedelta64(clock_minutes(clock), "m")
    index = pd.DatetimeIndex(wall.astype("datetime64[ns]"))
    local = index.tz_localize(zone, ambiguous=np.ones(len(index), dtype=bool), nonexistent="shift_forward")
    return local.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]")


def clock_minutes(clock: str) -> int:
    """Return the minutes from midnight to a wall clock ``HH:MM``.

    Parameters
    ----------
    clock : str
        ``00:00`` to ``24:00``.

    Returns
    -------
    int
        0 to 1440.

    Examples
    --------
    >>> clock_minutes("18:50")
    1130
    """
    hours, minutes = clock.split(":")
    return 60 * int(hours) + int(minutes)


@dataclass(frozen=True)
class Stamp:
    """The rule that says at which instant a session's price is struck.

    Parameters
    ----------
    name : str
        Name of the rule, e.g. ``"ecb"``.
    clock : str
        Local time ``HH:MM`` on the session's own date, before any change; ``24:00`` is the end of that date.
    zone : str
        IANA name of the market's time zone.
    label : str
        What is struck then, in plain words.
    known : bool
        False when nobody knows the hour, so that events can only be matched by day.
    changes : tuple of (date, str)
        From which day on it is another hour, ascending.
    """

    name: str
    clock: str
    zone: str
    label: str
    known: bool = True
    changes: tuple[tuple[date, str], ...] = ()

    def instants(self, sessions: Dates, early: Minutes | None = None) -> Instants:
        """Return the stamp of each session, in UTC (see `local_instants`).

        Parameters
        ----------
        sessions : ndarray of datetime64[D], shape (T,)
            Sessions.
        early : ndarray of timedelta64[m], shape (T,), optional
            How long before its ordinary hour each session ended (see `minutes_early`); the price was struck so much
            earlier.

        Returns
        -------
        ndarray of datetime64[ns], shape (T,)
            Instants in UTC.
        """
        stamps = local_instants(sessions, self.clock, self.zone)
        for first, clock in self.changes:
            stamps = np.where(sessions >= np.datetime64(first), local_instants(sessions, clock, self.zone), stamps)
        return stamps if early is None else stamps - early


#: The stamp of prices of which nobody has said when they are struck; shown as the end of their date in UTC.
UNKNOWN = Stamp("day-end", "24:00", "UTC", "hour of the price unknown", known=False)


@dataclass(frozen=True)
class Hours:
    """The hours of one trading day.

    Parameters
    ----------
    name : str
        Name of the rule, e.g. ``"fx"``.
    opens, closes : str
        Local times ``HH:MM``.
    zone : str
        IANA name of the market's time zone.
    opens_day_before : bool
        True where the trading day begins on the evening before its date, as in foreign exchange.
    every_weekday : bool
        True where each Monday to Friday is a trading day whatever the price series says; False where only the
        sessions of the price series are.
    """

    name: str
    opens: str
    closes: str
    zone: str
    opens_day_before: bool = False
    every_weekday: bool = False

    def next_open(self, published: Instants, sessions: Dates, early: Minutes | None = None) -> Instants:
        """Return the first instant at or after publication at which one could have traded.

        Parameters
        ----------
        published : ndarray of datetime64[ns], shape (N,)
            Publication instants in UTC.
        sessions : ndarray of datetime64[D], shape (T,)
            The instrument's sessions, ascending; ignored where every weekday is a trading day.
        early : ndarray of timedelta64[m], shape (T,), optional
            How long before its ordinary hour each of them closed; ignored where every weekday is a trading day.

        Returns
        -------
        ndarray of datetime64[ns], shape (N,)
            Instants in UTC; NaT where the sessions known end before the market opens again.
        """
        known = published[~np.isnat(published)]
        if self.every_weekday and len(known):  # from just before the first instant to a week after the last
            first, last = known.min().astype("M8[D]"), known.max().astype("M8[D]")
            days = np.arange(first - np.timedelta64(3, "D"), last + np.timedelta64(8, "D"))
            sessions, early = days[np.is_busday(days)], None
        open_days = sessions - np.timedelta64(1, "D") if self.opens_day_before else sessions
        opens = local_instants(open_days, self.opens, self.zone)
        closes = local_instants(sessions, self.closes, self.zone)
        ends, starts = closes if early is None else closes - early, np.append(opens, NOT_AN_INSTANT)
        return np.asarray(np.maximum(published, starts[np.searchsorted(ends, published, side="right")]))


def listed(days: Dates) -> str:
    """Write the first five of some dates, and how many more there are.

    Parameters
    ----------
    days : ndarray of datetime64[D]
        Dates.

    Returns
    -------
    str
        Separated by commas.

    Examples
    --------
    >>> listed(np.arange("2022-01-01", "2022-01-07", dtype="M8[D]"))
    '2022-01-01, 2022-01-02, 2022-01-03, 2022-01-04, 2022-01-05 and 1 more'
    """
    more = f" and {n} more" if (n := len(days) - 5) > 0 else ""
    return ", ".join(map(str, days[:5])) + more
