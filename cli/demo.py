"""`eventstudy demo`: the whole main job on a bundled case, offline."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from eventstudy.cli.options import OUTPUT, CaseOption, QuietOption

if TYPE_CHECKING:
    from eventstudy.study import StudyResult

CASE = "raise-or-fold-2022"

_WINDOW = "0:0"

#: What to type next, of a case and its first two markets.
NEXT = (
    "Next:",
    "  eventstudy run --case {case} --series {first} --by event --window 0:0",
    "  eventstudy ask {second} --case {case} --after raise",
    "  eventstudy run --events my.csv --prices my_prices.csv",
)


def demo(
    case: CaseOption = None,
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

    of = load_case(case or CASE)
    # Moscow's shares where they are among the headline markets, else the first market, and the one beside it.
    first = "imoex" if "imoex" in of.headline else of.headline[0]
    second = next(name for name in of.headline if name != first)
    result = EventStudy(of.events, of.prices, instruments=of.instruments, series=of.headline).fit()
    shown = dict.fromkeys((of.focus[-1], of.spotlight))
    told = [sentence(result, event, first, _WINDOW) for event in shown]
    told += [answer.sentence for answer in pooled_first(result)]
    told += read_by_prices(shown)
    write("\n".join([of.title, "", *(folded(line) for line in told), "", ""]))
    show(short_view(result, _WINDOW))
    paths = write_everything(result, out, (first, second))
    following = (line.format(case=of.name, first=first, second=second) for line in NEXT)
    files = f"Charts, tables and a page to send on: {out}/ ({len(paths)} files, {paths[-1].name})"
    write("\n".join([files, *following, ""]))
    warn(result.warnings[:3], quiet=quiet)


def read_by_prices(event_ids: Iterable[str]) -> list[str]:
    """Return what prices took some events for, by the whole record before them."""
    from eventstudy.cases import load_case
    from eventstudy.reading import HEADLINE, reactions, read
    from eventstudy.study import EventStudy

    case = load_case("all")
    windows = ["0:0", "0:1"]
    study = EventStudy(case.events, case.prices, instruments=case.instruments, series=HEADLINE, windows=windows)
    of = reactions(study)
    known = set(of.events["event_id"])
    return [read(of, event_id).sentence for event_id in event_ids if event_id in known]


def write_everything(result: StudyResult, folder: Path, series: tuple[str, ...]) -> list[Path]:
    """Write the result folder, the charts of some series and the report; return charts, envelope and page."""
    from eventstudy import charts
    from eventstudy.files import write_files
    from eventstudy.report import to_html, write_report
    from eventstudy.study.folder import folder_files

    page = to_html(write_report(result, window=_WINDOW, charts=("heatmap", "multiples")))
    written = write_files(folder, {**folder_files(result), "report.html": page.encode()})
    drawn = []
    for name in series:
        for kind, draw in (("timeline", charts.timeline), ("car", charts.car)):
            path = folder / "charts" / f"{kind}-{name}.png"
            charts.save(draw(result, series=name), path)
            drawn.append(path)
    return [*drawn, written[0], written[-1]]
