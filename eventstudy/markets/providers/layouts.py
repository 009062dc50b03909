"""The column layouts in which yfinance hands out prices, and in which people save them."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from eventstudy.errors import InputError

_FIELDS = {"Open", "High", "Low", "Close"}
_CORNERS = ({"Price", "Ticker"}, {"Price", "Symbol"}, {"Attributes", "Symbols"})
_PARQUET = {".parquet", ".pq"}


def is_yfinance(frame: pd.DataFrame) -> bool:
    """Whether a frame has yfinance's columns: open, high, low and close, of one ticker or of several."""
    return any(set(map(str, frame.columns.get_level_values(k))) >= _FIELDS for k in range(frame.columns.nlevels))


def closes(frame: pd.DataFrame, source: str, *, adjusted: bool = False) -> pd.DataFrame:
    """Return the closes of a yfinance frame, a column a ticker.

    Parameters
    ----------
    frame : DataFrame
        Columns ``Open .. Close`` of one ticker, or two levels in either order: field and ticker.
    source : str
        What to call it in messages.
    adjusted : bool
        Whether to take ``Adj Close`` where there is one.

    Returns
    -------
    DataFrame, shape (T, S)
        As they come; the only column of a frame of one ticker is called ``Close``.

    Raises
    ------
    InputError
        If there are more than two levels.
    """
    if frame.columns.nlevels > 2:  # noqa: PLR2004
        raise InputError(f"{source}: the columns have {frame.columns.nlevels} levels; pass field and ticker")
    fields = next(k for k in range(frame.columns.nlevels) if set(frame.columns.get_level_values(k)) >= _FIELDS)
    field = "Adj Close" if adjusted and "Adj Close" in frame.columns.get_level_values(fields) else "Close"
    if frame.columns.nlevels == 1:
        return frame[[field]].rename(columns={field: "Close"})
    return pd.DataFrame(frame.xs(field, axis=1, level=fields))


def read_yfinance(path: Path) -> pd.DataFrame | None:
    """Return what a file holds if it is one of yfinance's frames saved as CSV or Parquet; None if it is anything else.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    DataFrame or None
        The frame, indexed by date.

    Raises
    ------
    InputError
        If it is one of yfinance's, and a cell is not a number.
    """
    frame = _read_parquet(path) if path.suffix.lower() in _PARQUET else _read_csv(path)
    return frame if frame is not None and is_yfinance(frame) else None


def _read_parquet(path: Path) -> pd.DataFrame | None:
    try:
        frame = pd.read_parquet(path)
    except (ImportError, OSError, ValueError):
        return None  # what is wrong with it is said where ordinary files are read
    dates = next((name for name in ("Date", "Datetime") if name in frame.columns), None)
    return frame.set_index(dates) if dates is not None and frame.columns.nlevels == 1 else frame


def _read_csv(path: Path) -> pd.DataFrame | None:
    """Read a CSV whose first rows look like yfinance's: one header, or fields over tickers, or tickers over fields."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first, second = (next(csv.reader(lines), [""]) for _ in range(2))
        corner = {cells[0] for cells in (first, second) if cells}
        levels = [0, 1] if corner in _CORNERS else [0]
        if levels == [0] and not set(first) >= _FIELDS:
            return None
        cells = pd.read_csv(path, header=levels, index_col=0, encoding="utf-8-sig", dtype=str)
        # The date in its own market is what stands first, whatever offset follows it.
        cells.index = pd.to_datetime(cells.index.astype(str).str.slice(0, 10), format="%Y-%m-%d")
    except (OSError, ValueError, csv.Error):
        return None
    try:
        return cells.map(float)
    except ValueError as error:
        raise InputError(f"{path.name} has a cell that is not a number: {error}") from None
