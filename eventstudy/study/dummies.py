"""Event dummies over the whole sample of each series: the answer where windows overlap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.inference.multiplicity import holm
from eventstudy.inference.regression.least_squares import COVARIANCES, Regression
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, poolable
from eventstudy.study.dummy_rows import coefficient_rows, effect_rows, event_rows, fit_dummies, pooled_rows
from eventstudy.study.regression_sample import regression_sample
from eventstudy.study.result import StudyResult

_ONE_BY_ONE = (
    "events by themselves have the ordinary variance, which takes their sessions for no more volatile than others: "
    "where markets were nervous believe placebo_p"
)


@dataclass(frozen=True, eq=False)
class DummyResult:
    """What the event-dummy regressions found.

    Parameters
    ----------
    effects : DataFrame
        Sums over windows and joint tests, keyed by series, stance, window and test; ``*`` pools the series.
    coefficients : DataFrame
        One coefficient a series, stance and session of event time.
    events : DataFrame
        Each event by itself, keyed by event_id, series and window.
    warnings : tuple of str
        What a reader must know.
    regressions : mapping of str to Regression
        By series; its `results` are statsmodels'.
    """

    effects: pd.DataFrame
    coefficients: pd.DataFrame
    events: pd.DataFrame
    warnings: tuple[str, ...]
    regressions: Mapping[str, Regression]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return {"effects": self.effects, "coefficients": self.coefficients, "events": self.events}


def dummies(result: StudyResult, covariance: str = "HAC") -> DummyResult:
    """Regress each series on event dummies over its whole sample.

    Parameters
    ----------
    result : StudyResult
        The study whose events, series, windows and regressors are taken.
    covariance : {'HAC', 'HC3', 'OLS'}
        What standard errors are made of, where more than one date stands behind a coefficient.

    Returns
    -------
    DummyResult
        Tables and regressions.

    Raises
    ------
    UnknownNameError
        If there is no such covariance.

    Notes
    -----
    ``R_t = α + β'x_t + Σ_sτ γ_sτ D_sτt + ε_t``: events of one net stance s share their path γ over the study's span, so
    the effects of events that overlap add up and are told apart. Two models estimate nothing: ``zero`` has a constant
    here all the same, and ``market-adjusted`` one for the return less the market's.

    A dummy that is one on a single session has a residual of zero and no robust variance. So the rows of `events`, and
    stances with one date, have the ordinary variance, which takes the event's sessions for no more volatile than
    others; the placebo p beside each event does not.

    References
    ----------
    Binder (1998), The event study methodology since 1969, Review of Quantitative Finance and Accounting 11.
    """
    require_known(covariance, [name for name in COVARIANCES if name != "cluster"], "covariance")
    design, names = result.design, dict.fromkeys(result.car["series"])
    fitted = [fit_dummies(regression_sample(result, name), design.span, covariance) for name in names]
    rows = [row for one in fitted for row in effect_rows(one, design.windows)]
    pool = [one for one in fitted if one.sample.series in poolable(result.car)]
    if covariance == "HAC" and len(pool) > 1:
        rows += pooled_rows(pool, design.windows)
    effects = pd.DataFrame(rows)
    effects.insert(list(effects).index("p_value") + 1, "p_adjusted", _over_series(effects))
    events = pd.DataFrame([row for one in fitted for row in event_rows(one.sample, design.windows, design.span)])
    placebo = result.car[["event_id", "series", "window", "placebo_p"]]
    return DummyResult(
        effects=effects,
        coefficients=pd.DataFrame([row for one in fitted for row in coefficient_rows(one)]),
        events=events.merge(placebo, on=["event_id", "series", "window"], how="left"),
        warnings=_cautions(effects),
        regressions={one.sample.series: one.fit for one in fitted},
    )


def _over_series(effects: pd.DataFrame) -> Floats:
    """Holm over series, within stance, window and test; the pooled rows are no members."""
    adjusted = np.full(len(effects), np.nan)
    p_values = effects["p_value"].to_numpy(dtype=np.float64)
    families: dict[tuple[str, ...], list[int]] = {}
    columns = (effects[name] for name in ("series", "stance", "window", "test"))
    for row, (series, *key) in enumerate(zip(*columns, strict=True)):
        if series != ALL:
            families.setdefault(tuple(key), []).append(row)
    for family in families.values():
        adjusted[family] = holm(p_values[family])
    return adjusted


def _cautions(effects: pd.DataFrame) -> tuple[str, ...]:
    n_ordinary, n_missing = int((effects["covariance"] == "OLS").sum()), int(effects["p_value"].isna().sum())
    return tuple(
        filter(
            None,
            (
                _ONE_BY_ONE,
                f"{n_ordinary} of {len(effects)} effects have the ordinary variance; see note" if n_ordinary else "",
                f"{n_missing} of {len(effects)} tests are not defined; see note" if n_missing else "",
            ),
        )
    )
