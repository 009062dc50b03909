"""Mean paths around events: a panel a label, two labels against each other, every market in small; and holding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.layout import BOLD, CAPTIONS, Axes, Panel, Words, chart
from eventstudy.charts.style import EDGE
from eventstudy.charts.subject import Subject, Unit, clearest, finding, numbered, p_of
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.matching import MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.answer import BAND_DRAWS, BAND_SHARE, MeanPath, events_in_words, mean_path
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.window import Window
from eventstudy.wording import counted, quantity, true_minus

#: Width of a panel and height of a new figure, in points; room around a panel, and left of all.
_PANEL, _HEIGHT, _ROOM, _OUTER = 282.0, 430.0, (0.0, 40.0, 48.0, 44.0), 56.0

#: Size of a small panel, its room, the share of its width that labels may have, and panels a row at most.
_SMALL, _SMALL_ROOM, _LABELS, _COLUMNS = (216.0, 172.0), (34.0, 38.0, 29.0, 26.0), 0.36, 4

#: A row of small panels is at least so high, without the names above: a sheet that cannot hold them grows in height.
_LEAST = 113.0

#: Ticks of event time at most.
_MOST_TICKS = 11

#: Where the windows of a study span fewer sessions than this, paths show these around the event.
_SHORT, _AROUND = 5, Window(-4, 5)

#: Room behind a panel of holding, in points.
_BEHIND = 66.0

#: Sessions held; least distance of two ticks, in points; market events without which nothing is said of a holding.
LONGEST, _TICK, _FEW = 10, 22, 3


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
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        The panels, in the order raise, hold, fold; each has a band of its own, for the fewer the events and the more
        nervous their days, the wider the band.

    Raises
    ------
    UnknownNameError, DesignError, NothingUsableError
        If the study has no such series or window, or `by` is unknown; if there are fewer or more axes than panels; if
        no event has a CAR over the window.

    Notes
    -----
    The paths begin at the last price before the window and rest on the market events of
    ``result.answer(series, label, window)``: at the window's last session the bold line is that answer's CAAR. Before
    and after the window, where it is drawn thin, other news may have fallen. Where all windows of the study together
    span fewer than 5 sessions, the path is drawn from −5 to 5 and the window asked is shaded; the answer is the
    window's all the same. See `eventstudy.study.answer.mean_path`.

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
    of = Subject(result, words, series, window)
    paths = _mean_paths(of, of.name, [label for label in result.groups if by and label != MIXED] or [ALL])
    if not paths:
        raise NothingUsableError(f"no event has a CAR of '{of.name}' over {of.window}; the reasons stand in matches")
    best = clearest(filter(None, (of.answer(path.label) for path in paths)))
    n = numbered(((len(path.each), path.label) for path in paths), "market event")
    panels = _draw_paths(of, paths, ax, finding(best) if best else f"{of.label}: no event stands in a mean", n)
    return tuple(panel.ax for panel in panels)


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
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        Raise, fold, difference.

    Raises
    ------
    UnknownNameError, DesignError, NothingUsableError
        If the study has no such series or window; if there are not three axes; if no window, or not this one, has
        market events of both labels.

    Notes
    -----
    A bar of the last panel is the `caar` of ``result.answer(series, "raise-fold", window)``. It leads from the mark of
    fold to that of raise, which are the `caar` of these answers; over the window of the paths it is as long as the two
    bold lines are apart at the window's end. The p beside it is that answer's: labels permuted
    within phases.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.raise_fold(result)]
    ['raise', 'fold', 'raise − fold']
    """
    of, pair = Subject(result, words, series, window), result.contrast
    between = [a for a in result.answers if (a.series, a.stance) == (of.name, result.design.contrast)]
    between = [answer for answer in between if np.isfinite(answer.caar)]
    main = next((answer for answer in between if window in {None, answer.window}), None)
    if pair is None or main is None:
        first, second = pair or ("raise", "fold")
        there = [label for label in result.groups if label not in {"", ALL, MIXED}]
        others = f"; contrast {there[0]}-{there[1]} compares labels that it has" if not pair and there[1:] else ""
        over = f" over {window}" if window else ""
        raise NothingUsableError(f"'{of.name}' has no {first} or no {second} to be compared{over}{others}")
    of = Subject(result, words, of.name, main.window)
    paths = _mean_paths(of, of.name, pair)
    first, second = pair
    bars = f" {CAPTIONS['raise-fold']}".format(first=first, second=second, seed=result.design.seed)
    n = " and ".join(f"{len(path.each)} {path.label}" for path in paths)
    panels = _draw_paths(of, paths, ax, finding(main), n, bars)
    sides = {label: [result.answer(of.name, label, answer.window) for answer in between] for label in pair}
    panel, style, n_windows, looks = panels[2], of.style, len(between), of.looks
    values = [[of.unit.scale * answer.caar for answer in side] for side in (between, *sides.values())]
    panel.ax.set(xlim=(-0.6, n_windows - 0.4), xlabel="window")
    panel.returns_axis(values[1:], 0.08)
    said = [f"{quantity(one.caar, one.unit).removesuffix(f' {one.unit}')}\n{p_of(one)}" for one in between]
    counts = [f"{true_minus(one.window)}\nn {one.n} & {other.n}" for one, other in zip(*sides.values(), strict=True)]

    def narrow(words: Sequence[str], size: float) -> float:
        """Return the size in which each stands over its window and not into the next, at most what is asked."""
        widest = max(map(style.measure(size), (line for word in words for line in word.split("\n"))))
        return size * min(1.0, (panel.size[0] / (n_windows + 0.2) - 4.0) / widest)

    for k, (answer, value) in enumerate(zip(between, values[0], strict=True)):
        dress: dict[str, Any] = {"facecolor": "none", "edgecolor": style.muted, "linewidth": 1.2, "zorder": 2.5}
        (bar,) = panel.ax.bar(k, value, 0.4, values[2][k], gid=f"difference/{answer.window}", **dress)
        bar.set_height(value)  # which has been added to its foot and taken off again
        panel.note(said[k], ((k + 0.6) / (n_windows + 0.2), 1.0), (0, 4), f"mean-label/{answer.window}", ha="center",
                   va="bottom", fontsize=narrow(said, style.small))  # fmt: skip
    for shift, label, means in zip((-0.14, 0.14), sides, values[1:], strict=True):
        panel.marks(np.arange(n_windows) + shift, means, f"means/{label}", looks[label], 7.0, zorder=4)
    panel.name(" − ".join(sides), 14 + 2.4 * style.small, room=_ROOM[1] - 12.0)
    letters = narrow(counts, panel.ax.xaxis.get_tick_params()["labelsize"])
    panel.ax.set_xticks(range(n_windows), counts, fontsize=letters)
    if ax is not None:
        panel.ax.set_ylabel(of.unit.symbol)
    return tuple(one.ax for one in panels)


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
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        A panel a series.

    Raises
    ------
    UnknownNameError, DesignError, NothingUsableError
        If the study has no such series; if there are fewer or more axes than series; if no series has a market event of
        these labels in a mean.

    Notes
    -----
    The lines are those of `car`. The band is the widest of those of the labels drawn: a line inside of it may still be
    out of the ordinary for its own events, as the answers say.
    """
    of = Subject(result, words, list(series or result.series), window)
    labels = list(stances or [label for label in result.groups if label != MIXED] or [ALL])
    every = {name: [path for path in _mean_paths(of, name, labels) if len(path.each)] for name in of.names}
    if not (grouped := {name: paths for name, paths in every.items() if paths}):
        raise NothingUsableError("no event of these stances is in a mean; the reasons stand in matches")
    of = Subject(result, words, list(grouped), of.window)
    under = words.get("subtitle") or of.measured(f"Mean cumulative {of.abnormal}")
    of.words["subtitle"] = f"{under}; {'panels of one unit share their' if share else 'each panel has its own'} scale"
    # What the study asked, where that is drawn: its answers stand first wherever the chart does.
    pair = result.contrast
    asked = [*pair, str(result.design.contrast)] if pair and {*pair} <= {*labels} else labels
    shown = [a for a in result.answers if a.series in grouped and a.stance in asked and a.window == of.window]
    best = clearest(shown, family=True)
    drawn = [path for paths in grouped.values() for path in paths]
    most = {label: max(len(path.each) for path in drawn if path.label == label)
            for label in labels if any(path.label == label for path in drawn)}  # fmt: skip
    style, (left, least, above, below), columns = of.style, _SMALL_ROOM, min(_COLUMNS, len(grouped))
    measure, bold = style.measure(style.small), style.measure(BOLD * style.text)
    wide = (style.sheet[0] - 2 * EDGE) / columns if style.sheet else _SMALL[0]
    longest = max(measure(f"{_all(label)} {n}") for label, n in most.items())
    right = max(least, min(9.0 + longest, _LABELS * wide))
    # In a new figure long labels make the panels wider; on a sheet they take of their lines' room.
    wide += 0.0 if style.sheet else right - least
    names = {s: layout.fold(result.histories[s].instrument.label, wide - left - 8.0, bold) for s in grouped}
    over = 1.2 * style.text * max(map(len, names.values()))
    ends = all(np.isfinite(path.mean[-1]) for path in drawn)
    ends_early = "" if ends else "; a line ends where the prices around one of its events do"
    panels = of.frame(
        ax, (left, right, above + over, below),
        (2 * EDGE + wide * max(columns, 3), 112.0 + (_SMALL[1] - 11.0 + over) * -(-len(grouped) // columns)),
        panels=len(grouped), columns=columns, least=(_LEAST + over) * -(-len(grouped) // columns),
        title=finding(best, family=True) if best else "Every market around the events",
        caption=CAPTIONS["multiples"].format(band=_band(result)),
        n="n = at most " + numbered(((n, label) for label, n in most.items()), "market event") + ends_early,
    )  # fmt: skip
    units = {name: Unit.of(result.samples[name].unit).symbol for name in grouped}
    for panel, (name, paths) in zip(panels, grouped.items(), strict=True):
        alike = [other for other in grouped if share and units[other] == units[name]] or [name]
        paths_alike = [path for other in alike for path in grouped[other]]
        panel.returns_axis([*(path.mean for path in paths_alike), *_edges(paths_alike)], dotted=True)
        _draw_small(panel, of, paths, right - 9.0)
        panel.note(layout.wrap(units[name], 200.0, measure)[0], (0, 1), (0, 6), "unit", **style.quiet)
        panel.note("\n".join(names[name]), (0, 1), (0, 15), "name", va="bottom", linespacing=1.0, **style.bold)
    return tuple(panel.ax for panel in panels)


def _all(label: str) -> str:
    return "all" if label == ALL else label


def _draw_small(panel: Panel, of: Subject, paths: Sequence[MeanPath], room: float) -> None:
    """Draw the mean paths of one market over their widest band, each with its label in the room behind it."""
    taus, ends, measure = paths[0].taus, [], of.style.measure(panel.style.small)
    panel.ax.set_xlim(float(taus[0]), float(taus[-1]))
    for edge in _edges(paths)[1:]:
        panel.band(taus, -edge, edge)
    at = int(np.flatnonzero(taus == of.result.design.windows[of.w].last)[0])
    for path in paths:
        mean, look, label = path.mean, of.looks[path.label], path.label
        panel.plot(taus, mean, f"mean/{label}", color=look.colour, linewidth=1.6, zorder=4, clip_on=False)
        panel.marks(taus[at], mean[at], f"end/{label}", look, 5.5, zorder=5)
        n, dress = f" {len(path.each)}", {"color": look.colour, "fontsize": panel.style.small}
        behind = layout.cut(_all(label), room - measure(n), measure) + n
        ends.append((float(mean[np.isfinite(mean)][-1]), behind, f"stance/{label}", dress))
    panel.ax.set_xticks([int(taus[0]), 0, int(taus[-1])])
    panel.ax.tick_params(axis="both", labelsize=panel.style.small)
    panel.ax.locator_params(axis="y", nbins=4)
    panel.label_ends(ends, 9.5)


def _mean_paths(of: Subject, series: str, labels: Sequence[str]) -> list[MeanPath]:
    """Return the mean paths of some labels in the unit of the chart."""
    scale, made = Unit.of(of.result.samples[series].unit).scale, list[MeanPath]()
    design, span = of.result.design, of.result.design.span
    # A partial path would go on, level, where the sample has ended.
    if span.n_sessions < _SHORT and design.missing != "partial":
        first, last = _AROUND.first, _AROUND.last
        if design.estimation.last < span.first:  # nothing is shown of which the estimates were made
            first = max(first, design.estimation.last + 1)
        elif design.estimation.first > span.last:
            last = min(last, design.estimation.first - 1)
        span = Window(min(first, span.first), max(last, span.last))
    for label in labels:
        if path := mean_path(of.result.samples[series], label, of.w, span):
            band = None if path.band is None else scale * path.band
            scaled = {name: scale * getattr(path, name) for name in ("mean", "each")}
            made.append(path._replace(**scaled, band=band))
    return made


def _edges(paths: Sequence[MeanPath]) -> list[Floats]:
    """Return lower and upper edge of the widest of several bands; nothing where there is none."""
    bands = [path.band for path in paths if path.band is not None]
    return [-np.max(bands, axis=0), np.max(bands, axis=0)] if bands else []


def _draw_paths(
    of: Subject, paths: Sequence[MeanPath], ax: Axes | Sequence[Axes] | None, title: str, n: str, bars: str = ""
) -> list[Panel]:
    """Draw a panel a label, all with the same limits so that they can be compared, and leave one for `bars`."""
    result, unit, count = of.result, of.unit, len(paths) + bool(bars)
    columns = min(count, _COLUMNS)
    mixed = sum(label == MIXED for label in result.samples[of.name].label)
    bare = [path.label for path in paths if path.band is None and len(path.each)]
    line: dict[str, Any] = {"linestyle": "-", "color": of.style.muted}
    legend = [("mean", line | {"linewidth": 2.4}), ("market events", line | {"linewidth": 0.8, "alpha": 0.7})]
    wide = line | {"linewidth": 8.0, "solid_capstyle": "butt"}
    if any(path.band is not None for path in paths):
        legend.append((f"{100 * BAND_SHARE:.0f} % of such means without news", wide | {"color": of.style.band}))
    if around := len(paths[0].taus) > result.design.span.n_sessions + 1:
        legend.append((f"the window asked, {true_minus(of.window)}", wide | {"color": of.style.closure}))
    if bars:
        legend.append((" − ".join(path.label for path in paths), of.style.hollow | {"marker": "s"}))
    panels = of.frame(
        ax, _ROOM, (2 * EDGE + _OUTER + max(columns, 2) * _PANEL, _HEIGHT * (1 + 0.7 * ((count - 1) // columns))),
        panels=count, columns=columns, outer=_OUTER, title=title,
        subtitle=of.measured(f"Mean cumulative {unit.name}, {unit.symbol},"),
        caption=CAPTIONS["car"].format(window=true_minus(of.window), band=_band(result))
        + (f" {CAPTIONS['around']}" if around else "")
        + (f" No band for {', '.join(bare)}: {CAPTIONS['no-band']}" if bare else "")
        + (f" {counted(mixed, 'market event')} of mixed news in no panel." if mixed else "") + bars,
        n=f"n = {n}",
        legend=legend,
    )  # fmt: skip
    drawn = [part for path in paths for part in (path.each, *_edges([path]))]
    for panel, path in zip(panels, paths, strict=not bars):
        panel.returns_axis(drawn, dotted=True)
        if around:
            asked = result.design.windows[of.w]
            panel.ax.axvspan(asked.first - 1, asked.last, color=of.style.closure, linewidth=0, zorder=0.5)
        _draw_panel(panel, of, path)
    of.scales(panels[: len(paths)], f"cumulative {unit.name}", unit.symbol, own=ax is None)
    return panels


def _band(result: StudyResult) -> str:
    """Return what is said of the band of days without news."""
    return str(CAPTIONS["band"].format(share=100 * BAND_SHARE, draws=BAND_DRAWS, seed=result.design.seed))


def _counts(answer: Any) -> str:
    """Return the market events in a mean, and those set aside."""
    return f"n = {answer.n}" + (f" ({answer.n_set_aside} set aside)" if answer.n_set_aside else "")


def _draw_panel(panel: Panel, of: Subject, path: MeanPath) -> None:
    """Draw the mean path of one label over its band and its events, the market event that makes the chart dated."""
    ax, style, taus, look, answer = panel.ax, panel.style, path.taus, of.looks[path.label], of.answer(path.label)
    ax.set(xlim=(float(taus[0]), float(taus[-1])), xlabel="sessions from the event session, τ")
    panel.step_ticks(taus[0], taus[-1], -(-len(taus) // _MOST_TICKS))
    mean = quantity(answer.caar, answer.unit) if answer else ""
    said = "no market event in a mean"
    if answer:
        said = f"{true_minus(answer.window)}: {mean}, {_counts(answer)}, {p_of(answer)}"
    panel.name(
        "all events" if path.label == ALL else path.label,
        11 + 1.4 * style.small,
        said,
        _ROOM[1] - 12.0,
        color=look.colour,
    )
    for edge in _edges([path])[1:]:
        panel.band(taus, -edge, edge)
    for one in path.each:
        panel.plot(taus, one, "event", color=look.colour, linewidth=0.7, alpha=0.4, zorder=3)
    if answer is None:
        return
    asked, (low, high), height = of.result.design.windows[of.w], ax.get_ylim(), panel.size[1]
    last, inside = asked.last, (taus >= asked.first - 1) & (taus <= asked.last)
    panel.plot(taus, path.mean, "mean", color=look.colour, linewidth=1.3, zorder=5, clip_on=False)
    panel.marks(taus[inside], path.mean[inside], "within", look, 6.0, 0.7, linewidth=2.8, zorder=5, clip_on=False)
    ends = path.each[:, int(np.flatnonzero(taus == last)[0])]
    most, value = int(np.abs(ends).argmax()), of.unit.scale * answer.caar
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center", "zorder": 6, "annotation_clip": False}
    beside["bbox"] = {"facecolor": style.paper, "edgecolor": "none", "pad": 0.2, "alpha": 0.7}
    bold, up = style.bold | {"color": look.colour}, 9.0 if value > 0 else -9.0
    ax.annotate(mean.removesuffix(f" {answer.unit}"), (last, value), (8.0, up), gid="mean-label", **bold, **beside)
    if len(ends) > 1:
        # Beside its path's end, moved as little as keeps it off the mean's label and the mean's line.
        day, points, half = layout.short_day(path.sessions[most], year=False), height / (high - low), 0.9 * style.small
        reach = (8.0 + style.measure(style.small)(day)) * float(taus[-1] - taus[0]) / panel.size[0]
        line = np.nan_to_num((np.interp(np.linspace(last, last + reach, 9), taus, path.mean) - value) * points)
        taken = [(up - half, up + half), (line.min(), line.max())]
        wish = (ends[most] - value) * points
        places = [wish, *(low - half for low, _ in taken), *(high + half for _, high in taken)]
        free = [at for at in places if all(at <= low - half or at >= high + half for low, high in taken)]
        shift = min(free, key=lambda at: abs(at - wish)) - wish
        ax.annotate(day, (last, ends[most]), (8, shift), gid="event-label", **style.quiet, **beside)


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
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        The panels.

    Raises
    ------
    UnknownNameError, DesignError, NothingUsableError
        If the study has no such series; if there are fewer or more axes than panels, or the series is studied in
        levels; if no event can be held.

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
    from eventstudy.trading.signals import ENTRY, Market

    of = Subject(result, words, series)
    instrument, looks, style = of.history.instrument, of.looks, of.style
    if instrument.returns == "level":
        raise DesignError(f"a return is held, and '{of.name}' is studied in levels ({instrument.unit})")
    table = Market(result.matching, of.history).held(result.histories, result.design, longest)
    if table.empty:
        raise NothingUsableError(f"no event of '{of.name}' could be held for one session")
    unit = Unit.of(table["unit"].iloc[0])
    held = {str(label): rows.set_index("held") for label, rows in table.groupby("stance", sort=False)}
    # Held for no session, nothing was earned.
    lines = {
        label: unit.scale * rows[["move", "base_mean"]].reindex([0, *rows.index], fill_value=0.0)
        for label, rows in held.items()
    }
    firsts = ((rows["n"].iloc[0], label) for label, rows in held.items())
    dress: dict[str, Any] = {"linestyle": "-", "color": style.muted, "linewidth": 2.4}
    dashed = dress | {"linestyle": layout.DASHED, "color": style.ink, "linewidth": 1.2}
    panels = of.frame(
        ax, (0.0, _BEHIND, 46.0, 58.0), (936.0, 420.0),
        panels=len(held),
        title=_found({label: held[label] for label in result.contrast or () if label in held} or held, of.label),
        subtitle=of.measured(f"Mean {unit.name.removeprefix('abnormal ')}, {ENTRY}", ""),
        caption=CAPTIONS["holding"].format(entry=ENTRY),
        n=f"n after one session = {numbered(firsts, 'event')}",
        legend=[("mean", dress), ("days without news", dashed)],
        outer=58.0,
    )  # fmt: skip
    for panel, (label, rows) in zip(panels, held.items(), strict=True):
        mean, base = (lines[label][name].to_numpy() for name in lines[label])
        look, last, name = looks[label], rows.iloc[-1], "all events" if label == ALL else label
        panel.returns_axis(lines.values(), 0.08)
        panel.ax.set(xlim=(0, longest), xlabel="sessions held, market events")
        said = f"{quantity(last['move'], last['unit'])} in {counted(rows.index[-1], 'session')}, {_counts(last)}"
        said += f", {100 * last['rose']:.0f} % rose"
        panel.name(name, 11 + 1.4 * style.small, said, _BEHIND - 12.0, color=look.colour)
        panel.plot([0, *rows.index], base, "base", **dashed, zorder=3)
        panel.marks(rows.index, mean[1:], "mean", look, 6.0, 0.7, linewidth=2.4, zorder=5, clip_on=False)
        ends = [line[np.isfinite(line)][-1] for line in (mean, base)]
        percent = quantity(ends[0] / unit.scale, last["unit"]).split(" ")[0] + " %" * (unit.symbol == "%")
        behind = [(ends[0], percent, "mean-label", {"color": look.colour, "fontweight": "bold"}),
                  (ends[1], "no news", "base-label", {"color": style.muted})]  # fmt: skip
        panel.label_ends(behind, across=rows.index[-1] / longest)
        ticks = range(0, longest + 1, max(1, -(-longest * _TICK // int(panel.size[0]))))
        counts = rows["n"].reindex(range(longest + 1), fill_value=0)
        panel.ax.set_xticks(ticks, [f"{tick}\n{counts[tick] if tick else 'n'}" for tick in ticks])
    own_unit = instrument.returns in OWN_UNIT
    name = f"change, {instrument.unit}" if own_unit else f"{instrument.returns} return"
    of.scales(panels, name, "" if own_unit else unit.symbol, own=ax is None)
    return tuple(panel.ax for panel in panels)


def _found(held: Mapping[str, pd.DataFrame], who: str) -> str:
    """Return the finding: of the label with most events, held as long as there are three of it, if there ever are."""
    label = max(held, key=lambda one: held[one]["n"].iloc[0])
    n = held[label]["n"]
    k = n.index[n >= min(_FEW, n.max())][-1]
    end = held[label].loc[k]
    base = f", days without news {quantity(end['base_mean'], end['unit'])}" if np.isfinite(end["base_mean"]) else ""
    after, said = events_in_words(end["n"], label), quantity(end["move"], end["unit"])
    return f"{who} held for {counted(k, 'session')} after {after}: {said}{base}"
