"""How often every test of a study rejects on placebo dates of its own data, where there is nothing to find.

Placebo studies have the shape of the real one: as many dates, as near to each other, common to every series. Nothing is
estimated again; every session was estimated as if an event had fallen on it, and a placebo study looks its dates up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import NothingUsableError
from eventstudy.inference import TESTS, MeanTest, run_tests
from eventstudy.inference.placebo import ENOUGH, Calendar, calendar_of, draw_anchors, placebo_p
from eventstudy.inference.size import rejection
from eventstudy.markets.stamp import Dates
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.estimated import Estimated
from eventstudy.study.headline import family_p, reached
from eventstudy.study.means import means_of
from eventstudy.study.members import Member, learned, shared_members
from eventstudy.study.pooled import draw_dates
from eventstudy.study.samples import PairStack, stack_sessions
from eventstudy.study.tables import used_rows
from eventstudy.window import Window

#: The levels at which tests are looked at.
LEVELS = (0.01, 0.05, 0.10)

#: What the p-values of a test are of: all series pooled, one series after the other, or the smallest of the family.
POOL, EACH, FAMILY = "pool", "each series", "family"

#: Placebo calendars against which one placebo study is held.
_DRAWS = 999

#: Keeps the seeds of placebo studies apart from those of the study itself.
_OWN_SEED = 7

_COLUMNS = ("window", "test", "scope", "level", "rate", "low", "high", "holds", "n_studies")

#: p-values of one placebo study by test and scope.
_Found = Mapping[tuple[str, str], Floats]


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the placebo studies of one window look their figures up in: S series, A admissible sessions.

    Parameters
    ----------
    members : tuple of Member, length S
        The series, with z and CARs on the admissible sessions.
    estimates : tuple of SeriesEstimate, length S
        Their estimates.
    shape : Calendar
        The shape of the real event dates.
    stack : PairStack
        Every admissible session of every series as an event; series after series.
    pooled : tuple of int
        Which of the members are pooled.
    line : ndarray of int64, shape (A,)
        The admissible sessions, by their number among the sessions of all series.
    n_obs : ndarray, shape (S, A)
        Estimation returns behind each.
    single : ndarray, shape (S, A)
        The p of each session alone against the sessions before it.
    """

    members: tuple[Member, ...]
    estimates: tuple[SeriesEstimate, ...]
    shape: Calendar
    stack: PairStack
    pooled: tuple[int, ...]
    line: NDArray[np.int64]
    n_obs: Floats
    single: Floats


def size_table(
    estimated: Estimated, n_studies: int = 1_000, progress: Callable[[int], object] | None = None
) -> pd.DataFrame:
    """Return how often the tests reject on placebo dates.

    Parameters
    ----------
    estimated : Estimated
        The study.
    n_studies : int
        Placebo studies of each window; where the events hang together in one block, every place it fits in.
    progress : callable, optional
        Called with 1 after each placebo study.

    Returns
    -------
    DataFrame
        A row a window, test, scope and level: ``rate`` with its 95 % Monte-Carlo band ``low, high``; ``holds`` where
        the band contains the level. Tests of the design, after the placebo of a single event, of the mean and of the
        family.

    Raises
    ------
    NothingUsableError
        If the series have too few admissible sessions in common.

    Notes
    -----
    A placebo study is held against the admissible sessions that its own windows don't meet. These are days of the same
    sample, so what is shown is how a test bears this sample's dependence, tails and waves of volatility. Whether days
    of news differ from other days in more than the news, no placebo can show.
    """
    rows: list[tuple[object, ...]] = []
    for w, window in enumerate(estimated.design.windows):
        ground = _ground(estimated, w)
        rng = np.random.default_rng([estimated.design.seed, _OWN_SEED, w])
        found: dict[tuple[str, str], list[Floats]] = {}
        for p_values in _studies(ground, estimated, w, n_studies, rng):
            for key, p in p_values.items():
                found.setdefault(key, []).append(p)
            if progress is not None:
                progress(1)
        rows += _rates(str(window), found)
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _rates(window: str, found: Mapping[tuple[str, str], Sequence[Floats]]) -> Iterator[tuple[object, ...]]:
    for (test, scope), p_values in found.items():
        for level in LEVELS:
            at = rejection(np.stack(p_values), level)
            if at.n_studies:
                yield (window, test, scope, level, at.rate, at.low, at.high, at.holds, at.n_studies)


def _ground(estimated: Estimated, w: int) -> _Ground:
    matches, estimates, _ = estimated.parts
    design = estimated.design
    members, days = shared_members(matches, estimates, [w])
    if not members:
        raise NothingUsableError(
            f"no series has {ENOUGH} sessions without news, which placebo studies need; take a longer sample"
        )
    of_members = tuple(estimates[member.news.s] for member in members)
    lines = [np.searchsorted(estimate.history.sessions, days) for estimate in of_members]
    row = np.arange(len(members) * len(days)).reshape(len(members), len(days)).T
    window = design.windows[w]
    names = [estimate.history.name for estimate in of_members]
    every = np.unique(np.concatenate([estimate.history.sessions for estimate in of_members]))
    return _Ground(
        members=members,
        estimates=of_members,
        shape=_shape_of(members, matches, estimates, window),
        stack=stack_sessions(of_members, lines, row, design),
        line=np.searchsorted(every, days).astype(np.int64),
        n_obs=np.stack([learned(estimate, line) for estimate, line in zip(of_members, lines, strict=True)]),
        pooled=tuple(k for k, name in enumerate(names) if name in estimated.pool),
        single=np.stack([_single(member.lines[0], window.n_sessions) for member in members]),
    )


def _single(z: Floats, n: int) -> Floats:
    """Return the placebo p of each session against those whose windows end before it; NaN with too few of them."""
    return np.array([placebo_p(z[a], z[: a - n + 1]) if a - n + 1 >= ENOUGH else np.nan for a in range(len(z))])


def _studies(
    ground: _Ground, estimated: Estimated, w: int, n_studies: int, rng: np.random.Generator
) -> Iterator[_Found]:
    anchors = draw_anchors(ground.line, ground.shape, n_studies, rng)
    for anchor in anchors:
        at = [
            np.sort(anchor[ground.shape.block[k][member.known]] + ground.shape.offset[k][member.known])
            for k, member in enumerate(ground.members)
        ]
        yield _placebo(ground, at, estimated, rng) | _classical(ground, at, estimated, w)


def _placebo(
    ground: _Ground, at: Sequence[NDArray[np.int64]], estimated: Estimated, rng: np.random.Generator
) -> dict[tuple[str, str], Floats]:
    """Return the placebo p-values of one placebo study, against the sessions its windows don't meet."""
    reach = estimated.design.estimation.n_sessions
    n, busy = ground.shape.n, np.unique(np.concatenate(at))
    free = np.ones(len(ground.line), dtype=bool)
    for shift in range(1 - n, n):
        free[np.clip(busy + shift, 0, len(free) - 1)] = False
    members = [
        replace(
            member,
            news=replace(member.news, position=ground.line[rows], stance=np.full(len(rows), "hold")),
            known=np.ones(len(rows), dtype=bool),
            z=member.lines[0, rows],
            car=member.lines[1, rows],
            per_unit=np.ones(len(rows)),
            n_obs=ground.n_obs[k][rows],
            lines=member.lines[:, free],
        )
        for k, (member, rows) in enumerate(zip(ground.members, at, strict=True))
    ]
    worths = [member.worth(n, reach) for member in members]
    draws = means_of(members, worths, draw_dates(members, worths, _DRAWS, rng), estimated.names, estimated.pool)
    alone = [k for k in range(len(draws.series)) if draws.stance[k] == ALL and draws.series[k] != ALL]
    pooled = [k for k in range(len(draws.series)) if draws.stance[k] == ALL and draws.series[k] == ALL]
    single = np.concatenate([ground.single[k][rows] for k, rows in enumerate(at)])
    p_values = reached(draws.z, draws.placebo_z, draws.n_sets)
    found = {("placebo of one event", EACH): single, ("placebo of the mean", EACH): p_values[alone]}
    if pooled:
        found["placebo of the mean", POOL] = p_values[pooled]
    if len(alone) > 1:
        found["placebo of the mean", FAMILY] = np.array([np.nanmin(family_p(draws, alone))])
    return found


def _classical(
    ground: _Ground, at: Sequence[NDArray[np.int64]], estimated: Estimated, w: int
) -> dict[tuple[str, str], Floats]:
    """Return the p-values of the design's tests of means on one placebo study."""
    asked, seed = estimated.design.tests, estimated.design.seed
    tests = {name: test for name, test in TESTS.items() if name in asked and isinstance(test, MeanTest)}
    groups = {EACH: [[k] for k in range(len(at))]}
    if len(ground.pooled) > 1:
        groups[POOL] = [list(ground.pooled)]
    found = {}
    for scope, members in groups.items():
        p_values = []
        for chosen in members:
            rows = np.concatenate([ground.stack.row[at[k], k] for k in chosen])
            episode = np.concatenate([np.arange(len(at[k])) for k in chosen]).astype(str)
            sample = ground.stack.sample(rows, w, episode)
            p_values.append([one.p_value for one in run_tests(list(tests.values()), sample, seed)])
        for name, of_test in zip(tests, zip(*p_values, strict=True), strict=True):
            found[name, scope] = np.array(of_test, dtype=np.float64)
    return found


def _shape_of(
    members: Sequence[Member], matches: Matches, estimates: Sequence[SeriesEstimate], window: Window
) -> Calendar:
    """Return the shape of the event dates of some series, in blocks of events whose windows overlap."""
    by_series = {member.news.s: member.news for member in members}
    series = list(by_series)
    first, last = _event_dates(matches, estimates, series)
    return calendar_of(
        [estimates[s].history.sessions for s in series],
        [by_series[s].position for s in series],
        first,
        last,
        window.n_sessions,
    )


def _event_dates(matches: Matches, estimates: Sequence[SeriesEstimate], series: Sequence[int]) -> tuple[Dates, Dates]:
    """Return the first and the last date on which any of the series met each event that one of them met."""
    n_events, day = len(matches.events), np.dtype("datetime64[D]")
    first, last = np.full(n_events, np.datetime64("9999-12-31")), np.full(n_events, np.datetime64("0001-01-01"))
    for s in series:
        rows, at = used_rows(matches, s)
        met = estimates[s].history.sessions[at].astype(day)
        first[rows], last[rows] = np.minimum(first[rows], met), np.maximum(last[rows], met)
    there = first <= last
    return first[there], last[there]
