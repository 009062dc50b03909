"""Local projections: the path of the price after a signed event, one regression a horizon."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.regression.least_squares import Estimate, Regression, bartlett, by_t, estimate, regress
from eventstudy.returns import Floats

#: A regression needs this many sessions more than coefficients.
_SPARE_ROWS = 10


@dataclass(frozen=True, eq=False)
class Response:
    """The response at one horizon.

    Parameters
    ----------
    horizon : int
        Sessions after the event session, h.
    estimate : Estimate
        Change from the session before the event to the h-th after it, for a shock of one.
    fit : Regression or None
        The regression: constant, shock, then the rest; None where there are too few sessions for it.
    n_obs : int
        Sessions in the regression.
    n_shocks : int
        Those of them whose shock is not zero.
    n_missing : int
        Sessions left out because a return among the horizon, the lags or the controls is missing.
    """

    horizon: int
    estimate: Estimate
    fit: Regression | None
    n_obs: int
    n_shocks: int
    n_missing: int


def cumulated(returns: Floats, horizon: int) -> Floats:
    """Return the change from the session before each session to the `horizon`-th after it.

    Parameters
    ----------
    returns : ndarray, shape (T,)
        Returns; NaN where missing.
    horizon : int
        Sessions after.

    Returns
    -------
    ndarray, shape (T,)
        ``y_{t+h} - y_{t-1} = Σ_{j=0..h} r_{t+j}``; NaN where one of them is missing: no hole is spanned.

    Examples
    --------
    >>> cumulated(np.array([1.0, 2.0, np.nan, 4.0, 5.0]), 1)
    array([ 3., nan, nan,  9., nan])
    """
    total = np.full(len(returns), np.nan)
    n = len(returns) - horizon
    if n > 0:
        total[:n] = np.sum([returns[j : j + n] for j in range(horizon + 1)], axis=0)
    return total


def lagged(values: Floats, lags: int) -> Floats:
    """Return lags 1 to `lags` of each column, shape (T, lags * columns); NaN before the sample."""
    columns = values.reshape(len(values), -1)
    found = np.full((len(values), lags * columns.shape[1]), np.nan)
    for lag in range(1, lags + 1):
        found[lag:, (lag - 1) * columns.shape[1] : lag * columns.shape[1]] = columns[:-lag]
    return found


def project(
    returns: Floats, shock: Floats, controls: Floats, horizon: int, lags: int, allowed: NDArray[np.bool_] | None = None
) -> Response:
    """Estimate the response at one horizon.

    Parameters
    ----------
    returns : ndarray, shape (T,)
        Returns; NaN where missing.
    shock : ndarray, shape (T,)
        Signed shock of each session, 0 on the others; NaN where it is not known.
    controls : ndarray, shape (T, k)
        Controls, entering on the session itself and with `lags` lags.
    horizon : int
        Sessions after the event session, h.
    lags : int
        Lags of returns, shocks and controls.
    allowed : ndarray of bool, shape (T,), optional
        Sessions that may be in the regression.

    Returns
    -------
    Response
        The coefficient of the shock; NaN with a note where no session has a shock or there are hardly more sessions
        than regressors.

    Notes
    -----
    ``y_{t+h} - y_{t-1} = a_h + b_h s_t + Σ_l (c_l r_{t-l} + d_l s_{t-l}) + e_t``; HAC with at least h lags, because the
    errors of neighbouring sessions share up to h returns, and small-sample correction as in `estimate`, judged under
    errors that overlap like that.

    References
    ----------
    Jordà (2005), Estimation and inference of impulse responses by local projections, American Economic Review 95.
    """
    y = cumulated(returns, horizon)
    design = np.column_stack(
        [np.ones(len(y)), shock, controls, lagged(np.column_stack([returns, shock, controls]), lags)]
    )
    wanted = np.ones(len(y), dtype=bool) if allowed is None else allowed
    rows = np.flatnonzero(wanted & np.isfinite(y) & np.isfinite(design).all(axis=1))
    shocks, missing = int(np.count_nonzero(shock[rows])), int(wanted.sum()) - len(rows)
    if not shocks or len(rows) < design.shape[1] + _SPARE_ROWS:
        why = "no event in the sample" if not shocks else f"{len(rows)} sessions for {design.shape[1]} coefficients"
        return Response(horizon, by_t(math.nan, math.nan, math.nan, "HAC", note=why), None, len(rows), shocks, missing)
    fit = regress(y[rows], design[rows], "HAC", horizon, working=bartlett(len(rows), horizon))
    return Response(horizon, estimate(fit, np.eye(design.shape[1])[1]), fit, len(rows), shocks, missing)
