"""A result in words, and as a report: a page, Markdown, a workbook, a PDF of its charts."""

from eventstudy.report.answers import Answer, answers
from eventstudy.report.content import Report, write_report
from eventstudy.report.html import to_html
from eventstudy.report.markdown import to_markdown
from eventstudy.report.sentences import Reading, read_moves, sentence
from eventstudy.report.story import story
from eventstudy.report.workbook import to_excel
from eventstudy.wording import day_in_words, probability, quantity

__all__ = [
    "Answer",
    "Reading",
    "Report",
    "answers",
    "day_in_words",
    "probability",
    "quantity",
    "read_moves",
    "sentence",
    "story",
    "to_excel",
    "to_html",
    "to_markdown",
    "write_report",
]
