"""Single events: every event by every market, one event among its days without news, reaction on intensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout, subject
from eventstudy.charts.layout import BOLD, Words, chart
from eventstudy.charts.style import EDGE, LIGHT, Look, Style
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.inference.least_squares import Estimate
from eventstudy.inference.regressions import cross_section
from eventstudy.returns import Floats
from eventstudy.study.regressions import attributes
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, p_in_words, short_p, true_minus, window_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The level at which a cell is coloured.
LEVEL = 0.05

#: Height of a row, room for the events' names, and least and most width of a column, in points; width of a new figure.
_ROW, _NAMES, _COLUMN, _WIDTH = 15.5, 286.0, (46.0, 74.0), 936.0

#: Width of a bar in z; fewest market events for a line, and how many of the farthest from the middle are dated.
_BIN, _ENOUGH, _DATED = 0.25, 5, 4


@chart
def heatmap(
    result: StudyResult,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    series: Sequence[str] | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw a table of events by instruments, coloured where the move was out of the ordinary.

    Parameters
    ----------
    result : StudyResult
        The study.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure as high as the events need.
    series : sequence of str, optional
        The instruments shown; default all of the study.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    Axes
        Rows in the order of the events' times. An empty cell is a pair that was not used.

    Raises
    ------
    UnknownNameError
        If the study has no such window or series.
    NothingUsableError
        If no event was used.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble", "brent"]).fit()
    >>> [label.get_text().splitlines() for label in es.charts.heatmap(result, "0:1").get_xticklabels()]
    [['Ruble', '%'], ['Brent oil', '%']]
    """
    window = subject.chosen_window(result, window)[0]
    shown = [require_known(name, result.series, "series") for name in series or result.series]
    cells = result.car[(result.car["window"] == window) & result.car["series"].isin(shown)]
    if cells.empty:
        raise NothingUsableError("no event was used with these series; the reasons stand in matches")
    rows = _rows(result, cells, shown)
    cells = cells.assign(row=cells["event_id"].map({event: k for k, row in enumerate(rows) for event in row["events"]}))
    cells = cells.sort_values("row", kind="stable")
    # What several events share is one market event: its figures stand once, and below them a ditto mark.
    first = ~cells.duplicated(["series", "market_event"])
    cells = cells.assign(first=first)[first | ~cells.duplicated(["series", "row"])]
    known = cells[cells["first"] & cells["car"].notna()]
    n = f"n = {sum(len(row['events']) for row in rows)} events, {len(shown)} instruments, {len(known)} market events"
    style = words.get("style", LIGHT)
    measure = layout.ruler(style.small, style)
    names = min(_NAMES, 96.0 + max(measure(row["title"] + row["more"]) for row in rows))
    column = float(np.clip((_WIDTH - 2 * EDGE - names) / len(shown), *_COLUMN))
    size = style.sheet or (max(2 * EDGE + names + column * len(shown), 620.0), 0.0)
    size = size[0], max(size[1], _ROW * len(rows) + 190.0)
    # A sheet too low for the rows grows: its width is kept, and no two rows stand on one another.
    grown: Words = {**words, "style": replace(style, sheet=size)}
    square: dict[str, Any] = {"marker": "s", "color": style.gain, "markersize": 7.0}
    (ax,) = layout.frame(
        ax, (0.0, 0.0, 44.0, 10.0), size, grown,
        title=_found(result, known, {event: row["title"] for row in rows for event in row["events"]}),
        subtitle=subject.measured(result, shown, "Cumulative abnormal return of each event", window)
        + f"; {int((known['family_p'] <= LEVEL).sum())} of {len(known)} out of the ordinary",
        caption="Full colour: out of the ordinary over all markets at once (family p ≤ 0.05). Frame: for its own market"
        " alone (p ≤ 0.05). Grey: ordinary. In brackets: set aside, in no mean. ″: the same market event as above, "
        "events that this market met in one session. p: the CAR, scaled by the volatility known the day before, against"
        " that of days without news; family p: step-down max |z| over the markets on common days without news "
        "(Westfall-Young), each event by itself.",
        footnote=subject.footnote_lines(result, shown, n, words),
        legend=[("family p ≤ 0.05", square), ("p ≤ 0.05", square | {"markerfacecolor": style.paper}),
                ("(set aside)", {"marker": "s", "color": style.paper, "markersize": 1.0})],
    )  # fmt: skip
    names = min(names / layout.axes_points(ax)[0], 0.42)
    inner = ax.inset_axes((names, 0.0, 1 - names, 1.0))
    ax.axis("off")
    _scales(inner, result, shown, len(rows), style)
    _names(inner, rows, subject.looks_of(result, words), names * layout.axes_points(ax)[0], style)
    kept = {(name, event) for name in shown for label in dict.fromkeys(cells["net_stance"])
            for event in result.sample(name, label or "*", window)["event_id"]}  # fmt: skip
    for cell in cells[cells["car"].notna()].to_dict("records"):
        aside = (cell["series"], cell["market_event"]) not in kept
        _cell(inner, cell, (shown.index(cell["series"]), cell["row"]), style, aside=aside)
    return inner


def _found(result: StudyResult, cells: pd.DataFrame, headlines: Mapping[str, str]) -> str:
    """Say which market reacted most to what: the lowest family p, then the lowest p, then the largest |z|."""
    row = subject.least_ordinary(cells)
    joint = np.isfinite(row["family_p"]) and len(set(cells["series"])) > 1
    p = short_p(*((row["family_p"], row["family_days"]) if joint else (row["p_value"], row["days"])))
    p = f"family {p}" if joint else p
    unusual = (row["family_p"] if joint else row["p_value"]) <= LEVEL
    who, what = result.histories[row["series"]].instrument.label, layout.cut(headlines[row["event_id"]], 44, len)
    reacted = f"{who} reacted most" if unusual else f"No market reacted unusually, {who} most"
    return f"{reacted}: {subject.figure(row['car'], row['unit'])} on {layout.full_day(row['session'])}, {p} ({what})"


def _rows(result: StudyResult, cells: pd.DataFrame, shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows in the order of time: events, and as one those that every market met in one session."""
    events, cells = result.events.set_index("id"), cells.assign(market_event=cells["market_event"].fillna(""))
    times = result.matches.drop_duplicates("event_id").set_index("event_id")["event_time"]
    met = (
        cells.pivot_table("market_event", "event_id", "series", aggfunc="first").reindex(columns=list(shown)).fillna("")
    )
    stances = cells.drop_duplicates("event_id", keep="last").set_index("event_id")[["stance", "net_stance"]]
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for event in sorted(met.index, key=lambda event: (times[event], event)):
        rows.setdefault(tuple(met.loc[event]), {"events": []})["events"].append(event)
    for row in rows.values():
        event, more = row["events"][0], len(row["events"]) - 1
        row["stance"] = stances.loc[row["events"][-1], "net_stance"] if more else stances.loc[event, "stance"]
        row["day"] = layout.full_day(events.loc[event, "time"])
        row["title"] = " ".join(str(events.loc[event, "headline"]).split()) or event
        row["more"] = f" +{more}" if more else ""
    return list(rows.values())


def _scales(ax: Axes, result: StudyResult, shown: Sequence[str], n_events: int, style: Style) -> None:
    measure, room = layout.ruler(style.small, style), layout.axes_points(ax)[0] / len(shown) - 4.0
    labels = ["\n".join([*layout.wrap(result.histories[name].instrument.label, room, measure),
                         subject.return_unit(result, name).symbol]) for name in shown]  # fmt: skip
    ax.set_xlim(-0.5, len(shown) - 0.5)
    ax.set_ylim(n_events - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(shown)), labels)
    ax.set_yticks([])
    ax.tick_params(axis="x", length=0, labelsize=style.small, labelcolor=style.ink, labelfontfamily=style.font)
    ax.spines[:].set_visible(False)


def _names(ax: Axes, rows: Sequence[dict[str, Any]], looks: Mapping[str, Look], room: float, style: Style) -> None:
    """Write each row's day and headline left of it, after the mark of its stance."""
    measure, width = layout.ruler(style.small, style), layout.axes_points(ax)[0]
    for k, row in enumerate(rows):
        event, look, y = row["events"][0], looks[row["stance"]], 1 - (k + 0.5) / len(rows)
        ax.plot([-(room - 5.0) / width], [y], transform=ax.transAxes, clip_on=False, gid=f"stance/{event}",
                marker=look.marker, color=look.colour, markersize=5.0, markeredgewidth=0)  # fmt: skip
        headline = layout.cut(row["title"], room - 84.0 - measure(row["more"]), measure) + row["more"]
        layout.note(ax, row["day"], (0.0, y), (14 - room, 0), f"day/{event}", va="center", **style.quiet)
        layout.note(ax, headline, (0.0, y), (72 - room, 0), f"event/{event}", va="center", fontsize=style.small)


def _cell(ax: Axes, cell: Mapping[Any, Any], at: tuple[int, int], style: Style, *, aside: bool) -> None:
    from matplotlib.patches import Rectangle

    (x, y), gid = at, f"{cell['event_id']}/{cell['series']}"
    dress: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": style.small}
    if not cell["first"]:
        ax.text(x, y, "″", color=style.muted, gid=f"ditto/{gid}", **dress)
        return
    family, alone = cell["family_p"] <= LEVEL, cell["p_value"] <= LEVEL
    colour = style.gain if cell["car"] > 0 else style.loss
    if alone or family:
        fill: dict[str, Any] = {"facecolor": colour if family else "none", "edgecolor": colour, "linewidth": 1.0}
        ax.add_patch(Rectangle((x - 0.46, y - 0.43), 0.92, 0.86, gid=f"cell/{gid}", **fill))
    figure = layout.signed(subject.unit_of(cell["unit"]).scale * cell["car"])
    ink = style.paper if family else colour if alone else style.muted
    ax.text(x, y, f"({figure})" if aside else figure, color=ink, fontweight="bold" if family or alone else "normal",
            gid=f"value/{gid}", **dress)  # fmt: skip


@chart
def placebo(
    result: StudyResult,
    event_id: str | None = None,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw where one event falls among the days without news of its market.

    Parameters
    ----------
    result : StudyResult
        The study.
    event_id : str, optional
        The event; default the last one used with the series.
    series : str, optional
        The series; default the study's first.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError
        If the study has no such event, series or window.
    NothingUsableError
        If the event was not used with the series, or there is nothing to hold it against.

    Notes
    -----
    z and p are those of the event's row of `car`, the bars `StudyResult.placebo_z`. For a window of several sessions
    the p also counts windows that overlap the event's own, which are no bar.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> ax = es.charts.placebo(result, "2022-01-27-kremlin-reply", "imoex")
    >>> ax.get_xlabel()
    'z, in units of the volatility known the day before'
    """
    history, window = subject.chosen_history(result, series), subject.chosen_window(result, window)[0]
    rows = result.car[(result.car["series"] == history.name) & (result.car["window"] == window)]
    if event_id is not None:
        require_known(event_id, dict.fromkeys(result.matches["event_id"]), "event")
        rows = rows[rows["event_id"] == event_id]
    else:
        rows = rows[rows["p_value"].notna()].sort_values("session", kind="stable")
    if rows.empty:
        missing = event_id or "no event"
        raise NothingUsableError(f"'{missing}' was used with '{history.name}'; the reasons stand in matches")
    row = rows.iloc[-1]
    draws = result.placebo_z(row["event_id"], history.name, window)
    if not len(draws) or np.isnan(row["p_value"]):
        raise NothingUsableError(f"there are no days without news to hold '{row['event_id']}' against")
    what, whose = "residuals", "the estimation window's own residuals, the sample being too short for sessions"
    if row["p_source"] == "sessions":
        what, whose = "days without news", "sessions before the event whose windows meet no news and no closure, the "
        whose += "model estimated anew at each"
    ordinary = (
        f"{'like' if row['p_value'] > LEVEL else 'unlike'} {'days without news' if what != 'residuals' else what}"
    )
    answer = subject.answer_of(result, history.name, row["net_stance"] or "*", window)
    mean = f"; the mean: {subject.finding(answer)}" if answer else ""
    (ax,) = layout.frame(
        ax, (52.0, 8.0, 58.0, 42.0), (720.0, 420.0), words,
        title=f"{history.instrument.label} {subject.figure(row['car'], row['unit'])} on "
        f"{layout.full_day(row['session'])}: {ordinary}, {short_p(row['p_value'], row['days'])}",
        subtitle=f"Abnormal return over {window_in_words(window)} in units of the volatility known the day before, z"
        + mean,
        caption=f"Every bar is made of {what}; the line is the event {row['event_id']}. z: the cumulative abnormal "
        "return divided by the volatility known the day before. Strong colour: days at least as far out, either way. "
        + (f"Set aside in means: {row['note']}. " if row["note"] else "") + f"Placebo: {whose}.",
        footnote=subject.footnote_lines(result, history.name, f"n = 1 market event, {len(draws)} {what}", words),
    )  # fmt: skip
    look = subject.looks_of(result, words)[row["net_stance"]]
    _draw_placebo(ax, float(row["z"]), draws, look, words.get("style", LIGHT))
    ax.set_ylabel(what)
    return ax


def _draw_placebo(ax: Axes, z: float, draws: Floats, look: Look, style: Style) -> None:
    """Draw the bars of days without news and the line of the event, its figures above it."""
    reach = _BIN * np.ceil(max(float(np.abs(draws).max()), abs(z), 2.0) / _BIN + 1)
    edges: Any = np.arange(-reach, reach + _BIN / 2, max(_BIN, reach / 40))
    far = np.abs(draws) >= abs(z)
    under = np.histogram(draws[~far], bins=edges)[0]
    for some, colour, bottom, gid in ((~far, style.faint, None, "ordinary"), (far, style.muted, under, "extreme")):
        patches: Any = ax.hist(draws[some], edges, bottom=bottom, color=colour, linewidth=0.6, edgecolor=style.paper,
                               zorder=2)[2]  # fmt: skip
        for patch in patches:
            patch.set_gid(gid)
    ax.set_xlim(-reach, reach)
    ax.axvline(z, color=look.colour, linewidth=2.0, zorder=4, gid="event", ymax=1.06, clip_on=False)
    layout.number_ticks(ax)
    layout.step_ticks(ax, -reach, reach, max(1, int(reach) // 5))
    ax.set_xlabel("z, in units of the volatility known the day before", labelpad=4)
    (width, height), at = layout.axes_points(ax), (z + reach) / (2 * reach)
    measure = layout.ruler(BOLD * (style.text + 1.0), style)
    headline = f"z {layout.signed(z)}: {int(far.sum())} of {len(draws)} were as far out or farther"
    lines = layout.wrap(headline, 0.98 * width, measure)
    room = max(map(measure, lines))
    left = min(max(at * width - room / 2, 0.0), width - room)
    layout.note(ax, "\n".join(lines), (left / width, 1.0), (0, 0.06 * height + 9), "headline", va="bottom",
                color=look.colour, fontsize=style.text + 1.0, fontweight="bold")  # fmt: skip
    ax.plot([at], [1.06], transform=ax.transAxes, marker=look.marker, color=look.colour, markersize=7.0,
            markeredgewidth=0, clip_on=False, zorder=5, gid="event-mark")  # fmt: skip


@chart
def scatter(
    result: StudyResult,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw the reaction of a market on the intensity of the news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError
        If the study has no such series or window.
    NothingUsableError
        If no used event has an intensity.

    Notes
    -----
    The filled marks are ``result.sample(series, "*", window)``, each at the summed intensity of its events; hollow ones
    are set aside. Slope and p are those of ``explain(result, "car ~ intensity")`` for a study of the one series.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["vix"]).fit()
    >>> es.charts.scatter(result, "vix").get_xlabel()
    'intensity of the news, − attack, + accord'
    """
    history, window = subject.chosen_history(result, series), subject.chosen_window(result, window)[0]
    rows = attributes(result)
    rows = rows[(rows["series"] == history.name) & (rows["window"] == window) & rows["car"].notna()]
    points = rows.dropna(subset="intensity").reset_index(drop=True)
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{history.name}' has an intensity")
    unit, style = subject.return_unit(result, history.name), words.get("style", LIGHT)
    points = points.assign(label=points[result.design.group_by], kept=points["reason"] == "")
    kept = points[points["kept"]]
    line = _line(kept) if len(kept) >= _ENOUGH else None
    n = f"n = {counted(len(kept), 'market event')} of {counted(int(kept['members'].map(len).sum()), 'event')}"
    n += f"; {len(points) - len(kept)} set aside" if len(kept) < len(points) else ""
    n += f"; {len(rows) - len(points)} without an intensity" if len(rows) > len(points) else ""
    who = history.instrument.label
    found = f"{who}: too few market events, or all of one intensity, for a slope"
    if line is not None:
        value = f"{unit.scale * line[1].value:+.2f} {unit.symbol} a point".replace("-", "−")
        found = f"{who} did not clearly follow the intensity of the news: {value}, {p_in_words(line[1].p_value)}"
        if line[1].p_value <= LEVEL:
            way = "higher" if line[1].value > 0 else "lower"
            found = f"The friendlier the news, the {way} {who}: {value}, {p_in_words(line[1].p_value)}"
    looks = subject.looks_of(result, words)
    marks: dict[str, dict[str, Any]] = {
        label: {"marker": looks[label].marker, "color": looks[label].colour} for label in looks
        if label in set(points["label"])
    }  # fmt: skip
    legend = [(label or "events", mark) for label, mark in marks.items()]
    if len(kept) < len(points):
        legend.append(("set aside", {"marker": "o", "markerfacecolor": style.paper, "color": style.muted}))
    (ax,) = layout.frame(
        ax, (62.0, 16.0, 12.0, 46.0), (720.0, 460.0), words,
        title=found,
        subtitle=subject.measured(result, history.name, f"Cumulative {unit.name}, {unit.symbol},", window),
        caption="Every mark is a market event, at the summed intensity of its events. Line: least squares over the "
        "filled ones, slope and p as explain has them; a line through few marks bends to the farthest, which are dated."
        " Hollow: set aside.",
        footnote=subject.footnote_lines(result, history.name, n, words),
        legend=legend,
    )  # fmt: skip
    _draw_points(ax, points.assign(car=unit.scale * points["car"]), line, unit.scale, marks, style)
    name = f"cumulative {unit.name} over {true_minus(window)}"
    subject.unit_scales([ax], history, name, unit.symbol, own=True, words=words)
    return ax


def _line(rows: pd.DataFrame) -> tuple[Estimate, Estimate] | None:
    """Return constant and slope as `explain` estimates them; None where all events have one intensity or one CAR."""
    try:
        _, found, _ = cross_section("car ~ intensity", rows, np.arange(len(rows)))
    except DesignError:
        return None
    return found["Intercept"], found["intensity"]


def _draw_points(
    ax: Axes,
    points: pd.DataFrame,
    line: tuple[Estimate, Estimate] | None,
    scale: float,
    marks: Mapping[str, dict[str, Any]],
    style: Style,
) -> None:
    x, y = (points[name].to_numpy(dtype=np.float64) for name in ("intensity", "car"))
    kept, reach = points["kept"].to_numpy(), max(10.0, float(np.abs(x).max())) + 0.6
    ax.set_xlim(-reach, reach)
    layout.set_reach(ax, [y], 0.08)
    layout.zero_line(ax, style, dotted=True)
    if line is not None:
        ends = np.array([x[kept].min(), x[kept].max()])
        fitted = scale * (line[0].value + line[1].value * ends)
        ax.plot(ends, fitted, color=style.ink, linewidth=1.4, zorder=3, gid="line")
    filled: dict[str, Any] = {"markeredgecolor": style.paper, "markeredgewidth": 0.6}
    empty: dict[str, Any] = {"markerfacecolor": style.paper, "markeredgewidth": 1.0}
    for label, mark in marks.items():
        on = (points["label"] == label).to_numpy()
        for some, gid, fill in ((on & kept, "points", filled), (on & ~kept, "aside", empty)):
            if some.any():
                dress: dict[str, Any] = {"linestyle": "none", "markersize": 7.0, "zorder": 4} | mark | fill
                ax.plot(x[some], y[some], gid=f"{gid}/{label}", **dress)
    ticks = range(-5 * int(reach // 5), int(reach) + 1, 5)
    ax.set_xticks(list(ticks), [f"+{tick}" if tick > 0 else layout.plain(tick) for tick in ticks])
    ax.set_xlabel("intensity of the news, − attack, + accord", labelpad=4)
    far = np.argsort(-np.abs(y - np.median(y)), kind="stable")[:_DATED]
    dates = [(int(k), layout.day_month(points["session"].iloc[k])) for k in far]
    layout.point_labels(ax, x, y, dates, "rlab", _DATED, style)
