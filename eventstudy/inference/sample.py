"""What every test of a mean needs to know about N CARs over one window."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.inference.among_residuals import AmongResiduals, among_residuals
from eventstudy.inference.correlation import MeanCorrelation, mean_correlation
from eventstudy.inference.date_blocks import DateBlocks, Places, date_blocks
from eventstudy.inference.ranked import RankSums, rank_sums
from eventstudy.inference.residual_pairs import ResidualPairs
from eventstudy.markets.stamp import Dates
from eventstudy.returns import Floats
from eventstudy.window import Window


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
        Dates of those sessions; NaT outside the sample. (K, n) where `date_row` says which row each CAR has.
    residual : ndarray, shape (N, L)
        Estimation residuals in the unit of the returns, one column a session of event time; NaN where unused.
    residual_session : ndarray of datetime64[D], shape (N, L)
        Their dates; NaT where unused. (K, L) where there is a `date_row`.
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
    date_row : ndarray of int, shape (N,), optional
        The row of `tau_session` and `residual_session` that each CAR has, for the many that have the same dates;
        default each its own.

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
    date_row: NDArray[np.intp] | None = None

    def __post_init__(self) -> None:
        one, n_rows = self.car.shape, len(self) if self.date_row is None else len(self.tau_session)
        shapes = dict.fromkeys(("scar", "sigma", "n_obs", "df", "session", "series", "phase"), one)
        shapes |= dict.fromkeys(("ar", "sar"), (len(self), self.span.n_sessions))
        shapes |= {"residual": (len(self), *self.residual.shape[1:]), "tau_session": (n_rows, self.span.n_sessions)}
        shapes |= {"residual_session": (n_rows, *self.residual.shape[1:])}
        shapes |= {} if self.date_row is None else {"date_row": one}
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
    def known(self) -> NDArray[np.bool_]:
        """The sessions of the estimation window that have a residual, shape (N, L)."""
        return np.isfinite(self.residual)

    @cached_property
    def n_known(self) -> NDArray[np.intp]:
        """Number of residuals of each CAR."""
        return np.asarray(np.count_nonzero(self.known, axis=1))

    @cached_property
    def n_each(self) -> NDArray[np.intp]:
        """Number of residuals of each session of the estimation window, shape (L,)."""
        return np.asarray(np.count_nonzero(self.known, axis=0))

    @cached_property
    def complete(self) -> Floats:
        """The residuals, 0 where there is none."""
        return self.residual if self.known.all() else np.where(self.known, self.residual, 0.0)

    def window_dates(self, cars: Places | slice = slice(None)) -> Dates:
        """Return the dates of the windows of some CARs, shape (any, n)."""
        return self.tau_session[cars if self.date_row is None else self.date_row[cars], self.inside]

    def residual_dates(self, cars: Places | slice = slice(None)) -> Dates:
        """Return the dates of the residuals of some CARs, shape (any, L)."""
        return self.residual_session[cars if self.date_row is None else self.date_row[cars]]

    @cached_property
    def blocks(self) -> DateBlocks:
        """The CARs whose event session, windows and residuals lie on the same dates."""
        if self.n_dates == len(self):
            return DateBlocks(np.arange(len(self)), np.arange(len(self)))
        used, row = np.arange(len(self)), np.arange(len(self))
        if self.date_row is not None:
            used, row = np.unique(self.date_row, return_inverse=True)
        dates = np.concatenate([self.tau_session[used, self.inside], self.residual_session[used]], axis=1)
        return date_blocks(self.session, dates, row, self.known)

    @cached_property
    def windows_meet(self) -> bool:
        """Whether two of the windows share a date."""
        days = self.window_dates(self.blocks.first)
        return len(self.blocks) < len(self) or len(np.unique(days)) < days.size

    @cached_property
    def dates_meet(self) -> bool:
        """Whether windows of different event sessions share a date."""
        if self.window.n_sessions == 1:
            return False
        first = self.blocks.first
        days = self.window_dates(first).astype(np.int64)
        here = np.unique(days * self.n_dates + self.date_index[first, None])
        return len(np.unique(days)) < len(here)

    @cached_property
    def correlation(self) -> MeanCorrelation:
        """The mean correlation of the CARs, found once for every test that asks."""
        return mean_correlation(self)

    @cached_property
    def rank_sums(self) -> RankSums:
        """The ranks of residuals and abnormal returns, summed over CARs."""
        return rank_sums(self.residual, self.ar)

    @cached_property
    def among_residuals(self) -> AmongResiduals:
        """The place of each ``SCAR/sd(SCAR)`` among its standardised residuals."""
        scar, residual = self.scar / np.std(self.scar, ddof=1), self.residual / self.sigma[:, None]
        return among_residuals(scar, residual, self.n_known)

    def by_date(self) -> tuple[Floats, NDArray[np.int64]]:
        """Return sum and number of the CARs of each date, shape (n_dates,) both."""
        sums = np.asarray(np.bincount(self.date_index, weights=self.car), dtype=np.float64)
        return sums, np.bincount(self.date_index).astype(np.int64)
