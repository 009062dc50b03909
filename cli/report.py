"""`eventstudy report`: the whole story as a page, Markdown, a workbook and a PDF of the charts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.chart import SheetOption, StyleOption
from eventstudy.cli.design_argument import SourceArgument
from eventstudy.cli.groups import grouped
from eventstudy.cli.of_a_study import Choices, Data, found_study
from eventstudy.cli.options import OUTPUT, QuietOption, names

if TYPE_CHECKING:
    from eventstudy.report import Report


class Form(StrEnum):
    """The forms of a report."""

    html = "html"
    markdown = "markdown"
    excel = "excel"
    pdf = "pdf"


@grouped("market_lags", "market_leads", "scale", "family")
def report(
    context: typer.Context,
    *,
    source: SourceArgument = None,
    form: Annotated[
        list[Form] | None,
        typer.Option("--form", help="May be repeated; default html.", rich_help_panel=OUTPUT, case_sensitive=False),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Title of the report.", rich_help_panel=OUTPUT)] = None,
    over: Annotated[
        str | None,
        typer.Option("--over", metavar="A:B", help="Window of the answer; default the first.", rich_help_panel=OUTPUT),
    ] = None,
    charts: Annotated[
        str | None,
        typer.Option("--charts", metavar="A,B", help="Kinds of charts, or all.", rich_help_panel=OUTPUT),
    ] = None,
    style: StyleOption = "light",
    size: SheetOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to; default the result folder.", rich_help_panel=OUTPUT),
    ] = None,
    quiet: QuietOption = False,
    data: Data,
    choices: Choices,
) -> None:
    """Write a report: what was asked, the answer, the charts, the match audit, the method, how to reproduce it."""
    from eventstudy.charts import find_style
    from eventstudy.cli.output import warn, write
    from eventstudy.report import write_report
    from eventstudy.report.drawings import POSSIBLE, STANDARD

    look = find_style(style, None if size is None else str(size))
    result = found_study(context, source, data, choices, quiet=quiet)
    kinds = POSSIBLE if charts == "all" else tuple(names(charts) or STANDARD)
    told = write_report(result, title, over, kinds, look)
    folder = out or (source if source is not None and source.is_dir() else Path("eventstudy-report"))
    paths = [path for one in dict.fromkeys(form or [Form.html]) for path in _written(told, one, folder)]
    write("".join(f"{path}\n" for path in paths))
    warn([*result.warnings, *(f"not drawn: {name}: {why}" for name, why in told.not_drawn)], quiet=quiet)


def _written(told: Report, form: Form, folder: Path) -> list[Path]:
    """Write a report in one form; return the paths a reader opens."""
    from eventstudy.charts import save_pages
    from eventstudy.files import write_files
    from eventstudy.report import to_excel, to_html, to_markdown

    if form == Form.html:
        return write_files(folder, {"report.html": to_html(told).encode()})
    if form == Form.excel:
        return write_files(folder, {"report.xlsx": to_excel(told)})
    if form == Form.pdf:
        return [save_pages([drawing.chart for drawing in told.drawings], folder / "charts.pdf", style=told.style)]
    pictures = {f"charts/{drawing.name}.svg": drawing.svg.encode() for drawing in told.drawings}
    return write_files(folder, {"report.md": to_markdown(told).encode(), **pictures})[:1]
