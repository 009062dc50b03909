"""Who acts: names in a text to actor codes, and those who only comment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from eventstudy.errors import InputError
from eventstudy.files import read_text, toml_of
from eventstudy.news.lexicon import any_of

_KINDS = ("names", "adjectives", "people")
_WORDS = ("offices", "commentators", "media")


class Mention(NamedTuple):
    """An actor's name in a text.

    Parameters
    ----------
    code : str
        E.g. ``RUS``.
    text : str
        The name as it stands there.
    start, end : int
        Offsets in characters.
    person : str
        The family name, where the name is a person's; else empty.
    """

    code: str
    text: str
    start: int
    end: int
    person: str = ""


@dataclass(frozen=True)
class ActorTable:
    """Names and codes, ready to be searched for.

    Parameters
    ----------
    codes : mapping of str to (str, str)
        A name to its code and its kind: ``names``, ``adjectives`` or ``people``.
    names : Pattern
        Finds any name.
    words : mapping of str to Pattern
        Find offices, commentators and media.
    shouted : Pattern
        Finds any name whatever its case, for lines in capitals.
    spelled : mapping of str to str
        A name in small letters to its usual spelling.
    """

    codes: Mapping[str, tuple[str, str]]
    names: re.Pattern[str]
    words: Mapping[str, re.Pattern[str]]
    shouted: re.Pattern[str]
    spelled: Mapping[str, str]

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the actors named in a text, in order."""
        found = []
        for match in self.names.finditer(text):
            code, kind = self.codes[match.group()]
            if kind == "adjectives" and not self._before_office(text, match.end()):
                continue
            person = match.group().split()[-1] if kind == "people" else ""
            found.append(Mention(code, match.group(), match.start(), match.end(), person))
        return tuple(found)

    def _before_office(self, text: str, end: int) -> bool:
        """Whether an office or a force follows an adjective, at most two words on."""
        following = re.compile(r"(?:[’']s)?(?:\s+[\w-]+){0,2}?\s+").match(text, end)
        office = self.words["offices"].search(text, end, end + 60)
        return bool(following and office and len(text[end : office.start()].split()) <= 2)  # noqa: PLR2004

    def comments(self, text: str) -> re.Match[str] | None:
        """Return where a text says that its speaker is a commentator."""
        return self.words["commentators"].search(text)


@cache
def default_actors() -> ActorTable:
    """Return the table that comes with the library.

    Examples
    --------
    >>> [mention.code for mention in default_actors().mentions("Lavrov told the U.S. side that NATO must answer.")]
    ['RUS', 'USA', 'NATO']
    """
    return _table(_bundled())


def read_actors(path: str | Path) -> ActorTable:
    """Read actors of your own and add them to the library's.

    Parameters
    ----------
    path : str or Path
        TOML: one heading a code, with lists ``names``, ``adjectives``, ``people``; a name already known moves.

    Returns
    -------
    ActorTable
        The library's with the file's.

    Raises
    ------
    InputError
        If the file is not TOML or has something else in it.
    """
    path = Path(path)
    own = toml_of(read_text(path), path.name)
    merged: dict[str, dict[str, list[str]]] = {code: dict(lists) for code, lists in _bundled().items()}
    for code, lists in own.items():
        allowed = _WORDS if code == "words" else _KINDS
        if not isinstance(lists, dict) or not all(kind in allowed and _are_names(lists[kind]) for kind in lists):
            raise InputError(f"{path.name}, [{code[:60]}]: write lists of names called {', '.join(allowed)}")
        known = merged.setdefault(code, {})
        known.update({kind: [*known.get(kind, []), *names] for kind, names in lists.items()})
    return _table(merged, last=tuple(own))


def _bundled() -> dict[str, Any]:
    text = files("eventstudy.news").joinpath("actors.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) and name for name in value)


def _table(raw: Mapping[str, Mapping[str, list[str]]], last: tuple[str, ...] = ()) -> ActorTable:
    order = [code for code in raw if code not in last] + [code for code in raw if code in last]
    codes = {
        name: (code, kind)
        for code in order
        if code != "words"
        for kind in reversed(_KINDS)
        for name in raw[code].get(kind, [])
    }
    longest_first = sorted(codes, key=len, reverse=True)
    names = re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)")
    shouted = re.compile(names.pattern, re.IGNORECASE)
    spelled = {name.lower(): name for name in codes}
    return ActorTable(codes, names, {kind: any_of(raw["words"].get(kind, [])) for kind in _WORDS}, shouted, spelled)
