"""What holding a market for some sessions after the news has brought, against its base rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.charts.layout import Room, Words, axes_points, note, number_ticks, panels
from eventstudy.charts.paths import DRAWS, LEVELS, placebo_band
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, footnote_lines, looks_of
from eventstudy.charts.text import ruler, signed, spread, wrap
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.markets.history import History
from eventstudy.markets.holding import held_paths
from eventstudy.matching import KEPT, MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.result import StudyResult
from eventstudy.window import Window

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 420.0)
_ROOM = Room(left=0.0, right=62.0, top=46.0, bottom=44.0, outer=58.0)

#: Sessions held.
LONGEST = 10

#: Least distance of two ticks, in points.
_TICK = 18

_READING = (
    "Bold: the mean return from the event session's own price on, the first struck after the news. "
    "Dashed: the mean over days without news. "
    "Grey: where the mean of as many days without news falls in 90 of 100 draws."
)


@dataclass(frozen=True, eq=False)
class Held:
    """Raw returns of holding a series from the event sessions of a label's market events.

    Parameters
    ----------
    label : str
        The label.
    values : ndarray, shape (N, H + 1)
        A row a market event, a column a number of sessions held, from 0: one sample from end to end.
    n_aside : int
        Market events that are in no mean, or have a session without a return before the last.
    """

    label: str
    values: Floats
    n_aside: int


def holding(
    result: StudyResult,
    series: str | None = None,
    ax: Sequence[Axes] | None = None,
    *,
    longest: int = LONGEST,
    source: str | None = None,
    style: Style = LIGHT,
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
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
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
        If no event can be held so long.

    Notes
    -----
    Held from the event session's own price: the first one struck after the news. Raw returns as the `move` of a study.
    The market events are those that stand in a mean over the sessions held, so the whole path rests on one sample. Base
    and band are made of the days around which these sessions meet no news and no closure.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["brent"]).fit()
    >>> len(es.charts.holding(result, "brent", longest=5))
    3
    """
    history = chosen_history(result, series)
    if history.instrument.returns == "level":
        raise DesignError(f"a return is held, and '{history.name}' is studied in levels ({history.instrument.unit})")
    sample, window = result.samples[history.name], Window(1, longest)
    values = held_paths(history, sample.position, window)
    code = sample.of.matches.market_events.set_aside(window, result.design.overlap)
    counts = (code == KEPT) & np.isfinite(values).all(axis=1)
    every = {label: sample.label == label for label in result.groups if label != MIXED} or {"": sample.label == ""}
    groups = [
        Held(label, values[of_label & counts], int((of_label & ~counts).sum()))
        for label, of_label in every.items()
        if (of_label & counts).any()
    ]
    if not groups:
        raise NothingUsableError(f"no event of '{history.name}' could be held for {longest} sessions")
    quiet = held_paths(history, np.flatnonzero(sample.of.block.calendar.clear(window)), window)
    quiet = quiet[np.isfinite(quiet).all(axis=1)]
    base = quiet.mean(axis=0) if len(quiet) else np.full(longest + 1, np.nan)
    bands = [placebo_band(np.diff(quiet, axis=1), len(g.values), result.design.seed) for g in groups]
    n = "n = " + ", ".join(f"{len(g.values)} market events of {g.label or 'any news'}" for g in groups)
    words = Words(
        f"{history.instrument.label}, held after the news",
        _READING,
        tuple(footnote_lines(result, history.name, n, _method(result, len(quiet)), source)),
    )
    with drawing(style):
        axes = panels(ax, len(groups), len(groups), words, _ROOM, _SIZE, style)
        _limits(axes, groups, bands, base, _scale(history))
        looks = looks_of(result, style)
        for panel, group, band in zip(axes, groups, bands, strict=True):
            _draw(panel, group, band, base, history, looks[group.label], style)
        _scales(axes, history, longest, own=ax is None, style=style)
    return axes


def _scale(history: History) -> float:
    return 1.0 if history.instrument.returns in OWN_UNIT else 100.0


def _limits(
    axes: Sequence[Axes], groups: Sequence[Held], bands: Sequence[Floats | None], base: Floats, scale: float
) -> None:
    drawn = [g.values.mean(axis=0) for g in groups] + [b.ravel() for b in bands if b is not None] + [base, np.zeros(1)]
    values = np.concatenate(drawn) * scale
    values = values[np.isfinite(values)]
    slack = 0.08 * float(np.ptp(values)) or 1.0
    for panel in axes:
        panel.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
        panel.set_xlim(0, len(base) - 1)


def _draw(ax: Axes, group: Held, band: Floats | None, base: Floats, history: History, look: Look, style: Style) -> None:
    scale = _scale(history)
    days: NDArray[np.int64] = np.arange(len(base))
    mean = scale * group.values.mean(axis=0)
    if band is not None:
        low, high = scale * band
        ax.fill_between(days, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.plot(days, scale * base, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3, gid="base")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(days[1:], mean[1:], color=look.colour, linewidth=2.4, markeredgewidth=0.7, zorder=5, clip_on=False,
            gid="mean", **marker)  # fmt: skip
    bold: dict[str, Any] = {"color": look.colour, "fontweight": "bold"}
    ax.set_title(group.label or "all events", loc="left", pad=18, gid="name", fontsize=style.text + 1.5, **bold)
    rose = 100 * float(np.mean(group.values[:, -1] > 0))
    aside = f", {group.n_aside} set aside" if group.n_aside else ""
    count = f"n = {len(group.values)}{aside}; {rose:.0f} % rose in {len(base) - 1}"
    note(ax, count, (0, 1), (0, 8), "count", color=style.muted, fontsize=style.small)
    low_y, high_y = ax.get_ylim()
    height, ends = axes_points(ax)[1], [(float(mean[-1]), "mean")]
    ends += [(scale * float(base[-1]), "base")] if np.isfinite(base[-1]) else []
    ends.sort()
    symbol = " %" if scale != 1.0 else ""
    targets = [(value - low_y) / (high_y - low_y) * height for value, _ in ends]
    for (value, gid), y in zip(ends, spread(targets, 11.0, 0.0, height), strict=True):
        words = f"{signed(value)}{symbol}" if gid == "mean" else "no news"
        dress: dict[str, Any] = bold if gid == "mean" else {"color": style.muted}
        note(ax, words, (1.0, float(y) / height), (7, 0), f"{gid}-label", va="center", fontsize=style.text, **dress)


def _scales(axes: Sequence[Axes], history: History, longest: int, *, own: bool, style: Style) -> None:
    step = max(1, -(-longest * _TICK // int(axes_points(axes[0])[0])))
    ticks = list(range(0, longest + 1, step))
    unit = f"{history.instrument.returns} return, %" if _scale(history) != 1.0 else f"change, {history.instrument.unit}"
    up = f"(up = {history.instrument.up})" if history.instrument.up else ""
    height, measure = axes_points(axes[0])[1], ruler(style.text, style)
    label = "\n".join(line for part in (unit, up) for line in wrap(part, height, measure))
    for panel in axes:
        panel.set_xticks(ticks, list(map(str, ticks)))
        panel.set_xlabel("sessions held", fontsize=style.text, color=style.ink, labelpad=4)
        number_ticks(panel, style)
        if own and panel is not axes[0]:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel(label, fontsize=style.text, color=style.ink)


def _method(result: StudyResult, n_free: int) -> str:
    low, high = (f"{100 * level:.0f}" for level in LEVELS)
    return (
        f"Raw returns, not abnormal, before costs; market events that stand in a mean. Band: {low}–{high} % of the "
        f"mean of as many of {n_free} sessions without news, {DRAWS:,} draws, seed {result.design.seed}."
    )
