"""A report on paper and on a slide: a PDF of the page, or of plain pages where there is no Chromium; one PNG."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eventstudy.charts import KINDS, Style, to_bytes
from eventstudy.charts.sheets import Row, paper, slide
from eventstudy.errors import EventStudyError
from eventstudy.report.content import Report
from eventstudy.report.html import to_html, unbroken
from eventstudy.report.tables import Table

#: Browsers that can print, in the order in which they are looked for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

#: Seconds that a browser may take.
_PATIENCE = 120

#: The moment that a browser writes into a PDF.
_WRITTEN = re.compile(rb"\(D:\d{14}")


def find_browser() -> str | None:
    """Return the path of a Chromium, or None; the variable ``EVENTSTUDY_BROWSER`` names one, or ``none``."""
    named = os.environ.get("EVENTSTUDY_BROWSER")
    if named:
        return shutil.which(named)
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def to_pdf(report: Report, browser: str | None = None) -> bytes:
    """Write a report as a PDF: its sentences, tables and charts.

    Parameters
    ----------
    report : Report
        The report.
    browser : str, optional
        Path of a Chromium that prints the page; without one, or where it fails, matplotlib writes plain pages: the
        sentences, the warnings and the table of means, then a page a chart.

    Returns
    -------
    bytes
        The file, without a clock.
    """
    return (_printed(report, browser) if browser else None) or _plain_pages(report)


def _printed(report: Report, browser: str) -> bytes | None:
    """Print the page by a browser with a profile of its own; None where that fails."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(to_html(report), encoding="utf-8")
        options = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
                   "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]  # fmt: skip
        # A browser refuses its sandbox to root; the page is our own and its policy lets it load nothing.
        options += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
        command = [browser, *options, f"--print-to-pdf={printed}", page.as_uri()]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)  # noqa: S603  # our own words
            return _WRITTEN.sub(b"(D:19800101000000", printed.read_bytes())
        except (OSError, subprocess.SubprocessError):
            return None


def _plain_pages(report: Report) -> bytes:
    """Write pages of text and a page a chart by matplotlib alone."""
    words = [report.byline, "", *report.headline, "", *(f"! {line}" for line in report.result.warnings)]
    charts = [one.chart for one in report.drawings]
    return paper(report.title, map(unbroken, words), _rows(report.tables["answer"]), charts, report.style)


def _rows(table: Table) -> list[Row]:
    """Return a table as lines to be drawn."""
    flush = [cell.is_number for cell in table.rows[0]] if table.rows else [False] * len(table.columns)
    rows = [Row(table.columns, flush, [True] * len(flush))]
    return rows + [Row([c.text for c in row], flush, [c.mark == "rare" for c in row]) for row in table.rows]


def to_slide(report: Report) -> bytes:
    """Draw a report as one slide: title, sentences, table and chart.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    bytes
        A PNG of 1920 by 1080 dots.
    """
    result = report.result
    choices = {"series": result.series[0], "window": report.window, "event_id": None}

    def draw(style: Style) -> bytes | None:
        for kind in ("multiples",) if len(result.series) > 1 else ("raise-fold", "car"):
            with suppress(EventStudyError):
                chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
                return to_bytes(chart, "png", style=style)
        return None

    words = map(unbroken, _most_said(report.headline))
    return slide(report.title, report.byline, words, _rows(report.tables["answer"]), draw, report.style)


def _most_said(lines: Sequence[str], room: int = 7) -> list[str]:
    """Return as many sentences as have room on a slide, in so many lines."""
    kept: list[str] = []
    for line in lines:
        room -= -(-len(line) // 70)
        if room < 0:
            break
        kept.append(line)
    return kept or list(lines[:1])
