"""From an article or a headline to proposed events: who did what to whom, on which day, with which stance."""

from eventstudy.news.coder import Coder, Score, read_coder, score_stance
from eventstudy.news.extract import Extraction, ProposedEvent, SetAside, extract_all, extract_events
from eventstudy.news.pages import import_feed, is_html, published_in, read_headlines, read_page
from eventstudy.news.stance_coder import Evidence, StanceReading, code_stance, code_stances
from eventstudy.news.vocabulary import ActorTable, Lexicon, read_actors, read_lexicon

__all__ = [
    "ActorTable", "Coder", "Evidence", "Extraction", "Lexicon", "ProposedEvent", "Score", "SetAside", "StanceReading",
    "code_stance", "code_stances", "extract_all", "extract_events", "import_feed", "is_html", "published_in",
    "read_actors", "read_coder", "read_headlines", "read_lexicon", "read_page", "score_stance",
]  # fmt: skip
