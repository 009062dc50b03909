"""What is the same of events in every market."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.news.clock import event_clock
from eventstudy.news.stance import NET_STANCES

Texts = NDArray[np.object_]

_WORDS: Texts = np.array(NET_STANCES, dtype=object)


def in_words(stances: NDArray[np.int8]) -> Texts:
    """Return stances as text from their positions among `NET_STANCES`."""
    return np.asarray(_WORDS[stances])


@dataclass(frozen=True, eq=False)
class Events:
    """N events as they are matched.

    Parameters
    ----------
    ids : ndarray of str, shape (N,)
        Their ids.
    clock : DataFrame, shape (N, 5)
        What `eventstudy.news.event_clock` returned.
    stances : ndarray of int8, shape (N,)
        By position among `NET_STANCES`.
    proposed : ndarray of bool, shape (N,)
        Whether each is a proposal.
    about : tuple of tuple of str, length A
        The lists of series that events are about; an empty one stands for every series.
    list_of : ndarray of int64, shape (N,)
        Which of the lists is that of each event.
    """

    ids: Texts
    clock: pd.DataFrame
    stances: NDArray[np.int8]
    proposed: NDArray[np.bool_]
    about: tuple[tuple[str, ...], ...]
    list_of: NDArray[np.intp]

    @classmethod
    def of(cls, events: pd.DataFrame) -> Events:
        """Read a table that `check_events` returned."""
        list_of, lists = pd.factorize(events["series"].to_numpy(dtype=object))
        return cls(
            events["id"].to_numpy(dtype=object),
            event_clock(events),
            pd.Categorical(events["stance"], categories=list(NET_STANCES)).codes,
            events["status"].eq("proposed").to_numpy(),
            tuple(tuple(name.strip() for name in text.split(";") if name.strip()) for text in lists),
            list_of,
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def words(self) -> Texts:
        """Their stances as text, shape (N,)."""
        return in_words(self.stances)

    @cached_property
    def in_time(self) -> NDArray[np.intp]:
        """The events from the earliest, by id among equals, so that the order of the rows plays no part, shape (N,)."""
        return np.lexsort((self.ids, self.clock["event_time"].to_numpy()))

    @cached_property
    def written(self) -> Texts:
        """When each happened as text: an instant in UTC, or only the day where no clock is known, shape (N,)."""
        times = self.clock["event_time"].to_numpy()
        instants = np.char.add(np.datetime_as_string(times, "s"), "Z")
        days = np.datetime_as_string(times, "D")
        return np.where(self.clock["by_day"].to_numpy(), days, instants).astype(object)
