"""The lexicon: weighted phrases and the words that turn them round, read from a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from eventstudy.errors import InputError, did_you_mean
from eventstudy.news.phrases import any_of, phrase_pattern
from eventstudy.files import read_text

#: What a phrase can speak for; ``neutral`` phrases only keep shorter ones inside them from counting.
LEANINGS = ("raise", "fold", "hold", "neutral")
STRENGTHS = ("strong", "plain", "weak")
#: The words that change the weight of a phrase, by what they do.
MODIFIERS = (
    "negations",
    "reversers",
    "reversers_after",
    "contrasts",
    "concessions",
    "conditions",
    "hedges",
    "intensifiers",
)
_KNOWN = ("rules", "remove", "modifiers", *LEANINGS)


@dataclass(frozen=True)
class Phrase:
    """A phrase of the lexicon: what it speaks for and how loudly."""

    text: str
    leaning: str
    weight: float

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression that finds it."""
        return _compiled(self.text)


@dataclass(frozen=True)
class Lexicon:
    """Phrases, the words that modify them, and the figures of the rules.

    Parameters
    ----------
    phrases : tuple of Phrase
        What is looked for; where two overlap the longer one counts.
    modifiers : mapping of str to tuple of str
        The words that change a weight, by what they do, see `MODIFIERS`.
    rules : mapping of str to float
        Weights of the strengths, factors of the modifiers, reach of negation, threshold of abstention.
    """

    phrases: tuple[Phrase, ...]
    modifiers: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, float] = field(default_factory=dict)

    @cached_property
    def patterns(self) -> Mapping[str, re.Pattern[str]]:
        """One expression a kind of modifier."""
        return {name: any_of(self.modifiers.get(name, ())) for name in MODIFIERS}


@cache
def _compiled(phrase: str) -> re.Pattern[str]:
    return re.compile(phrase_pattern(phrase), re.IGNORECASE)


@cache
def default_lexicon() -> Lexicon:
    """Return the lexicon that comes with the library.

    Returns
    -------
    Lexicon
        Read from ``lexicon.toml``, which says what every heading means.

    Examples
    --------
    >>> default_lexicon().rules["strong"]
    3.0
    """
    text = files("eventstudy.news").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return _extended(Lexicon((), {}), tomllib.loads(text), "lexicon.toml")


def read_lexicon(path: str | Path) -> Lexicon:
    """Read a lexicon of your own and merge it into the library's.

    Parameters
    ----------
    path : str or Path
        A TOML file with the headings of ``lexicon.toml``, any of them: phrases are added (a known phrase moves to its
        new heading), words under ``modifiers`` are added, figures under ``rules`` replace, phrases in ``remove`` go.

    Returns
    -------
    Lexicon
        The library's with the file's changes.

    Raises
    ------
    InputError
        If the file is not TOML or has a heading nobody knows.
    """
    path = Path(path)
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not readable TOML: {error}") from None
    return _extended(default_lexicon(), table, path.name)


def _extended(base: Lexicon, table: Mapping[str, Any], source: str) -> Lexicon:
    """Return a lexicon with what a table says added to it."""
    _require_names(table, _KNOWN, source)
    rules = {**base.rules, **{name: _number(value, name, source) for name, value in table.get("rules", {}).items()}}
    if base.rules:
        _require_names(rules, tuple(base.rules), f"{source}, [rules]")
    added = [
        Phrase(text, leaning, 0.0 if leaning == "neutral" else rules[strength])
        for leaning in LEANINGS
        for strength, texts in _strengths(table, leaning, source).items()
        for text in texts
    ]
    for phrase in added:
        phrase_pattern(phrase.text)
    gone = {phrase.text for phrase in added} | set(_texts(table.get("remove", []), f"{source}, remove"))
    kept = tuple(phrase for phrase in base.phrases if phrase.text not in gone)
    words = table.get("modifiers", {})
    _require_names(words, MODIFIERS, f"{source}, [modifiers]")
    modifiers = {
        name: (*base.modifiers.get(name, ()), *_texts(words.get(name, []), f"{source}, {name}")) for name in MODIFIERS
    }
    return replace(base, phrases=(*kept, *added), modifiers=modifiers, rules=rules)


def _strengths(table: Mapping[str, Any], leaning: str, source: str) -> dict[str, list[str]]:
    """Return the phrases of one heading by strength."""
    found = table.get(leaning, {})
    where = f"{source}, [{leaning}]"
    if not isinstance(found, dict):
        raise InputError(f"{where}: write lists named {', '.join(STRENGTHS)}")
    _require_names(found, STRENGTHS, where)
    return {strength: _texts(texts, f"{where} {strength}") for strength, texts in found.items()}


def _require_names(table: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in allowed:
            raise InputError(f"{where}: nobody knows '{name}'; {did_you_mean(name, allowed)}")


def _texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise InputError(f"{where}: write a list of phrases in quotation marks")
    return value


def _number(value: object, name: str, source: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(f"{source}, rules: {name} must be a number, not {value!r}")
    return float(value)
