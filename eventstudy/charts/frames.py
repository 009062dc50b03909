"""Charts of plain frames: designs, response paths, rejection rates, an account, and stances against prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.layout import Words, chart
from eventstudy.charts.style import EDGE, LIGHT, Style
from eventstudy.charts.subject import frame_source, frame_unit, need_columns, of_value, series_label, value_words
from eventstudy.errors import InputError
from eventstudy.wording import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: The choices shown below a specification curve, where the frame has them and they vary.
CHOICES = ("model", "estimation", "window", "scale", "overlap", "returns")

#: Width of a curve, its height, that of a line of the matrix, and around; room for names; all in points.
_WIDTH, _CURVE, _LINE, _AROUND, _NAMES = 860.0, 190.0, 12.5, 140.0, 150.0

#: A panel of response paths in points, and how many a row; of rates height of a row, and room for names and figures.
_PANEL, _COLUMNS = (330.0, 290.0), 3
_ROW, _TESTS, _RATES = 19.0, 190.0, 52.0

#: Columns of an equity curve, with what stands at its end.
_CURVES = (("equity", "drawdown", "rule"), ("buy_and_hold", "buy_and_hold_drawdown", "buy and hold"))

#: Stances that are read, and room around their charts.
_STANCES, _ROOM = ("raise", "fold", "hold", "mixed"), (58.0, 16.0, 26.0, 44.0)

#: Events named, those that prices read with the highest odds first, and the width of a name in points.
_NAMED, _LONGEST_NAME = 8, 170.0

#: Edges of the classes of probabilities, and standard errors of their bands.
_EDGES, _BAND = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0), 1.645


@chart
def specification_curve(
    grid: pd.DataFrame,
    series: str | None = None,
    stance: str | None = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
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
    n_without, rows = int(rows["estimate"].isna().sum()), rows[rows["estimate"].notna()]
    need_columns(rows, ("estimate",), "specification curve")
    rows = rows.sort_values("estimate", kind="stable").reset_index(drop=True)
    filled = rows["significant"].astype(bool) if "significant" in rows else rows["p_value"] <= 0.05  # noqa: PLR2004
    varied = [name for name in CHOICES if name in rows and len(set(rows[name])) > 1]
    lines = [(name, value) for name in varied for value in sorted(rows[name].astype(str).unique(), key=_by_number)]
    unit, middle, style = frame_unit(rows, series), float(rows["estimate"].median()), words.get("style", LIGHT)
    same = int((np.sign(rows["estimate"]) == np.sign(middle)).sum())
    p_of = f"P of {', '.join(sorted(set(rows['p_of'].astype(str))))}" if "p_of" in rows else "P as given"
    after = {"*": "all events", "raise-fold": "raises less folds"}.get(stance, f"{stance}s")
    dot: dict[str, Any] = {"marker": "o", "color": style.muted}
    below = _LINE * len(lines)
    curve, matrix = layout.frame(
        ax, (_NAMES, 8.0, 14.0, 12.0), (_WIDTH, _CURVE + below + _AROUND), words,
        title=f"{series_label(series)} after {after}: {same} of {len(rows)} designs agree on the sign, "
        f"{int(filled.sum())} with p ≤ 0.05",
        subtitle=f"Mean CAR of {len(rows)} designs, {unit.symbol}, from the lowest to the highest",
        caption="Every column is one design. Filled: p ≤ 0.05; hollow: not. Dashed: the middle estimate. "
        f"{p_of}, not adjusted for the number of designs.",
        footnote=(frame_source(grid, words, "designs"), _counts(rows, n_without)),
        legend=[("p ≤ 0.05", dot), ("p above 0.05", dot | {"markerfacecolor": style.paper}),
                ("middle estimate", {"linestyle": layout.DASHED, "color": style.ink, "linewidth": 0.9})],
        names=_NAMES,
        stack=((_CURVE, max(below, 1.0)), 8.0),
    )  # fmt: skip
    for panel in (curve, matrix):
        panel.set_xlim(-0.7, len(rows) - 0.3)
        panel.set_xticks([])
        panel.spines["bottom"].set_visible(False)
    values, known = unit.scale * rows["estimate"].to_numpy(dtype=np.float64), {"raise", "hold", "fold"}
    _draw_curve(curve, values, filled.to_numpy(), style.look(stance if stance in known else "*").colour, style)
    curve.set_ylabel(f"mean CAR, {unit.symbol}")
    _draw_matrix(matrix, rows, filled.to_numpy(), lines, style)
    return curve, matrix


def _by_number(text: str) -> tuple[float, str]:
    """Order windows by their first session, and words by the alphabet."""
    first = text.partition(":")[0]
    return (float(first) if first.lstrip("-").isdigit() else 0.0, text)


def _counts(rows: pd.DataFrame, n_without: int) -> str:
    fixed = [
        f"{name} {value_words(rows[name].iloc[0])}" for name in CHOICES if name in rows and len(set(rows[name])) == 1
    ]
    count = next((name for name in ("n", "n_events") if name in rows), None)
    ends = dict.fromkeys((int(rows[count].min()), int(rows[count].max()))) if count else ()
    n_events = f"n = {'–'.join(map(str, ends))} events a design. " if count else ""
    without = f", {n_without} more without an estimate" if n_without else ""
    same = f" The same in all: {', '.join(fixed)}." if fixed else ""
    return f"{n_events}{len(rows)} designs{without}.{same}"


def _draw_curve(ax: Axes, values: Any, filled: Any, colour: str, style: Style) -> None:
    layout.set_reach(ax, [values], 0.1)
    layout.zero_line(ax, style)
    dashes: dict[str, Any] = {"linestyle": layout.DASHED, "color": style.ink, "linewidth": 0.9}
    ax.axhline(float(np.median(values)), zorder=2, gid="middle", **dashes)
    size = float(np.clip(0.6 * layout.axes_points(ax)[0] / len(values), 2.0, 6.0))
    dots: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": size, "markeredgecolor": colour}
    for chosen, face, gid in ((~filled, style.paper, "ordinary"), (filled, colour, "significant")):
        ax.plot(np.flatnonzero(chosen), values[chosen], markerfacecolor=face, markeredgewidth=0.9, zorder=4, gid=gid,
                **dots)  # fmt: skip
    layout.number_ticks(ax)


def _draw_matrix(ax: Axes, rows: pd.DataFrame, filled: Any, lines: Sequence[tuple[str, str]], style: Style) -> None:
    ax.grid(visible=False)
    ax.set_ylim(len(lines) - 0.5, -0.5)
    ax.set_yticks([])
    half, measure = 0.36, layout.ruler(style.small, style)
    for k, (name, value) in enumerate(lines):
        on, y, first = (rows[name].astype(str) == value).to_numpy(), 1 - (k + 0.5) / len(lines), lines[k - 1][0] != name
        for which, colour in ((on & ~filled, style.muted), (on & filled, style.ink)):
            at = np.flatnonzero(which)
            ax.vlines(at, k - half, k + half, color=colour, linewidth=1.6, gid=f"choice/{name}/{value}")
        if k and first:
            ax.axhline(k - 0.5, color=style.faint, linewidth=0.8)
        said, dress = value_words(value), {"fontsize": style.small, "va": "center"}
        layout.note(ax, said, (0, y), (-8 - measure(said), 0), f"value/{name}/{value}", **dress)
        if not k or first:
            dress["color"] = style.muted
            layout.note(ax, name, (0, y), (EDGE / 2 - _NAMES, 0), f"choice-name/{name}", **dress)


@chart
def response_path(
    paths: pd.DataFrame,
    series: str | Sequence[str] | None = None,
    ax: Axes | Sequence[Axes] | None = None,
    *,
    level: float = 0.95,
    per: str = "one unit of the signal",
    **words: Unpack[Words],
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
    columns = min(len(rows), _COLUMNS)
    axes = layout.frame(
        ax, (56.0, 18.0, 36.0, 42.0),
        (max(2, columns) * _PANEL[0], 110.0 + _PANEL[1] * -(-len(rows) // columns)), words,
        n=len(rows), columns=columns,
        title=_reached(rows),
        subtitle=f"Change from the session before the news to h sessions after, per {per}, with its {100 * level:.0f} %"
        " band",
        caption="Local projections (Jordà 2005), a regression a horizon; the band holds at each h alone.",
        footnote=(frame_source(paths, words, "local projections"), f"{n}Local projections."),
    )  # fmt: skip
    for panel, (name, path) in zip(axes, rows.items(), strict=True):
        _draw_response(panel, name, path, words.get("style", LIGHT))
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
    unit, look = frame_unit(path, series), style.look("*")
    h, *parts = (path[name].to_numpy(dtype=np.float64) for name in ("h", "estimate", "low", "high"))
    middle, low, high = (unit.scale * part for part in parts)
    layout.set_reach(ax, [low, high])
    ax.set_xlim(float(h.min()), float(h.max()) if len(h) > 1 else float(h.min()) + 1)
    layout.fill_band(ax, h, low, high, style)
    layout.zero_line(ax, style)
    marker: dict[str, Any] = {"marker": look.marker, "markersize": 4.5, "markeredgecolor": style.paper}
    ax.plot(h, middle, color=look.colour, linewidth=2.0, markeredgewidth=0.6, zorder=4, clip_on=False, gid="path",
            **marker)  # fmt: skip
    layout.number_ticks(ax)
    layout.step_ticks(ax, h.min(), h.max(), max(1, -(-int(np.ptp(h)) // 8)))
    ax.set_xlabel("sessions after the event session, h", labelpad=4)
    ax.set_ylabel(f"change, {unit.symbol}")
    bold: dict[str, Any] = style.bold | {"fontsize": style.text + 0.5}
    ax.set_title(series_label(series), loc="left", pad=8, gid="name", **bold)


@chart
def size(
    rates: pd.DataFrame,
    ax: Axes | None = None,
    *,
    nominal: float = 0.05,
    window: str | None = None,
    **words: Unpack[Words],
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
    known = "as given" if {"low", "high"} <= set(rows) else "Wilson (1927)" if n_column else ""
    rows = rows if known == "as given" else rows.assign(**_wilson(rows, n_column))
    bad = rows.loc[rows["low"] > nominal, "test"].tolist()
    found = f"{len(rows) - len(bad)} of {counted(len(rows), 'test')} keep their {100 * nominal:g} %"
    (made,) = layout.frame(
        ax, (_TESTS, _RATES, 22.0, 44.0), (720.0, _ROW * len(rows) + 170.0), words,
        title=found + (f"; {bad[-1]} rejects most" if bad else ""),
        subtitle=f"Rejections, % of placebo event sets at dates without news of these very data{over}",
        caption=f"Bar: 95 % interval of the simulation{f', {known}' if known else ': none, n unknown'}. A test whose "
        "interval lies right of the line (diamond) finds effects where there are none.",
        footnote=(frame_source(rates, words, "rejection rates"), f"{n}{over}. Nominal level {100 * nominal:g} %."),
        names=_TESTS,
    )  # fmt: skip
    _draw_rates(made, rows, 100 * nominal, words.get("style", LIGHT))
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


def _wilson(rows: pd.DataFrame, n_column: str | None) -> dict[str, Any]:
    """Return Wilson's 95 % interval of each rate; NaN where n is unknown."""
    if n_column is None:
        return {"low": np.nan, "high": np.nan}
    z, rate, n = 1.959963984540054, rows["rate"].astype(float), rows[n_column].astype(float)
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half: Any = z / (1 + z * z / n) * np.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return {"low": middle - half, "high": middle + half}


def _draw_rates(ax: Axes, rows: pd.DataFrame, level: float, style: Style) -> None:
    ax.grid(visible=False, axis="y")
    ax.grid(visible=True, axis="x", color=style.faint, linewidth=0.6)
    measure, count = layout.ruler(style.small + 0.5, style), len(rows)
    most = float(np.nanmax([level, *100 * rows["rate"], *100 * rows["high"]]))
    ax.set_xlim(0.0, 1.08 * min(most * 1.05, 100.0))
    ax.set_ylim(-0.6, count - 0.4)
    ax.axvline(level, color=style.ink, linewidth=1.2, linestyle=layout.DASHED, zorder=2, gid="nominal")
    layout.note(ax, f"{level:g} %", (level / ax.get_xlim()[1], 1.0), (0, 5), "nominal-label", ha="center",
                fontsize=style.small)  # fmt: skip
    for k, row in enumerate(rows.to_dict("records")):
        low, high, rate, name = 100 * row["low"], 100 * row["high"], 100 * row["rate"], str(row["test"])
        honest, y = not low > level, (k + 0.6) / (count + 0.2)
        colour = style.gain if honest else style.loss
        if np.isfinite(low):
            ax.plot([low, high], [k, k], color=colour, linewidth=2.0, alpha=0.6, zorder=3, gid=f"interval/{name}")
        ax.plot([rate], [k], marker="o" if honest else "D", color=colour, markersize=6.0, markeredgewidth=0, zorder=4,
                gid=f"rate/{name}")  # fmt: skip
        dress: dict[str, Any] = {"va": "center", "fontsize": style.small + 0.5}
        layout.note(ax, name, (0, y), (-8 - measure(name), 0), f"test/{name}", **dress)
        layout.note(ax, f"{rate:.1f} %", (1, y), (8, 0), f"figure/{name}", color=colour, **dress)
    ax.set_yticks([])
    ax.set_xlabel("rejections, % of placebo event sets", labelpad=4)


@chart
def equity(
    curve: pd.DataFrame, ax: Sequence[Axes] | None = None, *, note_line: str = "", **words: Unpack[Words]
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
    days, style = curve.index.to_numpy().astype("datetime64[D]"), words.get("style", LIGHT)
    gains = [100 * (curve[name].to_numpy(dtype=np.float64) - 1.0) for name, _, _ in _CURVES]
    depths = [100 * curve[name].to_numpy(dtype=np.float64) for _, name, _ in _CURVES]
    ends = [f"{layout.signed(line[-1])} %" for line in gains]
    axes = layout.frame(
        ax, (46.0, 132.0, 22.0, 24.0), (760.0, 560.0), words,
        n=2, columns=1,
        title=f"The rule made {ends[0]}, buying and holding {ends[1]}",
        subtitle=f"Trading after the news, {layout.day_range(days[0], days[-1])}",
        caption="Gain since the beginning, and distance below the peak so far, in per cent. Shaded: some market was "
        "shut, and what was held in it keeps its last price.",
        footnote=(f"Source: {words.get('source') or 'prices as supplied'}.",
                  f"n = {len(days)} sessions. {note_line}".strip()),
    )  # fmt: skip
    worst = [f"{layout.signed(line.min())} % at worst" for line in depths]
    x, shut = [layout.date_number(day) for day in days], curve["stale"].to_numpy(dtype=np.float64) > 0
    # Shaded is each stretch on which something is held in a shut market, from the last price before to the next.
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(int), [0]])))
    # Either colour or dashes tell the rule from buying and holding.
    looks: tuple[dict[str, Any], ...] = ({"color": style.look("*").colour, "linewidth": 1.8},
             {"color": style.muted, "linewidth": 1.3, "linestyle": (0, (4, 2))})  # fmt: skip
    for panel, lines, said in zip(axes, (gains, depths), (ends, worst), strict=True):
        layout.set_reach(panel, lines, 0.05)
        layout.date_axis(panel, days[0], max(days[-1], days[0] + np.timedelta64(1, "D")))
        for first, behind in zip(edges[::2], edges[1::2], strict=True):
            span = x[max(first - 1, 0)], x[min(behind, len(x) - 1)]
            panel.axvspan(*span, color=style.closure, linewidth=0, zorder=0, gid="shut")
        layout.zero_line(panel, style)
        for line, look, (_, _, name) in zip(lines, looks, _CURVES, strict=True):
            panel.plot(x, line, zorder=4, clip_on=False, gid=f"curve {name}", **look)
        layout.number_ticks(panel)
        named = [(line[-1], f"{name}\n{figure}", f"name {name}", {"color": look["color"]})
                 for line, figure, look, (_, _, name) in zip(lines, said, looks, _CURVES, strict=True)]  # fmt: skip
        layout.end_labels(panel, named, style, 2.6 * style.text)
    axes[0].set_ylabel("gain, %")
    axes[1].set_ylabel("below the peak, %")
    axes[1].fill_between(x, depths[0], 0.0, color=style.band, linewidth=0, zorder=1, gid="depth")
    return axes


# --- text against price ----------------------------------------------------------------------------------------------


@chart
def readings(found: pd.DataFrame, ax: Axes | None = None, **words: Unpack[Words]) -> Axes:
    """Draw what prices took each event for beside what was coded.

    Parameters
    ----------
    found : DataFrame
        What `eventstudy.reading.read_all` returned, or its CSV.
    ax : Axes, optional
        Where to draw; default a new figure.
    title, subtitle, source : str, optional
        Words instead of the finding and of what is measured, and where the readings come from.
    style : Style
        The look.

    Returns
    -------
    Axes
        Events by date; upwards the posterior probability of a raise less that of a fold.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"event_id": ["a"], "day": ["2022-02-24"], "stance": ["raise"], "raise": [0.9],
    ...                       "fold": [0.02], "nothing": [0.08], "says": ["raise"]})
    >>> readings(table).get_ylabel()
    'P(raise) − P(fold)'
    """
    need_columns(found, ("event_id", "day", "stance", "raise", "fold", "nothing", "says"), "readings")
    days, style = found["day"].to_numpy(dtype="datetime64[D]"), words.get("style", LIGHT)
    y = (found["raise"] - found["fold"]).to_numpy(dtype=np.float64)
    told, coded = (found[name].isin(_STANCES[:2]).to_numpy() for name in ("says", "stance"))
    against = told & coded & (found["says"] != found["stance"]).to_numpy()
    took = f"Prices took a side after {int(told.sum())} of {counted(len(found), 'event')}"
    took += f", {counted(int(against.sum()), 'time')} against the coded stance" if told.any() else ""
    marks: dict[str, dict[str, Any]] = {
        stance: {"marker": style.look(stance).marker, "color": style.look(stance).colour} for stance in _STANCES
    }
    (made,) = layout.frame(
        ax, _ROOM, (760.0, 430.0), words,
        title=took,
        subtitle="Posterior probability of a raise less that of a fold, by the coded stance",
        caption="Filled: a stance is read. Hollow: prices can't tell, or took no notice. Posterior probabilities of "
        "three readings: raise, fold, nothing; each event by what was known before it.",
        footnote=(frame_source(found, words, "readings"),),
        legend=[*marks.items(), ("can't tell", {"marker": "o", "color": style.muted, "markerfacecolor": style.paper})],
    )  # fmt: skip
    layout.date_axis(made, days.min() - 1, days.max() + 1)
    reach = min(float(np.abs(y).max()) + 0.1, 1.0)
    made.set_ylim(-reach, reach)
    layout.zero_line(made, style)
    x = np.array([layout.date_number(day) for day in days])
    shape: dict[str, Any] = {"linestyle": "none", "markersize": 5.0, "markeredgewidth": 0.8, "clip_on": False}
    for stance, look in marks.items():
        of = (found["stance"] == stance).to_numpy()
        for on, face, alpha, above in ((of & told, look["color"], 1.0, 4), (of & ~told, style.paper, 0.6, 3)):
            made.plot(x[on], y[on], markerfacecolor=face, alpha=alpha, zorder=above, gid=f"readings/{stance}",
                      **shape, **look)  # fmt: skip
    made.set_ylabel("P(raise) − P(fold)")
    measure, ids = layout.ruler(style.small, style), found["event_id"].astype(str).tolist()
    highest = [int(k) for k in np.argsort(-np.abs(y), kind="stable") if told[k]]
    names = [(k, layout.cut(ids[k], _LONGEST_NAME, measure)) for k in highest]
    layout.point_labels(made, x, y, names, "rl", _NAMED, style)
    return made


@chart
def reliability(found: pd.DataFrame, ax: Axes | None = None, **words: Unpack[Words]) -> Axes:
    """Draw how often events were raises against the probability that prices gave it.

    Parameters
    ----------
    found : DataFrame
        What `eventstudy.reading.read_all` returned, or its CSV; raises and folds are counted.
    ax : Axes, optional
        Where to draw; default a new figure.
    title, subtitle, source : str, optional
        Words instead of the finding and of what is measured, and where the readings come from.
    style : Style
        The look.

    Returns
    -------
    Axes
        A mark a class of probabilities, with the band in which 90 % of such shares lie if the probabilities are right.

    Raises
    ------
    InputError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"stance": ["raise", "fold"], "raise": [0.9, 0.1], "fold": [0.1, 0.8]})
    >>> reliability(table).get_xlabel()
    'probability of a raise, given a raise or a fold'
    """
    need_columns(found, ("stance", "raise", "fold"), "readings")
    of, style = found[found["stance"].isin(_STANCES[:2])], words.get("style", LIGHT)
    p = (of["raise"] / (of["raise"] + of["fold"])).to_numpy(dtype=np.float64)
    sides = pd.DataFrame({"at": p, "share": (of["stance"] == "raise").to_numpy(), "n": 1})
    inside = np.clip(np.digitize(p, _EDGES) - 1, 0, len(_EDGES) - 2)
    classes = sides.groupby(inside).agg({"at": "mean", "share": "mean", "n": "sum"})
    half = _BAND * np.sqrt(classes["at"] * (1 - classes["at"]) / classes["n"])
    classes = classes.assign(low=(classes["at"] - half).clip(lower=0.0), high=(classes["at"] + half).clip(upper=1.0))
    kept = int(classes["share"].between(classes["low"], classes["high"]).sum())
    (made,) = layout.frame(
        ax, _ROOM, (520.0, 470.0), words,
        title=f"Odds held in {kept} of {len(classes)} classes of {len(of)} raises and folds",
        subtitle="Share of raises among events given such odds, with their number",
        caption="Mark: share of raises. Bar: where 90 % of such shares lie if the odds are right. Each event by what "
        "was known before it.",
        footnote=(frame_source(found, words, "readings"),),
    )  # fmt: skip
    made.set_xlim(0.0, 1.0)
    made.set_ylim(0.0, 1.0)
    made.plot([0, 1], [0, 1], color=style.muted, linewidth=0.8, zorder=2)
    look = style.look("*")
    for k, row in enumerate(classes.to_dict("records")):
        at = row["at"]
        made.plot([at, at], [row["low"], row["high"]], color=style.band, linewidth=7, zorder=1, solid_capstyle="butt")
        made.plot([at], [row["share"]], marker=look.marker, color=look.colour, markersize=6, linestyle="none", zorder=4,
                  gid=f"class/{k}", clip_on=False)  # fmt: skip
        made.annotate(f"{row['n']}", (at, row["share"]), (7, 0), textcoords="offset points", va="center", **style.quiet)
    made.set_xlabel("probability of a raise, given a raise or a fold", labelpad=4)
    made.set_ylabel("share of raises")
    return made
