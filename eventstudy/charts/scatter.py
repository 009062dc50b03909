"""Reaction on intensity: whether harsher news moved a market more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import Room, Words, axes_points, draw_legend, note, sheet, zero_lines
from eventstudy.charts.paths import unit_scales
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import Unit, chosen_history, chosen_window, footnote_lines, looks_of, return_unit
from eventstudy.charts.text import day_month, plain, ruler
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.inference import Estimate, cross_section
from eventstudy.returns import Floats
from eventstudy.study.explain import attributes
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, p_in_words, true_minus

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (720.0, 460.0)
_ROOM = Room(left=62.0, right=16.0, top=26.0, bottom=46.0)

#: Fewest market events for a line, and how many of the farthest from the middle are dated.
_ENOUGH, _DATED = 5, 4

_READING = "Every mark is a market event. Line: least squares over the filled ones; the farthest are dated."


def scatter(
    result: StudyResult,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    source: str | None = None,
    style: Style = LIGHT,
) -> Axes:
    """Draw the reaction of a market on the intensity of the news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        The series; default the study's first.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    source : str, optional
        Whose prices they are; default the publisher if they are bundled ones.
    style : Style
        The look.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError
        If the study has no such series or window.
    NothingUsableError
        If no used event has an intensity.

    Notes
    -----
    The filled marks are ``result.sample(series, "*", window)``, each at the summed intensity of its events; hollow ones
    are set aside. Slope and p are those of ``explain(result, "car ~ intensity")`` for a study of the one series.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["vix"]).fit()
    >>> es.charts.scatter(result, "vix").get_xlabel()
    'intensity of the news, − attack, + accord'
    """
    history, window = chosen_history(result, series), chosen_window(result, window)
    rows = attributes(result)
    rows = rows[(rows["series"] == history.name) & (rows["window"] == window) & rows["car"].notna()]
    points = rows.dropna(subset="intensity").reset_index(drop=True)
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{history.name}' has an intensity")
    unit, kept = return_unit(result, history.name), points[points["reason"] == ""]
    line = _line(kept) if len(kept) >= _ENOUGH else None
    n = f"n = {counted(len(kept), 'market event')} of {counted(int(kept['members'].map(len).sum()), 'event')}"
    n += f"; {len(points) - len(kept)} set aside" if len(kept) < len(points) else ""
    n += f"; {len(rows) - len(points)} without an intensity" if len(rows) > len(points) else ""
    words = Words(
        f"{history.instrument.label}: reaction on intensity",
        _READING,
        footnote_lines(result, history.name, n, _method(line, unit), source),
    )
    with drawing(style):
        made = sheet(ax, words, _ROOM, _SIZE, style)
        points = points.assign(car=unit.scale * points["car"], label=points[result.design.group_by])
        _draw(made, points, line, unit.scale, looks_of(result, style), style)
        unit_scales([made], history, f"cumulative {unit.name} over {true_minus(window)}", unit.symbol, own=True,
                    style=style)  # fmt: skip
    return made


def _line(rows: pd.DataFrame) -> tuple[Estimate, Estimate] | None:
    """Return constant and slope as `explain` estimates them; None where all events have one intensity or one CAR."""
    try:
        found = cross_section("car ~ intensity", rows, np.arange(len(rows))).coefficients
    except DesignError:
        return None
    return found["Intercept"], found["intensity"]


def _draw(
    ax: Axes,
    points: pd.DataFrame,
    line: tuple[Estimate, Estimate] | None,
    scale: float,
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    x, y = (points[name].to_numpy(dtype=np.float64) for name in ("intensity", "car"))
    kept, reach = (points["reason"] == "").to_numpy(), max(10.0, float(np.abs(x).max())) + 0.6
    slack = 0.08 * float(np.ptp([*y, 0.0])) or 1.0
    ax.set_xlim(-reach, reach)
    ax.set_ylim(min(float(y.min()), 0.0) - slack, max(float(y.max()), 0.0) + slack)
    zero_lines(ax, style)
    if line is not None:
        ends = np.array([x[kept].min(), x[kept].max()])
        ax.plot(
            ends, scale * (line[0].value + line[1].value * ends), color=style.ink, linewidth=1.4, zorder=3, gid="line"
        )
    marks: dict[str, dict[str, Any]] = {}
    for label in sorted(set(points["label"]), key=list(looks).index):
        look, on = looks[label], (points["label"] == label).to_numpy()
        dress: dict[str, Any] = {"marker": look.marker, "color": look.colour}
        filled: dict[str, Any] = {"markeredgecolor": style.paper, "markeredgewidth": 0.6}
        empty: dict[str, Any] = {"markerfacecolor": style.paper, "markeredgewidth": 1.0}
        for some, gid, fill in ((on & kept, "points", filled), (on & ~kept, "aside", empty)):
            if some.any():
                ax.plot(
                    x[some], y[some], linestyle="none", markersize=7.0, zorder=4, gid=f"{gid}/{label}", **dress, **fill
                )
        marks[label or "events"] = dress
    if not kept.all():
        hollow: dict[str, Any] = {"marker": "o", "markerfacecolor": style.paper, "color": style.muted}
        marks["set aside"] = hollow
    ticks = range(-5 * int(reach // 5), int(reach) + 1, 5)
    ax.set_xticks(list(ticks), [f"+{tick}" if tick > 0 else plain(tick) for tick in ticks])
    ax.set_xlabel("intensity of the news, − attack, + accord", fontsize=style.text, labelpad=4)
    draw_legend(ax, list(marks.items()), 12.0, style)
    _dates(ax, points["session"].tolist(), x, y, style)


def _dates(ax: Axes, sessions: Sequence[pd.Timestamp], x: Floats, y: Floats, style: Style) -> None:
    """Date the marks farthest from the middle, above or below, where no other label is."""
    width, height = axes_points(ax)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    measure = ruler(style.small, style)
    at = np.column_stack([(x - left) / (right - left) * width, (y - low) / (high - low) * height])
    taken: list[tuple[float, float, float, float]] = [(px - 4, py - 4, px + 4, py + 4) for px, py in at]
    for k in np.argsort(-np.abs(y - np.median(y)), kind="stable")[:_DATED]:
        words = day_month(sessions[k].to_datetime64())
        half = measure(words) / 2
        for dx, dy in ((half + 7, 0.0), (-half - 7, 0.0), (0.0, 10.0), (0.0, -10.0)):
            cx, cy = at[k, 0] + dx, at[k, 1] + dy
            box = (cx - half, cy - 4.5, cx + half, cy + 4.5)
            inside = box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height
            if inside and not any(_overlap(box, other) for other in taken):
                taken.append(box)
                dress: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "ha": "center", "va": "center"}
                note(ax, words, (cx / width, cy / height), (0, 0), f"date/{k}", **dress)
                break


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _method(line: tuple[Estimate, Estimate] | None, unit: Unit) -> str:
    if line is None:
        return "No line: too few market events, or all of one intensity."
    slope = f"{unit.scale * line[1].value:+.2f}".replace("-", "−")
    return (
        f"Slope {slope} {unit.symbol} a point of intensity, {p_in_words(line[1].p_value)} (as explain has it). A mark "
        "stands at the summed intensity of its events. A line through few marks bends to the farthest."
    )
