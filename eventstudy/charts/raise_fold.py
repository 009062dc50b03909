"""Two labels against each other: their mean paths, and by window their difference with its p."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.layout import Room, Words, note, panels
from eventstudy.charts.paths import (
    aside_legend,
    band_words,
    draw_panel,
    mean_paths,
    name_panel,
    placebo_band,
    same_limits,
    tau_ticks,
    unit_scales,
)
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import (
    Unit,
    answer_p,
    answer_words,
    chosen_history,
    footnote_lines,
    looks_of,
    return_unit,
)
from eventstudy.errors import NothingUsableError
from eventstudy.study.answer import Answer
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import quantity, true_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 450.0)
_ROOM = Room(left=0.0, right=78.0, top=58.0, bottom=48.0, outer=58.0)


def raise_fold(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
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
        If no window has market events of both labels.

    Notes
    -----
    A bar of the last panel is the `caar` of ``result.answer(series, "raise-fold", window)``, the difference of the two
    marks above or below it, which are the `caar` of the answers for raise and for fold; the p beside it is that
    answer's: labels permuted within phases.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble"]).fit()
    >>> [panel.get_title(loc="left") for panel in es.charts.raise_fold(result)]
    ['raise', 'fold', 'raise − fold']
    """
    history, pair = chosen_history(result, series), result.contrast
    between = [a for a in result.answers if (a.series, a.stance) == (history.name, result.design.contrast)]
    between = [answer for answer in between if np.isfinite(answer.caar)]
    if pair is None or not between:
        first, second = pair or ("raise", "fold")
        raise NothingUsableError(f"'{history.name}' has no {first} or no {second} to be compared")
    sides = {label: [result.answer(history.name, label, a.window) for a in between] for label in pair}
    groups = mean_paths(result, history.name, pair)
    days = result.placebo_paths(history.name)
    bands = [placebo_band(days, len(group.values), result.design.seed) for group in groups]
    unit, looks = return_unit(result, history.name), looks_of(result, style)
    reading = (
        "Bold: the mean path. Thin: market events; dotted: set aside, in no mean. Grey: where the mean of as "
        f"many days without news falls in 90 of 100 draws. Bars: {pair[0]} less {pair[1]} by window, own scale."
    )
    n = "n = " + ", ".join(f"{len(group.values)} {group.label}" for group in groups) + " in the paths"
    lines = footnote_lines(result, history.name, n, _method(result, pair, len(days)), source)
    title = f"{history.instrument.label}: {pair[0]} against {pair[1]}"
    with drawing(style):
        axes = panels(ax, 3, 3, Words(title, reading, lines), _ROOM, _SIZE, style)
        same_limits(axes[:2], groups, bands, unit)
        for panel, group, band in zip(axes, groups, bands, strict=False):
            said = [group.count, *answer_words(result, history.name, group.label, between[0].window)]
            draw_panel(panel, group, band, unit, looks[group.label], said, style)
            tau_ticks(panel, style)
        aside_legend(axes[0], groups, style)
        _draw_windows(axes[2], between, sides, unit, looks, style)
        unit_scales(axes, history, f"cumulative {unit.name}", unit.symbol, own=ax is None, style=style)
        axes[2].tick_params(labelleft=True)
    return axes


def _draw_windows(
    ax: Axes, between: Sequence[Answer], sides: dict[str, list[Answer]], unit: Unit, looks: dict[str, Any], style: Style
) -> None:
    """Draw the difference of every window as a bar, the two means as marks, and write difference and p above."""
    x, look = np.arange(len(between)), looks[ALL]
    ax.set_xlim(-0.6, len(between) - 0.4)
    drawn = unit.scale * np.array([0.0, *(answer.caar for side in (between, *sides.values()) for answer in side)])
    slack = 0.08 * float(np.ptp(drawn)) or 1.0
    ax.set_ylim(float(drawn.min()) - slack, float(drawn.max()) + slack)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    for k, answer in enumerate(between):
        ax.bar(
            k, unit.scale * answer.caar, width=0.62, color=style.faint, zorder=1.5, gid=f"difference/{answer.window}"
        )
        p = answer_p(answer)
        figure = quantity(answer.caar, answer.unit) if unit.symbol == "%" else quantity(answer.caar, "").strip()
        at = (k + 0.6) / (len(between) + 0.2)
        dress: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": style.small, "color": look.colour}
        note(ax, f"{figure}\n{p}", (at, 1.0), (0, 4), f"mean-label/{answer.window}", **dress)
    for shift, (label, answers) in zip((-0.14, 0.14), sides.items(), strict=True):
        mark: dict[str, Any] = {"marker": looks[label].marker, "color": looks[label].colour, "markersize": 7.0}
        values = unit.scale * np.array([answer.caar for answer in answers])
        ax.plot(x + shift, values, linestyle="none", markeredgecolor=style.paper, markeredgewidth=0.6, zorder=4,
                gid=f"means/{label}", **mark)  # fmt: skip
    name_panel(ax, " − ".join(sides), look.colour, ["", ""], style)
    both = zip(*sides.values(), strict=True)
    ax.set_xticks(x, [f"{true_minus(a.window)}\nn {a.n} & {b.n}" for a, b in both])
    ax.set_xlabel("window", fontsize=style.text, color=style.ink, labelpad=4)


def _method(result: StudyResult, pair: tuple[str, str], n_sessions: int) -> str:
    return (
        f"{band_words(result, n_sessions)} Bars: the mean of {pair[0]} less that of {pair[1]} (the marks) "
        "over the market events whose window holds no news of another kind; p: labels permuted over market events "
        f"within phases, seed {result.design.seed}."
    )
