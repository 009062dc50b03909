"""Every placebo of a study: of each pair, of each event over its series, and of no event at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from eventstudy.inference.placebo import step_down_p
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, poolable
from eventstudy.study.design import Design
from eventstudy.study.estimate import PlaceboDraws, SeriesEstimate, family_draws, placebo_of
from eventstudy.study.tables import used_rows

#: Positions of event, series and window.
Key = tuple[int, int, int]


def all_placebos(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> dict[Key, PlaceboDraws]:
    """Return the placebo of every used pair and window."""
    return {
        (int(i), s, w): placebo_of(estimate, int(position), w, design)
        for s, estimate in enumerate(estimates)
        for i, position in zip(*used_rows(matches, s), strict=True)
        for w in range(len(design.windows))
    }


def all_families(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    placebos: Mapping[Key, PlaceboDraws],
    design: Design,
) -> dict[Key, tuple[float, int]]:
    """Return family p and number of common dates of every event, series and window.

    Series scaled by residuals have no common dates and stand outside the family.
    """
    families: dict[Key, tuple[float, int]] = {}
    for i in range(len(matches.events)):
        for w in range(len(design.windows)):
            members = [
                s
                for s in np.flatnonzero(matches.used[i]).tolist()
                if not placebos[i, s, w].from_residuals and np.isfinite(placebos[i, s, w].z)
            ]
            if not members:
                continue
            z = np.array([placebos[i, s, w].z for s in members])
            positions = [int(matches.positions[i, s]) for s in members]
            draws, dates = family_draws([estimates[s] for s in members], positions, w, design)
            for s, p in zip(members, step_down_p(z, draws), strict=True):
                families[i, s, w] = (float(p), len(dates))
    return families


def placebo_ar(estimate: SeriesEstimate) -> Floats:
    """Return the abnormal returns around every session without news whose span is complete."""
    ar = estimate.abnormal.ar[estimate.free]
    return np.asarray(ar[np.isfinite(ar).all(axis=1)])


def base_rates(estimates: Sequence[SeriesEstimate], car: pd.DataFrame, design: Design) -> dict[tuple[str, str], float]:
    """Return the share of positive CARs on sessions without news, by series (and pooled) and window."""
    rates: dict[tuple[str, str], float] = {}
    pool = poolable(car)
    for w, window in enumerate(design.windows):
        pooled = []
        for estimate in estimates:
            values = estimate.cumulative[w].car[estimate.free]
            values = values[np.isfinite(values)]
            if len(values):
                rates[estimate.history.name, str(window)] = float(np.mean(values > 0))
            if estimate.history.name in pool:
                pooled.append(values)
        joined = np.concatenate(pooled) if pooled else np.empty(0)
        if len(joined):
            rates[ALL, str(window)] = float(np.mean(joined > 0))
    return rates
