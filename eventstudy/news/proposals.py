"""Proposed events: what was read in articles, merged, as rows of the event schema with their evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from eventstudy.news.stance_coder import Evidence

_HEADLINE = 110
_NO_DAY = len("2022-01")
REASONS = ("scheduled", "background", "undated", "caption", "commentator", "no actor", "no action", "duplicate")


@dataclass(frozen=True)
class ProposedEvent:
    """An event that an article tells of, to be confirmed by a person.

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

    @property
    def has_day(self) -> bool:
        """Whether its day is known, so that it can be confirmed as it is."""
        return len(self.time) > _NO_DAY

    def record(self) -> dict[str, Any]:
        """Return a row of the event schema with ``confidence`` and ``evidence``."""
        return {
            "id": "",
            "time": self.time,
            "time_zone": "",
            "precision": "day",
            "published_at": "",
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
    """

    text: str
    start: int
    end: int
    reason: str
    source: str = ""


@dataclass(frozen=True)
class Extraction:
    """What one or several articles tell: proposed events, and what was set aside with the reason."""

    events: tuple[ProposedEvent, ...]
    set_aside: tuple[SetAside, ...]

    def records(self) -> list[dict[str, Any]]:
        """Return the events as rows of the schema, in order of time."""
        return [event.record() for event in self.events]


def merge(
    events: Iterable[ProposedEvent],
) -> tuple[tuple[ProposedEvent, ...], tuple[ProposedEvent, ...]]:
    """Merge what is told twice.

    Parameters
    ----------
    events : iterable of ProposedEvent
        In the order of the text.

    Returns
    -------
    (merged, repeats) : tuple of tuples
        One event for every date, actor, kind and speaker, in order of time; and those that went into an earlier one. A
        statement without a speaker joins any other of its actor and day.
    """
    merged: list[ProposedEvent] = []
    repeats = []
    for event in events:
        for k, known in enumerate(merged):
            if _same(known, event):
                merged[k] = _joined(known, event)
                repeats.append(event)
                break
        else:
            merged.append(event)
    return tuple(sorted(merged, key=lambda one: one.time)), tuple(repeats)


def _same(a: ProposedEvent, b: ProposedEvent) -> bool:
    speakers = not a.speaker or not b.speaker or a.speaker == b.speaker
    return (a.time, a.kind) == (b.time, b.kind) and set(a.actor.split(";")) == set(b.actor.split(";")) and speakers


def _joined(first: ProposedEvent, again: ProposedEvent) -> ProposedEvent:
    if again.source and again.source not in first.source.split("; "):
        # Another article's spans have other offsets: the first one's evidence stays, and so does its stance.
        sources = "; ".join(filter(None, (first.source, again.source)))
        return replace(first, source=sources, target=_union(first.target, again.target))
    known = {(one.start, one.end, one.rule) for one in first.evidence}
    evidence = tuple(
        sorted(
            (*first.evidence, *(one for one in again.evidence if (one.start, one.end, one.rule) not in known)),
            key=lambda one: one.start,
        )
    )
    surer = max(first, again, key=lambda one: one.confidence)
    sure = max(first.sure, again.sure)
    return replace(
        first,
        stance=surer.stance,
        confidence=surer.confidence,
        evidence=evidence,
        target=_union(first.target, again.target),
        speaker=first.speaker or again.speaker,
        sure=sure,
    )


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
