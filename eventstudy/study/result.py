"""The result of a study: frozen tables, and the regressions behind them on demand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import DesignError, require_known
from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimate import regressors
from eventstudy.study.given import Given
from eventstudy.study.inputs import StudyInput
from eventstudy.study.pair_tables import BUDGET, Blocks

#: The tables of a result in the order in which a study makes them.
TABLES = ("matches", "fits", "abnormal", "car", "average", "tests")


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
    inputs : tuple of StudyInput
        What went in.
    warnings : tuple of str
        What a reader must know before believing the tables.
    matches, fits, abnormal, car, average, tests : DataFrame
        The tables.
    usable : mapping of str to ndarray of bool
        By series, the sessions that may stand in an estimation window.
    placebos : mapping of (str, str, str) to ndarray, shape (B,)
        The placebo draws of z by event, series and window.
    placebo_ar : mapping of str to ndarray, shape (B, n)
        By series, the abnormal returns over the design's span around every session without news.
    left_out : mapping of str to Blocks
        The tables that were too large for the budget, by name.
    budget : int
        Bytes that a table of pairs was allowed.
    given : Given, optional
        The figures that went in.
    """

    design: Design
    events: pd.DataFrame
    histories: Mapping[str, History]
    inputs: tuple[StudyInput, ...]
    warnings: tuple[str, ...]
    matches: pd.DataFrame
    fits: pd.DataFrame
    abnormal: pd.DataFrame
    car: pd.DataFrame
    average: pd.DataFrame
    tests: pd.DataFrame
    usable: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    placebos: Mapping[tuple[str, str, str], Floats] = field(default_factory=dict)
    placebo_ar: Mapping[str, Floats] = field(default_factory=dict)
    left_out: Mapping[str, Blocks] = field(default_factory=dict)
    budget: int = BUDGET
    given: Given | None = None

    @property
    def series(self) -> tuple[str, ...]:
        """Names of the series studied."""
        return tuple(self.usable)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return all tables by name."""
        return {name: getattr(self, name) for name in TABLES}

    def blocks(self, name: str) -> Iterable[pd.DataFrame]:
        """Return a table in pieces: whole where it is held, else block of series by block of series.

        Parameters
        ----------
        name : str
            One of `TABLES`.

        Returns
        -------
        iterable of DataFrame
            Its rows; of a table that was too large for the budget each piece is made when it is asked for.
        """
        require_known(name, TABLES, "table")
        return self.left_out.get(name) or (getattr(self, name),)

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
        if "matches" in self.left_out:
            raise DesignError("the table matches is left out of this result; run the study with a larger budget")
        require_known(event_id, dict.fromkeys(self.matches["event_id"]), "event")
        require_known(series, self.series, "series")
        row = self.matches[(self.matches["event_id"] == event_id) & (self.matches["series"] == series)].iloc[0]
        if row["status"] != "used":
            raise DesignError(f"event '{event_id}' was not used with '{series}': {row['reason']}")
        history, estimation = self.histories[series], self.design.estimation
        position = int(np.searchsorted(history.sessions, row["session"].to_datetime64()))
        rows = np.arange(max(position + estimation.first, 0), min(position + estimation.last + 1, len(history)))
        x = regressors(history, self.histories, self.design.stage)
        used = self.usable[series][rows]
        return self.design.stage.model.twin(history.returns[rows], x[rows], used, history.sessions[rows])

    def summary(self) -> str:
        """Return the study in a few lines of text: what went in, the averages, the warnings."""
        used = self.matches[self.matches["status"] == "used"]
        n_used = "" if "matches" in self.left_out else f"{used['event_id'].nunique()} of "
        head = (
            f"Event study: {n_used}{len(self.events)} events on {len(self.series)} series, "
            f"{self.design.model!r}, estimation {self.design.estimation}"
        )
        shown = self.average[["series", "stance", "window", "n_events", "caar", "median", "hit_rate", "base_rate"]]
        table = shown.to_string(index=False, float_format=lambda value: f"{value:.4f}", na_rep="")
        return "\n".join([head, "", table, *(["", *(f"! {line}" for line in self.warnings)] if self.warnings else [])])

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """Return the averages as an HTML table, for notebooks."""
        return str(self.average.to_html(index=False, float_format=lambda value: f"{value:.4f}", na_rep=""))
