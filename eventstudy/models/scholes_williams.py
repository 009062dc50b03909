"""The market model of Scholes and Williams: a beta that does not mind when in the day a thin series last traded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, fit_cells
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.cells import shifted
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats
from eventstudy.window import Window


@dataclass(frozen=True, repr=False, init=False)
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

    def __init__(self, market: str) -> None:
        super().__init__((market,))

    @property
    def reach(self) -> Window:
        """One session before to one after."""
        return Window(-1, 1)

    def complete(self, y: Floats, x: Floats) -> NDArray[np.bool_]:
        """Say which sessions have a market return, and one before and after it."""
        neighbours = [shifted(x, np.isfinite(y), j)[:, 0] for j in (-1, 1)]
        return np.asarray(super().complete(y, x) & np.isfinite(neighbours).all(axis=0))

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        before, after = (shifted(x, np.isfinite(y), j) for j in (-1, 1))
        good = usable & self.complete(y, x)

        def line(target: Floats, on: Floats) -> Fits:
            return fit_cells(target, on, good, positions, estimation, "ols")

        simple = [line(y, on) for on in (before, x, after)]
        with np.errstate(divide="ignore", invalid="ignore"):
            square = [1.0 / fits.inverse[:, 0, 0] for fits in simple]
            product = _products(before[:, 0], x[:, 0], after[:, 0], square, line)
            scale = 1.0 + 2.0 * product[0, 1] / np.sqrt(square[0] * square[1])
            beta = sum(fits.beta[:, 0] for fits in simple) / scale
            weights = sum(product[i, j] / (square[i] * square[j]) for i in range(3) for j in range(3)) / scale**2
            return _along(simple[1], beta, np.asarray(weights), square[1], scale > 0)

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Say that there is no one regression behind this model."""
        del y, x, used, sessions
        raise DesignError(
            "the model 'scholes-williams' is made of three regressions and an autocorrelation, "
            "so there is no one regression to hand out; market-model and dimson have one"
        )


def _products(
    before: Floats, same: Floats, after: Floats, square: list[Floats], line: Any
) -> dict[tuple[int, int], Floats]:
    """Return the centred products of the market of the session before (0), the same (1) and the one after (2)."""
    found = {(i, i): square[i] for i in range(3)}
    for (i, on), (j, target) in (((0, before), (1, same)), ((1, same), (2, after)), ((0, before), (2, after))):
        found[i, j] = found[j, i] = line(target, on[:, None]).beta[:, 0] * square[i]
    return found


def _along(ols: Fits, beta: Floats, weights: Floats, square: Floats, possible: NDArray[np.bool_]) -> Fits:
    """Turn the least-squares line about its means to another slope; residuals can only grow."""
    least = ols.sigma**2 * ols.df
    rss = least + (beta - ols.beta[:, 0]) ** 2 * square
    possible = possible & np.isfinite(ols.sigma) & np.isfinite(beta)
    y_mean = ols.alpha + ols.beta[:, 0] * ols.mean[:, 0]
    return Fits(
        "ols",
        ols.n_obs,
        ols.df,
        alpha=y_mean - beta * ols.mean[:, 0],
        beta=beta[:, None],
        sigma=np.where(possible, np.sqrt(rss / np.maximum(ols.df, 1)), np.nan),
        r2=np.where(possible, 1.0 - rss * (1.0 - ols.r2) / least, np.nan),
        mean=ols.mean,
        inverse=weights[:, None, None],
    )
