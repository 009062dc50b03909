"""Prices as people have them, files and frames of any layout: one market a column, a row a session or a bar."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from eventstudy.cells import (
    MISSING,
    Floats,
    decimal_sign,
    is_number,
    looks_dated,
    may_be_time,
    parse_numbers,
    parse_times,
)
from eventstudy.errors import DataMissingError, InputError, require_known
from eventstudy.files import TIME_WORDS, heading, read_table
from eventstudy.markets.identity import FILE
from eventstudy.markets.layouts import choose_columns, layout_of, market_of_file, name_rank, renamed, split_field

Figures = Literal["prices", "returns", "volumes", "bars"]
#: The hours (of a label in UTC) from which on it may be the midnight that begins the next day in a zone to the east.
_LATE = pd.Timedelta(hours=11)
_MIDNIGHT_TO_COME = pd.Timedelta(hours=19)
_END_OF_DAY = pd.Timedelta(hours=23, minutes=59)
#: From how many figures on, and from which share of negative ones, a column is held to be returns and not prices.
_FEWEST_RETURNS, _NEGATIVE = 20, 0.2
_SPACINGS = ((4, "daily"), (10, "weekly"), (45, "monthly"), (140, "quarterly"))
#: From which step between close and adjusted close on a split is meant, and no dividend.
_SPLIT = float(np.log(1.4))
#: Names of markets that are numbers.
_NUMBERED_NAMES = frozenset(
    {"permno", "code", "cusip", "wkn", "sedol", "instrument id", "security id", "ticker", "symbol"}
)
_CLOCK_ONLY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?").fullmatch
_DIGIT_CLOCK = re.compile(r"\d{1,6}").fullmatch
_SIX = r"^(\d{2})(\d{2})(\d{2})$"
_OFFSET = r"([+-]\d{2}:?\d{2})$"
_FIELDS_OF_BARS = {"close", "adjusted", "open", "high", "low", "volume"}
_HALF, _MOST, _LOOKED_AT, _SHOWN, _LISTED = 0.5, 0.9, 200, 6, 20


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
        duplicates. NaN where a cell was empty. A market that nothing in a file names bears the file's name. Its
        ``attrs`` hold ``read`` (what the file was taken for, one line), ``layout`` (by column whose layout it proves,
        ``file`` where only the file's name names it, '' where nothing is proven) and ``unread``. Splits, stale runs
        and the like are not looked for here: `check_history` does, and every study says them.

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
        return _checked(source, figures)
    cells, places, name, stem = _opened(source, sheet, figures)
    cells, places = _of_one_field(cells, places, figures, name)
    headings = [str(one) for one in cells]
    if not len(cells):
        raise InputError(f"{name}: there are no prices in it")
    roles = renamed(map or {}, headings, name)
    asked = asked or ([roles["column"]] if "column" in roles else [])

    def where(column: str) -> Callable[[int], str]:
        return lambda k: f"{name}, {places(k)}, column {column}"

    time, clock = _time_columns(cells, roles.get("time"), name, source)
    if "time" not in roles:
        _refuse_blocks(headings, time, name)
    numeric = _numeric_columns(cells, {time, clock, roles.get("series")})
    fields, left_out = choose_columns(numeric, figures, asked, name)
    text = [one for one in headings if one not in {time, clock, *numeric}]
    names, market = _names(cells, text, roles.get("series"), len(fields), time)
    if names is not None and "" in names:
        raise InputError(f"{where(market)(names.index(''))}: empty; name the series of the price")
    if names is not None and len(fields) > 1:
        listed = ", ".join(next(iter(of.values())) for of in fields.values())
        raise InputError(f"{name}: a row a price, and several columns of figures ({listed}); name one with --column")
    wall, offsets, dated = _times(cells, time, clock, time_format, where(time), ordered=names is None)
    index, moved = _index(wall, offsets, names, figures, where(time))
    unnamed = "" in fields and names is None and not market
    stem, of_file = market_of_file(stem, cells.attrs.get("above", [])) if unnamed else (market, False)
    labelled = {one or stem or "price": of for one, of in fields.items()}
    signs = {"decimal": decimal, "hint": _hint(cells, numeric, time, decimal)}
    columns, used, unread, notes = _figures_of(
        cells, labelled, figures, signs, where, lenient=lenient, stacked=names is not None
    )
    frame = _wide(columns, index, names, where(time))
    proven = FILE if unnamed and of_file else _layout_of_frame(source) or layout_of(headings)
    frame.attrs = {"layout": {str(one): proven for one in frame}, "unread": unread}
    notes = [dated, moved, "decimal comma" if "," in signs.values() else "", *notes, *cells.attrs.get("notes", [])]
    left_out += [one for one in text if not (split_field(one)[1] or one == roles.get("series") or one == market)]
    notes += [f"left out: {', '.join(left_out)}"] if left_out else []
    if not isinstance(source, pd.DataFrame):
        frame.attrs["source"] = name
    frame.attrs["read"] = _summary(frame, name, figures, list(used.values()), len(numeric), [n for n in notes if n])
    return frame


def _of_one_field(
    cells: pd.DataFrame, places: Callable[[int], str], figures: str, source: str
) -> tuple[pd.DataFrame, Callable[[int], str]]:
    """Return the rows of the field wanted where a row is one field of a market: ``2021-01-04, Close, 71.2``."""
    for name in map(str, cells):
        if pd.api.types.is_numeric_dtype(cells[name]) or cells[name].head(_LOOKED_AT).map(_text).nunique() > len(
            _FIELDS_OF_BARS
        ):
            continue
        words = cells[name].map(_text)
        kinds = {word: split_field(word) for word in words.unique()}
        if len(kinds) < 2 or not all(not market and field in _FIELDS_OF_BARS for market, field in kinds.values()):  # noqa: PLR2004
            continue
        wanted = "volume" if figures == "volumes" else "close"
        kept = np.flatnonzero([kinds[word][1] == wanted for word in words])
        if not len(kept):
            raise InputError(f"{source}, column {name}: no row is a {wanted}; there are {', '.join(kinds)}")
        taken = cells.iloc[kept].drop(columns=name).reset_index(drop=True)
        said = f"rows of {words.iloc[kept[0]]} in column {name}"
        taken.attrs = {**cells.attrs, "notes": [*cells.attrs.get("notes", []), said]}
        return taken, lambda k: places(int(kept[k]))  # noqa: B023  # the loop ends here
    return cells, places


def _refuse_blocks(headings: Sequence[str], time: str, source: str) -> None:
    """Refuse markets side by side, each with dates of its own: the first dates are those of the first market alone."""

    def word(name: str) -> str:
        return heading(re.sub(r"[._ ]\d+$", "", name.rpartition("|")[2]))

    later = [k for k, name in enumerate(headings) if k > headings.index(time) + 1 and word(name) == word(time)]
    if word(time) in TIME_WORDS - {"time"} and later and later[0] + 1 < len(headings):
        dates, figures = headings[later[0]], headings[later[0] + 1]
        raise InputError(
            f"{source}: markets side by side, each with dates of its own ('{time}', '{dates}'); read one at a time, "
            f"--map date='{dates}' --column '{figures}', or give each market a file"
        )


def _numeric_columns(cells: pd.DataFrame, taken: set[str | None]) -> list[str]:
    """Return the columns of figures; where there are none, those whose cells should have been."""
    rest = [name for name in map(str, cells) if name not in taken]
    return [name for name in rest if _is_numeric(cells[name])] or [name for name in rest if name_rank(name) is None]


def _layout_of_frame(frame: object) -> str:
    """Return whose frame it is: yfinance calls the level of its columns ``Ticker``."""
    proven = isinstance(frame, pd.DataFrame) and "Ticker" in frame.columns.names
    return "yahoo" if proven and frame.index.names[0] in {"Date", "Datetime"} else ""  # type: ignore[attr-defined]


def _is_checked(frame: pd.DataFrame) -> bool:
    """Whether a frame is one of figures by session already, a column a market."""
    index, fields = frame.index, _FIELDS_OF_BARS
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


def _checked(frame: pd.DataFrame, figures: str) -> pd.DataFrame:
    """Return figures by session as they are."""
    checked = check_prices(frame, figures)
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


def _opened(source: Any, sheet: str | None, figures: str) -> tuple[pd.DataFrame, Callable[[int], str], str, str]:
    """Return the cells of a file or frame, what a row is called in messages, and the names of file and market."""
    if isinstance(source, pd.Series):
        name = source.name
        if isinstance(name, tuple):  # a column of a frame of fields and tickers
            name = next((part for part in name if not split_field(str(part))[1]), None)
        source = source.to_frame("price" if name is None else str(name))
    if isinstance(source, pd.DataFrame):
        cells = _cells_of_frame(source)
        return cells, lambda k: _shown(source.index[k]), figures, ""
    if str(source) != "-" and not Path(source).is_file():
        raise DataMissingError(f"no price file '{source}'")
    cells, rows = read_table(source, sheet=sheet)
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


def _time_columns(cells: pd.DataFrame, asked: str | None, source: str, given: object) -> tuple[str, str | None]:
    """Return the column of dates, and that of clocks beside it."""
    names = [str(name) for name in cells]
    clocks = [name for name in names if _share(cells[name], _CLOCK_ONLY) > _MOST]
    clocks += [name for name in names if heading(name) == "time" and _share(cells[name], _DIGIT_CLOCK) > _MOST]
    if asked is None:
        typed = [name for name in names if pd.api.types.is_datetime64_any_dtype(cells[name]) or isinstance(
            cells[name].dtype, pd.PeriodDtype)]  # fmt: skip
        others = [name for name in names if name not in clocks]
        headed = [name for name in others if heading(name) in TIME_WORDS and _share(cells[name], may_be_time) > _HALF]
        dated = [name for name in others if _share(cells[name], looks_dated) > _HALF]
        both = [name for name in dated if name in headed]
        found = [*typed, *both, *headed, *dated]
        if not found and isinstance(given, pd.DataFrame):
            _dates_of_index(given.index, source)  # says what is wrong with it
        if not found:
            if sum(map(looks_dated, names)) * 2 > len(names):
                raise InputError(f"{source}: the dates run across the columns; turn the table, a row a date")
            there = ", ".join(names[:_LISTED]) + (", ..." if len(names) > _LISTED else "")
            raise InputError(f"{source} has no date column; name it with --map date=COLUMN (its columns: {there})")
        asked = found[0]
    return asked, next((name for name in clocks if name != asked), None)


def _share(cells: pd.Series, fits: Callable[[str], Any]) -> float:
    """Return the share of the first cells that fit, of those that say anything; typed figures fit nothing."""
    if pd.api.types.is_numeric_dtype(cells) and heading(str(cells.name)) not in TIME_WORDS:
        return 0.0
    said = [text for text in map(_text, cells.head(_LOOKED_AT)) if text.casefold() not in MISSING]
    return sum(bool(fits(text)) for text in said) / len(said) if said else 0.0


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value).removesuffix(".0")
    return "" if value is None or value is pd.NaT else str(value).strip()


def _is_numeric(cells: pd.Series) -> bool:
    """Whether most cells of a column are figures; a column of nothing may have been one."""
    if heading(str(cells.name)) in _NUMBERED_NAMES:
        return False
    if pd.api.types.is_numeric_dtype(cells):
        return not pd.api.types.is_bool_dtype(cells)
    if pd.api.types.is_datetime64_any_dtype(cells) or isinstance(cells.dtype, pd.PeriodDtype):
        return False
    said = [text for text in map(_text, cells) if text.casefold() not in MISSING]
    if not said:  # nothing may be a market without a price, not a field
        return not split_field(str(cells.name))[1]
    known = pd.to_numeric(pd.Series(said), errors="coerce").notna().sum()
    return known * 2 > len(said) or sum(map(is_number, said[:_LOOKED_AT])) * 2 > min(len(said), _LOOKED_AT)


def _names(
    cells: pd.DataFrame, text: list[str], asked: str | None, n_fields: int, time: str
) -> tuple[list[str] | None, str]:
    """Return whose price each row is, and the column that says so; else None, and the market that is named."""
    known = sorted((name for name in text if name_rank(name) is not None), key=lambda name: name_rank(name) or 0)
    candidates = [asked] if asked is not None else [*known, *(name for name in text if name not in known)]
    dates, values = cells[time].map(_text), {name: cells[name].map(_text) for name in candidates}
    kinds = {name: len(set(column)) for name, column in values.items()}
    if asked is not None and kinds[asked] > 1:
        return values[asked].tolist(), asked
    market = next((values[name].iloc[0] for name in candidates if kinds[name] == 1 and name in {asked, *known}), "")
    if dates.is_unique:
        stacked = n_fields == 1 and known and not market and 1 < kinds[known[0]] <= len(cells) // 2
        return (values[known[0]].tolist(), known[0]) if stacked else (None, market)
    several = [name for name in candidates if kinds[name] > 1]
    apart = [name for name in several if not pd.MultiIndex.from_arrays([dates, values[name]]).has_duplicates]
    chosen = next(iter([*apart, *(name for name in several if name in known)]), None)
    return (None, market) if chosen is None else (values[chosen].tolist(), chosen)


def _times(
    cells: pd.DataFrame, time: str, clock: str | None, form: str | None, where: Callable[[int], str], *, ordered: bool
) -> tuple[pd.DatetimeIndex, pd.Series | None, str]:
    """Return what the labels' clocks show, their offsets from UTC as text (None where none has one), and a note."""
    column = cells[time]
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(column) and clock is None:
        missing = column.isna().to_numpy()
        if missing.any():
            raise InputError(f"{where(int(np.argmax(missing)))}: no date")
        index = pd.DatetimeIndex(column)
        zone = None if index.tz is None else pd.Series([f"{one:%z}" for one in index])
        return pd.DatetimeIndex(index.tz_localize(None).as_unit("ns")), zone, ""
    text = column.map(_text)
    times, note = parse_times(text, form=form, where=where, ordered=ordered)
    written = pd.Series(times, dtype=str)
    if clock is not None and len(set(clocks := cells[clock].map(_text))) > 1:
        digits = clocks.str.zfill(6).str.replace(_SIX, r"\1:\2:\3", regex=True)
        written = written + "T" + clocks.where(clocks.str.contains(":"), digits).str.zfill(5)
    if (empty := (written == "").to_numpy()).any():
        raise InputError(f"{where(int(np.argmax(empty)))}: no date")
    named = written.str.contains(" ")
    if named.any():
        row = int(np.argmax(named.to_numpy()))
        raise InputError(f"{where(row)}: '{text[row]}' names a zone; write an offset, 2022-01-27T10:00+03:00")
    offsets = written.str.extract(_OFFSET, expand=False)
    wall = pd.to_datetime(written.str.replace(_OFFSET, "", regex=True), format="ISO8601")
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
        raise InputError(
            f"{where(row)}: a second clock on {days[row]:%Y-%m-%d}; say that they are bars and labelled by which end: "
            "--figures bars-start or bars-end"
        )
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


def _hint(cells: pd.DataFrame, numeric: list[str], time: str, decimal: str | None) -> str:
    """Return the decimal sign that the figures of a file show: '' for none, '?' where a point may be either."""
    if decimal is not None:
        return decimal
    shown: set[str] = set()
    for name in numeric:
        if not pd.api.types.is_numeric_dtype(cells[name]):
            try:
                shown.add(decimal_sign(cells[name].map(_text)))
            except ValueError:
                shown |= {".", ","}
    shown.discard("")
    if len(shown) == 1:
        return shown.pop()
    # A file of the European continent without one sure sign: 15.345 may be fifteen thousand.
    continental = cells.attrs.get("delimiter") == ";" and "." in str(cells[time].iloc[0])[:6]
    return "?" if continental and not shown else ""


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
        if pd.api.types.is_numeric_dtype(column):
            return column.to_numpy(dtype=np.float64, na_value=np.nan), ""
        return parse_numbers(column.map(_text), where=where(name), **signs)

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
    """Refuse figures that are taken for prices and look like returns: of both signs, and without memory.

    Raises
    ------
    InputError
        Says which figures they seem to be.
    """
    values = column.to_numpy()
    known = values[np.isfinite(values)]
    if len(known) < _FEWEST_RETURNS or not _NEGATIVE < np.mean(known < 0) < 1 - _NEGATIVE:
        return
    centred = known - known.mean()
    memory = float((centred[1:] * centred[:-1]).sum() / max(float((centred**2).sum()), np.finfo(float).tiny))
    if memory < _HALF:
        first = int(np.argmax(values < 0))
        place = where(first) if where else f"prices, {_shown(column.index[first])}, {column.name}"
        raise InputError(f"{place}: {values[first]:g}; these look like returns: --figures returns")


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
    frame, kept, values = frame.set_axis(index, axis=0), ~index.duplicated(), frame.to_numpy()
    for row in np.flatnonzero(~kept).tolist():
        pairs = zip(values[int(np.argmax(index == index[row]))], values[row], strict=True)
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
