"""What a chart is about, read off the result: which series and window, in which unit, and the lines under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.charts.style import Look, Style
from eventstudy.charts.text import MINUS, day_range
from eventstudy.errors import DesignError, require_known
from eventstudy.markets.bundled import load_series, series_labels
from eventstudy.markets.history import History
from eventstudy.study.answer import Answer
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import p_in_words, quantity, true_minus


@dataclass(frozen=True)
class Unit:
    """How abnormal returns are written: what they are called, their unit, times what."""

    name: str
    symbol: str
    scale: float


def chosen_history(result: StudyResult, series: str | None, *, priced: bool = False) -> History:
    """Return the history that a chart is about.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str, optional
        Its name; default the first series of the study (the first with prices, if those are needed).
    priced : bool
        Whether prices are needed.

    Raises
    ------
    UnknownNameError
        If the study has no such series.
    DesignError
        If the study is of bars, or prices are needed and it is of returns, volumes or variances.
    """
    if series is not None:
        name = require_known(series, result.series, "series")
    else:
        known = [name for name in result.series if not priced or result.histories[name].prices is not None]
        name = (known or list(result.series))[0]
    history = result.histories[name]
    if history.bar is not None:
        raise DesignError(f"'{name}' is in bars, and charts are of sessions; its numbers are in the tables")
    if priced and (history.prices is None or history.instrument.returns == "level"):
        what = "returns" if history.instrument.returns != "level" else f"levels ({history.instrument.unit})"
        raise DesignError(f"'{name}' came as {what}, so there is no price to draw; give prices to the study")
    return history


def chosen_window(result: StudyResult, window: str | None) -> str:
    """Return a window of the study, by default its first."""
    windows = [str(known) for known in result.design.windows]
    return require_known(window, windows, "window of this study") if window else windows[0]


def return_unit(result: StudyResult, series: str) -> Unit:
    """Return how the abnormal returns of a series are written: in per cent, or in the unit of its differences."""
    unit = result.estimates[series].unit
    return Unit(f"abnormal {unit}", "%", 100.0) if unit.endswith(" return") else Unit("abnormal change", unit, 1.0)


def looks_of(result: StudyResult, style: Style) -> dict[str, Look]:
    """Return the look of every label: a stance's own; others take those of raise, fold, hold and mixed in turn."""
    looks = dict(style.looks)
    every = dict.fromkeys([*result.groups, *result.matching.events.labels.tolist()])
    others = [label for label in every if label and label not in looks]
    first = [label for label in result.contrast or () if label in others]
    in_turn = ("raise", "fold", "hold", "mixed")
    for k, label in enumerate(dict.fromkeys([*first, *others])):
        looks[label] = style.look(in_turn[k % len(in_turn)])
    return looks | {"": style.look(ALL)}


def answer_words(result: StudyResult, series: str, label: str, window: str) -> list[str]:
    """Write the answer over one window in a line: mean, number of market events, p; nothing where there is none."""
    for answer in result.answers:
        if (answer.series, answer.stance, answer.window) == (series, label, window) and answer.n:
            mean = quantity(answer.caar, answer.unit)
            return [f"{true_minus(window)}: {mean}, n = {answer.n}, {answer_p(answer)}"]
    return []


def answer_p(answer: Answer) -> str:
    """Write the p of an answer, as its sentence does."""
    return p_in_words(answer.p_value, float("nan") if answer.p_source == "labels" else answer.days)


def price_source(history: History) -> str:
    """Say whose figures a history holds.

    Returns
    -------
    str
        The institution if the prices are those of a bundled series, price by price; else the user's file, or that they
        were supplied.
    """
    if history.prices is None:
        return "returns as supplied"
    for label in series_labels().values():
        if label.instrument == history.name:
            bundled = load_series(label.name).reindex(history.sessions.astype("datetime64[ns]"))
            if len(history) and np.array_equal(bundled.to_numpy(), history.prices):
                return label.institution
    return f"your file {history.source}" if history.source else "prices as supplied"


def footnote_lines(
    result: StudyResult, series: str | Sequence[str], n: str, method: str, source: str | None = None
) -> tuple[str, ...]:
    """Return what stands under a chart: source, sample, model, n, and how it was made.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str or sequence of str
        The series drawn; of a single one its stamp and number of sessions are said too.
    n : str
        How many events are drawn, in words.
    method : str
        How the picture was made, in a sentence or two.
    source : str, optional
        Whose figures they are; default what `price_source` finds out.
    """
    single = isinstance(series, str)
    names = [series] if isinstance(series, str) else series
    histories, design = [result.histories[name] for name in names], result.design
    whose = source or "; ".join(dict.fromkeys(map(price_source, histories)))
    stamp = f"; {histories[0].instrument.stamp.label}" if single else ""
    sourced = " Events: each with its source in the events table." if (result.events["source"] != "").all() else ""
    sample = day_range(min(h.sessions[0] for h in histories), max(h.sessions[-1] for h in histories))
    sessions = f", {len(histories[0])} sessions" if single else ""
    regressors = f" on {', '.join(design.model.regressors)}" if design.model.regressors else ""
    model = f"{design.model.name}{regressors}, estimation window {str(design.estimation).replace('-', MINUS)}"
    return f"Source: {whose}{stamp}.{sourced}", f"Sample: {sample}{sessions}. Model: {model}. {n}.", method
