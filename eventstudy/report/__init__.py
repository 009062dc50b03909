"""A result in words."""

from eventstudy.report.sentences import Reading, read_moves, sentence
from eventstudy.report.story import story
from eventstudy.report.writing import day_in_words, probability, quantity

__all__ = ["Reading", "day_in_words", "probability", "quantity", "read_moves", "sentence", "story"]
