"""Normal returns whose estimation searches: Huber's line, a synthetic control, volatility that comes in clusters."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import CONSTANT, Fits, gathered
from eventstudy.models.linear import LinearModel, regression_frames
from eventstudy.returns import Floats, Ints, Mask, ReturnKind
from eventstudy.window import Window

# -- a line in which outliers count for less --------------------------------------------------------------------------

#: Huber's tuning constant: 95 % as efficient as least squares where errors are normal.
TUNING = 1.345

#: The median of the absolute value of a standard normal number.
_NORMAL_MAD = 0.6744897501960817

#: Most iterations of a line, and the change, in residual scales, at which it has converged.
_STEPS, _STILL = 500, 1e-12


class Robust(LinearModel):
    """A constant mean, market or factor model in which outliers count for less: Huber's M-estimate.

    Parameters
    ----------
    *regressors : str
        Columns of the market or of factors; none for a robust mean.

    Notes
    -----
    Intercept and slopes minimise ``sum rho(e_t / S)``, rho Huber's with constant 1.345, S the residuals' median
    absolute value over 0.6745, by reweighted least squares, as ``statsmodels.RLM`` does. The standard error s is the
    ordinary one of the residuals about this line, wild days included, since a forecast must expect them too; the
    parameters' covariance is RLM's (Huber's first form). The column ``scale`` of the `fits` table is S.

    References
    ----------
    Huber (1981), Robust Statistics, ch. 7.

    Examples
    --------
    >>> Robust("sp500")
    Robust('sp500')
    """

    name = "robust"
    asks = "either"
    extras = ("scale",)

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
        """Estimate the model for event sessions of one series, from the least-squares lines on."""
        start = super().fit(y, x, usable, positions, estimation)
        windows = gathered(y, x, usable, positions, estimation)
        return Fits.joined([self._estimates(*window, start.take(some)) for some, window in windows])

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return the results of ``RLM(y, [1, x], HuberT())``, carried to full convergence."""
        from statsmodels.robust.norms import HuberT
        from statsmodels.robust.robust_linear_model import RLM

        frames = regression_frames(y[used], x[used], sessions[used], self.parameters)
        return RLM(*frames, M=HuberT(TUNING)).fit(maxiter=_STEPS, tol=_STILL * float(y[used].std()), conv="coefs")

    @np.errstate(invalid="ignore", divide="ignore")
    def _estimates(self, y: Floats, x: Floats, used: Mask, start: Fits) -> Fits:
        """Reweight from the least-squares lines on, given windows of N cells: y (N, L), x (N, L, k), used (N, L)."""
        # About the means and in their own units the regressors are of one size, whatever their unit.
        unit = np.sqrt(np.einsum("ckk->ck", start.inverse))
        about = (x - start.mean[:, None]) * unit[:, None]
        design = np.concatenate([np.ones((*y.shape, 1)), about], axis=2) * used[:, :, None]
        line = np.column_stack([start.alpha + np.einsum("ck,ck->c", start.beta, start.mean), start.beta / unit])
        moving = np.isfinite(start.sigma) & np.isfinite(line).all(axis=1)
        line[~moving] = np.nan
        n, scale, converged = start.n_obs, np.full(len(line), np.nan), np.zeros(len(line), dtype=bool)
        for _ in range(_STEPS):
            rows = np.flatnonzero(moving)
            if not len(rows):
                break
            residual = y[rows] - np.einsum("clk,ck->cl", design[rows], line[rows])
            # The median absolute residual, in standard deviations of a normal number.
            ordered = np.sort(np.where(used[rows], np.abs(residual), np.inf), axis=1)
            middle = [ordered[np.arange(len(rows)), half] for half in ((n[rows] - 1) // 2, n[rows] // 2)]
            scale[rows] = sum(middle) / (2.0 * _NORMAL_MAD)
            new = _reweighted(y[rows], design[rows], residual, scale[rows])
            step = np.abs(np.einsum("clk,ck->cl", design[rows], new - line[rows])).max(axis=1)
            line[rows], rested = new, step <= _STILL * scale[rows]
            converged[rows[rested]] = True
            moving[rows[rested | ~(scale[rows] > 0)]] = False
        slopes = line[:, 1:] * unit
        intercept = line[:, 0] - np.einsum("ck,ck->c", slopes, start.mean)
        residual = (y - np.einsum("clk,ck->cl", design, line)) * used
        rss, n = np.einsum("cl,cl->c", residual, residual), np.maximum(n, 1)
        possible = np.isfinite(start.sigma) & converged
        # The parameters' covariance is spread (X'X)⁻¹ (Huber 1981, eq. 6.5 of ch. 7).
        share = ((np.abs(residual) <= TUNING * scale[:, None]) & used).sum(axis=1) / n
        psi = np.clip(residual, -TUNING * scale[:, None], TUNING * scale[:, None])
        correction = 1.0 + (n - start.df) / n * (share * (1.0 - share)) / share**2
        sigma = np.where(possible, np.sqrt(rss / start.df), np.nan)
        r2 = np.where(possible, 1.0 - rss * (1.0 - start.r2) / (start.sigma**2 * start.df), np.nan)
        spread = correction**2 * np.einsum("cl,cl->c", psi, psi) / start.df / share**2 / sigma**2
        return replace(
            start,
            alpha=intercept,
            beta=slopes,
            sigma=sigma,
            r2=r2,
            inverse=spread[:, None, None] * start.inverse,
            constant=spread / n,
            extra=scale[:, None],
            converged=converged,
        )


def _reweighted(y: Floats, design: Floats, residual: Floats, scale: Floats) -> Floats:
    """One weighted least-squares line a cell; NaN where more than half of the residuals are zero."""
    weight = np.minimum(1.0, TUNING * scale[:, None] / np.abs(residual))
    weight = np.where(residual == 0, 1.0, weight)
    weighted = design * weight[:, :, None]
    gram = np.einsum("clk,clm->ckm", weighted, design)
    good = scale > 0
    gram[~good] = np.eye(gram.shape[1])
    new = np.linalg.solve(gram, np.einsum("clk,cl->ck", weighted, y)[:, :, None])[:, :, 0]
    return np.where(good[:, None], new, np.nan)


# -- the mixture of other markets that best followed this one ----------------------------------------------------------


class SyntheticControl(LinearModel):
    """The normal return is that of a portfolio of other series, long only and fully invested.

    Parameters
    ----------
    *donors : str
        Columns of at least two series that the event leaves alone.

    Raises
    ------
    DesignError
        If there are fewer than two donors or one stands there twice.

    Notes
    -----
    ``E[R_t] = sum_j w_j R_jt`` with ``w_j >= 0``, ``sum w = 1``, least squares over the estimation window: a quadratic
    programme. There is no intercept. With p positive weights s² is the residual sum of squares over M - (p - 1), and
    the weights' covariance that of least squares under ``sum w = 1`` on those p donors. Weights add up only over series
    in one unit.

    References
    ----------
    Abadie, Diamond and Hainmueller (2010), Synthetic control methods for comparative case studies, JASA 105.

    Examples
    --------
    >>> SyntheticControl("zloty", "forint", "koruna")
    SyntheticControl('zloty', 'forint', 'koruna')
    """

    name = "synthetic-control"
    asks = "factors"
    _regressor = "donor"
    _no_twin = "is a quadratic programme, so there is no regression to hand out; its weights stand in fits"

    def __init__(self, *donors: str) -> None:
        if len(donors) < 2:  # noqa: PLR2004
            raise DesignError("a synthetic control needs at least two donors; with one take market-adjusted")
        super().__init__(*donors)

    @property
    def parameters(self) -> tuple[str, ...]:
        """A weight a donor."""
        return tuple(f"weight_{name}" for name in self.regressors)

    def check_kinds(self, series: str, kind: ReturnKind, of_regressors: Sequence[ReturnKind]) -> None:
        """Refuse a mixture of returns and differences."""
        for donor, of_donor in zip(self.regressors, of_regressors, strict=True):
            if of_donor != kind:
                raise DesignError(
                    f"a synthetic control mixes series of one kind: '{series}' is in {kind} returns, the donor "
                    f"'{donor}' in {of_donor} ones; leave one of them out, or take one kind for all (--returns, "
                    "returns_kind=...)"
                )

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
        """Find the mixture of each event session of one series."""
        windows = gathered(y, x, usable, positions, estimation)
        return Fits.joined([self._estimates(*window) for _, window in windows])

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return the weights."""
        return dict(zip(self.parameters, fits.beta.T, strict=True))

    def _estimates(self, y: Floats, x: Floats, used: Mask) -> Fits:
        """Return the estimates of N cells from their windows: y (N, L), x (N, L, k), used (N, L)."""
        n_obs = used.sum(axis=1)
        weights = np.stack([_simplex_weights(*cell) for cell in zip(y, x, strict=True)]) if len(y) else x[:, 0]
        converged = np.asarray(np.isfinite(weights).all(axis=1))
        weights[~converged] = 0.0
        residual = (y - np.einsum("clk,ck->cl", x, weights)) * used
        centred = (y - (y.sum(axis=1) / np.maximum(n_obs, 1))[:, None]) * used
        rss, total, raw = (np.einsum("cl,cl->c", values, values) for values in (residual, centred, y))
        df = n_obs - (weights > 0).sum(axis=1) + 1
        possible = converged & (np.minimum(total, rss) > raw * CONSTANT**2) & (df > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            sigma = np.where(possible, np.sqrt(rss / df), np.nan)
            r2 = np.where(possible, 1.0 - rss / total, np.nan)
        nothing = np.zeros(len(y))
        inverse = _constrained_inverse(np.einsum("clk,clm->ckm", x, x), weights > 0)
        found = n_obs, df, nothing, weights, sigma, r2, np.zeros_like(weights), inverse, nothing
        return Fits("ols", *found, converged=converged)


def _simplex_weights(y: Floats, x: Floats) -> Floats:
    """Return the w >= 0, sum w = 1, that minimise ``|y - x w|²``; NaN where the search did not end.

    With Z = x - y these are the u >= 0 that minimise ``|Z u|² + (sum u - 1)²``, divided by their sum: the first-order
    conditions are the same, and the second problem is one of non-negative least squares.
    """
    from scipy.optimize import nnls

    gap = x - y[:, None]
    size = np.sqrt(np.einsum("lk,lk->k", gap, gap).min()) or 1.0  # beside the best donor alone both terms are near 1
    try:
        found, _ = nnls(np.vstack([gap / size, np.ones(len(gap[0]))]), np.append(np.zeros(len(gap)), 1.0))
    except RuntimeError:
        return np.full(len(gap[0]), np.nan)
    return np.asarray(found / found.sum())


def _constrained_inverse(gram: Floats, part: Mask) -> Floats:
    """Return the unscaled covariance of least-squares weights on some donors under ``sum w = 1``; zero elsewhere."""
    both = part[:, :, None] & part[:, None, :]
    size = np.maximum(np.einsum("ckk->c", gram), np.finfo(np.float64).tiny)[:, None, None]
    inverse = np.linalg.pinv(np.where(both, gram / size, 0.0), hermitian=True)
    along = inverse.sum(axis=2)
    total = np.maximum(along.sum(axis=1), np.finfo(np.float64).tiny)[:, None, None]
    return np.asarray((inverse - along[:, :, None] * along[:, None, :] / total) / size)


# -- volatility in clusters -------------------------------------------------------------------------------------------

#: Mean of the absolute value of a standard normal number.
_MEAN_ABSOLUTE = float(np.sqrt(2.0 / np.pi))

#: A variance forecast that, so many sessions ahead, is so many times the residual variance diverges.
_AHEAD, _DIVERGES = 100, 1e3

#: How arch is made to search: to the last digit, and as it does by default, which leaves the fifth digit open.
_SEARCHES: tuple[dict[str, Any], ...] = ({"tol": 1e-12, "options": {"maxiter": 500}}, {})


@dataclass(frozen=True, eq=False, kw_only=True)
class VolatilityFits(Fits):
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
        parameters = np.asarray(self.extra)
        if parameters.shape[1] == len(Garch.extras):
            omega, arch, garch = parameters.T
            path = [self.following]
            for _ in range(steps - 1):
                path.append(omega + (arch + garch) * path[-1])
            return np.stack(path, axis=1)
        from scipy.special import log_ndtr

        omega, size, sign, garch = parameters.T
        level, factor = np.log(self.following), np.zeros(len(self.following))
        path = [level]
        for step in range(steps - 1):
            # Log of the mean of exp(a (|z| - E|z|) + g z), z standard normal, a and g shrunk by the steps since.
            a, g = garch**step * size, garch**step * sign
            up, down = (shock**2 / 2 + log_ndtr(shock) for shock in (a + g, a - g))
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

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
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
        good = np.isfinite(arrays["origin"])
        found = VolatilityFits("ols", **arrays, converged=good)
        # A search after which the variance forecast diverges has ended in a wrong place.
        cells = np.flatnonzero(good)
        with np.errstate(over="ignore"):
            path = found.take(cells).path(_AHEAD)
        good[cells] = (path < _DIVERGES * found.sigma[cells, None] ** 2).all(axis=1)
        sigma, origin = (np.where(good, values, np.nan) for values in (found.sigma, found.origin))
        return replace(found, sigma=sigma, origin=origin)

    def _estimates(self, y: Floats, x: Floats, df: int) -> dict[str, Any]:
        """Return the estimates of one cell by name; nothing where the search found nothing."""
        # Standard deviations between 1 and 10 are where arch searches well.
        k, unit = x.shape[1], float(10.0 ** -np.floor(np.log10(y.std())))
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
        unit = float(10.0 ** -np.floor(np.log10(y[used].std())))
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
        """Return arch's choice, from which a search can diverge, and least squares with steadier volatility."""
        design = np.column_stack([np.ones(len(y)), x])
        line = np.linalg.lstsq(design, np.asarray(y), rcond=None)[0]
        log_variance = float(np.log(np.var(np.asarray(y) - design @ line)))
        return [None, *(np.append(line, [(1.0 - b) * log_variance, 0.1, 0.0, b]) for b in (0.9, 0.5))]

    def _variance(self, params: Floats, variance: float, error: float, unit: float) -> tuple[Floats, float]:
        """Return the parameters of the log variance in the returns' own unit, and the variance that follows."""
        (omega, size, sign, garch), z = params, error / np.sqrt(variance)
        log_next = omega + size * (abs(z) - _MEAN_ABSOLUTE) + sign * z + garch * np.log(variance)
        return np.array([omega - (1.0 - garch) * np.log(unit), size, sign, garch]), float(np.exp(log_next)) / unit
