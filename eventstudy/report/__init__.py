"""A result in words, and as a report: a page, Markdown, a PDF, a slide."""

from eventstudy.late import late_names

__getattr__, __dir__, __all__ = late_names(__name__)
