"""`eventstudy run`: a study from options."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
    AnchorOption,
    CaseOption,
    EventsOption,
    Format,
    FormatOption,
    OutOption,
    OverlapOption,
    PricesOption,
    ProposedOption,
    QuietOption,
    SeriesOption,
    names,
)
from eventstudy.cli.sources import Fetching
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.study import StudyResult


class By(StrEnum):
    """What a row of the answer is."""

    stance = "stance"
    event = "event"
    test = "test"


def run(
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    series: SeriesOption = None,
    model: Annotated[
        str, typer.Option("--model", metavar="NAME", help="Normal-return model.", rich_help_panel=CHOICES)
    ] = "constant-mean",
    market: Annotated[
        str | None, typer.Option("--market", metavar="NAME", help="Market column.", rich_help_panel=CHOICES)
    ] = None,
    factors: Annotated[
        str | None, typer.Option("--factors", metavar="A,B", help="Factor columns.", rich_help_panel=CHOICES)
    ] = None,
    estimation: Annotated[
        str, typer.Option("--estimation", metavar="A:B", help="Estimation window.", rich_help_panel=CHOICES)
    ] = "-130:-11",
    window: Annotated[
        list[str] | None,
        typer.Option("--window", metavar="A:B", help="Event window; may be repeated.", rich_help_panel=CHOICES),
    ] = None,
    returns: Annotated[
        str | None,
        typer.Option("--returns", metavar="KIND", help="log, simple or difference.", rich_help_panel=CHOICES),
    ] = None,
    tests: Annotated[
        str | None,
        typer.Option(
            "--tests", metavar="A,B", help="Test ids, default, all or none; prints them too.", rich_help_panel=CHOICES
        ),
    ] = None,
    min_obs: Annotated[
        int, typer.Option("--min-obs", help="Fewest estimation returns an event may have.", rich_help_panel=CHOICES)
    ] = 60,
    clean: Annotated[
        bool,
        typer.Option("--clean/--no-clean", help="Leave other events out of estimations.", rich_help_panel=CHOICES),
    ] = True,
    anchor: AnchorOption = "stamp",
    overlap: OverlapOption = "flag",
    include_proposed: ProposedOption = False,
    seed: Annotated[int, typer.Option("--seed", help="Seed of what is drawn at random.", rich_help_panel=CHOICES)] = 0,
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    by: Annotated[By, typer.Option("--by", help="What a row of the answer is.", rich_help_panel=OUTPUT)] = By.stance,
    how: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Run an event study and say what each market did, by stance or event by event."""
    choices: dict[str, Any] = {
        "model": model,
        "market": market,
        "factors": names(factors),
        "estimation": estimation,
        "tests": _tests(tests or "default"),
        "min_obs": min_obs,
        "clean": clean,
        "returns_kind": returns,
        "anchor": anchor,
        "overlap": overlap,
        "include_proposed": include_proposed,
        "seed": seed,
    }
    if window:
        choices["windows"] = window
    fetching = Fetching(provider, refresh=refresh, offline=offline, quiet=quiet)
    result = fit_study(case, events, prices, series, choices, fetching)
    write_result(result, by, how, out, quiet=quiet, with_tests=tests is not None)


def _tests(text: str) -> str | list[str]:
    if text in {"default", "all"}:
        return text
    return [] if text == "none" else names(text) or []


def fit_study(
    case: str | None, events: Any, prices: Any, series: str | None, choices: dict[str, Any], fetching: Fetching
) -> StudyResult:
    """Read the sources, then run the study on them; what was read from where goes to stderr."""
    from eventstudy.cli.output import warn
    from eventstudy.cli.sources import read_sources
    from eventstudy.study import EventStudy
    from eventstudy.study.design import make_design

    # A wrong choice is said before any file is read.
    design = make_design(returns=choices["returns_kind"], **{k: v for k, v in choices.items() if k != "returns_kind"})
    sources = read_sources(
        case,
        events,
        prices,
        names(series),
        regressors=design.model.regressors,
        span=Window(design.estimation.first, design.span.last),
        fetching=fetching,
    )
    warn(sources.notes, quiet=fetching.quiet)
    named = {
        "market": sources.columns.get(choices["market"], choices["market"]),
        "factors": choices["factors"] and [sources.columns[word] for word in choices["factors"]],
    }
    return EventStudy(
        sources.events, sources.prices, instruments=sources.instruments, series=sources.series, **{**choices, **named}
    ).fit()


def write_result(result: StudyResult, by: By, how: Format, out: Any, *, quiet: bool, with_tests: bool = False) -> None:
    """Write a result to stdout in the format asked for, its warnings to stderr, its folder to disk."""
    from eventstudy.cli.output import show, warn, write
    from eventstudy.cli.views import average_view, battery_view, moves_view
    from eventstudy.study.envelope import envelope, result_files, to_csv, to_json

    windows = [str(window) for window in result.design.windows]
    if out is not None:
        from eventstudy.atomic import write_files

        write_files(out, result_files(result))
    if how == Format.json:
        write(to_json(envelope(result)))
    elif how == Format.csv:
        write(to_csv({By.stance: result.average, By.event: result.car, By.test: result.tests}[by]))
    elif by == By.stance:
        show(average_view(result, windows, "Averages over events"))
    elif by == By.event:
        used = dict.fromkeys(result.car["event_id"])
        for text in windows:
            show(moves_view(result, list(used), text, f"What each market did over window {text}"))
    if how == Format.table and len(result.tests) and (with_tests or by == By.test):
        show(battery_view(result))
    warn(result.warnings, quiet=quiet)
