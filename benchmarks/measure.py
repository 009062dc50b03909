"""What the benchmarks share: made-up markets, the plain loop, and both sides of a ratio timed in turn in one run."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

if __package__ in {None, ""}:  # run from a checkout
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from eventstudy.models import fit_table, window_sums
from eventstudy.tasks import run_tasks
from eventstudy.window import Window

ESTIMATION, EVENT = Window(-260, -11), Window(-10, 10)
N_SESSIONS = 2520
#: Pairs that the loop really runs; its time for more of them is that of each times their number.
LOOPED = 120
#: Series and pairs of one task; its arrays stay in the processor's cache.
SERIES_AT_ONCE, PAIRS_AT_ONCE = 84, 1 << 16


def market(n_series: int, n_factors: int = 1, n_sessions: int = N_SESSIONS, seed: int = 1) -> tuple[np.ndarray, ...]:
    """Return returns (T, S), factors (T, 1, k) and usable sessions (T, 1)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_t(5, size=(n_sessions, 1, n_factors)) * 0.01
    y = x[:, 0] @ np.full((n_factors, 1), 0.8) + rng.standard_t(5, size=(n_sessions, n_series)) * 0.012
    return y, x, np.ones((n_sessions, 1), dtype=bool)


def pairs(n_events: int, n_series: int, seed: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return session and series of every pair: each event meets every series."""
    positions = np.random.default_rng(seed).integers(-ESTIMATION.first, N_SESSIONS - EVENT.last, n_events)
    return np.repeat(positions, n_series), np.tile(np.arange(n_series), n_events)


def loop(
    y: np.ndarray,
    x: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    estimation: Window = ESTIMATION,
    event: Window = EVENT,
) -> list[tuple[float, float]]:
    """CAR and its variance of each pair by statsmodels, one OLS after the other."""
    from statsmodels.regression.linear_model import OLS
    from statsmodels.tools import add_constant

    found = []
    for t, s in zip(rows.tolist(), columns.tolist(), strict=True):
        learned = slice(max(t + estimation.first, 0), t + estimation.last + 1)
        ahead = slice(t + event.first, t + event.last + 1)
        fit = OLS(y[learned, s], add_constant(x[learned, 0], has_constant="add")).fit()
        regressors = add_constant(x[ahead, 0], has_constant="add")
        car, total = float((y[ahead, s] - regressors @ fit.params).sum()), regressors.sum(axis=0)
        found.append((car, float(fit.mse_resid * event.n_sessions + total @ fit.cov_params() @ total)))
    return found


def cells(
    y: np.ndarray, x: np.ndarray, usable: np.ndarray, sessions: np.ndarray | None = None
) -> tuple[np.ndarray, ...]:
    """CAR and its variance of every series on every session, or on some: that of session r and series s at r S + s."""
    fits = fit_table(y, x[:, 0], usable[:, 0], ESTIMATION, "ols", sessions)
    x_sum = np.repeat(window_sums(x[:, 0], EVENT, sessions=sessions), y.shape[1], axis=0)
    normal = EVENT.n_sessions * fits.alpha + np.einsum("ck,ck->c", fits.beta, x_sum)
    return window_sums(y, EVENT, sessions=sessions).ravel() - normal, fits.window_variance(EVENT, x_sum)


def sparse(y: np.ndarray, x: np.ndarray, usable: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """CAR and its variance of each pair, looked up among all series on the sessions of the pairs alone."""
    sessions, row = np.unique(rows, return_inverse=True)
    return np.stack(cells(y, x, usable, sessions))[:, row * y.shape[1] + columns]


def dense(y: np.ndarray, x: np.ndarray, usable: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """CAR and its variance of each pair, looked up among those of every session, which are made block by block."""
    every, found = np.empty((2, *y.shape)), np.empty((2, len(rows)))

    def make(some: slice) -> None:
        for figures, of_block in zip(every, cells(y[:, some], x, usable), strict=True):
            figures[:, some] = of_block.reshape(len(y), -1)

    def look_up(some: slice) -> None:
        at = rows[some] * y.shape[1] + columns[some]
        for figures, of_pairs in zip(every, found, strict=True):
            figures.take(at, out=of_pairs[some], mode="clip")

    run_tasks(make, steps(y.shape[1], SERIES_AT_ONCE), threads=True)
    run_tasks(look_up, steps(len(rows), PAIRS_AT_ONCE), threads=True)
    return found


def steps(n: int, size: int) -> list[tuple[slice]]:
    """Cut n series or pairs into tasks of a size."""
    return [(slice(start, start + size),) for start in range(0, n, size)]


def processor() -> float:
    """Return the processor seconds of this process and of those it has waited for; others' work does not count."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def in_turn(*sides: Callable[[], object], repeats: int = 5, clock: Callable[[], float] = processor) -> list[float]:
    """Return the least seconds of each side, all sides run in turn so that a busy machine is busy for all."""
    least = [float("inf")] * len(sides)
    for _ in range(repeats):
        for k, side in enumerate(sides):
            begin = clock()
            side()
            least[k] = min(least[k], clock() - begin)
    return least


def against_loop(
    ours: Callable[..., np.ndarray], n_events: int, n_series: int, n_factors: int = 1
) -> tuple[float, float]:
    """Return our seconds and the loop's for a study, after holding their numbers against each other."""
    y, x, usable = market(n_series, n_factors)
    rows, columns = pairs(n_events, n_series)
    some = np.linspace(0, len(rows) - 1, min(LOOPED, len(rows))).astype(int)
    found = ours(y, x, usable, rows, columns)[:, some]
    np.testing.assert_allclose(found, np.array(loop(y, x, rows[some], columns[some])).T, rtol=1e-9, atol=1e-12)
    us, looped = in_turn(
        lambda: ours(y, x, usable, rows, columns), lambda: loop(y, x, rows[some], columns[some]), repeats=12
    )
    return us, looped / len(some) * len(rows)


def say(
    job: str,
    us: float,
    them: float | None,
    reach: str,
    *,
    ok: bool,
    ratio: float | None = None,
    note: str = "",
    floor: str = "",
) -> None:
    """Print both sides, and the row that `collect.py` reads; the floor is the least that the job could take."""
    row = {"job": job, "us": us, "them": them, "ratio": ratio, "floor": floor, "reach": reach, "ok": ok, "note": note}
    print("; ".join(f"{name}: {value}" for name, value in row.items()))
    print("ROW " + json.dumps(row))


def faster(job: str, us: float, them: float, reach: float, note: str = "") -> None:
    """Say how many times faster we are than the other side."""
    say(job, us, them, f"≥ {reach:,g}x", ok=them / us >= reach, ratio=them / us, note=note)


def within(job: str, us: float, them: float, reach: float, note: str = "", floor: str = "") -> None:
    """Say how many times the other side's time we take."""
    say(job, us, them, f"≤ {reach:g}x its time", ok=us / them <= reach, ratio=us / them, note=note, floor=floor)
