"""Signals and backtests as plain data: JSON envelopes and the files of a folder. No clock, path or machine in them."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.study.envelope import records, to_csv, to_json
from eventstudy.trading.backtest import BacktestResult
from eventstudy.trading.frames import Frames
from eventstudy.trading.search import Search
from eventstudy.trading.setting import Setting
from eventstudy.trading.signals import Signals

#: Raised whenever a reader of an older envelope could misread a newer one.
SCHEMA_VERSION = "1.0"

#: Columns that hold a date and no instant.
_DATES = ("session", "event_session", "entry_session", "exit_session", "due")


def dated(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose dates are written as ISO 8601 dates; instants are left as they are."""
    written = {
        name: pd.Series(
            [None if pd.isna(day) else f"{day:%Y-%m-%d}" for day in table[name]], index=table.index, dtype=object
        )
        for name in _DATES
        if name in table
    }
    return table.assign(**written)


def signals_envelope(signals: Signals) -> dict[str, Any]:
    """Return signals as plain values: ``schema_version, version, choices, seed, inputs, warnings, tables``."""
    return _head(signals.setting, signals.setting.notes) | {
        "tables": {"signals": records(dated(signals.table))},
    }


def backtest_envelope(result: BacktestResult, search: Search | None = None) -> dict[str, Any]:
    """Return a backtest as plain values.

    Parameters
    ----------
    result : BacktestResult
        The backtest.
    search : Search, optional
        The search that it won.

    Returns
    -------
    dict
        As `signals_envelope`, with ``rule``, ``costs`` and ``figures`` besides; the tables are those of
        `backtest_tables`.
    """
    return _head(result.setting, result.warnings) | {
        "rule": result.rule.as_dict(),
        "costs": asdict(result.costs),
        "figures": {name: _plain(value) for name, value in figures(result, search).items()},
        "tables": {name: records(dated(table)) for name, table in backtest_tables(result, search).items()},
    }


def figures(result: BacktestResult, search: Search | None = None) -> dict[str, float]:
    """Return the figures of a backtest by name."""
    drawn = result.placebo_sharpes
    table: dict[str, float] = {
        "n_trades": len(result.trades),
        "n_open": int((result.trades["status"] == "open").sum()),
        **result.performance.as_dict(),
        "hit_rate": result.hit_rate,
        "turnover": result.turnover,
        "exposure": result.exposure,
        **{f"buy_and_hold_{name}": value for name, value in result.buy_and_hold.as_dict().items()},
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
    tables = {
        "trades": result.trades,
        "equity": result.equity.reset_index(),
        "decisions": result.plan.decisions,
    }
    return tables if search is None else {**tables, "trials": search.trials}


def trading_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of the envelope of ``signals`` or of a ``backtest``."""
    text = files("eventstudy.trading").joinpath(f"{kind}.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def signal_files(signals: Signals, frames: Frames) -> dict[str, bytes]:
    """Return the files of a folder of signals by name: ``signals.json``, ``signals.csv``, and one CSV a frame."""
    return {
        "signals.json": to_json(signals_envelope(signals)).encode(),
        "signals.csv": to_csv(dated(signals.table)).encode(),
        **_frame_files(frames),
    }


def backtest_files(result: BacktestResult, frames: Frames, search: Search | None = None) -> dict[str, bytes]:
    """Return the files of a folder of a backtest by name: ``backtest.json``, one CSV a table, and one CSV a frame."""
    return {
        "backtest.json": to_json(backtest_envelope(result, search)).encode(),
        **{f"{name}.csv": to_csv(dated(table)).encode() for name, table in backtest_tables(result, search).items()},
        **_frame_files(frames),
    }


def _frame_files(frames: Frames) -> dict[str, bytes]:
    return {f"{name}.csv": to_csv(dated(table.reset_index())).encode() for name, table in frames.tables().items()}


def _head(setting: Setting, warnings: tuple[str, ...]) -> dict[str, Any]:
    from eventstudy.version import version

    return {
        "schema_version": SCHEMA_VERSION,
        "version": version(),
        "seed": setting.choices.seed,
        "inputs": [asdict(item) for item in setting.inputs],
        "warnings": list(warnings),
        "choices": setting.choices.as_dict(),
    }


def _plain(value: float) -> float | None:
    return value if isinstance(value, int) or np.isfinite(value) else None
