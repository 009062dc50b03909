"""`run --data-kind`: what the file of --prices holds."""

import json

import numpy as np
import pandas as pd
import pytest

from eventstudy import EventStudy

DAYS = pd.bdate_range("2021-01-04", periods=400, name="session")
EVENTS = "time,stance,headline\n2022-02-24T05:45+03:00,raise,Invasion\n2022-01-27T12:00+03:00,fold,Reply\n"


@pytest.fixture
def ran(tmp_path, monkeypatch, output):
    """Run a command beside the files; return its exit code, stdout and stderr."""
    figures = np.exp(np.random.default_rng(4).normal(0, 0.2, len(DAYS)))
    pd.DataFrame({"mine": figures}, index=DAYS).to_csv(tmp_path / "mine.csv")
    hours = pd.DatetimeIndex([day + pd.Timedelta(hours=7 + k) for day in DAYS[250:320] for k in range(9)], tz="UTC")
    bars = pd.DataFrame({"mine": 100 * np.exp(np.random.default_rng(5).normal(0, 0.01, len(hours)))}, index=hours)
    bars.rename_axis("time").to_csv(tmp_path / "bars.csv", date_format="%Y-%m-%dT%H:%M:%SZ")
    (tmp_path / "events.csv").write_text(EVENTS)
    monkeypatch.chdir(tmp_path)
    return lambda *words: output("run", "--events", "events.csv", *words, "--window", "0:0", "--format", "json", "-q")


@pytest.mark.one_in(2)
@pytest.mark.parametrize(("figures", "name"), [("volumes", "volumes"), ("returns", "returns"), ("prices", "prices")])
def test_the_file_is_taken_for_what_it_is_said_to_be(ran, figures, name):
    """The CARs of the command are those of the library given the same frame as prices, returns or volumes."""
    code, out, error = ran("--prices", "mine.csv", "--data-kind", figures)
    assert (code, error) == (0, "")
    frame = pd.read_csv("mine.csv", index_col=0, parse_dates=True, dtype=str).astype(float)
    found = EventStudy(pd.read_csv("events.csv"), **{name: frame}, windows=["0:0"]).fit().car["car"]
    assert json.loads(out)["inputs"][1]["name"] == name
    assert [row["car"] for row in json.loads(out)["tables"]["car"]] == found.tolist()


def test_bars_keep_their_clock(ran):
    """The session of an event is the bar that ends after it, an instant in UTC."""
    code, out, _ = ran("--prices", "bars.csv", "--data-kind", "bars-start")
    assert code == 0
    sessions = {row["event_id"]: row["session"] for row in json.loads(out)["tables"]["matches"]}
    assert sorted(sessions.values()) == ["2022-01-27T09:00:00Z", "2022-02-24T07:00:00Z"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["--series", "ruble", "--data-kind", "volumes"],
            "--data-kind volumes says what a file holds; name it with --prices",
        ),
        (
            ["--prices", "mine.csv", "--data-kind", "returns", "--show-design"],
            "a design file knows prices alone",
        ),
        (
            ["--prices", "mine.csv", "--data-kind", "bars-end"],
            "mine.csv, row 2, column session: 2021-01-04 00:00:00 has no offset",
        ),
    ],
)
def test_figures_are_not_called_what_they_are_not(ran, words, told):
    """Bundled prices are never taken for volumes, and what a grid or a design file would forget is refused."""
    code, out, error = ran(*words)
    assert (code, out) == (2, "")
    assert told in error
