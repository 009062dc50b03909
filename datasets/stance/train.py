"""Train the stance head: ``python datasets/stance/train.py`` writes ``eventstudy/news/stance_head.npz``.

``--check`` trains and compares only (exit code 1 when something differs); ``--choose`` prints the cross-validation of
the `RIDGES`, of which `RIDGE` had the least log loss.

The data are ``stance/part-*.csv`` (text, label, form, kind, region) and ``tests/news/labelled/development.csv``. A
third of the parts is held back: the texts whose CRC-32 is divisible by 3. They are never read here, and the figures of
``docs/news.md`` are measured on them with the weights that this script writes.

The head is a ridge regression of the four labels (1 and -1) on features whose rows have length 1, each multiplied,
label by label, by a power of the log ratio of its share in the label's texts to its share in the others (Wang and
Manning 2012, Baselines and bigrams: simple, good sentiment and topic classification, ACL, who take the ratio itself).
Then a multinomial logistic regression of the labels on its four left-out scores: a matrix scaling (Guo et al. 2017, On
calibration of modern neural networks, ICML), multiplied into the weights. Features seen less than `LEAST` times are
left out, in the cross-validation those that the training folds have less often. The ridge, `POWER` and the scales of
the features come from a five-fold cross-validation of the training part, in which neighbours of a file, who may be
alike, fall into one fold. Weights are rounded to `STEPS` steps a label on either side of 0; a feature without any is
left out.
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
from zipfile import ZIP_LZMA, ZipFile, ZipInfo

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import LinearOperator, cg

from eventstudy.news.stance_coder import LABELS, feature_key, features

HERE = Path(__file__).resolve().parent
HEAD = HERE.parents[1] / "eventstudy" / "news" / "stance_head.npz"
DEVELOPMENT = HERE.parents[1] / "tests" / "news" / "labelled" / "development.csv"
RIDGES, RIDGE = (0.3, 0.4, 0.6), 0.4
#: Of the log ratios, and what is added to a feature's share, so that a rare one is no proof.
POWER, SMOOTH = 0.35, 0.1
FOLDS, BLOCK = 5, 25
STEPS = 14
#: How often a feature must be seen, so that the weights fit into 300 kB: runs oftener than words, which say more.
LEAST = {"c": 16, "k": 10, "b": 5, "g": 5}
#: What articles say of how, where and when a thing was said or done, and short texts hardly ever. Of `TOLD` sentences
#: one is read with one of these before it and one with one behind it, so that they speak for no stance.
TOLD = 9
BEFORE = (
    "At the same time", "Meanwhile", "In the meantime", "However", "In addition", "Moreover", "Separately", "Still",
    "Nevertheless", "By contrast", "Later in the day", "Hours later", "On Tuesday", "In a statement", "In a speech",
    "At a press briefing", "At a news conference", "At a press conference in Brussels", "In an interview",
    "In an interview with state television", "In a televised address", "In a post on Telegram",
    "In its latest report", "In a report on Monday", "Speaking to reporters", "Speaking at the United Nations",
    "For the first time", "For the first time in years", "In the early hours of Friday",
    "In a separate development", "According to officials", "During a visit to Paris",
    "On the sidelines of a summit", "In parliament on Thursday", "In a letter to the council",
)  # fmt: skip
BEHIND = (
    "the foreign ministry said in a statement", "a spokesman told reporters at a press briefing",
    "state media reported", "he told a news conference", "she told state television in an interview",
    "the president said in a speech", "officials said on condition of anonymity",
    "Reuters reported, citing two sources", "officials said", "it said in a report on Monday",
    "according to a statement on Telegram", "the ministry said late on Sunday",
    "a spokeswoman said at a daily briefing", "the prime minister said in a televised address",
    "two diplomats said", "the Kremlin told reporters", "the agency said in its quarterly report",
    "for the first time since 2019", "for the first time in decades", "at a press conference in Ankara",
    "he wrote on social media", "police said", "according to three people familiar with the matter",
    "the White House said in a press release", "the army said",
    "the secretary of state told journalists in a press briefing", "the minister said in an interview on Friday",
)  # fmt: skip

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


def told(text):
    """Return a text, some sentences with words before or behind them that say how they were told."""
    turn, of = divmod(zlib.crc32(text[::-1].encode()), TOLD)
    if of > 1 or not text.endswith("."):
        return text
    if of:
        return f"{text[:-1]}, {BEHIND[turn % len(BEHIND)]}."
    first, rest = text.partition(" ")[::2]
    return f"{BEFORE[turn % len(BEFORE)]}, {first.lower() if first in {'The', 'A', 'An'} else first} {rest}"


def matrix_of(texts):
    """Return the features of texts as a sparse matrix, the keys of its columns, and how often each must be seen."""
    found = []
    kinds = {}
    for text in texts:
        sums = Counter()
        for name, value, _ in features(text)[1]:
            key = feature_key(name)
            sums[key] += value
            kinds[key] = name[0]
        found.append(sums)
    keys = sorted(kinds)
    column = {key: k for k, key in enumerate(keys)}
    rows = np.repeat(np.arange(len(found)), [len(sums) for sums in found])
    columns = [column[key] for sums in found for key in sums]
    values = [value for sums in found for value in sums.values()]
    least = np.array([LEAST.get(kinds[key], 2) for key in keys])
    return csr_matrix((values, (rows, columns)), shape=(len(found), len(keys))), np.array(keys), least


def ridge_fitted(x, least, labels, counts, ridge):
    """Return the columns seen often enough, and slopes and intercepts of the regressions of 1 and -1 on them."""
    often = np.flatnonzero(np.bincount(x.indices, minlength=x.shape[1]) >= least)
    x = of_length_1(x[:, often])
    own = x.T @ (counts[:, None] * np.eye(len(LABELS))[labels])
    shares = [part / part.sum(axis=0) for part in (own + SMOOTH, own.sum(axis=1, keepdims=True) - own + SMOOTH)]
    scales = np.abs(np.log(shares[0] / shares[1])) ** POWER
    slopes, base = np.empty(scales.shape), np.empty(len(LABELS))
    for k in range(len(LABELS)):
        scale = scales[:, k] / np.sqrt((x.power(2) @ scales[:, k] ** 2).mean())
        scaled_x, wanted = (x @ diags(scale)).tocsr(), np.where(labels == k, 1.0, -1.0)
        base[k] = np.average(wanted, weights=counts)
        back = scaled_x.T.tocsr()
        likeness = LinearOperator(
            (len(labels),) * 2, matvec=lambda v, x=scaled_x, y=back: x @ (y @ v) + ridge * v / counts
        )
        slopes[:, k] = back @ cg(likeness, wanted - base[k], rtol=1e-7)[0] * scale
    return often, slopes, base


def of_length_1(x):
    """Return a matrix whose rows have length 1."""
    lengths = np.sqrt(x.power(2) @ np.ones(x.shape[1]))
    return (diags(1 / np.maximum(lengths, 1e-9)) @ x).tocsr()


def left_out_scores(x, least, labels, counts, ridge):
    """Return each text's scores by the head that did not see it or its neighbours in the file."""
    fold, scores = np.arange(len(labels)) // BLOCK % FOLDS, np.empty((len(labels), len(LABELS)))
    for one in range(FOLDS):
        seen = fold != one
        often, slopes, base = ridge_fitted(x[seen], least, labels[seen], counts[seen], ridge)
        scores[~seen] = of_length_1(x[~seen][:, often]) @ slopes + base
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


def trained(rows, ridges=(RIDGE,)):
    """Return the arrays of the head's file by the best of some ridges, and the table of their cross-validation."""
    labels, counts = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    x, keys, least = matrix_of([told(row[0]) for row in rows])
    table = []
    for ridge in ridges:
        scores = left_out_scores(x, least, labels, counts, ridge)
        turn, shift, loss = scaled(scores, labels)
        right = float(((scores @ turn + shift).argmax(axis=1) == labels).mean())
        table.append((loss, ridge, right, turn, shift))
    _, ridge, _, turn, shift = min(table, key=lambda row: row[0])
    often, slopes, base = ridge_fitted(x, least, labels, counts, ridge)
    slopes, base = slopes @ turn, base @ turn + shift
    slopes -= slopes.mean(axis=1, keepdims=True)
    steps = np.abs(slopes).max(axis=0) / STEPS
    weights = np.rint(slopes / steps).astype(np.int8)
    speaking = weights.any(axis=1)
    digest = hashlib.sha256("\n".join(f"{text}\t{LABELS[label]}" for text, label, _ in rows).encode()).hexdigest()
    made = {"sentences": len(rows), "sha256": digest, "ridge": ridge, "labels": LABELS}
    arrays = {
        "gaps": np.diff(keys[often][speaking], prepend=0).astype(np.uint16),
        "weights": weights[speaking],
        "steps": steps,
        "intercepts": base,
        "made": np.array(json.dumps(made)),
    }
    return arrays, table


def main():
    """Write, compare or choose."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--check", action="store_true", help="compare only; exit code 1 when something differs")
    ask.add_argument("--choose", action="store_true", help="cross-validate every ridge, print it and write nothing")
    asked = ask.parse_args()
    arrays, table = trained(training_rows(), RIDGES if asked.choose else (RIDGE,))
    for loss, ridge, right, *_ in table:
        sys.stdout.write(f"ridge {ridge}: left-out log loss {loss:.4f}, accuracy {right:.4f}\n")
    if asked.check:
        known = dict(np.load(HEAD))
        return int(any(not np.array_equal(arrays[name], known[name]) for name in arrays))
    if not asked.choose:
        with ZipFile(HEAD, "w") as packed:  # what `numpy.savez` writes, a sixth smaller than `savez_compressed`
            for name, array in arrays.items():
                member = ZipInfo(f"{name}.npy")  # without a time, so that the same weights are the same bytes
                member.compress_type = ZIP_LZMA
                with packed.open(member, "w") as file:
                    np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)
        sys.stdout.write(f"{HEAD.name}: {len(arrays['gaps'])} features, {HEAD.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
