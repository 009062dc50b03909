"""The models by the names under which they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eventstudy.errors import DesignError, refuse, require_known
from eventstudy.models import linear, searched
from eventstudy.models.unobserved_components import UnobservedComponents

_CLASSES: tuple[type[linear.LinearModel], ...] = (
    linear.Zero, linear.ConstantMean, linear.MarketAdjusted, linear.MarketModel, linear.FactorModel, linear.Capm,
    linear.FamaFrench3, linear.FamaFrench5, linear.Carhart, linear.ScholesWilliams, linear.Dimson, searched.Robust,
    searched.Garch, searched.Egarch, searched.SyntheticControl, UnobservedComponents,
)  # fmt: skip

#: Every model by the name under which it is asked for.
MODELS: dict[str, type[linear.LinearModel]] = {model.name: model for model in _CLASSES}


def make_model(
    name: str,
    market: str | None = None,
    factors: Sequence[str] = (),
    *,
    lags: int | None = None,
    leads: int | None = None,
) -> linear.LinearModel:
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
    asks, what = model.asks, "donors" if name == searched.SyntheticControl.name else "factors"
    instead = f"write --factors mkt_rf={market}" if asks == "roles" else "take model market-model"
    wrong = {
        "needs a market; name its column with --market (market=...)": asks == "market" and market is None,
        f"needs {what}; name their columns with --factors (factors=[...])": asks == "factors" and not factors,
        f"takes a market or factors, not both; put '{market}' among the factors":
            asks == "either" and market is not None and factors,
        f"does not use a market; drop '{market}' or {instead}":
            market is not None and asks not in {"market", "either"},
        "does not use factors; drop them or take model factor-model": factors and asks in {"nothing", "market"},
        "has no lags and leads; drop them or take model dimson": options and name != linear.Dimson.name,
    }  # fmt: skip
    refuse({f"the model '{name}' {why}": holds for why, holds in wrong.items()})
    is_preset = issubclass(model, linear.FactorPreset)
    regressors = factors if market is None else (market,)
    made: linear.LinearModel = model.of(factors) if is_preset else model(*regressors, **options)
    return made
