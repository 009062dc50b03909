"""The market events of each series with all their figures, and which of them stand in the row of a label and window.

This is the one sample of a study: average, tests, car, charts, regressions and sentences take their events from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import DesignError
from eventstudy.matching import CLOSURE, CONTAMINATED, KEPT, LATE, LATER, Events, Matches, labels_in_order, late_days
from eventstudy.returns import Floats
from eventstudy.study.design import RAISE_FOLD, Design
from eventstudy.study.estimates import Estimates, SeriesEstimates, shortcoming
from eventstudy.study.placebo import single_families, single_placebos

ALL = "*"

#: Why a market event is in no mean, beyond what matching says: its CAR is not there, or has no scale.
NO_SCALE, NO_CAR = 10, 11

_ASIDE = {LATE: "late", CLOSURE: "closure", CONTAMINATED: "contaminated", LATER: "overlap", NO_SCALE: "no scale"}

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
                counts = {code: n for code, n in enumerate(np.bincount(codes).tolist()) if n and code in _ASIDE}
                found[label, w] = there[codes == KEPT], {_ASIDE[code]: n for code, n in counts.items()}
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

    def notes(self, w: int) -> NDArray[np.object_]:
        """Say of each market event why it has no CAR over a window, or stands in no mean, shape (m,); else ''."""
        news, window = self.of.matches.market_events, self.of.design.windows[w]
        notes = np.full(len(self.position), "", dtype=object)
        spanned = self.of.history.spanned
        sessions = self.of.history.sessions
        known = [(int(np.searchsorted(sessions, day)), f"{day}: {fact.why}") for day, fact in self.of.history.known]
        for k, position in enumerate(self.position.tolist()):
            said = []
            if np.isnan(self.car[k, w]) or self.of.n[position, w] != window.n_sessions:
                said.append(shortcoming(self.of, position, w))
            if self.code[k, w] == LATE:
                days = late_days(self.of.history)
                said.append(f"late: the session follows a closure, or comes more than {days} days after the news")
            elif self.code[k, w] == CLOSURE:
                said.append("closure: the window spans one")
            elif self.code[k, w] == CONTAMINATED:
                others = [f"{self.ids[j]} ({self.label[j]})" for j in news.contaminants(k, window)[:3]]
                said.append(f"contaminated: the window holds {', '.join(others)}")
            elif self.code[k, w] == LATER:
                said.append("overlap: its window shares sessions with that of an earlier event")
            elif self.code[k, w] == NO_SCALE:
                said.append("no scale: too few abnormal returns before it")
            members = news.members[news.bounds[k] : news.bounds[k + 1]]
            if any("by-day:" in text for text in self.of.matches.reason[members]):
                said.append("by-day: hour of the price unknown")
            rows = np.arange(max(position + window.first, 0), min(position + window.last + 1, len(spanned)))
            for row in rows[spanned[rows] > 0].tolist():
                dates = "date" if spanned[row] == 1 else "dates"
                said.append(
                    f"the return of {self.of.history.sessions[row]} spans {spanned[row]} {dates} without a price"
                )
            said += [why for at, why in known if window.first <= at - position <= window.last]
            notes[k] = "; ".join(filter(None, said))
        return notes

    def __repr__(self) -> str:
        return f"<SeriesSample of {self.name}: {len(self.label)} market events>"


Samples = dict[str, SeriesSample]


def make_samples(matches: Matches, estimates: Estimates, design: Design) -> Samples:
    """Return the market events of every series with their figures and their placebo."""
    singles = {name: single_placebos(of) for name, of in estimates.items()}
    events = matches.events
    family_p, family_days = single_families(estimates, singles, len(events))
    phases = events.table["phase"].to_numpy(dtype=object)
    found = {}
    for s, (name, of) in enumerate(estimates.items()):
        news, single = of.matches.market_events, singles[name]
        car = of.car[news.position]
        code = np.stack([news.set_aside(window, design.overlap) for window in design.windows], axis=1)
        code = np.where(np.isnan(single.z), NO_SCALE, code)
        code = np.where(np.isnan(car), NO_CAR, code).astype(np.int8)
        found[name] = SeriesSample(
            *(of, events, name, news.position, of.history.sessions[news.position]),
            *(news.label, events.ids[news.lead], phases[news.lead], np.diff(news.bounds), code),
            *(car, of.se[news.position], single.z, of.move[news.position], single.p, single.days),
            *(family_p[news.lead, s], family_days[news.lead, s], single.from_residuals),
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


def pooled(units: dict[str, str]) -> list[str]:
    """Return the series that can be pooled: those in the first kind of return, else all if they share a unit."""
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


def events_of(sample: SeriesSample, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the places of all dated events in some of the market events."""
    news = sample.of.matches.market_events
    chosen = np.zeros(len(news), dtype=bool)
    chosen[rows] = True
    return news.members[chosen[news.owner]]


@dataclass(frozen=True, eq=False)
class ContrastEvents:
    """The k market events of two labels over one window; of several series those of one date are one.

    Parameters
    ----------
    position : ndarray of int64, shape (k,)
        Event sessions, ascending.
    is_first : ndarray of bool, shape (k,)
        Whether each is of the first label.
    car, z : ndarray, shape (k,)
        CARs and volatility-scaled CARs, of several series their means.
    phase : ndarray of str, shape (k,)
        Phases.
    n_obs : float
        Mean number of estimation returns behind them.
    """

    position: NDArray[np.int64]
    is_first: NDArray[np.bool_]
    car: Floats
    z: Floats
    phase: NDArray[np.str_]
    n_obs: float


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
    if len(samples) == 1:
        of, at = samples[0], np.sort(np.concatenate([samples[0].rows(label, w) for label in pair]))
        n_obs = of.of.fits.n_obs[of.position[at]]
        figures = of.label[at] == pair[0], of.car[at, w], of.z[at, w], of.phase[at].astype(str)
        return ContrastEvents(of.position[at], *figures, float(n_obs.mean()) if len(at) else 0.0)
    rows = [(of, label, of.rows(label, w)) for of in samples for label in pair]
    car, z, n_obs = (
        np.concatenate(part)
        for part in (
            [of.car[at, w] for of, _, at in rows],
            [of.z[at, w] for of, _, at in rows],
            [of.of.fits.n_obs[of.position[at]] for of, _, at in rows],
        )
    )
    phase = np.concatenate([of.phase[at] for of, _, at in rows]).astype(str)
    is_first = np.concatenate([np.full(len(at), label == pair[0]) for _, label, at in rows])
    # Positions are counted on the longest calendar, on which every date of the others has its place.
    longest = max((of.of.history.sessions for of in samples), key=len)
    position = np.searchsorted(longest, np.concatenate([of.session[at] for of, _, at in rows]))
    at, first, which = np.unique(position, return_index=True, return_inverse=True)
    n = np.bincount(which)
    share = np.bincount(which, weights=is_first) / n
    agreed = (share == 0) | (share == 1)
    means = (np.bincount(which, weights=figures) / n for figures in (car, z))
    car, z = (mean[agreed] for mean in means)
    mean_n_obs = float(n_obs.mean()) if len(n_obs) else 0.0
    return ContrastEvents(at[agreed], share[agreed] == 1, car, z, phase[first][agreed], mean_n_obs)


def contrasts_of(samples: Samples, design: Design) -> dict[tuple[str, int], ContrastEvents]:
    """Return the market events of the two labels that are compared, by series (``*`` for the pool) and window."""
    labels = labels_of(samples)
    if (pair := split_contrast(design.contrast, labels)) is None:
        return {}
    pool = pooled({name: of.of.unit for name, of in samples.items() if np.isfinite(of.car).any()})
    teams = [(name, [of]) for name, of in samples.items()]
    teams += [(ALL, [samples[name] for name in pool])] if len(pool) > 1 else []
    return {(name, w): contrast_events(team, pair, w) for name, team in teams for w in range(len(design.windows))}
