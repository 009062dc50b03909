"""Several series at once: their coefficients on common dates, whose errors hang together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.inference.regression.least_squares import (
    Estimate,
    Regression,
    automatic_lags,
    by_t,
    estimate,
)
from eventstudy.inference.regression.small_sample import bartlett
from eventstudy.inference.regression.wald import JointTest, hotelling, none
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats


@dataclass(frozen=True, eq=False)
class CommonDates:
    """One combination of coefficients in each of S series, with the covariance across them.

    Parameters
    ----------
    value : ndarray, shape (S,)
        The combinations.
    covariance : ndarray, shape (S, S)
        Their covariance, corrected for few dates.
    df : float
        Fewest degrees of freedom behind any of them.
    label : str
        What the covariance is made of.
    """

    value: Floats
    covariance: Floats
    df: float
    label: str

    def mean(self) -> Estimate:
        """Return the mean over the series, tested against zero."""
        return by_t(float(self.value.mean()), float(self.covariance.mean()), self.df, self.label, np.nan)

    def joint(self) -> JointTest:
        """Return the test that all of them are zero."""
        return hotelling(self.value, self.covariance, self.df, self.label)


def common_dates(
    fits: Sequence[Regression], weights: Sequence[Floats], dates: Sequence[Dates], least_lags: int = 0
) -> CommonDates | JointTest:
    """Join one combination of coefficients of several series' regressions.

    Parameters
    ----------
    fits : sequence of Regression, length S
        The regressions.
    weights : sequence of ndarray, length S
        The combination in each.
    dates : sequence of ndarray of datetime64[D], length S
        The dates of each one's observations.
    least_lags : int
        Fewest lags.

    Returns
    -------
    CommonDates, or an undefined JointTest
        The latter, with the reason, where a series has no robust variance of its own.

    Notes
    -----
    The stacked regression of all series, each with coefficients of its own, clustered by date and with Newey and West's
    weights between dates: ``V_ij = Σ_ts w_ts u_it u_js`` with ``u_it = ψ_it e_it``, 0 where series i has no
    observation. It is then scaled up for few dates as each series' own variance is.

    References
    ----------
    Driscoll and Kraay (1998), Consistent covariance matrix estimation with spatially dependent panel data, Review of
    Economics and Statistics 80.
    """
    single = [estimate(fit, row) for fit, row in zip(fits, weights, strict=True)]
    if any(not one.covariance.startswith("HAC") or not one.df > 0 for one in single):
        return none(len(fits), "HAC by date", "a series has too few dates for a robust variance")
    days = np.unique(np.concatenate(list(dates)))
    maxlags = automatic_lags(len(days), least_lags)
    scores = np.zeros((len(days), len(fits)))
    for s, (fit, row, day) in enumerate(zip(fits, weights, dates, strict=True)):
        scores[np.searchsorted(days, day), s] = fit.influence(row) * np.asarray(fit.results.resid)
    scale = np.sqrt([one.correction for one in single])
    covariance = (scores.T @ (bartlett(len(days), maxlags) @ scores)) * np.outer(scale, scale)
    value = np.array([one.value for one in single])
    return CommonDates(value, covariance, min(one.df for one in single), f"HAC({maxlags}) by date")
