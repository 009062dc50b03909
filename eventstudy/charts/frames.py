"""Charts of plain frames: the specification curve, response paths, rejection rates, and what an account became."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.style import LIGHT, Style, drawing
from eventstudy.charts.subject import frame_source, frame_unit, need_columns, of_value, series_label, value_words
from eventstudy.errors import InputError
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The choices shown below a specification curve, where the frame has them and they vary.
CHOICES = ("model", "estimation", "window", "scale", "overlap", "returns")

#: Width of a new figure; height of the curve, of a line of the matrix, and around; room for names; all in points.
_WIDTH, _CURVE, _LINE, _AROUND, _NAMES = 860.0, 190.0, 12.5, 140.0, 150.0

#: A panel of response paths in points, and how many a row; of rates height of a row, and room for names and figures.
_PANEL, _COLUMNS = (330.0, 290.0), 3
_ROW, _TESTS, _RATES = 19.0, 190.0, 52.0

#: Columns of an equity curve, with what stands at its end.
_CURVES = (("equity", "drawdown", "rule"), ("buy_and_hold", "buy_and_hold_drawdown", "buy and hold"))


def specification_curve(
    grid: pd.DataFrame,
    series: str | None = None,
    stance: str | None = None,
    ax: Axes | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | StudyResult | None = None,
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
    title, subtitle : str, optional
        Words instead of the finding and of what is measured.
    source : str or StudyResult, optional
        Whose figures they are, or the study they were made of; default what the frame says in a column `source` or in
        its ``attrs``.
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
    unit, lines = frame_unit(rows, series), _lines(rows)
    share, middle = _significant(rows), float(rows["estimate"].median())
    same = int((np.sign(rows["estimate"]) == np.sign(middle)).sum())
    p_of = f"p of {', '.join(sorted(set(rows['p_of'].astype(str))))}" if "p_of" in rows else "p as given"
    stance_words = {"*": "all events", "raise-fold": "raises less folds"}.get(stance, f"{stance}s")
    words = layout.Words(
        title or f"{series_label(series)} after {stance_words}: {same} of {len(rows)} designs agree on the sign, "
        f"{int(share.sum())} with p ≤ 0.05",
        subtitle or f"Mean CAR of {len(rows)} designs, {unit.symbol}, from the lowest to the highest",
        "Every column is one design. Filled: p ≤ 0.05; hollow: not. Dashed: the middle estimate. "
        f"{p_of[0].upper()}{p_of[1:]}, not adjusted for the number of designs.",
        _counts(rows, n_without, frame_source(grid, source, "designs")),
        (("p ≤ 0.05", {"marker": "o", "color": style.muted}),
         ("p above 0.05", {"marker": "o", "color": style.muted, "markerfacecolor": style.paper}),
         ("middle estimate", {"linestyle": (0, (4, 3)), "color": style.ink, "linewidth": 0.9})),
    )  # fmt: skip
    below = _LINE * len(lines)
    with drawing(style):
        room = layout.Room(left=_NAMES, right=8.0, top=14.0, bottom=12.0)
        if ax is not None:
            layout.make_room(ax, min(_NAMES, 0.3 * layout.axes_points(ax)[0]), 0.0, 0.0, 0.0)
        size, stack = (_WIDTH, _CURVE + below + _AROUND), ((_CURVE, max(below, 1.0)), 8.0)
        curve, matrix = layout.panels(ax, 1, 1, words, room, size, style, stack)
        _draw_curve(curve, rows, unit.scale * rows["estimate"].to_numpy(dtype=np.float64), stance, style)
        curve.set_ylabel(f"mean CAR, {unit.symbol}", fontsize=style.text)
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


def _significant(rows: pd.DataFrame) -> pd.Series:
    return rows["significant"].astype(bool) if "significant" in rows else rows["p_value"] <= 0.05  # noqa: PLR2004


def _counts(rows: pd.DataFrame, n_without: int, source: str) -> tuple[str, ...]:
    constant = [name for name in CHOICES if name in rows and len(set(rows[name])) == 1]
    fixed = [f"{name} {value_words(rows[name].iloc[0])}" for name in constant]
    n_events, count = "", "n" if "n" in rows else "n_events"
    if count in rows:
        counts = sorted({int(rows[count].min()), int(rows[count].max())})
        n_events = f"n = {'–'.join(map(str, counts))} events a design. "
    without = f", {n_without} more without an estimate" if n_without else ""
    same = f" The same in all: {', '.join(fixed)}." if fixed else ""
    return source, f"{n_events}{len(rows)} designs{without}.{same}"


def _draw_curve(ax: Axes, rows: pd.DataFrame, values: np.ndarray, stance: str, style: Style) -> None:
    look = style.look(stance if stance in {"raise", "hold", "fold"} else "*")
    x, filled = np.arange(len(rows)), _significant(rows).to_numpy()
    layout.set_reach(ax, [values], 0.1)
    ax.set_xlim(-0.7, len(rows) - 0.3)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    ax.axhline(float(np.median(values)), color=style.ink, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2, gid="middle")
    size = float(np.clip(0.6 * layout.axes_points(ax)[0] / len(rows), 2.0, 6.0))
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": size, "markeredgecolor": look.colour}
    for chosen, face, gid in ((~filled, style.paper, "ordinary"), (filled, look.colour, "significant")):
        ax.plot(x[chosen], values[chosen], markerfacecolor=face, markeredgewidth=0.9, zorder=4, gid=gid, **dots)
    layout.number_ticks(ax, style)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)


def _draw_matrix(ax: Axes, rows: pd.DataFrame, lines: Sequence[tuple[str, str]], style: Style) -> None:
    layout.plain_axes(ax, style)
    ax.grid(visible=False)
    ax.spines["bottom"].set_visible(False)
    ax.set_xlim(-0.7, len(rows) - 0.3)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    filled = _significant(rows).to_numpy()
    half, measure = 0.36, layout.ruler(style.small, style)
    for k, (name, value) in enumerate(lines):
        on = (rows[name].astype(str) == value).to_numpy()
        for which, colour in ((on & ~filled, style.muted), (on & filled, style.ink)):
            at = np.flatnonzero(which)
            ax.vlines(at, k - half, k + half, color=colour, linewidth=1.6, gid=f"choice/{name}/{value}")
        if k and lines[k - 1][0] != name:
            ax.axhline(k - 0.5, color=style.faint, linewidth=0.8)
        y = 1 - (k + 0.5) / len(lines)
        words = value_words(value)
        dress: dict[str, Any] = {"fontsize": style.small, "va": "center"}
        layout.note(ax, words, (0, y), (-8 - measure(words), 0), f"value/{name}/{value}", color=style.ink, **dress)
        if not k or lines[k - 1][0] != name:
            layout.note(
                ax, name, (0, y), (layout.EDGE / 2 - _NAMES, 0), f"choice-name/{name}", color=style.muted, **dress
            )


def response_path(
    paths: pd.DataFrame,
    series: str | Sequence[str] | None = None,
    ax: Axes | Sequence[Axes] | None = None,
    *,
    level: float = 0.95,
    per: str = "one unit of the signal",
    title: str | None = None,
    subtitle: str | None = None,
    source: str | StudyResult | None = None,
    style: Style = LIGHT,
) -> tuple[Axes, ...]:
    """Draw the response of one or several series by sessions after the news, with its band.

    Parameters
    ----------
    paths : DataFrame
        A row a series and horizon: ``series, h, estimate, low, high``, and where known ``n_obs`` and ``unit``, as the
        table `responses` of `eventstudy.study.regressions.projections` has them.
    series : str or sequence of str, optional
        Whose; default all in the frame.
    ax : Axes or sequence of Axes, optional
        Where to draw, one for each series; default a new figure.
    level : float
        The level of the band, for the words.
    per : str
        What the response is to, e.g. ``a raise``.
    title, subtitle : str, optional
        Words instead of the finding and of what is measured.
    source : str or StudyResult, optional
        Whose figures they are, or the study they were made of; default what the frame says in a column `source` or in
        its ``attrs``.
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
    words = layout.Words(
        title or _reached(rows),
        subtitle
        or f"Change from the session before the news to h sessions after, per {per}, with its {100 * level:.0f} % band",
        "Local projections (Jordà 2005), a regression a horizon; the band holds at each h alone.",
        (frame_source(paths, source, "local projections"), f"{n}Local projections."),
    )
    columns = min(len(rows), _COLUMNS)
    size = (max(2, columns) * _PANEL[0], 110.0 + _PANEL[1] * -(-len(rows) // columns))
    with drawing(style):
        axes = layout.panels(
            ax, len(rows), columns, words, layout.Room(left=56.0, right=18.0, top=36.0, bottom=42.0), size, style
        )
        for panel, (name, path) in zip(axes, rows.items(), strict=True):
            _draw_response(panel, name, path, style)
    return axes


def _reached(rows: dict[str, pd.DataFrame]) -> str:
    """Say where one series stood in the end, or how many of several stood beyond their bands."""
    known = {name: path[path["estimate"].notna()] for name, path in rows.items()}
    ends = {name: path.iloc[-1] for name, path in known.items() if len(path)}
    beyond = [name for name, end in ends.items() if end["low"] > 0 or end["high"] < 0]
    if len(rows) > 1 or not ends:
        names = f": {', '.join(map(series_label, beyond))}" if beyond else ""
        return f"{len(beyond)} of {len(rows)} markets stood beyond their bands in the end{names}"
    ((name, end),) = ends.items()
    unit = frame_unit(rows[name], name)
    low, middle, high = (layout.signed(unit.scale * end[part]) for part in ("low", "estimate", "high"))
    where = f"{counted(int(end['h']), 'session')} after the news {middle} {unit.symbol}"
    return f"{series_label(name)} {where}, {'' if beyond else 'not '}clear of 0 (band {low} to {high})"


def _draw_response(ax: Axes, series: str, path: pd.DataFrame, style: Style) -> None:
    unit = frame_unit(path, series)
    h = path["h"].to_numpy(dtype=np.float64)
    middle, low, high = (unit.scale * path[name].to_numpy(dtype=np.float64) for name in ("estimate", "low", "high"))
    layout.set_reach(ax, [low, high])
    ax.set_xlim(float(h.min()), float(h.max()) if len(h) > 1 else float(h.min()) + 1)
    layout.fill_band(ax, h, low, high, style)
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    look = style.look("*")
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 4.5, "markeredgecolor": style.paper}
    ax.plot(h, middle, color=look.colour, linewidth=2.0, markeredgewidth=0.6, zorder=4, clip_on=False, gid="path",
            **marker)  # fmt: skip
    layout.number_ticks(ax, style)
    step = max(1, -(-int(np.ptp(h)) // 8))
    ticks = [int(k) for k in np.arange(h.min(), h.max() + 1) if int(k) % step == 0]
    ax.set_xticks(ticks, [layout.plain(tick) for tick in ticks])
    ax.set_xlabel("sessions after the event session, h", fontsize=style.text, labelpad=4)
    ax.set_ylabel(f"change, {unit.symbol}", fontsize=style.text)
    bold: dict[str, Any] = {"color": style.ink, "fontsize": style.text + 0.5, "fontweight": "bold"}
    ax.set_title(series_label(series), loc="left", pad=8, gid="name", **bold)


def size(
    rates: pd.DataFrame,
    ax: Axes | None = None,
    *,
    nominal: float = 0.05,
    window: str | None = None,
    title: str | None = None,
    subtitle: str | None = None,
    source: str | StudyResult | None = None,
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
    title, subtitle : str, optional
        Words instead of the finding and of what is measured.
    source : str or StudyResult, optional
        Whose figures they are, or the study they were made of; default what the frame says in a column `source` or in
        its ``attrs``.
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
    intervals = [_interval(row, n_column) for row in rows.to_dict("records")]
    bad = [str(test) for test, (low, _) in zip(rows["test"], intervals, strict=True) if low > nominal]
    found = f"{len(rows) - len(bad)} of {counted(len(rows), 'test')} keep their {100 * nominal:g} %"
    words = layout.Words(
        title or found + (f"; {bad[-1]} rejects most" if bad else ""),
        subtitle or f"Rejections, % of placebo event sets at dates without news of these very data{over}",
        "Bar: 95 % interval of the simulation"
        + (", as given." if {"low", "high"} <= set(rows) else ", Wilson (1927)." if n_column else ": none, n unknown.")
        + " A test whose interval lies right of the line (diamond) finds effects where there are none.",
        (frame_source(rates, source, "rejection rates"), f"{n}{over}. Nominal level {100 * nominal:g} %."),
    )
    with drawing(style):
        room = layout.Room(left=_TESTS, right=_RATES, top=22.0, bottom=44.0)
        if ax is not None:
            layout.make_room(ax, min(_TESTS, 0.3 * layout.axes_points(ax)[0]), 0.0, 0.0, 0.0)
        (made,) = layout.panels(ax, 1, 1, words, room, (720.0, _ROW * len(rows) + 170.0), style)
        _draw_rates(made, rows, nominal, intervals, style)
    return made


def _chosen(rates: pd.DataFrame, nominal: float, window: str | None) -> tuple[pd.DataFrame, str]:
    """Return the rows of one window and one level, the tests named with their scope; and the window in words."""
    rows, over = rates, ""
    if "window" in rows:
        rows, window = of_value(rows, "window", window, "window")
        over = f", window {value_words(window)}"
    if "level" in rows:
        rows = rows[np.isclose(rows["level"].to_numpy(dtype=np.float64), nominal)]
    if "scope" in rows:
        rows = rows.assign(test=[f"{test}, {scope}" for test, scope in zip(rows["test"], rows["scope"], strict=True)])
    rows = need_columns(rows[rows["rate"].notna()], ("test",), f"size at {100 * nominal:g} %")
    return rows.sort_values("rate", kind="stable"), over


def _interval(row: dict[Any, Any], n_column: str | None) -> tuple[float, float]:
    """Return the 95 % interval of a rate: the frame's own, else Wilson's; NaN where n is unknown."""
    if "low" in row and "high" in row:
        return float(row["low"]), float(row["high"])
    if n_column is None:
        return np.nan, np.nan
    z, rate, n = 1.959963984540054, float(row["rate"]), float(row[n_column])
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return float(middle - half), float(middle + half)


def _draw_rates(
    ax: Axes, rows: pd.DataFrame, level: float, intervals: Sequence[tuple[float, float]], style: Style
) -> None:
    layout.plain_axes(ax, style)
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=style.faint, linewidth=0.6)
    measure, count = layout.ruler(style.small + 0.5, style), len(rows)
    most = max([level, *rows["rate"], *(high for _, high in intervals if np.isfinite(high))])
    ax.set_xlim(0.0, 108.0 * min(most * 1.05, 1.0))
    ax.set_ylim(-0.6, count - 0.4)
    ax.axvline(100 * level, color=style.ink, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2, gid="nominal")
    layout.note(ax, f"{100 * level:g} %", (100 * level / ax.get_xlim()[1], 1.0), (0, 5), "nominal-label", ha="center",
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
        layout.note(ax, name, (0, y), (-8 - measure(name), 0), f"test/{name}", color=style.ink, **dress)
        layout.note(ax, f"{100 * row['rate']:.1f} %", (1, y), (8, 0), f"figure/{name}", color=colour, **dress)
    ax.set_yticks([])
    ax.set_xlabel("rejections, % of placebo event sets", fontsize=style.text, labelpad=4)


def equity(
    curve: pd.DataFrame,
    ax: Sequence[Axes] | None = None,
    *,
    title: str | None = None,
    subtitle: str | None = None,
    note_line: str = "",
    source: str | None = None,
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
    note_line : str
        What is to be known of the figures, e.g. the costs and the Sharpe ratio with its error.
    title, subtitle, source : str, optional
        Words instead of the finding and of what was traded, and whose prices they are.
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
    gains = [100 * (curve[name].to_numpy(dtype=np.float64) - 1.0) for name, _, _ in _CURVES]
    depths = [100 * curve[name].to_numpy(dtype=np.float64) for _, name, _ in _CURVES]
    made, held = (f"{layout.signed(line[-1])} %" for line in gains)
    words = layout.Words(
        title or f"The rule made {made}, buying and holding {held}",
        subtitle or f"Trading after the news, {layout.day_range(days[0], days[-1])}",
        "Gain since the beginning, and distance below the peak so far, in per cent. Shaded: some market was shut, and "
        "what was held in it keeps its last price.",
        (f"Source: {source or 'prices as supplied'}.", f"n = {len(days)} sessions. {note_line}".strip()),
    )
    with drawing(style):
        room = layout.Room(left=46.0, right=132.0, top=22.0, bottom=24.0)
        axes = layout.panels(ax, 2, 1, words, room, (760.0, 560.0), style)
        shut = curve["stale"].to_numpy(dtype=np.float64) > 0
        for panel, lines, unit in zip(axes, (gains, depths), ("gain, %", "below the peak, %"), strict=True):
            _draw_account(panel, days, lines, shut, style)
            panel.set_ylabel(unit, fontsize=style.text)
        x = [layout.date_number(day) for day in days]
        axes[1].fill_between(x, depths[0], 0.0, color=style.band, linewidth=0, zorder=1, gid="depth")
        _name_curves(axes[0], [(line[-1], f"{layout.signed(line[-1])} %") for line in gains], style)
        _name_curves(axes[1], [(line[-1], f"{layout.signed(line.min())} % at worst") for line in depths], style)
    return axes


def _draw_account(ax: Axes, days: Any, lines: Sequence[Floats], shut: Any, style: Style) -> None:
    x = [layout.date_number(day) for day in days]
    layout.set_reach(ax, lines, 0.05)
    layout.date_axis(ax, days[0], max(days[-1], days[0] + np.timedelta64(1, "D")))
    # Shaded is each stretch on which something is held in a shut market, from the last price before to the next.
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    for first, behind in zip(edges[::2], edges[1::2], strict=True):
        ends = x[max(first - 1, 0)], x[min(behind, len(x) - 1)]
        ax.axvspan(*ends, color=style.closure, linewidth=0, zorder=0, gid="shut")
    ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    for line, look, (_, _, name) in zip(lines, _looks(style), _CURVES, strict=True):
        ax.plot(x, line, zorder=4, clip_on=False, gid=f"curve {name}", **look)
    layout.number_ticks(ax, style)


def _looks(style: Style) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return how the rule's line looks, and that of buying and holding: either colour or dashes tell them apart."""
    return (
        {"color": style.look("*").colour, "linewidth": 1.8},
        {"color": style.muted, "linewidth": 1.3, "linestyle": (0, (4, 2))},
    )


def _name_curves(ax: Axes, ends: Sequence[tuple[float, str]], style: Style) -> None:
    """Write each curve's name and its figure at its end, no two on one another."""
    labels = [(value, f"{name}\n{words}", f"name {name}", {"color": look["color"]})
              for (value, words), look, (_, _, name) in zip(ends, _looks(style), _CURVES, strict=True)]  # fmt: skip
    layout.end_labels(ax, labels, style, 2.6 * style.text)
