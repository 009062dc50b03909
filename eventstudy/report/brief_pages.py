"""The daily brief as a page of text, Markdown or HTML, and as plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from eventstudy.news.text.proposals import ProposedEvent, headline_of
from eventstudy.report.brief import Brief, Comparison
from eventstudy.report.html import render
from eventstudy.report.markdown import bullets, escaped, markdown_table
from eventstudy.report.tables import Table, answers_table

#: Columns of the answers in a brief, narrow enough for a terminal.
COLUMNS = ("market", "window", "n", "set aside", "mean", "p", "family p", "move", "rose", "base rate", "worst", "best")

NOTES = (
    "n: sessions with such news; those set aside are in no mean. mean, worst, best: abnormal returns, a plus means",
    "that the asset gained. p: of the mean, against as many days without news; family p: all markets at once.",
    "move, rose: the raw return, and the share above 0; base rate: the same share on days without news.",
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
    event, n = comparison.event, len(comparison.past)
    whose = f" by {event.actor.replace(';', ' or ')}" if comparison.same_actor else ""
    times = f"the last {n} times" if n > 1 else "the last time" if n else "never before"
    return f"After a {event.stance}{whose} like this {event.kind}: {times}"


def sections(brief: Brief) -> list[tuple[str, list[str]]]:
    """Return what happened and what is still to come, each under its heading."""
    happened = [who_did_what(event) for event in brief.happened] or ["nothing that could be read"]
    found = [("What happened, and who raised or folded", happened)]
    found.append(("Still to come", [headline_of(one.text) for one in brief.scheduled]))
    return [(heading, lines) for heading, lines in found if lines]


def past_events(comparison: Comparison) -> list[str]:
    """Return a line a past event."""
    return [f"{row['time'][:10]} {row['headline']}" for row in comparison.past.to_dict("records")]


def closing(brief: Brief) -> list[str]:
    """Return the last lines of the page: what was left out, and what to beware of."""
    lines = [f"{brief.left_out} more of today's events are not compared here."] if brief.left_out else []
    if brief.n_set_aside:
        lines.append(f"{brief.n_set_aside} passages are no events of the day; events extract --all shows them.")
    return [*lines, *brief.cautions]


def _table(comparison: Comparison, notes: tuple[str, ...] = ()) -> Table:
    return answers_table(comparison.answers, "What markets did", COLUMNS, notes)


def brief_text(brief: Brief) -> str:
    """Write a brief as plain text."""
    parts = [title_of(brief)]
    parts += ["\n".join([heading, *(f"  {line}" for line in lines)]) for heading, lines in sections(brief)]
    for one in brief.comparisons:
        lines = [heading_of(one), *(f"  {line}" for line in past_events(one)), ""]
        lines += [one.why_not] if one.why_not else _aligned(_table(one))
        parts.append("\n".join([*lines, "", *one.sureness]))
    return "\n\n".join([*parts, "\n".join([*NOTES, *closing(brief)])]) + "\n"


def _aligned(table: Table) -> list[str]:
    lines = list(table.texts())
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    flush = [str.rjust if cell.is_number else str.ljust for cell in table.rows[0]]
    rows = (zip(flush, line, widths, strict=True) for line in lines)
    return ["  ".join(put(text, width) for put, text, width in row).rstrip() for row in rows]


def brief_markdown(brief: Brief) -> str:
    """Write a brief as Markdown; what came from the articles cannot become markup."""
    parts = [f"# {title_of(brief)}"]
    for heading, lines in sections(brief):
        parts += [f"## {heading}", bullets(lines)]
    for one in brief.comparisons:
        parts += [f"## {escaped(heading_of(one))}", bullets(past_events(one))]
        parts += [escaped(one.why_not) if one.why_not else markdown_table(_table(one)), escaped(" ".join(one.sureness))]
    return "\n\n".join(filter(None, [*parts, escaped(" ".join(NOTES)), bullets(closing(brief))])) + "\n"


def brief_html(brief: Brief) -> str:
    """Write a brief as one HTML page that loads nothing; what came from the articles is escaped."""
    comparisons = [
        {"heading": heading_of(one), "past": past_events(one), "why_not": one.why_not, "sureness": one.sureness,
         "table": _table(one, (" ".join(NOTES),))}
        for one in brief.comparisons
    ]  # fmt: skip
    title, lines = title_of(brief), closing(brief)
    return render("brief.html.j2", title=title, sections=sections(brief), comparisons=comparisons, closing=lines)


def brief_values(brief: Brief) -> dict[str, Any]:
    """Return a brief as plain values, for JSON; what is missing is None."""
    from eventstudy.study.answer import average_table
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
                "past": one.past["id"].tolist(),
                "same_actor": one.same_actor,
                "n_same_kind": one.n_same_kind,
                "average": [
                    row | {"label": answer.label, "sentence": answer.sentence}
                    for row, answer in zip(records(average_table(one.answers)), one.answers, strict=True)
                ],
                "why_not": one.why_not,
                "sureness": list(one.sureness),
            }
            for one in brief.comparisons
        ],
        "left_out": brief.left_out,
        "cautions": list(brief.cautions),
    }
