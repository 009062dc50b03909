"""The key beside a timeline: every flag with its day and headline, and the events that could not be shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.charts.dates import day_month, full_day
from eventstudy.charts.flags import draw_flag
from eventstudy.charts.frame import axes_points
from eventstudy.charts.lettering import cut, ruler, wrap
from eventstudy.charts.style import Style
from eventstudy.charts.subject import EventMark, LeftOut, by_session, stance_of
from eventstudy.news.stance import STANCES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Height of a row, of the header, and size of a flag, in points.
ROW, HEADER, FLAG = 12.4, 22.0, 10.0

#: Left edge of the days within a column, gap between days and headlines, and between columns, in points.
_DAYS, _GAP, _GUTTER = 14.0, 8.0, 22.0


@dataclass(frozen=True)
class Area:
    """Where a key stands, in points from its axes' lower left corner, and in how many columns."""

    left: float
    top: float
    width: float
    height: float
    columns: int = 1


@dataclass(frozen=True)
class Entry:
    """One entry of a key: a flag or none, a day, words."""

    event_id: str
    mark: EventMark | None
    day: str
    words: str


def key_height(n: int, columns: int = 1) -> float:
    """Return how many points a key of `n` entries is high at its full size, a line each."""
    return HEADER + ROW * -(-n // columns)


def key_entries(marks: tuple[EventMark, ...], out: tuple[LeftOut, ...]) -> tuple[Entry, ...]:
    """Return what a key lists: the events flagged, then those that have no session in the series."""
    flagged = [
        Entry(mark.event_id, mark, day, mark.headline) for mark, day in zip(marks, day_words(marks), strict=True)
    ]
    others = [Entry(e.event_id, None, full_day(e.day), f"Not shown, {e.reason}: {e.headline}") for e in out]
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


def draw_key(ax: Axes, entries: tuple[Entry, ...], area: Area, style: Style) -> None:
    """Write the key: headlines in full if there is room for them, else cut to a line each.

    Parameters
    ----------
    ax : Axes
        The axes it stands beside or below.
    entries : tuple of Entry
        What it lists.
    area : Area
        Where it stands; it is made smaller where there is no room for a line an entry.
    style : Style
        The look.
    """
    scale = min(1.0, area.height / key_height(len(entries), area.columns))
    size, leading = style.small * scale, 1.25 * style.small * scale
    measure = ruler(size, style)
    days = _DAYS + max(measure(entry.day) for entry in entries) + _GAP
    column = (area.width - _GUTTER * (area.columns - 1)) / area.columns
    room = column - days
    lines = [wrap(entry.words, room, measure) for entry in entries]
    high = HEADER * scale + sum(ROW * scale + leading * (len(parts) - 1) for parts in lines)
    if area.columns > 1 or high > area.height:
        lines = [[cut(entry.words, room, measure)] for entry in entries]
    _header(
        ax, tuple(entry.mark for entry in entries if entry.mark), (area.left, area.top - 8.0 * scale), area.width, style
    )
    each = -(-len(entries) // area.columns)
    for k, (entry, parts) in enumerate(zip(entries, lines, strict=True)):
        if k % each == 0:
            x = area.left + k // each * (column + _GUTTER)
            y = area.top - (HEADER + ROW / 2) * scale
        if entry.mark:
            draw_flag(ax, (x + FLAG / 2, y), entry.mark, style, f"key-flag/{entry.event_id}", FLAG * scale)
        _words(ax, (x + _DAYS, y), entry.day, style.muted, size, f"key-day/{entry.event_id}")
        colour = style.ink if entry.mark and not entry.mark.unused else style.muted
        for n, part in enumerate(parts):
            gid = f"key/{entry.event_id}" + (f"/{n}" if n else "")
            _words(ax, (x + days, y - n * leading), part, colour, size, gid)
        y -= ROW * scale + leading * (len(parts) - 1)


def _header(ax: Axes, marks: tuple[EventMark, ...], at: tuple[float, float], room: float, style: Style) -> None:
    """Say what the shapes mean and how many of each there are."""
    counts = Counter(mark.stance for mark in marks)
    labels: list[tuple[str, str]] = [(stance, f"{stance} {counts[stance]}") for stance in STANCES if counts[stance]]
    n_mixed = sum(stance_of(group) == "mixed" for _, group in by_session(marks))
    measure = ruler(style.small, style)
    if n_mixed:
        mixed = f"raise and fold in one session {n_mixed}"
        wide = sum(measure(words) + 23.0 for words in (*(label for _, label in labels), mixed)) - 12.0
        labels.append(("mixed", mixed if wide <= room else f"both {n_mixed}"))
    width, height = axes_points(ax)
    x, y = at
    for stance, label in labels:
        look = style.look(stance)
        ax.plot(
            [(x + 4.0) / width],
            [y / height],
            transform=ax.transAxes,
            clip_on=False,
            marker=look.marker,
            markersize=6.5,
            markeredgewidth=0,
            color=look.colour,
            linestyle="none",
            gid=f"legend/{stance}",
        )
        _words(ax, (x + 11.0, y), label, look.colour, style.small, f"legend-label/{stance}")
        x += 11.0 + measure(label) + 12.0


def _words(ax: Axes, at: tuple[float, float], words: str, colour: str, size: float, gid: str) -> None:
    """Write words at a place in points from the axes' lower left corner."""
    width, height = axes_points(ax)
    ax.text(
        at[0] / width,
        at[1] / height,
        words,
        transform=ax.transAxes,
        color=colour,
        fontsize=size,
        va="center_baseline",
        ha="left",
        clip_on=False,
        gid=gid,
    )
