"""Write ``eventstudy/news/stance_head.toml`` from ``development.csv``, and show how its figures were chosen.

``python tests/news/labelled/stance_head.py`` writes it, ``--check`` only compares, ``--choose`` prints the
cross-validation. It needs the extra ``embeddings`` and its package of weights. Nothing but the development sentences is
read: neither the held-back third nor the headlines of the bundled cases.

The head is a multinomial logistic regression on a sentence's vector with a ridge penalty, found by Newton's method in
double precision. The penalty is the one of `PENALTIES` whose ten-fold log loss is least. The weight is the largest of
`WEIGHTS` whose ten-fold accuracy, together with the lexicon, is within one standard error of the best: the largest and
not the best, for the lexicon itself was tuned on these sentences and looks better on them than it is.
"""

import argparse
import csv
import sys
from pathlib import Path

import numpy as np

from eventstudy.events.stance import STANCES
from eventstudy.news.embeddings import StanceHead, embed, model_folder, opinions_of, read_model
from eventstudy.news.lexicon import default_lexicon
from eventstudy.news.stance_coder import as_evidence, decide, weigh

HERE = Path(__file__).resolve().parent
HEAD = HERE.parents[2] / "eventstudy" / "news" / "stance_head.toml"
PENALTIES = (0.03, 0.1, 0.3, 1.0, 3.0)
WEIGHTS = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
FOLDS = 10
PENALTY, WEIGHT = 0.3, 1.5

OPENING = f"""\
# The head of the sentence encoder: how likely each stance is, given a text's vector (all-MiniLM-L6-v2, 384 numbers).
# Written by tests/news/labelled/stance_head.py from the development sentences alone; do not edit.
#
# share of a stance = softmax(intercept + slopes . vector); ridge penalty {PENALTY} on the slopes.
# A text as a whole counts `weight` times the lead of the likeliest stance over the next, beside the lexicon's phrases.

weight = {WEIGHT}
"""


def development():
    """Return the development sentences and the numbers of their labels."""
    with (HERE / "development.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], np.array([STANCES.index(row["label"]) for row in rows])


def vectors_of(texts):
    """Return the texts' vectors in double precision, so that every machine finds the same figures."""
    return embed(texts, read_model(model_folder(), np.float64))


def fitted(vectors, labels, penalty, weight=WEIGHT):
    """Return the head that maximises the likelihood less ``penalty / 2`` times the sum of squared slopes."""
    # With fewer sentences than numbers, the slopes lie in the space of the sentences: its axes are enough.
    axes = np.linalg.svd(vectors, full_matrices=False)[2]
    inside = vectors @ axes.T
    n, width = inside.shape
    x, wanted, k = np.column_stack([inside, np.ones(n)]), np.eye(3)[labels], width + 1
    # The intercepts need a trace of a penalty, for only their differences matter.
    ridge = np.append(np.full(width, penalty), 1e-6)[:, None]
    found = np.zeros((k, 3))
    for _ in range(50):
        shares = StanceHead(found[-1], found[:-1], weight).shares(inside)
        slope = x.T @ (shares - wanted) + ridge * found
        if np.abs(slope).max() < 1e-11:
            break
        curve = np.zeros((3, k, 3, k))
        for a in range(3):
            for b in range(3):
                curve[a, :, b, :] = x.T @ ((shares[:, a] * ((a == b) - shares[:, b]))[:, None] * x)
        curve = curve.reshape(3 * k, 3 * k) + np.diag(np.tile(ridge[:, 0], 3))
        found -= np.linalg.solve(curve, slope.T.ravel()).reshape(3, k).T
    return StanceHead(found[-1], axes.T @ found[:-1], weight)


def shares_out_of_fold(vectors, labels, penalty):
    """Return each sentence's shares by the head that did not see it; every tenth sentence is in one fold."""
    fold, shares = np.arange(len(labels)) % FOLDS, np.empty((len(labels), 3))
    for one in range(FOLDS):
        head = fitted(vectors[fold != one], labels[fold != one], penalty)
        shares[fold == one] = head.shares(vectors[fold == one])
    return shares


def readings_of(texts, shares, weight):
    """Return the readings by lexicon and shares together."""
    book = default_lexicon()
    told = zip(texts, opinions_of(shares, weight), strict=True)
    return [decide((*weigh(text, book), as_evidence(text, opinion)), book) for text, opinion in told]


def choose(texts, vectors, labels):
    """Return the penalty and the weight that the development set asks for, and the table that shows it."""
    shares = {penalty: shares_out_of_fold(vectors, labels, penalty) for penalty in PENALTIES}
    losses = {penalty: -np.log(one[np.arange(len(labels)), labels]).mean() for penalty, one in shares.items()}
    penalty = min(losses, key=losses.get)
    right = {}
    for weight in WEIGHTS:
        readings = readings_of(texts, shares[penalty], weight)
        right[weight] = np.mean([STANCES.index(one.label) == k for one, k in zip(readings, labels, strict=True)])
    best = max(right.values())
    enough = best - np.sqrt(best * (1 - best) / len(labels))
    weight = max(weight for weight, share in right.items() if share >= enough)
    alone = np.mean(shares[penalty].argmax(axis=1) == labels)
    lines = [f"penalty {one}: log loss {loss:.4f}" for one, loss in losses.items()]
    lines += [f"weight {one}: accuracy {share:.4f}" for one, share in right.items()]
    return (
        penalty,
        weight,
        "\n".join(
            [*lines, f"without the lexicon: {alone:.4f}", f"enough: {enough:.4f}", f"chosen: {penalty}, {weight}"]
        ),
    )


def written(head):
    """Return the file's text."""
    parts = [OPENING]
    for k, stance in enumerate(STANCES):
        figures = [f"{round(value, 6) + 0:.6f}" for value in head.slopes[:, k]]
        rows = [f"  {', '.join(figures[i : i + 12])}," for i in range(0, len(figures), 12)]
        parts.append("\n".join([f"[{stance}]", f"intercept = {head.intercepts[k]:.6f}", "slopes = [", *rows, "]", ""]))
    return "\n".join(parts)


def main():
    """Write, compare or choose."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # the tests use the rest without it

    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--check", action="store_true", help="compare only; exit code 1 when something differs")
    ask.add_argument("--choose", action="store_true", help="print the cross-validation")
    asked = ask.parse_args()
    texts, labels = development()
    vectors = vectors_of(texts)
    with threadpool_limits(limits=1, user_api="blas"):
        if asked.choose:
            sys.stdout.write(choose(texts, vectors, labels)[2] + "\n")
            return 0
        text = written(fitted(vectors, labels, PENALTY))
    if asked.check:
        return int(text != HEAD.read_text(encoding="utf-8"))
    HEAD.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
