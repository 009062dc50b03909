"""What every test of a mean needs to know about N CARs over one window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.inference.correlation import MeanCorrelation, mean_correlation
from eventstudy.inference.date_blocks import DateBlocks, date_blocks
from eventstudy.inference.residual_pairs import ResidualPairs
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.window import Window

_FEWEST_OBS = 3


@dataclass(frozen=True, eq=False)
class EventSample:
    """N CARs over one window, with the abnormal returns and the estimation residuals behind them.

    A CAR belongs to a pair of event and series; pairs that lack the CAR are left out before. The span has n sessions,
    the estimation window L.

    Parameters
    ----------
    window, span : Window
        Where the CARs are cumulated, and all event sessions of the study.
    car, scar : ndarray, shape (N,)
        CARs in the unit of the returns, and divided by their forecast standard errors. Finite.
    ar, sar : ndarray, shape (N, n)
        Abnormal returns over the span, and divided by their forecast standard errors; NaN where missing, never inside
        the window.
    tau_session : ndarray of datetime64[D], shape (N, n)
        Dates of those sessions; NaT outside the sample.
    residual : ndarray, shape (N, L)
        Estimation residuals in the unit of the returns, one column a session of event time; NaN where unused.
    residual_session : ndarray of datetime64[D], shape (N, L)
        Their dates; NaT where unused.
    sigma : ndarray, shape (N,)
        Residual standard errors.
    n_obs, df : ndarray of int64, shape (N,)
        Estimation observations used, M, and residual degrees of freedom, M - k.
    session : ndarray of datetime64[D], shape (N,)
        Event sessions.
    series, phase : ndarray of str, shape (N,)
        The series, and the episode to which the event belongs ('' where it has no name).
    pairs : ResidualPairs, optional
        All pairs whose windows share dates (others may be among them), with the correlations of their residuals, where
        these are known beforehand; else they are found when a test needs them.

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
    pairs: ResidualPairs | None = None

    def __post_init__(self) -> None:
        one, around = self.car.shape, (len(self.car), self.span.n_sessions)
        shapes = dict.fromkeys(("scar", "sigma", "n_obs", "df", "session", "series", "phase"), one)
        shapes |= dict.fromkeys(("ar", "sar", "tau_session"), around)
        shapes |= {"residual": (len(self.car), *self.residual.shape[1:]), "residual_session": self.residual.shape}
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise DesignError(f"{name} has the shape {getattr(self, name).shape}; {one[0]} CARs need {shape}")
        if not (self.span.first <= self.window.first and self.window.last <= self.span.last):
            raise DesignError(f"window {self.window} is not inside the span {self.span}")
        if not (np.isfinite(self.car).all() and np.isfinite(self.scar).all()):
            raise DesignError("a CAR or SCAR is missing; leave out the events that have none")

    def __len__(self) -> int:
        return len(self.car)

    @property
    def inside(self) -> slice:
        """The columns of the span that are in the window."""
        return slice(self.window.first - self.span.first, self.window.last - self.span.first + 1)

    @property
    def is_whole(self) -> bool:
        """Whether every CAR cumulates all sessions of the window."""
        return bool(np.isfinite(self.ar[:, self.inside]).all())

    @cached_property
    def dates(self) -> Dates:
        """The distinct event sessions, in order."""
        return np.unique(self.session)

    @cached_property
    def date_index(self) -> NDArray[np.intp]:
        """The place of each CAR's event session among `dates`."""
        return np.searchsorted(self.dates, self.session)

    @property
    def n_dates(self) -> int:
        """Number of distinct event sessions."""
        return len(self.dates)

    @cached_property
    def series_index(self) -> NDArray[np.intp]:
        """The place of each CAR's series among the distinct ones."""
        return np.unique(self.series, return_inverse=True)[1].ravel()

    @cached_property
    def n_series(self) -> int:
        """Number of distinct series."""
        return 1 if len(self) and (self.series == self.series[0]).all() else len(np.unique(self.series_index))

    @cached_property
    def blocks(self) -> DateBlocks:
        """The CARs whose event session, windows and residuals lie on the same dates."""
        learned = np.where(np.isfinite(self.residual), self.residual_session, np.datetime64("NaT", "D"))
        return date_blocks(np.column_stack([self.session, self.tau_session[:, self.inside]]), learned)

    @cached_property
    def windows_meet(self) -> bool:
        """Whether two of the windows share a date."""
        days = self.tau_session[self.blocks.first, self.inside]
        return len(self.blocks) < len(self) or len(np.unique(days)) < days.size

    @cached_property
    def dates_meet(self) -> bool:
        """Whether windows of different event sessions share a date."""
        if self.window.n_sessions == 1:
            return False
        first = self.blocks.first
        days = self.tau_session[first, self.inside].astype(np.int64)
        here = np.unique(days * self.n_dates + self.date_index[first, None])
        return len(np.unique(days)) < len(here)

    @cached_property
    def correlation(self) -> MeanCorrelation:
        """The mean correlation of the CARs, found once for every test that asks."""
        return mean_correlation(self)

    def by_date(self) -> tuple[Floats, NDArray[np.int64]]:
        """Return sum and number of the CARs of each date, shape (n_dates,) both."""
        sums = np.asarray(np.bincount(self.date_index, weights=self.car), dtype=np.float64)
        return sums, np.bincount(self.date_index).astype(np.int64)


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
    length, n_obs = estimation.shape[1], np.isfinite(estimation).sum(axis=1)
    span = Window(0, event.shape[1] - 1) if span is None else span
    window = span if window is None else window
    if session is None:
        session = np.datetime64("2000-01-03", "D") + (length + event.shape[1]) * np.arange(len(event))
    mean, sigma = _moments(estimation, n_obs)
    ar, n = event - mean[:, None], window.n_sessions
    car = ar[:, window.first - span.first : window.last - span.first + 1].sum(axis=1)
    rows = np.flatnonzero(np.isfinite(car) & (sigma > 0))
    days = session[:, None] + np.arange(span.first - length, span.last + 1)
    learned = np.where(np.isfinite(estimation), days[:, :length], np.datetime64("NaT", "D"))
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
        residual_session=learned[rows],
        sigma=sigma,
        n_obs=n_obs,
        df=n_obs - 1,
        session=session[rows],
        series=(np.arange(len(event)).astype(str) if series is None else series)[rows],
        phase=(np.full(len(event), "") if phase is None else phase)[rows],
    )


def _moments(estimation: Floats, n_obs: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of each row; the latter is 0 for less than three returns, or equal ones."""
    known = np.isfinite(estimation)
    mean = np.where(known, estimation, 0.0).sum(axis=1) / np.maximum(n_obs, 1)
    squares = (np.where(known, estimation - mean[:, None], 0.0) ** 2).sum(axis=1)
    sigma = np.sqrt(squares / np.maximum(n_obs - 1, 1))
    varies = (n_obs >= _FEWEST_OBS) & (sigma > np.abs(mean) * n_obs * np.finfo(np.float64).eps)
    return mean, np.where(varies, sigma, 0.0)
