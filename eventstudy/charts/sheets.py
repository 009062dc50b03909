"""What a report needs of drawing: the places on a chart that can be pointed at, pages of words, a slide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from io import BytesIO
from textwrap import wrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eventstudy.charts.save import axes_of, figure_of
from eventstudy.charts.style import Style, drawing, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: A page of paper and a slide, in points, and dots an inch of a slide, so that it has 1920 by 1080.
_PAPER, _SLIDE, _DPI = (595.0, 842.0), (960.0, 540.0), 144

#: Identifiers of what only decorates a chart.
_INK = ("leader/", "stem/", "key", "legend", "band", "closure", "set-aside", "event-label", "mean-label")


class Point(NamedTuple):
    """A point drawn: its panel, what it is, where on the axes, and where on the figure from the upper left corner."""

    panel: str
    gid: str
    x: float
    y: float
    left: float
    top: float


class Row(NamedTuple):
    """A line of a table: its words, which of them are figures, and which are set in bold."""

    words: Sequence[str]
    flush: Sequence[bool]
    bold: Sequence[bool]


def points(chart: Figure | Axes | Iterable[Axes]) -> Iterator[Point]:
    """Yield the vertices of all lines and the figures of all cells of a chart, in points of 72 an inch."""
    from matplotlib.lines import Line2D
    from matplotlib.text import Text

    figure = figure_of(chart)
    scale, height = 72.0 / figure.dpi, figure.get_figheight() * 72.0
    for ax in axes_of(chart):
        named = {str(text.get_gid()): text.get_text() for text in ax.texts}
        panel = ax.get_title(loc="left") or named.get("name", "")
        for artist in ax.get_children():
            gid = str(artist.get_gid() or "")
            if not gid or gid.startswith(_INK):
                continue
            if isinstance(artist, Line2D):
                xy = np.column_stack([np.asarray(values, dtype=np.float64) for values in artist.get_data()])
            elif isinstance(artist, Text) and gid.startswith("value/"):
                xy = np.array([artist.get_position()], dtype=np.float64)
            else:
                continue
            at = artist.get_transform().transform(xy) * scale
            for (x, y), (left, up) in zip(xy.tolist(), at.tolist(), strict=True):
                if np.isfinite([left, up]).all():
                    yield Point(panel, gid, x, y, round(left, 1), round(height - up, 1))


def date_of(x: float) -> datetime:
    """Return the instant that a place on a date axis stands for."""
    from matplotlib import dates

    to_date: Callable[[float], datetime] = dates.num2date
    return to_date(x)


def paper(title: str, words: Iterable[str], rows: Sequence[Row], charts: Iterable[Any], style: Style) -> bytes:
    """Write a PDF: a page of words and a table, then a page a chart; no clock."""
    from matplotlib.backends.backend_pdf import PdfPages

    written = BytesIO()
    no_clock = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    with drawing(style), PdfPages(written, metadata=no_clock) as pages:
        figure = new_figure(*_PAPER, style)
        y = _line(figure, title, (0.06, 0.95), style, 14.0, 60, weight="bold")
        for line in words:
            y = _line(figure, line, (0.06, y - 0.006), style, 8.5, 100)
        _table(figure, rows, (0.06, y - 0.02), (0.88, 0.013), style, 8.0)
        pages.savefig(figure)
        for chart in charts:
            pages.savefig(figure_of(chart))
    return written.getvalue()


def slide(
    title: str,
    under: str,
    words: Iterable[str],
    rows: Sequence[Row],
    draw: Callable[[Style], bytes | None],
    style: Style,
) -> bytes:
    """Draw a slide: title, a line under it, sentences and a table on the left, a chart on the right.

    Parameters
    ----------
    title, under : str
        Its head.
    words : iterable of str
        The sentences.
    rows : sequence of Row
        The table.
    draw : callable
        Returns a chart as a PNG, from the look with the sheet that it must fill, or None.
    style : Style
        The look.

    Returns
    -------
    bytes
        A PNG of 1920 by 1080 dots.
    """
    from dataclasses import replace

    from matplotlib.image import imread

    written, room = BytesIO(), (0.48, 0.05, 0.5, 0.8)
    with drawing(style):
        figure = new_figure(*_SLIDE, style)
        y = _line(figure, title, (0.03, 0.955), style, 19.0, 85, weight="bold")
        figure.text(0.03, y, under, fontsize=8.5, color=style.muted, va="top")
        y -= 0.045
        for line in words:
            y = _line(figure, line, (0.03, y), style, 10.5, 70) - 0.012
        _table(figure, rows, (0.03, y - 0.01), (0.42, 0.0245), style, 8.5)
        # A fourth larger than its place, so that the letters of a chart are those of a slide.
        sheet = (1.25 * room[2] * _SLIDE[0], 1.25 * room[3] * _SLIDE[1])
        picture = draw(replace(style, sheet=sheet, logo=""))
        if picture is not None:
            ax = figure.add_axes(room)
            ax.imshow(imread(BytesIO(picture)), interpolation="antialiased")
            ax.axis("off")
        figure.savefig(written, format="png", dpi=_DPI, metadata={"Software": None})
    return written.getvalue()


def _line(
    figure: Figure, words: str, at: tuple[float, float], style: Style, size: float, most: int, weight: str = "normal"
) -> float:
    """Write a text from a place down; return where the next begins."""
    (x, y), height = at, size * 1.35 / (figure.get_figheight() * 72)
    for line in wrap(words, most) or [""]:
        figure.text(x, y, line, fontsize=size, fontweight=weight, color=style.ink, va="top")
        y -= height
    return y


def _table(
    figure: Figure, rows: Sequence[Row], at: tuple[float, float], room: tuple[float, float], style: Style, size: float
) -> None:
    """Write a table from a place down, as many rows as there is room for; what is left out is counted."""
    longest = [max(map(len, column)) for column in zip(*(row.words for row in rows), strict=True)]
    unit, most = room[0] / (sum(longest) + 2 * len(longest)), int((at[1] - 0.04) / room[1])
    for k, row in enumerate(rows[:most]):
        x = at[0]
        for text, width, flush, bold in zip(row.words, longest, row.flush, row.bold, strict=True):
            look: dict[str, Any] = {"ha": "right" if flush else "left", "va": "top", "color": style.ink}
            look |= {"fontsize": size, "fontweight": "bold" if bold else "normal"}
            figure.text(x + (width + 1) * unit if flush else x, at[1] - k * room[1], text, **look)
            x += (width + 2) * unit
    if len(rows) > most:
        more = f"{len(rows) - most} more rows in the report"
        figure.text(at[0], at[1] - most * room[1], more, fontsize=size, color=style.muted, va="top")
