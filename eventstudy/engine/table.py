"""Least squares of every session of many series at once, from sums over their estimation windows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
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

#: Numbers in one array of a block of series. Of fewer, threads wait for one another between short steps.
_AT_ONCE = 1 << 19

#: From so many cells on, some 20 ms of work, threads gain more than they cost.
_WORTH_THREADS = 400_000


@dataclass(frozen=True, eq=False)
class Design:
    """What sessions and regressors decide for R estimation windows; S is 1 where they are the same for all series.

    Parameters
    ----------
    x : ndarray, shape (k, T, S)
        Regressors, zero where they are not usable.
    n, df : ndarray, shape (R, S)
        Observations and residual degrees of freedom.
    total, mean : ndarray, shape (k, R, S)
        Sums and means of the regressors.
    inverse : ndarray, shape (k, k, R, S)
        Inverse of their centred cross-products; means and inverse are zero where nothing is estimated.
    loss : ndarray, shape (R, S)
        How many times larger rounding errors become: what centring costs, times the largest variance inflation.
    """

    x: Floats
    n: Floats
    df: Floats
    total: Floats
    mean: Floats
    inverse: Floats
    loss: Floats

    def write(self, table: Fits) -> None:
        """Write into a table what the returns have no part in."""
        table.n_obs[:], table.df[:] = self.n, self.df
        table.mean[:], table.inverse[:] = self.mean.transpose(1, 2, 0), self.inverse.transpose(2, 3, 0, 1)


def fit_table(
    y: Floats,
    x: Floats,
    usable: NDArray[np.bool_],
    estimation: Window,
    form: Form,
    executor: Executor | None = None,
    sessions: NDArray[np.int64] | None = None,
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
    sessions : ndarray of int64, shape (R,), optional
        Event sessions wanted; default all T of them.

    Returns
    -------
    Fits
        Of R x S cells: the r-th session of series s stands at r S + s.

    Notes
    -----
    The centred moments are ``Σy² - (Σy)²/M``. Nothing but the figures of its own window enters a cell, so its estimates
    do not change by a bit with what happens elsewhere. Their relative error is rounding error times three
    amplifications: what centring cost, the largest variance inflation among the regressors, and how little of y they
    left unexplained. Where that is above 1e-12 or not a number, `fit_gathered` estimates the cell.
    """
    keep_freed_memory()
    table = Fits.blank(form, (len(y) if sessions is None else len(sessions), y.shape[1]), x.shape[2])
    shared, here = x.shape[1] == usable.shape[1] == 1, executor is None or isinstance(executor, ThreadPoolExecutor)
    wanted = estimation, form, sessions
    design = _design(x, usable, *wanted) if shared else None
    blocks = _blocks(y.shape, 1 if shared else max(x.shape[2] ** 2, 1))
    tasks = [
        (y[:, block], _of(x, block), _of(usable, block), *wanted, design, table.columns(block) if here else None)
        for block in blocks
    ]
    parts = run_tasks(_fit_block, tasks, executor, threads=y.size > _WORTH_THREADS)
    if not here:
        for block, part in zip(blocks, parts, strict=True):
            table.columns(block).put(..., part)
    return table.flat()


def _blocks(shape: tuple[int, ...], n_arrays: int) -> list[slice]:
    """Cut the series of a table into blocks of nearly one size: an even number, so that two threads share alike."""
    n_sessions, n_series = shape
    n_blocks = -(-n_sessions * n_series * n_arrays // _AT_ONCE)
    n_blocks = min(n_blocks + n_blocks % 2 if n_blocks > 1 else 1, n_series)
    ends = [n_series * block // n_blocks for block in range(n_blocks + 1)] if n_blocks else []
    return [slice(*both) for both in pairwise(ends)]


def _of(values: NDArray[Kind], block: slice) -> NDArray[Kind]:
    """Return what belongs to a block of series of an array that may be the same for all of them."""
    return values if values.shape[1] == 1 else values[:, block]


def _fit_block(
    y: Floats,
    x: Floats,
    usable: NDArray[np.bool_],
    estimation: Window,
    form: Form,
    sessions: NDArray[np.int64] | None,
    design: Design | None,
    table: Fits | None,
) -> Fits:
    """Return the table of a block of series: the one that is given, written, or else a new one."""
    design = design or _design(x, usable, estimation, form, sessions)
    table = table or Fits.blank(form, (len(design.n), y.shape[1]), x.shape[2])
    design.write(table)
    fit = _fixed if form == "fixed" else _least_squares
    known = y if usable.all() else np.where(usable, y, 0.0)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        trusted = fit(known, design, _sums(estimation, sessions), table)
    doubtful = np.flatnonzero(~trusted & (design.df > 0))
    if len(doubtful):
        row, column = np.divmod(doubtful, y.shape[1])
        again = row if sessions is None else sessions[row]
        table.put((row, column), fit_gathered(y, x, usable, again, column, estimation, form))
    return table


def _sums(estimation: Window, sessions: NDArray[np.int64] | None) -> Callable[[Floats], Floats]:
    """Return what sums figures (T, S) over the estimation windows of the sessions that are wanted."""
    return partial(window_sums, window=estimation, outside=0.0, sessions=sessions)


def _least_squares(y: Floats, design: Design, sums: Callable[[Floats], Floats], table: Fits) -> NDArray[np.bool_]:
    """Write least squares into a table; say which cells are to be trusted."""
    mean, yy, raw = _moments(y, design, sums)
    xy = np.empty((len(design.x), *mean.shape))
    for x, total, out in zip(design.x, design.total, xy, strict=True):
        np.subtract(sums(x * y), total * mean, out=out)
    beta = np.einsum("ijts,jts->its", design.inverse, xy)
    rss = yy - np.einsum("jts,jts->ts", beta, xy)
    table.beta[:] = beta.transpose(1, 2, 0)
    np.subtract(mean, np.einsum("jts,jts->ts", beta, design.mean), out=table.alpha)
    np.sqrt(rss / design.df, out=table.sigma)
    np.subtract(1.0, rss / yy, out=table.r2)
    return np.asarray(raw * design.loss < rss * (_TRUSTED / _EPS))


def _fixed(y: Floats, design: Design, sums: Callable[[Floats], Floats], table: Fits) -> NDArray[np.bool_]:
    """Intercept 0 and slopes 1; sigma about the estimation mean, with M - 1."""
    _, own, raw = _moments(y, design, sums)
    _, less, raw_less = _moments(y - design.x.sum(axis=0), design, sums)
    table.alpha[:], table.beta[:], table.r2[:] = 0.0, 1.0, np.nan
    np.sqrt(less / design.df, out=table.sigma)
    return np.asarray(np.maximum(raw / own, raw_less / less * design.loss) < _TRUSTED / _EPS)


def _moments(y: Floats, design: Design, sums: Callable[[Floats], Floats]) -> tuple[Floats, Floats, Floats]:
    """Means of the estimation windows, centred sums of squares, and the sums of squares before they were centred.

    The first two are NaN where no degree of freedom is left, and so is all that comes of them.
    """
    total, raw = sums(y), sums(y * y)
    mean = total / np.where(design.df > 0, design.n, np.nan)
    return mean, raw - total * mean, raw


def _design(
    x: Floats, usable: NDArray[np.bool_], estimation: Window, form: Form, sessions: NDArray[np.int64] | None
) -> Design:
    """Return what sessions and regressors (T, S, k) decide.

    Where no degree of freedom is left the cross-products of the regressors are those of nothing, a unit matrix.
    """
    x = np.where(usable, x.transpose(2, 0, 1), 0.0)
    k, (i, j) = len(x), np.tril_indices(len(x))
    figures = np.concatenate([np.broadcast_to(usable, x.shape[1:])[None], x, x[i] * x[j]])
    summed = _sums(estimation, sessions)(figures.swapaxes(0, 1)).swapaxes(0, 1)
    n, total, raw = (np.ascontiguousarray(part) for part in (summed[0], summed[1 : k + 1], summed[k + 1 :]))
    most, df = np.maximum(n, 1.0), n - (1 if form == "fixed" else k + 1)
    gram, squares = np.empty((k, k, *n.shape)), i == j
    gram[i, j] = gram[j, i] = centred = raw - total[i] * total[j] / most
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        loss = (raw[squares] / centred[squares]).max(axis=0, initial=1.0)
        if form == "fixed":
            return Design(x, n, df, total, np.zeros_like(total), np.zeros_like(gram), loss)
        inverse, inflation = _inverse(np.where(df > 0, gram, np.eye(k)[:, :, None, None]))
    return Design(x, n, df, total, total / most, inverse, loss * inflation)


def _inverse(gram: Floats) -> tuple[Floats, Floats]:
    """Invert the matrices (k, k, T, S) of cross-products; return the largest variance inflation with them.

    Gauss and Jordan on the correlations, all sessions side by side: k sweeps over whole arrays.
    """
    k = len(gram)
    if k <= 1:
        return 1.0 / gram, np.ones(gram.shape[2:])
    scale = np.sqrt(np.einsum("iits->its", gram))
    outer = scale[:, None] * scale
    a = gram / outer
    for j in range(k):
        pivot, column = a[j, j].copy(), a[:, j].copy()
        row = a[j] / pivot
        a -= column[:, None] * row
        a[j], a[:, j] = row, -column / pivot
        a[j, j] = 1.0 / pivot
    return a / outer, np.einsum("iits->its", a).max(axis=0)
