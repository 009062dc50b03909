"""The same number of round trips on other dates: what the Sharpe ratio of a calendar chosen by chance would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from eventstudy.returns import Floats
from eventstudy.trading.account import Trips, equity_of
from eventstudy.trading.arrangements import arrange, clusters
from eventstudy.trading.board import Line, on_line
from eventstudy.trading.fills import Ints
from eventstudy.trading.market import Market
from eventstudy.trading.performance import YEAR, returns_of
from eventstudy.trading.plan import Trip
from eventstudy.trading.rule import Rule


def placebo_sharpes(
    trips: Sequence[Trip],
    line: Line,
    markets: Mapping[str, Market],
    rule: Rule,
    n_rows: int,
    n_draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Return the Sharpe ratios of placebo calendars.

    Parameters
    ----------
    trips : sequence of Trip, length K
        The round trips.
    line : Line
        The whole sample, the part before the first event included.
    markets : mapping of str to Market
        The markets, for the volatility known before each entry.
    rule : Rule
        How positions are sized.
    n_rows : int
        Sessions of the backtest: a placebo account is flat on as many of them as the trips leave.
    n_draws : int
        Number of placebo calendars wanted.
    rng : numpy Generator
        Where chance comes from.

    Returns
    -------
    ndarray, shape (B,)
        Annualised. Every placebo calendar has the trips of the real one, same sides, same holding times, same costs.
        Trips that overlap are moved together, over all series, so that their dependence stays. Empty where the sample
        has no room for other dates.
    """
    real = on_line(trips, line)
    entry, leave = real.entry[0], np.minimum(real.exit[0], len(line) - 1)
    shape = clusters(entry, np.maximum(leave, entry + 1))
    first = _first_row(line, {name: markets[name] for name in dict.fromkeys(trip.series for trip in trips)})
    begins = arrange(shape.length, len(line) - first, n_draws, rng) + first
    if not len(begins):
        return np.empty(0)
    moved = _moved(trips, real, begins[:, shape.cluster] + shape.offset, line, markets, rule)
    return _sharpe_over(returns_of(equity_of(line.board, moved)), n_rows)


def _first_row(line: Line, markets: Mapping[str, Market]) -> int:
    """Return the first row on which every series that is traded has a price and a volatility known before."""
    return max(
        int(line.rows[line.series.index(name)][int(np.argmax(np.isfinite(market.scale)))])
        for name, market in markets.items()
    )


def _moved(
    trips: Sequence[Trip], real: Trips, wanted: Ints, line: Line, markets: Mapping[str, Market], rule: Rule
) -> Trips:
    """Enter at the first price from the rows wanted on, hold as many sessions as the real trip, size anew."""
    entry, leave = np.empty_like(wanted), np.empty_like(wanted)
    weight = np.broadcast_to(real.weight, wanted.shape).copy()
    for k, trip in enumerate(trips):
        market, rows = markets[trip.series], line.rows[real.series[k]]
        last = len(market.history) - 1
        held = min(trip.exit, last) - trip.entry
        begin = np.clip(np.searchsorted(rows, wanted[:, k]), 0, max(last - held, 0))
        entry[:, k], leave[:, k] = rows[begin], rows[begin + held]
        if rule.sizing == "volatility":
            full = rule.weight or 1.0 / len(markets)
            weight[:, k] = np.minimum(full, rule.risk / market.scale[begin])
    return Trips(real.series, real.side, entry, leave, weight)


def _sharpe_over(returns: Floats, n: int) -> Floats:
    """Return annualised Sharpe ratios of rows of returns, counted over n sessions: the rest of them are flat."""
    total, squares = returns.sum(axis=1), (returns**2).sum(axis=1)
    mean = total / n
    variance = (squares - n * mean**2) / (n - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(variance > 0, np.sqrt(YEAR) * mean / np.sqrt(variance), np.nan)
    return np.asarray(ratio[np.isfinite(ratio)])
