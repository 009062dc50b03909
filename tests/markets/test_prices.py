import datetime as dt
import decimal
import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy import DataMissingError, DesignError, EventStudyError, InputError, UnknownNameError, read_prices
from eventstudy.cli.main import main

DAYS = pd.DatetimeIndex(["2022-01-24", "2022-01-25", "2022-01-26"], dtype="datetime64[ns]", name="session")
PRICES = pd.DataFrame({"imoex": [3235.28, np.nan, 3357.66], "wti": [83.31, 85.6, -36.98]}, index=DAYS)
WIDE = "session,imoex,wti\n2022-01-24,3235.28,83.31\n2022-01-25,,85.6\n2022-01-26,3357.66,-36.98\n"
ONE_TOO_MANY = "; leave one of the rows out, or say which column names the market: --map name=COLUMN"
LONG = (
    "session,series,price\n2022-01-26,imoex,3357.66\n2022-01-24,imoex,3235.28\n"
    "2022-01-24,wti,83.31\n2022-01-25,wti,85.6\n2022-01-26,wti,-36.98\n"
)


def write(folder, text, name="mine.csv"):
    """Write a price file."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(work):
    """Return what is said of prices that are refused; it must be one line."""
    with pytest.raises(InputError) as caught:
        work()
    told = str(caught.value)
    assert "\n" not in told
    return told


# --- files that are understood -------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [WIDE, LONG, LONG.replace("2022-01-25,wti", "2022-01-25,imoex,\n2022-01-25,wti")])
def test_wide_and_long_files_are_one_table(tmp_path, text):
    """A column an instrument, or a row a price in any order: the same table, gaps and negative prices included."""
    assert_frame_equal(read_prices(write(tmp_path, text)), PRICES, check_freq=False)


@pytest.mark.one_in(4)
@pytest.mark.parametrize(
    "frame",
    [
        PRICES,
        PRICES.rename_axis(None),
        PRICES.reset_index(),
        PRICES.reset_index(names="Date"),
        PRICES.reset_index(names="date").astype({"date": str}),
        PRICES.set_index(DAYS.date).rename_axis("day").reset_index(),
        PRICES.reset_index().melt("session", var_name="series", value_name="price").dropna(),
        PRICES.reset_index().melt("session", var_name="series", value_name="price").assign(note="x"),
        PRICES.reset_index().melt("session", var_name="series", value_name="price").set_index("session"),
    ],
    ids=["index", "nameless", "session", "Date", "text", "dates", "long", "long-and-more", "long-by-session"],
)
@pytest.mark.parametrize("ending", [".parquet", ".pq"])
def test_parquet_is_the_same_table(tmp_path, frame, ending):
    """Parquet, wide or long, with dates in the index or in a column, as dates or as text, is the same table."""
    path = tmp_path / f"mine{ending}"
    frame.to_parquet(path)
    assert_frame_equal(read_prices(path), PRICES, check_names=False, check_freq=False)
    assert read_prices(path).index.name == "session"


@pytest.mark.parametrize("name", ["session", "date", "Date", "DAY", "time", "Datetime"])
def test_the_date_column_has_several_names(tmp_path, name):
    """The date column may be called session, date, day, time or datetime, and need not be the first."""
    lines = ["imoex," + name, "3235.28,2022-01-24", "3357.66,2022-01-26"]
    prices = read_prices(write(tmp_path, "\n".join(lines)))
    assert list(prices.columns) == ["imoex"]
    assert prices.index.strftime("%Y-%m-%d").tolist() == ["2022-01-24", "2022-01-26"]


@pytest.mark.parametrize("marker", ["", " ", "NA", "na", "NaN", "n/a", "NULL", "None", ".", "-"])
def test_a_missing_price_may_be_marked(tmp_path, marker):
    """Empty cells and the usual markers are missing prices, and missing prices stay missing."""
    prices = read_prices(write(tmp_path, f"date,wti\n2022-01-24,1.5\n2022-01-25,{marker}\n2022-01-26,2\n"))
    np.testing.assert_array_equal(prices["wti"], [1.5, np.nan, 2.0])


def test_midnight_is_a_date(tmp_path):
    """A timestamp at midnight, as many tools write dates, is that date."""
    prices = read_prices(write(tmp_path, "Date,wti\n2022-01-24 00:00:00,1\n2022-01-25,2\n"))
    assert prices.index.tolist() == DAYS[:2].tolist()


def test_blanks_and_a_byte_order_mark_do_not_matter(tmp_path):
    """Blanks around names, dates and prices are no part of them, nor is a byte order mark."""
    text = b"\xef\xbb\xbf" + b"session , wti \n 2022-01-24 , 83.31 \n"
    assert read_prices(write(tmp_path, text)).to_dict("list") == {"wti": [83.31]}


@settings(max_examples=settings.default.max_examples * 4 // 5)
@given(st.lists(st.decimals(-100_000, 100_000, places=6).map(float), min_size=1, max_size=20))
def test_a_price_is_read_to_its_last_bit(tmp_path_factory, values):
    """A price written with six decimals is the float nearest to what is written, wide or long."""
    folder = tmp_path_factory.mktemp("prices")
    days = pd.date_range("2022-01-03", periods=len(values)).strftime("%Y-%m-%d")
    wide = "session,a\n" + "".join(f"{day},{value!r}\n" for day, value in zip(days, values, strict=True))
    long = "session,series,price\n" + "".join(f"{day},a,{value!r}\n" for day, value in zip(days, values, strict=True))
    assert read_prices(write(folder, wide))["a"].tolist() == values
    assert read_prices(write(folder, long))["a"].tolist() == values


# --- files that are refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "mine.csv is empty"),
        ("date,wti\n", "mine.csv: there are no prices in it"),
        ("date\n2022-01-24\n", "mine.csv has no column of prices"),
        ("wti\n83.31\n", "mine.csv has no date column; name it with --map date=COLUMN (its columns: wti)"),
        (
            "date,wti\n2022-01-24,83.31\n2022-01-25,up\n",
            "mine.csv, row 3, column wti: 'up' is not a number; mend it, or leave the cell empty",
        ),
        (
            "date,wti\n2022-01-24,83,31\n",
            "mine.csv, row 2: 3 cells under a header of 2; quote a cell that has a comma in it",
        ),
        ("Date,wti\n2022-02-30,83.31\n", "mine.csv, row 2, column Date: '2022-02-30' is no day of the calendar"),
        (
            "date,wti\n2022-01-24,1\n,3\n2022-01-25,2\n",
            "mine.csv, row 3, column date: no date; write it, or leave the row out",
        ),
        (
            "date,wti\n2022-01-24,1\n2022-01-26,2\n2022-01-25,3\n",
            "mine.csv, row 4, column date: 2022-01-25 comes after 2022-01-26; sort the rows by date",
        ),
        (
            "date,wti\n2022-01-24,1\n2022-01-24,2\n",
            f"mine.csv, row 3, column date: 2022-01-24 appears twice, with 1 and 2{ONE_TOO_MANY}",
        ),
        (
            "date,wti\n2022-01-24 15:00:00,1\n2022-01-24 16:00:00,1\n",
            (
                "mine.csv, row 3, column date: a second clock on 2022-01-24; "
                "leave one of the rows out, or say that they are bars: "
                "--data-kind bars-start or bars-end (figures='bars' in Python)"
            ),
        ),
        (
            "date,wti\n9999-01-24,1\n",
            "mine.csv, row 2, column date: '9999-01-24': the year 9999 is outside 1700 .. 2200",
        ),
        ("date,wti,wti\n2022-01-24,1,2\n", "mine.csv has the column 'wti' twice; rename one"),
        (  # below the first day and the last, as a terminal writes them
            "From,2022-01-24,2022-01-25\ndate,wti,wti\n2022-01-24,1,2\n2022-01-25,2,3\n",
            "mine.csv has the column 'wti' twice; rename one",
        ),
        (
            b"date,wti\n2022-01-24,83\xa031\n",
            "mine.csv, row 2, column wti: '83\xa031' is not a number; mend it, or leave the cell empty",
        ),
        (
            LONG + "2022-01-24,wti,83.32\n",
            "mine.csv, row 7, column session, wti: 2022-01-24 appears twice, with 83.31 and 83.32"
            + ONE_TOO_MANY.partition(",")[0],
        ),
        (LONG + "2022-01-24,,83.32\n", "mine.csv, row 7, column series: empty; name the series of the price"),
        (
            LONG.replace("85.6", "x"),
            "mine.csv, row 5, column price: 'x' is not a number; mend it, or leave the cell empty",
        ),
    ],
)
def test_a_bad_price_file_is_one_clear_line(tmp_path, text, told):
    """What is wrong with a price file is said in one line that names file, row and column as a spreadsheet does."""
    assert refusal(lambda: read_prices(write(tmp_path, text))) == told


def test_two_prices_of_a_day_are_refused_in_parquet_too(tmp_path):
    """A long Parquet file with two prices of one series on one date names both."""
    path = tmp_path / "mine.parquet"
    pd.DataFrame({"session": DAYS[[0, 0]], "series": "wti", "price": [1.0, 2.0]}).to_parquet(path)
    assert (
        refusal(lambda: read_prices(path))
        == f"mine.parquet, row 3, column session: 2022-01-24 appears twice, with 1 and 2{ONE_TOO_MANY}"
    )


def test_bad_parquet_files_are_one_clear_line(tmp_path):
    """Text among the prices, no dates, and bytes that are no Parquet file are each refused in one line."""
    path = tmp_path / "mine.parquet"
    pd.DataFrame({"session": DAYS, "wti": ["1.5", "x", None]}).to_parquet(path)
    assert (
        refusal(lambda: read_prices(path))
        == "mine.parquet, row 3, column wti: 'x' is not a number; mend it, or leave the cell empty"
    )
    pd.DataFrame({"wti": [1.5]}).to_parquet(path)
    assert refusal(lambda: read_prices(path)) == (
        "mine.parquet has no date column; name it with --map date=COLUMN (its columns: wti)"
    )
    path.write_bytes(b"garbage")
    assert refusal(lambda: read_prices(path)).startswith("mine.parquet is not a readable Parquet file (")


def test_a_file_that_is_not_there_is_missing_data(tmp_path):
    """A path without a file is a DataMissingError that quotes it."""
    with pytest.raises(DataMissingError) as caught:
        read_prices(str(tmp_path / "none.csv"))
    assert str(caught.value) == f"no price file '{tmp_path / 'none.csv'}'"


# --- frames --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "index",
    [
        DAYS,
        DAYS.rename("Date"),
        DAYS.to_period("D"),
        DAYS.tz_localize("America/New_York"),
        DAYS.as_unit("s"),
        DAYS.date,
        DAYS.strftime("%Y-%m-%d"),
        [dt.datetime(2022, 1, day) for day in (24, 25, 26)],  # noqa: DTZ001  # as a naive index holds them
    ],
    ids=["plain", "named", "periods", "zoned", "seconds", "dates", "text", "datetimes"],
)
def test_every_index_of_dates_is_understood(index):
    """Dates in any of pandas' forms, with or without a zone or a name, become one plain index of sessions."""
    checked = read_prices(PRICES.set_axis(index, axis=0))
    assert_frame_equal(checked, PRICES, check_freq=False)
    assert checked.index.dtype == np.dtype("datetime64[ns]")


def test_every_kind_of_number_is_a_price():
    """Integers, nullable numbers, numbers as text and None become floats and NaN."""
    frame = pd.DataFrame(
        {
            1: [1, 2, 3],
            "nullable": pd.array([1.5, None, 2], dtype="Float64"),
            "objects": np.array([1.5, None, "2"], dtype=object),
        },
        index=DAYS,
    )
    checked = read_prices(frame)
    assert list(checked.columns) == ["1", "nullable", "objects"]
    assert set(checked.dtypes) == {np.dtype("float64")}
    np.testing.assert_array_equal(checked.to_numpy(), [[1, 1.5, 1.5], [2, np.nan, np.nan], [3, 2, 2]])


def test_reading_what_was_read_changes_nothing():
    """A frame that was read is returned equal, as a new frame."""
    once = read_prices(PRICES)
    assert_frame_equal(read_prices(once), once)
    once.iloc[0, 0] = -1.0
    assert PRICES.iloc[0, 0] == 3235.28


def test_a_frame_without_columns_is_refused_as_one_without_dates():
    """Labels alone are no prices; the message is that of any frame without dates."""
    with pytest.raises(InputError, match="prices has no date column; set_index the session dates"):
        read_prices(pd.DataFrame(index=[20210104, 20210105]))


def test_hundreds_of_series_are_no_trouble():
    """A wide frame is checked without a warning."""
    frame = pd.DataFrame(np.ones((3, 300)), index=DAYS)
    assert read_prices(frame).shape == (3, 300)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        (
            PRICES.reset_index(drop=True),
            "prices has no date column; set_index the session dates (its columns: imoex, wti)",
        ),
        (
            PRICES.set_axis(["x", "y", "z"]),
            "prices, x, column session: 'x' is not a date; write 2022-01-27, or give --time-format",
        ),
        (
            PRICES.set_axis(DAYS[[0, 1, 1]]),
            f"prices, 2022-01-25, column session: 2022-01-25 appears twice, with nan and 3357.66{ONE_TOO_MANY}",
        ),
        (
            PRICES.set_axis(DAYS[[0, 2, 1]]),
            "prices, 2022-01-25, column session: 2022-01-25 comes after 2022-01-26; sort the rows by date",
        ),
        (PRICES.set_axis(pd.DatetimeIndex([DAYS[0], None, DAYS[2]])), "prices, NaT, column session: no date"),
        (PRICES.set_axis(["a", "a"], axis=1), "the frame has the column 'a' twice"),
        (PRICES.set_axis(["1", 1], axis=1), "the frame has the column '1' twice"),
        (
            PRICES.assign(wti=["1", "x", "2"]),
            "prices, 2022-01-25, column wti: 'x' is not a number; mend it, or leave the cell empty",
        ),
        (PRICES.head(0), "prices: there are no prices in it"),
        (PRICES[[]], "prices has no column of prices"),
        (
            PRICES.set_axis((DAYS + pd.Timedelta("22h")).tz_localize("UTC")),
            ("prices, 2022-01-24 22:00+00:00, column session: a daily label at 22:00 may be the midnight of another "
             "time zone, and so of the day after; write the dates of the market's own zone"),
        ),
    ],
    ids=["numbers", "words", "twice", "order", "no-date", "columns", "column-text", "text", "no-rows", "no-columns",
         "midnights"],
)  # fmt: skip
def test_a_bad_frame_is_one_clear_line(frame, told):
    """What is wrong with a frame of prices is said in one line that names row, date or column."""
    assert refusal(lambda: read_prices(frame)) == told


@pytest.mark.parametrize(
    "frame",
    [
        PRICES[::-1],
        PRICES.set_axis(DAYS + pd.Timedelta("16h")),
        pd.concat({"Close": PRICES, "Open": PRICES + 1}, axis=1),
        pd.concat({"Open": PRICES + 1, "Close": PRICES}, axis=1).swaplevel(axis=1),
        PRICES.set_axis(pd.CategoricalIndex(DAYS.strftime("%Y-%m-%d"))),
    ],
    ids=["turned", "clocks", "levels", "swapped", "categories"],
)
def test_an_odd_frame_is_read_as_a_file_of_it_would_be(frame):
    """Rows from the last to the first, days with the clock of their close, fields of markets in levels."""
    assert_frame_equal(read_prices(frame), PRICES, check_freq=False)


def test_an_infinite_price_stops_nothing():
    """What it leaves missing is said of its own column, by the history; the other columns are read as ever."""
    checked = read_prices(PRICES.assign(wti=[1, -np.inf, 2]))
    assert checked["wti"].tolist() == [1, -np.inf, 2]


# --- odd files -----------------------------------------------------------------------------------------------------


SIDE_BY_SIDE = {
    "two dates": "Date,A,Date,B\n2021-01-04,1,2021-01-05,20\n2021-01-05,2,2021-01-06,30\n2021-01-06,3,,\n",
    "numbered": "Date,A,Date.1,B\n2021-01-04,1,2021-01-05,20\n2021-01-05,2,2021-01-06,30\n2021-01-06,3,,\n",
    "terminal": "A Index,,,B Index,\nDate,PX_LAST,,Date,PX_LAST\n04/01/2021,1,,05/01/2021,20\n"
    "05/01/2021,2,,06/01/2021,30\n13/01/2021,3,,,\n",
    "joined": "Date,A,B|Date,B|Close\n2021-01-04,1,2021-01-05,20\n2021-01-05,2,2021-01-06,30\n2021-01-06,3,,\n",
}


@pytest.mark.one_in(2)
@pytest.mark.parametrize("layout", SIDE_BY_SIDE)
def test_markets_side_by_side_with_dates_of_their_own(tmp_path, layout):
    """Each market's figures stand under its own dates, in a file and in a frame of the same cells."""
    options = {"time_format": "dmy"} if layout == "terminal" else {}
    found = read_prices(write(tmp_path, SIDE_BY_SIDE[layout]), **options)
    names = {name.split()[0]: name for name in found}
    assert found[names["A"]].dropna().tolist() == [1.0, 2.0, 3.0]
    assert found[names["B"]].dropna().to_dict() == {pd.Timestamp("2021-01-05"): 20.0, pd.Timestamp("2021-01-06"): 30.0}
    assert "2 markets side by side" in found.attrs["read"]
    if layout == "numbered":
        assert_frame_equal(read_prices(pd.read_csv(tmp_path / "mine.csv")), found)
        assert list(read_prices(tmp_path / "mine.csv", column="B")) == ["B"]


def test_markets_side_by_side_without_names_are_refused(tmp_path):
    """Two markets called alike are refused with the option that reads one, under its own dates."""
    path = write(tmp_path, "Date,Close,Date.1,Last\n2021-01-04,1,2021-01-05,20\n2021-01-05,2,2021-01-06,30\n")
    told = refusal(lambda: read_prices(path))
    assert "--map date='Date.1' --column 'Last'" in told
    one = read_prices(path, map={"date": "Date.1"}, column="Last")
    assert one.iloc[:, 0].to_dict() == {pd.Timestamp("2021-01-05"): 20.0, pd.Timestamp("2021-01-06"): 30.0}


def gross(n=60):
    """Return gross returns 1 + r on weekdays."""
    values = 1 + np.random.default_rng(3).normal(0.0005, 0.01, n)
    return pd.DataFrame({"mine": values}, index=pd.bdate_range("2021-01-04", periods=n, name="date"))


def test_gross_returns_are_no_prices(tmp_path):
    """Figures around 1 without memory are refused in a file, a frame and a study; prices around 1 are not."""
    gross().to_csv(tmp_path / "mine.csv")
    for source in (tmp_path / "mine.csv", gross()):
        told = refusal(lambda source=source: read_prices(source))
        assert "gross" in told
        assert ("figures='returns'" if isinstance(source, pd.DataFrame) else "--data-kind returns") in told
    assert "gross" in refusal(lambda: es.event_study(["2021-03-01"], gross()))
    near_one = gross().cumprod()
    assert_frame_equal(read_prices(near_one), near_one, check_freq=False, check_names=False, check_index_type=False)
    stable = 1 + (gross() - 1) / 10
    assert read_prices(stable).shape == (60, 1)


def test_true_and_false_are_no_prices(tmp_path):
    """A column of booleans is refused, wherever it comes from."""
    flags = gross() > 1
    flags.to_csv(tmp_path / "mine.csv")
    assert "True" in refusal(lambda: read_prices(tmp_path / "mine.csv"))
    assert "column mine: True is no figure" in refusal(lambda: read_prices(flags))


def split_file(tmp_path, ratio=1.5):
    """Write prices that are split on the 101st session; return the file, the prices without it, and the day."""
    walk = 100 * np.exp(np.random.default_rng(5).normal(0, 0.008, 160).cumsum())
    days = pd.bdate_range("2021-01-04", periods=160, name="date")
    broken = np.where(np.arange(160) < 100, walk, walk / ratio)
    pd.DataFrame({"mine": broken}, index=days).to_csv(tmp_path / "mine.csv")
    return tmp_path / "mine.csv", pd.Series(walk / ratio, index=days), f"{days[100]:%Y-%m-%d}"


def test_what_looks_wrong_is_said_in_python(tmp_path):
    """`attrs["warnings"]` name what a study would warn of; the splits taken out are said in `attrs["read"]`."""
    path, whole, day = split_file(tmp_path)
    for source in (path, pd.read_csv(path, index_col="date", parse_dates=True)):
        (line,) = read_prices(source).attrs["warnings"]
        assert line.startswith(f"mine, {day}: ")
        assert "3:2 split" in line
        adjusted = read_prices(source, adjust_splits=True)
        np.testing.assert_allclose(adjusted["mine"], whole)
        assert adjusted.attrs["warnings"] == []
        assert f"mine: prices before {day} divided by 1.5" in adjusted.attrs["read"]
    with pytest.raises(DesignError, match="--adjust-splits"):
        read_prices(path, figures="volumes", column="mine", adjust_splits=True)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_the_repeated_hour_of_autumn(tmp_path, zone):
    """Bars whose clock shows an hour twice are read by their offsets, in a file and a frame, and refused without."""
    clock = pd.date_range("2022-10-29 20:00", periods=240, freq="h", tz="UTC").tz_convert(zone)
    frame = pd.DataFrame({"close": 5 + np.sin(np.arange(240.0))}, index=clock)
    offsets = pd.DataFrame({"time": clock.strftime("%Y-%m-%d %H:%M%z"), "close": frame["close"].to_numpy()})
    offsets.to_csv(tmp_path / "mine.csv", index=False)
    found = [read_prices(one, figures="bars") for one in (tmp_path / "mine.csv", offsets, frame)]
    for one in found:
        assert one.index.equals(pd.DatetimeIndex(clock.tz_convert("UTC"), name="session"))
        np.testing.assert_array_equal(one.iloc[:, 0], frame["close"])
    offsets["time"] = clock.strftime("%Y-%m-%d %H:%M")
    offsets.to_csv(tmp_path / "mine.csv", index=False)
    assert "has no offset" in refusal(lambda: read_prices(tmp_path / "mine.csv", figures="bars"))


@pytest.mark.one_in(2)
@pytest.mark.parametrize("year", [1, 1600, 1699, 2200, 2262, 9999])
def test_years_that_no_price_has(tmp_path, year):
    """A date before 1700 or from 2200 on is refused by file, Parquet and frame, in each way a frame can hold it."""
    days = np.array([f"{year:04d}-01-04", f"{year:04d}-01-05"], dtype="datetime64[s]")
    frames = {
        "index": pd.DataFrame({"close": [1.0, 2.0]}, index=pd.DatetimeIndex(days, name="date")),
        "column": pd.DataFrame({"date": days, "close": [1.0, 2.0]}),
        "dates": pd.DataFrame({"date": days.astype(object), "close": [1.0, 2.0]}),
        "periods": pd.DataFrame({"close": [1.0, 2.0]}, index=pd.PeriodIndex([str(d)[:10] for d in days], freq="D")),
    }
    for name, frame in frames.items():
        assert f"the year {year} is outside" in refusal(lambda frame=frame: read_prices(frame)), name
        if name != "periods":
            frame.to_parquet(tmp_path / "mine.parquet")
            assert f"the year {year} is outside" in refusal(lambda: read_prices(tmp_path / "mine.parquet")), name
    (tmp_path / "mine.csv").write_text(f"date,close\n{year:04d}-01-04,1\n{year:04d}-01-05,2\n")
    assert f"the year {year} is outside" in refusal(lambda: read_prices(tmp_path / "mine.csv"))


@pytest.mark.slow
def test_a_table_of_thousands_of_columns_is_read_in_seconds(tmp_path):
    """2,000 markets take no more than a few times what ten times fewer take."""
    seconds = {}
    for n in (200, 2000):
        values = 50 + np.random.default_rng(1).normal(0, 0.3, (120, n)).cumsum(axis=0)
        wide = pd.DataFrame(values, index=pd.bdate_range("2021-01-04", periods=120, name="date"))
        wide.add_prefix("S").round(6).to_csv(tmp_path / "mine.csv")
        begin = time.process_time()
        np.testing.assert_allclose(read_prices(tmp_path / "mine.csv"), wide.round(6))
        seconds[n] = time.process_time() - begin
    assert seconds[2000] < 30 * max(seconds[200], 0.1)
    assert seconds[2000] < 15


def test_frames_of_objects_are_read_as_their_numbers():
    """Floats and decimals among objects are figures."""
    assert_frame_equal(read_prices(PRICES.astype(object)), PRICES)
    exact = PRICES[["wti"]].map(lambda value: decimal.Decimal(str(value))).astype(object)
    assert_frame_equal(read_prices(exact), PRICES[["wti"]])


@pytest.mark.parametrize("dtype", ["timestamp[ns][pyarrow]", "date32[day][pyarrow]"])
def test_dates_of_arrow_are_dates(dtype):
    """An index of Arrow's dates is read as pandas' own."""
    pytest.importorskip("pyarrow")
    days = PRICES.index.date if dtype.startswith("date") else PRICES.index
    assert_frame_equal(read_prices(PRICES.set_axis(pd.Index(days).astype(dtype), axis=0)), PRICES)


def test_figures_that_are_none_are_refused_of_frames():
    """Complex numbers and those larger than a float are no prices, and neither ends in a warning of numpy."""
    with pytest.raises(InputError, match=r"column wti: .*j\) is no figure"):
        es.EventStudy(["2022-01-27"], PRICES[["wti"]].astype(complex))
    huge = pd.Series([int(value) * 10**400 for value in PRICES["wti"]], PRICES.index, dtype=object, name="wti")
    with pytest.raises(EventStudyError):
        es.EventStudy(["2022-01-27"], huge).fit()


def test_the_clean_file_of_an_import_gives_the_numbers_of_its_source(tmp_path):
    """A market that only its file's name names is named by nothing in the clean file either: its sign stays."""
    days = pd.bdate_range("2020-01-02", periods=300, name="Date")
    walk = 70 + np.random.default_rng(1).normal(0, 0.5, 300).cumsum()
    source, clean = tmp_path / "ruble.csv", tmp_path / "clean.csv"
    pd.DataFrame({"Open": walk, "Close": walk}, index=days).to_csv(source)
    with pytest.raises(SystemExit) as left:
        main(["series", "import", str(source), "--out", str(clean)])
    assert left.value.code == 0
    moves = [es.event_study(["2021-02-01"], read_prices(one)).average["move"] for one in (source, clean)]
    assert moves[0].tolist() == moves[1].tolist()


def test_a_row_a_field_is_the_close_of_its_market(tmp_path):
    """Open, close and volume below each other are one market's, and with names beside them several markets'."""
    text = "date,field,value\n2021-01-04,Open,9\n2021-01-04,Close,10\n2021-01-04,Volume,500\n2021-01-05,Close,11\n"
    one = read_prices(write(tmp_path, text, "x.csv"))
    assert {name: one[name].tolist() for name in one} == {"x": [10.0, 11.0]}
    named = text.replace("date", "ticker,date").replace("2021", "A,2021").rstrip()
    more = read_prices(write(tmp_path, named + "\nB,2021-01-04,Close,7\nB,2021-01-05,Close,8\n"))
    assert {name: more[name].tolist() for name in more} == {"A": [10.0, 11.0], "B": [7.0, 8.0]}
    volumes = read_prices(write(tmp_path, text, "x.csv"), figures="volumes")
    assert volumes["x"].tolist() == [500.0]
    assert "row 3, column value" in refusal(lambda: read_prices(write(tmp_path, text.replace("10", "ten"), "x.csv")))


def test_measures_of_a_market_are_no_markets(tmp_path):
    """Beside a market of its own name its value, trades and ratio are left out, and said; tickers stay."""
    text = "Date,Gazprom,Market Cap,Trades,P/E\n2021-01-04,200,5e12,1200,5\n2021-01-05,202,5.1e12,9000,5.1\n"
    prices = read_prices(write(tmp_path, text))
    assert list(prices) == ["Gazprom"]
    assert "left out: Market Cap, Trades, P/E" in prices.attrs["read"]
    text = "Date,AAPL,OI,MSFT\n2021-01-04,100,12,200\n2021-01-05,101,13,201\n"
    assert list(read_prices(write(tmp_path, text))) == ["AAPL", "OI", "MSFT"]
    for word in ("OI", "EPS"):
        file = write(tmp_path, f"Date,AAPL,{word}\n2021-01-04,100,12\n2021-01-05,101,13\n")
        assert f"{word} may be a market, or a measure of AAPL; name the columns of prices" in refusal(
            lambda: read_prices(file)  # noqa: B023
        )
        assert list(read_prices(file, column=["AAPL", word])) == ["AAPL", word]


def test_days_before_months_are_not_sorted_as_days(tmp_path):
    """Monthly figures whose days stand before their months are in no order as they seem; the option reads them."""
    months = pd.DatetimeIndex([f"2022-{k:02d}-{day:02d}" for k, day in enumerate([1, 1, 4, 2, 1, 4], 2)])
    file = write(tmp_path, "Date,Close\n" + "".join(f"{day:%Y-%d-%m},{day.month}.5\n" for day in months))
    assert "sort the rows by date, or give --time-format" in refusal(lambda: read_prices(file))
    prices = read_prices(file, time_format="%Y-%d-%m")
    assert prices.index.equals(months)
    assert prices["mine"].tolist() == [k + 0.5 for k in months.month]


def test_a_measure_beside_returns_is_no_price(tmp_path):
    """Of returns and their volatility neither is a price; the returns are read as what they are."""
    file = write(tmp_path, "Date,returns,volatility\n2022-11-13,0.057,35.5\n2022-11-20,-0.007,2.5\n")
    assert "--data-kind returns" in refusal(lambda: read_prices(file))
    assert read_prices(file, figures="returns").iloc[:, 0].tolist() == [0.057, -0.007]


@pytest.mark.parametrize(
    ("heads", "market"),
    [
        ("Datum;Preis", "mine"),
        ("data;cena", "mine"),
        ("Tarih;Fon Kodu;Fiyat", "x"),
        ("Дата;Показатель;Значение", "x"),
        ("Fecha;Valor", "mine"),
        ("Date;Valeur", "mine"),
    ],
)
def test_a_word_for_price_or_value_is_no_market(tmp_path, heads, market):
    """The market is that of another column, or else the file's."""
    rows = "".join(f"2022-01-{k};{'x;' * (heads.count(';') - 1)}{k}.5\n" for k in (24, 25, 26))
    assert list(read_prices(write(tmp_path, f"{heads}\n{rows}", "mine.csv"))) == [market]


@pytest.mark.one_in(2)
@pytest.mark.parametrize("form", ["{}{}", "{}-{}", "{}:{}", "{}/{}", "{} {}", "{}_{}", "{}.{}", "{} ({})"])
def test_fields_joined_to_a_ticker_by_any_sign_are_no_markets(tmp_path, form):
    """Beside closes of two tickers their volumes are none, and turnovers and open interests are left out."""
    heads = [form.format(ticker, field) for ticker in ("EMB", "BNO") for field in ("Close", "Volume", "Turnover")]
    text = f"Date,{','.join(heads)}\n2021-01-04,1.5,200,9,2.5,300,8\n2021-01-05,1.6,210,9.5,2.6,310,8.5\n"
    prices = read_prices(write(tmp_path, text))
    assert {name: prices[name].tolist() for name in prices} == {"EMB": [1.5, 1.6], "BNO": [2.5, 2.6]}
    assert read_prices(write(tmp_path, text), figures="volumes")["EMB"].tolist() == [200, 210]


def test_a_field_in_any_level_of_the_headings_is_a_field():
    """Volumes two levels down are no market."""
    days = pd.DatetimeIndex(["2021-01-04", "2021-01-05"], name="Date")
    columns = pd.MultiIndex.from_product([["moex"], ["Close", "Volume"], ["A", "B"]])
    frame = pd.DataFrame([[1, 2, 30, 40], [1.5, 2.5, 50, 60]], index=days, columns=columns)
    prices = read_prices(frame)
    assert {name: prices[name].tolist() for name in prices} == {"moex|A": [1.0, 1.5], "moex|B": [2.0, 2.5]}


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["$10", "$11", "€9"], "row 2, column Price: '$10' and x.csv, row 4, column Price: '€9' are in two units"),
        (["10 USD", "11 USD", "9 EUR"], "two units"),
        (["1.5%", "0.016", "1.7%"], "row 2, column Price: '1.5%' and x.csv, row 3, column Price: '0.016'"),
    ],
)
def test_a_column_in_two_units_is_refused(tmp_path, cells, told):
    """A dollar price beside one in euros makes a move that never was; so does a per cent beside a decimal."""
    rows = "".join(f"2021-01-0{k},{cell}\n" for k, cell in enumerate(cells, 4))
    assert told in refusal(lambda: read_prices(write(tmp_path, f"Date,Price\n{rows}", "x.csv")))


def test_a_table_whose_dates_run_across_is_turned(tmp_path):
    """A row a market and a column a date is read as a row a date, and said."""
    days = ",".join(f"2021-01-{k:02d}" for k in range(4, 29))
    text = f"Name,{days}\nA,{','.join(['1'] * 25)}\nB,{','.join(['2'] * 25)}\n"
    found = read_prices(write(tmp_path, text))
    assert found.to_dict("list") == {"A": [1.0] * 25, "B": [2.0] * 25}
    assert (str(found.index[0].date()), str(found.index[-1].date())) == ("2021-01-04", "2021-01-28")
    assert "turned" in found.attrs["read"]


def test_what_was_chosen_once_is_not_reduced_again():
    """Fields that `column` names are markets; a study of the frame that was read has them both, under their names."""
    days = pd.bdate_range("2020-01-01", periods=300)
    table = pd.DataFrame(
        {"Date": days.astype(str), "Open": np.arange(300) % 7 + 50.0, "Last": np.arange(300) % 5 + 50.0}
    )
    read = read_prices(table, column=["Open", "Last"], check=False)
    assert list(read) == list(read_prices(read, check=False)) == ["Open", "Last"]
    result = es.event_study([str(days[200].date())], read, windows=["0:0"], tests=[])
    assert list(result.series) == ["Open", "Last"]


def test_unknown_figures_are_refused():
    """A word that is no kind of figures is not taken for prices."""
    with pytest.raises(UnknownNameError, match="unknown kind of figures 'price'"):
        read_prices(pd.Series([1.0, 2.0], pd.bdate_range("2020-01-01", periods=2)), figures="price")


SUNDAYS = [day for day in pd.date_range("2023-03-05", periods=70) if day.day_of_week not in {4, 5}]


@pytest.mark.parametrize(
    ("form", "read"),
    [
        ("%Y-%m-%d 17:24", 0),  # Tel Aviv
        ("%Y-%m-%dT15:15:00+03:00", 0),  # Riyadh
        ("%Y-%m-%dT16:00:00+03:00", 0),
        ("%Y-%m-%d 1{k}:{k}4", 0),  # the last trade of each day
        ("%Y-%m-%d 21:00:00+00:00", 1),  # Moscow's midnight
        ("%Y-%m-%d 15:00:00+00:00", 1),  # Tokyo's
        ("%Y-%m-%d 18:00:00-05:00", 1),  # the evening on which a session opens in New York
        ("%Y-%m-%d 12:00:00+00:00", None),
        ("%Y-%m-%d 15:00", None),
    ],
)
def test_only_a_midnight_is_moved_to_the_day_after(tmp_path, form, read):
    """A week from Sunday is that of some markets, or midnights before: what may be either is refused."""
    labels = [day.strftime(form.replace("{k}", str(3 + k % 3))) for k, day in enumerate(SUNDAYS)]
    (tmp_path / "mine.csv").write_text("Date,Close\n" + "".join(f"{label},{k + 1}\n" for k, label in enumerate(labels)))
    if read is None:
        with pytest.raises(InputError, match="write the dates of the market's own zone"):
            read_prices(tmp_path / "mine.csv")
    else:
        days = pd.DatetimeIndex(SUNDAYS) + pd.Timedelta(days=read)
        assert read_prices(tmp_path / "mine.csv").index.equals(days.rename("session"))


@pytest.mark.parametrize(
    ("zone", "clock", "weekdays"),
    [("Africa/Cairo", "14:30", {4, 5}), ("Australia/Sydney", "00:00", {5, 6}), ("Pacific/Auckland", "00:00", {5, 6})],
)
def test_two_clocks_in_utc_are_midnights_only_where_a_zone_has_them(tmp_path, zone, clock, weekdays):
    """Cairo's close at half past two is no midnight in summer or winter; those of Sydney and Auckland are."""
    days = [day for day in pd.date_range("2023-03-05", periods=140) if day.day_of_week not in weekdays]
    labels = [pd.Timestamp(f"{day:%Y-%m-%d} {clock}", tz=zone).tz_convert("UTC") for day in days]
    path = tmp_path / "mine.csv"
    path.write_text("Date,Close\n" + "".join(f"{label},{k + 1}\n" for k, label in enumerate(labels)))
    if clock == "00:00":
        assert read_prices(path).index.equals(pd.DatetimeIndex(days, name="session"))
    else:
        with pytest.raises(InputError, match="write the dates of the market's own zone"):
            read_prices(path)


@pytest.mark.parametrize(
    ("zones", "form"),
    [
        (["Europe/London"], "%Y-%m-%d %H:%M:%S"),
        (["Europe/London", "America/New_York"], "%Y-%m-%dT%H:%M:%SZ"),
        (["America/New_York", "Asia/Tokyo", "UTC"], "%Y-%m-%dT%H:%M:%SZ"),
    ],
)
def test_midnights_are_those_of_each_market(tmp_path, zones, form):
    """London's are at 23:00 in UTC on fewer than half of the days; of markets of several zones each has its own."""
    days = pd.bdate_range("2021-09-01", "2022-03-25", name="session").as_unit("ns")
    rows = [(pd.Timestamp(day, tz=zone).tz_convert("UTC"), zone, day.day_of_year) for day in days for zone in zones]
    lines = [f"{label.strftime(form)},{zone},{price}\n" for label, zone, price in rows]
    (tmp_path / "mine.csv").write_text("Date,Ticker,Close\n" + "".join(lines))
    expected = pd.DataFrame(dict.fromkeys(zones, days.day_of_year.astype(float)), index=days)
    pd.testing.assert_frame_equal(read_prices(tmp_path / "mine.csv")[zones], expected, check_freq=False)


def test_a_market_of_another_week_is_dated_as_written(tmp_path):
    """Tehran ends at half past twelve, Saturday to Wednesday."""
    days = [day for day in pd.date_range("2023-03-04", periods=70) if day.day_of_week not in {3, 4}]
    (tmp_path / "mine.csv").write_text(
        "Date,Close\n" + "".join(f"{day:%Y-%m-%d} 12:30,{k}\n" for k, day in enumerate(days, 1))
    )
    assert [*read_prices(tmp_path / "mine.csv").index] == days


def test_a_file_that_ends_within_its_last_price_is_refused(tmp_path):
    """Of 1270.62 a file that is cut off may have 127; with the end of its line it is a price."""
    text = "Date,Close\n" + "".join(f"2022-01-{k:02},12{k}.5\n" for k in range(10, 20))
    (tmp_path / "mine.csv").write_text(f"{text}2022-01-20,127")
    with pytest.raises(InputError, match=r"row 12, column Close: 127 after 1219\.5, .* as where a file is cut off"):
        read_prices(tmp_path / "mine.csv")
    (tmp_path / "mine.csv").write_text(f"{text}2022-01-20,127\n")
    assert read_prices(tmp_path / "mine.csv").iloc[-1, 0] == 127


@pytest.mark.parametrize(("split", "taken"), [("Close", 4), ("Adj Close", 3)])
def test_of_close_and_adjusted_that_without_the_step_is_taken(tmp_path, split, taken):
    """Where one of them has a step of 4:1 that the other has not, the other is read, and nothing more is warned of."""
    prices = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.009, 60)))
    frame = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), prices))
    frame.loc[:29, split] *= 4
    file = tmp_path / "mine.csv"
    frame.set_index(pd.bdate_range("2022-01-03", periods=60, name="Date")).to_csv(file)
    read = read_prices(file)
    np.testing.assert_array_equal(read.iloc[:, 0], frame.iloc[:, taken])
    assert read.attrs["warnings"] == []


@pytest.mark.parametrize(
    ("heads", "market"),
    [
        ("MISX:GAZP - Share Pricing (RUB),MISX:GAZP - Volume (mm)", "MISX:GAZP"),
        ("終値(円),出来高(株)", "mine"),
        ("종가(원),거래량(주)", "mine"),
        ("Kurs zamknięcia (zł),Wolumen (szt.)", "mine"),
        ("Kapanış (TL),Hacim (TL)", "mine"),
        ("Close(Rs.),Volume(Lakhs)", "mine"),
        ("AAPL Close ($),AAPL Volume (mm)", "AAPL"),
        ("SAP,Volumen (Stk.)", "SAP"),
        ("Газпром,Оборот", "Газпром"),
        ("SAP,Shares Outstanding (mm)", "SAP"),
        ("SAP,# Trades", "SAP"),
        ("SAP,Mkt Cap ($B)", "SAP"),
        ("SAP,Dividend Yield (%)", "SAP"),
        ("SAP,Beta", "SAP"),
        ("SAP,Short Interest", "SAP"),
        ("SAP,Volume (M)", "SAP"),
        ("PX_LAST,PX_BID", "mine"),
    ],
)
def test_what_is_no_price_is_no_market_whatever_its_unit(tmp_path, heads, market):
    """A volume or a measure with a unit or a ticker in its heading is left out beside a price."""
    prices = read_prices(write(tmp_path, f"Date,{heads}\n2021-01-04,100,12\n2021-01-05,101,13\n"))
    assert {name: prices[name].tolist() for name in prices} == {market: [100, 101]}


@pytest.mark.parametrize("heads", ["Buy,Sell", "Bid,Ask", "Cash Buyer,Cash Seller & Settlement", "PX_BID,PX_ASK"])
def test_of_two_quotes_none_is_chosen(tmp_path, heads):
    """What one gets and what one pays are two sides of one market."""
    file = write(tmp_path, f"Date,{heads}\n2021-01-04,100,102\n2021-01-05,101,103\n")
    assert "may both be the close; name one with --column" in refusal(lambda: read_prices(file))


@pytest.mark.parametrize(
    "form",
    ["US${}", "R$ {}", "Rp{}", "kr {}", "zł {}", "₩{}", "{}p", "{} kr", "{} zł", "{}円", "{} TL", "€ {}", "{} €"],
)
def test_money_is_read_where_it_is_plain_and_refused_where_it_may_be_thousands(tmp_path, form):
    """A sign of money changes no figure: 312.5 is one, 1.007 beside 989 may be two, until the decimal sign is given."""
    day = "Date;Price\n2021-01-04;{}\n2021-01-05;{}\n".format
    assert read_prices(write(tmp_path, day(form.format("312.5"), form.format("313.25"))))["mine"].tolist() == [
        312.5,
        313.25,
    ]
    file = write(tmp_path, day(form.format("989"), form.format("1.007")))
    assert "may be" in refusal(lambda: read_prices(file))
    assert "give --decimal . or --decimal ," in refusal(lambda: read_prices(file))
    assert read_prices(file, decimal=",")["mine"].tolist() == [989, 1007]
    assert read_prices(file, decimal=".")["mine"].tolist() == [989, 1.007]


@pytest.mark.parametrize(
    ("form", "either"),
    [("{} €", True), ("₺{}", True), ("Rp{}", True), ("${}", False), ("{} USD", False), ("{}", False)],
)
def test_thousands_of_money_are_no_decimals(tmp_path, form, either):
    """No price in euros has three decimals throughout; one in dollars is written with a point."""
    file = write(tmp_path, f"Date;Price\n2021-01-04;{form.format('38.192')}\n2021-01-05;{form.format('38.199')}\n")
    if either:
        assert "give --decimal . or --decimal ," in refusal(lambda: read_prices(file))
    else:
        assert read_prices(file)["mine"].tolist() == [38.192, 38.199]


def test_a_rate_is_that_of_one_unit_where_its_nominal_changes(tmp_path):
    """From 10 tenge to 100 is no split."""
    rows = "".join(f"{k + 1:02}.03.2023;{n};{n * (1 + k / 100):.2f};Тенге\n" for k, n in enumerate([10, 10, 100, 100]))
    prices = read_prices(write(tmp_path, f"data;nominal;curs;cdx\n{rows}"))
    assert prices["Тенге"].tolist() == pytest.approx([1, 1.01, 1.02, 1.03])
    assert "divided by nominal, which differs" in prices.attrs["read"]


def test_a_currency_beside_a_price_in_another_is_the_market(tmp_path):
    """Of bitcoin in dollars the column of currencies says bitcoin; of a price in dollars it says dollars."""
    for currency, market in (("BTC", "BTC"), ("USD", "mine")):
        text = f"Currency,Date,Closing Price (USD)\n{currency},2021-01-04,310\n{currency},2021-01-05,311\n"
        assert list(read_prices(write(tmp_path, text))) == [market]


def test_the_frame_of_a_download_with_its_index_reset(tmp_path):
    """The rows that pandas counts under `Ticker` are no market."""
    text = "Price,Date,Close,Volume\nTicker,,AAPL,AAPL\n0,2021-01-04,100,9\n1,2021-01-05,101,8\n2,2021-01-06,102,7\n"
    assert list(read_prices(write(tmp_path, text))) == ["AAPL"]


def test_a_terminals_rows_above_and_below_the_table_name_no_market(tmp_path):
    """Its first day and last, a field in words above the field, and `#N/A` below the shorter of two markets."""
    text = "Start Date,2021-01-04,,\nEnd Date,2021-01-05,,\n,A Equity,,B Equity\n,Last Price,Volume,Last Price\n"
    text += "Dates,PX_LAST,PX_VOLUME,PX_LAST\n2021-01-04,1,7,5\n2021-01-05,2,8,6\n"
    assert list(read_prices(write(tmp_path, text))) == ["A Equity", "B Equity"]
    text = "A Equity,,B Equity,\nDate,PX_LAST,Date,PX_LAST\n01/13/2021,1,01/14/2021,5\n01/14/2021,2,#N/A N/A,#N/A N/A\n"
    assert read_prices(write(tmp_path, text))["B Equity"].dropna().tolist() == [5]
