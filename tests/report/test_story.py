"""The story of an event says what its rows say, in clocks a person can check."""

import pytest

import eventstudy as es
from eventstudy.markets import histories_from_prices
from eventstudy.matching import match
from eventstudy.report import story


@pytest.fixture(scope="module")
def tell():
    """Tell the story of an event of the bundled case, by id, in Moscow, New York and Frankfurt."""
    case = es.load_case("raise-or-fold-2022")
    histories = histories_from_prices(case.prices[["imoex", "em-bonds", "ruble"]], case.instruments)

    def run(event_id, **rules):
        return story(match(case.events, histories, **rules), histories, case.events, event_id)

    return run


def test_an_evening_in_moscow(tell):
    """The written answers of 19:51 Moscow come after Moscow's close and before New York's, and the story says so."""
    event, moscow, new_york, frankfurt = tell("2022-01-26-written-answers").strip().split("\n\n")
    assert "The market could know it at 26 January 2022 16:51 UTC." in event
    assert "The news came on Wednesday 26 January 19:51 Moscow time." in moscow
    assert "The price before: Wednesday 26 January 18:50 Moscow time." in moscow
    assert "Event session: Thursday 27 January 2022, the first session after it." in moscow
    assert "struck on Thursday 27 January 18:50 Moscow time = 27 January 2022 15:50 UTC" in moscow
    assert "The news came on Wednesday 26 January 11:51 New York time." in new_york
    assert "Event session: Wednesday 26 January 2022, the event's own date" in new_york
    assert "from Wednesday 26 January 11:51 New York time on" in new_york
    assert "The price before: Wednesday 26 January 14:15 Berlin time." in frankfurt


def test_a_closed_market_and_an_ended_series(tell):
    """An event in Moscow's closure waits for 24 March in good company; the ruble's fixing had ended."""
    _, moscow, _, frankfurt = tell("2022-03-08-us-oil-ban").strip().split("\n\n")
    assert "Event session: Thursday 24 March 2022, the first session after a closure." in moscow
    assert "one market event: 2022-02-26-swift-central-bank," in moscow
    assert "In no mean: late: news of 2022-03-08 met a closed market" in moscow
    assert "Not used: after-sample: the sample ends 2022-03-01." in frankfurt


def test_a_day_without_a_clock(tell):
    """An event of which only the day is known is told as such."""
    event, moscow, *_ = tell("2022-02-26-swift-central-bank").strip().split("\n\n")
    assert "Only the day is known" in event
    assert "The news came" not in moscow


def test_a_price_of_unknown_hour():
    """Of a price whose hour nobody knows the story names days, and no hour; a market's name stands once."""
    case = es.load_case("raise-or-fold-2022")
    prices = case.prices[["brent"]].rename(columns={"brent": "Own oil"})
    histories = histories_from_prices(prices)
    _, oil = story(match(case.events, histories), histories, case.events, "2022-01-27-kremlin-reply").split("\n\n")
    assert oil.startswith("Own oil: hour of the price unknown\n")
    assert "The price before: that of Wednesday 26 January." in oil
    assert "nobody has said at which hour it was struck" in oil


def test_a_market_event_of_two(tell):
    """An event that shares its session with another says which, and the net stance of both."""
    _, moscow, *_ = tell("2022-01-27-kremlin-reply").strip().split("\n\n")
    assert "one market event: 2022-01-26-written-answers, 2022-01-27-kremlin-reply (net hold)" in moscow


def test_unknown_event(tell):
    """A misspelt event is refused with the nearest."""
    with pytest.raises(es.UnknownNameError, match="did you mean '2022-02-24-invasion'"):
        tell("2022-02-24-invason")
