"""Events of one session are one market event; what is done about market events whose windows share sessions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eventstudy.errors import require_known
from eventstudy.matching.anchors import Positions
from eventstudy.matching.events import Texts, in_words
from eventstudy.news.stance import NET_STANCES
from eventstudy.window import Window

Kind = TypeVar("Kind", bound=np.generic)

#: ``flag`` keeps every event and says which overlap. ``merge`` counts the events of one session once, under their net
#: stance. ``first`` also keeps of market events that overlap only the earliest, ``drop`` none of them.
OVERLAPS = ("flag", "drop", "first", "merge")

#: A cell of the audit trail names so many events and says how many more there are.
NAMED = 100

_RAISE, _HOLD, _FOLD, _MIXED = range(len(NET_STANCES))


@dataclass(frozen=True, eq=False)
class MarketEvents:
    """What the sessions of one market had to digest at once: K market events of P events.

    Parameters
    ----------
    positions : ndarray of int64, shape (K,)
        Their sessions, ascending.
    members : ndarray of int64, shape (P,)
        The events by position, session by session, the earliest of each first; it stands for them all.
    bounds : ndarray of int64, shape (K + 1,)
        Where in `members` those of each session begin, and where the last end.
    stances : ndarray of int8, shape (K,)
        Net stance of each by position among `NET_STANCES`.
    """

    positions: Positions
    members: NDArray[np.intp]
    bounds: NDArray[np.intp]
    stances: NDArray[np.int8]

    @property
    def leads(self) -> NDArray[np.intp]:
        """The event that stands for each, shape (K,)."""
        return self.members[self.bounds[:-1]]

    @cached_property
    def owner(self) -> NDArray[np.intp]:
        """The market event of each of the `members`, shape (P,)."""
        return np.repeat(np.arange(len(self.positions)), np.diff(self.bounds))

    def near(self, span: Window) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the first of those whose windows share a session with that of each, and the one after the last."""
        first = np.searchsorted(self.positions, self.positions - span.n_sessions, side="right")
        return first, np.searchsorted(self.positions, self.positions + span.n_sessions, side="left")

    def by_event(self, values: NDArray[Kind], otherwise: object, n_events: int) -> NDArray[Kind]:
        """Return what is known of each of the `members` event by event, with something else for all other events."""
        found = np.full(n_events, otherwise, dtype=values.dtype)
        found[self.members] = values
        return found


def market_events(positions: Positions, events: NDArray[np.intp], stances: NDArray[np.int8]) -> MarketEvents:
    """Merge events that share a session.

    Parameters
    ----------
    positions : ndarray of int64, shape (N,)
        Event session of each event.
    events : ndarray of int64, shape (P,)
        The events that count, the earliest first.
    stances : ndarray of int8, shape (N,)
        Their stances by position among `NET_STANCES`; see `net_stance` for what becomes of several.

    Returns
    -------
    MarketEvents
        In order of session.

    Examples
    --------
    >>> found = market_events(np.array([4, 9, 4]), np.array([2, 0, 1]), np.array([0, 1, 2], dtype=np.int8))
    >>> found.leads, in_words(found.stances)
    (array([2, 1]), array(['mixed', 'hold'], dtype=object))
    """
    members = events[np.argsort(positions[events], kind="stable")]
    sessions, begins = np.unique(positions[members], return_index=True)
    is_raise, is_fold = (np.logical_or.reduceat(stances[members] == stance, begins) for stance in (_RAISE, _FOLD))
    net = np.select([is_raise & is_fold, is_raise, is_fold], [_MIXED, _RAISE, _FOLD], _HOLD).astype(np.int8)
    return MarketEvents(sessions, members, np.append(begins, len(members)), net)


def overlap_exclusions(found: MarketEvents, ids: Texts, span: Window, overlap: str) -> Texts:
    """Say of each of the `members` why the overlap rule leaves it out; '' where it does not.

    Parameters
    ----------
    found : MarketEvents
        The market events of one market.
    ids : ndarray of str, shape (N,)
        Event ids.
    span : Window
        All sessions of the study around an event.
    overlap : {'flag', 'drop', 'first', 'merge'}
        The rule.

    Returns
    -------
    ndarray of str, shape (P,)
        The reasons.

    Raises
    ------
    UnknownNameError
        If there is no such rule.
    """
    require_known(overlap, OVERLAPS, "overlap rule")
    reasons: Texts = np.full(len(found.members), "", dtype=object)
    if overlap == "flag":
        return reasons
    leads, bounds = ids[found.leads].tolist(), found.bounds.tolist()
    for k in np.flatnonzero(np.diff(found.bounds) > 1).tolist():
        reasons[bounds[k] + 1 : bounds[k + 1]] = f"merged: counted with {leads[k]}, which shares its session"
    for first, end, others in _left_out(found, span, overlap):
        names = ", ".join([leads[j] for j in others])
        reasons[bounds[first] : bounds[end]] = f"overlap: its window shares sessions with that of {names}"
    return reasons


def _left_out(found: MarketEvents, span: Window, overlap: str) -> Iterator[tuple[int, int, list[int]]]:
    """Yield the market events that a rule leaves out, from one to before another, with those they give way to."""
    reach = list(zip(*(ends.tolist() for ends in found.near(span)), strict=True))
    if overlap == "drop":
        for k, (first, end) in enumerate(reach):
            if end - first > 1:
                yield k, k + 1, [*range(first, k), *range(k + 1, end)]
    elif overlap == "first":
        kept = 0
        while kept < len(reach):
            end = reach[kept][1]
            yield kept + 1, end, [kept]
            kept = end


def market_columns(found: MarketEvents, ids: Texts, span: Window) -> dict[str, Texts]:
    """Return market_event, net_stance, members and overlaps of each of N events; '' where it is not matched."""
    names = ids[found.members].tolist()
    members = [_named(names[begin:end]) for begin, end in pairwise(found.bounds.tolist())]
    first, end = (found.bounds[ends][found.owner].tolist() for ends in found.near(span))
    overlaps = [_named(names[first[k] : k] + names[k + 1 : end[k]]) for k in range(len(names))]
    columns = {
        "market_event": ids[found.leads][found.owner],
        "net_stance": in_words(found.stances)[found.owner],
        "members": np.array(members, dtype=object)[found.owner],
        "overlaps": np.array(overlaps, dtype=object),
    }
    return {name: found.by_event(texts, "", len(ids)) for name, texts in columns.items()}


def _named(ids: list[str]) -> str:
    """Write a list of events, the first hundred by their ids."""
    more = len(ids) - NAMED
    return ";".join(ids if more <= 0 else [*ids[:NAMED], f"... and {more} more"])
