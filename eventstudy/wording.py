"""How figures are written for a reader: with sign, unit and no more digits than they deserve."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest
from textwrap import wrap
from typing import Any

Row = Mapping[Any, Any]

#: A p-value below this is written as smaller than it.
_SMALLEST = 0.001

#: Below this a difference of prices is rounding.
_NOISE = 1e-9

#: Where a line must not be broken.
_UNBROKEN = re.compile(r"(?<=\d) (?=%|log %)|(?<=\blog) (?=%)|(?<=\bp) (?=[<\d])|(?<=p <) (?=\d)|(?<=[<−+]) (?=\d)")


def symbol(unit: str) -> str:
    """Return the sign of a unit: returns are in per cent, and logs never without the word."""
    if unit.endswith(" return"):
        return "log %" if unit.startswith("log") else "%"
    return unit


def quantity(value: float, unit: str, digits: int = 1) -> str:
    """Write a return in per cent, or a difference in its own unit, always with its sign.

    Examples
    --------
    >>> quantity(0.0293, "simple return"), quantity(0.0293, "log return")
    ('+2.9 %', '+2.9 log %')
    >>> quantity(-1.51, "index points")
    '−1.5 index points'
    >>> quantity(0.00004, "simple return")
    '+0.004 %'
    >>> quantity(-0.128, "percentage points")
    '−0.13 percentage points'
    >>> quantity(-0.000412, "units of the quote"), quantity(3346409116.9, "units of the quote")
    ('−0.00041 units of the quote', '+3,346,409,116.9 units of the quote')
    >>> quantity(float("nan"), "log return")
    'n/a'
    """
    if math.isnan(value):
        return "n/a"
    is_return = unit.endswith(" return")
    value = 100 * value if is_return else value
    if 0 < abs(value) < (0.1 if is_return else 1.0):  # a hundredth of a yield is a basis point
        digits = max(digits, 2)
    if value and not round(value, digits):
        digits = 3
    if not is_return and _NOISE < abs(value) < 0.01:  # noqa: PLR2004  # a change of an exchange rate, to two digits
        digits = 1 - math.floor(math.log10(abs(value)))
    number = true_minus(f"{value:+z,.{digits}f}")
    return f"{number if number.strip('+0.') else number[1:]} {symbol(unit)}"


def signed(value: float, digits: int = 1) -> str:
    """Write a number with a true minus sign, and zero without one.

    Examples
    --------
    >>> [signed(value) for value in (2.46, -0.94, -0.04, float("nan"))]
    ['2.5', '−0.9', '0.0', 'n/a']
    """
    if math.isnan(value):
        return "n/a"
    return true_minus(f"{value:z.{digits}f}")


def probability(p: float, days: float = math.nan) -> str:
    """Write a p-value: two digits, three when small, never zero, and as less than what its days can show.

    Examples
    --------
    >>> [probability(p) for p in (0.28151, 0.0042, 0.00001, float("nan"))], probability(1 / 251, days=250)
    (['0.28', '0.004', '<0.001', 'n/a'], '<0.004')
    """
    if math.isnan(p):
        return "n/a"
    if p <= (1.0 + 1e-9) / (days + 1.0):
        digits = math.ceil(-math.log10(p))
        return f"<{math.ceil(p * 10**digits - 1e-9) / 10**digits:g}"
    if p < _SMALLEST:
        return f"<{_SMALLEST}"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"  # noqa: PLR2004  # from a tenth on two digits say enough


def day_in_words(day: date) -> str:
    """Write a date as people say it, without its year: ``27 January``."""
    return f"{day.day} {day:%B}"


def counted(n: int, noun: str) -> str:
    """Write a number of things: ``1 raise``, ``13 raises``."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def window_in_words(window: str) -> str:
    """Say which sessions a window holds: ``the event session and the next``, ``sessions −1 to 1 from the event``."""
    known = {"0:0": "the event session", "0:1": "the event session and the next"}
    first, _, last = window.partition(":")
    return known.get(window, f"sessions {first} to {last} from the event".replace("-", "−"))


def true_minus(text: str) -> str:
    """Write a window, or a signed number, with a true minus: ``−130:−11``."""
    return text.replace("-", "−")


def listed(words: list[str]) -> str:
    """Join words as in a sentence: ``raise, hold and fold``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def unbroken(words: str) -> str:
    r"""Return words in which no figure is parted from its sign or unit at the end of a line."""
    return _UNBROKEN.sub("\u00a0", words)


def short_p(p: float, days: float = math.nan) -> str:
    """Write a p-value behind its letter: ``p 0.28``, ``p < 0.004``."""
    return f"p {probability(p, days)}".replace("p <", "p < ")


def p_in_words(p: float, days: float = math.nan) -> str:
    """Write a p-value; the smallest that its days without news can show as less than that: ``p < 0.004 (250 days)``."""
    written = short_p(p, days)
    return f"{written} ({days:,.0f} days)" if p <= (1.0 + 1e-9) / (days + 1.0) else written


# --- cells of tables, on every surface --------------------------------------------------------------------------------


#: Laws of statistics that are means in the unit of the CARs, with four digits; others have two, and from here on none.
_OF_MEANS, _WHOLE = {"permutation", "resampled"}, 100


def _law(law: str, row: Row) -> str:
    """Write the law of a test of coefficients; '' where it has no p."""
    if row["p_value"] != row["p_value"]:
        return ""
    return f"F({row['restrictions']:.0f}, {row['df']:.0f})" if law == "F" else f"t({row['df']:.0f})"


#: How the cells of a column are written, by its kind: the form of a value, or what makes it of a value that is not
#: missing and the row that it stands in.
KINDS: dict[str, str | Callable[[Any, Row], str]] = {
    "text": "",
    "n": "",
    "day": "%Y-%m-%d",
    "short-day": "%d %b",
    "many": ",",
    "whole": ".0f",
    "one": ".1f",
    "fixed": ".2f",
    "three": ".3f",
    "law": _law,
    "test-law": lambda value, row: str(value) if row["df"] != row["df"] else f"{value}({row['df']:.0f})",
    "signed-1": lambda value, _: true_minus(f"{value:+.1f}"),
    "signed-2": lambda value, _: true_minus(f"{value:+.2f}"),
    "tau": lambda value, _: true_minus(f"{value:+d}") if value else "0",
    "amount": lambda value, row: (
        quantity(value, str(row["unit"]), 2).replace("index points", "pts").replace("percentage points", "pp")
    ),
    "spread": lambda value, row: cell({**row, "": value}, "", "amount").lstrip("+"),
    "full": lambda value, row: quantity(value, str(row["unit"]), 2),
    "bare": lambda value, row: quantity(value, str(row["unit"]), 2).split(" ")[0],
    "decimal": lambda value, _: signed(value, 4),
    "loading": lambda value, _: signed(value, 2),
    "ratio": lambda value, _: signed(value),
    "statistic": lambda v, row: signed(v, 0 if abs(v) >= _WHOLE else 4 if row["law"] in _OF_MEANS else 2),
    "percent": lambda value, _: quantity(value, "simple return", 2),
    "cost": lambda value, _: f"{100 * value:.2f} %",
    "share": lambda value, _: f"{100 * value:.0f} %",
    "share-1": lambda value, _: f"{100 * value:.1f} %",
    "rate": lambda value, _: f"{100 * value:.0f}",
    "price": lambda value, _: f"{value:,.2f}" if value >= 10 else f"{value:.4f}",  # noqa: PLR2004  # small: more digits
    "p": lambda value, _: probability(value),
    "p-days": lambda value, row: probability(value, row["days"]),
    "p-family": lambda value, row: probability(value, row["family_days"]),
}

#: Kinds that are words, and are set flush left.
WORDS = {"text", "law", "test-law", "day", "short-day"}


def cell(row: Row, name: str, kind: str) -> str:
    """Return a value of a row as text, by the kind of its column."""
    value = row.get(name)
    if value is None:
        return ""
    if value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return "n/a" if kind.endswith("!") else ""
    if isinstance(value, str) and kind not in WORDS:
        return value
    how = KINDS[kind.rstrip("!")]
    return format(value, how) if isinstance(how, str) else how(value, row)


# --- tables, on every surface -----------------------------------------------------------------------------------------


#: Fewest characters to which a column of words is folded.
FOLDED = 10


@dataclass(frozen=True)
class Cell:
    """One cell.

    Parameters
    ----------
    text : str
        What is read.
    key : float or str
        By what it is sorted.
    is_number : bool
        Whether it is set flush right.
    link : str
        Where it leads; empty for nowhere.
    mark : str
        A stance; ``rare`` for what is out of the ordinary over all markets at once, ``alone`` for what is so for its
        own market only; else empty.
    hint : str
        What is said of it when it is pointed at.
    """

    text: str
    key: float | str = ""
    is_number: bool = False
    link: str = ""
    mark: str = ""
    hint: str = ""

    @classmethod
    def of(cls, row: Row, names: Sequence[str], kind: str) -> Cell:
        """Return one or several values of a row as a cell that is only read."""
        return cls(" ".join(cell(row, name, kind) for name in names), is_number=kind not in WORDS)


@dataclass(frozen=True)
class Table:
    """A table.

    Parameters
    ----------
    caption : str
        What it shows.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of Cell
        Cells.
    notes : tuple of str
        Lines below it.
    labels : tuple of str
        The label of each row, by which rows are filtered; empty where rows have none.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

    @property
    def texts(self) -> list[list[str]]:
        """Headings and cells as they are read."""
        return [list(self.columns), *([one.text for one in row] for row in self.rows)]

    @property
    def left(self) -> list[bool]:
        """Which columns are set flush left: those that hold no figures."""
        return [not one.is_number for one in self.rows[0]] if self.rows else [True] * len(self.columns)

    @property
    def head(self) -> tuple[Cell, ...]:
        """The headings as cells: in bold, and flush right over figures."""
        flush = zip(self.columns, self.left, strict=True)
        return tuple(Cell(name, is_number=not left, mark="rare") for name, left in flush)

    def only(self, columns: Sequence[str]) -> Table:
        """Return the table with some of its columns."""
        at = [self.columns.index(name) for name in columns]
        return replace(self, columns=tuple(columns), rows=tuple(tuple(row[k] for k in at) for row in self.rows))


def make_table(view: Mapping[str, str], rows: Any, more: Iterable[Any], words: Row, cell_of: Any = None) -> Table:
    """Return rows as a table.

    Parameters
    ----------
    view : mapping
        Its ``title``, its ``columns``, and ``notes`` line by line; braces hold what is known. Columns are words
        ``heading=name:kind``, before all ``^`` if the first is written only where it differs from the row above. Where
        the heading is left out it is the name, else its ``_`` are spaces; the kind is one of `KINDS`, or ``text``.
        Several names with ``+`` between them are one column. A missing value is empty, with ``!`` behind the kind n/a.
    rows : DataFrame or iterable of dict
        The rows; ``unit``, ``days``, ``law`` and the like of a row are there for the kinds that need them.
    more : iterable of str or (str, str, str)
        Further columns; names that a user gave stand as heading, name and kind.
    words : mapping
        What is known.
    cell_of : callable, optional
        Makes a cell of a row, the names of a column and its kind; default `Cell.of`.
    """
    columns = []
    for word in (*(spec := view.get("columns", "")).split(), *more):
        if isinstance(word, tuple):
            columns.append((word[0], [word[1]], word[2]))
        else:
            text, _, kind = word.removeprefix("^").partition(":")
            head, _, of = text.rpartition("=")
            head = head.replace("_", " ").strip() if head else of.replace("+", " ")
            columns.append((head, of.split("+"), kind or "text"))
    records, cell_of = rows.to_dict("records") if hasattr(rows, "to_dict") else rows, cell_of or Cell.of
    cells = [[cell_of(row, names, kind) for _, names, kind in columns] for row in records]
    if spec.startswith("^"):
        for above, row in reversed(list(pairwise(cells))):
            row[0] = Cell("") if row[0] == above[0] else row[0]
    notes = filter(None, view.get("notes", "").format(**words).splitlines())
    heads = tuple(head for head, *_ in columns)
    return Table(view["title"].format(**words), heads, tuple(map(tuple, cells)), tuple(notes))


def aligned(rows: Sequence[Sequence[str]], left: Sequence[bool], width: int) -> list[list[str]]:
    """Return the lines of the heading and of each row; what is too wide is folded, or its columns stand in blocks."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    over = sum(widths) + len(widths) - 1 - width

    def lines_of(some: Sequence[int], room: int) -> list[list[str]]:
        return aligned([[row[k] for k in some] for row in rows], [left[k] for k in some], room)

    if over > 0 and any(left):
        at = max((k for k, flush in enumerate(left) if flush), key=widths.__getitem__)
        others = [k for k in range(len(columns)) if k != at]
        if widths[at] - over > 1.5 * FOLDED and (at or len(columns) < 3):  # noqa: PLR2004  # folded within its column
            widths[at], over = widths[at] - over, 0
        elif at and len(lines := lines_of(others, width)) == len(rows):  # below its row
            folds = (wrap(text, max(width - 4, 1)) for text in columns[at])
            return [[*head, *(f"    {part}" for part in text)] for head, text in zip(lines, folds, strict=True)]
        elif (at == 0 or "" in columns[0]) and len(lines := lines_of(range(1, len(columns)), width - 2)) == len(rows):
            above = zip(columns[0], lines, strict=True)
            return [[*([text] if text else []), *(f"  {line}" for line in of)] for text, of in above]
    n_keys, used, n = (left.index(False) if False in left else 0), 0, 0
    while n < len(columns) and (n <= n_keys or used + widths[n] <= width):
        used, n = used + widths[n] + 1, n + 1
    if n < len(columns) and over > 0:  # in two blocks
        return [*lines_of(range(n), width), [""], *lines_of([*range(n_keys), *range(n, len(columns))], width)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
    made = []
    for row in rows:
        cells = [wrap(text, max(size, 1)) or [""] for text, size in zip(row, widths, strict=True)]
        lines = [[f"{text:{'<' if flush else '>'}{size}}" for text, size, flush in zip(line, widths, left, strict=True)]
                 for line in zip_longest(*cells, fillvalue="")]  # fmt: skip
        made.append([gap.join(line).rstrip() for line in lines])
    return made
