"""Signals and backtests as plain data: frames for backtest libraries, JSON envelopes, and the files of a folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.study.envelope import closed, files_of, plain_envelope, plain_schema
from eventstudy.trading import ask
from eventstudy.trading.accounts import Performance, PricePanel
from eventstudy.trading.backtest import BacktestResult, Costs, Plan, Rule, Search, make_plan
from eventstudy.trading.signals import TABLES, Choices, Market, Signals

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSIONS = {"ask": ask.SCHEMA_VERSION, "signals": "2.0", "backtest": "1.0"}

_FIGURES = (
    *("n_trades", "n_open", *Performance._fields, "hit_rate", "turnover", "exposure"),
    *(f"buy_and_hold_{name}" for name in Performance._fields),
    *("placebo_p", "placebo_n", "placebo_median_sharpe"),
)
_SEARCHED = ("n_rules", "best_of_chance_sharpe", "deflated_sharpe")


class Frames(NamedTuple):
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
        return self._asdict()

    def bars(self, series: str) -> pd.DataFrame:
        """Return one instrument as bars of ``Open, High, Low, Close``, all four its one price, with its signals.

        The further columns ``Entry, Exit, ShortEntry, ShortExit`` are bool; sessions without a price are left out.
        """
        require_known(series, list(map(str, self.prices)), "series")
        named = dict(zip(("Entry", "Exit", "ShortEntry", "ShortExit"), self[1:5], strict=True))
        columns = dict.fromkeys(("Open", "High", "Low", "Close"), self.prices) | named
        return pd.DataFrame({name: of[series] for name, of in columns.items()})[self.prices[series].notna()]


def signal_frames(signals: Signals, rule: Rule | None = None) -> Frames:
    """Return the frames of point-in-time signals over all sessions of the prices.

    Series that nobody can own, such as the VIX, are left out. Without a `rule` positions are held as long as the
    signals were made for, none while one in its instrument is open.
    """
    markets = {name: market for name, market in signals.markets.items() if market.tradable}
    return frames_of(markets, make_plan(markets, rule or Rule(hold=signals.choices.hold), signals))


def frames_of(markets: Mapping[str, Market], plan: Plan) -> Frames:
    """Return the round trips of a plan as frames over all sessions of the prices; weights that overlap add up."""
    panel = PricePanel.of(markets)
    marks, weights = np.zeros((4, *panel.price.shape), dtype=bool), np.zeros(panel.price.shape)
    for trip in plan.trips:
        s, (begin, end) = list(markets).index(trip.series), panel.rows[trip.series][[trip.entry, trip.exit]]
        opens, closes = (0, 1) if trip.side > 0 else (2, 3)
        marks[opens, begin, s] = True
        marks[closes, end : end + 1, s] = True  # none where the exit has not come yet
        weights[begin:end, s] += trip.side * trip.weight
    index = pd.DatetimeIndex(panel.dates.astype("datetime64[ns]"), name="session")
    arrays = (np.where(panel.struck, panel.price, np.nan), *marks, weights)
    return Frames(*(pd.DataFrame(array, index, list(markets)) for array in arrays))


def trading_tables(made: Signals | BacktestResult, search: Search | None = None) -> dict[str, pd.DataFrame]:
    """Return tables by name: ``signals``; or ``trades, equity, decisions``, and ``trials`` of the search it won."""
    if isinstance(made, Signals):
        return {"signals": made.table}
    tables = {"trades": made.trades, "equity": made.equity.reset_index(), "decisions": made.plan.decisions}
    return tables if search is None else {**tables, "trials": search.trials}


def trading_envelope(made: Signals | BacktestResult, search: Search | None = None) -> dict[str, Any]:
    """Return signals, or a backtest and the search that it won, as plain values; `trading_schema` describes them."""
    more: dict[str, Any] = {}
    if isinstance(made, Signals):
        kind, setting, warnings = "signals", made, made.notes
    else:
        kind, setting, warnings = "backtest", made.setting, made.warnings
        found = {name: value if np.isfinite(value) else None for name, value in figures(made, search).items()}
        more = {"rule": asdict(made.rule), "costs": asdict(made.costs), "figures": found}
    given = setting.choices.seed, setting.inputs, warnings, trading_tables(made, search)
    return plain_envelope(SCHEMA_VERSIONS[kind], {}, *given, choices=asdict(setting.choices), **more)


def trading_files(made: Signals | BacktestResult, search: Search | None = None) -> dict[str, bytes]:
    """Return the files of a folder by name: ``signals.json`` or ``backtest.json``, and one CSV a table and a frame."""
    if isinstance(made, Signals):
        kind, frames = "signals", signal_frames(made)
    else:
        kind, frames = "backtest", frames_of(made.setting.markets, made.plan)
    tables = trading_tables(made, search) | {name: of.reset_index() for name, of in frames.tables().items()}
    return files_of(kind, trading_envelope(made, search), tables)


def figures(result: BacktestResult, search: Search | None = None) -> dict[str, float]:
    """Return the figures of a backtest by name."""
    drawn, status = result.placebo_sharpes, result.trades["status"]
    own = len(status), int((status == "open").sum()), *result.performance
    more = result.hit_rate, result.turnover, result.exposure, *result.buy_and_hold, result.placebo_p
    placebo = len(drawn), float(np.median(drawn)) if len(drawn) else np.nan
    table = dict(zip(_FIGURES, (*own, *more, *placebo), strict=True))
    won = () if search is None else (len(search.trials), search.best_of_chance, search.deflated_sharpe)
    return table | dict(zip(_SEARCHED, won, strict=False))


def trading_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the envelope of ``ask``, ``signals`` or a ``backtest``, made of their columns."""
    text = (
        "Dates and instants are ISO 8601, instants in UTC. Returns are decimals, differences in the series' own unit."
    )
    of: dict[str, type] = {"question": ask.Question} if kind == "ask" else {"choices": Choices}
    of |= {"rule": Rule, "costs": Costs} if kind == "backtest" else {}
    hints = {name: get_type_hints(kept).items() for name, kept in of.items()}
    said = {name: closed({field: _type(hint) for field, hint in fields}) for name, fields in hints.items()}
    if kind == "ask":
        said["measures"] = closed({name: {"type": "string"} for name in ask.MEASURES})
    elif kind == "backtest":
        said["figures"] = closed({name: {"type": ["number", "null"]} for name in (*_FIGURES, *_SEARCHED)}, _SEARCHED)
    return plain_schema(f"eventstudy {kind}", text, SCHEMA_VERSIONS[kind], said, TABLES[kind], optional=("trials",))


def _type(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of a plain value."""
    args = get_args(hint)
    if type(None) in args:
        return {"anyOf": [_type(args[0]), {"type": "null"}]}
    if get_origin(hint) is tuple:
        return {"type": "array", "items": _type(args[0])}
    if args:
        return {"type": "object", "additionalProperties": _type(args[1])}
    return {"type": {str: "string", int: "integer", float: "number", bool: "boolean"}[hint]}
