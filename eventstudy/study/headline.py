"""The p-value shown first: means over events against placebo date sets, and what holds for the whole family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference import benjamini_hochberg, holm
from eventstudy.inference.placebo import step_down_p
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.study.averages import ALL, CONTRAST
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.means import Draws
from eventstudy.study.placebos import PairPlacebos
from eventstudy.study.pooled import window_draws

#: Series, stance and window.
Key = tuple[str, str, str]

#: What stands beside an average without a placebo.
NO_HEADLINE: Mapping[str, object] = {
    "n_market_events": 0,
    "mean_z": np.nan,
    "placebo_p": np.nan,
    "placebo_floor": np.nan,
    "placebo_n": 0,
    "placebo_source": "",
    "family_p": np.nan,
    "holm_p": np.nan,
    "bh_p": np.nan,
    "base_caar": np.nan,
    "base_p": np.nan,
}


def headlines(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    placebos: PairPlacebos,
    design: Design,
    pool: Sequence[str],
) -> dict[Key, dict[str, object]]:
    """Return the placebo columns of the averages by series, stance and window.

    Parameters
    ----------
    matches, estimates, placebos, design
        The study.
    pool : sequence of str
        Names of the series that are pooled.

    Notes
    -----
    ``placebo_p = (1 + #{|mean z_b| >= |mean z|}) / (B + 1)`` over B placebo date sets. ``family_p`` is the step-down
    max of |mean z| over the series on the same sets, each divided by its standard deviation over them, for a series
    with fewer events has wider means. ``base_p`` is the same in return units about the mean of days without news:
    ``(1 + #{|CAAR_b - base| >= |CAAR - base|}) / (B + 1)``.
    """
    rows: dict[Key, dict[str, object]] = {}
    n_windows = len(design.windows)
    for w in range(n_windows):
        for draws in window_draws(matches, estimates, placebos, design, pool, [w]):
            rows |= _rows(draws, design)
            _put_families(rows, draws, design)
    if design.family == "series-windows" and n_windows > 1:
        for draws in window_draws(matches, estimates, placebos, design, (), range(n_windows)):
            _put_families(rows, draws, design)
    _put_adjusted(rows)
    return rows


def reached(z: Floats, placebo: Floats, n_sets: NDArray[np.int64]) -> Floats:
    """Return the two-sided placebo p of each of R figures.

    Parameters
    ----------
    z : ndarray, shape (R,)
        The figures.
    placebo : ndarray, shape (B, R)
        Their draws.
    n_sets : ndarray of int64, shape (R,)
        How many of the draws are different: B, or less.

    Returns
    -------
    ndarray, shape (R,)
        ``(1 + n share) / (n + 1)``, n of `n_sets` and the share of draws at least as far out; NaN without draws.
    """
    if not len(placebo):
        return np.full(len(z), np.nan)
    share = np.count_nonzero(np.abs(placebo) >= np.abs(z), axis=0) / len(placebo)
    known = np.isfinite(z) & np.isfinite(placebo[0])
    return np.asarray(np.where(known, (1 + n_sets * share) / (n_sets + 1), np.nan))


def _keys(draws: Draws, design: Design) -> list[Key]:
    windows = [str(design.windows[w]) for w in draws.w]
    return list(zip(draws.series, draws.stance, windows, strict=True))


def _rows(draws: Draws, design: Design) -> dict[Key, dict[str, object]]:
    n = draws.n_sets
    p_values = reached(draws.z, draws.placebo_z, n)
    base_p = reached(draws.car - draws.base, draws.placebo_car - draws.base, n)
    return {
        key: dict(NO_HEADLINE)
        | {
            "n_market_events": int(draws.n[k]),
            "mean_z": draws.z[k],
            "placebo_p": p_values[k],
            "placebo_floor": 1.0 / (n[k] + 1) if n[k] else np.nan,
            "placebo_n": int(n[k]),
            "placebo_source": "residuals" if draws.from_residuals else "sessions",
            "base_caar": draws.base[k] if key[1] != CONTRAST else np.nan,
            "base_p": base_p[k],
        }
        for k, key in enumerate(_keys(draws, design))
    }


def _put_families(rows: Mapping[Key, dict[str, object]], draws: Draws, design: Design) -> None:
    """Write the family p of every stance into the rows."""
    if draws.from_residuals or not len(draws.placebo_z):
        return
    keys = _keys(draws, design)
    for stance in dict.fromkeys(draws.stance):
        family = [k for k, key in enumerate(keys) if key[1] == stance and key[0] != ALL]
        for k, p in zip(family, family_p(draws, family), strict=True):
            rows[keys[k]]["family_p"] = float(p)


def family_p(draws: Draws, family: Sequence[int]) -> Floats:
    """Return the step-down p of some of the means, each in units of its own spread over the sets."""
    placebo = draws.placebo_z[:, family]
    spread = placebo.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    p = step_down_p(draws.z[family] / spread, placebo / spread)
    n, n_draws = int(draws.n_sets[family].min()), len(placebo)
    return np.asarray((1 + (p * (n_draws + 1) - 1) / n_draws * n) / (n + 1))


def _put_adjusted(rows: Mapping[Key, dict[str, object]]) -> None:
    """Write Holm and Benjamini-Hochberg over the series, for each stance and window, into the rows."""
    families: dict[tuple[str, str], list[dict[str, object]]] = {}
    for (series, stance, window), row in rows.items():
        if series != ALL:
            families.setdefault((stance, window), []).append(row)
    for family in families.values():
        p_values = np.array([row["placebo_p"] for row in family], dtype=np.float64)
        for name, adjust in (("holm_p", holm), ("bh_p", benjamini_hochberg)):
            for row, p in zip(family, adjust(p_values), strict=True):
                row[name] = float(p)
