"""Local projections of each series on the signed stance of its events: the path of the price, horizon by horizon."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, require_known
from eventstudy.inference.regression.least_squares import Regression
from eventstudy.inference.regression.projections import Response, project
from eventstudy.returns import Floats
from eventstudy.study.regression_sample import RegressionSample, regression_sample
from eventstudy.study.result import StudyResult

#: ``stance``: +1 for a raise, -1 for a fold, 0 for a hold or both. ``intensity``: the events' own figure, summed.
SHOCKS = ("stance", "intensity")

DEFAULT_HORIZONS = 10
DEFAULT_LAGS = 2

_SIGN = {"raise": 1.0, "fold": -1.0}
_BAND = 0.95


@dataclass(frozen=True, eq=False)
class ProjectionResult:
    """What the local projections found.

    Parameters
    ----------
    responses : DataFrame
        One row a series and horizon ``h``: the response with its 95 % band from ``low`` to ``high``.
    warnings : tuple of str
        What a reader must know.
    regressions : mapping of (str, int) to Regression
        By series and horizon; its `results` are statsmodels'. Horizons that could not be estimated are not in it.
    """

    responses: pd.DataFrame
    warnings: tuple[str, ...]
    regressions: Mapping[tuple[str, int], Regression]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the table by name."""
        return {"responses": self.responses}


def projections(
    result: StudyResult, horizons: int = DEFAULT_HORIZONS, lags: int = DEFAULT_LAGS, shock: str = "stance"
) -> ProjectionResult:
    """Project each series on the events of a study.

    Parameters
    ----------
    result : StudyResult
        The study whose events, series and regressors are taken; the regressors are the controls.
    horizons : int
        Last horizon H; horizons 0 .. H are estimated.
    lags : int
        Lags of returns, shocks and controls.
    shock : {'stance', 'intensity'}
        What is put at an event session. Intensity runs from -10 (attack) to +10 (accord).

    Returns
    -------
    ProjectionResult
        Responses to a shock of one: in the series' unit, a raise; or a fold with the sign changed.

    Raises
    ------
    DesignError, UnknownNameError
        If horizons or lags are negative, or there is no such shock.

    Notes
    -----
    ``y_{t+h} - y_{t-1} = a_h + b_h s_t + Σ_l (c_l r_{t-l} + d_l s_{t-l}) + controls + e_t``, one regression a horizon,
    HAC with at least h lags. A control enters on the session itself too: where the news moves the control, the control
    takes part of the effect. A step over a missing session is missing, and so is every horizon that spans it.

    References
    ----------
    Jordà (2005), Estimation and inference of impulse responses by local projections, American Economic Review 95.
    """
    require_known(shock, SHOCKS, "shock")
    if horizons < 0 or lags < 0:
        raise DesignError(f"horizons {horizons} and lags {lags} must not be negative")
    rows, regressions, unknown = [], {}, 0
    for name in dict.fromkeys(result.car["series"]):
        sample = regression_sample(result, name)
        shocks, n_unknown = _shocks(sample, result.events, shock)
        unknown += n_unknown
        for h in range(horizons + 1):
            response = project(_returns(sample), shocks, sample.x, h, lags)
            rows.append(_row(sample, shock, response))
            if response.fit is not None:
                regressions[name, h] = response.fit
    table = pd.DataFrame(rows)
    return ProjectionResult(table, tuple(_cautions(table, unknown)), regressions)


def _returns(sample: RegressionSample) -> Floats:
    """Return the returns, missing on the sessions of events that the study left out."""
    return np.where(sample.usable, sample.y, np.nan)


def _shocks(sample: RegressionSample, events: pd.DataFrame, shock: str) -> tuple[Floats, int]:
    """Return the shock of each session, and the number of market events whose shock is not known."""
    values = np.zeros(len(sample.y))
    intensity = dict(zip(events["id"], events["intensity"], strict=True))
    for position, stance, members in zip(sample.positions, sample.stances, sample.members, strict=True):
        signed = _SIGN.get(stance, 0.0)
        values[position] = signed if shock == "stance" else sum(float(intensity[event]) for event in members)
    return values, int(np.isnan(values).sum())


def _row(sample: RegressionSample, shock: str, response: Response) -> dict[str, object]:
    from scipy.special import stdtrit

    found = response.estimate
    reach = float(stdtrit(found.df, 0.5 + _BAND / 2)) * found.se if found.df > 0 else np.nan
    return {
        "series": sample.series,
        "shock": shock,
        "h": response.horizon,
        "unit": sample.unit,
        "estimate": found.value,
        "se": found.se,
        "low": found.value - reach,
        "high": found.value + reach,
        "statistic": found.statistic,
        "law": "t",
        "df": found.df,
        "p_value": found.p_value,
        "covariance": found.covariance,
        "correction": found.correction,
        "n_obs": response.n_obs,
        "n_dates": response.n_shocks,
        "n_missing": response.n_missing,
        "null": "the shock does not move the price from the session before it to this horizon",
        "note": found.note,
    }


def _cautions(table: pd.DataFrame, unknown: int) -> Iterator[str]:
    missing = int(table["p_value"].isna().sum())
    if unknown:
        yield f"{unknown} market events have no intensity; their sessions are left out"
    if missing:
        yield f"{missing} of {len(table)} responses are not defined; see note"
    if table["note"].str.contains("too few dates").any():
        yield "some responses rest on too few dates for a robust variance; see note"
    if len(table):
        yield "the bands are one horizon at a time: of 20 horizons without any effect one lies outside"
