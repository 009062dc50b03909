"""The events of a timeline: numbered flags in a lane above the axes, each led down to its session on the price line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import axes_points, note
from eventstudy.charts.style import Look, Style
from eventstudy.charts.text import date_number, spread
from eventstudy.errors import NothingUsableError
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a flag, its distance to the next, and height of the slanted leaders, in points.
FLAG, PITCH, KNEE = 13.0, 14.5, 16.0

#: Outlines by the marker of a look: a sign that points up, a square, a sign that points down, a diamond, an octagon.
OUTLINES = {
    "^": [(-0.84, -0.9), (0.84, -0.9), (0.84, 0.35), (0.0, 1.0), (-0.84, 0.35), (-0.84, -0.9)],
    "s": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)],
    "v": [(-0.84, 0.9), (0.84, 0.9), (0.84, -0.35), (0.0, -1.0), (-0.84, -0.35), (-0.84, 0.9)],
    "D": [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)],
    "o": [(-0.4, -0.9), (0.4, -0.9), (0.9, -0.4), (0.9, 0.4), (0.4, 0.9), (-0.4, 0.9), (-0.9, 0.4), (-0.9, -0.4),
          (-0.4, -0.9)],
}  # fmt: skip

#: By how many points a number sits above the middle of its flag.
_LIFT = {"^": -1.3, "v": 1.3}


@dataclass(frozen=True)
class EventMark:
    """One event on the chart of one series.

    Parameters
    ----------
    number : int
        Its number on the chart, from 1 in the order of sessions.
    event_id, label, net, headline : str
        The event, its label, and the net label of the market event it is part of.
    day : datetime64[D]
        The day on which it happened, as written in the events table.
    session : datetime64[D]
        The session in which the series could first react.
    unused : str
        Why it is in no mean, in a word or two; empty if it is.
    """

    number: int
    event_id: str
    label: str
    net: str
    headline: str
    day: np.datetime64
    session: np.datetime64
    unused: str = ""


@dataclass(frozen=True)
class LeftOut:
    """An event for which the series has no session, and why in a word or two."""

    event_id: str
    headline: str
    day: np.datetime64
    reason: str


def event_marks(result: StudyResult, series: str) -> tuple[tuple[EventMark, ...], tuple[LeftOut, ...]]:
    """Return the events of a series as they are drawn.

    Returns
    -------
    marks : tuple of EventMark
        Those with a session, used by the study or not, numbered in the order of sessions.
    out : tuple of LeftOut
        Those without one; events that are about other series are in neither.

    Raises
    ------
    NothingUsableError
        If no event has a session.
    """
    rows = result.matches[result.matches["series"] == series]
    rows = rows[~rows["reason"].str.startswith("other-series")]
    events = result.events.set_index("id").loc[rows["event_id"]]
    rows = rows.assign(
        day=pd.Series([np.datetime64(str(time)[:10]) for time in events["time"]], index=rows.index, dtype=object),
        title=[" ".join(words.split()) or name for words, name in zip(events["headline"], events.index, strict=True)],
        net=np.where(rows["net_stance"] == "", rows["stance"], rows["net_stance"]),
        unused=["" if status == "used" else reason.split(":")[0].replace("-", " ")
                for status, reason in zip(rows["status"], rows["reason"], strict=True)],
    )  # fmt: skip
    there = rows["session"].notna()
    shown, out = rows[there].sort_values(["session", "day"], kind="stable"), rows[~there]
    if shown.empty:
        raise NothingUsableError(f"no event has a session in '{series}'; the reasons stand in matches")
    sessions = shown["session"].to_numpy().astype("datetime64[D]")
    marks = tuple(
        EventMark(k, row["event_id"], row["stance"], row["net"], row["title"], row["day"], session, row["unused"])
        for k, (row, session) in enumerate(zip(shown.to_dict("records"), sessions, strict=True), start=1)
    )
    left = zip(*(out[column] for column in ("event_id", "title", "day", "unused")), strict=True)
    return marks, tuple(LeftOut(*row) for row in left)


def by_session(marks: tuple[EventMark, ...]) -> list[tuple[np.datetime64, tuple[EventMark, ...]]]:
    """Group marks by their session, ascending."""
    return [(session, tuple(group)) for session, group in groupby(marks, key=lambda mark: mark.session)]


def net_of(group: tuple[EventMark, ...]) -> str:
    """Return the net label of a session's market event; of events that make none, the first's own."""
    return next((mark.net for mark in group if not mark.unused), group[0].net)


def lane_height(marks: tuple[EventMark, ...]) -> float:
    """Return how many points the lane needs above the axes."""
    return KNEE + PITCH * max(len(group) for _, group in by_session(marks))


def draw_flag(
    ax: Axes, at: tuple[float, float], mark: EventMark, look: Look, style: Style, gid: str, size: float = FLAG
) -> None:
    """Draw one numbered flag in points from the axes' lower left corner, hollow if the event is in no mean."""
    from matplotlib.path import Path

    width, height = axes_points(ax)
    x, y = at[0] / width, at[1] / height
    colour = look.colour
    ax.plot(
        [x],
        [y],
        transform=ax.transAxes,
        clip_on=False,
        marker=Path(OUTLINES[look.marker]),
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
    lift = _LIFT.get(look.marker, 0.0) * size / FLAG
    note(ax, str(mark.number), (x, y), (0, lift), f"{gid}/number", ha="center", va="center_baseline", **number)


def draw_lane(
    ax: Axes,
    marks: tuple[EventMark, ...],
    feet: dict[np.datetime64, float],
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    """Draw the lane: a column of flags a session, moved sideways where they would overlap, and their leaders."""
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
            draw_flag(ax, at, mark, looks[mark.label], style, f"flag/{mark.event_id}", size)


def draw_steps(
    ax: Axes,
    steps: Sequence[tuple[np.datetime64, np.datetime64]],
    feet: dict[np.datetime64, float],
    gap: float,
    style: Style,
) -> None:
    """Lead lines on from the panel above: slanted where this panel's session is another, then down."""
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


def draw_marks(
    ax: Axes,
    marks: tuple[EventMark, ...],
    prices: dict[np.datetime64, float],
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    """Mark each event session on the price line by the net label of its market event."""
    for session, group in by_session(marks):
        look, hollow = looks[net_of(group)], all(mark.unused for mark in group)
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
