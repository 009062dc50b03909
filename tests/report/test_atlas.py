import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy import NothingUsableError, UnknownNameError
from eventstudy.cli.main import main
from eventstudy.report.atlas import WINDOWS, cases, finding, read_atlas, with_events, write_site

ROOT = Path(__file__).resolve().parents[2]
MADE = run_path(str(ROOT / "docs" / "atlas.py"))
CALL = "2025-02-12-trump-putin-call"


@pytest.fixture(scope="module")
def atlas():
    """The atlas that is shipped."""
    return read_atlas()


def shipped_of(atlas, name):
    """Return the rows of a case in the order in which they are made."""
    return atlas[atlas["case"] == name].reset_index(drop=True)


def same(shipped, fresh):
    """Whether rows that are shipped are those of a fresh run, to the six digits that are kept."""
    assert_frame_equal(shipped, with_events(fresh), rtol=2e-6, check_dtype=False)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("name", ["sanctions-2018", "korea-2017-2019"])
def test_what_is_shipped_is_what_a_fresh_run_gives(atlas, name):
    """The shipped rows of a case are those that a study of it gives today."""
    same(shipped_of(atlas, name), MADE["make_atlas"]((name,)))


@pytest.mark.slow
def test_all_that_is_shipped_is_what_a_fresh_run_gives(atlas):
    """The shipped file is that of a fresh run of all cases."""
    fresh = MADE["make_atlas"]()
    same(atlas, fresh)
    columns = json.loads((ROOT / "datasets" / "atlas.json").read_bytes())["columns"]
    assert json.loads(MADE["to_file"](fresh))["columns"] == columns


def test_an_answer_of_the_atlas_is_that_of_the_study(atlas):
    """A row of the atlas is the row of the study's own table: one question has one answer."""
    case = es.load_case("sanctions-2018")
    result = es.EventStudy(case.events, case.prices, series=list(case.headline), windows=list(WINDOWS), tests=[]).fit()
    keys = ["event_id", "series", "window"]
    merged = shipped_of(atlas, case.name).merge(result.car, on=keys, suffixes=("", "_study"))
    assert len(merged) == 15 * len(case.headline) * 2
    for column in ("move", "car", "z", "p_value", "days", "family_p"):
        np.testing.assert_allclose(merged[column], merged[f"{column}_study"], rtol=6e-6, err_msg=column)


def test_every_event_is_asked_in_every_headline_market(atlas):
    """No event and no market of a case is left out, whatever came of it; what has no figure says why."""
    expected = sum(len(case.events) * len(case.headline) for case in map(es.load_case, cases()))
    assert len(atlas) == 2 * expected
    assert set(atlas["event_id"]) == set(es.load_case("all").events["id"])
    assert (atlas.loc[atlas["p_value"].isna(), "note"] != "").all()
    assert atlas["headline"].notna().all()


@pytest.mark.parametrize(
    ("only", "column", "value"),
    [
        ({"case": "korea-2017-2019"}, "case", "korea-2017-2019"),
        ({"kind": "tariff"}, "kind", "tariff"),
        ({"series": "oil"}, "series", "brent"),
        ({"kind": ["Tariff"]}, "kind", "tariff"),
    ],
)
def test_a_part_of_it(only, column, value):
    """A case, a kind or a market, by any name of it, leaves its rows alone."""
    assert set(read_atlas(**only)[column]) == {value}


def test_an_actor_is_one_of_those_who_acted(atlas):
    """Of an event by several each is an actor, and only events by the one asked for are kept."""
    found = read_atlas(actor="kor")
    assert found["actor"].str.split(";").map(lambda codes: "KOR" in codes).all()
    assert found["event_id"].nunique() == atlas[atlas["actor"].str.contains("KOR")]["event_id"].nunique()
    either = atlas["actor"].str.contains("KOR|RUS")
    assert set(read_atlas(actor=["kor", "RUS"])["event_id"]) == set(atlas.loc[either, "event_id"])


def test_a_part_of_a_case_is_a_part_of_the_atlas():
    """The talks of 2025 are a part of a longer case, and their events are found."""
    assert set(read_atlas(case="talks-2025")["event_id"]) == set(es.load_case("talks-2025").events["id"])


@pytest.mark.parametrize(
    ("only", "error", "words"),
    [
        ({"kind": "tarif"}, UnknownNameError, "did you mean 'tariff'"),
        ({"actor": ["RUS", "ruz"]}, UnknownNameError, "did you mean 'RUS'"),
        ({"actor": "ruz"}, UnknownNameError, "did you mean 'RUS'"),
        ({"series": "wheat"}, UnknownNameError, "unknown market of the atlas 'wheat'"),
        ({"actor": "RUS", "kind": "tariff"}, NothingUsableError, "leave one of the conditions out"),
    ],
)
def test_what_is_not_in_it(only, error, words):
    """What no event is of is refused, with the nearest that is there."""
    with pytest.raises(error, match=words):
        read_atlas(**only)


def test_the_share_of_moves_out_of_the_ordinary_is_counted():
    """Of four moves two have a p of 0.05 or less and one a family p: 50 % and 25 %."""
    rows = pd.DataFrame({
        "event_id": list("aabb"), "window": "0:0", "p_value": [0.01, 0.05, 0.06, 0.9],
        "family_p": [0.05, 0.2, 0.3, 1.0],
    })  # fmt: skip
    said = finding(rows)
    assert said.startswith("2 events, 4 pairs of event and market over 0:0: 50 % have p of 0.05 or less")
    assert "25 % by the family p" in said


# --- the command ---------------------------------------------------------------------------------------------------


def say(capsys, *words):
    """Run the command and return what it writes."""
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert not left.value.code
    return capsys.readouterr().out


def test_the_command_begins_with_the_finding_within_80_columns(capsys):
    """The table begins with how many moves were rare, the least ordinary first, and is read at 80 columns."""
    out = say(capsys, "atlas", "--case", "talks-2025", "--series", "imoex", "--top", "3")
    assert out.startswith("52 events, 52 pairs of event and market over 0:0: ")
    rows = [line for line in out.splitlines() if line.startswith("2025-")]
    assert len(rows) == 3
    assert rows[0].startswith(CALL)
    assert "+5.99 %" in rows[0]
    assert max(map(len, out.splitlines())) <= 80
    assert "49 more rows" in out


# --- the site ------------------------------------------------------------------------------------------------------


def test_the_command_takes_several_markets_and_a_window_in_every_format(capsys):
    """`--series A,B` as in every command; a window that was asked for holds for JSON too, else both are written."""
    words = ("atlas", "--case", "talks-2025", "--series", "imoex,ttf", "--format", "json")
    for more, windows in ((), {"0:0", "0:1"}), (("--window", "0:1"), {"0:1"}):
        with pytest.raises(SystemExit):
            main([*words, *more])
        rows = json.loads(capsys.readouterr().out)
        assert {row["series"] for row in rows} == {"imoex", "ttf"}
        assert {row["window"] for row in rows} == windows


class Page(HTMLParser):
    """The links, the elements and the words of a page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.tags, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note an element, and where it leads."""
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href" and not value.startswith("data:")]

    def handle_data(self, data):
        """Note its words."""
        self.words.append(data)


@pytest.fixture(scope="module")
def rows():
    """The rows of the first events of a case."""
    found = read_atlas(case="sanctions-2018")
    return found[found["event_id"].isin(found["event_id"].unique()[:7])]


@pytest.fixture(scope="module")
def site(rows, tmp_path_factory):
    """The site of those, by path below its folder."""
    folder = tmp_path_factory.mktemp("site")
    paths = write_site(folder, rows)
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_the_site_has_a_page_an_event_and_no_broken_link(rows, site):
    """The index leads to every event and every event to others and back; nothing leads elsewhere."""
    events = {name for name in site if name.startswith("events/")}
    assert events == {f"events/{event}.html" for event in rows["event_id"]}
    assert set(Page(site["index.html"]).links) == events
    for name in events:
        links = Page(site[name]).links
        assert links[0] == "../index.html"
        assert {f"events/{link}" for link in links[1:]} <= events - {name}
        assert 1 <= len(links) <= 6


def test_a_part_of_the_atlas_is_compared_with_all_of_it(rows, site, tmp_path):
    """A site of one event names the events most like it all the same; none of them has a page to lead to."""
    event = "2018-04-06-oligarch-list"
    write_site(tmp_path, rows[rows["event_id"] == event])
    alone, among = ((tmp_path / f"events/{event}.html").read_text(encoding="utf-8"), site[f"events/{event}.html"])
    items = [re.findall(r"<li>(.*?)</li>", page) for page in (alone, among)]
    assert len(items[0]) == 5
    assert items[0] == [re.sub(r"</?a[^>]*>", "", item) for item in items[1]] != items[1]
    assert Page(alone).links == ["../index.html"]


def test_a_page_can_be_read_without_a_script(rows, site):
    """Only the index has a script, and all of its table is there without it."""
    assert [name for name, text in site.items() if "<script" in text] == ["index.html"]
    words = " ".join(Page(site["index.html"]).words)
    assert all(headline in words for headline in rows["headline"])
    assert all("default-src 'none'" in unescape(text) for text in site.values())


def test_a_page_says_what_happened_who_did_it_and_what_markets_did(site):
    """An event's page has its day, actors, source, the moves with p and family p, and a picture with words."""
    page = site["events/2018-04-06-oligarch-list.html"]
    text = re.sub(r"\s+", " ", " ".join(Page(page).words))
    assert "Friday, 6 April 2018" in text
    assert "by USA towards RUS" in text
    assert "family p" in text
    assert "Moscow shares 0:0" in text
    assert "−8.94 %" in text  # from Thursday, over the weekend, to Monday's close: (1 - 0.0065) (1 - 0.0834) - 1
    assert page.count("<svg") == 1
    assert "aria-label=" in page


def test_the_page_of_what_did_not_move_markets_is_of_this_atlas():
    """`docs/nulls.md` is what its script writes from the atlas that is shipped."""
    written = run_path(str(ROOT / "docs" / "nulls.py"))["page"]()
    assert (ROOT / "docs" / "nulls.md").read_text(encoding="utf-8") == written


@pytest.mark.slow
def test_a_page_says_how_prices_read_its_event(tmp_path):
    """The sentence on a page is that of `read_event`, odds and doubt with it."""
    write_site(tmp_path, read_atlas(case="korea-2017-2019"))
    page = (tmp_path / "events" / "2019-02-28-hanoi-fails.html").read_text(encoding="utf-8")
    found = page.partition('id="reading"')[2].partition("</p>")[0]
    assert unescape(found).replace("\u00a0", " ").endswith(es.read_event("2019-02-28-hanoi-fails").sentence)
