"""Prices as people have them, files and frames of any layout: one market a column, a row a session or a bar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from eventstudy.cells import MISSING, Floats, decimal_sign, is_number, looks_dated, may_be_time, parse_numbers, parse_times
from eventstudy.errors import DataMissingError, InputError
from eventstudy.files import read_table
from eventstudy.markets.layouts import (
    choose_columns,
    is_time_word,
    layout_of,
    market_of_file,
    name_rank,
    renamed,
)

Figures = Literal["prices", "returns", "volumes", "bars"]
#: The hours (of a label in UTC) from which on it may be the midnight that begins the next day in a zone to the east.
_LATE = pd.Timedelta(hours=11)
_MIDNIGHT_TO_COME = pd.Timedelta(hours=19)
_END_OF_DAY = pd.Timedelta(hours=23, minutes=59)
#: From how many figures on, and from which share of negative ones, a column is held to be returns and not prices.
_FEWEST_RETURNS, _NEGATIVE = 20, 0.2
_SPACINGS = ((4, "daily"), (10, "weekly"), (45, "monthly"), (140, "quarterly"))


def read_prices(
    source: str | Path | pd.DataFrame | pd.Series,
    *,
    figures: Figures = "prices",
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    time_format: str | None = None,
    decimal: str | None = None,
    column: str | Sequence[str] | None = None,
    sheet: str | None = None,
    lenient: bool = False,
) -> pd.DataFrame:
    """Read prices, returns, volumes or bars of any usual layout.

    Parameters
    ----------
    source : str, Path, DataFrame or Series
        CSV, TSV, Excel or Parquet, ``-`` for stdin, or a frame of the same layouts: a column a market; the fields of
        one market (``Open .. Close, Volume``) in the words of the usual vendors; fields and tickers in a header of two
        rows; a row a price, with the market's name beside it.
    figures : {'prices', 'returns', 'volumes', 'bars'}
        What is wanted of it: closes, returns in decimals, traded volumes, or closes of bars, whose labels need an
        offset.
    map : mapping of str to str, optional
        Which column holds the ``date``, the ``series``, the ``price``, where the headings do not say.
    time_format : str, optional
        How dates are written (``%d.%m.%Y``, or ``dmy``, ``mdy``, ``ymd``); default what the whole column allows.
    decimal : {'.', ','}, optional
        The decimal sign; default the one that the columns show.
    column : str or sequence of str, optional
        The columns that are taken as prices; default the closes, or every market of a wide table.
    sheet : str, optional
        Sheet of an Excel workbook; default the only one with dates.
    lenient : bool
        Whether a column that cannot be read is left out, and why noted in ``attrs["unread"]``, rather than refused.

    Returns
    -------
    DataFrame, shape (T, S)
        Prices as quoted, float64; indexed by session (naive dates) or, of bars, by instants in UTC; ascending, without
        duplicates. NaN where a cell was empty. Its ``attrs`` hold ``read`` (what the file was taken for, one line),
        ``layout`` (by column whose layout it proves, '' for nobody's), ``unnamed`` (columns that bear the file's
        name since nothing in it names the market) and ``unread``.

    Raises
    ------
    DataMissingError
        If there is no such file.
    InputError
        If a date or a price cannot be read or can be read in two ways, rows are out of order, one date has two prices,
        or prices look like returns; names file, row and column, and the option that settles it.

    Examples
    --------
    >>> bars = {"Date": ["27/01/2022", "28/01/2022"], "Open": ["1,0", "2,0"], "Close": ["1,5", "2,5"]}
    >>> prices = read_prices(pd.DataFrame(bars), column="Close")
    >>> prices.iloc[:, 0].tolist(), str(prices.index[0].date())
    ([1.5, 2.5], '2022-01-27')
    """
    cells, rows, name, stem = _opened(source, sheet)
    asked = renamed(map or {}, list(cells), name)
    time, clock = _time_columns(cells, asked.get("time"), name)
    where = _places(cells, rows, name)
    wanted = [asked["column"]] if "column" in asked else [column] if isinstance(column, str) else list(column or ())
    numeric = [c for c in cells if c not in {time, clock, asked.get("series")} and _is_numeric(cells[c])]
    fields, left_out = choose_columns(numeric, figures, wanted, name)
    text = [c for c in cells if c not in {time, clock, *numeric}]
    names, market = _names(cells, text, asked.get("series"), list(fields), cells[time])
    written, note = _times(cells, time, clock, time_format, where(time), ordered=names is None)
    index, dated = _index(written, names, figures, name, where(time))
    hint = _hint(cells, numeric, time, decimal)
    unnamed = names is None and not market and "" in fields
    own = market_of_file(stem, cells.attrs.get("above", [])) if unnamed else (market, False)
    columns: dict[str, Floats] = {}
    unread: dict[str, str] = {}
    used: dict[str, str] = {}
    cent = False
    for market_name, of in fields.items():
        label = market_name or own[0] or "price"
        try:
            used[label], values, in_cent = _values(cells, of, figures, decimal, hint, where)
            columns[label] = values / 100 if in_cent and figures == "returns" else values
            cent = cent or in_cent
            if figures in {"prices", "bars"} and names is None:
                refuse_returns(columns[label], f"{name}, column {used[label]}", in_cent)
        except InputError as error:
            if not lenient or len(fields) == 1:
                raise
            columns.pop(label, None)
            unread[label] = str(error)
    frame = _wide(columns, index, names, name, where(time), figures)
    frame.attrs = {
        "layout": dict.fromkeys(frame, layout_of(list(cells))),
        "unnamed": [own[0]] if unnamed and own[1] else [],
        "unread": unread,
    }
    notes = [note, dated, "decimal comma" if (decimal or hint) == "," else "", *cells.attrs.get("notes", [])]
    notes += ["in per cent, divided by 100"] if cent and figures == "returns" else []
    notes += [f"left out: {', '.join(left_out)}"] if left_out else []
    frame.attrs["read"] = _summary(frame, name, figures, used, len(numeric), [one for one in notes if one])
    return frame
