"""The events and the markets a trader meets them in, and what was chosen about both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from eventstudy.errors import DesignError, NothingUsableError, require_known
from eventstudy.markets.instrument import Instrument
from eventstudy.news.as_of import write_as_of
from eventstudy.news.schema import check_events
from eventstudy.study.as_of import known_at
from eventstudy.study.given import take
from eventstudy.study.inputs import StudyInput, describe_input
from eventstudy.trading.market import Market, meet

#: Sessions held, fewest past events of the stance, and placebo calendars, unless others are asked for.
HOLD, MIN_EVENTS, DRAWS = 5, 5, 999


@dataclass(frozen=True)
class Choices:
    """How signals are made.

    Parameters
    ----------
    hold : int
        Sessions a position is held.
    min_events : int
        Fewest past events of the same stance (market events, those of one entry price being one).
    include_proposed : bool
        Use proposed events as well as confirmed ones.
    draws : int
        Placebo calendars behind each p.
    seed : int
        Seed of what is drawn at random.
    as_of : str, optional
        The instant beyond which nothing is looked at: no later news, no later price.

    Raises
    ------
    DesignError
        If a number makes no sense.
    """

    hold: int = HOLD
    min_events: int = MIN_EVENTS
    include_proposed: bool = False
    draws: int = DRAWS
    seed: int = 0
    as_of: str | None = None

    def __post_init__(self) -> None:
        if self.hold < 1:
            raise DesignError(f"hold {self.hold} is no holding time; write 1 session or more")
        if self.min_events < 2:  # noqa: PLR2004  # one figure has no spread
            raise DesignError(f"min_events {self.min_events} is too few: a spread needs 2 past events or more")
        if self.draws < 1:
            raise DesignError(f"draws {self.draws} is too few; write 1 or more")

    def as_dict(self) -> dict[str, Any]:
        """Return the choices as plain values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Setting:
    """Events met by markets.

    Parameters
    ----------
    choices : Choices
        What was chosen.
    markets : mapping of str to Market
        The markets, in the order asked for.
    inputs : tuple of StudyInput
        What went in.
    notes : tuple of str
        What a reader must know of the prices.
    """

    choices: Choices
    markets: Mapping[str, Market]
    inputs: tuple[StudyInput, ...]
    notes: tuple[str, ...]


def enter(
    events: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Instrument] | None = None,
    series: Sequence[str] | None = None,
    as_of: str | date | datetime | None = None,
    **choices: Any,
) -> Setting:
    """Let markets meet events.

    Parameters
    ----------
    events, prices, instruments, series, as_of
        As in `eventstudy.trading.signals.make_signals`.
    **choices
        The other fields of `Choices`.

    Returns
    -------
    Setting
        Markets and events.

    Raises
    ------
    NothingUsableError
        If no event meets any series.
    """
    chosen = Choices(**choices, as_of=None if as_of is None else write_as_of(as_of))
    given = take(prices, None, None, dict(instruments or {}), None)
    known, given = known_at(check_events(events), given, chosen.as_of)
    histories = given.histories(None)
    names = [require_known(name, histories, "series") for name in (histories if series is None else series)]
    markets = {name: meet(known, histories[name], include_proposed=chosen.include_proposed) for name in names}
    if not any((market.events >= 0).any() for market in markets.values()):
        table = next(iter(markets.values())).table
        raise NothingUsableError(f"no event can be used: {table['reason'].mode().iloc[0]}")
    inputs = (describe_input("events", known), describe_input("prices", given.figures))
    notes = (note for market in markets.values() for note in market.history.notes)
    return Setting(chosen, markets, inputs, (*given.notes, *notes))
