"""`eventstudy signals` and `eventstudy backtest`."""

import io
import json
import subprocess
import sys

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from eventstudy.trading import trading_schema

SIGNALS = ["signals", "--case", "crimea-2014", "--series", "ruble,wti", "--hold", "3", "--draws", "19"]
BACKTEST = ["backtest", "--case", "raise-or-fold-2022", "--series", "imoex,ruble", "--rule", "raise=short,fold=long",
            "--calendars", "30"]  # fmt: skip


@pytest.fixture
def out_of(output):
    """Return what a command that succeeds writes to stdout."""

    def run(*words):
        code, out, err = output(*words, "--quiet")
        assert (code, err) == (0, "")
        return out

    return run


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("signals", SIGNALS),
        ("backtest", BACKTEST),
        ("backtest", [*BACKTEST, "--hold", "1,3", "--sizing", "volatility", "--fee", "5,imoex=9"]),
        ("backtest", [*BACKTEST[:-1], "0", "--hold", "none"]),
    ],
    ids=["signals", "backtest", "search", "until opposite"],
)
def test_json_keeps_its_schema(kind, words, out_of):
    """The JSON of both commands is what their schemas say."""
    Draft202012Validator(trading_schema(kind)).validate(json.loads(out_of(*words, "--format", "json")))


@pytest.mark.parametrize("kind", ["signals", "backtest"])
def test_schemas_are_in_order(kind):
    """The schemas are valid schemas."""
    rules = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    assert rules.is_valid(trading_schema(kind))
    assert not rules.is_valid(trading_schema(kind) | {"required": "kind"})


@pytest.mark.slow
def test_csv_and_json_say_the_same(out_of):
    """The CSV of the signals is the table of the JSON, row by row."""
    rows = json.loads(out_of(*SIGNALS, "--format", "json"))["tables"]["signals"]
    cells = pd.read_csv(io.StringIO(out_of(*SIGNALS, "--format", "csv")))
    assert len(cells) == len(rows)
    assert cells["direction"].tolist() == [row["direction"] for row in rows]
    assert cells["n_apart"].tolist() == [row["n_apart"] for row in rows]
    assert cells["exit_session"].dropna().tolist() == [row["exit_session"] for row in rows if row["exit_session"]]


def test_parquet_keeps_dates(call, capfdbinary):
    """Parquet has the rows of the signals, with dates and instants as such."""
    assert call(*SIGNALS, "--quiet", "--format", "parquet") == 0
    table = pd.read_parquet(io.BytesIO(capfdbinary.readouterr().out))
    assert len(table) > 0
    assert {table[name].dtype.kind for name in ("exit_session", "tradable_from", "published_at")} == {"M"}


def test_the_folder_has_the_frames(out_of, call, tmp_path, capsys):
    """--out writes the table, the JSON and every frame on one price index; --frame prints the same frame."""
    assert call(*SIGNALS, "--quiet", "--out", str(tmp_path)) == 0
    capsys.readouterr()
    frames = {path.stem: pd.read_csv(path) for path in tmp_path.glob("*.csv") if path.stem != "signals"}
    assert set(frames) == {"prices", "entries", "exits", "short_entries", "short_exits", "weights"}
    assert len({tuple(frame["session"]) for frame in frames.values()}) == 1
    assert frames["entries"]["ruble"].dtype == bool
    shown = out_of(*SIGNALS, "--frame", "short-entries", "--format", "csv")
    assert shown == (tmp_path / "short_entries.csv").read_text()
    assert frames["short_entries"].drop(columns="session").to_numpy().any()


def test_the_screen_says_what_matters(out_of):
    """The backtest's screen has the trade that waited, the Sharpe ratio with its error, the market, the placebo."""
    screen = out_of(*BACKTEST, "--hold", "3")
    for words in (
        "due 02 Mar, market shut",
        "Sharpe ratio a year (s.e.)",
        "buy and hold",
        "30 other calendars",
        "p = ",
    ):
        assert words in screen
    assert screen.index("Sharpe ratio") < screen.index("due 02 Mar")  # the answer first
    assert "Deflated Sharpe ratio" in out_of(*BACKTEST, "--hold", "1,3")


def test_signals_screen_says_why_not(out_of):
    """Without --all the screen says how many events have no signal; with it each has its reason."""
    assert "have no signal" in out_of(*SIGNALS)
    assert "few-events: 0 known, 5 asked for" in out_of(*SIGNALS, "--all")


WRONG = {
    "hold": ([*BACKTEST, "--hold", "x"], "--hold x", 2),
    "side": (["backtest", "--case", "crimea-2014", "--rule", "raise=shrt"], "did you mean 'short'?", 2),
    "fee": ([*BACKTEST, "--fee", "a"], "basis points", 2),
    "trials": ([*BACKTEST, "--table", "trials", "--format", "csv"], "--hold 1,3,5", 2),
    "level": (["backtest", "--case", "crimea-2014", "--series", "vix", "--rule", "raise=long"], "nobody can own", 2),
    "no position": (["backtest", "--case", "crimea-2014", "--min-events", "40"], "no position", 3),
    "no events": (["signals"], "--case", 2),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage(call, name, capsys):
    """Wrong usage leaves with its exit code, a hint on stderr and nothing on stdout."""
    words, hint, code = WRONG[name]
    assert call(*words) == code
    streams = capsys.readouterr()
    assert streams.out == ""
    assert hint in streams.err


def test_a_wrong_table_writes_nothing(call, tmp_path, capsys):
    """Trials of a single rule are refused before anything is computed and written."""
    words = [*BACKTEST, "--table", "trials", "--format", "csv", "--out", str(tmp_path / "out")]
    assert call(*words) == 2
    assert "--hold 1,3,5" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_same_bytes_whatever_the_hash_seed():
    """Two processes with different hash seeds write the same bytes."""
    texts = {
        subprocess.run(
            [sys.executable, "-m", "eventstudy.cli", *words, "--format", "json", "--quiet"],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
        for words in (BACKTEST,)
    }
    assert len(texts) == 1
