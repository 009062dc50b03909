"""The daily brief: what an article tells, and what markets did after the most similar events of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from eventstudy.cases import Like, similar_events
from eventstudy.errors import DesignError, NothingUsableError
from eventstudy.events.schema import check_events
from eventstudy.markets.instrument import Instrument
from eventstudy.news.extract import Extraction, ProposedEvent, SetAside
from eventstudy.report.method import CAUTION
from eventstudy.report.tables import LEVEL
from eventstudy.study import EventStudy
from eventstudy.study.answer import Answer
from eventstudy.study.sample import ALL
from eventstudy.wording import counted

#: With fewer market events than this a mean is an anecdote.
FEW = 5

#: Comparisons on the page, so that it stays one.
MOST = 3


@dataclass(frozen=True, eq=False)
class Comparison:
    """What markets did after events like one of today's.

    Parameters
    ----------
    event : ProposedEvent
        Today's event, the surest of those with these analogues.
    past : DataFrame
        The past events most like it: its actor's, of its conflict, rows of the events table.
    answers : tuple of Answer
        What a study of them found, a market and window each; empty where nothing could be measured.
    why_not : str
        Why nothing could be, or ''.
    sureness : tuple of str
        How sure one can be, in sentences.
    """

    event: ProposedEvent
    past: pd.DataFrame
    answers: tuple[Answer, ...]
    why_not: str
    sureness: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Brief:
    """One page about today's articles.

    Parameters
    ----------
    day : date
        Day of publication.
    happened : tuple of ProposedEvent
        What the articles tell.
    moved : mapping of str to mapping
        By actor, the one whose move the articles tell first: how many ``raise``, ``hold``, ``fold``, and their ``net``
        (raises minus folds).
    scheduled : tuple of SetAside
        What is still to come, the nearest first.
    n_set_aside : int
        Passages set aside for other reasons.
    comparisons : tuple of Comparison
        Those of the actor whose move it is first, raises and folds before holds, the surest first; one a set of past
        events.
    left_out : int
        Today's events that the page has no room to compare.
    windows : tuple of str
        The event windows.
    cautions : tuple of str
        What holds for all of it.
    """

    day: date
    happened: tuple[ProposedEvent, ...]
    moved: Mapping[str, Mapping[str, int]]
    scheduled: tuple[SetAside, ...]
    n_set_aside: int
    comparisons: tuple[Comparison, ...]
    left_out: int
    windows: tuple[str, ...]
    cautions: tuple[str, ...]


def make_brief(
    found: Extraction,
    published: str,
    past: pd.DataFrame,
    prices: pd.DataFrame,
    *,
    instruments: Mapping[str, Instrument] | None = None,
    series: Sequence[str] | None = None,
    windows: Sequence[str] = ("0:0", "0:5"),
    last: int = 10,
    seed: int = 0,
) -> Brief:
    """Put what articles tell beside what markets did after such events.

    Parameters
    ----------
    found : Extraction
        What `eventstudy.news.extract_all` read in them.
    published : str
        When they came out, as it was given to `extract_events`.
    past : DataFrame
        Events on file.
    prices : DataFrame, shape (T, S)
        Prices as quoted, as `EventStudy` takes them.
    instruments : mapping of str to Instrument, optional
        What columns are, where the catalogue does not know.
    series : sequence of str, optional
        Markets; default all columns.
    windows : sequence of str
        Event windows.
    last : int
        At most so many past events a comparison.
    seed : int
        Seed of the placebo.

    Returns
    -------
    Brief
        Nothing later than the articles is looked at: no event of their day or after it, no price struck after them
        (where they have no clock, no price of their day).

    Raises
    ------
    DesignError
        If `last` is not positive, or a choice makes no sense.
    InputError
        If the events break their schema.
    """
    if last < 1:
        raise DesignError("the last 0 times are none; give a number from 1 on")
    day = date.fromisoformat(published[:10])
    has_clock = len(published) > len("2022-01-27") and datetime.fromisoformat(published).tzinfo is not None
    as_of = published if has_clock else (day - timedelta(days=1)).isoformat()
    choices: dict[str, Any] = {"instruments": instruments, "series": series, "windows": list(windows), "seed": seed,
                               "tests": [], "as_of": as_of}  # fmt: skip
    table, asked = check_events(past), _to_compare(found.events)
    parties = {code for event in found.events for code in f"{event.actor};{event.target}".split(";") if code}
    sets: dict[tuple[str, ...], tuple[ProposedEvent, pd.DataFrame]] = {}
    for event in asked:
        like = Like(event.stance, event.actor, event.target, event.kind, event.time[:10])
        known = min(day.isoformat(), like.day)
        chosen = similar_events(table, like, last, before=known, parties=parties)
        # Nothing on file is said once an actor and stance.
        sets.setdefault(tuple(chosen["id"]) or (event.actor, event.stance), (event, chosen))
    comparisons = [_compare(event, chosen, prices, choices) for event, chosen in list(sets.values())[:MOST]]
    plans = [one for one in found.set_aside if one.reason == "scheduled"]
    coming = [one for one in plans if not one.time or one.time >= day.isoformat()[: len(one.time)]]
    scheduled = tuple(sorted(coming, key=lambda one: one.time or "9"))
    return Brief(
        day=day,
        happened=found.events,
        moved=_moves(found.events),
        scheduled=scheduled,
        n_set_aside=len(found.set_aside) - len(scheduled),
        comparisons=tuple(comparisons),
        left_out=len(sets) - len(comparisons),
        windows=tuple(windows),
        cautions=(
            "Today's events are proposals of a program: read the article, and confirm them.",
            "A market often moves before its news; what comes after is what was not foreseen.",
            "Past events were chosen by likeness, not at random; other news fell into their windows too.",
            CAUTION,
        ),
    )


def _moves(events: Sequence[ProposedEvent]) -> dict[str, dict[str, int]]:
    """Count what each actor did, the one the articles begin with first."""
    counts: dict[str, dict[str, int]] = {}
    for event in sorted(events, key=_place):
        for code in event.actor.split(";"):
            of = counts.setdefault(code, {"raise": 0, "hold": 0, "fold": 0, "net": 0})
            of[event.stance] += 1
            of["net"] += {"raise": 1, "fold": -1}.get(event.stance, 0)
    return counts


def _place(event: ProposedEvent) -> tuple[str, int]:
    """Return the article that reports an event, and the position in it."""
    return event.source, min((one.start for one in event.evidence), default=0)


def _to_compare(events: Sequence[ProposedEvent]) -> list[ProposedEvent]:
    """Return one event of every actor, stance and kind: those of the actor whose move it is first, holds last."""
    first = min(events, key=_place).actor.split(";") if events else []
    ranked = sorted(
        (event for event in events if event.has_day),
        key=lambda e: (not set(first) & set(e.actor.split(";")), e.stance == "hold", -e.confidence),
    )
    kept: dict[tuple[str, str, str], ProposedEvent] = {}
    for event in ranked:
        kept.setdefault((event.actor, event.stance, event.kind), event)
    return list(kept.values())


def _compare(event: ProposedEvent, past: pd.DataFrame, prices: pd.DataFrame, choices: Mapping[str, Any]) -> Comparison:
    """Run a study of the past events; its answers are the comparison."""
    said = [f"The stance was read with confidence {event.confidence:.2f} of 1."]
    if past.empty:
        what = f"no {event.stance} of a near kind by {_either(event)}"
        why_not = f"no comparable event on file: {what} in this conflict before it"
        return Comparison(event, past, (), why_not, tuple(said))
    n_same_kind = int((past["kind"] == event.kind).sum())
    said.append(
        f"{counted(len(past), 'past event')} by {_either(event)}, {n_same_kind} of the same kind ({event.kind})."
    )
    try:
        result = EventStudy(past, prices, **choices).fit()
    except NothingUsableError as error:
        return Comparison(event, past, (), str(error), tuple(said))
    answers = tuple(one for one in result.answers if one.stance == event.stance and one.series != ALL)
    most = max((one.n for one in answers), default=0)
    if most < FEW:
        said.append(f"At most {most} could be measured: an anecdote, no statistic.")
    n_rare = sum(one.family_p <= LEVEL for one in answers)
    said.append(f"{n_rare} of {len(answers)} means have a family p of {LEVEL} or less, all markets taken together.")
    measured = {one.series for one in answers}
    missing = [of.instrument.label for name, of in result.histories.items() if name not in measured]
    if missing:
        said.append(f"Not measured, for want of prices then: {', '.join(missing)}.")
    return Comparison(event, past, answers, "", tuple(said))


def _either(event: ProposedEvent) -> str:
    return event.actor.replace(";", " or ")
