"""The charts of a report: drawn once, kept as SVG, words and numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.charts import KINDS, LIGHT, Style, describe, numbers, to_bytes
from eventstudy.errors import EventStudyError, require_known
from eventstudy.report.answers import chosen_window
from eventstudy.study.result import StudyResult

#: The charts of a report where nothing else is asked for, and all that it can have, in the order of the story.
STANDARD = ("heatmap", "multiples", "timeline", "raise-fold", "car")
POSSIBLE = (*STANDARD, "holding", "scatter", "placebo")


@dataclass(frozen=True, eq=False)
class Drawing:
    """One chart of a report.

    Parameters
    ----------
    name : str
        Its file name without an ending, e.g. ``raise-fold-ruble``.
    kind, series : str
        Which chart, and of which series; no series if it shows all.
    title, alt, footnote : str
        Its own words.
    svg : str
        The picture.
    points : DataFrame
        The numbers behind it (see `eventstudy.charts.numbers`).
    chart : object
        What the chart function returned.
    """

    name: str
    kind: str
    series: str
    title: str
    alt: str
    footnote: str
    svg: str
    points: pd.DataFrame
    chart: Any


@dataclass(frozen=True)
class NotDrawn:
    """A chart that could not be drawn, and why."""

    name: str
    why: str


def draw_all(
    result: StudyResult, window: str | None = None, kinds: Sequence[str] = STANDARD, style: Style = LIGHT
) -> tuple[tuple[Drawing, ...], tuple[NotDrawn, ...]]:
    """Draw the charts of a report.

    Parameters
    ----------
    result : StudyResult
        The result.
    window : str, optional
        The window of the charts that show one; default the study's first.
    kinds : sequence of str
        Which kinds of chart, of those in `POSSIBLE`.
    style : Style
        The look.

    Returns
    -------
    tuple of Drawing, tuple of NotDrawn
        What could be drawn, and what could not.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.
    """
    for kind in kinds:
        require_known(kind, POSSIBLE, "chart of a report")
    chosen = chosen_window(result, window)
    drawn, missing = [], []
    for kind, series in _wanted(result, kinds):
        name = f"{kind}-{series}" if series else kind
        choices = {"series": series, "window": chosen, "event_id": None}
        try:
            chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
        except EventStudyError as error:
            missing.append(NotDrawn(name, str(error)))
            continue
        svg = to_bytes(chart, style=style).decode()
        drawn.append(Drawing(name, kind, series, **describe(chart), svg=svg, points=numbers(chart), chart=chart))
    return tuple(drawn), tuple(missing)


def _wanted(result: StudyResult, kinds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield kind and series: first the charts of all series, then series by series."""
    of_each = [kind for kind in kinds if "series" in KINDS[kind].takes]
    for kind in kinds:
        if kind not in of_each and (len(result.series) > 1 or kind != "multiples"):
            yield kind, ""
    for series in result.series:
        for kind in of_each:
            yield kind, series
