"""From estimates to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.abnormal import CumulativeReturns
from eventstudy.markets.finding import listed
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.study.placebo_cells import CellPlacebos
    from eventstudy.study.placebos import Families, PairPlacebos


def unit_of(estimate: SeriesEstimate) -> str:
    """Name the unit of a series' returns, e.g. ``log return`` or ``index points``."""
    instrument = estimate.history.instrument
    return instrument.unit or f"{instrument.returns} return"


#: Bytes that the `abnormal` table may take unless the caller says otherwise, and what a row of it takes.
BUDGET, _ROW_BYTES = 2**30, 120

#: One series' rows of a table: the event of each by position, and the columns; what is one value stands on every row.
Part = tuple[NDArray[np.int64], Mapping[str, object]]


def event_major(parts: Sequence[Part]) -> pd.DataFrame:
    """Join the rows of several series, given series by series, and order them by event, then series."""
    order = np.argsort(np.concatenate([events for events, _ in parts]), kind="stable")
    table = {
        name: np.concatenate([_on_every_row(columns[name], len(events)) for events, columns in parts if len(events)])
        for name in parts[0][1]
    }
    return pd.DataFrame({name: column[order] for name, column in table.items()})


def _on_every_row(value: object, n: int) -> NDArray[np.generic]:
    if isinstance(value, np.ndarray):
        return value
    return np.full(n, value, dtype=object if isinstance(value, str) else None)


def used_rows(matches: Matches, s: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the used events of one series, and their event sessions."""
    rows = np.flatnonzero(matches.used[:, s])
    return rows, matches.positions[rows, s]


def fits_table(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the estimates of every used pair, keyed by event_id and series."""
    model, parts = design.model, []
    for s, estimate in enumerate(estimates):
        rows, positions = used_rows(matches, s)
        fits, sessions = estimate.fits.take(positions), estimate.history.sessions
        first = np.clip(positions + design.estimation.first, 0, len(sessions) - 1)
        last = np.clip(positions + design.estimation.last, 0, len(sessions) - 1)
        frame = {
            "event_id": np.array(matches.events, dtype=object)[rows],
            "series": matches.series[s],
            "model": model.name,
            "unit": unit_of(estimate),
            "n_obs": fits.n_obs,
            "df": fits.df,
            "sigma": fits.sigma,
            "r2": fits.r2,
            **model.estimates(fits),
            "estimation_first": sessions[first].astype("datetime64[ns]"),
            "estimation_last": sessions[last].astype("datetime64[ns]"),
        }
        parts.append((rows, frame))
    return event_major(parts)


def abnormal_table(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the abnormal returns of every used pair, keyed by event_id, series and tau."""
    taus, parts = np.array(design.span.taus), []
    for s, estimate in enumerate(estimates):
        rows, positions = used_rows(matches, s)
        cells, sessions = estimate.abnormal, estimate.history.sessions
        where = cells.rows[positions].ravel()
        session = np.where(where >= 0, sessions[np.maximum(where, 0)], np.datetime64("NaT", "D"))
        frame = {
            "event_id": np.repeat(np.array(matches.events, dtype=object)[rows], len(taus)),
            "series": matches.series[s],
            "tau": np.tile(taus, len(rows)),
            "session": session.astype("datetime64[ns]"),
            "unit": unit_of(estimate),
            **{name: getattr(cells, name)[positions].ravel() for name in ("actual", "normal", "ar", "se", "sar")},
        }
        parts.append((np.repeat(rows, len(taus)), frame))
    return event_major(parts)


def abnormal_within(
    budget: int, matches: Matches, estimates: Sequence[SeriesEstimate], design: Design
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the abnormal returns of every used pair if they fit into a budget, and what is said if not.

    Parameters
    ----------
    budget : int
        Bytes the table may take.
    matches, estimates, design
        The study.

    Returns
    -------
    table : DataFrame
        Without a row where it would be too large.
    warnings : tuple of str
        Empty where it is whole.
    """
    n_rows = int(matches.used.sum()) * design.span.n_sessions
    if n_rows * _ROW_BYTES <= budget:
        return abnormal_table(matches, estimates, design), ()
    first = np.unravel_index(np.flatnonzero(matches.used)[0], matches.used.shape)
    only = np.zeros_like(matches.used)
    only[first] = True
    empty = abnormal_table(replace(matches, used=only), estimates, design).iloc[:0]
    size = f"{n_rows * _ROW_BYTES / 2**20:,.0f} MiB for {n_rows:,} rows"
    return empty, (f"abnormal is left out: {size} are more than the budget of {budget / 2**20:,.0f} MiB",)


def car_table(
    matches: Matches, estimates: Sequence[SeriesEstimate], placebos: PairPlacebos, families: Families
) -> pd.DataFrame:
    """Return the CARs of every used pair, keyed by event_id, series and window."""
    parts = []
    for s, estimate in enumerate(estimates):
        rows, positions = used_rows(matches, s)
        for w, cells in enumerate(estimate.cumulative):
            frame = {
                "event_id": np.array(matches.events, dtype=object)[rows],
                "series": matches.series[s],
                "window": str(cells.window),
                "stance": matches.stances[rows, s],
                "session": estimate.history.sessions[positions].astype("datetime64[ns]"),
                "unit": unit_of(estimate),
                "n_days": cells.n[positions],
                "gap_days": _gap_days(estimate, positions, cells.window),
                "car": cells.car[positions],
                "bhar": cells.bhar[positions],
                "se": cells.se[positions],
                "t": cells.scar[positions],
                "df": estimate.fits.df[positions],
                "p_value": two_sided_t(cells.scar[positions], estimate.fits.df[positions]),
                "scar": cells.scar[positions],
                **_placebo_columns(placebos.of(s, w, positions)),
                "family_p": families.p[families.row[rows], s, w],
                "family_n": families.n[families.row[rows], s, w],
                "note": _notes(estimate, positions, cells),
            }
            parts.append((rows, frame))
    return event_major(parts)


def _placebo_columns(cells: CellPlacebos) -> dict[str, NDArray[np.generic]]:
    return {
        "placebo_z": cells.z,
        "placebo_p": cells.p,
        "placebo_n": cells.n,
        "placebo_floor": np.where(cells.n > 0, 1.0 / (cells.n + 1), np.nan),
        "placebo_source": np.where(cells.from_residuals, "residuals", "sessions").astype(object),
    }


def _gap_days(estimate: SeriesEstimate, positions: NDArray[np.int64], window: Window) -> Floats:
    """Longest step in calendar days into a session of the window."""
    gaps = estimate.history.gap_days
    rows = np.clip(positions[:, None] + np.array(window.taus), 0, len(gaps) - 1)
    return np.asarray(np.nanmax(np.where(np.isnan(gaps[rows]), 0.0, gaps[rows]), axis=1))


def _notes(estimate: SeriesEstimate, positions: NDArray[np.int64], cells: CumulativeReturns) -> NDArray[np.object_]:
    """Say why a CAR is missing, or partial; '' where it is whole."""
    notes = np.full(len(positions), "", dtype=object)
    doubtful = ~whole(cells)[positions]
    sessions, place = np.unique(positions[doubtful], return_inverse=True)
    said = np.array([shortcoming(estimate, int(position), cells) for position in sessions], dtype=object)
    notes[doubtful] = said[place]
    return notes


def whole(cells: CumulativeReturns) -> NDArray[np.bool_]:
    """Say which CARs are there and cumulate every session of their window."""
    return np.asarray(np.isfinite(cells.car) & (cells.n == cells.window.n_sessions))


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
