"""Train the stance head: ``python datasets/stance/train.py`` writes ``eventstudy/news/stance_head.npz``.

``--check`` trains and compares only (exit code 1 when something differs); ``--choose`` prints the cross-validation.

The data are ``stance/part-*.csv`` (text, label, form, kind, region) and ``tests/news/labelled/development.csv``. A
third of the parts is held back: the texts whose CRC-32 is divisible by 3. They are never read here, and the figures of
``docs/news.md`` are measured on them with the weights that this script writes.

The head is a multinomial logistic regression with a ridge penalty, features of one kind scaled alike (`SCALES`: what
comes from the grammar counts most), features met less than `LEAST` times left out. Penalty and temperature come from a
five-fold cross-validation of the training part. Weights are rounded to 255 steps a label.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
import zlib
from collections import Counter
from pathlib import Path

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix

from eventstudy.news.features import features
from eventstudy.news.stance_coder import LABELS, feature_key

HERE = Path(__file__).resolve().parent
HEAD = HERE.parents[1] / "eventstudy" / "news" / "stance_head.npz"
DEVELOPMENT = HERE.parents[1] / "tests" / "news" / "labelled" / "development.csv"
PENALTIES = (1.5, 2.5)
FOLDS = 5
#: How often a feature must be met, so that the weights fit into 300 kB; runs of letters oftener, for they say little.
LEAST = {"c": 6, "k": 3, "p": 3, "w": 3}


def is_held_back(text):
    """Whether a text belongs to the third that is never trained on."""
    return zlib.crc32(text.encode()) % 3 == 0


def rows_of(path):
    """Return texts and labels of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["text"], row["label"]) for row in csv.DictReader(file)]


def training_rows():
    """Return the sentences to train on, each text once, sorted by a hash so that folds mix the files."""
    parts = [row for path in sorted(HERE.glob("part-*.csv")) for row in rows_of(path)]
    rows = {text: label for text, label in [*parts, *rows_of(DEVELOPMENT)]}
    kept = [(text, LABELS.index(label)) for text, label in rows.items() if not is_held_back(text)]
    return sorted(kept, key=lambda row: hashlib.sha256(row[0].encode()).hexdigest())


def matrix_of(found, names):
    """Return the features of texts as a sparse matrix, one column a name."""
    entries = [(k, names[name], value) for k, one in enumerate(found) for name, value in one.items() if name in names]
    k, columns, values = zip(*entries, strict=True)
    return csr_matrix((values, (k, columns)), shape=(len(found), len(names)))


def sums_of(text):
    """Return the summed features of a text by name."""
    total = Counter()
    for one in features(text)[1]:
        total[one.name] += one.value
    return total


def names_of(found):
    """Return the features met often enough, numbered in the order of their keys."""
    counts = Counter(name for one in found for name in one)
    return {
        name: k
        for k, name in enumerate(sorted((n for n, c in counts.items() if c >= LEAST.get(n[0], 2)), key=feature_key))
    }


def fitted(x, labels, penalty, most=1000):
    """Return slopes and intercepts that maximise the likelihood less half the penalty times the squared slopes."""
    n, width = x.shape
    wanted, back = np.eye(len(LABELS))[labels], x.T.tocsr()

    def loss(flat):
        slopes, base = flat[: width * len(LABELS)].reshape(width, -1), flat[width * len(LABELS) :]
        scores = x @ slopes + base
        top = scores.max(axis=1, keepdims=True)
        odds = np.exp(scores - top)
        total = odds.sum(axis=1, keepdims=True)
        value = (top + np.log(total)).sum() - (scores * wanted).sum() + 0.5 * penalty * (slopes**2).sum()
        off = odds / total - wanted
        return value, np.concatenate([(back @ off + penalty * slopes).ravel(), off.sum(axis=0)])

    start = np.zeros((width + 1) * len(LABELS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": most, "ftol": 1e-13, "gtol": 1e-5}).x
    return found[: width * len(LABELS)].reshape(width, -1), found[width * len(LABELS) :]


def left_out_scores(x, labels, penalty):
    """Return each text's scores by the head that did not see it."""
    fold, scores = np.arange(len(labels)) % FOLDS, np.empty((len(labels), len(LABELS)))
    for one in range(FOLDS):
        slopes, base = fitted(x[fold != one], labels[fold != one], penalty, 60)
        scores[fold == one] = x[fold == one] @ slopes + base
    return scores


def log_loss(scores, labels, temperature=1.0):
    """Return the mean log loss of scores over a temperature."""
    scaled = scores / temperature
    top = scaled.max(axis=1)
    return float(
        np.mean(top + np.log(np.exp(scaled - top[:, None]).sum(axis=1)) - scaled[np.arange(len(labels)), labels])
    )


def choose(x, labels):
    """Return the penalty of least left-out log loss, its temperature, and the table of all."""
    table = []
    for penalty in PENALTIES:
        scores = left_out_scores(x, labels, penalty)
        best = minimize_scalar(lambda t, s=scores: log_loss(s, labels, t), bounds=(0.3, 3), method="bounded")
        table.append(
            (float(best.fun), penalty, round(float(best.x), 3), float((scores.argmax(axis=1) == labels).mean()))
        )
    _, penalty, temperature, _ = min(table)
    return penalty, temperature, table


def trained(rows):
    """Return the arrays of the head's file, and the table of the cross-validation."""
    labels = np.array([label for _, label in rows])
    found = [sums_of(text) for text, _ in rows]
    names = names_of(found)
    x = matrix_of(found, names)
    penalty, temperature, table = choose(x, labels)
    slopes, base = fitted(x, labels, penalty)
    steps = np.abs(slopes).max(axis=0) / 127
    digest = hashlib.sha256("\n".join(f"{text}\t{LABELS[label]}" for text, label in rows).encode()).hexdigest()
    made = {"sentences": len(rows), "sha256": digest, "penalty": penalty, "labels": LABELS}
    arrays = {
        "features": np.array([feature_key(name) for name in names], dtype=np.uint32),
        "weights": np.rint(slopes / steps).astype(np.int8),
        "steps": steps,
        "intercepts": base,
        "temperature": np.array(temperature),
        "made": np.array(json.dumps(made)),
    }
    return arrays, table


def main():
    """Write, compare or choose."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--check", action="store_true", help="compare only; exit code 1 when something differs")
    ask.add_argument("--choose", action="store_true", help="print the cross-validation and write nothing")
    asked = ask.parse_args()
    arrays, table = trained(training_rows())
    for loss, penalty, temperature, right in sorted(table, key=lambda row: row[1]):
        sys.stdout.write(f"penalty {penalty}: left-out log loss {loss:.4f}, accuracy {right:.4f}, T {temperature}\n")
    if asked.check:
        known = dict(np.load(HEAD))
        return int(any(not np.array_equal(arrays[name], known[name]) for name in arrays))
    if not asked.choose:
        np.savez(HEAD, **arrays)
        sys.stdout.write(f"{HEAD.name}: {len(arrays['features'])} features, {HEAD.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
