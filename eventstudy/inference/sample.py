"""What tests of means need to know: N CARs with what is behind them, and groups of them side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.statistic import Law, Statistic, Statistics
from eventstudy.window import Window

NULL_MEAN = "the mean abnormal return is zero"

#: Tests that take dates for independent say so where windows of different dates share sessions.
_OVERLAP = "windows of different dates overlap: rejects too often, see calendar_time_t"

#: Fields that hold a row for each pair, whatever the window.
OF_EACH = (
    *("ar", "tau_session", "residual", "residual_session"),
    *("sigma", "n_obs", "df", "session", "series", "phase"),
)

_NO_CAR = "a CAR or SCAR is missing; leave out the events that have none"

#: Estimation returns from which `sample_of_returns` takes a mean and a standard deviation.
_FEWEST_OBS = 3

#: Numbers gathered at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 22

Places = NDArray[np.intp]
Options = ParamSpec("Options")


@dataclass(frozen=True, eq=False)
class EventSample:
    """N CARs over one window, with the abnormal returns and the estimation residuals behind them.

    A CAR belongs to a pair of event and series; pairs that lack the CAR are left out before. The span has n sessions,
    the estimation window L. A study makes one sample of all its pairs and takes each label and window as `Groups`; its
    own CARs are then zeros, since a pair may have a CAR over one window and none over another.

    Parameters
    ----------
    window, span : Window
        Where the CARs are cumulated, and all event sessions of the study.
    car, scar : ndarray, shape (N,)
        CARs in the unit of the returns, and divided by their forecast standard errors. Finite.
    ar : ndarray, shape (N, n)
        Abnormal returns over the span; NaN where missing, never inside the window.
    tau_session : ndarray of datetime64, shape (N, n)
        Dates (or instants, of bars) of those sessions; NaT outside the sample.
    residual : ndarray, shape (N, L)
        Estimation residuals in the unit of the returns, one column a session of event time; NaN where unused.
    residual_session : ndarray of datetime64, shape (N, L)
        Their dates; those of unused sessions are not looked at.
    sigma : ndarray, shape (N,)
        Residual standard errors.
    n_obs, df : ndarray of int64, shape (N,)
        Estimation observations used, M, and residual degrees of freedom, M - k.
    session : ndarray of datetime64, shape (N,)
        Event sessions.
    series, phase : ndarray of str, shape (N,)
        The series, and the episode to which the event belongs ('' where it has no name).

    Raises
    ------
    DesignError
        If the shapes do not fit together, or a CAR or SCAR is missing.
    """

    window: Window
    span: Window
    car: Floats
    scar: Floats
    ar: Floats
    tau_session: Dates
    residual: Floats
    residual_session: Dates
    sigma: Floats
    n_obs: NDArray[np.int64]
    df: NDArray[np.int64]
    session: Dates
    series: NDArray[np.str_]
    phase: NDArray[np.str_]

    def __post_init__(self) -> None:
        n, of_span, of_estimation = self.car.shape, (self.span.n_sessions,), self.residual.shape[1:]
        shapes = dict.fromkeys(("scar", *OF_EACH), n)
        shapes |= dict.fromkeys(("ar", "tau_session"), n + of_span)
        shapes |= dict.fromkeys(("residual", "residual_session"), n + of_estimation)
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise DesignError(f"{name} has the shape {getattr(self, name).shape}; {n[0]} CARs need {shape}")
        if not (self.span.first <= self.window.first and self.window.last <= self.span.last):
            raise DesignError(f"window {self.window} is not inside the span {self.span}")
        if not np.isfinite(self.car + self.scar).all():
            raise DesignError(_NO_CAR)

    def __len__(self) -> int:
        return len(self.car)

    @property
    def inside(self) -> slice:
        """The columns of the span that are in the window."""
        return slice(self.window.first - self.span.first, self.window.last - self.span.first + 1)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which sessions of the estimation window have a residual, shape (N, L)."""
        return np.isfinite(self.residual)

    @cached_property
    def n_known(self) -> Places:
        """Number of residuals of each CAR, shape (N,)."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    @cached_property
    def residual_ranks(self) -> Floats:
        """Residuals of each pair ranked among themselves, shape (N, L); NaN where missing."""
        return mid_ranks(self.residual)

    @cached_property
    def residual_place(self) -> Places:
        """Place of each residual's session among all that have one, shape (N, L); any where it has none."""
        return _places(self.residual_session, self.known)

    @cached_property
    def day(self) -> Places:
        """Place of each session of the span among all there are, shape (N, n); -1 for none."""
        there = ~np.isnat(self.tau_session)
        return np.where(there, _places(self.tau_session, there), -1)

    def residuals_on_calendar(self, rows: NDArray[np.int64], values: Floats) -> tuple[int, Floats]:
        """Return `values` of some rows' residuals, by session, NaN where missing; and the place of the first."""
        known, place = self.known[rows], self.residual_place[rows]
        if not known.any():
            return 0, np.full((len(rows), 0), np.nan)
        if known.all() and (place == place[0, 0] + np.arange(place.shape[1])).all():
            return int(place[0, 0]), values[rows]
        places = place[known]
        first = int(places.min())
        grid = np.full((len(rows), int(places.max()) - first + 1), np.nan)
        grid[np.nonzero(known)[0], places - first] = values[rows][known]
        return first, grid


def _places(session: Dates, known: NDArray[np.bool_]) -> Places:
    """Return the place of each session among all that are known; any where it is not."""
    # Places, and not days or nanoseconds, so that bars need no more memory than days.
    number = session.view(np.int64)
    there = number[known]
    first, n = (int(there.min()), int(np.ptp(there)) + 1) if len(there) else (0, 1)
    if n > there.size:
        return np.searchsorted(np.unique(there), number)
    seen = np.zeros(n, dtype=bool)
    seen[there - first] = True
    return (np.cumsum(seen) - 1)[np.clip(number, first, first + n - 1) - first]


@dataclass(frozen=True, eq=False)
class Groups:
    """G groups of CARs, E in all, each over a window of its own: one after the other, so that tests take all at once.

    Parameters
    ----------
    sample : EventSample
        The pairs.
    row : ndarray of int64, shape (E,)
        Which pair each CAR belongs to.
    n : ndarray of int64, shape (G,)
        Number of CARs of each group.
    window : ndarray of int64, shape (G, 2)
        First and last session of each group's window.
    car, scar : ndarray, shape (E,)
        CARs and SCARs. Finite.

    Attributes
    ----------
    group : ndarray of int64, shape (E,)
        The group of each CAR.
    date, date_group : ndarray of int64, shapes (E,) and (any,)
        The event date of each CAR, numbered through all groups, and the group of each such date.
    n_dates, n_series : ndarray of int64, shape (G,)
        Number of distinct event dates and series.

    Raises
    ------
    DesignError
        If a CAR or SCAR is missing.

    Examples
    --------
    >>> whole = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> first, row = whole.ar[:, 0], np.array([0, 1, 1])
    >>> two = Groups(whole, row, np.array([2, 1]), np.array([[0, 0]] * 2), first[row], (first / whole.sigma)[row])
    >>> two.sum(two.car).tolist()
    [7.0, 4.0]
    """

    sample: EventSample
    row: NDArray[np.int64]
    n: NDArray[np.int64]
    window: NDArray[np.int64]
    car: Floats
    scar: Floats
    group: Places = field(init=False)
    date: Places = field(init=False)
    date_group: Places = field(init=False)
    n_dates: Places = field(init=False)
    n_series: Places = field(init=False)

    def __post_init__(self) -> None:
        if not np.isfinite(self.car + self.scar).all():
            raise DesignError(_NO_CAR)
        object.__setattr__(self, "group", np.repeat(np.arange(len(self.n)), self.n))
        date, of_date = self.cells(self.sample.session)
        _, of_series = self.cells(self.sample.series)
        counts = (np.bincount(of, minlength=len(self.n)) for of in (of_date, of_series))
        for name, values in zip(("date", "date_group", "n_dates", "n_series"), (date, of_date, *counts), strict=True):
            object.__setattr__(self, name, values)

    @classmethod
    def of(cls, sample: EventSample) -> Groups:
        """Return a sample as the only group."""
        n, window = len(sample), np.array([[sample.window.first, sample.window.last]])
        return cls(sample, np.arange(n), np.array([n]), window, sample.car, sample.scar)

    def __len__(self) -> int:
        return len(self.n)

    def each(self) -> Iterator[slice]:
        """Yield where the CARs of each group are."""
        end = np.cumsum(self.n).tolist()
        yield from map(slice, [0, *end], end)

    def inside(self, g: int) -> slice:
        """Return the columns of the span that are in the window of a group."""
        first, last = (self.window[g] - self.sample.span.first).tolist()
        return slice(first, last + 1)

    def sum(self, values: ArrayLike) -> Floats:
        """Add up a figure of each CAR by groups, shape (G,)."""
        weights = np.asarray(values, dtype=np.float64)
        return np.bincount(self.group, weights=weights, minlength=len(self)).astype(np.float64)

    def totals(self, table: NDArray[np.generic]) -> Floats:
        """Add up rows of figures of the pairs, shape (N, any), by groups, shape (G, any)."""
        found = np.zeros((len(self), table.shape[1]))
        alike: dict[bytes, int] = {}
        rows = [self.row[at] for at in self.each()]
        chosen = [alike.setdefault(row.tobytes(), g) for g, row in enumerate(rows)]
        distinct = [g for g in alike.values() if len(rows[g])]
        step, start = max(_AT_ONCE // max(table.shape[1], 1), 1), 0
        while start < len(distinct):
            end, n = start + 1, len(rows[distinct[start]])
            while end < len(distinct) and n + len(rows[distinct[end]]) <= step:
                n, end = n + len(rows[distinct[end]]), end + 1
            some = [rows[g] for g in distinct[start:end]]
            begins = np.cumsum([0, *map(len, some[:-1])])
            found[distinct[start:end]] = np.add.reduceat(table[np.concatenate(some)], begins, axis=0, dtype=np.float64)
            start = end
        return found[chosen]

    def cells(self, key: NDArray[np.generic]) -> tuple[Places, Places]:
        """Split groups by a key of each pair: the cell of each CAR, shape (E,), and the group of each cell."""
        distinct, index = np.unique(key, return_inverse=True)
        size = max(len(distinct), 1)
        cells, cell = np.unique(self.group * size + index.ravel()[self.row], return_inverse=True)
        return cell.ravel(), cells // size

    @cached_property
    def days(self) -> tuple[Places, Places]:
        """The CAR and the day of every session of every window that has one, shape (any,) both."""
        column = np.arange(self.sample.span.n_sessions) + self.sample.span.first
        first, last = self.window[self.group].T
        entry, place = np.nonzero((column >= first[:, None]) & (column <= last[:, None]))
        day = self.sample.day[self.row[entry], place]
        return entry[day >= 0], day[day >= 0]

    @cached_property
    def dates_overlap(self) -> NDArray[np.bool_]:
        """Whether windows of different event dates share a day, shape (G,)."""
        (entry, day), size = self.days, int(self.sample.day.max(initial=0)) + 1
        some = np.diff(self.window, axis=1).ravel()[self.group[entry]] > 0
        entry, day = entry[some], day[some]
        of_group = self.group[entry] * size + day
        # Windows of one event date may differ by series; they are one on the days that they share.
        pairs = np.unique(self.date[entry] * size + day)
        n_pairs: Places = np.bincount(self.date_group[pairs // size], minlength=len(self))
        n_days: Places = np.bincount(np.unique(of_group) // size, minlength=len(self))
        overlap: NDArray[np.bool_] = n_pairs > n_days
        return overlap

    @cached_property
    def is_whole(self) -> NDArray[np.bool_]:
        """Whether every CAR cumulates all sessions of its window, shape (G,)."""
        column = np.arange(self.sample.span.n_sessions) + self.sample.span.first
        outside = (column < self.window[self.group, :1]) | (column > self.window[self.group, 1:])
        whole = (outside | np.isfinite(self.sample.ar[self.row])).all(axis=1)
        return np.asarray(self.sum(whole) == self.n)


def grouped(
    function: Callable[Concatenate[Groups, Options], Statistics],
) -> Callable[Concatenate[EventSample, Options], Statistic]:
    """Let a test of many groups at once be called with one sample, whose `Statistic` it then returns."""

    @wraps(function)
    def of_one(sample: EventSample, *args: Options.args, **kwargs: Options.kwargs) -> Statistic:
        return function(Groups.of(sample), *args, **kwargs)[0]

    return cast("Callable[Concatenate[EventSample, Options], Statistic]", of_one)


def sample_of_returns(
    estimation: Floats,
    event: Floats,
    *,
    window: Window | None = None,
    span: Window | None = None,
    session: Dates | None = None,
    series: NDArray[np.str_] | None = None,
    phase: NDArray[np.str_] | None = None,
) -> EventSample:
    """Return the sample of raw returns under the constant-mean model.

    The shortest way from figures to a test, where no study is wanted: every calendar day counts as a session, and the
    estimation window ends on the day before the span.

    Parameters
    ----------
    estimation : ndarray, shape (N, L)
        Returns of the estimation windows; NaN where missing.
    event : ndarray, shape (N, n)
        Returns of the spans; NaN where missing.
    window, span : Window, optional
        Default ``0:n-1``, all sessions given.
    session : ndarray of datetime64[D], shape (N,), optional
        Event sessions; default dates of their own, so far apart that nothing overlaps.
    series, phase : ndarray of str, shape (N,), optional
        Series (default: one each) and episodes (default: none).

    Returns
    -------
    EventSample
        Of the rows that have a CAR and at least three estimation returns that vary.

    Examples
    --------
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]]), np.array([[3.0, 4.0]]))
    >>> sample.car, sample.df, sample.sigma.round(4)
    (array([7.]), array([3]), array([1.8257]))
    """
    length, known = estimation.shape[1], np.isfinite(estimation)
    n_obs = known.sum(axis=1)
    span = Window(0, event.shape[1] - 1) if span is None else span
    window = span if window is None else window
    if session is None:
        session = np.datetime64("2000-01-03", "D") + (length + event.shape[1]) * np.arange(len(event))
    mean = np.where(known, estimation, 0.0).sum(axis=1) / np.maximum(n_obs, 1)
    squares = (np.where(known, estimation - mean[:, None], 0.0) ** 2).sum(axis=1)
    sigma = np.sqrt(squares / np.maximum(n_obs - 1, 1))
    varies = (n_obs >= _FEWEST_OBS) & (sigma > np.abs(mean) * n_obs * np.finfo(np.float64).eps)
    ar, n = event - mean[:, None], window.n_sessions
    car = ar[:, window.first - span.first : window.last - span.first + 1].sum(axis=1)
    rows = np.flatnonzero(np.isfinite(car) & varies)
    days = session[:, None] + np.arange(span.first - length, span.last + 1)
    sigma, n_obs = sigma[rows], n_obs[rows].astype(np.int64)
    return EventSample(
        window=window,
        span=span,
        car=car[rows],
        scar=car[rows] / (sigma * np.sqrt(n + n**2 / n_obs)),
        ar=ar[rows],
        tau_session=days[rows, length:],
        residual=(estimation - mean[:, None])[rows],
        residual_session=np.where(known, days[:, :length], np.datetime64("NaT", "D"))[rows],
        sigma=sigma,
        n_obs=n_obs,
        df=n_obs - 1,
        session=session[rows],
        series=(np.arange(len(event)).astype(str) if series is None else series)[rows],
        phase=(np.full(len(event), "") if phase is None else phase)[rows],
    )


def mid_ranks(values: Floats) -> Floats:
    """Rank each row from 1 up; equal values share the mean of their ranks.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        NaN where missing.

    Returns
    -------
    ndarray, shape (N, T)
        Ranks among the values that are there; NaN where missing. `scipy.stats.rankdata`, which is ten times as slow
        where values are missing.

    Examples
    --------
    >>> mid_ranks(np.array([[3.0, 1.0, np.nan, 3.0]]))
    array([[2.5, 1. , nan, 2.5]])
    """
    order = np.argsort(values, axis=1)  # NaN last
    rising = np.take_along_axis(values, order, axis=1)
    place = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    same = rising[:, 1:] == rising[:, :-1]
    rank = place + 1.0
    if same.any():
        first, last = place.copy(), place.copy()
        first[:, 1:][same], last[:, :-1][same] = 0, values.shape[1]
        first = np.maximum.accumulate(first, axis=1)
        last = np.minimum.accumulate(last[:, ::-1], axis=1)[:, ::-1]
        rank = (first + last) / 2 + 1
    rank[np.isnan(rising)] = np.nan
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, order, rank, axis=1)
    return ranks


# -- from numbers and their law to statistics -------------------------------------------------------------------------


def statistics(
    of: Groups,
    test: str,
    null: str,
    law: Law,
    value: Floats,
    p_value: Floats,
    why: ArrayLike,
    note: ArrayLike,
    df: ArrayLike = math.nan,
) -> Statistics:
    """Return the statistics of G groups; where there is a reason why one has none it is NaN, with that as its note."""
    why = np.asarray(why)
    defined = why == ""
    value, p_value, df = (np.where(defined, figure, np.nan) for figure in (value, p_value, df))
    notes = np.where(defined, note, why).tolist()
    return Statistics(test, null, [law] * len(of), value, df, p_value, of.n, of.n_dates, notes)


def moments(values: Floats, group: Places, n_groups: int) -> tuple[Places, Floats, Floats]:
    """Return number, mean and standard deviation (n - 1) of values by groups, shape (G,) each.

    The deviation is 0 where values differ by rounding alone or are fewer than two.
    """
    n = np.bincount(group, minlength=n_groups)
    mean = np.bincount(group, weights=values, minlength=n_groups) / np.maximum(n, 1)
    squares = np.bincount(group, weights=(values - mean[group]) ** 2, minlength=n_groups)
    spread, largest = np.sqrt(squares / np.maximum(n - 1, 1)), np.zeros(n_groups)
    np.maximum.at(largest, group, np.abs(values))
    return n, mean, np.where((n > 1) & (spread > largest * n * np.finfo(np.float64).eps), spread, 0.0)


def no_spread(n: ArrayLike, spread: Floats, what: str) -> NDArray[np.str_]:
    """Say why values have no standard deviation to divide by; '' where they have one."""
    equal = np.where(spread == 0, "all values are equal", "")
    return np.where(np.asarray(n) <= 1, f"needs at least two {what}", equal)


def dependence_note(of: Groups, remedy: str) -> NDArray[np.str_]:
    """Warn of CARs that are not independent, naming the test that allows for several series on one date."""
    shared = "several CARs share a date: rejects too often, "
    mend = np.where(of.n_series > 1, f"{shared}see {remedy}", f"{shared}merge the events, or see date_clustered_t")
    return np.where(of.n_dates < of.n, mend, overlap_note(of))


def overlap_note(of: Groups) -> NDArray[np.str_]:
    """Warn of dates whose windows overlap, for a test that takes dates for independent; '' where they may be."""
    return np.where(of.dates_overlap, _OVERLAP, "")


def joined(*notes: ArrayLike) -> list[str]:
    """Join the notes of G groups, leaving out those that are empty."""
    return ["; ".join(filter(None, parts)) for parts in zip(*(np.asarray(n).tolist() for n in notes), strict=True)]
