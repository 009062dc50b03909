"""One series of a study: every session estimated as if an event had fallen on it.

The real events are looked up among these cells, and the other cells are their placebo.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import AbnormalReturns, CumulativeReturns, abnormal_returns, cumulate
from eventstudy.engine import Fits, Progress, fit_cells, run_tasks
from eventstudy.errors import DesignError, did_you_mean
from eventstudy.inference.placebo import SCALES, event_spans, placebo_z, settled, untouched
from eventstudy.markets.history import History, on_sessions
from eventstudy.matching import CLOSURE_DAYS
from eventstudy.models import ModelFits
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.window import Window

#: Series of one task; it does not depend on who does the work.
_SERIES_AT_ONCE = 4


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
    one_step : ndarray, shape (T,)
        Abnormal return of each session under its own cell.
    scale : ndarray, shape (T,)
        Volatility known the session before.
    z : ndarray, shape (T, W)
        Volatility-scaled CARs.
    free : ndarray of bool, shape (T,)
        Sessions whose span lies in the sample and meets no event and no closure.
    quiet : ndarray of bool, shape (T,)
        Those of them whose scale is no echo of the events.
    """

    history: History
    x: Floats
    usable: NDArray[np.bool_]
    fits: Fits
    abnormal: AbnormalReturns
    cumulative: tuple[CumulativeReturns, ...]
    one_step: Floats
    scale: Floats
    z: Floats
    free: NDArray[np.bool_]
    quiet: NDArray[np.bool_]

    def abnormal_at(self, positions: NDArray[np.int64]) -> AbnormalReturns:
        """Return the abnormal returns of some sessions over the study's span."""
        cells = self.abnormal
        arrays = (cells.rows, cells.actual, cells.normal, cells.ar, cells.se, cells.sar, cells.x)
        return AbnormalReturns(cells.span, *(values[positions] for values in arrays))


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


def estimate_all(
    studied: Sequence[History],
    histories: Mapping[str, History],
    positions: Sequence[NDArray[np.int64]],
    design: Design,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[SeriesEstimate]:
    """Estimate every series at every session, a block of series a task.

    Parameters
    ----------
    studied : sequence of History, length S
        The series.
    histories : mapping of str to History
        Where the model's regressors are found.
    positions : sequence of ndarray of int64, length S
        The event sessions of each.
    design : Design
        The choices.
    executor, progress : optional
        See `eventstudy.engine.run_tasks`.
    """
    needed = {name: histories[name] for name in design.model.regressors if name in histories}
    blocks = [slice(start, start + _SERIES_AT_ONCE) for start in range(0, len(studied), _SERIES_AT_ONCE)]
    tasks = [(studied[block], needed, positions[block], design) for block in blocks]
    return [estimate for found in run_tasks(_estimate_block, tasks, executor, progress) for estimate in found]


def _estimate_block(
    studied: Sequence[History],
    histories: Mapping[str, History],
    positions: Sequence[NDArray[np.int64]],
    design: Design,
) -> list[SeriesEstimate]:
    return [estimate_series(history, histories, at, design) for history, at in zip(studied, positions, strict=True)]


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
    usable = design.model.complete(y, x)
    if design.clean:
        usable &= ~event_spans(len(y), positions, design.reading)
    every = np.arange(len(y))
    fits = _fitted(y, x, usable, positions, design)
    abnormal = abnormal_returns(y, x, _only_enough(fits, design.min_obs), every, design.span)
    kind = history.instrument.returns
    partial = design.missing == "partial"
    cumulative = tuple(cumulate(abnormal, fits, window, kind, partial=partial) for window in design.windows)
    one_step = abnormal_returns(y, x, _only_enough(fits, design.min_obs), every, Window(0, 0)).ar[:, 0]
    scale = SCALES[design.scale](one_step)
    z = np.stack([placebo_z(c.car * np.sqrt(c.window.n_sessions / c.n), scale, c.window) for c in cumulative], axis=1)
    free = untouched(len(y), positions, design.reading, history.gap_days >= CLOSURE_DAYS)
    own = SCALES[design.scale](np.where(event_spans(len(y), positions, design.span), np.nan, one_step))
    quiet = free & settled(scale, own)
    return SeriesEstimate(history, x, usable, fits, abnormal, cumulative, one_step, scale, z, free, quiet)


def regressors(history: History, histories: Mapping[str, History], design: Design) -> Floats:
    """Return the model's regressors over the series' own steps, shape (T, k)."""
    columns, kinds = [], []
    for name in design.model.regressors:
        if name not in histories:
            raise DesignError(
                f"the model needs '{name}', which is not among the prices; {did_you_mean(name, histories)}"
            )
        other = histories[name]
        kinds.append(other.instrument.returns)
        columns.append(on_sessions(other, history.sessions, other.instrument.returns))
    design.model.check_kinds(history.name, history.instrument.returns, kinds)
    x = np.stack(columns, axis=1) if columns else np.empty((len(history), 0))
    return design.model.columns(x, np.isfinite(history.returns))


def _fitted(y: Floats, x: Floats, usable: NDArray[np.bool_], positions: NDArray[np.int64], design: Design) -> Fits:
    """Estimate every session, or the event sessions alone where the model takes long."""
    model, every = design.model, np.arange(len(y))
    if model.everywhere:
        return model.fit(y, x, usable, every, design.estimation)
    n_obs = fit_cells(y, x, usable, every, design.estimation, "ols").n_obs
    chosen = np.unique(positions)
    chosen = chosen[n_obs[chosen] >= design.min_obs]
    fits = model.fit(y, x, usable, chosen, design.estimation)
    return fits.spread(chosen, n_obs) if isinstance(fits, ModelFits) else fits


def _only_enough(fits: Fits, min_obs: int) -> Fits:
    """Blank the estimates of cells with too few observations, so that nothing computed from them is a number."""
    few = (fits.n_obs < min_obs) | np.isnan(fits.sigma)
    return replace(
        fits,
        alpha=np.where(few, np.nan, fits.alpha),
        beta=np.where(few[:, None], np.nan, fits.beta),
        sigma=np.where(few, np.nan, fits.sigma),
    )
