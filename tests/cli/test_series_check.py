import io
import json

import numpy as np
import pandas as pd
import pytest

from eventstudy import DataMissingError, DesignError, PartialResultError, UnknownNameError
from eventstudy.cli.app import command_line
from eventstudy.markets import load_series

RUBLE = load_series("ecb-usd-rub").loc["2019":"2021"]

COLUMNS = ["series", "severity", "kind", "first", "last", "n", "detail"]


def check(*words):
    """Run the command; an error of the library is raised."""
    command_line("series")(["series", "check", *map(str, words)], standalone_mode=False)


@pytest.fixture
def run(capsys):
    """Return a call of the command that hands back what it wrote to stdout."""

    def call(*words):
        check(*words)
        streams = capsys.readouterr()
        assert all(line.startswith("! ") and ": 770 daily" in line for line in streams.err.splitlines())
        return streams.out

    return call


@pytest.fixture
def shifted(tmp_path):
    """Return a file with the ECB's ruble dated a session late, and a column that only walks."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"ruble": RUBLE.shift(1), "walk": 100 + rng.normal(0, 1, len(RUBLE)).cumsum()})
    path = tmp_path / "mine.csv"
    frame.round(6).to_csv(path, index_label="date")
    return path


def test_a_bundled_series_is_checked(run):
    """An instrument's bundled figures are checked, and what is right is told below the findings."""
    out = run("yuan")
    assert out.startswith("Check of yuan\n")
    assert out.count("bad-tick") == 3
    assert "ecb-usd-cny: 5527 sessions from 2005-04-01 to 2026-10-30, calendar TARGET." in out


def test_a_series_can_be_named_by_its_instrument_or_by_itself(run):
    """`vix` and the bundled series of it are one check."""
    assert "cboe-vix-2013: 3409 sessions" in run("vix")
    assert run("vix").splitlines()[1:] == run("cboe-vix-2013").splitlines()[1:]


@pytest.mark.parametrize(
    ("name", "n", "why"),
    [
        ("ttf", 88, "the front month rolls: a step to another contract, no news"),
        ("wheat", 68, "the front month rolls: a step to another contract, no news"),
        ("brent", 27, "a figure on a British bank holiday"),
        ("henry-hub", 10, "a cold snap or its end: the jump of the spot price was real"),
        ("rgbi-tr", 9, "a coupon booked a day late, or its undoing"),
        ("dollar", 2, "a figure on a US holiday"),
    ],
)
def test_what_is_known_of_single_sessions_is_told(run, name, n, why):
    """Rolls, holidays and cold snaps are notes on their dates, and cold snaps are no alarm."""
    rows = json.loads(run(name, "--format", "json"))
    (known,) = (row for row in rows if row["kind"] == "known")
    assert (known["n"], known["severity"]) == (n, "note")
    assert known["detail"].startswith(why)
    assert name == "rgbi-tr" or not [row for row in rows if row["kind"] in {"split", "bad-tick", "unit"}]


def test_a_series_is_held_against_another(run):
    """The correlations with the reference at the three lags are told, though nothing is wrong with them."""
    out = run("eia-wti-1986", "--against", "brent")
    told = "eia-wti-1986 against brent: rank (Pearson) correlation at lag -1: 0.05 (-0.04), 0: 0.73 (0.69)"
    assert told in " ".join(out.split())


def test_a_column_is_held_against_the_bundled_figures_of_its_instrument(run, shifted):
    """A file's ruble, dated a session late, is found out without being asked; the walk beside it has no counterpart."""
    rows = json.loads(run(shifted, "--format", "json"))
    severe = [row for row in rows if row["severity"] == "severe"]
    assert [(row["series"], row["kind"]) for row in severe] == [("ruble", "alignment")]
    assert severe[0]["detail"].startswith("dated a session late: its move is the reference's of the session before")
    assert list(rows[0]) == COLUMNS


def test_only_the_columns_asked_for(run, shifted):
    """`--series` leaves the other columns of a file alone."""
    frame = pd.read_csv(io.StringIO(run(shifted, "--series", "walk", "--format", "csv")))
    assert list(frame) == COLUMNS
    assert "ruble" not in set(frame["series"])


def test_an_unknown_column_can_be_named_a_reference(run, tmp_path):
    """A column nobody knows is held against what the user says it is, and its inverse quote is found."""
    path = tmp_path / "odd.csv"
    (1 / RUBLE).rename("rub").to_frame().to_csv(path, index_label="date")
    frame = pd.read_csv(io.StringIO(run(path, "--against", "usdrub", "--format", "csv")))
    assert frame["kind"].tolist() == ["quote"]
    assert frame["detail"][0].startswith("the inverse of ruble's quote")


def test_no_finding_is_an_empty_table(run):
    """Where nothing is wrong JSON is an empty list, CSV a header, and the table still tells what was looked at."""
    assert json.loads(run("ruble", "--format", "json")) == []
    assert run("ruble", "--format", "csv") == ",".join(COLUMNS) + "\n"
    assert "ecb-usd-rub: 4333 sessions" in run("ruble")


def test_findings_are_no_error_unless_strict(capsys):
    """Findings end with 0; under --strict more than notes is a partial result, after all has been printed."""
    check("yuan")
    with pytest.raises(PartialResultError, match="3 of 3 findings in yuan are more than notes"):
        check("yuan", "--strict")
    assert capsys.readouterr().out.count("Check of yuan") == 2
    check("brent", "--strict")  # a note is not more than a note


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["nonsense"], UnknownNameError, "unknown instrument 'nonsense'"),
        (["no-such-file.csv"], DataMissingError, "no price file"),
        (["ruble", "--series", "a"], DesignError, "'ruble' is no file"),
        (["ruble", "--against", "erus"], DataMissingError, "no bundled figures for 'erus'"),
    ],
)
def test_what_cannot_be_checked_is_said(words, error, message):
    """An unknown name, a missing file, columns of no file, a reference without figures: each error has its reason."""
    with pytest.raises(error, match=message):
        check(*words)


def test_a_missing_column_is_said(shifted):
    """A column that the file does not have is named, with the nearest one."""
    with pytest.raises(UnknownNameError, match=r"mine.csv has no series 'rubel'; did you mean 'ruble'"):
        check(shifted, "--series", "rubel")


# --- what a file's columns are -------------------------------------------------------------------------------------


@pytest.fixture
def said(capsys):
    """Return a call of the command that hands back its findings, by kind."""

    def call(*words):
        check(*words, "--format", "json")
        return {row["kind"]: row for row in json.loads(capsys.readouterr().out)}

    return call


def test_a_column_is_what_its_options_say(said, tmp_path):
    """An exchange brings its calendar: 25 December 2020 is no session of New York. `--as` brings bundled figures."""
    path = tmp_path / "x.csv"
    RUBLE.rename("x").shift(1).round(4).to_csv(path, index_label="date")
    assert not {"phantom", "alignment"} & set(said(path))
    assert "phantom" in said(path, "--exchange", "XNYS")
    assert "alignment" in said(path, "--as", "x=ruble")
    assert "alignment" in said(path, "--as", "ruble")
    with pytest.raises(UnknownNameError, match="no column 'y'"):
        said(path, "--exchange", "y=XNYS")
    with pytest.raises(DesignError, match="'ruble' is no file"):
        said("ruble", "--exchange", "XNYS")


def test_the_name_of_a_file_says_nothing_of_its_figures(said, tmp_path):
    """The same closes are held against nothing, whether their file is called after an instrument or not."""
    kinds = []
    for name in ("ruble.csv", "x.csv"):
        RUBLE.rename("Close").shift(1).round(4).to_csv(tmp_path / name, index_label="Date")
        kinds.append(set(said(tmp_path / name)))
    assert kinds[0] == kinds[1]
    assert "alignment" not in kinds[0]


def test_figures_that_mean_no_price_are_found(said, tmp_path):
    """0 and -999 leave the returns beside them missing, which the check says as a study does."""
    path = tmp_path / "x.csv"
    RUBLE.rename("x").where(~RUBLE.index.isin(RUBLE.index[[50, 90]]), -999).to_csv(path, index_label="date")
    found = said(path)["no-return"]
    assert (found["n"], found["severity"]) == (2, "warning")
    assert "-999" in found["detail"]
