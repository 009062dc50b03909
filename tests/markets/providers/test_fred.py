"""FRED's CSV download, against the loopback."""

from datetime import date

import pytest

from eventstudy import DataMissingError, NetworkError
from eventstudy.markets.providers import BusyError, FredProvider, Retry, make_request


def ask(words, first="2022-02-21", last="2022-02-25", **more):
    """Write a request."""
    return make_request(words, first, last, **more)


def test_figures_come_under_our_names(fred, market):
    """Each series is asked for by its own id and dates, and comes with FRED's stamp."""
    fetched = fred.fetch(ask("brent,rand"))
    assert list(fetched.prices) == ["brent", "rand"]
    assert fetched.prices["brent"].tolist() == pytest.approx(
        [market.price("DCOILBRENTEU", date(2022, 2, day)) for day in range(21, 26)]
    )
    assert [asked[0] for asked in market.data_requests()] == ["DCOILBRENTEU", "DEXSFUS"]
    assert {name: one.stamp.name for name, one in fetched.instruments.items()} == {"brent": "eia-brent", "rand": "h10"}
    assert fetched.sources == {"brent": "fred DCOILBRENTEU", "rand": "fred DEXSFUS"}


def test_a_point_is_a_missing_figure(fred, market):
    """A day on which FRED prints a point has no price."""
    market.changed["DCOILBRENTEU", date(2022, 2, 23)] = None
    days = fred.fetch(ask("brent")).prices["brent"].dropna().index
    assert [day.day for day in days] == [21, 22, 24, 25]


def test_any_series_by_its_id(fred):
    """A series outside the catalogue is had by its id; nobody knows when it is struck."""
    fetched = fred.fetch(ask("fred:DGS30"))
    assert list(fetched.prices) == ["DGS30"]
    assert not fetched.instruments["DGS30"].stamp.known


def test_an_unknown_id_is_missing_data(fred):
    """An id that FRED does not know is missing data."""
    with pytest.raises(DataMissingError, match="FRED does not know the series NOPE"):
        fred.fetch(ask("fred:NOPE"))


def test_an_empty_answer_is_missing_data(fred, market):
    """A header without figures is missing data, not an empty success."""
    market.misbehave("empty")
    with pytest.raises(DataMissingError, match=r"no price of 'brent' in 2022-02-21 .. 2022-02-25"):
        fred.fetch(ask("brent"))


def test_a_web_page_is_a_network_error(fred, market, waits):
    """HTML where CSV should be is a clear network error, after one more attempt."""
    market.misbehave("html")
    with pytest.raises(NetworkError, match="a web page instead of the figures of DCOILBRENTEU"):
        fred.fetch(ask("brent"))
    assert waits == [1.0]


def test_a_cut_answer_is_a_network_error(fred, market, waits):
    """An answer that is cut in the middle is asked for once more, then it is a network error."""
    market.misbehave("cut")
    with pytest.raises(NetworkError, match=r"cannot be reached \((ChunkedEncoding|Protocol)Error\)"):
        fred.fetch(ask("brent"))
    assert waits == [1.0]


def test_a_busy_site_is_waited_for(fred, market, waits):
    """A 429 is waited out; one that stays is a network error."""
    market.misbehave("busy", times=2)
    assert len(fred.fetch(ask("brent")).prices) == 5
    assert waits == [1.0, 2.0]
    market.misbehave("busy")
    with pytest.raises(BusyError, match=r"busy \(HTTP 429\)"):
        fred.fetch(ask("brent"))


def test_nobody_answers():
    """Where nobody listens, the error says that FRED cannot be reached."""
    nobody = FredProvider("http://127.0.0.1:9", retry=Retry((), lambda _: None))
    with pytest.raises(NetworkError, match="FRED cannot be reached"):
        nobody.fetch(ask("brent"))


def test_the_address_can_be_set_from_outside(server, monkeypatch, retry):
    """The environment variable EVENTSTUDY_FRED_URL leads to another address, as the tests of the command line need."""
    monkeypatch.setenv("EVENTSTUDY_FRED_URL", server.url + "/")
    assert len(FredProvider(retry=retry).fetch(ask("vix")).prices) == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("observation_date,X\n2022-02-21,1.5\n2022-02-22,1.", "breaks off"),
        ("observation_date,X\n2022-02-21,abc\n", "cannot be read"),
        ("observation_date,X\n2022-02-41,1.5\n", "cannot be read"),
        ("observation_date,X\n2022-02-21,1.5,7\n", "cannot be read"),
        ("observation_date,Y\n2022-02-21,1.5\n", "something else instead of the figures of X"),
        ("", "something else"),
        ("  <html></html>", "a web page"),
    ],
)
def test_what_is_no_table_of_figures(text, words):
    """An answer that is not a date and a figure a line, to the end of the last line, is a network error."""
    with pytest.raises(NetworkError, match=words):
        FredProvider.figures(text, "X")


@pytest.mark.parametrize("header", ["DATE", "observation_date", "\ufeffobservation_date"])
def test_the_header_of_any_year(header):
    """The date column has had two names, and either will do; figures are read in full precision."""
    figures = FredProvider.figures(f"{header},X\n2022-02-21,0.1234567890123456\n2022-02-22,\n", "X")
    assert figures.iloc[0] == 0.1234567890123456
    assert figures.isna().tolist() == [False, True]
