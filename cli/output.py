"""Tables on a terminal, in a pipe or in LaTeX. Data go to stdout, everything else to stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size
from typing import Any, NamedTuple

from eventstudy.errors import DesignError
from eventstudy.wording import counted

#: Fewest characters to which a column of words is folded, and what the drawing of a table adds to a column.
_FOLDED, _BETWEEN = 10, 3

#: Control characters but the tab and the line break, marks of direction, halves of characters.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_STANCE_COLOURS = {"raise": "red", "hold": "yellow", "fold": "green"}

_BARS = "▁▂▃▄▅▆▇█"

#: What LaTeX reads as something else than the sign.
_LATEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "–": "--"}
_LATEX |= {"<": "$<$", ">": "$>$", "»": "$\\gg$", "≤": r"$\le$", "×": r"$\times$", "²": "$^2$"}
_LATEX |= {sign: f"\\{sign}" for sign in "&%$#_{}"}


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


def folded(sentence: str, width: int = 79) -> str:
    """Fold a sentence to lines of a narrow terminal; a number keeps its per cent sign."""
    from textwrap import fill

    whole = sentence.replace(" %", "\u00a0%").replace("p < ", "p\u00a0<\u00a0")
    return fill(whole, width, subsequent_indent="  ", break_on_hyphens=False).replace("\u00a0", " ")


def folded_lines(text: str) -> str:
    """Fold each line of a text to the terminal; what is folded goes on further in."""
    from textwrap import fill

    width = min(get_terminal_size().columns, 120) - 1
    lines = (fill(line, width, subsequent_indent="    ", break_on_hyphens=False) for line in shown(text).split("\n"))
    return "\n".join(lines)


def say(sentences: Iterable[str]) -> None:
    """Write sentences to stdout, folded to the terminal, and an empty line."""
    width = min(get_terminal_size().columns, 120) - 1
    write("\n".join(folded(shown(sentence), width) for sentence in sentences) + "\n\n")


def warn(lines: Iterable[str], *, quiet: bool = False, most: int | None = None, rest: str = "--detail") -> None:
    """Write lines to stderr, unless they are not wanted; of more than `most` the first, and where the `rest` are."""
    told = [] if quiet else list(map(shown, lines))
    for line in told[:most]:
        text = f"! {line if most is None else shortened(line, rest)}"
        sys.stderr.write(f"{folded(text, get_terminal_size().columns - 1) if sys.stderr.isatty() else text}\n")
    if most is not None and (n := len(told) - most) > 0:
        sys.stderr.write(f"! and {counted(n, 'more warning')}; {rest}\n")


def shortened(line: str, rest: str = "--detail", most: int = 3) -> str:
    """Cut every long list in a line.

    Examples
    --------
    >>> shortened("late: 2014-03-01, 2014-03-02, 2014-03-03, 2014-03-04, 2014-03-05; look")
    'late: 2014-03-01, 2014-03-02, 2014-03-03 and 2 more (--detail); look'
    """

    def cut(found: re.Match[str]) -> str:
        parts = found[0].split(", ")
        n = len(parts) - most
        return found[0] if n <= 1 else f"{', '.join(parts[:most])} and {n} more ({rest})"

    return re.sub(r"(?:(?<=: )[^,;:()]+|[^\s,;:()]+)(?:, [^,;:()]+){3,}", cut, line)


def put(
    how: str,
    frame: Any,
    tables: Iterable[TextTable],
    values: Callable[[], Any] | None = None,
    sentences: Iterable[str] = (),
) -> None:
    """Write a result to stdout in the format chosen by `--format`.

    Parameters
    ----------
    how : {'table', 'latex', 'csv', 'parquet', 'json'}
        The format.
    frame : DataFrame or sequence of dict
        The rows of CSV and Parquet; unused for other formats.
    tables : iterable of TextTable
        The text or LaTeX tables; unused for other formats.
    values : callable, optional
        Returns what JSON holds; by default the rows of the frame.
    sentences : iterable of str
        The finding, written before the tables.

    Raises
    ------
    DesignError
        If Parquet would go to a terminal.
    """
    if how in {"table", "latex"}:
        if how == "table" and (told := list(sentences)):
            say(told)
        show(*tables, how=how)
        return
    import pandas as pd

    from eventstudy.study.envelope import records, to_csv, to_json, to_parquet

    frame = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame, dtype=object)
    if how == "json":
        write(to_json(values() if values else records(frame)))
    elif how == "csv":
        write(to_csv(frame))
    elif sys.stdout.isatty():
        raise DesignError("Parquet is not for a terminal; send it into a file: --format parquet > table.parquet")
    else:
        sys.stdout.buffer.write(to_parquet(frame))


def show(*tables: TextTable, how: str = "table") -> None:
    """Write tables for a reader: with rules and colour on a terminal wide enough, else plain text; or in LaTeX."""
    for one in tables:
        columns, notes = (tuple(map(shown, lines)) for lines in (one.columns, one.notes))
        table = TextTable(shown(one.title), columns, tuple(tuple(map(shown, r)) for r in one.rows), one.left, notes)
        if how == "latex":
            write(_latex(table))
        elif on_terminal(table):
            _draw(table)
        else:
            write(_plain(table))


def on_terminal(table: TextTable) -> bool:
    """Whether stdout is a terminal wide enough: words can be folded on a narrow one, figures can't."""
    least = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    for k, name in enumerate(table.columns):
        least[k] = min(least[k], _FOLDED) if name in table.left else least[k]
    return sys.stdout.isatty() and sum(least) + _BETWEEN * len(least) <= get_terminal_size().columns


def _draw(table: TextTable) -> None:
    """Write a table with rules and colour."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in table.columns:
        flush_left = name in table.left
        drawn.add_column(name, justify="left" if flush_left else "right", overflow="fold", no_wrap=not flush_left)
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_STANCE_COLOURS.get(cell, "")) for cell in row))
    console = Console(highlight=False)
    for part in (Text(table.title, style="bold"), drawn, *(Text(note, style="dim") for note in table.notes), ""):
        console.print(part)


def _plain(table: TextTable) -> str:
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


def _latex(table: TextTable) -> str:
    """Return a table as LaTeX for booktabs; notes stand below it, but for drawings and remarks on options."""
    signs = str.maketrans(_LATEX)
    head, *body = (rf"{' & '.join(one.translate(signs) for one in cells)} \\" for cells in (table.columns, *table.rows))
    notes = [note for note in table.notes if not (set(note) & set(_BARS) or note.startswith("--detail"))]
    align = "".join("l" if name in table.left else "r" for name in table.columns)
    lines = [r"\begin{table}", rf"\caption{{{table.title.translate(signs)}}}", rf"\begin{{tabular}}{{{align}}}"]
    lines += [r"\toprule", head, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    lines += [r"\par\smallskip\footnotesize", *(note.translate(signs) for note in notes)] if notes else []
    return "\n".join([*lines, r"\end{table}", ""])


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
    with Progress(*columns, counts, console=Console(stderr=True), transient=True) as drawn:
        task = drawn.add_task(what, total=total)

        def move(*told: Any) -> None:
            if len(told) > 1:
                drawn.update(task, completed=told[0], total=told[1])
            elif isinstance(told[0], str):
                drawn.update(task, advance=1, description=f"{what}: {told[0]}")
            else:
                drawn.advance(task, told[0])

        yield move


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
