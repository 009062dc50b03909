"""Which attributes of an event go with a larger reaction: regressions over the CARs of a study."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.inference import CrossSection, cross_section, formula_columns
from eventstudy.matching import KEPT
from eventstudy.study.method import MethodResult, estimate_row, joint_row, members_of, summed_intensity, with_car
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, NO_CAR
from eventstudy.study.tables import car_rows

#: What rows are taken to hang together: those of one session, of one market event, or none.
CLUSTERS = {"date": "session", "event": "event_id", "none": ""}

#: Columns of the `car` table that a formula may use, beside those of the events.
MEASURES = ("car", "bhar", "scar", "z", "move", "n_days", "gap_days", "series")

_NOT_FOR_FORMULAS = ("event_id", "window", "unit", "session", "members", "reason")
_IN_UNITS = ("car", "bhar", "move")
_FEWEST_CLUSTERS = 8


def explain(result: StudyResult, formula: str, cluster: str = "date") -> MethodResult:
    """Regress the CARs of a study on attributes of their events.

    Parameters
    ----------
    result : StudyResult
        The study.
    formula : str
        E.g. ``car ~ C(stance) + intensity``. Left and right may use columns of the events table, and of the `car`
        table: ``car, bhar, scar, z, move, n_days, gap_days, series``.
    cluster : {'date', 'event', 'none'}
        Rows of one event session, or of one market event, hang together; ``none`` takes all rows for independent.

    Returns
    -------
    MethodResult
        ``coefficients`` and ``terms``: keyed by window and term; joint tests of whole terms. ``dropped``: every market
        event with a CAR that was left out, with the reason. Regressions by window.

    Raises
    ------
    DesignError, UnknownNameError
        If the formula cannot be understood, names no column (says what would be near), or leaves nothing to compare.
    NothingUsableError
        If no row has all columns of the formula.

    Notes
    -----
    A row is a market event in a series, and stands in the row ``*`` of `average`: what is late or spans a closure is
    set aside. Its label is the net one (``mixed`` is a label of its own), its intensity the sum of its events', and its
    other attributes are those of its first event. An empty text is a missing attribute. Series in a unit of their own
    are left out of what is measured in units. See `cross_section` for the standard errors.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:1"], tests=[]).fit()
    >>> explain(result, "car ~ intensity").coefficients["n_obs"].tolist() == [result.answer("imoex", "*").n] * 2
    True
    """
    require_known(cluster, CLUSTERS, "cluster")
    rows = attributes(result)
    columns = formula_columns(formula, [str(name) for name in rows if name not in _NOT_FOR_FORMULAS])
    if set(columns) & set(_IN_UNITS):
        rows.loc[~rows["series"].isin(result.pool), "reason"] = "in a unit of its own: " + rows["unit"].astype(object)
    for name in columns:
        missing = rows[name].isna() | (rows[name].astype(object) == "")
        rows.loc[missing & (rows["reason"] == ""), "reason"] = f"no {name}"
    kept, dropped = rows[rows["reason"] == ""], rows[rows["reason"] != ""]
    if not len(kept):
        raise NothingUsableError(f"formula '{formula}' leaves no row: {dropped['reason'].value_counts().index[0]}")
    found, coefficients, terms = {}, [], []
    for window, of_window in kept.groupby("window", sort=False):
        codes = None if cluster == "none" else pd.factorize(of_window[CLUSTERS[cluster]])[0].astype(np.int64)
        try:
            one = found[str(window)] = cross_section(formula, of_window, codes)
        except DesignError as error:
            raise DesignError(f"window {window}: {error}") from error
        head = {
            "n_obs": len(of_window),
            "n_events": len({event for members in of_window["members"] for event in members}),
            "n_dates": of_window["session"].nunique(),
            "n_clusters": one.n_clusters,
            "r2": float(one.fit.results.rsquared),
        }
        for name, estimated in one.coefficients.items():
            row = {"window": window, "term": name} | estimate_row(estimated) | head
            coefficients.append(row | {"null": f"the coefficient of {name} is zero"})
        for name, tested in one.terms.items():
            row = {"window": window, "term": name} | joint_row(tested) | head
            terms.append(row | {"null": f"all coefficients of {name} are zero"})
    frames = {
        "coefficients": pd.DataFrame(coefficients).drop(columns="restrictions"),
        "terms": pd.DataFrame(terms).drop(columns=["estimate", "se", "correction"], errors="ignore"),
        "dropped": dropped[["event_id", "series", "window", "reason"]].reset_index(drop=True),
    }
    return MethodResult(frames, tuple(_cautions(found, len(dropped), len(rows), cluster)), found)


def attributes(result: StudyResult) -> pd.DataFrame:
    """Return the CARs of a study with the attributes of their events, a row a market event, series and window.

    Columns of `car` and of the events; ``reason`` says why a row stands in no mean over all events, else ''.
    """
    design, parts = result.design, []
    for sample in result.samples.values():
        there, windows = with_car(sample), range(len(design.windows))
        lead = sample.of.matches.market_events.lead[there]
        of_events = sample.events.table.iloc[lead].assign(
            **{"intensity": summed_intensity(sample)[there], design.group_by: sample.label[there]},
            members=pd.Series([members_of(sample, k) for k in there.tolist()], dtype=object).to_numpy(),
            event_id=sample.ids[there],
        )
        rows = car_rows(sample, there)
        codes = np.stack([sample.reason(ALL, w)[there] for w in windows], axis=1).ravel()
        prefix = np.where(codes == NO_CAR, "no CAR: ", "")
        rows["reason"] = np.where(codes == KEPT, "", prefix + rows["note"].to_numpy(dtype=object))
        rows = rows[["window", "session", "unit", *MEASURES, "reason"]]
        own = of_events.drop(columns=["id", *(name for name in rows if name in of_events)])
        own = own.iloc[np.repeat(np.arange(len(there)), len(windows))].reset_index(drop=True)
        parts.append(pd.concat([own, rows], axis=1))
    return pd.concat(parts, ignore_index=True)


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
