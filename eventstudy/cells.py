"""Columns of text to times and numbers, each settled by the column as a whole; time zones by what they are called."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone, tzinfo
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import bundled_toml

#: Names the cell of a position, for messages.
Where = Callable[[int], str]
Floats = NDArray[np.float64]


def brief(text: str, most: int = 60) -> str:
    """Return a text as a message shows it: cut, on one line, control characters by their codes."""

    def shown(c: str) -> str:
        plain = c.isprintable() or unicodedata.category(c) == "Zs"
        return c if plain else " " if c.isspace() else f"\\u{ord(c):04x}"

    cut = "".join(map(shown, text[: most + 1]))
    return cut if len(cut) <= most else f"{cut[:most]}..."


def brief_list(names: Iterable[str], most: int = 20) -> str:
    """Return the first of some names, separated by commas."""
    first = list(islice(names, most + 1))
    return ", ".join([*map(brief, first[:most]), *["..."] * (len(first) > most)])


#: The years that a date may lie in: each instant fits the nanosecond clock by which sessions are searched.
YEARS = (1700, 2200)
#: A year of two digits after this one is more likely of the last century, or of another calendar.
_LAST_OF_TWO = 2040
_WORDS = bundled_toml("eventstudy", "words.toml")
#: Words for "no figure here", folded.
MISSING = frozenset(_WORDS["missing"])
#: What a suffix multiplies by, folded.
_SUFFIXES = {word: float(factor) for factor, words in _WORDS["suffixes"].items() for word in words.split()}

# --- times ---------------------------------------------------------------------------------------------------------

#: The parts of a date by the order in which `_read_date` may find them.
ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
#: A day of the week before a date, each in a group of its own.
_WEEKDAYS = re.compile(rf"(?:({')|('.join(_WORDS['weekdays'])}))[.,]*\s+", re.IGNORECASE)
#: How dates are written: kind, pattern, and the groups by order, as `words.toml` explains.
_DATES = [(form["kind"], re.compile(form["pattern"]), form["orders"]) for form in _WORDS["dates"]]
_CLOCK = re.compile(_WORDS["clock"])
_ZONE = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?", re.IGNORECASE)
#: How far from UTC a clock is at most, in Kiribati.
FURTHEST = timedelta(hours=14)
#: Numbers that stand for an instant: their digits before the point, and the unit of the count from 1970.
_EPOCHS = {9: 1.0, 10: 1.0, 12: 1e3, 13: 1e3, 15: 1e6, 16: 1e6, 18: 1e9, 19: 1e9}
#: A written time is no longer than this.
LONGEST_TIME = 80
_SERIAL, _SERIAL_ZERO = 5, datetime(1899, 12, 30)  # noqa: DTZ001  # Excel's days have no zone
#: What says the day in a form of ``strptime``.
DAY_OF_FORM = r"%-?[djxcDFeu]"
#: Kinds of times that stand beside no other, as a message calls them.
_COUNTS = {"serial": "one of Excel's day numbers", "epoch": "a count of seconds", "month": "a month", "week": "a week"}
#: What a written time may be: the kind of its form, its days by the order of the parts or the language of the month (''
#: where that is certain), and the clock and zone behind it.
_Read = tuple[str, dict[str, date], str]


def parse_times(
    cells: Iterable[str], *, form: str | None = None, where: Where = lambda k: f"row {k + 1}", ordered: bool = False
) -> tuple[NDArray[np.object_], str]:
    """Read a column of written times as a whole.

    Parameters
    ----------
    cells : iterable of str, length N
        ISO, day or month first, two-digit years, months by name (in the languages of ``words.toml``, one a column
        where they differ), months and quarters (their last day), Excel's day numbers, seconds or milliseconds since
        1970, digits alone (``20220127``).
    form : str, optional
        How they are written, in the codes of ``strptime`` (``%d.%m.%Y``), or one of ``dmy``, ``mdy``, ``ymd``; default
        whatever the whole column allows.
    where : callable
        Names the cell of a position, for messages.
    ordered : bool
        Whether the rows ascend or descend in time, which may settle the order of day and month.

    Returns
    -------
    times : ndarray of object, shape (N,)
        ISO 8601: ``2022-01-27``, ``2022-01-27T12:30``, ``2022-01-27T12:30+03:00`` as far as it is written; a zone by
        name stands behind a space; '' where the cell is empty.
    note : str
        What the column was taken for, and what settles it; '' where nothing had to be settled.

    Examples
    --------
    >>> parse_times(["03.01.2022", "27.01.2022"])
    (array(['2022-01-03', '2022-01-27'], dtype=object), "dates day first ('27.01.2022' settles it)")
    """
    texts = [str(cell).strip() for cell in cells]

    def cell(text: str) -> str:
        return f"{where(texts.index(text))}: '{brief(text)}'"

    order = "" if form is None else form.lower()
    reader = _read_time if form is None or order in ORDERS else _reader(form)
    read = {text: reader(text, cell) for text in dict.fromkeys(texts) if text.casefold() not in MISSING}
    days, note = _settled(texts, read, order if order in ORDERS else "", cell, ordered=ordered)
    for text, day in days.items():
        if not YEARS[0] <= day.year < YEARS[1]:
            raise InputError(f"{cell(text)}: the year {day.year} is outside {YEARS[0]} .. {YEARS[1]}")
        short = reader is _read_time and read[text][0] not in _COUNTS and str(day.year) not in text
        if short and day.year > _LAST_OF_TWO:
            raise InputError(f"{cell(text)} may be of {day.year} or {day.year - 100}; write years with four digits")
    firsts = {kind: text for text, (kind, _, _) in reversed(read.items())}
    if "serial" in firsts:
        note = f"dates counted as Excel does ('{firsts['serial']}' is {days[firsts['serial']]})"
    for kind in [kind for kind in firsts if kind in _COUNTS and len(firsts) > 1]:
        # Spreadsheets leave such columns when they misread some of the dates.
        other = next(text for k, text in firsts.items() if k != kind)
        raise InputError(f"{cell(firsts[kind])} is {_COUNTS[kind]}, {cell(other)} is not; write all dates alike")
    times = {text: f"{day}{read[text][2]}" for text, day in days.items()}
    return np.array([times.get(text, "") for text in texts], dtype=object), note


def looks_dated(cell: str) -> bool:
    """Whether a cell is beyond doubt a date: a name, a word or a count is not."""
    cell = cell.strip()
    if len(cell) > LONGEST_TIME or re.fullmatch(r"[-+]?\d{0,4}\.\d+", cell):  # too few digits for a day number
        return False
    if cell[:1].isalpha() and not cell[-1:].isdigit() and not re.search(r":|\d\s*[AaPp]\.?[Mm]\b", cell):
        return False
    with suppress(InputError):
        return _read_time(cell, str)[0] != "digits" or cell[:2] in {"19", "20"}
    return False


def may_be_time(cell: str) -> bool:
    """Whether a cell under a heading of times can be one."""
    with suppress(InputError):
        return bool(cell.strip()) and bool(_read_time(cell.strip(), str))
    return False


def _read_time(text: str, cell: Callable[[str], str]) -> _Read:
    """Return the kind of a written time, the dates it may mean by order and weekday, and its clock and zone."""
    if len(text) <= LONGEST_TIME:
        if found := _read_date(text) or _read_count(text):
            return found
        said = _WEEKDAYS.search(text)
        if said and (found := _read_date(text[: said.start()] + text[said.end() :])):
            kind, days, tail = found
            return kind, {order: day for order, day in days.items() if day.isoweekday() == said.lastindex}, tail
    mend = "write 24:00 as 00:00 of the day after" if " 24:00" in text.replace("T", " ") else "write 2022-01-27"
    raise InputError(f"{cell(text)} is not a date; {mend}, or give --time-format")


def _read_date(text: str) -> _Read | None:
    matches = ((kind, match, orders) for kind, pattern, orders in _DATES if (match := pattern.match(text)))
    kind, match, orders = next(matches, ("", None, {}))
    if match is None:
        return None
    rest, days = text[match.end() :].strip(), {}
    for order, parts in orders.items():
        year, month, day = (match[k] if k else "" for k in parts)
        months = {order: int(month)} if month.isdecimal() else _months(month)
        if not months:
            return None
        century = (1900 if int(year) > 68 else 2000) if len(year) == 2 else 0  # noqa: PLR2004  # as POSIX: 69 is 1969
        for one, number in months.items() if len(year) > 1 and len(day) <= 2 else ():  # noqa: PLR2004
            with suppress(ValueError):
                last = number if day else number + 2 * (month[0] == "Q")
                # Without a day: a figure of a month or quarter is known on its last.
                days[one] = date(century + int(year), last, int(day or monthrange(century + int(year), last)[1]))
    digits = rest.partition(".")[0] if kind == "digits" else ""
    tail = re.sub(r"(\d\d)(?!$)", r"\1:", f"T{digits}") if digits else _tail(rest)
    return None if tail is None else (kind or match[2].strip() or " ", days, tail)


@cache
def _months(word: str) -> dict[str, int]:
    """Return by language the month of a name, which may be cut off after three letters; the first of a quarter."""
    if word[0] == "Q" and word[1:].isdecimal():
        return {"": int(word[1:]) * 3 - 2}
    letters = unicodedata.normalize("NFKD", word.casefold().replace("ı", "i"))
    plain, found = "".join(c for c in letters if not unicodedata.combining(c)), dict[str, int]()
    for language, names in _WORDS["months"].items():
        forms = [f"|{month}" for month in names.split()]
        meant = [k for k, of in enumerate(forms, 1) if f"{of}|".count(f"|{plain}|")]
        meant = meant or [k for k, of in enumerate(forms, 1) if f"|{plain}" in of]
        found |= {language: meant[0]} if len(meant) == 1 else {}
    return found


def _read_count(text: str) -> _Read | None:
    """Read one of Excel's day numbers, or a count of seconds or of their parts from 1970."""
    if week := re.fullmatch(r"\d{4}(-?)W\d\d(-?[1-7])?", text):
        with suppress(ValueError):  # without a day: a figure of a week is known on its last
            day = date.fromisoformat(text if week[2] else f"{text}{week[1]}7")
            return "iso" if week[2] else "week", {"": day}, ""
    n = len(text.partition(".")[0])
    if n not in {_SERIAL, *_EPOCHS} or not re.fullmatch(r"\d+(\.\d+)?", text):
        return None
    seconds = round(float(text) * 86400) if n == _SERIAL else float(text) / _EPOCHS[n]
    moment, zone = (_SERIAL_ZERO, "") if n == _SERIAL else (datetime(1970, 1, 1), "+00:00")  # noqa: DTZ001
    moment += timedelta(seconds=seconds)
    clock = f"{moment:T%H:%M:%S}".removesuffix(":00") + zone
    return "epoch" if zone else "serial", {"": moment.date()}, "" if clock == "T00:00" else clock


def is_offset(text: str) -> bool:
    """Whether a text is an offset from UTC (``+03:00``, ``-0330``), of at most 14 hours: no clock is further ahead."""
    found = _ZONE.fullmatch(text)
    hours, minutes = (int(found[2]), int(found[3] or 0)) if found else (99, 0)
    return minutes <= 59 and timedelta(hours=hours, minutes=minutes) <= FURTHEST  # noqa: PLR2004


def _tail(text: str) -> str | None:
    """Return the clock and zone behind a date in ISO form, '' where there are none; None where it is neither."""
    match = _CLOCK.match(text)
    if not text or match is None:
        return None if text else ""
    hour, minute, second = (match[k] or match[k + 5] for k in (1, 2, 3))
    hours, half = int(hour), (match[5] or "").casefold()
    if not (1 if half else 0) <= hours <= (12 if half else 23) or int(minute or 0) > 59 or int(second or 0) > 59:  # noqa: PLR2004
        return None
    hours = hours % 12 + 12 * half.startswith("p") if half else hours
    clock = f"T{hours:02d}:{minute or '00'}" + (f":{second}" if second else "")
    clock += f".{match[4][:6]}" if match[4] else ""
    zone = re.sub(r"\s*\(.*\)$", "", text[match.end() :].strip())
    zone = "+00:00" if zone.upper() in {"Z", "UTC", "GMT"} else zone
    if (offset := _ZONE.fullmatch(zone)) and is_offset(zone):
        return f"{clock}{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}"
    return f"{clock} {zone}".strip() if not zone or re.fullmatch(r"[A-Za-z][\w/+-]*", zone) else None


def _settled(
    texts: list[str], read: Mapping[str, _Read], asked: str, cell: Callable[[str], str], *, ordered: bool
) -> tuple[dict[str, date], str]:
    """Return the days, each kind of date in one order of its parts or one language throughout, and what settles it."""
    settled: dict[str, date] = {}
    note = ""
    for kind in dict.fromkeys(kind for kind, _, _ in read.values()):
        group = {text: days for text, (one, days, _) in read.items() if one == kind}
        for impossible in [text for text, days in group.items() if not days]:
            swapped = re.match(r"\d{4}-(1[3-9]|[23]\d)-(0\d|1[012])\b", impossible)
            other = "; give --time-format %Y-%d-%m if days stand before months" if swapped else ""
            if _WEEKDAYS.match(impossible):
                raise InputError(f"{cell(impossible)}: its date and its day of the week disagree; correct one")
            raise InputError(f"{cell(impossible)} is no day of the calendar{other}")
        plain = [text for text in group if not read[text][2]]
        *shapes, end = [re.sub(r"\w", "0", text) for text in plain] or [""]
        last, padded = [*read][-1], len(shapes) > 1 == len({*shapes}) and re.search(r"\b0\d", " ".join(plain[:-1]))
        if padded and last == plain[-1] and end != shapes[0] and shapes[0].startswith(end):
            raise InputError(f"{cell(last)} is shorter than all others, as where a file is cut off; write it whole")
        every = list(dict.fromkeys(order for days in group.values() for order in days))
        left = [order for order in every if all(order in days for days in group.values())]
        in_time = [order for order in left if all(YEARS[0] <= days[order].year < YEARS[1] for days in group.values())]
        left = in_time or left  # 20060101 is not of the year 101
        if asked and every != [""]:
            for wrong in [text for text, days in group.items() if asked not in days and asked not in left]:
                raise InputError(f"{cell(wrong)} is no date {ORDERS[asked]} (--time-format)")
            left = [asked]
        if not left and not ORDERS.keys() & {*every} and all(len({*days.values()}) == 1 for days in group.values()):
            settled |= {text: next(iter(days.values())) for text, days in group.items()}  # months of several languages
            continue
        if not left:
            one = next(text for text, days in group.items() if len(days) == 1)
            two = next((text for text, days in group.items() if not {*days} & {*group[one]}), one)
            first, second = (ORDERS.get(next(iter(group[text])), "year first") for text in (two, one))
            place = cell(one).removesuffix(f": '{brief(one)}'")
            raise InputError(f"{cell(two)} has the {first}, '{one}' in {place} the {second}; write all dates alike")
        order, why = _one_order(group, left, kind, cell, ordered=ordered)
        settled |= {text: days[order] for text, days in group.items()}
        if order in ORDERS and kind != "digits":
            proofs = (text for text in texts if 0 < len(group.get(text, "")) < len(every))
            gone = next((f" ('{brief(text)}' settles it)" for text in proofs), "")
            note += f"{', ' * bool(note)}dates {ORDERS[order]}{why or gone}"
    return settled, note


def _one_order(
    group: Mapping[str, dict[str, date]], left: list[str], kind: str, cell: Callable[[str], str], *, ordered: bool
) -> tuple[str, str]:
    """Return the order of a kind of date, and why where no cell shows it but all of them do; raise for none."""
    doubtful = next((text for text, days in group.items() if len({days[order] for order in left}) > 1), None)
    if doubtful is None:
        return left[0], ""
    if kind == "." and "dmy" in left:
        left = [order for order in left if order != "mdy"]
    columns = {order: [days[order] for days in group.values()] for order in left}
    monotone = [order for order, days in columns.items() if sorted(days) in (days, days[::-1])]
    if kind == "." and "dmy" in left:
        # Of two places in which a year of two digits may stand it is in the one that differs less among the rows.
        spans = {order: max(days) - min(days) for order, days in columns.items()}
        shorter = spans["dmy"] < spans.get("ymd", timedelta.max)
        if (shorter and monotone != ["ymd"]) or (monotone == ["dmy"] and len(group) > 2):  # noqa: PLR2004
            return "dmy", ", as dates with points are"
        # Days of one year that were sorted as text ascend by the days taken for years.
        monotone = [] if spans["dmy"] * 5 < spans.get("ymd", spans["dmy"]) else monotone
    if ordered and len(group) > 2 and len(monotone) == 1:  # noqa: PLR2004
        return monotone[0], " (the order of the rows settles it)"
    days = " or ".join(dict.fromkeys(str(group[doubtful][order]) for order in left))
    if kind in {"named", "month"} and "ym" not in left:
        doubt = "by its language, and no row settles it"
        raise InputError(f"{cell(doubtful)} is {days} {doubt}; write its month in figures")
    asked = " or ".join(order if order in ORDERS else "%Y%m" for order in left)
    mend = f"{' (a day after the 12th would)' * ('mdy' in left)}; give --time-format {asked}"
    raise InputError(f"{cell(doubtful)} is {days}, and no row settles it{mend}")


def _reader(form: str) -> Callable[[str, Callable[[str], str]], _Read]:
    """Return a reader of times in a form of ``strptime`` that reads what ``strftime`` writes, and has a year."""
    sample = datetime(2022, 1, 27, 14, 30)  # noqa: DTZ001  # written and read, never used
    wrong = "" if re.search(r"%[YyGcxD]", form) else "has no year; write e.g. %d.%m.%Y"
    tried = f"%Y {form}" if wrong else form  # Python warns of a day without a year
    try:
        datetime.strptime(sample.strftime(tried), tried)  # noqa: DTZ007
    except (ValueError, re.error, UnicodeError):
        wrong = "is no form of dates; write each code once, e.g. %d.%m.%Y or %Y-%m-%d %H:%M"
    if wrong:
        raise InputError(f"--time-format {brief(form)} {wrong}")

    def read(text: str, cell: Callable[[str], str]) -> _Read:
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007  # it has a zone where the form has one
        except ValueError:
            raise InputError(f"{cell(text)} is not written as {form} (--time-format)") from None
        clock = moment.isoformat(timespec="auto" if moment.second else "minutes")[len("2022-01-27") :]
        last = monthrange(moment.year, moment.month)[1]  # the day of a month without one, as where no form is given
        day = moment.date() if re.search(DAY_OF_FORM, form) else moment.date().replace(day=last)
        return "iso", {"": day}, clock if re.search(r"%[HIMSTXRcp]", form) else ""

    return read


# --- numbers -------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(_WORDS["number"])
_CURRENCY = re.compile(
    rf"(?i:(?<![^\W\d_])(?:{'|'.join(map(re.escape, _WORDS['currencies']))})(?![^\W\d_]))"
    r"|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])"
)
_PLAIN_COLUMN = re.compile(r"(?:[-+]?\d*(?:\.\d*)?(?:[eE][-+]?\d+)?\n)*+[-+]?\d*(?:\.\d*)?(?:[eE][-+]?\d+)?").fullmatch
_LONGEST_NUMBER = 400
#: The decimal and thousands signs of Arabic and Persian figures, and the full-width ones, by their code points.
_SIGNS = {0x66B: ".", 0x66C: None, 0xFF0E: ".", 0xFF0C: ","}
_POINT_SHOWN = re.compile(r"(?m)^[-+]?(?:\d{4,}\.\d*|0\d*\.\d*|\d*\.(?:\d{0,2}|\d{4,})|\d*\.\d*[eE].*)$").search
#: Prices of American bonds and their futures, whose last digit is a quarter of a 32nd; few numbers of thousands are.
_IN_32NDS = re.compile(r"\d{2,3}['’](?:[0-2]\d|3[01])[0257]").fullmatch
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’](?=\d{3}(?!\d))")


def _currency(text: str) -> str:
    """Return the code of the currency in a cell, '' where it names none."""
    bare = (text[:1].isdigit() and text[-1:].isdigit()) or text.casefold() in MISSING
    found = None if bare else _CURRENCY.search(text)
    return _WORDS["currencies"].get(found[0].casefold(), found[0]) if found else ""


def decimal_sign(cells: Iterable[str]) -> str:
    """Return the decimal sign that a column of written numbers shows: ``.`` or ``,``; ``''`` where none shows it.

    ``?`` where a point may be of the decimals or of the thousands. Where some cells have a decimal point and others a
    decimal comma, a ValueError with two of them.
    """
    shown, figures = dict[str, str](), list[str]()
    texts = list(cells)
    joined = "\n".join(texts)
    if _PLAIN_COLUMN(joined):  # no sign but points, one a cell: any that is none of the thousands settles it
        if _POINT_SHOWN(joined) or "." not in joined:
            return "." * ("." in joined)
        # 1.021 before 995 is a thousand, or a figure a thousand times smaller.
        is_either = re.fullmatch(r"(?:(?:[1-9]\d?\.\d{3}|[1-9]\d\d|)\n)*", f"{joined}\n")
        return "?" * bool(is_either and re.search(r"(?m)^\d{3}$", joined))
    for text in texts:
        plain = re.sub(r"[^\W\d_]{1,9}\.", "", text)  # the point of an abbreviation is none of the figure
        digits = re.sub(r"[^\d.,]", "", _SPACES.sub("", plain))
        signs = re.sub(r"\d", "", digits)
        figures.append(digits)
        if not signs or signs == digits:
            continue
        if signs.count(signs[-1]) > 1:
            shown.setdefault("," if signs[-1] == "." else ".", text)
        elif not re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits):  # else they may be thousands
            shown.setdefault(signs[-1], text)
    if len(shown) > 1:  # a cell that is no figure shows none, and is refused as such
        shown = {sign: text for sign, text in shown.items() if is_number(text)}
    if len(shown) > 1:
        raise ValueError(shown["."], shown[","])
    if not shown and any("." in figure for figure in figures):
        money = {*map(_currency, texts)} - {""}
        # Money has two decimals or none: 38.192 € may be thousands, and $1.007 beside $989.
        return "?" * bool(money and (money - {*_WORDS["pointed"]} or any(figure.isdecimal() for figure in figures)))
    return next(iter(shown), "")


def parse_numbers(
    cells: Iterable[str], *, decimal: str | None = None, hint: str = "", where: Where = lambda k: f"row {k + 1}"
) -> tuple[Floats, str]:
    """Read a column of written numbers as a whole.

    Parameters
    ----------
    cells : iterable of str, length N
        With a decimal point or comma, thousands signs (comma, point, space, apostrophe), currency and per-cent signs,
        suffixes such as K, M, B, negative figures in brackets; ``null``, ``.``, ``#N/A N/A`` and the like are missing.
    decimal : {'.', ','}, optional
        The decimal sign; default the one that the column shows.
    hint : str
        The decimal sign that other columns of the same file show, for a column that shows none; ``?`` where a point
        may be either.
    where : callable
        Names the cell of a position, for messages.

    Returns
    -------
    numbers : ndarray, shape (N,)
        As written; NaN where missing. A per-cent sign is not divided by.
    note : str
        ``decimal comma``, ``per cent``, both or ''.

    Examples
    --------
    >>> parse_numbers(["5.782,97", "—", "5 797,5"])
    (array([5782.97,     nan, 5797.5 ]), 'decimal comma')
    """
    texts = [str(cell).strip().translate(_SIGNS) for cell in cells]
    sign = decimal or ""
    if decimal is None:
        try:
            sign = decimal_sign(texts)
            sign = sign if sign in {".", ","} else hint or sign
        except ValueError as two:
            first, second = (f"{where(texts.index(text))}: '{brief(text)}'" for text in two.args)
            raise InputError(f"{first} has a decimal point, {second} a decimal comma; write all alike") from None
    if sign in {"", "."} and (plain := plain_numbers(texts)) is not None:
        return plain, ""
    written = [k for k, text in enumerate(texts) if text.casefold() not in MISSING]
    if decimal is None and written and all(_IN_32NDS(texts[k]) for k in written):
        whole, ticks = re.split("['’]", texts[written[0]])
        either = f"{whole} and {int(ticks[:2]) + round(int(ticks[2]) * 0.4) / 4:g}/32, or {whole}{ticks}"
        mend = "write decimals, or give --decimal . where it is a thousand"
        raise InputError(f"{where(written[0])}: '{texts[written[0]]}' may be {either}; {mend}")
    numbers = np.full(len(texts), np.nan)
    marks, units = dict[str, int](), dict[str, int]()  # the first cell of each unit
    for k, text in ((k, texts[k]) for k in written):
        numbers[k], in_cent = _figure(text, sign, where(k))
        if in_cent or numbers[k]:
            marks.setdefault("per cent" if in_cent else "no per cent", k)
        if money := _currency(text):
            units.setdefault(money, k)
    pair = [marks["per cent"], marks["no per cent"]] if len(marks) > 1 else [*units.values()]
    if len(pair) > 1:
        first, second = (f"{where(k)}: '{texts[k]}'" for k in pair[:2])
        raise InputError(f"{first} and {second} are in two units; write the column in one")
    return numbers, ", ".join([*["decimal comma"] * (sign == ","), *["per cent"] * ("per cent" in marks)])


def _figure(text: str, sign: str, where: str) -> tuple[float, bool]:
    """Return a written number, and whether it is in per cent; raise where it is none, or may be two."""
    if ("," in text and not sign) or (sign == "?" and re.search(r"[.,]", text)):
        either = f"{brief(re.sub('[.,]', '', text))} or {brief(text.replace(',', '.'))}"
        mend = "and no row settles it; give --decimal . or --decimal ,"
        raise InputError(f"{where}: '{brief(text)}' may be {either}, {mend}")
    if (number := _number(text, sign or ".")) is None:
        raise InputError(f"{where}: '{brief(text)}' is not a number; mend it, or leave the cell empty")
    return number


def plain_numbers(texts: list[str]) -> Floats | None:
    """Return the numbers of a column of digits and points alone, NaN where empty; None where it is none."""
    if not _PLAIN_COLUMN("\n".join(texts)):
        return None
    try:
        return np.array([text or "nan" for text in texts], dtype=np.float64)
    except ValueError:  # a lone sign or point
        return None


def _number(text: str, decimal: str) -> tuple[float, bool] | None:
    """Return a written number, and whether it is in per cent; None where it is none."""
    if len(text) > _LONGEST_NUMBER:  # no figure, and slow to match
        return None
    text = text.translate(_SIGNS)
    if decimal == "." and "_" not in text:
        with suppress(ValueError):
            return float(text), False
    match = _NUMBER.fullmatch(_SPACES.sub("", re.sub("[−–]", "-", text)))
    unit = match["unit"].casefold().rstrip(".") if match else ""
    if match is None or (unit and unit not in {*_SUFFIXES, *_WORDS["currencies"]} and len(unit) != 3):  # noqa: PLR2004  # as currencies have
        return None
    whole, _, part = match["digits"].partition(decimal)
    first, *groups = whole.split("," if decimal == "." else ".")
    if any(len(group) not in {2, 3} for group in groups) or (groups and len(groups[-1]) == 2):  # noqa: PLR2004
        return None
    with suppress(ValueError):  # both signs in the decimals
        number = float(f"{first}{''.join(groups)}.{part or '0'}{match['power'] or ''}")
        number *= _SUFFIXES.get(unit, 1.0)
        minus = match["sign"] in {"-", "("} or match["minus"] or match["behind"]
        return -number if minus else number, bool(match["cent"])
    return None


def is_number(cell: str) -> bool:
    """Whether a cell is a figure and not a word or a date."""
    return any(_number(cell.strip(), decimal) for decimal in ".,")


# --- time zones ----------------------------------------------------------------------------------------------------

_INVERTED = re.compile(r"Etc/GMT([+-])(\d+)", re.IGNORECASE)

#: The names of all zones; to list them reads their whole tree.
_names = cache(available_timezones)

#: Abbreviations of a zone the whole year round, and what the zone's own table calls those in other languages.
_ALL_YEAR = {"ET", "CT", "MT", "PT"}
_CALLED = {"MEZ": "CET", "MESZ": "CEST", "МСК": "MSK"}


@cache
def find_zone(word: str) -> tuple[tzinfo, str]:
    """Return the zone that an IANA name, an abbreviation (``MSK``, ``EDT``) or an offset (``UTC+3``) means.

    Beside it what its clocks must be called at the time, for an abbreviation of one season, else ''. A word that is
    unknown, means several zones, or is one of the inverted names ``Etc/GMT+3`` is refused.

    Examples
    --------
    >>> str(find_zone("MSK")[0]), find_zone("EST")[1], str(find_zone("UTC+3")[0])
    ('Europe/Moscow', 'EST', 'UTC+03:00')
    """
    word = word[1:-1] if word[:1] + word[-1:] == "()" else word
    word = _WORDS["windows"].get(word.casefold(), word)
    short, known = word.upper(), bundled_toml("eventstudy", "zones.toml")
    if zones := [zone for zone, words in known.items() if short in words.split()]:
        if len(zones) > 1:
            raise InputError(f"'{word}' is {' or '.join((', '.join(zones[:-1]), zones[-1]))}; write which")
        checked = zones[0] != "UTC" and short not in _ALL_YEAR
        return ZoneInfo(zones[0]), _CALLED.get(short, short) if checked else ""
    if inverted := _INVERTED.fullmatch(word):
        sign, hours = inverted.groups()
        other = "-" if sign == "+" else "+"
        mend = f"write UTC{other}{hours} if that is meant, else UTC{sign}{hours}"
        raise InputError(f"'{word}' is UTC{other}{hours}: the signs of these names are inverted; {mend}")
    if (offset := _ZONE.fullmatch(word)) and is_offset(word):
        span = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-span if offset[1] == "-" else span), ""
    if word in known:
        return ZoneInfo(word), ""
    hint = "write an IANA name such as Europe/Moscow, or UTC+3"
    names = {name.casefold(): name for name in _names() - {"localtime", "Factory"}}
    if name := names.get(word.casefold()):
        return ZoneInfo(name), ""
    # Never by spelling for an abbreviation, nor for what is longer than any name.
    if len(word) <= 60 and (len(word) > len("AEST") or not short.isalpha()):  # noqa: PLR2004
        place = word.casefold().removesuffix(" time").replace(" ", "_")
        city = [name for name in names.values() if name.rpartition("/")[2].casefold() == place]
        near = did_you_mean(city[0] if city else word, sorted(names.values()))
        hint = near if near.startswith("did") else hint
    raise InputError(f"'{brief(word)}' is not a time zone; {hint}")
