"""The real yfinance client against a pretended Yahoo on the loopback."""

import logging
import warnings
from datetime import date

import pandas as pd
import pytest
import requests

from eventstudy import DataMissingError, NetworkError
from eventstudy.markets.providers import BusyError, Retry, YahooProvider, by_session, make_request

FIRST, LAST = "2022-01-03", "2022-03-31"


def ask(words, first=FIRST, last=LAST, **more):
    """Write a request."""
    return make_request(words, first, last, **more)


def test_a_batch_of_four_kinds(yahoo, market):
    """A currency, a future, a fund and an index come in one batch, under our names, every price on its own date."""
    fetched = yahoo.fetch(ask("ruble,brent,em-bonds,vix"))
    assert list(fetched.prices) == ["ruble", "brent", "em-bonds", "vix"]
    assert (fetched.prices.index.name, fetched.prices.index.tz) == ("session", None)
    for name, symbol in zip(fetched.prices, ("RUB=X", "BZ=F", "EMB", "^VIX"), strict=True):
        expected = dict(market.sessions(symbol, date.fromisoformat(FIRST), date.fromisoformat(LAST)))
        assert {day.date(): price for day, price in fetched.prices[name].items()} == pytest.approx(expected)
    assert fetched.sources["brent"] == "yahoo BZ=F"
    assert fetched.notes == ()


def test_both_ends_are_wanted(yahoo, market):
    """The last date is included, though the client's end is exclusive, and nothing beyond it is asked for."""
    fetched = yahoo.fetch(ask("brent", "2022-02-24", "2022-02-24"))
    assert [f"{day:%Y-%m-%d}" for day in fetched.prices.index] == ["2022-02-24"]
    assert market.data_requests() == [("BZ=F", date(2022, 2, 24), date(2022, 2, 24))]


@pytest.mark.parametrize("symbol", ["ruble", "em-bonds"])
def test_the_clocks_going_forward_move_no_session(yahoo, symbol):
    """A bar stamped at London's midnight, or at New York's open, keeps its date when the clocks change in March."""
    days = yahoo.fetch(ask(symbol, "2022-03-07", "2022-04-01")).prices.index
    assert list(days) == list(pd.bdate_range("2022-03-07", "2022-04-01"))


def test_the_instruments_have_yahoos_stamps(yahoo):
    """Prices from Yahoo are struck when Yahoo's are: a future at its settlement, a currency at an unknown hour."""
    instruments = yahoo.fetch(ask("ruble,brent,em-bonds")).instruments
    assert (instruments["brent"].stamp.name, instruments["brent"].stamp.clock) == ("nymex", "14:30")
    assert (instruments["ruble"].stamp.zone, instruments["ruble"].stamp.known) == ("Europe/London", False)
    assert (instruments["ruble"].calendar, instruments["em-bonds"].calendar) == ("", "XNYS")
    assert instruments["ruble"].orientation == -1


def test_adjusted_is_asked_for_by_name(yahoo, market):
    """Without asking, prices are as traded; adjusted ones have the dividends added back before the ex-date."""
    market.dividends["EMB"] = (date(2022, 2, 1), 0.99)
    traded, adjusted = yahoo.fetch(ask("em-bonds")), yahoo.fetch(ask("em-bonds", adjusted=True))
    ratio = adjusted.prices["em-bonds"] / traded.prices["em-bonds"]
    assert ratio[:"2022-01-31"].round(9).eq(0.99).all()
    assert ratio["2022-02-01":].eq(1.0).all()
    quotes = [fetched.instruments["em-bonds"].quote.partition(", ")[2] for fetched in (traded, adjusted)]
    assert quotes == ["dividends not added back", "dividends added back"]


def test_an_unknown_ticker_is_missing_data(yahoo):
    """A symbol that Yahoo does not know is an error that says so, never an empty success."""
    with pytest.raises(DataMissingError, match=r"no price of 'NOPE' \(NOPE\) .* likely an unknown symbol"):
        yahoo.fetch(ask("yahoo:NOPE"))


def test_a_delisted_name_says_since_when(yahoo):
    """Of a fund that was halted and delisted, the error tells what is on file about it."""
    with pytest.raises(DataMissingError, match=r"'rsx' \(RSX\)[\s\S]*halted on 4 March 2022"):
        yahoo.fetch(ask("rsx"))


def test_one_missing_name_spoils_the_batch(yahoo):
    """When one of several has nothing the whole request fails and names that one."""
    with pytest.raises(DataMissingError, match="'erus'"):
        yahoo.fetch(ask("brent,erus,vix"))


def test_an_instrument_without_a_symbol(yahoo, market):
    """What Yahoo cannot have is not asked for."""
    with pytest.raises(DataMissingError, match="'em-fx' has no symbol at yahoo"):
        yahoo.fetch(ask("em-fx"))
    assert market.asked == []


def test_an_empty_result_is_missing_data(yahoo, market):
    """An answer without a single price is an error that gives the dates and the likely reason."""
    market.misbehave("empty")
    with pytest.raises(DataMissingError, match=f"no price of 'brent' .BZ=F. in {FIRST} .. {LAST}; "):
        yahoo.fetch(ask("brent"))


def test_a_weekend_has_no_price(yahoo):
    """Dates on which nothing was traded are missing data, not an empty frame."""
    with pytest.raises(DataMissingError, match="no price of 'brent'"):
        yahoo.fetch(ask("brent", "2022-02-26", "2022-02-27"))


def test_a_rate_limit_that_passes(yahoo, market, waits):
    """A storm of 429 that ends is sat out, with longer and longer waits and no chance in them."""
    market.misbehave("busy", times=8)
    fetched = yahoo.fetch(ask("ruble,brent"))
    assert list(fetched.prices) == ["ruble", "brent"]
    assert waits == [1.0, 2.0, 4.0][: len(waits)]
    assert waits


def test_a_rate_limit_that_does_not_pass(yahoo, market, waits):
    """A storm of 429 that goes on is a network error after all waits, and the second name is not tried any more."""
    market.misbehave("busy")
    with pytest.raises(BusyError, match="fewer requests") as caught:
        yahoo.fetch(ask("ruble,brent"))
    assert caught.value.exit_code == NetworkError.exit_code == 5
    assert waits == [1.0, 2.0, 4.0]
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(("how", "words"), [("html", "something else than prices"), ("cut", "broke off")])
def test_nonsense_is_a_network_error(yahoo, market, waits, how, words):
    """A web page instead of JSON, or a connection cut in mid-answer, is a network error after one more attempt."""
    market.misbehave(how)
    with pytest.raises(NetworkError, match=words):
        yahoo.fetch(ask("brent"))
    assert waits == [1.0]


@pytest.mark.parametrize("how", ["html", "cut"])
def test_a_stumble_is_forgiven(yahoo, market, how):
    """Nonsense that is gone at the next attempt does no harm: it is not remembered within the process."""
    market.misbehave(how, times=2)
    assert len(yahoo.fetch(ask("brent", "2022-02-01", "2022-02-04")).prices) == 4


def test_no_network_at_all():
    """Where nobody answers, the error says that Yahoo could not be reached."""
    session = requests.Session()
    session.trust_env = False
    session.proxies = {"https": "http://127.0.0.1:9", "http": "http://127.0.0.1:9"}
    with session, pytest.raises(NetworkError, match="could not be reached"):
        YahooProvider(session, Retry((), lambda _: None)).fetch(ask("brent"))


def test_the_client_is_kept_quiet(yahoo, market, caplog, capfd):
    """Neither the client's log lines nor its warnings reach the user, and its settings are left as they were."""
    import yfinance

    level, filters = logging.getLogger("yfinance").level, list(warnings.filters)
    hidden = yfinance.config.debug.hide_exceptions
    market.misbehave("empty")
    with pytest.raises(DataMissingError):
        yahoo.fetch(ask("brent,vix"))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")
    assert (logging.getLogger("yfinance").level, yfinance.config.debug.hide_exceptions) == (level, hidden)
    assert warnings.filters == filters


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Asia/Tokyo", None])
def test_a_session_is_a_date_in_its_own_market(zone):
    """Whether the client gives midnights with a zone, opens with a zone or plain dates, the label is the local date."""
    for clock in ("00:00", "09:30"):
        bars = pd.DatetimeIndex([f"2022-03-25 {clock}", f"2022-03-28 {clock}"]).tz_localize(zone)
        assert [f"{day:%Y-%m-%d}" for day in by_session(pd.Series([1.0, 2.0], bars)).index] == [
            "2022-03-25",
            "2022-03-28",
        ]


def test_a_bar_that_is_given_twice():
    """Of two rows of one date, as Yahoo gives for a day that still runs, the later is kept; NaN rows are dropped."""
    bars = pd.DatetimeIndex(["2022-03-25", "2022-03-28 09:30", "2022-03-28 16:00", "2022-03-29"])
    closes = by_session(pd.Series([1.0, 2.0, 3.0, None], bars))
    assert closes.to_dict() == {pd.Timestamp("2022-03-25"): 1.0, pd.Timestamp("2022-03-28"): 3.0}
