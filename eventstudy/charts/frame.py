"""The frame of a chart: room around axes, plain ticks and grid, and the two lines above."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.lettering import plain, ruler, wrap
from eventstudy.charts.style import Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation


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
    for axis, length in (("x", 3.0), ("y", 0.0)):
        ax.tick_params(
            axis=axis,  # type: ignore[arg-type]
            length=length,
            color=style.muted,
            labelcolor=style.ink,
            labelsize=style.text,
            labelfontfamily=style.font,
        )


def make_room(ax: Axes, left: float, right: float, top: float, bottom: float) -> None:
    """Shrink axes within their place.

    Parameters
    ----------
    ax : Axes
        The axes.
    left, right, top, bottom : float
        Points to leave on each side.
    """
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
    """Write a title and, below it, how the chart is read.

    Parameters
    ----------
    ax : Axes
        The axes.
    title, reading : str
        The words.
    above : float
        Where the title's upper edge is, in points above the axes.
    style : Style
        The look.
    """
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.title, "fontweight": "bold"}
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.text - 0.5, "linespacing": 1.15}
    note(ax, title, (0, 1), (0, above), "title", va="top", **bold)
    note(ax, reading, (0, 1), (0, above - 1.7 * style.title), "reading", va="top", **quiet)


def note(
    ax: Axes, words: str, anchor: tuple[float, float], offset: tuple[float, float], gid: str, **look: Any
) -> Annotation:
    """Write words some points away from a place in the axes, inside or outside of them.

    Parameters
    ----------
    ax : Axes
        The axes.
    words : str
        The words.
    anchor : tuple of float
        The place, in fractions of the axes.
    offset : tuple of float
        How far from it, in points.
    gid : str
        Identifier of the words.
    **look
        What matplotlib's `Text` takes.

    Returns
    -------
    Annotation
        The words on the axes.
    """
    points: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    return ax.annotate(words, anchor, offset, gid=gid, **points, **look)
