"""A result as an Excel workbook: a sheet for the answer with charts that can be restyled, and a sheet a table."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.errors import DataMissingError, DesignError
from eventstudy.files import bundled_toml, path_of, write_files
from eventstudy.wording import symbol

#: Rows and letters of a cell that Excel holds; the widest column and that of sentences, in letters; a line's height.
_ROWS, _LETTERS, _WIDEST, _SENTENCE, _LINE = 1_048_576, 32_767, 40, 80, 15
#: What stands for an exclamation mark in a chart: with a word joiner behind it no name is taken for a cell of a sheet.
_NO_CELL = "!\u2060"

NEEDS_EXCEL = "an Excel workbook needs xlsxwriter; install it with: pip install 'raise-or-fold[excel]'"
#: Columns in the unit of their row, formats of other columns, looks of cells, colours of lines.
_STYLE = bundled_toml("eventstudy.study", "excel.toml")
_FORMS = {column: code for code, columns in _STYLE["formats"].items() for column in columns}
_COLOURS: dict[str, str] = _STYLE["colours"]


def workbook(result: Any) -> bytes:
    """Write the answers and all tables of a result as an Excel workbook.

    Parameters
    ----------
    result : StudyResult
        The result.

    Returns
    -------
    bytes
        An ``.xlsx`` file of eight sheets, the same for the same result: ``answer`` (the sentences with their figures,
        the warnings, the design, and Excel's own charts of the means and of their paths), then each table. Dates are
        dates, instants are UTC, figures have the format of their unit, heads are frozen and filtered; a text is never
        taken for a formula or a link.

    Raises
    ------
    DataMissingError
        If xlsxwriter is not installed: the extra ``excel``.
    DesignError
        If a table has more rows than a sheet of Excel.
    """
    try:
        from xlsxwriter import Workbook
    except ImportError:
        raise DataMissingError(NEEDS_EXCEL) from None
    tables = result.tables()
    for name, table in tables.items():
        if len(table) >= _ROWS:
            size = f"the table {name} has {len(table):,} rows, a sheet of Excel {_ROWS:,}"
            raise DesignError(f"{size}; write the tables as CSV (--out)")
    written = BytesIO()
    book = Workbook(written, {"in_memory": True})
    # No clock: the same result is the same file.
    book.set_properties({"author": "raise-or-fold", "created": datetime(1980, 1, 1)})  # noqa: DTZ001  # no zone
    form = cache(lambda code: book.add_format({"valign": "top", **_STYLE["looks"].get(code, {"num_format": code})}))
    answer, of_series = book.add_worksheet("answer"), {name: of.unit for name, of in result.samples.items()}
    for name, table in tables.items():
        units = table["unit"] if "unit" in table else table["series"].map(of_series).fillna("")
        _sheet(book.add_worksheet(name), table, list(units), form)
    _charts(book, answer, result, _answer(answer, result, form))
    book.close()
    return written.getvalue()


def to_excel(result: Any, path: str | os.PathLike[str]) -> Path:
    """Write the answers and all tables as an Excel workbook (see `eventstudy.study.workbook`).

    Parameters
    ----------
    result : StudyResult
        The result.
    path : str or path
        Where to, e.g. ``winter.xlsx``; an existing file is replaced at once or not at all.

    Raises
    ------
    DataMissingError
        If xlsxwriter is not installed: the extra ``excel``.
    DesignError, InputError
        If a table is too large for Excel, or the file cannot be written.
    """
    target = path_of(path, "workbook")
    if target.suffix.lower() != ".xlsx":
        raise DesignError(f"'{target.name}' is no name of a workbook; write {target.stem}.xlsx")
    return write_files(target.parent, {target.name: workbook(result)})[0]


def _sheet(sheet: Any, table: pd.DataFrame, units: Sequence[str], form: Callable[[str], Any]) -> None:
    """Write a table with a frozen, filtered head."""
    for k, column in enumerate(map(str, table)):
        values, width, text = table[column], len(column) + 3, "answer" if column == "answer" else "text"
        known, in_units = values.dropna(), column in _STYLE["in_units"]
        dated = pd.api.types.is_datetime64_any_dtype(values) and (known != known.dt.normalize()).any()
        sheet.write_string(0, k, column, form("head right" if pd.api.types.is_numeric_dtype(values) else "head"))
        for row, (value, unit) in enumerate(zip(values.tolist(), units, strict=True), start=1):
            if isinstance(value, str):
                sheet.write_string(row, k, value[:_LETTERS], form(text))
                width = max(width, min(len(value) + 1, _WIDEST))
            elif isinstance(value, pd.Timestamp):
                sheet.write_datetime(row, k, value.to_pydatetime(), form("instant" if dated else "day"))
            elif value is not None and value is not pd.NaT and math.isfinite(value):
                code = _STYLE["units"].get(symbol(unit), "0.00") if in_units else _FORMS.get(column, "0.00")
                sheet.write_number(row, k, value, form("#,##0" if isinstance(value, int) else code))
        sheet.set_column(k, k, max(width, 12))
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(0, 0, max(len(table), 1), max(len(table.columns) - 1, 0))


def _answer(sheet: Any, result: Any, form: Callable[[str], Any]) -> dict[tuple[str, str], int]:
    """Write the answers over the first window, the warnings and the design; return the row of each answer."""
    from eventstudy.study.design import design_to_toml

    found = [one for one in result.answers if one.window == str(result.design.windows[0]) and one.n]
    fields: dict[str, str] = _STYLE["answer"]
    table = pd.DataFrame({head: [getattr(one, name) for one in found] for head, name in fields.items()})
    _sheet(sheet, table, [one.unit for one in found], form)
    sheet.set_column(len(fields) - 1, len(fields) - 1, _SENTENCE)
    for k, one in enumerate(found, start=1):
        sheet.set_row(k, _LINE * math.ceil(len(one.sentence) / _SENTENCE))
    design, row = list[str](), len(table) + 2
    with suppress(DesignError):
        design = design_to_toml(result.design).splitlines()
    for heading, lines in (("Before you believe it", result.warnings), ("Design", design)):
        sheet.write_string(row, 0, heading, form("head"))
        for k, line in enumerate(lines, start=row + 1):
            sheet.write_string(k, 0, str(line)[:_LETTERS])
        row += len(lines) + 2
    return {(one.series, one.stance): k for k, one in enumerate(found, start=1)}


def _charts(book: Any, sheet: Any, result: Any, rows: Mapping[tuple[str, str], int]) -> None:
    """Add a bar chart of the means of the markets in per cent, and line charts of the mean paths of the first four."""
    per_cent = [name for name, of in result.samples.items() if of.unit.endswith(" return")]
    codes = {name: _STYLE["units"].get(symbol(of.unit), "0.00") for name, of in result.samples.items()}
    aar, bars = result.aar.reset_index(drop=True), list[Any]()
    # Excel takes the markets of the first label for those of all; one without a mean has an empty cell, beside heads.
    markets = [name for name in per_cent if (name, "*") in rows]
    names = ",".join(f"answer!$A${rows[name, '*'] + 1}" for name in markets)
    for label in result.groups or ("*",):
        if any((name, label) in rows for name in markets):
            places = (rows.get((name, label)) for name in markets)
            values = ",".join(f"answer!$E${row + 1}" if row else "answer!$I$1" for row in places)
            bars.append((label, f"=({names})", f"=({values})", {"fill": {"color": _COLOURS.get(label, "#7F7F7F")}}))
    charts = [
        (
            "column",
            f"Mean abnormal return, window {result.design.windows[0]}",
            codes[(per_cent or result.series)[0]],
            bars,
        )
    ]
    columns = [list(aar).index(name) for name in ("tau", "caar")]
    for name in result.series[:4]:
        lines: list[Any] = []
        for label, of in aar[aar["series"] == name].groupby("stance", sort=False):
            ends = (["aar", int(of.index[0]) + 1, k, int(of.index[-1]) + 1, k] for k in columns)
            lines.append((label, *ends, {"line": {"color": _COLOURS.get(str(label), "#7F7F7F"), "width": 2.0}}))
        title = f"{result.histories[name].instrument.label}: mean path, CAAR by session"
        charts.append(("line", title, codes[name], lines))
    for k, (kind, title, code, series) in enumerate(charts):
        chart = book.add_chart({"type": kind})
        for label, categories, values, look in series:
            name = "all events" if label == "*" else str(label).replace("!", _NO_CELL)
            chart.add_series({"name": name, "categories": categories, "values": values, **look})
        if series:
            chart.set_title({"name": title.replace("!", _NO_CELL)})
            chart.set_y_axis({"num_format": code})
            chart.set_x_axis({"label_position": "low"})
            chart.set_size({"width": 720, "height": 340})
            sheet.insert_chart(1, 8, chart, {"x_offset": 20, "y_offset": 360 * k})
