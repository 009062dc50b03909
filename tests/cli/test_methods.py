"""Regressions, the factor and the grid from the command line."""

import io
import json

import numpy as np
import pandas as pd
import pytest

DAYS = pd.bdate_range("2020-01-01", periods=330)


@pytest.fixture
def files(tmp_path):
    """A user's events and prices; return the options that name them."""
    steps = np.random.default_rng(81).normal(size=(len(DAYS), 3)) * 0.01
    prices = pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), columns=["abc", "def", "spx"]).round(6)
    prices.insert(0, "date", DAYS.strftime("%Y-%m-%d"))
    prices.to_csv(tmp_path / "prices.csv", index=False)
    at = [200, 212, 225, 240, 251, 265, 280, 295]
    events = pd.DataFrame({"time": [str(DAYS[k].date()) for k in at], "stance": ["raise", "fold"] * 4})
    events["intensity"] = [-5, 4, -3, "", -8, 6, -2, 1]
    events.to_csv(tmp_path / "events.csv", index=False)
    return ["--events", tmp_path / "events.csv", "--prices", tmp_path / "prices.csv"]


METHODS = {
    "dummies": (["regress", "dummies"], "effects", {"covariance": "HAC"}),
    "projections": (
        ["regress", "projections", "--horizons", 3],
        "responses",
        {"horizons": 3, "lags": 2, "shock": "stance"},
    ),
    "quantiles": (["regress", "quantiles"], "quantiles", {}),
    "factor": (["regress", "factor"], "loadings", {}),
    "explain": (
        ["explain", "--formula", "car ~ C(stance) + intensity"],
        "coefficients",
        {"formula": "car ~ C(stance) + intensity", "cluster": "date"},
    ),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("method", METHODS)
def test_json_is_an_envelope(call, method, files, capsys):
    """JSON holds version, design with the method and its choices, seed, inputs, warnings and tables."""
    words, main_table, options = METHODS[method]
    assert call(*words, *files, "--window", "0:1", "--format", "json", "--quiet") == 0
    envelope = json.loads(capsys.readouterr().out)
    assert list(envelope) == ["schema_version", "version", "design", "seed", "inputs", "warnings", "tables"]
    assert envelope["design"]["method"] == method
    assert {name: envelope["design"][name] for name in options} == options
    assert [item["name"] for item in envelope["inputs"]] == ["events", "prices"]
    assert envelope["tables"][main_table]
    assert envelope["tables"]["matches"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("method", METHODS)
def test_the_table_is_for_a_reader(call, method, files, capsys):
    """The plain table names every series or term, and has no colour and no NaN."""
    assert call(*METHODS[method][0], *files, "--window", "0:1") == 0
    streams = capsys.readouterr()
    assert ("intensity" if method == "explain" else "abc") in streams.out
    assert "nan" not in streams.out
    assert "\x1b" not in streams.out
    assert all(line.startswith("! ") for line in streams.err.splitlines())


def test_csv_and_parquet_are_the_main_table(call, files, capsysbinary):
    """CSV and Parquet are one and the same table, and the same bytes twice."""
    words = ["regress", "factor", *files, "--window", "0:0", "--quiet", "--format"]
    written = []
    for how in ("csv", "csv", "parquet"):
        assert call(*words, how) == 0
        written.append(capsysbinary.readouterr().out)
    assert written[0] == written[1]
    by_csv, by_parquet = pd.read_csv(io.BytesIO(written[0])), pd.read_parquet(io.BytesIO(written[2]))
    pd.testing.assert_frame_equal(by_csv, by_parquet, check_dtype=False)


def test_the_folder_has_every_table(call, files, tmp_path, capsys):
    """--out writes the envelope, named after the method, and each of its tables as CSV."""
    out = tmp_path / "found"
    assert call("regress", "dummies", *files, "--window", "0:0", "--out", out, "--quiet") == 0
    capsys.readouterr()
    assert {path.name for path in out.iterdir()} == {
        "dummies.json", "effects.csv", "coefficients.csv", "matches.csv",
    }  # fmt: skip
    tables = json.loads((out / "dummies.json").read_text())["tables"]
    assert len(tables["coefficients"]) == len(pd.read_csv(out / "coefficients.csv"))


def test_grid(call, files, capsys):
    """JSON of a grid holds the values varied and both tables; its screen says how many designs agree."""
    words = ["grid", *files, "--series", "abc,def", "--format", "json", "--quiet", "--market", "spx"]
    varied = ["model=constant-mean", "model=market-model", "estimation=-130:-11", "window=0:0", "scale=none"]
    assert call(*words, *(part for value in varied for part in ("--vary", value))) == 0
    envelope = json.loads(capsys.readouterr().out)
    assert envelope["design"]["method"] == "grid"
    assert envelope["design"]["grid"]["models"] == ["ConstantMean()", "MarketModel('spx')"]
    assert {row["series"] for row in envelope["tables"]["summary"]} == {"abc", "def", "*"}
    assert len(envelope["tables"]["specifications"]) == 2 * len(envelope["tables"]["summary"])
    assert call(*words[:-5], "--vary", "window=0:0", "--vary", "estimation=-130:-11") == 0
    table = capsys.readouterr().out
    assert "6 of 6" in table
    assert "models: Zero(), ConstantMean()" in table


WRONG = {
    "covariance": (["regress", "dummies", "--covariance", "HC2"], "did you mean 'HC3'?", 2),
    "shock": (["regress", "projections", "--shock", "stanc"], "did you mean 'stance'?", 2),
    "column": (["explain", "--formula", "car ~ C(stanse)"], "did you mean 'stance'?", 2),
    "no formula": (["explain", "--formula", "stance"], "is no formula", 2),
    "cluster": (["explain", "--formula", "car ~ stance", "--cluster", "dates"], "did you mean 'date'?", 2),
    "empty column": (["explain", "--formula", "car ~ C(actor)"], "no actor", 3),
    "vary without a value": (["grid", "--vary", "window"], "NAME=VALUE", 2),
    "vary what is not": (["grid", "--vary", "windw=0:0"], "did you mean 'window'?", 2),
    "model beside grid": (["grid", "--model", "zero"], "No such option: --model", 2),
    "window beside grid": (["grid", "--window", "0:0"], "No such option: --window", 2),
    "lags beside grid": (["grid", "--market-lags", "2"], "No such option: --market-lags", 2),
    "tests beside grid": (["grid", "--tests", "none"], "No such option: --tests", 2),
    "estimation in a grid's design": (["grid", "own.toml"], "leave it out of own.toml and write --vary estimation=", 2),
    "lags in a grid's design": (["grid", "lags.toml"], "choice of lags; leave it out of lags.toml for a grid", 2),
}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", sorted(WRONG))
def test_wrong_usage(call, name, files, tmp_path, monkeypatch, capsys):
    """Wrong usage leaves with its exit code, a hint on stderr and nothing on stdout."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.toml").write_text('[design]\nestimation = "-190:-11"\n')
    (tmp_path / "lags.toml").write_text("[design]\nlags = 2\n")
    words, hint, code = WRONG[name]
    assert call(*words, *files, "--quiet") == code
    streams = capsys.readouterr()
    assert streams.out == ""
    assert hint in streams.err
    assert "Traceback" not in streams.err


def test_explain_is_of_the_window_that_charts_show(call, files, capsys):
    """Without a window it answers for the event session alone, as its help says."""
    assert call("explain", "--formula", "car ~ intensity", *files, "--format", "csv", "-q") == 0
    assert {line.split(",")[0] for line in capsys.readouterr().out.splitlines()[1:]} == {"0:0"}
    assert call("explain", "--help") == 0
    assert "Event window; may be repeated.  [default: 0:0]" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--series", "nope"], "has no series 'nope'; known: "),
        (["--series", "imoex", "--model", "capm"], "name the one that is with --factors mkt_rf=NAME"),
    ],
)
def test_what_a_case_lacks_has_a_remedy_that_can_be_followed(call, capsys, more, said):
    """Only figures that are there are offered, and a factor without a column is told how to get one."""
    assert call("run", "--case", "crimea-2014", *more) == 2
    error = capsys.readouterr().err
    assert said in error
    for name in error.partition("known: ")[2].partition(", ...")[0].split(", ")[:40:8]:
        assert not name or call("match", "--case", "crimea-2014", "--series", name.strip(), "-q") == 0
