"""Columns of text to times and numbers, each settled by the column as a whole."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError

#: Names the cell of a position, for messages.
Where = Callable[[int], str]
Floats = NDArray[np.float64]


def _row(position: int) -> str:
    return f"row {position + 1}"


def brief(text: str, most: int = 60) -> str:
    """Return a text as a message shows it: cut, without control characters."""
    kinds = map(unicodedata.category, text[: most + 1])
    shown = "".join("\ufffd" if k[0] == "C" or k in {"Zl", "Zp"} else c for c, k in zip(text, kinds, strict=False))
    return shown if len(shown) <= most else f"{shown[:most]}..."


def brief_list(names: Iterable[str], most: int = 20) -> str:
    """Return the first of some names, separated by commas."""
    first = list(islice(names, most + 1))
    return ", ".join([*map(brief, first[:most]), *["..."] * (len(first) > most)])


#: The years that a date may lie in: each instant fits the nanosecond clock by which sessions are searched.
YEARS = (1700, 2200)
#: Words for "no figure here", folded.
MISSING = frozenset(
    ("", "na", "nan", "n/a", "#n/a", "#n/a n/a", "#na", "null", "none", "nil", ".", "-", "--", "—", "–", "nd", "n.d.",
     "nat", "nan%", "#value!", "#ref!", "#div/0!", "#num!", "#name?", "#n/a requesting data...")
)  # fmt: skip
#: What a suffix multiplies by, folded.
_SUFFIXES = {
    "k": 1e3, "thousand": 1e3, "tsd": 1e3, "тыс": 1e3, "к": 1e3, "m": 1e6, "mn": 1e6, "mln": 1e6, "mio": 1e6,
    "million": 1e6, "млн": 1e6, "м": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "млрд": 1e9, "t": 1e12,
}  # fmt: skip

# --- times ---------------------------------------------------------------------------------------------------------

#: The parts of a date by the order in which `_read_parts` may find them.
ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
_MONTHS = (
    "january januar janvier janner enero styczen gennaio январь января",
    "february februar fevrier febrero luty febbraio февраль февраля",
    "march marz mrz mars marzo marzec maerz март марта",
    "april avril abril kwiecien aprile апрель апреля",
    "may mai mayo maj maggio маи мая",
    "june juni juin junio czerwiec giugno июнь июня",
    "july juli juillet julio lipiec luglio июль июля",
    "august aout agosto sierpien август августа",
    "september sept septembre septiembre wrzesien settembre сентябрь сентября",
    "october oktober octobre octubre pazdziernik ottobre октябрь октября",
    "november novembre noviembre listopad ноябрь ноября",
    "december dezember decembre diciembre grudzien dicembre декабрь декабря",
)
_WEEKDAYS = re.compile(
    r"(mo|di|mi|do|fr|sa|so|пн|вт|ср|чт|пт|сб|вс|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mer|jeu|ven|sam|dim)\w*|\w+tag|mittwoch)[.,]*\s+",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(\d{1,2})([-/.]\s?| )(\d{1,2})\2(\d{4}|\d{2})(?![\d:])(?:\s*г(?:\.|ода)?)?")
_YEAR_FIRST = re.compile(r"(\d{4})(?:([-/.])|\s?[年년]\s?)(\d{1,2})(?(2)\2|\s?[月월]\s?)(\d{1,2})(?!\d)[.日일]?")
_NAMED = (
    re.compile(
        r"(?P<d>\d{1,2})(?:st|nd|rd|th|er|\.)?[\s/-]*(?:de |of )?(?P<m>[^\W\d_]{3,})\.?,?[\s/-]*(?:de )?'?"
        r"(?P<y>\d{4}|\d{2})(?![\d:])(?:\s*г(?:\.|ода)?)?"
    ),
    re.compile(
        r"(?P<m>[^\W\d_]{3,})\.?[\s/-]*(?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,\s*|[\s/-]+)'?(?P<y>\d{4}|\d{2})(?![\d:])"
    ),
    re.compile(r"(?P<y>\d{4})[\s/-]*(?P<m>[^\W\d_]{3,})\.?[\s/-]*(?P<d>\d{1,2})(?!\d)"),
    re.compile(r"(?P<m>[^\W\d_]{3,})\.?,?[\s/-]+(?P<y>\d{4})$"),
)
_MONTHLY = re.compile(r"(\d{4})(?:-|M|m)(\d{1,2})$|(\d{4})-?Q([1-4])$|(\d{1,2})/(\d{4})$")
_CLOCK = re.compile(
    r"(?:[T\s,]|at |um |à )*(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*([AaPp]\.?[Mm]\.?)?(?:\s*\([^)]*\)| Uhr)?"
    r"|T(\d{2})(\d{2})(\d{2})?"
)
_ZONE = re.compile(r"(?:GMT|UTC)?\s*([+-])(\d{1,2}):?(\d{2})?")
#: Numbers that stand for an instant: their digits before the point, and the unit of the count from 1970.
_EPOCHS = {9: 1.0, 10: 1.0, 12: 1e3, 13: 1e3, 15: 1e6, 16: 1e6, 18: 1e9, 19: 1e9}
#: Dates in digits alone, by their number and order: where year, month and day stand.
_EIGHT, _SIX = ("YYYYMMDD", "DDMMYYYY", "MMDDYYYY"), ("YYMMDD", "DDMMYY", "MMDDYY", "YYYYMM")
_IN_DIGITS = {
    n: {
        order: tuple(slice(form.find(part), form.rfind(part) + 1) for part in "YMD")
        for order, form in zip(("ymd", "dmy", "mdy", "ym"), forms, strict=False)
    }
    for n, forms in {8: _EIGHT, 6: _SIX, 12: _EIGHT[:1], 14: _EIGHT[:1]}.items()
}
#: A written time is no longer than this; a figure with fewer than five digits before its point is none.
_LONGEST_TIME = 80
_PLAIN_DECIMAL = re.compile(r"[-+]?\d{0,4}\.\d+").fullmatch
_SERIAL, _SERIAL_ZERO = 5, datetime(1899, 12, 30)  # noqa: DTZ001  # Excel's days have no zone
#: Kinds of times that stand beside no other, as a message calls them.
_COUNTS = {"serial": "one of Excel's day numbers", "epoch": "a count of seconds", "month": "a month"}
#: What a written time may be: the kind of its form, its days by the order of the parts ('' where that is certain), and
#: the clock and zone behind it.
_Read = tuple[str, dict[str, date], str]


def parse_times(
    cells: Iterable[str], *, form: str | None = None, where: Where = _row, ordered: bool = False
) -> tuple[NDArray[np.object_], str]:
    """Read a column of written times as a whole.

    Parameters
    ----------
    cells : iterable of str, length N
        ISO, day or month first, two-digit years, months by name (English, German, French, Spanish, Italian, Polish,
        Russian), Excel's day numbers, seconds or milliseconds since 1970, digits alone (``20220127``).
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

    Raises
    ------
    InputError
        If a cell is no time or its year lies outside 1700 .. 2200, or the column can be read in two ways; names the
        cell and ``--time-format``.

    Examples
    --------
    >>> parse_times(["03.01.2022", "27.01.2022"])
    (array(['2022-01-03', '2022-01-27'], dtype=object), "dates day first ('27.01.2022' settles it)")
    >>> parse_times(["1/3/2022 9:30 AM", "1/27/2022 4:00 PM"])[0].tolist()
    ['2022-01-03T09:30', '2022-01-27T16:00']
    """
    texts = [str(cell).strip() for cell in cells]
    codes, unique = pd.factorize(np.array(texts, dtype=object))

    def cell(text: str) -> str:
        return f"{where(texts.index(text))}: '{brief(text)}'"

    if form is not None and form.lower() not in ORDERS:
        times, note = _by_form(unique, form, cell), ""
    else:
        read = {text: _read_time(text, cell) for text in unique if text.casefold() not in MISSING}
        order, note = _settled(texts, read, None if form is None else form.lower(), where, ordered=ordered)
        days = {text: of[order[kind]] for text, (kind, of, _) in read.items()}
        for text, day in days.items():
            if not YEARS[0] <= day.year < YEARS[1]:
                raise InputError(f"{cell(text)}: the year {day.year} is outside {YEARS[0]} .. {YEARS[1]}")
        firsts = {kind: text for text, (kind, _, _) in reversed(read.items())}
        for kind in [kind for kind in firsts if kind in _COUNTS and len(firsts) > 1]:
            # Spreadsheets leave such columns when they misread some of the dates.
            other = next(text for k, text in firsts.items() if k != kind)
            raise InputError(f"{cell(firsts[kind])} is {_COUNTS[kind]}, {cell(other)} is not; write all dates alike")
        times = [f"{days[text]}{read[text][2]}" if text in read else "" for text in unique]
    return np.array(times, dtype=object)[codes] if texts else np.array([], dtype=object), note


def looks_dated(cell: str) -> bool:
    """Whether a cell is beyond doubt a date: a name, a word or a count is not."""
    cell = cell.strip()
    if len(cell) > _LONGEST_TIME or _PLAIN_DECIMAL(cell):
        return False
    if cell[:1].isalpha() and not cell[-1:].isdigit() and ":" not in cell:
        return False
    with suppress(InputError):
        kind = _read_time(cell, str)[0]
        return kind != "number" and (kind != "digits" or cell[:2] in {"19", "20"})
    return False


def may_be_time(cell: str) -> bool:
    """Whether a cell under a heading of times can be one."""
    with suppress(InputError):
        return bool(cell.strip()) and bool(_read_time(cell.strip(), str))
    return False


def _read_time(text: str, cell: Callable[[str], str]) -> _Read:
    """Return the kind of a written time, the dates it may mean by order, and its clock and zone."""
    for shown in (text, _WEEKDAYS.sub("", text, count=1)) if len(text) <= _LONGEST_TIME else ():
        if found := _read_digits(shown) or _read_parts(shown):
            return found
    raise InputError(f"{cell(text)} is not a date; write 2022-01-27, or give --time-format")


def _read_digits(text: str) -> _Read | None:
    """Read a time that is written in digits alone: a date without signs, a count of days, seconds or their parts."""
    if not re.fullmatch(r"\d{5,19}(\.\d+)?", text):
        return None
    digits, _, fraction = text.partition(".")
    n = len(digits)
    if n in _IN_DIGITS and not fraction.strip("0") and (n != 12 or digits[:2] in {"19", "20"}):  # noqa: PLR2004
        clock = re.sub(r"(\d\d)(\d\d)(\d\d)?", lambda found: "T" + ":".join(filter(None, found.groups())), digits[8:])
        parts = _IN_DIGITS[n].items()
        return "digits", _days({order: (digits[y], digits[m], digits[d] or 1) for order, (y, m, d) in parts}), clock
    if n == _SERIAL:
        moment, zone = _SERIAL_ZERO + timedelta(seconds=round(float(text) * 86400)), ""
    elif n in _EPOCHS:
        moment, zone = datetime(1970, 1, 1) + timedelta(seconds=float(text) / _EPOCHS[n]), "+00:00"  # noqa: DTZ001
    else:
        return None
    clock = f"{moment:T%H:%M:%S}".removesuffix(":00") + zone
    return "epoch" if zone else "serial", {"": moment.date()}, "" if clock == "T00:00" else clock


def _days(parts: Mapping[str, tuple[str | int, ...]]) -> dict[str, date]:
    """Return the days that exist of a year, month and day by order; of two digits the year is POSIX's, 69 is 1969."""
    found = {}
    for order, (year, month, day) in parts.items():
        century = (1900 if int(year) > 68 else 2000) if len(str(year)) == 2 else 0  # noqa: PLR2004
        with suppress(ValueError):
            found[order] = date(century + int(year), int(month), int(day))
    return found


def _read_parts(text: str) -> _Read | None:
    """Read a time whose parts stand apart."""
    parts: dict[str, tuple[str | int, ...]]
    if match := _YEAR_FIRST.match(text):
        kind, parts = "iso", {"": match.group(1, 3, 4)}
    elif match := _NUMERIC.match(text):
        first, sign, second, year = match.groups()
        kind, parts = sign.strip() or " ", {"dmy": (year, second, first), "mdy": (year, first, second)}
        if len(year) == len(first) == 2:  # noqa: PLR2004
            parts["ymd"] = (first, second, year)
    elif match := next(filter(None, (pattern.match(text) for pattern in _NAMED)), None):
        plain = unicodedata.normalize("NFKD", match["m"].casefold())
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        # A month may be cut off after three letters or more.
        months = [k for k, names in enumerate(_MONTHS, start=1) if f" {plain}" in f" {names}"]
        if len(months) != 1:
            return None
        day = match.groupdict().get("d")
        kind, parts = "named" if day else "month", {"": (match["y"], months[0], day or 1)}
    elif match := _MONTHLY.match(text):
        year, month = match[1] or match[3] or match[6], match[2] or match[5]
        kind, parts = "month", {"": (year, month or int(match[4]) * 3 - 2, 1)}
    else:
        return None
    tail = _tail(text[match.end() :].strip())
    return None if tail is None else (kind, _days(parts), tail)


def _tail(text: str) -> str | None:
    """Return the clock and zone behind a date in ISO form, '' where there are none; None where it is neither."""
    match = _CLOCK.match(text)
    if not text or match is None:
        return None if text else ""
    hour, minute, second = (match[k] or match[k + 5] for k in (1, 2, 3))
    hours, half = int(hour), (match[5] or "").casefold()
    if not (1 if half else 0) <= hours <= (12 if half else 23) or int(minute) > 59 or int(second or 0) > 59:  # noqa: PLR2004
        return None
    hours = hours % 12 + 12 * half.startswith("p") if half else hours
    clock = f"T{hours:02d}:{minute}" + (f":{second}" if second else "") + (f".{match[4][:6]}" if match[4] else "")
    zone = re.sub(r"\s*\(.*\)$", "", text[match.end() :].strip())
    if zone.upper() in {"Z", "UTC", "GMT"}:
        zone = "+00:00"
    if (offset := _ZONE.fullmatch(zone)) and int(offset[2]) <= 15 and int(offset[3] or 0) <= 59:  # noqa: PLR2004
        return f"{clock}{offset[1]}{int(offset[2]):02d}:{offset[3] or '00'}"
    return f"{clock} {zone}".strip() if not zone or re.fullmatch(r"[A-Za-z][\w/+-]*", zone) else None


def _settled(
    texts: list[str], read: Mapping[str, _Read], asked: str | None, where: Where, *, ordered: bool
) -> tuple[dict[str, str], str]:
    """Return the order of day, month and year that each kind of written date has throughout, and what settles it."""
    settled: dict[str, str] = {}
    note = ""

    def cell(text: str) -> str:
        return f"{where(texts.index(text))}: '{brief(text)}'"

    for kind in dict.fromkeys(kind for kind, _, _ in read.values()):
        group = {text: days for text, (one, days, _) in read.items() if one == kind}
        for impossible in [text for text, days in group.items() if not days]:
            swapped = re.match(r"\d{4}-(1[3-9]|[23]\d)-(0\d|1[012])\b", impossible)
            other = "; give --time-format %Y-%d-%m if days stand before months" if swapped else ""
            raise InputError(f"{cell(impossible)} is no day of the calendar{other}")
        every = list(dict.fromkeys(order for days in group.values() for order in days))
        left = [order for order in every if all(order in days for days in group.values())]
        if asked is not None and every != [""]:
            for wrong in [text for text, days in group.items() if asked not in days and asked not in left]:
                raise InputError(f"{cell(wrong)} is no date {ORDERS[asked]} (--time-format)")
            left = [asked]
        if not left:
            one = next(text for text, days in group.items() if len(days) == 1)
            two = next((text for text, days in group.items() if not {*days} & {*group[one]}), one)
            first, second = (ORDERS.get(next(iter(group[text])), "year first") for text in (two, one))
            raise InputError(
                f"{cell(two)} has the {first}, '{one}' in {where(texts.index(one))} the {second}; write all dates alike"
            )
        settled[kind], why = _one_order(texts, group, left, kind, cell, ordered=ordered)
        if settled[kind] in ORDERS and kind != "digits":
            gone = next(
                (f" ('{brief(text)}' settles it)" for text in texts if 0 < len(group.get(text, "")) < len(every)), ""
            )
            note = f"dates {ORDERS[settled[kind]]}{why or gone}"
    return settled, note


def _one_order(
    texts: list[str],
    group: Mapping[str, Mapping[str, date]],
    left: list[str],
    kind: str,
    cell: Callable[[str], str],
    *,
    ordered: bool,
) -> tuple[str, str]:
    """Return the order of a kind of date, and why where no single cell shows it; raise where nothing settles it."""
    doubtful = next((text for text, days in group.items() if len({days[order] for order in left}) > 1), None)
    if doubtful is None:
        return left[0], ""
    if kind == "." and "dmy" in left:
        return "dmy", ", as dates with points are"
    if ordered and len(group) > 2:  # noqa: PLR2004
        columns = {order: [group[text][order] for text in texts if text in group] for order in left}
        monotone = [order for order, days in columns.items() if sorted(days) in (days, days[::-1])]
        if len(monotone) == 1:
            return monotone[0], " (the order of the rows settles it)"
    days = " or ".join(str(group[doubtful][order]) for order in left)
    sign = next((c for c in doubtful if not c.isdigit()), "")
    year = "%Y" if re.search(r"\d{4}", doubtful) and sign else "%y"
    forms = {"dmy": f"%d{sign}%m{sign}{year}", "mdy": f"%m{sign}%d{sign}{year}", "ymd": f"%y{sign}%m{sign}%d"}
    asked = " or ".join(f"'{forms.get(order, '%Y%m')}'" for order in left)
    raise InputError(
        f"{cell(doubtful)} is {days}, and no row settles it (a day after the 12th would); give --time-format {asked}"
    )


def _by_form(texts: Iterable[str], form: str, cell: Callable[[str], str]) -> list[str]:
    """Read times in a form of ``strptime`` that reads what ``strftime`` writes, and has a year."""
    sample = datetime(2022, 1, 27, 14, 30)  # noqa: DTZ001  # written and read, never used
    try:
        datetime.strptime(sample.strftime(form), form)  # noqa: DTZ007
    except (ValueError, re.error, UnicodeError):
        raise InputError(
            f"--time-format {brief(form)} is no form of dates; write each code once, e.g. %d.%m.%Y or %Y-%m-%d %H:%M"
        ) from None
    if not re.search(r"%[YyGcxD]", form):
        raise InputError(f"--time-format {brief(form)} has no year; write e.g. %d.%m.%Y")
    times = []
    for text in texts:
        if text.casefold() in MISSING:
            times.append("")
            continue
        try:
            moment = datetime.strptime(text, form)  # noqa: DTZ007  # it has a zone where the form has one
        except ValueError:
            raise InputError(f"{cell(text)} is not written as {form} (--time-format)") from None
        if not YEARS[0] <= moment.year < YEARS[1]:
            raise InputError(f"{cell(text)}: the year {moment.year} is outside {YEARS[0]} .. {YEARS[1]}")
        clocked = moment.isoformat(timespec="auto" if moment.second else "minutes")
        times.append(clocked if re.search(r"%[HIMSTXRcp]", form) else str(moment.date()))
    return times


# --- numbers -------------------------------------------------------------------------------------------------------

_NUMBER = re.compile(
    r"(?P<sign>[-+(]?)\s*(?:[$€£¥₽₴₺₹]|[A-Za-z]{3}\s|[^\W\d_]{1,3}\.\s?)?\s*(?P<minus>-?)(?P<digits>[\d.,]*\d[\d.,]*)(?P<power>[eE][-+]?\d+)?\)?\s*"
    r"(?P<unit>[^\W\d_]*\.?)\s*(?P<cent>%?)\s*(?:[$€£¥₽₴₺₹]|zł|руб\.?|р\.)?"
)
_ISO_CODES = {"$": "USD", "€": "EUR", "£": "GBP", "₽": "RUB", "₴": "UAH", "₺": "TRY", "₹": "INR"}
_CURRENCY = re.compile(r"[$€£¥₽₴₺₹]|(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_PLAIN_COLUMN = re.compile(r"(?:[-+]?\d*(?:\.\d*)?(?:[eE][-+]?\d+)?\n)*+[-+]?\d*(?:\.\d*)?(?:[eE][-+]?\d+)?").fullmatch
_LONGEST_NUMBER = 400
_POINT_SHOWN = re.compile(
    r"^[-+]?(?:\d{4,}\.\d*|0\d*\.\d*|\d*\.(?:\d{0,2}|\d{4,})|\d*\.\d*[eE].*)$", re.MULTILINE
).search
_SPACES = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’](?=\d{3}(?!\d))")


def decimal_sign(cells: Iterable[str]) -> str:
    """Return the decimal sign that a column of written numbers shows: ``.`` or ``,``; ``''`` where none shows it.

    Raises
    ------
    ValueError
        If some cells have a decimal point and others a decimal comma; its argument are two of them.
    """
    shown: dict[str, str] = {}
    texts = list(cells)
    joined = "\n".join(texts)
    if _PLAIN_COLUMN(joined):  # no sign but points, one a cell: any that is none of the thousands settles it
        return "." if _POINT_SHOWN(joined) else ""
    for text in texts:
        plain = re.sub(r"[^\W\d_]{1,9}\.", "", text)  # the point of an abbreviation is none of the figure
        digits = re.sub(r"[^\d.,]", "", _SPACES.sub("", plain))
        signs = re.sub(r"\d", "", digits)
        if not signs or signs == digits:
            continue
        before, _, after = digits.rpartition(signs[-1])
        if signs.count(signs[-1]) > 1:
            shown.setdefault("," if signs[-1] == "." else ".", text)
        elif len(signs) > 1 or len(after) != 3 or len(before) not in {1, 2, 3} or before[0] == "0":  # noqa: PLR2004
            shown.setdefault(signs[-1], text)
    if len(shown) > 1:
        raise ValueError(shown["."], shown[","])
    return next(iter(shown), "")


def parse_numbers(
    cells: Iterable[str], *, decimal: str | None = None, hint: str = "", where: Where = _row
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

    Raises
    ------
    InputError
        If a cell is no number, or ``1,234`` may be a thousand or one and a bit; names the cell and ``--decimal``.

    Examples
    --------
    >>> parse_numbers(["5.782,97", "—", "5 797,5"])
    (array([5782.97,     nan, 5797.5 ]), 'decimal comma')
    >>> parse_numbers(["1.23M", "856K"])[0].tolist()
    [1230000.0, 856000.0]
    """
    texts = [str(cell).strip() for cell in cells]
    sign = decimal or ""
    if decimal is None:
        try:
            sign = decimal_sign(texts) or hint
        except ValueError as two:
            first, second = (f"{where(texts.index(text))}: '{brief(text)}'" for text in two.args)
            raise InputError(f"{first} has a decimal point, {second} a decimal comma; give --decimal") from None
    if sign in {"", "."} and (plain := plain_numbers(texts)) is not None:
        return plain, ""
    numbers = np.full(len(texts), np.nan)
    marks: dict[str, int] = {}  # the first cell of each unit
    units: dict[str, int] = {}
    for k, text in enumerate(texts):
        if text.casefold() in MISSING:
            continue
        numbers[k], in_cent = _figure(text, sign, where(k))
        if in_cent or numbers[k]:
            marks.setdefault("per cent" if in_cent else "no per cent", k)
        if not (text[0].isdigit() and text[-1].isdigit()) and (money := _CURRENCY.search(text)):
            units.setdefault(_ISO_CODES.get(money[0], money[0]), k)
    pair = [marks["per cent"], marks["no per cent"]] if len(marks) > 1 else [*units.values()]
    if len(pair) > 1:
        first, second = (f"{where(k)}: '{texts[k]}'" for k in pair[:2])
        raise InputError(f"{first} and {second} are in two units; write the column in one")
    return numbers, ", ".join([*["decimal comma"] * (sign == ","), *["per cent"] * ("per cent" in marks)])


def _figure(text: str, sign: str, where: str) -> tuple[float, bool]:
    """Return a written number, and whether it is in per cent; raise where it is none, or may be two."""
    if ("," in text and not sign) or (sign == "?" and re.search(r"[.,]", text)):
        either = f"{brief(re.sub('[.,]', '', text))} or {brief(text.replace(',', '.'))}"
        raise InputError(
            f"{where}: '{brief(text)}' may be {either}, and no row settles it; give --decimal . or --decimal ,"
        )
    try:
        return _number(text, sign or ".")
    except ValueError:
        raise InputError(f"{where}: '{brief(text)}' is not a number; mend it, or leave the cell empty") from None


def plain_numbers(texts: list[str]) -> Floats | None:
    """Return the numbers of a column of digits and points alone, NaN where empty; None where it is none."""
    if not _PLAIN_COLUMN("\n".join(texts)):
        return None
    try:
        return np.array([text or "nan" for text in texts], dtype=np.float64)
    except ValueError:  # a lone sign or point
        return None


def _number(text: str, decimal: str) -> tuple[float, bool]:
    """Return a written number, and whether it is in per cent; ValueError where it is none."""
    if len(text) > _LONGEST_NUMBER:  # no figure, and slow to match
        raise ValueError(text)
    try:
        if decimal == ".":
            return float(text) if "_" not in text else float("_"), False
    except ValueError:
        pass
    text = _SPACES.sub("", re.sub("[−–]", "-", text))
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ValueError(text)
    unit = match["unit"].casefold().rstrip(".")
    factor = _SUFFIXES.get(unit, 1.0)
    if unit and unit not in _SUFFIXES and len(unit) != 3:  # noqa: PLR2004  # a currency has three letters
        raise ValueError(text)
    whole, _, part = match["digits"].partition(decimal)
    groups = whole.split("," if decimal == "." else ".")
    if any(len(group) not in {2, 3} for group in groups[1:]) or (len(groups[-1]) == 2 < len(whole) and len(groups) > 1):  # noqa: PLR2004
        raise ValueError(text)
    number = float(f"{''.join(groups) or '0'}.{part or '0'}{match['power'] or ''}") * factor
    return -number if match["sign"] in {"-", "("} or match["minus"] else number, bool(match["cent"])


def is_number(cell: str) -> bool:
    """Whether a cell is a figure and not a word or a date."""
    for decimal in ".,":
        with suppress(ValueError):
            _number(cell.strip(), decimal)
            return True
    return False
