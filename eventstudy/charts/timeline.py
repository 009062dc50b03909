"""The price of one series through the study's events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.closures import Break, breaks, draw_breaks
from eventstudy.charts.dates import date_axis, date_number
from eventstudy.charts.flags import draw_lane, draw_marks, lane_height
from eventstudy.charts.footnote import draw_footnote, footnote_lines, footnote_room
from eventstudy.charts.frame import axes_points, heading, heading_room, make_room, number_ticks
from eventstudy.charts.key import Area, draw_key, key_entries, key_height
from eventstudy.charts.lettering import ruler, wrap
from eventstudy.charts.style import LIGHT, Style, drawing, new_figure
from eventstudy.charts.subject import EventMark, LeftOut, chosen_history, event_marks, left_out
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Sessions shown before the first event session and after the last.
MARGIN = 20

#: Size of a new figure, its edges, and room for prices and their unit on the left, in points.
_WIDTH, _HEIGHT, _EDGE, _UNIT = 936.0, 526.0, 16.0, 54.0

#: Room for the dates below the axes, between axes and key, and between other parts, in points.
_DATES, _GUTTER, _GAP = 28.0, 22.0, 14.0

#: Up to so many entries the key stands beside the axes and takes this share of the width; else below, in columns.
BESIDE, _KEY, _COLUMNS = 32, 0.38, 3

_READING = "The price as quoted. A flag stands at the first session in which the news could move it."

_METHOD = (
    "Flags: news is matched to the first price struck after it; an arrow in the key leads from the day of the news to "
    "that session."
)


def timeline(
    result: StudyResult,
    series: str | None = None,
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw the price of one series through the events, each flagged at the session that could first react.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first one with prices.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place to make room for the flags above,
        the key on the right and the source line below; the key's letters get small under 13 × 7 inches.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    Axes
        The axes; ``.figure`` is the figure.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If the study was given returns, so that there is no price to draw.
    NothingUsableError
        If no event has a session in the series.

    Notes
    -----
    The price is drawn as quoted. For a quote whose fall is the asset's gain (rubles per dollar) the axis says so. A
    session with raises and folds bears a mark of its own; events that the study did not use have hollow flags, and
    those without a session are listed in the key. Stretches of seven and more days without a session are shaded, from
    the last session before to the first after, and the line is broken there.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> es.charts.timeline(result, "ruble").get_ylabel()
    'RUB per USD (down = the ruble gained against the dollar)'
    """
    history = chosen_history(result, series, priced=True)
    marks, out = event_marks(result, history.name), left_out(result, history.name)
    with drawing(style):
        entries = key_entries(marks, out)
        beside = ax is not None or len(entries) <= BESIDE
        ax = _new_axes(len(entries), style) if ax is None else ax
        whole = axes_points(ax)[0]
        lines = footnote_lines(result, history.name, _n(marks, out), _METHOD, source)
        words, foot = footnote_room(lines, whole, style)
        reading, head = heading_room(_READING, whole, style)
        lane, key = lane_height(marks), 0.0 if beside else key_height(len(entries), _COLUMNS) + _GAP
        make_room(ax, 0.0, beside * (_GUTTER + _KEY * whole), head + _GAP + lane, _DATES + key + foot)
        width, height = axes_points(ax)
        _draw(ax, history, marks, style)
        heading(ax, f"{history.instrument.label} through the events", reading, head + _GAP + lane, style)
        if beside:
            draw_key(ax, entries, Area(width + _GUTTER, height + lane, _KEY * whole, height + lane), style)
        else:
            draw_key(ax, entries, Area(0.0, -_DATES, whole, key - _GAP, _COLUMNS), style)
        draw_footnote(ax, words, _DATES + key, style)
    return ax


def _n(marks: tuple[EventMark, ...], out: tuple[LeftOut, ...]) -> str:
    used = sum(not mark.unused for mark in marks)
    reasons = ", ".join(dict.fromkeys(mark.unused for mark in marks if mark.unused))
    hollow = f"; hollow flags: not used by the study ({reasons})" if reasons else ""
    return f"n = {used} of {len(marks) + len(out)} events{hollow}"


def _new_axes(entries: int, style: Style) -> Axes:
    """Axes over a new figure within its edges, high enough for the key."""
    left, height = _EDGE + _UNIT, _HEIGHT
    if entries > BESIDE:
        height += key_height(entries, _COLUMNS)
    width, height = style.size(_WIDTH, height)
    place = (left / width, _EDGE / height, 1 - (left + _EDGE) / width, 1 - 2 * _EDGE / height)
    return new_figure(width, height, style).add_axes(place)


def _draw(ax: Axes, history: History, marks: tuple[EventMark, ...], style: Style) -> None:
    """Draw everything that stands on the axes themselves: price, closures, marks and flags."""
    first, last = _shown(history, marks)
    sessions, values = history.sessions[first : last + 1], _prices(history)[first : last + 1]
    closed = breaks(history, first, last)
    x, y = _broken(np.array([date_number(day) for day in sessions]), values, closed)
    ax.plot(x, y, color=style.ink, linewidth=1.3, solid_joinstyle="round", zorder=3, gid="price")
    slack = 0.06 * float(values.max() - values.min()) or 1.0
    ax.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
    date_axis(ax, sessions[0], sessions[-1])
    number_ticks(ax, style)
    label = wrap(price_label(history), axes_points(ax)[1], ruler(style.text, style))
    ax.set_ylabel("\n".join(label), fontsize=style.text, color=style.ink, labelpad=8)
    prices = dict(zip(sessions, map(float, values), strict=True))
    draw_breaks(ax, closed, style)
    draw_lane(ax, marks, prices, style)
    draw_marks(ax, marks, prices, style)


def _shown(history: History, marks: tuple[EventMark, ...]) -> tuple[int, int]:
    """Positions of the first and last session on the chart."""
    ends = np.searchsorted(history.sessions, np.array([marks[0].session, marks[-1].session]))
    return max(int(ends[0]) - MARGIN, 0), min(int(ends[1]) + MARGIN, len(history) - 1)


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
