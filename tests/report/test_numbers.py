"""Every number of a report is the result's number for the same question, and stands beside the p of that number."""

import html.parser
import math
import re

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.reading import HEADLINE
from eventstudy.report import sentence, to_html, to_markdown, write_report
from eventstudy.wording import p_in_words, probability, quantity

#: Which field of an answer each column of the table of means shows.
FIELDS = {
    "n": "n", "mean": "caar", "p": "p_value", "against": "days", "family p": "family_p", "z": "z",
    "set aside": "n_set_aside", "median": "median", "without largest": "without_largest", "worst": "worst",
    "best": "best", "move": "move", "rose": "rose", "base rate": "base_rate",
}  # fmt: skip


class Tables(html.parser.HTMLParser):
    """Reads the tables of a page: by id a list of rows, each a dict of heading to (text, key)."""

    def __init__(self, page):
        super().__init__()
        self.found, self.cell = {}, None
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Open a table, a row or a cell."""
        attrs = dict(attrs)
        if tag == "table":
            self.rows = self.found[attrs["id"]] = []
        elif tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.cell = ["", attrs.get("data-key")]
            self.rows[-1].append(self.cell)

    def handle_endtag(self, tag):
        """Close a cell; a table becomes rows by heading."""
        if tag in {"td", "th"}:
            self.cell[0] = self.cell[0].replace("\u00a0", " ")
            self.cell[1] = self.cell[0] if self.cell[1] is None else self.cell[1]
            self.cell = None
        elif tag == "table":
            headings = [text for text, _ in self.rows[0]]
            self.rows[:] = [dict(zip(headings, row, strict=True)) for row in self.rows[1:]]

    def handle_data(self, data):
        """Keep the text of a cell."""
        if self.cell is not None:
            self.cell[0] += data


@pytest.fixture(scope="module")
def result():
    """A study of three markets with a headline in each stance, VIX in its own unit, ruble ending early."""
    case = es.load_case("raise-or-fold-2022")
    return es.EventStudy(case.events, case.prices, series=["imoex", "ruble", "vix"], windows=["0:0", "0:5"]).fit()


@pytest.fixture(scope="module", params=["0:0", pytest.param("0:5", marks=pytest.mark.slow)])
def asked(request, result):
    """A window, its report and the tables of its page."""
    told = write_report(result, window=request.param, charts=())
    return request.param, told, Tables(to_html(told)).found


@pytest.fixture(scope="module")
def told(result):
    """The report of the study without charts."""
    return write_report(result, charts=())


@pytest.fixture(scope="module")
def page(told):
    """Its page."""
    return to_html(told)


def names(result):
    """Return the name of each series by its label."""
    return {"All series": "*"} | {result.histories[name].instrument.label: name for name in result.series}


def same(key, value):
    """Whether the key of a cell is a figure, to the last bit."""
    return key == "nan" if math.isnan(value) else float(key) == value


def test_every_mean_is_the_answer_s(result, asked):
    """Each row of means holds the fields of one answer, its p among them; each answer has its row."""
    window, _, tables = asked
    seen = set()
    for row in tables["averages-table"]:
        series = names(result)[row["market"][0]]
        stance = {"all": "*", "raise − fold": "raise-fold"}.get(row["stance"][0], row["stance"][0])
        answer = result.answer(series, stance, window)
        for column, field in FIELDS.items():
            if column == "rose" and answer.p_source == "labels":
                assert row[column][0] == "n/a"  # a difference of shares is no share
            else:
                assert same(row[column][1], getattr(answer, field)), (series, stance, column)
        assert row["mean"][0] == quantity(answer.caar, answer.unit, 2).replace("index points", "pts")
        assert row["p"][0] in p_in_words(answer.p_value, answer.days if answer.p_source != "labels" else math.nan)\
            .replace("< ", "<")  # fmt: skip
        if answer.set_aside:
            assert row["set aside"][0] == ", ".join(f"{n} {why}" for why, n in answer.set_aside.items())
        seen.add((series, stance))
    average = result.average[result.average["window"] == window]
    assert seen == set(zip(average["series"], average["stance"], strict=True))


def test_the_contrast_closes(asked):
    """In the table raise less fold is the raise row less the fold row."""
    rows = {(row["market"][0], row["stance"][0]): row for row in asked[2]["averages-table"]}
    for (market, stance), row in rows.items():
        if stance == "raise − fold":
            difference = float(rows[market, "raise"]["mean"][1]) - float(rows[market, "fold"]["mean"][1])
            assert float(row["mean"][1]) == pytest.approx(difference, abs=1e-15)
            n = sum(float(rows[market, label]["n"][1]) for label in ("raise", "fold"))
            assert float(row["n"][1]) == n


def test_every_event_has_its_row_of_car_in_every_market(result, asked):
    """Each cell of the events is the CAR of its pair, in brackets where it is in no mean; its hint says move and p."""
    window, told, tables = asked
    car = result.car[result.car["window"] == window].set_index(["event_id", "series"])
    labels = {result.histories[name].instrument.label: name for name in result.series}
    news = {" ".join(row["headline"].split()): row["id"] for row in result.events.to_dict("records")}
    hints = {(row[1].text, k): cell.hint for row in told.tables["events"].rows for k, cell in enumerate(row)}
    seen, means = 0, {}
    for row in tables["events-table"]:
        event = news[row["event"][0]]
        for k, heading in enumerate(list(row)[3:], start=3):
            series = labels[heading.rpartition(", ")[0]]
            if (event, series) not in car.index:
                assert row[heading][0] == ""
                continue
            seen, match = seen + 1, car.loc[event, series]
            assert same(row[heading][1], match["car"])
            if not math.isnan(match["car"]):
                hint = hints[row["event"][0], k]
                assert f"moved {quantity(match['move'], match['unit'], 2)}" in hint
                assert p_in_words(match["p_value"], match["days"]) in hint
                assert p_in_words(match["family_p"], match["family_days"]) in hint
            if not row[heading][0].startswith("(") and row[heading][0] != "n/a":
                means.setdefault((series, match["net_stance"]), {})[match["market_event"]] = match["car"]
    assert seen == len(car)
    for (series, stance), cars in means.items():
        answer = result.answer(series, stance, window)
        assert (len(cars), sum(cars.values()) / len(cars)) == (answer.n, pytest.approx(answer.caar, abs=1e-15))


def test_the_family_p_decides_what_is_rare(result, asked):
    """A cell is filled where the family p is small and framed where only its own is; sentences follow the same rule."""
    window, told, _ = asked
    car = result.car[result.car["window"] == window].set_index(["event_id", "series"])
    news = {" ".join(row["headline"].split()): row["id"] for row in result.events.to_dict("records")}
    marks = set()
    for row in told.tables["events"].rows:
        for cell, series in zip(row[3:], result.series, strict=True):
            if cell.text in {"", "n/a"}:
                continue
            match = car.loc[news[row[1].text], series]
            wanted = "rare" if match["family_p"] <= 0.05 else "alone" if match["p_value"] <= 0.05 else ""
            assert cell.mark == wanted
            marks.add(wanted)
            said = sentence(result, news[row[1].text], series, window)
            assert ("rare even" in said) is (wanted == "rare")
            assert ("rare for this market alone" in said) is (wanted == "alone")
    assert marks == {"rare", "alone", ""}


def test_the_short_table_holds_answers(result, asked):
    """The table beside the chart has mean, p, family p and n of the answers that are said first, and no others."""
    window, _, tables = asked
    for row in tables["answer-table"]:
        stance = {"raise − fold": "raise-fold"}.get(row["stance"][0], row["stance"][0])
        answer = result.answer(names(result)[row["market"][0]], stance, window)
        for column in ("mean", "p", "family p", "n"):
            assert same(row[column][1], getattr(answer, FIELDS[column]))
    assert len(tables["answer-table"]) == 3 * len(result.series)


def test_the_standard_table_of_the_field(result, asked):
    """AAR, CAAR and their t by session are those of `aar`, market by market."""
    for series in result.series:
        rows = asked[2][f"aar-table-{series}"]
        aar = result.aar[result.aar["series"] == series].to_dict("records")
        assert len(rows) == len(aar)
        columns = {"τ": "tau", "n": "n", "AAR": "aar", "t of AAR": "t", "p of t": "p_value", "CAAR": "caar"}
        for row, expected in zip(rows, aar, strict=True):
            for column, field in (columns | {"t of CAAR": "caar_t"}).items():
                assert same(row[column][1], expected[field])


def test_sentences_are_the_answers_own(result, asked):
    """A market's part says all its answers in their own words; what was rare by the family p is summed up first."""
    window, told, _ = asked
    by_sentence = {answer.sentence: answer for answer in result.answers if answer.window == window}
    (markets,) = (block for block in told.blocks if block.name == "markets")
    texts = [block for market in markets.inside for block in market.inside if block.kind == "text"]
    said = [line for block in texts for line in block.what]
    assert sorted(said) == sorted(line for line, answer in by_sentence.items() if answer.series != "*")
    for line, stance in zip(told.headline, ("raise", "fold", "raise-fold"), strict=False):
        answers = [result.answer(name, stance, window) for name in result.series]
        rare = [answer for answer in answers if answer.family_p <= 0.05]
        assert (f"{len(rare)} of 3 markets" in line) if rare else ("none of 3 markets" in line)
        assert all(f"{answer.label} {quantity(answer.caar, answer.unit)}" in line for answer in rare)
        assert not [a for a in answers if a not in rare and f"{a.label} {quantity(a.caar, a.unit)}" in line]


def test_two_markets_are_answered_in_full():
    """Of one or two markets the answers of raises, folds and their contrast are said in their own words."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["imoex", "brent"], windows=["0:0"], tests=[]).fit()
    headline = write_report(result, charts=()).headline
    wanted = {
        result.answer(name, label).sentence for name in result.series for label in ("raise", "fold", "raise-fold")
    }
    assert wanted <= set(headline)
    assert headline[-1].startswith("How prices read the last raise")


def test_the_last_raise_is_an_event_that_raised():
    """Talks that share their session with sanctions are no raise, though the session's net stance is one."""
    case = es.load_case("raise-or-fold-2022")
    result = es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"], tests=[]).fit()
    assert result.matches.set_index("event_id").loc["2022-02-28-belarus-talks", "net_stance"] == "raise"
    last = case.events.set_index("id").loc["2022-02-26-swift-central-bank"]
    assert last["stance"] == "raise"
    said = write_report(result, charts=()).headline[-1]
    assert said.startswith(f"How prices read the last raise ({last['headline']}), ")


def test_a_report_as_of_a_day_reads_nothing_later():
    """Two days before the invasion the last raise is read by that day's prices, as `read --as-of` reads it."""
    case = es.load_case("raise-or-fold-2022")
    then = "2022-02-22"
    result = es.EventStudy(case.events, case.prices, series=["imoex", "vix"], tests=[], as_of=then).fit()
    record = es.load_case("all", HEADLINE)
    reading = es.read_event("2022-02-22-first-sanctions", events=record.events, prices=record.prices, as_of=then)
    assert set(reading.shares["window"]) == {"0:0"}
    assert write_report(result, charts=()).headline[-1].endswith(reading.sentence)


def test_many_series_of_one_event_are_answered_together_first():
    """Twenty banks and one decision: the mean over the banks is said first and heads the table."""
    rng = np.random.default_rng(7)
    days = pd.bdate_range("2021-01-04", periods=420)
    moves = 0.006 * rng.standard_normal((420, 1)) + 0.01 * rng.standard_normal((420, 20))
    prices = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), days, [f"bank{k}" for k in range(20)])
    result = es.event_study(["2022-06-15"], prices, windows=["0:0"], tests=[])
    told = write_report(result, charts=())
    pooled = result.answer("*", "*")
    assert pooled.caar == pytest.approx(np.mean([result.answer(name).caar for name in result.series]), abs=1e-15)
    assert told.headline[0] == pooled.sentence
    assert told.tables["answer"].rows[0][2].key == pooled.caar
    assert len(told.tables["answer"].rows) == 21


def test_without_stances_all_events_are_the_answer():
    """A study of bare dates says what came after all of them, and nothing of raises or folds."""
    prices = es.load_case("raise-or-fold-2022").prices["imoex"].dropna()
    result = es.event_study(["2021-12-17", "2022-01-27", "2022-02-15"], prices, windows=["0:0"])
    told = write_report(result, charts=())
    assert told.headline[0] == result.answer().sentence
    assert not [line for line in told.headline if "raise" in line or "fold" in line]
    page = to_html(told)
    assert "escalates" not in page
    assert len(Tables(page).found["averages-table"]) == 1


def test_simple_and_log_returns_are_named(told):
    """The page says in which returns its figures are; of logs they are printed as they are."""
    assert "in simple returns; VIX in index points" in to_markdown(told)
    case = es.load_case("raise-or-fold-2022")
    choices = {"series": ["imoex"], "windows": ["0:0"], "tests": [], "returns_kind": "log"}
    logs = es.EventStudy(case.events, case.prices, **choices).fit()
    told = write_report(logs, charts=())
    assert "in log returns; a plus means" in to_markdown(told)
    assert quantity(logs.answer("imoex", "raise").caar, "log return", 2) in to_markdown(told)


def test_what_no_placebo_can_see_is_said_beside_the_p_and_in_the_method(told, page):
    """Volatility that rises with the event is named below the table of means and once in the method."""
    (caution,) = [note for note in told.tables["averages"].notes if note.startswith("What no placebo can see")]
    assert "19 to 50 %" in caution
    run = methods(page)
    assert [name for name, (_, formula, _) in run.items() if caution in formula] == ["p of one event"]
    assert page.count("What no placebo can see") == 2


def methods(page):
    """Return what the page says of each method by its name: what it is, its formula, its paper."""
    form = r"<summary><code>(.*?)</code></summary>\n<p><strong>(.*?)</strong> (.*?)</p>"
    rows = re.findall(form, page.replace("\u00a0", " "), re.DOTALL)
    parted = ((name, what, *said.partition(' <span class="paper">')[::2]) for name, what, said in rows)
    return {name: (what, formula, paper) for name, what, formula, paper in parted}


def test_methods_name_everything_that_was_run(result, page):
    """Model, scale, p-values and every test of the design are named, the classical ones with formula and paper."""
    told = methods(page)
    first = ["constant-mean", "scale ewma", "p of one event", "p of a mean", "family p", "p of raise-fold"]
    assert list(told) == [*first, *result.design.tests]
    for name in ("scale ewma", "family p", "p of raise-fold", "cross_section_t", "adjusted_bmp_t", "rank_z"):
        _, formula, paper = told[name]
        assert re.search(r"\(\d{4}\)", paper), name
        assert formula.partition(" For ")[0], name
    assert all(what for what, _, _ in told.values())


def test_an_ordinary_move_is_not_called_the_least_ordinary():
    """Where no single move was out of the ordinary the page says that, and only then which came nearest."""
    case = es.load_case("raise-or-fold-2022")
    calm = es.EventStudy(case.events.iloc[:3], case.prices[["gold"]], windows=["0:0"], tests=[]).fit()
    assert (calm.car["p_value"] > 0.05).all()
    said = " ".join(write_report(calm, charts=()).headline)
    assert "No single move was out of the ordinary, the nearest to it: " in said
    assert "ordinary for a market this nervous" in said
    assert "Least ordinary" not in said


@pytest.mark.parametrize("part", [0, pytest.param(1, marks=pytest.mark.slow), pytest.param(2, marks=pytest.mark.slow)])
def test_one_sentence_has_the_row_s_figures(result, part):
    """The sentence of a pair says the raw move, the abnormal return and the p of that abnormal return."""
    for row in result.car.to_dict("records")[part::3]:
        text = sentence(result, row["event_id"], row["series"], row["window"])
        if math.isnan(row["car"]):
            assert "no abnormal return" in text
            continue
        assert (
            f"moved {quantity(row['move'], row['unit'])}; abnormal return {quantity(row['car'], row['unit'])}" in text
        )
        assert f"{quantity(row['car'], row['unit'])}, {p_in_words(row['p_value'], row['days'])}" in text
        assert ("rare even" in text) is bool(row["family_p"] <= 0.05)
        assert row["note"] in text


def test_sentences_of_january_and_february(result):
    """27 January is ordinary though its t is above 2; 24 February is rare at the floor of its days."""
    text = sentence(result, "2022-01-27-kremlin-reply", "imoex")
    assert text.startswith("27 January: Moscow shares moved +2.9 %")
    assert "p 0.27" in text
    assert "ordinary for a market this nervous, though its t is 2.4" in text
    text = sentence(result, "2022-02-24-invasion", "imoex")
    assert text.startswith("24 February: Moscow shares moved −33.3 %")
    assert re.search(r"p < 0\.004 \(\d+ days\)", text)
    assert probability(0.004) in text


def test_sentences_say_what_is_missing(result):
    """An excluded pair and a window past the sample are said so, without a figure; wrong names are suggested."""
    text = sentence(result, "2022-03-08-us-oil-ban", "ruble")
    assert text == "Ruble: not used (after-sample: the sample ends 2022-03-01)."
    assert "no abnormal return over 0:5" in sentence(result, "2022-02-24-invasion", "ruble", "0:5")
    with pytest.raises(es.UnknownNameError, match="did you mean '2022-02-24-invasion'"):
        sentence(result, "2022-02-24-invason", "imoex")
    with pytest.raises(es.UnknownNameError, match="did you mean 'imoex'"):
        sentence(result, "2022-02-24-invasion", "imox")
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        sentence(result, "2022-02-24-invasion", "imoex", "0:9")
    with pytest.raises(es.UnknownNameError, match="window of this study"):
        write_report(result, window="0:9", charts=())
