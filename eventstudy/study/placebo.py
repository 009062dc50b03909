"""The placebo of a study: of single events, of the family of series, and of means over events.

Admissible are sessions whose window lies whole in the sample and meets no news and no closure. A single event is held
against sessions before its own window alone, so that its p could have been known at the time; a mean over events looks
back on all of them, and events that lie years apart would leave nothing before the first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference import placebo as inference
from eventstudy.inference.placebo import ENOUGH, p_floor
from eventstudy.markets.stamp import Dates
from eventstudy.models import window_sums
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

#: The placebo of the m market events of one series, see `single_placebos`.
Singles = tuple[Floats, Floats, Floats, NDArray[np.bool_]]

#: By series and label, what is held against days without news: the fields of an `Answer` that say so.
MeanPlacebos = dict[tuple[str, str], dict[str, Any]]


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
    z, p, days, from_residuals : ndarray, shape (m, W)
        Volatility-scaled CARs, their two-sided placebo p, the days without news behind it (admissible sessions over
        sessions of the window), and where the sample was too short and the event's own estimation residuals served.
        ``p = (1 + #{|z_b| >= |z|} + #{the same of windows that overlap the event's own}) / (B + n)``, never below
        ``1 / (days + 1)``; from residuals with fewer than 100 admissible sessions.

    Notes
    -----
    Of the windows that overlap the event's own those count that begin before it, n - 1 of them: with its own they are
    one block among the blocks of n sessions. Nothing is drawn at random.
    """
    design, position = of.design, of.matches.market_events.position
    z = of.z[position]
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
    return z, p, days, short


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
    residual, usable, _ = of.residuals(position, reach)
    learned = usable & [tau in design.estimation.taus for tau in reach.taus]
    n_obs = learned.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(learned, residual, 0.0).sum(axis=1) / n_obs
        variance = (np.where(learned, residual - mean[:, None], 0.0) ** 2).sum(axis=1) / np.maximum(n_obs - 1, 1)
        scale = inference.ewma_scale(residual.T, np.where(n_obs > 1, variance, np.nan))
        z = inference.placebo_z(window_sums(residual.T, window), scale, window)
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
        at, (z_single, p_single, _, from_residuals) = meetings[some, s], single
        z[some, :, s], own[some, :, s] = z_single[at], np.where(from_residuals, np.nan, p_single)[at]
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
            if len(columns) > 1:
                alone = np.maximum(np.maximum(inference.step_down_p(z[k, at, series], far.T), p_floor(n_days)), alone)
            p[k, at, series], days[k, at, series] = alone, n_days
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


class Sets:
    """Placebo date sets for windows of n sessions; the first k dates do not change with how many are asked for."""

    def __init__(self, n_sessions: int, seed: Sequence[int], n_sets: int) -> None:
        self.n_sessions, self.n_sets, self._seed = n_sessions, n_sets, list(seed)
        self._made: dict[int, tuple[np.random.Generator, list[NDArray[np.int64]]]] = {}
        self._spread: dict[int, Floats] = {}

    @classmethod
    def of(cls, design: Design, w: int, n_sets: int = DRAWS) -> Sets:
        """Return the sets of one of the design's windows."""
        window = design.windows[w]
        return cls(window.n_sessions, [design.seed, window.first + _OFFSET, window.last + _OFFSET], n_sets)

    def dates(self, n_line: int, k: int) -> list[NDArray[np.int64]]:
        """Return places among so many sessions, k arrays (B,)."""
        rng, made = self._made.setdefault(n_line, (np.random.default_rng(self._seed), []))
        made += [rng.integers(0, n_line, size=self.n_sets) for _ in range(k - len(made))]
        return made[:k]

    def means(self, lines: Sequence[Floats], column: NDArray[np.int64], worth: Floats) -> Iterator[Floats]:
        """Yield means of placebo sets that vary as the means of G groups do, a block of sets at a time, shape (G, any).

        `lines` are the z of the admissible sessions, the same for all series; `column` (G,) says which is each group's,
        and `worth` (G,) how many windows without overlap its own are worth.
        """
        line, middle = np.stack(lines, axis=1), np.array([one.mean() for one in lines])
        n_drawn, centred, middles = np.ceil(worth - 1e-9).astype(int), line - middle, middle[column, None]
        done = {k: np.flatnonzero(n_drawn == k) for k in np.unique(n_drawn).tolist()}
        roots, dates, n = np.sqrt(n_drawn * worth)[:, None], self.dates(len(line), max(done)), self.n_sessions
        if n > 1 and len(line) not in self._spread:
            drawn = np.random.default_rng([*self._seed, 1]).chisquare(len(line) / n, self.n_sets)
            self._spread[len(line)] = np.sqrt(len(line) / n / drawn)
        step = max(_IN_CACHE // line.shape[1], _FEWEST_SETS)
        for start in range(0, self.n_sets, step):
            some = slice(start, min(start + step, self.n_sets))
            means, total = np.empty((len(column), some.stop - start)), np.zeros((some.stop - start, line.shape[1]))
            for k, at in enumerate(dates, 1):
                total += centred.take(at[some], axis=0)
                if k in done:
                    means[done[k]] = total.T[column[done[k]]]
            means /= roots
            if n > 1:
                means *= self._spread[len(line)][some]
            means += middles
            yield means


def effective_of(of: Sequence[SeriesEstimates], position: Sequence[NDArray[np.int64]], w: int) -> Floats:
    """Return how many windows without overlap the market events of G groups are worth, see `effective_n`.

    Parameters
    ----------
    of : sequence of SeriesEstimates, length G
        The series of each group.
    position : sequence of ndarray of int64, length G
        Sessions of its market events, at least one.
    w : int
        Which of the design's windows.
    """
    design, size = of[0].design, np.array(list(map(len, position)))
    group, n_obs = np.repeat(np.arange(len(size)), size), np.full(len(size), np.inf)
    if design.model.form == "ols":
        each = [one.fits.n_obs[at] for one, at in zip(of, position, strict=True)]
        n_obs = np.bincount(group, np.concatenate(each)) / size
    n, reach = design.windows[w].n_sessions, design.estimation.n_sessions
    return inference.effective_sizes(np.concatenate(position), group, size, n, n_obs, reach)


def mean_placebos(
    estimates: Estimates,
    groups: Mapping[tuple[str, str], tuple[NDArray[np.int64], float]],
    pool: Sequence[str],
    w: int,
    sets: Sets,
    *,
    keep: bool = False,
) -> MeanPlacebos:
    """Hold means over market events against means over placebo sessions, over one window of n sessions.

    Parameters
    ----------
    estimates : dict of str to SeriesEstimates
        The series.
    groups : mapping of (str, str) to (ndarray of int64, float)
        By series and label, sessions of the market events, at least one, and their mean volatility-scaled CAR.
    pool : sequence of str
        The series that are pooled.
    w : int
        Which of the design's windows.
    sets : Sets
        The B placebo sets of that window; studies can share them.
    keep : bool
        Whether the means of the sets are kept as ``drawn``, shape (B,) each.

    Returns
    -------
    dict of (str, str) to dict
        By series and label ``p_value, days, p_source`` and ``family_p, family_days``, which hold for all series; means
        over one event have none. Pooled means under the series ``*``.

    Notes
    -----
    A set has ``k = ⌈effective n⌉`` admissible sessions, drawn independently and with replacement, and its mean is
    scaled to vary as the mean over the overlapping windows does: ``mid + Σ (z_j - mid) / √(k · effective n)``. For
    n > 1 the deviation is divided by ``√(χ²_w/w)``, w = admissible sessions / n: the scale is known from no more
    windows. Each series' own p rests on its own sessions; the family (step-down max |z|, each series in units of its
    own spread) and the pool rest on common ones. The same draws serve every series.
    """
    found: MeanPlacebos = {}
    if not groups:
        return found
    keys, position = list(groups), [at for at, _ in groups.values()]
    z, size = np.array([z for _, z in groups.values()]), np.array(list(map(len, position)))
    worth = effective_of([estimates[name] for name, _ in keys], position, w)
    of_series: dict[str, list[int]] = {}
    for g, (name, _) in enumerate(keys):
        of_series.setdefault(name, []).append(g)
    alike, short = _lines(estimates, of_series, w)
    for g in [g for name in short for g in of_series.pop(name)]:
        draws = residual_placebo(estimates[keys[g][0]], position[g][:1], w)[1][0]
        found[keys[g]] = _of_residuals(z[g], draws[np.isfinite(draws)], worth[g], sets, keep=keep)
    common = _Common(estimates, of_series, keys, (z, worth, size), pool, w)
    # Series of one calendar have all their days in common: what is drawn for each serves the family too.
    jobs = [(lines, common.is_over(lines), True) for lines in alike]
    if not any(together for _, together, _ in jobs):
        jobs.append((common.lines, True, False))
    for lines, together, own in jobs:
        some = np.array([g for name in lines for g in of_series[name] if together or size[g] > 1], dtype=np.int64)
        names = list(dict.fromkeys(keys[g][0] for g in some))
        column, far = np.array([names.index(keys[g][0]) for g in some]), np.abs(z[some])[:, None]
        reached, drawn = np.zeros(len(some), dtype=np.int64), list[Floats]()
        for means in sets.means([lines[name] for name in names], column, worth[some]) if names else ():
            reached += np.count_nonzero(np.abs(means) >= far, axis=1)
            drawn += [means] if keep else []
            if together:
                common.add(means, keep=keep)
        for k, g in enumerate(some.tolist()):
            if own and size[g] > 1:
                kept = np.concatenate([means[k] for means in drawn]) if keep else None
                found[keys[g]] = _of_draws(int(reached[k]), len(lines[names[0]]), sets, kept)
    return found | common.found(found, sets)


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
        return inference.placebo_p(z, line, n=n), days
    blocks = Sets(n, seed, draws).means([line], np.zeros(1, dtype=np.int64), np.array([worth]))
    reached = sum(int(np.count_nonzero(np.abs(means) >= abs(z))) for means in blocks)
    return max((1 + reached) / (draws + 1), p_floor(days)), days


def days_of_means(of: SeriesEstimates, w: int) -> NDArray[np.int64]:
    """Return the sessions that means are held against: the quiet ones, or all admissible where these are too few."""
    days = np.flatnonzero(of.quiet[:, w])
    return days if len(days) >= ENOUGH else np.flatnonzero(of.eligible[:, w])


def _lines(estimates: Estimates, names: Iterable[str], w: int) -> tuple[list[dict[str, Floats]], list[str]]:
    """Return the z of the admissible sessions of series that have the same ones, and the series that have too few."""
    alike, short = dict[bytes, dict[str, Floats]](), []
    for name in names:
        of = estimates[name]
        days = days_of_means(of, w)
        if len(days) >= ENOUGH:
            alike.setdefault(days.tobytes(), {})[name] = of.z[days, w]
        else:
            short.append(name)
    return list(alike.values()), short


def _of_draws(n_reached: int, n_line: int, sets: Sets, drawn: Floats | None) -> dict[str, Any]:
    """Return what holds of a mean that some of the means of placebo sets reach."""
    days = n_line / sets.n_sessions
    p = max((1 + n_reached) / (sets.n_sets + 1), p_floor(days))
    return {"p_value": float(p), "days": days, "p_source": "sessions"} | ({} if drawn is None else {"drawn": drawn})


def _of_residuals(z: float, draws: Floats, worth: float, sets: Sets, *, keep: bool) -> dict[str, Any]:
    """Hold a mean against the residuals of its first event, with what their few windows leave unknown."""
    if not len(draws):
        return {}
    middle, days, n_drawn = draws.mean(), len(draws) / sets.n_sessions, math.ceil(worth - 1e-9)
    sums = (draws - middle)[np.stack(sets.dates(len(draws), n_drawn))].sum(axis=0) / math.sqrt(n_drawn * worth)
    drawn = middle + math.sqrt(1.0 + worth / days) * sums
    n_reached = int(np.count_nonzero(np.abs(drawn) >= abs(z)))
    return _of_draws(n_reached, len(draws), sets, drawn if keep else None) | {"p_source": "residuals"}


class _Common:
    """Family p and pooled means, on the sessions that series have in common; means of placebo sets are added to it."""

    def __init__(
        self,
        estimates: Estimates,
        of_series: Mapping[str, Sequence[int]],
        keys: Sequence[tuple[str, str]],
        figures: tuple[Floats, Floats, NDArray[np.int64]],
        pool: Sequence[str],
        w: int,
    ) -> None:
        names, self.lines = list(of_series), dict[str, Floats]()
        if names:
            calendar = np.unique(np.concatenate([estimates[name].history.sessions for name in names]))
            grid = np.concatenate([_line(estimates[name], w, calendar, quiet=True) for name in names], axis=1)
            inside = sorted(_together(np.isfinite(grid), range(len(names))))
            rows = np.flatnonzero(np.isfinite(grid[:, inside]).all(axis=1))
            self.lines = {names[s]: grid[rows, s] for s in inside}
        some = [g for name in self.lines for g in of_series[name]]
        self.keys, (self.z, worth, size) = [keys[g] for g in some], (of[some] for of in figures)
        spread = {name: float(line.std()) for name, line in self.lines.items()}
        unit = [spread[name] / math.sqrt(n) or 1.0 for (name, _), n in zip(self.keys, worth.tolist(), strict=True)]
        self.unit, self.counts = np.array(unit), np.zeros(len(some), dtype=np.int64)
        self.of_label: dict[str, list[int]] = {}
        for g, (_, label) in enumerate(self.keys):
            self.of_label.setdefault(label, []).append(g)
        # A pooled mean whose series have no common days has no p: that of some of them would be another sample's.
        self.pools: dict[str, tuple[Floats, float, list[Floats]]] = {}
        for label, members in self.of_label.items():
            n = np.array([size[g] * (self.keys[g][0] in pool) for g in members])
            n_pooled = len({name for name, of in keys if of == label and name in pool})
            if 1 < np.count_nonzero(n) == n_pooled:
                share = n / n.sum()
                self.pools[label] = share, abs(self.z[members] @ share), []
        self.reached = dict.fromkeys(self.pools, 0)

    def is_over(self, lines: Mapping[str, Floats]) -> bool:
        """Whether lines are those of the common sessions."""
        return {name: len(line) for name, line in lines.items()} == {k: len(line) for k, line in self.lines.items()}

    def add(self, means: Floats, *, keep: bool) -> None:
        """Count the sets whose means, shape (G, any), reach those of the events."""
        z, far = self.z / self.unit, means / self.unit[:, None]
        for label, members in self.of_label.items():
            self.counts[members] += inference.step_down_counts(z[members], far[members].T)
            if label in self.pools:
                share, size, kept = self.pools[label]
                of_pool = share @ means[members]
                self.reached[label] += int(np.count_nonzero(np.abs(of_pool) >= size))
                kept += [of_pool] if keep else []

    def found(self, own: MeanPlacebos, sets: Sets) -> MeanPlacebos:
        """Return the placebos of means with their family p, and those of the pool."""
        n_line, found = len(next(iter(self.lines.values()), ())), MeanPlacebos()
        for members in self.of_label.values():
            p = inference.stepped_p(self.z[members] / self.unit[members], self.counts[members], sets.n_sets)
            days = n_line / sets.n_sessions
            for g, family in zip(members, np.maximum(p, p_floor(days)).tolist(), strict=True):
                if one := own.get(self.keys[g]):
                    found[self.keys[g]] = one | {"family_p": max(family, one["p_value"]), "family_days": days}
        for label, (_, _, kept) in self.pools.items():
            found["*", label] = _of_draws(self.reached[label], n_line, sets, np.concatenate(kept) if kept else None)
        return found
