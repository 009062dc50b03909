"""Tables on a terminal or in a pipe. Data go to stdout, everything else to stderr."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.options import Format

#: Fewest characters to which a column of words is folded, and what the drawing of a table adds to a column.
_FOLDED, _BETWEEN = 10, 3

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
    return fill(whole, width, subsequent_indent="  ").replace("\u00a0", " ")


def write(text: str) -> None:
    """Write to stdout."""
    sys.stdout.write(text)


def warn(lines: Sequence[str], *, quiet: bool = False) -> None:
    """Write lines to stderr, unless they are not wanted."""
    if not quiet:
        for line in lines:
            sys.stderr.write(f"! {line}\n")


def show(table: TextTable) -> None:
    """Write a table for a reader: with rules and colour on a terminal wide enough for it, else plain text."""
    if on_terminal(table):
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
    """Return a table as aligned text: title, headings, rows, notes, an empty line."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(table.columns))]
    aligned = ["  ".join(_padded(cell, width, name in table.left) for cell, width, name in
                         zip(line, widths, table.columns, strict=True)).rstrip() for line in lines]  # fmt: skip
    return "\n".join([table.title, "", *aligned, *(["", *table.notes] if table.notes else []), "", ""])


def _padded(cell: str, width: int, flush_left: bool) -> str:
    return cell.ljust(width) if flush_left else cell.rjust(width)


def _show_on_terminal(table: TextTable) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    drawn = Table(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for name in table.columns:
        flush_left = name in table.left
        drawn.add_column(name, justify="left" if flush_left else "right", overflow="fold", no_wrap=not flush_left)
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_STANCE_COLOURS.get(cell, "")) for cell in row))
    console.print(drawn)
    for note in table.notes:
        console.print(Text(note, style="dim"))
    console.print()


def emit(frame: pd.DataFrame, how: Format, table: TextTable) -> None:
    """Write a frame in the format asked for; `table` is its form for a reader."""
    from eventstudy.study.envelope import records, to_csv, to_json

    if how == "json":
        write(to_json(records(frame)))
    elif how == "csv":
        write(to_csv(frame))
    elif how == "parquet":
        write_parquet(frame)
    else:
        show(table)


def write_parquet(frame: pd.DataFrame) -> None:
    """Write a frame to stdout as a Parquet file; a terminal is no place for one."""
    from eventstudy.errors import DesignError
    from eventstudy.study.envelope import to_parquet

    if sys.stdout.isatty():
        raise DesignError("Parquet is not for a terminal; send it into a file: --format parquet > table.parquet")
    sys.stdout.buffer.write(to_parquet(frame))


def cell(value: Any) -> str:
    """Write any value as the text of a cell; what is missing is empty."""
    if value is None or value != value:  # noqa: PLR0124  # NaN is the value that differs from itself
        return ""
    return str(value)
