"""A sentence encoder of the BERT family, in numpy: token ids to one unit vector a text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erf

Floats = npt.NDArray[np.floating[Any]]
Weights = Mapping[str, Floats]

#: Tokens that go through the layers together: large products keep the processor busy, and memory stays near 100 MB.
_BATCH = 4096
_TINY = 1e-12


def encode(ids: Sequence[Sequence[int]], weights: Weights, heads: int) -> Floats:
    r"""Return the unit vectors of texts.

    Parameters
    ----------
    ids : sequence of sequence of int, length N
        The tokens of every text, at least one each, as the model's tokenizer numbers them.
    weights : mapping of str to ndarray
        The model's arrays under the names that BERT checkpoints give them. Their type is that of the arithmetic.
    heads : int
        Attention heads of a layer.

    Returns
    -------
    ndarray, shape (N, width)
        Mean of a text's token vectors behind the last layer, scaled to length 1, whatever the other texts are.

    Notes
    -----
    With :math:`X` the token vectors of one text, a layer is
    :math:`Y = \mathrm{LN}(X + A W_o + b_o)`, then
    :math:`X = \mathrm{LN}(Y + \mathrm{gelu}(Y W_1 + b_1) W_2 + b_2)`, where :math:`A` joins the heads
    :math:`\mathrm{softmax}(Q K' / \sqrt{d}) V`. Texts of one length attend together, and the tokens of all texts go
    through a product together: nothing is padded, so nothing is masked.

    References
    ----------
    Devlin, J., Chang, M.-W., Lee, K. and Toutanova, K. (2019). BERT: Pre-training of deep bidirectional transformers
    for language understanding. NAACL.
    Reimers, N. and Gurevych, I. (2019). Sentence-BERT: Sentence embeddings using Siamese BERT-networks. EMNLP.
    """
    words = weights["embeddings.word_embeddings.weight"]
    vectors = np.empty((len(ids), words.shape[1]), words.dtype)
    layers = sum(name.endswith("intermediate.dense.weight") for name in weights)
    for members in _batches(ids):
        batch = [ids[k] for k in members]
        tokens = _first_vectors(batch, weights)
        for layer in range(layers):
            tokens = _layer(tokens, [len(one) for one in batch], f"encoder.layer.{layer}.", weights, heads)
        vectors[members] = _unit_means(tokens, [len(one) for one in batch])
    return vectors


def _batches(ids: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Share the texts out, shortest first, into batches of about so many tokens."""
    batch: list[int] = []
    tokens = 0
    for k in sorted(range(len(ids)), key=lambda k: len(ids[k])):
        if batch and tokens + len(ids[k]) > _BATCH:
            yield batch
            batch, tokens = [], 0
        batch.append(k)
        tokens += len(ids[k])
    if batch:
        yield batch


def _first_vectors(batch: Sequence[Sequence[int]], weights: Weights) -> Floats:
    """Add up what word and place say of each token; all texts are of the first kind."""
    words = np.concatenate([np.asarray(one) for one in batch])
    places = np.concatenate([np.arange(len(one)) for one in batch])
    total = weights["embeddings.word_embeddings.weight"][words]
    total = total + weights["embeddings.position_embeddings.weight"][places]
    total = total + weights["embeddings.token_type_embeddings.weight"][0]
    return _normed(total, "embeddings.LayerNorm", weights)


def _layer(tokens: Floats, lengths: Sequence[int], layer: str, weights: Weights, heads: int) -> Floats:
    """Let every token look at its own text's tokens, then pass each through the two dense layers."""
    asked, keys, values = (_linear(tokens, f"{layer}attention.self.{name}", weights) for name in _PARTS)
    seen = np.empty_like(tokens)
    start = 0
    for length, texts in groupby(lengths):
        count = len(list(texts))
        rows = slice(start, start + count * length)
        seen[rows] = _attention(asked[rows], keys[rows], values[rows], (count, length, heads))
        start = rows.stop
    mixed = _linear(seen, f"{layer}attention.output.dense", weights)
    tokens = _normed(tokens + mixed, f"{layer}attention.output.LayerNorm", weights)
    inner = _gelu(_linear(tokens, f"{layer}intermediate.dense", weights))
    return _normed(tokens + _linear(inner, f"{layer}output.dense", weights), f"{layer}output.LayerNorm", weights)


_PARTS = ("query", "key", "value")


def _attention(asked: Floats, keys: Floats, values: Floats, shape: tuple[int, int, int]) -> Floats:
    """Return softmax(Q K' / sqrt(d)) V for texts of one length, head by head."""
    count, length, heads = shape
    width = asked.shape[1]
    q, k, v = (part.reshape(count, length, heads, -1).transpose(0, 2, 1, 3) for part in (asked, keys, values))
    scores = q @ k.transpose(0, 1, 3, 2) / sqrt(width // heads)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    scores /= scores.sum(-1, keepdims=True)
    seen: Floats = (scores @ v).transpose(0, 2, 1, 3).reshape(count * length, width)
    return seen


def _linear(tokens: Floats, name: str, weights: Weights) -> Floats:
    return tokens @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _normed(tokens: Floats, name: str, weights: Weights) -> Floats:
    """Bring each token to mean 0 and variance 1, then to the layer's own scale and centre."""
    centred = tokens - tokens.mean(-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(-1, keepdims=True) + _TINY)
    scaled: Floats = centred / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
    return scaled


def _gelu(x: Floats) -> Floats:
    half: Floats = 0.5 * x * (1 + erf(x / sqrt(2)))
    return half


def _unit_means(tokens: Floats, lengths: Sequence[int]) -> Floats:
    starts = np.cumsum([0, *lengths[:-1]])
    sums = np.add.reduceat(tokens, starts, axis=0)
    unit: Floats = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    return unit
