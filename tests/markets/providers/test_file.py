"""Price files: our own layouts, yfinance's three, and what a column is taken for."""

import pandas as pd
import pytest
import yfinance

from eventstudy.errors import DataMissingError, InputError
from eventstudy.markets import find_instrument
from eventstudy.markets.providers import FileProvider, make_request, read_price_file, recognise

FIELDS = ["Open", "High", "Low", "Close", "Adj Close", "Volume"]
DAYS = pd.bdate_range("2022-02-21", "2022-02-25", name="Date")


def frame_of(*tickers, by_ticker=False, adjusted=False):
    """Return a frame as yfinance gives it: the close of ticker k on day t is 100 k + t, the adjusted one 1 less."""
    columns = {}
    for k, ticker in enumerate(tickers, 1):
        for field in FIELDS:
            if adjusted and field == "Adj Close":
                continue
            values = [100.0 * k + t - (field == "Adj Close") for t in range(len(DAYS))]
            columns[(ticker, field) if by_ticker else (field, ticker)] = values
    names = ["Ticker", "Price"] if by_ticker else ["Price", "Ticker"]
    frame = pd.DataFrame(columns, index=DAYS)
    frame.columns = pd.MultiIndex.from_tuples(frame.columns, names=names)
    return frame.sort_index(axis=1)


def flat_frame():
    """Return a frame of one ticker without its name."""
    return frame_of("X").droplevel("Ticker", axis=1).rename_axis(columns=None)


@pytest.fixture(params=["csv", "parquet"])
def save(request, tmp_path):
    """Save a frame as CSV or as Parquet and return the path."""

    def to(frame, stem="prices"):
        path = tmp_path / f"{stem}.{request.param}"
        frame.to_csv(path) if request.param == "csv" else frame.to_parquet(path)
        return path

    return to


@pytest.mark.parametrize("by_ticker", [False, True])
def test_the_two_level_layouts(save, by_ticker):
    """Fields over tickers and tickers over fields both give the closes; Yahoo's symbols become our instruments."""
    read = read_price_file(save(frame_of("RUB=X", "BZ=F", "AAPL", by_ticker=by_ticker)))
    assert sorted(read.prices) == ["AAPL", "brent", "ruble"]
    assert read.prices["ruble"].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0]
    assert list(read.prices.index) == list(DAYS)
    assert (read.instruments["brent"].stamp.name, read.instruments["ruble"].orientation) == ("nymex", -1)
    assert not read.instruments["AAPL"].stamp.known
    assert [note for note in read.notes if "'BZ=F' is taken for brent" in note]


def test_the_flat_layout_is_named_by_its_file(save):
    """A frame of one ticker is that of the file's name, whether a symbol, one of our names, or any other."""
    for stem, name in (("RUB=X", "ruble"), ("brent", "brent"), ("mine", "mine")):
        read = read_price_file(save(flat_frame(), stem))
        assert list(read.prices) == [name]
        assert read.prices[name].tolist() == [100.0, 101.0, 102.0, 103.0, 104.0]


def test_adjusted_closes_are_taken_when_asked(save):
    """The column of adjusted closes is taken only when adjusted prices are asked for."""
    path = save(frame_of("EMB", "^VIX"))
    assert read_price_file(path).prices["em-bonds"].iloc[0] == 100.0
    assert read_price_file(path, adjusted=True).prices["em-bonds"].iloc[0] == 99.0


def test_closes_that_may_be_adjusted_are_told(save):
    """Without a column of adjusted closes nobody knows what the closes are, and a note says so."""
    told = read_price_file(save(frame_of("EMB", "^VIX", adjusted=True))).notes
    assert "may have dividends added back" in told[-1]
    assert not [note for note in read_price_file(save(frame_of("EMB"))).notes if "dividends" in note]


def test_dates_with_a_zone_are_local_dates(save):
    """Midnights with an offset, as one ticker's history has them, keep the date that stands there, in March too."""
    frame = flat_frame()
    frame.index = pd.DatetimeIndex(
        ["2022-03-24", "2022-03-25", "2022-03-28", "2022-03-29", "2022-03-30"], name="Date"
    ).tz_localize("Europe/London")
    read = read_price_file(save(frame, "RUB=X"))
    assert [f"{day:%m-%d}" for day in read.prices.index] == ["03-24", "03-25", "03-28", "03-29", "03-30"]


@pytest.mark.filterwarnings("ignore")
def test_what_the_client_itself_gives(yahoo, tmp_path):
    """A frame straight from the client, in memory or saved, is read as the provider reads it."""
    options = {"progress": False, "threads": False, "auto_adjust": False}
    frame = yfinance.download(["RUB=X", "BZ=F"], start="2022-02-21", end="2022-02-26", session=yahoo.session, **options)
    frame.to_csv(tmp_path / "saved.csv")
    expected = yahoo.fetch(make_request("brent,ruble", "2022-02-21", "2022-02-25")).prices
    for read in (recognise(frame), read_price_file(tmp_path / "saved.csv")):
        pd.testing.assert_frame_equal(read.prices[["brent", "ruble"]], expected, check_names=False)


@pytest.mark.parametrize("name", ["ruble", "RUB=X"])
def test_wide_files(save, name):
    """In a wide file a column that bears our name or Yahoo's symbol is that instrument; any other stays as it is."""
    read = read_price_file(save(pd.DataFrame({name: range(5), "abc": range(5)}, index=DAYS, dtype=float)))
    assert list(read.prices) == ["ruble", "abc"]
    stamp = find_instrument("ruble").stamp.name if name == "ruble" else "yahoo-fx"
    assert read.instruments["ruble"].stamp.name == stamp
    assert len(read.notes) == (name == "RUB=X")
    assert read.sources["ruble"].endswith(f", column {name}")


def test_long_files(tmp_path):
    """A long file's series are recognised in the same way."""
    (tmp_path / "long.csv").write_text("session,series,price\n2022-02-21,EMB,1\n2022-02-21,x,2\n2022-02-22,EMB,3\n")
    assert list(read_price_file(tmp_path / "long.csv").prices) == ["em-bonds", "x"]


def test_two_columns_of_one_instrument(save):
    """A file that has an instrument twice, by name and by symbol, is refused with both columns."""
    with pytest.raises(InputError, match="the columns brent and BZ=F are both brent"):
        read_price_file(save(pd.DataFrame({"brent": range(5), "BZ=F": range(5)}, index=DAYS, dtype=float)))


def test_a_frame_that_does_not_say_whose():
    """A frame of one ticker without its name is refused where nothing else names it."""
    with pytest.raises(InputError, match="does not say whose prices they are"):
        recognise(flat_frame())
    assert list(recognise(flat_frame(), ticker="BZ=F").prices) == ["brent"]


def test_a_file_as_a_provider(save):
    """As a provider a file gives the wanted columns and dates, and what it lacks is missing data."""
    file = FileProvider(save(frame_of("RUB=X", "BZ=F")))
    fetched = file.fetch(make_request("ruble", "2022-02-22", "2022-02-24"))
    assert (list(fetched.prices), len(fetched.prices)) == (["ruble"], 3)
    with pytest.raises(DataMissingError, match="has no column 'vix'"):
        file.fetch(make_request("vix", "2022-02-22", "2022-02-24"))
    with pytest.raises(DataMissingError, match="no price of 'ruble' in 2023"):
        file.fetch(make_request("ruble", "2023-02-22", "2023-02-24"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Price,Close,Close\nTicker,RUB=X,BZ=F\nDate,,\n2022-02-21,1.0,abc\n", "cell that is not a number"),
        ("Date,Open,High,Low,Close\n2022-02-21,1,1,1,abc\n", "cell that is not a number"),
        ("nothing,here\n1,2\n", "no date column"),
    ],
)
def test_files_that_are_not_prices(tmp_path, content, message):
    """A cell that is no number, or a file without dates, is refused by name."""
    (tmp_path / "bad.csv").write_text(content)
    with pytest.raises(InputError, match=f"bad.csv.*{message}"):
        read_price_file(tmp_path / "bad.csv")


def test_no_such_file(tmp_path):
    """A file that is not there is missing data."""
    with pytest.raises(DataMissingError, match="no price file"):
        read_price_file(tmp_path / "none.csv")
