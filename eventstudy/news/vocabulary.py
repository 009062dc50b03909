"""The words of the grammar: groups of verbs and nouns, every form of a verb, the singulars of nouns."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

#: Groups of words that are no verbs but say something of their subject behind 'is'.
ADJECTIVES = frozenset({"done", "near", "idle", "able", "against"})


class Tables(NamedTuple):
    """What ``grammar.toml`` says: lemmas to groups, verb+noun to leans, forms to lemmas, and the small words."""

    verbs: dict[str, str]
    nouns: dict[str, str]
    pairs: dict[str, str]
    forms: dict[str, tuple[str, str]]
    heads: frozenset[str]
    words: dict[str, frozenset[str]]


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
    return Tables(verbs, nouns, pairs, forms, frozenset([*(v for v in verbs if "_" not in v), *irregular]), words)


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
