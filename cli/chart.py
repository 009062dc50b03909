"""`eventstudy chart`: one chart, from a result folder, a design, or options."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from eventstudy.cli.design_argument import SourceArgument
from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Choices, Data, found_study
from eventstudy.cli.options import OUTPUT, QuietOption, names


class ChartKind(StrEnum):
    """The kinds of charts, those of `eventstudy.charts.KINDS`."""

    timeline = "timeline"
    car = "car"
    raise_fold = "raise-fold"
    heatmap = "heatmap"
    multiples = "multiples"
    placebo = "placebo"
    holding = "holding"
    scatter = "scatter"
    specification_curve = "specification-curve"
    response_path = "response-path"
    readings = "readings"
    reliability = "reliability"
    size = "size"


class Sheet(StrEnum):
    """The sizes of a sheet, those of `eventstudy.charts.SIZES`."""

    slide = "slide"
    page = "page"
    square = "square"


StyleOption = Annotated[
    str,
    typer.Option("--style", metavar="NAME", help="light, dark, or a house style FILE.toml.", rich_help_panel=OUTPUT),
]
SheetOption = Annotated[
    Sheet | None, typer.Option("--size", help="Sheet; default what each chart needs.", rich_help_panel=OUTPUT)
]


@grouped("market_lags", "market_leads", "scale", "family")
def chart(
    context: typer.Context,
    *,
    kind: Annotated[ChartKind, typer.Argument(help="Which chart.", show_default=False)],
    source: SourceArgument = None,
    of: Annotated[
        str | None,
        typer.Option(
            "--of",
            metavar="NAME",
            help="The series drawn; default the first. A timeline takes several: A,B.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    event: Annotated[
        str | None, typer.Option("--event", metavar="ID", help="The event of placebo.", rich_help_panel=OUTPUT)
    ] = None,
    over: Annotated[
        str | None,
        typer.Option("--over", metavar="A:B", help="The window drawn; default the first.", rich_help_panel=OUTPUT),
    ] = None,
    frame: Annotated[
        Path | None,
        typer.Option(
            "--frame",
            metavar="FILE",
            help="CSV for specification-curve, response-path, readings, reliability, size.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    style: StyleOption = "light",
    size: SheetOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="PNG, SVG or PDF; default KIND.png.", rich_help_panel=OUTPUT),
    ] = None,
    quiet: QuietOption = False,
    data: Data,
    choices: Choices,
) -> None:
    """Draw one chart and say where it is."""
    from eventstudy import charts
    from eventstudy.cli.output import warn, write

    look = charts.find_style(style, None if size is None else str(size))
    drawer, path = charts.KINDS[str(kind)], out or Path(f"{kind}.png")
    taken = _taken(str(kind), drawer.takes, {"series": of, "window": over, "event_id": event})
    if drawer.from_frame:
        _refuse_a_study(context, str(kind), source)
        drawn = _from_frame(str(kind), taken, frame, look)
    else:
        _refuse_a_frame(str(kind), frame)
        result = found_study(context, source, data, choices, quiet=quiet)
        drawn = drawer.draw(result, style=look, **taken)
        warn(result.warnings, quiet=quiet)
    write(f"{charts.save(drawn, path, style=look)}\n")


def _taken(kind: str, takes: tuple[str, ...], asked: dict[str, str | None]) -> dict[str, Any]:
    """Return the choices a chart takes; refuse those that it would ignore."""
    from eventstudy.errors import DesignError

    option = {"series": "--of", "window": "--over", "event_id": "--event"}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if name not in takes:
            raise DesignError(f"the chart {kind} does not take {option[name]}; leave it out")
    if kind == ChartKind.timeline and "," in given.get("series", ""):
        given["series"] = names(given["series"])
    return given


def _refuse_a_study(context: typer.Context, kind: str, source: Any) -> None:
    """Refuse what says what is studied where the chart is drawn from a table."""
    from eventstudy.errors import DesignError

    told_by = {one.name: context.get_parameter_source(one.name) for one in (*fields(Data), *fields(Choices))}
    named = [name for name, by in told_by.items() if by is not None and by.name == "COMMANDLINE"]
    if named or source is not None:
        told = ", ".join(f"--{name.replace('_', '-')}" for name in named) or str(source)
        raise DesignError(
            f"the chart {kind} is drawn from the table of --frame; leave out {told} (--of picks a series)"
        )


def _refuse_a_frame(kind: str, frame: Path | None) -> None:
    from eventstudy.errors import DesignError

    if frame is not None:
        raise DesignError(f"the chart {kind} is drawn from a study, not from a table; leave out --frame")


def _from_frame(kind: str, taken: dict[str, Any], path: Path | None, look: Any) -> Any:
    import pandas as pd

    from eventstudy import charts
    from eventstudy.errors import DesignError, InputError

    if path is None:
        raise DesignError(f"the chart {kind} is drawn from a table; name its CSV with --frame FILE")
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read '{path}': {error}") from None
    return charts.KINDS[kind].draw(table, style=look, source=path.name, **taken)
