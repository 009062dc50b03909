"""The line of a price on a date axis: as quoted, in its unit, broken and shaded where the market was closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.layout import axes_points, number_ticks
from eventstudy.charts.style import Style
from eventstudy.charts.text import cut, date_axis, date_number, day_month, ruler, wrap
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Beside low axes: so many lines of the unit before it is written small, so many points a tick, and ticks at most.
_LINES, _TICK, _MOST_TICKS = 2, 15.0, 8


def draw_price(
    ax: Axes, history: History, first: np.datetime64, last: np.datetime64, style: Style, *, low: bool = False
) -> dict[np.datetime64, float]:
    """Draw the price between two days, with its axes and closures.

    Returns
    -------
    dict of datetime64[D] to float
        The price by session.

    Raises
    ------
    DesignError
        If the series came as returns.
    """
    start, end = np.searchsorted(history.sessions, np.array([first, last + 1]))
    sessions, values = history.sessions[start:end], _prices(history)[start:end]
    closed = breaks(history, int(start), int(end) - 1)
    x, y = _broken(np.array([date_number(day) for day in sessions]), values, closed)
    ax.plot(x, y, color=style.ink, linewidth=1.3, solid_joinstyle="round", zorder=3, gid="price")
    slack = 0.06 * float(values.max() - values.min()) or 1.0
    ax.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
    date_axis(ax, first, last)
    number_ticks(ax, style)
    _name_unit(ax, history, style, low=low)
    draw_breaks(ax, closed, style)
    return dict(zip(sessions, map(float, values), strict=True))


def _name_unit(ax: Axes, history: History, style: Style, *, low: bool) -> None:
    """Write the unit beside the axis; beside a low one, two lines or three small ones, and fewer ticks."""
    height, size = axes_points(ax)[1], style.text
    lines = wrap(price_label(history), height, ruler(size, style))
    if low:
        ax.locator_params(axis="y", nbins=int(np.clip(height // _TICK, 1, _MOST_TICKS)))
    if low and len(lines) > _LINES:
        size = style.small
        measure = ruler(size, style)
        lines = wrap(price_label(history), height, measure)
        lines = [*lines[:_LINES], *([cut(" ".join(lines[_LINES:]), height, measure)] if lines[_LINES:] else [])]
    ax.set_ylabel("\n".join(lines), fontsize=size, color=style.ink, labelpad=8)


def _prices(history: History) -> Floats:
    if history.prices is None:
        raise DesignError(f"'{history.name}' came as returns, so there is no price to draw")
    return history.prices


def _broken(x: Floats, y: Floats, closed: tuple[Break, ...]) -> tuple[Floats, Floats]:
    """Break a line at closures: a NaN after the last session before each."""
    after = [int(np.searchsorted(x, date_number(gap.after))) for gap in closed]
    return np.insert(x, after, [date_number(gap.before) for gap in closed]), np.insert(y, after, np.nan)


def price_label(history: History) -> str:
    """Name the unit of a price; where a fall is the asset's gain, say so."""
    instrument = history.instrument
    unit = instrument.quote or "price as supplied"
    if instrument.orientation > 0:
        return unit
    return f"{unit} (down = {instrument.up or f'{instrument.label} gained'})"


@dataclass(frozen=True)
class Break:
    """A stretch without sessions: the session before, the session after, and why if the catalogue knows."""

    before: np.datetime64
    after: np.datetime64
    why: str

    @property
    def words(self) -> tuple[str, ...]:
        """The label of the shade, in parts that stand on lines of their own."""
        days = int((self.after - self.before).astype(int))
        return self.why or "No prices", f"for {days} days,", f"{day_month(self.before)} – {day_month(self.after)}"


def breaks(history: History, first: int, last: int) -> tuple[Break, ...]:
    """Return the closures between two sessions of a history: steps that are no ordinary ones."""
    steps = np.flatnonzero(history.closures[first + 1 : last + 1]) + first + 1
    return tuple(
        Break(history.sessions[k - 1], history.sessions[k], _why(history, history.sessions[k - 1], history.sessions[k]))
        for k in steps
    )


def _why(history: History, before: np.datetime64, after: np.datetime64) -> str:
    known = history.instrument.closures
    whys = [c.why for c in known if np.datetime64(c.last) > before and np.datetime64(c.first) < after]
    return "; ".join(dict.fromkeys(whys))


def draw_breaks(ax: Axes, closed: tuple[Break, ...], style: Style) -> None:
    """Shade closures and label them, across where there is room, else upright."""
    width, height = axes_points(ax)
    low, high = ax.get_xlim()
    measure = ruler(style.small, style)
    for gap in closed:
        left, right = date_number(gap.before), date_number(gap.after)
        ax.axvspan(left, right, color=style.closure, linewidth=0, zorder=0.5, gid=f"closure/{gap.before}")
        room = (right - left) / (high - low) * width - 8.0
        across = max(map(measure, " ".join(gap.words).split())) <= room
        lines = [line for part in gap.words for line in wrap(part, room if across else 0.8 * height, measure)]
        if not across and len(lines) * style.small * 1.3 > room:
            continue
        ax.annotate(
            "\n".join(lines),
            ((left + right) / 2, 0.5),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="center",
            rotation=0 if across else 90,
            color=style.muted,
            fontsize=style.small,
            gid=f"closure-label/{gap.before}",
        )
