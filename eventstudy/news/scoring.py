"""How good the stance coder is on labelled sentences: accuracy, F1, confusion, and accuracy against coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from eventstudy.errors import InputError, did_you_mean
from eventstudy.news.lexicon import Lexicon
from eventstudy.news.stance_coder import LABELS, StanceReading, code_stances

if TYPE_CHECKING:
    from eventstudy.news.coder import Coder

_PARTS = 5
_COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


class Labelled(NamedTuple):
    """A sentence, the label a person gave it, and what the coder read."""

    text: str
    label: str
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
        Mean F1 of the labels that occur.
    always : float
        Accuracy of always saying the most frequent label.
    confusion : tuple of (label, reading, count)
        Every pair of labels that occur, in the order raise, hold, fold, none.
    coverage : tuple of (share, accuracy)
        Accuracy on the share of sentences read with the most confidence.
    errors : tuple of Labelled
        Where reading and label differ.
    standard_error : float
        Of the accuracy.
    opposite : float
        Share of sentences read as the opposite: a raise as a fold or a fold as a raise.
    calibration : tuple of (share, confidence, accuracy)
        In five equal parts from the least sure to the surest: share of sentences, mean confidence, accuracy.
    """

    n: int
    accuracy: float
    macro_f1: float
    always: float
    confusion: tuple[tuple[str, str, int], ...]
    coverage: tuple[tuple[float, float], ...]
    errors: tuple[Labelled, ...]
    standard_error: float
    opposite: float
    calibration: tuple[tuple[float, float, float], ...]


def score_stance(
    texts: Sequence[str], labels: Sequence[str], lexicon: Lexicon | None = None, *, coder: Coder | None = None
) -> Score:
    """Read sentences and compare with the labels a person gave.

    Parameters
    ----------
    texts : sequence of str, length N
        Sentences.
    labels : sequence of str, length N
        ``raise``, ``hold``, ``fold``, or ``none`` for a text without an event.
    lexicon : Lexicon, optional
        Phrases of your own.
    coder : Coder, optional
        A coder of your own, see `read_coder`; what it leaves void counts as wrong.

    Returns
    -------
    Score
        Sentences of equal confidence stay in the order given.

    Raises
    ------
    InputError
        If there are none, or a label is not a stance.

    Examples
    --------
    >>> score = score_stance(["They signed a truce.", "Tanks crossed the border."], ["fold", "raise"])
    >>> score.accuracy, score.macro_f1
    (1.0, 1.0)
    """
    if not texts or len(texts) != len(labels):
        raise InputError(f"{len(texts)} sentences and {len(labels)} labels cannot be compared; give one label each")
    for k, label in enumerate(labels):
        if label not in LABELS:
            raise InputError(f"row {k + 2}, column label: '{label}' is not a stance; {did_you_mean(label, LABELS)}")
    n = len(texts)
    read = [Labelled(*one) for one in zip(texts, labels, code_stances(texts, lexicon, coder=coder), strict=True)]
    # A void answer of a coder of one's own is no label.
    pairs = [(one.label, "void" if one.reading.note.startswith("void:") else one.reading.label) for one in read]
    right = np.array([label == answer for label, answer in pairs])
    sure = np.array([one.reading.confidence for one in read])
    accuracy = float(right.mean())
    surest, parts = np.argsort(-sure, kind="stable"), np.argsort(sure, kind="stable")
    occurring = [one for one in (*LABELS, "void") if any(one in pair for pair in pairs)]
    f1 = [2 * pairs.count((one, one)) / sum((one == label) + (one == answer) for label, answer in pairs)
          for one in LABELS if one in labels]  # fmt: skip
    return Score(
        n=n,
        accuracy=accuracy,
        macro_f1=sum(f1) / len(f1),
        always=max(list(labels).count(stance) for stance in LABELS) / n,
        confusion=tuple((a, b, pairs.count((a, b))) for a in occurring if a != "void" for b in occurring),
        coverage=tuple((share, float(right[surest[: max(1, round(share * n))]].mean())) for share in _COVERAGES),
        errors=tuple(one for one, is_right in zip(read, right, strict=True) if not is_right),
        standard_error=sqrt(accuracy * (1 - accuracy) / n),
        opposite=sum(pair in {("raise", "fold"), ("fold", "raise")} for pair in pairs) / n,
        calibration=tuple(
            (len(part) / n, float(sure[part].mean()), float(right[part].mean()))
            for part in np.split(parts, [round(k * n / _PARTS) for k in range(1, _PARTS)])
            if len(part)
        ),
    )
