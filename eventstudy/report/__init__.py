"""A result in words, and as a report: a page, Markdown, a PDF, a slide."""

from eventstudy.report.content import POSSIBLE, Report, write_report
from eventstudy.report.pages import find_browser, to_html, to_markdown, to_pdf, to_slide
from eventstudy.report.story import sentence, story
from eventstudy.report.tables import Cell, Table

__all__ = [
    "POSSIBLE",
    "Cell",
    "Report",
    "Table",
    "find_browser",
    "sentence",
    "story",
    "to_html",
    "to_markdown",
    "to_pdf",
    "to_slide",
    "write_report",
]
