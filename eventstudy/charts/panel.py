"""One panel of mean cumulative abnormal returns: a band, the events, their mean, and what stands at the lines' ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eventstudy.charts.dates import day_month
from eventstudy.charts.frame import axes_points, note
from eventstudy.charts.lettering import signed, spread
from eventstudy.charts.paths import ALL, Paths
from eventstudy.charts.style import Style
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What a group is called.
NAMES: dict[str, str] = {"raise": "raise", "hold": "hold", "fold": "fold", ALL: "all events"}

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


def draw_panel(ax: Axes, group: Paths, band: Floats | None, unit: Unit, style: Style) -> None:
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
    note(ax, _count(group), (0, 1), (0, 8), "count", color=style.muted, fontsize=style.small)


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
