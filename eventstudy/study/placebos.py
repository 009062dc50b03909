"""Every placebo of a study: of each pair, of each event over its series, and of no event at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.tasks import Progress
from eventstudy.inference.placebo import step_down_p
from eventstudy.markets.stamp import Dates
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL
from eventstudy.study.design import Design
from eventstudy.study.estimate import PlaceboDraws, SeriesEstimate
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebo_cells import CellPlacebos, cell_placebos, common_grid, last_placebo, placebo_of
from eventstudy.study.tables import used_rows

#: Positions of event, series and window.
Key = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class PairPlacebos(Mapping[Key, PlaceboDraws]):
    """The placebo of every used pair of event and series and window, kept by session; draws are made when asked for.

    Parameters
    ----------
    matches : Matches
        Which pairs were used, and their event sessions.
    estimates : tuple of SeriesEstimate, length S
        The series, in the order of the matches.
    design : Design
        The choices.
    sessions : tuple of ndarray of int64, length S
        The distinct event sessions of each series, ascending, as `Pairs` has them.
    cells : tuple of tuple of CellPlacebos, S times W
        Their placebos.
    """

    matches: Matches
    estimates: tuple[SeriesEstimate, ...]
    design: Design
    sessions: tuple[NDArray[np.int64], ...]
    cells: tuple[tuple[CellPlacebos, ...], ...]

    def of(self, s: int, w: int, positions: NDArray[np.int64]) -> CellPlacebos:
        """Return the placebo of event sessions of one series over one window, in their order."""
        cells, at = self.cells[s][w], np.searchsorted(self.sessions[s], positions)
        return CellPlacebos(cells.z[at], cells.p[at], cells.n[at], cells.from_residuals[at])

    def __getitem__(self, key: Key) -> PlaceboDraws:
        i, s, w = key
        if not self.matches.used[i, s]:
            raise KeyError(key)
        return placebo_of(self.estimates[s], int(self.matches.positions[i, s]), w, self.design)

    def __iter__(self) -> Iterator[Key]:
        for s in range(len(self.estimates)):
            for i in used_rows(self.matches, s)[0].tolist():
                for w in range(len(self.design.windows)):
                    yield i, s, w

    def __len__(self) -> int:
        return int(self.matches.used.sum()) * len(self.design.windows)


class DrawsByName(Mapping[tuple[str, str, str], Floats]):
    """The placebo draws of z by the names of event, series and window, made when asked for.

    Parameters
    ----------
    placebos : PairPlacebos
        The same by position.
    """

    def __init__(self, placebos: PairPlacebos) -> None:
        self._placebos = placebos
        matches, windows = placebos.matches, map(str, placebos.design.windows)
        names = (matches.events, matches.series, tuple(windows))
        self._places = tuple({name: k for k, name in enumerate(of)} for of in names)

    def __getitem__(self, names: tuple[str, str, str]) -> Floats:
        i, s, w = (places[name] for places, name in zip(self._places, names, strict=True))
        return self._placebos[i, s, w].draws

    def __iter__(self) -> Iterator[tuple[str, str, str]]:
        events, series, windows = (tuple(places) for places in self._places)
        for i, s, w in self._placebos:
            yield events[i], series[s], windows[w]

    def __len__(self) -> int:
        return len(self._placebos)


@dataclass(frozen=True, eq=False)
class Families:
    """Family p of every event, series and window; events that meet in the same sessions everywhere have the same ones.

    Parameters
    ----------
    row : ndarray of int64, shape (N,)
        Place of each event in the other arrays.
    p : ndarray, shape (U, S, W)
        Step-down p; NaN where a series stands outside the family.
    n : ndarray of int64, shape (U, S, W)
        Number of common dates; 0 there.
    """

    row: NDArray[np.int64]
    p: Floats
    n: NDArray[np.int64]

    def of(self, block: slice) -> Families:
        """Return those of a block of series."""
        return Families(self.row, self.p[:, block], self.n[:, block])


def all_placebos(
    pairs: Pairs,
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    design: Design,
    progress: Progress | None = None,
) -> PairPlacebos:
    """Return the placebo of every used pair and window; `progress` is called with the series done, and all of them."""
    cells = []
    for estimate, positions in zip(estimates, pairs.sessions, strict=True):
        cells.append(cell_placebos(estimate, positions, design))
        if progress is not None:
            progress(len(cells), len(estimates))
    return PairPlacebos(matches, tuple(estimates), design, pairs.sessions, tuple(cells))


def all_families(
    matches: Matches, estimates: Sequence[SeriesEstimate], placebos: PairPlacebos, design: Design
) -> Families:
    """Return family p and number of common dates of every event, series and window.

    The family is the series over one window, or over all windows where the design says so. Series scaled by residuals
    have no common dates and stand outside it.
    """
    meeting = np.where(matches.used, matches.positions, -1)
    meeting, row = np.unique(meeting, axis=0, return_inverse=True)
    n_windows = len(design.windows)
    shape = (*meeting.shape, n_windows)
    found = Families(row.ravel(), np.full(shape, np.nan), np.zeros(shape, dtype=np.int64))
    calendar = np.unique(np.concatenate([estimate.history.sessions for estimate in estimates]))
    each_alone = [[w] for w in range(n_windows)]
    for windows in each_alone if design.family == "series" else [list(range(n_windows))]:
        parts = [_family_over(meeting, estimates, placebos, w, design, calendar) for w in windows]
        z, last, grid = (np.concatenate(arrays, axis=1) for arrays in zip(*parts, strict=True))
        member_of = [(s, w) for w in windows for s in range(len(estimates))]
        for u in np.flatnonzero(np.isfinite(z).any(axis=1)):
            members = np.flatnonzero(np.isfinite(z[u]))
            draws = grid[: last[u, members].min() + 1, members]
            draws = draws[np.isfinite(draws).all(axis=1)]
            for m, p in zip(members.tolist(), step_down_p(z[u, members], draws), strict=True):
                found.p[u, *member_of[m]], found.n[u, *member_of[m]] = p, len(draws)
    return found


def _family_over(
    meeting: NDArray[np.int64],
    estimates: Sequence[SeriesEstimate],
    placebos: PairPlacebos,
    w: int,
    design: Design,
    calendar: Dates,
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Return, over one window, z of U meetings and S series, the last day of their placebo, and z of all days.

    Parameters
    ----------
    meeting : ndarray of int64, shape (U, S)
        Event sessions; -1 where the event was not used.
    estimates, placebos, w, design
        The study, and which of its windows.
    calendar : ndarray of datetime64[D], shape (D,)
        All days.
    """
    z, last = np.full(meeting.shape, np.nan), np.full(meeting.shape, len(calendar))
    for s, estimate in enumerate(estimates):
        there = np.flatnonzero(meeting[:, s] >= 0)
        of = placebos.of(s, w, meeting[there, s])
        z[there, s] = np.where(of.from_residuals, np.nan, of.z)
        end = np.clip(last_placebo(meeting[there, s], design.windows[w], design), 0, None)
        last[there, s] = np.searchsorted(calendar, estimate.history.sessions[end])
    return z, last, common_grid(estimates, w, calendar)


def placebo_ar(estimate: SeriesEstimate) -> Floats:
    """Return the abnormal returns around every session without news whose span is complete."""
    ar = estimate.abnormal_at(np.flatnonzero(estimate.free)).ar
    return np.asarray(ar[np.isfinite(ar).all(axis=1)])


def base_rates(
    estimates: Sequence[SeriesEstimate], pool: Sequence[str], design: Design
) -> dict[tuple[str, str], float]:
    """Return the share of positive CARs on sessions without news, by series (and pooled) and window."""
    rates: dict[tuple[str, str], float] = {}
    for w, window in enumerate(design.windows):
        together = []
        for estimate in estimates:
            values = estimate.cumulative[w].car[estimate.free]
            values = values[np.isfinite(values)]
            if len(values):
                rates[estimate.history.name, str(window)] = float(np.mean(values > 0))
            if estimate.history.name in pool:
                together.append(values)
        joined = np.concatenate(together) if together else np.empty(0)
        if len(joined):
            rates[ALL, str(window)] = float(np.mean(joined > 0))
    return rates
