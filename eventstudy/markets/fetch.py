"""One call for prices: a provider by its name, the memory behind it so that only what is missing is fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, EventStudyError, NetworkError, require_known
from eventstudy.markets.cache import Entry, Found, Key, Revision, Store, default_folder
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
from eventstudy.markets.providers.protocol import Request, assemble, ticker_at

ONE_DAY = timedelta(days=1)

#: Days fetched again on the near side of a gap, to notice revisions.
OVERLAP = timedelta(days=7)

#: Relative difference from which two figures are not the same figure.
_SAME = 1e-9

#: Sessions that must all have been revised before the past counts as rescaled.
_ENOUGH = 3


@dataclass(frozen=True)
class Span:
    """Dates, both ends included."""

    first: date
    last: date


def missing_span(entry: Entry | None, first: date, last: date) -> Span | None:
    """Return the dates that must be fetched to have all from `first` to `last` without a hole.

    Parameters
    ----------
    entry : Entry or None
        What there is.
    first, last : date
        What is wanted.

    Returns
    -------
    Span or None
        With an overlap of a week over what there is; None if nothing is missing. Days after the last price that is
        there count as missing, even if they were asked for before: there may be a price by now.
    """
    if entry is None:
        return Span(first, last)
    newest = entry.prices.index[-1].date()
    early, late = first < entry.first, _has_weekday(newest + ONE_DAY, last)
    if early and late:
        return Span(first, last)
    if early:
        return Span(first, min(entry.first + OVERLAP, entry.last))
    if late:
        return Span(max(newest - OVERLAP, entry.first), last)
    return None


def _has_weekday(first: date, last: date) -> bool:
    return last >= first and bool(np.busday_count(first, last + ONE_DAY))


def touches(entry: Entry, span: Span) -> bool:
    """Whether there is no day between the dates of an entry and a span."""
    return span.first <= entry.last + ONE_DAY and entry.first - ONE_DAY <= span.last


def within(prices: pd.Series, span: Span) -> pd.Series:
    """Return the prices of a span."""
    return prices[(prices.index >= pd.Timestamp(span.first)) & (prices.index <= pd.Timestamp(span.last))]


def spliced(entry: Entry, fresh: pd.Series, span: Span) -> Entry:
    """Return the entry with the figures of a span replaced by fresh ones, and what that revised.

    Parameters
    ----------
    entry : Entry
        What there was.
    fresh : Series
        Everything the provider has in the span.
    span : Span
        Touches or overlaps the dates of the entry.

    Returns
    -------
    Entry
        Over the dates of both.
    """
    replaced = within(entry.prices, span)
    return Entry(
        entry.key,
        pd.concat([entry.prices.drop(replaced.index), fresh]).sort_index(),
        min(entry.first, span.first),
        max(entry.last, span.last),
        (*entry.revisions, *revised(replaced, fresh)),
    )


def united(mine: Entry, now: Entry | None, fresh: pd.Series, span: Span) -> Entry:
    """Return what to store when another process may have stored something since the entry was read.

    Parameters
    ----------
    mine : Entry
        What was read, with the fresh figures in it: all that this process needs.
    now : Entry or None
        What is stored now.
    fresh : Series
        Everything the provider has in the span.
    span : Span
        What was just fetched.

    Returns
    -------
    Entry
        The dates of both: fresh figures in the span, those stored now where they are, and the others of `mine`. When a
        hole would be left between the two, `mine` alone.
    """
    if now is None or not touches(now, Span(mine.first, mine.last)):
        return mine
    both = spliced(mine, now.prices, Span(now.first, now.last))
    changes = revised(within(now.prices, span), fresh)
    return replace(spliced(both, fresh, span), revisions=(*now.revisions, *changes))


def revised(old: pd.Series, fresh: pd.Series) -> tuple[Revision, ...]:
    """Return the sessions of which there was a figure and now is another, or none."""
    now = fresh.reindex(old.index)
    changed = ~np.isclose(old.to_numpy(), now.to_numpy(), rtol=_SAME, atol=0.0)
    return tuple(
        Revision(f"{day:%Y-%m-%d}", float(before), None if np.isnan(after) else float(after))
        for day, before, after in zip(old.index[changed], old[changed], now[changed], strict=True)
    )


def is_rescaled(old: pd.Series, fresh: pd.Series, span: Span) -> bool:
    """Whether every old figure in the span is another now, as after a dividend (adjusted prices) or a split.

    The figures before the span are then on another scale than the new ones.
    """
    inside = within(old, span)
    return len(inside) >= _ENOUGH and len(revised(inside, fresh)) == len(inside)


#: Instruments asked for at a time: what came is stored before the next are asked for.
_BATCH = 8


@dataclass(frozen=True)
class CachedProvider:
    """A network provider with a memory: only what is missing is fetched.

    Parameters
    ----------
    provider : Provider
        Who is asked for what is missing.
    store : Store
        The memory.
    refresh : bool
        Whether to fetch anew what is there.
    offline : bool
        Whether to use the memory only.
    progress : callable, optional
        Called with the name of each instrument whose prices are there.
    """

    provider: Provider
    store: Store
    refresh: bool = False
    offline: bool = False
    progress: Callable[[str], None] = no_progress

    @property
    def name(self) -> str:
        """The name of the provider behind it."""
        return self.provider.name

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument, from the memory as far as it goes.

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            The same prices as the provider itself would give, with notes on revised figures, on damaged files, and
            where cached figures had to do because the network failed.

        Raises
        ------
        DataMissingError
            If the provider, or the memory when `offline`, has nothing of an instrument.
        NetworkError
            If something must be fetched and cannot be, and the memory does not cover the request; what it holds stays.
        """
        entries: dict[str, Entry] = {}
        notes: list[str] = []
        wanted: dict[Span, list[Instrument]] = {}
        for instrument in request.instruments:
            found = self.store.read(self._key(instrument, request))
            notes += found.notes
            span = self._span(found, instrument, request)
            if found.entry is not None:
                entries[instrument.name] = found.entry
            if span is None:
                self.progress(instrument.name)
            else:
                wanted.setdefault(span, []).append(instrument)
        for span, instruments in wanted.items():
            for some in _batches(instruments):
                notes += self._fill(entries, some, span, request)
        return assemble({name: entry.prices for name, entry in entries.items()}, request, self.name, notes=notes)

    def _key(self, instrument: Instrument, request: Request) -> Key:
        symbol = ticker_at(self.name, instrument).symbol
        return Key(self.name, instrument.name, symbol, request.adjusted)

    def _span(self, found: Found, instrument: Instrument, request: Request) -> Span | None:
        """Return the dates that must be fetched."""
        entry = found.entry
        if self.offline:
            if entry is None or not entry.covers(request.first, request.last):
                raise DataMissingError(
                    f"offline, and the cache {_holds(instrument.name, self.name, entry)}, "
                    + "; ".join((f"not all of {request.span}", *found.notes, "fetch it once without --offline"))
                )
            return None
        if self.refresh:
            return _joining(entry, request)
        return missing_span(entry, request.first, request.last)

    def _fill(
        self, entries: dict[str, Entry], instruments: list[Instrument], span: Span, request: Request
    ) -> list[str]:
        """Fetch a span for some instruments into memory and entries; return what is to be noted."""
        try:
            fetched = self._ask(instruments, span, request)
        except DataMissingError as error:
            if len(instruments) > 1:  # keep what the others have
                return [note for one in instruments for note in self._fill(entries, [one], span, request)]
            return self._make_do(entries, instruments, request, error)
        except NetworkError as error:
            return self._make_do(entries, instruments, request, error)
        notes = list(fetched.notes)
        for instrument in instruments:
            fresh = fetched.prices[instrument.name].dropna()
            before = entries.get(instrument.name)
            kept, more = self._keep(instrument, fresh, span, before, request)
            entries[instrument.name] = kept
            notes += more
            self.progress(instrument.name)
        return notes

    def _ask(self, instruments: list[Instrument], span: Span, request: Request) -> Fetched:
        return self.provider.fetch(replace(request, instruments=tuple(instruments), first=span.first, last=span.last))

    def _keep(
        self, instrument: Instrument, fresh: pd.Series, span: Span, before: Entry | None, request: Request
    ) -> tuple[Entry, list[str]]:
        """Store what came, beside what was there; return what is there now, and what was revised."""
        key = self._key(instrument, request)
        new = Entry(key, fresh, span.first, span.last)
        changes = () if before is None else revised(within(before.prices, span), fresh)
        notes = _told(instrument.name, self.name, changes)
        if before is not None and is_rescaled(before.prices, fresh, span):
            whole = Span(min(before.first, span.first), max(before.last, span.last))
            everything = self._ask([instrument], whole, request).prices[instrument.name].dropna()
            new = Entry(key, everything, whole.first, whole.last, (*before.revisions, *changes))
            notes.append(f"{instrument.name}: every figure is another now (a dividend or a split); all fetched anew")
            found = self.store.update(key, lambda _: new)
        else:
            mine = new if before is None else spliced(before, fresh, span)
            found = self.store.update(key, lambda now: united(mine, now, fresh, span))
        return found.entry or new, [*notes, *found.notes]

    def _make_do(
        self, entries: dict[str, Entry], instruments: list[Instrument], request: Request, error: EventStudyError
    ) -> list[str]:
        """Use the memory where it covers what was asked, else pass the error on."""
        for instrument in instruments:
            entry = entries.get(instrument.name)
            if self.refresh or entry is None or not entry.covers(request.first, request.last):
                if entry is None:
                    raise error
                raise type(error)(f"{error} The cache {_holds(instrument.name, self.name, entry)}.") from error
        for instrument in instruments:
            self.progress(instrument.name)
        names = ", ".join(instrument.name for instrument in instruments)
        return [f"{names}: cached figures were used; {str(error).splitlines()[0]}"]


def _batches(instruments: list[Instrument]) -> Iterator[list[Instrument]]:
    for begin in range(0, len(instruments), _BATCH):
        yield instruments[begin : begin + _BATCH]


def _joining(entry: Entry | None, request: Request) -> Span:
    """Return the dates of the request, and those between them and what is there, so that no hole is left."""
    if entry is None:
        return Span(request.first, request.last)
    return Span(min(request.first, entry.last + ONE_DAY), max(request.last, entry.first - ONE_DAY))


def _holds(name: str, provider: str, entry: Entry | None) -> str:
    """Say what the memory has of a series."""
    if entry is None:
        return f"has nothing of '{name}' from {provider}"
    return f"holds '{name}' from {provider} for {entry.first} .. {entry.last}"


def _told(name: str, provider: str, changes: tuple[Revision, ...]) -> list[str]:
    """Say what a provider revised."""
    if not changes:
        return []
    first, more = changes[0], len(changes) - 1
    after = "none" if first.after is None else f"{first.after:g}"
    others = f" and {more} more session{'s' if more > 1 else ''}" if more else ""
    return [f"{provider} revised {name} on {first.session}: {first.before:g} -> {after}{others}"]


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
