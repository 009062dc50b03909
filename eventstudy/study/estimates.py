"""Every session of every series estimated as if an event had fallen on it.

The real events are looked up among these sessions, and the others are their placebo: so the placebo repeats the whole
procedure, estimation included.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from eventstudy.inference.placebo import touched
from eventstudy.markets.history import History, on_sessions
from eventstudy.matching import EXCLUDED, Matches
from eventstudy.models import cumulated, window_sums
from eventstudy.returns import Floats, Ints
from eventstudy.statistic import two_sided_t
from eventstudy.study.design import Design
from eventstudy.study.sample import Block, Samples, SeriesSample
from eventstudy.tasks import Progress, alike, run_tasks
from eventstudy.window import Window

#: Sessions times series of one task. Of fewer, threads wait for one another between short steps.
_AT_ONCE = 262_144

#: From so many sessions times series on threads gain more than they cost.
_WORTH_THREADS = 200_000

#: Unit of a variance ratio.
VARIANCE = "× variance"


def estimate(
    matches: Matches,
    histories: Mapping[str, History],
    design: Design,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Samples:
    """Estimate every series at every session, a block of series a task.

    What cannot be estimated is excluded in the series' matches, with the reason. For `executor` and `progress` see
    `eventstudy.tasks.run_tasks`; by default a thread a processor where least squares have enough to do.
    """
    model, tasks, blocks, every = design.model, list[tuple[Block]](), list[list[str]](), list(matches.series)
    regressors, studied = ([histories[name] for name in names] for names in (model.regressors, every))
    for places in alike((id(of), np.isfinite(history.returns).tobytes(), history.instrument.returns)
                        for of, history in zip(matches.series.values(), studied, strict=True)):  # fmt: skip
        names, first = [every[place] for place in places], studied[places[0]]
        of = matches.series[names[0]]
        model.check_kinds(names[0], first.instrument.returns, [history.instrument.returns for history in regressors])
        columns = [on_sessions(history, first.sessions, history.instrument.returns) for history in regressors]
        x = np.stack(columns, axis=1) if columns else np.empty((len(first), 0))
        x = model.columns(x, np.isfinite(first.returns))  # over the series' own steps, shape (T, k)
        # Sessions that no placebo window meets: those of `clean`, or the event sessions themselves.
        news = touched(len(first), of.market_events.position, design.reading(design.clean or Window(0, 0)))
        usable = model.complete(first.returns, x) & (~news if design.clean else True)
        n_blocks = -(-len(names) * len(first) // _AT_ONCE) if model.side_by_side else len(names)
        n_blocks += n_blocks % 2 if n_blocks > 1 else 0  # two threads share an even number alike
        step = -(-len(names) // max(n_blocks, 1))
        for some in (names[start : start + step] for start in range(0, len(names), step)):
            y = np.stack([histories[name].returns for name in some], axis=1)
            tasks.append((Block(of, design, x, usable, news, y, first.instrument.returns),))
            blocks.append(some)
    much = model.side_by_side and sum(map(len, studied)) > _WORTH_THREADS
    found = dict[str, SeriesSample]()
    for names, block in zip(blocks, run_tasks(estimate_block, tasks, executor, progress, threads=much), strict=True):
        said: dict[Any, Any] = {}
        for column, name in enumerate(names):
            of_series = SeriesSample(name, matches.events, histories[name], matches.series[name], block, column)
            found[name] = _with_shortfalls(of_series, said)
    return Samples((name, found[name]) for name in every)


def estimate_block(block: Block) -> Block:
    """Return S series estimated side by side at each of T sessions."""
    design, y, x, usable = block.design, block.y, block.x, block.usable
    if design.model.everywhere:
        fits = design.model.fit_table(y, x, usable, design.estimation)
    else:  # the model takes long: event sessions alone
        n_obs = window_sums(usable[:, None].astype(np.float64), design.estimation, 0.0).ravel().astype(np.int64)
        chosen = block.matches.market_events.position
        chosen = chosen[n_obs[chosen] >= design.min_obs]
        fits = design.model.fit(y.ravel(), x, usable, chosen, design.estimation).spread(chosen, n_obs)
    few = (fits.n_obs < design.min_obs) | np.isnan(fits.sigma)
    fits = replace(fits, alpha=np.where(few, np.nan, fits.alpha), sigma=np.where(few, np.nan, fits.sigma))
    each = [cumulated(y, x, fits, window, partial=design.missing == "partial") for window in design.windows]
    car, se, n = (np.stack(part, axis=-1) for part in zip(*each, strict=True))
    return replace(block, fits=fits, car=car, se=se, n=n)


def _with_shortfalls(of: SeriesSample, said: dict[Any, Any]) -> SeriesSample:
    """Exclude the events that cannot be estimated, and say of the others which windows are incomplete.

    What is said of one series of a block holds for the others in the same case: it is kept in `said`.
    """
    news, windows, block = of.matches.market_events, of.design.windows, of.block
    lost = np.isnan(block.car[news.position, of.column])
    partial = block.n[news.position] != [window.n_sessions for window in windows]
    doubtful = np.flatnonzero((lost | partial).any(axis=1))
    if not len(doubtful):
        return of
    no_sigma = np.isnan(block.fits.sigma[news.position * block.y.shape[1] + of.column])
    if (every := (lost.tobytes(), no_sigma.tobytes())) in said:  # nearly always: all series have the same gaps
        return replace(of, matches=said[every])
    excluded, texts = lost.all(axis=1), np.full(len(news.position), "", dtype=object)
    for k, position in zip(doubtful.tolist(), news.position[doubtful].tolist(), strict=True):
        if (case := (position, bool(no_sigma[k]), lost[k].tobytes())) not in said:
            gaps = [] if excluded[k] else [of.shortcoming(position, w) for w in range(len(windows))]
            said[case] = "incomplete: " + "; ".join(filter(None, gaps)) if gaps else _why_not(of, position)
        texts[k] = said[case]
    some = texts[news.owner] != ""
    events, out, new = news.members[some], excluded[news.owner[some]], texts[news.owner[some]]
    status, reason = of.matches.status.copy(), of.matches.reason.copy()
    status[events[out]] = EXCLUDED
    reason[events] = np.where(out | (reason[events] == ""), new, reason[events] + "; " + new)
    said[every] = replace(of.matches, status=status, reason=reason)
    return replace(of, matches=said[every])


def _why_not(of: SeriesSample, position: int) -> str:
    """Say why an event at a session cannot be estimated, and where the sessions to learn from went."""
    design, fits, sessions, names = of.design, of.fits, of.history.sessions, ", ".join(of.design.model.regressors)
    n_obs, where = int(fits.n_obs[position]), f"in estimation {design.estimation}"
    if n_obs >= design.min_obs and not np.isnan(fits.sigma[position]):
        return "window: " + of.shortcoming(position, 0)
    if n_obs >= design.min_obs:
        made = f"{where} a series of the regression does not vary, or is made of the others"
        if fits.converged is not None and not fits.converged[position]:
            return f"no-estimate: {made}, or the search of the model '{design.model.name}' came to no end"
        return f"constant: {made}"
    low, high, length = position + design.estimation.first, position + design.estimation.last + 1, len(sessions)
    early, late = (min(max(n, 0), high - low) for n in (-low, high - length))
    rows = slice(max(low, 0), max(high, 0))
    news = of.block.news[rows] & (design.clean is not None)
    lost = ~of.block.usable[rows] & ~news
    n_lost, no_return = np.count_nonzero(lost), np.count_nonzero(lost & ~np.isfinite(of.history.returns[rows]))
    first = int(np.argmax(fits.n_obs >= design.min_obs))
    lines = {
        f"{early} of its sessions lie before the sample, which begins {sessions[0]}": early,
        f"{late} of its sessions lie behind the sample, which ends {sessions[-1]}": late,
        f"{news.sum()} are sessions of events (clean {design.clean}; --clean none leaves them in)": news.any(),
        f"without a return: {no_return}": no_return,
        f"without a return of {names}: {n_lost - no_return}": n_lost - no_return,
        f"the first possible event session is {sessions[first]}": first > position,
    }
    why = "; ".join(line for line, holds in lines.items() if holds)
    return f"few-observations: {n_obs} of {design.min_obs} returns {where}; {why}"


def variance_history(of: SeriesSample) -> History:
    """Return whether a series moved more than usual: squared abnormal returns over the variance expected before each.

    The history is of levels, about 1 on ordinary sessions and NaN before the recursion has started. Studied against
    their own estimation mean, they are the abnormal variance ratio less 1, cumulated over the window.

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
        ratio = (of.every("ar") / of.every("scale")) ** 2
    ratio[np.isinf(ratio)] = np.nan  # where nothing moved before
    said: dict[str, Any] = {"label": f"{of.history.instrument.label}, variance", "unit": VARIANCE}
    said |= {"orientation": 1, "returns": "level", "up": "it moved more than was expected"}
    return replace(of.history, instrument=replace(of.history.instrument, **said), returns=ratio, prices=None)


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
    df: Ints

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
