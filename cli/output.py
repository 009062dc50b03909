"""Tables and sentences on a terminal, in a pipe or in LaTeX. Data go to stdout, everything else to stderr.

What a column of a table is says how its cells are written, with few digits and their unit. Which columns a table has,
and what stands above and below them, is data: ``views.toml``.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from shutil import get_terminal_size
from textwrap import fill, wrap
from typing import TYPE_CHECKING, Any, NamedTuple

from eventstudy.wording import WORDS, Row, cell, columns_of

if TYPE_CHECKING:
    import pandas as pd

#: Fewest characters to which a column of words is folded, and what the drawing of a table adds to a column.
_FOLDED, _BETWEEN = 10, 3

#: Control characters but the tab and the line break, marks of direction, halves of characters.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_STANCE_COLOURS = {"raise": "red", "hold": "yellow", "fold": "green"}

_BARS = "▁▂▃▄▅▆▇█"

#: What LaTeX reads as something else than the sign.
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "–": "--"}
_LATEX |= {"<": "$<$", ">": "$>$", "»": "$\\gg$", "≤": r"$\le$", "×": r"$\times$", "²": "$^2$"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"} | {"*": "{*}", "[": "{[}"}  # which a line break would take in


class TextTable(NamedTuple):
    """A table ready to be read: every cell is text.

    Parameters
    ----------
    title : str
        What it shows.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Cells.
    left : tuple of str
        Columns set flush left; the others, being figures, flush right.
    notes : tuple of str
        Lines below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@cache
def declared(what: str) -> dict[str, dict[str, Any]]:
    """Return what is said of each of the ``commands`` or ``views`` in the TOML file of that name."""
    return tomllib.loads((files("eventstudy.cli") / f"{what}.toml").read_text(encoding="utf-8"))


# --- text --------------------------------------------------------------------------------------------------------


def write(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text)


def shown(text: str) -> str:
    r"""Return a text without what steers a terminal or turns the direction of writing, whoever wrote it.

    Examples
    --------
    >>> shown("They \x1b[31mrejected it") == "They \N{REPLACEMENT CHARACTER}[31mrejected it"
    True
    """
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def folded(sentence: str, width: int = 79, indent: str = "  ") -> str:
    """Fold a sentence to a width; what is folded goes on further in, and a number keeps its per cent sign."""
    whole = sentence.replace(" %", "\u00a0%").replace("p < ", "p\u00a0<\u00a0")
    return fill(whole, max(width, 20), subsequent_indent=indent, break_on_hyphens=False).replace("\u00a0", " ")


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
        A table of ``views.toml``, with the columns of `eventstudy.wording.columns_of`. ``^`` before all: the first is
        written only where it differs from the row above. What a row does not have at all is empty.
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
    view = declared("views")[name]
    columns = view.get("columns", "")
    spec = columns_of(" ".join(word for word in columns.split() if word != without), more)
    records = rows.to_dict("records") if hasattr(rows, "to_dict") else rows
    made = [tuple(" ".join(cell(row, one, kind) for one in of) for _, of, kind in spec) for row in records]
    if columns.startswith("^"):
        above = ["", *(cells[0] for cells in made)]
        made = [("", *cells[1:]) if cells[0] == before else cells for cells, before in zip(made, above, strict=False)]
    left = tuple(head for head, _, kind in spec if kind in WORDS)
    lines = (*filter(None, view.get("notes", "").format(**words).splitlines()), *notes)
    return TextTable(view["title"].format(**words), tuple(head for head, *_ in spec), tuple(made), left, lines)


#: Rows, and columns, shown of either end of a table.
ENDS, _COLUMNS = 3, 10


def ends_table(frame: pd.DataFrame, title: str) -> TextTable:
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
    return table_of(
        rows, "plain", [(name, name, "n" if frame[name].dtype == float else "text") for name in frame], title=title
    )


def show(*tables: TextTable, how: str = "table") -> None:
    """Write tables for a reader: with rules and colour on a terminal wide enough, else plain text; or in LaTeX."""
    for one in tables:
        columns, notes = (tuple(map(shown, lines)) for lines in (one.columns, one.notes))
        table = TextTable(shown(one.title), columns, tuple(tuple(map(shown, r)) for r in one.rows), one.left, notes)
        if how == "latex":  # for booktabs; notes stand below it, but for drawings and remarks on options
            signs, lines = str.maketrans(_LATEX), (table.columns, *table.rows)
            head, *body = (rf"{' & '.join(cell.translate(signs) for cell in line)} \\" for line in lines)
            kept = [note for note in table.notes if not (set(note) & set(_BARS) or note.startswith("--detail"))]
            small = [r"\par\smallskip\footnotesize", *(note.translate(signs) for note in kept)] if kept else []
            align = "".join("l" if name in table.left else "r" for name in table.columns)
            made = [r"\begin{table}", rf"\caption{{{table.title.translate(signs)}}}", rf"\begin{{tabular}}{{{align}}}"]
            made += [r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}", *small, r"\end{table}"]
            write("\n".join([*made, ""]))
        elif table.rows and on_terminal(table):
            _draw(table)
        else:  # aligned text: title, headings, rows, notes, an empty line
            aligned = _aligned(table, get_terminal_size().columns) if table.rows else [["none"]]
            below = ["", *found] if (found := _notes(table)) else []
            write("\n".join([table.title, "", *(line for lines in aligned for line in lines), *below, "", ""]))


def on_terminal(table: TextTable) -> bool:
    """Whether stdout is a terminal wide enough: words can be folded at blanks, figures and ids can't."""
    least = [_unbroken(table, k) for k in range(len(table.columns))]
    return sys.stdout.isatty() and sum(least) + _BETWEEN * len(least) <= get_terminal_size().columns


def _unbroken(table: TextTable, k: int) -> int:
    """Return the width below which a column would break a figure or a word."""
    cells = [row[k] for row in (table.columns, *table.rows)]
    parts = [part for text in cells for part in text.split()] if table.columns[k] in table.left else cells
    return min(max(map(len, cells)), max([_FOLDED, *map(len, parts)]))


def _draw(table: TextTable) -> None:
    """Write a table with rules and colour."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for k, name in enumerate(table.columns):
        is_whole = _unbroken(table, k) == max(len(row[k]) for row in (table.columns, *table.rows))
        drawn.add_column(name, justify="left" if name in table.left else "right", overflow="fold", no_wrap=is_whole)
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_STANCE_COLOURS.get(cell, "")) for cell in row))
    console = Console(highlight=False)
    for part in (Text(table.title, style="bold"), drawn, *(Text(note, style="dim") for note in _notes(table)), ""):
        console.print(part)


def _notes(table: TextTable) -> Sequence[str]:
    """Return the lines below a table; where one is wider than the terminal its sentences are folded anew."""
    width, notes = get_terminal_size().columns, table.notes
    if not notes or max(map(len, notes)) < width:
        return notes
    sentences = "\n".join(notes).replace(".\n", ".\0").replace("\n", " ").split("\0")
    return [folded(text, width - 1) for text in sentences]


def _aligned(table: TextTable, width: int) -> list[list[str]]:
    """Return the lines of the heading and of each row; what is too wide is folded, or its columns stand in blocks."""
    names, rows = table.columns, [table.columns, *table.rows]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    over = sum(widths) + len(widths) - 1 - width
    left = [name in table.left for name in names]

    def lines_of(some: Sequence[int], room: int) -> list[list[str]]:
        head, *body = (tuple(row[k] for k in some) for row in rows)
        return _aligned(table._replace(columns=head, rows=tuple(body)), room)

    if over > 0 and any(left):
        at = max((k for k, flush in enumerate(left) if flush), key=widths.__getitem__)
        others = [k for k in range(len(names)) if k != at]
        if widths[at] - over > 1.5 * _FOLDED and (at or len(names) < 3):  # noqa: PLR2004  # folded within its column
            widths[at], over = widths[at] - over, 0
        elif at and len(lines := lines_of(others, width)) == len(rows):  # below its row
            folds = (wrap(text, max(width - 4, 1)) for text in columns[at])
            return [[*head, *(f"    {part}" for part in text)] for head, text in zip(lines, folds, strict=True)]
        elif (at == 0 or "" in columns[0]) and len(lines := lines_of(range(1, len(names)), width - 2)) == len(rows):
            above = zip(columns[0], lines, strict=True)
            return [[*([text] if text else []), *(f"  {line}" for line in of)] for text, of in above]
    n_keys, used, n = (left.index(False) if False in left else 0), 0, 0
    while n < len(names) and (n <= n_keys or used + widths[n] <= width):
        used, n = used + widths[n] + 1, n + 1
    if n < len(names) and over > 0:  # in two blocks
        return [*lines_of(range(n), width), [""], *lines_of([*range(n_keys), *range(n, len(names))], width)]
    gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
    made = []
    for row in rows:
        cells = [wrap(text, max(size, 1)) or [""] for text, size in zip(row, widths, strict=True)]
        lines = [[f"{text:{'<' if flush else '>'}{size}}" for text, size, flush in zip(line, widths, left, strict=True)]
                 for line in zip_longest(*cells, fillvalue="")]  # fmt: skip
        made.append([gap.join(line).rstrip() for line in lines])
    return made
