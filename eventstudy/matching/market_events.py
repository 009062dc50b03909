"""Events of one session are one market event; what is done about market events whose windows share sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.errors import require_known
from eventstudy.matching.anchors import Positions
from eventstudy.news.stance import net_stance
from eventstudy.window import Window

#: ``flag`` keeps every event and says which overlap. ``merge`` counts the events of one session once, under their net
#: stance. ``first`` also keeps of market events that overlap only the earliest, ``drop`` none of them.
OVERLAPS = ("flag", "drop", "first", "merge")


@dataclass(frozen=True)
class MarketEvent:
    """The events that one session of one market had to digest at once.

    Parameters
    ----------
    position : int
        The session.
    members : tuple of int
        The events by position, the earliest first; it stands for them all.
    stance : str
        Net stance: ``raise``, ``hold``, ``fold`` or ``mixed``.
    """

    position: int
    members: tuple[int, ...]
    stance: str


def market_events(positions: Positions, events: Sequence[int], stances: Sequence[str]) -> list[MarketEvent]:
    """Merge events that share a session.

    Parameters
    ----------
    positions : ndarray of int64, shape (N,)
        Event session of each event.
    events : sequence of int
        The events that count, the earliest first.
    stances : sequence of str, length N
        Their stances.

    Returns
    -------
    list of MarketEvent
        In order of session.

    Examples
    --------
    >>> import numpy as np
    >>> [e.stance for e in market_events(np.array([4, 4, 9]), [0, 1, 2], ["raise", "fold", "hold"])]
    ['mixed', 'hold']
    """
    members: dict[int, list[int]] = {}
    for k in events:
        members.setdefault(int(positions[k]), []).append(k)
    return [
        MarketEvent(position, tuple(members[position]), net_stance(stances[k] for k in members[position]))
        for position in sorted(members)
    ]


def overlap_exclusions(found: Sequence[MarketEvent], ids: Sequence[str], span: Window, overlap: str) -> dict[int, str]:
    """Return which events the overlap rule leaves out, and why.

    Parameters
    ----------
    found : sequence of MarketEvent
        The market events of one series, in order of session.
    ids : sequence of str
        Event ids.
    span : Window
        All sessions of the study around an event.
    overlap : {'flag', 'drop', 'first', 'merge'}
        The rule.

    Returns
    -------
    dict of int to str
        Reason by position of the event.

    Raises
    ------
    UnknownNameError
        If there is no such rule.
    """
    require_known(overlap, OVERLAPS, "overlap rule")
    if overlap == "flag":
        return {}
    reasons = {
        k: f"merged: counted with {ids[event.members[0]]}, which shares its session"
        for event in found
        for k in event.members[1:]
    }
    for event, others in _left_out(found, span, overlap):
        names = ", ".join(str(ids[other.members[0]]) for other in others)
        reasons |= dict.fromkeys(event.members, f"overlap: its window shares sessions with that of {names}")
    return reasons


def _left_out(found: Sequence[MarketEvent], span: Window, overlap: str) -> list[tuple[MarketEvent, list[MarketEvent]]]:
    """Return the market events that a rule leaves out, each with those it gives way to."""
    if overlap == "merge":
        return []
    if overlap == "drop":
        neighbours = [(event, [o for o in found if o is not event and _meet(event, o, span)]) for event in found]
        return [(event, others) for event, others in neighbours if others]
    kept: list[MarketEvent] = []
    left_out = []
    for event in found:
        if kept and _meet(kept[-1], event, span):
            left_out.append((event, [kept[-1]]))
        else:
            kept.append(event)
    return left_out


def _meet(one: MarketEvent, other: MarketEvent, span: Window) -> bool:
    """Whether the windows of two market events share a session."""
    return abs(one.position - other.position) < span.n_sessions
