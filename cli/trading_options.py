"""Options that the trading commands share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import CHOICES, OUTPUT, Format
from eventstudy.window import Window

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.of_a_study import Data
    from eventstudy.cli.sources import Sources


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
    from eventstudy.trading.export import dated

    return table if how == Format.parquet else dated(table)


def read_markets(data: Data, hold: int, *, quiet: bool) -> Sources:
    """Read events and prices for positions held so long; what came from where goes to stderr."""
    return data.read(quiet=quiet, span=Window(-130, hold + 1))
