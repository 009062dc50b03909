"""Prices from the network: FRED through its CSV download, which needs no key, and Yahoo Finance through yfinance."""

from __future__ import annotations

import logging
import os
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from eventstudy.errors import DataMissingError, EventStudyError, NetworkError
from eventstudy.markets.instrument import Instrument, Ticker
from eventstudy.markets.providers.protocol import BusyError, Fetched, Request, Retry, assemble, ticker_at

if TYPE_CHECKING:
    import requests


#: Environment variable with another address than FRED's own, for tests and mirrors.
URL_VARIABLE = "EVENTSTUDY_FRED_URL"

_URL = "https://fred.stlouisfed.org"
_TIMEOUT = (10.0, 60.0)
#: The longest series, daily since 1947, is half a megabyte.
_MOST_BYTES, _MOST_SECONDS = 20_000_000, 120.0
_BUSY = (429, 500, 502, 503, 504)
_UNKNOWN = (400, 404)
_MISSING = ("", ".")


@dataclass(frozen=True)
class FredProvider:
    """Daily series of FRED: oil and gas spot prices, H.10 exchange rates, VIX, S&P 500.

    Parameters
    ----------
    url : str, optional
        Address of the site; default that of the environment variable `EVENTSTUDY_FRED_URL`, else FRED's own.
    session : requests.Session, optional
        The session to ask with; default a new one.
    retry : Retry
        When to ask again.
    """

    url: str | None = None
    session: requests.Session | None = None
    retry: Retry = field(default_factory=Retry.from_environment)

    name: ClassVar[str] = "fred"

    def fetch(self, request: Request) -> Fetched:
        """Return the figures of each instrument.

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            Figures as published; a day without one is missing.

        Raises
        ------
        DataMissingError
            If FRED does not have an instrument, or has no figure in these dates.
        NetworkError
            If FRED cannot be reached or answers with something else than figures.
        """
        import requests

        tickers = [(one, ticker_at(self.name, one)) for one in request.instruments]
        session = self.session or requests.Session()
        try:
            columns = {
                one.name: self.retry.call(partial(self._ask, session, one, ticker, request)) for one, ticker in tickers
            }
        finally:
            if self.session is None:
                session.close()
        return assemble(columns, request, self.name)

    def _ask(self, session: requests.Session, instrument: Instrument, ticker: Ticker, request: Request) -> pd.Series:
        """Ask once and return the figures."""
        import requests

        site = (self.url or os.environ.get(URL_VARIABLE) or _URL).rstrip("/")
        query = {"id": ticker.symbol, "cosd": request.first.isoformat(), "coed": request.last.isoformat()}
        from urllib3.exceptions import HTTPError

        page, agent = f"{site}/graph/fredgraph.csv", {"User-Agent": "raise-or-fold"}
        try:
            with session.get(page, params=query, timeout=_TIMEOUT, headers=agent, stream=True) as answer:
                if site.startswith("https:") and not answer.url.startswith("https:"):
                    raise NetworkError("FRED leads away from https; nothing was read from there.\nTry again later.")
                content = _body(answer.raw) if answer.ok else b""
        except (requests.RequestException, HTTPError, OSError) as error:
            raise NetworkError(
                f"FRED cannot be reached ({type(error).__name__}).\nCheck the connection, or take --provider bundled."
            ) from None
        if answer.status_code in _UNKNOWN:
            raise DataMissingError(f"FRED does not know the series {ticker.symbol} of '{instrument.name}'")
        if answer.status_code in _BUSY:
            raise BusyError(
                f"FRED is busy (HTTP {answer.status_code}), after all attempts.\nTry again in some minutes."
            )
        if not answer.ok:
            raise NetworkError(f"FRED refuses to answer (HTTP {answer.status_code})")
        return _figures(content.decode("utf-8", errors="replace"), ticker.symbol)


def _body(raw: Any) -> bytes:
    """Read an answer as it comes, no more than figures can be and no longer than anybody waits."""
    content, end = bytearray(), time.monotonic() + _MOST_SECONDS
    read = getattr(raw, "read1", raw.read)  # old urllib3 waits for all of a piece
    while piece := read(1 << 16, decode_content=True):
        content += piece
        if len(content) > _MOST_BYTES:
            raise NetworkError(f"FRED answers with more than {_MOST_BYTES / 1e6:g} MB.\nAsk for fewer years.")
        if time.monotonic() > end:
            raise NetworkError(f"FRED takes more than {_MOST_SECONDS:g} seconds to answer.\nTry again later.")
    return bytes(content)


def _figures(text: str, symbol: str) -> pd.Series:
    """Read the CSV text: a date and a figure a line, a point or nothing where there is none."""
    lines = text.lstrip("\ufeff").splitlines(keepends=True)
    header = lines[0].strip().split(",") if lines else []
    if header[1:] != [symbol]:
        got = "a web page" if text.lstrip().startswith("<") else "something else"
        raise NetworkError(f"FRED answered with {got} instead of the figures of {symbol}.\nTry again later.")
    if not lines[-1].endswith("\n"):
        raise NetworkError(f"the answer of FRED for {symbol} breaks off in the middle; try again")
    rows = [line.strip().split(",") for line in lines[1:] if line.strip()]
    try:
        figures = [float("nan" if figure in _MISSING else figure) for _, figure in rows]
        days = pd.to_datetime([day for day, _ in rows], format="%Y-%m-%d")
    except ValueError as error:
        raise NetworkError(f"the answer of FRED for {symbol} cannot be read: {str(error).splitlines()[0]}") from None
    return pd.Series(figures, index=days, dtype="float64")


@dataclass(frozen=True)
class YahooProvider:
    """Daily closes from Yahoo Finance.

    Parameters
    ----------
    session : object, optional
        A session of `requests` or `curl_cffi` to ask with; default yfinance's own.
    retry : Retry
        When to ask again.

    Notes
    -----
    All symbols are downloaded in one batch, without threads: the client's threads leave connections to its own
    database open, and a burst of requests invites a refusal. The client answers trouble with a column of NaN and no
    error; so what came back empty is asked for once more by itself, with the client told to raise, and its exception
    becomes ours.
    """

    session: Any = None
    retry: Retry = field(default_factory=Retry.from_environment)

    name: ClassVar[str] = "yahoo"

    def fetch(self, request: Request) -> Fetched:
        """Return the daily closes of each instrument.

        Parameters
        ----------
        request : Request
            What is wanted. With ``adjusted`` the closes have dividends added back; Yahoo's closes have splits taken
            out in either case.

        Returns
        -------
        Fetched
            Prices by the date of the session in its own market.

        Raises
        ------
        DataMissingError
            If Yahoo has nothing of an instrument in these dates; says what is likely.
        NetworkError
            If Yahoo cannot be reached, does not answer sensibly, or keeps asking for fewer requests.
        """
        tickers = {one.name: ticker_at(self.name, one) for one in request.instruments}
        symbols = [ticker.symbol for ticker in tickers.values()]
        closes = self._batch(symbols, request)
        for name, ticker in tickers.items():
            if ticker.symbol not in closes:
                closes[ticker.symbol] = self._one(name, ticker, request)
        return assemble({name: closes[ticker.symbol] for name, ticker in tickers.items()}, request, self.name)

    def _batch(self, symbols: list[str], request: Request) -> dict[str, pd.Series]:
        """Download all symbols at once; return the closes of those that came."""
        with _yfinance() as yfinance:
            frame = yfinance.download(
                symbols,
                session=self.session,
                group_by="column",
                multi_level_index=True,
                ignore_tz=True,
                progress=False,
                threads=False,
                **_query(request),
            )
        if frame is None or "Close" not in frame.columns.get_level_values(0):
            return {}
        closes = frame["Close"]
        came = {str(symbol): by_session(closes[symbol]) for symbol in closes}
        return {symbol: came[symbol] for symbol in symbols if symbol in came and len(came[symbol])}

    def _one(self, name: str, ticker: Ticker, request: Request) -> pd.Series:
        """Ask for one symbol by itself, with retries."""

        def attempt() -> pd.Series:
            try:
                with _yfinance(raising=True) as yfinance:
                    frame = yfinance.Ticker(ticker.symbol, session=self.session).history(**_query(request))
            except Exception as error:  # whatever the client raises becomes one of ours
                raise explained(error, name, ticker, request) from error
            closes = by_session(frame["Close"]) if "Close" in frame else pd.Series(dtype="float64")
            if closes.empty:
                raise _nothing(name, ticker, request, "")
            return closes

        return self.retry.call(attempt)


@contextmanager
def _yfinance(*, raising: bool = False) -> Iterator[Any]:
    """Yield yfinance without its warnings, log lines and stored answers; `raising`: it raises instead of logging."""
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
            with suppress(ImportError, AttributeError):  # an error page is kept too, and would be the answer again
                from yfinance.data import YfData

                YfData.cache_get.cache_clear()
            try:
                yield yfinance
            finally:
                debug.hide_exceptions = hidden
    finally:
        logger.setLevel(level)


def _query(request: Request) -> Mapping[str, Any]:
    """Return the dates and the kind of price, as the client wants them: its end is exclusive."""
    return {
        "start": request.first.isoformat(),
        "end": (request.last + timedelta(days=1)).isoformat(),
        "interval": "1d",
        "auto_adjust": request.adjusted,
        "actions": False,
    }


def by_session(closes: pd.Series) -> pd.Series:
    """Label closes by the date of the session in its own market.

    Parameters
    ----------
    closes : Series
        Indexed by dates, or by instants in the market's own zone, as the client gives daily bars.

    Returns
    -------
    Series
        float64, without missing values; of two rows of one date the later.

    Examples
    --------
    >>> bars = pd.DatetimeIndex(["2022-02-24 00:00"], tz="Europe/London")
    >>> by_session(pd.Series([84.1], bars)).index[0]
    Timestamp('2022-02-24 00:00:00')
    """
    known = closes.dropna().astype("float64")
    if known.empty:
        return pd.Series(dtype="float64", index=pd.DatetimeIndex([]))
    index = pd.DatetimeIndex(known.index)
    if index.tz is not None:
        index = index.tz_localize(None)
    known.index = index.normalize()
    return known[~known.index.duplicated(keep="last")].sort_index()


def explained(error: Exception, name: str, ticker: Ticker, request: Request) -> EventStudyError:
    """Return the error of ours that says what an exception of the client most likely means."""
    from yfinance import exceptions

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, exceptions.YFRateLimitError) or status in {429, 502, 503, 504}:
        return BusyError(
            f"Yahoo Finance asks for fewer requests (HTTP {status or 429}), after all attempts.\n"
            "Try again in some minutes, or take --provider bundled or --offline."
        )
    if isinstance(error, exceptions.YFTickerMissingError) or status == 404:  # noqa: PLR2004
        return _nothing(name, ticker, request, str(getattr(error, "rationale", "")))
    if isinstance(error, OSError) and not isinstance(error, ValueError):
        wrong = f"could not be reached, or broke off, for {ticker.symbol} ({type(error).__name__})"
        return NetworkError(f"Yahoo Finance {wrong}.\nCheck the connection, or take --provider bundled or --offline.")
    wrong = f"answered for {ticker.symbol} with something else than prices ({type(error).__name__})"
    return NetworkError(f"Yahoo Finance {wrong}.\nTry again later, or take --provider bundled or --offline.")


def _nothing(name: str, ticker: Ticker, request: Request, said: str) -> DataMissingError:
    """Say that Yahoo has nothing, and why that is likely."""
    likely = "likely an unknown symbol, or one that was delisted or halted"
    if said and "no timezone" not in said and "delisted" not in said:
        likely = f"it says: {' '.join(said.split())[:120]}"
    noted = f"\nOn file: {ticker.note}." if ticker.note else ""
    return DataMissingError(
        f"Yahoo Finance has no price of '{name}' ({ticker.symbol}) in {request.span}; {likely}.{noted}"
    )
