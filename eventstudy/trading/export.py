"""Signals and backtests as plain data: frames for backtest libraries, JSON envelopes, and the files of a folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.study.envelope import plain_envelope, to_csv, to_json
from eventstudy.trading.accounts import PricePanel
from eventstudy.trading.backtest import BacktestResult, Search
from eventstudy.trading.market import Market, Setting
from eventstudy.trading.rules import Costs, Plan, Rule, make_plan
from eventstudy.trading.signals import Signals

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSIONS = {"signals": "2.0", "backtest": "1.0"}

#: The frames, in order.
NAMES = ("prices", "entries", "exits", "short_entries", "short_exits", "weights")

#: Columns that hold a date and no instant.
_DATES = ("session", "event_session", "entry_session", "exit_session", "due")


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
    """Return the frames of point-in-time signals over all sessions of the prices.

    Series that nobody can own, such as the VIX, are left out. Without a `rule` positions are held as long as the
    signals were made for, none while one in its instrument is open.
    """
    chosen = Rule(hold=signals.setting.choices.hold) if rule is None else rule
    markets = {name: market for name, market in signals.setting.markets.items() if market.tradable}
    return frames_of(markets, make_plan(markets, chosen, signals.table))


def frames_of(markets: Mapping[str, Market], plan: Plan) -> Frames:
    """Return the round trips of a plan as frames over all sessions of the prices; weights that overlap add up."""
    panel = PricePanel.of(markets, Costs())
    marks = {name: np.zeros(panel.price.shape, dtype=bool) for name in NAMES[1:5]}
    weights = np.zeros(panel.price.shape)
    for trip in plan.trips:
        s = panel.series.index(trip.series)
        begin, end = (int(panel.rows[s][at]) for at in (trip.entry, trip.exit))
        opens, closes = ("entries", "exits") if trip.side > 0 else ("short_entries", "short_exits")
        marks[opens][begin, s] = True
        if end < len(panel):
            marks[closes][end, s] = True
        weights[begin:end, s] += trip.side * trip.weight
    index = pd.DatetimeIndex(panel.dates.astype("datetime64[ns]"), name="session")
    arrays = {"prices": np.where(panel.struck, panel.price, np.nan), **marks, "weights": weights}
    return Frames(**{name: pd.DataFrame(array, index, list(panel.series)) for name, array in arrays.items()})


def dated(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose dates are written as ISO 8601 dates; instants are left as they are."""
    written = {
        name: [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in table[name]] for name in _DATES if name in table
    }
    return table.assign(**{name: pd.Series(days, table.index, dtype=object) for name, days in written.items()})


def signals_envelope(signals: Signals) -> dict[str, Any]:
    """Return signals as plain values: ``schema_version, version, choices, seed, inputs, warnings, tables``."""
    return _envelope("signals", {}, signals.setting, signals.setting.notes, {"signals": signals.table})


def backtest_envelope(result: BacktestResult, search: Search | None = None) -> dict[str, Any]:
    """Return a backtest, and the search that it won, as plain values.

    As `signals_envelope`, with ``rule``, ``costs`` and ``figures`` besides; the tables are those of `backtest_tables`.
    """
    plain = {
        name: value if isinstance(value, int) or np.isfinite(value) else None
        for name, value in figures(result, search).items()
    }
    said = {"rule": asdict(result.rule), "costs": asdict(result.costs), "figures": plain}
    return _envelope("backtest", said, result.setting, result.warnings, backtest_tables(result, search))


def figures(result: BacktestResult, search: Search | None = None) -> dict[str, float]:
    """Return the figures of a backtest by name."""
    drawn = result.placebo_sharpes
    table: dict[str, float] = {
        "n_trades": len(result.trades),
        "n_open": int((result.trades["status"] == "open").sum()),
        **asdict(result.performance),
        "hit_rate": result.hit_rate,
        "turnover": result.turnover,
        "exposure": result.exposure,
        **{f"buy_and_hold_{name}": value for name, value in asdict(result.buy_and_hold).items()},
        "placebo_p": result.placebo_p,
        "placebo_n": len(drawn),
        "placebo_median_sharpe": float(np.median(drawn)) if len(drawn) else np.nan,
    }
    if search is not None:
        table |= {
            "n_rules": len(search.trials),
            "best_of_chance_sharpe": search.best_of_chance,
            "deflated_sharpe": search.deflated_sharpe,
        }
    return table


def backtest_tables(result: BacktestResult, search: Search | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a backtest by name: ``trades, equity, decisions``, and ``trials`` of a search."""
    tables = {"trades": result.trades, "equity": result.equity.reset_index(), "decisions": result.plan.decisions}
    return tables if search is None else {**tables, "trials": search.trials}


def trading_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the envelope of ``ask``, ``signals`` or a ``backtest``."""
    text = files("eventstudy.trading").joinpath(f"{kind}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def signal_files(signals: Signals, frames: Frames) -> dict[str, bytes]:
    """Return the files of a folder of signals by name: ``signals.json``, ``signals.csv``, and one CSV a frame."""
    return _files("signals", signals_envelope(signals), {"signals": signals.table}, frames)


def backtest_files(result: BacktestResult, frames: Frames, search: Search | None = None) -> dict[str, bytes]:
    """Return the files of a folder of a backtest by name: ``backtest.json``, one CSV a table, and one CSV a frame."""
    return _files("backtest", backtest_envelope(result, search), backtest_tables(result, search), frames)


def _files(kind: str, envelope: dict[str, Any], tables: dict[str, pd.DataFrame], frames: Frames) -> dict[str, bytes]:
    every = tables | {name: table.reset_index() for name, table in frames.tables().items()}
    return {
        f"{kind}.json": to_json(envelope).encode(),
        **{f"{name}.csv": to_csv(dated(table)).encode() for name, table in every.items()},
    }


def _envelope(
    kind: str, said: dict[str, Any], setting: Setting, warnings: tuple[str, ...], tables: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    given = setting.choices.seed, setting.inputs, warnings, {name: dated(table) for name, table in tables.items()}
    return plain_envelope(SCHEMA_VERSIONS[kind], {}, *given, choices=asdict(setting.choices), **said)
