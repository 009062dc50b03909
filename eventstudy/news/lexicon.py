"""Phrases: the small language of the word lists, the search for them, and lists of your own from a TOML file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import read_text, toml_of

_WORD = r"[\w’'.\-$]+"
_GAP = rf"(?:{_WORD}\s+){{0,3}}?"


def phrase_pattern(phrase: str) -> str:
    """Return the regular expression of a phrase.

    Parameters
    ----------
    phrase : str
        Words. ``sanction*`` is any word that begins so, ``lift/ease`` either word, ``...`` up to three words between.

    Returns
    -------
    str
        A pattern to be searched without regard to case.

    Raises
    ------
    InputError
        If the phrase has no word in it.

    Examples
    --------
    >>> import re
    >>> bool(re.search(phrase_pattern("lift* ... sanction*"), "It lifted all its sanctions."))
    True
    """
    pieces = []
    words = phrase.split()
    if not any(re.search(r"\w", word) for word in words):
        raise InputError(f"'{phrase}' is not a phrase: it has no word in it")
    for k, word in enumerate(words):
        if word == "...":
            pieces.append(_GAP)
            continue
        exact = {choice: re.escape(choice.rstrip("*")).replace("'", "[’']") for choice in word.split("/")}
        choices = "|".join(text + r"[\w\-]*" * choice.endswith("*") for choice, text in exact.items())
        pieces.append(f"(?:{choices})" + (r"\s+" if k + 1 < len(words) else ""))
    return rf"(?<![\w\-])(?:{''.join(pieces)})(?![\w])"


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return one expression that finds any of the phrases; with no phrase it finds nothing."""
    joined = "|".join(map(phrase_pattern, sorted(phrases, key=len, reverse=True)))
    return re.compile(joined or r"(?!)", re.IGNORECASE)


#: By how much a phrase raises the log-odds of its stance.
STRENGTHS = {"strong": 3.0, "plain": 2.0, "weak": 1.0}
_STANCES = ("raise", "fold", "hold", "none")
_TURNED = {"raise": "fold", "fold": "raise"}
_NOT = re.compile(
    r"\b(?:not|never|no|no longer|without|hardly|little|cannot|\w+n[’']t)\s+(?:\S+\s+){0,3}$", re.IGNORECASE
)


class Found(NamedTuple):
    """A phrase of the lexicon in a text."""

    start: int
    end: int
    stance: str
    weight: float
    rule: str


@dataclass(frozen=True)
class Lexicon:
    """Phrases of your own.

    Parameters
    ----------
    phrases : mapping of str to (str, float)
        A phrase to what it speaks for and by how much; where two overlap the longer one counts.
    """

    phrases: Mapping[str, tuple[str, float]]

    @cached_property
    def _patterns(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((text, re.compile(phrase_pattern(text), re.IGNORECASE)) for text in self.phrases)

    def found(self, text: str) -> tuple[Found, ...]:
        """Return the phrases in a text, in order; a negation at most four words before turns raise and fold round."""
        spans = [(one.start(), one.end(), k) for k, (_, how) in enumerate(self._patterns) for one in how.finditer(text)]
        kept: list[tuple[int, int, int]] = []
        for span in sorted(spans, key=lambda one: (one[0] - one[1], one)):
            if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
                kept.append(span)
        rows = []
        for start, end, k in sorted(kept):
            phrase = self._patterns[k][0]
            stance, weight = self.phrases[phrase]
            turn = _NOT.search(text[max(0, start - 60) : start])
            stance = _TURNED.get(stance, stance) if turn else stance
            rule = f"{stance}: your phrase '{phrase}'{', negated' * bool(turn)}"
            rows.append(Found(start, end, stance, weight, rule))
        return tuple(rows)


def read_lexicon(path: str | Path) -> Lexicon:
    """Read phrases of your own, which count beside the trained weights.

    Parameters
    ----------
    path : str or Path
        A TOML file: under ``raise``, ``fold``, ``hold`` or ``none`` lists named ``strong``, ``plain``, ``weak``.
        ``sanction*`` is any word that begins so, ``lift/ease`` either word, ``...`` up to three words between.

    Returns
    -------
    Lexicon

    Raises
    ------
    InputError
        If the file is not TOML or has a heading nobody knows.
    """
    path = Path(path)
    table = toml_of(read_text(path), path.name)
    _require_names(table, _STANCES, path.name)
    phrases: dict[str, tuple[str, float]] = {}
    for stance, lists in table.items():
        where = f"{path.name}, [{stance}]"
        if not isinstance(lists, dict):
            raise InputError(f"{where}: write lists named {', '.join(STRENGTHS)}")
        _require_names(lists, tuple(STRENGTHS), where)
        for strength, texts in lists.items():
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise InputError(f"{where} {strength}: write a list of phrases in quotation marks")
            for text in texts:
                phrase_pattern(text)
                phrases[text] = (stance, STRENGTHS[strength])
    return Lexicon(phrases)


def _require_names(table: Mapping[str, Any], allowed: tuple[str, ...], where: str) -> None:
    for name in table:
        if name not in allowed:
            raise InputError(f"{where}: nobody knows '{name[:60]}'; {did_you_mean(name[:60], allowed)}")
