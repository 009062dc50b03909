"""The multivariate t about 0: a shrunk scatter matrix, distances over what is there, the likeliest law."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats

#: Degrees of freedom among which the likeliest are chosen.
TAILS = (3.0, 4.0, 6.0, 10.0, 30.0)


def ledoit_wolf(x: Floats) -> Floats:
    """Return the covariance of rows about 0, shrunk to a multiple of the identity.

    Parameters
    ----------
    x : ndarray, shape (B, d)
        Rows without missing values.

    Returns
    -------
    ndarray, shape (d, d)
        ``(1 - a) S + a m I``, m the mean of the variances, with the weight a that is best in mean square (Ledoit and
        Wolf, *Journal of Multivariate Analysis* 88, 2004, 365-411).

    Examples
    --------
    >>> ledoit_wolf(np.array([[1.0, 1.0], [-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    n, d = x.shape
    s = x.T @ x / n
    target = np.trace(s) / d * np.eye(d)
    spread = float(((s - target) ** 2).sum())
    # The sum over rows of the squared distance of x x' from S, without an array of n d d numbers.
    noise = float(((x**2).sum(axis=1) ** 2).sum() - n * (s**2).sum()) / n**2
    share = min(noise / spread, 1.0) if spread > 0 else 1.0
    return np.asarray(share * target + (1.0 - share) * s)


def patterns(z: Floats) -> list[tuple[NDArray[np.intp], NDArray[np.bool_]]]:
    """Return the rows that have the same coordinates, and which these are."""
    there = np.isfinite(z)
    _, first, which = np.unique(there @ 0.5 ** np.arange(z.shape[1]), return_index=True, return_inverse=True)
    return [(np.flatnonzero(which == k), there[row]) for k, row in enumerate(first) if there[row].any()]


def distances(z: Floats, scatter: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return ``z' S⁻¹ z`` over the coordinates that each row has, and their number."""
    square = np.zeros(len(z))
    for rows, on in patterns(z):
        square[rows] = (z[rows][:, on] * np.linalg.solve(scatter[np.ix_(on, on)], z[rows][:, on].T).T).sum(axis=1)
    return square, np.isfinite(z).sum(axis=1)


def log_t(square: Floats, d: NDArray[np.int64] | int, nu: float, wide: float = 1.0) -> Floats:
    """Return the log density of a t in d dimensions, ``wide`` times its scatter, but for a term without ``wide``."""
    return np.asarray(-0.5 * d * math.log(wide) - 0.5 * (nu + d) * np.log1p(square / (nu * wide)))


def student_law(x: Floats) -> tuple[Floats, float]:
    """Return scatter and degrees of freedom of the likeliest multivariate t about 0 (EM), the scatter shrunk.

    Far rows count less, so a few days that are none of the ordinary hardly stretch it.
    """
    from scipy.special import gammaln

    d, scatter = x.shape[1], ledoit_wolf(x)
    found = []

    def square() -> Floats:
        return np.asarray(np.einsum("ij,ij->i", x @ np.linalg.inv(scatter), x))

    for nu in TAILS:
        for _ in range(10):
            weight = (nu + d) / (nu + square())
            scatter = ledoit_wolf(x * np.sqrt(weight)[:, None])
        level = (
            gammaln((nu + d) / 2) - gammaln(nu / 2) - d / 2 * math.log(math.pi * nu) - np.linalg.slogdet(scatter)[1] / 2
        )
        found.append((float(log_t(square(), d, nu).sum() + len(x) * level), nu, scatter))
    _, nu, scatter = max(found, key=lambda law: law[0])
    return scatter, nu
