"""What the models that are a regression line have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, Form, fit_cells
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.window import Window

if TYPE_CHECKING:
    from statsmodels.regression.linear_model import RegressionResultsWrapper


@dataclass(frozen=True)
class LinearModel:
    """A normal return that is a constant plus slopes times regressors, estimated or fixed.

    Attributes
    ----------
    name : str
        Name under which the model is asked for.
    form : {'ols', 'fixed'}
        Whether constant and slopes are estimated, or 0 and 1.
    regressors : tuple of str
        Columns it needs.
    """

    name: ClassVar[str]
    form: ClassVar[Form]
    regressors: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the estimated parameters, in order."""
        return ("alpha", *(f"beta_{name}" for name in self.regressors)) if self.form == "ols" else ()

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        return fit_cells(y, x, usable, positions, estimation, self.form)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.regressors))})"


def statsmodels_twin(model: LinearModel, y: Floats, x: Floats, sessions: Dates) -> RegressionResultsWrapper:
    """Run the very regression of one cell in statsmodels.

    Parameters
    ----------
    model : LinearModel
        The model.
    y : ndarray, shape (M,)
        Estimation returns used.
    x : ndarray, shape (M, k)
        Regressors on the same sessions, without the constant.
    sessions : ndarray of datetime64[D], shape (M,)
        The sessions, which become the index.

    Returns
    -------
    statsmodels RegressionResultsWrapper
        Results of ``OLS(y, [1, x])``, parameters named ``alpha`` and ``beta_<regressor>``.

    Raises
    ------
    DesignError
        If the model estimates nothing.
    """
    if model.form == "fixed":
        raise DesignError(f"the model '{model.name}' estimates nothing, so there is no regression to hand out")
    import pandas as pd
    from statsmodels.regression.linear_model import OLS

    index = pd.DatetimeIndex(sessions.astype("datetime64[ns]"), name="session")
    design = pd.DataFrame(np.column_stack([np.ones(len(y)), x]), index=index, columns=list(model.parameters))
    return OLS(pd.Series(y, index=index, name="return"), design).fit()
