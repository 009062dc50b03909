"""Normal returns, what a series would have done without the event: the models by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventstudy.errors import DesignError, refuse, require_known
from eventstudy.models.fits import Fits, fit_table, window_sums
from eventstudy.models.linear import (
    Capm,
    Carhart,
    ConstantMean,
    Dimson,
    FactorModel,
    FactorPreset,
    FamaFrench3,
    FamaFrench5,
    LinearModel,
    MarketAdjusted,
    MarketModel,
    ScholesWilliams,
    Zero,
)
from eventstudy.models.searched import Egarch, Garch, Robust, SyntheticControl
from eventstudy.models.unobserved_components import UnobservedComponents

__all__ = [
    "MODELS", "Capm", "Carhart", "ConstantMean", "Dimson", "Egarch", "FactorModel", "FamaFrench3", "FamaFrench5",
    "Fits", "Garch", "LinearModel", "MarketAdjusted", "MarketModel", "Robust", "ScholesWilliams", "SyntheticControl",
    "UnobservedComponents", "Zero", "fit_table", "make_model", "window_sums",
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
    model: Any = MODELS[require_known(name, MODELS, "model")]
    if isinstance(factors, str):
        raise DesignError(f"factors must be a list, e.g. ['{factors}']")
    options = {word: value for word, value in (("lags", lags), ("leads", leads)) if value is not None}
    asks, what = model.asks, "donors" if name == SyntheticControl.name else "factors"
    instead = f"write --factors mkt_rf={market}" if asks == "roles" else "take model market-model"
    wrong = {
        "needs a market; name its column with --market (market=...)": asks == "market" and market is None,
        f"needs {what}; name their columns with --factors (factors=[...])": asks == "factors" and not factors,
        f"takes a market or factors, not both; put '{market}' among the factors":
            asks == "either" and market is not None and factors,
        f"does not use a market; drop '{market}' or {instead}":
            market is not None and asks not in {"market", "either"},
        "does not use factors; drop them or take model factor-model": factors and asks in {"nothing", "market"},
        "has no lags and leads; drop them or take model dimson": options and name != Dimson.name,
    }  # fmt: skip
    refuse({f"the model '{name}' {why}": holds for why, holds in wrong.items()})
    is_preset = issubclass(model, FactorPreset)
    regressors = factors if market is None else (market,)
    made: LinearModel = model.of(factors) if is_preset else model(*regressors, **options)
    return made
