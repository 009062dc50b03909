"""The report as Markdown: the same sections as the page, its charts beside it as pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eventstudy.report.content import Report
from eventstudy.report.method import methods
from eventstudy.report.tables import Table

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
    from eventstudy.version import version

    drawn: dict[str, list[str]] = {}
    for one in report.drawings:
        picture = f"![{escaped(f'{one.title}. {one.alt}')}]({pictures}/{one.name}.{ending})"
        drawn.setdefault(one.series, []).extend([picture, escaped(one.caption)])
    parts = [f"# {escaped(report.title)}", escaped(report.byline)]
    parts += ["## The answer", bullets(report.headline), markdown_table(report.tables["answer"])]
    if report.result.warnings:
        parts += ["### Before you believe it", bullets(report.result.warnings)]
    parts += [
        *drawn.get("", []),
        "## Every event",
        markdown_table(report.tables["events"]),
        "## Market by market",
    ]
    for market in report.markets:
        parts += [f"### {escaped(market.label)}", *map(escaped, market.sentences), *drawn.get(market.series, [])]
        parts.append(markdown_table(market.aar))
    if report.not_drawn:
        parts += ["### Not drawn", bullets(f"{name}: {why}" for name, why in report.not_drawn)]
    parts += [
        "## All means and their p",
        markdown_table(report.tables["averages"]),
        "## Match audit",
        markdown_table(report.tables["audit"]),
    ]
    found = methods(report.result)
    told = (" ".join(filter(None, (m.what, m.formula, m.good_for and f"For {m.good_for}.", m.paper)))
            for m in found)  # fmt: skip
    parts += [
        "## What was asked, and the method",
        *map(escaped, report.asked),
        bullets(f"{m.name}: {words}" for m, words in zip(found, told, strict=True)),
    ]
    nothing = "Nothing: every event was used with every market."
    parts += ["## What was left out, and why", markdown_table(report.tables["left_out"]) or nothing]
    parts += ["## How to reproduce it", markdown_table(report.tables["inputs"])]
    if report.design:
        parts += [f"The design, for raise-or-fold {version()}:", f"```toml\n{report.design.rstrip()}\n```"]
    else:
        parts.append("The model of this study has choices of its own, which no design file can hold.")
    return "\n\n".join(filter(None, parts)) + "\n"


def escaped(text: str) -> str:
    r"""Return a text that Markdown shows as it is.

    Examples
    --------
    >>> escaped("<script> *now*")
    '\\<script\\> \\*now\\*'
    """
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def bullets(lines: Iterable[str]) -> str:
    """Return a list, its lines escaped."""
    return "\n".join(f"- {escaped(line)}" for line in lines)


def markdown_table(table: Table) -> str:
    """Return a table with its caption and notes, escaped; '' where it has no row."""
    if not table.rows:
        return ""
    headings, *rows = ([escaped(cell) for cell in row] for row in table.texts())
    ruled = ["---:" if cell.is_number else "---" for cell in table.rows[0]]
    body = "\n".join(f"| {' | '.join(row)} |" for row in (headings, ruled, *rows))
    return "\n\n".join([f"**{escaped(table.caption)}**", body, *map(escaped, table.notes)])
