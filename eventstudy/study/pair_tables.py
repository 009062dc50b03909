"""The tables that have rows for every pair: whole, or block of series by block of series where they are too large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from eventstudy.study.design import Design
from eventstudy.study.estimated import Estimated
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import Families, PairPlacebos
from eventstudy.study.tables import abnormal_table, car_table, fits_table

#: Bytes that each of these tables may take unless the caller says otherwise.
BUDGET = 2**30

#: The tables, and about how many bytes a row of each takes.
ROW_BYTES = {"matches": 1000, "fits": 160, "abnormal": 120, "car": 260}

#: Rows of one block.
_AT_ONCE = 400_000


@dataclass(frozen=True, eq=False)
class PairTables:
    """What the tables of pairs are made of.

    Parameters
    ----------
    estimated : Estimated
        The study.
    pairs : Pairs
        Its used pairs.
    placebos : PairPlacebos
        Their placebos.
    families : Families
        Their family p.
    """

    estimated: Estimated
    pairs: Pairs
    placebos: PairPlacebos
    families: Families

    @property
    def _design(self) -> Design:
        return self.estimated.design

    def n_rows(self, name: str) -> int:
        """Return the number of rows of a table."""
        if name == "matches":
            return int(self.estimated.matches.used.size)
        per_pair = {"fits": 1, "abnormal": self._design.span.n_sessions, "car": len(self._design.windows)}
        return len(self.pairs) * per_pair[name]

    def of(self, name: str, block: slice = slice(None)) -> pd.DataFrame:
        """Return a table, or its rows for a block of series."""
        whole, estimates = block == slice(None), self.estimated.estimates[block]
        matches = self.estimated.matches if whole else self.estimated.matches.of_series(block)
        if name == "matches":
            return matches.table
        pairs = self.pairs if whole else Pairs.of(matches)
        if name == "fits":
            return fits_table(pairs, estimates, self._design)
        if name == "abnormal":
            return abnormal_table(pairs, estimates, self._design)
        return car_table(pairs, estimates, self.placebos.cells[block], self.families.of(block))


@dataclass(frozen=True, eq=False)
class Blocks:
    """A table too large to be held, block of series by block of series; it can be gone through many times.

    Parameters
    ----------
    tables : PairTables
        What it is made of.
    name : str
        Which table.
    """

    tables: PairTables
    name: str

    def __len__(self) -> int:
        """Return the number of rows of the whole table."""
        return self.tables.n_rows(self.name)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        n_series = len(self.tables.estimated.estimates)
        step = max(n_series * _AT_ONCE // max(len(self), 1), 1)
        for start in range(0, n_series, step):
            block = slice(start, start + step)
            if self.name == "matches" or self.tables.estimated.matches.used[:, block].any():
                yield self.tables.of(self.name, block)


def within(budget: int, tables: PairTables) -> tuple[dict[str, pd.DataFrame], dict[str, Blocks], tuple[str, ...]]:
    """Make the tables of pairs that fit into a budget.

    Parameters
    ----------
    budget : int
        Bytes that each table may take.
    tables : PairTables
        What they are made of.

    Returns
    -------
    made : dict of str to DataFrame
        The tables; without a row where one would be too large.
    left_out : dict of str to Blocks
        Those that are.
    warnings : tuple of str
        What is said of them.
    """
    made, left_out, warnings = {}, {}, []
    for name, n_bytes in ROW_BYTES.items():
        n_rows = tables.n_rows(name)
        if n_rows * n_bytes <= budget:
            made[name] = tables.of(name)
            continue
        left_out[name] = Blocks(tables, name)
        made[name] = next(iter(left_out[name])).iloc[:0]
        size = f"{n_rows * n_bytes / 2**20:,.0f} MiB for {n_rows:,} rows"
        warnings.append(f"{name} is left out: {size} are more than the budget of {budget / 2**20:,.0f} MiB")
    return made, left_out, tuple(warnings)
