"""What can be done with it: the answer about holding periods, point-in-time signals, the backtest.

The answer itself is `eventstudy.trading.ask.ask`.
"""

from eventstudy.trading.accounts import Performance, deflated_sharpe
from eventstudy.trading.ask import AskResult, Question, ask_envelope, asked_for, make_question
from eventstudy.trading.backtest import BacktestResult, Costs, Rule, Search, run_backtest, search_rules
from eventstudy.trading.export import Frames, frames_of, signal_frames, trading_schema
from eventstudy.trading.signals import Signals, make_signals, shrink

__all__ = [
    "AskResult", "BacktestResult", "Costs", "Frames", "Performance", "Question", "Rule", "Search", "Signals",
    "ask_envelope", "asked_for", "deflated_sharpe", "frames_of", "make_question", "make_signals", "run_backtest",
    "search_rules", "shrink", "signal_frames", "trading_schema",
]  # fmt: skip
