"""One call for prices: a provider by its name, a cache behind it so that only what is missing is fetched."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, EventStudyError, InputError, NetworkError, require_known
from eventstudy.files import locked, path_of, write_files
from eventstudy.markets import providers
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.providers import Fetched, Progress, Provider, Request
from eventstudy.options import SOURCES
from eventstudy.wording import counted

#: The providers that go by a name, the default first.
PROVIDERS = SOURCES["provider"].values()

#: Calendar days that may lie between the end asked for and the last price before it is remarked.
_ORDINARY_GAP = 7

#: Days fetched again on the near side of a gap, to notice revisions.
_OVERLAP, _DAY = timedelta(days=7), timedelta(days=1)

#: Relative difference from which two figures are not the same; sessions that must all be revised to be rescaled ones.
_SAME, _ENOUGH = 1e-9, 3

#: Instruments asked for at a time: what came is stored before the next are asked for.
_BATCH = 8

_FILE, _LOCK, _DAMAGED = "prices.csv", "lock", "is not what was written: "

#: A file of a series is not larger, in bytes: a price a day of two thousand years.
_LARGEST = 25_000_000

#: Names of what we write, now and in former versions; cut writes begin with a point. Nothing else is ever removed.
_OURS = re.compile(r"\.?(prices\.csv|label\.json|prices-[0-9a-f]{12}\.csv)(\..+)?")


class Key(NamedTuple):
    """Which series it is: whose figures of what, under which symbol there, and whether dividends are added back."""

    provider: str
    instrument: str
    symbol: str
    adjusted: bool = False

    @property
    def folder(self) -> str:
        """Its folder below the cache's, which holds nothing else.

        Examples
        --------
        >>> Key("yahoo", "em-bonds", "EMB", adjusted=True).folder, Key("yahoo", "^SKEW", "^SKEW").folder
        ('yahoo/em-bonds@adjusted', 'yahoo/%5ESKEW')
        """
        name = quote(self.instrument, safe="", errors="replace")
        name = name if name.strip(".") else name.replace(".", "%2E")  # which would be another folder
        return f"{self.provider}/{name}" + ("@adjusted" if self.adjusted else "")


@dataclass(frozen=True, eq=False)
class Entry:
    """A cached series.

    Parameters
    ----------
    key : Key
        Which it is.
    prices : Series, shape (T,)
        Prices as the provider gave them, indexed by session.
    first, last : date
        The dates that were asked for, without a hole.
    revisions : tuple of (str, float, float or None)
        Session, figure before and after (None where there is none any more) of what changed since it was first stored.
    """

    key: Key
    prices: pd.Series
    first: date
    last: date
    revisions: tuple[tuple[str, float, float | None], ...] = ()

    def covers(self, first: date, last: date) -> bool:
        """Whether all of these dates were asked for when it was stored."""
        return self.first <= first and last <= self.last

    def within(self, first: date, last: date) -> pd.Series:
        """Return the prices from one date to another."""
        return self.prices.loc[str(first) : str(last)]

    def revised_by(self, newer: Entry) -> tuple[tuple[str, float, float | None], ...]:
        """Return the sessions of which there was a figure and now is another, or none, as `revisions` holds them."""
        old = self.within(newer.first, newer.last)
        now = newer.prices.reindex(old.index).astype(object).where(lambda figures: figures.notna(), None)
        return tuple(
            (f"{day:%Y-%m-%d}", before, after)
            for day, before, after in zip(old.index, old.tolist(), now, strict=True)
            if after is None or not isclose(before, after, rel_tol=_SAME)
        )

    def joined(self, newer: Entry) -> Entry | None:
        """Return the series with the dates of a newer one replaced; None where a day would be left between the two."""
        if newer.first > self.last + _DAY or self.first - _DAY > newer.last:
            return None
        prices = pd.concat([self.prices.drop(self.within(newer.first, newer.last).index), newer.prices]).sort_index()
        first, last = min(self.first, newer.first), max(self.last, newer.last)
        return Entry(self.key, prices, first, last, (*self.revisions, *self.revised_by(newer)))

    def merged(self, before: Entry | None, now: Entry | None) -> Entry:
        """Return what to store of fresh figures: they, what this process read before, what another stored since."""
        mine = (before and before.joined(self)) or self
        both = now and mine.joined(now)
        if now is None or both is None:
            return mine
        return replace(both.joined(self) or mine, revisions=(*now.revisions, *now.revised_by(self)))

    @staticmethod
    def _digest(label: Mapping[str, Any], content: bytes) -> str:
        """Return the digest of what a series is, and of its figures."""
        return hashlib.sha256(json.dumps(label, ensure_ascii=False).encode() + content).hexdigest()

    def written(self) -> bytes:
        """Return it as a file: a label as JSON in the first line, which vouches for the rows after it."""
        rows = "".join(f"{day:%Y-%m-%d},{float(price)!r}\n" for day, price in self.prices.items())
        content = f"session,price\n{rows}".encode()
        label = {**self.key._asdict(), "first": self.first.isoformat(), "last": self.last.isoformat()}
        label["revisions"] = self.revisions
        signed = {**label, "sha256": self._digest(label, content)}
        return f"# {json.dumps(signed, ensure_ascii=False)}\n".encode() + content

    @classmethod
    def read(cls, path: Path) -> Entry | str | None:
        """Return the series of a file; what is wrong where it is not what was written; None where there is none."""
        try:
            found = cls._parsed(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            found = f"its label cannot be read ({type(error).__name__})"
        return f"{_DAMAGED}{found}" if isinstance(found, str) else found

    @classmethod
    def _parsed(cls, path: Path) -> Entry | str:
        """Return the series that is written in a file, or what is wrong with it."""
        if path.exists() and not path.is_file():  # a pipe would be waited for
            return "it is not an ordinary file"
        if path.stat().st_size > _LARGEST:
            return "it is larger than any series"
        head, _, content = path.read_bytes().partition(b"\n")
        label = json.loads(head.decode("utf-8").removeprefix("# "))
        if label.pop("sha256") != cls._digest(label, content):
            return "its figures are not those written down"
        rows = [line.split(",") for line in content.decode("utf-8").splitlines()[1:]]
        days = pd.to_datetime([day for day, _ in rows], format="%Y-%m-%d").as_unit("ns")
        prices = pd.Series([float(price) for _, price in rows], days, dtype="float64")
        first, last = (date.fromisoformat(label[end]) for end in ("first", "last"))
        revisions = tuple((day, before, after) for day, before, after in label["revisions"])
        return cls(Key(**{name: label[name] for name in Key._fields}), prices, first, last, revisions)


def default_folder() -> Path:
    """Return the folder that the environment variable `EVENTSTUDY_CACHE` names, else one in the user's cache folder."""
    if named := os.environ.get("EVENTSTUDY_CACHE"):
        return Path(named)
    from platformdirs import user_cache_path

    return user_cache_path("raise-or-fold", appauthor=False)


class Store:
    """A folder of cached series, each a file in a folder of its own.

    Parameters
    ----------
    folder : Path
        Where; made when something is written.

    Notes
    -----
    A file is replaced in one step, so that whoever is killed leaves the old series or the new one. Readers need no
    lock; writers hold one from reading the old entry to replacing it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: Key) -> tuple[Entry | None, list[str]]:
        """Return a series whose figures are those that were written, None where there is none, and what was wrong."""
        found = Entry.read(self.folder / key.folder / _FILE)
        if isinstance(found, str):
            return None, [f"the cached {key.folder} {found.replace(_DAMAGED, 'was damaged, ')}"]
        return (found if found is not None and found.key == key else None), []

    def update(self, key: Key, merge: Callable[[Entry | None], Entry]) -> tuple[Entry, list[str]]:
        """Replace a series by what is made of the one that is there now; nobody else writes meanwhile.

        Parameters
        ----------
        key : Key
            Which.
        merge : callable
            Is given the entry that is there, None if there is none, and returns the new one.

        Returns
        -------
        tuple of Entry, list of str
            The new entry; with a note if it could not be written.
        """
        home = self.folder / key.folder
        try:
            with locked(self.folder / _LOCK):
                now = Entry.read(home / _FILE)
                entry = merge(now if isinstance(now, Entry) and now.key == key else None)
                write_files(home, {_FILE: entry.written()})
                self._remove(home, kept=_FILE)  # what writers left that were killed
        except (OSError, InputError) as error:
            return merge(None), [f"{key.instrument} is not kept in the cache: {error}"]
        return entry, []

    def entries(self) -> Iterator[Entry | str]:
        """Yield every series in order; of one that is damaged, a line that says so."""
        for path in sorted(self.folder.glob(f"*/*/{_FILE}")):
            found = Entry.read(path)
            if found is not None:  # cleared a moment ago
                name = path.parent.relative_to(self.folder).as_posix()
                yield f"{name} {found.replace(_DAMAGED, 'is damaged: ')}" if isinstance(found, str) else found

    def clear(self, instruments: Collection[str] | None = None) -> list[str]:
        """Remove series, and what killed writers left.

        Parameters
        ----------
        instruments : collection of str, optional
            Names of the instruments; default all.

        Returns
        -------
        list of str
            What was removed, e.g. ``"yahoo/ruble"``.

        Raises
        ------
        InputError
            If a file cannot be removed.
        """
        removed: list[str] = []
        try:
            for home in sorted(path for path in self.folder.glob("*/*") if path.is_dir()):
                if instruments is None or unquote(home.name.partition("@")[0]) in instruments:
                    with locked(self.folder / _LOCK):
                        gone = self._remove(home)
                        with suppress(OSError):  # there is something of somebody else's in it
                            home.rmdir()
                    removed += [unquote(home.relative_to(self.folder).as_posix())] if gone else []
        except OSError as error:
            raise InputError(f"cannot clear the cache in '{self.folder}': {error.strerror or error}") from None
        return removed

    @staticmethod
    def _remove(home: Path, kept: str = "") -> bool:
        """Remove what is ours of a folder but for one file; return whether there was anything."""
        ours = [path for path in home.iterdir() if _OURS.fullmatch(path.name) and path.name != kept]
        for path in ours:
            path.unlink()
        return bool(ours)


@dataclass(frozen=True, eq=False)
class CachedProvider:
    """A network provider with a cache: only what is missing is fetched.

    Parameters
    ----------
    provider : Provider
        Who is asked for what is missing.
    store : Store
        The cache.
    refresh : bool
        Whether to fetch anew what is there.
    offline : bool
        Whether to use the cache only.
    progress : callable, optional
        Called with the name of each instrument whose prices are there.
    """

    provider: Provider
    store: Store
    refresh: bool = False
    offline: bool = False
    progress: Progress | None = None

    @property
    def name(self) -> str:
        """The provider's own name."""
        return self.provider.name

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument, from the cache as far as it goes.

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
            If the provider, or the cache when `offline`, has nothing of an instrument.
        NetworkError
            If something must be fetched and cannot be, and the cache does not cover the request; what it holds stays.
        """
        entries: dict[str, Entry] = {}
        notes: list[str] = []
        wanted: dict[tuple[date, date], list[Instrument]] = {}
        for one in request.instruments:
            entry, damage = self.store.read(self._key(one, request))
            notes += damage
            if entry is not None:
                entries[one.name] = entry
            if self.offline and (entry is None or not entry.covers(request.first, request.last)):
                said = "; ".join((f"not all of {request.span}", *damage, "fetch it once without --offline"))
                raise DataMissingError(f"offline, and the cache {self._holds(one.name, entry)}, {said}")
            if not self.offline and (span := self._missing(entry, request.first, request.last)):
                wanted.setdefault(span, []).append(one)
            elif self.progress:
                self.progress(one.name)
        for span, instruments in wanted.items():
            for k in range(0, len(instruments), _BATCH):
                notes += self._fill(entries, instruments[k : k + _BATCH], span, request)
        prices = {name: entry.prices for name, entry in entries.items()}
        return providers.assemble(prices, request, self.name, notes=notes)

    def _key(self, one: Instrument, request: Request) -> Key:
        return Key(self.name, one.name, providers.ticker_at(self.name, one).symbol, request.adjusted)

    def _missing(self, entry: Entry | None, first: date, last: date) -> tuple[date, date] | None:
        """Return the dates to fetch so that all from `first` to `last` are there without a hole; None where none is.

        With an overlap of a week over what there is. Days after the last price that is there count as missing, even if
        they were asked for before: there may be a price by now.
        """
        if entry is None:
            return first, last
        if self.refresh:  # with what lies between the dates and what is there, so that no hole is left
            return min(first, entry.last + _DAY), max(last, entry.first - _DAY)
        newest = entry.prices.index[-1].date()
        early, late = first < entry.first, last > newest and np.busday_count(newest + _DAY, last + _DAY) > 0
        begin = first if early else max(newest - _OVERLAP, entry.first)
        return (begin, last if late else min(entry.first + _OVERLAP, entry.last)) if early or late else None

    def _fill(
        self, entries: dict[str, Entry], some: Sequence[Instrument], span: tuple[date, date], request: Request
    ) -> list[str]:
        """Fetch a span for some instruments into cache and entries; return what is to be noted."""

        def ask(one: Sequence[Instrument], first: date, last: date) -> Fetched:
            return self.provider.fetch(replace(request, instruments=tuple(one), first=first, last=last))

        try:
            fetched = ask(some, *span)
        except (DataMissingError, NetworkError) as error:
            if len(some) > 1 and isinstance(error, DataMissingError):  # keep what the others have
                return [note for one in some for note in self._fill(entries, [one], span, request)]
            return self._make_do(entries, some, request, error)
        notes = list(fetched.notes)
        for one in some:
            before, key = entries.get(one.name), self._key(one, request)
            fresh = Entry(key, fetched.prices[one.name].dropna(), *span)
            changes = () if before is None else before.revised_by(fresh)
            if changes:
                (day, old, new), more = changes[0], len(changes) - 1
                after = "none" if new is None else f"{new:g}"
                others = f" and {counted(more, 'more session')}" if more else ""
                notes.append(f"{self.name} revised {one.name} on {day}: {old:g} -> {after}{others}")
            merge = partial(fresh.merged, before)
            if before is not None and _ENOUGH <= len(changes) == len(before.within(*span)):
                # All figures are on another scale, as adjusted ones are after a dividend, and those before the span.
                notes.append(f"{one.name}: every figure is another now (a dividend or a split); all fetched anew")
                both = min(before.first, span[0]), max(before.last, span[1])
                whole = Entry(key, ask([one], *both).prices[one.name].dropna(), *both, (*before.revisions, *changes))
                merge = partial(lambda whole, _: whole, whole)
            entries[one.name], more_notes = self.store.update(key, merge)
            notes += more_notes
            if self.progress:
                self.progress(one.name)
        return notes

    def _make_do(
        self, entries: dict[str, Entry], some: Sequence[Instrument], request: Request, error: EventStudyError
    ) -> list[str]:
        """Use the cache where it covers what was asked, else pass the error on."""
        names = [one.name for one in some]
        if not {*names} <= {*entries}:
            raise error
        for name in names:
            if self.refresh or not entries[name].covers(request.first, request.last):
                raise type(error)(f"{error} The cache {self._holds(name, entries[name])}.") from error
        for name in names:
            if self.progress:
                self.progress(name)
        return [f"{', '.join(names)}: cached figures were used; {str(error).splitlines()[0]}"]

    def _holds(self, name: str, entry: Entry | None) -> str:
        """Say what the cache has of a series."""
        if entry is None:
            return f"has nothing of '{name}' from {self.name}"
        return f"holds '{name}' from {self.name} for {entry.first} .. {entry.last}"


def shortfalls(fetched: Fetched, request: Request) -> tuple[str, ...]:
    """Return a line for each end of a series that is more than a week short of what was asked."""
    lines = []
    for name, column in fetched.prices.items():
        begin, end = pd.DatetimeIndex(column.dropna().index[[0, -1]]).date
        early, late = (begin - request.first).days, (request.last - end).days
        if early > _ORDINARY_GAP:
            lines.append(f"{name} begins on {begin}, {early} days after the first date asked for")
        if late > _ORDINARY_GAP:
            lines.append(f"{name} ends on {end}, {late} days before the last date asked for")
    return tuple(lines)


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
    progress: Progress | None = None,
) -> Fetched:
    """Return prices of instruments between two dates.

    Parameters
    ----------
    instruments : str or iterable of str or Instrument
        Names, aliases or tickers: ``"ruble,brent"``, ``["usdrub", "BZ=F"]``; ``"yahoo:AAPL"`` names a symbol outside
        the catalogue.
    first, last : str or date
        First and last date, both wanted.
    provider : str or Provider
        Who is asked: one of `PROVIDERS`. ``auto`` takes bundled figures where they cover the dates, else the network,
        and says which. A provider of your own is asked as it is, without the cache.
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
    for name, flag in {"adjusted": adjusted, "refresh": refresh, "offline": offline}.items():
        DesignError.require(f"{name} must be true or false", flag, bool)
    if progress is not None and not callable(progress):
        raise DesignError.must_be("progress must be a function of a name", progress)
    request = providers.make_request(instruments, first, last, adjusted=adjusted)
    if not hasattr(provider, "fetch"):
        require_known(provider, PROVIDERS, "provider")
        store = Store(path_of(cache, "folder of the cache") if cache is not None else default_folder())
        how = store, refresh, offline, progress
        network = providers.YahooProvider(), providers.FredProvider()
        found: dict[str, Provider] = {one.name: CachedProvider(one, *how) for one in network}
        found["auto"], found["bundled"] = providers.AutoProvider(found, progress=progress), providers.BundledProvider()
        provider = found[provider]
    fetched = provider.fetch(request)
    return replace(fetched, notes=(*fetched.notes, *shortfalls(fetched, request)))
