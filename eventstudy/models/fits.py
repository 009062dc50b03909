"""Estimates beyond plain least squares: parameters with a covariance of their own, errors that depend on when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits
from eventstudy.returns import Floats
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class ModelFits(Fits):
    """Estimates of N cells whose parameters have a covariance of their own.

    Parameters
    ----------
    constant : ndarray, shape (N,)
        What stands in the forecast variance where least squares have 1/M.
    extra : ndarray, shape (N, m)
        Further estimates of the model, for the `fits` table.
    converged : ndarray of bool, shape (N,)
        Whether an estimation that has to search has found.

    Notes
    -----
    The variance of a sum of n abnormal returns is ``noise + s² (n² constant + d' inverse d)``, ``d = x_sum - n mean``,
    with `noise` the variance of the sum of the errors: ``n s²`` unless a model says otherwise. Any covariance of
    intercept and slopes can be written so.
    """

    constant: Floats
    extra: Floats
    converged: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Fits]) -> Self:
        """Return the estimates of several sets of cells, one set after the other."""
        first = parts[0]
        names = [f.name for f in fields(first) if isinstance(getattr(first, f.name), np.ndarray)]
        arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
        return cast("Self", replace(first, **arrays))

    def take(self, rows: NDArray[np.int64] | slice) -> Self:
        """Return the estimates of some of the cells."""
        arrays = {f.name: getattr(self, f.name) for f in fields(self)}
        taken: dict[str, Any] = {n: array[rows] for n, array in arrays.items() if isinstance(array, np.ndarray)}
        return replace(self, **taken)

    def spread(self, positions: NDArray[np.int64], n_obs: NDArray[np.int64]) -> Self:
        """Return estimates of all T sessions, of which only those of some positions are known.

        Parameters
        ----------
        positions : ndarray of int64, shape (N,)
            Sessions of these estimates.
        n_obs : ndarray of int64, shape (T,)
            Estimation observations of every session.

        Returns
        -------
        ModelFits
            NaN where nothing was estimated.
        """
        arrays: dict[str, Any] = {}
        for f in fields(self):
            known = getattr(self, f.name)
            if isinstance(known, np.ndarray):
                empty = np.nan if known.dtype.kind == "f" else 0
                arrays[f.name] = np.full((len(n_obs), *known.shape[1:]), empty, dtype=known.dtype)
                arrays[f.name][positions] = known
        return replace(self, **{**arrays, "n_obs": n_obs})

    def normal_at(self, x: Floats, taus: NDArray[np.int64]) -> Floats:
        """Return the normal return of each cell on the same sessions τ of all; see `normal_at`."""
        del taus
        return self.normal(x)

    def noise(self, window: Window) -> Floats:
        """Return the variance of the sum of the errors over a window, shape (N,)."""
        return np.asarray(self.sigma**2 * window.n_sessions)

    def window_variance(self, window: Window, x_sum: Floats) -> Floats:
        """Return the variance of the abnormal returns summed over a window.

        Parameters
        ----------
        window : Window
            The window.
        x_sum : ndarray, shape (N, k)
            Sums of the regressors over it.

        Returns
        -------
        ndarray, shape (N,)
            Variances.
        """
        n = window.n_sessions
        d = x_sum - n * self.mean
        parameters = n**2 * self.constant + np.einsum("ck,ckl,cl->c", d, self.inverse, d)
        return np.asarray(self.noise(window) + self.sigma**2 * parameters)

    def forecast_variance(self, n: int, x_sum: Floats) -> Floats:
        """Return the variance of a sum of n abnormal returns whose errors do not depend on when."""
        if x_sum.ndim == 3:  # noqa: PLR2004  # cells, sums, regressors
            return np.stack([self.forecast_variance(n, x_sum[:, j]) for j in range(x_sum.shape[1])], axis=1)
        return self.window_variance(Window(0, n - 1), x_sum)


def window_variance(fits: Fits, window: Window, x_sum: Floats) -> Floats:
    """Return the variance of the abnormal returns of N cells summed over a window, shape (N,)."""
    if isinstance(fits, ModelFits):
        return fits.window_variance(window, x_sum)
    return fits.forecast_variance(window.n_sessions, x_sum)


def normal_at(fits: Fits, x: Floats, taus: NDArray[np.int64]) -> Floats:
    """Return normal returns on sessions inside and outside the estimation window.

    Parameters
    ----------
    fits : Fits
        Estimates of N cells.
    x : ndarray, shape (N, n, k)
        Regressors on n sessions of each.
    taus : ndarray of int64, shape (n,)
        Which sessions these are, in event time.

    Returns
    -------
    ndarray, shape (N, n)
        What the model makes of each session: outside the estimation window its forecast, inside what it learned there.
    """
    return fits.normal_at(x, taus) if isinstance(fits, ModelFits) else fits.normal(x)


def named(names: Sequence[str], *values: Floats) -> dict[str, Floats]:
    """Return arrays of N cells, one a column, by name."""
    return dict(zip(names, np.column_stack(values).T, strict=True))
