"""The placebo of means over events: the same mean over placebo date sets, on dates common to every series.

Admissible are all sessions of the sample, before and after the events, whose span meets no news and no closure and
whose scale is no echo of the events. A single event is held against sessions before it alone, so that its p could have
been known at the time; a mean over events looks back on all of them, and events that lie years apart would leave
nothing before the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import draw_sets, windows_drawn
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.means import EVERY, FOLD, MEMBERS_AT_ONCE, RAISE, Draws, means_of
from eventstudy.study.members import Member, series_news, shared_members, short_member
from eventstudy.study.placebos import PairPlacebos
from eventstudy.window import span

#: Placebo date sets drawn.
DRAWS = 9_999

#: Keeps a window's ends from being negative where they seed.
_OFFSET = 1_000_000


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
        while some := list(islice(alike, MEMBERS_AT_ONCE)):
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
    n_dates = max(int(drawn[EVERY]), int(drawn[RAISE] + drawn[FOLD]), 1)
    return draw_sets(members[0].lines.shape[1], n_dates, n_draws, rng)
