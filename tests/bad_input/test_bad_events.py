import re
import signal
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from runpy import run_path

import pytest

from eventstudy.cli.main import main

#: Seconds of the processor that a case may take, and of waiting: a busy machine makes nothing slower by itself.
MOST_SECONDS, MOST_WAITING = 10, 60
CORPORA = {
    name: run_path(str(Path(__file__).parent / f"{name}.py"))["CASES"] for name in ("events", "prices", "options")
}
CASES = [case for cases in CORPORA.values() for case in cases]
#: Those whose input takes long to make or to read; of their kinds projections of one event are left.
LARGE = {
    "a cell of ten million characters",
    "a header of ten million characters",
    "a row of three million cells",
    "a workbook that swells",
    "calendar of a million zones",
    "article of one line of ten million characters",
    "calendar of one line of ten million characters",
    "columns by the thousand",
    "columns by the thousand, shown",
    "feed of deep elements",
    "five thousand columns and no time",
    "five thousand columns to map",
    "folder: 100 MB of spaces",
    "header of ten million characters",
    "regress diagnostics of one event",
    "regress dummies of one event",
    "regress quantiles of one event",
    "ten thousand events on one day",
    "time of ten million characters",
}

#: Dear ones whose every line other default cases execute, most of them cases of the same refusal.
ALIKE = {
    "1000000000000 lags",
    "article of commas",
    "article of curly quotation marks",
    "cell of ten million characters",
    "formula: calls a method of a column",
    "formula: evaluates",
    "formula: formats a text within I",
    "formula: has a NUL",
    "formula: imports within I",
    "formula: raises a number without end",
    "formula: repeats a tuple",
    "formula: walks up from a column",
    "formula: writes to a file from numpy",
    "ten thousand events of one day",
}


@contextmanager
def in_time():
    """End what does not end by itself, where the system has an alarm clock."""

    def ring(*_):
        pytest.fail(f"took more than {MOST_SECONDS} s")

    if sys.platform == "win32":
        yield
        return
    clocks = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
    before = {sign: signal.signal(sign, ring) for sign in clocks.values()}
    for clock, seconds in zip(clocks, (MOST_SECONDS, MOST_WAITING), strict=True):
        signal.setitimer(clock, seconds)
    try:
        yield
    finally:
        for clock in clocks:
            signal.setitimer(clock, 0)
        for sign, handler in before.items():
            signal.signal(sign, handler)


def marked():
    """Yield the cases; slow are large ones, and two of three of a kind with dozens of the same, and of the others."""
    seen = Counter()
    for k, case in enumerate(CASES):
        kind = case[0].partition(":")[0]
        seen[kind] += 1
        is_alike = seen[kind] % 3 != 1 if kind in {"folder", "formula"} else k % 3 != 0
        is_slow = case[0] in LARGE | ALIKE or is_alike
        yield pytest.param(case, id=case[0], marks=[pytest.mark.slow] if is_slow else [])


@pytest.mark.parametrize("case", [*marked()])
def test_it_ends_in_plain_words(case, tmp_path, monkeypatch, capsys):
    """A broken input ends with its exit code and a line that names the place, soon, and nothing is half-written."""
    _, files, words, code, said = case
    monkeypatch.chdir(tmp_path)
    for name, content in files.items():
        made = content() if callable(content) else content
        if made is not None:
            (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
            (tmp_path / name).write_bytes(made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass"))
    before = _files(tmp_path)
    with pytest.raises(SystemExit) as ended, in_time():
        main([word[1:-1] if word.startswith("{") else word for word in words])
    streams = capsys.readouterr()
    assert (ended.value.code or 0) == code, streams.err[:500]
    assert re.search(said, streams.out + streams.err), (streams.out + streams.err)[:500]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", streams.out + streams.err)
    if code:
        lines = streams.err.splitlines()
        assert not streams.out
        assert len(lines) - lines[0].startswith("Usage: ") <= 3
        assert all(len(line) < 1200 for line in lines)
    assert _files(tmp_path) == before


def _files(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_corpus_is_large():
    """Each corpus has at least seventy cases, each under a name of its own."""
    for cases in CORPORA.values():
        assert len({case[0] for case in cases}) == len(cases) >= 70
