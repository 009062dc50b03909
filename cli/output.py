"""Tables on a terminal or in a pipe. Data go to stdout, everything else to stderr."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from eventstudy.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

#: Fewest characters to which a column of words is folded, and what the drawing of a table adds to a column.
_FOLDED, _BETWEEN = 10, 3

#: Control characters but the tab and the line break, marks of direction, halves of characters.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_STANCE_COLOURS = {"raise": "red", "hold": "yellow", "fold": "green"}


@dataclass(frozen=True)
class TextTable:
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
    notes: tuple[str, ...] = field(default=())


def folded(sentence: str, width: int = 79) -> str:
    """Fold a sentence to lines of a narrow terminal; a number keeps its per cent sign."""
    from textwrap import fill

    whole = sentence.replace(" %", "\u00a0%").replace("p < ", "p\u00a0<\u00a0")
    return fill(whole, width, subsequent_indent="  ", break_on_hyphens=False).replace("\u00a0", " ")


def shown(text: str) -> str:
    r"""Return a text without what steers a terminal or turns the direction of writing, whoever wrote it.

    Examples
    --------
    >>> shown("They \x1b[31mrejected it") == "They \N{REPLACEMENT CHARACTER}[31mrejected it"
    True
    """
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def reader_left() -> None:
    """Write the rest of the output to nowhere, for Python would complain at exit that nobody takes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text)


def say(sentences: Iterable[str], width: int | None = None) -> None:
    """Write sentences to stdout, folded to the terminal, and an empty line."""
    wide = width or min(get_terminal_size().columns, 120) - 1
    write("\n".join(folded(shown(sentence), wide) for sentence in sentences) + "\n\n")


def warn(lines: Iterable[str], *, quiet: bool = False, most: int | None = None, rest: str = "--detail") -> None:
    """Write lines to stderr, unless they are not wanted; of more than `most` the first, and where the `rest` are."""
    told = list(map(shown, lines))
    for line in () if quiet else told[:most]:
        text = f"! {line if most is None else shortened(line, rest)}"
        sys.stderr.write(f"{folded(text, get_terminal_size().columns - 1) if sys.stderr.isatty() else text}\n")
    if most is not None and len(told) > most and not quiet:
        n = len(told) - most
        sys.stderr.write(f"! and {n} more warning{'s' if n > 1 else ''}; {rest}\n")


def shortened(line: str, rest: str = "--detail", most: int = 3) -> str:
    """Cut every long list in a line.

    Examples
    --------
    >>> shortened("late: 2014-03-01, 2014-03-02, 2014-03-03, 2014-03-04, 2014-03-05; look")
    'late: 2014-03-01, 2014-03-02, 2014-03-03 and 2 more (--detail); look'
    """

    def cut(found: re.Match[str]) -> str:
        parts = found[0].split(", ")
        return (
            found[0] if len(parts) <= most + 1 else f"{', '.join(parts[:most])} and {len(parts) - most} more ({rest})"
        )

    return re.sub(r"(?:(?<=: )[^,;:()]+|[^\s,;:()]+)(?:, [^,;:()]+){3,}", cut, line)


def show(*tables: TextTable, how: str = "table") -> None:
    """Write tables for a reader: with rules and colour on a terminal wide enough, else plain text; or in LaTeX."""
    for one in tables:
        columns, notes = (tuple(map(shown, lines)) for lines in (one.columns, one.notes))
        table = TextTable(shown(one.title), columns, tuple(tuple(map(shown, r)) for r in one.rows), one.left, notes)
        if how == "latex":
            write(latex(table))
        elif on_terminal(table):
            _show_on_terminal(table)
        else:
            write(plain_text(table))


def on_terminal(table: TextTable) -> bool:
    """Whether stdout is a terminal wide enough for a table."""
    return sys.stdout.isatty() and _fits(table)


def _fits(table: TextTable) -> bool:
    """Whether no figure would have to be cut: words can be folded on a narrow terminal, figures can't."""
    widths = {k: max(len(line[k]) for line in (table.columns, *table.rows)) for k in range(len(table.columns))}
    least = [min(width, _FOLDED) if table.columns[k] in table.left else width for k, width in widths.items()]
    return sum(least) + _BETWEEN * len(least) <= get_terminal_size().columns


def plain_text(table: TextTable) -> str:
    """Return a table as aligned text no wider than the terminal: title, headings, rows, notes, an empty line."""
    width = get_terminal_size().columns
    aligned = [line for lines in _aligned(table, width) for line in lines] if table.rows else ["none"]
    notes = list(table.notes)
    if notes and max(map(len, notes)) >= width:  # a sentence goes on from note to note
        notes = "\n".join(notes).replace(".\n", ".\0").replace("\n", " ").split("\0")
        notes = [folded(text, width - 1) for text in notes]
    return "\n".join([table.title, "", *aligned, *(["", *notes] if notes else []), "", ""])


def _aligned(table: TextTable, width: int) -> list[list[str]]:
    """Return the lines of the heading and of each row; what is too wide is folded, or its columns stand in blocks."""
    from itertools import zip_longest
    from textwrap import wrap

    names, rows = table.columns, [table.columns, *table.rows]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    over = sum(widths) + len(widths) - 1 - width
    left = [name in table.left for name in names]
    if over > 0 and any(left):

        def without(at: int, room: int) -> list[list[str]]:
            return _aligned(replace(table, columns=(*names[:at], *names[at + 1 :]),
                                    rows=tuple((*row[:at], *row[at + 1 :]) for row in table.rows)), room)  # fmt: skip

        at = max((k for k, flush in enumerate(left) if flush), key=widths.__getitem__)
        if widths[at] - over > 1.5 * _FOLDED and (at or len(names) < 3):  # noqa: PLR2004  # folded within its column
            widths[at], over = widths[at] - over, 0
        elif at and len(lines := without(at, width)) == len(rows):  # below its row
            folds = (wrap(text, max(width - 4, 1)) for text in columns[at])
            return [[*head, *(f"    {part}" for part in text)] for head, text in zip(lines, folds, strict=True)]
        elif (at == 0 or "" in columns[0]) and len(lines := without(0, width - 2)) == len(rows):  # above its rows
            return [[*([text] if text else []), *(f"  {line}" for line in of)]
                    for text, of in zip(columns[0], lines, strict=True)]  # fmt: skip
    n_keys, used, n = (left.index(False) if False in left else 0), 0, 0
    while n < len(names) and (n <= n_keys or used + widths[n] <= width):
        used, n = used + widths[n] + 1, n + 1
    if n == len(names) or over <= 0:
        gap = "  " if sum(widths) + 2 * (len(widths) - 1) <= width else " "
        cells = [[wrap(text, max(size, 1)) or [""] for text, size in zip(row, widths, strict=True)] for row in rows]
        return [[gap.join(_padded(*of) for of in zip(line, widths, left, strict=True)).rstrip()
                 for line in zip_longest(*row, fillvalue="")] for row in cells]  # fmt: skip
    blocks = [range(n), [*range(n_keys), *range(n, len(names))]]
    parts = [[tuple(row[k] for k in of) for row in rows] for of in blocks]
    first, second = (_aligned(replace(table, columns=part[0], rows=tuple(part[1:])), width) for part in parts)
    return [*first, [""], *second]


def _padded(cell: str, width: int, flush_left: bool) -> str:
    return cell.ljust(width) if flush_left else cell.rjust(width)


def _show_on_terminal(table: TextTable) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    console.print(Text(table.title, style="bold"))
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in table.columns:
        flush_left = name in table.left
        drawn.add_column(name, justify="left" if flush_left else "right", overflow="fold", no_wrap=not flush_left)
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_STANCE_COLOURS.get(cell, "")) for cell in row))
    console.print(drawn)
    for note in table.notes:
        console.print(Text(note, style="dim"))
    console.print()


def emit(frame: pd.DataFrame, how: str, table: TextTable | None = None) -> None:
    """Write a frame in the format asked for; `table` is its form for a reader, and in LaTeX."""
    from eventstudy.study.envelope import records, to_csv, to_json, to_parquet

    if how == "json":
        write(to_json(records(frame)))
    elif how == "csv":
        write(to_csv(frame))
    elif how == "parquet":
        if sys.stdout.isatty():
            raise DesignError("Parquet is not for a terminal; send it into a file: --format parquet > table.parquet")
        sys.stdout.buffer.write(to_parquet(frame))
    elif table is not None:
        show(table, how=how)


#: What LaTeX reads as something else than the sign.
_LATEX = {"\\": r"\textbackslash{}", **{sign: f"\\{sign}" for sign in "&%$#_{}"}, "~": r"\textasciitilde{}"}
_LATEX |= {
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "<": "$<$",
    ">": "$>$",
    "»": "$\\gg$",
    "≤": r"$\le$",
    "×": r"$\times$",
}
_LATEX |= {"²": "$^2$", "–": "--", "~": r"\textasciitilde{}"}


def latex(table: TextTable) -> str:
    """Return a table as LaTeX for booktabs; notes stand below it, but for drawings and remarks on options."""

    def row(cells: Sequence[str]) -> str:
        return " & ".join(_escaped(one) for one in cells) + r" \\"

    notes = [note for note in table.notes if not (set(note) & set(_BARS) or note.startswith("--detail"))]
    align = "".join("l" if name in table.left else "r" for name in table.columns)
    return "\n".join(
        [
            r"\begin{table}",
            rf"\caption{{{_escaped(table.title)}}}",
            rf"\begin{{tabular}}{{{align}}}",
            *(r"\toprule", row(table.columns), r"\midrule", *map(row, table.rows), r"\bottomrule", r"\end{tabular}"),
            *([r"\par\smallskip\footnotesize", *map(_escaped, notes)] if notes else []),
            r"\end{table}",
            "",
        ]
    )


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(sign, sign) for sign in text)


@contextmanager
def bar(what: str, total: int | None = None, *, quiet: bool) -> Iterator[Callable[..., None]]:
    """Show a progress bar on stderr while the block runs, where stderr is a terminal; yield what moves it.

    It takes the name of what was done, or how many more were, or how many of how many; nothing for a pulse.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    counts = TextColumn("{task.completed:g}/{task.total:g}") if total else TextColumn("")
    with Progress(*columns, counts, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(what, total=total)

        def move(*told: Any) -> None:
            if len(told) > 1:
                shown.update(task, completed=told[0], total=told[1])
            elif isinstance(told[0], str):
                shown.update(task, advance=1, description=f"{what}: {told[0]}")
            else:
                shown.advance(task, told[0])

        yield move


def cell(value: Any) -> str:
    """Write any value as the text of a cell; what is missing is empty."""
    if value is None or value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return ""
    return str(value)


_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return numbers as a line of bars between two ends; a blank where there is none.

    Examples
    --------
    >>> sparkline([0.0, 1.0, float("nan"), 2.0], 0.0, 2.0)
    '▁▅ █'
    """
    step = (high - low) / (len(_BARS) - 1) or 1.0
    return "".join(" " if v != v else _BARS[int((v - low) / step + 0.5)] for v in values)  # noqa: PLR0124  # NaN


def unrepeated(rows: Iterable[Sequence[str]], n: int = 1) -> tuple[tuple[str, ...], ...]:
    """Leave the first `n` cells of a row blank where they are those of the row above."""
    whole = [tuple(row) for row in rows]
    above = [None, *(row[:n] for row in whole)]
    return tuple((*("" if row[:n] == head else cell for cell in row[:n]), *row[n:])
                 for row, head in zip(whole, above, strict=False))  # fmt: skip
