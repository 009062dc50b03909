"""What a report says, section by section, before it takes the form of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.cases import case_events
from eventstudy.charts import LIGHT, Style
from eventstudy.charts.subject import clearest, least_ordinary
from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.matching import labels_in_order
from eventstudy.reading import HEADLINE, reactions, read, read_record
from eventstudy.report.drawings import Drawing, draw_all
from eventstudy.report.story import sentence
from eventstudy.report.tables import (
    Table,
    aar_table,
    audit_table,
    averages_table,
    brief_table,
    events_table,
    inputs_table,
    is_rare,
    left_out_table,
    units,
)
from eventstudy.study.answer import Answer
from eventstudy.study.design import design_to_toml
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.tasks import Progress
from eventstudy.wording import counted, listed, quantity, true_minus, window_in_words

#: With more markets than this the answers are summed up first, and only the rarest is said in full.
MOST_SAID = 2


class Market(NamedTuple):
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
    title, byline : str
        Its title; what it rests on (events, dates, markets) and who made it.
    asked : tuple of str
        What was asked, in sentences.
    headline : tuple of str
        The sentences that are said first: what was rare, the largest single move, how prices read it.
    markets : tuple of Market
        What is said market by market.
    tables : mapping of str to Table
        ``answer, averages, events, audit, left_out, inputs``.
    drawings : tuple of Drawing
        The charts; the first one stands beside the answer.
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
    byline: str
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
    charts: Sequence[str] | None = None,
    style: Style = LIGHT,
    *,
    author: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Put a report together: the words, the tables, the charts.

    Parameters
    ----------
    result : StudyResult
        The result.
    title : str, optional
        Its title; default the markets and the days.
    window : str, optional
        The window of the answers and of the charts that show one; default the study's first.
    charts : sequence of str, optional
        Kinds of charts, of those in `eventstudy.report.drawings.POSSIBLE`; default what suits the number of markets.
    style : Style
        The look.
    author : str, optional
        Who signs it.
    progress : callable, optional
        Called with the number of charts drawn and of all.

    Returns
    -------
    Report
        What `to_html`, `to_markdown` and `to_pdf` write.

    Raises
    ------
    UnknownNameError
        If there is no such window or kind of chart.

    Examples
    --------
    >>> import eventstudy as es
    >>> case = es.load_case("raise-or-fold-2022")
    >>> result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> write_report(result, charts=(), author="A. Analyst").byline
    '28 events, 17 December 2021 to 8 March 2022; prices 2 July 2020 to 30 June 2022. A. Analyst'
    """
    windows = [str(known) for known in result.design.windows]
    window = windows[0] if window is None else require_known(window, windows, "window of this study")
    drawings, not_drawn = draw_all(result, window, charts, style, progress)
    try:
        design = design_to_toml(result.design)
    except DesignError:
        design = ""
    answers = [answer for answer in result.answers if answer.window == window]
    headline = _headline(result, answers, window)
    markets = []
    for name in result.series:
        others = [a.sentence for a in answers if a.series == name and a.sentence not in headline]
        label = result.histories[name].instrument.label
        markets.append(Market(name, label, tuple(others), aar_table(result, name)))
    tables = {
        "answer": brief_table(result, asked_first(result, answers), window),
        "averages": averages_table(result, window),
        "events": events_table(result, window),
        "audit": audit_table(result),
        "left_out": left_out_table(result),
        "inputs": inputs_table(result),
    }
    labels = [result.histories[name].instrument.label for name in result.series]
    who = listed(labels) if len(labels) <= MOST_SAID else counted(len(labels), "market")
    what = "raise or fold" if {"raise", "fold"} <= set(result.groups) else "what the news did"
    histories = [result.histories[name] for name in result.series]
    first, last = min(of.sessions[0] for of in histories), max(of.sessions[-1] for of in histories)
    byline = (
        f"{counted(len(result.events), 'event')}, {_days(result)}; {result.given.kind} {_day(first)} to {_day(last)}"
    )
    return Report(
        result=result,
        window=window,
        title=title or f"{who}: {what}, {_days(result)}",
        byline=f"{byline}. {author}" if author else byline,
        asked=_asked(result, window),
        headline=tuple(headline),
        markets=tuple(markets),
        tables=tables,
        drawings=drawings,
        not_drawn=not_drawn,
        design=design,
        style=style,
    )


def _days(result: StudyResult) -> str:
    first, last = min(result.events["time"]), max(result.events["time"])
    return _day(first) if first[:10] == last[:10] else f"{_day(first)} to {_day(last)}"


def asked_first(result: StudyResult, answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers of the labels compared and of their contrast, or of all labels, market by market."""
    of_contrast = (*result.contrast, str(result.design.contrast)) if result.contrast else ()
    wanted = of_contrast or result.groups or (ALL,)
    found = [answer for answer in answers if answer.n and answer.stance in wanted]
    # More series than events, say twenty banks and one decision: the mean over all of them is the answer.
    pooled = len(result.series) > max(MOST_SAID, len(result.events))
    return sorted(found if pooled else (a for a in found if a.series != ALL), key=lambda a: pooled and a.series != ALL)


def _headline(result: StudyResult, answers: Sequence[Answer], window: str) -> list[str]:
    """Say the answers that are said first."""
    first = asked_first(result, answers)
    if len(result.series) <= MOST_SAID:
        said = [answer.sentence for answer in first]
    else:
        said = [answer.sentence for answer in first if answer.series == ALL]
        of_markets = [answer for answer in first if answer.series != ALL]
        for label in dict.fromkeys(answer.stance for answer in of_markets):
            said.append(_summed_up([answer for answer in of_markets if answer.stance == label], label, window))
        rare = [answer for answer in of_markets if is_rare(answer.family_p, answer.p_value)]
        if rarest := clearest(rare, family=True):
            said.append(rarest.sentence)
    return [*said, *_largest(result, window), *read_by_prices(result)]


def _summed_up(answers: Sequence[Answer], label: str, window: str) -> str:
    """Say of one label in how many markets the mean was out of the ordinary, all of them counted."""
    rare = [answer for answer in answers if is_rare(answer.family_p, answer.p_value)]
    when = "All events" if label == ALL else f"After {label}s" if not answers[0].is_contrast else ""
    when = f"{when or label.replace('-', ' less ').capitalize()}, {window_in_words(window)}"
    n = counted(len(answers), "market")
    if not rare:
        return f"{when}: none of {n} out of the ordinary (no family p of 0.05 or less)."
    which = listed([f"{answer.label} {quantity(answer.caar, answer.unit)}" for answer in rare])
    return f"{when}: {len(rare)} of {n} out of the ordinary (family p of 0.05 or less): {which}."


def _largest(result: StudyResult, window: str) -> list[str]:
    rows = result.car[(result.car["window"] == window) & result.car["p_value"].notna()]
    if rows.empty or len(result.events) == 1:
        return []
    row = least_ordinary(rows)
    return [f"Least ordinary of all: {sentence(result, row['event_id'], row['series'], window)}"]


def read_by_prices(result: StudyResult) -> list[str]:
    """Say how prices read the last raise or fold of a study, raise or fold, with the odds; nothing where they cannot.

    An event of the bundled record is read by that record, as `eventstudy read` does; any other by the study's own
    earlier events, in the instruments of `eventstudy.reading.HEADLINE` among the series, or else in all of them.
    """
    names = [name for name in HEADLINE if name in result.series] or list(result.series)
    if not result.contrast or set(result.contrast) != {"raise", "fold"}:
        return []
    try:
        of = reactions(result, names)
        last = of.events[of.events["stance"].isin(("raise", "fold"))].iloc[-1]
        name = str(last["event_id"])
        reading = (read_record([name]) if name in case_events("all")["id"].to_numpy() else {}).get(name) or read(
            of, name
        )
    except (NothingUsableError, IndexError):
        return []
    headline = " ".join(str(reading.headline).split()) or name
    return [f"How prices read the last {last['stance']} ({headline}), {reading.sentence}"]


def _asked(result: StudyResult, window: str) -> tuple[str, ...]:
    """Say what was asked: which markets, which events, when, and what is called abnormal."""
    design, labels = result.design, result.matching.events.labels.tolist()
    is_stance = design.group_by == "stance"
    numbers = [(labels.count(label), label) for label in labels_in_order(labels)]
    counts = listed([counted(n, label) if is_stance else f"{n} {label}" for n, label in numbers])
    on = f" on {listed(list(design.model.regressors))}" if design.model.regressors else ""
    question = (
        f"What did {listed([result.histories[name].instrument.label for name in result.series])} do around "
        f"{counted(len(labels), 'event')}{f' ({counts})' if counts else ''}, {_days(result)}, "
        "and was it out of the ordinary?"
    )
    abnormal = (
        f"Abnormal is what lies beyond the normal return of the model {design.model.name}{on}, estimated over "
        f"sessions {true_minus(str(design.estimation))} before each event. The figures are of "
        f"{window_in_words(window)} (window {true_minus(window)}), in {units(result)}; a plus means that the asset "
        "gained."
    )
    stance = "A raise escalates, a fold de-escalates, a hold waits. No direction of a market is assumed."
    return (question, abnormal, *([stance] if {"raise", "fold"} & set(result.groups) else []))


def _day(when: Any) -> str:
    day = pd.Timestamp(str(when)[:10])
    return f"{day.day} {day:%B %Y}"
