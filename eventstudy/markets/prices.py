"""Prices as people have them, files and frames of any layout: one market a column, a row a session or a bar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from eventstudy.cells import YEARS, Floats, brief, brief_list, parse_numbers, parse_times
from eventstudy.errors import DataMissingError, DesignError, InputError, require_known
from eventstudy.files import heading, read_table
from eventstudy.markets.history import histories_from_prices
from eventstudy.markets.identity import FILE
from eventstudy.markets.layouts import (
    FIELDS_OF_BARS,
    blocks_of,
    choose_columns,
    layout_of,
    market_of_file,
    numeric_columns,
    refuse_fields,
    refuse_other_serials,
    renamed,
    row_names,
    rows_of_one_field,
    sign_hint,
    split_field,
    text_of,
    time_columns,
    with_numbers,
    without_change,
)
from eventstudy.markets.quality import data_warnings, without_splits

Figures = Literal["prices", "returns", "volumes", "bars"]
#: The hours (of a label in UTC) from which on it may be the midnight that begins the next day in a zone to the east.
_LATE = pd.Timedelta(hours=11)
_MIDNIGHT_TO_COME = pd.Timedelta(hours=19)
_END_OF_DAY = pd.Timedelta(hours=23, minutes=59)
#: From how many figures on, and from which share of negative ones, a column is held to be returns and not prices.
_FEWEST_RETURNS, _NEGATIVE = 20, 0.2
#: Gross returns 1 + r lie around 1, and spread as daily to monthly returns do; a stablecoin's price spreads less.
_NEAR_ONE, _GROSS_SPREAD = 0.02, (0.0025, 0.2)
_SPACINGS = ((4, "daily"), (10, "weekly"), (45, "monthly"), (140, "quarterly"))
#: From which step between close and adjusted close on a split is meant, and no dividend.
_SPLIT = float(np.log(1.4))
_SIX = r"^(\d{2})(\d{2})(\d{2})$"
_OFFSET = r"([+-]\d{2}:?\d{2})$"
_HALF, _SHOWN = 0.5, 6


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
    adjust_splits: bool = False,
    check: bool = True,
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
    adjust_splits : bool
        Whether prices before a step that looks like a split are divided by its ratio; ``attrs["read"]`` says which.
    check : bool
        Whether to look for what makes figures wrong; the command and studies do it themselves, on what they use.

    Returns
    -------
    DataFrame, shape (T, S)
        Prices as quoted, float64; indexed by session (naive dates) or, of bars, by instants in UTC; ascending, without
        duplicates. NaN where a cell was empty. A market that nothing in a file names bears the file's name. Its
        ``attrs`` hold ``read`` (what the file was taken for, one line), ``layout`` (by column whose layout it proves,
        ``file`` where only the file's name names it, '' where nothing is proven), ``unread``, and of prices
        ``warnings``: splits, other units, stale runs, weekly or monthly figures, wrong days, a sentence each.

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
    if decimal is not None:
        require_known(decimal, ".,", "decimal sign")
    asked = [column] if isinstance(column, str) else list(column or ())
    if isinstance(source, pd.DataFrame) and not (asked or map) and _is_checked(source):
        frame = _checked(source, figures, look=check)
    else:
        cells, places, name, stem = _opened(source, sheet, figures, decimal)
        cells, places = rows_of_one_field(cells, places, figures, name)
        if not len(cells):
            raise InputError(f"{name}: there are no prices in it")
        roles = renamed(map or {}, [str(one) for one in cells], name)
        asked = asked or ([roles["column"]] if "column" in roles else [])
        try:
            time, clock = time_columns(cells, roles.get("time"), name)
        except InputError:
            if isinstance(source, pd.DataFrame) and "time" not in roles:
                _dates_of_index(source.index, name)  # says what is wrong with it
            raise
        blocks = [] if "time" in roles else blocks_of([str(one) for one in cells], time)
        read = partial(
            _table, figures=figures, roles=roles, form=time_format, decimal=decimal, asked=asked, lenient=lenient
        )
        frame = (
            _side_by_side(cells, blocks, places, name, read) if blocks else read(cells, places, name, stem, time, clock)
        )
        proven = _layout_of_frame(source)
        frame.attrs["layout"] = {one: proven or of for one, of in frame.attrs["layout"].items()}
        if not isinstance(source, pd.DataFrame):
            frame.attrs["source"] = name
    return _looked_at(frame, figures, adjust_splits=adjust_splits, check=check)


def _looked_at(frame: pd.DataFrame, figures: str, *, adjust_splits: bool, check: bool) -> pd.DataFrame:
    """Return prices with what looks wrong with them in ``attrs["warnings"]``, splits taken out if that is asked for."""
    if figures != "prices":
        if adjust_splits:
            raise DesignError(f"splits are taken out of prices, and these are {figures}; leave out --adjust-splits")
        return frame
    if adjust_splits:
        frame, notes = without_splits(frame, histories_from_prices(frame))
        frame.attrs["read"] = "; ".join(filter(None, [frame.attrs["read"], *notes]))
    if check:
        histories = histories_from_prices(frame).values()
        frame.attrs["warnings"] = [line for one in histories for line in (*one.notes, *data_warnings(one))]
    return frame


def _side_by_side(
    cells: pd.DataFrame,
    blocks: Sequence[Sequence[str]],
    places: Callable[[int], str],
    source: str,
    read: Callable[..., pd.DataFrame],
) -> pd.DataFrame:
    """Return markets that stand side by side, each with dates of its own, over the union of their dates."""
    parts = []
    asked = [heading(name) for name in read.keywords["asked"]]  # type: ignore[attr-defined]
    for names in [one for one in blocks if not asked or {*map(heading, one)} & {*asked}] or blocks:
        block = cells[list(names)]
        rows = np.flatnonzero(block.map(lambda value: text_of(value) != "").any(axis=1).to_numpy())
        block = block.iloc[rows].reset_index(drop=True)
        block.attrs = {key: of for key, of in cells.attrs.items() if key in {"delimiter", "points"}}
        if len(block):
            parts.append(read(block, lambda k, rows=rows: places(int(rows[k])), source, "", names[0], None))
    every = [str(name) for part in parts for name in (*part, *part.attrs["unread"])]
    if twice := next((name for name in every if every.count(name) > 1), None):
        raise InputError(
            f"{source}: markets side by side, each with dates of its own, and two are called '{brief(twice)}'; "
            f"name each column, or read one at a time: --map date='{blocks[1][0]}' --column '{blocks[1][1]}'"
        )
    frame = pd.concat(parts, axis=1, sort=True)
    frame.index.name = "session"
    frame.attrs = {
        key: {name: of for part in parts for name, of in part.attrs[key].items()} for key in ("layout", "unread")
    }
    notes = [f"{len(parts)} markets side by side, each with dates of its own", *cells.attrs.get("notes", [])]
    frame.attrs["read"] = _summary(frame, source, read.keywords["figures"], every, len(every), notes)  # type: ignore[attr-defined]
    return frame


def _table(
    cells: pd.DataFrame,
    places: Callable[[int], str],
    name: str,
    stem: str,
    time: str,
    clock: str | None,
    *,
    figures: Figures,
    roles: Mapping[str, str],
    form: str | None,
    decimal: str | None,
    asked: Sequence[str],
    lenient: bool,
) -> pd.DataFrame:
    """Return the figures of a table of cells, and in its ``attrs`` what it was taken for."""
    headings = [str(one) for one in cells]

    def where(column: str) -> Callable[[int], str]:
        return lambda k: f"{name}, {places(k)}, column {brief(column)}"

    numeric = numeric_columns(cells, {time, clock, roles.get("series")})
    still = [] if asked else without_change(cells, numeric)
    numeric = [one for one in numeric if one not in still]
    fields, left_out = choose_columns(numeric, figures, asked, name)
    text = [one for one in headings if one not in {time, clock, *numeric, *still}]
    names, market = row_names(cells, text, roles.get("series"), len(fields), time)
    if names is not None and "" in names:
        raise InputError(f"{where(market)(names.index(''))}: empty; name the series of the price")
    if names is not None and len(fields) > 1:
        listed = brief_list(next(iter(of.values())) for of in fields.values())
        raise InputError(f"{name}: a row a price, and several columns of figures ({listed}); name one with --column")
    wall, offsets, dated = _times(cells, time, clock, form, where(time), ordered=names is None)
    index, moved = _index(wall, offsets, names, figures, where(time))
    unnamed = "" in fields and names is None and not market
    stem, of_file = market_of_file(stem, cells.attrs.get("above", [])) if unnamed else (market, False)
    labelled = {one or stem or "price": of for one, of in fields.items()}
    signs = {"decimal": decimal, "hint": sign_hint(cells, numeric, time, decimal)}
    columns, used, unread, notes = _figures_of(
        cells, labelled, figures, signs, where, lenient=lenient, stacked=names is not None
    )
    if figures == "prices" and not asked:
        refuse_fields(columns, name)
    frame = _wide(columns, index, names, where(time))
    proven = FILE if unnamed and of_file else layout_of(headings)
    frame.attrs = {"layout": {str(one): proven for one in frame}, "unread": unread}
    notes = [dated, moved, "decimal comma" if "," in signs.values() else "", *notes, *cells.attrs.get("notes", [])]
    left_out += [one for one in text if not (split_field(one)[1] or one == roles.get("series") or one == market)]
    notes += [f"left out: {brief_list(left_out)}"] if left_out else []
    notes += [f"left out, one figure throughout: {brief_list(still)}"] if still else []
    frame.attrs["read"] = _summary(frame, name, figures, list(used.values()), len(numeric), [n for n in notes if n])
    return frame


def _layout_of_frame(frame: object) -> str:
    """Return whose frame it is: yfinance calls the level of its columns ``Ticker``."""
    proven = isinstance(frame, pd.DataFrame) and "Ticker" in frame.columns.names
    return "yahoo" if proven and frame.index.names[0] in {"Date", "Datetime"} else ""  # type: ignore[attr-defined]


def _is_checked(frame: pd.DataFrame) -> bool:
    """Whether a frame is one of figures by session already, a column a market."""
    index, fields = frame.index, FIELDS_OF_BARS
    return (
        isinstance(index, pd.DatetimeIndex)
        and index.tz is None
        and frame.columns.nlevels == 1
        and bool((frame.dtypes == np.float64).all())
        and not any(split_field(str(name))[1] in fields for name in frame)
        and bool((index == index.normalize()).all())
        and index.is_monotonic_increasing
        and index.is_unique
    )


def _checked(frame: pd.DataFrame, figures: str, *, look: bool) -> pd.DataFrame:
    """Return figures by session as they are."""
    checked = check_prices(frame, figures)
    for name in checked if look and figures == "prices" else ():
        refuse_returns(checked[name])
    known, proven = frame.attrs.get("layout", {}), _layout_of_frame(frame)
    layout = {name: known.get(name, proven) for name in map(str, checked)}
    checked.attrs = {**frame.attrs, "layout": layout, "unread": {}, "read": ""}  # what was said once is not said again
    return checked


@contextmanager
def _noted(unread: dict[str, str], label: str, *, lenient: bool) -> Iterator[None]:
    """Note what is wrong with a column rather than refuse it."""
    try:
        yield
    except InputError as error:
        if not lenient:
            raise
        unread[label] = str(error)


def _figures_of(
    cells: pd.DataFrame,
    fields: Mapping[str, Mapping[str, str]],
    figures: str,
    signs: Mapping[str, Any],
    where: Callable[[str], Callable[[int], str]],
    *,
    lenient: bool,
    stacked: bool,
) -> tuple[dict[str, Floats], dict[str, str], dict[str, str], list[str]]:
    """Return the figures of each market, the column used, why it could not be read, and notes."""
    columns, used, unread, notes = {}, {}, dict[str, str](), list[str]()
    for label, of in fields.items():
        with _noted(unread, label, lenient=lenient and len(fields) > 1):
            used[label], values, note = _values(cells, of, figures, signs, where)
            if figures in {"prices", "bars"} and not stacked:
                refuse_returns(pd.Series(values), where(used[label]))
            columns[label] = values
            notes += [note] if note not in notes else []
    return columns, used, unread, notes


def _opened(
    source: Any, sheet: str | None, figures: str, decimal: str | None
) -> tuple[pd.DataFrame, Callable[[int], str], str, str]:
    """Return the cells of a file or frame, what a row is called in messages, and the names of file and market."""
    if isinstance(source, pd.Series):
        name = source.name
        if isinstance(name, tuple):  # a column of a frame of fields and tickers
            name = next((part for part in name if not split_field(str(part))[1]), None)
        source = source.to_frame("price" if name is None else str(name))
    if isinstance(source, pd.DataFrame):
        cells = _cells_of_frame(source)
        return cells, lambda k: _shown(source.index[k]), figures, ""
    if str(source) != "-" and not Path(source).exists():
        raise DataMissingError(f"no price file '{source}'")
    cells, rows = read_table(source, sheet=sheet)
    cells = cells if decimal == "," else with_numbers(cells)
    name = "stdin" if str(source) == "-" else Path(source).name
    return cells, lambda k: f"row {rows[k]}", name, Path(name).stem


def _cells_of_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame as a table whose first columns are its index, the levels of its headings joined."""
    names = ["|".join(filter(None, map(str, one))) if isinstance(one, tuple) else str(one) for one in frame]
    for name, n in Counter(names).items():
        if n > 1:
            raise InputError(f"the frame has the column '{name}' twice")
    plain = frame.set_axis(pd.Index(names, dtype=object), axis=1)
    if isinstance(frame.index, pd.RangeIndex) or pd.api.types.is_numeric_dtype(frame.index):
        return plain.reset_index(drop=True)
    own = [str(name or ("name" if k else "session")) for k, name in enumerate(frame.index.names)]
    levels = frame.index.to_frame(index=False).set_axis(own, axis=1)
    clash = {name: f"{name} (index)" for name in levels if name in names}
    return pd.concat([levels.rename(columns=clash), plain.reset_index(drop=True)], axis=1)


def _shown(label: object) -> str:
    """Write a row's label as people do: a session with its clock only where it has one."""
    if not isinstance(label, pd.Timestamp):
        return str(label)
    return f"{label:%Y-%m-%d}" if label == label.normalize() else label.isoformat(" ", "minutes")


def _times(
    cells: pd.DataFrame, time: str, clock: str | None, form: str | None, where: Callable[[int], str], *, ordered: bool
) -> tuple[pd.DatetimeIndex, pd.Series | None, str]:
    """Return what the labels' clocks show, their offsets from UTC as text (None where none has one), and a note."""
    column = cells[time]
    if isinstance(column.dtype, pd.PeriodDtype) or pd.api.types.is_datetime64_any_dtype(column):
        require_years(pd.Index(column), where)
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column) and clock is None:
        missing = column.isna().to_numpy()
        if missing.any():
            raise InputError(f"{where(int(np.argmax(missing)))}: no date")
        index = pd.DatetimeIndex(column)
        zone = None if index.tz is None else pd.Series([f"{one:%z}" for one in index])
        return pd.DatetimeIndex(index.tz_localize(None).as_unit("ns")), zone, ""
    text = column.map(text_of)
    times, note = parse_times(text, form=form, where=where, ordered=ordered)
    written = pd.Series(times, dtype=str)
    if clock is not None and len(set(clocks := cells[clock].map(text_of))) > 1:
        digits = clocks.str.zfill(6).str.replace(_SIX, r"\1:\2:\3", regex=True)
        written = written + "T" + clocks.where(clocks.str.contains(":"), digits).str.zfill(5)
    if (empty := (written == "").to_numpy()).any():
        raise InputError(f"{where(int(np.argmax(empty)))}: no date")
    named = written.str.contains(" ")
    if named.any():
        row = int(np.argmax(named.to_numpy()))
        raise InputError(f"{where(row)}: '{text[row]}' names a zone; write an offset, 2022-01-27T10:00+03:00")
    offsets = written.str.extract(_OFFSET, expand=False)
    bare = written.str.replace(_OFFSET, "", regex=True)
    wall = pd.to_datetime(bare, format="ISO8601", errors="coerce")
    if form is None and len(text) >= _FEWEST_RETURNS and text.str.fullmatch(r"\d{5}(\.\d+)?").all():
        refuse_other_serials(wall, f"{where(0)}: {text[0]}")
    if wall.isna().any():
        row = int(np.argmax(wall.isna().to_numpy()))
        raise InputError(f"{where(row)}: '{brief(bare[row])}' is no date and time; mend the clock")
    return pd.DatetimeIndex(wall).as_unit("ns"), offsets if offsets.notna().any() else None, note


def _index(
    wall: pd.DatetimeIndex,
    offsets: pd.Series | None,
    names: list[str] | None,
    figures: str,
    where: Callable[[int], str],
) -> tuple[pd.DatetimeIndex, str]:
    """Return the sessions that labels mean, or the instants of bars, and a note where a label is not its session."""
    if figures == "bars":
        if offsets is None or offsets.isna().any():
            row = 0 if offsets is None else int(np.argmax(offsets.isna().to_numpy()))
            raise InputError(f"{where(row)}: {wall[row]} has no offset; write 2022-02-24T10:00+03:00")
        signed = offsets.str.replace(":", "").astype(int)
        minutes = np.sign(signed) * (signed.abs() // 100 * 60 + signed.abs() % 100)
        shift = np.asarray(minutes).astype("timedelta64[m]")
        return (wall - shift).tz_localize("UTC"), ""
    days = wall.normalize()
    clocks = wall - days
    if not clocks.any():
        return pd.DatetimeIndex(days), ""
    keys = pd.MultiIndex.from_arrays([days, names]) if names is not None else days
    together = pd.MultiIndex.from_arrays([wall, names]) if names is not None else wall
    several = np.asarray(keys.duplicated() & ~together.duplicated())
    if several.any():
        row = int(np.argmax(several))
        bars = "say that they are bars and labelled by which end: --data-kind bars-start or bars-end"
        mend = bars if several.sum() * 2 >= len(days) else "leave one of the two rows out"
        raise InputError(f"{where(row)}: a second clock on {days[row]:%Y-%m-%d}; {mend}")
    late = np.asarray((clocks >= _LATE) & (clocks < _END_OF_DAY))
    if late.sum() * 2 <= len(late):
        return pd.DatetimeIndex(days), ""
    fridays, sundays = (int((days[late].day_of_week == k).sum()) for k in (4, 6))
    if sundays * 10 <= fridays and fridays:
        return pd.DatetimeIndex(days), ""
    clock = f"{wall[int(np.argmax(late))]:%H:%M}"
    if fridays * 10 <= sundays and sundays:
        later = days + pd.to_timedelta(np.where(late, 1, 0), unit="D")
        return pd.DatetimeIndex(later), f"labels at {clock} are the midnights before their sessions: dated a day later"
    in_utc = offsets is not None and bool(offsets.isin(["+00:00", "+0000"]).all())
    if in_utc or (clocks[late] >= _MIDNIGHT_TO_COME).any():
        raise InputError(
            f"{where(0)}: a daily label at {clock} may be the midnight of another time zone, and so of the day after; "
            "write the dates of the market's own zone"
        )
    return pd.DatetimeIndex(days), ""


def _values(
    cells: pd.DataFrame,
    of: Mapping[str, str],
    figures: str,
    signs: Mapping[str, Any],
    where: Callable[[str], Callable[[int], str]],
) -> tuple[str, Floats, str]:
    """Return the column used of a market's fields, its figures, and a note."""

    def read(name: str) -> tuple[Floats, str]:
        column = cells[name]
        if pd.api.types.is_bool_dtype(column):
            raise InputError(f"{where(name)(0)}: {column.iloc[0]} is true or false; name a column of figures")
        if pd.api.types.is_numeric_dtype(column):
            return column.to_numpy(dtype=np.float64, na_value=np.nan), ""
        return parse_numbers(column.map(text_of), where=where(name), **signs)

    first = {"volumes": "volume", "returns": "return"}.get(figures, "close")
    name = of.get(first) or next(iter(of.values()))
    values, note = read(name)
    if first == "return" and "per cent" in note:
        return name, values / 100, "in per cent, divided by 100"
    if first == "close" and "close" in of and "adjusted" in of:
        adjusted, _ = read(of["adjusted"])
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.abs(np.diff(np.log(values / adjusted)))
        if np.nanmax(steps, initial=0.0) > _SPLIT:
            return of["adjusted"], adjusted, f"splits are not taken out of {name}"
        return name, values, f"dividends not added back (--column '{of['adjusted'].split('|')[0]}')"
    return name, values, ""


def refuse_returns(column: pd.Series, where: Callable[[int], str] | None = None) -> None:
    """Refuse figures that are taken for prices and look like returns: around 0 or around 1, and without memory.

    Raises
    ------
    InputError
        Says which figures they seem to be.
    """
    values = column.to_numpy()
    known = values[np.isfinite(values)]
    if len(known) < _FEWEST_RETURNS:
        return
    signed = _NEGATIVE < np.mean(known < 0) < 1 - _NEGATIVE
    spread, middle = float(known.std()), float(np.median(known))
    gross = bool((known > 0).all()) and abs(middle - 1) < _NEAR_ONE and _GROSS_SPREAD[0] < spread < _GROSS_SPREAD[1]
    if not (signed or gross):
        return
    centred = known - known.mean()
    memory = float((centred[1:] * centred[:-1]).sum() / max(float((centred**2).sum()), np.finfo(float).tiny))
    if memory < _HALF:
        first = int(np.argmax(values < 0)) if signed else int(np.argmax(np.isfinite(values)))
        place = where(first) if where else f"prices, {_shown(column.index[first])}, {column.name}"
        mend = "--data-kind returns" if signed else "gross ones (1 + r); subtract 1 and give --data-kind returns"
        raise InputError(f"{place}: {values[first]:g}; these look like returns{':' if signed else ','} {mend}")


def _wide(
    columns: Mapping[str, Floats], index: pd.DatetimeIndex, names: list[str] | None, where: Callable[[int], str]
) -> pd.DataFrame:
    """Return a column a market over ascending labels, each once."""
    if names is None:
        return pd.DataFrame(_ascending(pd.DataFrame(columns, index=index), where))
    ((_, values),) = columns.items()
    parts, place = {}, np.array(names, dtype=object)
    for name in dict.fromkeys(names):
        rows = np.flatnonzero(place == name)
        rows = rows[np.argsort(index[rows].asi8, kind="stable")]  # rows of several markets come in any order
        part = pd.DataFrame({name: values[rows]}, index=index[rows])
        parts[name] = _ascending(part, lambda k, rows=rows, name=name: f"{where(int(rows[k]))}, {name}")[name]  # type: ignore[misc]
    return pd.concat(parts, axis=1, sort=True)


def _ascending(frame: pd.DataFrame, where: Callable[[int], str]) -> pd.DataFrame:
    """Return rows in order of time, each time once; refuse a time with two prices, and rows in no order."""
    index = pd.DatetimeIndex(frame.index.to_series().array, name="session")
    frame, values = frame.set_axis(index, axis=0), frame.to_numpy()
    blank = np.isnan(values).all(axis=1)
    blank &= index.isin(index[~blank])  # a row of a dividend, without a price
    kept = ~blank
    kept[kept] = ~index[kept].duplicated()
    for row in np.flatnonzero(~kept & ~blank).tolist():
        pairs = zip(values[int(np.argmax((index == index[row]) & ~blank))], values[row], strict=True)
        other = next((pair for pair in pairs if pair[0] != pair[1] and not np.isnan(pair).all()), None)
        if other is not None:
            raise InputError(f"{where(row)}: {_shown(index[row])} appears twice, with {other[0]:g} and {other[1]:g}")
    rows = np.flatnonzero(kept).tolist()
    frame, index = frame[kept], index[kept]
    steps = np.diff(index.asi8)
    if (steps < 0).all() and len(steps):
        return frame[::-1]
    if (steps < 0).any():
        row = int(np.argmax(steps < 0)) + 1
        raise InputError(
            f"{where(rows[row])}: {_shown(index[row])} comes after {_shown(index[row - 1])}; sort the rows by date"
        )
    return frame


def _summary(
    frame: pd.DataFrame, source: str, figures: str, used: list[str], n_fields: int, notes: Sequence[str]
) -> str:
    """Say in one line what a file was taken for."""
    first, last = (_shown(frame.index[k]) for k in (0, -1)) if len(frame) else ("", "")
    days = float(np.median(np.diff(pd.DatetimeIndex(frame.index).asi8))) / 86400e9 if len(frame) > 1 else 1.0
    spacing = "" if figures == "bars" else next((f"{word} " for most, word in _SPACINGS if days <= most), "yearly ")
    n = frame.shape[1]
    if n == 1:
        close = figures == "prices" and split_field(used[0])[1] in {"close", "adjusted"}
        what = f"{spacing}{'closes' if close else figures}"
        of = f", column {used[0]}" + (f" of {n_fields}" if n_fields > 1 else "")
        name = f" of {frame.columns[0]}" if frame.columns[0] not in {used[0], "price"} else ""
    else:
        shown = ", ".join(map(str, frame.columns[:_SHOWN])) + (", ..." if n > _SHOWN else "")
        what, of, name = f"{spacing}{figures}", "", f" of {n} markets ({shown})"
    return f"{source}: {len(frame)} {what}{name} {first} .. {last}{of}" + "".join(f", {note}" for note in notes)


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
    checked = float_columns(frame, sessions, source)
    checked.attrs = dict(frame.attrs)
    return checked


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
            raise InputError(f"{source} has the column '{brief(name)}' twice; rename one")
    for name, dtype in zip(names, frame.dtypes, strict=True):
        if getattr(dtype, "kind", "O") in "bcmM":
            raise InputError(f"{source}, column {brief(name)}: {dtype} is no figure; give numbers")
    if (frame.dtypes == np.float64).all():
        checked = pd.DataFrame(frame.to_numpy(copy=True), index=sessions, columns=names, copy=False)
    else:
        each = enumerate(names)
        columns = {name: _floats(frame.iloc[:, position], name, sessions, source) for position, name in each}
        checked = pd.DataFrame(columns, index=sessions)
    if checked.empty:
        raise InputError(f"{source}: there are no prices in it")
    return checked


def require_years(index: pd.DatetimeIndex | pd.PeriodIndex, where: Callable[[int], str]) -> None:
    """Refuse dates outside the years that a file's dates may lie in, as `parse_times` does.

    Raises
    ------
    InputError
        Names the first.
    """
    years = index.year.to_numpy()
    outside = np.flatnonzero((years < YEARS[0]) | (years >= YEARS[1]))  # of no date the year is NaN, and not outside
    if len(outside):
        row = int(outside[0])
        raise InputError(f"{where(row)}: the year {years[row]:.0f} is outside {YEARS[0]} .. {YEARS[1]}; mend the date")


def _dates_of_index(index: pd.Index, source: str) -> pd.DatetimeIndex:
    if isinstance(index, (pd.PeriodIndex, pd.DatetimeIndex)):
        require_years(index, lambda k: f"{source}, row {k + 2}")
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
        raise InputError(f"{source}, row {int(np.argmax(index.isna())) + 2}: a session has no date")
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
    day, before = (_shown(session) for session in (sessions[row], sessions[row - 1]))
    wrong = "appears twice" if day == before else f"comes after {before}; sort the rows by date"
    raise InputError(f"{source}, row {row + 2}, column {column}: {day} {wrong}")


def _floats(
    column: pd.Series, name: str, sessions: pd.DatetimeIndex, source: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        numbers = pd.to_numeric(column, errors="coerce")
        bad = int(np.argmax((numbers.isna() & column.notna()).to_numpy()))
        raise InputError(
            f"{source}, {_shown(sessions[bad])}, column {name}: {column.iloc[bad]!r} is not a number"
        ) from None
