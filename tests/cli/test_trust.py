"""`eventstudy power` and `eventstudy size`, and the headline p in the tables of `run`."""

import csv
import io
import json
import sys

import pytest

CASE = ("--case", "raise-or-fold-2022", "--series", "imoex,ruble", "--window", "0:0", "--quiet")


def rows(text):
    """The rows of a CSV."""
    return list(csv.DictReader(io.StringIO(text)))


def test_power_in_three_formats(output):
    """Power is the same table in CSV and JSON, and a page for a reader with its units."""
    code, text, _ = output("power", *CASE, "--format", "csv")
    assert code == 0
    found = rows(text)
    assert {row["series"] for row in found} == {"imoex", "ruble", "*"}
    assert {row["stance"] for row in found} == {"raise", "hold", "fold", "mixed", "*", "raise-fold"}
    average = {(row["series"], row["stance"]): row for row in rows(output("run", *CASE, "--format", "csv")[1])}
    for row in found:
        assert (row["stance"] == "raise-fold") or 0 < float(row["smallest_placebo"]) < 0.1
        answer = average[row["series"], row["stance"]]
        assert (row["n"], row["caar"], row["days"]) == (answer["n"], answer["caar"], answer["days"])
    plain = json.loads(output("power", *CASE, "--format", "json")[1])
    assert plain[0]["smallest_placebo"] == float(found[0]["smallest_placebo"])
    page = output("power", *CASE)[1]
    assert "80 % power" in page
    assert "closed form" in page


def test_size_marks_what_can_be_believed(output):
    """The size page has a row for the placebo of one event, of the mean, of pool and family, stars and bands."""
    code, text, err = output("size", *CASE, "--studies", "60", "--tests", "cross_section_t", "--seed", "3")
    assert (code, err) == (0, "")
    assert "at 5 %" in text
    assert "*" in text
    for name in ("placebo of one event", "placebo of the mean", "cross_section_t"):
        assert name in text
    for scope in ("each series", "pool", "family"):
        assert scope in text


def test_size_has_a_progress_bar_where_somebody_watches(output, monkeypatch):
    """On a terminal simulated studies are counted on stderr, and stdout has the data alone."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    words = ("--studies", "5", "--tests", "none", "--format", "csv")
    watched = output("size", *(word for word in CASE if word != "--quiet"), *words)
    assert watched[0] == 0
    assert watched[1] == output("size", *CASE, *words)[1]
    assert "Simulated studies" in watched[2]


@pytest.mark.parametrize(("words", "part"), [(("--scale", "arch"), "garch"), (("--tests", "ttest"), "test")])
def test_a_wrong_choice_is_two_plain_lines(output, words, part):
    """An unknown scale or test ends with code 2 and says what there is."""
    code, text, err = output("size", *CASE, *words)
    assert (code, text) == (2, "")
    assert part in err
    assert "Traceback" not in err


def test_the_headline_of_the_case(output):
    """January 2022 is ordinary for IMOEX, 24 February at the floor; in the page p comes before the other figures."""
    found = rows(output("run", *CASE, "--by", "event", "--format", "csv")[1])
    by_event = {row["event_id"]: row for row in found if row["series"] == "imoex"}
    january = [row for event, row in by_event.items() if event.startswith(("2022-01-26", "2022-01-27", "2022-01-28"))]
    assert len(january) == 3
    assert all(float(row["p_value"]) > 0.2 for row in january)
    invasion = by_event["2022-02-24-invasion"]
    assert float(invasion["p_value"]) == pytest.approx(1 / (float(invasion["days"]) + 1))
    for more, columns in (((), ["n", "CAAR", "p"]), (("--detail",), ["n", "aside", "CAAR", "p"])):
        heading = next(line for line in output("run", *CASE, *more)[1].splitlines() if line.startswith("series"))
        assert heading.split()[: 3 + len(columns)] == ["series", "stance", "window", *columns]
    assert max(map(len, output("run", *CASE)[1].splitlines())) <= 80
