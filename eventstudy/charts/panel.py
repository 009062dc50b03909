"""One panel of mean cumulative abnormal returns: a band, the events, their mean, and what stands at the lines' ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.dates import day_month
from eventstudy.charts.frame import axes_points, note, number_ticks
from eventstudy.charts.lettering import plain, ruler, signed, spread, wrap
from eventstudy.charts.paths import ALL, Paths
from eventstudy.charts.style import Style
from eventstudy.markets.instrument import Instrument
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a group is called.
NAMES: dict[str, str] = {"raise": "raise", "hold": "hold", "fold": "fold", ALL: "all events"}

#: The x-axis has at most this many ticks.
_MOST_TICKS = 9

#: Least distance of two labels at the lines' ends, in points.
_PITCH = 11.0


@dataclass(frozen=True)
class Unit:
    """How abnormal returns are written: what they are called, their unit, times what."""

    name: str
    symbol: str
    scale: float


def return_unit(result: StudyResult, series: str) -> Unit:
    """Return how the abnormal returns of a series are written: in percent, or in the unit of its differences."""
    unit = str(result.abnormal.loc[result.abnormal["series"] == series, "unit"].iloc[0])
    if unit in {"log return", "simple return"}:
        return Unit(f"abnormal {unit}", "%", 100.0)
    return Unit("abnormal change", unit, 1.0)


def draw_panel(ax: Axes, group: Paths, band: Floats | None, unit: Unit, style: Style, count: str | None = None) -> None:
    """Draw one group of events.

    Parameters
    ----------
    ax : Axes
        Axes with final limits and place.
    group : Paths
        The paths, in the unit of the abnormal returns.
    band : ndarray, shape (2, n + 1), or None
        The band in the same unit.
    unit : Unit
        How they are written.
    style : Style
        The look.
    count : str, optional
        What stands below its name; default how many events on how many sessions.
    """
    look, values = style.look(group.stance), group.values * unit.scale
    if band is not None:
        low, high = band * unit.scale
        ax.fill_between(group.taus, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axvline(0.0, color=style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)
    for path in values:
        ax.plot(group.taus, path, color=look.colour, linewidth=0.7, alpha=0.35, zorder=3, gid="event")
    if len(values):
        marker: dict[str, Any] = {"marker": look.marker, "markersize": 6.0, "markeredgecolor": style.paper}
        line: dict[str, Any] = {"color": look.colour, "linewidth": 2.4, "markeredgewidth": 0.7, **marker}
        ax.plot(group.taus, values.mean(axis=0), zorder=5, clip_on=False, gid="mean", **line)
        _ends(ax, group, values, unit, style)
    title: dict[str, Any] = {"color": look.colour, "fontsize": style.text + 1.5, "fontweight": "bold"}
    ax.set_title(NAMES[group.stance], loc="left", pad=18, gid="name", **title)
    note(
        ax, _count(group) if count is None else count, (0, 1), (0, 8), "count", color=style.muted, fontsize=style.small
    )


def _ends(ax: Axes, group: Paths, values: Floats, unit: Unit, style: Style) -> None:
    """Write the mean's end, and the session of the lowest and highest event, beside the last session."""
    last, mean = values[:, -1], float(values[:, -1].mean())
    bold: dict[str, Any] = {"color": style.look(group.stance).colour, "fontsize": style.text, "fontweight": "bold"}
    quiet: dict[str, Any] = {"color": style.muted, "fontsize": style.small}
    extremes = {int(last.argmin()), int(last.argmax())} if len(values) > 1 else set()
    labels = [(float(last[k]), day_month(group.sessions[k]), f"event-label/{k}", quiet) for k in extremes]
    labels.append((mean, f"{signed(mean)} %" if unit.symbol == "%" else signed(mean), "mean-label", bold))
    labels.sort(key=lambda label: label[:2])
    low, high = ax.get_ylim()
    height = axes_points(ax)[1]
    targets = [(value - low) / (high - low) * height for value, *_ in labels]
    for (_, words, gid, look), y in zip(labels, spread(targets, _PITCH, 0.0, height), strict=True):
        note(ax, words, (1.0, float(y) / height), (7, 0), gid, va="center", **look)


def _count(group: Paths) -> str:
    n, days = len(group.values), len(group.multiplicities)
    incomplete = f", {group.n_incomplete} incomplete" if group.n_incomplete else ""
    return f"n = {n} event{'s' * (n != 1)} on {days} session{'s' * (days != 1)}{incomplete}"


def same_limits(axes: Sequence[Axes], groups: Sequence[Paths], bands: Sequence[Floats | None], unit: Unit) -> None:
    """Give all panels the same limits, so that they can be compared."""
    drawn = [g.values.ravel() for g in groups] + [band.ravel() for band in bands if band is not None] + [np.zeros(1)]
    values = np.concatenate(drawn) * unit.scale
    slack = 0.05 * float(values.max() - values.min()) or 1.0
    for panel in axes:
        panel.set_ylim(float(values.min()) - slack, float(values.max()) + slack)
        panel.set_xlim(float(groups[0].taus[0]), float(groups[0].taus[-1]))


def tau_scales(axes: Sequence[Axes], instrument: Instrument, unit: Unit, *, own: bool, style: Style) -> None:
    """Write τ below and the unit on the left; in a new figure only the first of the row has a y-axis."""
    low, high = map(int, axes[0].get_xlim())
    step = -(-(high - low + 1) // _MOST_TICKS)
    taus = [tau for tau in range(low, high + 1) if tau % step == 0]
    parts = [f"cumulative {unit.name}, {unit.symbol}", f"(up = {instrument.up})" if instrument.up else ""]
    height, measure = axes_points(axes[0])[1], ruler(style.text, style)
    label = [line for part in parts for line in wrap(part, height, measure)]
    for panel in axes:
        panel.set_xticks(taus, [plain(tau) for tau in taus])
        panel.set_xlabel("sessions from the event session, τ", fontsize=style.text, color=style.ink, labelpad=4)
        number_ticks(panel, style)
        if own and panel is not axes[0]:
            panel.tick_params(labelleft=False)
        else:
            words = "\n".join(label) if panel is axes[0] else unit.symbol
            panel.set_ylabel(words, fontsize=style.text, color=style.ink)
