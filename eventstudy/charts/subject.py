"""What a chart is about: which series and window, in which unit, its finding in words, and the lines under it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.charts.layout import Panel, Words, day_range, frame, wrap
from eventstudy.charts.style import Look
from eventstudy.errors import DesignError, require_known
from eventstudy.markets import History, load_series, series_labels
from eventstudy.study.answer import RARE, Answer, events_in_words
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL
from eventstudy.wording import counted, quantity, short_p, symbol, true_minus, window_in_words


class Unit(NamedTuple):
    """How abnormal returns are written: what they are called, their unit, times what."""

    name: str
    symbol: str
    scale: float

    @classmethod
    def of(cls, unit: str, kind: str = "difference") -> Unit:
        """Return how returns of a unit are written: in per cent, else as they are."""
        if not unit or unit.endswith(" return"):
            return cls(f"abnormal {unit or 'return'}", symbol(unit or "simple return"), 100.0)
        return cls(f"abnormal {'level' if kind == 'level' else 'change'}", unit, 1.0)


class Subject:
    """What a chart of a study is about: one or several series, by default the first (with prices, if `priced`).

    A series of bars is refused, and one without a price where prices are drawn.
    """

    def __init__(
        self,
        result: StudyResult,
        words: Words,
        series: str | Sequence[str | None] | None = None,
        window: str | None = None,
        *,
        priced: bool = False,
    ) -> None:
        self.result, self.words, self.style = result, words.copy(), words["style"]
        with_prices = (name for name in result.series if result.histories[name].prices is not None)
        first = next(with_prices, result.series[0]) if priced else result.series[0]
        asked = [series] if series is None or isinstance(series, str) else list(series)
        self.names = [first if name is None else require_known(name, result.series, "series") for name in asked]
        if not asked or len(set(self.names)) < len(asked):
            raise DesignError(f"a chart needs one or several different series, not {asked}")
        self.histories = [result.histories[name] for name in self.names]
        for name, history in zip(self.names, self.histories, strict=True):
            if history.bar is not None:
                raise DesignError(f"'{name}' is in bars, and charts are of sessions; its numbers are in the tables")
            is_level = history.instrument.returns == "level"
            if priced and (history.prices is None or is_level):
                what = f"levels ({history.instrument.unit})" if is_level else "returns"
                raise DesignError(f"'{name}' came as {what}, so there is no price to draw; give prices to the study")
        self.history, self.name = self.histories[0], self.names[0]
        instrument = self.history.instrument
        self.label, self.unit = instrument.label, Unit.of(result.samples[self.name].unit, instrument.returns)
        windows = [str(known) for known in result.design.windows]
        self.window = require_known(window, windows, "window of this study") if window else windows[0]
        self.w = windows.index(self.window)

    @cached_property
    def looks(self) -> dict[str, Look]:
        """The look of every label: a stance's own; others take those of raise, fold, hold and mixed in turn."""
        looks, result = dict(self.style.looks), self.result
        every = dict.fromkeys([*result.groups, *result.matching.events.labels.tolist()])
        others = [label for label in every if label and label not in looks]
        first = [label for label in result.contrast or () if label in others]
        in_turn = ("raise", "fold", "hold", "mixed")
        for k, label in enumerate(dict.fromkeys([*first, *others])):
            looks[label] = self.style.look(in_turn[k % len(in_turn)])
        return looks | {"": self.style.look(ALL)}

    def answer(self, label: str) -> Answer | None:
        """Return the answer over the window; None where no market event of the label stands in a mean."""
        wanted = (self.name, label, self.window)
        return next((a for a in self.result.answers if (a.series, a.stance, a.window) == wanted and a.n), None)

    @cached_property
    def abnormal(self) -> str:
        """What is abnormal in all of its series: returns, or of series that have none levels or changes."""
        units = [self.result.samples[of.name].unit for of in self.histories]
        return "abnormal return" if any(unit.endswith(" return") for unit in units) else self.unit.name

    def measured(self, measure: str, over: str | None = None) -> str:
        """Return the subtitle: what is measured, over which window, of which events, when."""
        window = self.window if over is None else over
        of_window, matches = f" over {window_in_words(window)}" if window else "", self.result.matches
        days = matches.loc[matches["series"].isin(self.names) & (matches["status"] == "used"), "session"].dropna()
        when = f"; events {day_range(days.min().to_datetime64(), days.max().to_datetime64())}" if len(days) else ""
        return f"{measure}{of_window}{when}"

    def frame(self, ax: Any, room: Any, size: tuple[float, float], *, n: str, **more: Any) -> list[Panel]:
        """Return the panels of `layout.frame`, under them source (the user's, or as found out), sample, model and n."""
        histories, design, events = self.histories, self.result.design, self.result.events
        whose = self.words.get("source") or "; ".join(dict.fromkeys(map(price_source, histories)))
        stamp = f"; {self.history.instrument.stamp.label}" if len(histories) == 1 else ""
        sourced = " Events: each with its source in the events table." if (events["source"] != "").all() else ""
        sample = day_range(min(of.sessions[0] for of in histories), max(of.sessions[-1] for of in histories))
        sample += f", {len(self.history)} sessions" if len(histories) == 1 else ""
        regressors = f" on {', '.join(design.model.regressors)}" if design.model.regressors else ""
        model = f"{design.model.name}{regressors}, estimation window {true_minus(str(design.estimation))}"
        footnote = f"Source: {whose}{stamp}.{sourced}", f"Sample: {sample}. Model: {model}. {n}."
        return frame(ax, room, size, self.words, footnote=footnote, **more)

    def scales(self, panels: Sequence[Panel], name: str, symbol: str, *, own: bool = True) -> None:
        """Write the unit on the left, and which way is up; in a new figure only the first of a row has a y-axis."""
        up, measure = self.history.instrument.up, self.style.measure(self.style.text)
        parts = [f"{name}, {symbol}" if symbol else name, *([f"(up = {up})"] if up else [])]
        label = "\n".join(line for part in parts for line in wrap(part, panels[0].size[1], measure))
        left = panels[0].ax.get_position().x0
        for panel in panels:
            if own and panel.ax.get_position().x0 > left:
                panel.ax.tick_params(labelleft=False)
            else:
                panel.ax.set_ylabel(label if panel is panels[0] else symbol)


def numbered(numbers: Iterable[tuple[int, str]], noun: str) -> str:
    """Write how many there are of each label, and of all labels together how many of what."""
    return ", ".join(counted(n, noun) if label == ALL else f"{n} {label}" for n, label in numbers)


def p_of(answer: Answer, *, family: bool = False) -> str:
    """Write the p of an answer, or where there is one that of all series at once."""
    joint = family and bool(np.isfinite(answer.family_p)) and not answer.contrast
    p, days = (answer.family_p, answer.family_days) if joint else (answer.p_value, answer.days)
    return "family " * joint + short_p(p, float("nan") if answer.contrast else days)


def finding(answer: Answer, *, family: bool = False) -> str:
    """Say what an answer found in a line, by its own number and p (or family p): the title of charts about means.

    Examples
    --------
    >>> finding(Answer("a", "raise", "0:0", "simple return", 7, 7, 0, caar=-0.0753, p_value=0.012, label="Shares"))
    'Shares lost an abnormal 7.5 % after 7 raises, p 0.012'
    """
    who, p, number = answer.label or answer.series, p_of(answer, family=family), quantity(answer.caar, answer.unit)
    tested = answer.family_p if p.startswith("family") else answer.p_value
    bare, clear = number.lstrip("+−"), tested <= RARE
    if clear and answer.family_p > RARE:  # what is rare for one market is not for all that were looked at
        p += f", family {short_p(answer.family_p, answer.family_days)}"
    if answer.contrast:
        first, second = answer.contrast
        if not clear:
            untold = np.isnan(tested) or answer.too_few
            said = f"{first} less {second}" if untold else f"no clear difference between {first} and {second}"
            return f"{who}: {said}, {number}, {p}" + ", too few to tell" * answer.too_few
        apart = f"an abnormal {bare} {'higher' if answer.caar > 0 else 'lower'}"
        first, second = (events_in_words(2, label).removeprefix("2 ") for label in (first, second))
        return f"{who}: {apart} after {first} than after {second}, {p}"
    after = events_in_words(answer.n, answer.stance)
    if not clear:
        return f"{who}: {'' if np.isnan(tested) else 'nothing unusual '}after {after}, abnormal {number}, {p}"
    return f"{who} {'gained' if answer.caar > 0 else 'lost'} an abnormal {bare} after {after}, {p}"


def clearest(answers: Iterable[Answer], *, family: bool = False) -> Answer | None:
    """Return the answer with the lowest p, of equals that with the largest |z|; None if there is none.

    With `family` the family p comes first: of several series the lowest p is often that of the one with most days.
    """

    def rank(answer: Answer) -> tuple[float, float, float]:
        first, p = np.nan_to_num([answer.family_p if family else 0.0, answer.p_value], nan=2.0)
        return first, p, -abs(np.nan_to_num(answer.z))

    return min((answer for answer in answers if answer.n), key=rank, default=None)


def least_ordinary(rows: pd.DataFrame) -> pd.Series:
    """Return the row of `car` with the smallest family p (its own where it has none), then p, then the largest |z|."""
    ranks = rows.assign(decides=rows["family_p"].fillna(rows["p_value"]), far=-rows["z"].abs())
    return ranks.sort_values(["decides", "p_value", "far"], kind="stable").iloc[0]


def price_source(history: History) -> str:
    """Say whose figures a history holds: the institution's only if they are a bundled series', price by price."""
    if history.prices is None:
        return "returns as supplied"
    for label in series_labels().values():
        if label.instrument == history.name:
            bundled = load_series(label.name).reindex(history.sessions.astype("datetime64[ns]"))
            if len(history) and np.array_equal(bundled.to_numpy(), history.prices):
                return label.institution
    return f"your file {history.source}" if history.source else "prices as supplied"
