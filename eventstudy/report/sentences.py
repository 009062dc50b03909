"""One event and one market in one plain sentence, with its uncertainty."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import require_known
from eventstudy.returns import OWN_UNIT, Floats, ReturnKind, compound
from eventstudy.study.result import StudyResult
from eventstudy.window import Window
from eventstudy.wording import day_in_words, probability, quantity, signed

#: The level at which a sentence calls a move rare.
LEVEL = 0.05


@dataclass(frozen=True)
class Reading:
    """What one market did around one event, in the figures a reader wants.

    Parameters
    ----------
    series, label, unit : str
        The market: its name, how it is written, and the unit of its returns.
    day : date
        Its event session.
    move : float
        What it did over the window: a simple return, or a difference in its own unit. Not abnormal, not in logs.
    car, t, p_value : float
        The cumulative abnormal return (log returns summed, for a market in logs), its t and the p of that.
    placebo_p, placebo_floor, family_p : float
        The volatility-scaled placebo p, the smallest it could be, and the p over all markets of the study at once.
    n_family : int
        How many markets that is.
    """

    series: str
    label: str
    unit: str
    day: date
    move: float
    car: float
    t: float
    p_value: float
    placebo_p: float
    placebo_floor: float
    family_p: float
    n_family: int


def read_moves(result: StudyResult, window: str = "0:0") -> dict[tuple[str, str], Reading]:
    """Read what every market did around every event out of a result.

    Parameters
    ----------
    result : StudyResult
        The result.
    window : str
        One of the windows of the study.

    Returns
    -------
    dict of (str, str) to Reading
        By event and series, in the order of `car`. Pairs that were excluded are not in it; `matches` says why.

    Raises
    ------
    UnknownNameError
        If the study has no such window.
    """
    require_known(window, [str(known) for known in result.design.windows], "window of this study")
    rows = result.car[result.car["window"] == window].reset_index(drop=True)
    family = rows.groupby("event_id")["family_p"].count()
    moves = _moves(result, rows, Window.parse(window))
    return {
        (row["event_id"], row["series"]): _reading(result, row, move, int(family[row["event_id"]]))
        for row, move in zip(rows.to_dict("records"), moves, strict=True)
    }


def _reading(result: StudyResult, row: Mapping[Hashable, Any], move: float, n_family: int) -> Reading:
    instrument = result.histories[row["series"]].instrument
    return Reading(
        series=row["series"],
        label=instrument.label,
        unit=row["unit"] if instrument.returns in OWN_UNIT else "simple return",
        day=row["session"].date(),
        move=move,
        n_family=n_family,
        car=row["car"],
        t=row["t"],
        p_value=row["p_value"],
        placebo_p=row["placebo_p"],
        placebo_floor=row["placebo_floor"],
        family_p=row["family_p"],
    )


def _moves(result: StudyResult, rows: pd.DataFrame, window: Window) -> list[float]:
    """Return what each market did over the window, one a row of `rows`.

    Returns are compounded and differences summed; what a level did is how far it was from its normal.
    """
    inside = result.abnormal[result.abnormal["tau"].between(window.first, window.last)]
    # Both tables hold the used pairs in the same order, so each pair's sessions are one row here.
    shape = (len(rows), window.n_sessions)
    actual, ar = (inside[name].to_numpy(dtype=np.float64).reshape(shape) for name in ("actual", "ar"))
    kinds = [result.histories[series].instrument.returns for series in rows["series"]]
    return [_move(*each) for each in zip(actual, ar, kinds, strict=True)]


def _move(actual: Floats, ar: Floats, kind: ReturnKind) -> float:
    if kind in OWN_UNIT:
        return float((ar if kind == "level" else actual).sum())
    return float(compound(actual, kind))


def sentence(result: StudyResult, event_id: str, series: str, window: str = "0:0") -> str:
    """Say in one sentence what one market did around one event, and whether that was out of the ordinary.

    Parameters
    ----------
    result : StudyResult
        The result.
    event_id, series, window : str
        Which row of `car`.

    Returns
    -------
    str
        E.g. "27 January: Moscow shares +2.9 %, t 2.5, but on a market this nervous such a move is ordinary: placebo p
        0.28."

    Raises
    ------
    UnknownNameError
        If the study has no such event, series or window.
    """
    require_known(event_id, dict.fromkeys(result.matches["event_id"]), "event")
    require_known(series, result.series, "series")
    reading = read_moves(result, window).get((event_id, series))
    if reading is None:
        rows = result.matches[(result.matches["event_id"] == event_id) & (result.matches["series"] == series)]
        return f"{result.histories[series].instrument.label}: not used ({rows['reason'].iloc[0]})."
    what = f"{day_in_words(reading.day)}: {reading.label} {quantity(reading.move, reading.unit)}, t {signed(reading.t)}"
    if np.isnan(reading.car):
        return f"{day_in_words(reading.day)}: {reading.label}: the window {window} is not complete."
    return f"{what}, {_verdict(reading)}."


def _verdict(reading: Reading) -> str:
    p = f"placebo p {probability(reading.placebo_p)}"
    if np.isnan(reading.placebo_p):
        return "and there are too few days without news to say how ordinary that is"
    if reading.placebo_p <= LEVEL:
        reached = reading.placebo_p <= reading.placebo_floor
        floor = ", the smallest this sample can show" if reached else ""
        rare = f"rare even on a market this nervous: {p}{floor}"
        if np.isnan(reading.family_p) or reading.n_family < 2:  # noqa: PLR2004  # one market is no family
            return rare
        also = "and rare" if reading.family_p <= LEVEL else "but not"
        return (
            f"{rare}; {also} among the largest of {reading.n_family} markets: family p {probability(reading.family_p)}"
        )
    if reading.p_value <= LEVEL:
        return f"but on a market this nervous such a move is ordinary: {p}"
    return f"an ordinary move: {p}"
