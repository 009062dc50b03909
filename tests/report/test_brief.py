import json
import re
from dataclasses import replace

import pandas as pd
import pytest

import eventstudy as es
from eventstudy import DesignError
from eventstudy.cases import case_events, similar_events
from eventstudy.events import check_events
from eventstudy.news import extract_events
from eventstudy.report.atlas import read_atlas, write_site
from eventstudy.report.brief import brief_page, brief_values, make_brief
from eventstudy.wording import probability, quantity

THREAT = "Russia threatened the United States on Thursday. Talks will resume next week."


@pytest.fixture(scope="module")
def case():
    """The bundled case of the winter of 2022."""
    return es.load_case("raise-or-fold-2022")


@pytest.fixture(scope="module")
def brief(case):
    """A brief of Russia's threat of 27 January 2022 on two markets."""
    return a_brief(case)


def a_brief(case, text=THREAT, published="2022-01-27", **choices):
    """Return a brief on the bundled case."""
    wanted = {"series": ["ruble", "imoex"], **choices}
    return make_brief(
        extract_events(text, published), published, case.events, case.prices, instruments=case.instruments, **wanted
    )


def past(*rows):
    """Return a table of past raises by Russia."""
    base = {"stance": "raise", "actor": "RUS", "kind": "threat", "target": ""}
    return check_events(pd.DataFrame([{**base, **row} for row in rows]))


def similar(table, n=10, text=THREAT):
    """Return the ids of the past events beside which a brief of 27 January 2022 puts Russia's threat."""
    prices = es.load_case("raise-or-fold-2022").prices[["ruble"]]
    found = make_brief(extract_events(text, "2022-01-27"), "2022-01-27", table, prices, last=n).comparisons
    return found[0].past["id"].tolist()


def test_nearest_kind_then_target_then_latest():
    """The same kind comes first, then a near kind; in a kind those with its target, then the latest; no far kind."""
    table = past(
        {"id": "far", "time": "2022-01-20", "kind": "attack"},
        {"id": "near", "time": "2021-01-20", "kind": "statement"},
        {"id": "old", "time": "2020-01-20"},
        {"id": "aimed", "time": "2019-01-20", "target": "GBR;USA"},
        {"id": "late", "time": "2021-06-20"},
    )
    assert similar(table) == ["aimed", "late", "old", "near"]
    assert similar(table, n=2) == ["aimed", "late"]


@pytest.mark.slow
def test_ask_brief_and_atlas_call_the_same_events_alike(tmp_path):
    """One event, three surfaces: what `ask` counts, what a brief compares and what a page of the atlas names."""
    case = es.load_case("raise-or-fold-2022")
    row = case.events[case.events["id"] == "2022-02-24-invasion"].iloc[0]
    alike = similar_events(case.events, row)["id"].tolist()
    assert {"2022-02-21-recognition", "2022-02-17-donbas-shelling"} <= set(alike)
    assert not set(alike) & {"2022-02-24-invasion", "2021-12-17-draft-treaties", "2022-01-24-nato-reinforces"}
    asked = es.ask(case.events, case.prices, "brent", like="2022-02-24-invasion", hold=[1]).events
    assert set(asked["event_id"]) - {"2022-02-24-invasion"} == set(alike)
    write_site(tmp_path, read_atlas(case="raise-or-fold-2022"))
    page = (tmp_path / "events" / "2022-02-24-invasion.html").read_text(encoding="utf-8").partition("Most like it")[2]
    record = case_events("all")  # a page is compared with all of the record, and links to those that have a page
    nearest = similar_events(record, record[record["id"] == "2022-02-24-invasion"].iloc[0], 5)["id"]
    assert re.findall(r'href="([\w-]+)\.html"', page) == nearest[nearest.isin(case.events["id"])].tolist() != []
    today = replace(extract_events(THREAT, "2022-01-27").events[0], **dict(row[["actor", "target", "kind", "stance"]]))
    today = replace(today, time=row["time"])
    found = extract_events(THREAT, "2022-01-27")._replace(events=(today,), set_aside=())
    brief = make_brief(found, "2022-02-25", case.events, case.prices[["brent"]], last=5)
    before = similar_events(case.events, row, 5, before="2022-02-24", parties=[*row["actor"].split(";"), row["target"]])
    assert brief.comparisons[0].past["id"].tolist() == before["id"].tolist()
    assert set(before["id"]) <= set(alike)


def test_the_chosen_are_not_called_the_last(case):
    """Of two threats the older one, against the same target, is taken: the heading calls it most similar, not last."""
    rows = [{"time": "2021-11-01", "target": "USA", "headline": "a"}, {"time": "2021-12-01", "headline": "b"}]
    words = {"instruments": case.instruments, "series": ["ruble"], "last": 1}
    found = make_brief(extract_events(THREAT, "2022-01-27"), "2022-01-27", past(*rows), case.prices, **words)
    assert found.comparisons[0].past["headline"].tolist() == ["a"]
    assert "After a raise by RUS like this threat: the most similar on file\n" in brief_page(found, "text")


def test_what_is_not_similar():
    """Another stance, a proposal, an event of the day itself or later, and one not yet known are left out."""
    table = past(
        {"id": "fold", "time": "2022-01-20", "stance": "fold"},
        {"id": "proposed", "time": "2022-01-20", "status": "proposed"},
        {"id": "itself", "time": "2022-01-27"},
        {"id": "later", "time": "2022-01-28"},
        {"id": "secret", "time": "2022-01-20", "published_at": "2022-02-20"},
        {"id": "good", "time": "2022-01-20"},
    )
    assert similar(table) == ["good"]


def test_nobody_elses_and_no_other_wars():
    """Another actor's events and those of a conflict with somebody else are no analogues; the case with more of today's
    parties comes first.
    """
    assert similar(past({"id": "usa", "time": "2022-01-20", "actor": "USA"})) == []
    assert similar(past({"id": "x", "time": "2023-01-20"})) == []
    table = past(
        {"id": "caucasus", "time": "2022-01-25", "case": "georgia", "target": "GEO"},
        {"id": "cold", "time": "2022-01-22", "case": "missiles", "target": "USA"},
        {"id": "winter", "time": "2021-12-20", "case": "ukraine", "target": "USA;UKR"},
        {"id": "border", "time": "2021-12-10", "case": "ukraine", "target": "UKR"},
    )
    text = "Russia threatened the United States over Ukraine on Thursday."
    assert similar(table, text=text) == ["winter", "border", "cold"]


def test_the_figures_are_the_studys(case, brief):
    """Means, medians, rates and p are those of an `EventStudy` of the chosen events up to the day before, no others."""
    (one,) = brief.comparisons
    chosen = case.events[case.events["id"].isin(one.past["id"])]
    study = es.EventStudy(
        chosen, case.prices, instruments=case.instruments, series=["ruble", "imoex"], windows=["0:0", "0:5"], tests=[],
        as_of="2022-01-26",
    ).fit()  # fmt: skip
    wanted = [(series, window) for series in ("ruble", "imoex") for window in ("0:0", "0:5")]
    assert [str(answer) for answer in one.average] == [str(study.answer(s, "raise", w)) for s, w in wanted]
    rows = brief_values(brief)["comparisons"][0]["average"]
    for row, (series, window) in zip(rows, wanted, strict=True):
        answer = study.answer(series, "raise", window)
        assert row["sentence"] == answer.sentence
        assert [row[key] for key in ("caar", "p_value", "days", "n")] == [
            answer.caar, answer.p_value, answer.days, answer.n,
        ]  # fmt: skip
    assert set(one.past["time"].str[:10]) <= {f"{day}" for day in pd.date_range("2021-12-01", "2022-01-26").date}


def test_what_has_no_mean_is_not_counted_as_one(case):
    """News of 26 February 2022 met Moscow's shares after a closure: set aside, it is no mean among those counted."""
    table = past({"time": "2022-02-26", "headline": "late"})
    (one,) = make_brief(
        extract_events(THREAT, "2022-06-01"), "2022-06-01", table, case.prices, instruments=case.instruments,
        series=["imoex", "brent"], windows=["0:0"],
    ).comparisons  # fmt: skip
    assert [(of.series, of.n, of.n_set_aside) for of in one.average] == [("imoex", 0, 1), ("brent", 1, 0)]
    assert any(line.startswith("0 of 1 means") for line in one.sureness)


def test_later_prices_change_nothing(case, brief):
    """A brief of 27 January is the same whatever is put into the prices and the events from that day on."""
    spoiled = case.prices.copy()
    spoiled.loc["2022-01-27":] *= 7
    late = case.events.assign(stance=case.events["stance"].where(case.events["time"] < "2022-01-27", "raise"))
    other = type(case)(**{**case.__dict__, "prices": spoiled, "events": late})
    assert brief_values(brief) == brief_values(a_brief(other))


def test_a_clock_lets_the_day_in(case):
    """An article with a clock may use the prices struck before it, one without none of its day: six sessions on from
    18 January end on the 25th.
    """
    text = "Russia attacked Ukraine on Monday."
    early, late = (a_brief(case, text, f"2022-01-25{clock}") for clock in ("", "T23:59:00+00:00"))
    n = [{(a.series, a.window): a.n for a in one.comparisons[0].average} for one in (early, late)]
    assert {key: n[1][key] - n[0].get(key, 0) for key in n[1]} == {
        ("ruble", "0:0"): 0, ("ruble", "0:5"): 1, ("imoex", "0:0"): 0, ("imoex", "0:5"): 1,
    }  # fmt: skip


def test_every_page_says_the_same(brief):
    """Text, Markdown and HTML have who raised, what is to come, every past event and every figure of the table."""
    for page in (brief_page(brief, "text"), brief_page(brief, "markdown"), brief_page(brief)):
        plain = page.replace("\\", "").replace("&#39;", "'").replace("\u00a0", " ")
        plain = " ".join(plain.split())
        for words in ("Brief of 27 January 2022", "RUS raised towards USA (threat, 2022-01-27", "Talks will resume"):
            assert words in plain
        for headline in brief.comparisons[0].past["headline"]:
            assert headline.replace("'", "’") in plain.replace("'", "’")
        for label in ("Ruble", "Moscow shares"):
            assert len(re.findall(rf'(?<!"){label}', plain)) == 2
        assert "anecdote" in plain
        for answer in brief.comparisons[0].average:
            for written in (quantity(answer.caar, answer.unit, 2), probability(answer.p_value, answer.days)):
                assert written.replace("<", "&lt;") in plain or written in plain
    assert max(map(len, brief_page(brief, "text").split("family p", 1)[1].splitlines())) < 80
    values = json.loads(json.dumps(brief_values(brief), allow_nan=False))
    assert [row["series"] for row in values["comparisons"][0]["average"]] == ["ruble", "ruble", "imoex", "imoex"]


def test_an_article_cannot_write_markup(case):
    """Angle brackets and stars of an article are text on every page."""
    text = "Russia threatened <script>alert(1)</script> **Washington** with `war` on Thursday."
    brief = a_brief(case, text=text, windows=["0:0"], series=["ruble"])
    assert "<script>" not in brief_page(brief)
    assert "<script>" not in brief_page(brief, "markdown")
    assert "**Washington**" not in brief_page(brief, "markdown")


def test_the_page_begins_with_who_moved():
    """Who raised, folded and held, the net by actor and what is next stand before all else; the actor whose move it is
    is compared first, each set of analogues once, and what is past is not still to come.
    """
    crimea = es.load_case("crimea-2014")
    found = extract_events(
        "Russia threatened Ukraine on Friday. The United States imposed sanctions on Russia on Thursday. "
        "Russia threatened Ukraine again on Thursday. Talks will resume on April 9. Diplomats will meet on April 2.",
        "2018-04-06",
    )
    brief = make_brief(found, "2018-04-07", crimea.events, crimea.prices, series=["ruble"], windows=["0:0"])
    lines = brief_page(brief, "text").splitlines()
    assert lines[2:8] == [
        "In short",
        "  Raised: RUS (2), USA (1)",
        "  Net, raises minus folds: RUS +2, USA +1",
        "  Next: 2018-04-09: Talks will resume on April 9.",
        "",
        "What happened, and who raised or folded",
    ]
    assert [one.event.actor for one in brief.comparisons] == ["RUS", "USA"]
    sets = [tuple(one.past["id"]) for one in brief.comparisons]
    assert len(set(sets)) == len(sets)
    assert "April 2" not in brief_page(brief, "text").split("Still to come")[1]


def test_nothing_to_compare_with(case):
    """Without a like event, or without prices for any, the page says why; without any event it says that."""
    old = a_brief(case, published="2021-11-04")
    assert "no comparable event on file: no raise of a near kind by RUS in this conflict" in brief_page(old, "text")
    unpriced = make_brief(
        extract_events(THREAT, "2022-01-27"), "2022-01-27", past({"id": "x", "time": "1999-01-20"}), case.prices,
        series=["ruble"],
    )  # fmt: skip
    assert unpriced.comparisons[0].why_not
    assert unpriced.comparisons[0].why_not in brief_page(unpriced, "text")
    assert "nothing that could be read" in brief_page(a_brief(case, text="It rained."), "text")
    with pytest.raises(DesignError, match="from 1 on"):
        a_brief(case, last=0)
