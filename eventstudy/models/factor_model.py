"""The factor model: the normal return is a constant plus betas times any number of factors."""

from dataclasses import dataclass

from eventstudy.errors import DesignError
from eventstudy.models.linear import LinearModel


@dataclass(frozen=True, repr=False, init=False)
class FactorModel(LinearModel):
    """The normal return moves with several factors, as the ruble does with Brent and other EM currencies.

    When the event itself moves a factor, the factor takes part of the event's effect with it: an invasion that lifts
    oil makes the ruble's fall look larger beside Brent than it was.

    Parameters
    ----------
    *factors : str
        Columns of the factors, at least one.

    Raises
    ------
    DesignError
        If there is no factor or one stands there twice.

    Notes
    -----
    ``E[R_t] = alpha + sum_j beta_j F_jt``; estimated by least squares over the estimation window.

    Examples
    --------
    >>> FactorModel("brent", "em-fx")
    FactorModel('brent', 'em-fx')
    """

    name = "factor-model"
    form = "ols"
    asks = "factors"

    def __init__(self, *factors: str) -> None:
        if not factors:
            raise DesignError("a factor model needs at least one factor")
        if len(set(factors)) < len(factors):
            raise DesignError(f"a factor stands twice among: {', '.join(factors)}")
        super().__init__(tuple(factors))
