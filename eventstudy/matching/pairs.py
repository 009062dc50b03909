"""Match every event with every series."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from eventstudy.markets.history import History
from eventstudy.matching.audit import Matches
from eventstudy.matching.events import Events
from eventstudy.matching.meeting import Meeting, Rules, market_key, meet
from eventstudy.matching.reasons import Reasons, spread
from eventstudy.window import Window


def match(
    events: pd.DataFrame,
    histories: Mapping[str, History],
    span: Window = Window(0, 0),  # noqa: B008  # frozen
    *,
    anchor: str = "stamp",
    overlap: str = "flag",
    include_proposed: bool = False,
) -> Matches:
    """Match every event to its session in every series.

    Parameters
    ----------
    events : DataFrame, shape (N, 17 or more)
        A table that `check_events` returned.
    histories : mapping of str to History, length S
        The markets.
    span : Window
        All sessions of the study around an event; closures and overlaps are looked for in it.
    anchor : {'stamp', 'same', 'next', 'previous', 'none'}
        How a time becomes a session, see `event_positions`.
    overlap : {'flag', 'drop', 'first', 'merge'}
        What is done about events whose windows share sessions, see `OVERLAPS`.
    include_proposed : bool
        Use proposed events as well as confirmed ones.

    Returns
    -------
    Matches
        The audit trail and the positions.

    Raises
    ------
    InputError
        With anchor ``none``, if an event falls on no session.
    UnknownNameError
        If there is no such anchor or overlap rule.
    """
    of_events, rules = Events.of(events), Rules(span, anchor, overlap, include_proposed)
    known: dict[Hashable, int] = {}
    meetings: list[Meeting] = []
    market_of = np.empty(len(histories), dtype=np.intp)
    for s, history in enumerate(histories.values()):
        market_of[s] = known.setdefault(market_key(of_events, history), len(meetings))
        if market_of[s] == len(meetings):
            meetings.append(meet(of_events, history, rules))
    return Matches(
        positions=spread([meeting.positions for meeting in meetings], market_of),
        used=spread([meeting.used for meeting in meetings], market_of),
        news=spread([meeting.news for meeting in meetings], market_of),
        stances=spread([meeting.words for meeting in meetings], market_of),
        events=tuple(of_events.ids.tolist()),
        series=tuple(histories),
        reasons=Reasons.of([meeting.reasons for meeting in meetings], market_of),
        meetings=tuple(meetings),
        market_of=market_of,
    )
