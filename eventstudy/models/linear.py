"""What the models have in common: regressors, parameters, the estimate of many cells, the same thing in statsmodels."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, Form, fit_cells, fit_table
from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import ModelFits, named
from eventstudy.returns import Floats, ReturnKind
from eventstudy.window import Window

#: Which regressors a model asked for by name is given.
Asks = Literal["nothing", "market", "factors", "either", "roles"]


@dataclass(frozen=True)
class LinearModel:
    """A normal return that is a constant plus slopes times regressors, estimated or fixed.

    Attributes
    ----------
    name : str
        Name under which the model is asked for.
    form : {'ols', 'fixed'}
        Whether constant and slopes are estimated, or 0 and 1.
    asks : {'nothing', 'market', 'factors', 'either', 'roles'}
        Which regressors it is made of: none, a market, factors, any of these, or factors by their roles.
    extras : tuple of str
        Further estimates besides intercept and slopes.
    everywhere : bool
        Whether it is estimated at every session, or at event sessions only because an estimation takes long.
    regressors : tuple of str
        Columns it needs.
    """

    name: ClassVar[str]
    form: ClassVar[Form]
    asks: ClassVar[Asks] = "nothing"
    extras: ClassVar[tuple[str, ...]] = ()
    everywhere: ClassVar[bool] = True
    regressors: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the estimated intercept and slopes, in order."""
        return ("alpha", *(f"beta_{name}" for name in self.regressors)) if self.form == "ols" else ()

    @property
    def reach(self) -> Window:
        """Sessions around one session whose regressors its estimation reads; 0:0 but for lags and leads."""
        return Window(0, 0)

    @property
    def options(self) -> dict[str, Any]:
        """Choices besides the regressors, as plain values."""
        return {}

    def among(self, columns: Collection[str]) -> Self:
        """Return the model as it is over a frame with these columns."""
        del columns
        return self

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse windows that the model cannot work with.

        Raises
        ------
        DesignError
            If lags or leads of the estimation window are sessions of the event.
        """
        read = Window(estimation.first + self.reach.first, estimation.last + self.reach.last)
        if read.overlaps(span):
            mend = f"begin it at {span.last - self.reach.first + 1} or later"
            if estimation.last < span.first:
                mend = f"end it at {span.first - self.reach.last - 1} or earlier"
            raise DesignError(
                f"with its lags and leads the estimation window {estimation} of {self!r} reads {read}, which the event "
                f"window {span} overlaps; {mend}"
            )

    def check_columns(self, columns: Mapping[str, Floats], kind: str) -> None:
        """Refuse regressors that cannot be what they should be.

        Parameters
        ----------
        columns : mapping of str to ndarray, shape (T,)
            All columns as they were given.
        kind : str
            What they are: ``prices``, ``returns``, ...
        """

    def check_kinds(self, series: str, kind: ReturnKind, of_regressors: Sequence[ReturnKind]) -> None:
        """Refuse a series whose returns the regressors' kinds of return cannot explain."""

    def columns(self, x: Floats, whole: NDArray[np.bool_]) -> Floats:
        """Return the regressors as they stand in the regression.

        Parameters
        ----------
        x : ndarray, shape (T, k)
            The columns `regressors` over the series' own steps.
        whole : ndarray of bool, shape (T,)
            Steps of the series from one session to the very next.
        """
        del whole
        return x

    def complete(self, y: Floats, x: Floats) -> NDArray[np.bool_]:
        """Say which sessions have all that the estimation reads, shape (T,)."""
        return np.asarray(np.isfinite(y) & np.isfinite(x).all(axis=1))

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        return fit_cells(y, x, usable, positions, estimation, self.form)

    @property
    def side_by_side(self) -> bool:
        """Whether many series are estimated at once: where `fit` is no other than ordinary least squares."""
        return type(self).fit is LinearModel.fit

    def fit_table(self, y: Floats, x: Floats, usable: NDArray[np.bool_], estimation: Window) -> Fits:
        """Estimate the model for every session of many series that share regressors and usable sessions.

        Parameters
        ----------
        y : ndarray, shape (T, S)
            Returns.
        x : ndarray, shape (T, k)
            Regressors as they stand in the regression.
        usable : ndarray of bool, shape (T,)
            Sessions that may stand in an estimation window.
        estimation : Window
            Estimation window in event time.

        Returns
        -------
        Fits
            Of T x S cells: session t of series s stands at t S + s.
        """
        if self.side_by_side:
            return fit_table(y, x[:, None], usable[:, None], estimation, self.form)
        every, cells = np.arange(len(y)), np.arange(y.size).reshape(y.shape[::-1])
        fits = [self.fit(column, x, usable, every, estimation) for column in np.ascontiguousarray(y.T)]
        return type(fits[0]).joined(fits).take(cells.T.ravel())

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return the estimated parameters of N cells by name, as the `fits` table shows them."""
        if self.form == "fixed":
            return {}
        extra = fits.extra if isinstance(fits, ModelFits) else np.empty((len(fits.alpha), 0))
        return named((*self.parameters, *self.extras), fits.alpha, fits.beta, extra)

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Run the very estimation of one cell in the library it equals.

        Parameters
        ----------
        y : ndarray, shape (L,)
            Returns on the sessions of the estimation window.
        x : ndarray, shape (L, k)
            Regressors as they stand in the regression, without the constant.
        used : ndarray of bool, shape (L,)
            Sessions that were learned from.
        sessions : ndarray of datetime64[D], shape (L,)
            The sessions, which become the index.

        Returns
        -------
        statsmodels results
            Of ``OLS(y, [1, x])``, parameters named as in `parameters`.

        Raises
        ------
        DesignError
            If the model estimates nothing.
        """
        if self.form == "fixed":
            raise DesignError(f"the model '{self.name}' estimates nothing, so there is no regression to hand out")
        from statsmodels.regression.linear_model import OLS

        return OLS(*regression_frames(y[used], x[used], sessions[used], self.parameters)).fit()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.regressors))})"


def regression_frames(y: Floats, x: Floats, sessions: Dates, parameters: Sequence[str]) -> tuple[Any, Any]:
    """Return a series of returns and a frame of a constant and regressors, indexed by session."""
    import pandas as pd

    index = pd.DatetimeIndex(sessions.astype("datetime64[ns]"), name="session")
    design = pd.DataFrame(np.column_stack([np.ones(len(y)), x]), index=index, columns=list(parameters))
    return pd.Series(y, index=index, name="return"), design
