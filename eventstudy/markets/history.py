"""One instrument's sessions, the stamps of its prices and its returns: the form in which markets reach a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError
from eventstudy.markets.calendar import NO_DATES, expected_sessions, meet_calendar, minutes_early
from eventstudy.markets.finding import listed
from eventstudy.markets.instrument import Instrument, instrument_for_column
from eventstudy.markets.stamp import Dates, Instants
from eventstudy.returns import Floats, ReturnKind, returns_from_prices

#: No calendar rests longer than this but for a closure, after which the next session is looked for in the prices.
_NEXT_SESSION_WITHIN = np.timedelta64(15, "D")


@dataclass(frozen=True, eq=False)
class History:
    """What one instrument did, session by session.

    Parameters
    ----------
    instrument : Instrument
        Whose history it is.
    sessions : ndarray of datetime64[D], shape (T,)
        The dates on which a price was struck, ascending; of an instrument with a calendar only the calendar's
        sessions.
    stamps : ndarray of datetime64[ns], shape (T,)
        The instants (UTC) at which those prices were struck, early closes followed.
    returns : ndarray, shape (T,)
        Returns of the instrument's kind, oriented so that positive means that the asset gained; from the session
        before to this one, hence NaN at the first. NaN too where a session of the calendar lies between the two: a
        missing price is never spanned.
    prices : ndarray, shape (T,), or None
        Prices as quoted; None where only returns were given.
    holes : ndarray of datetime64[D]
        Sessions of the calendar, inside the sample, that have no price.
    dropped : ndarray of datetime64[D]
        Dates that had a price but are no session of the calendar, left out.
    bar : timedelta64, optional
        Length of its bars, where prices have a clock: its sessions are then the bars' labels, instants in UTC.
    """

    instrument: Instrument
    sessions: Dates
    stamps: Instants
    returns: Floats
    prices: Floats | None = None
    holes: Dates = field(default_factory=NO_DATES.copy)
    dropped: Dates = field(default_factory=NO_DATES.copy)
    bar: np.timedelta64 | None = None

    def __len__(self) -> int:
        return len(self.sessions)

    @property
    def name(self) -> str:
        """The instrument's name."""
        return self.instrument.name

    @property
    def gap_days(self) -> Floats:
        """Calendar days from the session before to each session, shape (T,); NaN at the first."""
        days = np.full(len(self), np.nan)
        days[1:] = np.diff(self.sessions) / np.timedelta64(1, "D")
        return days

    @property
    def notes(self) -> tuple[str, ...]:
        """What does not meet the instrument's calendar, a sentence each; empty where all does."""
        calendar = self.instrument.calendar
        notes = []
        if self.instrument.dated_late and len(self):
            dated = self.sessions[-1] + np.timedelta64(self.instrument.dated_late, "D")
            notes.append(f"{self.name}: the price dated {dated} is that of session {self.sessions[-1]}, and so are all")
        if len(self.dropped):
            notes.append(f"{self.name}: left out what is dated on no session of {calendar}: {listed(self.dropped)}")
        if len(self.holes):
            notes.append(f"{self.name}: no price on sessions of {calendar}: {listed(self.holes)}")
        return tuple(notes)

    def holes_before(self, position: int) -> Dates:
        """Return the sessions without a price between the session before a position and the one at it."""
        if position <= 0:
            return NO_DATES
        before, here = self.sessions[position - 1 : position + 1]
        between: Dates = self.holes[(self.holes > before) & (self.holes < here)]
        return between

    def next_open(self, published: Instants) -> Instants:
        """Return the first instant at or after publication at which one could have traded the instrument.

        Parameters
        ----------
        published : ndarray of datetime64[ns], shape (N,)
            Publication instants in UTC.

        Returns
        -------
        ndarray of datetime64[ns], shape (N,)
            Instants in UTC. The market was open on sessions without a price too, closed early where its calendar says
            so, and opens after the end of the sample; NaT where no calendar tells when.
        """
        if self.bar is not None:
            return self._next_bar(published)
        instrument, known = self.instrument, published[~np.isnat(published)]
        days = np.union1d(self.sessions, self.holes)
        if len(days) and len(known) and not instrument.hours.every_weekday:
            end = known.max().astype("datetime64[D]") + _NEXT_SESSION_WITHIN
            later = expected_sessions(instrument.calendar, days[-1], end, instrument.closures)
            days = days if later is None else np.union1d(days, later)
        return instrument.hours.next_open(published, days, minutes_early(instrument.calendar, days))

    def _next_bar(self, published: Instants) -> Instants:
        """Return the publication itself where it falls into a bar, else the start of the next; NaT after the last."""
        length = np.timedelta64(0, "ns") if self.bar is None else self.bar
        starts = np.append(self.stamps - length, np.datetime64("NaT", "ns"))
        return np.asarray(np.maximum(published, starts[np.searchsorted(self.stamps, published, side="right")]))

    def days_of(self, sessions: Dates) -> Dates:
        """Return the dates of sessions on the market's own calendar; sessions that are dates are their own."""
        if self.bar is None:
            return np.asarray(sessions.astype("datetime64[D]"))
        local = pd.DatetimeIndex(sessions).tz_localize("UTC").tz_convert(self.instrument.stamp.zone)
        return local.tz_localize(None).to_numpy().astype("datetime64[D]")


def histories_from_prices(
    prices: pd.DataFrame, instruments: Mapping[str, Instrument] | None = None, kind: ReturnKind | None = None
) -> dict[str, History]:
    """Make a history of each column of a price frame.

    Parameters
    ----------
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, as `read_prices` and `check_prices` return them. A session of an
        instrument is a date on which its column has a price and which is none that its calendar does not have.
    instruments : mapping of str to Instrument, optional
        Instruments of the columns; a column not named here is looked up in the catalogue by its exact name.
    kind : {'log', 'simple', 'difference'}, optional
        Return kind for every column; default each instrument's own.

    Returns
    -------
    dict of str to History
        In the frame's column order.

    Raises
    ------
    InputError
        If a log or simple return meets a price that is not positive; names series and date.
    """
    return {
        instrument.name: _history_of_prices(instrument, struck, quotes)
        for instrument, struck, quotes in _columns(prices, instruments, kind)
    }


def histories_from_returns(
    returns: pd.DataFrame, instruments: Mapping[str, Instrument] | None = None, kind: ReturnKind | None = None
) -> dict[str, History]:
    """Make a history of each column of a frame of returns.

    Parameters
    ----------
    returns : DataFrame, shape (T, S)
        Returns, indexed by session, already oriented: a positive one means that the asset gained. A session of an
        instrument is a date on which its column has a return and which is none that its calendar does not have. The
        first return after a session without one is taken as missing: it may span both.
    instruments : mapping of str to Instrument, optional
        As in `histories_from_prices`.
    kind : {'log', 'simple', 'difference'}, optional
        What the returns are; default each instrument's own kind.

    Returns
    -------
    dict of str to History
        In the frame's column order.
    """
    return {
        instrument.name: _history(instrument, struck, values)
        for instrument, struck, values in _columns(returns, instruments, kind)
    }


def column_instrument(
    name: str, instruments: Mapping[str, Instrument] | None = None, kind: ReturnKind | None = None
) -> Instrument:
    """Return a column's instrument under the column's own name, so that two columns can be of one kind."""
    instrument = (instruments or {}).get(name) or instrument_for_column(name)
    instrument = instrument if instrument.name == name else replace(instrument, name=name)
    return instrument if kind is None or kind == instrument.returns else instrument.with_returns(kind)


@dataclass(frozen=True, eq=False)
class _Struck:
    """When the figures of a column were struck.

    Parameters
    ----------
    rows : ndarray of int64, shape (T,)
        Rows of the frame in which its sessions stand.
    sessions, stamps : ndarray, shape (T,)
        Its sessions and their instants.
    holes, dropped : ndarray of datetime64[D]
        As `History` has them.
    """

    rows: NDArray[np.int64]
    sessions: Dates
    stamps: Instants
    holes: Dates
    dropped: Dates


def _columns(
    frame: pd.DataFrame, instruments: Mapping[str, Instrument] | None, kind: ReturnKind | None
) -> Iterator[tuple[Instrument, _Struck, Floats]]:
    """Yield each column's instrument, sessions and figures; columns on the same dates share arrays of sessions."""
    found: dict[tuple[object, ...], _Struck] = {}
    for name, column in zip(map(str, frame), frame.to_numpy(np.float64, na_value=np.nan).T, strict=True):
        instrument, missing = column_instrument(name, instruments, kind), np.isnan(column)
        rule = (instrument.calendar, instrument.closures, instrument.stamp, instrument.dated_late)
        key = (missing.tobytes(), *rule)
        if key not in found:
            found[key] = _struck(frame.index, np.flatnonzero(~missing), instrument)
        yield instrument, found[key], column[found[key].rows]


def _struck(index: pd.Index, rows: NDArray[np.int64], instrument: Instrument) -> _Struck:
    dates = days_struck(index[rows], instrument)
    met = meet_calendar(instrument, dates)
    sessions = dates[met.kept]
    stamps = instrument.stamp.instants(sessions, minutes_early(instrument.calendar, sessions))
    dropped = met.dropped + np.timedelta64(instrument.dated_late, "D")
    return _Struck(rows[met.kept], sessions, stamps, met.holes, dropped)


def days_struck(index: pd.Index, instrument: Instrument) -> Dates:
    """Return the days on which prices were struck from the dates that they bear."""
    return np.asarray(index.to_numpy().astype("datetime64[D]") - np.timedelta64(instrument.dated_late, "D"))


def _history_of_prices(instrument: Instrument, struck: _Struck, quotes: Floats) -> History:
    try:
        returns = returns_from_prices(quotes, instrument.returns, instrument.orientation)
    except InputError:
        bad = int(np.argmax(quotes <= 0))
        raise InputError(
            f"series '{instrument.name}' has the price {quotes[bad]:g} on {struck.sessions[bad]}: a "
            f"{instrument.returns} return needs positive prices.\n"
            "Take differences for it (--returns difference), or leave the series out."
        ) from None
    return _history(instrument, struck, returns, quotes)


def _history(instrument: Instrument, struck: _Struck, returns: Floats, prices: Floats | None = None) -> History:
    """Make a history whose returns never span a session without a price; levels span nothing."""
    if instrument.returns != "level":
        returns[np.searchsorted(struck.sessions, struck.holes)] = np.nan
    return History(instrument, struck.sessions, struck.stamps, returns, prices, struck.holes, struck.dropped)


def on_sessions(history: History, sessions: Dates, kind: ReturnKind) -> Floats:
    """Return a regressor's returns over the very steps of another instrument's sessions.

    Parameters
    ----------
    history : History
        The regressor.
    sessions : ndarray of datetime64[D], shape (T,)
        Sessions of the series that is to be explained.
    kind : {'log', 'simple', 'difference'}
        Kind of the regressor's return.

    Returns
    -------
    ndarray, shape (T,)
        Where prices are known, the return from the session before to this one in `sessions`, even when the regressor
        traded in between; NaN where it has no price on either date. Where only returns are known, the return of
        the same date.
    """
    values = history.returns if history.prices is None else history.prices
    at, taken = np.searchsorted(history.sessions, sessions), np.full(len(sessions), np.nan)
    known = at < len(history)
    known[known] = history.sessions[at[known]] == sessions[known]
    taken[known] = values[at[known]]
    if history.prices is None:
        return taken
    return returns_from_prices(taken, kind, history.instrument.orientation)


def common_sessions(histories: Sequence[History]) -> Dates:
    """Return the dates on which every one of the histories has a session, ascending."""
    dates = histories[0].sessions
    for history in histories[1:]:
        dates = np.intersect1d(dates, history.sessions)
    return dates
