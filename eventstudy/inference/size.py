"""How often a test rejects where there is nothing to find, with the uncertainty of having looked so many times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from eventstudy.returns import Floats

#: Two-sided 95 % point of the standard normal law.
_BAND = 1.959963984540054


@dataclass(frozen=True)
class Rejection:
    """The share of placebo studies in which a test rejects.

    Parameters
    ----------
    level : float
        The nominal level.
    rate : float
        Share of p-values at or below it; NaN where no study has one.
    low, high : float
        95 % Monte-Carlo band of the rate.
    n_studies : int
        Studies that have a p-value.
    """

    level: float
    rate: float
    low: float
    high: float
    n_studies: int

    @property
    def holds(self) -> bool:
        """Whether the band contains the nominal level."""
        return self.low <= self.level <= self.high


def rejection(p_values: ArrayLike, level: float) -> Rejection:
    """Return how often p-values fall at or below a level.

    Parameters
    ----------
    p_values : array_like, shape (R,) or (R, m)
        One row a placebo study; its m p-values (of several series, say) may depend on each other. NaN is left out.
    level : float
        The nominal level.

    Returns
    -------
    Rejection
        The rate is the mean over studies of each study's share.

    Notes
    -----
    Wilson's interval, with the number of studies replaced by the number of independent p-values that would be as
    telling: ``rate (1 - rate) / Var(rate)``, the variance taken between studies.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22.

    Examples
    --------
    >>> found = rejection([0.01] * 5 + [0.5] * 95, 0.05)
    >>> found.rate, round(found.low, 3), round(found.high, 3), found.holds
    (0.05, 0.021, 0.112, True)
    """
    p = np.asarray(p_values, dtype=np.float64)
    p = p[:, None] if p.ndim == 1 else p
    known = np.isfinite(p)
    there = known.any(axis=1)
    shares = np.where(known, p <= level, 0.0)[there].sum(axis=1) / known[there].sum(axis=1)
    n = len(shares)
    if not n:
        return Rejection(level, math.nan, math.nan, math.nan, 0)
    rate = float(shares.mean())
    low, high = _wilson(rate, _telling(shares, rate))
    return Rejection(level, rate, low, high, n)


def _telling(shares: Floats, rate: float) -> float:
    """Return how many independent p-values would tell the rate as exactly."""
    variance = float(shares.var(ddof=1)) / len(shares) if len(shares) > 1 else 0.0
    return max(rate * (1 - rate) / variance, 1.0) if variance > 0 else float(len(shares))


def _wilson(rate: float, n: float) -> tuple[float, float]:
    middle = (rate + _BAND**2 / (2 * n)) / (1 + _BAND**2 / n)
    half = _BAND / (1 + _BAND**2 / n) * math.sqrt(rate * (1 - rate) / n + _BAND**2 / (4 * n**2))
    return max(middle - half, 0.0), min(middle + half, 1.0)
