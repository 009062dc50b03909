"""From rows of options to commands: a command names the rows it takes and gets what was said of them as one value."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from eventstudy.cli.output import bar, emit, warn
from eventstudy.cli.sources import DataOptions, read_sources
from eventstudy.errors import DataMissingError, DesignError
from eventstudy.options import CHOICES, DATA, DATA_KIND, DESIGN, OUTPUT, REQUIRED, SOURCES, WRITTEN, Option
from eventstudy.window import Window

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.cli.output import TextTable
    from eventstudy.cli.sources import Sources
    from eventstudy.study import EventStudy, StudyResult

#: Every option that several commands share, by name.
SHARED = {**DESIGN, **SOURCES, **WRITTEN, "data_kind": DATA_KIND}

#: A design file, or a result folder or design file, as an argument.
DESIGN_FILE = Option("design", "[DESIGN.toml]", "path", None, "A design file; options beside it win.")
SOURCE = Option(
    "design", "[SOURCE]", "path", None, "A result folder of run --out, or a design file; options beside a design win."
)

#: From so many options on the help of a command has a first page and `--help-all`.
LONG = 20

#: Words of before, and what is written now.
_OLD = {"--figures": "--data-kind"}

_TYPES: dict[str, Any] = {"yes": bool, "whole": int, "number": float, "path": Path, "paths": list[Path]}
_TYPES |= dict.fromkeys(("words", "windows"), list[str])


class Asked(DataOptions):
    """What the options of a command say, by their names; `context` is the call."""

    def choices(self, **usual: Any) -> dict[str, Any]:
        """Return what `EventStudy` takes; `usual` stands in for windows or tests that nobody named."""
        known = vars(self)
        asked = {name: known[name] for name in DESIGN if name in known and name != "series"}
        for name in ("windows", "lags", "leads", "tests"):
            if asked.get(name) is None:
                asked.pop(name, None)
        asked["returns_kind"] = asked.pop("returns", None)
        waiting = self.context.meta.get(_WAITING, {})
        return {"tests": "default", **usual, **asked, **waiting, **({"tests": []} if usual.get("tests") == [] else {})}

    def read(self, **needs: Any) -> Sources:
        """Read what the options name; what came from where is said on stderr. `needs` are those of `read_sources`."""
        sources = read_sources(self, **needs)
        self.notes = sources.notes  # said when the command ends, behind what was found
        return sources

    def study(self, **usual: Any) -> EventStudy:
        """Read the data, and return the study on them that the choices mean."""
        from eventstudy.study import EventStudy
        from eventstudy.study.design import make_design

        if (path := vars(self).get("design")) is not None and path.is_dir():
            raise DesignError(f"'{path}' is a folder; this command takes a design file, such as {path}/design.toml")
        chosen = self.choices(**usual)
        # A wrong choice is said before any file is read.
        design = make_design(returns=chosen["returns_kind"], **{k: v for k, v in chosen.items() if k != "returns_kind"})
        sources = self.read(regressors=design.model.regressors, span=Window(design.estimation.first, design.span.last))
        market, factors = self.market, self.factors
        chosen |= {"market": sources.columns.get(market, market), "factors": factors and sources.named(factors)}
        kind = vars(self).get("data_kind", "prices")
        name = kind if kind in {"returns", "volumes"} else "prices"
        given: dict[str, Any] = {name: sources.prices, "bars": kind.partition("-")[2] or None}
        given |= {"instruments": sources.instruments, "series": sources.series}
        return EventStudy(sources.events, **given, **chosen)

    def result(self) -> StudyResult:
        """Return the study of a result folder, or run the one that the options and a design file describe."""
        if self.design is not None and self.design.is_dir():
            from eventstudy.study.folder import read_folder

            return read_folder(self.design)
        return self.fit()

    def fit(self, **usual: Any) -> StudyResult:
        """Run the study of the options, with a bar where somebody watches."""
        study = self.study(**usual)
        with bar("Estimates and placebos", quiet=self.quiet) as progress:
            return study.fit(progress=progress)

    def emit(self, frame: pd.DataFrame, table: TextTable) -> None:
        """Write a frame in the format asked for; `table` is its form for a reader."""
        emit(frame, self.how, table)


def command(*rows: Option | str, without: str = "") -> Callable[[Callable[[Asked], None]], Callable[..., None]]:
    """Give a command its options.

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
        if isinstance(row, Option):
            found[row.name] = row
            continue
        for name in row.split():
            found |= {"SOURCES": SOURCES, "DESIGN": DESIGN}.get(name) or {name: SHARED[name]}
    found |= {"raw_text": WRITTEN["raw_text"]} if {"how", "out"} & found.keys() else {}
    found = {name: row for name, row in found.items() if name not in without.split()}

    def decorate(function: Callable[[Asked], None]) -> Callable[..., None]:
        @wraps(function)
        def run(**given: Any) -> None:
            asked = Asked(notes=(), **{name: _read(found.get(name), value) for name, value in given.items()})
            if vars(asked).get("raw_text"):
                from eventstudy.files import RAW_TEXT

                RAW_TEXT.set(True)
            try:
                function(asked)
            except KeyboardInterrupt:  # one line, which `main` writes
                asked.notes = ()
                raise
            finally:
                warn(asked.notes, quiet=vars(asked).get("quiet", False))
                if vars(asked).get("raw_text"):
                    RAW_TEXT.set(False)

        context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        parameters = [context, *map(_parameter, found.values())]
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in parameters}
        run.__dict__["rows"] = found
        return run

    return decorate


def _read(row: Option | None, value: Any) -> Any:
    """Return what a word of the command line means: lists are split at commas, tests named."""
    if isinstance(value, StrEnum):
        return value.value
    if row is None or value is None:
        return value
    if row.kind == "names":
        found = names(value)
        if not found:
            raise DesignError(f"{row.word.split()[0]} '{value}' names nothing; leave it out, or write {row.word}")
        return found
    if row.kind == "tests" and value not in {"default", "all"}:
        return [] if value == "none" else names(value)
    if isinstance(value, (list, tuple)):
        return [one.value if isinstance(one, StrEnum) else one for one in value] or None
    return value


def _parameter(row: Option) -> inspect.Parameter:
    """Return an option as typer takes it."""
    words = row.word.split()
    options = [word for word in words if word.startswith("-")]
    metavar = " ".join(word for word in words if not word.startswith("-"))
    if not options and row.default is not REQUIRED:
        metavar = metavar.strip("[]")
    kind, strict = _type(row)
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
        told = typer.Option(*options, **more)
    else:
        told = typer.Argument(**more)
    annotation: Any = Annotated[kind | None if default is None else kind, told]
    return inspect.Parameter(row.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _type(row: Option) -> tuple[Any, bool]:
    """Return the type of an option, and whether typer refuses other values; a design refuses its own, with a guess."""
    if not isinstance(row.allowed, tuple) or not row.allowed or row.name in DESIGN:
        return _TYPES.get(row.kind, str), False
    enumeration: Any = StrEnum
    kind: Any = enumeration(row.name, {value.replace("-", "_"): value for value in row.allowed})
    return (list[kind] if row.kind == "words" else kind), True


def _offers(row: Option) -> Callable[[str], list[str]]:
    """Return what tells a shell what could stand behind a word; in a list, what its last part could be."""

    def offered(incomplete: str) -> list[str]:
        head, comma, last = incomplete.rpartition(",") if row.kind in {"names", "tests"} else ("", "", incomplete)
        values = (*row.values(offered=True), *(("default", "all", "none") if row.kind == "tests" else ()))
        return [f"{head}{comma}{value}" for value in values if value.startswith(last)]

    return offered


class Command(TyperCommand):
    """A command whose help is plain text by panels; a long one has a first page."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take old words for the new ones."""
        moved = getattr(self.callback, "moved", {})
        for k, word in enumerate(args):
            name, equals, value = word.partition("=")
            args[k] = f"{_OLD.get(name, name)}{equals}{value}"
            if name in moved:
                raise DesignError(moved[name])
        if "--help-all" in args and self._is_long:
            ctx.meta[_ALL], args = True, ["--help"]
        try:
            return super().parse_args(ctx, self._once(args))
        except typer.BadParameter as error:
            error.message = error.message.removeprefix("Value error, ")
            raise

    def _once(self, args: list[str]) -> list[str]:
        """Join what an option for a list is given in several places; refuse other options given twice."""
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
        return args

    @property
    def _rows(self) -> dict[str, Option]:
        return getattr(self.callback, "rows", {})

    @property
    def _is_long(self) -> bool:
        return sum(not row.hidden for row in self._rows.values()) > LONG

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the options by panel: all, or those of the first page."""
        brief = self._is_long and not ctx.meta.get(_ALL)
        panels: dict[str, list[Any]] = {}
        for one in self.get_params(ctx):
            row = self._rows.get(str(one.name))
            record = one.get_help_record(ctx)
            if record is None or (brief and row is not None and not row.first and row.word.startswith("-")):
                continue
            is_argument = row is not None and not row.word.startswith("-")
            record = (row.word, row.help) if row is not None and is_argument else record
            panel = "Arguments" if is_argument else row.panel if row else OUTPUT
            panels.setdefault(panel, []).append(record)
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
            found = self.get_command(ctx, name)
            if found is not None and not found.hidden:
                told = found.short_help or (found.help or "").partition("\n")[0]
                panels.setdefault(getattr(found, "rich_help_panel", None) or "Commands", []).append((name, told))
        for panel, records in panels.items():
            with formatter.section(panel):
                formatter.write_dl(records)
        with formatter.section("Options"):
            formatter.write_dl([record for one in self.get_params(ctx) if (record := one.get_help_record(ctx))])


def group(text: str, **more: Any) -> typer.Typer:
    """Return a group of commands with a help text."""
    return typer.Typer(help=text, **{"no_args_is_help": True, "cls": Group, "rich_markup_mode": None, **more})


def names(text: str | None) -> list[str] | None:
    """Split a comma-separated option; None stays None."""
    if text is None:
        return None
    return [name.strip() for name in text.split(",") if name.strip()]


# --- Design files --------------------------------------------------------------------------------------------------

#: Where the choices of a design file wait for which the command has no option, and that all of the help is wanted.
_WAITING, _ALL = "eventstudy.design", "eventstudy.help"


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
    named = {**found.data, **found.choices}
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
    return ",".join(value) if isinstance(value, list) and key != "windows" else value


def design_text(asked: Asked) -> str:
    """Return a study as the text of a design file.

    Raises
    ------
    DesignError
        If there are several price files: a design file names one.
    """
    from eventstudy.study.design import design_to_toml, make_design

    files: list[Any] = asked.prices or [None]
    if len(files) > 1:
        raise DesignError("a design file names one price file; put the markets into one table for --show-design")
    chosen = asked.choices()
    chosen["returns"] = chosen.pop("returns_kind")
    data = {**asked.given("case", "events", "provider"), "prices": files[0]}
    told = asked.told()
    for said in told.values():
        if "orientation" in said:
            said["orientation"] = int(said["orientation"])
    named = {name: str(data[name]) for name in ("case", "events", "prices", "provider") if data[name]}
    return design_to_toml(make_design(series=asked.series, **chosen), named, told)


__all__ = [
    "CHOICES", "DATA", "DESIGN_FILE", "OUTPUT", "REQUIRED", "SHARED", "SOURCE", "Asked", "Command", "Group", "Option",
    "command", "design_text", "group", "names",
]  # fmt: skip
