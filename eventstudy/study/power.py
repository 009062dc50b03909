"""The smallest effect that a study could have seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from eventstudy.inference import LEVEL, POWER, placebo_smallest, smallest_effect
from eventstudy.inference.placebo import p_floor
from eventstudy.study.answer import Answer, placebos_of_means
from eventstudy.study.placebo import MeanPlacebo
from eventstudy.study.result import StudyResult
from eventstudy.study.sample import ALL, SeriesSample


def power_table(result: StudyResult, power: float = POWER, level: float = LEVEL) -> pd.DataFrame:
    """Return the smallest mean effect that the study would have called significant.

    Parameters
    ----------
    result : StudyResult
        The study.
    power, level : float
        The chance of seeing it, and the level at which it is seen.

    Returns
    -------
    DataFrame
        A row an answer: ``series, stance, window, unit, n``; ``one_event``, what the market did in one such window by
        the volatility known before the events; ``smallest_placebo`` and ``smallest_closed``, the smallest effects on
        every event, in the unit of the CARs; ``caar`` and ``days`` of the answer; ``note``.

    Notes
    -----
    From the placebo: the smallest shift of z such that 80 % of the placebo date sets behind the answer's own p,
    shifted, have a p of at most 5 %; a CAR larger by one on every event moves their mean z by the mean of
    ``1 / (σ √n)``, which turns the shift into a return. In closed form: the two-sided z test of N independent events,
    each with the standard deviation ``one_event``; it knows neither windows that overlap nor heavy tails, so it is the
    smaller of the two. A contrast has neither: its p permutes labels, and its power hangs on how they fall.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> from eventstudy.study import EventStudy
    >>> case = load_case("raise-or-fold-2022")
    >>> result = EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    >>> row = power_table(result).set_index("stance").loc["raise"]
    >>> bool(row["caar"] == result.answer("imoex", "raise").caar), f"{row['smallest_placebo']:.3f}"
    (True, '0.025')
    """
    rows: dict[int, dict[str, Any]] = {}
    for w, window in enumerate(result.design.windows):
        placebos = placebos_of_means(result.samples, result.pool, [*result.groups, ALL], w, keep=True)
        asked = [k for k, answer in enumerate(result.answers) if answer.window == str(window) and answer.n]
        rows |= {k: _row(result, result.answers[k], w, placebos, power, level) for k in asked}
    return pd.DataFrame([rows[k] for k in sorted(rows)])


def _row(
    result: StudyResult,
    answer: Answer,
    w: int,
    placebos: dict[tuple[str, str], MeanPlacebo],
    power: float,
    level: float,
) -> dict[str, Any]:
    contrast = answer.stance == result.design.contrast
    labels = (result.contrast or ()) if contrast else (answer.stance,)
    names = result.pool if answer.series == ALL else [answer.series]
    members = [(of, k) for of in map(result.samples.__getitem__, names) for label in labels for k in of.rows(label, w)]
    one = 1.0 / float(np.mean([1.0 / _one_window(of, int(k), w) for of, k in members]))
    together = list(dict.fromkeys(of.name for of, _ in members))
    note, smallest, closed = "", np.nan, np.nan
    if contrast:
        note = "its p permutes labels: no smallest effect"
    elif not p_floor(answer.days) <= level:
        note = f"with {np.nan_to_num(answer.days):.0f} days without news no p can be {level:g} or less"
    else:
        # The placebo figures that the p of the answer was held against.
        of, k = members[0]
        found = placebos[together[0] if len(together) == 1 else ALL, answer.stance].drawn if answer.n > 1 else (
            result.placebo_z(str(of.ids[k]), of.name, answer.window)
        )  # fmt: skip
        smallest = placebo_smallest(np.empty(0) if found is None else found, power, level) * one
    if len(together) > 1:
        note = note or "no closed form: the series move together"
    elif not contrast:
        closed = smallest_effect(one, answer.n, power, level)
    figures = {"one_event": one, "smallest_placebo": smallest, "smallest_closed": closed}
    head = {name: getattr(answer, name) for name in ("series", "stance", "window", "unit", "n")}
    return head | figures | {"caar": answer.caar, "days": answer.days, "note": note}


def _one_window(of: SeriesSample, k: int, w: int) -> float:
    """Return ``σ √n``, by which the CAR of a market event is divided."""
    if of.from_residuals[k, w] and of.z[k, w]:
        return float(of.car[k, w] / of.z[k, w])
    window = of.of.design.windows[w]
    return float(of.of.scale[of.position[k] + min(window.first, 0)] * np.sqrt(window.n_sessions))
