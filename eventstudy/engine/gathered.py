"""Least squares of one cell after the other: its estimation window is gathered, and its moments taken in two passes.

Nothing but the window's own figures enters a cell, so that a large level or a stray print elsewhere costs no digits.
This is what every other way of reaching the same numbers is held against, and what it falls back on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from eventstudy.engine.fits import Fits, Form
from eventstudy.engine.memory import keep_freed_memory
from eventstudy.returns import Floats
from eventstudy.window import Window

Cells = NDArray[np.int64]
Kind = TypeVar("Kind", bound=np.generic)

#: Numbers gathered at once; they bound the memory, not the answer.
_AT_ONCE = 1 << 17

#: Moments below this multiple of rounding error are those of a constant.
_CONSTANT = 64 * np.finfo(np.float64).eps


def fit_gathered(
    y: Floats, x: Floats, usable: NDArray[np.bool_], rows: Cells, columns: Cells, estimation: Window, form: Form
) -> Fits:
    """Estimate normal returns for pairs of event session and series, one by one.

    Parameters
    ----------
    y : ndarray, shape (T, S)
        Returns.
    x : ndarray, shape (T, 1, k) or (T, S, k)
        Regressors: the same for all series, or each series' own.
    usable : ndarray of bool, shape (T, 1) or (T, S)
        Sessions that may stand in an estimation window.
    rows, columns : ndarray of int64, shape (N,)
        Event session and series of each cell.
    estimation : Window
        Estimation window in event time.
    form : {'ols', 'fixed'}
        Whether intercept and slopes are estimated.
    """
    n_regressors, length = x.shape[2], estimation.n_sessions
    rows = np.clip(rows + estimation.first, -length, len(y)) + length  # windows that miss the sample are all alike
    keep_freed_memory()
    known = _windows(usable, length)
    returns = _windows(np.where(usable, y, 0.0), length)
    regressors = [_windows(np.where(usable, x[:, :, j], 0.0), length) for j in range(n_regressors)]
    step = max(_AT_ONCE // (length * (n_regressors + 1)), 1)
    blocks = []
    for start in range(0, max(len(rows), 1), step):
        row, column = rows[start : start + step], columns[start : start + step]
        ys, *xs = (windows[column % len(windows), row] for windows in (returns, *regressors))
        window = _Windows(
            ys,
            np.stack(xs, axis=1) if xs else np.empty((len(row), 0, length)),
            known[column % len(known), row],
        )
        blocks.append((_fixed if form == "fixed" else _least_squares)(window))
    return Fits.joined(blocks)


@dataclass(frozen=True, eq=False)
class _Windows:
    """Returns (cells, sessions), regressors (cells, regressors, sessions) and which of them are known, else zero."""

    y: Floats
    x: Floats
    known: NDArray[np.bool_]

    @cached_property
    def n_obs(self) -> Cells:
        """Number of observations of each cell."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    def centred(self, values: Floats) -> tuple[Floats, Floats]:
        """Means over the known sessions (the last axis), and the values less them; zero where they are not known."""
        n_obs = self.n_obs.reshape(-1, *[1] * (values.ndim - 2))
        mean = values.sum(axis=-1) / np.maximum(n_obs, 1)
        centred = values - mean[..., None]
        if n_obs.size and n_obs.min() < values.shape[-1]:
            centred *= self.known.reshape(len(values), *[1] * (values.ndim - 2), -1)
        return mean, centred

    def varies(self, squares: Floats, mean: Floats, about: Floats) -> NDArray[np.bool_]:
        """Whether a sum of squares is more than what rounding makes of a constant, given mean and squares about it."""
        n_obs = self.n_obs.reshape(-1, *[1] * (mean.ndim - 1))
        return np.asarray(squares > (about + n_obs * mean**2) * _CONSTANT**2)


def _windows(values: NDArray[Kind], length: int) -> NDArray[Kind]:
    """View a (T, S) array as every window of a length that meets it, shape (S, T + length, length), zero outside."""
    padded = np.zeros((values.shape[1], len(values) + 2 * length), dtype=values.dtype)
    padded[:, length : length + len(values)] = values.T
    return sliding_window_view(padded, length, axis=1)


def _least_squares(windows: _Windows) -> Fits:
    """Regress the returns on a constant and the regressors."""
    n_obs, k = windows.n_obs, windows.x.shape[1]
    y_mean, y = windows.centred(windows.y)
    x_mean, x = windows.centred(windows.x)
    gram, total = x @ x.transpose(0, 2, 1), _squares(y)
    diagonal = np.einsum("ckk->ck", gram)
    inverse, regular = _inverse(gram, windows.varies(diagonal, x_mean, diagonal))
    beta, residual = np.zeros((len(y), k)), y
    for _ in range(min(k, 2)):  # a second pass gives back the digits that nearly collinear regressors cost
        beta += np.einsum("cij,cj->ci", inverse, (x @ residual[:, :, None])[:, :, 0])
        residual = y - np.einsum("ci,cin->cn", beta, x)
    rss = _squares(residual) if k else total
    df = n_obs - k - 1
    few = df <= 0
    inverse[few], beta[few] = np.eye(k), np.nan
    possible = regular & ~few & windows.varies(rss, y_mean, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(rss / df), np.nan)
        r2 = np.where(possible, 1.0 - rss / total, np.nan)
    alpha = np.where(few, np.nan, y_mean - (beta * x_mean).sum(axis=1))
    return Fits("ols", n_obs, df, alpha, beta, sigma, r2, x_mean, inverse)


def _fixed(windows: _Windows) -> Fits:
    """Intercept 0 and slopes 1; sigma about the estimation mean, with M - 1."""
    (n_cells, k, _), n_obs = windows.x.shape, windows.n_obs
    y_mean, y = windows.centred(windows.y)
    x_mean, x = windows.centred(windows.x)
    own, of_x, less = _squares(y), _squares(x), _squares(windows.centred(windows.y - windows.x.sum(axis=1))[1])
    df = n_obs - 1
    possible = (df > 0) & windows.varies(own, y_mean, own) & windows.varies(less, y_mean, own)
    possible &= windows.varies(of_x, x_mean, of_x).all(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(less / df), np.nan)
    zero, nothing, inverse = np.zeros(n_cells), np.zeros((n_cells, k)), np.zeros((n_cells, k, k))
    return Fits("fixed", n_obs, df, zero, nothing + 1.0, sigma, zero + np.nan, nothing, inverse)


def _squares(values: Floats) -> Floats:
    """Sum of squares along the last axis."""
    return np.asarray(np.einsum("...n,...n->...", values, values))


def _inverse(gram: Floats, varies: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Invert each k x k matrix of centred cross-products; say which are regular. Columns are scaled first."""
    k = gram.shape[1]
    if k == 0:
        return gram, np.ones(len(gram), dtype=bool)
    scale = np.where(varies, np.sqrt(np.where(varies, np.einsum("ckk->ck", gram), 1.0)), 1.0)
    outer = scale[:, :, None] * scale[:, None, :]
    scaled, regular = gram / outer, np.asarray(varies.all(axis=1))
    if k == 1:
        return 1.0 / outer, regular
    scaled[~regular] = np.eye(k)
    regular &= np.linalg.eigvalsh(scaled)[:, 0] > k * _CONSTANT
    scaled[~regular] = np.eye(k)
    return np.linalg.inv(scaled) / outer, regular
