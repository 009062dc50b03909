"""Options that make a design, shared by the commands that run a study."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from eventstudy.cli.options import CHOICES

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="NAME",
        help="Normal-return model: market-model, dimson, robust, garch, synthetic-control, ff3, ...",
        rich_help_panel=CHOICES,
    ),
]
MarketOption = Annotated[
    str | None, typer.Option("--market", metavar="NAME", help="Market column.", rich_help_panel=CHOICES)
]
FactorsOption = Annotated[
    str | None,
    typer.Option(
        "--factors",
        metavar="A,B",
        help="Factor or donor columns; mkt_rf=NAME,... for CAPM and its like.",
        rich_help_panel=CHOICES,
    ),
]
MarketLagsOption = Annotated[
    int | None, typer.Option("--market-lags", metavar="N", help="Lags of model dimson.", rich_help_panel=CHOICES)
]
MarketLeadsOption = Annotated[
    int | None, typer.Option("--market-leads", metavar="N", help="Leads of model dimson.", rich_help_panel=CHOICES)
]
EstimationOption = Annotated[
    str, typer.Option("--estimation", metavar="A:B", help="Estimation window.", rich_help_panel=CHOICES)
]
WindowOption = Annotated[
    list[str] | None,
    typer.Option("--window", metavar="A:B", help="Event window; may be repeated.", rich_help_panel=CHOICES),
]


class Figures(StrEnum):
    """What the file of --prices holds."""

    prices = "prices"
    returns = "returns"
    volumes = "volumes"
    bars_start = "bars-start"
    bars_end = "bars-end"


FiguresOption = Annotated[
    Figures,
    typer.Option("--figures", help="What the file of --prices holds; bars by the end that labels them."),
]
MeasureOption = Annotated[
    str,
    typer.Option("--measure", metavar="NAME", help="What is studied: return or variance.", rich_help_panel=CHOICES),
]
MissingOption = Annotated[
    str,
    typer.Option(
        "--missing",
        metavar="RULE",
        help="Windows that miss a session: exclude, or partial, which cumulates what there is.",
        rich_help_panel=CHOICES,
    ),
]
ReturnsOption = Annotated[
    str | None,
    typer.Option(
        "--returns",
        metavar="KIND",
        help="simple, log, difference, level, or total (with what bundled funds paid out).",
        rich_help_panel=CHOICES,
    ),
]
MinObsOption = Annotated[
    int, typer.Option("--min-obs", help="Fewest estimation returns an event may have.", rich_help_panel=CHOICES)
]
CleanOption = Annotated[
    str,
    typer.Option(
        "--clean", metavar="A:B", help="Sessions of events left out of estimations; or none.", rich_help_panel=CHOICES
    ),
]
GroupByOption = Annotated[
    str,
    typer.Option(
        "--group-by", metavar="COLUMN", help="Column of the labels that are averaged.", rich_help_panel=CHOICES
    ),
]
ContrastOption = Annotated[
    str | None,
    typer.Option("--contrast", metavar="A-B", help="Two labels, the first less the second.", rich_help_panel=CHOICES),
]
SplitsOption = Annotated[
    bool,
    typer.Option("--adjust-splits", help="Divide prices by what looks like a split.", rich_help_panel=CHOICES),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed", min=0, envvar="EVENTSTUDY_SEED", help="Seed of what is drawn at random.", rich_help_panel=CHOICES
    ),
]
ScaleOption = Annotated[
    str,
    typer.Option("--scale", metavar="NAME", help="Volatility of placebo z: ewma or garch.", rich_help_panel=CHOICES),
]
FamilyOption = Annotated[
    str,
    typer.Option(
        "--family", metavar="KIND", help="What family p holds over: series or series-windows.", rich_help_panel=CHOICES
    ),
]
