"""The design file in a result folder runs by itself and gives the very tables of the folder."""

import shutil

import numpy as np
import pandas as pd
import pytest


def prices(path):
    """Write two series of two years."""
    days = pd.bdate_range("2020-01-01", periods=500)
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, (500, 2)), axis=0))
    pd.DataFrame(walk, index=days.rename("date"), columns=["acme", "sp500"]).to_csv(path)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "words",
    [
        ("--case", "raise-or-fold-2022", "--series", "ruble,imoex"),
        ("--case", "crimea-2014", "--series", "ruble", "--model", "market-model", "--market", "sp500"),
        ("--events", "days.txt", "--prices", "own.csv", "--series", "acme"),
        ("--events", "days.txt", "--prices", "own.csv", "--close", "acme=16:00 America/New_York"),
        ("--events", "days.txt", "--prices", "own.csv", "--exchange", "acme=XNYS", "--returns", "log"),
    ],
    ids=["case", "market", "file", "close", "exchange"],
)
def test_runs_alone(call, words, tmp_path, monkeypatch):
    """Wherever the folder is moved, and from whatever folder the command is given, the tables are the same bytes."""
    monkeypatch.chdir(tmp_path)
    prices(tmp_path / "own.csv")
    (tmp_path / "days.txt").write_text("2021-06-01T12:00:00Z\n2021-09-01\n")
    assert call("run", *words, "--window", "0:1", "--out", "first", "--quiet") == 0
    shutil.move("first", "moved")
    (tmp_path / "own.csv").unlink()
    assert call("run", "moved/design.toml", "--out", "second", "--quiet") == 0
    for table in ("matches", "fits", "abnormal", "car", "average", "aar", "tests"):
        assert (tmp_path / f"second/{table}.csv").read_bytes() == (tmp_path / f"moved/{table}.csv").read_bytes()


def test_bars_are_run_by_their_folder(call, tmp_path, monkeypatch, capsys):
    """What words cannot say, here bars, is not said: the design asks for inputs and does not take bars for closes."""
    monkeypatch.chdir(tmp_path)
    hours = pd.date_range("2022-01-03", periods=400, freq="h", tz="UTC").rename("time")
    walk = 100 * np.exp(np.cumsum(np.random.default_rng(4).normal(0, 0.01, 400)))
    pd.DataFrame({"btc": walk}, index=hours).to_csv("bars.csv")
    (tmp_path / "days.csv").write_text("time\n2022-01-15T12:00:00Z\n")
    assert call("run", "--events", "days.csv", "--prices", "bars.csv", "--data-kind", "bars-start", "--window", "0:1",
               "--out", "first", "--quiet") == 0  # fmt: skip
    capsys.readouterr()
    assert call("run", "first/design.toml") == 2
    assert "no events: name a bundled case with --case, or a file with --events" in capsys.readouterr().err
