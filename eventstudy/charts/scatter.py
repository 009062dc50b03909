"""Reaction on intensity: whether harsher news moved a market more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.layout import Room, Words, axes_points, draw_legend, note, sheet, zero_lines
from eventstudy.charts.paths import unit_scales
from eventstudy.charts.style import LIGHT, Look, Style, drawing
from eventstudy.charts.subject import chosen_history, chosen_window, footnote_lines, looks_of, return_unit
from eventstudy.charts.text import day_month, plain, ruler
from eventstudy.errors import NothingUsableError
from eventstudy.matching import EXCLUDED, MIXED
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, true_minus

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
    The filled marks are ``result.sample(series, "*", window)``, each at the mean intensity of its events; hollow ones
    are set aside. The slope's p has HC3 standard errors (MacKinnon and White, 1985) and t(N - 2).

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["vix"]).fit()
    >>> es.charts.scatter(result, "vix").get_xlabel()
    'intensity of the news, −10 (attack) to +10 (accord)'
    """
    history, window = chosen_history(result, series), chosen_window(result, window)
    points = reactions(result, history.name, window)
    n_without = int(points["n_without"].sum())
    points = points.dropna(subset="intensity").reset_index(drop=True)
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{history.name}' has an intensity")
    unit = return_unit(result, history.name)
    x, y = points["intensity"].to_numpy(dtype=np.float64), unit.scale * points["car"].to_numpy(dtype=np.float64)
    kept = ~points["aside"].to_numpy(dtype=bool)
    line = _line(x[kept], y[kept])
    n = f"n = {counted(int(kept.sum()), 'market event')} of {int(points['n_events'][kept].sum())} events"
    n += f"; {int((~kept).sum())} set aside" if not kept.all() else ""
    n += f"; {n_without} events have no intensity" if n_without else ""
    words = Words(
        f"{history.instrument.label}: reaction on intensity",
        _READING,
        footnote_lines(result, history.name, n, _method(line, unit.symbol), source),
    )
    with drawing(style):
        made = sheet(ax, words, _ROOM, _SIZE, style)
        _draw(made, points, x, y, line, looks_of(result, style), style)
        unit_scales([made], history, f"cumulative {unit.name} over {true_minus(window)}", unit.symbol, own=True,
                    style=style)  # fmt: skip
    return made


def reactions(result: StudyResult, series: str, window: str) -> pd.DataFrame:
    """Return the market events of a series with a CAR, with the mean intensity of the events that make them.

    Returns
    -------
    DataFrame
        Columns car, session, label (net), aside, intensity, n_events, n_without (events without an intensity).
    """
    of = result.estimates[series].matches
    w = [str(known) for known in result.design.windows].index(window)
    sample = result.samples[series]
    there = np.flatnonzero(np.isfinite(sample.car[:, w]))
    known = pd.to_numeric(result.events["intensity"], errors="coerce").to_numpy(dtype=np.float64)
    news = of.market_events
    used = [news.members[news.bounds[k] : news.bounds[k + 1]] for k in there]
    each = [known[events[of.status[events] != EXCLUDED]] for events in used]
    return pd.DataFrame(
        {
            "car": sample.car[there, w],
            "session": sample.session[there],
            "label": sample.label[there],
            "aside": ~np.isin(there, sample.rows("*", w)),
            "intensity": [float(np.nanmean(some)) if np.isfinite(some).any() else np.nan for some in each],
            "n_events": [int(np.isfinite(some).sum()) for some in each],
            "n_without": [int(np.isnan(some).sum()) for some in each],
        }
    )


def _line(x: Floats, y: Floats) -> tuple[float, float, float] | None:
    """Return constant, slope and the slope's p; None with too few market events or no spread."""
    if len(x) < _ENOUGH or not np.ptp(x):
        return None
    from statsmodels.regression.linear_model import OLS

    fit = OLS(y, np.column_stack([np.ones_like(x), x])).fit(cov_type="HC3", use_t=True)
    return float(fit.params[0]), float(fit.params[1]), float(fit.pvalues[1])


def _draw(
    ax: Axes,
    points: pd.DataFrame,
    x: Floats,
    y: Floats,
    line: tuple[float, float, float] | None,
    looks: Mapping[str, Look],
    style: Style,
) -> None:
    slack = 0.08 * float(np.ptp([*y, 0.0])) or 1.0
    ax.set_xlim(-10.6, 10.6)
    ax.set_ylim(min(float(y.min()), 0.0) - slack, max(float(y.max()), 0.0) + slack)
    zero_lines(ax, style)
    kept = ~points["aside"].to_numpy(dtype=bool)
    if line is not None:
        ends = np.array([x[kept].min(), x[kept].max()])
        ax.plot(ends, line[0] + line[1] * ends, color=style.ink, linewidth=1.4, zorder=3, gid="line")
    marks: dict[str, dict[str, Any]] = {}
    for label in sorted(set(points["label"]), key=list(looks).index):
        look, on = looks[label], (points["label"] == label).to_numpy()
        dress: dict[str, Any] = {"marker": look.marker, "color": look.colour}
        for filled, gid in ((True, "points"), (False, "aside")):
            some = on & (kept == filled)
            face = {"markerfacecolor": look.colour if filled else style.paper, "markeredgewidth": 0.6 if filled else 1}
            edge = {"markeredgecolor": style.paper if filled else look.colour, "linestyle": "none", "markersize": 7.0}
            if some.any():
                ax.plot(x[some], y[some], zorder=4, gid=f"{gid}/{label}", **dress, **face, **edge)
        marks["raise and fold in one session" if label == MIXED else label or "events"] = dress
    if not kept.all():
        hollow: dict[str, Any] = {"marker": "o", "markerfacecolor": style.paper, "color": style.muted}
        marks["set aside"] = hollow
    ticks = range(-10, 11, 5)
    ax.set_xticks(list(ticks), [f"+{tick}" if tick > 0 else plain(tick) for tick in ticks])
    ax.set_xlabel("intensity of the news, −10 (attack) to +10 (accord)", fontsize=style.text, labelpad=4)
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


def _method(line: tuple[float, float, float] | None, symbol: str) -> str:
    if line is None:
        return "No line: too few market events, or all of one intensity."
    slope = f"{line[1]:+.2f}".replace("-", "−")
    return (
        f"Slope {slope} {symbol} a point of intensity, p {line[2]:.2f} (HC3 standard errors). A mark stands at the "
        "mean intensity of its events. A line through few marks bends to the farthest."
    )
