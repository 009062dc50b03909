"""Calendars of scheduled meetings (ICS) to proposed events."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from eventstudy.errors import InputError
from eventstudy.news.actors import ActorTable, default_actors
from eventstudy.news.imported import Imported, actor_cells, proposal, read_small
from eventstudy.news.phrases import any_of

#: What makes a meeting a talk; anything else is merely scheduled.
_TALKS = any_of(["talk/talks", "meet*", "summit*", "call/calls", "round/rounds", "council", "consultation*",
                 "negotiat*", "conference*", "dialogue*", "visit*", "session*", "briefing*"])  # fmt: skip

#: A scheduled meeting has not said anything yet: it waits.
_STANCE, _CONFIDENCE = "hold", 0.1


def import_ics(path: str | Path, zone: str | None = None, *, actors: ActorTable | None = None) -> Imported:
    """Read the meetings of a calendar file.

    Parameters
    ----------
    path : str or Path
        iCalendar (RFC 5545).
    zone : str, optional
        IANA zone of meetings whose clock has none; default the calendar's own (``X-WR-TIMEZONE``).
    actors : ActorTable, optional
        Names and codes; default the library's.

    Returns
    -------
    Imported
        An event a meeting: ``hold``, kind ``talks`` or ``scheduled``, its time in its own zone; a whole day is a date.
        Cancelled meetings, and the repetitions of a meeting that recurs, are set aside.

    Raises
    ------
    DataMissingError, InputError
        If the file is missing, no calendar, or a clock has no zone; or icalendar is not installed.
    """
    path = Path(path)
    calendar = _parse(read_small(path, "calendar"), path)
    floating = zone or str(calendar.get("X-WR-TIMEZONE", "")) or None
    events, aside = [], []
    for meeting in calendar.walk("VEVENT"):
        title = " ".join(str(meeting.get("SUMMARY", "")).split()) or "(no title)"
        if str(meeting.get("STATUS", "")).upper() == "CANCELLED":
            aside.append({"text": title, "reason": "cancelled", "source": path.name})
            continue
        if meeting.get("DTSTART") is None:
            aside.append({"text": title, "reason": "no time", "source": path.name})
            continue
        if meeting.get("RRULE") is not None or meeting.get("RDATE") is not None:
            aside.append({"text": title, "reason": "repetitions after the first", "source": path.name})
        events.append(_event(meeting, title, floating, actors or default_actors(), path.name))
    return Imported(tuple(sorted(events, key=lambda row: str(row["time"]))), tuple(aside))


def _parse(content: bytes, path: Path) -> Any:
    try:
        import icalendar
    except ImportError:
        raise InputError(
            f"{path.name}: reading calendars needs icalendar: pip install 'raise-or-fold[feeds]'"
        ) from None
    try:
        calendar = icalendar.Calendar.from_ical(content)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InputError(f"{path.name} is not a readable calendar: {str(error).splitlines()[0]}") from None
    if calendar.name != "VCALENDAR":
        raise InputError(f"{path.name} is not a calendar: it begins with {calendar.name}")
    return calendar


def _event(meeting: Any, title: str, floating: str | None, actors: ActorTable, source: str) -> dict[str, Any]:
    place = " ".join(str(meeting.get("LOCATION", "")).split())
    found = _TALKS.search(title)
    time, written_zone = _written(meeting.decoded("DTSTART"), floating, f"{source}, '{title}'")
    span = {"text": found.group(), "start": found.start(), "end": found.end(), "rule": "kind: talks"} if found else None
    return proposal(
        time=time,
        time_zone=written_zone,
        headline=title,
        **actor_cells(title, actors),
        stance=_STANCE,
        kind="talks" if found else "scheduled",
        source=source,
        url=str(meeting.get("URL", "")),
        note="; ".join(filter(None, ("scheduled", place))),
        confidence=_CONFIDENCE,
        evidence=[span] if span else [],
    )


def _written(start: date, floating: str | None, where: str) -> tuple[str, str]:
    """Return a start as the event schema writes it: time and zone."""
    if not isinstance(start, datetime):
        return start.isoformat(), ""
    start = start.replace(microsecond=0)
    if start.tzinfo is None:
        if floating is None:
            raise InputError(f"{where}: {start.isoformat()} has no zone; give --zone, e.g. --zone Europe/Moscow")
        return start.isoformat(timespec="minutes"), floating
    name = getattr(start.tzinfo, "key", "")
    if name and name != "UTC" and _is_known(name) and not start.fold:
        return start.replace(tzinfo=None).isoformat(timespec="minutes"), name
    return start.astimezone(UTC).isoformat(timespec="minutes"), ""


def _is_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
