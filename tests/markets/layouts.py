# ruff: noqa: E501, PLR0915  # a layout a line, one long list of them
"""One price path written in the layouts of data vendors, terminals and spreadsheets; run it to write them to a folder.

Each layout is written here from a description of what the vendor's download looks like; no figures of anyone's.
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

MONTHS_RU = ["янв.", "фев.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сен.", "окт.", "ноя.", "дек."]
MONTHS_DE = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
             "November", "Dezember"]  # fmt: skip
MONTHS_FR = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]


@dataclass(frozen=True)
class Layout:
    """A file, how it ends, and what must be said for it to be read (nothing where it can be read without)."""

    content: bytes
    ending: str = ".csv"
    settled_by: dict = field(default_factory=dict)
    figures: str = "prices"


def price_path(n=150, start="2021-09-01", level=75.0, digits=4, seed=7):
    """Return a walk of prices on weekdays, rounded as it will be written."""
    days = pd.bdate_range(start, periods=n)
    steps = np.random.default_rng(seed).normal(0, 0.01, n)
    return pd.Series(np.round(level * np.exp(np.cumsum(steps)), digits), index=days)


def table(rows, delimiter=",", encoding="utf-8", quote=csv.QUOTE_MINIMAL, end="\n"):
    """Write rows of cells."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=quote, lineterminator=end).writerows(rows)
    return text.getvalue().encode(encoding)


def comma(value, digits=4):
    """Write a number with a decimal comma."""
    return f"{value:.{digits}f}".replace(".", ",")


def thousands(value, sign, decimal, digits=2):
    """Write a number with a thousands sign."""
    return f"{value:,.{digits}f}".replace(",", "\0").replace(".", decimal).replace("\0", sign)


def ohlcv(path, day, number=str, volume="1000", order=(0, 1, 2, 3)):
    """Return rows of a day and open, high, low, close in some order, and a volume."""
    for date, close in path.items():
        fields = [close * 0.999, close * 1.01, close * 0.99, close]
        yield [day(date), *(number(round(fields[k], 4)) for k in order), volume]


def bars_with_gaps(path, day):
    """Return rows of open, high, low and close, each opening away from the close before."""
    gap, span = np.random.default_rng(1).normal(0, 0.5, (2, len(path))).round(4)
    for d, v, opened, more in zip(path.index, path, gap, abs(span), strict=True):
        fields = (v + opened, max(v, v + opened) + more, min(v, v + opened) - more, v)
        yield [day(d), *(round(field, 4) for field in fields)]


def layouts(path):
    """Return every layout by name; `path` has dates that settle the order of day and month."""
    iso, dmy, mdy = "{:%Y-%m-%d}".format, "{:%d.%m.%Y}".format, "{:%m/%d/%Y}".format
    uk, compact = "{:%d/%m/%Y}".format, "{:%Y%m%d}".format
    down = path[::-1]
    big = (path * 100).round(2)
    found = {}

    # our own, and what people type
    found["own wide"] = Layout(table([["session", "mine"], *([iso(d), v] for d, v in path.items())]))
    found["own long"] = Layout(table([["session", "series", "price"], *([iso(d), "mine", v] for d, v in path.items())]))
    found["lower ohlcv"] = Layout(table([["date", "open", "high", "low", "close", "volume"], *ohlcv(path, iso)]))
    found["two columns, semicolon, comma"] = Layout(
        table([["Datum", "Kurs"], *([dmy(d), comma(v)] for d, v in path.items())], ";")
    )
    found["tabs"] = Layout(table([["Date", "Close"], *([iso(d), v] for d, v in path.items())], "\t"), ".tsv")
    found["bars as delimiters"] = Layout(table([["Date", "Close"], *([iso(d), v] for d, v in path.items())], "|"))
    found["spaces"] = Layout(
        "".join(["Date   Close\n", *(f"{iso(d)}   {v}\n" for d, v in path.items())]).encode(), ".txt"
    )
    found["no header"] = Layout(table([[iso(d), v] for d, v in path.items()]))
    found["utf-16"] = Layout(table([["Date", "Close"], *([iso(d), v] for d, v in path.items())], "\t", "utf-16"))
    for encoding in ("cp1251", "koi8-r", "cp866"):
        rows = ([dmy(d), comma(v)] for d, v in path.items())
        found[encoding] = Layout(table([["Дата", "Цена"], *rows], ";", encoding))
    found["cp1252"] = Layout(
        table([["Datum", "Eröffnung", "Schluß", "Schlusskurs"], *([dmy(d), comma(v + 1), "", comma(v)] for d, v in path.items())], ";", "cp1252")
    )  # fmt: skip
    found["windows line ends and quotes"] = Layout(
        table([["Date", "Close"], *([iso(d), v] for d, v in path.items())], quote=csv.QUOTE_ALL, end="\r\n")
    )
    found["excel says sep"] = Layout(
        b"sep=;\n" + table([["Date", "Close"], *([iso(d), comma(v)] for d, v in path.items())], ";")
    )
    found["index column"] = Layout(
        table([["", "Date", "Close"], *([k, iso(d), v] for k, (d, v) in enumerate(path.items()))])
    )
    found["titles and footers"] = Layout(
        b"Exchange rates\nDownloaded by us\n\n"
        + table([["Date", "Rate of the day"], *([iso(d), v] for d, v in path.items())])
        + b"\nSource: a central bank\n"
    )
    found["last row twice"] = Layout(
        table([["Date", "Close"], *([iso(d), v] for d, v in path.items()), [iso(path.index[-1]), path.iloc[-1]]])
    )
    found["swiss"] = Layout(
        table([["Datum", "Schlusskurs"], *([dmy(d), thousands(v, "'", ".")] for d, v in big.items())], ";")
    )
    found["french"] = Layout(
        table([["Date", "Clôture"], *([f"{d.day} {MONTHS_FR[d.month - 1]} {d.year}", thousands(v, "\u202f", ",")] for d, v in big.items())], ";")
    )  # fmt: skip
    found["german months"] = Layout(
        table([["Datum", "Schluss"], *([f"{d.day}. {MONTHS_DE[d.month - 1]} {d.year}", thousands(v, ".", ",")] for d, v in big.items())], ";")
    )  # fmt: skip
    found["russian months"] = Layout(
        table([["Дата", "Закрытие"], *([f"{d.day} {MONTHS_RU[d.month - 1]} {d.year} г.", comma(v)] for d, v in path.items())], ";")
    )  # fmt: skip
    found["month names"] = Layout(table([["Date", "Close"], *([f"{d:%b %d, %Y}", v] for d, v in down.items())]))
    found["day-month-year in letters"] = Layout(
        table([["Date", "Close"], *([f"{d:%d-%b-%y}", v] for d, v in path.items())])
    )
    found["weekday before"] = Layout(table([["Date", "Close"], *([f"{d:%a %d %b %Y}", v] for d, v in path.items())]))
    found["two-digit years"] = Layout(table([["Date", "Close"], *([f"{d:%m/%d/%y}", v] for d, v in path.items())]))
    found["excel serials"] = Layout(
        table([["Date", "Close"], *([(d - pd.Timestamp("1899-12-30")).days, v] for d, v in path.items())])
    )
    found["epoch ms"] = Layout(
        table([["timestamp", "close"], *([int(d.timestamp() * 1000), v] for d, v in path.items())])
    )
    found["currency signs"] = Layout(table([["Date", "Close"], *([mdy(d), f"${v:,.4f}"] for d, v in path.items())]))

    # investing.com
    found["investing en"] = Layout(
        table([["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"],
               *([*row[:1], row[4], *row[1:4], "1.23M", "-0.25%"] for row in ohlcv(down, mdy))], quote=csv.QUOTE_ALL,
              encoding="utf-8-sig")
    )  # fmt: skip
    found["investing en, uk dates"] = Layout(
        table([["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"],
               *([*row[:1], row[4], *row[1:4], "", "0.25%"] for row in ohlcv(down, uk))], quote=csv.QUOTE_ALL)
    )  # fmt: skip
    found["investing en, thousands"] = Layout(
        table([["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"],
               *([mdy(d), *[thousands(v, ",", ".")] * 4, "", "0.37%"] for d, v in (down * 100).round(2).items())],
              quote=csv.QUOTE_ALL)
    )  # fmt: skip
    found["investing ru"] = Layout(
        table([["Дата", "Цена", "Откр.", "Макс.", "Мин.", "Объём", "Изм. %"],
               *([dmy(d), *[thousands(v, ".", ",")] * 4, "1,23M", "-0,25%"] for d, v in (down * 100).round(2).items())],
              quote=csv.QUOTE_ALL, encoding="utf-8-sig")
    )  # fmt: skip
    found["investing de"] = Layout(
        table([["Datum", "Zuletzt", "Eröffn.", "Hoch", "Tief", "Vol.", "+/- %"],
               *([dmy(d), *[comma(v)] * 4, "", "0,25%"] for d, v in down.items())], quote=csv.QUOTE_ALL)
    )  # fmt: skip

    # Yahoo and yfinance
    header = ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]
    yahoo = [[*row[:5], row[4], row[5]] for row in ohlcv(path, iso)]
    found["yahoo site"] = Layout(table([header, *yahoo]))
    found["yahoo site, null"] = Layout(table([header, *yahoo, ["2022-04-15", *["null"] * 6]]))
    found["yahoo page"] = Layout(
        table([["Date", "Open", "High", "Low", "Close*", "Adj Close**", "Volume"],
               *([f"{d:%b %d, %Y}", v, v, v, v, v, "-"] for d, v in down.items()),
               ["*Close price adjusted for splits.", *[""] * 6]])
    )  # fmt: skip
    found["yfinance ticker history"] = Layout(
        table([["Date", "Open", "High", "Low", "Close", "Volume", "Dividends", "Stock Splits"],
               *([f"{d:%Y-%m-%d} 00:00:00-05:00", v, v, v, v, 0, 0.0, 0.0] for d, v in path.items())])
    )  # fmt: skip
    fields = ["Adj Close", "Close", "High", "Low", "Open", "Volume"]
    body = [[iso(d), *[v] * 5, 10] for d, v in path.items()]
    found["yfinance new"] = Layout(table([["Price", *fields], ["Ticker", *["EMB"] * 6], ["Date", *[""] * 6], *body]))
    found["yfinance old, two tickers"] = Layout(
        table(
            [
                ["", "Close", "Close"],
                ["", "EMB", "SPY"],
                ["Date", "", ""],
                *([iso(d), v, v + 1] for d, v in path.items()),
            ]
        )
    )
    found["yfinance by ticker"] = Layout(
        table([["Ticker", *["EMB"] * 6], ["Price", *fields], ["Date", *[""] * 6], *body])
    )
    found["yfinance reset index"] = Layout(table([["Date", *fields], ["", *["EMB"] * 6], *body]))
    found["flattened by underscores"] = Layout(table([["Date", *(f"EMB_{one}" for one in fields)], *body]))
    found["flattened the other way"] = Layout(table([["Date", *(f"{one} EMB" for one in fields)], *body]))
    found["flattened tuples"] = Layout(table([["Date", *(f"('{one}', 'EMB')" for one in fields)], *body]))
    found["quantmod"] = Layout(
        table([["Date", "EMB.Open", "EMB.High", "EMB.Low", "EMB.Close", "EMB.Volume", "EMB.Adjusted"],
               *([iso(d), *[v] * 4, 10, v] for d, v in path.items())])
    )  # fmt: skip
    found["daily labels in UTC"] = Layout(
        table(
            [["Date", "Close"], *([f"{d - pd.Timedelta(hours=1):%Y-%m-%d %H:%M:%S}+00:00", v] for d, v in path.items())]
        )
    )
    found["daily labels of Tokyo in UTC"] = Layout(
        table([["Date", "Close"], *([f"{d - pd.Timedelta(hours=9):%Y-%m-%dT%H:%M:%SZ}", v] for d, v in path.items())])
    )
    found["daily labels, naive, were UTC"] = Layout(
        table([["Date", "Close"], *([f"{d - pd.Timedelta(hours=1):%Y-%m-%d %H:%M:%S}", v] for d, v in path.items())])
    )

    # Stooq, FRED, central banks
    found["stooq en"] = Layout(
        table([["Date", "Open", "High", "Low", "Close", "Volume"], *ohlcv(path, iso)], end="\r\n")
    )
    found["stooq pl"] = Layout(
        table([["Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie", "Wolumen"], *ohlcv(path, iso)])
    )
    found["stooq ascii"] = Layout(
        table([["<TICKER>", "<PER>", "<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>", "<OPENINT>"],
               *(["MINE.US", "D", row[0], "000000", *row[1:], 0] for row in ohlcv(path, compact))], end="\r\n"), ".txt"
    )  # fmt: skip
    found["fred"] = Layout(table([["observation_date", "DEXMINE"], *([iso(d), v] for d, v in path.items())]))
    found["fred old"] = Layout(table([["DATE", "VALUE"], *([iso(d), v] for d, v in path.items()), ["2022-04-15", "."]]))
    found["ecb sdmx"] = Layout(
        table([["KEY", "FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "EXR_SUFFIX", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS"],
               *(["EXR.D.XYZ.EUR.SP00.A", "D", "XYZ", "EUR", "SP00", "A", iso(d), v, "A"] for d, v in path.items())])
    )  # fmt: skip
    found["bank of russia"] = Layout(
        table(
            [["nominal", "data", "curs", "cdx"], *([1, mdy(d), comma(v), "Доллар США"] for d, v in down.items())], ";"
        ),
    )

    # exchanges
    found["moex iss"] = Layout(
        b"history\n\n"
        + table([["BOARDID", "TRADEDATE", "SHORTNAME", "SECID", "NUMTRADES", "VALUE", "OPEN", "LOW", "HIGH", "LEGALCLOSEPRICE",
                  "WAPRICE", "CLOSE", "VOLUME"],
                 *(["TQBR", iso(d), "Мой", "MINE", 5, 1e6, v + 1, v, v, v + 2, v, v, 10] for d, v in path.items())], ";", "cp1251")
    )  # fmt: skip
    found["moex export"] = Layout(
        table([["BOARDID", "SECID", "TRADEDATE", "SHORTNAME", "CLOSE", "OPEN", "HIGH", "LOW"],
               *(["SNDX", "MINE", dmy(d), "Индекс", comma(v), "", "", ""] for d, v in path.items())], ";")
    )  # fmt: skip
    found["moex candles"] = Layout(
        table([["open", "close", "high", "low", "value", "volume", "begin", "end"],
               *([v + 1, v, v, v, 1, 1, f"{iso(d)} 00:00:00", f"{iso(d)} 23:59:59"] for d, v in path.items())], ";")
    )  # fmt: skip
    found["finam"] = Layout(
        table([["<TICKER>", "<PER>", "<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
               *(["MINE", "D", row[0], "000000", *row[1:]] for row in ohlcv(path, compact))], ";"), ".txt"
    )  # fmt: skip
    found["finam short"] = Layout(
        table([["<DATE>", "<CLOSE>"], *([compact(d), f"{v:.7f}"] for d, v in path.items())], ";")
    )
    found["finam, dd/mm/yy"] = Layout(
        table([["<DATE>", "<TIME>", "<CLOSE>"], *([f"{d:%d/%m/%y}", "00:00", v] for d, v in path.items())], ";")
    )
    found["metatrader"] = Layout(
        table([["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>", "<VOL>", "<SPREAD>"],
               *([f"{d:%Y.%m.%d}", v, v, v, v, 9, 0, 3] for d, v in path.items())], "\t")
    )  # fmt: skip
    found["metatrader, no header"] = Layout(
        table([[f"{d:%Y.%m.%d}", "00:00", v, v + 1, v - 1, v, 9] for d, v in path.items()]),
        settled_by={"column": "column 6"},
    )
    found["nasdaq"] = Layout(
        table([["Date", "Close/Last", "Volume", "Open", "High", "Low"],
               *([mdy(d), f"${v}", "1,234,567", f"${v + 1}", f"${v}", f"${v}"] for d, v in down.items())])
    )  # fmt: skip
    found["cboe"] = Layout(table([["DATE", "OPEN", "HIGH", "LOW", "CLOSE"], *(row[:5] for row in ohlcv(path, mdy))]))
    found["cboe, titles"] = Layout(
        b"\xef\xbb\xbfDisclaimer: for information only\n"
        + table([["Date", "MINE Open", "MINE High", "MINE Low", "MINE Close"], *(row[:5] for row in ohlcv(path, mdy))])
    )
    found["deutsche boerse"] = Layout(
        table([["Datum", "Eröffnung", "Tageshoch", "Tagestief", "Schlusskurs", "Umsatz"],
               *([dmy(d), *[comma(v + 1)] * 3, comma(v), "1.234.567"] for d, v in down.items())], ";")
    )  # fmt: skip
    found["euronext"] = Layout(
        b'"Historical Data"\n"From 2021-09-01 to 2022-04-01"\nFR0000000001\n'
        + table([["Date", "Open", "High", "Low", "Last", "Close", "Number of Shares", "Turnover"],
                 *([uk(d), v + 1, v, v, v + 2, v, 10, 20] for d, v in path.items())], ";")
    )  # fmt: skip

    # terminals
    found["bloomberg"] = Layout(
        table([["Security", "MINE Curncy"], ["Start Date", "9/1/2021"], ["End Date", "4/1/2022"], ["Period", "D"], ["", ""],
               ["Date", "PX_LAST"], *([f"{d.month}/{d.day}/{d.year}", v] for d, v in down.items())])
    )  # fmt: skip
    found["bloomberg, several"] = Layout(
        table([["", "MINE Curncy", "", "CO1 Comdty", ""], ["Dates", *["PX_LAST", "PX_VOLUME"] * 2],
               *([dmy(d), v, 1, v + 5, "#N/A N/A"] for d, v in path.items())])
    )  # fmt: skip
    found["refinitiv"] = Layout(
        table([["Exchange Date", "Close", "Net", "%Chg", "Open", "Low", "High", "Volume"],
               *([f"{d:%d-%b-%Y}", v, 0.1, "+0.12%", v + 1, v, v, ""] for d, v in down.items())])
    )  # fmt: skip
    found["datastream"] = Layout(
        table([["Name", "MINE - PRICE INDEX"], ["Code", "MINE(PI)"], *([uk(d), v] for d, v in path.items())])
    )
    found["alpha vantage"] = Layout(
        table([["timestamp", "open", "high", "low", "close", "volume"], *ohlcv(down, iso)], end="\r\n")
    )
    found["alpha vantage, adjusted"] = Layout(
        table([["timestamp", "open", "high", "low", "close", "adjusted_close", "volume", "dividend_amount", "split_coefficient"],
               *([iso(d), v, v, v, v, v, 1, 0.0, 1.0] for d, v in down.items())])
    )  # fmt: skip
    found["alpha vantage, json to csv"] = Layout(
        table([["", "1. open", "2. high", "3. low", "4. close", "5. volume"], *ohlcv(down, iso)])
    )
    found["tradingview"] = Layout(
        table([["time", "open", "high", "low", "close", "Volume", "MA"],
               *([int((d + pd.Timedelta(hours=14, minutes=30)).timestamp()), v, v, v, v, 1, v - 1] for d, v in path.items())])
    )  # fmt: skip
    found["coinmarketcap"] = Layout(
        table([["timeOpen", "timeClose", "name", "open", "high", "low", "close", "volume", "marketCap", "timestamp"],
               *([f"{iso(d)}T00:00:00.000Z", f"{iso(d)}T23:59:59.999Z", "2781", v, v, v, v, 1, 2, f"{iso(d)}T23:59:59.999Z"]
                 for d, v in down.items())], ";", quote=csv.QUOTE_NONNUMERIC)
    )  # fmt: skip
    found["long, names of our own"] = Layout(
        table([["Trade date", "Ticker", "Last price"],
               *([uk(d), name, v + k] for d, v in path.items() for k, name in enumerate(["MINE", "OTHER"]))])
    )  # fmt: skip
    found["long, market by market"] = Layout(
        table(
            [
                ["market", "day", "px"],
                *([name, iso(d), v + k] for k, name in enumerate(["MINE", "OTHER"]) for d, v in path.items()),
            ]
        )
    )

    # headings in other languages, columns that are no markets, rows that are no prices
    bars = [[iso(d), v + 0.2, v + 0.9, v - 0.9, v] for d, v in path.items()]
    for name, heads in {
        "investing pl": ["Data", "Otwarcie", "Max.", "Min.", "Ostatnio", "Wol.", "Zmiana%"],
        "investing pt": ["Data", "Abertura", "Máxima", "Mínima", "Último", "Vol.", "Var%"],
        "investing tr": ["Tarih", "Açılış", "Yüksek", "Düşük", "Şimdi", "Hac.", "Fark %"],
        "barchart": ["Time", "Open", "High", "Low", "Latest", "Volume", "%Change"],
        "polygon": ["t", "o", "h", "l", "c", "v", "n"],
        "yahoo page of 2025": [
            "Date",
            "Open",
            "High",
            "Low",
            "Close Close price adjusted for splits.",
            "Volume",
            "Change %",
        ],
        "japanese": ["日付", "始値", "高値", "安値", "終値", "出来高", "変化率 %"],
    }.items():
        found[name] = Layout(table([heads, *([*row, 10, "0.25%"] for row in bars)]))
    for name, encoding in {"japanese, cp932": "cp932", "chinese": "gb18030", "korean": "cp949"}.items():
        heads = {"cp932": ["日付", "始値", "高値", "安値", "終値"], "gb18030": ["日期", "开盘价", "最高价", "最低价", "收盘价"],
                 "cp949": ["일자", "시가", "고가", "저가", "종가"]}[encoding]  # fmt: skip
        found[name] = Layout(table([heads, *bars], encoding=encoding))
    found["japanese dates"] = Layout(table([["日付", "終値"], *([f"{d:%Y年%m月%d日}", v] for d, v in path.items())]))
    found["hungarian dates"] = Layout(table([["Datum", "Close"], *([f"{d:%Y.%m.%d.}", v] for d, v in path.items())]))
    found["fields in words unknown"] = Layout(
        table([["Kuupäev", "Avamine", "Kõrgeim", "Madalaim", "Sulgemine"], *bars_with_gaps(path, iso)]),
        settled_by={"column": "Sulgemine"},
    )
    found["warsaw"] = Layout(
        table([["Nazwa", "Data", "Kurs otwarcia", "Kurs max", "Kurs min", "Kurs zamknięcia"],
               *(["MINE", *map(str, row)] for row in bars)], ";")
    )  # fmt: skip
    found["a code and an average beside"] = Layout(
        table(
            [
                ["Date", "mine", "mandate", "MA(20)", "Average"],
                *([iso(d), v, 1690, v - 1, v - 2] for d, v in path.items()),
            ]
        )
    )
    found["quotes beside the price"] = Layout(
        table([["Date", "Bid", "Ask", "Last"], *([iso(d), v - 1, v + 1, v] for d, v in path.items())])
    )
    found["bid and ask alone"] = Layout(
        table([["Date", "Bid", "Ask"], *([iso(d), v, v + 1] for d, v in path.items())]), settled_by={"column": "Bid"}
    )
    found["rows of dividends"] = Layout(
        table([["Date", "Open", "High", "Low", "Close", "Volume"],
               *(row for k, (d, v) in enumerate(down.items())
                 for row in [[f"{d:%b %d, %Y}", "0.36 Dividend", "", "", "", ""]] * (k == 40)
                 + [[f"{d:%b %d, %Y}", v, v, v, v, 10]])])
    )  # fmt: skip
    found["moex iss, its cursor below"] = Layout(
        b"history\n\n"
        + table([["BOARDID", "SECID", "TRADEDATE", "CLOSE", "VOLUME"], *(["SNDX", "MINE", iso(d), v, 1] for d, v in path.items())],
                ";")
        + b"\nhistory.cursor\n\nINDEX;TOTAL;PAGESIZE\n0;150;100\n"
    )  # fmt: skip
    found["averages below"] = Layout(
        table([["Date", "Close"], *([iso(d), v] for d, v in path.items()), ["Average", 75.0], ["Max", 99.0]])
    )
    found["bundesbank"] = Layout(
        table([["", "BBEX3.D.MINE", "BBEX3.D.MINE_FLAGS"], ["", "Referenzkurs", ""], ["Einheit", "USD", ""],
               ["Stand vom", "01.04.2022 16:00:00 Uhr", ""], *([iso(d), comma(v), ""] for d, v in path.items()),
               ["2022-04-15", ".", "Kein Wert vorhanden"]], ";")
    )  # fmt: skip
    found["names of rows, as R writes them"] = Layout(
        ('"mine"\n' + "".join(f'"{iso(d)}" {v}\n' for d, v in path.items())).encode(), ".txt"
    )
    found["year, month, day"] = Layout(
        table([["Year", "Month", "Day", "Close"], *([d.year, d.month, d.day, v] for d, v in path.items())])
    )
    found["rubles by word"] = Layout(
        table([["Дата", "Курс"], *([dmy(d), f"{comma(v)} руб."] for d, v in path.items())], ";")
    )
    found["two dates a row"] = Layout(
        table(
            [
                ["Published on", "Valid on", "Rate"],
                *([iso(d), iso(d + pd.Timedelta(days=1)), v] for d, v in path.items()),
            ]
        ),
        settled_by={"map": {"date": "Published on"}},
    )

    more_layouts(path, found)

    # Excel and Parquet
    for name, frame in {
        "excel": pd.DataFrame({"Date": path.index, "Close": path.to_numpy()}),
        "excel, ohlcv": pd.DataFrame({"Date": path.index, "Open": path.to_numpy() + 1, "High": path.to_numpy(), "Low":
                                      path.to_numpy(), "Close": path.to_numpy(), "Volume": 5}),
        "excel, text": pd.DataFrame({"Datum": map(dmy, path.index), "Kurs": map(comma, path)}),
    }.items():  # fmt: skip
        book = io.BytesIO()
        frame.to_excel(book, index=False)
        found[name] = Layout(book.getvalue(), ".xlsx")
    for name, frame in {
        "parquet": path.to_frame("mine"),
        "parquet, column of dates": pd.DataFrame({"Date": path.index, "Close": path.to_numpy()}),
        "parquet, zone": path.to_frame("mine").tz_localize("Europe/Moscow"),
    }.items():
        written = io.BytesIO()
        frame.to_parquet(written)
        found[name] = Layout(written.getvalue(), ".parquet")
    return found


def more_layouts(path, found):
    """Add more languages, what else stands beside prices or above them, archives, and tables lying on their side."""
    iso, compact = "{:%Y-%m-%d}".format, "{:%Y%m%d}".format
    change = "{:+.2f}%".format
    noise = np.random.default_rng(2).normal(0, 1, len(path))
    bars = bars_of_sense(path, iso)
    for name, heads in {
        "dutch": ["Datum", "Open", "Hoog", "Laag", "Laatste", "Vol.", "Verschil %"],
        "swedish": ["Datum", "Öppning", "Högsta", "Lägsta", "Senaste", "Vol.", "+/- %"],
        "greek": ["Ημερομηνία", "Άνοιγμα", "Υψηλό", "Χαμηλό", "Τιμή", "Όγκος", "Αλλαγή %"],
        "indonesian": ["Tanggal", "Pembukaan", "Tertinggi", "Terendah", "Terakhir", "Vol.", "Perubahan%"],
        "vietnamese": ["Ngày", "Mở", "Cao", "Thấp", "Lần cuối", "KL", "% Thay đổi"],
        "arabic": ["التاريخ", "الافتتاح", "الأعلى", "الأدنى", "الأخير", "الحجم", "نسبة التغيير%"],
        "hebrew": ["תאריך", "פתיחה", "גבוה", "נמוך", "שער", "נפח", "שינוי %"],
        "thai": ["วันเดือนปี", "เปิด", "สูงสุด", "ต่ำสุด", "ล่าสุด", "ปริมาณ", "% เปลี่ยน"],
        "french broker": ["date", "ouv", "haut", "bas", "clot", "vol", "variation"],
        "workspace": ["Date", "OPEN_PRC", "HIGH_1", "LOW_1", "TRDPRC_1", "ACVOL_UNS", "PCTCHNG"],
    }.items():
        found[name] = Layout(table([heads, *([*row, 1000 + k % 7, change(noise[k])] for k, row in enumerate(bars))]))
    found["korean, blanks in its dates"] = Layout(
        table([["날짜", "종가"], *([f"{d:%Y- %m- %d}", v] for d, v in path.items())])
    )
    found["a change in words unknown"] = Layout(
        table([["Kuupäev", "mine", "Muutus"], *([row[0], row[4], change(noise[k])] for k, row in enumerate(bars))])
    )
    found["a close in words unknown"] = Layout(
        table(
            [
                ["Date", "Open", "High", "Low", "Sulgemine", "Maht"],
                *([*row, 1000 + k % 7] for k, row in enumerate(bars)),
            ]
        ),
        settled_by={"column": "Sulgemine"},
    )
    found["bid and ask of a name"] = Layout(
        table([["Date", "USDXYZ Bid", "USDXYZ Ask"], *([iso(d), v, v + 1] for d, v in path.items())]),
        settled_by={"column": "USDXYZ Bid"},
    )

    # months by name
    for name, months in {
        "polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "portuguese": "jan fev mar abr mai jun jul ago set out nov dez",
        "dutch": "januari februari mrt april mei juni juli augustus september oktober november december",
        "turkish": "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "ukrainian": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    }.items():
        names = months.replace("listopadu", "listopad").split()
        found[f"{name} months"] = Layout(
            table([["Date", "Close"], *([f"{d.day} {names[d.month - 1]} {d.year}", v] for d, v in path.items())])
        )

    # columns that are no markets
    for name, column in {
        "rows counted": ["No.", *range(1, len(path) + 1)],
        "rows counted down": ["zeile", *range(len(path), 0, -1)],
        "weekdays by number": ["DayOfWeek", *(d.day_of_week for d in path.index)],
        "flags, none set": ["mine_FLAGS", *[""] * len(path)],
        "an average on closes": ["SMAVG (15) on Close", *(path - 1)],
    }.items():
        body = ([iso(d), cell, v] for (d, v), cell in zip(path.items(), column[1:], strict=True))
        found[name] = Layout(table([["Date", column[0], "mine"], *body]))
    found["the close before"] = Layout(
        table([["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "change", "pct_chg", "amount"],
               *(["MINE.SH", compact(d), *row[1:], row[4] + 0.1, 0.1, 0.2, 5] for (d, _), row in zip(path.items(), bars, strict=True))])
    )  # fmt: skip
    found["an adjusted closing price"] = Layout(
        table([["Date", "Adjusted Closing Price", "Closing Price", "High", "Low", "Base Price"],
               *([row[0], row[4], row[4], row[2], row[3], row[1]] for row in bars)])
    )  # fmt: skip
    # as they are kept in public repositories: words run together, counts and months beside a value, a bank's two rates
    found["fields run together"] = Layout(table([["Date", "OpenPrice", "HighPrice", "LowPrice", "ClosePrice"], *bars]))
    found["bid and ask run together"] = Layout(
        table([["Date", *(f"{side}{field}" for side in ("Bid", "Ask") for field in ("Open", "High", "Low", "Close"))],
               *([*row, *(cell + 0.0001 for cell in row[1:])] for row in bars)]),
        settled_by={"column": "BidClose"},
    )  # fmt: skip
    found["a month by number beside a value"] = Layout(
        table([["FECHA", "ID", "MES", "VALOR"], *([iso(d), 129, d.month, v] for d, v in path.items())])
    )
    found["rates of a bank"] = Layout(
        table([["Currency Name", "Buying Rate", "Cash Buying Rate", "Selling Rate", "Cash Selling Rate", "Middle Rate",
                "Pub Time", "Timestamp"],
               *(["USD", v - 1, v - 2, v + 1, v + 2, v, f"{d:%Y.%m.%d} 17:52:59", f"{iso(d)} 12:56:36"]
                 for d, v in path.items())], "\t")
    )  # fmt: skip
    found["seconds beside days"] = Layout(
        table([["Date(UTC)", "UnixTimeStamp", "Value"],
               *([f"{d.month}/{d.day}/{d.year}", int(d.timestamp()), v] for d, v in path.items())], quote=csv.QUOTE_ALL)
    )  # fmt: skip
    found["an adjusted close alone"] = Layout(
        table([["date", "adjust", "open", "high", "low", "volume"],
               *([row[0], row[4], *row[1:4], 1000 + k % 7] for k, row in enumerate(bars))])
    )  # fmt: skip
    found["begin and end of a day"] = Layout(
        table([["open_time", "open", "high", "low", "close", "volume", "close_time", "ignore"],
               *([int(d.timestamp() * 1000), *row[1:], 1.5 + k % 7, int(d.timestamp() * 1000) + 86_399_999, 0]
                 for k, (d, row) in enumerate(zip(path.index, bars, strict=True)))])
    )  # fmt: skip
    found["a board without trades"] = Layout(
        b"history\n\n"
        + table([["BOARDID", "TRADEDATE", "SECID", "CLOSE", "VOLUME"],
                 *(row for d, v in path.items() for row in (["TQBR", iso(d), "MINE", v, 9], ["SMAL", iso(d), "MINE", "", 0]))],
                ";")
    )  # fmt: skip
    found["units beside names"] = Layout(
        table(
            [["Period", "Group", "Series", "Value"], *([iso(d), "Currencies", "1 XYZ", v] for d, v in path.items())],
            ";",
        )
    )
    words = ["n.v.", "#N/A Field Not Applicable", "нет данных", "..", "(null)", "Holiday", ":", "k.A.", "#Н/Д"]
    gaps = pd.date_range("2022-04-02", periods=len(words)).strftime("%Y-%m-%d")
    found["words for no price"] = Layout(
        table([["Date", "Close"], *([iso(d), v] for d, v in path.items()), *zip(gaps, words, strict=True)])
    )

    found["texts as formulas"] = Layout(
        "".join(["Date,Close\n", *(f'="{iso(d)}",="{v}"\n' for d, v in path.items())]).encode()
    )

    # above and below
    series = [[f"{d:%d-%b-%Y}", v, v + 5] for d, v in path.items()]
    found["labels above, a central bank's"] = Layout(
        table([["EXCHANGE RATES"], ["Title", "Mine", "Other"], ["Description", "MINE/USD", "OTHER/USD"],
               ["Frequency", "Daily", "Daily"], [], ["Source", "ours", "ours"], ["Series ID", "FXM", "FXO"], *series])
    )  # fmt: skip
    found["labels above, a terminal's"] = Layout(
        table([["Start", "9/1/2021"], ["End", "3/29/2022"], ["Frequency", "D"], ["Name", "MINE", "OTHER"],
               ["CURRENCY", "U$", "U$"], *series])
    )  # fmt: skip
    found["labels above, french"] = Layout(
        table([["Titre :", "Cours de change"], ["Code série :", "EXR.D.MINE"], ["Source :", "BCE"],
               *([f"{d:%d/%m/%Y}", comma(v)] for d, v in path.items())], ";")
    )  # fmt: skip
    found["highest and lowest below"] = Layout(
        table([["Date", "Close", "Open"], *([iso(d), v, v] for d, v in path.items()), ["Highest: 80", "Lowest:", 70]])
    )
    found["ticks of a day, no header"] = Layout(
        table([[f"{compact(d)} 000000", *row[1:], 0] for d, row in zip(path.index, bars, strict=True)], ";"),
        settled_by={"column": "column 5"},
    )
    found["headings of a terminal in two rows"] = Layout(
        table([["Timestamp", "MINE.O", "", ""], ["", "Trade Close", "Trade Open", "Trade Volume"],
               *([f"{d:%Y-%m-%dT00:00:00Z}", v, v + 0.1, 1000] for d, v in path.items())])
    )  # fmt: skip
    found["units of several kinds below the headings"] = Layout(
        table([["Date", "Oil", "Gas"], ["", "$/bbl", "EUR/MWh"], *([iso(d), v, v / 3] for d, v in path.items())])
    )
    for encoding, heads in {
        "cp1250": ["Data", "Kurs zamknięcia"], "cp1253": ["Ημερομηνία", "Κλείσιμο"], "cp1254": ["Tarih", "Kapanış"],
        "cp1256": ["التاريخ", "الإغلاق"],
    }.items():  # fmt: skip
        rows = ([f"{d:%d/%m/%Y}", comma(v)] for d, v in path.items())
        found[encoding] = Layout(table([heads, *rows], ";", encoding))
    found["a central bank's holidays"] = Layout(
        table([["Banco", ""], ["Título", "Tipo de cambio"], ["Cifra", "Tipo de cambio"], ["Fecha", "SF43718"],
               *([f"{d:%d/%m/%Y}", v] for d, v in path.items()), ["16/06/2022", "N/E"]], encoding="cp1252")
    )  # fmt: skip
    found["oecd"] = Layout(
        table([["LOCATION", "INDICATOR", "FREQUENCY", "TIME", "Value", "Flag Codes"],
               *(["RUS", "EXCH", "D", iso(d), v, ""] for d, v in path.items())])
    )  # fmt: skip
    found["ecb, with all its columns"] = Layout(
        table([["KEY", "FREQ", "CURRENCY", "CURRENCY_DENOM", "TIME_PERIOD", "OBS_VALUE", "OBS_STATUS", "OBS_PRE_BREAK", "BREAKS",
                "COMPILATION", "DECIMALS", "TITLE", "UNIT", "UNIT_MULT"],
               *(["EXR.D.XYZ.EUR.SP00.A", "D", "XYZ", "EUR", iso(d), v, "A", "", "", "", 4, "Mine/Euro", "XYZ", 0]
                 for d, v in path.items())])
    )  # fmt: skip
    found["fields and units below the markets"] = Layout(
        table([["", "Oil", "Oil", "Gas", "Gas"], ["Date", *["Close", "Volume"] * 2], ["", "$/bbl", "lots", "EUR/MWh", "lots"],
               *([iso(d), v, 1000 + k, v / 3, 2000] for k, (d, v) in enumerate(path.items()))])
    )  # fmt: skip
    found["currencies and exchanges below the names"] = Layout(
        table([["Date", "Mine", "Other"], ["Currency", "RUB", "EUR"], ["Exchange", "Moscow", "Paris"],
               *([iso(d), v, v + 5] for d, v in path.items())])
    )  # fmt: skip
    found["fields below the markets, one without its first price"] = Layout(
        table([["Dates", "Mine", "Other"], ["", "PX_LAST", "PX_LAST"],
               *([iso(d), v, v + 5 if k else "#N/A N/A"] for k, (d, v) in enumerate(path.items()))])
    )  # fmt: skip
    for name, heads in {
        "german": ["Jahr", "Monat", "Tag", "Kurs"],
        "russian": ["Год", "Месяц", "День", "Цена"],
    }.items():
        found[f"{name} year, month, day"] = Layout(
            table([heads, *([d.year, d.month, d.day, comma(v)] for d, v in path.items())], ";")
        )
    for name, days in {
        "russian": ["понедельник", "вторник", "среда", "четверг", "пятница"],
        "spanish": ["lunes", "martes", "miércoles", "jueves", "viernes"],
        "portuguese": ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira"],
        "polish": ["poniedziałek", "wtorek", "środa", "czwartek", "piątek"],
    }.items():
        found[f"{name} weekdays"] = Layout(
            table([["Date", "Close"], *([f"{days[d.day_of_week]}, {d:%d.%m.%Y}", v] for d, v in path.items())])
        )
    found["dates across"] = Layout(table([["Name", *map(iso, path.index)], ["mine", *path], ["other", *(path + 5)]]))
    found["dates across, day first"] = Layout(
        table([["Name", *(f"{d:%d.%m.%Y}" for d in path.index)], ["mine", *map(comma, path)]], ";")
    )

    # what programs and people leave in a text
    halves = [table([["Date", "Close"], *([iso(d), v] for d, v in of.items())], encoding="utf-8-sig")
              for of in (path[:70], path[70:])]  # fmt: skip
    found["marks of byte order within"] = Layout(b"".join(halves))
    found["utf-16 without its mark, russian"] = Layout(
        table([["Дата", "Цена"], *([f"{d:%d.%m.%Y}", comma(v)] for d, v in path.items())], ";", "utf-16-be")
    )
    found["utf-32"] = Layout(table([["Date", "Close"], *([iso(d), v] for d, v in path.items())], encoding="utf-32"))
    found["rows numbered without a heading"] = Layout(
        table([["date", "close"], *([k, iso(d), v] for k, (d, v) in enumerate(path.items(), 1))], " "), ".txt"
    )
    found["a unit below one heading"] = Layout(
        table([["Date", "Close"], ["", "USD/bbl"], *([iso(d), v] for d, v in path.items())])
    )
    found["currencies below the headings"] = Layout(
        table([["Date", "AAA", "BBB"], ["Currency", "USD", "EUR"], *([iso(d), v, v + 1] for d, v in path.items())])
    )
    found["a rule below the headings"] = Layout(
        table(
            [["", "Date", "Close", ""], ["", "---", "---:", ""], *(["", iso(d), v, ""] for d, v in path.items())], "|"
        )
    )
    found["a remark below"] = Layout(
        table([["", "BBEX3.D", "BBEX3.D_FLAGS"], ["Einheit", "USD", ""], *([iso(d), v, ""] for d, v in path.items()),
               ["2022-04-15", ".", "Kein Wert"], ["Bemerkungen", "In Kassa", ""]])
    )  # fmt: skip
    found["a count below"] = Layout(
        table([["Date", "Open", "Close", "Adjusted_close"], *([iso(d), v, v, v - 1] for d, v in path.items()), [21580]])
    )
    found["dates marked as text"] = Layout(
        table([["Date", "Last", "Close"], *([f"'{d:%d/%m/%Y}", v + 1, v] for d, v in path.items())], ";")
    )

    found["one letter a field, capitals"] = Layout(table([["Date", "O", "H", "L", "C"], *bars_of_sense(path, iso)]))
    found["columns beside an answer's status"] = Layout(
        json.dumps({"s": "ok", "t": [int(d.timestamp()) for d in path.index], "o": [*path + 1], "c": [*path],
                    "h": [*path + 2], "l": [*path - 2]}).encode(), ".json"
    )  # fmt: skip
    found["zones by name behind midnights"] = Layout(
        table([["Date", "Close"], *([f"{d:%Y-%m-%d} 00:00:00 America/New_York", v] for d, v in path.items())])
    )

    # archives
    plain = table([["Date", "Close"], *([iso(d), v] for d, v in path.items())])
    for ending, packed in {
        ".csv.gz": gzip.compress(plain),
        ".csv.bz2": bz2.compress(plain),
        ".csv.xz": lzma.compress(plain),
    }.items():
        found[f"packed{ending}"] = Layout(packed, ending)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as files:
        files.writestr("mine.csv", plain)
    found["packed.zip"] = Layout(archive.getvalue(), ".zip")


def bars_of_sense(path, day):
    """Return rows of open, high, low and close, the open and the close between the other two."""
    opened, more = np.random.default_rng(4).normal(0, 0.3, (2, len(path))).round(4)
    fields = np.stack([path + opened, path.to_numpy()])
    high, low = (fields.max(axis=0) + abs(more)).round(4), (fields.min(axis=0) - abs(more)).round(4)
    return [[day(d), round(fields[0, k], 4), high[k], low[k], v] for k, (d, v) in enumerate(path.items())]


def ambiguous():
    """Return files that can be read in two ways, each with the option that settles it, and the path they hold."""
    early = price_path(8, "2022-03-02")
    early.index = pd.DatetimeIndex([f"2022-{month:02d}-03" for month in range(2, 10)])
    whole = pd.Series([1234.0 + k for k in range(8)], index=early.index)
    iso = "{:%Y-%m-%d}".format
    return {
        "day or month": (early, Layout(table([["Date", "Close"], *([f"{d:%d/%m/%Y}", v] for d, v in early.items())]),
                                       settled_by={"time_format": "%d/%m/%Y"})),
        "month or day": (early, Layout(table([["Date", "Close"], *([f"{d:%m/%d/%Y}", v] for d, v in early.items())]),
                                       settled_by={"time_format": "mdy"})),
        "thousand or a bit": (whole, Layout(table([["Date", "Close"], *([iso(d), f"{v:,.0f}"] for d, v in whole.items())]),
                                            settled_by={"decimal": "."})),
        "about a thousand": (whole - 238, Layout(table([["Date", "Close"], *([iso(d), f"{v - 238:,.0f}".replace(",", ".")]
                                                                              for d, v in whole.items())]),
                                                 settled_by={"decimal": ","})),
        "a bit or thousand": (whole / 1000, Layout(table([["Date", "Close"], *([iso(d), comma(v / 1000, 3)] for d, v in
                                                                               whole.items())], ";"),
                                                   settled_by={"decimal": ","})),
    }  # fmt: skip


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for title, layout in layouts(price_path()).items():
        (folder / f"{title}{layout.ending}").write_bytes(layout.content)
