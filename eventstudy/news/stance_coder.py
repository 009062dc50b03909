"""Stance by a trained head (verb, object and words, with a calibrated confidence), a coder of your own, and scores."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import signal
import subprocess
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from ipaddress import ip_address
from itertools import pairwise
from math import sqrt
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from typing import IO, Any, cast
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt

from eventstudy.errors import InputError, NetworkError, did_you_mean
from eventstudy.files import write_files
from eventstudy.network import BOUNDED, read_body
from eventstudy.news.grammar import SMALL, Frame, Text, broad_group, first_form
from eventstudy.news.vocabulary import PATTERNS, Lexicon

#: What the coder can answer; ``none``: the text has no event.
LABELS = ("raise", "hold", "fold", "none")
#: What it costs to read the label of a row as that of a column. In cross-validation these costs make opposites 3 % and
#: lost events 22 % fewer at the same accuracy; a cost of 2 for opposites would make them 14 % fewer for 0.8 points.
_COSTS = np.array([[0, 1, 1.5, 1.3], [1, 0, 1, 1.3], [1.5, 1, 0, 1.3], [1, 1, 1, 0]])
#: By what each kind of feature is multiplied before training: the less, the more the penalty shrinks its weight.
#: `f` frames of the grammar, `w` and `l` words and pairs of words, `c` letters, `k` runs of groups of words, `b` the
#: same by the sides of their nouns alone, `g` a word beside a group, `d` words behind a denial.
_SCALES = {"f": 0.5, "w": 0.9, "c": 0.3, "k": 0.5, "b": 0.5, "g": 0.6, "d": 0.5, "l": 1.5}
#: Words behind a denial that it reaches, stops and commas apart.
_DENIED = 4
#: Below this confidence a label is shown as uncertain.
UNCERTAIN = 0.5
#: A span that moves the log-odds by less than this decides nothing and is not shown; spans shown at most.
_LEAST, _SHOWN = 0.25, 6

Floats = npt.NDArray[np.float64]
#: A named figure, and the tokens it comes from.
Feature = tuple[str, float, tuple[int, ...]]


@dataclass(frozen=True)
class Evidence:
    """A span of text that spoke for something.

    Parameters
    ----------
    text, start, end : str, int, int
        The characters ``start:end`` of the text that was read.
    rule : str
        What was seen there, e.g. ``"raise: refuse > lift sanction"`` or ``"fold: words"``.
    weight : float
        By how much it raised the log-odds of `stance` against the mean of all labels, 0 or more.
    stance : str
        What it spoke for: ``raise``, ``fold``, ``hold`` or ``none``; empty for spans that name an actor or a time.
    """

    text: str
    start: int
    end: int
    rule: str
    weight: float
    stance: str = ""


@dataclass(frozen=True)
class StanceReading:
    """What a text says of its actor's stance: a proposal, with how sure it is and why.

    Parameters
    ----------
    label : {'raise', 'hold', 'fold', 'none'}
        The stance; ``none`` where the text has no event.
    confidence : float
        The probability of the label, calibrated on sentences the head was not trained on.
    evidence : tuple of Evidence
        The spans that decided, for and against, in the order of the text.
    note : str
        Where a coder of your own answered: that the bundled one disagrees, or why the answer is void.
    """

    label: str
    confidence: float
    evidence: tuple[Evidence, ...]
    note: str = ""


def code_stance(text: str, lexicon: Lexicon | None = None, *, coder: Coder | None = None) -> StanceReading:
    """Read the stance of a sentence, a headline or a short text.

    Parameters
    ----------
    text : str
        Plain English.
    lexicon, coder : Lexicon, Coder, optional
        Phrases of your own, from `read_lexicon`; a coder of your own that answers instead, from `read_coder`.

    Returns
    -------
    StanceReading
        Label, confidence, and the spans that decided, with offsets into `text`.

    Notes
    -----
    With :math:`x` the features of the text (the verb and its object clause by clause, each later clause counting half;
    negation, demand, condition and reported speech around them; words and letters), scaled to length 1, the label
    :math:`k` has the probability :math:`p_k = softmax_k(W x + b)`. :math:`W` is a ridge regression multiplied by a
    matrix that calibrates it, fitted on scores of sentences left out of the training (Guo et al. 2017, On
    calibration of modern neural networks, ICML). The answer is the label of least expected cost: to read a raise as a
    fold, or a fold as a raise, costs 1.5, to read an event as ``none`` 1.3, any other error 1; one less likely than
    1/4 is never the answer.
    A phrase of your own adds its strength to the score of its stance, each later one of a stance half as much.

    Examples
    --------
    >>> reading = code_stance("The ministry refused to lift the sanctions.")
    >>> reading.label, max(reading.evidence, key=lambda one: one.weight).text
    ('raise', 'refused')
    """
    return code_stances([text], lexicon, coder=coder)[0]


def code_stances(
    texts: Sequence[str], lexicon: Lexicon | None = None, *, coder: Coder | None = None
) -> tuple[StanceReading, ...]:
    """Read the stances of many texts.

    Parameters
    ----------
    texts : sequence of str, length N
        Plain English.
    lexicon, coder
        As in `code_stance`.

    Returns
    -------
    tuple of StanceReading, length N
        Each as `code_stance` gives it.

    Examples
    --------
    >>> [reading.label for reading in code_stances(["They signed a truce.", "Tanks crossed the border."])]
    ['fold', 'raise']
    """
    if isinstance(texts, str) or not isinstance(texts, Iterable) or not all(isinstance(text, str) for text in texts):
        raise InputError.must_be("stances are read in a list of texts", texts)
    ours = tuple(_read(text, lexicon) for text in texts)
    return ours if coder is None else coder(texts, ours)


@cache
def _head() -> tuple[dict[int, int], Floats, Floats]:
    """Return the trained rows by the keys of their features, the weights, one column a label, and the intercepts."""
    with files("eventstudy.news").joinpath("stance_head.npz").open("rb") as file:
        arrays = dict(np.load(file))
    rows = {key: k for k, key in enumerate(np.cumsum(arrays["gaps"], dtype=np.int64).tolist())}
    return rows, arrays["weights"].astype(np.float64) * arrays["steps"], arrays["intercepts"]


def feature_key(name: str) -> int:
    """Return the number, below 2**24, under which the head knows a feature."""
    return zlib.crc32(name.encode(errors="surrogatepass")) % 2**24


def features(text: str) -> tuple[Text, list[Feature]]:
    """Return a text's words, and what the head looks at: names that begin with a kind, figures, and their words."""
    words = Text(text)
    found = (*_of_frames(words.frames()), *_of_words(words), *_of_groups(words))
    return words, [(name, value * _SCALES[name[0]], at) for name, value, at in found]


def _of_frames(found: Sequence[Frame]) -> Iterator[Feature]:
    """Each later frame counts half of the one before it."""
    for k, one in enumerate(([one for one in found if one.lean or one.group != "other"] or found)[:5]):
        weight, lean, chain = 0.5**k, one.lean or "-", ">".join(one.chain)
        names = [
            f"lean {lean}", f"verb {one.verb}", f"group {one.group}", f"pair {one.group} {one.side}",
            f"side {one.side}",
            f"noun {one.noun}", f"verb-side {one.verb} {one.side}", f"verb-noun {one.verb} {one.noun}",
            f"noun-group {one.noun} {one.group}", f"chain {chain} {one.group}", f"chain-lean {chain} {lean}",
            *(f"mark {mark} {lean}" for mark in sorted(one.flags)),
        ]  # fmt: skip
        if k == 0:
            names += [f"first {lean}", f"first {one.group} {one.side}", f"first {one.group} {lean}"]
        yield from (("f:" + name, weight, one.words) for name in names)


def _of_words(text: Text) -> Iterator[Feature]:
    """Yield words alone and with the one before, first forms in pairs and behind denials, and runs of letters."""
    before, content_before, denied = "^", True, 0
    lemmas: list[tuple[str, int]] = []
    for k, (word, weight) in enumerate(zip(text.words, text.weights, strict=True)):
        denial = word in SMALL["negators"] or word.endswith("n't")
        denied = _DENIED if denial else 0 if word in SMALL["ends"] else denied
        # Names, articles and prepositions say how long a text is.
        content = word[0].isalnum() and not word.isupper() and word not in SMALL["idle"]
        if content:
            yield f"w:{word}", weight, (k,)
            lemma = first_form(word)
            if denied and not denial:
                denied -= 1
                yield f"d:{lemma}", 1.0, (k,)
                if text.nouns[k]:
                    yield f"d:{broad_group('n' + text.nouns[k])}", 1.0, (k,)
            for apart, (other, at) in enumerate(reversed(lemmas[-3:])):
                yield f"l:{other} {lemma}", text.weights[at] * (0.7 if apart else 1.0), (at, k)
            lemmas.append((lemma, k))
        if content or content_before:
            yield f"w:{before} {word}", weight, (k - 1, k) if k else (k,)
        before, content_before = word, content
        if word[0].isalpha() and word.islower() and len(word) > 3:  # noqa: PLR2004
            padded = f"<{word}>"
            for size in (3, 4, 5):
                yield from ((f"c:{padded[i : i + size]}", weight, (k,)) for i in range(len(padded) - size + 1))


def _of_groups(text: Text) -> Iterator[Feature]:
    """Yield runs of groups of words, as they are and broad, and each word of a group with the groups beside it."""
    found = text.classes()
    broad = [(name, at) for one, at in found if (name := broad_group(one)) not in {"N", "nperson", "nquantity"}]
    for kind, groups, most in (("k", found, 4), ("b", broad, 5)):
        run = [("^", 0), *groups, ("$", len(text.words) - 1)] if text.words else []
        for k, (name, at) in enumerate(run):
            for size in range(1 if kind == "k" and name != "N" else 2, min(most, len(run) - k) + 1):
                names, places = zip(*run[k : k + size], strict=True)
                yield f"{kind}:" + " ".join(names), text.weights[at], tuple(sorted(set(places)))
    for (left, at), (right, where) in pairwise(found):
        for name, k, beside in ((left, at, f"> {right}"), (right, where, f"< {left}")):
            if name[0] in "Vn" and name not in {"not", "nperson"}:
                yield f"g:{first_form(text.words[k])} {beside}", text.weights[k], (at, where)


def _read(text: str, lexicon: Lexicon | None) -> StanceReading:
    if not any(character.isalpha() for character in text):
        return StanceReading("none", 1.0, ())
    (row_of, weights, intercepts), (words, found) = _head(), features(text)
    if step := words.last_step():  # the head would take the first of two steps for the act
        words, found = features(text[step:])
    known = [(value, at, row) for name, value, at in found if (row := row_of.get(feature_key(name))) is not None]
    sums: dict[int, float] = {}
    for value, _, row in known:
        sums[row] = sums.get(row, 0.0) + value
    values = np.array([value for value, *_ in known]) / (sqrt(sum(value**2 for value in sums.values())) or 1.0)
    given = weights[[row for *_, row in known]] * values[:, None]
    scores = intercepts + given.sum(axis=0)
    evidence: list[Evidence] = []
    for start, end, stance, strength, rule in lexicon.found(text) if lexicon else ():
        weight = strength * 0.5 ** sum(one.stance == stance for one in evidence)
        evidence.append(Evidence(text[start:end], start, end, rule, weight, stance))
        scores[LABELS.index(stance)] += weight
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    best = int(np.where(shares >= 1 / len(LABELS), shares @ _COSTS, np.inf).argmin())
    # What each feature gave, shared among its words.
    shared = np.zeros((len(words.words), len(LABELS)))
    for (_, at, _), row_given in zip(known, given - given.mean(axis=1, keepdims=True), strict=True):
        for k in at:
            shared[k] += row_given / len(at)
    seen = {k: name for name, _, at in reversed(found) if name.startswith("f:verb-noun") for k in at}
    ours = _spans(text[step:], words, seen, shared)
    spans = sorted(
        [*evidence, *(replace(one, start=one.start + step, end=one.end + step) for one in ours)],
        key=lambda one: one.start,
    )
    return StanceReading(LABELS[best], round(float(shares[best]), 3), tuple(spans))


def _spans(text: str, words: Text, seen: dict[int, str], shared: Floats) -> list[Evidence]:
    """Join neighbours that speak for one label; show those that speak most, with the verb and noun seen there."""
    idle = SMALL["determiners"] | SMALL["be"]
    runs, best = list[list[int]](), shared.argmax(axis=1)
    for k, row in enumerate(words.tokens):
        if shared[k, best[k]] < _LEAST or row.word in idle or not text[row.start].isalnum():
            continue
        if runs and runs[-1][-1] == k - 1 and best[k - 1] == best[k]:
            runs[-1].append(k)
        else:
            runs.append([k])
    spans = []
    for run in runs:
        start, end, label = words.tokens[run[0]].start, words.tokens[run[-1]].end, LABELS[best[run[0]]]
        name = next((seen[k] for k in run if k in seen), "words words")
        rule = f"{label}: {' '.join(name.split()[1:]).replace('- ', '')}"
        weight = round(float(shared[run, best[run[0]]].sum()), 3)
        spans.append(Evidence(text[start:end], start, end, rule, weight, label))
    return sorted(spans, key=lambda one: -one.weight)[:_SHOWN]


#: What an answer without a confidence of its own counts.
_PLAIN = 0.75
#: An answer of a model is one line of JSON, not this much.
_MOST_BYTES = 1_000_000

_ASK: str = PATTERNS["ask"]["system"]


@dataclass(frozen=True)
class Coder:
    """A coder of your own, from `read_coder`.

    Parameters
    ----------
    name : str
        As it stands in notes and evidence.
    ask : callable
        A list of texts to a list of answers: mappings with ``label``, ``quote``, perhaps ``confidence``; or a string
        that says what went wrong.
    cache : Path
        Folder of answers, one file a text; what went wrong is not kept.
    program : str
        The whole address, or the digest of the command's files: where it changes, all is asked again.
    """

    name: str
    ask: Callable[[Sequence[str]], list[Any]]
    cache: Path
    program: str = ""

    def __call__(self, texts: Sequence[str], ours: Sequence[StanceReading]) -> tuple[StanceReading, ...]:
        """Return its readings of texts beside the bundled coder's, from the cache where it was asked before.

        A void answer is ``none`` of confidence 0, noted as ``void:``.
        """

        def digest(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        questions = [json.dumps([self.name, self.program, _ASK, text]) for text in texts]
        files = [f"{digest(question)}.json" for question in questions]
        known: dict[int, Any] = {}
        for k, file in enumerate(files):
            with suppress(OSError, ValueError, RecursionError):
                said, answer = (self.cache / file).read_text(encoding="utf-8").split("\n", 1)
                if said == digest(questions[k] + answer):  # an answer that was changed since is none
                    known[k] = json.loads(answer)
        asked = [k for k, text in enumerate(texts) if _fault(text, known.get(k))]
        known |= zip(asked, self.ask([texts[k] for k in asked]) if asked else [], strict=True)
        answers = {k: json.dumps(known[k]) for k in asked if not _fault(texts[k], known[k])}
        kept = {files[k]: f"{digest(questions[k] + answer)}\n{answer}".encode() for k, answer in answers.items()}
        with suppress(InputError):  # without a place to keep it, it is asked again
            write_files(self.cache, kept)
        return tuple(self._reading(texts[k], known[k], ours[k]) for k in range(len(texts)))

    def _reading(self, text: str, answer: Any, ours: StanceReading) -> StanceReading:
        if fault := _fault(text, answer):
            return StanceReading("none", 0.0, (), f"void: {self.name} {fault}; the bundled coder says {ours.label}")
        label, quote, sure = answer["label"], answer.get("quote") or "", float(answer.get("confidence", _PLAIN))
        start = text.find(quote)
        spans = (Evidence(quote, start, start + len(quote), f"{label}: {self.name}", sure, label),) if quote else ()
        differs = f"{self.name} says {label}, the bundled coder {ours.label} ({ours.confidence:.2f})"
        return StanceReading(label, sure, spans, differs if label != ours.label else "")


def read_coder(spec: str, *, model: str = "", allow_remote: bool = False, timeout: float = 60) -> Coder:
    """Make a coder of a command or of an address.

    Parameters
    ----------
    spec : str
        ``cmd: my-coder --flag`` is run once for all texts: it gets one JSON object a line, ``{"id": 0, "text": ...}``,
        and writes one a line, ``{"id": 0, "label": ..., "quote": ..., "confidence": ...}``. An address such as
        ``http://127.0.0.1:8080/v1`` is asked at ``/chat/completions``, a text at a time.
    model : str
        The model's name at the address.
    allow_remote : bool
        Let the texts leave this machine.
    timeout : float
        Seconds for the command, or for each question to the address.

    Returns
    -------
    Coder

    Raises
    ------
    InputError
        If it is neither, the command or the model's name is missing, a command is given a model, or the address is not
        of this machine.

    Examples
    --------
    >>> read_coder("cmd: my-coder").name
    'my-coder'
    """
    from platformdirs import user_cache_path

    cache = user_cache_path("raise-or-fold") / "coder"
    if InputError.require("a coder is named by a text", spec, str).startswith("cmd:"):
        try:
            words = shlex.split(spec.removeprefix("cmd:"))
        except ValueError as error:
            raise InputError(f"--coder '{spec}': {error}; write --coder 'cmd: my-coder'") from None
        if not words:
            raise InputError("--coder 'cmd:' names no command; write --coder 'cmd: my-coder'")
        if model:
            raise InputError(f"--model {model} is said of an address, and --coder '{spec}' is a command; leave it out")
        program = [Path(word) for word in (which(words[0]), *words[1:]) if word and Path(word).is_file()]
        digest = hashlib.sha256(b"".join(path.read_bytes() for path in program)).hexdigest()
        return Coder(shlex.join(words), lambda texts: _ask_command(words, texts, timeout), cache, digest)
    parts, here = urlsplit(""), False
    with suppress(ValueError):
        # What parsers of addresses differ in, so that another machine than the one looked at may be asked.
        parts = urlsplit("" if re.search(r"[\\@\s\x00-\x1f]", spec) else spec)
        here = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"--coder '{spec}' is neither 'cmd: my-coder' nor an address such as http://127.0.0.1:8080/v1")
    if not model:
        raise InputError(f"--coder {spec} needs the name of its model; add --model NAME")
    if not (allow_remote or here):
        raise InputError(
            f"--coder {spec} is not on this machine: the texts would leave it; add --allow-remote if they may"
        )

    def ask(texts: Sequence[str]) -> list[Any]:
        answers: list[Any] = []
        for text in texts:  # an address that was silent three times is asked no more
            silent = len(answers) > 2 and all("no answer within" in str(one) for one in answers[-3:])  # noqa: PLR2004
            answers.append(answers[-1] if silent else _ask_model(spec, model, timeout, text))
        return answers

    return Coder(f"{model} at {parts.netloc}", ask, cache, spec)


def _fault(text: str, answer: Any) -> str:
    """Say what is wrong with an answer, or return ''."""
    if isinstance(answer, str):
        return answer
    if not isinstance(answer, dict) or answer.get("label") not in LABELS:
        return f"gave no label of {', '.join(LABELS)}"
    quote, sure = answer.get("quote") or "", answer.get("confidence", _PLAIN)
    if isinstance(sure, bool) or not isinstance(sure, (int, float)) or not 0 <= sure <= 1:
        return f"gave a confidence of {sure!r}, which is not between 0 and 1"
    if not isinstance(quote, str) or quote not in text:
        return f"quotes what the text does not say: {quote!r:.60}"
    return "gave no quote" if not quote.strip() and answer["label"] != "none" else ""


def _ask_command(words: Sequence[str], texts: Sequence[str], timeout: float) -> list[Any]:
    lines = "".join(json.dumps({"id": k, "text": text}) + "\n" for k, text in enumerate(texts))
    most, begin = _MOST_BYTES + 10 * len(lines), time.monotonic()
    with TemporaryFile() as questions:  # no pipe, which would have to be filled while the answers are read
        questions.write(lines.encode())
        questions.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  # the user's own command
                words, stdin=questions, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise InputError(f"--coder: '{words[0]}' cannot be run: {error.strerror}") from None
    answer = cast("IO[bytes]", process.stdout)

    def end() -> None:  # with what the command has begun
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()

    late = threading.Timer(timeout, end)
    try:
        late.start()
        written = answer.read(most + 1)
        if len(written) <= most:
            process.wait()
    finally:
        late.cancel()
        end()
        process.wait()
        answer.close()
    if len(written) > most:
        return [f"wrote more than {most:,} bytes"] * len(texts)
    if process.returncode and time.monotonic() - begin >= timeout:
        return [f"gave no answer within {timeout:g} s"] * len(texts)
    answers: dict[Any, Any] = {}
    for line in [] if process.returncode else written.decode("utf-8", "replace").splitlines():
        with suppress(ValueError, RecursionError):
            one = json.loads(line)
            if isinstance(one, dict) and isinstance(one.get("id"), int):
                answers[one.pop("id")] = one
    missing = f"gave no answer in JSON (exit code {process.returncode})"
    return [answers.get(k, missing) for k in range(len(texts))]


def _ask_model(address: str, model: str, timeout: float, text: str) -> Any:
    import requests
    from urllib3.exceptions import HTTPError, ReadTimeoutError

    messages = [{"role": "system", "content": _ASK}, {"role": "user", "content": text}]
    body, url = {"model": model, "temperature": 0, "messages": messages}, f"{address.rstrip('/')}/chat/completions"
    try:
        with requests.Session() as session:
            session.trust_env = False  # no proxy and no netrc between this machine and itself
            answer = session.post(url, json=body, timeout=timeout, allow_redirects=False, **BOUNDED)
            if answer.status_code != requests.codes.ok:
                return f"answered with HTTP {answer.status_code}"
            said = read_body(answer.raw, "it", _MOST_BYTES, timeout)
    except NetworkError as error:
        return str(error).partition(".\n")[0].removeprefix("it ")
    except (requests.Timeout, TimeoutError, ReadTimeoutError):
        return f"gave no answer within {timeout:g} s"
    except (requests.RequestException, HTTPError, OSError):
        return "cannot be reached"
    try:
        content = str(json.loads(said)["choices"][0]["message"]["content"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "gave no chat completion"
    found: Any = "gave no answer in JSON"
    with suppress(ValueError, RecursionError):
        found = json.loads(content[content.find("{") : content.rfind("}") + 1])
    return found


@dataclass(frozen=True)
class Score:
    """How readings compare with labels.

    Parameters
    ----------
    n : int
        Sentences.
    accuracy, standard_error : float
        Share of readings equal to the label, and its standard error.
    macro_f1 : float
        Mean F1 of the labels that occur.
    always : float
        Accuracy of always saying the most frequent label.
    confusion : tuple of (label, reading, count)
        Every pair of labels that occur, in the order raise, hold, fold, none.
    coverage : tuple of (share, accuracy)
        Accuracy on the share of sentences read with the most confidence.
    errors : tuple of (text, label, StanceReading)
        Where reading and label differ.
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
    errors: tuple[tuple[str, str, StanceReading], ...]
    standard_error: float
    opposite: float
    calibration: tuple[tuple[float, float, float], ...]


def score_stance(
    texts: Sequence[str], labels: Sequence[str], lexicon: Lexicon | None = None, *, coder: Coder | None = None
) -> Score:
    """Read sentences and compare with the labels a person gave.

    Parameters
    ----------
    texts, labels : sequence of str, length N
        Sentences, and of each ``raise``, ``hold``, ``fold``, or ``none`` for a text without an event.
    lexicon, coder : Lexicon, Coder, optional
        As in `code_stance`; what a coder of your own leaves void counts as wrong.

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
    read = code_stances(texts, lexicon, coder=coder)
    # A void answer of a coder of one's own is no label.
    answers = ["void" if one.note.startswith("void:") else one.label for one in read]
    right, sure = np.array(labels) == np.array(answers), np.array([one.confidence for one in read])
    counts, given, answered = Counter(zip(labels, answers, strict=True)), Counter(labels), Counter(answers)
    accuracy = float(right.mean())
    occurring = {*given, *answered}
    surest, parts = np.argsort(-sure, kind="stable"), np.argsort(sure, kind="stable")
    f1 = [2 * counts[one, one] / (given[one] + answered[one]) for one in LABELS if one in given]
    return Score(
        n=n,
        accuracy=accuracy,
        macro_f1=sum(f1) / len(f1),
        always=max(given.values()) / n,
        confusion=tuple((a, b, counts[a, b]) for a in LABELS for b in (*LABELS, "void") if {a, b} <= occurring),
        coverage=tuple((k / 10, float(right[surest[: max(1, round(k / 10 * n))]].mean())) for k in range(10, 1, -1)),
        errors=tuple((texts[k], labels[k], read[k]) for k in np.flatnonzero(~right).tolist()),
        standard_error=sqrt(accuracy * (1 - accuracy) / n),
        opposite=(counts["raise", "fold"] + counts["fold", "raise"]) / n,
        calibration=tuple(
            (len(part) / n, float(sure[part].mean()), float(right[part].mean()))
            for part in np.split(parts, [round(share * n) for share in (0.2, 0.4, 0.6, 0.8)])
            if len(part)
        ),
    )
