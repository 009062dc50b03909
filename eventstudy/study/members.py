"""The market events of a series beside the days without news on which its placebo dates may fall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import ENOUGH, independent_windows
from eventstudy.markets.stamp import Dates
from eventstudy.matching import Matches
from eventstudy.news.stance import STANCES
from eventstudy.returns import Floats
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.placebos import PairPlacebos
from eventstudy.study.tables import used_rows


@dataclass(frozen=True, eq=False)
class SeriesNews:
    """The market events of one series: events that share a session are one, under their net stance.

    Parameters
    ----------
    s : int
        Position of the series.
    position : ndarray of int64, shape (m,)
        Event sessions, ascending.
    first : ndarray of int64, shape (m,)
        The first event of each session, by its position among the events.
    stance : ndarray of str, shape (m,)
        Net stances.
    """

    s: int
    position: NDArray[np.int64]
    first: NDArray[np.int64]
    stance: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class Member:
    """One series over one window among the series that share their placebo dates.

    Parameters
    ----------
    news : SeriesNews
        Its market events, m of them.
    w : int
        Which of the design's windows.
    known : ndarray of bool, shape (m,)
        Which of them have a z.
    z, car : ndarray, shape (m,)
        Their volatility-scaled CARs and their CARs.
    per_unit : ndarray, shape (m,)
        What a CAR of one adds to z: ``1 / (σ √n)``.
    n_obs : ndarray, shape (m,)
        Estimation returns behind each; infinite where the model estimates nothing.
    lines : ndarray, shape (2, A)
        z and CAR on the admissible sessions.
    """

    news: SeriesNews
    w: int
    known: NDArray[np.bool_]
    z: Floats
    car: Floats
    per_unit: Floats
    n_obs: Floats
    lines: Floats

    @property
    def groups(self) -> NDArray[np.bool_]:
        """Which market events are in each group but the contrast, shape (4, m)."""
        return np.stack([*(self.known & (self.news.stance == name) for name in STANCES), self.known])

    def worth(self, n: int, reach: int) -> Floats:
        """Return how many independent windows each group is worth, shape (4,), for windows of n sessions.

        `reach` is the number of sessions of the estimation window.
        """
        of_groups = [(self.news.position[group], self.n_obs[group]) for group in self.groups]
        return np.array([independent_windows(p, n, float(m.mean()) if len(m) else 1.0, reach) for p, m in of_groups])


def series_news(matches: Matches, s: int) -> SeriesNews:
    """Merge the used events of one series by session."""
    rows, at = used_rows(matches, s)
    position, first, group = np.unique(at, return_index=True, return_inverse=True)
    stances = matches.stances[rows, s]
    raised, folded = (np.bincount(group, weights=stances == name) > 0 for name in ("raise", "fold"))
    net = np.select([raised & folded, raised, folded], ["mixed", "raise", "fold"], "hold")
    return SeriesNews(s, position, rows[first], net)


def shared_members(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    windows: Sequence[int],
    series: Sequence[int] | None = None,
) -> tuple[tuple[Member, ...], Dates]:
    """Return the series that share enough admissible sessions, and these sessions.

    The series with most of them come first; one that would leave the others too few in common stays out.

    Parameters
    ----------
    matches, estimates
        The study.
    windows : sequence of int
        Which of the design's windows; on the common sessions every one of them has a z.
    series : sequence of int, optional
        Which series; default all that have a used event.

    Returns
    -------
    members : tuple of Member
        Series after series, their windows in order.
    days : ndarray of datetime64[D], shape (A,)
        The common sessions.
    """
    asked = np.flatnonzero(matches.used.any(axis=0)).tolist() if series is None else series
    sessions = {s: _admissible(estimates[s], windows) for s in asked}
    dates = {s: estimates[s].history.sessions[at] for s, at in sessions.items() if len(at) >= ENOUGH}
    common: list[int] = []
    days: Dates = np.empty(0, dtype="datetime64[D]")
    for s in sorted(dates, key=lambda s: -len(dates[s])):
        shared = np.intersect1d(days, dates[s]) if common else dates[s]
        if len(shared) >= ENOUGH:
            common, days = [*common, s], shared
    return tuple(_member(series_news(matches, s), estimates[s], w, days) for s in sorted(common) for w in windows), days


def _admissible(estimate: SeriesEstimate, windows: Sequence[int]) -> NDArray[np.int64]:
    """Return the sessions on which every window has a z; with too few of them, those with an echo of the events too."""
    has_z = np.isfinite(estimate.z[:, list(windows)]).all(axis=1)
    quiet = np.flatnonzero(estimate.quiet & has_z)
    return quiet if len(quiet) >= ENOUGH else np.flatnonzero(estimate.free & has_z)


def _member(news: SeriesNews, estimate: SeriesEstimate, w: int, days: Dates) -> Member:
    at = np.searchsorted(estimate.history.sessions, days)
    z, car = estimate.z[:, w], estimate.cumulative[w].car
    of_events = z[news.position]
    return _made(news, estimate, w, of_events, np.stack([z[at], car[at]]))


def short_member(news: SeriesNews, estimate: SeriesEstimate, w: int, placebos: PairPlacebos) -> Member:
    """Return a series with too few admissible sessions; the scaled residuals of its first event serve as its line."""
    of_events = placebos.of(news.s, w, news.position).z
    line = placebos[int(news.first[0]), news.s, w].draws
    return _made(news, estimate, w, of_events, np.stack([line, np.full(len(line), np.nan)]))


def _made(news: SeriesNews, estimate: SeriesEstimate, w: int, z: Floats, lines: Floats) -> Member:
    car, n_obs = estimate.cumulative[w].car[news.position], learned(estimate, news.position)
    return Member(news, w, np.isfinite(z), z, car, _per_unit(z, car), n_obs, lines)


def learned(estimate: SeriesEstimate, position: NDArray[np.int64]) -> Floats:
    """Return the estimation returns behind the normal return of each session; infinite where nothing is estimated."""
    n_obs = estimate.fits.n_obs[position].astype(np.float64)
    return np.asarray(n_obs) if estimate.fits.form == "ols" else np.full(len(n_obs), np.inf)


def _per_unit(z: Floats, car: Floats) -> Floats:
    """Return ``1 / (σ √n)`` of each event; a CAR of exactly zero does not tell, and takes the mean of the others."""
    known = np.isfinite(z) & (car != 0)
    if not known.any():
        return np.full(len(z), np.nan)
    per_unit = np.divide(z, car, out=np.full(len(z), np.nan), where=known)
    return np.asarray(np.where(known, per_unit, per_unit[known].mean()))
