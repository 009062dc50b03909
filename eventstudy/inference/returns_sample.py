"""The shortest way from raw returns to a sample, where no study is wanted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.window import Window

_FEWEST_OBS = 3


def sample_of_returns(
    estimation: Floats,
    event: Floats,
    *,
    window: Window | None = None,
    span: Window | None = None,
    session: Dates | None = None,
    series: NDArray[np.str_] | None = None,
    phase: NDArray[np.str_] | None = None,
) -> EventSample:
    """Return the sample of raw returns under the constant-mean model.

    The shortest way from figures to a test, where no study is wanted: every calendar day counts as a session, and the
    estimation window ends on the day before the span.

    Parameters
    ----------
    estimation : ndarray, shape (N, L)
        Returns of the estimation windows; NaN where missing.
    event : ndarray, shape (N, n)
        Returns of the spans; NaN where missing.
    window, span : Window, optional
        Default ``0:n-1``, all sessions given.
    session : ndarray of datetime64[D], shape (N,), optional
        Event sessions; default dates of their own, so far apart that nothing overlaps.
    series, phase : ndarray of str, shape (N,), optional
        Series (default: one each) and episodes (default: none).

    Returns
    -------
    EventSample
        Of the rows that have a CAR and at least three estimation returns that vary.

    Examples
    --------
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]]), np.array([[3.0, 4.0]]))
    >>> sample.car, sample.df, sample.sigma.round(4)
    (array([7.]), array([3]), array([1.8257]))
    """
    length, n_obs = estimation.shape[1], np.isfinite(estimation).sum(axis=1)
    span = Window(0, event.shape[1] - 1) if span is None else span
    window = span if window is None else window
    if session is None:
        session = np.datetime64("2000-01-03", "D") + (length + event.shape[1]) * np.arange(len(event))
    mean, sigma = _moments(estimation, n_obs)
    ar, n = event - mean[:, None], window.n_sessions
    car = ar[:, window.first - span.first : window.last - span.first + 1].sum(axis=1)
    rows = np.flatnonzero(np.isfinite(car) & (sigma > 0))
    days = session[:, None] + np.arange(span.first - length, span.last + 1)
    learned = np.where(np.isfinite(estimation), days[:, :length], np.datetime64("NaT", "D"))
    sigma, n_obs = sigma[rows], n_obs[rows].astype(np.int64)
    return EventSample(
        window=window,
        span=span,
        car=car[rows],
        scar=car[rows] / (sigma * np.sqrt(n + n**2 / n_obs)),
        ar=ar[rows],
        sar=ar[rows] / (sigma * np.sqrt(1 + 1 / n_obs))[:, None],
        tau_session=days[rows, length:],
        residual=(estimation - mean[:, None])[rows],
        residual_session=learned[rows],
        sigma=sigma,
        n_obs=n_obs,
        df=n_obs - 1,
        session=session[rows],
        series=(np.arange(len(event)).astype(str) if series is None else series)[rows],
        phase=(np.full(len(event), "") if phase is None else phase)[rows],
    )


def _moments(estimation: Floats, n_obs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each row; the latter is 0 for less than three returns, or equal ones."""
    known = np.isfinite(estimation)
    mean = np.where(known, estimation, 0.0).sum(axis=1) / np.maximum(n_obs, 1)
    squares = (np.where(known, estimation - mean[:, None], 0.0) ** 2).sum(axis=1)
    sigma = np.sqrt(squares / np.maximum(n_obs - 1, 1))
    varies = (n_obs >= _FEWEST_OBS) & (sigma > np.abs(mean) * n_obs * np.finfo(np.float64).eps)
    return mean, np.where(varies, sigma, 0.0)
