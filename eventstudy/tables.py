"""Tables of any layout to cells of text under their headings; what a cell says, `eventstudy.cells` reads."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import os
import re
import sys
import unicodedata
import warnings
import zlib
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import date, datetime
from io import BytesIO, StringIO
from itertools import chain, compress, count, islice, takewhile, zip_longest
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.cells import MISSING, brief, brief_list, is_number, looks_dated, may_be_time
from eventstudy.errors import DataMissingError, InputError
from eventstudy.files import bundled_toml, not_inert, note_read, path_of, toml_of

_WORDS = bundled_toml("eventstudy", "words.toml")
#: Headings under which dates or instants stand, as `heading` writes them.
TIME_WORDS = frozenset(_WORDS["times"])
#: What a row below the headings says of markets that are named above it.
_PROPERTIES = frozenset(_WORDS["properties"])
#: What unpacks content, by its first bytes.
_COMPRESSED: dict[bytes, Any] = {
    b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open, b"PK\x03\x04": ZipFile,
}  # fmt: skip
_ROWS_LOOKED_AT, _COLUMNS_LOOKED_AT = 200, 1000
#: Finds the cells of a sheet whose formula has no value, as one that was never computed: place, formula, empty value.
_UNCOMPUTED = re.compile(
    rb"""<c\ (?=[^<>]*\br="([A-Z]+\d+)") (?![^<>]*\bt="str") [^<>]*> \s*
    <f (?: [^<>]*/> | [^<>]*>([^<]*)</f> ) \s* (<v\s*/> | <v>\s*</v>)? \s* </c>""",
    re.VERBOSE,
)
#: The rows of a sheet as written, each with its number; the column and the row that a cell says it is of.
_ROWS = re.compile(rb'<(?:\w+:)?row\s[^>]*?\br="(\d+)"[^>]*(?<!/)>(.*?)</(?:\w+:)?row>', re.DOTALL)
_LABELS = re.compile(rb'<(?:\w+:)?c\s[^>]*?\br="([A-Z]+)(\d+)"')
#: Bytes that a workbook may unpack to: some two million rows.
_LARGEST_WORKBOOK = 300_000_000
#: Columns that a table may have, and cells between the first of a sheet and the last.
_MOST_COLUMNS, _MOST_CELLS = 20_000, 20_000_000
#: Rows that a text may have.
_MOST_ROWS = 5_000_000
_SHARE_ALIKE = 0.8
_HEADER_WITHIN, _MOST_LABELS, _FIRST_ROWS = 60, 12, 3
_LONGEST_NAME = 200
#: Half a character, which fits no string type.
SURROGATE = re.compile("[\ud800-\udfff]")
#: Headings by which Chinese, Japanese and Korean text, and Russian in an old encoding, is known for what it is.
_KNOWN_BY = re.compile("|".join(_WORDS["known-by"]), re.IGNORECASE)


def content_of(path: str | Path, what: str = "file", most: int | None = None) -> tuple[bytes, str]:
    """Return the content of a file, or of stdin for ``-``, and its name; messages say `what` it is, of `most` bytes.

    A file compressed by gzip, bzip2 or xz, and a zip of one file, is unpacked; the name is that of what was in it. With
    a `most` a file that is empty or larger is refused.
    """
    path = path_of(path, what)
    try:
        if str(path) == "-":
            note_read(Path("/dev/stdin"))  # it may be a file
            piped, name, size = getattr(sys.stdin, "buffer", sys.stdin).read(), "stdin", 0
            content = piped if isinstance(piped, bytes) else piped.encode(errors="replace")
        elif path.is_dir():
            raise InputError(f"'{path}' is a folder; name a file in it")
        else:
            if path.is_char_device() or path.is_block_device():  # which may have no end
                raise InputError(f"'{path}' is a device; name a file")
            note_read(path)
            # Of a name that is no text the rest is.
            name, size = os.fsencode(path.name).decode(errors="replace"), path.stat().st_size
            content = path.read_bytes() if most is None or size <= most else b""
    except FileNotFoundError:
        raise DataMissingError(f"no {what} '{path}'") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror or error}") from None
    content, name = _unpacked(content, name)
    if most is not None and (size := max(size, len(content))) > most:
        raise InputError(f"{name} has {size:,} bytes; a {what} has at most {most:,}")
    if most is not None and not content.strip():
        raise InputError(f"{name} is empty")
    return content, name


def _unpacked(content: bytes, source: str) -> tuple[bytes, str]:
    """Return what is compressed in some content, and its name; other content, and a workbook, as it is."""
    unpack = next((of for sign, of in _COMPRESSED.items() if content.startswith(sign)), None)
    if unpack is None or (unpack is ZipFile and source.lower().endswith((".xlsx", ".xlsm"))):
        return content, source
    names = [re.sub(r"\.(gz|bz2|xz)$", "", source)]
    try:
        with ExitStack() as opened:
            file = opened.enter_context(unpack(BytesIO(content)))
            if unpack is ZipFile:
                names = [name for name in file.namelist() if not name.endswith("/") and name[:9] != "__MACOSX/"]
                if "[Content_Types].xml" in names:
                    return content, source
                file = opened.enter_context(file.open(names[0])) if len(names) == 1 else BytesIO()
            found = file.read(_LARGEST_WORKBOOK + 1)
    except (OSError, EOFError, ValueError, RuntimeError, BadZipFile, lzma.LZMAError, zlib.error) as error:
        raise InputError(f"{source} cannot be unpacked ({_said(error)}); download it again, or unpack it") from None
    if len(names) != 1:
        raise InputError(f"{source} holds {len(names)} files ({brief_list(names)}); unpack it and name one")
    if len(found) > _LARGEST_WORKBOOK:
        raise InputError(f"{source} unpacks to more than {_LARGEST_WORKBOOK / 1e6:,.0f} MB, too much to read; cut it")
    return found, Path(names[0]).name


def table_of(content: bytes | str, source: str, *, sheet: str | None = None) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    r"""Return every cell of a table as text, whatever its layout.

    Parameters
    ----------
    content : bytes or str
        Text of any delimiter (comma, semicolon, tab, bar, spaces) in UTF-8, UTF-16, Windows-1251 or Windows-1252,
        or, known by their headings, in KOI8-R, CP866 and the encodings of China, Japan and Korea; an Excel workbook; a
        Parquet file; JSON of rows or columns. What it is is read from the content, not from a name.
    source : str
        What to call it in messages.
    sheet : str, optional
        Sheet of a workbook; default the only one that holds dates.

    Returns
    -------
    frame : DataFrame, shape (N, K)
        Text as it stands there, '' where a cell is empty or a row ends early, under the names in the header;
        ``column 1`` and so on where there is none. Headers of several rows are joined by ``|``; a table whose dates run
        across its columns is turned. Its ``attrs`` hold ``notes`` (what was left out or taken for what, a sentence
        each), ``above`` (the rows above the header), ``delimiter`` ('' but for text) and of text ``open`` (whether its
        last line has no end, as where a file is cut off).
    rows : ndarray of int64, shape (N,)
        The row of the file (counted as a spreadsheet does) in which each row of the frame stands.

    Examples
    --------
    >>> frame, rows = table_of("Security;RUB Curncy\n\nDate;PX_LAST\n27.01.2022;78,1\n", "mine.csv")
    >>> frame.to_dict("list"), rows.tolist()
    ({'Date': ['27.01.2022'], 'PX_LAST': ['78,1']}, [4])
    """
    begin = content[:8] if isinstance(content, bytes) else b""
    if (typed := _typed_cells(content, source)) is not None:
        flat, first = one_level(typed, source), 1 + begin.startswith(b"PAR1")
        table = pd.DataFrame({name: list(map(cell_text, flat[name].astype(object))) for name in flat}, dtype=str)
        table.attrs = {"notes": [], "above": [], "delimiter": ""}
        return table, np.arange(first, len(table) + first)
    if begin.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        rows, notes = _excel_rows(content, source, sheet)  # type: ignore[arg-type]
        return _Rows(rows, source, notes).table("")
    if sheet is not None:
        raise InputError(f"{source} is no Excel workbook and has no sheets; leave out --sheet")
    text, notes = (content, []) if isinstance(content, str) else _decoded(content, source)
    text = re.sub("(?m)^\ufeff", "", text)  # also within: files that were put one behind the other
    for pattern, why in _WORDS["no-tables"].items():
        if re.match(pattern, text, re.IGNORECASE):
            raise InputError(f"{source} is {why}")
    if (n_rows := max(text.count("\n"), text.count("\r"))) > _MOST_ROWS:
        raise InputError(f"{source} has {n_rows:,} rows, too much to read; cut it")
    declared = re.match(r"sep=(.)\r?\n", text)
    delimiter = declared[1] if declared else _delimiter(text)
    lines = _rows(text, source, delimiter)[bool(declared) :]
    frame, numbers = _Rows(lines, source, notes, 2 if declared else 1).table(delimiter)
    frame.attrs["open"] = not text.endswith(("\n", "\r"))
    return frame, numbers


def _decoded(raw: bytes, source: str) -> tuple[str, list[str]]:
    """Return the text in some bytes, and a note where its encoding was inferred."""
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw.decode("utf-32" if raw[2:4] == b"\0\0" else "utf-16"), []
        if raw[:200].count(0) * 3 > len(raw[:200]):  # UTF-16 without its mark: of ASCII text every other byte is zero
            return raw.decode("utf-16-be" if raw[:200:2].count(0) > raw[1:200:2].count(0) else "utf-16-le"), []
    except UnicodeDecodeError:
        raise InputError(f"{source} is not a text table; save it as CSV") from None
    if (at := raw.find(b"\0")) >= 0:
        raise InputError(f"{source}, row {raw.count(10, 0, at) + 1}: a NUL character; save the file as CSV text again")
    with suppress(UnicodeDecodeError):
        return raw.decode("utf-8-sig"), []
    for name in ("gb18030", "cp932", "cp949", "big5", "koi8-r", "cp866", "cp1250", "cp1253", "cp1254", "cp1256"):
        with suppress(UnicodeDecodeError):
            if _KNOWN_BY.search(text := raw.decode(name)):
                return text, [f"read as {name} text"]
    # Cyrillic letters come in runs; accented letters of Western languages stand between plain ones.
    runs = sum(map(len, re.findall(rb"[\xa8\xb8\xc0-\xff]{2,}", raw)))
    alone = len(re.findall(rb"(?<![\x80-\xff])[\x80-\x9f\xa1-\xff](?![\x80-\xff])", raw))
    name = "1251" if runs > alone else "1252"
    return raw.decode(f"cp{name}", errors="replace"), [f"read as Windows-{name} text"]


def _delimiter(text: str) -> str:
    """Return what separates the cells of a text; a run of spaces is ' ', '' stands for a single column."""
    lines = [line for line in text[:100_000].splitlines()[:_ROWS_LOOKED_AT] if line.strip()]
    headed = len(lines) > 1 and not any(map(str.isdigit, lines[0])) and not re.search(r"[,;|\t]", lines[0])
    if all(looks_dated(line.strip('" ')) for line in lines[headed:]):
        return ""  # a list of dates, whatever stands in them
    best, rank = "", (False, False, 0.0)
    for delimiter in "\t;|, ":
        rows = [line.split() for line in lines] if delimiter == " " else list(csv.reader(lines, delimiter=delimiter))
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if not widths:
            continue
        width, n = widths.most_common(1)[0]
        share = n / len(rows)
        if delimiter == " " and (rank[0] or share < _SHARE_ALIKE):
            continue  # spaces stand in cells too
        alike = (share >= _SHARE_ALIKE, len(rows[0]) == width)
        new = (*alike, 0.0 if all(alike) else share)  # of two that fit wholly the rarer sign is meant
        if new > rank:
            best, rank = delimiter, new
    return best


def _rows(text: str, source: str, delimiter: str) -> list[list[str]]:
    if delimiter == " ":
        return [[cell.strip('"') for cell in line.split()] for line in text.splitlines()]
    rows: list[list[str]] = []
    reader = csv.reader(StringIO(text, newline=""), strict=True, delimiter=delimiter or "\x1f", skipinitialspace=True)
    try:
        rows.extend(reader)
    except csv.Error as error:
        wrong = next((why for said, why in _WORDS["quotes"].items() if said in str(error)), str(error))
        wrong = wrong.format(most=f"{csv.field_size_limit():,}")
        raise InputError(f"{source}, row {len(rows) + 1}: {wrong}") from None
    if '="' in text:  # ="75.1", by which exports keep spreadsheets from changing a text
        return [[cell[2:-1] if cell[:2] == '="' and cell[-1] == '"' else cell for cell in row] for row in rows]
    return rows


def _sheets(content: bytes, source: str) -> dict[str, tuple[Any, bytes]]:
    """Return the sheets of a workbook as openpyxl has them, and as they are written."""
    if not content.startswith(b"PK"):
        raise InputError(f"{source} is an old Excel workbook (.xls), or has a password; save it as .xlsx or CSV")
    try:
        from openpyxl.reader.excel import ExcelReader

        with ZipFile(BytesIO(content)) as parts, warnings.catch_warnings(action="ignore"):
            unpacked = sum(part.file_size for part in parts.infolist())
            if unpacked <= _LARGEST_WORKBOOK:
                reader = ExcelReader(BytesIO(content), data_only=True)
                reader.read()  # warns of a date that is none, which is refused by its row
                written = {one.name: parts.read(of.target) for one, of in reader.parser.find_sheets()}
                return {one.title: (one, written[one.title]) for one in reader.wb.worksheets}
    except ImportError:
        raise InputError(f"{source}: reading Excel needs openpyxl: pip install 'raise-or-fold[excel]'") from None
    except Exception as error:  # noqa: BLE001  # openpyxl raises whatever the damage leads to
        said = _said(error)
        raise InputError(f"{source} is not a readable Excel workbook ({said}); open it and save it again") from None
    raise InputError(f"{source} unpacks to {unpacked / 1e6:,.0f} MB, too much to read; save the sheet as CSV")


def _excel_rows(content: bytes, source: str, sheet: str | None) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the sheet that holds the table, and notes: how it was chosen, what it hides and lacks."""
    sheets, tables, dated = _sheets(content, source), dict[str, list[list[str]]](), dict[str, list[int]]()
    if sheet is not None and sheet not in sheets:
        raise InputError(f"{source} has no sheet '{sheet}'; its sheets: {brief_list(sheets)}")
    for name in sheets if sheet is None else [sheet]:
        one, where = sheets[name][0], f"{source}, sheet {name}"
        n_rows, n_columns = one.max_row, one.max_column
        if n_rows * n_columns > _MOST_CELLS:
            size = f"{n_rows:,} rows of {n_columns:,} columns, too much to read"
            raise InputError(f"{where}: {size}; delete what stands far out, or save the table as CSV")
        values = [[None] * n_columns for _ in range(n_rows)]
        for (row, column), cell in one._cells.items():  # noqa: SLF001  # `iter_rows` makes a cell
            values[row - 1][column - 1] = cell.value  # of each place that a far one leaves empty: 15 s and 1 GB
        _refuse_swapped_dates(values, where)
        tables[name] = rows = [["" if cell is None else cell_text(cell) for cell in row] for row in values]
        dated[name] = [*islice((k for k, row in enumerate(rows, 1) if any(map(looks_dated, filter(None, row)))), 2)]
    several = [name for name, rows in dated.items() if len(rows) > 1]
    if len(several) > 1:
        raise InputError(f"{source} has several sheets with dates: {', '.join(several)}; name one with --sheet")
    chosen = several[0] if several else next(iter(tables))
    notes = [f"sheet '{chosen}' of {len(sheets)}"] if len(sheets) > 1 and sheet is None else []
    found, written = sheets[chosen]
    notes += _notes_of_sheet(found, written, min(dated[chosen], default=1), source)
    return tables[chosen], notes


def _notes_of_sheet(sheet: Any, written: bytes, first: int, source: str) -> list[str]:
    """Say what a sheet hides, which cells are merged, and which formulas have an empty text for a value.

    A cell that says it is of another row, or stands there twice, is refused: one of two figures would be lost.
    A figure merged from the `first` row of dates on is refused; above it stand titles. A formula that was never
    computed is refused too: some programs write it like one whose value is an empty text, so that only a formula that
    can give an empty text is taken to have given it.
    """
    from openpyxl.utils import get_column_letter

    areas = [(one, is_number(cell_text(one.start_cell.value))) for one in sheet.merged_cells.ranges]
    if figures := [one.coord for one, is_figure in areas if is_figure and one.max_row >= first]:
        cells = f"one figure in the merged cells {brief_list(sorted(figures), 3)}"
        raise InputError(f"{source}: {cells}, of which only the first would have it; unmerge them, or save it as CSV")
    notes, merged = [], sorted(one.coord for one, _ in areas if one.max_row > one.min_row)
    rows = [k for k, one in sheet.row_dimensions.items() if one.hidden and k <= sheet.max_row]
    groups = [one for one in sheet.column_dimensions.values() if one.hidden]
    ends = ((one.min, min(one.max, sheet.max_column) + 1) for one in groups)
    columns = [get_column_letter(k) for first, last in ends for k in range(first, last)]
    hidden = [f"{what} {brief_list(map(str, of), 3)}" for what, of in (("rows", rows), ("columns", columns)) if of]
    if hidden or sheet.sheet_state != "visible":
        notes.append(f"read though hidden: {' and '.join(hidden) or 'the sheet'}")
    blank, again = [], "open it in a spreadsheet program and save it again, or save it as CSV"
    for row, inside in (one.groups() for one in _ROWS.finditer(written)):
        labels: Counter[tuple[bytes, bytes]] = Counter(_LABELS.findall(inside))
        if wrong := [label for label, n in labels.items() if n > 1 or label[1] != row]:
            what = f"cell {b''.join(wrong[0]).decode()} stands in row {row.decode()}"
            raise InputError(f"{source}: {what}{' twice' * (labels[wrong[0]] > 1)}; {again}")
    for cell, formula, value in _UNCOMPUTED.findall(written):
        if not (value and (b'""' in formula or b"&quot;&quot;" in formula)):
            raise InputError(f"{source}: cell {cell.decode()} has a formula without its value; {again}")
        blank.append(cell.decode())
    notes += [f"merged cells are read in the first of them alone: {brief_list(merged, 3)}"] * bool(merged)
    return notes + [f"formulas whose value is an empty text, read as empty: {brief_list(blank, 3)}"] * bool(blank)


def _said(error: Exception) -> str:
    """Return the first line of what a library says of a damaged file."""
    return brief((str(error) or type(error).__name__).splitlines()[0])


def cell_text(value: Any) -> str:
    """Write a cell of a workbook or a frame as text that reads as the same value: '' for none, a midnight as a date."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, (float, np.floating)):
        return repr(float(value)).removesuffix(".0") if value == value else ""  # noqa: PLR0124  # NaN
    if isinstance(value, (list, tuple, np.ndarray)):
        joined = ";".join(str(part).strip() for part in value)
        return f"[{joined}]" if any(isinstance(part, (float, np.floating)) for part in value) else joined
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, np.datetime64):
        value = str(value) if np.datetime_data(value.dtype)[0] in {"Y", "M"} else pd.Timestamp(value)
    if isinstance(value, pd.Timestamp) and value.year < 1:  # pandas cannot write it
        value = str(value.to_datetime64())
    if isinstance(value, datetime):
        midnight = value.tzinfo is None and (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.isoformat()
    return str(value).strip()


def _refuse_swapped_dates(rows: Sequence[Sequence[object]], source: str) -> None:
    """Refuse a column in which Excel took some dates, which it may have read month first, and left others as text."""
    in_figures = re.compile(r"\s*\d{1,2}[-/. ]\d{1,2}[-/. ]\d{2,4}\s*").fullmatch
    for k, cells in enumerate(zip(*rows, strict=True), start=1):
        typed = [row for row, cell in enumerate(cells, start=1) if isinstance(cell, date)]
        written = [row for row, cell in enumerate(cells, start=1) if isinstance(cell, str) and in_figures(cell)]
        if typed and written:
            what = f"a date of Excel's in row {typed[0]} beside a date in text in row {written[0]}"
            why = "day and month may have been swapped on import; import the original as text"
            raise InputError(f"{source}, column {k}: {what}: {why}")


def _typed_cells(content: bytes | str, source: str) -> pd.DataFrame | None:
    """Return the table of a Parquet file, or of a JSON or TOML text; None of other content."""
    if not (content[:4] == b"PAR1" or source.endswith((".parquet", ".pq"))):
        return None if (records := records_of(content, source)) is None else frame_of(records, source)
    try:
        from pyarrow.parquet import read_metadata

        of = read_metadata(BytesIO(content))  # type: ignore[arg-type]
        if of.num_rows * of.num_columns <= _MOST_CELLS:
            return pd.read_parquet(BytesIO(content))  # type: ignore[arg-type]
    except ImportError:
        raise InputError(f"{source}: reading Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    except Exception as error:  # noqa: BLE001  # pyarrow raises whatever the damage leads to
        said = _said(error)
        raise InputError(f"{source} is not a readable Parquet file ({said}); write it again, or as CSV") from None
    raise InputError(f"{source} has {of.num_rows:,} rows of {of.num_columns:,} columns, too much to read; cut it")


def frame_of(rows: Any, source: str) -> pd.DataFrame:
    """Return a table of a list of dicts or of dates, its rows counted from 1."""
    if not isinstance(rows, (list, tuple, pd.Series, pd.Index, np.ndarray)) or getattr(rows, "ndim", 1) != 1:
        raise InputError.must_be(f"{source}: give a table with 'time', dates, or read_events(FILE)", rows)
    rows, counted = list(rows), pd.RangeIndex(1, len(rows) + 1)
    if rows and all(isinstance(row, dict) for row in rows):
        if half := next((name for row in rows for name in row if SURROGATE.search(str(name))), ""):
            raise InputError(f"{source}: half a character (a lone surrogate) in the column's name '{brief(half)}'")
        return pd.DataFrame(rows, index=counted, dtype=object)  # half a character fits no string type
    for k, row in zip(counted, rows, strict=True):
        if not isinstance(row, (str, date, np.datetime64, pd.Period)) or not cell_text(row):
            found = row.item() if isinstance(row, np.number) else row
            raise InputError.must_be(f"{source}, row {k}: there must be a date", found)
    return pd.DataFrame({"time": pd.Series(rows, index=counted, dtype=object)})


def records_of(content: bytes | str, source: str) -> list[Any] | None:
    """Return the rows of a JSON or TOML text, also of one that holds columns; None where it is neither."""
    begin = content[:200] if isinstance(content, bytes) else content[:200].encode(errors="replace")
    begin = begin.removeprefix(b"\xef\xbb\xbf").lstrip()
    is_toml = source.lower().endswith(".toml") or re.match(rb"\[\[\s*[A-Za-z_][\w.-]*\s*\]\]", begin)
    if not (is_toml or begin.startswith((b"[", b"{")) or source.lower().endswith(".json")):
        return None
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content.lstrip("\ufeff")
    except UnicodeDecodeError:
        raise InputError(f"{source} is not UTF-8 text; save it as UTF-8") from None
    records = _rows_in(toml_of(text, source) if is_toml else json_of(text, source), source)
    if records and all(isinstance(record, list) for record in records):
        names = [*map(cell_text, records[0])]
        if has_dates := any(map(looks_dated, names)):  # no header
            names = [f"column {k}" for k in range(1, len(names) + 1)]
        if twice := next((name for name, n in Counter(names).items() if n > 1), None):
            raise InputError(f"{source} has the column '{brief(twice)}' twice; rename one")
        if odd := next((k for k, row in enumerate(records, 1) if len(row) != len(names)), 0):
            what = f"{len(records[odd - 1])} cells where the first row has {len(names)}"
            raise InputError(f"{source}, row {odd}: {what}")
        records = [dict(zip(names, row, strict=True)) for row in records[not has_dates :]]
    if not isinstance(records, list) or not all(isinstance(record, (dict, str, date)) for record in records):
        raise InputError(f"{source}: its rows must be a list of tables, one a row")
    return records


def _rows_in(read: Any, source: str) -> Any:
    """Return the one list of rows in an answer of whatever depth, its columns, or what it holds by date; else None.

    Of several lists the one called events is meant, else the one that holds dates.
    """
    if not isinstance(read, dict):
        return read if isinstance(read, list) else None
    names, body = read.get("columns"), read.get("data")
    if isinstance(names, list) and isinstance(body, list):
        days = [{"time": label} for label in map(str, read.get("index", ())) if looks_dated(label)] or [{}] * len(body)
        if len(days) == len(body) and all(isinstance(row, list) and len(row) == len(names) for row in body):
            return [day | dict(zip(map(str, names), row, strict=True)) for day, row in zip(days, body, strict=True)]
    if read and all(map(looks_dated, read)):
        return [{"time": d} | of if isinstance(of, dict) else {"column 1": d, "column 2": of} for d, of in read.items()]
    if rows := _rows_of_columns(read):
        return rows
    inner = [read["events"]] if "events" in read else read.values()
    found = [rows for one in inner if (rows := _rows_in(one, source)) is not None]
    if len(found) > 1:
        first = [[*rows[0].values()] if rows and isinstance(rows[0], dict) else rows[:1] for rows in found]
        found = [*compress(found, (any(looks_dated(cell_text(one)) for one in row) for row in first))]
    if len(found) > 1:
        raise InputError(f"{source}: {len(found)} lists of rows with dates; keep one of them")
    return found[0] if found else None


def _rows_of_columns(read: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of columns that are lists of one length or, as pandas writes them, cells by label; else none."""
    lists = {name: one for name, one in read.items() if isinstance(one, (dict, list))}
    columns = [one if isinstance(one, dict) else dict(enumerate(one)) for one in lists.values()]
    nested = any(isinstance(cell, (dict, list)) for column in columns for cell in column.values())
    if nested or len({tuple(column) for column in columns}) != 1 or (len(lists) < len(read) and "t" not in lists):
        return []
    read = {"time" if name == "t" else name: one for name, one in lists.items()}
    rows = [dict(zip(read, cells, strict=True)) for cells in zip(*(column.values() for column in columns), strict=True)]
    if isinstance(next(iter(read.values())), list) or TIME_WORDS & {*map(heading, read)}:
        return rows if len(read) > 1 else []
    return [{"time": label} | row for label, row in zip(columns[0], rows, strict=True)]


def json_of(text: str, source: str) -> Any:
    """Return what a JSON text says; what is wrong with it is one line that names `source`."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if twice := [key for key, n in Counter(key for key, _ in pairs).items() if n > 1]:
            raise ValueError(f"'{twice[0]}' stands twice in one object")
        return dict(pairs)

    try:
        # A number of hundreds of digits is none of ours: it stays text, for its cell to be named.
        return json.loads(
            text,
            parse_int=lambda digits: int(digits) if len(digits) < 400 else digits,  # noqa: PLR2004
            object_pairs_hook=once,
        )
    except RecursionError:
        raise InputError(f"{source} is not readable JSON: it is nested too deep") from None
    except ValueError as error:
        lines = text.strip().splitlines()
        if "Extra data: line 2" in str(error) and len(lines) > 1:  # an object a line
            return [json_of(line, f"{source}, line {k}") for k, line in enumerate(lines, start=1) if line.strip()]
        raise InputError(f"{source} is not readable JSON: {str(error)[:200]}") from None


def one_level(frame: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return a frame's cells under names of text, levels of columns joined, the levels of its index in front."""
    names = ["|".join(filter(None, map(str, one))) if isinstance(one, tuple) else str(one) for one in frame]
    table, own = frame.set_axis(pd.Index(names, dtype=object), axis=1).reset_index(drop=True), list[str]()
    if not (isinstance(frame.index, pd.RangeIndex) or pd.api.types.is_numeric_dtype(frame.index)):
        own = [str(name or ("name" if k else "session")) for k, name in enumerate(frame.index.names)]
        own = [f"{name} (index)" if name in names else name for name in own]
    if twice := next((name for name, n in Counter([*own, *names]).items() if n > 1), None):
        raise InputError(f"{source} has the column '{twice}' twice")
    if own:
        table = pd.concat([frame.index.set_names(own).to_frame(index=False), table], axis=1)
    table.attrs = {}
    return table


def heading(name: str) -> str:
    """Return a column's name as headings are compared: folded, without brackets and underscores."""
    return " ".join(name.strip().strip("<>[]\"'*").casefold().replace("_", " ").split())


def _at(row: Sequence[str], k: int) -> str:
    """Return a cell, '' where the row ends before it."""
    return row[k] if k < len(row) else ""


class _Rows:
    """Rows of cells as a file has them, without empty ones: where the table in them begins and ends."""

    def __init__(self, lines: list[list[str]], source: str, notes: list[str], start: int = 1) -> None:
        self.source, self.notes = source, notes
        self.levels: list[str] = []  # what levels of headings are called, above the column of dates
        stripped = [[*map(str.strip, row)] for row in lines]
        # A row of dashes is the rule below the headings of a printed table.
        said = [any(cell.strip("-:=+") for cell in row) for row in stripped]
        self.numbers = [*compress(count(start), said)]
        self.rows = [*compress(stripped, said)]
        #: The same as they were typed: blanks around a text are its own.
        self.typed = [*compress(lines, said)]
        if not self.rows:
            raise InputError(f"{source} is empty")

    def table(self, delimiter: str) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """Find the header, what stands above it and below the table, and return the cells between."""
        rows, numbers = self.rows, self.numbers
        across = [sum(map(looks_dated, row[:_COLUMNS_LOOKED_AT])) for row in rows[:_HEADER_WITHIN]]
        dates = next((k for k, n in enumerate(across) if n), 0)  # the first row with a date
        most = across[dates] * 2 > max(2, len([*filter(None, rows[dates][:_COLUMNS_LOOKED_AT])]))
        if most and (dates + 1 < len(rows) or across[0] == len(rows[0])) and not any(across[dates + 1 :]):
            rows = self.rows = [list(row) for row in zip_longest(*rows[dates:], fillvalue="")]
            self.typed = [list(row) for row in zip_longest(*self.typed[dates:], fillvalue="")]
            numbers = self.numbers = list(range(1, len(rows) + 1))
            self.notes.append("its dates run across: turned, a row for each of its columns")
        first, time = self._header()
        unnamed = [f"column {k + 1}" for k in range(max(map(len, rows)))]
        header, begin = (unnamed, 0) if first is None else (rows[first], first + 1)
        if len(header) > _MOST_COLUMNS:
            raise InputError(f"{self.source} has {len(header):,} columns; a table has at most {_MOST_COLUMNS:,}")
        above = rows[: max(begin - 1, 0)]
        wider = 0 < begin < len(rows) and all(len(row) == len(header) + 1 for row in rows[begin : begin + 3])
        counted = wider and [row[0] for row in rows[begin : begin + 3]] == ["1", "2", "3"]
        if counted or (wider and looks_dated(rows[begin][0]) and heading(header[0]) not in TIME_WORDS):
            header, time = ["", *header], time if counted else 0  # R gives the names of its rows no heading
        if begin and time is not None and time < len(header) and heading(header[time]) not in TIME_WORDS:
            figures = (any(map(str.isdigit, _at(row, time))) or any(map(is_number, row)) for row in rows[begin:])
            labels = next((k for k, is_row in enumerate(islice(figures, _MOST_LABELS)) if is_row), 0)
            above += rows[begin : begin + labels]  # rows of a terminal: the name, the code, the unit
            begin += labels
        names = [brief(name, _LONGEST_NAME) for name in header]
        if first is not None:
            names, begin = self._joined(names, above, begin, time)
        end = len(rows) if time is None or len(names) < 2 else self._end(begin, time)  # noqa: PLR2004
        if end < len(rows):
            n, number = len(rows) - end, numbers[end]
            what = f"row {number}" if n == 1 else f"{n} rows from row {number} on"
            self.notes.append(f"{what} below the table left out: '{brief(next(filter(None, rows[end])))}'")
        kept = [k for k in range(begin, end) if rows[k] != header]
        if len(kept) < end - begin:
            again = min({*range(begin, end)} - {*kept})
            self.notes.append(f"the header again in row {numbers[again]}, left out")
        if delimiter == " " and (short := next((k for k in kept if len(rows[k]) < len(names)), None)) is not None:
            what = f"{len(rows[short])} cells under a header of {len(names)}, parted by blanks alone"
            mend = "write NA for what is missing, or save as CSV"
            raise InputError(f"{self.source}, row {numbers[short]}: {what}; {mend}")
        frame = self._frame(kept, names)
        frame.attrs = {"notes": self.notes, "above": above, "delimiter": delimiter, "levels": self.levels}
        return frame, np.array([numbers[k] for k in kept], dtype=np.int64)

    def _header(self) -> tuple[int | None, int | None]:
        """Return the position of the header, None where the table has none, and the column that holds its dates."""
        rows = self.rows
        for r, row in enumerate(rows[:_HEADER_WITHIN]):  # a ticker DAY above the row of `Date` is no heading
            for k in [k for k, cell in enumerate(row) if heading(cell) in TIME_WORDS]:
                below = [*(_at(other, k) for other in rows[r + 1 : r + 3] if k < len(other)), "", ""]
                if may_be_time(below[0] or below[1]) and (below[0] or heading(rows[r + 1][0]) not in TIME_WORDS):
                    return r, k
        usual = Counter(len([*filter(None, row)]) for row in rows[:_ROWS_LOOKED_AT]).most_common(1)[0][0]
        first = next(r for r, row in enumerate(rows) if len([*filter(None, row)]) * 2 > usual or not row[0])
        sample = rows[first + 1 : first + 1 + _ROWS_LOOKED_AT] or [rows[first]]  # a date alone
        columns = range(min(max(map(len, sample), default=0), _COLUMNS_LOOKED_AT))
        time = next((k for k in columns if sum(looks_dated(_at(row, k)) for row in sample) * 2 > len(sample)), None)
        if time is not None and not any(rows[first][usual - 1 :]):  # a label of a terminal and its value
            above = takewhile(lambda r: not looks_dated(_at(rows[r], time)), range(first, len(rows)))
            first = next((r for r in above if any(rows[r][usual - 1 :])), first)
        written = [k for k in columns if sample and all(is_number(_at(row, k)) for row in sample)]
        if time is None and len(written) > 1 and all(is_number(_at(rows[first], k)) for k in written):
            return None, None  # figures stand above figures: no heading
        if time is not None and looks_dated(_at(rows[first], time)):
            return (first - 1 if first and len(rows[first - 1]) + 1 == len(rows[first]) else None), time
        return first, time

    def _joined(self, names: list[str], above: list[list[str]], begin: int, time: int | None) -> tuple[list[str], int]:
        """Join the rows of a header of several rows, as data frames with levels of columns and terminals write them.

        Returns the names, and where the body begins; takes from `above` the rows that are of the header.
        """
        rows, filled = self.rows, [name for name in names if name]
        doubled = len(set(filled)) < len(filled)
        levels: list[list[str]] = []
        if time is None:
            return names, begin
        while above and (doubled or len(filled) == 1) and len([*filter(None, above[-1])]) > 1 - doubled:
            levels.insert(0, above.pop())
        below = self._labels(begin, time, doubled=doubled) if len(filled) > 1 else []
        for number, row in zip(self.numbers[begin:], below, strict=False):
            said, is_part = brief(", ".join(filter(None, row))), doubled or heading(_at(row, time)) not in _PROPERTIES
            read = "read with the headings" if is_part else "below the headings left out"
            self.notes += [f"row {number} {read}: '{said}'"] * (not doubled)
            names, levels = (row, [*levels, names]) if is_part else (names, levels)
        begin += len(below)
        levels = [row for row in levels if not any(map(looks_dated, row))]  # a terminal's first day and last
        if not levels:
            return names, begin
        self.levels = [_at(row, time) for row in levels]
        width = max(map(len, [names, *levels]))
        own, *upper = ([_at(row, k) for k in range(width)] for row in (names, *levels))
        pairs = [heading(name) for name in names].count(heading(names[time])) > 1
        for row in upper:  # each cell is carried over the empty ones after it (merged cells)
            for k in range(1 if pairs else 2, width):
                row[k] = row[k] or row[k - 1]
        joined = ["|".join(filter(None, cells)) for cells in zip(*upper, own, strict=True)]
        for k in range(width):  # a column between two markets has no name of its own, and nothing in it
            if not own[k] and not any(_at(row, k) for row in rows[begin:]):
                joined[k] = ""
        of_times = (row[time] for row in upper if heading(row[time]) in TIME_WORDS)
        joined[time] = next(of_times, own[time] or upper[-1][time])
        return joined, begin

    def _labels(self, begin: int, time: int, *, doubled: bool) -> list[list[str]]:
        """Return the rows below the headings that are of them: without a date or a figure, above figures."""

        def is_label(row: list[str]) -> bool:
            return time < len(row) and not any(map(str.isdigit, row[time])) and not any(map(is_number, row))

        labels = [*takewhile(is_label, self.rows[begin : begin + _MOST_LABELS])]
        said = {k for row in labels for k, cell in enumerate(row) if cell and k != time}
        body = self.rows[begin + len(labels) :][:_FIRST_ROWS]
        below = [cell for row in body for k in said if (cell := _at(row, k)).casefold() not in MISSING]
        return labels if doubled or (below and all(map(is_number, below))) else []

    def _end(self, begin: int, time: int) -> int:
        """Return where a table ends before a source, a disclaimer, the highest and the average, or another table."""
        rows, numbers = self.rows, self.numbers
        backwards = range(len(rows), begin, -1)
        end = next((k for k in backwards if len(rows[k - 1]) > 1 and may_be_time(_at(rows[k - 1], time))), len(rows))
        rest = [[*filter(None, row)] for row in rows[end:]]
        if not rest or (numbers[end] > numbers[end - 1] + 1 and not any(map(looks_dated, chain(*rest)))):
            return end
        for said, row in zip(rest, rows[end:], strict=True):
            word = _at(row, time)
            is_word = any(map(str.isalpha, word)) and not any(map(str.isdigit, word)) and word.casefold() not in MISSING
            prose = len(said) == 1 and bool(row[0])
            labelled = re.match(r"[^\d\W][^:]*:\s*\S", said[0])
            summed = is_word and sum(map(is_number, said)) == len(said) - 1 > 0
            remark = is_word and any(map(is_number, rows[begin])) and not any(map(is_number, said))
            if not (prose or labelled or summed or remark):
                return len(rows)
        return end

    def _frame(self, kept: list[int], names: list[str]) -> pd.DataFrame:
        """Return rows of cells as a frame, without nameless columns that are empty or merely count the rows."""
        body, table = [self.typed[k] for k in kept], dict[str, list[str]]()
        if (long := next((k for k in kept if any(self.rows[k][len(names) :])), None)) is not None:
            what = f"{len(self.rows[long])} cells under a header of {len(names)}; quote a cell that has a comma in it"
            raise InputError(f"{self.source}, row {self.numbers[long]}: {what}")
        counts = [[str(n + first) for n in range(len(body))] for first in (0, 1) if len(body) > 1]
        for k, name in enumerate(unicodedata.normalize("NFC", not_inert(name)) for name in names):
            cells = [not_inert(row[k]) if k < len(row) else "" for row in body]
            if heading(name) in {"", "unnamed: 0", "index", "price|ticker"} and (not any(cells) or cells in counts):
                continue
            if name in table and heading(name) in TIME_WORDS:  # markets side by side, each with its dates
                name = next(new for j in count(1) if (new := f"{name}.{j}") not in table)  # noqa: PLW2901
            if name in table:
                raise InputError(f"{self.source} has the column '{brief(name)}' twice; rename one")
            table[name] = cells
        parts = {part: name for name in table for part, words in _WORDS["parts"].items() if heading(name) in words}
        whole = "day" in parts or any(looks_dated(cells[0]) for cells in table.values() if cells)
        of, sign = (("year", "month", "day"), "-") if whole else (("month", "year"), "/")
        if set(of) <= set(parts) and not TIME_WORDS - {*_WORDS["parts"]["day"]} & {*map(heading, table)}:
            days = zip(*(table.pop(parts[part]) for part in of), strict=True)
            table = {"date": [sign.join(filter(None, day)) for day in days], **table}
        return pd.DataFrame(table, dtype=str)
