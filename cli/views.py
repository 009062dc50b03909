"""Tables for a reader: what a column is says how its cells are written, with few digits and their unit.

Which columns a table has, and what stands above and below them, is data: ``views.toml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from eventstudy.cli.output import TextTable
from eventstudy.wording import probability, quantity, signed, true_minus

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[Any, Any]


def short_quantity(value: float, unit: str) -> str:
    """Write a quantity for a narrow column."""
    return quantity(value, unit, 2).replace("index points", "pts").replace("percentage points", "pp")


def _law(name: str, row: Row) -> str:
    if row["p_value"] != row["p_value"]:
        return ""
    return f"{name}({row['restrictions']:.0f}, {row['df']:.0f})" if name == "F" else f"t({row['df']:.0f})"


def _statistic(value: float, row: Row) -> str:
    """Write a statistic: four digits for a mean in the unit of the CARs, else two, and none from a hundred on."""
    small = 4 if row["law"] in {"permutation", "resampled"} else 2
    return signed(value, 0 if abs(value) >= 100 else small)  # noqa: PLR2004  # whole numbers need no digits


#: How the cells of a column are written, by its kind: a value that is not missing, and the row that it stands in.
KINDS: dict[str, Callable[[Any, Row], str]] = {
    "text": lambda value, _: str(value),
    "law": _law,
    "test-law": lambda value, row: str(value) if row["df"] != row["df"] else f"{value}({row['df']:.0f})",
    "day": lambda value, _: f"{value:%Y-%m-%d}",
    "short-day": lambda value, _: f"{value:%d %b}",
    "n": lambda value, _: str(value),
    "many": lambda value, _: f"{value:,}",
    "whole": lambda value, _: f"{value:.0f}",
    "one": lambda value, _: f"{value:.1f}",
    "fixed": lambda value, _: f"{value:.2f}",
    "three": lambda value, _: f"{value:.3f}",
    "signed-1": lambda value, _: true_minus(f"{value:+.1f}"),
    "signed-2": lambda value, _: true_minus(f"{value:+.2f}"),
    "tau": lambda value, _: true_minus(f"{value:+d}") if value else "0",
    "amount": lambda value, row: short_quantity(value, str(row["unit"])),
    "spread": lambda value, row: short_quantity(value, str(row["unit"])).lstrip("+"),
    "bare": lambda value, row: quantity(value, str(row["unit"]), 2).split(" ")[0],
    "decimal": lambda value, _: signed(value, 4),
    "loading": lambda value, _: signed(value, 2),
    "ratio": lambda value, _: signed(value),
    "statistic": _statistic,
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
_WORDS = {"text", "law", "test-law", "day", "short-day"}


def table_of(
    rows: pd.DataFrame | Iterable[Row],
    name: str,
    more: Sequence[str | tuple[Any, Any, str]] = (),
    notes: Sequence[str] = (),
    *,
    without: str = "",
    **words: object,
) -> TextTable:
    """Return rows as a table for a reader, on a terminal or in LaTeX.

    Parameters
    ----------
    rows : DataFrame or iterable of dict
        The rows; ``unit``, ``days``, ``law`` and the like of a row are there for the kinds that need them.
    name : str
        A table of ``views.toml``. Each of its columns is ``heading=name:kind``, words apart. Where the heading is left
        out it is the name, else its ``_`` are spaces; the kind is one of `KINDS`, or ``text``. Several names with ``+``
        between them are one column. ``^`` before all: the first is written only where it differs from the row above. A
        missing value is empty, with ``!`` behind the kind n/a; what a row does not have at all is empty.
    more : sequence of str or (str, str, str)
        Further columns; names that a user gave stand as heading, name and kind.
    notes : sequence of str
        Further lines below it.
    without : str
        A column that it does not have.
    **words
        What stands in the braces of its texts.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event_id": "e", "series": ["ruble", "imoex"], "window": "0:0", "car": [0.01, -0.02]})
    >>> table_of(frame.assign(unit="simple return"), "quantiles").rows[1][:5]
    ('', 'imoex', '0:0', '−2.00 %', '')
    """
    view = _views()[name]
    columns = view.get("columns", "")
    spec = []
    for word in (*columns.split(), *more):
        if isinstance(word, tuple):
            spec.append((word[0], [word[1]], word[2]))
        elif word != without:
            text, _, kind = word.removeprefix("^").partition(":")
            head, _, of = text.rpartition("=")
            head = head.replace("_", " ").strip() if head else of.replace("+", " ")
            spec.append((head, of.split("+"), kind or "text"))
    made: list[tuple[str, ...]] = []
    above: tuple[str, ...] = ()
    for row in rows if not hasattr(rows, "to_dict") else rows.to_dict("records"):
        cells = tuple(" ".join(cell(row, one, kind) for one in of) for _, of, kind in spec)
        repeats = columns.startswith("^") and cells[:1] == above[:1]
        made.append(("", *cells[1:]) if repeats else cells)
        above = cells
    left = tuple(head for head, _, kind in spec if kind in _WORDS)
    lines = (*filter(None, view.get("notes", "").format(**words).splitlines()), *notes)
    return TextTable(view["title"].format(**words), tuple(head for head, *_ in spec), tuple(made), left, lines)


@cache
def _views() -> dict[str, dict[str, str]]:
    """Return the tables by name: title, columns, and the lines below them."""
    import tomllib
    from importlib.resources import files

    return tomllib.loads((files("eventstudy.cli") / "views.toml").read_text(encoding="utf-8"))


def cell(row: Row, name: str, kind: str) -> str:
    """Return a value of a row as text, by the kind of its column."""
    value = row.get(name)
    if value is None:
        return ""
    if value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return "n/a" if kind.endswith("!") else ""
    is_written = isinstance(value, str) and kind not in _WORDS
    return value if is_written else KINDS[kind.rstrip("!")](value, row)


#: Rows shown of either end of a table.
ENDS = 3


def ends_table(frame: pd.DataFrame, title: str) -> TextTable:
    """Show the first and the last three rows of a table as they were understood."""
    names = list(map(str, frame))
    rows = [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False)]
    for row in rows if len(rows) <= 2 * ENDS else (*rows[:ENDS], *rows[-ENDS:]):
        row |= {name: f"{value:.10g}" for name, value in row.items() if isinstance(value, float) and value == value}  # noqa: PLR0124  # NaN
        row[names[0]] = str(row[names[0]]).removesuffix(" 00:00:00")
    if len(rows) > 2 * ENDS:
        rows = [*rows[:ENDS], {names[0]: "..."}, *rows[-ENDS:]]
    columns = [(name, name, "n" if frame[name].dtype == float else "text") for name in frame]
    return table_of(rows, "plain", columns, title=title)
