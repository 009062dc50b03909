"""From events to round trips: which are taken, which are left out and why. No price decides here but by its time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from eventstudy.news.stance import net_stance
from eventstudy.trading.fills import exit_positions
from eventstudy.trading.market import Market, in_time
from eventstudy.trading.rule import SIGNALS, Rule

_OPPOSITE = {"raise": "fold", "fold": "raise"}


@dataclass(frozen=True)
class Trip:
    """One position, in and out again.

    Parameters
    ----------
    series : str
        The instrument.
    events : tuple of str
        Ids of the events that share its entry price.
    stance : str
        Their net stance.
    side : int
        1 long, -1 short.
    entry, exit : int
        Positions of its prices in the instrument's history; the number of sessions where the exit has not come yet.
    weight : float
        Share of equity at the entry.
    counted_from : int
        Position of the entry price from which the holding time is counted: the latest that extended it.
    closed_by : str
        ``hold``, ``opposite`` or ``extended``.
    """

    series: str
    events: tuple[str, ...]
    stance: str
    side: int
    entry: int
    exit: int
    weight: float
    counted_from: int
    closed_by: str = "hold"


@dataclass(frozen=True, eq=False)
class Plan:
    """What a rule does.

    Parameters
    ----------
    trips : tuple of Trip
        Series by series, in order of entry.
    decisions : DataFrame
        One row an event and series: ``event_id, series, stance, published_at, entry_session, decision, reason``.
    """

    trips: tuple[Trip, ...]
    decisions: pd.DataFrame


@dataclass(frozen=True)
class _News:
    """The events that share an entry price."""

    entry: int
    rows: tuple[int, ...]
    stance: str
    side: int
    reason: str


def make_plan(markets: Mapping[str, Market], rule: Rule, signals: pd.DataFrame | None = None) -> Plan:
    """Return the round trips of a rule.

    Parameters
    ----------
    markets : mapping of str to Market
        The markets.
    rule : Rule
        The rule.
    signals : DataFrame, optional
        The table of point-in-time signals, for a rule that follows them.

    Returns
    -------
    Plan
        Round trips, and a decision on every event and series.
    """
    weight = 1.0 / len(markets) if rule.weight is None else rule.weight
    trips: list[Trip] = []
    tables = []
    for name, market in markets.items():
        directions = _directions(market, rule, None if signals is None else signals[signals["series"] == name])
        taken, table = _plan_series(market, replace(rule, weight=weight), directions)
        trips += taken
        tables.append(table)
    return Plan(tuple(trips), pd.concat(tables, ignore_index=True))


def _directions(market: Market, rule: Rule, signals: pd.DataFrame | None) -> list[tuple[int, str]]:
    """Return the side that each event asks for, and why it asks for none."""
    stances = market.table["stance"].tolist()
    if rule.sides != SIGNALS or signals is None:
        return [(rule.side(stance), "" if rule.side(stance) else f"no-side: none after {stance}") for stance in stances]
    told = signals.set_index("event_id")[["direction", "reason"]]
    rows = told.loc[market.table["event_id"]].to_dict("records")
    return [(int(row["direction"]), "" if row["direction"] else str(row["reason"])) for row in rows]


def _plan_series(market: Market, rule: Rule, directions: list[tuple[int, str]]) -> tuple[list[Trip], pd.DataFrame]:
    """Go through the news of one series in the order of their entry prices."""
    ids = market.table["event_id"].tolist()
    said: dict[int, tuple[str, str]] = {
        k: ("excluded", reason) if reason else ("ahead", "ahead: its entry price has not come yet")
        for k, reason in enumerate(market.reasons)
    }
    done: list[Trip] = []
    live: list[Trip] = []
    for news in _news(market, directions):
        ended = [trip for trip in live if trip.exit < news.entry]
        done, live = done + ended, [trip for trip in live if trip.exit >= news.entry]
        if rule.until_opposite:
            live = [_closed_by(trip, news) for trip in live]
        new, live, word, reason = _answer(market, rule, news, live, ids)
        live += new
        said |= dict.fromkeys(news.rows, (word, reason))
    table = market.table
    decisions = pd.DataFrame(
        {
            **{name: table[name] for name in ("event_id", "series", "stance", "published_at")},
            "entry_session": market.session(market.entries),
            "decision": [said[k][0] for k in range(len(ids))],
            "reason": [said[k][1] for k in range(len(ids))],
        }
    )
    return sorted(done + live, key=lambda trip: trip.entry), decisions.iloc[in_time(table)]


def _news(market: Market, directions: list[tuple[int, str]]) -> list[_News]:
    """Return the events that have an entry price, those that share one together, in order."""
    n, stances = len(market.history), market.table["stance"].tolist()
    members: dict[int, list[int]] = {}
    for k in in_time(market.table).tolist():
        if 0 <= market.entries[k] < n:
            members.setdefault(int(market.entries[k]), []).append(k)
    found = []
    for entry in sorted(members):
        rows = members[entry]
        sides = {directions[k][0] for k in rows} - {0}
        reason = "mixed: events of one entry price ask for both sides" if len(sides) > 1 else directions[rows[0]][1]
        side = sides.pop() if len(sides) == 1 else 0
        found.append(_News(entry, tuple(rows), net_stance(stances[k] for k in rows), side, "" if side else reason))
    return found


def _closed_by(trip: Trip, news: _News) -> Trip:
    """Close a trip at the entry price of news of the opposite stance."""
    if news.stance == _OPPOSITE.get(trip.stance) and trip.entry < news.entry < trip.exit:
        return replace(trip, exit=news.entry, closed_by="opposite")
    return trip


def _answer(
    market: Market, rule: Rule, news: _News, live: list[Trip], ids: list[str]
) -> tuple[list[Trip], list[Trip], str, str]:
    """Say what news does: new trips, the open ones after it, the decision and its reason."""
    if not news.side:
        return [], live, "none", news.reason
    until = _exit(market, rule, news.entry)
    # At its exit price a position still stands in the way of one of the same side, but not of one of the other.
    blocking = [trip for trip in live if trip.side == news.side or trip.exit > news.entry]
    if blocking and rule.while_open != "add":
        held = blocking[-1]
        since = f"position in {market.history.name} open since {market.history.sessions[held.entry]}"
        if rule.while_open == "skip" or held.side != news.side:
            return [], live, "left out", f"open: {since}"
        longer = replace(held, exit=until, counted_from=news.entry, closed_by="extended")
        return [], [longer if trip is held else trip for trip in live], "extends", f"extends: {since}"
    weight = _weight(market, rule, news.entry)
    if not weight > 0:
        return [], live, "left out", "no-volatility: fewer than 60 returns before the entry"
    ids_here = tuple(ids[k] for k in news.rows)
    trip = Trip(market.history.name, ids_here, news.stance, news.side, news.entry, until, weight, news.entry)
    return [trip], live, "taken", ""


def _exit(market: Market, rule: Rule, entry: int) -> int:
    if rule.hold is None:
        return len(market.history)
    return int(exit_positions(market.history, np.array([entry]), rule.hold)[0])


def _weight(market: Market, rule: Rule, entry: int) -> float:
    full = float(rule.weight or 0.0)
    if rule.sizing == "equal":
        return full
    scale = market.scale[entry]
    return min(full, rule.risk / scale) if scale > 0 else 0.0
