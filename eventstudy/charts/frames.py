"""What charts of plain frames have in common: their columns are checked, their units found, their words written."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from eventstudy.charts.text import MINUS
from eventstudy.errors import InputError, NothingUsableError, did_you_mean, require_known
from eventstudy.markets.instrument import find_instrument, instrument_names


def need_columns(frame: pd.DataFrame, columns: Sequence[str], what: str) -> pd.DataFrame:
    """Return a frame that has rows and these columns.

    Raises
    ------
    InputError
        If a column is missing.
    NothingUsableError
        If there are no rows.
    """
    for column in columns:
        if column not in frame:
            raise InputError(f"{what}: no column '{column}'; {did_you_mean(column, list(map(str, frame)))}")
    if frame.empty:
        raise NothingUsableError(f"{what}: no rows")
    return frame


def of_value(frame: pd.DataFrame, column: str, value: str | None, what: str) -> tuple[pd.DataFrame, str]:
    """Return the rows of one value of a column, by default of its first, and that value."""
    known = list(dict.fromkeys(frame[column].astype(str)))
    chosen = known[0] if value is None else require_known(value, known, what)
    return frame[frame[column].astype(str) == chosen], chosen


def series_label(series: str) -> str:
    """Return how a series is written: as the catalogue does, or by its name.

    Examples
    --------
    >>> series_label("imoex"), series_label("mine"), series_label("*")
    ('Moscow shares', 'mine', 'All series')
    """
    if series == "*":
        return "All series"
    return find_instrument(series).label if series in instrument_names() else series


def unit_of(frame: pd.DataFrame, series: str) -> tuple[str, float]:
    """Return the symbol of a frame's estimates and by what they are multiplied: a column `unit`, or the catalogue's."""
    if "unit" in frame:
        unit = str(frame["unit"].iloc[0])
    elif series in instrument_names():
        unit = find_instrument(series).unit
    else:
        unit = ""
    return ("%", 100.0) if not unit or unit.endswith(" return") else (unit, 1.0)


def true_minus(words: object) -> str:
    """Write a window or a name with a true minus where a number follows.

    Examples
    --------
    >>> true_minus("-130:-11"), true_minus("market-model")
    ('−130:−11', 'market-model')
    """
    text = str(words)
    numeric = all(character in "-0123456789:." for character in text)
    return text.replace("-", MINUS) if numeric else text
