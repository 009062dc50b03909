"""`eventstudy explain`: which attributes of an event go with a larger reaction."""

from __future__ import annotations

from typing import Annotated

import typer

from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
    CHOICES,
    AnchorOption,
    AsOfOption,
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
from eventstudy.cli.study_options import (
    CleanOption,
    EstimationOption,
    FactorsOption,
    MarketOption,
    MinObsOption,
    ModelOption,
    ReturnsOption,
    WindowOption,
)

FormulaOption = Annotated[
    str,
    typer.Option(
        "--formula", metavar="'Y ~ X'", help="What is explained ~ by what; C(...) for words.", rich_help_panel=CHOICES
    ),
]
ClusterOption = Annotated[
    str,
    typer.Option("--cluster", metavar="KIND", help="What hangs together: date, event, none.", rich_help_panel=CHOICES),
]


def explain(
    formula: FormulaOption,
    cluster: ClusterOption = "date",
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
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    how: FormatOption = Format.table,
    out: OutOption = None,
    quiet: QuietOption = False,
) -> None:
    """Regress CARs on attributes of their events: stance, intensity, actor, phase, or columns of your own."""
    from eventstudy.cli.method_views import explain_view
    from eventstudy.cli.methods import write_found
    from eventstudy.cli.run import fit_study
    from eventstudy.cli.sources import Fetching
    from eventstudy.study.explain import explain as explain_study

    choices = {
        "model": model,
        "market": market,
        "factors": names(factors),
        "estimation": estimation,
        "tests": [],
        "min_obs": min_obs,
        "clean": clean,
        "returns_kind": returns,
        "anchor": anchor,
        "overlap": overlap,
        "include_proposed": include_proposed,
        "as_of": as_of,
        "windows": window or ["0:1"],
    }
    fetching = Fetching(provider, refresh=refresh, offline=offline, quiet=quiet)
    result = fit_study(case, events, prices, series, choices, fetching)
    found = explain_study(result, formula, cluster)
    options = {"method": "explain", "formula": formula, "cluster": cluster}
    write_found(result, options, found, how, explain_view(found, formula), out, quiet=quiet)
