"""Pages of HTML: nothing is loaded from anywhere, and they can be read without a script."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET  # it reads what this library has drawn

from eventstudy.charts import DARK, LIGHT, Style
from eventstudy.report.content import Report
from eventstudy.report.drawings import Drawing
from eventstudy.report.method import methods
from eventstudy.study.result import StudyResult
from eventstudy.wording import p_in_words, quantity

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"

#: Colours of a style that belong to no stance.
_PLAIN = ("paper", "ink", "muted", "faint", "band", "closure", "gain", "loss")

#: How a place in the same file is pointed to.
_LINK = re.compile(r"url\(#([^)]*)\)")


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
        The page: headings, tables and inline SVG. Every text that came from outside is escaped, and a policy in the
        page's head forbids it to load anything and to run any script but its own.

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

    script = template_text("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    colours: dict[str, str] = {}
    for name, colour in _colours(report.style).items():
        colours.setdefault(colour, f"var({name})")
    hints = _hints(report.result, report.window)
    pictures = {one.name: _inline(one, colours, hints) for one in report.drawings}
    return render(
        "report.html.j2",
        report.style,
        dark,
        report=report,
        methods=methods(report.result),
        version=version(),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; img-src data:",
        script=Markup(script),  # noqa: S704  # our own file
        pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704  # escaped as XML by its writer
    )


def _hints(result: StudyResult, window: str) -> dict[str, str]:
    """Return by identifier of a part of a chart what is shown when the pointer rests on it."""
    headlines = result.events.set_index("id")["headline"]
    hints = {}
    for row in result.car[result.car["window"] == window].to_dict("records"):
        event = row["event_id"]
        news = f"{' '.join(str(headlines[event]).split()) or event} ({row['stance'] or 'no stance'})"
        p = f"{p_in_words(row['p_value'], row['days'])}, family {p_in_words(row['family_p'], row['family_days'])}"
        hints[f"flag/{event}"] = news
        hints[f"value/{event}/{row['series']}"] = f"{news}: abnormal {quantity(row['car'], row['unit'], 2)}, {p}"
    return hints


def render(template: str, light: Style = LIGHT, dark: Style = DARK, **values: Any) -> str:
    """Return a page of this package's templates with its style; every value but markup is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("eventstudy.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    day, night = ("; ".join(f"{name}: {colour}" for name, colour in _colours(of).items()) for of in (light, dark))
    css = (  # paper is always light
        f":root {{ color-scheme: light dark; {day}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {night}; }} }}\n{template_text('report.css')}"
    )
    return environment.get_template(template).render(css=Markup(css), **values)  # noqa: S704  # our own files


def template_text(name: str) -> str:
    """Return a file of this package's templates as text."""
    return files("eventstudy.report").joinpath("templates", name).read_text(encoding="utf-8")


def _colours(style: Style) -> dict[str, str]:
    """Return the name of the page's variable for each colour of a style."""
    stances = {"all" if name == "*" else name: look.colour for name, look in style.looks}
    named = {name: getattr(style, name) for name in _PLAIN} | stances
    return {f"--{name}": str(colour).lower() for name, colour in named.items()}


def _inline(drawing: Drawing, colours: Mapping[str, str], hints: Mapping[str, str]) -> str:
    """Return a chart as an element of the page: identifiers of its own, its words, the page's colours, hints."""
    prefix = f"c-{drawing.name}"
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(drawing.svg)  # noqa: S314  # our own drawing
    for metadata in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(metadata)
    seen: Counter[str] = Counter()
    for element in list(root.iter()):
        for key, value in element.attrib.items():
            new = _LINK.sub(rf"url(#{prefix}-\1)", value)
            if key == f"{{{_XLINK}}}href" and new.startswith("#"):
                new = f"#{prefix}-{new[1:]}"
            if key in {"style", "fill", "stroke"}:
                for drawn, instead in colours.items():
                    new = new.replace(drawn, instead)
            element.set(key, new)
        name = element.get("id", "")
        if name:
            seen[name] += 1
            plain = "_".join(name.split())  # HTML allows no space in an identifier
            element.set("id", f"{prefix}-{plain}{f'-{seen[name]}' if seen[name] > 1 else ''}")
        if name in hints:
            _insert(element, 0, "title", hints[name])
    width, height = (root.attrib.pop(side).removesuffix("pt") for side in ("width", "height"))
    root.attrib.setdefault("viewBox", f"0 0 {width} {height}")
    root.attrib |= {"style": f"--width: {1.35 * float(width):.0f}px", "role": "img"}
    root.set("aria-labelledby", f"{prefix}--title {prefix}--alt")
    _insert(root, 0, "title", drawing.title).set("id", f"{prefix}--title")
    _insert(root, 1, "desc", drawing.alt).set("id", f"{prefix}--alt")
    return ET.tostring(root, encoding="unicode")


def _insert(parent: ET.Element, place: int, tag: str, words: str) -> ET.Element:
    child = ET.Element(f"{{{_SVG}}}{tag}")
    child.text = words
    parent.insert(place, child)
    return child
