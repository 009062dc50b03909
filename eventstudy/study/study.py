"""EventStudy: events and markets in, a result out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, did_you_mean
from eventstudy.inference.placebo import step_down_p
from eventstudy.markets.history import History, histories_from_prices, histories_from_returns
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices
from eventstudy.matching import Matches, match
from eventstudy.news.schema import check_events
from eventstudy.returns import Floats
from eventstudy.study.averages import average_table, poolable, tests_table
from eventstudy.study.design import make_design
from eventstudy.study.estimate import (
    PlaceboDraws,
    SeriesEstimate,
    estimate_series,
    family_draws,
    placebo_of,
)
from eventstudy.study.inputs import describe_input
from eventstudy.study.result import StudyResult
from eventstudy.study.tables import abnormal_table, car_table, fits_table, used_rows, window_gap


class EventStudy:
    """An event study waiting to be run.

    Parameters
    ----------
    events : DataFrame
        One event a row; ``time`` and ``stance`` are required (see `eventstudy.news.check_events`).
    prices : DataFrame, shape (T, S), optional
        Prices as quoted, indexed by session, a column an instrument. Columns that bear a catalogue name (``ruble``) take
        its orientation, return kind and stamp; others are oriented as they are quoted and matched by day.
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
    >>> round(row["car"], 2), bool(row["placebo_p"] == row["placebo_floor"])
    (-0.41, True)
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
        if (prices is None) == (returns is None):
            raise DesignError("give either prices or returns")
        self.design = make_design(returns=returns_kind, **choices)
        self.events = check_events(events)
        self.instruments = dict(instruments or {})
        self.values = check_prices(prices, "prices") if prices is not None else check_prices(returns, "returns")
        self._makes_histories = histories_from_prices if prices is not None else histories_from_returns
        self._kind_of_input = "prices" if prices is not None else "returns"

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
        matches = match(self.events, studied, self.design.span, include_proposed=self.design.include_proposed)
        estimates = [
            estimate_series(history, histories, used_rows(matches, s)[1], self.design)
            for s, history in enumerate(studied.values())
        ]
        matches = matches.excluding(self._unestimable(matches, estimates)).noting(self._partial(matches, estimates))
        if not matches.used.any():
            raise NothingUsableError(_why_nothing(matches))
        return self._result(matches, estimates, histories)

    def _studied(self, histories: Mapping[str, History]) -> list[str]:
        regressors = self.design.model.regressors
        wanted = self.design.series
        if wanted is None:
            names = [name for name in histories if name not in regressors]
        else:
            names = list(wanted)
        for name in (*names, *regressors):
            if name not in histories:
                raise DesignError(f"no column '{name}' among the prices; {did_you_mean(name, histories)}")
        for name in names:
            if name in regressors:
                raise DesignError(f"'{name}' is a regressor of the model and cannot be explained by itself")
        if not names:
            raise DesignError("no series is left to study: every column is a regressor of the model")
        return names

    def _unestimable(self, matches: Matches, estimates: Sequence[SeriesEstimate]) -> dict[tuple[int, int], str]:
        """Return why pairs that were matched cannot be estimated."""
        reasons = {}
        for s, estimate in enumerate(estimates):
            for i, position in zip(*used_rows(matches, s), strict=True):
                reason = self._why_not(estimate, int(position))
                if reason:
                    reasons[int(i), s] = reason
        return reasons

    def _why_not(self, estimate: SeriesEstimate, position: int) -> str:
        fits, design = estimate.fits, self.design
        n_obs = int(fits.n_obs[position])
        if n_obs < design.min_obs:
            sessions = estimate.history.sessions
            enough = np.flatnonzero(fits.n_obs >= design.min_obs)
            limit = f"; the first possible event session is {sessions[enough[0]]}" if len(enough) else ""
            return (
                f"few-observations: {n_obs} of {design.min_obs} returns in estimation {design.estimation}; "
                f"the sample begins {sessions[0]}{limit}"
            )
        if np.isnan(fits.sigma[position]):
            return (
                f"constant: in estimation {design.estimation} a series of the regression does not vary, "
                "or is made of the others"
            )
        if all(np.isnan(cells.car[position]) for cells in estimate.cumulative):
            return "window: " + window_gap(estimate, position, design.windows[0])
        return ""

    def _partial(self, matches: Matches, estimates: Sequence[SeriesEstimate]) -> dict[tuple[int, int], str]:
        """Return which windows of used pairs are incomplete."""
        notes = {}
        for s, estimate in enumerate(estimates):
            for i, position in zip(*used_rows(matches, s), strict=True):
                gaps = [window_gap(estimate, int(position), c.window) for c in estimate.cumulative]
                if any(gaps) and not all(gaps):
                    notes[int(i), s] = "; ".join(filter(None, gaps))
        return notes

    def _result(
        self, matches: Matches, estimates: Sequence[SeriesEstimate], histories: Mapping[str, History]
    ) -> StudyResult:
        design = self.design
        placebos = _placebos(matches, estimates, self)
        families = _families(matches, estimates, self, placebos)
        stances = self.events["stance"].to_numpy(dtype=object)
        car = car_table(matches, estimates, design, stances, placebos, families)
        phases = dict(zip(self.events["id"], self.events["phase"], strict=True))
        with_phase = car.assign(phase=car["event_id"].map(phases))
        return StudyResult(
            design=design,
            events=self.events,
            histories={name: histories[name] for name in (*matches.series, *design.model.regressors)},
            inputs=(describe_input("events", self.events), describe_input(self._kind_of_input, self.values)),
            warnings=_warnings(matches, car),
            matches=matches.table,
            fits=fits_table(matches, estimates, design),
            abnormal=abnormal_table(matches, estimates, design),
            car=car,
            average=average_table(with_phase, _base_rates(estimates, car, design.windows), design),
            tests=tests_table(with_phase, design),
            usable={name: estimate.usable for name, estimate in zip(matches.series, estimates, strict=True)},
            placebos={
                (matches.events[i], matches.series[s], str(design.windows[w])): draws.draws
                for (i, s, w), draws in placebos.items()
            },
            placebo_ar={estimate.history.name: _placebo_ar(estimate) for estimate in estimates},
        )


def _placebos(
    matches: Matches, estimates: Sequence[SeriesEstimate], study: EventStudy
) -> dict[tuple[int, int, int], PlaceboDraws]:
    """Return the placebo of every used pair and window."""
    return {
        (int(i), s, w): placebo_of(estimate, int(position), w, study.design)
        for s, estimate in enumerate(estimates)
        for i, position in zip(*used_rows(matches, s), strict=True)
        for w in range(len(study.design.windows))
    }


def _placebo_ar(estimate: SeriesEstimate) -> Floats:
    """Return the abnormal returns around every session without news whose span is complete."""
    ar = estimate.abnormal.ar[estimate.free]
    return np.asarray(ar[np.isfinite(ar).all(axis=1)])


def _families(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    study: EventStudy,
    placebos: Mapping[tuple[int, int, int], PlaceboDraws],
) -> dict[tuple[int, int, int], tuple[float, int]]:
    """Return the family p over series of every event and window. Series scaled by residuals have no common dates."""
    families = {}
    for i in range(len(matches.events)):
        for w in range(len(study.design.windows)):
            members = [
                s
                for s in np.flatnonzero(matches.used[i])
                if not placebos[i, s, w].from_residuals and np.isfinite(placebos[i, s, w].z)
            ]
            if not members:
                continue
            z = np.array([placebos[i, s, w].z for s in members])
            positions = [int(matches.positions[i, s]) for s in members]
            draws, dates = family_draws([estimates[s] for s in members], positions, w, study.design)
            for s, p in zip(members, step_down_p(z, draws), strict=True):
                families[i, int(s), w] = (float(p), len(dates))
    return families


def _base_rates(
    estimates: Sequence[SeriesEstimate], car: pd.DataFrame, windows: Sequence[Any]
) -> dict[tuple[str, str], float]:
    """Return the share of positive CARs on sessions without news, by series (and pooled) and window."""
    rates: dict[tuple[str, str], float] = {}
    pool = poolable(car)
    for w, window in enumerate(windows):
        pooled = []
        for estimate in estimates:
            values = estimate.cumulative[w].car[estimate.free]
            values = values[np.isfinite(values)]
            if len(values):
                rates[estimate.history.name, str(window)] = float(np.mean(values > 0))
            if estimate.history.name in pool:
                pooled.append(values)
        joined = np.concatenate(pooled) if pooled else np.empty(0)
        if len(joined):
            rates["*", str(window)] = float(np.mean(joined > 0))
    return rates


def _warnings(matches: Matches, car: pd.DataFrame) -> tuple[str, ...]:
    """Return what the reader of the tables must know before believing them."""
    table = matches.table
    used = table[table["status"] == "used"]
    lines = []
    n_out = len(table) - len(used)
    if n_out:
        lines.append(f"{n_out} of {len(table)} pairs of event and series are excluded; the reasons stand in matches")
    if used["overlaps"].ne("").any():
        share = used["overlaps"].ne("").groupby(used["event_id"]).any()
        lines.append(f"the windows of {int(share.sum())} of {len(share)} events overlap with another event's")
    n_closed = int(used["reason"].str.contains("closure:").sum())
    if n_closed:
        lines.append(f"{n_closed} pairs have a window across a market closure; see gap_days")
    if used["timing"].eq("day").any():
        lines.append(f"{int(used['timing'].eq('day').sum())} of {len(used)} used pairs are matched by day, not by hour")
    n_short = int(car["placebo_source"].eq("residuals").sum())
    if n_short:
        lines.append(f"{n_short} placebo p-values rest on estimation residuals: the sample has too few placebo sessions")
    kept_out = sorted(set(car["series"]) - set(poolable(car)))
    if kept_out and car["series"].nunique() > 1:
        lines.append(f"not pooled with the others, being in a unit of its own: {', '.join(kept_out)}")
    return tuple(lines)


def _why_nothing(matches: Matches) -> str:
    counts = matches.table["reason"].value_counts()
    reason, n = str(counts.index[0]), int(counts.iloc[0])
    return f"no event can be used: {n} of {len(matches.table)} pairs of event and series are excluded, as\n{reason}"

