"""The constant-mean model: the normal return is the mean of the estimation window."""

from dataclasses import dataclass

from eventstudy.models.linear import LinearModel


@dataclass(frozen=True, repr=False, init=False)
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
    form = "ols"

    def __init__(self) -> None:
        super().__init__(())
