"""The sample-quantile test of one event: its CAR among the residuals of its own estimation window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats

NULL_QUANTILE = "the CAR is one more draw from the residuals of its own estimation window"


@dataclass(frozen=True, eq=False)
class SampleQuantiles:
    """Where N CARs stand among their own residuals.

    Parameters
    ----------
    p_lower, p_upper : ndarray, shape (N,)
        One-sided p of a fall and of a rise; NaN where there is no draw.
    p_value : ndarray, shape (N,)
        Two-sided: twice the smaller of them, at most 1.
    n_draws : ndarray of int64, shape (N,)
        Number of draws, B; the smallest two-sided p is ``2 / (B + 1)``.
    """

    p_lower: Floats
    p_upper: Floats
    p_value: Floats
    n_draws: NDArray[np.int64]


def sample_quantiles(car: Floats, residual: Floats, n_sessions: int = 1) -> SampleQuantiles:
    """Place CARs among the residuals of their own estimation windows.

    Parameters
    ----------
    car : ndarray, shape (N,)
        CARs; NaN where missing.
    residual : ndarray, shape (N, L)
        Estimation residuals by session of event time; NaN where unused.
    n_sessions : int
        Sessions n of the event window.

    Returns
    -------
    SampleQuantiles
        One-sided and two-sided p.

    Notes
    -----
    The draws are the sums of n neighbouring residuals, none missing: for n = 1 the residuals themselves.
    ``p_lower = (1 + #{draw <= CAR}) / (B + 1)``, ``p_upper`` likewise; exact where the event's abnormal return and the
    residuals are exchangeable, whatever their law, up to the error of the estimated normal return. Skewness and fat
    tails are no harm, a calm estimation window before a nervous event is: see the placebo p. For n > 1 neighbouring
    sums overlap and are fewer draws than they look.

    References
    ----------
    Gelbach, Helland and Klick (2013), Valid inference in single-firm, single-event studies, American Law and Economics
    Review 15.

    Examples
    --------
    >>> found = sample_quantiles(np.array([-3.0]), np.array([[1.0, -1.0, 2.0, -2.0]]))
    >>> found.p_lower.item(), found.p_value.item()
    (0.2, 0.4)
    """
    n_windows = residual.shape[1] - n_sessions + 1
    if n_windows > 0:
        draws = np.lib.stride_tricks.sliding_window_view(residual, n_sessions, axis=1).sum(axis=2)
    else:
        draws = np.empty((len(car), 0))
    n_draws = np.isfinite(draws).sum(axis=1)
    with np.errstate(invalid="ignore"):
        below = (draws <= car[:, None]).sum(axis=1)
        above = (draws >= car[:, None]).sum(axis=1)
    known = np.isfinite(car) & (n_draws > 0)
    p_lower, p_upper = (np.where(known, (1.0 + count) / (n_draws + 1.0), np.nan) for count in (below, above))
    two_sided = np.minimum(2.0 * np.minimum(p_lower, p_upper), 1.0)
    return SampleQuantiles(p_lower, p_upper, two_sided, n_draws.astype(np.int64))
