"""Small multiples: the mean path of every instrument after raises, holds and folds, a small panel each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.layout import EDGE, Room, Words, axes_points, note, number_ticks, panels, zero_lines
from eventstudy.charts.paths import Paths, band_words, mean_paths, placebo_band
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import chosen_history, footnote_lines, looks_of, return_unit
from eventstudy.charts.text import plain, ruler, spread, wrap
from eventstudy.errors import NothingUsableError
from eventstudy.matching import MIXED
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a panel and its place, in points; panels a row at most.
_PANEL, _COLUMNS = (216.0, 172.0), 4
_ROOM = Room(left=34.0, right=38.0, top=34.0, bottom=26.0)

#: Least distance of two labels at the lines' ends, in points.
_PITCH = 9.5

_READING = (
    "Mean cumulative abnormal return by sessions from the event session, τ, with the number of market events at its "
    "end; each panel has its own scale. Grey: where the mean of as many days without news as the smallest group has "
    "falls in 90 of 100 draws."
)


def multiples(
    result: StudyResult,
    ax: Sequence[Axes] | None = None,
    *,
    series: Sequence[str] | None = None,
    stances: Sequence[str] | None = None,
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
        The series; default all of the study that have a complete path.
    stances : sequence of str, optional
        The labels drawn; default all of the study but ``mixed``.
    source : str, optional
        Whose prices they are.
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
    The lines are the column `caar` of `StudyResult.aar`. The band is that of the label with the fewest market events,
    the widest: a line inside of it is ordinary whatever its label; one just outside may be ordinary for its own, larger
    number of events no longer.
    """
    labels = list(stances or [label for label in result.groups if label != MIXED] or [ALL])
    grouped: dict[str, list[Paths]] = {}
    for name in series or result.series:
        history = chosen_history(result, name)
        groups = [group for group in mean_paths(result, history.name, labels) if len(group.values)]
        grouped |= {history.name: groups} if groups else {}
    if not grouped:
        raise NothingUsableError("no event of these stances is in a mean; the reasons stand in matches")
    days = {name: result.placebo_paths(name) for name in grouped}
    counts = {s: [len(g.values) for groups in grouped.values() for g in groups if g.label == s] for s in labels}
    n = "n = at most " + ", ".join(f"{max(count)} {label}" for label, count in counts.items() if count)
    method = band_words(result, min(map(len, days.values()))).replace("of as many of", "of as many of at least")
    method += " Market events over whose span lies news of another kind are in no mean."
    words = Words("Every market around the events", _READING, footnote_lines(result, list(grouped), n, method, source))
    columns = min(_COLUMNS, len(grouped))
    size = (2 * EDGE + _PANEL[0] * max(columns, 3), 130.0 + _PANEL[1] * -(-len(grouped) // columns))
    with drawing(style):
        axes = panels(ax, len(grouped), columns, words, _ROOM, size, style)
        for panel, (name, groups) in zip(axes, grouped.items(), strict=True):
            fewest = min(len(group.values) for group in groups)
            _draw(panel, result, name, groups, placebo_band(days[name], fewest, result.design.seed), style)
    return axes


def _draw(
    ax: Axes, result: StudyResult, series: str, groups: Sequence[Paths], band: np.ndarray | None, style: Style
) -> None:
    unit, taus, looks = return_unit(result, series), groups[0].taus, looks_of(result, style)
    means = {group.label: unit.scale * group.mean for group in groups}
    edges = [] if band is None else [unit.scale * edge for edge in band]
    drawn = np.concatenate([*means.values(), *edges, np.zeros(1)])
    slack = 0.06 * float(np.ptp(drawn)) or 1.0
    ax.set_ylim(float(drawn.min()) - slack, float(drawn.max()) + slack)
    ax.set_xlim(float(taus[0]), float(taus[-1]))
    if edges:
        ax.fill_between(taus, *edges, color=style.band, linewidth=0, zorder=1, gid="band")
    zero_lines(ax, style)
    for label, mean in means.items():
        look = looks[label]
        ax.plot(taus, mean, color=look.colour, linewidth=1.8, zorder=4, gid=f"mean/{label}", clip_on=False)
        ax.plot(taus[-1:], mean[-1:], marker=look.marker, color=look.colour, markersize=4.5, markeredgewidth=0,
                linestyle="none", zorder=5, clip_on=False, gid=f"end/{label}")  # fmt: skip
    number_ticks(ax, style)
    ax.set_xticks([int(taus[0]), 0, int(taus[-1])], [plain(tau) for tau in (int(taus[0]), 0, int(taus[-1]))])
    ax.tick_params(axis="both", labelsize=style.small)
    ax.locator_params(axis="y", nbins=4)
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.text, "fontweight": "bold"}
    note(ax, result.histories[series].instrument.label, (0, 1), (0, 17), "name", **bold)
    symbol = wrap(unit.symbol, 200.0, ruler(style.small, style))[0]
    note(ax, symbol, (0, 1), (0, 6), "unit", color=style.muted, fontsize=style.small)
    low, high = ax.get_ylim()
    height = axes_points(ax)[1]
    ends = sorted((float(means[group.label][-1]), group.label, len(group.values)) for group in groups)
    places = spread([(value - low) / (high - low) * height for value, *_ in ends], _PITCH, 0.0, height)
    for (_, label, n), y in zip(ends, places, strict=True):
        dress: dict[str, Any] = {"color": looks[label].colour, "fontsize": style.small, "va": "center"}
        words = f"{'all' if label == ALL else label} {n}"
        note(ax, words, (1.0, float(y) / height), (6, 0), f"stance/{label}", **dress)
