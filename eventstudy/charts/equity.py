"""What an account became: its equity beside buying and holding, and how far it lay below its peak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.frames import need_columns
from eventstudy.charts.layout import Room, Words, axes_points, note, number_ticks, panels
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.text import date_axis, date_number, day_range, signed, spread
from eventstudy.errors import InputError
from eventstudy.returns import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (760.0, 560.0)
_ROOM = Room(left=46.0, right=132.0, top=22.0, bottom=24.0)

_READING = (
    "Gain since the beginning, and distance below the peak so far, in per cent. Shaded: some market was shut, and what "
    "was held in it keeps its last price."
)

#: Columns of the curve, with what stands at its end.
_CURVES = (
    ("equity", "drawdown", "rule"),
    ("buy_and_hold", "buy_and_hold_drawdown", "buy and hold"),
)


def equity(
    curve: pd.DataFrame,
    ax: Sequence[Axes] | None = None,
    *,
    title: str = "Trading after the news",
    note_line: str = "",
    source: str = "",
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw an equity curve over its drawdown, each beside that of buying and holding.

    Parameters
    ----------
    curve : DataFrame
        Indexed by session: ``equity, drawdown, buy_and_hold, buy_and_hold_drawdown, stale``, as the equity table of a
        backtest has them. Equity begins at 1; `stale` is the share of it that is held in markets that are shut.
    ax : sequence of Axes, optional
        Where to draw, equity first; default a new figure.
    title : str
        What was traded.
    note_line : str
        What is to be known of the figures, e.g. the costs and the Sharpe ratio with its error.
    source : str
        Whose prices they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        The equity and the drawdown.

    Raises
    ------
    InputError
        If a column is missing, or the index is not of dates.
    NothingUsableError
        If there are no rows.
    DesignError
        If there are not two axes.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.date_range("2022-01-03", periods=3, name="session")
    >>> curve = pd.DataFrame({"equity": [1.0, 1.1, 1.05], "drawdown": [0.0, 0.0, -0.05 / 1.1],
    ...                       "buy_and_hold": [1.0, 0.9, 0.8], "buy_and_hold_drawdown": [0.0, -0.1, -0.2],
    ...                       "stale": 0.0}, sessions)
    >>> [panel.get_ylabel() for panel in equity(curve)]
    ['gain, %', 'below the peak, %']
    """
    need_columns(curve, ("stale", *(name for pair in _CURVES for name in pair[:2])), "equity curve")
    if not isinstance(curve.index, pd.DatetimeIndex):
        raise InputError("equity curve: index it by session, a date a row")
    days = curve.index.to_numpy().astype("datetime64[D]")
    words = Words(
        title,
        _READING,
        (
            f"Source: {source or 'prices as supplied'}.",
            f"{day_range(days[0], days[-1])}, n = {len(days)} sessions. {note_line}".strip(),
        ),
    )
    with drawing(style):
        axes = panels(ax, 2, 1, words, _ROOM, _SIZE, style)
        gains = [100 * (curve[name].to_numpy(dtype=np.float64) - 1.0) for name, _, _ in _CURVES]
        depths = [100 * curve[name].to_numpy(dtype=np.float64) for _, name, _ in _CURVES]
        for panel, lines, unit in zip(axes, (gains, depths), ("gain, %", "below the peak, %"), strict=True):
            _draw(panel, days, lines, curve["stale"].to_numpy(dtype=np.float64), style)
            panel.set_ylabel(unit, fontsize=style.text)
        _fill(axes[1], days, depths[0], style)
        _names(axes[0], [line[-1] for line in gains], [f"{signed(line[-1])} %" for line in gains], style)
        _names(axes[1], [line[-1] for line in depths], [f"{signed(line.min())} % at worst" for line in depths], style)
    return axes


def _draw(ax: Axes, days: Any, lines: Sequence[Floats], stale: Floats, style: Style) -> None:
    x = [date_number(day) for day in days]
    drawn = np.concatenate([*lines, [0.0]])
    slack = 0.05 * float(np.ptp(drawn)) or 1.0
    ax.set_ylim(float(drawn.min()) - slack, float(drawn.max()) + slack)
    date_axis(ax, days[0], max(days[-1], days[0] + np.timedelta64(1, "D")))
    _shade(ax, x, stale > 0, style)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    for line, look, (_, _, name) in zip(lines, _looks(style), _CURVES, strict=True):
        ax.plot(x, line, zorder=4, clip_on=False, gid=f"curve {name}", **look)
    number_ticks(ax, style)


def _looks(style: Style) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how the rule's line looks, and that of buying and holding: either colour or dashes tell them apart."""
    return (
        {"color": style.look("*").colour, "linewidth": 1.8},
        {"color": style.muted, "linewidth": 1.3, "linestyle": (0, (4, 2))},
    )


def _shade(ax: Axes, x: Sequence[float], shut: Any, style: Style) -> None:
    """Shade the stretches on which something is held in a shut market."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    for first, behind in zip(edges[::2], edges[1::2], strict=True):
        ax.axvspan(
            x[max(first - 1, 0)], x[min(behind, len(x) - 1)], color=style.closure, linewidth=0, zorder=0, gid="shut"
        )


def _fill(ax: Axes, days: Any, depth: Floats, style: Style) -> None:
    ax.fill_between(
        [date_number(day) for day in days], depth, 0.0, color=style.band, linewidth=0, zorder=1, gid="depth"
    )


def _names(ax: Axes, heights: Sequence[float], figures: Sequence[str], style: Style) -> None:
    """Write each curve's name and its figure at its end, no two on one another."""
    low, high = ax.get_ylim()
    points = axes_points(ax)[1]
    at = [(height - low) / (high - low) * points for height in heights]
    order = np.argsort(at, kind="stable")
    placed = spread([at[k] for k in order], 2.6 * style.text, 0.0, points)
    for k, y in zip(order, placed, strict=True):
        colour = _looks(style)[k]["color"]
        words = f"{_CURVES[k][2]}\n{figures[k]}"
        note(ax, words, (1.0, 0.0), (8.0, float(y)), f"name {_CURVES[k][2]}", color=colour, fontsize=style.text,
             va="center", ha="left", linespacing=1.2)  # fmt: skip
