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
    car : ndarray, shape (n,)
        The CARs, no NaN.
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
    session: NDArray[np.datetime64]
    event: NDArray[np.str_]
    phase: NDArray[np.str_]
    label: NDArray[np.str_]


@dataclass(frozen=True, eq=False)
class MarketEvents:
    """Events merged by session: what a market had to digest at once is one event.

    Parameters
    ----------
    car : ndarray, shape (m,)
        Mean CAR of each session.
    stance, phase : ndarray of str, shape (m,)
        Net stance; phase of the first member.
    members : tuple of frozenset of str, length m
        Ids of the events merged.
    """

    car: Floats
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
    columns = {name: known[name].to_numpy() for name in ("series", "window", "stance", "unit", "car", "session")}
    columns |= {name: known[name].to_numpy(dtype=str) for name in ("event_id", "phase")}
    columns["row"] = np.flatnonzero(there)
    names = list(dict.fromkeys(columns["series"]))
    pool = poolable(known)
    selections = [(name, columns["series"] == name) for name in names]
    if len(pool) > 1:
        selections.append((ALL, np.isin(columns["series"].astype(str), pool)))
    return [
        _group(columns, series, stance, window, rows)
        for series, of_series in selections
        for stance in (*STANCES, ALL)
        for window in map(str, design.windows)
        if len(rows := _rows(columns, of_series, stance, window))
    ]


def _rows(
    columns: Mapping[str, NDArray[np.object_]], of_series: NDArray[np.bool_], stance: str, window: str
) -> NDArray[np.int64]:
    of_stance = True if stance == ALL else columns["stance"] == stance
    return np.flatnonzero(of_series & of_stance & (columns["window"] == window))


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
        session=columns["session"][rows].astype("datetime64[D]"),
        event=columns["event_id"][rows].astype(str),
        phase=columns["phase"][rows].astype(str),
        label=columns["stance"][rows].astype(str),
    )


def poolable(car: pd.DataFrame) -> list[str]:
    """Return the series that can be pooled: those in the first kind of return, else all if they share a unit."""
    unit_by_series = dict(zip(car["series"], car["unit"], strict=True))
    returns = [unit for unit in unit_by_series.values() if unit.endswith(" return")]
    if returns:
        return [name for name, unit in unit_by_series.items() if unit == returns[0]]
    return list(unit_by_series) if len(set(unit_by_series.values())) == 1 else []


def market_events(group: Group) -> MarketEvents:
    """Merge the CARs of a group that share an event session."""
    _, first, session = np.unique(group.session, return_index=True, return_inverse=True)
    n_sessions = len(first)
    labels: list[set[str]] = [set() for _ in range(n_sessions)]
    members: list[set[str]] = [set() for _ in range(n_sessions)]
    for k, label, event in zip(session, group.label, group.event, strict=True):
        labels[k].add(str(label))
        members[k].add(str(event))
    return MarketEvents(
        car=np.bincount(session, weights=group.car) / np.bincount(session),
        stance=np.array([net_stance(stances) for stances in labels]),
        phase=group.phase[first],
        members=tuple(map(frozenset, members)),
    )


def average_table(car: pd.DataFrame, base_rates: Mapping[tuple[str, str], float], design: Design) -> pd.DataFrame:
    """Return the averages, keyed by series, stance and window.

    Parameters
    ----------
    car : DataFrame
        The `car` table with the column ``phase``.
    base_rates : mapping of (str, str) to float
        Share of positive CARs on sessions without news, by series and window.
    design : Design
        The choices.
    """
    rows = []
    for group in groups(car, design):
        base_rate = base_rates.get((group.series, group.window), np.nan)
        rows.append(_average_row(group, base_rate))
        if group.stance == ALL:
            rows.extend(_contrast_row(group))
    return pd.DataFrame(rows)


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
