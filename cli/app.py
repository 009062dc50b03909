"""The commands and their panels, in the order of the help. Nothing heavy is imported here."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

STUDY, NEWS, MARKETS, TRADING, TRUST = "Study", "News", "Markets", "Trading", "Trust"

#: The panel of each command, and an example of it. `name` is a function in the module of its name; of a group it is
#: the module's `app`, whose commands have examples of their own.
_COMMANDS = {
    "demo": (STUDY, "eventstudy demo --out my-demo"),
    "run": (STUDY, "eventstudy run --case raise-or-fold-2022 --series ruble,imoex --window 0:0 --window 0:5"),
    "explain": (STUDY, "eventstudy explain --case raise-or-fold-2022 --formula 'car ~ C(stance) + intensity'"),
    "chart": (STUDY, "eventstudy chart car --case crimea-2014 --out car.svg"),
    "report": (STUDY, "eventstudy report my-results --form html --form pdf"),
    "match": (STUDY, "eventstudy match --case crimea-2014 --series ruble"),
    "events": (NEWS, None),
    "brief": (NEWS, "eventstudy brief article.txt --published 2022-01-27"),
    "series": (MARKETS, None),
    "ask": (TRADING, "eventstudy ask ruble --after raise --actor RUS"),
    "read": (TRADING, "eventstudy read 2022-01-27-kremlin-reply --series imoex,brent,vix"),
    "surprises": (TRADING, "eventstudy surprises --series imoex,brent,vix --since 2021-01-01"),
    "atlas": (TRADING, "eventstudy atlas --actor RUS --series imoex"),
    "power": (TRUST, "eventstudy power --case raise-or-fold-2022 --series ruble"),
    "size": (TRUST, "eventstudy size --case crimea-2014 --series ruble,wti"),
    "signals": (TRADING, "eventstudy signals --case crimea-2014 --series ruble --hold 3"),
    "backtest": (
        TRADING,
        "eventstudy backtest --case raise-or-fold-2022 --series imoex --rule raise=short --hold 3 --fee 5",
    ),
}

#: The modules that are not called what their command is.
_MODULES = {"match": "matches", "surprises": "read", "signals": "trading", "backtest": "trading"}


def _say_version(wanted: bool) -> None:
    if wanted:
        from eventstudy.version import version

        typer.echo(f"eventstudy {version()}")
        raise typer.Exit


def root(
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Say what the market did after the news, and whether that was out of the ordinary."""


def command_line(called: str = "") -> typer.Typer:
    """Return the command line.

    Parameters
    ----------
    called : str
        The first word of it. Where that is a command the others are left out: to build them all takes longer than many
        a command. Any other word, such as ``--help``, may need them all.
    """
    app = typer.Typer(
        name="eventstudy",
        help="Raise or fold: what the market did after the news, and whether that was out of the ordinary.",
        epilog="Begin with: eventstudy demo",
        no_args_is_help=True,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(root)
    for name in [called] if called in _COMMANDS else _COMMANDS:
        panel, example = _COMMANDS[name]
        module = import_module(f"eventstudy.cli.{_MODULES.get(name, name)}")
        if example is None:
            app.add_typer(module.app, name=name, rich_help_panel=panel)
        else:
            app.command(name, rich_help_panel=panel, epilog=f"Example: {example}")(getattr(module, name))
    return app
