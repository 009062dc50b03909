"""A test statistic is a number that carries its null hypothesis and its law."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


@dataclass(frozen=True, eq=False)
class Statistics:
    """One test of G samples at once; each is a `Statistic` by its place.

    Parameters
    ----------
    test, null : str
        As in `Statistic`.
    law : list of str, length G
        The laws.
    value, df, p_value : ndarray, shape (G,)
        The statistics, NaN where one is not defined.
    n_cars, n_dates : ndarray of int64, shape (G,)
        CARs used and the distinct dates they fell on.
    note : list of str, length G
        What must be known of each.
    interval : list of (float, float) or None, optional
        As in `Statistic`.
    """

    test: str
    null: str
    law: list[Law]
    value: Floats
    df: Floats
    p_value: Floats
    n_cars: NDArray[np.int64]
    n_dates: NDArray[np.int64]
    note: list[str]
    interval: list[tuple[float, float] | None] | None = None

    def __getitem__(self, g: int) -> Statistic:
        value, df, p_value = (float(figures[g]) for figures in (self.value, self.df, self.p_value))
        df = int(df) if df.is_integer() else df
        counts = int(self.n_cars[g]), int(self.n_dates[g])
        interval = None if self.interval is None else self.interval[g]
        return Statistic(self.test, value, self.law[g], df, p_value, self.null, *counts, self.note[g], interval)


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


def two_sided_normal(statistic: ArrayLike) -> Floats:
    """Return the two-sided p-value of a standard normal statistic.

    Parameters
    ----------
    statistic : array_like
        Statistics.

    Returns
    -------
    ndarray
        ``2 P(Z > |z|)``; NaN where the statistic is.

    Examples
    --------
    >>> float(round(two_sided_normal(-1.96)[()], 4))
    0.05
    """
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(statistic, dtype=np.float64)) / math.sqrt(2.0)), dtype=np.float64)
