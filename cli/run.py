"""`eventstudy run`: a study from options."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.design_argument import DesignArgument, ShowDesignOption
from eventstudy.cli.grid import Robustness, require_grid, study_grid
from eventstudy.cli.groups import grouped
from eventstudy.cli.methods import Method, Regression, write_method
from eventstudy.cli.of_a_study import Choices, Data, make_study
from eventstudy.cli.options import CHOICES, OUTPUT, Format, FormatOption, OutOption, QuietOption
from eventstudy.cli.study_options import Figures, FiguresOption
from eventstudy.cli.workers import Workers, fitted

if TYPE_CHECKING:
    from eventstudy.study import EventStudy, StudyResult


class By(StrEnum):
    """What a row of the answer is."""

    stance = "stance"
    event = "event"
    test = "test"
    tau = "tau"


@grouped()
def run(
    context: typer.Context,
    *,
    _design: DesignArgument = None,
    data: Data,
    figures: FiguresOption = Figures.prices,
    choices: Choices,
    tests: Annotated[
        str | None,
        typer.Option(
            "--tests", metavar="A,B", help="Test ids, default, all or none; prints them too.", rich_help_panel=CHOICES
        ),
    ] = None,
    regression: Regression,
    robustness: Robustness,
    workers: Workers,
    by: Annotated[By, typer.Option("--by", help="What a row of the answer is.", rich_help_panel=OUTPUT)] = By.stance,
    how: FormatOption = Format.table,
    out: OutOption = None,
    show_design: ShowDesignOption = False,
    show_input: Annotated[
        bool,
        typer.Option("--show-input", help="Show how the files were understood, and stop.", rich_help_panel=OUTPUT),
    ] = False,
    detail: Annotated[
        bool, typer.Option("--detail", help="Show all figures of each answer.", rich_help_panel=OUTPUT)
    ] = False,
    quiet: QuietOption = False,
) -> None:
    """Run an event study and say what each market did, by stance or event by event."""
    asked = replace(choices, tests=tests).asked(context)
    _require_file(figures, data.prices, whole=not (robustness.grid or show_design))
    if show_design:
        _show_design(data, asked)
        return
    require_grid(robustness, regression.method, asked)
    if robustness.grid:
        study_grid(data, asked, robustness, how, out, quiet=quiet)
        return
    study = make_study(data, asked, quiet=quiet, figures=figures)
    if show_input:
        _show_input(study)
        return
    result = fitted(study, workers, quiet=quiet)
    if regression.method == Method.study:
        write_result(result, by, how, out, detail=detail, quiet=quiet, with_tests=tests is not None)
    else:
        write_method(result, regression, how, out, quiet=quiet)


def _require_file(figures: Figures, prices: Any, *, whole: bool) -> None:
    """Refuse to call anything but the figures of a file what they are not."""
    from eventstudy.errors import DesignError

    if figures == Figures.prices:
        return
    if not prices:
        raise DesignError(f"--figures {figures.value} says what a file holds; name it with --prices FILE")
    if not whole:
        raise DesignError(f"a grid and a design file know prices alone; leave out --figures {figures.value}")


def _show_input(study: EventStudy) -> None:
    """Show the first and last three rows of the events and of the figures as they were understood."""
    from eventstudy.cli.output import show
    from eventstudy.cli.series_import import ends_view

    told = [name for name in ("time", "time_zone", "stance", "series", "headline") if study.events[name].ne("").any()]
    show(ends_view(study.events[["id", *told]], "Events, as understood"))
    show(ends_view(study.given.figures.reset_index(), "Figures, as understood"))


def _show_design(data: Data, choices: dict[str, Any]) -> None:
    from eventstudy.cli.design_argument import design_text
    from eventstudy.cli.output import write
    from eventstudy.errors import DesignError

    files: list[Any] = data.prices or [None]
    if len(files) > 1:
        raise DesignError("a design file names one price file; put the markets into one table for --show-design")
    told = ("case", "events", "prices", "provider", "series")
    words = [f"{name}.{word}={value}" for name, said in data.told().items() for word, value in said.items()]
    write(
        design_text({**{name: getattr(data, name) for name in told}, "prices": files[0], "instrument": words}, choices)
    )


def write_result(
    result: StudyResult, by: By, how: Format, out: Any, *, detail: bool, quiet: bool, with_tests: bool = False
) -> None:
    """Write a result to stdout in the format asked for, its warnings to stderr, its folder to disk.

    Raises
    ------
    NothingUsableError
        If no market event stands in a mean; after everything is written.
    """
    from eventstudy.cli.output import folded, show, warn, write, write_parquet
    from eventstudy.cli.views import aar_view, average_view, battery_view, headline, moves_view
    from eventstudy.errors import NothingUsableError
    from eventstudy.study.envelope import envelope, to_csv, to_json
    from eventstudy.study.folder import folder_files

    windows = [str(window) for window in result.design.windows]
    if out is not None:
        from eventstudy.files import write_files

        write_files(out, folder_files(result))
    if how == Format.json:
        write(to_json(envelope(result)))
    elif how in {Format.csv, Format.parquet}:
        frame = getattr(result, {By.stance: "average", By.event: "car", By.test: "tests", By.tau: "aar"}[by])
        write(to_csv(frame)) if how == Format.csv else write_parquet(frame)
    elif by == By.stance:
        write("\n".join(folded(answer.sentence) for answer in headline(result)) + "\n\n")
        show(average_view(result, windows, "Averages over market events", detail=detail))
    elif by == By.event:
        used = dict.fromkeys(result.car["event_id"])
        for text in windows:
            show(moves_view(result, list(used), text, f"What each market did over window {text}"))
    elif by == By.tau:
        show(aar_view(result))
    if how == Format.table and (with_tests or by == By.test) and len(result.tests):
        show(battery_view(result))
    warn(result.warnings, quiet=quiet)
    if not any(answer.n for answer in result.answers):
        raise NothingUsableError("no market event stands in a mean over any window; --by event says why of each")
