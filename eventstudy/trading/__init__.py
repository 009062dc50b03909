"""What can be done with it: the answer about holding periods, point-in-time signals, the backtest.

The answer itself is `eventstudy.trading.ask.ask`.
"""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
