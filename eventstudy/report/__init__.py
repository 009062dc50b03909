"""A result in words, and as a report: a page, Markdown, a workbook, a PDF of its charts."""

from eventstudy.report.content import Report, write_report
from eventstudy.report.html import to_html
from eventstudy.report.markdown import to_markdown
from eventstudy.report.story import sentence, story
from eventstudy.report.tables import Cell, Table
from eventstudy.report.workbook import to_excel

__all__ = ["Cell", "Report", "Table", "sentence", "story", "to_excel", "to_html", "to_markdown", "write_report"]
