"""What every chart is put together from: panels under one heading, with bands, ticks and labels that do not overlap."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypedDict, TypeVar

import numpy as np
import pandas as pd

from eventstudy.charts.style import EDGE, LIGHT, Look, Style, drawing, new_figure
from eventstudy.errors import DesignError, shown
from eventstudy.events.schema import without_marks
from eventstudy.files import bundled_toml
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import true_minus, unbroken

if TYPE_CHECKING:
    import matplotlib.axes

#: What a chart is drawn on; matplotlib is imported when one is drawn.
Axes: TypeAlias = "matplotlib.axes.Axes"

P = ParamSpec("P")
T = TypeVar("T")

#: Distance of two lines in font sizes, height of a row of the legend in points, and how much wider bold letters are.
_LEADING, LEGEND, BOLD = 1.4, 18.0, 1.12

#: How a line that is a measure of others is dashed.
DASHED = (0, (4, 3))

#: An axis of figures has at most so many ticks, and so many points a tick.
_MOST_TICKS, _TICK = 8, 15.0

#: With more decimals, or from this on, figures of an axis are too wide for the room beside it.
_DECIMALS, _LARGE = 5, 1e8

#: How each chart is read.
CAPTIONS = bundled_toml("eventstudy.charts", "captions.toml")

#: Identifier of an x-axis that has dates.
DATED = "dates"


class Words(TypedDict, total=False):
    """What every chart takes.

    Parameters
    ----------
    title, subtitle : str
        Words instead of the finding, and of measure, sample and dates.
    source : str or StudyResult
        Whose figures they are. Of a frame also the study that it was made of; default what it says itself, in a column
        ``source`` or in its ``attrs``.
    style : Style
        The look.
    """

    title: str | None
    subtitle: str | None
    source: str | StudyResult | None
    style: Style


#: What charts are asked for by name.
_NAMES = {"series", "stances", "window", "event_id"}


def chart(draw: Callable[P, T]) -> Callable[P, T]:
    """Make a function a chart: it checks what it is given, draws under its style, and shows `Words` to completion."""
    *own, _ = inspect.signature(draw).parameters.values()
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind.__forward_arg__, default=usual)
        for (name, kind), usual in zip(Words.__annotations__.items(), (None, None, None, LIGHT), strict=True)
    ]
    signature = inspect.signature(draw).replace(parameters=[*own, *shared])
    of_study = own[0].name == "result"
    wanted = "the result of a study, e.g. EventStudy(events, prices).fit()" if of_study else "a DataFrame"

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            given = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"charts.{draw.__name__}() {error}") from None
        given.apply_defaults()
        if not isinstance(subject := given.arguments[own[0].name], StudyResult if of_study else pd.DataFrame):
            raise TypeError(DesignError.must_be(f"charts.{draw.__name__} draws {wanted}", subject))
        for name in _NAMES & given.arguments.keys():
            value = given.arguments[name]
            if value is not None and not isinstance(value, str):
                several = list(value) if isinstance(value, Collection) and not isinstance(value, (bytes, dict)) else [0]
                if not all(one is None or isinstance(one, str) for one in several):
                    said = f"charts.{draw.__name__} takes for {name} a name or a list of names"
                    raise DesignError.must_be(said, value)
                given.arguments[name] = several  # an index of names has no truth of its own
        for name in ("title", "subtitle"):
            DesignError.require(f"{name} of a chart must be a text", given.arguments[name], str, type(None))
        with drawing(given.arguments["style"]):
            return draw(*given.args, **given.kwargs)

    vars(drawn)["__signature__"] = signature
    return drawn


class Panel:
    """Axes and their look: places and distances are in points, 72 to the inch."""

    def __init__(self, ax: Axes, style: Style) -> None:
        self.ax, self.style = ax, style

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the axes."""
        box, inch = self.ax.bbox, float(self.ax.figure.dpi)
        return float(box.width) * 72 / inch, float(box.height) * 72 / inch

    def plain(self) -> None:
        """Take the box away, leave a light horizontal grid, and fix the look of ticks and units for when they come."""
        ax, style = self.ax, self.style
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.spines["bottom"].set(color=style.muted, linewidth=0.8)
        ax.set_axisbelow(True)
        ax.grid(visible=False, axis="x")
        ax.grid(axis="y", color=style.faint, linewidth=0.6)
        look: Any = {"labelcolor": style.ink, "labelsize": style.text, "labelfontfamily": style.font}
        for axis, length in ((ax.xaxis, 3.0), (ax.yaxis, 0.0)):
            axis.set_tick_params(length=length, color=style.muted, **look)
            axis.label.set(color=style.ink, fontsize=style.text)

    def shrink(self, left: float, right: float = 0.0, top: float = 0.0, bottom: float = 0.0) -> None:
        """Shrink the axes within their place by so much on each side."""
        (width, height), place = self.size, self.ax.get_position()
        across, up = place.width / width, place.height / height  # parts of the figure a point
        wide, high = max(place.width - (left + right) * across, 0.05), max(place.height - (top + bottom) * up, 0.05)
        self.ax.set_position((place.x0 + left * across, place.y0 + bottom * up, wide, high))

    def split(self, shares: Sequence[float], gap: float) -> list[Panel]:
        """Split the axes into panels under each other, by their shares of the height; the first keeps the axes."""
        place, made = self.ax.get_position(), [self]
        gap *= place.height / self.size[1]
        whole, top = place.height - (len(shares) - 1) * gap, place.y1
        made += [Panel(self.ax.figure.add_axes(place.bounds), self.style) for _ in shares[1:]]
        for panel, share in zip(made, shares, strict=True):
            height = max(whole * share / sum(shares), 0.02)
            panel.ax.set_position((place.x0, top - height, place.width, height))
            top -= height + gap
        return made

    # --- marks ---

    def plot(self, x: Any, y: Any, gid: str, **look: Any) -> None:
        """Draw a line."""
        self.ax.plot(x, y, gid=gid, **look)

    def marks(self, x: Any, y: Any, gid: str, look: Look, size: float, edge: float = 0.6, **more: Any) -> None:
        """Draw marks with a rim of the paper's colour, on a line where its width is given."""
        dress: dict[str, Any] = {"linestyle": "-" if "linewidth" in more else "none", **look.mark, **more}
        rim: dict[str, Any] = {"markeredgecolor": self.style.paper, "markeredgewidth": edge}
        self.ax.plot(x, y, gid=gid, markersize=size, **rim | dress)

    def aside(self, x: Sequence[float], y: Sequence[float], gid: str, **look: Any) -> None:
        """Draw a line or marks, inside or outside of the axes, by points from their lower left corner."""
        (width, height), of_axes = self.size, self.ax.transAxes
        across, up = [one / width for one in x], [one / height for one in y]
        self.ax.plot(across, up, transform=of_axes, clip_on=False, gid=gid, **look)

    def band(self, x: Any, low: Any, high: Any, gid: str = "band") -> None:
        """Draw the band of days without news, or of an estimate."""
        self.ax.fill_between(x, low, high, color=self.style.band, linewidth=0, zorder=1, gid=gid)

    # --- axes ---

    def returns_axis(self, values: Iterable[Any], slack: float = 0.06, *, dotted: bool = False) -> None:
        """Make the y-axis one of returns: 0 and all finite values within, a line at 0, and a dotted one at x = 0."""
        drawn = np.concatenate([np.zeros(1), *(np.ravel(np.asarray(part, dtype=np.float64)) for part in values)])
        low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
        edge = slack * (high - low) or 1.0
        self.ax.set_ylim(low - edge, high + edge)
        self.ax.axhline(0.0, color=self.style.muted, linewidth=0.8, zorder=2)
        if dotted:
            self.ax.axvline(0.0, color=self.style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)
        self.number_ticks()

    def number_ticks(self) -> None:
        """Write the y-axis in plain numbers, very large and small ones as powers of ten: no offsets, none too close."""
        from matplotlib.ticker import MaxNLocator

        most = int(np.clip(self.size[1] // _TICK, 1, _MOST_TICKS))
        self.ax.yaxis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 5, 10]))
        ticks = self.ax.get_yticks()
        step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
        decimals, largest = max(0, -int(np.floor(np.log10(step) + 1e-9))), float(np.abs(ticks).max())
        form = f",.{decimals}f"
        if decimals > _DECIMALS or largest >= _LARGE:
            form = f".{int(np.ceil(np.log10(largest / step))) + 1}g"
        self.ax.yaxis.set_major_formatter(f"{{x:{form}}}")

    def step_ticks(self, first: float, last: float, step: int) -> None:
        """Write the whole numbers from one to another on the x-axis that are multiples of a step."""
        self.ax.set_xticks([k for k in range(int(first), int(last) + 1) if k % step == 0])

    def date_axis(self, first: np.datetime64, last: np.datetime64) -> None:
        """Make the x-axis one of dates: ticks at first days of years or months, on a short one at days."""
        from matplotlib import dates

        locator: Any = dates.AutoDateLocator
        most = {dates.YEARLY: 9, dates.MONTHLY: 9, dates.DAILY: 4}
        self.ax.xaxis.set_gid(DATED)
        self.ax.set_xlim(date_number(first), date_number(last))
        self.ax.xaxis.set_major_locator(locator(minticks=3, maxticks=most))
        self.ax.xaxis.set_major_formatter(lambda x, _: short_day(date_of(x)).removeprefix("1 "))

    # --- words ---

    def note(self, words: str, anchor: tuple[float, float], shift: tuple[float, float], gid: str, **look: Any) -> None:
        """Write words some points away from an anchor in fractions of the axes, inside or outside of them."""
        points: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "annotation_clip": False}
        self.ax.annotate(words, anchor, shift, gid=gid, **points, **look)

    def name(self, words: str, pad: float, said: str = "", room: float = 0.0, **look: Any) -> None:
        """Write the name of the panel above it, and below that a line, in letters that fit it and the room behind."""
        letters, wide = self.style.text + 1.5, self.size[0] + room
        letters *= min(1.0, wide / (BOLD * self.style.measure(letters)(words)))
        bold: dict[str, Any] = self.style.bold | {"fontsize": letters} | look
        self.ax.set_title(words, loc="left", pad=pad, gid="name", **bold)
        if said:
            small = self.style.small * min(1.0, wide / self.style.measure(self.style.small)(said))
            self.note(said, (0, 1), (0, 8), "count", va="bottom", **self.style.quiet | {"fontsize": small})

    def legend(self, rows: Sequence[Sequence[Any]], left: float, y: float) -> None:
        """Write the rows of `Style.legend`, by points from the axes' lower left corner."""
        for k, row in enumerate(rows):
            for x, wide, name, look, words in row:
                ends, at = [left + x + 4.0] if "marker" in look else [left + x, left + x + wide], y - LEGEND * k
                dress: dict[str, Any] = {"linestyle": "none", "markersize": 6.0, "markeredgewidth": 0.8, **look}
                self.aside(ends, [at] * len(ends), f"legend/{name}", **dress)
                place = left + x + wide + 5, at
                self.note(words, (0, 0), place, f"legend-label/{name}", va="center", **self.style.quiet)

    def label_ends(
        self, labels: Iterable[tuple[float, str, str, dict[str, Any]]], pitch: float = 11.0, across: float = 1.0
    ) -> None:
        """Write labels (value, words, identifier, look) behind lines that end so far across, none on another."""
        (low, high), height = self.ax.get_ylim(), self.size[1]
        ordered = sorted((one for one in labels if np.isfinite(one[0])), key=lambda one: one[:2])
        targets = [(value - low) / (high - low) * height for value, *_ in ordered]
        for (_, words, gid, look), y in zip(ordered, spread(targets, pitch, 0.0, height), strict=True):
            dress = {"fontsize": self.style.text, "va": "center", "linespacing": 1.2, **look}
            if across < 1:  # no line of the axes runs through the letters
                dress |= {"bbox": {"facecolor": self.style.paper, "edgecolor": "none", "pad": 1.0}, "zorder": 6}
            self.note(words, (across, float(y) / height), (7, 0), gid, **dress)

    def label_points(self, x: Floats, y: Floats, labels: Iterable[tuple[int, str]], most: int) -> None:
        """Name points (position, words), the most important first, where no other name, point or edge is.

        The limits of the axes must be set; right, left, above and below of a point are tried in this order.
        """
        (width, height), measure = self.size, self.style.measure(self.style.small)
        at = self.ax.transLimits.transform(np.column_stack([x, y])) * (width, height)
        taken = np.hstack([at - 4, at + 4])
        for k, words in labels:
            half, (px, py) = measure(words) / 2, at[k]
            for cx, cy in ((px + half + 7, py), (px - half - 7, py), (px, py + 10), (px, py - 10)):
                low_end, high_end = np.array([cx - half - 1, cy - 5]), np.array([cx + half + 1, cy + 5])
                shared = np.minimum(high_end, taken[:, 2:]) > np.maximum(low_end, taken[:, :2])
                if (low_end >= 0).all() and (high_end <= (width, height)).all() and not shared.all(axis=1).any():
                    taken = np.vstack([taken, [*low_end, *high_end]])
                    dress = {"ha": "center", "va": "center", **self.style.quiet}
                    self.note(words, (cx / width, cy / height), (0, 0), f"name/{k}", **dress)
                    break
            if len(taken) == len(at) + most:
                return


def frame(
    ax: Axes | Iterable[Axes] | None,
    room: tuple[float, float, float, float],
    size: tuple[float, float],
    words: Words,
    *,
    panels: int = 1,
    columns: int = 0,
    title: str,
    subtitle: str = "",
    caption: str,
    footnote: Sequence[str],
    legend: Sequence[tuple[str, Mapping[str, Any]]] = (),
    outer: float = 0.0,
    names: float = 0.0,
    stack: tuple[Sequence[float], float] = ((1.0,), 0.0),
    least: float = 0.0,
) -> list[Panel]:
    """Return panels in rows, under one heading and over one footnote; the caption is kept with them and not painted.

    Axes given are shrunk within their place, but the room left of them is whoever's who gives them, except `names`
    points for names. All else is in points too: `room` left, right, above and below each panel; `size` of a new figure
    where the style has no sheet; `outer` left of a whole row; `least` between heading and footnote of a new figure. A
    single panel is split into a `stack`: shares of its height, and points between them.
    """
    style, columns = words.get("style", LIGHT), columns or panels
    made = [Panel(one, style) for one in (ax if isinstance(ax, Iterable) else [ax] if ax is not None else ())]
    if made and len(made) != panels:
        wanted = f"{panels} panels need {panels} axes"
        raise DesignError(f"{wanted}, not {len(made)}; give as many, or none for a new figure")
    (width, height), (left, right, above, below) = style.sheet or size, room
    whole = width - 2 * EDGE - outer - left
    if made:
        for panel in made:
            panel.shrink(min(names, 0.3 * panel.size[0]))
        whole = float(made[-1].ax.bbox.x1 - made[0].ax.bbox.x0) * 72 / made[0].ax.figure.dpi
    heading = wrap(words.get("title") or title, whole, style.measure(BOLD * style.title))
    under = wrap(words.get("subtitle") or subtitle, whole, style.measure(style.text))
    entries = style.legend(legend, whole, 16.0)
    notes = [part for line in footnote for part in wrap(line, whole, style.measure(style.small))]
    foot, line = len(notes) * style.small * _LEADING, _LEADING * style.text
    head = len(heading) * 1.25 * style.title + len(under) * line + 8.0 + LEGEND * len(entries)
    for panel in made:
        panel.shrink(0.0, right, head + above, below + foot)
    last = 0
    if not made:
        height = max(height, 2 * EDGE + head + foot + least)
        figure, rows = new_figure(width, height, style), -(-panels // columns)
        wide, high = (width - 2 * EDGE - outer) / columns, (height - 2 * EDGE - head - foot) / rows
        inside = max((wide - left - right) / width, 0.02), max((high - above - below) / height, 0.02)
        x, y, last = EDGE + outer + left, height - EDGE - head - high + below, (rows - 1) * columns
        corners = [((x + k % columns * wide) / width, (y - k // columns * high) / height) for k in range(panels)]
        made = [Panel(figure.add_axes((*corner, *inside)), style) for corner in corners]
    if len(stack[0]) > 1:
        made, last = made[0].split(*stack), -1
    for panel in made:
        panel.plain()
    y, dress = above + head, {"va": "top", "linespacing": _LEADING / 1.2}
    letters = style.bold | {"fontsize": style.title, "linespacing": 1.25 / 1.2}
    made[0].note("\n".join(heading), (0, 1), (0, y), "title", va="top", **letters)
    y -= len(heading) * 1.25 * style.title + 2.0
    made[0].note("\n".join(under), (0, 1), (0, y), "subtitle", color=style.muted, **dress)
    made[0].legend(entries, 0.0, made[0].size[1] + y - len(under) * line - 12.0)
    made[last].note("\n".join(notes), (0, 0), (0, -below), "footnote", **style.quiet, **dress)
    made[0].note(caption, (0, 0), (0, 0), "caption", visible=False)
    return made


def cut(words: str, room: float, width: Callable[[str], float]) -> str:
    """Shorten a text to a room, between words, with an ellipsis for what is gone."""
    if width(words) <= room:
        return words
    kept = words.split()
    while len(kept) > 1 and width(f"{' '.join(kept)} …") > room:
        kept.pop()
    while len(kept[0]) > 1 and width(f"{' '.join(kept)} …") > room:
        kept[0] = kept[0][:-1]
    return f"{' '.join(kept).rstrip(',;:')} …"


def wrap(words: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Break a text into lines that fit a room; a word wider than it, and a figure with its unit, is not broken."""
    lines: list[str] = []
    for figure in unbroken(" ".join(shown(without_marks(words)).split())).split(" "):
        word = figure.replace("\u00a0", " ")
        if lines and width(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def fold(words: str, room: float, width: Callable[[str], float]) -> list[str]:
    """Break a name into lines that fit a room; a single word that goes 8 points beyond it is cut."""
    return [cut(line, room + 8.0, width) for line in wrap(words, room, width)]


def spread(targets: Sequence[float], pitch: float, low: float, high: float) -> Floats:
    """Move ascending points apart so that neighbours are at least `pitch` away, as little as possible, within bounds.

    The least-squares answer: with ``z_i = x_i - i · pitch`` the constraint is that z ascends, so that pooling adjacent
    violators solves it; clipping z to its bounds keeps the order.
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


def signed(value: float) -> str:
    """Write a number with its sign, a true minus and one decimal; what rounds to nothing has no sign."""
    rounded = round(value, 1)
    return true_minus(f"{rounded:+,.1f}") if rounded else "0.0"


def short_day(day: Any, *, year: bool = True) -> str:
    """Write a date as 27 Jan 2022, or as 27 Jan."""
    of = pd.Timestamp(str(day)[:10])
    return f"{of.day} {of.month_name()[:3]}" + f" {of.year}" * year


def day_range(first: Any, last: Any) -> str:
    """Write a range of dates as 25 Feb – 24 Mar 2022, one day as 24 Mar 2022."""
    if short_day(first) == short_day(last):
        return short_day(last)
    return f"{short_day(first, year=str(first)[:4] != str(last)[:4])} – {short_day(last)}"


def date_number(days: Any) -> Any:
    """Return where a date, or each of several, stands on matplotlib's date axis."""
    from matplotlib import dates

    to_number: Callable[[Any], Any] = dates.date2num
    return to_number(np.asarray(days, dtype="datetime64[D]"))


def date_of(x: float) -> datetime:
    """Return the instant that a place on matplotlib's date axis stands for."""
    from matplotlib import dates

    to_date: Callable[[float], datetime] = dates.num2date
    return to_date(float(x))
