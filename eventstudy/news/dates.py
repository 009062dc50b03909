"""When: weekdays, dates and relative expressions of an article, resolved against its day of publication."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)|Mar|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|Sept(?:ember|\.)?|Sep\.?"
    r"|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
)
#: Months of languages in which wires write datelines, by their first letters.
_FOREIGN = {
    name: number
    for number, names in enumerate(
        ("janv janu jänn янва", "févr fevr febr февр", "mars märz март", "avri апре", "mai мая", "juin juni июня",
         "juil juli июля", "août aout авгу", "сент", "okto октя", "нояб", "déce deze дека"), 1
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
                time, standing, shift = answer
                found.append(When(match.group(), match.start(), match.end(), time, standing, shift))
    return tuple(sorted(found, key=lambda one: one.start))


_Answer = tuple[str, str, int] | None
_Resolver = Callable[[re.Match[str], date], _Answer]


def _told(day: date | None, published: date) -> _Answer:
    """Tell news from history and plans by how far a day lies from publication."""
    if day is None:
        return None
    news = "scheduled" if day > published else "past" if (published - day).days <= _NEWS_DAYS else "background"
    return day.isoformat(), news, 0


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _absolute(match: re.Match[str], published: date) -> _Answer:
    """Read a date by explicit formats; without a year it is the nearest one, on the weekday that is named with it."""
    given = match.groupdict()
    low = given["month"].lower()
    month = _FOREIGN.get(low.rstrip(".")[:4]) or _MONTHS.index(low[:3]) + 1
    day = int(re.sub(r"\D", "", given["day"]))
    if given.get("year"):
        return _told(_day_of(int(given["year"]), month, day), published)
    years = range(published.year - 11, published.year + 2)
    fitting = [one for year in years if (one := _day_of(year, month, day))]
    named = (given.get("weekday") or "").lower()
    near = [one for one in fitting if -_LATE_IN_YEAR < (published - one).days <= _LATE_IN_YEAR]
    if named:
        # A weekday that fits no year is a slip of the pen: the date counts, and its year is the nearest.
        near = [one for one in fitting if _WEEKDAYS[one.weekday()] == named and one.year <= published.year + 1] or near
    best = min(near or fitting, key=lambda one: abs((one - published).days), default=None)
    same_year = next((one for one in near if one.year == published.year), None)
    if not named and same_year and (published - same_year).days >= _NEWS_DAYS - _LATE_IN_YEAR:
        best = same_year
    return _told(best, published)


def _numeric(match: re.Match[str], published: date) -> _Answer:
    """Read 24.02.2022 (the day first) and 2/24/2022; a slashed date that can be read both ways is none."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    months = 12
    if match["mark"] == "/" and first != second and (first <= months) == (second <= months):
        return None
    day, month = (first, second) if match["mark"] == "." or first > months else (second, first)
    return _told(_day_of(year, month, day), published)


def _iso(match: re.Match[str], published: date) -> _Answer:
    return _told(_day_of(int(match["year"]), int(match["month"]), int(match["day"])), published)


def _weekday(match: re.Match[str], published: date) -> _Answer:
    which = (match["which"] or "").lower()
    back = (published.weekday() - _WEEKDAYS.index(match["weekday"].lower())) % 7
    if which not in {"", "last"}:
        return (published + timedelta(days=7 - back)).isoformat(), "scheduled", 0
    return (published - timedelta(days=back or 7 * (which == "last"))).isoformat(), "past", 0


def _ago(match: re.Match[str], published: date) -> _Answer:
    count, unit = _number(match["count"]), match["unit"].lower().rstrip("s")
    if unit in {"year", "decade"}:
        return f"{published.year - count * (10 if unit == 'decade' else 1):04d}", "background", 0
    if unit == "month":
        return _month_before(published, count), "past" if count == 1 else "background", 0
    return _told(published - timedelta(days=count * DAYS[unit]), published)


def _month_before(day: date, count: int) -> str:
    months = 12 * day.year + day.month - 1 - count
    return f"{months // 12:04d}-{months % 12 + 1:02d}"


def _span(match: re.Match[str], published: date) -> _Answer:
    """Answer 'last month', 'earlier this week', 'this year', 'next week'."""
    which, unit = match["which"].lower(), match["unit"].lower()
    if which in {"next", "coming"}:
        return "", "scheduled", 0
    earlier = which in {"last", "previous"}
    if unit == "year":
        return str(published.year - earlier), "background", 0
    if unit == "month":
        return _month_before(published, earlier), "past", 0
    first = published - timedelta(days=published.weekday() + 7 * earlier)
    last = min(first + timedelta(days=6), published)
    return f"{last:%Y-%m}" if first.month == last.month else str(last.year), "past", 0


def _month(match: re.Match[str], published: date) -> _Answer:
    month = 1 + _MONTHS.index(match["month"][:3].lower())
    year = int(match["year"] or published.year - (month > published.month))
    if (year, month) > (published.year, published.month):
        return f"{year}-{month:02d}", "scheduled", 0
    last_of_month = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    old = (published - last_of_month).days > _NEWS_DAYS
    return f"{year}-{month:02d}", "background" if old else "past", 0


def _since(match: re.Match[str], published: date) -> _Answer:
    year = match.groupdict().get("year") or ""
    return year, "background" if not year or int(year) <= published.year else "scheduled", 0


def _relative(match: re.Match[str], _: date) -> _Answer:
    days = _number(match["count"] or "one") * DAYS[match["unit"].lower()]
    return "", "relative", days if match["way"].lower() in {"after", "later"} else -days


def _fixed(days: int) -> _Resolver:
    return lambda _, published: _told(published + timedelta(days=days), published)


def _same(days: int, standing: str) -> _Resolver:
    return lambda _, __: ("", standing, days)


def _number(word: str) -> int:
    return int(word) if word.isdigit() else NUMBERS.get(word.lower(), 1)


_WEEKDAY_NAMES = "|".join(_WEEKDAYS)
_ON = rf"(?:on )?(?:(?P<weekday>{_WEEKDAY_NAMES}),? (?:the |\()?)?"
_PARTLY = r"(?:(?:earlier|later|late|early|over|in) )?(?:the )?"
_YEAR = r"(?:,? ?(?P<year>(?:19|20)\d\d)(?!\d))?"
#: Tried in this order; what an earlier one has taken a later one does not see.
_EXPRESSIONS: tuple[tuple[re.Pattern[str], _Resolver], ...] = tuple(
    (re.compile(rf"\b(?:{pattern})(?!\w)", re.IGNORECASE), resolve)
    for resolve, pattern in (
        (_iso, r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})"),
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
        (_same(1, "relative"), r"(?:the )?(?:following|next) day|the day after|a day later"),
        (_same(-1, "relative"), r"the previous day|the day before|a day earlier"),
        (
            _same(0, "relative"),
            r"(?:on )?the same day|at the same time|in the same (?:speech|breath|statement|briefing)",
        ),
        (_relative, rf"(?P<count>{_COUNT})?(?:the )? ?(?P<unit>hour|day|week)s? (?P<way>after|before|later|earlier)"),
        (_weekday, rf"(?:on )?(?P<which>this coming|coming|next|last|by|until|before)? ?(?P<weekday>{_WEEKDAY_NAMES})"),
        (_span, rf"{_PARTLY}(?P<which>last|this|next|previous|coming) (?P<unit>week|month|year)"),
        (_same(0, "scheduled"), r"in (?:the )?(?:coming|next)(?: few)?(?: \w+)?(?: and)? (?:hours|days|weeks|months)"),
        (_same(0, "scheduled"), r"next few (?:days|weeks)|coming (?:hours|days|weeks)"),
        (_fixed(1), r"tomorrow|the day after tomorrow"),
        (_fixed(-1), r"yesterday|last night"),
        (_fixed(0), r"today|tonight|this (?:morning|afternoon|evening)"),
        (_since, r"(?:in|by) (?P<year>(?:19|20)\d\d)"),
    )
)
