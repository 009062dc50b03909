"""Every session of every series estimated as if an event had fallen on it.

The real events are looked up among these sessions, and the others are their placebo: so the placebo repeats the whole
procedure, estimation included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import AbnormalReturns, abnormal_returns, buy_and_hold, cumulated
from eventstudy.errors import DesignError, did_you_mean
from eventstudy.inference.placebo import SCALES, clear_of, placebo_z, touched
from eventstudy.markets.history import History, on_sessions
from eventstudy.matching import Matches, SeriesMatches
from eventstudy.models import Fits, ModelFits, window_sums
from eventstudy.returns import OWN_UNIT, Floats
from eventstudy.study.design import Design
from eventstudy.tasks import Progress, run_tasks
from eventstudy.window import Window

#: Sessions times series of one task. Of fewer, threads wait for one another between short steps.
_AT_ONCE = 1 << 18

#: From so many sessions times series on threads gain more than they cost.
_WORTH_THREADS = 200_000

#: Largest share of a session's variance that may come from event sessions.
_MOST_OF_EVENTS = 0.5


@dataclass(frozen=True, eq=False)
class Block:
    """S series that share sessions, market events and gaps, estimated side by side at each of T sessions.

    Parameters
    ----------
    matches : SeriesMatches
        Their sessions and market events.
    design : Design
        The choices, W windows among them.
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window.
    news : ndarray of bool, shape (T,)
        Sessions that a market event touches: those around it that no placebo window may meet.
    y : ndarray, shape (T, S)
        Their returns.
    kind : str
        What the returns are.
    fits : Fits
        Estimates; those of session t and series s stand at ``t S + s``.
    car, se : ndarray, shape (T, S, W)
        CARs and their forecast standard errors; NaN with too few estimation returns.
    n : ndarray of int64, shape (T, W)
        Sessions cumulated.
    """

    matches: SeriesMatches
    design: Design
    x: Floats
    usable: NDArray[np.bool_]
    news: NDArray[np.bool_]
    y: Floats
    kind: str
    fits: Fits
    car: Floats
    se: Floats
    n: NDArray[np.int64]

    def clear(self, window: Window) -> NDArray[np.bool_]:
        """Say around which sessions a window lies in the sample and meets no news and no closure, shape (T,)."""
        return clear_of(self.news | self.matches.history.closures, window)

    @cached_property
    def scaled(self) -> dict[str, NDArray[Any]]:
        """What only placebos need, by name as `SeriesEstimates` has it, arrays (T, S) or (T, S, W)."""
        design, n_series = self.design, self.y.shape[1]
        normal = self.fits.alpha.reshape(self.y.shape)
        if self.x.shape[1]:
            normal = normal + np.einsum("tk,tsk->ts", self.x, self.fits.beta.reshape(*self.y.shape, -1))
        ar = np.where(too_few(self.fits, design.min_obs).reshape(self.y.shape), np.nan, self.y - normal)
        without_news = np.where(self.news[:, None], np.nan, ar)
        both = SCALES[design.scale](np.concatenate([ar, without_news], axis=1))
        # Where more than half of the variance stems from event sessions it is an echo of them: after a crash z is small
        # for months, which would make every other event look large. Known the day before, so no outcome is chosen.
        scale, without_news = both[:, :n_series], both[:, n_series:]
        with np.errstate(invalid="ignore"):
            own = (1 - _MOST_OF_EVENTS) * scale**2 <= without_news**2
        z, move = np.empty((2, *self.car.shape))
        eligible = np.empty(self.car.shape, dtype=bool)
        padded = np.vstack([self.y, np.full((1, n_series), np.nan)])
        if design.missing == "partial":
            padded = np.nan_to_num(padded)
        if self.kind == "simple":
            padded = padded + 1.0
        for w, window in enumerate(design.windows):
            # A partial CAR counts as one over as many sessions as it cumulates.
            per_session = self.car[..., w] * np.sqrt(window.n_sessions / self.n[:, w, None])
            z[..., w] = placebo_z(per_session, scale, window)
            eligible[..., w] = self.clear(window)[:, None] & np.isfinite(z[..., w])
            total = np.full(self.y.shape, 1.0 if self.kind == "simple" else 0.0)
            for tau in window.taus:
                rows = np.arange(len(self.y)) + tau
                step = padded[np.where((rows >= 0) & (rows < len(self.y)), rows, len(self.y))]
                total = total * step if self.kind == "simple" else total + step
            move[..., w] = total - 1.0 if self.kind == "simple" else total
        move[np.isnan(self.car) | (self.kind == "level")] = np.nan
        quiet = eligible & own[:, :, None]
        return {"ar": ar, "scale": scale, "z": z, "move": move, "eligible": eligible, "quiet": quiet}


class _Column:
    """An array of a block's `scaled`, of which a series is a column; kept once it has been asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, of: Any, owner: type) -> Any:
        found = vars(of)[self.name] = of.block.scaled[self.name][:, of.column]
        return found


@dataclass(frozen=True, eq=False)
class SeriesEstimates:
    """One series of a study: a column of a block, at T sessions over W windows.

    What placebos need is made when it is first asked for, so that CARs alone do not pay for it: ``ar`` and ``scale``
    (T,), abnormal returns, each under its own estimates, and the volatility known the session before; ``z`` and
    ``move`` (T, W), volatility-scaled CARs and raw returns over each window (compounded simple ones, sums of others;
    NaN for levels and gaps); ``eligible`` (T, W), sessions that can serve as placebo events of single events; and
    ``quiet`` (T, W), those of them whose scale is no echo of the events, for means over events.

    Parameters
    ----------
    history : History
        The series.
    matches : SeriesMatches
        Its events; those that cannot be estimated are excluded.
    block : Block
        Where its estimates stand.
    column : int
        Which series of the block it is.
    design : Design
        The choices.
    unit : str
        Unit of its returns, e.g. ``simple return`` or ``index points``.
    x : ndarray, shape (T, k)
        Regressors over the series' own steps.
    usable : ndarray of bool, shape (T,)
        Sessions that may stand in an estimation window.
    car, se : ndarray, shape (T, W)
        CARs and their forecast standard errors.
    n : ndarray of int64, shape (T, W)
        Sessions cumulated.
    df : ndarray of int64, shape (T,)
        Residual degrees of freedom.
    """

    history: History
    matches: SeriesMatches
    block: Block
    column: int
    design: Design
    unit: str
    x: Floats
    usable: NDArray[np.bool_]
    car: Floats
    se: Floats
    n: NDArray[np.int64]
    df: NDArray[np.int64]

    ar = _Column()
    scale = _Column()
    z = _Column()
    move = _Column()
    eligible = _Column()
    quiet = _Column()

    @cached_property
    def fits(self) -> Fits:
        """Estimates at all T sessions."""
        return self.block.fits.take(slice(self.column, None, self.block.y.shape[1]))

    def bhar(self, positions: NDArray[np.int64]) -> Floats:
        """Return buy-and-hold abnormal returns (P, W); NaN where the CAR is, and where returns do not compound."""
        kind, partly = self.history.instrument.returns, self.design.missing == "partial"
        if kind in OWN_UNIT:
            return np.full((len(positions), len(self.design.windows)), np.nan)
        given = self.history.returns, self.x, self.fits.take(positions), positions
        held = [buy_and_hold(*given, window, kind, partial=partly) for window in self.design.windows]
        return np.where(np.isnan(self.car[positions]), np.nan, np.stack(held, axis=1))

    def abnormal_at(self, positions: NDArray[np.int64], span: Window | None = None) -> AbnormalReturns:
        """Return the abnormal returns of some sessions over the study's span."""
        fits = self.fits.take(positions)
        few = too_few(fits, self.design.min_obs)
        fits = replace(fits, alpha=np.where(few, np.nan, fits.alpha), sigma=np.where(few, np.nan, fits.sigma))
        return abnormal_returns(self.history.returns, self.x, fits, positions, span or self.design.span)

    def __repr__(self) -> str:
        return f"<SeriesEstimates of {self.history!r}>"


Estimates = dict[str, SeriesEstimates]

#: Unit of a variance ratio.
VARIANCE = "× variance"


def too_few(fits: Fits, min_obs: int) -> NDArray[np.bool_]:
    """Say which sessions have too few observations, or cannot be estimated."""
    return np.asarray((fits.n_obs < min_obs) | np.isnan(fits.sigma))


def estimate(
    matches: Matches,
    studied: Mapping[str, History],
    histories: Mapping[str, History],
    design: Design,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Estimates:
    """Estimate every series at every session, a block of series a task.

    Parameters
    ----------
    matches : Matches
        The events matched to the series.
    studied : mapping of str to History, length S
        The series.
    histories : mapping of str to History
        Where the model's regressors are found.
    design : Design
        The choices.
    executor, progress : optional
        See `eventstudy.tasks.run_tasks`; a thread a processor where least squares have enough to do.

    Returns
    -------
    dict of str to SeriesEstimates
        Series by series; what cannot be estimated is excluded in their matches, with the reason.
    """
    tasks = list(_tasks(matches, studied, histories, design))
    much = design.model.side_by_side and sum(map(len, studied.values())) > _WORTH_THREADS
    parts = run_tasks(estimate_block, [task for _, task in tasks], executor, progress, threads=much)
    found = {}
    for (names, _), block in zip(tasks, parts, strict=True):
        told: dict[tuple[bool, int, bool, bytes], str] = {}
        for column, name in enumerate(names):
            history = studied[name]
            unit = history.instrument.unit or f"{history.instrument.returns} return"
            df, (car, se) = block.fits.df[column :: len(names)], (of[:, column] for of in (block.car, block.se))
            of = SeriesEstimates(
                *(history, matches.series[name], block, column, design, unit, block.x, block.usable),
                *(car, se, block.n, df),
            )
            found[name] = _with_shortfalls(of, told)
    return {name: found[name] for name in studied}


def _tasks(
    matches: Matches, studied: Mapping[str, History], histories: Mapping[str, History], design: Design
) -> Iterator[tuple[list[str], tuple[Any, ...]]]:
    """Yield series that share sessions, gaps, events and kind of return, as many as make a task, and its arguments."""
    groups: dict[tuple[object, ...], list[str]] = {}
    for name, history in studied.items():
        gaps = np.isfinite(history.returns).tobytes()
        groups.setdefault((id(matches.series[name]), gaps, history.instrument.returns), []).append(name)
    for names in groups.values():
        first, of = studied[names[0]], matches[names[0]]
        columns, kinds = [], []
        for name in design.model.regressors:
            if name not in histories:
                raise DesignError(
                    f"the model needs '{name}', which is not among the prices; {did_you_mean(name, histories)}"
                )
            kinds.append(histories[name].instrument.returns)
            columns.append(on_sessions(histories[name], first.sessions, kinds[-1]))
        design.model.check_kinds(first.name, first.instrument.returns, kinds)
        x = np.stack(columns, axis=1) if columns else np.empty((len(first), 0))
        x = design.model.columns(x, np.isfinite(first.returns))  # over the series' own steps, shape (T, k)
        usable = design.model.complete(first.returns, x)
        if design.clean is not None:
            usable = usable & ~touched(len(first), of.market_events.position, design.reading(design.clean))
        news = touched(len(first), of.market_events.position, design.reading(design.news))
        n_blocks = -(-len(names) * len(first) // _AT_ONCE) if design.model.side_by_side else len(names)
        n_blocks += n_blocks % 2 if n_blocks > 1 else 0  # two threads share an even number alike
        step = -(-len(names) // max(n_blocks, 1))
        for start in range(0, len(names), step):
            some = names[start : start + step]
            y = np.stack([studied[name].returns for name in some], axis=1)
            yield some, (of, design, x, usable, news, y, first.instrument.returns)


def estimate_block(
    matches: SeriesMatches,
    design: Design,
    x: Floats,
    usable: NDArray[np.bool_],
    news: NDArray[np.bool_],
    y: Floats,
    kind: str,
) -> Block:
    """Estimate S series side by side at each of T sessions; the arguments are fields of `Block`."""
    if design.model.everywhere:
        fits = design.model.fit_table(y, x, usable, design.estimation)
    else:  # the model takes long: event sessions alone
        n_obs = window_sums(usable[:, None].astype(np.float64), design.estimation, 0.0)[:, 0].astype(np.int64)
        chosen = matches.market_events.position
        chosen = chosen[n_obs[chosen] >= design.min_obs]
        fits = design.model.fit(y[:, 0], x, usable, chosen, design.estimation)
        fits = fits.spread(chosen, n_obs) if isinstance(fits, ModelFits) else fits
    few, partly = too_few(fits, design.min_obs).reshape(y.shape), design.missing == "partial"
    car, se = np.empty((2, *y.shape, len(design.windows)))
    n = np.empty((len(y), len(design.windows)), dtype=np.int64)
    for w, window in enumerate(design.windows):
        car[..., w], se[..., w], n[:, w] = cumulated(y, x, fits, None, window, partial=partly)
    car[few], se[few] = np.nan, np.nan
    return Block(matches, design, x, usable, news, y, kind, fits, car, se, n)


def _with_shortfalls(of: SeriesEstimates, told: dict[tuple[bool, int, bool, bytes], str]) -> SeriesEstimates:
    """Exclude the events that cannot be estimated, and say of the others which windows are incomplete.

    What is said of one series of a block holds for the others in the same case: it is kept in `told`.
    """
    news = of.matches.market_events
    whole = of.n[news.position] == [window.n_sessions for window in of.design.windows]
    doubtful = np.flatnonzero(~(whole & np.isfinite(of.car[news.position])).all(axis=1))
    if not len(doubtful):
        return of
    nothing = np.isnan(of.car[news.position[doubtful]]).all(axis=1)
    owner, matches = news.owner, of.matches
    for chosen, excluded in ((doubtful[nothing], True), (doubtful[~nothing], False)):
        texts = np.full(len(news), "", dtype=object)
        at = news.position[chosen]
        no_sigma = np.isnan(of.block.fits.sigma[at * of.block.y.shape[1] + of.column]).tolist()
        lost = [windows.tobytes() for windows in np.isnan(of.car[at])]
        cases = [(excluded, *case) for case in zip(at.tolist(), no_sigma, lost, strict=True)]
        for case in cases:
            if case not in told:
                gaps = [] if excluded else [shortcoming(of, case[1], w) for w in range(len(of.design.windows))]
                told[case] = _why_not(of, case[1]) if excluded else "incomplete: " + "; ".join(filter(None, gaps))
        texts[chosen] = [told[case] for case in cases]
        said = texts[owner] != ""
        matches = matches.with_reasons(news.members[said], texts[owner[said]], excluded=excluded)
    return replace(of, matches=matches)


def _why_not(of: SeriesEstimates, position: int) -> str:
    design, fits = of.design, of.fits
    n_obs = int(fits.n_obs[position])
    if n_obs < design.min_obs:
        return f"few-observations: {n_obs} of {design.min_obs} returns in estimation {design.estimation}; " + "; ".join(
            _where_they_went(of, position)
        )
    if np.isnan(fits.sigma[position]):
        made = "a series of the regression does not vary, or is made of the others"
        if isinstance(fits, ModelFits) and not fits.converged[position]:
            made += f", or the search of the model '{design.model.name}' came to no end"
            return f"no-estimate: in estimation {design.estimation} {made}"
        return f"constant: in estimation {design.estimation} {made}"
    return "window: " + window_gap(of, position, design.windows[0])


def _where_they_went(of: SeriesEstimates, position: int) -> Iterator[str]:
    """Say why sessions of an estimation window could not be learned from."""
    rows, sessions = position + np.array(of.design.estimation.taus), of.history.sessions
    early, late = np.count_nonzero(rows < 0), np.count_nonzero(rows >= len(sessions))
    rows = rows[(rows >= 0) & (rows < len(sessions))]
    if early:
        yield f"{early} of its sessions lie before the sample, which begins {sessions[0]}"
    if late:
        yield f"{late} of its sessions lie behind the sample, which ends {sessions[-1]}"
    news = of.block.news[rows] & (of.design.clean is not None)
    taken = np.count_nonzero(news)
    if taken:
        yield f"{taken} are sessions of events (clean {of.design.clean}; --clean none leaves them in)"
    lost = ~of.usable[rows] & ~news
    no_return = np.count_nonzero(lost & ~np.isfinite(of.history.returns[rows]))
    no_regressor = np.count_nonzero(lost) - no_return
    if no_return:
        yield f"without a return: {no_return}"
    if no_regressor:
        yield f"without a return of {', '.join(of.design.model.regressors)}: {no_regressor}"
    enough = np.flatnonzero(of.fits.n_obs >= of.design.min_obs)
    if len(enough) and enough[0] > position:
        yield f"the first possible event session is {sessions[enough[0]]}"


def shortcoming(of: SeriesEstimates, position: int, w: int) -> str:
    """Say which session a window misses, and how many its CAR cumulates if it is partial; '' where it misses none."""
    window = of.design.windows[w]
    gap = window_gap(of, position, window)
    if not gap or np.isnan(of.car[position, w]):
        return gap
    return f"{gap}; {of.n[position, w]} of {window.n_sessions} sessions are cumulated"


def window_gap(of: SeriesEstimates, position: int, window: Window) -> str:
    """Say which session a window misses; '' where it misses none."""
    from eventstudy.markets.stamp import listed

    sessions = of.history.sessions
    if position + window.last >= len(sessions):
        return f"window {window} runs past the sample, which ends {sessions[-1]}"
    if position + window.first < 0:
        return f"window {window} begins before the sample, which begins {sessions[0]}"
    rows = np.arange(position + window.first, position + window.last + 1)
    lost = rows[~np.isfinite(of.history.returns[rows])]
    if len(lost):
        holes = of.history.holes_before(int(lost[0]))
        why = f": no price on {listed(holes)}" if len(holes) else ""
        return f"window {window} has no return on {sessions[lost[0]]}{why}"
    missing = rows[~np.isfinite(of.x[rows]).all(axis=1)]
    return f"window {window} has no regressor on {sessions[missing[0]]}" if len(missing) else ""


def variance_history(of: SeriesEstimates) -> History:
    """Return whether a series moved more than usual: squared abnormal returns over the variance expected before each.

    Parameters
    ----------
    of : SeriesEstimates
        The series: its abnormal returns are squared, each under the estimates of its own session, and its `scale` says
        how the variance is expected.

    Returns
    -------
    History
        Levels, about 1 on ordinary sessions; NaN before the recursion has started. Studied against their own estimation
        mean, they are the abnormal variance ratio less 1, cumulated over the window.

    Notes
    -----
    ``u_t = AR_t² / σ²_t`` with σ_t known the session before. Around an event ``AVR_t = u_t / E[u]``, here in its
    additive form ``u_t - mean of u over the estimation window``.

    References
    ----------
    Beaver (1968), The information content of annual earnings announcements, Journal of Accounting Research 6.
    Landsman and Maydew (2002), Has the information content of quarterly earnings announcements declined in the past
    three decades?, Journal of Accounting Research 40. Scaling by a conditional variance: Hilliard and Savickas (2002),
    On the statistical significance of event effects on unsystematic volatility, Journal of Financial Research 25.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(of.scale > 0, (of.ar / of.scale) ** 2, np.nan)
    history = of.history
    instrument = replace(
        history.instrument,
        label=f"{history.instrument.label}, variance",
        orientation=1,
        returns="level",
        unit=VARIANCE,
        up="it moved more than was expected",
    )
    return replace(history, instrument=instrument, returns=ratio, prices=None)
