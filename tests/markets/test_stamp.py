from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy import Hours, Stamp, find_instrument
from eventstudy.markets import local_instants

ZONES = ("Europe/Moscow", "Europe/Berlin", "Europe/Warsaw", "Europe/London", "America/New_York", "UTC")


def days(*texts):
    """Return dates as the library holds them."""
    return np.array(texts, dtype="datetime64[D]")


def utc(*texts):
    """Return instants as the library holds them."""
    return np.array(texts, dtype="datetime64[ns]")


def struck(instrument, day):
    """Return the instant at which an instrument's price of a day is struck."""
    return str(find_instrument(instrument).stamp.instants(days(day))[0].astype("datetime64[m]"))


# --- stamps --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("instrument", "day", "instant"),
    [
        ("ruble", "2022-01-27", "2022-01-27T13:15"),  # Frankfurt 14:15, winter
        ("ruble", "2022-07-27", "2022-07-27T12:15"),  # Frankfurt 14:15, summer
        ("ruble", "2022-03-25", "2022-03-25T13:15"),  # the Friday before clocks change in Europe
        ("ruble", "2022-03-28", "2022-03-28T12:15"),  # the Monday after
        ("ruble-nbp", "2022-01-27", "2022-01-27T11:00"),
        ("ruble-nbp", "2022-07-27", "2022-07-27T10:00"),
        ("em-bonds", "2022-01-27", "2022-01-27T21:00"),  # New York 16:00, winter
        ("em-bonds", "2022-07-27", "2022-07-27T20:00"),  # New York 16:00, summer
        ("sp500", "2022-03-11", "2022-03-11T21:00"),
        ("sp500", "2022-03-14", "2022-03-14T20:00"),  # New York has changed its clocks, Europe has not
        ("vix", "2022-01-27", "2022-01-27T21:15"),
        ("brent", "2022-01-27", "2022-01-27T16:30"),
        ("brent", "2022-07-27", "2022-07-27T15:30"),
        ("wti", "2022-01-27", "2022-01-27T19:30"),
        ("henry-hub", "2022-07-27", "2022-07-27T18:30"),
        ("imoex", "2022-01-27", "2022-01-27T15:50"),  # Moscow 18:50 at UTC+3 the whole year round
        ("imoex", "2022-07-27", "2022-07-27T15:50"),
        ("imoex", "2014-07-17", "2014-07-17T14:50"),  # at UTC+4 from 2011
        ("imoex", "2014-10-24", "2014-10-24T14:50"),  # to Sunday 26 October 2014
        ("imoex", "2014-10-27", "2014-10-27T15:50"),
        ("imoex", "2014-01-15", "2014-01-15T14:50"),
        ("imoex", "2010-01-15", "2010-01-15T15:50"),  # with summer time until 2010
        ("imoex", "2010-07-15", "2010-07-15T14:50"),
    ],
)
def test_a_price_is_struck_by_the_wall_clock_of_its_place(instrument, day, instant):
    """Each price has the instant at which the clocks of its own city showed the hour of its fixing or close."""
    assert struck(instrument, day) == instant


def test_the_end_of_a_day_is_the_first_instant_of_the_next():
    """24:00 is midnight of the following day, in its own zone."""
    end = Stamp("day-end", "24:00", "Europe/Moscow", "the end of the day")
    assert (
        end.instants(days("2022-01-27", "2022-12-31")).tolist() == utc("2022-01-27T21:00", "2022-12-31T21:00").tolist()
    )


def test_an_hour_that_clocks_skip_or_show_twice_still_has_an_instant():
    """02:30 in Berlin is shifted to 03:00 on the night it is skipped, and is the first of two when shown twice."""
    assert (
        local_instants(days("2022-03-27", "2022-10-30"), "02:30", "Europe/Berlin").tolist()
        == utc("2022-03-27T01:00", "2022-10-30T00:30").tolist()
    )


@given(
    st.lists(st.dates(datetime(1995, 1, 2).date(), datetime(2030, 1, 1).date()), max_size=8),  # noqa: DTZ001
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
)
def test_the_standard_library_agrees(dates, clock, zone):
    """The instants are those that Python's own zoneinfo gives for the same wall clock, where that hour exists."""
    got = local_instants(np.array(dates, dtype="datetime64[D]"), clock.strftime("%H:%M"), zone)
    assert got.dtype == np.dtype("datetime64[ns]")
    for day, instant in zip(dates, got, strict=True):
        expected = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
        if expected.astimezone(ZoneInfo(zone)).time() == clock:  # else clocks went forward over it
            assert instant == np.datetime64(expected.replace(tzinfo=None))


# --- hours ---------------------------------------------------------------------------------------------------------

FX = find_instrument("ruble").hours
FUTURES = find_instrument("brent").hours
MOSCOW = find_instrument("imoex").hours
NEW_YORK = find_instrument("sp500").hours
NO_SESSIONS = days()


@pytest.mark.parametrize(
    ("published", "opens"),
    [
        ("2022-02-26T12:00", "2022-02-27T22:00"),  # Saturday -> Sunday 17:00 New York
        ("2022-02-27T21:59", "2022-02-27T22:00"),  # Sunday, a minute before
        ("2022-02-27T22:00", "2022-02-27T22:00"),  # at the opening
        ("2022-02-25T21:59", "2022-02-25T21:59"),  # Friday, the last minute
        ("2022-02-25T22:00", "2022-02-27T22:00"),  # Friday 17:00 New York is too late
        ("2022-02-24T02:51", "2022-02-24T02:51"),  # the night of the invasion
        ("2022-01-26T22:30", "2022-01-26T22:30"),  # days follow each other without a break
        ("2022-03-12T12:00", "2022-03-13T21:00"),  # the Sunday on which New York's clocks went forward
        ("2014-03-01T14:50", "2014-03-02T22:00"),  # a Saturday in March 2014
        ("2021-12-31T23:00", "2022-01-02T22:00"),
    ],
)
def test_foreign_exchange_trades_from_sunday_to_friday_evening(published, opens):
    """FX is open from Sunday 17:00 to Friday 17:00 New York, whatever dates a price series has."""
    assert FX.next_open(utc(published), NO_SESSIONS).tolist() == utc(opens).tolist()


@pytest.mark.parametrize(
    ("published", "opens"),
    [
        ("2022-01-26T21:59", "2022-01-26T21:59"),
        ("2022-01-26T22:00", "2022-01-26T23:00"),  # the hour's break from 17:00 to 18:00 New York
        ("2022-01-26T22:30", "2022-01-26T23:00"),
        ("2022-01-28T22:00", "2022-01-30T23:00"),  # the weekend
    ],
)
def test_futures_rest_an_hour_a_day(published, opens):
    """Futures trade as FX does, but for an hour's break from 17:00 New York."""
    assert FUTURES.next_open(utc(published), NO_SESSIONS).tolist() == utc(opens).tolist()


@pytest.mark.parametrize(
    ("published", "opens"),
    [
        ("2022-01-26T16:51", "2022-01-27T07:00"),  # 19:51 Moscow -> 10:00 of the next session
        ("2022-01-26T06:59", "2022-01-26T07:00"),  # before the opening
        ("2022-01-26T07:00", "2022-01-26T07:00"),
        ("2022-01-26T12:34", "2022-01-26T12:34"),  # inside the hours: at once
        ("2022-01-26T15:49", "2022-01-26T15:49"),
        ("2022-01-26T15:50", "2022-01-27T07:00"),  # the close is too late
        ("2022-02-22T16:00", "2022-02-24T07:00"),  # the 23rd is a holiday and no session
        ("2022-01-22T12:00", "2022-01-24T07:00"),  # Saturday
    ],
)
def test_shares_trade_in_the_hours_of_their_sessions(published, opens):
    """Moscow's shares can be traded from 10:00 to 18:50 on the dates that have a price, and on no other."""
    sessions = days("2022-01-21", "2022-01-24", "2022-01-26", "2022-01-27", "2022-02-22", "2022-02-24")
    assert MOSCOW.next_open(utc(published), sessions).tolist() == utc(opens).tolist()


def test_past_the_last_session_nobody_knows():
    """After the last session's close, without a session, and for an unknown instant, the next opening is unknown."""
    sessions = days("2022-01-26")
    assert np.isnat(MOSCOW.next_open(utc("2022-01-26T15:50", "NaT"), sessions)).all()
    assert np.isnat(MOSCOW.next_open(utc("2022-01-26T12:00"), NO_SESSIONS)).all()
    assert np.isnat(FX.next_open(utc("NaT"), NO_SESSIONS)).all()
    assert FX.next_open(utc("NaT", "2022-01-26T12:00"), NO_SESSIONS)[1] == np.datetime64("2022-01-26T12:00")


def is_open(hours, instant, sessions):
    """Say by the plain wall clock whether one can trade: the standard library's answer."""
    zone = ZoneInfo(hours.zone)
    local = instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
    opens, closes = time.fromisoformat(hours.opens), time.fromisoformat(hours.closes)
    for ahead in (0, 1):
        day = local.date() + timedelta(days=ahead)
        trades = day.weekday() < 5 if hours.every_weekday else day in sessions
        first = datetime.combine(day - timedelta(days=hours.opens_day_before), opens, zone)
        if trades and first <= local < datetime.combine(day, closes, zone):
            return True
    return False


@pytest.mark.parametrize("hours", [FX, FUTURES, MOSCOW, NEW_YORK], ids=lambda hours: hours.name)
@given(st.datetimes(datetime(2022, 2, 25), datetime(2022, 3, 25)).map(lambda t: t.replace(microsecond=0)))  # noqa: DTZ001
def test_the_next_opening_is_the_first_open_moment(hours, published):
    """One can trade at the moment given, and at no quarter of an hour between publication and that moment."""
    sessions = {datetime(2022, 2, 24).date() + timedelta(days=k) for k in range(0, 60, 3)}  # noqa: DTZ001
    opens = hours.next_open(utc(published.isoformat()), np.array(sorted(sessions), dtype="datetime64[D]"))[0]
    moment = opens.astype("datetime64[s]").item()
    assert moment >= published
    assert is_open(hours, moment, sessions)
    if moment > published:
        before = published
        while before < moment:
            assert not is_open(hours, before, sessions)
            before += timedelta(minutes=15)


def test_a_market_that_never_closes_is_open_at_once():
    """An instrument that nobody knows is taken to trade all day on the dates it has."""
    all_day = Hours("all-day", "00:00", "24:00", "UTC")
    published = utc("2022-01-26T00:00", "2022-01-26T23:59", "2022-01-27T00:00")
    got = all_day.next_open(published, days("2022-01-26", "2022-01-28"))
    assert got.tolist() == utc("2022-01-26T00:00", "2022-01-26T23:59", "2022-01-28T00:00").tolist()
