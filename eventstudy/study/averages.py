"""Averages over events: by series, stance and window, pooled over series, raises against folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.news.stance import NET_STANCES, STANCES
from eventstudy.returns import Floats

ALL = "*"
CONTRAST = "raise-fold"


@dataclass(frozen=True, eq=False)
class Cars:
    """The CARs of all P used pairs over W windows, in order of the events' times.

    Parameters
    ----------
    windows, series, units : tuple of str, length W, S, S
        Names of the windows and the series, and the units of the series.
    phases : tuple of str
        The distinct phases, sorted.
    pair : ndarray of int64, shape (P,)
        Place of each pair among `Pairs`.
    event, of_series, stance, phase, session : ndarray of int, shape (P,)
        Rank of the event's id among the sorted ids, series, stance (among `NET_STANCES`), phase, and rank of the event
        session among those of the study.
    car, z : ndarray, shape (P, W)
        CARs, and volatility-scaled ones; NaN where missing.
    """

    windows: tuple[str, ...]
    series: tuple[str, ...]
    units: tuple[str, ...]
    phases: tuple[str, ...]
    pair: NDArray[np.int64]
    event: NDArray[np.int64]
    of_series: NDArray[np.int64]
    stance: NDArray[np.int8]
    phase: NDArray[np.int64]
    session: NDArray[np.int64]
    car: Floats
    z: Floats


@dataclass(frozen=True, eq=False)
class Group:
    """CARs that are averaged together: those of one series, one stance and one window (`*` for all).

    Parameters
    ----------
    cars : Cars
        The CARs of all pairs.
    series, stance, unit : str
        What is grouped, and the unit of the CARs.
    w : int
        Which window.
    row : ndarray of int64, shape (n,)
        Its rows in `cars`; each has a CAR over the window.
    """

    cars: Cars
    series: str
    stance: str
    unit: str
    w: int
    row: NDArray[np.int64]

    @property
    def window(self) -> str:
        """The window."""
        return self.cars.windows[self.w]

    @property
    def car(self) -> Floats:
        """The CARs, no NaN."""
        return np.asarray(self.cars.car[self.row, self.w])

    @property
    def z(self) -> Floats:
        """The volatility-scaled CARs; NaN where the scale is unknown."""
        return np.asarray(self.cars.z[self.row, self.w])

    @property
    def session(self) -> NDArray[np.int64]:
        """A number of the event session of each, in order of time."""
        return self.cars.session[self.row]

    @property
    def event(self) -> NDArray[np.int64]:
        """A number of the event of each."""
        return self.cars.event[self.row]

    @property
    def phase(self) -> NDArray[np.str_]:
        """Phase of the event of each."""
        return np.array(self.cars.phases, dtype=str)[self.cars.phase[self.row]]

    @property
    def label(self) -> NDArray[np.str_]:
        """Stance of the event of each."""
        return np.array(NET_STANCES)[self.cars.stance[self.row]]


@dataclass(frozen=True, eq=False)
class MarketEvents:
    """Events merged by session: what a market had to digest at once is one event.

    Parameters
    ----------
    car, z : ndarray, shape (m,)
        Mean CAR and mean volatility-scaled CAR of each session.
    stance, phase : ndarray of str, shape (m,)
        Net stance; phase of the first member.
    event, merged : ndarray of int64, shape (n,)
        The events, and the market event into which each goes.
    """

    car: Floats
    z: Floats
    stance: NDArray[np.str_]
    phase: NDArray[np.str_]
    event: NDArray[np.int64]
    merged: NDArray[np.int64]

    def n_events(self, kept: NDArray[np.int64]) -> int:
        """Return the number of events in some of the market events."""
        chosen = np.zeros(len(self.car), dtype=bool)
        chosen[kept] = True
        return _n_distinct(self.event[chosen[self.merged]])

    def contrasted(self) -> tuple[Floats, NDArray[np.bool_], NDArray[np.str_], int]:
        """Return CARs, whether each is a raise, phases and number of member events, of net raises and folds only."""
        kept = np.flatnonzero(np.isin(self.stance, ["raise", "fold"]))
        return self.car[kept], self.stance[kept] == "raise", self.phase[kept], self.n_events(kept)


def groups(cars: Cars, pool: Sequence[str]) -> list[Group]:
    """Return every group of CARs: each series, then all that are pooled; each stance, then all; each window.

    Groups without a CAR are left out.
    """
    known = np.isfinite(cars.car)
    there = np.flatnonzero(known.any(axis=1))
    met, first = np.unique(cars.of_series[there], return_index=True)
    names = met[np.argsort(first)].tolist()
    selections = [(cars.series[s], there[cars.of_series[there] == s]) for s in names]
    is_pooled = np.isin(cars.series, pool)
    if np.count_nonzero(is_pooled[names]) > 1:
        selections.append((ALL, there[is_pooled[cars.of_series[there]]]))
    found = []
    for series, of_series in selections:
        unit = cars.units[int(cars.of_series[of_series[0]])]
        for stance in (*STANCES, ALL):
            rows = of_series if stance == ALL else of_series[cars.stance[of_series] == NET_STANCES.index(stance)]
            of_windows = [(w, rows[known[rows, w]]) for w in range(len(cars.windows))]
            found += [Group(cars, series, stance, unit, w, row) for w, row in of_windows if len(row)]
    return found


def poolable(car: pd.DataFrame) -> list[str]:
    """Return the series of a `car` table that can be pooled."""
    first = car.drop_duplicates("series")
    return pooled(dict(zip(first["series"], first["unit"], strict=True)))


def pooled(unit_by_series: Mapping[str, str]) -> list[str]:
    """Return the series that can be pooled: those in the first kind of return, else all if they share a unit."""
    returns = [unit for unit in unit_by_series.values() if unit.endswith(" return")]
    if returns:
        return [name for name, unit in unit_by_series.items() if unit == returns[0]]
    return list(unit_by_series) if len(set(unit_by_series.values())) == 1 else []


def market_events(group: Group) -> MarketEvents:
    """Merge the CARs of a group that share an event session."""
    session = group.session
    there = np.bincount(session) > 0
    merged = (np.cumsum(there) - 1)[session]
    counts, label = np.bincount(merged), group.cars.stance[group.row]
    first = np.empty(len(counts), dtype=np.int64)
    first[merged[::-1]] = np.arange(len(merged))[::-1]
    raised, folded = (
        np.bincount(merged, weights=(label == NET_STANCES.index(stance)) | (label == NET_STANCES.index("mixed"))) > 0
        for stance in ("raise", "fold")
    )
    return MarketEvents(
        car=np.bincount(merged, weights=group.car) / counts,
        z=np.bincount(merged, weights=group.z) / counts,
        stance=np.select([raised & folded, raised, folded], ["mixed", "raise", "fold"], "hold"),
        phase=group.phase[first],
        event=group.event,
        merged=merged,
    )


def average_table(
    found: Sequence[Group],
    base_rates: Mapping[tuple[str, str], float],
    headlines: Mapping[tuple[str, str, str], Mapping[str, object]],
    no_headline: Mapping[str, object],
) -> pd.DataFrame:
    """Return the averages, keyed by series, stance and window.

    Parameters
    ----------
    found : sequence of Group
        Every group of the study.
    base_rates : mapping of (str, str) to float
        Share of positive CARs on sessions without news, by series and window.
    headlines : mapping of (str, str, str) to mapping
        The placebo columns by series, stance and window.
    no_headline : mapping
        What stands there for the others.
    """
    rows = []
    for group in found:
        base_rate = base_rates.get((group.series, group.window), np.nan)
        rows.append(_average_row(group, base_rate))
        if group.stance == ALL:
            rows.extend(_contrast_row(group))
    keys = [(str(row["series"]), str(row["stance"]), str(row["window"])) for row in rows]
    return pd.DataFrame([row | dict(headlines.get(key, no_headline)) for row, key in zip(rows, keys, strict=True)])


def _n_distinct(number: NDArray[np.int64]) -> int:
    return int(np.count_nonzero(np.bincount(number)))


def _average_row(group: Group, base_rate: float) -> dict[str, object]:
    car = group.car
    return {
        "series": group.series,
        "stance": group.stance,
        "window": group.window,
        "unit": group.unit,
        "n_events": _n_distinct(group.event),
        "n_dates": _n_distinct(group.session),
        "n_cars": len(car),
        "caar": car.mean(),
        "median": np.median(car),
        "hit_rate": np.mean(car > 0),
        "worst": car.min(),
        "best": car.max(),
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
