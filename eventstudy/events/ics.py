"""Calendars of scheduled meetings (ICS) to proposed events: one bad entry is set aside and costs no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from eventstudy.cells import brief, find_zone
from eventstudy.errors import InputError
from eventstudy.events.clock import read_time
from eventstudy.events.schema import Imported, proposal, without_marks
from eventstudy.files import bundled_toml, path_of
from eventstudy.tables import content_of

#: What makes a meeting a talk; anything else is merely scheduled.
_TALKS = re.compile(rf"\b(?:{'|'.join(bundled_toml('eventstudy', 'words.toml')['talks'])})\b", re.IGNORECASE)
#: A scheduled meeting has not said anything yet: it waits.
_STANCE, _CONFIDENCE = "hold", 0.1

#: A calendar or a feed of more bytes than this is something else.
LARGEST = 32 * 2**20

#: Lines of a calendar are looked at one by one, their names in any case.
_LINES = re.MULTILINE | re.IGNORECASE
#: A zone without its last line; an entry, up to its end or where another thing begins or ends, and that end; what is
#: inside an entry.
_ZONE = re.compile(r"^BEGIN:VTIMEZONE\n(?:(?!BEGIN:V|END:V).*\n)*", _LINES)
_ENTRY = re.compile(
    r"^[ \t]*BEGIN:VEVENT[ \t]*\n((?:(?![ \t]*(?:(?:BEGIN|END):VEVENT|END:VCALENDAR)[ \t]*$).*\n)*)([ \t]*END:VEVENT)?",
    _LINES,
)
_ENDED = re.compile(r"END:VEVENT\Z", re.IGNORECASE).search
_WITHIN = re.compile(r"^[ \t]*BEGIN:(?:.*\n)*?(?:[ \t]*END:.*\n|\Z)|^[ \t]*END:.*\n", _LINES)

_RECURS = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
#: Repetitions taken of one meeting, and how many years after its first.
_MOST, _YEARS = 1000, 20


def import_ics(path: str | Path, zone: str | None = None) -> Imported:
    """Read the meetings of a calendar file.

    Parameters
    ----------
    path : str or Path
        iCalendar (RFC 5545).
    zone : str, optional
        Zone of meetings whose clock has none (see `find_zone`); default the calendar's own (``X-WR-TIMEZONE``).

    Returns
    -------
    Imported
        An event a meeting: ``hold``, kind ``talks`` or ``scheduled``, its time in its own zone; a whole day is a date.
        Of a meeting that recurs by the day, week, month or year with a count or an end, every date is an event but
        those excepted or moved. Cancelled meetings, and entries that cannot be read, are set aside with the reason.

    Raises
    ------
    DataMissingError, InputError
        If the file is missing, no calendar, or none of its clocks has a zone; or icalendar is not installed.
    """
    name = path_of(path, "calendar").name
    written = re.sub(r"\r\n?", "\n", content_of(path, "calendar", LARGEST)[0].decode("utf-8-sig", "replace"))
    text = without_marks(written)
    notes = () if text == written else (f"{name}: control characters and marks of direction left out",)
    if "BEGIN:VCALENDAR" not in text.upper():
        raise InputError(f"{name} is not a calendar: it has no BEGIN:VCALENDAR")
    entries, own = _parse(text, name)
    aside, floating = list[tuple[str, str]](), zone or own
    if floating:
        find_zone(floating)
    ended = [entry for block, entry in entries if _ENDED(block)]
    moved = {(str(one.get("UID", "")), getattr(_get(one, "RECURRENCE-ID"), "dt", None)) for one in ended}
    events = []
    for block, entry in entries:
        title = " ".join(str(_get(entry, "SUMMARY") or "").split()) or "(no title)"
        try:
            starts, kept_back = _starts(block, entry, moved)
            aside += [(title, kept_back)] * bool(kept_back)
            events += [_event(entry, title, start, floating, name) for start in starts]
        except InputError as error:
            aside.append((title, str(error)))
    no_zone = [reason for _, reason in aside if "--zone" in reason]
    if no_zone and not events:
        raise InputError(f"{name}, '{brief(aside[0][0])}': {no_zone[0]}")
    set_aside = tuple({"text": title, "reason": reason, "source": name} for title, reason in aside)
    return Imported(tuple(sorted(events, key=lambda row: str(row["time"]))), set_aside, notes)


def _parse(text: str, name: str) -> tuple[list[tuple[str, Any]], str]:
    """Return the entries, each with its unfolded text, and the calendar's own zone."""
    try:
        import icalendar
    except ImportError:
        raise InputError(f"{name}: reading calendars needs icalendar: pip install 'raise-or-fold[feeds]'") from None
    import warnings

    def component(kind: Any, content: str) -> Any:
        """Return a component, {} where the parser gives up on it: in which ways it may is not documented."""
        with suppress(Exception):
            return kind.from_ical(content)
        return {}

    entries = []
    with warnings.catch_warnings(action="ignore"):  # of zones it knows by the end of their names
        for zone in dict.fromkeys(_ZONE.findall(text)):
            component(icalendar.Calendar, f"BEGIN:VCALENDAR\n{zone}END:VTIMEZONE\nEND:VCALENDAR\n")
        for body, end in _ENTRY.findall(f"{text}\n"):
            block = _WITHIN.sub("", body)  # alarms inside an entry have times of their own; they may not end
            entry = component(icalendar.Event, f"BEGIN:VEVENT\n{block}END:VEVENT\n")
            entries.append((re.sub(r"\n[ \t]", "", block) + end, entry))
    own = re.search(r"^X-WR-TIMEZONE[^:\n]*:(.+)$", text, _LINES)
    return entries, own[1].strip() if own else ""


def _get(entry: Any, name: str) -> Any:
    """Return the first value of a property; None where there is none or it cannot be read."""
    value = entry.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return None if type(value).__name__ == "vBroken" else value


def _starts(block: str, entry: Any, moved: set[tuple[str, date | None]]) -> tuple[list[date], str]:
    """Return when an entry takes place, and what is set aside of it with why; raise the reason where it is nothing."""
    written = re.findall(r"^DTSTART[^:\n]*:(.*)$", block, _LINES)
    start = getattr(_get(entry, "DTSTART"), "dt", None)
    if not _ENDED(block):
        raise InputError("its end is missing (END:VEVENT)")
    # Its status says so, or the word that Outlook writes before its title.
    words = "cancell?ed|abgesagt|annul[ée]e?|annullato|cancelad[oa]|отменен[оа]?"
    if re.search(rf"^(?:STATUS[^:\n]*:\s*|SUMMARY[^:\n]*:\W*(?=\w+\W*[]):–-]))(?:{words})\b", block, _LINES):
        raise InputError("cancelled")
    if len(set(written)) > 1:
        raise InputError(f"{len(written)} start times: '{brief(' and '.join(written))}'")
    if not isinstance(start, date):
        raise InputError(f"unreadable start time '{brief(written[0].strip())}'" if written else "no time")
    once = "RRULE" not in entry or "RECURRENCE-ID" in entry
    dates, reason = ([start], "") if once else _recurring(start, _get(entry, "RRULE"))
    dates += [one for one in _listed(entry, "RDATE", start) if one not in dates]
    excepted = set(_listed(entry, "EXDATE", start))
    if "RECURRENCE-ID" not in entry:
        excepted |= {one for uid, one in moved if uid == str(entry.get("UID", "")) and one is not None}
    return sorted(one for one in dates if one not in excepted), reason


def _recurring(start: date, rule: Any) -> tuple[list[date], str]:
    """Return the dates of a meeting that recurs, in its own local time, and why some are left out."""
    from dateutil.rrule import rrulestr

    unread = [start], "repetitions after the first: their rule cannot be read"
    if rule is None:
        return unread
    frequency, until, count = ((rule.get(name) or [None])[0] for name in ("FREQ", "UNTIL", "COUNT"))
    # A rule by the day that names months or their days may match none in eight thousand years, and is not walked.
    daily = str(frequency).upper() in {"DAILY", "WEEKLY"}
    daily = daily and bool(set(rule) - {"FREQ", "COUNT", "UNTIL", "INTERVAL", "BYDAY", "WKST"})
    if str(frequency).upper() not in _RECURS or daily:
        return [start], f"repetitions after the first: its rule is {rule.to_ical().decode()}"
    if count is None and until is None:
        return [start], "repetitions after the first: it recurs without an end"
    zone = start.tzinfo if isinstance(start, datetime) else None
    local = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
    last = local + timedelta(days=366 * _YEARS) if local.year < date.max.year - _YEARS - 1 else local
    text = ";".join(f"{name}={','.join(map(str, rule[name]))}" for name in rule if name not in {"UNTIL", "COUNT"})
    try:
        end = last
        if until is not None:  # in the local time of the start; a day is its end
            until = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
            until = until.astimezone(zone) if until.tzinfo and zone else until
            end = min(last, until.replace(tzinfo=None))
        every = rrulestr(f"{text};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=local)
        found = list(islice(every, min(int(count), _MOST) if count is not None else _MOST))
        cut = len(found) == _MOST or (end == last and (count is None or len(found) < int(count)))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return unread
    dates: list[date] = [one.replace(tzinfo=zone) if isinstance(start, datetime) else one.date() for one in found]
    reason = f"repetitions after {found[-1].date() if found else local.date()}: too many or too far" if cut else ""
    return dates if start in dates else [start, *dates], reason  # RFC 5545: the start counts, in the rule or not


def _listed(entry: Any, name: str, start: date) -> Iterator[date]:
    """Return the dates in a list of an entry, of the same kind and in the same zone as its start."""
    value = entry.get(name)
    for part in value if isinstance(value, list) else [value]:
        for one in getattr(part, "dts", ()) if type(part).__name__ != "vBroken" else ():
            listed = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if not isinstance(start, datetime):
                yield listed.date() if isinstance(listed, datetime) else listed
            elif isinstance(listed, datetime):
                yield listed.replace(tzinfo=start.tzinfo) if listed.tzinfo is None else listed
            else:
                yield datetime.combine(listed, start.timetz())


def _event(entry: Any, title: str, start: date, floating: str, source: str) -> dict[str, Any]:
    """Return a meeting as a row of the event schema; raise the reason where its time has no zone."""
    when, zone = start.isoformat(), ""
    if isinstance(start, datetime):
        start = start.replace(microsecond=0)
        when = start.replace(tzinfo=None).isoformat(timespec="minutes")
        named = _get(entry, "DTSTART").params.get("TZID", "")
        zone = str(getattr(start.tzinfo, "key", "")) if start.tzinfo else (named or floating)
        if start.tzinfo is None and not zone:
            raise InputError(f"{when} has no zone; give --zone, e.g. --zone Europe/Moscow")
        if start.tzinfo is not None and (zone in {"", "UTC"} or start.fold):
            when, zone = start.astimezone(UTC).isoformat(timespec="minutes"), ""
    read_time(when, zone, lambda column: column)
    found = _TALKS.search(title)
    span = {"text": found.group(), "start": found.start(), "end": found.end(), "rule": "kind: talks"} if found else None
    return proposal(
        time=when,
        time_zone=str(find_zone(zone)[0]) if zone else "",
        headline=title,
        stance=_STANCE,
        kind="talks" if found else "scheduled",
        source=source,
        url=str(_get(entry, "URL") or ""),
        note="; ".join(filter(None, ("scheduled", " ".join(str(_get(entry, "LOCATION") or "").split())))),
        confidence=_CONFIDENCE,
        evidence=[span] if span else [],
    )
