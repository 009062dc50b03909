"""How a chart stands on its figure: words and their widths, room around axes, ticks, heading, legend and footnote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.style import Style, new_figure
from eventstudy.errors import DesignError
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation

#: The edges of a new figure in points.
EDGE = 16.0

#: Distance of two lines in font sizes, height of the row of the legend in points, and how much wider bold letters are.
_LEADING, _LEGEND, _BOLD = 1.4, 18.0, 1.12

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: A date axis has at most this many ticks, and at least so many months if months are written.
MOST_TICKS, FEWEST_MONTHS = 9, 2

#: Identifier of an x-axis that has dates.
DATED = "dates"


@dataclass(frozen=True)
class Words:
    """What a chart says around its axes.

    `title` is the finding, `subtitle` measure, sample and dates, `footnote` source and model line by line; `legend` has
    a name and matplotlib's look a mark. The `caption`, how the chart is read and was made, is kept with it and not
    painted.
    """

    title: str
    subtitle: str
    caption: str
    footnote: tuple[str, ...]
    legend: tuple[tuple[str, dict[str, Any]], ...] = ()


@dataclass(frozen=True)
class Room:
    """Room in points around axes, for ticks, units and labels; `outer` is left of a whole row of panels."""

    left: float = 56.0
    right: float = 8.0
    top: float = 16.0
    bottom: float = 44.0
    outer: float = 0.0


def panels(
    ax: Axes | Iterable[Axes] | None,
    n: int,
    columns: int,
    words: Words,
    room: Room,
    size: tuple[float, float],
    style: Style,
    stack: tuple[Sequence[float], float] = ((1.0,), 0.0),
) -> tuple[Axes, ...]:
    """Return `n` axes in rows of `columns`, under one heading and over one footnote.

    Parameters
    ----------
    ax : Axes, iterable of Axes or None
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
    stack : (sequence of float, float)
        A single panel is split into axes under each other: their shares of the height, and points between them.

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
    measure = ruler(style.small, style)
    foot_words = "\n".join(part for line in words.footnote for part in wrap(line, whole, measure))
    foot = (foot_words.count("\n") + 1) * style.small * _LEADING
    lines, head = _heading_lines(words, whole, style)
    for panel in given:
        make_room(panel, 0.0, room.right, head + room.top, room.bottom + foot)
    rows = 1 if given else -(-n // columns)
    axes = given or _new_panels(n, columns, room, (width, height), (head, foot), style)
    if len(stack[0]) > 1:
        axes = _stacked(axes[0], *stack)
    _heading(axes[0], lines, words, head + room.top, style)
    look: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "linespacing": _LEADING / 1.2}
    last = axes[-1] if len(stack[0]) > 1 else axes[(rows - 1) * columns]
    note(last, foot_words, (0, 0), (0, -room.bottom), "footnote", va="top", **look)
    note(axes[0], words.caption, (0, 0), (0, 0), "caption", visible=False)
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


def _stacked(ax: Axes, shares: Sequence[float], gap: float) -> tuple[Axes, ...]:
    """Split axes into panels under each other; the first is `ax` itself."""
    place, gap = ax.get_position(), gap / figure_points(ax)[1]
    heights = [max((place.height - (len(shares) - 1) * gap) * share / sum(shares), 0.02) for share in shares]
    tops = place.y1 - np.cumsum([0.0, *heights[:-1]]) - gap * np.arange(len(shares))
    places = [(place.x0, float(top) - height, place.width, height) for top, height in zip(tops, heights, strict=True)]
    ax.set_position(places[0])
    return (ax, *(ax.figure.add_axes(one) for one in places[1:]))


def _heading_lines(words: Words, width: float, style: Style) -> tuple[list[list[str]], float]:
    """Break title and subtitle to a width; return them and the height of the heading in points."""
    bold, quiet = ruler(_BOLD * style.title, style), ruler(style.text, style)
    title, subtitle = wrap(words.title, width, bold), wrap(words.subtitle, width, quiet)
    lines = len(title) * 1.25 * style.title + len(subtitle) * _LEADING * style.text
    return [title, subtitle], lines + 8.0 + _LEGEND * bool(words.legend)


def _heading(ax: Axes, lines: list[list[str]], words: Words, above: float, style: Style) -> None:
    """Write title, subtitle and legend, the first some points above the axes."""
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.title, "fontweight": "bold"}
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.text, "linespacing": _LEADING / 1.2}
    below = above - len(lines[0]) * 1.25 * style.title - 2.0
    note(ax, "\n".join(lines[0]), (0, 1), (0, above), "title", va="top", linespacing=1.25 / 1.2, **bold)
    note(ax, "\n".join(lines[1]), (0, 1), (0, below), "subtitle", va="top", **quiet)
    left, measure, (width, height) = 0.0, ruler(style.small, style), axes_points(ax)
    below -= len(lines[1]) * _LEADING * style.text + 12.0
    for name, mark in words.legend:
        wide = 6.0 if "marker" in mark else 16.0
        ends = [(left + 4.0) / width] if "marker" in mark else [left / width, (left + wide) / width]
        dress: dict[str, Any] = {"linestyle": "none", "markersize": 6.0, "markeredgewidth": 0.8} | mark
        ax.plot(ends, [1 + below / height] * len(ends), transform=ax.transAxes, clip_on=False, gid=f"legend/{name}",
                **dress)  # fmt: skip
        look: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "va": "center"}
        note(ax, name, (0, 1), (left + wide + 5, below), f"legend-label/{name}", **look)
        left += wide + 5 + measure(name) + 16


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


def set_reach(ax: Axes, values: Iterable[Any], slack: float = 0.06) -> None:
    """Set the limits of the y-axis so that 0 and all finite values are within."""
    drawn = np.concatenate([np.zeros(1), *(np.ravel(np.asarray(part, dtype=np.float64)) for part in values)])
    low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
    edge = slack * (high - low) or 1.0
    ax.set_ylim(low - edge, high + edge)


def fill_band(ax: Axes, x: Any, low: Floats, high: Floats, style: Style) -> None:
    """Draw the band of days without news, or of an estimate."""
    ax.fill_between(x, low, high, color=style.band, linewidth=0, zorder=1, gid="band")


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


def note(
    ax: Axes, words: str, anchor: tuple[float, float], offset: tuple[float, float], gid: str, **look: Any
) -> Annotation:
    """Write words some points away from an anchor in fractions of the axes, inside or outside of them."""
    points: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    return ax.annotate(words, anchor, offset, gid=gid, **points, **look)


def mark_at(ax: Axes, at: tuple[float, float], gid: str, **look: Any) -> None:
    """Draw a mark some points from the lower left corner of the axes, inside or outside of them."""
    width, height = axes_points(ax)
    place = [at[0] / width], [at[1] / height]
    ax.plot(*place, transform=ax.transAxes, clip_on=False, linestyle="none", gid=gid, **look)


def end_labels(
    ax: Axes, labels: Iterable[tuple[float, str, str, dict[str, Any]]], style: Style, pitch: float = 11.0
) -> None:
    """Write labels beside the right edge at the heights of their values, no two on one another.

    Each is a value, words, an identifier and the look of the letters.
    """
    (low, high), height = ax.get_ylim(), axes_points(ax)[1]
    ordered = sorted((one for one in labels if np.isfinite(one[0])), key=lambda one: one[:2])
    targets = [(value - low) / (high - low) * height for value, *_ in ordered]
    for (_, words, gid, look), y in zip(ordered, spread(targets, pitch, 0.0, height), strict=True):
        dress: dict[str, Any] = {"fontsize": style.text, "va": "center", "linespacing": 1.2} | look
        note(ax, words, (1.0, float(y) / height), (7, 0), gid, **dress)


def overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two boxes (left, bottom, right, top) share anything."""
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def ruler(size: float, style: Style) -> Callable[[str], float]:
    """Return a function that says how wide a line of text is.

    Returns
    -------
    callable
        From a text to its width in points: the sum of its letters' advances, without hinting and hence the same at
        every resolution, and without kerning, which only makes it narrower.
    """
    from matplotlib.font_manager import findfont, get_font

    font = get_font(findfont(style.font))

    @cache
    def advance(letter: str) -> float:
        font.set_size(100, 72)  # matplotlib shares the font and may have set another size
        return float(font.load_char(ord(letter)).linearHoriAdvance) / 65536 * size / 100

    return lambda words: sum(map(advance, words))


def cut(words: str, room: float, width: Callable[[str], float]) -> str:
    """Shorten a text to a room, between words, with an ellipsis for what is gone.

    Examples
    --------
    >>> cut("Kremlin: our views were not heard", 20, len)
    'Kremlin: our views …'
    >>> cut("Kremlin", 20, len)
    'Kremlin'
    """
    if width(words) <= room:
        return words
    kept = words.split()
    while len(kept) > 1 and width(f"{' '.join(kept)} …") > room:
        kept.pop()
    while len(kept[0]) > 1 and width(f"{' '.join(kept)} …") > room:
        kept[0] = kept[0][:-1]
    return f"{' '.join(kept).rstrip(',;:')} …"


def wrap(words: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Break a text into lines that fit a room; a word wider than the room keeps a line of its own.

    Examples
    --------
    >>> wrap("as many sessions without news", 12, len)
    ['as many', 'sessions', 'without news']
    """
    lines: list[str] = []
    for word in words.split():
        if lines and width(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def spread(targets: Sequence[float], pitch: float, low: float, high: float) -> Floats:
    """Move points apart so that neighbours are at least `pitch` away, as little as possible.

    Parameters
    ----------
    targets : sequence of float, shape (N,)
        Where the points would like to be, ascending.
    pitch : float
        Least distance between neighbours.
    low, high : float
        Where the first may begin and the last end.

    Returns
    -------
    ndarray, shape (N,)
        Where they are, ascending.

    Notes
    -----
    The least-squares answer: with ``z_i = x_i - i · pitch`` the constraint is that z ascends, so that pooling adjacent
    violators solves it; clipping z to its bounds keeps the order.

    Examples
    --------
    >>> spread([1.0, 1.0, 9.0], 2.0, 0.0, 10.0).tolist()
    [0.0, 2.0, 9.0]
    """
    steps = pitch * np.arange(len(targets))
    pools: list[tuple[float, int]] = []
    for wish in np.asarray(targets, dtype=np.float64) - steps:
        pools.append((float(wish), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools[-2:]
            pools[-2:] = [((a * n + b * m) / (n + m), n + m)]
    pooled = np.repeat([mean for mean, _ in pools], [n for _, n in pools])
    return np.asarray(np.clip(pooled, low, max(low, high - pitch * (len(targets) - 1))) + steps, dtype=np.float64)


def plain(value: float, decimals: int = 0) -> str:
    """Write a number with a true minus and thousands apart.

    Examples
    --------
    >>> plain(-2), plain(3500.0), plain(0.25, 2)
    ('−2', '3,500', '0.25')
    """
    return f"{value:,.{decimals}f}".replace("-", "−")


def signed(value: float, decimals: int = 1) -> str:
    """Write a number with its sign; what rounds to nothing has none.

    Examples
    --------
    >>> signed(-14.04), signed(0.31), signed(-0.02)
    ('−14.0', '+0.3', '0.0')
    """
    rounded = round(value, decimals)
    return f"{'+' if rounded > 0 else ''}{plain(rounded or 0.0, decimals)}"


def day_month(day: np.datetime64) -> str:
    """Write a date without its year.

    Examples
    --------
    >>> day_month(np.datetime64("2022-01-27"))
    '27 Jan'
    """
    _, month, number = str(day)[:10].split("-")
    return f"{int(number)} {MONTHS[int(month) - 1]}"


def full_day(day: np.datetime64) -> str:
    """Write a date with its year."""
    return f"{day_month(day)} {str(day)[:4]}"


def day_range(first: np.datetime64, last: np.datetime64) -> str:
    """Write a range of dates.

    Examples
    --------
    >>> day_range(np.datetime64("2022-02-25"), np.datetime64("2022-03-24"))
    '25 Feb – 24 Mar 2022'
    """
    same_year = str(first)[:4] == str(last)[:4]
    return f"{day_month(first) if same_year else full_day(first)} – {full_day(last)}"


def date_ticks(first: np.datetime64, last: np.datetime64) -> list[tuple[np.datetime64, str]]:
    """Return the ticks of a date axis: first days of months, thinned by whole steps; single days if it is short.

    Examples
    --------
    >>> [label for _, label in date_ticks(np.datetime64("2021-11-19"), np.datetime64("2022-02-03"))]
    ['Dec 2021', 'Jan 2022', 'Feb 2022']
    """
    months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1)
    months = months[months.astype("datetime64[D]") >= first]
    if len(months) < FEWEST_MONTHS:
        days = np.unique(np.array([first, first + (last - first) // 2, last]))
        return [(day, full_day(day)) for day in days]
    counts = months.astype(np.int64) % 12
    step = next((step for step in (1, 2, 3, 6) if len(months) / step <= MOST_TICKS), 12)
    kept = months[counts % step == 0]
    kept = kept[:: max(1, -(-len(kept) // MOST_TICKS))]
    return [
        (month.astype("datetime64[D]"), f"{MONTHS[int(month.astype(np.int64) % 12)]} {month!s:.4}") for month in kept
    ]


def date_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Make the x-axis a date axis from `first` to `last`."""
    ticks = date_ticks(first, last)
    ax.xaxis_date()
    ax.xaxis.set_gid(DATED)
    ax.set_xlim(date_number(first), date_number(last))
    ax.set_xticks([date_number(day) for day, _ in ticks], [label for _, label in ticks])


def date_number(day: np.datetime64) -> float:
    """Return where a date stands on matplotlib's date axis."""
    from matplotlib import dates

    to_number: Callable[[np.datetime64], float] = dates.date2num
    return float(to_number(day))
