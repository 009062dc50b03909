"""Several tests at once: adjusted p-values."""

from __future__ import annotations

import numpy as np

from eventstudy.returns import Floats


def holm(p_values: Floats) -> Floats:
    """Return Holm's adjusted p-values.

    Parameters
    ----------
    p_values : ndarray, shape (m,)
        p-values; NaN is not counted as a test.

    Returns
    -------
    ndarray, shape (m,)
        ``p_(j) (m - j + 1)``, at most 1 and never less than that of a smaller p-value; NaN stays NaN.

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
    """Return Benjamini and Hochberg's adjusted p-values, which bound the share of false finds and not their chance.

    Parameters
    ----------
    p_values : ndarray, shape (m,)
        p-values; NaN is not counted as a test.

    Returns
    -------
    ndarray, shape (m,)
        ``p_(j) m / j``, never more than that of a larger p-value; NaN stays NaN.

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
