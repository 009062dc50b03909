"""Market or constant-mean models whose volatility comes in clusters: GARCH(1,1) and EGARCH."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.least_squares import Cells, Fits, Mask, ModelFits
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
        """Return the variances forecast 1 .. steps sessions ahead, shape (N, steps).

        GARCH: ``h_{j+1} = omega + (alpha + beta) h_j``. EGARCH: the log variance steps on linearly, and each later
        shock enters by its exact mean.
        """
        if self.extra.shape[1] == len(Garch.extras):
            omega, arch, garch = self.extra.T
            path = [self.following]
            for _ in range(steps - 1):
                path.append(omega + (arch + garch) * path[-1])
            return np.stack(path, axis=1)
        from scipy.special import log_ndtr

        omega, size, sign, garch = self.extra.T
        level, factor = np.log(self.following), np.zeros(len(self.following))
        path = [level]
        for step in range(steps - 1):
            # Log of the mean of exp(a (|z| - E|z|) + g z), z standard normal, a and g shrunk by the steps since.
            a, g = garch**step * size, garch**step * sign
            up, down = ((shock) ** 2 / 2 + log_ndtr(shock) for shock in (a + g, a - g))
            level = omega + garch * level
            factor = factor + np.logaddexp(up, down) - a * _MEAN_ABSOLUTE
            path.append(level + factor)
        return np.asarray(np.exp(np.stack(path, axis=1)))


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

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse an estimation window that does not precede the event windows: volatility is forecast forwards."""
        if estimation.last >= span.first:
            raise DesignError(
                f"{self!r} forecasts volatility from the estimation window on, so {estimation} must end before the "
                f"event windows {span} begin"
            )

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Cells, estimation: Window) -> Fits:
        """Estimate the model for event sessions of one series."""
        start, n = super().fit(y, x, usable, positions, estimation), len(positions)
        unknown = {name: np.full(n, np.nan) for name in ("sigma", "constant", "origin", "following")}
        arrays: dict[str, Any] = {**start.arrays, **unknown, "extra": np.full((n, len(self.extras)), np.nan)}
        for cell in np.flatnonzero(np.isfinite(start.sigma)):
            rows = positions[cell] + np.array(estimation.taus)
            rows = rows[(rows >= 0) & (rows < len(y))]
            rows = rows[usable[rows]]
            for name, value in self._estimates(y[rows], x[rows], int(start.df[cell])).items():
                arrays[name][cell] = value
                arrays["origin"][cell] = rows[-1] - positions[cell]
        found = VolatilityFits("ols", **arrays, converged=np.isfinite(arrays["origin"]))
        # A variance forecast that runs away is a search that ended in a wrong place.
        cells = np.flatnonzero(found.converged)
        with np.errstate(over="ignore"):
            path = found.take(cells).path(_STEPS_AHEAD)
        good = found.converged.copy()
        good[cells] = (path < _RUNS_AWAY * found.sigma[cells, None] ** 2).all(axis=1)
        sigma, origin = (np.where(good, values, np.nan) for values in (found.sigma, found.origin))
        return replace(found, converged=good, sigma=sigma, origin=origin)

    def _estimates(self, y: Floats, x: Floats, df: int) -> dict[str, Any]:
        """Return the estimates of one cell by name; nothing where the search found nothing."""
        k, unit = x.shape[1], _power_of_ten(y)
        results = self._results(y * unit, x * unit)
        params, to_own = np.asarray(results.params), np.append(1.0 / unit, np.ones(k))
        try:
            covariance = np.asarray(results.param_cov, dtype=np.float64)[: k + 1, : k + 1] * to_own[:, None] * to_own
        except np.linalg.LinAlgError:  # arch's Hessian cannot be inverted
            return {}
        if results.convergence_flag != 0 or not np.isfinite(covariance).all():
            return {}
        line = params[: k + 1] * to_own
        residual = y - line[0] - x @ line[1:]
        rss, slopes = float(residual @ residual), covariance[1:, 1:]
        mean = -np.linalg.lstsq(slopes, covariance[1:, 0], rcond=None)[0]
        last = float(results.conditional_volatility[-1]) ** 2, float(results.resid[-1])
        extra, following = self._variance(params[k + 1 :], *last, unit**2)
        return {
            "alpha": line[0],
            "beta": line[1:],
            "sigma": np.sqrt(rss / df),
            "r2": 1.0 - rss / float(((y - y.mean()) ** 2).sum()),
            "mean": mean,
            "inverse": slopes / (rss / df),
            "constant": (covariance[0, 0] - mean @ slopes @ mean) / (rss / df),
            "extra": extra,
            "following": following,
        }

    def _variance(self, params: Floats, variance: float, error: float, unit: float) -> tuple[Floats, float]:
        """Return the variance's parameters in the returns' own unit, and the variance that follows the last session."""
        omega, arch, garch = params
        return np.array([omega / unit, arch, garch]), (omega + arch * error**2 + garch * variance) / unit

    def _results(self, y: Any, x: Any) -> Any:
        """Run arch on one estimation window."""
        try:
            from arch.univariate import EGARCH, GARCH, LS
        except ImportError:
            raise DesignError(
                f"the model '{self.name}' needs the package arch: pip install \"raise-or-fold[garch]\", "
                "or take another model"
            ) from None
        symmetric, found = type(self) is Garch, []
        process = GARCH(p=1, o=0, q=1) if symmetric else EGARCH(p=1, o=1, q=1)
        model = LS(y, x if x.shape[1] else None, volatility=process, rescale=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # whether it converged is read from the result
            for start, options in product(self._starts(y, x), _SEARCHES):
                found.append(model.fit(disp="off", show_warning=False, starting_values=start, **options))
                if found[-1].convergence_flag == 0 and symmetric:
                    break
        converged = [results for results in found if results.convergence_flag == 0]
        return max(converged or found[:1], key=lambda results: float(results.loglikelihood))

    def _starts(self, y: Any, x: Any) -> list[Floats | None]:
        """Return where searches begin; None is arch's own choice."""
        del y, x
        return [None]

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return arch's results for returns and regressors times the power of ten that arch was given them in."""
        unit = _power_of_ten(y[used])
        returns, design = regression_frames(y[used] * unit, x[used] * unit, sessions[used], self.parameters)
        return self._results(returns, design.drop(columns="alpha"))


class Egarch(Garch):
    """A constant mean, market or factor model with EGARCH errors: falls can unsettle a market more than rises.

    Parameters
    ----------
    *regressors : str
        Columns of the market or of factors; none for a constant mean.

    Notes
    -----
    As `Garch`, with ``ln h_t = omega + a (|z_{t-1}| - E|z|) + g z_{t-1} + b ln h_{t-1}``, ``z = e/√h``. Forecasts
    further ahead are exact means of h, not simulated ones. Of several searches the most likely end counts.

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

    def _starts(self, y: Any, x: Any) -> list[Floats | None]:
        """Return arch's choice, from which a search can run away, and least squares with steadier volatility."""
        design = np.column_stack([np.ones(len(y)), x])
        line = np.linalg.lstsq(design, np.asarray(y), rcond=None)[0]
        log_variance = float(np.log(np.var(np.asarray(y) - design @ line)))
        return [None, *(np.append(line, [(1.0 - b) * log_variance, 0.1, 0.0, b]) for b in (0.9, 0.5))]

    def _variance(self, params: Floats, variance: float, error: float, unit: float) -> tuple[Floats, float]:
        """Return the parameters of the log variance in the returns' own unit, and the variance that follows."""
        (omega, size, sign, garch), z = params, error / np.sqrt(variance)
        log_next = omega + size * (abs(z) - _MEAN_ABSOLUTE) + sign * z + garch * np.log(variance)
        return np.array([omega - (1.0 - garch) * np.log(unit), size, sign, garch]), float(np.exp(log_next)) / unit


def _power_of_ten(y: Floats) -> float:
    """Return the power of ten that brings a standard deviation between 1 and 10, where arch searches well."""
    return float(10.0 ** -np.floor(np.log10(y.std())))
