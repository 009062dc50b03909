"""Which events on file are like another: the one rule of the brief, of the atlas and of `ask`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import pandas as pd

#: Kinds that are near each other: words, deeds, contacts. Any other pair is far.
FAMILIES = (
    frozenset({"statement", "threat", "proposal", "document"}),
    frozenset({"act", "sanction", "deployment", "attack"}),
    frozenset({"talks", "agreement", "scheduled"}),
)


class Like(NamedTuple):
    """What others are to be like; codes and kinds with semicolons between, `day` as ``2022-01-27``."""

    stance: str
    actor: str
    target: str
    kind: str
    day: str

    @classmethod
    def of(cls, row: Any) -> Like:
        """Return what a row of an events table is."""
        stance, actor, target, kind = (str(row[name]) for name in ("stance", "actor", "target", "kind"))
        return cls(stance, actor, target, kind, str(row["time"])[:10])


def near_kinds(kind: str) -> frozenset[str]:
    """Return the kinds of the same family, the kind itself among them.

    Examples
    --------
    >>> sorted(near_kinds("talks")), sorted(near_kinds("tariff"))
    (['agreement', 'scheduled', 'talks'], ['tariff'])
    """
    return frozenset({kind}).union(*(family for family in FAMILIES if kind in family))


def similar_events(
    events: pd.DataFrame,
    like: Like | Any,
    n: int | None = None,
    *,
    before: str | None = None,
    parties: Collection[str] = (),
) -> pd.DataFrame:
    """Return the events most like one.

    Parameters
    ----------
    events : DataFrame
        A checked events table; a column ``case`` says which conflict an event belongs to.
    like : Like or Series
        The event, or a row of the table; that row itself is left out.
    n : int, optional
        How many at most.
    before : str, optional
        Only events that the market could know before this day.
    parties : collection of str
        Codes of all who are named beside it; where it has no target they say which conflict it is.

    Returns
    -------
    DataFrame
        Confirmed events of its stance, by one of its actors, of a near kind (`near_kinds`) and of its conflict: of a
        case in which the actor met the same counterpart; a table without cases is one conflict. The case with most of
        the parties first, then those of its own kind, then those with its target, then the nearest in time.

    Examples
    --------
    >>> from eventstudy.cases import case_events
    >>> table = case_events("raise-or-fold-2022")
    >>> similar_events(table, table[table["id"] == "2022-02-24-invasion"].iloc[0], 2)["id"].tolist()
    ['2022-02-17-donbas-shelling', '2022-02-21-recognition']
    """
    if not isinstance(like, Like):
        events = events[events["id"] != like["id"]]
        like = Like.of(like)
    theirs = events[(events["status"] == "confirmed") & _shares(events["actor"], like.actor)]
    if before is not None:
        known = theirs["published_at"].str[:10].where(theirs["published_at"] != "", theirs["time"].str[:10])
        theirs = theirs[known < before]
    conflicts, near = conflict_distance(theirs, like, parties), near_kinds(like.kind)
    found = theirs[conflicts.notna() & (theirs["stance"] == like.stance) & theirs["kind"].isin(near)]
    days = pd.to_datetime(found["time"].str[:10]) - pd.Timestamp(like.day)
    ranks = pd.DataFrame(
        {
            "conflict": conflicts[found.index],
            "kind": found["kind"] != like.kind,
            "target": ~_shares(found["target"], like.target),
            "apart": days.abs(),
        },
        index=found.index,
    )
    return found.loc[ranks.sort_values(["conflict", "kind", "target", "apart"], kind="stable").index[:n]]


def conflict_distance(theirs: pd.DataFrame, like: Like, parties: Collection[str] = ()) -> pd.Series:
    """Return how far the conflict of an actor's events is from that of `like`; NaN where it is another one.

    A case is the same conflict if the actor met the same counterpart in it, and the nearer the more parties they share.
    """
    own = set(like.actor.split(";"))
    target = set(like.target.split(";")) - own - {""}
    others = target or set(parties) - own
    if "case" not in theirs or not others:
        return pd.Series(0.0, index=theirs.index)
    codes = (theirs["actor"] + ";" + theirs["target"]).str.split(";")
    known = {case: set().union(*rows) for case, rows in codes.groupby(theirs["case"])}
    wanted = target | set(parties)
    distance = {case: len(wanted - of) if others & of else float("nan") for case, of in known.items()}
    return theirs["case"].map(distance).astype(float)


def _shares(cells: pd.Series, codes: str) -> pd.Series:
    wanted = set(filter(None, codes.split(";")))
    return cells.map(lambda cell: bool(wanted & set(str(cell).split(";")))).astype(bool)
