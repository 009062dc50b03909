"""Headings of price files: which column is which field of which market."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, pairwise, permutations
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.cells import (
    MISSING,
    Floats,
    brief_list,
    decimal_sign,
    is_number,
    looks_dated,
    may_be_time,
    plain_numbers,
)
from eventstudy.errors import InputError
from eventstudy.files import TIME_WORDS, heading

#: Headings of the fields of one market, plain: investing.com (in twelve languages), Yahoo, Stooq (English,
#: Polish), FRED, MOEX, Finam, Nasdaq, Cboe, Bloomberg, Refinitiv, Alpha Vantage, SDMX, TradingView, MetaTrader.
_WORDS = {
    "close": "close|close/last|last|price|last price|px last|px close|close price|closing price|closing|settle|"
    "settlement|settlement price|last trade|trade close|trade price|universal close price|official close|obs value|"
    "value|mid|mid price|index value|px mid|цена|цена закрытия|закрытие|последняя|schluss|schlusskurs|zuletzt|kurs|"
    "letzter|dernier|cloture|zamkniecie|kurs zamkniecia|cierre|ultimo|chiusura|close usd|curs|rate|exchange rate|"
    "курс|fixing|mid rate|taux|wechselkurs|latest|bid|ask|offer|prc|prccd|close close price adjusted for splits|"
    "fechamento|ostatnio|şimdi|kapanış|終値|現在値|收盘|收盘价|收盤價|종가",
    "adjusted": "adj close|adjusted close|adjclose|adjusted|adj. close|close adj|adj closing price|px last adj|"
    "adj price|total return index|"
    "adj close adjusted close price adjusted for splits and dividend and/or capital gain distributions",
    "open": "open|px open|open price|открытие|откр|цена открытия|eroffnung|eroffn|eroffnungskurs|ouv|ouverture|"
    "otwarcie|kurs otwarcia|apertura|1st trade|abertura|açılış|始値|开盘|开盘价|開盤價|시가",
    "high": "high|px high|high price|макс|максимум|максимальная цена|hoch|plus haut|najwyzszy|maximo|massimo|"
    "tageshoch|max|maxima|kurs max|kurs maksymalny|yüksek|高値|最高|最高价|最高價|고가",
    "low": "low|px low|low price|мин|минимум|минимальная цена|tief|plus bas|najnizszy|minimo|tagestief|min|minima|"
    "kurs min|kurs minimalny|düşük|安値|最低|最低价|最低價|저가",
    "volume": "volume|vol|px volume|trading volume|total volume|share volume|shares traded|объем|объём|объем торгов|"
    "volumen|stuck|umsatz|wolumen|quantity|turnover shares|tickvol|tick volume|acc volume|accumulated volume|wol|hac|"
    "hacim|出来高|成交量|거래량",
    "return": "return|returns|ret|change %|chg %|% change|%chg|% chg|change pct|change percent|pct change|log return|"
    "daily return|изм %|изм|+/- %|+- %|change|chg|net|net change|var %|variation|var|zmiana|fark|변동 %|변동|등락률|"
    "대비|変化率|前日比|涨跌额|涨跌幅|漲跌幅",
    "other": "nominal|номинал|dividends|dividend|stock splits|splits|capital gains|dividend amount|split coefficient|"
    "value traded|turnover|turnover usd|numtrades|trades|number of trades|count|open interest|openint|oi|spread|vwap|"
    "waprice|wap|per|legalcloseprice|marketprice2|marketprice3|admittedquote|mp2valtrd|marketprice3tradesvalue|"
    "admittedvalue|waval|tradingsession|capitalization|divisor|yield|duration|trendclspr|trend close|amount|factor|"
    "обороты|market cap|marketcap|market capitalization|market capitalisation|p/e|pe ratio|p/e ratio|dividend yield|"
    "shares outstanding|range|flow|average|mean|median|total|sum|единиц|前收盘|昨收|成交额|거래대금|cshoc|"
    "turnover - eur|turnover - usd|previous close|prev close|prev. close",
    "name": "ticker|symbol|secid|ric|series|series id|instrument|instrument id|instrument name|security|security id|"
    "security name|stock|asset|market|name|contract|pair|currency pair|isin|shortname|short name|code|variable|key|"
    "currency|index|indeks|номер|валюта|тикер|инструмент|название|cdx|country|fund|entity|indicator|seriesname|"
    "company|issuer|wertpapier|spolka|permno|cusip|figi|sedol|wkn|tic|gvkey|股票代码|证券代码|名称|index name|"
    "product|commodity|bond|underlying|ticker symbol",
}
#: Names of markets that are numbers.
_NUMBERED_NAMES = frozenset(
    {"permno", "gvkey", "code", "cusip", "wkn", "sedol", "instrument id", "security id", "ticker", "symbol"}
)
FIELDS_OF_BARS = {"close", "adjusted", "open", "high", "low", "volume"}
_HALF, _MOST, _LOOKED_AT = 0.5, 0.9, 200
_CLOCK_ONLY = re.compile(r"\d{1,2}:\d{2}(:\d{2})?").fullmatch
_DIGIT_CLOCK = re.compile(r"\d{1,6}").fullmatch
#: What a file's name says beside its market's.
_DOWNLOADED = re.compile(
    r"[ _-]*(historical data|historical prices|прошлые данные|historische daten|\(\d+\)|_d|_daily)$", re.IGNORECASE
)


def plain(name: str) -> str:
    """Return a heading without accents, stars, numbers before it and points behind it."""
    letters = unicodedata.normalize("NFKD", heading(name).replace("ł", "l"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", re.sub(r"^\d+[a-b]?\. ", "", bare)).replace(".", "").rstrip("*: ").strip()


_FIELDS = {plain(word): field for field, words in _WORDS.items() for word in words.split("|")}
#: Fields whose names also stand before or behind the name of a market: ``EMB_Close``, ``Close EMB``, ``EMB.Adjusted``.
_JOINED = {word: _FIELDS[word] for word in (
    "adjusted close", "capital gains", "stock splits", "last price", "px volume", "adj close", "dividends", "adjclose",
    "adjusted", "px last", "px open", "px high", "volume", "px low", "close", "open", "high", "low", "vol",
)}  # fmt: skip
#: Headings that other fields of the same market outrank, a quote every other.
_VAGUE = dict.fromkeys(("value", "last", "price", "obs value", "last price", "rate"), 1) | dict.fromkeys(
    ("bid", "ask", "offer"), 2
)
#: Fields by one letter, where there are all four of a bar.
_LETTERS = {
    "o": "open",
    "h": "high",
    "l": "low",
    "c": "close",
    "v": "volume",
    "vw": "other",
    "n": "other",
    "t": "other",
}
_MOVING_AVERAGE = re.compile(r"[sew]?ma ?\(?\d+\)?").fullmatch
#: Of two columns whose difference has less memory than this, bounded by two others: open and close.
_NO_MEMORY, _CROSSING, _ENOUGH_ROWS, _MOST_FIELDS = 0.3, 0.1, 20, 12
_CORE = {"close", "adjusted", "open", "high", "low", "volume", "return"}


def split_field(name: str) -> tuple[str, str]:
    """Return the market that a heading names, '' where none, and the field, '' where it is not one's.

    Examples
    --------
    >>> split_field("EMB_Adj Close"), split_field("Vol."), split_field("Close|BZ=F"), split_field("imoex")
    (('EMB', 'adjusted'), ('', 'volume'), ('BZ=F', 'close'), ('imoex', ''))
    """
    bare = "return" if "%" in name and plain(name.replace("%", "")) in _FIELDS else ""
    if found := _FIELDS.get(plain(name), "") or bare or ("other" if _MOVING_AVERAGE(heading(name)) else ""):
        return "", found
    parts = [part.strip() for part in re.sub(r"^\('?|'?\)$", "", name).replace("', '", "|").split("|") if part.strip()]
    if len(parts) > 1:
        for k in (len(parts) - 1, *range(len(parts) - 1)):
            if found := _FIELDS.get(plain(parts[k]), ""):
                return "|".join([*parts[:k], *parts[k + 1 :]]), found
        return name, ""
    folded = name.strip().replace("_", " ").replace(".", " ").casefold()
    for word, found in _JOINED.items():  # the longest first
        if folded.endswith((f" {word}", f" ({word})")):
            return name.strip()[: -len(word) - 1].strip(" _.(-"), found
        if folded.startswith(f"{word} "):
            return name.strip()[len(word) + 1 :].strip(" _.()-"), found
    return name.strip(), ""


def market_of_file(stem: str, above: Sequence[Sequence[str]]) -> tuple[str, bool]:
    """Return the name of the one market of a file, and whether it is only the file's."""
    for row in above:
        said = [cell.strip() for cell in row if cell.strip()]
        if len(said) > 1 and _FIELDS.get(plain(said[0])) == "name" and plain(said[0]) not in {"currency", "country"}:
            return said[1], False
    return _DOWNLOADED.sub("", stem).strip() or stem, True


def layout_of(names: Sequence[str]) -> str:
    """Return whose layout the headings of a file prove, '' where they could be anybody's.

    Examples
    --------
    >>> layout_of(["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]), layout_of(["date", "close"])
    ('yahoo', '')
    """
    heads, bare = {name.strip() for name in names}, {plain(name) for name in names}
    tops = {part for name in names for part in name.split("|")}
    proofs = {
        "yahoo": {"Open", "High", "Low", "Close"} <= tops
        and bool({"Adj Close", "Stock Splits"} & tops or tops - heads),
        "fred": "observation_date" in heads,
        "moex": {"secid", "tradedate"} <= bare,
        "finam": {"<DATE>", "<CLOSE>"} <= heads and not heads & {"<TICKVOL>", "<SPREAD>"},
        "metatrader": {"<DATE>", "<TICKVOL>"} <= heads,
        "investing": ("Change %" in heads and "Vol." in heads) or "Изм. %" in heads or "+/- %" in heads,
        "stooq": {"otwarcie", "zamkniecie"} <= bare,
        "nasdaq": "Close/Last" in heads,
        "bloomberg": any("px last" in plain(part) for part in tops),
        "refinitiv": bool({"exchange date", "trade close", "universal close price"} & bare),
        "alpha-vantage": {"timestamp", "open", "close"} <= heads or bool({"4. close", "5. adjusted close"} & heads),
        "sdmx": {"TIME_PERIOD", "OBS_VALUE"} <= heads,
    }
    return next((name for name, proved in proofs.items() if proved), "")


def choose_columns(
    names: Sequence[str], figures: str, asked: Sequence[str], source: str
) -> tuple[dict[str, dict[str, str]], list[str]]:
    """Return the fields of each market among the columns of figures, and the columns left out.

    Parameters
    ----------
    names : sequence of str
        The columns that hold figures.
    figures : {'prices', 'bars', 'returns', 'volumes'}
        What is wanted.
    asked : sequence of str
        The columns that the user named; empty: whatever the headings say.
    source : str
        What to call the file in messages.

    Returns
    -------
    markets : dict of str to dict of str to str
        By market ('' where the columns do not name it) the column of each field, the one used first.
    left_out : list of str
        Columns that are no field of a market and no market of their own.

    Raises
    ------
    InputError
        If nothing of what is wanted is there, or a column may be a market or a field.
    """
    by_letter = set("ohlc") <= set(names)
    found = {name: ("", _LETTERS[name]) if by_letter and name in _LETTERS else split_field(name) for name in names}
    if asked:
        return _asked(names, asked, source), []
    wanted = {"volumes": ("volume",), "returns": ("return",)}.get(figures, ("close", "adjusted"))
    if len(names) == 1 and plain(names[0]) in _VAGUE:
        return {"": {wanted[0]: names[0]}}, []
    if len(names) > 1 and all(re.fullmatch(r"column \d+", name) for name in names):
        raise InputError(f"{source} has no header, and figures in {brief_list(names)}; name one with --column")
    markets: dict[str, dict[str, str]] = {}
    vague = {name: _VAGUE.get(plain(name), 0) for name in found}
    for name, (ticker, field) in sorted(found.items(), key=lambda item: vague[item[0]]):
        first = markets.setdefault(ticker, {}).setdefault(field, name) if field in _CORE else name
        if first != name and field in wanted and vague[first] == vague[name]:
            raise InputError(f"{source}: '{first}' and '{name}' may both be the {field}; name one with --column")
    whole = {market: of for market, of in markets.items() if set(wanted) & set(of)}
    bars = any({"open", "high", "low"} & set(of) for of in markets.values())
    own = any(field == "" for _, field in found.values())  # a market of its own, beside which measures are no market
    no_market = _CORE | {"other"} if whole or own else _CORE
    others = [name for name, (_, field) in found.items() if field not in no_market or (not whole and _is_ticker(name))]
    if whole and (bars or not others or figures in {"returns", "volumes"}):
        return whole, others
    if "" in whole:
        raise InputError(
            f"{source}: '{next(iter(whole[''].values()))}' may be the price of the one market or of one market among "
            f"{brief_list(others)}; name the columns of prices with --column"
        )
    if not others:
        there = f"; it has: {brief_list(names)}; name one with --column" if names else ""
        raise InputError(f"{source} has no column of {figures}{there}")
    left_out = [name for name, (ticker, field) in found.items() if name not in others and ticker not in whole]
    return whole | {name: {wanted[0]: name} for name in others}, left_out


def without_change(cells: pd.DataFrame, numeric: Sequence[str]) -> list[str]:
    """Return the columns, of several that no word makes a field, that hold one figure throughout: a code, a count."""
    own = [name for name in numeric if len(cells) > _ENOUGH_ROWS and not split_field(name)[1]]
    still = [name for name in own if (cells[name] == cells[name].iloc[0]).all()]
    return [name for name in still if text_of(cells[name].iloc[0])] if len(still) < len(numeric) else []


def refuse_other_serials(wall: pd.Series, first: str) -> None:
    """Refuse counts of days that, from Excel's first day, give weekends, and one of the other weekdays never."""
    weekdays = set(wall.dt.day_of_week)
    if {5, 6} & weekdays and not set(range(5)) <= weekdays:
        raise InputError(
            f"{first} would be {wall[0]:%Y-%m-%d}, and some dates weekends: days are counted from another day than "
            "Excel's (1904, 1970); write the dates as 2022-01-27"
        )


def refuse_fields(columns: Mapping[str, Floats], source: str) -> None:
    """Refuse markets that are open, high, low and close of one, in words not known here.

    Raises
    ------
    InputError
        If two columns bound all others and two of these differ as open and close do, without memory: the difference of
        two markets lasts.
    """
    names = [name for name, values in columns.items() if np.isfinite(values).sum() > _ENOUGH_ROWS][:_MOST_FIELDS]
    rows = np.array([columns[name] for name in names]).T
    rows = rows[np.isfinite(rows).all(axis=1)] if names else rows
    for low, high in permutations(range(len(names)), 2) if len(rows) > _ENOUGH_ROWS else ():
        within = np.flatnonzero(((rows >= rows[:, [low]]) & (rows <= rows[:, [high]])).all(axis=0))
        for a, b in combinations([k for k in within.tolist() if k not in {low, high}], 2):
            apart = rows[:, a] - rows[:, b]
            crossing = min((apart > 0).mean(), (apart < 0).mean()) > _CROSSING
            if crossing and abs(np.corrcoef(apart[1:], apart[:-1])[0, 1]) < _NO_MEMORY:
                four = brief_list(names[k] for k in (a, b, low, high))
                raise InputError(f"{source}: {four} look like fields of one market; name its price with --column")


def _is_ticker(name: str) -> bool:
    """Whether a heading may be a ticker rather than a measure: ``OI`` among ``AAPL`` and ``MSFT``."""
    return name.isupper() and name.isalpha() and len(name) <= 3 and _FIELDS.get(plain(name)) == "other"  # noqa: PLR2004


def _asked(names: Sequence[str], asked: Sequence[str], source: str) -> dict[str, dict[str, str]]:
    """Return the columns that the user named, by their headings or by a level of them; each is a market."""
    chosen = [name for name in names if name in asked or heading(name) in map(heading, asked)]
    chosen = chosen or [name for name in names if set(map(plain, name.split("|"))) & set(map(plain, asked))]
    if not chosen:
        raise InputError(f"{source} has no column of figures {' or '.join(asked)}; it has: {brief_list(names)}")
    found = {name: split_field(name) for name in chosen}
    tickers = [ticker for ticker, _ in found.values()]
    return {
        ticker if tickers.count(ticker) == 1 else name: {field or "close": name}
        for name, (ticker, field) in found.items()
    }


def name_rank(name: str) -> int | None:
    """Return how surely a heading is that of the names of markets, 0 the surest; None where it is another's."""
    words = list(map(plain, _WORDS["name"].split("|")))
    return words.index(plain(name)) if plain(name) in words else None


def renamed(columns: Mapping[str, str], names: Sequence[str], source: str) -> dict[str, str]:
    """Return the columns that the user said hold the date, the series, the price, the volume, by their exact names.

    Raises
    ------
    InputError
        If there is no such column, or no such part.
    """
    folded = {heading(name): name for name in reversed(names)}
    parts = {"date": "time", "time": "time", "series": "series", "name": "series"}
    parts |= dict.fromkeys(("price", "close", "volume", "return"), "column")
    found = {}
    for part, column in columns.items():
        if part.casefold() not in parts:
            raise InputError(f"--map {part}={column}: a price file has the parts date, series, price, volume, return")
        if heading(column) not in folded:
            raise InputError(f"{source} has no column '{column}' (--map); its columns: {brief_list(names)}")
        found[parts[part.casefold()]] = column if column in names else folded[heading(column)]
    return found


def rows_of_one_field(
    cells: pd.DataFrame, places: Callable[[int], str], figures: str, source: str
) -> tuple[pd.DataFrame, Callable[[int], str]]:
    """Return the rows of the field wanted where a row is one field of a market: ``2021-01-04, Close, 71.2``."""
    for name in map(str, cells):
        if pd.api.types.is_numeric_dtype(cells[name]) or cells[name].head(_LOOKED_AT).map(text_of).nunique() > len(
            FIELDS_OF_BARS
        ):
            continue
        words = cells[name].map(text_of)
        kinds = {word: split_field(word) for word in words.unique()}
        if len(kinds) < 2 or not all(not market and field in FIELDS_OF_BARS for market, field in kinds.values()):  # noqa: PLR2004
            continue
        wanted = "volume" if figures == "volumes" else "close"
        kept = np.flatnonzero([kinds[word][1] == wanted for word in words])
        if not len(kept):
            raise InputError(f"{source}, column {name}: no row is a {wanted}; there are {brief_list(kinds)}")
        taken = cells.iloc[kept].drop(columns=name).reset_index(drop=True)
        said = f"rows of {words.iloc[kept[0]]} in column {name}"
        taken.attrs = {**cells.attrs, "notes": [*cells.attrs.get("notes", []), said]}
        return taken, lambda k: places(int(kept[k]))  # noqa: B023  # the loop ends here
    return cells, places


def blocks_of(headings: Sequence[str], time: str) -> list[list[str]]:
    """Return the columns of markets side by side, each with dates of its own in front; empty where they share one.

    Examples
    --------
    >>> blocks_of(["Date", "EMB", "Date.1", "EMLC", "PCY"], "Date")
    [['Date', 'EMB'], ['Date.1', 'EMLC', 'PCY']]
    """

    def word(name: str) -> str:
        return heading(re.sub(r"[._ ]\d+$", "", name.rpartition("|")[2]))

    own = word(time)
    begins = [k for k, name in enumerate(headings) if word(name) == own] if own in TIME_WORDS - {"time"} else []
    blocks = [list(headings[a:b]) for a, b in pairwise([*begins, len(headings)])]
    return blocks if len(blocks) > 1 and all(len(block) > 1 for block in blocks) else []


def with_numbers(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells of a file with the columns of plain numbers as numbers, where their points are of decimals."""
    texts = {str(name): cells[name].tolist() for name in cells if heading(str(name)) not in TIME_WORDS}
    pointed = {name: column for name, column in texts.items() if any("." in text for text in column[:_LOOKED_AT])}
    plain = {name: found for name, column in pointed.items() if (found := plain_numbers(column)) is not None}
    others = any("," in text for name, column in texts.items() if name not in plain for text in column)
    if others or cells.attrs.get("delimiter") == ";":  # 76.302 may be a number of thousands there
        plain = {name: found for name, found in plain.items() if decimal_sign(pointed[name]) == "."}
    if not plain:
        return cells
    converted = pd.DataFrame({name: plain.get(str(name), cells[name]) for name in cells})
    converted.attrs = {**cells.attrs, "points": True}
    return converted


def numeric_columns(cells: pd.DataFrame, taken: set[str | None]) -> list[str]:
    """Return the columns of figures; where there are none, those whose cells should have been."""
    rest = [name for name in map(str, cells) if name not in taken]
    return [name for name in rest if _is_numeric(cells[name])] or [name for name in rest if name_rank(name) is None]


def time_columns(cells: pd.DataFrame, asked: str | None, source: str) -> tuple[str, str | None]:
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
        called = [name for name in others if heading(name) in TIME_WORDS]  # a cell of it may be wrong
        found = [*typed, *both, *headed, *dated, *called]
        if (
            len(dated) > 1
            and found[0] == dated[0]
            and not (both or names[0] == "column 1" or blocks_of(names, dated[0]))
        ):
            a, b = dated[:2]
            raise InputError(f"{source}: the dates may be those of '{a}' or '{b}'; name one with --map date=COLUMN")
        if not found:
            if sum(map(looks_dated, names)) * 2 > len(names):
                raise InputError(f"{source}: the dates run across the columns; turn the table, a row a date")
            there = brief_list(names)
            raise InputError(f"{source} has no date column; name it with --map date=COLUMN (its columns: {there})")
        asked = found[0]
    return asked, next((name for name in clocks if name != asked), None)


def _share(cells: pd.Series, fits: Callable[[str], Any]) -> float:
    """Return the share of the first cells that fit, of those that say anything; typed figures fit nothing."""
    if pd.api.types.is_numeric_dtype(cells) and heading(str(cells.name)) not in TIME_WORDS:
        return 0.0
    said = [text for text in map(text_of, cells.head(_LOOKED_AT)) if text.casefold() not in MISSING]
    return sum(bool(fits(text)) for text in said) / len(said) if said else 0.0


def text_of(value: object) -> str:
    """Return a cell of a frame as text, '' where it is empty."""
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(value).removesuffix(".0")
    return "" if value is None or value is pd.NaT else str(value).strip()


def _is_numeric(cells: pd.Series) -> bool:
    """Whether most cells of a column are figures; a column of nothing may have been one."""
    if heading(str(cells.name)) in _NUMBERED_NAMES:
        return False
    if cells.isna().all():  # nothing may be a market without a price, not a field
        return not split_field(str(cells.name))[1]
    if pd.api.types.is_numeric_dtype(cells):
        return not (pd.api.types.is_bool_dtype(cells) or pd.api.types.is_complex_dtype(cells))
    if pd.api.types.is_datetime64_any_dtype(cells) or isinstance(cells.dtype, pd.PeriodDtype):
        return False
    said = [text for text in map(text_of, cells) if text.casefold() not in MISSING]
    if not said:
        return not split_field(str(cells.name))[1]
    known = pd.to_numeric(pd.Series(said), errors="coerce").notna().sum()
    return known * 2 > len(said) or sum(map(is_number, said[:_LOOKED_AT])) * 2 > min(len(said), _LOOKED_AT)


def row_names(
    cells: pd.DataFrame, text: list[str], asked: str | None, n_fields: int, time: str
) -> tuple[list[str] | None, str]:
    """Return whose price each row is, and the column that says so; else None, and the market that is named."""
    known = sorted((name for name in text if name_rank(name) is not None), key=lambda name: name_rank(name) or 0)
    candidates = [asked] if asked is not None else [*known, *(name for name in text if name not in known)]
    dates, values = cells[time].map(text_of), {name: cells[name].map(text_of) for name in candidates}
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


def sign_hint(cells: pd.DataFrame, numeric: list[str], time: str, decimal: str | None) -> str:
    """Return the decimal sign that the figures of a file show: '' for none, '?' where a point may be either."""
    if decimal is not None:
        return decimal
    shown: set[str] = {"."} if cells.attrs.get("points") else set()
    for name in numeric:
        if not pd.api.types.is_numeric_dtype(cells[name]):
            try:
                shown.add(decimal_sign(cells[name].map(text_of)))
            except ValueError:
                shown |= {".", ","}
    shown.discard("")
    if len(shown) == 1:
        return shown.pop()
    # A file of the European continent without one sure sign: 15.345 may be fifteen thousand.
    continental = cells.attrs.get("delimiter") == ";" and "." in str(cells[time].iloc[0])[:6]
    return "?" if continental and not shown else ""
