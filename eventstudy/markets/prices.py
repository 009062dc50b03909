"""Price frames and price files: what is accepted, and what is said of what is not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from eventstudy.errors import DataMissingError, InputError
from eventstudy.textfile import read_cells

_SESSION_NAMES = ("session", "date", "day", "time", "datetime")
#: Endings of Parquet files.
PARQUET = (".parquet", ".pq")

_MISSING = ("", "na", "nan", "n/a", "null", "none", ".", "-")


def read_prices(path: str | Path) -> pd.DataFrame:
    """Read a price file: CSV or Parquet, wide (a column an instrument) or long (``session,series,price``).

    Parameters
    ----------
    path : str or Path
        The file; the ending says which format it is.

    Returns
    -------
    DataFrame, shape (T, S)
        Prices as quoted, float64, indexed by session (ascending dates, no duplicates). NaN where a cell was empty.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If a date or a price cannot be read, or dates are out of order or repeated; names file, row and column.
    """
    path = Path(path)
    if not path.is_file():
        raise DataMissingError(f"no price file '{path}'")
    if path.suffix.lower() in PARQUET:
        return _prices_of_parquet(path)
    cells = read_cells(path)
    session_column = _session_column(list(cells.columns), path.name)
    sessions = _sessions_from_text(cells.pop(session_column), path.name)
    if _is_long(cells):
        prices = numbers_from_text(cells["price"], path.name)
        return _wide_from_long(sessions, cells["series"].str.strip(), prices, path.name)
    columns = {str(name): numbers_from_text(cells[name], path.name) for name in cells.columns}
    return check_prices(pd.DataFrame(columns, index=sessions), path.name)


def check_prices(frame: pd.DataFrame, source: str = "prices") -> pd.DataFrame:
    """Return a price (or return) frame in the one form the rest of the library reads.

    Parameters
    ----------
    frame : DataFrame, shape (T, S)
        Numbers, indexed by date (a `DatetimeIndex`, `PeriodIndex`, dates or ISO text), a column an instrument.
    source : str
        What to call the frame in messages.

    Returns
    -------
    DataFrame, shape (T, S)
        A new frame: float64, its index a naive ascending `DatetimeIndex` named ``session``, its columns text.

    Raises
    ------
    InputError
        If the index is not dates, is out of order or repeats a date, or a column is not numeric.
    """
    if frame.columns.nlevels != 1:
        raise InputError(f"{source}: the columns have {frame.columns.nlevels} levels; pass one column an instrument")
    sessions = _dates_of_index(frame.index, source)
    require_ascending(sessions, source, str(frame.index.name or "session"))
    return float_columns(frame, sessions, source)


def float_columns(frame: pd.DataFrame, sessions: pd.DatetimeIndex, source: str) -> pd.DataFrame:
    """Return the columns of a frame as floats under their names as text, indexed by `sessions`.

    Raises
    ------
    InputError
        If a column stands twice or is not numbers, or there is none.
    """
    names = [str(name) for name in frame.columns]
    for name, n in Counter(names).items():
        if n > 1:
            raise InputError(f"{source} has the column '{name}' twice")
    if (frame.dtypes == np.float64).all():
        checked = pd.DataFrame(frame.to_numpy(copy=True), index=sessions, columns=names, copy=False)
    else:
        each = enumerate(names)
        columns = {name: _floats(frame.iloc[:, position], name, sessions, source) for position, name in each}
        checked = pd.DataFrame(columns, index=sessions)
    if checked.empty:
        raise InputError(f"{source}: there are no prices in it")
    return checked


def file_row(position: int) -> str:
    """Name a row as a spreadsheet does: the header is row 1, the first line of data row 2."""
    return f"row {position + 2}"


def read_parquet(path: Path) -> pd.DataFrame:
    """Return the frame in a Parquet file.

    Raises
    ------
    InputError
        If it cannot be read, or pyarrow is not there to read it.
    """
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise InputError(f"{path.name}: reading Parquet needs pyarrow: pip install 'raise-or-fold[parquet]'") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path.name} is not a readable Parquet file: {str(error).splitlines()[0]}") from None


def _prices_of_parquet(path: Path) -> pd.DataFrame:
    frame = read_parquet(path)
    if pd.api.types.is_numeric_dtype(frame.index):
        frame = frame.set_index(_session_column([str(name) for name in frame.columns], path.name))
    if _is_long(frame):
        sessions = _dates_of_index(frame.index, path.name)
        return _wide_from_long(sessions, frame["series"], frame["price"], path.name)
    return check_prices(frame, path.name)


def _is_long(frame: pd.DataFrame) -> bool:
    """Whether a table has a row a price rather than a column an instrument."""
    return {"series", "price"} <= set(frame.columns)


def _session_column(names: list[str], source: str) -> str:
    for name in names:
        if name.casefold() in _SESSION_NAMES:
            return name
    raise InputError(f"{source} has no date column; name it 'session' or 'date' (its columns: {', '.join(names)})")


def _wide_from_long(sessions: pd.DatetimeIndex, series: pd.Series, prices: ArrayLike, source: str) -> pd.DataFrame:
    """Turn a row a price into a column an instrument, in order of first appearance."""
    names = [str(name) for name in series.fillna("")]
    if "" in names:
        raise InputError(f"{source}, {file_row(names.index(''))}, column series: empty; name the series of the price")
    long = pd.Series(
        np.asarray(prices), index=pd.MultiIndex.from_arrays([sessions, names], names=["session", "series"])
    )
    repeated = long.index.duplicated()
    if repeated.any():
        row = int(np.argmax(repeated))
        raise InputError(f"{source}, {file_row(row)}: series '{names[row]}' has two prices on {sessions[row]:%Y-%m-%d}")
    wide = long.unstack("series")  # noqa: PD010  # no mean to take: each pair stands once
    return check_prices(wide[list(dict.fromkeys(names))], source)


def _sessions_from_text(cells: pd.Series, source: str) -> pd.DatetimeIndex:
    text = cells.str.strip()
    dates = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    clocked = dates.isna()
    if clocked.any():  # midnight timestamps are dates too
        dates[clocked] = pd.to_datetime(text[clocked], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    unread = dates.isna().to_numpy()
    if unread.any():
        row = int(np.argmax(unread))
        raise InputError(
            f"{source}, {file_row(row)}, column {cells.name}: '{text.iloc[row]}' is not a date; write 2022-01-27"
        )
    return pd.DatetimeIndex(dates, name=str(cells.name))


def numbers_from_text(cells: pd.Series, source: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a column of text as numbers, NaN where it says that there is none.

    Raises
    ------
    InputError
        If a cell is neither; names file, row and column.
    """
    numbers = pd.to_numeric(cells, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    empty = np.flatnonzero(np.isnan(numbers))
    if len(empty):
        text = cells.iloc[empty].str.strip()
        numbers[empty] = pd.to_numeric(text, errors="coerce")
        unread = np.isnan(numbers[empty]) & ~text.str.casefold().isin(_MISSING).to_numpy()
        if unread.any():
            row = int(np.argmax(unread))
            raise InputError(
                f"{source}, {file_row(int(empty[row]))}, column {cells.name}: '{text.iloc[row]}' is not a price; "
                "write a number with a decimal point, or leave the cell empty"
            )
    return numbers


def _dates_of_index(index: pd.Index, source: str) -> pd.DatetimeIndex:
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if not isinstance(index, pd.DatetimeIndex):
        if pd.api.types.is_numeric_dtype(index):
            raise InputError(f"{source}: the index must be the session dates, not numbers; set_index them")
        try:
            index = pd.DatetimeIndex(pd.to_datetime(index, format="ISO8601"))
        except (ValueError, TypeError):
            raise InputError(f"{source}: the index must be the session dates; it begins with {index[0]!r}") from None
    if index.tz is not None:
        index = index.tz_localize(None)
    if index.hasnans:
        raise InputError(f"{source}, {file_row(int(np.argmax(index.isna())))}: a session has no date")
    if len(index) and (index != index.normalize()).any():
        raise InputError(
            f"{source}: the index has clock times; give one price a session, indexed by date, "
            "or say that they are bars and labelled by which end"
        )
    return pd.DatetimeIndex(index.as_unit("ns").to_numpy(), name="session")


def require_ascending(sessions: pd.DatetimeIndex, source: str, column: str) -> None:
    """Refuse sessions that are out of order or stand twice.

    Raises
    ------
    InputError
        Names the row, the column and the session.
    """
    steps = np.diff(sessions.asi8)
    if not len(steps) or steps.min() > 0:
        return
    row = int(np.argmax(steps <= 0)) + 1
    day, before = (_written(session) for session in (sessions[row], sessions[row - 1]))
    wrong = "appears twice" if day == before else f"comes after {before}; sort the rows by date"
    raise InputError(f"{source}, {file_row(row)}, column {column}: {day} {wrong}")


def _written(session: pd.Timestamp) -> str:
    """Write a session as people do: with its clock only where it has one."""
    return f"{session:%Y-%m-%d}" if session == session.normalize() else session.isoformat(" ", "minutes")


def _floats(
    column: pd.Series, name: str, sessions: pd.DatetimeIndex, source: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        numbers = pd.to_numeric(column, errors="coerce")
        bad = int(np.argmax((numbers.isna() & column.notna()).to_numpy()))
        raise InputError(
            f"{source}, {_written(sessions[bad])}, column {name}: {column.iloc[bad]!r} is not a number"
        ) from None
