"""The numbers as an Excel workbook: a sheet a table, and a sheet for what is drawn on each chart."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from eventstudy.errors import DataMissingError
from eventstudy.report.content import Report
from eventstudy.study.envelope import records

#: Excel's longest name of a sheet, and the earliest date a zip archive can bear.
_LONGEST, _EARLIEST = 31, (1980, 1, 1, 0, 0, 0)


def to_excel(report: Report) -> bytes:
    """Write the tables of a result and the numbers behind every chart of its report as an Excel workbook.

    Parameters
    ----------
    report : Report
        A report.

    Returns
    -------
    bytes
        An ``.xlsx`` file, the same for the same result.

    Raises
    ------
    DataMissingError
        If openpyxl is not installed: the extra ``excel``.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise DataMissingError(
            "an Excel workbook needs openpyxl; install it with: pip install 'raise-or-fold[excel]'"
        ) from None
    book = Workbook()
    book.remove(book.active)
    result = report.result
    answers = [[one.label, one.stance, one.window, one.sentence] for one in result.answers]
    _sheet(book, "answer", ["market", "stance", "window", "answer"], answers)
    _sheet(book, "warnings", ["warning"], [[line] for line in result.warnings])
    _sheet(book, "design", ["design"], [[line] for line in report.design.splitlines()])
    for name, table in result.tables().items():
        _sheet(book, name, list(table.columns), [list(row.values()) for row in records(table)])
    for drawing in report.drawings:
        rows = [list(row.values()) for row in records(drawing.points)]
        _sheet(book, f"chart {drawing.name}", list(drawing.points.columns), rows, drawing.footnote)
    return _timeless(book)


def _sheet(book: Any, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(_name(name, book.sheetnames))
    sheet.append(list(columns))
    for row in rows:
        sheet.append([_text(value) for value in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for k, heading in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(k)].width = max(12, min(len(str(heading)) + 4, 40))
    if note:
        sheet.append([])
        sheet.append([_text(note)])
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula, whatever a headline begins with


def _text(value: Any) -> Any:
    """Return a value that Excel can hold: no control characters."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", " ", value) if isinstance(value, str) else value


def _name(wanted: str, taken: Sequence[str]) -> str:
    """Return a name for a sheet that Excel takes and that no other sheet has."""
    plain = re.sub(r"[\[\]:*?/\\]", "-", wanted)[:_LONGEST]
    name, k = plain, 2
    while name.casefold() in {other.casefold() for other in taken}:
        name, k = f"{plain[: _LONGEST - 3]} {k}", k + 1
    return name


def _timeless(book: Any) -> bytes:
    """Return the file without the moment at which it was written."""
    from datetime import datetime

    book.properties.creator = "raise-or-fold"
    book.properties.created = book.properties.modified = datetime(1980, 1, 1)  # noqa: DTZ001  # no clock, no zone
    written, result = BytesIO(), BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            target.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()
