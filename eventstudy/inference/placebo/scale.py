"""The scale of a move: what its market's volatility was the day before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from eventstudy.errors import DesignError
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Weight of yesterday's variance in today's.
DECAY = 0.94

#: Number of abnormal returns whose variance starts the recursion.
START = 60


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
    scale, there = np.full(len(ar), np.nan), np.isfinite(ar)
    known = np.flatnonzero(there)
    if len(known) < start:
        return scale
    variance = (1.0 - decay) * ar[known[start - 1 :]] ** 2
    variance[0] = np.var(ar[known[:start]], ddof=1)
    reach = 1
    while reach < len(variance):  # sums over 1, 2, 4, ... returns, each made of two of half the length
        variance[reach:] += decay**reach * variance[:-reach]
        reach *= 2
    first = known[start - 1] + 1
    n_entered = np.cumsum(there)[first - 1 : -1] - start
    scale[first:] = np.sqrt(variance)[n_entered]
    return scale


def garch_scale(ar: Floats, start: int = START) -> Floats:
    """Return each session's volatility as a GARCH(1,1) knew it the session before.

    Parameters
    ----------
    ar : ndarray, shape (T,)
        Abnormal returns, each under its own session's estimates; NaN where missing.
    start : int
        Number of abnormal returns without a scale, as many as the EWMA needs.

    Returns
    -------
    ndarray, shape (T,)
        ``σ_t``; NaN on the first `start` abnormal returns. A missing return takes the volatility forecast for it and
        leaves the variance as it was.

    Raises
    ------
    DesignError
        If the package ``arch`` is not installed.

    Notes
    -----
    ``σ²_t = ω + α AR²_{t-1} + β σ²_{t-1}``. The returns in it are those before t, but ω, α and β are fitted once over
    the whole sample, later sessions included, and so is the variance of the first session: of the shape of the
    recursion this scale has seen what is still to come, of its path nothing. For figures that must be point in time
    take the EWMA, whose λ is fixed.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, Journal of Econometrics 31.
    """
    try:
        from arch import arch_model
    except ModuleNotFoundError:
        raise DesignError(
            'the garch scale needs the package arch: pip install "raise-or-fold[garch]", or take the ewma scale'
        ) from None
    scale, known = np.full(len(ar), np.nan), np.flatnonzero(np.isfinite(ar))
    if len(known) <= start:
        return scale
    unit = float(np.std(ar[known]))
    if unit == 0:
        return scale
    fit = arch_model(ar[known] / unit, mean="Zero", rescale=False).fit(disp="off", show_warning=False)
    scale[known] = unit * np.asarray(fit.conditional_volatility)
    # What is missing takes the forecast for the next return there is: the variance did not move in between.
    following = np.minimum(np.searchsorted(known, np.arange(len(ar))), len(known) - 1)
    scale = np.where(np.isnan(scale), scale[known[following]], scale)
    scale[: known[start - 1] + 1] = np.nan
    return scale


#: The scales a study can take.
SCALES: dict[str, Callable[[Floats], Floats]] = {"ewma": ewma_scale, "garch": garch_scale}


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
