"""What tests of means take, groups of CARs with what is behind them, and the one list of tests that they enter."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eventstudy.markets.stamp import Dates
from eventstudy.returns import ROUNDING, Floats, Ints, Mask
from eventstudy.statistic import Law, Statistic, Statistics, two_sided_normal, two_sided_t
from eventstudy.window import Window

NULL_MEAN = "the mean abnormal return is zero"

#: Tests that take dates for independent say so where windows of different dates share sessions.
_OVERLAP = "windows of different dates overlap: rejects too often, see calendar_time_t"

#: Estimation returns from which `sample_of_returns` takes a mean and a standard deviation.
_FEWEST_OBS = 3


@dataclass(frozen=True)
class SignificanceTest:
    """A test of means, or of raises against folds, as `TESTS` lists it.

    Parameters
    ----------
    function : callable
        ``f(sample) -> Statistic``, or ``f(sample, seed)`` where it draws; of a contrast
        ``f(values, is_raise, phases, seed)``, one value a market event.
    law, null : str
        The law in short, e.g. ``t(N-1)``, and the null hypothesis in words.
    good_for : str
        When to look at it, in a few words.
    default : bool
        Whether it is run when nothing is asked for.
    contrast : {'', 'car', 'z'}
        Of which values it compares two labels; empty for a test of means.

    Examples
    --------
    >>> from eventstudy.inference import TESTS
    >>> TESTS["bmp_t"].law, TESTS["bmp_t"].good_for
    ('t(N-1)', 'independent events whose volatility rises with the news')
    """

    function: Callable[..., Statistic]
    law: str
    null: str
    good_for: str
    default: bool = False
    contrast: Literal["", "car", "z"] = ""

    def of_groups(self, sample: EventSample, seed: int = 0) -> Statistics:
        """Run a test of means on all groups of a sample at once; `seed` is for those that draw."""
        function: Callable[..., Statistics] = inspect.unwrap(self.function)
        drawn = (seed,) if "seed" in inspect.signature(function).parameters else ()
        with np.errstate(invalid="ignore", divide="ignore"):  # what is not defined is NaN, and its note says why
            return replace(function(sample, *drawn), test=function.__name__, null=self.null)


#: Every test of means by id, as its module makes it.
OF_MEANS: dict[str, SignificanceTest] = {}


def of_means(
    law: str, null: str, good_for: str, *, default: bool = False
) -> Callable[[Callable[..., Statistics]], Callable[..., Statistic]]:
    """List a test of groups of CARs; see `SignificanceTest`. Called by name it returns the first group's statistic."""

    def listed(function: Callable[..., Statistics]) -> Callable[..., Statistic]:
        @wraps(function)
        def of_first(sample: EventSample, seed: int = 0) -> Statistic:
            return OF_MEANS[function.__name__].of_groups(sample, seed)[0]

        OF_MEANS[function.__name__] = SignificanceTest(of_first, law, null, good_for, default)
        return of_first

    return listed


@dataclass(frozen=True, eq=False)
class EventSample:
    """G groups of CARs, E in all, each over a window of its own, and the N pairs of event and series they are of.

    Groups stand one after another, so that a test takes all at once. The span has n sessions, the estimation window L.

    Parameters
    ----------
    span : Window
        All event sessions, in event time.
    ar : ndarray, shape (N, n)
        Abnormal returns over the span, in the unit of the returns; NaN where missing.
    tau_session : ndarray of datetime64, shape (N, n)
        Dates (or instants, of bars) of those sessions; NaT outside the sample.
    residual : ndarray, shape (N, L)
        Estimation residuals in the unit of the returns, one column a session of event time; NaN where unused.
    residual_session : ndarray of datetime64, shape (N, L)
        Their dates; those of unused sessions are not looked at.
    sigma, df : ndarray, shape (N,)
        Residual standard errors, and residual degrees of freedom, M - k.
    session : ndarray of datetime64, shape (N,)
        Event sessions.
    series, phase : ndarray of str, shape (N,)
        The series, and the episode to which the event belongs ('' where it has no name).
    row : ndarray of int64, shape (E,)
        Which pair each CAR belongs to.
    n : ndarray of int64, shape (G,)
        Number of CARs of each group.
    window : ndarray of int64, shape (G, 2)
        First and last session of each group's window, inside the span.
    car, scar : ndarray, shape (E,)
        CARs in the unit of the returns, and divided by their forecast standard errors. Finite.

    Examples
    --------
    >>> from dataclasses import replace
    >>> whole = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 2), np.array([[3.0, 1.0], [4.0, 2.0]]))
    >>> first, row = whole.ar[:, 0], np.array([0, 1, 1])
    >>> groups = {"row": row, "n": np.array([2, 1]), "window": np.array([[0, 0]] * 2)}
    >>> two = replace(whole, **groups, car=first[row], scar=(first / whole.sigma)[row])
    >>> two.sum(two.car).tolist()
    [7.0, 4.0]
    """

    span: Window
    ar: Floats
    tau_session: Dates
    residual: Floats
    residual_session: Dates
    sigma: Floats
    df: Ints
    session: Dates
    series: NDArray[np.str_]
    phase: NDArray[np.str_]
    row: Ints
    n: Ints
    window: Ints
    car: Floats
    scar: Floats

    def __len__(self) -> int:
        return len(self.car)

    @cached_property
    def known(self) -> Mask:
        """Which sessions of the estimation window have a residual, shape (N, L)."""
        return np.isfinite(self.residual)

    @cached_property
    def n_known(self) -> Ints:
        """Number of residuals of each pair, shape (N,)."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    @cached_property
    def residual_ranks(self) -> Floats:
        """Residuals of each pair ranked among themselves, shape (N, L); NaN where missing."""
        return mid_ranks(self.residual)

    @cached_property
    def residual_place(self) -> Ints:
        """Place of each residual's session among all there are, shape (N, L); any where it has none."""
        import pandas as pd  # by place bars need no more memory than days

        found = pd.factorize(self.residual_session.view(np.int64).ravel(), sort=True)[0]
        return np.asarray(found).reshape(self.residual_session.shape)

    @cached_property
    def day(self) -> Ints:
        """Place of each session of the span among all there are, shape (N, n); -1 for none."""
        import pandas as pd

        found = pd.factorize(self.tau_session.view(np.int64).ravel(), sort=True)[0]
        return np.where(np.isnat(self.tau_session), -1, found.reshape(self.tau_session.shape))

    @cached_property
    def group(self) -> Ints:
        """The group of each CAR, shape (E,)."""
        return np.repeat(np.arange(len(self.n)), self.n)

    @cached_property
    def dates(self) -> tuple[Ints, Ints]:
        """The event date of each CAR, numbered through all groups, shape (E,); and the group of each such date."""
        return self.cells(self.session)

    @cached_property
    def n_dates(self) -> Ints:
        """Number of distinct event dates of each group, shape (G,)."""
        return np.bincount(self.dates[1], minlength=len(self.n))

    @cached_property
    def n_series(self) -> Ints:
        """Number of distinct series of each group, shape (G,)."""
        return np.bincount(self.cells(self.series)[1], minlength=len(self.n))

    def each(self) -> Iterator[slice]:
        """Yield where the CARs of each group are."""
        end = np.cumsum(self.n).tolist()
        yield from map(slice, [0, *end], end)

    def inside(self, g: int = 0) -> slice:
        """Return the columns of the span that are in the window of a group."""
        first, last = (self.window[g] - self.span.first).tolist()
        return slice(first, last + 1)

    def sum(self, values: ArrayLike) -> Floats:
        """Add up a figure of each CAR by groups, shape (G,)."""
        weights = np.asarray(values, dtype=np.float64)
        return np.bincount(self.group, weights=weights, minlength=len(self.n)).astype(np.float64)

    def totals(self, table: NDArray[np.generic]) -> Floats:
        """Add up rows of figures of the pairs, shape (N, any), by groups, shape (G, any)."""
        from scipy.sparse import csr_matrix

        ends = np.append(0, np.cumsum(self.n))
        return np.asarray(csr_matrix((np.ones(len(self.car)), self.row, ends), (len(self.n), len(table))) @ table)

    def cells(self, key: NDArray[np.generic]) -> tuple[Ints, Ints]:
        """Split groups by a key of each pair: the cell of each CAR, shape (E,), and the group of each cell."""
        distinct, index = np.unique(key, return_inverse=True)
        size = max(len(distinct), 1)
        cells, cell = np.unique(self.group * size + index.ravel()[self.row], return_inverse=True)
        return cell.ravel(), cells // size

    @cached_property
    def _in_window(self) -> Mask:
        """Which sessions of the span are in the window of each CAR, shape (E, n)."""
        column = np.arange(self.span.n_sessions) + self.span.first
        first, last = self.window[self.group].T[:, :, None]
        return np.asarray((column >= first) & (column <= last))

    @cached_property
    def overlap_note(self) -> NDArray[np.str_]:
        """A warning where windows of different event dates share a day, shape (G,); '' where dates are independent."""
        from pandas import unique  # numpy's own takes a hundred times as long for numbers with one step between them

        # Of one session each, windows of different dates share none.
        entry, place = np.nonzero(self._in_window & (np.ptp(self.window, axis=1)[self.group] > 0)[:, None])
        day, size = self.day[self.row[entry], place], int(self.day.max(initial=0)) + 1
        entry, day = entry[day >= 0], day[day >= 0]
        # Windows of one event date may differ by series; they are one on the days that they share.
        pairs = unique(self.dates[0][entry] * size + day)
        n_pairs = np.bincount(self.dates[1][pairs // size], minlength=len(self.n))
        n_days = np.bincount(unique(self.group[entry] * size + day) // size, minlength=len(self.n))
        return np.where(n_pairs > n_days, _OVERLAP, "")

    @cached_property
    def is_whole(self) -> Mask:
        """Whether every CAR cumulates all sessions of its window, shape (G,)."""
        whole = (~self._in_window | np.isfinite(self.ar[self.row])).all(axis=1)
        return np.asarray(self.sum(whole) == self.n)

    def statistics(
        self, law: Law, value: Floats, why: ArrayLike, note: ArrayLike, df: ArrayLike = math.nan, p_value: Any = None
    ) -> Statistics:
        """Return the statistics of the groups, NaN with the reason `why` as note where there is one.

        The p of the laws ``t``, with `df`, and ``normal`` is made here.
        """
        if p_value is None:
            p_value = two_sided_t(value, df) if law == "t" else two_sided_normal(value)
        why = np.asarray(why)
        value, p_value, df = (np.where(why == "", figure, np.nan) for figure in (value, p_value, df))
        notes = np.where(why == "", note, why).tolist()
        return Statistics("", "", [law] * len(self.n), value, df, p_value, self.n, self.n_dates, notes)

    def t_of_means(self, values: Floats, group: Ints, note: ArrayLike, what: str = "events") -> Statistics:
        """Return ``√N mean / sd`` of the values of each group."""
        n, mean, spread = moments(values, group, len(self.n))
        t = np.sqrt(n) * mean / spread
        return self.statistics("t", t, no_spread(n, spread, what), note, n - 1)

    def dependence_note(self, remedy: str) -> NDArray[np.str_]:
        """Warn of CARs that are not independent, naming the test that allows for several series on one date."""
        shared = "several CARs share a date: rejects too often, "
        mend = np.where(
            self.n_series > 1, f"{shared}see {remedy}", f"{shared}merge the events, or see date_clustered_t"
        )
        return np.where(self.n_dates < self.n, mend, self.overlap_note)


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
        One group of the rows that have a CAR and at least three estimation returns that vary.

    Examples
    --------
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]]), np.array([[3.0, 4.0]]))
    >>> sample.car, sample.df, sample.sigma.round(4)
    (array([7.]), array([3]), array([1.8257]))
    """
    (n_events, length), known = estimation.shape, np.isfinite(estimation)
    span = span or Window(0, event.shape[1] - 1)
    window, n_obs = window or span, known.sum(axis=1)
    if session is None:
        session = np.datetime64("2000-01-03", "D") + (length + event.shape[1]) * np.arange(n_events)
    mean = (np.where(known, estimation, 0.0).sum(axis=1) / np.maximum(n_obs, 1))[:, None]
    squares = (np.where(known, estimation - mean, 0.0) ** 2).sum(axis=1)
    sigma, ar, n = np.sqrt(squares / np.maximum(n_obs - 1, 1)), event - mean, window.n_sessions
    varies = (n_obs >= _FEWEST_OBS) & (sigma > np.abs(mean[:, 0]) * n_obs * np.finfo(np.float64).eps)
    car = ar[:, window.first - span.first : window.last - span.first + 1].sum(axis=1)
    rows = np.flatnonzero(np.isfinite(car) & varies)
    days = session[:, None] + np.arange(span.first - length, span.last + 1)
    of_pairs: dict[str, Any] = {
        "session": session, "series": np.arange(n_events).astype(str) if series is None else series,
        "phase": np.full(n_events, "") if phase is None else phase,
        "ar": ar, "tau_session": days[:, length:], "sigma": sigma, "df": n_obs.astype(np.int64) - 1, "car": car,
        "residual": estimation - mean, "residual_session": np.where(known, days[:, :length], np.datetime64("NaT", "D")),
    }  # fmt: skip
    of_pairs = {name: values[rows] for name, values in of_pairs.items()}
    scar = of_pairs["car"] / (of_pairs["sigma"] * np.sqrt(n + n**2 / n_obs[rows]))
    bounds = {"n": np.array([len(rows)]), "window": np.array([[window.first, window.last]])}
    return EventSample(span, row=np.arange(len(rows)), scar=scar, **bounds, **of_pairs)


def mid_ranks(values: Floats) -> Floats:
    """Rank each row (N, T) from 1 up; values equal but for `ROUNDING` share the mean of their ranks, NaN stays NaN.

    Examples
    --------
    >>> mid_ranks(np.array([[3.0, 1.0, np.nan, 3.0]]))
    array([[2.5, 1. , nan, 2.5]])
    """
    from pandas import DataFrame

    values, rising = values.copy(), np.sort(values, axis=1)
    apart, least = np.diff(rising, axis=1), ROUNDING * np.fmax.reduce(np.abs(values), axis=1, initial=0.0)[:, None]
    for k in np.flatnonzero(((apart > 0) & (apart <= least)).any(axis=1)).tolist():
        lowest = rising[k][np.append(True, ~(apart[k] <= least[k]))]  # of each group of equal values
        values[k] = lowest[np.searchsorted(lowest, values[k], side="right") - 1]
    return np.ascontiguousarray(DataFrame(values.T).rank().to_numpy().T)


def moments(values: Floats, group: Ints, n_groups: int) -> tuple[Ints, Floats, Floats]:
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


def joined(*notes: ArrayLike) -> list[str]:
    """Join the notes of G groups, leaving out those that are empty."""
    return ["; ".join(filter(None, parts)) for parts in zip(*(np.asarray(n).tolist() for n in notes), strict=True)]
