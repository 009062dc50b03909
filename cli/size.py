"""`eventstudy size`: how often every test rejects on placebo dates of the user's own data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from eventstudy.cli.design_argument import DesignArgument, more_choices
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
    CHOICES,
    AnchorOption,
    AsOfOption,
    CaseOption,
    EventsOption,
    Format,
    FormatOption,
    OverlapOption,
    PricesOption,
    ProposedOption,
    QuietOption,
    SeriesOption,
    names,
)
from eventstudy.cli.sources import Fetching
from eventstudy.cli.study_options import (
    CleanOption,
    EstimationOption,
    FactorsOption,
    MarketOption,
    MinObsOption,
    ModelOption,
    ReturnsOption,
    ScaleOption,
    SeedOption,
    WindowOption,
)


def size(
    context: typer.Context,
    _design: DesignArgument = None,
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    series: SeriesOption = None,
    studies: Annotated[
        int,
        typer.Option("--studies", metavar="N", min=1, help="Placebo studies of each window.", rich_help_panel=CHOICES),
    ] = 1_000,
    tests: Annotated[
        str, typer.Option("--tests", metavar="A,B", help="Test ids, default, all or none.", rich_help_panel=CHOICES)
    ] = "default",
    model: ModelOption = "constant-mean",
    market: MarketOption = None,
    factors: FactorsOption = None,
    estimation: EstimationOption = "-130:-11",
    window: WindowOption = None,
    returns: ReturnsOption = None,
    min_obs: MinObsOption = 60,
    clean: CleanOption = True,
    anchor: AnchorOption = "stamp",
    overlap: OverlapOption = "flag",
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    scale: ScaleOption = "ewma",
    seed: SeedOption = 0,
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    how: FormatOption = Format.table,
    quiet: QuietOption = False,
) -> None:
    """Show how often each test rejects where there is nothing to find: on placebo dates of this very data."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.run import make_study, test_ids
    from eventstudy.cli.trust_views import size_view

    choices = {
        "model": model,
        "market": market,
        "factors": names(factors),
        "estimation": estimation,
        "windows": window or ["0:0"],
        "tests": test_ids(tests),
        "min_obs": min_obs,
        "clean": clean,
        "returns_kind": returns,
        "anchor": anchor,
        "overlap": overlap,
        "include_proposed": include_proposed,
        "as_of": as_of,
        "scale": scale,
        "seed": seed,
    } | more_choices(context)
    fetching = Fetching(provider, refresh=refresh, offline=offline, quiet=quiet)
    study = make_study(case, events, prices, series, choices, fetching)
    with _bar(studies * len(study.design.windows), quiet=quiet) as progress:
        found = study.size(studies, progress)
    emit(found, how, size_view(found))


@contextmanager
def _bar(total: int, *, quiet: bool) -> Iterator[Callable[[int], object] | None]:
    """Yield what moves a progress bar on stderr; None where nobody watches."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("placebo studies"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda done: bar.advance(task, done)
