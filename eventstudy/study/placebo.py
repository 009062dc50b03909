"""The placebo of a study: of single events, of the family of series, and of means over events.

Admissible are sessions whose window lies whole in the sample and meets no news and no closure. A single event is held
against sessions before its own window alone, so that its p could have been known at the time; a mean over events looks
back on all of them, and events that lie years apart would leave nothing before the first.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference import placebo as inference
from eventstudy.inference.placebo import ENOUGH, p_floor
from eventstudy.markets.stamp import Dates
from eventstudy.models import window_sums
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.sample import ALL, NO_CAR, NO_SCALE, Rows, Samples, SeriesSample
from eventstudy.window import Window, span

#: Placebo date sets drawn.
DRAWS = 9_999

#: Placebo means drawn for a band, and the share of them that lies within.
BAND_DRAWS, BAND_SHARE = 2_000, 0.90

#: Keeps a window's ends from being negative where they seed.
_OFFSET = 1_000_000

#: Placebo sets times series summed at once: they stay in the processor's cache; and no fewer sets than this.
_IN_CACHE, _FEWEST_SETS = 1 << 15, 256

#: Numbers held at once; it bounds the memory, not the answer.
_AT_ONCE = 1 << 22

#: The placebo of the m market events of one series, see `single_placebos`, and the names of its parts.
Singles = tuple[Floats, Floats, Floats, NDArray[np.bool_]]
_OF_SINGLES = ("z", "p", "days", "from_residuals")

#: By series and label, what is held against days without news: the fields of an `Answer` that say so.
MeanPlacebos = dict[tuple[str, str], dict[str, Any]]


def make_samples(estimates: Samples) -> Samples:
    """Return series that are estimated with their market events, their figures and their placebo."""
    return samples_of([estimates])[0]


def samples_of(studies: Sequence[Samples]) -> list[Samples]:
    """Return `make_samples` of K studies of the same series and events; those of a series are columns of one block."""
    found, aside = [Samples() for _ in studies], dict[int, Any]()
    singles: dict[str, Singles] = {}
    for alike in _by_block(list(studies[0].values())):
        names = [list(studies[0])[s] for s in alike]
        parts = single_placebos([estimates[name] for name in names for estimates in studies])
        of_block = zip(*(part.reshape(len(names), len(studies), *part.shape[1:]) for part in parts), strict=True)
        singles |= dict(zip(names, of_block, strict=True))
    families = single_families(studies, singles)
    for s, (name, first) in enumerate(studies[0].items()):
        news, events, design = first.matches.market_events, first.events, first.design
        if id(news) not in aside:  # the same for all series of a calendar
            aside[id(news)] = np.stack([news.set_aside(window, design.overlap) for window in design.windows], axis=1)
        at, phases = news.position, events.table["phase"].to_numpy(dtype=object)
        shared = {"position": at, "session": first.history.sessions[at], "label": news.label}
        shared |= {"ids": events.ids[news.lead], "phase": phases[news.lead], "n_members": np.diff(news.bounds)}
        for k, of in enumerate(estimates[name] for estimates in studies):
            figures = {key: of.every(key)[at] for key in ("car", "se", "move")}
            figures |= {key: each[k] for key, each in zip(_OF_SINGLES, singles[name], strict=True)}
            figures |= {"family_p": families[0][k, news.lead, s], "family_days": families[1][k, news.lead, s]}
            code = np.select([np.isnan(figures["car"]), np.isnan(figures["z"])], [NO_CAR, NO_SCALE], aside[id(news)])
            found[k][name] = replace(of, figures=shared | figures | {"code": code.astype(np.int8)})
    return found


def last_admissible(position: Rows, window: Window, design: Design) -> Rows:
    """Return the last session whose window ends before each event's own begins."""
    return np.asarray(position + window.first - 1 - window.last - design.model.reach.last)


def single_placebos(alike: Sequence[SeriesSample]) -> Singles:
    """Hold every market event of K series against all admissible sessions before its own window.

    Parameters
    ----------
    alike : sequence of SeriesSample, length K
        The series, columns of one block.

    Returns
    -------
    z, p, days, from_residuals : ndarray, shape (K, m, W)
        Volatility-scaled CARs, their two-sided placebo p, the days without news behind it (admissible sessions over
        sessions of the window), and where the sample was too short and the event's own estimation residuals served.
        ``p = (1 + #{|z_b| >= |z|} + #{the same of windows that overlap the event's own}) / (B + n)``, never below
        ``1 / (days + 1)``; from residuals with fewer than 100 admissible sessions.

    Notes
    -----
    Of the windows that overlap the event's own those count that begin before it, n - 1 of them: with its own they are
    one block among the blocks of n sessions. Nothing is drawn at random.
    """
    design, position = alike[0].design, alike[0].matches.market_events.position
    block, columns = alike[0].block, [of.column for of in alike]
    z, short = block.scaled["z"][position][:, columns].swapaxes(0, 1), np.isfinite(block.car[position][:, columns])
    short, (p, days) = short.swapaxes(0, 1), np.full((2, *z.shape), np.nan)
    step = max(_AT_ONCE // (8 * span((design.estimation, design.span, Window(0, 0))).n_sessions), 1)
    for w, window in enumerate(design.windows):
        n, ends = window.n_sessions, np.maximum(last_admissible(position, window, design) + 1, 0)
        every, eligible = (np.ascontiguousarray(block.scaled[key][:, columns, w].T) for key in ("z", "eligible"))
        far, own = np.where(eligible, np.abs(every), -1.0), np.abs(z[..., w])
        beside = position[:, None] - np.arange(1, n)
        overlapping = np.where(beside >= 0, every[:, np.maximum(beside, 0)], np.nan)
        reached = 1 + np.count_nonzero(np.abs(overlapping) >= own[..., None], axis=2)
        before = np.empty_like(reached)
        for k, sizes in enumerate(own.tolist()):
            before[k] = np.searchsorted(np.flatnonzero(eligible[k]), ends)
            ahead = zip(ends.tolist(), sizes, strict=True)
            reached[k] += np.array([np.count_nonzero(far[k, :end] >= size) for end, size in ahead], dtype=np.int64)
        of_all = before + 1 + np.count_nonzero(np.isfinite(overlapping), axis=2)
        days[..., w], short[..., w] = before / n, short[..., w] & (before < ENOUGH)
        p[..., w] = np.where(np.isnan(z[..., w]), np.nan, np.maximum(reached / of_all, p_floor(days[..., w])))
        for k, of in enumerate(alike):
            some = np.flatnonzero(short[k, :, w])
            for rows in (some[start : start + step] for start in range(0, len(some), step)):
                z[k, rows, w], draws = residual_placebo(of, position[rows], w)
                n_draws = np.count_nonzero(np.isfinite(draws), axis=1)
                n_reached = 1 + np.count_nonzero(np.abs(draws) >= np.abs(z[k, rows, w])[:, None], axis=1)
                days[k, rows, w], there = n_draws / n, (n_draws > 0) & np.isfinite(z[k, rows, w])
                p_rows = np.maximum(n_reached / (n_draws + 1), p_floor(days[k, rows, w]))
                p[k, rows, w] = np.where(there, p_rows, np.nan)
    return z, p, days, short


def residual_placebo(of: SeriesSample, position: Rows, w: int) -> tuple[Floats, Floats]:
    """Hold events against the residuals of their own estimation windows, where days without news are too few.

    Parameters
    ----------
    of : SeriesSample
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


def single_families(studies: Sequence[Samples], singles: Mapping[str, Singles]) -> tuple[Floats, Floats]:
    """Return what holds of each event for all its series at once: step-down max |z| on common admissible sessions.

    The family is the series over one window, or over all windows where the design says so. A series scaled by residuals
    stands outside it, and so does one that would leave the others fewer than 100 common sessions.

    Returns
    -------
    p, days : ndarray, shape (K, N, S, W)
        Family p of N events in S series over W windows in K studies, and the days without news behind it.
    """
    every = list(studies[0].values())
    design, n_series, n_windows = every[0].design, len(every), len(every[0].design.windows)
    of_event = [np.where(e.matches.there, e.matches.market_events.of_event(len(e.events)), -1) for e in every]
    meetings, which = np.unique(np.stack(of_event, axis=1), axis=0, return_inverse=True)
    calendar, samples = _calendar(every), [of[name] for of in studies for name in studies[0]]
    # By study, meeting, window and series: z, p, and the last day on the common calendar that each may look back to.
    z, own, p, days = np.full((4, len(studies), len(meetings), n_windows, n_series), np.nan)
    ends = np.zeros(p.shape[1:], dtype=np.int64)
    for s, (name, of) in enumerate(studies[0].items()):
        z_single, p_single, _, short = singles[name]
        position, some = of.matches.market_events.position, np.flatnonzero(meetings[:, s] >= 0)
        at = meetings[some, s]
        z[..., s][:, some], own[..., s][:, some] = z_single[:, at], np.where(short, np.nan, p_single)[:, at]
        for w, window in enumerate(design.windows):
            last = np.maximum(last_admissible(position, window, design), 0)
            ends[some, w, s] = np.searchsorted(calendar, of.history.sessions[last], side="right")[at]
    for windows in [[w] for w in range(n_windows)] if design.family == "series" else [list(range(n_windows))]:
        grid = np.concatenate([_on_calendar(samples, w, calendar, "eligible") for w in windows])
        grid = grid.reshape(len(windows), len(studies), n_series, -1).swapaxes(0, 1)
        grid = grid.reshape(len(studies), len(windows) * n_series, -1)
        known, n = np.isfinite(grid), max(design.windows[w].n_sessions for w in windows)
        there = np.isfinite(own[:, :, windows].reshape(len(studies), len(meetings), -1))
        for some in _alike(known, there):
            common, of_some = dict[bytes, tuple[Rows, Floats]](), grid[some]
            for m in np.flatnonzero(there[some[0]].any(axis=1)).tolist():
                columns = np.flatnonzero(there[some[0], m])
                end = ends[m, windows].ravel()[columns].min()
                rows, far = _shared(common, of_some, columns)
                if np.searchsorted(rows, end) < ENOUGH:
                    columns = _together(known[some[0], :, :end], columns)
                    rows, far = _shared(common, of_some, columns)
                cells: Any = some[:, None], m, np.array(windows)[columns // n_series], columns % n_series
                far = far[..., : np.searchsorted(rows, end)]
                p[cells], n_days = own[cells], far.shape[-1] / n
                # A family of one has the p of its member, which also counts windows that overlap the event's own.
                if len(columns) > 1:
                    counts = inference.step_down_counts(z[cells].T, far)
                    stepped = inference.stepped_p(z[cells].T, counts, far.shape[-1]).T
                    p[cells] = np.maximum(np.maximum(stepped, p_floor(n_days)), own[cells])
                days[cells] = n_days
    return p[:, which.ravel()].swapaxes(2, 3), days[:, which.ravel()].swapaxes(2, 3)


def _alike(*of_studies: NDArray[Any]) -> list[Rows]:
    """Return the studies that are alike in all of some arrays (K, ...), together."""
    found: dict[bytes, list[int]] = {}
    for k in range(len(of_studies[0])):
        found.setdefault(b"".join(of[k].tobytes() for of in of_studies), []).append(k)
    return [np.array(some) for some in found.values()]


def _by_block(samples: Sequence[SeriesSample]) -> list[list[int]]:
    """Return the places of series that are columns of the same block, together."""
    found: dict[int, list[int]] = {}
    for s, of in enumerate(samples):
        found.setdefault(id(of.block), []).append(s)
    return list(found.values())


def _calendar(samples: Sequence[SeriesSample]) -> Dates:
    """Return the sessions of all series."""
    return np.unique(np.concatenate([samples[at[0]].history.sessions for at in _by_block(samples)]))


def _on_calendar(samples: Sequence[SeriesSample], w: int, calendar: Dates, which: str) -> Floats:
    """Return the z of every ``eligible`` or ``quiet`` session of S series on a common calendar, shape (S, D)."""
    lines = np.full((len(samples), len(calendar)), np.nan)
    for at in _by_block(samples):
        scaled, columns = samples[at[0]].block.scaled, [samples[s].column for s in at]
        line = np.where(scaled[which][:, columns, w], scaled["z"][:, columns, w], np.nan)
        days = np.searchsorted(calendar, samples[at[0]].history.sessions)
        lines[np.array(at)[:, None], days] = line.T
    return lines


def _shared(common: dict[bytes, tuple[Rows, Floats]], grid: Floats, columns: Rows) -> tuple[Rows, Floats]:
    """Return the days that some of C lines in K studies, (K, C, D), all know, and their |z| on these; made once."""
    if (key := columns.tobytes()) not in common:
        rows = np.flatnonzero(np.isfinite(grid[0, columns]).all(axis=0))
        common[key] = rows, np.abs(grid[:, columns][..., rows]).swapaxes(0, 1)
    return common[key]


def _together(known: NDArray[np.bool_], columns: Rows) -> Rows:
    """Return the lines (C, D) that have at least 100 days in common, those with the most days first, in their order."""
    if np.count_nonzero(known[columns].all(axis=0)) >= ENOUGH:
        return columns
    chosen, common = list[int](), np.ones(known.shape[1], dtype=bool)
    for column in columns[np.argsort(-np.count_nonzero(known[columns], axis=1), kind="stable")].tolist():
        both = common & known[column]
        if np.count_nonzero(both) >= ENOUGH:
            chosen, common = [*chosen, column], both
    return np.array(sorted(chosen), dtype=np.int64)


class Sets:
    """Placebo date sets for windows of n sessions; the first k dates do not change with how many are asked for."""

    def __init__(self, n_sessions: int, seed: Sequence[int], n_sets: int) -> None:
        self.n_sessions, self.n_sets, self._seed = n_sessions, n_sets, list(seed)
        self._made: dict[int, tuple[np.random.Generator, list[Rows]]] = {}
        self._spread: dict[int, Floats] = {}

    @classmethod
    def of(cls, design: Design, w: int, n_sets: int = DRAWS) -> Sets:
        """Return the sets of one of the design's windows."""
        window = design.windows[w]
        return cls(window.n_sessions, [design.seed, window.first + _OFFSET, window.last + _OFFSET], n_sets)

    def dates(self, n_line: int, k: int) -> list[Rows]:
        """Return places among so many sessions, k arrays (B,)."""
        rng, made = self._made.setdefault(n_line, (np.random.default_rng(self._seed), []))
        made += [rng.integers(0, n_line, size=self.n_sets) for _ in range(k - len(made))]
        return made[:k]

    def means(self, lines: Sequence[Floats], column: Rows, effective_n: Floats) -> Iterator[Floats]:
        """Yield means of placebo sets that vary as the means of G groups do, a block of sets at a time, shape (G, any).

        `lines` are the z of the admissible sessions, the same for all series; `column` (G,) says which is each group's,
        and `effective_n` (G,) how many windows without overlap its own stand for.
        """
        line, middle = np.stack(lines, axis=1), np.array([one.mean() for one in lines])
        n_drawn, centred, middles = np.ceil(effective_n - 1e-9).astype(int), line - middle, middle[column, None]
        done = {k: np.flatnonzero(n_drawn == k) for k in sorted(set(n_drawn.tolist()))}
        roots, dates, n = np.sqrt(n_drawn * effective_n)[:, None], self.dates(len(line), max(done)), self.n_sessions
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


def effective_of(of: Sequence[SeriesSample], position: Sequence[Rows], w: int) -> Floats:
    """Return how many windows without overlap the market events of G groups stand for, see `effective_n`.

    Parameters
    ----------
    of : sequence of SeriesSample, length G
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
    studies: Sequence[Samples],
    groups: Sequence[Mapping[tuple[str, str], tuple[Rows, float]]],
    pool: Sequence[str],
    w: int,
    sets: Sets,
    *,
    keep: bool = False,
) -> list[MeanPlacebos]:
    """Hold means over market events against means over placebo sessions, over one window of n sessions.

    Parameters
    ----------
    studies : sequence of dict of str to SeriesSample, length K
        The series of each study.
    groups : sequence of mapping of (str, str) to (ndarray of int64, float), length K
        By series and label, sessions of the market events, at least one, and their mean volatility-scaled CAR.
    pool : sequence of str
        The series that are pooled.
    w : int
        Which of the design's windows.
    sets : Sets
        The B placebo sets of that window, the same for all studies.
    keep : bool
        Whether the means of the sets are kept as ``drawn``, shape (B,) each.

    Returns
    -------
    list of dict of (str, str) to dict, length K
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
    found, keys = [MeanPlacebos() for _ in studies], [(k, *key) for k, of in enumerate(groups) for key in of]
    if not keys:
        return found
    position, z = [at for of in groups for at, _ in of.values()], np.array([z for of in groups for _, z in of.values()])
    effective_n = effective_of([studies[k][name] for k, name, _ in keys], position, w)
    size = np.array(list(map(len, position)))
    of_series: dict[tuple[int, str], list[int]] = {}
    for g, (k, name, _) in enumerate(keys):
        of_series.setdefault((k, name), []).append(g)
    jobs, unit, short = _jobs(studies, of_series, w, effective_n)
    for g in short:
        draws = residual_placebo(studies[keys[g][0]][keys[g][1]], position[g][:1], w)[1][0]
        found[keys[g][0]][keys[g][1:]] = _of_residuals(z[g], draws[np.isfinite(draws)], effective_n[g], sets, keep=keep)
    n_pooled = Counter((k, label) for k, name, label in keys if name in pool)
    families: list[tuple[int, float, float]] = []
    for n_line, lines in jobs.items():
        alone, stepped, pools = _held(lines, keys, (z, size, effective_n, unit), (pool, n_pooled), sets, keep=keep)
        for (k, *key), one in (*((keys[g], one) for g, one in alone), *(((k, ALL, of), one) for (k, of), one in pools)):
            found[k][key[0], key[1]] = one
        families += [(g, p, n_line / sets.n_sessions) for g, p in stepped]
    for g, p, days in families:
        (k, *key) = keys[g]
        if held := found[k].get((key[0], key[1])):
            found[k][key[0], key[1]] = held | {"family_p": max(p, held["p_value"]), "family_days": days}
    return found


#: Groups of a series, the z of sessions, and whether means of these serve the p of each group, and that of its family.
_Line = tuple[list[int], Floats, bool, bool]


def _jobs(
    studies: Sequence[Samples], of_series: Mapping[tuple[int, str], list[int]], w: int, effective_n: Floats
) -> tuple[dict[int, list[_Line]], Floats, list[int]]:
    """Return what is to be drawn from, by the number of sessions, on which the draws depend.

    Beside it the unit in which each group's mean stands in its family, and the groups of series with too few sessions.
    """
    jobs, unit, short = dict[int, list[_Line]](), np.ones(len(effective_n)), list[int]()
    for k, estimates in enumerate(studies):
        names = [name for name in estimates if (k, name) in of_series]
        own, common = _lines(estimates, names, w)
        short += [g for name in names if name not in own for g in of_series[k, name]]
        # Series of one calendar have all their days in common: what is drawn for each serves the family too.
        same = all(len(own[name]) == len(line) for name, line in common.items())
        for name, line in own.items():
            jobs.setdefault(len(line), []).append((of_series[k, name], line, True, same and name in common))
        for name, line in common.items():
            some, spread = of_series[k, name], float(line.std())
            unit[some] = (
                spread / np.sqrt(effective_n[some]) if spread else 1.0
            )  # of a series that never moved any will do
            if not same:
                jobs.setdefault(len(line), []).append((some, line, False, True))
    return jobs, unit, short


def _held(
    lines: Sequence[_Line],
    keys: Sequence[tuple[int, str, str]],
    figures: tuple[Floats, Rows, Floats, Floats],
    of_pool: tuple[Sequence[str], Mapping[tuple[int, str], int]],
    sets: Sets,
    *,
    keep: bool,
) -> tuple[list[tuple[int, dict[str, Any]]], list[tuple[int, float]], list[tuple[tuple[int, str], dict[str, Any]]]]:
    """Hold means of series with the same number of sessions against the same draws.

    Returns what holds of groups, their step-down p, and what holds of pooled means by study and label; `of_pool` are
    the series that are pooled, and how many of them have a group of each study and label.
    """
    (z, size, effective_n, unit), (pool, n_pooled), n_line = figures, of_pool, len(lines[0][1])
    of_group = [(g, c) for c, (some, _, _, together) in enumerate(lines) for g in some if together or size[g] > 1]
    if not of_group:
        return [], [], []
    some, column = np.array(of_group).T
    by_label: dict[tuple[int, str], list[int]] = {}
    for row, (g, c) in enumerate(of_group):
        if lines[c][3]:
            by_label.setdefault((keys[g][0], keys[g][2]), []).append(row)
    alike: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for one, members in by_label.items():
        alike.setdefault((one[1], *(keys[some[row]][1] for row in members)), []).append(one)
    # Of F families of the same S series each, rows and shares in the pooled mean (S, F), and the sets that reach them.
    teams = [(of, np.array([by_label[one] for one in of]).T) for of in alike.values()]
    shares = [
        size[some[rows]] * np.array([keys[some[row]][1] in pool for row in rows[:, 0]])[:, None] for _, rows in teams
    ]
    shares = [share / np.maximum(share.sum(axis=0), 1) for share in shares]
    counts, pooled = [np.zeros(rows.shape, dtype=np.int64) for _, rows in teams], [list[Floats]() for _ in teams]
    mine = np.array([row for row, (g, c) in enumerate(of_group) if lines[c][2] and size[g] > 1], dtype=np.int64)
    reached, drawn, far = np.zeros(len(mine), dtype=np.int64), list[Floats](), np.abs(z[some]) / unit[some]
    mean_z = np.abs(z[some[mine]])
    for means in sets.means([line for _, line, _, _ in lines], column, effective_n[some]):
        own = means if len(mine) == len(means) else means[mine]
        reached += np.sum(np.abs(own) >= mean_z[:, None], axis=1, dtype=np.int32)
        drawn += [own] if keep else []
        for t, (_, rows) in enumerate(teams):
            of_team = means[rows]
            pooled[t].append(np.einsum("sf,sfb->fb", shares[t], of_team))
            of_team /= unit[some[rows]][..., None]
            np.abs(of_team, out=of_team)
            counts[t] += inference.step_down_counts(far[rows], of_team)
    alone = [(int(some[row]), _of_draws(int(reached[r]), n_line, sets, [of[r] for of in drawn]))
             for r, row in enumerate(mine.tolist())]  # fmt: skip
    stepped, pools = list[tuple[int, float]](), list[tuple[tuple[int, str], dict[str, Any]]]()
    for (of, rows), share, count, blocks in zip(teams, shares, counts, pooled, strict=True):
        p = np.maximum(inference.stepped_p(far[rows], count, sets.n_sets), p_floor(n_line / sets.n_sessions))
        stepped += zip(some[rows].ravel().tolist(), p.ravel().tolist(), strict=True)
        of_pools, means = np.concatenate(blocks, axis=1), np.abs((share * z[some[rows]]).sum(axis=0))
        for f, one in enumerate(of):
            # A pooled mean whose series have no common days has no p: that of some of them would be another sample's.
            if 1 < np.count_nonzero(share[:, f]) == n_pooled.get(one):
                n_reached = int(np.count_nonzero(np.abs(of_pools[f]) >= means[f]))
                pools.append((one, _of_draws(n_reached, n_line, sets, [of_pools[f]] if keep else [])))
    return alone, stepped, pools


def placebo_of_mean(
    z: float, line: Floats, effective_n: float, n: int, seed: Sequence[int], draws: int = DRAWS
) -> tuple[float, float]:
    """Hold one mean z against means over admissible sessions, as `mean_placebos` does, without estimates.

    Parameters
    ----------
    z : float
        The mean volatility-scaled return.
    line : ndarray, shape (A,)
        z of the admissible sessions.
    effective_n : float
        How many windows without overlap the mean stands for, see `eventstudy.inference.placebo.effective_n`.
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
    if effective_n == 1:
        return inference.placebo_p(z, line, n=n), days
    blocks = Sets(n, seed, draws).means([line], np.zeros(1, dtype=np.int64), np.array([effective_n]))
    reached = sum(int(np.count_nonzero(np.abs(means) >= abs(z))) for means in blocks)
    return max((1 + reached) / (draws + 1), p_floor(days)), days


def days_of_means(of: SeriesSample, w: int) -> Rows:
    """Return the sessions that means are held against: the quiet ones, or all admissible where these are too few."""
    days = np.flatnonzero(of.every("quiet")[:, w])
    return days if len(days) >= ENOUGH else np.flatnonzero(of.every("eligible")[:, w])


def _lines(estimates: Samples, names: list[str], w: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the z of the admissible sessions of series that have enough, and of as many as do on common ones."""
    days = {name: days_of_means(estimates[name], w) for name in names}
    names = [name for name in names if len(days[name]) >= ENOUGH]
    if not names:
        return {}, {}
    samples = [estimates[name] for name in names]
    grid = _on_calendar(samples, w, _calendar(samples), "quiet")
    known = np.isfinite(grid)
    inside = _together(known, np.arange(len(names)))
    rows = np.flatnonzero(known[inside].all(axis=0))
    own = {name: estimates[name].every("z")[days[name], w] for name in names}
    return own, {names[s]: grid[s, rows] for s in inside.tolist()}


def _of_draws(
    n_reached: int | np.signedinteger[Any], n_line: int, sets: Sets, drawn: Sequence[Floats]
) -> dict[str, Any]:
    """Return what holds of a mean that some of the means of placebo sets reach; with these where they are kept."""
    days = n_line / sets.n_sessions
    p = max((1 + int(n_reached)) / (sets.n_sets + 1), p_floor(days))
    return {"p_value": p, "days": days, "p_source": "sessions"} | ({"drawn": np.concatenate(drawn)} if drawn else {})


def _of_residuals(z: float, draws: Floats, effective_n: float, sets: Sets, *, keep: bool) -> dict[str, Any]:
    """Hold a mean against the residuals of its first event, with what their few windows leave unknown."""
    if not len(draws):
        return {}
    middle, days, n_drawn = draws.mean(), len(draws) / sets.n_sessions, math.ceil(effective_n - 1e-9)
    sums = (draws - middle)[np.stack(sets.dates(len(draws), n_drawn))].sum(axis=0) / math.sqrt(n_drawn * effective_n)
    drawn = middle + math.sqrt(1.0 + effective_n / days) * sums
    n_reached = int(np.count_nonzero(np.abs(drawn) >= abs(z)))
    return _of_draws(n_reached, len(draws), sets, [drawn] if keep else []) | {"p_source": "residuals"}


class MeanPath(NamedTuple):
    """The mean path of one label in one series, and the market events behind it.

    Parameters
    ----------
    label : str
        The label; ``*`` for all.
    taus : ndarray of int, shape (m,)
        Event time over the design's span, and the session before it.
    mean : ndarray, shape (m,)
        Mean cumulative abnormal return since the last price before the window: at the window's last session the CAAR
        of its answer. NaN without a market event, or where one of them lacks a return.
    each, aside : ndarray, shape (n, m) and (k, m)
        The n market events of the answer, and k with a CAR over the window that are set aside.
    sessions : ndarray of datetime64[D], shape (n,)
        Event sessions of the former.
    band : ndarray, shape (m,), or None
        Half of the width of the band of days without news, which is symmetric about 0; None without enough of them.
    """

    label: str
    taus: Rows
    mean: Floats
    each: Floats
    aside: Floats
    sessions: NDArray[np.datetime64]
    band: Floats | None


def mean_path(sample: SeriesSample, label: str, w: int) -> MeanPath | None:
    """Return the mean path of the market events that stand in the answer of a label over a window.

    Parameters
    ----------
    sample : SeriesSample
        The market events of a series.
    label : str
        Their label, ``*`` for all.
    w : int
        Which of the design's windows.

    Returns
    -------
    MeanPath or None
        None where no market event of the label has a CAR over the window.

    Notes
    -----
    The sample is the answer's own, so that the path passes through its CAAR; beyond the window it may meet news of
    another kind. For the band see `band_of_mean`.
    """
    design, window = sample.design, sample.design.windows[w]
    of_label = (label == ALL) | (sample.label == label)
    there, rows = np.flatnonzero(np.isfinite(sample.car[:, w]) & of_label), sample.rows(label, w)
    if not len(there):
        return None
    ar = np.nan_to_num(sample.path) if design.missing == "partial" else sample.path
    taus, base = np.arange(design.span.first - 1, design.span.last + 1), window.first - design.span.first
    before = -np.cumsum(ar[:, :base][:, ::-1], axis=1)[:, ::-1]
    values = np.hstack([before, np.zeros((len(ar), 1)), np.cumsum(ar[:, base:], axis=1)])
    mean, band = np.full(len(taus), np.nan), np.zeros(len(taus))
    if len(rows):
        with np.errstate(invalid="ignore"):
            mean = values[rows].mean(axis=0)
    scale, shift, days = sample.every("scale"), min(window.first, 0), days_of_means(sample, w)
    for k, tau in enumerate(taus.tolist()):
        if tau != window.first - 1 and len(rows):
            part = Window(window.first, tau) if tau >= window.first else Window(tau + 1, window.first - 1)
            at = days[sample.block.clear(part)[days] & (days + shift >= 0)]
            line = sample.abnormal_at(at, part).ar.sum(axis=1) / scale[at + shift]
            band[k] = band_of_mean(sample, sample.position[rows], scale[sample.position[rows] + shift], line, w)
    some = len(rows) and np.isfinite(band).sum() > 1
    aside = values[np.setdiff1d(there, rows)]
    return MeanPath(label, taus, mean, values[rows], aside, sample.session[rows], band if some else None)


def band_of_mean(of: SeriesSample, position: Rows, scale: Floats, line: Floats, w: int) -> float:
    """Return how far the mean over days without news lies from 0, either way, in 90 of 100 draws.

    Parameters
    ----------
    of : SeriesSample
        The series.
    position : ndarray of int64, shape (n,)
        Sessions of the market events.
    scale : ndarray, shape (n,)
        Volatility of each, known before it, in the unit of the returns.
    line : ndarray, shape (B,)
        Returns on days without news in units of the volatility known before each.
    w : int
        Which of the design's windows.

    Returns
    -------
    float
        NaN with fewer than 100 days without news.

    Notes
    -----
    Each of 2,000 draws takes n days without news, with replacement, and gives every one of them the volatility of one
    of the events: ``m = Σ σ_i z_i / n``. The band is the 90 % quantile of ``|m|``, times √(n / effective n) as the p of
    a mean allows for overlapping windows. The p weighs events by 1/σ and the mean return does not; so next to p = 0.10
    a mean may lie on either side of the band.
    """
    line = line[np.isfinite(line)]
    if len(line) < ENOUGH or not np.isfinite(scale).all():
        return math.nan
    effective_n = effective_of([of], [position], w)[0]
    rng = np.random.default_rng([of.design.seed, len(line), len(position)])
    drawn = (line[rng.integers(0, len(line), (BAND_DRAWS, len(position)))] * scale).mean(axis=1)
    return float(np.quantile(np.abs(drawn), BAND_SHARE) * math.sqrt(len(position) / effective_n))
