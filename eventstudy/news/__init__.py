"""From an article or a headline to proposed events: who did what to whom, on which day, with which stance."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.news.actors import ActorTable, read_actors
    from eventstudy.news.coder import Coder, read_coder
    from eventstudy.news.extract import Extraction, ProposedEvent, SetAside, extract_all, extract_events
    from eventstudy.news.lexicon import Lexicon, read_lexicon
    from eventstudy.news.scoring import Score, score_stance
    from eventstudy.news.stance_coder import Evidence, StanceReading, code_stance, code_stances

_MODULES: dict[str, tuple[str, ...]] = {
    "actors": ("ActorTable", "read_actors"),
    "coder": ("Coder", "read_coder"),
    "extract": ("Extraction", "ProposedEvent", "SetAside", "extract_all", "extract_events"),
    "lexicon": ("Lexicon", "read_lexicon"),
    "scoring": ("Score", "score_stance"),
    "stance_coder": ("Evidence", "StanceReading", "code_stance", "code_stances"),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [
    "ActorTable",
    "Coder",
    "Evidence",
    "Extraction",
    "Lexicon",
    "ProposedEvent",
    "Score",
    "SetAside",
    "StanceReading",
    "code_stance",
    "code_stances",
    "extract_all",
    "extract_events",
    "read_actors",
    "read_coder",
    "read_lexicon",
    "score_stance",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.news.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.news' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
