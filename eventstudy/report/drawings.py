"""The charts of a report: drawn once, kept as SVG, words, numbers and the places that can be pointed at."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.charts import KINDS, LIGHT, Style, describe, numbers, to_bytes
from eventstudy.charts.save import date_of, drawn
from eventstudy.errors import EventStudyError, require_known
from eventstudy.study.result import StudyResult
from eventstudy.tasks import Progress, steps
from eventstudy.wording import p_in_words, quantity, signed, true_minus

#: All charts that a report can have, in the order of the page.
POSSIBLE = ("heatmap", "multiples", "raise-fold", "car", "timeline", "holding", "scatter", "placebo")

#: Identifiers of what only decorates a chart.
_INK = ("leader/", "stem/", "key", "legend", "band", "closure", "set-aside", "event-label", "mean-label")

#: With so many markets there is one chart of all of them, and the price of each; with more prices alone of the first.
FEW, MANY = 2, 10


class Place(NamedTuple):
    """A place on a chart that can be pointed at: points from the upper left corner, what is there, which label."""

    x: float
    y: float
    words: str
    label: str


@dataclass(frozen=True, eq=False)
class Drawing:
    """One chart of a report.

    Parameters
    ----------
    name : str
        Its file name without an ending, e.g. ``raise-fold-ruble``.
    series : str
        Of which series; empty if it shows all.
    title, alt, caption, footnote : str
        Its own words; the caption says how it is read.
    svg : str
        The picture.
    points : DataFrame
        The numbers behind it (see `eventstudy.charts.numbers`).
    places : tuple of Place
        What can be pointed at.
    chart : object
        What the chart function returned.
    """

    name: str
    series: str
    title: str
    alt: str
    caption: str
    footnote: str
    svg: str
    points: pd.DataFrame
    places: tuple[Place, ...]
    chart: Any


def standard(result: StudyResult) -> tuple[str, ...]:
    """Return the charts of a report where nothing else is asked for: of a few markets more, of many one of all."""
    if len(result.series) > FEW:
        return ("multiples", "timeline")
    return ("multiples", "raise-fold" if result.contrast else "car", "timeline")


def draw_all(
    result: StudyResult,
    window: str | None = None,
    kinds: Sequence[str] | None = None,
    style: Style = LIGHT,
    progress: Progress | None = None,
) -> tuple[tuple[Drawing, ...], tuple[tuple[str, str], ...]]:
    """Draw the charts of a report.

    Parameters
    ----------
    result : StudyResult
        The result.
    window : str, optional
        The window of the charts that show one; default the study's first.
    kinds : sequence of str, optional
        Which kinds of chart, of those in `POSSIBLE`; default those of `standard`.
    style : Style
        The look.
    progress : callable, optional
        Called with the number of charts done and of all.

    Returns
    -------
    tuple of Drawing, tuple of (str, str)
        What could be drawn: first the charts of all series, then series by series. What could not, by name, and why.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.
    """
    window = window or str(result.design.windows[0])
    for kind in kinds or ():
        require_known(kind, POSSIBLE, "chart of a report")
    chosen = standard(result) if kinds is None else kinds
    of_each = [kind for kind in chosen if "series" in KINDS[kind].takes]
    of_all = [kind for kind in chosen if kind not in of_each and (len(result.series) > 1 or kind != "multiples")]
    each = result.series if kinds is not None else result.series[:MANY]
    wanted = [*((kind, "") for kind in of_all), *((kind, series) for series in each for kind in of_each)]
    drawn, missing = [], []
    if len(each) < len(result.series):
        missing.append((", ".join(of_each), f"drawn of the first {MANY} markets; --charts draws it of all"))
    words = _event_words(result, window)
    for kind, series in steps(wanted, progress):
        name = f"{kind}-{series}" if series else kind
        choices = {"series": series, "window": window, "event_id": None}
        try:
            chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
        except EventStudyError as error:
            missing.append((name, str(error)))
            continue
        svg = to_bytes(chart, style=style).decode()
        places = tuple(_places(chart, result, series, words))
        told = {key: value for key, value in describe(chart).items() if key != "subtitle"}
        drawn.append(Drawing(name, series, **told, svg=svg, points=numbers(chart), places=places, chart=chart))
    return tuple(drawn), tuple(missing)


def _event_words(result: StudyResult, window: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what is said of an event (by id) or a session (by date) in each market, and its label."""
    headlines = result.events.set_index("id")["headline"]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        event, series, day = row["event_id"], row["series"], row["session"]
        figures = f"abnormal {quantity(row['car'], row['unit'])}, {p_in_words(row['p_value'], row['days'])}"
        if not math.isnan(row["family_p"]) and len(result.series) > 1:
            figures += f", family {p_in_words(row['family_p'], row['family_days'])}"
        if not math.isnan(row["move"]):
            figures = f"moved {quantity(row['move'], row['unit'])}; {figures}"
        news = " ".join(str(headlines[event]).split()) or event
        stance = f" ({row['stance']})" if row["stance"] else ""
        said = f"{day.day} {day:%B %Y}: {news}{stance}."
        market = f" {result.histories[series].instrument.label} {figures}."
        found[event, series] = said + market, str(row["stance"])
        key = f"{day:%Y-%m-%d}", series
        before = found[key][0].removesuffix(market) + " " if key in found else ""
        found[key] = before + said + market, str(row["net_stance"])
    return found


def _places(
    chart: Any, result: StudyResult, series: str, words: Mapping[tuple[str, str], tuple[str, str]]
) -> Iterator[Place]:
    """Yield every point of a chart that stands for an event, a mean or a price, with its figures."""
    named = {result.histories[name].instrument.label: name for name in result.series}
    for panel, gid, _, _, points in drawn(chart):
        if gid.startswith(_INK):
            continue
        of, parts = series or named.get(panel, ""), gid.split("/")
        # What is known of the event, or of the session, that the identifier names.
        said = next((words[key] for name in (of, *parts) for part in parts if (key := (part, name)) in words), None)
        for x, y, _, left, top in points[np.isfinite(points[:, 3:]).all(axis=1)].tolist():
            here = said or _plainly(panel, gid, (x, y), result, of)
            if here:
                yield Place(round(left, 1), round(top, 1), *here)


def _plainly(panel: str, gid: str, at: tuple[float, float], result: StudyResult, series: str) -> tuple[str, str] | None:
    """Say what is drawn by its own coordinates: a price on a day, a mean at a session of event time."""
    (what, _, label), (x, y) = gid.partition("/"), at
    if not math.isfinite(y):
        return None
    if what == "price":
        day = date_of(x)
        return f"{day.day} {day:%B %Y}: {y:,.6g}", ""
    if what not in {"mean", "base"}:
        return None
    unit = result.estimates[series].unit if series else ""
    figure = signed(y, 2) + (" %" if unit.endswith(" return") else f" {unit}".rstrip())
    group = label or (panel if panel in result.groups else "")
    where = ", ".join(filter(None, [panel, label, what]))
    return f"{where}, session {true_minus(f'{x:+g}')}: {figure}", group
