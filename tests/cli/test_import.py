"""Imports and merges as a script sees them: exit codes, streams, files."""

import json
import zipfile
from pathlib import Path
from runpy import run_path

import pandas as pd
import pytest

from eventstudy import read_events

MAKING = run_path(str(Path(__file__).parents[1] / "events" / "gdelt" / "making.py"))


@pytest.fixture
def export(tmp_path):
    """Write a zipped GDELT file: two threats, a truce, and a broken row."""
    rows = [MAKING["row"](2, NumMentions="80")] * 2 + [MAKING["row"](2, EventCode="0871", NumMentions="150")]
    path = tmp_path / "20220127143000.export.CSV.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20220127143000.export.CSV", "".join([*rows, "a\tRUS\tbroken\n"]))
    return path


def test_gdelt_to_json(call, export, capsys):
    """JSON is a list of events; with --all also what was too quiet and the counts; stderr accounts for every row."""
    assert call("events", "import", "gdelt", export, "--pair", "RUS:USA", "--format", "json") == 0
    streams = capsys.readouterr()
    rows = json.loads(streams.out)
    assert [(row["stance"], row["mentions"], row["status"]) for row in rows] == [
        ("fold", 150, "proposed"), ("raise", 160, "proposed"),
    ]  # fmt: skip
    assert "4 rows in 1 file, 3 match: 2 events" in streams.err
    assert "1 broken rows left out: 1 not 61 columns" in streams.err
    assert call("events", "import", "gdelt", export, "--salience", "155", "--format", "json", "--all", "--quiet") == 0
    streams = capsys.readouterr()
    everything = json.loads(streams.out)
    assert everything["counts"]["broken"] == {"not 61 columns": 1}
    assert [one["reason"] for one in everything["set_aside"]] == ["fewer than 155 mentions"]
    assert streams.err == ""


@pytest.mark.parametrize("name", ["news.zip", "news.tsv", "news.csv"])
def test_gdelt_is_known_by_its_rows(call, tmp_path, capsys, name):
    """Under any name, with a header or without, rows of GDELT are counted, and are no events of their own."""
    rows, file = [MAKING["row"](2, NumMentions="80")] * 2, tmp_path / name
    file.write_text("".join(rows))
    if name == "news.zip":
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("rows.csv", "".join(rows))
    elif name == "news.csv":
        head = "SQLDATE,Actor1CountryCode,Actor2CountryCode,EventCode,GoldsteinScale,NumMentions"
        file.write_text(f"{head}\n20220127,RUS,USA,130,-4.4,160\n")
    assert call("events", "import", file, "--format", "json") == 0
    assert [(row["stance"], row["mentions"]) for row in json.loads(capsys.readouterr().out)] == [("raise", 160)]
    assert call("events", "check", file) == 2
    assert f"eventstudy events import gdelt {file}" in capsys.readouterr().err


def test_gdelt_appends_once(call, export, tmp_path, capsys):
    """Events go behind those of a file as proposed rows with their evidence; a second run adds none."""
    path = tmp_path / "events.csv"
    for _ in range(2):
        assert call("events", "import", "gdelt", export, "--append", path) == 0
    assert "0 proposed events added, 2 were there already" in capsys.readouterr().err
    events = read_events(path)
    assert events["id"].tolist() == ["gdelt-2022-01-27-rus-usa-fold", "gdelt-2022-01-27-rus-usa-raise"]
    assert json.loads(events.loc[1, "evidence"]) == [{"code": "13", "act": "threaten", "mentions": 160}]
    assert events.loc[0, "published_at"] == "2022-01-27T14:30:00+00:00"


@pytest.mark.parametrize("bytes_kept", [30, -20])
def test_a_cut_off_zip_leaves_nothing_behind(call, export, tmp_path, capsys, bytes_kept):
    """A cut-off zip among good files ends in exit code 2, one line, no output and no file."""
    cut = tmp_path / "cut.zip"
    cut.write_bytes(export.read_bytes()[:bytes_kept])
    for workers in ("1", "2"):
        words = ("events", "import", "gdelt", export, cut, "--workers", workers, "--append", tmp_path / "out.csv")
        assert call(*words) == 2
        streams = capsys.readouterr()
        assert streams.out == ""
        assert streams.err.count("\n") == 1
        assert "cut.zip is a damaged or cut-off zip" in streams.err
    assert not (tmp_path / "out.csv").exists()


def test_csv_and_merge(call, tmp_path, capsys):
    """A table imported twice with another stance merges into one file; --strict refuses and writes nothing."""
    table = tmp_path / "mine.csv"
    table.write_text("Day,Title,who\n2022-01-27,They rejected it,RUS\n")
    words = ("events", "import", "csv", table, "--map", "time=Day", "--map", "headline=Title", "--map", "actor=who")
    assert call(*words, "--set", "kind=statement", "--read-headlines", "--append", tmp_path / "a.csv") == 0
    assert call(*words, "--set", "kind=statement", "--set", "stance=fold", "--append", tmp_path / "b.csv") == 0
    assert "They rejected it" in capsys.readouterr().out
    merge = ("events", "merge", tmp_path / "a.csv", tmp_path / "b.csv")
    assert call(*merge, "--out", tmp_path / "all.csv", "--strict") == 6
    assert not (tmp_path / "all.csv").exists()
    capsys.readouterr()
    assert call(*merge, "--out", tmp_path / "all.csv", "--format", "json") == 0
    streams = capsys.readouterr()
    told = {(row["reason"], row["column"]) for row in json.loads(streams.out)["conflicts"]}
    assert ("same id", "stance") in told
    assert "the former is kept" in streams.err
    assert read_events(tmp_path / "all.csv")["stance"].tolist() == ["fold"]


def test_wrong_words_are_refused(call, tmp_path, capsys):
    """A map that is no pair, a file merged with itself and a bad filter are told in a line, exit code 2."""
    table = tmp_path / "mine.csv"
    table.write_text("time,stance\n2022-01-27,raise\n")
    for words, message in (
        (("events", "import", "csv", table, "--map", "time"), "write --map headline=Title"),
        (("events", "import", "csv", table, "--map", "time=a", "--map", "time=b"), "names 'time' twice"),
        (("events", "merge", table, table), f"'{table}' stands there twice; leave one of them out"),
        (("events", "import", "gdelt", table, "--quad", "x"), "write 3,4"),
    ):
        assert call(*words) == 2
        assert message in capsys.readouterr().err


def test_the_ending_says_how_events_are_written(call, tmp_path, capsys):
    """Events written under the ending of Parquet are Parquet, and read back as those of the CSV."""
    (tmp_path / "mine.csv").write_text("time,stance\n2014-03-01,raise\n2014-03-05,fold\n", encoding="utf-8")
    for name in ("out.csv", "out.parquet"):
        assert call("events", "import", tmp_path / "mine.csv", "--out", tmp_path / name, "--quiet") == 0
    capsys.readouterr()
    assert (tmp_path / "out.parquet").read_bytes().startswith(b"PAR1")
    pd.testing.assert_frame_equal(read_events(tmp_path / "out.parquet"), read_events(tmp_path / "out.csv"))
