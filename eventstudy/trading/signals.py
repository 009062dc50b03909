"""Point-in-time signals: at every event, what past events alone say about the next holding period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from eventstudy.inference.placebo import clear_of, effective_n, touched
from eventstudy.markets.identity import Told
from eventstudy.matching import KEPT, MIXED
from eventstudy.returns import Floats
from eventstudy.study.placebo import placebo_of_mean
from eventstudy.trading.market import (
    AROUND_ENTRIES,
    Choices,
    Ints,
    Market,
    Setting,
    exit_positions,
    make_setting,
    n_apart,
)
from eventstudy.window import Window

_COLUMNS = (
    *("event_id", "series", "stance", "net_stance", "published_at", "event_session", "tradable_from", "entry_session"),
    *("exit_session", "hold", "direction", "expected", "unit", "volatility", "n", "n_apart", "mean_z", "se_z"),
    *("shrinkage", "reason", "p_value", "days"),
)


def shrink(reactions: Floats, n_apart: int) -> tuple[float, float, float]:
    """Shrink the mean of some reactions toward zero.

    Parameters
    ----------
    reactions : ndarray, shape (n,)
        Reactions, in units of volatility.
    n_apart : int
        How many of them have holding periods that do not overlap.

    Returns
    -------
    mean, se, factor : float
        Mean, its standard error and the share of the mean that is kept, 0 to 1; NaN where there are too few.

    Notes
    -----
    ``se = s / sqrt(n_apart)``, with s the standard deviation over the n reactions (n - 1 below): reactions that share
    sessions are not counted as independent. If the true mean is drawn from N(0, v) and the sample mean m from
    N(true, se²), the posterior mean is ``v / (v + se²) m``. The variance of m over both draws is v + se², so
    ``max(m² - se², 0)`` estimates v, and what is kept of m is ``max(0, 1 - se²/m²)``, the positive-part Stein rule for
    one mean: nothing where the mean lies within one standard error of zero, three quarters at two.

    References
    ----------
    Efron and Morris (1973), Stein's estimation rule and its competitors: an empirical Bayes approach, JASA 68.

    Examples
    --------
    >>> shrink(np.array([1.0, 3.0]), 2)
    (2.0, 1.0, 0.75)
    """
    n = len(reactions)
    mean = float(np.mean(reactions)) if n else np.nan
    if n < 2 or n_apart < 1:  # noqa: PLR2004  # one figure has no spread
        return mean, np.nan, np.nan
    se = float(np.std(reactions, ddof=1) / np.sqrt(n_apart))
    return mean, se, max(0.0, 1.0 - (se / mean) ** 2) if mean else 0.0


@dataclass(frozen=True, eq=False)
class Signals:
    """Signals as they could have been made at the time: one row an event and series, see ``docs/trading.md``."""

    setting: Setting
    table: pd.DataFrame

    def __repr__(self) -> str:
        given = int((self.table["direction"] != 0).sum())
        return f"<Signals: {given} of {len(self.table)} pairs of event and series have one>\n{self.table}"


def make_signals(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Told] | None = None,
    series: Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    **choices: Any,
) -> Signals:
    """Say for every event what those before it alone would have made one expect.

    Parameters
    ----------
    events : DataFrame
        One event a row; ``time`` and ``stance`` are required.
    prices : DataFrame, shape (T, S)
        Prices as quoted, indexed by session, a column an instrument, or a frame as yfinance gives it.
    instruments : mapping of str to Instrument or mapping, optional
        What columns are, where the catalogue does not know or should not decide.
    series : sequence of str, optional
        Columns to make signals for; default all.
    as_of : str, date or datetime, optional
        The instant beyond which nothing is looked at, as for `EventStudy`.
    **choices
        The other fields of `Choices`: ``hold, min_events, include_proposed, draws, seed``.

    Returns
    -------
    Signals
        A row for every event and series; where there is no signal, ``direction`` is 0 and ``reason`` says why.

    Raises
    ------
    NothingUsableError
        If no event meets any series.
    DesignError, UnknownNameError
        If a choice makes no sense.

    Notes
    -----
    With σ the volatility known before (EWMA with its cap, as in a study) and h sessions to hold, the reaction to past
    market event j is ``z_j = (exit price / entry price - 1) / (σ_j sqrt(h))``. The mean over past market events of the
    same net stance is shrunk (see `shrink`) and expected to come again at today's volatility: ``shrunk mean x σ
    sqrt(h)``. The net stance is that of the news of the session and entry price as known at publication. A past market
    event counts once its exit price was struck before the event session, hence at or before publication, and if it
    would stand in the mean of a study of these entry prices: late ones, those held over a closure and those held over
    news of another stance teach nothing. `p_value` holds the mean z against means over past days without news, as a
    study does.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> signals = make_signals(case.events, case.prices, series=["imoex"], hold=1)
    >>> row = signals.table.set_index("event_id").loc["2022-02-24-invasion"]
    >>> row["stance"], bool(row["n"] >= 2), str(row["exit_session"].date())
    ('raise', True, '2022-02-25')
    """
    return signals_in(make_setting(events, prices, instruments=instruments, series=series, as_of=as_of, **choices))


def signals_in(setting: Setting) -> Signals:
    """Return the signals of a setting, event by event in time, and of each series in order."""
    parts = [_rows(market, setting.choices) for market in setting.markets.values()]
    return Signals(setting, pd.concat(parts).sort_index(kind="stable").reset_index(drop=True))


def _rows(market: Market, choices: Choices) -> pd.DataFrame:
    """Return the rows of one series, the earliest event first."""
    history, hold, past = market.history, choices.hold, market.traded.market_events
    every = np.arange(len(history))
    ends = exit_positions(history, every, hold)
    z = _reactions(market, every, ends, hold)
    # What contaminates a past market event was met before its exit, and so known by then.
    teaches = (past.set_aside(Window(1, hold), "set-aside") == KEPT) & np.isfinite(z[past.position])
    rows, order = [], market.events.in_time
    for k in order.tolist():
        position, net = int(market.positions[k]), market.net_stances[k]
        which = past.position[teaches & (ends[past.position] < position) & (past.label == net) & (net != MIXED)]
        apart = n_apart(which, ends[which])
        mean, se, factor = shrink(z[which], apart)
        scale = float(market.scale[position]) if position >= 0 else np.nan
        reason = market.reasons[k] or _why_flat(net, len(which), factor, scale, choices)
        expected = np.nan if reason else factor * mean * scale * np.sqrt(hold)
        if not reason and market.entries[k] == len(history):
            reason = f"ahead: no price to get in at up to {history.sessions[-1]}, where the sample ends"
        direction = int(np.sign(expected)) if np.isfinite(expected) else 0
        p, days = _p_of_past(market, k, which, z, choices)
        rows.append((direction, expected, scale, len(which), apart, mean, se, factor, reason, p, days))
    begun = np.where(market.entries < 0, len(history), market.entries)
    found = market.table.drop(columns="reason").assign(
        stance=market.events.table["stance"].to_numpy(),
        net_stance=market.net_stances,
        event_session=market.session(market.positions),
        entry_session=market.session(market.entries),
        exit_session=market.session(exit_positions(history, begun, hold)),
        hold=hold,
        unit="simple return" if market.tradable else history.instrument.unit,
    )
    said = pd.DataFrame(rows, columns=[name for name in _COLUMNS if name not in found])
    return pd.concat([found.iloc[order].reset_index(drop=True), said], axis=1)[[*_COLUMNS]]


def _reactions(market: Market, begin: Ints, end: Ints, hold: int) -> Floats:
    """Return what holding between prices brought in units of the volatility known before; NaN where it is not known."""
    z, known = np.full(len(begin), np.nan), end < len(market.history)
    scale = market.scale[begin[known]]
    with np.errstate(invalid="ignore", divide="ignore"):
        z[known] = np.where(scale > 0, market.moves(begin[known], end[known]) / (scale * np.sqrt(hold)), np.nan)
    return z


def _p_of_past(market: Market, k: int, which: Ints, z: Floats, choices: Choices) -> tuple[float, float]:
    """Return the p of the mean z of past holding periods and the past days without news behind it, as known then."""
    if not len(which):
        return np.nan, np.nan
    history, window = market.history, Window(1, choices.hold)
    # Only what was public with this event: a later one must not change what was said at this one.
    news = market.positions[(market.public <= market.public[k]) & (market.positions >= 0)]
    busy = touched(len(history), news, AROUND_ENTRIES) | history.closures
    line = np.flatnonzero(clear_of(busy, window) & np.isfinite(z))
    line = z[line[line + choices.hold < market.positions[k]]]
    # The draws depend on the pair alone.
    names = (str(market.events.ids[k]), history.name)
    seed = [choices.seed, *(crc32(name.encode()) for name in names)]
    n_effective = effective_n(which, choices.hold)
    return placebo_of_mean(float(z[which].mean()), line, n_effective, choices.hold, seed, choices.draws)


def _why_flat(net: str, n: int, factor: float, scale: float, choices: Choices) -> str:
    why = {
        "mixed: its session or entry price has news of another stance too": net == MIXED,
        f"few-events: {n} known, {choices.min_events} asked for": n < choices.min_events,
        f"few-events: {n} known, too few for a spread": not factor >= 0,
        "no-volatility: fewer than 60 returns before it": not scale > 0,
        "shrunk-to-zero: mean within one standard error of zero": factor == 0,
    }
    return next((reason for reason, holds in why.items() if holds), "")
