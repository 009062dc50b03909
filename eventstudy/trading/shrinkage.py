"""A mean of few, noisy reactions, pulled toward zero as far as its uncertainty asks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.returns import Floats


@dataclass(frozen=True)
class Shrunk:
    """A mean and what is left of it.

    Parameters
    ----------
    n, n_apart : int
        Reactions, and how many of them have holding periods that do not overlap.
    mean, se : float
        Their mean and its standard error; NaN where there are too few.
    factor : float
        Share of the mean that is kept, 0 to 1; NaN where there is no standard error.
    """

    n: int
    n_apart: int
    mean: float
    se: float
    factor: float

    @property
    def value(self) -> float:
        """The mean after shrinkage."""
        return self.factor * self.mean


def shrink(reactions: Floats, n_apart: int) -> Shrunk:
    """Shrink the mean of some reactions toward zero.

    Parameters
    ----------
    reactions : ndarray, shape (n,)
        Reactions, in units of volatility.
    n_apart : int
        How many of them have holding periods that do not overlap.

    Returns
    -------
    Shrunk
        Mean, standard error and the share of the mean that is kept.

    Notes
    -----
    ``se = s / sqrt(n_apart)``, with s the standard deviation over the n reactions (n - 1 below): reactions that share
    sessions are not counted as independent. If the true mean is drawn from N(0, v) and the sample mean m from
    N(true, se²), the posterior mean is ``v / (v + se²) m``. The variance of m over both draws is v + se², so
    ``max(m² - se², 0)`` estimates v, and what is kept of m is

    ``max(0, 1 - se²/m²)``,

    the positive-part Stein rule for one mean: nothing where the mean lies within one standard error of zero, three
    quarters at two.

    References
    ----------
    Efron and Morris (1973), Stein's estimation rule and its competitors: an empirical Bayes approach, JASA 68.

    Examples
    --------
    >>> shrink(np.array([1.0, 3.0]), 2)
    Shrunk(n=2, n_apart=2, mean=2.0, se=1.0, factor=0.75)
    """
    n = len(reactions)
    mean = float(np.mean(reactions)) if n else np.nan
    if n < 2 or n_apart < 1:  # noqa: PLR2004  # one figure has no spread
        return Shrunk(n, n_apart, mean, np.nan, np.nan)
    se = float(np.std(reactions, ddof=1) / np.sqrt(n_apart))
    factor = max(0.0, 1.0 - (se / mean) ** 2) if mean else 0.0
    return Shrunk(n, n_apart, mean, se, factor)
