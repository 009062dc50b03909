from dataclasses import replace
from datetime import date

import pytest

from eventstudy import DataMissingError, fetch_prices, find_instrument
from eventstudy.markets import load_series, series_labels
from eventstudy.markets.providers import BundledProvider, make_request


def ask(words, first, last, **more):
    """Fetch from the bundled figures."""
    return BundledProvider().fetch(make_request(words, first, last, **more))


def test_the_bundled_figures_as_they_are():
    """The figures between the dates, both included, come untouched, and say from which series."""
    fetched = ask("ruble,brent", "2022-02-21", "2022-03-01")
    assert fetched.prices["ruble"].tolist() == load_series("ecb-usd-rub")["2022-02-21":"2022-03-01"].tolist()
    assert fetched.sources == {"ruble": "bundled ecb-usd-rub", "brent": "bundled eia-brent-2013"}
    assert fetched.instruments["ruble"] is find_instrument("ruble")


def test_two_series_of_one_instrument_are_never_joined(monkeypatch):
    """Of two series of an instrument the one that covers more of the dates is taken, alone."""
    monthly, daily = (replace(series_labels()["eia-wti-1986"], name=name) for name in ("eia-wti-1986", "cbr-usd-rub"))
    labels = {"early": replace(monthly, last=date(2018, 12, 31)), "late": replace(daily, first=date(2018, 12, 3))}
    monkeypatch.setattr("eventstudy.markets.providers.series_labels", lambda: labels)
    sources = [
        ask("wti", *span).sources["wti"] for span in (("2018-06-01", "2018-12-31"), ("2018-12-01", "2022-06-30"))
    ]
    assert sources == ["bundled eia-wti-1986", "bundled cbr-usd-rub"]


def test_a_part_is_given_and_told():
    """Where a series covers only a part of the dates it is given, and what is short is told."""
    notes = fetch_prices("ruble", "2022-01-03", "2022-03-31", provider="bundled").notes
    assert notes == ("ruble ends on 2022-03-01, 30 days before the last date asked for",)


@pytest.mark.parametrize(
    ("words", "first", "more", "message"),
    [
        ("ruble", "2022-03-02", {}, r"no bundled figures for 'ruble' in 2022-03-02 .. 2022-06-30; there are: 2005"),
        ("erus", "2022-01-03", {}, "no bundled figures for 'erus'; take --provider yahoo"),
        ("em-bonds", "2022-01-03", {"adjusted": True}, "dividends not added back"),
    ],
)
def test_what_is_not_bundled(words, first, more, message):
    """Dates without figures, instruments without figures and adjusted prices are missing data, with where to go."""
    with pytest.raises(DataMissingError, match=message):
        ask(words, first, "2022-06-30", **more)


@pytest.mark.parametrize(
    ("name", "first", "last", "adjusted", "covered"),
    [
        ("ruble", "2022-01-03", "2022-03-01", False, True),
        ("ruble", "2022-01-03", "2022-03-02", False, False),
        ("ruble", "2022-01-03", "2022-03-01", True, True),
        ("wti", "2018-12-01", "2020-12-31", False, True),
        ("em-bonds", "2022-01-03", "2022-03-01", True, False),
        ("rsx", "2022-01-03", "2022-03-01", False, False),
    ],
)
def test_what_covers(name, first, last, adjusted, covered):
    """A request is covered where one series spans all its dates, in prices of the kind that was asked."""
    asked = make_request(name, first, last, adjusted=adjusted)
    assert BundledProvider().covers(find_instrument(name), asked) is covered
