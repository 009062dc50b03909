"""Pages of HTML: nothing is loaded from anywhere, and they can be read without a script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET  # it reads what this library has drawn

from eventstudy.charts import DARK, LIGHT, Style
from eventstudy.files import inert_frame
from eventstudy.report.content import Report
from eventstudy.report.drawings import Drawing
from eventstudy.report.method import methods
from eventstudy.study.result import StudyResult

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

#: Colours of a style that belong to no stance.
_PLAIN = ("paper", "ink", "muted", "faint", "band", "closure", "gain", "loss")

#: How a place in the same file is pointed to; more decimals than a screen can show; where a line must not be broken.
_LINK = re.compile(r"url\(#([^)]*)\)")
_DIGITS = re.compile(r"(\d+\.\d)\d+")
_UNBROKEN = re.compile(r"(?<=\d) (?=%)|(?<=\bp) (?=[<\d])|(?<=p <) (?=\d)|(?<=[<−+]) (?=\d)")


def to_html(report: Report, dark: Style = DARK) -> str:
    """Write a report as one self-contained HTML page.

    Parameters
    ----------
    report : Report
        The report.
    dark : Style
        The colours where the reader's screen is dark.

    Returns
    -------
    str
        The page: the answer on its first screen, all else folded; tables and inline SVG. Every text that came from
        outside is escaped, and a policy in the page's head forbids it to load anything and to run any script but its
        own, which sorts, filters, points at figures and hands them out, and without which nothing is missing.

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
    from markupsafe import Markup

    from eventstudy.version import version

    colours: dict[str, str] = {}
    for name, colour in _colours(report.style).items():
        colours.setdefault(colour, f"var({name})")
    labels = _labels(report.result)
    pictures = {one.name: _inline(one, colours, labels) for one in report.drawings}
    return render(
        "report.html.j2",
        report.style,
        dark,
        scripts=("report.js", "figures.js"),
        report=report,
        groups=[label for label in report.result.groups if label],
        methods=methods(report.result),
        version=version(),
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704  # escaped as XML by its writer
        numbers={one.name: _csv(one) for one in report.drawings},
    )


def _labels(result: StudyResult) -> dict[str, str]:
    """Return the label of every event by its id, and of every label by itself."""
    events = dict(zip(result.matching.events.ids.tolist(), result.matching.events.labels.tolist(), strict=True))
    return {**{str(event): str(label) for event, label in events.items()}, **{label: label for label in result.groups}}


def _csv(drawing: Drawing) -> str:
    """Return the numbers behind a chart as CSV, figures to six digits."""
    text: str = inert_frame(drawing.points).to_csv(index=False, float_format="%.6g", lineterminator="\n")
    return text


def render(
    template: str, light: Style = LIGHT, dark: Style = DARK, scripts: tuple[str, ...] = (), **values: Any
) -> str:
    """Return a page of this package's templates with its style and scripts; every value but markup is escaped.

    A figure keeps its sign and its unit: between them a line is never broken.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("eventstudy.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: unbroken(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    day, night = ("; ".join(f"{name}: {colour}" for name, colour in _colours(of).items()) for of in (light, dark))
    css = (  # paper is always light
        f":root {{ color-scheme: light dark; {day}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {night}; }} }}\n{template_text('report.css')}"
    )
    script = "".join(map(template_text, scripts))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    values["policy"] = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:" + (
        f"; script-src 'sha256-{digest}'" if script else ""
    )
    return environment.get_template(template).render(
        css=Markup(css),  # noqa: S704  # our own files
        script=Markup(script),  # noqa: S704  # our own files
        **values,
    )


def unbroken(words: str) -> str:
    r"""Return words in which no figure is parted from its sign or unit at the end of a line.

    Examples
    --------
    >>> unbroken("it fell 5.9 %; p < 0.004").split(" ")
    ['it', 'fell', '5.9\xa0%;', 'p\xa0<\xa00.004']
    """
    return _UNBROKEN.sub("\u00a0", words)


def template_text(name: str) -> str:
    """Return a file of this package's templates as text."""
    return files("eventstudy.report").joinpath("templates", name).read_text(encoding="utf-8")


def _colours(style: Style) -> dict[str, str]:
    """Return the name of the page's variable for each colour of a style."""
    stances = {"all" if name == "*" else name: look.colour for name, look in style.looks}
    named = {name: getattr(style, name) for name in _PLAIN} | stances
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
        for key, value in element.attrib.items():
            element.set(key, _own(key, value, prefix, colours))
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    width, height = (root.attrib.pop(side).removesuffix("pt") for side in ("width", "height"))
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
    root.attrib |= {"style": f"--width: {1.35 * float(width):.0f}px", "role": "img"}
    root.set("aria-labelledby", f"{prefix}--title {prefix}--alt")
    for place, (tag, words) in enumerate((("title", drawing.title), ("desc", drawing.alt))):
        named = ET.Element(f"{{{_SVG}}}{tag}", {"id": f"{prefix}--{'alt' if place else 'title'}"})
        named.text = words
        root.insert(place, named)
    dots = ET.SubElement(root, f"{{{_SVG}}}g", {"class": "places"})
    for spot in drawing.places:
        at = {"cx": f"{spot.x:g}", "cy": f"{spot.y:g}", "r": "4"} | ({"data-label": spot.label} if spot.label else {})
        ET.SubElement(ET.SubElement(dots, f"{{{_SVG}}}circle", at), f"{{{_SVG}}}title").text = spot.words
    return ET.tostring(root, encoding="unicode")


def _own(key: str, value: str, prefix: str, colours: Mapping[str, str]) -> str:
    """Return an attribute of a picture with the identifiers and the colours of the page."""
    new = _LINK.sub(rf"url(#{prefix}-\1)", value)
    if key in {"d", "x", "y"} or new.startswith("translate"):  # coordinates alone: no figure that is read
        new = _DIGITS.sub(r"\1", new)
    if key == f"{{{_XLINK}}}href" and new.startswith("#"):
        new = f"#{prefix}-{new[1:]}"
    if key in {"style", "fill", "stroke"}:
        for drawn, instead in colours.items():
            new = new.replace(drawn, instead)
    return new
