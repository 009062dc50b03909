"""A test statistic is a number that carries its null and its law; p-values of one, and adjusted for several."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from eventstudy.returns import Floats, Ints

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
    """One test of G samples at once: what `Statistic` has, by sample; each is one by its place."""

    test: str
    null: str
    law: list[Law]
    value: Floats
    df: Floats
    p_value: Floats
    n_cars: Ints
    n_dates: Ints
    note: list[str]
    interval: list[tuple[float, float] | None] | None = None

    def __getitem__(self, g: int) -> Statistic:
        value, df, p_value = (float(figures[g]) for figures in (self.value, self.df, self.p_value))
        df = int(df) if df.is_integer() else df
        counts = int(self.n_cars[g]), int(self.n_dates[g])
        interval = None if self.interval is None else self.interval[g]
        return Statistic(self.test, value, self.law[g], df, p_value, self.null, *counts, self.note[g], interval)


def two_sided_t(statistic: ArrayLike, df: ArrayLike) -> Floats:
    """Return the two-sided p of t statistics, ``2 P(T > |t|)``; NaN where one is NaN or its df are not positive."""
    from scipy.special import stdtr

    t, df = np.asarray(statistic, dtype=np.float64), np.asarray(df, dtype=np.float64)
    return np.asarray(2.0 * stdtr(df, -np.abs(t)), dtype=np.float64)


def drawn_p(n_reached: Any, n_draws: Any) -> Any:
    """Return the p of a figure that so many of B draws reach, ``(1 + #) / (B + 1)``; with none it is the least p."""
    return (1 + n_reached) / (n_draws + 1)


def two_sided_normal(statistic: ArrayLike) -> Floats:
    """Return the two-sided p of standard normal statistics, ``2 P(Z > |z|)``."""
    from scipy.special import erfc

    return np.asarray(erfc(np.abs(np.asarray(statistic, dtype=np.float64)) / math.sqrt(2.0)), dtype=np.float64)


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p-values, shape (m,).

    ``p_(j) (m - j + 1)``, at most 1 and never less than that of a smaller p-value. NaN stays NaN and is not counted.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.06, 0.06])
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    rising = known[np.argsort(p_values[known], kind="stable")]
    scaled = p_values[rising] * np.arange(len(rising), 0, -1)
    adjusted[rising] = np.minimum(np.maximum.accumulate(scaled), 1.0) if len(rising) else scaled
    return adjusted


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Return Benjamini and Hochberg's adjusted p-values, shape (m,): they bound the share of false finds.

    ``p_(j) m / j``, never more than that of a larger p-value. NaN stays NaN and is not counted.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate, Journal of the Royal Statistical Society B 57.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.04, 0.04])
    """
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(np.isfinite(p_values))
    falling = known[np.argsort(-p_values[known], kind="stable")]
    scaled = p_values[falling] * len(known) / np.arange(len(known), 0, -1)
    adjusted[falling] = np.minimum(np.minimum.accumulate(scaled), 1.0) if len(known) else scaled
    return adjusted
