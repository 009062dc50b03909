"""The unobserved-components model: a mean that may wander, and regressors, carried on as if no event had come.

Many cells run at once through a Kalman filter of one number a cell: returns, constant and regressors alike. What it
could not foretell of the returns is then regressed on what it could not foretell of the others, which is generalised
least squares. statsmodels finds the same (`twin`), but takes minutes a series for every session, which a placebo wants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import Fits, gathered
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats, Ints, Mask
from eventstudy.window import Window

#: Ratios of the variances tried first; a best one below the smallest counts as a mean that stands still.
_TRIED = np.linspace(np.log(1e-6), np.log(1e3), 19)

#: Steps of the golden section between two of them.
_STEPS = 32


@dataclass(frozen=True, eq=False, kw_only=True)
class LevelFits(Fits):
    """Estimates with a mean that wanders; `alpha` is the mean at the edge of the estimation window next to the event.

    Parameters
    ----------
    level : ndarray, shape (N, L)
        The mean on each session of the estimation window, as the whole window shows it.
    estimation : Window
        The estimation window.
    """

    level: Floats
    estimation: Window

    @property
    def drift(self) -> Floats:
        """Variance of the mean's step from one session to the next, shape (N,)."""
        return np.asarray(self.extra)[:, 0]

    def noise(self, window: Window) -> Floats:
        """Return the variance of the sum of errors and of the mean's steps since the estimation window."""
        n, before = window.n_sessions, window.first > self.estimation.last
        away = window.first - self.estimation.last - 1 if before else self.estimation.first - window.last - 1
        return np.asarray(super().noise(window) + self.drift * (n**2 * away + n * (n + 1) * (2 * n + 1) / 6))

    def fitted(self, x: Floats, taus: Ints) -> Floats:
        """Return normal returns: inside the estimation window about the mean of each session, else about the last."""
        inside = (taus >= self.estimation.first) & (taus <= self.estimation.last)
        normal = self.normal(x)
        normal[:, inside] += self.level[:, taus[inside] - self.estimation.first] - self.alpha[:, None]
        return normal


class UnobservedComponents(LinearModel):
    """The normal return is a mean that may wander from session to session, plus slopes times regressors.

    Parameters
    ----------
    *regressors : str
        Columns of the market or of factors; none for the mean alone.

    Notes
    -----
    ``R_t = mu_t + beta'x_t + e_t``, ``mu_t = mu_{t-1} + u_t``: statsmodels' local level with regressors. The ratio
    ``q = Var(u)/Var(e)`` maximises the likelihood with diffuse mean and slopes; 0, a mean that stands still, makes this
    the market model. The counterfactual carries the last mean on. Over n sessions that begin d + 1 sessions from the
    estimation window, ``Var(CAR) = n s² + n² P + Var(u) (n² d + n(n+1)(2n+1)/6)`` and the term of the parameters, P
    being what is not known of the last mean.

    References
    ----------
    Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, ch. 2-4.

    Examples
    --------
    >>> UnobservedComponents("sp500")
    UnobservedComponents('sp500')
    """

    name = "unobserved-components"
    asks = "either"
    extras = ("drift_variance",)

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse an estimation window that holds the event session, or event windows beyond it."""
        before, after = estimation.last < min(span.first, 0), estimation.first > max(span.last, 0)
        if not (before or after):
            raise DesignError(
                f"{self!r} carries a mean on from its estimation window; let {estimation} lie wholly before, or wholly "
                f"after, the event session and the event windows {span}"
            )

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
        """Estimate the model for event sessions of one series, from the least-squares lines on."""
        flat = super().fit(y, x, usable, positions, estimation)
        windows = gathered(y, x, usable, positions, estimation)
        return LevelFits.joined([self._estimates(*window, flat.take(some), estimation) for some, window in windows])

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return statsmodels' ``UnobservedComponents`` smoothed at this cell's variances."""
        import pandas as pd
        from statsmodels.tsa.statespace.structural import UnobservedComponents as Structural

        fits = self.fit(y, x, used, np.array([len(y) - 1]), Window(1 - len(y), 0))
        exog = np.where(used[:, None], x, 0.0) if x.shape[1] else None
        endog = pd.Series(np.where(used, y, np.nan), name="return")
        model = Structural(endog, "local level", exog=exog, mle_regression=False, use_exact_diffuse=True)
        model.data.dates = pd.DatetimeIndex(sessions.astype("datetime64[ns]"), name="session")
        return model.smooth([fits.sigma[0] ** 2, self.estimates(fits)["drift_variance"][0]])

    @np.errstate(invalid="ignore", divide="ignore")
    def _estimates(self, y: Floats, x: Floats, in_use: Mask, flat: Fits, estimation: Window) -> LevelFits:
        """Estimate a local level with regressors for N cells, from least squares over their estimation windows on.

        A window that lies after the event session is read backwards, which a random walk allows.
        """
        turn = slice(None, None, -1 if estimation.first > 0 else 1)
        possible = np.isfinite(flat.sigma)
        unit = np.where(possible, flat.sigma, 1.0)
        x_unit = 1.0 / np.sqrt(np.where(possible[:, None], np.einsum("ckk->ck", flat.inverse), 1.0))
        used = (in_use & possible[:, None])[:, turn]
        # In units of their own, and what is left of the returns by least squares: no figure is much larger than
        # another.
        residual = (y - flat.normal(x)) / unit[:, None]
        columns = [residual[:, :, None], np.ones((*residual.shape, 1)), (x - flat.mean[:, None]) / x_unit[:, None]]
        values = np.where(used[:, :, None], np.concatenate(columns, axis=2)[:, turn], 0.0)
        ratio = _best_ratio(values, used, flat.df)
        path, moments, _ = _filter(values, used, ratio)
        inverse, slopes, rss = _regressed(moments)
        state, state_variance = path[-1]
        variance = np.where(possible, rss / flat.df, np.nan)
        level = slopes[:, :1] + _smoothed(path, slopes, ratio)
        own = slopes[:, 1:] / x_unit
        base = flat.alpha - unit * np.einsum("ck,ck->c", own, flat.mean)
        # The parameters' part of the forecast variance as n² constant + (x - n mean)' inverse (x - n mean).
        fixed, of_slopes = np.column_stack([1.0 - state[:, 1], -state[:, 2:] - flat.mean / x_unit]), inverse[:, 1:, 1:]
        centre = -np.linalg.solve(of_slopes, np.einsum("ckl,cl->ck", inverse[:, 1:], fixed)[:, :, None])[:, :, 0]
        constant = np.einsum("ck,ckl,cl->c", fixed, inverse, fixed)
        constant = constant - np.einsum("ck,ckl,cl->c", centre, of_slopes, centre) + state_variance
        least = np.einsum("cl,cl->c", residual * in_use, residual)
        unexplained = residual[:, turn] - level - np.einsum("clk,ck->cl", values[:, :, 2:], slopes[:, 1:])
        left = np.einsum("cl,cl->c", unexplained * used, unexplained)
        return LevelFits(
            "ols",
            flat.n_obs,
            flat.df,
            alpha=base + unit * level[:, -1],
            beta=flat.beta + unit[:, None] * own,
            sigma=unit * np.sqrt(variance),
            r2=1.0 - left * (1.0 - flat.r2) / np.where(possible, least, np.nan),
            mean=centre * x_unit,
            inverse=of_slopes / (x_unit[:, :, None] * x_unit[:, None]),
            constant=constant,
            extra=(unit**2 * variance * ratio)[:, None],
            converged=possible,
            level=(base[:, None] + unit[:, None] * level)[:, turn],
            estimation=estimation,
        )


def _filter(values: Floats, used: Mask, ratio: Floats) -> tuple[list[tuple[Floats, Floats]], Floats, Floats]:
    """Filter each column as a random walk of variance `ratio` in noise of variance 1.

    By session states (N, p) and their variance (N,); moments (N, p, p) of the forecast errors, sum of log variances
    (N,).
    """
    n_cells, length, p = values.shape
    state, variance, path = np.zeros((n_cells, p)), np.zeros(n_cells), list[tuple[Floats, Floats]]()
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
        path.append((state, variance))
    return path, moments, log_variances


def _regressed(moments: Floats) -> tuple[Floats, Floats, Floats]:
    """Return (X'X)⁻¹, slopes and residual sum of squares of the first column on the others; cells of nothing give 0."""
    gram, cross = moments[:, 1:, 1:].copy(), moments[:, 1:, 0]
    empty = ~(np.einsum("ckk->ck", gram) > 0).all(axis=1)
    gram[empty] = np.eye(gram.shape[1])
    inverse = np.linalg.inv(gram)
    slopes = np.einsum("ckl,cl->ck", inverse, cross)
    return np.asarray(inverse), slopes, moments[:, 0, 0] - np.einsum("ck,ck->c", slopes, cross)


def _best_ratio(values: Floats, used: Mask, df: Ints) -> Floats:
    """Return the ratio of variances that is likeliest, cell by cell: from a grid, then a golden section."""

    def deviance(ratio: Floats, cells: Ints) -> Floats:
        """Return minus twice the diffuse log-likelihood, the variance concentrated out, up to a constant."""
        _, moments, log_variances = _filter(values[cells], used[cells], ratio)
        inverse, _, rss = _regressed(moments)
        fit = df[cells] * np.log(rss / np.maximum(df[cells], 1))
        return np.asarray(fit + log_variances - np.linalg.slogdet(inverse)[1])

    ratio, every = np.zeros(len(values)), np.arange(len(values))
    still = deviance(ratio, every)
    tried = np.stack([deviance(ratio + np.exp(log), every) for log in _TRIED])
    tried = np.where(np.isfinite(tried), tried, np.inf)
    moves = np.flatnonzero(tried.min(axis=0) < still)
    if not len(moves):
        return ratio
    best, golden = tried[:, moves].argmin(axis=0), (np.sqrt(5.0) - 1.0) / 2.0
    low, high = _TRIED[np.maximum(best - 1, 0)], _TRIED[np.minimum(best + 1, len(_TRIED) - 1)]
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = deviance(np.exp(left), moves), deviance(np.exp(right), moves)
    for _ in range(_STEPS):
        lower = at_left < at_right
        low, high = np.where(lower, low, left), np.where(lower, right, high)
        new = np.where(lower, high - golden * (high - low), low + golden * (high - low))
        at_new = deviance(np.exp(new), moves)
        left, right = np.where(lower, new, right), np.where(lower, left, new)
        at_left, at_right = np.where(lower, at_new, at_right), np.where(lower, at_left, at_new)
    ratio[moves] = np.exp((low + high) / 2.0)
    return ratio


def _smoothed(path: list[tuple[Floats, Floats]], slopes: Floats, ratio: Floats) -> Floats:
    """Return the random walk behind the first column less slopes times the others as all sessions show it, (N, L)."""
    level = [state[:, 0] - np.einsum("ck,ck->c", state[:, 1:], slopes) for state, _ in path]
    for t in range(len(path) - 2, -1, -1):
        ahead = path[t][1] + ratio
        gain = np.where(ahead > 0, path[t][1] / np.where(ahead > 0, ahead, 1.0), 0.0)
        level[t] += gain * (level[t + 1] - level[t])
    return np.stack(level, axis=1)
