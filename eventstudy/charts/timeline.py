"""The price of one or several series through the study's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, overload

import numpy as np

from eventstudy.charts.flags import EventMark, LeftOut, draw_lane, draw_marks, draw_steps, event_marks, lane_height
from eventstudy.charts.key import Area, draw_key, key_entries, key_height
from eventstudy.charts.layout import (
    EDGE,
    axes_points,
    draw_footnote,
    figure_points,
    footnote_room,
    heading,
    heading_room,
    make_room,
    note,
)
from eventstudy.charts.price import draw_price
from eventstudy.charts.style import LIGHT, Look, Style, drawing, new_figure
from eventstudy.charts.subject import chosen_history, footnote_lines, looks_of
from eventstudy.charts.text import cut, ruler
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.study.result import StudyResult
from eventstudy.wording import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Sessions shown before the first event session and after the last.
MARGIN = 20

#: Size of a new figure, and room for prices and their unit on the left, in points.
_WIDTH, _HEIGHT, _UNIT = 936.0, 526.0, 54.0

#: By how much a new figure is higher for each further panel, in points, and so many instruments are named in the title.
_PANEL, _NAMED = 170.0, 3

#: Room for the dates below the axes, between axes and key, and between other parts, in points.
_DATES, _GUTTER, _GAP = 28.0, 22.0, 14.0

#: Distance of two panels, and the room for their names left of the units, in points.
_BETWEEN, _NAME = 18.0, 18.0

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
    found = [event_marks(result, history.name) for history in histories]
    each = [marks for marks, _ in found]
    marks = _merged_marks(each)
    with drawing(style):
        looks = looks_of(result, style)
        entries = key_entries(marks, _merged_out([out for _, out in found], marks))
        beside = ax is not None or len(entries) <= BESIDE
        ax = _new_axes(len(entries), len(histories), style) if ax is None else ax
        left = several * _NAME
        whole = axes_points(ax)[0] - left
        words, foot = footnote_room(_footnote(result, histories, [_n(*pair) for pair in found], source), whole, style)
        reading, head = heading_room(_READING_SEVERAL if several else _READING, whole, style)
        lane, key = lane_height(marks), 0.0 if beside else key_height(len(entries), _COLUMNS) + _GAP
        make_room(ax, left, beside * (_GUTTER + _KEY * whole), head + _GAP + lane, _DATES + key + foot)
        width, stack = axes_points(ax)
        axes = _stacked(ax, len(histories))
        _draw(axes, histories, marks, each, looks, style)
        heading(ax, f"{_labels(histories)} through the events", reading, head + _GAP + lane, style)
        if beside:
            area = Area(width + _GUTTER, axes_points(ax)[1] + lane, _KEY * whole, stack + lane)
            draw_key(ax, entries, area, looks, style)
        else:
            draw_key(axes[-1], entries, Area(0.0, -_DATES, whole, key - _GAP, _COLUMNS), looks, style)
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
    return listed(labels)


def _footnote(result: StudyResult, histories: tuple[History, ...], n: list[str], source: str | None) -> tuple[str, ...]:
    names = [history.name for history in histories]
    if len(names) == 1:
        return footnote_lines(result, names[0], n[0], _METHOD, source)
    n = [words.replace("hollow flags", "hollow marks") for words in n]
    counted = "; ".join(f"{h.instrument.label}: {words}" for h, words in zip(histories, n, strict=True))
    return footnote_lines(result, names, counted, _METHOD_SEVERAL, source)


def _n(marks: tuple[EventMark, ...], out: tuple[LeftOut, ...]) -> str:
    used = sum(not mark.unused for mark in marks)
    reasons = ", ".join(dict.fromkeys(mark.unused for mark in marks if mark.unused))
    hollow = f"; hollow flags: in no mean ({reasons})" if reasons else ""
    return f"n = {used} of {len(marks) + len(out)} events{hollow}"


def _new_axes(entries: int, panels: int, style: Style) -> Axes:
    """Axes over a new figure within its edges, high enough for the panels and the key."""
    left, height = EDGE + _UNIT, _HEIGHT + _PANEL * (panels - 1)
    if entries > BESIDE:
        height += key_height(entries, _COLUMNS)
    width, height = style.size(_WIDTH, height)
    place = (left / width, EDGE / height, 1 - (left + EDGE) / width, 1 - 2 * EDGE / height)
    return new_figure(width, height, style).add_axes(place)


def _draw(
    axes: tuple[Axes, ...],
    histories: tuple[History, ...],
    marks: tuple[EventMark, ...],
    each: list[tuple[EventMark, ...]],
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    """Draw everything that stands on the axes themselves: prices, closures, marks, flags and their lines."""
    courses = _line_courses(marks, each)
    ends = [_shown(history, of_series) for history, of_series in zip(histories, each, strict=True)]
    first, last = min(first for first, _ in ends), max(last for _, last in ends)
    for k, (ax, history, of_series) in enumerate(zip(axes, histories, each, strict=True)):
        prices = draw_price(ax, history, first, last, style, low=len(axes) > 1)
        feet = _stem_feet(courses, k, prices, ax.get_ylim()[0])
        if k == 0:
            draw_lane(ax, marks, feet, looks, style)
        else:
            draw_steps(ax, _steps_between(courses, k), feet, _BETWEEN, style)
        draw_marks(ax, of_series, prices, looks, style)
        if len(axes) > 1:
            ax.tick_params(labelbottom=k == len(axes) - 1)
            _name_panel(ax, history.instrument.label, _UNIT + _NAME, style)
    if len(axes) > 1:
        axes[0].figure.align_ylabels(axes)


def _shown(history: History, marks: tuple[EventMark, ...]) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and last session that a chart of this series shows."""
    first, last = np.searchsorted(history.sessions, np.array([marks[0].session, marks[-1].session]))
    return history.sessions[max(int(first) - MARGIN, 0)], history.sessions[min(int(last) + MARGIN, len(history) - 1)]


#: Where the line of an event stands, panel by panel; it ends at the last panel that has a session for it.
_Courses = dict[str, tuple[np.datetime64, ...]]


def _merged_marks(each: Sequence[tuple[EventMark, ...]]) -> tuple[EventMark, ...]:
    """Return the events of several series once, at the session of the first series that has one, numbered anew.

    An event is unused if no series used it.
    """
    merged: dict[str, EventMark] = {}
    for mark in (mark for marks in each for mark in marks):
        first = merged.setdefault(mark.event_id, mark)
        if first.unused and not mark.unused:
            merged[mark.event_id] = replace(first, unused="")
    ordered = sorted(merged.values(), key=lambda mark: (mark.session, mark.day))
    return tuple(replace(mark, number=number) for number, mark in enumerate(ordered, start=1))


def _merged_out(each: Sequence[tuple[LeftOut, ...]], marks: tuple[EventMark, ...]) -> tuple[LeftOut, ...]:
    """Return the events, once each, that have no session in any of several series."""
    shown = {mark.event_id for mark in marks}
    merged = {event.event_id: event for events in reversed(each) for event in events if event.event_id not in shown}
    return tuple(sorted(merged.values(), key=lambda event: event.day)) if len(each) > 1 else tuple(merged.values())


def _line_courses(marks: tuple[EventMark, ...], each: Sequence[tuple[EventMark, ...]]) -> _Courses:
    """Return through which sessions the line of each event runs.

    Returns
    -------
    dict of str to tuple of datetime64[D]
        A session a panel. A panel without a session for the event is crossed straight on, at the session above it.
    """
    own = [{mark.event_id: mark.session for mark in of_panel} for of_panel in each]
    courses = {}
    for mark in marks:
        at, line = mark.session, []
        last = max(k for k, sessions in enumerate(own) if mark.event_id in sessions)
        for sessions in own[: last + 1]:
            at = sessions.get(mark.event_id, at)
            line.append(at)
        courses[mark.event_id] = tuple(line)
    return courses


def _stem_feet(
    courses: _Courses, panel: int, prices: dict[np.datetime64, float], floor: float
) -> dict[np.datetime64, float]:
    """Return where each line ends within a panel: on the price, or on its floor if it runs on to the next."""
    feet: dict[np.datetime64, float] = {}
    for line in courses.values():
        if len(line) > panel:
            runs_on = len(line) > panel + 1
            at = line[panel]
            feet[at] = min(feet.get(at, np.inf), floor if runs_on else prices[at])
    return dict(sorted(feet.items()))


def _steps_between(courses: _Courses, panel: int) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return from which session above to which session of a panel the lines lead, once each."""
    return sorted({(line[panel - 1], line[panel]) for line in courses.values() if len(line) > panel})


def _stacked(ax: Axes, n: int) -> tuple[Axes, ...]:
    """Split axes into `n` panels of one height under each other; the first is `ax` itself."""
    if n == 1:
        return (ax,)
    place, gap = ax.get_position(), _BETWEEN / figure_points(ax)[1]
    height = max((place.height - (n - 1) * gap) / n, 0.02)
    places = [(place.x0, place.y1 - k * (height + gap) - height, place.width, height) for k in range(n)]
    ax.set_position(places[0])
    return (ax, *(ax.figure.add_axes(one) for one in places[1:]))


def _name_panel(ax: Axes, label: str, left: float, style: Style) -> None:
    """Write the name of a panel upright, some points left of its axes."""
    words = cut(label, axes_points(ax)[1] + _BETWEEN / 2, ruler(1.15 * style.text, style))
    look = {"color": style.ink, "fontsize": style.text, "fontweight": "bold", "rotation": 90}
    note(ax, words, (0, 0.5), (-left, 0), "name", ha="left", va="center", **look)
