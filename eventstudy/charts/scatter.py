"""Reaction on intensity: whether harsher news moved a market more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.dates import day_month
from eventstudy.charts.footnote import footnote_lines
from eventstudy.charts.frame import axes_points, note, number_ticks
from eventstudy.charts.lettering import plain, ruler, wrap
from eventstudy.charts.panel import return_unit
from eventstudy.charts.sheet import Room, Words, sheet
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import chosen_history
from eventstudy.errors import NothingUsableError, require_known
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (720.0, 460.0)
_ROOM = Room(left=62.0, right=16.0, top=26.0, bottom=46.0)

#: Fewest events for a line, and how many of the farthest from the middle are dated.
_ENOUGH, _DATED = 5, 4

_READING = "Every mark is a session with events. Line: least squares over all of them; the farthest are dated."


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
    Events of one session have one reaction and are one mark, at the mean of their intensities. The slope's p has HC3
    standard errors (MacKinnon and White, 1985) and t(N - 2).

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["vix"]).fit()
    >>> es.charts.scatter(result, "vix").get_xlabel()
    'intensity of the news, −10 (attack) to +10 (accord)'
    """
    history = chosen_history(result, series)
    windows = [str(known) for known in result.design.windows]
    window = require_known(window, windows, "window of this study") if window else windows[0]
    points, n_without = reactions(result, history.name, window)
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{history.name}' has an intensity")
    unit = return_unit(result, history.name)
    x, y = points["intensity"].to_numpy(dtype=np.float64), unit.scale * points["car"].to_numpy(dtype=np.float64)
    line = _line(x, y)
    n = f"n = {len(points)} sessions with {int(points['n_events'].sum())} events" + (
        f"; {n_without} events have no intensity" if n_without else ""
    )
    words = Words(
        f"{history.instrument.label}: reaction on intensity",
        _READING,
        tuple(footnote_lines(result, history.name, n, _method(line, unit.symbol), source)),
    )
    with drawing(style):
        ax = sheet(ax, words, _ROOM, _SIZE, style)
        _draw(ax, points, x, y, line, style)
        parts = [f"cumulative {unit.name} over {window.replace('-', '−')}, {unit.symbol}"]
        parts += [f"(up = {history.instrument.up})"] if history.instrument.up else []
        height, measure = axes_points(ax)[1], ruler(style.text, style)
        label = "\n".join(line for part in parts for line in wrap(part, height, measure))
        ax.set_ylabel(label, fontsize=style.text, color=style.ink)
    return ax


def reactions(result: StudyResult, series: str, window: str) -> tuple[pd.DataFrame, int]:
    """Return CAR and mean intensity by event session, and how many events have no intensity.

    Returns
    -------
    DataFrame, int
        Columns session, car, intensity, stance (net), n_events.
    """
    from eventstudy.news.stance import net_stance

    rows = result.car[(result.car["series"] == series) & (result.car["window"] == window) & result.car["car"].notna()]
    intensity = pd.to_numeric(rows["event_id"].map(result.events.set_index("id")["intensity"]), errors="coerce")
    known = rows.assign(intensity=intensity).dropna(subset="intensity")
    grouped = known.groupby("session", sort=True).agg(
        car=("car", "first"), intensity=("intensity", "mean"), stance=("stance", net_stance), n_events=("car", "size")
    )
    return grouped.reset_index(), int(intensity.isna().sum())


def _line(x: Floats, y: Floats) -> tuple[float, float, float] | None:
    """Return constant, slope and the slope's p; None with too few sessions or no spread."""
    if len(x) < _ENOUGH or not np.ptp(x):
        return None
    from statsmodels.regression.linear_model import OLS

    fit = OLS(y, np.column_stack([np.ones_like(x), x])).fit(cov_type="HC3", use_t=True)
    return float(fit.params[0]), float(fit.params[1]), float(fit.pvalues[1])


def _draw(
    ax: Axes, points: pd.DataFrame, x: Floats, y: Floats, line: tuple[float, float, float] | None, style: Style
) -> None:
    slack = 0.08 * float(np.ptp([*y, 0.0])) or 1.0
    ax.set_xlim(-10.6, 10.6)
    ax.set_ylim(min(float(y.min()), 0.0) - slack, max(float(y.max()), 0.0) + slack)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axvline(0.0, color=style.muted, linewidth=0.6, linestyle=(0, (2, 3)), zorder=2)
    if line is not None:
        ends = np.array([x.min(), x.max()])
        ax.plot(ends, line[0] + line[1] * ends, color=style.ink, linewidth=1.4, zorder=3, gid="line")
    for stance, rows in points.groupby("stance", sort=False):
        look, on = style.look(str(stance)), rows.index.to_numpy()
        marker: dict[str, Any] = {"marker": look.marker, "markersize": 7.0, "markeredgecolor": style.paper}
        ax.plot(x[on], y[on], color=look.colour, linestyle="none", markeredgewidth=0.6, zorder=4,
                gid=f"points/{stance}", **marker)  # fmt: skip
    number_ticks(ax, style)
    ticks = range(-10, 11, 5)
    ax.set_xticks(list(ticks), [f"+{tick}" if tick > 0 else plain(tick) for tick in ticks])
    ax.set_xlabel("intensity of the news, −10 (attack) to +10 (accord)", fontsize=style.text, labelpad=4)
    _legend(ax, list(dict.fromkeys(points["stance"])), style)
    _dates(ax, points["session"].tolist(), x, y, style)


def _legend(ax: Axes, stances: Sequence[str], style: Style) -> None:
    """Write the stances that occur in a row above the axes."""
    names = {"raise": "raise", "hold": "hold", "fold": "fold", "mixed": "raise and fold in one session"}
    measure, left, (width, height) = ruler(style.small, style), 4.0, axes_points(ax)
    for stance in (name for name in names if name in stances):
        look = style.look(stance)
        ax.plot([left / width], [1 + 12 / height], transform=ax.transAxes, marker=look.marker, color=look.colour,
                markersize=6.0, markeredgewidth=0, clip_on=False, gid=f"legend/{stance}")  # fmt: skip
        dress: dict[str, Any] = {"color": look.colour, "fontsize": style.small, "va": "center"}
        note(ax, names[stance], (0, 1), (left + 7, 12), f"legend-label/{stance}", **dress)
        left += 7 + measure(names[stance]) + 16


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
            if inside and not any(_meet(box, other) for other in taken):
                taken.append(box)
                dress: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "ha": "center", "va": "center"}
                note(ax, words, (cx / width, cy / height), (0, 0), f"date/{k}", **dress)
                break


def _meet(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def _method(line: tuple[float, float, float] | None, symbol: str) -> str:
    if line is None:
        return "No line: too few sessions, or all of one intensity."
    slope = f"{line[1]:+.2f}".replace("-", "−")
    return (
        f"Slope {slope} {symbol} a point of intensity, p {line[2]:.2f} (HC3 standard errors). Events of one session "
        "are one mark at their mean intensity. A line through few marks bends to the farthest."
    )
