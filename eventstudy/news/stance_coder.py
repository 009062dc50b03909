"""Stance by a trained head: what a sentence's verb, object and words speak for, with a calibrated confidence."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import sqrt
from typing import Protocol

import numpy as np
import numpy.typing as npt

from eventstudy.errors import InputError
from eventstudy.news.grammar import SMALL, Frame, Text, broad_group, first_form
from eventstudy.news.vocabulary import Lexicon

#: What the coder can answer; ``none``: the text has no event.
LABELS = ("raise", "hold", "fold", "none")
#: What it costs to read the label of a row as that of a column. In cross-validation these costs make opposites 3 % and
#: lost events 22 % fewer at the same accuracy; a cost of 2 for opposites would make them 14 % fewer for 0.8 points.
_COSTS = np.array([[0, 1, 1.5, 1.3], [1, 0, 1, 1.3], [1.5, 1, 0, 1.3], [1, 1, 1, 0]])
#: By what each kind of feature is multiplied before training: the less, the more the penalty shrinks its weight.
#: `f` frames of the grammar, `w` and `l` words and pairs of words, `c` letters, `k` runs of groups of words, `b` the
#: same by the sides of their nouns alone, `g` a word beside a group, `d` words behind a denial.
_SCALES = {"f": 0.5, "w": 0.9, "c": 0.3, "k": 0.5, "b": 0.5, "g": 0.6, "d": 0.5, "l": 1.5}
#: Words behind a denial that it reaches, stops and commas apart.
_DENIED = 4
#: Below this confidence a label is shown as uncertain.
UNCERTAIN = 0.5
#: A span that moves the log-odds by less than this decides nothing and is not shown.
_LEAST = 0.25
#: Spans shown at most.
_SHOWN = 6

Floats = npt.NDArray[np.float64]
#: A named figure, and the tokens it comes from.
Feature = tuple[str, float, tuple[int, ...]]


@dataclass(frozen=True)
class Evidence:
    """A span of text that spoke for something.

    Parameters
    ----------
    text : str
        The characters ``start:end`` of the text that was read.
    start, end : int
        Offsets in characters.
    rule : str
        What was seen there, e.g. ``"raise: refuse > lift sanction"`` or ``"fold: words"``.
    weight : float
        By how much it raised the log-odds of `stance` against the mean of all labels, 0 or more.
    stance : str
        What it spoke for: ``raise``, ``fold``, ``hold`` or ``none``; empty for spans that name an actor or a time.
    """

    text: str
    start: int
    end: int
    rule: str
    weight: float
    stance: str = ""


@dataclass(frozen=True)
class StanceReading:
    """What a text says of its actor's stance: a proposal, with how sure it is and why.

    Parameters
    ----------
    label : {'raise', 'hold', 'fold', 'none'}
        The stance; ``none`` where the text has no event.
    confidence : float
        The probability of the label, calibrated on sentences the head was not trained on.
    evidence : tuple of Evidence
        The spans that decided, for and against, in the order of the text.
    note : str
        Where a coder of your own answered: that the bundled one disagrees, or why the answer is void.
    """

    label: str
    confidence: float
    evidence: tuple[Evidence, ...]
    note: str = ""


class OwnCoder(Protocol):
    """A coder of the user's own, see `eventstudy.news.coder.read_coder`."""

    def readings(self, texts: Sequence[str], ours: Sequence[StanceReading]) -> tuple[StanceReading, ...]:
        """Return its readings of texts, beside ours."""


def code_stance(text: str, lexicon: Lexicon | None = None, *, coder: OwnCoder | None = None) -> StanceReading:
    """Read the stance of a sentence, a headline or a short text.

    Parameters
    ----------
    text : str
        Plain English.
    lexicon : Lexicon, optional
        Phrases of your own, from `read_lexicon`.
    coder : Coder, optional
        A coder of your own that answers instead, from `read_coder`.

    Returns
    -------
    StanceReading
        Label, confidence, and the spans that decided, with offsets into `text`.

    Notes
    -----
    With :math:`x` the features of the text (the verb and its object clause by clause, each later clause counting half;
    negation, demand, condition and reported speech around them; words and letters), scaled to length 1, the label
    :math:`k` has the probability :math:`p_k = softmax_k(W x + b)`. :math:`W` is a ridge regression multiplied by a
    matrix that calibrates it, fitted on scores of sentences left out of the training (Guo et al. 2017, On
    calibration of modern neural networks, ICML). The answer is the label of least expected cost: to read a raise as a
    fold, or a fold as a raise, costs 1.5, to read an event as ``none`` 1.3, any other error 1; one less likely than
    1/4 is never the answer.
    A phrase of your own adds its strength to the score of its stance, each later one of a stance half as much.

    Examples
    --------
    >>> reading = code_stance("The ministry refused to lift the sanctions.")
    >>> reading.label, max(reading.evidence, key=lambda one: one.weight).text
    ('raise', 'refused')
    """
    return code_stances([text], lexicon, coder=coder)[0]


def code_stances(
    texts: Sequence[str], lexicon: Lexicon | None = None, *, coder: OwnCoder | None = None
) -> tuple[StanceReading, ...]:
    """Read the stances of many texts.

    Parameters
    ----------
    texts : sequence of str, length N
        Plain English.
    lexicon, coder
        As in `code_stance`.

    Returns
    -------
    tuple of StanceReading, length N
        Each as `code_stance` gives it.

    Examples
    --------
    >>> [reading.label for reading in code_stances(["They signed a truce.", "Tanks crossed the border."])]
    ['fold', 'raise']
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable) or not all(isinstance(text, str) for text in texts):
        raise InputError.must_be("stances are read in a list of texts", texts)
    ours = tuple(_read(text, lexicon) for text in texts)
    return ours if coder is None else coder.readings(texts, ours)


@cache
def _head() -> tuple[dict[int, int], Floats, Floats]:
    """Return the trained rows by the keys of their features, the weights, one column a label, and the intercepts."""
    with files("eventstudy.news").joinpath("stance_head.npz").open("rb") as file:
        arrays = dict(np.load(file))
    rows = {key: k for k, key in enumerate(np.cumsum(arrays["gaps"], dtype=np.int64).tolist())}
    return rows, arrays["weights"].astype(np.float64) * arrays["steps"], arrays["intercepts"]


def feature_key(name: str) -> int:
    """Return the number, below 2**24, under which the head knows a feature."""
    return zlib.crc32(name.encode(errors="surrogatepass")) % 2**24


def features(text: str) -> tuple[Text, list[Feature]]:
    """Return a text's words, and what the head looks at: names that begin with a kind, figures, and their words."""
    words = Text(text)
    found = (*_of_frames(words.frames()), *_of_words(words), *_of_groups(words))
    return words, [(name, value * _SCALES[name[0]], at) for name, value, at in found]


def _of_frames(found: Sequence[Frame]) -> Iterator[Feature]:
    """Each later frame counts half of the one before it."""
    for k, one in enumerate(([one for one in found if one.lean or one.group != "other"] or found)[:5]):
        weight, lean = 0.5**k, one.lean or "-"
        names = [
            f"lean {lean}", f"verb {one.verb}", f"group {one.group}", f"pair {one.group} {one.side}",
            f"side {one.side}",
            f"noun {one.noun}", f"verb-side {one.verb} {one.side}", f"verb-noun {one.verb} {one.noun}",
            f"noun-group {one.noun} {one.group}", f"chain {one.chain} {one.group}", f"chain-lean {one.chain} {lean}",
            *(f"mark {mark} {lean}" for mark in sorted(one.flags)),
        ]  # fmt: skip
        if k == 0:
            names += [f"first {lean}", f"first {one.group} {one.side}", f"first {one.group} {lean}"]
        yield from (("f:" + name, weight, one.words) for name in names)


def _of_words(text: Text) -> Iterator[Feature]:
    """Yield words alone and with the one before, first forms in pairs and behind denials, and runs of letters."""
    before, content_before, denied = "^", True, 0
    lemmas: list[tuple[str, int]] = []
    for k, (word, weight) in enumerate(zip(text.words, text.weights, strict=True)):
        denial = word in SMALL["negators"] or word.endswith("n't")
        denied = _DENIED if denial else 0 if word in SMALL["ends"] else denied
        # Names, articles and prepositions say how long a text is.
        content = word[0].isalnum() and not word.isupper() and word not in SMALL["idle"]
        if content:
            yield f"w:{word}", weight, (k,)
            lemma = first_form(word)
            if denied and not denial:
                denied -= 1
                yield f"d:{lemma}", 1.0, (k,)
                if text.nouns[k]:
                    yield f"d:{broad_group('n' + text.nouns[k])}", 1.0, (k,)
            for apart, (other, at) in enumerate(reversed(lemmas[-3:])):
                yield f"l:{other} {lemma}", text.weights[at] * (0.7 if apart else 1.0), (at, k)
            lemmas.append((lemma, k))
        if content or content_before:
            yield f"w:{before} {word}", weight, (k - 1, k) if k else (k,)
        before, content_before = word, content
        if word[0].isalpha() and word.islower() and len(word) > 3:  # noqa: PLR2004
            padded = f"<{word}>"
            for size in (3, 4, 5):
                yield from ((f"c:{padded[i : i + size]}", weight, (k,)) for i in range(len(padded) - size + 1))


def _of_groups(text: Text) -> Iterator[Feature]:
    """Yield runs of groups of words, as they are and broad, and each word of a group with the groups beside it."""
    found = text.classes()
    broad = [(name, at) for one, at in found if (name := broad_group(one)) not in {"N", "nperson", "nquantity"}]
    for kind, groups, most in (("k", found, 4), ("b", broad, 5)):
        run = [("^", 0), *groups, ("$", len(text.words) - 1)] if text.words else []
        for k, (name, at) in enumerate(run):
            for size in range(1 if kind == "k" and name != "N" else 2, min(most, len(run) - k) + 1):
                names, places = zip(*run[k : k + size], strict=True)
                yield f"{kind}:" + " ".join(names), text.weights[at], tuple(sorted(set(places)))
    for (left, at), (right, where) in pairwise(found):
        for name, k, beside in ((left, at, f"> {right}"), (right, where, f"< {left}")):
            if name[0] in "Vn" and name not in {"not", "nperson"}:
                yield f"g:{first_form(text.words[k])} {beside}", text.weights[k], (at, where)


def _read(text: str, lexicon: Lexicon | None) -> StanceReading:
    if not any(character.isalpha() for character in text):
        return StanceReading("none", 1.0, ())
    (row_of, weights, intercepts), (words, found) = _head(), features(text)
    known = [(value, at, row) for name, value, at in found if (row := row_of.get(feature_key(name))) is not None]
    sums: dict[int, float] = {}
    for value, _, row in known:
        sums[row] = sums.get(row, 0.0) + value
    values = np.array([value for value, *_ in known]) / (sqrt(sum(value**2 for value in sums.values())) or 1.0)
    given = weights[[row for *_, row in known]] * values[:, None]
    scores = intercepts + given.sum(axis=0)
    evidence: list[Evidence] = []
    for start, end, stance, strength, rule in lexicon.found(text) if lexicon else ():
        weight = strength * 0.5 ** sum(one.stance == stance for one in evidence)
        evidence.append(Evidence(text[start:end], start, end, rule, weight, stance))
        scores[LABELS.index(stance)] += weight
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = int(np.where(shares >= 1 / len(LABELS), shares @ _COSTS, np.inf).argmin())
    # What each feature gave, shared among its words.
    shared = np.zeros((len(words.words), len(LABELS)))
    for (_, at, _), row_given in zip(known, given - given.mean(axis=1, keepdims=True), strict=True):
        for k in at:
            shared[k] += row_given / len(at)
    seen = {k: name for name, _, at in reversed(found) if name.startswith("f:verb-noun") for k in at}
    evidence += _spans(text, words, seen, shared)
    return StanceReading(
        LABELS[best], round(float(shares[best]), 3), tuple(sorted(evidence, key=lambda one: one.start))
    )


def _spans(text: str, words: Text, seen: dict[int, str], shared: Floats) -> list[Evidence]:
    """Join neighbours that speak for one label; show those that speak most, with the verb and noun seen there."""
    idle = SMALL["determiners"] | SMALL["be"]
    runs: list[list[int]] = []
    best = shared.argmax(axis=1)
    for k, row in enumerate(words.tokens):
        if shared[k, best[k]] < _LEAST or row.word in idle or not text[row.start].isalnum():
            continue
        if runs and runs[-1][-1] == k - 1 and best[k - 1] == best[k]:
            runs[-1].append(k)
        else:
            runs.append([k])
    spans = []
    for run in runs:
        start, end, label = words.tokens[run[0]].start, words.tokens[run[-1]].end, LABELS[best[run[0]]]
        name = next((seen[k] for k in run if k in seen), "words words")
        rule = f"{label}: {' '.join(name.split()[1:]).replace('- ', '')}"
        weight = round(float(shared[run, best[run[0]]].sum()), 3)
        spans.append(Evidence(text[start:end], start, end, rule, weight, label))
    return sorted(spans, key=lambda one: -one.weight)[:_SHOWN]
