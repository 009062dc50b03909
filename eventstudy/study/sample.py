"""The market events of each series with all their figures, and which of them stand in the row of a label and window.

This is the one sample of a study: average, tests, car, charts, regressions and sentences take their events from it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.events.schema import NEUTRAL
from eventstudy.inference import SignificanceTest
from eventstudy.inference.placebo import ENOUGH
from eventstudy.matching import CLOSURE, CONTAMINATED, KEPT, LATE, LATER, Events, Matches, labels_in_order, late_days
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic
from eventstudy.study.design import RAISE_FOLD, Design
from eventstudy.study.estimates import Estimates, SeriesEstimates, shortcoming
from eventstudy.study.placebo import days_of_means, effective_of, single_families, single_placebos
from eventstudy.window import Window
from eventstudy.wording import counted

ALL = "*"

#: Why a market event is in no mean, beyond what matching says: its CAR is not there, or has no scale.
NO_SCALE, NO_CAR = 10, 11

#: Why a market event is set aside, in a word and in a sentence.
_WHY = {
    LATE: ("late", "late: the session follows a closure, or comes more than {days} days after the news"),
    CLOSURE: ("closure", "closure: the window spans one"),
    CONTAMINATED: ("contaminated", "contaminated: the window holds {others}"),
    LATER: ("overlap", "overlap: its window shares sessions with that of an earlier event"),
    NO_SCALE: ("no scale", "no scale: too few abnormal returns before it"),
}

#: Placebo means drawn for a band, and the share of them that lies within.
BAND_DRAWS, BAND_SHARE = 2_000, 0.90

_NO_ROWS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class SeriesSample:
    """The m market events of one series over W windows.

    Parameters
    ----------
    of : SeriesEstimates
        The series.
    events : Events
        All events.
    name : str
        Name of the series.
    position : ndarray of int64, shape (m,)
        Event sessions, ascending.
    session : ndarray of datetime64, shape (m,)
        Their dates.
    label, ids, phase : ndarray of str, shape (m,)
        Net labels; id and phase of the first event of each.
    n_members : ndarray of int64, shape (m,)
        Number of dated events behind each.
    code : ndarray of int8, shape (m, W)
        Why each is in no mean over each window; `KEPT` where it is.
    car, se, z, move, p, days, family_p, family_days : ndarray, shape (m, W)
        Its figures; NaN where missing.
    from_residuals : ndarray of bool, shape (m, W)
        Whether its p rests on estimation residuals.
    """

    of: SeriesEstimates
    events: Events
    name: str
    position: NDArray[np.int64]
    session: NDArray[np.datetime64]
    label: NDArray[np.object_]
    ids: NDArray[np.object_]
    phase: NDArray[np.object_]
    n_members: NDArray[np.int64]
    code: NDArray[np.int8]
    car: Floats
    se: Floats
    z: Floats
    move: Floats
    p: Floats
    days: Floats
    family_p: Floats
    family_days: Floats
    from_residuals: NDArray[np.bool_]

    def rows(self, label: str, w: int) -> NDArray[np.int64]:
        """Return the market events of one label (``*`` for all) that stand in its mean over one window."""
        return self._by_label.get((label, w), (_NO_ROWS, {}))[0]

    def set_aside(self, label: str, w: int) -> dict[str, int]:
        """Return how many market events of a label have a CAR and are in no mean over a window, by the reason."""
        return self._by_label.get((label, w), (_NO_ROWS, {}))[1]

    @cached_property
    def _by_label(self) -> dict[tuple[str, int], tuple[NDArray[np.int64], dict[str, int]]]:
        """Which market events stand in the mean of each label and window, and how many do not, by the reason."""
        found = {}
        for label in {*self.label.tolist(), ALL}:
            there = np.flatnonzero(self.label == label) if label != ALL else np.arange(len(self.label))
            for w in range(self.code.shape[1]):
                codes = self.reason(label, w)[there]
                counts = {code: n for code, n in enumerate(np.bincount(codes).tolist()) if n and code in _WHY}
                found[label, w] = there[codes == KEPT], {_WHY[code][0]: n for code, n in counts.items()}
        return found

    def reason(self, label: str, w: int) -> NDArray[np.int8]:
        """Return `code` as it holds for means of a label: a mean over all labels takes contaminated windows too."""
        code = self.code[:, w]
        return np.where(code == CONTAMINATED, KEPT, code) if label == ALL else code

    @cached_property
    def path(self) -> Floats:
        """Abnormal returns of each over the whole span of the study, shape (m, n); NaN where missing."""
        return self.of.abnormal_at(self.position).ar

    def path_rows(self, label: str) -> NDArray[np.int64]:
        """Return the market events of one label behind its mean path: whole spans that nothing sets aside."""
        code = self.of.matches.market_events.set_aside(self.of.design.span, self.of.design.overlap)
        kept = (code == KEPT) | ((code == CONTAMINATED) & (label == ALL))
        return np.flatnonzero(kept & np.isfinite(self.path).all(axis=1) & ((label == ALL) | (self.label == label)))

    @cached_property
    def with_car(self) -> NDArray[np.int64]:
        """The market events that have a CAR over any window."""
        return np.flatnonzero(np.isfinite(self.car).any(axis=1))

    @cached_property
    def intensity(self) -> Floats:
        """Intensity of each market event, the sum of its events', shape (m,); NaN where one has none."""
        news = self.of.matches.market_events
        own = self.events.table["intensity"].to_numpy(dtype=np.float64)[news.members]
        return np.add.reduceat(own, news.bounds[:-1]) if len(news) else own

    def members(self, k: int) -> list[str]:
        """Return the ids of the dated events of a market event, the earliest first."""
        news = self.of.matches.market_events
        return list(self.events.ids[news.members[news.bounds[k] : news.bounds[k + 1]]].tolist())

    def events_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the places of all dated events in some of the market events."""
        news, chosen = self.of.matches.market_events, np.zeros(len(self.position), dtype=bool)
        chosen[rows] = True
        return news.members[chosen[news.owner]]

    def notes(self, w: int) -> NDArray[np.object_]:
        """Say of each market event why it has no CAR over a window, or stands in no mean, shape (m,); else ''."""
        of, news, window = self.of, self.of.matches.market_events, self.of.design.windows[w]
        spanned, sessions = of.history.spanned, of.history.sessions
        known = [(int(np.searchsorted(sessions, day)), f"{day}: {fact.why}") for day, fact in of.history.known]
        notes = np.full(len(self.position), "", dtype=object)
        for k, position in enumerate(self.position.tolist()):
            said, code = [], self.code[k, w]
            if np.isnan(self.car[k, w]) or of.block.n[position, w] != window.n_sessions:
                said.append(shortcoming(of, position, w))
            if code in _WHY:
                low, high = (int(ends[k]) for ends in news.near(window.first, window.last))
                others = [j for j in range(low, high) if self.label[j] not in (*NEUTRAL, self.label[k])][:3]
                named = ", ".join(f"{self.ids[j]} ({self.label[j]})" for j in others)
                said.append(_WHY[code][1].format(days=late_days(of.history), others=named))
            members = news.members[news.bounds[k] : news.bounds[k + 1]]
            if any("by-day:" in text for text in of.matches.reason[members]):
                said.append("by-day: hour of the price unknown")
            rows = np.arange(max(position + window.first, 0), min(position + window.last + 1, len(spanned)))
            said += [
                f"the return of {sessions[row]} spans {counted(int(spanned[row]), 'date')} without a price"
                for row in rows[spanned[rows] > 0].tolist()
            ]
            said += [why for at, why in known if window.first <= at - position <= window.last]
            notes[k] = "; ".join(filter(None, said))
        return notes

    def __repr__(self) -> str:
        return f"<SeriesSample of {self.name}: {len(self.label)} market events>"


Samples = dict[str, SeriesSample]


def make_samples(matches: Matches, estimates: Estimates, design: Design) -> Samples:
    """Return the market events of every series with their figures and their placebo."""
    singles = {name: single_placebos(of) for name, of in estimates.items()}
    events, found, aside = matches.events, {}, dict[int, NDArray[np.int8]]()
    family_p, family_days = single_families(estimates, singles, len(events))
    phases = events.table["phase"].to_numpy(dtype=object)
    for s, (name, of) in enumerate(estimates.items()):
        news, (z, p, days, from_residuals) = of.matches.market_events, singles[name]
        at, lead = news.position, news.lead
        if id(news) not in aside:  # the same for all series of a calendar
            aside[id(news)] = np.stack([news.set_aside(window, design.overlap) for window in design.windows], axis=1)
        code = np.select([np.isnan(of.car[at]), np.isnan(z)], [NO_CAR, NO_SCALE], aside[id(news)]).astype(np.int8)
        found[name] = SeriesSample(
            of=of,
            events=events,
            name=name,
            position=at,
            session=of.history.sessions[at],
            label=news.label,
            ids=events.ids[lead],
            phase=phases[lead],
            n_members=np.diff(news.bounds),
            code=code,
            **{key: getattr(of, key)[at] for key in ("car", "se", "move")},
            z=z,
            p=p,
            days=days,
            family_p=family_p[lead, s],
            family_days=family_days[lead, s],
            from_residuals=from_residuals,
        )
    return found


def labels_of(samples: Samples) -> list[str]:
    """Return the labels of a study in the order of its tables."""
    return labels_in_order([label for of in samples.values() for label in of.label.tolist()])


def arranged(
    samples: Samples, labels: Sequence[str], pool: Sequence[str]
) -> tuple[list[tuple[str, str, int]], NDArray[np.int64], NDArray[np.int64]]:
    """Return every row of a study's tables of means, and the market events that stand in it.

    Returns
    -------
    keys : list of (str, str, int), length G
        Series (``*`` for the pool, where it has more than one), label (``*`` for all) and window of each row.
    row : ndarray of int64, shape (E,)
        The market events, row after row, by their places among those of all series one after another.
    n : ndarray of int64, shape (G,)
        How many each row has.
    """
    n_windows = len(next(iter(samples.values())).of.design.windows)
    begins = dict(zip(samples, np.cumsum([0, *(len(of.position) for of in samples.values())]).tolist(), strict=False))
    teams = [(name, [name]) for name in samples] + ([(ALL, list(pool))] if len(pool) > 1 else [])
    keys = [(name, label, w) for name, _ in teams for label in (*labels, ALL) for w in range(n_windows)]
    members = dict(teams)
    rows = [
        np.concatenate([begins[member] + samples[member].rows(label, w) for member in members[name]])
        for name, label, w in keys
    ]
    return keys, np.concatenate(rows), np.array([len(row) for row in rows])


def pool_of(samples: Samples) -> list[str]:
    """Return the series that can be pooled: those in the first kind of return, else all if they share a unit."""
    units = {name: of.of.unit for name, of in samples.items() if np.isfinite(of.car).any()}
    returns = [unit for unit in units.values() if unit.endswith(" return")]
    if returns:
        return [name for name, unit in units.items() if unit == returns[0]]
    return list(units) if len(set(units.values())) == 1 else []


def split_contrast(contrast: str | None, labels: list[str]) -> tuple[str, str] | None:
    """Return the two labels of a contrast; None where the study lacks one of two stances.

    Raises
    ------
    DesignError
        If the contrast is not two of the labels with a hyphen between them.

    Examples
    --------
    >>> split_contrast("very-high-low", ["low", "very-high"])
    ('very-high', 'low')
    """
    if contrast is None or (contrast == RAISE_FOLD and not labels):
        return None
    if contrast in labels:
        raise DesignError(f"contrast '{contrast}' is a label of its own; rename the label, or turn the contrast round")
    for cut in (k for k, letter in enumerate(contrast) if letter == "-"):
        first, second = contrast[:cut], contrast[cut + 1 :]
        if first in labels and second in labels and first != second:
            return first, second
    if contrast == RAISE_FOLD:
        return None
    there = ", ".join(labels) or "none"
    raise DesignError(f"contrast '{contrast}' is not two of the labels with a hyphen; labels: {there}")


class ContrastEvents(NamedTuple):
    """The k market events of two labels over one window; of several series those of one date are one.

    `position` (k,) are event sessions, ascending; `is_first` (k,) says which are of the first label; `car` and `z` (k,)
    are CARs and volatility-scaled CARs, of several series their means; `phase` (k,) phases; `n_obs` the mean number of
    estimation returns behind them.
    """

    position: NDArray[np.int64]
    is_first: NDArray[np.bool_]
    car: Floats
    z: Floats
    phase: NDArray[np.str_]
    n_obs: float

    def tested(self, test: SignificanceTest, seed: int) -> Statistic:
        """Run a test that compares two labels."""
        return test.function(self.z if test.contrast == "z" else self.car, self.is_first, self.phase, seed)


def contrast_events(samples: Sequence[SeriesSample], pair: tuple[str, str], w: int) -> ContrastEvents:
    """Return the market events of two labels that stand in their means over one window.

    Parameters
    ----------
    samples : sequence of SeriesSample
        One series, or several that are pooled. Dates on which these disagree about the label are left out.
    pair : (str, str)
        The labels.
    w : int
        Which of the windows.
    """
    rows = [(of, np.sort(np.concatenate([of.rows(label, w) for label in pair]))) for of in samples]
    is_first, car, z, phase, session, n_obs = (
        np.concatenate(part)
        for part in zip(
            *(
                (of.label[at] == pair[0], of.car[at, w], of.z[at, w], of.phase[at].astype(str), of.session[at],
                 of.of.fits.n_obs[of.position[at]])
                for of, at in rows
            ), strict=True,
        )
    )  # fmt: skip
    # Positions are counted on the longest calendar, on which every date of the others has its place.
    longest = max((of.of.history.sessions for of in samples), key=len)
    at, first, which = np.unique(np.searchsorted(longest, session), return_index=True, return_inverse=True)
    n = np.bincount(which)
    share, car, z = (np.bincount(which, weights=figures) / n for figures in (is_first, car, z))
    agreed = (share == 0) | (share == 1)
    mean_n_obs = float(n_obs.mean()) if len(n_obs) else 0.0
    return ContrastEvents(at[agreed], share[agreed] == 1, car[agreed], z[agreed], phase[first][agreed], mean_n_obs)


def contrasts_of(samples: Samples, design: Design) -> dict[tuple[str, int], ContrastEvents]:
    """Return the market events of the two labels that are compared, by series (``*`` for the pool) and window."""
    if (pair := split_contrast(design.contrast, labels_of(samples))) is None:
        return {}
    teams = {name: [of] for name, of in samples.items()}
    if len(pool := pool_of(samples)) > 1:
        teams[ALL] = [samples[name] for name in pool]
    return {(name, w): contrast_events(team, pair, w) for name, team in teams.items()
            for w in range(len(design.windows))}  # fmt: skip


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
    taus: NDArray[np.int64]
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
    design, window = sample.of.design, sample.of.design.windows[w]
    of_label = (label == ALL) | (sample.label == label)
    there, rows = np.flatnonzero(np.isfinite(sample.car[:, w]) & of_label), sample.rows(label, w)
    if not len(there):
        return None
    ar = np.nan_to_num(sample.path) if design.missing == "partial" else sample.path
    taus, base = np.arange(design.span.first - 1, design.span.last + 1), window.first - design.span.first
    before = -np.cumsum(ar[:, :base][:, ::-1], axis=1)[:, ::-1]
    values = np.hstack([before, np.zeros((len(ar), 1)), np.cumsum(ar[:, base:], axis=1)])
    with np.errstate(invalid="ignore"):
        mean = values[rows].mean(axis=0) if len(rows) else np.full(len(taus), np.nan)
    edges = [_edge(sample, w, rows, int(tau)) for tau in taus] if len(rows) else []
    band = np.array(edges) if np.isfinite(edges).sum() > 1 else None
    return MeanPath(label, taus, mean, values[rows], values[np.setdiff1d(there, rows)], sample.session[rows], band)


def _edge(sample: SeriesSample, w: int, rows: NDArray[np.int64], tau: int) -> float:
    """Return the half-width of the band at one session of event time."""
    of, window = sample.of, sample.of.design.windows[w]
    if tau == window.first - 1:
        return 0.0
    part = Window(window.first, tau) if tau >= window.first else Window(tau + 1, window.first - 1)
    at, shift = days_of_means(of, w), min(window.first, 0)
    at = at[of.block.clear(part)[at] & (at + shift >= 0)]
    line = of.abnormal_at(at, part).ar.sum(axis=1) / of.scale[at + shift]
    return band_of_mean(of, sample.position[rows], of.scale[sample.position[rows] + shift], line, w)


def band_of_mean(of: SeriesEstimates, position: NDArray[np.int64], scale: Floats, line: Floats, w: int) -> float:
    """Return how far the mean over days without news lies from 0, either way, in 90 of 100 draws.

    Parameters
    ----------
    of : SeriesEstimates
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
    worth = effective_of([of], [position], w)[0]
    rng = np.random.default_rng([of.design.seed, len(line), len(position)])
    drawn = (line[rng.integers(0, len(line), (BAND_DRAWS, len(position)))] * scale).mean(axis=1)
    return float(np.quantile(np.abs(drawn), BAND_SHARE) * math.sqrt(len(position) / worth))
