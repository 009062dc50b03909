"""The rows of a robustness grid, and how many of them agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.inference.placebo import SCALES as VOLATILITIES
from eventstudy.study.averages import CONTRAST
from eventstudy.study.result import StudyResult

ALPHA = 0.05

#: The tests that the rows are made of.
TESTS_USED = ("date_clustered_t", "adjusted_bmp_t", "label_permutation")


def specifications(result: StudyResult, scales: Sequence[str], alpha: float = ALPHA) -> pd.DataFrame:
    """Return the rows that one study adds to a grid.

    Parameters
    ----------
    result : StudyResult
        A study with the tests `date_clustered_t`, `adjusted_bmp_t` and `label_permutation`.
    scales : sequence of str
        Scales to read.
    alpha : float
        Level at which a p counts as significant.

    Returns
    -------
    DataFrame
        One row a series, stance, window and scale. Raises less folds have no ``sigma``.
    """
    found = result.tests.set_index(["series", "stance", "window", "test"])[["statistic", "p_value"]]
    tests = {key: (float(row[0]), float(row[1])) for key, row in zip(found.index, found.to_numpy(), strict=True)}
    rows = []
    for scale, average in product(scales, result.average.to_dict("records")):
        judged = _judged(average, scale, tests)
        if judged is None:
            continue
        scaled, p_value, p_of = judged
        estimate = float(average["caar"])
        rows.append(
            {
                "series": average["series"],
                "stance": average["stance"],
                "model": result.design.model.name,
                "estimation": str(result.design.estimation),
                "window": average["window"],
                "scale": scale,
                "unit": average["unit"],
                "estimate": estimate,
                "p_value": p_value,
                "p_of": p_of,
                "n_events": average["n_events"],
                "n_dates": average["n_dates"],
                "significant": bool(p_value <= alpha and np.sign(scaled) == np.sign(estimate)),
            }
        )
    return pd.DataFrame(rows)


def _judged(
    average: Mapping[Any, Any], scale: str, tests: Mapping[tuple[str, ...], tuple[float, float]]
) -> tuple[float, float, str] | None:
    """Return the scaled mean (or its statistic), its p, and what the p is of; None where the scale has none."""
    if scale in VOLATILITIES:
        return float(average["mean_z"]), float(average["placebo_p"]), "placebo"
    contrast = average["stance"] == CONTRAST
    if contrast and scale == "sigma":
        return None
    test = "label_permutation" if contrast else {"none": "date_clustered_t", "sigma": "adjusted_bmp_t"}[scale]
    key = (average["series"], average["stance"], average["window"], test)
    return (*tests[key], test) if key in tests else None


def with_agreement(table: pd.DataFrame) -> pd.DataFrame:
    """Add whether each estimate has the sign of the first of its series and stance."""
    first = table.groupby(["series", "stance"], sort=False)["estimate"].transform("first")
    agrees = np.sign(table["estimate"]) == np.sign(first)
    ordered = table.assign(agrees_sign=agrees)
    keys = [
        pd.Categorical(table[name], categories=list(dict.fromkeys(table[name]))).codes for name in ("stance", "series")
    ]
    return ordered.iloc[np.lexsort(keys)].reset_index(drop=True)


def summary(specifications: pd.DataFrame) -> pd.DataFrame:
    """Count, for each series and stance, how many specifications agree.

    Parameters
    ----------
    specifications : DataFrame
        Of a grid.

    Returns
    -------
    DataFrame
        ``reference`` is the first estimate; ``n_significant_agreeing`` are significant and have its sign.
    """
    rows: list[dict[str, object]] = []
    for (series, stance), group in specifications.groupby(["series", "stance"], sort=False):
        with_p, significant = group["p_value"].notna(), group["significant"]
        rows.append(
            {
                "series": series,
                "stance": stance,
                "unit": group["unit"].iloc[0],
                "n_specifications": len(group),
                "n_without_p": int((~with_p).sum()),
                "fewest_events": int(group["n_events"].min()),
                "most_events": int(group["n_events"].max()),
                "reference": group["estimate"].iloc[0],
                "median": group["estimate"].median(),
                "lowest": group["estimate"].min(),
                "highest": group["estimate"].max(),
                "n_agrees_sign": int(group["agrees_sign"].sum()),
                "n_significant": int(significant.sum()),
                "n_significant_agreeing": int((significant & group["agrees_sign"]).sum()),
                "smallest_p": group["p_value"].min(),
                "largest_p": group["p_value"].max(),
            }
        )
    return pd.DataFrame(rows)
