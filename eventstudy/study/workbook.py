"""A result as an Excel workbook: a sheet for the answer with charts that can be restyled, and a sheet a table."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.errors import DataMissingError, DesignError
from eventstudy.files import write_files

#: Rows and letters of a cell that Excel holds; the widest column and that of sentences, in letters; a line's height.
_ROWS, _LETTERS, _WIDEST, _SENTENCE, _LINE = 1_048_576, 32_767, 40, 80, 15

#: How a column is written: in the unit of its row, or as it stands here; other figures with two decimals.
_IN_UNITS = frozenset(
    ("move", "car", "se", "bhar", "caar", "median", "worst", "best", "without_largest", "aar", "caar_se", "actual",
     "normal", "ar", "sigma", "mean")
)  # fmt: skip
_FORMS = {
    **dict.fromkeys(("p", "family p", "p_value", "family_p", "holm_p", "bh_p", "t_p_value", "p_adjusted"), "0.000"),
    **dict.fromkeys(("rose", "base_rate"), "0%"),
}
_DAY, _INSTANT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm"

#: Colours of the lines of a chart.
_COLOURS = {"raise": "#C23B00", "fold": "#0065A8", "hold": "#6B7280", "mixed": "#7B3294", "*": "#1F2730"}


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
        raise DataMissingError(
            "an Excel workbook needs xlsxwriter; install it with: pip install 'raise-or-fold[excel]'"
        ) from None
    tables = result.tables()
    for name, table in tables.items():
        if len(table) >= _ROWS:
            raise DesignError(
                f"the table {name} has {len(table):,} rows, a sheet of Excel {_ROWS:,}; write the tables as CSV (--out)"
            )
    written = BytesIO()
    book = Workbook(written, {"in_memory": True})
    # No clock: the same result is the same file.
    book.set_properties({"author": "raise-or-fold", "created": datetime(1980, 1, 1)})  # noqa: DTZ001  # no zone
    formats: dict[str, Any] = {}
    answer = book.add_worksheet("answer")
    for name, table in tables.items():
        units = table["unit"] if "unit" in table else table["series"].map(_units(result)).fillna("")
        _sheet(book, book.add_worksheet(name), table, list(units), formats)
    _answer(book, answer, result, formats)
    book.close()
    return written.getvalue()


def to_excel(result: Any, path: str | os.PathLike[str]) -> Path:
    """Write the answers and all tables as an Excel workbook (see `eventstudy.study.workbook.workbook`).

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
    target = Path(path)
    return write_files(target.parent, {target.name: workbook(result)})[0]


def _units(result: Any) -> dict[str, str]:
    return {name: of.unit for name, of in result.estimates.items()}


def _form(book: Any, formats: dict[str, Any], code: str) -> Any:
    """Return the format of a heading, a text or an answer, or of a number code; made once."""
    if code not in formats:
        left = {"align": "left", "indent": 1}
        looks = {
            "head": {"bold": True, "bottom": 1, **left},
            "head right": {"bold": True, "bottom": 1, "align": "right"},
            "text": left,
            "answer": {"text_wrap": True, **left},
            _DAY: {"num_format": _DAY, **left},
            _INSTANT: {"num_format": _INSTANT, **left},
        }
        formats[code] = book.add_format({"valign": "top", **looks.get(code, {"num_format": code})})
    return formats[code]


def _code(column: str, unit: str, value: Any) -> str:
    if isinstance(value, int):
        return "#,##0"
    if column in _IN_UNITS:
        return "0.00%" if unit.endswith(" return") else "0.00"
    return _FORMS.get(column, "0.00")


def _sheet(book: Any, sheet: Any, table: pd.DataFrame, units: Sequence[str], formats: dict[str, Any]) -> None:
    """Write a table with a frozen, filtered head."""
    for k, column in enumerate(map(str, table)):
        values, width = table[column], len(column) + 3
        right = pd.api.types.is_numeric_dtype(values)
        sheet.write_string(0, k, column, _form(book, formats, "head right" if right else "head"))
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        if pd.api.types.is_datetime64_any_dtype(values):
            known = values.dropna()
            form = _form(book, formats, _INSTANT if (known != known.dt.normalize()).any() else _DAY)
            for row in np.flatnonzero(values.notna()).tolist():
                sheet.write_datetime(row + 1, k, values.iloc[row].to_pydatetime(), form)
        else:
            for row, value in enumerate(values.tolist()):
                if isinstance(value, str):
                    sheet.write_string(
                        row + 1, k, value[:_LETTERS], _form(book, formats, "answer" if column == "answer" else "text")
                    )
                    width = max(width, min(len(value) + 1, _WIDEST))
                elif value is not None and math.isfinite(value):
                    sheet.write_number(row + 1, k, value, _form(book, formats, _code(column, units[row], value)))
        sheet.set_column(k, k, max(width, 12))
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.autofilter(0, 0, max(len(table), 1), max(len(table.columns) - 1, 0))


def _answer(book: Any, sheet: Any, result: Any, formats: dict[str, Any]) -> None:
    """Write the answers over the first window, the warnings and the design; beside them two kinds of chart."""
    from eventstudy.study.design import design_to_toml

    window = str(result.design.windows[0])
    found = [one for one in result.answers if one.window == window and one.n]
    fields = {"market": "label", "stance": "stance", "window": "window", "n": "n", "mean": "caar", "p": "p_value",
              "family p": "family_p", "answer": "sentence"}  # fmt: skip
    table = pd.DataFrame({head: [getattr(one, name) for one in found] for head, name in fields.items()})
    _sheet(book, sheet, table, [one.unit for one in found], formats)
    sheet.set_column(len(fields) - 1, len(fields) - 1, _SENTENCE)
    for k, one in enumerate(found, start=1):
        sheet.set_row(k, _LINE * math.ceil(len(one.sentence) / _SENTENCE))
    row = len(table) + 2
    try:
        design = design_to_toml(result.design).splitlines()
    except DesignError:
        design = []
    for heading, lines in (("Before you believe it", result.warnings), ("Design", design)):
        sheet.write_string(row, 0, heading, _form(book, formats, "head"))
        for k, line in enumerate(lines, start=row + 1):
            sheet.write_string(k, 0, str(line)[:_LETTERS])
        row += len(lines) + 2
    _charts(book, sheet, result, {(one.series, one.stance): k for k, one in enumerate(found, start=1)})


def _charts(book: Any, sheet: Any, result: Any, rows: Mapping[tuple[str, str], int]) -> None:
    """Add a bar chart of the means of the markets in per cent, and line charts of the mean paths of the first four."""
    per_cent = [name for name, unit in _units(result).items() if unit.endswith(" return")]
    bars: list[Any] = []
    for label in result.groups or ("*",):
        if there := [rows[name, label] for name in per_cent if (name, label) in rows]:
            names, means = (f"=({','.join(f'answer!${column}${row + 1}' for row in there)})" for column in "AE")
            bars.append((label, names, means, {"fill": {"color": _COLOURS.get(label, "#7F7F7F")}}))
    title = f"Mean abnormal return, window {result.design.windows[0]}"
    charts: list[tuple[str, str, bool, list[Any]]] = [("column", title, True, bars)]
    aar = result.aar.reset_index(drop=True)
    tau, caar = (list(aar).index(name) for name in ("tau", "caar"))
    for name in result.series[:4]:
        lines: list[Any] = []
        for label, of in aar[aar["series"] == name].groupby("stance", sort=False):
            first, last = int(of.index[0]) + 1, int(of.index[-1]) + 1
            line = {"line": {"color": _COLOURS.get(str(label), "#7F7F7F"), "width": 2.0}}
            lines.append((str(label), ["aar", first, tau, last, tau], ["aar", first, caar, last, caar], line))
        title = f"{result.histories[name].instrument.label}: mean path, CAAR by session"
        charts.append(("line", title, name in per_cent, lines))
    for k, (kind, title, is_return, series) in enumerate(charts):
        chart = book.add_chart({"type": kind})
        for label, categories, values, look in series:
            cells = {"categories": categories, "values": values, **look}
            chart.add_series({"name": "all events" if label == "*" else label, **cells})
        if series:
            chart.set_title({"name": title})
            chart.set_y_axis({"num_format": "0.0%" if is_return else "0.00"})
            chart.set_x_axis({"label_position": "low"})
            chart.set_size({"width": 720, "height": 340})
            sheet.insert_chart(1, 8, chart, {"x_offset": 20, "y_offset": 360 * k})
