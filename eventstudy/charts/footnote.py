"""The line under every chart: where the figures come from, the sample, the model, how many events, how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.charts.dates import day_range
from eventstudy.charts.frame import note
from eventstudy.charts.lettering import MINUS, ruler, wrap
from eventstudy.charts.style import Style
from eventstudy.markets.bundled import load_series, series_labels
from eventstudy.markets.history import History
from eventstudy.study.result import StudyResult

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

#: Distance of two lines, in font sizes.
LEADING = 1.4


def price_source(history: History) -> str:
    """Say whose figures a history holds.

    Parameters
    ----------
    history : History
        The history.

    Returns
    -------
    str
        The institution if the prices are those of a bundled series, price by price; else that they were supplied.
    """
    if history.prices is None:
        return "returns as supplied"
    for label in series_labels().values():
        if label.instrument == history.name:
            bundled = load_series(label.name).reindex(history.sessions.astype("datetime64[ns]"))
            if len(history) and np.array_equal(bundled.to_numpy(), history.prices):
                return label.institution
    return "prices as supplied"


def footnote_lines(result: StudyResult, series: str, n: str, method: str, source: str | None = None) -> list[str]:
    """Return what stands under a chart of one series.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str
        The series drawn.
    n : str
        How many events are drawn, in words.
    method : str
        How the picture was made, in a sentence or two.
    source : str, optional
        Whose figures they are; default what `price_source` finds out.
    """
    history, design = result.histories[series], result.design
    sourced = " Events: each with its source in the events table." if (result.events["source"] != "").all() else ""
    regressors = f" on {', '.join(design.model.regressors)}" if design.model.regressors else ""
    sample = f"{day_range(history.sessions[0], history.sessions[-1])}, {len(history)} sessions"
    model = f"{design.model.name}{regressors}, estimation window {str(design.estimation).replace('-', MINUS)}"
    return [
        f"Source: {source or price_source(history)}; {history.instrument.stamp.label}.{sourced}",
        f"Sample: {sample}. Model: {model}. {n}.",
        method,
    ]


def study_lines(
    result: StudyResult, series: Sequence[str], n: str, method: str, source: str | None = None
) -> list[str]:
    """Return what stands under a chart of several series.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : sequence of str
        The series drawn.
    n : str
        How many events are drawn, in words.
    method : str
        How the picture was made, in a sentence or two.
    source : str, optional
        Whose figures they are; default what `price_source` finds out.
    """
    histories, design = [result.histories[name] for name in series], result.design
    whose = source or "; ".join(dict.fromkeys(map(price_source, histories)))
    sourced = " Events: each with its source in the events table." if (result.events["source"] != "").all() else ""
    first, last = min(h.sessions[0] for h in histories), max(h.sessions[-1] for h in histories)
    regressors = f" on {', '.join(design.model.regressors)}" if design.model.regressors else ""
    model = f"{design.model.name}{regressors}, estimation window {str(design.estimation).replace('-', MINUS)}"
    return [f"Source: {whose}.{sourced}", f"Sample: {day_range(first, last)}. Model: {model}. {n}.", method]


def footnote_room(lines: list[str], width: float, style: Style) -> tuple[str, float]:
    """Break the lines to a width in points; return the text and its height in points."""
    measure = ruler(style.small, style)
    broken = [part for line in lines for part in wrap(line, width, measure)]
    return "\n".join(broken), len(broken) * style.small * LEADING


def draw_footnote(ax: Axes, words: str, below: float, style: Style) -> Text:
    """Write the footnote under the axes, flush with their left edge.

    Parameters
    ----------
    ax : Axes
        The axes.
    words : str
        What `footnote_room` returned.
    below : float
        Distance from the axes' lower edge in points.
    style : Style
        The look.
    """
    look: dict[str, Any] = {"color": style.muted, "fontsize": style.small, "linespacing": LEADING / 1.2}
    return note(ax, words, (0, 0), (0, -below), "footnote", va="top", **look)
