"""EventStudy: events and markets in, a result out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, did_you_mean
from eventstudy.markets.history import History, histories_from_prices, histories_from_returns
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices
from eventstudy.markets.providers import Fetched, accept
from eventstudy.matching import Matches, match
from eventstudy.news.schema import check_events
from eventstudy.study.averages import average_table
from eventstudy.study.cautions import cautions
from eventstudy.study.design import make_design
from eventstudy.study.estimate import SeriesEstimate, estimate_series
from eventstudy.study.exclusions import incomplete, unestimable, why_nothing
from eventstudy.study.inputs import describe_input
from eventstudy.study.placebos import all_families, all_placebos, base_rates, placebo_ar
from eventstudy.study.result import StudyResult
from eventstudy.study.significance import significance_table
from eventstudy.study.tables import abnormal_table, car_table, fits_table


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
        instruments: Mapping[str, Instrument] | None = None,
        returns_kind: str | None = None,
        **choices: Any,
    ) -> None:
        values = returns if prices is None else prices
        if values is None or (prices is not None and returns is not None):
            raise DesignError("give either prices or returns")
        self.design = make_design(returns=returns_kind, **choices)
        self.events = check_events(events)
        self._kind_of_input = "returns" if prices is None else "prices"
        if prices is None:
            taken = Fetched(check_prices(values, "returns"), instruments or {})
        else:
            taken = accept(values, instruments or {})
        self.values, self.instruments, self.notes = taken.prices, dict(taken.instruments), taken.notes
        self._makes_histories = histories_from_returns if prices is None else histories_from_prices

    def __repr__(self) -> str:
        return f"<EventStudy of {len(self.events)} events on {self.values.shape[1]} series: {self.design!r}>"

    def histories(self) -> dict[str, History]:
        """Return the histories of all columns, regressors among them."""
        return self._makes_histories(self.values, self.instruments, self.design.returns)

    def fit(self) -> StudyResult:
        """Run the study.

        Returns
        -------
        StudyResult
            Frozen tables; every (event, series) pair is in `matches`, used or excluded with a reason.

        Raises
        ------
        NothingUsableError
            If no pair survives; says what excluded most of them.
        """
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
        estimates = [
            estimate_series(history, histories, matches.positions[matches.news[:, s], s], self.design)
            for s, history in enumerate(studied.values())
        ]
        matches = matches.excluding(unestimable(matches, estimates, self.design))
        matches = matches.noting(incomplete(matches, estimates))
        if not matches.used.any():
            raise NothingUsableError(why_nothing(matches))
        return self._result(matches, estimates, histories)

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

    def _result(
        self, matches: Matches, estimates: Sequence[SeriesEstimate], histories: Mapping[str, History]
    ) -> StudyResult:
        design = self.design
        involved = {name: histories[name] for name in (*matches.series, *design.model.regressors)}
        placebos = all_placebos(matches, estimates, design)
        car = car_table(matches, estimates, placebos, all_families(matches, estimates, placebos, design))
        by_time = _with_phase(car, self.events, matches)
        return StudyResult(
            design=design,
            events=self.events,
            histories=involved,
            inputs=(describe_input("events", self.events), describe_input(self._kind_of_input, self.values)),
            warnings=(*self.notes, *cautions(matches, car, involved.values())),
            matches=matches.table,
            fits=fits_table(matches, estimates, design),
            abnormal=abnormal_table(matches, estimates, design),
            car=car,
            average=average_table(by_time, base_rates(estimates, car, design), design),
            tests=significance_table(by_time, matches, estimates, design),
            usable={name: estimate.usable for name, estimate in zip(matches.series, estimates, strict=True)},
            placebos={
                (matches.events[i], matches.series[s], str(design.windows[w])): draws.draws
                for (i, s, w), draws in placebos.items()
            },
            placebo_ar={estimate.history.name: placebo_ar(estimate) for estimate in estimates},
        )


def _with_phase(car: pd.DataFrame, events: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    """Return the `car` table with the phase of each event, in the order of the events' times and not of their rows."""
    times = matches.table.drop_duplicates("event_id").sort_values(["event_time", "event_id"])
    rank = pd.Series(np.arange(len(times)), index=times["event_id"])
    order = np.argsort(car["event_id"].map(rank).to_numpy(), kind="stable")
    phases = dict(zip(events["id"], events["phase"], strict=True))
    return car.assign(phase=car["event_id"].map(phases)).iloc[order]
