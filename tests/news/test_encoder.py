import importlib.util
from pathlib import Path

import numpy as np
import pytest

from eventstudy.news import encoder
from eventstudy.news.encoder import encode

REFERENCE = Path(__file__).parents[1] / "reference" / "transformer.py"
WORDS, PLACES, WIDTH, INNER, HEADS, LAYERS = 20, 12, 8, 12, 2, 2
IDS = [[3, 7, 1], [5], [2, 2, 9], [19, 0, 4, 4, 11, 6, 8], [1, 7, 3], [10, 11, 12, 13]]


def reference():
    """Return the module of plain loops."""
    spec = importlib.util.spec_from_file_location("transformer", REFERENCE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tiny_weights():
    """Return random weights of a transformer small enough for plain loops, none of them at its usual start."""
    draw = np.random.default_rng(5)
    shapes = {
        "embeddings.word_embeddings.weight": (WORDS, WIDTH),
        "embeddings.position_embeddings.weight": (PLACES, WIDTH),
        "embeddings.token_type_embeddings.weight": (2, WIDTH),
        "embeddings.LayerNorm.weight": (WIDTH,),
        "embeddings.LayerNorm.bias": (WIDTH,),
    }
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        square = [f"attention.self.{name}" for name in ("query", "key", "value")] + ["attention.output.dense"]
        dense = [(name, WIDTH, WIDTH) for name in square]
        dense += [("intermediate.dense", INNER, WIDTH), ("output.dense", WIDTH, INNER)]
        for name, n_out, n_in in dense:
            shapes |= {f"{at}{name}.weight": (n_out, n_in), f"{at}{name}.bias": (n_out,)}
        for name in ("attention.output.LayerNorm", "output.LayerNorm"):
            shapes |= {f"{at}{name}.weight": (WIDTH,), f"{at}{name}.bias": (WIDTH,)}
    return {name: draw.normal(size=shape) for name, shape in shapes.items()}


def test_it_equals_plain_loops():
    """Texts of several lengths, encoded together, have the vectors of a transformer written in plain loops."""
    weights = tiny_weights()
    lists = {name: array.tolist() for name, array in weights.items()}
    plain = [reference().encoded(ids, lists, HEADS, LAYERS) for ids in IDS]
    np.testing.assert_allclose(encode(IDS, weights, HEADS), plain, atol=1e-12)


@pytest.mark.parametrize("limit", [1, 5, 4096])
def test_company_does_not_matter(monkeypatch, limit):
    """A text alone, and in batches of any size, has the same vector of length 1."""
    weights = tiny_weights()
    monkeypatch.setattr(encoder, "_BATCH", limit)
    together = encode(IDS, weights, HEADS)
    alone = np.concatenate([encode([ids], weights, HEADS) for ids in IDS])
    np.testing.assert_allclose(together, alone, atol=1e-12)
    np.testing.assert_allclose((together**2).sum(axis=1), 1, atol=1e-12)


def test_single_precision_stays_single():
    """Weights in single precision give vectors in single precision, near those in double."""
    weights = tiny_weights()
    single = encode(IDS, {name: array.astype(np.float32) for name, array in weights.items()}, HEADS)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, encode(IDS, weights, HEADS), atol=1e-5)


def test_no_texts():
    """No texts have no vectors."""
    assert encode([], tiny_weights(), HEADS).shape == (0, WIDTH)
