import hashlib
import struct

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.markets.prices import check_prices
from eventstudy.news.schema import check_events
from eventstudy.study.inputs import describe_input


def prices():
    """A small frame with a hole in it."""
    days = pd.bdate_range("2022-01-24", periods=4)
    return check_prices(
        pd.DataFrame({"ruble": [78.1, np.nan, 79.3, 77.9], "brent": [88.0, 89.5, 90.0, 91.2]}, index=days)
    )


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
    assert result.inputs[1] == describe_input("prices", check_prices(case.prices))
    returns = case.prices[["imoex"]].dropna().pct_change().iloc[1:]
    result = es.EventStudy(case.events, returns=returns, windows=["0:0"], tests=[]).fit()
    assert [one.name for one in result.inputs] == ["events", "returns"]
