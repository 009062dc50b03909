"""The study: all choices in one printable value, and from events and markets to a result."""

from eventstudy.study.design import Design
from eventstudy.study.result import StudyResult
from eventstudy.study.study import EventStudy

__all__ = ["Design", "EventStudy", "StudyResult"]
