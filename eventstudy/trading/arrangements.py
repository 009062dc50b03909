"""Holding periods put elsewhere at random: the same lengths, the same overlaps, other dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.trading.fills import Ints


@dataclass(frozen=True, eq=False)
class Clusters:
    """Holding periods that overlap hang together.

    Parameters
    ----------
    cluster, offset : ndarray of int64, shape (K,)
        The cluster of each holding period, and how far behind the cluster's beginning it begins.
    length : ndarray of int64, shape (C,)
        Steps from the beginning of each cluster to its end.
    """

    cluster: Ints
    offset: Ints
    length: Ints


def clusters(first: Ints, last: Ints) -> Clusters:
    """Group holding periods that overlap.

    Parameters
    ----------
    first, last : ndarray of int64, shape (K,)
        Where each begins and, at least one step later, ends; one may begin where another ends without overlapping it.

    Returns
    -------
    Clusters
        In order of time.

    Examples
    --------
    >>> found = clusters(np.array([0, 2, 5]), np.array([5, 4, 9]))
    >>> found.cluster, found.offset, found.length
    (array([0, 0, 1]), array([0, 2, 0]), array([5, 4]))
    """
    order = np.argsort(first, kind="stable")
    reached = np.maximum.accumulate(last[order])
    opens = np.concatenate([[True], first[order][1:] >= reached[:-1]])
    number = np.cumsum(opens) - 1
    cluster = np.empty(len(first), dtype=np.int64)
    cluster[order] = number
    begins = first[order][opens]
    ends = np.full(len(begins), -1, dtype=np.int64)
    np.maximum.at(ends, number, last[order])
    return Clusters(cluster, first - begins[cluster], ends - begins)


def arrange(length: Ints, n_line: int, n_draws: int, rng: np.random.Generator) -> Ints:
    """Put clusters at random on a line, none over another.

    Parameters
    ----------
    length : ndarray of int64, shape (C,)
        Steps that each cluster takes.
    n_line : int
        Places of the line.
    n_draws : int
        Number of arrangements wanted.
    rng : numpy Generator
        Where chance comes from.

    Returns
    -------
    ndarray of int64, shape (B, C)
        Where each cluster begins. Every order and every arrangement is equally likely. A single cluster is put at
        each place there is once, or at `n_draws` of them if there are more. No rows where there is no room.
    """
    n, free = len(length), n_line - 1 - int(length.sum())
    if free < 0 or not n:
        return np.empty((0, n), dtype=np.int64)
    if n == 1:
        places = np.arange(free + 1, dtype=np.int64)
        chosen = places if len(places) <= n_draws else np.sort(rng.choice(places, n_draws, replace=False))
        return np.asarray(chosen[:, None])
    order = rng.permuted(np.tile(np.arange(n), (n_draws, 1)), axis=1)
    # Stars and bars: n distinct of free + n numbers, ascending, less their ranks, are n sorted gaps before clusters.
    picks = _distinct(free + n, n, n_draws, rng)
    taken = np.cumsum(length[order], axis=1) - length[order]
    begins = np.empty((n_draws, n), dtype=np.int64)
    np.put_along_axis(begins, order, picks - np.arange(n) + taken, axis=1)
    return begins


def _distinct(n: int, k: int, n_draws: int, rng: np.random.Generator) -> Ints:
    """Draw k distinct of n numbers, ascending, shape (n_draws, k): Floyd's way (Bentley and Floyd 1987, CACM 30)."""
    chosen = np.empty((k, n_draws), dtype=np.int64)
    for step in range(k):
        highest = n - k + step
        drawn = rng.integers(0, highest + 1, size=n_draws)
        chosen[step] = np.where((chosen[:step] == drawn).any(axis=0), highest, drawn)
    return np.sort(chosen.T, axis=1)
