"""A report on paper and on a slide: a PDF of the page, or of plain pages where there is no Chromium; one PNG."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.charts import KINDS, Style
from eventstudy.errors import EventStudyError
from eventstudy.report.content import Report
from eventstudy.report.html import to_html, unbroken
from eventstudy.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Browsers that can print, in the order in which they are looked for.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

#: Seconds that a browser may take.
_PATIENCE = 120

#: A page of paper and a slide, in points; letters on a slide are wrapped to so many a line.
_PAPER, _SLIDE, _WRAP = (595.0, 842.0), (960.0, 540.0), 70

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
    from matplotlib.backends.backend_pdf import PdfPages

    from eventstudy.charts.style import drawing

    written = BytesIO()
    words = [report.byline, "", *report.headline, "", *(f"! {line}" for line in report.result.warnings)]
    with (
        drawing(report.style),
        PdfPages(written, metadata={"CreationDate": None, "Creator": None, "Producer": None}) as pages,
    ):
        pages.savefig(_page(report, words, report.tables["answer"]))
        for one in report.drawings:
            chart = one.chart
            first = chart if hasattr(chart, "transData") else next(iter(chart))
            pages.savefig(first.figure.canvas.figure)
    return written.getvalue()


def _page(report: Report, words: Iterable[str], table: Table) -> Figure:
    figure = _empty(_PAPER, report.style)
    y = _line(figure, report.title, 0.06, 0.95, report.style, size=14.0, weight="bold", wrap=60)
    for line in words:
        y = _line(figure, line, 0.06, y - 0.006, report.style, size=8.5, wrap=100)
    _rows(figure, table, (0.06, y - 0.02), (0.9, 0.013), report.style, size=8.0)
    return figure


def _empty(size: tuple[float, float], style: Style) -> Figure:
    from eventstudy.charts.style import new_figure

    return new_figure(*size, style)


def _line(
    figure: Figure, words: str, x: float, y: float, style: Style, *, size: float, wrap: int, weight: str = "normal"
) -> float:
    """Write a text from a place down; return where the next begins."""
    from textwrap import wrap as wrapped

    height = size * 1.35 / (figure.get_figheight() * 72)
    for line in wrapped(unbroken(words), wrap) or [""]:
        figure.text(x, y, line, fontsize=size, fontweight=weight, color=style.ink, va="top")
        y -= height
    return y


def _rows(
    figure: Figure, table: Table, at: tuple[float, float], room: tuple[float, float], style: Style, *, size: float
) -> None:
    """Write a table from a place down, as many rows as there is room for; what is left out is said."""
    lines = list(table.texts())
    longest = [max(map(len, column)) for column in zip(*lines, strict=True)]
    unit = room[0] / (sum(longest) + 2 * len(longest))
    most = int((at[1] - 0.04) / room[1])
    shown, out = lines[:most], len(lines) - most
    for k, line in enumerate(shown):
        x = at[0]
        for place, (text, width) in enumerate(zip(line, longest, strict=True)):
            flush = table.rows[0][place].is_number if table.rows else False
            rare = k > 0 and table.rows[k - 1][place].mark == "rare"
            look: dict[str, Any] = {"ha": "right" if flush else "left", "va": "top", "color": style.ink}
            look |= {"fontsize": size, "fontweight": "bold" if rare or k == 0 else "normal"}
            figure.text(x + (width + 1) * unit if flush else x, at[1] - k * room[1], text, **look)
            x += (width + 2) * unit
    if out > 0:
        figure.text(at[0], at[1] - most * room[1], f"{out} more rows in the report", fontsize=size, color=style.muted)


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
    from eventstudy.charts.style import drawing

    style, written = report.style, BytesIO()
    with drawing(style):
        figure = _empty(_SLIDE, style)
        y = _line(figure, report.title, 0.03, 0.955, style, size=19.0, weight="bold", wrap=90)
        figure.text(0.03, y, report.byline, fontsize=8.5, color=style.muted, va="top")
        y -= 0.045
        for line in _most_said(report.headline):
            y = _line(figure, line, 0.03, y, style, size=10.5, wrap=_WRAP) - 0.012
        _rows(figure, report.tables["answer"], (0.03, y - 0.01), (0.42, 0.0245), style, size=8.5)
        _chart_of(report, figure)
        figure.savefig(written, format="png", dpi=144, metadata={"Software": None})
    return written.getvalue()


def _most_said(lines: Sequence[str], room: int = 7) -> list[str]:
    """Return as many sentences as have room on a slide, in so many lines."""
    kept: list[str] = []
    for line in lines:
        room -= -(-len(line) // _WRAP)
        if room < 0:
            break
        kept.append(line)
    return kept or list(lines[:1])


def _chart_of(report: Report, figure: Figure) -> None:
    """Put the first chart that can be drawn on the right half of a slide, as a picture of its own sheet."""
    from dataclasses import replace

    from matplotlib.image import imread

    from eventstudy.charts import to_bytes

    width, height = 0.5 * _SLIDE[0], 0.78 * _SLIDE[1]
    style = replace(report.style, sheet=(1.25 * width, 1.25 * height), logo="")
    result, kinds = report.result, ("multiples",) if len(report.result.series) > 1 else ("raise-fold", "car")
    choices = {"series": result.series[0], "window": report.window, "event_id": None}
    for kind in kinds:
        try:
            chart = KINDS[kind].draw(result, style=style, **{key: choices[key] for key in KINDS[kind].takes})
        except EventStudyError:
            continue
        ax = figure.add_axes((0.48, 0.05, 0.5, 0.78))
        ax.imshow(imread(BytesIO(to_bytes(chart, "png", style=style))), interpolation="antialiased")
        ax.axis("off")
        return
