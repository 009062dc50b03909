"""What trading costs, in basis points per instrument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from eventstudy.errors import DesignError, require_known
from eventstudy.returns import Floats

_BASIS_POINT = 1e-4


@dataclass(frozen=True)
class Costs:
    """What each order costs, on the way in and again on the way out.

    Parameters
    ----------
    fee : float
        Fee in basis points of the value traded.
    slippage : float
        Basis points by which the price one gets is worse than the price of the series.
    fees, slippages : mapping of str to float
        The same for single instruments, where it differs.

    Raises
    ------
    DesignError
        If a figure is negative or no number.
    """

    fee: float = 0.0
    slippage: float = 0.0
    fees: Mapping[str, float] = field(default_factory=dict)
    slippages: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.fee, self.slippage, *self.fees.values(), *self.slippages.values()):
            if not 0 <= value < np.inf:
                raise DesignError(f"costs of {value} basis points; write 0 or more")

    @classmethod
    def read(cls, fee: str = "0", slippage: str = "0") -> Costs:
        """Read costs as they are written: one figure for all, or one an instrument.

        Parameters
        ----------
        fee, slippage : str
            Basis points: ``5``, or ``5,imoex=12`` where one instrument differs.

        Returns
        -------
        Costs
            What is meant.

        Raises
        ------
        DesignError
            If a part is no number.

        Examples
        --------
        >>> Costs.read("5,imoex=12").fees
        {'imoex': 12.0}
        """
        common, single = _read(fee, "fee")
        slip, slips = _read(slippage, "slippage")
        return cls(common, slip, single, slips)

    def of(self, series: Sequence[str]) -> tuple[Floats, Floats]:
        """Return fees and slippages of some series as decimals, each shape (S,).

        Raises
        ------
        UnknownNameError
            If costs are told of a series that is not among them.
        """
        for name in (*self.fees, *self.slippages):
            require_known(name, series, "series in the costs:")
        fees = np.array([self.fees.get(name, self.fee) for name in series])
        slippages = np.array([self.slippages.get(name, self.slippage) for name in series])
        return fees * _BASIS_POINT, slippages * _BASIS_POINT


def _read(text: str, what: str) -> tuple[float, dict[str, float]]:
    common, single = 0.0, {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, figure = part.rpartition("=")
        try:
            value = float(figure)
        except ValueError:
            raise DesignError(f"{what} '{part}' is no number of basis points; write 5 or 5,imoex=12") from None
        if name:
            single[name.strip()] = value
        else:
            common = value
    return common, single
