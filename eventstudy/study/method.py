"""What the methods beside the averages share: their tables, the sample of a regression, and their JSON envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference.least_squares import Estimate
from eventstudy.inference.placebo import touched
from eventstudy.models import MarketAdjusted
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.envelope import SCHEMA_VERSION, plain_envelope, to_csv, to_json
from eventstudy.study.given import StudyInput
from eventstudy.study.sample import SeriesSample

#: The columns of an estimate or a joint test.
_ESTIMATED = (
    *("estimate", "se", "statistic", "law", "restrictions", "df", "p_value", "covariance", "correction", "note"),
)


@dataclass(frozen=True, eq=False)
class MethodResult:
    """What a method beside the averages found; each of its frames is an attribute too.

    Parameters
    ----------
    frames : mapping of str to DataFrame
        The tables by name, the main one first.
    warnings : tuple of str
        What a reader must know before believing them.
    regressions : mapping
        The regressions behind them, where there are any; their ``results`` are statsmodels'.
    """

    frames: Mapping[str, pd.DataFrame]
    warnings: tuple[str, ...] = ()
    regressions: Mapping[Any, Any] = field(default_factory=dict)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return dict(self.frames)

    def __getattr__(self, name: str) -> pd.DataFrame:
        frames: Mapping[str, pd.DataFrame] = vars(self).get("frames", {})  # none yet while it is unpickled
        if name in frames:
            return frames[name]
        raise AttributeError(f"the method made no '{name}'; it has {', '.join(frames)}")


def with_car(sample: SeriesSample) -> NDArray[np.int64]:
    """Return the market events of a series that have a CAR over any window."""
    return np.flatnonzero(np.isfinite(sample.car).any(axis=1))


def members_of(sample: SeriesSample, k: int) -> list[str]:
    """Return the ids of the dated events of a market event, the earliest first."""
    news = sample.of.matches.market_events
    return list(sample.events.ids[news.members[news.bounds[k] : news.bounds[k + 1]]].tolist())


def summed_intensity(sample: SeriesSample) -> Floats:
    """Return the intensity of each market event, the sum of its events', shape (m,); NaN where one has none."""
    news = sample.of.matches.market_events
    own = sample.events.table["intensity"].to_numpy(dtype=np.float64)[news.members]
    return np.add.reduceat(own, news.bounds[:-1]) if len(news) else own


def whole_sample(sample: SeriesSample) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return what a regression over all T sessions of a series needs.

    Returns
    -------
    y : ndarray, shape (T,)
        Returns; less those of the regressors where the model fixes their slopes at one.
    x : ndarray, shape (T, k)
        Regressors whose slopes are estimated.
    usable : ndarray of bool, shape (T,)
        Sessions with a return and all regressors; in a clean design none of news whose event has no CAR.
    """
    of, design, there = sample.of, sample.of.design, with_car(sample)
    y, x = of.history.returns, of.x
    usable = np.isfinite(y) & np.isfinite(x).all(axis=1)
    inside = touched(len(y), sample.position[there], design.span)
    quiet = of.usable
    if design.clean is not None:
        quiet = quiet & ~touched(len(y), np.delete(sample.position, there), design.span)
    if design.model.name == MarketAdjusted.name:
        y, x = y - x.sum(axis=1), x[:, :0]
    return y, x, usable & (inside | quiet)


def row_of(found: Estimate) -> dict[str, object]:
    """Return an estimate, or a joint test, which has none, as the columns of a row."""
    return {name: getattr(found, "value" if name == "estimate" else name) for name in _ESTIMATED}


def method_envelope(
    design: Design,
    inputs: Sequence[StudyInput],
    options: Mapping[str, Any],
    tables: Mapping[str, pd.DataFrame],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """Return what a method found as plain values, under the same keys as the envelope of a study.

    `options`, the method's name under ``method`` and its own choices, stand in ``design``; there is no clock, path or
    machine in it.
    """
    said = {"design": design.as_dict() | dict(options)}
    return plain_envelope(SCHEMA_VERSION, said, design.seed, inputs, warnings, tables)


def files_of(name: str, envelope: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Return the files of a result folder by name: one JSON, and one CSV a table."""
    written = {f"{table}.csv": to_csv(of).encode() for table, of in tables.items()}
    return {f"{name}.json": to_json(envelope).encode(), **written}
