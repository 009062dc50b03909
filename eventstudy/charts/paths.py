"""Mean paths around events: a panel a label, two labels against each other, every market in a small panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts import layout, subject
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.markets.history import History
from eventstudy.matching import MIXED
from eventstudy.returns import Floats
from eventstudy.study.answer import Answer
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, BAND_DRAWS, BAND_SHARE, MeanPath, mean_path
from eventstudy.wording import counted, true_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of one panel and height of a new figure, in points; the room around a panel.
_PANEL, _HEIGHT = 282.0, 430.0
_ROOM = layout.Room(left=0.0, right=40.0, top=48.0, bottom=44.0, outer=56.0)

#: Size of a small panel and its place, in points; panels a row at most.
_SMALL, _COLUMNS = (216.0, 172.0), 4
_SMALL_ROOM = layout.Room(left=34.0, right=38.0, top=40.0, bottom=26.0)

#: The x-axis has at most so many ticks; how paths that are in no mean are dashed.
_MOST_TICKS, _DOTTED = 9, (0, (1.5, 2))

_BAND = (
    "Grey band: the mean of as many days without news, each given the volatility of one of the events, lies within it "
    f"in {100 * BAND_SHARE:.0f} of 100 draws ({BAND_DRAWS:,} draws, seed {{seed}}); a mean outside is out of the "
    "ordinary, as its p says."
)


def car(
    result: StudyResult,
    series: str | None = None,
    by: str | None = "stance",
    ax: Axes | Sequence[Axes] | None = None,
    *,
    window: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean cumulative abnormal return around the events, a panel a label, against days without news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    by : "stance" or None
        A panel for each label (stance, or the design's `group_by`), or one panel for all events.
    ax : Axes or sequence of Axes, optional
        Where to draw, as many as there are panels; default a new figure with a common y-axis. Axes given are shrunk
        within their place to make room for title and source line.
    window : str, optional
        The window whose answers are drawn; default the study's first.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The panels, in the order raise, hold, fold; each has a band of its own, for the fewer the events and the more
        nervous their days, the wider the band.

    Raises
    ------
    UnknownNameError
        If the study has no such series or window, or `by` is unknown.
    DesignError
        If there are fewer or more axes than panels.
    NothingUsableError
        If no event has a CAR over the window.

    Notes
    -----
    The paths begin at the last price before the window and rest on the market events of
    ``result.answer(series, label, window)``: at the window's last session the bold line is that answer's CAAR. Before
    and after the window, where it is drawn thin, other news may have fallen. See `eventstudy.study.sample.mean_path`.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.car(result)]
    ['raise', 'hold', 'fold']
    """
    if by is not None:
        require_known(by, ("stance", result.design.group_by), "grouping")
    history = subject.chosen_history(result, series)
    window, w = subject.chosen_window(result, window)
    labels = _labels(result) if by else [ALL]
    groups = [path for label in labels if (path := mean_path(result.samples[history.name], label, w))]
    if not groups:
        raise NothingUsableError(f"no event has a CAR of '{history.name}' over {window}; the reasons stand in matches")
    found = [_answer(result, history.name, group.label, window) for group in groups]
    best, unit, looks = (
        subject.clearest(filter(None, found)),
        subject.return_unit(result, history.name),
        subject.looks_of(result, style),
    )
    n = "n = " + ", ".join(f"{len(g.each)} {'market events' if g.label == ALL else g.label}" for g in groups)
    words = layout.Words(
        title or (subject.finding(best) if best else f"{history.instrument.label}: no event stands in a mean"),
        subtitle or subject.measured(result, history.name, f"Mean cumulative {unit.name}, {unit.symbol},", window),
        _caption(result, history.name, window, groups),
        subject.footnote_lines(result, history.name, n, source),
        _legend(groups, style),
    )
    with drawing(style):
        size = (2 * layout.EDGE + _ROOM.outer + max(len(groups), 2) * _PANEL, _HEIGHT)
        axes = layout.panels(ax, len(groups), len(groups), words, _ROOM, size, style)
        _draw_all(axes, groups, found, unit, looks, style)
        unit_scales(axes, history, f"cumulative {unit.name}", unit.symbol, own=ax is None, style=style)
    return axes


def raise_fold(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    window: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean paths of the two labels of the study's contrast, and by window their difference with its p.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    ax : sequence of three Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    window : str, optional
        The window of paths and title; default the first over which the labels can be compared.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        Raise, fold, difference.

    Raises
    ------
    UnknownNameError
        If the study has no such series or window.
    DesignError
        If there are not three axes.
    NothingUsableError
        If no window, or not this one, has market events of both labels.

    Notes
    -----
    A bar of the last panel is the `caar` of ``result.answer(series, "raise-fold", window)``, the difference of the two
    marks above or below it, which are the `caar` of the answers for raise and for fold; over the window of the paths
    it is the distance of the two bold lines at the window's end. The p beside it is that answer's: labels permuted
    within phases.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.raise_fold(result)]
    ['raise', 'fold', 'raise − fold']
    """
    history, pair = subject.chosen_history(result, series), result.contrast
    window = window and subject.chosen_window(result, window)[0]
    between = [a for a in result.answers if (a.series, a.stance) == (history.name, result.design.contrast)]
    between = [answer for answer in between if np.isfinite(answer.caar)]
    main = next((answer for answer in between if window in {None, answer.window}), None)
    if pair is None or main is None:
        first, second = pair or ("raise", "fold")
        over = f" over {window}" if window else ""
        raise NothingUsableError(f"'{history.name}' has no {first} or no {second} to be compared{over}")
    w = subject.chosen_window(result, main.window)[1]
    groups = [path for label in pair if (path := mean_path(result.samples[history.name], label, w))]
    unit, looks = subject.return_unit(result, history.name), subject.looks_of(result, style)
    words = layout.Words(
        title or subject.finding(main, pair=pair),
        subtitle or subject.measured(result, history.name, f"Mean cumulative {unit.name}, {unit.symbol},", main.window),
        f"{_caption(result, history.name, main.window, groups)} Bars: the mean of {pair[0]} less that of {pair[1]} (the"
        " marks) over each window, on a scale of their own; p: labels permuted over market events within phases, seed "
        f"{result.design.seed}.",
        subject.footnote_lines(
            result, history.name, f"n = {' and '.join(f'{len(g.each)} {g.label}' for g in groups)}", source
        ),
        _legend(groups, style),
    )
    with drawing(style):
        axes = layout.panels(ax, 3, 3, words, _ROOM, (2 * layout.EDGE + _ROOM.outer + 3 * _PANEL, _HEIGHT), style)
        found = [_answer(result, history.name, group.label, main.window) for group in groups]
        _draw_all(axes[:2], groups, found, unit, looks, style)
        sides = {label: [result.answer(history.name, label, a.window) for a in between] for label in pair}
        _draw_windows(axes[2], between, sides, unit, looks, style)
        unit_scales(axes, history, f"cumulative {unit.name}", unit.symbol, own=ax is None, style=style)
        axes[2].tick_params(labelleft=True)
    return axes


def multiples(
    result: StudyResult,
    ax: Sequence[Axes] | None = None,
    *,
    series: Sequence[str] | None = None,
    stances: Sequence[str] | None = None,
    window: str | None = None,
    share: bool = False,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean paths of every instrument, a small panel each.

    Parameters
    ----------
    result : StudyResult
        The study.
    ax : sequence of Axes, optional
        Where to draw, one for each series; default a new figure.
    series : sequence of str, optional
        The series; default all of the study that have a mean.
    stances : sequence of str, optional
        The labels drawn; default all of the study but ``mixed``.
    window : str, optional
        The window whose answers are drawn; default the study's first.
    share : bool
        Whether panels of one unit share their scale; default each has its own, as the subtitle says.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        A panel a series.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If there are fewer or more axes than series.
    NothingUsableError
        If no series has a market event of these labels in a mean.

    Notes
    -----
    The lines are those of `car`. The band is the widest of those of the labels drawn: a line inside of it may still be
    out of the ordinary for its own events, as the answers say.
    """
    labels, (window, w) = list(stances or _labels(result)), subject.chosen_window(result, window)
    grouped: dict[str, list[MeanPath]] = {}
    for name in series or result.series:
        paths = [mean_path(result.samples[subject.chosen_history(result, name).name], label, w) for label in labels]
        grouped |= {name: kept} if (kept := [path for path in paths if path and len(path.each)]) else {}
    if not grouped:
        raise NothingUsableError("no event of these stances is in a mean; the reasons stand in matches")
    best = subject.clearest(
        a for a in result.answers if a.series in grouped and a.stance in labels and a.window == window
    )
    counts = {s: [len(g.each) for groups in grouped.values() for g in groups if g.label == s] for s in labels}
    n = "n = at most " + ", ".join(f"{max(count)} {label}" for label, count in counts.items() if count)
    scale = "panels of one unit share their scale" if share else "each panel has its own scale"
    words = layout.Words(
        title or (subject.finding(best, family=True) if best else "Every market around the events"),
        (subtitle or subject.measured(result, list(grouped), "Mean cumulative abnormal return", window)) + f"; {scale}",
        "A line is the mean path of a label, with its number of market events at the end; the mark is its answer over "
        f"the window. {_BAND.format(seed=result.design.seed)} It is the widest of the labels drawn.",
        subject.footnote_lines(result, list(grouped), n, source),
    )
    columns = min(_COLUMNS, len(grouped))
    size = (2 * layout.EDGE + _SMALL[0] * max(columns, 3), 112.0 + _SMALL[1] * -(-len(grouped) // columns))
    units, looks = {name: subject.return_unit(result, name) for name in grouped}, subject.looks_of(result, style)
    drawn = {name: [units[name].scale * part for g in groups for part in (g.mean, *_edges(groups))]
             for name, groups in grouped.items()}  # fmt: skip
    with drawing(style):
        axes = layout.panels(ax, len(grouped), columns, words, _SMALL_ROOM, size, style)
        for panel, (name, groups) in zip(axes, grouped.items(), strict=True):
            alike = [other for other in grouped if share and units[other].symbol == units[name].symbol] or [name]
            layout.set_reach(panel, [part for other in alike for part in drawn[other]])
            _draw_small(panel, result.histories[name], groups, units[name], looks, result.design.windows[w].last, style)
    return axes


def _labels(result: StudyResult) -> list[str]:
    return [label for label in result.groups if label != MIXED] or [ALL]


def _answer(result: StudyResult, series: str, label: str, window: str) -> Answer | None:
    """Return the answer of a row; None where no market event of the label stands in a mean."""
    wanted = (series, label, window)
    return next((a for a in result.answers if (a.series, a.stance, a.window) == wanted and a.n), None)


def _edges(groups: Sequence[MeanPath]) -> list[Floats]:
    """Return lower and upper edge of the widest of several bands; nothing where there is none."""
    bands = [group.band for group in groups if group.band is not None]
    return [-np.max(bands, axis=0), np.max(bands, axis=0)] if bands else []


def _caption(result: StudyResult, series: str, window: str, groups: Sequence[MeanPath]) -> str:
    """Say how mean paths are read and were made."""
    mixed = sum(label == MIXED for label in result.samples[series].label)
    bare = [group.label for group in groups if group.band is None and len(group.each)]
    return (
        "Bold: the mean over the market events of the answer, from the last price before the window on; thin where the "
        f"window {true_minus(window)} has not begun or is over, and other news may have fallen. Faint: single market "
        "events, the one that moves the mean most dated. Dotted, cut at the edge: set aside, in no mean: late "
        f"news, and windows that hold news of another kind. {_BAND.format(seed=result.design.seed)}"
        + (f" No band for {', '.join(bare)}: too few days without news." if bare else "")
        + (f" {counted(mixed, 'market event')} of mixed news in no panel." if mixed else "")
    )


def _legend(groups: Sequence[MeanPath], style: Style) -> tuple[tuple[str, dict[str, Any]], ...]:
    line: dict[str, Any] = {"linestyle": "-", "color": style.muted}
    found = [("mean", line | {"linewidth": 2.4}), ("market events", line | {"linewidth": 0.8, "alpha": 0.7})]
    if any(len(group.aside) for group in groups):
        found.append(("set aside", line | {"linestyle": _DOTTED, "linewidth": 1.0}))
    if any(group.band is not None for group in groups):
        found.append(band_legend(style))
    return tuple(found)


def band_legend(style: Style) -> tuple[str, dict[str, Any]]:
    """Return the entry of a legend that says what a band is."""
    look: dict[str, Any] = {"linestyle": "-", "color": style.band, "linewidth": 8.0, "solid_capstyle": "butt"}
    return f"{100 * BAND_SHARE:.0f} % of such means without news", look


def _draw_all(
    axes: Sequence[Axes],
    groups: Sequence[MeanPath],
    found: Sequence[Answer | None],
    unit: subject.Unit,
    looks: dict[str, Look],
    style: Style,
) -> None:
    """Draw a panel a label, all with the same limits, so that they can be compared."""
    # What is set aside does not stretch the scale of what counts; alone it makes it.
    some = any(len(g.each) for g in groups)
    drawn = [unit.scale * part for g in groups for part in (g.each if some else g.aside, *_edges([g]))]
    for panel, group, answer in zip(axes, groups, found, strict=True):
        layout.set_reach(panel, drawn)
        panel.set_xlim(float(group.taus[0]), float(group.taus[-1]))
        said = subject.answer_line(answer) if answer else f"{counted(len(group.aside), 'market event')}, set aside"
        name_panel(panel, "all events" if group.label == ALL else group.label, looks[group.label].colour, said, style)
        _draw_panel(panel, group, answer, unit, looks[group.label], style)
        low, high = map(int, panel.get_xlim())
        taus = [tau for tau in range(low, high + 1) if tau % -(-(high - low + 1) // _MOST_TICKS) == 0]
        panel.set_xticks(taus, [layout.plain(tau) for tau in taus])
        panel.set_xlabel("sessions from the event session, τ", fontsize=style.text, color=style.ink, labelpad=4)


def _draw_panel(ax: Axes, group: MeanPath, answer: Answer | None, unit: subject.Unit, look: Look, style: Style) -> None:
    """Draw the mean path of one label over its band and its events."""
    taus = group.taus
    for edge in _edges([group])[1:]:
        layout.fill_band(ax, taus, -unit.scale * edge, unit.scale * edge, style)
    layout.zero_lines(ax, style)
    faint: dict[str, Any] = {"color": look.colour, "linewidth": 0.7, "alpha": 0.4}
    for path in group.each * unit.scale:
        ax.plot(taus, path, zorder=3, gid="event", **faint)
    for path in group.aside * unit.scale:
        ax.plot(taus, path, linestyle=_DOTTED, zorder=2.5, gid="set-aside", **faint)
    if answer is None:
        return
    first, last = (int(end) for end in answer.window.split(":"))
    mean, inside = unit.scale * group.mean, (taus >= first - 1) & (taus <= last)
    line: dict[str, Any] = {"color": look.colour, "zorder": 5, "clip_on": False}
    ax.plot(taus, mean, linewidth=1.3, gid="mean", **line)
    mark: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(taus[inside], mean[inside], linewidth=2.8, markeredgewidth=0.7, gid="within", **line, **mark)
    _name_end(ax, group, answer, last, unit, look, style)


def _name_end(
    ax: Axes, group: MeanPath, answer: Answer, last: int, unit: subject.Unit, look: Look, style: Style
) -> None:
    """Write the answer at the window's end, and date the market event that makes the chart."""
    (low, high), height = ax.get_ylim(), layout.axes_points(ax)[1]
    ends = group.each[:, int(np.flatnonzero(group.taus == last)[0])] * unit.scale
    most, value = int(np.abs(ends).argmax()), unit.scale * answer.caar
    halo: dict[str, Any] = {"bbox": {"facecolor": style.paper, "edgecolor": "none", "pad": 0.2, "alpha": 0.7}}
    side: dict[str, Any] = {"textcoords": "offset points", "va": "center", "zorder": 6, "annotation_clip": False}
    bold: dict[str, Any] = {"color": look.colour, "fontsize": style.text, "fontweight": "bold"}
    words = subject.figure(answer.caar, answer.unit).removesuffix(f" {answer.unit}")
    at = (8.0, 9.0 if value > 0 else -9.0)
    ax.annotate(words, (last, value), at, gid="mean-label", **bold, **side, **halo)
    if len(ends) > 1:
        # Beside its path's end, moved away from the mean's label where that stands there.
        apart = (ends[most] - value) * height / (high - low) - at[1]
        shift = max(0.0, 1.8 * style.small - abs(apart)) * (1 if apart > 0 else -1)
        quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.small}
        day = layout.day_month(group.sessions[most])
        ax.annotate(day, (last, ends[most]), (8, shift), gid="event-label", **quiet, **side, **halo)


def name_panel(ax: Axes, name: str, colour: str, said: str, style: Style) -> None:
    """Write the name of a panel above it, and below the name what is said of it."""
    bold: dict[str, Any] = {"color": colour, "fontsize": style.text + 1.5, "fontweight": "bold"}
    ax.set_title(name, loc="left", pad=11 + 1.4 * style.small, gid="name", **bold)
    layout.note(ax, said, (0, 1), (0, 8), "count", va="bottom", color=style.muted, fontsize=style.small)


def unit_scales(axes: Sequence[Axes], history: History, words: str, symbol: str, *, own: bool, style: Style) -> None:
    """Write the unit on the left, and which way is up; in a new figure only the first of the row has a y-axis."""
    up = f"(up = {history.instrument.up})" if history.instrument.up else ""
    height, measure = layout.axes_points(axes[0])[1], layout.ruler(style.text, style)
    label = "\n".join(
        line for part in (f"{words}, {symbol}" if symbol else words, up) for line in layout.wrap(part, height, measure)
    )
    for panel in axes:
        layout.number_ticks(panel, style)
        if own and panel is not axes[0]:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel(label if panel is axes[0] else symbol, fontsize=style.text, color=style.ink)


def _draw_windows(
    ax: Axes,
    between: Sequence[Answer],
    sides: dict[str, list[Answer]],
    unit: subject.Unit,
    looks: dict[str, Look],
    style: Style,
) -> None:
    """Draw the difference of every window as a bar, the two means as marks, and write difference and p above."""
    x, look = np.arange(len(between)), looks[ALL]
    ax.set_xlim(-0.6, len(between) - 0.4)
    layout.set_reach(ax, [[unit.scale * answer.caar for answer in side] for side in (between, *sides.values())], 0.08)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    for k, answer in enumerate(between):
        value, at = unit.scale * answer.caar, (k + 0.6) / (len(between) + 0.2)
        ax.bar(k, value, width=0.62, color=style.faint, zorder=1.5, gid=f"difference/{answer.window}")
        dress: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": style.small, "color": look.colour}
        words = subject.figure(answer.caar, answer.unit).removesuffix(f" {answer.unit}")
        layout.note(ax, f"{words}\n{subject.p_of(answer)}", (at, 1.0), (0, 4), f"mean-label/{answer.window}", **dress)
    for shift, (label, answers) in zip((-0.14, 0.14), sides.items(), strict=True):
        mark: dict[str, Any] = {"marker": looks[label].marker, "color": looks[label].colour, "markersize": 7.0}
        values = unit.scale * np.array([answer.caar for answer in answers])
        ax.plot(x + shift, values, linestyle="none", markeredgecolor=style.paper, markeredgewidth=0.6, zorder=4,
                gid=f"means/{label}", **mark)  # fmt: skip
    bold: dict[str, Any] = {"color": look.colour, "fontsize": style.text + 1.5, "fontweight": "bold"}
    ax.set_title(" − ".join(sides), loc="left", pad=14 + 2.4 * style.small, gid="name", **bold)
    both = zip(*sides.values(), strict=True)
    ax.set_xticks(x, [f"{true_minus(a.window)}\nn {a.n} & {b.n}" for a, b in both])
    ax.set_xlabel("window", fontsize=style.text, color=style.ink, labelpad=4)


def _draw_small(
    ax: Axes,
    history: History,
    groups: Sequence[MeanPath],
    unit: subject.Unit,
    looks: dict[str, Look],
    last: int,
    style: Style,
) -> None:
    """Draw the mean paths of one series into a small panel."""
    taus, ends = groups[0].taus, []
    ax.set_xlim(float(taus[0]), float(taus[-1]))
    for edge in _edges(groups)[1:]:
        layout.fill_band(ax, taus, -unit.scale * edge, unit.scale * edge, style)
    layout.zero_lines(ax, style)
    at = int(np.flatnonzero(taus == last)[0])
    for group in groups:
        mean, look = unit.scale * group.mean, looks[group.label]
        ax.plot(taus, mean, color=look.colour, linewidth=1.6, zorder=4, gid=f"mean/{group.label}", clip_on=False)
        ax.plot(taus[at], mean[at], marker=look.marker, color=look.colour, markersize=5.5, markeredgewidth=0.6,
                markeredgecolor=style.paper, linestyle="none", zorder=5, gid=f"end/{group.label}")  # fmt: skip
        words = f"{'all' if group.label == ALL else group.label} {len(group.each)}"
        dress: dict[str, Any] = {"color": look.colour, "fontsize": style.small}
        ends.append((float(mean[np.isfinite(mean)][-1]), words, f"stance/{group.label}", dress))
    layout.number_ticks(ax, style)
    ticks = [int(taus[0]), 0, int(taus[-1])]
    ax.set_xticks(ticks, [layout.plain(tau) for tau in ticks])
    ax.tick_params(axis="both", labelsize=style.small)
    ax.locator_params(axis="y", nbins=4)
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.text, "fontweight": "bold"}
    layout.note(ax, history.instrument.label, (0, 1), (0, 17), "name", **bold)
    symbol = layout.wrap(unit.symbol, 200.0, layout.ruler(style.small, style))[0]
    layout.note(ax, symbol, (0, 1), (0, 6), "unit", color=style.muted, fontsize=style.small)
    layout.end_labels(ax, ends, style, 9.5)
