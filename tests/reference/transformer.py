"""A sentence encoder of the BERT family in plain loops over plain lists, one text at a time; nothing of the library."""

from math import erf, exp, sqrt


def affine(x, weight, bias):
    """Return weight . x + bias."""
    return [sum(w * v for w, v in zip(row, x, strict=True)) + b for row, b in zip(weight, bias, strict=True)]


def normed(x, weight, bias):
    """Return x at mean 0 and variance 1, then scaled and moved, number by number."""
    mean = sum(x) / len(x)
    variance = sum((v - mean) ** 2 for v in x) / len(x)
    return [(v - mean) / sqrt(variance + 1e-12) * w + b for v, w, b in zip(x, weight, bias, strict=True)]


def added(*parts):
    """Return the sum of vectors."""
    return [sum(values) for values in zip(*parts, strict=True)]


def attended(queries, keys, values, heads):
    """Return what every token sees of all, head after head."""
    size = len(queries[0]) // heads
    seen = [[] for _ in queries]
    for query, out in zip(queries, seen, strict=True):
        for h in range(heads):
            cut = slice(h * size, (h + 1) * size)
            scores = [sum(a * b for a, b in zip(query[cut], key[cut], strict=True)) / sqrt(size) for key in keys]
            total = sum(exp(score) for score in scores)
            shares = [exp(score) / total for score in scores]
            out.extend(added(*([share * v for v in value[cut]] for share, value in zip(shares, values, strict=True))))
    return seen


def encoded(ids, weights, heads, layers):
    """Return a text's unit vector; `weights` are nested lists under the names of a BERT checkpoint."""

    def dense(x, name):
        return affine(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(x, name):
        return normed(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    kind = weights["embeddings.token_type_embeddings.weight"][0]
    words, places = weights["embeddings.word_embeddings.weight"], weights["embeddings.position_embeddings.weight"]
    tokens = [norm(added(words[k], places[i], kind), "embeddings.LayerNorm") for i, k in enumerate(ids)]
    for layer in range(layers):
        at = f"encoder.layer.{layer}"
        parts = [[dense(x, f"{at}.attention.self.{name}") for x in tokens] for name in ("query", "key", "value")]
        seen = [dense(x, f"{at}.attention.output.dense") for x in attended(*parts, heads)]
        tokens = [norm(added(x, y), f"{at}.attention.output.LayerNorm") for x, y in zip(tokens, seen, strict=True)]
        inner = [[v * (1 + erf(v / sqrt(2))) / 2 for v in dense(x, f"{at}.intermediate.dense")] for x in tokens]
        grown = [dense(x, f"{at}.output.dense") for x in inner]
        tokens = [norm(added(x, y), f"{at}.output.LayerNorm") for x, y in zip(tokens, grown, strict=True)]
    means = [sum(column) / len(tokens) for column in zip(*tokens, strict=True)]
    length = sqrt(sum(v * v for v in means))
    return [v / length for v in means]
