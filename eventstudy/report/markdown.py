"""The report as Markdown: the same story, its charts beside it as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eventstudy.report.cells import Table, plain_rows
from eventstudy.report.content import Report
from eventstudy.report.drawings import Drawing

#: Characters that Markdown, or HTML inside of it, would take for its own.
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def to_markdown(report: Report, pictures: str = "charts", ending: str = "svg") -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report : Report
        The report.
    pictures : str
        Folder of the charts, as seen from the file.
    ending : str
        Of the charts' files.

    Returns
    -------
    str
        The text. What came from outside is escaped.
    """
    lines = [f"# {escaped(report.title)}", ""]
    lines += _section("What was asked", [line for text in report.asked for line in (escaped(text), "")])
    lines += _section("The answer", [f"- {escaped(answer.line)}" for answer in report.answers])
    if report.warnings:
        lines += ["### Before you believe it", "", *(f"- {escaped(line)}" for line in report.warnings), ""]
    contrasts = [f"- {escaped(a.label)}. {escaped(a.contrast)}" for a in report.answers if a.contrast]
    lines += _section("Raises against folds", [*contrasts, "", *_table(report.contrast), *_table(report.averages)])
    lines += _section("Charts", list(_charts(report, pictures, ending)))
    lines += _section("Every event", _table(report.moves))
    lines += _section("Match audit", _table(report.audit))
    lines += _section("Method", list(_methods(report)))
    nothing = ["Nothing: every event was used with every market, over every window."]
    lines += _section("What was left out, and why", _table(report.excluded) or nothing)
    lines += _section("How to reproduce it", [*_table(report.inputs), *_design(report)])
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def escaped(text: str) -> str:
    r"""Return a text that Markdown shows as it is.

    Examples
    --------
    >>> escaped("<script> *now*")
    '\\<script\\> \\*now\\*'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _section(heading: str, lines: list[str]) -> list[str]:
    return [f"## {heading}", "", *lines, ""]


def _table(table: Table) -> list[str]:
    if not table.rows:
        return []
    headings, *rows = ([escaped(cell) for cell in row] for row in plain_rows(table))
    numbers = [cell.is_number for cell in table.rows[0]]
    ruled = ["---:" if number else "---" for number in numbers]
    body = [f"| {' | '.join(row)} |" for row in (headings, ruled, *rows)]
    return [f"**{escaped(table.caption)}**", "", *body, "", *(f"{escaped(note)}" for note in table.notes), ""]


def _charts(report: Report, folder: str, ending: str) -> Iterator[str]:
    for drawing in report.drawings:
        if not drawing.series:
            yield from _picture(drawing, folder, ending)
    for answer in report.answers:
        yield from (f"### {escaped(answer.label)}", "")
        for sentence in answer.by_stance:
            yield from (escaped(sentence), "")
        for drawing in report.drawings:
            if drawing.series == answer.series:
                yield from _picture(drawing, folder, ending)


def _picture(drawing: Drawing, folder: str, ending: str) -> tuple[str, str]:
    return f"![{escaped(f'{drawing.title}. {drawing.alt}')}]({folder}/{drawing.name}.{ending})", ""


def _methods(report: Report) -> Iterator[str]:
    for method in report.methods:
        parts = [method.formula, f"For {method.good_for}." if method.good_for else "", method.paper]
        yield f"- `{method.name}`: {' '.join(escaped(part) for part in (method.what, *parts) if part)}"


def _design(report: Report) -> list[str]:
    if not report.design:
        return ["The model of this study has choices of its own, which no design file can hold."]
    return [f"The design, for raise-or-fold {report.version}:", "", "```toml", report.design.rstrip(), "```"]
