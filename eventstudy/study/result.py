"""The result of a study: frozen tables, answers, and the regressions behind them on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, require_known
from eventstudy.markets.history import History
from eventstudy.matching import EXCLUDED, Matches
from eventstudy.returns import Floats, Ints
from eventstudy.study.answer import Answer, aar_table, average_table, rarest_first
from eventstudy.study.design import Design
from eventstudy.study.excel import to_excel
from eventstudy.study.given import Given, StudyInput
from eventstudy.study.placebo import last_admissible, residual_placebo
from eventstudy.study.sample import ALL, Samples, SeriesSample, split_contrast
from eventstudy.study.tables import BUDGET, ROWS_AT_ONCE, car_rows, pair_table, tests_table
from eventstudy.window import Window
from eventstudy.wording import counted, probability, quantity

#: How a window of a study is asked for; None is its first.
Asked = str | Window | tuple[int, int] | None

#: The tables of a result in the order in which a study makes them.
TABLES = ("matches", "fits", "abnormal", "car", "average", "aar", "tests")


#: Answers that are said first, at most; the rest is counted.
_SENTENCES = 7


def _first(result: StudyResult) -> tuple[str, list[Answer]]:
    """Return what went in, in a line, and the answers over the first window; of a pool of many series that first."""
    used = int(np.any([of.matches.there for of in result.samples.values()], axis=0).sum())
    head = f"Event study: {used} of {len(result.events)} events on {len(result.series)} series, "
    first, pool = str(result.design.windows[0]), len(result.series) > len(result.events)
    found = [answer for answer in result.answers if answer.window == first and answer.n]
    found.sort(key=lambda answer: pool and answer.series != ALL)
    return f"{head}{result.design.model!r}, estimation {result.design.estimation}", found


def summary(result: StudyResult) -> str:
    """Return the study in a few lines of text: what went in, the answers over the first window, the warnings."""
    head, found = _first(result)
    said, more = [answer.sentence for answer in result.finding], len(found) - len(result.finding)
    said += [f"... and {counted(more, 'more answer')}: result.average"] if more else []
    notes = [f"! {line}" for line in result.warnings]
    return "\n".join([head, "", *said, *(["", *notes] if notes else [])])


def notebook(result: StudyResult) -> str:
    """Return the answers over the first window as a table of HTML, with the warnings."""
    from html import escape

    head, found = _first(result)
    columns = ["market", "stance", "n", f"mean, window {result.design.windows[0]}", "p", "family p", "answer"]
    rows = [
        (of.label or of.series, of.stance.replace(ALL, "all"), of.n, quantity(of.caar, of.unit, 2),
         probability(of.p_value, of.days), probability(of.family_p, of.family_days), of.sentence)
        for of in found
    ]  # fmt: skip
    with pd.option_context("display.max_colwidth", None):
        table = pd.DataFrame(rows, columns=columns).to_html(index=False, border=0)
    notes = "".join(f"<li>{escape(line)}</li>" for line in result.warnings)
    said = f"<p>Before you believe it:</p><ul>{notes}</ul>" if notes else ""
    return f"<p>{escape(head)}</p>{table}{said}"


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
    drawn.set(xlabel="sessions from the event", ylabel=f"mean cumulative abnormal {result.samples[name].unit}")
    return drawn


class _Table(cached_property[pd.DataFrame]):
    """A table that is made when it is first asked for: who asks gets a copy, for a result never changes."""

    def __init__(self, meaning: str, make: str | Callable[[StudyResult], pd.DataFrame]) -> None:
        super().__init__(make if callable(make) else lambda result: result._made(make))  # noqa: SLF001
        self.__doc__ = meaning

    def __get__(self, result: Any, owner: type[Any] | None = None) -> pd.DataFrame:  # type: ignore[override]
        table: pd.DataFrame = super().__get__(result, owner)
        # What pandas copies on write is free until it is changed.
        return table if result is None else table.copy(deep=pd.__version__ < "3")

    def __set__(self, result: object, value: object) -> None:  # without it only the first would get a copy
        raise AttributeError("a result is frozen; copy its table and change that")


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult:
    """What a study found. Each table is a tidy frame; its keys and columns are described in ``docs/data.md``.

    Parameters
    ----------
    design : Design
        The choices.
    events : DataFrame
        The events table.
    histories : mapping of str to History
        The series studied, then the regressors.
    matching : Matches
        The events matched to the series.
    samples : mapping of str to SeriesSample
        The market events of every series with their figures.
    given : Given
        The figures that went in.
    warnings : tuple of str
        What a reader must know before believing the tables.
    answers : tuple of Answer
        The rows of `average`.
    left_out : mapping of str to int
        Those of the tables of pairs, ``matches, fits, abnormal, car``, that are too large for the budget, with their
        rows; the others are made when they are first asked for.
    budget : int
        Bytes that a table of pairs was allowed.
    """

    design: Design
    events: pd.DataFrame
    histories: Mapping[str, History]
    matching: Matches
    samples: Samples
    given: Given
    warnings: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    budget: int = BUDGET

    @cached_property
    def inputs(self) -> tuple[StudyInput, ...]:
        """What went in: the events, and the figures."""
        return self.given.inputs(self.events)

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series studied."""
        return tuple(self.samples)

    @property
    def groups(self) -> tuple[str, ...]:
        """Net labels of the market events, in the order of the tables."""
        return tuple(self.samples.labels)

    @property
    def contrast(self) -> tuple[str, str] | None:
        """The two labels whose means are compared; None where there is no such pair."""
        return split_contrast(self.design.contrast, list(self.groups))

    @property
    def finding(self) -> list[Answer]:
        """The answers to say first, over the first window: at most seven, what is out of the ordinary before the rest.

        They are of the two labels that are compared and their contrast, else of every label; and of each series, or of
        the pool of more series than events and than can be said.
        """
        pooled = len(self.series) > max(_SENTENCES, len(self.events))
        wanted = (*self.contrast, self.design.contrast) if self.contrast else self.groups
        first = str(self.design.windows[0])
        here = [of for of in self.answers if of.window == first and (of.series == ALL) == pooled]
        found = [of for of in here if of.n and of.stance in wanted] or [of for of in here if of.stance == ALL]
        return rarest_first(found)[:_SENTENCES]

    matches = _Table("The audit trail: every pair, used, set aside or excluded with a reason.", "matches")
    fits = _Table("The estimates of every pair with a CAR.", "fits")
    abnormal = _Table("The abnormal returns of every pair with a CAR, session by session.", "abnormal")
    car = _Table("The CARs of every pair with one, window by window.", "car")
    average = _Table("The answers, keyed by series, stance and window.", lambda self: average_table(self.answers))
    aar = _Table("Average abnormal returns by session of event time, keyed by series, stance and tau.",
                 lambda self: aar_table(self.samples, self.design))  # fmt: skip
    tests = _Table("Tests of the rows of `average`, keyed by series, stance, window and test.",
                   lambda self: tests_table(self.samples, self.design.stage, self.budget))  # fmt: skip

    def _made(self, name: str) -> pd.DataFrame:
        if name in self.left_out:
            mend = "run the study with a larger one (budget=, --budget), or take it piece by piece (blocks, --out)"
            said = f"the table {name} ({self.left_out[name]:,} rows) is larger than the budget of this result"
            raise DesignError(f"{said};\n{mend}")
        return pair_table(name, self.matching, self.samples, self.series)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name; those that are left out without a row."""
        first = {name: self.pieces(name)[0]() for name in TABLES}
        return {name: table.iloc[:0] if name in self.left_out else table for name, table in first.items()}

    def blocks(self, name: str) -> Iterable[pd.DataFrame]:
        """Return a table in pieces: whole where it is held, else block of series by block of series.

        Parameters
        ----------
        name : str
            One of `TABLES`.
        """
        return (make() for make in self.pieces(name))

    def pieces(self, name: str) -> list[Callable[[], pd.DataFrame]]:
        """Return what makes each piece of a table for `blocks`: some series and `ROWS_AT_ONCE` rows a piece."""
        require_known(name, TABLES, "table")
        if name not in self.left_out:
            return [lambda: getattr(self, name)]
        of, n = self.series, len(self.series)
        step = max(n * ROWS_AT_ONCE // max(self.left_out[name], 1), 1)
        return [partial(pair_table, name, self.matching, self.samples, of[k : k + step]) for k in range(0, n, step)]

    def answer(self, series: str = ALL, stance: str = ALL, window: Asked = None) -> Answer:
        """Return what a series did after events of one label over one window.

        Parameters
        ----------
        series : str
            The series; ``*`` for all of one unit (or the only one).
        stance : str
            The label; ``*`` for all events, ``raise-fold`` for the contrast.
        window : str or Window, optional
            The window; default the first of the design.

        Returns
        -------
        Answer
            The row of `average`; its ``sentence`` says it in words.

        Raises
        ------
        UnknownNameError
            If the study has no such series, label or window.
        DesignError
            If no event of that label has a CAR there.

        Examples
        --------
        >>> from eventstudy.cases import load_case
        >>> from eventstudy.study import EventStudy
        >>> case = load_case("raise-or-fold-2022")
        >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).fit()
        >>> f"{result.answer('imoex', 'raise').caar:.3f}"
        '-0.075'
        """
        require_known(series, (*self.series, ALL), "series")
        series = self.series[0] if series == ALL and len(self.series) == 1 else series
        wanted = str(self.design.windows[self._asked(stance, window)])
        for found in self.answers:
            if (found.series, found.stance, found.window) == (series, stance, wanted):
                return found
        raise DesignError(f"no event of '{stance}' has a CAR in '{series}' over {wanted}; eventstudy match says why")

    def sample(self, series: str, stance: str = ALL, window: Asked = None) -> pd.DataFrame:
        """Return the market events behind an answer: its one frozen sample.

        Parameters
        ----------
        series, stance, window
            As `answer` takes them; of a contrast the events of both labels.

        Returns
        -------
        DataFrame
            A row a market event, the columns of `car` (``event_id`` is that of its first event).
        """
        require_known(series, (*self.series, ALL), "series")
        w, names = self._asked(stance, window), [series] if series != ALL else self.pool
        labels = self.contrast if self.contrast and stance == self.design.contrast else (stance,)
        every = [self.samples[name] for name in names]
        rows = [np.sort(np.concatenate([of.rows(label, w) for label in labels])) for of in every]
        leads = [of.matches.market_events.lead[at] for of, at in zip(every, rows, strict=True)]
        parts = [car_rows(of, events, [w]) for of, events in zip(every, leads, strict=True)]
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        return pd.DataFrame({"event_id": found["market_event"], **found})

    def _asked(self, stance: str, window: Asked) -> int:
        """Return which of the windows is asked about; an error where the study has no such label or window."""
        require_known(stance, dict.fromkeys((*self.groups, ALL, *filter(None, [self.design.contrast]))), "stance")
        windows = list(map(str, self.design.windows))
        return 0 if window is None else windows.index(require_known(str(Window.parse(window)), windows, "window"))

    @property
    def pool(self) -> list[str]:
        """Names of the series that are pooled: those in the first kind of return."""
        return self.samples.pool

    def _pair(self, event_id: str, series: str) -> tuple[SeriesSample, int, Ints]:
        """Return the estimates of a pair, its market event, and its position."""
        require_known(series, self.series, "series")
        require_known(event_id, self.matching.events.ids.tolist(), "event")
        event, of = int(np.flatnonzero(self.matching.events.ids == event_id)[0]), self.samples[series]
        if of.matches.status[event] == EXCLUDED:
            raise DesignError(f"event '{event_id}' was not used with '{series}': {of.matches.reason[event]}")
        k = int(of.matches.market_events.of_event(len(self.matching.events))[event])
        return of, k, of.matches.market_events.position[k : k + 1]

    def placebo_z(self, event_id: str, series: str, window: Asked) -> Floats:
        """Return the volatility-scaled CARs against which one event was held, shape (B,)."""
        (of, k, position), w = self._pair(event_id, series), self._asked(ALL, window)
        if self.samples[series].from_residuals[k, w]:
            draws = residual_placebo([(of, position)], w)[1][0]
            return np.asarray(draws[np.isfinite(draws)])
        line = np.flatnonzero(of.every("eligible")[:, w])
        last = last_admissible(position, of.design.windows[w], of.design)[0]
        return np.asarray(of.every("z")[line[line <= last], w])

    def statsmodels(self, event_id: str, series: str) -> Any:
        """Return statsmodels' results of the very regression behind one event and series.

        Parameters
        ----------
        event_id, series : str
            A pair that was used.

        Returns
        -------
        statsmodels results
            Of ``OLS``, with its parameters the `fits` row's and its ``scale`` the square of ``sigma``; of ``RLM`` or
            ``UnobservedComponents`` for the models that are theirs, and arch's results for GARCH.

        Raises
        ------
        UnknownNameError
            If there is no such event or series.
        DesignError
            If the pair was excluded, or there is no such regression behind the model.
        """
        (of, _, (position,)), estimation = self._pair(event_id, series), self.design.estimation
        rows = np.arange(max(position + estimation.first, 0), min(position + estimation.last + 1, len(of.history)))
        block, history = of.block, of.history
        return of.design.model.twin(history.returns[rows], block.x[rows], block.usable[rows], history.sessions[rows])

    # Made elsewhere, methods here: each takes the result as its first argument.
    to_excel = to_excel
    plot = plot_paths
    summary = __repr__ = summary
    _repr_html_ = notebook


@dataclass(frozen=True, eq=False)
class MethodResult:
    """What a method beside the averages found; each of its frames is an attribute too.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The tables by name, the main one first.
    warnings : tuple of str
        What a reader must know before believing them.
    regressions : mapping
        The regressions behind them, where there are any; their ``results`` are statsmodels'.
    about : mapping of str to object
        What else is to be known of it; attributes too.
    """

    frames: Mapping[str, pd.DataFrame]
    warnings: tuple[str, ...] = ()
    regressions: Mapping[Any, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return dict(self.frames)

    def __getattr__(self, name: str) -> Any:
        held = vars(self)  # empty while it is unpickled
        for found in (held.get("frames", {}), held.get("about", {})):
            if name in found:
                return found[name]
        raise AttributeError(f"the method made no '{name}'; it has {', '.join(held.get('frames', {}))}")
