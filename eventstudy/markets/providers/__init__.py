"""Where prices come from: bundled figures, Yahoo Finance, FRED, or whichever fits."""

from eventstudy.markets.providers.auto import AutoProvider
from eventstudy.markets.providers.bundled import BundledProvider
from eventstudy.markets.providers.fred import URL_VARIABLE, FredProvider
from eventstudy.markets.providers.patience import WAITS_VARIABLE, BusyError, Patience
from eventstudy.markets.providers.protocol import NETWORK, Fetched, Provider, Request, make_request, shortfalls
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
    "Patience",
    "Provider",
    "Request",
    "YahooProvider",
    "make_request",
    "shortfalls",
]
