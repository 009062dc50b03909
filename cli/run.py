"""`eventstudy run`: a study from options."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.design_argument import DesignArgument, ShowDesignOption, more_choices
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.grid import GridFileOption, GridOption, VaryOption, require_grid, study_grid
from eventstudy.cli.methods import (
    CovarianceOption,
    HorizonsOption,
    LagsOption,
    Method,
    MethodOption,
    ShockOption,
    write_method,
)
from eventstudy.cli.options import (
    CHOICES,
    OUTPUT,
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
from eventstudy.cli.sources import Fetching
from eventstudy.cli.study_options import (
    CleanOption,
    EstimationOption,
    FactorsOption,
    FamilyOption,
    Figures,
    FiguresOption,
    MarketLagsOption,
    MarketLeadsOption,
    MarketOption,
    MeasureOption,
    MinObsOption,
    MissingOption,
    ModelOption,
    ReturnsOption,
    ScaleOption,
    SeedOption,
    WindowOption,
)
from eventstudy.cli.workers import BudgetOption, ExecutorOption, fitted
from eventstudy.window import Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.study import EventStudy, StudyResult


#: Under what name a study takes figures, and the end of a bar that labels it.
_GIVEN = {Figures.returns: "returns", Figures.volumes: "volumes"}
_BARS = {Figures.bars_start: "start", Figures.bars_end: "end"}


class By(StrEnum):
    """What a row of the answer is."""

    stance = "stance"
    event = "event"
    test = "test"


def run(
    context: typer.Context,
    _design: DesignArgument = None,
    case: CaseOption = None,
    events: EventsOption = None,
    prices: PricesOption = None,
    figures: FiguresOption = Figures.prices,
    series: SeriesOption = None,
    measure: MeasureOption = "return",
    model: ModelOption = "constant-mean",
    market: MarketOption = None,
    factors: FactorsOption = None,
    market_lags: MarketLagsOption = None,
    market_leads: MarketLeadsOption = None,
    estimation: EstimationOption = "-130:-11",
    window: WindowOption = None,
    returns: ReturnsOption = None,
    tests: Annotated[
        str | None,
        typer.Option(
            "--tests", metavar="A,B", help="Test ids, default, all or none; prints them too.", rich_help_panel=CHOICES
        ),
    ] = None,
    min_obs: MinObsOption = 60,
    clean: CleanOption = True,
    missing: MissingOption = "exclude",
    anchor: AnchorOption = "stamp",
    overlap: OverlapOption = "flag",
    include_proposed: ProposedOption = False,
    as_of: AsOfOption = None,
    scale: ScaleOption = "ewma",
    family: FamilyOption = "series",
    seed: SeedOption = 0,
    method: MethodOption = Method.study,
    covariance: CovarianceOption = "HAC",
    horizons: HorizonsOption = 10,
    lags: LagsOption = 2,
    shock: ShockOption = "stance",
    grid: GridOption = False,
    vary: VaryOption = None,
    grid_file: GridFileOption = None,
    executor: ExecutorOption = None,
    budget: BudgetOption = 1024,
    provider: ProviderChoice = None,
    refresh: RefreshOption = False,
    offline: OfflineOption = False,
    by: Annotated[By, typer.Option("--by", help="What a row of the answer is.", rich_help_panel=OUTPUT)] = By.stance,
    how: FormatOption = Format.table,
    out: OutOption = None,
    show_design: ShowDesignOption = False,
    quiet: QuietOption = False,
) -> None:
    """Run an event study and say what each market did, by stance or event by event."""
    choices: dict[str, Any] = {
        "measure": measure,
        "model": model,
        "market": market,
        "factors": names(factors),
        "estimation": estimation,
        "tests": test_ids(tests or "default"),
        "min_obs": min_obs,
        "clean": clean,
        "returns_kind": returns,
        "missing": missing,
        "anchor": anchor,
        "overlap": overlap,
        "include_proposed": include_proposed,
        "as_of": as_of,
        "scale": scale,
        "family": family,
        "seed": seed,
    }
    choices |= {name: n for name, n in (("lags", market_lags), ("leads", market_leads)) if n is not None}
    if window:
        choices["windows"] = window
    choices |= more_choices(context)
    _require_file(figures, prices, whole=not (grid or show_design))
    if show_design:
        data = {"case": case, "events": events, "prices": prices, "provider": provider, "series": series}
        _show_design(data, choices)
        return
    fetching = Fetching(provider, refresh=refresh, offline=offline, quiet=quiet)
    require_grid(vary, grid_file, method, choices, wanted=grid)
    if grid:
        study_grid((case, events, prices, series), choices, fetching, vary, grid_file, how, out)
        return
    study = make_study(case, events, prices, series, choices, fetching, figures)
    result = fitted(study, executor, budget, quiet=quiet)
    if method != Method.study:
        options = {"covariance": covariance, "horizons": horizons, "lags": lags, "shock": shock}
        write_method(study, result, method, options, how, out, quiet=quiet)
        return
    write_result(result, by, how, out, quiet=quiet, with_tests=tests is not None)


def _require_file(figures: Figures, prices: Any, *, whole: bool) -> None:
    """Refuse to call anything but the figures of a file what they are not."""
    from eventstudy.errors import DesignError

    if figures == Figures.prices:
        return
    if prices is None:
        raise DesignError(f"--figures {figures.value} says what a file holds; name it with --prices FILE")
    if not whole:
        raise DesignError(f"a grid and a design file know prices alone; leave out --figures {figures.value}")


def _show_design(data: dict[str, Any], choices: dict[str, Any]) -> None:
    from eventstudy.cli.design_argument import design_text
    from eventstudy.cli.output import write

    write(design_text(data, choices))


def test_ids(text: str) -> str | list[str]:
    """Return the tests meant by an option: ``default``, ``all``, or a list."""
    if text in {"default", "all"}:
        return text
    return [] if text == "none" else names(text) or []


def fit_study(
    case: str | None, events: Any, prices: Any, series: str | None, choices: dict[str, Any], fetching: Fetching
) -> StudyResult:
    """Read the sources, then run the study on them."""
    return make_study(case, events, prices, series, choices, fetching).fit()


def make_study(
    case: str | None,
    events: Any,
    prices: Any,
    series: str | None,
    choices: dict[str, Any],
    fetching: Fetching,
    figures: Figures = Figures.prices,
) -> EventStudy:
    """Read the sources, and return the study on them; what was read from where goes to stderr."""
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
        in_bars=figures in _BARS,
    )
    warn(sources.notes, quiet=fetching.quiet)
    named = {
        "market": sources.columns.get(choices["market"], choices["market"]),
        "factors": choices["factors"] and [_found(word, sources.columns) for word in choices["factors"]],
    }
    given: dict[str, Any] = {_GIVEN.get(figures, "prices"): sources.prices, "bars": _BARS.get(figures)}
    given |= {"instruments": sources.instruments, "series": sources.series}
    return EventStudy(sources.events, **given, **{**choices, **named})


def _found(word: str, columns: Mapping[str, str]) -> str:
    """Return a factor as the prices name it, after its role where it has one: ``mkt_rf=SPX`` is ``mkt_rf=sp500``."""
    role, equals, name = word.rpartition("=")
    return f"{role}{equals}{columns[name]}"


def write_result(result: StudyResult, by: By, how: Format, out: Any, *, quiet: bool, with_tests: bool = False) -> None:
    """Write a result to stdout in the format asked for, its warnings to stderr, its folder to disk."""
    from eventstudy.cli.output import show, warn, write, write_parquet
    from eventstudy.cli.views import average_view, battery_view, moves_view
    from eventstudy.study.envelope import envelope, to_csv, to_json
    from eventstudy.study.folder import folder_files

    windows = [str(window) for window in result.design.windows]
    if out is not None:
        from eventstudy.atomic import write_files

        write_files(out, folder_files(result))
    if how == Format.json:
        write(to_json(envelope(result)))
    elif how in {Format.csv, Format.parquet}:
        frame = {By.stance: result.average, By.event: result.car, By.test: result.tests}[by]
        write(to_csv(frame)) if how == Format.csv else write_parquet(frame)
    elif by == By.stance:
        show(average_view(result, windows, "Averages over events"))
    elif by == By.event:
        used = dict.fromkeys(result.car["event_id"])
        for text in windows:
            show(moves_view(result, list(used), text, f"What each market did over window {text}"))
    if how == Format.table and len(result.tests) and (with_tests or by == By.test):
        show(battery_view(result))
    warn(result.warnings, quiet=quiet)
