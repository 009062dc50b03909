"""What was done: the kind of an act, its tense, and the words that told."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eventstudy.news.phrases import any_of


@dataclass(frozen=True)
class Action:
    """Words that name something done.

    Parameters
    ----------
    kind : str
        E.g. ``sanction``.
    text : str
        The words.
    start, end : int
        Offsets in characters.
    """

    kind: str
    text: str
    start: int
    end: int


@cache
def _tables() -> dict[str, dict[str, re.Pattern[str]]]:
    text = files("eventstudy.news").joinpath("kinds.toml").read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    return {name: {key: any_of(phrases) for key, phrases in table.items()} for name, table in raw.items()}


def find_actions(text: str) -> tuple[Action, ...]:
    """Return what a text says was done, in the order of the text.

    Examples
    --------
    >>> [(action.kind, action.text) for action in find_actions("The bank froze all his assets, a spokesman said.")]
    [('sanction', 'froze all his assets'), ('statement', 'said')]
    """
    found: list[Action] = []
    for kind, pattern in _tables()["kinds"].items():
        for match in pattern.finditer(text):
            if not any(match.start() < one.end and one.start < match.end() for one in found):
                found.append(Action(kind, match.group(), match.start(), match.end()))
    return tuple(sorted(found, key=lambda one: one.start))


def kind_rank(kind: str) -> int:
    """Return how early a kind stands in the table: the lower one names an event that has several."""
    return list(_tables()["kinds"]).index(kind)


def find_tense(text: str, tense: str) -> re.Match[str] | None:
    """Return the first sign that a text is told as ``scheduled``, ``background`` or ``earlier``."""
    return _tables()["tense"][tense].search(text)
