"""The CARs of all used pairs in the order of the events' times, as averages and tests take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from eventstudy.matching import Matches
from eventstudy.study.averages import Cars
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import PairPlacebos
from eventstudy.study.tables import unit_of


def cars_in_time(
    pairs: Pairs,
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    placebos: PairPlacebos,
    events: pd.DataFrame,
) -> Cars:
    """Return the CARs of every used pair in the order of the events' times, and not of their rows.

    Parameters
    ----------
    pairs, matches, estimates, placebos
        The study.
    events : DataFrame
        The events table.
    """
    place, rank = np.empty((2, len(events)), dtype=np.int64)
    place[matches.meetings[0].events.in_time] = rank[np.argsort(matches.events)] = np.arange(len(events))
    by_time = np.argsort(place[pairs.event], kind="stable")
    in_time = pairs.take(by_time)
    phase_of = dict(zip(events["id"], events["phase"], strict=True))
    phases, phase = np.unique(np.array([phase_of[name] for name in matches.events], dtype=str), return_inverse=True)
    each = list(zip(estimates, pairs.sessions, strict=True))
    sessions = [estimate.history.sessions[at] for estimate, at in each]
    days = np.unique(np.concatenate(sessions))
    return Cars(
        windows=tuple(str(cells.window) for cells in estimates[0].cumulative),
        series=pairs.names,
        units=tuple(unit_of(estimate) for estimate in estimates),
        phases=tuple(phases.tolist()),
        pair=by_time,
        event=rank[in_time.event],
        of_series=in_time.series,
        stance=in_time.stance,
        phase=phase[in_time.event],
        session=in_time.look_up([np.searchsorted(days, of) for of in sessions]),
        car=in_time.look_up([np.stack([cells.car[at] for cells in e.cumulative], axis=1) for e, at in each]),
        z=in_time.look_up([np.stack([cells.z for cells in of], axis=1) for of in placebos.cells]),
    )
