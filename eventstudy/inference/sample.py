"""What every test of a mean needs to know about N CARs over one window; figures of a pair are computed once a study."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.statistic import Law, Statistic, two_sided_normal, undefined
from eventstudy.window import Window

NULL_MEAN = "the mean abnormal return is zero"

_OVERLAP = "windows of different dates overlap: rejects too often, see calendar_time_t"

#: Fields that hold a row for each pair, whatever the window.
_OF_EACH = (
    *("ar", "sar", "tau_session", "residual", "residual_session"),
    *("sigma", "n_obs", "df", "session", "series", "phase"),
)

_NO_CAR = "a CAR or SCAR is missing; leave out the events that have none"

#: Estimation returns from which `sample_of_returns` takes a mean and a standard deviation.
_FEWEST_OBS = 3


def _once(compute: Callable[[Any], NDArray[Any]]) -> Any:
    """Make a figure of each pair a property: a group takes its rows of what the sample it was taken from computes."""

    def taken(of: EventSample) -> NDArray[Any]:
        parent = vars(of).get("_parent")
        return compute(of) if parent is None else np.asarray(getattr(parent[0], compute.__name__)[parent[1]])

    return cached_property(taken)


@dataclass(frozen=True, eq=False)
class EventSample:
    """N CARs over one window, with the abnormal returns and the estimation residuals behind them.

    A CAR belongs to a pair of event and series; pairs that lack the CAR are left out before. The span has n sessions,
    the estimation window L. A study makes one sample of all its pairs and takes each stance and window by `group`;
    where only groups are taken of it, its own CARs may be zeros, since a pair may have a CAR over one window and none
    over another.

    Parameters
    ----------
    window, span : Window
        Where the CARs are cumulated, and all event sessions of the study.
    car, scar : ndarray, shape (N,)
        CARs in the unit of the returns, and divided by their forecast standard errors. Finite.
    ar, sar : ndarray, shape (N, n)
        Abnormal returns over the span, and divided by their forecast standard errors; NaN where missing, never inside
        the window.
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
    sar: Floats
    tau_session: Dates
    residual: Floats
    residual_session: Dates
    sigma: Floats
    n_obs: NDArray[np.int64]
    df: NDArray[np.int64]
    session: Dates
    series: NDArray[np.str_]
    phase: NDArray[np.str_]
    _parent: tuple[EventSample, NDArray[np.int64]] | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        n, of_span, of_estimation = self.car.shape, (self.span.n_sessions,), self.residual.shape[1:]
        shapes = dict.fromkeys(("scar", *_OF_EACH), n)
        shapes |= dict.fromkeys(("ar", "sar", "tau_session"), n + of_span)
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

    def group(self, rows: NDArray[np.int64], window: Window, car: Floats, scar: Floats) -> EventSample:
        """Return the sample of some of the pairs over a window of their own.

        Parameters
        ----------
        rows : ndarray of int64, shape (K,)
            The pairs.
        window : Window
            Where their CARs are cumulated, inside the span.
        car, scar : ndarray, shape (N,)
            CARs and SCARs of all pairs over that window; those of `rows` are finite.

        Returns
        -------
        EventSample
            It takes ranks, signs and known sessions from this one, which computes them once for all its groups.

        Examples
        --------
        >>> both = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[3.0, 1.0], [4.0, 2.0]]))
        >>> first_day = both.ar[:, 0]
        >>> both.group(np.array([1]), Window(0, 0), first_day, first_day / both.sigma).car
        array([4.])
        """
        if not np.isfinite(car[rows] + scar[rows]).all():
            raise DesignError(_NO_CAR)
        found = object.__new__(EventSample)
        vars(found).update(window=window, span=self.span, car=car[rows], scar=scar[rows], _parent=(self, rows))
        return found

    def __getattr__(self, name: str) -> Any:
        """Take what a group has of each pair from the sample it was taken from, when it is first asked for."""
        if name not in _OF_EACH or self._parent is None:
            raise AttributeError(name)
        taken = vars(self)[name] = getattr(self._parent[0], name)[self._parent[1]]
        return taken

    # -- figures of one pair, the same in every group -----------------------------------------------------------------

    @_once
    def known(self) -> NDArray[np.bool_]:
        """Say which sessions of the estimation window have a residual, shape (N, L)."""
        return np.isfinite(self.residual)

    @_once
    def n_known(self) -> NDArray[np.intp]:
        """Count the residuals of each CAR, shape (N,)."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    @_once
    def share_positive(self) -> Floats:
        """Return the share of the residuals that are positive, shape (N,); 0 where there are none."""
        return np.asarray(np.count_nonzero(self.residual > 0, axis=1) / np.maximum(self.n_known, 1))

    @_once
    def centred_ranks(self) -> Floats:
        """Return ``rank/(1 + number) - ½`` among residuals and abnormal returns, shape (N, L + n); 0 where missing."""
        ranks = mid_ranks(np.concatenate([self.residual, self.ar], axis=1))
        number = np.count_nonzero(np.isfinite(ranks), axis=1)
        return np.where(np.isfinite(ranks), ranks / (1 + number)[:, None] - 0.5, 0.0)

    @_once
    def residual_ranks(self) -> Floats:
        """Rank the residuals of each pair among themselves, shape (N, L); NaN where missing."""
        return mid_ranks(self.residual)

    @_once
    def residual_place(self) -> NDArray[np.intp]:
        """Return the place of each residual's session among all that have one, shape (N, L); any where it has none."""
        # Places, and not days or nanoseconds, so that bars need no more memory than days.
        session = self.residual_session.view(np.int64)
        known = session[self.known]
        first, n = (int(known.min()), int(np.ptp(known)) + 1) if len(known) else (0, 1)
        if n > known.size:
            return np.searchsorted(np.unique(known), session)
        there = np.zeros(n, dtype=bool)
        there[known - first] = True
        return (np.cumsum(there) - 1)[np.clip(session, first, first + n - 1) - first]

    @cached_property
    def correlations(self) -> dict[tuple[bytes, bytes], tuple[float, int, int]]:
        """Sums of correlations between rows that were added up before, one store for all groups of a sample."""
        return {} if self._parent is None else self._parent[0].correlations

    @cached_property
    def origin(self) -> NDArray[np.int64]:
        """The rows of the sample from which all groups are taken, shape (N,)."""
        return np.arange(len(self)) if self._parent is None else self._parent[0].origin[self._parent[1]]

    # -- figures of the group -----------------------------------------------------------------------------------------

    @property
    def inside(self) -> slice:
        """The columns of the span that are in the window."""
        return slice(self.window.first - self.span.first, self.window.last - self.span.first + 1)

    @property
    def is_whole(self) -> bool:
        """Whether every CAR cumulates all sessions of the window."""
        return bool(np.isfinite(self.ar[:, self.inside]).all())

    @cached_property
    def date_index(self) -> NDArray[np.intp]:
        """The place of each CAR's event session among the distinct ones, in order."""
        if (self.session[1:] > self.session[:-1]).all():
            return np.arange(len(self))
        return np.unique(self.session, return_inverse=True)[1].ravel()

    @cached_property
    def n_dates(self) -> int:
        """Number of distinct event sessions."""
        return int(self.date_index.max(initial=-1)) + 1

    @cached_property
    def by_date(self) -> tuple[Floats, NDArray[np.int64]]:
        """Sum and number of the CARs of each date, shape (n_dates,) both."""
        sums = np.asarray(np.bincount(self.date_index, weights=self.car), dtype=np.float64)
        return sums, np.bincount(self.date_index).astype(np.int64)

    @_once
    def series_index(self) -> NDArray[np.intp]:
        """Return a number for each series, the same in all groups, shape (N,)."""
        return np.unique(self.series, return_inverse=True)[1].ravel()

    @cached_property
    def n_series(self) -> int:
        """Number of distinct series."""
        return int(np.count_nonzero(np.bincount(self.series_index)))

    @cached_property
    def n_each(self) -> NDArray[np.intp]:
        """Number of residuals of each session of the estimation window, shape (L,)."""
        return np.asarray(np.count_nonzero(self.known, axis=0))

    @cached_property
    def window_session(self) -> Dates:
        """Dates of the windows, shape (N, any)."""
        return self.tau_session[:, self.inside]

    @cached_property
    def windows_overlap(self) -> bool:
        """Whether two of the windows share a date."""
        if self.window.n_sessions == 1 or self.n_dates < len(self):
            return self.n_dates < len(self)
        if self.n_series == 1 and (self.session[1:] > self.session[:-1]).all():
            return bool((self.window_session[1:, 0] <= self.window_session[:-1, -1]).any())
        days = self.window_session[~np.isnat(self.window_session)]
        return len(np.unique(days)) < days.size

    @cached_property
    def dates_overlap(self) -> bool:
        """Whether windows of different event sessions share a date."""
        if self.window.n_sessions == 1 or self.n_dates == len(self):
            return self.window.n_sessions > 1 and self.windows_overlap
        there = ~np.isnat(self.window_session)
        days, place = np.unique(self.window_session[there], return_inverse=True)
        event = np.broadcast_to(self.date_index[:, None], there.shape)[there]
        return len(np.unique(place * self.n_dates + event)) > len(days)

    def residuals_on_calendar(self, rows: NDArray[np.intp]) -> tuple[int, Floats]:
        """Return residuals of some rows, one column a session, NaN where missing; and the place of the first one."""
        known, place = self.known[rows], self.residual_place[rows]
        if not known.any():
            return 0, np.full((len(rows), 0), np.nan)
        if known.all() and (place == place[0, 0] + np.arange(place.shape[1])).all():
            return int(place[0, 0]), self.residual[rows]
        places = place[known]
        first = int(places.min())
        grid = np.full((len(rows), int(places.max()) - first + 1), np.nan)
        grid[np.nonzero(known)[0], places - first] = self.residual[rows][known]
        return first, grid


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
        sar=ar[rows] / (sigma * np.sqrt(1 + 1 / n_obs))[:, None],
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


# -- from a number and its law to a `Statistic` -----------------------------------------------------------------------


def by_t(sample: EventSample, test: str, null: str, value: float, df: float, note: str = "") -> Statistic:
    """Return a statistic that follows Student's t."""
    from scipy.special import stdtr

    p_value = float(2.0 * stdtr(df, -abs(value)))
    return Statistic(test, value, "t", df, p_value, null, len(sample), sample.n_dates, note)


def by_normal(sample: EventSample, test: str, null: str, value: float, note: str = "") -> Statistic:
    """Return a statistic that follows the standard normal law."""
    return Statistic(test, value, "normal", math.nan, two_sided_normal(value), null, len(sample), sample.n_dates, note)


def none(sample: EventSample, test: str, null: str, law: Law, why: str) -> Statistic:
    """Return the statistic of a sample that has none, with the reason."""
    return undefined(test, null, len(sample), sample.n_dates, why, law)


def dispersion(values: Floats) -> float:
    """Return the standard deviation with N - 1; 0 where the values differ by rounding alone or are fewer than two."""
    n = len(values)
    if n <= 1:
        return 0.0
    mean = float(values.sum()) / n
    away = values - mean
    squares = float((away * away).sum())
    spread, rounding = math.sqrt(squares / (n - 1)), n * np.finfo(np.float64).eps
    # No value is farther from 0 than the mean and the root of all squares together.
    if spread > (abs(mean) + math.sqrt(squares)) * rounding or spread > float(np.abs(values).max()) * rounding:
        return spread
    return 0.0


def why_no_dispersion(values: Floats, what: str) -> str:
    """Say why values have no standard deviation to divide by."""
    return f"needs at least two {what}" if len(values) <= 1 else "all values are equal"


def dependence_note(sample: EventSample, remedy: str) -> str:
    """Warn of CARs that are not independent, naming the test that allows for several series on one date."""
    if sample.n_dates < len(sample):
        mend = f"see {remedy}" if sample.n_series > 1 else "merge the events, or see date_clustered_t"
        return f"several CARs share a date: rejects too often, {mend}"
    return _OVERLAP if sample.windows_overlap else ""


def overlap_note(sample: EventSample) -> str:
    """Warn of dates whose windows overlap, for a test that takes dates for independent; '' where they may be."""
    return _OVERLAP if sample.dates_overlap else ""
