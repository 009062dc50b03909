"""Normal returns that are a constant plus slopes times regressors, estimated or fixed, and what all models share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import FrozenInstanceError, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np

from eventstudy.errors import DesignError, require_known
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import Fits, Form, fit_table
from eventstudy.returns import Floats, Ints, Mask, ReturnKind
from eventstudy.window import Window

#: Which regressors a model asked for by name is given.
Asks = Literal["nothing", "market", "factors", "either", "roles"]

#: The risk-free rate's role.
RISK_FREE = "rf"

#: Lags and leads together; a quarter of sessions is more than any trade is late.
_MOST_LAGS = 60


class LinearModel:
    """A normal return that is a constant plus slopes times regressors, estimated or fixed.

    Attributes
    ----------
    name : str
        Name under which the model is asked for.
    form : {'ols', 'fixed'}
        Whether constant and slopes are estimated, or 0 and 1.
    asks : {'nothing', 'market', 'factors', 'either', 'roles'}
        Which regressors it is made of.
    extras : tuple of str
        Further estimates besides intercept and slopes.
    everywhere : bool
        Whether it is estimated at every session, or at event sessions only because an estimation takes long.
    regressors : tuple of str
        Columns it needs.

    Raises
    ------
    DesignError
        If a regressor stands twice.
    """

    name: ClassVar[str]
    form: ClassVar[Form] = "ols"
    asks: ClassVar[Asks] = "nothing"
    extras: ClassVar[tuple[str, ...]] = ()
    everywhere: ClassVar[bool] = True
    _regressor: ClassVar[str] = "regressor"
    _no_twin: ClassVar[str] = ""
    regressors: tuple[str, ...]

    def __init__(self, *regressors: str) -> None:
        if not all(isinstance(one, str) for one in regressors):
            raise DesignError(f"{type(self).__name__} takes names of columns; figures are given to EventStudy(...)")
        if len(set(regressors)) < len(regressors):
            raise DesignError(f"a {self._regressor} stands twice among: {', '.join(regressors)}")
        vars(self)["regressors"] = regressors  # nothing is set afterwards, see __setattr__

    def __setattr__(self, name: str, value: object) -> None:
        raise FrozenInstanceError(f"cannot assign to field '{name}'")

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(repr(self))

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
        return {name: value for name, value in vars(self).items() if name != "regressors"}

    def check_windows(self, estimation: Window, span: Window) -> None:
        """Refuse (DesignError) an estimation window whose lags or leads are sessions of the event."""
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
        """Refuse regressors, columns (T,) of a frame of some kind (``prices``), that cannot be what they should be."""

    def check_kinds(self, series: str, kind: ReturnKind, of_regressors: Sequence[ReturnKind]) -> None:
        """Refuse a series whose returns the regressors' kinds of return cannot explain."""

    def columns(self, x: Floats, whole: Mask) -> Floats:
        """Return regressors (T, k) as they stand in the regression; `whole` (T,): steps to the very next session."""
        del whole
        return x

    def complete(self, y: Floats, x: Floats) -> Mask:
        """Say which sessions have all that the estimation reads, shape (T,)."""
        return np.asarray(np.isfinite(y) & np.isfinite(x).all(axis=1))

    @property
    def least_squares(self) -> bool:
        """Whether its estimates are those of ordinary least squares."""
        return self.side_by_side and self.form == "ols"

    def excess(self, y: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Return returns (T,) less what the model subtracts from them, and the regressors (T, k) that have a slope."""
        return y, x

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
        """Estimate the model for event sessions (N,) of one series: y (T,), x (T, k), usable (T,); see `fit_table`."""
        return fit_table(y[:, None], x, usable, estimation, self.form, sessions=positions)

    @property
    def side_by_side(self) -> bool:
        """Whether many series are estimated at once: where `fit` is no other than ordinary least squares."""
        return type(self).fit is LinearModel.fit

    def fit_table(self, y: Floats, x: Floats, usable: Mask, estimation: Window) -> Fits:
        """Estimate the model for every session of series (T, S) that share regressors (T, k) and usable sessions (T,).

        Session t of series s stands at t S + s.
        """
        if self.side_by_side:
            return fit_table(y, x, usable, estimation, self.form)
        every, cells = np.arange(len(y)), np.arange(y.size).reshape(y.shape[::-1])
        fits = [self.fit(column, x, usable, every, estimation) for column in np.ascontiguousarray(y.T)]
        return type(fits[0]).joined(fits).take(cells.T.ravel())

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return the estimated parameters of N cells by name, as the `fits` table shows them."""
        if self.form == "fixed":
            return {}
        extra = () if fits.extra is None else fits.extra.T
        return dict(zip((*self.parameters, *self.extras), (fits.alpha, *fits.beta.T, *extra), strict=False))

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return statsmodels' results of one cell, ``OLS(y, [1, x])``, parameters named as in `parameters`.

        Given are returns (L,) and regressors (L, k) on the sessions (L,) of the estimation window, and which of them
        were learned from (L,). DesignError where no one regression is behind the model.
        """
        if self._no_twin or self.form == "fixed":
            why = self._no_twin or "estimates nothing, so there is no regression to hand out"
            raise DesignError(f"the model '{self.name}' {why}")
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


class ConstantMean(LinearModel):
    """The normal return is the series' own mean over the estimation window.

    Notes
    -----
    ``E[R_t] = alpha``; estimated by least squares on a constant.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14.

    Examples
    --------
    >>> ConstantMean()
    ConstantMean()
    """

    name = "constant-mean"

    def __init__(self) -> None:
        super().__init__()


class Zero(ConstantMean):
    """The normal return is zero.

    Notes
    -----
    ``E[R_t] = 0``. The residual standard error is taken about the estimation mean, with M - 1.

    Examples
    --------
    >>> Zero()
    Zero()
    """

    name = "zero"
    form = "fixed"


class MarketModel(LinearModel):
    """The normal return moves with the market.

    Parameters
    ----------
    market : str
        Column of the market.

    Notes
    -----
    ``E[R_t] = alpha + beta R_mt``; estimated by least squares over the estimation window.

    References
    ----------
    MacKinlay (1997), Event studies in economics and finance, Journal of Economic Literature 35.

    Examples
    --------
    >>> MarketModel("sp500")
    MarketModel('sp500')
    """

    name = "market-model"
    asks = "market"

    def __init__(self, market: str) -> None:
        super().__init__(market)


class MarketAdjusted(MarketModel):
    """The normal return is the market's return of the same session.

    Parameters
    ----------
    market : str
        Column of the market.

    Notes
    -----
    ``E[R_t] = R_mt``; nothing is estimated. The residual standard error is taken about the estimation mean of
    ``R_t - R_mt``, with M - 1.

    Examples
    --------
    >>> MarketAdjusted("sp500")
    MarketAdjusted('sp500')
    """

    name = "market-adjusted"
    form = "fixed"

    def excess(self, y: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Return returns less those of the market, and no regressor."""
        return y - x.sum(axis=1), x[:, :0]


class FactorModel(LinearModel):
    """The normal return moves with several factors, as the ruble does with Brent and other EM currencies.

    When the event itself moves a factor, the factor takes part of the event's effect with it: an invasion that lifts
    oil makes the ruble's fall look larger beside Brent than it was.

    Parameters
    ----------
    *factors : str
        Columns of the factors, at least one.

    Notes
    -----
    ``E[R_t] = alpha + sum_j beta_j F_jt``; estimated by least squares over the estimation window.

    Examples
    --------
    >>> FactorModel("brent", "em-fx")
    FactorModel('brent', 'em-fx')
    """

    name = "factor-model"
    asks = "factors"
    _regressor = "factor"

    def __init__(self, *factors: str) -> None:
        if not factors:
            raise DesignError("a factor model needs at least one factor")
        super().__init__(*factors)


class FactorPreset(LinearModel):
    """A factor model whose factors have roles; the columns bear the roles' names unless others are given.

    Parameters
    ----------
    *columns : str
        Columns of the factors, in the order of the roles.
    rf : str, optional
        Column of the risk-free rate, which is subtracted from the series' return; without it the intercept takes its
        mean.
    **by_role : str
        Columns by role.

    Attributes
    ----------
    roles : tuple of str
        The factors, in order.
    """

    asks = "roles"
    roles: ClassVar[tuple[str, ...]]
    rf: str | None

    def __init__(self, *columns: str, rf: str | None = None, **by_role: str) -> None:
        for role in by_role:
            require_known(role, (*self.roles[len(columns) :], RISK_FREE), f"factor of {self.name}")
        if len(columns) > len(self.roles):
            raise DesignError(f"{self.name} takes {', '.join(self.roles)}; there are {len(columns)} columns")
        named = {**dict(zip(self.roles, columns, strict=False)), **by_role}
        taken = (*(named.get(role, role) for role in self.roles), *([] if rf is None else [rf]))
        super().__init__(*taken)
        vars(self)["rf"] = rf

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """Return the model whose columns are named as ``role=column``, e.g. ``mkt_rf=MKT``."""
        columns: dict[str, str] = {}
        for word in words:
            own = word.casefold().replace("-", "_")  # a column that is called by its role: Mkt-RF
            role, equals, column = (own, "=", word) if own in (*cls.roles, RISK_FREE) else word.partition("=")
            if not equals or not column:
                raise DesignError(
                    f"the model '{cls.name}' takes factors by their roles: write {cls.roles[0]}={word or 'NAME'} "
                    f"(roles: {', '.join((*cls.roles, RISK_FREE))})"
                )
            if role in columns:
                raise DesignError(f"the factor '{role}' is named twice: {columns[role]} and {column}")
            columns[role] = column
        return cls(**columns)

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns of the factors, without the risk-free rate."""
        return self.regressors[: len(self.roles)]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The intercept and a slope a role."""
        return ("alpha", *(f"beta_{role}" for role in self.roles))

    def check_columns(self, columns: Mapping[str, Floats], kind: str) -> None:
        """Refuse factors that are returns where changes are taken, and a risk-free rate there."""
        taken = f"and these are {kind}, whose changes would be taken; give all as returns (returns=...)"
        for name in self.regressors if kind != "returns" else ():
            if name == self.rf:
                raise DesignError(f"the risk-free rate '{name}' of {self.name} is a rate, {taken}")
            if name in columns and (columns[name] <= 0).any():
                what = f"the factor '{name}' of {self.name} has values of zero or below, so it holds returns"
                raise DesignError(f"{what}, {taken}, or the factor as an index")

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
        """Regress the return above the risk-free rate; the rate stands beside the factors, of known slope 1."""
        fits = super().fit(*self.excess(y, x), usable, positions, estimation)
        if self.rf is None:
            return fits
        beta, mean = np.pad(fits.beta, ((0, 0), (0, 1)), constant_values=1.0), np.pad(fits.mean, ((0, 0), (0, 1)))
        return replace(fits, beta=beta, mean=mean, inverse=np.pad(fits.inverse, ((0, 0), (0, 1), (0, 1))))

    def twin(self, y: Floats, x: Floats, used: Mask, sessions: Dates) -> Any:
        """Return the results of ``OLS(y - rf, [1, factors])``."""
        return super().twin(*self.excess(y, x), used, sessions)

    @property
    def least_squares(self) -> bool:
        """Whether its estimates are those of ordinary least squares: of the return above the risk-free rate, yes."""
        return True

    def excess(self, y: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Return returns less the risk-free rate where one is named, and the factors."""
        return (y, x) if self.rf is None else (y - x[:, -1], x[:, :-1])

    def __repr__(self) -> str:
        named = [f"{role}={column!r}" for role, column in zip(self.roles, self.factors, strict=True) if role != column]
        if self.rf is not None:
            named.append(f"rf={self.rf!r}")
        return f"{type(self).__name__}({', '.join(named)})"


class Capm(FactorPreset):
    """The return above the risk-free rate moves with the market's.

    Parameters
    ----------
    mkt_rf, rf : str
        Columns of the market's return above the risk-free rate, and of that rate (see `FactorPreset`).

    Notes
    -----
    ``R_t - rf_t = alpha + beta (R_mt - rf_t)`` by least squares; ``E[R_t]`` is that plus rf_t. Returns are decimals a
    session.

    References
    ----------
    Sharpe (1964), Capital asset prices, Journal of Finance 19.

    Examples
    --------
    >>> Capm("MKT", rf="bills")
    Capm(mkt_rf='MKT', rf='bills')
    """

    name = "capm"
    roles = ("mkt_rf",)


class FamaFrench3(FactorPreset):
    """Market, size and value.

    Parameters
    ----------
    mkt_rf, smb, hml, rf : str
        Columns of the factors: market above the risk-free rate, small minus big, high minus low; of that rate.

    References
    ----------
    Fama and French (1993), Common risk factors in the returns on stocks and bonds, Journal of Financial Economics 33.

    Examples
    --------
    >>> FamaFrench3(mkt_rf="Mkt-RF", smb="SMB", hml="HML").parameters
    ('alpha', 'beta_mkt_rf', 'beta_smb', 'beta_hml')
    """

    name = "ff3"
    roles = ("mkt_rf", "smb", "hml")


class FamaFrench5(FactorPreset):
    """Market, size, value, profitability and investment.

    Parameters
    ----------
    mkt_rf, smb, hml, rmw, cma, rf : str
        Columns of the factors: as `FamaFrench3`, robust minus weak, conservative minus aggressive.

    References
    ----------
    Fama and French (2015), A five-factor asset pricing model, Journal of Financial Economics 116.

    Examples
    --------
    >>> FamaFrench5()
    FamaFrench5()
    """

    name = "ff5"
    roles = ("mkt_rf", "smb", "hml", "rmw", "cma")


class Carhart(FactorPreset):
    """Market, size, value and momentum.

    Parameters
    ----------
    mkt_rf, smb, hml, mom, rf : str
        Columns of the factors: as `FamaFrench3`, and winners minus losers.

    References
    ----------
    Carhart (1997), On persistence in mutual fund performance, Journal of Finance 52.

    Examples
    --------
    >>> Carhart(mom="UMD")
    Carhart(mom='UMD')
    """

    name = "carhart"
    roles = ("mkt_rf", "smb", "hml", "mom")


# -- series that trade thinly: the market of neighbouring sessions enters too -----------------------------------------


def _shifted(x: Floats, whole: Mask, by: int) -> Floats:
    """Return regressors (T, k) of the session `by` later, or before where negative.

    NaN, never zero, beyond the sample's edges and across a step that is not whole: where the market was open in between
    and the series has no price.
    """
    edge = np.full((1, x.shape[1]), np.nan)
    for _ in range(abs(by)):
        known = np.where(whole[:, None], x, np.nan)
        x = np.concatenate([known[1:], edge] if by > 0 else [edge, known[:-1]])
    return x


class Dimson(MarketModel):
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

    def __init__(self, market: str, *, lags: int = 1, leads: int = 1) -> None:
        if min(lags, leads) < 0 or not 1 <= lags + leads <= _MOST_LAGS:
            raise DesignError(f"lags={lags} and leads={leads}: take whole numbers from 0, together 1 to {_MOST_LAGS}")
        super().__init__(market)
        vars(self).update(lags=lags, leads=leads)

    @property
    def reach(self) -> Window:
        """From the farthest lag to the farthest lead."""
        return Window(-self.lags, self.leads)

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


class ScholesWilliams(MarketModel):
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
    _no_twin = (
        "is made of three regressions and an autocorrelation, so there is no one regression to hand out; "
        "market-model and dimson have one"
    )

    @property
    def reach(self) -> Window:
        """One session before to one after."""
        return Window(-1, 1)

    def complete(self, y: Floats, x: Floats) -> Mask:
        """Say which sessions have a market return, and one before and after it."""
        neighbours = [_shifted(x, np.isfinite(y), j)[:, 0] for j in (-1, 1)]
        return np.asarray(super().complete(y, x) & np.isfinite(neighbours).all(axis=0))

    def fit(self, y: Floats, x: Floats, usable: Mask, positions: Ints, estimation: Window) -> Fits:
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
            return replace(
                same,
                alpha=same.alpha + same.beta[:, 0] * same.mean[:, 0] - beta * same.mean[:, 0],
                beta=beta[:, None],
                sigma=np.where(possible, np.sqrt(rss / np.maximum(same.df, 1)), np.nan),
                r2=np.where(possible, 1.0 - rss * (1.0 - same.r2) / least, np.nan),
                inverse=np.asarray(weights)[:, None, None],
            )
