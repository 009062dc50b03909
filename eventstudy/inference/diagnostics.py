"""Whether the residuals of a normal-return model are what its standard errors take them for."""

from __future__ import annotations

import warnings
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
        Of the M residuals there are: sessions on both sides of a missing one count as neighbours. None for fewer than
        30 residuals.

    Notes
    -----
    - ``ljung_box``: ``Q = M (M+2) Σ_{k=1..10} ρ_k² / (M-k)``, chi-square with 10 degrees of freedom (Ljung and Box).
    - ``arch_lm``: ``(M-5) R²`` of the squares on five lags, chi-square with 5 degrees of freedom (Engle).
    - ``jarque_bera``: ``M/6 (S² + (K-3)²/4)``, chi-square with 2 degrees of freedom (Jarque and Bera).
    - ``durbin_watson``: ``Σ (e_t - e_{t-1})² / Σ e_t²``, 2 without autocorrelation, towards 0 with a positive one; its
      law depends on the regressors, so there is no p-value (Durbin and Watson).
    - ``cusum``: ``max |Σ_{s<=t} e_s| / (s √M)``, the supremum of a Brownian bridge (Ploberger and Krämer).

    References
    ----------
    Ljung and Box (1978), On a measure of lack of fit in time series models, Biometrika 65. Engle (1982), Autoregressive
    conditional heteroscedasticity with estimates of the variance of United Kingdom inflation, Econometrica 50. Jarque
    and Bera (1987), A test for normality of observations and regression residuals, International Statistical Review 55.
    Durbin and Watson (1950), Testing for serial correlation in least squares regression, Biometrika 37. Ploberger and
    Krämer (1992), The CUSUM test with OLS residuals, Econometrica 60.

    Examples
    --------
    >>> [one.test for one in diagnose(np.sin(np.arange(60.0) ** 2), 1)]
    ['ljung_box', 'arch_lm', 'jarque_bera', 'durbin_watson', 'cusum']
    """
    known = residual[np.isfinite(residual)]
    if len(known) < FEWEST:
        return ()
    from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid, het_arch
    from statsmodels.stats.stattools import durbin_watson, jarque_bera

    box = acorr_ljungbox(known, lags=[LJUNG_BOX_LAGS]).iloc[0]
    with warnings.catch_warnings():  # of the class in which statsmodels will return its answer one day
        warnings.simplefilter("ignore", FutureWarning)
        arch, arch_p, *_ = het_arch(known, nlags=ARCH_LAGS)
    normal, normal_p, *_ = jarque_bera(known)
    cusum, cusum_p, _ = breaks_cusumolsresid(known, ddof=n_parameters)
    nan = float("nan")
    rows = (
        ("ljung_box", box["lb_stat"], "chi2", LJUNG_BOX_LAGS, box["lb_pvalue"],
         f"residuals are not correlated at lags 1 to {LJUNG_BOX_LAGS}"),
        ("arch_lm", arch, "chi2", ARCH_LAGS, arch_p, f"variance does not depend on the {ARCH_LAGS} sessions before"),
        ("jarque_bera", normal, "chi2", 2, normal_p, "residuals are normal"),
        ("durbin_watson", durbin_watson(known), "", nan, nan, "residuals are not correlated with the one before"),
        ("cusum", cusum, "brownian bridge", nan, cusum_p,
         "the parameters do not change within the estimation window"),
    )  # fmt: skip
    return tuple(Diagnostic(test, float(v), law, df, float(p), null) for test, v, law, df, p, null in rows)
