"""The values that a robustness grid varies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.errors import DesignError, require_known
from eventstudy.inference.placebo import SCALES as VOLATILITIES
from eventstudy.models import MODELS, LinearModel, make_model
from eventstudy.study.design import DEFAULT_WINDOWS

#: By what a CAR is scaled before it is judged: by nothing, by the estimation window's residual standard error, by the
#: volatility known the day before (by exponential weights, or by GARCH).
SCALES = ("none", "sigma", *VOLATILITIES)

DEFAULT_MODELS = ("zero", "constant-mean")
WITH_MARKET = ("market-adjusted", "market-model")
WITH_FACTORS = ("factor-model",)
DEFAULT_ESTIMATIONS = ("-130:-11", "-190:-11", "-250:-11")
DEFAULT_SCALES = ("none", "sigma", "ewma")


@dataclass(frozen=True)
class Grid:
    """The values that are varied. Its `repr` recreates it.

    Parameters
    ----------
    models : tuple of LinearModel
        Normal-return models.
    estimations, windows : tuple of str
        Estimation windows and event windows.
    scales : tuple of str
        Any of `SCALES`.

    Raises
    ------
    DesignError, UnknownNameError
        If one of them is empty or unknown.
    """

    models: tuple[LinearModel, ...]
    estimations: tuple[str, ...] = DEFAULT_ESTIMATIONS
    windows: tuple[str, ...] = DEFAULT_WINDOWS
    scales: tuple[str, ...] = DEFAULT_SCALES

    def __post_init__(self) -> None:
        for name in ("models", "estimations", "windows", "scales"):
            values = getattr(self, name)
            if not values:
                raise DesignError(f"a grid needs at least one value for {name}")
            if len(set(values)) < len(values):
                raise DesignError(f"a value stands twice among the grid's {name}: {', '.join(map(str, values))}")
        for scale in self.scales:
            require_known(scale, SCALES, "scale")

    def as_dict(self) -> dict[str, list[str]]:
        """Return the values as plain text."""
        return {
            "models": [repr(model) for model in self.models],
            "estimations": list(self.estimations),
            "windows": list(self.windows),
            "scales": list(self.scales),
        }


def make_grid(
    *,
    models: Sequence[str | LinearModel] | None = None,
    market: str | None = None,
    factors: Sequence[str] | None = None,
    estimations: Sequence[str] = DEFAULT_ESTIMATIONS,
    windows: Sequence[str] = DEFAULT_WINDOWS,
    scales: Sequence[str] = DEFAULT_SCALES,
) -> Grid:
    """Return the grid meant by words.

    Parameters
    ----------
    models : sequence of str or LinearModel, optional
        Default ``zero`` and ``constant-mean``, with those that use a market or factors where these are given.
    market : str, optional
        Market column of the models that need one.
    factors : sequence of str, optional
        Factor columns of the models that need some.
    estimations, windows, scales : sequence of str
        As in `Grid`.

    Returns
    -------
    Grid
        The grid.

    Raises
    ------
    DesignError, UnknownNameError
        If a model or scale is unknown, or lacks its market or factors.

    Examples
    --------
    >>> [model.name for model in make_grid(market="sp500").models]
    ['zero', 'constant-mean', 'market-adjusted', 'market-model']
    """
    if models is None:
        models = (*DEFAULT_MODELS, *(WITH_MARKET if market else ()), *(WITH_FACTORS if factors else ()))
    made = tuple(_model(model, market, factors or ()) if isinstance(model, str) else model for model in models)
    return Grid(made, tuple(map(str, estimations)), tuple(map(str, windows)), tuple(scales))


def _model(name: str, market: str | None, factors: Sequence[str]) -> LinearModel:
    """Return a model over the market or the factors, whichever it takes."""
    asks = MODELS[require_known(name, MODELS, "model")].asks
    takes_market = market is not None and asks in {"market", "either"}
    takes_factors = asks in {"factors", "roles"} or (asks == "either" and not takes_market)
    return make_model(name, market if takes_market else None, factors if takes_factors else ())
