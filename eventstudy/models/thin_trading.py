"""Market models for series that trade thinly: the market of neighbouring sessions enters too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.models.least_squares import Cells, Fits, Mask, fit_table
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Lags and leads together; a quarter of sessions is more than any trade is late.
_MOST_LAGS = 60


def _shifted(x: Floats, whole: Mask, by: int) -> Floats:
    """Return regressors (T, k) of the session `by` later, or before where negative.

    NaN, never zero, beyond the sample's edges and across a step that is not whole: where the market was open in between
    and the series has no price.
    """
    n, moved = len(x), np.full_like(x, np.nan)
    if abs(by) >= n:
        return moved
    to, back = slice(max(-by, 0), n - max(by, 0)), slice(max(by, 0), n - max(-by, 0))
    moved[to] = x[back]
    for step in range(1, abs(by) + 1):
        crossed = np.arange(n) + (step if by > 0 else -step)
        inside = (crossed >= 0) & (crossed < n)
        moved[~(inside & whole[np.where(inside, crossed, 0)])] = np.nan
    return moved


@dataclass(frozen=True, repr=False, init=False)
class Dimson(LinearModel):
    """The normal return moves with the market of this session, of those before and of those after.

    Parameters
    ----------
    market : str
        Column of the market.
    lags, leads : int
        How many sessions before and after; at least one in all.

    Raises
    ------
    DesignError
        If there is neither lag nor lead, or a number is negative.

    Notes
    -----
    ``E[R_t] = alpha + sum_j beta_j R_m(t+j)``, j from -lags to leads, by least squares; the normal return, its
    forecast variance and the abnormal one are those of this regression. Dimson's beta is ``sum_j beta_j``. Sessions are
    the series' own. A session whose lag or lead does not exist (an edge of the sample, a missing price) is neither
    learned from nor judged.

    References
    ----------
    Dimson (1979), Risk measurement when shares are subject to infrequent trading, Journal of Financial Economics 7.

    Examples
    --------
    >>> Dimson("sp500", lags=2)
    Dimson('sp500', lags=2, leads=1)
    """

    lags: int
    leads: int
    name = "dimson"
    form = "ols"
    asks = "market"

    def __init__(self, market: str, *, lags: int = 1, leads: int = 1) -> None:
        if min(lags, leads) < 0 or not 1 <= lags + leads <= _MOST_LAGS:
            raise DesignError(f"lags={lags} and leads={leads}: take whole numbers from 0, together 1 to {_MOST_LAGS}")
        super().__init__(market)
        object.__setattr__(self, "lags", lags)
        object.__setattr__(self, "leads", leads)

    @property
    def reach(self) -> Window:
        """From the farthest lag to the farthest lead."""
        return Window(-self.lags, self.leads)

    @property
    def options(self) -> dict[str, Any]:
        """Lags and leads."""
        return {"lags": self.lags, "leads": self.leads}

    @property
    def parameters(self) -> tuple[str, ...]:
        """The intercept, then the slopes from the farthest lag to the farthest lead."""
        when = ["same" if j == 0 else f"lag{-j}" if j < 0 else f"lead{j}" for j in self.reach.taus]
        return ("alpha", *(f"beta_{self.regressors[0]}_{word}" for word in when))

    def columns(self, x: Floats, whole: Mask) -> Floats:
        """Return the market shifted by each lag and lead, in the order of `parameters`."""
        return np.hstack([_shifted(x, whole, j) for j in self.reach.taus])

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return intercept, slopes and their sum, Dimson's beta."""
        return {**super().estimates(fits), f"beta_{self.regressors[0]}": fits.beta.sum(axis=1)}

    def __repr__(self) -> str:
        return f"Dimson({self.regressors[0]!r}, lags={self.lags}, leads={self.leads})"


class ScholesWilliams(LinearModel):
    """The normal return moves with the market, by a beta corrected for prices struck at different times.

    Parameters
    ----------
    market : str
        Column of the market.

    Notes
    -----
    ``E[R_t] = alpha + beta R_mt`` with ``beta = (b⁻ + b + b⁺) / (1 + 2 rho)``: b⁻, b and b⁺ are slopes of simple
    regressions of R_t on the market of the session before, of the same and of the session after, rho is the market's
    first autocorrelation, and ``alpha = mean(R) - beta mean(R_m)``; all over the same sessions, those that have both
    neighbours. Where ``1 + 2 rho`` is not positive there is no such beta.

    The estimator is linear, ``beta = sum_t w_t R_t`` with ``sum w = 0``, so for errors of one variance
    ``Var(CAR) = s² (n + n²/M + (sum(x_t - x̄))² sum w²)``; s² is the residual sum of squares about this line over
    M - 2. Neighbouring errors of a thin series are correlated, which this leaves aside.

    References
    ----------
    Scholes and Williams (1977), Estimating betas from nonsynchronous data, Journal of Financial Economics 5.

    Examples
    --------
    >>> ScholesWilliams("sp500")
    ScholesWilliams('sp500')
    """

    name = "scholes-williams"
    form = "ols"
    asks = "market"
    _no_twin = (
        "is made of three regressions and an autocorrelation, so there is no one regression to hand out; "
        "market-model and dimson have one"
    )

    def __init__(self, market: str) -> None:
        super().__init__(market)

    @property
    def reach(self) -> Window:
        """One session before to one after."""
        return Window(-1, 1)

    def complete(self, y: Floats, x: Floats) -> Mask:
        """Say which sessions have a market return, and one before and after it."""
        neighbours = [_shifted(x, np.isfinite(y), j)[:, 0] for j in (-1, 1)]
        return np.asarray(super().complete(y, x) & np.isfinite(neighbours).all(axis=0))

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Cells, estimation: Window) -> Fits:
        """Combine the regressions on the market of the session before, the same, and the one after."""
        near = [_shifted(x, np.isfinite(y), -1), x, _shifted(x, np.isfinite(y), 1)]
        good, n = usable & self.complete(y, x), len(positions)
        slopes, square, products = [], [], np.empty((3, 3, n))  # of y on each, and centred products among the three
        with np.errstate(divide="ignore", invalid="ignore"):
            for i, on in enumerate(near):
                targets = np.column_stack([y, *near[i + 1 :]])
                fits = fit_table(targets, on, good, estimation, "ols", positions)
                simple, beta = fits.take(slice(0, None, targets.shape[1])), fits.beta.reshape(n, -1)
                slopes.append(beta[:, 0])
                square.append(1.0 / simple.inverse[:, 0, 0])
                products[i, i] = square[i]
                products[i, i + 1 :] = products[i + 1 :, i] = beta[:, 1:].T * square[i]
                if i == 1:
                    same = simple
            scale = 1.0 + 2.0 * products[0, 1] / np.sqrt(square[0] * square[1])
            beta = sum(slopes) / scale
            weights = sum(products[i, j] / (square[i] * square[j]) for i in range(3) for j in range(3)) / scale**2
            # The least-squares line turned about its means to another slope; residuals can only grow.
            least = same.sigma**2 * same.df
            rss = least + (beta - same.beta[:, 0]) ** 2 * square[1]
            possible = (scale > 0) & np.isfinite(same.sigma) & np.isfinite(beta)
            return Fits(
                "ols",
                same.n_obs,
                same.df,
                alpha=same.alpha + same.beta[:, 0] * same.mean[:, 0] - beta * same.mean[:, 0],
                beta=beta[:, None],
                sigma=np.where(possible, np.sqrt(rss / np.maximum(same.df, 1)), np.nan),
                r2=np.where(possible, 1.0 - rss * (1.0 - same.r2) / least, np.nan),
                mean=same.mean,
                inverse=np.asarray(weights)[:, None, None],
            )
