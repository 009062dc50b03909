"""What is asked of a provider and what it answers; the bundled figures as one, and the one that chooses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import ClassVar, Protocol, TypeVar

import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, InputError, NetworkError
from eventstudy.markets.bundled import SeriesLabel, load_series, series_labels
from eventstudy.markets.instrument import (
    Instrument,
    Ticker,
    find_instrument,
    instrument_names,
    unknown_instrument,
)
from eventstudy.markets.prices import check_prices
from eventstudy.markets.stamp import Stamp

#: Providers on the network, by the names that the catalogue's tickers use.
NETWORK = ("yahoo", "fred")

#: Environment variable with the seconds to wait before each retry, e.g. ``"2,8,30"``.
WAITS_VARIABLE = "EVENTSTUDY_RETRY_WAITS"

Answer = TypeVar("Answer")

#: Calendar days that may lie between the end asked for and the last price before it is worth a word.
_ORDINARY_GAP = 7


@dataclass(frozen=True)
class Request:
    """Which prices are wanted.

    Parameters
    ----------
    instruments : tuple of Instrument
        Whose prices.
    first, last : date
        Of which sessions; both ends are wanted.
    adjusted : bool
        Whether dividends are added back; False: prices as they were traded.
    """

    instruments: tuple[Instrument, ...]
    first: date
    last: date
    adjusted: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the instruments, in the order asked."""
        return tuple(instrument.name for instrument in self.instruments)

    @property
    def span(self) -> str:
        """The dates asked for, in words."""
        return f"{self.first} .. {self.last}"


@dataclass(frozen=True, eq=False)
class Fetched:
    """What a provider gave.

    Parameters
    ----------
    prices : DataFrame, shape (T, S)
        Prices as quoted, in the form of `check_prices`, a column an instrument, each with at least one price.
    instruments : mapping of str to Instrument
        What the columns are, with the stamp of this provider's prices.
    notes : tuple of str
        What a careful reader should know: one line each.
    sources : mapping of str to str
        Where each column came from, e.g. ``"yahoo RUB=X"``.
    """

    prices: pd.DataFrame
    instruments: Mapping[str, Instrument]
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


class Provider(Protocol):
    """Anything that has prices."""

    @property
    def name(self) -> str:
        """The name under which it is asked for, e.g. ``"yahoo"``."""

    def fetch(self, request: Request) -> Fetched:
        """Return all that is asked for, or raise.

        Raises
        ------
        DataMissingError
            If it has nothing of one of the instruments; an empty success never happens.
        NetworkError
            If it cannot be reached or does not answer sensibly.
        """


class BusyError(NetworkError):
    """A provider asks for fewer requests, or says that it is overloaded: later it may answer."""


@dataclass(frozen=True)
class Retry:
    """When a provider is asked again. The waits are not random: the same failures lead to the same waits.

    Parameters
    ----------
    waits : tuple of float
        Seconds to wait before each new attempt at a busy provider; of a provider that cannot be reached or answers
        nonsense, only the next is waited, once.
    sleep : callable
        Called with the seconds to wait.
    """

    waits: tuple[float, ...] = (2.0, 8.0, 30.0)
    sleep: Callable[[float], None] = time.sleep

    @classmethod
    def from_environment(cls) -> Retry:
        """Return the default, or the waits of the environment variable `EVENTSTUDY_RETRY_WAITS`.

        Raises
        ------
        InputError
            If the variable is not numbers of seconds separated by commas.
        """
        text = os.environ.get(WAITS_VARIABLE)
        if text is None:
            return cls()
        try:
            waits = tuple(float(word) for word in text.split(",") if word.strip())
        except ValueError:
            waits = (-1.0,)
        if any(not wait >= 0 for wait in waits):
            raise InputError(f"{WAITS_VARIABLE}={text!r}: write seconds separated by commas, e.g. 2,8,30")
        return cls(waits)

    def call(self, attempt: Callable[[], Answer]) -> Answer:
        """Return what an attempt returns, trying again after `BusyError` and, once, after another `NetworkError`.

        Raises
        ------
        NetworkError
            The last failure, when all waits are used up; any other exception at once.

        Examples
        --------
        >>> answers = iter([BusyError("later"), 42])
        >>> def attempt():
        ...     answer = next(answers)
        ...     if isinstance(answer, Exception):
        ...         raise answer
        ...     return answer
        >>> Retry(waits=(5.0,), sleep=lambda seconds: None).call(attempt)
        42
        """
        failed = False
        for wait in self.waits:
            try:
                return attempt()
            except BusyError:
                self.sleep(wait)
            except NetworkError:
                if failed:
                    raise
                failed = True
                self.sleep(wait)
        return attempt()


def no_progress(_: str) -> None:
    """Report no progress."""


def make_request(
    instruments: str | Iterable[str | Instrument], first: str | date, last: str | date, *, adjusted: bool = False
) -> Request:
    """Check what is asked and put it in one form.

    Parameters
    ----------
    instruments : str or iterable of str or Instrument
        Names, aliases or tickers, as one text with commas or one by one; ``"yahoo:AAPL"`` and ``"fred:DGS10"`` name
        something outside the catalogue. Instruments are taken as they are.
    first, last : str or date
        First and last date, ISO 8601; both are wanted.
    adjusted : bool
        Whether dividends are added back.

    Returns
    -------
    Request
        Each instrument once, in the order given.

    Raises
    ------
    UnknownNameError
        If nobody goes by a name.
    DesignError
        If nothing is asked for, a date cannot be read, or the last date lies before the first.

    Examples
    --------
    >>> make_request("usdrub, brent, RUB=X", "2021-01-01", "2022-03-31").names
    ('ruble', 'brent')
    """
    words = instruments.split(",") if isinstance(instruments, str) else instruments
    found = [find(word.strip()) if isinstance(word, str) else word for word in words if word]
    if not found:
        raise DesignError("no series asked for; name some, e.g. ruble,brent")
    by_name = {instrument.name: instrument for instrument in found}
    for instrument in found:
        if instrument != by_name[instrument.name]:
            raise DesignError(f"two different series are called '{instrument.name}'; fetch them one by one")
    begin, end = _date(first, "first"), _date(last, "last")
    if end < begin:
        raise DesignError(f"the last date, {end}, lies before the first, {begin}")
    return Request(tuple(by_name.values()), begin, end, adjusted)


def find(word: str) -> Instrument:
    """Return the instrument meant by a name, an alias, a ticker or ``provider:symbol``.

    Raises
    ------
    UnknownNameError
        If nobody goes by that name.

    Examples
    --------
    >>> find("yahoo:RUB=X").name, find("yahoo:AAPL").name
    ('ruble', 'AAPL')
    """
    provider, _, symbol = word.partition(":")
    if not symbol or provider not in NETWORK:
        return find_instrument(word)
    symbol = symbol.strip().upper()
    return instrument_of_symbol(provider, symbol) or _outside_the_catalogue(provider, symbol)


def instrument_of_symbol(provider: str, symbol: str) -> Instrument | None:
    """Return the catalogue's instrument whose symbol at a provider is exactly this one; None if there is none."""
    return _by_symbol(provider).get(symbol)


@cache
def _by_symbol(provider: str) -> dict[str, Instrument]:
    """Return the catalogue's instruments by their symbols at a provider; the first of those with the same one."""
    found: dict[str, Instrument] = {}
    for instrument in map(find_instrument, instrument_names()):
        ticker = instrument.ticker(provider)
        if ticker is not None:
            found.setdefault(ticker.symbol, instrument)
    return found


def _outside_the_catalogue(provider: str, symbol: str) -> Instrument:
    instrument = unknown_instrument(symbol)
    return replace(instrument, tickers=(Ticker(provider, symbol, instrument.stamp),))


def _date(value: str | date, which: str) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise DesignError(f"the {which} date '{value}' is not a date; write 2022-01-27") from None


def ticker_at(provider: str, instrument: Instrument) -> Ticker:
    """Return the ticker of an instrument at a provider.

    Raises
    ------
    DataMissingError
        If the provider does not have it; says who has.
    """
    ticker = instrument.ticker(provider)
    if ticker is None:
        others = [other.provider for other in instrument.tickers]
        hint = f"there is: {', '.join(others)}" if others else "no provider on the network has it"
        raise DataMissingError(f"'{instrument.name}' has no symbol at {provider}; {hint}")
    return ticker


def assemble(
    columns: Mapping[str, pd.Series],
    request: Request,
    provider: str,
    *,
    notes: Sequence[str] = (),
    sources: Mapping[str, str] | None = None,
) -> Fetched:
    """Put the prices of a network provider's instruments side by side.

    Parameters
    ----------
    columns : mapping of str to Series
        Prices by instrument, indexed by session.
    request : Request
        What was asked; what lies outside its dates is dropped.
    provider : str
        Whose prices they are; decides the stamps.
    notes, sources : sequence of str, mapping of str to str
        As in `Fetched`; sources default to provider and symbol.

    Returns
    -------
    Fetched
        The prices and the instruments as this provider's.

    Raises
    ------
    DataMissingError
        If one of them has no price between the dates.
    """
    tickers = {instrument.name: ticker_at(provider, instrument) for instrument in request.instruments}
    return Fetched(
        side_by_side(columns, request, provider),
        {one.name: _as_given(one, tickers[one.name].stamp, request) for one in request.instruments},
        tuple(notes),
        sources or {name: f"{provider} {ticker.symbol}" for name, ticker in tickers.items()},
    )


def _as_given(instrument: Instrument, stamp: Stamp, request: Request) -> Instrument:
    """Return the instrument as its prices were given: struck when, and with dividends or without."""
    struck = instrument.struck_at(stamp)
    if not (request.adjusted and instrument.dividends):
        return struck
    return replace(struck, quote=struck.quote.replace("dividends not added back", "dividends added back"))


def side_by_side(columns: Mapping[str, pd.Series], request: Request, source: str) -> pd.DataFrame:
    """Return the wanted sessions of each column in one frame, over the union of their dates.

    Raises
    ------
    DataMissingError
        If a column has no price between the dates of the request.
    """
    begin, end = pd.Timestamp(request.first), pd.Timestamp(request.last)
    kept = {}
    for name in request.names:
        column = columns[name].dropna().sort_index()
        kept[name] = column[(column.index >= begin) & (column.index <= end)]
        if kept[name].empty:
            raise DataMissingError(f"{source} has no price of '{name}' in {request.span}")
    return check_prices(pd.concat(kept, axis=1, sort=True), source)


def shortfalls(fetched: Fetched, request: Request) -> tuple[str, ...]:
    """Say which series begin clearly later or end clearly earlier than was asked.

    Returns
    -------
    tuple of str
        A line an end that is more than a week short.
    """
    lines = []
    for name in map(str, fetched.prices):
        sessions = fetched.prices[name].dropna().index
        begin, end = sessions[0].date(), sessions[-1].date()
        if (begin - request.first).days > _ORDINARY_GAP:
            lines.append(
                f"{name} begins on {begin}, {(begin - request.first).days} days after the first date asked for"
            )
        if (request.last - end).days > _ORDINARY_GAP:
            lines.append(f"{name} ends on {end}, {(request.last - end).days} days before the last date asked for")
    return tuple(lines)


#: Series whose bundled dates are named when the network fails.
_NAMED = 3


@dataclass(frozen=True)
class BundledProvider:
    """Real figures that need no network; what is missing is never filled from elsewhere.

    Examples
    --------
    >>> from eventstudy.markets.providers import make_request
    >>> fetched = BundledProvider().fetch(make_request("ruble", "2022-02-21", "2022-02-25"))
    >>> round(float(fetched.prices["ruble"].iloc[-1]), 2)
    82.53
    """

    name: ClassVar[str] = "bundled"

    def fetch(self, request: Request) -> Fetched:
        """Return the bundled prices of each instrument, from one series each.

        Parameters
        ----------
        request : Request
            What is wanted. A series that covers only a part of the dates gives that part.

        Returns
        -------
        Fetched
            Prices as quoted.

        Raises
        ------
        DataMissingError
            If nothing is bundled for an instrument in these dates, or adjusted prices are asked of one that pays
            dividends.
        """
        labels = {one.name: _label_for(one, request) for one in request.instruments}
        columns = {name: load_series(label.name) for name, label in labels.items()}
        prices = side_by_side(columns, request, "the bundled data")
        sources = {name: f"bundled {label.name}" for name, label in labels.items()}
        return Fetched(prices, {one.name: one for one in request.instruments}, (), sources)

    def covers(self, instrument: Instrument, request: Request) -> bool:
        """Whether one bundled series of the instrument spans all dates of the request."""
        if request.adjusted and instrument.dividends:
            return False
        return any(label.first <= request.first and request.last <= label.last for label in _labels_of(instrument))


def _labels_of(instrument: Instrument) -> list[SeriesLabel]:
    return [label for label in series_labels().values() if label.instrument == instrument.name]


def _label_for(instrument: Instrument, request: Request) -> SeriesLabel:
    """Return the series that covers most of the dates; of equals the one that ends last."""
    if request.adjusted and instrument.dividends:
        raise DataMissingError(
            f"the bundled figures of '{instrument.name}' are prices as traded, dividends not added back; "
            "adjusted ones are at yahoo"
        )
    labels = _labels_of(instrument)
    if not labels:
        providers = [ticker.provider for ticker in instrument.tickers]
        elsewhere = f"take --provider {' or '.join(providers)}" if providers else "no other provider has it"
        raise DataMissingError(f"no bundled figures for '{instrument.name}'; {elsewhere}")
    best = max(labels, key=lambda label: (_common_days(label, request.first, request.last), label.last))
    if not _common_days(best, request.first, request.last):
        raise DataMissingError(
            f"no bundled figures for '{instrument.name}' in {request.span}; there are: {_held(instrument)}"
        )
    return best


def _held(instrument: Instrument) -> str:
    """Say which dates the bundled series of an instrument span; nothing where there is none."""
    return ", ".join(f"{label.first} .. {label.last}" for label in _labels_of(instrument))


def _common_days(label: SeriesLabel, first: date, last: date) -> int:
    return max(0, (min(label.last, last) - max(label.first, first)).days + 1)


@dataclass(frozen=True)
class AutoProvider:
    """A provider that chooses: what needs no network first, then the catalogue's first choice.

    Parameters
    ----------
    network : mapping of str to Provider
        The providers that may be asked, by the name the catalogue's tickers use.
    bundled : BundledProvider
        The figures at hand.
    progress : callable, optional
        Called with the name of each instrument that came from the bundled figures.

    Notes
    -----
    A series is never put together from two sources. When the first choice lacks an instrument the second is asked; when
    the network fails nothing else is tried, so that the same request does not mean other figures on a bad day.
    """

    network: Mapping[str, Provider]
    bundled: BundledProvider = field(default_factory=BundledProvider)
    progress: Callable[[str], None] = no_progress

    name: ClassVar[str] = "auto"

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument from the first source that has them.

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            With a note an instrument on where its prices came from.

        Raises
        ------
        DataMissingError
            If no source has an instrument.
        NetworkError
            If the network is needed and fails.
        """
        parts: list[Fetched] = []
        groups: dict[str, list[Instrument]] = {}
        for instrument in request.instruments:
            groups.setdefault(self._choices(instrument, request)[0], []).append(instrument)
        for provider, instruments in groups.items():
            asked = replace(request, instruments=tuple(instruments))
            try:
                parts.append(self._provider(provider).fetch(asked))
            except DataMissingError:
                parts += [self._by_choice(one, request) for one in instruments]
            except NetworkError as error:
                at_hand = [f"{one.name} {dates}" for one in instruments if (dates := _held(one))]
                if not at_hand:
                    raise
                raise type(error)(f"{error} Bundled: {'; '.join(at_hand[:_NAMED])}.") from error
            if provider == self.bundled.name:
                for instrument in instruments:
                    self.progress(instrument.name)
        return _joined(parts, request, self._why)

    def _choices(self, instrument: Instrument, request: Request) -> list[str]:
        """Return the sources of an instrument, the first choice first."""
        network = [ticker.provider for ticker in instrument.tickers if ticker.provider in self.network]
        if not network or self.bundled.covers(instrument, request):
            return [self.bundled.name]
        return network

    def _provider(self, name: str) -> Provider:
        return self.bundled if name == self.bundled.name else self.network[name]

    def _by_choice(self, instrument: Instrument, request: Request) -> Fetched:
        """Ask one source after the other for one instrument; the first one's error is the one to tell."""
        asked = replace(request, instruments=(instrument,))
        first: DataMissingError | None = None
        for name in self._choices(instrument, request):
            try:
                return self._provider(name).fetch(asked)
            except DataMissingError as error:
                first = first or error
        raise first or DataMissingError(f"nobody has '{instrument.name}'")

    def _why(self, instrument: Instrument, request: Request) -> str:
        if self.bundled.covers(instrument, request) or not instrument.tickers:
            return ""
        return f"; bundled: {_held(instrument) or 'none'}"


def _joined(parts: list[Fetched], request: Request, why: Callable[[Instrument, Request], str]) -> Fetched:
    """Put the parts side by side in the order asked, and say where each column came from."""
    columns = {name: part.prices[name].dropna() for part in parts for name in map(str, part.prices)}
    instruments = {name: one for part in parts for name, one in part.instruments.items()}
    sources = {name: source for part in parts for name, source in part.sources.items()}
    notes = [f"{one.name}: from {sources[one.name]}{why(one, request)}" for one in request.instruments]
    notes += [note for part in parts for note in part.notes]
    return Fetched(
        check_prices(pd.concat({name: columns[name] for name in request.names}, axis=1, sort=True), "prices"),
        {name: instruments[name] for name in request.names},
        tuple(notes),
        {name: sources[name] for name in request.names},
    )
