"""A coder of your own: a command, or a chat model behind an OpenAI-compatible address, whose answers are checked."""

from __future__ import annotations

import hashlib
import ipaddress
import json
import shlex
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from eventstudy.errors import InputError
from eventstudy.news.stance_coder import LABELS, Evidence, StanceReading

#: What an answer without a confidence of its own counts.
_PLAIN = 0.75
_ASK = (
    "You code news for an event study. Read one sentence or headline and answer with one JSON object and nothing else: "
    '{"label": "raise" | "fold" | "hold" | "none", "quote": "...", "confidence": 0..1}. raise: the actor escalates, '
    "threatens, refuses, punishes. fold: the actor gives way, calms, offers, agrees. hold: the actor waits, meets, "
    "studies, leaves things as they are. none: no event (history, markets, comment). quote: the words of the text that "
    "decide, copied letter for letter."
)


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
    """

    name: str
    ask: Callable[[Sequence[str]], list[Any]]
    cache: Path

    def readings(self, texts: Sequence[str], ours: Sequence[StanceReading]) -> tuple[StanceReading, ...]:
        """Return the coder's readings, each beside what the bundled coder says.

        Parameters
        ----------
        texts : sequence of str, length N
            What is asked about; a text asked about before is answered from the cache.
        ours : sequence of StanceReading, length N
            The bundled coder's readings.

        Returns
        -------
        tuple of StanceReading, length N
            A void answer is ``none`` of confidence 0 with a note that begins ``void:``.
        """
        questions = (json.dumps([self.name, _ASK, text]).encode() for text in texts)
        files = [self.cache / f"{hashlib.sha256(question).hexdigest()}.json" for question in questions]
        known = {k: answer for k, file in enumerate(files) if (answer := _cached(file)) is not None}
        asked = [k for k in range(len(texts)) if k not in known]
        for k, answer in zip(asked, self.ask([texts[k] for k in asked]) if asked else [], strict=True):
            known[k] = answer
            if not _fault(texts[k], answer):
                with suppress(OSError):  # without a place to keep it, it is asked again
                    self.cache.mkdir(parents=True, exist_ok=True)
                    files[k].write_text(json.dumps(answer), encoding="utf-8")
        return tuple(self._reading(texts[k], known[k], ours[k]) for k in range(len(texts)))

    def _reading(self, text: str, answer: Any, ours: StanceReading) -> StanceReading:
        fault = _fault(text, answer)
        if fault:
            return StanceReading("none", 0.0, (), f"void: {self.name} {fault}; the bundled coder says {ours.label}")
        label, quote = answer["label"], answer.get("quote") or ""
        sure = float(answer.get("confidence", _PLAIN))
        start = text.find(quote)
        spans = (Evidence(quote, start, start + len(quote), f"{label}: {self.name}", sure, label),) if quote else ()
        reading = StanceReading(label, sure, spans)
        if label == ours.label:
            return reading
        return replace(
            reading, note=f"{self.name} says {label}, the bundled coder {ours.label} ({ours.confidence:.2f})"
        )


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
        If it is neither, the command or the model's name is missing, or the address is not of this machine.

    Examples
    --------
    >>> read_coder("cmd: my-coder").name
    'my-coder'
    """
    from platformdirs import user_cache_path

    cache = user_cache_path("raise-or-fold") / "coder"
    if spec.startswith("cmd:"):
        try:
            words = shlex.split(spec.removeprefix("cmd:"))
        except ValueError as error:
            raise InputError(f"--coder '{spec}': {error}; write --coder 'cmd: my-coder'") from None
        if not words:
            raise InputError("--coder 'cmd:' names no command; write --coder 'cmd: my-coder'")
        return Coder(" ".join(words), lambda texts: _ask_command(words, texts, timeout), cache)
    try:
        parts = urlsplit(spec)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"--coder '{spec}' is neither 'cmd: my-coder' nor an address such as http://127.0.0.1:8080/v1")
    if not model:
        raise InputError(f"--coder {spec} needs the name of its model; add --model NAME")
    if not allow_remote and not _is_loopback(parts.hostname):
        raise InputError(
            f"--coder {spec} is not on this machine: the texts would leave it; add --allow-remote if they may"
        )
    return Coder(
        f"{model} at {parts.netloc}", lambda texts: [_ask_model(spec, model, text, timeout) for text in texts], cache
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _cached(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


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
    try:
        done = subprocess.run(words, input=lines.encode(), capture_output=True, timeout=timeout, check=False)  # noqa: S603  # the user's own command
    except subprocess.TimeoutExpired:
        return [f"gave no answer within {timeout:g} s"] * len(texts)
    except OSError as error:
        raise InputError(f"--coder: '{words[0]}' cannot be run: {error.strerror}") from None
    answers: dict[Any, Any] = {}
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        one = _json(line)
        if isinstance(one, dict) and isinstance(one.get("id"), int):
            answers[one.pop("id")] = one
    missing = f"gave no answer in JSON (exit code {done.returncode})"
    return [answers.get(k, missing) for k in range(len(texts))]


def _ask_model(address: str, model: str, text: str, timeout: float) -> Any:
    import requests

    body = {
        "model": model,
        "temperature": 0,
        "messages": [{"role": "system", "content": _ASK}, {"role": "user", "content": text}],
    }
    session = requests.Session()
    session.trust_env = False  # no proxy and no netrc between this machine and itself
    try:
        answer = session.post(
            f"{address.rstrip('/')}/chat/completions", json=body, timeout=timeout, allow_redirects=False
        )
    except requests.Timeout:
        return f"gave no answer within {timeout:g} s"
    except requests.RequestException:
        return "cannot be reached"
    if answer.status_code != requests.codes.ok:
        return f"answered with HTTP {answer.status_code}"
    try:
        content = str(answer.json()["choices"][0]["message"]["content"])
    except (ValueError, LookupError, TypeError):
        return "gave no chat completion"
    return _json(content[content.find("{") : content.rfind("}") + 1])


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return "gave no answer in JSON"
