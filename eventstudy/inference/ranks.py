"""Corrado's rank test: whether abnormal returns rank unusually high or low on the event sessions."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.sample import EventSample
from eventstudy.inference.verdict import by_normal, dates_too_close, none
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic

#: Mean ranks that vary less than this do not vary.
FLAT = 1e-12

#: Sorts after the bits of every finite number.
_LAST = np.iinfo(np.int64).max

NULL_RANK = "abnormal returns rank on the event sessions as on the others"


def rank_z(sample: EventSample) -> Statistic:
    """Test whether the window's abnormal returns rank high or low among all of their event's.

    Parameters
    ----------
    sample : EventSample
        Abnormal returns over the span and estimation residuals.

    Returns
    -------
    Statistic
        Law N(0, 1); NaN with a note where ranks do not vary from session to session.

    Notes
    -----
    Of each event, ``K = rank/(1 + M')`` over its M' estimation and event sessions that are there, mid-ranks, and
    ``U = K - ½``. A session of event time has the value ``Σ_i U_it/√N_t`` over the N_t events that have it, and the
    scale is ``s² =`` the mean of its square over all these sessions. The statistic is the sum of the window's n values
    over ``s√n``; each session has its own value. The scale keeps the correlation of series that share event dates.

    References
    ----------
    Corrado (1989), A nonparametric test for abnormal security-price performance, Journal of Financial Economics 23.
    Corrado and Zivney (1992), The specification and power of the sign test, Journal of Financial and Quantitative
    Analysis 27 (missing returns).

    Examples
    --------
    >>> from eventstudy.inference import sample_of_returns
    >>> sample = sample_of_returns(np.array([[1.0, -1.0, 2.0, -2.0]] * 3), np.array([[3.0], [1.5], [4.0]]))
    >>> round(rank_z(sample).value, 4)
    1.2056
    """
    returns = np.concatenate([sample.residual, sample.ar], axis=1)
    known = np.isfinite(returns)
    counts, n_values = known.sum(axis=0), known.sum(axis=1)
    values = ranked(returns).column_sums(1 + n_values) / np.sqrt(np.maximum(counts, 1))
    scale = math.sqrt(float(np.mean(values[counts > 0] ** 2))) if counts.any() else 0.0
    if scale < FLAT:
        return none(sample, "rank_z", NULL_RANK, "normal", "the ranks do not vary from session to session")
    inside = values[sample.residual.shape[1] :][sample.inside]
    z = float(inside.sum()) / (scale * math.sqrt(len(inside)))
    return by_normal(sample, "rank_z", NULL_RANK, z, dates_too_close(sample))


class Ranked(NamedTuple):
    """Rows of values in rising order, missing ones last: columns and mid-ranks, shape (N, T) both.

    Parameters
    ----------
    column : ndarray of int
        Where each value comes from.
    rank : ndarray
        Their ranks in their row, from 1 up; NaN where missing.
    """

    column: NDArray[np.int64]
    rank: Floats

    def column_sums(self, divisor: NDArray[np.int64]) -> Floats:
        """Return ``Σ_i (rank_it/divisor_i - ½)`` over the rows that have a value in column t, shape (T,)."""
        u = self.rank / divisor[:, None] - 0.5
        u[np.isnan(u)] = 0.0
        return np.asarray(np.bincount(self.column.ravel(), weights=u.ravel(), minlength=u.shape[1]))


def ranked(values: Floats) -> Ranked:
    """Put each row in order and rank it; equal values share the mean of their ranks.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        NaN where missing.

    Examples
    --------
    >>> ranked(np.array([[3.0, 1.0, np.nan, 3.0]])).rank
    array([[1. , 2.5, 2.5, nan]])
    """
    known = np.isfinite(values)
    column, in_doubt = _packed_order(values, known)
    place = np.arange(1.0, values.shape[1] + 1)
    rank = np.where(place <= known.sum(axis=1)[:, None], place, np.nan)
    if len(in_doubt):
        doubtful = np.where(known[in_doubt], values[in_doubt], np.nan)
        column[in_doubt] = np.argsort(doubtful, axis=1)
        rank[in_doubt] += _shared(np.take_along_axis(doubtful, column[in_doubt], axis=1))
    return Ranked(column, rank)


def _packed_order(values: Floats, known: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """Return the columns of each row in rising order, and the rows for which that is in doubt.

    Whole numbers in the order of the floats are sorted, the column in place of their last bits: twice as fast as to
    sort the columns by the values. In doubt are rows of which two values differ in those bits at most.
    """
    n_bits = max(values.shape[1] - 1, 1).bit_length()
    keys = (values + 0.0).view(np.int64)  # minus zero becomes zero
    keys ^= (keys >> 63) & _LAST  # the more negative of two floats has the larger bits
    keys[~known] = _LAST
    keys &= -(1 << n_bits)
    keys |= np.arange(values.shape[1])
    keys.sort(axis=1)
    column = keys & ((1 << n_bits) - 1)
    keys >>= n_bits
    near = (keys[:, 1:] == keys[:, :-1]) & (keys[:, 1:] < _LAST >> n_bits)
    return column, np.flatnonzero(near.any(axis=1))


def _shared(rising: Floats) -> Floats:
    """Return what the rank of each of some rising values gains or loses by sharing it with its equals."""
    place = np.broadcast_to(np.arange(rising.shape[1]), rising.shape)
    begins = np.ones(rising.shape, dtype=bool)
    begins[:, 1:] = rising[:, 1:] != rising[:, :-1]
    ends = np.ones(rising.shape, dtype=bool)
    ends[:, :-1] = begins[:, 1:]
    first = np.maximum.accumulate(np.where(begins, place, 0), axis=1)
    last = np.minimum.accumulate(np.where(ends, place, rising.shape[1])[:, ::-1], axis=1)[:, ::-1]
    return np.asarray((first + last) / 2 - place)


def mid_ranks(values: Floats) -> Floats:
    """Rank each row from 1 up; equal values share the mean of their ranks.

    Parameters
    ----------
    values : ndarray, shape (N, T)
        NaN where missing.

    Returns
    -------
    ndarray, shape (N, T)
        Ranks among the values that are there; NaN where missing.

    Examples
    --------
    >>> mid_ranks(np.array([[3.0, 1.0, np.nan, 3.0]]))
    array([[2.5, 1. , nan, 2.5]])
    """
    found = ranked(values)
    ranks = np.empty(values.shape)
    np.put_along_axis(ranks, found.column, found.rank, axis=1)
    return ranks
