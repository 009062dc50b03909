"""The subject: which of the actors a clause names is the one that acts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.news.actors import ActorTable, Mention
from eventstudy.news.kinds import Action

_GOVERNED = re.compile(
    r"\b(?:of|with|against|between|to|on|in|for|by|from|at|toward|towards|over|near|into|about|under|behind|across|around"
    r"|off|inside|via|than|like|including)\s+(?:the\s+|its\s+|both\s+|an?\s+|[\w-]+(?:er|ian|ish|n)\s+)?(?:\w+\s+){0,1}$",
    re.IGNORECASE,
)
_BY = re.compile(r"\bby\s+(?:the\s+)?(?:[\w-]+\s+){0,2}$", re.IGNORECASE)
_JOINED = re.compile(
    r"(?:[’']s)?(?:,| and|, and| as well as| together with|,? along with)\s+(?:the |its )?(?:[a-z]+ ){0,2}$"
)
#: How far behind a verb of saying its subject may stand: 'said the foreign minister'.
_INVERTED = 24
_HE = re.compile(r"\b(?:he|she)\b", re.IGNORECASE)
_THEY = re.compile(
    r"\b(?:it|they|we|its|the (?:\w+ )?(?:minist(?:ry|er)|secretary|president|spokes\w+|government|chancellor"
    r"|ambassador|envoy))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Subject:
    """Who acts in a clause.

    Parameters
    ----------
    codes : tuple of str
        Actor codes, in the order of the text.
    person : str
        The family name of the one who speaks, or empty.
    start, end : int
        Offsets of the name in the sentence; -1 where a pronoun stands for it.
    sure : float
        1 for a name, less where it was inferred.
    """

    codes: tuple[str, ...]
    person: str
    start: int
    end: int
    sure: float


def find_subject(
    clause: str, actions: Sequence[Action], table: ActorTable, last: Subject | None, last_person: Subject | None
) -> Subject | None:
    """Return who acts in a clause.

    Parameters
    ----------
    clause : str
        Its text, quotations and other clauses blank.
    actions : sequence of Action
        What it says was done; the first one's doer is wanted.
    table : ActorTable
        The names.
    last, last_person : Subject or None
        Who acted before in the article: what 'it' and 'he' stand for.

    Returns
    -------
    Subject or None
        None where no actor is named.
    """
    verb = actions[0] if actions else None
    mentions = table.mentions(clause)
    before = [one for one in mentions if verb is None or one.start < max(verb.start, verb.end - 1)]
    free = [one for one in before if not _GOVERNED.search(clause[max(0, one.start - 60) : one.start])]
    if free:
        return _of(_joined(clause, before, free[0]), 1.0)
    behind = _behind(clause, mentions, verb)
    if behind:
        return _of(_joined(clause, mentions, behind), 1.0)
    told = verb is not None and verb.kind == "statement"
    head = clause if verb is None else clause[: verb.end + _INVERTED * told]
    for pronoun, known in ((_HE, last_person), (_THEY, last)):
        if pronoun.search(head) and known:
            return Subject(known.codes, known.person, -1, -1, 0.8)
    return _of(_joined(clause, before, before[0]), 0.8) if before else None


def _behind(clause: str, mentions: Sequence[Mention], verb: Action | None) -> Mention | None:
    """Return the doer that stands behind its verb: 'were frozen by Washington', 'said Peskov'."""
    for one in mentions:
        if verb is None or one.start < verb.end:
            continue
        if _BY.search(clause[: one.start]):
            return one
        if verb.kind == "statement" and not clause[verb.end : one.start].strip(" ,"):
            return one
    return None


def _joined(clause: str, mentions: Sequence[Mention], first: Mention) -> list[Mention]:
    """Return a name, a second name of the same actor beside it, and the names joined to it by 'and'."""
    group = [first]
    for one in mentions:
        if one.start < group[-1].end:
            continue
        between = clause[group[-1].end : one.start]
        beside = one.code == group[-1].code and len(between.split()) <= 3 and "," not in between  # noqa: PLR2004
        if _JOINED.fullmatch(between) or beside:
            group.append(one)
        else:
            break
    return group


def _of(group: Sequence[Mention], sure: float) -> Subject:
    codes = tuple(dict.fromkeys(one.code for one in group))
    person = next((one.person for one in group if one.person), "") if len(codes) == 1 else ""
    return Subject(codes, person, group[0].start, group[-1].end, sure)
