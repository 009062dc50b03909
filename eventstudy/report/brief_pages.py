"""The daily brief as a page of text, Markdown or HTML, and as plain values."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from eventstudy.news.text.proposals import ProposedEvent, headline_of
from eventstudy.report.brief import Brief, Comparison
from eventstudy.wording import probability, quantity

HEADINGS = ("market", "window", "times", "mean", "median", "up", "usually up", "worst", "best", "p", "p of all")

NOTES = (
    "mean, median, worst, best: abnormal, in the market's own return or unit; a plus means that it gained.",
    "up: share of times it gained; usually up: the same on days without news. p: placebo, the mean against as many",
    "days without news; p of all: the same for all markets at once. n/a: could not be told.",
)

_VERBS = {"raise": "raised", "hold": "held", "fold": "folded"}


def title_of(brief: Brief) -> str:
    """Return the title of a brief."""
    return f"Brief of {brief.day.day} {brief.day:%B %Y}"


def who_did_what(event: ProposedEvent) -> str:
    """Return who raised or folded, when, and how sure that is.

    Examples
    --------
    >>> from eventstudy.news.text.extract import extract_events
    >>> (event,) = extract_events("Iran rejected the offer on Tuesday.", "2022-01-27").events
    >>> who_did_what(event)
    'IRN raised (act, 2022-01-25, confidence 0.82): Iran rejected the offer on Tuesday.'
    """
    whom = f" towards {event.target.replace(';', ', ')}" if event.target else ""
    how = f"{event.kind}, {event.time}, confidence {event.confidence:.2f}"
    return f"{event.actor.replace(';', ' and ')} {_VERBS[event.stance]}{whom} ({how}): {event.headline}"


def heading_of(comparison: Comparison) -> str:
    """Return what a comparison is about."""
    event, n = comparison.event, len(comparison.similar.events)
    whose = f" by {event.actor.replace(';', ' or ')}" if comparison.similar.same_actor else ""
    times = f"the last {n} times" if n > 1 else "the last time" if n else "never before"
    return f"After a {event.stance}{whose} like this {event.kind}: {times}"


def past_events(comparison: Comparison) -> list[str]:
    """Return a line a past event."""
    return [f"{row['time'][:10]} {row['headline']}" for row in comparison.similar.events.to_dict("records")]


def table_rows(average: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the averages as the cells of a table, `HEADINGS` above them."""
    return [_cells(row) for row in average.to_dict("records")]


def _cells(row: Mapping[Hashable, Any]) -> tuple[str, ...]:
    rates = [f"{100 * row[name]:.0f} %" if row[name] == row[name] else "n/a" for name in ("hit_rate", "base_rate")]
    mean, median, worst, best = (quantity(row[name], row["unit"]) for name in ("caar", "median", "worst", "best"))
    return (str(row["label"]), str(row["window"]), str(row["n_events"]), mean, median, *rates, worst, best,
            probability(row["placebo_p"]), probability(row["family_p"]))  # fmt: skip


def brief_text(brief: Brief) -> str:
    """Write a brief as plain text."""
    parts = [title_of(brief), _section("What happened, and who raised or folded", map(who_did_what, brief.happened))]
    if brief.scheduled:
        parts.append(_section("Still to come", (headline_of(one.text) for one in brief.scheduled)))
    for one in brief.comparisons:
        lines = [heading_of(one), *(f"  {line}" for line in past_events(one)), ""]
        lines += [one.why_not] if one.why_not else _aligned(table_rows(one.average))
        parts.append("\n".join([*lines, "", *one.sureness]))
    return "\n\n".join([*parts, "\n".join([*NOTES, *closing(brief)])]) + "\n"


def brief_markdown(brief: Brief) -> str:
    """Write a brief as Markdown; what came from the articles cannot become markup."""
    parts = [f"# {title_of(brief)}", "## What happened, and who raised or folded",
             _bullets(map(who_did_what, brief.happened))]  # fmt: skip
    if brief.scheduled:
        parts += ["## Still to come", _bullets(headline_of(one.text) for one in brief.scheduled)]
    for one in brief.comparisons:
        parts += [f"## {_escaped(heading_of(one))}", _bullets(past_events(one))]
        rows = [HEADINGS, ("---",) * len(HEADINGS), *table_rows(one.average)]
        table = "\n".join(f"| {' | '.join(map(_escaped_cell, row))} |" for row in rows)
        parts += [_escaped(one.why_not) if one.why_not else table, _escaped(" ".join(one.sureness))]
    return "\n\n".join(part for part in [*parts, _escaped(" ".join(NOTES)), _bullets(closing(brief))] if part) + "\n"


def brief_html(brief: Brief) -> str:
    """Write a brief as one HTML page that loads nothing; what came from the articles is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("eventstudy.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    comparisons = [
        {"heading": heading_of(one), "past": past_events(one), "rows": table_rows(one.average),
         "why_not": one.why_not, "sureness": one.sureness}
        for one in brief.comparisons
    ]  # fmt: skip
    return environment.get_template("brief.html.j2").render(
        title=title_of(brief),
        happened=[{"stance": event.stance, "line": who_did_what(event)} for event in brief.happened],
        scheduled=[headline_of(one.text) for one in brief.scheduled],
        comparisons=comparisons,
        headings=HEADINGS,
        notes=NOTES,
        closing=closing(brief),
    )


def brief_values(brief: Brief) -> dict[str, Any]:
    """Return a brief as plain values, for JSON; what is missing is None."""
    from eventstudy.study.envelope import records

    return {
        "day": brief.day.isoformat(),
        "happened": [event.record() for event in brief.happened],
        "scheduled": [asdict(one) for one in brief.scheduled],
        "set_aside": brief.n_set_aside,
        "windows": list(brief.windows),
        "comparisons": [
            {
                "event": one.event.record(),
                "past": one.similar.events["id"].tolist(),
                "same_actor": one.similar.same_actor,
                "n_same_kind": one.similar.n_same_kind,
                "average": records(one.average),
                "why_not": one.why_not,
                "sureness": list(one.sureness),
            }
            for one in brief.comparisons
        ],
        "left_out": brief.left_out,
        "cautions": list(brief.cautions),
    }


def closing(brief: Brief) -> list[str]:
    """Return the last lines of the page: what was left out, and what to beware of."""
    lines = [f"{brief.left_out} more of today's events are not compared here."] if brief.left_out else []
    if brief.n_set_aside:
        lines.append(f"{brief.n_set_aside} passages are no events of the day; events extract --all shows them.")
    return [*lines, *brief.cautions]


def _section(heading: str, lines: Any) -> str:
    return "\n".join([heading, *(f"  {line}" for line in list(lines) or ["nothing that could be told"])])


def _bullets(lines: Any) -> str:
    return "\n".join(f"- {_escaped(line)}" for line in list(lines) or ["nothing that could be told"])


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    lines = [HEADINGS, *rows]
    widths = [max(len(line[k]) for line in lines) for k in range(len(HEADINGS))]
    return ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines]


def _escaped(line: str) -> str:
    """Take from a line what Markdown would read as markup."""
    for mark in "\\`*_[]<>#|":
        line = line.replace(mark, f"\\{mark}" if mark not in "<>" else {"<": "&lt;", ">": "&gt;"}[mark])
    return line


def _escaped_cell(cell: str) -> str:
    return cell if set(cell) == {"-"} else _escaped(cell)
