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
from eventstudy.inference.placebo import ENOUGH
from eventstudy.markets.stamp import Dates
from eventstudy.models import window_sums
from eventstudy.returns import ROUNDING, Floats, Ints, Mask
from eventstudy.statistic import drawn_p
from eventstudy.study.design import Design
from eventstudy.study.sample import ALL, NO_CAR, NO_SCALE, Samples, SeriesSample, rows_by_label
from eventstudy.tasks import alike
from eventstudy.window import Window, span

#: Placebo date sets drawn.
DRAWS = 9_999

#: Keeps a window's ends from being negative where they seed.
_OFFSET = 1_000_000

#: Placebo sets times series summed at once: they stay in the processor's cache; and no fewer sets than this.
_IN_CACHE, _FEWEST_SETS = 131_072, 256

#: Events that are held against residuals at once; it bounds the memory, not the answer.
_AT_ONCE = 4_000

#: The placebo of the m market events of one series, see `single_placebos`, and the names of its parts.
Singles = tuple[Floats, Floats, Floats, Mask]
_OF_SINGLES = ("z", "p", "days", "from_residuals")

#: By series and label, what is held against days without news: the fields of an `Answer` that say so.
MeanPlacebos = dict[tuple[str, str], dict[str, Any]]

#: A mean: its study, by place, its series (``*`` for the pool) and its label.
_Key = tuple[int, str, str]


def samples_of(studies: Sequence[Samples]) -> list[Samples]:
    """Return series that are estimated with their market events, their figures and their placebo.

    Of K studies of the same series and events, those of a series columns of one block.
    """
    found, aside, stand = [Samples() for _ in studies], dict[int, Any](), dict[tuple[int, bytes], dict[str, Any]]()
    singles: dict[str, Singles] = {}
    by_name, *_ = studies
    for columns in alike(id(of.block) for of in by_name.values()):
        names = [list(by_name)[s] for s in columns]
        parts = single_placebos([estimates[name] for name in names for estimates in studies])
        of_block = zip(*(part.reshape(len(names), len(studies), *part.shape[1:]) for part in parts), strict=True)
        singles |= dict(zip(names, of_block, strict=True))
    family_p, family_days = single_families(studies, singles)
    for s, (name, first) in enumerate(by_name.items()):
        news, events, design = first.matches.market_events, first.events, first.design
        if id(news) not in aside:  # the same for all series of a calendar
            aside[id(news)] = np.stack([news.set_aside(window, design.overlap) for window in design.windows], axis=1)
        at, phases = news.position, events.table["phase"].to_numpy(dtype=object)
        shared = {"position": at, "session": first.history.sessions[at], "label": news.label}
        shared |= {"ids": events.ids[news.lead], "phase": phases[news.lead], "n_members": np.diff(news.bounds)}
        for k, of in enumerate(estimates[name] for estimates in studies):
            figures = {key: of.every(key)[at] for key in ("car", "se", "move")}
            figures |= {key: each[k] for key, each in zip(_OF_SINGLES, singles[name], strict=True)}
            figures |= {"family_p": family_p[k, :, s], "family_days": family_days[k, :, s]}
            code = np.where(np.isnan(figures["z"]), NO_SCALE, aside[id(news)]).astype(np.int8)
            code[np.isnan(figures["car"])] = NO_CAR
            if (key := (id(news), code.tobytes())) not in stand:  # nearly always the same for all studies
                stand[key] = {"code": code, "by_label": rows_by_label(news.label, code)}
            found[k][name] = replace(of, figures=shared | figures | stand[key])
    return found


def last_admissible(position: Ints, window: Window, design: Design) -> Ints:
    """Return the last session whose window ends before each event's own begins."""
    return np.asarray(position + window.first - 1 - window.last - design.model.reach.last)


def single_placebos(series: Sequence[SeriesSample]) -> Singles:
    """Hold every market event against all admissible sessions before its own window.

    The K series are columns of one block.

    Returns
    -------
    z, p, days, from_residuals : ndarray, shape (K, m, W)
        Volatility-scaled CARs, their two-sided placebo p, the days without news behind it (admissible sessions over
        sessions of the window), and where fewer than 100 were admissible and the event's own residuals served.

    Notes
    -----
    ``p = (1 + #{|z_b| >= |z|} + #{the same of windows that overlap the event's own}) / (B + n)``, never below
    ``1 / (days + 1)``. Of the windows that overlap the event's own those count that begin before it, n - 1 of them:
    with its own they are one block among the blocks of n sessions. Nothing is drawn at random.
    """
    (first, *_), columns = series, [of.column for of in series]
    design, block, position = first.design, first.block, first.matches.market_events.position
    z, short = block.scaled["z"][position][:, columns].swapaxes(0, 1), np.isfinite(block.car[position][:, columns])
    short, (p, days) = short.swapaxes(0, 1), np.full((2, *z.shape), np.nan)
    for w, window in enumerate(design.windows):
        n, ends = window.n_sessions, last_admissible(position, window, design) + 1
        every, eligible = (np.ascontiguousarray(block.scaled[key][:, columns, w].T) for key in ("z", "eligible"))
        own, beside = np.abs(z[..., w]) - ROUNDING, position[:, None] - np.arange(1, n)
        overlapping = every.take(beside, axis=1, mode="clip")  # the first session has no z, nor have those before it
        reached = 1 + np.count_nonzero(np.abs(overlapping) >= own[..., None], axis=2)
        before = np.empty_like(reached)
        for some in alike(map(bytes, eligible)):  # most series share their days without news
            of_each, *_ = eligible[some]
            rows = np.flatnonzero(of_each)
            before[some] = n_before = np.searchsorted(rows, ends)
            ahead = np.arange(len(rows)) < n_before[:, None]
            for k in some:
                far = (np.abs(every[k, rows]) >= own[k, :, None]) & ahead
                reached[k] += np.sum(far, axis=1, dtype=np.int32)
        of_all = before + 1 + np.count_nonzero(np.isfinite(overlapping), axis=2)
        days[..., w], short[..., w] = before / n, short[..., w] & (before < ENOUGH)
        p[..., w] = np.where(np.isnan(z[..., w]), np.nan, np.maximum(reached / of_all, drawn_p(0, days[..., w])))
        of_short = np.argwhere(short[..., w])
        for k, rows in (of_short[start : start + _AT_ONCE].T for start in range(0, len(of_short), _AT_ONCE)):
            parts = [(series[one], position[rows[k == one]]) for one in np.unique(k).tolist()]
            z[k, rows, w], draws = residual_placebo(parts, w)
            n_draws = np.count_nonzero(np.isfinite(draws), axis=1)
            n_reached = np.count_nonzero(np.abs(draws) >= np.abs(z[k, rows, w])[:, None] - ROUNDING, axis=1)
            days[k, rows, w], there = n_draws / n, (n_draws > 0) & np.isfinite(z[k, rows, w])
            p_rows = np.maximum(drawn_p(n_reached, n_draws), drawn_p(0, days[k, rows, w]))
            p[k, rows, w] = np.where(there, p_rows, np.nan)
    return z, p, days, short


def residual_placebo(pairs: Sequence[tuple[SeriesSample, Ints]], w: int) -> tuple[Floats, Floats]:
    """Hold events against the residuals of their own estimation windows, where days without news are too few.

    `pairs` are series with event sessions of each, P in all; the window `w` has n sessions.

    Returns
    -------
    z : ndarray, shape (P,)
        Volatility-scaled CARs; the scale starts from the variance of the event's M residuals.
    draws : ndarray, shape (P, R)
        The same of the estimation sessions, times ``√((1 + n/M) / (1 - n/M))``: the variance of a forecast over that
        of a residual; NaN where a session of the window was not learned from.
    """
    design = next(of.design for of, _ in pairs)
    window, reach = design.windows[w], span((design.estimation, design.span, Window(0, 0)))
    every = zip(*(of.residuals(position, reach)[:2] for of, position in pairs), strict=True)
    residual, usable = map(np.concatenate, every)
    learned = usable & [tau in design.estimation.taus for tau in reach.taus]
    n_obs = learned.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(learned, residual, 0.0).sum(axis=1) / n_obs
        variance = (np.where(learned, residual - mean[:, None], 0.0) ** 2).sum(axis=1) / (n_obs - 1)
        scale = inference.ewma_scale(residual.T, variance)
        cars = window_sums(residual.T, window)
        if design.missing == "partial":  # a partial CAR counts as one over as many sessions as it cumulates
            n_there = window_sums(np.isfinite(residual.T).astype(np.float64), window)
            cars = window_sums(np.nan_to_num(residual.T), window) * np.sqrt(window.n_sessions / n_there)
        z = inference.placebo_z(cars, scale, window)
        steady = np.isfinite(window_sums(np.where(learned, 0.0, np.nan).T, window))
        share = window.n_sessions / n_obs
        factor = np.sqrt((1.0 + share) / np.where(share < 1, 1.0 - share, np.nan))
    return z[-reach.first].copy(), np.where(steady, z * factor, np.nan).T


def _pooled_event(of_one: Sequence[tuple[SeriesSample, Ints]], label: str, w: int) -> MeanPlacebos:
    """Hold the mean z of S series, each with its one market event of a label, against the same mean on days before it.

    As in `single_placebos`, on the days that all series have in common; with fewer than 100 of these against the mean
    residuals of series that share their sessions, and of others there is no p. Nothing where these are several events.
    """
    series, pairs = [of for of, _ in of_one], [(of, int(rows[0])) for of, rows in of_one]
    if len({of.ids[k] for of, k in pairs}) > 1:
        return {}
    at, z = np.array([of.position[k] for of, k in pairs]), np.mean([of.z[k, w] for of, k in pairs])
    design, calendar = series[0].design, np.unique(np.concatenate([of.history.sessions for of in series]))
    n, last = design.windows[w].n_sessions, last_admissible(at, design.windows[w], design)
    before = calendar <= min(of.history.sessions[max(k, 0)] for of, k in zip(series, last.tolist(), strict=True))
    line, source = _on_calendar(series, w, calendar, "eligible").mean(axis=0)[before], "sessions"
    near = np.maximum(at[:, None] - np.arange(1, n), 0)
    beside = np.mean([of.every("z")[rows, w] for of, rows in zip(series, near, strict=True)], axis=0)
    if np.count_nonzero(np.isfinite(line)) < ENOUGH:
        alike_days, own = len({id(of.block) for of in series}) == 1, list(zip(series, at[:, None], strict=True))
        line, beside = residual_placebo(own, w)[1].mean(axis=0) if alike_days else np.empty(0), np.empty(0)
        source = "residuals"
    line, beside = line[np.isfinite(line)], beside[np.isfinite(beside)]
    n_reached = np.count_nonzero(np.abs(np.concatenate([line, beside])) >= np.abs(z) - ROUNDING)
    p, days = drawn_p(n_reached, len(line) + len(beside)), len(line) / n
    held = {"p_value": float(max(p, drawn_p(0, days))), "p_source": source, "days": days, "drawn": line}
    return {(ALL, label): held if len(line) else {}}


def single_families(studies: Sequence[Samples], singles: Mapping[str, Singles]) -> tuple[Floats, Floats]:
    """Return what holds of each event for all its series at once: step-down max |z| on common admissible sessions.

    The family is the series over one window, or over all windows where the design says so. A series scaled by residuals
    stands outside it, and so does one that would leave the others fewer than 100 common sessions.

    Returns
    -------
    p, days : ndarray, shape (K, N, S, W)
        Family p of N events in S series over W windows in K studies, and the days without news behind it.
    """
    first, *_ = studies
    every, design = list(first.values()), next(iter(first.values())).design
    n_series, n_windows = len(every), len(design.windows)
    of_event = [np.where(e.matches.there, e.matches.market_events.of_event(len(e.events)), -1) for e in every]
    # Which market event of each series an event is in; events that are in the same ones have one family.
    joint, which = np.unique(np.stack(of_event, axis=1), axis=0, return_inverse=True)
    calendar = np.unique(np.concatenate([of.history.sessions for of in every]))
    samples = [of[name] for of in studies for name in first]
    # By study, such row, window and series: z, p, and the last day on the common calendar that each may look back to.
    z, own, p, days = np.full((4, len(studies), len(joint), n_windows, n_series), np.nan)
    ends = np.zeros(p.shape[1:], dtype=np.int64)
    for s, (name, of) in enumerate(first.items()):
        z_single, p_single, _, short = singles[name]
        position, some = of.matches.market_events.position, np.flatnonzero(joint[:, s] >= 0)
        at = joint[some, s]
        z[..., s][:, some], own[..., s][:, some] = z_single[:, at], np.where(short, np.nan, p_single)[:, at]
        for w, window in enumerate(design.windows):
            last = of.history.sessions.take(last_admissible(position, window, design), mode="clip")
            ends[some, w, s] = np.searchsorted(calendar, last, side="right")[at]
    for windows in [[w] for w in range(n_windows)] if design.family == "series" else [list(range(n_windows))]:
        grid = np.concatenate([_on_calendar(samples, w, calendar, "eligible") for w in windows])
        grid = grid.reshape(len(windows), len(studies), n_series, len(calendar)).swapaxes(0, 1)
        grid = grid.reshape(len(studies), len(windows) * n_series, len(calendar))
        known, n = np.isfinite(grid), max(design.windows[w].n_sessions for w in windows)
        there = np.isfinite(own[:, :, windows].reshape(len(studies), len(joint), len(windows) * n_series))
        for some in map(np.array, alike(a.tobytes() + b.tobytes() for a, b in zip(known, there, strict=True))):
            (known_days, *_), (known_events, *_) = known[some], there[some]
            held = dict[bytes, list[tuple[int, int]]]()
            for together in alike(each.tobytes() for each in known_events):
                one, *_ = together
                columns = np.flatnonzero(known_events[one])
                rows = np.flatnonzero(known_days[columns].all(axis=0))
                for m in together if len(columns) else ():
                    limit = int(ends[m, windows].ravel()[columns].min())
                    few = np.searchsorted(rows, limit) < ENOUGH
                    inside = _together(known_days[:, :limit], columns) if few else columns
                    held.setdefault(inside.tobytes(), []).append((m, limit))
            for key, members in held.items():
                columns, (at, end) = np.frombuffer(key, dtype=np.int64), np.array(members).T
                rows, series = np.flatnonzero(known_days[columns].all(axis=0)), columns % n_series
                cells: Any = some[:, None, None], at[:, None], np.array(windows)[columns // n_series], series
                p[cells], n_draws = own[cells], np.searchsorted(rows, end)
                # A family of one has the p of its member, which also counts windows that overlap the event's own.
                if len(columns) > 1:
                    line, n_each = np.repeat(np.arange(len(some)), len(at)), np.tile(n_draws, len(some))
                    far = np.ascontiguousarray(np.abs(grid[some[:, None], columns][..., rows]).swapaxes(0, 1))
                    of_families = z[cells].reshape(-1, len(columns)).T
                    counts = inference.step_down_counts(of_families, far, line, n_each)
                    stepped = inference.stepped_p(of_families, counts, n_each).T.reshape(p[cells].shape)
                    p[cells] = np.maximum(np.maximum(stepped, drawn_p(0, n_draws / n)[:, None]), own[cells])
                days[cells] = (n_draws / n)[:, None]
    return p[:, which.ravel()].swapaxes(2, 3), days[:, which.ravel()].swapaxes(2, 3)


def _on_calendar(samples: Sequence[SeriesSample], w: int, calendar: Dates, which: str) -> Floats:
    """Return the z of every ``eligible`` or ``quiet`` session of S series on a common calendar, shape (S, D)."""
    lines = np.full((len(samples), len(calendar)), np.nan)
    for at in alike(id(of.block) for of in samples):
        first, *_ = of_block = [samples[s] for s in at]
        columns, scaled = [of.column for of in of_block], first.block.scaled
        line = np.where(scaled[which][:, columns, w], scaled["z"][:, columns, w], np.nan)
        days = np.searchsorted(calendar, first.history.sessions)
        lines[np.array(at)[:, None], days] = line.T
    return lines


def _together(known: Mask, columns: Ints) -> Ints:
    """Return the lines (C, D) that have at least 100 days in common, those with the most days first, in their order."""
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
        self._words, self._rng = list[NDArray[np.uint32]](), np.random.default_rng(self._seed)

    def dates(self, n_line: int, k: int, some: slice = slice(None)) -> list[Ints]:
        """Return places among so many sessions, k arrays of some sets: ``⌊word n / 2³²⌋``, the same words for any n."""
        more = range(k - len(self._words))
        self._words += [self._rng.integers(0, 1 << 32, size=self.n_sets, dtype=np.uint32) for _ in more]
        each = (word[some].astype(np.uint64) * np.uint64(n_line) for word in self._words[:k])
        return [(word >> np.uint64(32)).view(np.int64) for word in each]

    def means(self, lines: Sequence[Floats], column: Ints, effective_n: Floats) -> Iterator[Floats]:
        """Yield means of placebo sets that vary as the means of G groups do, a block of sets at a time, shape (G, any).

        `lines` are the z of the admissible sessions, the same for all series; `column` (G,) says which is each group's,
        and `effective_n` (G,) how many windows without overlap its own stand for.
        """
        line, middle = np.stack(lines, axis=1), np.array([one.mean() for one in lines])
        n_drawn, centred, middles = np.ceil(effective_n - 1e-9).astype(int), line - middle, middle[column, None]
        done = {k: np.flatnonzero(n_drawn == k).tolist() for k in set(n_drawn.tolist())}
        roots, n = np.sqrt(n_drawn * effective_n)[:, None], self.n_sessions
        if n > 1:
            drawn = np.random.default_rng([*self._seed, 1]).chisquare(len(line) / n, self.n_sets)
            spread = np.sqrt(len(line) / n / drawn)
        step = max(_IN_CACHE // line.shape[1], _FEWEST_SETS)
        for start in range(0, self.n_sets, step):
            some = slice(start, min(start + step, self.n_sets))
            means, total = np.empty((len(column), some.stop - start)), np.zeros((some.stop - start, line.shape[1]))
            for k, at in enumerate(self.dates(len(line), max(done), some), 1):
                total += centred.take(at, axis=0)
                if k in done:
                    means[done[k]] = total.take(column[done[k]], axis=1).T
            means /= roots
            if n > 1:
                means *= spread[some]
            means += middles
            yield means


def effective_of(of: Sequence[SeriesSample], position: Sequence[Ints], w: int) -> Floats:
    """Return how many windows without overlap the market events of G groups stand for, see `effective_n`.

    `of` are the series of the groups, `position` the sessions of their market events, at least one of each.
    """
    design, n_obs = of[0].design, np.full(len(position), np.inf)
    if design.model.form == "ols":
        n_obs = np.array([one.fits.n_obs[at].mean() for one, at in zip(of, position, strict=True)])
    size, n, reach = list(map(len, position)), design.windows[w].n_sessions, design.estimation.n_sessions
    return inference.effective_sizes(np.concatenate(position), np.array(size), n, n_obs, reach)


def mean_placebos(studies: Sequence[Samples], w: int, n_sets: int = DRAWS, *, keep: bool = False) -> list[MeanPlacebos]:
    """Hold means over market events against means over placebo sessions, over one window of n sessions.

    The K studies have the same series and labels.

    Returns
    -------
    list of dict of (str, str) to dict, length K
        By series and label ``p_value, days, p_source`` and ``family_p, family_days``, which hold for all series; with
        `keep` also ``drawn`` (B,), the means of the placebo sets. Means over one event have none. Pooled means stand
        under the series ``*``.

    Notes
    -----
    A set has ``k = ⌈effective n⌉`` admissible sessions, drawn independently and with replacement, and its mean is
    scaled to vary as the mean over the overlapping windows does: ``mid + Σ (z_j - mid) / √(k · effective n)``. For
    n > 1 the deviation is divided by ``√(χ²_w/w)``, w = admissible sessions / n: the scale is known from no more
    windows. Each series' own p rests on its own sessions; the family (step-down max |z|, each series in units of its
    own spread) and the pool rest on common ones. The same draws serve every series.
    """
    found, held, families = [MeanPlacebos() for _ in studies], dict[_Key, Any](), dict[int, tuple[float, float]]()
    labels, pool = [*studies[0].labels, ALL], studies[0].pool
    groups = {(k, name, label): (of, at) for k, samples in enumerate(studies) for name, of in samples.items()
              for label in labels if len(at := of.rows(label, w))}  # fmt: skip
    if not groups:
        return found
    keys, samples = list(groups), [of for of, _ in groups.values()]
    position = [of.position[at] for of, at in groups.values()]
    size, n_pooled = np.array(list(map(len, position))), Counter((k, label) for k, name, label in keys if name in pool)
    each = np.concatenate([of.z[at, w] for of, at in groups.values()])
    z = np.bincount(np.repeat(np.arange(len(size)), size), each) / size
    weight = size * np.array([name in pool for _, name, _ in keys])
    n_beside = np.array([n_pooled[k, label] for k, _, label in keys])
    every = _Groups(keys, z, size, effective_of(samples, position, w), weight, n_beside)
    lines, spread, short = _lines_of_groups(studies, every, w)
    design = samples[0].design
    window = design.windows[w]
    sets = Sets(window.n_sessions, [design.seed, window.first + _OFFSET, window.last + _OFFSET], n_sets)
    for g in short:  # the residuals of the first event, with what their few windows leave unknown
        _, [draws] = residual_placebo([(samples[g], position[g][:1])], w)
        draws, effective_n = draws[np.isfinite(draws)], every.effective_n[g]
        n_drawn = math.ceil(effective_n - 1e-9)
        if not len(draws):
            continue
        middle, unknown = draws.mean(), math.sqrt(1.0 + effective_n / (len(draws) / sets.n_sessions))
        sums = (draws - middle)[np.stack(sets.dates(len(draws), n_drawn))].sum(axis=0)
        drawn = middle + unknown * (sums / math.sqrt(n_drawn * effective_n))
        n_reached = int(np.count_nonzero(np.abs(drawn) >= abs(z[g]) - ROUNDING))
        held[keys[g]] = _of_draws(n_reached, len(draws), sets, [drawn] if keep else []) | {"p_source": "residuals"}
    for some in alike(len(line.z) for line in lines):
        means, stepped = _held_against_sets([lines[c] for c in some], every, spread, sets, keep=keep)
        held, families = held | means, families | stepped
    for g, (p, days) in families.items():
        if alone := held.get(keys[g]):
            held[keys[g]] = alone | {"family_p": max(p, alone["p_value"]), "family_days": days}
    for (k, name, label), of in held.items():
        found[k][name, label] = of
    for (k, label), n in n_pooled.items():
        of_one = [groups[key] for name in pool if (key := (k, name, label)) in groups]
        if 1 < n == sum(len(at) for _, at in of_one):
            found[k].update(_pooled_event(of_one, label, w))
    return found


class _Groups(NamedTuple):
    """The market events of G series and labels of some studies, whose means are held against days without news.

    `keys` are the study, the series and the label of each group; (G,) are `z`, its mean volatility-scaled CAR, `size`,
    its number of market events, `effective_n`, how many windows without overlap they stand for, `weight`, its market
    events in the pool, and `n_pooled`, how many groups of its study and label are pooled.
    """

    keys: list[_Key]
    z: Floats
    size: Ints
    effective_n: Floats
    weight: Ints
    n_pooled: Ints


class _Line(NamedTuple):
    """The z (A,) of days without news of a series, and its groups, by their places among all.

    Means of these days serve the p of each group where they are the series' `own` days, and that of family and pool
    where they are the days that the series of a study have in `common`.
    """

    z: Floats
    groups: list[int]
    own: bool
    common: bool


def _lines_of_groups(studies: Sequence[Samples], every: _Groups, w: int) -> tuple[list[_Line], Floats, list[int]]:
    """Return the days that groups are held against, the spread of each mean on common days, and groups without enough.

    A mean is divided by its spread to stand in its family, shape (G,).
    """
    lines, spread = list[_Line](), np.ones(len(every.keys))
    of_series = {every.keys[some[0]][:2]: some for some in alike((k, name) for k, name, _ in every.keys)}
    days = {(k, name): days_of_means(studies[k][name], w) for k, name in of_series}
    enough = [key for key in of_series if len(days[key]) >= ENOUGH]
    short = [g for key, some in of_series.items() if key not in enough for g in some]
    samples = [studies[k][name] for k, name in enough]
    calendar = np.unique(np.concatenate([of.history.sessions for of in studies[0].values()]))
    grid = _on_calendar(samples, w, calendar, "quiet")
    known = np.isfinite(grid)
    for at in map(np.array, alike(k for k, _ in enough)):
        inside = at[_together(known[at], np.arange(len(at)))]
        rows, common = np.flatnonzero(known[inside].all(axis=0)), set(inside.tolist())
        # Series of one calendar have all their days in common: what is drawn for each serves the family too.
        same = all(len(days[enough[s]]) == len(rows) for s in common)
        for s in at.tolist():
            some = of_series[enough[s]]
            own = samples[s].every("z")[days[enough[s]], w]
            lines.append(_Line(own, some, True, same and s in common))
        together = grid[inside].take(rows, axis=1)
        for s, line, sd in zip(inside.tolist(), together, together.std(axis=1).tolist(), strict=True):
            some = of_series[enough[s]]
            # Of a series that never moved any unit will do.
            spread[some] = sd / np.sqrt(every.effective_n[some]) if sd else 1.0
            lines += [] if same else [_Line(line, some, False, True)]
    return lines, spread, short


def _held_against_sets(
    lines: Sequence[_Line], every: _Groups, spread: Floats, sets: Sets, *, keep: bool
) -> tuple[dict[_Key, dict[str, Any]], dict[int, tuple[float, float]]]:
    """Hold means against the placebo sets of lines of one length, which share their draws.

    Returns what holds of each mean, by study, series (``*`` for the pool) and label, and the step-down p of groups,
    with the days behind it.
    """
    rows = [(g, c) for c, line in enumerate(lines) for g in line.groups]
    (group, column), keys, n_line = np.array(rows).T, every.keys, len(lines[0].z)
    z, far = every.z[group], np.abs(every.z[group]) / spread[group]
    tested = np.array([r for r, (g, c) in enumerate(rows) if lines[c].own and every.size[g] > 1], dtype=np.int64)
    # The S series of a study and label are a family; F families of the same series are held side by side, rows (S, F).
    common = [r for r, (_, c) in enumerate(rows) if lines[c].common]
    families = [[common[at] for at in some] for some in alike((keys[group[r]][0], keys[group[r]][2]) for r in common)]
    stacks = [np.array([families[f] for f in some]).T
              for some in alike(tuple(keys[group[r]][1] for r in of) for of in families)]  # fmt: skip
    shares = [every.weight[group[of]] / np.maximum(every.weight[group[of]].sum(axis=0), 1) for of in stacks]
    counts, pooled = [np.zeros(of.shape, dtype=np.int64) for of in stacks], [list[Floats]() for _ in stacks]
    reached, drawn = np.zeros(len(tested), dtype=np.int64), list[Floats]()
    for means in sets.means([line.z for line in lines], column, every.effective_n[group]):
        own = means if len(tested) == len(means) else means[tested]
        reached += np.sum(np.abs(own) >= np.abs(z[tested])[:, None] - ROUNDING, axis=1, dtype=np.int32)
        drawn += [own] if keep else []
        for of, share, count, blocks in zip(stacks, shares, counts, pooled, strict=True):
            of_stack = means[of]
            blocks.append(np.einsum("sf,sfb->fb", share, of_stack))
            of_stack /= spread[group[of]][..., None]
            np.abs(of_stack, out=of_stack)
            np.add(count, inference.step_down_counts(far[of], of_stack), out=count)
    held = {keys[group[r]]: _of_draws(int(n), n_line, sets, [block[k] for block in drawn])
            for k, (r, n) in enumerate(zip(tested.tolist(), reached.tolist(), strict=True))}  # fmt: skip
    stepped, days = dict[int, tuple[float, float]](), n_line / sets.n_sessions
    for of, share, count, blocks in zip(stacks, shares, counts, pooled, strict=True):
        p = np.maximum(inference.stepped_p(far[of], count, sets.n_sets), drawn_p(0, days))
        each = zip(group[of].ravel().tolist(), p.ravel().tolist(), strict=True)
        stepped |= {g: (of_group, days) for g, of_group in each}
        of_pool, mean_z = np.concatenate(blocks, axis=1), np.abs((share * z[of]).sum(axis=0))
        of_first, *_ = group[of].tolist()
        for f, g in enumerate(of_first):
            k, _, label = keys[g]
            # A pooled mean whose series have no common days has no p: that of some of them would be another sample's.
            if 1 < np.count_nonzero(share[:, f]) == every.n_pooled[g]:
                n_reached = int(np.count_nonzero(np.abs(of_pool[f]) >= mean_z[f] - ROUNDING))
                held[k, ALL, label] = _of_draws(n_reached, n_line, sets, [of_pool[f]] if keep else [])
    return held, stepped


def placebo_of_mean(
    z: float, line: Floats, effective_n: float, n: int, seed: Sequence[int], draws: int = DRAWS
) -> tuple[float, float]:
    """Hold a mean z against means over admissible sessions, `line` (A,), as `mean_placebos` does, without estimates.

    Returns the two-sided p, NaN with fewer than 100 sessions or without z, and the days without news behind it. The
    mean stands for `effective_n` windows of n sessions without overlap.
    """
    sets, days = Sets(n, seed, draws), len(line) / n
    if len(line) < ENOUGH or math.isnan(z):
        return math.nan, days
    if effective_n == 1:
        return inference.placebo_p(z, line, n=n), days
    blocks = sets.means([line], np.array([0]), np.array([effective_n]))
    reached = sum(int(np.count_nonzero(np.abs(means) >= abs(z) - ROUNDING)) for means in blocks)
    return _of_draws(reached, len(line), sets, [])["p_value"], days


def days_of_means(of: SeriesSample, w: int) -> Ints:
    """Return the sessions that means are held against: the quiet ones, or all admissible where these are too few."""
    days = np.flatnonzero(of.every("quiet")[:, w])
    return days if len(days) >= ENOUGH else np.flatnonzero(of.every("eligible")[:, w])


def _of_draws(n_reached: int, n_line: int, sets: Sets, drawn: Sequence[Floats]) -> dict[str, Any]:
    """Return what holds of a mean that some of the means of placebo sets reach; with these where they are kept."""
    days = n_line / sets.n_sessions
    p = max(drawn_p(n_reached, sets.n_sets), drawn_p(0, days))
    return {"p_value": p, "days": days, "p_source": "sessions"} | ({"drawn": np.concatenate(drawn)} if drawn else {})
