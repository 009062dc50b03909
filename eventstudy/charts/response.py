"""The response path: where a market stood h sessions after the news, by local projections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts.frames import need_columns, of_value, series_label, unit_of
from eventstudy.charts.layout import Room, Words, number_ticks, panels
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.text import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_PANEL, _HEIGHT, _COLUMNS = 330.0, 290.0, 3
_ROOM = Room(left=56.0, right=18.0, top=36.0, bottom=42.0)


def response_path(
    paths: pd.DataFrame,
    series: str | Sequence[str] | None = None,
    ax: Axes | Sequence[Axes] | None = None,
    *,
    level: float = 0.95,
    per: str = "one unit of the signal",
    source: str = "",
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the response of one or several series by sessions after the news, with its band.

    Parameters
    ----------
    paths : DataFrame
        A row a series and horizon: ``series, h, estimate, low, high``, and where known ``n_obs`` and ``unit``, as the
        table `responses` of `eventstudy.study.projections` has them.
    series : str or sequence of str, optional
        Whose; default all in the frame.
    ax : Axes or sequence of Axes, optional
        Where to draw, one for each series; default a new figure.
    level : float
        The level of the band, for the words.
    per : str
        What the response is to, e.g. ``a raise``.
    source : str
        Whose figures they are.
    style : Style
        The look.

    Returns
    -------
    tuple of Axes
        A panel a series.

    Raises
    ------
    InputError
        If a column is missing.
    UnknownNameError
        If the frame has no such series.
    DesignError
        If there are fewer or more axes than series.

    References
    ----------
    Jordà (2005), Estimation and inference of impulse responses by local projections, American Economic Review 95.

    Examples
    --------
    >>> import pandas as pd
    >>> paths = pd.DataFrame({"series": "ruble", "h": [0, 1], "estimate": [-0.01, -0.02],
    ...                       "low": [-0.02, -0.04], "high": [0.0, 0.0]})
    >>> [ax.get_ylabel() for ax in response_path(paths)]
    ['change, %']
    """
    need_columns(paths, ("series", "h", "estimate", "low", "high"), "response path")
    wanted = [series] if isinstance(series, str) else list(series or dict.fromkeys(paths["series"].astype(str)))
    rows = {name: of_value(paths, "series", name, "series")[0].sort_values("h", kind="stable") for name in wanted}
    counts = paths["n_obs"].dropna() if "n_obs" in paths else pd.Series(dtype=float)
    n = f"n = {int(counts.min()):,}–{int(counts.max()):,} sessions a regression. " if len(counts) else ""
    words = Words(
        "How far each market went" if len(rows) > 1 else f"{series_label(wanted[0])}: how far it went",
        f"Change from the session before the news to h sessions after, per {per}. Grey: {100 * level:.0f} % band.",
        (
            f"Source: {source or 'the frame of local projections as supplied'}.",
            f"{n}Local projections (Jordà 2005), a regression a horizon; the band holds at each h alone.",
        ),
    )
    columns = min(len(rows), _COLUMNS)
    size = (max(2, columns) * _PANEL, 110.0 + _HEIGHT * -(-len(rows) // columns))
    with drawing(style):
        axes = panels(ax, len(rows), columns, words, _ROOM, size, style)
        for panel, (name, path) in zip(axes, rows.items(), strict=True):
            _draw(panel, name, path, style)
    return axes


def _draw(ax: Axes, series: str, path: pd.DataFrame, style: Style) -> None:
    symbol, scale = unit_of(path, series)
    h = path["h"].to_numpy(dtype=np.float64)
    middle, low, high = (scale * path[name].to_numpy(dtype=np.float64) for name in ("estimate", "low", "high"))
    drawn = np.concatenate([low, high, [0.0]])
    drawn = drawn[np.isfinite(drawn)]
    slack = 0.06 * float(np.ptp(drawn)) or 1.0
    ax.set_ylim(float(drawn.min()) - slack, float(drawn.max()) + slack)
    ax.set_xlim(float(h.min()), float(h.max()) if len(h) > 1 else float(h.min()) + 1)
    ax.fill_between(h, low, high, color=style.band, linewidth=0, zorder=1, gid="band")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    look = style.look("*")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 4.5, "markeredgecolor": style.paper}
    ax.plot(h, middle, color=look.colour, linewidth=2.0, markeredgewidth=0.6, zorder=4, clip_on=False, gid="path",
            **marker)  # fmt: skip
    number_ticks(ax, style)
    step = max(1, -(-int(np.ptp(h)) // 8))
    ticks = [int(k) for k in np.arange(h.min(), h.max() + 1) if int(k) % step == 0]
    ax.set_xticks(ticks, [plain(tick) for tick in ticks])
    ax.set_xlabel("sessions after the event session, h", fontsize=style.text, labelpad=4)
    ax.set_ylabel(f"change, {symbol}", fontsize=style.text)
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.text + 0.5, "fontweight": "bold"}
    ax.set_title(series_label(series), loc="left", pad=8, gid="name", **bold)
