"""Single events: every event by every market, one event among its days without news, reaction on intensity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import pandas as pd

from eventstudy.charts import layout
from eventstudy.charts.layout import BOLD, CAPTIONS, Axes, Panel, Words, chart
from eventstudy.charts.style import EDGE, Look
from eventstudy.charts.subject import Subject, finding, least_ordinary
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.matching import labels_in_order
from eventstudy.returns import ROUNDING, Floats
from eventstudy.study.answer import RARE
from eventstudy.study.result import StudyResult
from eventstudy.wording import Row, counted, p_in_words, quantity, short_p, symbol, true_minus, window_in_words

#: In points: height of a row, room for the events' names, least and most width of a column; of a new figure's rows.
_ROW, _NAMES, _COLUMN, _WIDTH, _LEAST = 15.5, 300.0, (46.0, 58.0), 904.0, 528.0

#: Width of a bar in z; fewest market events for a line, and how many of the farthest from the middle are dated.
_BIN, _ENOUGH, _DATED = 0.25, 5, 4


@chart
def heatmap(
    result: StudyResult,
    window: str | None = None,
    ax: Axes | None = None,
    *,
    series: Sequence[str] | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw a table of events by instruments, coloured where the move was out of the ordinary.

    Parameters
    ----------
    result : StudyResult
        The study.
    window : str, optional
        One of the study's windows; default the first.
    ax : Axes, optional
        Where to draw; default a new figure as high as the events need.
    series : sequence of str, optional
        The instruments shown; default all of the study.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes
        Rows in the order of the events' times. An empty cell is a pair that was not used.

    Raises
    ------
    UnknownNameError, NothingUsableError
        If the study has no such window or series; if no event was used.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["ruble", "brent"]).fit()
    >>> [label.get_text().splitlines() for label in es.charts.heatmap(result, "0:1").get_xticklabels()]
    [['Ruble', '%'], ['Brent oil', '%']]
    """
    of, style = Subject(result, words, list(series or result.series), window), words["style"]
    if ax is None and style.sheet is None:  # a new figure has room for letters that can be read on a page
        style = replace(style, small=(style.small + style.text) / 2)
    measure = style.measure(style.small)
    n_markets, room = len(of.names), style.sheet[0] - 2 * EDGE if style.sheet else _WIDTH
    if ax is not None:
        room = Panel(ax, style).size[0]
    of, cells, (narrow, broad) = _that_fit(of, room, measure)
    of.words["style"], shown, n = style, of.names, len(of.names)
    rows = _rows(result, cells, shown)
    place = {event: k for k, row in enumerate(rows) for event in row["events"]}
    cells = cells.assign(row=cells["event_id"].map(place)).sort_values("row", kind="stable")
    # What several events share is one market event: its figures stand once, and below them a ditto mark.
    first = ~cells.duplicated(["series", "market_event"])
    cells = cells.assign(first=first)[first | ~cells.duplicated(["series", "row"])]
    known = cells[cells["first"] & cells["car"].notna()]
    longest = 100.0 + max(measure(row["title"] + row["more"]) for row in rows)
    least = min(_NAMES, longest)
    if ax is None and not style.sheet:
        room = max(_LEAST, least + narrow * n, min(least + broad * n, _WIDTH))
    # Few markets leave more room to the headlines.
    names = min(longest, max(min(least, 0.42 * room), room - broad * n))
    column = min((room - names) / n, broad)
    units = [(history.instrument.label, symbol(result.samples[history.name].unit)) for history in of.histories]
    heads = [[line for words in head for line in layout.fold(words, column - 4.0, measure)] for head in units]
    above = max(44.0, 1.2 * style.small * max(map(len, heads)) + 8.0)
    kept, joint = result.samples.in_means(of.w), len(result.series) > 1
    coloured = bool((known[["family_p", "p_value"]] <= RARE).any(axis=None))
    outside = joint and bool((known["family_p"].isna() & known["p_value"].notna()).any())
    square: dict[str, Any] = {"marker": "s", "color": style.ink, "markersize": 7.0}
    drawn = cells[cells["car"].notna()].to_dict("records")
    aside = [(cell["series"], cell["market_event"]) not in kept for cell in drawn]
    (panel,) = of.frame(
        ax, (0.0, 0.0, above, 10.0), (room + 2 * EDGE, 0.0), least=above + 10.0 + _ROW * len(rows),
        title=_found(result, known, rows),
        subtitle=of.measured(f"Cumulative {of.abnormal} of each event")
        + f"; {int(known['rare'].sum())} of {len(known)} out of the ordinary"
        + f"; the {n} least ordinary of {n_markets} markets" * (n < n_markets),
        caption=CAPTIONS["heatmap"] + f" {CAPTIONS['outside']}" * outside,
        n=f"n = {counted(len(place), 'event')}, {counted(n, 'instrument')}, "
        + counted(len(known), "market event") + "; in brackets: set aside" * any(aside),
        legend=[*[("rise", square | {"color": style.gain}), ("fall", square | {"color": style.loss})] * coloured,
                (f"{'family ' * joint}p ≤ {RARE:g}", square),
                *[(f"p ≤ {RARE:g} alone", square | {"markerfacecolor": style.paper})] * joint,
                *((label, of.looks[label].mark) for label in labels_in_order(row["stance"] for row in rows))],
    )  # fmt: skip
    panel.ax.axis("off")
    inner = Panel(panel.ax.inset_axes((names / room, 0.0, column * n / room, 1.0)), style)
    _draw_rows(inner, of, rows, names, heads)
    for cell, out in zip(drawn, aside, strict=True):
        _draw_cell(inner, cell, shown.index(cell["series"]), aside=out)
    return inner.ax


def _that_fit(
    of: Subject, room: float, measure: Callable[[str], float]
) -> tuple[Subject, pd.DataFrame, tuple[float, float]]:
    """Return markets as there is room for, of more the least ordinary, their moves, and widths of a column."""
    cells = of.result.car[(of.result.car["window"] == of.window) & of.result.car["series"].isin(of.names)]
    if cells.empty:
        raise NothingUsableError("no event was used with these series; the reasons stand in matches")
    cells = cells.assign(decides=cells["family_p"].fillna(cells["p_value"]))
    cells = cells.assign(rare=cells["decides"] <= RARE)
    figures = [_figure(cell) for cell in cells[cells["car"].notna()].to_dict("records")]
    widest = BOLD * max(map(measure, figures), default=0.0) + 8.0
    narrow, broad = max(_COLUMN[0], widest), max(_COLUMN[1], widest)
    most = max(1, int((room - min(_NAMES, 0.42 * room)) / narrow))
    if len(of.names) > most:
        shown = cells.sort_values(["decides", "p_value"])["series"].unique()[:most]
        of = Subject(of.result, of.words, [name for name in of.names if name in shown], of.window)
        cells = cells[cells["series"].isin(of.names)]
    return of, cells, (narrow, broad)


def _found(result: StudyResult, cells: pd.DataFrame, rows: Sequence[Row]) -> str:
    """Say which move was least ordinary: the lowest family p, then the lowest p, then the largest |z|."""
    cell = least_ordinary(cells)
    joint = pd.notna(cell["family_p"]) and len(result.series) > 1
    p, days = (cell["family_p"], cell["family_days"]) if joint else (cell["p_value"], cell["days"])
    row, who = rows[cell["row"]], result.histories[cell["series"]].instrument.label
    found = "Least ordinary" if p <= RARE else "No move out of the ordinary, the nearest to it"
    day = layout.short_day(cell["session"])  # the market's, as in every sentence; its row has the news' own
    what = f"{who} {quantity(cell['car'], cell['unit'])}, {day} ({layout.cut(row['title'], 44, len)})"
    return f"{found}: {what}, {'family ' * joint}{short_p(p, days)}"


def _rows(result: StudyResult, cells: pd.DataFrame, shown: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rows in the order of time: events, and as one those that share a session in every market."""
    events = result.events.set_index("id")
    times = result.matches.drop_duplicates("event_id").set_index("event_id")["event_time"]
    stances = cells.drop_duplicates("event_id", keep="last").set_index("event_id")[["stance", "net_stance"]]
    shared = cells.set_index(["event_id", "series"])["market_event"].to_dict()
    together: dict[tuple[str, ...], list[str]] = {}
    for event in sorted(stances.index, key=lambda event: (times[event], event)):
        together.setdefault(tuple(shared.get((event, name), "") for name in shown), []).append(event)
    rows = []
    for event, *more in together.values():
        stance = stances.loc[more[-1], "net_stance"] if more else stances.loc[event, "stance"]
        title = " ".join(str(events.loc[event, "headline"]).split()) or event
        rows.append({"events": [event, *more], "stance": stance, "day": layout.short_day(events.loc[event, "time"]),
                     "title": title, "more": f" +{len(more)}" if more else ""})  # fmt: skip
    return rows


def _draw_rows(panel: Panel, of: Subject, rows: Sequence[Row], room: float, heads: Sequence[list[str]]) -> None:
    """Write the markets above, and left of each row its day and headline, after the mark of its stance."""
    ax, style, n = panel.ax, panel.style, len(of.names)
    measure, width = style.measure(style.small), panel.size[0]
    ax.set(xlim=(-0.5, n - 0.5), ylim=(len(rows) - 0.5, -0.5), yticks=[])
    ax.xaxis.tick_top()
    ax.set_xticks(range(n), ["\n".join(head) for head in heads])
    ax.tick_params(axis="x", length=0, labelsize=style.small, labelcolor=style.ink, labelfontfamily=style.font)
    ax.spines[:].set_visible(False)
    for k, row in enumerate(rows):
        event, y = row["events"][0], 1 - (k + 0.5) / len(rows)
        panel.plot([-(room - 5.0) / width], [y], f"stance/{event}", transform=ax.transAxes, clip_on=False,
                   markersize=5.0, markeredgewidth=0, **of.looks[row["stance"]].mark)  # fmt: skip
        headline = layout.cut(row["title"], room - 84.0 - measure(row["more"]), measure) + row["more"]
        panel.note(row["day"], (0.0, y), (14 - room, 0), f"day/{event}", va="center", **style.quiet)
        panel.note(headline, (0.0, y), (72 - room, 0), f"event/{event}", va="center", fontsize=style.small)


def _figure(cell: Row) -> str:
    """Return the figure of a cell, whose unit stands above."""
    return quantity(cell["car"], cell["unit"]).split(" ")[0]


def _draw_cell(panel: Panel, cell: Row, x: int, *, aside: bool) -> None:
    from matplotlib.patches import Rectangle

    ax, style, y, gid = panel.ax, panel.style, cell["row"], f"{cell['event_id']}/{cell['series']}"
    dress: dict[str, Any] = {"ha": "center", "va": "center_baseline", "fontsize": style.small}
    if not cell["first"]:
        ax.text(x, y, "″", color=style.muted, gid=f"ditto/{gid}", **dress)
        return
    family, alone = cell["rare"], cell["p_value"] <= RARE
    colour = style.gain if cell["car"] > 0 else style.loss
    if alone or family:
        fill: dict[str, Any] = {"facecolor": colour if family else "none", "edgecolor": colour, "linewidth": 1.0}
        ax.add_patch(Rectangle((x - 0.46, y - 0.43), 0.92, 0.86, gid=f"cell/{gid}", **fill))
    said, weight = _figure(cell), "bold" if family or alone else "normal"
    ink = style.paper if family else colour if alone else style.muted
    ax.text(x, y, f"({said})" if aside else said, color=ink, fontweight=weight, gid=f"value/{gid}", **dress)


@chart
def placebo(
    result: StudyResult,
    event_id: str | None = None,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw where one event falls among the days without news of its market.

    Parameters
    ----------
    result : StudyResult
        The study.
    event_id : str, optional
        The event; default the last one that stands in a mean of the series, else the last one used with it.
    series, window : str, optional
        Which series and window; default the study's first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError, NothingUsableError
        If the study has no such event, series or window; if the event was not used with the series, or there is nothing
        to hold it against.

    Notes
    -----
    z and p are those of the event's row of `car`, the bars `StudyResult.placebo_z`. For a window of several sessions
    the p also counts windows that overlap the event's own, which are no bar.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"]).fit()
    >>> ax = es.charts.placebo(result, "2022-01-27-kremlin-reply", "imoex")
    >>> ax.get_xlabel()
    'z, in units of the volatility known the day before'
    """
    of = Subject(result, words, series, window)
    rows = result.car[(result.car["series"] == of.name) & (result.car["window"] == of.window)]
    if event_id is not None:
        require_known(event_id, dict.fromkeys(result.matches["event_id"]), "event")
        rows = rows[rows["event_id"] == event_id]
    else:
        rows = rows[rows["p_value"].notna()].sort_values("session", kind="stable")
        kept = result.samples.in_means(of.w)
        inside = [(of.name, event) in kept for event in rows["market_event"]]
        rows = rows[inside] if any(inside) else rows
    if rows.empty:
        raise NothingUsableError(f"'{event_id or 'no event'}' was used with '{of.name}'; the reasons stand in matches")
    row = rows.iloc[-1]
    draws = result.placebo_z(row["event_id"], of.name, of.window)
    if not len(draws) or np.isnan(row["p_value"]):
        raise NothingUsableError(f"there are no days without news to hold '{row['event_id']}' against")
    source = "sessions" if row["p_source"] == "sessions" else "residuals"
    what = "days without news" if source == "sessions" else source
    alone, family = row["p_value"] <= RARE, row["family_p"]
    ordinary, p = f"{'unlike' if alone else 'like'} {what}", short_p(row["p_value"], row["days"])
    if alone and family > RARE:  # what is rare for one market is not for all that were looked at
        ordinary, p = "rare for this market alone", f"{p}, family {short_p(family, row['family_days'])}"
    answer = of.answer(row["net_stance"] or "*")
    (panel,) = of.frame(
        ax, (52.0, 8.0, 58.0, 42.0), (720.0, 420.0),
        title=f"{of.label} {quantity(row['car'], row['unit'])} on {layout.short_day(row['session'])}: {ordinary}, {p}",
        subtitle=f"{of.abnormal.capitalize()} over {window_in_words(of.window)} "
         "in units of the volatility known the day before, z"
        + (f"; the mean: {finding(answer)}" if answer else ""),
        caption=CAPTIONS["placebo"].format(
            what=what, event=row["event_id"], whose=CAPTIONS[f"placebo-{source}"],
            note=f"Set aside in means: {row['note']}. " if row["note"] else "",
        ),
        n=f"n = 1 market event, {len(draws)} {what}",
    )  # fmt: skip
    _draw_placebo(panel, float(row["z"]), draws, of.looks[row["net_stance"]])
    panel.ax.set(xlabel="z, in units of the volatility known the day before", ylabel=what)
    return panel.ax


def _draw_placebo(panel: Panel, z: float, draws: Floats, look: Look) -> None:
    """Draw the bars of days without news and the line of the event, its figures above it."""
    ax, style, (width, height) = panel.ax, panel.style, panel.size
    reach = _BIN * np.ceil(max(float(np.abs(draws).max()), abs(z), 2.0) / _BIN + 1)
    edges: Any = np.arange(-reach, reach + _BIN / 2, max(_BIN, reach / 40))
    far = np.abs(draws) >= abs(z) - ROUNDING  # as in its p
    under = np.histogram(draws[~far], bins=edges)[0]
    for some, colour, bottom, gid in ((~far, style.faint, None, "ordinary"), (far, style.muted, under, "extreme")):
        ax.hist(draws[some], edges, bottom=bottom, color=colour, linewidth=0.6, edgecolor=style.paper, zorder=2,
                gid=gid)  # fmt: skip
    ax.set_xlim(-reach, reach)
    ax.axvline(z, color=look.colour, linewidth=2.0, zorder=4, gid="event", ymax=1.06, clip_on=False)
    panel.number_ticks()
    panel.step_ticks(-reach, reach, max(1, int(reach) // 5))
    at, measure = (z + reach) / (2 * reach), style.measure(BOLD * (style.text + 1.0))
    headline = f"z {layout.signed(z)}: {int(far.sum())} of {len(draws)} were as far out or farther"
    said = "\n".join(layout.wrap(headline, 0.6 * width, measure))
    side = "left" if at < 1 / 3 else "right" if at > 2 / 3 else "center"  # so that it ends within the axes
    bold = style.bold | {"color": look.colour, "fontsize": style.text + 1.0}
    panel.note(said, (at, 1.0), (0, 0.06 * height + 9), "headline", ha=side, va="bottom", **bold)
    panel.plot([at], [1.06], "event-mark", transform=ax.transAxes, markersize=7.0, markeredgewidth=0, clip_on=False,
               zorder=5, **look.mark)  # fmt: skip


@chart
def scatter(
    result: StudyResult,
    series: str | None = None,
    window: str | None = None,
    ax: Axes | None = None,
    **words: Unpack[Words],
) -> Axes:
    """Draw the reaction of a market on the intensity of the news.

    Parameters
    ----------
    result : StudyResult
        The study.
    series, window : str, optional
        Which series and window; default the study's first.
    ax : Axes, optional
        Where to draw; default a new figure. Axes given are shrunk within their place.
    **words
        Title, subtitle, source and style, see `Words`.

    Returns
    -------
    Axes
        The axes.

    Raises
    ------
    UnknownNameError, NothingUsableError
        If the study has no such series or window; if no used event has an intensity.

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
    from eventstudy.inference.regressions import cross_section
    from eventstudy.study.regressions import attributes

    of = Subject(result, words, series, window)
    rows, looks, unit, who = attributes(result), of.looks, of.unit, of.label
    rows = rows[(rows["series"] == of.name) & (rows["window"] == of.window) & rows["car"].notna()]
    points = rows.dropna(subset="intensity").reset_index(drop=True)
    if points.empty:
        raise NothingUsableError(f"no event that was used with '{of.name}' has an intensity")
    points = points.assign(label=points[result.design.group_by], kept=points["reason"] == "")
    kept = points[points["kept"]]
    line, aside, without = None, len(points) - len(kept), len(rows) - len(points)
    if len(kept) >= _ENOUGH:
        with suppress(DesignError):  # all of one intensity
            _, fitted, _ = cross_section("car ~ intensity", kept, np.arange(len(kept)))
            line = fitted["Intercept"].value, fitted["intensity"].value, fitted["intensity"].p_value
    found = f"{who}: too few market events, or all of one intensity, for a slope"
    if line is not None:
        _, slope, p = line
        said = f"{unit.scale * slope:+.2f} {unit.symbol} a point".replace("-", "−") + f", {p_in_words(p)}"
        found = f"{who} did not clearly follow the intensity of the news: {said}"
        if p <= RARE:
            found = f"The friendlier the news, the {'higher' if slope > 0 else 'lower'} {who}: {said}"
    drawn = [label for label in looks if label in set(points["label"])]
    (panel,) = of.frame(
        ax, (62.0, 16.0, 12.0, 46.0), (720.0, 460.0),
        title=found,
        subtitle=of.measured(f"Cumulative {unit.name}, {unit.symbol},"),
        caption=CAPTIONS["scatter"],
        n=f"n = {counted(len(kept), 'market event')} of {counted(int(kept['members'].map(len).sum()), 'event')}"
        + (f"; {aside} set aside" if aside else "") + (f"; {without} without an intensity" if without else ""),
        legend=[(label or "events", looks[label].mark) for label in drawn]
        + [("set aside", of.style.hollow)] * bool(aside),
    )  # fmt: skip
    if line is not None:
        ends = np.array([kept["intensity"].min(), kept["intensity"].max()])
        heights = unit.scale * (line[0] + line[1] * ends)
        panel.plot(ends, heights, "line", color=of.style.ink, linewidth=1.4, zorder=3)
    _draw_points(panel, points, unit.scale, {label: looks[label] for label in drawn})
    of.scales([panel], f"cumulative {unit.name} over {true_minus(of.window)}", unit.symbol)
    return panel.ax


def _draw_points(panel: Panel, points: pd.DataFrame, scale: float, looks: Mapping[str, Look]) -> None:
    x, kept = points["intensity"].to_numpy(dtype=np.float64), points["kept"].to_numpy()
    y, reach, paper = scale * points["car"].to_numpy(), max(10.0, float(np.abs(x).max())) + 0.6, panel.style.paper
    panel.ax.set(xlim=(-reach, reach), xlabel="intensity of the news, − attack, + accord")
    panel.returns_axis([y], 0.08, dotted=True)
    for label, look in looks.items():
        of, hollow = (points["label"] == label).to_numpy(), {"markerfacecolor": paper, "markeredgecolor": look.colour}
        for on, gid, edge, face in ((of & kept, "points", 0.6, {}), (of & ~kept, "aside", 1.0, hollow)):
            if on.any():
                panel.marks(x[on], y[on], f"{gid}/{label}", look, 7.0, edge, zorder=4, **face)
    ticks = range(-5 * int(reach // 5), int(reach) + 1, 5)
    panel.ax.set_xticks(ticks, [true_minus(f"{tick:+}") if tick else "0" for tick in ticks])
    far = np.argsort(-np.abs(y - np.median(y)), kind="stable")[:_DATED]
    dates = [(int(k), layout.short_day(points["session"].iloc[k], year=False)) for k in far]
    panel.label_points(x, y, dates, _DATED)
