"""Bars: prices with a clock, several a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError, require_known
from eventstudy.markets.history import History, price_remarks
from eventstudy.markets.identity import Told, identify_frame
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import float_columns, require_ascending
from eventstudy.markets.stamp import Instants, Stamp
from eventstudy.returns import ReturnKind, returns_from_prices

#: Whether a bar is labelled with the instant at which it starts, as Yahoo's are, or at which it ends.
BarLabel = Literal["start", "end"]
BAR_LABELS: tuple[str, ...] = get_args(BarLabel)

#: The share of steps between two labels that must be alike for the bars to have a length.
_SHARE_ALIKE = 0.5


def check_bars(frame: pd.DataFrame, source: str = "prices") -> pd.DataFrame:
    """Return a frame of bars in the one form the rest of the library reads.

    Parameters
    ----------
    frame : DataFrame, shape (T, S)
        Prices, indexed by instants with a time zone, a column an instrument.
    source : str
        What to call the frame in messages.

    Returns
    -------
    DataFrame, shape (T, S)
        A new frame: float64, ascending, its index in the time zone it had.

    Raises
    ------
    InputError
        If the index has no instants or no time zone, is out of order or repeats an instant, or a column is not numbers.

    Examples
    --------
    >>> index = pd.date_range("2022-02-24 10:00", periods=2, freq="15min", tz="Europe/Moscow")
    >>> check_bars(pd.DataFrame({"imoex": [2800.0, 2500.0]}, index=index)).index[0].isoformat()
    '2022-02-24T10:00:00+03:00'
    """
    index = frame.index
    if not isinstance(index, pd.DatetimeIndex):
        raise InputError(f"{source}: the index of bars must be instants; it begins with {index[0]!r}")
    if index.tz is None:
        raise InputError(f"{source}: the clock of the bars has no time zone; tz_localize it, e.g. 'Europe/Moscow'")
    if index.hasnans:
        raise InputError(f"{source}: a bar has no instant")
    require_ascending(index, source, "index")
    checked = float_columns(frame, index.as_unit("ns"), source)
    checked.attrs = dict(frame.attrs)
    return checked


def histories_from_bars(
    bars: pd.DataFrame,
    label: str,
    instruments: Mapping[str, Told] | None = None,
    kind: ReturnKind | None = None,
) -> dict[str, History]:
    """Make a history of each column of a frame of bars.

    Parameters
    ----------
    bars : DataFrame, shape (T, S)
        What `check_bars` returned.
    label : {'start', 'end'}
        Which end of a bar its label is. The price of a bar is struck at its end.
    instruments : mapping of str to Instrument, optional
        Instruments of the columns; a column not named here is looked up in the catalogue by its exact name. Only its
        orientation, kind of return and names are used: the bars themselves say when a price is struck.
    kind : {'log', 'simple', 'difference'}, optional
        Return kind for every column; default each instrument's own.

    Returns
    -------
    dict of str to History
        Its sessions are the bars' labels in UTC. The first bar of a day has the return since the last one of the day
        before; after a bar missing within a day the return is missing too, never spanned.

    Raises
    ------
    InputError
        If the bars are of no one length.
    """
    require_known(label, BAR_LABELS, "end of a bar")
    instants, zone = bar_labels(bars), str(pd.DatetimeIndex(bars.index).tz)
    identified = identify_frame(bars, instruments)
    return {
        name: _history(bars[name].to_numpy(), instants, length, label, _in_bars(identified[name], kind, zone))
        for name, length in bar_lengths(bars).items()
    }


def bar_labels(bars: pd.DataFrame) -> Instants:
    """Return the labels of bars in UTC."""
    index = pd.DatetimeIndex(bars.index)
    return np.asarray(index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]"))


def bar_lengths(bars: pd.DataFrame) -> dict[str, np.timedelta64]:
    """Return the length of each column's bars: its smallest step if that is the commonest, else that of all labels.

    Two markets in one frame may have bars of two lengths, or bars that begin at other minutes; one that is seldom
    traded has the bars of the others.

    Raises
    ------
    InputError
        If neither a column nor all labels together have such a step.
    """
    instants = bar_labels(bars)
    own = {str(name): np.diff(instants[bars[name].notna()]) for name in bars}
    commonest = {name: _commonest(steps) for name, steps in own.items()}
    found = {name: step for name, step in commonest.items() if step is not None and step == own[name].min()}
    of_all = _commonest(np.diff(instants))
    if of_all is None and not found:
        raise InputError("the bars are of no one length; resample them, e.g. to 15 minutes")
    other = min(found.values()) if of_all is None else of_all
    return {name: found.get(name, other) for name in own}


def _commonest(steps: NDArray[np.timedelta64]) -> np.timedelta64 | None:
    """Return the commonest step between two labels; None where too few are alike."""
    lengths, times = np.unique(steps, return_counts=True)
    if not len(lengths) or times.max() < _SHARE_ALIKE * times.sum():
        return None
    length: np.timedelta64 = lengths[times.argmax()]
    return length


def _in_bars(known: Instrument, kind: ReturnKind | None, zone: str) -> Instrument:
    stamp = Stamp("bar", "24:00", zone, "end of the bar")
    instrument = replace(known, stamp=stamp, calendar="", dated_late=0)
    return instrument if kind is None or kind == instrument.returns else instrument.with_returns(kind)


def _history(
    prices: np.ndarray[tuple[int], np.dtype[np.float64]],
    instants: Instants,
    length: np.timedelta64,
    label: str,
    instrument: Instrument,
) -> History:
    present = ~np.isnan(prices)
    values, sessions = prices[present], instants[present]
    returns = returns_from_prices(values, instrument.returns, instrument.orientation)
    stamps = sessions + length if label == "start" else sessions
    remarks = price_remarks(instrument, sessions, values)
    history = History(instrument, sessions, stamps, returns, values, remarks=remarks, bar=length)
    days = history.days_of(sessions)
    returns[1:][(np.diff(sessions) != length) & (days[1:] == days[:-1])] = np.nan
    return history


def bars_ended_by(bars: pd.DataFrame, label: str, instant: np.datetime64) -> pd.DataFrame:
    """Return the bars that had ended by an instant.

    Parameters
    ----------
    bars : DataFrame, shape (T, S)
        Bars, as `eventstudy.markets.bars.check_bars` returns them.
    label : {'start', 'end'}
        Which end of a bar its label is.
    instant : datetime64
        In UTC.

    Returns
    -------
    DataFrame, shape (T', S)
        The first rows of `bars`; NaN in the last of them where the bar of a column ended later.
    """
    labels = bar_labels(bars)[:, None]
    ends = labels + np.array(list(bar_lengths(bars).values())) if label == "start" else labels
    ended = np.broadcast_to(ends <= instant, bars.shape)
    return bars.where(ended).iloc[: int(np.count_nonzero(ended.any(axis=1)))]
