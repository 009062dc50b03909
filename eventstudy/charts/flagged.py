"""The price of one or several series through the study's events, each flagged, led down to its session, and listed."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.layout import BOLD, CAPTIONS, Axes, Panel, Words, chart, date_number, short_day
from eventstudy.charts.style import EDGE, Look
from eventstudy.charts.subject import Subject
from eventstudy.errors import NothingUsableError
from eventstudy.markets.history import History
from eventstudy.matching import MIXED, labels_in_order
from eventstudy.study.result import StudyResult
from eventstudy.wording import Row, counted, day_in_words, listed, quantity

#: Sessions shown before the first event session and after the last.
MARGIN = 20

#: In points: width and height of a new figure, room for prices and their unit on the left, and of a further panel.
_WIDTH, _HEIGHT, _UNIT, _PANEL = 936.0, 526.0, 54.0, 170.0

#: On a sheet, whose panels are lower, a unit takes a third line: its height in points.
_THIRD = 10.0

#: In points: room for dates below the axes, between axes and key, parts and panels, and for the names of panels.
_DATES, _GUTTER, _GAP, _BETWEEN, _NAME = 28.0, 22.0, 14.0, 18.0, 18.0

#: Up to so many entries the key stands beside the axes and takes this share of the width at most; else it stands below,
#: in columns.
BESIDE, _KEY, _COLUMNS = 32, 0.38, 3

#: Of more events than can be kept apart so many are numbered; so many instruments are named in a title.
_MOST, _NUMBERED, _NAMED = 80, 40, 3

#: Size of a flag, its distance to the next, and height of the slanted leaders, in points.
_FLAG, _PITCH, _KNEE = 13.0, 14.5, 16.0

#: Of the key: height of a row and of the header, size of a flag, left edge of the days, gap behind them, in points.
_ROW, _HEADER, _KEY_FLAG, _DAYS, _BEHIND = 12.4, 22.0, 10.0, 14.0, 8.0

#: Outlines by the marker of a look where its own has no room for a number: signs that point up and down, an octagon, a
#: small diamond; and by how many points a number sits above the middle of its flag.
_UP = [(-0.84, -0.9), (0.84, -0.9), (0.84, 0.35), (0.0, 1.0), (-0.84, 0.35), (-0.84, -0.9)]
_OUTLINES: dict[str, Any] = {"^": _UP, "v": [(x, -y) for x, y in _UP], "o": "8",
                              "D": [(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0)]}  # fmt: skip
_LIFT = {"^": -1.3, "v": 1.3}


@chart
def timeline(
    result: StudyResult,
    series: str | list[str] | tuple[str, ...] | None = None,
    ax: Axes | None = None,
    *,
    turned: bool = False,
    **words: Unpack[Words],
) -> Any:
    """Draw the price of one or several series through the events, each flagged at the session that could first react.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str or list of str, optional
        The series; default the study's first one with prices. Of several each has a panel, under each other.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place, which several series share; the
        key's letters get small under 13 × 7 inches.
    turned : bool
        Whether a quote whose fall is the asset's gain (rubles per dollar) stands upside down, so that up is the gain.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes, or tuple of Axes for a list of series
        The axes, from the top; ``.figure`` is the figure.

    Raises
    ------
    UnknownNameError, DesignError, NothingUsableError
        If the study has no such series; if the study was given returns, so that there is no price to draw, or a list is
        empty or names a series twice; if no event has a session in one of the series.

    Notes
    -----
    The price is drawn as quoted. A session with raises and folds bears a mark of its own; events that the study did not
    use have hollow flags, and those without a session are listed in the key. Of more than 80 events the 40 are flagged
    and listed on whose sessions the first series moved most; the others are marks on the price alone. Stretches of
    seven and more days without a session are shaded. Several series share the date axis and the flags; the line of a
    flag leads down through the panels to the session of each, and ends at the last panel that has one.

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
    of = Subject(result, words, series, priced=True)
    n_panels, style, every = len(of.names), of.style, _events(of)
    several = n_panels > 1
    there = every[every["session"] != ""]
    # Every event once, at the session of the first series that has one; unused if no series used it.
    used = there.loc[there["unused"] == "", "event_id"]
    marks = there.drop_duplicates("event_id").sort_values(["session", "day"], kind="stable")
    marks = marks.assign(unused=marks["unused"].where(~marks["event_id"].isin(used), ""))
    out = every[~every["event_id"].isin(marks["event_id"])].drop_duplicates("event_id")
    out = out.sort_values("day", kind="stable")
    days = layout.day_range(marks["session"].iloc[0], marks["session"].iloc[-1])
    under = f"{'Prices' if several else 'Price'} as quoted, and {counted(len(marks), 'event')}, {days}"
    flagged = marks
    if len(marks) > _MOST:
        # Of too many those on whose sessions the first series moved most.
        moves = _moves(of.history, marks["session"]).abs().to_numpy()
        flagged, out = marks.iloc[np.sort(np.argsort(-moves, kind="stable")[:_NUMBERED])], out[:0]
        under += f"; numbered are the {_NUMBERED} on whose sessions {of.label} moved most"
    flagged = flagged.assign(number=range(1, len(flagged) + 1))
    entries = _entries(flagged, out.assign(number=0))
    beside = ax is not None or len(entries) <= BESIDE
    lane = _KNEE + _PITCH * int(flagged["session"].value_counts().max())
    key = 0.0 if beside else _HEADER + _ROW * -(-len(entries) // _COLUMNS) + _GAP
    outer = _UNIT + several * (_NAME + _THIRD * bool(style.sheet and ax is None))
    size = style.sheet or (_WIDTH, _HEIGHT + _PANEL * (n_panels - 1) + key)
    whole = size[0] - 2 * EDGE - outer if ax is None else Panel(ax, style).size[0] - several * _NAME
    # Beside the axes the key is as wide as its headlines, in reason.
    measure = style.measure(style.small)
    needed = _DAYS + max(measure(day) for _, day, _ in entries) + _BEHIND + max(measure(words) for *_, words in entries)
    beside_room = float(np.clip(needed, 0.5 * _KEY * whole, _KEY * whole))
    panels = of.frame(
        ax, (0.0, beside * (_GUTTER + beside_room), _GAP + lane, _DATES + key), size,
        title=_found(of, there),
        subtitle=under,
        caption=CAPTIONS["timeline"] + f" {CAPTIONS['timelines']}" * several,
        n="; ".join(f"{history.instrument.label}: {_n(events)}" if several else _n(events)
                    for history, (_, events) in zip(of.histories, every.groupby("panel"), strict=True)),
        outer=outer,
        names=several * _NAME,
        stack=([1.0] * n_panels, _BETWEEN),
    )  # fmt: skip
    across, high = panels[0].size
    _draw(panels, of, flagged, there, turned=turned)
    for panel, history in zip(panels, of.histories, strict=True) if several else ():
        _name_beside(panel, history.instrument.label, outer)
    # Beside the axes the key reaches from the top of the lane to the bottom of the last panel.
    tall = len(panels) * high + (len(panels) - 1) * _BETWEEN + lane
    area = (across + _GUTTER, high + lane, beside_room, tall) if beside else (0.0, -_DATES, whole, key - _GAP)
    _draw_key(panels[0 if beside else -1], of, marks, entries, area, 1 if beside else _COLUMNS)
    axes = tuple(panel.ax for panel in panels)
    return axes[0] if series is None or isinstance(series, str) else axes


# --- the events: a row each and series, with dates as ISO text --------------------------------------------------------


def _events(of: Subject) -> pd.DataFrame:
    """Return the events about each series, a panel, in the order of sessions; `unused` says why one is in no mean."""
    news = of.result.events[["id", "time", "headline"]].rename(columns={"id": "event_id"})
    rows = of.result.matches[of.result.matches["series"].isin(of.names)].merge(news, on="event_id")
    rows = rows[~rows["reason"].str.startswith("other-series")]
    for name in of.names:
        if not rows.loc[rows["series"] == name, "session"].notna().any():
            raise NothingUsableError(f"no event has a session in '{name}'; the reasons stand in matches")
    headlines, reasons = rows["headline"].str.split().str.join(" "), rows["reason"].str.split(":").str[0]
    days, ids = rows["time"].str[:10], rows["event_id"]
    found = rows[["event_id"]].assign(
        panel=rows["series"].map(of.names.index),
        label=rows["stance"],
        net=rows["net_stance"].where(rows["net_stance"] != "", rows["stance"]),
        # An event without a headline has its id, unless that is the date that stands beside it.
        headline=headlines.where(headlines != "", ids.where(ids != days, "")),
        unused=reasons.str.replace("-", " ").where(rows["status"] != "used", ""),
        day=days,
        session=rows["session"].dt.strftime("%Y-%m-%d").fillna(""),
    )
    order = ["panel", "session", "day"]  # events without a session last: "none" comes behind every date
    return found.sort_values(order, key=lambda of: of.replace("", "none"), kind="stable", ignore_index=True)


def _moves(history: History, sessions: Any) -> pd.Series:
    """Return the raw returns of a series on some sessions, nothing where there is none."""
    return pd.Series(np.nan_to_num(history.returns), history.sessions.astype(str)).reindex(sessions, fill_value=0.0)


def _found(of: Subject, there: pd.DataFrame) -> str:
    """Say what each market did on the event session on which it moved most, of many markets that which moved most."""
    moves = []
    for history, (_, events) in zip(of.histories, there.groupby("panel"), strict=True):
        moved = _moves(history, events["session"].unique())
        day = str(moved.abs().idxmax())
        moves.append((float(moved[day]), day, history, len(events)))
    if len(moves) > _NAMED:
        moves = [max(moves, key=lambda one: abs(one[0]) * one[2].instrument.unit.endswith(" return"))]
    n = max(n for *_, n in moves)
    said = []
    for move, day, history, _ in moves:
        size = quantity(move, of.result.samples[history.name].unit).lstrip("+−")
        # Where the quote falls as the asset gains, "rose" would be said of a falling line.
        up, down = ("rose", "fell") if history.instrument.orientation > 0 else ("gained", "lost")
        did = f"{up if move > 0 else down} {size}" if move else "did not move"
        said.append(f"{history.instrument.label} {did} on {day_in_words(date.fromisoformat(day))} {day[:4]}")
    return f"{listed(said)}, the largest {'move' if len(moves) == 1 else 'moves'} of {counted(n, 'event')}"


def _n(events: pd.DataFrame) -> str:
    there = events[events["session"] != ""]
    reasons = ", ".join(there.loc[there["unused"] != "", "unused"].unique())
    hollow = f"; hollow flags: in no mean ({reasons})" if reasons else ""
    return f"n = {int((there['unused'] == '').sum())} of {counted(len(events), 'event')}{hollow}"


def _nets(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row a session: the net label of its market event; of events that make none, the first's own."""
    first = events.iloc[np.argsort((events["unused"] != "").to_numpy(), kind="stable")]
    return first.drop_duplicates("session").sort_values("session")


# --- prices, flags, and the lines between them ------------------------------------------------------------------------


def _draw(panels: Sequence[Panel], of: Subject, marks: pd.DataFrame, there: pd.DataFrame, *, turned: bool) -> None:
    """Draw everything that stands on the axes themselves: prices, closures, marks, flags and their lines."""
    style, low = of.style, len(panels) > 1
    own = [events for _, events in there.groupby("panel")]
    ends = []
    for history, events in zip(of.histories, own, strict=True):
        days = events["session"].iloc[[0, -1]].to_numpy(dtype="datetime64[D]")
        first, last = np.searchsorted(history.sessions, days)
        ends += [history.sessions[max(first - MARGIN, 0)], history.sessions[min(last + MARGIN, len(history) - 1)]]
    # Where the line of an event stands in each panel: its session there, or straight on from the panel above; no
    # further than the last panel that has one.
    courses = there.pivot_table("session", "event_id", "panel", aggfunc="first").reindex(marks["event_id"])
    onward = courses.bfill(axis=1)
    courses = courses.ffill(axis=1).fillna(onward).where(onward.notna())
    leader: dict[str, Any] = {"color": style.muted, "linewidth": 0.6, "alpha": 0.45, "zorder": 1.5}
    for k, (panel, history, events) in enumerate(zip(panels, of.histories, own, strict=True)):
        prices = _draw_price(panel, history, min(ends), max(ends), low=low, turned=turned)
        goes_on = courses[k + 1].notna() if k + 1 < len(panels) else courses[k].isna()
        floor = panel.ax.get_ylim()[0]
        stems = {day: floor if on else prices[day] for day, on in goes_on.groupby(courses[k].to_numpy()).any().items()}
        if k == 0:
            _draw_lane(panel, of, marks, stems, leader)
        else:
            # Lines lead on from the panel above, slanted where this panel's session is another, and down to their feet.
            (width, height), (left, right) = panel.size, panel.ax.get_xlim()
            steps = courses[[k - 1, k]].dropna().drop_duplicates()
            for above, here in sorted(steps.itertuples(index=False, name=None)):
                slanted = [(date_number(day) - left) / (right - left) * width for day in (here, above)]
                panel.aside(slanted, [height, height + _BETWEEN], f"leader/{above}/{here}", **leader)
            for day, foot in stems.items():
                panel.plot([date_number(day)] * 2, [foot, panel.ax.get_ylim()[1]], f"stem/{day}", **leader)
        for row in _nets(events).to_dict("records"):
            day, look = row["session"], of.looks[row["net"]]
            face, edge = (style.paper, look.colour) if row["unused"] else (look.colour, style.paper)
            panel.marks([date_number(day)], [prices[day]], f"mark/{day}", look, 6.5 if look.marker in "^v" else 5.5,
                        zorder=4, markerfacecolor=face, markeredgecolor=edge)  # fmt: skip
        if low:
            panel.ax.tick_params(labelbottom=k == len(panels) - 1)
    if low:
        panels[0].ax.figure.align_ylabels([panel.ax for panel in panels])


def _name_beside(panel: Panel, name: str, left: float) -> None:
    """Write the name of a panel so far left of it: in one line or, in smaller letters, in two."""
    style, letters, room = panel.style, panel.style.text, panel.size[1] + _BETWEEN / 2
    if style.measure(BOLD * letters)(name) > room:
        letters = style.small
        first, *more = layout.fold(name, room, style.measure(BOLD * letters))
        name = "\n".join([first, layout.cut(" ".join(more), room, style.measure(BOLD * letters))] if more else [first])
    look = style.bold | {"fontsize": letters, "linespacing": 1.0}
    panel.note(name, (0, 0.5), (-left, 0.0), "name", ha="left", va="center", rotation=90, **look)


def _draw_lane(panel: Panel, of: Subject, marks: pd.DataFrame, stems: Mapping[Any, float], leader: Any) -> None:
    """Draw the lane: a column of flags a session, moved sideways where they would overlap, and their leaders."""
    (width, height), (first, last), top = panel.size, panel.ax.get_xlim(), panel.ax.get_ylim()[1]
    targets = [(date_number(day) - first) / (last - first) * width for day in stems]
    pitch, flags = min(_PITCH, width / len(stems)), dict[Hashable, list[dict[Hashable, Any]]]()
    for mark in marks.to_dict("records"):
        flags.setdefault(mark["session"], []).append(mark)
    knee, places = height + _KNEE - 2.0, layout.spread(targets, pitch, 0.0, width)
    for (day, foot), target, x in zip(stems.items(), targets, places, strict=True):
        panel.plot([date_number(day)] * 2, [foot, top], f"stem/{day}", **leader)
        panel.aside([target, x], [height, knee], f"leader/{day}", **leader)
        for row, mark in enumerate(reversed(flags[day])):
            at = float(x), height + _KNEE + _PITCH * row + _FLAG / 2
            _draw_flag(panel, at, mark, of.looks[mark["label"]], "flag", _FLAG * pitch / _PITCH)


def _draw_flag(panel: Panel, at: tuple[float, float], mark: Row, look: Look, what: str, size: float) -> None:
    """Draw one numbered flag in points from the axes' lower left corner, hollow if the event is in no mean."""
    hollow, gid, paper = bool(mark["unused"]), f"{what}/{mark['event_id']}", panel.style.paper
    ink, face = (look.colour, paper) if hollow else (paper, look.colour)
    outline = _OUTLINES.get(look.marker, look.marker)
    panel.aside([at[0]], [at[1]], gid, linestyle="none", marker=outline, markersize=size, zorder=5,
                markerfacecolor=face, markeredgecolor=look.colour, markeredgewidth=0.9 * hollow)  # fmt: skip
    place = at[0], at[1] + _LIFT.get(look.marker, 0.0) * size / _FLAG
    panel.note(str(mark["number"]), (0, 0), place, f"{gid}/number", ha="center", va="center_baseline", zorder=6,
               color=ink, fontsize=0.5 * size, fontweight="bold")  # fmt: skip


def _draw_price(
    panel: Panel, history: History, first: np.datetime64, last: np.datetime64, *, low: bool, turned: bool
) -> dict[Hashable, float]:
    """Draw the price between two days, with its axes and closures; return it by session."""
    ax, style, instrument = panel.ax, panel.style, history.instrument
    start, end = np.searchsorted(history.sessions, np.array([first, last + np.timedelta64(1, "D")]))
    days, values = history.sessions[start:end], np.asarray(history.prices)[start:end]
    # The line is broken at closures, steps that are no ordinary ones: a NaN after the last session before each.
    shut, x = np.flatnonzero(history.closures[start + 1 : end]), date_number(days)
    panel.plot(np.insert(x, shut + 1, x[shut]), np.insert(values, shut + 1, np.nan), "price", color=style.ink,
               linewidth=1.3, solid_joinstyle="round", zorder=3)  # fmt: skip
    slack = 0.06 * float(values.max() - values.min()) or 1.0
    ax.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
    unit, gain = instrument.quote or "price as supplied", instrument.up or f"{instrument.label} gained"
    if instrument.orientation < 0:
        unit += f", upside down (up = {gain})" if turned else f" (down = {gain})"
        ax.yaxis.set_inverted(turned)
    panel.date_axis(first, last)
    panel.number_ticks()
    height, font = panel.size[1], style.small if low else style.text
    ax.set_ylabel("\n".join(layout.wrap(unit, height, style.measure(font))), fontsize=font, labelpad=8)
    for before, after in zip(days[shut], days[shut + 1], strict=True):
        edges, said = (date_number(before), date_number(after)), f"no prices for {(after - before).astype(int)} days"
        ax.axvspan(*edges, color=style.closure, linewidth=0, zorder=0.5, gid=f"closure/{before}")
        left, right = ax.transLimits.transform([(edge, 0.0) for edge in edges])[:, 0]
        if (right - left) * panel.size[0] > 2 * style.small and style.measure(style.small)(said) < 0.9 * height:
            middle, dress = ((left + right) / 2, 0.5), {"ha": "center", "va": "center", "rotation": 90, **style.quiet}
            panel.note(said, middle, (0, 0), f"closure-label/{before}", **dress)
    return dict(zip(days.astype(str).tolist(), map(float, values), strict=True))


# --- the key ---------------------------------------------------------------------------------------------------------


def _entries(marks: pd.DataFrame, out: pd.DataFrame) -> list[tuple[Row, str, str]]:
    """Return events of the key, with the days of news and session (the year where it changes) and the headline."""
    entries, year = list[tuple[Row, str, str]](), ""
    for mark in marks.to_dict("records"):
        day, session = str(mark["day"]), str(mark["session"])
        before, span = (short_day(of, year=False) for of in (day, session))
        if day != session:
            span = f"{before.split()[0] if day[:7] == session[:7] else before} → {span}"
        entries.append((mark, span if session[:4] == year else f"{span} {session[:4]}", str(mark["headline"])))
        year = session[:4]
    for event in out.to_dict("records"):
        why = f"Not shown, {event['unused']}: {event['headline']}".removesuffix(": ")
        entries.append((event, short_day(event["day"]), why))
    return entries


def _draw_key(
    panel: Panel, of: Subject, marks: pd.DataFrame, entries: Sequence[Any], area: Sequence[float], columns: int
) -> None:
    """Write the key at left, top, width and height: headlines in full if there is room for them, else cut to a line."""
    (left, top, width, height), style, looks, rows = area, panel.style, of.looks, -(-len(entries) // columns)
    # What the shapes mean, and how many of each there are.
    labels, mixed = marks["label"].tolist(), int((_nets(marks)["net"] == MIXED).sum())
    shapes = [(label, labels.count(label), looks[label].mark) for label in labels_in_order(labels)]
    shapes += [("events", labels.count(""), looks[""].mark), ("mixed", mixed, looks[MIXED].mark),
               ("hollow", int((marks["unused"] != "").sum()), style.hollow)]  # fmt: skip
    legend = style.legend([(name, look, f"{name} {n}") for name, n, look in shapes if n], width, 12.0)
    panel.legend(legend, left, top - 8.0)
    more = layout.LEGEND * (len(legend) - 1)
    top, height = top - more, height - more
    scale = min(1.0, height / (_HEADER + _ROW * rows))
    font, leading, row = style.small * scale, 1.25 * style.small * scale, _ROW * scale
    # Somebody else's figure may be drawn with hinting, which widens small letters by up to an eighth.
    measure = style.measure(font if scale == 1.0 else 1.12 * font)
    days = _DAYS + max(measure(day) for _, day, _ in entries) + _BEHIND
    column = (width - _GUTTER * (columns - 1)) / columns
    lines = [layout.wrap(headline, column - days, measure) for *_, headline in entries]
    if columns > 1 or _HEADER * scale + sum(row + leading * (len(parts) - 1) for parts in lines) > height:
        lines = [[layout.cut(headline, column - days, measure)] for *_, headline in entries]
    letters: dict[str, Any] = {"fontsize": font, "va": "center_baseline"}
    for k, ((mark, day, _), parts) in enumerate(zip(entries, lines, strict=True)):
        place, first = divmod(k, rows)
        if not first:
            x, y = left + place * (column + _GUTTER), top - (_HEADER + _ROW / 2) * scale
        if mark["number"]:
            _draw_flag(panel, (x + _KEY_FLAG / 2, y), mark, looks[mark["label"]], "key-flag", _KEY_FLAG * scale)
        panel.note(day, (0, 0), (x + _DAYS, y), f"key-day/{mark['event_id']}", color=style.muted, **letters)
        colour = style.ink if mark["number"] and not mark["unused"] else style.muted
        for n, part in enumerate(parts):
            gid = f"key/{mark['event_id']}" + (f"/{n}" if n else "")
            panel.note(part, (0, 0), (x + days, y - n * leading), gid, color=colour, **letters)
        y -= row + leading * (len(parts) - 1)
