"""One regression, its robust covariance from statsmodels, and estimates that say how far they can be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import require_known
from eventstudy.inference.regression.small_sample import Reliability, bartlett, reliability, within_groups
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t

if TYPE_CHECKING:
    from scipy.sparse import spmatrix
    from statsmodels.regression.linear_model import RegressionResultsWrapper

#: ``HAC``: Newey and West; ``HC3``: MacKinnon and White; ``cluster``: correlated within groups; ``OLS``: errors of one
#: variance, not correlated.
COVARIANCES = ("HAC", "HC3", "cluster", "OLS")

ORDINARY = "one variance for all sessions: takes the event's own sessions for no more volatile than the others"
FEW = "rests on too few dates for a robust variance; " + ORDINARY
NO_VARIANCE = "rests on too few dates: no variance can be estimated"
NOT_IDENTIFIED = "not identified: cannot be told apart from the other regressors"

#: Columns whose sum of squares is below this share of the largest are taken to be made of the others.
_SINGULAR = 1e-9


def automatic_lags(n: int, least: int = 0) -> int:
    """Return the number of lags of Newey and West's rule of thumb, and no fewer than asked for.

    Parameters
    ----------
    n : int
        Number of observations.
    least : int
        Fewest lags: sessions of the window, or of the horizon, less one.

    Returns
    -------
    int
        ``max(⌊4 (n/100)^(2/9)⌋, least)``.

    References
    ----------
    Newey and West (1994), Automatic lag selection in covariance matrix estimation, Review of Economic Studies 61.

    Examples
    --------
    >>> automatic_lags(500), automatic_lags(500, least=9)
    (5, 9)
    """
    return max(int(4 * (n / 100) ** (2 / 9)), least)


@dataclass(frozen=True)
class Estimate:
    """One linear combination of coefficients, tested against zero.

    Parameters
    ----------
    value, se : float
        Estimate and standard error.
    statistic, df, p_value : float
        Their ratio, the degrees of freedom of its t law, and the two-sided p.
    covariance : str
        What the standard error is made of: ``HAC(5)`` with its lags, ``HC3``, ``OLS``.
    correction : float
        Factor on the robust variance for the few sessions behind it; 1 for none.
    note : str
        What the reader must know before believing the p.
    """

    value: float
    se: float
    statistic: float
    df: float
    p_value: float
    covariance: str
    correction: float = 1.0
    note: str = ""


@dataclass(frozen=True, eq=False)
class Regression:
    """A least-squares fit that keeps statsmodels' results, shape (n, k).

    Parameters
    ----------
    results : RegressionResultsWrapper
        Of ``OLS(y, x).fit()``.
    x : ndarray, shape (n, k)
        Regressors, the constant among them; linearly dependent columns are allowed.
    covariance : {'HAC', 'HC3', 'cluster', 'OLS'}
        What standard errors are made of.
    maxlags : int
        Lags of HAC.
    groups : ndarray of int64, shape (n,), optional
        Cluster of each row.
    working : sparse matrix, shape (n, n), optional
        Covariance of the errors, up to scale, under which the robust variance is judged; default not correlated.
    """

    results: RegressionResultsWrapper
    x: Floats
    covariance: str
    maxlags: int = 0
    groups: NDArray[np.int64] | None = None
    working: spmatrix | None = None

    @property
    def label(self) -> str:
        """The covariance as tables name it."""
        return f"HAC({self.maxlags})" if self.covariance == "HAC" else self.covariance

    @property
    def n_obs(self) -> int:
        """Number of observations."""
        return int(self.x.shape[0])

    @cached_property
    def _norms(self) -> Floats:
        """Lengths of the columns, so that what is dependent does not hang on their units."""
        lengths = np.sqrt((self.x**2).sum(axis=0))
        return np.where(lengths > 0, lengths, 1.0)

    @cached_property
    def _svd(self) -> tuple[Floats, Floats]:
        left, size, right = np.linalg.svd(self.x / self._norms, full_matrices=False)
        kept = size > size[0] * _SINGULAR
        return left[:, kept], right[kept]

    @property
    def basis(self) -> Floats:
        """Orthonormal basis of the regressors, shape (n, rank)."""
        return self._svd[0]

    @cached_property
    def leverage(self) -> Floats:
        """Diagonal of the hat matrix, shape (n,)."""
        return np.asarray((self.basis**2).sum(axis=1))

    def is_identified(self, weights: Floats) -> bool:
        """Whether a combination of coefficients is the same in every least-squares solution."""
        scaled, rows = weights / self._norms, self._svd[1]
        return bool(np.abs(rows.T @ (rows @ scaled) - scaled).max() < 1e-6 * np.abs(scaled).max())

    def influence(self, weights: Floats) -> Floats:
        """Return what each row adds to a combination for each unit of its error, shape (n,)."""
        return np.asarray(self.x @ (np.asarray(self.results.normalized_cov_params) @ weights))

    @cached_property
    def robust(self) -> Floats:
        """Robust covariance of the coefficients from statsmodels without a small-sample factor, shape (k, k)."""
        if self.covariance == "HAC":
            found = self.results.get_robustcov_results("HAC", maxlags=self.maxlags, use_correction=False)
        elif self.covariance == "cluster":
            found = self.results.get_robustcov_results("cluster", groups=self.groups, use_correction=False)
        else:
            # A row that its own dummy fits exactly says nothing about the others, and HC3 would divide by zero.
            rows = self.leverage < 1 - _SINGULAR
            y = np.asarray(self.results.model.endog)
            found = ordinary_fit(y[rows], self.x[rows]).get_robustcov_results("HC3")
        return np.asarray(found.cov_params())

    @cached_property
    def ordinary(self) -> Floats:
        """Covariance of the coefficients under errors of one variance, shape (k, k)."""
        return np.asarray(self.results.cov_params())

    @cached_property
    def _pattern(self) -> spmatrix:
        """Which products of residuals the robust variance is made of, with their weights."""
        from scipy.sparse import identity

        if self.covariance == "HAC":
            return bartlett(self.n_obs, self.maxlags)
        return identity(self.n_obs, format="csr") if self.groups is None else within_groups(self.groups)

    def reliability(self, weights: Floats) -> Reliability:
        """How far the robust variance of a combination can be believed."""
        influence = self.influence(weights)
        if self.covariance != "HC3":
            return reliability(self.basis, influence, self._pattern, self.working)
        away = 1 - self.leverage
        larger = np.where(away > _SINGULAR, influence / np.where(away > _SINGULAR, away, 1.0), 0.0)
        found = reliability(self.basis, larger, self._pattern, self.working)
        size = float(influence @ influence)
        return Reliability(found.share * float(larger @ larger) / size if size > 0 else 0.0, found.df)


def regress(
    y: Floats,
    x: Floats,
    covariance: str = "HAC",
    least_lags: int = 0,
    *,
    groups: NDArray[np.int64] | None = None,
    working: spmatrix | None = None,
) -> Regression:
    """Regress y on x by statsmodels' OLS.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Left-hand side.
    x : ndarray, shape (n, k)
        Regressors, the constant among them.
    covariance : {'HAC', 'HC3', 'cluster', 'OLS'}
        What standard errors are made of.
    least_lags : int
        Fewest lags of HAC; the rule of thumb may ask for more.
    groups, working
        As in `Regression`.

    Returns
    -------
    Regression
        The fit.

    Raises
    ------
    UnknownNameError
        If there is no such covariance.
    """
    require_known(covariance, COVARIANCES, "covariance")
    return Regression(ordinary_fit(y, x), x, covariance, automatic_lags(len(y), least_lags), groups, working)


def ordinary_fit(y: Floats, x: Floats) -> RegressionResultsWrapper:
    """Return statsmodels' results of y on x; of dependent columns `Regression` tells what is identified."""
    import warnings

    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools.sm_exceptions import SingularMatrixWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SingularMatrixWarning)
        return OLS(y, x).fit()


def estimate(fit: Regression, weights: Floats) -> Estimate:
    """Estimate one combination of coefficients and test it against zero.

    Parameters
    ----------
    fit : Regression
        The regression.
    weights : ndarray, shape (k,)
        The combination.

    Returns
    -------
    Estimate
        NaN with a note where the combination is not identified. Where a robust variance would rest on less than two
        sessions' worth of residuals, the ordinary variance serves, and the note says so; for clusters there is no
        ordinary variance to fall back on, and the p is NaN.

    Notes
    -----
    HAC and clusters: the variance is divided by the share of it that the few dates let through, and the law is t with
    Satterthwaite's degrees of freedom (`reliability`), never more than clusters less one; both are those of Bell and
    McCaffrey. HC3 takes only the latter.
    """
    if not fit.is_identified(weights):
        return Estimate(math.nan, math.nan, math.nan, math.nan, math.nan, fit.label, math.nan, NOT_IDENTIFIED)
    value = float(np.asarray(fit.results.params) @ weights)
    if fit.covariance == "OLS":
        return _ordinary(fit, value, weights, ORDINARY)
    found = fit.reliability(weights)
    if found.is_degenerate and fit.groups is None:
        return _ordinary(fit, value, weights, FEW)
    if found.is_degenerate:
        return by_t(value, math.nan, math.nan, fit.label, note=NO_VARIANCE)
    correction = 1.0 if fit.covariance == "HC3" else 1.0 / found.share
    df = found.df if fit.groups is None else min(found.df, len(np.unique(fit.groups)) - 1.0)
    return by_t(value, correction * float(weights @ fit.robust @ weights), df, fit.label, correction)


def _ordinary(fit: Regression, value: float, weights: Floats, note: str) -> Estimate:
    variance = float(weights @ fit.ordinary @ weights)
    return by_t(value, variance, float(fit.results.df_resid), "OLS", note=note)


def by_t(
    value: float, variance: float, df: float, covariance: str, correction: float = 1.0, note: str = ""
) -> Estimate:
    """Return an estimate whose ratio to its standard error follows Student's t; NaN where there is no variance."""
    if not (variance > 0 and df > 0):
        return Estimate(value, math.nan, math.nan, math.nan, math.nan, covariance, correction, note or NO_VARIANCE)
    se = math.sqrt(variance)
    return Estimate(value, se, value / se, df, float(two_sided_t(value / se, df)), covariance, correction, note)
