import tomllib
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import UnknownNameError, find_instrument
from eventstudy.markets import load_series, series_labels
from eventstudy.markets.calendar import (
    exchange_between,
    expected_sessions,
    library_calendar,
    meet_calendar,
    minutes_early,
)

CALENDARS = ("XMOS", "XNYS", "TARGET", "NBP", "FX")
MOSCOW = find_instrument("imoex").closures
OVERLAYS = tomllib.loads(files("eventstudy.markets").joinpath("calendars.toml").read_text(encoding="utf-8"))


def days(*texts):
    """Return dates as the library holds them."""
    return np.array(texts, dtype="datetime64[D]")


def close_on(calendar, text):
    """Return when an exchange closed on a session, by its own clock."""
    day = date.fromisoformat(text)
    exchange = exchange_between(calendar, np.datetime64(day), np.datetime64(day))
    return dict(exchange.early).get(day, exchange.close_on(day))


def is_session(calendar, day):
    """Whether a calendar has a session on a day."""
    return len(expected_sessions(calendar, day, day)) == 1


# --- against real prices -------------------------------------------------------------------------------------------

WITH_CALENDAR = [
    name for name, label in series_labels().items() if find_instrument(label.instrument).calendar
]  # fmt: skip


@pytest.mark.one_in(4)
@pytest.mark.parametrize("name", WITH_CALENDAR)
def test_a_bundled_series_has_a_price_on_every_session_and_on_no_other_day(name):
    """The dates of the bundled figures, of up to 36 years, are exactly the sessions of their calendars."""
    instrument = find_instrument(series_labels()[name].instrument)
    dates = load_series(name).dropna().index.to_numpy().astype("datetime64[D]")
    dates -= np.timedelta64(instrument.dated_late, "D")
    _, dropped, gaps = meet_calendar(instrument.calendar, instrument.closures, dates)
    # Two figures that look exchanged in every copy are left out of the bonds' total return.
    holes = ["2013-05-10", "2013-05-13"] if name == "moex-rgbi-tr-2013" else []
    assert (dropped.tolist(), gaps.astype(str).tolist()) == ([], holes)
    expected = expected_sessions(instrument.calendar, dates[0], dates[-1], instrument.closures)
    np.testing.assert_array_equal(np.setdiff1d(expected, gaps), dates)


def test_there_is_no_phantom_session_in_moscow_in_2022():
    """Between 25 February and 24 March 2022 Moscow's shares had no session, and the year has none but real ones."""
    year = expected_sessions("XMOS", "2022-01-01", "2022-12-31", MOSCOW)
    steps = np.diff(year).astype(int)
    assert (str(year[np.argmax(steps)]), steps.max()) == ("2022-02-25", 27)
    assert sorted(steps)[-2] == 5  # Friday 29 April to Wednesday 4 May, and 6 to 11 May
    before = expected_sessions("XMOS", "2022-02-26", "2022-03-23")
    assert len(before) == 16  # what the calendar has without the closure
    assert len(expected_sessions("XMOS", "2022-02-26", "2022-03-23", MOSCOW)) == 0


# --- holidays and other days ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "day", "session"),
    [
        ("XNYS", "2022-05-27", True),
        ("XNYS", "2022-05-30", False),  # Memorial Day
        ("XNYS", "2022-06-20", False),  # Juneteenth, kept on Monday
        ("XNYS", "2021-06-18", True),  # ... not yet in 2021
        ("XNYS", "2012-10-29", False),  # the hurricane
        ("XNYS", "2001-09-11", False),
        ("XNYS", "2018-12-05", False),  # mourning for a president
        ("XNYS", "2021-12-31", True),
        ("XMOS", "2022-02-22", True),
        ("XMOS", "2022-02-23", False),  # Defender of the Fatherland
        ("XMOS", "2022-01-07", False),  # Orthodox Christmas: the index has a row without turnover
        ("XMOS", "2022-01-03", True),
        ("XMOS", "2022-05-03", False),
        ("XMOS", "2022-06-13", False),  # for Sunday the 12th
        ("XMOS", "2014-06-13", False),
        ("XMOS", "2008-11-12", False),  # suspended for the day
        ("XMOS", "2021-02-20", True),  # working Saturdays ...
        ("XMOS", "2018-04-28", True),
        ("XMOS", "2024-04-27", True),
        ("XMOS", "2024-12-28", True),
        ("XMOS", "2025-11-01", True),
        ("XMOS", "2012-03-11", True),  # ... and Sundays
        ("XMOS", "2009-01-11", True),
        ("XMOS", "2021-02-27", False),  # any other Saturday
        ("XMOS", "2025-02-24", True),  # traded though the 23rd was a Sunday
        ("XMOS", "2025-03-10", True),
        ("XMOS", "2026-02-23", False),
        ("XMOS", "2026-03-09", True),
        ("XMOS", "2026-05-11", True),
        ("TARGET", "2022-04-15", False),  # Good Friday
        ("TARGET", "2022-04-18", False),  # Easter Monday
        ("TARGET", "2019-05-01", False),
        ("TARGET", "2022-12-26", False),
        ("TARGET", "2021-12-24", True),
        ("TARGET", "2021-12-31", True),
        ("TARGET", "1999-04-02", True),  # TARGET's first year kept neither Easter ...
        ("TARGET", "1999-04-05", True),
        ("TARGET", "1999-12-31", False),  # ... nor the last day open
        ("TARGET", "2000-12-29", True),
        ("TARGET", "2001-12-31", False),  # for the change to euro cash
        ("TARGET", "2002-12-31", True),
        ("NBP", "2022-06-16", False),  # Corpus Christi
        ("NBP", "2010-01-06", True),
        ("NBP", "2011-01-06", False),  # Epiphany is a holiday again
        ("NBP", "2022-04-15", True),  # Good Friday is none
        ("NBP", "2018-11-12", True),  # rates on a holiday made for once
        ("NBP", "2005-04-08", False),  # the funeral of John Paul II
        ("NBP", "2024-12-24", True),
        ("NBP", "2025-12-24", False),  # Christmas Eve, from 2025
        ("FX", "2022-05-30", True),
        ("FX", "2022-02-27", False),  # there is no Sunday session
        ("FX", "2023-12-25", False),
        ("FX", "2024-01-01", False),
    ],
)
def test_a_day_is_a_session_or_not(calendar, day, session):
    """Holidays, days taken for one, working weekends and single suspensions are as they were."""
    assert is_session(calendar, day) is session


@pytest.mark.parametrize("calendar", CALENDARS)
def test_the_leap_day_is_a_session_on_a_weekday_only(calendar):
    """Thursday 29 February 2024 was traded and fixed everywhere, Saturday 29 February 2020 nowhere."""
    assert is_session(calendar, "2024-02-29")
    assert not is_session(calendar, "2020-02-29")


def test_moscows_weekends_are_those_of_our_own_table():
    """Whatever the library and pandas make of its list, Moscow's weekend sessions are those of `calendars.toml`."""
    sessions = expected_sessions("XMOS", "1997-09-22", "2026-12-31")
    weekend = sessions[~np.is_busday(sessions)]
    listed = [day for day in OVERLAYS["XMOS"]["sessions"] if day.weekday() >= 5]
    assert weekend.tolist() == sorted(listed)
    assert len(weekend) == 42


def test_closures_are_taken_out():
    """A suspension has no sessions, whichever calendar it interrupts."""
    assert len(expected_sessions("TARGET", "2022-02-28", "2022-03-23", MOSCOW)) == 0
    assert expected_sessions("TARGET", "2022-02-25", "2022-03-24", MOSCOW).tolist() == [
        date(2022, 2, 25),
        date(2022, 3, 24),
    ]


def test_without_a_calendar_nothing_is_expected():
    """The empty calendar says nothing, which is not the same as no session."""
    assert expected_sessions("", "2022-01-01", "2022-12-31") is None
    assert len(expected_sessions("TARGET", "2022-01-02", "2022-01-01")) == 0


def test_an_unknown_calendar_is_named():
    """A calendar nobody knows is an error with the nearest name."""
    with pytest.raises(UnknownNameError, match="unknown calendar 'XMOZ'; give an ISO 10383 code"):
        expected_sessions("XMOZ", "2022-01-01", "2022-01-31")


def test_any_exchange_of_the_library_will_do():
    """A calendar of an instrument of one's own may be any exchange's: London had no session on its bank holidays."""
    sessions = expected_sessions("XLON", "2022-06-01", "2022-06-06").tolist()
    assert sessions == [date(2022, 6, 1), date(2022, 6, 6)]
    assert close_on("XLON", "2021-12-24") == "12:30"


@pytest.mark.one_in(2)
@pytest.mark.parametrize("code", ["CBR", "NBP", "TARGET", "XHKG", "XMOS", "XNYS"])
def test_bundled_sessions_are_those_of_the_libraries(code):
    """The arrays say what `exchange_calendars` and `holidays` say; only `calendars.toml` comes between."""
    bundled = exchange_between(code, np.datetime64("2000-01-03"), np.datetime64("2026-12-31"))
    library, overlay = library_calendar(code, 2000, 2026), OVERLAYS.get(code, {})
    expected = {*library.sessions.tolist(), *overlay.get("sessions", ())} - {*overlay.get("no_sessions", ())}
    span = date(2000, 1, 1), date(2026, 12, 31)
    assert [day for day in bundled.sessions.tolist() if span[0] <= day <= span[1]] == sorted(
        day for day in expected if span[0] <= day <= span[1]
    )
    assert (bundled.opens, bundled.zone) == (library.opens, library.zone)
    assert bundled.closes == (((None, overlay["closes"]),) if "closes" in overlay else library.closes)
    early = [row for row in bundled.early if span[0] <= row[0] <= span[1]]
    assert early == sorted([*library.early, *((row["date"], row["close"]) for row in overlay.get("early", ()))])


def test_years_that_are_not_bundled_come_from_the_library():
    """Beyond the arrays a calendar goes on: the New York sessions of 2027 and 2028 join without a gap."""
    whole = expected_sessions("XNYS", "2027-12-01", "2028-01-31")
    parts = [
        expected_sessions("XNYS", "2027-12-01", "2027-12-31"),
        expected_sessions("XNYS", "2028-01-01", "2028-01-31"),
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert not is_session("XNYS", "2028-01-17")  # Martin Luther King Day


@given(st.sampled_from(CALENDARS), st.lists(st.dates(date(1999, 1, 1), date(2026, 12, 31)), min_size=3, max_size=3))
def test_a_span_is_the_sum_of_its_parts(calendar, three):
    """The sessions of a span, cut anywhere, are those of its two parts; they ascend and lie inside it."""
    first, middle, last = sorted(three)
    whole = expected_sessions(calendar, first, last)
    parts = [expected_sessions(calendar, first, middle), expected_sessions(calendar, middle + timedelta(1), last)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    assert all(before < after for before, after in pairwise(whole.tolist()))
    assert all(first <= day <= last for day in whole.tolist())


@given(st.sampled_from(("XNYS", "TARGET", "NBP", "FX")), st.dates(date(1999, 1, 1), date(2026, 12, 31)))
def test_only_moscow_works_on_weekends(calendar, day):
    """No other calendar has a session on a Saturday or a Sunday, and none rests for a whole week but once."""
    if day.weekday() >= 5:
        assert not is_session(calendar, day)
    week = expected_sessions(calendar, day, day + timedelta(6))
    assert len(week) >= 3 or (calendar == "XNYS" and day.year == 2001)


# --- the rules -----------------------------------------------------------------------------------------------------


def weekdays_less(holidays, first, last):
    """Return the weekdays of some years less the holidays that a rule gives for each, in a plain loop."""
    found, day = [], date(first, 1, 1)
    while day.year <= last:
        if day.weekday() < 5 and day not in holidays(day.year):
            found.append(day)
        day += timedelta(1)
    return found


def test_target_is_its_rule_in_28_years():
    """New Year, Good Friday, Easter Monday, 1 May and Christmas; 1999 and 2001 had a year end of their own."""

    def holidays(year):
        ends = {date(year, 1, 1), date(year, 12, 25)} | ({date(year, 12, 31)} if year in {1999, 2001} else set())
        between = {easter(year) - timedelta(2), easter(year) + timedelta(1), date(year, 5, 1), date(year, 12, 26)}
        return ends if year == 1999 else ends | between

    assert expected_sessions("TARGET", "1999-01-01", "2026-12-31").tolist() == weekdays_less(holidays, 1999, 2026)


def test_warsaw_is_its_rule_but_for_one_funeral():
    """The public holidays of Poland, Epiphany from 2011 and Christmas Eve from 2025, and 8 April 2005."""

    def holidays(year):
        fixed = {(1, 1), (5, 1), (5, 3), (8, 15), (11, 1), (11, 11), (12, 25), (12, 26)}
        fixed |= {day for day, since in {(1, 6): 2011, (12, 24): 2025}.items() if year >= since}
        moved = {easter(year) + timedelta(1), easter(year) + timedelta(60)}
        return {date(year, *day) for day in fixed} | moved | {date(2005, 4, 8)}

    assert expected_sessions("NBP", "2002-01-01", "2026-12-31").tolist() == weekdays_less(holidays, 2002, 2026)


def test_the_bank_of_russia_sets_rates_on_working_days():
    """In March 2001 on the working Sunday too, dated the day after; none on the decreed days off of spring 2020."""
    # The bank's own example of its service has rates dated 8, 12, 13 and 14 March 2001.
    assert (
        expected_sessions("CBR", "2001-03-07", "2001-03-13").tolist()
        == days("2001-03-07", "2001-03-11", "2001-03-12", "2001-03-13").tolist()
    )
    assert (
        expected_sessions("CBR", "2020-03-27", "2020-04-07").tolist()
        == days("2020-03-27", "2020-04-06", "2020-04-07").tolist()
    )


# --- early closes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calendar", "session", "clock"),
    [
        ("XNYS", "2020-11-25", "16:00"),
        ("XNYS", "2020-11-27", "13:00"),
        ("XNYS", "2020-12-24", "13:00"),
        ("XNYS", "2021-11-26", "13:00"),
        ("XNYS", "2021-12-23", "16:00"),  # Christmas Eve 2021 was a holiday, and the day before a whole one
        ("XNYS", "2014-07-03", "13:00"),
        ("XNYS", "1990-12-24", "14:00"),
        ("XMOS", "2022-02-25", "18:50"),
        ("XMOS", "2022-03-24", "13:50"),
        ("XMOS", "2022-03-30", "13:50"),
        ("XMOS", "2022-03-31", "18:50"),
        ("XTKS", "2024-11-01", "15:00"),
        ("XTKS", "2024-11-05", "15:30"),  # half an hour longer from that day on
    ],
)
def test_an_exchange_closes_by_its_own_clock(calendar, session, clock):
    """Half days in New York and Moscow's short sessions of March 2022 close early."""
    assert close_on(calendar, session) == clock


def test_minutes_early_are_nought_but_on_half_days():
    """Of the 504 sessions from July 2020 to June 2022 New York cut three by three hours, Moscow five by five."""
    york = expected_sessions("XNYS", "2020-07-01", "2022-06-30")
    cut = minutes_early("XNYS", york).astype(int)
    assert york[cut > 0].tolist() == days("2020-11-27", "2020-12-24", "2021-11-26").tolist()
    assert set(cut[cut > 0]) == {180}
    moscow = expected_sessions("XMOS", "2020-07-01", "2022-06-30")
    cut = minutes_early("XMOS", moscow).astype(int)
    assert moscow[cut > 0].tolist() == days(
        "2022-03-24", "2022-03-25", "2022-03-28", "2022-03-29", "2022-03-30"
    ).tolist()  # fmt: skip
    assert set(cut[cut > 0]) == {300}
    assert minutes_early("TARGET", york).astype(int).sum() == minutes_early("", york).astype(int).sum() == 0
    assert len(minutes_early("XNYS", days())) == 0
