"""When: weekdays, dates and relative expressions of an article, resolved against its day of publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept(?:ember|\.)?|Sep\.?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
#: Months by their first three or four letters, also in languages in which wires write datelines.
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan jänn янва", "feb févr февр", "mar märz март", "apr avri апре", "may mai мая", "jun juin июня",
         "jul juil июля", "aug août aout авгу", "sep сент", "oct okto октя", "nov нояб", "dec déce deze дека"), 1
    )
    for name in names.split()
}  # fmt: skip
_ABROAD = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
    r"|Januar|Jänner|Februar|März|Juni|Juli|Oktober|Dezember"
    r"|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря)"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
            "nine": 9, "ten": 10}  # fmt: skip
#: Days of a unit; news of hours ago is of the same day.
DAYS = {"minute": 0, "hour": 0, "day": 1, "week": 7}
_COUNT = rf"(?:{'|'.join(NUMBERS)}|\d{{1,2}})"
#: An article tells news; a date longer ago than this is its background.
_NEWS_DAYS = 60
_LATE_IN_YEAR = 300


class When(NamedTuple):
    """A time expression and what it means.

    Parameters
    ----------
    text : str
        As it stands in the text.
    start, end : int
        Offsets in characters.
    time : str
        ``2022-01-26``; ``2021-12`` or ``2021`` where the day or month is not known; empty where nothing is.
    standing : {'past', 'scheduled', 'background', 'relative'}
        Past: it may date an event. Relative: `shift` days from another event of the article.
    shift : int
        For ``relative`` only.
    """

    text: str
    start: int
    end: int
    time: str
    standing: str
    shift: int = 0


def find_times(text: str, published: date) -> tuple[When, ...]:
    """Return the time expressions of a text, in order.

    Parameters
    ----------
    text : str
        A sentence.
    published : date
        The day its article came out.

    Returns
    -------
    tuple of When
        A weekday is the most recent one up to and including the day of publication, unless 'next' or 'last' says
        otherwise.

    Examples
    --------
    >>> [when.time for when in find_times("Wednesday; last month; on Jan. 3; a week ago", date(2022, 1, 27))]
    ['2022-01-26', '2021-12', '2022-01-03', '2022-01-20']
    """
    found: list[When] = []
    for pattern, resolve in _EXPRESSIONS:
        for match in pattern.finditer(text):
            taken = any(match.start() < one.end and one.start < match.end() for one in found)
            if not taken and (answer := resolve(match, published)):
                found.append(When(match.group(), *match.span(), *answer))
    return tuple(sorted(found, key=lambda one: one.start))


#: Time, standing and, for ``relative``, the shift; None for what is no time.
_Answer = tuple[Any, ...] | None


def _news(day: date | None, published: date) -> _Answer:
    """Call a day news, history or a plan by how far it lies from publication."""
    if day is None:
        return None
    old = (published - day).days > _NEWS_DAYS
    return day.isoformat(), "scheduled" if day > published else "background" if old else "past"


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _absolute(match: re.Match[str], published: date) -> _Answer:
    """Read a date in words or as ISO; without a year it is the nearest one, on the weekday that is named with it."""
    given = match.groupdict()
    low, day = given["month"].lower(), int(re.sub(r"\D", "", given["day"]))
    month = int(low) if low.isdigit() else _MONTHS.get(low[:4]) or _MONTHS[low[:3]]
    if given["year"]:
        return _news(_day_of(int(given["year"]), month, day), published)
    fitting = [one for year in range(published.year - 11, published.year + 2) if (one := _day_of(year, month, day))]
    near = [one for one in fitting if -_LATE_IN_YEAR < (published - one).days <= _LATE_IN_YEAR]
    named = (given.get("weekday") or "").lower()
    if named:
        # A weekday that fits no year is a slip of the pen: the date counts, and its year is the nearest.
        near = [one for one in fitting if _WEEKDAYS[one.weekday()] == named and one.year <= published.year + 1] or near
    best = min(near or fitting, key=lambda one: abs((one - published).days), default=None)
    same_year = next((one for one in near if one.year == published.year), None)
    if not named and same_year and (published - same_year).days >= _NEWS_DAYS - _LATE_IN_YEAR:
        best = same_year
    return _news(best, published)


def _numeric(match: re.Match[str], published: date) -> _Answer:
    """Read 24.02.2022 (the day first) and 2/24/2022; a slashed date that can be read both ways is none."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    months = 12
    if match["mark"] == "/" and first != second and (first <= months) == (second <= months):
        return None
    day, month = (first, second) if match["mark"] == "." or first > months else (second, first)
    return _news(_day_of(year, month, day), published)


def _weekday(match: re.Match[str], published: date) -> _Answer:
    which = (match["which"] or "").lower()
    back = (published.weekday() - _WEEKDAYS.index(match["weekday"].lower())) % 7
    if which not in {"", "last"}:
        return (published + timedelta(days=7 - back)).isoformat(), "scheduled"
    return (published - timedelta(days=back or 7 * (which == "last"))).isoformat(), "past"


def _ago(match: re.Match[str], published: date) -> _Answer:
    count, unit = _number(match["count"]), match["unit"].lower()
    if unit in DAYS:
        return _news(published - timedelta(days=count * DAYS[unit]), published)
    if unit == "month":
        return _month_before(published, count), "past" if count == 1 else "background"
    return f"{published.year - count * (10 if unit == 'decade' else 1):04d}", "background"


def _month_before(day: date, count: int) -> str:
    months = 12 * day.year + day.month - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _span(match: re.Match[str], published: date) -> _Answer:
    """Answer 'last month', 'earlier this week', 'this year', 'next week'."""
    which, unit = match["which"].lower(), match["unit"].lower()
    if which in {"next", "coming"}:
        return "", "scheduled"
    earlier = which in {"last", "previous"}
    if unit == "year":
        return str(published.year - earlier), "background"
    if unit == "month":
        return _month_before(published, earlier), "past"
    first = published - timedelta(days=published.weekday() + 7 * earlier)
    last = min(first + timedelta(days=6), published)
    return f"{last:%Y-%m}" if first.month == last.month else str(last.year), "past"


def _month(match: re.Match[str], published: date) -> _Answer:
    month = _MONTHS[match["month"][:3].lower()]
    year = int(match["year"] or published.year - (month > published.month))
    last_of_month = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    planned = (year, month) > (published.year, published.month)
    old = (published - last_of_month).days > _NEWS_DAYS
    return f"{year}-{month:02d}", "scheduled" if planned else "background" if old else "past"


def _since(match: re.Match[str], published: date) -> _Answer:
    year = match.groupdict().get("year") or ""
    return year, "background" if not year or int(year) <= published.year else "scheduled"


def _relative(match: re.Match[str], _: date) -> _Answer:
    days = _number(match["count"] or "") * DAYS[match["unit"].lower()]
    return "", "relative", days if match["way"].lower() in {"after", "later"} else -days


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.get(word.lower(), 1)


def _fixed(days: int) -> Callable[[re.Match[str], date], _Answer]:
    return lambda _, published: _news(published + timedelta(days=days), published)


def _same(*answer: Any) -> Callable[[re.Match[str], date], _Answer]:
    return lambda *_: answer


_WEEKDAY = rf"(?P<weekday>{'|'.join(_WEEKDAYS)})"
_ON = rf"(?:on )?(?:{_WEEKDAY},? (?:the |\()?)?"
_PARTLY = r"(?:(?:earlier|later|late|early|over|in) )?(?:the )?"
_YEAR = r"(?:,? ?(?P<year>(?:19|20)\d\d)(?!\d))?"
#: Tried in this order; what an earlier one has taken a later one does not see.
_EXPRESSIONS = tuple(
    (re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE), resolve)
    for resolve, pattern in (
        (_absolute, r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
        (_since, rf"(?:since|from) (?:{_MONTH} )?(?P<year>(?:19|20)\d\d)"),
        (_since, rf"(?:since|ever since) (?:last )?(?:{_MONTH}|the [\w-]+|then)"),
        (_numeric, r"(?P<first>\d{1,2})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<year>(?:19|20)\d\d)"),
        (_absolute, rf"{_ON}(?P<month>{_MONTH}),? ?(?P<day>{_DAY})(?!:?\d){_YEAR}"),
        (_absolute, rf"{_ON}(?P<day>{_DAY}) (?:of )?(?P<month>{_MONTH}){_YEAR}"),
        (_absolute, rf"(?:le |am )?(?P<day>\d{{1,2}})(?:er|\.)? (?P<month>{_ABROAD}){_YEAR}"),
        (_month, rf"(?:in|of|during|late|early|mid-|last) ?(?P<month>{_MONTH})(?:,? (?P<year>(?:19|20)\d\d))?"),
        (_ago, rf"(?:about |some |nearly )?(?P<count>{_COUNT}) (?P<unit>minute|hour|day|week|month|year|decade)s? ago"),
        (_since, r"(?:many |some )?(?:years|decades) ago|for (?:years|decades|months)|for the past [\w ]{3,20}"),
        (_fixed(-2), r"(?:the )?day before yesterday"),
        (_same("", "relative", 1), r"(?:the )?(?:following|next) day|the day after|a day later"),
        (_same("", "relative", -1), r"the previous day|the day before|a day earlier"),
        (
            _same("", "relative", 0),
            r"(?:on )?the same day|at the same time|in the same (?:speech|breath|statement|briefing)",
        ),
        (_relative, rf"(?P<count>{_COUNT})?(?:the )? ?(?P<unit>hour|day|week)s? (?P<way>after|before|later|earlier)"),
        (_weekday, rf"(?:on )?(?P<which>this coming|coming|next|last|by|until|before)? ?{_WEEKDAY}"),
        (_span, rf"{_PARTLY}(?P<which>last|this|next|previous|coming) (?P<unit>week|month|year)"),
        (_same("", "scheduled"), r"in (?:the )?(?:coming|next)(?: few)?(?: \w+)?(?: and)? (?:hours|days|weeks|months)"),
        (_same("", "scheduled"), r"next few (?:days|weeks)|coming (?:hours|days|weeks)"),
        (_fixed(1), r"tomorrow|the day after tomorrow"),
        (_fixed(-1), r"yesterday|last night"),
        (_fixed(0), r"today|tonight|this (?:morning|afternoon|evening)"),
        (_since, r"(?:in|by) (?P<year>(?:19|20)\d\d)"),
    )
)
