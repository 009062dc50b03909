"""The study: all choices in one printable value, and from events and markets to a result."""

from eventstudy.study.answer import Answer
from eventstudy.study.design import Design
from eventstudy.study.result import StudyResult
from eventstudy.study.study import EventStudy, event_study

__all__ = ["Answer", "Design", "EventStudy", "StudyResult", "event_study"]
