"""Ranks of values in their rows, equal ones sharing the mean of theirs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats

Places = NDArray[np.intp]

#: Up to so many values a row, whole numbers of 32 bits tell nearly all of them apart.
_FEW = 512

#: Values ranked at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 18


class Tied(NamedTuple):
    """Values that are equal to others of their row, E of them, shape (E,) each.

    Parameters
    ----------
    row, place : ndarray of int
        Where each stands, rows being in rising order.
    first, last : ndarray of int
        The first and the last place of its equals.
    """

    row: Places
    place: Places
    first: Places
    last: Places


class Ranked(NamedTuple):
    """Rows of values in rising order, missing ones last: columns and mid-ranks, shape (N, T) both.

    Parameters
    ----------
    column : ndarray of int
        Where each value comes from.
    rank : ndarray
        Their ranks in their row, from 1 up; NaN where missing.
    tied : Tied
        Which values are equal.
    """

    column: Places
    rank: Floats
    tied: Tied

    def column_sums(self, divisor: NDArray[np.int64]) -> Floats:
        """Return ``Σ_i (rank_it/divisor_i - ½)`` over the rows that have a value in column t, shape (T,)."""
        u = self.rank * (1.0 / divisor)[:, None]
        u -= 0.5
        if np.isnan(u[:, -1:]).any():
            u[np.isnan(u)] = 0.0
        return np.asarray(np.bincount(self.column.ravel(), weights=u.ravel(), minlength=u.shape[1]))

    def among_first(self, n: int) -> Ranked:
        """Return the ranks that the values of the first n columns have among themselves; the others' mean nothing."""
        other = self.column >= n
        below = np.cumsum(other, axis=1, dtype=np.int32)
        rank, (row, place, first, last) = self.rank - below, self.tied
        # Of the others that are equal, half count as below.
        beside = below[row, last] - below[row, first] + other[row, first]
        rank[row, place] = self.rank[row, place] - below[row, last] + beside / 2
        return Ranked(self.column, rank, self.tied)


class RankSums(NamedTuple):
    """Sums over N CARs of centred mid-ranks ``U = rank/(1 + number of values) - ½``, session by session.

    Parameters
    ----------
    together : ndarray, shape (L + n,)
        Among all residuals and abnormal returns of the CAR; those of the span follow the estimation window's.
    residual : ndarray, shape (L,)
        Of the residuals among themselves, as if they were one more.
    """

    together: Floats
    residual: Floats


def rank_sums(residual: Floats, ar: Floats) -> RankSums:
    """Rank the abnormal returns of each CAR, and sum over CARs.

    Parameters
    ----------
    residual : ndarray, shape (N, L)
        Those of the estimation window; NaN where missing.
    ar : ndarray, shape (N, n)
        Those of the span; NaN where missing.
    """
    length, n = residual.shape[1], ar.shape[1]
    step, total = max(_AT_ONCE // max(length + n, 1), 1), np.zeros(2 * length + n)
    for start in range(0, len(residual), step):
        block = slice(start, start + step)
        found = ranked(np.concatenate([residual[block], ar[block]], axis=1))
        n_residual, n_ar = (np.count_nonzero(np.isfinite(part[block]), axis=1) for part in (residual, ar))
        total[: length + n] += found.column_sums(n_residual + n_ar + 1)
        total[length + n :] += found.among_first(length).column_sums(n_residual + 2)[:length]
    return RankSums(total[: length + n], total[length + n :])


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
    column, equal = _packed_order(values, known)
    row, place = _where(equal)
    apart = values[row, column[row, place]] != values[row, column[row, place + 1]]
    if apart.any():
        unsure = np.unique(row[apart])
        column[unsure], equal[unsure] = _exact_order(np.where(known[unsure], values[unsure], np.nan))
    return _placed(column, equal, known)


def _placed(column: Places, equal: NDArray[np.bool_], known: NDArray[np.bool_]) -> Ranked:
    """Give rising values their mid-ranks, from which of them are equal to the next one."""
    tied, rank = _tied(*_where(equal)), np.broadcast_to(np.arange(1.0, column.shape[1] + 1), column.shape)
    if len(tied.row) or not known.all():
        rank = np.where(rank <= np.count_nonzero(known, axis=1)[:, None], rank, np.nan)
        rank[tied.row, tied.place] = (tied.first + tied.last) / 2 + 1
    return Ranked(column, rank, tied)


def _exact_order(values: Floats) -> tuple[Places, NDArray[np.bool_]]:
    """Return the columns of each row in rising order, and which values are equal to the next one."""
    column = np.argsort(values, axis=1)
    rising = np.take_along_axis(values, column, axis=1)
    return column, rising[:, 1:] == rising[:, :-1]


def _packed_order(values: Floats, known: NDArray[np.bool_]) -> tuple[Places, NDArray[np.bool_]]:
    """Return the columns of each row in rising order, and which values may be equal to the next one.

    Each row is put on a scale of whole numbers, which leave their last bits to the columns, and these are sorted: that
    is several times as fast as to sort columns by values. Where two values come to one number their order is in doubt.
    """
    n, kind = values.shape[1], np.int32 if values.shape[1] <= _FEW else np.int64
    n_bits = max(n - 1, 1).bit_length()
    top = (1 << min(np.iinfo(kind).bits - 1 - n_bits, 52)) - 1  # above all that is known
    keys = _scaled(values, top, kind)
    keys[~known] = top
    keys <<= n_bits
    keys |= np.arange(n).astype(kind)
    keys.sort(axis=1)
    column = (keys & ((1 << n_bits) - 1)).astype(np.intp)
    keys >>= n_bits
    return column, (keys[:, 1:] == keys[:, :-1]) & (keys[:, 1:] < top)


def _scaled(values: Floats, top: int, kind: type[np.int32 | np.int64]) -> NDArray[np.int32 | np.int64]:
    """Return each row as whole numbers below the top one; all 0 where its values are too near or too far apart."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        low = np.fmin.reduce(values, axis=1)
        scale = (top - 2) / (np.fmax.reduce(values, axis=1) - low)
        scaled = values - low[:, None]
        scaled *= np.where(np.isfinite(scale), scale, 0.0)[:, None]
        return np.asarray(scaled.astype(kind))


def _where(equal: NDArray[np.bool_]) -> tuple[Places, Places]:
    """Return rows and places of what is true; of few in a large array faster than to ask for both at once."""
    row, place = np.divmod(np.flatnonzero(equal), max(equal.shape[1], 1))
    return row, place


def _tied(row: Places, place: Places) -> Tied:
    """Gather runs of equal values from the places of those that are equal to the next one."""
    begins = np.ones(len(row), dtype=bool)
    begins[1:] = (row[1:] != row[:-1]) | (place[1:] != place[:-1] + 1)
    n = np.diff(np.append(np.flatnonzero(begins), len(row))) + 1
    first = np.repeat(place[begins], n)
    after = np.arange(len(first)) - np.repeat(np.cumsum(n) - n, n)
    return Tied(np.repeat(row[begins], n), first + after, first, first + np.repeat(n - 1, n))


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
    known = np.isfinite(values)
    found, ranks = _placed(*_exact_order(np.where(known, values, np.nan)), known), np.empty(values.shape)
    np.put_along_axis(ranks, found.column, found.rank, axis=1)
    return ranks
