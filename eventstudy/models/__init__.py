"""Normal returns: what a series would have done without the event, one family a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from eventstudy.errors import DesignError, require_known
from eventstudy.models.garch import Egarch, Garch
from eventstudy.models.least_squares import (
    Fits,
    Form,
    ModelFits,
    fit_table,
    named,
    normal_at,
    window_sums,
)
from eventstudy.models.linear import (
    Asks,
    Capm,
    Carhart,
    ConstantMean,
    FactorModel,
    FactorPreset,
    FamaFrench3,
    FamaFrench5,
    LinearModel,
    MarketAdjusted,
    MarketModel,
    Zero,
)
from eventstudy.models.robust import Robust
from eventstudy.models.synthetic_control import SyntheticControl
from eventstudy.models.thin_trading import Dimson, ScholesWilliams
from eventstudy.models.unobserved_components import UnobservedComponents

__all__ = [
    "MODELS", "Capm", "Carhart", "ConstantMean", "Dimson", "Egarch", "FactorModel", "FamaFrench3", "FamaFrench5",
    "Fits", "Form", "Garch", "LinearModel", "MarketAdjusted", "MarketModel", "ModelFits", "Robust", "ScholesWilliams",
    "SyntheticControl", "UnobservedComponents", "Zero", "fit_table", "make_model", "named", "normal_at", "window_sums",
]  # fmt: skip

_CLASSES: tuple[type[LinearModel], ...] = (
    *(Zero, ConstantMean, MarketAdjusted, MarketModel, FactorModel, Capm, FamaFrench3, FamaFrench5, Carhart),
    *(ScholesWilliams, Dimson, Robust, Garch, Egarch, SyntheticControl, UnobservedComponents),
)

#: Every model by the name under which it is asked for.
MODELS: dict[str, type[LinearModel]] = {model.name: model for model in _CLASSES}


def make_model(
    name: str,
    market: str | None = None,
    factors: Sequence[str] = (),
    *,
    lags: int | None = None,
    leads: int | None = None,
) -> LinearModel:
    """Return the model of that name over the regressors given.

    Parameters
    ----------
    name : str
        One of the names in `MODELS`.
    market : str, optional
        The market column, for the models that take one.
    factors : sequence of str
        The factor columns (donors of a synthetic control), for the models that take them; ``role=column`` for
        CAPM and its like.
    lags, leads : int, optional
        Of Dimson's model.

    Returns
    -------
    LinearModel
        The model.

    Raises
    ------
    UnknownNameError
        If there is no such model or role.
    DesignError
        If a regressor is needed and not given, or given and not used, or the factors are one word.

    Examples
    --------
    >>> make_model("market-model", market="sp500")
    MarketModel('sp500')
    >>> make_model("capm", factors=["mkt_rf=sp500"])
    Capm(mkt_rf='sp500')
    """
    require_known(name, MODELS, "model")
    if isinstance(factors, str):
        raise DesignError(f"factors must be a list, e.g. ['{factors}']")
    make: Any = MODELS[name]
    _require_right(name, MODELS[name].asks, market, factors)
    if name != Dimson.name and (lags, leads) != (None, None):
        raise DesignError(f"the model '{name}' has no lags and leads; drop them or take model dimson")
    if issubclass(MODELS[name], FactorPreset):
        return cast("LinearModel", make.of(factors))
    options = {word: value for word, value in (("lags", lags), ("leads", leads)) if value is not None}
    return cast("LinearModel", make(*((market,) if market is not None else tuple(factors)), **options))


def _require_right(name: str, asks: Asks, market: str | None, factors: Sequence[str]) -> None:
    """Refuse regressors that are needed and not given, or given and not used."""
    if asks == "market" and market is None:
        raise DesignError(f"the model '{name}' needs a market; name its column with --market (market=...)")
    if asks == "factors" and not factors:
        what = "donors" if name == SyntheticControl.name else "factors"
        raise DesignError(f"the model '{name}' needs {what}; name their columns with --factors (factors=[...])")
    if asks == "either" and market is not None and factors:
        raise DesignError(f"the model '{name}' takes a market or factors, not both; put '{market}' among the factors")
    if market is not None and asks not in {"market", "either"}:
        instead = f"write --factors mkt_rf={market}" if asks == "roles" else "take model market-model"
        raise DesignError(f"the model '{name}' does not use a market; drop '{market}' or {instead}")
    if factors and asks in {"nothing", "market"}:
        raise DesignError(f"the model '{name}' does not use factors; drop them or take model factor-model")
