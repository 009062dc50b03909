"""The zero model: no return is normal, the raw return is the abnormal one."""

from dataclasses import dataclass

from eventstudy.models.linear import LinearModel


@dataclass(frozen=True, repr=False, init=False)
class Zero(LinearModel):
    """The normal return is zero.

    Notes
    -----
    ``E[R_t] = 0``. The residual standard error is taken about the estimation mean, with M - 1.

    Examples
    --------
    >>> Zero()
    Zero()
    """

    name = "zero"
    form = "fixed"

    def __init__(self) -> None:
        super().__init__(())
