"""The used pairs of event and series, and the cells they meet in: what is known of a cell is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.matching import Matches

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The P used pairs of a study, event by event, and the Q cells (sessions of a series) in which they meet.

    Parameters
    ----------
    events : tuple of str
        Ids of all events.
    names : tuple of str, length S
        Names of the series.
    event, series : ndarray of int64, shape (P,)
        Event and series of each pair, by position.
    stance : ndarray of int8, shape (P,)
        Under which it counts, by position among `NET_STANCES`.
    cell : ndarray of int64, shape (P,)
        The cell of each pair.
    sessions : tuple of ndarray of int64, length S
        The distinct event sessions of each series, ascending; together they are the cells, series after series.
    """

    events: tuple[str, ...]
    names: tuple[str, ...]
    event: NDArray[np.int64]
    series: NDArray[np.int64]
    stance: NDArray[np.int8]
    cell: NDArray[np.int64]
    sessions: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, matches: Matches) -> Pairs:
        """Return the pairs of a study."""
        cell, n_cells, sessions = np.zeros(matches.used.shape, dtype=np.int64), 0, []
        for s in range(len(matches.series)):
            rows = np.flatnonzero(matches.used[:, s])
            at = matches.positions[rows, s]
            met = np.zeros(at.max(initial=-1) + 1, dtype=bool)
            met[at] = True
            cell[rows, s] = n_cells + np.cumsum(met)[at] - 1
            sessions.append(np.flatnonzero(met))
            n_cells += len(sessions[-1])
        event, series = np.nonzero(matches.used)
        stance = matches.stance_codes[event, series]
        return cls(matches.events, matches.series, event, series, stance, cell[event, series], tuple(sessions))

    def __len__(self) -> int:
        return len(self.event)

    def look_up(self, figures: Sequence[NDArray[Kind]]) -> NDArray[Kind]:
        """Return what is known of the cell of each pair.

        Parameters
        ----------
        figures : sequence of ndarray, shape (Q_s, ...), length S
            What is known of the `sessions` of each series.

        Returns
        -------
        ndarray, shape (P, ...)
            The same of every pair.
        """
        return np.concatenate(figures)[self.cell]

    def take(self, rows: NDArray[np.int64]) -> Pairs:
        """Return some of the pairs, in the order asked for."""
        arrays = {name: getattr(self, name)[rows] for name in ("event", "series", "stance", "cell")}
        return replace(self, **arrays)
