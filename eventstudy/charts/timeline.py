"""The price of one or several series through the study's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from eventstudy.charts.flags import draw_lane, draw_marks, draw_steps, lane_height
from eventstudy.charts.footnote import draw_footnote, footnote_lines, footnote_room, study_lines
from eventstudy.charts.frame import axes_points, heading, heading_room, make_room
from eventstudy.charts.key import Area, draw_key, key_entries, key_height
from eventstudy.charts.price import draw_price
from eventstudy.charts.stack import (
    GAP,
    NAME,
    line_courses,
    merged_marks,
    merged_out,
    name_panel,
    stacked,
    stem_feet,
    steps_between,
)
from eventstudy.charts.style import LIGHT, Style, drawing, new_figure
from eventstudy.charts.subject import EventMark, LeftOut, chosen_history, event_marks, left_out
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Sessions shown before the first event session and after the last.
MARGIN = 20

#: Size of a new figure, its edges, and room for prices and their unit on the left, in points.
_WIDTH, _HEIGHT, _EDGE, _UNIT = 936.0, 526.0, 16.0, 54.0

#: By how much a new figure is higher for each further panel, in points, and so many instruments are named in the title.
_PANEL, _NAMED = 170.0, 3

#: Room for the dates below the axes, between axes and key, and between other parts, in points.
_DATES, _GUTTER, _GAP = 28.0, 22.0, 14.0

#: Up to so many entries the key stands beside the axes and takes this share of the width; else below, in columns.
BESIDE, _KEY, _COLUMNS = 32, 0.38, 3

_READING = "The price as quoted. A flag stands at the first session in which the news could move it."

_READING_SEVERAL = (
    "Prices as quoted. The line of a flag leads through the panels to the first session of each that the news could "
    "move; it is slanted where these differ."
)

_METHOD = (
    "Flags: news is matched to the first price struck after it; an arrow in the key leads from the day of the news to "
    "that session."
)

_METHOD_SEVERAL = (
    "Flags: news is matched to the first price struck after it in each market; an arrow in the key leads from the day "
    "of the news to the session of the first panel that has one."
)


@overload
def timeline(
    result: StudyResult,
    series: str | None = None,
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes: ...


@overload
def timeline(
    result: StudyResult,
    series: list[str] | tuple[str, ...],
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]: ...


def timeline(
    result: StudyResult,
    series: str | list[str] | tuple[str, ...] | None = None,
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes | tuple[Axes, ...]:
    """Draw the price of one or several series through the events, each flagged at the session that could first react.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str or list of str, optional
        The series; default the study's first one with prices. Of several each has a panel, under each other.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place to make room for the flags above,
        the key on the right and the source line below; the key's letters get small under 13 × 7 inches. For several
        series they become the first panel, and the others are added below it within the same place.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    Axes, or tuple of Axes for a list of series
        The axes, from the top; ``.figure`` is the figure.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If the study was given returns, so that there is no price to draw, or a list is empty or names a series twice.
    NothingUsableError
        If no event has a session in one of the series.

    Notes
    -----
    The price is drawn as quoted. For a quote whose fall is the asset's gain (rubles per dollar) the axis says so. A
    session with raises and folds bears a mark of its own; events that the study did not use have hollow flags, and
    those without a session are listed in the key. Stretches of seven and more days without a session are shaded, from
    the last session before to the first after, and the line is broken there.

    Several series share the date axis and the flags. A flag stands at the session of the first panel that has one for
    the event. Its line leads down through the panels to the session of each, slanted between two panels whose sessions
    differ, and ends at the last panel that has one.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble", "imoex"]).fit()
    >>> es.charts.timeline(result, "ruble").get_ylabel()
    'RUB per USD (down = the ruble gained against the dollar)'
    >>> len(es.charts.timeline(result, ["ruble", "imoex"]))
    2
    """
    histories = _chosen(result, series)
    several = len(histories) > 1
    each = [event_marks(result, history.name) for history in histories]
    missing = [left_out(result, history.name) for history in histories]
    marks = merged_marks(each)
    out = merged_out(missing, marks)
    with drawing(style):
        entries = key_entries(marks, out)
        beside = ax is not None or len(entries) <= BESIDE
        ax = _new_axes(len(entries), len(histories), style) if ax is None else ax
        left = several * NAME
        whole = axes_points(ax)[0] - left
        lines = _footnote(result, histories, [_n(*pair) for pair in zip(each, missing, strict=True)], source)
        words, foot = footnote_room(lines, whole, style)
        reading, head = heading_room(_READING_SEVERAL if several else _READING, whole, style)
        lane, key = lane_height(marks), 0.0 if beside else key_height(len(entries), _COLUMNS) + _GAP
        make_room(ax, left, beside * (_GUTTER + _KEY * whole), head + _GAP + lane, _DATES + key + foot)
        width, stack = axes_points(ax)
        axes = stacked(ax, len(histories))
        _draw(axes, histories, marks, each, style)
        heading(ax, f"{_labels(histories)} through the events", reading, head + _GAP + lane, style)
        if beside:
            area = Area(width + _GUTTER, axes_points(ax)[1] + lane, _KEY * whole, stack + lane)
            draw_key(ax, entries, area, style)
        else:
            draw_key(axes[-1], entries, Area(0.0, -_DATES, whole, key - _GAP, _COLUMNS), style)
        draw_footnote(axes[-1], words, _DATES + key, style)
    return ax if series is None or isinstance(series, str) else axes


def _chosen(result: StudyResult, series: str | list[str] | tuple[str, ...] | None) -> tuple[History, ...]:
    if series is None or isinstance(series, str):
        return (chosen_history(result, series, priced=True),)
    if not series or len(set(series)) < len(series):
        raise DesignError(f"a timeline needs one or several different series, not {list(series)}")
    return tuple(chosen_history(result, name, priced=True) for name in series)


def _labels(histories: tuple[History, ...]) -> str:
    """Name up to three instruments; more are only counted, each panel bears its name."""
    labels = [history.instrument.label for history in histories]
    if len(labels) > _NAMED:
        return f"{len(labels)} instruments"
    return " and ".join([", ".join(labels[:-1]), labels[-1]] if len(labels) > 1 else labels)


def _footnote(result: StudyResult, histories: tuple[History, ...], n: list[str], source: str | None) -> list[str]:
    names = [history.name for history in histories]
    if len(names) == 1:
        return footnote_lines(result, names[0], n[0], _METHOD, source)
    n = [words.replace("hollow flags", "hollow marks") for words in n]
    counted = "; ".join(f"{h.instrument.label}: {words}" for h, words in zip(histories, n, strict=True))
    return study_lines(result, names, counted, _METHOD_SEVERAL, source)


def _n(marks: tuple[EventMark, ...], out: tuple[LeftOut, ...]) -> str:
    used = sum(not mark.unused for mark in marks)
    reasons = ", ".join(dict.fromkeys(mark.unused for mark in marks if mark.unused))
    hollow = f"; hollow flags: not used by the study ({reasons})" if reasons else ""
    return f"n = {used} of {len(marks) + len(out)} events{hollow}"


def _new_axes(entries: int, panels: int, style: Style) -> Axes:
    """Axes over a new figure within its edges, high enough for the panels and the key."""
    left, height = _EDGE + _UNIT, _HEIGHT + _PANEL * (panels - 1)
    if entries > BESIDE:
        height += key_height(entries, _COLUMNS)
    width, height = style.size(_WIDTH, height)
    place = (left / width, _EDGE / height, 1 - (left + _EDGE) / width, 1 - 2 * _EDGE / height)
    return new_figure(width, height, style).add_axes(place)


def _draw(
    axes: tuple[Axes, ...],
    histories: tuple[History, ...],
    marks: tuple[EventMark, ...],
    each: list[tuple[EventMark, ...]],
    style: Style,
) -> None:
    """Draw everything that stands on the axes themselves: prices, closures, marks, flags and their lines."""
    courses = line_courses(marks, each)
    ends = [_shown(history, of_series) for history, of_series in zip(histories, each, strict=True)]
    first, last = min(first for first, _ in ends), max(last for _, last in ends)
    for k, (ax, history, of_series) in enumerate(zip(axes, histories, each, strict=True)):
        prices = draw_price(ax, history, first, last, style, low=len(axes) > 1)
        feet = stem_feet(courses, k, prices, ax.get_ylim()[0])
        if k == 0:
            draw_lane(ax, marks, feet, style)
        else:
            draw_steps(ax, steps_between(courses, k), feet, GAP, style)
        draw_marks(ax, of_series, prices, style)
        if len(axes) > 1:
            ax.tick_params(labelbottom=k == len(axes) - 1)
            name_panel(ax, history.instrument.label, _UNIT + NAME, style)
    if len(axes) > 1:
        axes[0].figure.align_ylabels(axes)


def _shown(history: History, marks: tuple[EventMark, ...]) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last session that a chart of this series shows."""
    first, last = np.searchsorted(history.sessions, np.array([marks[0].session, marks[-1].session]))
    return history.sessions[max(int(first) - MARGIN, 0)], history.sessions[min(int(last) + MARGIN, len(history) - 1)]
