"""The commands and their panels, in the order of the help. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli import (
    ask,
    backtest,
    brief,
    chart,
    demo,
    events,
    explain,
    matches,
    power,
    report,
    run,
    series,
    signals,
    size,
)

STUDY, NEWS, MARKETS, TRADING, TRUST = "Study", "News", "Markets", "Trading", "Trust"

app = typer.Typer(
    name="eventstudy",
    help="Raise or fold: what the market did after the news, and whether that was out of the ordinary.",
    epilog="Begin with: eventstudy demo",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from eventstudy.version import version

        typer.echo(f"eventstudy {version()}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Say what the market did after the news, and whether that was out of the ordinary."""


app.command("demo", rich_help_panel=STUDY, epilog="Example: eventstudy demo --out my-demo")(demo.demo)
app.command(
    "run",
    rich_help_panel=STUDY,
    epilog="Example: eventstudy run --case raise-or-fold-2022 --series ruble,imoex --window 0:0 --window 0:5",
)(run.run)
app.command(
    "explain",
    rich_help_panel=STUDY,
    epilog="Example: eventstudy explain --case raise-or-fold-2022 --formula 'car ~ C(stance) + intensity'",
)(explain.explain)
app.command("chart", rich_help_panel=STUDY, epilog="Example: eventstudy chart car --case crimea-2014 --out car.svg")(
    chart.chart
)
app.command("report", rich_help_panel=STUDY, epilog="Example: eventstudy report my-results --form html --form pdf")(
    report.report
)
app.command("match", rich_help_panel=STUDY, epilog="Example: eventstudy match --case crimea-2014 --series ruble")(
    matches.match
)
app.add_typer(events.app, name="events", rich_help_panel=NEWS)
app.command("brief", rich_help_panel=NEWS, epilog="Example: eventstudy brief article.txt --published 2022-01-27")(
    brief.brief
)
app.add_typer(series.app, name="series", rich_help_panel=MARKETS)
app.command("ask", rich_help_panel=TRADING, epilog="Example: eventstudy ask ruble --after raise --actor RUS")(ask.ask)
app.command(
    "power", rich_help_panel=TRUST, epilog="Example: eventstudy power --case raise-or-fold-2022 --series ruble"
)(power.power)
app.command("size", rich_help_panel=TRUST, epilog="Example: eventstudy size --case crimea-2014 --series ruble,wti")(
    size.size
)
app.command(
    "signals", rich_help_panel=TRADING, epilog="Example: eventstudy signals --case crimea-2014 --series ruble --hold 3"
)(signals.signals)
app.command(
    "backtest",
    rich_help_panel=TRADING,
    epilog="Example: eventstudy backtest --case raise-or-fold-2022 --series imoex --rule raise=short --hold 3 --fee 5",
)(backtest.backtest)
