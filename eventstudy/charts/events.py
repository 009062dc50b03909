"""Single events: every event by every market, one event among its days without news, reaction on intensity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts import layout, subject
from eventstudy.charts.paths import unit_scales
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.inference.least_squares import Estimate
from eventstudy.inference.regressions import cross_section
from eventstudy.returns import Floats
from eventstudy.study.regressions import attributes
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, p_in_words, probability, true_minus, window_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The level at which a cell is coloured.
LEVEL = 0.05

#: Height of a row, room for the events' names, and least and most width of a column, in points; width of a new figure.
_ROW, _NAMES, _COLUMN, _WIDTH = 15.5, 286.0, (46.0, 74.0), 936.0

#: Width of a bar in z.
_BIN = 0.25

#: Fewest market events for a line, and how many of the farthest from the middle are dated.
_ENOUGH, _DATED = 5, 4


def heatmap(
    result: StudyResult,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    series: Sequence[str] | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
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
    source : str, optional
        Whose prices they are.
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
    words = layout.Words(
        title or _found(result, known),
        subtitle or subject.measured(result, shown, "Cumulative abnormal return of each event", window),
        "Full colour: out of the ordinary over all markets at once (family p ≤ 0.05). Frame: for its own market alone "
        "(p ≤ 0.05). Grey: ordinary. In brackets: set aside, in no mean. ″: the same market event as above, events "
        "that this market met in one session. p: the CAR, scaled by the volatility known the day before, against that "
        "of days without news; family p: step-down max |z| over the markets on common days without news "
        "(Westfall-Young), each event by itself.",
        subject.footnote_lines(result, shown, n, source),
        (("family p ≤ 0.05", {"marker": "s", "color": style.gain, "markersize": 7.0}),
         ("p ≤ 0.05", {"marker": "s", "color": style.gain, "markersize": 7.0, "markerfacecolor": style.paper}),
         ("(set aside)", {"marker": "s", "color": style.paper, "markersize": 1.0})),
    )  # fmt: skip
    with drawing(style):
        measure = layout.ruler(style.small, style)
        names = min(_NAMES, 96.0 + max(measure(row["title"] + row["more"]) for row in rows))
        column = float(np.clip((_WIDTH - 2 * layout.EDGE - names) / len(shown), *_COLUMN))
        need = _ROW * len(rows) + 190.0
        size = style.size(max(2 * layout.EDGE + names + column * len(shown), 620.0), need)
        # A sheet too low for the rows grows: its width is kept, and no two rows stand on one another.
        style = style if style.sheet is None else replace(style, sheet=(size[0], max(size[1], need)))
        (ax,) = layout.panels(ax, 1, 1, words, layout.Room(left=0.0, right=0.0, top=44.0, bottom=10.0), size, style)
        names = min(names, 0.42 * layout.axes_points(ax)[0])
        inner = ax.inset_axes((names / layout.axes_points(ax)[0], 0.0, 1 - names / layout.axes_points(ax)[0], 1.0))
        ax.axis("off")
        _scales(inner, result, shown, len(rows), style)
        _names(inner, rows, subject.looks_of(result, style), names, style)
        kept = {(name, event) for name in shown for label in dict.fromkeys(cells["net_stance"])
                for event in result.sample(name, label or "*", window)["event_id"]}  # fmt: skip
        for cell in cells.to_dict("records"):
            aside = (cell["series"], cell["market_event"]) not in kept
            _cell(inner, cell, (shown.index(cell["series"]), cell["row"]), style, aside=aside)
    return inner


def _found(result: StudyResult, cells: pd.DataFrame) -> str:
    """Count the market events that were out of the ordinary over all markets at once, and say where most were."""
    there = cells[cells["family_p"] <= LEVEL]
    said = f"{len(there)} of {len(cells)} moves were out of the ordinary"
    if there.empty or len(set(cells["series"])) == 1:
        return said
    counts = there["series"].value_counts()
    return f"{said}, {counts.iloc[0]} of them in {result.histories[str(counts.index[0])].instrument.label}"


def _rows(result: StudyResult, cells: pd.DataFrame, shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows in the order of time: events, and as one those that every market met in one session."""
    events = result.events.set_index("id")
    times = result.matches.drop_duplicates("event_id").set_index("event_id")["event_time"]
    order = sorted(dict.fromkeys(cells["event_id"]), key=lambda event: (times[event], event))
    met = (
        cells.pivot_table("market_event", "event_id", "series", aggfunc="first").reindex(columns=list(shown)).fillna("")
    )
    stance = dict(zip(cells["event_id"], zip(cells["stance"], cells["net_stance"], strict=True), strict=True))
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for event in order:
        row = rows.setdefault(tuple(met.loc[event]), {"events": [], "stance": stance[event][0]})
        row["events"].append(event)
        row["stance"] = stance[event][1] if len(row["events"]) > 1 else row["stance"]
    for row in rows.values():
        lead, more = events.loc[row["events"][0]], len(row["events"]) - 1
        row["day"] = np.datetime64(str(lead["time"])[:10])
        row["title"] = " ".join(str(lead["headline"]).split()) or row["events"][0]
        row["more"] = f" +{more}" if more else ""
    return list(rows.values())


def _scales(ax: Axes, result: StudyResult, shown: Sequence[str], n_events: int, style: Style) -> None:
    symbols = [subject.return_unit(result, name).symbol for name in shown]
    measure, room = layout.ruler(style.small, style), layout.axes_points(ax)[0] / len(shown) - 4.0
    names = ["\n".join(layout.wrap(result.histories[name].instrument.label, room, measure)) for name in shown]
    labels = [f"{name}\n{unit}" for name, unit in zip(names, symbols, strict=True)]
    ax.set_xlim(-0.5, len(shown) - 0.5)
    ax.set_ylim(n_events - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(shown)), labels)
    ax.set_yticks([])
    ax.tick_params(axis="x", length=0, labelsize=style.small, labelcolor=style.ink, labelfontfamily=style.font)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _names(ax: Axes, rows: Sequence[dict[str, Any]], looks: Mapping[str, Look], room: float, style: Style) -> None:
    """Write each row's day and headline left of it, after the mark of its stance."""
    measure, n = layout.ruler(style.small, style), len(rows)
    for k, row in enumerate(rows):
        event = row["events"][0]
        at, look = (0.0, 1 - (k + 0.5) / n), looks[row["stance"]]
        words = layout.cut(row["title"], room - 84.0 - measure(row["more"]), measure) + row["more"]
        marker: dict[str, Any] = {"marker": look.marker, "color": look.colour, "markersize": 5.0, "markeredgewidth": 0}
        x = -(room - 5.0) / layout.axes_points(ax)[0]
        ax.plot([x], [at[1]], transform=ax.transAxes, clip_on=False, gid=f"stance/{event}", **marker)
        quiet: dict[str, Any] = {"va": "center", "fontsize": style.small}
        day = layout.full_day(row["day"])
        layout.note(ax, day, at, (14 - room, 0), f"day/{event}", color=style.muted, **quiet)
        layout.note(ax, words, at, (72 - room, 0), f"event/{event}", color=style.ink, **quiet)


def _cell(ax: Axes, cell: Mapping[Any, Any], at: tuple[int, int], style: Style, *, aside: bool) -> None:
    from matplotlib.patches import Rectangle

    if np.isnan(cell["car"]):
        return
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
    words = layout.signed((100.0 if cell["unit"].endswith(" return") else 1.0) * cell["car"])
    ink = style.paper if family else colour if alone else style.muted
    ax.text(x, y, f"({words})" if aside else words, color=ink, fontweight="bold" if family or alone else "normal",
            gid=f"value/{gid}", **dress)  # fmt: skip


def placebo(
    result: StudyResult,
    event_id: str | None = None,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
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
    history = subject.chosen_history(result, series)
    window = subject.chosen_window(result, window)[0]
    row = _row(result, history.name, window, event_id)
    draws = result.placebo_z(row["event_id"], history.name, window)
    if not len(draws) or np.isnan(row["p_value"]):
        raise NothingUsableError(f"there are no days without news to hold '{row['event_id']}' against")
    what = "days without news" if row["p_source"] == "sessions" else "residuals"
    day = layout.full_day(row["session"].to_datetime64())
    ordinary = "an ordinary day" if row["p_value"] > LEVEL else "no ordinary day"
    p = f"p {probability(row['p_value'], row['days'])}".replace("p <", "p < ")
    whose = (
        "sessions before the event whose windows meet no news and no closure, the model estimated anew at each"
        if what == "days without news"
        else "the estimation window's own residuals, the sample being too short for sessions"
    )
    words = layout.Words(
        title or f"{day} was {ordinary} for {history.instrument.label}: {subject.figure(row['car'], row['unit'])}, {p}",
        subtitle
        or f"Abnormal return over {window_in_words(window)} in units of the volatility known the day before, z",
        f"Every bar is made of {what}; the line is the event {row['event_id']}. z: the cumulative abnormal return "
        "divided by the volatility known the day before. Strong colour: days at least as far out, either way. "
        + (f"Set aside in means: {row['note']}. " if row["note"] else "") + f"Placebo: {whose}.",
        subject.footnote_lines(result, history.name, f"n = 1 market event, {len(draws)} {what}", source),
    )  # fmt: skip
    with drawing(style):
        room, size = layout.Room(left=52.0, right=8.0, top=58.0, bottom=42.0), (720.0, 420.0)
        (ax,) = layout.panels(ax, 1, 1, words, room, size, style)
        _draw(ax, row, draws, subject.looks_of(result, style)[row["net_stance"]], style)
    return ax


def _row(result: StudyResult, series: str, window: str, event_id: str | None) -> pd.Series:
    rows = result.car[(result.car["series"] == series) & (result.car["window"] == window)]
    if event_id is not None:
        require_known(event_id, dict.fromkeys(result.matches["event_id"]), "event")
        rows = rows[rows["event_id"] == event_id]
    else:
        rows = rows[rows["p_value"].notna()].sort_values("session", kind="stable")
    if rows.empty:
        raise NothingUsableError(f"'{event_id or 'no event'}' was used with '{series}'; the reasons stand in matches")
    return rows.iloc[-1]


def _draw(ax: Axes, row: pd.Series, draws: Floats, look: Look, style: Style) -> None:
    z = float(row["z"])
    reach = _BIN * np.ceil(max(float(np.abs(draws).max()), abs(z), 2.0) / _BIN + 1)
    edges: Any = np.arange(-reach, reach + _BIN / 2, max(_BIN, reach / 40))
    ordinary, extreme = draws[np.abs(draws) < abs(z)], draws[np.abs(draws) >= abs(z)]
    bars: dict[str, Any] = {"linewidth": 0.6, "edgecolor": style.paper, "zorder": 2}
    _, _, low = ax.hist(ordinary, bins=edges, color=style.faint, **bars)
    bottom = np.histogram(ordinary, bins=edges)[0]
    _, _, high = ax.hist(extreme, bins=edges, color=style.muted, bottom=bottom, **bars)
    named: list[tuple[Any, str]] = [(low, "ordinary"), (high, "extreme")]
    for patch, gid in ((patch, gid) for patches, gid in named for patch in patches):
        patch.set_gid(gid)
    ax.set_xlim(-reach, reach)
    ax.axvline(z, color=look.colour, linewidth=2.0, zorder=4, gid="event", ymax=1.06, clip_on=False)
    layout.number_ticks(ax, style)
    ticks = [tick for tick in range(-int(reach), int(reach) + 1) if tick % max(1, int(reach) // 5) == 0]
    ax.set_xticks(ticks, [layout.plain(tick) for tick in ticks])
    ax.set_xlabel("z, in units of the volatility known the day before", fontsize=style.text, labelpad=4)
    ax.set_ylabel("days without news" if row["p_source"] == "sessions" else "residuals", fontsize=style.text)
    headline = f"z {layout.signed(z)}: {len(extreme)} of {len(draws)} were as far out or farther"
    _flag(ax, look, headline, (z + reach) / (2 * reach), style)


def _flag(ax: Axes, look: Look, headline: str, at: float, style: Style) -> None:
    """Write the event's figures above its line, kept within the axes."""
    (width, height), measure = layout.axes_points(ax), layout.ruler(style.text + 1.0, style)
    lines = layout.wrap(headline, 0.98 * width, lambda words: 1.12 * measure(words))  # bold letters are wider
    room = max(1.12 * measure(line) for line in lines)
    left = min(max(at * width - room / 2, 0.0), width - room)
    layout.note(ax, "\n".join(lines), (left / width, 1.0), (0, 0.06 * height + 9), "headline", color=look.colour,
         fontsize=style.text + 1.0, fontweight="bold", va="bottom")  # fmt: skip
    ax.plot([at], [1.06], transform=ax.transAxes, marker=look.marker, color=look.colour, markersize=7.0,
            markeredgewidth=0, clip_on=False, zorder=5, gid="event-mark")  # fmt: skip


def scatter(
    result: StudyResult,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
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
    points["label"] = points[result.design.group_by] if len(points) else ""
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{history.name}' has an intensity")
    unit, kept = subject.return_unit(result, history.name), points[points["reason"] == ""]
    line = _line(kept) if len(kept) >= _ENOUGH else None
    n = f"n = {counted(len(kept), 'market event')} of {counted(int(kept['members'].map(len).sum()), 'event')}"
    n += f"; {len(points) - len(kept)} set aside" if len(kept) < len(points) else ""
    n += f"; {len(rows) - len(points)} without an intensity" if len(rows) > len(points) else ""
    slope = "" if line is None else f"{unit.scale * line[1].value:+.2f} {unit.symbol} a point".replace("-", "−")
    p = "" if line is None else p_in_words(line[1].p_value)
    clear = line is not None and line[1].p_value <= LEVEL
    what = "a slope on intensity" if clear else "no clear slope on intensity"
    marks, looks = _marks(result, points, style)
    words = layout.Words(
        title or f"{history.instrument.label}: {what}, "
        + (f"{slope}, {p}" if slope else "too few market events or all of one intensity"),
        subtitle or subject.measured(result, history.name, f"Cumulative {unit.name}, {unit.symbol},", window),
        "Every mark is a market event, at the summed intensity of its events. Line: least squares over the filled "
        "ones, slope and p as explain has them; a line through few marks bends to the farthest, which are dated. "
        "Hollow: set aside.",
        subject.footnote_lines(result, history.name, n, source),
        marks,
    )  # fmt: skip
    with drawing(style):
        (made,) = layout.panels(
            ax, 1, 1, words, layout.Room(left=62.0, right=16.0, top=12.0, bottom=46.0), (720.0, 460.0), style
        )
        points = points.assign(car=unit.scale * points["car"])
        _draw_points(made, points, line, unit.scale, looks, style)
        unit_scales([made], history, f"cumulative {unit.name} over {true_minus(window)}", unit.symbol, own=True,
                    style=style)  # fmt: skip
    return made


def _marks(
    result: StudyResult, points: pd.DataFrame, style: Style
) -> tuple[tuple[tuple[str, dict[str, Any]], ...], dict[str, dict[str, Any]]]:
    """Return the legend, and how the points of each label look."""
    looks = subject.looks_of(result, style)
    there = sorted(set(points[result.design.group_by]), key=list(looks).index)
    marks = {label: {"marker": looks[label].marker, "color": looks[label].colour} for label in there}
    legend = [(label or "events", mark) for label, mark in marks.items()]
    if (points["reason"] != "").any():
        legend.append(("set aside", {"marker": "o", "markerfacecolor": style.paper, "color": style.muted}))
    return tuple(legend), marks


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
    kept, reach = (points["reason"] == "").to_numpy(), max(10.0, float(np.abs(x).max())) + 0.6
    ax.set_xlim(-reach, reach)
    layout.set_reach(ax, [y], 0.08)
    layout.zero_lines(ax, style)
    if line is not None:
        ends = np.array([x[kept].min(), x[kept].max()])
        fitted = scale * (line[0].value + line[1].value * ends)
        ax.plot(ends, fitted, color=style.ink, linewidth=1.4, zorder=3, gid="line")
    for label, mark in marks.items():
        on = (points["label"] == label).to_numpy()
        filled: dict[str, Any] = {"markeredgecolor": style.paper, "markeredgewidth": 0.6}
        empty: dict[str, Any] = {"markerfacecolor": style.paper, "markeredgewidth": 1.0}
        for some, gid, fill in ((on & kept, "points", filled), (on & ~kept, "aside", empty)):
            if some.any():
                dress: dict[str, Any] = {"linestyle": "none", "markersize": 7.0, "zorder": 4} | mark | fill
                ax.plot(x[some], y[some], gid=f"{gid}/{label}", **dress)
    ticks = range(-5 * int(reach // 5), int(reach) + 1, 5)
    ax.set_xticks(list(ticks), [f"+{tick}" if tick > 0 else layout.plain(tick) for tick in ticks])
    ax.set_xlabel("intensity of the news, − attack, + accord", fontsize=style.text, labelpad=4)
    _dates(ax, points["session"].tolist(), x, y, style)


def _dates(ax: Axes, sessions: Sequence[pd.Timestamp], x: Floats, y: Floats, style: Style) -> None:
    """Date the marks farthest from the middle, above or below, where no other label is."""
    width, height = layout.axes_points(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    measure = layout.ruler(style.small, style)
    at = np.column_stack([(x - left) / (right - left) * width, (y - low) / (high - low) * height])
    taken: list[tuple[float, float, float, float]] = [(px - 4, py - 4, px + 4, py + 4) for px, py in at]
    for k in np.argsort(-np.abs(y - np.median(y)), kind="stable")[:_DATED]:
        words = layout.day_month(sessions[k].to_datetime64())
        half = measure(words) / 2
        for dx, dy in ((half + 7, 0.0), (-half - 7, 0.0), (0.0, 10.0), (0.0, -10.0)):
            cx, cy = at[k, 0] + dx, at[k, 1] + dy
            box = (cx - half, cy - 4.5, cx + half, cy + 4.5)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
            if inside and not any(layout.overlap(box, other) for other in taken):
                taken.append(box)
                dress: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "ha": "center", "va": "center"}
                layout.note(ax, words, (cx / width, cy / height), (0, 0), f"date/{k}", **dress)
                break
