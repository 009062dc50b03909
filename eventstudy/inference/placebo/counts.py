"""From placebo draws to p-values: one z, or a whole family of them."""

from __future__ import annotations

import numpy as np

from eventstudy.returns import Floats


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
