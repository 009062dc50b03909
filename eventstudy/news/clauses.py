"""Clauses: the parts of a sentence that tell something of their own, each with the others blanked out."""

from __future__ import annotations

import re
from dataclasses import dataclass

_COUNT = r"(?:a|one|two|three|four|five|six|seven|\d{1,2})"
_RELATIVE = re.compile(
    rf"\b(?:(?P<count>{_COUNT}) (?P<unit>hour|day|week)s?|hours|minutes|shortly) (?P<way>after|before) ", re.IGNORECASE
)
_WITH = re.compile(r",\s+(?:however,\s+)?with (?=[^,]{3,60}?\b\w+ing\b)")
_SUBORDINATE = re.compile(
    r"(?:^|(?<=[\s,]))(?:after|before|when|while|as|because|even as|although|though|if|unless|once|likening|citing)"
    r" (?=\w)",
    re.IGNORECASE,
)
_RELATIVE_PRONOUN = re.compile(
    r",\s+(?:who|which|whose|where|when)\b|\b(?:that|which) (?=(?:was|were|had been|have been|has been)\b)"
)
_COORDINATE = re.compile(
    r";\s+|,?\s+(?:and|but|while)\s+(?=(?:the\s+|its\s+)?[A-Z][\w.’'-]*(?:\s+[\w.’'-]+){0,4}?\s+(?:said|told|had|has|have|is|was|were|\w+ed)\b)"
)
_VERB = re.compile(r"\b(?:said|says|told|tells|had|has|have|is|are|was|were|will|would|[a-z]+ed|began|sent|met)\b")
_COMMA = re.compile(r",(?=\s)|[—–](?=\s)|$")
_DAYS = {"hour": 0, "day": 1, "week": 7}
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7}


@dataclass(frozen=True)
class Clause:
    """One clause.

    Parameters
    ----------
    role : {'main', 'coordinate', 'with', 'relative', 'pronoun', 'subordinate'}
        How it hangs on the sentence.
    text : str
        As long as the sentence, everything outside the clause blank: offsets are the sentence's.
    spans : tuple of (start, end)
        Where it stands.
    shift : int or None
        For ``relative``: days from the main clause's event to this one's.
    """

    role: str
    text: str
    spans: tuple[tuple[int, int], ...]
    shift: int | None = None

    def covers(self, position: int) -> bool:
        """Whether a character belongs to the clause."""
        return any(start <= position < end for start, end in self.spans)


def split_clauses(plain: str) -> tuple[Clause, ...]:
    """Cut a sentence, its quotations blanked, into clauses; the main one first.

    Parameters
    ----------
    plain : str
        The sentence.

    Returns
    -------
    tuple of Clause
        Together they cover it.

    Examples
    --------
    >>> main, earlier = split_clauses("The bank closed a day after Washington froze its assets.")
    >>> main.text.strip(), earlier.text.strip(), earlier.shift
    ('The bank closed', 'Washington froze its assets.', -1)
    """
    cuts = _cuts(plain)
    found: list[Clause] = []
    taken: list[tuple[int, int]] = []
    for start, inner, role, shift in cuts:
        if any(a <= start < b for a, b in taken):
            continue
        later = [other for other, *_ in cuts if other > inner]
        end = _end(plain, inner, start, role, later)
        taken.append((start, end))
        found.append(Clause(role, _masked(plain, [(inner, end)]), ((inner, end),), shift))
    rest = _rest(len(plain), taken)
    return (Clause("main", _masked(plain, rest), tuple(rest)), *found)


def _cuts(plain: str) -> list[tuple[int, int, str, int | None]]:
    """Return where clauses begin: with and without the word that opens them, how they hang, by how many days."""
    cuts: list[tuple[int, int, str, int | None]] = []
    for match in _RELATIVE.finditer(plain):
        count = (match.group("count") or "a").lower()
        days = _DAYS[(match.group("unit") or "hour").lower()] * (_NUMBERS.get(count) or int(count))
        cuts.append((match.start(), match.end(), "relative", -days if match.group("way").lower() == "after" else days))
    for pattern, role in (
        (_WITH, "with"),
        (_RELATIVE_PRONOUN, "pronoun"),
        (_COORDINATE, "coordinate"),
        (_SUBORDINATE, "subordinate"),
    ):
        for match in pattern.finditer(plain):
            verbless = role == "coordinate" and not _VERB.search(plain, 0, match.start())  # 'The U.S. and Japan said'
            if not verbless and not any(a <= match.start() < b for a, b, *_ in cuts):
                cuts.append((match.start(), match.end(), role, None))
    return sorted(cuts)


def _end(plain: str, inner: int, start: int, role: str, later: list[int]) -> int:
    """Return where a clause ends: a coordinate one at the next, any other at its comma."""
    limit = min(later, default=len(plain))
    if role == "coordinate" or (role == "with" and start > 0):
        return limit
    comma = _COMMA.search(plain, inner)
    return min(limit, comma.start() if comma else len(plain))


def _rest(length: int, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    spans, at = [], 0
    for start, end in sorted(taken):
        if start > at:
            spans.append((at, start))
        at = max(at, end)
    return [*spans, (at, length)] if at < length else spans


def _masked(plain: str, spans: list[tuple[int, int]]) -> str:
    characters = [" "] * len(plain)
    for start, end in spans:
        characters[start:end] = plain[start:end]
    return "".join(characters)
