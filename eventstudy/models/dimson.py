"""Dimson's market model: the market of the sessions before and after enters too, for series that trade thinly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits
from eventstudy.errors import DesignError
from eventstudy.models.cells import shifted
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats
from eventstudy.window import Window


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

    lags: int = 1
    leads: int = 1
    name = "dimson"
    form = "ols"
    asks = "market"

    def __init__(self, market: str, *, lags: int = 1, leads: int = 1) -> None:
        if lags < 0 or leads < 0 or lags + leads == 0:
            raise DesignError(
                f"lags={lags} and leads={leads}: take whole numbers from 0, and at least one of them from 1"
            )
        super().__init__((market,))
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

    def columns(self, x: Floats, whole: NDArray[np.bool_]) -> Floats:
        """Return the market shifted by each lag and lead, in the order of `parameters`."""
        return np.hstack([shifted(x, whole, j) for j in self.reach.taus])

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return intercept, slopes and their sum, Dimson's beta."""
        return {**super().estimates(fits), f"beta_{self.regressors[0]}": fits.beta.sum(axis=1)}

    def __repr__(self) -> str:
        return f"Dimson({self.regressors[0]!r}, lags={self.lags}, leads={self.leads})"
