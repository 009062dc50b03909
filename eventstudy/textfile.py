"""Text files as people save them: UTF-8 with or without a byte order mark, and CSV cells as they were typed."""

from __future__ import annotations

import csv
from io import StringIO
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def read_text(path: Path) -> str:
    """Return the text of a file.

    Raises
    ------
    InputError
        If the file cannot be opened or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        kind = "CSV UTF-8" if path.suffix.lower() == ".csv" else "UTF-8"
        raise InputError(f"{path.name} is not UTF-8 text; save it as {kind}") from None
    except OSError as error:
        raise InputError(f"{path.name} cannot be opened: {error.strerror or error}") from None


def read_cells(path: Path) -> pd.DataFrame:
    """Return every cell of a CSV file as the text that stands there.

    Parameters
    ----------
    path : Path
        The file; its first row is the header.

    Returns
    -------
    DataFrame, shape (N, K)
        Text; '' where a cell is empty or a row ends early. Row k is the spreadsheet's row k + 2. Empty rows at the end
        and nameless empty columns are left out.

    Raises
    ------
    InputError
        If the file is empty or not UTF-8, a row has more cells than the header, a quotation mark is never closed, or
        two columns have the same name; names file and row.
    """
    return cells_of(read_text(path), path.name)


def cells_of(text: str, source: str) -> pd.DataFrame:
    """Return every cell of a CSV text, as `read_cells` does; `source` names it in messages."""
    import pandas as pd

    rows = _rows(text, source)
    while rows and not any(rows[-1]):
        rows.pop()
    if not rows:
        raise InputError(f"{source} is empty")
    header, width = [name.strip() for name in rows[0]], len(rows[0])
    for position, row in enumerate(rows):
        if any(row[width:]):
            raise InputError(
                f"{source}, row {position + 1}: {len(row)} cells under a header of {width}; "
                "quote a cell that has a comma in it"
            )
    kept = {}
    for name, (_, *cells) in zip(header, zip_longest(*rows, fillvalue=""), strict=False):
        if not name and not any(cells):
            continue
        if name in kept:
            raise InputError(f"{source} has the column '{name}' twice")
        kept[name] = pd.Series(cells, dtype=str)
    return pd.DataFrame(kept)


def _rows(text: str, source: str) -> list[list[str]]:
    rows: list[list[str]] = []
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    try:
        rows.extend(reader)
    except csv.Error as error:
        open_quote = "unexpected end of data" in str(error)
        wrong = "a quotation mark is opened and never closed" if open_quote else str(error)
        raise InputError(f"{source}, row {len(rows) + 1}: {wrong}") from None
    return rows
