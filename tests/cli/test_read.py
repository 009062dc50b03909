"""`eventstudy read` and `eventstudy surprises` from the command line."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

MARKETS = ("--series", "imoex,brent,em-bonds,vix", "--quiet")
WINTER = ("--case", "raise-or-fold-2022")


def test_the_days_of_february(call, capsys):
    """The invasion was taken for a raise; the JSON has the odds, what each market adds, and the nearest events."""
    assert call("read", "2022-02-24-invasion", *MARKETS, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["says"] == "raise"
    assert sum(found["posterior"].values()) == pytest.approx(1.0)
    assert max(found["shares"], key=lambda row: row["adds"])["series"] == "imoex"
    assert len(found["nearest"]) == 5


def test_the_screen_is_what_the_library_says(call, capsys):
    """The first lines are the sentence of the same reading in Python, folded at 80 columns."""
    words = ("read", "2022-01-27-kremlin-reply", "--case", "raise-or-fold-2022")
    assert call(*words, *MARKETS) == 0
    screen = capsys.readouterr().out
    series = ["imoex", "brent", "em-bonds", "vix"]
    reading = es.read_event("2022-01-27-kremlin-reply", case="raise-or-fold-2022", series=series)
    alone = "Learned from raise-or-fold-2022 alone; without --case from all bundled events."
    assert " ".join(screen.split("\n\n")[0].split()) == f"{reading.sentence} {alone}"
    assert max(map(len, screen.splitlines())) <= 80


def test_all_readings_beside_base_lines(call, capsys):
    """A row an event, and the scores of the readings first; which base lines do as well stands below the scores."""
    assert call("read", "--all", *WINTER, *MARKETS) == 0
    screen = capsys.readouterr().out
    assert screen.startswith("Readings of raises and folds")
    assert "base rate" in screen
    assert "2022-02-24-invasion" in screen
    # Of one short case prices learn no direction.
    assert "As good as the readings or better: base rate, sign." in screen
    assert "all episodes but its own" not in screen  # there is but one
    assert max(map(len, screen.splitlines())) <= 80


def test_surprises_are_days_without_news(call, capsys):
    """The volatility shock of February 2018, with no event on file, is found; days of events are not listed."""
    words = ("--series", "imoex,brent,vix,em-bonds", "--quiet", "--fdr", "0.4", "--since", "2018-01-01")
    assert call("surprises", *words, "--format", "json") == 0
    days = [row["day"] for row in json.loads(capsys.readouterr().out)]
    assert days[0] == "2018-02-05"
    assert not {"2022-02-24", "2022-02-21"} & set(days)
    assert min(days) >= "2018-01-01"


def test_the_nearest_headlines_stand_beside_a_surprise(call, capsys, tmp_path):
    """Of a file of headlines those of the day and of the two days before it, the nearest first; never a later one."""
    news = tmp_path / "news.csv"
    news.write_text(
        "time,headline\n2018-02-02,Jobs report\n2018-02-03,Weekend talks\n2018-02-05,Volatility fund falls\n"
        "2018-02-06,The day after\n2018-02-05,\n"
    )
    words = ("--series", "imoex,brent,vix,em-bonds", "--quiet", "--fdr", "0.4", "--headlines", str(news))
    assert call("surprises", *words, "--format", "json") == 0
    beside = {row["day"]: row["headlines"] for row in json.loads(capsys.readouterr().out)}
    assert beside["2018-02-05"] == "2018-02-05 Volatility fund falls; 2018-02-03 Weekend talks"
    assert {day for day, text in beside.items() if text} == {"2018-02-05"}
    assert call("surprises", *words) == 0
    screen = capsys.readouterr().out
    assert "2018-02-05: 2018-02-05 Volatility fund falls" in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_a_file_of_headlines_without_a_time_is_refused(call, capsys, tmp_path):
    """A table without a column of times is no file of headlines."""
    (tmp_path / "news.csv").write_text("place,title\nX,Volatility fund falls\n")
    assert call("surprises", "--headlines", tmp_path / "news.csv", *MARKETS) == 2
    assert "news.csv has no column 'time'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("read",), "name an event of the record, or a date"),
        (("read", "2022-01-27-kremlin-reply", "--date", "2022-01-27"), "name an event of the record, or a date"),
        (("read", "no-such-event"), "unknown event with a reaction 'no-such-event'"),
        (("read", "--date", "1.2"), "'1.2' is not a date; write 2022-01-27"),
        (("surprises", "--since", "2024-13-01"), "--since 2024-13-01 is no date; write 2022-01-27"),
        (("surprises", "--unmoved", "--headlines", "x.csv"), "leave them out, or --unmoved"),
        (("surprises", "--unmoved", "--fdr", "0.2"), "leave them out, or --unmoved"),
    ],
)
def test_what_cannot_be_read_ends_in_a_line(call, words, said, capsys):
    """Each mistake is named, and how to mend it."""
    assert call(*words, *MARKETS) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--date", "2031-02-13", *WINTER),
            "no market reacted to date 2031-02-13: after-sample: the sample ends 20",
        ),
        pytest.param(
            ("2025-08-15-alaska-summit",),
            "no market reacted to 2025-08-15-alaska-summit: few-observations: 2",
            marks=pytest.mark.slow,
        ),
        (
            ("2022-02-24-invasion", "--as-of", "2022-02-23", *WINTER),
            "2022-02-24-invasion: it is later than the as-of time",
        ),
    ],
)
def test_an_event_without_a_reaction_is_told_why(call, words, said, capsys):
    """A date after the figures, an event among too many others, and one not yet known: the reason, no other event."""
    assert call("read", *words, *MARKETS) == 3
    assert said in capsys.readouterr().err


@pytest.mark.one_in(2)
@pytest.mark.parametrize("day", ["2022-01-27", "27.01.2022"])
def test_a_date_in_place_of_an_event_is_that_date(call, day, capsys):
    """Where no event has that id, however the date is written; an event whose id is a date is that event."""
    words = (*WINTER, *MARKETS, "--format", "json")
    assert call("read", "--date", "2022-01-27", *words) == 0
    wanted = json.loads(capsys.readouterr().out)
    assert call("read", day, *words) == 0
    assert json.loads(capsys.readouterr().out) == wanted
    assert wanted["sentence"].startswith("2022-01-27: prices can't tell")
    reading = es.read_event(day, case="raise-or-fold-2022")
    assert reading.event_id == "date 2022-01-27"
    events = pd.DataFrame({"id": [day], "time": ["2022-02-24"], "stance": ["raise"]})
    assert str(es.read_event(day, events=events, case="raise-or-fold-2022").day) == "2022-02-24"


def test_without_series_the_markets_are_those_of_the_library(call, capsys):
    """Of a case the headline markets among its prices, on the screen as in Python."""
    words = ("read", "2014-08-07-food-embargo", "--case", "crimea-2014", "--quiet", "--format", "json")
    assert call(*words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == es.read_event("2014-08-07-food-embargo", case="crimea-2014").record()


def test_a_direction_against_the_stance_is_told(call, capsys):
    """A large move is read as what most events were; that its direction leans the other way is said beside it."""
    assert call("read", "2024-08-06-kursk-incursion", *MARKETS, "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["says"] == "raise"
    assert sum(row["adds"] for row in found["shares"]) < 0
    assert found["sentence"].endswith(
        "That is the commoner of the two on record; by its direction the move leans to a fold."
    )
    assert call("read", "2022-02-24-invasion", *MARKETS) == 0
    assert "leans" not in capsys.readouterr().out


def test_events_of_other_labels_are_not_scored(call, tmp_path, capsys):
    """Neither a raise nor a fold is on file: that is said, and no table of nothing is written."""
    (tmp_path / "events.csv").write_text("time,stance\n2021-06-15,hike\n2021-09-15,cut\n")
    assert call("read", "--all", "--events", tmp_path / "events.csv", "--case", "raise-or-fold-2022", *MARKETS) == 3
    told = capsys.readouterr()
    assert not told.out
    assert "none of the events that can be read is a raise or a fold" in told.err


@pytest.mark.slow
@pytest.mark.parametrize("cut", [("--as-of", "2017-08-15"), pytest.param((), marks=pytest.mark.slow, id="whole")])
def test_scores_stand_beside_base_lines_forwards_and_with_episodes_left_out(call, capsys, cut):
    """Two scores, by what was known before and by all other cases, each beside the ruble's sign and the others."""
    words = ("--series", "brent,vix", "--quiet", *cut)
    assert call("read", "--all", *words) == 0
    screen = capsys.readouterr().out
    for way in ("what was known before each", "all episodes but its own"):
        table = screen.partition(f"Readings of raises and folds by {way}, beside base lines")[2].split("\n\n")[1]
        assert [row.split("  ")[0] for row in table.splitlines()[1:]] == [
            "reading",
            "base rate",
            "always nothing",
            "sign",
        ]


@pytest.mark.slow
def test_a_case_without_the_ruble_has_no_rule_of_its_sign(call, capsys):
    """Korea's case has no figures of the ruble: the other base lines stand there alone."""
    assert call("read", "--all", "--case", "korea-2017-2019", "--series", "brent,em-bonds", "--quiet") == 0
    table = capsys.readouterr().out.split("\n\n")[1]
    assert [row.split("  ")[0] for row in table.splitlines()[1:]] == ["reading", "base rate", "always nothing"]


@pytest.mark.slow
def test_clean_is_that_of_a_study(call, capsys):
    """Where news is too dense the reason names the way out, and what is read then is a study with that choice."""
    words = ("read", "2025-08-15-alaska-summit", *MARKETS, "--format", "json")
    assert call(*words) == 3
    assert "--clean none leaves them in" in capsys.readouterr().err
    assert call(*words, "--clean", "none") == 0
    found = json.loads(capsys.readouterr().out)
    case = es.load_case("all", ["imoex", "brent", "em-bonds", "vix"])
    reading = es.read_event("2025-08-15-alaska-summit", events=case.events, prices=case.prices, clean="none")
    assert found == reading.record()


def test_events_that_moved_nothing(call, capsys):
    """Each with its family p and the least move that would have been noticed; how many chance alone would leave."""
    words = ("surprises", "--unmoved", "--case", "raise-or-fold-2022", *MARKETS)
    assert call(*words, "--format", "json") == 0
    rows = json.loads(capsys.readouterr().out)
    assert all(row["p_value"] > 0.05 and abs(row["car"]) < row["noticed"] for row in rows)
    assert [row["p_value"] for row in rows] == sorted((row["p_value"] for row in rows), reverse=True)
    assert "2022-02-24-invasion" not in {row["event_id"] for row in rows}
    assert call(*words) == 0
    screen = capsys.readouterr().out
    said = " ".join(screen.split())
    assert f"Of 28 events with a reaction {len(rows)} moved nothing" in said
    assert "Not moved is not without effect" in said
    assert max(map(len, screen.splitlines())) <= 80


def test_surprises_say_how_many_days_they_looked_at(call, capsys):
    """Where few days are without news, none of them found is no comfort."""
    assert call("surprises", "--since", "2025-06-01", *MARKETS) == 0
    screen = capsys.readouterr().out
    assert "Looked at 3 days without news, 2026-02-" in screen
    assert "\nnone\n" in screen
    assert call("surprises", "--since", "2025-06-01", *MARKETS, "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == []
    assert max(map(len, screen.splitlines())) <= 80


def test_prices_of_ones_own_without_a_headline_market_are_read(call, tmp_path, capsys):
    """Where none of the headline markets is in a file, all its markets are read."""
    days = pd.bdate_range("2020-01-01", "2022-03-31")
    walk = np.exp(np.cumsum(np.random.default_rng(2).normal(0, 0.01, len(days))))
    pd.DataFrame({"Date": days, "mine": walk.round(6)}).to_csv(tmp_path / "mine.csv", index=False)
    (tmp_path / "events.csv").write_text("time,stance\n2021-06-15,raise\n2021-09-15,fold\n")
    files = ("--events", str(tmp_path / "events.csv"), "--prices", str(tmp_path / "mine.csv"))
    assert call("read", "--date", "2022-02-11", *files) == 0
    assert "no stance is read" in " ".join(capsys.readouterr().out.split())
    # Beside the bundled events as well.
    assert call("read", "--date", "2022-02-11", *files[2:], "--format", "csv") == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("mine,0:0,")
    assert call("surprises", "--unmoved", *files[2:]) == 0
    assert re.search(r"^ *20\d\d-\d\d-\d\d .* mine ", capsys.readouterr().out, re.MULTILINE)


def test_a_market_too_new_is_left_out_and_named(call, capsys):
    """Figures of the OVX begin in 2016: before it the others are read as without it, and that it is missing is said."""
    words = ("read", "2014-08-07-food-embargo", "--format", "json", "--series")
    assert call(*words, "imoex,brent") == 0
    wanted = json.loads(capsys.readouterr().out)
    assert call(*words, "imoex,ovx,brent") == 0
    told = capsys.readouterr()
    assert json.loads(told.out) == wanted | {"without": ["ovx"]}
    assert "ovx: no reaction here" in told.err


@pytest.mark.slow
def test_a_market_too_new_loses_no_event_of_the_record(call, capsys):
    """Of all events too those before the OVX are read without it."""
    words = ("--format", "json", "--series")
    assert call("read", "--all", *words, "imoex,brent", "--quiet") == 0
    early = {row["event_id"] for row in json.loads(capsys.readouterr().out) if row["day"] < "2016-06"}
    assert call("read", "--all", *words, "imoex,ovx,brent", "--quiet") == 0
    assert early == {row["event_id"] for row in json.loads(capsys.readouterr().out) if row["day"] < "2016-06"} != set()
