"""Placebo p-values of many events at once: each against its own number of the same draws, or a row of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo.scale import DECAY
from eventstudy.returns import Floats

#: Comparisons made at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 22


def placebo_p_of_first(z: Floats, draws: Floats, n: NDArray[np.int64]) -> Floats:
    """Return the two-sided placebo p-value of each z against the first so many of the draws.

    Parameters
    ----------
    z : ndarray, shape (P,)
        The events' z.
    draws : ndarray, shape (B,)
        The z of the placebo sessions, in order of time.
    n : ndarray of int64, shape (P,)
        How many of them came before each event.

    Returns
    -------
    ndarray, shape (P,)
        ``(1 + #{b < n: |z_b| >= |z|}) / (n + 1)``; NaN where z is NaN or n is 0.

    Examples
    --------
    >>> placebo_p_of_first(np.array([2.0, 2.0]), np.array([0.5, -2.5, 1.0]), np.array([1, 3]))
    array([0.5, 0.5])
    """
    reached, size = np.empty(len(z), dtype=np.int64), np.abs(draws)
    step = max(_AT_ONCE // max(len(draws), 1), 1)
    for start in range(0, len(z), step):
        some = slice(start, start + step)
        before = np.arange(len(draws)) < n[some, None]
        reached[some] = np.count_nonzero((size >= np.abs(z[some, None])) & before, axis=1)
    return np.where(np.isnan(z) | (n == 0), np.nan, (1 + reached) / (n + 1))


def placebo_p_of_rows(z: Floats, draws: Floats) -> Floats:
    """Return the two-sided placebo p of each z, shape (P,), against a row of its own, shape (P, B); NaN is no draw."""
    n = np.count_nonzero(np.isfinite(draws), axis=1)
    reached = np.count_nonzero(np.abs(draws) >= np.abs(z)[:, None], axis=1)
    return np.where(np.isnan(z) | (n == 0), np.nan, (1 + reached) / (n + 1))


def ewma_scales(variance: Floats, ar: Floats) -> Floats:
    """Return what `ewma_scale` makes of many series side by side, each started from a variance.

    Parameters
    ----------
    variance : ndarray, shape (P,)
        Variances before the first session.
    ar : ndarray, shape (R, P)
        Abnormal returns, session by session; NaN where missing.

    Returns
    -------
    ndarray, shape (R, P)
        Volatility known the session before.
    """
    scale = np.empty(ar.shape)
    for t, returns in enumerate(ar):
        scale[t] = variance
        variance = np.where(np.isfinite(returns), DECAY * variance + (1.0 - DECAY) * returns**2, variance)
    return np.asarray(np.sqrt(scale))
