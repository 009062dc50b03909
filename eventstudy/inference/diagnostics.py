"""Whether the residuals of a normal-return model are what its standard errors take them for."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from eventstudy.returns import Floats

#: Autocorrelations that Ljung-Box sums, and squared residuals that ARCH-LM regresses on.
LJUNG_BOX_LAGS, ARCH_LAGS = 10, 5

#: Fewer residuals than this are not diagnosed.
FEWEST = 30


@dataclass(frozen=True)
class Diagnostic:
    """One diagnostic of one fit.

    Parameters
    ----------
    test : str
        Its id.
    value : float
        The statistic.
    law : {'chi2', 'brownian bridge', ''}
        Its law under the null; empty for a statistic that is read as it is.
    df : float
        Degrees of freedom of the chi-square law; else NaN.
    p_value : float
        Upper tail; NaN without a law.
    null : str
        The null hypothesis in words.
    """

    test: str
    value: float
    law: str
    df: float
    p_value: float
    null: str


def ljung_box(residual: Floats) -> Diagnostic:
    """Test that residuals are not correlated with those before them.

    Parameters
    ----------
    residual : ndarray, shape (M,)
        Estimation residuals in order of their sessions.

    Returns
    -------
    Diagnostic
        ``Q = M (M+2) Σ_{k=1..10} ρ_k² / (M-k)``, chi-square with 10 degrees of freedom.

    References
    ----------
    Ljung and Box (1978), On a measure of lack of fit in time series models, Biometrika 65.
    """
    from statsmodels.stats.diagnostic import acorr_ljungbox

    row = acorr_ljungbox(residual, lags=[LJUNG_BOX_LAGS]).iloc[0]
    null = f"residuals are not correlated at lags 1 to {LJUNG_BOX_LAGS}"
    return Diagnostic("ljung_box", float(row["lb_stat"]), "chi2", LJUNG_BOX_LAGS, float(row["lb_pvalue"]), null)


def arch_lm(residual: Floats) -> Diagnostic:
    """Test that squared residuals are not foretold by those before them.

    Parameters
    ----------
    residual : ndarray, shape (M,)
        Estimation residuals in order of their sessions.

    Returns
    -------
    Diagnostic
        ``(M-5) R²`` of the squares on five lags, chi-square with 5 degrees of freedom.

    References
    ----------
    Engle (1982), Autoregressive conditional heteroscedasticity with estimates of the variance of United Kingdom
    inflation, Econometrica 50.
    """
    from statsmodels.stats.diagnostic import het_arch

    with warnings.catch_warnings():  # of what its answer will be wrapped in one day
        warnings.simplefilter("ignore", FutureWarning)
        value, p_value, *_ = het_arch(residual, nlags=ARCH_LAGS)
    null = f"variance does not depend on the {ARCH_LAGS} sessions before"
    return Diagnostic("arch_lm", float(value), "chi2", ARCH_LAGS, float(p_value), null)


def jarque_bera(residual: Floats) -> Diagnostic:
    """Test that residuals have the skewness and the kurtosis of the normal law.

    Parameters
    ----------
    residual : ndarray, shape (M,)
        Estimation residuals.

    Returns
    -------
    Diagnostic
        ``M/6 (S² + (K-3)²/4)``, chi-square with 2 degrees of freedom.

    References
    ----------
    Jarque and Bera (1987), A test for normality of observations and regression residuals, International Statistical
    Review 55.
    """
    from statsmodels.stats.stattools import jarque_bera as of_statsmodels

    value, p_value, *_ = of_statsmodels(residual)
    return Diagnostic("jarque_bera", float(value), "chi2", 2, float(p_value), "residuals are normal")


def durbin_watson(residual: Floats) -> Diagnostic:
    """Return the Durbin-Watson ratio: 2 without autocorrelation, towards 0 with a positive one.

    Parameters
    ----------
    residual : ndarray, shape (M,)
        Estimation residuals in order of their sessions.

    Returns
    -------
    Diagnostic
        ``Σ (e_t - e_{t-1})² / Σ e_t²``; its law depends on the regressors, so there is no p-value.

    References
    ----------
    Durbin and Watson (1950), Testing for serial correlation in least squares regression, Biometrika 37.
    """
    from statsmodels.stats.stattools import durbin_watson as of_statsmodels

    null = "residuals are not correlated with the one before"
    return Diagnostic("durbin_watson", float(of_statsmodels(residual)), "", np.nan, np.nan, null)


def cusum(residual: Floats, n_parameters: int) -> Diagnostic:
    """Test that the regression is the same all through the estimation window.

    Parameters
    ----------
    residual : ndarray, shape (M,)
        Estimation residuals in order of their sessions.
    n_parameters : int
        Parameters estimated.

    Returns
    -------
    Diagnostic
        ``max |Σ_{s<=t} e_s| / (s √M)``, the supremum of a Brownian bridge.

    References
    ----------
    Ploberger and Krämer (1992), The CUSUM test with OLS residuals, Econometrica 60.
    """
    from statsmodels.stats.diagnostic import breaks_cusumolsresid

    value, p_value, _ = breaks_cusumolsresid(residual, ddof=n_parameters)
    null = "the parameters do not change within the estimation window"
    return Diagnostic("cusum", float(value), "brownian bridge", np.nan, float(p_value), null)


def diagnose(residual: Floats, n_parameters: int) -> tuple[Diagnostic, ...]:
    """Return every diagnostic of one fit.

    Parameters
    ----------
    residual : ndarray, shape (L,)
        Estimation residuals in order of their sessions; NaN where none was used.
    n_parameters : int
        Parameters estimated.

    Returns
    -------
    tuple of Diagnostic
        Ljung-Box, ARCH-LM, Jarque-Bera, Durbin-Watson and CUSUM, of the residuals there are: sessions on both sides of
        a missing one count as neighbours. None for fewer than 30 residuals.

    Examples
    --------
    >>> [one.test for one in diagnose(np.sin(np.arange(60.0) ** 2), 1)]
    ['ljung_box', 'arch_lm', 'jarque_bera', 'durbin_watson', 'cusum']
    """
    known = residual[np.isfinite(residual)]
    if len(known) < FEWEST:
        return ()
    each: tuple[Callable[[Floats], Diagnostic], ...] = (ljung_box, arch_lm, jarque_bera, durbin_watson)
    return (*(test(known) for test in each), cusum(known, n_parameters))
