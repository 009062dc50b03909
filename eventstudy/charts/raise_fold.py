"""Raises against folds: the two mean paths side by side, their difference, and how often labels alone do as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.charts.footnote import footnote_lines
from eventstudy.charts.frame import note
from eventstudy.charts.lettering import signed
from eventstudy.charts.panel import Unit, draw_panel, return_unit, same_limits, tau_scales
from eventstudy.charts.paths import DRAWS, LEVELS, Contrast, MarketPaths, Paths, contrast, market_paths, placebo_band
from eventstudy.charts.sheet import Room, Words, panels
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import chosen_history
from eventstudy.errors import NothingUsableError
from eventstudy.inference import label_permutation
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 420.0)
_ROOM = Room(left=0.0, right=62.0, top=46.0, bottom=44.0, outer=58.0)

_READING = (
    "Bold: the mean. Thin: single sessions. Grey: where the mean of as many days without news falls in 90 of 100 "
    "draws; in the last panel where the difference falls when raise and fold are dealt out anew."
)


def raise_fold(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the mean path after raises, after folds, and their difference with its permutation p.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    ax : sequence of three Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        Raise, fold, difference.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If there are not three axes.
    NothingUsableError
        If there is no raise or no fold with a complete path, or no phase has both.

    Notes
    -----
    As in the table `tests`, events of one session are one market event; a session with raises and folds is left out;
    the difference is taken within phases (see `eventstudy.inference.label_permutation`).
    The p at the end of the difference is that of `label_permutation` for the whole span: labels are permuted within
    phases. The band holds the difference at each τ alone in 90 of 100 permutations.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.raise_fold(result)]
    ['raise', 'fold', 'raise − fold']
    """
    history = chosen_history(result, series)
    found = market_paths(result, history.name)
    groups = (found.group("raise"), found.group("fold"))
    if not all(len(group.values) for group in groups):
        raise NothingUsableError(f"'{history.name}' has no raise or no fold with a complete path to be compared")
    placebo = result.placebo_ar.get(history.name, np.empty((0, len(result.design.span.taus))))
    bands = [placebo_band(placebo, group.multiplicities, result.design.seed) for group in groups]
    unit, between = return_unit(result, history.name), contrast(found, result.design.seed)
    if between is None:
        raise NothingUsableError(f"no phase of '{history.name}' has both raises and folds to be compared")
    n = f"n = {len(groups[0].values)} sessions with raises, {len(groups[1].values)} with folds"
    lines = footnote_lines(result, history.name, n, _method(result, found, between, len(placebo)), source)
    words = Words(f"{history.instrument.label}: raise against fold", _READING, tuple(lines))
    with drawing(style):
        axes = panels(ax, 3, 3, words, _ROOM, _SIZE, style)
        drawn = Paths("*", groups[0].taus, between.path[None, :], groups[0].sessions[:1], 0)
        same_limits(axes, (*groups, drawn), [*bands, between.band], unit)
        for panel, group, band in zip(axes, groups, bands, strict=False):
            draw_panel(panel, group, band, unit, style, f"n = {len(group.values)} sessions")
        p = _final_p(found, result.design.seed)
        _draw_difference(axes[2], between, p, groups[0].taus, unit, style)
        tau_scales(axes, history.instrument, unit, own=ax is None, style=style)
    return axes


def _final_p(found: MarketPaths, seed: int) -> float:
    """Return the permutation p of the difference over the whole span."""
    kept = np.isin(found.stance, ("raise", "fold"))
    last = found.values[kept, -1]
    return label_permutation(last, found.stance[kept] == "raise", found.phase[kept], seed).p_value


def _draw_difference(ax: Axes, between: Contrast, p: float, taus: NDArray[np.int64], unit: Unit, style: Style) -> None:
    values = between.path * unit.scale
    low, high = between.band * unit.scale
    ax.fill_between(taus, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axvline(0.0, color=style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)
    look = style.look("*")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 5.0, "markeredgecolor": style.paper}
    ax.plot(taus, values, color=look.colour, linewidth=2.4, markeredgewidth=0.7, clip_on=False, gid="mean", **marker)
    bold: dict[str, Any] = {"color": look.colour, "fontweight": "bold"}
    ax.set_title("raise − fold", loc="left", pad=18, gid="name", fontsize=style.text + 1.5, **bold)
    within = " within phases" if between.n_phases > 1 else ""
    words = f"permutation p = {p:.2f}{within}, whole span" if np.isfinite(p) else "no p"
    note(ax, words, (0, 1), (0, 8), "count", color=style.muted, fontsize=style.small)
    low_y, high_y = ax.get_ylim()
    end = (float(values[-1]) - low_y) / (high_y - low_y)
    label = f"{signed(float(values[-1]))} %" if unit.symbol == "%" else signed(float(values[-1]))
    note(ax, label, (1.0, end), (7, 0), "mean-label", va="center", fontsize=style.text, **bold)


def _method(result: StudyResult, found: MarketPaths, between: Contrast, n_placebo: int) -> str:
    """Say how the picture was made, and give the permutation p of every window."""
    tests = result.tests[(result.tests["series"] == found.series) & (result.tests["test"] == "label_permutation")]
    by_window: Mapping[str, float] = dict(zip(tests["window"], tests["p_value"], strict=True))
    p = "; ".join(f"{window} p {value:.2f}".replace("-", "−") for window, value in by_window.items())
    mixed = int(np.sum(found.stance == "mixed"))
    low, high = (f"{100 * level:.0f}" for level in LEVELS)
    phases = (
        f"The difference is taken within {between.n_phases} phases, weighted: it is not the one mean less the other. "
        if between.n_phases > 1
        else ""
    )
    return (
        f"{phases}Events of one session are one; {mixed} session{'s' * (mixed != 1)} with raises and folds left out. "
        f"Bands: {low}–{high} % of {DRAWS:,} draws, seed {result.design.seed}, of {n_placebo} sessions without news "
        f"and of labels permuted within phases, at each τ alone." + (f" Raise − fold by window: {p}." if p else "")
    )
