"""Where prices come from: what is asked and answered; bundled figures, FRED, Yahoo Finance, or whichever fits.

FRED is asked through its CSV download, which needs no key, Yahoo Finance through yfinance.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import pandas as pd

from eventstudy.errors import DataMissingError, DesignError, EventStudyError, InputError, NetworkError
from eventstudy.markets.bundled import SeriesLabel, load_series, series_labels
from eventstudy.markets.instrument import Instrument, Ticker, find_instrument, instrument_names, unknown_instrument
from eventstudy.markets.prices import check_prices

if TYPE_CHECKING:
    import requests

#: Providers on the network, by the names that the catalogue's tickers use.
NETWORK = ("yahoo", "fred")

#: Environment variables: the seconds to wait before each retry, e.g. ``"2,8,30"``; another address than FRED's own.
WAITS_VARIABLE, URL_VARIABLE = "EVENTSTUDY_RETRY_WAITS", "EVENTSTUDY_FRED_URL"

_TIMEOUT = (10.0, 60.0)
#: The longest series of FRED, daily since 1947, is half a megabyte.
_MOST_BYTES, _MOST_SECONDS = 20_000_000, 120.0
_BUSY, _UNKNOWN = (429, 500, 502, 503, 504), (400, 404)

Answer = TypeVar("Answer")


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

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            A column an instrument, as quoted.

        Raises
        ------
        DataMissingError
            If it has nothing of one of the instruments; an empty success never happens.
        NetworkError
            If it cannot be reached or does not answer sensibly.
        """


class BusyError(NetworkError):
    """A provider asks for fewer requests, or says that it is overloaded: later it may answer."""


class Retry(NamedTuple):
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
        with suppress(ValueError):
            waits = tuple(float(word) for word in text.split(",") if word.strip())
            if all(wait >= 0 for wait in waits):
                return cls(waits)
        raise InputError(f"{WAITS_VARIABLE}={text!r}: write seconds separated by commas, e.g. 2,8,30")

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
            except NetworkError as error:
                broken = not isinstance(error, BusyError)
                if broken and failed:
                    raise
                failed = failed or broken
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
    ends = []
    for which, end in (("first", first), ("last", last)):
        try:
            ends.append(date(end.year, end.month, end.day) if isinstance(end, date) else date.fromisoformat(end))
        except ValueError:
            raise DesignError(f"the {which} date '{end}' is not a date; write 2022-01-27") from None
    if ends[1] < ends[0]:
        raise DesignError(f"the last date, {ends[1]}, lies before the first, {ends[0]}")
    return Request(tuple(by_name.values()), ends[0], ends[1], adjusted)


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
    for known in map(find_instrument, instrument_names()):
        if (ticker := known.ticker(provider)) and ticker.symbol == symbol:
            return known
    outside = unknown_instrument(symbol)
    return replace(outside, tickers=(Ticker(provider, symbol, outside.stamp),))


def ticker_at(provider: str, instrument: Instrument) -> Ticker:
    """Return the ticker of an instrument at a provider.

    Raises
    ------
    DataMissingError
        If the provider does not have it; says who has.
    """
    if ticker := instrument.ticker(provider):
        return ticker
    others = [other.provider for other in instrument.tickers]
    hint = f"there is: {', '.join(others)}" if others else "no provider on the network has it"
    raise DataMissingError(f"'{instrument.name}' has no symbol at {provider}; {hint}")


def assemble(
    columns: Mapping[str, pd.Series], request: Request, provider: str, *, notes: Sequence[str] = ()
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
    notes : sequence of str
        As in `Fetched`.

    Returns
    -------
    Fetched
        The prices and the instruments as this provider's.

    Raises
    ------
    DataMissingError
        If one of them has no price between the dates.
    """
    instruments, sources = {}, {}
    for one in request.instruments:
        ticker = ticker_at(provider, one)
        struck = one.struck_at(ticker.stamp)
        if request.adjusted and one.dividends:
            struck = replace(struck, quote=struck.quote.replace("dividends not added back", "dividends added back"))
        instruments[one.name], sources[one.name] = struck, f"{provider} {ticker.symbol}"
    return Fetched(side_by_side(columns, request, provider), instruments, tuple(notes), sources)


def side_by_side(columns: Mapping[str, pd.Series], request: Request, source: str) -> pd.DataFrame:
    """Return the wanted sessions of each column in one frame, over the union of their dates.

    Raises
    ------
    DataMissingError
        If a column has no price between the dates of the request.
    """
    begin, end = pd.Timestamp(request.first), pd.Timestamp(request.last)
    kept = {name: columns[name].dropna().sort_index().loc[begin:end] for name in request.names}
    for name, column in kept.items():
        if column.empty:
            raise DataMissingError(f"{source} has no price of '{name}' in {request.span}")
    return check_prices(pd.concat(kept, axis=1, sort=True), source)


class BundledProvider:
    """Real figures that need no network; what is missing is never filled from elsewhere."""

    name = "bundled"

    def fetch(self, request: Request) -> Fetched:
        """Return the bundled prices of each instrument, from one series each, as `Provider.fetch` does.

        A series that covers only a part of the dates gives that part; adjusted prices of a fund are missing data.
        """
        labels = {one.name: self._label(one, request).name for one in request.instruments}
        columns = {name: load_series(label) for name, label in labels.items()}
        prices = side_by_side(columns, request, "the bundled data")
        sources = {name: f"bundled {label}" for name, label in labels.items()}
        return Fetched(prices, {one.name: one for one in request.instruments}, (), sources)

    def covers(self, instrument: Instrument, request: Request) -> bool:
        """Whether one bundled series of the instrument spans all dates of the request."""
        if request.adjusted and instrument.dividends:
            return False
        return any(one.first <= request.first and request.last <= one.last for one in self._labels(instrument))

    def held(self, instrument: Instrument) -> str:
        """Say which dates the bundled series of an instrument span; nothing where there is none."""
        return ", ".join(f"{label.first} .. {label.last}" for label in self._labels(instrument))

    def _labels(self, instrument: Instrument) -> list[SeriesLabel]:
        return [label for label in series_labels().values() if label.instrument == instrument.name]

    def _label(self, instrument: Instrument, request: Request) -> SeriesLabel:
        """Return the series that covers most of the dates; of equals the one that ends last."""
        name = instrument.name
        if request.adjusted and instrument.dividends:
            raise DataMissingError(
                f"the bundled figures of '{name}' are prices as traded, dividends not added back; "
                "adjusted ones are at yahoo"
            )

        def common(label: SeriesLabel) -> int:
            return max(0, (min(label.last, request.last) - max(label.first, request.first)).days + 1)

        best = max(self._labels(instrument), key=lambda label: (common(label), label.last), default=None)
        if best is None:
            providers = [ticker.provider for ticker in instrument.tickers]
            elsewhere = f"take --provider {' or '.join(providers)}" if providers else "no other provider has it"
            raise DataMissingError(f"no bundled figures for '{name}'; {elsewhere}")
        if not common(best):
            there = self.held(instrument)
            raise DataMissingError(f"no bundled figures for '{name}' in {request.span}; there are: {there}")
        return best


class AutoProvider:
    """A provider that chooses: what needs no network first, then the catalogue's first choice.

    Parameters
    ----------
    network : mapping of str to Provider
        The providers that may be asked, by the name the catalogue's tickers use.
    progress : callable, optional
        Called with the name of each instrument that came from the bundled figures.

    Notes
    -----
    A series is never put together from two sources. When the first choice lacks an instrument the second is asked; when
    the network fails nothing else is tried, so that the same request does not mean other figures on a bad day.
    """

    name = "auto"

    def __init__(self, network: Mapping[str, Provider], *, progress: Callable[[str], None] = no_progress) -> None:
        self.network, self.progress, self.bundled = network, progress, BundledProvider()

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument from the first source that has them, as `Provider.fetch` does.

        Its notes say where the prices of each came from.
        """
        groups: dict[str, list[Instrument]] = {}
        for instrument in request.instruments:
            groups.setdefault(self._choices(instrument, request)[0], []).append(instrument)
        parts = [part for name, some in groups.items() for part in self._from(name, some, request)]
        columns = {name: part.prices[name].dropna() for part in parts for name in map(str, part.prices)}
        struck = {name: one for part in parts for name, one in part.instruments.items()}
        sources = {name: source for part in parts for name, source in part.sources.items()}
        notes = [f"{one.name}: from {sources[one.name]}{self._why(one, request)}" for one in request.instruments]
        return Fetched(
            check_prices(pd.concat({name: columns[name] for name in request.names}, axis=1, sort=True), "prices"),
            {name: struck[name] for name in request.names},
            (*notes, *(note for part in parts for note in part.notes)),
            {name: sources[name] for name in request.names},
        )

    def _choices(self, instrument: Instrument, request: Request) -> list[str]:
        """Return the sources of an instrument, the first choice first."""
        network = [ticker.provider for ticker in instrument.tickers if ticker.provider in self.network]
        return [self.bundled.name] if not network or self.bundled.covers(instrument, request) else network

    def _from(
        self, name: str, some: list[Instrument], request: Request, first: DataMissingError | None = None
    ) -> list[Fetched]:
        """Ask a source for some instruments, and for one that it lacks the next; the first error is the one to tell."""
        provider = self.bundled if name == self.bundled.name else self.network[name]
        try:
            part = provider.fetch(replace(request, instruments=tuple(some)))
        except DataMissingError as error:
            if len(some) > 1:
                return [part for one in some for part in self._from(name, [one], request)]
            choices, first = self._choices(some[0], request), first or error
            if name == choices[-1]:
                raise first from None
            return self._from(choices[choices.index(name) + 1], some, request, first)
        except NetworkError as error:
            at_hand = [f"{one.name} {dates}" for one in some if (dates := self.bundled.held(one))]
            if not at_hand:
                raise
            raise type(error)(f"{error} Bundled: {'; '.join(at_hand[:3])}.") from error
        for instrument in some if name == self.bundled.name else ():
            self.progress(instrument.name)
        return [part]

    def _why(self, instrument: Instrument, request: Request) -> str:
        if self.bundled.covers(instrument, request) or not instrument.tickers:
            return ""
        return f"; bundled: {self.bundled.held(instrument) or 'none'}"


class FredProvider:
    """Daily series of FRED: oil and gas spot prices, H.10 exchange rates, VIX, S&P 500.

    Parameters
    ----------
    url : str, optional
        Address of the site; default that of the environment variable `EVENTSTUDY_FRED_URL`, else FRED's own.
    session : requests.Session, optional
        The session to ask with; default a new one.
    retry : Retry, optional
        When to ask again.
    """

    name = "fred"

    def __init__(
        self, url: str | None = None, session: requests.Session | None = None, retry: Retry | None = None
    ) -> None:
        self.url, self.session, self.retry = url, session, retry

    def fetch(self, request: Request) -> Fetched:
        """Return the figures of each instrument as published, see `Provider.fetch`; a day without one is missing."""
        import requests

        symbols = {one.name: ticker_at(self.name, one).symbol for one in request.instruments}
        retry = self.retry or Retry.from_environment()
        with nullcontext(self.session) if self.session is not None else requests.Session() as session:
            columns = {
                name: retry.call(partial(self._ask, session, name, symbol, request)) for name, symbol in symbols.items()
            }
        return assemble(columns, request, self.name)

    def _ask(self, session: requests.Session, name: str, symbol: str, request: Request) -> pd.Series:
        """Ask once and return the figures."""
        import requests
        from urllib3.exceptions import HTTPError

        site = (self.url or os.environ.get(URL_VARIABLE) or "https://fred.stlouisfed.org").rstrip("/")
        query = {"id": symbol, "cosd": request.first.isoformat(), "coed": request.last.isoformat()}
        page, agent = f"{site}/graph/fredgraph.csv", {"User-Agent": "raise-or-fold"}
        try:
            with session.get(page, params=query, timeout=_TIMEOUT, headers=agent, stream=True) as answer:
                if site.startswith("https:") and not answer.url.startswith("https:"):
                    raise NetworkError("FRED leads away from https; nothing was read from there.\nTry again later.")
                content = read_body(answer.raw) if answer.ok else b""
        except (requests.RequestException, HTTPError, OSError) as error:
            raise NetworkError(
                f"FRED cannot be reached ({type(error).__name__}).\nCheck the connection, or take --provider bundled."
            ) from None
        if answer.status_code in _UNKNOWN:
            raise DataMissingError(f"FRED does not know the series {symbol} of '{name}'")
        if answer.status_code in _BUSY:
            said = f"FRED is busy (HTTP {answer.status_code}), after all attempts.\nTry again in some minutes."
            raise BusyError(said)
        if not answer.ok:
            raise NetworkError(f"FRED refuses to answer (HTTP {answer.status_code})")
        return fred_figures(content.decode("utf-8", errors="replace"), symbol)


def read_body(raw: Any, who: str = "FRED", most: int | None = None, seconds: float | None = None) -> bytes:
    """Read an answer as it comes, no more than so many bytes (default: than figures can be) and no longer than that.

    `raw` is the raw answer of `requests`, or an answer of `curl_cffi`, which hands on what has come by itself.
    """
    most, seconds = most or _MOST_BYTES, seconds or _MOST_SECONDS
    content, end = bytearray(), time.monotonic() + seconds
    read = getattr(raw, "read1", getattr(raw, "read", None))  # old urllib3 waits for all of a piece
    pieces = iter(partial(read, 1 << 16, decode_content=True), b"") if read else raw.iter_content()
    for piece in pieces:
        content += piece
        if len(content) > most:
            raise NetworkError(f"{who} answers with more than {most / 1e6:g} MB.\nAsk for fewer years.")
        if time.monotonic() > end:
            raise NetworkError(f"{who} takes more than {seconds:g} seconds to answer.\nTry again later.")
    return bytes(content)


def fred_figures(text: str, symbol: str) -> pd.Series:
    """Read FRED's CSV text: a date and a figure a line, a point or nothing where there is none.

    Raises
    ------
    NetworkError
        If it is something else, or breaks off.
    """
    text = text.lstrip("\ufeff")
    if text.partition("\n")[0].strip().split(",")[1:] != [symbol]:
        got = "a web page" if text.lstrip().startswith("<") else "something else"
        raise NetworkError(f"FRED answered with {got} instead of the figures of {symbol}.\nTry again later.")
    if not text.endswith("\n"):
        raise NetworkError(f"the answer of FRED for {symbol} breaks off in the middle; try again")
    rows = [line.strip().split(",") for line in text.splitlines()[1:] if line.strip()]
    try:
        figures = [float("nan" if figure in {"", "."} else figure) for _, figure in rows]
        days = pd.to_datetime([day for day, _ in rows], format="%Y-%m-%d")
    except ValueError as error:
        raise NetworkError(f"the answer of FRED for {symbol} cannot be read: {str(error).splitlines()[0]}") from None
    return pd.Series(figures, index=days, dtype="float64")


class YahooProvider:
    """Daily closes from Yahoo Finance.

    Parameters
    ----------
    session : object, optional
        A session of `requests` or `curl_cffi` to ask with; default yfinance's own.
    retry : Retry, optional
        When to ask again.

    Notes
    -----
    All symbols are downloaded in one batch, without threads: the client's threads leave connections to its own
    database open, and a burst of requests invites a refusal. The client answers trouble with a column of NaN and no
    error; so what came back empty is asked for once more by itself, with the client told to raise, and its exception
    becomes ours.
    """

    name = "yahoo"

    def __init__(self, session: Any = None, retry: Retry | None = None) -> None:
        self.session, self.retry = session, retry

    def fetch(self, request: Request) -> Fetched:
        """Return the daily closes of each instrument by their dates in its own market, as `Provider.fetch` does.

        Splits are taken out; with ``adjusted`` dividends are added back.
        """
        tickers = {one.name: ticker_at(self.name, one) for one in request.instruments}
        query = {
            "start": request.first.isoformat(),
            "end": (request.last + timedelta(days=1)).isoformat(),  # the client's end is exclusive
            "interval": "1d",
            "auto_adjust": request.adjusted,
            "actions": False,
        }
        how = {"group_by": "column", "multi_level_index": True, "ignore_tz": True, "progress": False, "threads": False}
        symbols = [ticker.symbol for ticker in tickers.values()]
        with _yfinance(self.session) as yfinance:
            frame = yfinance.download(symbols, session=self.session, **how, **query)
        empty = frame is None or "Close" not in frame.columns.get_level_values(0)
        came = {} if empty else {str(symbol): by_session(frame["Close"][symbol]) for symbol in frame["Close"]}
        retry, columns = self.retry or Retry.from_environment(), {}
        for name, ticker in tickers.items():
            columns[name] = came.get(ticker.symbol, pd.Series(dtype=float))
            if columns[name].empty:
                columns[name] = retry.call(partial(self._one, name, ticker, request, query))
        return assemble(columns, request, self.name)

    def _one(self, name: str, ticker: Ticker, request: Request, query: Mapping[str, Any]) -> pd.Series:
        """Ask for one symbol by itself."""
        try:
            with _yfinance(self.session, raising=True) as yfinance:
                frame = yfinance.Ticker(ticker.symbol, session=self.session).history(**query)
        except NetworkError:  # of ours, from `_bounded`
            raise
        except Exception as error:  # whatever the client raises becomes one of ours
            raise self._explained(error, name, ticker, request) from error
        closes = by_session(frame["Close"]) if "Close" in frame else pd.Series(dtype=float)
        if closes.empty:
            raise self._explained(None, name, ticker, request)
        return closes

    def _explained(self, error: Exception | None, name: str, ticker: Ticker, request: Request) -> EventStudyError:
        """Return the error of ours that says what an exception of the client, or an empty answer, most likely means."""
        from yfinance import exceptions

        status = getattr(getattr(error, "response", None), "status_code", None)
        remedy = "or take --provider bundled or --offline."
        if isinstance(error, exceptions.YFRateLimitError) or status in {429, 502, 503, 504}:
            busy = f"Yahoo Finance asks for fewer requests (HTTP {status or 429}), after all attempts."
            return BusyError(f"{busy}\nTry again in some minutes, {remedy}")
        if error is None or isinstance(error, exceptions.YFTickerMissingError) or status == 404:  # noqa: PLR2004
            said = str(getattr(error, "rationale", ""))
            likely = "likely an unknown symbol, or one that was delisted or halted"
            if said and "no timezone" not in said and "delisted" not in said:
                likely = f"it says: {' '.join(said.split())[:120]}"
            noted = f"\nOn file: {ticker.note}." if ticker.note else ""
            return DataMissingError(
                f"Yahoo Finance has no price of '{name}' ({ticker.symbol}) in {request.span}; {likely}.{noted}"
            )
        what, mend = f"answered for {ticker.symbol} with something else than prices", "Try again later"
        if isinstance(error, OSError) and not isinstance(error, ValueError):
            what, mend = f"could not be reached, or broke off, for {ticker.symbol}", "Check the connection"
        return NetworkError(f"Yahoo Finance {what} ({type(error).__name__}).\n{mend}, {remedy}")


@contextmanager
def _bounded(session: Any) -> Iterator[None]:
    """Let a session read no more of an answer, and no longer, than figures can be: the client itself has no bounds."""
    import requests
    from urllib3.exceptions import HTTPError

    ask = session.request

    def request(*args: Any, **how: Any) -> Any:
        answer = ask(*args, **{**how, "stream": True})
        try:
            content = read_body(getattr(answer, "raw", answer), "Yahoo Finance")
        except HTTPError as error:
            raise requests.ConnectionError(error) from error
        finally:
            answer.close()
        if isinstance(answer, requests.Response):
            answer._content, answer._content_consumed = content, True  # type: ignore[attr-defined]  # noqa: SLF001
        else:
            answer.content = content
        return answer

    session.request = request
    try:
        yield
    finally:
        vars(session).pop("request", None)


@contextmanager
def _yfinance(session: Any, *, raising: bool = False) -> Iterator[Any]:
    """Yield yfinance with bounds, without its warnings, log lines and stored answers; `raising`: it raises errors."""
    logger = logging.getLogger("yfinance")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import yfinance  # it sets filters of its own when it is first imported

            warnings.simplefilter("ignore")
            debug = yfinance.config.debug
            hidden = debug.hide_exceptions
            debug.hide_exceptions = hidden and not raising
            from yfinance.data import YfData

            with suppress(AttributeError):  # an error page is kept too, and would be the answer again
                YfData.cache_get.cache_clear()
            try:
                with _bounded(YfData(session)._session):  # noqa: SLF001  # the client's own where none is given
                    yield yfinance
            finally:
                debug.hide_exceptions = hidden
    finally:
        logger.setLevel(level)


def by_session(closes: pd.Series) -> pd.Series:
    """Label closes by the date of the session in its own market; of two rows of one date the later is kept.

    They are indexed by dates, or by instants in the market's own zone, as the client gives daily bars.

    Examples
    --------
    >>> bars = pd.DatetimeIndex(["2022-02-24 00:00"], tz="Europe/London")
    >>> by_session(pd.Series([84.1], bars)).index[0]
    Timestamp('2022-02-24 00:00:00')
    """
    known = closes.dropna().astype("float64")
    known.index = pd.DatetimeIndex(known.index).tz_localize(None).normalize()
    return known[~known.index.duplicated(keep="last")].sort_index()
