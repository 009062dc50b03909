"""What happened: dated diplomatic events with a stance, their schema, the files they come in, and articles read."""

from eventstudy.news.clock import event_clock
from eventstudy.news.files import read_events
from eventstudy.news.schema import COLUMNS, check_events
from eventstudy.news.stance import STANCES, net_stance
from eventstudy.news.text.actors import ActorTable, read_actors
from eventstudy.news.text.extract import extract_all, extract_events
from eventstudy.news.text.lexicon import Lexicon, read_lexicon
from eventstudy.news.text.proposals import Extraction, ProposedEvent, SetAside
from eventstudy.news.text.scoring import Score, score_stance
from eventstudy.news.text.stance_coder import Evidence, StanceReading, code_stance

__all__ = [
    "COLUMNS",
    "STANCES",
    "ActorTable",
    "Evidence",
    "Extraction",
    "Lexicon",
    "ProposedEvent",
    "Score",
    "SetAside",
    "StanceReading",
    "check_events",
    "code_stance",
    "event_clock",
    "extract_all",
    "extract_events",
    "net_stance",
    "read_actors",
    "read_events",
    "read_lexicon",
    "score_stance",
]
