"""What a unit of an instrument is worth, at which price one gets in after the news, and out again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import InputError
from eventstudy.markets.calendar import expected_sessions
from eventstudy.markets.history import History
from eventstudy.markets.stamp import Dates, Instants, local_instants
from eventstudy.returns import Floats

Ints = NDArray[np.int64]


def values(history: History) -> Floats:
    """Return what one unit of an instrument is worth at each price, so that a rise is a gain of whoever holds it.

    Parameters
    ----------
    history : History
        A market with prices.

    Returns
    -------
    ndarray, shape (T,)
        The price; of a quote whose fall is the asset's gain its inverse (USD/RUB becomes dollars per ruble).

    Raises
    ------
    InputError
        If only returns are known.
    """
    if history.prices is None:
        raise InputError(f"series '{history.name}' has returns only; signals and backtests need its prices")
    if history.instrument.orientation > 0:
        return history.prices
    with np.errstate(divide="ignore"):
        return 1.0 / history.prices


def entry_positions(history: History, positions: Ints, tradable_from: Instants) -> Ints:
    """Return the first price at which one could have got in after each event.

    Parameters
    ----------
    history : History
        The market, T sessions.
    positions : ndarray of int64, shape (N,)
        Event sessions; T where none has come yet.
    tradable_from : ndarray of datetime64[ns], shape (N,)
        First instant (UTC) at which one could have traded; NaT where it has not come yet.

    Returns
    -------
    ndarray of int64, shape (N,)
        Position of the first price that is struck at or after `tradable_from` and after publication; T where none has
        come yet.

    Notes
    -----
    Where nobody knows at which hour of its date a price is struck, it may be older than news of that date, and the
    first price of a later date is taken.
    """
    stamp = history.instrument.stamp
    surely = history.stamps if stamp.known else local_instants(history.sessions, "00:00", stamp.zone)
    struck = np.searchsorted(surely, tradable_from, side="left")
    return np.where(np.isnat(tradable_from), len(history), np.maximum(struck, positions)).astype(np.int64)


def market_days(history: History) -> Dates:
    """Return the days on which a market meant to trade, from its first price to its last: by its ordinary calendar.

    A suspension that nobody could foresee is no part of it, and neither is a missing price.
    """
    sessions = history.sessions
    if not len(sessions):
        return sessions
    ordinary = expected_sessions(history.instrument.calendar, sessions[0], sessions[-1])
    return sessions if ordinary is None else np.union1d(ordinary, sessions)


def exit_positions(history: History, entries: Ints, hold: int) -> Ints:
    """Return the price at which a position is closed that is to be held for some sessions.

    Parameters
    ----------
    history : History
        The market.
    entries : ndarray of int64, shape (N,)
        Positions of the entry prices.
    hold : int
        Sessions to hold, counted on the ordinary calendar as one had to on the day of the entry.

    Returns
    -------
    ndarray of int64, shape (N,)
        Position of the first price on or after the day that is due. While the market is shut there is none, and the
        exit waits. The number of sessions where it has not come yet.
    """
    days, n = market_days(history), len(history)
    exits = np.full(len(entries), n, dtype=np.int64)
    begun = entries < n
    due = np.searchsorted(days, history.sessions[entries[begun]]) + hold
    reached = np.searchsorted(history.sessions, days[np.minimum(due, len(days) - 1)]) if len(days) else due
    exits[begun] = np.where(due < len(days), reached, n)
    return exits
