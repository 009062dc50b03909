"""What a regression over the whole sample of a series needs from a result: returns, regressors, events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference.placebo import event_spans
from eventstudy.markets.stamp import Dates
from eventstudy.models import MarketAdjusted
from eventstudy.news.stance import net_stance
from eventstudy.returns import Floats
from eventstudy.study.estimate import regressors
from eventstudy.study.result import StudyResult


@dataclass(frozen=True, eq=False)
class RegressionSample:
    """One series of a result over its whole sample of T sessions.

    Parameters
    ----------
    series, unit : str
        Its name, and the unit of its returns.
    sessions : ndarray of datetime64[D], shape (T,)
        Its sessions.
    y : ndarray, shape (T,)
        Returns; less those of the regressors where the model fixes their slopes at one.
    x : ndarray, shape (T, k)
        Regressors whose slopes are estimated.
    usable : ndarray of bool, shape (T,)
        Sessions that belong in the sample: those of no event, and those of the events used.
    positions : ndarray of int64, shape (m,)
        Event sessions, ascending; events of one session are one market event.
    stances : tuple of str, length m
        Net stance of each.
    members : tuple of tuple of str, length m
        Ids of its events.
    """

    series: str
    unit: str
    sessions: Dates
    y: Floats
    x: Floats
    usable: NDArray[np.bool_]
    positions: NDArray[np.int64]
    stances: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]


def regression_sample(result: StudyResult, series: str) -> RegressionSample:
    """Return one series of a result over its whole sample.

    Parameters
    ----------
    result : StudyResult
        The result.
    series : str
        One of its series.

    Returns
    -------
    RegressionSample
        Sessions without a return or a regressor are not usable; nor, in a clean design, are the sessions of events that
        the study left out.
    """
    history, design = result.histories[series], result.design.stage
    y, x = history.returns, regressors(history, result.histories, design)
    known = np.isfinite(y) & np.isfinite(x).all(axis=1)
    if design.model.name == MarketAdjusted.name:
        y, x = y - x.sum(axis=1), np.empty((len(y), 0))
    used = result.matches[(result.matches["series"] == series) & (result.matches["status"] == "used")]
    sessions = used["session"].to_numpy()
    members: dict[int, list[int]] = {}
    for row, position in enumerate(np.searchsorted(history.sessions, sessions)):
        members.setdefault(int(position), []).append(row)
    positions = sorted(members)
    ids, stances = used["event_id"].to_list(), used["stance"].to_list()
    inside = event_spans(len(y), np.array(positions, dtype=np.int64), design.span)
    return RegressionSample(
        series=series,
        unit=history.instrument.unit or f"{history.instrument.returns} return",
        sessions=history.sessions,
        y=y,
        x=x,
        usable=(result.usable[series] | inside) & known,
        positions=np.array(positions, dtype=np.int64),
        stances=tuple(net_stance(stances[row] for row in members[position]) for position in positions),
        members=tuple(tuple(ids[row] for row in members[position]) for position in positions),
    )
