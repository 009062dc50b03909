"""Which source is chosen, and that it is told."""

import pytest

from eventstudy import DataMissingError, NetworkError
from eventstudy.markets.providers import AutoProvider, make_request


@pytest.fixture
def auto(yahoo, fred):
    """Return the choosing provider with both networks on the loopback."""
    return AutoProvider({"yahoo": yahoo, "fred": fred})


def test_what_is_bundled_needs_no_network(auto, market):
    """Where bundled figures cover all dates nothing is asked of the network, and the notes say what was used."""
    fetched = auto.fetch(make_request("ruble,brent", "2022-01-03", "2022-02-28"))
    assert market.asked == []
    assert fetched.notes == ("ruble: from bundled ecb-usd-rub", "brent: from bundled eia-brent-2013")


def test_the_network_where_the_bundled_figures_end(auto, market):
    """An instrument whose bundled figures end too soon comes whole from the network; the others stay bundled."""
    fetched = auto.fetch(make_request("brent,ruble,vix", "2022-01-03", "2022-03-31"))
    assert list(fetched.prices) == ["brent", "ruble", "vix"]
    assert fetched.sources == {
        "brent": "bundled eia-brent-2013",
        "ruble": "yahoo RUB=X",
        "vix": "bundled cboe-vix-2013",
    }
    assert fetched.notes[1] == "ruble: from yahoo RUB=X; bundled: 2005-04-01 .. 2022-03-01"
    assert {symbol for symbol, *_ in market.data_requests()} == {"RUB=X"}
    assert (fetched.instruments["ruble"].stamp.name, fetched.instruments["brent"].stamp.name) == (
        "yahoo-fx",
        "eia-brent",
    )


def test_the_second_choice_when_the_first_has_nothing(auto):
    """What the first provider lacks comes from the second; the fake Yahoo has no rand, FRED does."""
    fetched = auto.fetch(make_request("rand,brent", "2022-07-01", "2026-12-31"))
    assert fetched.sources == {"rand": "fred DEXSFUS", "brent": "yahoo BZ=F"}
    assert fetched.instruments["rand"].stamp.name == "h10"


def test_the_error_of_the_first_choice_is_told(auto, market):
    """When nobody has an instrument the first choice's error is the one that is told."""
    market.misbehave("empty")
    with pytest.raises(DataMissingError, match="Yahoo Finance has no price of 'heating-oil'"):
        auto.fetch(make_request("heating-oil", "2022-07-01", "2022-12-30"))


def test_a_failing_network_is_not_replaced(auto, market):
    """When the network fails nothing else is tried, lest a bad day mean other figures; what is bundled is said."""
    market.misbehave("html", symbol="RUB=X")
    with pytest.raises(NetworkError, match=r"RUB=X[\s\S]*Bundled: ruble 2005-04-01 .. 2022-03-01\.$"):
        auto.fetch(make_request("ruble,brent", "2022-01-03", "2022-03-31"))
    assert all("id" not in asked.query for asked in market.asked)


def test_what_no_network_has_is_bundled_or_missing(auto):
    """A basket that no network has comes from the bundled figures as far as they go, else it is missing."""
    assert (
        auto.fetch(make_request("ruble-nbp", "2022-01-03", "2022-06-30")).sources["ruble-nbp"] == "bundled nbp-usd-rub"
    )
    with pytest.raises(DataMissingError, match="no bundled figures for 'ruble-nbp'"):
        auto.fetch(make_request("ruble-nbp", "2023-01-02", "2023-06-30"))


def test_adjusted_prices_are_not_bundled(auto):
    """Adjusted prices of a fund that pays dividends come from the network though unadjusted ones are bundled."""
    asked = make_request("em-bonds,brent", "2022-01-03", "2022-02-28", adjusted=True)
    assert auto.fetch(asked).sources == {"em-bonds": "yahoo EMB", "brent": "bundled eia-brent-2013"}


def test_progress_is_told_for_what_is_bundled():
    """What needs no network is done at once, and said by name."""
    done = []
    AutoProvider({}, progress=done.append).fetch(make_request("ruble,brent", "2022-01-03", "2022-02-28"))
    assert done == ["ruble", "brent"]
