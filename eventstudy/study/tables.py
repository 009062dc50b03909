"""From estimates to the tables of a result, named and keyed as the data contract says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.markets.finding import listed
from eventstudy.matching import Matches
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.estimate import PlaceboDraws, SeriesEstimate
from eventstudy.window import Window


def unit_of(estimate: SeriesEstimate) -> str:
    """Name the unit of a series' returns, e.g. ``log return`` or ``index points``."""
    instrument = estimate.history.instrument
    return instrument.unit or f"{instrument.returns} return"


def event_major(frames: Sequence[pd.DataFrame], matches: Matches) -> pd.DataFrame:
    """Join frames of one series each and order their rows by event, then series."""
    # A frame without rows has columns without a type, and would spoil those of the others.
    table = pd.concat([frame for frame in frames if len(frame)], ignore_index=True)
    event = pd.Categorical(table["event_id"], categories=list(matches.events)).codes
    series = pd.Categorical(table["series"], categories=list(matches.series)).codes
    return table.iloc[np.lexsort((series, event))].reset_index(drop=True)


def used_rows(matches: Matches, s: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of the used events of one series, and their event sessions."""
    rows = np.flatnonzero(matches.used[:, s])
    return rows, matches.positions[rows, s]


def fits_table(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the estimates of every used pair, keyed by event_id and series."""
    model, frames = design.model, []
    for s, estimate in enumerate(estimates):
        rows, positions = used_rows(matches, s)
        fits, sessions = estimate.fits.take(positions), estimate.history.sessions
        values = np.column_stack([fits.alpha, fits.beta]) if model.parameters else np.empty((len(rows), 0))
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
            **dict(zip(model.parameters, values.T, strict=True)),
            "estimation_first": sessions[first].astype("datetime64[ns]"),
            "estimation_last": sessions[last].astype("datetime64[ns]"),
        }
        frames.append(pd.DataFrame(frame))
    return event_major(frames, matches)


def abnormal_table(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> pd.DataFrame:
    """Return the abnormal returns of every used pair, keyed by event_id, series and tau."""
    taus, frames = np.array(design.span.taus), []
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
        frames.append(pd.DataFrame(frame))
    return event_major(frames, matches)


def car_table(
    matches: Matches,
    estimates: Sequence[SeriesEstimate],
    placebos: Mapping[tuple[int, int, int], PlaceboDraws],
    families: Mapping[tuple[int, int, int], tuple[float, int]],
) -> pd.DataFrame:
    """Return the CARs of every used pair, keyed by event_id, series and window.

    Parameters
    ----------
    matches, estimates
        The study.
    placebos : mapping of (event, series, window) to PlaceboDraws
        By position.
    families : mapping of (event, series, window) to (float, int)
        Family p and number of placebo dates, by position.
    """
    frames = []
    for s, estimate in enumerate(estimates):
        rows, positions = used_rows(matches, s)
        for w, cells in enumerate(estimate.cumulative):
            keys = [(int(i), s, w) for i in rows]
            frame = {
                "event_id": np.array(matches.events, dtype=object)[rows],
                "series": matches.series[s],
                "window": str(cells.window),
                "stance": matches.stances[rows, s],
                "session": estimate.history.sessions[positions].astype("datetime64[ns]"),
                "unit": unit_of(estimate),
                "n_days": np.full(len(rows), cells.window.n_sessions),
                "gap_days": _gap_days(estimate, positions, cells.window),
                "car": cells.car[positions],
                "bhar": cells.bhar[positions],
                "se": cells.se[positions],
                "t": cells.scar[positions],
                "df": estimate.fits.df[positions],
                "p_value": two_sided_t(cells.scar[positions], estimate.fits.df[positions]),
                "scar": cells.scar[positions],
                **_placebo_columns([placebos.get(key) for key in keys], [families.get(key) for key in keys]),
                "note": _notes(estimate, positions, cells.car[positions], cells.window),
            }
            frames.append(pd.DataFrame(frame))
    return event_major(frames, matches)


def _placebo_columns(
    placebos: Sequence[PlaceboDraws | None], families: Sequence[tuple[float, int] | None]
) -> dict[str, Floats | NDArray[np.object_]]:
    from eventstudy.inference.placebo import placebo_p

    z = np.array([np.nan if placebo is None else placebo.z for placebo in placebos])
    n = np.array([0 if placebo is None else len(placebo.draws) for placebo in placebos])
    p = [np.nan if placebo is None else placebo_p(placebo.z, placebo.draws) for placebo in placebos]
    source = ["residuals" if placebo is not None and placebo.from_residuals else "sessions" for placebo in placebos]
    return {
        "placebo_z": z,
        "placebo_p": np.array(p, dtype=np.float64),
        "placebo_n": n,
        "placebo_floor": np.where(n > 0, 1.0 / (n + 1), np.nan),
        "placebo_source": np.array(source, dtype=object),
        "family_p": np.array([np.nan if family is None else family[0] for family in families], dtype=np.float64),
        "family_n": np.array([0 if family is None else family[1] for family in families], dtype=np.int64),
    }


def _gap_days(estimate: SeriesEstimate, positions: NDArray[np.int64], window: Window) -> Floats:
    """Longest step in calendar days into a session of the window."""
    gaps = estimate.history.gap_days
    rows = np.clip(positions[:, None] + np.array(window.taus), 0, len(gaps) - 1)
    return np.asarray(np.nanmax(np.where(np.isnan(gaps[rows]), 0.0, gaps[rows]), axis=1))


def _notes(estimate: SeriesEstimate, positions: NDArray[np.int64], car: Floats, window: Window) -> list[str]:
    """Say why a CAR is missing; '' where it is there."""
    return [
        window_gap(estimate, int(position), window) if np.isnan(value) else ""
        for position, value in zip(positions, car, strict=True)
    ]


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
