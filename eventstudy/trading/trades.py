"""The table of round trips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from eventstudy.trading.account import Accounts
from eventstudy.trading.fills import market_days
from eventstudy.trading.market import Market
from eventstudy.trading.plan import Trip
from eventstudy.trading.rule import Rule

#: Columns of the table, in order.
COLUMNS = (
    *("event_id", "members", "series", "stance", "side", "weight", "entry_session", "entry_price", "due"),
    *("exit_session", "exit_price", "sessions", "waited_days", "closed_by", "status"),
    *("entry_value", "costs", "pnl", "return"),
)

_DATES = ("entry_session", "due", "exit_session")


def trades_table(trips: Sequence[Trip], markets: Mapping[str, Market], accounts: Accounts, rule: Rule) -> pd.DataFrame:
    """Return one row a round trip.

    Parameters
    ----------
    trips : sequence of Trip, length K
        The round trips.
    markets : mapping of str to Market
        The markets.
    accounts : Accounts
        The account that carried them out.
    rule : Rule
        How long they were to be held.

    Returns
    -------
    DataFrame, shape (K, 19)
        In order of entry. Prices are as quoted, before slippage; ``entry_value, costs, pnl`` are shares of the equity
        at the very start; ``return`` is `pnl` over `entry_value`, costs included. An open trade is valued at the last
        price and has paid for its entry only.
    """
    rows = [_row(trip, markets[trip.series], rule) | _money(trip, k, markets[trip.series], accounts)
            for k, trip in enumerate(trips)]  # fmt: skip
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(_DATES, "datetime64[ns]"))
    return table.sort_values(["entry_session", "series", "event_id"], kind="stable").reset_index(drop=True)


def _row(trip: Trip, market: Market, rule: Rule) -> dict[str, object]:
    history = market.history
    is_closed = trip.exit < len(history)
    due = _due(trip, market, rule)
    left = history.sessions[trip.exit] if is_closed else np.datetime64("NaT", "D")
    waited = (left - due).astype(int) if is_closed and not np.isnat(due) else 0
    prices = np.asarray(history.prices)
    return {
        "event_id": trip.events[0],
        "members": ";".join(trip.events),
        "series": trip.series,
        "stance": trip.stance,
        "side": "long" if trip.side > 0 else "short",
        "weight": trip.weight,
        "entry_session": pd.Timestamp(history.sessions[trip.entry]),
        "entry_price": float(prices[trip.entry]),
        "due": pd.Timestamp(due),
        "exit_session": pd.Timestamp(left),
        "exit_price": float(prices[trip.exit]) if is_closed else np.nan,
        "sessions": min(trip.exit, len(history) - 1) - trip.entry,
        "waited_days": waited,
        "closed_by": trip.closed_by if is_closed else "",
        "status": "closed" if is_closed else "open",
    }


def _due(trip: Trip, market: Market, rule: Rule) -> np.datetime64:
    """Return the day on which a trip was to be closed by its holding time; NaT where news closed it."""
    if rule.hold is None or trip.closed_by == "opposite":
        return np.datetime64("NaT", "D")
    days = market_days(market.history)
    at = int(np.searchsorted(days, market.history.sessions[trip.counted_from])) + rule.hold
    return days[at] if at < len(days) else np.datetime64("NaT", "D")


def _money(trip: Trip, k: int, market: Market, accounts: Accounts) -> dict[str, float]:
    """Return what a trip cost and made, slippage and fees told as costs."""
    units, costs = float(accounts.bought[0, k]), float(accounts.costs[0, k].sum())
    worth = market.worth
    gross = units * float(worth[min(trip.exit, len(worth) - 1)] - worth[trip.entry])
    value = abs(units) * float(worth[trip.entry])
    return {"entry_value": value, "costs": costs, "pnl": gross - costs, "return": (gross - costs) / value}
