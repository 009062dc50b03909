"""The commands and their panels, in the order of the help. Nothing heavy is imported here."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli import demo, events, matches, run, series

STUDY, NEWS, MARKETS = "Study", "News", "Markets"

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
app.command("match", rich_help_panel=STUDY, epilog="Example: eventstudy match --case crimea-2014 --series ruble")(
    matches.match
)
app.add_typer(events.app, name="events", rich_help_panel=NEWS)
app.add_typer(series.app, name="series", rich_help_panel=MARKETS)
