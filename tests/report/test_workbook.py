"""The workbook: a sheet a table and a chart, the figures as figures, and no formula from a headline."""

from io import BytesIO

import pandas as pd
import pytest

from eventstudy.report import to_excel

openpyxl = pytest.importorskip("openpyxl", reason="the extra 'excel' is not installed")


@pytest.fixture(scope="module")
def book(told):
    """The workbook of the small study, read back."""
    return openpyxl.load_workbook(BytesIO(to_excel(told)))


def test_every_table_and_every_chart_has_a_sheet(study, told, book):
    """There is a sheet for the answer, for each table of the result, and for each chart; names are short enough."""
    assert {"answer", "warnings", "design", *study.tables()} <= set(book.sheetnames)
    charts = [name for name in book.sheetnames if name.startswith("chart ")]
    assert len(charts) == len(told.drawings)
    assert all(len(name) <= 31 for name in book.sheetnames)


def test_the_figures_are_the_tables_own(study, book):
    """The sheet of CARs holds the table's figures in full precision, missing ones empty."""
    headings, *rows = book["car"].iter_rows(values_only=True)
    read = pd.DataFrame(rows, columns=headings)
    assert list(read) == list(study.car)
    pd.testing.assert_series_equal(read["car"].astype(float), study.car["car"].reset_index(drop=True), rtol=1e-15)
    assert list(read["session"]) == [f"{day:%Y-%m-%d}" for day in study.car["session"]]


def test_the_numbers_of_a_chart_are_those_drawn(told, book):
    """A chart's sheet holds the points that were drawn, and its footnote below them."""
    drawing = next(one for one in told.drawings if one.name == "raise-fold-ruble")
    rows = list(book["chart raise-fold-ruble"].iter_rows(values_only=True))
    assert [row[3] for row in rows[1 : len(drawing.points) + 1]] == pytest.approx(list(drawing.points["y"]))
    assert rows[-1][0] == drawing.footnote


def test_no_text_becomes_a_formula(study, told, book):
    """A text that begins like a formula stays a text."""
    warnings = (*study.warnings, "=HYPERLINK(1)")
    from dataclasses import replace  # noqa: PLC0415  # only here

    again = openpyxl.load_workbook(BytesIO(to_excel(replace(told, result=replace(study, warnings=warnings)))))
    last = list(again["warnings"].rows)[-1][0]
    assert (last.value, last.data_type) == ("=HYPERLINK(1)", "s")
    assert not [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_the_same_study_gives_the_same_file(told):
    """Written twice the workbook is the same to the byte: no clock in it."""
    assert to_excel(told) == to_excel(told)
