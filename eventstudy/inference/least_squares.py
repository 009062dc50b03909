"""Least squares with robust covariances, and estimates and joint tests that say how far they can be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.errors import require_known
from eventstudy.returns import Floats, Ints
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

#: Below this share of its true size a robust variance is taken to be none: one session gives about 0, two give a half.
_LEAST_SHARE = 1 / 3


def automatic_lags(n: int, least: int = 0) -> int:
    """Return the number of lags of Newey and West's rule of thumb, and no fewer than asked for.

    Parameters
    ----------
    n, least : int
        Number of observations, and fewest lags: sessions of the window, or of the horizon, less one.

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
    """A linear combination of coefficients, or several at once, tested against zero.

    Parameters
    ----------
    value, se : float
        Estimate and standard error; NaN of a joint test, which has none.
    statistic, df, p_value : float
        Their ratio and the degrees of freedom of its t law, or the F statistic and what its covariance rests on; the p
        is two-sided, or the upper tail. NaN where they are not defined.
    law : {'t', 'F'}
        The law of the statistic.
    restrictions : int
        Combinations tested.
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
    law: str
    restrictions: int
    df: float
    p_value: float
    covariance: str
    correction: float
    note: str


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
    groups: Ints | None = None
    working: spmatrix | None = None

    @property
    def label(self) -> str:
        """The covariance as tables name it."""
        return f"HAC({self.maxlags})" if self.covariance == "HAC" else self.covariance

    @property
    def n_obs(self) -> int:
        """Number of observations."""
        return len(self.x)

    @cached_property
    def _svd(self) -> tuple[Floats, Floats, Floats]:
        """Orthonormal basis of the regressors, its right side, and the columns' lengths: units do not matter."""
        lengths = np.sqrt((self.x**2).sum(axis=0))
        lengths[lengths == 0] = 1.0
        left, size, right = np.linalg.svd(self.x / lengths, full_matrices=False)
        kept = size > size[0] * _SINGULAR
        return left[:, kept], right[kept], lengths

    def is_identified(self, weights: Floats) -> bool:
        """Whether a combination of coefficients is the same in every least-squares solution."""
        _, rows, lengths = self._svd
        scaled = weights / lengths
        return bool(np.abs(rows.T @ (rows @ scaled) - scaled).max() < 1e-6 * np.abs(scaled).max())

    def influence(self, weights: Floats) -> Floats:
        """Return what each row adds to a combination for each unit of its error, shape (n,)."""
        return np.asarray(self.x @ (np.asarray(self.results.normalized_cov_params) @ weights))

    @cached_property
    def robust(self) -> Floats:
        """Robust covariance of the coefficients from statsmodels without a small-sample factor, shape (k, k)."""
        results, options = self.results, dict[str, Any]()
        if self.covariance in {"HAC", "cluster"}:
            of_kind = {"maxlags": self.maxlags} if self.covariance == "HAC" else {"groups": self.groups}
            options = {"use_correction": False, **of_kind}
        if self.covariance == "HC3":
            # A row that its own dummy fits exactly says nothing about the others, and HC3 would divide by zero.
            rows = (self._svd[0] ** 2).sum(axis=1) < 1 - _SINGULAR
            results = ordinary_fit(np.asarray(results.model.endog)[rows], self.x[rows])
        return np.asarray(results.get_robustcov_results(self.covariance, **options).cov_params())

    @cached_property
    def _pattern(self) -> spmatrix:
        """Which products of residuals the robust variance is made of, with their weights."""
        if self.covariance == "HAC":
            return bartlett(self.n_obs, self.maxlags)
        return within_groups(np.arange(self.n_obs) if self.groups is None else self.groups)

    @cached_property
    def _reliabilities(self) -> dict[bytes, tuple[float, float]]:
        """What was found before: effects, coefficients and joint tests ask for the same combinations."""
        return {}

    def reliability(self, weights: Floats) -> tuple[float, float]:
        """Return how far the robust variance of a combination can be believed; see `reliability`."""
        if (key := weights.tobytes()) not in self._reliabilities:
            basis, influence, factor = self._svd[0], self.influence(weights), 1.0
            if self.covariance == "HC3":
                # HC3 divides each residual by what its row leaves of it.
                away, size = 1 - (basis**2).sum(axis=1), float(influence @ influence)
                influence = np.where(away > _SINGULAR, influence / np.where(away > _SINGULAR, away, 1.0), 0.0)
                factor = float(influence @ influence) / size
            share, df = reliability(basis, influence, self._pattern, self.working)
            self._reliabilities[key] = share * factor, df
        return self._reliabilities[key]


def regress(
    y: Floats, x: Floats, covariance: str = "HAC", least_lags: int = 0, *, working: spmatrix | None = None
) -> Regression:
    """Regress y on x by statsmodels' OLS.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Left-hand side.
    x, covariance, working
        As in `Regression`; there is no other covariance (UnknownNameError).
    least_lags : int
        Fewest lags of HAC; the rule of thumb may ask for more.
    """
    require_known(covariance, COVARIANCES, "covariance")
    return Regression(ordinary_fit(y, x), x, covariance, automatic_lags(len(y), least_lags), working=working)


def ordinary_fit(y: Floats, x: Floats) -> RegressionResultsWrapper:
    """Return statsmodels' results of y on x; of dependent columns `Regression` says what is identified."""
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
    fit, weights : Regression and ndarray, shape (k,)
        The regression and the combination.

    Returns
    -------
    Estimate
        NaN with a note where the combination is not identified. Where a robust variance would rest on the residuals of
        fewer than two sessions, the ordinary variance serves, and the note says so; for clusters there is no
        ordinary variance to fall back on, and the p is NaN.

    Notes
    -----
    HAC and clusters: the variance is divided by the share of it that the few dates let through, and the law is t with
    Satterthwaite's degrees of freedom (`reliability`), never more than clusters less one; both are those of Bell and
    McCaffrey. HC3 takes only the latter.
    """
    if not fit.is_identified(weights):
        return by_t(math.nan, math.nan, math.nan, fit.label, math.nan, NOT_IDENTIFIED)
    value, is_plain = float(np.asarray(fit.results.params) @ weights), fit.covariance == "OLS"
    share, df = (math.nan, math.nan) if is_plain else fit.reliability(weights)
    if not share >= _LEAST_SHARE:
        if fit.groups is not None:
            return by_t(value, math.nan, math.nan, fit.label)
        variance = float(weights @ np.asarray(fit.results.cov_params()) @ weights)
        return by_t(value, variance, float(fit.results.df_resid), "OLS", note=ORDINARY if is_plain else FEW)
    correction = 1.0 if fit.covariance == "HC3" else 1.0 / share
    if fit.groups is not None:
        df = min(df, len(np.unique(fit.groups)) - 1.0)
    return by_t(value, correction * float(weights @ fit.robust @ weights), df, fit.label, correction)


def by_t(value: float, variance: float, df: float, label: str, correction: float = 1.0, note: str = "") -> Estimate:
    """Return an estimate whose ratio to its standard error follows Student's t; NaN where there is no variance."""
    if not (variance > 0 and df > 0):
        variance, df, note = math.nan, math.nan, note or NO_VARIANCE
    se = math.sqrt(variance)
    return Estimate(value, se, value / se, "t", 1, df, float(two_sided_t(value / se, df)), label, correction, note)


# -- how far a robust variance can be believed -------------------------------------------------------------------------
#
# A robust variance (White, Newey-West, clustered) is made of squared residuals. A dummy that is one on a single session
# fits that session exactly: the residual is zero, and so is the variance. On m sessions the variance is about (m - 1)/m
# of what it should be, and as dispersed as a chi-squared with m - 1 degrees of freedom. Both figures are computed here
# for any regression, and used.


def bartlett(n: int, maxlags: int) -> spmatrix:
    """Return the Bartlett weights ``1 - |t - s| / (maxlags + 1)`` of n successive rows, sparse (n, n)."""
    from scipy.sparse import diags

    lags = np.arange(-min(maxlags, n - 1), min(maxlags, n - 1) + 1)
    return diags([np.full(n - abs(j), 1.0 - abs(j) / (maxlags + 1)) for j in lags], lags.tolist(), format="csr")


def within_groups(groups: Ints, correlation: float = 1.0) -> spmatrix:
    """Return ones on the diagonal and `correlation` between the rows of one group, sparse (n, n)."""
    from scipy.sparse import csr_matrix, identity

    n = len(groups)
    member = csr_matrix((np.ones(n), (np.arange(n), groups)), shape=(n, int(groups.max(initial=0)) + 1))
    return (correlation * (member @ member.T) + (1.0 - correlation) * identity(n)).tocsr()


def reliability(
    basis: Floats, influence: Floats, weights: spmatrix, working: spmatrix | None = None
) -> tuple[float, float]:
    """Return how far the variance ``Σ_ts w_ts ψ_t ψ_s e_t e_s`` can be believed.

    Parameters
    ----------
    basis : ndarray, shape (n, r)
        Orthonormal basis of the regressors.
    influence : ndarray, shape (n,)
        ψ: what each row adds to the estimate for each unit of its error.
    weights : sparse matrix, shape (n, n)
        w: the identity for White's, `bartlett` for Newey and West's, `within_groups` for the clustered variance.
    working : sparse matrix, shape (n, n), optional
        Covariance Ω of the errors, up to scale, under which it is judged; default the identity.

    Returns
    -------
    share : float
        Its expectation over the true variance; below 1 where few sessions carry the coefficient.
    df : float
        Degrees of freedom of the chi-squared law that has its mean and variance.

    Notes
    -----
    With ``A = w ∘ ψψ'``, ``M`` the projection off the regressors and ``B = MΩM``: share ``tr(AB) / ψ'Ωψ``, degrees of
    freedom ``tr(AB)² / tr(ABAB)``. For n equal sessions behind a dummy that is (n - 1)/n and n - 1.

    References
    ----------
    Bell and McCaffrey (2002), Bias reduction in standard errors for linear regression with multi-stage samples, Survey
    Methodology 28. Imbens and Kolesár (2016), Robust standard errors in small samples, Review of Economics and
    Statistics 98.

    Examples
    --------
    >>> from scipy.sparse import identity
    >>> four = np.ones((4, 1)) / 2
    >>> [round(figure, 6) for figure in reliability(four, np.full(4, 0.25), identity(4, format="csr"))]
    [0.75, 3.0]
    """
    from scipy.sparse import diags, identity

    scaled, rank = diags(influence) @ weights @ diags(influence), basis.shape[1]
    omega = identity(len(basis), format="csr") if working is None else working
    # B = Ω + F K F' with F = [Q, ΩQ]: the projection is never written out.
    spread = omega @ basis
    factor = np.hstack([basis, spread])
    core = np.block([[basis.T @ spread, -np.eye(rank)], [-np.eye(rank), np.zeros((rank, rank))]])
    of_factor = core @ (factor.T @ (scaled @ factor))
    banded = scaled @ omega
    crossed = core @ (factor.T @ (banded @ (scaled @ factor)))
    trace = float(banded.diagonal().sum() + np.trace(of_factor))
    square = float(banded.multiply(banded.T).sum() + 2 * np.trace(crossed) + np.trace(of_factor @ of_factor))
    variance = float(influence @ (omega @ influence))
    return (trace / variance, trace**2 / square) if variance > 0 and square > 0 else (0.0, 0.0)


# -- joint tests -------------------------------------------------------------------------------------------------------


def joint_test(fit: Regression, restrictions: Floats) -> Estimate:
    """Test several combinations of coefficients at once.

    Parameters
    ----------
    fit, restrictions : Regression and ndarray, shape (q, k)
        The regression, and one combination a row.

    Returns
    -------
    Estimate
        Under one variance for all sessions Wald's F; under a robust covariance its small-sample form `hotelling`.
    """
    single, q = [estimate(fit, row) for row in restrictions], len(restrictions)
    if undefined := [one.note for one in single if math.isnan(one.p_value)]:
        return by_f(math.nan, q, math.nan, fit.label, undefined[0])
    values, scale = np.array([one.value for one in single]), np.sqrt([one.correction for one in single])
    if any(one.covariance == "OLS" for one in single):
        w = wald(values, restrictions @ np.asarray(fit.results.cov_params()) @ restrictions.T)
        return by_f(w / q, q, float(fit.results.df_resid), "OLS", ORDINARY if fit.covariance == "OLS" else FEW)
    covariance = (restrictions @ fit.robust @ restrictions.T) * np.outer(scale, scale)
    return hotelling(values, covariance, min(one.df for one in single), fit.label)


def hotelling(values: Floats, covariance: Floats, df: float, label: str) -> Estimate:
    """Test q estimates at once whose covariance rests on few degrees of freedom.

    Parameters
    ----------
    values, covariance : ndarray, shapes (q,) and (q, q)
        The estimates and their covariance.
    df, label : float and str
        The degrees of freedom η it rests on, and what it is made of.

    Returns
    -------
    Estimate
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
    >>> found.statistic, found.df, round(found.p_value, 4)
    (4.0, 10, 0.0734)
    """
    q = len(values)
    left = df - q + 1
    if left < 1:
        why = f"{q} restrictions on {df:.1f} degrees of freedom: too few dates"
        return by_f(math.nan, q, math.nan, label, why)
    return by_f(wald(values, covariance) * left / (df * q), q, left, label)


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


def by_f(statistic: float, q: int, df: float, label: str, note: str = "") -> Estimate:
    """Return a joint test whose statistic follows Fisher's F; NaN where that is, for a covariance that is singular."""
    from scipy.special import fdtrc

    if math.isnan(statistic):
        df, note = math.nan, note if math.isnan(df) else "the covariance is singular"
    p_value = float(fdtrc(q, df, statistic))
    return Estimate(math.nan, math.nan, statistic, "F", q, df, p_value, label, math.nan, note)
