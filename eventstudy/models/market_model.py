"""The market model: the normal return is a constant plus beta times the market's."""

from dataclasses import dataclass

from eventstudy.models.linear import LinearModel


@dataclass(frozen=True, repr=False, init=False)
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
    form = "ols"
    asks = "market"

    def __init__(self, market: str) -> None:
        super().__init__((market,))
