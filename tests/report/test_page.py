"""The page as text: complete, escaped, self-contained, the same for the same study."""

import html.parser
import pickle
import re
import struct
from collections import Counter
from dataclasses import replace
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from markdown_it import MarkdownIt

import eventstudy as es
from eventstudy.charts import DARK, LIGHT
from eventstudy.report import POSSIBLE, to_html, to_markdown, to_pdf, to_slide, write_report

PARTS = ["events", "markets", "means", "audit", "method", "reproduce"]


class Reader(html.parser.HTMLParser):
    """Collects tags with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.text, self.quiet = [], [], False
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))
        self.quiet = tag in {"script", "style"}

    def handle_endtag(self, tag):  # noqa: ARG002  # the parser's signature
        """Hear the text again."""
        self.quiet = False

    def handle_data(self, data):
        """Keep a text."""
        if not self.quiet:
            self.text.append(data)


@pytest.fixture(scope="module")
def page(told):
    """The page of the small study."""
    return to_html(told)


@pytest.fixture(scope="module")
def read(page):
    """The page, read by Python's own parser."""
    return Reader(page)


def test_the_command_that_repeats_the_study_is_set_as_code(page):
    """What is typed is told from the words around it, as the names of methods and the design file are."""
    assert "as a design file for <code>eventstudy run design.toml</code> (raise-or-fold" in page


def test_the_answer_stands_first_and_all_else_is_folded(read):
    """The answer is open, with its sentences, one table and one chart; every other part is folded, with a heading."""
    parts = [attributes.get("id") for tag, attributes in read.tags if tag == "details"]
    assert [name for name in parts if name in PARTS] == PARTS
    assert not [attributes for tag, attributes in read.tags if tag == "details" and "open" in attributes]
    before = read.tags[: next(k for k, (_, a) in enumerate(read.tags) if a.get("id") == "events")]
    assert Counter(tag for tag, _ in before if tag in {"table", "svg"}) == {"table": 1, "svg": 1}
    headings = Counter(tag for tag, _ in read.tags if tag in {"h1", "h2", "h3"})
    assert headings["h1"] == 1
    assert headings["h2"] == len(PARTS) + 1


def test_no_figure_is_parted_from_its_sign_or_unit(page):
    """Between a number and its per cent, or a p and its figure, stands no space at which a line could be broken."""
    text = "".join(Reader(re.sub("<svg.*?</svg>", "", page, flags=re.DOTALL)).text)
    assert "\u00a0%" in text
    assert not re.search(r"\d %|p <|p 0|< 0", text)


def test_title_dates_and_author(study):
    """The page says whose it is and what it rests on: events and prices with their days."""
    page = to_html(write_report(study, "The winter", charts=(), author="A. <Strategist>"))
    assert "<h1>The winter</h1>" in page
    assert "28 events, 17 December 2021 to 8 March 2022; prices " in page
    assert "A. &lt;Strategist&gt;" in page


def test_a_hostile_headline_is_text(page, read):
    """A headline with a script comes out as words, wherever it stands; a link that is no web address is no link."""
    assert page.count("<script") == 1
    assert not [t for t, _ in read.tags if t == "img"]
    assert '<script>document.title = "run"</script> & "quoted"' in "".join(read.text)
    assert "onerror=alert(1)>" not in page.replace("onerror=alert(1)&gt;", "")
    links = {attributes["href"] for tag, attributes in read.tags if tag == "a"}
    assert "https://example.org/invasion" in links
    assert not [link for link in links if link.startswith("javascript")]


def test_nothing_is_loaded(read):
    """No tag of the page points to anything outside of it, and its policy forbids it to load what it may not have."""
    for tag, attributes in read.tags:
        for key in ("src", "href", "xlink:href", "data", "srcset", "action"):
            value = attributes.get(key, "")
            assert tag == "a" or value.startswith(("#", "data:,")) or not value, (tag, key, value)
    (policy,) = [a["content"] for t, a in read.tags if t == "meta" and a.get("http-equiv")]
    assert policy.startswith("default-src 'none'")
    assert "script-src 'sha256-" in policy


def test_identifiers_are_unique_and_links_lead_somewhere(page, read):
    """No identifier stands twice, though every chart has parts of the same name; every inner link has its place."""
    ids = Counter(attributes["id"] for _, attributes in read.tags if "id" in attributes)
    assert [name for name, n in ids.items() if n > 1] == []
    assert not [name for name in ids if re.search(r"\s", name)]
    wanted = {a[k][1:] for _, a in read.tags for k in ("href", "xlink:href") if a.get(k, "").startswith("#")}
    wanted |= set(re.findall(r"url\(#([^)]+)\)", page))
    assert wanted <= set(ids)


def test_charts_are_told_to_those_who_do_not_see_them(told, read):
    """Every chart is an image with a title and a description, and keyboard users can reach it."""
    images = [attributes for tag, attributes in read.tags if tag == "svg"]
    assert len(images) == len(told.drawings) == 3
    ids = {attributes["id"] for _, attributes in read.tags if "id" in attributes}
    for attributes in images:
        assert attributes["role"] == "img"
        assert set(attributes["aria-labelledby"].split()) <= ids
    assert all(drawing.alt in "".join(read.text) for drawing in told.drawings)


def test_charts_follow_the_page_s_colours(page, told):
    """In a picture every colour of the style is a variable of the page, which has one value in light, one in dark."""
    pictures = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert "var(--raise)" in pictures
    for colour in (LIGHT.ink, LIGHT.muted, LIGHT.look("raise").colour):
        assert colour in told.drawings[0].svg + told.drawings[1].svg
        assert colour not in pictures
    assert f"--raise: {LIGHT.look('raise').colour}" in page
    assert f"--raise: {DARK.look('raise').colour}" in page


def test_charts_say_on_the_page_what_they_say_alone(page, told):
    """Every word and figure written on a chart stands on the page to the last digit."""
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", "".join(drawing.svg for drawing in told.drawings))
    assert len(texts) > 50
    assert any(re.search(r"\d\.\d\d", text) for text in texts)
    on_page = Counter(re.findall(r"<text[^>]*>([^<]+)</text>", page))
    assert not Counter(" ".join(text.split()) for text in texts) - Counter(
        {" ".join(text.split()): n for text, n in on_page.items()}
    )


def test_every_table_is_there_with_the_figures(study, page, read):
    """Matches, moves, averages and inputs are all on the page; what was left out stands with its reason."""
    text = "".join(read.text)
    for item in study.inputs:
        assert item.sha256 in text
    for event in study.matches["event_id"]:
        assert event in text
    assert len(re.findall("<tr", "".join(re.findall(r'id="events-table".*?</table>', page, re.DOTALL)))) == 1 + 28
    out = study.matches[study.matches["status"] != "used"]
    assert len(out)
    assert all(reason in text for reason in out["reason"])
    assert "case = " not in text
    assert 'windows = ["0:0", "0:5"]' in text
    assert all(line in text for line in study.warnings)


@pytest.mark.slow
def test_the_same_study_gives_the_same_page(study, page):
    """Written anew from the same study the page is the same to the byte: no clock, no path."""
    assert to_html(write_report(study, charts=("heatmap", "raise-fold"))) == page


def test_markdown_tells_the_same_story(told):
    """The Markdown has the sections of the page, its pictures' files, and shows a hostile headline as words."""
    text = to_markdown(told)
    assert len(re.findall(r"^## ", text, re.MULTILINE)) == len(PARTS) + 1
    assert "(charts/raise-fold-ruble.svg)" in text
    assert "<script" not in text.replace(r"\<script", "")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    widths = {len(re.findall(r"(?<!\\)\|", row)) for row in rows}
    assert len(rows) > 60
    assert min(widths) >= 5
    assert to_markdown(replace(told, title="a|b\nc")).startswith("# a\\|b c\n")


def test_pictures_of_a_series_with_blanks_are_found():
    """A link of the Markdown leads to its picture, whatever the series is called."""
    days = pd.bdate_range("2020-01-01", periods=300)
    prices = pd.DataFrame({"My (new) Index": 100 + np.sin(np.arange(300))}, index=days)
    told = write_report(es.event_study(["2020-10-01"], prices, windows=["0:0"]), charts=("timeline",))
    tokens = MarkdownIt().parse(to_markdown(told))
    images = [one for token in tokens for one in token.children or () if one.type == "image"]
    assert [unquote(one.attrs["src"]) for one in images] == ["charts/timeline-My (new) Index.svg"]


def test_a_label_with_a_hyphen_is_no_contrast():
    """A label of one's own stands in every table as it is written; of a contrast the two labels are apart."""
    days, rng = pd.bdate_range("2019-01-01", periods=500), np.random.default_rng(3)
    prices = pd.DataFrame({"x": 100 * np.cumprod(1 + rng.normal(0, 0.01, 500))}, index=days)
    events = pd.DataFrame({"time": days[300:480:20].strftime("%Y-%m-%d"), "call": ["hawkish-hold", "cut", "cut"] * 3})
    choices = {"windows": ["0:0"], "group_by": "call"}
    alone = es.event_study(events, prices, **choices)
    text = to_markdown(write_report(alone, charts=()))
    assert "hawkish-hold" in text
    assert "hawkish − hold" not in text
    both = es.event_study(events, prices, contrast=("hawkish-hold", "cut"), **choices)
    assert "| hawkish-hold − cut |" in to_markdown(write_report(both, charts=()))


def test_charts_that_cannot_be_drawn_are_named(study):
    """A chart that the study cannot give is listed with the reason; an unknown kind is refused."""
    none, prices = study.events.assign(intensity=float("nan")), study.given.figures
    bare = es.EventStudy(none, prices, series=["vix"], windows=["0:0"], tests=[]).fit()
    report = write_report(bare, charts=("scatter",))
    assert report.drawings == ()
    assert [name for name, _ in report.not_drawn] == ["scatter-vix"]
    assert all("intensity" in why for _, why in report.not_drawn)
    usual = {one.name.removesuffix(f"-{one.series}") for one in write_report(bare).drawings}
    assert "timeline" in usual <= set(POSSIBLE)
    with pytest.raises(ValueError, match="unknown chart of a report"):
        write_report(study, charts=("pie",))


def test_of_many_markets_the_first_chart_is_titled_by_a_row_beside_it():
    """A chart beside the answer names a label of the table there; what is drawn of the first markets alone is said."""
    rng, days = np.random.default_rng(3), pd.bdate_range("2020-01-01", periods=700)
    steps = rng.normal(0, 0.01, (700, 12))
    held = [300, 330, 360, 390]
    steps[held] += 0.05
    prices = pd.DataFrame(100 * np.exp(np.cumsum(steps, axis=0)), index=days, columns=[f"stock {k}" for k in range(12)])
    stances = ["raise"] * 7 + ["fold"] * 7 + ["hold"] * 4
    events = pd.DataFrame({"time": days[[*range(200, 298, 7), *held]], "stance": stances})
    study = es.EventStudy(events, prices, windows=["0:0"], tests=[]).fit()
    assert study.average.loc[study.average["family_p"].idxmin(), "stance"] == "hold"
    report = write_report(study)
    assert "hold" not in " ".join(text for row in report.tables["answer"].texts[1:] for text in row)
    assert "hold" not in report.drawings[0].title
    said = "timeline of 2 more markets", "--charts multiples,timeline draws them"
    assert report.not_drawn == (said,)


def test_a_placebo_is_drawn_for_every_series(study):
    """A report with placebos shows the last event of each series among the days without news."""
    report = write_report(study, charts=("placebo",))
    assert [one.name for one in report.drawings] == ["placebo-ruble", "placebo-vix"]
    assert report.not_drawn == ()


def test_a_slide_is_one_picture_of_its_size(told):
    """The slide is a PNG of 1920 by 1080 dots."""
    picture = to_slide(told)
    assert picture.startswith(b"\x89PNG")
    assert struct.unpack(">II", picture[16:24]) == (1920, 1080)


@pytest.mark.slow
def test_the_same_report_gives_the_same_slide(told):
    """The slide is the same to the byte for the same report."""
    assert to_slide(told) == to_slide(told)


def test_no_words_of_a_slide_stand_on_others(monkeypatch):
    """Long titles are folded, long names of markets and labels cut to their column, which ends before the chart."""
    from matplotlib.figure import Figure  # only here

    case, figures, savefig = es.load_case("raise-or-fold-2022"), [], Figure.savefig
    names = ["Euro Gov 10y Bond Total Return Index (hedged)", "Alpha Bank plc", "Market" * 9]
    prices = case.prices[["ruble", "imoex", "brent"]].set_axis(names, axis=1)
    events = case.events.assign(call=case.events["stance"].map(lambda stance: f"a {stance}, after all that was said"))
    result = es.EventStudy(events, prices, group_by="call", tests=[], windows=["0:0"]).fit()
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: [figures.append(self), savefig(self, *a, **k)])
    to_slide(write_report(result, title="What all the markets of the world did when they heard of it " * 2))
    drawn, renderer = figures[-1], figures[-1].canvas.get_renderer()
    found = [(text.get_text(), text.get_window_extent(renderer)) for text in drawn.texts]
    assert len(found) > 20
    for k, (words, a) in enumerate(found):
        assert a.x1 <= drawn.bbox.x1, words
        for other, b in found[k + 1 :]:
            high, wide = min(a.y1, b.y1) - max(a.y0, b.y0), min(a.x1, b.x1) - max(a.x0, b.x0)
            assert wide <= 0 or high <= 0.2 * min(a.height, b.height), (words, other)


def test_a_slide_has_the_sentences_that_there_is_room_for(monkeypatch):
    """Of one market both labels, their difference and the largest single move are said, and no name is cut."""
    from matplotlib.figure import Figure  # only here

    case, figures, savefig = es.load_case("raise-or-fold-2022", ["ruble"]), [], Figure.savefig
    words = case.events["stance"].map({"raise": "hawkish surprise", "fold": "dovish surprise", "hold": "none"})
    choices = {"group_by": "call", "contrast": "hawkish surprise-dovish surprise", "tests": [], "windows": ["0:0"]}
    result = es.EventStudy(case.events.assign(call=words), case.prices, **choices).fit()
    monkeypatch.setattr(Figure, "savefig", lambda self, *a, **k: [figures.append(self), savefig(self, *a, **k)])
    report = write_report(result, charts=())
    to_slide(report)
    assert len(report.headline) == 4
    said = " ".join(" ".join(text.get_text() for text in figures[-1].texts).split())
    assert [" ".join(line.split()) in said for line in report.headline] == [True] * 4
    chart = figures[0]
    words = [text for ax in chart.axes for text in (*ax.texts, ax._left_title) if text.get_visible()]
    boxes = [text.get_window_extent(chart.canvas.get_renderer()) for text in words]
    assert max(box.x1 for box in boxes) <= chart.bbox.x1


@pytest.mark.slow
def test_without_a_browser_the_pdf_has_the_words_and_the_charts(told):
    """Where no Chromium is, or it fails, plain pages are written: one of words and one a chart, without a clock."""
    pages = to_pdf(told)
    assert len(re.findall(rb"/Type /Page\b", pages)) == 1 + len(told.drawings)
    assert b"CreationDate" not in pages
    assert b"FontFile2" in pages
    assert to_pdf(told, browser="/nowhere/chromium") == pages


def test_a_pdf_without_a_browser_needs_the_figures(told):
    """Charts that were pickled have none; they are named, and what to do."""
    elsewhere = replace(told, drawings=tuple(pickle.loads(pickle.dumps(told.drawings[:2]))))  # noqa: S301  # our own
    with pytest.raises(es.InputError, match=f"pickling left no {elsewhere.drawings[0].name}, .*write the report again"):
        to_pdf(elsewhere)


def test_labels_of_one_s_own_are_named_not_bent():
    """Of several markets each label is summed up: a stance has a plural, any other label is quoted as it is."""
    case = es.load_case("raise-or-fold-2022")
    events = case.events.assign(label=case.events["stance"].replace({"fold": "bad"}))
    series = ["imoex", "ruble", "brent"]
    result = es.EventStudy(events, case.prices, series=series, windows=["0:0"], group_by="label", contrast=None).fit()
    text = to_markdown(write_report(result, charts=()))
    assert "After events labelled bad, the event session" in text
    assert "After raises, the event session" in text
