"""Price files as a provider: CSV or Parquet, wide or long, our own or saved from yfinance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from eventstudy.errors import DataMissingError, InputError, did_you_mean
from eventstudy.markets.identity import identify
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices, read_prices
from eventstudy.markets.providers.layouts import closes, is_yfinance, read_yfinance
from eventstudy.markets.providers.protocol import Fetched, Request, instrument_of_symbol, side_by_side
from eventstudy.markets.providers.yahoo import by_session


@dataclass(frozen=True)
class FileProvider:
    """The prices of one file.

    Parameters
    ----------
    path : str or Path
        The file.
    """

    path: str | Path

    name: ClassVar[str] = "file"

    def fetch(self, request: Request) -> Fetched:
        """Return the wanted columns of the file between the wanted dates.

        Parameters
        ----------
        request : Request
            What is wanted.

        Returns
        -------
        Fetched
            The prices, with notes on columns that were taken for an instrument.

        Raises
        ------
        DataMissingError
            If there is no such file, or it has no column, or no price, of an instrument.
        InputError
            If the file cannot be read as prices.
        """
        read = read_price_file(self.path, adjusted=request.adjusted)
        for name in request.names:
            if name not in read.prices:
                raise DataMissingError(
                    f"{Path(self.path).name} has no column '{name}'; {did_you_mean(name, map(str, read.prices))}"
                )
        prices = side_by_side({name: read.prices[name] for name in request.names}, request, Path(self.path).name)
        instruments = {name: read.instruments[name] for name in request.names}
        return Fetched(prices, instruments, read.notes, {name: read.sources[name] for name in request.names})


def read_price_file(path: str | Path, *, adjusted: bool = False) -> Fetched:
    """Read all prices of a file, and say what its columns are.

    Parameters
    ----------
    path : str or Path
        CSV or Parquet, wide or long, or a yfinance frame saved as such. A frame of one ticker does not say which: the
        file's name does (``RUB=X.csv``, ``ruble.parquet``).
    adjusted : bool
        Whether to take a yfinance frame's ``Adj Close`` where there is one.

    Returns
    -------
    Fetched
        A column that bears the name of a catalogue instrument is that instrument; one that bears its Yahoo symbol
        becomes it, with the stamp of Yahoo's prices, and a note says so; any other column stays as it is.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If it cannot be read as prices, or two of its columns are the same instrument.
    """
    path = Path(path)
    frame = read_yfinance(path) if path.is_file() else None
    if frame is None:
        return recognise_columns(read_prices(path), path.name, ())
    return recognise(frame, path.name, adjusted=adjusted, ticker=path.stem)


def recognise(
    frame: pd.DataFrame, source: str = "prices", *, adjusted: bool = False, ticker: str | None = None
) -> Fetched:
    """Say what the columns of a price frame are, yfinance's layouts included.

    Parameters
    ----------
    frame : DataFrame
        A column an instrument; or as yfinance gives it: ``Open .. Close`` of one ticker, fields over tickers, tickers
        over fields.
    source : str
        What to call it in messages.
    adjusted : bool
        Whether to take a yfinance frame's ``Adj Close`` where there is one.
    ticker : str, optional
        Whose prices a yfinance frame of one ticker holds.

    Returns
    -------
    Fetched
        As `read_price_file` returns it.

    Raises
    ------
    InputError
        If the frame is not prices by date, or does not say whose they are.

    Examples
    --------
    >>> frame = pd.DataFrame({"BZ=F": [99.1, 97.9]}, index=pd.to_datetime(["2022-02-24", "2022-02-25"]))
    >>> recognise(frame).notes
    ("column 'BZ=F' is taken for brent, struck as at Yahoo: NYMEX energy futures settlement, 14:30 New York",)
    """
    prices, notes = _flat(frame, source, adjusted=adjusted, ticker=ticker)
    return recognise_columns(prices, source, notes)


def accept(frame: pd.DataFrame, instruments: Mapping[str, Instrument], source: str = "prices") -> Fetched:
    """Return a price frame as people have it, yfinance's layouts included, its columns under their own names.

    Parameters
    ----------
    frame : DataFrame
        As in `recognise`.
    instruments : mapping of str to Instrument
        What columns are, where nothing else should decide.
    source : str
        What to call it in messages.

    Returns
    -------
    Fetched
        The instruments are those given, and those of the columns that bear a Yahoo symbol, with a note for each.

    Raises
    ------
    InputError
        If the frame is not prices by date, or does not say whose they are.
    """
    prices, notes = _flat(frame, source)
    columns = [name for name in map(str, prices) if name not in instruments]
    found = {name: _instrument_of(name) for name in columns}
    told = tuple(note for _, note in found.values() if note)
    symbols = {name: instrument for name, (instrument, note) in found.items() if note}
    return Fetched(prices, {**symbols, **instruments}, (*told, *notes))


def _flat(
    frame: pd.DataFrame, source: str, *, adjusted: bool = False, ticker: str | None = None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a column an instrument, and what to know of them."""
    if not is_yfinance(frame):
        return check_prices(frame, source), ()
    taken = closes(frame, source, adjusted=adjusted)
    if frame.columns.nlevels == 1:
        if not ticker:
            raise InputError(f"{source} does not say whose prices they are; name its column or file, e.g. RUB=X.csv")
        taken = taken.rename(columns={"Close": ticker})
    by_ticker = {str(name): by_session(taken[name]) for name in taken}
    prices = check_prices(pd.concat(by_ticker, axis=1, sort=True), source)
    unsaid = not adjusted and "Adj Close" not in frame.columns.get_level_values(0).union(
        frame.columns.get_level_values(-1)
    )
    note = f"{source}: without a column 'Adj Close' its closes may have dividends added back"
    return prices, (note,) if unsaid else ()


def recognise_columns(prices: pd.DataFrame, source: str, notes: tuple[str, ...] = ()) -> Fetched:
    """Turn columns into instruments where their names say so.

    Parameters
    ----------
    prices : DataFrame, shape (T, S)
        A column an instrument, checked.
    source : str
        What to call it in messages.
    notes : tuple of str
        What is known of it already.

    Returns
    -------
    Fetched
        As `read_price_file` returns it.

    Raises
    ------
    InputError
        If two of the columns are the same instrument.
    """
    found = {str(column): _instrument_of(str(column)) for column in prices}
    doubled = [name for name, n in Counter(one.name for one, _ in found.values()).items() if n > 1]
    if doubled:
        columns = [column for column, (one, _) in found.items() if one.name == doubled[0]]
        raise InputError(f"{source}: the columns {' and '.join(columns)} are both {doubled[0]}; leave one of them out")
    renamed = prices.rename(columns={column: one.name for column, (one, _) in found.items()})
    told = (note for _, note in found.values() if note)
    sources = {one.name: f"{source}, column {column}" for column, (one, _) in found.items()}
    return Fetched(renamed, {one.name: one for one, _ in found.values()}, (*told, *notes), sources)


def _instrument_of(column: str) -> tuple[Instrument, str]:
    """Return what a column is, and a note if that is not its own name."""
    instrument = instrument_of_symbol("yahoo", column)
    ticker = None if instrument is None else instrument.ticker("yahoo")
    if instrument is None or ticker is None:
        return identify([column])[column], ""
    taken = f"column '{column}' is taken for {instrument.name}, struck as at Yahoo: {ticker.stamp.label}"
    return instrument.struck_at(ticker.stamp), taken
