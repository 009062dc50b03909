"""Event dummies over a whole sample, for one series and for several on common dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.regression.least_squares import (
    ORDINARY,
    Estimate,
    JointTest,
    Regression,
    automatic_lags,
    bartlett,
    by_f,
    by_t,
    estimate,
    hotelling,
    no_joint_test,
    ordinary_fit,
    regress,
    wald,
)
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class Dummies:
    """The dummies of G groups of events over T sessions, a column for each group and session of event time.

    Parameters
    ----------
    groups : tuple of str, length G
        The groups, e.g. stances.
    span : Window
        Event time, n sessions.
    columns : ndarray, shape (T, G * n)
        Number of events of the group that have this session at this event time.
    """

    groups: tuple[str, ...]
    span: Window
    columns: Floats

    def restrictions(self, group: str, window: Window, before: int) -> Floats:
        """Return one combination of coefficients for each session of a window.

        Parameters
        ----------
        group : str
            The group.
        window : Window
            Where its coefficients are picked, m sessions.
        before : int
            Number of regressors in front of the dummies.

        Returns
        -------
        ndarray, shape (m, before + G * n)
            One coefficient a row; their sum is the CAR.
        """
        first = before + self.groups.index(group) * self.span.n_sessions + window.first - self.span.first
        return np.eye(before + self.columns.shape[1])[first : first + window.n_sessions]


def event_dummies(
    n_sessions: int, positions: Sequence[int] | NDArray[np.int64], labels: Sequence[str], span: Window
) -> Dummies:
    """Return the dummies of labelled events.

    Parameters
    ----------
    n_sessions : int
        Sessions of the sample, T.
    positions : sequence of int, length N
        Event sessions.
    labels : sequence of str, length N
        Group of each event.
    span : Window
        Event time covered.

    Returns
    -------
    Dummies
        Groups in the order in which they first appear. Events that overlap add up.

    Examples
    --------
    >>> event_dummies(4, [1, 2], ["raise", "raise"], Window(0, 1)).columns
    array([[0., 0.],
           [1., 0.],
           [1., 1.],
           [0., 1.]])
    """
    groups, n = tuple(dict.fromkeys(labels)), span.n_sessions
    columns = np.zeros((n_sessions, len(groups) * n))
    for position, label in zip(positions, labels, strict=True):
        rows = position + np.array(span.taus)
        inside = (rows >= 0) & (rows < n_sessions)
        columns[rows[inside], groups.index(label) * n + np.flatnonzero(inside)] += 1.0
    return Dummies(groups, span, columns)


def dummy_regression(y: Floats, x: Floats, dummies: Dummies, rows: NDArray[np.int64], covariance: str) -> Regression:
    """Regress returns on a constant, regressors and event dummies.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Returns.
    x : ndarray, shape (T, k)
        Regressors without the constant.
    dummies : Dummies
        The event dummies.
    rows : ndarray of int64, shape (n,)
        Sessions of the sample, on which `y` and `x` are finite.
    covariance : {'HAC', 'HC3', 'OLS'}
        What standard errors are made of; HAC has at least as many lags as the span has sessions, less one.

    Returns
    -------
    Regression
        Coefficients: constant, regressors, dummies.

    Notes
    -----
    ``R_t = α + β'x_t + Σ_gτ γ_gτ D_gτt + ε_t``. Events of one group share their path γ, so overlapping events are told
    apart, and the residuals of event sessions are not zero.

    References
    ----------
    Binder (1985), On the use of the multivariate regression model in event studies, Journal of Accounting Research 23.
    """
    design = np.column_stack([np.ones(len(rows)), x[rows], dummies.columns[rows]])
    return regress(y[rows], design, covariance, dummies.span.n_sessions - 1)


@dataclass(frozen=True, eq=False)
class SessionEffects:
    """Coefficients of dummies that are one on a single session each.

    Parameters
    ----------
    rows : ndarray of int64, shape (m,)
        The sessions.
    value : ndarray, shape (m,)
        Coefficients.
    covariance : ndarray, shape (m, m)
        Their covariance under errors of one variance.
    df : int
        Residual degrees of freedom.
    """

    rows: NDArray[np.int64]
    value: Floats
    covariance: Floats
    df: int

    def total(self, rows: NDArray[np.int64]) -> Estimate:
        """Return the sum over some of the sessions, tested against zero."""
        place = np.searchsorted(self.rows, rows)
        variance = float(self.covariance[np.ix_(place, place)].sum())
        return by_t(float(self.value[place].sum()), variance, self.df, "OLS", note=ORDINARY)

    def joint(self, rows: NDArray[np.int64]) -> JointTest:
        """Return the test that all of some sessions' effects are zero."""
        place = np.searchsorted(self.rows, rows)
        w = wald(self.value[place], self.covariance[np.ix_(place, place)])
        return by_f(w / len(rows), len(rows), self.df, "OLS", ORDINARY)


def session_effects(y: Floats, x: Floats, quiet: NDArray[np.int64], touched: NDArray[np.int64]) -> SessionEffects:
    """Return the coefficients of one dummy for each event session.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Returns.
    x : ndarray, shape (T, k)
        Regressors without the constant.
    quiet : ndarray of int64, shape (n,)
        Sessions without an event.
    touched : ndarray of int64, shape (m,)
        Event sessions, ascending.

    Returns
    -------
    SessionEffects
        What a regression over all n + m sessions with m dummies gives, to the last digit.

    Notes
    -----
    A dummy for a single session takes that session out of the sample and returns its forecast error, so the regression
    is run over the n others: ``γ_t = y_t - x_t'b``, ``Cov(γ) = s² (I + X₁ (X'X)⁻¹ X₁')``. Its residual is exactly zero,
    so White's and Newey and West's variances of γ are next to nothing whatever the return was: they are not offered.
    With a year of returns their 5 % test needs a t of about 30.

    References
    ----------
    Salkever (1976), The use of dummy variables to compute predictions, prediction errors, and confidence intervals,
    Journal of Econometrics 4. Ford, Jackson and Skinner (2010), HAC standard errors and the event study methodology: a
    cautionary note, Applied Economics Letters 17.
    """
    fit = ordinary_fit(y[quiet], np.column_stack([np.ones(len(quiet)), x[quiet]]))
    outside = np.column_stack([np.ones(len(touched)), x[touched]])
    spread = outside @ np.asarray(fit.normalized_cov_params) @ outside.T
    covariance = float(fit.scale) * (np.eye(len(touched)) + spread)
    return SessionEffects(touched, np.asarray(y[touched] - outside @ fit.params), covariance, int(fit.df_resid))


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
        return no_joint_test(len(fits), "HAC by date", "a series has too few dates for a robust variance")
    days = np.unique(np.concatenate(list(dates)))
    maxlags = automatic_lags(len(days), least_lags)
    scores = np.zeros((len(days), len(fits)))
    for s, (fit, row, day) in enumerate(zip(fits, weights, dates, strict=True)):
        scores[np.searchsorted(days, day), s] = fit.influence(row) * np.asarray(fit.results.resid)
    scale = np.sqrt([one.correction for one in single])
    covariance = (scores.T @ (bartlett(len(days), maxlags) @ scores)) * np.outer(scale, scale)
    value = np.array([one.value for one in single])
    return CommonDates(value, covariance, min(one.df for one in single), f"HAC({maxlags}) by date")
