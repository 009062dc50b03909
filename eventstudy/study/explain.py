"""Which attributes of an event go with a larger reaction: regressions over the CARs of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.errors import NothingUsableError, require_known
from eventstudy.inference.regression.cross_section import CrossSection, cross_section, formula_columns
from eventstudy.study.averages import poolable
from eventstudy.study.dummy_rows import of_estimate, of_joint
from eventstudy.study.result import StudyResult

#: What rows are taken to hang together: those of one session, of one event, or none.
CLUSTERS = {"date": "session", "event": "event_id", "none": ""}

#: Columns of the `car` table that a formula may use, beside those of the events.
MEASURES = ("car", "bhar", "scar", "placebo_z", "n_days", "gap_days", "series")

_NOT_FOR_FORMULAS = ("event_id", "window", "unit", "session", "why_no_car")
_IN_UNITS = ("car", "bhar")
_FEWEST_CLUSTERS = 8


@dataclass(frozen=True, eq=False)
class ExplainResult:
    """What the cross-sections found, one regression a window.

    Parameters
    ----------
    coefficients : DataFrame
        Keyed by window and term.
    terms : DataFrame
        Joint tests of whole terms, keyed by window and term.
    dropped : DataFrame
        Every CAR that was left out, with the reason.
    warnings : tuple of str
        What a reader must know.
    regressions : mapping of str to CrossSection
        By window; its `fit.results` are statsmodels'.
    """

    coefficients: pd.DataFrame
    terms: pd.DataFrame
    dropped: pd.DataFrame
    warnings: tuple[str, ...]
    regressions: Mapping[str, CrossSection]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, the main one first."""
        return {"coefficients": self.coefficients, "terms": self.terms, "dropped": self.dropped}


def explain(result: StudyResult, formula: str, cluster: str = "date") -> ExplainResult:
    """Regress the CARs of a study on attributes of their events.

    Parameters
    ----------
    result : StudyResult
        The study.
    formula : str
        E.g. ``car ~ C(stance) + intensity``. Left and right may use columns of the events table, and of the `car`
        table: ``car, bhar, scar, placebo_z, n_days, gap_days, series``.
    cluster : {'date', 'event', 'none'}
        Rows of one event session, or of one event, hang together; ``none`` takes all rows for independent.

    Returns
    -------
    ExplainResult
        Coefficients, joint tests, and what was left out.

    Raises
    ------
    DesignError, UnknownNameError
        If the formula cannot be understood or names no column; says what would be near.
    NothingUsableError
        If no row has all columns of the formula.

    Notes
    -----
    An empty text is a missing attribute. Series in a unit of their own are left out of what is measured in units. See
    `cross_section` for the standard errors.
    """
    require_known(cluster, CLUSTERS, "cluster")
    rows = attributes(result)
    columns = formula_columns(formula, [str(name) for name in rows if name not in _NOT_FOR_FORMULAS])
    reasons = _reasons(rows, columns, poolable(result.car))
    kept = rows[reasons == ""]
    if not len(kept):
        raise NothingUsableError(f"formula '{formula}' leaves no row: {reasons.value_counts().index[0]}")
    found = {
        str(window): cross_section(formula, of_window, _codes(of_window, cluster))
        for window, of_window in kept.groupby("window", sort=False)
    }
    dropped = rows.assign(reason=reasons)[reasons != ""]
    heads = {window: _head(kept[kept["window"] == window], one) for window, one in found.items()}
    return ExplainResult(
        coefficients=pd.DataFrame([row for window, one in found.items() for row in _coefficients(one, heads[window])]),
        terms=pd.DataFrame([row for window, one in found.items() for row in _terms(one, heads[window])]),
        dropped=dropped[["event_id", "series", "window", "reason"]].reset_index(drop=True),
        warnings=tuple(_cautions(found, len(dropped), len(rows), cluster)),
        regressions=found,
    )


def attributes(result: StudyResult) -> pd.DataFrame:
    """Return the CARs of a study with the attributes of their events, one row an event, series and window."""
    measures = [name for name in MEASURES if name != "series"]
    car = result.car[["event_id", "series", "window", "session", "unit", *measures, "note"]]
    car = car.rename(columns={"note": "why_no_car"})
    events = result.events.drop(columns=[name for name in ("series", *measures) if name in result.events])
    return car.merge(events.rename(columns={"id": "event_id"}), on="event_id", how="left")


def _reasons(rows: pd.DataFrame, columns: list[str], pool: list[str]) -> pd.Series:
    """Say of each row why it is left out; '' where it is not."""
    reasons = pd.Series("", index=rows.index, dtype=object)
    if set(columns) & set(_IN_UNITS):
        reasons[~rows["series"].isin(pool)] = "in a unit of its own: " + rows["unit"].astype(object)
    no_car = rows["car"].isna() & (reasons == "")
    reasons[no_car] = "no CAR: " + rows["why_no_car"].astype(object)
    for name in columns:
        missing = rows[name].isna() | (rows[name].astype(object) == "")
        reasons[missing & (reasons == "")] = f"no {name}"
    return reasons


def _codes(rows: pd.DataFrame, cluster: str) -> NDArray[np.int64] | None:
    if cluster == "none":
        return None
    return np.unique(rows[CLUSTERS[cluster]].to_numpy().astype(str), return_inverse=True)[1].astype(np.int64)


def _head(rows: pd.DataFrame, found: CrossSection) -> dict[str, object]:
    return {
        "n_obs": len(rows),
        "n_events": rows["event_id"].nunique(),
        "n_dates": rows["session"].nunique(),
        "n_clusters": found.n_clusters,
        "r2": float(found.fit.results.rsquared),
        "window": str(rows["window"].iloc[0]),
    }


def _coefficients(found: CrossSection, head: dict[str, object]) -> Iterator[dict[str, object]]:
    for name, one in found.coefficients.items():
        row = of_estimate(one)
        del row["restrictions"]
        yield {"window": head["window"], "term": name} | row | head | {"null": f"the coefficient of {name} is zero"}


def _terms(found: CrossSection, head: dict[str, object]) -> Iterator[dict[str, object]]:
    for name, one in found.terms.items():
        row = of_joint(one)
        for column in ("estimate", "se", "correction"):
            del row[column]
        yield {"window": head["window"], "term": name} | row | head | {"null": f"all coefficients of {name} are zero"}


def _cautions(found: Mapping[str, CrossSection], n_dropped: int, n_rows: int, cluster: str) -> Iterator[str]:
    if n_dropped:
        yield f"{n_dropped} of {n_rows} CARs are left out; the reasons stand in dropped"
    if cluster == "none":
        yield "rows are taken for independent; CARs of one date hardly are, see --cluster date"
    fewest = min(one.n_clusters for one in found.values())
    if fewest < _FEWEST_CLUSTERS:
        yield f"{fewest} clusters are few even for small-sample degrees of freedom"
    without = sum(np.isnan(one.p_value) for each in found.values() for one in each.coefficients.values())
    if without:
        yield f"{without} coefficients have no p; see note"
