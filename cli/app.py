"""The commands and their panels, in the order of the help. Nothing heavy is imported here."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated

import typer

from eventstudy.cli.options import Command, group

STUDY, NEWS, MARKETS, TRADING, TRUST = "Study", "News", "Markets", "Trading", "Trust"

#: The panel of each command, the module of its function, and an example. The function has the command's name; of a
#: group it is the module's `app`, whose commands have examples of their own.
_COMMANDS = {
    "demo": (STUDY, "demo", "eventstudy demo --out my-demo"),
    "run": (STUDY, "run", "eventstudy run --case raise-or-fold-2022 --series ruble --window 0:0"),
    "match": (STUDY, "match", "eventstudy match --case crimea-2014 --series ruble"),
    "chart": (STUDY, "chart", "eventstudy chart car --case crimea-2014 --out car.svg"),
    "report": (STUDY, "chart", "eventstudy report my-results --form html --form pdf"),
    "sample": (STUDY, "demo", "eventstudy sample fed-decisions --out my-folder"),
    "brief": (NEWS, "brief", "eventstudy brief article.txt --published 2022-01-27"),
    "events": (NEWS, "events", None),
    "series": (MARKETS, "series", None),
    "ask": (TRADING, "ask", "eventstudy ask ruble --after raise --actor RUS"),
    "read": (TRADING, "read", "eventstudy read 2022-01-27-kremlin-reply --series imoex,brent,vix"),
    "surprises": (TRADING, "read", "eventstudy surprises --series imoex,brent,vix --since 2021-01-01"),
    "atlas": (TRADING, "atlas", "eventstudy atlas --actor RUS --series imoex"),
    "signals": (TRADING, "trading", "eventstudy signals --case crimea-2014 --series ruble --hold 3"),
    "backtest": (
        TRADING,
        "trading",
        "eventstudy backtest --case raise-or-fold-2022 --series imoex --rule raise=short --hold 3 --fee 5",
    ),
    "power": (TRUST, "trust", "eventstudy power --case raise-or-fold-2022 --series ruble"),
    "size": (TRUST, "trust", "eventstudy size --case crimea-2014 --series ruble,wti"),
    "grid": (TRUST, "regress", "eventstudy grid --case raise-or-fold-2022 --series ruble,imoex --market em-fx"),
    "regress": (TRUST, "regress", None),
    "explain": (
        TRUST,
        "regress",
        "eventstudy explain --case raise-or-fold-2022 --formula 'car ~ C(stance) + intensity'",
    ),
    "doctor": (TRUST, "doctor", "eventstudy doctor"),
}


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
    app = group(
        "Raise or fold: what the market did after the news, and whether that was out of the ordinary.",
        name="eventstudy",
        epilog="Begin with: eventstudy demo",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(root)
    for name in [called] if called in _COMMANDS else _COMMANDS:
        panel, home, example = _COMMANDS[name]
        module = import_module(f"eventstudy.cli.{home}")
        if example is None:
            app.add_typer(module.app, name=name, rich_help_panel=panel)
        else:
            app.command(name, cls=Command, rich_help_panel=panel, epilog=f"Example: {example}")(getattr(module, name))
    return app
