"""One series under event dummies, and the rows of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference.placebo import event_spans
from eventstudy.inference.regression.common_dates import CommonDates, common_dates
from eventstudy.inference.regression.dummies import (
    Dummies,
    SessionEffects,
    dummy_regression,
    event_dummies,
    session_effects,
)
from eventstudy.inference.regression.least_squares import Estimate, Regression, estimate
from eventstudy.inference.regression.wald import JointTest, joint_test
from eventstudy.markets.stamp import Dates
from eventstudy.news.stance import STANCES
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, CONTRAST
from eventstudy.study.regression_sample import RegressionSample
from eventstudy.window import Window

#: Net stances, in the order of the tables.
GROUPS = (*STANCES, "mixed")

#: Null hypothesis of each test.
NULLS = {
    "car": "the abnormal returns of the window sum to zero",
    "path": "every abnormal return of the window is zero",
    "difference": "raises and folds have the same sum over the window",
    "every-series": "the sum over the window is zero in every series",
}


@dataclass(frozen=True, eq=False)
class SeriesDummies:
    """One series' regression on event dummies.

    Parameters
    ----------
    sample : RegressionSample
        The series.
    dummies : Dummies
        A column a stance and session of event time.
    fit : Regression
        The regression over the usable sessions.
    dates : ndarray of datetime64[D], shape (n,)
        Those sessions.
    """

    sample: RegressionSample
    dummies: Dummies
    fit: Regression
    dates: Dates

    @property
    def before(self) -> int:
        """Number of regressors in front of the dummies."""
        return 1 + int(self.sample.x.shape[1])

    def restrictions(self, stance: str, window: Window) -> Floats:
        """Return the coefficients of a stance over a window; of the contrast, their sums one less the other."""
        if stance != CONTRAST:
            return self.dummies.restrictions(stance, window, self.before)
        sums = [self.dummies.restrictions(name, window, self.before).sum(axis=0) for name in ("raise", "fold")]
        return np.asarray((sums[0] - sums[1])[None, :])

    def stances(self) -> list[str]:
        """Return the stances that have events, and the contrast where it has both sides."""
        there = [stance for stance in GROUPS if stance in self.dummies.groups]
        return [*there, CONTRAST] if {"raise", "fold"} <= set(there) else there

    def market_events(self, stance: str) -> list[tuple[np.datetime64, tuple[str, ...]]]:
        """Return session and members of each market event of a stance; of the contrast, of both sides."""
        sample, wanted = self.sample, {"raise", "fold"} if stance == CONTRAST else {stance}
        return [
            (sample.sessions[position], members)
            for position, found, members in zip(sample.positions, sample.stances, sample.members, strict=True)
            if found in wanted
        ]


def fit_dummies(sample: RegressionSample, span: Window, covariance: str) -> SeriesDummies:
    """Regress one series on dummies of its events, by their net stances."""
    made = event_dummies(len(sample.y), sample.positions, sample.stances, span)
    rows = np.flatnonzero(sample.usable)
    fit = dummy_regression(sample.y, sample.x, made, rows, covariance)
    return SeriesDummies(sample, made, fit, sample.sessions[rows])


def effect_rows(one: SeriesDummies, windows: Sequence[Window]) -> Iterator[dict[str, object]]:
    """Yield the sum over each window, and the test of the whole path, for each stance and for raises less folds."""
    for stance in one.stances():
        tail: dict[str, object] = {"unit": one.sample.unit, "n_obs": one.fit.n_obs}
        tail |= _counts(one.market_events(stance))
        test = "difference" if stance == CONTRAST else "car"
        for window in windows:
            restrictions = one.restrictions(stance, window)
            head = {"series": one.sample.series, "stance": stance, "window": str(window)}
            total = estimate(one.fit, restrictions.sum(axis=0))
            yield head | {"test": test} | of_estimate(total) | tail | {"null": NULLS[test]}
            if len(restrictions) > 1:
                path = joint_test(one.fit, restrictions)
                yield head | {"test": "path"} | of_joint(path) | tail | {"null": NULLS["path"]}


def of_estimate(found: Estimate) -> dict[str, object]:
    """Return an estimate as the columns of a row."""
    law = {"law": "t", "restrictions": 1}
    row = asdict(found)
    return {"estimate": row.pop("value"), "se": row.pop("se"), "statistic": row.pop("statistic")} | law | row


def of_joint(found: JointTest) -> dict[str, object]:
    """Return a joint test as the columns of a row."""
    return {
        "estimate": np.nan,
        "se": np.nan,
        "statistic": found.statistic,
        "law": "F",
        "restrictions": found.df,
        "df": found.df_residual,
        "p_value": found.p_value,
        "covariance": found.covariance,
        "correction": np.nan,
        "note": found.note,
    }


def pooled_rows(pool: Sequence[SeriesDummies], windows: Sequence[Window]) -> Iterator[dict[str, object]]:
    """Yield the mean over series, and the test that none of them moved, on common dates.

    Parameters
    ----------
    pool : sequence of SeriesDummies
        Series in one unit.
    windows : sequence of Window
        The study's windows.
    """
    for stance in (*GROUPS, CONTRAST):
        members = [one for one in pool if stance in one.stances()]
        if len(members) < 2:  # noqa: PLR2004  # a mean over series needs two
            continue
        tail: dict[str, object] = {"unit": members[0].sample.unit, "n_obs": sum(one.fit.n_obs for one in members)}
        tail |= _counts([pair for one in members for pair in one.market_events(stance)])
        test = "difference" if stance == CONTRAST else "car"
        for window in windows:
            found = _common(members, stance, window)
            head = {"series": ALL, "stance": stance, "window": str(window)}
            if isinstance(found, CommonDates):
                yield head | {"test": test} | of_estimate(found.mean()) | tail | {"null": NULLS[test]}
                found = found.joint()
            yield head | {"test": "every-series"} | of_joint(found) | tail | {"null": NULLS["every-series"]}


def _common(members: Sequence[SeriesDummies], stance: str, window: Window) -> CommonDates | JointTest:
    return common_dates(
        [one.fit for one in members],
        [one.restrictions(stance, window).sum(axis=0) for one in members],
        [one.dates for one in members],
        members[0].dummies.span.n_sessions - 1,
    )


def _counts(market_events: Sequence[tuple[np.datetime64, tuple[str, ...]]]) -> dict[str, object]:
    """Count the events and the distinct dates among market events."""
    events = {event for _, members in market_events for event in members}
    return {"n_events": len(events), "n_dates": len({session for session, _ in market_events})}


def coefficient_rows(one: SeriesDummies) -> Iterator[dict[str, object]]:
    """Yield each stance's coefficient on each session of event time."""
    for stance in one.dummies.groups:
        counts = _counts(one.market_events(stance))
        for tau in one.dummies.span.taus:
            row = of_estimate(estimate(one.fit, one.restrictions(stance, Window(tau, tau))[0]))
            del row["law"], row["restrictions"]
            head = {"series": one.sample.series, "stance": stance, "tau": tau, "unit": one.sample.unit}
            yield head | row | {"n_obs": one.fit.n_obs} | counts


def event_rows(sample: RegressionSample, windows: Sequence[Window], span: Window) -> Iterator[dict[str, object]]:
    """Yield each event by itself: one dummy for each of its sessions.

    Parameters
    ----------
    sample : RegressionSample
        The series.
    windows : sequence of Window
        The study's windows.
    span : Window
        All sessions around an event; the others are those without one.
    """
    inside = event_spans(len(sample.y), sample.positions, span)
    quiet, touched = np.flatnonzero(sample.usable & ~inside), np.flatnonzero(sample.usable & inside)
    learns = len(quiet) > sample.x.shape[1] + 2
    effects = session_effects(sample.y, sample.x, quiet, touched) if learns else None
    for k, position in enumerate(sample.positions):
        for window in windows:
            row = {
                "window": str(window),
                "stance": sample.stances[k],
                "session": pd.Timestamp(sample.sessions[position]),
                "unit": sample.unit,
                **_event_cells(effects, int(position) + np.array(window.taus), _why_not(sample, k, window, touched)),
                "n_obs": len(quiet) + len(touched),
            }
            for event in sample.members[k]:
                others = ", ".join(name for name in sample.members[k] if name != event)
                note = row["note"] or (f"together with {others}" if others else "")
                yield {"event_id": event, "series": sample.series} | row | {"note": note}


def _event_cells(effects: SessionEffects | None, rows: NDArray[np.int64], note: str) -> dict[str, object]:
    names = ("car", "se", "t", "p_value", "path_f", "path_p")
    values = [np.nan] * len(names)
    if effects is None:
        note = "there are too few sessions without an event to learn from"
    elif not note:
        total, path = effects.total(rows), effects.joint(rows)
        values = [total.value, total.se, total.statistic, total.p_value, path.statistic, path.p_value]
    return {
        **dict(zip(names, values, strict=True)),
        "df": 0 if effects is None else effects.df,
        "covariance": "OLS",
        "note": note,
    }


def _why_not(sample: RegressionSample, k: int, window: Window, touched: NDArray[np.int64]) -> str:
    """Say why an event's own sum is not identified; '' where it is."""
    rows = int(sample.positions[k]) + np.array(window.taus)
    if not np.isin(rows, touched).all():
        return f"window {window} misses a session"
    close = np.flatnonzero(np.abs(sample.positions - sample.positions[k]) < window.n_sessions)
    others = [sample.members[j][0] for j in close if j != k]
    return f"not identified: window {window} shares sessions with {', '.join(others)}" if others else ""
