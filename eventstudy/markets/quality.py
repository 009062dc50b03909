"""What looks wrong in a price series, alone and against another: stale runs, bad ticks, splits, units, wrong days."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from types import SimpleNamespace
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.files import bundled_toml
from eventstudy.markets.history import DAILY_DAYS, History, common_sessions
from eventstudy.markets.instrument import entry_of
from eventstudy.markets.stamp import Dates, listed
from eventstudy.returns import OWN_UNIT, Floats, returns_from_prices, usable
from eventstudy.wording import counted

Severity = Literal["note", "warning", "severe"]
SEVERITIES: tuple[str, ...] = get_args(Severity)


@dataclass(frozen=True)
class Finding:
    """One thing that looks wrong.

    Parameters
    ----------
    kind : str
        ``stale``, ``zero-returns``, ``no-return``, ``bad-tick``, ``hole``, ``phantom``, ``long-step``, ``unit``,
        ``split``, ``zone``, ``per-cent``, ``yield``, ``spacing``, ``quote``, ``alignment``, ``few-common``
        or ``known``.
    first, last : datetime64[D]
        Where.
    n : int
        How many sessions, dates or returns it concerns.
    detail : str
        What was found and what it means, in a sentence.
    severity : {'note', 'warning', 'severe'}
        A note is good to know; a warning can change a result; what is severe makes most results wrong.
    """

    kind: str
    first: np.datetime64
    last: np.datetime64
    n: int
    detail: str
    severity: Severity


def _found(
    kind: str, days: Dates, detail: str, severity: Severity = "warning", *, n: int | None = None
) -> Iterator[Finding]:
    """Yield a finding over some dates, their number if no other is given; none where there are no dates."""
    if len(days):
        yield Finding(kind, days[0], days[-1], len(days) if n is None else n, detail, severity)


#: The figures from which on something looks wrong; the file says why.
RULES = SimpleNamespace(**bundled_toml("eventstudy.markets", "quality.toml"))

#: Returns from this on are written with a power of ten.
_LARGE = 1e6

#: Kinds of finding that say that a price jumped.
_JUMPS = {"bad-tick", "no-return", "split", "unit"}

#: Most days between the sessions of weekly, monthly, quarterly figures.
SPACINGS = {10: "weekly", 20: "fortnightly", 45: "monthly", 120: "quarterly"}


def data_warnings(
    history: History, days: Sequence[np.datetime64] | Dates = (), before: int = 0, after: int = 0
) -> tuple[str, ...]:
    """Return what makes the numbers of a study wrong, a line each: per cent, splits, wide spacing, stale runs.

    Parameters
    ----------
    history : History
        What is checked, in about a millisecond for 3,000 sessions; `check_history` looks closer.
    days : sequence of datetime64[D]
        The days around which the figures are used; none: all of them are.
    before, after : int
        How many sessions before and after each of the days.

    Returns
    -------
    tuple of str
        Each names series and dates; empty where nothing looks wrong on the sessions used.

    Examples
    --------
    >>> from eventstudy.markets.history import histories_from_prices
    >>> quiet = 100 + np.random.default_rng(1).normal(0, 1, 40)
    >>> prices = pd.DataFrame({"mine": quiet / np.repeat([1, 4], 20)}, index=pd.bdate_range("2022-01-03", periods=40))
    >>> data_warnings(histories_from_prices(prices)["mine"])
    ('mine, 2022-01-31: from 99.74 to 25 looks like a 4:1 split; --adjust-splits divides the prices before it by 4',)
    """
    found = _findings(history, _per_cent) or _findings(history, _splits, _yields)
    jumps = {one.first for one in found}
    ticks = [one for one in _findings(history, partial(_bad_ticks, far=True)) if one.first not in jumps]
    at = np.searchsorted(history.sessions, np.asarray(days, dtype=history.sessions.dtype))

    def used(finding: Finding) -> bool:
        first, last = np.searchsorted(history.sessions, np.array([finding.first, finding.last]))
        return not len(at) or bool(((first <= at + after) & (last >= at - before)).any())

    several = [(ticks, "such print")]
    if history.bar is None:
        found += _findings(history, _wrong_days)
        several += [(sorted(_findings(history, _stale), key=lambda run: -run.n), "such run")]
    found = [one for one in found if used(one)]
    for alike, what in several:
        shown = [one for one in alike if used(one)]
        more = f"; {counted(len(shown) - 1, f'more {what}')}" if len(shown) > 1 else ""
        found += [replace(one, detail=one.detail + more) for one in shown[:1]]
    spans = (str(one.first) if one.first == one.last else f"{one.first} .. {one.last}" for one in found)
    return tuple(f"{history.name}, {span}: {one.detail}" for span, one in zip(spans, found, strict=True))


def check_history(history: History, reference: History | None = None) -> tuple[Finding, ...]:
    """Return what looks wrong in a price history, and in it against another one.

    Parameters
    ----------
    history : History
        What is checked.
    reference : History, optional
        A history of the same market, or one that moves with it.

    Returns
    -------
    tuple of Finding
        The gravest first, each kind in order of date.

    Examples
    --------
    >>> from eventstudy.markets.bundled import load_series
    >>> from eventstudy.markets.history import histories_from_prices
    >>> history = histories_from_prices(load_series("eia-henry-hub-2013").to_frame())["henry-hub"]
    >>> [(finding.kind, finding.severity) for finding in check_history(history)]
    [('zero-returns', 'warning'), ('known', 'note')]
    """
    found = _findings(history, _stale, _no_move, _bad_ticks, _splits, _calendar, _per_cent, _yields, _wrong_days)
    for why in dict.fromkeys(fact.why for _, fact in history.known):  # rolls, figures on holidays, jumps that were real
        days = np.array([day for day, fact in history.known if fact.why == why])
        found += _found("known", days, f"{why}: {listed(days)}", "note")
    if reference is not None:
        found += _against(history, reference)
    return tuple(sorted(found, key=lambda one: (-SEVERITIES.index(one.severity), one.kind, one.first)))


def _findings(history: History, *checks: Callable[[History], Iterator[Finding]]) -> list[Finding]:
    """Return what some checks find, but no jump on a session of which the catalogue knows that the market jumped."""
    real = {day for day, fact in history.known if fact.real} if history.instrument.known else set()
    with np.errstate(over="ignore", invalid="ignore"):  # prices may be infinite, or 1e300
        found = [finding for check in checks for finding in check(history)]
    return [one for one in found if one.first not in real or one.kind not in _JUMPS]


def _stale(history: History) -> Iterator[Finding]:
    """Yield every run of sessions at one price, or with returns of 0."""
    prices, days = history.prices, history.sessions
    moved = history.returns[1:] != 0 if prices is None else np.diff(prices) != 0
    edges = np.concatenate([[-1], np.flatnonzero(moved), [len(history) - 1]])  # where runs end
    for k in np.flatnonzero(np.diff(edges) >= RULES.stale_run).tolist():
        run = days[edges[k] + 1 : edges[k + 1] + 1]
        where = "without a move" if prices is None else f"at {prices[edges[k] + 1]:g}"
        yield from _found("stale", run, f"{len(run)} sessions {where}: carried over, halted or pegged")


def _no_move(history: History) -> Iterator[Finding]:
    """Yield returns exactly zero, a note from 2 % of them on and a warning from 10 %, and prices without a return.

    These are infinite, or not positive where returns need it: 0 and -999 often mean "none".
    """
    n, zeros = int(np.isfinite(history.returns).sum()), history.returns == 0
    share = zeros.sum() / max(n, 1)
    severity: Severity = "note" if share < RULES.zero_shares[1] else "warning"
    detail = f"{100 * share:.1f} % of {n} returns are exactly zero: rounded, carried over or hardly traded"
    yield from _found("zero-returns", history.sessions[zeros & (share >= RULES.zero_shares[0])], detail, severity)
    if history.prices is not None:
        bad = ~(usable(history.prices, history.instrument.returns) | np.isnan(history.prices))
        days = history.sessions[bad]
        given = ", ".join(dict.fromkeys(f"{price:g}" for price in history.prices[bad][:5]))
        mend = "leave the cells empty if they mean no price"
        yield from _found("no-return", days, f"no return beside prices of {given}: {listed(days)}; {mend}")


def _bad_ticks(history: History, *, far: bool = False) -> Iterator[Finding]:
    """Yield the sessions whose price leaps away and is back the session after.

    News moves a price too, but seldom back again by the same amount within a session. With r the log return (or
    difference) into the session, r' the one out of it and s = 1.4826 MAD of the 30 returns before and the 30 after the
    two, a tick is bad when r and r' have opposite signs, both exceed 7 s, and |r + r'| is at most a quarter of the
    larger. Median and MAD are not moved by the tick itself or by others near it, and a local scale keeps a crisis from
    hiding a calm year's tick or from being taken for one. The last session cannot be judged. Those that are `far` are
    steps that hardly a market makes and takes back.
    """
    returns = history.returns
    if history.instrument.returns == "simple":  # +50 % and -33 % undo each other; their logs show it
        with np.errstate(divide="ignore", invalid="ignore"):
            returns = np.log1p(returns)
    into, out = returns[:-1], returns[1:]
    smaller, larger = np.minimum(np.abs(into), np.abs(out)), np.maximum(np.abs(into), np.abs(out))
    at = np.flatnonzero((into * out < 0) & (np.abs(into + out) <= RULES.tick_left * larger))
    steps, least, _ = _steps(history)
    if far:
        at = at[np.minimum(np.abs(steps[at]), np.abs(steps[at + 1])) > least]
    sigma = _sigma_around(returns, at, 2)
    z = smaller[at] / np.where(sigma > 0, sigma, np.nan)
    for k in np.flatnonzero(z > (RULES.perhaps_z if far else RULES.tick_z)).tolist():
        t = int(at[k])
        moves = f"{_move(history, t)} into it and {_move(history, t + 1)} out of it"
        factor = f" (factor {np.exp(abs(steps[t])):.3g})" if far else ""
        detail = f"{moves}{factor}, {z[k]:.0f} robust standard deviations and back: a bad print?"
        yield from _found("bad-tick", history.sessions[t : t + 1], detail)


def _splits(history: History) -> Iterator[Finding]:
    """Yield each of the `split_steps`, with what ``--adjust-splits`` would do."""
    own = _steps(history)[2]
    for t, k, is_what in split_steps(history):
        prices, ratio = history.prices, abs(k)
        part = Fraction(ratio).limit_denominator(4)
        ends = (part.numerator, part.denominator)[:: 1 if k > 0 else -1]
        what = f"a {ends[0]}:{ends[1]} {'' if k > 0 else 'reverse '}split"
        what += ", or another unit" if ratio in RULES.unit_factors else ""
        what += ", unless the market itself moved so" if part.denominator > 1 or own else ""
        verb = "divides" if k > 0 else "multiplies"
        mend = "adjust for it" if prices is None else f"--adjust-splits {verb} the prices before it by {ratio:g}"
        said = RULES.says[is_what].format(ratio=ratio, what=what, mend=mend)
        step = _move(history, t) if prices is None else f"from {prices[t - 1]:.4g} to {prices[t]:.4g}"
        kind = "unit" if is_what in {"inverse", "unclear"} or ratio in RULES.unit_factors else "split"
        gravity: Severity = "warning" if is_what == "perhaps" else "severe"
        yield from _found(kind, history.sessions[t : t + 1], step + said, gravity)


def _sigma_around(values: Floats, at: NDArray[np.int64], left_out: int) -> Floats:
    """Return the robust standard deviation around some positions, without so many values from each on; NaN of few."""
    side = np.r_[-RULES.side : 0, left_out : left_out + RULES.side] + RULES.side
    finite = np.where(np.isfinite(values), values, np.nan)
    around = np.pad(finite, (RULES.side, RULES.side + left_out), constant_values=np.nan)[at[:, None] + side]
    few = np.isfinite(around).sum(axis=1) < RULES.fewest
    around[few] = 0.0
    centre = np.nanmedian(around, axis=1, keepdims=True)
    return np.where(few, np.nan, RULES.mad_to_sigma * np.nanmedian(np.abs(around - centre), axis=1))


def _move(history: History, t: int) -> str:
    value = history.returns[t]
    if history.instrument.unit:
        return f"{value:+.3g} {history.instrument.unit}"
    return f"{100 * value:+.2f} %" if abs(value) < _LARGE else f"{100 * value:+.3g} %"


def _calendar(history: History) -> Iterator[Finding]:
    """Yield where the dates of a history do not match its calendar.

    ``hole``: sessions without a price, a finding a run. ``phantom``: prices on days that are no session. Without a
    calendar, ``long-step``: a week or more without a price.
    """
    calendar = history.instrument.calendar
    if not calendar:
        for k in np.flatnonzero(history.gap_days >= RULES.long_step_days).tolist():
            detail = f"{history.gap_days[k]:.0f} days without a price"
            yield from _found("long-step", history.sessions[k - 1 : k + 1], detail, "note", n=1)
        return
    runs = np.searchsorted(history.sessions, history.holes)
    for days in (history.holes[runs == run] for run in np.unique(runs)):
        over = f"{counted(len(days), 'session')} of {calendar}: {listed(days)}"
        yield from _found("hole", days, f"no price on {over}; the return over it is left out")
    days = history.dropped
    detail = f"{counted(len(days), 'price')} on no session of {calendar}: {listed(days)}; left out"
    yield from _found("phantom", days, detail)


def _steps(history: History) -> tuple[Floats, float, bool]:
    """Return the steps of the log prices, NaN where there are none; the smallest looked at; whether in its own unit."""
    prices, kind, entry = history.prices, history.instrument.returns, entry_of(history.name)
    own = kind in OWN_UNIT or (entry is not None and entry.returns in OWN_UNIT)
    with np.errstate(divide="ignore", invalid="ignore"):
        if prices is not None:
            steps = np.diff(np.log(prices), prepend=np.nan)
        elif kind in OWN_UNIT:
            steps = np.full(len(history), np.nan)
        else:
            steps = history.returns if kind == "log" else np.log1p(history.returns)
    return steps, float(np.log(RULES.own_unit_step)) if own else RULES.smallest_split, own


def split_steps(history: History) -> list[tuple[int, float, str]]:
    """Return the sessions at which the price steps as by a split, or by a change of its unit.

    Parameters
    ----------
    history : History
        With prices, or with returns from which their steps follow.

    Returns
    -------
    list of (int, float, str)
        Position, ratio (1.5 of a 3:2 split; negative for a step up, as of a reverse one) and what it is: ``split``,
        ``print`` (the level comes back), ``inverse`` (the quote is turned over), ``unclear`` (no round ratio, and
        more than any market moves) or ``perhaps`` (no round ratio, and far more than this one moves); see
        ``quality.toml`` for the rule.
    """
    steps, least, own = _steps(history)
    at = np.flatnonzero((np.abs(steps) > least) & np.isfinite(steps))
    if history.instrument.returns == "level" or not len(at):
        return []
    parts = [whole / part for whole, part in RULES.part_splits]
    ratios = np.array([*parts, *RULES.whole_splits], dtype=np.float64)
    size, sigma = np.abs(steps[at]), _sigma_around(steps, at, 1)
    ratio = ratios[np.abs(size[:, None] - np.log(ratios)).argmin(axis=1)]
    part = np.isin(ratio, parts)
    near = np.maximum(RULES.split_sigmas * sigma, RULES.split_nearness[0])
    near = np.minimum(near, np.where(part, RULES.split_nearness[0], RULES.split_nearness[1]))
    off, whole = np.abs(size - np.log(ratio)), np.log(ratios[~np.isin(ratios, parts)])
    apart = np.sort(np.abs(whole - np.log(ratio)[:, None]), axis=1)[:, 1]  # from the next whole ratio
    before, after = steps[np.maximum(at - 1, 0)], steps[np.minimum(at + 1, len(steps) - 1)]
    ordinary = np.maximum(RULES.split_beside * sigma, RULES.split_nearness[0])
    calm = np.all([~np.isfinite(one) | (np.abs(one) <= ordinary) for one in (before, after)], axis=0)
    large, fits = size > np.log(RULES.unclear), off <= np.where(part, near, np.minimum(near, RULES.split_apart * apart))
    undone = ((fits & (ratio >= RULES.unit_print)) | large) & (np.abs(steps[at] + after) <= 2 * near)
    z = np.where(part, RULES.part_split_z, RULES.split_z)
    found = (size > z * sigma) & (fits | (large & (not own))) & (calm | undone)
    if own:  # 0.01 to 0.04 is far on a scale of ratios, and little for a yield
        found &= np.abs(history.returns[at]) > RULES.split_z * _sigma_around(history.returns, at, 1)
    far = size > np.where(off <= near, z, RULES.perhaps_z) * sigma
    perhaps = ~found & calm & (not own) & (size > RULES.perhaps) & far
    prices = np.full(len(history), np.nan) if history.prices is None else history.prices
    turned = large & (np.abs(np.log(prices[at - 1] * prices[at])) < RULES.unit_nearness)
    cases = {"perhaps": perhaps, "print": ~calm, "inverse": turned, "split": fits, "unclear": size > np.log(RULES.unit)}
    is_what = np.select([*cases.values()], [*cases], "perhaps")
    factor = np.round(np.exp(np.minimum(size, 709.0)))  # of more it is infinite
    signed = np.where(fits, ratio, factor) * -np.sign(steps[at])
    return [(int(at[k]), float(signed[k]), str(is_what[k])) for k in np.flatnonzero(found | perhaps)]


def without_splits(prices: pd.DataFrame, histories: Mapping[str, History]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return prices adjusted for the `split_steps` of their histories, and a line for each.

    Parameters
    ----------
    prices : DataFrame, shape (T, S)
        Prices by session.
    histories : mapping of str to History
        What was made of them.

    Returns
    -------
    prices : DataFrame, shape (T, S)
        Earlier prices divided (after a split) or multiplied (after a reverse one) by the ratio.
    notes : tuple of str
        What was adjusted.
    """
    adjusted, notes = prices.copy(), []
    for name, history in histories.items():
        for t, k, is_what in split_steps(history):
            if is_what == "split" and history.prices is not None:
                day = history.sessions[t] + np.timedelta64(history.instrument.dated_late, "D")
                adjusted.loc[prices.index < pd.Timestamp(day), name] *= 1 / k if k > 0 else -k
                verb = "divided" if k > 0 else "multiplied"
                notes.append(f"{name}: prices before {day} {verb} by {abs(k):g} (adjust_splits)")
        if _steps(history)[2] and not any(note.startswith(f"{name}: ") for note in notes):
            least = f"none of them was taken out, and below {RULES.own_unit_step:g}:1 they are its own"
            notes.append(f"{name}: its changes are differences; {least} (adjust_splits)")
    adjusted.attrs = dict(prices.attrs)
    return adjusted, tuple(notes)


def _wrong_days(history: History) -> Iterator[Finding]:
    """Yield rarer than daily figures, weeks without a Friday (midnights of another zone?), and filled weekends."""
    if len(history) < RULES.fewest or history.bar is not None:
        return
    gaps = history.gap_days[1:]
    daily = np.count_nonzero(gaps <= DAILY_DAYS) > len(gaps) / 2  # then so is the median, which takes ten times as long
    apart = 1.0 if daily else float(np.median(gaps))
    edges = np.flatnonzero(np.diff((gaps > DAILY_DAYS).astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    long = edges[np.diff(edges).ravel() >= RULES.rarer_run].tolist()
    runs = [(k, stop) for k, stop in long if np.ptp(gaps[k:stop]) <= RULES.rarer_alike]
    for k, stop in [(0, len(gaps))] if apart > DAILY_DAYS else runs:
        dates, between = history.sessions[k : stop + 1], float(np.median(gaps[k:stop]))
        name = next((name for most, name in SPACINGS.items() if between <= most), "yearly")
        detail = f"{name} figures ({between:g} days apart): windows count these, not days"
        if name not in {"weekly", "fortnightly"} and (pd.DatetimeIndex(dates).day == 1).all():
            detail += "; all are dated the 1st: figures of a month's end belong on its last day"
        yield from _found("spacing", dates, detail)
    if apart > DAILY_DAYS or history.instrument.calendar:
        return
    days = (history.sessions.astype(np.int64) + 3) % 7
    share = np.bincount(days, minlength=7) / len(history)
    if max(share[5:]) < RULES.sundays:
        return
    known = history.returns[(days > 4) & np.isfinite(history.returns)]  # noqa: PLR2004
    if min(share[5:]) > RULES.sundays and len(known) and (known == 0).mean() > RULES.carried:
        detail = "Saturdays and Sundays at the price before: carried over, a window counts them; leave them out"
        yield from _found("zone", history.sessions, detail, "severe", n=len(known))
    elif share[6] >= RULES.sundays and share[4] <= RULES.fridays:
        week = "Saturday to Wednesday" if share[5] >= RULES.sundays else "Sunday to Thursday"
        early = "or a day early, as midnights of another time zone"
        detail = f"dated {week}: such a market (--exchange says which), {early}"
        yield from _found("zone", history.sessions, detail)


def _yields(history: History) -> Iterator[Finding]:
    """Yield figures that are called a yield and stand as low as one in per cent, where returns are taken of them."""
    words = r"(?<![^\W_])(yields?|spreads?|(?:interest|policy|key|swap) rates?)(?![^\W_])"
    called = re.search(rf"(?i)^(?!.*(?:high[\W_]?yield|\betf\b|\bfund\b)).*?{words}", history.name)
    if not len(history) or history.prices is None or history.instrument.returns in OWN_UNIT or not called:
        return
    typical = float(np.nanmedian(np.abs(history.prices)))
    if typical < RULES.yields:
        detail = f"called a {called[1].lower()}, at {typical:.3g} typically: a change of it is divided by the last"
        yield from _found("yield", history.sessions, f"{detail} value; --returns difference takes changes as they are")


def _per_cent(history: History) -> Iterator[Finding]:
    """Yield returns that no market makes, unless they are in per cent, or gross."""
    if history.prices is not None or history.instrument.returns in OWN_UNIT:
        return
    known = history.returns[np.isfinite(history.returns)]
    if len(known) < RULES.fewest:
        return
    typical, lowest = float(np.median(np.abs(known))), float(known.min())
    impossible = history.instrument.returns == "simple" and lowest < -1
    if impossible or typical > RULES.per_cent * np.sqrt(max(1.0, float(np.median(history.gap_days[1:])))):
        why = f", the lowest {lowest:.3g} (a simple return of less than -1)" if impossible else ""
        gross = lowest > 0 and typical < 2  # noqa: PLR2004
        mend = "gross ones (1 + r); subtract 1" if gross else "per cent; divide them by 100"
        detail = f"typical returns of ±{typical:.2g}{why} look like {mend}"
        yield from _found("per-cent", history.sessions, detail, "severe", n=len(known))


LAGS = (-1, 0, 1)


class Alignment(NamedTuple):
    """Correlations of a series' returns with those of a reference at lags of -1, 0 and +1 session.

    Parameters
    ----------
    dates : ndarray of datetime64[D], shape (T,)
        The common sessions.
    returns, reference : ndarray, shape (T,)
        Returns of both from each common session to the next, as quoted, not oriented.
    n : int
        Returns both have at lag 0.
    pearson, spearman : mapping of int to float
        By lag: at +1 the series' return of one session beside the reference's of the next, so that the best at +1 means
        that the series is dated a session early; NaN where fewer than three pairs are known.
    """

    dates: Dates
    returns: Floats
    reference: Floats
    n: int
    pearson: Mapping[int, float]
    spearman: Mapping[int, float]

    @property
    def best_lag(self) -> int:
        """The lag at which the ranks agree best, in either direction; 0 where none is known."""
        known = [lag for lag in LAGS if np.isfinite(self.spearman[lag])]
        return max(known, key=lambda lag: (abs(self.spearman[lag]), lag == 0), default=0)

    def __str__(self) -> str:
        cells = [f"{lag:+d}: {self.spearman[lag]:.2f} ({self.pearson[lag]:.2f})" for lag in LAGS]
        return f"rank (Pearson) correlation at lag {', '.join(cells)}; {self.n} common returns".replace("+0", "0")


def align(history: History, reference: History) -> Alignment:
    """Correlate the returns of two histories at lags of -1, 0 and +1 common session.

    Parameters
    ----------
    history, reference : History
        The series and what it is held against. Where both have prices, returns are taken over the very same steps.

    Returns
    -------
    Alignment
        Ranks (Spearman) are not moved by bad prints, Pearson's correlation is.

    Examples
    --------
    >>> from eventstudy.markets.bundled import join_series
    >>> from eventstudy.markets.history import histories_from_prices
    >>> both = histories_from_prices(join_series(["eia-brent-2013", "eia-wti-1986"]))
    >>> print(align(both["brent"], both["wti"]))
    rank (Pearson) correlation at lag -1: 0.13 (0.16), 0: 0.73 (0.69), +1: 0.05 (-0.04); 3376 common returns
    """
    dates = common_sessions([history, reference])
    own, other = (
        one.returns[at] if one.prices is None else returns_from_prices(one.prices[at], one.instrument.returns)
        for one, at in ((one, np.searchsorted(one.sessions, dates)) for one in (history, reference))
    )
    pairs = pd.DataFrame({lag: pd.Series(other, dtype=float).shift(-lag) for lag in LAGS}).assign(own=own)
    pairs = pairs.replace([np.inf, -np.inf], np.nan)
    pearson, spearman = (pairs.corr(kind, min_periods=3)["own"] for kind in ("pearson", "spearman"))
    by_lag = ({lag: float(one[lag]) for lag in LAGS} for one in (pearson, spearman))
    return Alignment(dates, own, other, int(np.isfinite(own + other).sum()), *by_lag)


def _against(history: History, reference: History) -> Iterator[Finding]:
    """Yield what looks wrong in a history when it is held against another: alignment, quote, few-common."""
    alignment = align(history, reference)
    if alignment.n < RULES.fewest_common:
        days = alignment.dates if len(alignment.dates) else history.sessions[:1]
        detail = f"{counted(alignment.n, 'return')} in common with {reference.name}: too few to compare"
        yield from _found("few-common", days, detail, "note", n=alignment.n)
        return
    days, n, ranks, best = alignment.dates, alignment.n, alignment.spearman, alignment.best_lag
    size = {lag: float(np.arctanh(min(abs(rank), 1.0 - 1e-12))) for lag, rank in ranks.items()}
    error = 1.0 / np.sqrt(n - 3.0)  # of Fisher's z
    beside = max((lag for lag in LAGS if lag != 0), key=lambda lag: abs(ranks[lag]))
    on = {lag: "the next session" if lag > 0 else "the session before" for lag in LAGS}

    def found(said: str, severity: Severity) -> Iterator[Finding]:
        return _found("alignment", days, f"{said}. {alignment} with {reference.name}", severity, n=n)

    if best != 0 and size[best] - size[0] > RULES.clearly * error:
        dated = f"dated a session {'early' if best > 0 else 'late'}"
        yield from found(f"{dated}: its move is the reference's of {on[best]}", "severe")
    elif abs(ranks[beside]) > max(RULES.clearly * error, RULES.split_share * abs(ranks[0])):
        apart = f"part of each move is the reference's of {on[beside]}: the two are struck hours apart"
        yield from found(apart, "warning")
    if abs(ranks[best]) - abs(alignment.pearson[best]) > RULES.outliers:
        moved = np.sign(ranks[best]) * pd.Series(alignment.reference).shift(-best).to_numpy()
        apart = np.abs(alignment.returns - moved)
        worst = np.sort(days[np.argsort(np.where(np.isfinite(apart), -apart, np.inf))[:3]])
        hidden = "a few extreme returns hide it from Pearson's correlation, above all those of"
        yield from found(f"{hidden} {listed(worst)}", "warning")
    yield from _quotes(history, reference, days)


def _quotes(history: History, reference: History, dates: Dates) -> Iterator[Finding]:
    """Say whether two quotes of one thing stand in different units, or one is the inverse of the other."""
    quotes = history.instrument.quote, reference.instrument.quote
    alike = history.name == reference.name or not all(quotes) or quotes[0] == quotes[1]
    if history.prices is None or reference.prices is None or not alike:
        return
    own = history.prices[np.searchsorted(history.sessions, dates)]
    other = reference.prices[np.searchsorted(reference.sessions, dates)]
    if np.any(own <= 0) or np.any(other <= 0):
        return
    straight, inverse = np.log(own) - np.log(other), np.log(own) + np.log(other)
    level, product = float(np.median(straight)), float(np.median(inverse))
    spreads = [float(np.median(np.abs(logs - np.median(logs)))) for logs in (straight, inverse)]
    correlation, name = float(np.corrcoef(np.log(own), np.log(other))[0, 1]), reference.name
    if correlation < 0 and spreads[1] < min(RULES.same_thing, spreads[0]):
        times = "" if abs(product) < RULES.same_level else f", times {np.exp(product):.4g}"
        what = f"the inverse of {name}'s quote{times} (correlation of log levels {correlation:.2f})"
        yield from _found("quote", dates, what, "severe")
    elif spreads[0] < RULES.same_thing and abs(level) > RULES.same_level:
        ratio = f"{np.exp(level):.4g} times {name}'s" if level > 0 else f"1/{np.exp(-level):.4g} of {name}'s"
        yield from _found("quote", dates, f"the level is {ratio}: another unit, currency or contract", "severe")
