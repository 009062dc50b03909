"""Joint Wald tests: several combinations of coefficients against zero at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from eventstudy.inference.regression.least_squares import FEW, ORDINARY, Regression, estimate
from eventstudy.returns import Floats


@dataclass(frozen=True)
class JointTest:
    """Several combinations of coefficients tested against zero at once.

    Parameters
    ----------
    statistic : float
        The F statistic; NaN where it is not defined.
    df, df_residual : float
        Its degrees of freedom: restrictions, and what the covariance rests on.
    p_value : float
        ``P(F > statistic)``.
    covariance : str
        What the covariance is made of.
    note : str
        What the reader must know.
    """

    statistic: float
    df: float
    df_residual: float
    p_value: float
    covariance: str
    note: str = ""


def joint_test(fit: Regression, restrictions: Floats) -> JointTest:
    """Test several combinations of coefficients at once.

    Parameters
    ----------
    fit : Regression
        The regression.
    restrictions : ndarray, shape (q, k)
        One combination a row.

    Returns
    -------
    JointTest
        Under one variance for all sessions Wald's F; under a robust covariance its small-sample form `hotelling`.
    """
    single = [estimate(fit, row) for row in restrictions]
    q = len(restrictions)
    undefined = [one.note for one in single if math.isnan(one.p_value)]
    if undefined:
        return none(q, fit.label, undefined[0])
    values = np.array([one.value for one in single])
    if any(one.covariance == "OLS" for one in single):
        w = wald(values, restrictions @ fit.ordinary @ restrictions.T)
        df = float(fit.results.df_resid)
        return by_f(w / q, q, df, "OLS", ORDINARY if fit.covariance == "OLS" else FEW)
    scale = np.sqrt([one.correction for one in single])
    covariance = (restrictions @ fit.robust @ restrictions.T) * np.outer(scale, scale)
    return hotelling(values, covariance, min(one.df for one in single), fit.label)


def hotelling(values: Floats, covariance: Floats, df: float, label: str) -> JointTest:
    """Test q estimates at once whose covariance rests on few degrees of freedom.

    Parameters
    ----------
    values : ndarray, shape (q,)
        The estimates.
    covariance : ndarray, shape (q, q)
        Their covariance.
    df : float
        The degrees of freedom η it rests on.
    label : str
        What it is made of.

    Returns
    -------
    JointTest
        NaN with a note where there are more restrictions than degrees of freedom.

    Notes
    -----
    ``F = (η - q + 1)/(η q) W`` with ``W`` Wald's statistic, law ``F(q, η - q + 1)``: Hotelling's T². For one
    restriction the square of t(η).

    References
    ----------
    Pustejovsky and Tipton (2018), Small-sample methods for cluster-robust variance estimation and hypothesis testing
    in fixed effects models, Journal of Business and Economic Statistics 36.

    Examples
    --------
    >>> found = hotelling(np.array([2.0]), np.array([[1.0]]), 10, "HC3")
    >>> found.statistic, found.df_residual, round(found.p_value, 4)
    (4.0, 10, 0.0734)
    """
    q = len(values)
    left = df - q + 1
    if left < 1:
        return none(q, label, f"{q} restrictions on {df:.1f} degrees of freedom: too few dates")
    w = wald(values, covariance)
    return by_f(w * left / (df * q), q, left, label)


def wald(values: Floats, covariance: Floats) -> float:
    """Return ``v' V⁻¹ v``; NaN where the covariance is singular."""
    scale = np.sqrt(np.diag(covariance))
    if not (scale > 0).all():
        return math.nan
    scaled = covariance / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] <= len(values) * 1e-10:
        return math.nan
    v = values / scale
    return float(v @ np.linalg.solve(scaled, v))


def by_f(statistic: float, q: int, df: float, label: str, note: str = "") -> JointTest:
    """Return a test whose statistic follows Fisher's F."""
    from scipy.special import fdtrc

    if math.isnan(statistic):
        return none(q, label, "the covariance is singular")
    return JointTest(statistic, q, df, float(fdtrc(q, df, statistic)), label, note)


def none(q: int, label: str, why: str) -> JointTest:
    """Return the joint test that is not defined, with the reason."""
    return JointTest(math.nan, q, math.nan, math.nan, label, why)
