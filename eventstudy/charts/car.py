"""The mean cumulative abnormal return around the events of each label, against days without news."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventstudy.charts.layout import EDGE, Room, Words, panels
from eventstudy.charts.paths import (
    aside_legend,
    band_words,
    draw_panel,
    mean_paths,
    placebo_band,
    same_limits,
    tau_ticks,
    unit_scales,
)
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import (
    answer_words,
    chosen_history,
    chosen_window,
    footnote_lines,
    looks_of,
    return_unit,
)
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.matching import MIXED
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Width of one panel and height of a new figure, in points; the room around a panel.
_PANEL, _HEIGHT = 270.0, 452.0
_ROOM = Room(left=0.0, right=58.0, top=60.0, bottom=44.0, outer=56.0)

_READING = (
    "Bold: the mean over market events. Thin: single ones, the lowest and the highest dated. Dotted: set aside, in no "
    "mean. Grey: where the mean of as many days without news falls in 90 of 100 draws."
)


def car(
    result: StudyResult,
    series: str | None = None,
    by: str | None = "stance",
    ax: Axes | Sequence[Axes] | None = None,
    *,
    window: str | None = None,
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
        within their place to make room for titles and source line.
    window : str, optional
        The window whose answer stands above each panel; default the study's first.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The panels, in the order raise, hold, fold; each has a band of its own, for the fewer the events the wider the
        band.

    Raises
    ------
    UnknownNameError
        If the study has no such series or window, or `by` is unknown.
    DesignError
        If there are fewer or more axes than panels.
    NothingUsableError
        If no event has a complete path.

    Notes
    -----
    The bold line is the column `caar` of `StudyResult.aar`, from 0 the session before the span on; the thin ones are
    the market events in it, the dotted ones those set aside over the span. The line of figures above is
    `StudyResult.answer` for the window: another question than the path, so its n may differ. The band holds the mean
    path of as many days without news in 90 of 100 draws (see `eventstudy.charts.paths.placebo_band`). It is no
    confidence interval: days without news are on average calmer days, and market events that follow each other closely
    share sessions, which the days drawn do not.

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
    history, window = chosen_history(result, series), chosen_window(result, window)
    labels = [label for label in result.groups if label != MIXED] if by else []
    groups = mean_paths(result, history.name, labels or [ALL])
    if not groups:
        raise NothingUsableError(f"no event has a complete path of '{history.name}'; the reasons stand in matches")
    days = result.placebo_paths(history.name)
    bands = [placebo_band(days, len(group.values), result.design.seed) for group in groups]
    bare = [g.label for g, band in zip(groups, bands, strict=True) if band is None and len(g.values)]
    unit, looks = return_unit(result, history.name), looks_of(result, style)
    n = "n = " + ", ".join(f"{len(g.values)} {'market events' if g.label == ALL else g.label}" for g in groups)
    lines = footnote_lines(result, history.name, n, _method(result, history.name, len(days), bare), source)
    words = Words(f"{history.instrument.label} around the events", _READING, lines)
    with drawing(style):
        size = (2 * EDGE + _ROOM.outer + max(len(groups), 2) * _PANEL, _HEIGHT)
        axes = panels(ax, len(groups), len(groups), words, _ROOM, size, style)
        same_limits(axes, groups, bands, unit)
        for panel, group, band in zip(axes, groups, bands, strict=True):
            said = [group.count, *answer_words(result, history.name, group.label, window)]
            draw_panel(panel, group, band, unit, looks[group.label], said, style)
            tau_ticks(panel, style)
        aside_legend(axes[0], groups, style)
        unit_scales(axes, history, f"cumulative {unit.name}", unit.symbol, own=ax is None, style=style)
    return axes


def _method(result: StudyResult, series: str, n_sessions: int, bare: Sequence[str]) -> str:
    """Say how the picture was made, and what a reader of the band should know."""
    first, last = result.design.span.first, result.design.span.last
    mixed = sum(label == MIXED for label in result.samples[series].label)
    return (
        band_words(result, n_sessions)
        + (f" No band for {', '.join(bare)}: too few such sessions." if bare else "")
        + f" Set aside: late news, and paths whose sessions {first} to {last} hold".replace("-", "−")
        + " news of another kind."
        + (f" {counted(mixed, 'market event')} of mixed news in no panel." if mixed else "")
    )
