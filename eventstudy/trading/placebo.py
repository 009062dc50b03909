"""How ordinary the mean over some holding periods is, among means over holding periods without news."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import (
    ENOUGH,
    draw_sets,
    event_spans,
    ewma_scale,
    independent_windows,
    mean_weights,
    placebo_p,
    placebo_z,
    set_sums,
    settled,
    untouched,
    windows_drawn,
)
from eventstudy.markets.history import History
from eventstudy.markets.holding import Positions, at_first, held_sums, steps
from eventstudy.matching import CLOSURE_DAYS
from eventstudy.returns import Floats
from eventstudy.window import Window

#: Placebo date sets drawn.
DRAWS = 9_999

NULL = "the mean z of these holding periods is that of as many without news"


@dataclass(frozen=True)
class MeanPlacebo:
    """A mean z among placebo ones.

    Parameters
    ----------
    mean_z : float
        Mean of the volatility-scaled outcomes.
    p_value : float
        Two-sided; NaN where there is no z, or are too few sessions without news.
    n_draws : int
        Number of placebo date sets; 0 where there is no p.
    n_line : int
        Number of holding periods without news that they are drawn from.
    note : str
        Why there is no p, or how many outcomes have no z; else empty.
    """

    mean_z: float
    p_value: float
    n_draws: int
    n_line: int
    note: str = ""


def placebo_of_mean(history: History, first: Positions, news: Positions, held: int, seed: int) -> MeanPlacebo:
    """Hold a mean over holding periods against the same mean over placebo dates.

    Parameters
    ----------
    history : History
        The market, T sessions.
    first : ndarray of int64, shape (m,)
        First steps of the holding periods, ascending, each once.
    news : ndarray of int64, shape (K,)
        First steps of the holding periods of all news on file, asked for or not: no placebo meets them.
    held : int
        Sessions held, h.
    seed : int
        Seed of the draws.

    Returns
    -------
    MeanPlacebo
        Of ``p = (1 + #{|mean z_b - z̄| >= |mean z - z̄|}) / (B + 1)``, where z̄ is the mean over all holding periods
        without news.

    Notes
    -----
    ``z_t = (r_t + ... + r_{t+h-1}) / (σ_t √h)`` over log returns (or changes), with σ_t the EWMA volatility known when
    the holding period begins. Returns are taken as they were, so z̄ is where they stand without news, as the mean of the
    abnormal returns of a study is zero. The dates are drawn as a study draws them: from sessions whose holding period
    meets no news and no closure and whose volatility is no echo of the news. z̄ is known no better than the w₀ windows
    without overlap that those holding periods are worth tell, so placebo means are put ``√(1 + w / w₀)`` times as far
    from it, w being what the holding periods asked about are worth (see `independent_windows`).
    """
    of_steps, window = steps(history), Window(0, held - 1)
    scale = ewma_scale(of_steps)
    z = placebo_z(held_sums(of_steps, held), scale, window)
    of_events = at_first(z, first)
    known = first[np.isfinite(of_events)]
    places = _places(history, z, scale, news, window)
    line = z[places]
    n_out = len(first) - len(known)
    note = f"{n_out} of {len(first)} have no volatility before them" if n_out else ""
    mean_z = float(of_events[np.isfinite(of_events)].mean()) if len(known) else float("nan")
    if not len(known):
        return MeanPlacebo(mean_z, float("nan"), 0, len(line), note)
    if len(line) < ENOUGH:
        return MeanPlacebo(mean_z, float("nan"), 0, len(line), f"fewer than {ENOUGH} holding periods without news")
    worth = independent_windows(known, held)
    spread = np.sqrt(1.0 + worth / independent_windows(places, held))
    draws = spread * _draws(line - line.mean(), worth, held, seed)
    return MeanPlacebo(mean_z, placebo_p(mean_z - float(line.mean()), draws), len(draws), len(line), note)


def _places(history: History, z: Floats, scale: Floats, news: Positions, window: Window) -> Positions:
    """Return the first steps of the holding periods that can serve as placebo, ascending."""
    n = len(history)
    busy: NDArray[np.bool_] = event_spans(n, news, window)
    free = untouched(n, news, window, history.gap_days >= CLOSURE_DAYS) & np.isfinite(z)
    quiet = free & settled(scale, ewma_scale(np.where(busy, np.nan, steps(history))))
    return np.flatnonzero(quiet if np.count_nonzero(quiet) >= ENOUGH else free)


def _draws(line: Floats, worth: float, held: int, seed: int) -> Floats:
    """Return the means of placebo date sets that are worth as much as the events."""
    n_dates = windows_drawn(worth)
    sets = draw_sets(len(line), n_dates, DRAWS, np.random.default_rng([seed, held]))
    return np.asarray(set_sums(line[None], sets, mean_weights(worth, n_dates)[:, None])[0, :, 0])
