"""The sheet that a chart is drawn on: one pair of axes or a grid of them, under one heading, over one footnote."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.charts.footnote import draw_footnote, footnote_room
from eventstudy.charts.frame import axes_points, figure_points, heading, heading_room, make_room
from eventstudy.charts.style import Style, new_figure
from eventstudy.errors import DesignError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The edges of a new figure in points.
EDGE = 16.0


@dataclass(frozen=True)
class Words:
    """What stands above and below the axes: a title, how the chart is read, and the lines of the footnote."""

    title: str
    reading: str
    footnote: tuple[str, ...]


@dataclass(frozen=True)
class Room:
    """Room in points around axes, for ticks, units and labels; `outer` is left of a whole row of panels."""

    left: float = 56.0
    right: float = 8.0
    top: float = 16.0
    bottom: float = 44.0
    outer: float = 0.0


def sheet(ax: Axes | None, words: Words, room: Room, size: tuple[float, float], style: Style) -> Axes:
    """Return axes under a heading and over a footnote.

    Parameters
    ----------
    ax : Axes or None
        Axes to be shrunk within their place; None for a new figure.
    words : Words
        What is written.
    room : Room
        What the chart needs around its axes; the left one is left to whoever gives axes.
    size : tuple of float
        Width and height of a new figure in points, where the style has no sheet of its own.
    style : Style
        The look.
    """
    if ax is None:
        width, height = style.size(*size)
        left = EDGE + room.left
        place = (left / width, EDGE / height, 1 - (left + EDGE) / width, 1 - 2 * EDGE / height)
        ax = new_figure(width, height, style).add_axes(place)
    whole = axes_points(ax)[0]
    foot_words, foot = footnote_room(list(words.footnote), whole, style)
    reading, head = heading_room(words.reading, whole, style)
    make_room(ax, 0.0, room.right, head + room.top, room.bottom + foot)
    heading(ax, words.title, reading, head + room.top, style)
    draw_footnote(ax, foot_words, room.bottom, style)
    return ax


def panels(
    ax: Axes | Sequence[Axes] | None,
    n: int,
    columns: int,
    words: Words,
    room: Room,
    size: tuple[float, float],
    style: Style,
) -> tuple[Axes, ...]:
    """Return `n` axes in rows of `columns`, under one heading and over one footnote.

    Parameters
    ----------
    ax : Axes, sequence of Axes or None
        As many axes as there are panels, each to be shrunk within its place; None for a new figure.
    n, columns : int
        How many panels, and how many a row.
    words : Words
        What is written, above the first panel and below the first of the last row.
    room : Room
        What each panel needs around its axes.
    size : tuple of float
        Width and height of a new figure in points, where the style has no sheet of its own.
    style : Style
        The look.

    Raises
    ------
    DesignError
        If there are fewer or more axes than panels.
    """
    if ax is None:
        return _new_panels(n, columns, words, room, style.size(*size), style)
    axes = tuple(ax) if isinstance(ax, Iterable) else (ax,)
    if len(axes) != n:
        raise DesignError(f"{n} panels need {n} axes, not {len(axes)}; give as many, or none for a new figure")
    left, right = axes[0].get_position().x0, axes[-1].get_position().x1
    whole = float(right - left) * figure_points(axes[0])[0]
    foot_words, foot = footnote_room(list(words.footnote), whole, style)
    reading, head = heading_room(words.reading, whole, style)
    for panel in axes:
        make_room(panel, 0.0, room.right, head + room.top, room.bottom + foot)
    heading(axes[0], words.title, reading, head + room.top, style)
    draw_footnote(axes[0], foot_words, room.bottom, style)
    return axes


def _new_panels(
    n: int, columns: int, words: Words, room: Room, size: tuple[float, float], style: Style
) -> tuple[Axes, ...]:
    width, height = size
    whole = width - 2 * EDGE - room.outer - room.left
    foot_words, foot = footnote_room(list(words.footnote), whole, style)
    reading, head = heading_room(words.reading, whole, style)
    rows = -(-n // columns)
    cell_width, cell_height = (width - 2 * EDGE - room.outer) / columns, (height - 2 * EDGE - head - foot) / rows
    figure = new_figure(width, height, style)
    axes = []
    for k in range(n):
        row, column = divmod(k, columns)
        left = EDGE + room.outer + column * cell_width + room.left
        bottom = height - EDGE - head - (row + 1) * cell_height + room.bottom
        inside = (cell_width - room.left - room.right, cell_height - room.top - room.bottom)
        place = (left / width, bottom / height, max(inside[0] / width, 0.02), max(inside[1] / height, 0.02))
        axes.append(figure.add_axes(place))
    heading(axes[0], words.title, reading, head + room.top, style)
    draw_footnote(axes[(rows - 1) * columns], foot_words, room.bottom, style)
    return tuple(axes)
