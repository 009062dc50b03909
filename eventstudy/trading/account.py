"""Accounts: orders to cash, holdings and equity, many calendars of the same round trips at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.trading.fills import Ints

#: Numbers held at once while holdings are laid out by row.
_AT_ONCE = 4_000_000


@dataclass(frozen=True, eq=False)
class Board:
    """Prices on one line of dates, and what orders cost (R rows, S series).

    Parameters
    ----------
    worth : ndarray, shape (R, S)
        What a unit is worth on each date: the last price struck up to then; NaN before the first.
    fee, slippage : ndarray, shape (S,)
        As decimals.
    """

    worth: Floats
    fee: Floats
    slippage: Floats


@dataclass(frozen=True, eq=False)
class Trips:
    """Round trips on B calendars (K trips).

    Parameters
    ----------
    series : ndarray of int64, shape (K,)
        Column of the board.
    side : ndarray, shape (K,)
        1 or -1.
    entry, exit : ndarray of int64, shape (B, K)
        Rows of the board; an exit of R has not come yet.
    weight : ndarray, shape (B, K)
        Share of equity at the entry.
    """

    series: Ints
    side: Floats
    entry: Ints
    exit: Ints
    weight: Floats


@dataclass(frozen=True, eq=False)
class Accounts:
    """What B accounts of 1 at the start became.

    Parameters
    ----------
    equity : ndarray, shape (B, R)
        Cash and holdings at the prices of each row, its orders done.
    units : ndarray, shape (B, R, S)
        Holdings after each row's orders, negative when short.
    traded : ndarray, shape (B, K, 2)
        Value traded at each entry and each exit, at the price one got; 0 where an exit has not come yet.
    costs : ndarray, shape (B, K, 2)
        Fee and slippage paid there.
    bought : ndarray, shape (B, K)
        Units of each trip, negative when short.
    """

    equity: Floats
    units: Floats
    traded: Floats
    costs: Floats
    bought: Floats


def run_accounts(board: Board, trips: Trips) -> Accounts:
    """Carry out round trips.

    Parameters
    ----------
    board : Board
        Prices and costs.
    trips : Trips
        What is carried out.

    Returns
    -------
    Accounts
        Order by order: at a row exits come before entries, and every entry there takes its share of the equity at the
        row's prices before any of its orders.

    Notes
    -----
    A buyer gets ``p (1 + slippage)``, a seller ``p (1 - slippage)``; the fee is a share of the value at that price.
    Short sales pay their proceeds into cash. Cash earns and costs no interest, and shorts are borrowed for nothing.
    """
    (n, k), (rows, s) = trips.entry.shape, board.worth.shape
    at = np.concatenate([trips.exit, trips.entry], axis=1)
    order = np.argsort(2 * at + (np.arange(2 * k) >= k), axis=1, kind="stable")
    everyone = np.arange(n)
    cash, held = np.ones(n), np.zeros((n, s))
    before, opening = np.full(n, -1), np.ones(n)
    cash_moves, unit_moves = np.zeros((n, rows)), np.zeros((n, rows, s))
    bought, traded, costs = np.zeros((n, k)), np.zeros((n, k, 2)), np.zeros((n, k, 2))
    for step in range(2 * k):
        chosen = order[:, step]
        trip, is_entry = chosen % k, chosen >= k
        row = at[everyone, chosen]
        live = row < rows
        row = np.minimum(row, rows - 1)
        opening = np.where(row != before, cash + _worth_of(held, board.worth[row]), opening)
        before = row
        column = trips.series[trip]
        price = board.worth[row, column]
        wanted = trips.side[trip] * trips.weight[everyone, trip] * np.maximum(opening, 0.0) / price
        units = np.where(live, np.where(is_entry, wanted, -bought[everyone, trip]), 0.0)
        value = np.abs(units) * price * (1.0 + np.sign(units) * board.slippage[column])
        paid = value * board.fee[column]
        cash = cash - np.sign(units) * value - paid
        held[everyone, column] += units
        cash_moves[everyone, row] -= np.sign(units) * value + paid
        unit_moves[everyone, row, column] += units
        bought[everyone, trip] = np.where(is_entry, units, bought[everyone, trip])
        traded[everyone, trip, (~is_entry).astype(int)] = value
        costs[everyone, trip, (~is_entry).astype(int)] = paid + np.abs(units) * price * board.slippage[column]
    holdings = np.cumsum(unit_moves, axis=1)
    equity = 1.0 + np.cumsum(cash_moves, axis=1) + _worth_of(holdings, board.worth)
    return Accounts(equity, holdings, traded, costs, bought)


def equity_of(board: Board, trips: Trips) -> Floats:
    """Return the equity of many calendars, shape (B, R), some at a time."""
    some = max(_AT_ONCE // max(board.worth.size, 1), 1)
    parts = [
        run_accounts(
            board,
            Trips(
                trips.series,
                trips.side,
                trips.entry[a : a + some],
                trips.exit[a : a + some],
                trips.weight[a : a + some],
            ),
        ).equity
        for a in range(0, len(trips.entry), some)
    ]
    return np.concatenate(parts) if parts else np.empty((0, len(board.worth)))


def _worth_of(units: Floats, worth: Floats) -> Floats:
    """Return the value of holdings, summed over series; a price that is not known yet is held of by nobody."""
    return np.asarray((units * np.nan_to_num(worth)).sum(axis=-1))


def latest(values: Floats) -> Floats:
    """Return the last figure known up to each row, column by column, shape (R, S); NaN before the first."""
    known = np.isfinite(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values))[:, None], -1), axis=0)
    taken = np.take_along_axis(values, np.maximum(last, 0), axis=0)
    return np.where(last >= 0, taken, np.nan)


def stale(known: NDArray[np.bool_], units: Floats, worth: Floats, equity: Floats) -> Floats:
    """Return the share of equity that is held at a price older than the row's date, gross, shape (R,)."""
    value = np.abs(units) * np.nan_to_num(worth) * ~known
    return np.asarray(value.sum(axis=-1) / equity)
