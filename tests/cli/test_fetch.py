"""`eventstudy series fetch` and the cache, with the real clients, proxies, TLS and all, on the loopback."""

import csv
import json
from datetime import date
from io import StringIO

import pandas as pd
import pytest

from eventstudy import DataMissingError, read_prices
from eventstudy.cli.main import main
from eventstudy.markets import load_series
from eventstudy.markets.fetch import PROVIDERS, Entry, Key, Store
from eventstudy.options import SOURCES

DATES = ("--first", "2022-01-03", "--last", "2022-02-04")
FETCH = ("series", "fetch")


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    """Keep what is fetched in a folder of the test's own."""
    monkeypatch.setenv("EVENTSTUDY_CACHE", str(tmp_path / "cache"))


def asked_hosts(market):
    """Return the hosts that were asked for."""
    return {asked.host for asked in market.asked}


# --- with the network ----------------------------------------------------------------------------------------------


def test_yahoo_through_a_proxy_with_tls(command, market):
    """The real client reaches the pretended Yahoo through the proxy; the figures are its figures, and data only are on
    stdout.
    """
    done = command(*FETCH, "ruble,brent,em-bonds,vix", "--provider", "yahoo", *DATES, "--format", "csv")
    assert (done.returncode, done.stderr) == (0, "")
    rows = list(csv.DictReader(StringIO(done.stdout)))
    assert list(rows[0]) == ["session", "ruble", "brent", "em-bonds", "vix"]
    assert len(rows) == 25
    assert float(rows[-1]["brent"]) == pytest.approx(market.price("BZ=F", date(2022, 2, 4)))
    assert {"query2.finance.yahoo.com", "fc.yahoo.com"} <= asked_hosts(market)


@pytest.mark.slow  # by default it is Yahoo that is reached so
def test_fred_through_a_proxy_with_tls(command, market):
    """FRED is reached in the same way, under its own name."""
    done = command(*FETCH, "brent,vix", "--provider", "fred", *DATES, "--format", "json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    rows = json.loads(done.stdout)
    assert rows[0] == {"session": "2022-01-03", "brent": 63.67, "vix": 63.67}
    assert asked_hosts(market) == {"fred.stlouisfed.org"}


@pytest.mark.slow
def test_the_second_time_nothing_is_asked(command, market, output):
    """What was fetched by one process is had by the next without the network, byte for byte."""
    words = (*FETCH, "ruble,brent", "--provider", "yahoo", *DATES, "--format", "csv")
    first = command(*words)
    market.asked.clear()
    assert output(*words) == (0, first.stdout, "")
    assert market.asked == []
    assert command(*words, "--refresh").stdout == first.stdout
    assert len(market.data_requests()) == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "how", "code", "told"),
    [
        (("yahoo:NOPE",), "fine", 4, "no price of 'NOPE' (NOPE)"),
        (("rsx",), "fine", 4, "halted on 4 March 2022"),
        (("brent",), "empty", 4, "no price of 'brent' (BZ=F)"),
        (("brent",), "busy", 5, "fewer requests (HTTP 429)"),
        (("brent",), "html", 5, "something else than prices"),
        (("brent",), "cut", 5, "broke off"),
    ],
    ids=["unknown ticker", "delisted", "empty result", "429 for ever", "web page", "cut in the middle"],
)
def test_what_goes_wrong_at_yahoo(command, market, tmp_path, words, how, code, told):
    """Missing data leave with 4 and a failing network with 5: two plain lines on stderr, nothing on stdout, no file,
    and what the cache held before is still there.
    """
    key, first, last = Key("yahoo", "brent", "BZ=F"), date(2022, 1, 3), date(2022, 2, 4)
    prices = pd.Series({pd.Timestamp(day): price for day, price in market.sessions("BZ=F", first, last)})
    Store(tmp_path / "cache").update(key, lambda _: Entry(key, prices, first, last))
    kept = {path: path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()}
    market.misbehave(how)
    later = ("--first", "2022-01-03", "--last", "2022-03-04", "--out", tmp_path / "prices.csv")
    done = command(*FETCH, *words, "--provider", "yahoo", *later)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert 1 <= len(done.stderr.splitlines()) <= 2
    assert done.stderr.startswith("eventstudy: ")
    assert not (tmp_path / "prices.csv").exists()
    assert {path: path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()} == kept


@pytest.mark.slow
def test_a_storm_that_ends(command, market):
    """A storm of 429 that ends is sat out, and the answer is as good as any."""
    market.misbehave("busy", times=5)
    done = command(*FETCH, "brent", "--provider", "yahoo", *DATES, "--format", "csv")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 26)


@pytest.mark.slow
def test_cached_figures_do_when_nobody_answers(command, environment):
    """Where nothing answers at all, what is cached is used; what is not is an error of the network."""
    words = (*FETCH, "brent", "--provider", "yahoo", *DATES, "--format", "csv")
    first = command(*words)
    environment["HTTPS_PROXY"] = "http://127.0.0.1:9"
    assert command(*words).stdout == first.stdout
    done = command(*FETCH, "vix", "--provider", "yahoo", *DATES)
    assert (done.returncode, done.stdout) == (5, "")
    assert "could not be reached" in done.stderr
    done = command(*FETCH, "vix", "--provider", "fred", *DATES)
    assert (done.returncode, done.stdout) == (5, "")
    assert "FRED cannot be reached" in done.stderr


@pytest.mark.slow
def test_auto_says_what_came_from_where(command, market):
    """With auto only what is not bundled is fetched, and stderr says which is which."""
    dates = ("--first", "2022-01-03", "--last", "2022-03-31")
    done = command(*FETCH, "ruble,brent", *dates)
    assert done.returncode == 0
    assert "! ruble: from yahoo RUB=X; bundled: 2005-04-01 .. 2022-03-01" in done.stderr
    assert "! brent: from bundled eia-brent-2013" in done.stderr
    assert {symbol for symbol, *_ in market.data_requests()} == {"RUB=X"}
    assert "Yahoo currency bar" in done.stdout


@pytest.mark.slow
def test_a_revision_is_told(command, market):
    """A figure that Yahoo changes after it was cached is told on stderr and counted in the list of the cache."""
    command(*FETCH, "brent", "--provider", "yahoo", *DATES)
    market.changed["BZ=F", date(2022, 2, 2)] = 99.0
    done = command(*FETCH, "brent", "--provider", "yahoo", "--first", "2022-01-03", "--last", "2022-02-25")
    assert "! yahoo revised brent on 2022-02-02: 53.97 -> 99" in done.stderr
    (row,) = json.loads(command("series", "cache", "list", "--format", "json").stdout)
    assert (row["series"], row["symbol"], row["asked_last"], row["revised"]) == ("brent", "BZ=F", "2022-02-25", 1)


# --- without the network -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_out_is_a_price_file(output, tmp_path, ending):
    """What --out writes is read back by --prices, with every digit."""
    path = tmp_path / "mine" / f"prices.{ending}"
    code, text, _ = output(*FETCH, "ruble,brent", *DATES, "--provider", "bundled", "--out", path, "--format", "csv")
    assert code == 0
    written = read_prices(path)
    assert list(written) == ["ruble", "brent"]
    pd.testing.assert_frame_equal(written, read_prices_of(text, tmp_path), check_exact=True)


def read_prices_of(text, folder):
    """Return the prices of a CSV text."""
    (folder / "text.csv").write_text(text)
    return read_prices(folder / "text.csv")


def test_the_table_is_a_summary(output):
    """As a table one row a series says from where, from when to when, how many, and when struck."""
    code, text, told = output(*FETCH, "usdrub", *DATES)
    assert code == 0
    row = text.splitlines()[3].split()
    assert row[:6] == ["ruble", "bundled", "ecb-usd-rub", "2022-01-03", "2022-02-04", "25"]
    assert told == "! ruble: from bundled ecb-usd-rub\n"
    assert output(*FETCH, "usdrub", *DATES, "--quiet")[2] == ""


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("rubel", *DATES), 2, "did you mean 'ruble'"),
        ((",", *DATES), 2, "names nothing"),
        (("ruble", "--first", "2022-02-01", "--last", "2022-01-01"), 2, "lies before the first"),
        (("ruble", "--first", "yesterday", "--last", "2022-01-01"), 2, "first date 'yesterday' is not a date"),
        (("ruble", *DATES, "--refresh", "--offline"), 2, "leave one of them out"),
        (("ruble",), 2, "--first"),
        (("ruble", *DATES, "--provider", "reuters"), 2, "reuters"),
        (("ruble", "--first", "2023-01-02", "--last", "2023-02-01", "--provider", "bundled"), 4, "no bundled figures"),
        (("heating-oil", *DATES, "--offline"), 4, "the cache has nothing of 'heating-oil' from yahoo"),
    ],
)
def test_what_cannot_be_fetched(output, words, code, told):
    """Wrong words leave with 2 and missing data with 4, say what would be right, and leave stdout empty."""
    got, text, errors = output(*FETCH, *words)
    assert (got, text) == (code, "")
    assert told in errors
    assert "Traceback" not in errors


def test_the_cache_is_listed_and_cleared(output, tmp_path):
    """An empty cache is an empty list; a damaged entry is told; clearing says what went."""
    assert json.loads(output("series", "cache", "list", "--format", "json")[1]) == []
    assert output("series", "cache", "clear")[1] == "There was nothing to remove.\n"
    home = tmp_path / "cache" / "yahoo" / "brent"
    home.mkdir(parents=True)
    (home / "prices.csv").write_text("{")
    code, text, told = output("series", "cache", "list")
    assert code == 0
    assert "yahoo/brent is damaged" in told
    assert output("series", "cache", "clear", "ruble")[1] == "There was nothing to remove.\n"
    assert output("series", "cache", "clear", "BZ=F")[1] == "Removed: yahoo/brent\n"
    assert not home.exists()
    assert text.startswith("Cached prices in ")


class Terminal(StringIO):
    """A stderr that somebody watches."""

    def isatty(self):
        """Say that it is a terminal."""
        return True


def test_a_bar_for_those_who_watch(monkeypatch):
    """On a terminal a bar on stderr counts the instruments as they come; with --quiet, or in a pipe, there is none."""
    shown = {}
    for name, stream, quiet in (("seen", Terminal(), False), ("quiet", Terminal(), True), ("pipe", StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        with pytest.raises(SystemExit):
            main([*FETCH, "ruble,brent", *DATES, *(["--quiet"] if quiet else [])])
        shown[name] = stream.getvalue()
    assert "Fetching prices" in shown["seen"]
    assert "2/2" in shown["seen"]
    assert shown["quiet"] == ""
    assert all(line.startswith("! ") and " from " in line for line in shown["pipe"].splitlines())


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (["run", "--series", "ruble", "--window", "0:5"], 380, 5),
        (["run", "--series", "ruble", "--estimation=-90:-11", "--window", "0:10"], 340, 10),
        (["ask", "ruble", "--hold", "3"], 251, 4),
    ],
)
def test_the_dates_a_study_needs(words, before, after, tmp_path, monkeypatch, output):
    """Around events enough days are fetched for the event and estimation windows and 250 placebo sessions before."""
    path, spans = tmp_path / "events.csv", []
    path.write_text("time\n2021-06-01T10:00Z\n2021-06-21\n", encoding="utf-8")

    def record(_, first, last, **__):
        spans.append((first, last))
        raise DataMissingError("no price")

    monkeypatch.setattr("eventstudy.markets.fetch.fetch_prices", record)
    assert output(*words, "--events", path, "--provider", "bundled") == (4, "", "eventstudy: no price\n")
    ((first, last),) = spans
    days = load_series("ecb-usd-rub").loc[str(first) : str(last)].index
    assert sum(days < "2021-06-01") >= before
    assert sum(days > "2021-06-21") >= after
    assert sum(days < "2021-06-01") <= 1.3 * before + 25


def test_the_words_are_those_of_the_library():
    """The command line offers the providers that the library has."""
    assert SOURCES["provider"].allowed == PROVIDERS


def test_where_an_instrument_can_be_had(output):
    """`series show` says under which symbol an instrument is had, when it is struck there, and what to beware of."""
    text = " ".join(output("series", "show", "rsx")[1].split())
    assert "RSX; US exchange close, 16:00 New York; trading halted on 4 March 2022" in text
    rows = json.loads(output("series", "list", "--all", "--format", "json")[1])
    gold = next(row for row in rows if row["instrument"] == "gold")
    assert (gold["yahoo"], gold["fred"], gold["rows"], gold["series"]) == ("GC=F", "", 3426, "comex-gold-2013")
