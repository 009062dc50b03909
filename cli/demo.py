"""`eventstudy demo`: the whole main job on the bundled case, offline."""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import OUTPUT, QuietOption

if TYPE_CHECKING:
    from eventstudy.study import StudyResult

CASE = "raise-or-fold-2022"

_WINDOW = "0:0"


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where charts and tables go.", rich_help_panel=OUTPUT)
    ] = Path("eventstudy-demo"),
    quiet: QuietOption = False,
) -> None:
    """Show the whole job on bundled data: match, measure, compare raises with folds, say it, draw it."""
    from eventstudy.cases import load_case
    from eventstudy.cli.output import show, warn, write
    from eventstudy.cli.views import average_view, match_view, moves_view
    from eventstudy.report import sentence
    from eventstudy.study import EventStudy

    case = load_case(CASE)
    result = EventStudy(case.events, case.prices, instruments=case.instruments, series=case.headline).fit()
    write(f"{case.title}\n{fill(case.about, 100)}\n\n")
    show(match_view(result.matches))
    show(moves_view(result, case.focus, _WINDOW, "What each market did around the raise-or-fold days and the invasion"))
    show(average_view(result, [_WINDOW], "Raises against folds, over the event session"))
    for series in result.series:
        write(sentence(result, case.spotlight, series, _WINDOW) + "\n")
    paths = write_everything(result, out)
    write("\n".join(["", "Charts and tables:", *(f"  {path}" for path in paths), ""]))
    warn(result.warnings, quiet=quiet)


def write_everything(result: StudyResult, folder: Path) -> list[Path]:
    """Write the result folder, its charts and its report; return the charts, the envelope and the page."""
    from eventstudy import charts
    from eventstudy.atomic import write_files
    from eventstudy.report import to_html, write_report
    from eventstudy.study.folder import folder_files

    page = to_html(write_report(result, window=_WINDOW, charts=("heatmap", "multiples")))
    written = write_files(folder, {**folder_files(result), "report.html": page.encode()})
    drawn = []
    for series in ("imoex", "ruble"):
        for kind, draw in (("timeline", charts.timeline), ("car", charts.car)):
            path = folder / "charts" / f"{kind}-{series}.png"
            charts.save(draw(result, series=series), path)
            drawn.append(path)
    return [*drawn, written[0], written[-1]]
