"""Phrases of your own: what they speak for and how loudly, read from a TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import read_text
from eventstudy.news.phrases import phrase_pattern, without_overlaps

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
        rows = []
        for start, end, k in without_overlaps(spans):
            phrase = self._patterns[k][0]
            stance, weight = self.phrases[phrase]
            turn = _NOT.search(text[max(0, start - 60) : start])
            stance = _TURNED.get(stance, stance) if turn else stance
            rows.append(
                Found(start, end, stance, weight, f"{stance}: your phrase '{phrase}'{', negated' * bool(turn)}")
            )
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
    try:
        table = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name} is not readable TOML: {error}") from None
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
            raise InputError(f"{where}: nobody knows '{name}'; {did_you_mean(name, allowed)}")
