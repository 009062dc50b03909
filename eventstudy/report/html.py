"""The report as one HTML page: nothing is loaded from anywhere, and it can be read without a script."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from eventstudy.charts import DARK, Style
from eventstudy.report.content import Report
from eventstudy.report.drawings import Drawing
from eventstudy.report.svg import colour_variables, inline_svg, variables_by_colour


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
    >>> page = to_html(write_report(study.fit(), charts=("heatmap",)))
    >>> page.startswith("<!DOCTYPE html>"), "http-equiv" in page
    (True, True)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    loader = PackageLoader("eventstudy.report", "templates")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = _template("report.css"), _template("report.js")
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{_digest(script)}'; img-src data:"
    colours = variables_by_colour(report.style)
    return environment.get_template("report.html.j2").render(
        report=report,
        policy=policy,
        css=Markup(f"{_variables(report.style, dark)}\n{style}"),  # noqa: S704  # our own files
        script=Markup(script),  # noqa: S704  # our own file
        pictures={
            drawing.name: Markup(_picture(report, drawing, colours))  # noqa: S704  # escaped as XML by its writer
            for drawing in report.drawings
        },
    )


def _template(name: str) -> str:
    return files("eventstudy.report").joinpath("templates", name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _variables(light: Style, dark: Style) -> str:
    """Write the page's colours: those of the charts' style, others where the screen is dark; paper is always light."""
    sets = [
        "; ".join(f"{name}: {colour}" for name, colour in colour_variables(style).items()) for style in (light, dark)
    ]
    return (
        f":root {{ color-scheme: light dark; {sets[0]}; }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {sets[1]}; }} }}"
    )


def _picture(report: Report, drawing: Drawing, colours: dict[str, str]) -> str:
    return inline_svg(drawing.svg, f"c-{drawing.name}", drawing.title, drawing.alt, colours, report.hints)
