"""Estimates of many cells: what the engine returns, and what follows from it in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats

#: ``ols`` estimates an intercept and slopes; ``fixed`` estimates nothing: intercept 0, every slope 1.
Form = Literal["ols", "fixed"]

#: Places among sessions, series or cells.
Cells = NDArray[np.int64]

_ARRAYS = ("n_obs", "df", "alpha", "beta", "sigma", "r2", "mean", "inverse")


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

    @classmethod
    def joined(cls, parts: Sequence[Fits]) -> Fits:
        """Return the estimates of several sets of cells, one set after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(parts[0].form, *(np.concatenate([getattr(part, name) for part in parts]) for name in _ARRAYS))

    @classmethod
    def blank(cls, form: Form, shape: tuple[int, ...], k: int) -> Fits:
        """Return estimates yet to be written: of N cells, shape (N,), or a table of T sessions and S series, (T, S)."""
        n_obs, df = (np.empty(shape, dtype=np.int64) for _ in range(2))
        alpha, sigma, r2 = (np.empty(shape) for _ in range(3))
        beta, mean = (np.empty((*shape, k)) for _ in range(2))
        return cls(form, n_obs, df, alpha, beta, sigma, r2, mean, np.empty((*shape, k, k)))

    def columns(self, block: slice) -> Fits:
        """Return the part of a table that belongs to some of its series, to be read and written."""
        return Fits(self.form, *(getattr(self, name)[:, block] for name in _ARRAYS))

    def put(self, where: Any, others: Fits) -> None:
        """Write other estimates over some of these."""
        for name in _ARRAYS:
            getattr(self, name)[where] = getattr(others, name)

    def flat(self) -> Fits:
        """Return the cells of a table one after the other."""
        arrays = (getattr(self, name) for name in _ARRAYS)
        return Fits(self.form, *(array.reshape(self.alpha.size, *array.shape[2:]) for array in arrays))

    def take(self, rows: NDArray[np.int64] | slice) -> Fits:
        """Return the estimates of some of the cells."""
        return Fits(self.form, *(getattr(self, name)[rows] for name in _ARRAYS))

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
        x_sum : ndarray, shape (N, k) or (N, m, k)
            Sums of the regressors over them; one of each cell, or m of them.

        Returns
        -------
        ndarray, shape (N,) or (N, m)
            Variances.

        Notes
        -----
        ``s² (n + x'(X'X)⁻¹x)`` with x the sum of regressor rows, constant included; written about the means,
        ``s² (n + n²/M + d'S⁻¹d)``, ``d = x_sum - n x̄``. Where nothing was estimated, ``s² n``.

        References
        ----------
        Campbell, Lo and MacKinlay (1997), The Econometrics of Financial Markets, ch. 4.
        """
        several = x_sum if x_sum.ndim == 3 else x_sum[:, None]  # noqa: PLR2004  # cells, sums, regressors
        parameters = np.zeros(several.shape[:2])
        if self.form == "ols":
            d = several - n * self.mean[:, None]
            turned = d * self.inverse if d.shape[2] == 1 else d @ self.inverse  # 1 x 1 matrices are slow to multiply
            parameters = n**2 / np.maximum(self.n_obs, 1)[:, None] + np.einsum("cmk,cmk->cm", turned, d)
        variance = self.sigma[:, None] ** 2 * (n + parameters)
        return np.asarray(variance if x_sum.ndim == 3 else variance[:, 0])  # noqa: PLR2004  # as above
