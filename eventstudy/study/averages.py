"""Averages and tests over events: by series, stance and window, pooled over series, raises against folds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

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


@dataclass(frozen=True, eq=False)
class Group:
    """The CARs of one series, one stance and one window (`*` for all).

    Parameters
    ----------
    series, stance, window : str
        What is grouped.
    rows : DataFrame
        Rows of the `car` table with a CAR, and the column ``phase``.
    unit : str
        Unit of the CARs.
    """

    series: str
    stance: str
    window: str
    rows: pd.DataFrame
    unit: str


def groups(car: pd.DataFrame, design: Design) -> Iterator[Group]:
    """Yield every group of CARs: each series, then all of them pooled; each stance, then all; each window.

    Series in a unit of their own (differences) are left out of the pool, for units don't mix.
    """
    known = car[car["car"].notna()]
    names = list(dict.fromkeys(known["series"]))
    pooled = poolable(known)
    selections = [(name, known[known["series"] == name]) for name in names]
    if pooled["series"].nunique() > 1:
        selections.append((ALL, pooled))
    for series, rows in selections:
        unit = str(rows["unit"].iloc[0])
        for stance in (*(stance for stance in STANCES if (rows["stance"] == stance).any()), ALL):
            of_stance = rows if stance == ALL else rows[rows["stance"] == stance]
            for window in map(str, design.windows):
                group = of_stance[of_stance["window"] == window]
                if len(group):
                    yield Group(series, stance, window, group, unit)


def poolable(car: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose unit is that of a return, if there are any; else all rows if they share one unit."""
    returns = car[car["unit"].str.endswith(" return")]
    if len(returns):
        return returns[returns["unit"] == returns["unit"].iloc[0]]
    return car if car["unit"].nunique() == 1 else car.iloc[:0]


def market_events(rows: pd.DataFrame) -> pd.DataFrame:
    """Merge the events that share a session: one row a session with its mean CAR, net stance, phase and members."""
    merged = rows.groupby("session", sort=True).agg(
        car=("car", "mean"),
        stance=("stance", net_stance),
        phase=("phase", "first"),
        members=("event_id", lambda ids: ";".join(dict.fromkeys(ids))),
    )
    return merged.reset_index()


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
        values = group.rows["car"].to_numpy(dtype=np.float64)
        rows.append(
            {
                "series": group.series,
                "stance": group.stance,
                "window": group.window,
                "unit": group.unit,
                "n_events": group.rows["event_id"].nunique(),
                "n_dates": group.rows["session"].nunique(),
                "n_cars": len(values),
                "caar": values.mean(),
                "median": np.median(values),
                "hit_rate": np.mean(values > 0),
                "worst": values.min(),
                "best": values.max(),
                "base_rate": base_rates.get((group.series, group.window), np.nan),
            }
        )
        if group.stance == ALL:
            rows.extend(_contrast_row(group))
    return pd.DataFrame(rows)


def _contrast_row(group: Group) -> list[dict[str, object]]:
    """The averages of raises less those of folds, over market events; nothing where one of them is missing."""
    merged = market_events(group.rows)
    raises, folds = (merged.loc[merged["stance"] == stance, "car"].to_numpy() for stance in ("raise", "fold"))
    if not len(raises) or not len(folds):
        return []
    events = merged[merged["stance"].isin(["raise", "fold"])]
    n_events = len({name for members in events["members"] for name in members.split(";")})
    return [
        {
            "series": group.series,
            "stance": CONTRAST,
            "window": group.window,
            "unit": group.unit,
            "n_events": n_events,
            "n_dates": len(events),
            "n_cars": len(events),
            "caar": raises.mean() - folds.mean(),
            "median": np.median(raises) - np.median(folds),
            "hit_rate": np.mean(raises > 0) - np.mean(folds > 0),
            "worst": np.nan,
            "best": np.nan,
            "base_rate": np.nan,
        }
    ]


def tests_table(car: pd.DataFrame, design: Design) -> pd.DataFrame:
    """Return the tests of means over events, keyed by series, stance, window and test; Holm over series."""
    rows = []
    for group in groups(car, design):
        for statistic, stance, n_events in _tests(group, design):
            record = asdict(statistic)
            record["statistic"] = record.pop("value")
            rows.append(
                {"series": group.series, "stance": stance, "window": group.window, "n_events": n_events, **record}
            )
    columns = ["series", "stance", "window", "test", "statistic", "law", "df", "p_value", "p_adjusted"]
    columns += ["n_events", "n_dates", "n_cars", "null", "note"]
    table = pd.DataFrame(rows, columns=[name for name in columns if name != "p_adjusted"])
    table.insert(columns.index("p_adjusted"), "p_adjusted", _adjusted(table))
    return table


def _tests(group: Group, design: Design) -> Iterator[tuple[Statistic, str, int]]:
    """Yield each statistic of a group with its stance and number of distinct events."""
    values = group.rows["car"].to_numpy(dtype=np.float64)
    sessions = group.rows["session"].to_numpy()
    n_events = int(group.rows["event_id"].nunique())
    if "cross_section_t" in design.tests:
        yield cross_section_t(values, sessions), group.stance, n_events
    if "date_clustered_t" in design.tests:
        yield date_clustered_t(values, sessions), group.stance, n_events
    if "label_permutation" in design.tests and group.stance == ALL:
        merged = market_events(group.rows)
        merged = merged[merged["stance"].isin(["raise", "fold"])]
        is_raise = (merged["stance"] == "raise").to_numpy()
        if is_raise.any() and not is_raise.all():
            n_members = len({name for members in merged["members"] for name in members.split(";")})
            phases: NDArray[np.str_] = merged["phase"].to_numpy(dtype=str)
            yield label_permutation(merged["car"].to_numpy(), is_raise, phases, design.seed), CONTRAST, n_members


def _adjusted(table: pd.DataFrame) -> Floats:
    """Holm over the series, for each stance, window and test; the pooled row is no member of the family."""
    adjusted = np.full(len(table), np.nan)
    single = table[table["series"] != ALL]
    for rows in single.groupby(["stance", "window", "test"]).indices.values():
        where = single.index.to_numpy()[rows]
        adjusted[where] = holm(table["p_value"].to_numpy(dtype=np.float64)[where])
    return adjusted
