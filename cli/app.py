"""The commands: from the rows of ``commands.toml`` to what the command line calls. Nothing heavy is imported here."""

from __future__ import annotations

import inspect
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import partial
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup

from eventstudy import study
from eventstudy.cli.asked import Asked, names
from eventstudy.cli.output import declared
from eventstudy.errors import DataMissingError, DesignError
from eventstudy.files import INPUTS, RAW_TEXT, check_ordinary
from eventstudy.options import DESIGN, OF_FIGURES, REQUIRED, SOURCES, WRITTEN, Option, option

#: From so many options on the help of a command has a first page and `--help-all`; where it waits that all is wanted.
_LONG, _ALL = 20, "eventstudy.help"

#: A number of so many digits is none that anybody means.
_ENDLESS = 1000

#: Options whose text may be empty: nothing is written there.
_MAY_BE_EMPTY = {"--title", "--subtitle", "--source", "--author"}

#: Options that say what a study is.
_OF_A_STUDY = {row.word for row in (*SOURCES.values(), *DESIGN.values())}

#: Kinds of options whose words are no text, and those that name files.
_CONVERTED, _PATHS = {"yes", "whole", "number"}, {"path", "paths"}

#: What `events import FILE` takes a file for, by its ending; of any other its content decides.
_ENDINGS = {".ics": "ics", ".rss": "rss", ".atom": "rss", ".xml": "rss", ".export.csv": "gdelt", ".csv.zip": "gdelt"}

#: Endings that no folder has: who writes one wants that file.
_OF_FILES = {*(".html", ".htm", ".md", ".xlsx", ".pdf", ".png", ".svg"), *(".csv", ".json", ".parquet", ".tex", ".txt")}

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
    plain: dict[str, Any] = {"cls": Group, "no_args_is_help": True, "rich_markup_mode": None}
    app = typer.Typer(
        **plain,
        name="eventstudy",
        help="Raise or fold: what the market did after the news, and whether that was out of the ordinary.",
        epilog="Begin with: eventstudy demo",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )

    @app.callback()
    def root(_version: Annotated[bool, _VERSION] = False) -> None:
        """Say what the market did after the news, and whether that was out of the ordinary."""

    groups, known = {"": app}, declared("commands")
    for words, said in known.items():
        if words == "shared" or (called in known and words.partition(" ")[0] != called):
            continue
        above, _, name = words.rpartition(" ")
        if "run" in said:
            run = _command(said)
            groups[above].command(name, cls=_Command, rich_help_panel=said.get("panel"), epilog=run.example)(run)
        else:
            groups[words] = typer.Typer(**plain, help=said["help"], epilog=said.get("epilog"))
            groups[above].add_typer(groups[words], name=name, rich_help_panel=said.get("panel"))
    return app


def _say_version(wanted: bool) -> None:
    if wanted:
        from eventstudy.version import version

        typer.echo(f"eventstudy {version()}")
        raise typer.Exit


_VERSION = typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_say_version)


def _command(said: dict[str, Any]) -> Any:
    """Return what typer calls; the last paragraph of the function's docstring is its example."""
    module, _, name = said["run"].partition(".")
    function: Callable[[Asked], None] = getattr(import_module(f"eventstudy.cli.{module}"), name)
    text, _, example = inspect.cleandoc(str(function.__doc__)).rpartition("\n\n")
    rows = _rows(said)

    def run(**given: Any) -> None:
        INPUTS.set({})
        asked = Asked(notes=[], **{name: _meant(rows.get(name), value) for name, value in given.items()})
        if isinstance(path := given.get("design"), Path):
            sources = {name: given["context"].get_parameter_source(name).name for name in rows}
            if path.is_dir():  # its study was run: no option of one would change it
                for name, row in rows.items():
                    if sources[name] == "COMMANDLINE" and row.word in _OF_A_STUDY:
                        mend = f"leave it out, or name {path / 'design.toml'}"
                        raise DesignError(f"{row.word.split()[0]}: '{path}' holds a study that was run; {mend}")
            else:
                vars(asked).update(_of_design(path, rows, lambda name: sources[name] in {"COMMANDLINE", "ENVIRONMENT"}))
        RAW_TEXT.set(bool(given.get("raw_text")))
        try:
            function(asked)
        except KeyboardInterrupt:  # one line, which `main` writes
            asked.notes = []
            raise
        finally:
            asked.warn(asked.notes)
            RAW_TEXT.set(False)
            INPUTS.set(None)

    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [context, *map(_parameter, rows.values())]
    made: Any = run
    made.__signature__ = inspect.Signature(parameters)
    made.__annotations__ = {one.name: one.annotation for one in parameters}
    made.__doc__, made.example = said.get("help", text), said.get("epilog", " ".join(example.split()))
    made.rows = rows
    return made


def _rows(said: dict[str, Any]) -> dict[str, Option]:
    """Return the options of a command by name: those it shares, changed as it says, and its own."""
    shared: dict[str, Any] = {**DESIGN, **SOURCES, **OF_FIGURES, **WRITTEN}
    for name, fields in declared("commands")["shared"].items():
        shared[name] = option(name, fields, shared)
    found: dict[str, Option] = {}
    groups: dict[str, dict[str, Any]] = {"SOURCES": SOURCES, "DESIGN": DESIGN}
    for name in said["options"].split():
        some = groups.get(name) or {name: shared.get(name)}
        found = {key: row for key, row in (found | some).items() if f"-{key}" != name and not key.startswith("-")}
    for name, fields in said.items():
        if isinstance(fields, dict):
            found[name] = option(name, fields, {name: found[name]})
    return found | ({"raw_text": WRITTEN["raw_text"]} if {"how", "out"} & found.keys() else {})


def _meant(row: Option | None, value: Any) -> Any:
    """Return what a word of the command line means: lists are split at commas, tests named; a folder is no file."""
    if isinstance(value, (list, tuple)):
        return list(value) or None
    if row is not None and row.name in {"out", "append"} and isinstance(value, Path):
        check_ordinary(value)
    if row is not None and row.word.endswith(" DIR") and isinstance(value, Path) and not value.is_dir():
        word = row.word.split()[0]
        if value.is_file():
            raise DesignError(f"{word} '{value}' is a file; name a folder, which is made if it is not there")
        if value.suffix.lower() in _OF_FILES:
            bare = value.with_suffix("")
            raise DesignError(f"{word} takes a folder, and '{value}' is the name of a file; write {word} {bare}")
    if row is None or value is None or row.kind not in {"names", "tests"}:
        return value
    if row.kind == "names" and not names(value):
        raise DesignError(f"{row.word.split()[0]} '{value}' names nothing; leave it out, or write {row.word}")
    if row.kind == "tests" and value in {"default", "all", "none"}:
        return [] if value == "none" else value
    return names(value)


def _parameter(row: Option) -> inspect.Parameter:
    """Return an option as typer takes it."""

    def offered(incomplete: str) -> list[str]:  # what could stand there; in a list, what its last part could be
        head, comma, last = incomplete.rpartition(",") if row.kind in {"names", "tests"} else ("", "", incomplete)
        values = (*row.values(offered=True), *(("default", "all", "none") if row.kind == "tests" else ()))
        return [f"{head}{comma}{value}" for value in values if value.startswith(last)]

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
    lists, text = row.kind in {"windows", "tests", "words", "paths"}, row.help
    if lists and not options and hasattr(TyperArgument, "make_metavar"):
        metavar += "..."  # later typers add it by themselves
    if lists and options and row.default:
        text = f"{text}  [default: {row.default if isinstance(row.default, str) else ', '.join(row.default)}]"
    more: dict[str, Any] = {"help": text, "metavar": metavar or None, "rich_help_panel": row.panel, "min": row.least}
    more["show_default"] = bool(options) and not lists and row.default is not None and row.default is not False
    if not strict and (row.allowed or row.offered):
        more["autocompletion"] = offered
    if options:
        more |= {"envvar": row.variable or None, "hidden": row.hidden, "case_sensitive": not strict}
    given = typer.Option(*options, **more) if options else typer.Argument(**more)
    default = inspect.Parameter.empty if row.default is REQUIRED else None if lists else row.default
    annotation: Any = Annotated[kind | None if default is None else kind, given]
    return inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _leave_as_given(parameters: Iterable[Any], rows: Mapping[str, Option]) -> None:
    """Take what needs no conversion past typer: it loads pydantic for any value, which costs a seventh of pandas."""

    def process(one: Any, usual: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
        row, words = rows.get(one.name), list(value) if isinstance(value, (list, tuple)) else [value]
        if value is None and not one.required:
            return one.callback(ctx, one, None) if one.callback else None
        if row and isinstance(value, (int, float)):  # the default
            return value
        if not row or not words or not all(isinstance(word, str) for word in words) or row.kind in _CONVERTED:
            return usual(ctx, value)
        if row.kind in _PATHS and all(os.access(word, os.R_OK) or not os.access(word, os.F_OK) for word in words):
            return Path(value) if isinstance(value, str) else list(map(Path, words))
        is_free = not isinstance(row.allowed, tuple) or not row.allowed or row.name in DESIGN
        is_known = row.kind not in _PATHS and (is_free or {*words} <= {*row.allowed})
        return value if is_known else usual(ctx, value)

    for one in parameters:
        # Earlier typers convert by themselves; where a process calls a command again this is done already.
        if hasattr(one, "get_runtime_param") and "process_value" not in vars(one):
            vars(one)["process_value"] = partial(process, one, one.process_value)


def _check_words(args: Sequence[str], rows: Mapping[str, Option]) -> None:
    """Refuse an empty word, as a variable of a shell leaves that was never set (a title may be one), and no text."""
    valued = {one.rstrip(","): row for row in rows.values() for one in row.word.split() if row.kind != "yes"}
    for before, word in pairwise(["", *args]):
        flag = word.removesuffix("=") if word else before
        row = valued.get(flag) if flag.startswith("-") else None
        name = word.partition("=")[0] if word.startswith("--") else before
        if any("\ud800" <= sign <= "\udfff" for sign in word) and name in valued and valued[name].kind not in _PATHS:
            raise DesignError(f"{name} is not UTF-8 text")
        if flag in _MAY_BE_EMPTY or (word and (row is None or flag == word)):
            continue
        what = "name a file or folder there" if row and row.kind in _PATHS else "give it a value"
        raise DesignError(f"{flag if row else 'an argument'} is empty; {what}, or leave it out")


def _write_panels(formatter: Any, records: Iterable[tuple[str, Any]], **how: int) -> None:
    """Write what stands under each heading of a help, headings in the order of their first."""
    panels: dict[str, list[Any]] = {}
    for panel, record in records:
        panels.setdefault(panel, []).append(record)
    for panel, found in panels.items():
        with formatter.section(panel):
            formatter.write_dl(found, **how)


class _Command(TyperCommand):
    """A command whose help is plain text by panels; a long one has a first page."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Join lists given in several places; refuse other options given twice."""
        for k, word in enumerate(args):
            if len(word) > _ENDLESS and word.isdigit():  # which not every typer says in a line
                before = "".join(args[:k][-1:])
                raise DesignError(f"{before} {word[:20]}...: {len(word):,} digits; give a smaller number".strip())
        _check_words(args, self._rows)
        if "--help-all" in args and self._is_long:
            ctx.meta[_ALL], args = True, ["--help"]
        for row in self._rows.values():
            flag = row.word.split()[0].rstrip(",")
            at = [k for k, word in enumerate(args) if word == flag or word.startswith(f"{flag}=")]
            if len(at) < 2 or not flag.startswith("--") or row.kind in {"windows", "words", "paths", "yes"}:  # noqa: PLR2004
                continue
            if row.kind not in {"names", "tests"}:
                raise DesignError(f"{flag} is given twice; leave one of them out")
            values = [args[k].partition("=")[2] or "".join(args[k + 1 : k + 2]) for k in at]
            taken = {k + step for k in at for step in range(1 if "=" in args[k] else 2)}
            args = [f"{flag}={','.join(values)}", *(word for k, word in enumerate(args) if k not in taken)]
        _leave_as_given(self.get_params(ctx), self._rows)
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
        is_brief, found = self._is_long and not ctx.meta.get(_ALL), []
        for one in self.get_params(ctx):
            row, record = self._rows.get(str(one.name)), one.get_help_record(ctx)
            if row is not None and not row.word.startswith("-"):
                found.append(("Arguments", (row.word, row.help)))
            elif record is not None and not (is_brief and row is not None and not row.first):
                found.append((row.panel if row else "Output", record))
        more = [("Output", ("--help-all", "Show every option and exit."))] if self._is_long else []
        _write_panels(formatter, found + more, col_max=28)


class Group(TyperGroup):
    """A group whose help is plain text, its commands by panels; of `import` the command may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put before a file that is imported what it is, by its ending."""
        if self.name == "import" and args and args[0] not in {*self.commands, "--help"}:
            kinds = [kind for word in args for ending, kind in _ENDINGS.items() if word.lower().endswith(ending)]
            if not kinds and (file := next(filter(os.path.isfile, args), "")):
                from eventstudy import events, tables

                kinds = [*filter(None, [events.kind_of(tables.content_of(file)[0])])]
            args = [*(kinds or ["csv"])[:1], *args]
        _leave_as_given(self.get_params(ctx), {})
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands by panel, then the options."""
        found = []
        for name in self.list_commands(ctx):
            one: Any = self.get_command(ctx, name)
            text = one.short_help or (one.help or "").partition("\n")[0]
            found.append((getattr(one, "rich_help_panel", None) or "Commands", (name, text)))
        records = (one.get_help_record(ctx) for one in self.get_params(ctx))
        _write_panels(formatter, found + [("Options", record) for record in records if record])


def _of_design(path: Path, rows: dict[str, Option], is_given: Callable[[str], bool]) -> dict[str, Any]:
    """Return what a design file answers for options that are not given, and what else it chooses as ``waiting``."""
    if not path.exists():
        raise DataMissingError(f"there is no result folder and no design file '{path}'")
    from eventstudy.inference import DEFAULT_TESTS

    if path.suffix.lower() in {".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet", ".json"}:
        raise DesignError(f"'{path}' is no design (.toml); name events with --events and prices with --prices")
    found = study.read_design(path)
    named: dict[str, Any] = {**found.data, **found.choices}
    if tuple(named.get("tests", ())) == DEFAULT_TESTS:
        del named["tests"]  # naming tests prints them; the default ones go without saying
    waiting = {name: value for name, value in named.items() if name not in rows}
    for name in {"events", "prices"} & named.keys():
        paths = [Path(one) for one in ([named[name]] if isinstance(named[name], str) else named[name])]
        named[name] = paths if name == "prices" else paths[0]
    named["instrument"] = [
        f"{name}.{word}={json.dumps(value, default=str) if word == 'closures' else value}"
        for name, words in found.instruments.items()
        for word, value in words.items()
    ]
    answers = {name: value for name, value in named.items() if name in rows and not is_given(name)}
    meant = {name: value if value == [] else _meant(rows[name], value) for name, value in answers.items()}
    return meant | {"waiting": waiting}
