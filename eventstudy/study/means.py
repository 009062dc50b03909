"""Means over market events beside the same means over placebo date sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import mean_weights, set_sums, windows_drawn
from eventstudy.news.stance import STANCES
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, CONTRAST
from eventstudy.study.members import Member

#: The groups of market events that are averaged.
GROUPS = (*STANCES, ALL, CONTRAST)

RAISE, FOLD, EVERY = GROUPS.index("raise"), GROUPS.index("fold"), GROUPS.index(ALL)

#: Members whose lines are looked up together; it bounds the memory, not the answer.
MEMBERS_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Draws:
    """Means over market events beside the same means on placebo date sets: R means, B sets.

    Parameters
    ----------
    series, stance : tuple of str, length R
        What is averaged; ``*`` pools the series, ``raise-fold`` is the difference.
    w : ndarray of int64, shape (R,)
        Which of the design's windows.
    n : ndarray of int64, shape (R,)
        Number of market events.
    z, car : ndarray, shape (R,)
        The mean z and the mean CAR.
    placebo_z, placebo_car : ndarray, shape (B, R)
        The same on placebo date sets.
    base : ndarray, shape (R,)
        Mean CAR of the admissible sessions.
    per_unit : ndarray, shape (R,)
        What a CAR of one on every event adds to the mean z.
    n_sets : ndarray of int64, shape (R,)
        Number of different sets among the B: no more than there are sessions where a mean rests on one window.
    from_residuals : bool
        True where the sample was too short and the first event's estimation residuals served.
    """

    series: tuple[str, ...]
    stance: tuple[str, ...]
    w: NDArray[np.int64]
    n: NDArray[np.int64]
    z: Floats
    car: Floats
    placebo_z: Floats
    placebo_car: Floats
    base: Floats
    per_unit: Floats
    n_sets: NDArray[np.int64]
    from_residuals: bool


def means_of(
    members: Sequence[Member],
    worths: Sequence[Floats],
    sets: NDArray[np.int64],
    names: Sequence[str],
    pool: Sequence[str],
    *,
    from_residuals: bool = False,
) -> Draws:
    """Average over the market events of every group, and over the dates of every placebo set.

    Parameters
    ----------
    members : sequence of Member
        Series and windows that share their dates.
    worths : sequence of ndarray, shape (4,)
        What the events of each are worth in windows without overlap.
    sets : ndarray of int64, shape (B, M)
        What `draw_dates` returned.
    names, pool : sequence of str
        Names of all series, and of those that are pooled where there are at least two.
    from_residuals : bool
        Where the line comes from.
    """
    apart = max(windows_drawn(worth[RAISE]) for worth in worths)
    keys: list[tuple[str, str, int]] = []
    columns: list[_Means] = []
    pooled: dict[int, list[_Means]] = {}
    for member, worth, placebo in zip(members, worths, _placebo_means(members, worths, sets, apart), strict=True):
        name = names[member.news.s]
        found = _of_member(member, worth, placebo)
        keys += [(name, group, member.w) for group in GROUPS]
        columns.append(found)
        if name in pool:
            pooled.setdefault(member.w, []).append(found)
    for w, parts in pooled.items():
        if len(parts) > 1:
            keys += [(ALL, group, w) for group in GROUPS]
            columns.append(_pooled(parts))
    return _joined(keys, [_with_contrast(means) for means in columns], from_residuals=from_residuals)


#: By name: n, n_sets (5,), z, car, per_unit, base (5,), placebo_z, placebo_car (B, 5). The columns are the stances, all
#: of them, and the folds once more: on placebo dates that the raises do not take, to be held against them.
_Means = dict[str, Floats]


def _placebo_means(
    members: Sequence[Member], worths: Sequence[Floats], sets: NDArray[np.int64], apart: int
) -> list[Floats]:
    """Return the means of each member over the placebo sets, shape (2, B, 5).

    Members whose events are worth the same have the same weights, and their lines are looked up side by side.
    """
    together: dict[bytes, list[int]] = {}
    for k, worth in enumerate(worths):
        together.setdefault(worth.tobytes(), []).append(k)
    found: list[Floats] = [np.empty(0)] * len(members)
    for of_worth in together.values():
        weights = _weights(worths[of_worth[0]], sets.shape[1], apart)
        for start in range(0, len(of_worth), MEMBERS_AT_ONCE):
            some = of_worth[start : start + MEMBERS_AT_ONCE]
            middle = np.concatenate([_middle(members[k]) for k in some])
            lines = np.concatenate([members[k].lines for k in some]) - middle
            means = middle[:, :, None] + set_sums(lines, sets, weights)
            for place, k in enumerate(some):
                found[k] = means[2 * place : 2 * place + 2]
    return found


def _weights(worth: Floats, n_dates: int, apart: int) -> Floats:
    """Return the weight of each placebo date in the mean of each group, and of the folds apart from the raises."""
    of_groups = [mean_weights(w, n_dates) for w in worth]
    return np.stack([*of_groups, mean_weights(worth[FOLD], n_dates, skip=apart)], axis=1)


def _middle(member: Member) -> Floats:
    """Return the mean z and the mean CAR of the admissible sessions, shape (2, 1)."""
    return member.lines.mean(axis=1, keepdims=True) if member.lines.shape[1] else np.full((2, 1), np.nan)


def _of_member(member: Member, worth: Floats, placebo: Floats) -> _Means:
    groups = np.concatenate([member.groups, member.groups[[FOLD]]])
    n = groups.sum(axis=1)
    with np.errstate(invalid="ignore"):
        weight = (groups / n[:, None]).T
    known, drawn = member.known, np.array([windows_drawn(w) for w in (*worth, worth[FOLD])])
    return {
        "n": n,
        "n_sets": np.where(drawn == 1, min(member.lines.shape[1], placebo.shape[1]), placebo.shape[1]),
        "z": np.where(known, member.z, 0.0) @ weight,
        "car": np.where(known, member.car, 0.0) @ weight,
        "per_unit": np.where(known, member.per_unit, 0.0) @ weight,
        "base": np.full(len(n), _middle(member)[1, 0]),
        "placebo_z": placebo[0],
        "placebo_car": placebo[1],
    }


def _pooled(parts: Sequence[_Means]) -> _Means:
    """Average over series, every market event of every series alike."""
    n = np.stack([part["n"] for part in parts])
    total = n.sum(axis=0)
    pooled: _Means = {"n": total, "n_sets": np.max([part["n_sets"] for part in parts], axis=0)}
    for name in parts[0].keys() - pooled.keys():
        weighted = [np.where(k > 0, part[name], 0.0) * k for k, part in zip(n, parts, strict=True)]
        with np.errstate(invalid="ignore"):
            pooled[name] = np.where(total > 0, np.sum(weighted, axis=0) / total, np.nan)
    return pooled


def _with_contrast(means: _Means) -> _Means:
    """Turn the second column of the folds into raises less folds."""
    found = {}
    for name, values in means.items():
        other = values[..., -1]
        if name == "n":
            last = values[RAISE] + other
        elif name == "n_sets":
            last = np.maximum(values[RAISE], other)
        elif name == "per_unit":
            last = (values[RAISE] + other) / 2
        else:
            last = values[..., RAISE] - other
        found[name] = np.concatenate([values[..., :-1], last[..., None]], axis=-1)
    return found


def _joined(keys: Sequence[tuple[str, str, int]], columns: Sequence[_Means], *, from_residuals: bool) -> Draws:
    joined = {name: np.concatenate([means[name] for means in columns], axis=-1) for name in columns[0]}
    there = np.flatnonzero(np.isfinite(joined["z"])).tolist()
    of = {name: values[..., there] for name, values in joined.items()}
    return Draws(
        series=tuple(keys[k][0] for k in there),
        stance=tuple(keys[k][1] for k in there),
        w=np.array([keys[k][2] for k in there], dtype=np.int64),
        n=of["n"].astype(np.int64),
        z=of["z"],
        car=of["car"],
        placebo_z=of["placebo_z"],
        placebo_car=of["placebo_car"],
        base=of["base"],
        per_unit=of["per_unit"],
        n_sets=of["n_sets"].astype(np.int64),
        from_residuals=from_residuals,
    )
