"""Averages over events: by series, stance and window, pooled over series, raises against folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.news.stance import STANCES, net_stance
from eventstudy.returns import Floats
from eventstudy.study.design import Design

ALL = "*"
CONTRAST = "raise-fold"


@dataclass(frozen=True, eq=False)
class Group:
    """CARs that are averaged together: those of one series, one stance and one window (`*` for all).

    Parameters
    ----------
    series, stance, window, unit : str
        What is grouped, and the unit of the CARs.
    row : ndarray of int64, shape (n,)
        Its rows in the `car` table.
    car, z : ndarray, shape (n,)
        The CARs, no NaN, and the volatility-scaled ones; NaN where the scale is unknown.
    session : ndarray of datetime64, shape (n,)
        Event session of each.
    event, phase, label : ndarray of str, shape (n,)
        Id, phase and stance of its event.
    """

    series: str
    stance: str
    window: str
    unit: str
    row: NDArray[np.int64]
    car: Floats
    z: Floats
    session: NDArray[np.datetime64]
    event: NDArray[np.str_]
    phase: NDArray[np.str_]
    label: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class MarketEvents:
    """Events merged by session: what a market had to digest at once is one event.

    Parameters
    ----------
    car, z : ndarray, shape (m,)
        Mean CAR and mean volatility-scaled CAR of each session.
    stance, phase : ndarray of str, shape (m,)
        Net stance; phase of the first member.
    members : tuple of frozenset of str, length m
        Ids of the events merged.
    """

    car: Floats
    z: Floats
    stance: NDArray[np.str_]
    phase: NDArray[np.str_]
    members: tuple[frozenset[str], ...]

    def contrasted(self) -> tuple[Floats, NDArray[np.bool_], NDArray[np.str_], int]:
        """Return CARs, whether each is a raise, phases and number of member events, of net raises and folds only."""
        kept = np.flatnonzero(np.isin(self.stance, ["raise", "fold"]))
        n_events = len(frozenset().union(*(self.members[k] for k in kept)))
        return self.car[kept], self.stance[kept] == "raise", self.phase[kept], n_events


def groups(car: pd.DataFrame, design: Design) -> list[Group]:
    """Return every group of CARs: each series, then all of them pooled; each stance, then all; each window.

    Parameters
    ----------
    car : DataFrame
        The `car` table with the column ``phase``.
    design : Design
        The choices.

    Returns
    -------
    list of Group
        Groups without a CAR are left out. Series in a unit of their own (differences) are not pooled with the others.
    """
    there = car["car"].notna().to_numpy()
    known = car[there]
    names_of = ("series", "window", "stance", "unit", "car", "placebo_z", "session")
    columns = {name: known[name].to_numpy() for name in names_of}
    columns |= {name: known[name].to_numpy(dtype=str) for name in ("event_id", "phase")}
    columns["row"] = np.flatnonzero(there)
    names = list(dict.fromkeys(columns["series"]))
    pool = poolable(known)
    code = pd.factorize(columns["series"])[0]
    selections = [(name, np.flatnonzero(code == k)) for k, name in enumerate(names)]
    if len(pool) > 1:
        selections.append((ALL, np.flatnonzero(np.isin(code, [names.index(name) for name in pool]))))
    return [
        _group(columns, series, stance, window, rows)
        for series, of_series in selections
        for stance in (*STANCES, ALL)
        for window in map(str, design.windows)
        if len(rows := _rows(columns, of_series, stance, window))
    ]


def _rows(
    columns: Mapping[str, NDArray[np.object_]], of_series: NDArray[np.int64], stance: str, window: str
) -> NDArray[np.int64]:
    of_window = of_series[columns["window"][of_series] == window]
    return np.asarray(of_window if stance == ALL else of_window[columns["stance"][of_window] == stance])


def _group(
    columns: Mapping[str, NDArray[np.object_]], series: str, stance: str, window: str, rows: NDArray[np.int64]
) -> Group:
    return Group(
        series=series,
        stance=stance,
        window=window,
        unit=str(columns["unit"][rows[0]]),
        row=columns["row"][rows].astype(np.int64),
        car=columns["car"][rows].astype(np.float64),
        z=columns["placebo_z"][rows].astype(np.float64),
        session=columns["session"][rows].astype("datetime64[D]"),
        event=columns["event_id"][rows].astype(str),
        phase=columns["phase"][rows].astype(str),
        label=columns["stance"][rows].astype(str),
    )


def poolable(car: pd.DataFrame) -> list[str]:
    """Return the series that can be pooled: those in the first kind of return, else all if they share a unit."""
    first = car.drop_duplicates("series")
    unit_by_series = dict(zip(first["series"], first["unit"], strict=True))
    returns = [unit for unit in unit_by_series.values() if unit.endswith(" return")]
    if returns:
        return [name for name, unit in unit_by_series.items() if unit == returns[0]]
    return list(unit_by_series) if len(set(unit_by_series.values())) == 1 else []


def market_events(group: Group) -> MarketEvents:
    """Merge the CARs of a group that share an event session."""
    _, first, session = np.unique(group.session, return_index=True, return_inverse=True)
    counts, order = np.bincount(session), np.argsort(session, kind="stable")
    ends = np.cumsum(counts).tolist()
    labels, events = group.label[order].tolist(), group.event[order].tolist()
    parts = [slice(begin, end) for begin, end in zip([0, *ends], ends, strict=False)]
    return MarketEvents(
        car=np.bincount(session, weights=group.car) / counts,
        z=np.bincount(session, weights=group.z) / counts,
        stance=np.array([net_stance(labels[part]) for part in parts]),
        phase=group.phase[first],
        members=tuple(frozenset(events[part]) for part in parts),
    )


def average_table(
    car: pd.DataFrame,
    base_rates: Mapping[tuple[str, str], float],
    design: Design,
    headlines: Mapping[tuple[str, str, str], Mapping[str, object]],
    no_headline: Mapping[str, object],
) -> pd.DataFrame:
    """Return the averages, keyed by series, stance and window.

    Parameters
    ----------
    car : DataFrame
        The `car` table with the column ``phase``.
    base_rates : mapping of (str, str) to float
        Share of positive CARs on sessions without news, by series and window.
    design : Design
        The choices.
    headlines : mapping of (str, str, str) to mapping
        The placebo columns by series, stance and window.
    no_headline : mapping
        What stands there for the others.
    """
    rows = []
    for group in groups(car, design):
        base_rate = base_rates.get((group.series, group.window), np.nan)
        rows.append(_average_row(group, base_rate))
        if group.stance == ALL:
            rows.extend(_contrast_row(group))
    keys = [(str(row["series"]), str(row["stance"]), str(row["window"])) for row in rows]
    return pd.DataFrame([row | dict(headlines.get(key, no_headline)) for row, key in zip(rows, keys, strict=True)])


def _average_row(group: Group, base_rate: float) -> dict[str, object]:
    return {
        "series": group.series,
        "stance": group.stance,
        "window": group.window,
        "unit": group.unit,
        "n_events": len(np.unique(group.event)),
        "n_dates": len(np.unique(group.session)),
        "n_cars": len(group.car),
        "caar": group.car.mean(),
        "median": np.median(group.car),
        "hit_rate": np.mean(group.car > 0),
        "worst": group.car.min(),
        "best": group.car.max(),
        "base_rate": base_rate,
    }


def _contrast_row(group: Group) -> Iterator[dict[str, object]]:
    """Yield the averages of raises less those of folds, over market events; nothing where one of them is missing."""
    car, is_raise, _, n_events = market_events(group).contrasted()
    raises, folds = car[is_raise], car[~is_raise]
    if len(raises) and len(folds):
        yield {
            "series": group.series,
            "stance": CONTRAST,
            "window": group.window,
            "unit": group.unit,
            "n_events": n_events,
            "n_dates": len(car),
            "n_cars": len(car),
            "caar": raises.mean() - folds.mean(),
            "median": np.median(raises) - np.median(folds),
            "hit_rate": np.mean(raises > 0) - np.mean(folds > 0),
            "worst": np.nan,
            "best": np.nan,
            "base_rate": np.nan,
        }
