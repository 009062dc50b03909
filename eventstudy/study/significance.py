"""The tests of a study: every group of CARs under every test asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from eventstudy.inference import TESTS, ContrastTest, MeanTest, holm, run_tests
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic
from eventstudy.study.averages import ALL, CONTRAST, Group
from eventstudy.study.contrasts import contrast, contrast_families
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.pairs import Pairs
from eventstudy.study.samples import stack_pairs

_COLUMNS = (
    *("series", "stance", "window", "test", "statistic", "law", "df", "p_value"),
    *("n_events", "n_dates", "n_cars", "null", "note"),
)

_Row = tuple[object, ...]

#: What a session of a pair takes: its residual in the stack and in the sample of a group.
_PAIR_BYTES = 16


def affordable(budget: int, n_pairs: int, design: Design) -> tuple[Design, tuple[str, ...]]:
    """Return the design with the tests that there is memory for, and what is said of the others.

    Tests of means take the residuals of every pair side by side; raises against folds need the CARs alone.

    Parameters
    ----------
    budget : int
        Bytes that the residuals may take.
    n_pairs : int
        Number of used pairs.
    design : Design
        The choices.
    """
    means = [name for name in design.tests if isinstance(TESTS[name], MeanTest)]
    n_bytes = n_pairs * (design.estimation.n_sessions + 2 * design.span.n_sessions) * _PAIR_BYTES
    if not means or n_bytes <= budget:
        return design, ()
    size = f"{n_bytes / 2**20:,.0f} MiB for the residuals of {n_pairs:,} pairs"
    said = f"tests of means are left out: {size} are more than the budget of {budget / 2**20:,.0f} MiB"
    return replace(design, tests=tuple(name for name in design.tests if name not in means)), (said,)


def significance_table(
    found: Sequence[Group], pairs: Pairs, matches: Matches, estimates: Sequence[SeriesEstimate], design: Design
) -> pd.DataFrame:
    """Return the tests of means over events, keyed by series, stance, window and test; adjusted over series.

    Parameters
    ----------
    found : sequence of Group
        Every group of the study.
    pairs, matches, estimates
        The study.
    design : Design
        The choices.
    """
    chosen = {name: test for name, test in TESTS.items() if name in design.tests}
    means = {name: test for name, test in chosen.items() if isinstance(test, MeanTest)}
    contrasts = {name: test for name, test in chosen.items() if isinstance(test, ContrastTest)}
    stack = stack_pairs(matches, estimates, design) if means else None
    rows: list[_Row] = []
    # Where all events have one stance, their group and that of all events are the same CARs.
    tested: dict[tuple[int, bytes], Sequence[Statistic]] = {}
    for group in found if chosen else ():
        if stack is not None:
            key = group.w, group.row.tobytes()
            if key not in tested:
                at = group.cars.pair[group.row]
                sample = stack.sample(stack.row[pairs.event[at], pairs.series[at]], group.w, group.phase)
                tested[key] = run_tests(list(means.values()), sample, design.seed)
            n_events = len(np.unique(group.event))
            rows.extend(_row(group, group.stance, n_events, statistic) for statistic in tested[key])
        if group.stance == ALL:
            rows.extend(_contrasts(group, contrasts, design))
    table = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(dict.fromkeys(("statistic", "df", "p_value"), float))
    families = contrast_families(found, contrasts, design.seed)
    table.insert(_COLUMNS.index("p_value") + 1, "p_adjusted", _adjusted(table, families))
    return table


def _contrasts(group: Group, tests: Mapping[str, ContrastTest], design: Design) -> Iterator[_Row]:
    """Yield the tests of raises against folds, over market events; nothing where one of them is missing."""
    for test in tests.values():
        found = contrast(group, test, design.seed)
        if found is not None:
            yield _row(group, CONTRAST, found[1], found[0])


def _row(group: Group, stance: str, n_events: int, found: Statistic) -> _Row:
    return (
        *(group.series, stance, group.window, found.test, found.value, found.law, found.df, found.p_value),
        *(n_events, found.n_dates, found.n_cars, found.null, found.note),
    )


def _adjusted(table: pd.DataFrame, contrasts: Mapping[tuple[str, str, str], float]) -> Floats:
    """Adjust over the series, for each stance, window and test; the pooled row is no member of the family.

    By Holm; raises against folds by the same permutations in every series.
    """
    adjusted = np.full(len(table), np.nan)
    p_values = table["p_value"].to_numpy(dtype=np.float64)
    families: dict[tuple[str, ...], list[int]] = {}
    for k, (series, *key) in enumerate(
        zip(*(table[name] for name in ("series", "stance", "window", "test")), strict=True)
    ):
        if series != ALL:
            families.setdefault(tuple(key), []).append(k)
    for rows in families.values():
        adjusted[rows] = holm(p_values[rows])
    for k, name in enumerate(zip(table["series"], table["window"], table["test"], strict=True)):
        if name in contrasts and np.isfinite(p_values[k]):
            # Events merged over all series are not quite those of one series: never below the p of its own.
            adjusted[k] = max(contrasts[name], p_values[k])
    return adjusted
