"""The rule of a backtest, what orders cost, and the round trips that follow from events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError, require_known
from eventstudy.events.schema import STANCES
from eventstudy.matching import MIXED
from eventstudy.returns import Floats
from eventstudy.trading.market import Market, exit_positions
from eventstudy.window import MOST_SESSIONS

SIDES = {"long": 1, "short": -1, "none": 0}
SIZINGS = ("equal", "volatility")

#: ``skip`` leaves a signal out while a position in the instrument is open; ``extend`` lets a signal of the same side
#: put off its exit; ``add`` opens a further position.
WHILE_OPEN = ("skip", "extend", "add")

#: The word for sides that follow the point-in-time signals.
SIGNALS = "signals"

_OPPOSITE = {"raise": "fold", "fold": "raise"}

_BASIS_POINT = 1e-4

_MIXED = "mixed: news of several stances meets in its session or at its entry price"


#: The largest share of equity of a position: beyond it figures overflow.
_MOST_SHARE = 1_000


@dataclass(frozen=True)
class Costs:
    """What each order costs, on the way in and again on the way out.

    Parameters
    ----------
    fee : float
        Fee in basis points of the value traded.
    slippage : float
        Basis points by which the price one gets is worse than the price of the series.
    fees, slippages : mapping of str to float
        The same for single instruments, where it differs.

    Raises
    ------
    DesignError
        If a figure is negative or no number.
    """

    fee: float = 0.0
    slippage: float = 0.0
    fees: Mapping[str, float] = field(default_factory=dict)
    slippages: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (self.fee, self.slippage, *self.fees.values(), *self.slippages.values()):
            if not 0 <= value < np.inf:
                raise DesignError(f"costs of {value} basis points; write 0 or more")

    @classmethod
    def read(cls, fee: str = "0", slippage: str = "0") -> Costs:
        """Read costs as they are written: ``5`` basis points for all, or ``5,imoex=12`` where one instrument differs.

        Raises
        ------
        DesignError
            If a part is no number.

        Examples
        --------
        >>> Costs.read("5,imoex=12").fees
        {'imoex': 12.0}
        """
        found: dict[str, dict[str, float]] = {"fee": {}, "slippage": {}}
        for what, text in (("fee", fee), ("slippage", slippage)):
            for part in filter(None, (piece.strip() for piece in text.split(","))):
                name, _, figure = part.rpartition("=")
                try:
                    found[what][name.strip()] = float(figure)
                except ValueError:
                    raise DesignError(f"{what} '{part}' is no number of basis points; write 5 or 5,imoex=12") from None
        common = {what: figures.pop("", 0.0) for what, figures in found.items()}
        return cls(**common, fees=found["fee"], slippages=found["slippage"])

    def of(self, series: Sequence[str]) -> tuple[Floats, Floats]:
        """Return fees and slippages of some series as decimals, each shape (S,); an unknown series is an error."""
        for name in (*self.fees, *self.slippages):
            require_known(name, series, "series in the costs:")
        fees = np.array([self.fees.get(name, self.fee) for name in series])
        slippages = np.array([self.slippages.get(name, self.slippage) for name in series])
        return fees * _BASIS_POINT, slippages * _BASIS_POINT


@dataclass(frozen=True)
class Rule:
    """What is done after an event. Its `repr` recreates it.

    Parameters
    ----------
    sides : str
        ``signals``: the direction of the point-in-time signal; or the side after each stance, e.g.
        ``raise=short,fold=long`` (a stance not named: none).
    hold : int, optional
        Sessions a position is held; None: until the opposite stance only.
    until_opposite : bool
        Close a position early at the first price after news of the opposite stance (raise, fold).
    sizing : {'equal', 'volatility'}
        ``equal``: every position is the same share of equity. ``volatility``: the share at which the position's
        volatility a session, as known before the entry, is `risk`; never more than `weight`.
    weight : float, optional
        Share of equity of a position; default one over the number of instruments.
    risk : float
        Volatility a session that a position sized by volatility contributes, as a share of equity.
    while_open : {'skip', 'extend', 'add'}
        What a signal does while a position in its instrument is open.

    Raises
    ------
    DesignError, UnknownNameError
        If the choices are unknown or contradict each other.

    Examples
    --------
    >>> Rule("raise=short,fold=long", hold=3).side("raise")
    -1
    """

    sides: str = SIGNALS
    hold: int | None = 5
    until_opposite: bool = False
    sizing: str = "equal"
    weight: float | None = None
    risk: float = 0.01
    while_open: str = "skip"

    def __post_init__(self) -> None:
        require_known(self.sizing, SIZINGS, "sizing")
        require_known(self.while_open, WHILE_OPEN, "way with open positions:")
        by_stance = self.by_stance
        if self.hold is None and not self.until_opposite:
            raise DesignError("a position needs an exit: hold it for some sessions, or until the opposite stance")
        if self.hold is None and self.sides == SIGNALS:
            raise DesignError("signals are made for a fixed holding time; give hold, or sides of your own")
        if self.hold is not None and not 1 <= self.hold <= MOST_SESSIONS:
            raise DesignError(f"hold {self.hold} is no holding time; write 1 to {MOST_SESSIONS:,} sessions")
        if self.sides != SIGNALS and not any(by_stance.values()):
            raise DesignError(f"sides '{self.sides}' never take a position; write e.g. raise=short,fold=long")
        if not all(0 < share <= _MOST_SHARE for share in (1.0 if self.weight is None else self.weight, self.risk)):
            raise DesignError(f"weight and risk are shares of equity, numbers above 0 and at most {_MOST_SHARE:,}")

    @property
    def by_stance(self) -> dict[str, int]:
        """Side after each stance: 1, -1 or 0; empty where the signals decide."""
        if self.sides == SIGNALS:
            return {}
        sides: dict[str, int] = {}
        for part in filter(None, (piece.strip() for piece in self.sides.split(","))):
            stance, equals, side = (word.strip() for word in part.partition("="))
            if not equals:
                raise DesignError(f"sides '{part}': write a stance and its side, e.g. raise=short,fold=long")
            require_known(stance, STANCES, "stance")
            if stance in sides:
                raise DesignError(f"sides '{self.sides}': {stance} is named twice; give it one side")
            sides[stance] = SIDES[require_known(side, SIDES, "side")]
        return sides

    def side(self, stance: str) -> int:
        """Return the side after a stance: 1 long, -1 short, 0 none."""
        return self.by_stance.get(stance, 0)

    def __str__(self) -> str:
        held = "until the opposite stance" if self.hold is None else f"{self.hold} session{'s' * (self.hold > 1)}"
        early = ", or until the opposite stance" if self.until_opposite and self.hold is not None else ""
        return f"{self.sides}, held {held}{early}, sized {self.sizing}, {self.while_open} while open"


class Trip(NamedTuple):
    """One position, in and out again: a market event as it was known at the entry price.

    `events` are the ids that one could first trade on at that price, `stance` is their net stance, `side` 1 long or -1
    short. `entry` and `exit` are positions in the history of `series`, the number of its sessions where the exit has
    not come yet; `counted_from` is the entry from which the holding time is counted, the latest that extended it.
    `closed_by` is ``hold``, ``opposite`` or ``extended``.
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


class Plan(NamedTuple):
    """What a rule does: `trips` series by series in order of entry, and `decisions`, a row an event and series."""

    trips: tuple[Trip, ...]
    decisions: pd.DataFrame


def make_plan(markets: Mapping[str, Market], rule: Rule, signals: pd.DataFrame | None = None) -> Plan:
    """Return the round trips of a rule, and a decision on every event and series.

    `signals` is the table of point-in-time signals, for a rule that follows them.
    """
    if rule.weight is None:
        rule = replace(rule, weight=1.0 / len(markets))
    trips, tables = list[Trip](), []
    for name, market in markets.items():
        wanted = [
            (rule.side(net), _MIXED if net == MIXED else f"no-side: none after {net or 'news without a stance'}")
            for net in market.net_stances
        ]
        if rule.sides == SIGNALS and signals is not None:
            of_event = signals[signals["series"] == name].set_index("event_id").loc[market.events.ids.tolist()]
            wanted = list(zip(of_event["direction"].tolist(), of_event["reason"].tolist(), strict=True))
        taken, said = _plan_series(market, rule, wanted)
        trips += taken
        columns = {
            **{column: market.table[column] for column in ("event_id", "series")},
            "stance": market.events.table["stance"].to_numpy(),
            "net_stance": market.net_stances,
            "published_at": market.table["published_at"],
            "entry_session": market.session(market.entries),
        }
        words = pd.DataFrame(said, columns=["decision", "reason"])
        tables.append(pd.concat([pd.DataFrame(columns), words], axis=1).iloc[market.events.in_time])
    return Plan(tuple(trips), pd.concat(tables, ignore_index=True))


def _plan_series(
    market: Market, rule: Rule, wanted: Sequence[tuple[int, str]]
) -> tuple[list[Trip], list[tuple[str, str]]]:
    """Go through the news of one series in the order of its entry prices; events that share one are one trade.

    Return the trips, and the decision on every event with its reason.
    """
    said = [
        ("excluded", why) if why else ("ahead", "ahead: its entry price has not come yet") for why in market.reasons
    ]
    market_event, nets, n = market.table["market_event"].tolist(), market.net_stances, len(market.history)
    done, live, traded = list[Trip](), list[Trip](), dict[str, np.datetime64]()
    for entry in np.unique(market.entries[(market.entries >= 0) & (market.entries < n)]).tolist():
        rows = [k for k in market.events.in_time.tolist() if market.entries[k] == entry]
        # What is known of an entry price is what is known with the news of it that became public last.
        latest = max(rows, key=lambda k: market.public[k])
        done += [trip for trip in live if trip.exit < entry]
        live = [trip for trip in live if trip.exit >= entry]
        if rule.until_opposite and nets[latest] in _OPPOSITE:
            live = [
                trip._replace(exit=entry, closed_by="opposite")
                if trip.stance == _OPPOSITE[nets[latest]] and trip.entry < entry < trip.exit
                else trip
                for trip in live
            ]
        for k in [k for k in rows if market_event[k] in traded]:
            said[k] = "left out", f"same-event: the news of its session was traded on {traded[market_event[k]]}"
            rows.remove(k)
        if not rows:
            continue
        latest = max(rows, key=lambda k: market.public[k])
        side, reason = wanted[latest]
        word = "none"
        if side:
            ids = tuple(str(market.events.ids[k]) for k in rows)
            leave = n if rule.hold is None else int(exit_positions(market.history, np.array([entry]), rule.hold)[0])
            weight, scale = float(rule.weight or 0.0), market.scale[entry]
            if rule.sizing != "equal":
                weight = min(weight, rule.risk / scale) if scale > 0 else 0.0
            trip = Trip(market.history.name, ids, nets[latest], side, entry, leave, weight, entry)
            live, word, reason = _answer(rule, trip, live, market)
        for k in rows:
            said[k] = word, reason
            if word == "taken":
                traded[market_event[k]] = market.history.sessions[entry]
    return sorted(done + live, key=lambda trip: trip.entry), said


def _answer(rule: Rule, wanted: Trip, live: list[Trip], market: Market) -> tuple[list[Trip], str, str]:
    """Say what news does: the positions open after it, the decision and its reason."""
    # At its exit price a position still stands in the way of one of the same side, but not of one of the other.
    blocking = [trip for trip in live if trip.side == wanted.side or trip.exit > wanted.entry]
    if blocking and rule.while_open != "add":
        held = blocking[-1]
        since = f"position in {held.series} open since {market.history.sessions[held.entry]}"
        if rule.while_open == "skip" or held.side != wanted.side:
            return live, "left out", f"open: {since}"
        longer = held._replace(exit=wanted.exit, counted_from=wanted.entry, closed_by="extended")
        return [longer if trip is held else trip for trip in live], "extends", f"extends: {since}"
    if not wanted.weight > 0:
        return live, "left out", "no-volatility: fewer than 60 returns before the entry"
    return [*live, wanted], "taken", ""
