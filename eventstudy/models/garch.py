"""Market or constant-mean models whose volatility comes in clusters: GARCH(1,1) and EGARCH."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, fit_cells
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import ModelFits
from eventstudy.models.linear import LinearModel, regression_frames
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Mean of the absolute value of a standard normal number.
_MEAN_ABSOLUTE = float(np.sqrt(2.0 / np.pi))

#: A variance forecast that, so many sessions ahead, is so many times the residual variance has run away.
_STEPS_AHEAD, _RUNS_AWAY = 100, 1e3

#: How arch is told to search: to the last digit, and as it does by default, which leaves the fifth digit open.
_SEARCHES: tuple[dict[str, Any], ...] = ({"tol": 1e-12, "options": {"maxiter": 500}}, {})


@dataclass(frozen=True, eq=False)
class VolatilityFits(ModelFits):
    """Estimates whose error variance is forecast from the last session learned from.

    Parameters
    ----------
    origin : ndarray, shape (N,)
        That session, in event time.
    following : ndarray, shape (N,)
        Variance forecast for the session after it.
    """

    origin: Floats
    following: Floats

    def noise(self, window: Window) -> Floats:
        """Return the sum of the variances forecast for the sessions of a window."""
        known, summed = np.flatnonzero(np.isfinite(self.origin)), np.full(len(self.origin), np.nan)
        if len(known):
            ahead = (np.array(window.taus) - self.origin[known, None]).astype(np.int64)
            path = self.take(known).path(int(ahead.max()))
            summed[known] = np.take_along_axis(path, ahead - 1, axis=1).sum(axis=1)
        return summed

    def path(self, steps: int) -> Floats:
        """Return the variances forecast 1 .. steps sessions ahead, shape (N, steps)."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class GarchFits(VolatilityFits):
    """GARCH(1,1) estimates; `extra` holds omega, alpha and beta of the variance."""

    def path(self, steps: int) -> Floats:
        """Return ``h_{j+1} = omega + (alpha + beta) h_j``."""
        omega, arch, garch = self.extra.T
        path = [self.following]
        for _ in range(steps - 1):
            path.append(omega + (arch + garch) * path[-1])
        return np.stack(path, axis=1)


@dataclass(frozen=True, eq=False)
class EgarchFits(VolatilityFits):
    """EGARCH(1,1) estimates; `extra` holds omega, alpha, gamma and beta of the log variance."""

    def path(self, steps: int) -> Floats:
        """Return expected variances: the log variance steps on linearly, each later shock enters by its exact mean."""
        omega, size, sign, garch = self.extra.T
        level, factor = np.log(self.following), np.zeros(len(self.following))
        path = [level]
        for step in range(steps - 1):
            level = omega + garch * level
            factor = factor + _log_mean_shock(garch**step * size, garch**step * sign)
            path.append(level + factor)
        return np.asarray(np.exp(np.stack(path, axis=1)))


def _log_mean_shock(size: Floats, sign: Floats) -> Floats:
    """Log of the mean of ``exp(size (|z| - E|z|) + sign z)`` for standard normal z."""
    from scipy.special import log_ndtr

    up, down = size + sign, size - sign
    return np.asarray(np.logaddexp(up**2 / 2 + log_ndtr(up), down**2 / 2 + log_ndtr(down)) - size * _MEAN_ABSOLUTE)


@dataclass(frozen=True, repr=False, init=False)
class Garch(LinearModel):
    """A constant mean, market or factor model with GARCH(1,1) errors.

    Estimated by maximum likelihood with the package arch (extra ``garch``), at event sessions only: the placebo is the
    estimation window's own residuals. Wants long estimation windows.

    Parameters
    ----------
    *regressors : str
        Columns of the market or of factors; none for a constant mean.

    Notes
    -----
    ``R_t = alpha + beta'x_t + e_t``, ``h_t = omega + a e²_{t-1} + b h_{t-1}``, normal errors. The variance of an
    abnormal return is that forecast for its session from the end of the estimation window, and the parameters' (robust)
    covariance; of a CAR, the sum of these forecasts. Sessions left out of the estimation are skipped: the variance
    steps from one session learned from to the next. `sigma` of the `fits` table is the residual standard error over
    the whole window.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, Journal of Econometrics 31.

    Examples
    --------
    >>> Garch("sp500")
    Garch('sp500')
    """

    name = "garch"
    form = "ols"
    asks = "either"
    extras: ClassVar[tuple[str, ...]] = ("garch_omega", "garch_alpha", "garch_beta")
    everywhere = False
    _asymmetric: ClassVar[bool] = False

    def __init__(self, *regressors: str) -> None:
        if len(set(regressors)) < len(regressors):
            raise DesignError(f"a regressor stands twice among: {', '.join(regressors)}")
        super().__init__(tuple(regressors))

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse an estimation window that does not precede the event windows: volatility is forecast forwards."""
        if estimation.last >= span.first:
            raise DesignError(
                f"{self!r} forecasts volatility from the estimation window on, so {estimation} must end before the "
                f"event windows {span} begin"
            )

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        start = fit_cells(y, x, usable, positions, estimation, "ols")
        kind = EgarchFits if self._asymmetric else GarchFits
        found = kind(
            **{
                name: np.array(getattr(start, name))
                for name in ("n_obs", "df", "alpha", "beta", "r2", "mean", "inverse")
            },
            form="ols",
            sigma=np.full(len(positions), np.nan),
            constant=np.full(len(positions), np.nan),
            extra=np.full((len(positions), len(self.extras)), np.nan),
            converged=np.zeros(len(positions), dtype=bool),
            origin=np.full(len(positions), np.nan),
            following=np.full(len(positions), np.nan),
        )
        for cell in np.flatnonzero(np.isfinite(start.sigma)):
            rows = positions[cell] + np.array(estimation.taus)
            rows = rows[(rows >= 0) & (rows < len(y))]
            rows = rows[usable[rows]]
            self._fill(found, int(cell), y[rows], x[rows])
            if found.converged[cell]:
                found.origin[cell] = rows[-1] - positions[cell]
        return _without_explosions(found)

    def _fill(self, found: VolatilityFits, cell: int, y: Floats, x: Floats) -> None:
        """Estimate one cell and write it to its place; leave it unknown where the search found nothing."""
        k, unit = x.shape[1], _power_of_ten(y)
        results = self._results(y * unit, x * unit)
        covariance = _covariance(results, k + 1)
        if results.convergence_flag != 0 or not np.isfinite(covariance).all():
            return
        params = np.asarray(results.params)
        to_own = np.append(1.0 / unit, np.ones(k))
        line, covariance = params[: k + 1] * to_own, covariance * to_own[:, None] * to_own
        residual = y - line[0] - x @ line[1:]
        variance = float(residual @ residual) / found.df[cell]
        mean = -np.linalg.lstsq(covariance[1:, 1:], covariance[1:, 0], rcond=None)[0]
        found.alpha[cell], found.beta[cell], found.sigma[cell] = line[0], line[1:], np.sqrt(variance)
        found.r2[cell] = 1.0 - variance * found.df[cell] / float(((y - y.mean()) ** 2).sum())
        found.mean[cell], found.inverse[cell] = mean, covariance[1:, 1:] / variance
        found.constant[cell] = (covariance[0, 0] - mean @ covariance[1:, 1:] @ mean) / variance
        found.extra[cell] = self._in_units(params[k + 1 :], unit)
        found.following[cell] = _following(results, params[k + 1 :]) / unit**2
        found.converged[cell] = True

    def _in_units(self, volatility: Floats, unit: float) -> Floats:
        """Return the variance's parameters for returns in their own unit."""
        return np.append(volatility[0] / unit**2, volatility[1:])

    def _results(self, y: Any, x: Any) -> Any:
        """Run arch on one estimation window."""
        try:
            from arch.univariate import EGARCH, GARCH, LS
        except ImportError:
            raise DesignError(
                f"the model '{self.name}' needs the package arch: pip install \"raise-or-fold[garch]\", "
                "or take another model"
            ) from None
        process = EGARCH(p=1, o=1, q=1) if self._asymmetric else GARCH(p=1, o=0, q=1)
        model = LS(y, x if x.shape[1] else None, volatility=process, rescale=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whether it converged is read from the result
            found = []
            for start, options in product(self._starts(y, x), _SEARCHES):
                found.append(model.fit(disp="off", show_warning=False, starting_values=start, **options))
                if found[-1].convergence_flag == 0 and not self._asymmetric:
                    break
        converged = [results for results in found if results.convergence_flag == 0]
        return max(converged or found[:1], key=lambda results: float(results.loglikelihood))

    def _starts(self, y: Any, x: Any) -> list[Floats | None]:
        """Return where searches begin; None is arch's own choice."""
        del y, x
        return [None]

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Return arch's results for returns and regressors times the power of ten that arch was given them in."""
        unit = _power_of_ten(y[used])
        returns, design = regression_frames(y[used] * unit, x[used] * unit, sessions[used], self.parameters)
        return self._results(returns, design.drop(columns="alpha"))


@dataclass(frozen=True, repr=False, init=False)
class Egarch(Garch):
    """A constant mean, market or factor model with EGARCH errors: falls can unsettle a market more than rises.

    Parameters
    ----------
    *regressors : str
        Columns of the market or of factors; none for a constant mean.

    Notes
    -----
    As `Garch`, with ``ln h_t = omega + a (|z_{t-1}| - E|z|) + g z_{t-1} + b ln h_{t-1}``, ``z = e/√h``. Forecasts
    further ahead are exact means of h, not simulated ones. Of several searches the most likely end
    counts.

    References
    ----------
    Nelson (1991), Conditional heteroskedasticity in asset returns, Econometrica 59.

    Examples
    --------
    >>> Egarch("sp500")
    Egarch('sp500')
    """

    name = "egarch"
    extras = ("garch_omega", "garch_alpha", "garch_gamma", "garch_beta")
    _asymmetric = True

    def _starts(self, y: Any, x: Any) -> list[Floats | None]:
        """Return arch's choice, from which a search can run away, and least squares with steadier volatility."""
        design = np.column_stack([np.ones(len(y)), x])
        line = np.linalg.lstsq(design, np.asarray(y), rcond=None)[0]
        log_variance = float(np.log(np.var(np.asarray(y) - design @ line)))
        return [None, *(np.append(line, [(1.0 - b) * log_variance, 0.1, 0.0, b]) for b in (0.9, 0.5))]

    def _in_units(self, volatility: Floats, unit: float) -> Floats:
        omega = volatility[0] - (1.0 - volatility[-1]) * np.log(unit**2)
        return np.append(omega, volatility[1:])


def _covariance(results: Any, n: int) -> Floats:
    """Return arch's robust covariance of the first n parameters; NaN where its Hessian cannot be inverted."""
    try:
        return np.asarray(results.param_cov, dtype=np.float64)[:n, :n]
    except np.linalg.LinAlgError:
        return np.full((n, n), np.nan)


def _without_explosions(found: VolatilityFits) -> VolatilityFits:
    """Return the estimates without those whose variance forecast runs away: a search that ended in a wrong place."""
    cells = np.flatnonzero(found.converged)
    with np.errstate(over="ignore"):
        path = found.take(cells).path(_STEPS_AHEAD)
    tame = (path < _RUNS_AWAY * found.sigma[cells, None] ** 2).all(axis=1)
    found.converged[cells[~tame]] = False
    return replace(
        found,
        sigma=np.where(found.converged, found.sigma, np.nan),
        origin=np.where(found.converged, found.origin, np.nan),
    )


def _following(results: Any, volatility: Floats) -> float:
    """Return the variance that follows the last session."""
    variance, error = float(results.conditional_volatility[-1]) ** 2, float(results.resid[-1])
    if len(volatility) == 3:  # noqa: PLR2004  # omega, alpha, beta
        omega, arch, garch = volatility
        return float(omega + arch * error**2 + garch * variance)
    omega, size, sign, garch = volatility
    z = error / np.sqrt(variance)
    return float(np.exp(omega + size * (abs(z) - _MEAN_ABSOLUTE) + sign * z + garch * np.log(variance)))


def _power_of_ten(y: Floats) -> float:
    """Return the power of ten that brings a standard deviation between 1 and 10, where arch searches well."""
    return float(10.0 ** -np.floor(np.log10(y.std())))
