from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import (
    DataMissingError,
    DesignError,
    InputError,
    NetworkError,
    UnknownNameError,
    fetch_prices,
    find_instrument,
)
from eventstudy.markets import instrument_names
from eventstudy.markets.fetch import PROVIDERS, shortfalls
from eventstudy.markets.providers import (
    BusyError,
    Fetched,
    Retry,
    assemble,
    find,
    make_request,
    ticker_at,
)
from eventstudy.options import NETWORK

NAMES = instrument_names()


# --- tickers in the catalogue --------------------------------------------------------------------------------------


def test_the_instruments_of_the_field_are_there():
    """Energy, emerging-market bonds, Russia in New York and the controls are in the catalogue, with a Yahoo symbol."""
    symbols = {
        "ruble": "RUB=X", "ruble-eur": "EURRUB=X", "brent": "BZ=F", "wti": "CL=F", "henry-hub": "NG=F", "ttf": "TTF=F",
        "heating-oil": "HO=F", "em-bonds": "EMB", "em-bonds-pcy": "PCY", "em-local-bonds": "EMLC", "imoex": "IMOEX.ME",
        "sp500": "^GSPC", "vix": "^VIX", "gold": "GC=F", "wheat": "ZW=F", "rsx": "RSX", "erus": "ERUS",
        "dollar": "DX-Y.NYB",
    }  # fmt: skip
    for name, symbol in symbols.items():
        assert ticker_at("yahoo", find_instrument(name)).symbol == symbol
        assert find(f"yahoo:{symbol}") is find_instrument(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_symbol_is_an_alias(name):
    """Every symbol at a provider finds its instrument, and only providers that exist are named."""
    instrument = find_instrument(name)
    for ticker in instrument.tickers:
        assert ticker.provider in NETWORK
        assert find_instrument(ticker.symbol) is instrument
        assert ticker.stamp.clock
    assert len({ticker.provider for ticker in instrument.tickers}) == len(instrument.tickers)


def test_no_symbol_is_had_twice():
    """No two instruments have the same symbol at a provider."""
    claims = [(ticker.provider, ticker.symbol) for name in NAMES for ticker in find_instrument(name).tickers]
    assert len(set(claims)) == len(claims)


@pytest.mark.parametrize(("name", "since"), [("rsx", "4 March 2022"), ("erus", "4 March 2022"), ("imoex", "mid-2022")])
def test_what_yahoo_no_longer_has_says_so(name, since):
    """A ticker that returns nothing, or nothing new, says from when."""
    assert since in ticker_at("yahoo", find_instrument(name)).note


def test_every_currency_bar_of_yahoo_is_a_london_day():
    """Currencies at Yahoo end with London's day at an hour that is not known, so they are matched by day."""
    stamps = {t.symbol: t.stamp for name in NAMES for t in find_instrument(name).tickers if t.symbol.endswith("=X")}
    assert len(stamps) >= 12
    assert {(stamp.clock, stamp.zone, stamp.known) for stamp in stamps.values()} == {("24:00", "Europe/London", False)}


@pytest.mark.parametrize("name", [name for name in NAMES if find_instrument(name).dividends])
def test_what_pays_dividends_says_so_in_its_quote(name):
    """A fund that pays dividends is quoted without them."""
    assert find_instrument(name).quote.endswith("dividends not added back")


def test_another_stamp_is_another_calendar():
    """A fixing's calendar goes with the fixing; an exchange's close anywhere keeps the exchange's calendar."""
    ruble, bonds = find_instrument("ruble"), find_instrument("em-bonds")
    moved = ruble.struck_at(ticker_at("yahoo", ruble).stamp)
    assert (ruble.calendar, moved.calendar, moved.stamp.name) == ("TARGET", "", "yahoo-fx")
    assert bonds.struck_at(ticker_at("yahoo", bonds).stamp) == bonds


# --- requests ------------------------------------------------------------------------------------------------------


def test_a_request_is_put_in_one_form():
    """Names, aliases and tickers, as text or one by one, dates as text or dates, are the same request."""
    asked = make_request("ruble, BZ=F", "2022-01-03", "2022-03-31")
    again = make_request(["usdrub", "brent", "RUB=X"], date(2022, 1, 3), datetime(2022, 3, 31, 12))  # noqa: DTZ001
    assert asked == again
    assert (asked.names, asked.span) == (("ruble", "brent"), "2022-01-03 .. 2022-03-31")


def test_instruments_of_ones_own_are_taken_as_they_are():
    """An instrument that is not in the catalogue can be asked for if it names its ticker."""
    mine = find("yahoo:aapl")
    assert make_request([mine], "2022-01-03", "2022-01-04").instruments == (mine,)
    assert (mine.name, mine.tickers[0].symbol) == ("AAPL", "AAPL")


def test_a_prefix_leads_to_the_catalogue_where_it_can():
    """`yahoo:RUB=X` and `fred:VIXCLS` are the catalogue's instruments; an unknown prefix is an unknown name."""
    assert find("yahoo:RUB=X") is find_instrument("ruble")
    assert find("fred:VIXCLS") is find_instrument("vix")
    with pytest.raises(UnknownNameError, match="unknown instrument 'reuters:RUB'"):
        find("reuters:RUB")


@pytest.mark.parametrize(
    ("words", "first", "last", "error", "message"),
    [
        ("rubel", "2022-01-03", "2022-01-04", UnknownNameError, "did you mean 'ruble'"),
        ("", "2022-01-03", "2022-01-04", DesignError, "no series asked for"),
        ([], "2022-01-03", "2022-01-04", DesignError, "no series asked for"),
        ("yahoo:ABC,fred:ABC", "2022-01-03", "2022-01-04", DesignError, "two different series are called 'ABC'"),
        ("ruble", "03.01.2022", "2022-01-04", DesignError, "first date '03.01.2022' is not a date"),
        ("ruble", "2022-01-03", "2022-02-30", DesignError, "last date '2022-02-30' is not a date"),
        ("ruble", "2022-01-05", "2022-01-04", DesignError, "last date, 2022-01-04, lies before the first"),
    ],
)
def test_what_cannot_be_asked(words, first, last, error, message):
    """Unknown names, no names, dates that are none and dates the wrong way round are refused in one line."""
    with pytest.raises(error, match=message):
        make_request(words, first, last)


def test_an_unknown_provider_is_refused():
    """A provider nobody knows is refused with those there are."""
    with pytest.raises(UnknownNameError, match="unknown provider 'yaho'; did you mean 'yahoo'"):
        fetch_prices("ruble", "2022-01-03", "2022-01-04", provider="yaho")
    assert PROVIDERS[0] == "auto"


# --- answers -------------------------------------------------------------------------------------------------------


def series(*rows):
    """Return prices by day of January 2022."""
    return pd.Series({pd.Timestamp(2022, 1, day): price for day, price in rows})


def test_columns_are_cut_to_the_request_and_put_side_by_side():
    """What lies outside the dates is dropped, sessions are the union, missing ones are NaN, order is as asked."""
    asked = make_request("brent,vix", "2022-01-04", "2022-01-06")
    columns = {"vix": series((3, 1.0), (6, 2.0), (7, 3.0)), "brent": series((5, 9.0), (4, 8.0))}
    fetched = assemble(columns, asked, "yahoo")
    assert list(fetched.prices) == ["brent", "vix"]
    assert [day.day for day in fetched.prices.index] == [4, 5, 6]
    assert fetched.prices["brent"].tolist()[:2] == [8.0, 9.0]
    assert fetched.prices.isna().sum().to_dict() == {"brent": 1, "vix": 2}


def test_a_column_without_a_price_is_never_a_success():
    """A column with nothing between the dates is missing data."""
    with pytest.raises(DataMissingError, match=r"yahoo has no price of 'brent' in 2022-01-04 .. 2022-01-06"):
        assemble({"brent": series((3, 1.0), (7, 2.0))}, make_request("brent", "2022-01-04", "2022-01-06"), "yahoo")


def test_a_series_that_falls_short_is_told():
    """An end that is more than a week short of what was asked is told with its date; a long weekend is not."""
    prices = pd.DataFrame({"brent": series((10, 1.0), (20, 2.0)), "vix": series((4, 1.0), (28, 1.0))})
    told = shortfalls(Fetched(prices, {}), make_request("brent,vix", "2022-01-01", "2022-01-31"))
    assert told == (
        "brent begins on 2022-01-10, 9 days after the first date asked for",
        "brent ends on 2022-01-20, 11 days before the last date asked for",
    )


# --- retries -------------------------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from(["busy", "broken"]), max_size=8), st.lists(st.floats(0, 9), max_size=5))
def test_waits_depend_on_nothing_but_the_failures(failures, waits):
    """The same failures lead to the same waits, which are the first of those allowed; one broken answer is forgiven."""
    runs = []
    for _ in range(2):
        slept, coming = [], iter(failures)

        def attempt(coming=coming):
            how = next(coming, None)
            if how == "busy":
                raise BusyError("later")
            if how == "broken":
                raise NetworkError("what")
            return "figures"

        try:
            end = Retry(tuple(waits), slept.append).call(attempt)
        except NetworkError as error:
            end = type(error)
        assert slept == waits[: len(slept)]
        runs.append((slept, end))
    assert runs[0] == runs[1]
    forgiven = failures.count("broken") <= 1 and len(failures) <= len(waits)
    assert (runs[0][1] == "figures") is forgiven


def test_the_page_on_providers_has_a_row_of_each():
    """The table of the page names every provider that goes by a name, and a file, which needs none."""
    page = (Path(__file__).parents[3] / "docs" / "providers.md").read_text(encoding="utf-8")
    rows = page.split("| provider | what it has | needs |")[1].split("\n\n")[0].splitlines()[2:]
    assert {row.split("|")[1].strip(" `") for row in rows} == {*PROVIDERS, "a file"}


def test_other_errors_are_not_waited_for():
    """Missing data are missing at once."""
    slept = []

    def attempt():
        raise DataMissingError("nothing")

    with pytest.raises(DataMissingError):
        Retry((1.0,), slept.append).call(attempt)
    assert slept == []


def test_the_waits_can_be_set_from_outside(monkeypatch):
    """EVENTSTUDY_RETRY_WAITS holds seconds with commas; nothing in it means one attempt; anything else is refused."""
    monkeypatch.delenv("EVENTSTUDY_RETRY_WAITS", raising=False)
    assert Retry.from_environment().waits == (2.0, 8.0, 30.0)
    monkeypatch.setenv("EVENTSTUDY_RETRY_WAITS", "0.5, 1")
    assert Retry.from_environment().waits == (0.5, 1.0)
    monkeypatch.setenv("EVENTSTUDY_RETRY_WAITS", "")
    assert Retry.from_environment().waits == ()
    for wrong in ("soon", "-1", "nan"):
        monkeypatch.setenv("EVENTSTUDY_RETRY_WAITS", wrong)
        with pytest.raises(InputError, match="write seconds separated by commas"):
            Retry.from_environment()
