"""From an event's time to its session: by the stamp of the price, or by the calendar alone when that is asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, InputError, require_known
from eventstudy.markets.history import History
from eventstudy.markets.stamp import Dates

Positions = NDArray[np.int64]

#: ``stamp`` asks when the price was struck; the others ask only which date it was, and where that date is no session
#: take none of it (``same``), the next, the previous, or refuse (``none``).
ANCHORS = ("stamp", "same", "next", "previous", "none")

NO_SESSION = -1


def event_positions(clock: pd.DataFrame, history: History, anchor: str = "stamp") -> Positions:
    """Return the position of the event session of each event, before any question of what is usable.

    Parameters
    ----------
    clock : DataFrame, shape (N, 5)
        What `eventstudy.news.event_clock` returned.
    history : History
        The market.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        The rule. All but ``stamp`` can count news toward a price that was struck before it.

    Returns
    -------
    ndarray of int64, shape (N,)
        Positions in `history`; the number of its sessions where none follows; -1 where the rule finds none.

    Raises
    ------
    InputError
        With ``none``, if an event inside the sample falls on no session; names the date.
    UnknownNameError
        If there is no such rule.
    DesignError
        If a rule about dates is asked of bars.
    """
    require_known(anchor, ANCHORS, "anchor")
    if history.bar is not None and anchor != "stamp":
        raise DesignError(f"anchor {anchor} asks for dates, and '{history.name}' is in bars; leave the anchor at stamp")
    if anchor == "stamp":
        by_stamp = np.searchsorted(history.stamps, clock["published_at"].to_numpy(), side="right")
        by_day = np.searchsorted(history.sessions, clock["day"].to_numpy().astype("datetime64[D]"), side="left")
        return np.where(clock["exact"].to_numpy(), by_stamp, by_day).astype(np.int64)
    days = local_days(clock, history)
    if anchor == "previous":
        return np.asarray(np.searchsorted(history.sessions, days, side="right") - 1, dtype=np.int64)
    following = np.searchsorted(history.sessions, days, side="left").astype(np.int64)
    if anchor == "next":
        return following
    inside = following < len(history)
    is_session = np.isin(days, history.sessions)
    if anchor == "none" and np.any(inside & (following > 0) & ~is_session):
        day = days[inside & (following > 0) & ~is_session][0]
        raise InputError(
            f"{day} is no session of '{history.name}', and anchor none moves no event; "
            "take stamp (the first price struck after the news), next or previous"
        )
    return np.where(inside & (following > 0) & ~is_session, NO_SESSION, following)


def local_days(clock: pd.DataFrame, history: History) -> Dates:
    """Return the date of each event on the market's own wall calendar, shape (N,)."""
    instants = pd.DatetimeIndex(clock["published_at"]).tz_localize("UTC").tz_convert(history.instrument.stamp.zone)
    local = instants.tz_localize(None).to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return np.where(clock["exact"].to_numpy(), local, clock["day"].to_numpy().astype("datetime64[D]"))
