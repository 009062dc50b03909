"""Least squares over the estimation windows of many sessions of one series.

A *cell* is a session taken as the event session: its estimation window lies at fixed distances from it. Each cell's
moments are taken about the cell's own means (two passes), so a large level or a stray print elsewhere in the sample
does not cost digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.window import Window

#: ``ols`` estimates an intercept and slopes; ``fixed`` estimates nothing: intercept 0, every slope 1.
Form = Literal["ols", "fixed"]

_CELLS_AT_ONCE = 2048

#: Moments below this multiple of rounding error are those of a constant.
_CONSTANT = 64 * np.finfo(np.float64).eps


@dataclass(frozen=True, eq=False)
class Fits:
    """Normal-return estimates of N cells with k regressors.

    Parameters
    ----------
    form : {'ols', 'fixed'}
        Whether intercept and slopes were estimated.
    n_obs : ndarray of int64, shape (N,)
        Estimation observations used, M.
    df : ndarray of int64, shape (N,)
        Residual degrees of freedom: M - k - 1, or M - 1 where nothing was estimated.
    alpha : ndarray, shape (N,)
        Intercepts.
    beta : ndarray, shape (N, k)
        Slopes.
    sigma : ndarray, shape (N,)
        Residual standard errors with `df` in the denominator; NaN where the cell cannot be estimated.
    r2 : ndarray, shape (N,)
        Share of variance explained; NaN where nothing was estimated.
    mean : ndarray, shape (N, k)
        Estimation means of the regressors.
    inverse : ndarray, shape (N, k, k)
        Inverse of the regressors' centred cross-products.
    """

    form: Form
    n_obs: NDArray[np.int64]
    df: NDArray[np.int64]
    alpha: Floats
    beta: Floats
    sigma: Floats
    r2: Floats
    mean: Floats
    inverse: Floats

    def take(self, rows: NDArray[np.int64]) -> Fits:
        """Return the estimates of some of the cells."""
        return Fits(
            self.form,
            self.n_obs[rows],
            self.df[rows],
            self.alpha[rows],
            self.beta[rows],
            self.sigma[rows],
            self.r2[rows],
            self.mean[rows],
            self.inverse[rows],
        )

    def normal(self, x: Floats) -> Floats:
        """Return the normal return of each cell.

        Parameters
        ----------
        x : ndarray, shape (N, n, k)
            Regressors on n sessions of each cell.

        Returns
        -------
        ndarray, shape (N, n)
            Decimals, or the series' own unit.
        """
        return np.asarray(self.alpha[:, None] + np.einsum("cnk,ck->cn", x, self.beta))

    def forecast_variance(self, n: int, x_sum: Floats) -> Floats:
        """Return the variance of a sum of n abnormal returns outside the estimation window.

        Parameters
        ----------
        n : int
            Number of sessions summed.
        x_sum : ndarray, shape (N, k)
            Sums of the regressors over them.

        Returns
        -------
        ndarray, shape (N,)
            Variances.

        Notes
        -----
        ``s² (n + x'(X'X)⁻¹x)`` with x the sum of regressor rows, constant included; written about the means,
        ``s² (n + n²/M + d'S⁻¹d)``, ``d = x_sum - n x̄``. Where nothing was estimated, ``s² n``.

        References
        ----------
        Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, ch. 4.
        """
        if self.form == "fixed":
            return np.asarray(self.sigma**2 * n)
        d = x_sum - n * self.mean
        parameters = n**2 / np.maximum(self.n_obs, 1) + np.einsum("ck,ckl,cl->c", d, self.inverse, d)
        return np.asarray(self.sigma**2 * (n + parameters))


def fit_cells(
    y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window, form: Form
) -> Fits:
    """Estimate normal returns for many cells of one series.

    Parameters
    ----------
    y : ndarray, shape (T,)
        Returns.
    x : ndarray, shape (T, k)
        Regressors without the constant.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window; `y` and `x` must be finite there.
    positions : ndarray of int64, shape (N,)
        Event sessions.
    estimation : Window
        Estimation window in event time.
    form : {'ols', 'fixed'}
        Whether intercept and slopes are estimated.

    Returns
    -------
    Fits
        NaN in `sigma` where a cell has too few observations, a series or regressor is constant, regressors are
        collinear, or the regressors leave no residual.

    Notes
    -----
    Equal to ordinary least squares of y on a constant and x over the usable sessions of each estimation window.
    """
    blocks = [
        _fit_block(y, x, usable, positions[start : start + _CELLS_AT_ONCE], estimation, form)
        for start in range(0, max(len(positions), 1), _CELLS_AT_ONCE)
    ]
    if len(blocks) == 1:
        return blocks[0]
    names = ("n_obs", "df", "alpha", "beta", "sigma", "r2", "mean", "inverse")
    return Fits(form, *(np.concatenate([getattr(block, name) for block in blocks]) for name in names))


def _fit_block(
    y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window, form: Form
) -> Fits:
    rows = positions[:, None] + np.arange(estimation.first, estimation.last + 1)
    inside = (rows >= 0) & (rows < len(y))
    rows = np.where(inside, rows, 0)
    weight = (inside & usable[rows]).astype(np.float64)
    n_obs = weight.sum(axis=1).astype(np.int64)
    yw = np.where(weight > 0, y[rows], 0.0)
    xw = np.where(weight[:, :, None] > 0, x[rows], 0.0)
    if form == "fixed":
        return _fixed(yw, xw, weight, n_obs)
    return _least_squares(yw, xw, weight, n_obs)


def _centred(values: Floats, weight: Floats, n_obs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Means over the weighted sessions, and the values less them (zero where the weight is)."""
    mean = values.sum(axis=1) / np.maximum(n_obs, 1).reshape(-1, *[1] * (values.ndim - 2))
    weights = weight.reshape(*weight.shape, *[1] * (values.ndim - 2))
    return mean, (values - mean[:, None]) * weights


def _least_squares(y: Floats, x: Floats, weight: Floats, n_obs: NDArray[np.int64]) -> Fits:
    k = x.shape[2]
    y_mean, y_centred = _centred(y, weight, n_obs)
    x_mean, x_centred = _centred(x, weight, n_obs)
    total = np.einsum("cn,cn->c", y_centred, y_centred)
    inverse, regular = _inverse(np.einsum("cnk,cnl->ckl", x_centred, x_centred), x)
    beta = np.einsum("ckl,cnl,cn->ck", inverse, x_centred, y_centred)
    residual = y_centred - np.einsum("cnk,ck->cn", x_centred, beta)
    rss = np.einsum("cn,cn->c", residual, residual)
    df = n_obs - k - 1
    possible = regular & (df > 0) & _varies(rss, y)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(rss / df), np.nan)
        r2 = np.where(possible, 1.0 - rss / total, np.nan)
    alpha = y_mean - np.einsum("ck,ck->c", beta, x_mean)
    return Fits("ols", n_obs, df, alpha, beta, sigma, r2, x_mean, inverse)


def _fixed(y: Floats, x: Floats, weight: Floats, n_obs: NDArray[np.int64]) -> Fits:
    """Intercept 0 and slopes 1; sigma about the estimation mean, with M - 1."""
    n_cells, _, k = x.shape
    _, y_centred = _centred(y, weight, n_obs)
    _, x_centred = _centred(x, weight, n_obs)
    mean, centred = _centred(y - x.sum(axis=2), weight, n_obs)
    total = np.einsum("cn,cn->c", centred, centred)
    df = n_obs - 1
    possible = (df > 0) & _varies(np.einsum("cn,cn->c", y_centred, y_centred), y) & _varies(total, y)
    possible &= _varies(np.einsum("cnk,cnk->ck", x_centred, x_centred), x).all(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(total / df), np.nan)
    nothing = np.zeros((n_cells, k, k))
    undefined = np.full(n_cells, np.nan)
    zero = np.zeros_like(mean)
    return Fits("fixed", n_obs, df, zero, np.ones((n_cells, k)), sigma, undefined, np.zeros((n_cells, k)), nothing)


def _varies(total: Floats, values: Floats) -> NDArray[np.bool_]:
    """Whether a centred sum of squares is more than what rounding makes of a constant."""
    size = np.einsum("cn...,cn...->c...", values, values)
    return np.asarray(total > size * _CONSTANT**2)


def _inverse(gram: Floats, x: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Invert each k x k matrix of centred cross-products; say which are regular. Columns are scaled first."""
    n_cells, k, _ = gram.shape
    if k == 0:
        return gram, np.ones(n_cells, dtype=bool)
    diagonal = np.einsum("ckk->ck", gram)
    varies = _varies(diagonal, x)
    scale = np.where(varies, np.sqrt(np.where(varies, diagonal, 1.0)), 1.0)
    scaled = gram / (scale[:, :, None] * scale[:, None, :])
    regular = varies.all(axis=1)
    scaled[~regular] = np.eye(k)
    regular &= np.linalg.eigvalsh(scaled)[:, 0] > k * _CONSTANT
    scaled[~regular] = np.eye(k)
    inverse = np.linalg.inv(scaled) / (scale[:, :, None] * scale[:, None, :])
    return inverse, regular
