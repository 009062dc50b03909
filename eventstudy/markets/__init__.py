"""What traded: instruments, the instants at which their prices are struck, price files and histories of any layout.

Prices from providers and the cache are `eventstudy.markets.fetch`, further calendars `eventstudy.markets.calendar`.
"""

from eventstudy.markets.bundled import join_series, load_series, series_labels
from eventstudy.markets.calendar import Closure, expected_sessions
from eventstudy.markets.history import (
    History,
    bars_ended_by,
    common_sessions,
    histories_from_bars,
    histories_from_prices,
    histories_from_returns,
    histories_from_volumes,
    on_sessions,
    stamps_of,
    struck_by,
)
from eventstudy.markets.identity import identify, instrument_words, read_closures, said_of
from eventstudy.markets.instrument import (
    Instrument,
    find_instrument,
    instrument_names,
    read_catalog,
    unknown_instrument,
)
from eventstudy.markets.prices import check_bars, check_prices, read_prices
from eventstudy.markets.quality import Finding, align, check_history, data_warnings
from eventstudy.markets.stamp import Hours, Stamp, local_instants

__all__ = [
    "Closure", "Finding", "History", "Hours", "Instrument", "Stamp", "align", "bars_ended_by", "check_bars",
    "check_history", "check_prices", "common_sessions", "data_warnings", "expected_sessions", "find_instrument",
    "histories_from_bars", "histories_from_prices", "histories_from_returns", "histories_from_volumes", "identify",
    "instrument_names", "instrument_words", "join_series", "load_series", "local_instants", "on_sessions",
    "read_catalog", "read_closures", "read_prices", "said_of", "series_labels", "stamps_of", "struck_by",
    "unknown_instrument",
]  # fmt: skip
