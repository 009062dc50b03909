"""`eventstudy demo`: the whole main job on the bundled case, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import OUTPUT, QuietOption

if TYPE_CHECKING:
    from eventstudy.study import StudyResult

CASE = "raise-or-fold-2022"

_WINDOW = "0:0"

#: What to type next.
NEXT = (
    "Next:",
    "  eventstudy run --case raise-or-fold-2022 --series imoex --by event --window 0:0",
    "  eventstudy ask ruble --case raise-or-fold-2022 --after raise",
    "  eventstudy run --events my.csv --prices my_prices.csv",
)


def demo(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where charts and tables go.", rich_help_panel=OUTPUT)
    ] = Path("eventstudy-demo"),
    quiet: QuietOption = False,
) -> None:
    """Show the whole job on bundled data: match, measure, compare raises with folds, say it, draw it."""
    from eventstudy.cases import load_case
    from eventstudy.cli.output import folded, show, warn, write
    from eventstudy.cli.views import pooled_first, short_view
    from eventstudy.report import sentence
    from eventstudy.study import EventStudy

    case = load_case(CASE)
    result = EventStudy(case.events, case.prices, instruments=case.instruments, series=case.headline).fit()
    told = [sentence(result, event, "imoex", _WINDOW) for event in ("2022-02-24-invasion", case.spotlight)]
    told += [answer.sentence for answer in pooled_first(result)]
    write("\n".join([case.title, "", *(folded(line) for line in told), "", ""]))
    show(short_view(result, _WINDOW))
    paths = write_everything(result, out)
    write(
        "\n".join([f"Charts, tables and a page to send on: {out}/ ({len(paths)} files, {paths[-1].name})", *NEXT, ""])
    )
    warn(result.warnings[:3], quiet=quiet)


def write_everything(result: StudyResult, folder: Path) -> list[Path]:
    """Write the result folder, its charts and its report; return the charts, the envelope and the page."""
    from eventstudy import charts
    from eventstudy.files import write_files
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
