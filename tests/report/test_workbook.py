"""The workbook: an answer, a sheet a table, dates as dates, figures as figures, and no formula from a headline."""

import re
import zipfile
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.main import main


@pytest.fixture(scope="module", autouse=True)
def openpyxl():
    """Return what reads workbooks, where both libraries are installed."""
    pytest.importorskip("xlsxwriter", reason="the extra 'excel' is not installed")
    return pytest.importorskip("openpyxl", reason="the extra 'excel' is not installed")


@pytest.fixture(scope="module")
def path(study, tmp_path_factory):
    """The workbook of the small study, written."""
    return study.to_excel(tmp_path_factory.mktemp("book") / "winter.xlsx")


@pytest.fixture(scope="module")
def book(path, openpyxl):
    """The same, read back."""
    return openpyxl.load_workbook(path)


def test_an_answer_and_a_sheet_a_table(study, book):
    """There are eight sheets at most, each with a frozen and filtered head; the answer stands first."""
    assert book.sheetnames == ["answer", *study.tables()]
    assert len(book.sheetnames) <= 8
    for sheet in book:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref.startswith("A1:")
    lines = [row[0] for row in book["answer"].iter_rows(values_only=True)]
    assert all(line in lines for line in study.warnings)
    assert 'windows = ["0:0", "0:5"]' in lines


def test_the_answers_are_the_study_s(study, book):
    """Each row of the answer has the mean, the p and the family p of one answer, and its sentence."""
    head, *rows = book["answer"].iter_rows(values_only=True, max_col=8)
    found = [dict(zip(head, row, strict=True)) for row in rows if row[7]]
    wanted = [answer for answer in study.answers if answer.window == "0:0" and answer.n]
    assert len(found) == len(wanted)
    for row, answer in zip(found, wanted, strict=True):
        assert (row["n"], row["answer"]) == (answer.n, answer.sentence)
        assert row["mean"] == pytest.approx(answer.caar, rel=1e-15)
        for column, value in (("p", answer.p_value), ("family p", answer.family_p)):
            assert row[column] == (None if np.isnan(value) else pytest.approx(value, rel=1e-15))


def test_the_figures_are_the_tables_own(study, book):
    """The sheet of CARs holds the table's figures in full precision, missing ones empty, sessions as dates."""
    headings, *rows = book["car"].iter_rows(values_only=True)
    read = pd.DataFrame(rows, columns=headings)
    assert list(read) == list(study.car)
    pd.testing.assert_series_equal(read["car"].astype(float), study.car["car"].reset_index(drop=True), rtol=1e-15)
    assert list(read["session"]) == [day.to_pydatetime() for day in study.car["session"]]
    assert isinstance(book["matches"]["F2"].value, datetime)


def test_figures_have_the_format_of_their_unit(study, book):
    """Returns are in per cent, index points are not, a p has three digits, a day no clock."""
    head = {cell.value: cell.column for cell in book["car"][1]}
    for row, unit in zip(book["car"].iter_rows(min_row=2), study.car["unit"], strict=True):
        form = {name: row[column - 1].number_format for name, column in head.items()}
        for name in ("car", "se"):
            if row[head[name] - 1].value is not None:
                assert form[name] == ("0.00%" if unit.endswith(" return") else "0.00")
        assert form["session"] == "yyyy-mm-dd"
        assert form["p_value"] in {"0.0000", "General"}


def test_a_log_return_says_so(openpyxl, tmp_path):
    """Logs are never without the word, in cells neither, nor at the axes of charts."""
    case, log = es.load_case("raise-or-fold-2022"), {"brent": {"returns": "log"}}
    logs = es.EventStudy(case.events, case.prices, series=["brent"], windows=["0:0"], tests=[], instruments=log).fit()
    sheet = openpyxl.load_workbook(logs.to_excel(tmp_path / "logs.xlsx"))["average"]
    head = {cell.value: k for k, cell in enumerate(sheet[1])}
    assert sheet[2][head["caar"]].number_format == '0.00" log "%'
    with zipfile.ZipFile(tmp_path / "logs.xlsx") as parts:
        charts = [parts.read(f"xl/charts/chart{k}.xml").decode() for k in (1, 2)]
    assert all('formatCode="0.00&quot; log &quot;%"' in chart for chart in charts)


def test_a_sheet_prints_one_page_wide(book):
    """Sheets lie across the page, as wide as one, and each page has the headings; sentences are not cut."""
    for sheet in book:
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
    assert book["answer"]["H2"].alignment.wrap_text


def test_charts_are_excel_s_own(study, path):
    """The answer has a chart of the means and one of the paths of each market, drawn by Excel from cells."""
    with zipfile.ZipFile(path) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/chart")]
    assert len(charts) == 1 + len(study.series)
    assert sum("<c:barChart>" in chart for chart in charts) == 1
    assert all("<c:f>" in chart for chart in charts)


def test_every_bar_stands_over_its_own_market(tmp_path, openpyxl):
    """Excel takes the markets of a chart from its first label: a market without a raise has none, not the next."""
    days = pd.bdate_range("2021-01-04", periods=400)
    prices = 100 * np.exp(np.random.default_rng(1).normal(0, 0.01, (400, 3)).cumsum(axis=0))
    happened = pd.DataFrame({"time": days[[250, 280, 310, 340]].strftime("%Y-%m-%d"), "stance": ["raise", "fold"] * 2})
    happened["series"] = ["aa;cc", ""] * 2
    result = es.EventStudy(happened, pd.DataFrame(prices, days, ["aa", "bb", "cc"]), windows=["0:0"], tests=[]).fit()
    book = openpyxl.load_workbook(result.to_excel(tmp_path / "book.xlsx"))
    with zipfile.ZipFile(tmp_path / "book.xlsx") as parts:
        chart = parts.read("xl/charts/chart1.xml").decode()
    ranges = [re.findall(r"answer!\$([A-Z]+)\$(\d+)", found) for found in re.findall("<c:f>(.+?)</c:f>", chart)]
    cells = [[book["answer"][f"{column}{row}"].value for column, row in found] for found in ranges]
    markets = ["aa", "bb", "cc"]
    assert cells[0::2] == [markets, markets]
    for label, heights in zip(("raise", "fold"), cells[1::2], strict=True):
        wanted = [result.answer(name, label, "0:0").caar for name in markets if (name, label) != ("bb", "raise")]
        assert [height for height in heights if height is not None] == pytest.approx(wanted, rel=1e-15)
        assert (heights[1] is None) == (label == "raise")


def test_no_text_becomes_a_formula_or_a_link(study, tmp_path, openpyxl):
    """A text that begins like a formula or an address stays a text, whatever it begins with."""
    events = study.events.copy()
    events.loc[0, "id"] = "=HYPERLINK(1)"
    warnings = (*study.warnings, "=1+1", "@cmd", "https://example.org")
    other = es.EventStudy(events, study.given.figures, series=["ruble"], windows=["0:0"], tests=[]).fit()
    again = openpyxl.load_workbook(replace(other, warnings=warnings).to_excel(tmp_path / "a.xlsx"))
    cells = [cell for sheet in again for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = [cell.value for cell in cells]
    assert {"=HYPERLINK(1)", "=1+1", "@cmd", "https://example.org"} <= set(texts)


def test_the_same_study_gives_the_same_file(study, path, tmp_path):
    """Written twice the workbook is the same to the byte: no clock in it."""
    assert study.to_excel(tmp_path / "b.xlsx").read_bytes() == path.read_bytes()
    assert BytesIO(path.read_bytes()).read(2) == b"PK"


def test_without_the_library_nothing_is_computed_first(tmp_path, monkeypatch, capsys):
    """A report that cannot be written in one of its forms is refused before the study is run."""
    monkeypatch.setattr("eventstudy.cli.run.find_spec", lambda _: None)
    monkeypatch.setattr("eventstudy.study.EventStudy.fit", None)
    with pytest.raises(SystemExit) as ended:
        main(["report", "--case", "crimea-2014", "--form", "html", "--form", "excel", "--out", str(tmp_path / "r")])
    assert ended.value.code == 4
    assert "pip install 'raise-or-fold[excel]'" in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_workbook_is_named_as_one(study, tmp_path):
    """No workbook is written under the name of another kind of file."""
    with pytest.raises(es.DesignError, match=r"write winter\.xlsx"):
        study.to_excel(tmp_path / "winter.csv")
    assert not list(tmp_path.iterdir())
