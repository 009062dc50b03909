"""The key beside a timeline: every flag with its day and headline, and the events that could not be shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.charts.flags import EventMark, LeftOut, by_session, draw_flag, net_of
from eventstudy.charts.layout import axes_points
from eventstudy.charts.style import Look, Style
from eventstudy.charts.text import cut, day_month, full_day, ruler, wrap
from eventstudy.events.stance import NEUTRAL
from eventstudy.matching import MIXED, labels_in_order

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


def draw_key(ax: Axes, entries: tuple[Entry, ...], area: Area, looks: Mapping[str, Look], style: Style) -> None:
    """Write the key: headlines in full if there is room for them, else cut to a line each."""
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
    marks = tuple(entry.mark for entry in entries if entry.mark)
    _header(ax, marks, (area.left, area.top - 8.0 * scale), area.width, looks, style)
    each = -(-len(entries) // area.columns)
    for k, (entry, parts) in enumerate(zip(entries, lines, strict=True)):
        if k % each == 0:
            x = area.left + k // each * (column + _GUTTER)
            y = area.top - (HEADER + ROW / 2) * scale
        if entry.mark:
            look = looks[entry.mark.label]
            draw_flag(ax, (x + FLAG / 2, y), entry.mark, look, style, f"key-flag/{entry.event_id}", FLAG * scale)
        _words(ax, (x + _DAYS, y), entry.day, style.muted, size, f"key-day/{entry.event_id}")
        colour = style.ink if entry.mark and not entry.mark.unused else style.muted
        for n, part in enumerate(parts):
            gid = f"key/{entry.event_id}" + (f"/{n}" if n else "")
            _words(ax, (x + days, y - n * leading), part, colour, size, gid)
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
    width, height = axes_points(ax)
    x, y = at
    for look, words, short in entries:
        name, face = short if wide else words, style.paper if words.startswith("hollow") else look.colour
        ax.plot([(x + 4.0) / width], [y / height], transform=ax.transAxes, clip_on=False, marker=look.marker,
                markersize=6.5, markeredgewidth=0.9 if face == style.paper else 0.0, color=look.colour,
                markerfacecolor=face, linestyle="none", gid=f"legend/{name.rsplit(' ', 1)[0]}")  # fmt: skip
        _words(ax, (x + 11.0, y), name, look.colour, style.small, f"legend-label/{name.rsplit(' ', 1)[0]}")
        x += 11.0 + measure(name) + 12.0


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
