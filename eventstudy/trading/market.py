"""One market as a trader meets it: when each event could be acted upon, and what a holding period brought."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference.placebo import ewma_scale
from eventstudy.markets.history import History
from eventstudy.matching import event_positions, match
from eventstudy.news.clock import event_clock
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.trading.fills import Ints, entry_positions, exit_positions, values


@dataclass(frozen=True, eq=False)
class Market:
    """A market and the events it meets (T sessions, N events).

    Parameters
    ----------
    history : History
        The market.
    worth : ndarray, shape (T,)
        What one unit is worth at each price, see `values`.
    level : ndarray, shape (T,)
        What moves add up in: log worth, or the oriented level of a series of differences.
    scale : ndarray, shape (T + 1,)
        Volatility of a session's move as known the session before; the last entry is that of the session to come.
    events : ndarray of int64, shape (N,)
        Event session of each event; T where it has not come yet, -1 where the event is excluded.
    entries : ndarray of int64, shape (N,)
        First price at which one could have got in; T where it has not come yet, -1 where the event is excluded.
    reasons : tuple of str, length N
        Why an event is excluded; '' where it is not.
    table : DataFrame, shape (N, 17)
        The audit trail of the match.
    """

    history: History
    worth: Floats
    level: Floats
    scale: Floats
    events: Ints
    entries: Ints
    reasons: tuple[str, ...]
    table: pd.DataFrame

    @property
    def tradable(self) -> bool:
        """Whether the series is a price that one can own, and no mere level such as a yield or the VIX."""
        return self.history.instrument.returns not in OWN_UNIT

    def session(self, positions: Ints) -> NDArray[np.datetime64]:
        """Return the dates of positions, shape as `positions`; NaT where there is none."""
        dates = np.full(len(positions), np.datetime64("NaT", "ns"))
        inside = (positions >= 0) & (positions < len(self.history))
        dates[inside] = self.history.sessions[positions[inside]]
        return dates

    def reactions(self, entries: Ints, hold: int) -> Floats:
        """Return what holding from each entry brought, in units of the volatility known before it, shape (N,).

        The move over the holding period, divided by volatility times the square root of `hold`; NaN where the exit or
        the volatility is not known.
        """
        exits = exit_positions(self.history, entries, hold)
        z = np.full(len(entries), np.nan)
        known = exits < len(self.history)
        begin, end = entries[known], exits[known]
        scale = self.scale[begin]
        with np.errstate(invalid="ignore", divide="ignore"):
            z[known] = np.where(scale > 0, (self.level[end] - self.level[begin]) / (scale * np.sqrt(hold)), np.nan)
        return z


def meet(events: pd.DataFrame, history: History, *, include_proposed: bool = False) -> Market:
    """Let a market meet the events.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    history : History
        The market, with prices.
    include_proposed : bool
        Use proposed events as well as confirmed ones.

    Returns
    -------
    Market
        Sessions and entries. An event whose session has not come yet is no excluded one.
    """
    worth = values(history)
    own_unit = history.instrument.returns in OWN_UNIT
    level = history.instrument.orientation * np.asarray(history.prices) if own_unit else np.log(worth)
    moves = np.full(len(history) + 1, np.nan)
    moves[1:-1] = np.diff(level)
    moves[:-1][np.isnan(history.returns)] = np.nan
    table = match(events, {history.name: history}, include_proposed=include_proposed).table
    reasons = [
        reason if status == "excluded" and not reason.startswith("after-sample") else ""
        for status, reason in zip(table["status"], table["reason"], strict=True)
    ]
    excluded = np.array([bool(reason) for reason in reasons])
    positions = event_positions(event_clock(events), history)
    entries = entry_positions(history, positions, table["tradable_from"].to_numpy(dtype="datetime64[ns]"))
    return Market(
        history=history,
        worth=worth,
        level=level,
        scale=ewma_scale(moves),
        events=np.where(excluded, -1, positions),
        entries=np.where(excluded, -1, entries),
        reasons=tuple(reasons),
        table=table,
    )


def in_time(table: pd.DataFrame) -> Ints:
    """Return the order of the events of a match table by time, ids among equals: the order of rows plays no part."""
    keys = (table["event_id"].to_numpy(dtype=str), table["event_time"].to_numpy(dtype=str))
    return np.lexsort(keys).astype(np.int64)
