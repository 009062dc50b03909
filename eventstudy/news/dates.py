"""Weekdays, dates and relative expressions (of ``patterns.toml``), resolved against an article's day of publication."""

from __future__ import annotations

import re
from calendar import monthrange
from contextlib import suppress
from datetime import date, timedelta
from typing import Any, NamedTuple

from eventstudy.news.vocabulary import PATTERNS, expression

#: Weekdays in order, counts in words, and days of a unit.
_WEEKDAYS, _NUMBERS, DAYS = (PATTERNS["counts"][part] for part in ("weekdays", "numbers", "days"))
#: An article has news; a date longer ago than this is its background.
_NEWS_DAYS = 60
#: A date without a year lies at most this many days before or after publication.
_NEAR_DAYS = 300

#: In small letters; of a dotless i the capital's small letter.
_MONTHS = {
    name.lower(): number
    for months in PATTERNS["months"].values()
    for number, names in enumerate(months, 1)
    for name in names.split()
}
_EXPRESSIONS = [(kind, expression(rf"\b(?:{pattern})(?!\w)")) for kind, pattern in PATTERNS["times"]["rows"]]


class When(NamedTuple):
    """A time expression, where it stands, and what it means."""

    text: str
    start: int
    end: int
    time: str  # 2022-01-26; 2021-12 or 2021 where the day or month is not known; empty where nothing is
    standing: str  # past (it may date an event), scheduled, background, or relative to another event of the article
    shift: int | None = None  # in days, of what is relative


def find_times(text: str, published: date) -> tuple[When, ...]:
    """Return the time expressions of a sentence, in order, counted from the day its article came out."""
    found: list[When] = []
    for kind, pattern in _EXPRESSIONS:
        for match in pattern.finditer(text):
            if any(match.start() < one.end and one.start < match.end() for one in found):
                continue
            if isinstance(kind, int):
                answer = _news(published + timedelta(days=kind), published)
            elif resolve := _RESOLVERS.get(kind):
                answer = resolve(match, published)
            else:
                standing, _, shift = kind.partition(" ")
                answer = "", standing, int(shift) if shift else None
            if answer:
                found.append(When(match.group(), *match.span(), *answer))
    return tuple(sorted(found, key=lambda one: one.start))


#: Time, standing and, for ``relative``, the shift; None for what is no time.
_Answer = tuple[Any, ...] | None


def _news(day: date, published: date) -> _Answer:
    """Call a day news, history or a plan by how far it lies from publication."""
    old = (published - day).days > _NEWS_DAYS
    return day.isoformat(), "scheduled" if day > published else "background" if old else "past"


def _absolute(match: re.Match[str], published: date) -> _Answer:
    """Read a date; without a year it is the nearest one, on the weekday that is named with it."""
    given = match.groupdict()
    if "mark" in given:  # of a slashed date that can be read both ways the year alone is known
        first, second, months = int(given["first"]), int(given["second"]), 12
        if given["mark"] == "/" and first != second and (first <= months) == (second <= months):
            return given["year"], "past" if int(given["year"]) == published.year else "background"
        day, month = (first, second) if given["mark"] == "." or first > months else (second, first)
    else:
        named = given["month"].upper().lower()
        day, month = int(re.sub(r"\D", "", given["day"])), _MONTHS.get(named) or int(named)
    year, fitting = int(given["year"] or 0), list[date]()
    for one in [year] if year else range(published.year - 11, published.year + 2):
        with suppress(ValueError):  # 29 February
            fitting.append(date(one, month, day))
    if year or not fitting:
        return _news(fitting[0], published) if fitting else None
    near = [one for one in fitting if -_NEAR_DAYS < (published - one).days <= _NEAR_DAYS]
    named = (given.get("weekday") or "").lower()
    if named:
        # A weekday that fits no year is a slip of the pen: the date counts, and its year is the nearest.
        near = [one for one in fitting if _WEEKDAYS[one.weekday()] == named and one.year <= published.year + 1] or near
    else:  # in the year of publication, unless that lies far ahead: in January '15 October' was last autumn
        own = [one for one in near if one.year == published.year and (published - one).days >= _NEWS_DAYS - _NEAR_DAYS]
        near = own or near
    return _news(min(near or fitting, key=lambda one: abs((one - published).days)), published)


def _counted(match: re.Match[str], published: date) -> _Answer:
    """Read what counts from publication: a weekday, 'a week ago', 'last month', and 'a day after' something."""
    given = {name: (text or "").lower() for name, text in match.groupdict().items()}
    which, unit, today = given.get("which", ""), given.get("unit", ""), published.weekday()
    if "weekday" in given:
        named = match["weekday"].upper().lower()
        back = (today - _WEEKDAYS.index("saturday" if named == "weekend" else named)) % 7
        ahead = which not in {"", "last"}
        days = 7 - back if ahead else -(back or 7 * (which == "last"))
        return (published + timedelta(days=days)).isoformat(), "scheduled" if ahead else "past"
    earlier = which in {"last", "previous"}
    count = number(given["count"]) if "count" in given else int(earlier)
    if way := given.get("way"):
        return "", "relative", count * DAYS[unit] * (1 if way in {"after", "later"} else -1)
    if unit == "month":
        months = 12 * published.year + published.month - 1 - count
        return f"{months // 12:04d}-{months % 12 + 1:02d}", "past" if which or count == 1 else "background"
    if unit in {"year", "decade"}:
        return f"{published.year - count * (10 if unit == 'decade' else 1):04d}", "background"
    if which:
        first = published - timedelta(days=today + 7 * earlier)
        last = min(first + timedelta(days=6), published)
        return f"{last:%Y-%m}" if first.month == last.month else str(last.year), "past"
    return _news(published - timedelta(days=count * DAYS[unit]), published)


def _nth(match: re.Match[str], published: date) -> _Answer:
    """Read a day without its month, as in 'on the 12th': the last one."""
    days = (published - timedelta(days=k) for k in range(62))
    return next(day for day in days if day.day == int(match["nth"])).isoformat(), "past"


def _month(match: re.Match[str], published: date) -> _Answer:
    """Read a month or, as in 'since 2014' and 'years ago', a year or none."""
    given = match.groupdict()
    if not given.get("month"):
        year = given.get("year") or ""
        return year, "background" if not year or int(year) <= published.year else "scheduled"
    month = _MONTHS[given["month"].upper().lower()]
    year = int(given["year"] or published.year - (month > published.month))
    planned = (year, month) > (published.year, published.month)
    old = (published - date(year, month, monthrange(year, month)[1])).days > _NEWS_DAYS
    return f"{year}-{month:02d}", "scheduled" if planned else "background" if old else "past"


def number(word: str) -> int:
    """Return a count in words or figures; no word is one."""
    return int(word) if word.isdigit() else _NUMBERS.get(word.lower(), 1)


_RESOLVERS = {"absolute": _absolute, "counted": _counted, "month": _month, "nth": _nth}
