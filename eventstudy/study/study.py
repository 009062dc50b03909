"""EventStudy: events and markets in, a result out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import pandas as pd

from eventstudy.tasks import Progress
from eventstudy.errors import DesignError, NothingUsableError, did_you_mean
from eventstudy.markets.history import History
from eventstudy.markets.instrument import Instrument
from eventstudy.matching import match
from eventstudy.models import LinearModel
from eventstudy.news.schema import check_events
from eventstudy.study.as_of import known_at
from eventstudy.study.assembly import result_of
from eventstudy.study.design import make_design
from eventstudy.study.estimated import Estimated
from eventstudy.study.estimating import estimate_all
from eventstudy.study.exclusions import shortfalls, why_nothing
from eventstudy.study.given import Given, take
from eventstudy.study.pair_tables import BUDGET
from eventstudy.study.panel import CarPanel, car_panel
from eventstudy.study.result import StudyResult
from eventstudy.study.variance import variance_histories


class EventStudy:
    """An event study waiting to be run.

    Parameters
    ----------
    events : DataFrame
        One event a row; ``time`` and ``stance`` are required (see `eventstudy.news.check_events`).
    prices : DataFrame, shape (T, S), optional
        Prices as quoted, indexed by session, a column an instrument, or a frame as yfinance gives it. Columns that bear
        a catalogue name (``ruble``) or a Yahoo symbol (``RUB=X``) take its orientation, return kind and stamp, the
        latter with a warning; others are oriented as they are quoted and matched by day.
    returns : DataFrame, shape (T, S), optional
        Returns instead of prices, oriented so that a positive one means that the asset gained.
    volumes : DataFrame, shape (T, S), optional
        Traded volumes instead of prices: their logs are studied, and a CAR is the log volume beyond the normal one.
    bars : {'start', 'end'}, optional
        That `prices` are bars, indexed by instants with a time zone, and which end of a bar its label is; windows then
        count bars.
    instruments : mapping of str to Instrument, optional
        What columns are, where the catalogue does not know or should not decide.
    **choices
        What `make_design` takes: ``model, market, factors, estimation, windows, series, tests, min_obs, returns_kind``
        and the rest of `Design`.

    Raises
    ------
    InputError
        If a frame breaks its schema.
    DesignError, UnknownNameError
        If the choices are unknown or contradict each other.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).fit()
    >>> row = result.car.set_index("event_id").loc["2022-02-24-invasion"]
    >>> f"{row['car']:.2f}", bool(row["placebo_p"] == row["placebo_floor"])
    ('-0.40', True)
    """

    def __init__(
        self,
        events: pd.DataFrame,
        prices: pd.DataFrame | None = None,
        *,
        returns: pd.DataFrame | None = None,
        volumes: pd.DataFrame | None = None,
        bars: str | None = None,
        instruments: Mapping[str, Instrument] | None = None,
        returns_kind: str | None = None,
        **choices: Any,
    ) -> None:
        self.design = make_design(returns=returns_kind, **choices)
        given = take(prices, returns, volumes, dict(instruments or {}), bars)
        self.events, self.given = known_at(check_events(events), given, self.design.as_of)
        self.design = replace(self.design, model=_suited(self.design.model, self.given))

    def __repr__(self) -> str:
        return f"<EventStudy of {len(self.events)} events on {self.given.figures.shape[1]} series: {self.design!r}>"

    def histories(self) -> dict[str, History]:
        """Return the histories of all columns, regressors among them."""
        return self.given.histories(self.design.returns)

    def fit(
        self,
        *,
        executor: Executor | None = None,
        progress: Progress | None = None,
        budget: int = BUDGET,
    ) -> StudyResult:
        """Run the study.

        Parameters
        ----------
        executor : concurrent.futures.Executor, optional
            Who estimates the series, e.g. a ``ProcessPoolExecutor`` or a Dask client's ``get_executor()``; default a
            thread a processor where there is much to do. The result is the same to the last bit.
        progress : callable, optional
            Called with how much is done, and of how much: first of the estimates, then of the placebos.
        budget : int
            Bytes that each table with rows for every pair may take (`matches`, `fits`, `abnormal`, `car`), and the
            residuals that tests of means need. What would take more is left out, and a warning says so;
            `StudyResult.blocks` makes such a table piece by piece.

        Returns
        -------
        StudyResult
            Frozen tables; every (event, series) pair is in `matches`, used or excluded with a reason.

        Raises
        ------
        NothingUsableError
            If no pair survives; says what excluded most of them.
        """
        estimating, placebos = _stages(progress)
        estimated = self.estimated(executor, estimating)
        return result_of(estimated, self.design, self.events, self.given, budget, placebos)

    def cars(self, *, executor: Executor | None = None, progress: Progress | None = None) -> CarPanel:
        """Return the CARs and their standard errors alone, as arrays.

        The figures are those of the `car` table of `fit`, without its placebos, tables, averages and tests: for a
        backtest that asks often, or for millions of pairs of event and series.

        Parameters
        ----------
        executor, progress : optional
            As in `fit`.

        Returns
        -------
        CarPanel
            Arrays of shape (events, series, windows).

        Raises
        ------
        NothingUsableError
            As `fit`.

        Examples
        --------
        >>> from eventstudy.cases import load_case
        >>> case = load_case("raise-or-fold-2022")
        >>> found = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"]).cars()
        >>> invasion = found.events.index("2022-02-24-invasion")
        >>> f"{found.car[invasion, 0, 0]:.2f}"
        '-0.40'
        """
        return car_panel(self.estimated(executor, progress))

    def power(self) -> pd.DataFrame:
        """Return the smallest effect this study could have seen (see `eventstudy.study.power.power_table`)."""
        from eventstudy.study.power import power_table

        return power_table(self.estimated())

    def size(self, n_studies: int = 1_000, progress: Callable[[int], object] | None = None) -> pd.DataFrame:
        """Return how often every test rejects on placebo dates (see `eventstudy.study.size.size_table`)."""
        from eventstudy.study.size import size_table

        return size_table(self.estimated(), n_studies, progress)

    def estimated(self, executor: Executor | None = None, progress: Progress | None = None) -> Estimated:
        """Match the events and estimate every series at every session; `fit` makes the tables out of it."""
        histories = self.histories()
        studied = {name: histories[name] for name in self._studied(histories)}
        matches = match(
            self.events,
            studied,
            self.design.span,
            anchor=self.design.anchor,
            overlap=self.design.overlap,
            include_proposed=self.design.include_proposed,
        )
        design = self.design.stage
        if self.design.measure == "variance":
            studied = variance_histories(studied, histories, matches, self.design)
            histories |= studied
        events = [matches.news_of(s) for s in range(len(studied))]
        estimates = estimate_all(list(studied.values()), histories, events, design, executor, progress)
        reasons, notes = shortfalls(matches, estimates, design)
        matches = matches.excluding(reasons).noting(notes)
        if not matches.used.any():
            raise NothingUsableError(why_nothing(matches))
        return Estimated(design, matches, tuple(estimates), histories)

    def _studied(self, histories: Mapping[str, History]) -> list[str]:
        regressors = self.design.model.regressors
        wanted = self.design.series
        names = [name for name in histories if name not in regressors] if wanted is None else list(wanted)
        for name in (*names, *regressors):
            if name not in histories:
                raise DesignError(f"no column '{name}' among the prices; {did_you_mean(name, histories)}")
        for name in names:
            if name in regressors:
                raise DesignError(f"'{name}' is a regressor of the model and cannot be explained by itself")
        if not names:
            raise DesignError("no series is left to study: every column is a regressor of the model")
        return names


def _stages(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """Return what tells of each half of the work as part of the whole."""
    if progress is None:
        return None, None
    return lambda done, of: progress(done, 2 * of), lambda done, of: progress(of + done, 2 * of)


def _suited(model: LinearModel, given: Given) -> LinearModel:
    """Return the model as it is over the columns given; an error where these cannot be its regressors."""
    columns = dict(zip(map(str, given.figures), given.figures.to_numpy().T, strict=True))
    model = model.among(columns)
    model.check_columns(columns, given.kind)
    return model
