"""What happened: dated diplomatic events with a stance, their schema, the files they come in, and articles read.

Every name is fetched from its module when it is first asked for: reading GDELT files must not load pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.news.clock import event_clock
    from eventstudy.news.files import read_events
    from eventstudy.news.gdelt.filters import Filters
    from eventstudy.news.gdelt.proposals import gdelt_events
    from eventstudy.news.gdelt.reading import read_gdelt
    from eventstudy.news.schema import COLUMNS, check_events
    from eventstudy.news.stance import STANCES, net_stance
    from eventstudy.news.text.actors import ActorTable, read_actors
    from eventstudy.news.text.extract import extract_all, extract_events
    from eventstudy.news.text.lexicon import Lexicon, read_lexicon
    from eventstudy.news.text.proposals import Extraction, ProposedEvent, SetAside
    from eventstudy.news.text.scoring import Score, score_stance
    from eventstudy.news.text.stance_coder import Evidence, StanceReading, code_stance, code_stances

_HOMES = {
    "COLUMNS": "schema",
    "STANCES": "stance",
    "ActorTable": "text.actors",
    "Evidence": "text.stance_coder",
    "Extraction": "text.proposals",
    "Filters": "gdelt.filters",
    "Lexicon": "text.lexicon",
    "ProposedEvent": "text.proposals",
    "Score": "text.scoring",
    "SetAside": "text.proposals",
    "StanceReading": "text.stance_coder",
    "check_events": "schema",
    "code_stance": "text.stance_coder",
    "code_stances": "text.stance_coder",
    "event_clock": "clock",
    "extract_all": "text.extract",
    "extract_events": "text.extract",
    "gdelt_events": "gdelt.proposals",
    "net_stance": "stance",
    "read_actors": "text.actors",
    "read_events": "files",
    "read_gdelt": "gdelt.reading",
    "read_lexicon": "text.lexicon",
    "score_stance": "text.scoring",
}

__all__ = [
    "COLUMNS",
    "STANCES",
    "ActorTable",
    "Evidence",
    "Extraction",
    "Filters",
    "Lexicon",
    "ProposedEvent",
    "Score",
    "SetAside",
    "StanceReading",
    "check_events",
    "code_stance",
    "code_stances",
    "event_clock",
    "extract_all",
    "extract_events",
    "gdelt_events",
    "net_stance",
    "read_actors",
    "read_events",
    "read_gdelt",
    "read_lexicon",
    "score_stance",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"eventstudy.news.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'eventstudy.news' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
