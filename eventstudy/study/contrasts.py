"""Raises against folds in every series: one by one, and as a family under the same permutations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference import ContrastTest, family_permutation
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic
from eventstudy.study.averages import ALL, Group, market_events


def contrast(group: Group, test: ContrastTest, seed: int) -> tuple[Statistic, int] | None:
    """Return a test of raises against folds over the market events of a group, and how many events they hold.

    Parameters
    ----------
    group : Group
        The CARs of one series, or of the pool, whatever their stance.
    test : ContrastTest
        The test.
    seed : int
        Seed of its draws.

    Returns
    -------
    (Statistic, int), optional
        None where there is no raise or no fold.
    """
    merged = market_events(group)
    values = merged.z if test.of_z else merged.car
    kept = np.flatnonzero(np.isin(merged.stance, ["raise", "fold"]) & np.isfinite(values))
    is_raise = merged.stance[kept] == "raise"
    if not is_raise.any() or is_raise.all():
        return None
    return test.function(values[kept], is_raise, merged.phase[kept], seed), merged.n_events(kept)


def contrast_families(
    groups: Sequence[Group], tests: Mapping[str, ContrastTest], seed: int
) -> dict[tuple[str, str, str], float]:
    """Return p-values of raises against folds that hold over all series, by series, window and test.

    Parameters
    ----------
    groups : sequence of Group
        Every group of a study; those of all stances of single series are looked at.
    tests : mapping of str to ContrastTest
        The tests.
    seed : int
        Seed of their draws.

    Notes
    -----
    Labels are permuted over events merged once more: two events that share a session in any series are one here, so
    that one dealing of labels is a dealing in every series. Of a series that met such an event on two sessions the mean
    is taken.
    """
    families: dict[str, list[Group]] = {}
    for group in groups:
        if group.stance == ALL and group.series != ALL:
            families.setdefault(group.window, []).append(group)
    found: dict[tuple[str, str, str], float] = {}
    for window, family in families.items() if tests else ():
        merged = _merged(family)
        for name, test in tests.items():
            values = merged.z if test.of_z else merged.car
            p_values = family_permutation(values, merged.is_raise, merged.phase, seed)
            found |= {(group.series, window, name): float(p) for group, p in zip(family, p_values, strict=True)}
    return found


@dataclass(frozen=True, eq=False)
class _Merged:
    """Net raises and folds over all series, N of them in S series: z and CARs (N, S), labels and phases (N,)."""

    car: Floats
    z: Floats
    is_raise: NDArray[np.bool_]
    phase: NDArray[np.str_]


def _merged(family: Sequence[Group]) -> _Merged:
    """Merge events that share a session in any series, however far the chain of them reaches."""
    ids, event = np.unique(np.concatenate([group.event for group in family]), return_inverse=True)
    series = np.repeat(np.arange(len(family)), [len(group.event) for group in family])
    piece = _pieces(event, series, np.concatenate([group.session for group in family]), len(ids))[event]
    n = int(piece.max()) + 1
    label = np.concatenate([group.label for group in family])
    raised, folded = (np.bincount(piece, weights=label == stance, minlength=n) > 0 for stance in ("raise", "fold"))
    _, first = np.unique(piece, return_index=True)
    kept = raised ^ folded
    figures = []
    for name in ("car", "z"):
        values = np.concatenate([getattr(group, name) for group in family])
        known = np.isfinite(values)
        cell = (piece * len(family) + series)[known]
        size = n * len(family)
        counts = np.bincount(cell, minlength=size)
        sums = np.bincount(cell, weights=values[known], minlength=size)
        means = np.divide(sums, counts, out=np.full(size, np.nan), where=counts > 0)
        figures.append(means.reshape(n, len(family))[kept])
    phase = np.concatenate([group.phase for group in family])[first]
    return _Merged(figures[0], figures[1], raised[kept], phase[kept])


def _pieces(
    event: NDArray[np.intp], series: NDArray[np.int64], session: NDArray[np.int64], n_events: int
) -> NDArray[np.int64]:
    """Return a number of each event, shape (n_events,); a chain of shared sessions makes it the same.

    Every event takes the least number among the events of its sessions, over and over until none changes.
    """
    of_session = np.unique(series * (session.max() + 1) + session, return_inverse=True)[1]
    piece = np.arange(n_events)
    while True:
        least, least_there = piece.copy(), np.full(int(of_session.max()) + 1, n_events)
        np.minimum.at(least_there, of_session, piece[event])
        np.minimum.at(least, event, least_there[of_session])
        if (least == piece).all():
            return np.unique(piece, return_inverse=True)[1]
        piece = least[least]
