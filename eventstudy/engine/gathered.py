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

from eventstudy.engine.fits import Cells, Fits, Form
from eventstudy.engine.memory import keep_freed_memory
from eventstudy.returns import Floats
from eventstudy.window import Window

Kind = TypeVar("Kind", bound=np.generic)

#: Numbers gathered at once; they bound the memory, not the answer.
_AT_ONCE = 1 << 19

#: Pairs are estimated as a grid of sessions and series that has at most so many cells a pair.
_SPARE = 2

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

    Notes
    -----
    Where regressors and gaps are the same for all series and the pairs nearly fill the grid of their sessions and
    series, the grid is estimated, and the regressors are taken once a session. Otherwise each pair is taken by itself.
    A cell has the same bits either way.
    """
    if not len(rows):
        return Fits.blank(form, (0,), x.shape[2])
    length = estimation.n_sessions
    begin = np.clip(rows + estimation.first, -length, len(y)) + length  # windows that miss the sample are all alike
    (sessions, row), (series, column) = distinct(begin, len(y) + length + 1), distinct(columns, y.shape[1])
    reached = slice(max(sessions[0] - length, 0), min(sessions[-1], len(y)))
    y, x, usable = _part(y, reached, series), _part(x, reached, series), _part(usable, reached, series)
    if x.shape[1] == usable.shape[1] == 1 and len(sessions) * len(series) <= _SPARE * len(rows):
        grid = np.broadcast_to(np.arange(len(series)), (len(sessions), len(series)))
        fits = _fit_grid(y, x, usable, sessions - reached.start, grid, length, form)
        return fits.take(row * len(series) + column)
    return _fit_grid(y, x, usable, begin - reached.start, column[:, None], length, form)


def distinct(numbers: Cells, below: int) -> tuple[Cells, Cells]:
    """Return the distinct ones of whole numbers from 0 to a limit in their order, and the place of each among them."""
    there = np.zeros(below, dtype=bool)
    there[numbers] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[numbers]


def _part(values: NDArray[Kind], sessions: slice, series: Cells) -> NDArray[Kind]:
    """Return some sessions and series of an array that may be the same for all series."""
    return values[sessions] if values.shape[1] in {1, len(series)} else values[sessions][:, series]


def _fit_grid(
    y: Floats, x: Floats, usable: NDArray[np.bool_], begin: Cells, series: Cells, length: int, form: Form
) -> Fits:
    """Estimate G windows, told by where they begin, of n series each; regressors and gaps are those of the first."""
    keep_freed_memory()
    (n_windows, n_series), k = series.shape, x.shape[2]
    known, returns = _windows(usable, usable, length), _windows(y, usable, length)
    regressors = [_windows(x[:, :, j], usable, length) for j in range(k)]
    step = max(_AT_ONCE // (length * (n_series + k)), 1)
    blocks = []
    for start in range(0, n_windows, step):
        row, column = begin[start : start + step], series[start : start + step]
        first = column[:, 0]
        xs = [windows[first % len(windows), row] for windows in regressors]
        windows = _Windows(
            returns[column, row[:, None]],
            np.stack(xs, axis=1) if xs else np.empty((len(row), 0, length)),
            known[first % len(known), row],
        )
        blocks.append((_fixed if form == "fixed" else _least_squares)(windows))
    return Fits.joined(blocks)


@dataclass(frozen=True, eq=False)
class _Windows:
    """Returns (G, n, L) and regressors (G, k, L) of G windows of L sessions; which are known (G, L), all else zero."""

    y: Floats
    x: Floats
    known: NDArray[np.bool_]

    @cached_property
    def n_obs(self) -> Cells:
        """Number of observations of each window."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    def centre(self, values: Floats) -> Floats:
        """Take from values, in place, their means over the known sessions (the last axis), and return the means."""
        mean = values.sum(axis=2) / np.maximum(self.n_obs, 1)[:, None]
        values -= mean[:, :, None]
        if self.n_obs.min() < values.shape[2]:
            values *= self.known[:, None]
        return np.asarray(mean)

    def varies(self, squares: Floats, mean: Floats, about: Floats) -> NDArray[np.bool_]:
        """Whether a sum of squares is more than what rounding makes of a constant, given mean and squares about it."""
        return np.asarray(squares > (about + self.n_obs[:, None] * mean**2) * _CONSTANT**2)

    def fits(self, form: Form, df: Cells, shared: tuple[Floats, Floats], own: tuple[Floats, ...]) -> Fits:
        """Lay out all cells: mean and inverse of each window, and alpha, beta, sigma and r2 of each of its n series."""
        n, (alpha, beta, sigma, r2) = self.y.shape[1], own
        n_obs, df = np.repeat(self.n_obs, n), np.repeat(df, n)
        mean, inverse = (np.repeat(values, n, axis=0) for values in shared)
        return Fits(form, n_obs, df, alpha.ravel(), beta.reshape(mean.shape), sigma.ravel(), r2.ravel(), mean, inverse)


def _windows(values: NDArray[Kind], usable: NDArray[np.bool_], length: int) -> NDArray[Kind]:
    """View a (T, S) array as every window of a length that meets it, shape (S, T + length, length), zero elsewhere."""
    padded = np.zeros((max(values.shape[1], usable.shape[1]), len(values) + 2 * length), dtype=values.dtype)
    np.copyto(padded[:, length : length + len(values)], values.T, where=usable.T)
    return sliding_window_view(padded, length, axis=1)


def _least_squares(windows: _Windows) -> Fits:
    """Regress the returns on a constant and the regressors."""
    n_obs, k = windows.n_obs, windows.x.shape[1]
    y, x = windows.y, windows.x
    y_mean, x_mean = windows.centre(y), windows.centre(x)
    gram, total = x @ x.transpose(0, 2, 1), _products(y, y)
    diagonal = np.einsum("gkk->gk", gram)
    inverse, regular = _inverse(gram, windows.varies(diagonal, x_mean, diagonal))
    beta = np.zeros((*total.shape, k))
    for _ in range(min(k, 2)):  # a second pass gives back the digits that nearly collinear regressors cost
        xy = np.stack([_products(x[:, [j]], y) for j in range(k)], axis=2)
        step = np.einsum("gij,gnj->gni", inverse, xy)
        beta += step
        for j in range(k):
            y -= np.einsum("gn,gl->gnl", step[:, :, j], x[:, j])
    rss = _products(y, y)
    df = n_obs - k - 1
    few = df <= 0
    inverse[few], beta[few] = np.eye(k), np.nan
    possible = (regular & ~few)[:, None] & windows.varies(rss, y_mean, total)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(rss / df[:, None]), np.nan)
        r2 = np.where(possible, 1.0 - rss / total, np.nan)
    alpha = np.where(few[:, None], np.nan, y_mean - (beta * x_mean[:, None]).sum(axis=2))
    return windows.fits("ols", df, (x_mean, inverse), (alpha, beta, sigma, r2))


def _fixed(windows: _Windows) -> Fits:
    """Intercept 0 and slopes 1; sigma about the estimation mean, with M - 1."""
    (n_windows, k, _), cells = windows.x.shape, windows.y.shape[:2]
    y, x, gap = windows.y, windows.x, windows.y - windows.x.sum(axis=1, keepdims=True)
    y_mean, x_mean, _ = windows.centre(y), windows.centre(x), windows.centre(gap)
    own, of_x, less = (_products(values, values) for values in (y, x, gap))
    df = windows.n_obs - 1
    possible = (df > 0)[:, None] & windows.varies(own, y_mean, own) & windows.varies(less, y_mean, own)
    possible &= windows.varies(of_x, x_mean, of_x).all(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        sigma = np.where(possible, np.sqrt(less / df[:, None]), np.nan)
    nothing = (np.zeros((n_windows, k)), np.zeros((n_windows, k, k)))
    return windows.fits("fixed", df, nothing, (np.zeros(cells), np.ones((*cells, k)), sigma, np.full(cells, np.nan)))


def _products(a: Floats, b: Floats) -> Floats:
    """Return sums of products along the last axis, each made by itself: its bits depend on nothing beside it."""
    return np.asarray((a[..., None, :] @ b[..., None])[..., 0, 0])


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
