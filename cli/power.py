"""`eventstudy power`: the smallest effect that this very study could have seen."""

from __future__ import annotations

import typer

from eventstudy.cli.design_argument import DesignArgument, more_choices
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
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


def power(
    context: typer.Context,
    _design: DesignArgument = None,
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    series: SeriesOption = None,
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
    """Show the smallest effect this study could have seen four times in five, by series, stance and window."""
    from eventstudy.cli.output import emit
    from eventstudy.cli.run import make_study
    from eventstudy.cli.trust_views import power_view
    from eventstudy.study.design import DEFAULT_WINDOWS

    choices = {
        "model": model,
        "market": market,
        "factors": names(factors),
        "estimation": estimation,
        "windows": window or list(DEFAULT_WINDOWS),
        "tests": [],
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
    found = study.power()
    emit(found, how, power_view(found))
