"""A test statistic is a number that carries its null hypothesis and its law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from eventstudy.returns import Floats

Law = Literal["t", "normal", "exact", "placebo", "permutation", "resampled"]


@dataclass(frozen=True)
class Statistic:
    """One test of one null hypothesis.

    Parameters
    ----------
    test : str
        Identifier of the formula, e.g. ``"cross_section_t"``.
    value : float
        The statistic; NaN where it is not defined (the `note` says why).
    law : {'t', 'normal', 'exact', 'placebo', 'permutation', 'resampled'}
        Where the p-value comes from; exact means that the outcomes as far out were counted.
    df : float
        Degrees of freedom of the t law; number of draws for the placebo, permutation and resampled laws; else NaN.
    p_value : float
        Two-sided.
    null : str
        The null hypothesis in words.
    n_cars, n_dates : int
        CARs used and the distinct dates they fell on.
    note : str
        What the reader must know before believing the p-value; empty when there is nothing.
    interval : (float, float), optional
        95 % interval of the mean CAR, in the unit of the CARs, where the test gives one.
    """

    test: str
    value: float
    law: Law
    df: float
    p_value: float
    null: str
    n_cars: int
    n_dates: int
    note: str = ""
    interval: tuple[float, float] | None = None


def two_sided_t(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return the two-sided p-value of a t statistic.

    Parameters
    ----------
    statistic, df : array_like
        Statistics and their degrees of freedom, broadcast together.

    Returns
    -------
    ndarray
        ``2 P(T > |t|)``; NaN where the statistic is NaN or `df` is not positive.

    Examples
    --------
    >>> float(round(two_sided_t(2.0, 10)[()], 4))
    0.0734
    """
    from scipy.special import stdtr

    with np.errstate(invalid="ignore"):
        p = 2.0 * stdtr(np.asarray(df, dtype=np.float64), -np.abs(np.asarray(statistic, dtype=np.float64)))
    return np.asarray(p, dtype=np.float64)


def two_sided_normal(statistic: float) -> float:
    """Return the two-sided p-value of a standard normal statistic.

    Parameters
    ----------
    statistic : float
        The statistic.

    Returns
    -------
    float
        ``2 P(Z > |z|)``; NaN where the statistic is.

    Examples
    --------
    >>> round(two_sided_normal(-1.96), 4)
    0.05
    """
    return math.erfc(abs(statistic) / math.sqrt(2.0))


def undefined(test: str, null: str, n_cars: int, n_dates: int, why: str, law: Law = "t") -> Statistic:
    """Return a statistic that could not be computed, with the reason in its note."""
    return Statistic(test, math.nan, law, math.nan, math.nan, null, n_cars, n_dates, why)
