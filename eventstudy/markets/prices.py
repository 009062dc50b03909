"""Prices as people have them, files and frames of any layout: one market a column, a row a session or a bar."""

from __future__ import annotations

import os
import re
from collections import ChainMap, Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from pandas.api import types

from eventstudy.cells import MISSING, YEARS, Floats, Where, brief, brief_list, find_zone, parse_times
from eventstudy.errors import DesignError, InputError, require_known
from eventstudy.markets import layouts
from eventstudy.markets.history import histories_from_prices
from eventstudy.markets.identity import FILE
from eventstudy.markets.quality import SPACINGS, data_warnings, without_splits
from eventstudy.returns import Mask
from eventstudy.tables import content_of, heading, one_level, table_of

Figures = Literal["prices", "returns", "volumes", "bars"]
#: The hours (of a label in UTC) from which on it may be the midnight that begins the next day in a zone to the east;
#: Tokyo's, the first without summer time; and, of the market's own clock, that of a session that opens in the evening.
_LATE, _TOKYO, _EVENING, _MIDNIGHT_TO_COME, _END_OF_DAY = map(pd.Timedelta, ("11h", "15h", "17h", "19h", "23h59m"))
#: London's midnight in UTC in summer; in winter it is UTC's own.
_LONDON = pd.Timedelta("23h")
#: The midnights of Sydney and of Auckland in UTC, in winter and in summer.
_SOUTHERN = [{*map(pd.Timedelta, hours)} for hours in (("14h", "13h"), ("12h", "11h"))]
#: From how many figures on, and from which share of negative ones, a column is held to be returns and not prices.
_FEWEST_RETURNS, _NEGATIVE = 20, 0.2
#: Gross returns 1 + r lie around 1, and spread as daily to monthly returns do; a stablecoin's price spreads less.
_NEAR_ONE, _GROSS_SPREAD, _MEMORY = 0.02, (0.0025, 0.2), 0.5
#: From which step between close and adjusted close on a split is meant, and no dividend.
_SPLIT = float(np.log(1.4))
_OFFSET = r"([+-]\d{2}:\d{2})$"
#: What ``--map`` may name, and its role.
_PARTS = {"date": "time", "time": "time", "series": "series", "name": "series"}
_PARTS |= dict.fromkeys(("price", "close", "volume", "return"), "column")
_SHOWN = 6


def read_prices(
    source: str | Path | pd.DataFrame | pd.Series,
    *,
    figures: Figures = "prices",
    map: Mapping[str, str] | None = None,  # noqa: A002  # the name of the option
    time_format: str | None = None,
    decimal: str | None = None,
    column: str | Sequence[str] | None = None,
    sheet: str | None = None,
    time_zone: str | None = None,
    lenient: bool = False,
    adjust_splits: bool = False,
    check: bool = True,
) -> pd.DataFrame:
    """Read prices, returns, volumes or bars of any usual layout.

    Parameters
    ----------
    source : str, Path, DataFrame or Series
        CSV, TSV, Excel, Parquet, JSON, ``-`` for stdin, or a frame of such layouts: a column a market; the fields of
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
    time_zone : str, optional
        Zone of the clocks of bars whose labels have no offset: an IANA name or an abbreviation (``Europe/Moscow``,
        ``MSK``). Sessions are dates of the market's own zone and need none.
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
    require_known(figures, get_args(Figures), "kind of figures")
    if decimal is not None:
        require_known(decimal, ".,", "decimal sign")
    if time_zone is not None and figures != "bars":
        hint = "leave out --time-zone (clocks of events: --set time_zone=NAME)"
        raise DesignError(f"a time zone is that of the clocks of bars, and these are {figures}; {hint}")
    asked = [column] if isinstance(column, str) else list(column or ())
    if isinstance(source, pd.DataFrame) and not (asked or map) and _is_plain(source, figures):
        frame = _plain(source, figures)
        for name in frame if check and figures == "prices" else ():
            refuse_returns(frame[name])
    else:
        how = SimpleNamespace(
            figures=figures, form=time_format, decimal=decimal, asked=asked, zone=time_zone, lenient=lenient
        )
        frame = _read(_opened(source, sheet, how).of_one_field(), source, map or {})
    if adjust_splits and figures != "prices":
        raise DesignError(f"splits are taken out of prices, and these are {figures}; leave out --adjust-splits")
    if adjust_splits:
        frame, notes = without_splits(frame, histories_from_prices(frame))
        frame.attrs["read"] = "; ".join(filter(None, [frame.attrs["read"], *notes]))
    if check and figures == "prices":
        histories = histories_from_prices(frame).values()
        frame.attrs["warnings"] = [line for one in histories for line in (*one.notes, *data_warnings(one))]
    return frame


def _refuse(wrong: Any, where: Where, said: str | Where) -> None:
    """Raise for the first row of those that are wrong."""
    if np.any(wrong):
        row = int(np.argmax(np.asarray(wrong)))
        raise InputError(f"{where(row)}: {said if isinstance(said, str) else said(row)}")


def _layout_of_frame(frame: object) -> str:
    """Return whose frame it is: yfinance calls the level of its columns ``Ticker``."""
    if not isinstance(frame, pd.DataFrame) or "Ticker" not in (levels := frame.columns.names):
        return ""
    parts = (str(part) for one in frame for part in (one if isinstance(one, tuple) else [one]))
    return _with_symbols("yahoo", levels, parts) if frame.index.names[0] in {"Date", "Datetime"} else ""


def _with_symbols(layout: str, levels: Collection[Any], parts: Iterable[str]) -> str:
    """Return a layout of Yahoo's as ``yfinance`` where names are symbols: by the levels, or one that only Yahoo has."""
    sure = {"Price", "Ticker"} <= {*levels} or any(re.search(r"^\^|=[XF]$", part) for part in parts)
    return "yfinance" if layout == "yahoo" and sure else layout


def _is_plain(frame: pd.DataFrame, figures: Figures) -> bool:
    """Whether a frame is one of numbers by session, or of bars by instant, already: a column a market."""
    index, names = frame.index, {*map(str, frame)}
    if not isinstance(index, pd.DatetimeIndex) or (index.tz is not None) != (figures == "bars"):
        return False
    if not frame.size or frame.columns.nlevels > 1 or len(names) < frame.shape[1]:
        return False
    ordered = index.is_monotonic_increasing and index.is_unique and not index.hasnans
    dated = ordered and (figures == "bars" or bool((index == index.normalize()).all()))
    numbers = dated and all(map(types.is_any_real_numeric_dtype, {*frame.dtypes}))
    was_read = names <= {*frame.attrs.get("layout", {})}  # what was chosen once is not reduced again
    fields = layouts.BAR_FIELDS | ({"return", "other"} if figures == "prices" else set())
    return numbers and (was_read or not any(field in fields for _, field in layouts.split_fields([*names]).values()))


def _plain(source: pd.DataFrame, figures: Figures) -> pd.DataFrame:
    """Return a plain frame as floats under names of text; what was said of it once is not said again."""
    index, zone = pd.DatetimeIndex(source.index), "UTC" if figures == "bars" else None
    utc = index.tz_convert(None) if zone else index
    _require_years(utc, lambda row: f"{figures}, row {row + 2}")
    index = pd.DatetimeIndex(utc.as_unit("ns").to_numpy(), tz=zone, name="session")
    values = source.to_numpy(np.float64, copy=True, na_value=np.nan)
    frame = pd.DataFrame(values, index, [*map(str, source)], copy=False)
    known, proven = source.attrs.get("layout", {}), _layout_of_frame(source)
    layout = {name: known.get(name, proven) for name in frame}
    frame.attrs = {**source.attrs, "layout": layout, "unread": {}, "read": ""}
    return frame


def _opened(source: Any, sheet: str | None, how: SimpleNamespace) -> layouts.Cells:
    """Return the cells of a file or frame; the levels of a frame's index are its first columns."""
    if isinstance(source, pd.Series):
        name = "|".join(map(str, source.name)) if isinstance(source.name, tuple) else source.name  # a field of a ticker
        source = source.to_frame("price" if name is None else str(name))
    if not isinstance(source, pd.DataFrame):
        what = "give prices as a path, a DataFrame (table.to_pandas(), pd.DataFrame(columns)) or a Series"
        content, name = content_of(InputError.require(what, source, str, os.PathLike), "price file")
        cells = layouts.Cells(*table_of(content, name, sheet=sheet), name, Path(name).stem, how)
        return cells if how.decimal == "," else cells.with_numbers()
    dates: Any = source.columns
    if isinstance(dates, (pd.DatetimeIndex, pd.PeriodIndex)):  # they run across
        source = source.T
    return layouts.Cells(one_level(source, "the frame"), source.index, how.figures, "", how)


def _read(cells: layouts.Cells, source: Any, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the figures in some cells: their columns by role, dates, figures of each market, rows in order."""
    if not len(cells.places):
        raise InputError(f"{cells.name}: there are no prices in it")
    how, folded, roles = cells.how, {heading(name): name for name in reversed(cells.names)}, dict[str, str]()
    for part, column in columns.items():
        if part.casefold() not in _PARTS:
            raise InputError(f"--map {part}={column}: a price file has the parts date, series, price, volume, return")
        if heading(column) not in folded:
            raise InputError(f"{cells.name} has no column '{column}' (--map); its columns: {brief_list(cells.names)}")
        roles[_PARTS[part.casefold()]] = column if column in cells.names else folded[heading(column)]
    how.asked, how.series = how.asked or [roles[one] for one in ("column",) if one in roles], roles.get("series")
    time, clock = cells.times(roles.get("time"))
    blocks = [] if "time" in roles else cells.blocks(time)
    frame = _side_by_side(cells, blocks) if blocks else _Reading(cells, time, clock).frame()
    if proven := _layout_of_frame(source):
        frame.attrs["layout"] = dict.fromkeys(frame.attrs["layout"], proven)
    if not isinstance(source, pd.DataFrame):
        frame.attrs["source"] = cells.name
    return frame


def _side_by_side(cells: layouts.Cells, blocks: list[list[str]]) -> pd.DataFrame:
    """Return markets that stand side by side, each with dates of its own, over the union of their dates."""
    parts, asked = [], {*map(heading, cells.how.asked)}
    for names in [one for one in blocks if not asked or {*map(heading, one)} & asked] or blocks:
        block = cells.part(~np.all([cells.text(name).str.casefold().isin(MISSING) for name in names], axis=0), names)
        block.stem, block.notes = "", []
        elsewhere = {heading(name) for one in blocks for name in one} - {*map(heading, names)}
        here = [one for one in cells.how.asked if heading(one) not in elsewhere]
        block.how = SimpleNamespace(**{**vars(cells.how), "asked": here})
        if len(block.places):
            parts.append(_Reading(block, names[0], None).frame())
    every = [str(name) for part in parts for name in (*part, *part.attrs["unread"])]
    if twice := next((name for name, n in Counter(every).items() if n > 1), None):
        two = f"markets side by side, each with dates of its own, and two are called '{brief(twice)}'"
        mend = f"name each column, or read one at a time: --map date='{blocks[1][0]}' --column '{blocks[1][1]}'"
        raise InputError(f"{cells.name}: {two}; {mend}")
    frame = pd.concat(parts, axis=1, sort=True).rename_axis("session")
    frame.attrs = {key: dict(ChainMap(*(part.attrs[key] for part in reversed(parts)))) for key in ("layout", "unread")}
    notes = [f"{len(parts)} markets side by side, each with dates of its own", *cells.notes]
    frame.attrs["read"] = _summary(frame, cells, every, len(every), notes)
    return frame


class _Reading:
    """A table of cells read as figures: its dates in one column, each market's figures in others."""

    def __init__(self, cells: layouts.Cells, time: str, clock: str | None) -> None:
        self.cells, self.time, self.clock, self.how = cells, time, clock, cells.how
        self.where = partial(cells.where, time)
        #: Whose price each row is, where a column says so.
        self.names: list[str] | None = None

    def frame(self) -> pd.DataFrame:
        """Return the figures of a table of cells, and in its ``attrs`` what it was taken for."""
        cells, time, how = self.cells, self.time, self.how
        numeric, still = cells.figures({time, self.clock, how.series})
        fields, left_out = layouts.choose_columns(numeric, how.figures, how.asked, cells.name)
        if len(fields) == 1 and all(name.startswith("column ") for name in cells.names):  # no header
            fields = {"": next(iter(fields.values()))}
        taken = {time, self.clock, *numeric, *still}
        text = [one for one in cells.names if one not in taken]
        self.names, market = cells.series(text, [next(iter(of.values())) for of in fields.values()], time)
        if self.names is not None and "" in self.names:
            raise InputError(f"{cells.where(market, self.names.index(''))}: empty; name the series of the price")
        if self.names is not None and len(fields) > 1:
            several = f"several columns of figures ({brief_list(next(iter(of.values())) for of in fields.values())})"
            raise InputError(f"{cells.name}: a row a price, and {several}; name one with --column")
        wall, offsets, zones, dated = self._times()
        bars = how.figures == "bars"
        index, moved = (self._instants(wall, offsets, zones), "") if bars else self._sessions(wall, offsets)
        unnamed = "" in fields and self.names is None and not market
        stem, of_file = cells.market() if unnamed else (market, False)
        hint, unread, used, notes = cells.sign_hint(numeric, time), dict[str, str](), list[str](), dict[str, None]()
        columns, beside = {}, len(fields) > 1 and not how.asked
        for label, of in fields.items():
            try:
                column, values, note = self._values(of, hint, beside=beside)
            except InputError as error:
                if not how.lenient or len(fields) == 1:
                    raise
                unread[label or stem or "price"] = str(error)
                continue
            (left_out if values is None else used).append(column)
            if values is not None:
                columns[label or stem or "price"] = values
                notes[note] = None
        if how.figures == "prices" and not how.asked:
            layouts.refuse_fields(columns, cells.name)
        frame = self._in_order(pd.DataFrame(columns, index=range(len(index))), index)
        parts = (part for name in cells.names for part in name.split("|"))
        layout = _with_symbols(layouts.layout_of(cells.names), cells.attrs.get("levels", ()), parts)
        proven = dict.fromkeys(map(str, frame), layout)
        if unnamed and of_file:
            proven[stem or "price"] = FILE
        frame.attrs = {"layout": proven, "unread": unread}
        left_out += [one for one in text if not (layouts.split_field(one)[1] or one in {how.series, market})]
        said = [dated, moved, "decimal comma" if hint == "," else "", *notes, *cells.notes]
        said += [f"left out: {brief_list(left_out)}"] if left_out else []
        said += [f"left out, alike throughout or a count of the rows: {brief_list(still)}"] if still else []
        frame.attrs["read"] = _summary(frame, cells, used, len(numeric), said)
        return frame

    def _times(self) -> tuple[pd.DatetimeIndex, pd.TimedeltaIndex, pd.Series, str]:
        """Return what the labels' clocks show, their offsets from UTC (NaT for none), zones by name, and a note."""
        cells, time, clock, where = self.cells, self.time, self.clock, self.where
        if cells.is_dated(time):
            column: Any = cells.columns[time]
            column = pd.to_datetime(column.astype(object)) if isinstance(column.dtype, pd.ArrowDtype) else column
            _require_years(pd.Index(column), where)
            if clock is None:
                _refuse(column.isna(), where, "no date")
                if isinstance(column.dtype, pd.PeriodDtype):  # the price of a week is that of its last day
                    first, last = column.dt.to_timestamp(), column.dt.to_timestamp(how="end").dt.normalize()
                    column = first if self.how.figures == "bars" else last
                index = pd.DatetimeIndex(column).as_unit("ns")
                wall = index.tz_localize(None)
                offsets = pd.TimedeltaIndex(wall - index.tz_convert(None) if index.tz else [pd.NaT] * len(wall))
                return wall, offsets, pd.Series(self.how.zone, range(len(wall)), dtype=object), ""
        text = cells.text(time)
        times, note = parse_times(text, form=self.how.form, where=where, ordered=self.names is None)
        written = pd.Series(times, dtype=str)
        if clock is not None and len(set(clocks := cells.text(clock))) > 1:
            digits = clocks.str.zfill(6).str.replace(r"^(\d{2})(\d{2})(\d{2})$", r"\1:\2:\3", regex=True)
            written = written + "T" + clocks.where(clocks.str.contains(":"), digits).str.zfill(5)
        zones = written.str.extract(" (.+)$", expand=False)
        bare = written.str.replace(f"{_OFFSET}| .+$", "", regex=True)
        wall = pd.DatetimeIndex(pd.to_datetime(bare, format="ISO8601", errors="coerce")).as_unit("ns")
        if self.how.form is None and len(text) >= _FEWEST_RETURNS and text.str.fullmatch(r"\d{5}(\.\d+)?").all():
            weekdays = {*wall.day_of_week}
            if {5, 6} & weekdays and not {*range(5)} <= weekdays:
                other = "days are counted from another day than Excel's (1904, 1970); write the dates as 2022-01-27"
                raise InputError(f"{where(0)}: {text[0]} would be {wall[0]:%Y-%m-%d}, and some dates weekends: {other}")
        _refuse(written == "", where, "no date; write it, or leave the row out")
        _refuse(wall.isna(), where, lambda row: f"'{brief(bare[row])}' is no date and time; mend the clock")
        signed = written.str.extract(_OFFSET, expand=False)
        spans = signed.map({one: pd.Timedelta(f"{one}:00") for one in signed.dropna().unique()})
        if self.how.zone is not None:
            zones = pd.Series(self.how.zone, zones.index, dtype=object)
        return wall, pd.TimedeltaIndex(spans.astype("timedelta64[ns]")), zones, note

    def _instants(self, wall: pd.DatetimeIndex, offsets: pd.TimedeltaIndex, zones: pd.Series) -> pd.DatetimeIndex:
        """Return the instants of bars by their offsets or, where one has none, by the clocks of a zone."""
        where, lacking = self.where, np.asarray(offsets.isna())
        utc = (wall - offsets).tz_localize("UTC")
        mend = "write 2022-02-24T10:00+03:00, or give --time-zone"
        mend += ", or tz_localize the labels" * self.cells.is_dated(self.time)
        _refuse(lacking & zones.isna(), where, lambda row: f"{wall[row]} has no offset; {mend}")
        for zone in zones[lacking].unique():
            rows = lacking & (zones == zone).to_numpy()
            try:
                found, called = find_zone(zone)
            except InputError as error:
                _refuse(rows, where, f"{error}; or give --time-zone")
            local = wall.tz_localize(found, ambiguous="NaT", nonexistent="NaT")
            twice = f"happened twice or never in {found}; write an offset"
            _refuse(rows & local.isna(), where, lambda row: f"{wall[row]} {twice}")  # noqa: B023
            season = local.strftime("%Z")
            wrong = rows & (season != called) & season.str.isalpha() & bool(called)
            mend = f"not on {called}; give --time-zone {found}"
            _refuse(wrong, where, lambda row: f"{found} was on {season[row]} then, {mend}")  # noqa: B023
            utc = local.tz_convert("UTC").where(rows, utc)
        return utc

    def _sessions(self, wall: pd.DatetimeIndex, offsets: pd.TimedeltaIndex) -> tuple[pd.DatetimeIndex, str]:
        """Return the sessions that labels mean, and a note where a label is not its session."""
        days = pd.DatetimeIndex(wall.normalize().to_numpy())  # without a frequency, which older pandas infers
        clocks = wall - days
        if not clocks.any():
            return days, ""
        names = self.names
        keys, together = (one if names is None else pd.MultiIndex.from_arrays([one, names]) for one in (days, wall))
        several = np.asarray(keys.duplicated() & ~together.duplicated())
        bars = "bars='start' or bars='end' of a study, figures='bars'"
        if not isinstance(self.cells.places, pd.Index):
            bars = "--data-kind bars-start or bars-end (figures='bars' in Python)"
        mend = f"leave one of the rows out, or say that they are bars: {bars}"
        _refuse(several, self.where, lambda row: f"a second clock on {days[row]:%Y-%m-%d}; {mend}")
        odd, last = np.asarray(clocks != pd.Timedelta(0)), np.asarray(days == days.max())
        if (last | ~odd).all() and (~last).sum() >= _FEWEST_RETURNS:
            live = "a clock where all days before have none: a quote within the day, or a label of another zone"
            _refuse(odd, self.where, f"{live}; leave the row out, or write its day")
        of = np.zeros(len(days)) if names is None else np.array(names)
        eves = np.zeros(len(days), dtype=bool)
        for rows in pd.Series(of).groupby(of).indices.values():  # each market may be of another zone
            eves[rows] = _eves(wall[rows], offsets[rows], self.where(int(rows[0])))
        if not eves.any():
            return days, ""
        clock = f"{wall[int(np.argmax(eves))]:%H:%M}"
        later = days + pd.to_timedelta(eves.astype(int), unit="D")
        return later, f"labels at {clock} are the midnights before their sessions: dated a day later"

    def _figures(self, name: str, hint: str) -> tuple[Floats, str]:
        """Return the figures of a column and a note; refuse one that is cut off."""
        cells, column = self.cells, self.cells.columns[name]
        if types.is_bool_dtype(column) or types.is_complex_dtype(column):
            raise InputError(f"{cells.where(name, 0)}: {column.iloc[0]} is no figure; name a column of figures")
        typed = types.is_numeric_dtype(column)
        values, note = (column.to_numpy(np.float64, na_value=np.nan), "") if typed else cells.numbers(name, hint)
        # 1270.62 that is cut before its point is a tenth; no market falls by four fifths within a session.
        fell = self.how.figures in {"prices", "bars"} and len(values) > 1 and 0 < values[-1] * 5 < values[-2]
        if fell and cells.attrs.get("open") and self.names is None and not typed:
            before, last = (re.search(r"[.,]\d", text) for text in cells.text(name).iloc[-2:])
            fell = before is not None and last is None
        if fell and cells.attrs.get("open") and self.names is None:
            why = f"{values[-1]:g} after {values[-2]:g}, in a last line without an end, as where a file is cut off"
            raise InputError(f"{cells.where(name, len(values) - 1)}: {why}; write it whole, or end the line")
        if per := cells.changing_nominal(name):
            values = values / self._figures(per, hint)[0]
            cells.notes.append(f"divided by {per}, which differs")
        return values, note

    def _values(self, of: Mapping[str, str], hint: str, *, beside: bool) -> tuple[str, Floats | None, str]:
        """Return the column used of a market's fields, its figures (none of what a price changed by), and a note."""
        cells = self.cells
        first = {"volumes": "volume", "returns": "return"}.get(cells.how.figures, "close")
        name = of.get(first) or next(iter(of.values()))
        values, note = self._figures(name, hint)
        if first == "return" and "per cent" in note:
            return name, values / 100, "in per cent, divided by 100"
        if first == "close" and {"close", "adjusted"} <= {*of}:
            adjusted, _ = self._figures(of["adjusted"], hint)
            with np.errstate(divide="ignore", invalid="ignore"):
                steps = np.abs(np.diff(np.log([values, adjusted, values / adjusted])))
            if np.nanmax(steps[2], initial=0.0) > _SPLIT:
                if steps[0, at := np.nanargmax(steps[2])] > steps[1, at]:
                    return of["adjusted"], adjusted, f"splits are not taken out of {name}"
                return name, values, f"a step in {of['adjusted']} that {name} has not"
            return name, values, f"dividends not added back (--column '{of['adjusted'].split('|')[0]}')"
        if cells.how.figures in {"prices", "bars"} and self.names is None:
            try:
                refuse_returns(pd.Series(values), partial(cells.where, name), beside=beside)
            except InputError:
                if not beside or "per cent" not in note:
                    raise
                return name, None, ""
        return name, values, "in per cent, as written" if "per cent" in note else ""

    def _in_order(self, figures: pd.DataFrame, index: pd.DatetimeIndex) -> pd.DataFrame:
        """Return rows in order of time, each once, a column a market; refuse a time with two prices, and no order."""
        names, where, values = self.names, self.where, figures.to_numpy()
        days = index.unique().sort_values()
        of, markets = pd.factorize(np.array(names or [""] * len(index), dtype=object))
        at = days.get_indexer(index)
        keys = pd.Index(at * len(markets) + of)
        blank = np.array(figures.isna().all(axis=1))
        blank &= keys.isin(keys[~blank])  # a row of a dividend, without a price
        kept = ~blank
        kept[kept] = ~keys[kept].duplicated()
        first = values[kept][keys[kept].get_indexer(keys)]
        other = (first != values) & ~(np.isnan(first) & np.isnan(values)) & ~blank[:, None]
        if other.any():
            row, column = np.argwhere(other)[0]
            market = "" if names is None else f", {names[row]}"
            two = f"{first[row, column]:g} and {values[row, column]:g}; leave one of the rows out"
            two += ", or say which column names the market: --map name=COLUMN" if names is None else ""
            raise InputError(f"{where(row)}{market}: {layouts.shown(index[row])} appears twice, with {two}")
        if names is not None:
            table = np.full((len(days), len(markets)), np.nan)
            table[at[kept], of[kept]] = values[kept, 0]
            return pd.DataFrame(table, index=pd.DatetimeIndex(days, name="session"), columns=markets)
        frame = figures[kept].set_axis(pd.DatetimeIndex(index[kept].array, name="session"), axis=0)
        rows = np.flatnonzero(kept)
        steps = np.diff(index[kept].asi8)
        if (steps < 0).all() and len(steps):
            return frame[::-1]
        if (steps < 0).any():
            k = int(np.argmax(steps < 0)) + 1
            said = f"{layouts.shown(frame.index[k])} comes after {layouts.shown(frame.index[k - 1])}"
            other = ", or give --time-format" * bool((index.day <= 12).all())  # noqa: PLR2004  # days may be months
            raise InputError(f"{where(rows[k])}: {said}; sort the rows by date{other}")
        return frame


def _eves(wall: pd.DatetimeIndex, offsets: pd.TimedeltaIndex, where: str) -> Mask:
    """Return which labels of one market are midnights before its sessions; refuse those that may be."""
    days = wall.normalize()
    clocks = wall - days
    late = np.asarray((clocks >= _LATE) & (clocks < _END_OF_DAY))
    none = np.zeros(len(wall), dtype=bool)
    fridays, saturdays, sundays = (int((days[late].day_of_week == k).sum()) for k in (4, 5, 6))
    of_london = {*clocks.unique()} == {pd.Timedelta(0), _LONDON}
    if (late.sum() * 2 <= len(late) and not of_london) or (sundays * 10 <= fridays and fridays):
        return none
    # A midnight is a whole or half hour, the same but in summer: a market that ends at 17:24 is open on Sundays.
    in_utc = (clocks - offsets.fillna(pd.Timedelta(0)))[late].unique()
    if len(in_utc) > 2 or (in_utc % pd.Timedelta("30min")).any():  # noqa: PLR2004
        return none
    utc = bool((offsets == pd.Timedelta(0)).all())
    sure = in_utc.min() >= _TOKYO or {*in_utc} in _SOUTHERN if utc else clocks[late].min() >= _EVENING
    if not sure and (saturdays or not (utc or offsets.isna().all())):
        return none
    if fridays * 10 <= sundays and sundays and sure:
        return late
    if utc or sundays or (clocks[late] >= _MIDNIGHT_TO_COME).any():
        clock = f"{wall[int(np.argmax(late))]:%H:%M}"
        other = f"a daily label at {clock} may be the midnight of another time zone, and so of the day after"
        raise InputError(f"{where}: {other}; write the dates of the market's own zone")
    return none


def refuse_returns(column: pd.Series, where: Where | None = None, *, beside: bool = False) -> None:
    """Refuse figures that are taken for prices and look like returns: around 0 or around 1, and without memory.

    `beside` says that other columns are there, which may be the prices.

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
    with np.errstate(over="ignore", invalid="ignore"):
        spreads = (known > 0).all() and _GROSS_SPREAD[0] < known.std() < _GROSS_SPREAD[1]
    gross = bool(spreads) and abs(np.median(known) - 1) < _NEAR_ONE
    if not (signed or gross):
        return
    centred = known - known.mean()
    memory = float((centred[1:] * centred[:-1]).sum() / max(float((centred**2).sum()), np.finfo(float).tiny))
    if memory < _MEMORY:
        first = int(np.argmax(values < 0)) if signed else int(np.argmax(np.isfinite(values)))
        place = where(first) if where else f"prices, {layouts.shown(column.index[first])}, {column.name}"
        kind = "--data-kind returns" if where else "returns= of a study, figures='returns'"
        mend = kind if signed else f"gross ones (1 + r); subtract 1 and give {kind}"
        mend += ", or name the columns of prices with --column" * beside
        raise InputError(f"{place}: {values[first]:g}; these look like returns{':' if signed else ','} {mend}")


def _summary(frame: pd.DataFrame, cells: layouts.Cells, used: list[str], n_fields: int, notes: Sequence[str]) -> str:
    """Say in one line what a file was taken for."""
    first, last = (layouts.shown(frame.index[k]) for k in (0, -1)) if len(frame) else ("", "")
    days = float(np.median(np.diff(pd.DatetimeIndex(frame.index).asi8))) / 86400e9 if len(frame) > 1 else 1.0
    word = next((f"{word} " for most, word in {4: "daily", **SPACINGS}.items() if days <= most), "yearly ")
    n, figures, of = frame.shape[1], cells.how.figures, ""
    fields = layouts.split_fields([*cells.names, *used])
    if figures == "prices" and {fields[one][1] for one in used} <= {"close", "adjusted"}:
        figures = "closes"
    if n == 1:
        name = f" of {frame.columns[0]}" if frame.columns[0] not in {used[0], "price"} else ""
        what, of = f"{figures}{name}", f", column {used[0].removeprefix('column ')}"
        of += f" of {n_fields}" if n_fields > 1 else ""
    else:
        what = f"{figures} of {n} markets ({', '.join(map(str, frame.columns[:_SHOWN]))}{', ...' * (n > _SHOWN)})"
    spacing = "" if figures == "bars" else word
    return f"{cells.name}: {len(frame)} {spacing}{what} {first} .. {last}{of}" + "".join(f", {n}" for n in notes if n)


def _require_years(index: pd.DatetimeIndex | pd.PeriodIndex, where: Where) -> None:
    """Refuse dates outside the years that a file's dates may lie in, as `parse_times` does."""
    years = index.year.to_numpy()
    outside = (years < YEARS[0]) | (years >= YEARS[1])  # of no date the year is NaN, and not outside
    allowed = f"{YEARS[0]} .. {YEARS[1]}; mend the date"
    _refuse(outside, where, lambda row: f"the year {years[row]:.0f} is outside {allowed}")
