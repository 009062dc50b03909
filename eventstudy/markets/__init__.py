"""What traded: instruments, the instants at which their prices are struck, and price histories."""

from eventstudy.markets.history import History, histories_from_prices, histories_from_returns
from eventstudy.markets.instrument import Instrument, find_instrument, instrument_names, unknown_instrument
from eventstudy.markets.stamp import Hours, Stamp

__all__ = [
    "History",
    "Hours",
    "Instrument",
    "Stamp",
    "find_instrument",
    "histories_from_prices",
    "histories_from_returns",
    "instrument_names",
    "unknown_instrument",
]
