"""The daily brief from the command line, on bundled events and figures."""

import json
from pathlib import Path

import pytest

ARTICLE = Path(__file__).parents[1] / "news" / "articles" / "wire-sanctions.txt"
SAMPLE = Path(__file__).parents[3] / "shared" / "articles" / "kremlin-frosty-response.txt"


def test_brief_of_bundled_events(call, capsys):
    """Without a case all bundled events and figures serve: the US sanctions of 2018 beside those before them."""
    assert call("brief", ARTICLE, "--published", "2018-04-06", "--window", "0:0", "--format", "json", "--quiet") == 0
    streams = capsys.readouterr()
    brief = json.loads(streams.out)
    first = brief["comparisons"][0]
    assert (first["event"]["actor"], first["event"]["stance"], first["event"]["kind"]) == ("USA", "raise", "sanction")
    assert first["past"][0].startswith("2018-03-15")
    assert {row["series"] for row in first["average"]} == {"ruble", "brent", "wti", "em-bonds", "imoex"}
    assert streams.err == ""


def test_brief_as_a_page(call, capsys):
    """A page goes to stdout, and nothing else."""
    words = ("brief", ARTICLE, "--published", "2018-04-06", "--case", "crimea-2014", "--series", "ruble")
    assert call(*words, "--window", "0:0", "--format", "html") == 0
    streams = capsys.readouterr()
    assert streams.out.startswith("<!DOCTYPE html>")
    assert streams.out.rstrip().endswith("</html>")


def test_brief_needs_a_date(call, capsys):
    """An article without a date is refused with how to give one."""
    assert call("brief", ARTICLE) == 2
    assert "--published" in capsys.readouterr().err


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the sample article is not here")
def test_brief_of_the_sample_article(call, capsys):
    """The article of 27 January 2022: Russia and the United States act, and only earlier events are compared with."""
    words = ("brief", SAMPLE, "--published", "2022-01-27", "--case", "raise-or-fold-2022", "--series", "ruble")
    assert call(*words, "--window", "0:0", "--format", "json", "--quiet") == 0
    brief = json.loads(capsys.readouterr().out)
    assert {event["actor"] for event in brief["happened"]} >= {"RUS", "USA"}
    assert brief["scheduled"]
    assert all(name[:10] < "2022-01-27" for one in brief["comparisons"] for name in one["past"])


def test_the_ruble_goes_on_after_the_ecb_stopped(call, tmp_path, capsys):
    """A brief of 2025 asks the Bank of Russia's rate, one of 2018 the ECB's; whoever names the ECB's gets no other."""
    (tmp_path / "a.txt").write_text("Washington imposed sanctions on Russian banks.\n", encoding="utf-8")
    named = ("--series", "ruble,brent,wti,em-bonds,imoex")
    of_2025, of_2018 = ("2025-06-04", {"ruble-cbr"}, ()), ("2018-04-06", {"ruble"}, ())
    for day, asked, more in (of_2025, of_2018, ("2025-06-04", set(), named)):
        words = ("brief", str(tmp_path / "a.txt"), "--published", day, "--window", "0:0", "--format", "json", "--quiet")
        assert call(*words, *more) == 0
        found = json.loads(capsys.readouterr().out)
        series = {row["series"] for one in found["comparisons"] for row in one["average"]}
        assert {name for name in series if name.startswith("ruble")} == asked
