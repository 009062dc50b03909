"""What can be done with it: the answer about holding periods, point-in-time signals, the backtest.

Every name is fetched from its module when it is first asked for. The answer itself is `eventstudy.trading.ask.ask`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.trading.backtest import BacktestResult, run_backtest
    from eventstudy.trading.costs import Costs
    from eventstudy.trading.frames import Frames, frames_of, signal_frames
    from eventstudy.trading.performance import Performance, deflated_sharpe
    from eventstudy.trading.rule import Rule
    from eventstudy.trading.search import Search, search_rules
    from eventstudy.trading.signals import Signals, make_signals

_HOMES = {
    "BacktestResult": "backtest",
    "Costs": "costs",
    "Frames": "frames",
    "Performance": "performance",
    "Rule": "rule",
    "Search": "search",
    "Signals": "signals",
    "deflated_sharpe": "performance",
    "frames_of": "frames",
    "make_signals": "signals",
    "run_backtest": "backtest",
    "search_rules": "search",
    "signal_frames": "frames",
}

__all__ = [
    "BacktestResult",
    "Costs",
    "Frames",
    "Performance",
    "Rule",
    "Search",
    "Signals",
    "deflated_sharpe",
    "frames_of",
    "make_signals",
    "run_backtest",
    "search_rules",
    "signal_frames",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.trading.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.trading' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
