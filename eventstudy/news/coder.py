"""A coder of your own, a command or a chat model at an address, its answers checked; and how well a coder reads."""

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
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from math import sqrt
from pathlib import Path
from shutil import which
from typing import IO, Any, NamedTuple, cast
from urllib.parse import urlsplit

import numpy as np

from eventstudy.errors import InputError, NetworkError, did_you_mean
from eventstudy.files import write_files
from eventstudy.network import BOUNDED, read_body
from eventstudy.news.stance_coder import LABELS, Evidence, StanceReading, code_stances
from eventstudy.news.vocabulary import PATTERNS, Lexicon

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

    def readings(self, texts: Sequence[str], ours: Sequence[StanceReading]) -> tuple[StanceReading, ...]:
        """Return the coder's readings of texts; a void answer is ``none`` of confidence 0, noted as ``void:``.

        A text asked about before is answered from the cache; `ours` are the bundled coder's readings.
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
    neither = f"--coder '{spec}' is neither 'cmd: my-coder' nor an address such as http://127.0.0.1:8080/v1"
    leaves = f"--coder {spec} is not on this machine: the texts would leave it; add --allow-remote if they may"
    for wrong, message in (
        (parts.scheme not in {"http", "https"} or not parts.hostname, neither),
        (not model, f"--coder {spec} needs the name of its model; add --model NAME"),
        (not allow_remote and not here, leaves),
    ):
        if wrong:
            raise InputError(message)

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
    try:
        process = subprocess.Popen(  # noqa: S603  # the user's own command
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
        )
    except OSError as error:
        raise InputError(f"--coder: '{words[0]}' cannot be run: {error.strerror}") from None
    feed, answer = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def write() -> None:
        with suppress(OSError, ValueError), feed:  # the command may end before it has read all
            feed.write(lines.encode())

    def end() -> None:  # with what the command has begun
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()

    late = threading.Timer(timeout, end)
    try:
        late.start()
        threading.Thread(target=write, daemon=True).start()
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
    accuracy, counts = float(right.mean()), Counter(pairs)
    given, answered = Counter(labels), Counter(answer for _, answer in pairs)
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
        errors=tuple(one for one, is_right in zip(read, right, strict=True) if not is_right),
        standard_error=sqrt(accuracy * (1 - accuracy) / n),
        opposite=(counts["raise", "fold"] + counts["fold", "raise"]) / n,
        calibration=tuple(
            (len(part) / n, float(sure[part].mean()), float(right[part].mean()))
            for part in np.split(parts, [round(share * n) for share in (0.2, 0.4, 0.6, 0.8)])
            if len(part)
        ),
    )
