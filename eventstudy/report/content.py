"""What a report says, section by section, before it takes the form of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from eventstudy.charts import LIGHT, Style
from eventstudy.errors import DesignError
from eventstudy.news.stance import STANCES
from eventstudy.report.answers import Answer, answers, chosen_window
from eventstudy.report.cells import Cell, Table, audit_table, average_cells, excluded_table, inputs_table, moves_table
from eventstudy.report.drawings import STANDARD, Drawing, NotDrawn, draw_all
from eventstudy.report.method import Method, methods
from eventstudy.study.design_file import design_to_toml
from eventstudy.study.result import StudyResult
from eventstudy.wording import counted, listed, probability, quantity, true_minus, window_in_words

__all__ = ["Cell", "Report", "Table", "write_report"]


@dataclass(frozen=True, eq=False)
class Report:
    """A report, ready to become a page.

    Parameters
    ----------
    title : str
        Its title.
    asked : tuple of str
        What was asked, in sentences.
    window : str
        The window of the answer.
    answers : tuple of Answer
        What each market did.
    contrast, averages, moves, audit, excluded, inputs : Table
        The tables.
    drawings : tuple of Drawing
        The charts.
    not_drawn : tuple of NotDrawn
        Charts that could not be drawn.
    methods : tuple of Method
        What was computed, and whose idea it was.
    warnings : tuple of str
        What a reader must know before believing the figures.
    design : str
        The design as TOML; empty if a file cannot hold it.
    version : str
        Of the library.
    hints : mapping of str to str
        By identifier of a part of a chart, what is told when the pointer rests on it.
    style : Style
        The look of the charts.
    """

    title: str
    asked: tuple[str, ...]
    window: str
    answers: tuple[Answer, ...]
    contrast: Table
    averages: Table
    moves: Table
    audit: Table
    excluded: Table
    inputs: Table
    drawings: tuple[Drawing, ...]
    not_drawn: tuple[NotDrawn, ...]
    methods: tuple[Method, ...]
    warnings: tuple[str, ...]
    design: str
    version: str
    hints: Mapping[str, str]
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
        The window of the answer and of the charts that show one; default the study's first.
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
    from eventstudy.version import version

    window = chosen_window(result, window)
    drawings, not_drawn = draw_all(result, window, charts, style)
    try:
        design = design_to_toml(result.design)
    except DesignError:
        design = ""
    averages = result.average[result.average["window"] == window]
    of_contrast = averages["stance"] == "raise-fold"
    return Report(
        title=title or f"What {counted(len(result.series), 'market')} did after the news",
        asked=_asked(result, window),
        window=window,
        answers=answers(result, window),
        contrast=average_cells(result, averages[of_contrast], "Raises less folds"),
        averages=average_cells(result, averages[~of_contrast], "Averages over events"),
        moves=moves_table(result, window),
        audit=audit_table(result),
        excluded=excluded_table(result),
        inputs=inputs_table(result),
        drawings=drawings,
        not_drawn=not_drawn,
        methods=methods(result),
        warnings=result.warnings,
        design=design,
        version=version(),
        hints=_hints(result, window),
        style=style,
    )


def _asked(result: StudyResult, window: str) -> tuple[str, ...]:
    """Say what was asked: which markets, which events, when, and what is called abnormal."""
    labels = [result.histories[name].instrument.label for name in result.series]
    events = result.events[result.events["id"].isin(result.matches["event_id"])]
    stances = [counted(n, stance) for stance in STANCES if (n := int((events["stance"] == stance).sum()))]
    days = sorted(str(time)[:10] for time in events["time"])
    design = result.design
    on = f" on {listed(list(design.model.regressors))}" if design.model.regressors else ""
    question = (
        f"What did {listed(labels)} do around {counted(len(events), 'event')} ({listed(stances)}) between "
        f"{_day(days[0])} and {_day(days[-1])}, and was it out of the ordinary?"
    )
    abnormal = (
        f"A move is abnormal: what lies beyond the normal return of the model {design.model.name}{on}, learned over "
        f"sessions {true_minus(str(design.estimation))} before each event. The figures below are of "
        f"{window_in_words(window)} (window {true_minus(window)})."
    )
    stance = "A raise escalates, a fold de-escalates, a hold waits. No direction of a market is assumed."
    return question, abnormal, stance


def _day(text: str) -> str:
    day = pd.Timestamp(text)
    return f"{day.day} {day:%B %Y}"


def _hints(result: StudyResult, window: str) -> dict[str, str]:
    headlines = result.events.set_index("id")["headline"]
    hints = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        told = f"{' '.join(str(headlines[row['event_id']]).split()) or row['event_id']} ({row['stance']})"
        p = f"placebo p {probability(row['placebo_p'])}, family p {probability(row['family_p'])}"
        hints[f"flag/{row['event_id']}"] = told
        hints[f"value/{row['event_id']}/{row['series']}"] = f"{told}: {quantity(row['car'], row['unit'], 2)}, {p}"
    return hints
