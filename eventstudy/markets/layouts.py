"""Headings of price files: which column is which field of which market."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from eventstudy.errors import InputError
from eventstudy.files import heading

#: Headings of the fields of one market, plain: investing.com (English, Russian, German), Yahoo, Stooq (English,
#: Polish), FRED, MOEX, Finam, Nasdaq, Cboe, Bloomberg, Refinitiv, Alpha Vantage, SDMX, TradingView, MetaTrader.
_WORDS = {
    "close": "close|close/last|last|price|last price|px last|px close|close price|closing price|closing|"
    "settle|settlement|"
    "settlement price|last trade|trade close|trade price|universal close price|official close|obs value|value|mid|"
    "mid price|index value|px mid|цена|цена закрытия|закрытие|последняя|schluss|schlusskurs|zuletzt|kurs|"
    "letzter|dernier|"
    "cloture|zamkniecie|kurs zamkniecia|cierre|ultimo|chiusura|close usd|"
    "curs|rate|exchange rate|курс|fixing|mid rate|taux|wechselkurs",
    "adjusted": "adj close|adjusted close|adjclose|adjusted|adj. close|close adj|adj closing price|px last adj|"
    "adj price|total return index",
    "open": "open|px open|open price|открытие|откр|цена открытия|eroffnung|eroffn|eroffnungskurs|ouv|"
    "ouverture|otwarcie|"
    "apertura|1st trade",
    "high": "high|px high|high price|макс|максимум|максимальная цена|hoch|plus haut|najwyzszy|maximo|massimo|tageshoch",
    "low": "low|px low|low price|мин|минимум|минимальная цена|tief|plus bas|najnizszy|minimo|tagestief",
    "volume": "volume|vol|px volume|trading volume|total volume|share volume|shares traded|объем|объём|объем торгов|"
    "volumen|stuck|umsatz|wolumen|quantity|turnover shares|tickvol|tick volume|acc volume|accumulated volume",
    "return": "return|returns|ret|change %|chg %|% change|%chg|% chg|change pct|change percent|pct change|log return|"
    "daily return|изм %|изм|+/- %|+- %|change|chg|net|net change|var %|variation|zmiana|zmiana %",
    "other": "nominal|номинал|dividends|dividend|stock splits|splits|capital gains|dividend amount|split coefficient|"
    "value traded|turnover|"
    "turnover usd|numtrades|trades|number of trades|count|open interest|openint|oi|spread|bid|ask|vwap|waprice|wap|per|"
    "legalcloseprice|marketprice2|marketprice3|admittedquote|mp2valtrd|marketprice3tradesvalue|admittedvalue|waval|"
    "tradingsession|numtrades|capitalization|divisor|yield|duration|trendclspr|trend close|amount|factor|"
    "обороты|market cap|marketcap|market capitalization|market capitalisation|p/e|pe ratio|p/e ratio|"
    "dividend yield|shares outstanding|"
    "range|offer|flow|turnover - eur|turnover - usd|previous close|prev close|prev. close",
    "name": "ticker|symbol|secid|ric|series|series id|instrument|instrument id|instrument name|security|security id|"
    "security name|stock|asset|market|name|contract|pair|currency pair|isin|shortname|short name|code|variable|key|"
    "currency|index|indeks|номер|валюта|тикер|инструмент|название|cdx|country|fund|entity|indicator|seriesname|company|"
    "issuer|wertpapier|spolka|permno|cusip|figi|sedol|wkn|index name|product|commodity|bond|underlying|ticker symbol",
}
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
#: Headings that other fields of the same market outrank.
_VAGUE = {"value", "last", "price", "obs value", "last price", "rate"}
_CORE = {"close", "adjusted", "open", "high", "low", "volume", "return"}


def split_field(name: str) -> tuple[str, str]:
    """Return the market that a heading names, '' where none, and the field, '' where it is not one's.

    Examples
    --------
    >>> split_field("EMB_Adj Close"), split_field("Vol."), split_field("Close|BZ=F"), split_field("imoex")
    (('EMB', 'adjusted'), ('', 'volume'), ('BZ=F', 'close'), ('imoex', ''))
    """
    if found := _FIELDS.get(plain(name)):
        return "", found
    parts = [part.strip() for part in re.sub(r"^\('?|'?\)$", "", name).replace("', '", "|").split("|") if part.strip()]
    if len(parts) > 1:
        for k in (len(parts) - 1, *range(len(parts) - 1)):
            if found := _FIELDS.get(plain(parts[k])):
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
    found = {name: split_field(name) for name in names}
    if asked:
        return _asked(names, asked, source), []
    wanted = {"volumes": ("volume",), "returns": ("return",)}.get(figures, ("close", "adjusted"))
    if len(names) == 1 and plain(names[0]) in _VAGUE:
        return {"": {wanted[0]: names[0]}}, []
    if len(names) > 1 and all(re.fullmatch(r"column \d+", name) for name in names):
        raise InputError(f"{source} has no header, and figures in {', '.join(names)}; name one with --column")
    markets: dict[str, dict[str, str]] = {}
    for name, (ticker, field) in found.items():
        first = markets.setdefault(ticker, {}).setdefault(field, name) if field in _CORE else name
        if first != name and field in wanted:
            if (plain(first) in _VAGUE) == (plain(name) in _VAGUE):
                raise InputError(f"{source}: '{first}' and '{name}' may both be the {field}; name one with --column")
            markets[ticker][field] = name if plain(first) in _VAGUE else first
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
            f"{', '.join(others)}; name the columns of prices with --column"
        )
    if not others:
        there = f"; it has: {', '.join(names)}; name one with --column" if names else ""
        raise InputError(f"{source} has no column of {figures}{there}")
    left_out = [name for name, (ticker, field) in found.items() if name not in others and ticker not in whole]
    return whole | {name: {wanted[0]: name} for name in others}, left_out


def _is_ticker(name: str) -> bool:
    """Whether a heading may be a ticker rather than a measure: ``OI`` among ``AAPL`` and ``MSFT``."""
    return name.isupper() and name.isalpha() and len(name) <= 3 and _FIELDS.get(plain(name)) == "other"  # noqa: PLR2004


def _asked(names: Sequence[str], asked: Sequence[str], source: str) -> dict[str, dict[str, str]]:
    """Return the columns that the user named, by their headings or by a level of them; each is a market."""
    chosen = [name for name in names if name in asked or heading(name) in map(heading, asked)]
    chosen = chosen or [name for name in names if set(map(plain, name.split("|"))) & set(map(plain, asked))]
    if not chosen:
        raise InputError(f"{source} has no column of figures {' or '.join(asked)}; it has: {', '.join(names)}")
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
            raise InputError(f"{source} has no column '{column}' (--map); its columns: {', '.join(names)}")
        found[parts[part.casefold()]] = column if column in names else folded[heading(column)]
    return found
