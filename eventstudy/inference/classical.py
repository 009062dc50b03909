"""The classical tests of a mean abnormal return over events."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.statistic import Statistic, two_sided_t, undefined

NULL_MEAN = "the mean abnormal return is zero"


def cross_section_t(car: Floats, dates: NDArray[np.datetime64]) -> Statistic:
    """Test the mean CAR against its own dispersion over events.

    Parameters
    ----------
    car : ndarray, shape (N,)
        CARs, no NaN.
    dates : ndarray, shape (N,)
        Event sessions, to count the distinct ones.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events.

    Notes
    -----
    ``t = √N mean(CAR) / sd(CAR)``, sd with N - 1. It takes events for independent: several series or events on one date
    make it reject too often, and the note then says so.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8.

    Examples
    --------
    >>> car = np.array([0.01, 0.02, 0.03])
    >>> round(cross_section_t(car, np.arange(3).astype("datetime64[D]")).value, 4)
    3.4641
    """
    n_dates = len(np.unique(dates))
    note = "" if n_dates == len(car) else "several CARs share a date: rejects too often, see date_clustered_t"
    return _t_of_mean("cross_section_t", car, len(car), n_dates, note)


def date_clustered_t(car: Floats, dates: NDArray[np.datetime64]) -> Statistic:
    """Test the mean CAR after averaging all CARs that share an event date.

    Parameters
    ----------
    car : ndarray, shape (N,)
        CARs of events and series, no NaN.
    dates : ndarray, shape (N,)
        Event session of each.

    Returns
    -------
    Statistic
        Law t(n_dates - 1); NaN with a note for fewer than two dates.

    Notes
    -----
    The t of the means over dates. It needs many dates more than many series.

    Examples
    --------
    >>> days = np.array(["2022-01-26", "2022-01-26", "2022-01-27"], dtype="datetime64[D]")
    >>> round(date_clustered_t(np.array([0.01, 0.03, 0.03]), days).value, 4)
    5.0
    """
    unique, cluster = np.unique(dates, return_inverse=True)
    means = np.bincount(cluster, weights=car) / np.maximum(np.bincount(cluster), 1)
    return _t_of_mean("date_clustered_t", means, len(car), len(unique), "")


def _t_of_mean(test: str, values: Floats, n_cars: int, n_dates: int, note: str) -> Statistic:
    n = len(values)
    if n <= 1:
        return undefined(test, NULL_MEAN, n_cars, n_dates, "needs at least two dates")
    dispersion = float(np.std(values, ddof=1))
    if dispersion <= abs(float(np.mean(values))) * n * np.finfo(np.float64).eps:
        return undefined(test, NULL_MEAN, n_cars, n_dates, "all values are equal")
    t = math.sqrt(n) * float(np.mean(values)) / dispersion
    return Statistic(test, t, "t", n - 1, float(two_sided_t(t, n - 1)), NULL_MEAN, n_cars, n_dates, note)
