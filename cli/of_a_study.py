"""The options that say what is studied and how, for all commands that have them, and the study that they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eventstudy.cli.design_argument import more_choices
from eventstudy.cli.fetching import OfflineOption, ProviderChoice, RefreshOption
from eventstudy.cli.options import (
    CHOICES,
    AnchorOption,
    AsOfOption,
    AsOption,
    CaseOption,
    CloseOption,
    ClosuresOption,
    ColumnOption,
    DecimalOption,
    EventsOption,
    ExchangeOption,
    InstrumentOption,
    MapOption,
    OrientationOption,
    OverlapOption,
    PricesOption,
    ProposedOption,
    SeriesOption,
    SetOption,
    SheetOption,
    TimeFormatOption,
    names,
)
from eventstudy.cli.sources import Fetching, read_sources
from eventstudy.cli.study_options import (
    CleanOption,
    ContrastOption,
    EstimationOption,
    FactorsOption,
    FamilyOption,
    Figures,
    GroupByOption,
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
    SplitsOption,
    WindowOption,
)
from eventstudy.window import Window

if TYPE_CHECKING:
    from eventstudy.cli.sources import Sources
    from eventstudy.study import EventStudy, StudyResult

#: Under what name a study takes figures, and the end of a bar that labels it.
_GIVEN = {Figures.returns: "returns", Figures.volumes: "volumes"}
_BARS = {Figures.bars_start: "start", Figures.bars_end: "end"}


@dataclass(frozen=True)
class Data:
    """Which events, and whose prices from where."""

    case: CaseOption = None
    events: EventsOption = None
    prices: PricesOption = None
    series: SeriesOption = None
    provider: ProviderChoice = None
    refresh: RefreshOption = False
    offline: OfflineOption = False
    columns: MapOption = None
    values: SetOption = None
    time_format: TimeFormatOption = None
    sheet: SheetOption = None
    decimal: DecimalOption = None
    column: ColumnOption = None
    as_: AsOption = None
    exchange: ExchangeOption = None
    close: CloseOption = None
    orientation: OrientationOption = None
    closures: ClosuresOption = None
    instrument: InstrumentOption = None

    def told(self) -> dict[str, dict[str, Any]]:
        """Return what the options say of columns, as `eventstudy.markets.identity.identify` takes it."""
        from eventstudy.markets.identity import read_closures, told_by_words

        options = {"as": self.as_, "exchange": self.exchange, "close": self.close, "orientation": self.orientation}
        told = told_by_words({word: texts or () for word, texts in options.items()}, self.instrument or ())
        for name, said in (read_closures(self.closures) if self.closures else {}).items():
            told[name] = {**told.get(name, {}), **said}
        return told

    def identify(self, sources: Sources) -> Sources:
        """Return sources with what the options say of their columns, and a line on each column of a file."""
        from eventstudy.markets.identity import retell, said_of

        told = self.told()
        instruments = retell(sources.instruments, told) if told else sources.instruments
        if not self.prices:
            return replace(sources, instruments=instruments)
        studied = {*(sources.series or map(str, sources.prices)), *sources.columns.values()}
        taken: dict[str, list[str]] = {}
        for name in (name for name in instruments if name in studied):
            taken.setdefault(said_of(instruments[name]), []).append(name)
        lines = tuple(f"{', '.join(columns)}: {said}" for said, columns in taken.items())
        return replace(sources, instruments=instruments, notes=(*sources.notes, *lines))

    @property
    def reading(self) -> dict[str, Any]:
        """How the files are to be read."""
        words = ("columns", "values", "time_format", "sheet", "decimal", "column")
        return {name: getattr(self, name) for name in words}

    def fetching(self, *, quiet: bool) -> Fetching:
        """Return how prices are come by that are neither a case's nor a file's."""
        return Fetching(self.provider, refresh=self.refresh, offline=self.offline, quiet=quiet)

    def read(self, *, quiet: bool, **needs: Any) -> Sources:
        """Read what the options name; what came from where goes to stderr. `needs` are those of `read_sources`."""
        from eventstudy.cli.output import warn

        fetching = self.fetching(quiet=quiet)
        read = read_sources(
            self.case, self.events, self.prices, names(self.series), fetching=fetching, reading=self.reading, **needs
        )
        sources = self.identify(read)
        warn(sources.notes, quiet=quiet)
        return sources


@dataclass(frozen=True)
class Choices:
    """How it is studied."""

    measure: MeasureOption = "return"
    model: ModelOption = "constant-mean"
    market: MarketOption = None
    factors: FactorsOption = None
    market_lags: MarketLagsOption = None
    market_leads: MarketLeadsOption = None
    estimation: EstimationOption = "-130:-11"
    window: WindowOption = None
    returns: ReturnsOption = None
    tests: Annotated[
        str | None,
        typer.Option("--tests", metavar="A,B", help="Test ids, default, all or none.", rich_help_panel=CHOICES),
    ] = None
    min_obs: MinObsOption = 60
    clean: CleanOption = "0:1"
    missing: MissingOption = "exclude"
    anchor: AnchorOption = "stamp"
    overlap: OverlapOption = "set-aside"
    group_by: GroupByOption = "stance"
    contrast: ContrastOption = None
    include_proposed: ProposedOption = False
    as_of: AsOfOption = None
    scale: ScaleOption = "ewma"
    family: FamilyOption = "series"
    seed: SeedOption = 0
    adjust_splits: SplitsOption = False

    def asked(self, context: typer.Context | None = None) -> dict[str, Any]:
        """Return what `EventStudy` takes, with the choices of a design file for which there is no option."""
        called = {"window": "windows", "market_lags": "lags", "market_leads": "leads", "returns": "returns_kind"}
        asked = {called.get(name, name): value for name, value in vars(self).items()}
        asked |= {"factors": names(self.factors), "tests": test_ids(self.tests or "default")}
        for name in ("windows", "lags", "leads"):
            if asked[name] in (None, []):
                del asked[name]
        return asked if context is None else asked | more_choices(context)


def test_ids(text: str) -> str | list[str]:
    """Return the tests meant by an option: ``default``, ``all``, or a list."""
    if text in {"default", "all"}:
        return text
    return [] if text == "none" else names(text) or []


def make_study(data: Data, choices: dict[str, Any], *, quiet: bool, figures: Figures = Figures.prices) -> EventStudy:
    """Read the data, and return the study on them that the choices mean."""
    from eventstudy.study import EventStudy
    from eventstudy.study.design import make_design

    # A wrong choice is said before any file is read.
    design = make_design(returns=choices["returns_kind"], **{k: v for k, v in choices.items() if k != "returns_kind"})
    sources = data.read(
        quiet=quiet,
        regressors=design.model.regressors,
        span=Window(design.estimation.first, design.span.last),
        figures="bars" if figures in _BARS else str(figures),
    )
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


def found_study(
    context: typer.Context, source: Path | None, data: Data, choices: Choices, *, quiet: bool
) -> StudyResult:
    """Return the study of a result folder, or run the one that the options and a design file describe."""
    if source is not None and source.is_dir():
        from eventstudy.study.folder import read_folder

        return read_folder(source)
    return make_study(data, choices.asked(context), quiet=quiet).fit()
