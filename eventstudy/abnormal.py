"""Abnormal returns around event sessions, one by one and cumulated over windows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits
from eventstudy.models.fits import window_variance
from eventstudy.returns import Floats, ReturnKind, compound
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class AbnormalReturns:
    """Abnormal returns of N event sessions of one series over n sessions of event time.

    Parameters
    ----------
    span : Window
        The event time covered; n is its number of sessions.
    rows : ndarray of int64, shape (N, n)
        Positions of the sessions in the series' history; -1 outside the sample.
    actual, normal, ar : ndarray, shape (N, n)
        Actual and normal returns and their difference; NaN where either is missing.
    se, sar : ndarray, shape (N, n)
        Forecast standard error of `ar`, and `ar` divided by it.
    x : ndarray, shape (N, n, k)
        Regressors on those sessions.
    """

    span: Window
    rows: NDArray[np.int64]
    actual: Floats
    normal: Floats
    ar: Floats
    se: Floats
    sar: Floats
    x: Floats


@dataclass(frozen=True, eq=False)
class CumulativeReturns:
    """Abnormal returns of N event sessions cumulated over one window.

    Parameters
    ----------
    window : Window
        The window.
    car, bhar : ndarray, shape (N,)
        Sum of abnormal returns; buy-and-hold abnormal return. NaN where a session of the window is missing.
    se, scar : ndarray, shape (N,)
        Forecast standard error of `car`, and `car` divided by it.
    n : ndarray of int64, shape (N,)
        Sessions cumulated: all of the window, but for partial CARs.
    """

    window: Window
    car: Floats
    bhar: Floats
    se: Floats
    scar: Floats
    n: NDArray[np.int64]


def abnormal_returns(y: Floats, x: Floats, fits: Fits, positions: NDArray[np.int64], span: Window) -> AbnormalReturns:
    """Return the abnormal returns around event sessions.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Returns of the series.
    x : ndarray, shape (T, k)
        Regressors.
    fits : Fits
        Estimates of the N event sessions.
    positions : ndarray of int64, shape (N,)
        The event sessions.
    span : Window
        Event time wanted.

    Returns
    -------
    AbnormalReturns
        Missing and out-of-sample sessions are NaN, never zero.

    Notes
    -----
    ``AR_t = R_t - E[R_t]``, ``Var(AR_t) = s² (1 + x_t'(X'X)⁻¹x_t)``.

    References
    ----------
    Patell (1976), Corporate forecasts of earnings per share and stock price behavior, Journal of Accounting Research
    14.
    """
    rows = positions[:, None] + np.arange(span.first, span.last + 1)
    inside = (rows >= 0) & (rows < len(y))
    taken = np.where(inside, rows, 0)
    actual = np.where(inside, y[taken], np.nan)
    x_rows = np.where(inside[:, :, None], x[taken], np.nan)
    normal = fits.normal(x_rows)
    ar = actual - normal
    each = [window_variance(fits, Window(tau, tau), x_rows[:, j]) for j, tau in enumerate(span.taus)]
    variance = np.stack(each, axis=1)
    se = np.where(np.isnan(ar), np.nan, np.sqrt(variance))
    return AbnormalReturns(span, np.where(inside, rows, -1), actual, normal, ar, se, ar / se, x_rows)


def cumulate(
    abnormal: AbnormalReturns, fits: Fits, window: Window, kind: ReturnKind, *, partial: bool = False
) -> CumulativeReturns:
    """Cumulate abnormal returns over a window.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Abnormal returns over a span that holds the window.
    fits : Fits
        Estimates of the same event sessions.
    window : Window
        Sessions to cumulate over.
    kind : {'log', 'simple', 'difference'}
        What the returns are; buy-and-hold returns are simple ones, and NaN for differences.
    partial : bool
        Cumulate what there is where sessions of the window are missing.

    Returns
    -------
    CumulativeReturns
        NaN where any session of the window is missing; of partial ones, where all are.

    Notes
    -----
    ``CAR = sum AR``, ``Var(CAR) = s² (n + x_W'(X'X)⁻¹x_W)`` with ``x_W`` the sum of the regressor rows, and
    ``BHAR = prod(1 + R) - prod(1 + E[R])`` over simple returns.

    References
    ----------
    Salinger (1992), Standard errors in event studies, Journal of Financial and Quantitative Analysis 27.
    Barber and Lyon (1997), Detecting long-run abnormal stock returns, Journal of Financial Economics 43.
    """
    inside = slice(window.first - abnormal.span.first, window.last - abnormal.span.first + 1)
    ar, actual, normal = abnormal.ar[:, inside], abnormal.actual[:, inside], abnormal.normal[:, inside]
    x, n = abnormal.x[:, inside], np.full(len(ar), window.n_sessions)
    if partial:
        there = np.isfinite(ar) | ~np.isfinite(ar).any(axis=1, keepdims=True)
        ar, actual, normal = (np.where(there, values, 0.0) for values in (ar, actual, normal))
        x, n = np.where(there[:, :, None], x, 0.0), there.sum(axis=1)
    car, variance = ar.sum(axis=1), np.empty(len(ar))
    for k in np.unique(n).tolist():
        of_k = np.flatnonzero(n == k)
        some = fits if len(of_k) == len(n) else fits.take(of_k)
        variance[of_k] = window_variance(some, Window(window.first, window.first + k - 1), x[of_k].sum(axis=1))
    se = np.where(np.isnan(car), np.nan, np.sqrt(variance))
    return CumulativeReturns(window, car, compound(actual, kind) - compound(normal, kind), se, car / se, n)
