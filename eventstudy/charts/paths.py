"""Cumulative abnormal returns along event time: event by event, on average, and the band of days without news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.news.stance import net_stance
from eventstudy.returns import Floats
from eventstudy.study.result import StudyResult

#: The group of all events.
ALL = "*"

#: Number of placebo draws, and the quantiles that bound the band.
DRAWS, LEVELS = 2_000, (0.05, 0.95)


@dataclass(frozen=True, eq=False)
class Paths:
    """The cumulative abnormal returns of a group of events in one series.

    Parameters
    ----------
    stance : str
        The stance they share; ``*`` for all.
    taus : ndarray of int, shape (n + 1,)
        Event time, beginning one session before the design's span.
    values : ndarray, shape (N, n + 1)
        A row an event, 0 at the beginning; in the unit of the abnormal returns. Complete paths only.
    sessions : ndarray of datetime64[D], shape (N,)
        The event sessions.
    n_incomplete : int
        How many events of the group are left out because their path is not complete.
    """

    stance: str
    taus: NDArray[np.int64]
    values: Floats
    sessions: NDArray[np.datetime64]
    n_incomplete: int

    @property
    def multiplicities(self) -> NDArray[np.int64]:
        """How many events fell on each distinct session."""
        return np.unique(self.sessions, return_counts=True)[1].astype(np.int64)


def event_paths(result: StudyResult, series: str, stances: Sequence[str]) -> tuple[Paths, ...]:
    """Return the paths of the events of each stance; of a stance that no used event has, nothing.

    Parameters
    ----------
    result : StudyResult
        The study.
    series : str
        The series.
    stances : sequence of str
        The groups wanted; ``*`` for all events.
    """
    taus = np.array(result.design.span.taus)
    rows = result.abnormal[result.abnormal["series"] == series]
    table = rows.pivot(index="event_id", columns="tau", values="ar").reindex(columns=taus)
    table = table.reindex(list(dict.fromkeys(rows["event_id"])))
    matches = result.matches[result.matches["series"] == series].set_index("event_id")
    stance_of = result.events.set_index("id")["stance"]
    groups = []
    for stance in stances:
        ar = table if stance == ALL else table[stance_of.reindex(table.index) == stance]
        if ar.empty:
            continue
        complete = ar[ar.notna().all(axis=1)]
        values = np.hstack([np.zeros((len(complete), 1)), np.cumsum(complete.to_numpy(), axis=1)])
        on = matches["session"].reindex(complete.index).to_numpy().astype("datetime64[D]")
        groups.append(Paths(stance, np.array([taus[0] - 1, *taus]), values, on, len(ar) - len(complete)))
    return tuple(groups)


def placebo_band(ar: Floats, multiplicities: NDArray[np.int64], seed: int) -> Floats | None:
    """Return where the mean path of as many sessions without news lies in 90 of 100 draws.

    Parameters
    ----------
    ar : ndarray, shape (B, n)
        Abnormal returns over the design's span around sessions without news.
    multiplicities : ndarray of int, shape (D,)
        How many events fell on each of the D distinct event sessions.
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray, shape (2, n + 1), or None
        5 % and 95 % quantiles of the mean path, 0 at the beginning; None with fewer than D sessions without news.

    Notes
    -----
    Each of the 2,000 draws takes D of the B sessions without replacement and averages their cumulated abnormal returns
    with the events' own multiplicities as weights. Three events of one session are one path that counts three times;
    to hold their mean against three days drawn apart would make the band too narrow.
    """
    n_distinct = len(multiplicities)
    if n_distinct == 0 or len(ar) < n_distinct:
        return None
    rng = np.random.default_rng(seed)
    paths = np.hstack([np.zeros((len(ar), 1)), np.cumsum(ar, axis=1)])
    weights = multiplicities / multiplicities.sum()
    means = np.stack([weights @ paths[rng.choice(len(ar), n_distinct, replace=False)] for _ in range(DRAWS)])
    return np.asarray(np.quantile(means, LEVELS, axis=0))


@dataclass(frozen=True, eq=False)
class MarketPaths:
    """The cumulative abnormal returns of a series by market event: events of one session are one.

    Parameters
    ----------
    series : str
        The series.
    taus : ndarray of int, shape (n + 1,)
        Event time, beginning one session before the design's span.
    values : ndarray, shape (N, n + 1)
        A row a session, 0 at the beginning; complete paths only.
    sessions : ndarray of datetime64[D], shape (N,)
        The event sessions, ascending.
    stance, phase : ndarray of str, shape (N,)
        Net stance of the session's events, and the phase of the first of them.
    """

    series: str
    taus: NDArray[np.int64]
    values: Floats
    sessions: NDArray[np.datetime64]
    stance: NDArray[np.str_]
    phase: NDArray[np.str_]

    def group(self, stance: str) -> Paths:
        """Return the paths of one net stance."""
        of_stance = self.stance == stance
        return Paths(stance, self.taus, self.values[of_stance], self.sessions[of_stance], 0)


def market_paths(result: StudyResult, series: str) -> MarketPaths:
    """Return the paths of a series merged by session, as the contrast of raises and folds takes them."""
    (every,) = event_paths(result, series, (ALL,)) or (None,)
    if every is None:
        n = len(result.design.span.taus) + 1
        none = np.array([], dtype=str)
        return MarketPaths(series, np.arange(n), np.empty((0, n)), np.array([], dtype="datetime64[D]"), none, none)
    rows = result.car[(result.car["series"] == series) & result.car["car"].notna()].drop_duplicates("event_id")
    times = result.matches.drop_duplicates("event_id").set_index("event_id")["event_time"]
    rows = rows.assign(time=rows["event_id"].map(times)).sort_values(["time", "event_id"], kind="stable")
    phases = rows["event_id"].map(result.events.set_index("id")["phase"])
    on = rows["session"].to_numpy().astype("datetime64[D]")
    sessions, first = np.unique(every.sessions, return_index=True)
    return MarketPaths(
        series,
        every.taus,
        every.values[first],
        sessions,
        np.array([net_stance(rows["stance"][on == session]) for session in sessions]),
        np.array([phases[on == session].iloc[0] for session in sessions]),
    )


@dataclass(frozen=True, eq=False)
class Contrast:
    """Raises less folds along event time, held against each other within phases.

    Parameters
    ----------
    path : ndarray, shape (n + 1,)
        The difference.
    band : ndarray, shape (2, n + 1)
        Where it lies, at each τ alone, in 90 of 100 draws when raise and fold are dealt out anew within phases.
    n_phases : int
        How many phases have both.
    """

    path: Floats
    band: Floats
    n_phases: int


def contrast(found: MarketPaths, seed: int) -> Contrast | None:
    """Return raises less folds along event time; None where no phase has both.

    Parameters
    ----------
    found : MarketPaths
        The paths; those that are neither raise nor fold have no part in it.
    seed : int
        Seed of the 2,000 draws.

    Notes
    -----
    The statistic of `eventstudy.inference.label_permutation` at each τ: ``Σ_g w_g (mean of raises in g - mean of folds
    in g) / Σ_g w_g`` over the phases g that have both, ``w_g = n_raise n_fold / (n_raise + n_fold)``.
    """
    kept = np.isin(found.stance, ("raise", "fold"))
    values, is_raise, phase = found.values[kept].copy(), found.stance[kept] == "raise", found.phase[kept]
    labels = np.tile(is_raise, (DRAWS, 1))
    rng, weight, n_phases = np.random.default_rng(seed), 0.0, 0
    for name in np.unique(phase):
        stratum = np.flatnonzero(phase == name)
        n_raise = int(is_raise[stratum].sum())
        weight += n_raise * (len(stratum) - n_raise) / len(stratum)
        n_phases += 0 < n_raise < len(stratum)
        # Centred within its phase, so that the sum over raises is the weighted difference of the means.
        values[stratum] -= values[stratum].mean(axis=0)
        labels[:, stratum] = rng.permuted(labels[:, stratum], axis=1)
    if not weight:
        return None
    return Contrast(
        path=np.asarray(values[is_raise].sum(axis=0) / weight),
        band=np.asarray(np.quantile(labels @ values / weight, LEVELS, axis=0)),
        n_phases=n_phases,
    )
