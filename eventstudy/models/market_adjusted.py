"""The market-adjusted model: the normal return is the market's."""

from dataclasses import dataclass

from eventstudy.models.linear import LinearModel


@dataclass(frozen=True, repr=False, init=False)
class MarketAdjusted(LinearModel):
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
    asks = "market"

    def __init__(self, market: str) -> None:
        super().__init__((market,))
