"""The commands: from rows of options and a function to what the command line calls. Nothing heavy is imported here."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from eventstudy.cli.asked import WAITING, Asked
from eventstudy.errors import DataMissingError, DesignError
from eventstudy.options import DATA_KIND, DESIGN, OUTPUT, REQUIRED, SOURCES, TIME_ZONE, WRITTEN, Option

#: Where each command is, by the panel of the help: the module, and the functions or the group of that name in it.
_COMMANDS = (
    ("Study", "run", "demo run match"),
    ("Study", "chart", "chart report"),
    ("Study", "run", "sample"),
    ("News", "articles", "brief"),
    ("News", "event_files", "events"),
    ("Markets", "series", "series"),
    ("Trading", "reactions", "ask read surprises atlas"),
    ("Trading", "trading", "signals backtest"),
    ("Trust", "trust", "power size grid regress explain doctor"),
)

#: Every option that several commands share, by name.
SHARED = {**DESIGN, **SOURCES, **WRITTEN, "data_kind": DATA_KIND, "time_zone": TIME_ZONE}
#: Of a command on one file.
SHARED |= {
    "columns": SOURCES["columns"]._replace(help="Which column is which, e.g. time=Date; repeatable."),
    "sheet": SOURCES["sheet"]._replace(kind="text", help="Sheet of a workbook."),
    "decimal": SOURCES["decimal"]._replace(kind="text", help="Decimal sign of the prices: . or ,"),
}

#: A design file, or a result folder or design file, as an argument.
DESIGN_FILE = Option("design", "[DESIGN.toml]", "path", None, "A design file; options beside it win.")
SOURCE = DESIGN_FILE._replace(
    word="[SOURCE]", help="A result folder of run --out, or a design file; options beside a design win."
)

#: From so many options on the help of a command has a first page and `--help-all`.
_LONG = 20

#: Words of before, and what is written now; where it waits that all of the help is wanted.
_OLD, _ALL = {"--figures": "--data-kind"}, "eventstudy.help"

_TYPES: dict[str, Any] = {"yes": bool, "whole": int, "number": float, "path": Path, "paths": list[Path]}
_TYPES |= dict.fromkeys(("words", "windows"), list[str])


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
        {},
        name="eventstudy",
        epilog="Begin with: eventstudy demo",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback()(_root)
    rows = [(name, *row) for *row, names in _COMMANDS for name in names.split()]
    for name, panel, home in [row for row in rows if row[0] == called] or rows:
        found = getattr(import_module(f"eventstudy.cli.{home}"), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, rich_help_panel=panel)
        else:
            app.command(name, cls=_Command, rich_help_panel=panel, epilog=found.example)(found)
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        from eventstudy.version import version

        typer.echo(f"eventstudy {version()}")
        raise typer.Exit


_VERSION = typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)


def _root(_version: Annotated[bool, _VERSION] = False) -> None:
    """Say what the market did after the news, and whether that was out of the ordinary."""


def group(text: str, commands: dict[str, Any], **more: Any) -> typer.Typer:
    """Return a group of commands by name, with a help text."""
    app = typer.Typer(help=text, **{"no_args_is_help": True, "cls": Group, "rich_markup_mode": None, **more})
    for name, found in commands.items():
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name, cls=_Command, epilog=found.example)(found)
    return app


def command(*rows: Option | str, without: str = "") -> Callable[[Callable[[Asked], None]], Callable[..., None]]:
    """Give a command its options; the last paragraph of its docstring is its example.

    Parameters
    ----------
    rows : Option or str
        Options of its own; words are names of options that commands share, and ``SOURCES`` and ``DESIGN`` all of those
        of where data come from and of a design. The last of a name wins.
    without : str
        Names that it does not have.
    """
    found: dict[str, Option] = {}
    for row in rows:
        for one in [row] if isinstance(row, Option) else row.split():
            some = {one.name: one} if isinstance(one, Option) else {"SOURCES": SOURCES, "DESIGN": DESIGN}.get(one)
            found |= some or {str(one): SHARED[str(one)]}
    found |= {"raw_text": WRITTEN["raw_text"]} if {"how", "out"} & found.keys() else {}
    found = {name: row for name, row in found.items() if name not in without.split()}

    def decorate(function: Callable[[Asked], None]) -> Callable[..., None]:
        text, _, example = inspect.cleandoc(str(function.__doc__)).rpartition("\n\n")

        @wraps(function)
        def run(**given: Any) -> None:
            asked = Asked(notes=[], **{name: _meant(found.get(name), value) for name, value in given.items()})
            if raw_text := given.get("raw_text"):
                from eventstudy.files import RAW_TEXT

                RAW_TEXT.set(True)
            try:
                function(asked)
            except KeyboardInterrupt:  # one line, which `main` writes
                asked.notes = []
                raise
            finally:
                asked.warn(asked.notes)
                if raw_text:
                    RAW_TEXT.set(False)

        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [context, *map(_parameter, found.values())]
        signature = inspect.Signature(parameters)
        annotations = {one.name: one.annotation for one in parameters}
        more = {"__signature__": signature, "__annotations__": annotations, "__doc__": text}
        for name, value in (more | {"rows": found, "example": " ".join(example.split())}).items():
            setattr(run, name, value)
        return run

    return decorate


def _meant(row: Option | None, value: Any) -> Any:
    """Return what a word of the command line means: lists are split at commas, tests named."""
    if isinstance(value, StrEnum):
        return value.value
    if row is None or value is None:
        return value
    if row.kind == "names" and not names(value):
        raise DesignError(f"{row.word.split()[0]} '{value}' names nothing; leave it out, or write {row.word}")
    if row.kind == "names" or (row.kind == "tests" and value not in {"default", "all"}):
        return [] if value == "none" and row.kind == "tests" else names(value)
    if isinstance(value, (list, tuple)):
        return [one.value if isinstance(one, StrEnum) else one for one in value] or None
    return value


def _parameter(row: Option) -> inspect.Parameter:
    """Return an option as typer takes it."""
    options = [word for word in row.word.split() if word.startswith("-")]
    metavar = " ".join(word for word in row.word.split() if not word.startswith("-"))
    if not options and row.default is not REQUIRED:
        metavar = metavar.strip("[]")
    kind: Any = _TYPES.get(row.kind, str)
    strict = isinstance(row.allowed, tuple) and row.allowed and row.name not in DESIGN  # a design refuses its own
    if strict:
        enumeration: Any = StrEnum
        kind = enumeration(row.name, {value.replace("-", "_"): value for value in row.allowed})
        kind = list[kind] if row.kind == "words" else kind
    lists = row.kind in {"windows", "tests", "words", "paths"}
    default = inspect.Parameter.empty if row.default is REQUIRED else None if lists else row.default
    more: dict[str, Any] = {"help": row.help, "metavar": metavar or None, "rich_help_panel": row.panel}
    if row.default is None or (row.default is False and options) or not options:
        more["show_default"] = False
    elif lists:
        usual = row.default if isinstance(row.default, str) else ", ".join(row.default)
        more |= {"help": f"{row.help}  [default: {usual}]", "show_default": False}
    if row.least is not None:
        more["min"] = row.least
    if not strict and (row.allowed or row.offered):
        more["autocompletion"] = _offers(row)
    if row.name == "design":
        more |= {"callback": _take, "is_eager": True}
    if options:
        more |= {"envvar": row.variable, "hidden": row.hidden, **({"case_sensitive": False} if strict else {})}
    told = typer.Option(*options, **more) if options else typer.Argument(**more)
    kind = kind | None if default is None else kind
    annotation: Any = Annotated[kind, told]
    return inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _offers(row: Option) -> Callable[[str], list[str]]:
    """Return what tells a shell what could stand behind a word; in a list, what its last part could be."""

    def offered(incomplete: str) -> list[str]:
        head, comma, last = incomplete.rpartition(",") if row.kind in {"names", "tests"} else ("", "", incomplete)
        values = (*row.values(offered=True), *(("default", "all", "none") if row.kind == "tests" else ()))
        return [f"{head}{comma}{value}" for value in values if value.startswith(last)]

    return offered


class _Command(TyperCommand):
    """A command whose help is plain text by panels; a long one has a first page."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take old words for the new ones; join lists given in several places, refuse other options given twice."""
        moved = getattr(self.callback, "moved", {})
        for k, word in enumerate(args):
            name, equals, value = word.partition("=")
            args[k] = f"{_OLD.get(name, name)}{equals}{value}"
            if name in moved:
                raise DesignError(moved[name])
        if "--help-all" in args and self._is_long:
            ctx.meta[_ALL], args = True, ["--help"]
        for row in self._rows.values():
            option = row.word.split()[0].rstrip(",")
            at = [k for k, word in enumerate(args) if word == option or word.startswith(f"{option}=")]
            if len(at) < 2 or not option.startswith("--") or row.kind in {"windows", "words", "paths", "yes"}:  # noqa: PLR2004
                continue
            if row.kind not in {"names", "tests"}:
                raise DesignError(f"{option} is given twice; leave one of them out")
            values = [args[k].partition("=")[2] or "".join(args[k + 1 : k + 2]) for k in at]
            taken = {k + step for k in at for step in range(1 if "=" in args[k] else 2)}
            args = [f"{option}={','.join(values)}", *(word for k, word in enumerate(args) if k not in taken)]
        try:
            return super().parse_args(ctx, args)
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    @property
    def _rows(self) -> dict[str, Option]:
        return getattr(self.callback, "rows", {})

    @property
    def _is_long(self) -> bool:
        return sum(not row.hidden for row in self._rows.values()) > _LONG

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options by panel: all, or those of the first page."""
        brief = self._is_long and not ctx.meta.get(_ALL)
        panels: dict[str, list[Any]] = {}
        for one in self.get_params(ctx):
            row, record = self._rows.get(str(one.name)), one.get_help_record(ctx)
            is_argument = row is not None and not row.word.startswith("-")
            if record is None or (brief and row is not None and not row.first and not is_argument):
                continue
            panel = "Arguments" if is_argument else row.panel if row else OUTPUT
            panels.setdefault(panel, []).append((row.word, row.help) if row and is_argument else record)
        if self._is_long:
            panels.setdefault(OUTPUT, []).append(("--help-all", "Show every option and exit."))
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records, col_max=28)


class Group(TyperGroup):
    """A group whose help is plain text, its commands by panels."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands by panel, then the options."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            found: Any = self.get_command(ctx, name)
            told = found.short_help or (found.help or "").partition("\n")[0]
            panels.setdefault(getattr(found, "rich_help_panel", None) or "Commands", []).append((name, told))
        panels["Options"] = [record for one in self.get_params(ctx) if (record := one.get_help_record(ctx))]
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)


def names(text: str | None) -> list[str] | None:
    """Split a comma-separated option; None stays None."""
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _take(context: typer.Context, path: Path | None) -> Path | None:
    """Let a design file answer for the options of a command that are not given."""
    if path is None or path.is_dir() or context.resilient_parsing:
        return path
    if not path.exists():
        raise DataMissingError(f"there is no result folder and no design file '{path}'")
    from eventstudy.inference import DEFAULT_TESTS
    from eventstudy.study.design import read_design

    found = read_design(path)
    known = {parameter.name for parameter in context.command.params}
    named: dict[str, Any] = {**found.data, **found.choices}
    if tuple(named.get("tests", ())) == DEFAULT_TESTS:
        del named["tests"]  # naming tests prints them; the default ones go without saying
    context.meta[WAITING] = {key: value for key, value in named.items() if key not in known}
    answers = {key: value for key, value in named.items() if key in known}
    for key, value in answers.items():  # as an option takes it: separated by commas, or repeated
        if isinstance(value, list) and key not in {"windows", "prices"}:
            answers[key] = "none" if key == "tests" and not value else ",".join(value)
    if isinstance(answers.get("prices"), str):
        answers["prices"] = [answers["prices"]]
    for name, words in found.files.items():
        for word, value in words.items():
            told = [f"{part}={column}" for part, column in value.items()] if isinstance(value, dict) else value
            key = "columns" if word == "map" else word
            answers.setdefault(key, []).extend(f"{name}:{one}" for one in ([told] if isinstance(told, str) else told))
    if "instrument" in known:
        answers["instrument"] = [
            f"{name}.{word}={json.dumps(value, default=str) if word == 'closures' else value}"
            for name, words in found.instruments.items()
            for word, value in words.items()
        ]
    context.default_map = {**(context.default_map or {}), **answers}
    return path
