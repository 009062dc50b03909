"""What was fetched is kept, so that only what is missing is fetched again."""

from eventstudy.markets.cache.cached import CachedProvider
from eventstudy.markets.cache.entry import DamagedError, Entry, Key, Revision
from eventstudy.markets.cache.store import FOLDER_VARIABLE, Found, Store, default_folder

__all__ = [
    "FOLDER_VARIABLE",
    "CachedProvider",
    "DamagedError",
    "Entry",
    "Found",
    "Key",
    "Revision",
    "Store",
    "default_folder",
]
