"""Averages and tests over events: by series, stance and window, pooled over series, raises against folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.inference import cross_section_t, date_clustered_t, holm, label_permutation
from eventstudy.news.stance import STANCES, net_stance
from eventstudy.returns import Floats
from eventstudy.statistic import Statistic
from eventstudy.study.design import Design

ALL = "*"
CONTRAST = "raise-fold"

_TEST_COLUMNS = (
    *("series", "stance", "window", "test", "statistic", "law", "df", "p_value"),
    *("n_events", "n_dates", "n_cars", "null", "note"),
)


@dataclass(frozen=True, eq=False)
class Group:
    """CARs that are averaged together: those of one series, one stance and one window (`*` for all).

    Parameters
    ----------
    series, stance, window, unit : str
        What is grouped, and the unit of the CARs.
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
    known = car[car["car"].notna()]
    columns = {name: known[name].to_numpy() for name in ("series", "window", "stance", "unit", "car", "session")}
    columns |= {name: known[name].to_numpy(dtype=str) for name in ("event_id", "phase")}
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


def tests_table(car: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the tests of means over events, keyed by series, stance, window and test; Holm over series."""
    rows = [
        (
            *(group.series, stance, group.window, s.test, s.value, s.law, s.df, s.p_value),
            *(n_events, s.n_dates, s.n_cars, s.null, s.note),
        )
        for group in groups(car, design)
        for s, stance, n_events in _statistics(group, design)
    ]
    table = pd.DataFrame(rows, columns=list(_TEST_COLUMNS))
    table.insert(_TEST_COLUMNS.index("p_value") + 1, "p_adjusted", _adjusted(table))
    return table


def _statistics(group: Group, design: Design) -> Iterator[tuple[Statistic, str, int]]:
    """Yield each statistic of a group with its stance and number of distinct events."""
    n_events = len(np.unique(group.event))
    if "cross_section_t" in design.tests:
        yield cross_section_t(group.car, group.session), group.stance, n_events
    if "date_clustered_t" in design.tests:
        yield date_clustered_t(group.car, group.session), group.stance, n_events
    if "label_permutation" in design.tests and group.stance == ALL:
        car, is_raise, phase, n_members = market_events(group).contrasted()
        if is_raise.any() and not is_raise.all():
            yield label_permutation(car, is_raise, phase, design.seed), CONTRAST, n_members


def _adjusted(table: pd.DataFrame) -> Floats:
    """Holm over the series, for each stance, window and test; the pooled row is no member of the family."""
    adjusted = np.full(len(table), np.nan)
    p_values = table["p_value"].to_numpy(dtype=np.float64)
    families: dict[tuple[str, ...], list[int]] = {}
    for k, (series, *key) in enumerate(
        zip(*(table[name] for name in ("series", "stance", "window", "test")), strict=True)
    ):
        if series != ALL:
            families.setdefault(tuple(key), []).append(k)
    for rows in families.values():
        adjusted[rows] = holm(p_values[rows])
    return adjusted
