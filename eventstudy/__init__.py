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
    from eventstudy.events.read import read_events
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

_HOMES = {
    "Answer": "study",
    "Capm": "models",
    "Carhart": "models",
    "Case": "cases",
    "ConstantMean": "models",
    "DataMissingError": "errors",
    "Design": "study",
    "DesignError": "errors",
    "Dimson": "models",
    "Egarch": "models",
    "EventStudy": "study",
    "EventStudyError": "errors",
    "FactorModel": "models",
    "FamaFrench3": "models",
    "FamaFrench5": "models",
    "Garch": "models",
    "Hours": "markets.stamp",
    "InputError": "errors",
    "Instrument": "markets.instrument",
    "MarketAdjusted": "models",
    "MarketModel": "models",
    "NetworkError": "errors",
    "NothingUsableError": "errors",
    "PartialResultError": "errors",
    "Reading": "reading",
    "Robust": "models",
    "ScholesWilliams": "models",
    "Stamp": "markets.stamp",
    "StudyResult": "study",
    "SyntheticControl": "models",
    "UnknownNameError": "errors",
    "UnobservedComponents": "models",
    "Window": "window",
    "Zero": "models",
    "ask": "trading.ask",
    "case_names": "cases",
    "fetch_prices": "markets.fetch",
    "event_study": "study",
    "find_instrument": "markets.instrument",
    "load_case": "cases",
    "read_event": "reading",
    "read_events": "events.read",
    "read_prices": "markets.prices",
}
_ROOMS = ("charts", "events", "news", "trading")

__all__ = [
    "Answer",
    "Capm",
    "Carhart",
    "Case",
    "ConstantMean",
    "DataMissingError",
    "Design",
    "DesignError",
    "Dimson",
    "Egarch",
    "EventStudy",
    "EventStudyError",
    "FactorModel",
    "FamaFrench3",
    "FamaFrench5",
    "Garch",
    "Hours",
    "InputError",
    "Instrument",
    "MarketAdjusted",
    "MarketModel",
    "NetworkError",
    "NothingUsableError",
    "PartialResultError",
    "Reading",
    "Robust",
    "ScholesWilliams",
    "Stamp",
    "StudyResult",
    "SyntheticControl",
    "UnknownNameError",
    "UnobservedComponents",
    "Window",
    "Zero",
    "ask",
    "case_names",
    "charts",
    "event_study",
    "events",
    "fetch_prices",
    "find_instrument",
    "load_case",
    "news",
    "read_event",
    "read_events",
    "read_prices",
    "trading",
]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"eventstudy.{name}")
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
