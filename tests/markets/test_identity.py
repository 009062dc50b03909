"""What a column is taken for: instrument and sign by its name, the hour by its layout or its user alone."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.cli.main import main
from eventstudy.markets import (
    histories_from_prices,
    identify,
    instrument_words,
    read_closures,
    said_of,
)

DAYS = pd.bdate_range("2021-01-04", "2022-03-31")


def walk(seed=7, jump=0.05, at="2022-01-27"):
    """Return a random walk with a jump on a day."""
    price = 75 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.008, len(DAYS))))
    price[at <= DAYS] *= np.exp(jump)
    return pd.Series(price, index=DAYS)


@pytest.mark.parametrize(
    ("word", "label", "orientation"),
    [
        *(
            (word, "Ruble", -1)
            for word in ("usdrub", "USD/RUB", "USD_RUB", "USDRUB=X", "RUB=X", "USD000UTSTOM", "usd-rub")
        ),
        *((word, "Ruble", 1) for word in ("RUBUSD", "rub/usd", "RUBUSD=X")),
        *((word, "S&P 500", 1) for word in ("^GSPC", "^SPX", ".SPX", "SPX Index", "SP:SPX", "S&P500")),
        *((word, "Brent oil", 1) for word in ("BZ=F", "bz=f", "CO1 Comdty", "DCOILBRENTEU", "brent")),
        ("EURUSD=X", "Euro", 1),
        ("USD/EUR", "Euro", -1),
        ("GAZP", "GAZP", 1),
    ],
)
def test_any_name_gives_the_instrument_and_never_the_hour(word, label, orientation):
    """Aliases and symbols in any spelling, reversed pairs the other way round; nobody has said when it is struck."""
    one = identify([word])[word]
    assert (one.label, one.orientation, one.stamp.known, one.calendar) == (label, orientation, False, "")
    assert "hour of the price unknown" in said_of(one)


@pytest.mark.parametrize(
    ("column", "layout", "stamp", "calendar"),
    [
        ("ruble", "catalogue", "ecb", "TARGET"),
        ("brent", "fred", "eia-brent", ""),
        ("BZ=F", "yahoo", "nymex", ""),
        ("7203.T", "yahoo", "XTKS", "XTKS"),
        ("^GDAXI", "yahoo", "XETR", "XETR"),
        ("AAPL", "yahoo", "XNYS", "XNYS"),
        ("IMOEX", "moex", "moex", "XMOS"),
        ("USD000UTSTOM", "moex", "day-end", ""),  # Moscow's currencies trade into the night
        ("gazp", "catalogue", "day-end", ""),
        ("AAPL", "file", "day-end", ""),
        ("mine", "XLON", "XLON", "XLON"),
    ],
)
def test_a_layout_proves_the_hour_where_it_does(column, layout, stamp, calendar):
    """The library's own figures, Yahoo's symbols and their exchanges, FRED's series, Moscow's index; else nothing."""
    one = identify([column], layout={column: layout})[column]
    assert (one.stamp.name, one.calendar) == (stamp, calendar)


@pytest.mark.parametrize(
    ("symbol", "label", "orientation", "stamp"),
    [
        ("REAL", "REAL", 1, "XNYS"),
        ("GOLD", "GOLD", 1, "XNYS"),
        ("WTI", "WTI", 1, "XNYS"),
        ("EURO", "EURO", 1, "XNYS"),
        ("RUB=X", "Ruble", -1, "yahoo-fx"),
        ("USDRUB=X", "Ruble", -1, "yahoo-fx"),
        ("RUBUSD=X", "Ruble", 1, "day-end"),
        ("GC=F", "Gold", 1, "comex"),
        ("^GSPC", "S&P 500", 1, "us-equity"),
        ("gold", "Gold", 1, "comex"),
    ],
)
def test_a_symbol_of_yahoo_s_is_no_word(symbol, label, orientation, stamp):
    """The RealReal, Barrick and W&T Offshore are shares; a name in small letters is one that its user gave."""
    one = identify([symbol], layout={symbol: "yfinance"})[symbol]
    assert (one.label, one.orientation, one.stamp.name) == (label, orientation, stamp)


@pytest.mark.parametrize(
    ("name", "levels", "beside", "label", "orientation", "stamp"),
    [
        ("USDRUB", [None, None], "AAPL", "Ruble", -1, "yahoo-fx"),
        ("BRENT", [None, None], "AAPL", "Brent oil", 1, None),
        ("GOLD", ["field", "market"], "AAPL", "Gold", 1, None),
        ("WTI", ["field", "market"], "AAPL", "WTI oil", 1, None),
        ("GOLD", ["Price", "Ticker"], "AAPL", "GOLD", 1, "XNYS"),
        ("GOLD", [None, None], "GC=F", "GOLD", 1, "XNYS"),
        ("WTI", [None, None], "^GSPC", "WTI", 1, "XNYS"),
    ],
)
def test_a_table_of_bars_is_yahoo_s_only_where_it_says_so(name, levels, beside, label, orientation, stamp, tmp_path):
    """Anybody's has fields above markets; its levels' names, or symbols that only Yahoo has, prove that it is its."""
    bar = ["Open", "High", "Low", "Close"]
    frame = pd.DataFrame({(of, one): walk() for of in bar for one in (name, beside)})
    frame = frame.rename_axis(index="Date", columns=levels)
    frame.to_csv(tmp_path / "mine.csv")
    for source in (frame, tmp_path / "mine.csv"):
        one = identify(es.read_prices(source))[name]
        assert (one.label, one.orientation) == (label, orientation)
        assert one.stamp.name == stamp or (stamp is None and one.stamp.name != "XNYS")


def test_a_market_is_the_same_beside_any_other(tmp_path):
    """The ruble is turned, and struck when Yahoo's is, whether it stands beside Apple or a fund called USD."""
    bar = ["Open", "High", "Low", "Close"]
    said = set()
    for other in ("AAPL", "EURO", "USD"):
        days = pd.DataFrame({(of, name): walk() for of in bar for name in ("RUB=X", other)})
        days.rename_axis(index="Date", columns=["Price", "Ticker"]).to_csv(tmp_path / "mine.csv")
        found = identify(es.read_prices(tmp_path / "mine.csv"))
        assert list(found) == ["RUB=X", other]
        assert found[other].stamp.name == "XNYS"
        said.add(said_of(found["RUB=X"]))
    assert len(said) == 1
    assert said.pop().startswith("Ruble (RUB per USD), turned")
    days = pd.DataFrame({"Close": walk(), "Close|RUB=X": walk()}).rename_axis("Date")
    days.to_csv(tmp_path / "mine.csv")
    assert es.read_prices(tmp_path / "mine.csv").attrs["layout"] == {"mine": "file", "RUB=X": ""}


def test_a_file_s_name_gives_no_sign_and_no_unit():
    """A column called after its file is as quoted, whatever the file is called; who says --as says what it is."""
    one = identify(["ruble"], layout={"ruble": "file"})["ruble"]
    assert (one.orientation, one.label, one.stamp.known) == (1, "ruble", False)
    told = identify(["ruble"], {"*": {"as": "ruble"}}, {"ruble": "file"})["ruble"]
    assert (told.orientation, told.stamp.name) == (-1, "ecb")


def test_what_the_user_says_is_taken():
    """Exchange, close, orientation, unit, kind of return, label and closures, one by one and for all columns."""
    told = {"*": {"exchange": "XTKS"}, "a": {"orientation": "-1", "label": "Alpha"}, "usdrub": {"as": "ruble-nbp"}}
    found = identify(["a", "USD/RUB", "b"], told | {"b": {"returns": "difference", "unit": "points"}})
    assert (found["a"].calendar, found["a"].orientation, found["a"].label) == ("XTKS", -1, "Alpha")
    assert (found["b"].returns, found["b"].unit) == ("difference", "points")
    assert found["USD/RUB"].label == "Ruble (Warsaw fixing)"
    closing = identify(["x"], {"x": {"close": "16:00", "time_zone": "America/New_York"}})["x"]
    assert (closing.stamp.clock, closing.stamp.zone) == ("16:00", "America/New_York")
    closed = identify(["x"], {"x": {"exchange": "XNYS", "closures": [{"first": "2022-02-28", "last": "2022-03-23"}]}})
    assert str(closed["x"].closures[0].last) == "2022-03-23"


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"y": {"exchange": "XTKS"}}, "there is no column 'y'"),
        ({"x": {"exchange": "XTKZ"}}, "unknown calendar 'XTKZ'; give an ISO 10383 code, .* or the close: --close"),
        ({"x": {"exchange": "TSE"}}, "'TSE' is a name of several exchanges; give the code of one: XTKS, XTSE"),
        ({"x": {"exchange": "BSE"}}, "'BSE' is a name of several exchanges; .*: XBUD, XBSE, XBOM"),
        ({"x": {"exchange": "ose"}}, "'ose' is a name of several exchanges; .*: XTKS, XOSL"),
        ({"x": {"close": "16 o'clock"}}, 'is no close; write "16:00 America/New_York"'),
        ({"x": {"close": "16:00 Nowhere/City"}}, "'Nowhere/City' is not a time zone"),
        ({"x": {"orientation": "2"}}, "must be 1 or -1"),
        ({"x": {"stamp": "ecb"}}, "unknown word about the column 'x' 'stamp'"),
        ({"x": {"exchange": "XTKS", "close": "16:00 UTC"}}, "not both"),
        ({"x": {"as": "rubel"}}, "did you mean 'ruble'"),
    ],
)
def test_what_cannot_be_is_one_line(told, message):
    """A wrong word, exchange, close, zone or column is named, with what would be right."""
    with pytest.raises(es.EventStudyError, match=message.replace("(", r"\(")):
        identify(["x"], told)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *(("MOEX", "XMOS"), ("moex", "XMOS"), ("JPX", "XTKS"), ("LSE", "XLON"), ("NYSE", "XNYS"), ("NASDAQ", "XNYS")),
        *(("HKEX", "XHKG"), ("SGX", "XSES"), ("ASX", "XASX"), ("B3", "BVMF"), ("xnys", "XNYS"), ("NSE", "XBOM")),
        *(("XETRA", "XETR"), ("FWB", "XFRA"), ("GPW", "XWAR"), ("WSE", "XWAR"), ("BIST", "XIST"), ("TSX", "XTSE")),
    ],
)
def test_an_exchange_by_the_name_that_people_use(name, code):
    """It is the exchange of that code, and never one whose code is spelled alike."""
    one, other = (identify(["x"], {"x": {"exchange": word}})["x"] for word in (name, code))
    assert one == other
    assert one.calendar == code


@pytest.mark.parametrize("error", [ValueError, NotImplementedError])
@pytest.mark.parametrize("code", ["XTAE", "ASEX"])
def test_an_exchange_without_a_calendar_is_one_line(code, error, monkeypatch):
    """It says to give the close instead, and with it the file is read; a Yahoo file of such a share is read without.

    Which calendars fail depends on the version of the library.
    """

    def get_calendar(*_, **__):
        raise error

    monkeypatch.setattr("exchange_calendars.get_calendar", get_calendar)
    with pytest.raises(
        es.InputError, match=rf"^no calendar of {code} can be made from 2022-01-01 to .*; give the close"
    ):
        identify(["x"], {"x": {"exchange": code}})
    told = identify(["x"], {"x": {"close": "17:15 Asia/Jerusalem"}})["x"].stamp
    assert (told.clock, told.zone, told.known) == ("17:15", "Asia/Jerusalem", True)
    assert not identify(["TEVA.TA"], layout={"TEVA.TA": "yahoo"})["TEVA.TA"].stamp.known


@pytest.mark.parametrize(
    ("text", "column", "instrument"),
    [
        ("data=RUB=X", "data", "RUB=X"),
        ("RUB=X=ruble", "RUB=X", "ruble"),
        ("RUB=X=RUB=X", "RUB=X", "RUB=X"),
        ("RUB=X", "*", "RUB=X"),
        ("USD=RUB", "USD", "RUB"),
        ("x = rubel", "x", "rubel"),
    ],
)
def test_names_with_an_equals_sign_in_as(text, column, instrument):
    """What stands behind the first equals sign that an instrument follows is that instrument."""
    assert instrument_words({"as": [text]}) == {column: {"as": instrument}}


def test_options_and_tables_are_words():
    """NAME=VALUE for one column, VALUE for all; names may have dots and equals signs in them."""
    told = instrument_words(
        {"exchange": ["7203.T=XTKS", "XNYS"], "close": []}, ["RUB=X.orientation=-1", "7203.T.label=A"]
    )
    assert told == {
        "7203.T": {"exchange": "XTKS", "label": "A"},
        "*": {"exchange": "XNYS"},
        "RUB=X": {"orientation": "-1"},
    }
    with pytest.raises(es.DesignError, match=r"must be NAME\.word=value"):
        instrument_words({}, ["gazp=XMOS"])
    assert instrument_words({"orientation": ["x=-1", "x = -1"]}) == {"x": {"orientation": "-1"}}
    with pytest.raises(es.DesignError, match=r"--orientation says '-1' and '1' of x"):
        instrument_words({"orientation": ["x=-1", "x=1"]})
    with pytest.raises(es.DesignError, match=r"--close says '17:30' and '9:30' of all columns"):
        instrument_words({"close": ["17:30", "9:30"]})


def test_closures_of_one_s_own(tmp_path):
    """A TOML file of closures takes them out of a calendar: no session is missing in them."""
    path = tmp_path / "shut.toml"
    path.write_text('gazp = [{ first = 2022-02-28, last = 2022-03-23, why = "shut" }]\n')
    told = {"gazp": {"exchange": "XMOS", **read_closures(path)["gazp"]}}
    prices = pd.DataFrame({"gazp": [1.0, 2.0, 3.0]}, pd.to_datetime(["2022-02-24", "2022-02-25", "2022-03-24"]))
    (history,) = es.markets.histories_from_prices(prices, told).values()
    assert len(history.holes) == 0
    (history,) = es.markets.histories_from_prices(prices, {"gazp": {"exchange": "XMOS"}}).values()
    assert len(history.holes) == 16


@pytest.mark.parametrize("text", ['gazp = "2022"\n', "[[closures]]\nfirst = 2022-02-28\n", "closures = 1\n"])
def test_closures_of_another_form_are_refused(tmp_path, text):
    """Closures that are no list under a column's name are refused with the form they should have."""
    path = tmp_path / "shut.toml"
    path.write_text(text)
    with pytest.raises(es.InputError, match=r"^shut.toml: (gazp|closures) must be a list of closures: "):
        read_closures(path)


def tokyo():
    """Return 200 instants at random and the Tokyo session that each meets, by exchange_calendars' own closes."""
    import exchange_calendars as xc

    with warnings.catch_warnings():  # what pandas finds outdated in the library
        warnings.simplefilter("ignore")
        closes = xc.get_calendar("XTKS", start="2023-06-01", end="2025-06-30").closes.dt.tz_convert(None)
    first, last = (closes.iloc[k] for k in (150, -20))
    minutes = np.random.default_rng(5).integers(0, int((last - first) / pd.Timedelta("1min")), 200)
    instants = (first + pd.to_timedelta(minutes, "min") + pd.Timedelta("30s")).tz_localize("UTC")
    right = [min(day for day, close in closes.items() if close > at) for at in instants.tz_localize(None)]
    prices = pd.DataFrame({"7203.T": np.linspace(100, 200, len(closes))}, index=closes.index)
    events = pd.DataFrame({"id": [f"e{k}" for k in range(200)], "time": [f"{i:%Y-%m-%dT%H:%M:%SZ}" for i in instants]})
    return events, prices, right, closes, instants


def matched(events, prices, **told):
    """Return the matches of a study, event by event."""
    study = es.EventStudy(events, prices, windows=["0:0"], tests=[], overlap="keep", clean="none", **told)
    return study.fit().matches.set_index("event_id").loc[events["id"]]


def test_with_its_exchange_every_instant_of_tokyo_is_right():
    """Of 200 instants at random, across the longer hours from November 2024, all 200 meet the right session."""
    events, prices, right, _, _ = tokyo()
    found = matched(events, prices, instruments={"7203.T": {"exchange": "XTKS"}})
    assert found["session"].tolist() == right
    assert set(found["timing"]) == {"exact"}


def test_without_an_hour_no_row_meets_a_price_struck_before_the_news():
    """Nobody says when Tokyo closes: every row says so, and none meets a session that had closed before its news."""
    events, prices, right, closes, instants = tokyo()
    found = matched(events, prices)
    struck = closes.loc[found["session"]].to_numpy()
    assert (struck > instants.tz_localize(None).to_numpy()).all()
    assert found["reason"].str.contains("hour of the price unknown").all()
    assert set(found["timing"]) == {"day"}
    assert (found["session"] >= right).all()


def test_a_study_says_what_to_do_about_an_unknown_hour():
    """The warning names the column and both options; the note stands beside the CAR; dates alone need nothing."""
    prices = walk().rename("gazp")
    result = es.event_study(["2022-01-26T20:00Z"], prices, windows=["0:0"], tests=[])
    (said,) = [line for line in result.warnings if "hour of the price unknown" in line]
    assert "--exchange gazp=" in said
    assert "--close 'gazp=" in said
    assert result.car["note"].str.contains("by-day: hour of the price unknown").all()
    assert result.inputs[1].columns == {"gazp": "as quoted; hour of the price unknown"}
    day = es.event_study(["2022-01-27"], prices, windows=["0:0"], tests=[])
    assert not [line for line in day.warnings if "hour of the price" in line]


def test_figures_that_lost_their_layout_have_no_hour():
    """The library's own figures after an operation that forgets where they came from: by day, and the row says so."""
    case = es.load_case("raise-or-fold-2022")
    prices = case.prices[["ruble"]]
    forgot = pd.DataFrame(prices.to_numpy(), prices.index, prices.columns)
    kept, lost = (es.EventStudy(case.events, frame, windows=["0:0"], tests=[]).fit() for frame in (prices, forgot))
    assert kept.histories["ruble"].instrument.stamp.name == "ecb"
    assert not lost.histories["ruble"].instrument.stamp.known
    exact = (kept.matches["timing"] == "exact") & (lost.matches["status"] != "excluded")
    assert lost.matches.loc[exact.to_numpy(), "reason"].str.contains("hour of the price unknown").all()


@pytest.mark.one_in(2)
@pytest.mark.parametrize("clock", ["", "T20:00:00Z"])
def test_the_same_file_under_any_name_gives_the_same_answer(tmp_path, clock):
    """One Yahoo dump saved as ruble.csv, gazp.csv and x.csv: one session, one sign, one number."""
    price = walk()
    dump = pd.DataFrame(dict.fromkeys(("Open", "High", "Low", "Close", "Adj Close"), price)).assign(Volume=1)
    answers = set()
    for name in ("ruble", "gazp", "x"):
        dump.rename_axis("Date").to_csv(tmp_path / f"{name}.csv")
        prices = es.read_prices(tmp_path / f"{name}.csv")
        result = es.event_study([f"2022-01-27{clock}"], prices, windows=["0:0"], tests=[])
        row, match = result.car.iloc[0], result.matches.iloc[0]
        answers.add((str(match["session"]), row["car"], match["reason"], *result.inputs[1].columns.values()))
    assert len(answers) == 1


def test_a_chart_names_the_file_and_nobody_else(tmp_path):
    """A file called ruble.csv is no figure of the ECB's: the source line says whose file it is, and no hour."""
    walk().rename("Close").rename_axis("Date").to_csv(tmp_path / "ruble.csv")
    result = es.event_study(["2022-01-27"], es.read_prices(tmp_path / "ruble.csv"), windows=["0:0"], tests=[])
    note = es.charts.describe(es.charts.timeline(result))["footnote"]
    assert note.startswith("Source: your file ruble.csv; hour of the price unknown.")
    assert "European" not in note


def called(*words):
    """Run the command."""
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert not ended.value.code


def test_a_design_file_says_what_columns_are(tmp_path, capsys):
    """[instruments.NAME] and [closures] of a design, and the options beside it, reach the study and its inputs."""
    walk().rename("7203.T").rename_axis("date").to_csv(tmp_path / "toyota.csv")
    (tmp_path / "e.csv").write_text("time,stance\n2022-01-26T20:00Z,raise\n")
    design = tmp_path / "d.toml"
    design.write_text(
        '[data]\nevents = "e.csv"\nprices = "toyota.csv"\n[design]\nwindows = ["0:0"]\ntests = []\n'
        '[instruments."7203.T"]\nexchange = "XTKS"\nlabel = "Toyota"\norientation = -1\n'
        '[closures]\n"7203.T" = [{ first = 2021-05-03, last = 2021-05-05, why = "shut" }]\n'
    )
    called("run", design, "--format", "json")
    study = json.loads(capsys.readouterr().out)
    (row,) = study["tables"]["matches"]
    assert (row["session"], row["stamp"], row["timing"]) == ("2022-01-27", "2022-01-27T06:00:00Z", "exact")
    said = study["inputs"][1]["columns"]["7203.T"]
    assert said.startswith("Toyota, turned so that a rise is its gain; close of XTKS")
    files = ("--events", tmp_path / "e.csv", "--prices", tmp_path / "toyota.csv")
    called("match", *files, "--close", "7203.T=15:00 Asia/Tokyo", "--format", "json")
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["session"], row["stamp"]) == ("2022-01-27", "2022-01-27T06:00:00Z")


def test_figures_that_do_not_follow_a_proven_calendar_keep_their_days(tmp_path):
    """A Moscow export with prices on Moscow's holidays: all of them stay, its calendar goes, and that is said."""
    days = pd.bdate_range("2021-01-04", "2022-03-31")
    prices = pd.Series(100.0 * np.exp(np.cumsum(np.random.default_rng(3).normal(0, 0.01, len(days)))), index=days)
    rows = zip(days.strftime("%d.%m.%Y"), (f"{price:.4f}".replace(".", ",") for price in prices), strict=True)
    lines = ["BOARDID;TRADEDATE;SHORTNAME;SECID;CLOSE", *(f"SNDX;{day};Индекс;IMOEX;{price}" for day, price in rows)]
    (tmp_path / "moex.csv").write_text("\n".join(lines), encoding="utf-8")
    (history,) = histories_from_prices(es.read_prices(tmp_path / "moex.csv")).values()
    assert len(history.sessions) == len(days)
    assert any("no session of XMOS, so its calendar is not taken" in note for note in history.notes)
