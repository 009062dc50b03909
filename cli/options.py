"""Options that several commands share, each with one meaning."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How data are written to stdout."""

    table = "table"
    json = "json"
    csv = "csv"
    parquet = "parquet"


DATA, CHOICES, OUTPUT = "Data", "Choices", "Output"

FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        envvar="EVENTSTUDY_FORMAT",
        help="How to write to stdout.",
        rich_help_panel=OUTPUT,
        case_sensitive=False,
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Also write the result folder here.", rich_help_panel=OUTPUT),
]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        envvar="EVENTSTUDY_QUIET",
        help="Keep warnings and progress off stderr.",
        rich_help_panel=OUTPUT,
    ),
]
CaseOption = Annotated[
    str | None,
    typer.Option(
        "--case",
        metavar="NAME",
        envvar="EVENTSTUDY_CASE",
        help="A bundled case, e.g. crimea-2014; all: the events of all cases.",
        rich_help_panel=DATA,
    ),
]
EventsOption = Annotated[
    Path | None,
    typer.Option(
        "--events",
        metavar="FILE",
        help="Events: a table of any layout, JSON or TOML; - reads them from stdin.",
        rich_help_panel=DATA,
    ),
]
PricesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="Prices: CSV, Excel or Parquet of any usual layout; - reads stdin; repeatable.",
        rich_help_panel=DATA,
    ),
]
SeriesOption = Annotated[
    str | None,
    typer.Option("--series", metavar="A,B", help="Series to study, separated by commas.", rich_help_panel=DATA),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map", metavar="OURS=THEIRS", help="Which column is which, e.g. time=Date; repeatable.", rich_help_panel=DATA
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="OURS=VALUE", help="One value for all events, e.g. status=proposed.", rich_help_panel=DATA
    ),
]
TimeFormatOption = Annotated[
    list[str] | None,
    typer.Option(
        "--time-format",
        metavar="[COLUMN=]CODES",
        help="How times are written, e.g. %d.%m.%Y, dmy or published_at=%d.%m.%Y; of one of two files events=dmy, "
        "prices=mdy.",
        rich_help_panel=DATA,
    ),
]
OneTimeFormatOption = Annotated[
    str | None,
    typer.Option(
        "--time-format", metavar="CODES", help="How dates are written, e.g. %d.%m.%Y, or dmy.", rich_help_panel=DATA
    ),
]
SheetOption = Annotated[
    str | None,
    typer.Option(
        "--sheet", metavar="NAME", help="Sheet of a workbook; of two: events=NAME,prices=NAME.", rich_help_panel=DATA
    ),
]
DecimalOption = Annotated[
    str | None,
    typer.Option("--decimal", metavar="SIGN", help="Decimal sign of the prices: . or ,", rich_help_panel=DATA),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option(
        "--column", metavar="NAME", help="Column taken as prices; default the close; repeatable.", rich_help_panel=DATA
    ),
]
AsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--as",
        metavar="COL=NAME",
        help="This column is that instrument, its hour included; NAME alone: every column.",
        rich_help_panel=DATA,
    ),
]
ExchangeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--exchange",
        metavar="COL=XTKS",
        help="Prices are struck at the close of this exchange; XTKS alone: of every column.",
        rich_help_panel=DATA,
    ),
]
CloseOption = Annotated[
    list[str] | None,
    typer.Option(
        "--close",
        metavar="COL='16:00 ZONE'",
        help="When prices are struck, e.g. 'AAPL=16:00 America/New_York'.",
        rich_help_panel=DATA,
    ),
]
OrientationOption = Annotated[
    list[str] | None,
    typer.Option("--orientation", metavar="COL=-1", help="-1: a fall is the gain.", rich_help_panel=DATA),
]
ClosuresOption = Annotated[
    Path | None,
    typer.Option("--closures", metavar="FILE", help="TOML of days on which markets were shut.", rich_help_panel=DATA),
]
InstrumentOption = Annotated[
    list[str] | None,
    typer.Option("--instrument", metavar="COL.WORD=VALUE", help="Unit, returns, label ...", hidden=True),
]
AnchorOption = Annotated[
    str,
    typer.Option("--anchor", metavar="RULE", help="stamp, same, next, previous or none.", rich_help_panel=CHOICES),
]
OverlapOption = Annotated[
    str,
    typer.Option(
        "--overlap",
        metavar="RULE",
        help="Windows that meet other news: set-aside, keep or first.",
        rich_help_panel=CHOICES,
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        help="Look at nothing later: a time such as 2022-01-28T12:00+03:00, or a date to its end in UTC.",
        rich_help_panel=CHOICES,
    ),
]
ProposedOption = Annotated[
    bool, typer.Option("--include-proposed", help="Use proposed events too.", rich_help_panel=CHOICES)
]


def names(text: str | None) -> list[str] | None:
    """Split a comma-separated option; None stays None."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]
