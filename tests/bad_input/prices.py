# ruff: noqa: E501  # a case a line
"""Broken price files and options, each with the exit code and the words it must end with; rows as in `events.py`."""

import io
import zipfile
from functools import cache

import numpy as np
import pandas as pd

EVENTS = "time,headline\n2021-06-01,x\n"
CHECK = ("series", "check")
IMPORT = ("series", "import")
DAYS = pd.bdate_range("2021-01-04", periods=160)
WALK = 100 * np.exp(np.random.default_rng(7).normal(0, 0.01, 160).cumsum())


def table(*rows, header="date,close"):
    """Write a CSV."""
    return "\n".join((header, *rows)) + "\n"


@cache
def days(form):
    """Write the days of the walk."""
    return [f"{day:{form}}" for day in DAYS]


def path(change=None, header="date,close", form="%Y-%m-%d", cell="{:.4f}".format):
    """Write a walk of 160 daily prices; `change` maps rows to other cells."""
    rows = [f"{day},{(change or {}).get(k, cell(WALK[k]))}" for k, day in enumerate(days(form))]
    return table(*rows, header=header)


def one(name, content, code, said, command=CHECK, file="mine.csv", more=()):
    """Return a case of one file."""
    return (name, {file: content}, (*command, "{" + file + "}", *more), code, said)


def study(name, content, code, said, *more):
    """Return a case of a study of one file."""
    words = ("run", "--events", "{e.csv}", "--prices", "{mine.csv}", "--quiet", *(more or ("--window", "0:0")))
    return (name, {"e.csv": EVENTS, "mine.csv": content}, words, code, said)


def workbook(parts):
    """Write a zip that calls itself a workbook."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return made.getvalue()


def far_out():
    """Write a workbook of two cells, the second in the last column."""
    made = io.BytesIO()
    with pd.ExcelWriter(made, engine="openpyxl") as book:
        for row, column in ((0, 0), (19_999, 16_383)):
            pd.DataFrame([1]).to_excel(book, startrow=row, startcol=column, header=False, index=False)
    return made.getvalue()


def uncomputed():
    """Write a workbook of which one price is a formula that no program has computed."""
    made = io.BytesIO()
    cells = [f"=B{k}*1.01" if k == 100 else float(price) for k, price in enumerate(WALK)]
    pd.DataFrame({"date": DAYS, "close": cells}).to_excel(made, index=False, engine="openpyxl")
    return made.getvalue()


def parquet(frame):
    """Write a Parquet file."""
    made = io.BytesIO()
    frame.to_parquet(made)
    return made.getvalue()


def empty_rows():
    """Write a Parquet file of 36 kB that unpacks to millions of rows."""
    import pyarrow as pa
    from pyarrow import parquet as pq

    made = io.BytesIO()
    pq.write_table(pa.table({"date": pa.nulls(21_000_000)}), made)
    return made.getvalue()


def dates(year):
    """Return two days of a year, that pandas need not hold in nanoseconds."""
    return np.array([f"{year:04d}-01-04", f"{year:04d}-01-05"], dtype="datetime64[s]")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY a{k} "{(f"&a{k - 1};" if k else "&a;") * 10}">' for k in range(9))
    + "]><x>&a8;</x>"
)

TIMES = [
    *(
        one(f"date {name}", table(f"{when},1", "2022-01-28,2"), 2, said)
        for name, when, said in (
            ("of year 1", "0001-01-01", "row 2, column date: .*the year 1 is outside"),
            ("of 1600", "1600-05-01", "row 2, column date: .*the year 1600 is outside"),
            ("of 2262", "2262-04-12", "row 2, column date: .*the year 2262 is outside"),
            ("of 9999", "9999-12-31", "row 2, column date: .*the year 9999 is outside"),
            ("in February's end", "2022-02-30", "no day of the calendar"),
            ("of a month beyond", "2022-27-01", "--time-format"),
            ("that is a word", "soon", "row 2, column date: 'soon' is not a date"),
            ("that is empty", "", "row 2, column date: no date"),
            ("of a thousand digits", "2" * 1000, "not a date"),
            ("with an offset beyond", "2022-01-27T10:00+99:99", "not a date"),
            ("with a clock beyond", "2022-01-27T25:61", "not a date"),
            ("that steers a terminal", "\x1b[2J", "not a date"),
            ("that turns the text", "\u202e2022", "not a date"),
        )
    ),
    *(
        one(f"dates of {year} in Parquet", lambda year=year: parquet(pd.DataFrame({"date": dates(year), "close": [1.0, 2]})),
            2, f"the year {year} is outside", file="mine.parquet") for year in (1, 1600, 2262, 9999)
    ),
    one("index of year 1 in Parquet", lambda: parquet(pd.DataFrame({"close": [1.0, 2.0]}, index=pd.DatetimeIndex(
        dates(1), name="date"))), 2, "the year 1 is outside", file="mine.parquet"),
    one("day or month first", table("01/02/2022,1", "02/02/2022,2"), 2, "no row settles it.*--time-format"),
    one("day and month first", table("27/01/2022,1", "01/28/2022,2"), 2, "write all dates alike"),
    one("rows in no order", table("2022-01-27,1", "2022-01-25,2", "2022-01-26,3"), 2, "row 3.*sort the rows by date"),
    one("one day with two prices", table("2022-01-27,1", "2022-01-27,2"), 2, "2022-01-27 appears twice, with 1 and 2"),
    one("two clocks on a day", table("2022-01-27 10:00,1", "2022-01-27 11:00,2"), 2, "row 3.*they are bars"),
    one("daily labels in UTC", table(*(f"{d:%Y-%m-%d} 23:00:00+00:00,1" for d in DAYS[:3])), 2, "time zone"),
    one("bars without an offset", table("2022-01-27 10:00,1", "2022-01-27 11:00,2"), 2, "has no offset", command=IMPORT,
        more=("--data-kind", "bars-start")),
    one("bars of a zone of three", table("2022-01-27 10:00 IST,1", "2022-01-27 11:00 IST,2"), 2,
        "row 2, column date: 'IST' is Europe/Dublin, .*write which; or give --time-zone", command=IMPORT,
        more=("--data-kind", "bars-start")),
    one("a quote within the day", table(*(f"{d:%Y-%m-%d},1" for d in DAYS[:30]), f"{DAYS[30]:%Y-%m-%d} 11:32:05,2"), 2,
        "row 32, column date: a clock where all days before have none: .*leave the row out"),
    one("a figure that is none, with a comma", table(*(f"{d:%Y-%m-%d},1.5" for d in DAYS[:9]), '2022-06-01,"98,4x"'), 2,
        "row 11, column close: '98,4x' is not a number"),
    one("the repeated hour without an offset", table("2022-10-30 02:00,1", "2022-10-30 02:30,2", "2022-10-30 02:00,3"), 2,
        "has no offset", command=IMPORT, more=("--data-kind", "bars-end")),
    one("dates across the columns", "name,2022-01-03,2022-01-04\nmine,1,2\nother,3,4\n", 0, "run across: turned"),
    *(
        one(f"time format {name}", path(), 2, said, more=("--time-format", form))
        for name, form, said in (
            ("with a code twice", "%d.%d.%Y", "--time-format .*write each code once"),
            ("with an unknown code", "%Q", "--time-format %Q is no form"),
            ("without a year", "%d.%m", "has no year"),
            ("cut off", "%Y-%m-%", "--time-format"),
            ("of another file", "%d.%m.%Y", "row 2, column date.*--time-format"),
            ("of an order that no row has", "dmy", "time-format|160 daily"),
        )
        if name != "of an order that no row has"
    ),
]  # fmt: skip
NUMBERS = [
    *(
        one(f"price {name}", path({100: cell}), code, said)
        for name, cell, code, said in (
            ("that is a word", "abc", 2, "row 102, column close: 'abc' is not a number"),
            ("with a letter O", "1O1.5", 2, "row 102, column close"),
            ("of two points", "1.2.3", 2, "row 102"),
            ("with an underscore", "1_000", 2, "not a number"),
            ("in hexadecimal", "0x1F", 2, "not a number"),
            ("that steers a terminal", "\x1b[31m1", 2, "not a number"),
            ("with a NUL", "1\0", 2, "row 102: a NUL character"),
            ("that is half a character", b"\xed\xa0\x80".decode("utf-8", "surrogatepass"), 2, "row 102"),
            ("in another currency", '"€101.2"', 0, "160 daily"),
            ("infinite", "inf", 0, "no-return"),
            ("minus infinite", "-Infinity", 0, "no-return"),
            ("beyond floats", "1e999", 0, "no-return"),
            ("zero", "0", 0, "no-return"),
            ("negative", "-999", 0, "no-return"),
            ("NaN", "NaN", 0, "160 sessions|159 sessions"),
            ("NULL", "NULL", 0, "159 sessions"),
            ("#N/A N/A", "#N/A N/A", 0, "159 sessions"),
            ("-nan", "-nan", 2, "not a number|159 sessions"),
        )
        if name != "-nan"
    ),
    one("point and comma", path({3: '"1.234,5"', 5: '"1,234.5"'}), 2, "decimal point.*decimal comma; write all alike"),
    one("a thousand or one and a bit", table("2022-01-27;1,234", "2022-01-28;1,235", header="date;close"), 2, "--decimal"),
    one("two currencies", table('2022-01-27,"$1.5"', '2022-01-28,"€1.5"'), 2, "in two units"),
    one("per cent in part", table("2022-01-27,1.5%", "2022-01-28,1.5"), 2, "in two units"),
    one("a cell of ten million characters", lambda: table("2022-01-27," + "1" * 10_000_000, "2022-01-28,2"), 2,
        "row 2: a cell of more than 131,072"),
    one("a header of ten million characters", lambda: table("2022-01-27,1", header="date," + "x" * 10_000_000), 2,
        "row 1: a cell of more than 131,072"),
    one("a row of three million cells", lambda: table("2022-01-27," + "1,1" * 1_500_000, "2022-01-28,2"), 2,
        "row 2: .* cells under a header of 2"),
    one("a header of a hundred thousand characters", table("2022-01-27,1", "2022-01-28,2", header="date," + "x" * 100_000),
        0, "2 daily"),
    one("columns by the thousand", lambda: path(header="date," + ",".join(f"S{k}" for k in range(1000)),
        cell=lambda value: ",".join([f"{value:.3f}"] * 1000)), 0, "1000 markets", command=IMPORT, more=("--format", "csv")),
    one("columns by the thousand, shown", lambda: path(header="date," + ",".join(f"S{k}" for k in range(3000)),
        cell=lambda value: ",".join([f"{value:.3f}"] * 3000)), 0, "the first and the last 10 of 3,001 columns", command=IMPORT),
    one("true and false", table("2022-01-27,True", "2022-01-28,False"), 2, "'True' is not a number"),
    one("returns", path(cell=lambda value: f"{np.log(value / 100) % 0.02 - 0.01:.5f}"), 2, "look like returns"),
    one("gross returns", lambda: table(*(f"{d:%Y-%m-%d},{1 + r:.6f}" for d, r in zip(DAYS, np.random.default_rng(3).normal(
        0, 0.01, 160), strict=True))), 2, "gross ones .*subtract 1"),
    one("dates as prices", lambda: parquet(pd.DataFrame({"date": DAYS, "close": DAYS})), 2, "mine.parquet, row 2, column close: .*not a number",
        file="mine.parquet"),
    one("millions of empty rows in Parquet", empty_rows, 2, "21,000,000 rows of 1 columns, too much", file="mine.parquet"),
    one("millions of line ends", lambda: "\n" * 5_000_001, 2, "5,000,001 rows, too much to read"),
]  # fmt: skip
FILES = [
    one("nothing", "", 2, "mine.csv is empty"),
    one("blank lines", "\n\n \n", 2, "mine.csv is empty"),
    one("a header alone", "date,close\n", 2, "no date column|no prices"),
    one("one row", "date,close\n2022-01-27,1\n", 0, "1 daily"),
    one("no file", None, 4, "no price file|mine.csv"),
    one("no dates", "a,b\nx,1\ny,2\n", 2, "no date column; name it with --map date=COLUMN"),
    one("no header and two columns", "2022-01-27,1,2\n2022-01-28,2,3\n", 2, "no header.*--column"),
    one("a row too long", table("2022-01-27,1,2,3", "2022-01-28,2"), 2, "row 2: 4 cells under a header of 2"),
    one("a row too short", table("2022-01-27", "2022-01-28,2", "2022-01-31,3"), 0, "3 daily|2 sessions"),
    one("text behind a quotation mark", 'date,close\n2022-01-27,"1" x\n', 2, "row 2: text behind a closing quotation mark"),
    one("a quotation mark never closed", 'date,close\n2022-01-27,"1\n2022-01-28,2\n', 2, "opened and never closed"),
    one("a column twice", table("2022-01-27,1,2", header="date,wti,wti"), 2, "column 'wti' twice; rename one"),
    one("two closes", table("2022-01-27,1,2", "2022-01-28,2,3", header="date,Close,Settle"), 2, "--column"),
    one("markets side by side without names", "Date,Close,Date.1,Last\n2021-01-04,1,2021-01-05,20\n2021-01-05,2,2021-01-06,3\n",
        2, "side by side.*--map date='Date.1' --column 'Last'"),
    one("all bytes", bytes(range(256)) * 40, 2, "mine.csv.*NUL"),
    one("a price of 5e-324", path({80: "5e-324"}), 2, r"mine, 2021-04-26: 4.94066e-324 is no figure of a market"),
    one("a price of 1e301", path({80: "1e301"}), 2, "mine, 2021-04-26: 1e[+]301 is no figure of a market"),
    study("a market of 7e301", path(cell=lambda walk: f"{float(walk) * 7e299!r}"), 2, "no figure of a market", "--returns", "difference"),
    study("returns of 1e200", path(header="date,return", cell=lambda walk: f"{float(walk - 100) * 1e199!r}"), 2, "no figure of a market", "--data-kind", "returns"),
    one("prices of infinity", path(cell=lambda _: "1e400"), 0, r"no return beside\s+prices\s+of\s+inf"),
    one("a picture", b"\x89PNG\r\n\x1a\n" + bytes(200), 2, "mine.csv"),
    one("UTF-16", path().encode("utf-16"), 0, "160 daily"),
    one("UTF-16 cut off", path().encode("utf-16")[:-1], 2, "not a text table"),
    one("UTF-8 with its mark", b"\xef\xbb\xbf" + path().encode(), 0, "160 daily"),
    one("carriage returns alone", path().replace("\n", "\r"), 0, "160 daily"),
    one("a web page", "<!DOCTYPE html><p>Too many requests</p>", 2, "is a web page"),
    one("a table of a web page", "<div><table><tr><td>2022-01-27</td></tr></table></div>", 2, "is a web page"),
    one("JSON", '{"date": "2022-01-27"}', 2, "mine.csv"),
    one("a folder", None, 2, "is a folder; name a file", command=IMPORT, file="."),
    one("an old workbook", b"\xd0\xcf\x11\xe0" + bytes(100), 2, "old Excel workbook", file="mine.xls"),
    one("a workbook cut off", b"PK\x03\x04rubbish", 2, "not a readable Excel workbook", file="mine.xlsx"),
    one("a zip that is no workbook", lambda: workbook({"a.txt": "x"}), 2, "not a readable Excel", file="mine.xlsx"),
    one("a workbook of entities", lambda: workbook({"[Content_Types].xml": BOMB, "xl/workbook.xml": BOMB}), 2,
        "not a readable Excel", file="mine.xlsx"),
    one("a workbook that swells", lambda: workbook({"xl/sharedStrings.xml": "x" * 310_000_000}), 2, "unpacks to 310 MB",
        file="mine.xlsx"),
    one("a formula without its value", uncomputed, 2, "mine.xlsx: cell B102 has a formula without its value", file="mine.xlsx"),
    one("two columns that one letter's accents tell apart", table("2021-01-04,1,2", header="date,caf\u00e9,cafe\u0301"), 2, "column 'caf\u00e9' twice"),
    one("a workbook of a cell far out", far_out, 2, "20,000 rows of 16,384 columns", file="mine.xlsx"),
    one("a hundred thousand columns", lambda: ",".join(f"c{k}" for k in range(100_000)) + "\n" + "1," * 99_999 + "1\n", 2,
        "100,000 columns; a table has at most"),
    one("a sheet that is not there", path(), 2, "has no sheets; leave out --sheet", more=("--sheet", "S")),
    one("Parquet cut off", b"PAR1rubbish", 2, "not a readable Parquet", file="mine.parquet"),
    one("Parquet of text", lambda: parquet(pd.DataFrame({"a": ["x", "y"]})), 2, "no date column", file="mine.parquet"),
]  # fmt: skip
OPTIONS = [
    one("--map of an unknown part", path(), 2, "--map colour=close: a price file has the parts", more=("--map", "colour=close")),
    one("--map of no pair", path(), 2, "no pair", more=("--map", "date")),
    one("--map of an unknown column", path(), 2, "has no column 'day'", more=("--map", "date=day")),
    one("--map of prices as dates", path(), 2, "column close", more=("--map", "date=close")),
    one("--column unknown", path(), 2, "no column of figures open; it has: close", more=("--column", "open")),
    one("--decimal of letters", path(), 2, "decimal", more=("--decimal", "x")),
    one("--decimal comma for points", path(), 2, "column close", more=("--decimal", ",")),
    one("--exchange unknown", path(), 2, "XTKA.*--close", more=("--exchange", "XTKA")),
    one("--close without a zone", path(), 2, "is no close", more=("--close", "16:00")),
    one("--close in an unknown zone", path(), 2, "not a time zone", more=("--close", "16:00 Mars/Base")),
    one("--orientation of two", path(), 2, "orientation", more=("--orientation", "2")),
    one("--as unknown", path(), 2, "rubel", more=("--as", "rubel")),
    one("--adjust-splits of volumes", path(header="date,volume"), 2, "--adjust-splits", command=IMPORT,
        more=("--data-kind", "volumes", "--adjust-splits")),
    study("a study of one session", "date,close\n2021-06-01,1\n", 3, "no event can be used.*\n.*the sample begins 2021-06-01"),
    study("a study of constant prices", path(cell=lambda _: "5"), 3, "no event can be used.*\n.*does not vary"),
    study("a window of a million", path(), 2, "at most 100,000 from the event", "--window", "0:1000000"),
]  # fmt: skip

CASES = [*TIMES, *NUMBERS, *FILES, *OPTIONS]
