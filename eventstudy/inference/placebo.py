"""The volatility-scaled placebo: how ordinary a move is among the moves of days without news.

Diplomatic news comes on few dates, in markets that are already nervous. A CAR is therefore divided by what its market's
volatility was the day before, and held against the same figure on every other admissible session of the sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.window import Window

#: Weight of yesterday's variance in today's.
DECAY = 0.94

#: Number of abnormal returns whose variance starts the recursion.
START = 60

#: With fewer placebo sessions than this the estimation residuals serve instead.
ENOUGH = 100


def ewma_scale(ar: Floats, decay: float = DECAY, start: int = START) -> Floats:
    """Return each session's volatility as it was known the session before.

    Parameters
    ----------
    ar : ndarray, shape (T,)
        Abnormal returns, each under its own session's estimates; NaN where missing.
    decay : float
        Weight λ of the variance before.
    start : int
        Number of abnormal returns whose variance starts the recursion.

    Returns
    -------
    ndarray, shape (T,)
        ``σ_t``; NaN before the recursion has started. A missing return leaves the variance as it was.

    Notes
    -----
    ``σ²_t = λ σ²_{t-1} + (1 - λ) AR²_{t-1}``, started from the variance of the first `start` abnormal returns.

    References
    ----------
    RiskMetrics (1996), Technical Document, 4th edition.

    Examples
    --------
    >>> ewma_scale(np.array([1.0, -1.0, 2.0, 0.0]), decay=0.5, start=2)
    array([       nan,        nan, 1.41421356, 1.73205081])
    """
    scale = np.full(len(ar), np.nan)
    known = np.flatnonzero(np.isfinite(ar))
    if len(known) < start:
        return scale
    variance = float(np.var(ar[known[:start]], ddof=1))
    first = int(known[start - 1]) + 1
    for t in range(first, len(ar)):
        scale[t] = variance
        if np.isfinite(ar[t]):
            variance = decay * variance + (1.0 - decay) * float(ar[t]) ** 2
    return np.asarray(np.sqrt(scale))


def placebo_z(car: Floats, scale: Floats, window: Window) -> Floats:
    """Return CARs in units of the volatility known before their window and their event session.

    Parameters
    ----------
    car : ndarray, shape (T,)
        CAR over the window from every session taken as event session; NaN where it is not complete.
    scale : ndarray, shape (T,)
        What `ewma_scale` returned.
    window : Window
        The window.

    Returns
    -------
    ndarray, shape (T,)
        ``z_t = CAR_t / (σ_{t + min(first, 0)} √n)``: a window that begins before the event session is scaled by the
        volatility known before it begins, so that no return is measured by a scale it has entered.
    """
    shift = min(window.first, 0)
    known = np.full(len(scale), np.nan)
    if -shift < len(scale):
        known[-shift:] = scale[: len(scale) + shift]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(known > 0, car / (known * np.sqrt(window.n_sessions)), np.nan))


def placebo_p(z: float, placebo: Floats) -> float:
    """Return the two-sided placebo p-value of one z.

    Parameters
    ----------
    z : float
        The event's z.
    placebo : ndarray, shape (B,)
        The z of the placebo sessions.

    Returns
    -------
    float
        ``(1 + #{|z_b| >= |z|}) / (B + 1)``; NaN if z is NaN or there is no placebo session.

    References
    ----------
    Phipson and Smyth (2010), Permutation p-values should never be zero, SAGMB 9(1).

    Examples
    --------
    >>> placebo_p(2.0, np.array([0.5, -2.5, 1.0]))
    0.5
    """
    if np.isnan(z) or not len(placebo):
        return float("nan")
    return float((1 + np.count_nonzero(np.abs(placebo) >= abs(z))) / (len(placebo) + 1))


def step_down_p(z: Floats, placebo: Floats) -> Floats:
    """Return p-values that hold for the whole family of series at once, by step-down max |z|.

    Parameters
    ----------
    z : ndarray, shape (S,)
        z of one event in each series; NaN leaves the series out of the family.
    placebo : ndarray, shape (B, S)
        z of each series on the same placebo dates, no NaN in the columns of the family.

    Returns
    -------
    ndarray, shape (S,)
        For the j-th largest |z|, ``(1 + #{max over it and all smaller ones of |z_b| >= |z_j|}) / (B + 1)``, never less
        than that of a larger |z|. Their dependence is kept because every draw is one real date.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing; Romano and Wolf (2005), Econometrica 73.

    Examples
    --------
    >>> step_down_p(np.array([3.0, 0.1]), np.array([[1.0, 1.0], [0.0, 2.0], [4.0, 0.0]]))
    array([0.5 , 0.75])
    """
    p = np.full(len(z), np.nan)
    family = np.flatnonzero(np.isfinite(z))
    if not len(family) or not len(placebo):
        return p
    rising = family[np.argsort(np.abs(z[family]), kind="stable")]
    largest = np.maximum.accumulate(np.abs(placebo[:, rising]), axis=1)
    reached = 1 + np.count_nonzero(largest >= np.abs(z[rising]), axis=0)
    stepped = np.maximum.accumulate(reached[::-1])[::-1]
    p[rising] = stepped / (len(placebo) + 1)
    return p


def untouched(
    n_sessions: int, positions: NDArray[np.int64], span: Window, gaps: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Say which sessions can serve as placebo events: their whole span meets no event's span and no closure.

    Parameters
    ----------
    n_sessions : int
        Number of sessions T of the series.
    positions : ndarray of int64, shape (N,)
        The real event sessions.
    span : Window
        All sessions of the study around an event.
    gaps : ndarray of bool, shape (T,)
        Sessions that follow a closure.

    Returns
    -------
    ndarray of bool, shape (T,)
        False also where the span leaves the sample.
    """
    busy = event_spans(n_sessions, positions, span) | gaps
    before = np.concatenate([[0], np.cumsum(busy)])
    first, last = np.arange(n_sessions) + span.first, np.arange(n_sessions) + span.last
    inside = (first >= 0) & (last < n_sessions)
    low, high = np.clip(first, 0, n_sessions), np.clip(last + 1, 0, n_sessions)
    return np.asarray(inside & (before[high] == before[low]))


def event_spans(n_sessions: int, positions: NDArray[np.int64], span: Window) -> NDArray[np.bool_]:
    """Mark the sessions that lie in the span of any event.

    Parameters
    ----------
    n_sessions : int
        Number of sessions T of the series.
    positions : ndarray of int64, shape (N,)
        The event sessions.
    span : Window
        All sessions of the study around an event.

    Returns
    -------
    ndarray of bool, shape (T,)
        True within ``position + span`` of at least one event.
    """
    edges = np.zeros(n_sessions + 1, dtype=np.int64)
    np.add.at(edges, np.clip(positions + span.first, 0, n_sessions), 1)
    np.add.at(edges, np.clip(positions + span.last + 1, 0, n_sessions), -1)
    return np.asarray(np.cumsum(edges)[:-1] > 0)
