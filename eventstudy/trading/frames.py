"""Round trips as frames aligned to a price index, in the form in which backtest libraries take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.trading.board import line_of
from eventstudy.trading.costs import Costs
from eventstudy.trading.market import Market
from eventstudy.trading.plan import Plan, make_plan
from eventstudy.trading.rule import Rule
from eventstudy.trading.signals import Signals

#: The frames, in order.
NAMES = ("prices", "entries", "exits", "short_entries", "short_exits", "weights")


@dataclass(frozen=True, eq=False)
class Frames:
    """Frames on one price index (R sessions, S instruments), a column an instrument.

    Parameters
    ----------
    prices : DataFrame of float
        What one unit of the instrument is worth: the price as quoted, for a quote whose fall is the asset's gain its
        inverse. NaN where it has none.
    entries, exits, short_entries, short_exits : DataFrame of bool
        True at the very price at which a position is opened or closed.
    weights : DataFrame of float
        Share of equity to be held from each row's price on: positive long, negative short, 0 none.
    """

    prices: pd.DataFrame
    entries: pd.DataFrame
    exits: pd.DataFrame
    short_entries: pd.DataFrame
    short_exits: pd.DataFrame
    weights: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the frames by name."""
        return {name: getattr(self, name) for name in NAMES}

    @property
    def orders(self) -> pd.DataFrame:
        """The rows of `weights` on which something is traded."""
        changed = self.weights.diff().fillna(self.weights).ne(0.0).any(axis=1)
        return self.weights[changed]

    def bars(self, series: str) -> pd.DataFrame:
        """Return one instrument as bars of ``Open, High, Low, Close``, all four its one price, with its signals.

        The further columns ``Entry, Exit, ShortEntry, ShortExit`` are bool; sessions without a price are left out.
        """
        require_known(series, list(map(str, self.prices)), "series")
        price = self.prices[series]
        named = {"Entry": "entries", "Exit": "exits", "ShortEntry": "short_entries", "ShortExit": "short_exits"}
        columns = dict.fromkeys(("Open", "High", "Low", "Close"), price)
        flags = {name: getattr(self, frame)[series] for name, frame in named.items()}
        return pd.DataFrame({**columns, **flags})[price.notna()]


def signal_frames(signals: Signals, rule: Rule | None = None) -> Frames:
    """Return the frames of point-in-time signals.

    Parameters
    ----------
    signals : Signals
        The signals; series that nobody can own, such as the VIX, are left out.
    rule : Rule, optional
        How the signals are traded; default one equal share an instrument, held as long as the signals look ahead, a
        signal being left out while a position in its instrument is open.

    Returns
    -------
    Frames
        Over all sessions of the prices.
    """
    chosen = Rule(hold=signals.setting.choices.hold) if rule is None else rule
    markets = {name: market for name, market in signals.setting.markets.items() if market.tradable}
    return frames_of(markets, make_plan(markets, chosen, signals.table))


def frames_of(markets: Mapping[str, Market], plan: Plan) -> Frames:
    """Return the round trips of a plan as frames over all sessions of the prices.

    Parameters
    ----------
    markets : mapping of str to Market
        The markets the plan is about.
    plan : Plan
        The round trips. Where positions in one instrument overlap, the weights add up, and the booleans of single
        positions can no longer be told apart.

    Returns
    -------
    Frames
        Prices, booleans and weights.
    """
    line = line_of(markets, Costs())
    shape = (len(line), len(line.series))
    marks = {name: np.zeros(shape, dtype=bool) for name in NAMES[1:5]}
    weights = np.zeros(shape)
    for trip in plan.trips:
        s = line.series.index(trip.series)
        begin, end = (int(line.rows[s][at]) for at in (trip.entry, trip.exit))
        opens, closes = ("entries", "exits") if trip.side > 0 else ("short_entries", "short_exits")
        marks[opens][begin, s] = True
        if end < len(line):
            marks[closes][end, s] = True
        weights[begin:end, s] += trip.side * trip.weight
    index = pd.DatetimeIndex(line.dates.astype("datetime64[ns]"), name="session")
    prices = np.where(line.known, line.board.worth, np.nan)
    tables = {name: pd.DataFrame(values, index, list(line.series)) for name, values in marks.items()}
    return Frames(
        prices=pd.DataFrame(prices, index, list(line.series)),
        weights=pd.DataFrame(weights, index, list(line.series)),
        **tables,
    )
