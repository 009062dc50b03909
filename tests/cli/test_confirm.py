"""Confirming proposals on a pseudo-terminal: the real prompts, the real file after every answer."""

import json
import os
import pty
import select
import signal
import sys
import time
from functools import partial

import pandas as pd
import pytest

from eventstudy import InputError, read_events
from eventstudy.cli.main import main
from eventstudy.events import append_events, read_proposals
from eventstudy.files import locked

EVIDENCE = json.dumps([{"text": "rejected", "start": 5, "end": 13, "rule": "raise: reject*", "weight": 3.0}])


@pytest.fixture
def proposed(tmp_path):
    """An event file with one confirmed and three proposed rows."""
    path = tmp_path / "events.csv"
    pd.DataFrame(
        {
            "id": ["old", "one", "two", "three"],
            "time": ["2022-01-10", "2022-01-25", "2022-01-26", "2022-01-27"],
            "stance": ["hold", "raise", "hold", "fold"],
            "actor": ["USA", "IRN", "USA", "RUS"],
            "headline": ["Talks", "Iran rejected it", "Reply handed over", "Way out named"],
            "status": ["confirmed", "proposed", "proposed", "proposed"],
            "confidence": [1.0, 0.8, 0.1, 0.4],
            "evidence": ["", EVIDENCE, "[]", "[]"],
        }
    ).to_csv(path, index=False)
    return path


def sit_down(words):
    """Run the command as at a terminal, which Ctrl-C interrupts; a job in the background of a shell ignores it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main([*map(str, words)])


def sit_down_strictly(words):
    """Run it where bytes that are no UTF-8 are an error, and no line editor takes them out first."""
    sys.stdin = os.fdopen(os.dup(0), encoding="utf-8")
    sit_down(words)


class Terminal:
    """A process on a pseudo-terminal of its own that is told what to type once it asks."""

    def __init__(self, copy_of_process, *words, sit=sit_down):
        self.process = copy_of_process(partial(sit, words), fork=self._fork)
        self.seen, self.has_ended = "", False

    def _fork(self):
        number, self.master = pty.fork()
        return number

    def wait_for(self, text, seconds=30):
        """Read until a text has come; return all up to its end that was not returned before."""
        until = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < until, self.seen
            if select.select([self.master], [], [], 0.2)[0]:
                self.seen += os.read(self.master, 4096).decode(errors="replace")
        end = self.seen.index(text) + len(text)
        new, self.seen = self.seen[:end], self.seen[end:]
        return new

    def type(self, line):
        """Type a line, a text or bytes of any encoding."""
        os.write(self.master, (line if isinstance(line, bytes) else line.encode()) + b"\n")

    def end(self):
        """Wait for the end and return the exit code."""
        (code,) = self.process.end()
        self.has_ended = True
        return code

    def close(self):
        """End the process, if it has not ended."""
        if not self.has_ended:
            os.kill(self.process.id, signal.SIGKILL)
            self.end()
        os.close(self.master)


@pytest.fixture
def walk(proposed, copy_of_process):
    """Return a walk through the proposals on a pseudo-terminal."""
    terminal = Terminal(copy_of_process, "events", "confirm", proposed)
    yield terminal
    terminal.close()


def test_a_walk_through_the_proposals(proposed, walk):
    """Accepting, editing and rejecting are each in the file before the next question; evidence is kept throughout."""
    shown = walk.wait_for("[q]uit > ")
    assert "1 of 3" in shown
    assert "'rejected': raise: reject*" in shown
    walk.type("a")
    walk.wait_for("2 of 3")
    events = read_events(proposed).set_index("id")
    assert events["status"].tolist() == ["confirmed", "confirmed", "proposed", "proposed"]
    assert events.loc["one", "evidence"] == EVIDENCE
    walk.wait_for("[q]uit > ")
    for line in ("x", "e", "raise", "2022-01-26T21:30", "Europe/Moscow", "", "-", "", ""):
        walk.type(line)
    walk.wait_for("3 of 3")
    event = read_events(proposed).set_index("id").loc["two"]
    assert (event["stance"], event["time"], event["time_zone"]) == ("raise", "2022-01-26T21:30", "Europe/Moscow")
    assert (event["status"], event["precision"], event["published_at"]) == ("confirmed", "minute", "2022-01-26T21:30")
    assert "stance was 'hold'" in event["note"]
    walk.wait_for("[q]uit > ")
    walk.type("r")
    walk.wait_for("2 confirmed (1 of them edited), 1 rejected, 0 still proposed")
    assert walk.end() == 0
    assert read_events(proposed)["id"].tolist() == ["old", "one", "two"]
    assert read_events(proposed.with_name("events.rejected.csv"))["id"].tolist() == ["three"]


@pytest.mark.parametrize(("answer", "code"), [("\x04", 0), ("\x03", 130)], ids=["end of input", "interrupt"])
def test_skip_and_quit_leave_the_file_alone(proposed, walk, answer, code):
    """Skipping goes on to the next; Ctrl-D and Ctrl-C end the walk; the file's bytes stay as they were."""
    before = proposed.read_bytes()
    walk.wait_for("[q]uit > ")
    walk.type("s")
    walk.wait_for("[q]uit > ")
    walk.type(answer)
    walk.wait_for("0 confirmed (0 of them edited), 0 rejected, 3 still proposed")
    if code:
        walk.wait_for("eventstudy: interrupted")
    assert walk.end() == code
    assert proposed.read_bytes() == before


def test_an_interrupt_keeps_what_was_answered(proposed, walk):
    """Ctrl-C after a decision ends with 130; the decision stands in the file."""
    walk.wait_for("[q]uit > ")
    walk.type("a")
    walk.wait_for("[q]uit > ")
    walk.type("\x03")
    walk.wait_for("1 confirmed (0 of them edited), 0 rejected, 2 still proposed")
    assert walk.end() == 130
    assert read_events(proposed)["status"].tolist().count("confirmed") == 2


def test_a_wrong_edit_is_asked_again(proposed, walk):
    """A stance that is none is refused in a line and asked again; nothing is written meanwhile."""
    before = proposed.read_bytes()
    walk.wait_for("[q]uit > ")
    for line in ("e", "rase", *[""] * 6):
        walk.type(line)
    assert "did you mean 'raise'?" in walk.wait_for("edit it, or reject it")
    assert proposed.read_bytes() == before
    walk.wait_for("[q]uit > ")
    walk.type("q")
    walk.wait_for("3 still proposed")
    assert walk.end() == 0


def test_without_a_terminal_it_refuses(proposed, capsys):
    """In a pipe nothing is asked: one plain line, exit code 2."""
    with pytest.raises(SystemExit) as left:
        main(["events", "confirm", str(proposed)])
    assert left.value.code == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert "needs a terminal" in streams.err


def test_json_proposals_without_a_day(tmp_path):
    """A JSON proposal of a month cannot be confirmed before a person gives the day; its evidence stays as it is."""
    path = tmp_path / "found.json"
    rows = [{"time": "2021-12", "stance": "raise", "status": "proposed", "evidence": [{"text": "demanded"}]}]
    path.write_text(json.dumps(rows))
    proposals = read_proposals(path)
    with pytest.raises(InputError, match="is not a time"):
        proposals.accept(0)
    proposals.accept(0, {"time": "2021-12-17"}).save()
    (row,) = json.loads(path.read_text())
    assert (row["time"], row["status"], row["evidence"]) == ("2021-12-17", "confirmed", [{"text": "demanded"}])


def test_somebody_elses_change_is_not_overwritten(proposed):
    """A file that changed under the walk is not written over."""
    proposals = read_proposals(proposed)
    proposed.write_text(proposed.read_text().replace("Iran rejected it", "Iran turned it down"))
    with pytest.raises(InputError, match="changed by somebody else"):
        proposals.reject(1).save()
    assert "turned it down" in proposed.read_text()
    assert not proposals.rejects.exists()


def test_somebody_elses_rejects_are_not_overwritten(proposed):
    """What another has put among the rejects since the walk began stays there, and the row stays in its file."""
    before, first = proposed.read_bytes(), read_proposals(proposed)
    rejects = first.rejects
    rejects.write_text("time,stance,headline\n2022-01-20,raise,Another's\n")
    with pytest.raises(InputError, match=r"^events.rejected.csv was changed by somebody else"):
        first.reject(1).save()
    assert "Another's" in rejects.read_text()
    assert proposed.read_bytes() == before
    again = read_proposals(proposed).reject(1).save().reject(1).save()
    assert read_events(rejects)["headline"].tolist() == ["Another's", "Iran rejected it", "Reply handed over"]
    assert len(again.rows) == 2


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "evidence",
    ['[{"text": "\\u001b[31mred", "rule": "x"}]', "5", "[[1]]", '{"a": 1}', "[" * 9999, "not JSON", [{"text": 1}], 7],
)
def test_evidence_of_any_form_is_shown_in_plain_letters(tmp_path, copy_of_process, evidence):
    """What a file calls evidence may be anything: it is shown, and steers no terminal."""
    path = tmp_path / "found.json"
    row = {
        "time": "2022-01-25",
        "stance": "raise",
        "status": "proposed",
        "headline": "\x1b]0;x\x07 They met",
        "note": [],
    }
    path.write_text(json.dumps([row | {"evidence": evidence}]))
    walk = Terminal(copy_of_process, "events", "confirm", path)
    try:
        shown = walk.wait_for("[q]uit > ")
        walk.type("q")
        walk.wait_for("1 still proposed")
        assert walk.end() == 0
    finally:
        walk.close()
    assert "They met" in shown
    assert "evidence" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("word", ["up", "rase", "rrrr"])
def test_a_stance_that_nobody_knows_is_not_accepted(proposed, word):
    """A word that no other row has for a stance is told before anything is written; capitals do not matter."""
    proposals = read_proposals(proposed)
    with pytest.raises(InputError, match=f"^'{word}' is not a stance; "):
        proposals.accept(1, {"stance": word})
    assert proposals.accept(1, {"stance": "Fold"}).save().rows[1]["status"] == "confirmed"
    assert read_events(proposed)["stance"].tolist() == ["hold", "fold", "hold", "fold"]


def test_keys_of_another_encoding_are_asked_for_again(proposed, copy_of_process):
    """A line that is no UTF-8 is no answer and no value: it is said, and the file stays as it was."""
    before = proposed.read_bytes()
    walk = Terminal(copy_of_process, "events", "confirm", proposed, sit=sit_down_strictly)
    try:
        walk.wait_for("[q]uit > ")
        walk.type(b"\xff\xfe")
        walk.wait_for("[q]uit > ")
        for line in (b"e", *[b""] * 6, b"Ir\xe1n"):
            walk.type(line)
        assert "half a character" in walk.wait_for("edit it, or reject it")
        walk.wait_for("[q]uit > ")
        assert proposed.read_bytes() == before
        walk.type("q")
        walk.wait_for("3 still proposed")
        assert walk.end() == 0
    finally:
        walk.close()


def test_half_a_character_in_json_is_told_and_kept(tmp_path):
    """A row with half a character cannot be accepted; the others can, and what it holds is written as it was."""
    path, half = tmp_path / "found.json", {"\ud800": 1, "headline": "They met"}
    row = {"time": "2022-01-25", "stance": "raise", "status": "proposed", "evidence": []}
    path.write_text(json.dumps([row | half, row]))
    proposals = read_proposals(path)
    with pytest.raises(InputError, match="half a character"):
        proposals.accept(0)
    proposals.accept(1).save().reject(0).save()
    assert [one["status"] for one in json.loads(path.read_text())] == ["confirmed"]
    assert json.loads(proposals.rejects.read_text()) == [row | half]


def test_deciding_waits_for_who_adds(proposed, copy_of_process, tmp_path, monkeypatch):
    """A decision is not written while another adds events: the lock is the one of --append."""
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "cache"))
    before, walk = proposed.read_bytes(), Terminal(copy_of_process, "events", "confirm", proposed)
    try:
        walk.wait_for("[q]uit > ")
        with locked(tmp_path / "cache" / "appending"):
            walk.type("a")
            walk.wait_for("a")
            time.sleep(0.2)
            assert proposed.read_bytes() == before
        walk.wait_for("2 of 3")
        assert read_proposals(proposed).rows[1]["status"] == "confirmed"
        walk.wait_for("[q]uit > ")
        walk.type("q")
        walk.wait_for("2 still proposed")
        assert walk.end() == 0
    finally:
        walk.close()


def test_rows_without_every_column_are_appended(proposed):
    """What a row does not say is empty: it is compared and written as such."""
    known = read_events(proposed)
    rows = [{"time": "2022-02-01", "stance": "raise"}, {"id": "one", "time": "2022-02-02"}]
    events, added = append_events(known, rows, "events.csv")
    assert added == 1
    assert events["time"].tolist()[-1] == "2022-02-01"
