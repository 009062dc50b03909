"""The placebo of a study: of single events, of the family of series, and of means over events.

Admissible are sessions whose window lies whole in the sample and meets no news and no closure. A single event is held
against sessions before its own window alone, so that its p could have been known at the time; a mean over events looks
back on all of them, and events that lie years apart would leave nothing before the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import (
    ENOUGH,
    effective_sizes,
    ewma_scale,
    p_floor,
    placebo_p,
    placebo_z,
    step_down_counts,
    step_down_p,
    stepped_p,
)
from eventstudy.markets.stamp import Dates
from eventstudy.models import normal_at, window_sums
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimates import Estimates, SeriesEstimates
from eventstudy.window import Window, span

#: Placebo date sets drawn.
DRAWS = 9_999

#: Keeps a window's ends from being negative where they seed.
_OFFSET = 1_000_000

#: Placebo sets times series summed at once: they stay in the processor's cache; and no fewer sets than this.
_IN_CACHE, _FEWEST_SETS = 1 << 15, 256

#: Numbers held at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 22


class Singles(NamedTuple):
    """The placebo of the m market events of one series over W windows, arrays (m, W).

    `z` are volatility-scaled CARs, `p` their two-sided placebo p and `days` the days without news behind it (admissible
    sessions over sessions of the window); `from_residuals` says where the sample was too short and the event's own
    estimation residuals served.
    """

    z: Floats
    p: Floats
    days: Floats
    from_residuals: NDArray[np.bool_]


def last_admissible(position: NDArray[np.int64], window: Window, design: Design) -> NDArray[np.int64]:
    """Return the last session whose window ends before each event's own begins."""
    return np.asarray(position + window.first - 1 - window.last - design.model.reach.last)


def single_placebos(of: SeriesEstimates) -> Singles:
    """Hold every market event of a series against all admissible sessions before its own window.

    Parameters
    ----------
    of : SeriesEstimates
        The series.

    Returns
    -------
    Singles
        ``p = (1 + #{|z_b| >= |z|} + #{the same of windows that overlap the event's own}) / (B + n)``, never below
        ``1 / (days + 1)``; from residuals with fewer than 100 admissible sessions.

    Notes
    -----
    Of the windows that overlap the event's own those count that begin before it, n - 1 of them: with its own they are
    one block among the blocks of n sessions. Nothing is drawn at random.
    """
    design, position = of.design, of.matches.market_events.position
    z = of.z[position].copy()
    p, days = np.full((2, *z.shape), np.nan)
    short = np.zeros(z.shape, dtype=bool)
    for w, window in enumerate(design.windows):
        line, n = np.flatnonzero(of.eligible[:, w]), window.n_sessions
        before = np.searchsorted(line, last_admissible(position, window, design), side="right")
        far, own = np.abs(of.z[line, w]), np.abs(z[:, w]).tolist()
        reached = np.array([1 + np.count_nonzero(far[:n_before] >= size)
                            for n_before, size in zip(before.tolist(), own, strict=True)], dtype=np.int64)  # fmt: skip
        beside = position[:, None] - np.arange(1, n)
        overlapping = np.where(beside >= 0, of.z[np.maximum(beside, 0), w], np.nan)
        reached = reached + np.count_nonzero(np.abs(overlapping) >= np.abs(z[:, w, None]), axis=1)
        of_all = before + 1 + np.count_nonzero(np.isfinite(overlapping), axis=1)
        days[:, w], short[:, w] = before / n, before < ENOUGH
        p[:, w] = np.where(np.isnan(z[:, w]), np.nan, np.maximum(reached / of_all, p_floor(days[:, w])))
    short &= np.isfinite(of.car[position])
    some = np.flatnonzero(short.any(axis=1))
    step = max(_AT_ONCE // (8 * span((design.estimation, design.span, Window(0, 0))).n_sessions), 1)
    for start in range(0, len(some), step):
        rows = some[start : start + step]
        for w in range(len(design.windows)):
            own, draws = residual_placebo(of, position[rows], w)
            n_draws = np.count_nonzero(np.isfinite(draws), axis=1)
            reached = 1 + np.count_nonzero(np.abs(draws) >= np.abs(own)[:, None], axis=1)
            worth = n_draws / design.windows[w].n_sessions
            there = (n_draws > 0) & np.isfinite(own)
            found = np.where(there, np.maximum(reached / (n_draws + 1), p_floor(worth)), np.nan)
            use = short[rows, w]
            z[rows[use], w], p[rows[use], w], days[rows[use], w] = own[use], found[use], worth[use]
    return Singles(z, p, days, short)


def residual_placebo(of: SeriesEstimates, position: NDArray[np.int64], w: int) -> tuple[Floats, Floats]:
    """Hold events against the residuals of their own estimation windows, where days without news are too few.

    Parameters
    ----------
    of : SeriesEstimates
        The series.
    position : ndarray of int64, shape (P,)
        Event sessions.
    w : int
        Which of the design's windows, n sessions.

    Returns
    -------
    z : ndarray, shape (P,)
        Volatility-scaled CARs; the scale starts from the variance of the event's M residuals.
    draws : ndarray, shape (P, R)
        The same of the estimation sessions, times ``√((1 + n/M) / (1 - n/M))``: the variance of a forecast over that
        of a residual; NaN where a session of the window was not learned from.
    """
    design, window = of.design, of.design.windows[w]
    reach = span((design.estimation, design.span, Window(0, 0)))
    taus = np.array(reach.taus)
    rows = position[:, None] + taus
    inside = (rows >= 0) & (rows < len(of.history))
    rows = np.where(inside, rows, 0)
    fits = of.fits.take(position)
    residual = np.where(inside, of.history.returns[rows] - normal_at(fits, of.x[rows], taus), np.nan)
    learned = inside & of.usable[rows] & (taus >= design.estimation.first) & (taus <= design.estimation.last)
    n_obs = learned.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(learned, residual, 0.0).sum(axis=1) / n_obs
        variance = (np.where(learned, residual - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(n_obs - 1, 1)
        scale = ewma_scale(residual.T, np.where(n_obs > 1, variance, np.nan))
        z = placebo_z(window_sums(residual.T, window), scale, window)
        steady = np.isfinite(window_sums(np.where(learned, 0.0, np.nan).T, window))
        share = window.n_sessions / n_obs
        factor = np.sqrt((1.0 + share) / np.where(share < 1, 1.0 - share, np.nan))
    return z[-reach.first].copy(), np.where(steady, z * factor, np.nan).T


def single_families(estimates: Estimates, singles: Mapping[str, Singles], n_events: int) -> tuple[Floats, Floats]:
    """Return what holds of each event for all its series at once: step-down max |z| on common admissible sessions.

    The family is the series over one window, or over all windows where the design says so. A series scaled by residuals
    stands outside it, and so does one that would leave the others fewer than 100 common sessions.

    Returns
    -------
    p, days : ndarray, shape (N, S, W)
        Family p of N events in S series over W windows, and the days without news behind it.
    """
    design, n_series = next(iter(estimates.values())).design, len(estimates)
    of_event = np.stack([np.where(e.matches.there, e.matches.market_events.of_event(n_events), -1)
                         for e in estimates.values()], axis=1)  # fmt: skip
    meetings, which = np.unique(of_event, axis=0, return_inverse=True)
    calendar = np.unique(np.concatenate([e.history.sessions for e in estimates.values()]))
    # By meeting, window and series: z, p, and the last day on the common calendar that each may look back to.
    shape = len(meetings), len(design.windows), n_series
    z, own, p, days = np.full((4, *shape), np.nan)
    ends = np.zeros(shape, dtype=np.int64)
    for s, (of, single) in enumerate(zip(estimates.values(), singles.values(), strict=True)):
        position, some = of.matches.market_events.position, np.flatnonzero(meetings[:, s] >= 0)
        at = meetings[some, s]
        z[some, :, s], own[some, :, s] = single.z[at], np.where(single.from_residuals, np.nan, single.p)[at]
        for w, window in enumerate(design.windows):
            last = np.maximum(last_admissible(position, window, design), 0)
            ends[some, w, s] = np.searchsorted(calendar, of.history.sessions[last], side="right")[at]
    for windows in [[w] for w in range(shape[1])] if design.family == "series" else [list(range(shape[1]))]:
        grid = np.concatenate([_line(e, w, calendar) for w in windows for e in estimates.values()], axis=1)
        known, n = np.isfinite(grid), max(design.windows[w].n_sessions for w in windows)
        common: dict[bytes, tuple[NDArray[np.int64], Floats]] = {}  # by columns, the rows that all know, and their |z|
        for k in range(len(meetings)):
            columns = np.flatnonzero(np.isfinite(own[k, windows].ravel()))
            if not len(columns):
                continue
            end = ends[k, windows].ravel()[columns].min()
            if np.count_nonzero(known[:end, columns].all(axis=1)) < ENOUGH:
                columns = np.array(sorted(_together(known[:end], columns.tolist())), dtype=np.int64)
            if (key := columns.tobytes()) not in common:
                rows = np.flatnonzero(known[:, columns].all(axis=1))
                common[key] = rows, np.abs(grid[rows[:, None], columns].T)
            rows, far = common[key]
            at, series = np.array(windows)[columns // n_series], columns % n_series
            far = far[:, : np.searchsorted(rows, end)]
            alone, n_days = own[k, at, series], far.shape[1] / n
            # A family of one has the p of its member, which also counts windows that overlap the event's own.
            family = alone if len(columns) == 1 else np.maximum(step_down_p(z[k, at, series], far.T), p_floor(n_days))
            p[k, at, series], days[k, at, series] = np.maximum(family, alone), n_days
    return p[which.ravel()].swapaxes(1, 2), days[which.ravel()].swapaxes(1, 2)


def _line(of: SeriesEstimates, w: int, calendar: Dates, *, quiet: bool = False) -> Floats:
    """Return the z of every admissible session on a common calendar, shape (D, 1); NaN elsewhere."""
    line, at = np.full((len(calendar), 1), np.nan), np.flatnonzero((of.quiet if quiet else of.eligible)[:, w])
    line[np.searchsorted(calendar, of.history.sessions[at]), 0] = of.z[at, w]
    return line


def _together(known: NDArray[np.bool_], columns: Sequence[int]) -> set[int]:
    """Return the columns that have at least 100 rows in common, those with the most rows first."""
    if np.count_nonzero(known[:, columns].all(axis=1)) >= ENOUGH:
        return set(columns)
    chosen: list[int] = []
    common = np.ones(len(known), dtype=bool)
    for column in sorted(columns, key=lambda c: -int(np.count_nonzero(known[:, c]))):
        both = common & known[:, column]
        if np.count_nonzero(both) >= ENOUGH:
            chosen, common = [*chosen, column], both
    return set(chosen)


class Group(NamedTuple):
    """The m market events of one series whose mean is held against days without news.

    `position` (m,) are their sessions, `z` their mean volatility-scaled CAR, `worth` how many windows without overlap
    theirs are worth, see `effective_n`, and `n_drawn` as many sessions of a placebo set.
    """

    series: str
    label: str
    position: NDArray[np.int64]
    z: float
    worth: float
    n_drawn: int


def groups_of(
    estimates: Estimates, rows: Mapping[tuple[str, str], NDArray[np.int64]], z: Floats, w: int
) -> list[Group]:
    """Return means over one window.

    Parameters
    ----------
    estimates : dict of str to SeriesEstimates
        The series.
    rows : mapping of (str, str) to ndarray of int64
        By series and label, sessions of the market events; those without one are left out.
    z : ndarray
        Volatility-scaled CARs of all of them, one after another.
    w : int
        Which of the design's windows.
    """
    some = {key: position for key, position in rows.items() if len(position)}
    if not some:
        return []
    design, size = next(iter(estimates.values())).design, np.array(list(map(len, some.values())))
    group = np.repeat(np.arange(len(size)), size)
    n_obs = np.full(len(size), np.inf)
    if design.model.form == "ols":
        each = [estimates[name].fits.n_obs[position] for (name, _), position in some.items()]
        n_obs = np.bincount(group, np.concatenate(each)) / size
    n, reach = design.windows[w].n_sessions, design.estimation.n_sessions
    worth = effective_sizes(np.concatenate(list(some.values())), group, size, n, n_obs, reach)
    mean, n_drawn = np.bincount(group, z) / size, np.ceil(worth - 1e-9).astype(int)
    return [Group(*key, position, *figures) for (key, position), *figures in
            zip(some.items(), mean.tolist(), worth.tolist(), n_drawn.tolist(), strict=True)]  # fmt: skip


@dataclass(frozen=True, eq=False)
class MeanPlacebo:
    """The placebo of one mean: `p`, the `days` without news behind it, its `source`, and what holds for all series.

    The means of the placebo sets, `drawn`, are kept where they are asked for.
    """

    p: float
    days: float
    source: str
    family_p: float = math.nan
    family_days: float = math.nan
    drawn: Floats | None = None


def mean_placebos(
    groups: Sequence[Group],
    pools: Mapping[str, Sequence[str]],
    estimates: Estimates,
    w: int,
    draws: int = DRAWS,
    *,
    keep: bool = False,
    sets: Sets | None = None,
) -> dict[tuple[str, str], MeanPlacebo]:
    """Hold means over market events against means over placebo sessions, over one window of n sessions.

    Parameters
    ----------
    groups : sequence of Group
        The means, of several series and labels.
    pools : mapping of str to sequence of str
        By label, the series that are pooled.
    estimates : dict of str to SeriesEstimates
        The series.
    w : int
        Which of the design's windows.
    draws : int
        Placebo sets drawn, B.
    keep : bool
        Whether the means of the sets are kept, shape (B,) each.
    sets : Sets, optional
        What `placebo_sets` returns, for studies that share their draws.

    Returns
    -------
    dict of (str, str) to MeanPlacebo
        By series and label; pooled means under the series ``*``.

    Notes
    -----
    A set has ``k = ⌈effective n⌉`` admissible sessions, drawn independently and with replacement, and its mean is
    scaled to vary as the mean over the overlapping windows does: ``mid + Σ (z_j - mid) / √(k · effective n)``. For
    n > 1 the deviation is divided by ``√(χ²_w/w)``, w = admissible sessions / n: the scale is known from no more
    windows. Each series' own p rests on its own sessions; the family (step-down max |z|, each series in units of its
    own spread) and the pool rest on common ones. The same draws serve every series.
    """
    design = next(iter(estimates.values())).design
    found: dict[tuple[str, str], MeanPlacebo] = {}
    sets = sets or placebo_sets(design, w, draws)
    by_series: dict[str, list[Group]] = {}
    for group in groups:
        by_series.setdefault(group.series, []).append(group)
    alike, short = _same_days(by_series, estimates, w)
    for name in short:
        found |= {(name, g.label): _of_residuals(g, estimates[name], w, sets, keep=keep) for g in by_series.pop(name)}
    common = _Common(by_series, pools, estimates, w, sets, keep=keep)
    for rows, names in alike:
        # Series of one calendar have all their days in common: what is drawn for each serves the family too.
        both = len(common.rows) == len(rows) and list(common.lines) == names
        some = [group for name in names for group in by_series[name] if both or len(group.position) > 1]
        z, days = np.array([abs(group.z) for group in some]), len(rows) / sets.n_sessions
        reached, kept = np.zeros(len(some), dtype=np.int64), []
        for means in _drawn_means(some, {g.series: estimates[g.series].z[rows, w] for g in some}, sets):
            far = np.abs(means) >= z[:, None]
            reached += [np.count_nonzero(of_group) for of_group in far]
            kept += [means] if keep else []
            if both:
                common.add(means)
        p = np.maximum((1 + reached) / (draws + 1), p_floor(days)).tolist()
        drawn = list(np.concatenate(kept, axis=1)) if kept else [None] * len(some)
        for group, value, line in zip(some, p, drawn, strict=True):
            if len(group.position) > 1:
                found[group.series, group.label] = MeanPlacebo(value, days, "sessions", drawn=line)
    if not common.n_added:
        for means in _drawn_means(common.groups, common.lines, sets):
            common.add(means)
    return found | common.found(found)


def _same_days(
    names: Iterable[str], estimates: Estimates, w: int
) -> tuple[list[tuple[NDArray[np.int64], list[str]]], list[str]]:
    """Return admissible sessions with the series whose they are, and the series that have too few."""
    alike: dict[bytes, tuple[NDArray[np.int64], list[str]]] = {}
    short = []
    for name in names:
        of = estimates[name]
        rows = np.flatnonzero(of.quiet[:, w])
        rows = rows if len(rows) >= ENOUGH else np.flatnonzero(of.eligible[:, w])
        if len(rows) >= ENOUGH:
            alike.setdefault(rows.tobytes(), (rows, []))[1].append(name)
        else:
            short.append(name)
    return list(alike.values()), short


class Sets:
    """Placebo date sets for windows of n sessions; the first k dates do not change with how many are asked for."""

    def __init__(self, n_sessions: int, seed: Sequence[int], n_sets: int) -> None:
        self.n_sessions, self.n_sets, self._seed = n_sessions, n_sets, list(seed)
        self._made: dict[int, tuple[np.random.Generator, list[NDArray[np.int64]]]] = {}
        self._spread: dict[int, Floats] = {}

    def dates(self, n_line: int, k: int) -> list[NDArray[np.int64]]:
        """Return places among so many sessions, k arrays (B,)."""
        rng, made = self._made.setdefault(n_line, (np.random.default_rng(self._seed), []))
        made += [rng.integers(0, n_line, size=self.n_sets) for _ in range(k - len(made))]
        return made[:k]

    def spread(self, n_line: int) -> Floats | None:
        """Return what the deviations of each set are multiplied with, shape (B,); None for windows of one session."""
        if self.n_sessions == 1:
            return None
        if n_line not in self._spread:
            worth = n_line / self.n_sessions
            self._spread[n_line] = np.sqrt(
                worth / np.random.default_rng([*self._seed, 1]).chisquare(worth, self.n_sets)
            )
        return self._spread[n_line]


def placebo_sets(design: Design, w: int, draws: int = DRAWS) -> Sets:
    """Return the placebo date sets of one of the design's windows."""
    window = design.windows[w]
    return Sets(window.n_sessions, [design.seed, window.first + _OFFSET, window.last + _OFFSET], draws)


def _drawn_means(groups: Sequence[Group], lines: Mapping[str, Floats], sets: Sets) -> Iterator[Floats]:
    """Yield means of placebo sets that vary as the means of G groups do, a block of sets at a time, shape (G, any).

    `lines` are the z of the admissible sessions, the same for all series.
    """
    if not groups:
        return
    line, column = np.stack(list(lines.values()), axis=1), {name: s for s, name in enumerate(lines)}
    n_drawn, columns = np.array([group.n_drawn for group in groups]), np.array([column[g.series] for g in groups])
    roots = np.sqrt(n_drawn * [g.worth for g in groups])[:, None]
    done = {k: np.flatnonzero(n_drawn == k) for k in np.unique(n_drawn).tolist()}
    middle = np.array([one.mean() for one in lines.values()])
    centred, middles = line - middle, middle[columns, None]
    dates, spread = sets.dates(len(line), max(done)), sets.spread(len(line))
    step = max(_IN_CACHE // line.shape[1], _FEWEST_SETS)
    for start in range(0, sets.n_sets, step):
        some = slice(start, min(start + step, sets.n_sets))
        means, total = np.empty((len(groups), some.stop - start)), np.zeros((some.stop - start, line.shape[1]))
        for k, at in enumerate(dates, 1):
            total += centred.take(at[some], axis=0)
            if k in done:
                means[done[k]] = total.T[columns[done[k]]]
        means /= roots
        if spread is not None:
            means *= spread[some]
        means += middles
        yield means


def placebo_of_mean(
    z: float, line: Floats, worth: float, n: int, seed: Sequence[int], draws: int = DRAWS
) -> tuple[float, float]:
    """Hold one mean z against means over admissible sessions, as `mean_placebos` does, without estimates.

    Parameters
    ----------
    z : float
        The mean volatility-scaled return.
    line : ndarray, shape (A,)
        z of the admissible sessions.
    worth : float
        How many windows without overlap the mean is worth, see `effective_n`.
    n : int
        Sessions of the window.
    seed : sequence of int
        Seed of the draws.
    draws : int
        Placebo sets drawn.

    Returns
    -------
    p : float
        Two-sided placebo p; NaN with fewer than 100 admissible sessions, or without z.
    days : float
        Days without news behind it.
    """
    days = len(line) / n
    if len(line) < ENOUGH or math.isnan(z):
        return math.nan, days
    if worth == 1:
        return placebo_p(z, line, n=n), days
    group = Group("", "", np.empty(0, dtype=np.int64), z, worth, math.ceil(worth - 1e-9))
    blocks = _drawn_means([group], {"": line}, Sets(n, seed, draws))
    reached = sum(int(np.count_nonzero(np.abs(means) >= abs(z))) for means in blocks)
    return max((1 + reached) / (draws + 1), p_floor(days)), days


def _of_residuals(group: Group, of: SeriesEstimates, w: int, sets: Sets, *, keep: bool) -> MeanPlacebo:
    """Hold a mean against the residuals of its first event, with what their few windows leave unknown."""
    draws = residual_placebo(of, group.position[:1], w)[1][0]
    draws = draws[np.isfinite(draws)]
    if not len(draws):
        return MeanPlacebo(math.nan, 0.0, "")
    middle, days = draws.mean(), len(draws) / sets.n_sessions
    dates = np.stack(sets.dates(len(draws), group.n_drawn))
    sums = (draws - middle)[dates].sum(axis=0) / math.sqrt(group.n_drawn * group.worth)
    drawn = middle + math.sqrt(1.0 + group.worth / days) * sums
    p = (1 + np.count_nonzero(np.abs(drawn) >= abs(group.z))) / (sets.n_sets + 1)
    return MeanPlacebo(max(p, p_floor(days)), days, "residuals", drawn=drawn if keep else None)


class _Common:
    """Family p and pooled means, on the sessions that series have in common; means of placebo sets are added to it."""

    def __init__(
        self,
        by_series: Mapping[str, Sequence[Group]],
        pools: Mapping[str, Sequence[str]],
        estimates: Estimates,
        w: int,
        sets: Sets,
        *,
        keep: bool,
    ) -> None:
        self.groups, self.lines, self.n_added = list[Group](), dict[str, Floats](), 0
        self.rows, self.sets, self.keep = np.empty(0, dtype=np.int64), sets, keep
        if not (names := list(by_series)):
            return
        calendar = np.unique(np.concatenate([estimates[name].history.sessions for name in names]))
        grid = np.concatenate([_line(estimates[name], w, calendar, quiet=True) for name in names], axis=1)
        inside = sorted(_together(np.isfinite(grid), range(len(names))))
        self.groups = [group for s in inside for group in by_series[names[s]]]
        self.rows = np.flatnonzero(np.isfinite(grid[:, inside]).all(axis=1))
        self.lines = {names[s]: grid[self.rows, s] for s in inside}
        size = {name: float(line.std()) for name, line in self.lines.items()}
        self.unit = np.array([size[group.series] / math.sqrt(group.worth) or 1.0 for group in self.groups])
        self.z, labels = np.array([group.z for group in self.groups]), [group.label for group in self.groups]
        self.of_label = {label: np.flatnonzero([one == label for one in labels]) for label in dict.fromkeys(labels)}
        # A pooled mean whose series have no common days has no p: that of some of them would be another sample's.
        self.shares = {}
        for label, members in self.of_label.items():
            pool = pools.get(label, ())
            n = np.array([len(g.position) * (g.series in pool) for g in (self.groups[k] for k in members)])
            if 1 < np.count_nonzero(n) == len(pool):
                self.shares[label] = n / n.sum()
        self.counts, self.reached = np.zeros(len(self.groups), dtype=np.int64), dict.fromkeys(self.shares, 0)
        self.kept: dict[str, list[Floats]] = {label: [] for label in self.shares}

    def add(self, means: Floats) -> None:
        """Count the sets whose means, shape (G, any), reach those of the events."""
        self.n_added += means.shape[1]
        z, far = self.z / self.unit, means / self.unit[:, None]
        for members in self.of_label.values():
            self.counts[members] += step_down_counts(z[members], far[members].T)
        for label, share in self.shares.items():
            members = self.of_label[label]
            of_pool = share @ means[members]
            self.reached[label] += int(np.count_nonzero(np.abs(of_pool) >= abs(self.z[members] @ share)))
            self.kept[label] += [of_pool] if self.keep else []

    def found(self, own: Mapping[tuple[str, str], MeanPlacebo]) -> dict[tuple[str, str], MeanPlacebo]:
        """Return the placebos of means with their family p, and those of the pool."""
        worth, found = len(self.rows) / self.sets.n_sessions, dict[tuple[str, str], MeanPlacebo]()
        if not self.groups:
            return found
        for members in self.of_label.values():
            p = stepped_p(self.z[members] / self.unit[members], self.counts[members], self.sets.n_sets)
            for k, family in zip(members.tolist(), np.maximum(p, p_floor(worth)).tolist(), strict=True):
                if one := own.get(key := (self.groups[k].series, self.groups[k].label)):
                    found[key] = replace(one, family_p=max(family, one.p), family_days=worth)
        for label, n_reached in self.reached.items():
            drawn = np.concatenate(self.kept[label]) if self.keep else None
            p_pool = max((1 + n_reached) / (self.sets.n_sets + 1), p_floor(worth))
            found["*", label] = MeanPlacebo(p_pool, worth, "sessions", drawn=drawn)
        return found
