"""Price files of any layout: read right, or refused with the option that settles them; never another number."""

import json
import time
import zipfile
from functools import cache
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import EventStudyError, InputError, read_events, read_prices
from eventstudy.cli.main import main
from eventstudy.events import events_of
from eventstudy.markets import identify

CORPUS = SimpleNamespace(**run_path(str(Path(__file__).with_name("layouts.py"))))
PATH = CORPUS.price_path()
#: Found with few days of prices: collection waits for it.
NAMES = list(CORPUS.layouts(PATH[:5]))


@cache
def layouts(*of):
    """Return every layout of a path by name."""
    return CORPUS.layouts(CORPUS.price_path(*of))


def held(prices, path):
    """Whether the first column is the path, whatever unit it was written in: every session, every price."""
    prices = prices.iloc[:, 0].dropna()
    unit = 100 if prices.iloc[0] > 10 * path.iloc[0] else 1
    return prices.index.equals(pd.DatetimeIndex(path.index)) and np.allclose(prices / unit, path, rtol=0, atol=6e-5)


def outcome(layout, path, folder, **options):
    """Return 'right', 'wrong', or the refusal of a file."""
    file = folder / f"mine{layout.ending}"
    file.write_bytes(layout.content)
    try:
        return "right" if held(read_prices(file, **options), path) else "wrong"
    except EventStudyError as error:
        return str(error)


#: Layouts without which some line is executed by no other of them: default ones, with every fourth of the rest.
ALONE = {
    "a change in words unknown", "bloomberg", "chinese", "currency signs", "fields in words unknown",
    "finam, dd/mm/yy", "fred old", "headings of a terminal in two rows", "highest and lowest below", "index column",
    "labels above, a terminal's", "long, names of our own", "own wide", "packed.csv.gz", "parquet, column of dates",
    "polygon", "texts as formulas", "tradingview", "two dates a row", "units of several kinds below the headings",
    "year, month, day", "yfinance new",
}  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (k % 4 > 0 and name not in ALONE)) for k, name in enumerate(NAMES)],
)
def test_no_layout_is_read_wrong(name, tmp_path):
    """A layout is read right without an option, or refused with the option that settles it and read right with that."""
    layout = layouts()[name]
    plain = outcome(layout, PATH, tmp_path)
    if layout.settled_by:
        assert any(f"--{option.replace('_', '-')}" in plain for option in layout.settled_by), plain
        assert outcome(layout, PATH, tmp_path, **layout.settled_by) == "right"
    else:
        assert plain == "right"


def test_nearly_all_layouts_are_read_without_an_option():
    """There are 60 and more, and of a hundred at most five need a word."""
    assert list(layouts()) == NAMES
    assert len(NAMES) >= 60
    assert sum(bool(layout.settled_by) for layout in layouts().values()) <= 0.05 * len(NAMES)


@pytest.mark.parametrize("name", CORPUS.ambiguous())
def test_what_can_be_read_in_two_ways_is_refused(name, tmp_path):
    """A file whose dates or figures can be read in two ways is refused, and read with the option that it names."""
    path, layout = CORPUS.ambiguous()[name]
    told = outcome(layout, path, tmp_path)
    ((option, _),) = layout.settled_by.items()
    assert f"--{option.replace('_', '-')}" in told
    assert "no row settles it" in told
    assert outcome(layout, path, tmp_path, **layout.settled_by) == "right"


def test_an_archive_of_several_files_is_refused_by_their_names(tmp_path):
    """Of two files in one archive none is chosen."""
    with zipfile.ZipFile(tmp_path / "mine.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.writestr(name, "Date,Close\n2022-01-27,1\n")
    with pytest.raises(InputError, match=r"mine\.zip holds 2 files \(a\.csv, b\.csv\); unpack it and name one"):
        read_prices(tmp_path / "mine.zip")


@pytest.mark.parametrize("sign", ["{}-", "-{}", "({})", "−{}"])
def test_signs_of_figures_below_zero(sign, tmp_path):
    """A minus before or behind a figure, and brackets around it, mean the same."""
    spread = (PATH - PATH.iloc[0]).round(2)
    rows = [[f"{day:%Y-%m-%d}", sign.format(-v) if v < 0 else v] for day, v in spread.items()]
    (tmp_path / "mine.csv").write_bytes(CORPUS.table([["Date", "Spread"], *rows]))
    assert read_prices(tmp_path / "mine.csv", check=False)["Spread"].tolist() == spread.tolist()


def test_a_price_tag_is_not_negative(tmp_path):
    """The dash of a German price without cents is no minus."""
    (tmp_path / "mine.csv").write_text("Datum;Kurs\n27.01.2022;12,-\n28.01.2022;12,5\n", encoding="utf-8")
    try:
        found = read_prices(tmp_path / "mine.csv").iloc[:, 0].tolist()
    except InputError:
        return
    assert found == [12.0, 12.5]


@given(
    n=st.integers(2, 40),
    start=st.dates(pd.Timestamp("1999-01-04").date(), pd.Timestamp("2030-12-01").date()),
    level=st.sampled_from([0.0123, 0.9, 3.5, 75.0, 1234.5, 98765.0]),
    digits=st.integers(0, 5),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    decimal=st.sampled_from([".", ","]),
    group=st.sampled_from(["", ",", ".", " ", "'"]),
    form=st.sampled_from(
        ["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%m/%d/%y", "%d-%b-%Y", "%b %d, %Y", "%Y%m%d", "%y%m%d",
         "%Y/%m/%d", "%d-%m-%y", "%d.%m.%y", "%A, %d %B %Y", "%Y-%m-%dT00:00:00"]),
    descending=st.booleans(),
    heads=st.sampled_from([("Date", "Close"), ("Дата", "Цена"), ("Datum", "Schlusskurs"), ("Data", "Zamkniecie"),
                           ("TIME_PERIOD", "OBS_VALUE"), ("date", "mine"), ("<DATE>", "<CLOSE>")]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1251"]),
    quoted=st.booleans(),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_any_writing_of_a_path_is_that_path_or_a_refusal(
    tmp_path_factory,
    n,
    start,
    level,
    digits,
    delimiter,
    decimal,
    group,
    form,
    descending,
    heads,
    encoding,
    quoted,
    seed,
):
    """The same path in any writing gives the same dates and figures, or is refused; it never gives others."""
    if group == decimal:
        return
    days = pd.bdate_range(start, periods=n)
    steps = np.random.default_rng(seed).normal(0, 0.02, n)
    path = pd.Series(np.round(level * np.exp(np.cumsum(steps)), digits), index=days)
    shown = [f"{v:,.{digits}f}".replace(",", "\0").replace(".", decimal).replace("\0", group) for v in path]
    rows = [[d.strftime(form), v] for d, v in zip(days, shown, strict=True)]
    quote = 1 if quoted or delimiter in {group, decimal} or delimiter in form else 0
    content = CORPUS.table([heads, *(rows[::-1] if descending else rows)], delimiter, encoding, quote)
    file = tmp_path_factory.mktemp("layouts") / "mine.csv"
    file.write_bytes(content)
    try:
        found = read_prices(file)
    except InputError:
        return
    assert list(found) == ["mine"]
    assert found.index.equals(pd.DatetimeIndex(days))
    assert np.array_equal(found["mine"].to_numpy(), path.to_numpy())


@pytest.mark.parametrize("first", ["1904-01-01", "1970-01-01"])
def test_counts_of_days_from_another_day_are_refused(first, tmp_path):
    """Day numbers that are not Excel's give weekends; they are not dated years off without a word."""
    rows = [[(day - pd.Timestamp(first)).days, value] for day, value in PATH.items()]
    told = outcome(CORPUS.Layout(CORPUS.table([["Date", "Close"], *rows])), PATH, tmp_path)
    assert "1904, 1970" in told


def test_a_row_of_a_title_does_not_cost_the_first_price(tmp_path):
    """A table without a header below a title loses no row to it."""
    content = CORPUS.table([["My prices"], *([f"{day:%Y-%m-%d}", value] for day, value in PATH.items())])
    told = outcome(CORPUS.Layout(content), PATH, tmp_path)
    assert told == "right" or "is not a date" in told


def test_a_market_without_a_header_bears_the_name_of_the_file(tmp_path):
    """The one column of figures is no market called 'column 2'."""
    file = tmp_path / "Nord AG.csv"
    file.write_text("".join(f"{day:%Y-%m-%d};{value}\n" for day, value in PATH.items()), encoding="utf-8")
    assert [*read_prices(file)] == ["Nord AG"]


def test_numbers_that_became_dates_are_refused():
    """Rows counted from 0 and made dates are nanoseconds of 1970: many clocks of one day."""
    frame = pd.DataFrame({"mine": np.linspace(75.0, 76.0, 50)}, index=pd.to_datetime(range(50)))
    with pytest.raises(InputError, match="a second clock on 1970-01-01; leave one of the rows out"):
        read_prices(frame)


@pytest.mark.parametrize(
    "names",
    [
        ["AAPL", "LOW", "MSFT"],
        ["NASDAQ:AAPL", "NYSE:LOW", "NASDAQ:OPEN"],
        ["SAP", "BAS", "MO", "KL", "NET", "OI", "KEY"],
    ],
)
def test_tickers_that_are_words_of_fields(names, tmp_path):
    """Lowe's, BASF and Altria among other tickers are markets, no field of one."""
    frame = pd.DataFrame({name: PATH + k for k, name in enumerate(names)})
    frame.to_csv(tmp_path / "shares.csv", index_label="DATE")
    assert list(read_prices(tmp_path / "shares.csv")) == names


def download(*tickers, fields=("Close", "High", "Low", "Open", "Volume")):
    """Return a frame as yfinance gives it: its volumes are read as dates where a word of dates stands above them."""
    scale = {"Close": 1, "High": 1.01, "Low": 0.99, "Open": 1.001, "Volume": 0}
    columns = {(of, one): PATH * scale[of] * (k + 1) for of in fields for k, one in enumerate(tickers)}
    frame = pd.DataFrame(columns, index=PATH.index.rename("Date")).round(4)
    frame["Volume" if "Volume" in fields else []] = 71234567
    return frame.rename_axis(columns=["Price", "Ticker"])


def forms_of(frame, folder):
    """Return a frame of two levels as itself, as CSV, and with its levels joined, in both orders of the levels."""
    for order in (frame, frame.swaplevel(axis=1), frame.swaplevel(axis=1).sort_index(axis=1)):
        yield order
        for k, columns in enumerate(
            (order.columns, ["_".join(of) for of in order], [" ".join(of) for of in order], [str(of) for of in order])
        ):
            order.set_axis(columns, axis=1).to_csv(folder / f"{k}.csv")
            yield folder / f"{k}.csv"


@pytest.mark.parametrize(
    "tickers",
    ["AAPL LOW HD", "NET CRWD", "OPEN Z", "LOW", "C BAC KEY", "MID SPY", "VALUE AAPL", "RATE AAPL",
     "DAY AAPL", "RUB=X EURO", "RUB=X USD", "DATE TIME"],
)  # fmt: skip
def test_tickers_that_are_words_in_a_download(tickers, tmp_path):
    """Of two levels one holds the fields: what stands in the other is a ticker, whatever word it is."""
    tickers = tickers.split()
    frame = download(*tickers)
    for source in forms_of(frame, tmp_path):
        found = read_prices(source)
        assert sorted(found) == sorted(tickers), source
        for name in tickers:
            assert found[name].tolist() == frame["Close", name].tolist()
            assert list(read_prices(source, column=name)) == [name]
    closes = download(*tickers, "LAST", fields=("Close",))
    tickers.append("LAST")
    assert [*read_prices(closes)] == tickers
    for name in {*tickers} - {"EURO", "USD"}:  # which alone may be units
        assert list(read_prices(closes["Close", name])) == [name]


@pytest.mark.parametrize(
    "names",
    [["NET", "CRWD"], ["High Yield", "IG"], ["yield", "brent"], ["Close Brothers", "IG"], ["Close Brothers"],
     ["Bid Corp", "Close Brothers"], ["Open Text", "High Liner"]],
)  # fmt: skip
def test_markets_that_begin_like_fields_keep_their_names(names, tmp_path):
    """Cloudflare, high yield and Close Brothers are markets, in a file, a frame with a column of dates or an index."""
    frame = pd.DataFrame({name: PATH + k for k, name in enumerate(names)}).rename_axis("Date")
    frame.to_csv(tmp_path / "mine.csv")
    for source in (tmp_path / "mine.csv", frame.reset_index(), frame):
        assert list(read_prices(source)) == names
        assert list(read_prices(source, column=names)) == names


def test_columns_that_are_asked_for_together_keep_their_names(tmp_path):
    """Of two columns that are asked for, one that is called as a price is may be a market: a style, not the file."""
    names = ["Value", "Growth"]
    frame = pd.DataFrame({"Value": PATH, "Growth": PATH + 1}).rename_axis("Date")
    frame.to_csv(tmp_path / "mine.csv")
    for source in (tmp_path / "mine.csv", frame):
        assert list(read_prices(source, column=names)) == names
        with pytest.raises(
            InputError, match="'Value' may be the price of the one market or of one market among Growth"
        ):
            read_prices(source)


@pytest.mark.parametrize("names", [["Close Brent", "Close WTI"], ["Brent Close", "WTI Close"]])
def test_a_field_before_each_market_is_no_part_of_its_name(names, tmp_path):
    """A word that stands in front of every market is the field's."""
    pd.DataFrame(dict.fromkeys(names, PATH)).to_csv(tmp_path / "mine.csv", index_label="Date")
    assert list(read_prices(tmp_path / "mine.csv")) == ["Brent", "WTI"]


def test_an_adjusted_and_an_unadjusted_close_are_one_market(tmp_path):
    """The close that is studied is the one as it was traded."""
    for raw in ("Unadjusted Close", "Raw Close", "Close (unadjusted)"):
        pd.DataFrame({"Adjusted Close": PATH - 2, raw: PATH}).to_csv(tmp_path / "mine.csv", index_label="Date")
        found = read_prices(tmp_path / "mine.csv")
        assert list(found) == ["mine"]
        assert held(found, PATH)


def test_what_is_no_table_of_prices_is_one_line():
    """A dict of columns and a table of Arrow are refused with what makes a frame of them, without their figures."""
    columns = {"date": list(PATH.index), "mine": PATH.tolist()}
    for source in (columns, pytest.importorskip("pyarrow").table(columns)):
        with pytest.raises(InputError, match=r"^give prices as a path, .*to_pandas.* or a Series, not a \w+$"):
            read_prices(source)


def test_a_frame_whose_dates_run_across_is_turned():
    """It is read as its CSV is."""
    frame = pd.DataFrame({"mine": PATH, "other": PATH + 1})
    for dates in (frame.index, frame.index.to_period("D")):
        pd.testing.assert_frame_equal(read_prices(frame.set_axis(dates).T), read_prices(frame), check_freq=False)


def test_returns_in_a_frame_are_all_kept():
    """A return and the market's beside it are two columns of returns, whatever they are called."""
    frame = pd.DataFrame({"ret": PATH, "mkt": PATH}).pct_change().dropna()
    assert list(read_prices(frame, figures="returns")) == ["ret", "mkt"]


def listed(folder, heads, rows, n=30):
    """Write rows of each day: the date, some words, a price."""
    days = PATH.index[:n]
    body = [[f"{day:%Y-%m-%d}", *row[:-1], row[-1] + k % 7] for k, day in enumerate(days) for row in rows]
    (folder / "mine.csv").write_bytes(CORPUS.table([heads, *body]))
    return folder / "mine.csv"


@pytest.mark.parametrize("word", ["Bank", "sym", "Paper", "Бумага", "Эмитент", "Aktie", "Ticker"])
@pytest.mark.parametrize("currency", ["currency", "ccy", "Währung", "валюта"])
def test_a_currency_beside_a_name_is_no_market(word, currency, tmp_path):
    """Shares in rubles and dollars are called by the column that tells them apart, and none is turned."""
    rows = [("SBER", "RUB", 89.1), ("AAPL", "USD", 178.2)]
    found = read_prices(listed(tmp_path, ["date", word, currency, "close"], rows))
    assert list(found) == ["SBER", "AAPL"]
    assert [one.orientation for one in identify(found).values()] == [1, 1]


@pytest.mark.parametrize("heads", ["Date,Currency,Country,Rate", "date,currency,Land,rate", "date,Валюта,Страна,Курс"])
def test_a_currency_beside_a_rate_is_the_market(heads, tmp_path):
    """A table of exchange rates says of which currency each is, whatever else it says of it."""
    rows = [("RUB", "Russia", 89.1), ("PLN", "Poland", 4.2)]
    found = read_prices(listed(tmp_path, heads.split(","), rows))
    assert list(found) == ["RUB", "PLN"]
    assert [one.orientation for one in identify(found).values()] == [-1, -1]


@pytest.mark.parametrize(
    ("heads", "markets"),
    [
        ("Close|RUB,Volume|tonnes", {"price": 1}), ("Price|USD,Volume|Shares,Change|%", {"price": 1}),
        ("Close|RUB,Volume|thousand", {"price": 1}), ("ruble|Close|RUB,ruble|Volume|Lots", {"ruble": -1}),
        ("ruble|Close|RUB,ruble|Volume|number", {"ruble": -1}), ("brent|Price|USD", {"brent": 1}),
        ("Ruble Close|RUB,Volume|tonnes", {"Ruble": -1}), ("brent|USD,Volume|tonnes", {"brent": 1}),
        ("Close|RUB,Volume|RUB,Turnover|tonnes", {"price": 1}),
        ("Close|LOW,Close|USD", {"LOW": 1, "USD": 1}), ("Close|MSFT,Volume|MSFT", {"MSFT": 1}),
    ],
)  # fmt: skip
def test_what_is_a_unit_is_asked_of_prices(heads, markets):
    """A level below prices is of units where all of them are, whatever volumes and changes are counted in."""
    found = read_prices(pd.DataFrame({tuple(head.split("|")): PATH for head in heads.split(",")}))
    assert {name: one.orientation for name, one in identify(found).items()} == markets


@pytest.mark.parametrize(
    ("heads", "asked", "values"),
    [
        ("Gold,Gold Volume", "Gold", {"Gold": 0}), ("AAPL,AAPL_Adj Close", "AAPL", {"AAPL": 0}),
        ("AAPL_Close,AAPL_Volume", "AAPL", {"AAPL": 0}), ("Close|AAPL,Close|MSFT", ["AAPL", "Close|MSFT"], "AAPL"),
        ("AAPL,MSFT", ["AAPL", "IBM"], "IBM"),
    ],
)  # fmt: skip
def test_a_column_of_the_name_asked_for_is_meant(heads, asked, values):
    """A ticker means its close where no column bears its name; a name that means no column is refused."""
    frame = pd.DataFrame({name: PATH * (k + 1) for k, name in enumerate(heads.split(","))})
    if isinstance(values, str):
        with pytest.raises(InputError, match=f"no column of figures {values}; it has"):
            read_prices(frame, column=asked)
        return
    found = read_prices(frame, column=asked)
    assert {name: found[name].tolist() for name in found} == {
        name: (PATH * (k + 1)).tolist() for name, k in values.items()
    }


def test_columns_that_are_asked_for_with_dates_of_their_own(tmp_path):
    """Each is looked for among all markets side by side."""
    table = PATH.rename_axis("Date").rename("A").reset_index()
    pd.concat([table, table.rename(columns={"A": "B"})], axis=1).to_csv(tmp_path / "mine.csv", index=False)
    assert list(read_prices(tmp_path / "mine.csv", column=["A", "B"])) == ["A", "B"]
    with pytest.raises(InputError, match="no column of figures Z; it has: A"):
        read_prices(tmp_path / "mine.csv", column=["A", "Z"])


def test_units_below_the_headings_of_a_file(tmp_path):
    """The currency of a price is no market beside a volume in tonnes."""
    body = PATH.to_frame().assign(volume=1e6).to_csv(header=False)
    (tmp_path / "gazp.csv").write_text(f"Date,Close,Volume\n,RUB,tonnes\n{body}")
    assert list(read_prices(tmp_path / "gazp.csv")) == ["gazp"]


@pytest.mark.parametrize(
    ("heads", "markets"),
    [
        *((f"{field} {ruble}{beside}", {ruble: -1, **others})
          for field in ("Close", "Adj Close", "Bid") for ruble in ("Ruble", "usdrub")
          for beside, others in {"": {}, ",Volume": {}, ",imoex": {"imoex": 1}, ",Brent Close": {"Brent": 1}}.items()),
        ("Brent,Volume Ruble", {"Brent": 1}),
        *((f"ruble,brent,{field} Gazprom", {"ruble": -1, "brent": 1})
          for field in ("Dividends", "Turnover", "Flags", "Market Cap", "Volume")),
        ("Close,Volume Traded", {"mine": 1}), ("Close,Open Position", {"mine": 1}),
    ],
)  # fmt: skip
def test_what_stands_behind_a_field_is_its_market(heads, markets, tmp_path):
    """Only a price before a capitalised name that nobody knows, and no price alone beside it, may be a company."""
    frame = pd.DataFrame({name: PATH + k for k, name in enumerate(heads.split(","))}).rename_axis("Date")
    frame.to_csv(tmp_path / "mine.csv")
    for source in (tmp_path / "mine.csv", frame):
        found = identify(read_prices(source))
        assert {name.replace("price", "mine"): one.orientation for name, one in found.items()} == markets


def test_the_line_says_closes_of_a_heading_before_a_market(tmp_path):
    """What was read is called by its field, as the header as a whole says it."""
    frame = pd.DataFrame({"Close Nord": PATH, "Volume Nord": PATH * 1e6})
    frame.to_csv(tmp_path / "mine.csv", index_label="Date")
    assert "closes of Nord" in read_prices(tmp_path / "mine.csv").attrs["read"]


def test_which_of_two_columns_names_the_market_is_asked(tmp_path):
    """Where two columns of unknown headings tell rows apart, neither is chosen; either may be named."""
    rows = [("SBER", "RU", "RUB", 89.1), ("AAPL", "US", "USD", 178.2)]
    file = listed(tmp_path, ["date", "Aktie", "Land", "currency", "close"], rows)
    with pytest.raises(InputError, match=r"Aktie, Land may name the market of a row; say which with --map name=COLUMN"):
        read_prices(file)
    assert list(read_prices(file, map={"name": "Aktie"})) == ["SBER", "AAPL"]


def test_a_part_of_a_bar_that_is_asked_for_keeps_its_heading(tmp_path):
    """A ticker that reads like a low is named whole, and a low of EMB is not EMB."""
    for names in (["AAPL US Equity", "LOW US Equity"], ["EMB_Low", "Brent"]):
        pd.DataFrame({name: PATH + k for k, name in enumerate(names)}).to_csv(tmp_path / "two.csv", index_label="Date")
        assert list(read_prices(tmp_path / "two.csv", column=names)) == names


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "form", ["{} (RUB)", "{}, RUB", "{}_RUB", "{} RUB", "{} [RUB]", "{} in RUB", "{} (₽)", "{}, руб.", "{} (RUB/lot)"]
)
@pytest.mark.parametrize("fields", [["Close"], ["Close", "Volume"], ["Open", "High", "Low", "Close", "Volume"]])
def test_a_unit_behind_a_heading_is_no_market(form, fields, tmp_path):
    """The close of a share in rubles is that share's, as quoted, and never the ruble's, turned; its volume is none."""
    rows = {"Open": PATH, "High": PATH * 1.01, "Low": PATH * 0.99, "Close": PATH, "Volume": PATH * 0 + 1000}
    frame = pd.DataFrame({form.format(name): rows[name] for name in fields})
    frame.to_csv(tmp_path / "gazp.csv", index_label="Date")
    found = read_prices(tmp_path / "gazp.csv")
    assert list(found) == ["gazp"]
    assert identify(found)["gazp"].orientation == 1


@pytest.mark.parametrize("fields", [["Close"], ["Price"], ["Open", "High", "Low", "Close", "Volume"]])
def test_a_column_of_currencies_beside_a_price_is_its_unit(fields, tmp_path):
    """A share whose file says in a column that it is priced in rubles is not the ruble; a rate beside one is."""
    rows = {"Open": PATH, "High": PATH * 1.01, "Low": PATH * 0.99, "Volume": PATH * 0 + 1000}
    frame = pd.DataFrame({name: rows.get(name, PATH) for name in fields}).assign(Currency="RUB")
    frame.to_csv(tmp_path / "gazp.csv", index_label="Date")
    found = read_prices(tmp_path / "gazp.csv")
    assert list(found) == ["gazp"]
    assert identify(found)["gazp"].orientation == 1
    assert "prices in RUB" in found.attrs["read"]
    frame.loc[PATH.index[70:], "Currency"] = "USD"
    frame.to_csv(tmp_path / "gazp.csv", index_label="Date")
    with pytest.raises(InputError, match=r"column Currency: prices in RUB and USD.*--map name=Currency"):
        read_prices(tmp_path / "gazp.csv")
    pd.DataFrame({"Rate": PATH, "Currency": "RUB"}).to_csv(tmp_path / "gazp.csv", index_label="Date")
    assert identify(read_prices(tmp_path / "gazp.csv"))["RUB"].orientation == -1


def test_one_price_in_two_units_is_refused_with_the_option(tmp_path):
    """Of a close in dollars and one in rubles neither is chosen; each may be named."""
    frame = pd.DataFrame({"Close (USD)": PATH, "Close (RUB)": PATH * 75})
    frame.to_csv(tmp_path / "mine.csv", index_label="Date")
    with pytest.raises(InputError, match="may both be the close; name one with --column"):
        read_prices(tmp_path / "mine.csv")
    one = read_prices(tmp_path / "mine.csv", column="Close (RUB)")
    assert held(one / 75, PATH)


@pytest.mark.parametrize("names", [["SULGEMINE", "LOW", "HIGH"], ["Sulgemine", "Low"]])
def test_fields_without_a_close_are_not_tickers(names, tmp_path):
    """What may be the high and the low of a bar whose close is called otherwise is refused, with the option."""
    frame = pd.DataFrame({name: PATH + k for k, name in enumerate(names)})
    frame.to_csv(tmp_path / "mine.csv", index_label="DATE")
    with pytest.raises(InputError, match="--column"):
        read_prices(tmp_path / "mine.csv")


def test_markets_that_lie_between_two_others_are_markets(tmp_path):
    """Four markets of which one is always the highest and one the lowest are no bar."""
    walks = np.exp(np.cumsum(np.random.default_rng(5).normal(0, 0.01, (150, 2)), axis=0))
    frame = pd.DataFrame(
        {"a": walks[:, 0], "b": walks[:, 1], "least": walks.min(axis=1) / 1.1, "most": walks.max(axis=1) * 1.1}
    )
    frame.set_axis(PATH.index).mul(75).round(4).to_csv(tmp_path / "four.csv", index_label="Date")
    assert list(read_prices(tmp_path / "four.csv"))[:2] == ["a", "b"]


def test_a_live_quote_after_the_close_is_one_row_too_many(tmp_path):
    """A last row of the same day at another hour is refused with both remedies."""
    rows = [[f"{day:%Y-%m-%d} 00:00:00-05:00", value] for day, value in PATH.items()]
    rows.append([rows[-1][0].replace("00:00:00", "16:00:01"), 99.0])
    told = outcome(CORPUS.Layout(CORPUS.table([["Date", "Close"], *rows])), PATH, tmp_path)
    assert "leave one of the rows out, or say that they are bars: --data-kind" in told


def test_weekends_at_fridays_price_are_told(tmp_path):
    """Figures filled over weekends make windows count days without a market."""
    PATH.asfreq("D").ffill().to_csv(tmp_path / "filled.csv", index_label="Date")
    assert any("Saturdays" in line for line in read_prices(tmp_path / "filled.csv").attrs["warnings"])


@pytest.mark.parametrize(
    ("begin", "told"),
    [(b"\x1f\x8b\x08\0", "cannot be unpacked"), (b'{"Meta Data": {}}', "its rows must be a list of tables"),
     (b'{"a": [{"date": "2022-01-03", "x": 1}], "b": [{"date": "2022-01-03", "x": 2}]}', "2 lists of rows with dates"),
     (b'{"date": "2022-01-03", }', "not readable JSON"), (b"<table><tr><td>1</td></tr></table>", "a web page"),
     (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", r"old Excel|not a readable Excel")],
)  # fmt: skip
def test_files_that_are_no_tables_are_named(begin, told, tmp_path):
    """A damaged archive, broken or foreign JSON, a page and an old workbook are called what they are."""
    (tmp_path / "mine.csv").write_bytes(begin)
    with pytest.raises(InputError, match=told):
        read_prices(tmp_path / "mine.csv")


@pytest.mark.parametrize(
    "names", [("ruble.csv", "x1.csv"), pytest.param(("RUB=X.csv", "brent.csv", "x1.csv"), marks=pytest.mark.slow)]
)
def test_the_name_of_a_file_changes_no_number(tmp_path, names):
    """The same file under a market's name and under any other gives the same figures and the same sign."""
    found = []
    for name in names:
        (tmp_path / name).write_bytes(layouts()["yahoo site"].content)
        (tmp_path / "event.csv").write_text("time,stance\n2022-03-03,raise\n")
        found.append(car(tmp_path, name, capture=False))
    assert len({round(value, 12) for value in found}) == 1


def car(folder, prices, *words, capture=True):
    """Return the CAR of the one event over 0:0 through the command, in log returns."""
    out = folder / "out"
    returns = [] if "volumes" in words else ["--returns", "log"]
    command = ["run", "--events", str(folder / "event.csv"), "--prices", str(folder / prices), "--window", "0:0"]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--out", str(out), "--quiet", "--tests", "none", *returns, *words])
    assert ended.value.code == 0
    table = pd.read_csv(out / "car.csv")
    return float(table["car"].iloc[0]) if not capture else dict(zip(table["series"], table["car"], strict=True))


# --- what people reported, written anew ----------------------------------------------------------------------------

DAY = "2022-01-27"
OF_THE_WALK = (324, "2021-01-04")
WALK = CORPUS.price_path(*OF_THE_WALK)
#: The estimation window is 120 sessions, from the 130th to the 11th before the event's.
AT = WALK.index.get_loc(DAY)
RETURNS = np.log(WALK).diff()
CAR = RETURNS.iloc[AT] - RETURNS.iloc[AT - 130 : AT - 10].mean()


@pytest.fixture
def study(tmp_path):
    """Return a function that writes a price file and gives the CAR of an event of 27 January 2022."""
    (tmp_path / "event.csv").write_text(f"time,stance,headline\n{DAY},raise,Big news\n")

    def run(content, *words, name="mine.csv"):
        (tmp_path / name).write_bytes(content)
        return car(tmp_path, name, *words)

    return run


def bars_of(path, form="{:%Y-%m-%d}".format, names=("date", "open", "high", "low", "close", "volume")):
    """Write bars of a path."""
    return CORPUS.table([names, *CORPUS.ohlcv(path, form)])


def test_fields_of_one_market_are_one_market(study):
    """Open, high, low, close and volume are one market, and its close is studied."""
    assert study(bars_of(WALK)) == pytest.approx({"mine": CAR})


def test_labels_in_utc_are_dates_of_the_market(study):
    """Daily bars of Berlin labelled 23:00 or 22:00 of the evening before keep their session."""
    berlin = WALK.tz_localize("Europe/Berlin").tz_convert("UTC")
    for zone in (berlin, berlin.tz_convert(None)):
        text = CORPUS.table([["Date", "Close"], *([str(at), v] for at, v in zone.items())])
        assert study(text, name="^GDAXI.csv") == pytest.approx({"^GDAXI": CAR})


def test_the_same_labels_in_a_frame():
    """A frame in UTC, its naive copy, and one with tickers over fields, have the sessions of the market too."""
    berlin = WALK.to_frame("Close").tz_localize("Europe/Berlin").tz_convert("UTC")
    for frame in (berlin, berlin.tz_convert(None), pd.concat({"^GDAXI": berlin}, axis=1)):
        assert held(read_prices(frame), WALK)


def test_volumes_are_volumes(study):
    """Of a file with prices and volumes the volumes are studied where they are asked for."""
    volumes = np.exp(np.random.default_rng(1).normal(8, 0.2, len(WALK))).round()
    rows = [[f"{d:%Y-%m-%d}", v, v, v, v, n] for (d, v), n in zip(WALK.items(), volumes, strict=True)]
    content = CORPUS.table([["Date", "Open", "High", "Low", "Close", "Volume"], *rows])
    logs = np.log(volumes)
    expected = logs[AT] - logs[AT - 130 : AT - 10].mean()
    assert study(content, "--data-kind", "volumes", name="EEM.csv") == pytest.approx({"EEM": expected})


def test_a_column_nobody_asked_for_stops_nothing(study):
    """Another column may be negative or no number at all; the column asked for is studied."""
    rows = [[f"{d:%Y-%m-%d}", v, v, "x" if k == 7 else v] for k, (d, v) in enumerate(WALK.items())]
    rows[200][1] = -36.98
    content = CORPUS.table([["date", "wti", "brent", "torn"], *rows])
    assert study(content, "--series", "brent") == pytest.approx({"brent": CAR})
    found = study(content, "--series", "wti,brent")
    assert found["brent"] == pytest.approx(CAR)
    assert np.isfinite(found["wti"])


def test_a_torn_column_that_is_asked_for_is_refused(study, capsys):
    """Asked for, or where nothing is asked for by name, the cell is named."""
    rows = [[f"{d:%Y-%m-%d}", v, "x" if k == 7 else v] for k, (d, v) in enumerate(WALK.items())]
    with pytest.raises(AssertionError):
        study(CORPUS.table([["date", "brent", "torn"], *rows]), "--series", "torn")
    assert "mine.csv, row 9, column torn: 'x' is not a number" in capsys.readouterr().err


def test_returns_are_not_prices(study, capsys):
    """Returns given as prices are refused with the option that says so; with it they are studied."""
    rows = [[f"{d:%Y-%m-%d}", f"{r:.8f}"] for d, r in RETURNS.dropna().items()]
    content = CORPUS.table([["date", "AAPL"], *rows])
    with pytest.raises(AssertionError):
        study(content)
    assert "these look like returns: --data-kind returns" in capsys.readouterr().err
    assert study(content, "--data-kind", "returns") == pytest.approx({"AAPL": CAR}, abs=1e-7)


def test_columns_that_are_asked_for(tmp_path):
    """One field asked for is the market's price; several are several."""
    (tmp_path / "mine.csv").write_bytes(bars_of(WALK))
    one = read_prices(tmp_path / "mine.csv", column="open")
    assert list(one) == ["mine"]
    assert one["mine"].iloc[0] == pytest.approx(WALK.iloc[0] * 0.999, abs=6e-5)
    several = read_prices(tmp_path / "mine.csv", column=["open", "close"])
    assert list(several) == ["open", "close"]
    assert several["close"].iloc[0] == WALK.iloc[0]


def test_returns_with_a_per_cent_sign(study):
    """Per-cent signs are obeyed."""
    rows = [[f"{d:%Y-%m-%d}", f"{100 * r:.6f}%"] for d, r in RETURNS.dropna().items()]
    content = CORPUS.table([["date", "AAPL"], *rows])
    assert study(content, "--data-kind", "returns") == pytest.approx({"AAPL": CAR}, abs=1e-7)


@pytest.mark.one_in(3)
@pytest.mark.parametrize("column", ["USDRUB=X", "RUB=X", "usdrub", "USD/RUB", "ruble"])
def test_any_name_of_the_ruble(column, study):
    """A column under any name of USD/RUB is the ruble, whose gain is the fall of the quote."""
    content = CORPUS.table([["Date", column], *([f"{d:%Y-%m-%d}", v] for d, v in WALK.items())])
    assert study(content, "--series", "ruble") == pytest.approx({column: -CAR})


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", ["fred", "investing en", "moex export", "yfinance new"])
def test_downloads_through_the_command(name, tmp_path):
    """Downloads of vendors give the CAR of the path they hold."""
    (tmp_path / "event.csv").write_text(f"time,stance\n{DAY},raise\n")
    (tmp_path / "mine.csv").write_bytes(layouts(*OF_THE_WALK)[name].content)
    (found,) = car(tmp_path, "mine.csv").values()
    assert found == pytest.approx(CAR, abs=5e-4)  # a calendar that is known drops weekdays that are its holidays


def test_an_event_about_a_ticker_meets_its_column(tmp_path):
    """The event about EMB meets the column EMB of a yfinance file."""
    (tmp_path / "event.csv").write_text(f"time,stance,series\n{DAY},raise,EMB\n")
    (tmp_path / "mine.csv").write_bytes(layouts(*OF_THE_WALK)["yfinance new"].content)
    assert car(tmp_path, "mine.csv") == pytest.approx({"EMB": CAR}, abs=5e-4)  # holidays of New York are dropped


def test_figures_by_month_are_called_so(tmp_path):
    """The line that says what a file was taken for says that its figures are monthly."""
    months = pd.date_range("2008-01-01", periods=60, freq="MS")
    content = CORPUS.table([["Date", "SP500"], *([f"{d:%Y-%m-%d}", 100 + k % 7] for k, d in enumerate(months))])
    (tmp_path / "mine.csv").write_bytes(content)
    assert "60 monthly prices" in read_prices(tmp_path / "mine.csv").attrs["read"]


def test_the_line_that_says_what_was_read(tmp_path):
    """Source, number and spacing of rows, dates, column and what settled the order of day and month."""
    (tmp_path / "gazp.csv").write_bytes(layouts()["investing en, uk dates"].content)
    read = read_prices(tmp_path / "gazp.csv")
    assert read.attrs["read"] == (
        "gazp.csv: 150 daily closes of gazp 2021-09-01 .. 2022-03-29, column Price of 5, dates day first "
        "('29/03/2022' settles it)"
    )
    assert json.loads(json.dumps(read.attrs)) == read.attrs
    assert read.attrs["layout"] == {"gazp": "file"}


DAYS = [f"{day:%Y-%m-%d}" for day in PATH.index]
SHOWN = [f"{price:.4f}" for price in PATH]


@pytest.mark.parametrize(
    ("heads", "rows"),
    {
        "an adjusted close beside a close, of any unit": (
            ("Date", "Adjusted Closing Price (0.01 NIS)", "Closing Price (0.01 NIS)"),
            [DAYS, [f"{price - 2:.4f}" for price in PATH], SHOWN],
        ),
        "Arabic figures": (
            ("التاريخ", "الإغلاق"),
            [DAYS, [one.translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")) for one in SHOWN]],
        ),
        "full-width figures": (
            ("日付", "終値"),
            [DAYS, [one.translate(str.maketrans("0123456789.", "０１２３４５６７８９．")) for one in SHOWN]],
        ),
        "a statistical office's empty flags": (
            ("freq", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG", "CONF_STATUS"),
            [["D"] * len(PATH), DAYS, SHOWN, [""] * len(PATH), [""] * len(PATH)],
        ),
        "Chinese fields with their units": (
            ("日期", "开盘价(元)", "收盘价(元)", "成交额(百万)"),
            [DAYS, [f"{price + 1:.4f}" for price in PATH], SHOWN, SHOWN],
        ),
    }.values(),
)
def test_one_market_in_the_fields_and_figures_of_other_countries(heads, rows, tmp_path):
    """Such files hold one market, its close."""
    (tmp_path / "mine.csv").write_bytes(CORPUS.table([heads, *zip(*rows, strict=True)]))
    found = read_prices(tmp_path / "mine.csv")
    assert list(found) == ["mine"]
    assert held(found, PATH)


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d-%b-%y", "%y%m%d"])
@pytest.mark.parametrize("year", [1955, 2064])
def test_a_year_of_two_digits_far_ahead_is_refused(form, year, tmp_path):
    """The year '55 of an old series, or '64 of the Buddhist calendar, is not taken for one to come."""
    rows = [[pd.Timestamp(year, 9, day).strftime(form), 70 + day] for day in range(1, 29)]
    (tmp_path / "mine.csv").write_bytes(CORPUS.table([["Date", "Close"], *rows]))
    with pytest.raises(InputError, match=r"row 2, .* may be of 20\d\d or 19\d\d; write years with four digits"):
        read_prices(tmp_path / "mine.csv")


@pytest.fixture
def workbook():
    """Return an open workbook of the prices, below a title and a year over two columns."""
    book = pytest.importorskip("openpyxl").Workbook()
    for row in [("Prices of mine",), (2022,), ("Date", "Close", "High"), *((d, p, p + 1) for d, p in PATH.items())]:
        book.active.append(row)
    for cells in ("A1:C1", "A2:B2"):
        book.active.merge_cells(cells)
    return book


@pytest.mark.parametrize(
    ("cell", "said"), [("XFD9", "x"), pytest.param("A1048576", "Source: mine", marks=pytest.mark.slow)]
)
def test_a_cell_far_out_costs_no_cells_between(tmp_path, workbook, cell, said):
    """A word in the last column or row of a sheet is read past in seconds, where a dense sheet took half a minute."""
    workbook.active[cell] = said
    workbook.save(tmp_path / "mine.xlsx")
    begin = time.process_time()
    assert held(read_prices(tmp_path / "mine.xlsx", column="Close"), PATH)
    assert time.process_time() - begin < 10


def test_figures_that_a_spreadsheet_lost_are_named(tmp_path, workbook):
    """A formula that failed is missing, and so is one whose value is an empty text: both are said."""
    workbook.active["B9"], workbook.active["B12"] = "#DIV/0!", '=IF(C12="","",C12-1)'
    workbook.save(tmp_path / "mine.xlsx")
    found = read_prices(tmp_path / "mine.xlsx")
    assert found.iloc[:, 0].isna().to_numpy().nonzero()[0].tolist() == [5, 8]
    said = found.attrs["read"]
    assert "failed formulas read as missing: 1, first row 9 (#DIV/0!)" in said
    assert "formulas whose value is an empty text, read as empty: B12" in said
    workbook.active["B12"] = "=C12-1"
    workbook.save(tmp_path / "mine.xlsx")
    with pytest.raises(InputError, match=r"mine\.xlsx: cell B12 has a formula without its value"):
        read_prices(tmp_path / "mine.xlsx")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('r="B9"', 'r="B12"', "cell B12 stands in row 9"),
        ('r="B9"', 'r="B999"', "cell B999 stands in row 9"),
        ('r="C9"', 'r="B9"', "cell B9 stands in row 9 twice"),
    ],
)
def test_a_cell_in_another_place_than_it_says_is_refused(tmp_path, workbook, old, new, said):
    """One of two figures of a cell would be lost, and the other would stand beside another day."""
    workbook.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "mine.xlsx", "w") as mine:
        for part in whole.namelist():
            mine.writestr(part, whole.read(part).replace(old.encode(), new.encode()))
    with pytest.raises(InputError, match=rf"mine\.xlsx: {said}; open it"):
        read_prices(tmp_path / "mine.xlsx")


def test_a_date_that_is_none_is_one_line(tmp_path, workbook):
    """A number beyond all dates that is formatted as one is refused by its row; no library warns beside it."""
    workbook.active["A9"] = 99_999_999
    workbook.active["A9"].number_format = "yyyy-mm-dd"
    workbook.save(tmp_path / "mine.xlsx")
    with pytest.raises(InputError, match=r"mine\.xlsx, row 9, column Date: no date"):
        read_prices(tmp_path / "mine.xlsx")


@pytest.mark.parametrize("cells", ["B5:B6", "B7:C7", "B9:C10"])
@pytest.mark.parametrize("kind", [float, str])
def test_one_figure_in_merged_cells_is_refused(tmp_path, workbook, cells, kind):
    """It is the figure of the first of them alone, and the others would read as missing."""
    first = workbook.active[cells.partition(":")[0]]
    first.value = kind(first.value)
    workbook.active.merge_cells(cells)
    workbook.save(tmp_path / "mine.xlsx")
    with pytest.raises(InputError, match=rf"mine\.xlsx: one figure in the merged cells {cells}, of which"):
        read_prices(tmp_path / "mine.xlsx")


def test_what_a_workbook_hides_is_read_and_said(tmp_path, workbook):
    """Hidden rows and columns belong to the table as all others do; those beyond it are nobody's."""
    sheet = workbook.active
    for row in (5, 6, 9999):
        sheet.row_dimensions[row].hidden = True
    for column in ("C", "Z"):
        sheet.column_dimensions[column].hidden = True
    workbook.save(tmp_path / "mine.xlsx")
    found = read_prices(tmp_path / "mine.xlsx")
    assert held(found, PATH)
    assert "read though hidden: rows 5, 6 and columns C" in found.attrs["read"]
    events = read_events(tmp_path / "mine.xlsx")
    assert any(note.endswith("read though hidden: rows 5, 6 and columns C") for note in events.attrs["notes"])


@pytest.mark.parametrize("several", [[99.2], [99.2, 99.3], np.array([99.2])])
def test_a_list_of_figures_is_no_figure(several):
    """A cell that holds a list of figures is refused, of one figure too."""
    frame = pd.DataFrame({"date": DAYS[:3], "close": pd.Series([several] * 3, dtype=object)})
    with pytest.raises(InputError, match=r"column close: '\[99.2.*is not a number"):
        read_prices(frame)
    with pytest.raises(InputError, match=r"column close: '\[99.2.*is not a number"):
        read_prices(
            pd.concat([frame.assign(locked=0)] * 9).assign(date=DAYS[:27])
        )  # a still column is no price beside it


@pytest.mark.parametrize("row", [",USD/bbl,$/MMBtu", "Unit,USD/bbl,EUR", ",USD,USD"])
def test_a_row_of_units_is_no_part_of_a_name(row, tmp_path):
    """Markets are called as the headings above their units say, and so are known."""
    days = "".join(f"{day},{price},{price}\n" for day, price in zip(DAYS, SHOWN, strict=True))
    (tmp_path / "mine.csv").write_text(f"Date,brent,henry-hub\n{row}\n{days}", encoding="utf-8")
    assert list(read_prices(tmp_path / "mine.csv")) == ["brent", "henry-hub"]


@pytest.mark.parametrize("month", ["{0.month}", "{0.month:02d}", "{0:%B}"])
def test_a_year_and_a_month_are_a_date(month, tmp_path):
    """Monthly figures have no column of days, and are of each month's last."""
    months = pd.date_range("2012-01-01", periods=len(PATH), freq="MS")
    rows = [[day.year, month.format(day), price] for day, price in zip(months, SHOWN, strict=True)]
    (tmp_path / "mine.csv").write_bytes(CORPUS.table([["Year", "Month", "Price"], *rows]))
    found = read_prices(tmp_path / "mine.csv")
    assert held(found, PATH.set_axis(months + pd.offsets.MonthEnd()))
    assert "monthly" in found.attrs["read"]


PTAX = [("03012022", "5,6303"), ("04012022", "5,6757"), ("31012022", "5,3568")]


def test_rows_of_a_central_bank_without_a_header(tmp_path):
    """Figures above figures are no header; what the columns hold says which are the dates and the price."""
    file, rows = tmp_path / "ptax.csv", (f"{day};220;A;USD;{bid};{bid}9;1,0;1,0\n" for day, bid in PTAX)
    file.write_text("".join(rows), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"no date column; .*column 1 '03012022', column 2 '220', column 3 'A', column"
    ):
        read_prices(file)
    with pytest.raises(InputError, match=r"has no header, and figures in column 2, column 5, .*name one with --column"):
        read_prices(file, map={"date": "column 1"})
    found = read_prices(file, map={"date": "column 1"}, column="column 5")
    assert found.index.strftime("%d%m%Y").tolist() == [day for day, _ in PTAX]
    assert found.iloc[:, 0].tolist() == [5.6303, 5.6757, 5.3568]


WIDE = PATH.rename("mine").rename_axis("date")
LINES = [["TQBR", day, "MINE", price] for day, price in zip(DAYS, PATH.round(4), strict=True)]
FORMS = {
    "an answer within an answer": json.dumps(
        {
            "response": {"total": "150", "data": [{"period": d, "value": p} for d, p in zip(DAYS, SHOWN, strict=True)]},
            "request": {"facets": {"series": ["RWTC"]}, "sort": [{"column": "period"}]},
        }
    ),
    "columns apart from rows": json.dumps(
        {
            "history": {
                "metadata": {"SECID": {"type": "string"}},
                "columns": ["BOARDID", "TRADEDATE", "SECID", "CLOSE"],
                "data": LINES,
            },
            "history.cursor": {"columns": ["INDEX", "TOTAL"], "data": [[0, 150]]},
        }
    ),
    "bars by day": json.dumps(
        {
            "Meta Data": {"2. Symbol": "MINE"},
            "Time Series (Daily)": {d: {"1. open": p, "4. close": p} for d, p in zip(DAYS, SHOWN, strict=True)},
        }
    ),
    "rates by day": json.dumps({"base": "EUR", "rates": {d: {"RUB": p} for d, p in zip(DAYS, SHOWN, strict=True)}}),
    "a price by day": json.dumps(dict(zip(DAYS, SHOWN, strict=True))),
    "pandas, split": WIDE.to_frame().set_axis(DAYS, axis=0).to_json(orient="split"),
    "pandas, by day": WIDE.to_frame().set_axis(DAYS, axis=0).to_json(orient="index"),
    "rows": json.dumps([{"date": d, "close": p, "volume": None} for d, p in zip(DAYS, PATH.round(4), strict=True)]),
    "rows that are lists, named by the first": json.dumps(
        [["date", "close"], *map(list, zip(DAYS, SHOWN, strict=True))], separators=(",", ":")
    ),
    "rows of texts": json.dumps([{"date": day, "close": price} for day, price in zip(DAYS, SHOWN, strict=True)]),
    "a line a row": "\n".join(json.dumps({"date": d, "close": p}) for d, p in zip(DAYS, SHOWN, strict=True)),
    "an answer": json.dumps({"status": "ok", "data": [{"date": d, "c": p} for d, p in zip(DAYS, SHOWN, strict=True)]}),
    "columns": json.dumps({"date": DAYS, "close": SHOWN}),
    "pandas, by column": WIDE.reset_index().to_json(date_format="iso"),
    "pandas, dates as labels": pd.DataFrame({"mine": WIDE, "b": WIDE + 1}).to_json(date_format="iso"),
    "pandas, counts as labels": WIDE.set_axis(WIDE.index.astype("int64"), axis=0).to_frame().to_json(),
    "pandas, rows": WIDE.reset_index().to_json(orient="records", date_format="iso"),
}


@pytest.mark.one_in(3)
@pytest.mark.parametrize("form", FORMS)
def test_prices_in_json_are_read_as_those_of_a_table(form, tmp_path):
    """Rows and columns of JSON go the way of all tables, and what is neither is refused."""
    (tmp_path / "mine.json").write_text(FORMS[form], encoding="utf-8")
    assert held(read_prices(tmp_path / "mine.json"), PATH)


def test_json_says_row_and_column(tmp_path):
    """A figure that is none is named by its row, as in any file."""
    (tmp_path / "mine.json").write_text(FORMS["columns"].replace(SHOWN[3], "x"), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.json, row 4, column close: 'x' is not a number"):
        read_prices(tmp_path / "mine.json")


def test_32nds_are_not_thousands(tmp_path):
    """A bond at 115 and 16.5 thirty-seconds is not 115,165; a Swiss index at 11,200 is what its apostrophe says."""
    file = tmp_path / "mine.csv"
    days = PATH.index[:6].strftime("%Y-%m-%d")
    for cells in (["115'165", "115'000", "114'312", "114'267", "115'020", "115'307"], ["115’165"] * 6):
        file.write_bytes(CORPUS.table([["Date", "Settle"], *zip(days, cells, strict=True)]))
        with pytest.raises(InputError, match=r"row 2, column Settle: '115.165' may be 115 and 16\.5/32, or 115165;"):
            read_prices(file)
        assert read_prices(file, decimal=".").iloc[0, 0] == 115165
    file.write_bytes(CORPUS.table([["Date", "Settle"], *zip(days, ["11'200", "11'482"] * 3, strict=True)]))
    assert read_prices(file)["mine"].tolist() == [11200, 11482] * 3


@pytest.mark.parametrize("short", ["          71.5", "71.4"])
def test_a_cell_that_blanks_alone_show_is_not_guessed(short, tmp_path):
    """Where columns are parted by blanks, an empty cell would move the figures behind it into the wrong columns."""
    rows = [f"{day:%Y-%m-%d}  {price:7.2f}  {price + 1:7.2f}" for day, price in PATH[:20].items()]
    rows[7] = f"2021-09-10  {short}"
    (tmp_path / "mine.txt").write_text("\n".join(["Date  a  b", *rows]), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.txt, row 9: 2 cells under a header of 3, parted by blanks alone"):
        read_prices(tmp_path / "mine.txt")


@pytest.mark.one_in(4)
@pytest.mark.parametrize("market", [{}, {"Commodity": "gas"}])
@pytest.mark.parametrize("heading", ["Unit", "Currency", "Units of measure"])
def test_a_market_that_changes_its_unit_is_refused(heading, market, tmp_path):
    """Dollars a barrel and then euros a tonne are two series, also where others stand below them with a unit."""
    units = ["USD/bbl"] * 70 + ["EUR/t"] * (len(PATH) - 70)
    frame = pd.DataFrame({"Date": PATH.index, **market, "Price": PATH.to_numpy(), heading: units})
    others = frame.assign(Commodity="coal", **{heading: "USD/t"})
    file = tmp_path / "mine.csv"
    for table in (frame, pd.concat([frame, others])) if market else (frame,):
        table.to_csv(file, index=False)
        with pytest.raises(InputError, match=rf"column {heading}: prices in USD/bbl and EUR/t"):
            read_prices(file)
    pd.concat([frame[:70], others] if market else [frame[:70]]).to_csv(file, index=False)
    assert read_prices(file, check=False).iloc[:70, 0].tolist() == PATH[:70].tolist()


@pytest.mark.parametrize(
    "form", ["{0.year} Q{0.quarter}", "Q{0.quarter} {0.year}", "Q{0.quarter}-{0.year}", "{0.year}Q{0.quarter}"]
)
def test_quarters_across(form, tmp_path):
    """A table whose headings are quarters is turned; a total below the markets is no market."""
    heads = [form.format(quarter) for quarter in pd.period_range("2012Q1", periods=40, freq="Q")]
    rows = [["Country", *heads], ["Russia", *PATH[:40]], ["Total", *PATH[:40] * 2]]
    (tmp_path / "mine.csv").write_bytes(CORPUS.table(rows))
    found = read_prices(tmp_path / "mine.csv", check=False)
    assert found["Russia"].tolist() == PATH[:40].tolist()
    assert list(found) == ["Russia"]
    assert found.index[[0, 1]].strftime("%Y-%m-%d").tolist() == ["2012-03-31", "2012-06-30"]


ENCODED = [
    "несколько месяцев",
    "разместили заём",
    "продавцев и танцев",
    "Verð í maður",
    "Größe für Käufe",
    "événement à Noël",
    "año más",
]


@pytest.mark.parametrize("said", ENCODED)
def test_text_of_another_language_is_not_taken_for_greek_or_turkish(said):
    """A letter or two of a word of one encoding are whole words in another."""
    encoding = "cp1251" if said[0] > "\u0400" else "cp1252"
    text = "time;headline\n" + "".join(f"2022-01-{k:02d};{said} {said}\n" for k in range(10, 20))
    assert events_of(text.encode(encoding))["headline"].tolist() == [f"{said} {said}"] * 10


@pytest.mark.parametrize("written", ["%Y-%m", "%b %Y", "%m/%Y", "%YM%m", "%Y%m"])
def test_a_month_is_dated_by_its_last_day(written):
    """A figure of October is known when October is over, as that of a period of pandas is."""
    months = pd.period_range("2019-01", periods=24, freq="M", name="Date")
    values = np.linspace(100, 123, 24)
    table = pd.DataFrame({"Date": months.strftime(written), "Close": values})
    right = read_prices(pd.DataFrame({"Close": values}, index=months))
    assert list(read_prices(table).index) == list(right.index)
    assert list(read_prices(table, time_format=written).index) == list(right.index)
    assert right.index[1] == pd.Timestamp("2019-02-28")


@pytest.mark.parametrize("written", ["{0.year}Q{0.quarter}", "Q{0.quarter} {0.year}", "{0.year}-Q{0.quarter}"])
def test_a_quarter_is_dated_by_its_last_day(written):
    """So is a quarter."""
    quarters = pd.period_range("2001Q1", periods=24, freq="Q")
    table = pd.DataFrame({"Date": [written.format(one) for one in quarters], "Close": np.linspace(100, 123, 24)})
    assert list(read_prices(table).index[:2]) == [pd.Timestamp("2001-03-31"), pd.Timestamp("2001-06-30")]


def test_a_week_is_dated_by_its_last_day():
    """So is a week by its number; one with its day is that day."""
    weeks = pd.date_range("2021-11-07", periods=24, freq="W")
    values = np.linspace(100, 123, 24)
    for form in ("%G-W%V", "%GW%V"):
        table = pd.DataFrame({"Week": weeks.strftime(form), "Close": values})
        assert list(read_prices(table).index) == list(weeks)
    table = pd.DataFrame({"Date": (weeks - pd.Timedelta(days=2)).strftime("%G-W%V-%u"), "Close": values})
    assert list(read_prices(table).index) == list(weeks - pd.Timedelta(days=2))


def test_a_name_that_ends_in_brackets_keeps_them(tmp_path):
    """Of two levels the lower may end with a bracket, and is no tuple."""
    heads = [["data", "1USD", "100JPY"], ["", "dolar (USA)", "jen (Japonia)"]]
    rows = [[f"{day:%Y%m%d}", 4 + k, 3 + k] for k, day in enumerate(PATH.index[:9])]
    (tmp_path / "mine.csv").write_bytes(CORPUS.table([*heads, *rows], ";"))
    assert list(read_prices(tmp_path / "mine.csv")) == ["1USD|dolar (USA)", "100JPY|jen (Japonia)"]


def test_what_is_said_of_markets_below_their_names_is_told(tmp_path):
    """Rows of identifiers and currencies are no part of the names above them."""
    (tmp_path / "mine.csv").write_bytes(CORPUS.layouts(PATH)["currencies and exchanges below the names"].content)
    found = read_prices(tmp_path / "mine.csv")
    assert list(found) == ["Mine", "Other"]
    assert "row 3 below the headings left out: 'Exchange, Moscow, Paris'" in found.attrs["read"]


def test_a_decimal_point_and_a_decimal_comma_are_not_settled_by_an_option(tmp_path):
    """No sign makes numbers of both cells, so that none is offered."""
    (tmp_path / "mine.csv").write_text("Date;X\n2022-06-01;89,13\n2022-06-02;87.73\n")
    with pytest.raises(InputError, match=r"'87\.73' has a decimal point, .*'89,13' a decimal comma; write all alike"):
        read_prices(tmp_path / "mine.csv")


def under_two_levels(columns):
    """Return a frame of sixty sessions under headings of two levels."""
    values = np.linspace(100, 110, 60)[:, None] + np.arange(len(columns))
    return pd.DataFrame(values, pd.bdate_range("2021-01-04", periods=60), pd.MultiIndex.from_tuples(columns))


BAR = ("Open", "High", "Low", "Close", "Volume")


@pytest.mark.parametrize("first", [True, False])
def test_a_name_with_a_unit_in_it_is_whole_in_either_order_of_levels(first):
    """`EUR/USD` and `Moscow shares` are no fields in US dollars or in shares."""
    markets = ["EUR/USD", "Moscow shares"]
    columns = [(field, name) if first else (name, field) for name in markets for field in BAR]
    assert list(read_prices(under_two_levels(columns))) == markets


def test_units_of_one_market_need_not_all_be_known():
    """Where each field stands once there is one market, and `%` under one of them makes no other of the currency."""
    found = read_prices(under_two_levels([("Close", "RUB"), ("High", "%"), ("Volume", "lots")]))
    assert list(found) == ["price"]
    assert identify(list(found), layout=found.attrs["layout"])["price"].orientation == 1


@pytest.mark.parametrize(("name", "sign"), [("USDRUB", -1), ("S&P 500", 1), ("brent", 1)])
def test_what_is_no_symbol_of_yahoos_keeps_its_name_beside_one_that_is(name, sign):
    """A pair of currencies of six letters, or a name with a blank, can be no share's."""
    found = read_prices(under_two_levels([(field, one) for field in BAR for one in (name, "BZ=F")]))
    one = identify(list(found), layout=found.attrs["layout"])[name]
    assert (one.orientation, one.stamp.known or sign < 0) == (sign, True)


def test_one_market_of_some_fields_is_not_two(tmp_path):
    """A unit behind each field of a market is none of its name, whatever market stands beside it."""
    heads = ["Adj Close_USD", "Price_USD", "High_USD", "Adj Close_Ruble", "High_Ruble"]
    pd.DataFrame({head: PATH.to_numpy() for head in heads}, DAYS).to_csv(tmp_path / "mine.csv", index_label="Date")
    assert set(read_prices(tmp_path / "mine.csv", check=False)) == {"mine", "Ruble"}
