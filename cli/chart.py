"""`eventstudy chart` and `eventstudy report`: one chart, or the whole story."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.options import OUTPUT, REQUIRED, SOURCE, Asked, Option, command, names
from eventstudy.cli.output import bar, warn, write
from eventstudy.errors import DesignError, InputError
from eventstudy.options import DESIGN, SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.report import Report
    from eventstudy.study.result import StudyResult

#: The kinds of charts, those of `eventstudy.charts.KINDS`.
KINDS = (
    *("timeline", "car", "raise-fold", "heatmap", "multiples", "placebo", "holding", "scatter"),
    *("specification-curve", "response-path", "readings", "reliability", "size"),
)

_STYLE = Option(
    "style",
    "--style NAME",
    "text",
    "light",
    "light, dark, or a style FILE.toml.",
    OUTPUT,
    first=True,
    offered=("light", "dark"),
)
_SIZE = Option(
    "size",
    "--size SHEET",
    "text",
    None,
    "slide, page or square; default what each chart needs.",
    OUTPUT,
    allowed=("slide", "page", "square"),
    first=True,
)


@command(
    Option("kind", "KIND", "text", REQUIRED, f"Which chart: {', '.join(KINDS)}.", allowed=KINDS),
    SOURCE,
    "SOURCES DESIGN",
    Option(
        "of",
        "--of NAME",
        "text",
        None,
        "The series drawn; default the first. A timeline takes several: A,B.",
        OUTPUT,
        first=True,
        offered="markets.instrument:instrument_names",
    ),
    Option("event", "--event ID", "text", None, "The event of placebo.", OUTPUT, first=True),
    Option("over", "--over A:B", "text", None, "The window drawn; default the first.", OUTPUT, first=True),
    Option(
        "frame",
        "--frame FILE",
        "path",
        None,
        "CSV for specification-curve, response-path, readings, reliability, size.",
        OUTPUT,
        first=True,
    ),
    Option("title", "--title TEXT", "text", None, "Title; default the finding.", OUTPUT, first=True),
    Option("subtitle", "--subtitle TEXT", "text", None, "Subtitle; default measure and dates.", OUTPUT, first=True),
    Option("source", "--source TEXT", "text", None, "Whose figures they are.", OUTPUT, first=True),
    Option("turned", "--turned", "yes", False, "Timeline: up = the asset gains, e.g. the ruble.", OUTPUT),
    _STYLE,
    _SIZE,
    Option("out", "--out FILE", "path", None, "PNG, SVG or PDF; default KIND.png.", OUTPUT, first=True),
    "quiet",
    without="lags leads scale family",
)
def chart(asked: Asked) -> None:
    """Draw one chart and say where it is."""
    from eventstudy import charts

    kind = asked.kind
    look = charts.find_style(asked.style, asked.size)
    drawer, path = charts.KINDS[kind], asked.out or Path(f"{kind}.png")
    taken = _taken(kind, drawer.takes, {"series": asked.of, "window": asked.over, "event_id": asked.event})
    taken |= {name: words for name in ("title", "subtitle", "source") if (words := getattr(asked, name))}
    if asked.turned:
        if kind != "timeline":
            raise DesignError(f"the chart {kind} does not take --turned; leave it out")
        taken["turned"] = True
    if drawer.from_frame:
        _refuse_a_study(asked)
        drawn = _from_frame(kind, taken, asked.frame, look)
    else:
        if asked.frame is not None:
            raise DesignError(f"the chart {kind} is drawn from a study, not from a table; leave out --frame")
        result = _to_draw(asked, kind)
        drawn = drawer.draw(result, style=look, **taken)
        warn(result.warnings, quiet=asked.quiet, most=3, rest="eventstudy run --detail")
    write(f"{charts.save(drawn, path, style=look)}\n")


def _to_draw(asked: Asked, kind: str) -> StudyResult:
    """Return what a chart needs: of a result folder and for a price through the events no study is run."""
    from eventstudy.study.folder import folder_to_draw, to_draw

    if asked.design is not None and asked.design.is_dir():
        return folder_to_draw(asked.design)
    return to_draw(asked.study()) if kind == "timeline" else asked.result()


def _taken(kind: str, takes: tuple[str, ...], asked: dict[str, str | None]) -> dict[str, Any]:
    """Return the choices a chart takes; refuse those that it would ignore."""
    option = {"series": "--of", "window": "--over", "event_id": "--event"}
    given: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    for name in given:
        if name not in takes:
            raise DesignError(f"the chart {kind} does not take {option[name]}; leave it out")
    if kind == "timeline" and "," in given.get("series", ""):
        given["series"] = names(given["series"])
    return given


def _refuse_a_study(asked: Asked) -> None:
    """Refuse what says what is studied where the chart is drawn from a table."""
    told_by = {name: asked.context.get_parameter_source(name) for name in (*SOURCES, *DESIGN)}
    named = [name for name, by in told_by.items() if by is not None and by.name == "COMMANDLINE"]
    if named or asked.design is not None:
        words = ({**SOURCES, **DESIGN}[name].word.partition(" ")[0] for name in named)
        told = ", ".join(words) or str(asked.design)
        raise DesignError(
            f"the chart {asked.kind} is drawn from the table of --frame; leave out {told} (--of picks a series)"
        )


def _from_frame(kind: str, taken: dict[str, Any], path: Path | None, look: Any) -> Any:
    import pandas as pd

    from eventstudy import charts

    if path is None:
        raise DesignError(f"the chart {kind} is drawn from a table; name its CSV with --frame FILE")
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read '{path}': {error}") from None
    return charts.KINDS[kind].draw(table, style=look, **{"source": path.name, **taken})


@command(
    SOURCE,
    "SOURCES DESIGN",
    Option(
        "form",
        "--form KIND",
        "words",
        None,
        "html, markdown, excel, pdf or slide; repeatable; default html.",
        OUTPUT,
        allowed=("html", "markdown", "excel", "pdf", "slide"),
        first=True,
    ),
    Option("title", "--title TEXT", "text", None, "Title of the report.", OUTPUT, first=True),
    Option("author", "--author NAME", "text", None, "Who signs it.", OUTPUT, first=True),
    Option("over", "--over A:B", "text", None, "Window of the answer; default the first.", OUTPUT, first=True),
    Option(
        "charts", "--charts A,B", "text", None, "Kinds of charts, or all.", OUTPUT, first=True, offered=("all", *KINDS)
    ),
    _STYLE,
    _SIZE,
    Option("out", "--out DIR", "path", None, "Where to; default the result folder.", OUTPUT, first=True),
    "quiet",
    without="lags leads scale family",
)
def report(asked: Asked) -> None:
    """Write a report: what was asked, the answer, the charts, the match audit, the method, how to reproduce it."""
    from eventstudy.charts import find_style
    from eventstudy.report import write_report
    from eventstudy.report.drawings import POSSIBLE

    look = find_style(asked.style, asked.size)
    result = asked.result()
    kinds = POSSIBLE if asked.charts == "all" else names(asked.charts)
    folder = asked.out or (asked.design if asked.design and asked.design.is_dir() else Path("eventstudy-report"))
    with bar("Drawing and writing", quiet=asked.quiet):
        told = write_report(result, asked.title or _title(asked.case), asked.over, kinds, look, author=asked.author)
        paths = [path for one in dict.fromkeys(asked.form or ["html"]) for path in _written(told, one, folder)]
    write("".join(f"{path}\n" for path in paths))
    warn([f"not drawn: {name}: {why}" for name, why in told.not_drawn], quiet=asked.quiet)
    warn(result.warnings, quiet=asked.quiet, most=3, rest="all are in the report")


def _title(case: str | None) -> str | None:
    """Return the title of a bundled case."""
    from eventstudy.markets.instrument import read_catalog

    return None if case is None else str(read_catalog()["cases"][case]["title"])


def _written(told: Report, form: str, folder: Path) -> list[Path]:
    """Write a report in one form; return the paths a reader opens."""
    from eventstudy.files import write_files
    from eventstudy.report import find_browser, to_html, to_markdown, to_pdf, to_slide
    from eventstudy.study.workbook import workbook

    made: dict[str, tuple[str, Callable[[], bytes]]] = {
        "html": ("report.html", lambda: to_html(told).encode()),
        "excel": ("report.xlsx", lambda: workbook(told.result)),
        "pdf": ("report.pdf", lambda: to_pdf(told, find_browser())),
        "slide": ("slide.png", lambda: to_slide(told)),
        "markdown": ("report.md", lambda: to_markdown(told).encode()),
    }
    name, make = made[form]
    pictures = {f"charts/{drawing.name}.svg": drawing.svg.encode() for drawing in told.drawings}
    return write_files(folder, {name: make(), **(pictures if form == "markdown" else {})})[:1]
