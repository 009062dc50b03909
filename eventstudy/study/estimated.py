"""A study matched and estimated, before any table is made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from eventstudy.markets.history import History
from eventstudy.matching import Matches
from eventstudy.study.averages import poolable
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.tables import unit_of


@dataclass(frozen=True, eq=False)
class Estimated:
    """What result, power and size are made of.

    Parameters
    ----------
    design : Design
        The choices.
    matches : Matches
        The matches, what could not be estimated excluded.
    estimates : tuple of SeriesEstimate
        The series, in the order of the matches.
    histories : mapping of str to History
        All columns, regressors among them.
    """

    design: Design
    matches: Matches
    estimates: tuple[SeriesEstimate, ...]
    histories: Mapping[str, History]

    @property
    def parts(self) -> tuple[Matches, tuple[SeriesEstimate, ...], Mapping[str, History]]:
        """Matches, estimates and histories."""
        return self.matches, self.estimates, self.histories

    @property
    def names(self) -> list[str]:
        """Names of the series."""
        return [estimate.history.name for estimate in self.estimates]

    @property
    def pool(self) -> list[str]:
        """Names of the series that are pooled: those with a used event in the first kind of return."""
        used = [estimate for s, estimate in enumerate(self.estimates) if self.matches.used[:, s].any()]
        return poolable(pd.DataFrame({"series": [e.history.name for e in used], "unit": [unit_of(e) for e in used]}))
