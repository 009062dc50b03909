"""A mean that wanders: the local level of many cells at once, by a Kalman filter of one number a cell.

Returns, constant and regressors run through the same filter; what the filter could not foretell of the returns is then
regressed on what it could not foretell of the others, which is generalised least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits
from eventstudy.models.cells import Learned
from eventstudy.models.fits import ModelFits
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Ratios of the variances tried first; a best one below the smallest counts as a mean that stands still.
_TRIED = np.linspace(np.log(1e-6), np.log(1e3), 19)

#: Steps of the golden section between two of them.
_STEPS = 32


@dataclass(frozen=True, eq=False)
class LevelFits(ModelFits):
    """Estimates with a mean that wanders; `alpha` is the mean at the edge of the estimation window next to the event.

    Parameters
    ----------
    level : ndarray, shape (N, L)
        The mean on each session of the estimation window, as the whole window tells it.
    estimation : Window
        The estimation window.
    """

    level: Floats
    estimation: Window

    @property
    def drift(self) -> Floats:
        """Variance of the mean's step from one session to the next, shape (N,)."""
        return self.extra[:, 0]

    def noise(self, window: Window) -> Floats:
        """Return the variance of the sum of errors and of the mean's steps since the estimation window."""
        n, before = window.n_sessions, window.first > self.estimation.last
        away = window.first - self.estimation.last - 1 if before else self.estimation.first - window.last - 1
        return np.asarray(super().noise(window) + self.drift * (n**2 * away + n * (n + 1) * (2 * n + 1) / 6))

    def normal_at(self, x: Floats, taus: NDArray[np.int64]) -> Floats:
        """Return normal returns: inside the estimation window about the mean of each session, else about the last."""
        inside = (taus >= self.estimation.first) & (taus <= self.estimation.last)
        normal = self.normal(x)
        normal[:, inside] += self.level[:, taus[inside] - self.estimation.first] - self.alpha[:, None]
        return normal


@dataclass(frozen=True, eq=False)
class _Filtered:
    """What the filter knows after the last session: of each of p columns its state, and the moments on the way."""

    state: Floats
    variance: Floats
    moments: Floats
    log_variances: Floats


def wandering(cells: Learned, flat: Fits, estimation: Window) -> LevelFits:
    """Estimate a local level with regressors for N cells.

    Parameters
    ----------
    cells : Learned
        Their estimation windows.
    flat : Fits
        Least squares over them, the estimates of a mean that stands still.
    estimation : Window
        The estimation window; one that lies after the event session is read backwards, which a random walk allows.
    """
    turn = slice(None, None, -1 if estimation.first > 0 else 1)
    possible = np.isfinite(flat.sigma)
    unit = np.where(possible, flat.sigma, 1.0)
    x_unit = 1.0 / np.sqrt(np.where(possible[:, None], np.einsum("ckk->ck", flat.inverse), 1.0))
    used = (cells.used & possible[:, None])[:, turn]
    # In units of their own, and what is left of the returns by least squares: no figure is much larger than another.
    residual = (cells.y - flat.normal(cells.x)) / unit[:, None]
    columns = [residual[:, :, None], np.ones((*residual.shape, 1)), (cells.x - flat.mean[:, None]) / x_unit[:, None]]
    values = np.where(used[:, :, None], np.concatenate(columns, axis=2)[:, turn], 0.0)
    ratio = _best_ratio(values, used, flat.df)
    known = _filter(values, used, ratio)
    inverse, slopes, rss = _regressed(known.moments)
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(possible, rss / flat.df, np.nan)
    level = slopes[:, :1] + _smoothed(values[:, :, 0] - np.einsum("clk,ck->cl", values[:, :, 1:], slopes), used, ratio)
    own = slopes[:, 1:] / x_unit
    base = flat.alpha - unit * np.einsum("ck,ck->c", own, flat.mean)
    last = known.state[:, 0] + slopes[:, 0] - np.einsum("ck,ck->c", known.state[:, 1:], slopes)
    constant, mean, x_inverse = _completed(known, inverse, flat.mean, x_unit)
    residual_share = np.einsum("cl,cl->c", residual * cells.used, residual)
    explained = residual[:, turn] - level - np.einsum("clk,ck->cl", values[:, :, 2:], slopes[:, 1:])
    left = np.einsum("cl,cl->c", explained * used, explained)
    return LevelFits(
        "ols",
        flat.n_obs,
        flat.df,
        alpha=base + unit * last,
        beta=flat.beta + unit[:, None] * own,
        sigma=unit * np.sqrt(variance),
        r2=1.0 - left * (1.0 - flat.r2) / np.where(possible, residual_share, np.nan),
        mean=mean,
        inverse=x_inverse,
        constant=constant,
        extra=(unit**2 * variance * ratio)[:, None],
        converged=possible,
        level=(base[:, None] + unit[:, None] * level)[:, turn],
        estimation=estimation,
    )


def _filter(values: Floats, used: NDArray[np.bool_], ratio: Floats) -> _Filtered:
    """Run every column through the filter of a random walk of variance `ratio` in noise of variance 1."""
    n_cells, length, p = values.shape
    state, variance = np.zeros((n_cells, p)), np.zeros(n_cells)
    moments, log_variances = np.zeros((n_cells, p, p)), np.zeros(n_cells)
    for t in range(length):
        variance = variance + (ratio if t else 0.0)
        seen = used[:, t]
        surprise = np.where(seen[:, None], values[:, t] - state, 0.0)
        spread = variance + 1.0
        moments += surprise[:, :, None] * (surprise / spread[:, None])[:, None]
        log_variances += np.where(seen, np.log(spread), 0.0)
        state = state + surprise * (variance / spread)[:, None]
        variance = np.where(seen, variance / spread, variance)
    return _Filtered(state, variance, moments, log_variances)


def _regressed(moments: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (X'X)⁻¹, slopes and residual sum of squares of the first column on the others; cells of nothing give 0."""
    gram, cross = moments[:, 1:, 1:].copy(), moments[:, 1:, 0]
    empty = ~(np.einsum("ckk->ck", gram) > 0).all(axis=1)
    gram[empty] = np.eye(gram.shape[1])
    inverse = np.linalg.inv(gram)
    slopes = np.einsum("ckl,cl->ck", inverse, cross)
    return np.asarray(inverse), slopes, moments[:, 0, 0] - np.einsum("ck,ck->c", slopes, cross)


def _deviance(known: _Filtered, df: NDArray[np.int64]) -> Floats:
    """Return minus twice the diffuse log-likelihood, the variance concentrated out, up to a constant."""
    inverse, _, rss = _regressed(known.moments)
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = df * np.log(rss / np.maximum(df, 1))
    return np.asarray(fit + known.log_variances - np.linalg.slogdet(inverse)[1])


def _best_ratio(values: Floats, used: NDArray[np.bool_], df: NDArray[np.int64]) -> Floats:
    """Return the ratio of variances with the smallest deviance, cell by cell: from a grid, then a golden section."""
    ratio = np.zeros(len(values))
    still = _deviance(_filter(values, used, ratio), df)
    tried = np.stack([_deviance(_filter(values, used, ratio + np.exp(log)), df) for log in _TRIED])
    tried = np.where(np.isfinite(tried), tried, np.inf)
    moves = np.flatnonzero(tried.min(axis=0) < still)
    if len(moves):
        ratio[moves] = _refined(
            lambda q: _deviance(_filter(values[moves], used[moves], q), df[moves]), tried[:, moves].argmin(axis=0)
        )
    return ratio


def _refined(deviance: Callable[[Floats], Floats], best: NDArray[np.intp]) -> Floats:
    """Return the ratios with the smallest deviance between the neighbours of the best ones tried."""
    low, high = _TRIED[np.maximum(best - 1, 0)], _TRIED[np.minimum(best + 1, len(_TRIED) - 1)]
    golden = (np.sqrt(5.0) - 1.0) / 2.0
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = deviance(np.exp(left)), deviance(np.exp(right))
    for _ in range(_STEPS):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        new = np.where(lower, high - golden * (high - low), low + golden * (high - low))
        at_new = deviance(np.exp(new))
        left, right = np.where(lower, new, right), np.where(lower, left, new)
        at_left, at_right = np.where(lower, at_new, at_right), np.where(lower, at_left, at_new)
    return np.asarray(np.exp((low + high) / 2.0))


def _smoothed(values: Floats, used: NDArray[np.bool_], ratio: Floats) -> Floats:
    """Return the random walk behind each cell's values as the whole window tells it, shape (N, L)."""
    n_cells, length = values.shape
    state, variance = np.zeros((length, n_cells)), np.zeros((length, n_cells))
    for t in range(length):
        before = state[t - 1] if t else np.zeros(n_cells)
        ahead = variance[t - 1] + ratio if t else np.zeros(n_cells)
        gain = np.where(used[:, t], ahead / (ahead + 1.0), 0.0)
        state[t] = before + gain * (values[:, t] - before)
        variance[t] = ahead * (1.0 - gain)
    for t in range(length - 2, -1, -1):
        ahead = variance[t] + ratio
        gain = np.where(ahead > 0, variance[t] / np.where(ahead > 0, ahead, 1.0), 0.0)
        state[t] += gain * (state[t + 1] - state[t])
    return np.asarray(state.T)


def _completed(known: _Filtered, inverse: Floats, x_mean: Floats, x_unit: Floats) -> tuple[Floats, Floats, Floats]:
    """Write the parameters' part of the forecast variance as ``n² constant + (x - n mean)' inverse (x - n mean)``."""
    fixed = np.column_stack([1.0 - known.state[:, 1], -known.state[:, 2:] - x_mean / x_unit])
    constant = np.einsum("ck,ckl,cl->c", fixed, inverse, fixed)
    slopes = inverse[:, 1:, 1:]
    centre = -np.linalg.solve(slopes, np.einsum("ckl,cl->ck", inverse[:, 1:], fixed)[:, :, None])[:, :, 0]
    constant = constant - np.einsum("ck,ckl,cl->c", centre, slopes, centre) + known.variance
    return constant, centre * x_unit, slopes / (x_unit[:, :, None] * x_unit[:, None])
