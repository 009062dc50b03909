"""The line of a price on a date axis: as quoted, in its unit, broken and shaded where the market was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.closures import Break, breaks, draw_breaks
from eventstudy.charts.dates import date_axis, date_number
from eventstudy.charts.frame import axes_points, number_ticks
from eventstudy.charts.lettering import cut, ruler, wrap
from eventstudy.charts.style import Style
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

    Parameters
    ----------
    ax : Axes
        Axes in their final place.
    history : History
        The series.
    first, last : datetime64[D]
        The ends of the date axis.
    style : Style
        The look.
    low : bool
        Whether the axes may be so low that there is room for a few ticks and for a shortened unit only.

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
