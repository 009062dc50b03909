"""The robustness grid: the same question under every reasonable design, and how many of the answers agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import pandas as pd

from eventstudy.errors import EventStudyError, NothingUsableError
from eventstudy.inference.placebo import SCALES as VOLATILITIES
from eventstudy.study.design import Design
from eventstudy.study.grid_values import Grid, make_grid
from eventstudy.study.inputs import StudyInput
from eventstudy.study.specifications import ALPHA, TESTS_USED, specifications, summary, with_agreement
from eventstudy.study.study import EventStudy

__all__ = ["Grid", "GridResult", "make_grid", "n_studies", "run_grid"]


@dataclass(frozen=True, eq=False)
class GridResult:
    """What the grid found.

    Parameters
    ----------
    specifications : DataFrame
        One row a series, stance and specification.
    summary : DataFrame
        One row a series and stance: how many specifications agree.
    design : Design
        The first design of the grid, against which the others are held.
    grid : Grid
        The values varied.
    inputs : tuple of StudyInput
        What went in.
    warnings : tuple of str
        Designs that could not be run, with the reason.
    """

    specifications: pd.DataFrame
    summary: pd.DataFrame
    design: Design
    grid: Grid
    inputs: tuple[StudyInput, ...]
    warnings: tuple[str, ...]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return {"summary": self.summary, "specifications": self.specifications}


def run_grid(
    events: pd.DataFrame,
    prices: pd.DataFrame | None = None,
    *,
    grid: Grid | None = None,
    alpha: float = ALPHA,
    progress: Callable[[str], object] | None = None,
    **choices: Any,
) -> GridResult:
    """Study the same events under every combination of a grid.

    Parameters
    ----------
    events, prices : DataFrame
        As for `EventStudy`.
    grid : Grid, optional
        The values varied; default `make_grid()`.
    alpha : float
        Level at which a p counts as significant.
    progress : callable, optional
        Called with a few words after each study.
    **choices
        What `EventStudy` takes, but for what is varied: ``returns, instruments, series, overlap, seed, ...``.

    Returns
    -------
    GridResult
        Specifications and how many agree.

    Raises
    ------
    NothingUsableError
        If no design of the grid can be run.

    Notes
    -----
    The estimate is the CAAR, in the series' unit, under every scale; what is scaled is only the p: ``none`` t over
    event dates (labels permuted for raise-fold), ``sigma`` the adjusted BMP t, a volatility the pooled placebo. The
    specification is ``significant`` where ``p <= alpha`` and the scaled mean has the sign of the CAAR. It
    ``agrees_sign`` with the first of the grid. All windows of a grid are studied together, so they leave out the same
    sessions. The specifications are many looks at one sample: their share is no p-value.

    References
    ----------
    Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4.
    """
    grid = make_grid() if grid is None else grid
    series = choices.pop("series", None) or _unexplained(events, prices, grid, choices)
    fixed: dict[str, Any] = {**choices, "windows": grid.windows, "series": series, "tests": TESTS_USED}
    frames, warnings, first = [], [], None
    for model, estimation in product(grid.models, grid.estimations):
        for volatility, scales in _passes(grid.scales):
            words = f"{model!r}, estimation {estimation}, volatility {volatility}"
            varied: dict[str, Any] = {"model": model, "estimation": estimation, "scale": volatility}
            try:
                result = EventStudy(events, prices, **fixed, **varied).fit()
            except EventStudyError as error:
                warnings.append(f"not run: {words}: {error}")
            else:
                first = first or result
                frames.append(specifications(result, scales, alpha))
            if progress is not None:
                progress(words)
    if first is None:
        raise NothingUsableError(f"no design of the grid can be run: {warnings[0]}")
    table = with_agreement(pd.concat(frames, ignore_index=True))
    found = summary(table)
    return GridResult(table, found, first.design, grid, first.inputs, (*warnings, *_cautions(found)))


def n_studies(grid: Grid) -> int:
    """Return how many studies a grid runs."""
    return len(grid.models) * len(grid.estimations) * len(_passes(grid.scales))


def _unexplained(
    events: pd.DataFrame, prices: pd.DataFrame | None, grid: Grid, choices: Mapping[str, Any]
) -> list[str]:
    """Return the columns that no model of the grid uses as a regressor: all designs study the same series."""
    regressors = {name for model in grid.models for name in model.regressors}
    return [name for name in EventStudy(events, prices, **choices).histories() if name not in regressors]


def _passes(scales: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Return the volatility of each study that is needed, and the scales that are read from it."""
    volatile = [scale for scale in scales if scale in VOLATILITIES]
    plain = [scale for scale in scales if scale not in VOLATILITIES]
    first = volatile[0] if volatile else next(iter(VOLATILITIES))
    return [(first, [*plain, *volatile[:1]]), *((scale, [scale]) for scale in volatile[1:])]


def _cautions(found: pd.DataFrame) -> list[str]:
    apart = found[found["fewest_events"] < found["most_events"]]
    names = ", ".join(f"{series} {stance}" for series, stance in zip(apart["series"], apart["stance"], strict=True))
    return [
        "the specifications are many looks at one sample: the share that is significant is no p-value",
        *([f"not all specifications have the same events, see n_events: {names}"] if names else []),
    ]
