"""Bundled cases: events, prices and instruments that belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import pandas as pd

from eventstudy.errors import require_known
from eventstudy.events.schema import read_events
from eventstudy.markets.bundled import join_series
from eventstudy.markets.instrument import Instrument, find_instrument, read_catalog


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
    return tuple(sorted(read_catalog()["cases"]))


def case_row(name: str) -> Mapping[str, Any]:
    """Return what the catalogue says of a bundled case."""
    row: Mapping[str, Any] = read_catalog()["cases"][require_known(name, case_names(), "case")]
    return row


def case_events(name: str) -> pd.DataFrame:
    """Return the events of a bundled case in the order of time, without its prices."""
    return _events(name).copy()


@cache
def _events(name: str) -> pd.DataFrame:
    row, tables = case_row(name), []
    for file in [row["events"]] if isinstance(row["events"], str) else row["events"]:
        with as_file(files("eventstudy.datasets").joinpath(file)) as path:
            tables.append(read_events(path))
    if len(tables) == 1:
        (table,) = tables
    else:
        cases = [
            table.assign(case=file.partition("/")[2].removesuffix(".csv"))
            for file, table in zip(row["events"], tables, strict=True)
        ]
        joined = pd.concat(cases, ignore_index=True).fillna({"confidence": ""})
        table = joined.sort_values("time", kind="stable", ignore_index=True)
    if "span" in row:
        first, last = row["span"]
        day = table["time"].str[:10]
        table = table[(day >= first) & (day <= last)].reset_index(drop=True)
    return table


def case_series(name: str) -> dict[str, str]:
    """Return the bundled series of a case by instrument, without reading them."""
    labels = read_catalog()["series"]
    return {labels[series]["instrument"]: series for series in case_row(name)["series"]}


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
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    there = case_series(name)
    wanted = there if series is None else [require_known(one, there, "series") for one in dict.fromkeys(series)]
    prices = join_series([there[one] for one in wanted]).loc[str(first) : str(last)]
    return Case(
        name=name,
        title=row["title"],
        about=row["about"],
        events=case_events(name),
        prices=prices,
        instruments={name: find_instrument(name) for name in map(str, prices)},
        headline=tuple(row["headline"]),
        focus=tuple(row["focus"]),
        spotlight=row["spotlight"],
    )
