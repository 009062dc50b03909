"""FRED of the Federal Reserve Bank of St. Louis, through its CSV download, which needs no key."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from eventstudy.errors import DataMissingError, NetworkError
from eventstudy.markets.instrument import Instrument, Ticker
from eventstudy.markets.providers.protocol import BusyError, Fetched, Request, Retry, assemble, ticker_at

if TYPE_CHECKING:
    import requests

#: Environment variable with another address than FRED's own, for tests and mirrors.
URL_VARIABLE = "EVENTSTUDY_FRED_URL"

_URL = "https://fred.stlouisfed.org"
_TIMEOUT = (10.0, 60.0)
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
        try:
            answer = session.get(
                f"{site}/graph/fredgraph.csv", params=query, timeout=_TIMEOUT, headers={"User-Agent": "raise-or-fold"}
            )
        except requests.RequestException as error:
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
        return _figures(answer.content.decode("utf-8", errors="replace"), ticker.symbol)


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
