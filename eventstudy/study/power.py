"""The smallest effect that a study could have seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from eventstudy.inference.power import LEVEL, POWER, placebo_smallest, smallest_effect
from eventstudy.study.averages import ALL, CONTRAST
from eventstudy.study.estimated import Estimated
from eventstudy.study.means import Draws
from eventstudy.study.pairs import Pairs
from eventstudy.study.placebos import all_placebos
from eventstudy.study.pooled import window_draws
from eventstudy.study.tables import unit_of

_COLUMNS = (
    *("series", "stance", "window", "unit", "n_market_events", "one_event"),
    *("smallest_placebo", "smallest_closed", "mean_car", "placebo_n", "note"),
)


def power_table(estimated: Estimated, power: float = POWER, level: float = LEVEL) -> pd.DataFrame:
    """Return the smallest mean effect that the study would have called significant.

    Parameters
    ----------
    estimated : Estimated
        The study.
    power, level : float
        The chance of seeing it, and the level at which it is seen.

    Returns
    -------
    DataFrame
        A row a series, stance (``raise-fold``: the difference) and window. ``one_event`` is what the market did in one
        such window by the volatility known before the events; ``smallest_placebo`` and ``smallest_closed`` are the
        smallest effects on every event, in the unit of the CARs; ``mean_car`` the mean CAR over the same market events.

    Notes
    -----
    From the placebo: the smallest shift of z such that 80 % of the placebo date sets, shifted, have a placebo p of at
    most 5 %; a CAR larger by one on every event moves their mean z by the mean of ``1 / (σ √n)``, which turns the shift
    into a return. In closed form: the two-sided z test of N independent events, each with the standard deviation
    ``one_event``; it knows neither windows that overlap nor heavy tails, so it is the smaller of the two.
    """
    matches, estimates, _ = estimated.parts
    placebos = all_placebos(Pairs.of(matches), matches, estimates, estimated.design)
    units = {estimate.history.name: unit_of(estimate) for estimate in estimates}
    rows: list[tuple[object, ...]] = []
    for w in range(len(estimated.design.windows)):
        for draws in window_draws(matches, estimates, placebos, estimated.design, estimated.pool, [w]):
            window, pool_unit = str(estimated.design.windows[w]), units.get(next(iter(estimated.pool), ""), "")
            rows.extend(_rows(draws, window, units | {ALL: pool_unit}, power, level))
    return pd.DataFrame(rows, columns=list(_COLUMNS))


def _rows(draws: Draws, window: str, units: dict[str, str], power: float, level: float) -> Iterator[tuple[object, ...]]:
    for k, (series, stance) in enumerate(zip(draws.series, draws.stance, strict=True)):
        n, n_sets, one = int(draws.n[k]), int(draws.n_sets[k]), 1.0 / float(draws.per_unit[k])
        shift = placebo_smallest(draws.placebo_z[:, k], power, level) if 1 / (n_sets + 1) <= level else np.nan
        pooled = "no closed form: the series move together" if series == ALL else ""
        short = f"with {n_sets} placebo sessions no p can be {level:g} or less" if np.isnan(shift) else ""
        closed = np.nan if pooled or stance == CONTRAST else smallest_effect(one, n, power, level)
        yield (
            *(series, stance, window, units[series], n, one),
            *(shift * one, closed, draws.car[k], n_sets, short or pooled),
        )
