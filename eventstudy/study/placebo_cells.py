"""The placebo of single events, by session: events that meet in one session of a series have one placebo there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eventstudy.models import normal_at, window_sums
from eventstudy.inference.placebo import ENOUGH
from eventstudy.inference.placebo.many import ewma_scales, placebo_p_of_first, placebo_p_of_rows
from eventstudy.markets.stamp import Dates
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


def cell_placebos(estimate: SeriesEstimate, positions: NDArray[np.int64], design: Design) -> tuple[CellPlacebos, ...]:
    """Return the placebo of sessions of one series over each window: every admissible session before these windows.

    Parameters
    ----------
    estimate : SeriesEstimate
        The series.
    positions : ndarray of int64, shape (P,)
        Event sessions.
    design : Design
        The choices.

    Returns
    -------
    tuple of CellPlacebos, length W
        From the estimation window's own residuals where fewer than 100 sessions are admissible.
    """
    found = tuple(_of_sessions(estimate, positions, w, design) for w in range(len(design.windows)))
    chosen = np.flatnonzero(np.any([cells.from_residuals for cells in found], axis=0))
    step = max(_AT_ONCE // _reach(design).n_sessions, 1)
    for start in range(0, len(chosen), step):
        some = chosen[start : start + step]
        residuals = _residuals(estimate, positions[some], design)
        for cells, window in zip(found, design.windows, strict=True):
            short = cells.from_residuals[some]
            _put_residual_placebos(cells, some[short], residuals.take(short), window)
    return found


def _of_sessions(estimate: SeriesEstimate, positions: NDArray[np.int64], w: int, design: Design) -> CellPlacebos:
    there = _admissible(estimate, w)
    n = np.searchsorted(there, last_placebo(positions, design.windows[w], design), side="right")
    z = estimate.z[positions, w]
    return CellPlacebos(z, placebo_p_of_first(z, estimate.z[there, w], n), n, n < ENOUGH)


def _put_residual_placebos(cells: CellPlacebos, at: NDArray[np.int64], residuals: _Residuals, window: Window) -> None:
    """Write the placebo of those sessions whose residuals serve."""
    cells.z[at], draws = residuals.scaled(window)
    cells.p[at] = placebo_p_of_rows(cells.z[at], draws)
    cells.n[at] = np.count_nonzero(np.isfinite(draws), axis=1)


def placebo_of(estimate: SeriesEstimate, position: int, w: int, design: Design) -> PlaceboDraws:
    """Return the placebo of one session with all its draws (arguments as `cell_placebos` takes them)."""
    there = _admissible(estimate, w)
    n = int(np.searchsorted(there, last_placebo(np.array(position), design.windows[w], design), side="right"))
    if n >= ENOUGH:
        return PlaceboDraws(float(estimate.z[position, w]), estimate.z[there[:n], w], from_residuals=False)
    z, draws = _residuals(estimate, np.array([position]), design).scaled(design.windows[w])
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


@dataclass(frozen=True, eq=False)
class _Residuals:
    """Residuals of P events, each under its own estimates, over R sessions, and the volatility known before each.

    `residual, scale` (R, P), `learned` (R, P) which of them are estimation sessions, `event` the row of the event.
    """

    residual: Floats
    scale: Floats
    learned: NDArray[np.bool_]
    event: int

    def take(self, some: NDArray[np.bool_]) -> _Residuals:
        """Return those of some of the events."""
        if some.all():
            return self
        return replace(self, residual=self.residual[:, some], scale=self.scale[:, some], learned=self.learned[:, some])

    def scaled(self, window: Window) -> tuple[Floats, Floats]:
        """Cumulate and scale: z of the events (P,), and of their estimation sessions (P, R), NaN where inadmissible."""
        known, shift = np.full(self.scale.shape, np.nan), -min(window.first, 0)
        known[shift:] = self.scale[: len(self.scale) - shift]
        with np.errstate(invalid="ignore", divide="ignore"):
            z = window_sums(self.residual, window) / (known * np.sqrt(window.n_sessions))
        z = np.where(known > 0, z, np.nan)
        steady = np.isfinite(window_sums(np.where(self.learned, 0.0, np.nan), window))
        return z[self.event].copy(), np.where(steady, z, np.nan).T


def _residuals(estimate: SeriesEstimate, positions: NDArray[np.int64], design: Design) -> _Residuals:
    """Return the residuals of each event's own estimates: its estimation window is the placebo."""
    reach = _reach(design)
    taus = np.array(reach.taus)
    rows = positions[:, None] + taus
    inside = (rows >= 0) & (rows < len(estimate.history))
    rows = np.where(inside, rows, 0)
    normal = normal_at(estimate.fits.take(positions), estimate.x[rows], taus)
    residual = np.where(inside, estimate.history.returns[rows] - normal, np.nan)
    in_estimation = (taus >= design.estimation.first) & (taus <= design.estimation.last)
    learned = inside & estimate.usable[rows] & in_estimation
    beside = np.ascontiguousarray(residual.T)
    scale = ewma_scales(_variance(residual, learned), beside)
    return _Residuals(beside, scale, np.ascontiguousarray(learned.T), -reach.first)


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
