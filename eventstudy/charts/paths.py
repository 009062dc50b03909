"""Mean paths around events: a panel a label, two labels against each other, every market in small; and holding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from eventstudy.charts import layout, subject
from eventstudy.charts.layout import Legend, Words, chart
from eventstudy.charts.style import EDGE, LIGHT, Look, Style
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.markets.history import History
from eventstudy.matching import MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.answer import Answer, answers, events_in_words
from eventstudy.study.placebo import BAND_DRAWS, BAND_SHARE, MeanPath, band_of_mean, mean_path
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, SeriesSample, labels_of
from eventstudy.trading.signals import ENTRY, Market
from eventstudy.wording import counted, quantity, true_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of a panel and height of a new figure, in points; room around a panel, and left of all.
_PANEL, _HEIGHT, _ROOM, _OUTER = 282.0, 430.0, (0.0, 40.0, 48.0, 44.0), 56.0

#: Size of a small panel, its room, and panels a row at most.
_SMALL, _SMALL_ROOM, _COLUMNS = (216.0, 172.0), (34.0, 38.0, 40.0, 26.0), 4

#: Ticks of event time at most; how paths that are in no mean are dashed.
_MOST_TICKS, _DOTTED = 9, (0, (1.5, 2))

#: Sessions held; least distance of two ticks, in points; market events that make a finding.
LONGEST, _TICK, _FEW = 10, 22, 3

_BAND = (
    "Grey band: the mean of as many days without news, each given the volatility of one of the events, lies within it "
    f"in {100 * BAND_SHARE:.0f} of 100 draws ({BAND_DRAWS:,} draws, seed {{seed}}); a mean outside is out of the "
    "ordinary, as its p says."
)


@chart
def car(
    result: StudyResult,
    series: str | None = None,
    by: str | None = "stance",
    ax: Axes | Sequence[Axes] | None = None,
    *,
    window: str | None = None,
    **words: Unpack[Words],
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
    and after the window, where it is drawn thin, other news may have fallen. See `eventstudy.study.placebo.mean_path`.

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
    history, (window, w) = subject.chosen_history(result, series), subject.chosen_window(result, window)
    groups = _mean_paths(result, history.name, _labels(result) if by else [ALL], w)
    if not groups:
        raise NothingUsableError(f"no event has a CAR of '{history.name}' over {window}; the reasons stand in matches")
    best = subject.clearest(filter(None, (subject.answer_of(result, history.name, of.label, window) for of in groups)))
    n = ", ".join(f"{len(of.each)} {'market events' if of.label == ALL else of.label}" for of in groups)
    title = subject.finding(best) if best else f"{history.instrument.label}: no event stands in a mean"
    return _draw_paths(result, history, window, groups, ax, words, title, f"n = {n}")


@chart
def raise_fold(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    window: str | None = None,
    **words: Unpack[Words],
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
        there = [label for label in result.groups if label not in {"", "*", "mixed"}]
        is_other = pair is None and len(there) > 1
        others = f"; contrast {there[0]}-{there[1]} compares labels that it has" if is_other else ""
        raise NothingUsableError(f"'{history.name}' has no {first} or no {second} to be compared{over}{others}")
    groups = _mean_paths(result, history.name, pair, subject.chosen_window(result, main.window)[1])
    bars = (
        f" Bars: the mean of {pair[0]} less that of {pair[1]} (the marks) over each window, on a scale of their own; "
        f"p: labels permuted over market events within phases, seed {result.design.seed}."
    )
    n = " and ".join(f"{len(of.each)} {of.label}" for of in groups)
    title = subject.finding(main, pair=pair)
    axes = _draw_paths(result, history, main.window, groups, ax, words, title, f"n = {n}", bars)
    sides = {label: [result.answer(history.name, label, a.window) for a in between] for label in pair}
    _draw_windows(axes[2], between, sides, subject.return_unit(result, history.name), result, words)
    if ax is not None:
        axes[2].set_ylabel(subject.return_unit(result, history.name).symbol)
    return axes


@chart
def multiples(
    result: StudyResult,
    ax: Sequence[Axes] | None = None,
    *,
    series: Sequence[str] | None = None,
    stances: Sequence[str] | None = None,
    window: str | None = None,
    share: bool = False,
    **words: Unpack[Words],
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
    names = [subject.chosen_history(result, name).name for name in series or result.series]
    grouped = {name: [of for of in _mean_paths(result, name, labels, w) if len(of.each)] for name in names}
    grouped = {name: groups for name, groups in grouped.items() if groups}
    if not grouped:
        raise NothingUsableError("no event of these stances is in a mean; the reasons stand in matches")
    shown = [a for a in result.answers if a.series in grouped and a.stance in labels and a.window == window]
    best = subject.clearest(shown, family=True)
    counts = {s: [len(of.each) for groups in grouped.values() for of in groups if of.label == s] for s in labels}
    n = "n = at most " + ", ".join(f"{max(count)} {label}" for label, count in counts.items() if count)
    scale = "panels of one unit share their scale" if share else "each panel has its own scale"
    columns = min(_COLUMNS, len(grouped))
    axes = layout.frame(
        ax, _SMALL_ROOM,
        (2 * EDGE + _SMALL[0] * max(columns, 3), 112.0 + _SMALL[1] * -(-len(grouped) // columns)), words,
        n=len(grouped), columns=columns,
        title=subject.finding(best, family=True) if best else "Every market around the events",
        subtitle=subject.measured(result, list(grouped), "Mean cumulative abnormal return", window),
        remark=f"; {scale}",
        caption="A line is the mean path of a label, with its number of market events at the end; the mark is its "
        f"answer over the window. {_BAND.format(seed=result.design.seed)} It is the widest of the labels drawn.",
        footnote=subject.footnote_lines(result, list(grouped), n, words),
    )  # fmt: skip
    units = {name: subject.return_unit(result, name) for name in grouped}
    drawn = {name: [units[name].scale * part for of in groups for part in (of.mean, *_edges(groups))]
             for name, groups in grouped.items()}  # fmt: skip
    for panel, (name, groups) in zip(axes, grouped.items(), strict=True):
        alike = [other for other in grouped if share and units[other].symbol == units[name].symbol] or [name]
        layout.set_reach(panel, [part for other in alike for part in drawn[other]])
        _draw_small(panel, groups, units[name], result.design.windows[w].last, subject.looks_of(result, words), words)
        bold = words.get("style", LIGHT).bold
        layout.note(panel, result.histories[name].instrument.label, (0, 1), (0, 17), "name", **bold)
    return axes


def _labels(result: StudyResult) -> list[str]:
    return [label for label in result.groups if label != MIXED] or [ALL]


def _mean_paths(result: StudyResult, series: str, labels: Sequence[str], w: int) -> list[MeanPath]:
    return [path for label in labels if (path := mean_path(result.samples[series], label, w))]


def _edges(groups: Sequence[MeanPath]) -> list[Floats]:
    """Return lower and upper edge of the widest of several bands; nothing where there is none."""
    bands = [group.band for group in groups if group.band is not None]
    return [-np.max(bands, axis=0), np.max(bands, axis=0)] if bands else []


def _draw_paths(
    result: StudyResult,
    history: History,
    window: str,
    groups: Sequence[MeanPath],
    ax: Axes | Sequence[Axes] | None,
    words: Words,
    title: str,
    n: str,
    bars: str = "",
) -> tuple[Axes, ...]:
    """Draw a panel a label, all with the same limits so that they can be compared, and leave one for `bars`."""
    unit, looks = subject.return_unit(result, history.name), subject.looks_of(result, words)
    style = words.get("style", LIGHT)
    mixed = sum(label == MIXED for label in result.samples[history.name].label)
    bare = [group.label for group in groups if group.band is None and len(group.each)]
    caption = (
        "Bold: the mean over the market events of the answer, from the last price before the window on; thin where the "
        f"window {true_minus(window)} has not begun or is over, and other news may have fallen. Faint: single market "
        "events, the one that moves the mean most dated. Dotted, cut at the edge: set aside, in no mean: late "
        f"news, and windows that hold news of another kind. {_BAND.format(seed=result.design.seed)}"
        + (f" No band for {', '.join(bare)}: too few days without news." if bare else "")
        + (f" {counted(mixed, 'market event')} of mixed news in no panel." if mixed else "")
    )
    count = len(groups) + bool(bars)
    axes = layout.frame(
        ax, _ROOM, (2 * EDGE + _OUTER + max(count, 2) * _PANEL, _HEIGHT), words,
        n=count,
        title=title,
        subtitle=subject.measured(result, history.name, f"Mean cumulative {unit.name}, {unit.symbol},", window),
        caption=caption + bars,
        footnote=subject.footnote_lines(result, history.name, n, words),
        legend=_legend(groups, style),
        outer=_OUTER,
    )  # fmt: skip
    # What is set aside does not stretch the scale of what counts; alone it makes it.
    some = any(len(of.each) for of in groups)
    drawn = [unit.scale * part for of in groups for part in (of.each if some else of.aside, *_edges([of]))]
    for panel, of in zip(axes, groups, strict=bool(not bars)):
        answer, first, last = subject.answer_of(result, history.name, of.label, window), of.taus[0], of.taus[-1]
        layout.set_reach(panel, drawn)
        panel.set_xlim(float(first), float(last))
        said = _said(answer) if answer else f"{counted(len(of.aside), 'market event')}, set aside"
        name = "all events" if of.label == ALL else of.label
        subject.name_panel(panel, name, looks[of.label].colour, said, style)
        _draw_panel(panel, of, answer, unit, looks[of.label], style)
        layout.step_ticks(panel, first, last, -(-(int(last - first) + 1) // _MOST_TICKS))
        panel.set_xlabel("sessions from the event session, τ", labelpad=4)
    panels = axes[: len(groups)]
    subject.unit_scales(panels, history, f"cumulative {unit.name}", unit.symbol, own=ax is None, words=words)
    return axes


def _said(answer: Answer) -> str:
    """Write an answer in a line above its panel: window, mean, number of market events, p."""
    aside = f" ({answer.n_set_aside} set aside)" if answer.n_set_aside else ""
    mean = subject.figure(answer.caar, answer.unit)
    return f"{true_minus(answer.window)}: {mean}, n = {answer.n}{aside}, {subject.p_of(answer)}"


def _legend(groups: Sequence[MeanPath], style: Style) -> Legend:
    line: dict[str, Any] = {"linestyle": "-", "color": style.muted}
    found = [("mean", line | {"linewidth": 2.4}), ("market events", line | {"linewidth": 0.8, "alpha": 0.7})]
    if any(len(group.aside) for group in groups):
        found.append(("set aside", line | {"linestyle": _DOTTED, "linewidth": 1.0}))
    return [*found, *([_band_legend(style)] if any(group.band is not None for group in groups) else [])]


def _band_legend(style: Style) -> tuple[str, dict[str, Any]]:
    look: dict[str, Any] = {"linestyle": "-", "color": style.band, "linewidth": 8.0, "solid_capstyle": "butt"}
    return f"{100 * BAND_SHARE:.0f} % of such means without news", look


def _draw_panel(ax: Axes, of: MeanPath, answer: Answer | None, unit: subject.Unit, look: Look, style: Style) -> None:
    """Draw the mean path of one label over its band and its events, the market event that makes the chart dated."""
    for edge in _edges([of])[1:]:
        layout.fill_band(ax, of.taus, -unit.scale * edge, unit.scale * edge, style)
    layout.zero_line(ax, style, dotted=True)
    faint: dict[str, Any] = {"color": look.colour, "linewidth": 0.7, "alpha": 0.4}
    for path in of.each * unit.scale:
        ax.plot(of.taus, path, zorder=3, gid="event", **faint)
    for path in of.aside * unit.scale:
        ax.plot(of.taus, path, linestyle=_DOTTED, zorder=2.5, gid="set-aside", **faint)
    if answer is None:
        return
    first, last = (int(end) for end in answer.window.split(":"))
    mean, inside = unit.scale * of.mean, (of.taus >= first - 1) & (of.taus <= last)
    line: dict[str, Any] = {"color": look.colour, "zorder": 5, "clip_on": False}
    ax.plot(of.taus, mean, linewidth=1.3, gid="mean", **line)
    line |= {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper, "markeredgewidth": 0.7}
    ax.plot(of.taus[inside], mean[inside], linewidth=2.8, gid="within", **line)
    (low, high), height = ax.get_ylim(), layout.axes_points(ax)[1]
    ends = of.each[:, int(np.flatnonzero(of.taus == last)[0])] * unit.scale
    most, value = int(np.abs(ends).argmax()), unit.scale * answer.caar
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "zorder": 6, "annotation_clip": False}
    beside["bbox"] = {"facecolor": style.paper, "edgecolor": "none", "pad": 0.2, "alpha": 0.7}
    figure, up = subject.figure(answer.caar, answer.unit).removesuffix(f" {answer.unit}"), 9.0 if value > 0 else -9.0
    bold = style.bold | {"color": look.colour}
    ax.annotate(figure, (last, value), (8.0, up), gid="mean-label", **bold, **beside)
    if len(ends) > 1:
        # Beside its path's end, moved away from the mean's label where that stands there.
        apart = (ends[most] - value) * height / (high - low) - up
        shift = max(0.0, 1.8 * style.small - abs(apart)) * (1 if apart > 0 else -1)
        day = layout.day_month(of.sessions[most])
        ax.annotate(day, (last, ends[most]), (8, shift), gid="event-label", **style.quiet, **beside)


def _draw_windows(
    ax: Axes,
    between: Sequence[Answer],
    sides: Mapping[str, Sequence[Answer]],
    unit: subject.Unit,
    result: StudyResult,
    words: Words,
) -> None:
    """Draw the difference of every window as a bar, the two means as marks, and write difference and p above."""
    x, looks, style = np.arange(len(between)), subject.looks_of(result, words), words.get("style", LIGHT)
    ax.set_xlim(-0.6, len(between) - 0.4)
    layout.set_reach(ax, [[unit.scale * answer.caar for answer in side] for side in (between, *sides.values())], 0.08)
    layout.number_ticks(ax)
    layout.zero_line(ax, style)
    for k, answer in enumerate(between):
        ax.bar(k, unit.scale * answer.caar, 0.62, color=style.faint, zorder=1.5, gid=f"difference/{answer.window}")
        figure = subject.figure(answer.caar, answer.unit).removesuffix(f" {answer.unit}")
        layout.note(ax, f"{figure}\n{subject.p_of(answer)}", ((k + 0.6) / (len(between) + 0.2), 1.0), (0, 4),
                    f"mean-label/{answer.window}", ha="center", va="bottom", fontsize=style.small)  # fmt: skip
    for shift, (label, found) in zip((-0.14, 0.14), sides.items(), strict=True):
        mark: dict[str, Any] = {"marker": looks[label].marker, "color": looks[label].colour, "markersize": 7.0}
        ax.plot(x + shift, [unit.scale * answer.caar for answer in found], linestyle="none", zorder=4,
                markeredgecolor=style.paper, markeredgewidth=0.6, gid=f"means/{label}", **mark)  # fmt: skip
    bold: dict[str, Any] = style.bold | {"fontsize": style.text + 1.5}
    ax.set_title(" − ".join(sides), loc="left", pad=14 + 2.4 * style.small, gid="name", **bold)
    both = zip(*sides.values(), strict=True)
    ax.set_xticks(x, [f"{true_minus(a.window)}\nn {a.n} & {b.n}" for a, b in both])
    ax.set_xlabel("window", labelpad=4)


def _draw_small(
    ax: Axes, groups: Sequence[MeanPath], unit: subject.Unit, last: int, looks: Mapping[str, Look], words: Words
) -> None:
    """Draw the mean paths of one series into a small panel."""
    taus, ends, style = groups[0].taus, [], words.get("style", LIGHT)
    ax.set_xlim(float(taus[0]), float(taus[-1]))
    for edge in _edges(groups)[1:]:
        layout.fill_band(ax, taus, -unit.scale * edge, unit.scale * edge, style)
    layout.zero_line(ax, style, dotted=True)
    at = int(np.flatnonzero(taus == last)[0])
    for group in groups:
        mean, look = unit.scale * group.mean, looks[group.label]
        ax.plot(taus, mean, color=look.colour, linewidth=1.6, zorder=4, gid=f"mean/{group.label}", clip_on=False)
        ax.plot(taus[at], mean[at], marker=look.marker, color=look.colour, markersize=5.5, markeredgewidth=0.6,
                markeredgecolor=style.paper, linestyle="none", zorder=5, gid=f"end/{group.label}")  # fmt: skip
        name = f"{'all' if group.label == ALL else group.label} {len(group.each)}"
        dress: dict[str, Any] = {"color": look.colour, "fontsize": style.small}
        ends.append((float(mean[np.isfinite(mean)][-1]), name, f"stance/{group.label}", dress))
    layout.number_ticks(ax)
    ticks = [int(taus[0]), 0, int(taus[-1])]
    ax.set_xticks(ticks, [layout.plain(tick) for tick in ticks])
    ax.tick_params(axis="both", labelsize=style.small)
    ax.locator_params(axis="y", nbins=4)
    symbol = layout.wrap(unit.symbol, 200.0, layout.ruler(style.small, style))[0]
    layout.note(ax, symbol, (0, 1), (0, 6), "unit", **style.quiet)
    layout.end_labels(ax, ends, style, 9.5)


# --- what holding a market for some sessions after the news has brought ----------------------------------------------


@chart
def holding(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    longest: int = LONGEST,
    **words: Unpack[Words],
) -> tuple[Axes, ...]:
    """Draw the mean return by sessions held after the news, a panel a label, against days without news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    ax : sequence of Axes, optional
        Where to draw, one for each label that a market event has; default a new figure.
    longest : int
        The most sessions held.
    title, subtitle, source : str, optional
        Words instead of the finding, of measure and dates, and of whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The panels.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If there are fewer or more axes than panels, or the series is studied in levels.
    NothingUsableError
        If no event can be held.

    Notes
    -----
    Bought at the first price struck after the news was public (known by day: after that day). Mean, base rate and n
    after h sessions are those of ``eventstudy.ask(..., hold=[h])`` in its second measure, each of its own sample: the
    longer a market is held, the more events meet other news and are set aside, so n below the axis falls. Raw returns.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["brent"]).fit()
    >>> len(es.charts.holding(result, "brent", longest=5))
    3
    """
    history, style = subject.chosen_history(result, series), words.get("style", LIGHT)
    if history.instrument.returns == "level":
        raise DesignError(f"a return is held, and '{history.name}' is studied in levels ({history.instrument.unit})")
    sample, held = _held(result, history, longest)
    if not held:
        raise NothingUsableError(f"no event of '{history.name}' could be held for one session")
    unit = subject.unit_of(sample.unit)
    bases = {label: _without_news(sample, label, unit.scale) for label in held}
    first = ", ".join(f"{of[min(of)].n} {'events' if label == ALL else label}" for label, of in held.items())
    line: dict[str, Any] = {"linestyle": "-", "color": style.muted, "linewidth": 2.4}
    axes = layout.frame(
        ax, (0.0, 66.0, 46.0, 58.0), (936.0, 420.0), words,
        n=len(held),
        title=_found(held, bases, history.instrument.label, unit.scale),
        subtitle=subject.measured(result, history.name, f"Mean {unit.name.removeprefix('abnormal ')}, {ENTRY}"),
        caption=f"Bold: the mean return, {ENTRY}, as ask has it. Dashed: the mean over days without news. Grey: where "
        "the mean of as many days without news lies in 90 of 100 draws, each given the volatility of one of the events."
        " n below the axis: market events in the mean; it falls where other news fell while the market was held. Raw "
        "returns, not abnormal, before costs.",
        footnote=subject.footnote_lines(result, history.name, f"n after one session = {first}", words),
        legend=[("mean", line), ("days without news", line | {"linestyle": layout.DASHED, "color": style.ink,
                                                              "linewidth": 1.2}), _band_legend(style)],
        outer=58.0,
    )  # fmt: skip
    looks, kind = subject.looks_of(result, words), history.instrument.returns
    means = {label: np.array([0.0, *(unit.scale * of[k].move if k in of else np.nan for k in range(1, longest + 1))])
             for label, of in held.items()}  # fmt: skip
    drawn = [line for label in held for line in (means[label], *_with_edges(*bases[label]))]
    for panel, (label, of) in zip(axes, held.items(), strict=True):
        layout.set_reach(panel, drawn, 0.08)
        panel.set_xlim(0, longest)
        (k, last), name = max(of.items()), "all events" if label == ALL else label
        aside = f" ({last.n_set_aside} set aside)" if last.n_set_aside else ""
        said = f"{subject.figure(last.move, last.unit)} in {counted(k, 'session')}, n = {last.n}{aside}"
        subject.name_panel(panel, name, looks[label].colour, f"{said}, {100 * last.rose:.0f} % rose", style)
        _draw_held(panel, means[label], bases[label], " %" * (unit.scale != 1), looks[label], style)
        counts = {0: "n"} | {held_for: str(answer.n) for held_for, answer in of.items()}
        step = max(1, -(-longest * _TICK // int(layout.axes_points(panel)[0])))
        ticks = range(0, longest + 1, step)
        panel.set_xticks(list(ticks), [f"{tick}\n{counts.get(tick, '0')}" for tick in ticks])
        panel.set_xlabel("sessions held, market events", labelpad=4)
    name = f"change, {history.instrument.unit}" if kind in OWN_UNIT else f"{kind} return"
    symbol = "" if kind in OWN_UNIT else unit.symbol
    subject.unit_scales(axes, history, name, symbol, own=ax is None, words=words)
    return axes


def _held(result: StudyResult, history: History, longest: int) -> tuple[SeriesSample, dict[str, dict[int, Answer]]]:
    """Return the market events from the prices of entry on, and the answers by label and sessions held."""
    holds = range(1, longest + 1)
    sample = Market(result.matching, history).at_entries(result.histories, result.design, holds)
    design = sample.design
    rows = {(a.stance, a.window): a for a in answers({history.name: sample}, design) if a.n}
    windows, labels = list(map(str, design.windows)), [x for x in labels_of({"": sample}) if x != MIXED] or [ALL]
    held = {label: {k: rows[label, window] for k, window in zip(holds, windows, strict=True) if (label, window) in rows}
            for label in labels}  # fmt: skip
    return sample, {label: of for label, of in held.items() if of}


def _without_news(sample: SeriesSample, label: str, scale: float) -> tuple[Floats, Floats]:
    """Return the mean raw return on days without news from 0 sessions held on, and the half-width of its band."""
    every, windows = sample.every("move"), sample.design.windows
    base, band = np.full((2, len(windows) + 1), np.nan)
    base[0] = band[0] = 0.0
    for w, window in enumerate(windows):
        moves = every[sample.block.clear(window), w]
        moves, rows = moves[np.isfinite(moves)], sample.rows(label, w)
        if len(moves) and len(rows):
            base[w + 1] = moves.mean()
            each = np.abs(sample.car[rows, w] / sample.z[rows, w])
            band[w + 1] = band_of_mean(
                sample, sample.position[rows], each, sample.every("z")[sample.every("eligible")[:, w], w], w
            )
    return scale * base, scale * band


def _with_edges(base: Floats, band: Floats) -> tuple[Floats, Floats, Floats]:
    return base, base - band, base + band


def _found(
    held: Mapping[str, Mapping[int, Answer]], bases: Mapping[str, tuple[Floats, Floats]], who: str, scale: float
) -> str:
    """Return the finding: of the label that was farthest from days without news when held longest."""
    ends = {label: (*max(of.items()), float(bases[label][0][max(of)]) / scale) for label, of in held.items()}
    # Of labels with three events and more, where there are any: one event makes no finding.
    many = [label for label, (_, answer, _) in ends.items() if answer.n >= _FEW] or list(ends)
    label = max(many, key=lambda one: np.nan_to_num(abs(ends[one][1].move - ends[one][2])))
    k, answer, base = ends[label]
    against = f", days without news {subject.figure(base, answer.unit)}" if np.isfinite(base) else ""
    after = events_in_words(answer.n, label)
    return f"{who} held for {counted(k, 'session')} after {after}: {subject.figure(answer.move, answer.unit)}{against}"


def _draw_held(ax: Axes, mean: Floats, without: tuple[Floats, Floats], percent: str, look: Look, style: Style) -> None:
    """Draw the mean, the band and the base line of one label."""
    base, low, high = _with_edges(*without)
    days = np.arange(len(base))
    layout.fill_band(ax, days, low, high, style)
    layout.zero_line(ax, style)
    ax.plot(days, base, color=style.ink, linewidth=1.2, linestyle=layout.DASHED, zorder=3, gid="base")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(days[1:], mean[1:], color=look.colour, linewidth=2.4, markeredgewidth=0.7, zorder=5, clip_on=False,
            gid="mean", **marker)  # fmt: skip
    ends = [line[np.isfinite(line)][-1] for line in (mean, base) if np.isfinite(line).any()]
    figure = quantity(ends[0], "").strip() + percent
    layout.end_labels(ax, [(ends[0], figure, "mean-label", {"color": look.colour, "fontweight": "bold"}),
                           (ends[-1], "no news", "base-label", {"color": style.muted})], style)  # fmt: skip
