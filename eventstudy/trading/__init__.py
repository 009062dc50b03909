"""What can be done with it: the answer about holding periods, point-in-time signals, the backtest.

The answer itself is `eventstudy.trading.ask.ask`.
"""

from eventstudy.trading.accounts import Performance, deflated_sharpe
from eventstudy.trading.ask import AskResult
from eventstudy.trading.backtest import BacktestResult, Costs, Rule, Search, run_backtest, search_rules
from eventstudy.trading.export import Frames, frames_of, signal_frames
from eventstudy.trading.signals import Signals, make_signals

__all__ = [
    "AskResult", "BacktestResult", "Costs", "Frames", "Performance", "Rule", "Search", "Signals", "deflated_sharpe",
    "frames_of", "make_signals", "run_backtest", "search_rules", "signal_frames",
]  # fmt: skip
