"""Named factor models over columns the user supplies: Capm, Fama and French with three and five factors, Carhart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import Fits, fit_cells
from eventstudy.errors import DesignError, require_known
from eventstudy.markets.stamp import Dates
from eventstudy.models.linear import LinearModel
from eventstudy.returns import Floats, ReturnKind
from eventstudy.window import Window

#: The risk-free rate's role, and the column it is taken from where there is one.
RISK_FREE = "rf"

#: A factor's median absolute return above this is per cent, or no return at all; a risk-free rate is smaller still.
_LARGEST = {"factor": 0.1, RISK_FREE: 0.01}


@dataclass(frozen=True, repr=False)
class FactorPreset(LinearModel):
    """A factor model whose factors have roles; the columns bear the roles' names unless told otherwise.

    Attributes
    ----------
    roles : tuple of str
        The factors, in order.
    rf : str, optional
        Column of the risk-free rate, which is subtracted from the series' return. None: the column ``rf`` where the
        frame has one, else nothing is subtracted and the intercept takes its mean.
    """

    form = "ols"
    asks = "roles"
    roles: ClassVar[tuple[str, ...]]
    rf: str | None = None

    def _set(self, columns: Sequence[str], rf: str | None) -> None:
        taken = (*columns, rf) if rf is not None else tuple(columns)
        if len(set(taken)) < len(taken):
            raise DesignError(f"a column stands twice in {self.name}: {', '.join(taken)}")
        object.__setattr__(self, "regressors", taken)
        object.__setattr__(self, "rf", rf)

    @classmethod
    def of(cls, words: Sequence[str]) -> Self:
        """Return the model whose columns are named as ``role=column``, e.g. ``mkt_rf=MKT``."""
        columns: dict[str, str] = {}
        for word in words:
            role, equals, column = word.partition("=")
            if not equals or not column:
                raise DesignError(
                    f"the model '{cls.name}' takes factors by their roles: write {cls.roles[0]}={word or 'NAME'} "
                    f"(roles: {', '.join((*cls.roles, RISK_FREE))})"
                )
            require_known(role, (*cls.roles, RISK_FREE), f"factor of {cls.name}")
            if role in columns:
                raise DesignError(f"the factor '{role}' is named twice: {columns[role]} and {column}")
            columns[role] = column
        make: Any = cls
        return make(**columns)  # type: ignore[no-any-return]

    @property
    def factors(self) -> tuple[str, ...]:
        """Columns of the factors, without the risk-free rate."""
        return self.regressors[: len(self.roles)]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The intercept and a slope a role."""
        return ("alpha", *(f"beta_{role}" for role in self.roles))

    @property
    def options(self) -> dict[str, Any]:
        """The risk-free rate's column."""
        return {RISK_FREE: self.rf}

    def among(self, columns: Collection[str]) -> Self:
        """Return the model with the column ``rf`` as its risk-free rate, where there is one and none was named."""
        if self.rf is not None or RISK_FREE not in columns or RISK_FREE in self.regressors:
            return self
        make: Any = type(self)
        return make(*self.factors, rf=RISK_FREE)  # type: ignore[no-any-return]

    def check_columns(self, columns: Mapping[str, Floats], kind: str) -> None:
        """Refuse factors that are returns among prices, in per cent, or no returns at all."""
        for name in self.regressors:
            values = columns[name][np.isfinite(columns[name])] if name in columns else np.empty(0)
            if kind != "returns":
                self._check_price(name, values, kind)
            elif len(values):
                self._check_return(name, float(np.median(np.abs(values))))

    def _check_price(self, name: str, values: Floats, kind: str) -> None:
        hint = "give a frame of returns (returns=...), the series' and the factors'"
        if name == self.rf:
            raise DesignError(
                f"the risk-free rate '{name}' of {self.name} is a rate, and these are {kind}, whose changes would be "
                f"taken; {hint}, or leave the column out"
            )
        if (values <= 0).any():
            raise DesignError(
                f"the factor '{name}' of {self.name} has values of zero or below, so it holds returns, and these are "
                f"{kind}, whose changes would be taken; {hint}, or the factor as an index"
            )

    def _check_return(self, name: str, size: float) -> None:
        largest = _LARGEST[RISK_FREE if name == self.rf else "factor"]
        if size > largest:
            raise DesignError(
                f"'{name}' of {self.name} has a median size of {size:.3g} a session, which is no return in decimals; "
                "returns in per cent are to be divided by 100, yearly rates by the sessions of a year"
            )

    def check_kinds(self, series: str, kind: ReturnKind, of_regressors: Sequence[ReturnKind]) -> None:
        """Refuse differences: from a change in points no risk-free rate can be subtracted."""
        for name, of_name in ((series, kind), *zip(self.regressors, of_regressors, strict=True)):
            if of_name == "difference":
                raise DesignError(
                    f"{self.name} explains returns, and '{name}' is in differences; leave it out (--series, series=...)"
                )

    def fit(
        self, y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], estimation: Window
    ) -> Fits:
        """Estimate the model for many event sessions of one series (see `eventstudy.engine.fit_cells`)."""
        if self.rf is None:
            return fit_cells(y, x, usable, positions, estimation, "ols")
        return _with_rate(fit_cells(y - x[:, -1], x[:, :-1], usable, positions, estimation, "ols"))

    def estimates(self, fits: Fits) -> dict[str, Floats]:
        """Return intercept and slopes; the risk-free rate has none."""
        return dict(zip(self.parameters, (fits.alpha, *fits.beta.T[: len(self.roles)]), strict=True))

    def twin(self, y: Floats, x: Floats, used: NDArray[np.bool_], sessions: Dates) -> Any:
        """Return the results of ``OLS(y - rf, [1, factors])``."""
        if self.rf is None:
            return super().twin(y, x, used, sessions)
        return super().twin(y - x[:, -1], x[:, :-1], used, sessions)

    def __repr__(self) -> str:
        named = [f"{role}={column!r}" for role, column in zip(self.roles, self.factors, strict=True) if role != column]
        if self.rf is not None:
            named.append(f"rf={self.rf!r}")
        return f"{type(self).__name__}({', '.join(named)})"


def _with_rate(fits: Fits) -> Fits:
    """Put a last regressor beside the others, of known slope 1: the risk-free rate is part of what is normal."""
    n_cells, k = fits.beta.shape
    inverse = np.zeros((n_cells, k + 1, k + 1))
    inverse[:, :k, :k] = fits.inverse
    return replace(
        fits,
        beta=np.column_stack([fits.beta, np.ones(n_cells)]),
        mean=np.column_stack([fits.mean, np.zeros(n_cells)]),
        inverse=inverse,
    )


@dataclass(frozen=True, repr=False, init=False)
class Capm(FactorPreset):
    """The return above the risk-free rate moves with the market's.

    Parameters
    ----------
    mkt_rf : str
        Column of the market's return above the risk-free rate.
    rf : str, optional
        Column of the risk-free rate (see `FactorPreset`).

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

    def __init__(self, mkt_rf: str = "mkt_rf", *, rf: str | None = None) -> None:
        self._set((mkt_rf,), rf)


@dataclass(frozen=True, repr=False, init=False)
class FamaFrench3(FactorPreset):
    """Market, size and value.

    Parameters
    ----------
    mkt_rf, smb, hml : str
        Columns of the factors: market above the risk-free rate, small minus big, high minus low.
    rf : str, optional
        Column of the risk-free rate (see `FactorPreset`).

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

    def __init__(self, mkt_rf: str = "mkt_rf", smb: str = "smb", hml: str = "hml", *, rf: str | None = None) -> None:
        self._set((mkt_rf, smb, hml), rf)


@dataclass(frozen=True, repr=False, init=False)
class FamaFrench5(FactorPreset):
    """Market, size, value, profitability and investment.

    Parameters
    ----------
    mkt_rf, smb, hml, rmw, cma : str
        Columns of the factors: as `FamaFrench3`, robust minus weak, conservative minus aggressive.
    rf : str, optional
        Column of the risk-free rate (see `FactorPreset`).

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

    def __init__(
        self,
        mkt_rf: str = "mkt_rf",
        smb: str = "smb",
        hml: str = "hml",
        rmw: str = "rmw",
        cma: str = "cma",
        *,
        rf: str | None = None,
    ) -> None:
        self._set((mkt_rf, smb, hml, rmw, cma), rf)


@dataclass(frozen=True, repr=False, init=False)
class Carhart(FactorPreset):
    """Market, size, value and momentum.

    Parameters
    ----------
    mkt_rf, smb, hml, mom : str
        Columns of the factors: as `FamaFrench3`, and winners minus losers.
    rf : str, optional
        Column of the risk-free rate (see `FactorPreset`).

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

    def __init__(
        self, mkt_rf: str = "mkt_rf", smb: str = "smb", hml: str = "hml", mom: str = "mom", *, rf: str | None = None
    ) -> None:
        self._set((mkt_rf, smb, hml, mom), rf)
