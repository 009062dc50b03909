"""The mean cumulative abnormal return around the events of each stance, against days without news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.charts.footnote import draw_footnote, footnote_lines, footnote_room
from eventstudy.charts.frame import figure_points, heading, heading_room, make_room
from eventstudy.charts.panel import NAMES, draw_panel, return_unit, same_limits, tau_scales
from eventstudy.charts.paths import ALL, DRAWS, LEVELS, Paths, event_paths, placebo_band
from eventstudy.charts.style import LIGHT, Style, drawing, new_figure
from eventstudy.charts.subject import chosen_history
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.news.stance import STANCES
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of one panel, height of a new figure, its edges and room for the unit on the left, in points.
_PANEL, _HEIGHT, _EDGE, _UNIT = 270.0, 440.0, 16.0, 56.0

#: Room for the panels' names above the axes, for τ below them, for labels right of each panel, in points.
_NAMES, _TAU, _LABELS = 48.0, 44.0, 58.0

_READING = (
    "Bold: the mean. Thin: single events, the lowest and the highest dated by their session. "
    "Grey: where the mean of as many days without news falls in 90 of 100 draws."
)


def car(
    result: StudyResult,
    series: str | None = None,
    by: str | None = "stance",
    ax: Axes | Sequence[Axes] | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean cumulative abnormal return around the events, a panel a stance, against days without news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    by : "stance" or None
        A panel for each stance that a used event has, or one panel for all events.
    ax : Axes or sequence of Axes, optional
        Where to draw, as many as there are panels; default a new figure with a common y-axis. Axes given are shrunk
        within their place to make room for titles and source line.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The panels, in the order raise, hold, fold. Each stance has a panel and a band of its own, for the fewer the
        events the wider the band.

    Raises
    ------
    UnknownNameError
        If the study has no such series, or `by` is unknown.
    DesignError
        If there are fewer or more axes than panels.
    NothingUsableError
        If no event was used with the series.

    Notes
    -----
    ``path_i(τ) = Σ_{s ≤ τ} AR_is`` from the first session of the design's span, 0 the session before; the bold line is
    the mean over the events whose path is complete. The band holds the mean path of as many days without news in 90 of
    100 draws (2,000, seeded by the design; see `eventstudy.charts.paths.placebo_band`). It is no confidence interval:
    days without news are on average calmer days, and events that follow each other closely share sessions, which
    the days drawn do not.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.car(result)]
    ['raise', 'hold', 'fold']
    """
    if by is not None:
        require_known(by, ("stance",), "grouping")
    history = chosen_history(result, series)
    groups = event_paths(result, history.name, STANCES if by else (ALL,))
    if not groups:
        raise NothingUsableError(f"no event was used with '{history.name}'; the reasons stand in matches")
    placebo = result.placebo_ar.get(history.name, np.empty((0, len(result.design.span.taus))))
    bands = [placebo_band(placebo, group.multiplicities, result.design.seed) for group in groups]
    method = _method(result, history.name, len(placebo), [g for g, b in zip(groups, bands, strict=True) if b is None])
    lines = footnote_lines(result, history.name, _n(groups), method, source)
    unit = return_unit(result, history.name)
    with drawing(style):
        axes = _axes(ax, len(groups), style)
        words, foot = footnote_room(lines, _whole(axes), style)
        reading, head = heading_room(_READING, _whole(axes), style)
        for panel in axes:
            make_room(panel, 0.0, _LABELS, head + _NAMES, _TAU + foot)
        same_limits(axes, groups, bands, unit)
        for panel, group, band in zip(axes, groups, bands, strict=True):
            draw_panel(panel, group, band, unit, style)
        tau_scales(axes, history.instrument, unit, own=ax is None, style=style)
        heading(axes[0], f"{history.instrument.label} around the events", reading, head + _NAMES, style)
        draw_footnote(axes[0], words, _TAU, style)
    return axes


def _axes(ax: Axes | Sequence[Axes] | None, n: int, style: Style) -> tuple[Axes, ...]:
    """Return the axes given, or those of a new figure: n in a row, within its edges."""
    if ax is None:
        width = 2 * _EDGE + _UNIT + max(n, 2) * _PANEL
        width, height = style.size(width, _HEIGHT)
        figure, panel = new_figure(width, height, style), (width - 2 * _EDGE - _UNIT) / n
        rest = (_EDGE / height, panel / width, 1 - 2 * _EDGE / height)
        return tuple(figure.add_axes(((_EDGE + _UNIT + k * panel) / width, *rest)) for k in range(n))
    axes = tuple(ax) if isinstance(ax, Iterable) else (ax,)
    if len(axes) != n:
        raise DesignError(f"{n} panels need {n} axes, not {len(axes)}; give as many, or none for a new figure")
    return axes


def _whole(axes: tuple[Axes, ...]) -> float:
    """Width in points from the first panel to the last."""
    left, right = axes[0].get_position().x0, axes[-1].get_position().x1
    return float(right - left) * figure_points(axes[0])[0]


def _n(groups: tuple[Paths, ...]) -> str:
    names = NAMES | {ALL: "events"}
    return "n = " + ", ".join(f"{len(group.values)} {names[group.stance]}" for group in groups)


def _method(result: StudyResult, series: str, n_placebo: int, bare: list[Paths]) -> str:
    """Say how the picture was made, and what a reader of the band should know."""
    used = result.matches[(result.matches["series"] == series) & (result.matches["status"] == "used")]
    shared = int((used["overlaps"] != "").sum())
    low, high = (f"{100 * level:.0f}" for level in LEVELS)
    return (
        f"Band: {low}–{high} % of the mean path of as many of {n_placebo} sessions without news, {DRAWS:,} draws, "
        f"seed {result.design.seed}; events of one session share a draw; not scaled for volatility."
        + (f" No band for {', '.join(NAMES[g.stance] for g in bare)}: too few such sessions." if bare else "")
        + (f" The windows of {shared} of {len(used)} events overlap." if shared else "")
    )
