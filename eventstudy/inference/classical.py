"""The t of the mean CAR over events: plain, corrected for skewness, and over clusters."""

from __future__ import annotations

import math

import numpy as np

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import (
    NULL_MEAN,
    by_t,
    dates_too_close,
    dispersion,
    none,
    too_close,
    why_no_dispersion,
)
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

_FEWEST_FOR_SKEWNESS = 3


def cross_section_t(sample: EventSample) -> Statistic:
    """Test the mean CAR against its own dispersion over events.

    Parameters
    ----------
    sample : EventSample
        The CARs, N of them.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than two events or equal CARs.

    Notes
    -----
    ``t = √N mean(CAR) / sd(CAR)``, sd with N - 1. It takes CARs for independent: several series or events on one date
    make it reject too often, and the note then says so.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0]] * 3)
    >>> round(cross_section_t(sample_of_returns(estimation, np.array([[1.0], [2.0], [3.0]]))).value, 4)
    3.4641
    """
    note = too_close(sample, "date_clustered_t")
    return _t_of_mean(sample, "cross_section_t", sample.car, "events", note)


def date_clustered_t(sample: EventSample) -> Statistic:
    """Test the mean CAR after averaging all CARs that share an event date.

    Parameters
    ----------
    sample : EventSample
        The CARs.

    Returns
    -------
    Statistic
        Law t(n_dates - 1); NaN with a note for fewer than two dates.

    Notes
    -----
    The t of the means over dates. It needs many dates more than many series.

    References
    ----------
    Brown and Warner (1985), Using daily stock returns, Journal of Financial Economics 14 (cross-sectional dependence).

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> days = np.array(["2022-01-26", "2022-01-26", "2022-01-27"], dtype="datetime64[D]")
    >>> estimation, event = np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [3.0], [3.0]])
    >>> round(date_clustered_t(sample_of_returns(estimation, event, session=days)).value, 4)
    5.0
    """
    sums, counts = sample.by_date()
    return _t_of_mean(sample, "date_clustered_t", sums / counts, "dates", dates_too_close(sample))


def ibragimov_mueller_t(sample: EventSample) -> Statistic:
    """Test the mean CAR over a few coarse clusters, the episodes to which the events belong.

    Parameters
    ----------
    sample : EventSample
        The CARs.

    Returns
    -------
    Statistic
        Law t(q - 1) over the means of q episodes; NaN with a note where there are fewer than two.

    Notes
    -----
    Whatever the dependence and variance inside an episode: for levels up to 8.3 % the t of q independent, unequally
    noisy means rejects no more often than it says. Events whose episode has no name form one of their own.

    References
    ----------
    Ibragimov and Müller (2010), t-statistic based correlation and heterogeneity robust inference, Journal of Business
    and Economic Statistics 28.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation, event = np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [3.0], [3.0]])
    >>> sample = sample_of_returns(estimation, event, phase=np.array(["build-up", "build-up", "war"]))
    >>> round(ibragimov_mueller_t(sample).value, 4), ibragimov_mueller_t(sample).df
    (5.0, 1)
    """
    names, cluster = np.unique(sample.phase, return_inverse=True)
    means = np.bincount(cluster, weights=sample.car) / np.bincount(cluster) if len(sample) else sample.car
    nameless = len(names) > 1 and bool((names == "").any())
    note = f"means of {len(names)} episodes" + (", the events without one among them" if nameless else "")
    return _t_of_mean(sample, "ibragimov_mueller_t", means, "episodes (phases of the events)", note)


def skewness_adjusted_t(sample: EventSample) -> Statistic:
    """Test the mean CAR with the t corrected for the skewness of the CARs.

    Parameters
    ----------
    sample : EventSample
        The CARs, N of them.

    Returns
    -------
    Statistic
        Law t(N - 1); NaN with a note for fewer than three events.

    Notes
    -----
    ``√N (S + γS²/3 + γ²S³/27 + γ/(6N))`` with ``S = mean/sd`` and ``γ = N/((N-1)(N-2)) Σ((x - x̄)/sd)³``.

    References
    ----------
    Hall (1992), On the removal of skewness by transformation, Journal of the Royal Statistical Society B 54.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[1.0], [2.0], [3.0]]))
    >>> round(skewness_adjusted_t(sample).value, 4)  # without skewness the plain t
    3.4641
    """
    n, spread = len(sample), dispersion(sample.car)
    if n < _FEWEST_FOR_SKEWNESS or spread == 0:
        why = "needs at least three events" if n < _FEWEST_FOR_SKEWNESS else "all values are equal"
        return none(sample, "skewness_adjusted_t", NULL_MEAN, "t", why)
    mean = float(np.mean(sample.car))
    skewness = n / ((n - 1) * (n - 2)) * float(np.sum(((sample.car - mean) / spread) ** 3))
    s = mean / spread
    t = math.sqrt(n) * (s + skewness * s**2 / 3 + skewness**2 * s**3 / 27 + skewness / (6 * n))
    note = "; ".join(filter(None, [f"skewness {skewness:.2f}", too_close(sample, "date_clustered_t")]))
    return by_t(sample, "skewness_adjusted_t", NULL_MEAN, t, n - 1, note)


def _t_of_mean(sample: EventSample, test: str, values: Floats, what: str, note: str) -> Statistic:
    spread = dispersion(values)
    if spread == 0:
        return none(sample, test, NULL_MEAN, "t", why_no_dispersion(values, what))
    t = math.sqrt(len(values)) * float(np.mean(values)) / spread
    return by_t(sample, test, NULL_MEAN, t, len(values) - 1, note)
