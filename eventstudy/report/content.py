"""What a report says, section by section, before it takes the form of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from eventstudy.charts import LIGHT, Style
from eventstudy.errors import DesignError, require_known
from eventstudy.matching import labels_in_order
from eventstudy.report.drawings import STANDARD, Drawing, draw_all
from eventstudy.report.tables import (
    Table,
    aar_table,
    audit_table,
    averages_table,
    inputs_table,
    left_out_table,
    moves_table,
    units,
)
from eventstudy.study.answer import Answer
from eventstudy.study.design import design_to_toml
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import counted, listed, true_minus, window_in_words

#: With more markets than this the pooled answers are said first, and those of single markets beside their charts.
MOST_SAID = 4


@dataclass(frozen=True)
class Market:
    """What a report says of one market.

    Parameters
    ----------
    series, label : str
        Its name, and how it is written.
    sentences : tuple of str
        Its answers that are not said at the beginning.
    aar : Table
        Its average abnormal returns by session of event time.
    """

    series: str
    label: str
    sentences: tuple[str, ...]
    aar: Table


@dataclass(frozen=True, eq=False)
class Report:
    """A report, ready to become a page.

    Parameters
    ----------
    result : StudyResult
        The result; every figure is one of its.
    window : str
        The window of the answers.
    title : str
        Its title.
    asked : tuple of str
        What was asked, in sentences.
    headline : tuple of str
        The sentences of the answers that are said first.
    markets : tuple of Market
        What is said market by market.
    tables : mapping of str to Table
        ``averages, moves, audit, left_out, inputs``.
    drawings : tuple of Drawing
        The charts.
    not_drawn : tuple of (str, str)
        Charts that could not be drawn, and why.
    design : str
        The design as TOML; empty if a file cannot hold it.
    style : Style
        The look of the charts.
    """

    result: StudyResult
    window: str
    title: str
    asked: tuple[str, ...]
    headline: tuple[str, ...]
    markets: tuple[Market, ...]
    tables: Mapping[str, Table]
    drawings: tuple[Drawing, ...]
    not_drawn: tuple[tuple[str, str], ...]
    design: str
    style: Style


def write_report(
    result: StudyResult,
    title: str | None = None,
    window: str | None = None,
    charts: tuple[str, ...] = STANDARD,
    style: Style = LIGHT,
) -> Report:
    """Put a report together: the words, the tables, the charts.

    Parameters
    ----------
    result : StudyResult
        The result.
    title : str, optional
        Its title.
    window : str, optional
        The window of the answers and of the charts that show one; default the study's first.
    charts : tuple of str
        Kinds of charts, of those in `eventstudy.report.drawings.POSSIBLE`.
    style : Style
        The look.

    Returns
    -------
    Report
        What `to_html`, `to_markdown` and `to_excel` write.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.
    """
    windows = [str(known) for known in result.design.windows]
    window = windows[0] if window is None else require_known(window, windows, "window of this study")
    drawings, not_drawn = draw_all(result, window, charts, style)
    try:
        design = design_to_toml(result.design)
    except DesignError:
        design = ""
    answers = tuple(answer for answer in result.answers if answer.window == window)
    said = [answer.sentence for answer in _first(result, answers)]
    markets = []
    for name in result.series:
        others = [a.sentence for a in answers if a.series == name and a.sentence not in said]
        label = result.histories[name].instrument.label
        markets.append(Market(name, label, tuple(others), aar_table(result, name)))
    tables = {
        "averages": averages_table(result, window),
        "moves": moves_table(result, window),
        "audit": audit_table(result),
        "left_out": left_out_table(result),
        "inputs": inputs_table(result),
    }
    title = title or f"What {counted(len(result.series), 'market')} did after the news"
    question = _asked(result, window)
    return Report(
        result, window, title, question, tuple(said), tuple(markets), tables, drawings, not_drawn, design, style
    )


def _first(result: StudyResult, answers: tuple[Answer, ...]) -> list[Answer]:
    """Return the answers that are said first: those of the two labels compared and of their contrast."""
    of_contrast = (*result.contrast, result.design.contrast) if result.contrast else ()
    wanted = of_contrast or result.groups or (ALL,)
    found = [answer for answer in answers if answer.n and answer.stance in wanted]
    together = [answer for answer in found if answer.series == ALL]
    if len(result.series) > MOST_SAID and together:
        return together
    return [answer for answer in found if answer.series != ALL]


def _asked(result: StudyResult, window: str) -> tuple[str, ...]:
    """Say what was asked: which markets, which events, when, and what is called abnormal."""
    design, labels = result.design, result.matching.events.labels.tolist()
    is_stance = design.group_by == "stance"
    numbers = [(labels.count(label), label) for label in labels_in_order(labels)]
    counts = listed([counted(n, label) if is_stance else f"{n} {label}" for n, label in numbers])
    days = sorted(str(time)[:10] for time in result.events["time"])
    on = f" on {listed(list(design.model.regressors))}" if design.model.regressors else ""
    question = (
        f"What did {listed([result.histories[name].instrument.label for name in result.series])} do around "
        f"{counted(len(labels), 'event')}{f' ({counts})' if counts else ''} between {_day(days[0])} and "
        f"{_day(days[-1])}, and was it out of the ordinary?"
    )
    abnormal = (
        f"Abnormal is what lies beyond the normal return of the model {design.model.name}{on}, estimated over "
        f"sessions {true_minus(str(design.estimation))} before each event. The figures are of "
        f"{window_in_words(window)} (window {true_minus(window)}), in {units(result)}; a plus means that the asset "
        "gained."
    )
    stance = "A raise escalates, a fold de-escalates, a hold waits. No direction of a market is assumed."
    return (question, abnormal, *([stance] if {"raise", "fold"} & set(result.groups) else []))


def _day(text: str) -> str:
    day = pd.Timestamp(text)
    return f"{day.day} {day:%B %Y}"
