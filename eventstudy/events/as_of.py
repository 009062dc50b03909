"""What was public at an instant: the events of which somebody could have known then."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.events.clock import Moment, event_clock, read_time

_MIDNIGHT = time()


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
    written, zone = _split_zone(text.strip())
    if not zone and _has_bare_clock(written):
        raise DesignError(
            f"as_of {text} has a clock but no zone; write {text}+03:00, {text}Z or '{text} Europe/Moscow'"
        )
    moment = read_time(written, zone, lambda _: "as_of", column="as_of")
    return np.datetime64(_end_of(moment, "UTC").replace(tzinfo=None), "ns")


def write_as_of(value: str | date | datetime) -> str:
    """Return an instant or a date as the text that `read_as_of` reads.

    Examples
    --------
    >>> write_as_of(date(2022, 1, 28))
    '2022-01-28'
    """
    return value if isinstance(value, str) else value.isoformat()


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
    ends = [
        _end_of(Moment(day.date(), None), zone or "UTC").replace(tzinfo=None)
        for day, zone in zip(clock["day"], events["time_zone"], strict=True)
    ]
    exact = clock["exact"].to_numpy()
    return np.where(exact, clock["published_at"].to_numpy(), np.array(ends, dtype="datetime64[ns]"))


def published_by(events: pd.DataFrame, instant: np.datetime64) -> pd.DataFrame:
    """Return the events that were public by an instant (see `public_at`), renumbered from 0.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    instant : datetime64
        In UTC.
    """
    return events[public_at(events) <= instant].reset_index(drop=True)


def _split_zone(text: str) -> tuple[str, str]:
    """Tell a zone's name from the time before it: it begins with a letter."""
    written, _, last = text.rpartition(" ")
    return (written, last) if written and last[:1].isalpha() else (text, "")


def _has_bare_clock(text: str) -> bool:
    try:
        return len(text) > len("2022-01-28") and datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False


def _end_of(moment: Moment, zone: str) -> datetime:
    """Return an instant as it is, and of a day its last instant in a zone; in UTC."""
    if moment.instant is not None:
        return moment.instant
    return datetime.combine(moment.day + timedelta(days=1), _MIDNIGHT, ZoneInfo(zone)).astimezone(UTC)
