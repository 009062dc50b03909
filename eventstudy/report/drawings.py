"""The charts of a report: drawn once, kept as SVG, words and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from eventstudy.charts import KINDS, LIGHT, Style, describe, numbers, to_bytes
from eventstudy.errors import EventStudyError, require_known
from eventstudy.study.result import StudyResult

#: The charts of a report where nothing else is asked for, and all that it can have, in the order of the page.
STANDARD = ("heatmap", "multiples", "timeline", "raise-fold", "car")
POSSIBLE = (*STANDARD, "holding", "scatter", "placebo")


@dataclass(frozen=True, eq=False)
class Drawing:
    """One chart of a report.

    Parameters
    ----------
    name : str
        Its file name without an ending, e.g. ``raise-fold-ruble``.
    series : str
        Of which series; empty if it shows all.
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
    series: str
    title: str
    alt: str
    footnote: str
    svg: str
    points: pd.DataFrame
    chart: Any


def draw_all(
    result: StudyResult, window: str | None = None, kinds: Sequence[str] = STANDARD, style: Style = LIGHT
) -> tuple[tuple[Drawing, ...], tuple[tuple[str, str], ...]]:
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
    tuple of Drawing, tuple of (str, str)
        What could be drawn: first the charts of all series, then series by series. What could not, by name, and why.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.
    """
    for kind in kinds:
        require_known(kind, POSSIBLE, "chart of a report")
    of_each = [kind for kind in kinds if "series" in KINDS[kind].takes]
    of_all = [kind for kind in kinds if kind not in of_each and (len(result.series) > 1 or kind != "multiples")]
    wanted = [*((kind, "") for kind in of_all), *((kind, series) for series in result.series for kind in of_each)]
    drawn, missing = [], []
    for kind, series in wanted:
        name = f"{kind}-{series}" if series else kind
        choices = {"series": series, "window": window or str(result.design.windows[0]), "event_id": None}
        try:
            chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
        except EventStudyError as error:
            missing.append((name, str(error)))
            continue
        svg = to_bytes(chart, style=style).decode()
        drawn.append(Drawing(name, series, **describe(chart), svg=svg, points=numbers(chart), chart=chart))
    return tuple(drawn), tuple(missing)
