"""The frame of every chart: heading, legend and footnote around its axes, ticks, and labels that do not overlap."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypedDict, TypeVar

import numpy as np
import pandas as pd

from eventstudy.charts.style import EDGE, LIGHT, Style, drawing, new_figure
from eventstudy.errors import DesignError
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import unbroken

if TYPE_CHECKING:
    from matplotlib.axes import Axes

P = ParamSpec("P")
T = TypeVar("T")

#: Distance of two lines in font sizes, height of the row of the legend in points, and how much wider bold letters are.
_LEADING, _LEGEND, BOLD = 1.4, 18.0, 1.12

#: How a line that is a measure of others is dashed.
DASHED = (0, (4, 3))

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

#: A date axis has at most this many ticks, and at least so many months if months are written.
_MOST_TICKS, _FEWEST_MONTHS = 9, 2

#: Identifier of an x-axis that has dates.
DATED = "dates"

#: Entries of a legend: a name and matplotlib's look.
Legend = Sequence[tuple[str, Mapping[str, Any]]]


class Words(TypedDict, total=False):
    """What every chart takes.

    Parameters
    ----------
    title, subtitle : str
        Words instead of the finding, and of measure, sample and dates.
    source : str or StudyResult
        Whose figures they are; of a frame also the study that it was made of.
    style : Style
        The look.
    """

    title: str | None
    subtitle: str | None
    source: str | StudyResult | None
    style: Style


def chart(draw: Callable[P, T]) -> Callable[P, T]:
    """Make a function a chart: it checks what it is given, draws under its style, and shows `Words` to completion."""
    *own, _ = inspect.signature(draw).parameters.values()
    shared = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=default)
              for name, kind, default in (("title", "str | None", None), ("subtitle", "str | None", None),
                                          ("source", "str | None", None), ("style", "Style", LIGHT))]  # fmt: skip
    signature = inspect.signature(draw).replace(parameters=[*own, *shared])
    of_study = own[0].name == "result"

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise TypeError(f"charts.{draw.__name__}() {error}") from None
        if not isinstance(given[own[0].name], StudyResult if of_study else pd.DataFrame):
            wanted = "the result of a study, e.g. EventStudy(events, prices).fit()" if of_study else "a DataFrame"
            kind = type(given[own[0].name]).__name__
            raise TypeError(f"charts.{draw.__name__} draws {wanted}, not {'an' if kind[0] in 'aeiou' else 'a'} {kind}")
        with drawing(given.get("style", LIGHT)):
            return draw(*args, **kwargs)

    vars(drawn)["__signature__"] = signature
    return drawn


def frame(
    ax: Axes | Iterable[Axes] | None,
    room: tuple[float, float, float, float],
    size: tuple[float, float],
    words: Words,
    *,
    n: int = 1,
    columns: int = 0,
    title: str,
    subtitle: str,
    caption: str,
    footnote: Sequence[str],
    legend: Legend = (),
    remark: str = "",
    outer: float = 0.0,
    names: float = 0.0,
    stack: tuple[Sequence[float], float] = ((1.0,), 0.0),
) -> tuple[Axes, ...]:
    """Return axes in rows, under one heading and over one footnote.

    Parameters
    ----------
    ax : Axes, iterable of Axes or None
        As many axes as there are panels, each to be shrunk within its place; the room on their left is left to whoever
        gives them. None for a new figure.
    room : (float, float, float, float)
        Points on the left, on the right, above and below each panel for ticks, units and labels.
    size : (float, float)
        Width and height of a new figure in points, where the style has no sheet of its own.
    words : Words
        What the user wrote instead, and the look.
    n, columns : int
        How many panels, and how many a row; default one row.
    title, subtitle : str
        The finding; measure, sample and dates.
    caption : str
        How the chart is read and was made; kept with it and not painted.
    footnote : sequence of str
        Source and model, line by line.
    legend : sequence of (str, mapping)
        A name and matplotlib's look a mark.
    remark : str
        What stands behind any subtitle.
    outer : float
        Points left of a whole row of panels.
    names : float
        Points on the left of given axes for names, at most 0.3 of their width.
    stack : (sequence of float, float)
        A single panel is split into axes under each other: their shares of the height, and points between them.

    Raises
    ------
    DesignError
        If there are fewer or more axes than panels.
    """
    style, columns = words.get("style", LIGHT), columns or n
    given = () if ax is None else tuple(ax) if isinstance(ax, Iterable) else (ax,)
    if given and len(given) != n:
        raise DesignError(f"{n} panels need {n} axes, not {len(given)}; give as many, or none for a new figure")
    width, height = style.sheet or size
    left, right, above, below = room
    for panel in given if names else ():
        make_room(panel, min(names, 0.3 * axes_points(panel)[0]))
    whole = width - 2 * EDGE - outer - left
    if given:
        whole = float(given[-1].get_position().x1 - given[0].get_position().x0) * _figure_points(given[0])[0]
    heading = wrap(words.get("title") or title, whole, ruler(BOLD * style.title, style))
    under = wrap((words.get("subtitle") or subtitle) + remark, whole, ruler(style.text, style))
    notes = [part for line in footnote for part in wrap(line, whole, ruler(style.small, style))]
    foot, line = len(notes) * style.small * _LEADING, _LEADING * style.text
    head = len(heading) * 1.25 * style.title + len(under) * line + 8.0 + _LEGEND * bool(legend)
    for panel in given:
        make_room(panel, 0.0, right, head + above, below + foot)
    axes, rows = given, 1
    if not given:
        figure, rows = new_figure(width, height, style), -(-n // columns)
        wide, high = (width - 2 * EDGE - outer) / columns, (height - 2 * EDGE - head - foot) / rows
        inside = max((wide - left - right) / width, 0.02), max((high - above - below) / height, 0.02)
        x, y = EDGE + outer + left, height - EDGE - head - high + below
        corners = [((x + k % columns * wide) / width, (y - k // columns * high) / height) for k in range(n)]
        axes = tuple(figure.add_axes((*corner, *inside)) for corner in corners)
    if len(stack[0]) > 1:
        axes = _stacked(axes[0], *stack)
    for panel in axes:
        _plain(panel, style)
    y, dress = above + head, {"va": "top", "linespacing": _LEADING / 1.2}
    letters: dict[str, Any] = style.bold | {"fontsize": style.title, "linespacing": 1.25 / 1.2}
    note(axes[0], "\n".join(heading), (0, 1), (0, y), "title", va="top", **letters)
    y -= len(heading) * 1.25 * style.title + 2.0
    note(axes[0], "\n".join(under), (0, 1), (0, y), "subtitle", color=style.muted, **dress)
    _draw_legend(axes[0], legend, y - len(under) * line - 12.0, style)
    last = axes[-1] if len(stack[0]) > 1 else axes[(rows - 1) * columns]
    note(last, "\n".join(notes), (0, 0), (0, -below), "footnote", **style.quiet, **dress)
    note(axes[0], caption, (0, 0), (0, 0), "caption", visible=False)
    return axes


def _stacked(ax: Axes, shares: Sequence[float], gap: float) -> tuple[Axes, ...]:
    """Split axes into panels under each other; the first is `ax` itself."""
    place, gap = ax.get_position(), gap / _figure_points(ax)[1]
    heights = [max((place.height - (len(shares) - 1) * gap) * share / sum(shares), 0.02) for share in shares]
    tops = place.y1 - np.cumsum([0.0, *heights[:-1]]) - gap * np.arange(len(shares))
    places = [(place.x0, float(top) - height, place.width, height) for top, height in zip(tops, heights, strict=True)]
    ax.set_position(places[0])
    return (ax, *(ax.figure.add_axes(one) for one in places[1:]))


def _plain(ax: Axes, style: Style) -> None:
    """Take the box away, leave a light horizontal grid, and fix the look of ticks and units for whenever they come."""
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.spines["bottom"].set(color=style.muted, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.grid(visible=False, axis="x")
    ax.grid(axis="y", color=style.faint, linewidth=0.6)
    for axis, length in ((ax.xaxis, 3.0), (ax.yaxis, 0.0)):
        look: dict[str, Any] = {
            "color": style.muted,
            "labelcolor": style.ink,
            "labelsize": style.text,
            "labelfontfamily": style.font,
        }
        axis.set_tick_params(length=length, **look)
    for label in (ax.xaxis.label, ax.yaxis.label):
        label.set(color=style.ink, fontsize=style.text)


def _draw_legend(ax: Axes, legend: Legend, y: float, style: Style) -> None:
    """Write the legend in a row, some points above the axes."""
    left, measure, (width, height) = 0.0, ruler(style.small, style), axes_points(ax)
    for name, look in legend:
        wide = 6.0 if "marker" in look else 16.0
        ends = [left + 4.0] if "marker" in look else [left, left + wide]
        dress: dict[str, Any] = {"linestyle": "none", "markersize": 6.0, "markeredgewidth": 0.8, **look}
        ax.plot([x / width for x in ends], [1 + y / height] * len(ends), transform=ax.transAxes, clip_on=False,
                gid=f"legend/{name}", **dress)  # fmt: skip
        note(ax, name, (0, 1), (left + wide + 5, y), f"legend-label/{name}", va="center", **style.quiet)
        left += wide + 5 + measure(name) + 16


def number_ticks(ax: Axes) -> None:
    """Write the y-axis in plain numbers: as many decimals as its steps need, a true minus, no offsets."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 2, 5, 10]))
    ticks = ax.get_yticks()
    step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
    decimals = max(0, -int(np.floor(np.log10(step) + 1e-9)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: plain(value, decimals)))


def step_ticks(ax: Axes, first: float, last: float, step: int) -> None:
    """Write the whole numbers from one to another on the x-axis that are multiples of a step."""
    ticks = [k for k in range(int(first), int(last) + 1) if k % step == 0]
    ax.set_xticks(ticks, [plain(k) for k in ticks])


def zero_line(ax: Axes, style: Style, *, dotted: bool = False) -> None:
    """Draw the line of no return and, dotted, the event session (or the value 0) on the x-axis."""
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    if dotted:
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


def make_room(ax: Axes, left: float, right: float = 0.0, top: float = 0.0, bottom: float = 0.0) -> None:
    """Shrink axes within their place by so many points on each side."""
    (width, height), place = _figure_points(ax), ax.get_position()
    wide, high = max(place.width - (left + right) / width, 0.05), max(place.height - (top + bottom) / height, 0.05)
    ax.set_position((place.x0 + left / width, place.y0 + bottom / height, wide, high))


def _figure_points(ax: Axes) -> tuple[float, float]:
    """Width and height in points of the figure (or subfigure) that holds the axes."""
    box, inch = ax.figure.bbox, float(ax.figure.dpi)
    return float(box.width) * 72 / inch, float(box.height) * 72 / inch


def axes_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points."""
    (width, height), place = _figure_points(ax), ax.get_position()
    return float(place.width) * width, float(place.height) * height


def note(ax: Axes, words: str, anchor: tuple[float, float], offset: tuple[float, float], gid: str, **look: Any) -> None:
    """Write words some points away from an anchor in fractions of the axes, inside or outside of them."""
    points: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
    ax.annotate(words, anchor, offset, gid=gid, **points, **look)


def mark_at(ax: Axes, at: tuple[float, float], gid: str, **look: Any) -> None:
    """Draw a mark some points from the lower left corner of the axes, inside or outside of them."""
    width, height = axes_points(ax)
    ax.plot([at[0] / width], [at[1] / height], transform=ax.transAxes, clip_on=False, linestyle="none", gid=gid, **look)


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
        dress: dict[str, Any] = {"fontsize": style.text, "va": "center", "linespacing": 1.2, **look}
        note(ax, words, (1.0, float(y) / height), (7, 0), gid, **dress)


def point_labels(
    ax: Axes, x: Floats, y: Floats, labels: Iterable[tuple[int, str]], sides: str, most: int, style: Style
) -> None:
    """Name points of a chart where no other name, no other point and no edge is.

    Parameters
    ----------
    ax : Axes
        Whose limits are set.
    x, y : ndarray, shape (N,)
        All points.
    labels : iterable of (int, str)
        Which of them are named how, the most important first; one that has no room is left out.
    sides : str
        Where a name may stand: right, left, above, below as ``rlab``, tried in this order.
    most : int
        Names at most.
    style : Style
        The look.
    """
    (width, height), measure = axes_points(ax), ruler(style.small, style)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    at = np.column_stack([(x - left) / (right - left) * width, (y - low) / (high - low) * height])
    taken = [(px - 4, py - 4, px + 4, py + 4) for px, py in at]
    for k, words in labels:
        half, (px, py) = measure(words) / 2, at[k]
        shifts = {"r": (half + 7, 0.0), "l": (-half - 7, 0.0), "a": (0.0, 10.0), "b": (0.0, -10.0)}
        for dx, dy in (shifts[side] for side in sides):
            box = (px + dx - half - 1, py + dy - 5, px + dx + half + 1, py + dy + 5)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
            if inside and not any(min(box[2], b[2]) > max(box[0], b[0]) and min(box[3], b[3]) > max(box[1], b[1])
                                  for b in taken):  # fmt: skip
                taken.append(box)
                note(ax, words, ((px + dx) / width, (py + dy) / height), (0, 0), f"name/{k}", ha="center", va="center",
                     **style.quiet)  # fmt: skip
                break
        if len(taken) == len(at) + most:
            return


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
    """Break a text into lines that fit a room; a word wider than it, and a figure with its unit, is not broken.

    Examples
    --------
    >>> wrap("as many sessions without news", 12, len)
    ['as many', 'sessions', 'without news']
    """
    lines: list[str] = []
    for figure in unbroken(" ".join(words.split())).split(" "):
        word = figure.replace("\u00a0", " ")
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


def day_month(day: Any) -> str:
    """Write a date without its year.

    Examples
    --------
    >>> day_month(np.datetime64("2022-01-27"))
    '27 Jan'
    """
    _, month, number = str(day)[:10].split("-")
    return f"{int(number)} {_MONTHS[int(month) - 1]}"


def full_day(day: Any) -> str:
    """Write a date with its year."""
    return f"{day_month(day)} {str(day)[:4]}"


def day_range(first: Any, last: Any) -> str:
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
    if len(months) < _FEWEST_MONTHS:
        days = np.unique(np.array([first, first + (last - first) // 2, last]))
        return [(day, full_day(day)) for day in days]
    counts = months.astype(np.int64) % 12
    step = next((step for step in (1, 2, 3, 6) if len(months) / step <= _MOST_TICKS), 12)
    kept = months[counts % step == 0]
    kept = kept[:: max(1, -(-len(kept) // _MOST_TICKS))]
    return [
        (month.astype("datetime64[D]"), f"{_MONTHS[int(month.astype(np.int64) % 12)]} {month!s:.4}") for month in kept
    ]


def date_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Make the x-axis a date axis from `first` to `last`."""
    ticks = date_ticks(first, last)
    ax.xaxis_date()
    ax.xaxis.set_gid(DATED)
    ax.set_xlim(date_number(first), date_number(last))
    ax.set_xticks([date_number(day) for day, _ in ticks], [label for _, label in ticks])


def date_number(day: Any) -> float:
    """Return where a date stands on matplotlib's date axis."""
    from matplotlib import dates

    to_number: Callable[[np.datetime64], float] = dates.date2num
    return float(to_number(np.datetime64(str(day)[:10])))
