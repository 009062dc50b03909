"""A provider that remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pandas as pd

from eventstudy.errors import DataMissingError, EventStudyError, NetworkError
from eventstudy.markets.cache.entry import Entry, Key, Revision
from eventstudy.markets.cache.splice import ONE_DAY, Span, is_rescaled, missing_span, revised, spliced, united, within
from eventstudy.markets.cache.store import Found, Store
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.providers.protocol import Fetched, Provider, Request, assemble, no_progress, ticker_at

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
