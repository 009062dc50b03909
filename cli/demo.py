"""`eventstudy demo`: the whole main job on a bundled case, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.cli.options import OUTPUT, Asked, Option, command
from eventstudy.cli.output import bar, say, show, warn, write
from eventstudy.cli.views import short_view
from eventstudy.errors import require_known

if TYPE_CHECKING:
    from eventstudy.study import StudyResult

CASE = "raise-or-fold-2022"

_WINDOW = "0:0"

#: What to type next, of a case and its first two markets.
NEXT = (
    "Next:",
    "  eventstudy run --case {case} --series {first}",
    "  eventstudy ask {second} --case {case} --after raise",
    "  eventstudy sample",
)


@command(
    "case",
    Option("out", "--out DIR", "path", Path("eventstudy-demo"), "Where charts and tables go.", OUTPUT),
    "quiet",
)
def demo(asked: Asked) -> None:
    """Show the whole job on bundled data: match, measure, compare raises with folds, say it, draw it."""
    from eventstudy.cases import case_row, load_case
    from eventstudy.reading import read_record
    from eventstudy.report import sentence
    from eventstudy.study import EventStudy

    of = load_case(asked.case or CASE, case_row(asked.case or CASE)["headline"])
    # Moscow's shares where they are among the headline markets, else the first market, and the one beside it.
    first = "imoex" if "imoex" in of.headline else of.headline[0]
    second = next(name for name in of.headline if name != first)
    with bar("Studying", quiet=asked.quiet):
        result = EventStudy(of.events, of.prices, instruments=of.instruments, series=of.headline).fit()
        shown = dict.fromkeys((of.focus[-1], of.spotlight))
        told = [sentence(result, event, first, _WINDOW) for event in shown]
        told += [
            answer.sentence
            for answer in result.answers
            if (answer.series, answer.window) == (first, _WINDOW) and answer.is_contrast and answer.n
        ]
        readings = read_record(shown)
        told += [readings[event].sentence for event in shown if event in readings]
    write(f"{of.title}\n\n")
    say(told)
    show(short_view(result, _WINDOW))
    with bar("Drawing and writing", quiet=asked.quiet):
        paths = write_everything(result, asked.out, (first, second))
    following = (line.format(case=of.name, first=first, second=second) for line in NEXT)
    write("\n".join([f"Charts, tables and a page to send on ({len(paths)} files): {asked.out}/", *following, ""]))
    n = len(result.warnings)
    warn([f"{n} warnings about these data stand in {asked.out}/study.json"] if n else [], quiet=asked.quiet)


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


@command(
    Option("name", "[NAME]", "text", None, "One of them, or all; without a name they are listed.",
           offered="cli.demo:sample_names"),
    Option("out", "--out DIR", "path", Path(), "Where to; default here.", OUTPUT),
)  # fmt: skip
def sample(asked: Asked) -> None:
    """Write the sample files with which the documentation works."""
    from eventstudy.files import write_files

    files = _samples()
    if asked.name is None:
        write("".join(f"{name:<16}{file.name}\n" for name, file in files.items()))
        write("Write one, or all, with: eventstudy sample NAME --out DIR\n")
        return
    wanted = list(files) if asked.name == "all" else [require_known(asked.name, (*files, "all"), "sample")]
    written = write_files(asked.out, {files[name].name: files[name].read_bytes() for name in wanted})
    write("".join(f"{path}\n" for path in written))


def _samples() -> dict[str, Path]:
    """Return the sample files by their short names: the first two words of the file's."""
    import re
    from importlib.resources import files

    folder = Path(str(files("eventstudy.datasets"))) / "samples"
    found = (path for path in sorted(folder.iterdir()) if path.is_file())
    return {"-".join(re.split(r"[ _-]", path.stem.lower())[:2]): path for path in found}


def sample_names() -> list[str]:
    """Return the names of the samples, for completion."""
    return [*_samples(), "all"]
