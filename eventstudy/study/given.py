"""What a study is given of its markets, as it was known at an instant, and what is said of its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, InputError, NothingUsableError
from eventstudy.events.clock import public_at, published_by, read_as_of
from eventstudy.markets import history
from eventstudy.markets.identity import Instruments, identify, said_of
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import read_prices
from eventstudy.returns import ReturnKind

Kind = Literal["prices", "bars", "returns", "volumes"]
Figures = pd.DataFrame | pd.Series


@dataclass(frozen=True, eq=False)
class Given:
    """Figures of the markets, checked.

    Parameters
    ----------
    kind : {'prices', 'bars', 'returns', 'volumes'}
        What they are.
    figures : DataFrame, shape (T, S)
        The figures, a column an instrument.
    instruments : mapping of str to Instrument
        What the columns are.
    notes : tuple of str
        What a careful reader should know.
    label : str
        Which end of a bar its label is; empty for all but bars.
    """

    kind: Kind
    figures: pd.DataFrame
    instruments: Mapping[str, Instrument]
    notes: tuple[str, ...] = ()
    label: str = ""

    def histories(self, kind: ReturnKind | Literal["total"] | None) -> dict[str, history.History]:
        """Return the histories of all columns, in returns of one kind or each of its instrument's own.

        Raises
        ------
        DesignError
            If a kind of return is asked of volumes, which are levels of their logs, or total returns of anything but
            daily prices.
        """
        if self.kind == "prices":
            return history.histories_from_prices(self.figures, self.instruments, kind)
        if kind == "total":
            raise DesignError(f"returns 'total' add distributions to daily prices; these are {self.kind}")
        if self.kind == "bars":
            return history.histories_from_bars(self.figures, self.label, self.instruments, kind)
        if self.kind == "returns":
            return history.histories_from_returns(self.figures, self.instruments, kind)
        if kind is not None:
            raise DesignError(f"volumes are studied as logs; leave out the kind of return '{kind}'")
        return history.histories_from_volumes(self.figures, self.instruments)

    def until(self, instant: np.datetime64) -> Given:
        """Return the figures that were struck by an instant in UTC, and nothing learned from later ones."""
        if self.kind == "bars":
            return replace(self, figures=history.bars_ended_by(self.figures, self.label, instant))
        return replace(self, figures=history.struck_by(self.figures, instant, self.instruments))

    def inputs(self, events: pd.DataFrame) -> tuple[StudyInput, ...]:
        """Return what went in, these figures beside some events."""
        return describe_input("events", events), describe_input(self.kind, self.figures, self.instruments)

    def __repr__(self) -> str:
        return f"<Given: {self.kind} of {self.figures.shape[1]} series, {len(self.figures)} rows>"


def take(every: Mapping[Kind, Figures | None], instruments: Instruments, bars: str | None = None) -> Given:
    """Check what was given, and say what it is.

    Parameters
    ----------
    every : mapping of str to DataFrame, shape (T, S), or Series, shape (T,)
        By kind, one of ``prices, returns, volumes``, indexed by date; the others are None. A Series is one column under
        its name, ``price`` if it has none.
    instruments : mapping of str to Instrument or mapping
        What is said of the columns, see `eventstudy.markets.identity.identify`.
    bars : {'start', 'end'}, optional
        That the prices have a clock, and which end of a bar its label is.

    Raises
    ------
    DesignError
        If none or several were given, or bars of anything but prices.
    InputError
        If a frame cannot be read.
    """
    named = {kind: figures for kind, figures in every.items() if figures is not None}
    if len(named) != 1:
        raise DesignError(f"give one of prices, returns and volumes, not {' and '.join(named) or 'none'}")
    ((kind, figures),) = named.items()
    if bars is not None and kind != "prices":
        raise DesignError(f"bars have prices; {kind} are taken by session")
    frame = _frame_of(figures, kind, "price")
    read = read_prices(frame, figures=kind if bars is None else "bars", check=False)
    if bars is not None:  # days and clocks are shown in the zone of the labels
        read.index = pd.DatetimeIndex(read.index).tz_convert(getattr(frame.index, "tz", None) or "UTC")
    notes = tuple(read.attrs["read"].splitlines())
    return Given("bars" if bars else kind, read, identify(read, instruments), notes, label=bars or "")


def join_regressors(
    figures: pd.DataFrame,
    market: str | Figures | None,
    factors: str | Figures | Sequence[str | Figures] | None,
    kind: Kind = "prices",
) -> tuple[pd.DataFrame, str | None, tuple[str, ...] | None]:
    """Join a market and factors that were given as figures of their own to the figures of a study.

    Parameters
    ----------
    figures : DataFrame, shape (T, S)
        The study's figures, as `take` has them.
    market : str, Series or DataFrame of one column, optional
        Name of a column, or figures of the same kind; an unnamed Series becomes ``market``.
    factors : str, Series, DataFrame, or a sequence of them, optional
        Names of columns, or figures of the same kind, which need names.
    kind : {'prices', 'bars', 'returns', 'volumes'}
        What the figures are.

    Returns
    -------
    figures : DataFrame, shape (T', S')
        With the further columns, and in ``attrs["read"]`` what they were taken for. Of prices and bars over all dates
        of both; of returns and volumes on the dates of `figures` alone, where a row without a figure is a session
        without one.
    market : str or None
        Name of its column.
    factors : tuple of str or None
        Names of theirs.

    Raises
    ------
    DesignError
        If a market has several columns, a factor no name, or a name is already that of other figures.
    InputError
        If figures cannot be read.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-02-24", "2022-02-25"])
    >>> shares = pd.DataFrame({"AAPL": [162.7, 164.9]}, index=days)
    >>> joined, market, _ = join_regressors(shares, pd.Series([4288.7, 4384.7], index=days), None)
    >>> list(joined), market
    (['AAPL', 'market'], 'market')
    """
    parts = [factors] if factors is None or isinstance(factors, (str, pd.Series, pd.DataFrame)) else list(factors)
    names = list[list[str]]()
    for one, source in ((market, "market"), *((part, "factors") for part in parts)):
        if one is None or isinstance(one, str):
            names.append([] if one is None else [one])
            continue
        given = _frame_of(one, source, source if source == "market" else None)
        try:
            frame = read_prices(given, figures=kind, check=False)
        except InputError as error:
            raise InputError(f"{source}: {error}") from None
        if kind == "bars":
            frame = frame.tz_convert(pd.DatetimeIndex(figures.index).tz)
        if source == "market" and frame.shape[1] > 1:
            raise DesignError(f"market: one series, not the {frame.shape[1]} of a frame; several are factors")
        if source == "market" and "price" not in given:  # the price of a market that its columns do not name
            frame = frame.rename(columns={"price": "market"})
        said = "\n".join(filter(None, [figures.attrs.get("read"), frame.attrs["read"]]))
        for name, proven in zip(frame, frame.attrs["layout"].values(), strict=True):
            if name not in figures:
                attrs = {**figures.attrs, "layout": figures.attrs.get("layout", {}) | {name: proven}, "read": said}
                figures = figures.join(frame[name], how="outer" if kind in {"prices", "bars"} else "left")
                figures.attrs = attrs
            elif not figures[name].dropna().equals(frame[name].dropna()):
                raise DesignError(f"{source}: '{name}' is already the name of other figures; rename one of them")
        names.append(list(map(str, frame)))
    chosen = tuple(name for part in names[1:] for name in part)
    return figures, names[0][0] if names[0] else None, None if factors is None else chosen


def _frame_of(figures: Figures, source: str, unnamed: str | None) -> pd.DataFrame:
    """Return a Series as a frame of one column, and a frame as it is."""
    if isinstance(figures, pd.DataFrame):
        return figures
    if not isinstance(figures, pd.Series):
        raise InputError(
            f"{source}: give a DataFrame or a Series indexed by date, not a {type(figures).__name__}"
            f"{'; es.read_prices reads files' * isinstance(figures, (str, PathLike))}"
        )
    name = unnamed if figures.name is None else figures.name
    if isinstance(name, tuple):  # a column of a yfinance frame is named by field and ticker
        name = next((part for part in name if part not in {"Close", "Adj Close"}), unnamed)
    if name is None:
        raise DesignError(f"{source}: a Series without a name; name it, e.g. series.rename('oil')")
    return figures.to_frame(str(name))


def known_at(events: pd.DataFrame, given: Given, as_of: str | None) -> tuple[pd.DataFrame, Given]:
    """Return the events that were public and the figures that were struck by an instant.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    given : Given
        What is known of the markets.
    as_of : str, optional
        The instant (see `eventstudy.events.clock.read_as_of`); None leaves both as they are.

    Returns
    -------
    events : DataFrame
        The events published at or before it.
    given : Given
        The figures struck at or before it.

    Raises
    ------
    NothingUsableError
        If there is no such event or no such figure.

    Notes
    -----
    Whatever is computed from what is returned is what would have been computed then. Calendars and closures of markets
    are facts of the catalogue and are not cut.
    """
    if as_of is None:
        return events, given
    instant = read_as_of(as_of)
    public, struck = published_by(events, instant), given.until(instant)
    if not len(public):
        first = pd.Timestamp(public_at(events).min())
        raise NothingUsableError(f"no event was published by {as_of}; the first was at {first:%Y-%m-%dT%H:%M}Z")
    if not len(struck.figures):
        begin = f"{given.kind} begin {given.figures.index[0]:%Y-%m-%d}"
        raise NothingUsableError(f"no figure was struck by {as_of}; {begin}")
    return public, struck


class StudyInput(NamedTuple):
    """One input of a study.

    Parameters
    ----------
    name : str
        ``events``, ``prices`` or ``returns``.
    sha256 : str
        Digest of the content: the same figures from CSV, Parquet or a frame have the same one.
    rows : int
        Number of rows.
    first, last : str
        First and last date in it.
    columns : dict of str to str
        What each column of figures was taken for, in a line.
    """

    name: str
    sha256: str
    rows: int
    first: str
    last: str
    columns: Mapping[str, str]


def describe_input(name: str, frame: pd.DataFrame, instruments: Mapping[str, Instrument] | None = None) -> StudyInput:
    """Describe an events table or a frame of prices or returns.

    Parameters
    ----------
    name : str
        What it is.
    frame : DataFrame
        A checked events table (it has a column ``time``), or a checked frame indexed by session.
    instruments : mapping of str to Instrument, optional
        What its columns were taken for.

    Returns
    -------
    StudyInput
        Size, range and digest.
    """
    if "time" in frame:
        days = sorted(str(time)[:10] for time in frame["time"])
        rows = json.dumps([list(frame.columns), frame.astype(str).to_numpy().tolist()], ensure_ascii=False)
        return StudyInput(name, hashlib.sha256(rows.encode()).hexdigest(), len(frame), days[0], days[-1], {})
    values, dates = frame.to_numpy(dtype="<f8"), pd.DatetimeIndex(frame.index)
    # Sessions are counted as days, and the instants of bars as nanoseconds in UTC.
    bars = dates.tz is not None
    dates = dates.tz_convert("UTC") if bars else dates
    counted = dates.tz_localize(None).to_numpy().astype(f"datetime64[{'ns' if bars else 'D'}]").astype("<i8")
    # One NaN has many bit patterns; written once, the digest depends on the figures alone.
    written = json.dumps(list(frame.columns)).encode(), counted, np.where(np.isnan(values), np.nan, values)
    digest = hashlib.sha256(b"".join(of if isinstance(of, bytes) else of.tobytes() for of in written))
    first, last = (dates[k].isoformat() if bars else dates[k].date().isoformat() for k in (0, -1))
    columns = {column: said_of(one) for column, one in (instruments or {}).items()}
    return StudyInput(name, digest.hexdigest(), len(frame), first, last, columns)
