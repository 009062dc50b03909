"""How a chart stands on its figure: room around axes, plain ticks and grid, the heading above, the footnote below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.style import Style, new_figure
from eventstudy.charts.text import plain, ruler, wrap
from eventstudy.errors import DesignError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

#: The edges of a new figure in points.
EDGE = 16.0

#: Distance of two lines of the footnote, in font sizes.
_LEADING = 1.4


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
    """Return one pair of axes under a heading and over a footnote; see `panels`."""
    return panels(ax, 1, 1, words, room, size, style)[0]


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
        As many axes as there are panels, each to be shrunk within its place; the room on their left is left to whoever
        gives them. None for a new figure.
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
    given = () if ax is None else tuple(ax) if isinstance(ax, Iterable) else (ax,)
    if given and len(given) != n:
        raise DesignError(f"{n} panels need {n} axes, not {len(given)}; give as many, or none for a new figure")
    width, height = style.size(*size)
    whole = width - 2 * EDGE - room.outer - room.left
    if given:
        whole = float(given[-1].get_position().x1 - given[0].get_position().x0) * figure_points(given[0])[0]
    foot_words, foot = footnote_room(words.footnote, whole, style)
    reading, head = heading_room(words.reading, whole, style)
    for panel in given:
        make_room(panel, 0.0, room.right, head + room.top, room.bottom + foot)
    rows = 1 if given else -(-n // columns)
    axes = given or _new_panels(n, columns, room, (width, height), (head, foot), style)
    heading(axes[0], words.title, reading, head + room.top, style)
    draw_footnote(axes[(rows - 1) * columns], foot_words, room.bottom, style)
    return axes


def _new_panels(
    n: int, columns: int, room: Room, size: tuple[float, float], ends: tuple[float, float], style: Style
) -> tuple[Axes, ...]:
    (width, height), (head, foot) = size, ends
    cell_width = (width - 2 * EDGE - room.outer) / columns
    cell_height = (height - 2 * EDGE - head - foot) / -(-n // columns)
    figure = new_figure(width, height, style)
    axes = []
    for k in range(n):
        row, column = divmod(k, columns)
        left = EDGE + room.outer + column * cell_width + room.left
        bottom = height - EDGE - head - (row + 1) * cell_height + room.bottom
        inside = (cell_width - room.left - room.right, cell_height - room.top - room.bottom)
        place = (left / width, bottom / height, max(inside[0] / width, 0.02), max(inside[1] / height, 0.02))
        axes.append(figure.add_axes(place))
    return tuple(axes)


def number_ticks(ax: Axes, style: Style) -> None:
    """Write the y-axis in plain numbers: as many decimals as its steps need, a true minus, no offsets."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    ticks = ax.get_yticks()
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, decimals)))
    plain_axes(ax, style)


def plain_axes(ax: Axes, style: Style) -> None:
    """Take the box away, leave a light horizontal grid, and fix the ticks' look for whenever they are drawn."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set(color=style.muted, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.grid(axis="y", color=style.faint, linewidth=0.6)
    ax.grid(visible=False, axis="x")
    look: dict[str, Any] = {"color": style.muted, "labelcolor": style.ink, "labelsize": style.text}
    ax.tick_params(axis="x", length=3.0, labelfontfamily=style.font, **look)
    ax.tick_params(axis="y", length=0.0, labelfontfamily=style.font, **look)


def zero_lines(ax: Axes, style: Style) -> None:
    """Draw the line of no return and, dotted, the event session (or the value 0) on the x-axis."""
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axvline(0.0, color=style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)


def make_room(ax: Axes, left: float, right: float, top: float, bottom: float) -> None:
    """Shrink axes within their place by so many points on each side."""
    width, height = figure_points(ax)
    place = ax.get_position()
    ax.set_position(
        (
            place.x0 + left / width,
            place.y0 + bottom / height,
            max(place.width - (left + right) / width, 0.05),
            max(place.height - (top + bottom) / height, 0.05),
        )
    )


def figure_points(ax: Axes) -> tuple[float, float]:
    """Width and height in points of the figure (or subfigure) that holds the axes."""
    box = ax.figure.bbox
    inch = float(ax.figure.dpi)
    return float(box.width) * 72 / inch, float(box.height) * 72 / inch


def axes_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points."""
    width, height = figure_points(ax)
    place = ax.get_position()
    return float(place.width) * width, float(place.height) * height


def heading_room(reading: str, width: float, style: Style) -> tuple[str, float]:
    """Break the line that says how a chart is read to a width; return it and the whole heading's height in points."""
    size = style.text - 0.5
    lines = wrap(reading, width, ruler(size, style))
    return "\n".join(lines), 1.7 * style.title + len(lines) * 1.35 * size


def heading(ax: Axes, title: str, reading: str, above: float, style: Style) -> None:
    """Write a title some points above the axes and, below it, how the chart is read."""
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.title, "fontweight": "bold"}
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.text - 0.5, "linespacing": 1.15}
    note(ax, title, (0, 1), (0, above), "title", va="top", **bold)
    note(ax, reading, (0, 1), (0, above - 1.7 * style.title), "reading", va="top", **quiet)


def footnote_room(lines: Sequence[str], width: float, style: Style) -> tuple[str, float]:
    """Break the lines to a width in points; return the text and its height in points."""
    measure = ruler(style.small, style)
    broken = [part for line in lines for part in wrap(line, width, measure)]
    return "\n".join(broken), len(broken) * style.small * _LEADING


def draw_footnote(ax: Axes, words: str, below: float, style: Style) -> None:
    """Write what `footnote_room` returned some points under the axes, flush with their left edge."""
    look: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "linespacing": _LEADING / 1.2}
    note(ax, words, (0, 0), (0, -below), "footnote", va="top", **look)


def note(
    ax: Axes, words: str, anchor: tuple[float, float], offset: tuple[float, float], gid: str, **look: Any
) -> Annotation:
    """Write words some points away from an anchor in fractions of the axes, inside or outside of them."""
    points: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    return ax.annotate(words, anchor, offset, gid=gid, **points, **look)


def draw_legend(ax: Axes, entries: Sequence[tuple[str, dict[str, Any]]], above: float, style: Style) -> None:
    """Write marks and their names in a row some points above the axes; each entry is a name and the mark's look."""
    measure, left, (width, height) = ruler(style.small, style), 4.0, axes_points(ax)
    for name, look in entries:
        ax.plot([left / width], [1 + above / height], transform=ax.transAxes, linestyle="none", clip_on=False,
                gid=f"legend/{name}", **({"markersize": 6.0, "markeredgewidth": 0.8} | look))  # fmt: skip
        dress: dict[str, Any] = {"color": look["color"], "fontsize": style.small, "va": "center"}
        note(ax, name, (0, 1), (left + 7, above), f"legend-label/{name}", **dress)
        left += 7 + measure(name) + 16
