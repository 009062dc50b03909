"""Numbered flags: a lane of them above the axes, each led down to its session on the price line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.dates import date_number
from eventstudy.charts.frame import axes_points, note
from eventstudy.charts.lettering import spread
from eventstudy.charts.style import Style
from eventstudy.charts.subject import EventMark, by_session, stance_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a flag, its distance to the next, and height of the slanted leaders, in points.
FLAG, PITCH, KNEE = 13.0, 14.5, 16.0

#: Outlines: a sign that points up, a square, a sign that points down.
OUTLINES = {
    "raise": [(-0.84, -0.9), (0.84, -0.9), (0.84, 0.35), (0.0, 1.0), (-0.84, 0.35), (-0.84, -0.9)],
    "hold": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)],
    "fold": [(-0.84, 0.9), (0.84, 0.9), (0.84, -0.35), (0.0, -1.0), (-0.84, -0.35), (-0.84, 0.9)],
}

#: By how many points a number sits above the middle of its flag.
_LIFT = {"raise": -1.3, "hold": 0.0, "fold": 1.3}


def lane_height(marks: tuple[EventMark, ...]) -> float:
    """Return how many points the lane needs above the axes."""
    return KNEE + PITCH * max(len(group) for _, group in by_session(marks))


def draw_flag(ax: Axes, at: tuple[float, float], mark: EventMark, style: Style, gid: str, size: float = FLAG) -> None:
    """Draw one numbered flag, hollow if the study did not use the event.

    Parameters
    ----------
    ax : Axes
        The axes.
    at : tuple of float
        Its middle, in points from the axes' lower left corner.
    mark : EventMark
        The event.
    style : Style
        The look.
    gid : str
        Identifier of the flag; its number gets the same with ``/number`` behind.
    size : float
        Its size in points.
    """
    from matplotlib.path import Path

    width, height = axes_points(ax)
    x, y = at[0] / width, at[1] / height
    colour = style.look(mark.stance).colour
    ax.plot(
        [x],
        [y],
        transform=ax.transAxes,
        clip_on=False,
        marker=Path(OUTLINES[mark.stance]),
        markersize=size,
        markerfacecolor=style.paper if mark.unused else colour,
        markeredgecolor=colour,
        markeredgewidth=0.9 if mark.unused else 0.0,
        linestyle="none",
        zorder=5,
        gid=gid,
    )
    number: dict[str, Any] = {
        "color": colour if mark.unused else style.paper,
        "fontsize": 0.5 * size,
        "fontweight": "bold",
        "zorder": 6,
    }
    lift = _LIFT[mark.stance] * size / FLAG
    note(ax, str(mark.number), (x, y), (0, lift), f"{gid}/number", ha="center", va="center_baseline", **number)


def draw_lane(ax: Axes, marks: tuple[EventMark, ...], feet: dict[np.datetime64, float], style: Style) -> None:
    """Draw the lane: a column of flags a session, moved sideways where they would overlap, and their leaders.

    Parameters
    ----------
    ax : Axes
        Axes with final limits and place.
    marks : tuple of EventMark
        The events.
    feet : mapping of datetime64[D] to float
        Down to where a stem leads at each event session: its price.
    style : Style
        The look.
    """
    groups = by_session(marks)
    width, height = axes_points(ax)
    first, last = ax.get_xlim()
    targets = [(date_number(session) - first) / (last - first) * width for session, _ in groups]
    pitch = min(PITCH, width / len(groups))
    size = FLAG * pitch / PITCH
    top = ax.get_ylim()[1]
    leader = _leader(style)
    for (session, group), target, x in zip(groups, targets, spread(targets, pitch, 0.0, width), strict=True):
        day, knee = date_number(session), 1.0 + (KNEE - 2.0) / height
        ax.plot([day, day], [feet[session], top], gid=f"stem/{session}", **leader)
        slanted = [target / width, x / width]
        ax.plot(slanted, [1.0, knee], transform=ax.transAxes, clip_on=False, gid=f"leader/{session}", **leader)
        for row, mark in enumerate(reversed(group)):
            at = (float(x), height + KNEE + PITCH * row + FLAG / 2)
            draw_flag(ax, at, mark, style, f"flag/{mark.event_id}", size)


def draw_steps(
    ax: Axes,
    steps: Sequence[tuple[np.datetime64, np.datetime64]],
    feet: dict[np.datetime64, float],
    gap: float,
    style: Style,
) -> None:
    """Lead lines on from the panel above: slanted where this panel's session is another, then down.

    Parameters
    ----------
    ax : Axes
        Axes with final limits and place, of one width and date axis with the panel above.
    steps : sequence of (datetime64[D], datetime64[D])
        The session above, and the one here.
    feet : mapping of datetime64[D] to float
        Down to where a stem leads at each session.
    gap : float
        Distance of the two panels in points.
    style : Style
        The look.
    """
    height = axes_points(ax)[1]
    first, last = ax.get_xlim()
    top, leader = ax.get_ylim()[1], _leader(style)
    for above, here in steps:
        slanted = [(date_number(day) - first) / (last - first) for day in (here, above)]
        gid = f"leader/{above}/{here}"
        ax.plot(slanted, [1.0, 1.0 + gap / height], transform=ax.transAxes, clip_on=False, gid=gid, **leader)
    for session, foot in feet.items():
        ax.plot([date_number(session)] * 2, [foot, top], gid=f"stem/{session}", **leader)


def _leader(style: Style) -> dict[str, Any]:
    return {"color": style.muted, "linewidth": 0.6, "alpha": 0.45, "zorder": 1.5}


def draw_marks(ax: Axes, marks: tuple[EventMark, ...], prices: dict[np.datetime64, float], style: Style) -> None:
    """Mark each event session on the price line by the stance of the market event that it makes."""
    for session, group in by_session(marks):
        look, hollow = style.look(stance_of(group)), all(mark.unused for mark in group)
        ax.plot(
            [date_number(session)],
            [prices[session]],
            marker=look.marker,
            markerfacecolor=style.paper if hollow else look.colour,
            markersize=6.5 if look.marker in "^v" else 5.5,
            markeredgecolor=look.colour if hollow else style.paper,
            markeredgewidth=0.6,
            linestyle="none",
            zorder=4,
            gid=f"mark/{session}",
        )
