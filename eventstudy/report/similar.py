"""Past events that are most like a proposed one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from eventstudy.news.text.proposals import ProposedEvent

#: Kinds that are near each other: words, deeds, contacts. Any other pair is far.
FAMILIES = (
    frozenset({"statement", "threat", "proposal", "document"}),
    frozenset({"act", "sanction", "deployment", "attack"}),
    frozenset({"talks", "agreement", "scheduled"}),
)


@dataclass(frozen=True, eq=False)
class Similar:
    """Past events that are like a proposed one.

    Parameters
    ----------
    events : DataFrame
        Rows of the events table, the most similar first.
    same_actor : bool
        Whether they are by one of its actors; False where there was none by them, and anybody's were taken.
    n_same_kind : int
        How many are of its very kind.
    """

    events: pd.DataFrame
    same_actor: bool
    n_same_kind: int


def similar_events(past: pd.DataFrame, proposed: ProposedEvent, before: date, n: int = 10) -> Similar:
    """Return the past events most like a proposed one.

    Parameters
    ----------
    past : DataFrame
        A checked events table.
    proposed : ProposedEvent
        The event.
    before : date
        Only events that the market could know before this day, and before the day of the event itself.
    n : int
        How many at most.

    Returns
    -------
    Similar
        Confirmed events of its stance by one of its actors (by anybody, where there are none), nearest in kind first,
        then those with its target, then the latest.

    Examples
    --------
    >>> from eventstudy.cases import case_events
    >>> from eventstudy.news.text.extract import extract_events
    >>> (event,) = extract_events("Russia threatened the United States on Thursday.", "2022-01-27").events
    >>> similar_events(case_events("raise-or-fold-2022"), event, date(2022, 1, 27), 2).events["id"].tolist()
    ['2022-01-13-osce-talks', '2021-12-17-draft-treaties']
    """
    day = min(before.isoformat(), proposed.time)
    known = past["published_at"].str[:10].where(past["published_at"] != "", past["time"].str[:10])
    earlier = past[(known < day) & (past["stance"] == proposed.stance) & (past["status"] == "confirmed")]
    theirs = _shares(earlier["actor"], proposed.actor)
    found = earlier[theirs] if theirs.any() else earlier
    ranks = pd.DataFrame(
        {
            "kind": [kind_distance(proposed.kind, kind) for kind in found["kind"]],
            "target": ~_shares(found["target"], proposed.target),
            "age": -pd.to_datetime(found["time"].str[:10]).astype("int64"),
        },
        index=found.index,
    )
    nearest = found.loc[ranks.sort_values(["kind", "target", "age"], kind="stable").index[:n]]
    return Similar(nearest, bool(theirs.any()), int((nearest["kind"] == proposed.kind).sum()))


def kind_distance(one: str, other: str) -> int:
    """Return how far two kinds are apart: 0 the same, 1 of one family, 2 otherwise.

    Examples
    --------
    >>> [kind_distance("threat", kind) for kind in ("threat", "statement", "attack")]
    [0, 1, 2]
    """
    if one == other:
        return 0
    return 1 if any({one, other} <= family for family in FAMILIES) else 2


def _shares(cells: pd.Series, codes: str) -> pd.Series:
    wanted = set(filter(None, codes.split(";")))
    return cells.map(lambda cell: bool(wanted & set(str(cell).split(";")))).astype(bool)
