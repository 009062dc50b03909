"""`eventstudy ask`: one screen for a person, the same content for a script."""

import io
import json
import re
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.output import sparkline
from eventstudy.trading import trading_schema

GOLDEN = Path(__file__).parent / "golden"
QUESTION = ["ask", "ruble", "--case", "raise-or-fold-2022", "--after", "raise", "--actor", "RUS", "--hold", "1,3,5,10"]


@pytest.fixture
def written(call, capsysbinary):
    """Return the bytes that a call wrote to stdout; it must end well."""

    def run(*words):
        capsysbinary.readouterr()
        assert call(*words) == 0
        return capsysbinary.readouterr().out

    return run


@pytest.fixture
def said(written):
    """Return the text that a call wrote to stdout."""
    return lambda *words: written(*words).decode()


def test_the_screen_of_the_ruble_after_raises(said):
    """The answer about the ruble after Russian raises is this screen."""
    assert said(*QUESTION, "-q", "--detail") == (GOLDEN / "ask-ruble.txt").read_text(encoding="utf-8")


def test_its_json_twin(said):
    """As JSON the same answer is this document, which its schema accepts."""
    answer = json.loads(said(*QUESTION, "-q", "--format", "json"))
    jsonschema.validate(answer, trading_schema("ask"), format_checker=jsonschema.FormatChecker())
    expected = json.loads((GOLDEN / "ask-ruble.json").read_text(encoding="utf-8"))
    assert_alike({**answer, "version": ""}, expected)


def test_labels_of_ones_own_are_asked_after(call, capsys, tmp_path):
    """Labels of a column of one's own have the answer that stances have, none that of holds; a stance is no label."""
    events = es.load_case("raise-or-fold-2022").events
    events["decision"] = events["stance"].replace({"raise": "hike", "fold": "cut", "hold": ""})
    events.drop(columns="stance").to_csv(tmp_path / "mine.csv", index=False)
    mine = [
        "ask",
        "ruble",
        "--case",
        "raise-or-fold-2022",
        "--events",
        tmp_path / "mine.csv",
        "--group-by",
        "decision",
        "-q",
    ]
    columns = ["measure", "hold", "n", "mean", "caar", "z", "p_value", "days"]
    found = []
    for words in ([*mine, "--after", "HIKE"], [*QUESTION[:6], "-q"]):
        assert call(*words, "--format", "csv") == 0
        found.append(pd.read_csv(io.StringIO(capsys.readouterr().out))[columns])
    pd.testing.assert_frame_equal(*found)
    assert call(*mine[:6], "--after", "hike") == 3
    mend = "no event has a stance; name the column of labels such as 'hike' with --group-by"
    assert capsys.readouterr().err.splitlines()[-1] == f"eventstudy: {mend}"
    assert call(*mine, "--after", "raise") == 2
    assert capsys.readouterr().err == "eventstudy: unknown decision 'raise'; known: hike, cut\n"


def assert_alike(found, expected):
    """Hold two documents against each other; numbers to 1e-9, for they come from more than one numpy."""
    if isinstance(expected, dict):
        assert list(found) == list(expected)
        for key in expected:
            assert_alike(found[key], expected[key])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for a, b in zip(found, expected, strict=True):
            assert_alike(a, b)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-13)
    else:
        assert found == expected


def test_the_screen_shows_what_the_json_says(said):
    """Every figure of the screen's first table and of its events is in the JSON, and no event of it is missing."""
    screen, answer = said(*QUESTION, "-q", "--detail"), json.loads(said(*QUESTION, "-q", "--format", "json"))

    def percent(value):
        digits = 2 if round(100 * value, 2) else 3  # what rounds to nothing has one more
        return f"{'−' if value < 0 else '+'}{abs(100 * value):.{digits}f}"

    for row in answer["tables"]["summary"]:
        figures = [percent(row[name]) for name in ("mean", "median", "worst", "best", "caar")]
        shares = [f"{100 * row[name]:.0f}" for name in ("rose", "base_rate")]
        counts = [str(row[name]) for name in ("hold", "n", "n_set_aside")]
        wanted = [*counts, *figures[:4], *shares, figures[4]]
        assert any(_bare(line)[:10] == wanted for line in screen.splitlines()), row
    for row in answer["tables"]["outcomes"]:
        lines = [line for line in screen.splitlines() if line.startswith(f"{row['event_id']} ")]
        for line, name in zip(lines, ("from_event_session", "from_tradable_from"), strict=True):
            assert row[name] is None or percent(row[name]) in line


def _bare(line):
    """Return the words of a line behind the name of the measure."""
    return line.removeprefix("session").removeprefix("tradable").split()


def test_the_finding_stands_first_in_eighty_columns(said):
    """The screen begins with what a study's answer says, and no line of its tables is wider than eighty columns."""
    lines = said("ask", "imoex", "--case", "raise-or-fold-2022", "--after", "raise", "-q").splitlines()
    study = said("run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:0", "-q").splitlines()
    assert lines[0] == study[0]
    assert not any(line.startswith("2022-02-24-invasion") for line in lines)
    assert all(len(line) <= 80 for line in lines if not line.startswith("left out"))


def test_logs_are_never_without_the_word(said):
    """Of returns in logs the sentences, the table's head and the figures behind the lines say so."""
    screen = said("ask", "imoex", "--case", "raise-or-fold-2022", "--after", "raise", "--returns", "log", "-q")
    assert "abnormal return −8.6 log %" in screen
    assert "imoex after raise; in log %" in screen
    assert screen.count(" log % after 10\n") == 4


@pytest.mark.slow  # by default it is `run` that is run twice
def test_the_same_bytes_in_another_process(said, elsewhere):
    """The same question has the same bytes, whatever the process and its hash seed."""
    words = [*QUESTION, "--format", "json", "-q"]
    other = elsewhere(*words)
    assert said(*words).encode() == other
    assert other.endswith(b"}\n")


@pytest.mark.one_in(2)
@pytest.mark.parametrize("table", ["summary", "outcomes"])
def test_tables(said, written, table, tmp_path):
    """CSV and Parquet have the table asked for, with the figures of the JSON."""
    words = ["ask", "brent", "--case", "raise-or-fold-2022", "--after", "fold", "--hold", "1,5", "-q", "--table", table]
    expected = json.loads(said(*words, "--format", "json"))["tables"][table]
    (tmp_path / "a.csv").write_text(said(*words, "--format", "csv"))
    found = pd.read_csv(tmp_path / "a.csv", keep_default_na=False)
    assert list(found) == list(expected[0])
    assert len(found) == len(expected)
    (tmp_path / "a.parquet").write_bytes(written(*words, "--format", "parquet"))
    stored = pd.read_parquet(tmp_path / "a.parquet")
    assert list(stored) == list(expected[0])
    for name in stored.select_dtypes("number"):
        values = np.array([row[name] for row in expected], dtype=float)
        np.testing.assert_array_equal(stored[name].to_numpy(dtype=float), values)


def test_every_option_reaches_the_question(said):
    """What is asked on the command line stands in the answer."""
    typed = (
        "ask imoex --case raise-or-fold-2022 --after raise --actor RUS,USA --phase war,build-up --intensity <-4 "
        "--kind attack,threat,deployment --since 2022-01-01 --hold 2 --seed 7 --returns simple --as-of 2022-04-30 "
        "--include-proposed --format json -q"
    )
    assert json.loads(said(*typed.split()))["question"] == {
        "series": "imoex", "after": "raise", "hold": [2], "actor": ["RUS", "USA"],
        "kind": ["attack", "threat", "deployment"], "phase": ["war", "build-up"], "since": "2022-01-01",
        "intensity": "<-4", "like": None, "returns": "simple", "include_proposed": True, "seed": 7,
        "as_of": "2022-04-30", "group_by": "stance",
    }  # fmt: skip


def test_own_files(tmp_path, said):
    """A user's own events and prices are asked about as the bundled ones are."""
    days = pd.bdate_range("2021-01-04", periods=300)
    prices = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "abc": 100 + np.arange(300) % 11})
    prices.to_csv(tmp_path / "prices.csv", index=False)
    (tmp_path / "events.csv").write_text("time,stance\n2021-10-05,raise\n2021-11-10,fold\n")
    words = ["ask", "abc", "--events", tmp_path / "events.csv", "--prices", tmp_path / "prices.csv", "--hold", "1"]
    answer = json.loads(said(*words, "--format", "json", "-q"))
    assert [row["session"] for row in answer["tables"]["events"]] == ["2021-10-05", "2021-11-10"]
    assert [row["entry_session"] for row in answer["tables"]["events"]] == ["2021-10-06", "2021-11-11"]


WRONG = {
    "stance": (["--after", "rase"], "did you mean 'raise'?", 2),
    "hold": (["--hold", "a"], "write numbers of sessions", 2),
    "intensity": (["--intensity", "5"], "no condition", 2),
    "actor": (["--actor", "RUSS"], "did you mean 'RUS'?", 3),
    "like": (["--like", "2022-02-24-invasoin"], "did you mean '2022-02-24-invasion'?", 2),
    "as of": (["--as-of", "2010-01-01"], "no event was published", 3),
    "case": (["--case", "korea-2017-2019"], "no figures for 'imoex'", 4),
    "prices": (["--prices", "nope.csv"], "nope.csv", 4),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_questions(call, name, capsys):
    """A wrong question leaves with its exit code and a plain line or two, and nothing on stdout."""
    words, hint, code = WRONG[name]
    assert call("ask", "imoex", "-q", *words) == code
    streams = capsys.readouterr()
    assert streams.out == ""
    assert hint in streams.err
    assert len(streams.err.splitlines()) <= 2


def test_where_the_figures_come_from_is_said(call, capsys):
    """Without a case all bundled events are asked about, and which bundled series answers is said on stderr."""
    assert call("ask", "imoex", "--after", "fold", "--hold", "1", "--format", "csv") == 0
    assert "bundled figures moex-imoex-2013" in capsys.readouterr().err


def test_sparkline():
    """The lowest number is the lowest bar, the highest the highest, a missing one a blank; where all are one, low."""
    assert sparkline([0.0, 3.5, 7.0, float("nan")], 0.0, 7.0, 9) == "▁▅█ "
    assert sparkline([1.0, 1.0], 1.0, 1.0, 9) == "▁▁"


def test_paths_are_drawn_on_one_scale(said):
    """The highest of all means is the highest bar, the lowest the lowest, where nothing was held stands zero."""
    words = ["ask", "imoex", "--case", "raise-or-fold-2022", "--after", "raise", "--hold", "1,5", "-q"]
    rows = pd.DataFrame(json.loads(said(*words, "--format", "json"))["tables"]["paths"])
    lines = [line for line in said(*words).splitlines() if set(line) & set("▁▂▃▄▅▆▇█")]
    session, tradable = (rows[rows["measure"] == name] for name in ("from_event_session", "from_tradable_from"))
    values = [session["mean"], session["base_mean"], tradable["mean"], tradable["base_mean"]]
    least, most = (get([0.0, *pd.concat(values).dropna()]) for get in (min, max))
    assert len(lines) == 4
    for line, path in zip(lines, values, strict=True):
        bars = re.search("[▁▂▃▄▅▆▇█ ]+(?=  )", line[20:])[0]
        expected = [" " if np.isnan(v) else "▁▂▃▄▅▆▇█"[round(7 * (v - least) / (most - least))] for v in path]
        assert bars == "".join(expected)
