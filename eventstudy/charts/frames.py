"""Charts of plain frames: designs, response paths, rejection rates, an account, and stances against prices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.layout import CAPTIONS, Axes, Panel, Words, chart
from eventstudy.charts.style import EDGE, Look
from eventstudy.charts.subject import Unit, price_source
from eventstudy.errors import InputError, NothingUsableError, did_you_mean, require_known
from eventstudy.markets.instrument import find_instrument, instrument_names
from eventstudy.study.answer import RARE
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import counted, true_minus

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

#: Events named, those read against their stance first, then by the odds; the width of a name in points.
_FEW, _LONGEST_NAME = 14, 170.0


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
        A row a design: ``series, stance, estimate, p_value`` and any of `CHOICES`; ``significant``,
        ``agrees_sign``, ``n``, ``p_of``, ``unit`` where known.
    series, stance : str, optional
        Whose; default the first in the frame.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes, Axes
        The curve, and the matrix of choices below it.

    Raises
    ------
    InputError, UnknownNameError, NothingUsableError
        If a column is missing; if the frame has no such series or stance; if no design has an estimate.

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
    what, style = "specification curve", words["style"]
    rows, series = _of_value(_checked(grid, "series stance estimate p_value", what), "series", series)
    rows, stance = _of_value(rows, "stance", stance)
    n_all, rows = len(rows), _checked(rows[rows["estimate"].notna()], "", what)
    values = {name: rows[name].astype(str).unique() for name in CHOICES if name in rows}
    lines = [(name, value) for name, of in values.items() if len(of) > 1 for value in of]
    fixed = [f"{name} {_minus(of[0])}" for name, of in values.items() if len(of) == 1]
    rows = rows.sort_values("estimate", kind="stable").reset_index(drop=True)
    filled = (rows["p_value"] <= RARE).to_numpy()
    if "significant" in rows:  # at the grid's own level, and with the scaled mean on the same side
        filled = filled & rows["significant"].astype(bool).to_numpy()
    count = next((name for name in ("n", "n_events") if name in rows), None)
    ends = dict.fromkeys((int(rows[count].min()), int(rows[count].max()))) if count else ()
    counts = (f"n = {'–'.join(map(str, ends))} events a design. " if count else "") + f"{len(rows)} designs"
    counts += f", {n_all - len(rows)} more without an estimate." if n_all > len(rows) else "."
    label, unit = _market(rows, series)
    estimates = rows["estimate"].to_numpy(dtype=np.float64)
    same, agree = np.sign(estimates) == np.sign(np.median(estimates)), "agree on the sign"
    if "agrees_sign" in rows:
        same, agree = rows["agrees_sign"].astype(bool).to_numpy(), "have the sign of the first"
    p_of = f"P of {', '.join(sorted(set(rows['p_of'].astype(str))))}" if "p_of" in rows else "P as given"
    named = {ALL: "all events", "raise-fold": "raises less folds", **{one: f"{one}s" for one in _STANCES[:3]}}
    label += f" after {named[stance]}" if stance in named else f", {stance}"
    dot, below = {"marker": "o", "color": style.muted}, _LINE * len(lines)
    middle: dict[str, Any] = {"linestyle": layout.DASHED, "color": style.ink, "linewidth": 0.9}
    panels = layout.frame(
        ax, (_NAMES, 8.0, 14.0, 12.0), (_WIDTH, _CURVE + below + _AROUND), words,
        title=f"{label}: {same.sum()} of {len(rows)} designs {agree}, {(filled & same).sum()} with p ≤ 0.05",
        subtitle=f"Mean CAR of {len(rows)} designs, {unit.symbol}, from the lowest to the highest",
        caption=CAPTIONS["specification-curve"].format(p_of=p_of),
        footnote=(_source(grid, words, "designs"), counts + f" The same in all: {', '.join(fixed)}." * bool(fixed)),
        legend=[("p ≤ 0.05", dot), ("others", style.hollow), ("middle estimate", middle)],
        names=_NAMES,
        stack=((_CURVE, max(below, 1.0)), 8.0),
    )  # fmt: skip
    for panel in panels:
        panel.ax.set(xlim=(-0.7, len(rows) - 0.3), xticks=[])
        panel.ax.spines["bottom"].set_visible(False)
    curve, y = panels[0], unit.scale * estimates
    curve.returns_axis([y], 0.1)
    curve.ax.axhline(float(np.median(y)), zorder=2, gid="middle", **middle)
    size = float(np.clip(0.6 * curve.size[0] / len(y), 2.0, 6.0))
    colour = style.look(stance if stance in _STANCES[:3] else ALL).colour
    for on, face, gid in ((~filled, style.paper, "ordinary"), (filled, colour, "significant")):
        curve.plot(np.flatnonzero(on), y[on], gid, linestyle="none", marker="o", markersize=size, zorder=4,
                   markerfacecolor=face, markeredgecolor=colour, markeredgewidth=0.9)  # fmt: skip
    curve.ax.set_ylabel(f"mean CAR, {unit.symbol}")
    _draw_choices(panels[1], rows, filled, lines)
    return curve.ax, panels[1].ax


def _draw_choices(panel: Panel, rows: pd.DataFrame, filled: Any, lines: Sequence[tuple[str, str]]) -> None:
    """Draw the matrix of choices: a line a value, a tick where a design has it."""
    ax, style, before = panel.ax, panel.style, ""
    ax.grid(visible=False)
    ax.set_ylim(max(len(lines), 1) - 0.5, -0.5)
    ax.set_yticks(range(len(lines)), [_minus(value) for _, value in lines])
    ax.tick_params(axis="y", labelsize=style.small, pad=8)
    for k, (name, value) in enumerate(lines):
        on = (rows[name].astype(str) == value).to_numpy()
        for which, colour in ((on & ~filled, style.muted), (on & filled, style.ink)):
            at, gid = np.flatnonzero(which), f"choice/{name}/{value}"
            ax.vlines(at, k - 0.36, k + 0.36, color=colour, linewidth=1.6, gid=gid)
        if before != name:
            place, shift = (0, 1 - (k + 0.5) / len(lines)), (EDGE / 2 - _NAMES, 0)
            panel.note(name, place, shift, f"choice-name/{name}", va="center", **style.quiet)
            if before:
                ax.axhline(k - 0.5, color=style.faint, linewidth=0.8)
        before = name


@chart
def response_path(
    paths: pd.DataFrame,
    series: str | Sequence[str] | None = None,
    ax: Axes | Sequence[Axes] | None = None,
    *,
    level: float = 0.95,
    per: str = "one unit of the shock",
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
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        A panel a series.

    Raises
    ------
    InputError, UnknownNameError, DesignError
        If a column is missing; if the frame has no such series; if there are fewer or more axes than series.

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
    _checked(paths, "series h estimate low high", "response path")
    wanted = [series] if isinstance(series, str) else list(series or dict.fromkeys(paths["series"].astype(str)))
    rows = {name: _of_value(paths, "series", name)[0].sort_values("h", kind="stable") for name in wanted}
    counts = paths["n_obs"].dropna() if "n_obs" in paths else pd.Series(dtype=float)
    n = f"n = {int(counts.min()):,}–{int(counts.max()):,} sessions a regression. " if len(counts) else ""
    columns, style = min(len(rows), _COLUMNS), words["style"]
    markets = {name: _market(path, name) for name, path in rows.items()}
    # Where one series stood in the end, or of how many the band was clear of 0.
    known = {name: path[path["estimate"].notna()] for name, path in rows.items()}
    ends = {name: path.iloc[-1] for name, path in known.items() if len(path)}
    beyond = [markets[name][0] for name, end in ends.items() if end["low"] > 0 or end["high"] < 0]
    found = f"{len(beyond)} of {len(rows)} markets clear of 0 in the end"
    found += f": {', '.join(beyond)}" if beyond else ""
    if len(rows) == len(ends) == 1:
        ((name, end),) = ends.items()
        label, unit = markets[name]
        said = [layout.signed(unit.scale * end[part]) for part in ("estimate", "low", "high")]
        found = f"{label} {counted(int(end['h']), 'session')} on, per {per}: {said[0]} {unit.symbol}, "
        found += f"{'' if beyond else 'not '}clear of 0 (band {said[1]} to {said[2]})"
    panels = layout.frame(
        ax, (56.0, 18.0, 36.0, 42.0),
        (max(2, columns) * _PANEL[0], 110.0 + _PANEL[1] * -(-len(rows) // columns)), words,
        panels=len(rows), columns=columns,
        title=found,
        subtitle=f"Change from the session before the news to h sessions after, per {per}, with its {100 * level:.0f} %"
        " band",
        caption=CAPTIONS["response-path"],
        footnote=(_source(paths, words, "local projections"), f"{n}Local projections."),
    )  # fmt: skip
    for panel, path, (label, unit) in zip(panels, rows.values(), markets.values(), strict=True):
        h, *parts = (path[part].to_numpy(dtype=np.float64) for part in ("h", "estimate", "low", "high"))
        middle, low, high = (unit.scale * part for part in parts)
        panel.returns_axis([low, high])
        panel.ax.set(xlim=(float(h.min()), float(h.max()) if len(h) > 1 else float(h.min()) + 1),
                     xlabel="sessions after the event session, h", ylabel=f"change, {unit.symbol}")  # fmt: skip
        panel.band(h, low, high)
        panel.marks(h, middle, "path", style.look(ALL), 4.5, linewidth=2.0, zorder=4, clip_on=False)
        panel.step_ticks(h.min(), h.max(), max(1, -(-int(np.ptp(h)) // 8)))
        panel.name(label, 8, fontsize=style.text + 0.5)
    return tuple(panel.ax for panel in panels)


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
        A row a test: ``test, rate`` (0 to 1) with its interval ``low, high``, and where known ``n`` replications,
        ``level``, ``scope`` and ``window``, as the table of `eventstudy.study.size` has them.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    nominal : float, optional
        The level; default 0.05.
    window : str, optional
        One of the frame's windows; default its first.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes
        Tests from the lowest rate to the highest.

    Raises
    ------
    InputError, NothingUsableError
        If a column is missing; if no test has a rate.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = size(pd.DataFrame({"test": ["rank_z"], "rate": [0.06], "low": [0.047], "high": [0.076]}))
    >>> ax.get_xlabel()
    'rejections, % of simulated studies'
    """
    rows, over = _checked(rates, "test rate low high", "size"), ""
    level, style = 100 * nominal, words["style"]
    if "window" in rows:
        rows, window = _of_value(rows, "window", window)
        over = f", window {_minus(window)}"
    if "level" in rows:
        rows = rows[np.isclose(rows["level"].to_numpy(dtype=np.float64), nominal)]
    if "scope" in rows:
        rows = rows.assign(test=rows["test"].astype(str) + ", " + rows["scope"].astype(str))
    rows = _checked(rows[rows["rate"].notna()], "", f"size at {level:g} %").sort_values("rate", kind="stable")
    count = next((name for name in ("n", "n_studies") if name in rows), None)
    n = f"n = {int(rows[count].max()):,} simulated studies" if count else "n as given"
    # What `size` says of its own tests counts: few studies never show that one can be believed.
    near = (rows["low"] >= nominal / 2) & (rows["high"] <= 1.5 * nominal)
    rows = rows.assign(kept=rows["holds"].astype(str).eq("True") if "holds" in rows else near)
    bad, held = rows.loc[~rows["kept"] & (rows["low"] > nominal), "test"].tolist(), int(rows["kept"].sum())
    found = f"{held} of {counted(len(rows), 'test')} {'is' if held == 1 else 'are'} shown to keep {level:g} %"
    (panel,) = layout.frame(
        ax, (_TESTS, _RATES, 22.0, 44.0), (720.0, _ROW * len(rows) + 170.0), words,
        title=found + (f"; {bad[-1]} rejects most" if bad else ""),
        subtitle=f"Rejections, % of simulated studies without any effect{over}",
        caption=CAPTIONS["size"],
        footnote=(_source(rates, words, "rejection rates"), f"{n}{over}. Nominal level {level:g} %."),
        names=_TESTS,
    )  # fmt: skip
    axes, small = panel.ax, style.small + 0.5
    axes.grid(visible=False, axis="y")
    axes.grid(visible=True, axis="x", color=style.faint, linewidth=0.6)
    most = float(np.nanmax([level, *100 * rows["rate"], *100 * rows["high"]]))
    axes.set(xlim=(0.0, 1.08 * min(most * 1.05, 100.0)), ylim=(-0.6, len(rows) - 0.4),
             xlabel="rejections, % of simulated studies")  # fmt: skip
    axes.set_yticks(range(len(rows)), rows["test"].astype(str))
    axes.tick_params(axis="y", labelsize=small, pad=8)
    axes.axvline(level, color=style.ink, linewidth=1.2, linestyle=layout.DASHED, zorder=2, gid="nominal")
    at = level / axes.get_xlim()[1], 1.0
    panel.note(f"{level:g} %", at, (0, 5), "nominal-label", ha="center", fontsize=style.small)
    for k, row in enumerate(rows.to_dict("records")):
        low, high, rate, name = 100 * row["low"], 100 * row["high"], 100 * row["rate"], str(row["test"])
        look = Look(style.gain, "o") if row["kept"] else Look(style.loss, "D")
        panel.plot([low, high], [k, k], f"interval/{name}", color=look.colour, linewidth=2.0, alpha=0.6, zorder=3)
        panel.plot([rate], [k], f"rate/{name}", markersize=6.0, markeredgewidth=0, zorder=4, **look.mark)
        place = 1, (k + 0.6) / (len(rows) + 0.2)
        panel.note(f"{rate:.1f} %", place, (8, 0), f"figure/{name}", va="center", color=look.colour, fontsize=small)
    return axes


@chart
def equity(
    curve: pd.DataFrame, ax: Sequence[Axes] | None = None, *, note_line: str = "", **words: Unpack[Words]
) -> tuple[Axes, ...]:
    """Draw an equity curve over its drawdown, each beside that of buying and holding.

    Parameters
    ----------
    curve : DataFrame
        Indexed by session: ``equity, drawdown, buy_and_hold, buy_and_hold_drawdown``, as the equity table of a backtest
        has them. Equity begins at 1.
    ax : sequence of Axes, optional
        Where to draw, equity first; default a new figure.
    note_line : str
        What is to be known of the figures, e.g. the costs and the Sharpe ratio with its error.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    tuple of Axes
        The equity and the drawdown.

    Raises
    ------
    InputError, NothingUsableError, DesignError
        If a column is missing, or the index is not of dates; if there are no rows; if there are not two axes.

    Examples
    --------
    >>> import pandas as pd
    >>> sessions = pd.date_range("2022-01-03", periods=3, name="session")
    >>> curve = pd.DataFrame({"equity": [1.0, 1.1, 1.05], "drawdown": [0.0, 0.0, -0.05 / 1.1],
    ...                       "buy_and_hold": [1.0, 0.9, 0.8], "buy_and_hold_drawdown": [0.0, -0.1, -0.2]},
    ...                      sessions)
    >>> [panel.get_ylabel() for panel in equity(curve)]
    ['gain, %', 'below the peak, %']
    """
    _checked(curve, " ".join(name for pair in _CURVES for name in pair[:2]), "equity curve")
    if not isinstance(curve.index, pd.DatetimeIndex):
        raise InputError("equity curve: index it by session, a date a row")
    days, style = curve.index.to_numpy().astype("datetime64[D]"), words["style"]
    gains = [100 * (curve[name].to_numpy(dtype=np.float64) - 1.0) for name, _, _ in _CURVES]
    depths = [100 * curve[name].to_numpy(dtype=np.float64) for _, name, _ in _CURVES]
    ends = [f"{layout.signed(line[-1])} %" for line in gains]
    panels = layout.frame(
        ax, (46.0, 132.0, 22.0, 24.0), (760.0, 560.0), words,
        panels=2, columns=1,
        title=f"The rule made {ends[0]}, buying and holding {ends[1]}",
        subtitle=f"Trading after the news, {layout.day_range(days[0], days[-1])}",
        caption=CAPTIONS["equity"],
        footnote=(f"Source: {words.get('source') or 'prices as supplied'}.",
                  f"n = {len(days)} sessions. {note_line}".strip()),
    )  # fmt: skip
    x = layout.date_number(days)
    # Either colour or dashes keep the rule apart from buying and holding.
    rule: dict[str, Any] = {"color": style.look(ALL).colour, "linewidth": 1.8}
    looks = rule, {"color": style.muted, "linewidth": 1.3, "linestyle": (0, (4, 2))}
    worst = [f"{layout.signed(line.min())} % at worst" for line in depths]
    for panel, lines, said, unit in zip(
        panels, (gains, depths), (ends, worst), ("gain, %", "below the peak, %"), strict=True
    ):
        panel.returns_axis(lines, 0.05)
        panel.date_axis(days[0], max(days[-1], days[0] + np.timedelta64(2, "D")))
        named = []
        for line, look, words_at, (_, _, name) in zip(lines, looks, said, _CURVES, strict=True):
            panel.plot(x, line, f"curve {name}", zorder=4, clip_on=False, **look)
            named.append((line[-1], f"{name}\n{words_at}", f"name {name}", {"color": look["color"]}))
        panel.label_ends(named, 2.6 * style.text)
        panel.ax.set_ylabel(unit)
    panels[1].band(x, depths[0], 0.0, "depth")
    return tuple(panel.ax for panel in panels)


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
    **words
        Title, subtitle, source and style, see `Words`.

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
    _checked(found, "event_id day stance raise fold nothing says", "readings")
    days, style = found["day"].to_numpy(dtype="datetime64[D]"), words["style"]
    y = (found["raise"] - found["fold"]).to_numpy(dtype=np.float64)
    read, coded = (found[name].isin(_STANCES[:2]).to_numpy() for name in ("says", "stance"))
    against = read & coded & (found["says"] != found["stance"]).to_numpy()
    took = f"Prices took a side after {int(read.sum())} of {counted(len(found), 'event')}"
    times = counted(int(against.sum()), "time") if against.any() else "never"
    took += f", {times} against the coded stance" if read.any() else ""
    looks = {stance: style.look(stance) for stance in _STANCES}
    (panel,) = layout.frame(
        ax, _ROOM, (760.0, 430.0), words,
        title=took,
        subtitle="Posterior probability of a raise less that of a fold, by the coded stance",
        caption=CAPTIONS["readings"],
        footnote=(_source(found, words, "readings"),),
        legend=[*((stance, look.mark) for stance, look in looks.items()), ("can't tell", style.hollow)],
    )  # fmt: skip
    day = np.timedelta64(1, "D")
    panel.date_axis(days.min() - day, days.max() + day)
    reach = min(float(np.abs(y).max()) + 0.1, 1.0)
    panel.ax.set(ylim=(-reach, reach), ylabel="P(raise) − P(fold)")
    panel.ax.axhline(0.0, color=style.muted, linewidth=0.8, zorder=2)
    x = layout.date_number(days)
    shape: dict[str, Any] = {"linestyle": "none", "markersize": 5.0, "markeredgewidth": 0.8, "clip_on": False}
    for stance, look in looks.items():
        of, gid = (found["stance"] == stance).to_numpy(), f"readings/{stance}"
        for on, face, alpha, above in ((of & read, look.colour, 1.0, 4), (of & ~read, style.paper, 0.6, 3)):
            panel.plot(x[on], y[on], gid, markerfacecolor=face, alpha=alpha, zorder=above, **shape, **look.mark)
    ids, measure = found["event_id"].astype(str).tolist(), style.measure(style.small)
    order = np.lexsort((-np.abs(y), ~read, ~against)).tolist()  # first those that sounded otherwise than they traded
    named = [k for k in order if read[k] or len(found) <= _FEW]
    panel.label_points(x, y, ((k, layout.cut(ids[k], _LONGEST_NAME, measure)) for k in named), _FEW)
    return panel.ax


# --- what a frame holds -----------------------------------------------------------------------------------------------


def _checked(frame: pd.DataFrame, columns: str, what: str) -> pd.DataFrame:
    """Return a frame that has rows and these columns, or say what is missing."""
    for column in columns.split():
        if column not in frame:
            raise InputError(f"{what}: no column '{column}'; {did_you_mean(column, list(map(str, frame)))}")
    if frame.empty:
        raise NothingUsableError(f"{what}: no rows")
    return frame


def _of_value(frame: pd.DataFrame, column: str, value: str | None) -> tuple[pd.DataFrame, str]:
    """Return the rows of one value of a column, by default of its first, and that value."""
    known = list(dict.fromkeys(frame[column].astype(str)))
    chosen = known[0] if value is None else require_known(value, known, column)
    return frame[frame[column].astype(str) == chosen], chosen


def _market(frame: pd.DataFrame, series: str) -> tuple[str, Unit]:
    """Return how a series and its figures are written: as the frame says or the catalogue, else by its name."""
    known = find_instrument(series) if series in instrument_names() else None
    label = "All series" if series == ALL else known.label if known else series
    return label, Unit.of(str(frame["unit"].iloc[0]) if "unit" in frame else known.unit if known else "")


def _source(frame: pd.DataFrame, words: Words, what: str) -> str:
    """Return the line of the source: as given (of a study its prices'), else what the frame says of itself."""
    source = words.get("source")
    if isinstance(source, StudyResult):
        source = "; ".join(dict.fromkeys(price_source(source.histories[name]) for name in source.series))
    said = str(frame.attrs.get("source") or "")
    if not said and "source" in frame:
        said = "; ".join(dict.fromkeys(frame["source"].dropna().astype(str)))
    return f"Source: {source or said or f'the frame of {what} as supplied'}."


def _minus(value: str) -> str:
    """Write a window or a name with a true minus where a number follows."""
    return true_minus(value) if set(value) <= set("-0123456789:.") else value
