"""What holding a market for some sessions after the news has brought, against its base rate."""

from __future__ import annotations

from collections.abc import Sequence
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
from eventstudy.matching import MIXED
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, labels_of, make_samples
from eventstudy.trading.market import ENTRY, Market, paths_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (936.0, 420.0)
_ROOM = Room(left=0.0, right=62.0, top=46.0, bottom=44.0, outer=58.0)

#: Sessions held.
LONGEST = 10

#: Least distance of two ticks, in points.
_TICK = 18

_READING = (
    f"Bold: the mean return, {ENTRY}. "
    "Dashed: the mean over days without news. "
    "Grey: where the mean of as many days without news falls in 90 of 100 draws."
)


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
    Bought at the first price struck after the news was public (known by day: after that day), as `eventstudy.ask` has
    it in its second measure: the paths, counts and days without news are those of its table `paths`. Raw returns. The
    market events are those that stand in a mean over the sessions held, so the whole path rests on one sample.

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
    matches, estimates = Market.of(result.matching, history).at_entries(result.histories, result.design, [longest])
    sample = make_samples(matches, estimates, estimates[history.name].design)[history.name]
    labels = [label for label in labels_of({"": sample}) if label != MIXED] or [ALL]
    groups = {label: values for label in labels if len(values := paths_of(sample, label, 0)[0])}
    if not groups:
        raise NothingUsableError(f"no event of '{history.name}' could be held for {longest} sessions")
    quiet = paths_of(sample, ALL, 0)[1]
    base = quiet.mean(axis=0) if len(quiet) else np.full(longest + 1, np.nan)
    bands = [placebo_band(np.diff(quiet, axis=1), len(values), result.design.seed) for values in groups.values()]
    means = [values.mean(axis=0) for values in groups.values()]
    named = {label: "all events" if label == ALL else label for label in groups}
    n = ", ".join(f"{len(values)} market events{f' of {x}' * (x != ALL)}" for x, values in groups.items())
    words = Words(
        f"{history.instrument.label}, held after the news",
        _READING,
        tuple(footnote_lines(result, history.name, f"n = {n}", _method(result, len(quiet)), source)),
    )
    with drawing(style):
        axes = panels(ax, len(groups), len(groups), words, _ROOM, _SIZE, style)
        scale = 1.0 if history.instrument.returns in OWN_UNIT else 100.0
        edges = [band.ravel() for band in bands if band is not None]
        drawn = scale * np.concatenate([base, np.zeros(1), *means, *edges])
        low, high = float(np.nanmin(drawn)), float(np.nanmax(drawn))
        slack = 0.08 * (high - low) or 1.0
        looks = looks_of(result, style)
        for panel, label, mean, band in zip(axes, groups, means, bands, strict=True):
            panel.set_ylim(low - slack, high + slack)
            panel.set_xlim(0, longest)
            rose, aside = 100 * float(np.mean(groups[label][:, -1] > 0)), sum(sample.set_aside(label, 0).values())
            count = f"n = {len(groups[label])}{f', {aside} set aside' if aside else ''}; {rose:.0f} % rose in {longest}"
            _draw(panel, (named[label], count), (mean, base), band, scale, looks[label], style)
        _scales(axes, history, longest, own=ax is None, style=style)
    return axes


def _draw(
    ax: Axes,
    said: tuple[str, str],
    lines: tuple[Floats, Floats],
    band: Floats | None,
    scale: float,
    look: Look,
    style: Style,
) -> None:
    """Draw the mean, the band and the base line of one label below its name and count."""
    (mean, base), band = (scale * line for line in lines), None if band is None else scale * band
    days: NDArray[np.int64] = np.arange(len(base))
    if band is not None:
        ax.fill_between(days, *band, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.plot(days, base, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=3, gid="base")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
    ax.plot(days[1:], mean[1:], color=look.colour, linewidth=2.4, markeredgewidth=0.7, zorder=5, clip_on=False,
            gid="mean", **marker)  # fmt: skip
    bold: dict[str, Any] = {"color": look.colour, "fontweight": "bold"}
    ax.set_title(said[0], loc="left", pad=18, gid="name", fontsize=style.text + 1.5, **bold)
    note(ax, said[1], (0, 1), (0, 8), "count", color=style.muted, fontsize=style.small)
    (low_y, high_y), height = ax.get_ylim(), axes_points(ax)[1]
    ends = sorted((float(line[-1]), gid) for line, gid in ((mean, "mean"), (base, "base")) if np.isfinite(line[-1]))
    targets = [(value - low_y) / (high_y - low_y) * height for value, _ in ends]
    for (value, gid), y in zip(ends, spread(targets, 11.0, 0.0, height), strict=True):
        words = f"{signed(value)}{' %' if scale != 1.0 else ''}" if gid == "mean" else "no news"
        dress: dict[str, Any] = bold if gid == "mean" else {"color": style.muted}
        note(ax, words, (1.0, float(y) / height), (7, 0), f"{gid}-label", va="center", fontsize=style.text, **dress)


def _scales(axes: Sequence[Axes], history: History, longest: int, *, own: bool, style: Style) -> None:
    step = max(1, -(-longest * _TICK // int(axes_points(axes[0])[0])))
    ticks = list(range(0, longest + 1, step))
    kind = history.instrument.returns
    unit = f"change, {history.instrument.unit}" if kind in OWN_UNIT else f"{kind} return, %"
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
