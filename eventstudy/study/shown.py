"""How a result shows itself: in a few lines of text, in a notebook, as a first plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.study.answer import Answer
from eventstudy.study.sample import ALL
from eventstudy.wording import probability, quantity

if TYPE_CHECKING:
    from eventstudy.study.result import StudyResult

#: Answers that a printed result shows; the rest is counted.
_SHOWN = 40


def summary(result: StudyResult) -> str:
    """Return the study in a few lines of text: what went in, the answers over the first window, the warnings."""
    found = _first_answers(result)
    said = [answer.sentence for answer in found[:_SHOWN]]
    said += [f"... and {len(found) - _SHOWN} more answers: result.average"] if len(found) > _SHOWN else []
    notes = [f"! {line}" for line in result.warnings]
    return "\n".join([_head(result), "", *said, *(["", *notes] if notes else [])])


def notebook(result: StudyResult) -> str:
    """Return the answers over the first window as a table of HTML, with the warnings."""
    from html import escape

    rows = [
        (answer.label or answer.series, answer.stance.replace(ALL, "all"), answer.n,
         quantity(answer.caar, answer.unit, 2), probability(answer.p_value, answer.days),
         probability(answer.family_p, answer.family_days), answer.sentence)
        for answer in _first_answers(result)
    ]  # fmt: skip
    columns = ["market", "stance", "n", f"mean, window {result.design.windows[0]}", "p", "family p", "answer"]
    with pd.option_context("display.max_colwidth", None):
        table = pd.DataFrame(rows, columns=columns).to_html(index=False, border=0)
    notes = "".join(f"<li>{escape(line)}</li>" for line in result.warnings)
    said = f"<p>Before you believe it:</p><ul>{notes}</ul>" if notes else ""
    return f"<p>{escape(_head(result))}</p>{table}{said}"


def plot_paths(result: StudyResult, series: str | None = None, ax: Any = None) -> Any:
    """Draw the mean paths of one series by label with pandas, as a first look; `eventstudy.charts` has the charts.

    Parameters
    ----------
    result : StudyResult
        The result.
    series : str, optional
        The series; default the first.
    ax : matplotlib axes, optional
        Where to draw.

    Returns
    -------
    matplotlib axes
        CAAR by session of event time, in the unit of the series.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    """
    name = require_known(series or result.series[0], result.series, "series")
    rows = result.aar[result.aar["series"] == name]
    paths = rows.pivot_table(index="tau", columns="stance", values="caar", sort=False)
    drawn = paths.rename(columns={ALL: "all events"}).plot(ax=ax, title=result.histories[name].instrument.label)
    unit = result.estimates[name].unit
    drawn.set(xlabel="sessions from the event", ylabel=f"mean cumulative abnormal {unit}")
    return drawn


def _head(result: StudyResult) -> str:
    used = int(np.any([of.matches.there for of in result.estimates.values()], axis=0).sum())
    return (
        f"Event study: {used} of {len(result.events)} events on {len(result.series)} series, "
        f"{result.design.model!r}, estimation {result.design.estimation}"
    )


def _first_answers(result: StudyResult) -> list[Answer]:
    """Return the answers over the first window; with more series than events those of the pool first."""
    first, pool = str(result.design.windows[0]), len(result.series) > len(result.events)
    found = [answer for answer in result.answers if answer.window == first and answer.n]
    return sorted(found, key=lambda answer: pool and answer.series != ALL)
