"""One instrument's sessions, the stamps of its prices and its returns: the form in which markets reach a study."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import InputError, require_known
from eventstudy.markets.calendar import NO_DATES, expected_sessions, meet_calendar, minutes_early
from eventstudy.markets.identity import CATALOGUE, FILE, Instruments, identify
from eventstudy.markets.instrument import Instrument, Known, distributions
from eventstudy.markets.layouts import shown
from eventstudy.markets.stamp import Dates, Instants, Stamp, listed, local_instants
from eventstudy.returns import OWN_UNIT, TOTAL, Floats, ReturnKind, returns_from_prices, usable
from eventstudy.wording import counted

#: Dates off its calendar that are taken for slips of a file; more of them (or one in a hundred) and it is not its own.
_FEW_AWAY = 3

#: Larger figures are those of no market; returns between these bounds have fourth powers that a number can hold.
_LARGEST = 1e30

#: No calendar rests longer than this but for a closure, after which the next session is looked for in the prices.
_NEXT_SESSION_WITHIN = np.timedelta64(15, "D")


#: Most days between the sessions of daily figures, typically; a step of so many is an exceptional closure of theirs.
DAILY_DAYS, CLOSURE_DAYS = 4, 7

#: Whether a bar is labelled with the instant at which it starts, as Yahoo's are, or at which it ends.
BAR_LABELS = ("start", "end")

#: The share of steps between two labels that must be alike for the bars to have a length.
_SHARE_ALIKE = 0.5

#: Fewer steps do not say how far sessions are apart.
_FEWEST_STEPS = 20


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
        before to this one, hence NaN at the first. NaN too where a session of the calendar lies between the two, so
        that no missing price is spanned, and beside a price that has no such return (WTI below zero).
    prices : ndarray, shape (T,), or None
        Prices as quoted; None where only returns were given.
    holes : ndarray of datetime64[D]
        Sessions of the calendar, inside the sample, that have no price.
    dropped : ndarray of datetime64[D]
        Dates that had a price but are no session of the calendar, left out.
    blanks : ndarray of datetime64[D]
        Dates of the frame without a price, between the first price and the last, of a series whose calendar is not
        known: they are taken for no sessions, and the return after them spans them.
    remarks : tuple of str
        What was found wrong with its figures when it was made, a sentence each.
    ex_dates : tuple of Known
        Of a bundled fund, when it paid out, how much, and whether that is in its returns.
    source : str
        The user's file that its figures were read from; empty where there was none.
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
    blanks: Dates = field(default_factory=NO_DATES.copy)
    remarks: tuple[str, ...] = ()
    ex_dates: tuple[Known, ...] = ()
    source: str = ""
    bar: np.timedelta64 | None = None

    def __len__(self) -> int:
        return len(self.sessions)

    @property
    def name(self) -> str:
        """The instrument's name."""
        return self.instrument.name

    @cached_property
    def earliest(self) -> Instants:
        """Begin of each session's date where its market is: no price of it is struck before, shape (T,)."""
        return local_instants(self.sessions.astype("datetime64[D]"), "00:00", self.instrument.stamp.zone)

    @cached_property
    def spacing(self) -> float:
        """Calendar days from a session to the next, typically: 1 of daily figures, 7 of weekly, 30 of monthly ones."""
        return float(np.median(self.gap_days[1:])) if len(self) > _FEWEST_STEPS and self.bar is None else 1.0

    @property
    def closure_days(self) -> float:
        """Calendar days from which on a step is an exceptional closure, no long weekend and no ordinary step."""
        return CLOSURE_DAYS if self.spacing <= DAILY_DAYS else max(CLOSURE_DAYS, 2.5 * self.spacing)

    @property
    def closures(self) -> NDArray[np.bool_]:
        """Whether each session is the first after an exceptional closure, shape (T,)."""
        return np.asarray(self.gap_days >= self.closure_days)

    @cached_property
    def gap_days(self) -> Floats:
        """Calendar days from the session before to each session, shape (T,); NaN at the first."""
        return np.asarray(np.diff(self.sessions, prepend=np.datetime64("NaT")) / np.timedelta64(1, "D"))

    @property
    def spanned(self) -> NDArray[np.int64]:
        """How many `blanks` the return into each session spans, shape (T,); 0 where the calendar is known."""
        before = np.searchsorted(self.blanks, self.sessions)
        return np.diff(before, prepend=before[:1])

    @cached_property
    def known(self) -> list[tuple[np.datetime64, Known]]:
        """What the catalogue knows of single sessions of figures struck like these, in order of date."""
        facts = [fact for fact in (*self.instrument.known, *self.ex_dates) if fact.stamp == self.instrument.stamp.name]
        days = [np.intersect1d(np.array(fact.days, dtype="datetime64[D]"), self.sessions) for fact in facts]
        pairs = ((day, fact) for fact, of in zip(facts, days, strict=True) for day in of)
        return sorted(pairs, key=lambda pair: pair[0])

    @property
    def notes(self) -> tuple[str, ...]:
        """What is wrong with its figures or does not match its calendar, a sentence each; empty where nothing is."""
        calendar = self.instrument.calendar
        notes = list(self.remarks)
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
        before, at = self.sessions[position - 1], self.sessions[position]
        return np.asarray(self.holes[(self.holes > before) & (self.holes < at)])

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
            so, and opens after the end of the sample; NaT where no calendar says when.
        """
        if self.bar is not None:  # within a bar at once, else at the start of the next
            starts = np.append(self.stamps - self.bar, np.datetime64("NaT", "ns"))
            return np.asarray(np.maximum(published, starts[np.searchsorted(self.stamps, published, side="right")]))
        instrument, known = self.instrument, published[~np.isnat(published)]
        days = np.union1d(self.sessions, self.holes)
        if len(days) and len(known) and not instrument.hours.every_weekday:
            end = known.max().astype("datetime64[D]") + _NEXT_SESSION_WITHIN
            later = expected_sessions(instrument.calendar, days[-1], end, instrument.closures)
            days = days if later is None else np.union1d(days, later)
        return instrument.hours.next_open(published, days, minutes_early(instrument.calendar, days))

    def days_of(self, sessions: Dates) -> Dates:
        """Return the dates of sessions on the market's own calendar; sessions that are dates are their own."""
        if self.bar is None:
            return np.asarray(sessions.astype("datetime64[D]"))
        local = pd.DatetimeIndex(sessions, tz="UTC").tz_convert(self.instrument.stamp.zone).tz_localize(None)
        return np.asarray(local.to_numpy().astype("datetime64[D]"))

    def __repr__(self) -> str:
        span = f" {self.sessions[0]} to {self.sessions[-1]}" if len(self) else ""
        return f"<History of {self.name} ({self.instrument.label}): {len(self)} sessions{span}>"


def histories_from_prices(
    prices: pd.DataFrame, instruments: Instruments | None = None, kind: ReturnKind | Literal["total"] | None = None
) -> dict[str, History]:
    """Make a history of each column of a price frame.

    Parameters
    ----------
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, as `read_prices` returns them. A session of an
        instrument is a date on which its column has a price and which is none that its calendar does not have. A price
        that is infinite, or not positive where returns are simple or logs, leaves the two returns beside it missing.
    instruments : mapping of str to Instrument or mapping, optional
        What is said of the columns, see `eventstudy.markets.identity.identify`; beside it their names and
        ``prices.attrs["layout"]`` say what they are.
    kind : {'log', 'simple', 'difference', 'total'}, optional
        Return kind for every column; default each instrument's own. ``total``: each its own, and what the bundled funds
        paid out is added back, ``(price + distribution) / price before - 1`` on each ex-date; which were added, and of
        which fund nothing is on file, is a remark.

    Returns
    -------
    dict of str to History
        In the frame's column order.

    Raises
    ------
    InputError
        If total returns are asked for and no column has distributions on file.
    """
    total, layout = kind == TOTAL, prices.attrs.get("layout", {})

    def read(instrument: Instrument, sessions: Dates, quotes: Floats) -> dict[str, Any]:
        returns = returns_from_prices(quotes, instrument.returns, instrument.orientation)
        found: dict[str, Any] = {"returns": returns, "prices": quotes}
        found["remarks"] = price_remarks(instrument, sessions, quotes)
        if not instrument.dividends or not len(sessions):
            return found
        name, what = instrument.name, "added back" if total else "not added back"
        paid = distributions(name) if layout.get(name) == CATALOGUE else {}
        paid = {day: usd for day, usd in paid.items() if sessions[0] < np.datetime64(day) <= sessions[-1]}
        whys = {day: f"ex-date of {usd:g} USD a share, {what}" for day, usd in sorted(paid.items())}
        found["ex_dates"] = tuple(Known(instrument.stamp.name, why, days=(day,)) for day, why in whys.items())
        days = np.array([*whys], dtype="datetime64[D]")
        said = f"total returns; distributions added back on {len(days)} ex-dates, {listed(days)}"
        if total:
            at = np.searchsorted(sessions, days)
            returns[at] += np.array([paid[day] for day in whys]) / quotes[at - 1]
            none = "no distributions on file for these figures; dividends are not added back"
            found["remarks"] += (f"{name}: {said if paid else none}",)
        return found

    histories = _histories(prices, instruments, None if kind == "total" else kind, read)
    if total and not any("added back on" in remark for one in histories.values() for remark in one.remarks):
        none = "returns 'total' add back the distributions of bundled funds, and none of these columns is one"
        raise InputError(f"{none}; leave the kind out, or give prices that are adjusted for dividends")
    return histories


def histories_from_returns(
    returns: pd.DataFrame, instruments: Instruments | None = None, kind: ReturnKind | None = None
) -> dict[str, History]:
    """Make a history of each column of a frame of returns.

    Parameters
    ----------
    returns : DataFrame, shape (T, S)
        Returns, indexed by session, already oriented: a positive one means that the asset gained. With a calendar, a
        session of an instrument is a date on which its column has a return and which the calendar has, and the first
        return after a session without one is taken as missing: it may span both. Without a calendar every row from the
        column's first return to its last is a session, and a missing return stays missing.
    instruments : mapping of str to Instrument, optional
        As in `histories_from_prices`.
    kind : {'log', 'simple', 'difference'}, optional
        What the returns are; default each instrument's own kind.

    Returns
    -------
    dict of str to History
        In the frame's column order.
    """

    def read(instrument: Instrument, sessions: Dates, values: Floats) -> dict[str, Any]:
        infinite = np.isinf(values)
        days = listed(sessions[infinite])
        remarks = (f"{instrument.name}: infinite returns, taken as missing, on {days}",) if days else ()
        return {"returns": np.where(infinite, np.nan, values), "remarks": remarks}

    return _histories(returns, instruments, kind, read, every_row=True)


def _histories(
    frame: pd.DataFrame,
    instruments: Instruments | None,
    kind: ReturnKind | None,
    read: Callable[[Instrument, Dates, Floats], dict[str, Any]],
    *,
    every_row: bool = False,
) -> dict[str, History]:
    """Return each column's history, whose figures `read` makes of it; columns on the same dates share sessions."""
    shared: dict[tuple[object, ...], tuple[NDArray[np.int64], History]] = {}
    identified, layout, histories = identify(frame, instruments), frame.attrs.get("layout", {}), {}
    values = frame.to_numpy(np.float64, na_value=np.nan)
    size = np.abs(values)
    odd = (size > _LARGEST) & np.isfinite(size) | (not every_row) & (size > 0) & (size < 1 / _LARGEST)
    if odd.any():
        row, column = np.argwhere(odd)[0]
        where = f"{frame.columns[column]}, {shown(frame.index[row])}: {values[row, column]:g}"
        bounds = f"{1 / _LARGEST:g} and {_LARGEST:g}"
        raise InputError(f"{where} is no figure of a market: they are between {bounds}; mend it")
    for name, column in zip(map(str, frame), values.T, strict=True):
        instrument, missing = identified[name].with_returns(kind), np.isnan(column)
        remarks: tuple[str, ...] = ()
        if layout.get(name, "") not in ("", FILE, CATALOGUE) and instrument.calendar:
            # A calendar that a layout proves but the figures do not follow: none of them is left out unasked.
            dates = _days_struck(frame.index[~missing], instrument)
            _, away, _ = meet_calendar(instrument.calendar, instrument.closures, dates)
            if len(away) > max(_FEW_AWAY, len(dates) // 100):
                said = f"{len(away)} dates are no session of {instrument.calendar}, so its calendar is not taken"
                remarks = (f"{name}: {said}: {listed(away)}",)
                instrument = replace(instrument, calendar="", closures=())
        every = every_row or instrument.returns == "level"  # a level spans nothing
        rule = (every, instrument.calendar, instrument.closures, instrument.stamp, instrument.dated_late)
        key = (missing.tobytes(), *rule)
        if key not in shared:
            shared[key] = _sessions(frame.index, np.flatnonzero(~missing), instrument, every_row=every)
        rows, history = shared[key]
        found = read(instrument, history.sessions, column[rows])
        if instrument.returns != "level":  # a return never spans a session without a price
            found["returns"][np.searchsorted(history.sessions, history.holes)] = np.nan
        found |= {"remarks": (*remarks, *found["remarks"]), "source": frame.attrs.get("source", "")}
        histories[name] = replace(history, instrument=instrument, **found)
    return histories


def _sessions(
    index: pd.Index, rows: NDArray[np.int64], instrument: Instrument, *, every_row: bool
) -> tuple[NDArray[np.int64], History]:
    """Return the rows in which an instrument's sessions stand, and its history without returns."""
    blanks = NO_DATES
    if not instrument.calendar and len(rows):
        inside = np.arange(rows[0], rows[-1] + 1)
        rows = inside if every_row else rows
        blanks = _days_struck(index[np.setdiff1d(inside, rows)], instrument)
    dates = _days_struck(index[rows], instrument)
    if len(blanks) and np.is_busday(dates).all():
        # Another column's Saturday (a central bank's rate, a newspaper's) is no missing price of a weekday market.
        blanks = blanks[np.is_busday(blanks)]
    kept, dropped, holes = meet_calendar(instrument.calendar, instrument.closures, dates)
    sessions = dates[kept]
    stamps = instrument.stamp.instants(sessions, minutes_early(instrument.calendar, sessions))
    dropped = dropped + np.timedelta64(instrument.dated_late, "D")
    unknown = np.full(len(sessions), np.nan)
    return rows[kept], History(instrument, sessions, stamps, unknown, holes=holes, dropped=dropped, blanks=blanks)


def _days_struck(index: pd.Index, instrument: Instrument) -> Dates:
    """Return the days on which prices were struck from the dates that they bear."""
    return np.asarray(index.to_numpy().astype("datetime64[D]") - np.timedelta64(instrument.dated_late, "D"))


def price_remarks(instrument: Instrument, sessions: Dates, prices: Floats) -> tuple[str, ...]:
    """Say how many prices have no return of the instrument's kind, and which is the first; else nothing."""
    bad = np.flatnonzero(~(usable(prices, instrument.returns) | np.isnan(prices)))
    if not len(bad):
        return ()
    infinite, kind = bool(np.isinf(prices[bad]).any()), instrument.returns
    day = str(sessions[bad[0]].astype("datetime64[m]" if sessions.dtype == "datetime64[ns]" else "datetime64[D]"))
    what = f"{counted(len(bad), 'price')} not {'finite' if infinite else 'positive'}, first {prices[bad[0]]:g} on {day}"
    remedy = "" if infinite or kind in OWN_UNIT else " (--returns difference has one)"
    return (f"{instrument.name}: {what}: no {kind if kind in OWN_UNIT else f'{kind} return'} on either side{remedy}",)


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
    return taken if history.prices is None else returns_from_prices(taken, kind, history.instrument.orientation)


def common_sessions(histories: Sequence[History]) -> Dates:
    """Return the dates on which every one of the histories has a session, ascending."""
    return reduce(np.intersect1d, (history.sessions for history in histories))


def histories_from_volumes(volumes: pd.DataFrame, instruments: Instruments | None = None) -> dict[str, History]:
    """Make a history of the log volume of each column of a frame of volumes.

    Parameters
    ----------
    volumes : DataFrame, shape (T, S)
        Shares, contracts or turnover, indexed by session, as `read_prices` returns them.
    instruments : mapping of str to Instrument, optional
        Instruments of the columns, for their stamps and calendars; a column not named here is looked up in the
        catalogue by its exact name.

    Returns
    -------
    dict of str to History
        Levels of the natural logarithm; NaN, with a remark, on a session whose volume is missing or not above 0.

    References
    ----------
    Ajinkya and Jain (1989), The behavior of daily stock market trading volume, Journal of Accounting and Economics 11:
    logs bring volume near to the normal law. Yadav (1992), Event studies based on volatility of returns and trading
    volume, British Accounting Review 24.

    Examples
    --------
    >>> days = pd.to_datetime(["2022-02-24", "2022-02-25"])
    >>> histories_from_volumes(pd.DataFrame({"mine": [1.0, np.e]}, index=days))["mine"].returns
    array([0., 1.])
    """
    more = {"orientation": 1, "returns": "level", "unit": "log volume", "quote": "volume", "up": "more was traded"}
    known = identify(volumes, instruments).items()
    named = {name: replace(one, label=f"{one.label}, volume", **more) for name, one in known}  # type: ignore[arg-type]
    histories = histories_from_prices(volumes, named)
    for name, history in histories.items():
        logs: Floats = np.log(np.where(history.returns > 0, history.returns, np.nan))
        days = listed(history.sessions[np.isnan(logs)])
        remarks = (f"{name}: no volume, hence no log volume, on {days}",) if days else ()
        histories[name] = replace(history, returns=logs, prices=logs, remarks=remarks)
    return histories


def stamps_of(values: pd.DataFrame, instruments: Instruments | None = None) -> NDArray[np.datetime64]:
    """Return when each cell of a frame was struck, whether it is empty or not.

    Parameters
    ----------
    values : DataFrame, shape (T, S)
        Prices or returns, as `read_prices` returns them.
    instruments : mapping of str to Instrument or mapping, optional
        What is said of the columns, see `eventstudy.markets.identity.identify`.

    Returns
    -------
    ndarray of datetime64[ns], shape (T, S)
        In UTC, early closes followed. A return is struck with the later of its two prices.
    """
    columns = [(one, _days_struck(values.index, one)) for one in identify(values, instruments).values()]
    return np.stack([one.stamp.instants(days, minutes_early(one.calendar, days)) for one, days in columns], axis=1)


def struck_by(values: pd.DataFrame, instant: np.datetime64, instruments: Instruments | None = None) -> pd.DataFrame:
    """Return the prices that were struck by an instant.

    Parameters
    ----------
    values : DataFrame, shape (T, S)
        Prices or returns, as `read_prices` returns them.
    instant : datetime64
        In UTC.
    instruments : mapping of str to Instrument, optional
        As in `stamps_of`.

    Returns
    -------
    DataFrame, shape (T', S)
        NaN where a price was struck later; it ends with the last row that has a price of which one could have known.
        No rows where there is none.
    """
    kept = values.where(stamps_of(values, instruments) <= instant)
    there = np.flatnonzero(kept.notna().any(axis=1).to_numpy())
    return kept.iloc[: there[-1] + 1 if len(there) else 0]


def histories_from_bars(
    bars: pd.DataFrame, label: str, instruments: Instruments | None = None, kind: ReturnKind | None = None
) -> dict[str, History]:
    """Make a history of each column of a frame of bars.

    Parameters
    ----------
    bars : DataFrame, shape (T, S)
        Prices by instants with a time zone, as `read_prices` returns bars.
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
    (instants, lengths), histories = _bar_lengths(bars), {}
    stamp = Stamp("bar", "24:00", str(pd.DatetimeIndex(bars.index).tz), "end of the bar")
    for (name, known), values in zip(identify(bars, instruments).items(), bars.to_numpy().T, strict=True):
        instrument = known.struck_at(stamp).with_returns(kind)
        present = ~np.isnan(values)
        prices, sessions, length = values[present], instants[present], lengths[name]
        returns = returns_from_prices(prices, instrument.returns, instrument.orientation)
        stamps = sessions + length if label == "start" else sessions
        remarks = price_remarks(instrument, sessions, prices)
        history = History(instrument, sessions, stamps, returns, prices, remarks=remarks, bar=length)
        days = history.days_of(sessions)
        returns[1:][(np.diff(sessions) != length) & (days[1:] == days[:-1])] = np.nan
        histories[name] = history
    return histories


def _bar_lengths(bars: pd.DataFrame) -> tuple[Instants, dict[str, np.timedelta64]]:
    """Return the labels in UTC, and the length of each column's bars.

    It is the smallest step of its labels if that is the commonest, else that of all labels.

    Two markets in one frame may have bars of two lengths, or bars that begin at other minutes; one that is seldom
    traded has the bars of the others. Refused where neither a column nor all labels together have such a step.
    """

    def commonest(instants: Instants) -> tuple[np.timedelta64, bool] | None:
        """Return the commonest step, and whether it is the smallest; None where too few are alike."""
        lengths, times = np.unique(np.diff(instants), return_counts=True)
        k = int(times.argmax()) if len(times) else 0
        return (lengths[k], k == 0) if len(times) and times[k] >= _SHARE_ALIKE * times.sum() else None

    instants = np.asarray(pd.DatetimeIndex(bars.index).tz_convert(None).to_numpy(dtype="datetime64[ns]"))
    own = {str(name): commonest(instants[column.notna().to_numpy()]) for name, column in bars.items()}
    found = {name: step[0] for name, step in own.items() if step and step[1]}
    of_all = commonest(instants)
    if of_all is None and not found:
        raise InputError("the bars are of no one length; resample them, e.g. to 15 minutes")
    other = of_all[0] if of_all else min(found.values())
    return instants, {name: found.get(name, other) for name in own}


def bars_ended_by(bars: pd.DataFrame, label: str, instant: np.datetime64) -> pd.DataFrame:
    """Return the bars that had ended by an instant.

    Parameters
    ----------
    bars : DataFrame, shape (T, S)
        Prices by instants with a time zone, as `read_prices` returns bars.
    label : {'start', 'end'}
        Which end of a bar its label is.
    instant : datetime64
        In UTC.

    Returns
    -------
    DataFrame, shape (T', S)
        The first rows of `bars`; NaN in the last of them where the bar of a column ended later.
    """
    labels, lengths = _bar_lengths(bars)
    ends = labels[:, None] + np.array(list(lengths.values())) * (label == "start")
    ended = np.broadcast_to(ends <= instant, bars.shape)
    return bars.where(ended).iloc[: int(np.count_nonzero(ended.any(axis=1)))]
