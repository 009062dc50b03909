"""Size: how often each test rejects on days without news, where it should reject at its nominal level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.frames import need_columns, of_value, true_minus
from eventstudy.charts.layout import Room, Words, axes_points, make_room, note, plain_axes, sheet
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.text import ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH, _ROW, _AROUND = 720.0, 19.0, 190.0

#: Room for the tests' names and for the rates in figures, in points.
_NAMES, _RATES = 190.0, 52.0

_READING = (
    "Share of placebo event sets, dates without news of these very data, on which each test rejects. Bar: 95 % "
    "interval of the simulation. A test right of the line finds effects where there are none."
)


def size(
    rates: pd.DataFrame,
    ax: Axes | None = None,
    *,
    nominal: float = 0.05,
    window: str | None = None,
    source: str = "",
    style: Style = LIGHT,
) -> Axes:
    """Draw how often each test rejects on placebo dates, against its nominal level.

    Parameters
    ----------
    rates : DataFrame
        A row a test: ``test, rate`` (0 to 1), and where known ``n`` replications, ``low`` and ``high``, ``level``,
        ``scope`` and ``window``, as the table of `EventStudy.size` has them. Without `low` and `high` the interval is
        Wilson's from `n`.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    nominal : float, optional
        The level; default 0.05.
    window : str, optional
        One of the frame's windows; default its first.
    source : str
        Whose figures they are.
    style : Style
        The look.

    Returns
    -------
    Axes
        Tests from the lowest rate to the highest.

    Raises
    ------
    InputError
        If a column is missing.
    NothingUsableError
        If no test has a rate.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14; Wilson (1927), Probable
    inference, JASA 22.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = size(pd.DataFrame({"test": ["patell_z", "rank_z"], "rate": [0.24, 0.06], "n": 1000}))
    >>> ax.get_xlabel()
    'rejections, % of placebo event sets'
    """
    need_columns(rates, ("test", "rate"), "size")
    rows, over = _chosen(rates, nominal, window)
    n_column = next((name for name in ("n", "n_studies") if name in rows), None)
    n = f"n = {int(rows[n_column].max()):,} placebo event sets" if n_column else "n as given"
    words = Words(
        f"How often each test rejects when nothing happened, at {100 * nominal:g} %",
        _READING,
        (
            f"Source: {source or 'the frame of rejection rates as supplied'}.",
            f"{n}{over}. Nominal level {100 * nominal:g} %. Interval: "
            + ("as given." if {"low", "high"} <= set(rows) else "Wilson (1927)." if n_column else "none, n unknown."),
        ),
    )
    with drawing(style):
        room = Room(left=_NAMES, right=_RATES, top=22.0, bottom=44.0)
        made = sheet(ax, words, room, (_WIDTH, _ROW * len(rows) + _AROUND), style)
        if ax is not None:
            make_room(made, min(_NAMES, 0.3 * axes_points(made)[0]), 0.0, 0.0, 0.0)
        _draw(made, rows, nominal, n_column, style)
    return made


def _chosen(rates: pd.DataFrame, nominal: float, window: str | None) -> tuple[pd.DataFrame, str]:
    """Return the rows of one window and one level, the tests named with their scope; and the window in words."""
    rows, over = rates, ""
    if "window" in rows:
        rows, window = of_value(rows, "window", window, "window")
        over = f", window {true_minus(window)}"
    if "level" in rows:
        rows = rows[np.isclose(rows["level"].to_numpy(dtype=np.float64), nominal)]
    if "scope" in rows:
        rows = rows.assign(test=[f"{test}, {scope}" for test, scope in zip(rows["test"], rows["scope"], strict=True)])
    rows = need_columns(rows[rows["rate"].notna()], ("test",), f"size at {100 * nominal:g} %")
    return rows.sort_values("rate", kind="stable"), over


def wilson(rate: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share.

    Examples
    --------
    >>> [round(bound, 4) for bound in wilson(0.05, 1000)]
    [0.0381, 0.0653]
    """
    z = 1.959963984540054
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def _draw(ax: Axes, rows: pd.DataFrame, level: float, n_column: str | None, style: Style) -> None:
    plain_axes(ax, style)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=style.faint, linewidth=0.6)
    measure, count = ruler(style.small + 0.5, style), len(rows)
    intervals = [_interval(row, n_column) for row in rows.to_dict("records")]
    most = max([level, *rows["rate"], *(high for _, high in intervals if np.isfinite(high))])
    ax.set_xlim(0.0, 108.0 * min(most * 1.05, 1.0))
    ax.set_ylim(-0.6, count - 0.4)
    ax.axvline(100 * level, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2, gid="nominal")
    note(ax, f"{100 * level:g} %", (100 * level / ax.get_xlim()[1], 1.0), (0, 5), "nominal-label", ha="center",
         color=style.ink, fontsize=style.small)  # fmt: skip
    for k, (row, (low, high)) in enumerate(zip(rows.to_dict("records"), intervals, strict=True)):
        honest = not np.isfinite(low) or low <= level
        colour = style.gain if honest else style.loss
        dot: dict[str, Any] = {"marker": "o" if honest else "D", "color": colour, "markersize": 6.0}
        if np.isfinite(low):
            ax.plot([100 * low, 100 * high], [k, k], color=colour, linewidth=2.0, alpha=0.6, zorder=3,
                    gid=f"interval/{row['test']}")  # fmt: skip
        ax.plot([100 * row["rate"]], [k], markeredgewidth=0, zorder=4, gid=f"rate/{row['test']}", **dot)
        y = (k + 0.6) / (count + 0.2)
        dress: dict[str, Any] = {"va": "center", "fontsize": style.small + 0.5}
        name = str(row["test"])
        note(ax, name, (0, y), (-8 - measure(name), 0), f"test/{name}", color=style.ink, **dress)
        note(ax, f"{100 * row['rate']:.1f} %", (1, y), (8, 0), f"figure/{name}", color=colour, **dress)
    ax.set_yticks([])
    ax.set_xlabel("rejections, % of placebo event sets", fontsize=style.text, labelpad=4)


def _interval(row: dict[Any, Any], n_column: str | None) -> tuple[float, float]:
    if "low" in row and "high" in row:
        return float(row["low"]), float(row["high"])
    return wilson(float(row["rate"]), float(row[n_column])) if n_column else (np.nan, np.nan)
