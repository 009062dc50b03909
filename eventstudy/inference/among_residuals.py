"""Where each SCAR stands among the standardised residuals of its own estimation window."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats


class AmongResiduals(NamedTuple):
    """The place of each of N SCARs among the residuals of its L estimation sessions.

    Parameters
    ----------
    below, equal : ndarray of int, shape (N,)
        Residuals below the SCAR, and equal to it.
    n_values : ndarray of int, shape (N,)
        Residuals there are, and the SCAR itself.
    beyond : ndarray, shape (L,)
        What the SCARs add to the mid-ranks of each session's residuals, each in shares of ``n_values + 1``.
    """

    below: NDArray[np.intp]
    equal: NDArray[np.intp]
    n_values: NDArray[np.intp]
    beyond: Floats


def among_residuals(scar: Floats, residual: Floats, n_known: NDArray[np.intp]) -> AmongResiduals:
    """Count the residuals on either side of each SCAR.

    Parameters
    ----------
    scar : ndarray, shape (N,)
        SCARs in units of their own standard deviation.
    residual : ndarray, shape (N, L)
        Residuals in units of theirs; NaN where unused.
    n_known : ndarray of int, shape (N,)
        Residuals there are.

    Examples
    --------
    >>> among_residuals(np.array([1.0]), np.array([[-1.0, 1.0, 2.0, np.nan]]), np.array([3]))[:3]
    (array([1]), array([1]), array([4]))
    """
    above, same = residual > scar[:, None], residual == scar[:, None]
    equal, weight = np.count_nonzero(same, axis=1), 1.0 / (n_known + 2)
    below = n_known - np.count_nonzero(above, axis=1) - equal
    beyond = np.einsum("i,ij->j", weight, above)
    if equal.any():
        beyond += 0.5 * np.einsum("i,ij->j", weight, same)
    return AmongResiduals(below, equal, n_known + 1, beyond)
