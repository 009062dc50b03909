"""A report as HTML that loads nothing, Markdown, a PDF and a slide."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from importlib.resources import files
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET  # it reads what this library has drawn

from markupsafe import Markup

from eventstudy.cells import brief_list
from eventstudy.charts import DARK, KINDS, LIGHT, Style, to_bytes
from eventstudy.charts.saved import CHART, PAPER, SLIDE, pdf_of, sheet
from eventstudy.charts.style import PLAIN, drawing
from eventstudy.errors import EventStudyError, InputError
from eventstudy.files import inert_frame
from eventstudy.report.content import Drawing, Report
from eventstudy.report.tables import Block, walk
from eventstudy.wording import unbroken

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

#: How a place in the same file is pointed to; more decimals than a screen can show.
_LINK = re.compile(r"url\(#([^)]*)\)")
_DIGITS = re.compile(r"(\d+\.\d)\d+")

#: Characters that Markdown, or HTML inside of it, would take for its own.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$])")

#: Browsers that can print, in the order in which they are looked for, and seconds that one may take.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120

#: Dots an inch of a slide, so that it has 1920 by 1080.
_DPI = 144

#: The moment that a browser writes into a PDF.
_WRITTEN = re.compile(rb"\(D:\d{14}")


def to_html(report: Report) -> str:
    """Write a report as one self-contained HTML page.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        The page: the answer on its first screen, all else folded. What came from outside is escaped, and a policy in
        its head forbids it to load anything and to run any script but its own, without which nothing is missing.

    Examples
    --------
    >>> import eventstudy as es
    >>> from eventstudy.report import write_report
    >>> case = es.load_case("crimea-2014")
    >>> study = es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"], tests=[])
    >>> page = to_html(write_report(study.fit(), charts=()))
    >>> page.startswith("<!DOCTYPE html>"), "http-equiv" in page
    (True, True)
    """
    from eventstudy.version import version

    events = report.result.matching.events
    labels = dict(zip(map(str, events.ids), map(str, events.labels), strict=True))
    labels |= {label: label for label in report.result.groups}
    colours: dict[str, str] = {}
    for name, colour in _colours(report.style).items():
        colours.setdefault(colour, f"var({name})")
    return render(
        "report.html.j2",
        report.style,
        scripts=("report.js", "figures.js"),
        report=report,
        title=report.title,
        version=version(),
        pictures={one.name: Markup(_inline(one, colours, labels))  # noqa: S704  # escaped as XML by its writer
                  for one in report.drawings},
        numbers={one.name: inert_frame(one.points).to_csv(index=False, float_format="%.6g", lineterminator="\n")
                 for one in report.drawings},
    )  # fmt: skip


def render(template: str, light: Style = LIGHT, scripts: tuple[str, ...] = (), **values: Any) -> str:
    """Return a page of this package's templates with its style and scripts; every value but markup is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("eventstudy.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: unbroken(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    folder = files("eventstudy.report") / "templates"
    style, *code = (folder.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", *scripts))
    day, night = ("; ".join(f"{name}: {colour}" for name, colour in _colours(of).items()) for of in (light, DARK))
    script = "".join(code)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    values["policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:"
    values["policy"] += f"; script-src 'sha256-{digest}'" * bool(script)
    values |= {"css": Markup(style), "script": Markup(script), "by_day": day, "by_night": night}  # noqa: S704  # our own files
    return environment.get_template(template).render(**values)


def _colours(style: Style) -> dict[str, str]:
    """Return the name of the page's variable for each colour of a style."""
    named = {name: getattr(style, name) for name in PLAIN}
    named |= {"all" if name == "*" else name: look.colour for name, look in style.looks}
    return {f"--{name}": str(colour).lower() for name, colour in named.items()}


def _inline(drawing: Drawing, colours: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Return a chart as an element of the page: the page's colours, labels to filter by, places to point at."""
    prefix = f"c-{drawing.name}"
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(drawing.svg)  # noqa: S314  # our own drawing
    pointed = set(_LINK.findall(drawing.svg)) | set(re.findall(r'href="#([^"]+)"', drawing.svg))
    for element in root.iter():
        element.text, element.tail = (words and words.strip() for words in (element.text, element.tail))
        name = element.attrib.pop("id", "")
        if name in pointed:
            element.set("id", f"{prefix}-{name}")
        label = next((labels[part] for part in name.split("/") if part in labels), "")
        if label:
            element.set("data-label", label)
        for key, value in element.attrib.items():  # with the identifiers and the colours of the page
            new = _LINK.sub(rf"url(#{prefix}-\1)", value)
            # Coordinates alone: no figure that is read.
            new = _DIGITS.sub(r"\1", new) if key in {"d", "x", "y"} or new.startswith("translate") else new
            new = f"#{prefix}-{new[1:]}" if key == f"{{{_XLINK}}}href" and new.startswith("#") else new
            for drawn, instead in colours.items() if key in {"style", "fill", "stroke"} else ():
                new = new.replace(drawn, instead)
            element.set(key, new)
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    width, _ = (root.attrib.pop(side).removesuffix("pt") for side in ("width", "height"))
    root.attrib |= {"style": f"--width: {1.35 * float(width):.0f}px", "role": "img"}
    root.set("aria-labelledby", f"{prefix}--title {prefix}--alt")
    for place, (tag, words) in enumerate((("title", drawing.title), ("desc", drawing.alt))):
        named = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{prefix}--{'alt' if place else 'title'}"})
        named.text = words
        root.insert(place, named)
    dots = ET.SubElement(root, f"{{{_SVG}}}g", {"class": "places"})
    for x, y, words, label in drawing.places:
        at = {"cx": f"{x:g}", "cy": f"{y:g}", "r": "4"} | ({"data-label": label} if label else {})
        ET.SubElement(ET.SubElement(dots, f"{{{_SVG}}}circle", at), f"{{{_SVG}}}title").text = words
    return ET.tostring(root, encoding="unicode")


def to_markdown(report: Report) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        The text, with its charts at ``charts/NAME.svg``. What came from outside is escaped.
    """
    title = [Block("title", report.title), Block("text", [report.byline])]
    return markdown([*title, *report.blocks], lambda one: f"charts/{quote(one.name)}.svg")


def markdown(blocks: Iterable[Block], path_of: Callable[[Drawing], str] = attrgetter("name")) -> str:
    """Return blocks as Markdown, with charts at their paths: what came from outside is escaped."""
    marks = dict.fromkeys(("section", "fold", "heading"), "## ") | dict.fromkeys(("part", "heading-3"), "### ")
    parts = []
    for kind, what, *_ in walk(blocks):
        if kind in marks or kind == "title":
            parts.append(marks.get(kind, "# ") + escaped(what))
        elif kind == "table":
            headings, *rows = ([escaped(text) for text in row] for row in what.texts)
            ruled = ["---" if flush else "---:" for flush in what.left]
            body = "\n".join(f"| {' | '.join(row)} |" for row in (headings, ruled, *rows))
            parts += [f"**{escaped(what.caption)}**", body, *map(escaped, what.notes)]
        elif kind == "chart":
            parts += [f"![{escaped(f'{what.title}. {what.alt}')}]({path_of(what)})", escaped(what.caption)]
        elif kind == "code":
            parts.append(f"```toml\n{what.rstrip()}\n```")
        elif kind in {"text", "command"}:
            parts.append(escaped(" ".join(what)))
        elif kind != "beside":
            lines = (f"{line[0]}: {' '.join(filter(None, line[1:]))}" if kind == "methods" else line for line in what)
            parts.append("\n".join(f"- {escaped(line)}" for line in lines))
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    """Return a text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


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

    Raises
    ------
    InputError
        Without a browser, if the report was pickled.
    """
    if browser:  # with a profile of its own
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            suppress(OSError, subprocess.SubprocessError),
        ):
            page, printed = Path(folder) / "report.html", Path(folder) / "report.pdf"
            page.write_text(to_html(report), encoding="utf-8")
            options = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
                       "--no-pdf-header-footer", f"--user-data-dir={folder}/profile"]  # fmt: skip
            # A browser refuses its sandbox to root; the page is our own and its policy lets it load nothing.
            options += ["--no-sandbox"] if getattr(os, "geteuid", lambda: 1)() == 0 else []
            command = [browser, *options, f"--print-to-pdf={printed}", page.as_uri()]
            subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)  # noqa: S603  # our own words
            if made := _WRITTEN.sub(b"(D:19800101000000", printed.read_bytes()):
                return made
    if missing := [one.name for one in report.drawings if one.chart is None]:
        what = f"pickling left no {brief_list(missing, 3)} to draw, so only a browser can print the page"
        raise InputError(f"{what}; give one, or write the report again")
    words = [report.byline, "", *report.headline, "", *(f"! {line}" for line in report.result.warnings)]
    with drawing(report.style):
        first = sheet(PAPER, report.title, "", map(unbroken, words), report.tables["answer"], report.style)
    return pdf_of([first, *(one.chart for one in report.drawings)], report.style)


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
    # As many sentences, of lines of 60 letters and a gap, as leave room for the table; of a long table part is shown.
    result, room, kept = report.result, max(9, 26 - len(report.tables["answer"].rows)), list[str]()
    for line in report.headline:
        room -= -(-len(line) // 60) + 1
        kept += [unbroken(line)] if room >= 0 or not kept else []
    choices: dict[str, Any] = {"series": result.series[0], "window": report.window}
    written, picture, look = BytesIO(), b"", replace(report.style, sheet=CHART, logo="")
    for kind in ("multiples",) if len(result.series) > 1 else ("raise-fold", "car"):
        with suppress(EventStudyError):
            chart = KINDS[kind].draw(result, style=look, **{key: choices[key] for key in KINDS[kind].takes})
            picture = to_bytes(chart, "png", style=look)
            break
    with drawing(report.style):
        figure = sheet(SLIDE, report.title, report.byline, kept, report.tables["answer"], report.style, picture)
        figure.savefig(written, format="png", dpi=_DPI, metadata={"Software": None})
    return written.getvalue()
