"""Where prices come from: bundled figures, Yahoo Finance, FRED, or whichever fits."""

from eventstudy.markets.providers.auto import AutoProvider, BundledProvider
from eventstudy.markets.providers.fred import URL_VARIABLE, FredProvider
from eventstudy.markets.providers.protocol import (
    NETWORK,
    WAITS_VARIABLE,
    BusyError,
    Fetched,
    Provider,
    Request,
    Retry,
    make_request,
    no_progress,
    shortfalls,
)
from eventstudy.markets.providers.yahoo import YahooProvider

__all__ = [
    "NETWORK",
    "URL_VARIABLE",
    "WAITS_VARIABLE",
    "AutoProvider",
    "BundledProvider",
    "BusyError",
    "Fetched",
    "FredProvider",
    "Provider",
    "Request",
    "Retry",
    "YahooProvider",
    "make_request",
    "no_progress",
    "shortfalls",
]
