"""Proposed events: what was read in articles, merged, as rows of the event schema with their evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from eventstudy.news.stance_coder import Evidence

_HEADLINE = 110
_NO_DAY = len("2022-01")
REASONS = (
    *("scheduled", "background", "undated", "caption", "commentator", "no actor", "no action", "no move", "duplicate"),
    "clutter",
)


@dataclass(frozen=True)
class ProposedEvent:
    """An event extracted from an article, to be confirmed by a person.

    Parameters
    ----------
    time : str
        Its day; its month or year where the article says no more.
    actor, target : str
        Codes, several separated by ``;``.
    speaker : str
        Family name of the person who spoke for the actor, or empty.
    kind, stance : str
        What was done, and whether it raised, held or folded.
    headline : str
        The sentence, shortened.
    confidence : float
        0 .. 1: of stance, actor and date together.
    evidence : tuple of Evidence
        The spans that decided, with offsets into the article `source` names first.
    source, note : str
        Where it stands, several separated by ``;``; how the date was found.
    sure : float
        Of actor and date alone.
    published_at : str
        When it could be known first: the publication of what tells it.
    zone : str
        Zone of a time with a clock.
    """

    time: str
    actor: str
    target: str
    speaker: str
    kind: str
    stance: str
    headline: str
    confidence: float
    evidence: tuple[Evidence, ...]
    source: str
    note: str
    sure: float
    published_at: str = ""
    zone: str = ""

    @property
    def has_day(self) -> bool:
        """Whether its day is known, so that it can be confirmed as it is."""
        return len(self.time) > _NO_DAY

    def record(self) -> dict[str, Any]:
        """Return a row of the event schema with ``confidence`` and ``evidence``."""
        return {
            "id": "",
            "time": self.time,
            "time_zone": self.zone,
            "precision": "minute" if "T" in self.time else "day",
            "published_at": self.published_at,
            "headline": self.headline,
            "actor": self.actor,
            "target": self.target,
            "stance": self.stance,
            "kind": self.kind,
            "intensity": "",
            "phase": "",
            "series": "",
            "status": "proposed",
            "source": self.source,
            "url": "",
            "note": self.note,
            "confidence": self.confidence,
            "evidence": [asdict(one) for one in self.evidence],
        }


@dataclass(frozen=True)
class SetAside:
    """A passage that is not an event of the article, and why.

    Parameters
    ----------
    text : str
        The characters ``start:end`` of the article.
    start, end : int
        Offsets.
    reason : str
        One of `REASONS`.
    source : str
        The article.
    time : str
        Of what is ``scheduled``, the day (or month) it names.
    """

    text: str
    start: int
    end: int
    reason: str
    source: str = ""
    time: str = ""


@dataclass(frozen=True)
class Extraction:
    """What one or several articles tell: proposed events, and what was set aside with the reason."""

    events: tuple[ProposedEvent, ...]
    set_aside: tuple[SetAside, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the events as rows of the schema, in order of time."""
        return [event.record() for event in self.events]


def merge(
    events: Iterable[ProposedEvent], *, by_stance: bool = False
) -> tuple[tuple[ProposedEvent, ...], tuple[ProposedEvent, ...]]:
    """Merge events reported more than once; the order of the reports plays no part.

    Parameters
    ----------
    events : iterable of ProposedEvent
        What was read.
    by_stance : bool
        Keep apart what differs in stance, as two headlines of one day do.

    Returns
    -------
    (merged, repeats) : tuple of tuples
        One event for every date, actor, kind and speaker, in order of time; and those that went into a surer one. A
        statement without a speaker joins any other of its actor and day.
    """
    merged: list[ProposedEvent] = []
    repeats = []
    for event in sorted(events, key=lambda one: (-one.confidence, one.source, one.headline, one.stance)):
        for k, known in enumerate(merged):
            if _same(known, event) and (known.stance == event.stance or not _apart(known, event, by_stance)):
                merged[k] = _joined(known, event)
                repeats.append(event)
                break
        else:
            merged.append(event)
    return tuple(sorted(merged, key=lambda one: (one.time, one.source, _first(one)))), tuple(repeats)


def _first(event: ProposedEvent) -> int:
    return min((one.start for one in event.evidence), default=0)


def _same(a: ProposedEvent, b: ProposedEvent) -> bool:
    speakers = not a.speaker or not b.speaker or a.speaker == b.speaker
    return (a.time, a.kind) == (b.time, b.kind) and set(a.actor.split(";")) == set(b.actor.split(";")) and speakers


def _apart(a: ProposedEvent, b: ProposedEvent, by_stance: bool) -> bool:  # private
    """Whether two stances are two events: in headlines always, in one article a raise and a fold in deeds."""
    return by_stance or (a.source == b.source and "hold" not in {a.stance, b.stance} and a.kind != "statement")


def _joined(surer: ProposedEvent, other: ProposedEvent) -> ProposedEvent:
    """Put a less sure telling into a surer one, whose stance stays; a disagreement stands in the note."""
    note = surer.note
    if surer.stance != other.stance and other.source != surer.source:
        note = f"{note}; {other.source or 'another source'} says {other.stance} ({other.confidence:.2f})".lstrip("; ")
    joined = replace(
        surer,
        target=_union(surer.target, other.target),
        speaker=surer.speaker or other.speaker,
        sure=max(surer.sure, other.sure),
        published_at=min(filter(None, (surer.published_at, other.published_at)), default=""),
        note=note,
    )
    if other.source and other.source not in surer.source.split("; "):
        # Another article's spans have other offsets: the surer one's evidence stays.
        return replace(joined, source="; ".join(filter(None, (surer.source, other.source))))
    evidence = dict.fromkeys((*surer.evidence, *other.evidence))
    return replace(joined, evidence=tuple(sorted(evidence, key=lambda one: (one.start, one.end))))


def _union(a: str, b: str) -> str:
    return ";".join(dict.fromkeys(code for code in (*a.split(";"), *b.split(";")) if code))


def headline_of(sentence: str) -> str:
    """Shorten a sentence to one line, at a word.

    Examples
    --------
    >>> headline_of("They met.")
    'They met.'
    """
    line = " ".join(sentence.split())
    return line if len(line) <= _HEADLINE else line[:_HEADLINE].rsplit(" ", 1)[0].rstrip(",;:") + " …"
