"""Stance by a trained head: what a sentence's verb, object and words speak for, with a calibrated confidence."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from eventstudy.news.features import Feature, features
from eventstudy.news.vocabulary import Lexicon, Token, tables

#: What the coder can answer; ``none``: the text tells no event.
LABELS = ("raise", "hold", "fold", "none")
#: What it costs to read the label of a row as that of a column. In cross-validation these costs make opposites 3 % and
#: lost events 22 % fewer at the same accuracy; a cost of 2 for opposites would make them 14 % fewer for 0.8 points.
_COSTS = np.array([[0, 1, 1.5, 1.3], [1, 0, 1, 1.3], [1.5, 1, 0, 1.3], [1, 1, 1, 0]])
#: Below this confidence a label is shown as uncertain.
UNCERTAIN = 0.5
#: A span that moves the log-odds by less than this decides nothing and is not shown.
_LEAST = 0.25
_SHOWN = 6

Floats = npt.NDArray[np.float64]


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
        The stance; ``none`` where the text tells no event.
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

    @property
    def uncertain(self) -> bool:
        """Whether the confidence is below one half: a person should look."""
        return self.confidence < UNCERTAIN


class OwnCoder(Protocol):
    """A coder of the user's own, see `eventstudy.news.coder.read_coder`."""

    def readings(self, texts: Sequence[str], ours: Sequence[StanceReading]) -> tuple[StanceReading, ...]:
        """Return its readings of texts, beside ours."""


class Head(NamedTuple):
    """The trained weights: rows of features by the keys of their names, one column a label."""

    rows: dict[int, int]
    weights: Floats
    intercepts: Floats
    made: dict[str, Any]


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
    ours = tuple(_read(text, lexicon) for text in texts)
    return ours if coder is None else coder.readings(texts, ours)


@cache
def default_head() -> Head:
    """Return the head that comes with the library; ``made`` says from which data it was trained."""
    with files("eventstudy.news").joinpath("stance_head.npz").open("rb") as file:
        arrays = dict(np.load(file))
    rows = {key: k for k, key in enumerate(np.cumsum(arrays["gaps"], dtype=np.int64).tolist())}
    weights = arrays["weights"].astype(np.float64) * arrays["steps"]
    return Head(rows, weights, arrays["intercepts"], json.loads(str(arrays["made"])))


def feature_key(name: str) -> int:
    """Return the number, below 2**24, under which the head knows a feature."""
    return zlib.crc32(name.encode(errors="surrogatepass")) % 2**24


def _read(text: str, lexicon: Lexicon | None) -> StanceReading:
    head = default_head()
    if not any(character.isalpha() for character in text):
        return StanceReading("none", 1.0, ())
    rows, found = features(text)
    known = [(one, at) for one in found if (at := head.rows.get(feature_key(one.name))) is not None]
    values = np.array([one.value for one, _ in known])
    sums: dict[int, float] = {}
    for one, at in known:
        sums[at] = sums.get(at, 0.0) + one.value
    values /= sqrt(sum(value**2 for value in sums.values())) or 1.0
    given = head.weights[[at for _, at in known]] * values[:, None]
    scores = head.intercepts + given.sum(axis=0)
    own: list[Evidence] = []
    for phrase in lexicon.found(text) if lexicon else ():
        counted = 0.5 ** sum(one.stance == phrase.stance for one in own)
        own.append(
            Evidence(
                text[phrase.start : phrase.end],
                phrase.start,
                phrase.end,
                phrase.rule,
                phrase.weight * counted,
                phrase.stance,
            )
        )
        scores[LABELS.index(phrase.stance)] += own[-1].weight
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = int(np.where(shares >= 1 / len(LABELS), shares @ _COSTS, np.inf).argmin())
    seen = {
        k: " ".join(one.name.split()[1:]).replace("- ", "")
        for one in reversed(found)
        if one.name.startswith("f:verb-noun")
        for k in one.words
    }
    spans = _spans(text, rows, [one for one, _ in known], seen, given - given.mean(axis=1, keepdims=True))
    evidence = sorted([*own, *spans], key=lambda one: one.start)
    return StanceReading(LABELS[best], round(float(shares[best]), 3), tuple(evidence))


def _spans(
    text: str, rows: Sequence[Token], known: Sequence[Feature], seen: dict[int, str], given: Floats
) -> list[Evidence]:
    """Share what each feature gave among its words, and join neighbours that speak for one label."""
    words = np.zeros((len(rows), len(LABELS)))
    idle = tables().words["determiners"] | tables().words["be"]
    for one, row in zip(known, given, strict=True):
        for k in one.words:
            words[k] += row / len(one.words)
    found: list[tuple[int, int, int]] = []
    for k, row in enumerate(words):
        label = int(row.argmax())
        if row[label] < _LEAST or rows[k].word in idle or not text[rows[k].start].isalnum():
            continue
        if found and found[-1][1] == k - 1 and found[-1][2] == label:
            found[-1] = (found[-1][0], k, label)
        else:
            found.append((k, k, label))
    spans = []
    for first, last, label in found:
        start, end = rows[first].start, rows[last].end
        rule = next((seen[k] for k in range(first, last + 1) if k in seen), "words")
        weight = round(float(words[first : last + 1, label].sum()), 3)
        spans.append(Evidence(text[start:end], start, end, f"{LABELS[label]}: {rule}", weight, LABELS[label]))
    return sorted(spans, key=lambda one: -one.weight)[:_SHOWN]
