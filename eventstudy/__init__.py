"""Market-impact event studies: dated diplomatic news is matched to markets, and a study says whether they moved.

This is the face of the library. It defines nothing; every name is fetched from its room when it is first asked for, so
that ``import eventstudy`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy import charts, events, news, trading
    from eventstudy.cases import Case, case_names, load_case
    from eventstudy.errors import (
        DataMissingError,
        DesignError,
        EventStudyError,
        InputError,
        NetworkError,
        NothingUsableError,
        PartialResultError,
        UnknownNameError,
    )
    from eventstudy.events.schema import read_events
    from eventstudy.markets.fetch import fetch_prices
    from eventstudy.markets.instrument import Instrument, find_instrument
    from eventstudy.markets.prices import read_prices
    from eventstudy.markets.stamp import Hours, Stamp
    from eventstudy.models import (
        Capm,
        Carhart,
        ConstantMean,
        Dimson,
        Egarch,
        FactorModel,
        FamaFrench3,
        FamaFrench5,
        Garch,
        MarketAdjusted,
        MarketModel,
        Robust,
        ScholesWilliams,
        SyntheticControl,
        UnobservedComponents,
        Zero,
    )
    from eventstudy.reading import Reading, read_event
    from eventstudy.study import Answer, Design, EventStudy, StudyResult, event_study
    from eventstudy.trading.ask import ask
    from eventstudy.window import Window

#: The names that are offered, by the room in which each lives.
_BY_ROOM = {
    "cases": "Case case_names load_case",
    "errors": (
        "DataMissingError DesignError EventStudyError InputError NetworkError NothingUsableError "
        "PartialResultError UnknownNameError"
    ),
    "events.schema": "read_events",
    "markets.fetch": "fetch_prices",
    "markets.instrument": "Instrument find_instrument",
    "markets.prices": "read_prices",
    "markets.stamp": "Hours Stamp",
    "models": (
        "Capm Carhart ConstantMean Dimson Egarch FactorModel FamaFrench3 FamaFrench5 Garch MarketAdjusted "
        "MarketModel Robust ScholesWilliams SyntheticControl UnobservedComponents Zero"
    ),
    "reading": "Reading read_event",
    "study": "Answer Design EventStudy StudyResult event_study",
    "trading.ask": "ask",
    "window": "Window",
}
_HOMES = {name: room for room, names in _BY_ROOM.items() for name in names.split()}
_ROOMS = ("charts", "events", "news", "trading")

__all__ = [
    "Answer", "Capm", "Carhart", "Case", "ConstantMean", "DataMissingError", "Design", "DesignError", "Dimson",
    "Egarch", "EventStudy", "EventStudyError", "FactorModel", "FamaFrench3", "FamaFrench5", "Garch", "Hours",
    "InputError", "Instrument", "MarketAdjusted", "MarketModel", "NetworkError", "NothingUsableError",
    "PartialResultError", "Reading", "Robust", "ScholesWilliams", "Stamp", "StudyResult", "SyntheticControl",
    "UnknownNameError", "UnobservedComponents", "Window", "Zero", "ask", "case_names", "charts", "event_study",
    "events", "fetch_prices", "find_instrument", "load_case", "news", "read_event", "read_events", "read_prices",
    "trading",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"eventstudy.{name}")
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
