"""Phrases: the small language in which the word lists are written, and the search for them in a text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eventstudy.errors import InputError

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
        choices = "|".join(_word_pattern(choice) for choice in word.split("/"))
        pieces.append(f"(?:{choices})" + (r"\s+" if k + 1 < len(words) else ""))
    return rf"(?<![\w\-])(?:{''.join(pieces)})(?![\w])"


def _word_pattern(word: str) -> str:
    exact = re.escape(word.rstrip("*")).replace("'", "[’']")
    return exact + r"[\w\-]*" if word.endswith("*") else exact


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return one expression that finds any of the phrases; with no phrase it finds nothing."""
    joined = "|".join(map(phrase_pattern, sorted(phrases, key=len, reverse=True)))
    return re.compile(joined or r"(?!)", re.IGNORECASE)


def without_overlaps(spans: Sequence[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Keep the longest of the spans that share a character, the first of equals; returned in the order of the text.

    Parameters
    ----------
    spans : sequence of (start, end, which)
        What was found.

    Returns
    -------
    list of (start, end, which)
        No two of them overlap.

    Examples
    --------
    >>> without_overlaps([(0, 5, 0), (3, 12, 1), (12, 14, 2)])
    [(3, 12, 1), (12, 14, 2)]
    """
    kept: list[tuple[int, int, int]] = []
    for span in sorted(spans, key=lambda one: (one[0] - one[1], one[0], one[2])):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)
