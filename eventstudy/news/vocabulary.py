"""Words: phrases and actors, of the library and of your own, and the groups and forms of words of the grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from eventstudy.errors import InputError, did_you_mean
from eventstudy.files import bundled_toml, read_text, toml_of

_BLANK = r"\s+"
_WORD = r"[\w’'.\-$]+"

#: By how much a phrase raises the log-odds of its stance.
STRENGTHS = {"strong": 3.0, "plain": 2.0, "weak": 1.0}
_TURNED = {"raise": "fold", "fold": "raise"}
_NOT = re.compile(
    r"\b(?:not|never|no|no longer|without|hardly|little|cannot|\w+n[’']t)\s+(?:\S+\s+){0,3}$", re.IGNORECASE
)

#: How an actor is named, and the words that are no actors.
_NAMINGS, _OTHERS = ("names", "adjectives", "people"), ("offices", "commentators", "media")

_TOKEN = re.compile(r"\w+(?:[’'.\-&]\w+)*|[^\w\s]")

#: Groups of words that are no verbs but say something of their subject behind 'is'.
ADJECTIVES = frozenset({"done", "near", "idle", "able", "against"})


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
    if not re.search(r"\w", phrase):
        raise InputError(f"'{phrase}' is not a phrase: it has no word in it")
    pieces = []
    for word in phrase.split():
        exact = {choice: re.escape(choice.rstrip("*")).replace("'", "[’']") for choice in word.split("/")}
        choices = "|".join(text + r"[\w\-]*" * choice.endswith("*") for choice, text in exact.items())
        pieces.append(rf"(?:{_WORD}\s+){{0,3}}?" if word == "..." else rf"(?:{choices}){_BLANK}")
    return rf"(?<![\w\-])(?:{''.join(pieces).removesuffix(_BLANK)})(?![\w])"


def any_of(phrases: Iterable[str]) -> re.Pattern[str]:
    """Return one expression that finds any of the phrases; with no phrase it finds nothing."""
    joined = "|".join(map(phrase_pattern, sorted(phrases, key=len, reverse=True)))
    return re.compile(joined or r"(?!)", re.IGNORECASE)


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
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        return {text: re.compile(phrase_pattern(text), re.IGNORECASE) for text in self.phrases}

    def found(self, text: str) -> tuple[Found, ...]:
        """Return the phrases in a text, in order; a negation at most four words before turns raise and fold round."""
        spans = sorted(
            (one.start() - one.end(), one.start(), one.end(), k, phrase)
            for k, (phrase, pattern) in enumerate(self._patterns.items())
            for one in pattern.finditer(text)
        )
        kept: list[Found] = []
        for _, start, end, _, phrase in spans:  # the longest first
            if any(start < other.end and other.start < end for other in kept):
                continue
            stance, weight = self.phrases[phrase]
            turn = _NOT.search(text[max(0, start - 60) : start])
            stance = _TURNED.get(stance, stance) if turn else stance
            kept.append(
                Found(start, end, stance, weight, f"{stance}: your phrase '{phrase}'{', negated' * bool(turn)}")
            )
        return tuple(sorted(kept))


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
    phrases: dict[str, tuple[str, float]] = {}
    for stance, lists in toml_of(read_text(path), path.name).items():
        where = f"{path.name}, [{stance}]"
        _require_heading(stance, ("raise", "fold", "hold", "none"), path.name)
        if not isinstance(lists, dict):
            raise InputError(f"{where}: write lists named {', '.join(STRENGTHS)}")
        for strength, texts in lists.items():
            _require_heading(strength, tuple(STRENGTHS), where)
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise InputError(f"{where} {strength}: write a list of phrases in quotation marks")
            phrases |= {text: (stance, STRENGTHS[strength]) for text in texts if phrase_pattern(text)}
    return Lexicon(phrases)


def _require_heading(name: str, allowed: tuple[str, ...], where: str) -> None:
    if name not in allowed:
        raise InputError(f"{where}: nobody knows '{name[:60]}'; {did_you_mean(name[:60], allowed)}")


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


@cache
def default_actors() -> ActorTable:
    """Return the table that comes with the library.

    Examples
    --------
    >>> [mention.code for mention in default_actors().mentions("Lavrov told the U.S. side that NATO must answer.")]
    ['RUS', 'USA', 'NATO']
    """
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
    path = Path(path)
    own = toml_of(read_text(path), path.name)
    merged: dict[str, dict[str, list[str]]] = {
        code: dict(lists) for code, lists in bundled_toml("eventstudy.news", "actors.toml").items()
    }
    for code, lists in own.items():
        allowed = _OTHERS if code == "words" else _NAMINGS
        named = lists.values() if isinstance(lists, dict) and set(lists) <= set(allowed) else [None]
        if not all(
            isinstance(names, list) and all(isinstance(name, str) and name for name in names) for names in named
        ):
            raise InputError(f"{path.name}, [{code[:60]}]: write lists of names called {', '.join(allowed)}")
        known = merged.setdefault(code, {})
        known.update({kind: [*known.get(kind, []), *names] for kind, names in lists.items()})
    return _table(merged, last=tuple(own))


def _table(raw: Mapping[str, Mapping[str, list[str]]], last: tuple[str, ...] = ()) -> ActorTable:
    order = [code for code in raw if code not in last] + [code for code in raw if code in last]
    codes = {
        name: (code, kind)
        for code in order
        if code != "words"
        for kind in reversed(_NAMINGS)
        for name in raw[code].get(kind, [])
    }
    words = {kind: any_of(raw["words"].get(kind, [])) for kind in _OTHERS}
    spelled = {name.lower(): name for name in codes}
    return ActorTable(codes, _any_name(codes), words, _any_name(codes, re.IGNORECASE), spelled)


def _any_name(names: Iterable[str], flags: int = 0) -> re.Pattern[str]:
    """Return an expression that finds any of some names, the longest first."""
    longest_first = sorted(names, key=len, reverse=True)
    return re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, longest_first)) + r")(?!\w)", flags)


class Token(NamedTuple):
    """A word in small letters, and where it stands; names are ``NAME``, nationalities ``NATION``, numbers ``NUM``."""

    word: str
    start: int
    end: int


class Tables(NamedTuple):
    """What ``grammar.toml`` says: lemmas to groups, verb+noun and groups to leans, forms to lemmas, the small words."""

    verbs: dict[str, str]
    nouns: dict[str, str]
    pairs: dict[str, str]
    leans: dict[str, tuple[str, ...]]
    above: dict[str, str]
    forms: dict[str, tuple[str, str]]
    heads: frozenset[str]
    words: dict[str, frozenset[str]]
    classes: dict[str, str]


@cache
def tables() -> Tables:
    """Return the groups of verbs and nouns, the pairs, every form of a verb, and the small words."""
    raw = bundled_toml("eventstudy.news", "grammar.toml")
    verbs, nouns, pairs, above = (
        {lemma: name for name in reversed(raw[part]) for lemma in raw[part][name].split()}
        for part in ("verbs", "nouns", "pairs", "above")
    )
    leans = {name: tuple(text.replace("-", "").split(",")) for name, text in raw["leans"].items()}
    words = {name: frozenset(text.split()) for name, text in raw["words"].items() if name != "irregular"}
    words["helpers"] = words["modals"] | words["do"] | words["have"] | words["be"]
    words["small"] = words["determiners"] | words["negators"] | words["adverbs"]
    words["idle"] |= words["determiners"] | words["be"] | words["have"]
    words["minor"] = words["openers"] | words["relatives"]
    irregular = {row.split(":")[0]: row.split(":")[1:] for row in raw["words"]["irregular"].split()}
    forms: dict[str, tuple[str, str]] = {}
    for lemma in dict.fromkeys([*(lemma.split("_")[0] for lemma in verbs), *irregular]):
        if verbs.get(lemma) not in ADJECTIVES:
            for kind, form in _inflected(lemma, irregular.get(lemma), doubled=lemma in words["doubled"]):
                forms.setdefault(form, (lemma, kind))
    forms |= {verb: (verb, "past") for verb in ("hit", "cut", "put", "quit", "let", "split")}
    classes = {word: name for name in reversed(raw["classes"]) for word in raw["classes"][name].split()}
    heads = frozenset([*(v for v in verbs if "_" not in v), *irregular])
    return Tables(verbs, nouns, pairs, leans, above, forms, heads, words, classes)


def _inflected(lemma: str, irregular: Sequence[str] | None, *, doubled: bool) -> list[tuple[str, str]]:
    """Return the forms of a verb with their kinds: base, s, past, part, ing."""
    stem = lemma[:-1] if lemma.endswith("e") and not lemma.endswith(("ee", "oe", "ye")) else lemma
    stem = lemma + lemma[-1] if doubled else stem
    if lemma.endswith("y") and lemma[-2] not in "aeiou":
        third, past = lemma[:-1] + "ies", lemma[:-1] + "ied"
    else:
        third = lemma + ("es" if lemma.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
        past = lemma + "d" if lemma.endswith("e") else stem + "ed"
    found = [("base", lemma), ("s", third), ("ing", lemma[:-2] + "ying" if lemma.endswith("ie") else stem + "ing")]
    if irregular:
        return [*found, ("past", irregular[0]), ("part", irregular[-1])]
    found.append(("past", past))
    if doubled and lemma.endswith("l"):
        found += [("past", lemma + "ed"), ("ing", lemma + "ing")]
    if lemma.endswith("ise"):
        found += [(kind, form.replace(lemma[:-1], lemma[:-2] + "z", 1)) for kind, form in found]
    return found


def noun_group(word: str) -> str:
    """Return the group of a noun, singular or plural, or an empty string."""
    nouns = tables().nouns
    form = singular(word)
    if form in nouns:
        return nouns[form]
    return noun_group(word.rsplit("-", 1)[1]) if "-" in word[1:-1] else ""


def singular(word: str) -> str:
    """Return the singular that the table of nouns knows, else a guess."""
    nouns = tables().nouns
    forms = [word]
    for ending, other in (("ies", "y"), ("men", "man"), ("es", ""), ("s", "")):
        if word.endswith(ending):
            forms.append(word[: -len(ending)] + other)
    known = [form for form in forms if form in nouns]
    guess = forms[-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    return known[0] if known else (forms[1] if word.endswith("ies") else guess)


@cache
def _capital_names() -> re.Pattern[str]:
    """Find the names of the table of actors in a text without regard to case, for titles and wires in capitals."""
    short = {"EU", "UN", "UK", "US", "U.S.", "U.N."}
    names = (name for name in default_actors().codes if len(name) > 3 or name in short)  # noqa: PLR2004
    return _any_name(names, re.IGNORECASE)


def tokens(text: str) -> list[Token]:
    """Return the words of a text in small letters, names and numbers masked, so that no country means a stance."""
    found = list(_TOKEN.finditer(text))
    long = [one.group() for one in found if len(one.group()) > 3 and one.group()[0].isalpha()]  # noqa: PLR2004
    titled = len(long) > 2 and sum(word[0].isupper() for word in long) > 0.7 * len(long)  # noqa: PLR2004
    named: set[int] = set()
    for match in (_capital_names() if titled else default_actors().names).finditer(text):
        if not (titled and match.group() == "us"):
            named.update(range(match.start(), match.end()))
    rows: list[Token] = []
    opening = True
    for one in found:
        word, start, end = one.group(), one.start(), one.end()
        low = word.lower().replace("’", "'")
        owned = low.endswith("'s") and len(low) > 2  # noqa: PLR2004
        bare = low[:-2] if owned else low
        if start in named or (word[0].isupper() and not titled and low != "i" and not (opening and _known(bare))):
            mask = (
                "NATION"
                if bare.endswith(tuple(tables().words["nations"])) or bare in {"u.s", "us", "un", "u.n", "eu"}
                else "NAME"
            )
            if rows and rows[-1].word == "NAME" and rows[-1].end + 1 >= start:
                rows[-1] = Token(mask, rows[-1].start, end - 2 * owned)
            else:
                rows.append(Token(mask, start, end - 2 * owned))
        else:
            rows.append(Token("NUM" if word[0].isdigit() else bare, start, end - 2 * owned))
        if owned:
            rows.append(Token("'s", end - 2, end))
        opening = word in ".!?:“\"‘'—" or (opening and not word[0].isalnum())
    return rows


def _known(low: str) -> bool:
    """Whether a word at the beginning of a sentence is an ordinary one, not a name."""
    table = tables()
    return (
        any(low in group for group in table.words.values())
        or low in table.forms
        or bool(noun_group(low))
        or low.endswith(("ly", "ing", "ed", "ers"))
    )
