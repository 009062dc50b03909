from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import find_instrument
from eventstudy.markets import (
    expected_sessions,
    histories_from_prices,
    histories_from_returns,
    load_series,
    series_labels,
)


def days(*texts):
    """Return dates as the library holds them."""
    return np.array(texts, dtype="datetime64[D]")


def utc(*texts):
    """Return instants as the library holds them."""
    return np.array(texts, dtype="datetime64[ns]")


def history_of(name, prices, make=histories_from_prices):
    """Return the history of an instrument from a mapping of date to price."""
    frame = pd.DataFrame({name: list(prices.values())}, index=pd.to_datetime(list(prices)), dtype=float)
    frame.attrs["layout"] = {name: "catalogue"}
    return make(frame)[name]


def bundled(name):
    """Return the history of one bundled series."""
    return histories_from_prices(load_series(name).to_frame())[series_labels()[name].instrument]


# --- dates that are no session, sessions that have no price --------------------------------------------------------


def test_a_price_on_no_session_is_left_out():
    """Juneteenth 2022 was kept on Monday the 20th: a VIX value of that day is left out and the return runs past it."""
    vix = history_of("vix", {"2022-06-16": 33, "2022-06-17": 31, "2022-06-20": 31.03, "2022-06-21": 30.2})
    assert vix.sessions.tolist() == days("2022-06-16", "2022-06-17", "2022-06-21").tolist()
    assert vix.dropped.tolist() == days("2022-06-20").tolist()
    np.testing.assert_allclose(vix.returns, [np.nan, -2, -0.8])
    assert vix.notes == ("vix: left out what is dated on no session of XNYS: 2022-06-20",)


def test_a_missing_price_is_never_spanned():
    """Friday 18 February 2022 has no price: Monday's change would be two sessions' and is no return."""
    prices = {"2022-02-16": 3646.41, "2022-02-17": 3511.08, "2022-02-21": 3036.88, "2022-02-22": 3084.74}
    imoex = history_of("imoex", prices)
    assert imoex.holes.tolist() == days("2022-02-18").tolist()
    assert np.isnan(imoex.returns).tolist() == [True, False, True, False]
    assert imoex.holes_before(2).tolist() == imoex.holes.tolist()
    assert [len(imoex.holes_before(k)) for k in (0, 1, 3)] == [0, 0, 0]
    assert imoex.notes == ("imoex: no price on sessions of XMOS: 2022-02-18",)


def test_a_closure_is_no_hole():
    """From 25 February to 24 March 2022 Moscow was closed: the return over the break is one, and is +4.4 %."""
    imoex = bundled("moex-imoex-2013")
    k = int(np.searchsorted(imoex.sessions, np.datetime64("2022-03-24")))
    assert len(imoex.holes) == len(imoex.holes_before(k)) == 0
    assert round(float(imoex.returns[k]), 4) == 0.0437
    assert imoex.gap_days[k] == 27


def test_without_a_calendar_every_price_is_a_session():
    """A series of which no calendar is known keeps every date, Sundays too, and has no holes."""
    prices = {"2022-02-25": 80.0, "2022-02-27": 90.0, "2022-03-04": 100.0}
    for name in ("mystery", "brent"):
        history = history_of(name, prices)
        assert (len(history), len(history.holes), len(history.dropped), history.notes) == (3, 0, 0, ())
        assert history.spanned.tolist() == [0, 0, 0]
        assert np.isfinite(history.returns[1:]).all()


def test_another_columns_saturday_is_no_missing_price():
    """A market of weekdays is not said to miss the Saturdays that a rate beside it has; one of all days is."""
    index = pd.to_datetime(["2022-02-24", "2022-02-25", "2022-02-26", "2022-02-28", "2022-03-01", "2022-03-02"])
    weekdays = [80.0, 81.0, np.nan, 82.0, np.nan, 83.0]
    frame = pd.DataFrame({"mine": weekdays, "rate": [1.0, 1.1, 1.2, 1.3, 1.4, 1.5]}, index=index)
    mine = histories_from_prices(frame)["mine"]
    assert mine.blanks.tolist() == days("2022-03-01").tolist()
    assert mine.spanned.tolist() == [0, 0, 0, 1]
    every_day = pd.concat([frame, pd.DataFrame({"mine": [84.0]}, index=pd.to_datetime(["2022-03-05"]))])
    assert histories_from_prices(every_day)["mine"].spanned.tolist() == [0, 0, 1, 1, 0]


def test_a_series_on_no_session_at_all_has_none():
    """Weekend prices of New York shares are all left out; what remains is an empty history."""
    history = history_of("sp500", {"2022-02-26": 4300, "2022-02-27": 4310})
    assert (len(history), len(history.dropped), len(history.holes)) == (0, 2, 0)


def test_sessions_before_the_first_and_after_the_last_price_are_no_holes():
    """A sample begins and ends where its prices do, even when a date on no session comes first or last."""
    history = history_of("sp500", {"2022-02-26": 4300, "2022-03-02": 4386, "2022-03-03": 4363, "2022-03-12": 4200})
    assert history.sessions.tolist() == days("2022-03-02", "2022-03-03").tolist()
    assert len(history.holes) == 0


def test_given_returns_meet_the_calendar_too():
    """A return on a holiday is left out, and the first one after a session without any may span both: it is missing."""
    returns = {"2022-05-26": 0.02, "2022-05-27": 0.01, "2022-05-30": 0.0, "2022-06-01": -0.03, "2022-06-02": 0.02}
    history = history_of("sp500", returns, histories_from_returns)
    assert history.dropped.tolist() == days("2022-05-30").tolist()
    assert history.holes.tolist() == days("2022-05-31").tolist()
    np.testing.assert_array_equal(history.returns, [0.02, 0.01, np.nan, 0.02])


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", series_labels())
def test_no_bundled_return_is_lost(name):
    """Every bundled series has a return on each session but the first, below a price of zero, and after a hole."""
    history = bundled(name)
    lost = history.sessions[1:][~np.isfinite(history.returns[1:])].astype(str).tolist()
    known = {"eia-wti-1986": ["2020-04-20", "2020-04-21"], "moex-rgbi-tr-2013": ["2013-05-14"]}
    assert lost == known.get(name, [])
    noted = {"eia-wti-1986": "not positive", "moex-rgbi-tr-2013": "no price on sessions", "cbr-usd-rub": "is that of"}
    assert [noted[name] in note for note in history.notes] == [True] * (name in noted)


@given(st.sets(st.integers(0, 60), min_size=2), st.sampled_from(["imoex", "sp500", "ruble", "ruble-nbp"]))
def test_returns_are_known_exactly_between_neighbouring_sessions(chosen, name):
    """Whatever dates have prices, a return is known if and only if no session of the calendar lies in between."""
    instrument = find_instrument(name)
    dates = np.datetime64("2022-02-01") + np.array(sorted(chosen))
    prices = pd.DataFrame({name: np.linspace(80.0, 90.0, len(dates))}, index=pd.DatetimeIndex(dates))
    history = histories_from_prices(prices, {name: {"as": name}})[name]
    expected = expected_sessions(instrument.calendar, dates[0], dates[-1], instrument.closures)
    np.testing.assert_array_equal(np.union1d(history.sessions, history.dropped), dates)
    assert set(history.sessions.tolist()) <= set(expected.tolist())
    place = np.searchsorted(expected, history.sessions)
    neighbours = np.diff(place) == 1
    np.testing.assert_array_equal(np.isfinite(history.returns[1:]), neighbours)
    assert len(history.holes) == (np.diff(place) - 1).sum()


# --- stamps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "session", "stamp"),
    [
        ("sp500", "2020-11-25", "2020-11-25T21:00"),
        ("sp500", "2020-11-27", "2020-11-27T18:00"),  # the day after Thanksgiving: 13:00 New York
        ("em-bonds", "2020-12-24", "2020-12-24T18:00"),
        ("em-bonds", "2021-11-26", "2021-11-26T18:00"),
        ("vix", "2021-11-24", "2021-11-24T21:15"),
        ("vix", "2021-11-26", "2021-11-26T18:15"),  # a quarter of an hour after the shares, as always
        ("imoex", "2022-02-25", "2022-02-25T15:50"),
        ("imoex", "2022-03-24", "2022-03-24T10:50"),  # 13:50 Moscow
        ("imoex", "2022-03-28", "2022-03-28T10:50"),
        ("imoex", "2022-03-31", "2022-03-31T15:50"),
        ("ruble", "2021-12-24", "2021-12-24T13:15"),
    ],
)
def test_half_days_are_struck_early(name, session, stamp):
    """On New York's half days and in Moscow's short sessions of March 2022 the last price is hours older."""
    history = history_of(name, {session: 100.0})
    assert history.stamps.tolist() == utc(stamp).tolist()


@pytest.mark.parametrize(
    ("name", "sessions", "hours"),
    [
        ("ruble", ("2022-03-25", "2022-03-28"), -1),  # Frankfurt goes forward on the 27th
        ("ruble", ("2021-10-29", "2021-11-01"), 1),
        ("brent", ("2022-03-25", "2022-03-28"), -1),  # so does London
        ("brent", ("2021-10-29", "2021-11-01"), 1),
        ("sp500", ("2022-03-11", "2022-03-14"), -1),  # New York two weeks before
        ("sp500", ("2021-11-05", "2021-11-08"), 1),
        ("ruble", ("2022-03-11", "2022-03-14"), 0),
        ("sp500", ("2022-03-25", "2022-03-28"), 0),
        ("imoex", ("2010-03-26", "2010-03-29"), -1),  # Moscow kept summer time until 2010,
        ("imoex", ("2010-10-29", "2010-11-01"), 1),
        ("imoex", ("2011-03-25", "2011-03-28"), -1),  # went over to it for good in 2011,
        ("imoex", ("2011-10-28", "2011-10-31"), 0),
        ("imoex", ("2014-03-28", "2014-03-31"), 0),
        ("imoex", ("2014-10-24", "2014-10-27"), 1),  # and to winter time for good in 2014
        ("imoex", ("2015-03-27", "2015-03-30"), 0),
    ],
)
def test_clock_changes_move_the_stamp_by_an_hour(name, sessions, hours):
    """Between the sessions on both sides of a change of clocks, the stamp moves by its hour in UTC, and only then."""
    history = history_of(name, {sessions[0]: 100.0, sessions[1]: 101.0})
    moved = (history.stamps[1] - history.stamps[0]) - np.timedelta64(3, "D")
    assert moved == np.timedelta64(hours, "h")


# --- the next open -------------------------------------------------------------------------------------------------

IMOEX = bundled("moex-imoex-2013")
SP500 = bundled("spx-1990")


@pytest.mark.parametrize(
    ("history", "published", "opens"),
    [
        (IMOEX, "2022-02-22T16:00", "2022-02-24T07:00"),  # the 23rd of February is a holiday
        (IMOEX, "2022-02-25T16:00", "2022-03-24T07:00"),  # across the closure
        (IMOEX, "2022-03-24T10:49", "2022-03-24T10:49"),  # 13:49 Moscow, the last minute of a short session
        (IMOEX, "2022-03-24T10:50", "2022-03-25T07:00"),
        (IMOEX, "2021-02-19T16:00", "2021-02-20T07:00"),  # a working Saturday
        (SP500, "2021-11-26T17:59", "2021-11-26T17:59"),  # 12:59 New York on a half day
        (SP500, "2021-11-26T18:00", "2021-11-29T14:30"),
        (SP500, "2022-05-27T20:00", "2022-05-31T13:30"),  # Memorial Day
        (SP500, "2022-12-28T21:00", "2022-12-29T14:30"),  # after the last price of the sample
        (SP500, "2022-12-30T21:00", "2023-01-03T14:30"),
    ],
)
def test_trading_opens_when_the_market_does(history, published, opens):
    """Holidays, the closure, working Saturdays and half days are followed, beyond the sample too."""
    assert history.next_open(utc(published)).tolist() == utc(opens).tolist()


def test_a_session_without_a_price_could_be_traded():
    """That our figures miss a session does not mean that the market was shut."""
    history = history_of("imoex", {"2022-02-17": 3511.08, "2022-02-21": 3036.88})
    assert history.next_open(utc("2022-02-17T16:00")).tolist() == utc("2022-02-18T07:00").tolist()


def test_foreign_exchange_needs_no_calendar():
    """The ruble trades around the clock, whatever days the ECB keeps."""
    ruble = history_of("ruble", {"2022-04-14": 80.0})
    assert ruble.next_open(utc("2022-04-15T12:00", "NaT"))[:1].tolist() == utc("2022-04-15T12:00").tolist()


def test_nobody_knows_when_an_unknown_market_opens_again():
    """Without a calendar the sample's end is the end of what is known; what has no instant has no open."""
    history = history_of("mystery", {"2022-02-24": 1.0, "2022-02-25": 2.0})
    got = history.next_open(utc("2022-02-25T12:00", "2022-02-26T12:00", "NaT"))
    assert got[:1].tolist() == utc("2022-02-25T12:00").tolist()
    assert np.isnat(got[1:]).all()
    assert np.isnat(history_of("imoex", {}).next_open(utc("2022-02-25T12:00"))).all()


@given(st.lists(st.integers(0, 3 * 365 * 24 * 60), min_size=2, max_size=20))
def test_the_next_open_ascends_and_lies_inside_hours(minutes):
    """Later news can never be traded earlier, and never before it is out or on a day without a session."""
    published = np.datetime64("2020-07-02", "ns") + np.sort(np.array(minutes)).astype("timedelta64[m]")
    opens = IMOEX.next_open(published)
    assert (opens >= published).all()
    assert (np.diff(opens) >= np.timedelta64(0, "ns")).all()
    moscow = (opens + np.timedelta64(3, "h")).astype("datetime64[D]")
    sessions = expected_sessions("XMOS", date(2020, 7, 1), date(2023, 12, 31), IMOEX.instrument.closures)
    assert np.isin(moscow, sessions).all()


def test_an_instrument_lent_to_a_column_brings_its_calendar():
    """A column that is said to be New York shares drops New York's holidays under its own name."""
    prices = pd.DataFrame({"mine": [1.0, 2.0]}, index=pd.to_datetime(["2022-05-27", "2022-05-30"]))
    mine = histories_from_prices(prices, {"mine": find_instrument("sp500")})["mine"]
    assert mine.notes == ("mine: left out what is dated on no session of XNYS: 2022-05-30",)
    free = histories_from_prices(prices, {"mine": replace(find_instrument("sp500"), calendar="")})["mine"]
    assert len(free) == 2


# --- rates that are dated the day after ------------------------------------------------------------------------------


def test_the_rate_of_the_bank_of_russia_is_that_of_the_day_before_its_date():
    """Its rate dated Saturday 26 February 2022 is Friday's, and falls as the ECB's of Friday does: 4.05 and 3.89 %."""
    cbr = history_of("ruble-cbr", {"2022-02-25": 86.9288, "2022-02-26": 83.5485})
    assert cbr.sessions.tolist() == days("2022-02-24", "2022-02-25").tolist()
    assert cbr.stamps.tolist() == utc("2022-02-24T08:30", "2022-02-25T08:30").tolist()
    ecb = bundled("ecb-usd-rub")
    on_friday = ecb.returns[ecb.sessions == np.datetime64("2022-02-25")][0]
    assert cbr.returns[1] == pytest.approx(86.9288 / 83.5485 - 1)
    assert (round(100 * cbr.returns[1], 2), round(100 * on_friday, 2)) == (4.05, 3.89)
    assert cbr.notes == ("ruble-cbr: the price dated 2022-02-26 is that of session 2022-02-25, and so are all",)


def test_a_rate_carried_over_to_a_monday_is_left_out():
    """The fall of Monday 9 April 2018 stands under the 10th; what a file has under the 9th is Saturday's again."""
    cbr = history_of("ruble-cbr", {"2018-04-07": 57.8, "2018-04-09": 57.8, "2018-04-10": 58.6, "2018-04-11": 62.4})
    assert cbr.sessions.tolist() == days("2018-04-06", "2018-04-09", "2018-04-10").tolist()
    assert cbr.dropped.tolist() == days("2018-04-09").tolist()
    assert not len(cbr.holes)


def test_a_rate_not_dated_late_is_seen_in_its_holes():
    """Rates already moved to the day of their trading have prices on no session: each Monday's stands on a Sunday."""
    moved = {"2018-04-06": 57.8, "2018-04-09": 58.6, "2018-04-10": 62.4, "2018-04-11": 63.0}
    assert history_of("ruble-cbr", moved).dropped.tolist() == days("2018-04-09").tolist()


def test_the_bank_of_russia_changed_its_hour_twice_in_2022():
    """The rate is struck at 11:30 Moscow to 14 March, 16:30 from the 15th, 15:30 from 26 April."""
    stamp = find_instrument("ruble-cbr").stamp
    struck = stamp.instants(days("2022-03-14", "2022-03-15", "2022-04-25", "2022-04-26"))
    assert (
        struck.tolist() == utc("2022-03-14T08:30", "2022-03-15T13:30", "2022-04-25T13:30", "2022-04-26T12:30").tolist()
    )
