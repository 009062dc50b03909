"""Raise minus fold: whether the market moves differently when the stakes are raised than when they are folded."""

from __future__ import annotations

import math
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import step_down_p
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic, undefined

NULL_LABELS = "within each phase, which events are raises and which are folds makes no difference"

#: Up to this many assignments of labels all are looked at; beyond, a seeded sample is drawn.
MOST_ASSIGNMENTS = 50_000

_DRAWS = 9_999


def label_permutation(
    values: Floats,
    is_raise: NDArray[np.bool_],
    phases: NDArray[np.str_],
    seed: int = 0,
    labels: NDArray[np.bool_] | None = None,
) -> Statistic:
    """Test raises less folds, compared within phases, by permuting the labels within phases.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One CAR, or one z, a market event.
    is_raise : ndarray of bool, shape (N,)
        True for a raise, False for a fold.
    phases : ndarray of str, shape (N,)
        Phase of each event; labels are only exchanged inside a phase, because reactions change sign between phases.
    seed : int
        Seed of the draws, where there are too many assignments to look at all.
    labels : ndarray of bool, shape (B, N), optional
        What `dealt_labels` returned for the same events and seed, where several series are looked at.

    Returns
    -------
    Statistic
        The difference; law "permutation", df the number of assignments looked at. NaN with a note where there is no
        raise or no fold, or every phase has only one of them.

    Notes
    -----
    ``d = Σ_g w_g (mean of raises in g - mean of folds in g) / Σ_g w_g`` over the phases g that have both, with
    ``w_g = n_raise n_fold / (n_raise + n_fold)``: the slope of the values on the label beside a constant a phase. The
    levels of the phases cancel, so that many raises in a phase in which everything fell do not look like an effect of
    raising. With one phase it is the difference of the means.

    Exact: ``p = #{|d*| >= |d|} / all``, the observed assignment among them. Sampled: ``(1 + #) / (draws + 1)``.

    Examples
    --------
    >>> raised = np.array([True, True, False, False])
    >>> label_permutation(np.array([4.0, 3.0, 1.0, 2.0]), raised, np.array(["a"] * 4)).p_value
    0.3333333333333333
    """
    return _permuted("label_permutation", values, is_raise, phases, seed, labels)


def label_permutation_z(
    values: Floats,
    is_raise: NDArray[np.bool_],
    phases: NDArray[np.str_],
    seed: int = 0,
    labels: NDArray[np.bool_] | None = None,
) -> Statistic:
    """Test raises less folds in units of the volatility known the day before.

    Parameters
    ----------
    values : ndarray, shape (N,)
        One volatility-scaled CAR a market event.
    is_raise, phases, seed, labels
        As in `label_permutation`.

    Returns
    -------
    Statistic
        As of `label_permutation`.

    Notes
    -----
    The same formula on ``z = CAR / (σ √n)``: an event on the most nervous day of a crisis does not outweigh the others.

    Examples
    --------
    >>> raised = np.array([True, True, False, False])
    >>> label_permutation_z(np.array([2.0, 1.5, 0.5, 1.0]), raised, np.array(["a"] * 4)).p_value
    0.3333333333333333
    """
    return _permuted("label_permutation_z", values, is_raise, phases, seed, labels)


def dealt_labels(is_raise: NDArray[np.bool_], phases: NDArray[np.str_], seed: int = 0) -> NDArray[np.bool_]:
    """Return the ways to deal the labels out again inside the phases, shape (B, N): all, or draws of too many.

    Parameters
    ----------
    is_raise, phases, seed
        As in `label_permutation`.

    Examples
    --------
    >>> dealt_labels(np.array([True, False]), np.array(["a", "a"])).tolist()
    [[True, False], [False, True]]
    """
    strata = _strata(phases)
    if _n_assignments(is_raise, strata) <= MOST_ASSIGNMENTS:
        return _assignments(is_raise, strata)
    return _draws(is_raise, strata, seed)


def _permuted(
    test: str,
    values: Floats,
    is_raise: NDArray[np.bool_],
    phases: NDArray[np.str_],
    seed: int,
    labels: NDArray[np.bool_] | None,
) -> Statistic:
    n, n_raise = len(values), int(is_raise.sum())
    if n_raise in {0, n}:
        return undefined(test, NULL_LABELS, n, n, "needs raises and folds", "permutation")
    strata = _strata(phases)
    n_assignments = _n_assignments(is_raise, strata)
    if n_assignments == 1:
        return undefined(test, NULL_LABELS, n, n, "no phase has both raises and folds", "permutation")
    centred, weight = _centred(values, is_raise, strata)
    observed = float(centred[is_raise].sum() / weight)
    # Differences that only rounding sets apart from the observed one are as large as it.
    at_least = abs(observed) - 1e-12 * float(np.abs(centred).max())
    labels = dealt_labels(is_raise, phases, seed) if labels is None else labels
    differences = labels @ centred / weight
    n_reached, note = int(np.count_nonzero(np.abs(differences) >= at_least)), ""
    p = n_reached / len(labels)
    if n_assignments > MOST_ASSIGNMENTS:
        p, note = (1 + n_reached) / (_DRAWS + 1), f"{_DRAWS} draws of {n_assignments} assignments"
    return Statistic(test, observed, "permutation", len(differences), p, NULL_LABELS, n, n, note)


def family_permutation(values: Floats, is_raise: NDArray[np.bool_], phases: NDArray[np.str_], seed: int = 0) -> Floats:
    """Return p-values of raises less folds that hold for all series at once, from the same permutations in each.

    Parameters
    ----------
    values : ndarray, shape (N, S)
        One CAR, or one z, a market event and series; NaN where a series did not meet the event.
    is_raise, phases, seed
        As in `label_permutation`.

    Returns
    -------
    ndarray, shape (S,)
        Step-down max of ``|d_s|``, each divided by its standard deviation over the permutations; NaN for a series
        without raises and folds in one phase.

    References
    ----------
    Westfall and Young (1993), Resampling-Based Multiple Testing.
    """
    strata = _strata(phases)
    n_assignments = _n_assignments(is_raise, strata)
    if n_assignments <= 1:
        return np.full(values.shape[1], np.nan)
    labels = dealt_labels(is_raise, phases, seed)
    if n_assignments <= MOST_ASSIGNMENTS:
        # The observed assignment is counted by the formula itself.
        labels = labels[(labels != is_raise).any(axis=1)]
    observed = _differences(values, is_raise[None, :], strata)[0]
    drawn = np.nan_to_num(_differences(values, labels, strata), nan=0.0)
    spread = drawn.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    # As in the single test: what only rounding sets apart is as large.
    return step_down_p(np.asarray(observed / spread * (1 - 1e-12)), np.asarray(drawn / spread))


def _strata(phases: NDArray[np.str_]) -> list[NDArray[np.int64]]:
    return [np.flatnonzero(phases == phase) for phase in np.unique(phases)]


def _n_assignments(is_raise: NDArray[np.bool_], strata: list[NDArray[np.int64]]) -> int:
    return math.prod(math.comb(len(rows), int(is_raise[rows].sum())) for rows in strata)


def _centred(values: Floats, is_raise: NDArray[np.bool_], strata: list[NDArray[np.int64]]) -> tuple[Floats, float]:
    """Return values less the mean of their phase, and Σ w_g: the sum over raises divided by it is the difference."""
    centred, weight = np.empty(len(values)), 0.0
    for rows in strata:
        centred[rows] = values[rows] - values[rows].mean()
        n_raise = int(is_raise[rows].sum())
        weight += n_raise * (len(rows) - n_raise) / len(rows)
    return centred, weight


def _differences(values: Floats, labels: NDArray[np.bool_], strata: list[NDArray[np.int64]]) -> Floats:
    """Return the difference of every series under every assignment, shape (B, S); NaN where it has none."""
    total, weight = np.zeros((len(labels), values.shape[1])), np.zeros((len(labels), values.shape[1]))
    for rows in strata:
        there = np.isfinite(values[rows])
        n = there.sum(axis=0)
        mean = np.where(there, values[rows], 0.0).sum(axis=0) / np.maximum(n, 1)
        raised = labels[:, rows].astype(np.float64)
        n_raise = raised @ there
        total += raised @ np.where(there, values[rows] - mean, 0.0)
        weight += n_raise * (n - n_raise) / np.maximum(n, 1)
    return np.asarray(np.divide(total, weight, out=np.full(total.shape, np.nan), where=weight > 0))


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
