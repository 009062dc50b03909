"""Options that the trading commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.options import CHOICES, OUTPUT, Format
from eventstudy.window import Window

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.sources import Fetching, Sources


class Frame(StrEnum):
    """A frame aligned to the price index."""

    prices = "prices"
    entries = "entries"
    exits = "exits"
    short_entries = "short-entries"
    short_exits = "short-exits"
    weights = "weights"

    @property
    def attribute(self) -> str:
        """Name of the frame in the library."""
        return self.value.replace("-", "_")


MinEventsOption = Annotated[
    int,
    typer.Option("--min-events", min=2, help="Fewest past events of the stance for a signal.", rich_help_panel=CHOICES),
]
FrameOption = Annotated[
    Frame | None,
    typer.Option(
        "--frame", help="Write this frame, a row a session, instead of the table.", rich_help_panel=OUTPUT
    ),
]  # fmt: skip


def written(table: pd.DataFrame, how: Format) -> pd.DataFrame:
    """Return a table with its dates as text, as CSV wants them; Parquet keeps dates as they are."""
    from eventstudy.trading.envelopes import dated

    return table if how == Format.parquet else dated(table)


def read_markets(
    case: str | None, events: Any, prices: Any, series: str | None, hold: int, fetching: Fetching
) -> Sources:
    """Read events and prices; what came from where goes to stderr."""
    from eventstudy.cli.options import names
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import read_sources

    sources = read_sources(case, events, prices, names(series), span=Window(-130, hold + 1), fetching=fetching)
    warn(sources.notes, quiet=fetching.quiet)
    return sources
