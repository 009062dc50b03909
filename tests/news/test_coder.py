import csv
import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO

import pytest

from eventstudy import InputError
from eventstudy.cli.main import main
from eventstudy.news import code_stance, code_stances, read_coder, score_stance

TRUCE, TANKS = "They signed a truce.", "Tanks crossed the border."
SCRIPT = """
import json, sys
for line in sys.stdin:
    one = json.loads(line)
    print(json.dumps({"id": one["id"], **%s(one["text"])}))
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Keep answers in a folder of the test's own."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_args, **_kwargs: tmp_path / "cache")


def command(tmp_path, answer):
    """Return the spec of a command that answers by this expression of `text`."""
    path = tmp_path / "coder.py"
    path.write_text(SCRIPT % f"(lambda text: {answer})")
    return f"cmd: {sys.executable} {path}"


@pytest.fixture
def server():
    """Serve chat completions on the loopback; `content` is what the model says, `asked` what it was asked."""

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True  # else a body waits until its head is acknowledged, 40 ms
        content, status, asked, silent = '{"label": "fold", "quote": "truce", "confidence": 0.9}', 200, [], False

        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            type(self).asked.append((self.path, body))
            if self.silent:
                self.connection.recv(1)  # until the client has gone
                return
            self.send_response(self.status)
            self.end_headers()
            self.wfile.write(json.dumps({"choices": [{"message": {"content": self.content}}]}).encode())

        def log_message(self, *_args):
            pass

    Handler.asked = []
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield Handler, f"http://127.0.0.1:{running.server_port}/v1"
    running.shutdown()
    running.server_close()


def test_a_command_answers(tmp_path):
    """Its label, quote and confidence are the reading; where the bundled coder disagrees, the note says so."""
    coder = read_coder(command(tmp_path, '{"label": "raise", "quote": text[:5], "confidence": 0.8}'))
    agreed, other = code_stances([TANKS, TRUCE], coder=coder)
    assert (agreed.label, agreed.confidence, agreed.note) == ("raise", 0.8, "")
    assert [(one.text, one.start, one.end, one.stance) for one in agreed.evidence] == [("Tanks", 0, 5, "raise")]
    assert other.label == "raise"
    assert "says raise, the bundled coder fold" in other.note


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"label": "raise", "quote": "missiles"}', "quotes what the text does not say"),
        ('{"label": "raise"}', "gave no quote"),
        ('{"label": "war", "quote": "Tanks"}', "gave no label"),
        ('{"label": "raise", "quote": "Tanks", "confidence": 7}', "confidence of 7"),
        ('{"label": ["raise"], "quote": "Tanks"}', "gave no label"),
        ('{"label": "raise", "quote": ["Tanks"]}', "quotes what the text does not say"),
    ],
)
def test_a_wrong_answer_is_void(tmp_path, answer, why):
    """A quote that is not in the text voids the answer; so do other slips. Void counts as wrong in a score."""
    coder = read_coder(command(tmp_path, answer))
    reading = code_stance(TANKS, coder=coder)
    assert (reading.label, reading.confidence, reading.evidence) == ("none", 0.0, ())
    assert reading.note.startswith("void:")
    assert why in reading.note
    assert "the bundled coder says raise" in reading.note
    assert score_stance([TANKS], ["none"], coder=coder).accuracy == 0


def test_none_needs_no_quote(tmp_path):
    """'none' is an answer."""
    reading = code_stance(TANKS, coder=read_coder(command(tmp_path, '{"label": "none"}')))
    assert (reading.label, reading.confidence) == ("none", 0.75)
    assert "void" not in reading.note


def test_rubbish_silence_and_no_such_command(tmp_path):
    """A command that writes rubbish, takes too long or is not there is told from one that answers."""
    path = tmp_path / "rubbish.py"
    path.write_text("print('hello')\nprint('[1, 2]')\nraise SystemExit(3)\n")
    assert (
        "no answer in JSON (exit code 3)" in code_stance(TANKS, coder=read_coder(f"cmd: {sys.executable} {path}")).note
    )
    path.write_text("import time\ntime.sleep(60)\n")
    slow = read_coder(f"cmd: {sys.executable} {path}", timeout=0.2)
    assert "no answer within 0.2 s" in code_stance(TANKS, coder=slow).note
    with pytest.raises(InputError, match="'no-such-coder' cannot be run"):
        code_stance(TANKS, coder=read_coder("cmd: no-such-coder"))


def test_a_command_that_writes_without_end_or_leaves_a_child(tmp_path):
    """What it writes is bounded, whatever it begins is ended with it, and a failed command answers nothing."""
    path = tmp_path / "odd.py"
    path.write_text("while True:\n    print('x' * 10000)\n")
    odd = read_coder(f"cmd: {sys.executable} {path}", timeout=30)
    assert "wrote more than 1,0" in code_stance(TANKS, coder=odd).note
    answer = '{"id": 0, "label": "none"}'
    path.write_text(f"import subprocess\nsubprocess.Popen(['sleep', '1000.{os.getpid()}'])\nprint('{answer}')\n")
    odd = read_coder(f"cmd: {sys.executable} {path}", timeout=1.5)
    assert code_stance(TANKS, coder=odd).confidence == 0.75
    found = subprocess.run(["pgrep", "-f", f"sleep 1000.{os.getpid()}"], capture_output=True, check=False)
    assert not found.stdout
    path.write_text(f"print('{answer}')\nraise SystemExit(1)\n")
    assert "exit code 1" in code_stance(TRUCE, coder=read_coder(f"cmd: {sys.executable} {path}")).note


def test_kept_answers_are_those_of_this_program(tmp_path):
    """A program that changes is asked again, and an answer that was changed in its file counts for nothing."""
    for label in ("raise", "hold"):
        coder = read_coder(command(tmp_path, f'{{"label": "{label}", "quote": "Tanks"}}'))
        assert code_stance(TANKS, coder=coder).label == label
    for path in (tmp_path / "cache").rglob("*.json"):
        path.write_text(path.read_text().replace('"hold"', '"fold"'))
    assert code_stance(TANKS, coder=coder).label == "hold"


def test_kept_answers_are_those_of_this_address(server):
    """Two models behind one host are two."""
    handler, address = server
    for way in ("/a", "/b"):
        assert code_stance(TRUCE, coder=read_coder(address + way, model="small")).label == "fold"
    assert [path for path, _ in handler.asked] == ["/v1/a/chat/completions", "/v1/b/chat/completions"]


def test_an_address_that_is_silent_is_asked_thrice(server, monkeypatch):
    """A file of sentences does not wait for each of them."""
    handler, address = server
    monkeypatch.setattr(handler, "silent", True)
    texts = [f"Tanks crossed the border {k} times." for k in range(20)]
    begin = time.monotonic()
    read = code_stances(texts, coder=read_coder(address, model="small", timeout=0.3))
    assert time.monotonic() - begin < 4
    assert {one.note.partition(";")[0].partition("gave")[2] for one in read} == {" no answer within 0.3 s"}


@pytest.mark.parametrize("command", [["brief"], ["events", "extract"], ["events", "score"]], ids=" ".join)
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--model", "market-model"], "--model is said of a coder of your own: name it with --coder"),
        (["--allow-remote"], "--allow-remote is said of a coder of your own"),
        (["--coder", "cmd: my-coder", "--model", "small"], "--model small is said of an address"),
    ],
    ids=["model", "remote", "command"],
)
def test_what_is_said_of_no_coder_is_refused(command, words, told, tmp_path, capsys):
    """A model of returns asked of `brief`, and any other name, is no word that is silently left aside."""
    (tmp_path / "l.csv").write_text(f"text,label\n{TANKS},raise\n{TRUCE},fold\n")
    with pytest.raises(SystemExit) as left:
        main([*command, str(tmp_path / "l.csv"), *words])
    said = capsys.readouterr()
    assert (left.value.code, said.out, said.err.count("\n")) == (2, "", 1)
    assert told in said.err


def test_a_score_says_how_many_answers_count_for_nothing(tmp_path, capsys):
    """An accuracy of 0 without a word would be taken for the coder's."""
    (tmp_path / "l.csv").write_text(f"text,label\n{TANKS},raise\n{TRUCE},fold\n")
    with pytest.raises(SystemExit):
        main(["events", "score", str(tmp_path / "l.csv"), "--coder", f"cmd: {sys.executable} -c 'raise SystemExit(3)'"])
    said = capsys.readouterr().err
    assert "2 of 2 answers count for nothing; the first void:" in said
    assert "exit code 3" in said


def test_a_model_on_the_loopback_answers_once(server):
    """The endpoint is asked in the form of chat completions, and not again for the same text."""
    handler, address = server
    coder = read_coder(address, model="small")
    for _ in range(2):
        reading = code_stance(TRUCE, coder=coder)
        assert (reading.label, reading.confidence, reading.evidence[0].text) == ("fold", 0.9, "truce")
    ((path, body),) = handler.asked
    assert path == "/v1/chat/completions"
    assert body["model"] == "small"
    assert body["messages"][-1] == {"role": "user", "content": TRUCE}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"content": "I think it is a fold."}, "gave no answer in JSON"),
        ({"content": '```{"label": "fold", "quote": "war"}```'}, "quotes what the text does not say: 'war'"),
        ({"status": 500}, "answered with HTTP 500"),
        ({"status": 302}, "answered with HTTP 302"),
        pytest.param({"silent": True}, "no answer within 1 s", marks=pytest.mark.slow),
    ],
)
def test_a_model_that_fails_is_void_and_asked_again(server, monkeypatch, change, why):
    """What went wrong is said and not kept."""
    handler, address = server
    coder = read_coder(address, model="small", timeout=1)
    with monkeypatch.context() as patch:
        for name, value in change.items():
            patch.setattr(handler, name, value)
        assert why in code_stance(TRUCE, coder=coder).note
    assert code_stance(TRUCE, coder=coder).label == "fold"


def test_nobody_listens():
    """An address at which nobody listens cannot be reached."""
    reading = code_stance(TRUCE, coder=read_coder("http://127.0.0.1:9/v1", model="small", timeout=2))
    assert "cannot be reached" in reading.note


@pytest.mark.parametrize(
    ("spec", "options", "message"),
    [
        ("http://example.org/v1", {"model": "m"}, "not on this machine.*--allow-remote"),
        ("http://127.0.0.1.example.org/v1", {"model": "m"}, "not on this machine"),
        ("http://127.0.0.1:80/v1", {}, "needs the name of its model; add --model"),
        ("cmd:", {}, "names no command"),
        ("ftp://x", {}, "is neither"),
        ("http://192.0.2.2:80\\@127.0.0.1/v1", {"model": "m"}, "is neither"),
        ("http://me@127.0.0.1/v1", {"model": "m"}, "is neither"),
        ("http://127.0.0.1\t.example.org/v1", {"model": "m"}, "is neither"),
    ],
)
def test_a_wrong_spec_is_refused(spec, options, message):
    """No text leaves the machine unless its user says so."""
    with pytest.raises(InputError, match=message):
        read_coder(spec, **options)
    assert read_coder("http://example.org/v1", model="m", allow_remote=True).name == "m at example.org"
    assert read_coder("http://[::1]:80/v1", model="m").name == "m at [::1]:80"


def test_articles_show_where_coders_differ(tmp_path, capsys):
    """Of an article the coder decides, a disagreement is said; what it answers void is set aside."""
    article = tmp_path / "a.txt"
    article.write_text("Russia rejected the offer on Tuesday. Iran accepted the offer on Wednesday.\n")
    spec = command(tmp_path, '{"label": "fold", "quote": "rejected" if "rejected" in text else "no such words"}')
    with pytest.raises(SystemExit) as ended:
        main(["events", "extract", str(article), "--published", "2022-01-27", "--coder", spec, "--format", "csv"])
    streams = capsys.readouterr()
    assert not ended.value.code
    assert [row["stance"] for row in csv.DictReader(StringIO(streams.out))] == ["fold"]
    assert "the coders differ on 1 of 1 events" in streams.err
    assert "says fold, the bundled coder raise" in streams.err
    assert "1 passages set aside: the coder gave no answer that counts" in streams.err


def test_a_brief_asks_the_coder_too(tmp_path, capsys):
    """The brief takes a coder and a list of headlines."""
    lines = tmp_path / "lines.txt"
    lines.write_text("Russia rejects offer\nIran recalls envoy\n")
    spec = command(tmp_path, '{"label": "fold", "quote": text.strip()[:4]}')
    with pytest.raises(SystemExit) as ended:
        main(["brief", str(lines), "--published", "2022-03-27", "--headlines", "--coder", spec, "--case", "crimea-2014",
              "--series", "ruble", "--window", "0:0", "--format", "json"])  # fmt: skip
    streams = capsys.readouterr()
    assert not ended.value.code
    told = json.loads(streams.out)
    assert {row["stance"] for row in told["happened"]} == {"fold"}
    assert "the coders differ on 2 of 2 events" in streams.err
