"""What can be done with it: the answer about holding periods, point-in-time signals, the backtest.

Every name is fetched from its module when it is first asked for. The answer itself is `eventstudy.trading.ask.ask`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.trading.accounts import Performance, deflated_sharpe
    from eventstudy.trading.ask import AskResult
    from eventstudy.trading.backtest import BacktestResult, Search, run_backtest, search_rules
    from eventstudy.trading.export import Frames, frames_of, signal_frames
    from eventstudy.trading.rules import Costs, Rule
    from eventstudy.trading.signals import Signals, make_signals

_NAMES = {
    "accounts": "Performance deflated_sharpe",
    "ask": "AskResult",
    "backtest": "BacktestResult Search run_backtest search_rules",
    "export": "Frames frames_of signal_frames",
    "rules": "Costs Rule",
    "signals": "Signals make_signals",
}

__all__ = [
    "AskResult", "BacktestResult", "Costs", "Frames", "Performance", "Rule", "Search", "Signals", "deflated_sharpe",
    "frames_of", "make_signals", "run_backtest", "search_rules", "signal_frames",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    for module, names in _NAMES.items():
        if name in names.split():
            return getattr(import_module(f"eventstudy.trading.{module}"), name)
    raise AttributeError(f"module 'eventstudy.trading' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
