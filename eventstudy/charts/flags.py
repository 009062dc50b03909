"""The events of a timeline: numbered flags above the axes, each led down to its session on the line, and their key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.charts.layout import (
    axes_points,
    cut,
    date_number,
    day_month,
    full_day,
    mark_at,
    note,
    ruler,
    spread,
    wrap,
)
from eventstudy.charts.style import Look, Style
from eventstudy.errors import NothingUsableError
from eventstudy.events.schema import NEUTRAL
from eventstudy.matching import MIXED, labels_in_order
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
        Its number on the chart, from 1 in the order of sessions; 0 without a session.
    event_id, label, net, headline : str
        The event, its label, and the net label of the market event it is part of.
    unused : str
        Why it is in no mean, in a word or two; empty if it is.
    day : datetime64[D]
        The day on which it happened, as written in the events table.
    session : datetime64[D]
        The session in which the series could first react; NaT where there is none.
    """

    number: int
    event_id: str
    label: str
    net: str
    headline: str
    unused: str
    day: np.datetime64
    session: np.datetime64


def event_marks(result: StudyResult, series: str) -> tuple[tuple[EventMark, ...], tuple[EventMark, ...]]:
    """Return the events of a series as they are drawn.

    Returns
    -------
    marks : tuple of EventMark
        Those with a session, used by the study or not, numbered in the order of sessions.
    out : tuple of EventMark
        Those without one, numbered 0; events that are about other series are in neither.

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
    there, names = rows["session"].notna(), ["event_id", "stance", "net", "title", "unused", "day"]
    shown, out = rows[there].sort_values(["session", "day"], kind="stable"), rows[~there]
    if shown.empty:
        raise NothingUsableError(f"no event has a session in '{series}'; the reasons stand in matches")
    made = []
    for part, first in ((shown, 1), (out, 0)):
        days = part["session"].to_numpy().astype("datetime64[D]")
        rows_of = zip(part[names].itertuples(index=False, name=None), days, strict=True)
        made.append(tuple(EventMark(*[k * first, *row, day]) for k, (row, day) in enumerate(rows_of, start=1)))
    return made[0], made[1]


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

    colour, face = look.colour, style.paper if mark.unused else look.colour
    edge: dict[str, Any] = {"markeredgecolor": colour, "markeredgewidth": 0.9 if mark.unused else 0.0}
    outline = Path(OUTLINES[look.marker])
    mark_at(ax, at, gid, marker=outline, markersize=size, markerfacecolor=face, zorder=5, **edge)
    ink = colour if mark.unused else style.paper
    number: dict[str, Any] = {"color": ink, "fontsize": 0.5 * size, "fontweight": "bold", "zorder": 6}
    place = at[0], at[1] + _LIFT.get(look.marker, 0.0) * size / FLAG
    note(ax, str(mark.number), (0, 0), place, f"{gid}/number", ha="center", va="center_baseline", **number)


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
        face, edge = (style.paper, look.colour) if hollow else (look.colour, style.paper)
        size = 6.5 if look.marker in "^v" else 5.5
        dress: dict[str, Any] = {"marker": look.marker, "markersize": size, "linestyle": "none", "zorder": 4}
        dress |= {"markerfacecolor": face, "markeredgecolor": edge, "markeredgewidth": 0.6}
        ax.plot([date_number(session)], [prices[session]], gid=f"mark/{session}", **dress)


# -- the key ----------------------------------------------------------------------------------------------------------

#: Height of a row, of the header, and size of a flag, in points.
ROW, HEADER, KEY_FLAG = 12.4, 22.0, 10.0

#: Left edge of the days within a column, gap between days and headlines, and between columns, in points.
_DAYS, _GAP, _GUTTER = 14.0, 8.0, 22.0


class Area(NamedTuple):
    """Where a key stands, in points from its axes' lower left corner, and in how many columns."""

    left: float
    top: float
    width: float
    height: float
    columns: int = 1


class Entry(NamedTuple):
    """One entry of a key: a flag or none, a day, words."""

    event_id: str
    mark: EventMark | None
    day: str
    words: str


def key_height(n: int, columns: int = 1) -> float:
    """Return how many points a key of `n` entries is high at its full size, a line each."""
    return HEADER + ROW * -(-n // columns)


def key_entries(marks: tuple[EventMark, ...], out: tuple[EventMark, ...]) -> tuple[Entry, ...]:
    """Return what a key lists: the events flagged, then those that have no session in the series."""
    flagged = [
        Entry(mark.event_id, mark, day, mark.headline) for mark, day in zip(marks, day_words(marks), strict=True)
    ]
    others = [Entry(e.event_id, None, full_day(e.day), f"Not shown, {e.unused}: {e.headline}") for e in out]
    return (*flagged, *others)


def day_words(marks: tuple[EventMark, ...]) -> list[str]:
    """Return what stands in the key's column of days: the news' day and, if it is another, the session's.

    The year stands where it changes.
    """
    words, year = [], ""
    for mark in marks:
        day, session = mark.day, mark.session
        same_month = str(day)[:7] == str(session)[:7]
        span = day_month(session)
        if day != session:
            span = f"{day_month(day).split()[0] if same_month else day_month(day)} → {span}"
        words.append(span if str(session)[:4] == year else f"{span} {str(session)[:4]}")
        year = str(session)[:4]
    return words


def draw_key(ax: Axes, entries: tuple[Entry, ...], area: Area, looks: Mapping[str, Look], style: Style) -> None:
    """Write the key: headlines in full if there is room for them, else cut to a line each."""
    scale = min(1.0, area.height / key_height(len(entries), area.columns))
    size, leading = style.small * scale, 1.25 * style.small * scale
    # Somebody else's figure may be drawn with hinting, which widens small letters by up to an eighth.
    measure = ruler(size if scale == 1.0 else 1.12 * size, style)
    days = _DAYS + max(measure(entry.day) for entry in entries) + _GAP
    column = (area.width - _GUTTER * (area.columns - 1)) / area.columns
    room = column - days
    lines = [wrap(entry.words, room, measure) for entry in entries]
    high = HEADER * scale + sum(ROW * scale + leading * (len(parts) - 1) for parts in lines)
    if area.columns > 1 or high > area.height:
        lines = [[cut(entry.words, room, measure)] for entry in entries]
    marks = tuple(entry.mark for entry in entries if entry.mark)
    _header(ax, marks, (area.left, area.top - 8.0 * scale), area.width, looks, style)
    each = -(-len(entries) // area.columns)
    for k, (entry, parts) in enumerate(zip(entries, lines, strict=True)):
        if k % each == 0:
            x = area.left + k // each * (column + _GUTTER)
            y = area.top - (HEADER + ROW / 2) * scale
        if entry.mark:
            look = looks[entry.mark.label]
            draw_flag(
                ax, (x + KEY_FLAG / 2, y), entry.mark, look, style, f"key-flag/{entry.event_id}", KEY_FLAG * scale
            )
        note(
            ax,
            entry.day,
            (0, 0),
            (x + _DAYS, y),
            f"key-day/{entry.event_id}",
            color=style.muted,
            fontsize=size,
            va="center_baseline",
        )
        colour = style.ink if entry.mark and not entry.mark.unused else style.muted
        for n, part in enumerate(parts):
            gid = f"key/{entry.event_id}" + (f"/{n}" if n else "")
            note(ax, part, (0, 0), (x + days, y - n * leading), gid, color=colour, fontsize=size, va="center_baseline")
        y -= ROW * scale + leading * (len(parts) - 1)


def _header(
    ax: Axes,
    marks: tuple[EventMark, ...],
    at: tuple[float, float],
    room: float,
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    """Say what the shapes mean and how many of each there are."""
    counts = Counter(mark.label for mark in marks)
    names = {label: f"{label} {counts[label]}" for label in labels_in_order(list(counts))}
    names |= {"": f"events {counts['']}"} if counts[""] else {}
    n_mixed = sum(net_of(group) == MIXED for _, group in by_session(marks))
    hollow = sum(bool(mark.unused) for mark in marks)
    both = " and ".join(label for label in names if label not in NEUTRAL)
    tail = [(looks[MIXED], f"{both} in one session {n_mixed}", f"mixed {n_mixed}")] if n_mixed else []
    entries = [*((looks[label], name, name) for label, name in names.items()), *tail]
    if hollow:
        entries.append((Look(style.muted, "o"), f"hollow: in no mean {hollow}", f"hollow {hollow}"))
    measure = ruler(style.small, style)
    wide = sum(measure(words) + 23.0 for _, words, _ in entries) - 12.0 > room
    x, y = at
    for look, words, short in entries:
        name, face = short if wide else words, style.paper if words.startswith("hollow") else look.colour
        gid = name.rsplit(" ", 1)[0]
        edge = 0.9 if face == style.paper else 0.0
        mark_at(ax, (x + 4.0, y), f"legend/{gid}", marker=look.marker, markersize=6.5, markeredgewidth=edge,
                color=look.colour, markerfacecolor=face)  # fmt: skip
        dress: dict[str, Any] = {"color": look.colour, "fontsize": style.small, "va": "center_baseline"}
        note(ax, name, (0, 0), (x + 11.0, y), f"legend-label/{gid}", **dress)
        x += 11.0 + measure(name) + 12.0
