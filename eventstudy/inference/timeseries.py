"""Tests whose yardstick is a time series: how much the average, or the portfolio, moves when there is no event."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.date_blocks import common_places, told_apart
from eventstudy.inference.residual_pairs import ENOUGH_SESSIONS
from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import NULL_MEAN, by_t, dates_too_close, dispersion, none
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

#: Why a test that needs every session of every window has no answer.
PARTIAL = "some CARs are partial, and this test needs every session of their windows"


def crude_dependence_t(sample: EventSample) -> Statistic:
    """Test the CAAR against how much the average residual moved from session to session in the estimation window.

    Parameters
    ----------
    sample : EventSample
        CARs and estimation residuals.

    Returns
    -------
    Statistic
        Law t(M - 1), M the estimation sessions on which there is a residual; NaN with a note where their average does
        not vary.

    Notes
    -----
    ``CAAR / (√n sd(AAR_τ))``, sd over the estimation window with M - 1, ``AAR_τ`` the mean over the N_τ residuals there
    are at τ. It keeps the correlation of series that share an event date; a rise of volatility at the event makes it
    reject too often.

    References
    ----------
    Brown and Warner (1980), Measuring security price performance, Journal of Financial Economics 8; (1985), Using
    daily stock returns, ibid. 14.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.array([[1.0, -1.0, 2.0, -2.0], [1.0, 1.0, -1.0, -1.0]])
    >>> round(crude_dependence_t(sample_of_returns(estimation, np.array([[4.0], [2.0]]))).value, 4)
    2.7775
    """
    if not sample.is_whole:
        return none(sample, "crude_dependence_t", NULL_MEAN, "t", PARTIAL)
    average = average_residual(sample)
    spread = dispersion(average)
    if spread == 0:
        return none(sample, "crude_dependence_t", NULL_MEAN, "t", "the average estimation residual does not vary")
    t = float(np.mean(sample.car)) / (math.sqrt(sample.window.n_sessions) * spread)
    return by_t(sample, "crude_dependence_t", NULL_MEAN, t, len(average) - 1, dates_too_close(sample))


def average_residual(sample: EventSample) -> Floats:
    """Return the mean estimation residual of each session of event time that has one, shape (M,)."""
    counts, sums = sample.n_each, sample.complete.sum(axis=0)
    return np.asarray(sums[counts > 0] / counts[counts > 0])


def calendar_time_t(sample: EventSample) -> Statistic:
    """Test the daily abnormal return of the portfolio of all series that are in an event window.

    Parameters
    ----------
    sample : EventSample
        Abnormal returns and estimation residuals, with their dates.

    Returns
    -------
    Statistic
        Law t(M - 1), M the fewest dates behind any of the volatilities; NaN with a note where no portfolio has 30.

    Notes
    -----
    On each of the D dates in any window the portfolio holds the pairs whose window has that date, equally weighted. Its
    abnormal return is divided by the volatility of *the same* portfolio over its members' estimation windows: the sd,
    with M - 1, of their mean residual on the dates on which all of them have one. ``t = Σ_d AR_d/σ_d / √D``. The event
    window's own dispersion is not used. Overlapping windows and series that share dates are one observation a date, so
    neither is counted twice; a rise of volatility at the event makes it reject too often.

    References
    ----------
    Jaffe (1974), Special information and insider trading, Journal of Business 47. Mandelker (1974), Risk and return:
    the case of merging firms, Journal of Financial Economics 1.

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> estimation = np.tile([1.0, -1.0, 2.0, -2.0], (2, 10))
    >>> sample = sample_of_returns(estimation, np.array([[4.0, 2.0], [1.0, 1.0]]))
    >>> round(calendar_time_t(sample).value, 4), calendar_time_t(sample).df
    (2.498, 39)
    """
    if not sample.is_whole:
        return none(sample, "calendar_time_t", NULL_MEAN, "t", PARTIAL)
    held = _portfolios(sample)
    usable = (held.n_dates >= ENOUGH_SESSIONS) & (held.spread > 0)
    days = usable[held.of_day]
    if not days.any():
        why = f"no portfolio has {ENOUGH_SESSIONS} estimation sessions on which all its members have a residual"
        return none(sample, "calendar_time_t", NULL_MEAN, "t", why)
    t = math.fsum(held.returns[days] / held.spread[held.of_day[days]]) / math.sqrt(np.count_nonzero(days))
    note = f"{np.count_nonzero(days)} calendar dates"
    if not days.all():
        left_out = np.count_nonzero(~days)
        note += f"; {left_out} left out, without {ENOUGH_SESSIONS} common estimation sessions"
    return by_t(sample, "calendar_time_t", NULL_MEAN, t, int(held.n_dates[usable].min()) - 1, note)


class _Portfolios(NamedTuple):
    """The P distinct portfolios of D days.

    Parameters
    ----------
    returns : ndarray, shape (D,)
        Abnormal return of each day.
    of_day : ndarray of int, shape (D,)
        Which portfolio was held.
    spread : ndarray, shape (P,)
        Standard deviation of each one's past.
    n_dates : ndarray of int, shape (P,)
        Number of dates of that.
    """

    returns: Floats
    of_day: NDArray[np.intp]
    spread: Floats
    n_dates: NDArray[np.intp]


def _portfolios(sample: EventSample) -> _Portfolios:
    """Return the portfolio of each day in any window.

    CARs whose windows and residuals lie on the same dates are held together or not at all: each block is summed once.
    """
    blocks = sample.blocks
    days, place = np.unique(sample.window_dates(blocks.first), return_inverse=True)
    place = place.reshape(len(blocks), sample.window.n_sessions)
    held = np.zeros((len(days), len(blocks)), dtype=bool)
    held[place, np.arange(len(blocks))[:, None]] = True
    sums = np.bincount(place.ravel(), weights=blocks.sums(sample.ar[:, sample.inside]).ravel(), minlength=len(days))
    of_day = told_apart(np.packbits(held, axis=1))
    _, first, of_day = np.unique(of_day, return_index=True, return_inverse=True)
    past = blocks.sums(sample.residual)
    alone, n_alone = _dispersions(past / blocks.sizes[:, None])
    member = np.where(held[first], np.arange(len(blocks)), 0).max(axis=1, initial=0)
    spread, n_dates = alone[member], n_alone[member]
    learned = sample.residual_dates(blocks.first).astype(np.int64)
    for k in np.flatnonzero(held[first].sum(axis=1) > 1):
        members = np.flatnonzero(held[first[k]])
        history = _common_sums(past[members], learned[members]) / blocks.sizes[members].sum()
        spread[k], n_dates[k] = dispersion(history), len(history)
    return _Portfolios(sums / (held @ blocks.sizes), of_day, spread, n_dates)


def _dispersions(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Return the `dispersion` of each row over the values it has, and their number."""
    known = np.isfinite(values)
    n = known.sum(axis=1)
    mean = np.where(known, values, 0.0).sum(axis=1) / np.maximum(n, 1)
    away = np.where(known, values - mean[:, None], 0.0)
    spread = np.sqrt((away**2).sum(axis=1) / np.maximum(n - 1, 1))
    rounding = np.where(known, np.abs(values), 0.0).max(axis=1, initial=0.0) * n * np.finfo(np.float64).eps
    return np.where(spread > rounding, spread, 0.0), n


def _common_sums(values: Floats, days: NDArray[np.int64]) -> Floats:
    """Return the sums over all rows on the dates, ascending in each, on which each of them has a value."""
    known = np.isfinite(values)
    total, dates = values[0, known[0]], days[0, known[0]]
    for row, there in zip(range(1, len(values)), known[1:], strict=True):
        i, j = common_places(dates, days[row, there])
        total, dates = total[i] + values[row, there][j], dates[i]
    return np.asarray(total)
