"""The robust model: a regression line that a few wild days cannot pull about."""

from __future__ import annotations

from typing import Any

import numpy as np

from eventstudy.markets.stamp import Dates
from eventstudy.models.least_squares import Cells, Fits, Mask, ModelFits, gathered
from eventstudy.models.linear import LinearModel, regression_frames
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Huber's tuning constant: 95 % as efficient as least squares where errors are normal.
TUNING = 1.345

#: The median of the absolute value of a standard normal number.
_NORMAL_MAD = 0.6744897501960817

#: Steps of a line that is still moving, and the move, in residual scales, at which it stands still.
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
    form = "ols"
    asks = "either"
    extras = ("scale",)

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Cells, estimation: Window) -> Fits:
        """Estimate the model for event sessions of one series, from the least-squares lines on."""
        start = super().fit(y, x, usable, positions, estimation)
        windows = gathered(y, x, usable, positions, estimation)
        return ModelFits.joined([_huber(*window, start.take(some)) for some, window in windows])

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return the results of ``RLM(y, [1, x], HuberT())``, carried to full convergence."""
        from statsmodels.robust.norms import HuberT
        from statsmodels.robust.robust_linear_model import RLM

        frames = regression_frames(y[used], x[used], sessions[used], self.parameters)
        return RLM(*frames, M=HuberT(TUNING)).fit(maxiter=_STEPS, tol=_STILL * float(y[used].std()), conv="coefs")


def _huber(y: Floats, x: Floats, used: Mask, start: Fits) -> ModelFits:
    """Reweight from the least-squares lines of N cells on, given their windows: y (N, L), x (N, L, k), used (N, L)."""
    # About the means and in their own units the regressors are of one size, whatever their unit.
    unit = np.sqrt(np.einsum("ckk->ck", start.inverse))
    design = (
        np.concatenate([np.ones((*y.shape, 1)), (x - start.mean[:, None]) * unit[:, None]], axis=2) * used[:, :, None]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
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
    with np.errstate(invalid="ignore", divide="ignore"):
        # The parameters' covariance is spread (X'X)⁻¹ (Huber 1981, eq. 6.5 of ch. 7).
        share = ((np.abs(residual) <= TUNING * scale[:, None]) & used).sum(axis=1) / n
        psi = np.clip(residual, -TUNING * scale[:, None], TUNING * scale[:, None])
        correction = 1.0 + (n - start.df) / n * (share * (1.0 - share)) / share**2
        spread = correction**2 * np.einsum("cl,cl->c", psi, psi) / start.df / share**2
        sigma = np.where(possible, np.sqrt(rss / start.df), np.nan)
        r2 = np.where(possible, 1.0 - rss * (1.0 - start.r2) / (start.sigma**2 * start.df), np.nan)
        spread = spread / sigma**2
    return ModelFits(
        "ols",
        start.n_obs,
        start.df,
        intercept,
        slopes,
        sigma,
        r2,
        start.mean,
        spread[:, None, None] * start.inverse,
        constant=spread / n,
        extra=scale[:, None],
        converged=converged,
    )


def _reweighted(y: Floats, design: Floats, residual: Floats, scale: Floats) -> Floats:
    """One weighted least-squares line a cell; NaN where more than half of the residuals are zero."""
    with np.errstate(invalid="ignore", divide="ignore"):
        weight = np.minimum(1.0, TUNING * scale[:, None] / np.abs(residual))
    weight = np.where(residual == 0, 1.0, weight)
    weighted = design * weight[:, :, None]
    gram = np.einsum("clk,clm->ckm", weighted, design)
    good = scale > 0
    gram[~good] = np.eye(gram.shape[1])
    new = np.linalg.solve(gram, np.einsum("clk,cl->ck", weighted, y)[:, :, None])[:, :, 0]
    return np.where(good[:, None], new, np.nan)
