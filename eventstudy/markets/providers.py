"""Where prices come from: what is asked and answered; bundled figures, FRED, Yahoo Finance, or whichever fits.

FRED is asked through its CSV download, which needs no key, Yahoo Finance through yfinance.
"""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from typing import Any, NamedTuple, Protocol, TypeVar

import pandas as pd

from eventstudy.cells import YEARS, brief
from eventstudy.errors import DataMissingError, DesignError, EventStudyError, InputError, NetworkError
from eventstudy.markets.bundled import SeriesLabel, load_series, series_labels
from eventstudy.markets.instrument import Instrument, Ticker, find_instrument, instrument_names, unknown_instrument
from eventstudy.markets.prices import read_prices
from eventstudy.network import BOUNDED, read_body
from eventstudy.options import NETWORK

#: Called with the name of each instrument whose prices are there.
Progress = Callable[[str], None]

#: Environment variables: the seconds to wait before each retry, e.g. ``"2,8,30"``; another address than FRED's own.
WAITS_VARIABLE, URL_VARIABLE = "EVENTSTUDY_RETRY_WAITS", "EVENTSTUDY_FRED_URL"

_TIMEOUT = (10.0, 60.0)
#: The longest series of FRED, daily since 1947, is half a megabyte.
_MOST = 20_000_000, 120.0, "Ask for fewer years."  # bytes, seconds, and what to do where they are not enough
_BUSY, _UNKNOWN, _DAY = (429, 500, 502, 503, 504), (400, 404), timedelta(days=1)

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
        Prices as quoted, as `read_prices` returns them, a column an instrument, each with at least one price.
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
            except BusyError:
                self.sleep(wait)
            except NetworkError:
                if failed:
                    raise
                failed = True
                self.sleep(wait)
        return attempt()


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
    if not isinstance(words, Iterable):
        raise DesignError.must_be("series are names with commas between them, or a list of names", words)
    given = [word.strip() if isinstance(word, str) else word for word in words]
    named = [word for word in given if not isinstance(word, str) or word]
    found = [word if isinstance(word, Instrument) else find(word) for word in named]
    if not found:
        raise DesignError("no series asked for; name some, e.g. ruble,brent")
    by_name = {one.name: one for one in found}
    if twice := next((one.name for one in found if one != by_name[one.name]), None):
        raise DesignError(f"two different series are called '{twice}'; fetch them one by one")
    ends = []
    for which, end in (("first", first), ("last", last)):
        DesignError.require(f"the {which} date must be a date, or a text such as 2022-01-27", end, date, str)
        try:
            day = date.fromisoformat(end) if isinstance(end, str) else date(end.year, end.month, end.day)
        except (ValueError, TypeError):  # of pandas' own "no instant" the year is none
            raise DesignError(f"the {which} date '{brief(str(end))}' is not a date; write 2022-01-27") from None
        if not YEARS[0] <= day.year < YEARS[1]:
            raise DesignError(f"the {which} date {day} is outside the years {YEARS[0]} .. {YEARS[1] - 1}")
        ends.append(day)
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
    provider, _, symbol = word.partition(":") if isinstance(word, str) else ("", "", "")
    if not symbol or provider not in NETWORK:
        return find_instrument(word)
    asked = provider, symbol.strip().upper()
    outside = unknown_instrument(asked[1])
    outside = replace(outside, tickers=(Ticker(*asked, outside.stamp),))
    known = map(find_instrument, instrument_names())
    return next((one for one in known if asked in [(of.provider, of.symbol) for of in one.tickers]), outside)


def ticker_at(provider: str, instrument: Instrument) -> Ticker:
    """Return the ticker of an instrument at a provider.

    Raises
    ------
    DataMissingError
        If the provider does not have it; says who has.
    """
    if ticker := instrument.ticker(provider):
        return ticker
    others = ", ".join(ticker.provider for ticker in instrument.tickers)
    hint = f"there is: {others}" if others else "no provider on the network has it"
    raise DataMissingError(f"'{instrument.name}' has no symbol at {provider}; {hint}")


def assemble(columns: Mapping[str, pd.Series], request: Request, provider: str, notes: Sequence[str] = ()) -> Fetched:
    """Put the prices of a provider's instruments side by side, over the union of their sessions.

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
    return Fetched(_side_by_side(columns, request, provider), instruments, tuple(notes), sources)


def _side_by_side(columns: Mapping[str, pd.Series], request: Request, source: str) -> pd.DataFrame:
    """Return the wanted sessions of each column over the union of their dates; refuse a column without a price."""
    kept = {name: columns[name].dropna().sort_index()[str(request.first) : str(request.last)] for name in request.names}
    if missing := next((name for name, column in kept.items() if column.empty), None):
        raise DataMissingError(f"{source} has no price of '{missing}' in {request.span}")
    return read_prices(pd.concat(kept, axis=1, sort=True), check=False)


class BundledProvider:
    """Real figures that need no network; what is missing is never filled from elsewhere."""

    name = "bundled"

    def fetch(self, request: Request) -> Fetched:
        """Return the bundled prices of each instrument, from one series each, as `Provider.fetch` does.

        A series that covers only a part of the dates gives that part, and of two the one that covers more of them, or
        ends last; adjusted prices of a fund are missing data.
        """
        chosen = {}
        for one in request.instruments:
            if request.adjusted and one.dividends:
                traded = "prices as traded, dividends not added back; adjusted ones are at yahoo"
                raise DataMissingError(f"the bundled figures of '{one.name}' are {traded}")
            labels = self._labels(one)
            if not labels:
                providers = [ticker.provider for ticker in one.tickers]
                elsewhere = f"take --provider {' or '.join(providers)}" if providers else "no other provider has it"
                raise DataMissingError(f"no bundled figures for '{one.name}'; {elsewhere}")
            days = {of: min(of.last, request.last) - max(of.first, request.first) for of in labels}
            best = max(labels, key=lambda of, days=days: (max(days[of], -_DAY), of.last))  # type: ignore[misc]
            if days[best] < 0 * _DAY:
                there = f"there are: {self.held(one)}"
                raise DataMissingError(f"no bundled figures for '{one.name}' in {request.span}; {there}")
            chosen[one.name] = best.name
        columns = {name: load_series(label) for name, label in chosen.items()}
        prices = _side_by_side(columns, request, "the bundled data")
        sources = {name: f"bundled {label}" for name, label in chosen.items()}
        return Fetched(prices, {one.name: one for one in request.instruments}, (), sources)

    def covers(self, instrument: Instrument, request: Request) -> bool:
        """Whether one bundled series of the instrument spans all dates of the request."""
        of_kind = [] if request.adjusted and instrument.dividends else self._labels(instrument)
        return any(one.first <= request.first and request.last <= one.last for one in of_kind)

    def held(self, instrument: Instrument) -> str:
        """Say which dates the bundled series of an instrument span; nothing where there is none."""
        return ", ".join(f"{label.first} .. {label.last}" for label in self._labels(instrument))

    def _labels(self, instrument: Instrument) -> list[SeriesLabel]:
        return [label for label in series_labels().values() if label.instrument == instrument.name]


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

    def __init__(self, network: Mapping[str, Provider], *, progress: Progress | None = None) -> None:
        self.bundled, self.progress = BundledProvider(), progress
        self.sources: dict[str, Provider] = {**network, self.bundled.name: self.bundled}

    def fetch(self, request: Request) -> Fetched:
        """Return the prices of each instrument from the first source that has them, as `Provider.fetch` does.

        Its notes say where the prices of each came from.
        """
        choices, groups = {}, dict[str, list[Instrument]]()
        for one in request.instruments:
            network = [ticker.provider for ticker in one.tickers if ticker.provider in self.sources]
            covered = not network or self.bundled.covers(one, request)
            choices[one.name] = [self.bundled.name] if covered else network
            groups.setdefault(choices[one.name][0], []).append(one)
        parts = [part for some in groups.values() for part in self._from(some, request, choices)]
        parts_of = {name: next(part for part in parts if name in part.instruments) for name in request.names}
        sources = {name: part.sources[name] for name, part in parts_of.items()}
        notes = [f"{name}: from {source}" for name, source in sources.items()]
        for k, one in enumerate(request.instruments):
            if one.tickers and not self.bundled.covers(one, request):
                notes[k] += f"; bundled: {self.bundled.held(one) or 'none'}"
        prices = _side_by_side({name: part.prices[name] for name, part in parts_of.items()}, request, "prices")
        struck = {name: part.instruments[name] for name, part in parts_of.items()}
        return Fetched(prices, struck, (*notes, *(note for part in parts for note in part.notes)), sources)

    def _from(self, some: list[Instrument], request: Request, choices: Mapping[str, list[str]]) -> list[Fetched]:
        """Ask the first choice of some instruments, and for one that it lacks the next; the first error is raised."""
        source, *others = choices[some[0].name]
        try:
            part = self.sources[source].fetch(replace(request, instruments=tuple(some)))
        except DataMissingError as error:
            if len(some) > 1:
                return [part for one in some for part in self._from([one], request, choices)]
            with suppress(DataMissingError):
                if others:
                    return self._from(some, request, {some[0].name: others})
            raise error from None
        except NetworkError as error:
            at_hand = [f"{one.name} {dates}" for one in some if (dates := self.bundled.held(one))]
            if not at_hand:
                raise
            raise type(error)(f"{error} Bundled: {'; '.join(at_hand[:3])}.") from error
        if self.progress is not None and source == self.bundled.name:
            for one in some:
                self.progress(one.name)
        return [part]


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

    def __init__(self, url: str = "", session: Any = None, retry: Retry | None = None) -> None:
        self.url, self.session, self.retry = url, session, retry

    def fetch(self, request: Request) -> Fetched:
        """Return the figures of each instrument, as `Provider.fetch` does; a day without one is missing."""
        import requests

        with nullcontext(self.session) if self.session is not None else requests.Session() as session:
            return _one_by_one(self, request, partial(self._ask, session, request))

    def _ask(self, session: Any, request: Request, name: str, ticker: Ticker) -> pd.Series:
        import requests
        from urllib3.exceptions import HTTPError

        site = (self.url or os.environ.get(URL_VARIABLE) or "https://fred.stlouisfed.org").rstrip("/")
        query = {"id": ticker.symbol, "cosd": str(request.first), "coed": str(request.last)}
        page, agent = f"{site}/graph/fredgraph.csv", {"User-Agent": "raise-or-fold"}
        try:
            with session.get(page, params=query, timeout=_TIMEOUT, headers=agent, **BOUNDED) as answer:
                way = [step.url for step in (*answer.history, answer)]
                if site.startswith("https:") and not all(url.startswith("https:") for url in way):
                    raise NetworkError("FRED leads away from https; nothing was read from there.\nTry again later.")
                if answer.ok:
                    content = read_body(answer.raw, "FRED", *_MOST)
                    return self.figures(content.decode("utf-8", errors="replace"), ticker.symbol)
        except (requests.RequestException, HTTPError, OSError) as error:
            said = f"FRED cannot be reached ({type(error).__name__})."
            raise NetworkError(f"{said}\nCheck the connection, or take --provider bundled.") from None
        if answer.status_code in _UNKNOWN:
            raise DataMissingError(f"FRED does not know the series {ticker.symbol} of '{name}'")
        if answer.status_code in _BUSY:
            said = f"FRED is busy (HTTP {answer.status_code}), after all attempts."
            raise BusyError(f"{said}\nTry again in some minutes.")
        raise NetworkError(f"FRED refuses to answer (HTTP {answer.status_code})")

    @staticmethod
    def figures(text: str, symbol: str) -> pd.Series:
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
            said = str(error).splitlines()[0]
            raise NetworkError(f"the answer of FRED for {symbol} cannot be read: {said}") from None
        return pd.Series(figures, index=days, dtype="float64")


def _one_by_one(provider: Any, request: Request, ask: Callable[[str, Ticker], pd.Series]) -> Fetched:
    """Ask for one instrument after the other, again where that may help."""
    tickers = {one.name: ticker_at(provider.name, one) for one in request.instruments}
    retry = provider.retry or Retry.from_environment()
    columns = {name: retry.call(partial(ask, name, ticker)) for name, ticker in tickers.items()}
    return assemble(columns, request, provider.name)


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
    error; so what came back empty is asked for once more by itself, with the client made to raise, and its exception
    becomes ours.
    """

    name = "yahoo"

    def __init__(self, session: Any = None, retry: Retry | None = None) -> None:
        self.session, self.retry = session, retry

    def fetch(self, request: Request) -> Fetched:
        """Return the daily closes of each instrument by their dates in its own market, as `Provider.fetch` does.

        Splits are taken out; with ``adjusted`` dividends are added back.
        """
        query = {"start": str(request.first), "interval": "1d", "actions": False, "auto_adjust": request.adjusted}
        query["end"] = str(request.last + _DAY)  # the client's end is exclusive
        how = {"group_by": "column", "multi_level_index": True, "ignore_tz": True, "progress": False, "threads": False}
        symbols = [ticker_at(self.name, one).symbol for one in request.instruments]
        with _yfinance(self.session) as yfinance:
            frame = yfinance.download(symbols, session=self.session, **how, **query)
        empty = frame is None or "Close" not in frame.columns.get_level_values(0)
        came = {} if empty else {str(symbol): by_session(frame["Close"][symbol]) for symbol in frame["Close"]}

        def ask(name: str, ticker: Ticker) -> pd.Series:
            closes = came.get(ticker.symbol, pd.Series(dtype=float))
            try:
                if closes.empty:
                    with _yfinance(self.session, raising=True) as yfinance:
                        bars = yfinance.Ticker(ticker.symbol, session=self.session).history(**query)
                    closes = by_session(bars.get("Close", closes))
            except NetworkError:  # of ours, from `_yfinance`
                raise
            except Exception as error:  # whatever the client raises becomes one of ours
                raise self._error(error, name, ticker, request) from error
            if closes.empty:
                raise self._error(None, name, ticker, request)
            return closes

        return _one_by_one(self, request, ask)

    @staticmethod
    def _error(error: Exception | None, name: str, ticker: Ticker, request: Request) -> EventStudyError:
        """Return the error of ours that says what an exception of the client, or an empty answer, most likely means."""
        from yfinance import exceptions

        status = getattr(getattr(error, "response", None), "status_code", None)
        remedy = "or take --provider bundled or --offline."
        if isinstance(error, exceptions.YFRateLimitError) or status in {429, 502, 503, 504}:
            busy = f"Yahoo Finance asks for fewer requests (HTTP {status or 429}), after all attempts."
            return BusyError(f"{busy}\nTry again in some minutes, {remedy}")
        if error is None or isinstance(error, exceptions.YFTickerMissingError) or status == _UNKNOWN[1]:
            likely = "likely an unknown symbol, or one that was delisted or halted"
            noted = f"\nOn file: {ticker.note}." if ticker.note else ""
            of = f"'{name}' ({ticker.symbol}) in {request.span}"
            return DataMissingError(f"Yahoo Finance has no price of {of}; {likely}.{noted}")
        what, mend = f"answered for {ticker.symbol} with something else than prices", "Try again later"
        if isinstance(error, OSError) and not isinstance(error, ValueError):
            what, mend = f"could not be reached, or broke off, for {ticker.symbol}", "Check the connection"
        return NetworkError(f"Yahoo Finance {what} ({type(error).__name__}).\n{mend}, {remedy}")


@contextmanager
def _yfinance(session: Any, *, raising: bool = False) -> Iterator[Any]:
    """Yield yfinance without its warnings, log lines and stored answers; `raising`: it raises errors.

    It has no bounds of its own: its session is made to read no more of an answer, and no longer, than figures can be.
    """
    import requests
    from urllib3.exceptions import HTTPError

    logger = logging.getLogger("yfinance")
    with ExitStack() as undone:
        undone.callback(logger.setLevel, logger.level)
        logger.setLevel(logging.CRITICAL + 1)
        undone.enter_context(warnings.catch_warnings(action="ignore"))
        import yfinance  # it sets filters of its own when it is first imported
        from yfinance.data import YfData

        warnings.simplefilter("ignore")
        debug = yfinance.config.debug
        undone.callback(setattr, debug, "hide_exceptions", debug.hide_exceptions)
        debug.hide_exceptions = debug.hide_exceptions and not raising
        with suppress(AttributeError):  # an error page is kept too, and would be the answer again
            YfData.cache_get.cache_clear()
        own = vars(YfData(session))["_session"]  # the client's own where none is given
        ask, bounds = own.request, BOUNDED if isinstance(own, requests.Session) else {"stream": True}

        def request(*args: Any, **how: Any) -> Any:
            answer = ask(*args, **{**how, **bounds})
            try:
                content = read_body(getattr(answer, "raw", answer), "Yahoo Finance", *_MOST)
            except HTTPError as error:
                raise requests.ConnectionError(error) from error
            finally:
                answer.close()
            if isinstance(answer, requests.Response):
                answer.raw = BytesIO(content)
            else:
                answer.content = content
            return answer

        own.request = request
        undone.callback(vars(own).pop, "request", None)
        yield yfinance


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
