"""The placebo of single events, by session: events that meet in one session of a series have one placebo there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.engine import window_sums
from eventstudy.inference.placebo import ENOUGH
from eventstudy.inference.placebo.many import ewma_scales, placebo_p_of_first, placebo_p_of_rows
from eventstudy.markets.stamp import Dates
from eventstudy.models.fits import normal_at
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimate import PlaceboDraws, SeriesEstimate
from eventstudy.window import Window

#: Numbers held at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 20

_FEWEST_LEARNED = 2


@dataclass(frozen=True, eq=False)
class CellPlacebos:
    """The placebo of P sessions of one series, each taken as an event session, over one window.

    Parameters
    ----------
    z : ndarray, shape (P,)
        Volatility-scaled CARs.
    p : ndarray, shape (P,)
        Their two-sided placebo p.
    n : ndarray of int64, shape (P,)
        Number of placebo sessions.
    from_residuals : ndarray of bool, shape (P,)
        Where the sample was too short and the estimation window's own residuals served.
    """

    z: Floats
    p: Floats
    n: NDArray[np.int64]
    from_residuals: NDArray[np.bool_]


def cell_placebos(estimate: SeriesEstimate, positions: NDArray[np.int64], w: int, design: Design) -> CellPlacebos:
    """Return the placebo of sessions of one series: of each, every admissible session before its windows.

    Parameters
    ----------
    estimate : SeriesEstimate
        The series.
    positions : ndarray of int64, shape (P,)
        Event sessions.
    w : int
        Which of the design's windows.
    design : Design
        The choices.

    Returns
    -------
    CellPlacebos
        From the estimation window's own residuals where fewer than 100 sessions are admissible.
    """
    there = _admissible(estimate, w)
    n = np.searchsorted(there, last_placebo(positions, design.windows[w], design), side="right")
    z = estimate.z[positions, w]
    p, short = placebo_p_of_first(z, estimate.z[there, w], n), n < ENOUGH
    found = CellPlacebos(z, p, n, short)
    chosen = np.flatnonzero(short)
    step = max(_AT_ONCE // _reach(design).n_sessions, 1)
    for start in range(0, len(chosen), step):
        some = chosen[start : start + step]
        found.z[some], draws = _of_residuals(estimate, positions[some], w, design)
        found.p[some] = placebo_p_of_rows(found.z[some], draws)
        found.n[some] = np.count_nonzero(np.isfinite(draws), axis=1)
    return found


def placebo_of(estimate: SeriesEstimate, position: int, w: int, design: Design) -> PlaceboDraws:
    """Return the placebo of one session with all its draws (arguments as `cell_placebos` takes them)."""
    there = _admissible(estimate, w)
    n = int(np.searchsorted(there, last_placebo(np.array(position), design.windows[w], design), side="right"))
    if n >= ENOUGH:
        return PlaceboDraws(float(estimate.z[position, w]), estimate.z[there[:n], w], from_residuals=False)
    z, draws = _of_residuals(estimate, np.array([position]), w, design)
    return PlaceboDraws(float(z[0]), draws[0][np.isfinite(draws[0])], from_residuals=True)


def _admissible(estimate: SeriesEstimate, w: int) -> NDArray[np.intp]:
    return np.flatnonzero(estimate.free & np.isfinite(estimate.z[:, w]))


def last_placebo(positions: NDArray[np.int64], window: Window, design: Design) -> NDArray[np.int64]:
    """Return the last session whose window ends before the sessions of each event begin."""
    return np.asarray(positions + design.span.first - 1 - window.last - design.model.reach.last)


def _reach(design: Design) -> Window:
    """Sessions from the first to the last of the estimation window, the span and the event session."""
    estimation, span = design.estimation, design.span
    return Window(min(estimation.first, span.first, 0), max(estimation.last, span.last, 0))


def _of_residuals(
    estimate: SeriesEstimate, positions: NDArray[np.int64], w: int, design: Design
) -> tuple[Floats, Floats]:
    """Scale and cumulate the residuals of each event's own estimates; its estimation window is the placebo.

    Returns z of the events, shape (P,), and of their estimation sessions, shape (P, R); NaN where not admissible.
    """
    window, reach = design.windows[w], _reach(design)
    taus = np.array(reach.taus)
    rows = positions[:, None] + taus
    inside = (rows >= 0) & (rows < len(estimate.history))
    rows = np.where(inside, rows, 0)
    normal = normal_at(estimate.fits.take(positions), estimate.x[rows], taus)
    residual = np.where(inside, estimate.history.returns[rows] - normal, np.nan)
    in_estimation = (taus >= design.estimation.first) & (taus <= design.estimation.last)
    learned = inside & estimate.usable[rows] & in_estimation
    scale = ewma_scales(_variance(residual, learned), residual.T)
    known = np.full(scale.shape, np.nan)
    shift = -min(window.first, 0)
    known[shift:] = scale[: len(scale) - shift]
    cumulated = window_sums(np.ascontiguousarray(residual.T), window)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(known > 0, cumulated / (known * np.sqrt(window.n_sessions)), np.nan)
    steady = np.isfinite(window_sums(np.where(learned.T, 0.0, np.nan), window))
    return z[-reach.first].copy(), np.where(steady, z, np.nan).T


def _variance(residual: Floats, learned: NDArray[np.bool_]) -> Floats:
    """Return the variance of what each row learned from, with n - 1; NaN for less than two."""
    n = learned.sum(axis=1)
    mean = np.where(learned, residual, 0.0).sum(axis=1) / np.maximum(n, 1)
    squares = (np.where(learned, residual - mean[:, None], 0.0) ** 2).sum(axis=1)
    return np.where(n >= _FEWEST_LEARNED, squares / np.maximum(n - 1, 1), np.nan)


def common_grid(estimates: Sequence[SeriesEstimate], w: int, calendar: Dates) -> Floats:
    """Return the z of every admissible session of several series on one calendar, shape (dates, S); NaN elsewhere."""
    grid = np.full((len(calendar), len(estimates)), np.nan)
    for s, estimate in enumerate(estimates):
        there = _admissible(estimate, w)
        grid[np.searchsorted(calendar, estimate.history.sessions[there]), s] = estimate.z[there, w]
    return grid
