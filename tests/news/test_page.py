"""The page on news tells the truth: its commands end well, its Python runs."""

import re
import shlex
import shutil
import zipfile
from pathlib import Path
from runpy import run_path

import pytest

from eventstudy.cli.main import main

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "news.md").read_text(encoding="utf-8")
COMMANDS = [
    re.sub(r"\s+#.*", "", line)
    for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
HTML = """<!DOCTYPE html><html><head><meta property="article:published_time" content="2018-04-06T18:00:00Z"></head>
<body><article>{paragraphs}</article></body></html>"""
MEETING = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Talks\nDTSTART:20220110T090000\nEND:VEVENT\nEND:VCALENDAR\n"
FEED = (
    "<rss version='2.0'><channel><title>W</title><item><title>Talks resume</title>"
    "<pubDate>Thu, 27 Jan 2022 12:30:00 +0300</pubDate></item></channel></rss>"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the page names."""
    wire = HERE / "articles" / "wire-sanctions.txt"
    for name in ("article.txt", "a.txt", "b.txt"):
        shutil.copy(wire, tmp_path / name)
    paragraphs = "".join(f"<p>{line}</p>" for line in wire.read_text(encoding="utf-8").splitlines() if line)
    (tmp_path / "page.html").write_text(HTML.format(paragraphs=paragraphs), encoding="utf-8")
    (tmp_path / "headlines.txt").write_text("Iran rejects offer\nKyiv recalls envoy from Minsk\n")
    shutil.copy(HERE / "labelled" / "held-back.csv", tmp_path / "labelled.csv")
    row = run_path(str(HERE.parent / "events" / "gdelt" / "making.py"))["row"]
    with zipfile.ZipFile(tmp_path / "20220127143000.export.CSV.zip", "w") as archive:
        archive.writestr("20220127143000.export.CSV", row(2, NumMentions="60"))
    (tmp_path / "mine.csv").write_text("Date,Title\n27.01.2022,Talks resume\n")
    (tmp_path / "meetings.ics").write_text(MEETING)
    (tmp_path / "feed.xml").write_text(FEED)
    for name in ("events.csv", "yours.csv"):
        (tmp_path / name).write_text("time,stance,headline\n2022-01-27,raise,They rejected it\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_end_well(folder, command, capsys):
    """Every command of the page ends with exit code 0; only confirming, which needs a terminal, with 2. The brief has
    tests of its own.
    """
    if " brief " in command:
        command += " --series ruble --case crimea-2014 --window 0:0"
    if "page.html" in command:
        pytest.importorskip("trafilatura")
    with pytest.raises(SystemExit) as left:
        main(shlex.split(command)[1:])
    streams = capsys.readouterr()
    assert (left.value.code or 0) == (2 if " confirm " in command else 0), streams.err
    assert streams.out or " confirm " in command
    assert folder.is_dir()


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_python_runs(folder, block):
    """The Python of the page runs."""
    exec(compile(block, "news.md", "exec"), {"text": (folder / "article.txt").read_text()})  # noqa: S102  # our own
    assert len(COMMANDS) >= 10
