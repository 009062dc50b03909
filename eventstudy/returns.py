"""Prices to returns, and what returns add up to."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import require_known

ReturnKind = Literal["log", "simple", "difference", "level"]
RETURN_KINDS: tuple[str, ...] = get_args(ReturnKind)

#: What prices become where distributions are added back: the instrument's own kind, of total returns.
TOTAL = "total"

#: Kinds that stand in the series' own unit and do not compound.
OWN_UNIT = ("difference", "level")

#: Figures; places among sessions, events or cells, and other whole numbers; which of them.
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

#: Figures no farther apart than this share of the largest of them (of z: than this) are equal. Hundredths are no binary
#: fractions, so a price that comes back leaves some 1e-16 of it, which may be 1e-12 of small moves; no move anybody
#: quotes is less than 1e-8 of another.
ROUNDING = 1e-10


def returns_from_prices(prices: Floats, kind: ReturnKind, orientation: int = 1) -> Floats:
    """Return the change from each price to the next, so that a positive return means that the asset gained.

    Prices are as quoted, shape (T,) or (T, S), in session order, NaN where there is none; ``level`` is the value itself
    and no change at all (log volume, a ratio). Of a series whose fall is the asset's gain, as that of USD/RUB is the
    ruble's, `orientation` is -1: changes turn their sign, and a simple return is that of the inverse quote. The first
    row of a change is NaN, and so is one from or to a price that is not `usable`.

    Examples
    --------
    >>> returns_from_prices(np.array([80.0, 100.0]), "simple", orientation=-1)
    array([ nan, -0.2])
    >>> returns_from_prices(np.array([18.31, -36.98, 8.91, 9.8]), "simple").round(2)
    array([nan, nan, nan, 0.1])
    """
    require_known(kind, RETURN_KINDS, "return kind")
    prices = np.where(usable(prices, kind), prices, np.nan)
    if kind == "level":
        return np.asarray(orientation * prices, dtype=np.float64)
    change = np.full_like(prices, np.nan, dtype=np.float64)
    if kind == "difference":
        change[1:] = orientation * np.diff(prices, axis=0)
    elif kind == "log":
        change[1:] = orientation * np.diff(np.log(prices), axis=0)
    else:
        with np.errstate(over="ignore", divide="ignore"):  # from 5e-324 to 100 there is no finite return
            ratio = prices[1:] / prices[:-1]
            change[1:] = (ratio if orientation > 0 else 1.0 / ratio) - 1.0
    return change


def usable(prices: Floats, kind: ReturnKind) -> NDArray[np.bool_]:
    """Return which prices a return of this kind can be taken from: finite ones, above 0 unless in the own unit."""
    finite = np.isfinite(prices)
    return finite if kind in OWN_UNIT else finite & (prices > 0)
