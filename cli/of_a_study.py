"""The options that say what is studied, for the commands that show a study: `chart` and `report`."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.design_argument import more_choices
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
    CHOICES,
    AnchorOption,
    AsOfOption,
    CaseOption,
    EventsOption,
    OverlapOption,
    PricesOption,
    ProposedOption,
    SeriesOption,
    names,
)
from eventstudy.cli.study_options import (
    CleanOption,
    EstimationOption,
    FactorsOption,
    MarketOption,
    MeasureOption,
    MinObsOption,
    MissingOption,
    ModelOption,
    ReturnsOption,
    SeedOption,
    WindowOption,
)

if TYPE_CHECKING:
    from eventstudy.study import StudyResult


def _study(
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    series: SeriesOption = None,
    measure: MeasureOption = "return",
    model: ModelOption = "constant-mean",
    market: MarketOption = None,
    factors: FactorsOption = None,
    estimation: EstimationOption = "-130:-11",
    window: WindowOption = None,
    returns: ReturnsOption = None,
    tests: Annotated[
        str | None,
        typer.Option("--tests", metavar="A,B", help="Test ids, default, all or none.", rich_help_panel=CHOICES),
    ] = None,
    min_obs: MinObsOption = 60,
    clean: CleanOption = True,
    missing: MissingOption = "exclude",
    anchor: AnchorOption = "stamp",
    overlap: OverlapOption = "flag",
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = 0,
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
) -> None:
    """Declare the options of a study."""


def of_a_study(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a study; it receives them as one dict, ``options``."""
    own = {k: v for k, v in inspect.signature(command, eval_str=True).parameters.items() if k != "options"}
    study = dict(inspect.signature(_study, eval_str=True).parameters)

    @wraps(command)
    def with_options(**given: Any) -> None:
        command(**{k: given[k] for k in own}, options={k: given[k] for k in study})

    parameters = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in (*own.values(), *study.values())]
    with_options.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in parameters}
    return with_options


def found_study(context: typer.Context, source: Path | None, options: dict[str, Any], *, quiet: bool) -> StudyResult:
    """Return the study of a result folder, or run the one that the options and a design file describe."""
    if source is not None and source.is_dir():
        from eventstudy.study.folder import read_folder

        return read_folder(source)
    from eventstudy.cli.run import fit_study
    from eventstudy.cli.sources import Fetching

    asked = dict(options)
    case, events, prices, series = (asked.pop(name) for name in ("case", "events", "prices", "series"))
    provider, refresh, offline = (asked.pop(name) for name in ("provider", "refresh", "offline"))
    windows, tests = asked.pop("window"), asked.pop("tests") or "default"
    choices = {
        **asked,
        "factors": names(asked["factors"]),
        "returns_kind": asked.pop("returns"),
        "tests": tests if tests in {"default", "all"} else [] if tests == "none" else names(tests),
        **({"windows": windows} if windows else {}),
        **more_choices(context),
    }
    choices.pop("returns", None)
    fetching = Fetching(provider, refresh=refresh, offline=offline, quiet=quiet)
    return fit_study(case, events, prices, series, choices, fetching)
