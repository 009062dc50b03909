"""Train the stance head: ``python datasets/stance/train.py`` writes ``eventstudy/news/stance_head.npz``.

``--check`` trains and compares only (exit code 1 when something differs); ``--choose`` prints the cross-validation.

The data are ``stance/part-*.csv`` (text, label, form, kind, region) and ``tests/news/labelled/development.csv``. A
third of the parts is held back: the texts whose CRC-32 is divisible by 3. They are never read here, and the figures of
``docs/news.md`` are measured on them with the weights that this script writes.

The head is a ridge regression of the four labels (1 and -1) on features whose rows have length 1, then a multinomial
logistic regression of the labels on its four left-out scores: a matrix scaling (Guo et al. 2017, On calibration of
modern neural networks, ICML), multiplied into the weights. Features seen less than `LEAST` times are left out. The
ridge and the scales of the features come from a five-fold cross-validation of the training part, in which neighbours of
a file, who may be alike, fall into one fold. Weights are rounded to `STEPS` steps a label on either side of 0.
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
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import LinearOperator, cg

from eventstudy.news.stance_coder import LABELS, feature_key, features

HERE = Path(__file__).resolve().parent
HEAD = HERE.parents[1] / "eventstudy" / "news" / "stance_head.npz"
DEVELOPMENT = HERE.parents[1] / "tests" / "news" / "labelled" / "development.csv"
RIDGES = (0.1, 0.2, 0.4)
FOLDS, BLOCK = 5, 25
STEPS = 40
#: How often a feature must be seen, so that the weights fit into 300 kB; runs of letters oftener, for they say little.
LEAST = {"c": 6}
#: What a text counts: headlines of the bundled cases have the label of their event, which says more than the headline.
COUNTS = {"part-d": 0.3}


def is_held_back(text):
    """Whether a text belongs to the third that is never trained on."""
    return zlib.crc32(text.encode()) % 3 == 0


def training_rows():
    """Return text, label and count of the sentences to train on, each text once, in the order of the files."""
    rows = {}
    for path in [*sorted(HERE.glob("part-*.csv")), DEVELOPMENT]:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                rows[row["text"]] = (LABELS.index(row["label"]), COUNTS.get(path.stem, 1.0))
    return [(text, *row) for text, row in rows.items() if not is_held_back(text)]


def matrix_of(texts):
    """Return the features of texts as a sparse matrix with rows of length 1, and the keys of its columns."""
    found = []
    seen = Counter()
    for text in texts:
        sums, kinds = Counter(), {}
        for name, value, _ in features(text)[1]:
            key = feature_key(name)
            sums[key] += value
            kinds[key] = name[0]
        seen.update(kinds.items())
        found.append(sums)
    keys = sorted({key for (key, kind), count in seen.items() if count >= LEAST.get(kind, 2)})
    column = {key: k for k, key in enumerate(keys)}
    rows, columns, values = [], [], []
    for k, sums in enumerate(found):
        known = {column[key]: value for key, value in sums.items() if key in column}
        length = np.sqrt(sum(value**2 for value in known.values())) or 1.0
        rows += [k] * len(known)
        columns += known
        values += [value / length for value in known.values()]
    return csr_matrix((values, (rows, columns)), shape=(len(found), len(keys))), np.array(keys)


def ridge_fitted(x, labels, counts, ridge):
    """Return slopes and intercepts of the least squares of 1 and -1 on `x`, by one equation a text."""
    wanted, back = 2 * np.eye(len(LABELS))[labels] - 1, x.T.tocsr()
    base = np.average(wanted, axis=0, weights=counts)
    likeness = LinearOperator((len(labels),) * 2, matvec=lambda v: x @ (back @ v) + ridge * v / counts)
    return back @ np.stack([cg(likeness, column, rtol=1e-8)[0] for column in (wanted - base).T], axis=1), base


def left_out_scores(x, labels, counts, ridge):
    """Return each text's scores by the head that did not see it or its neighbours in the file."""
    fold, scores = np.arange(len(labels)) // BLOCK % FOLDS, np.empty((len(labels), len(LABELS)))
    for one in range(FOLDS):
        seen = fold != one
        slopes, base = ridge_fitted(x[seen], labels[seen], counts[seen], ridge)
        scores[~seen] = x[~seen] @ slopes + base
    return scores


def scaled(scores, labels):
    """Return the matrix and shift that make scores into log-odds, and the mean log loss that is left."""
    size = len(LABELS)

    def loss(flat):
        odds = scores @ flat[size:].reshape(size, size) + flat[:size]
        top = odds.max(axis=1)
        return np.mean(top + np.log(np.exp(odds - top[:, None]).sum(axis=1)) - odds[np.arange(len(labels)), labels])

    best = minimize(loss, np.concatenate([np.zeros(size), 2.5 * np.eye(size).ravel()]), method="L-BFGS-B")
    return best.x[size:].reshape(size, size), best.x[:size], float(best.fun)


def trained(rows):
    """Return the arrays of the head's file, and the table of the cross-validation."""
    labels, counts = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    x, keys = matrix_of([row[0] for row in rows])
    table = []
    for ridge in RIDGES:
        scores = left_out_scores(x, labels, counts, ridge)
        turn, shift, loss = scaled(scores, labels)
        right = float(((scores @ turn + shift).argmax(axis=1) == labels).mean())
        table.append((loss, ridge, right, turn, shift))
    _, ridge, _, turn, shift = min(table, key=lambda row: row[0])
    slopes, base = ridge_fitted(x, labels, counts, ridge)
    slopes, base = slopes @ turn, base @ turn + shift
    slopes -= slopes.mean(axis=1, keepdims=True)
    steps = np.abs(slopes).max(axis=0) / STEPS
    digest = hashlib.sha256("\n".join(f"{text}\t{LABELS[label]}" for text, label, _ in rows).encode()).hexdigest()
    made = {"sentences": len(rows), "sha256": digest, "ridge": ridge, "labels": LABELS}
    arrays = {
        "gaps": np.diff(keys, prepend=0).astype(np.uint16),
        "weights": np.rint(slopes / steps).astype(np.int8),
        "steps": steps,
        "intercepts": base,
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
    for loss, ridge, right, *_ in table:
        sys.stdout.write(f"ridge {ridge}: left-out log loss {loss:.4f}, accuracy {right:.4f}\n")
    if asked.check:
        known = dict(np.load(HEAD))
        return int(any(not np.array_equal(arrays[name], known[name]) for name in arrays))
    if not asked.choose:
        np.savez_compressed(HEAD, **arrays)
        sys.stdout.write(f"{HEAD.name}: {len(arrays['gaps'])} features, {HEAD.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
