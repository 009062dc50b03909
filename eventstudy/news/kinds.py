"""What was done: the kind of an act, its tense, and the words that told."""

from __future__ import annotations

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

from eventstudy.news.grammar import finite_verbs, verb_forms
from eventstudy.news.phrases import any_of

#: Kinds of verbs that the table of phrases does not have, by their group in ``grammar.toml``.
_OF_GROUPS = {"force": "attack", "say": "statement", "scold": "statement", "deny": "statement", "talk": "talks",
              "accept": "agreement", "welcome": "statement", "urge": "statement"}  # fmt: skip


class Action(NamedTuple):
    """Words that name something done: its kind, the words, where they stand, and whether a table knew the kind."""

    kind: str
    text: str
    start: int
    end: int
    known: bool = True


@cache
def _tables() -> dict[str, dict[str, re.Pattern[str]]]:
    text = files("eventstudy.news").joinpath("kinds.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    forms = verb_forms()
    return {
        "kinds": {kind: any_of(_inflected(one, forms) for one in phrases) for kind, phrases in raw["kinds"].items()},
        "tense": {tense: any_of(phrases) for tense, phrases in raw["tense"].items()},
    }


def _inflected(phrase: str, forms: dict[str, tuple[str, ...]]) -> str:
    """Write the first verb of a phrase in all its finite forms."""
    first, *rest = phrase.split()
    words = dict.fromkeys(form for word in first.split("/") for form in (word, *forms.get(word, ())))
    return " ".join(["/".join(words), *rest])


@lru_cache(maxsize=256)
def find_actions(text: str) -> tuple[Action, ...]:
    """Return what a text says was done, in the order of the text: the phrases of the table, and any other finite verb.

    Examples
    --------
    >>> [(action.kind, action.text) for action in find_actions("The bank froze all his assets, a spokesman said.")]
    [('sanction', 'froze all his assets'), ('statement', 'said')]
    >>> find_actions("The council shelved the plan.")
    (Action(kind='act', text='shelved', start=12, end=19, known=False),)
    """
    verbs = finite_verbs(text)
    finite = {start for start, *_ in verbs}
    found: list[Action] = []
    for kind, pattern in _tables()["kinds"].items():
        for match in pattern.finditer(text):
            word = match.group().split()[0].lower()
            # A form that may be a noun or an infinitive tells only where the grammar takes it for the verb.
            sure = match.start() in finite or word.endswith(("ed", "ing")) or word not in _doubtful()
            if sure and not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(Action(kind, match.group(), match.start(), match.end()))
    for start, end, group, side in [*verbs, *_reported(text, verbs)]:
        if not any(start < one.end and one.start < end for one in found):
            found.append(Action(_kind_of(group, side), text[start:end], start, end, known=False))
    return tuple(sorted(found, key=lambda one: one.start))


def _reported(text: str, verbs: list[tuple[int, int, str, str]]) -> list[tuple[int, int, str, str]]:
    """Return the verbs of what is said: 'said Russian aircraft breached its airspace'."""
    ends = [end for _, end, group, _ in verbs if group.partition("_")[0] in {"say", "deny", "scold"}]
    return finite_verbs(" " * ends[0] + text[ends[0] :]) if ends else []


def _kind_of(group: str, side: str) -> str:
    base = group.partition("_")[0]
    if base == "talk" or (side == "talks" and base in {"up", "keep", "defer", "done"}):
        return "talks"
    if side == "coercion" and base in {"up", "down", "coerce"}:
        return "sanction"
    return _OF_GROUPS.get(base, "act")


@cache
def _doubtful() -> frozenset[str]:
    """Return the present forms of verbs, which may be nouns or infinitives."""
    return frozenset(form for past, forms in verb_forms().items() for form in forms if form != past)


def kind_rank(kind: str) -> int:
    """Return how early a kind stands in the table: the lower one names an event that has several."""
    return list(_tables()["kinds"]).index(kind)


def find_tense(text: str, tense: str) -> re.Match[str] | None:
    """Return the first match of a text that marks it as ``scheduled``, ``background`` or ``earlier``."""
    return _tables()["tense"][tense].search(text)
