"""What the stance head looks at: the frames of the grammar, the form of the text, its words and letters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eventstudy.news.grammar import Frame, classes, clause_weights, frames
from eventstudy.news.vocabulary import Token, noun_group, singular, tables, tokens

#: By what each kind of feature is multiplied before training: the less, the more the penalty shrinks its weight.
SCALES = {"f": 0.5, "s": 1.0, "t": 0.5, "n": 0.7, "w": 0.9, "c": 0.3, "k": 0.5, "p": 0.3, "l": 1.5}


class Feature(NamedTuple):
    """A named figure, and the tokens it comes from."""

    name: str
    value: float
    words: tuple[int, ...]


def features(text: str) -> tuple[list[Token], list[Feature]]:
    """Return the tokens of a text and its features."""
    rows = tokens(text)
    weights = clause_weights(rows)
    found = [
        *_of_frames(frames(rows)), *_of_form(text, rows), *_of_nouns(rows),
        *_of_classes(rows, weights), *_of_words(rows, weights), *_of_lemmas(rows, weights), *_of_letters(rows, weights),
    ]  # fmt: skip
    return rows, [one._replace(value=one.value * SCALES[one.name[0]]) for one in found]


def _of_frames(found: Sequence[Frame]) -> Iterator[Feature]:
    """Each later frame counts half of the one before it."""
    scores = {"raise": 0.0, "fold": 0.0, "hold": 0.0}
    behind: dict[str, list[int]] = {lean: [] for lean in scores}
    told = [one for one in found if one.lean or one.group != "other"] or list(found)
    for k, one in enumerate(told[:5]):
        weight = 0.5**k
        if one.lean:
            scores[one.lean] += weight
            behind[one.lean] += one.words
        lean = one.lean or "-"
        marks = sorted(flag for flag in one.flags if not flag.startswith("at:"))
        names = [
            f"lean {lean}", f"verb {one.verb}", f"group {one.group}", f"pair {one.group} {one.side}",
            f"side {one.side}",
            f"noun {one.noun}", f"verb-side {one.verb} {one.side}", f"verb-noun {one.verb} {one.noun}",
            f"noun-group {one.noun} {one.group}", f"chain {one.chain} {one.group}", f"chain-lean {one.chain} {lean}",
            *(f"mark {mark} {lean}" for mark in marks), *(f"verb {one.verb} {flag}" for flag in one.flags),
            *(f"group {one.group} {mark} {one.side}" for mark in marks),
        ]  # fmt: skip
        if k == 0:
            names += [f"first {lean}", f"first {one.group} {one.side}", f"first {one.group} {lean}"]
        for name in names:
            yield Feature("f:" + name, weight, one.words)
    total = sum(scores.values())
    for lean, score in scores.items():
        if score:
            yield Feature(f"s:{lean}", score, tuple(behind[lean]))
    yield Feature("s:balance", scores["raise"] - scores["fold"], (*behind["raise"], *behind["fold"]))
    if not total:
        yield Feature("s:nothing", 1.0, ())


def _of_form(text: str, rows: Sequence[Token]) -> Iterator[Feature]:
    end = text.rstrip()[-1:]
    stop = end in '.”"'
    quotes, short = any(mark in text for mark in '“”"'), len(rows) < 12  # noqa: PLR2004
    form = {"stop": stop, "headline": not stop, "question": end == "?", "quotes": quotes, "short": short}
    return (Feature(f"t:{name}", 1.0, ()) for name, there in form.items() if there)


def _of_nouns(rows: Sequence[Token]) -> Iterator[Feature]:
    weight = 1.0
    for k, row in enumerate(rows):
        side = noun_group(row.word)
        if side:
            yield Feature(f"n:{side}", weight, (k,))
            weight *= 0.7


def _of_classes(rows: Sequence[Token], weights: Sequence[float]) -> Iterator[Feature]:
    """Yield runs of up to four groups of words, and pairs of a verb's or noun's group with one further on."""
    found = [("^", 0), *classes(rows), ("$", max(len(rows) - 1, 0))]
    if not rows:
        return
    for k, (name, at) in enumerate(found):
        for size in (1, 2, 3, 4):
            if k + size <= len(found) and (size > 1 or name != "N"):
                run = found[k : k + size]
                words = tuple(sorted({where for _, where in run}))
                yield Feature("k:" + " ".join(one for one, _ in run), weights[at], words)
        for later, where in found[k + 2 : k + 6]:
            if (name == "not" or name[0] in "Vvn") and later[0] in "Vvn":
                yield Feature(f"p:{name} {later}", weights[at], (at, where))


def _telling(rows: Sequence[Token]) -> list[bool]:
    """Return which words tell a stance: names, articles and prepositions tell a text's length."""
    idle = tables().words["idle"]
    return [row.word[0].isalnum() and not row.word.isupper() and row.word not in idle for row in rows]


def _of_words(rows: Sequence[Token], weights: Sequence[float]) -> Iterator[Feature]:
    before, told = "^", True
    for k, (row, tells) in enumerate(zip(rows, _telling(rows), strict=True)):
        if tells:
            yield Feature(f"w:{row.word}", weights[k], (k,))
        if tells or told:
            yield Feature(f"w:{before} {row.word}", weights[k], (k - 1, k) if k else (k,))
        before, told = row.word, tells


def _of_lemmas(rows: Sequence[Token], weights: Sequence[float]) -> Iterator[Feature]:
    """Yield pairs of words in their first forms with at most two words that tell between them."""
    forms = tables().forms
    told = [k for k, tells in enumerate(_telling(rows)) if tells]
    lemmas = [forms[rows[k].word][0] if rows[k].word in forms else singular(rows[k].word) for k in told]
    for i, k in enumerate(told):
        for j in range(i + 1, min(i + 4, len(told))):
            yield Feature(f"l:{lemmas[i]} {lemmas[j]}", weights[k] * (1.0 if j == i + 1 else 0.7), (k, told[j]))


def _of_letters(rows: Sequence[Token], weights: Sequence[float]) -> Iterator[Feature]:
    for k, row in enumerate(rows):
        if row.word[0].isalpha() and row.word.islower() and len(row.word) > 3:  # noqa: PLR2004
            padded = f"<{row.word}>"
            for size in (3, 4, 5):
                for at in range(len(padded) - size + 1):
                    yield Feature(f"c:{padded[at : at + size]}", weights[k], (k,))
