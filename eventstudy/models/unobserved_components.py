"""The unobserved-components model: a mean that may wander, and regressors, carried on as if no event had come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, fit_cells
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.cells import blocks, learned
from eventstudy.models.level import LevelFits, wandering
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats
from eventstudy.window import Window


@dataclass(frozen=True, repr=False, init=False)
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
    form = "ols"
    asks = "either"
    extras = ("drift_variance",)

    def __init__(self, *regressors: str) -> None:
        if len(set(regressors)) < len(regressors):
            raise DesignError(f"a regressor stands twice among: {', '.join(regressors)}")
        super().__init__(tuple(regressors))

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse an estimation window that holds the event session, or event windows beyond it."""
        before, after = estimation.last < min(span.first, 0), estimation.first > max(span.last, 0)
        if not (before or after):
            raise DesignError(
                f"{self!r} carries a mean on from its estimation window; let {estimation} lie wholly before, or wholly "
                f"after, the event session and the event windows {span}"
            )

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        flat = fit_cells(y, x, usable, positions, estimation, "ols")
        return LevelFits.joined(
            [
                wandering(learned(y, x, usable, positions[block], estimation), flat.take(block), estimation)
                for block in blocks(len(positions))
            ]
        )

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Return statsmodels' ``UnobservedComponents`` smoothed at this cell's variances."""
        import pandas as pd
        from statsmodels.tsa.statespace.structural import UnobservedComponents as Structural

        fits = self.fit(y, x, used, np.array([len(y)]), Window(-len(y), -1))
        exog = np.where(used[:, None], x, 0.0) if x.shape[1] else None
        endog = pd.Series(np.where(used, y, np.nan), name="return")
        model = Structural(endog, "local level", exog=exog, mle_regression=False, use_exact_diffuse=True)
        model.data.dates = pd.DatetimeIndex(sessions.astype("datetime64[ns]"), name="session")
        return model.smooth([fits.sigma[0] ** 2, self.estimates(fits)["drift_variance"][0]])
