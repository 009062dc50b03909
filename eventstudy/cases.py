"""Bundled cases: events, prices and instruments that belong together; and which events on file are like another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import pandas as pd

from eventstudy.errors import require_known
from eventstudy.events.schema import read_events
from eventstudy.files import bundled_toml
from eventstudy.markets.bundled import join_series
from eventstudy.markets.instrument import Instrument, find_instrument, read_catalogue


@dataclass(frozen=True, eq=False)
class Case:
    """A bundled case.

    Parameters
    ----------
    name, title, about : str
        Its name, its title, and what it is in a sentence or two.
    events : DataFrame
        Its events table.
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, a column an instrument.
    instruments : mapping of str to Instrument
        What the columns are.
    headline : tuple of str
        The instruments a reader looks at first.
    focus : tuple of str
        Ids of the events a reader looks at first.
    spotlight : str
        Id of the one event that is put in a sentence a market.
    """

    name: str
    title: str
    about: str
    events: pd.DataFrame
    prices: pd.DataFrame
    instruments: Mapping[str, Instrument]
    headline: tuple[str, ...]
    focus: tuple[str, ...]
    spotlight: str

    def __repr__(self) -> str:
        first, last = (f"{self.prices.index[k]:%Y-%m-%d}" for k in (0, -1))
        what = f"{len(self.events)} events, {self.prices.shape[1]} series {first} to {last}"
        return f"<Case {self.name}: {self.title}; {what}>"


def case_names() -> tuple[str, ...]:
    """Return the names of the bundled cases, sorted."""
    return tuple(sorted(read_catalogue()["cases"]))


def case_row(name: str) -> Mapping[str, Any]:
    """Return what the catalogue says of a bundled case."""
    row: Mapping[str, Any] = read_catalogue()["cases"][require_known(name, case_names(), "case")]
    return row


def case_events(name: str) -> pd.DataFrame:
    """Return the events of a bundled case in the order of time, without its prices."""
    return _events(name).copy()


@cache
def _events(name: str) -> pd.DataFrame:
    row, tables = case_row(name), {}
    for file in [row["events"]] if isinstance(row["events"], str) else row["events"]:
        with as_file(files("eventstudy.datasets").joinpath(file)) as path:
            tables[file.partition("/")[2].removesuffix(".csv")] = read_events(path)
    table = next(iter(tables.values()))
    if len(tables) > 1:
        joined = pd.concat([of.assign(case=case) for case, of in tables.items()], ignore_index=True)
        table = joined.fillna({"confidence": ""}).sort_values("time", kind="stable", ignore_index=True)
    first, last = row.get("span", ("", "9"))
    return table[table["time"].str[:10].between(first, last)].reset_index(drop=True)


def case_series(name: str) -> dict[str, str]:
    """Return the bundled series of a case by instrument, without reading them."""
    return {read_catalogue()["series"][series]["instrument"]: series for series in case_row(name)["series"]}


def load_case(name: str, series: Iterable[str] | None = None) -> Case:
    """Load a bundled case; nothing is fetched.

    Parameters
    ----------
    name : str
        One of `case_names`, e.g. ``raise-or-fold-2022``; ``all`` is every event of every case.
    series : iterable of str, optional
        The instruments whose prices are read; default all of the case.

    Returns
    -------
    Case
        Events, prices and instruments.

    Raises
    ------
    UnknownNameError
        If there is no such case, or no such instrument in it.

    Examples
    --------
    >>> case = load_case("raise-or-fold-2022")
    >>> "ruble" in case.prices and len(case.events) >= 20
    True
    """
    row = case_row(name)
    there = case_series(name)
    wanted = there if series is None else [require_known(one, there, "series") for one in dict.fromkeys(series)]
    prices = join_series([there[one] for one in wanted]).loc[row["first"] : row["last"]]
    said: dict[str, Any] = {key: row[key] for key in ("title", "about", "spotlight")}
    said |= {key: tuple(row[key]) for key in ("headline", "focus")}
    instruments = {name: find_instrument(name) for name in map(str, prices)}
    return Case(name=name, events=case_events(name), prices=prices, instruments=instruments, **said)


# --- which events are like another ---------------------------------------------------------------------------------


def near_kinds(kind: str) -> frozenset[str]:
    """Return the kinds of the same family, the kind itself among them."""
    families = bundled_toml("eventstudy", "words.toml")["families"]
    return frozenset({kind}).union(*(family for family in families if kind in family))


def similar_events(
    events: pd.DataFrame, like: Any, n: int | None = None, *, before: str | None = None, parties: Collection[str] = ()
) -> pd.DataFrame:
    """Return the confirmed events most like one: of its stance, by one of its actors, of a near kind and its conflict.

    At most `n`. `like` is a row of the table, which itself is left out, or a mapping of ``stance, actor, target, kind,
    time``. The case with most of the `parties` (codes of all who are named beside it) comes first, then those of its
    own kind, then those with its target, then the nearest in time; `before` asks for events that were public before
    that day.
    """

    def shares(cells: pd.Series, codes: str) -> pd.Series:
        wanted = set(filter(None, codes.split(";")))
        return cells.map(lambda cell: bool(wanted & set(str(cell).split(";")))).astype(bool)

    theirs = events[(events["status"] == "confirmed") & shares(events["actor"], like["actor"])]
    if "id" in like:
        theirs = theirs[theirs["id"] != like["id"]]
    if before is not None:
        known = theirs["published_at"].str[:10].where(theirs["published_at"] != "", theirs["time"].str[:10])
        theirs = theirs[known < before]
    conflicts, near = conflict_distance(theirs, like, parties), near_kinds(str(like["kind"]))
    found: pd.DataFrame = theirs[conflicts.notna() & (theirs["stance"] == like["stance"]) & theirs["kind"].isin(near)]
    apart = (pd.to_datetime(found["time"].str[:10]) - pd.Timestamp(like["time"][:10])).abs()
    target = ~shares(found["target"], like["target"])
    kind = found["kind"] != like["kind"]
    ranks = pd.DataFrame({"conflict": conflicts[found.index], "kind": kind, "target": target, "apart": apart})
    return found.loc[ranks.sort_values([*ranks], kind="stable").index[:n]]


def conflict_distance(theirs: pd.DataFrame, like: Any, parties: Collection[str] = ()) -> pd.Series:
    """Return how far the conflict of an actor's events is from that of `like`; NaN where it is another one.

    A case is the same conflict if the actor faced the same counterpart in it; the more parties they share, the nearer.
    A table without cases is one conflict.
    """
    own = set(like["actor"].split(";"))
    target = set(like["target"].split(";")) - own - {""}
    others = target or set(parties) - own
    if "case" not in theirs or not others:
        return pd.Series(0.0, index=theirs.index)
    codes = (theirs["actor"] + ";" + theirs["target"]).str.split(";")
    known = {case: set().union(*rows) for case, rows in codes.groupby(theirs["case"])}
    wanted = target | set(parties)
    distance = {case: len(wanted - of) if others & of else float("nan") for case, of in known.items()}
    return theirs["case"].map(distance).astype(float)
