"""Every session of every series estimated as if an event had fallen on it.

The real events are looked up among these sessions, and the others are their placebo: so the placebo repeats the whole
procedure, estimation included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal import AbnormalReturns, abnormal_returns, buy_and_hold, cumulated
from eventstudy.errors import DesignError, did_you_mean
from eventstudy.inference.placebo import SCALES, clear_of, placebo_z, touched
from eventstudy.markets.history import History, on_sessions
from eventstudy.markets.stamp import listed
from eventstudy.matching import EXCLUDED, Matches, SeriesMatches
from eventstudy.models import Fits, window_sums
from eventstudy.returns import Floats
from eventstudy.statistic import two_sided_t
from eventstudy.study.design import Design
from eventstudy.tasks import Progress, run_tasks
from eventstudy.window import Window

Rows = NDArray[np.int64]

#: Sessions times series of one task. Of fewer, threads wait for one another between short steps.
_AT_ONCE = 1 << 18

#: From so many sessions times series on threads gain more than they cost.
_WORTH_THREADS = 200_000

#: Largest share of a session's variance that may come from event sessions.
_MOST_OF_EVENTS = 0.5


@dataclass(frozen=True, eq=False)
class Block:
    """S series that share sessions, market events and gaps, estimated side by side at each of T sessions.

    `matches` and `design` (of W windows) are theirs; `x` (T, k) are regressors over the series' own steps; `usable`
    (T,) the sessions that may stand in an estimation window, and `news` (T,) those that a market event touches, which
    no placebo window may meet; `y` (T, S) returns of a `kind`. Of the estimates `fits` those of session t and series s
    stand at ``t S + s``; `car` and `se` (T, S, W) are CARs and their forecast standard errors, NaN with too few
    estimation returns, and `n` (T, W) the sessions cumulated.
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
        # Where more than half of the variance stems from event sessions, as after a crash, z is small for months, which
        # would make every other event look large. Known the day before, so no outcome is chosen.
        scale, without_news = both[:, :n_series], both[:, n_series:]
        with np.errstate(invalid="ignore"):
            own = (1 - _MOST_OF_EVENTS) * scale**2 <= without_news**2
        z, move = np.empty((2, *self.car.shape))
        free = np.empty((2, n_series, len(design.windows)), dtype=np.int64)
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
            total = total - 1.0 if self.kind == "simple" else total
            total[np.isnan(self.car[..., w]) | (self.kind == "level")] = np.nan
            move[..., w], without = total, total[self.clear(window)]
            free[..., w] = np.count_nonzero([np.isfinite(without), without > 0], axis=1)
        found = {"ar": ar, "scale": scale, "z": z, "move": move, "eligible": eligible, "free": free}
        return found | {"quiet": eligible & own[:, :, None]}


class _Column:
    """An array of a block, or of its `scaled`, of which a series is a column; kept once it has been asked for."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, of: Any, owner: type) -> Any:
        array = vars(of.block).get(self.name)
        found = vars(of)[self.name] = (of.block.scaled[self.name] if array is None else array)[:, of.column]
        return found


@dataclass(frozen=True, eq=False)
class SeriesEstimates:
    """One series of a study: a column of a block, at T sessions over W windows; pairs are positions into its arrays.

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

    Attributes
    ----------
    car, se : ndarray, shape (T, W)
        CARs and their forecast standard errors.
    ar, scale : ndarray, shape (T,)
        Abnormal returns, each under its own estimates, and the volatility known the session before.
    z, move : ndarray, shape (T, W)
        Volatility-scaled CARs, and raw returns over each window: compounded simple ones, sums of others; NaN for levels
        and gaps.
    eligible, quiet : ndarray of bool, shape (T, W)
        Sessions that can serve as placebo events of single events, and for means those of them whose scale owes no more
        than half of its variance to event sessions. All but CARs are made when first asked for, so that CARs alone do
        not pay for them.
    free : ndarray of int64, shape (2, W)
        Number of windows without news that have a raw return, and of those in which it is above 0.
    """

    history: History
    matches: SeriesMatches
    block: Block
    column: int

    car = _Column()
    se = _Column()
    ar = _Column()
    scale = _Column()
    z = _Column()
    move = _Column()
    eligible = _Column()
    quiet = _Column()
    free = _Column()

    @property
    def design(self) -> Design:
        """The choices."""
        return self.block.design

    @property
    def unit(self) -> str:
        """Unit of its returns, e.g. ``simple return`` or ``index points``."""
        return self.history.instrument.unit or f"{self.history.instrument.returns} return"

    @cached_property
    def fits(self) -> Fits:
        """Estimates at all T sessions."""
        return self.block.fits.take(slice(self.column, None, self.block.y.shape[1]))

    def bhar(self, positions: NDArray[np.int64]) -> Floats:
        """Return buy-and-hold abnormal returns (P, W); NaN where the CAR is, and where returns do not compound."""
        kind, partly = self.history.instrument.returns, self.design.missing == "partial"
        given = self.history.returns, self.block.x, self.fits.take(positions), positions
        held = [buy_and_hold(*given, window, kind, partial=partly) for window in self.design.windows]
        return np.where(np.isnan(self.car[positions]), np.nan, np.stack(held, axis=1))

    def abnormal_at(self, positions: NDArray[np.int64], span: Window | None = None) -> AbnormalReturns:
        """Return the abnormal returns of some sessions over the study's span."""
        fits = self.fits.take(positions)
        few = too_few(fits, self.design.min_obs)
        fits = replace(fits, alpha=np.where(few, np.nan, fits.alpha), sigma=np.where(few, np.nan, fits.sigma))
        return abnormal_returns(self.history.returns, self.block.x, fits, positions, span or self.design.span)

    def residuals(self, positions: NDArray[np.int64], span: Window) -> tuple[Floats, NDArray[np.bool_], Rows]:
        """Return returns less what was normal at P event sessions, over n sessions of event time, shape (P, n).

        Beside them which of these could be learned from, and their rows in the history; NaN and 0 outside the sample.
        """
        taus = np.array(span.taus)
        rows = positions[:, None] + taus
        inside = (rows >= 0) & (rows < len(self.history))
        rows = np.where(inside, rows, 0)
        normal = self.fits.take(positions).normal_at(self.block.x[rows], taus)
        return np.where(inside, self.history.returns[rows] - normal, np.nan), inside & self.block.usable[rows], rows

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
        told: dict[tuple[Any, ...], str] = {}
        for column, name in enumerate(names):
            of = SeriesEstimates(studied[name], matches.series[name], block, column)
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
        fits = design.model.fit(y[:, 0], x, usable, chosen, design.estimation).spread(chosen, n_obs)
    few, partly = too_few(fits, design.min_obs).reshape(y.shape), design.missing == "partial"
    car, se = np.empty((2, *y.shape, len(design.windows)))
    n = np.empty((len(y), len(design.windows)), dtype=np.int64)
    for w, window in enumerate(design.windows):
        car[..., w], se[..., w], n[:, w] = cumulated(y, x, fits, None, window, partial=partly)
    car[few], se[few] = np.nan, np.nan
    return Block(matches, design, x, usable, news, y, kind, fits, car, se, n)


def _with_shortfalls(of: SeriesEstimates, told: dict[tuple[Any, ...], str]) -> SeriesEstimates:
    """Exclude the events that cannot be estimated, and say of the others which windows are incomplete.

    What is said of one series of a block holds for the others in the same case: it is kept in `told`.
    """
    news = of.matches.market_events
    whole = of.block.n[news.position] == [window.n_sessions for window in of.design.windows]
    doubtful = np.flatnonzero(~(whole & np.isfinite(of.car[news.position])).all(axis=1))
    if not len(doubtful):
        return of
    at = news.position[doubtful]
    no_sigma = np.isnan(of.block.fits.sigma[at * of.block.y.shape[1] + of.column]).tolist()
    lost = np.isnan(of.car[at])
    cases = zip(at.tolist(), no_sigma, [windows.tobytes() for windows in lost], lost.all(axis=1).tolist(), strict=True)
    texts, excluded = np.full(len(news), "", dtype=object), np.zeros(len(news), dtype=bool)
    excluded[doubtful] = lost.all(axis=1)
    for k, case in zip(doubtful.tolist(), cases, strict=True):
        if case not in told and excluded[k]:
            told[case] = _why_not(of, case[0])
        elif case not in told:
            gaps = [shortcoming(of, case[0], w) for w in range(len(of.design.windows))]
            told[case] = "incomplete: " + "; ".join(filter(None, gaps))
        texts[k] = told[case]
    some = texts[news.owner] != ""
    events, out, new = news.members[some], excluded[news.owner[some]], texts[news.owner[some]]
    status, reason = of.matches.status.copy(), of.matches.reason.copy()
    status[events[out]] = EXCLUDED
    reason[events] = np.where(out | (reason[events] == ""), new, reason[events] + "; " + new)
    return replace(of, matches=replace(of.matches, status=status, reason=reason))


def _why_not(of: SeriesEstimates, position: int) -> str:
    """Say why an event at a session cannot be estimated, and where the sessions to learn from went."""
    design, fits, sessions = of.design, of.fits, of.history.sessions
    n_obs = int(fits.n_obs[position])
    if n_obs >= design.min_obs and not np.isnan(fits.sigma[position]):
        return "window: " + window_gap(of, position, design.windows[0])
    if n_obs >= design.min_obs:
        made = "a series of the regression does not vary, or is made of the others"
        if fits.converged is not None and not fits.converged[position]:
            made += f", or the search of the model '{design.model.name}' came to no end"
            return f"no-estimate: in estimation {design.estimation} {made}"
        return f"constant: in estimation {design.estimation} {made}"
    rows = position + np.array(design.estimation.taus)
    early, late = np.count_nonzero(rows < 0), np.count_nonzero(rows >= len(sessions))
    rows = rows[(rows >= 0) & (rows < len(sessions))]
    news = of.block.news[rows] & (design.clean is not None)
    taken, lost = np.count_nonzero(news), ~of.block.usable[rows] & ~news
    no_return = np.count_nonzero(lost & ~np.isfinite(of.history.returns[rows]))
    no_regressor, enough = np.count_nonzero(lost) - no_return, np.flatnonzero(fits.n_obs >= design.min_obs)
    first = enough[0] if len(enough) else 0
    lines = {
        f"{early} of its sessions lie before the sample, which begins {sessions[0]}": early,
        f"{late} of its sessions lie behind the sample, which ends {sessions[-1]}": late,
        f"{taken} are sessions of events (clean {design.clean}; --clean none leaves them in)": taken,
        f"without a return: {no_return}": no_return,
        f"without a return of {', '.join(design.model.regressors)}: {no_regressor}": no_regressor,
        f"the first possible event session is {sessions[first]}": first > position,
    }
    where = "; ".join(line for line, reason in lines.items() if reason)
    return f"few-observations: {n_obs} of {design.min_obs} returns in estimation {design.estimation}; {where}"


def shortcoming(of: SeriesEstimates, position: int, w: int) -> str:
    """Say which session a window misses, and how many its CAR cumulates if it is partial; '' where it misses none."""
    window = of.design.windows[w]
    gap = window_gap(of, position, window)
    if not gap or np.isnan(of.car[position, w]):
        return gap
    return f"{gap}; {of.block.n[position, w]} of {window.n_sessions} sessions are cumulated"


def window_gap(of: SeriesEstimates, position: int, window: Window) -> str:
    """Say which session a window misses; '' where it misses none."""
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
    missing = rows[~np.isfinite(of.block.x[rows]).all(axis=1)]
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


class CarPanel(NamedTuple):
    """CARs of N events in S series over W windows.

    Parameters
    ----------
    matches : Matches
        Which session each event meets in each series; `reason` of each series says why pairs are excluded.
    series : tuple of str, length S
        Names of the series.
    windows : tuple of Window, length W
        The windows.
    car, se : ndarray, shape (N, S, W)
        CARs in the unit of the series' returns and their forecast standard errors; NaN where a pair is excluded or
        a session of the window is missing.
    df : ndarray of int64, shape (N, S)
        Degrees of freedom of the estimates; 0 where a pair is excluded.
    """

    matches: Matches
    series: tuple[str, ...]
    windows: tuple[Window, ...]
    car: Floats
    se: Floats
    df: NDArray[np.int64]

    @property
    def events(self) -> tuple[str, ...]:
        """Ids of the events, length N."""
        return tuple(self.matches.events.ids.tolist())

    @property
    def t(self) -> Floats:
        """CARs by their standard errors, shape (N, S, W)."""
        return np.asarray(self.car / self.se)

    @property
    def p_value(self) -> Floats:
        """Two-sided p of `t` with `df` degrees of freedom, shape (N, S, W); it takes each event to be alone."""
        return two_sided_t(self.t, self.df[:, :, None])


def car_panel(matches: Matches, estimates: Estimates) -> CarPanel:
    """Return the CARs of a study matched and estimated, pair by pair.

    Parameters
    ----------
    matches : Matches
        The events matched.
    estimates : dict of str to SeriesEstimates
        The series estimated.
    """
    windows = next(iter(estimates.values())).design.windows
    n_events = len(matches.events)
    # Series by series in memory, as they are written.
    car, se = np.full((2, len(windows), len(estimates), n_events), np.nan)
    df = np.zeros((len(estimates), n_events), dtype=np.int64)
    for s, of in enumerate(estimates.values()):
        rows = np.flatnonzero(of.matches.there)
        at = of.matches.place[rows]
        df[s, rows] = of.fits.df[at]
        for w in range(len(windows)):
            car[w, s, rows], se[w, s, rows] = of.car[at, w], of.se[at, w]
    return CarPanel(matches, tuple(estimates), windows, car.T, se.T, df.T)
