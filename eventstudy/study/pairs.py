"""The used pairs of event and series, and the cells they meet in: what is known of a cell is computed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.matching import Matches

Kind = TypeVar("Kind", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Pairs:
    """The P used pairs of a study, event by event, and the Q cells (sessions of a series) in which they meet.

    Parameters
    ----------
    event, series : ndarray of int64, shape (P,)
        Event and series of each pair, by position.
    cell : ndarray of int64, shape (P,)
        The cell of each pair.
    sessions : tuple of ndarray of int64, length S
        The distinct event sessions of each series, ascending; together they are the cells, series after series.
    """

    event: NDArray[np.int64]
    series: NDArray[np.int64]
    cell: NDArray[np.int64]
    sessions: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, matches: Matches, series: Sequence[int] | None = None) -> Pairs:
        """Return the pairs of a study, or those of some of its series."""
        n_series, asked = len(matches.series), range(len(matches.series)) if series is None else series
        cell, n_cells = np.zeros(matches.used.shape, dtype=np.int64), 0
        chosen = np.zeros(n_series, dtype=bool)
        chosen[list(asked)] = True
        sessions: list[NDArray[np.int64]] = []
        for s in range(n_series):
            at = matches.positions[matches.used[:, s], s] if chosen[s] else np.empty(0, dtype=np.int64)
            met = np.zeros(at.max(initial=-1) + 1, dtype=bool)
            met[at] = True
            sessions.append(np.flatnonzero(met))
            if len(at):
                cell[matches.used[:, s], s] = n_cells + np.cumsum(met)[at] - 1
                n_cells += len(sessions[-1])
        event, of_series = np.nonzero(matches.used & chosen)
        return cls(event, of_series, cell[event, of_series], tuple(sessions))

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

    def first(self, n: int) -> Pairs:
        """Return the first n of the pairs."""
        return Pairs(self.event[:n], self.series[:n], self.cell[:n], self.sessions)


def spelled(words: Sequence[str], code: NDArray[np.int64] | NDArray[np.int32] | NDArray[np.int8]) -> pd.Series:
    """Return a column of text from its distinct words and which of them stands where.

    Examples
    --------
    >>> spelled(["fold", "raise"], np.array([1, 0, 1])).tolist()
    ['raise', 'fold', 'raise']
    """
    column = pd.Series(list(words))
    return pd.Series(column.array.take(code), copy=False)
