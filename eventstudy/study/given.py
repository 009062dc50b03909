"""What a study is given of its markets, whatever form it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from eventstudy.errors import DesignError
from eventstudy.markets.as_of import bars_ended_by, struck_by
from eventstudy.markets.bars import check_bars, histories_from_bars
from eventstudy.markets.history import History, histories_from_prices, histories_from_returns
from eventstudy.markets.instrument import Instrument
from eventstudy.markets.prices import check_prices
from eventstudy.markets.providers import accept
from eventstudy.markets.volumes import histories_from_volumes
from eventstudy.returns import ReturnKind

Kind = Literal["prices", "bars", "returns", "volumes"]


@dataclass(frozen=True, eq=False)
class Given:
    """Figures of the markets, checked.

    Parameters
    ----------
    kind : {'prices', 'bars', 'returns', 'volumes'}
        What they are.
    figures : DataFrame, shape (T, S)
        The figures, a column an instrument.
    instruments : mapping of str to Instrument
        What columns are, where the catalogue should not decide by their names.
    notes : tuple of str
        What a careful reader should know.
    label : str
        Which end of a bar its label is; empty for all but bars.
    """

    kind: Kind
    figures: pd.DataFrame
    instruments: Mapping[str, Instrument]
    notes: tuple[str, ...] = ()
    label: str = ""

    def histories(self, kind: ReturnKind | None) -> dict[str, History]:
        """Return the histories of all columns, in returns of one kind or each of its instrument's own.

        Raises
        ------
        DesignError
            If a kind of return is asked of volumes, which are levels of their logs.
        """
        if self.kind == "bars":
            return histories_from_bars(self.figures, self.label, self.instruments, kind)
        if self.kind == "returns":
            return histories_from_returns(self.figures, self.instruments, kind)
        if self.kind == "prices":
            return histories_from_prices(self.figures, self.instruments, kind)
        if kind is not None:
            raise DesignError(f"volumes are studied as logs; leave out the kind of return '{kind}'")
        return histories_from_volumes(self.figures, self.instruments)

    def until(self, instant: np.datetime64) -> Given:
        """Return the figures that were struck by an instant in UTC, and nothing learned from later ones."""
        if self.kind == "bars":
            return replace(self, figures=bars_ended_by(self.figures, self.label, instant))
        return replace(self, figures=struck_by(self.figures, instant, self.instruments))


def take(
    prices: pd.DataFrame | None,
    returns: pd.DataFrame | None,
    volumes: pd.DataFrame | None,
    instruments: Mapping[str, Instrument],
    bars: str | None,
) -> Given:
    """Check what was given, and say what it is.

    Parameters
    ----------
    prices, returns, volumes : DataFrame, shape (T, S), optional
        One of the three.
    instruments : mapping of str to Instrument
        What columns are.
    bars : {'start', 'end'}, optional
        That the prices have a clock, and which end of a bar its label is.

    Raises
    ------
    DesignError
        If none or several were given, or bars of anything but prices.
    InputError
        If a frame cannot be read.
    """
    frames: dict[Kind, pd.DataFrame | None] = {"prices": prices, "returns": returns, "volumes": volumes}
    told: dict[Kind, pd.DataFrame] = {kind: frame for kind, frame in frames.items() if frame is not None}
    if len(told) != 1:
        raise DesignError(f"give one of prices, returns and volumes, not {' and '.join(told) or 'none'}")
    ((kind, frame),) = told.items()
    if bars is not None:
        if kind != "prices":
            raise DesignError(f"bars have prices; {kind} are taken by session")
        return Given("bars", check_bars(frame), instruments, label=bars)
    if kind == "prices":
        found = accept(frame, instruments)
        return Given("prices", found.prices, dict(found.instruments), found.notes)
    return Given(kind, check_prices(frame, kind), instruments)
