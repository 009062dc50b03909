"""Holding a market for some sessions: from which price, over which sessions, and what it brought.

A holding period is told by its first step: the session whose return is the first one earned. Bought at the price of one
session, the first step is the session after it.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from eventstudy.markets.finding import listed
from eventstudy.markets.history import History
from eventstudy.returns import OWN_UNIT, Floats

Positions = NDArray[np.int64]


def steps(history: History) -> Floats:
    """Return a market's returns in the form that adds up: logs, or changes in its own unit; shape (T,)."""
    if history.instrument.returns != "simple":
        return history.returns
    with np.errstate(divide="ignore"):
        return np.asarray(np.log1p(history.returns))


def held_sums(of_steps: Floats, held: int) -> Floats:
    """Return the sum of steps over a holding period beginning at every session.

    Parameters
    ----------
    of_steps : ndarray, shape (T,)
        What `steps` returned.
    held : int
        Number of sessions.

    Returns
    -------
    ndarray, shape (T,)
        ``s_t + ... + s_{t + held - 1}``; NaN where one is missing or the sample ends before.

    Examples
    --------
    >>> held_sums(np.array([np.nan, 1.0, 2.0, 4.0]), 2)
    array([nan,  3.,  6., nan])
    """
    sums = np.full(len(of_steps), np.nan)
    if held <= len(of_steps):
        sums[: len(of_steps) - held + 1] = sliding_window_view(of_steps, held).sum(axis=1)
    return sums


def shown(sums: Floats, history: History) -> Floats:
    """Return sums of steps as a reader wants them: simple returns, or changes in the series' own unit."""
    return sums if history.instrument.returns in OWN_UNIT else np.asarray(np.expm1(sums))


def unit_held(history: History) -> str:
    """Name the unit of what `shown` returns."""
    return history.instrument.unit or "simple return"


def at_first(values: Floats, first: Positions) -> Floats:
    """Take values at first steps; NaN where they lie outside the sample."""
    inside = (first >= 0) & (first < len(values))
    taken = np.full(len(first), np.nan)
    taken[inside] = values[first[inside]]
    return taken


def longest_gaps(history: History, first: Positions, held: int) -> Floats:
    """Return the longest step in calendar days into a session of each holding period, shape (N,)."""
    gaps = np.append(history.gap_days, np.full(held, np.nan))
    rows = np.clip(first, 0, len(history))[:, None] + np.arange(held)
    known = np.where(np.isnan(gaps[rows]), 0.0, gaps[rows]).max(axis=1)
    return np.where(known > 0, known, np.nan)


def why_not_held(history: History, first: int, held: int) -> str:
    """Say why what a holding period brought is not known; '' where it is."""
    if first + held > len(history):
        return f"held {held}: the sample ends {history.sessions[-1]}"
    rows = np.arange(first, first + held)
    missing = rows[~np.isfinite(history.returns[rows])]
    if not len(missing):
        return ""
    holes = history.holes_before(int(missing[0]))
    return (
        f"held {held}: no price on {listed(holes)}"
        if len(holes)
        else f"held {held}: no return on {history.sessions[missing[0]]}"
    )


def without_overlap(first: Positions, held: int) -> Positions:
    """Return the first steps of holding periods that share no session: the earliest, then each that begins after it.

    Examples
    --------
    >>> without_overlap(np.array([3, 4, 8, 9]), 5)
    array([3, 8])
    """
    kept: list[int] = []
    for position in np.unique(first).tolist():
        if not kept or position >= kept[-1] + held:
            kept.append(position)
    return np.array(kept, dtype=np.int64)
