"""The daily brief as a page of text, Markdown or HTML, and as plain values."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import fill
from typing import Any

from eventstudy.news.extract import ProposedEvent, headline_of
from eventstudy.news.stance_coder import UNCERTAIN
from eventstudy.report.brief import Brief, Comparison
from eventstudy.report.html import render
from eventstudy.report.markdown import bullets, escaped, markdown_table
from eventstudy.report.tables import Table, answers_table
from eventstudy.wording import true_minus

#: Columns of the answers in a brief, and those of them that a terminal of 80 columns can show.
COLUMNS = ("market", "window", "n", "mean", "p", "family p", "set aside", "median", "worst", "best", "move", "rose",
           "base rate")  # fmt: skip
NARROW = ("market", "window", "n", "mean", "p", "family p", "move", "rose", "base rate")

NOTES = (
    "n: sessions with such news; those set aside are in no mean. Figures are abnormal returns, a plus means that the "
    "asset gained; but move is the raw return, rose the share of those above 0, base rate the same share on days "
    "without news. p: of the mean, against days without news; family p: all markets at once. The study knows these "
    "similar events alone: days of other news count as days without news."
)

#: The width of plain text.
WIDTH = 79

_VERBS = {"raise": "raised", "hold": "held", "fold": "folded"}


def who_did_what(event: ProposedEvent) -> str:
    """Return who raised or folded, when, and how sure that is.

    Examples
    --------
    >>> from eventstudy.news.extract import extract_events
    >>> (event,) = extract_events("Iran rejected the offer on Tuesday.", "2022-01-27").events
    >>> who_did_what(event)
    'IRN raised (act, 2022-01-25, confidence 0.91): Iran rejected the offer on Tuesday.'
    """
    whom = f" towards {event.target.replace(';', ', ')}" if event.target else ""
    how = f"{event.kind}, {event.time}, confidence {event.confidence:.2f}"
    return f"{event.actor.replace(';', ' and ')} {_VERBS[event.stance]}{whom} ({how}): {event.headline}"


def _in_short(brief: Brief, coming: list[str]) -> list[str]:
    """Say who moved, who raised and folded, the net, and what is next."""
    if not brief.moved:
        return []
    lines = []
    for stance, verb in _VERBS.items():
        who = [f"{actor} ({of[stance]})" for actor, of in brief.moved.items() if of[stance]]
        lines += [f"{verb.capitalize()}: {', '.join(who)}"] if who else []
    net = true_minus(", ".join(f"{actor} {of['net']:+d}" for actor, of in brief.moved.items()))
    lines.append(f"Net, raises minus folds: {net}")
    n_uncertain = sum(event.confidence < UNCERTAIN for event in brief.happened)
    if n_uncertain:
        lines.append(f"Uncertain, with a confidence below {UNCERTAIN}: {n_uncertain} of {len(brief.happened)}")
    return [*lines, f"Next: {coming[0] if coming else 'nothing announced'}"]


def _content(brief: Brief) -> dict[str, Any]:
    """Return what every form of the page says: title, sections of lines, comparisons, closing lines."""
    coming = [f"{one.time}: {headline_of(one.text)}".lstrip(": ") for one in brief.scheduled]
    found = [
        ("In short", _in_short(brief, coming)),
        (
            "What happened, and who raised or folded",
            [*map(who_did_what, brief.happened)] or ["nothing that could be read"],
        ),
        ("Still to come", coming),
    ]
    comparisons = []
    for one in brief.comparisons:
        event, n = one.event, len(one.past)
        whose = f" by {event.actor.replace(';', ' or ')}"
        times = f"the last {n} times" if n > 1 else "the last time" if n else "never before"
        heading = f"After a {event.stance}{whose} like this {event.kind}: {times}"
        past = [f"{row['time'][:10]} {row['headline']}" for row in one.past.to_dict("records")]
        table = answers_table(one.answers, "What markets did", COLUMNS, [NOTES])
        comparisons.append({"heading": heading, "past": past, "table": table, "one": one})
    closing = [f"{brief.left_out} more of today's events are not compared here."] if brief.left_out else []
    if brief.n_set_aside:
        closing.append(f"{brief.n_set_aside} passages are no events of the day; events extract --all shows them.")
    return {
        "title": f"Brief of {brief.day.day} {brief.day:%B %Y}",
        "sections": [(heading, lines) for heading, lines in found if lines],
        "comparisons": comparisons,
        "closing": [*closing, *brief.cautions],
    }


def brief_text(brief: Brief) -> str:
    """Write a brief as plain text; its tables fit a terminal of 80 columns."""
    said = _content(brief)
    parts = [said["title"]]
    indent: dict[str, Any] = {"initial_indent": "  ", "subsequent_indent": "    ", "break_on_hyphens": False}
    parts += [
        "\n".join([heading, *(fill(line, WIDTH, **indent) for line in lines)]) for heading, lines in said["sections"]
    ]
    for of in said["comparisons"]:
        one: Comparison = of["one"]
        lines = [of["heading"], *(fill(line, WIDTH, **indent) for line in of["past"]), ""]
        lines += [fill(one.why_not, WIDTH)] if one.why_not else _aligned(answers_table(one.answers, "", NARROW))
        parts.append("\n".join([*lines, "", *(fill(line, WIDTH) for line in one.sureness)]))
    return "\n\n".join([*parts, fill(NOTES, WIDTH), "\n".join(fill(line, WIDTH) for line in said["closing"])]) + "\n"


def _aligned(table: Table) -> list[str]:
    lines = list(table.texts())
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    flush = [str.rjust if cell.is_number else str.ljust for cell in table.rows[0]]
    rows = (zip(flush, line, widths, strict=True) for line in lines)
    return ["  ".join(put(text, width) for put, text, width in row).rstrip() for row in rows]


def brief_markdown(brief: Brief) -> str:
    """Write a brief as Markdown; what came from the articles cannot become markup."""
    said = _content(brief)
    parts = [f"# {said['title']}"]
    for heading, lines in said["sections"]:
        parts += [f"## {heading}", bullets(lines)]
    for of in said["comparisons"]:
        one: Comparison = of["one"]
        parts += [f"## {escaped(of['heading'])}", bullets(of["past"])]
        parts += [escaped(one.why_not) or markdown_table(of["table"]), escaped(" ".join(one.sureness))]
    return "\n\n".join(filter(None, [*parts, bullets(said["closing"])])) + "\n"


def brief_html(brief: Brief) -> str:
    """Write a brief as one HTML page that loads nothing; what came from the articles is escaped."""
    return render("brief.html.j2", **_content(brief))


def brief_values(brief: Brief) -> dict[str, Any]:
    """Return a brief as plain values, for JSON; what is missing is None."""
    from eventstudy.study.answer import average_table
    from eventstudy.study.envelope import records

    return {
        "day": brief.day.isoformat(),
        "happened": [event.record() for event in brief.happened],
        "moved": {actor: dict(of) for actor, of in brief.moved.items()},
        "scheduled": [asdict(one) for one in brief.scheduled],
        "set_aside": brief.n_set_aside,
        "windows": list(brief.windows),
        "comparisons": [
            {
                "event": one.event.record(),
                "past": one.past["id"].tolist(),
                "n_same_kind": int((one.past["kind"] == one.event.kind).sum()),
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
