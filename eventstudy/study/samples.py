"""From estimates to what the tests need: the used pairs of a study stacked once, and samples taken from the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eventstudy.inference import EventSample
from eventstudy.markets.stamp import Dates
from eventstudy.matching import Matches
from eventstudy.models import normal_at
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.study.estimate import SeriesEstimate
from eventstudy.study.tables import used_rows
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class PairStack:
    """All P used pairs of event and series, one below the other: n sessions of the span, L of the estimation window.

    Parameters
    ----------
    windows : tuple of Window, length W
        The windows.
    span : Window
        All event sessions.
    row : ndarray of int64, shape (events, series)
        Place of each pair in the stack; -1 where it was not used.
    car, scar : ndarray, shape (P, W)
        CARs and SCARs; NaN where missing.
    ar, sar : ndarray, shape (P, n)
        Abnormal returns and standardised ones.
    tau_session : ndarray of datetime64[D], shape (K, n)
        Dates of the spans, once for all pairs of one calendar and event session.
    residual : ndarray, shape (P, L)
        Estimation residuals; NaN where unused.
    residual_session : ndarray of datetime64[D], shape (K, L)
        Dates of the estimation windows.
    date_row : ndarray of int, shape (P,)
        Which of these dates each pair has.
    sigma, n_obs, df : ndarray, shape (P,)
        Residual standard errors, observations, degrees of freedom.
    session : ndarray of datetime64[D], shape (P,)
        Event sessions.
    series : ndarray of str, shape (P,)
        Names of the series.
    """

    windows: tuple[Window, ...]
    span: Window
    row: NDArray[np.int64]
    car: Floats
    scar: Floats
    ar: Floats
    sar: Floats
    tau_session: Dates
    residual: Floats
    residual_session: Dates
    date_row: NDArray[np.intp]
    sigma: Floats
    n_obs: NDArray[np.int64]
    df: NDArray[np.int64]
    session: Dates
    series: NDArray[np.str_]

    def sample(self, rows: NDArray[np.int64], w: int, phase: NDArray[np.str_]) -> EventSample:
        """Return the sample of some pairs over one window.

        Parameters
        ----------
        rows : ndarray of int64, shape (N,)
            Their places in the stack; each has a CAR over the window.
        w : int
            Which of the windows.
        phase : ndarray of str, shape (N,)
            Episode of each event.
        """
        return EventSample(
            window=self.windows[w],
            span=self.span,
            car=self.car[rows, w],
            scar=self.scar[rows, w],
            ar=self.ar[rows],
            sar=self.sar[rows],
            tau_session=self.tau_session[self.date_row[rows]],
            residual=self.residual[rows],
            residual_session=self.residual_session[self.date_row[rows]],
            sigma=self.sigma[rows],
            n_obs=self.n_obs[rows],
            df=self.df[rows],
            session=self.session[rows],
            series=self.series[rows],
            phase=phase,
        )


def stack_pairs(matches: Matches, estimates: Sequence[SeriesEstimate], design: Design) -> PairStack:
    """Stack every used pair, series by series.

    Parameters
    ----------
    matches : Matches
        Which pairs were used, and their event sessions.
    estimates : sequence of SeriesEstimate
        The series, in the order of the matches.
    design : Design
        The choices.
    """
    row, at, n_pairs = np.full(matches.used.shape, -1, dtype=np.int64), [], 0
    for s in range(len(estimates)):
        events, positions = used_rows(matches, s)
        row[events, s] = n_pairs + np.arange(len(events))
        n_pairs += len(events)
        at.append(positions)
    return stack_sessions(estimates, at, row, design)


def stack_sessions(
    estimates: Sequence[SeriesEstimate], positions: Sequence[NDArray[np.int64]], row: NDArray[np.int64], design: Design
) -> PairStack:
    """Stack sessions taken as event sessions, series by series.

    Parameters
    ----------
    estimates : sequence of SeriesEstimate, length S
        The series.
    positions : sequence of ndarray of int64, length S
        The sessions of each.
    row : ndarray of int64, shape (any, S)
        Place of each pair in the stack.
    design : Design
        The choices.
    """
    parts = [_of_series(estimate, at, design.estimation) for estimate, at in zip(estimates, positions, strict=True)]
    stacked = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    stacked |= _dates(estimates, positions, design)
    return PairStack(windows=design.windows, span=design.span, row=row, **stacked)


def _dates(
    estimates: Sequence[SeriesEstimate], positions: Sequence[NDArray[np.int64]], design: Design
) -> dict[str, NDArray[np.generic]]:
    """Return the dates of spans and estimation windows: of series that have one calendar, each session's once."""
    calendars: dict[bytes, list[int]] = {}
    for s, estimate in enumerate(estimates):
        calendars.setdefault(estimate.history.sessions.tobytes(), []).append(s)
    date_row, spans, learned, n_rows = [positions[s] for s in range(len(estimates))], [], [], 0
    for alike in calendars.values():
        sessions = estimates[alike[0]].history.sessions
        at = np.unique(np.concatenate([positions[s] for s in alike]))
        spans.append(_around(sessions, at, design.span))
        learned.append(_around(sessions, at, design.estimation))
        for s in alike:
            date_row[s] = n_rows + np.searchsorted(at, positions[s])
        n_rows += len(at)
    return {
        "tau_session": np.concatenate(spans),
        "residual_session": np.concatenate(learned),
        "date_row": np.concatenate(date_row),
    }


def _around(sessions: Dates, positions: NDArray[np.int64], window: Window) -> Dates:
    """Return the dates of a window around some sessions; NaT outside the sample."""
    rows = positions[:, None] + np.array(window.taus)
    inside = (rows >= 0) & (rows < len(sessions))
    return np.where(inside, sessions[np.where(inside, rows, 0)], np.datetime64("NaT"))


def _of_series(
    estimate: SeriesEstimate, positions: NDArray[np.int64], estimation: Window
) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of one series' used events, by the names of `PairStack`."""
    sessions, cells, fits = estimate.history.sessions, estimate.abnormal_at(positions), estimate.fits.take(positions)
    rows = positions[:, None] + np.array(estimation.taus)
    inside = (rows >= 0) & (rows < len(sessions))
    rows = np.where(inside, rows, 0)
    learned = inside & estimate.usable[rows]
    residual = estimate.history.returns[rows] - normal_at(fits, estimate.x[rows], np.array(estimation.taus))
    return {
        "car": np.stack([c.car[positions] for c in estimate.cumulative], axis=1),
        "scar": np.stack([c.scar[positions] for c in estimate.cumulative], axis=1),
        "ar": cells.ar,
        "sar": cells.sar,
        "residual": np.where(learned, residual, np.nan),
        "sigma": fits.sigma,
        "n_obs": fits.n_obs,
        "df": fits.df,
        "session": sessions[positions],
        "series": np.full(len(positions), estimate.history.name),
    }
