"""The story of one event: when it was known, and which price of each market could first react."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.markets.history import History
from eventstudy.matching import Matches


def story(matches: Matches, histories: Mapping[str, History], events: pd.DataFrame, event_id: str) -> str:
    """Tell in plain words how one event was matched with every market.

    Parameters
    ----------
    matches : Matches
        The matches.
    histories : mapping of str to History
        The markets.
    events : DataFrame
        The events table.
    event_id : str
        The event.

    Returns
    -------
    str
        A paragraph for the event, then one a market: UTC, the market's local time, stamp, session.

    Raises
    ------
    UnknownNameError
        If there is no such event.
    """
    require_known(event_id, matches.events, "event")
    event = events[events["id"] == event_id].iloc[0]
    rows = matches.table[matches.table["event_id"] == event_id].to_dict("records")
    parts = [_of_event(event, rows[0]), *(_of_market(row, histories[row["series"]]) for row in rows)]
    return "\n\n".join(parts) + "\n"


def _of_event(event: pd.Series, row: Mapping[Any, Any]) -> str:
    lines = [f"{event['id']} ({event['stance']})"]
    if event["headline"]:
        lines.append(f"  {event['headline']}")
    zone = f" {event['time_zone']}" if event["time_zone"] else ""
    lines.append(f"  On file: {event['time'].replace('T', ' ')}{zone}.")
    if pd.isna(row["published_at"]):
        lines.append("  Only the day is known: it counts toward that day's session, or the next where there is none.")
    else:
        lines.append(f"  The market could know it at {_utc(row['published_at'])}.")
    return "\n".join(lines)


def _of_market(row: Mapping[Any, Any], history: History) -> str:
    instrument = history.instrument
    lines = [f"{instrument.label} ({history.name}): {instrument.stamp.label}"]
    if pd.notna(row["published_at"]):
        lines.append(f"  The news came on {_local(row['published_at'], instrument.stamp.zone)}.")
    if pd.isna(row["session"]):
        return "\n".join([*lines, f"  Not used: {row['reason']}."])
    position = int(np.searchsorted(history.stamps, row["stamp"].to_datetime64()))
    if position > 0:
        lines.append(f"  The price before: {_local(history.stamps[position - 1], instrument.stamp.zone)}.")
    lines.append(f"  Event session: {_day(row['session'])}, {_moved(row)}.")
    lines.append(f"  Its price is struck on {_local(row['stamp'], instrument.stamp.zone)} = {_utc(row['stamp'])}.")
    if pd.notna(row["tradable_from"]):
        lines.append(f"  One could have traded it from {_local(row['tradable_from'], instrument.hours.zone)} on.")
    if row["members"] != row["event_id"] and row["members"]:
        lines.append(
            f"  The same session had to digest: {row['members'].replace(';', ', ')} (net {row['net_stance']})."
        )
    if row["reason"]:
        lines.append(f"  {'Not used' if row['status'] == 'excluded' else 'Beware'}: {row['reason']}.")
    return "\n".join(lines)


def _moved(row: Mapping[Any, Any]) -> str:
    return {
        "same": "the event's own date on the market's calendar",
        "next": "the first session after it",
        "previous": "the last session before it, as the anchor asks",
        "closed": "the first session after a closure",
    }[row["moved"]]


def _day(session: pd.Timestamp) -> str:
    return f"{session:%A} {session.day} {session:%B %Y}"


def _utc(instant: Any) -> str:
    when = pd.Timestamp(instant)
    return f"{when.day} {when:%B %Y %H:%M} UTC"


def _local(instant: Any, zone: str) -> str:
    local = pd.Timestamp(instant).tz_localize("UTC").tz_convert(zone)
    city = zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{local:%A} {local.day} {local:%B %H:%M} {city}{'' if city == 'UTC' else ' time'}"
