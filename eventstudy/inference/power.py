"""What a study can see: power and smallest detectable effect, in closed form and from placebo draws."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.returns import Floats

#: The level and the power at which the smallest effect is read.
LEVEL, POWER = 0.05, 0.80


def power_of_mean(effect: float, sigma: float, n: int, level: float = LEVEL) -> float:
    """Return the chance that the two-sided z test of a mean over independent events sees an effect.

    Parameters
    ----------
    effect, sigma : float
        The true mean CAR and the standard deviation of one CAR, in one unit.
    n, level : int and float
        Number of independent events; level of the test.

    Returns
    -------
    float
        ``Φ(d - c) + Φ(-d - c)`` with ``d = effect √n / sigma`` and c the two-sided point of the level.

    Examples
    --------
    >>> [round(power_of_mean(0.01, 0.02, n), 3) for n in (1, 5, 10, 20, 50)]
    [0.079, 0.201, 0.353, 0.609, 0.942]
    """
    from scipy.special import ndtr, ndtri

    distance, point = effect * math.sqrt(n) / sigma, -float(ndtri(level / 2))
    return float(ndtr(distance - point) + ndtr(-distance - point))


def smallest_effect(sigma: float, n: int, power: float = POWER, level: float = LEVEL) -> float:
    """Return the smallest mean CAR that the two-sided z test of a mean sees with the power asked for.

    Parameters
    ----------
    sigma, n, level
        As in `power_of_mean`.
    power : float
        Chance of seeing it.

    Returns
    -------
    float
        In the unit of `sigma`, at least zero: the root of `power_of_mean` in the effect.

    Examples
    --------
    >>> round(smallest_effect(0.02, 20), 4)
    0.0125
    """
    from scipy.optimize import brentq

    if power <= level:
        return 0.0
    reach = 10.0 * sigma / math.sqrt(n)
    root = brentq(lambda effect: power_of_mean(effect, sigma, n, level) - power, 0.0, reach, xtol=1e-14 * reach)
    return float(root)


def size_of_unadjusted(n: int, correlation: float, level: float = LEVEL) -> float:
    """Return how often a test that takes N events for independent rejects where each two of them are correlated.

    Parameters
    ----------
    n, correlation : int and float
        Number of standardised abnormal returns, and their mean correlation r.
    level : float
        The level it claims.

    Returns
    -------
    float
        ``2 Φ(-c √((1 - r) / (1 + (N - 1) r)))`` with c the two-sided point of the level.

    References
    ----------
    Kolari and Pynnönen (2010), Event study testing with cross-sectional correlation of abnormal returns, Review of
    Financial Studies 23.

    Examples
    --------
    >>> [round(size_of_unadjusted(n, 0.3), 3) for n in (6, 10, 30, 50, 100)]
    [0.3, 0.394, 0.599, 0.679, 0.767]
    """
    from scipy.special import ndtr, ndtri

    shrunk = math.sqrt((1 - correlation) / (1 + (n - 1) * correlation))
    return float(2 * ndtr(float(ndtri(level / 2)) * shrunk))


def placebo_smallest(draws: Floats, power: float = POWER, level: float = LEVEL) -> float:
    """Return the shift that the placebo test sees with the power asked for, whichever way it goes.

    Parameters
    ----------
    draws : ndarray, shape (B,)
        The figure on B placebo calendars.
    power, level : float
        Chance of seeing the shift; level of the test.

    Returns
    -------
    float
        The smallest shift, up or down whichever needs more, such that the share `power` of the draws, shifted, have a
        placebo p at or below `level` against the draws as they are. NaN where B is too small for that p.

    Notes
    -----
    ``p <= level`` when |z| exceeds the k-th largest |draw|, ``k = floor(level (B + 1))``. Of the draws shifted by d the
    share `power` must exceed it; those that come out on the other side are not counted.

    Examples
    --------
    >>> placebo_smallest(np.arange(-50.0, 51.0), level=0.1)
    77.0
    """
    k = math.floor(level * (len(draws) + 1) + 1e-9)
    if k < 1:
        return math.nan
    point = float(np.sort(np.abs(draws))[-k])
    up = point - float(np.quantile(draws, 1 - power, method="lower"))
    down = point + float(np.quantile(draws, power, method="higher"))
    return max(up, down)
