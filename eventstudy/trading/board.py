"""From markets with sessions of their own to one line of dates, and from round trips to rows of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.trading.account import Board, Trips, latest
from eventstudy.trading.costs import Costs
from eventstudy.trading.fills import Ints
from eventstudy.trading.market import Market
from eventstudy.trading.plan import Trip


@dataclass(frozen=True, eq=False)
class Line:
    """Several markets on one line of dates (R rows, S series).

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (R,)
        Every date on which any of them has a price.
    series : tuple of str, length S
        The markets.
    board : Board
        Their prices and costs.
    known : ndarray of bool, shape (R, S)
        Where a price was struck on that very date.
    rows : tuple of ndarray of int64, length S
        The row of each market's own sessions, and R behind the last.
    """

    dates: Dates
    series: tuple[str, ...]
    board: Board
    known: NDArray[np.bool_]
    rows: tuple[Ints, ...]

    def __len__(self) -> int:
        return len(self.dates)

    def between(self, first: int, last: int) -> Line:
        """Return the rows from `first` to `last`, both included; prices before them are remembered."""
        keep = slice(first, last + 1)
        board = replace(self.board, worth=self.board.worth[keep])
        n = last + 1 - first
        rows = tuple(np.clip(row - first, 0, n) for row in self.rows)
        return Line(self.dates[keep], self.series, board, self.known[keep], rows)


def line_of(markets: Mapping[str, Market], costs: Costs) -> Line:
    """Lay markets on one line of dates.

    Parameters
    ----------
    markets : mapping of str to Market
        The markets.
    costs : Costs
        What orders cost.

    Returns
    -------
    Line
        On a date on which a market has no price its last one is held.
    """
    dates = np.unique(np.concatenate([market.history.sessions for market in markets.values()]))
    worth = np.full((len(dates), len(markets)), np.nan)
    rows = []
    for s, market in enumerate(markets.values()):
        row = np.searchsorted(dates, market.history.sessions)
        worth[row, s] = market.worth
        rows.append(np.append(row, len(dates)).astype(np.int64))
    fee, slippage = costs.of(tuple(markets))
    return Line(dates, tuple(markets), Board(latest(worth), fee, slippage), np.isfinite(worth), tuple(rows))


def on_line(trips: Sequence[Trip], line: Line) -> Trips:
    """Return round trips as rows of a line: one calendar."""
    series = np.array([line.series.index(trip.series) for trip in trips], dtype=np.int64)
    entry = [line.rows[s][trip.entry] for s, trip in zip(series, trips, strict=True)]
    out = [line.rows[s][trip.exit] for s, trip in zip(series, trips, strict=True)]
    weight: Floats = np.array([trip.weight for trip in trips])
    side: Floats = np.array([float(trip.side) for trip in trips])
    return Trips(series, side, np.array([entry], dtype=np.int64), np.array([out], dtype=np.int64), weight[None, :])
