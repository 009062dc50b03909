"""Point-in-time signals: at every event, what past events alone say about the next holding period."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import itemgetter
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd

from eventstudy.markets.holding import unit_held
from eventstudy.markets.instrument import Instrument
from eventstudy.trading.fills import exit_positions
from eventstudy.trading.learning import n_apart, past_of, past_placebo
from eventstudy.trading.market import Market, in_time
from eventstudy.trading.setting import Choices, Setting, enter
from eventstudy.trading.shrinkage import Shrunk, shrink

_INSTANTS = ("published_at", "event_session", "tradable_from", "entry_session", "exit_session")


@dataclass(frozen=True, eq=False)
class Signals:
    """Signals as they could have been made at the time.

    Parameters
    ----------
    setting : Setting
        Markets, events and choices.
    table : DataFrame, shape (N x S, 21)
        One row an event and series, see ``docs/trading.md``.
    """

    setting: Setting
    table: pd.DataFrame


def make_signals(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Instrument] | None = None,
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
    instruments : mapping of str to Instrument, optional
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

    Notes
    -----
    With σ the volatility known before (EWMA, λ = 0.94) and h sessions to hold, the reaction to past event j is
    ``z_j = log(exit price / entry price) / (σ_j sqrt(h))``. The mean over past events of the same stance is shrunk (see
    `shrink`) and expected to come again at today's volatility: ``exp(shrunk mean x σ sqrt(h)) - 1``. A past event
    counts once its exit price was struck before the event session, hence at or before publication.

    Examples
    --------
    >>> from eventstudy.cases import load_case
    >>> case = load_case("raise-or-fold-2022")
    >>> signals = make_signals(case.events, case.prices, series=["imoex"], hold=1)
    >>> row = signals.table.set_index("event_id").loc["2022-02-24-invasion"]
    >>> row["stance"], bool(row["n"] >= 5), str(row["exit_session"].date())
    ('raise', True, '2022-02-25')
    """
    return signals_in(enter(events, prices, instruments=instruments, series=series, as_of=as_of, **choices))


def signals_in(setting: Setting) -> Signals:
    """Return the signals of a setting."""
    rows = [row for market in setting.markets.values() for row in _rows(market, setting.choices)]
    rows.sort(key=itemgetter("_rank"))
    table = pd.DataFrame(rows).drop(columns="_rank")
    # A column of nothing but missing instants is one of instants all the same.
    return Signals(setting, table.astype(dict.fromkeys(_INSTANTS, "datetime64[ns]")))


def _rows(market: Market, choices: Choices) -> list[dict[str, Any]]:
    """Return the rows of one series."""
    past = past_of(market, choices.hold)
    everywhere = market.reactions(np.arange(len(market.history)), choices.hold)
    ends = exit_positions(market.history, np.arange(len(market.history)), choices.hold)
    begun = np.where(market.entries < 0, len(market.history), market.entries)
    exits = exit_positions(market.history, begun, choices.hold)
    named = {"event_session": market.events, "entry_session": market.entries, "exit_session": exits}
    sessions = {name: market.session(positions) for name, positions in named.items()}
    matches, rows = market.table.to_dict("records"), []
    for rank, k in enumerate(in_time(market.table).tolist()):
        match, position = matches[k], int(market.events[k])
        learned, p, n_placebo = Shrunk(0, 0, np.nan, np.nan, np.nan), np.nan, 0
        if position >= 0:
            which = past.known(position, match["stance"])
            learned = shrink(past.z[which], n_apart(past, which))
            line = everywhere[: int(np.searchsorted(ends, position))]
            p, n_placebo = past_placebo(past, which, line, choices.draws, _generator(choices.seed, match))
        rows.append(
            {
                "_rank": rank,
                **{name: match[name] for name in ("event_id", "series", "stance", "published_at")},
                "event_session": sessions["event_session"][k],
                "tradable_from": match["tradable_from"],
                "entry_session": sessions["entry_session"][k],
                "exit_session": sessions["exit_session"][k],
                "hold": choices.hold,
                **_expectation(market, k, learned, choices),
                "placebo_p": p,
                "placebo_n": n_placebo,
            }
        )
    return rows


def _expectation(market: Market, k: int, learned: Shrunk, choices: Choices) -> dict[str, Any]:
    """Return what is expected of event k, from what, and why there is no direction where there is none."""
    history, position = market.history, int(market.events[k])
    scale = market.scale[position] if position >= 0 else np.nan
    expected, reason = np.nan, market.reasons[k]
    if not reason:
        reason = _why_flat(learned, scale, choices)
        if not reason:
            move = learned.value * scale * np.sqrt(choices.hold)
            expected = float(np.expm1(move)) if market.tradable else float(move)
            if market.entries[k] == len(history):
                reason = f"ahead: no price to get in at up to {history.sessions[-1]}, where the sample ends"
    return {
        "direction": int(np.sign(expected)) if np.isfinite(expected) else 0,
        "expected": expected,
        "unit": unit_held(history),
        "volatility": scale,
        "n": learned.n,
        "n_apart": learned.n_apart,
        "mean_z": learned.mean,
        "se_z": learned.se,
        "shrinkage": learned.factor,
        "reason": reason,
    }


def _why_flat(learned: Shrunk, scale: float, choices: Choices) -> str:
    if learned.n < choices.min_events:
        return f"few-events: {learned.n} known, {choices.min_events} asked for"
    if not learned.factor >= 0:
        return f"few-events: {learned.n} known, too few for a spread"
    if not scale > 0:
        return "no-volatility: fewer than 60 returns before it"
    if learned.factor == 0:
        return "shrunk-to-zero: mean within one standard error of zero"
    return ""


def _generator(seed: int, match: Mapping[Hashable, Any]) -> np.random.Generator:
    """Return a generator that depends on the pair alone: what comes later must not change what is drawn."""
    return np.random.default_rng([seed, crc32(str(match["event_id"]).encode()), crc32(str(match["series"]).encode())])
