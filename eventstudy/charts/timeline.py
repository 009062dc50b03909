"""The price of one or several series through the study's events, each flagged, led down to its session, and listed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Unpack, overload

import numpy as np
import pandas as pd

from eventstudy.charts import layout, subject
from eventstudy.charts.layout import Words, chart, date_number, day_month
from eventstudy.charts.style import EDGE, LIGHT, Look, Style
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.events.schema import NEUTRAL
from eventstudy.markets.history import History
from eventstudy.matching import MIXED, labels_in_order
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, day_in_words, listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Sessions shown before the first event session and after the last.
MARGIN = 20

#: In points: width and height of a new figure, room for prices and their unit on the left, and of a further panel.
_WIDTH, _HEIGHT, _UNIT, _PANEL = 936.0, 526.0, 54.0, 170.0

#: In points: room for dates below the axes, between axes and key, parts and panels, and for the names of panels.
_DATES, _GUTTER, _GAP, _BETWEEN, _NAME = 28.0, 22.0, 14.0, 18.0, 18.0

#: Up to so many entries the key stands beside the axes and takes this share of the width; else below, in columns.
BESIDE, _KEY, _COLUMNS = 32, 0.38, 3

#: Of more events than can be told apart so many are numbered; so many instruments are named in a title.
_MOST, _NUMBERED, _NAMED = 80, 40, 3

#: Beside low axes: so many lines of the unit before it is written small, so many points a tick, and ticks at most.
_LINES, _TICK, _MOST_TICKS = 2, 15.0, 8

#: Size of a flag, its distance to the next, and height of the slanted leaders, in points.
_FLAG, _PITCH, _KNEE = 13.0, 14.5, 16.0

#: Of the key: height of a row and of the header, size of a flag, left edge of the days, gap behind them, in points.
_ROW, _HEADER, _KEY_FLAG, _DAYS, _BEHIND = 12.4, 22.0, 10.0, 14.0, 8.0

#: Outlines by the marker of a look: a sign that points up, a square, a sign that points down, a diamond, an octagon;
#: and by how many points a number sits above the middle of its flag.
_OUTLINES = {
    "^": [(-0.84, -0.9), (0.84, -0.9), (0.84, 0.35), (0.0, 1.0), (-0.84, 0.35), (-0.84, -0.9)],
    "s": [(-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8), (-0.8, -0.8)],
    "v": [(-0.84, 0.9), (0.84, 0.9), (0.84, -0.35), (0.0, -1.0), (-0.84, -0.35), (-0.84, 0.9)],
    "D": [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)],
    "o": [(-0.4, -0.9), (0.4, -0.9), (0.9, -0.4), (0.9, 0.4), (0.4, 0.9), (-0.4, 0.9), (-0.9, 0.4), (-0.9, -0.4),
          (-0.4, -0.9)],
}  # fmt: skip
_LIFT = {"^": -1.3, "v": 1.3}

_CAPTION = (
    "Prices as quoted. A flag stands at the first session in which the news could move the price: it is matched to the "
    "first price struck after it; an arrow in the key leads from the day of the news to that session. Hollow: in no "
    "mean."
)

_SEVERAL = (
    " The line of a flag leads through the panels to the session of each, slanted where these differ; the arrow in the "
    "key leads to the session of the first panel that has one."
)


@overload
def timeline(
    result: StudyResult,
    series: str | None = None,
    ax: Axes | None = None,
    *,
    turned: bool = False,
    **words: Unpack[Words],
) -> Axes: ...


@overload
def timeline(
    result: StudyResult,
    series: list[str] | tuple[str, ...],
    ax: Axes | None = None,
    *,
    turned: bool = False,
    **words: Unpack[Words],
) -> tuple[Axes, ...]: ...


@chart
def timeline(
    result: StudyResult,
    series: str | list[str] | tuple[str, ...] | None = None,
    ax: Axes | None = None,
    *,
    turned: bool = False,
    **words: Unpack[Words],
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
    single = series is None or isinstance(series, str)
    chosen: Sequence[Any] = [series] if single else list(series or ())
    if not chosen or len(set(chosen)) < len(chosen):
        raise DesignError(f"a timeline needs one or several different series, not {chosen}")
    histories = [subject.chosen_history(result, name, priced=True) for name in chosen]
    each = [_events(result, history.name) for history in histories]
    marks, out = _merged(each)
    several, count = len(histories) > 1, counted(len(marks), "event")
    days = layout.day_range(marks["session"].iloc[0], marks["session"].iloc[-1])
    told = f"{'Prices' if several else 'Price'} as quoted, and {count}, {days}"
    if len(marks) > _MOST:
        marks, out = _largest(histories[0], marks), out[:0]
        told += f"; numbered are the {_NUMBERED} on whose sessions {histories[0].instrument.label} moved most"
    n = [
        f"{history.instrument.label}: {_n(of)}" if several else _n(of)
        for history, of in zip(histories, each, strict=True)
    ]
    names = [history.name for history in histories]
    entries = _entries(marks, out)
    beside = ax is not None or len(entries) <= BESIDE
    lane = _KNEE + _PITCH * int(marks["session"].value_counts().max())
    key = 0.0 if beside else _key_height(len(entries), _COLUMNS) + _GAP
    outer = _UNIT + several * _NAME
    size = words.get("style", LIGHT).sheet or (_WIDTH, _HEIGHT + _PANEL * (len(histories) - 1) + key)
    whole = layout.axes_points(ax)[0] - several * _NAME if ax is not None else size[0] - 2 * EDGE - outer
    axes = layout.frame(
        ax, (0.0, beside * (_GUTTER + _KEY * whole), _GAP + lane, _DATES + key), size, words,
        title=_found(result, histories, each),
        subtitle=told,
        caption=_CAPTION + _SEVERAL * several,
        footnote=subject.footnote_lines(result, names if several else names[0], "; ".join(n), words),
        outer=outer,
        names=several * _NAME,
        stack=([1.0] * len(histories), _BETWEEN),
    )  # fmt: skip
    looks, (across, high) = subject.looks_of(result, words), layout.axes_points(axes[0])
    _draw(axes, histories, marks, each, looks, words, turned=turned)
    style = words.get("style", LIGHT)
    if beside:
        # From the top of the lane to the bottom of the last panel.
        tall = len(axes) * high + (len(axes) - 1) * _BETWEEN + lane
        _draw_key(axes[0], marks, entries, (across + _GUTTER, high + lane, _KEY * whole, tall), 1, looks, style)
    else:
        _draw_key(axes[-1], marks, entries, (0.0, -_DATES, whole, key - _GAP), _COLUMNS, looks, style)
    return axes[0] if single else axes


# --- the events: a row each, with its number on the chart, dates as ISO text ------------------------------------------


def _events(result: StudyResult, series: str) -> pd.DataFrame:
    """Return the events that are about a series, in the order of sessions, last those without one (numbered 0).

    `label` is the event's own, `net` that of its market event; `unused` says in a word or two why it is in no mean.
    """
    rows = result.matches[result.matches["series"] == series]
    rows = rows[~rows["reason"].str.startswith("other-series")]
    news = result.events.set_index("id").loc[rows["event_id"]]
    found = pd.DataFrame({
        "event_id": rows["event_id"].to_numpy(),
        "label": rows["stance"].to_numpy(),
        "net": rows["net_stance"].where(rows["net_stance"] != "", rows["stance"]).to_numpy(),
        "headline": [" ".join(words.split()) or name for name, words in news["headline"].items()],
        "unused": [reason.split(":")[0].replace("-", " ") * (status != "used")
                   for reason, status in zip(rows["reason"], rows["status"], strict=True)],
        "day": news["time"].str[:10].to_numpy(),
        "session": rows["session"].dt.strftime("%Y-%m-%d").fillna("").to_numpy(),
    })  # fmt: skip
    if not found["session"].any():
        raise NothingUsableError(f"no event has a session in '{series}'; the reasons stand in matches")
    return _numbered(found)


def _numbered(found: pd.DataFrame) -> pd.DataFrame:
    there = found[found["session"] != ""].sort_values(["session", "day"], kind="stable")
    there = there.assign(number=range(1, len(there) + 1))
    return pd.concat([there, found[found["session"] == ""].assign(number=0)], ignore_index=True)


def _merged(each: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the events of several series once: at the session of the first that has one; and those without any.

    An event is unused if no series used it.
    """
    every = pd.concat(each, ignore_index=True)
    there = every[every["session"] != ""]
    marks, used = there.drop_duplicates("event_id"), there.loc[there["unused"] == "", "event_id"]
    marks = _numbered(marks.assign(unused=marks["unused"].where(~marks["event_id"].isin(used), "")))
    out = every[~every["event_id"].isin(marks["event_id"])].drop_duplicates("event_id")
    return marks, out.sort_values("day", kind="stable") if len(each) > 1 else out


def _largest(history: History, marks: pd.DataFrame) -> pd.DataFrame:
    """Return the events on whose sessions a series moved most, numbered anew in the order of sessions."""
    moves = pd.Series(np.abs(np.nan_to_num(history.returns)), history.sessions.astype(str))
    order = np.argsort(-moves.reindex(marks["session"]).fillna(0.0).to_numpy(), kind="stable")
    return _numbered(marks.iloc[np.sort(order[:_NUMBERED])])


def _found(result: StudyResult, histories: Sequence[History], each: Sequence[pd.DataFrame]) -> str:
    """Say what each market did on the event session on which it moved most, of many markets that which moved most."""
    moves = []
    for history, events in zip(histories, each, strict=True):
        days = events.loc[events["session"] != "", "session"]
        there = pd.Series(np.nan_to_num(history.returns), history.sessions.astype(str)).reindex(days.unique())
        day = str(there.abs().idxmax())
        moves.append((float(there[day]), day, history, len(days)))
    if len(moves) > _NAMED:
        moves = sorted(moves, key=lambda one: -abs(one[0]) * one[2].instrument.unit.endswith(" return"))[:1]
    said = []
    for move, day, history, _ in moves:
        size = subject.figure(move, result.estimates[history.name].unit).lstrip("+−")
        did = f"{'rose' if move > 0 else 'fell'} {size}" if move else "did not move"
        when = day_in_words(date.fromisoformat(day))
        said.append(f"{history.instrument.label} {did} on {when} {day[:4]}")
    most = "move" if len(moves) == 1 else "moves"
    return f"{listed(said)}, the largest {most} of {counted(max(n for *_, n in moves), 'event')}"


def _n(events: pd.DataFrame) -> str:
    there = events[events["session"] != ""]
    reasons = ", ".join(there.loc[there["unused"] != "", "unused"].unique())
    hollow = f"; hollow flags: in no mean ({reasons})" if reasons else ""
    return f"n = {int((there['unused'] == '').sum())} of {len(events)} events{hollow}"


def _nets(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row a session: the net label of its market event; of events that make none, the first's own."""
    first = events.iloc[np.argsort((events["unused"] != "").to_numpy(), kind="stable")]
    return first.drop_duplicates("session").sort_values("session")


# --- prices, flags, and the lines between them ------------------------------------------------------------------------


def _draw(
    axes: Sequence[Axes],
    histories: Sequence[History],
    marks: pd.DataFrame,
    each: Sequence[pd.DataFrame],
    looks: Mapping[str, Look],
    words: Words,
    *,
    turned: bool,
) -> None:
    """Draw everything that stands on the axes themselves: prices, closures, marks, flags and their lines."""
    own, style = [events[events["session"] != ""] for events in each], words.get("style", LIGHT)
    ends = []
    for history, of in zip(histories, own, strict=True):
        first, last = np.searchsorted(history.sessions, of["session"].iloc[[0, -1]].to_numpy(dtype="datetime64[D]"))
        ends += [history.sessions[max(first - MARGIN, 0)], history.sessions[min(last + MARGIN, len(history) - 1)]]
    # Where the line of an event stands in each panel: its session there, or straight on from the panel above; no
    # further than the last panel that has one.
    there = pd.concat([of.set_index("event_id")["session"].rename(k) for k, of in enumerate(own)], axis=1)
    there = there.reindex(marks["event_id"])
    courses = there.ffill(axis=1).fillna(there.bfill(axis=1)).where(there.bfill(axis=1).notna())
    leader: dict[str, Any] = {"color": style.muted, "linewidth": 0.6, "alpha": 0.45, "zorder": 1.5}
    for k, (ax, history, of) in enumerate(zip(axes, histories, own, strict=True)):
        prices = _draw_price(ax, history, min(ends), max(ends), style, low=len(axes) > 1, turned=turned)
        onward = courses[k + 1].notna() if k + 1 < len(axes) else courses[k].isna()
        floor, top = ax.get_ylim()
        stems = {day: floor if on else prices[day] for day, on in onward.groupby(courses[k].to_numpy()).any().items()}
        if k == 0:
            _draw_lane(ax, marks, stems, looks, leader, style)
        else:
            _draw_steps(ax, courses[[k - 1, k]].dropna().drop_duplicates(), leader)
            for day, foot in stems.items():
                ax.plot([date_number(day)] * 2, [foot, top], gid=f"stem/{day}", **leader)
        _draw_marks(ax, of, prices, looks, style)
        if len(axes) > 1:
            ax.tick_params(labelbottom=k == len(axes) - 1)
            measure = layout.ruler(1.15 * style.text, style)
            label = layout.cut(history.instrument.label, layout.axes_points(ax)[1] + _BETWEEN / 2, measure)
            layout.note(
                ax, label, (0, 0.5), (-_UNIT - _NAME, 0), "name", ha="left", va="center", rotation=90, **style.bold
            )
    if len(axes) > 1:
        axes[0].figure.align_ylabels(axes)


def _draw_lane(
    ax: Axes,
    marks: pd.DataFrame,
    stems: Mapping[Hashable, float],
    looks: Mapping[str, Look],
    leader: dict[str, Any],
    style: Style,
) -> None:
    """Draw the lane: a column of flags a session, moved sideways where they would overlap, and their leaders."""
    (width, height), (first, last), top = layout.axes_points(ax), ax.get_xlim(), ax.get_ylim()[1]
    targets = [(date_number(day) - first) / (last - first) * width for day in stems]
    pitch = min(_PITCH, width / len(stems))
    flags: dict[Hashable, list[dict[Hashable, Any]]] = {}
    for mark in marks.to_dict("records"):
        flags.setdefault(mark["session"], []).append(mark)
    knee, places = 1.0 + (_KNEE - 2.0) / height, layout.spread(targets, pitch, 0.0, width)
    for (day, foot), target, x in zip(stems.items(), targets, places, strict=True):
        ax.plot([date_number(day)] * 2, [foot, top], gid=f"stem/{day}", **leader)
        ax.plot([target / width, x / width], [1.0, knee], transform=ax.transAxes, clip_on=False, gid=f"leader/{day}",
                **leader)  # fmt: skip
        for row, mark in enumerate(reversed(flags[day])):
            at = float(x), height + _KNEE + _PITCH * row + _FLAG / 2
            _draw_flag(ax, at, mark, looks[mark["label"]], style, "flag", _FLAG * pitch / _PITCH)


def _draw_flag(
    ax: Axes, at: tuple[float, float], mark: Mapping[Hashable, Any], look: Look, style: Style, what: str, size: float
) -> None:
    """Draw one numbered flag in points from the axes' lower left corner, hollow if the event is in no mean."""
    from matplotlib.path import Path

    hollow, gid = bool(mark["unused"]), f"{what}/{mark['event_id']}"
    edge: dict[str, Any] = {"markeredgecolor": look.colour, "markeredgewidth": 0.9 if hollow else 0.0}
    layout.mark_at(ax, at, gid, marker=Path(_OUTLINES[look.marker]), markersize=size,
                   markerfacecolor=style.paper if hollow else look.colour, zorder=5, **edge)  # fmt: skip
    place = at[0], at[1] + _LIFT.get(look.marker, 0.0) * size / _FLAG
    layout.note(ax, str(mark["number"]), (0, 0), place, f"{gid}/number", ha="center", va="center_baseline", zorder=6,
                color=look.colour if hollow else style.paper, fontsize=0.5 * size, fontweight="bold")  # fmt: skip


def _draw_steps(ax: Axes, steps: pd.DataFrame, leader: dict[str, Any]) -> None:
    """Lead lines on from the panel above, slanted where this panel's session is another."""
    height, (first, last) = layout.axes_points(ax)[1], ax.get_xlim()
    for above, here in sorted(steps.itertuples(index=False, name=None)):
        slanted = [(date_number(day) - first) / (last - first) for day in (here, above)]
        ax.plot(slanted, [1.0, 1.0 + _BETWEEN / height], transform=ax.transAxes, clip_on=False,
                gid=f"leader/{above}/{here}", **leader)  # fmt: skip


def _draw_marks(
    ax: Axes, events: pd.DataFrame, prices: Mapping[Hashable, float], looks: Mapping[str, Look], style: Style
) -> None:
    """Mark each event session on the price line by the net label of its market event."""
    for row in _nets(events).to_dict("records"):
        day, look, hollow = row["session"], looks[row["net"]], bool(row["unused"])
        face, edge = (style.paper, look.colour) if hollow else (look.colour, style.paper)
        ax.plot([date_number(day)], [prices[day]], marker=look.marker, markersize=6.5 if look.marker in "^v" else 5.5,
                linestyle="none", zorder=4, markerfacecolor=face, markeredgecolor=edge, markeredgewidth=0.6,
                gid=f"mark/{day}")  # fmt: skip


def _draw_price(
    ax: Axes, history: History, first: np.datetime64, last: np.datetime64, style: Style, *, low: bool, turned: bool
) -> dict[Hashable, float]:
    """Draw the price between two days, with its axes and closures; return it by session."""
    start, end = np.searchsorted(history.sessions, np.array([first, last + 1]))
    days, values = history.sessions[start:end], np.asarray(history.prices)[start:end]
    # The line is broken at closures, steps that are no ordinary ones: a NaN after the last session before each.
    shut, x = np.flatnonzero(history.closures[start + 1 : end]), np.array([date_number(day) for day in days])
    ax.plot(np.insert(x, shut + 1, x[shut]), np.insert(values, shut + 1, np.nan), color=style.ink, linewidth=1.3,
            solid_joinstyle="round", zorder=3, gid="price")  # fmt: skip
    slack = 0.06 * float(values.max() - values.min()) or 1.0
    ax.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
    instrument = history.instrument
    unit, gain = instrument.quote or "price as supplied", instrument.up or f"{instrument.label} gained"
    if instrument.orientation < 0:
        unit += f", upside down (up = {gain})" if turned else f" (down = {gain})"
        ax.yaxis.set_inverted(turned)
    layout.date_axis(ax, first, last)
    layout.number_ticks(ax)
    _name_unit(ax, unit, style, low=low)
    for before, after in zip(days[shut], days[shut + 1], strict=True):
        _draw_closure(ax, history, before, after, style)
    return dict(zip(days.astype(str).tolist(), map(float, values), strict=True))


def _name_unit(ax: Axes, label: str, style: Style, *, low: bool) -> None:
    """Write the unit beside the axis; beside a low one, two lines or three small ones, and fewer ticks."""
    height, font = layout.axes_points(ax)[1], style.text
    lines = layout.wrap(label, height, layout.ruler(font, style))
    if low:
        ax.locator_params(axis="y", nbins=int(np.clip(height // _TICK, 1, _MOST_TICKS)))
    if low and len(lines) > _LINES:
        font, measure = style.small, layout.ruler(style.small, style)
        lines = layout.wrap(label, height, measure)
        lines = [*lines[:_LINES], *([layout.cut(" ".join(lines[_LINES:]), height, measure)] if lines[_LINES:] else [])]
    ax.set_ylabel("\n".join(lines), fontsize=font, labelpad=8)


def _draw_closure(ax: Axes, history: History, before: np.datetime64, after: np.datetime64, style: Style) -> None:
    """Shade a stretch without sessions and say why, across where there is room, else upright."""
    (width, height), (low, high) = layout.axes_points(ax), ax.get_xlim()
    known = history.instrument.closures
    why = [c.why for c in known if np.datetime64(c.last) > before and np.datetime64(c.first) < after]
    parts = ["; ".join(dict.fromkeys(why)) or "No prices", f"for {int((after - before).astype(int))} days,",
             f"{day_month(before)} – {day_month(after)}"]  # fmt: skip
    left, right, measure = date_number(before), date_number(after), layout.ruler(style.small, style)
    ax.axvspan(left, right, color=style.closure, linewidth=0, zorder=0.5, gid=f"closure/{before}")
    room = (right - left) / (high - low) * width - 8.0
    across = max(map(measure, " ".join(parts).split())) <= room
    lines = [line for part in parts for line in layout.wrap(part, room if across else 0.8 * height, measure)]
    if across or len(lines) * style.small * 1.3 <= room:
        middle = ((left + right) / 2 - low) / (high - low), 0.5
        layout.note(ax, "\n".join(lines), middle, (0, 0), f"closure-label/{before}", ha="center", va="center",
                    rotation=0 if across else 90, **style.quiet)  # fmt: skip


# --- the key ---------------------------------------------------------------------------------------------------------


def _key_height(n: int, columns: int = 1) -> float:
    """Return how many points a key of `n` entries is high at its full size, a line each."""
    return _HEADER + _ROW * -(-n // columns)


def _entries(marks: pd.DataFrame, out: pd.DataFrame) -> list[tuple[Mapping[Hashable, Any], str, str]]:
    """Return what a key lists: the events flagged, then those that have no session in the series.

    Beside each the news' day and, if it is another, the session's; the year stands where it changes.
    """
    entries, year = [], ""
    for mark in marks.to_dict("records"):
        day, session = str(mark["day"]), str(mark["session"])
        span = day_month(session)
        if day != session:
            span = f"{day_month(day).split()[0] if day[:7] == session[:7] else day_month(day)} → {span}"
        entries.append((mark, span if session[:4] == year else f"{span} {session[:4]}", str(mark["headline"])))
        year = session[:4]
    others = out.to_dict("records")
    return entries + [(e, layout.full_day(e["day"]), f"Not shown, {e['unused']}: {e['headline']}") for e in others]


def _draw_key(
    ax: Axes,
    marks: pd.DataFrame,
    entries: Sequence[tuple[Mapping[Hashable, Any], str, str]],
    area: tuple[float, float, float, float],
    columns: int,
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    """Write the key at left, top, width and height: headlines in full if there is room for them, else cut to a line."""
    left, top, width, height = area
    scale = min(1.0, height / _key_height(len(entries), columns))
    font, leading, row = style.small * scale, 1.25 * style.small * scale, _ROW * scale
    # Somebody else's figure may be drawn with hinting, which widens small letters by up to an eighth.
    measure = layout.ruler(font if scale == 1.0 else 1.12 * font, style)
    days = _DAYS + max(measure(day) for _, day, _ in entries) + _BEHIND
    column = (width - _GUTTER * (columns - 1)) / columns
    lines = [layout.wrap(headline, column - days, measure) for *_, headline in entries]
    if columns > 1 or _HEADER * scale + sum(row + leading * (len(parts) - 1) for parts in lines) > height:
        lines = [[layout.cut(headline, column - days, measure)] for *_, headline in entries]
    _draw_header(ax, marks, (left, top - 8.0 * scale), width, looks, style)
    letters: dict[str, Any] = {"fontsize": font, "va": "center_baseline"}
    for k, ((mark, day, _), parts) in enumerate(zip(entries, lines, strict=True)):
        place, first = divmod(k, -(-len(entries) // columns))
        if not first:
            x, y = left + place * (column + _GUTTER), top - (_HEADER + _ROW / 2) * scale
        if mark["number"]:
            _draw_flag(ax, (x + _KEY_FLAG / 2, y), mark, looks[mark["label"]], style, "key-flag", _KEY_FLAG * scale)
        layout.note(ax, day, (0, 0), (x + _DAYS, y), f"key-day/{mark['event_id']}", color=style.muted, **letters)
        colour = style.ink if mark["number"] and not mark["unused"] else style.muted
        for n, part in enumerate(parts):
            gid = f"key/{mark['event_id']}" + (f"/{n}" if n else "")
            layout.note(ax, part, (0, 0), (x + days, y - n * leading), gid, color=colour, **letters)
        y -= row + leading * (len(parts) - 1)


def _draw_header(
    ax: Axes, marks: pd.DataFrame, at: tuple[float, float], room: float, looks: Mapping[str, Look], style: Style
) -> None:
    """Say what the shapes mean and how many of each there are."""
    counts, hollow = marks["label"].value_counts(), int((marks["unused"] != "").sum())
    labels = [*labels_in_order([label for label in counts.index if label]), *([""] if "" in counts else [])]
    names = {label: f"{label or 'events'} {counts[label]}" for label in labels}
    entries = [(looks[label].marker, looks[label].colour, name, name) for label, name in names.items()]
    n_mixed = int((_nets(marks)["net"] == MIXED).sum())
    if n_mixed:
        both = " and ".join(label for label in labels if label not in NEUTRAL)
        mixed = looks[MIXED]
        entries.append((mixed.marker, mixed.colour, f"{both} in one session {n_mixed}", f"mixed {n_mixed}"))
    if hollow:
        entries.append(("o", style.muted, f"hollow: in no mean {hollow}", f"hollow {hollow}"))
    measure = layout.ruler(style.small, style)
    wide = sum(measure(name) + 23.0 for _, _, name, _ in entries) - 12.0 > room
    x, y = at
    for marker, colour, full, short in entries:
        name, empty = short if wide else full, full.startswith("hollow")
        gid = name.rsplit(" ", 1)[0]
        layout.mark_at(ax, (x + 4.0, y), f"legend/{gid}", marker=marker, markersize=6.5, color=colour,
                       markeredgewidth=0.9 * empty, markerfacecolor=style.paper if empty else colour)  # fmt: skip
        layout.note(ax, name, (0, 0), (x + 11.0, y), f"legend-label/{gid}", color=colour, fontsize=style.small,
                    va="center_baseline")  # fmt: skip
        x += 11.0 + measure(name) + 12.0
