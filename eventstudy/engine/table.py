"""Least squares of every session of many series at once, from sums over their estimation windows."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine.fits import Fits, Form
from eventstudy.engine.gathered import fit_gathered
from eventstudy.engine.memory import keep_freed_memory
from eventstudy.engine.sums import window_sums
from eventstudy.engine.tasks import run_tasks
from eventstudy.returns import Floats
from eventstudy.window import Window

Kind = TypeVar("Kind", bound=np.generic)

#: A cell that may be wrong by more than this share is estimated anew by itself.
_TRUSTED = 1e-12

_EPS = float(np.finfo(np.float64).eps)

#: Numbers in one array of one block of series; it keeps a block in the processor's cache.
_AT_ONCE = 1 << 16

#: From so many cells on, some 20 ms of work, threads gain more than they cost.
_WORTH_THREADS = 200_000


@dataclass(frozen=True, eq=False)
class Moments:
    """Moments of the estimation windows of T sessions; S is 1 where all series share them.

    Parameters
    ----------
    n : ndarray, shape (T, S)
        Observations.
    y, x : ndarray, shape (T, S), (T, k, S)
        Means; 0 where there is no observation.
    yy, xy, xx : ndarray, shape (T, S), (T, k, S), (T, k, k, S)
        Centred sums of products.
    loss_y, loss_x : ndarray, shape (T, S)
        How many times larger the sums were before they were centred (of all regressors, the most).
    """

    n: Floats
    y: Floats
    x: Floats
    yy: Floats
    xy: Floats
    xx: Floats
    loss_y: Floats
    loss_x: Floats


def fit_table(
    y: Floats,
    x: Floats,
    usable: NDArray[np.bool_],
    estimation: Window,
    form: Form,
    executor: Executor | None = None,
) -> Fits:
    """Estimate normal returns for every session of every series.

    Parameters
    ----------
    y : ndarray, shape (T, S)
        Returns.
    x : ndarray, shape (T, 1, k) or (T, S, k)
        Regressors: the same for all series, or each series' own. What is the same is inverted once a session.
    usable : ndarray of bool, shape (T, 1) or (T, S)
        Sessions that may stand in an estimation window.
    estimation : Window
        Estimation window in event time.
    form : {'ols', 'fixed'}
        Whether intercept and slopes are estimated.
    executor : concurrent.futures.Executor, optional
        Who does the work; default a thread a processor where there is enough of it. The answer is the same to the bit.

    Returns
    -------
    Fits
        Of T x S cells: session t of series s stands at t S + s.

    Notes
    -----
    The centred moments are ``Σy² - (Σy)²/M``. Nothing but the figures of its own window enters a cell, so its estimates
    do not change by a bit with what happens elsewhere. Their relative error is rounding error times three
    amplifications: what centring cost, the largest variance inflation among the regressors, and how little of y they
    left unexplained. Where that is above 1e-12 or not a number, `fit_gathered` estimates the cell.
    """
    keep_freed_memory()
    n_series, at_once = y.shape[1], max(len(y) * (x.shape[2] ** 2 if x.shape[1] > 1 else 1), 1)
    step = max(_AT_ONCE // at_once, 1)
    blocks = [slice(start, start + step) for start in range(0, n_series, step)]
    tasks = [(y[:, block], _of(x, block), _of(usable, block), estimation, form) for block in blocks]
    parts = run_tasks(_fit_block, tasks, executor, threads=y.size > _WORTH_THREADS)
    if len(parts) == 1:
        return parts[0]
    fits = Fits.blank(form, y.size, x.shape[2])
    for block, part in zip(blocks, parts, strict=True):
        fits.write(part, block, len(y))
    return fits


def _of(values: NDArray[Kind], block: slice) -> NDArray[Kind]:
    """Return what belongs to a block of series of an array that may be the same for all of them."""
    return values if values.shape[1] == 1 else values[:, block]


def _fit_block(y: Floats, x: Floats, usable: NDArray[np.bool_], estimation: Window, form: Form) -> Fits:
    fit = _fixed if form == "fixed" else _least_squares
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        fits, trusted = fit(y, x.swapaxes(1, 2), usable, estimation)
    doubtful = np.flatnonzero(~trusted)
    if not len(doubtful):
        return fits
    again = fit_gathered(y, x, usable, *np.divmod(doubtful, y.shape[1]), estimation, form)
    return fits.replaced(doubtful, again)


def _least_squares(
    y: Floats, x: Floats, usable: NDArray[np.bool_], estimation: Window
) -> tuple[Fits, NDArray[np.bool_]]:
    k, shape = x.shape[1], y.shape
    m = _moments(y, x, usable, estimation, k + 2)
    inverse, inflation = _inverse(m.xx)
    beta = np.einsum("tijs,tjs->tis", inverse, m.xy)
    rss = m.yy - np.einsum("tjs,tjs->ts", beta, m.xy)
    df = m.n - (k + 1)
    few = df <= 0
    trusted = m.loss_y * m.loss_x * inflation * m.yy / rss < _TRUSTED / _EPS
    sigma = np.where(few, np.nan, np.sqrt(rss / df))
    fits = Fits(
        "ols",
        _cells(m.n.astype(np.int64), shape),
        _cells(df.astype(np.int64), shape),
        _cells(np.where(few, np.nan, m.y - np.einsum("tjs,tjs->ts", beta, m.x)), shape),
        _cells(np.where(few[:, None], np.nan, beta), shape),
        _cells(sigma, shape),
        _cells(np.where(few, np.nan, 1.0 - rss / m.yy), shape),
        _cells(m.x, shape),
        _cells(inverse, shape),
    )
    return fits, trusted | few


def _fixed(y: Floats, x: Floats, usable: NDArray[np.bool_], estimation: Window) -> tuple[Fits, NDArray[np.bool_]]:
    """Intercept 0 and slopes 1; sigma about the estimation mean, with M - 1."""
    k, shape = x.shape[1], y.shape
    own = _moments(y, x, usable, estimation, 2)
    less = _moments(y - x.sum(axis=1), x[:, :0], usable, estimation, 2)
    df = own.n - 1
    few = df <= 0
    trusted = np.maximum(own.loss_y, less.loss_y * own.loss_x) < _TRUSTED / _EPS
    fits = Fits(
        "fixed",
        _cells(own.n.astype(np.int64), shape),
        _cells(df.astype(np.int64), shape),
        np.zeros(y.size),
        np.ones((y.size, k)),
        _cells(np.where(few, np.nan, np.sqrt(less.yy / df)), shape),
        np.full(y.size, np.nan),
        np.zeros((y.size, k)),
        np.zeros((y.size, k, k)),
    )
    return fits, trusted | few


def _cells(values: NDArray[Kind], shape: tuple[int, ...]) -> NDArray[Kind]:
    """Lay the cells of all series out one after the other, parameters last: (T, k, S) becomes (T S, k)."""
    n_sessions, n_series = shape
    full = np.broadcast_to(values, (*values.shape[:-1], n_series))
    last = np.moveaxis(full, -1, 1)
    return last.reshape(n_sessions * n_series, *values.shape[1:-1])


def _moments(y: Floats, x: Floats, usable: NDArray[np.bool_], estimation: Window, enough: int) -> Moments:
    """Return the moments of every estimation window; the regressors' own stay shared where dates and gaps are.

    Where there are not `enough` observations the cross-products of the regressors are those of nothing, a unit matrix.
    """
    k, n = x.shape[1], window_sums(usable.astype(np.float64), estimation, 0.0)
    most = np.maximum(n, 1.0)
    known = usable[:, None]
    y, x = np.where(known, y[:, None], 0.0), np.where(known, x, 0.0)
    i, j = np.tril_indices(k)
    of_y = window_sums(np.concatenate([y, y * y, x * y], axis=1), estimation, 0.0)
    of_x = window_sums(np.concatenate([x, x[:, i] * x[:, j]], axis=1), estimation, 0.0)
    y_sum, x_sum = of_y[:, 0], of_x[:, :k]
    yy = of_y[:, 1] - y_sum * y_sum / most
    xy = of_y[:, 2:] - x_sum * (y_sum / most)[:, None]
    lower = of_x[:, k:] - x_sum[:, i] * x_sum[:, j] / most[:, None]
    xx = np.empty((len(y), k, k, x.shape[2]))
    xx[:, i, j] = xx[:, j, i] = lower
    squares = i == j
    return Moments(
        n,
        y_sum / most,
        x_sum / most[:, None],
        yy,
        xy,
        np.where((n < enough)[:, None, None], np.eye(k)[:, :, None], xx),
        of_y[:, 1] / yy,
        (of_x[:, k:][:, squares] / lower[:, squares]).max(axis=1, initial=1.0),
    )


def _inverse(gram: Floats) -> tuple[Floats, Floats]:
    """Invert the matrices (T, k, k, S) of cross-products; return the largest variance inflation with them.

    Gauss and Jordan on the correlations, all sessions side by side: k sweeps over whole arrays.
    """
    k = gram.shape[1]
    if k <= 1:
        return 1.0 / gram, np.ones((len(gram), gram.shape[3]))
    scale = np.sqrt(np.einsum("tiis->tis", gram))
    outer = scale[:, :, None] * scale[:, None]
    a = gram / outer
    for j in range(k):
        pivot, column = a[:, j, j].copy(), a[:, :, j].copy()
        row = a[:, j] / pivot[:, None]
        a -= column[:, :, None] * row[:, None]
        a[:, j], a[:, :, j] = row, -column / pivot[:, None]
        a[:, j, j] = 1.0 / pivot
    return a / outer, np.einsum("tiis->tis", a).max(axis=1)
