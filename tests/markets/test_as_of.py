import numpy as np
import pandas as pd
import pytest

from eventstudy import read_prices
from eventstudy.markets import bars_ended_by, stamps_of, struck_by

DAYS = ["2021-11-24", "2021-11-25", "2021-11-26"]
PRICES = read_prices(
    pd.DataFrame(
        {"ruble": [74.0, 75.0, 76.0], "sp500": [4701.0, np.nan, 4594.0], "mine": [1.0, 2.0, 3.0]},
        index=pd.to_datetime(DAYS),
    )
)
PRICES.attrs["layout"] = {"ruble": "catalogue", "sp500": "catalogue"}

#: When the last price of each column is struck: ECB 14:15 Frankfurt; New York 13:00 on the day after Thanksgiving;
#: nobody knows, so the end of the day in UTC.
LAST = {"ruble": "2021-11-26T13:15", "sp500": "2021-11-26T18:00", "mine": "2021-11-27T00:00"}


@pytest.mark.parametrize("name", LAST)
def test_a_price_is_there_from_its_stamp_on(name):
    """A price is known at the instant at which it is struck, early closes followed, and not a nanosecond before."""
    stamp = np.datetime64(LAST[name], "ns")
    assert stamps_of(PRICES)[2, list(PRICES).index(name)] == stamp
    assert struck_by(PRICES, stamp)[name].last_valid_index() == pd.Timestamp(DAYS[2])
    before = struck_by(PRICES, stamp - np.timedelta64(1, "ns"))[name].last_valid_index()
    assert before == pd.Timestamp(DAYS[0] if name == "sp500" else DAYS[1])


def test_no_row_is_left_of_what_was_not_struck():
    """The frame ends with the last price struck; what is before it stays as it is, and so does what is not cut."""
    cut = struck_by(PRICES, np.datetime64("2021-11-25T20:00", "ns"))
    assert [f"{day:%Y-%m-%d}" for day in cut.index] == DAYS[:2]
    assert cut["ruble"].tolist() == [74.0, 75.0]
    assert np.isnan(cut["mine"].iloc[1])
    pd.testing.assert_frame_equal(struck_by(PRICES, np.datetime64("2030-01-01", "ns")), PRICES)
    assert len(struck_by(PRICES, np.datetime64("2021-11-24T00:00", "ns"))) == 0


def test_a_price_dated_late_was_struck_the_day_before():
    """The central bank of Russia's rate dated Thursday is struck, and known, on Wednesday."""
    rates = read_prices(pd.DataFrame({"ruble-cbr": [74.0, 75.0]}, index=pd.to_datetime(["2021-11-24", "2021-11-25"])))
    rates.attrs["layout"] = {"ruble-cbr": "catalogue"}
    known = struck_by(rates, np.datetime64("2021-11-24T20:00", "ns"))
    assert known["ruble-cbr"].tolist() == [74.0, 75.0]


@pytest.mark.parametrize(("label", "n"), [("start", 1), ("end", 2)])
def test_a_bar_is_there_once_it_has_ended(label, n):
    """A bar labelled by its start is known a bar's length later, one labelled by its end at that instant."""
    index = pd.date_range("2022-02-24 10:00", periods=3, freq="15min", tz="Europe/Moscow")
    bars = read_prices(pd.DataFrame({"imoex": [2800.0, 2500.0, 2400.0]}, index=index), figures="bars")
    assert len(bars_ended_by(bars, label, np.datetime64("2022-02-24T07:15", "ns"))) == n


def test_a_longer_bar_of_another_market_has_not_ended():
    """At 10:30 the bar of 10:15 has ended where bars are quarters, not where they are half hours from 10:15 on."""
    index = pd.date_range("2022-02-24 10:00", periods=8, freq="15min", tz="Europe/Moscow")
    halves = [np.nan, 1.0, np.nan, 2.0, np.nan, 3.0, np.nan, 4.0]
    bars = read_prices(pd.DataFrame({"quarters": np.arange(8.0), "halves": halves}, index=index), figures="bars")
    seen = bars_ended_by(bars, "start", np.datetime64("2022-02-24T07:30"))
    assert seen["quarters"].tolist() == [0.0, 1.0]
    assert seen["halves"].isna().all()
    assert bars_ended_by(bars, "end", np.datetime64("2022-02-24T07:15"))["halves"].tolist()[1:] == [1.0]
