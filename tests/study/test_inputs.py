"""What went into a study: described by its content, and frames as yfinance gives them."""

import hashlib
import pickle
import struct

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.events import check_events
from eventstudy.study import describe_input


def prices():
    """A small frame with a hole in it."""
    days = pd.bdate_range("2022-01-24", periods=4)
    return pd.DataFrame({"ruble": [78.1, np.nan, 79.3, 77.9], "brent": [88.0, 89.5, 90.0, 91.2]}, index=days)


def test_size_and_range_of_prices():
    """The description of a price frame has its name, its rows, its first and its last date."""
    found = describe_input("prices", prices())
    assert (found.name, found.rows, found.first, found.last) == ("prices", 4, "2022-01-24", "2022-01-27")


def test_size_and_range_of_events():
    """The description of an events table has the days of its earliest and latest event, in any order."""
    events = check_events(pd.DataFrame({"time": ["2022-02-24T05:51+03:00", "2022-01-27"], "stance": ["raise", "hold"]}))
    found = describe_input("events", events)
    assert (found.rows, found.first, found.last) == (2, "2022-01-27", "2022-02-24")


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.rename(columns={"ruble": "rouble"}),
        lambda frame: frame[["brent", "ruble"]],
        lambda frame: frame.shift(1, freq="D"),
        lambda frame: frame.fillna(78.1),
        lambda frame: frame * (1 + 1e-15),
        lambda frame: frame.iloc[:-1],
    ],
    ids=["name", "order", "dates", "filled", "last-digit", "shorter"],
)
def test_the_digest_changes_with_any_figure_name_or_date(change):
    """Another name, column order, date, figure or length is another input."""
    assert describe_input("prices", change(prices())).sha256 != describe_input("prices", prices()).sha256


def test_the_digest_does_not_depend_on_how_a_missing_figure_is_written():
    """A NaN with another sign or payload is the same missing figure."""
    odd = prices()
    odd.iloc[1, 0] = np.array([0xFFF8000000000001], dtype=np.uint64).view(np.float64)[0]
    assert describe_input("prices", odd).sha256 == describe_input("prices", prices()).sha256


def test_the_digest_by_hand():
    """The digest is SHA-256 of the names as JSON, the days since 1970 and the figures, little-endian on any machine."""
    days = [19016, 19017, 19018, 19019]
    figures = [78.1, 88.0, float("nan"), 89.5, 79.3, 90.0, 77.9, 91.2]
    content = b'["ruble", "brent"]' + struct.pack("<4q", *days) + struct.pack("<8d", *figures)
    assert describe_input("prices", prices()).sha256 == hashlib.sha256(content).hexdigest()


def test_an_event_that_says_something_else_is_another_input():
    """The digest of events changes with any of their cells."""
    events = check_events(pd.DataFrame({"time": ["2022-01-27"], "stance": ["hold"]}))
    other = events.assign(stance="raise")
    assert describe_input("events", events).sha256 != describe_input("events", other).sha256


def test_a_result_names_what_went_in(case):
    """A result lists events and prices, or events and returns, with their digests."""
    result = es.EventStudy(case.events, case.prices, series=["imoex"], windows=["0:0"], tests=[]).fit()
    assert [(one.name, one.rows) for one in result.inputs] == [("events", 28), ("prices", len(case.prices))]
    assert result.inputs[1] == describe_input("prices", case.prices, case.instruments)
    assert result.inputs[1].columns["sp500"] == "S&P 500 (index points); US exchange close, 16:00 New York"
    returns = case.prices[["imoex"]].dropna().pct_change().iloc[1:]
    result = es.EventStudy(case.events, returns=returns, windows=["0:0"], tests=[]).fit()
    assert [one.name for one in result.inputs] == ["events", "returns"]


# -- frames of yfinance ----------------------------------------------------------------------------------------------

SYMBOLS = {"brent": "BZ=F", "em-bonds": "EMB"}
FIELDS = ("Adj Close", "Close", "High", "Low", "Open", "Volume")


def ours():
    """Return the prices of the case that those frames hold too."""
    return es.load_case("raise-or-fold-2022").prices[[*SYMBOLS]]


def downloaded():
    """Return the case's prices as yfinance's download gives several tickers: fields over tickers."""
    closes = ours().rename(columns=SYMBOLS).rename_axis("Date").loc["2020-07-02":]
    wide = pd.concat({field: closes * (0.9 if field == "Adj Close" else 1.0) for field in FIELDS}, axis=1)
    return wide.rename_axis(columns=["Price", "Ticker"])


def fit(prices, **choices):
    """Return the study of the case's events on the prices."""
    return es.EventStudy(es.load_case("raise-or-fold-2022").events, prices, windows=["0:0"], tests=[], **choices).fit()


def cars(result, names):
    """Return the CARs under common names."""
    table = result.car.assign(series=result.car["series"].replace(names))
    return table[["event_id", "series", "car", "p_value"]].reset_index(drop=True)


@pytest.mark.one_in(2)
@pytest.mark.parametrize("layout", ["fields over tickers", "tickers over fields", "closes"])
def test_a_frame_of_yfinance_is_a_study(layout):
    """The frame as downloaded, its levels in either order or only its closes, gives the CARs of named columns."""
    frame = downloaded()
    frame = {
        "fields over tickers": frame,
        "tickers over fields": frame.swaplevel(axis=1).sort_index(axis=1),
        "closes": frame["Close"],
    }[layout]
    instruments = {
        name: es.find_instrument(name).struck_at(es.find_instrument(name).ticker("yahoo").stamp) for name in SYMBOLS
    }
    named = fit(ours().loc["2020-07-02":], instruments=instruments)
    pd.testing.assert_frame_equal(cars(fit(frame), {}), cars(named, SYMBOLS))


def test_a_symbol_keeps_its_name_and_is_said_to_be_what_it_is():
    """A column BZ=F can be asked for as such, and the result says what it was taken for."""
    result = fit(downloaded(), series=["EMB"], model="market-model", market="BZ=F")
    assert result.series == ("EMB",)
    assert result.histories["BZ=F"].instrument.label == es.find_instrument("brent").label
    assert result.inputs[1].columns["BZ=F"].startswith("Brent")


def test_who_says_what_a_column_is_is_believed():
    """An instrument given for the column EMB is used as it is, without a warning."""
    own = es.find_instrument("gold")
    result = fit(downloaded()["Close"][["EMB"]], instruments={"EMB": own})
    assert result.histories["EMB"].instrument.label == own.label
    assert not [line for line in result.warnings if "taken for" in line]


def test_a_frame_of_one_ticker_has_no_name_and_no_hour():
    """Columns Open to Close without a ticker are one market called price, of which nothing else is known."""
    result = fit(downloaded().xs("EMB", axis=1, level="Ticker").rename_axis(columns=None))
    assert result.series == ("price",)
    assert not result.histories["price"].instrument.stamp.known


def test_a_result_can_be_pickled(case):
    """Sent to another process, a result has the same tables and inputs."""
    result = es.EventStudy(case.events, case.prices, series=["ruble"], windows=["0:0"]).fit()
    sent = pickle.loads(pickle.dumps((result.inputs, result)))  # noqa: S301  # our own
    assert sent[0] == sent[1].inputs == result.inputs
    pd.testing.assert_frame_equal(sent[1].tests, result.tests)
