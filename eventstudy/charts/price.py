"""The line of a price on a date axis: as quoted, in its unit, broken and shaded where the market was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.closures import Break, breaks, draw_breaks
from eventstudy.charts.dates import date_axis, date_number
from eventstudy.charts.frame import axes_points, number_ticks
from eventstudy.charts.lettering import ruler, wrap
from eventstudy.charts.style import Style
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_price(
    ax: Axes, history: History, first: np.datetime64, last: np.datetime64, style: Style
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
    label = wrap(price_label(history), axes_points(ax)[1], ruler(style.text, style))
    ax.set_ylabel("\n".join(label), fontsize=style.text, color=style.ink, labelpad=8)
    draw_breaks(ax, closed, style)
    return dict(zip(sessions, map(float, values), strict=True))


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
