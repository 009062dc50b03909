"""How good the stance coder is on labelled sentences: accuracy, F1, confusion, and accuracy against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eventstudy.errors import InputError, did_you_mean
from eventstudy.events.stance import STANCES, Stance
from eventstudy.news.lexicon import Lexicon
from eventstudy.news.stance_coder import StanceReading, code_stances

_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


@dataclass(frozen=True)
class Labelled:
    """A sentence, the label a person gave it, and what the coder read."""

    text: str
    label: Stance
    reading: StanceReading


@dataclass(frozen=True)
class Score:
    """How readings compare with labels.

    Parameters
    ----------
    n : int
        Sentences.
    accuracy : float
        Share of readings equal to the label.
    macro_f1 : float
        Mean F1 of the stances that occur as label or reading.
    always : float
        Accuracy of always saying the most frequent label.
    confusion : tuple of (label, reading, count)
        Every pair, in the order of `STANCES`.
    coverage : tuple of (share, accuracy)
        Accuracy on the share of sentences read with the most confidence.
    errors : tuple of Labelled
        Where reading and label differ.
    """

    n: int
    accuracy: float
    macro_f1: float
    always: float
    confusion: tuple[tuple[str, str, int], ...]
    coverage: tuple[tuple[float, float], ...]
    errors: tuple[Labelled, ...]


def score_stance(
    texts: Sequence[str], labels: Sequence[str], lexicon: Lexicon | None = None, *, embeddings: bool = False
) -> Score:
    """Read sentences and compare with the labels a person gave.

    Parameters
    ----------
    texts : sequence of str, length N
        Sentences.
    labels : sequence of str, length N
        ``raise``, ``hold`` or ``fold``.
    lexicon : Lexicon, optional
        Default the library's.
    embeddings : bool
        Read with a sentence encoder's second opinion, see `code_stance`.

    Returns
    -------
    Score
        Sentences of equal confidence stay in the order given.

    Raises
    ------
    InputError
        If there are none, or a label is not a stance.
    DataMissingError
        If `embeddings` are asked for and not installed.

    Examples
    --------
    >>> score = score_stance(["They signed a truce.", "Tanks crossed the border."], ["fold", "raise"])
    >>> score.accuracy, score.macro_f1
    (1.0, 1.0)
    """
    if not texts or len(texts) != len(labels):
        raise InputError(f"{len(texts)} sentences and {len(labels)} labels cannot be compared; give one label each")
    for k, label in enumerate(labels):
        if label not in STANCES:
            raise InputError(f"row {k + 2}, column label: '{label}' is not a stance; {did_you_mean(label, STANCES)}")
    readings = code_stances(texts, lexicon, embeddings=embeddings)
    read = [
        Labelled(text, stance, reading)
        for text, label, reading in zip(texts, labels, readings, strict=True)
        for stance in STANCES
        if stance == label
    ]
    pairs = [(one.label, one.reading.label) for one in read]
    confusion = tuple((a, b, pairs.count((a, b))) for a in STANCES for b in STANCES)
    return Score(
        n=len(read),
        accuracy=_accuracy(read),
        macro_f1=_macro_f1(pairs),
        always=max(list(labels).count(stance) for stance in STANCES) / len(read),
        confusion=confusion,
        coverage=_coverage(read),
        errors=tuple(one for one in read if one.label != one.reading.label),
    )


def _accuracy(read: Sequence[Labelled]) -> float:
    return sum(one.label == one.reading.label for one in read) / len(read)


def _macro_f1(pairs: Sequence[tuple[str, str]]) -> float:
    """Mean over stances of 2 TP / (labelled + read)."""
    scores = []
    for stance in STANCES:
        labelled = sum(label == stance for label, _ in pairs)
        read = sum(reading == stance for _, reading in pairs)
        if labelled + read:
            scores.append(2 * pairs.count((stance, stance)) / (labelled + read))
    return sum(scores) / len(scores)


def _coverage(read: Sequence[Labelled]) -> tuple[tuple[float, float], ...]:
    surest_first = sorted(read, key=lambda one: -one.reading.confidence)
    counts = [(share, max(1, round(share * len(read)))) for share in _COVERAGES]
    return tuple((share, _accuracy(surest_first[:count])) for share, count in counts)
