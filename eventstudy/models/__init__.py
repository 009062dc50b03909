"""Normal returns: what a series would have done without the event, one file a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eventstudy.errors import DesignError, require_known
from eventstudy.models.constant_mean import ConstantMean
from eventstudy.models.factor_model import FactorModel
from eventstudy.models.linear import LinearModel
from eventstudy.models.market_adjusted import MarketAdjusted
from eventstudy.models.market_model import MarketModel
from eventstudy.models.zero import Zero

__all__ = [
    "MODELS",
    "ConstantMean",
    "FactorModel",
    "LinearModel",
    "MarketAdjusted",
    "MarketModel",
    "Zero",
    "make_model",
]

#: Every model by the name under which it is asked for.
MODELS: dict[str, Callable[..., LinearModel]] = {
    model.name: model for model in (Zero, ConstantMean, MarketAdjusted, MarketModel, FactorModel)
}


def make_model(name: str, market: str | None = None, factors: Sequence[str] = ()) -> LinearModel:
    """Return the model of that name over the regressors given.

    Parameters
    ----------
    name : str
        One of the names in `MODELS`.
    market : str, optional
        The market column, for the models that need one.
    factors : sequence of str
        The factor columns, for the factor model.

    Returns
    -------
    LinearModel
        The model.

    Raises
    ------
    UnknownNameError
        If there is no such model.
    DesignError
        If a regressor is needed and not given, or given and not used, or the factors are one word.

    Examples
    --------
    >>> make_model("market-model", market="sp500")
    MarketModel('sp500')
    """
    require_known(name, MODELS, "model")
    if isinstance(factors, str):
        raise DesignError(f"factors must be a list, e.g. ['{factors}']")
    needs_market, needs_factors = name in {MarketModel.name, MarketAdjusted.name}, name == FactorModel.name
    if needs_market and market is None:
        raise DesignError(f"the model '{name}' needs a market; name its column with --market (market=...)")
    if needs_factors and not factors:
        raise DesignError(f"the model '{name}' needs factors; name their columns with --factors (factors=[...])")
    if market is not None and not needs_market:
        raise DesignError(f"the model '{name}' does not use a market; drop '{market}' or take model market-model")
    if factors and not needs_factors:
        raise DesignError(f"the model '{name}' does not use factors; drop them or take model factor-model")
    regressors = (market,) if market is not None else tuple(factors)
    return MODELS[name](*regressors)
