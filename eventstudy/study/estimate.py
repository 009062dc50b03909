"""One series of a study: every session estimated as if an event had fallen on it.

The real events are looked up among these cells, and the other cells are their placebo.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import AbnormalReturns, CumulativeReturns, abnormal_returns, buy_and_hold
from eventstudy.models import Fits
from eventstudy.errors import DesignError, did_you_mean
from eventstudy.inference.placebo import SCALES, event_spans, placebo_z, settled, untouched
from eventstudy.markets.history import History, on_sessions
from eventstudy.matching import CLOSURE_DAYS
from eventstudy.returns import Floats
from eventstudy.study.design import Design
from eventstudy.window import Window


@dataclass(frozen=True, eq=False)
class Shared:
    """What series have in common that have the same sessions, returns on the same of them, and the same events.

    Parameters
    ----------
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window.
    positions : ndarray of int64, shape (N,)
        Event sessions.
    after_closure : ndarray of bool, shape (T,)
        Sessions that follow a closure.
    design : Design
        The choices.
    """

    x: Floats
    usable: NDArray[np.bool_]
    positions: NDArray[np.int64]
    after_closure: NDArray[np.bool_]
    design: Design

    @classmethod
    def of(
        cls, history: History, histories: Mapping[str, History], positions: NDArray[np.int64], design: Design
    ) -> Shared:
        """Return it as one of the series tells it; the model's regressors are found among the histories."""
        x = regressors(history, histories, design)
        usable = design.model.complete(history.returns, x)
        if design.clean:
            usable &= ~event_spans(len(history), positions, design.reading)
        return cls(x, usable, positions, history.gap_days >= CLOSURE_DAYS, design)

    @cached_property
    def free(self) -> NDArray[np.bool_]:
        """Sessions whose span lies in the sample and meets no event and no closure, shape (T,)."""
        return untouched(len(self.usable), self.positions, self.design.reading, self.after_closure)

    @cached_property
    def of_events(self) -> NDArray[np.bool_]:
        """Sessions that lie in the span of an event, shape (T,)."""
        return event_spans(len(self.usable), self.positions, self.design.span)


@dataclass(frozen=True, eq=False)
class Block:
    """What is computed at once for S series that share T sessions; W windows.

    Cells with fewer than `design.min_obs` estimation returns are NaN but for the estimates themselves.

    Parameters
    ----------
    fits : Fits
        Estimates; the cell of session t and series s stands at t S + s.
    car, se : ndarray, shape (W, S, T)
        CARs and their standard errors.
    n : ndarray of int64, shape (W, T)
        Sessions cumulated.
    """

    fits: Fits
    car: Floats
    se: Floats
    n: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SeriesEstimate:
    """Everything computed for one series, session by session (T sessions, W windows, k regressors).

    What takes work and is not always needed is computed when it is first asked for.

    Parameters
    ----------
    history : History
        The series.
    shared : Shared
        Regressors, sessions to learn from and events.
    block : Block
        Where its estimates stand.
    place : int
        Which of the series of the block it is.
    """

    history: History
    shared: Shared
    block: Block
    place: int

    @property
    def x(self) -> Floats:
        """Regressors over the series' own steps, shape (T, k)."""
        return self.shared.x

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Sessions that may stand in an estimation window, shape (T,)."""
        return self.shared.usable

    @property
    def free(self) -> NDArray[np.bool_]:
        """Sessions whose span lies in the sample and meets no event and no closure, shape (T,)."""
        return self.shared.free

    @cached_property
    def one_step(self) -> Floats:
        """Abnormal return of each session under its own cell, shape (T,)."""
        fits = only_enough(self.fits, self.shared.design.min_obs)
        return np.asarray(self.history.returns - fits.normal(self.x[:, None])[:, 0])

    @cached_property
    def fits(self) -> Fits:
        """Estimates of all T cells."""
        return self.block.fits.take(slice(self.place, None, self.block.car.shape[1]))

    @property
    def df(self) -> NDArray[np.int64]:
        """Residual degrees of freedom of all T cells."""
        return np.asarray(self.block.fits.df[self.place :: self.block.car.shape[1]])

    @property
    def car(self) -> Floats:
        """CARs of all T cells, shape (W, T)."""
        return np.asarray(self.block.car[:, self.place])

    @property
    def se(self) -> Floats:
        """Their standard errors, shape (W, T)."""
        return np.asarray(self.block.se[:, self.place])

    @property
    def whole(self) -> NDArray[np.bool_]:
        """Which CARs are there and cumulate every session of their window, shape (W, T)."""
        n_sessions = [[window.n_sessions] for window in self.shared.design.windows]
        return np.asarray(np.isfinite(self.car) & (self.block.n == n_sessions))

    @cached_property
    def cumulative(self) -> tuple[CumulativeReturns, ...]:
        """CARs of all T cells, one a window."""
        car, se, n = self.car, self.se, self.block.n
        return tuple(
            CumulativeReturns(window, car[w], se[w], n[w], partial(self._held, window))
            for w, window in enumerate(self.shared.design.windows)
        )

    def _held(self, window: Window) -> Floats:
        every, partly = np.arange(len(self.history)), self.shared.design.missing == "partial"
        y, kind = self.history.returns, self.history.instrument.returns
        return buy_and_hold(y, self.x, self.fits, every, window, kind, partial=partly)

    @cached_property
    def scale(self) -> Floats:
        """Volatility known the session before, shape (T,)."""
        return SCALES[self.shared.design.scale](self.one_step)

    @cached_property
    def z(self) -> Floats:
        """Volatility-scaled CARs, shape (T, W)."""
        per_session = ((c.car * np.sqrt(c.window.n_sessions / c.n), c.window) for c in self.cumulative)
        return np.stack([placebo_z(car, self.scale, window) for car, window in per_session], axis=1)

    @cached_property
    def quiet(self) -> NDArray[np.bool_]:
        """Those of the free sessions whose scale is no echo of the events, shape (T,)."""
        without_events = np.where(self.shared.of_events, np.nan, self.one_step)
        return self.free & settled(self.scale, SCALES[self.shared.design.scale](without_events))

    @property
    def abnormal(self) -> AbnormalReturns:
        """Abnormal returns of all T cells over the study's span, made anew each time: they take much memory."""
        return self.abnormal_at(np.arange(len(self.history)))

    def abnormal_at(self, positions: NDArray[np.int64]) -> AbnormalReturns:
        """Return the abnormal returns of some sessions over the study's span."""
        design = self.shared.design
        fits = only_enough(self.fits.take(positions), design.min_obs)
        return abnormal_returns(self.history.returns, self.x, fits, positions, design.span)


@dataclass(frozen=True, eq=False)
class PlaceboDraws:
    """The placebo of one event in one series over one window.

    Parameters
    ----------
    z : float
        The event's volatility-scaled CAR.
    draws : ndarray, shape (B,)
        The same of the placebo sessions.
    from_residuals : bool
        True where the sample was too short and the estimation window's own residuals served.
    """

    z: float
    draws: Floats
    from_residuals: bool


def regressors(history: History, histories: Mapping[str, History], design: Design) -> Floats:
    """Return the model's regressors over the series' own steps, shape (T, k)."""
    columns, kinds = [], []
    for name in design.model.regressors:
        if name not in histories:
            raise DesignError(
                f"the model needs '{name}', which is not among the prices; {did_you_mean(name, histories)}"
            )
        other = histories[name]
        kinds.append(other.instrument.returns)
        columns.append(on_sessions(other, history.sessions, other.instrument.returns))
    design.model.check_kinds(history.name, history.instrument.returns, kinds)
    x = np.stack(columns, axis=1) if columns else np.empty((len(history), 0))
    return design.model.columns(x, np.isfinite(history.returns))


def only_enough(fits: Fits, min_obs: int) -> Fits:
    """Blank the estimates of cells with too few observations, so that nothing computed from them is a number."""
    few = too_few(fits, min_obs)
    return replace(
        fits,
        alpha=np.where(few, np.nan, fits.alpha),
        beta=np.where(few[:, None], np.nan, fits.beta),
        sigma=np.where(few, np.nan, fits.sigma),
    )


def too_few(fits: Fits, min_obs: int) -> NDArray[np.bool_]:
    """Say which cells have too few observations, or cannot be estimated."""
    return np.asarray((fits.n_obs < min_obs) | np.isnan(fits.sigma))
