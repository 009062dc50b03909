"""The words of the grammar: groups of verbs and nouns, every form of a verb, singulars, and the words of a text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from eventstudy.news.actors import default_actors

_TOKEN = re.compile(r"\w+(?:[’'.\-&]\w+)*|[^\w\s]")
#: Groups of words that are no verbs but say something of their subject behind 'is'.
ADJECTIVES = frozenset({"done", "near", "idle", "able", "against"})


class Token(NamedTuple):
    """A word in small letters, and where it stands; names are ``NAME``, nationalities ``NATION``, numbers ``NUM``."""

    word: str
    start: int
    end: int


class Tables(NamedTuple):
    """What ``grammar.toml`` says: lemmas to groups, verb+noun to leans, forms to lemmas, and the small words."""

    verbs: dict[str, str]
    nouns: dict[str, str]
    pairs: dict[str, str]
    forms: dict[str, tuple[str, str]]
    heads: frozenset[str]
    words: dict[str, frozenset[str]]
    classes: dict[str, str]


@cache
def tables() -> Tables:
    """Return the groups of verbs and nouns, the pairs, every form of a verb, and the small words."""
    raw = tomllib.loads(files("eventstudy.news").joinpath("grammar.toml").read_text(encoding="utf-8"))
    verbs, nouns, pairs = (
        {lemma: name for name in reversed(raw[part]) for lemma in raw[part][name].split()}
        for part in ("verbs", "nouns", "pairs")
    )
    words = {name: frozenset(text.split()) for name, text in raw["words"].items() if name != "irregular"}
    irregular = {row.split(":")[0]: row.split(":")[1:] for row in raw["words"]["irregular"].split()}
    forms: dict[str, tuple[str, str]] = {}
    for lemma in dict.fromkeys([*(lemma.split("_")[0] for lemma in verbs), *irregular]):
        if verbs.get(lemma) not in ADJECTIVES:
            for kind, form in _inflected(lemma, irregular.get(lemma), doubled=lemma in words["doubled"]):
                forms.setdefault(form, (lemma, kind))
    forms["hit"], forms["cut"], forms["put"], forms["quit"], forms["let"], forms["split"] = (
        ("hit", "past"),
        ("cut", "past"),
        ("put", "past"),
        ("quit", "past"),
        ("let", "past"),
        ("split", "past"),
    )
    classes = {word: name for name in reversed(raw["classes"]) for word in raw["classes"][name].split()}
    heads = frozenset([*(v for v in verbs if "_" not in v), *irregular])
    return Tables(verbs, nouns, pairs, forms, heads, words, classes)


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
    names = sorted((name for name in default_actors().codes if len(name) > 3 or name in short), key=len, reverse=True)  # noqa: PLR2004
    return re.compile(r"(?<![\w.])(?:" + "|".join(map(re.escape, names)) + r")(?!\w)", re.IGNORECASE)


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
