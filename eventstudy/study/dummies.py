"""Event dummies over the whole sample of each series: the answer where windows overlap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import require_known
from eventstudy.inference import (
    COVARIANCES,
    CommonDates,
    Dummies,
    Regression,
    common_dates,
    dummy_regression,
    estimate,
    event_dummies,
    holm,
    joint_test,
    session_effects,
)
from eventstudy.inference.placebo import touched
from eventstudy.returns import Floats
from eventstudy.study.method import MethodResult, estimate_row, joint_row, members_of, whole_sample, with_car
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, SeriesSample
from eventstudy.window import Window
from eventstudy.wording import counted

#: Null hypothesis of each test.
NULLS = {
    "car": "the abnormal returns of the window sum to zero",
    "path": "every abnormal return of the window is zero",
    "difference": "both labels have the same sum over the window",
    "every-series": "the sum over the window is zero in every series",
}

_ONE_BY_ONE = (
    "events by themselves have the ordinary variance, which takes their sessions for no more volatile than others: "
    "where markets were nervous believe placebo_p"
)


def dummies(result: StudyResult, covariance: str = "HAC") -> MethodResult:
    """Regress each series on event dummies over its whole sample.

    Parameters
    ----------
    result : StudyResult
        The study whose market events, series, windows and regressors are taken.
    covariance : {'HAC', 'HC3', 'OLS'}
        What standard errors are made of, where more than one date stands behind a coefficient.

    Returns
    -------
    MethodResult
        ``effects``: sums over windows and joint tests, keyed by series, stance, window and test; ``*`` pools the
        series. ``coefficients``: one a series, stance and session of event time. ``events``: each market event by
        itself, keyed by event_id (that of its first event), series and window. Regressions by series.

    Raises
    ------
    UnknownNameError
        If there is no such covariance.

    Notes
    -----
    ``R_t = α + β'x_t + Σ_sτ γ_sτ D_sτt + ε_t``: market events of one net label s share their path γ over the study's
    span, so the effects of events that overlap add up and are told apart. Every market event with a CAR counts, also
    those that the averages set aside. Where windows do not overlap and all events learn from the same sessions, the sum
    of a path is the CAAR of `average`. Two models estimate nothing: ``zero`` has a constant here all the same, and
    ``market-adjusted`` one for the return less the market's.

    A dummy that is one on a single session has a residual of zero and no robust variance. So the rows of `events`, and
    labels with one date, have the ordinary variance, which takes the event's sessions for no more volatile than
    others; the placebo p beside each event does not.

    References
    ----------
    Binder (1998), The event study methodology since 1969, Review of Quantitative Finance and Accounting 11.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:1"], tests=[]).fit()
    >>> dummies(result).effects.set_index(["stance", "test"]).loc[("raise", "car"), "n"].item()
    8
    """
    require_known(covariance, [name for name in COVARIANCES if name != "cluster"], "covariance")
    fitted = [_fit(result, of, covariance) for of in result.samples.values() if len(with_car(of))]
    rows = [row for one in fitted for row in _effects(one)]
    pool = [one for one in fitted if one.sample.name in result.pool]
    if covariance == "HAC" and len(pool) > 1:
        rows += _pooled(pool)
    effects = pd.DataFrame(rows)
    adjusted = np.full(len(effects), np.nan)
    for _, family in effects[effects["series"] != ALL].groupby(["stance", "window", "test"], sort=False):
        adjusted[family.index] = holm(family["p_value"].to_numpy(dtype=np.float64))
    effects.insert(list(effects).index("p_value") + 1, "p_adjusted", adjusted)
    frames = {
        "effects": effects,
        "coefficients": pd.DataFrame([row for one in fitted for row in _coefficients(one)]),
        "events": pd.DataFrame([row for one in fitted for row in _events(one.sample)]),
    }
    warnings = tuple(_cautions(effects, [one.sample for one in fitted]))
    return MethodResult(frames, warnings, {one.sample.name: one.fit for one in fitted})


@dataclass(frozen=True, eq=False)
class _Fitted:
    """One series' regression: its dummies, the usable sessions, and the labels that are reported."""

    sample: SeriesSample
    dummies: Dummies
    fit: Regression
    dates: NDArray[np.datetime64]
    paths: dict[str, tuple[str, ...]]

    def restrictions(self, label: str, window: Window) -> Floats:
        """Return the coefficients of a label over a window; of the contrast, their sums one less the other."""
        before = self.fit.x.shape[1] - self.dummies.columns.shape[1]
        each = [self.dummies.restrictions(name, window, before) for name in self.paths[label]]
        return each[0] if len(each) == 1 else np.asarray((each[0].sum(axis=0) - each[1].sum(axis=0))[None, :])

    def market_events(self, label: str) -> list[int]:
        """Return the market events of a label; of the contrast, of both its labels."""
        return [k for k in with_car(self.sample).tolist() if (self.sample.label[k] or ALL) in self.paths[label]]


def _fit(result: StudyResult, sample: SeriesSample, covariance: str) -> _Fitted:
    y, x, usable = whole_sample(sample)
    there, rows = with_car(sample), np.flatnonzero(usable)
    # What has no label has a path of its own; it is only shown where no event has one.
    labels = [label or ALL for label in sample.label[there]]
    made = event_dummies(len(y), sample.position[there], labels, result.design.span)
    paths: dict[str, tuple[str, ...]] = {label: (label,) for label in (result.groups or (ALL,)) if label in made.groups}
    if result.contrast and set(result.contrast) <= set(paths):
        paths[str(result.design.contrast)] = result.contrast
    fit = dummy_regression(y, x, made, rows, covariance)
    return _Fitted(sample, made, fit, sample.of.history.sessions[rows], paths)


def _counts(fitted: Sequence[_Fitted], label: str) -> dict[str, object]:
    """Return unit, sessions, market events, dated events and dates behind a label."""
    chosen = [(one.sample, one.market_events(label)) for one in fitted]
    return {
        "unit": fitted[0].sample.of.unit,
        "n_obs": sum(one.fit.n_obs for one in fitted),
        "n": sum(len(rows) for _, rows in chosen),
        "n_events": len({event for sample, rows in chosen for k in rows for event in members_of(sample, k)}),
        "n_dates": len({day for sample, rows in chosen for day in sample.session[rows].tolist()}),
    }


def _effects(one: _Fitted) -> Iterator[dict[str, object]]:
    """Yield the sum over each window, and the test of the whole path, for each label and for the contrast."""
    for label, names in one.paths.items():
        tail, test = _counts([one], label), "car" if len(names) == 1 else "difference"
        for window in one.sample.of.design.windows:
            restrictions = one.restrictions(label, window)
            head = {"series": one.sample.name, "stance": label, "window": str(window)}
            total = estimate(one.fit, restrictions.sum(axis=0))
            yield head | {"test": test} | estimate_row(total) | tail | {"null": NULLS[test]}
            if len(restrictions) > 1:
                path = joint_test(one.fit, restrictions)
                yield head | {"test": "path"} | joint_row(path) | tail | {"null": NULLS["path"]}


def _pooled(pool: Sequence[_Fitted]) -> Iterator[dict[str, object]]:
    """Yield the mean over series in one unit, and the test that none of them moved, on common dates."""
    design = pool[0].sample.of.design
    for label in dict.fromkeys(label for one in pool for label in one.paths):
        members = [one for one in pool if label in one.paths]
        if len(members) < 2:  # noqa: PLR2004  # a mean over series needs two
            continue
        tail, test = _counts(members, label), "car" if len(members[0].paths[label]) == 1 else "difference"
        for window in design.windows:
            weights = [one.restrictions(label, window).sum(axis=0) for one in members]
            lags = design.span.n_sessions - 1
            found = common_dates([one.fit for one in members], weights, [one.dates for one in members], lags)
            head = {"series": ALL, "stance": label, "window": str(window)}
            if isinstance(found, CommonDates):
                yield head | {"test": test} | estimate_row(found.mean()) | tail | {"null": NULLS[test]}
                found = found.joint()
            yield head | {"test": "every-series"} | joint_row(found) | tail | {"null": NULLS["every-series"]}


def _coefficients(one: _Fitted) -> Iterator[dict[str, object]]:
    """Yield each label's coefficient on each session of event time."""
    for label, names in one.paths.items():
        counts = _counts([one], label)
        for tau in one.dummies.span.taus if len(names) == 1 else ():
            row = estimate_row(estimate(one.fit, one.restrictions(label, Window(tau, tau))[0]))
            del row["law"], row["restrictions"]
            yield {"series": one.sample.name, "stance": label, "tau": tau, "unit": counts["unit"]} | row | counts


def _events(sample: SeriesSample) -> Iterator[dict[str, object]]:
    """Yield each market event by itself: one dummy for each of its sessions; the others are those without one."""
    design, there = sample.of.design, with_car(sample)
    y, x, usable = whole_sample(sample)
    inside = touched(len(y), sample.position[there], design.span)
    quiet, news = np.flatnonzero(usable & ~inside), np.flatnonzero(usable & inside)
    effects = session_effects(y, x, quiet, news) if len(quiet) > x.shape[1] + 2 else None
    for k in there.tolist():
        for w, window in enumerate(design.windows):
            rows = int(sample.position[k]) + np.array(window.taus)
            near = np.abs(sample.position - sample.position[k]) < window.n_sessions
            others = [sample.ids[j] for j in there if near[j] and j != k]
            if effects is None:
                note = "there are too few sessions without an event to learn from"
            elif not np.isin(rows, news).all():
                note = f"window {window} misses a session"
            else:
                note = f"not identified: window {window} shares sessions with {', '.join(others)}" if others else ""
            values = [np.nan] * 6
            if effects is not None and not note:
                total, path = effects.total(rows), effects.joint(rows)
                values = [total.value, total.se, total.statistic, total.p_value, path.statistic, path.p_value]
                note = f"together with {', '.join(members_of(sample, k)[1:])}" if sample.n_members[k] > 1 else ""
            yield {
                "event_id": sample.ids[k],
                "series": sample.name,
                "window": str(window),
                "stance": sample.label[k],
                "session": pd.Timestamp(sample.session[k]),
                "unit": sample.of.unit,
                **dict(zip(("car", "se", "t", "p_value", "path_f", "path_p"), values, strict=True)),
                "df": 0 if effects is None else effects.df,
                "covariance": "OLS",
                "note": note,
                "n_obs": len(quiet) + len(news),
                "placebo_p": sample.p[k, w],
            }


def _cautions(effects: pd.DataFrame, samples: Sequence[SeriesSample]) -> Iterator[str]:
    late = 0
    if samples[0].of.design.overlap != "keep":
        late = sum(int(of.of.matches.market_events.late[with_car(of)].sum()) for of in samples)
    yield "all market events count, also windows with news of another label" + (
        f", and {counted(late, 'late one')} that no average counts" if late else ""
    )
    yield _ONE_BY_ONE
    n_ordinary, n_missing = int((effects["covariance"] == "OLS").sum()), int(effects["p_value"].isna().sum())
    if n_ordinary:
        yield f"{n_ordinary} of {len(effects)} effects have the ordinary variance; see note"
    if n_missing:
        yield f"{n_missing} of {len(effects)} tests are not defined; see note"
