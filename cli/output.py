"""Tables and sentences on a terminal, in a pipe or in LaTeX. Data go to stdout, everything else to stderr.

What a column of a table is says how its cells are written, with few digits and their unit. Which columns a table has,
and what stands above and below them, is data: ``views.toml``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any

from eventstudy.errors import shown
from eventstudy.files import bundled_toml
from eventstudy.wording import FOLDED, Row, Table, aligned, make_table, unbroken

if TYPE_CHECKING:
    import pandas as pd

#: What the drawing of a table adds to a column.
_BETWEEN = 3

_STANCE_COLOURS = {"raise": "red", "hold": "yellow", "fold": "green"}

_BARS = "▁▂▃▄▅▆▇█"


def declared(what: str) -> dict[str, dict[str, Any]]:
    """Return what is said of each of the ``commands`` or ``views`` in the TOML file of that name."""
    return bundled_toml("eventstudy.cli", f"{what}.toml")


# --- text --------------------------------------------------------------------------------------------------------


def write(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text)


def folded(sentence: str, width: int = 79, indent: str = "  ") -> str:
    """Fold a sentence to a width; what is folded goes on further in, and a number keeps its sign and unit."""
    lines = fill(unbroken(sentence), max(width, 20), subsequent_indent=indent, break_on_hyphens=False)
    return lines.replace("\u00a0", " ")


def say(sentences: Iterable[str], indent: str = "  ", end: str = "\n\n") -> None:
    """Write sentences to stdout, folded to the terminal, and an empty line."""
    width = min(get_terminal_size().columns, 120) - 1
    write("\n".join(folded(shown(sentence), width, indent) for sentence in sentences) + end)


def shortened(line: str, rest: str = "--detail") -> str:
    """Cut every long list in a line after its first three parts.

    Examples
    --------
    >>> shortened("late: 2014-03-01, 2014-03-02, 2014-03-03, 2014-03-04, 2014-03-05; look")
    'late: 2014-03-01, 2014-03-02, 2014-03-03 and 2 more (--detail); look'
    """

    def cut(found: re.Match[str]) -> str:
        parts = found[0].split(", ")
        n = len(parts) - 3
        return found[0] if n <= 1 else f"{', '.join(parts[:3])} and {n} more ({rest})"

    return re.sub(r"(?:(?<=: )[^,;:()]+|[^\s,;:()]+)(?:, [^,;:()]+){3,}", cut, line)


def sparkline(values: Sequence[float], low: float, high: float, most: int) -> str:
    """Return numbers as a line of at most so many bars between two ends; a blank where there is none.

    Examples
    --------
    >>> sparkline([0.0, 1.0, float("nan"), 2.0], 0.0, 2.0, most=60)
    '▁▅ █'
    """
    step = (high - low) / (len(_BARS) - 1) or 1.0
    some = values[:: -(-len(values) // most)]
    return "".join(" " if v != v else _BARS[int((v - low) / step + 0.5)] for v in some)  # noqa: PLR0124  # NaN


# --- tables ------------------------------------------------------------------------------------------------------


def table_of(
    rows: pd.DataFrame | Iterable[Row], name: str, more: Iterable[Any] = (), notes: Iterable[str] = (), **words: object
) -> Table:
    """Return rows as a table of ``views.toml`` for a reader, on a terminal or in LaTeX.

    `more` are further columns, `notes` further lines below it; see `eventstudy.wording.make_table`. What a row does
    not have at all is empty.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"event_id": "e", "series": ["ruble", "imoex"], "window": "0:0", "car": [0.01, -0.02]})
    >>> [one.text for one in table_of(frame.assign(unit="simple return"), "quantiles").rows[1][:5]]
    ['', 'imoex', '0:0', '−2.00 %', '']
    """
    table = make_table(declared("views")[name], rows, more, words)
    return replace(table, notes=(*table.notes, *notes))


#: Rows, and columns, shown of either end of a table.
ENDS, _COLUMNS = 3, 10


def ends_table(frame: pd.DataFrame, title: str) -> Table:
    """Show the first and the last three rows of a table as they were understood, and ten columns."""
    if (n := frame.shape[1]) > 2 * _COLUMNS:
        title = f"{title}: the first and the last {_COLUMNS} of {n:,} columns"
        frame = frame.iloc[:, [*range(_COLUMNS), *range(n - _COLUMNS, n)]]
    names = list(map(str, frame))
    rows = [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False)]
    if len(rows) > 2 * ENDS:
        rows = [*rows[:ENDS], {names[0]: "..."}, *rows[-ENDS:]]
    for row in rows:
        row |= {name: f"{value:.10g}" for name, value in row.items() if isinstance(value, float) and value == value}  # noqa: PLR0124  # NaN
        row[names[0]] = str(row[names[0]]).removesuffix(" 00:00:00")
    columns = [(name, name, "n" if frame[name].dtype == float else "text") for name in frame]
    return table_of(rows, "plain", columns, title=title)


def show(*tables: Table, how: str = "table") -> None:
    """Write tables for a reader: with rules and colour on a terminal wide enough, else plain text; or in LaTeX."""
    for table in tables:
        caption, notes = shown(table.caption), [shown(note) for note in table.notes]
        rows, left = [[shown(text) for text in row] for row in table.texts], table.left
        # Words can be folded at blanks, figures and ids can't.
        least = [_unbroken(*column) for column in zip(zip(*rows, strict=True), left, strict=True)]
        wide = sum(least) + _BETWEEN * len(least) <= get_terminal_size().columns
        if how == "latex":  # for booktabs; notes stand below it, but for drawings and remarks on options
            signs = str.maketrans(declared("views")["latex"])
            head, *body = (rf"{' & '.join(cell.translate(signs) for cell in row)} \\" for row in rows)
            kept = [note for note in notes if not (set(note) & set(_BARS) or note.startswith("--detail"))]
            small = [r"\par\smallskip\footnotesize", *(note.translate(signs) for note in kept)] if kept else []
            align = "".join("l" if flush else "r" for flush in left)
            made = [r"\begin{table}", rf"\caption{{{caption.translate(signs)}}}", rf"\begin{{tabular}}{{{align}}}"]
            made += [r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", *small, r"\end{table}"]
            write("\n".join([*made, ""]))
        elif table.rows and wide and sys.stdout.isatty():
            _draw(caption, rows, left, _folded(notes))
        else:  # aligned text: title, headings, rows, notes, an empty line
            found = aligned(rows, left, get_terminal_size().columns) if table.rows else [["none"]]
            below = ["", *_folded(notes)] if notes else []
            write("\n".join([caption, "", *(line for lines in found for line in lines), *below, "", ""]))


def _unbroken(cells: Sequence[str], is_left: bool) -> int:
    """Return the width below which a column would break a figure or a word."""
    parts = [part for text in cells for part in text.split()] if is_left else cells
    return min(max(map(len, cells)), max([FOLDED, *map(len, parts)]))


def _draw(title: str, rows: Sequence[Sequence[str]], left: Sequence[bool], notes: Sequence[str]) -> None:
    """Write a table with rules and colour."""
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawn
    from rich.text import Text

    drawn = Drawn(box=box.SIMPLE_HEAD, pad_edge=False)
    for cells, flush in zip(zip(*rows, strict=True), left, strict=True):
        is_whole = _unbroken(cells, flush) == max(map(len, cells))
        drawn.add_column(cells[0], justify="left" if flush else "right", overflow="fold", no_wrap=is_whole)
    for row in rows[1:]:
        drawn.add_row(*(Text(cell, style=_STANCE_COLOURS.get(cell, "")) for cell in row))
    console = Console(highlight=False)
    for part in (Text(title, style="bold"), drawn, *(Text(note, style="dim") for note in notes), ""):
        console.print(part)


def _folded(notes: Sequence[str]) -> Sequence[str]:
    """Return the lines below a table; where one is wider than the terminal its sentences are folded anew."""
    width = get_terminal_size().columns
    if not notes or max(map(len, notes)) < width:
        return notes
    sentences = "\n".join(notes).replace(".\n", ".\0").replace("\n", " ").split("\0")
    return [folded(text, width - 1) for text in sentences]
