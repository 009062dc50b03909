"""`eventstudy run --grid`: the same question under many designs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.of_a_study import Data
from eventstudy.cli.options import Format
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.study.grid import Grid

_PANEL = "Robustness"

#: What may be varied, as the options name it and as the grid does.
_VARIED: dict[str, str] = {"model": "models", "estimation": "estimations", "window": "windows", "scale": "scales"}

#: What a grid chooses itself, or what belongs to its models.
_OWN = ("model", "market", "factors", "lags", "leads", "estimation", "windows", "scale", "tests")

GridOption = Annotated[
    bool,
    typer.Option("--grid", help="Vary models, windows and scales; say how many agree.", rich_help_panel=_PANEL),
]
VaryOption = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="NAME=VALUE",
        help="A value of the grid: model=, estimation=, window= or scale=; may be repeated.",
        rich_help_panel=_PANEL,
    ),
]
GridFileOption = Annotated[
    Path | None,
    typer.Option(
        "--grid-file",
        metavar="FILE.toml",
        help="The grid: models, estimations, windows, scales.",
        rich_help_panel=_PANEL,
    ),
]


@dataclass(frozen=True)
class Robustness:
    """Whether a grid of designs is run, and which."""

    grid: GridOption = False
    vary: VaryOption = None
    grid_file: GridFileOption = None


def require_grid(asked: Robustness, method: str, choices: dict[str, Any]) -> None:
    """Refuse values of a grid without a grid, a grid told twice, and choices beside a grid that it makes itself."""
    from eventstudy.errors import DesignError
    from eventstudy.study.design import DEFAULT_ESTIMATION

    if (asked.vary or asked.grid_file) and not asked.grid:
        raise DesignError("--vary and --grid-file say what a grid varies; add --grid")
    if asked.vary and asked.grid_file:
        raise DesignError("the grid stands in a file and in --vary; leave one of them out")
    if asked.grid and method != "study":
        raise DesignError(f"a grid varies the study itself, not --method {method}; leave one of them out")
    usual = {"model": "constant-mean", "estimation": DEFAULT_ESTIMATION, "windows": None, "scale": "ewma"}
    usual |= {"tests": "default", "lags": None, "leads": None}
    for name, value in usual.items() if asked.grid else ():
        if choices.get(name) != value:
            word = name.removesuffix("s")
            mend = f"write --vary {word}=... for each" if word in _VARIED else f"leave --{name} out"
            raise DesignError(f"a grid makes its own choice of {name}; {mend}")


def study_grid(
    data: Data, choices: dict[str, Any], asked: Robustness, how: Format, out: Path | None, *, quiet: bool
) -> None:
    """Run a grid and write how many of its designs agree.

    Parameters
    ----------
    data : Data
        What is studied.
    choices : dict
        What the options of `run` chose. What the grid varies is its default there and is not used.
    asked : Robustness
        The grid.
    how, out, quiet
        As for `run`.
    """
    from eventstudy.cli.method_views import grid_view
    from eventstudy.cli.methods import write_envelope
    from eventstudy.study.grid import make_grid, n_studies, run_grid
    from eventstudy.study.method import method_envelope

    values = _from_file(asked.grid_file) if asked.grid_file else _from_words(asked.vary or [])
    market, factors = choices["market"], choices["factors"] or []
    sources = data.read(
        quiet=quiet,
        regressors=[*([market] if market else []), *(word.rpartition("=")[2] for word in factors)],
        span=_reach(make_grid(**values, market=market, factors=factors)),
    )
    parts = [word.rpartition("=") for word in factors]
    named = [f"{role}{equals}{sources.columns[name]}" for role, equals, name in parts]
    grid = make_grid(**values, market=sources.columns.get(market, market), factors=named)
    fixed = {name: value for name, value in choices.items() if name not in _OWN}
    with _bar(n_studies(grid), quiet=quiet) as progress:
        found = run_grid(
            sources.events,
            sources.prices,
            grid=grid,
            progress=progress,
            instruments=sources.instruments,
            series=sources.series,
            **fixed,
        )
    options = {"method": "grid", "grid": grid.as_dict()}
    envelope = method_envelope(found.design, found.inputs, options, found.tables(), found.warnings)
    write_envelope(envelope, found.tables(), how, grid_view(found), out, quiet=quiet)


def _reach(grid: Grid) -> Window:
    """Return the event time that all designs of a grid need."""
    windows = [Window.parse(text) for text in (*grid.estimations, *grid.windows)]
    return Window(min(window.first for window in windows), max(window.last for window in windows))


def _from_words(vary: list[str]) -> dict[str, list[str]]:
    from eventstudy.errors import DesignError, require_known

    values: dict[str, list[str]] = {}
    for word in vary:
        name, sign, value = word.partition("=")
        if not sign or not value:
            raise DesignError(f"--vary '{word}' is not NAME=VALUE, e.g. window=0:1")
        values.setdefault(_VARIED[require_known(name, _VARIED, "choice to vary")], []).append(value)
    return values


def _from_file(path: Path) -> dict[str, list[str]]:
    import tomllib

    from eventstudy.errors import DataMissingError, InputError, require_known

    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataMissingError(f"no file {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is not TOML: {error}") from None
    table = read.get("grid", read)
    for name, values in table.items():
        require_known(name, _VARIED.values(), f"entry of {path.name}")
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InputError(f"{path.name}: {name} must be a list of words, e.g. {name} = ['...']")
    return dict(table)


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """Show a bar on stderr while the block runs, where stderr is a terminal; yield what moves it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Studying", total=total)
        yield lambda words: bar.update(task, advance=1, description=f"Studied: {words}")
