"""Mean paths of cumulative abnormal returns: the table `aar`, the market events behind it, and days without news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.charts.layout import axes_points, note, number_ticks, zero_lines
from eventstudy.charts.style import Look, Style
from eventstudy.charts.subject import Unit
from eventstudy.charts.text import day_month, plain, ruler, signed, spread, wrap
from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Number of placebo draws, and the quantiles that bound the band.
DRAWS, LEVELS = 2_000, (0.05, 0.95)

#: The x-axis has at most so many ticks; least distance of two labels at the lines' ends, in points.
_MOST_TICKS, _PITCH = 9, 11.0

#: Paths that are in no mean.
_DOTTED = (0, (1.5, 2))


@dataclass(frozen=True, eq=False)
class Paths:
    """The mean path of one label in one series, and the market events behind it.

    Parameters
    ----------
    label : str
        The label; ``*`` for all.
    taus : ndarray of int, shape (n + 1,)
        Event time, beginning one session before the design's span.
    mean : ndarray, shape (n + 1,)
        The column `caar` of the result's table `aar`, 0 at the beginning; NaN without a market event.
    values : ndarray, shape (N, n + 1)
        The market events in the mean, a row each, 0 at the beginning.
    sessions : ndarray of datetime64[D], shape (N,)
        Their event sessions.
    aside : ndarray, shape (K, n + 1)
        Market events of the label with a complete path that are set aside.
    """

    label: str
    taus: NDArray[np.int64]
    mean: Floats
    values: Floats
    sessions: NDArray[np.datetime64]
    aside: Floats

    @property
    def count(self) -> str:
        """How many market events are in the mean, and how many are not."""
        aside = f", {len(self.aside)} set aside" if len(self.aside) else ""
        return f"n = {counted(len(self.values), 'market event')}{aside}"


def mean_paths(result: StudyResult, series: str, labels: Sequence[str]) -> tuple[Paths, ...]:
    """Return the mean paths of each label; of a label without a complete path, nothing."""
    sample, taus = result.samples[series], np.array(result.design.span.taus)
    values = np.hstack([np.zeros((len(sample.position), 1)), np.cumsum(sample.path, axis=1)])
    whole = np.isfinite(values).all(axis=1)
    table = result.aar[result.aar["series"] == series]
    found = []
    for label in labels:
        rows = sample.path_rows(label)
        aside = np.setdiff1d(np.flatnonzero(whole & ((label == ALL) | (sample.label == label))), rows)
        if not len(rows) and not len(aside):
            continue
        caar = table.loc[table["stance"] == label, "caar"].to_numpy(dtype=np.float64)
        mean = np.concatenate([[0.0], caar]) if len(caar) else np.full(len(taus) + 1, np.nan)
        every = np.array([taus[0] - 1, *taus])
        found.append(Paths(label, every, mean, values[rows], sample.session[rows], values[aside]))
    return tuple(found)


def placebo_band(ar: Floats, n: int, seed: int) -> Floats | None:
    """Return where the mean path of as many sessions without news lies in 90 of 100 draws.

    Parameters
    ----------
    ar : ndarray, shape (B, m)
        Abnormal returns over the design's span around sessions without news.
    n : int
        How many market events are in the mean.
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray, shape (2, m + 1), or None
        5 % and 95 % quantiles of the mean path, 0 at the beginning; None with fewer than n sessions without news.

    Notes
    -----
    Each of the 2,000 draws takes n of the B sessions without replacement and averages their cumulated abnormal returns.
    """
    if n == 0 or len(ar) < n:
        return None
    rng = np.random.default_rng(seed)
    paths = np.hstack([np.zeros((len(ar), 1)), np.cumsum(ar, axis=1)])
    means = np.stack([paths[rng.choice(len(ar), n, replace=False)].mean(axis=0) for _ in range(DRAWS)])
    return np.asarray(np.quantile(means, LEVELS, axis=0))


def band_words(result: StudyResult, n_sessions: int) -> str:
    """Say how the bands were made."""
    low, high = (f"{100 * level:.0f}" for level in LEVELS)
    return (
        f"Band: {low}–{high} % of the mean path of as many of {n_sessions} sessions without news, {DRAWS:,} draws, "
        f"seed {result.design.seed}; not scaled for volatility."
    )


def draw_panel(
    ax: Axes, group: Paths, band: Floats | None, unit: Unit, look: Look, said: Sequence[str], style: Style
) -> None:
    """Draw the mean path of one label over its band and its events; `said` stands below its name, line by line."""
    if band is not None:
        low, high = band * unit.scale
        ax.fill_between(group.taus, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    zero_lines(ax, style)
    for path in group.values * unit.scale:
        ax.plot(group.taus, path, color=look.colour, linewidth=0.7, alpha=0.4, zorder=3, gid="event")
    for path in group.aside * unit.scale:
        ax.plot(group.taus, path, color=look.colour, linewidth=0.7, alpha=0.4, linestyle=_DOTTED, zorder=2.5,
                gid="set-aside")  # fmt: skip
    if len(group.values):
        marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
        line: dict[str, Any] = {"color": look.colour, "linewidth": 2.4, "markeredgewidth": 0.7, **marker}
        ax.plot(group.taus, group.mean * unit.scale, zorder=5, clip_on=False, gid="mean", **line)
        _ends(ax, group, unit, look, style)
    name_panel(ax, "all events" if group.label == ALL else group.label, look.colour, said, style)


def name_panel(ax: Axes, name: str, colour: str, said: Sequence[str], style: Style) -> None:
    """Write the name of a panel above it, and below the name what is said of it, line by line."""
    leading = 1.4 * style.small
    bold: dict[str, Any] = {"color": colour, "fontsize": style.text + 1.5, "fontweight": "bold"}
    ax.set_title(name, loc="left", pad=8 + leading * len(said), gid="name", **bold)
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "linespacing": 1.4 / 1.2}
    note(ax, "\n".join(said), (0, 1), (0, 8), "count", va="bottom", **quiet)


def _ends(ax: Axes, group: Paths, unit: Unit, look: Look, style: Style) -> None:
    """Write the mean's end, and the session of the lowest and highest event, beside the last session."""
    last, mean = group.values[:, -1] * unit.scale, float(group.mean[-1]) * unit.scale
    bold: dict[str, Any] = {"color": look.colour, "fontsize": style.text, "fontweight": "bold"}
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.small}
    extremes = {int(last.argmin()), int(last.argmax())} if len(last) > 1 else set()
    labels = [(float(last[k]), day_month(group.sessions[k]), f"event-label/{k}", quiet) for k in extremes]
    labels.append((mean, f"{signed(mean)} %" if unit.symbol == "%" else signed(mean), "mean-label", bold))
    labels.sort(key=lambda label: label[:2])
    low, high = ax.get_ylim()
    height = axes_points(ax)[1]
    targets = [(value - low) / (high - low) * height for value, *_ in labels]
    for (_, words, gid, dress), y in zip(labels, spread(targets, _PITCH, 0.0, height), strict=True):
        note(ax, words, (1.0, float(y) / height), (7, 0), gid, va="center", **dress)


def aside_legend(ax: Axes, groups: Sequence[Paths], style: Style) -> None:
    """Say what a dotted path is, in the lower left corner, where there is one."""
    if any(len(group.aside) for group in groups):
        width, height = axes_points(ax)
        ends = [6.0 / width, 24.0 / width], [9.0 / height] * 2
        ax.plot(*ends, transform=ax.transAxes, color=style.muted, linestyle=_DOTTED, linewidth=1.0, gid="legend/aside")
        quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "va": "center"}
        quiet["bbox"] = {"facecolor": style.paper, "edgecolor": "none", "pad": 1.0}
        note(ax, "set aside", (0, 0), (29, 9), "legend-label/aside", **quiet)


def same_limits(axes: Sequence[Axes], groups: Sequence[Paths], drawn: Sequence[Floats | None], unit: Unit) -> None:
    """Give all panels the same limits for groups and whatever else is drawn, so that they can be compared."""
    every = [part.ravel() for g in groups for part in (g.values, g.aside)] + [b.ravel() for b in drawn if b is not None]
    values = np.concatenate([*every, np.zeros(1)]) * unit.scale
    slack = 0.05 * float(values.max() - values.min()) or 1.0
    for panel in axes:
        panel.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
        panel.set_xlim(float(groups[0].taus[0]), float(groups[0].taus[-1]))


def tau_ticks(ax: Axes, style: Style) -> None:
    """Write τ below a panel."""
    low, high = map(int, ax.get_xlim())
    step = -(-(high - low + 1) // _MOST_TICKS)
    taus = [tau for tau in range(low, high + 1) if tau % step == 0]
    ax.set_xticks(taus, [plain(tau) for tau in taus])
    ax.set_xlabel("sessions from the event session, τ", fontsize=style.text, color=style.ink, labelpad=4)


def unit_scales(axes: Sequence[Axes], history: History, words: str, symbol: str, *, own: bool, style: Style) -> None:
    """Write the unit on the left, and which way is up; in a new figure only the first of the row has a y-axis."""
    up = f"(up = {history.instrument.up})" if history.instrument.up else ""
    height, measure = axes_points(axes[0])[1], ruler(style.text, style)
    label = "\n".join(line for part in (f"{words}, {symbol}", up) for line in wrap(part, height, measure))
    for panel in axes:
        number_ticks(panel, style)
        if own and panel is not axes[0]:
            panel.tick_params(labelleft=False)
        else:
            panel.set_ylabel(label if panel is axes[0] else symbol, fontsize=style.text, color=style.ink)
