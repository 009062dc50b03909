"""Where prices come from: bundled figures, Yahoo Finance, FRED, or whichever fits."""

from eventstudy.markets.providers.network import URL_VARIABLE, FredProvider, YahooProvider
from eventstudy.markets.providers.protocol import (
    NETWORK,
    WAITS_VARIABLE,
    AutoProvider,
    BundledProvider,
    BusyError,
    Fetched,
    Provider,
    Request,
    Retry,
    make_request,
    no_progress,
    shortfalls,
)

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
