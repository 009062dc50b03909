"""`eventstudy chart` and `eventstudy report`: one chart, or the whole story."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.cli.app import SOURCE, command, names
from eventstudy.cli.asked import Asked
from eventstudy.cli.output import write
from eventstudy.errors import DesignError, InputError
from eventstudy.options import DESIGN, OUTPUT, REQUIRED, SOURCES, Option

if TYPE_CHECKING:
    from collections.abc import Callable

#: The kinds of charts, those of `eventstudy.charts.KINDS`.
KINDS = (
    *("timeline", "car", "raise-fold", "heatmap", "multiples", "placebo", "holding", "scatter"),
    *("specification-curve", "response-path", "readings", "reliability", "size"),
)

_LOOK = (
    Option("style", "--style NAME", "text", "light", "light, dark, or a style FILE.toml.", OUTPUT, first=True,
           offered=("light", "dark")),
    Option("size", "--size SHEET", "text", None, "slide, page or square; default what each chart needs.", OUTPUT,
           allowed=("slide", "page", "square"), first=True),
)  # fmt: skip


@command(
    Option("kind", "KIND", "text", REQUIRED, f"Which chart: {', '.join(KINDS)}.", allowed=KINDS),
    SOURCE,
    "SOURCES DESIGN",
    Option("of", "--of NAME", "text", None, "The series drawn; default the first. A timeline takes several: A,B.",
           OUTPUT, first=True, offered="markets.instrument:instrument_names"),
    Option("event", "--event ID", "text", None, "The event of placebo.", OUTPUT, first=True),
    Option("over", "--over A:B", "text", None, "The window drawn; default the first.", OUTPUT, first=True),
    Option("frame", "--frame FILE", "path", None,
           "CSV for specification-curve, response-path, readings, reliability, size.", OUTPUT, first=True),
    Option("title", "--title TEXT", "text", None, "Title; default the finding.", OUTPUT, first=True),
    Option("subtitle", "--subtitle TEXT", "text", None, "Subtitle; default measure and dates.", OUTPUT, first=True),
    Option("source", "--source TEXT", "text", None, "Whose figures they are.", OUTPUT, first=True),
    Option("turned", "--turned", "yes", False, "Timeline: up = the asset gains, e.g. the ruble.", OUTPUT),
    *_LOOK,
    Option("out", "--out FILE", "path", None, "PNG, SVG or PDF; default KIND.png.", OUTPUT, first=True),
    "quiet",
    without="lags leads scale family",
)  # fmt: skip
def chart(asked: Asked) -> None:
    """Draw one chart and say where it is.

    Example: eventstudy chart car --case crimea-2014 --out car.svg
    """
    from eventstudy import charts
    from eventstudy.study.folder import folder_to_draw

    kind, timeline = asked.kind, asked.kind == "timeline"
    look, drawer = charts.find_style(asked.style, asked.size), charts.KINDS[kind]
    taken = {name: words for name in ("title", "subtitle", "source") if (words := getattr(asked, name))}
    for option, name, value, is_taken in (
        ("--of", "series", asked.of, "series" in drawer.takes),
        ("--over", "window", asked.over, "window" in drawer.takes),
        ("--event", "event_id", asked.event, "event_id" in drawer.takes),
        ("--turned", "turned", asked.turned or None, timeline),
    ):
        if value is not None:
            if not is_taken:
                raise DesignError(f"the chart {kind} does not take {option}; leave it out")
            taken[name] = names(value) if timeline and name == "series" and "," in value else value
    if drawer.from_frame:
        drawn = drawer.draw(_frame(asked), style=look, **{"source": asked.frame.name, **taken})
    elif asked.frame is not None:
        raise DesignError(f"the chart {kind} is drawn from a study, not from a table; leave out --frame")
    else:  # of a result folder, and for a price through the events, no study is run
        is_folder = asked.design is not None and asked.design.is_dir()
        result = (
            folder_to_draw(asked.design) if is_folder else asked.study().unanswered() if timeline else asked.result()
        )
        drawn = drawer.draw(result, style=look, **taken)
        asked.warn(result.warnings, 3, "eventstudy run --detail")
    write(f"{charts.save(drawn, asked.out or Path(f'{kind}.png'), style=look)}\n")


def _frame(asked: Asked) -> Any:
    """Return the table from which a chart is drawn; refuse what says what is studied beside it."""
    import pandas as pd

    rows = {**SOURCES, **DESIGN}
    sources = {name: asked.context.get_parameter_source(name) for name in rows}
    given = [rows[name].word.partition(" ")[0] for name, of in sources.items() if of and of.name == "COMMANDLINE"]
    if given or asked.design is not None:
        told = ", ".join(given) or str(asked.design)
        raise DesignError(
            f"the chart {asked.kind} is drawn from the table of --frame; leave out {told} (--of picks a series)"
        )
    if asked.frame is None:
        raise DesignError(f"the chart {asked.kind} is drawn from a table; name its CSV with --frame FILE")
    try:
        return pd.read_csv(asked.frame)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read '{asked.frame}': {error}") from None


@command(
    SOURCE,
    "SOURCES DESIGN",
    Option("form", "--form KIND", "words", None, "html, markdown, excel, pdf or slide; repeatable; default html.",
           OUTPUT, allowed=("html", "markdown", "excel", "pdf", "slide"), first=True),
    Option("title", "--title TEXT", "text", None, "Title of the report.", OUTPUT, first=True),
    Option("author", "--author NAME", "text", None, "Who signs it.", OUTPUT, first=True),
    Option("over", "--over A:B", "text", None, "Window of the answer; default the first.", OUTPUT, first=True),
    Option("charts", "--charts A,B", "text", None, "Kinds of charts, or all.", OUTPUT, first=True,
           offered=("all", *KINDS)),
    *_LOOK,
    Option("out", "--out DIR", "path", None, "Where to; default the result folder.", OUTPUT, first=True),
    "quiet",
    without="lags leads scale family",
)  # fmt: skip
def report(asked: Asked) -> None:
    """Write a report: what was asked, the answer, the charts, the match audit, the method, how to reproduce it.

    Example: eventstudy report my-results --form html --form pdf
    """
    from eventstudy.cases import case_names, case_row
    from eventstudy.charts import find_style
    from eventstudy.files import write_files
    from eventstudy.report import find_browser, to_html, to_markdown, to_pdf, to_slide, write_report
    from eventstudy.report.drawings import POSSIBLE
    from eventstudy.study.workbook import workbook
    from eventstudy.tasks import steps

    look = find_style(asked.style, asked.size)
    result = asked.result()
    kinds = POSSIBLE if asked.charts == "all" else names(asked.charts)
    folder = asked.out or (asked.design if asked.design and asked.design.is_dir() else Path("eventstudy-report"))
    title = asked.title or (str(case_row(asked.case)["title"]) if asked.case in case_names() else None)
    with asked.bar("Drawing") as progress:
        told = write_report(result, title, asked.over, kinds, look, author=asked.author, progress=progress)
    forms = list(dict.fromkeys(asked.form or ["html"]))
    with asked.bar("Writing", len(forms)) as progress:
        made: dict[str, tuple[str, Callable[[], bytes]]] = {
            "html": ("report.html", lambda: to_html(told).encode()),
            "excel": ("report.xlsx", lambda: workbook(told.result)),
            "pdf": ("report.pdf", lambda: to_pdf(told, find_browser())),
            "slide": ("slide.png", lambda: to_slide(told)),
            "markdown": ("report.md", lambda: to_markdown(told).encode()),
        }
        paths = []
        for form in steps(forms, progress):
            name, make = made[form]
            pictures = {f"charts/{drawing.name}.svg": drawing.svg.encode() for drawing in told.drawings}
            paths += write_files(folder, {name: make(), **(pictures if form == "markdown" else {})})[:1]
    write("".join(f"{path}\n" for path in paths))
    asked.warn(f"not drawn: {name}: {why}" for name, why in told.not_drawn)
    asked.warn(result.warnings, 3, "all are in the report")
