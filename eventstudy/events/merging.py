"""Several event tables to one: exact duplicates go, contradictions are reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from eventstudy.errors import InputError
from eventstudy.events.schema import check_events

CONFLICTS = ("reason", "id", "other_id", "file", "other_file", "column", "value", "other_value")


@dataclass(frozen=True, eq=False)
class Merged:
    """Event tables put together.

    Parameters
    ----------
    events : DataFrame
        A checked events table in order of time.
    conflicts : DataFrame
        What contradicts: columns `CONFLICTS`, a row a cell that differs.
    duplicates : int
        Rows left out because another says the very same.
    """

    events: pd.DataFrame
    conflicts: pd.DataFrame
    duplicates: int


def merge_events(tables: Mapping[str, pd.DataFrame]) -> Merged:
    """Put event tables together.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Checked events tables by the name of their file.

    Returns
    -------
    Merged
        Of rows with one id the first stays, a confirmed one before a proposed one; what the others say differently is
        reported under ``same id``. Rows of one day, actor and kind with different stances all stay, and are reported
        under ``same day, actor and kind``.

    Raises
    ------
    InputError
        If there is nothing to merge.

    Examples
    --------
    >>> a = check_events(pd.DataFrame({"id": ["x"], "time": ["2022-01-27"], "stance": ["raise"]}))
    >>> merged = merge_events({"a.csv": a, "b.csv": a.assign(stance="hold")})
    >>> merged.conflicts[["reason", "column", "value", "other_value"]].values.tolist()
    [['same id', 'stance', 'raise', 'hold']]
    """
    if not tables:
        raise InputError("no event files to merge")
    rows = [table.astype(object).assign(**{_FILE: name}) for name, table in tables.items()]
    together = pd.concat(rows, ignore_index=True).fillna("")
    told = [name for name in together.columns if name != _FILE]
    different = together[~together.duplicated(told)]
    ordered = different.sort_values("status", kind="stable", key=lambda status: status != "confirmed")
    kept = ordered[~ordered.index.isin(_repeats(ordered))].sort_index()
    conflicts = [*_same_id(ordered), *_same_act(kept)]
    merged = check_events(kept.sort_values("time", kind="stable").drop(columns=_FILE), "the merged events")
    return Merged(merged, pd.DataFrame(conflicts, columns=list(CONFLICTS)), len(together) - len(different))


_FILE = "\0file"


def _repeats(rows: pd.DataFrame) -> pd.Index:
    return rows.index[rows["id"].duplicated()]


def _same_id(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return what rows of one id say differently from the one that is kept."""
    found: list[tuple[str, ...]] = []
    for name, group in rows[rows["id"].duplicated(keep=False)].groupby("id", sort=False):
        first, *others = group.to_dict("records")
        for other in others:
            for column in (str(column) for column in rows.columns if column != _FILE):
                if str(first[column]) != str(other[column]):
                    cells = (column, str(first[column]), str(other[column]))
                    found.append(("same id", str(name), str(name), first[_FILE], other[_FILE], *cells))
    return found


def _same_act(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return pairs of one day, actor and kind whose stances differ."""
    found: list[tuple[str, ...]] = []
    acts = rows[(rows["actor"] != "") & (rows["kind"] != "")]
    for _, group in acts.groupby([acts["time"].str[:10], "actor", "kind"], sort=False):
        first, *others = group.to_dict("records")
        for other in others:
            if other["stance"] != first["stance"]:
                ids = (first["id"], other["id"], first[_FILE], other[_FILE])
                found.append(("same day, actor and kind", *ids, "stance", first["stance"], other["stance"]))
    return found
