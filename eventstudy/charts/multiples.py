"""Small multiples: the mean path of every instrument after raises, holds and folds, a small panel each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.charts.footnote import study_lines
from eventstudy.charts.frame import axes_points, note, number_ticks
from eventstudy.charts.lettering import plain, ruler, spread, wrap
from eventstudy.charts.panel import Unit, return_unit
from eventstudy.charts.paths import DRAWS, LEVELS, Paths, event_paths, placebo_band
from eventstudy.charts.sheet import EDGE, Room, Words, panels
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import require_sessions
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.news.stance import STANCES
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Size of a panel and its place, in points; panels a row at most.
_PANEL, _COLUMNS = (216.0, 172.0), 4
_ROOM = Room(left=34.0, right=34.0, top=34.0, bottom=26.0)

#: Least distance of two labels at the lines' ends, in points.
_PITCH = 9.5

_READING = (
    "Mean cumulative abnormal return by sessions from the event session, τ; each panel has its own scale. "
    "Grey: where the mean of as many days without news as the smallest group has falls in 90 of 100 draws."
)


def multiples(
    result: StudyResult,
    ax: Sequence[Axes] | None = None,
    *,
    series: Sequence[str] | None = None,
    stances: Sequence[str] = STANCES,
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
        The series; default all of the study that have a used event.
    stances : sequence of str
        The stances drawn.
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
        If no series has an event of these stances.

    Notes
    -----
    The band is that of the stance with the fewest event sessions, the widest: a line inside of it is ordinary whatever
    its stance; one just outside may be ordinary for its own, larger number of events no longer.
    """
    named = [require_known(name, result.series, "series") for name in series or result.series]
    grouped = {name: groups for name in named if (groups := _groups(result, name, stances))}
    if not grouped:
        raise NothingUsableError("no event of these stances was used; the reasons stand in matches")
    counts = {s: [len(g.values) for groups in grouped.values() for g in groups if g.stance == s] for s in stances}
    n = "n = at most " + ", ".join(f"{max(count)} {stance}" for stance, count in counts.items() if count)
    low, high = (f"{100 * level:.0f}" for level in LEVELS)
    method = (
        f"Events with a complete path. Band: {low}–{high} % of the mean path of days without news, {DRAWS:,} draws, "
        f"seed {result.design.seed}; events of one session share a draw; not scaled for volatility."
    )
    words = Words(
        "Every market around the events", _READING, tuple(study_lines(result, list(grouped), n, method, source))
    )
    columns = min(_COLUMNS, len(grouped))
    rows = -(-len(grouped) // columns)
    size = (2 * EDGE + _PANEL[0] * max(columns, 3), 130.0 + _PANEL[1] * rows)
    with drawing(style):
        axes = panels(ax, len(grouped), columns, words, _ROOM, size, style)
        for panel, (name, groups) in zip(axes, grouped.items(), strict=True):
            _draw(panel, result, name, groups, style)
    return axes


def _groups(result: StudyResult, series: str, stances: Sequence[str]) -> tuple[Paths, ...]:
    require_sessions(result.histories[series])
    return tuple(group for group in event_paths(result, series, stances) if len(group.values))


def _draw(ax: Axes, result: StudyResult, series: str, groups: Sequence[Paths], style: Style) -> None:
    unit, taus = return_unit(result, series), groups[0].taus
    placebo = result.placebo_ar.get(series, np.empty((0, len(taus) - 1)))
    fewest = min(groups, key=lambda group: len(group.multiplicities))
    band = placebo_band(placebo, fewest.multiplicities, result.design.seed)
    means = {group.stance: group.values.mean(axis=0) * unit.scale for group in groups}
    _limits(ax, [*means.values()], band, unit, taus)
    if band is not None:
        low, high = band * unit.scale
        ax.fill_between(taus, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.7, zorder=2)
    ax.axvline(0.0, color=style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)
    for stance, mean in means.items():
        look = style.look(stance)
        ax.plot(taus, mean, color=look.colour, linewidth=1.8, zorder=4, gid=f"mean/{stance}", clip_on=False)
        ax.plot(taus[-1:], mean[-1:], marker=look.marker, color=look.colour, markersize=4.5, markeredgewidth=0,
                linestyle="none", zorder=5, clip_on=False, gid=f"end/{stance}")  # fmt: skip
    number_ticks(ax, style)
    ax.set_xticks([int(taus[0]), 0, int(taus[-1])], [plain(tau) for tau in (int(taus[0]), 0, int(taus[-1]))])
    ax.tick_params(axis="both", labelsize=style.small)
    ax.locator_params(axis="y", nbins=4)
    _names(ax, result.histories[series].instrument.label, unit, means, style)


def _limits(ax: Axes, means: Sequence[Floats], band: Floats | None, unit: Unit, taus: NDArray[np.int64]) -> None:
    drawn = np.concatenate([*means, np.zeros(1), *([] if band is None else [band.ravel() * unit.scale])])
    slack = 0.06 * float(np.ptp(drawn)) or 1.0
    ax.set_ylim(float(drawn.min()) - slack, float(drawn.max()) + slack)
    ax.set_xlim(float(taus[0]), float(taus[-1]))


def _names(ax: Axes, label: str, unit: Unit, means: dict[str, Floats], style: Style) -> None:
    """Write the instrument and its unit above, the stances at their lines' ends."""
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.text, "fontweight": "bold"}
    note(ax, label, (0, 1), (0, 17), "name", **bold)
    words = wrap(unit.symbol, 200.0, ruler(style.small, style))[0]
    note(ax, words, (0, 1), (0, 6), "unit", color=style.muted, fontsize=style.small)
    low, high = ax.get_ylim()
    height = axes_points(ax)[1]
    ends = sorted((float(mean[-1]), stance) for stance, mean in means.items())
    places = spread([(value - low) / (high - low) * height for value, _ in ends], _PITCH, 0.0, height)
    for (_, stance), y in zip(ends, places, strict=True):
        look: dict[str, Any] = {"color": style.look(stance).colour, "fontsize": style.small, "va": "center"}
        note(ax, stance, (1.0, float(y) / height), (6, 0), f"stance/{stance}", **look)
