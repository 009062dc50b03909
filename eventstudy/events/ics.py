"""Calendars of scheduled meetings (ICS) to proposed events: one bad entry is set aside and costs no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from pathlib import Path
from typing import Any

from eventstudy.errors import DataMissingError, InputError
from eventstudy.events.clock import find_zone, quoted, read_time
from eventstudy.events.schema import Imported, proposal, without_marks

#: What makes a meeting a talk; anything else is merely scheduled.
_TALKS = re.compile(
    r"\b(?:talks?|meet\w*|summit\w*|calls?|rounds?|council|consultation\w*|negotiat\w*|conference\w*|dialogue\w*"
    r"|visit\w*|session\w*|briefing\w*)\b",
    re.IGNORECASE,
)
#: A scheduled meeting has not said anything yet: it waits.
_STANCE, _CONFIDENCE = "hold", 0.1

#: A calendar or a feed of more bytes than this is something else.
LARGEST = 32 * 2**20

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
    path = Path(path)
    written = read_small(path, "calendar").decode("utf-8-sig", "replace")
    text = without_marks(written)
    notes = () if text == written else (f"{path.name}: control characters and marks of direction left out",)
    blocks, rest, aside = _blocks(re.sub(r"\r\n?|\n", "\n", text))
    if "BEGIN:VCALENDAR" not in text.upper():
        raise InputError(f"{path.name} is not a calendar: it has no BEGIN:VCALENDAR")
    entries, floating = _parse(blocks, rest, path)
    floating = zone or floating
    if floating:
        find_zone(floating)
    moved = {(str(one.get("UID", "")), _stamp(one.get("RECURRENCE-ID"))) for _, one in entries}
    events = []
    for block, entry in entries:
        title = " ".join(str(_first(entry.get("SUMMARY", ""))).split()) or "(no title)"
        try:
            starts, kept_back = _starts(block, entry, moved)
            if kept_back:
                aside.append((title, kept_back))
            events += [_event(entry, title, _written(start, entry, floating), path.name) for start in starts]
        except InputError as error:
            aside.append((title, str(error)))
    no_zone = [reason for _, reason in aside if "--zone" in reason]
    if no_zone and not events:
        raise InputError(f"{path.name}, {quoted(aside[0][0])}: {no_zone[0]}")
    set_aside = tuple({"text": title, "reason": reason, "source": path.name} for title, reason in aside)
    return Imported(tuple(sorted(events, key=lambda row: str(row["time"]))), set_aside, notes)


def read_small(path: str | Path, what: str) -> bytes:
    """Return the bytes of a file that has no business being larger than `LARGEST`."""
    path = Path(path)
    if not path.is_file():
        raise DataMissingError(f"no {what} '{path}'")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(f"{path.name} has {size:,} bytes; a {what} has at most {LARGEST:,}")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror or error}") from None
    if not content.strip():
        raise InputError(f"{path.name} is empty")
    return content


def _blocks(text: str) -> tuple[list[str], str, list[tuple[str, str]]]:
    """Return the text of every entry, that of all else, and the entries that do not end."""
    blocks, rest, unended = [], [], []
    block: list[str] | None = None
    for line in [*text.split("\n"), "END:VCALENDAR"]:
        word = line.strip().upper()
        if block is not None and word in {"BEGIN:VEVENT", "END:VCALENDAR"}:
            title = next((part[len("SUMMARY:") :] for part in block if part.upper().startswith("SUMMARY:")), "")
            unended.append((title.strip() or "(no title)", "its end is missing (END:VEVENT)"))
            block = None
        if word == "BEGIN:VEVENT":
            block = [line.strip()]
        elif block is None:
            rest.append(line)
        elif word == "END:VEVENT":
            blocks.append("\n".join([*_without_parts(block), line.strip(), ""]))
            block = None
        else:
            block.append(line)
    return blocks, "\n".join(rest), unended


def _without_parts(block: list[str]) -> Iterator[str]:
    """Leave out the alarms inside an entry, ended or not: they have times of their own."""
    inside = False
    for line in block[1:]:
        word = line.strip().upper()
        inside = (inside or word.startswith("BEGIN:")) and not word.startswith("END:")
        if not inside and not word.startswith("END:"):
            yield line


def _parse(blocks: list[str], rest: str, path: Path) -> tuple[list[tuple[str, Any]], str]:
    """Return the entries, each with its unfolded text, and the calendar's own zone."""
    try:
        import icalendar
    except ImportError:
        raise InputError(
            f"{path.name}: reading calendars needs icalendar: pip install 'raise-or-fold[feeds]'"
        ) from None
    import warnings

    entries = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of zones it knows by the end of their names
        for part in re.split(r"^BEGIN:VTIMEZONE$", rest, flags=re.MULTILINE | re.IGNORECASE)[1:]:
            zone = re.split(r"^END:VTIMEZONE$", part, maxsplit=1, flags=re.MULTILINE | re.IGNORECASE)[0]
            text = f"BEGIN:VCALENDAR\nBEGIN:VTIMEZONE{zone}END:VTIMEZONE\nEND:VCALENDAR\n"
            _from_ical(icalendar.Calendar, text)
        for block in blocks:
            entry = _from_ical(icalendar.Event, f"BEGIN:VEVENT\n{block}")
            entries.append((re.sub(r"\n[ \t]", "", block), {} if entry is None else entry))
    own = re.search(r"^X-WR-TIMEZONE[^:\n]*:(.+)$", rest, re.MULTILINE | re.IGNORECASE)
    return entries, own[1].strip() if own else ""


def _from_ical(kind: Any, text: str) -> Any:
    """Return a component, None where the parser gives up on it: in which ways it may is not documented."""
    try:
        return kind.from_ical(text)
    except Exception:  # noqa: BLE001
        return None


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else value


def _stamp(value: Any) -> date | None:
    return getattr(_first(value), "dt", None) if value is not None and not _is_broken(value) else None


def _is_broken(value: Any) -> bool:
    return type(_first(value)).__name__ == "vBroken"


def _starts(block: str, entry: Any, moved: set[tuple[str, date | None]]) -> tuple[list[date], str]:
    """Return when an entry takes place, and what is set aside of it with why; raise the reason where it is nothing."""
    written = re.findall(r"^DTSTART[^:\n]*:(.*)$", block, re.MULTILINE | re.IGNORECASE)
    if re.search(r"^STATUS[^:\n]*:\s*CANCELLED", block, re.MULTILINE | re.IGNORECASE):
        raise InputError("cancelled")
    if len(set(written)) > 1:
        raise InputError(f"{len(written)} start times: {quoted(' and '.join(written))}")
    if not written:
        raise InputError("no time")
    start = _stamp(entry.get("DTSTART"))
    if not isinstance(start, date):
        raise InputError(f"unreadable start time {quoted(written[0].strip())}")
    rule = _first(entry.get("RRULE"))
    uid = str(entry.get("UID", ""))
    dates, reason = ([start], "") if rule is None or "RECURRENCE-ID" in entry else _recurring(start, rule)
    further = [one for one in _listed(entry, "RDATE", start) if one not in dates]
    excepted = set(_listed(entry, "EXDATE", start))
    dates = sorted(one for one in [*dates, *further] if one not in excepted)
    if "RECURRENCE-ID" not in entry:
        dates = [one for one in dates if (uid, one) not in moved]
    return dates, reason


def _recurring(start: date, rule: Any) -> tuple[list[date], str]:
    """Return the dates of a meeting that recurs, in its own local time, and why some are left out."""
    from dateutil.rrule import rrulestr

    if _is_broken(rule):
        return [start], "repetitions after the first: their rule cannot be read"
    frequency, until = str(_first(rule.get("FREQ", ""))).upper(), _first(rule.get("UNTIL"))
    count = _first(rule.get("COUNT"))
    # A rule by the day that names months or their days may match none in eight thousand years, and is not walked.
    daily = frequency in {"DAILY", "WEEKLY"} and set(rule) - {"FREQ", "COUNT", "UNTIL", "INTERVAL", "BYDAY", "WKST"}
    if frequency not in _RECURS or daily or (count is None and until is None):
        why = (
            f"its rule is {rule.to_ical().decode()}"
            if frequency not in _RECURS or daily
            else "it recurs without an end"
        )
        return [start], f"repetitions after the first: {why}"
    clock = isinstance(start, datetime)
    zone = start.tzinfo if isinstance(start, datetime) else None
    local = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
    last = local + timedelta(days=366 * _YEARS) if local.year < date.max.year - _YEARS - 1 else local
    text = ";".join(f"{name}={','.join(map(str, rule[name]))}" for name in rule if name not in {"UNTIL", "COUNT"})
    try:
        ends = [last] if until is None else [last, _naive(until, zone)]
        every = rrulestr(f"{text};UNTIL={min(ends):%Y%m%dT%H%M%S}", dtstart=local)
        found = list(islice(every, min(int(count), _MOST) if count is not None else _MOST))
        cut = len(found) == _MOST or (min(ends) == last and (count is None or len(found) < int(count)))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return [start], "repetitions after the first: their rule cannot be read"
    dates: list[date] = [one.replace(tzinfo=zone) if clock else one.date() for one in found]
    reason = f"repetitions after {found[-1].date() if found else local.date()}: too many or too far" if cut else ""
    return dates if start in dates else [start, *dates], reason  # RFC 5545: the start counts, in the rule or not


def _naive(value: date, zone: tzinfo | None) -> datetime:
    """Return an instant or a day in the local time of a zone; a day is its end."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(23, 59, 59))
    return value.astimezone(zone).replace(tzinfo=None) if value.tzinfo and zone else value.replace(tzinfo=None)


def _listed(entry: Any, name: str, start: date) -> Iterator[date]:
    """Return the dates in a list of an entry, of the same kind and in the same zone as its start."""
    value = entry.get(name)
    for part in value if isinstance(value, list) else [value]:
        for one in getattr(part, "dts", ()):
            listed = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            if not isinstance(start, datetime):
                yield listed.date() if isinstance(listed, datetime) else listed
            elif isinstance(listed, datetime):
                yield listed.replace(tzinfo=start.tzinfo) if listed.tzinfo is None else listed
            else:
                yield datetime.combine(listed, start.timetz())


def _written(start: date, entry: Any, floating: str) -> tuple[str, str]:
    """Return a start as the event schema writes it, time and zone; raise the reason where it has none."""
    if not isinstance(start, datetime):
        text, zone = start.isoformat(), ""
    else:
        start = start.replace(microsecond=0)
        text = start.replace(tzinfo=None).isoformat(timespec="minutes")
        named = _first(entry.get("DTSTART")).params.get("TZID", "")
        zone = str(getattr(start.tzinfo, "key", "")) if start.tzinfo else (named or floating)
        if start.tzinfo is None and not zone:
            raise InputError(f"{text} has no zone; give --zone, e.g. --zone Europe/Moscow")
        if start.tzinfo is not None and (zone in {"", "UTC"} or start.fold):
            text, zone = start.astimezone(UTC).isoformat(timespec="minutes"), ""
    read_time(text, zone, lambda column: column)
    return text, str(find_zone(zone)[0]) if zone else ""


def _event(entry: Any, title: str, when: tuple[str, str], source: str) -> dict[str, Any]:
    place = " ".join(str(_first(entry.get("LOCATION", ""))).split())
    found = _TALKS.search(title)
    span = {"text": found.group(), "start": found.start(), "end": found.end(), "rule": "kind: talks"} if found else None
    return proposal(
        time=when[0],
        time_zone=when[1],
        headline=title,
        stance=_STANCE,
        kind="talks" if found else "scheduled",
        source=source,
        url=str(_first(entry.get("URL", ""))),
        note="; ".join(filter(None, ("scheduled", place))),
        confidence=_CONFIDENCE,
        evidence=[span] if span else [],
    )
