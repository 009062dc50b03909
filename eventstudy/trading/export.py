"""Signals and backtests as plain data: frames for backtest libraries, JSON envelopes, and the files of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.study.envelope import closed, columns_of, plain_envelope, plain_schema, rows_schema
from eventstudy.study.method import files_of
from eventstudy.trading.accounts import Performance, price_panel
from eventstudy.trading.ask import MEASURES, Question
from eventstudy.trading.ask import SCHEMA_VERSION as ASK_VERSION
from eventstudy.trading.backtest import BacktestResult, Search
from eventstudy.trading.market import Choices, Market
from eventstudy.trading.rules import Costs, Plan, Rule, make_plan
from eventstudy.trading.signals import Signals

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSIONS = {"signals": "2.0", "backtest": "1.0"}

#: The tables of each envelope: their columns with their kinds.
_COLUMNS = {
    "ask": {
        "summary": "measure/t hold/i unit/t n/i n_events/i n_set_aside/i n_apart/i mean median worst best rose/p "
        "base_rate/p base_mean caar z p_value/p p_source/sessions|residuals| days note/t",
        "events": "event_id/t headline/t stance/raise|hold|fold| actor/t kind/t phase/t intensity event_time/t "
        "published_at/m timing/exact|day session/m stamp/m tradable_from/m entry_session/m reason/t status/s",
        "outcomes": "event_id/t hold/i unit/t from_event_session from_tradable_from last_session/m exit_session/m "
        "gap_days note/t",
        "paths": "measure/t held/i n/i mean base_mean",
    },
    "signals": {
        "signals": "event_id/t series/t stance/raise|hold|fold| net_stance/t published_at/m event_session/m "
        "tradable_from/m entry_session/m exit_session/m hold/i direction/i expected unit/t volatility n/i n_apart/i "
        "mean_z se_z shrinkage/p reason/t p_value/p days",
    },
    "backtest": {
        "trades": "event_id/t members/t series/t stance/t side/long|short weight entry_session/m entry_price due/m "
        "exit_session/m exit_price sessions/i waited_days/i closed_by/hold|opposite|extended| status/closed|open "
        "entry_value costs pnl return",
        "equity": "session/m equity drawdown exposure net stale buy_and_hold buy_and_hold_drawdown",
        "decisions": "event_id/t series/t stance/raise|hold|fold| net_stance/t published_at/m entry_session/m "
        "decision/taken|extends|left_out|none|ahead|excluded reason/t",
        "trials": "rule/t hold/i n_trades/i total_return sharpe sharpe_se max_drawdown note/t",
    },
}

_FIGURES = (
    *("n_trades", "n_open", *Performance._fields, "hit_rate", "turnover", "exposure"),
    *(f"buy_and_hold_{name}" for name in Performance._fields),
    *("placebo_p", "placebo_n", "placebo_median_sharpe"),
)

#: The frames, in order.
FRAMES = ("prices", "entries", "exits", "short_entries", "short_exits", "weights")


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
        return {name: getattr(self, name) for name in FRAMES}

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
    panel = price_panel(markets, Costs())
    marks = {name: np.zeros(panel.price.shape, dtype=bool) for name in FRAMES[1:5]}
    weights, series = np.zeros(panel.price.shape), list(markets)
    for trip in plan.trips:
        s = series.index(trip.series)
        begin, end = (int(panel.rows[trip.series][at]) for at in (trip.entry, trip.exit))
        opens, closes = ("entries", "exits") if trip.side > 0 else ("short_entries", "short_exits")
        marks[opens][begin, s] = True
        if end < len(panel.dates):
            marks[closes][end, s] = True
        weights[begin:end, s] += trip.side * trip.weight
    index = pd.DatetimeIndex(panel.dates.astype("datetime64[ns]"), name="session")
    arrays = {"prices": np.where(panel.struck, panel.price, np.nan), **marks, "weights": weights}
    return Frames(**{name: pd.DataFrame(array, index, series) for name, array in arrays.items()})


def signals_envelope(signals: Signals) -> dict[str, Any]:
    """Return signals as plain values: ``schema_version, version, choices, seed, inputs, warnings, tables``."""
    choices, _, inputs, notes = signals.setting
    given = choices.seed, inputs, notes, {"signals": signals.table}
    return plain_envelope(SCHEMA_VERSIONS["signals"], {}, *given, choices=asdict(choices))


def backtest_envelope(result: BacktestResult, search: Search | None = None) -> dict[str, Any]:
    """Return a backtest, and the search that it won, as plain values.

    As `signals_envelope`, with ``rule``, ``costs`` and ``figures`` besides; the tables are those of `backtest_tables`.
    """
    choices, _, inputs, _ = result.setting
    given = choices.seed, inputs, result.warnings, backtest_tables(result, search)
    found = {name: value if np.isfinite(value) else None for name, value in figures(result, search).items()}
    said: dict[str, Any] = {"rule": asdict(result.rule), "costs": asdict(result.costs), "figures": found}
    return plain_envelope(SCHEMA_VERSIONS["backtest"], {}, *given, choices=asdict(choices), **said)


def figures(result: BacktestResult, search: Search | None = None) -> dict[str, float]:
    """Return the figures of a backtest by name."""
    drawn = result.placebo_sharpes
    table: dict[str, float] = {
        "n_trades": len(result.trades),
        "n_open": int((result.trades["status"] == "open").sum()),
        **result.performance._asdict(),
        "hit_rate": result.hit_rate,
        "turnover": result.turnover,
        "exposure": result.exposure,
        **{f"buy_and_hold_{name}": value for name, value in result.buy_and_hold._asdict().items()},
        "placebo_p": result.placebo_p,
        "placebo_n": len(drawn),
        "placebo_median_sharpe": float(np.median(drawn)) if len(drawn) else np.nan,
    }
    if search is not None:
        best = {"best_of_chance_sharpe": search.best_of_chance, "deflated_sharpe": search.deflated_sharpe}
        table |= {"n_rules": len(search.trials), **best}
    return table


def backtest_tables(result: BacktestResult, search: Search | None = None) -> dict[str, pd.DataFrame]:
    """Return the tables of a backtest by name: ``trades, equity, decisions``, and ``trials`` of a search."""
    tables = {"trades": result.trades, "equity": result.equity.reset_index(), "decisions": result.plan.decisions}
    return tables if search is None else {**tables, "trials": search.trials}


def trading_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the envelope of ``ask``, ``signals`` or a ``backtest``, made of their columns."""
    text = (
        "Dates and instants are ISO 8601, instants in UTC. Returns are decimals, differences in the series' own unit."
    )
    tables = {name: rows_schema(columns_of(columns)) for name, columns in _COLUMNS[kind].items()}
    said: dict[str, Any] = {"choices": _fields(Choices)}
    if kind == "ask":
        words = {"type": "string"}
        said = {"question": _fields(Question), "measures": closed(dict.fromkeys(MEASURES, words))}
    elif kind == "backtest":
        number, searched = {"type": ["number", "null"]}, ("n_rules", "best_of_chance_sharpe", "deflated_sharpe")
        figures = closed(dict.fromkeys((*_FIGURES, *searched), number), searched)
        said |= {"rule": _fields(Rule), "costs": _fields(Costs), "figures": figures}
    version = SCHEMA_VERSIONS.get(kind, ASK_VERSION)
    return plain_schema(f"eventstudy {kind}", text, version, said, tables, optional=("trials",))


def _fields(of: type) -> dict[str, Any]:
    """Return the JSON Schema of a dataclass of plain values."""
    hints = get_type_hints(of)
    return closed({field.name: _type(hints[field.name]) for field in fields(of)})


def _type(hint: Any) -> dict[str, Any]:
    args = get_args(hint)
    if type(None) in args:
        return {"anyOf": [_type(args[0]), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _type(args[0])}
    if args:
        return {"type": "object", "additionalProperties": _type(args[1])}
    return {"type": {str: "string", int: "integer", float: "number", bool: "boolean"}[hint]}


def signal_files(signals: Signals, frames: Frames) -> dict[str, bytes]:
    """Return the files of a folder of signals by name: ``signals.json``, ``signals.csv``, and one CSV a frame."""
    return files_of("signals", signals_envelope(signals), {"signals": signals.table, **_sessions(frames)})


def backtest_files(result: BacktestResult, frames: Frames, search: Search | None = None) -> dict[str, bytes]:
    """Return the files of a folder of a backtest by name: ``backtest.json``, one CSV a table, and one CSV a frame."""
    tables = backtest_tables(result, search) | _sessions(frames)
    return files_of("backtest", backtest_envelope(result, search), tables)


def _sessions(frames: Frames) -> dict[str, pd.DataFrame]:
    return {name: table.reset_index() for name, table in frames.tables().items()}
