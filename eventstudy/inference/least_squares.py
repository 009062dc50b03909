"""Least squares with robust covariances, and estimates and joint tests that say how far they can be believed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import require_known
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

    @cached_property
    def _reliabilities(self) -> dict[bytes, Reliability]:
        """What was found before: effects, coefficients and joint tests ask for the same combinations."""
        return {}

    def reliability(self, weights: Floats) -> Reliability:
        """How far the robust variance of a combination can be believed."""
        key = weights.tobytes()
        if key not in self._reliabilities:
            self._reliabilities[key] = self._reliability(weights)
        return self._reliabilities[key]

    def _reliability(self, weights: Floats) -> Reliability:
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
    x, covariance, groups, working
        As in `Regression`; there is no other covariance (UnknownNameError).
    least_lags : int
        Fewest lags of HAC; the rule of thumb may ask for more.
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
    fit, weights : Regression and ndarray, shape (k,)
        The regression and the combination.

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
    found = None if fit.covariance == "OLS" else fit.reliability(weights)
    if found is None or (found.is_degenerate and fit.groups is None):
        variance, df = float(weights @ fit.ordinary @ weights), float(fit.results.df_resid)
        return by_t(value, variance, df, "OLS", note=FEW if found else ORDINARY)
    if found.is_degenerate:
        return by_t(value, math.nan, math.nan, fit.label, note=NO_VARIANCE)
    correction = 1.0 if fit.covariance == "HC3" else 1.0 / found.share
    df = found.df if fit.groups is None else min(found.df, len(np.unique(fit.groups)) - 1.0)
    return by_t(value, correction * float(weights @ fit.robust @ weights), df, fit.label, correction)


def by_t(
    value: float, variance: float, df: float, covariance: str, correction: float = 1.0, note: str = ""
) -> Estimate:
    """Return an estimate whose ratio to its standard error follows Student's t; NaN where there is no variance."""
    if not (variance > 0 and df > 0):
        return Estimate(value, math.nan, math.nan, math.nan, math.nan, covariance, correction, note or NO_VARIANCE)
    se = math.sqrt(variance)
    return Estimate(value, se, value / se, df, float(two_sided_t(value / se, df)), covariance, correction, note)


# -- how far a robust variance can be believed -------------------------------------------------------------------------
#
# A robust variance (White, Newey-West, clustered) is made of squared residuals. A dummy that is one on a single session
# fits that session exactly: the residual is zero, and so is the variance. On m sessions the variance is about (m - 1)/m
# of what it should be, and as dispersed as a chi-squared with m - 1 degrees of freedom. Both figures are computed here
# for any regression, and used.


@dataclass(frozen=True)
class Reliability:
    """What a robust variance estimates, were the working model true.

    Parameters
    ----------
    share : float
        Its expectation over the true variance; below 1 where few sessions carry the coefficient.
    df : float
        Degrees of freedom of the chi-squared law that has its mean and variance.
    """

    share: float
    df: float

    @property
    def is_degenerate(self) -> bool:
        """Whether there is next to no residual behind the variance."""
        return not self.share >= _LEAST_SHARE


def bartlett(n: int, maxlags: int) -> spmatrix:
    """Return the Bartlett weights ``1 - |t - s| / (maxlags + 1)`` of n successive rows, sparse (n, n)."""
    from scipy.sparse import diags

    lags = np.arange(-min(maxlags, n - 1), min(maxlags, n - 1) + 1)
    return diags([np.full(n - abs(j), 1.0 - abs(j) / (maxlags + 1)) for j in lags], lags.tolist(), format="csr")


def within_groups(groups: NDArray[np.int64], correlation: float = 1.0) -> spmatrix:
    """Return ones on the diagonal and `correlation` between the rows of one group, sparse (n, n)."""
    from scipy.sparse import csr_matrix, identity

    n = len(groups)
    member = csr_matrix((np.ones(n), (np.arange(n), groups)), shape=(n, int(groups.max(initial=0)) + 1))
    return (correlation * (member @ member.T) + (1.0 - correlation) * identity(n)).tocsr()


def reliability(basis: Floats, influence: Floats, weights: spmatrix, working: spmatrix | None = None) -> Reliability:
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
    Reliability
        Share and degrees of freedom.

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
    >>> found = reliability(four, np.full(4, 0.25), identity(4, format="csr"))
    >>> round(found.share, 6), round(found.df, 6)
    (0.75, 3.0)
    """
    from scipy.sparse import diags

    scaled = diags(influence) @ weights @ diags(influence)
    if working is None:
        turned = scaled @ basis
        inner = basis.T @ turned
        trace = float(scaled.diagonal().sum() - np.trace(inner))
        square = float(scaled.multiply(scaled.T).sum() - 2 * (turned * turned).sum() + (inner * inner.T).sum())
        variance = float(influence @ influence)
        return (
            Reliability(trace / variance, trace**2 / square) if variance > 0 and square > 0 else Reliability(0.0, 0.0)
        )
    omega, rank = working, basis.shape[1]
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
    if not (variance > 0 and square > 0):
        return Reliability(0.0, 0.0)
    return Reliability(trace / variance, trace**2 / square)


# -- joint tests -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class JointTest:
    """Several combinations of coefficients tested against zero at once.

    Parameters
    ----------
    statistic, p_value : float
        The F statistic and ``P(F > statistic)``; NaN where it is not defined.
    df, df_residual : float
        Its degrees of freedom: restrictions, and what the covariance rests on.
    covariance, note : str
        What the covariance is made of, and what the reader must know.
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
    fit, restrictions : Regression and ndarray, shape (q, k)
        The regression, and one combination a row.

    Returns
    -------
    JointTest
        Under one variance for all sessions Wald's F; under a robust covariance its small-sample form `hotelling`.
    """
    single = [estimate(fit, row) for row in restrictions]
    q = len(restrictions)
    undefined = [one.note for one in single if math.isnan(one.p_value)]
    if undefined:
        return no_joint_test(q, fit.label, undefined[0])
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
    values, covariance : ndarray, shapes (q,) and (q, q)
        The estimates and their covariance.
    df, label : float and str
        The degrees of freedom η it rests on, and what it is made of.

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
        return no_joint_test(q, label, f"{q} restrictions on {df:.1f} degrees of freedom: too few dates")
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
        return no_joint_test(q, label, "the covariance is singular")
    return JointTest(statistic, q, df, float(fdtrc(q, df, statistic)), label, note)


def no_joint_test(q: int, label: str, why: str) -> JointTest:
    """Return the joint test that is not defined, with the reason."""
    return JointTest(math.nan, q, math.nan, math.nan, label, why)
