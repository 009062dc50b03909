"""The specification curve: the same question under every reasonable design, from the lowest answer to the highest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.frames import need_columns, of_value, series_label, true_minus, unit_of
from eventstudy.charts.layout import EDGE, Room, Words, axes_points, make_room, note, number_ticks, plain_axes, sheet
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.text import ruler

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The choices shown below the curve, where the frame has them and they vary.
CHOICES = ("model", "estimation", "window", "scale", "overlap", "returns")

#: Width of a new figure; height of the curve, of a line of the matrix, and around; room for names; all in points.
_WIDTH, _CURVE, _LINE, _AROUND, _NAMES = 860.0, 190.0, 12.5, 150.0, 150.0

_READING = "Every column is one design, from the lowest estimate to the highest. Filled: p ≤ 0.05; hollow: not."


def specification_curve(
    grid: pd.DataFrame,
    series: str | None = None,
    stance: str | None = None,
    ax: Axes | None = None,
    *,
    source: str = "",
    style: Style = LIGHT,
) -> tuple[Axes, Axes]:
    """Draw the estimates of every design in ascending order, over the choices that made them.

    Parameters
    ----------
    grid : DataFrame
        A row a design: ``series, stance, estimate, p_value`` and any of `CHOICES`; ``significant``, ``n``,
        ``p_of``, ``unit`` where known.
    series, stance : str, optional
        Whose; default the first in the frame.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    source : str
        Whose figures they are.
    style : Style
        The look.

    Returns
    -------
    Axes, Axes
        The curve, and the matrix of choices below it.

    Raises
    ------
    InputError
        If a column is missing.
    UnknownNameError
        If the frame has no such series or stance.
    NothingUsableError
        If no design has an estimate.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4.

    Examples
    --------
    >>> import pandas as pd
    >>> grid = pd.DataFrame({"series": "ruble", "stance": "raise", "model": ["zero", "constant-mean"],
    ...                      "estimate": [-0.02, -0.01], "p_value": [0.04, 0.2]})
    >>> curve, choices = specification_curve(grid)
    >>> curve.get_ylabel()
    'mean CAR, %'
    """
    need_columns(grid, ("series", "stance", "estimate", "p_value"), "specification curve")
    rows, series = of_value(grid, "series", series, "series")
    rows, stance = of_value(rows, "stance", stance, "stance")
    need_columns(rows[rows["estimate"].notna()], ("estimate",), "specification curve")
    n_without = int(rows["estimate"].isna().sum())
    rows = rows[rows["estimate"].notna()].sort_values("estimate", kind="stable").reset_index(drop=True)
    symbol, scale = unit_of(rows, series)
    lines = _lines(rows)
    words = Words(
        f"{series_label(series)} after {_stance_words(stance)}: {len(rows)} designs, one question",
        _READING,
        _footnote(rows, n_without, source),
    )
    height = _CURVE + _LINE * len(lines) + _AROUND
    with drawing(style):
        room = Room(left=_NAMES, right=8.0, top=14.0, bottom=12.0)
        curve = sheet(ax, words, room, (_WIDTH, height), style)
        if ax is not None:
            make_room(curve, min(_NAMES, 0.3 * axes_points(curve)[0]), 0.0, 0.0, 0.0)
        matrix = _split(curve, len(lines))
        _draw_curve(curve, rows, scale * rows["estimate"].to_numpy(dtype=np.float64), stance, style)
        curve.set_ylabel(f"mean CAR, {symbol}", fontsize=style.text)
        _draw_matrix(matrix, rows, lines, style)
    return curve, matrix


def _lines(rows: pd.DataFrame) -> list[tuple[str, str]]:
    """Return every choice that varies with each of its values, in the order of their first appearance by name."""
    varied = [name for name in CHOICES if name in rows and len(set(rows[name])) > 1]
    return [(name, value) for name in varied for value in sorted(rows[name].astype(str).unique(), key=_by_number)]


def _by_number(text: str) -> tuple[float, str]:
    """Order windows by their first session, and words by the alphabet."""
    first = text.partition(":")[0]
    return (float(first) if first.lstrip("-").isdigit() else 0.0, text)


def _stance_words(stance: str) -> str:
    return {"*": "all events", "raise-fold": "raises less folds"}.get(stance, f"{stance}s")


def _significant(rows: pd.DataFrame) -> pd.Series:
    return rows["significant"].astype(bool) if "significant" in rows else rows["p_value"] <= 0.05  # noqa: PLR2004


def _footnote(rows: pd.DataFrame, n_without: int, source: str) -> tuple[str, ...]:
    share, middle = _significant(rows), float(rows["estimate"].median())
    same = int((np.sign(rows["estimate"]) == np.sign(middle)).sum())
    what = f"p of {', '.join(sorted(set(rows['p_of'].astype(str))))}" if "p_of" in rows else "p as given"
    constant = [name for name in CHOICES if name in rows and len(set(rows[name])) == 1]
    fixed = [f"{name} {true_minus(rows[name].iloc[0])}" for name in constant]
    n_events, count = "", "n" if "n" in rows else "n_events"
    if count in rows:
        counts = sorted({int(rows[count].min()), int(rows[count].max())})
        n_events = f"n = {'–'.join(map(str, counts))} events a design. "
    return (
        f"Source: {source or 'the frame of designs as supplied'}.",
        f"{n_events}{len(rows)} designs" + (f", {n_without} more without an estimate" if n_without else "") + ". "
        f"Same sign as the middle one: {same} of {len(rows)}; p ≤ 0.05: {int(share.sum())} of {len(rows)}."
        + (f" The same in all: {', '.join(fixed)}." if fixed else ""),
        f"Dashed: the middle estimate. {what[0].upper()}{what[1:]}, not adjusted for the number of designs.",
    )


def _split(curve: Axes, n_lines: int) -> Axes:
    """Shrink the curve upwards and return axes in the room below it."""
    height = axes_points(curve)[1]
    below = _LINE * n_lines + 8.0
    share = min(below / height, 0.6)
    place = curve.get_position()
    # The heading hangs on the curve's upper edge and the footnote on its lower one, so both are moved with it.
    lower = share * place.height
    for words in curve.texts:
        if words.get_gid() == "footnote":
            words.set_y(words.get_position()[1] - share * height)
    curve.set_position((place.x0, place.y0 + lower, place.width, place.height - lower))
    inner = (1 - share) * height
    return curve.inset_axes((0.0, -share * height / inner, 1.0, (share * height - 8.0) / inner))


def _draw_curve(ax: Axes, rows: pd.DataFrame, values: np.ndarray, stance: str, style: Style) -> None:
    look = style.look(stance if stance in {"raise", "hold", "fold"} else "*")
    x, filled = np.arange(len(rows)), _significant(rows).to_numpy()
    slack = 0.1 * float(np.ptp([*values, 0.0])) or 1.0
    ax.set_ylim(min(float(values.min()), 0.0) - slack, max(float(values.max()), 0.0) + slack)
    ax.set_xlim(-0.7, len(rows) - 0.3)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axhline(float(np.median(values)), color=style.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2, gid="middle")
    size = float(np.clip(0.6 * axes_points(ax)[0] / len(rows), 2.0, 6.0))
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": size, "markeredgecolor": look.colour}
    for chosen, face, gid in ((~filled, style.paper, "ordinary"), (filled, look.colour, "significant")):
        ax.plot(x[chosen], values[chosen], markerfacecolor=face, markeredgewidth=0.9, zorder=4, gid=gid, **dots)
    number_ticks(ax, style)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _draw_matrix(ax: Axes, rows: pd.DataFrame, lines: Sequence[tuple[str, str]], style: Style) -> None:
    plain_axes(ax, style)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlim(-0.7, len(rows) - 0.3)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    filled = _significant(rows).to_numpy()
    half, measure = 0.36, ruler(style.small, style)
    for k, (name, value) in enumerate(lines):
        on = (rows[name].astype(str) == value).to_numpy()
        for which, colour in ((on & ~filled, style.muted), (on & filled, style.ink)):
            at = np.flatnonzero(which)
            ax.vlines(at, k - half, k + half, color=colour, linewidth=1.6, gid=f"choice/{name}/{value}")
        if k and lines[k - 1][0] != name:
            ax.axhline(k - 0.5, color=style.faint, linewidth=0.8)
        y = 1 - (k + 0.5) / len(lines)
        words = true_minus(value)
        dress: dict[str, Any] = {"fontsize": style.small, "va": "center"}
        note(ax, words, (0, y), (-8 - measure(words), 0), f"value/{name}/{value}", color=style.ink, **dress)
        if not k or lines[k - 1][0] != name:
            note(ax, name, (0, y), (EDGE / 2 - _NAMES, 0), f"choice-name/{name}", color=style.muted, **dress)
