"""What scripts rely on: exit codes, stdout and stderr, bytes."""

import csv
import json
import subprocess
import sys

import jsonschema
import pandas as pd
import pytest

from eventstudy.cli.main import main
from eventstudy.study import envelope_schema

HEAVY = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib", "yfinance", "requests")
COMMANDS = (
    "",
    "demo",
    "run",
    "explain",
    "grid",
    "regress",
    "regress dummies",
    "doctor",
    "sample",
    "match",
    "events",
    "events list",
    "events show",
    "events check",
    "events extract",
    "events confirm",
    "events merge",
    "events import",
    "events import gdelt",
    "events import csv",
    "events import ics",
    "events import rss",
    "events score",
    "brief",
    "series",
    "series list",
    "series show",
    "series fetch",
    "series cache",
    "series cache list",
    "series cache clear",
)


@pytest.fixture
def my_files(tmp_path):
    """A user's own events and prices, whose columns the catalogue does not know."""
    sessions = pd.bdate_range("2021-01-04", periods=300)
    steps = pd.Series(range(300), dtype=float)
    market = 4000 * (1 + 0.01 * (steps * 0.7).map(lambda x: (x * 1.7) % 1 - 0.5)).cumprod()
    share = 100 * (1 + 0.02 * (steps * 0.3).map(lambda x: (x * 2.9) % 1 - 0.5)).cumprod() * market / 4000
    prices = pd.DataFrame({"date": sessions.strftime("%Y-%m-%d"), "abc": share.round(4), "spx": market.round(4)})
    prices.to_csv(tmp_path / "my_prices.csv", index=False)
    events = pd.DataFrame(
        {
            "time": ["2021-10-05", "2021-11-10T09:30", "2021-12-04"],
            "time_zone": ["", "Europe/Moscow", ""],
            "stance": ["raise", "fold", "raise"],
            "headline": ["Troops move", "Talks agreed", "Talks broken off"],
        }
    )
    events.to_csv(tmp_path / "my.csv", index=False)
    return tmp_path


HELPS = """
import contextlib, io, json, sys
from eventstudy.cli.main import main
told = {{}}
for command in {commands!r}:
    with contextlib.redirect_stdout(io.StringIO()) as text:
        try:
            main([*command.split(), "--help"])
        except SystemExit as left:
            assert not left.code
    told[command] = text.getvalue(), sorted(set({heavy!r}) & set(sys.modules))
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def helps():
    """The help of every command in one process, and which heavy libraries were loaded by then."""
    code = HELPS.format(commands=COMMANDS, heavy=HEAVY)
    return json.loads(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_light(command, helps):
    """Help is written without importing any of the heavy libraries."""
    text, loaded = helps[command]
    assert loaded == []
    assert "Example" in text or command in {"", "events", "events import", "series"}


def test_own_files_as_json(call, my_files, capsys):
    """A study of a user's own files and columns comes out as an envelope that its JSON Schema accepts."""
    words = ["run", "--events", my_files / "my.csv", "--prices", my_files / "my_prices.csv", "--model", "market-model"]
    assert call(*words, "--market", "spx", "--estimation", "-130:-11", "--window", "0:1", "--format", "json") == 0
    written = json.loads(capsys.readouterr().out)
    jsonschema.validate(written, envelope_schema(), format_checker=jsonschema.FormatChecker())
    assert written["design"]["regressors"] == ["spx"]
    assert {row["series"] for row in written["tables"]["car"]} == {"abc"}
    # The hour of abc's price is unknown, so news with a clock meets the first session dated after it.
    assert [row["session"] for row in written["tables"]["matches"]] == ["2021-10-05", "2021-11-11", "2021-12-06"]


def test_same_bytes_in_another_process(my_files, monkeypatch, call, capsys, elsewhere):
    """The same inputs and seed give the same bytes, whatever the process and its hash seed."""
    words = ["run", "--events", "my.csv", "--prices", "my_prices.csv", "--format", "json", "--quiet"]
    monkeypatch.chdir(my_files)
    assert call(*words) == 0
    other = elsewhere(*words)
    assert capsys.readouterr().out.encode() == other
    assert other.endswith(b"}\n")


def test_pipe_gets_plain_bytes_and_stderr_the_warnings(call, my_files, capsys):
    """In a pipe a table has no colour or drawn rules, and warnings stay off stdout."""
    assert call("run", "--events", my_files / "my.csv", "--prices", my_files / "my_prices.csv", "--window", "0:1") == 0
    streams = capsys.readouterr()
    assert "\x1b" not in streams.out
    assert not set(streams.out) & set("│─━┃┏")
    assert "!" not in streams.out
    assert streams.err.startswith("! ")


def test_quiet_keeps_stderr_empty(call, my_files, capsys):
    """With --quiet nothing is written to stderr."""
    call("run", "--events", my_files / "my.csv", "--prices", my_files / "my_prices.csv", "--window", "0:1", "--quiet")
    assert capsys.readouterr().err == ""


def test_csv_is_the_table(call, my_files, capsys):
    """CSV on stdout is one table in full precision: averages by stance, CARs by event."""
    words = ["run", "--events", my_files / "my.csv", "--prices", my_files / "my_prices.csv", "--format", "csv"]
    call(*words, "--by", "stance")
    assert capsys.readouterr().out.splitlines()[0].startswith("series,stance,window,unit,n,n_events,n_set_aside")
    call(*words, "--by", "event")
    assert capsys.readouterr().out.splitlines()[0].startswith("event_id,series,window,market_event,net_stance")


def test_result_folder(call, my_files, capsys):
    """--out writes the envelope and a CSV a table, and the CSVs hold the envelope's figures."""
    out = my_files / "result"
    call(
        "run", "--events", my_files / "my.csv", "--prices", my_files / "my_prices.csv", "--window", "0:1", "--out", out
    )
    tables = {"matches", "fits", "abnormal", "car", "average", "aar", "tests"}
    beside = {"study.json", "design.toml", "inputs", "SHA256SUMS"}
    assert {path.name for path in out.iterdir()} == {*beside, *(f"{name}.csv" for name in tables)}
    study = json.loads((out / "study.json").read_text())
    for name in tables:
        with (out / f"{name}.csv").open(newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert len(rows) == len(study["tables"][name])
        assert list(rows[0]) == list(study["tables"][name][0])
        for row, expected in zip(rows, study["tables"][name], strict=True):
            assert {key: float(row[key]) for key in row if isinstance(expected[key], float)} == {
                key: value for key, value in expected.items() if isinstance(value, float)
            }
    capsys.readouterr()


BAD_EVENTS = {
    "missing column": ("who,stance\n2021-10-05,raise\n", ["bad.csv", "no column 'time'"], 2),
    "unknown zone": (
        "time,time_zone,stance\n2021-10-05T10:00,Europe/Moskow,raise\n",
        ["row 2", "time_zone", "Moscow'"],
        2,
    ),
    "clock without a zone": ("time,stance\n2021-10-05T10:00,raise\n", ["row 2", "column time", "no zone"], 2),
    "duplicate id": ("id,time,stance\nx,2021-10-05,raise\nx,2021-10-06,fold\n", ["row 3", "column id", "row 2"], 2),
    "unknown stance": ("time,stance\n2021-10-05,raise\n2021-10-06,rase\n", ["row 3", "column stance", "'raise'?"], 2),
    "outside the sample": ("time,stance\n2031-10-05,raise\n", ["after-sample", "ends 2022-02-25"], 3),
    "too early": ("time,stance\n2021-01-15,raise\n", ["few-observations", "which begins 2021-01-04"], 3),
}


@pytest.mark.parametrize("name", sorted(BAD_EVENTS))
def test_bad_events_are_one_clear_message(call, name, my_files, capsys):
    """A bad events file is one or two plain lines naming file, row and column; nothing is written."""
    content, words, code = BAD_EVENTS[name]
    (my_files / "bad.csv").write_text(content)
    out = my_files / "result"
    got = call("run", "--events", my_files / "bad.csv", "--prices", my_files / "my_prices.csv", "--out", out)
    streams = capsys.readouterr()
    assert got == code
    assert streams.out == ""
    assert not out.exists()
    said = [line for line in streams.err.splitlines() if not line.startswith("! ")]  # notes on the files apart
    assert 1 <= len(said) <= 2
    assert all(word in streams.err for word in words), streams.err


BAD_PRICES = {
    "text for a price": (
        lambda lines: [*lines[:4], "2021-01-07,abc,4000.0", *lines[5:]],
        ["row 5", "column abc", "'abc'"],
    ),
    "dates out of order": (
        lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]],
        ["row 6", "column date", "sort"],
    ),
    "date twice": (lambda lines: [*lines[:4], lines[3] + "1", *lines[4:]], ["row 5", "column date", "twice"]),
    "no date": (
        lambda lines: ["when,abc,spx", *(f"x{one}" for one in lines[1:])],
        ["no date column", "when, abc, spx"],
    ),
}


@pytest.mark.parametrize("name", sorted(BAD_PRICES))
def test_bad_prices_are_one_clear_message(call, name, my_files, capsys):
    """A bad price file is one or two plain lines naming file, row and column, exit code 2; nothing is written."""
    spoil, words = BAD_PRICES[name]
    lines = (my_files / "my_prices.csv").read_text().splitlines()
    (my_files / "bad.csv").write_text("\n".join(spoil(lines)) + "\n")
    out = my_files / "result"
    got = call("run", "--events", my_files / "my.csv", "--prices", my_files / "bad.csv", "--out", out)
    streams = capsys.readouterr()
    assert (got, streams.out, out.exists()) == (2, "", False)
    assert 1 <= len(streams.err.splitlines()) <= 2
    assert all(word in streams.err for word in ["bad.csv", *words]), streams.err


WRONG_WORDS = {
    "no events": (["run"], "--case", 2),
    "no prices": (["run", "--events", "my.csv"], "--prices", 2),
    "no file": (["run", "--events", "nope.csv", "--prices", "my_prices.csv"], "nope.csv", 4),
    "unknown case": (["run", "--case", "crimea-2015"], "did you mean 'crimea-2014'?", 2),
    "unknown model": (["run", "--case", "crimea-2014", "--model", "market-modl"], "did you mean 'market-model'?", 2),
    "unknown test": (
        ["run", "--case", "crimea-2014", "--tests", "cross_section"],
        "did you mean 'cross_section_t'?",
        2,
    ),
    "bad window": (["run", "--case", "crimea-2014", "--window", "1"], "not a window", 2),
    "market unused": (["run", "--case", "crimea-2014", "--market", "sp500"], "does not use a market", 2),
    "unknown series": (["run", "--case", "crimea-2014", "--series", "rubel"], "did you mean 'ruble'?", 2),
    "series not in the case": (["run", "--case", "crimea-2014", "--series", "shekel"], "no figures for 'shekel'", 4),
    "unknown option": (["run", "--evnts", "my.csv"], "--evnts", 2),
    "unknown command": (["rnu"], "rnu", 2),
    "unknown format": (["run", "--case", "crimea-2014", "--format", "xml"], "xml", 2),
}


@pytest.mark.parametrize("name", sorted(WRONG_WORDS))
def test_wrong_usage(call, name, my_files, capsys, monkeypatch):
    """Wrong usage leaves with its exit code, says what would be right on stderr and nothing on stdout."""
    monkeypatch.chdir(my_files)
    words, hint, code = WRONG_WORDS[name]
    assert call(*words) == code
    streams = capsys.readouterr()
    assert streams.out == ""
    assert hint in streams.err
    assert "Traceback" not in streams.err


def test_defect_is_not_hidden(monkeypatch):
    """An exception that is no user's mistake keeps its traceback."""

    def broken(*_, **__):
        raise RuntimeError("ours")

    monkeypatch.setattr("eventstudy.cases.load_case", broken)
    with pytest.raises(RuntimeError, match="ours"):
        main(["run", "--case", "crimea-2014"])


@pytest.mark.slow
def test_closed_pipe_is_no_error():
    """A reader that goes away early (`| head`) is no error and leaves no message."""
    words = f"{sys.executable} -m eventstudy.cli run --case raise-or-fold-2022 --by event --quiet | head -2"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", words], capture_output=True, text=True, check=False)
    assert done.stderr == ""


def test_version(call, capsys):
    """--version prints name and version."""
    assert call("--version") == 0
    assert capsys.readouterr().out.startswith("eventstudy ")


def test_a_study_whose_every_row_is_empty_ends_with_3(call, capsys):
    """Where every window spans a closure the tables are written, and the exit code says that nothing was usable."""
    got = call("run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:60", "-q")
    streams = capsys.readouterr()
    assert (got, streams.err.startswith("eventstudy: no market event stands in a mean")) == (3, True)
    assert "no event stands in a mean" in " ".join(streams.out.split())
