"""The placebo of means over events: the same mean over placebo date sets, on dates common to every series.

Admissible are all sessions of the sample, before and after the events, whose span meets no news and no closure and
whose scale is no echo of the events. A single event is held against sessions before it alone, so that its p could have
been known at the time; a mean over events looks back on all of them, and events that lie years apart would leave
nothing before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import (
    draw_sets,
    mean_weights,
    set_sums,
    windows_drawn,
)
from eventstudy.matching import Matches
from eventstudy.news.stance import STANCES
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, CONTRAST
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.members import Member, series_news, shared_members, short_member
from eventstudy.study.placebos import PairPlacebos
from eventstudy.window import span

#: Placebo date sets drawn.
DRAWS = 9_999

#: The groups of market events that are averaged.
GROUPS = (*STANCES, ALL, CONTRAST)

_RAISE, _FOLD, _ALL = GROUPS.index("raise"), GROUPS.index("fold"), GROUPS.index(ALL)

#: Members whose lines are looked up together; it bounds the memory, not the answer.
_MEMBERS_AT_ONCE = 32

#: Keeps a window's ends from being negative where they seed.
_OFFSET = 1_000_000


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


def window_draws(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    placebos: PairPlacebos,
    design: Design,
    pool: Sequence[str],
    windows: Sequence[int],
) -> Iterator[Draws]:
    """Yield the draws of some windows: of the series that share their dates, then of each series that can't.

    Parameters
    ----------
    matches, estimates, placebos, design
        The study.
    pool : sequence of str
        Names of the series that are pooled.
    windows : sequence of int
        Which of the design's windows are drawn together, on common dates.
    """
    members, _ = shared_members(matches, estimates, windows)
    if members:
        yield _drawn(members, estimates, design, pool)
    sharing = {member.news.s for member in members}
    short: list[Member] = []
    for s in np.flatnonzero(matches.used.any(axis=0)).tolist():
        if s in sharing:
            continue
        alone, _ = shared_members(matches, estimates, windows, [s])
        if alone:
            yield _drawn(alone, estimates, design, ())
        else:
            news = series_news(matches, s)
            short += [short_member(news, estimates[s], w, placebos) for w in windows]
    for _, alike in groupby(short, partial(_shape, design=design)):
        while some := list(islice(alike, _MEMBERS_AT_ONCE)):
            yield _drawn(some, estimates, design, (), from_residuals=True)


def _shape(member: Member, design: Design) -> tuple[object, ...]:
    """Return what makes placebo sets the same: the window, the length of the line, and what the events are worth."""
    return member.w, member.lines.shape[1], _worth(member, design).tobytes()


def _worth(member: Member, design: Design) -> Floats:
    return member.worth(design.windows[member.w].n_sessions, design.estimation.n_sessions)


def _drawn(
    members: Sequence[Member],
    estimates: Sequence[SeriesEstimate],
    design: Design,
    pool: Sequence[str],
    *,
    from_residuals: bool = False,
) -> Draws:
    widest = span(tuple(design.windows[member.w] for member in members))
    rng = np.random.default_rng([design.seed, widest.first + _OFFSET, widest.last + _OFFSET])
    names = [estimate.history.name for estimate in estimates]
    worths = [_worth(member, design) for member in members]
    sets = draw_dates(members, worths, DRAWS, rng)
    return means_of(members, worths, sets, names, pool, from_residuals=from_residuals)


def draw_dates(
    members: Sequence[Member], worths: Sequence[Floats], n_draws: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the placebo date sets of some series: enough dates for all events, and for raises and folds apart.

    Parameters
    ----------
    members : sequence of Member
        Series and windows that share their dates.
    worths : sequence of ndarray, shape (4,)
        What the events of each are worth in windows without overlap.
    n_draws : int
        Number of sets wanted.
    rng : numpy Generator
        Where chance comes from.
    """
    drawn = np.array([[windows_drawn(worth) for worth in of] for of in worths]).max(axis=0)
    n_dates = max(int(drawn[_ALL]), int(drawn[_RAISE] + drawn[_FOLD]), 1)
    return draw_sets(members[0].lines.shape[1], n_dates, n_draws, rng)


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
    apart = max(windows_drawn(worth[_RAISE]) for worth in worths)
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
        for start in range(0, len(of_worth), _MEMBERS_AT_ONCE):
            some = of_worth[start : start + _MEMBERS_AT_ONCE]
            middle = np.concatenate([_middle(members[k]) for k in some])
            lines = np.concatenate([members[k].lines for k in some]) - middle
            means = middle[:, :, None] + set_sums(lines, sets, weights)
            for place, k in enumerate(some):
                found[k] = means[2 * place : 2 * place + 2]
    return found


def _weights(worth: Floats, n_dates: int, apart: int) -> Floats:
    """Return the weight of each placebo date in the mean of each group, and of the folds apart from the raises."""
    of_groups = [mean_weights(w, n_dates) for w in worth]
    return np.stack([*of_groups, mean_weights(worth[_FOLD], n_dates, skip=apart)], axis=1)


def _middle(member: Member) -> Floats:
    """Return the mean z and the mean CAR of the admissible sessions, shape (2, 1)."""
    return member.lines.mean(axis=1, keepdims=True) if member.lines.shape[1] else np.full((2, 1), np.nan)


def _of_member(member: Member, worth: Floats, placebo: Floats) -> _Means:
    groups = np.concatenate([member.groups, member.groups[[_FOLD]]])
    n = groups.sum(axis=1)
    with np.errstate(invalid="ignore"):
        weight = (groups / n[:, None]).T
    known, drawn = member.known, np.array([windows_drawn(w) for w in (*worth, worth[_FOLD])])
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
            last = values[_RAISE] + other
        elif name == "n_sets":
            last = np.maximum(values[_RAISE], other)
        elif name == "per_unit":
            last = (values[_RAISE] + other) / 2
        else:
            last = values[..., _RAISE] - other
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
