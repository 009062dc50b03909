"""Abnormal returns around event sessions, one by one and cumulated over windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.models import Fits, window_sums
from eventstudy.returns import OWN_UNIT, Floats, ReturnKind
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
    x : ndarray, shape (N, n, k)
        Regressors on those sessions.
    fits : Fits
        Estimates of the event sessions.
    """

    span: Window
    rows: NDArray[np.int64]
    actual: Floats
    normal: Floats
    ar: Floats
    x: Floats
    fits: Fits

    @cached_property
    def se(self) -> Floats:
        """Forecast standard error of `ar`, shape (N, n)."""
        each = [self.fits.window_variance(Window(tau, tau), self.x[:, j]) for j, tau in enumerate(self.span.taus)]
        return np.where(np.isnan(self.ar), np.nan, np.sqrt(np.stack(each, axis=1)))

    @property
    def sar(self) -> Floats:
        """`ar` divided by its standard error, shape (N, n)."""
        return self.ar / self.se


def abnormal_returns(y: Floats, x: Floats, fits: Fits, positions: NDArray[np.int64], span: Window) -> AbnormalReturns:
    """Return the abnormal returns around N event sessions; missing and out-of-sample sessions are NaN, never zero.

    `y` (T,) are returns, `x` (T, k) regressors.

    Notes
    -----
    ``AR_t = R_t - E[R_t]``, ``Var(AR_t) = s² (1 + x_t'(X'X)⁻¹x_t)``.

    References
    ----------
    Patell (1976), Corporate forecasts of earnings per share and stock price behavior, Journal of Accounting Research
    14.
    """
    rows = positions[:, None] + np.array(span.taus)
    rows[(rows < 0) | (rows >= len(y))] = -1
    # NaN stands behind the last session, where -1 points.
    actual, x_rows = np.append(y, np.nan)[rows], np.vstack([x, np.full((1, x.shape[1]), np.nan)])[rows]
    normal = fits.normal(x_rows)
    return AbnormalReturns(span, rows, actual, normal, actual - normal, x_rows, fits)


def cumulated(
    y: Floats, x: Floats, fits: Fits, window: Window, *, partial: bool = False
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return CARs on every session of S series that share regressors and missing sessions, and their standard errors.

    `y` (T, S) are returns, `x` (T, k) regressors; of `fits` those of session i and series s stand at i S + s.

    Returns
    -------
    car, se : ndarray, shape (T, S)
        NaN where any session of the window is missing, of `partial` ones where all are.
    n : ndarray of int64, shape (T,)
        Sessions cumulated.

    Notes
    -----
    ``CAR = sum AR``, ``Var(CAR) = s² (n + x_W'(X'X)⁻¹x_W)`` with ``x_W`` the sum of the regressor rows. A normal return
    is linear in the regressors, so ``CAR = sum R - n alpha - beta' sum x``, and no path is made.

    References
    ----------
    Salinger (1992), Standard errors in event studies, Journal of Financial and Quantitative Analysis 27.
    """
    n = np.full(len(y), window.n_sessions)
    if partial:
        known = np.asarray(np.isfinite(np.column_stack([y, x])).all(axis=1))[:, None]
        n_known = window_sums(known.astype(np.float64), window, 0.0)[:, 0].astype(np.int64)
        y_sum, x_sum = (window_sums(np.where(known, values, 0.0), window, 0.0) for values in (y, x))
        y_sum, n = np.where(n_known[:, None] > 0, y_sum, np.nan), np.where(n_known > 0, n_known, n)
    else:
        y_sum, x_sum = (window_sums(values, window) for values in (y, x))
    normal = n[:, None] * fits.alpha.reshape(y_sum.shape)
    for j, slopes in enumerate(fits.beta.T):
        normal += slopes.reshape(y_sum.shape) * x_sum[:, j : j + 1]
    car, variance = y_sum - normal, np.empty(y_sum.shape)
    cells = np.arange(y_sum.size).reshape(y_sum.shape)
    with np.errstate(invalid="ignore", over="ignore"):
        for k in np.flatnonzero(np.bincount(n)).tolist():
            of_k = np.flatnonzero(n == k)
            some = fits if len(of_k) == len(n) else fits.take(cells[of_k].ravel())
            x_of_k, of = np.repeat(x_sum[of_k], y.shape[1], axis=0), Window(window.first, window.first + k - 1)
            variance[of_k] = some.window_variance(of, x_of_k).reshape(len(of_k), y.shape[1])
        return car, np.where(np.isnan(car), np.nan, np.sqrt(variance)), n


def buy_and_hold(of: AbnormalReturns, kind: ReturnKind, *, partial: bool = False) -> Floats:
    """Return what holding a series over a window made beyond what its normal returns would have, simple returns (N,).

    NaN where a session of the window is missing (of `partial` ones: where all are), and for returns that do not
    compound.

    Notes
    -----
    ``BHAR = prod(1 + R) - prod(1 + E[R])`` over simple returns.

    References
    ----------
    Barber and Lyon (1997), Detecting long-run abnormal stock returns, Journal of Financial Economics 43.
    """
    if kind in OWN_UNIT:
        return np.full(len(of.rows), np.nan)
    actual, normal = (np.expm1(of.actual), np.expm1(of.normal)) if kind == "log" else (of.actual, of.normal)
    left_out = ~np.isfinite(actual - normal) & partial
    made, expected = (np.where(left_out, 1.0, 1.0 + each).prod(axis=1) for each in (actual, normal))
    return np.where(left_out.all(axis=1), np.nan, made - expected)
