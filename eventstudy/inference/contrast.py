"""Raise minus fold: whether the market moves differently when the stakes are raised."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from eventstudy.returns import Floats
from eventstudy.statistic import Statistic, undefined

NULL_LABELS = "within each phase, which events are raises and which are folds makes no difference"

#: Up to this many assignments of labels all are looked at; beyond, a seeded sample is drawn.
MOST_ASSIGNMENTS = 50_000

_DRAWS = 9_999


def label_permutation(
    values: Floats, is_raise: NDArray[np.bool_], phases: NDArray[np.str_], seed: int = 0
) -> Statistic:
    """Test the mean over raises less the mean over folds by permuting the labels within phases.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One CAR a market event.
    is_raise : ndarray of bool, shape (N,)
        True for a raise, False for a fold.
    phases : ndarray of str, shape (N,)
        Phase of each event; labels are only exchanged inside a phase, because reactions change sign between phases.
    seed : int
        Seed of the draws, where there are too many assignments to look at all.

    Returns
    -------
    Statistic
        The difference of means; law "permutation", df the number of assignments looked at. NaN with a note where there
        is no raise or no fold, or every phase has only one of them.

    Notes
    -----
    Exact: ``p = #{|d*| >= |d|} / all``, the observed assignment among them. Sampled: ``(1 + #) / (draws + 1)``.

    Examples
    --------
    >>> raised = np.array([True, True, False, False])
    >>> label_permutation(np.array([4.0, 3.0, 1.0, 2.0]), raised, np.array(["a"] * 4)).p_value
    0.3333333333333333
    """
    n, n_raise = len(values), int(is_raise.sum())
    if n_raise in {0, n}:
        return undefined("label_permutation", NULL_LABELS, n, n, "needs raises and folds")
    strata = [np.flatnonzero(phases == phase) for phase in np.unique(phases)]
    n_assignments = math.prod(math.comb(len(rows), int(is_raise[rows].sum())) for rows in strata)
    if n_assignments == 1:
        return undefined("label_permutation", NULL_LABELS, n, n, "no phase has both raises and folds")
    observed = float(values[is_raise].mean() - values[~is_raise].mean())
    # Differences that only rounding sets apart from the observed one are as large as it.
    at_least = abs(observed) - 1e-12 * float(np.abs(values - values.mean()).max())
    if n_assignments <= MOST_ASSIGNMENTS:
        differences = _differences(values, _assignments(is_raise, strata))
        p, note = float(np.mean(np.abs(differences) >= at_least)), ""
    else:
        differences = _differences(values, _draws(is_raise, strata, seed))
        p = float((1 + np.count_nonzero(np.abs(differences) >= at_least)) / (_DRAWS + 1))
        note = f"{_DRAWS} draws of {n_assignments} assignments"
    return Statistic("label_permutation", observed, "permutation", len(differences), p, NULL_LABELS, n, n, note)


def _differences(values: Floats, labels: NDArray[np.bool_]) -> Floats:
    """Mean over raises less mean over folds under each assignment, shape (B,)."""
    # Centred, so that the difference keeps its digits beside a large common level.
    centred = values - values.mean()
    n_raise = labels.sum(axis=1)
    raised = labels @ centred
    return np.asarray(raised / n_raise - (centred.sum() - raised) / (len(values) - n_raise))


def _assignments(is_raise: NDArray[np.bool_], strata: list[NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Every way to deal the labels out again inside the strata, shape (B, N)."""
    choices = [[list(c) for c in combinations(rows, int(is_raise[rows].sum()))] for rows in strata]
    raised = [[row for rows in choice for row in rows] for choice in product(*choices)]
    labels = np.zeros((len(raised), len(is_raise)), dtype=bool)
    labels[np.arange(len(raised))[:, None], np.array(raised)] = True
    return labels


def _draws(is_raise: NDArray[np.bool_], strata: list[NDArray[np.int64]], seed: int) -> NDArray[np.bool_]:
    """Random ways to deal the labels out again inside the strata, shape (B, N)."""
    rng = np.random.default_rng(seed)
    labels = np.tile(is_raise, (_DRAWS, 1))
    for rows in strata:
        labels[:, rows] = rng.permuted(labels[:, rows], axis=1)
    return labels
