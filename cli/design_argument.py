"""A design file on the command line: it answers for every option that is not given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from eventstudy.cli.options import OUTPUT

#: Where the choices of a design file wait for which the command has no option.
_WAITING = "eventstudy.design"

#: What a key of a design file is called among the options, where the names differ.
_OPTION = {"windows": "window"}


def _take(context: typer.Context, path: Path | None) -> Path | None:
    """Let a design file answer for the options of a command that are not given."""
    if path is None or path.is_dir() or context.resilient_parsing:
        return path
    if not path.exists():
        from eventstudy.errors import DataMissingError

        raise DataMissingError(f"there is no result folder and no design file '{path}'")
    from eventstudy.inference import DEFAULT_TESTS
    from eventstudy.study.design import read_design

    found = read_design(path)
    known = {parameter.name for parameter in context.command.params}
    named = {_OPTION.get(key, key): value for key, value in {**found.data, **found.choices}.items()}
    if tuple(named.get("tests", ())) == DEFAULT_TESTS:
        del named["tests"]  # naming tests prints them; the default ones go without saying
    answers = {key: _word(key, value) for key, value in named.items() if key in known}
    if "instrument" in known:
        answers["instrument"] = [
            f"{name}.{word}={json.dumps(value, default=str) if word == 'closures' else value}"
            for name, words in found.instruments.items()
            for word, value in words.items()
        ]
    context.default_map = {**(context.default_map or {}), **answers}
    context.meta[_WAITING] = {key: value for key, value in named.items() if key not in known}
    return path


def _word(key: str, value: Any) -> Any:
    """Write a list as an option takes it: separated by commas, but for the option that may be repeated."""
    if key == "tests" and value == []:
        return "none"
    if key == "prices":
        return [value]
    return ",".join(value) if isinstance(value, list) and key != "window" else value


def more_choices(context: typer.Context) -> dict[str, Any]:
    """Return the choices of the design file for which the command has no option."""
    return dict(context.meta.get(_WAITING, {}))


DesignArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[DESIGN.toml]",
        help="A design file; options beside it win.",
        callback=_take,
        is_eager=True,
        show_default=False,
    ),
]
SourceArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="[SOURCE]",
        help="A result folder of run --out, or a design file; options beside a design win.",
        callback=_take,
        is_eager=True,
        show_default=False,
    ),
]
ShowDesignOption = Annotated[
    bool,
    typer.Option("--show-design", help="Write the design as TOML and run nothing.", rich_help_panel=OUTPUT),
]


def design_text(data: dict[str, Any], choices: dict[str, Any]) -> str:
    """Return a study as the text of a design file.

    Parameters
    ----------
    data : dict
        ``case, events, prices, provider`` and ``series``, as the options have them.
    choices : dict
        What `EventStudy` takes beside them.
    """
    from eventstudy.cli.options import names
    from eventstudy.markets.identity import told_by_words
    from eventstudy.study.design import design_to_toml, make_design

    words = told_by_words({}, data.pop("instrument", None) or ())
    told = {("returns" if key == "returns_kind" else key): value for key, value in choices.items()}
    design = make_design(series=names(data.pop("series")), **told)
    return design_to_toml(design, {key: str(value) for key, value in data.items() if value}, words)
