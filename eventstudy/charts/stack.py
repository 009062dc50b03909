"""Several instruments under each other: their events flagged once, and a line from each flag through the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.frame import axes_points, figure_points, note
from eventstudy.charts.lettering import cut, ruler
from eventstudy.charts.style import Style
from eventstudy.charts.subject import EventMark, LeftOut

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Distance of two panels, and the room for their names left of the units, in points.
GAP, NAME = 18.0, 18.0

#: Where the line of an event stands, panel by panel; it ends at the last panel that has a session for it.
Courses = dict[str, tuple[np.datetime64, ...]]


def merged_marks(each: Sequence[tuple[EventMark, ...]]) -> tuple[EventMark, ...]:
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


def merged_out(each: Sequence[tuple[LeftOut, ...]], marks: tuple[EventMark, ...]) -> tuple[LeftOut, ...]:
    """Return the events, once each, that have no session in any of several series."""
    shown = {mark.event_id for mark in marks}
    merged = {event.event_id: event for events in reversed(each) for event in events if event.event_id not in shown}
    return tuple(sorted(merged.values(), key=lambda event: event.day)) if len(each) > 1 else tuple(merged.values())


def line_courses(marks: tuple[EventMark, ...], each: Sequence[tuple[EventMark, ...]]) -> Courses:
    """Return through which sessions the line of each event runs.

    Parameters
    ----------
    marks : tuple of EventMark
        What `merged_marks` returned.
    each : sequence of tuple of EventMark
        The events of each panel, from the top.

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


def stem_feet(
    courses: Courses, panel: int, prices: dict[np.datetime64, float], floor: float
) -> dict[np.datetime64, float]:
    """Return where each line ends within a panel: on the price, or on its floor if it runs on to the next."""
    feet: dict[np.datetime64, float] = {}
    for line in courses.values():
        if len(line) > panel:
            runs_on = len(line) > panel + 1
            at = line[panel]
            feet[at] = min(feet.get(at, np.inf), floor if runs_on else prices[at])
    return dict(sorted(feet.items()))


def steps_between(courses: Courses, panel: int) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return from which session above to which session of a panel the lines lead, once each."""
    return sorted({(line[panel - 1], line[panel]) for line in courses.values() if len(line) > panel})


def stacked(ax: Axes, n: int) -> tuple[Axes, ...]:
    """Split axes into `n` panels of one height under each other; the first is `ax` itself."""
    if n == 1:
        return (ax,)
    place, gap = ax.get_position(), GAP / figure_points(ax)[1]
    height = max((place.height - (n - 1) * gap) / n, 0.02)
    places = [(place.x0, place.y1 - k * (height + gap) - height, place.width, height) for k in range(n)]
    ax.set_position(places[0])
    return (ax, *(ax.figure.add_axes(one) for one in places[1:]))


def name_panel(ax: Axes, label: str, left: float, style: Style) -> None:
    """Write the name of a panel upright, some points left of its axes."""
    words = cut(label, axes_points(ax)[1] + GAP / 2, ruler(1.15 * style.text, style))
    look = {"color": style.ink, "fontsize": style.text, "fontweight": "bold", "rotation": 90}
    note(ax, words, (0, 0.5), (-left, 0), "name", ha="left", va="center", **look)
