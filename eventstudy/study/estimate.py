"""One series of a study: every session estimated as if an event had fallen on it.

The real events are looked up among these cells, and the other cells are their placebo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import AbnormalReturns, CumulativeReturns, abnormal_returns, cumulate
from eventstudy.engine import Fits
from eventstudy.errors import DesignError, did_you_mean
from eventstudy.inference.placebo import ENOUGH, event_spans, ewma_scale, placebo_z, untouched
from eventstudy.markets.history import History, on_sessions
from eventstudy.markets.stamp import Dates
from eventstudy.matching import CLOSURE_DAYS
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class SeriesEstimate:
    """Everything computed for one series, session by session (T sessions, W windows, k regressors).

    Parameters
    ----------
    history : History
        The series.
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window.
    fits : Fits
        Estimates of all T cells.
    abnormal : AbnormalReturns
        Abnormal returns of all T cells over the study's span.
    cumulative : tuple of CumulativeReturns
        CARs of all T cells, one a window.
    scale : ndarray, shape (T,)
        Volatility known the session before.
    z : ndarray, shape (T, W)
        Volatility-scaled CARs.
    free : ndarray of bool, shape (T,)
        Sessions whose span lies in the sample and meets no event and no closure.
    """

    history: History
    x: Floats
    usable: NDArray[np.bool_]
    fits: Fits
    abnormal: AbnormalReturns
    cumulative: tuple[CumulativeReturns, ...]
    scale: Floats
    z: Floats
    free: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """The placebo of one event in one series over one window.

    Parameters
    ----------
    z : float
        The event's volatility-scaled CAR.
    draws : ndarray, shape (B,)
        The same of the placebo sessions.
    from_residuals : bool
        True where the sample was too short and the estimation window's own residuals served.
    """

    z: float
    draws: Floats
    from_residuals: bool


def estimate_series(
    history: History, histories: Mapping[str, History], positions: NDArray[np.int64], design: Design
) -> SeriesEstimate:
    """Estimate one series at every session.

    Parameters
    ----------
    history : History
        The series.
    histories : mapping of str to History
        Where the model's regressors are found.
    positions : ndarray of int64, shape (N,)
        Its event sessions.
    design : Design
        The choices.

    Returns
    -------
    SeriesEstimate
        Cells with fewer than `design.min_obs` estimation returns are NaN throughout.
    """
    y, x = history.returns, regressors(history, histories, design)
    usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
    if design.clean:
        usable &= ~event_spans(len(y), positions, design.span)
    every = np.arange(len(y))
    fits = design.model.fit(y, x, usable, every, design.estimation)
    abnormal = abnormal_returns(y, x, _only_enough(fits, design.min_obs), every, design.span)
    kind = history.instrument.returns
    cumulative = tuple(cumulate(abnormal, fits, window, kind) for window in design.windows)
    one_step = abnormal_returns(y, x, _only_enough(fits, design.min_obs), every, Window(0, 0)).ar[:, 0]
    scale = ewma_scale(one_step)
    z = np.stack([placebo_z(c.car, scale, c.window) for c in cumulative], axis=1)
    free = untouched(len(y), positions, design.span, history.gap_days >= CLOSURE_DAYS)
    return SeriesEstimate(history, x, usable, fits, abnormal, cumulative, scale, z, free)


def regressors(history: History, histories: Mapping[str, History], design: Design) -> Floats:
    """Return the model's regressors over the series' own steps, shape (T, k)."""
    columns = []
    for name in design.model.regressors:
        if name not in histories:
            raise DesignError(
                f"the model needs '{name}', which is not among the prices; {did_you_mean(name, histories)}"
            )
        other = histories[name]
        columns.append(on_sessions(other, history.sessions, other.instrument.returns))
    return np.stack(columns, axis=1) if columns else np.empty((len(history), 0))


def _only_enough(fits: Fits, min_obs: int) -> Fits:
    """Blank the estimates of cells with too few observations, so that nothing computed from them is a number."""
    few = (fits.n_obs < min_obs) | np.isnan(fits.sigma)
    return Fits(
        fits.form,
        fits.n_obs,
        fits.df,
        np.where(few, np.nan, fits.alpha),
        np.where(few[:, None], np.nan, fits.beta),
        np.where(few, np.nan, fits.sigma),
        fits.r2,
        fits.mean,
        fits.inverse,
    )


def placebo_of(estimate: SeriesEstimate, position: int, w: int, design: Design) -> PlaceboDraws:
    """Return the placebo of one event: every admissible session before its windows.

    Parameters
    ----------
    estimate : SeriesEstimate
        The series.
    position : int
        The event session.
    w : int
        Which of the design's windows.
    design : Design
        The choices.

    Returns
    -------
    PlaceboDraws
        From the estimation window's own residuals where fewer than 100 sessions are admissible.
    """
    before = last_placebo(position, design.windows[w], design) + 1
    draws = estimate.z[:before, w][estimate.free[:before]] if before > 0 else np.empty(0)
    draws = draws[np.isfinite(draws)]
    if len(draws) >= ENOUGH:
        return PlaceboDraws(float(estimate.z[position, w]), draws, from_residuals=False)
    return _placebo_of_residuals(estimate, position, w, design)


def last_placebo(position: int, window: Window, design: Design) -> int:
    """Return the last session whose window ends before the sessions of an event begin."""
    return position + design.span.first - 1 - window.last


def _placebo_of_residuals(estimate: SeriesEstimate, position: int, w: int, design: Design) -> PlaceboDraws:
    """Scale and cumulate the residuals of the event's own estimates; its estimation window is the placebo."""
    window, fits = design.windows[w], estimate.fits.take(np.array([position]))
    first = max(position + min(design.estimation.first, design.span.first), 0)
    last = min(position + max(design.estimation.last, design.span.last), len(estimate.history) - 1)
    rows = np.arange(first, last + 1)
    residual = estimate.history.returns[rows] - fits.normal(estimate.x[None, rows])[0]
    learned = estimate.usable[rows] & _in_window(rows - position, design.estimation)
    scale = ewma_scale(np.concatenate([residual[learned], residual]), start=max(int(learned.sum()), 2))
    cumulated = _running_sum(residual, window)
    z = placebo_z(cumulated, scale[int(learned.sum()) :], window)
    steady = _running_sum(np.where(learned, 0.0, np.nan), window)
    admissible = np.isfinite(z) & np.isfinite(steady)
    return PlaceboDraws(float(z[position - first]), z[admissible], from_residuals=True)


def _in_window(taus: NDArray[np.int64], window: Window) -> NDArray[np.bool_]:
    return np.asarray((taus >= window.first) & (taus <= window.last))


def _running_sum(values: Floats, window: Window) -> Floats:
    """Sum over the window around each row; NaN where it leaves the rows or meets a NaN."""
    rows = np.arange(len(values))[:, None] + np.array(window.taus)
    inside = (rows >= 0) & (rows < len(values))
    return np.asarray(np.where(inside, values[np.where(inside, rows, 0)], np.nan).sum(axis=1))


def family_draws(estimates: list[SeriesEstimate], positions: list[int], w: int, design: Design) -> tuple[Floats, Dates]:
    """Return the placebo of several series on common dates.

    Parameters
    ----------
    estimates : list of SeriesEstimate, length S
        The series of the family.
    positions : list of int, length S
        The event session in each.
    w : int
        Which of the design's windows.
    design : Design
        The choices.

    Returns
    -------
    draws : ndarray, shape (B, S)
        z of each series on each date that is admissible in all of them.
    dates : ndarray of datetime64[D], shape (B,)
        Those dates.
    """
    dates: Dates | None = None
    for estimate, position in zip(estimates, positions, strict=True):
        before = max(last_placebo(position, design.windows[w], design) + 1, 0)
        good = estimate.free[:before] & np.isfinite(estimate.z[:before, w])
        sessions = estimate.history.sessions[:before][good]
        dates = sessions if dates is None else np.intersect1d(dates, sessions, assume_unique=True)
    if dates is None:
        return np.empty((0, 0)), np.empty(0, dtype="datetime64[D]")
    columns = [e.z[np.searchsorted(e.history.sessions, dates), w] for e in estimates]
    return np.stack(columns, axis=1), dates
