"""The price of one or several series through the study's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, overload

import numpy as np

from eventstudy.charts import layout
from eventstudy.charts.flags import (
    Area,
    EventMark,
    draw_key,
    draw_lane,
    draw_marks,
    draw_steps,
    event_marks,
    key_entries,
    key_height,
    lane_height,
)
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, footnote_lines, looks_of
from eventstudy.errors import DesignError
from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, listed

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

_CAPTION = (
    "Prices as quoted. A flag stands at the first session in which the news could move the price: it is matched to the "
    "first price struck after it; an arrow in the key leads from the day of the news to that session. Hollow: in no "
    "mean."
)

_SEVERAL = (
    " The line of a flag leads through the panels to the session of each, slanted where these differ; the arrow in the "
    "key leads to the session of the first panel that has one."
)

#: Beside low axes: so many lines of the unit before it is written small, so many points a tick, and ticks at most.
_LINES, _TICK, _MOST_TICKS = 2, 15.0, 8

#: So many flags can be told apart; of more events so many are numbered.
_MOST, _NUMBERED = 80, 40


@overload
def timeline(
    result: StudyResult,
    series: str | None = None,
    ax: Axes | None = None,
    *,
    turned: bool = False,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes: ...


@overload
def timeline(
    result: StudyResult,
    series: list[str] | tuple[str, ...],
    ax: Axes | None = None,
    *,
    turned: bool = False,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]: ...


def timeline(
    result: StudyResult,
    series: str | list[str] | tuple[str, ...] | None = None,
    ax: Axes | None = None,
    *,
    turned: bool = False,
    title: str | None = None,
    subtitle: str | None = None,
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
    turned : bool
        Whether a quote whose fall is the asset's gain (rubles per dollar) stands upside down, so that up is the gain.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
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
    those without a session are listed in the key. Of more than 80 events the 40 are flagged and listed on whose
    sessions the first series moved most, as the subtitle says; the others are marks on the price alone. Stretches of
    seven and more days without a session are shaded, from the last session before to the first after, and the line is
    broken there.

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
    names, n = [history.name for history in histories], [_n(*pair) for pair in found]
    told = f"{'Prices' if several else 'Price'} as quoted, and {counted(len(marks), 'event')}, "
    told += layout.day_range(marks[0].session, marks[-1].session)
    out = _merged_out([out for _, out in found], marks)
    if len(marks) > _MOST:
        marks, out = _largest(histories[0], marks), ()
        told += f"; numbered are the {_NUMBERED} on whose sessions {histories[0].instrument.label} moved most"
    words = layout.Words(
        title or _found(histories, each),
        subtitle or told,
        _CAPTION + _SEVERAL * several,
        footnote_lines(result, names if several else names[0], "; ".join(
            f"{history.instrument.label}: {said}" if several else said
            for history, said in zip(histories, n, strict=True)), source),
    )  # fmt: skip
    with drawing(style):
        looks = looks_of(result, style)
        entries = key_entries(marks, out)
        beside = ax is not None or len(entries) <= BESIDE
        lane, key = lane_height(marks), 0.0 if beside else key_height(len(entries), _COLUMNS) + _GAP
        width, height = style.size(_WIDTH, _HEIGHT + _PANEL * (len(histories) - 1) + key)
        if ax is not None and several:
            layout.make_room(ax, _NAME, 0.0, 0.0, 0.0)
        outer = _UNIT + several * _NAME
        whole = layout.axes_points(ax)[0] if ax is not None else width - 2 * layout.EDGE - outer
        right = beside * (_GUTTER + _KEY * whole)
        room = layout.Room(left=0.0, right=right, top=_GAP + lane, bottom=_DATES + key, outer=outer)
        stack = [1.0] * len(histories), _BETWEEN
        axes = layout.panels(ax, 1, 1, words, room, (width, height), style, stack)
        _draw(axes, histories, marks, each, looks, style, turned=turned)
        across, high = layout.axes_points(axes[0])
        if beside:
            # From the top of the lane to the bottom of the last panel.
            tall = len(axes) * high + (len(axes) - 1) * _BETWEEN + lane
            draw_key(axes[0], entries, Area(across + _GUTTER, high + lane, _KEY * whole, tall), looks, style)
        else:
            draw_key(axes[-1], entries, Area(0.0, -_DATES, whole, key - _GAP, _COLUMNS), looks, style)
    return axes[0] if series is None or isinstance(series, str) else axes


def _chosen(result: StudyResult, series: str | list[str] | tuple[str, ...] | None) -> tuple[History, ...]:
    if series is None or isinstance(series, str):
        return (chosen_history(result, series, priced=True),)
    if not series or len(set(series)) < len(series):
        raise DesignError(f"a timeline needs one or several different series, not {list(series)}")
    return tuple(chosen_history(result, name, priced=True) for name in series)


def _found(histories: tuple[History, ...], each: Sequence[tuple[EventMark, ...]]) -> str:
    """Say what the prices did from the session before the first event to that of the last."""
    if len(histories) > _NAMED:
        return f"{len(histories)} markets through {counted(max(map(len, each)), 'event')}"
    said = []
    for history, marks in zip(histories, each, strict=True):
        first, last = np.searchsorted(history.sessions, np.array([marks[0].session, marks[-1].session]))
        prices = _prices(history)[[max(int(first) - 1, 0), int(last)]]
        digits = int(np.clip(3 - np.floor(np.log10(np.abs(prices).max() or 1.0)), 0, 4))
        said.append(
            f"{history.instrument.label} from {layout.plain(prices[0], digits)} to {layout.plain(prices[1], digits)}"
        )
    return f"{listed(said)} through the events"


def _n(marks: tuple[EventMark, ...], out: tuple[EventMark, ...]) -> str:
    used = sum(not mark.unused for mark in marks)
    reasons = ", ".join(dict.fromkeys(mark.unused for mark in marks if mark.unused))
    hollow = f"; hollow flags: in no mean ({reasons})" if reasons else ""
    return f"n = {used} of {len(marks) + len(out)} events{hollow}"


def _draw(
    axes: tuple[Axes, ...],
    histories: tuple[History, ...],
    marks: tuple[EventMark, ...],
    each: list[tuple[EventMark, ...]],
    looks: Mapping[str, Look],
    style: Style,
    *,
    turned: bool,
) -> None:
    """Draw everything that stands on the axes themselves: prices, closures, marks, flags and their lines."""
    courses = _line_courses(marks, each)
    ends = [_shown(history, of_series) for history, of_series in zip(histories, each, strict=True)]
    first, last = min(first for first, _ in ends), max(last for _, last in ends)
    for k, (ax, history, of_series) in enumerate(zip(axes, histories, each, strict=True)):
        prices = _draw_price(ax, history, first, last, style, low=len(axes) > 1, turned=turned)
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


def _largest(history: History, marks: tuple[EventMark, ...]) -> tuple[EventMark, ...]:
    """Return the events on whose sessions a series moved most, numbered anew in the order of sessions."""
    moves = dict(zip(history.sessions.astype("datetime64[D]"), np.abs(np.nan_to_num(history.returns)), strict=True))
    kept = sorted(range(len(marks)), key=lambda k: -moves.get(marks[k].session, 0.0))[:_NUMBERED]
    return tuple(replace(marks[k], number=number) for number, k in enumerate(sorted(kept), start=1))


def _merged_out(each: Sequence[tuple[EventMark, ...]], marks: tuple[EventMark, ...]) -> tuple[EventMark, ...]:
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
            feet[at] = floor if runs_on or feet.get(at) == floor else prices[at]
    return dict(sorted(feet.items()))


def _steps_between(courses: _Courses, panel: int) -> list[tuple[np.datetime64, np.datetime64]]:
    """Return from which session above to which session of a panel the lines lead, once each."""
    return sorted({(line[panel - 1], line[panel]) for line in courses.values() if len(line) > panel})


def _name_panel(ax: Axes, label: str, left: float, style: Style) -> None:
    """Write the name of a panel upright, some points left of its axes."""
    words = layout.cut(label, layout.axes_points(ax)[1] + _BETWEEN / 2, layout.ruler(1.15 * style.text, style))
    look = {"color": style.ink, "fontsize": style.text, "fontweight": "bold", "rotation": 90}
    layout.note(ax, words, (0, 0.5), (-left, 0), "name", ha="left", va="center", **look)


# -- the price --------------------------------------------------------------------------------------------------------


def _draw_price(
    ax: Axes, history: History, first: np.datetime64, last: np.datetime64, style: Style, *, low: bool, turned: bool
) -> dict[np.datetime64, float]:
    """Draw the price between two days, with its axes and closures; return it by session."""
    start, end = np.searchsorted(history.sessions, np.array([first, last + 1]))
    sessions, values = history.sessions[start:end], _prices(history)[start:end]
    closed = breaks(history, int(start), int(end) - 1)
    x, y = _broken(np.array([layout.date_number(day) for day in sessions]), values, closed)
    ax.plot(x, y, color=style.ink, linewidth=1.3, solid_joinstyle="round", zorder=3, gid="price")
    slack = 0.06 * float(values.max() - values.min()) or 1.0
    ax.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
    turned = turned and history.instrument.orientation < 0
    if turned:
        ax.invert_yaxis()
    layout.date_axis(ax, first, last)
    layout.number_ticks(ax, style)
    _name_unit(ax, price_label(history, turned=turned), style, low=low)
    draw_breaks(ax, closed, style)
    return dict(zip(sessions, map(float, values), strict=True))


def _name_unit(ax: Axes, label: str, style: Style, *, low: bool) -> None:
    """Write the unit beside the axis; beside a low one, two lines or three small ones, and fewer ticks."""
    height, size = layout.axes_points(ax)[1], style.text
    lines = layout.wrap(label, height, layout.ruler(size, style))
    if low:
        ax.locator_params(axis="y", nbins=int(np.clip(height // _TICK, 1, _MOST_TICKS)))
    if low and len(lines) > _LINES:
        size = style.small
        measure = layout.ruler(size, style)
        lines = layout.wrap(label, height, measure)
        lines = [*lines[:_LINES], *([layout.cut(" ".join(lines[_LINES:]), height, measure)] if lines[_LINES:] else [])]
    ax.set_ylabel("\n".join(lines), fontsize=size, color=style.ink, labelpad=8)


def _prices(history: History) -> Floats:
    if history.prices is None:
        raise DesignError(f"'{history.name}' came as returns, so there is no price to draw")
    return history.prices


def _broken(x: Floats, y: Floats, closed: tuple[Break, ...]) -> tuple[Floats, Floats]:
    """Break a line at closures: a NaN after the last session before each."""
    after = [int(np.searchsorted(x, layout.date_number(gap.after))) for gap in closed]
    return np.insert(x, after, [layout.date_number(gap.before) for gap in closed]), np.insert(y, after, np.nan)


def price_label(history: History, *, turned: bool = False) -> str:
    """Name the unit of a price; where a fall is the asset's gain, say so, or that the axis is turned."""
    instrument = history.instrument
    unit = instrument.quote or "price as supplied"
    if instrument.orientation > 0:
        return unit
    gain = instrument.up or f"{instrument.label} gained"
    return f"{unit}, upside down (up = {gain})" if turned else f"{unit} (down = {gain})"


class Break(NamedTuple):
    """A stretch without sessions: the session before, the session after, and why if the catalogue knows."""

    before: np.datetime64
    after: np.datetime64
    why: str

    @property
    def words(self) -> tuple[str, ...]:
        """The label of the shade, in parts that stand on lines of their own."""
        days = int((self.after - self.before).astype(int))
        return (
            self.why or "No prices",
            f"for {days} days,",
            f"{layout.day_month(self.before)} – {layout.day_month(self.after)}",
        )


def breaks(history: History, first: int, last: int) -> tuple[Break, ...]:
    """Return the closures between two sessions of a history: steps that are no ordinary ones."""
    steps = np.flatnonzero(history.closures[first + 1 : last + 1]) + first + 1
    return tuple(
        Break(history.sessions[k - 1], history.sessions[k], _why(history, history.sessions[k - 1], history.sessions[k]))
        for k in steps
    )


def _why(history: History, before: np.datetime64, after: np.datetime64) -> str:
    known = history.instrument.closures
    whys = [c.why for c in known if np.datetime64(c.last) > before and np.datetime64(c.first) < after]
    return "; ".join(dict.fromkeys(whys))


def draw_breaks(ax: Axes, closed: tuple[Break, ...], style: Style) -> None:
    """Shade closures and label them, across where there is room, else upright."""
    width, height = layout.axes_points(ax)
    low, high = ax.get_xlim()
    measure = layout.ruler(style.small, style)
    for gap in closed:
        left, right = layout.date_number(gap.before), layout.date_number(gap.after)
        ax.axvspan(left, right, color=style.closure, linewidth=0, zorder=0.5, gid=f"closure/{gap.before}")
        room = (right - left) / (high - low) * width - 8.0
        across = max(map(measure, " ".join(gap.words).split())) <= room
        lines = [line for part in gap.words for line in layout.wrap(part, room if across else 0.8 * height, measure)]
        if not across and len(lines) * style.small * 1.3 > room:
            continue
        ax.annotate(
            "\n".join(lines),
            ((left + right) / 2, 0.5),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="center",
            rotation=0 if across else 90,
            color=style.muted,
            fontsize=style.small,
            gid=f"closure-label/{gap.before}",
        )
