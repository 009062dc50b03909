"""All series of a study estimated: side by side where they share sessions, returns' gaps and events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import cumulated
from eventstudy.models import Fits, ModelFits, fit_table
from eventstudy.tasks import Progress, run_tasks
from eventstudy.markets.history import History
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimate import Block, SeriesEstimate, Shared, too_few

#: Cells of one task, whoever does the work. Of fewer, threads wait for one another between short steps.
_AT_ONCE = 1 << 18

#: From so many cells on threads gain more than they cost.
_WORTH_THREADS = 200_000


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
        See `eventstudy.tasks.run_tasks`; a thread a processor where least squares have enough to do.

    Returns
    -------
    list of SeriesEstimate
        Series by series.
    """
    blocks = list(_blocks(studied, histories, positions, design))
    tasks = [([studied[s].returns for s in series], shared) for shared, series in blocks]
    much = design.model.side_by_side and sum(len(history) for history in studied) > _WORTH_THREADS
    parts = run_tasks(_estimate_block, tasks, executor, progress, threads=much)
    estimates: dict[int, SeriesEstimate] = {}
    for (shared, series), block in zip(blocks, parts, strict=True):
        for column, s in enumerate(series):
            estimates[s] = SeriesEstimate(studied[s], shared, block, column)
    return [estimates[s] for s in range(len(studied))]


def _blocks(
    studied: Sequence[History],
    histories: Mapping[str, History],
    positions: Sequence[NDArray[np.int64]],
    design: Design,
) -> Iterator[tuple[Shared, list[int]]]:
    """Yield series that share sessions, gaps and events, as many as make a task, with what they share."""
    groups: dict[tuple[object, ...], list[int]] = {}
    sessions, events = _spelled([history.sessions for history in studied]), _spelled(positions)
    for s, history in enumerate(studied):
        gaps, kind = np.isfinite(history.returns).tobytes(), history.instrument.returns
        groups.setdefault((sessions[s], events[s], gaps, kind), []).append(s)
    for series in groups.values():
        shared = Shared.of(studied[series[0]], histories, positions[series[0]], design)
        n_blocks = -(-len(series) * len(shared.usable) // _AT_ONCE) if design.model.side_by_side else len(series)
        n_blocks += n_blocks % 2 if n_blocks > 1 else 0  # two threads share an even number alike
        step = -(-len(series) // max(n_blocks, 1))
        for start in range(0, len(series), step):
            yield shared, series[start : start + step]


def _spelled(arrays: Sequence[NDArray[np.generic]]) -> list[bytes]:
    """Return the bytes of each array; what is one and the same array is looked at once."""
    distinct = {id(array): array for array in arrays}
    spelled = {which: array.tobytes() for which, array in distinct.items()}
    return [spelled[id(array)] for array in arrays]


def _estimate_block(returns: Sequence[Floats], shared: Shared) -> Block:
    design, y = shared.design, np.stack(returns, axis=1)
    fits = _fitted(y, shared)
    few, partly = too_few(fits, design.min_obs).reshape(y.shape), design.missing == "partial"
    found = [cumulated(y, shared.x, fits, None, window, partial=partly) for window in design.windows]
    car, se, n = zip(*found, strict=True)
    for figures in (*car, *se):
        figures[few] = np.nan
    return Block(fits, _by_series(car), _by_series(se), np.stack(n))


def _by_series(figures: Sequence[Floats]) -> Floats:
    """Stack tables (T, S) to shape (W, S, T), so that the figures of one series lie side by side."""
    return np.stack([table.T for table in figures])


def _fitted(y: Floats, shared: Shared) -> Fits:
    """Estimate every session, or the event sessions alone where the model takes long."""
    design, x, usable = shared.design, shared.x, shared.usable
    if design.model.everywhere:
        return design.model.fit_table(y, x, usable, design.estimation)
    n_obs = fit_table(y[:, :1], x, usable, design.estimation, "ols").n_obs
    chosen = np.unique(shared.positions)
    chosen = chosen[n_obs[chosen] >= design.min_obs]
    fits = design.model.fit(y[:, 0], x, usable, chosen, design.estimation)
    return fits.spread(chosen, n_obs) if isinstance(fits, ModelFits) else fits
