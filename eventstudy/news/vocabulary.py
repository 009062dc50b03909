"""Words: phrases and actors, of the library and of your own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import bundled_toml, path_of, read_text, toml_of

#: By how much a phrase raises the log-odds of its stance.
STRENGTHS = {"strong": 3.0, "plain": 2.0, "weak": 1.0}
#: What a negated stance is; `hold` stays.
TURNED = {"raise": "fold", "fold": "raise"}
#: From this share of capitals on, capitals mark no names.
SHOUTED = 0.7
#: What may stand between an adjective and its office.
_FOLLOWING = re.compile(r"(?:[’']s|-led)?(?:\s+[\w-]+){0,2}?\s+")
#: What follows a country that does not act: "-backed" or rebels, and what may stand between it and its armed group.
_OWNED = re.compile(r"[’']s (?:[\w-]+ ){0,2}")
_DONE_BY = re.compile(r"-(?!led\b)[a-z]+ed\b", re.IGNORECASE)
_REBELS = re.compile(
    r"(?:[’']s(?: [\w-]+)?)?( [\w-]+)? "
    r"(?:rebel|insurgent|militant|separatist|guerrilla|militia|jihadist|opposition|faction)s?\b"
)
#: How an actor is named, and the words that are no actors, or of which a country before them says where they are from.
_NAMINGS, _OTHERS = (
    ("names", "adjectives", "people"),
    ("offices", "commentators", "groups", "bodies", "north", "south"),
)


def phrase_pattern(phrase: str) -> str:
    """Return the regular expression of a phrase, written as `read_lexicon` says, to be searched whatever the case."""
    if not re.search(r"\w", phrase):
        raise InputError(f"'{phrase}' is not a phrase: it has no word in it")
    pieces = []
    for word in phrase.split():
        exact = {choice: re.escape(choice.rstrip("*")).replace("'", "[’']") for choice in word.split("/")}
        choices = "|".join(text + r"[\w\-]*" * choice.endswith("*") for choice, text in exact.items())
        pieces.append(r"(?:[\w’'.\-$]+\s+){0,3}?" if word == "..." else rf"(?:{choices})\s+")
    joined = "".join(pieces).removesuffix(r"\s+")
    return rf"(?<![\w\-])(?:{joined})(?![\w])"


_PART = re.compile(r"(?<!\?P)<(\w+)>")
#: Expressions by part and name: how pages and wires write.
PATTERNS = bundled_toml("eventstudy.news", "patterns.toml")
PATTERNS["parts"]["zone"] = "|".join(" ".join(bundled_toml("eventstudy", "zones.toml").values()).split())


def expression(pattern: str | list[str]) -> re.Pattern[str]:
    """Compile an expression of ``patterns.toml``, with its parts in their places; of a list it finds any."""

    def part(found: re.Match[str]) -> str:
        months = PATTERNS["months"].get(found[1])
        if months:
            return f"(?:{'|'.join(map(re.escape, ' '.join(months).split()))})"
        return re.sub(_PART, part, PATTERNS["parts"][found[1]])

    return re.compile(re.sub(_PART, part, pattern if isinstance(pattern, str) else "|".join(pattern)), re.IGNORECASE)


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return one expression that finds any of the phrases; with no phrase it finds nothing."""
    joined = "|".join(map(phrase_pattern, sorted(phrases, key=len, reverse=True)))
    return re.compile(joined or r"(?!)", re.IGNORECASE)


_DENIED = expression(PATTERNS["lexicon"]["denied"])


@dataclass(frozen=True)
class Lexicon:
    """Phrases of your own, from `read_lexicon`.

    Parameters
    ----------
    phrases : mapping of str to (str, float)
        Phrase to its stance and its weight in log-odds; where two overlap the longer one counts.
    """

    phrases: Mapping[str, tuple[str, float]]

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {text: re.compile(phrase_pattern(text), re.IGNORECASE) for text in self.phrases}

    def found(self, text: str) -> list[tuple[int, int, str, float, str]]:
        """Return the phrases in a text, of overlapping ones the longest: start, end, stance, weight, and the rule."""
        spans = sorted(
            (one.start() - one.end(), one.start(), one.end(), k, phrase)
            for k, (phrase, pattern) in enumerate(self._patterns.items())
            for one in pattern.finditer(text)
        )
        kept: list[tuple[int, int, str, float, str]] = []
        for _, start, end, _, phrase in spans:
            if any(start < behind and before < end for before, behind, *_ in kept):
                continue
            stance, weight = self.phrases[phrase]
            negated = bool(_DENIED.search(text[max(0, start - 60) : start]))  # at most four words before
            stance = TURNED.get(stance, stance) if negated else stance
            kept.append((start, end, stance, weight, f"{stance}: your phrase '{phrase}'{', negated' * negated}"))
        return sorted(kept)


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
    path, phrases = path_of(path, "lexicon"), dict[str, tuple[str, float]]()

    def check(name: str, allowed: Iterable[str], where: str) -> None:
        if name not in allowed:
            raise InputError(f"{where}: nobody knows '{name[:60]}'; {did_you_mean(name[:60], allowed)}")

    for stance, lists in toml_of(read_text(path), path.name).items():
        check(stance, ("raise", "fold", "hold", "none"), path.name)
        where = f"{path.name}, [{stance}]"
        if not isinstance(lists, dict):
            raise InputError(f"{where}: write lists named {', '.join(STRENGTHS)}")
        for strength, texts in lists.items():
            check(strength, STRENGTHS, where)
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise InputError(f"{where} {strength}: write a list of phrases in quotation marks")
            for text in texts:
                if not re.search(r"\w", text):
                    raise InputError(f"{where} {strength}: '{text[:60]}' is not a phrase: it has no word in it")
                phrases[text] = (stance, STRENGTHS[strength])
    return Lexicon(phrases)


class Mention(NamedTuple):
    """An actor's code, the name that stands for it in a text and where; the family name, where it is a person's."""

    code: str
    text: str
    start: int
    end: int
    person: str = ""


@dataclass(frozen=True)
class ActorTable:
    """Names and codes, ready to be searched for, from `read_actors`.

    Parameters
    ----------
    codes : mapping of str to (str, str)
        A name to its code and its kind: ``names``, ``adjectives`` or ``people``.
    names, shouted : Pattern
        Find any name: as it is spelled, and whatever its case.
    words : mapping of str to Pattern
        Find offices, commentators and the codes of armed groups.
    """

    codes: Mapping[str, tuple[str, str]]
    names: re.Pattern[str]
    shouted: re.Pattern[str]
    words: Mapping[str, re.Pattern[str]]

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """Return the actors named in a text, in order.

        An adjective counts at most two words before an office. A country does not where it says by whom something is
        done ("Rwanda-backed") or where an armed group or rebels are from ("Yemen's Houthis", "Syrian rebels").
        """
        found = list[Mention]()
        for match in self.names.finditer(text):
            name, (code, kind) = match.group(), self.codes[match.group()]
            armed = self.words["groups"].fullmatch(code)
            owned = found and _OWNED.fullmatch(text[found[-1].end : match.start()])
            if owned and armed and not self.words["groups"].fullmatch(found[-1].code):
                found.pop()
            rebels = None if armed else _REBELS.match(text, match.end())
            if _DONE_BY.match(text, match.end()) or (rebels and (kind == "adjectives" or not rebels[1])):
                continue
            if kind == "adjectives":
                following = _FOLLOWING.match(text, match.end())
                office = self.words["offices"].search(text, match.end(), match.end() + 60)
                if not (following and office and len(text[match.end() : office.start()].split()) <= 2):  # noqa: PLR2004
                    continue
            found.append(Mention(code, name, match.start(), match.end(), name.split()[-1] if kind == "people" else ""))
        return tuple(found)

    def recased(self, text: str) -> str:
        """Write a line of capitals or of Title Words with capitals on names alone, every character in its place."""
        long = [word for word in re.findall(r"[^\W\d_]+", text) if len(word) > 3]  # noqa: PLR2004  # 'of', 'the', 'and'
        if len(long) < 2 or sum(word[0].isupper() for word in long) <= SHOUTED * len(long):  # noqa: PLR2004
            return text
        spelled = {name.lower(): name for name in self.codes}
        letters = list(text if len(text.lower()) != len(text) else text.lower())
        for match in self.shouted.finditer(text):
            name = spelled.get(match.group().lower(), match.group())
            if match.group()[0].isupper() and len(name) == len(match.group()):
                letters[match.start() : match.end()] = name
        return "".join(letters)


@cache
def default_actors() -> ActorTable:
    """Return the table that comes with the library."""
    return _table(bundled_toml("eventstudy.news", "actors.toml"))


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
    path = path_of(path, "file of actors")
    raw: dict[str, dict[str, list[str]]] = dict(bundled_toml("eventstudy.news", "actors.toml"))
    for code, lists in toml_of(read_text(path), path.name).items():
        allowed = _OTHERS if code == "words" else _NAMINGS
        named = lists.values() if isinstance(lists, dict) and set(lists) <= set(allowed) else [None]
        if not all(
            isinstance(names, list) and all(isinstance(name, str) and name for name in names) for names in named
        ):
            raise InputError(f"{path.name}, [{code[:60]}]: write lists of names called {', '.join(allowed)}")
        known = raw.pop(code, {})
        raw[code] = known | {kind: [*known.get(kind, []), *names] for kind, names in lists.items()}
    return _table(raw)


def _table(raw: Mapping[str, Mapping[str, list[str]]]) -> ActorTable:
    """Make a table; of two codes that list a name the later one has it."""
    codes = {
        name: (code, kind)
        for code, lists in raw.items()
        if code != "words"
        for kind in reversed(_NAMINGS)
        for name in lists.get(kind, [])
    }
    words = {kind: any_of(raw["words"].get(kind, [])) for kind in _OTHERS}
    longest_first = sorted(codes, key=len, reverse=True)
    names = r"(?<![\w.])(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)"
    return ActorTable(codes, re.compile(names), re.compile(names, re.IGNORECASE), words)
