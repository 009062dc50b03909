"""What holding a market brought, session by session, as `ask` shows it: price ratios of one dated event."""

import numpy as np
import pandas as pd
import pytest

import eventstudy as es

DAYS = pd.bdate_range("2021-06-01", periods=200)
#: A quiet market, then 100 before the news; 110 on its day, and 99, 121, 60.5 after it.
AT = 150
PRICES = np.append(100 + 0.1 * (np.arange(AT) % 2), [100.0, 110.0, 99.0, 121.0, 60.5])[: AT + 5]


def paths(hold, series="mine", prices=PRICES, **choices):
    """The mean path of one raise, by measure."""
    events = pd.DataFrame({"time": [str(DAYS[AT + 1].date())], "stance": ["raise"]})
    found = es.ask(events, pd.DataFrame({series: prices}, DAYS[: len(prices)]), hold=[hold], **choices).paths
    return {measure: rows["mean"].to_numpy() for measure, rows in found.groupby("measure")}


@pytest.mark.parametrize("held", [1, 2, 3])
def test_held_returns_are_price_ratios(held):
    """Each step is a later price over the last one before the news, or over the one bought at on the day after."""
    found = paths(held, returns_kind="simple")
    before, bought = PRICES[AT : AT + held + 1], PRICES[AT + 2 : AT + 2 + held + 1]
    assert found["from_event_session"] == pytest.approx(before / 100 - 1, abs=1e-14)
    if held < 3:
        assert found["from_tradable_from"] == pytest.approx(bought / 99 - 1, abs=1e-14)
    else:  # beyond the sample there is none
        assert np.isnan(found["from_tradable_from"]).all()


def test_logs_and_differences_add_up():
    """Logs add up to the log of the ratio, differences to the change in the series' own unit."""
    assert paths(3, returns_kind="log")["from_event_session"][-1] == pytest.approx(np.log(1.21))
    assert paths(3, returns_kind="difference")["from_event_session"].tolist() == pytest.approx([0.0, 10.0, -1.0, 21.0])


def test_an_inverse_quote_gains_where_the_quote_falls():
    """A ruble bought at 100 and worth 110 to the dollar has lost a tenth of 110."""
    assert paths(1, series="ruble")["from_event_session"][1] == pytest.approx(100 / 110 - 1)
