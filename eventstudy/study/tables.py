"""From estimates to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray

from eventstudy.abnormal import CumulativeReturns
from eventstudy.markets.finding import listed
from eventstudy.matching import Matches
from eventstudy.matching.reasons import spelled
from eventstudy.news.stance import NET_STANCES
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.pairs import Pairs
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.study.placebo_cells import CellPlacebos
    from eventstudy.study.placebos import Families

_FIGURES = ("actual", "normal", "ar", "se", "sar")

_CAR = (
    *("n_days", "gap_days", "car", "bhar", "se", "t", "df", "p_value", "scar"),
    *("placebo_z", "placebo_p", "placebo_n", "placebo_floor"),
)

#: Where a placebo comes from: sessions without news, or the residuals of the estimation window.
_SOURCES = ("sessions", "residuals")


def unit_of(estimate: SeriesEstimate) -> str:
    """Name the unit of a series' returns, e.g. ``log return`` or ``index points``."""
    instrument = estimate.history.instrument
    return instrument.unit or f"{instrument.returns} return"


def used_rows(matches: Matches, s: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the used events of one series, and their event sessions."""
    rows = np.flatnonzero(matches.used[:, s])
    return rows, matches.positions[rows, s]


def _keys(pairs: Pairs, n: int = 1) -> dict[str, ExtensionArray]:
    """Return event_id and series of every pair, each n times."""
    return {
        "event_id": spelled(pairs.events, np.repeat(pairs.event, n)),
        "series": spelled(pairs.names, np.repeat(pairs.series, n)),
    }


def _units(pairs: Pairs, estimates: Sequence[SeriesEstimate], n: int = 1) -> ExtensionArray:
    return spelled([unit_of(estimate) for estimate in estimates], np.repeat(pairs.series, n))


def fits_table(pairs: Pairs, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the estimates of every used pair, keyed by event_id and series."""
    fits = [estimate.fits.take(at) for estimate, at in zip(estimates, pairs.sessions, strict=True)]
    named = [design.model.estimates(of) for of in fits]
    window = design.estimation
    return pd.DataFrame(
        {
            **_keys(pairs),
            "model": spelled([design.model.name], np.zeros(len(pairs), dtype=np.int64)),
            "unit": _units(pairs, estimates),
            **{name: pairs.look_up([getattr(of, name) for of in fits]) for name in ("n_obs", "df", "sigma", "r2")},
            **{name: pairs.look_up([of[name] for of in named]) for name in named[0]},
            "estimation_first": _sessions(pairs, estimates, window.first),
            "estimation_last": _sessions(pairs, estimates, window.last),
        }
    )


def _sessions(pairs: Pairs, estimates: Sequence[SeriesEstimate], tau: int = 0) -> NDArray[np.datetime64]:
    """Return the session at event time τ of every pair; the sample's first or last where it lies outside."""
    found = []
    for estimate, at in zip(estimates, pairs.sessions, strict=True):
        sessions = estimate.history.sessions
        found.append(sessions[np.clip(at + tau, 0, len(sessions) - 1)].astype("datetime64[ns]"))
    return pairs.look_up(found)


def abnormal_table(pairs: Pairs, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the abnormal returns of every used pair, keyed by event_id, series and tau."""
    taus, days = np.array(design.span.taus), []
    cells = [estimate.abnormal_at(at) for estimate, at in zip(estimates, pairs.sessions, strict=True)]
    for estimate, of in zip(estimates, cells, strict=True):
        day = np.where(of.rows >= 0, estimate.history.sessions[of.rows], np.datetime64("NaT", "D"))
        days.append(day.astype("datetime64[ns]"))
    return pd.DataFrame(
        {
            **_keys(pairs, len(taus)),
            "tau": np.tile(taus, len(pairs)),
            "session": pairs.look_up(days).ravel(),
            "unit": _units(pairs, estimates, len(taus)),
            **{name: pairs.look_up([getattr(of, name) for of in cells]).ravel() for name in _FIGURES},
        }
    )


def car_table(
    pairs: Pairs,
    estimates: Sequence[SeriesEstimate],
    placebos: Sequence[Sequence[CellPlacebos]],
    families: Families,
) -> pd.DataFrame:
    """Return the CARs of every used pair, keyed by event_id, series and window."""
    windows = [str(cells.window) for cells in estimates[0].cumulative]
    n = len(windows)
    parts = [_of_series(*of) for of in zip(estimates, pairs.sessions, placebos, strict=True)]
    found = {name: pairs.look_up([part[name] for part in parts]).ravel() for name in parts[0]}
    family = families.row[pairs.event], pairs.series
    return pd.DataFrame(
        {
            **_keys(pairs, n),
            "window": spelled(windows, np.tile(np.arange(n), len(pairs))),
            "stance": spelled(NET_STANCES, np.repeat(pairs.stance, n)),
            "session": np.repeat(_sessions(pairs, estimates), n),
            "unit": _units(pairs, estimates, n),
            **{name: found[name] for name in _CAR},
            "placebo_source": spelled(_SOURCES, found["from_residuals"].astype(np.int64)),
            "family_p": families.p[family].ravel(),
            "family_n": families.n[family].ravel(),
            "note": found["note"],
        }
    )


def _of_series(
    estimate: SeriesEstimate, at: NDArray[np.int64], placebos: Sequence[CellPlacebos]
) -> dict[str, NDArray[np.generic]]:
    """Return what is known of some sessions of a series over each window, arrays (sessions, windows) by column."""
    df = estimate.fits.df[at]
    windows = [
        {
            "n_days": cells.n[at],
            "gap_days": _gap_days(estimate, at, cells.window),
            "car": cells.car[at],
            "bhar": cells.bhar[at],
            "se": cells.se[at],
            "t": cells.scar[at],
            "df": df,
            "p_value": two_sided_t(cells.scar[at], df),
            "scar": cells.scar[at],
            "placebo_z": placebo.z,
            "placebo_p": placebo.p,
            "placebo_n": placebo.n,
            "placebo_floor": np.where(placebo.n > 0, 1.0 / (placebo.n + 1), np.nan),
            "from_residuals": placebo.from_residuals,
            "note": _notes(estimate, at, w),
        }
        for w, (cells, placebo) in enumerate(zip(estimate.cumulative, placebos, strict=True))
    ]
    return {name: np.stack([window[name] for window in windows], axis=1) for name in windows[0]}


def _gap_days(estimate: SeriesEstimate, positions: NDArray[np.int64], window: Window) -> Floats:
    """Longest step in calendar days into a session of the window."""
    gaps = estimate.history.gap_days
    rows = np.clip(positions[:, None] + np.array(window.taus), 0, len(gaps) - 1)
    return np.asarray(np.nanmax(np.where(np.isnan(gaps[rows]), 0.0, gaps[rows]), axis=1))


def _notes(estimate: SeriesEstimate, positions: NDArray[np.int64], w: int) -> NDArray[np.object_]:
    """Say why a CAR is missing, or partial; '' where it is whole."""
    notes = np.full(len(positions), "", dtype=object)
    doubtful, cells = ~estimate.whole[w, positions], estimate.cumulative[w]
    sessions, place = np.unique(positions[doubtful], return_inverse=True)
    said = np.array([shortcoming(estimate, int(position), cells) for position in sessions], dtype=object)
    notes[doubtful] = said[place]
    return notes


def shortcoming(estimate: SeriesEstimate, position: int, cells: CumulativeReturns) -> str:
    """Say which session a window misses, and how many its CAR cumulates if it is partial; '' where it misses none."""
    gap, n = window_gap(estimate, position, cells.window), int(cells.n[position])
    if not gap or np.isnan(cells.car[position]):
        return gap
    return f"{gap}; {n} of {cells.window.n_sessions} sessions are cumulated"


def window_gap(estimate: SeriesEstimate, position: int, window: Window) -> str:
    """Say which session a window misses; '' where it misses none."""
    sessions = estimate.history.sessions
    if position + window.last >= len(sessions):
        return f"window {window} runs past the sample, which ends {sessions[-1]}"
    if position + window.first < 0:
        return f"window {window} begins before the sample, which begins {sessions[0]}"
    rows = np.arange(position + window.first, position + window.last + 1)
    if not np.isfinite(estimate.history.returns[rows]).all():
        row = int(rows[~np.isfinite(estimate.history.returns[rows])][0])
        holes = estimate.history.holes_before(row)
        why = f": no price on {listed(holes)}" if len(holes) else ""
        return f"window {window} has no return on {sessions[row]}{why}"
    missing = ~np.isfinite(estimate.x[rows]).all(axis=1)
    return f"window {window} has no regressor on {sessions[rows[missing][0]]}" if missing.any() else ""
