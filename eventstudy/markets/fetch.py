"""One call for prices: a provider by its name, the cache behind it, and what to know of what came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from eventstudy.errors import require_known
from eventstudy.markets.cache import CachedProvider, Store, default_folder
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.providers import (
    AutoProvider,
    BundledProvider,
    Fetched,
    FredProvider,
    Provider,
    YahooProvider,
    make_request,
    no_progress,
    shortfalls,
)

#: The providers that go by a name, the default first.
PROVIDERS = ("auto", "bundled", "yahoo", "fred")


def fetch_prices(
    instruments: str | Iterable[str | Instrument],
    first: str | date,
    last: str | date,
    *,
    provider: str | Provider = "auto",
    adjusted: bool = False,
    refresh: bool = False,
    offline: bool = False,
    cache: str | Path | None = None,
    progress: Callable[[str], None] = no_progress,
) -> Fetched:
    """Return prices of instruments between two dates.

    Parameters
    ----------
    instruments : str or iterable of str or Instrument
        Names, aliases or tickers: ``"ruble,brent"``, ``["usdrub", "BZ=F"]``; ``"yahoo:AAPL"`` names a symbol outside
        the catalogue.
    first, last : str or date
        First and last date, both wanted.
    provider : {'auto', 'bundled', 'yahoo', 'fred'} or Provider
        Who is asked. ``auto`` takes bundled figures where they cover the dates, else the network, and says which. A
        provider of your own is asked as it is, without the cache.
    adjusted : bool
        Whether dividends are added back.
    refresh : bool
        Whether to fetch anew what the cache has.
    offline : bool
        Whether to use the cache and the bundled figures only.
    cache : str or Path, optional
        Folder of the cache; default that of the environment variable `EVENTSTUDY_CACHE`, else the platform's.
    progress : callable, optional
        Called with the name of each instrument whose prices are there.

    Returns
    -------
    Fetched
        Prices as quoted, the instruments with this provider's stamps, and notes.

    Raises
    ------
    UnknownNameError
        If an instrument or provider has no such name.
    DataMissingError
        If nobody has prices of an instrument in these dates.
    NetworkError
        If the network is needed and fails.

    Examples
    --------
    >>> fetched = fetch_prices("ruble,brent", "2022-02-21", "2022-02-25", provider="bundled")
    >>> fetched.prices.shape, fetched.instruments["ruble"].orientation
    ((5, 2), -1)
    """
    request = make_request(instruments, first, last, adjusted=adjusted)
    store = Store(Path(cache) if cache is not None else default_folder())
    asked = provider
    if isinstance(asked, str):
        asked = _by_name(asked, store, refresh=refresh, offline=offline, progress=progress)
    fetched = asked.fetch(request)
    return replace(fetched, notes=(*fetched.notes, *shortfalls(fetched, request)))


def _by_name(name: str, store: Store, *, refresh: bool, offline: bool, progress: Callable[[str], None]) -> Provider:
    """Return the provider of that name, with the cache behind what is on the network."""

    def remembering(provider: Provider) -> Provider:
        return CachedProvider(provider, store, refresh=refresh, offline=offline, progress=progress)

    require_known(name, PROVIDERS, "provider")
    if name == "bundled":
        return BundledProvider()
    if name == "yahoo":
        return remembering(YahooProvider())
    if name == "fred":
        return remembering(FredProvider())
    return AutoProvider({"yahoo": remembering(YahooProvider()), "fred": remembering(FredProvider())}, progress=progress)
