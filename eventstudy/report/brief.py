"""The daily brief: what an article says, what markets did after the most similar events of the past; its pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from textwrap import fill
from typing import Any, NamedTuple

import pandas as pd

from eventstudy.cases import similar_events
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.events.schema import check_events
from eventstudy.news.extract import Extraction, ProposedEvent, SetAside, headline_of
from eventstudy.news.stance_coder import UNCERTAIN
from eventstudy.report.pages import markdown, render
from eventstudy.report.tables import WORDS, Block, answers_table
from eventstudy.study import EventStudy, records
from eventstudy.study.answer import RARE, Answer, average_table
from eventstudy.study.sample import ALL
from eventstudy.wording import aligned, counted, true_minus

#: With fewer market events than this a mean is an anecdote.
FEW = 5

#: Comparisons on the page, so that it stays one.
MOST = 3

#: Columns of the answers that a terminal of 80 columns can show.
NARROW = ("market", "window", "n", "mean", "p", "family p", "move", "rose", "base rate")

#: The width of plain text.
WIDTH = 79

#: What holds for all of a brief.
_CAUTIONS = [*WORDS["brief"], WORDS["caution"]]

_VERBS = {"raise": "raised", "hold": "held", "fold": "folded"}


class Comparison(NamedTuple):
    """What markets did after events like one of today's."""

    event: ProposedEvent  #: today's, the surest of those with these analogues
    past: pd.DataFrame  #: the events most like it: its actor's, of its conflict
    n_same_kind: int  #: how many of them are of its kind
    average: tuple[Answer, ...]  #: answers of a study of them; none where nothing could be measured
    why_not: str  #: why nothing could be
    sureness: tuple[str, ...]  #: how sure one can be, in sentences


class Brief(NamedTuple):
    """One page about today's articles."""

    day: date
    happened: tuple[ProposedEvent, ...]
    moved: Mapping[str, Mapping[str, int]]  #: raises, holds, folds and net of an actor; first whose move it is
    scheduled: tuple[SetAside, ...]  #: what is still to come, the nearest first
    set_aside: int  #: passages set aside for other reasons
    windows: tuple[str, ...]
    comparisons: tuple[Comparison, ...]  #: one a set of past events, first of the actor whose move it is
    left_out: int  #: today's events that the page has no room to compare


def make_brief(
    found: Extraction,
    published: str,
    past: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    windows: Sequence[str] = ("0:0", "0:5"),
    last: int = 10,
    **choices: Any,
) -> Brief:
    """Put what articles say beside what markets did after such events, at most the `last` of these a comparison.

    Nothing later than the articles is looked at: no event of their day or after it, no price struck after them (where
    they have no clock, no price of their day). Choices are those of `EventStudy`.
    """
    if last < 1:
        raise DesignError("0 past events are none; give a number from 1 on")
    day, happened = date.fromisoformat(published[:10]), found.events
    has_clock = len(published) > len("2022-01-27") and datetime.fromisoformat(published).tzinfo is not None
    as_of = published if has_clock else (day - timedelta(days=1)).isoformat()
    choices |= {"windows": list(windows), "tests": [], "as_of": as_of}
    # In the order in which the articles report them: whose move it is first.
    reported = sorted(happened, key=lambda one: (one.source, min((of.start for of in one.evidence), default=0)))
    moved: dict[str, dict[str, int]] = {}
    for event in reported:
        for code in event.actor.split(";"):
            of = moved.setdefault(code, {"raise": 0, "hold": 0, "fold": 0, "net": 0})
            of[event.stance] += 1
            of["net"] += {"raise": 1, "fold": -1}.get(event.stance, 0)
    # Compared is one event of every actor, stance and kind: those of that actor first, holds last, the surest first.
    first, table = set(reported[0].actor.split(";")) if reported else set(), check_events(past)
    ranked = sorted(
        (event for event in happened if event.has_day),
        key=lambda one: (not first & set(one.actor.split(";")), one.stance == "hold", -one.confidence),
    )
    asked: dict[tuple[str, str, str], ProposedEvent] = {}
    for event in ranked:
        asked.setdefault((event.actor, event.stance, event.kind), event)
    parties = {code for one in happened for code in f"{one.actor};{one.target}".split(";") if code}
    sets: dict[tuple[str, ...], tuple[ProposedEvent, pd.DataFrame]] = {}
    for event in asked.values():
        chosen = similar_events(table, vars(event), last, before=min(day.isoformat(), event.time[:10]), parties=parties)
        # Nothing on file is said once an actor and stance.
        sets.setdefault(tuple(chosen["id"]) or (event.actor, event.stance), (event, chosen))
    comparisons = tuple(_compare(*of, prices, choices) for of in list(sets.values())[:MOST])
    plans = [one for one in found.set_aside if one.reason == "scheduled"]
    coming = [one for one in plans if not one.time or one.time >= day.isoformat()[: len(one.time)]]
    scheduled, n_other = tuple(sorted(coming, key=lambda one: one.time or "9")), len(found.set_aside) - len(coming)
    n_more = len(sets) - len(comparisons)
    return Brief(day, happened, moved, scheduled, n_other, tuple(windows), comparisons, n_more)


def _compare(event: ProposedEvent, past: pd.DataFrame, prices: pd.DataFrame, choices: Mapping[str, Any]) -> Comparison:
    """Run a study of the past events; its answers are the comparison."""
    said, who = [f"The stance was read with confidence {event.confidence:.2f} of 1."], event.actor.replace(";", " or ")
    if past.empty:
        nothing = f"no comparable event on file: no {event.stance} of a near kind by {who} in this conflict before it"
        return Comparison(event, past, 0, (), nothing, tuple(said))
    n_same = int((past["kind"] == event.kind).sum())
    said.append(f"{counted(len(past), 'past event')} by {who}, {n_same} of the same kind ({event.kind}).")
    try:
        result = EventStudy(past, prices, **choices).fit()
    except NothingUsableError as error:
        return Comparison(event, past, n_same, (), str(error), tuple(said))
    answers = tuple(one for one in result.answers if one.stance == event.stance and one.series != ALL)
    most = max((one.n for one in answers), default=0)
    if most < FEW:
        said.append(f"At most {most} could be measured: an anecdote, no statistic.")
    n_rare, n_means = sum(one.family_p <= RARE for one in answers), sum(one.n > 0 for one in answers)
    said.append(f"{n_rare} of {n_means} means have a family p of {RARE} or less, all markets taken together.")
    measured = {one.series for one in answers}
    missing = [of.instrument.label for name, of in result.histories.items() if name not in measured]
    if missing:
        said.append(f"Not measured, for want of prices then: {', '.join(missing)}.")
    return Comparison(event, past, n_same, answers, "", tuple(said))


# --- its pages --------------------------------------------------------------------------------------------------------


def who_did_what(event: ProposedEvent) -> str:
    """Return who raised or folded, when, and how sure that is."""
    whom = f" towards {event.target.replace(';', ', ')}" if event.target else ""
    how = f"{event.kind}, {event.time}, confidence {event.confidence:.2f}"
    return f"{event.actor.replace(';', ' and ')} {_VERBS[event.stance]}{whom} ({how}): {event.headline}"


def _blocks(brief: Brief) -> list[Block]:
    """Return what every form of the page says, block by block; past events and closing lines are small print."""
    coming = [f"{one.time}: {headline_of(one.text)}".lstrip(": ") for one in brief.scheduled]
    short = []
    for stance, verb in _VERBS.items():
        who = [f"{actor} ({of[stance]})" for actor, of in brief.moved.items() if of[stance]]
        short += [f"{verb.capitalize()}: {', '.join(who)}"] if who else []
    net = true_minus(", ".join(f"{actor} {of['net']:+d}" for actor, of in brief.moved.items()))
    short.append(f"Net, raises minus folds: {net}")
    if n_uncertain := sum(event.confidence < UNCERTAIN for event in brief.happened):
        short.append(f"Uncertain, with a confidence below {UNCERTAIN}: {n_uncertain} of {len(brief.happened)}")
    short.append(f"Next: {coming[0] if coming else 'nothing announced'}")
    happened = [*map(who_did_what, brief.happened)] or ["nothing that could be read"]
    sections = {"In short": short if brief.moved else [], "What happened, and who raised or folded": happened}
    blocks = [Block("title", f"Brief of {brief.day.day} {brief.day:%B %Y}")]
    for heading, lines in (sections | {"Still to come": coming}).items():
        blocks += [Block("heading", heading), Block("list", lines)] if lines else []
    for k, one in enumerate(brief.comparisons, start=1):
        event, n = one.event, len(one.past)
        times = f"the {n} most similar on file" if n > 1 else "the most similar on file" if n else "never before"
        heading = f"After a {event.stance} by {event.actor.replace(';', ' or ')} like this {event.kind}: {times}"
        past = [f"{row['time'][:10]} {row['headline']}" for row in one.past.to_dict("records")]
        table = answers_table("brief", one.average)
        blocks += [Block("heading", heading), Block("small", past)]
        blocks += [Block("text", [one.why_not]) if one.why_not else Block("table", table, f"table-{k}")]
        blocks.append(Block("text", one.sureness))
    closing = [f"{brief.left_out} more of today's events are not compared here."] if brief.left_out else []
    if brief.set_aside:
        closing.append(f"{brief.set_aside} passages are no events of the day; events extract --all shows them.")
    return [*blocks, Block("small", [*closing, *_CAUTIONS], "note")]


def _text(blocks: Sequence[Block]) -> str:
    """Return blocks as plain text."""
    indent: dict[str, Any] = {"initial_indent": "  ", "subsequent_indent": "    ", "break_on_hyphens": False}
    parts, notes = list[str](), tuple[str, ...]()
    for kind, what, name, _ in blocks:
        if kind in {"title", "heading"}:
            parts.append(what)
        elif kind in {"list", "small"} and not name:
            parts[-1] = "\n".join([parts[-1], *(fill(line, WIDTH, **indent) for line in what)])
        elif kind == "table":
            table, notes = what.only(NARROW), what.notes
            parts.append("\n".join(line for lines in aligned(table.texts, table.left, WIDTH) for line in lines))
        else:
            parts += [fill(note, WIDTH) for note in notes] if name == "note" else []
            parts.append("\n".join(fill(line, WIDTH) for line in what))
    return "\n\n".join(parts) + "\n"


def brief_page(brief: Brief, form: str = "html") -> str:
    """Write a brief as html, markdown or text of 80 columns: what came from articles is escaped, nothing is loaded."""
    title, *blocks = _blocks(brief)
    if form == "html":
        return render("page.html.j2", title=title.what, blocks=blocks)
    return markdown([title, *blocks]) if form == "markdown" else _text([title, *blocks])


def brief_values(brief: Brief) -> dict[str, Any]:
    """Return a brief as plain values, for JSON; what is missing is None."""
    comparisons = []
    for one in brief.comparisons:
        more = {name: [getattr(answer, name) for answer in one.average] for name in ("label", "sentence")}
        average = records(average_table(one.average).assign(**more))
        plain = {"event": one.event.record(), "past": one.past["id"].tolist(), "average": average}
        comparisons.append(one._asdict() | plain)
    happened, scheduled = [event.record() for event in brief.happened], [asdict(one) for one in brief.scheduled]
    plain = {"day": brief.day.isoformat(), "happened": happened, "scheduled": scheduled, "comparisons": comparisons}
    return brief._asdict() | plain | {"cautions": _CAUTIONS}
