from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventstudy import InputError
from eventstudy.events import check_events, event_clock, read_time

ZONES = ("Europe/Moscow", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")

instants = st.datetimes(datetime(1995, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001
    lambda instant: instant.replace(microsecond=0)
)
zones = st.sampled_from(ZONES)


def cell(column):
    """Name a cell as a file's check does."""
    return f"events.csv, row 3, column {column}"


def refusal(text, zone="", column="time"):
    """Return what is said of a time that cannot be read."""
    with pytest.raises(InputError) as caught:
        read_time(text, zone, cell, column)
    return str(caught.value)


def clock_of(**columns):
    """Return the clock of one event as a dict."""
    events = check_events(pd.DataFrame({"stance": ["hold"], **{name: [value] for name, value in columns.items()}}))
    return event_clock(events).iloc[0].to_dict()


def test_a_date_is_a_day_without_an_instant():
    """A date says on which day, and not when."""
    moment = read_time("2022-01-27", "", cell)
    assert (moment.day, moment.instant) == (date(2022, 1, 27), None)


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2022-01-27T12:30", "Europe/Moscow", 27),
        ("2022-01-27 12:30:00", "Europe/Moscow", 27),
        ("2022-01-27T12:30+03:00", "", 27),
        ("2022-01-27T09:30Z", "", 27),
        ("2022-01-27T04:30", "America/New_York", 27),
        ("2022-01-27T20:30+11:00", "Europe/Moscow", 27),
        ("2022-01-26T22:30-11:00", "", 26),
    ],
)
def test_one_instant_has_many_spellings(text, zone, day):
    """12:30 in Moscow in January 2022 is 09:30 UTC, however it is written; the day is the one that was written."""
    moment = read_time(text, zone, cell)
    assert moment.instant == datetime(2022, 1, 27, 9, 30, tzinfo=UTC)
    assert moment.day == date(2022, 1, day)


@pytest.mark.parametrize(
    ("local", "zone", "utc"),
    [
        ("2022-07-27T12:30", "Europe/Moscow", "09:30"),
        ("2014-07-17T19:20", "Europe/Moscow", "15:20"),
        ("2014-10-25T12:00", "Europe/Moscow", "08:00"),
        ("2014-10-27T12:00", "Europe/Moscow", "09:00"),
        ("2022-02-24T05:00", "Europe/Kyiv", "03:00"),
        ("2022-03-14T14:00", "America/New_York", "18:00"),
        ("2022-03-14T14:00", "Europe/London", "14:00"),
    ],
)
def test_local_time_follows_the_law_of_its_date(local, zone, utc):
    """Moscow was at UTC+4 until 26 October 2014 and at UTC+3 since; New York's summer begins before London's."""
    assert read_time(local, zone, cell).instant.strftime("%H:%M") == utc


@given(instants, zones)
def test_a_local_time_in_its_zone_is_the_instant_it_was(instant, zone):
    """Whatever zone an instant is written in, it is read back, but for the hour that clocks show twice."""
    local = instant.astimezone(ZoneInfo(zone))
    shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    written = local.replace(tzinfo=None).isoformat()
    if not shown_twice:
        assert read_time(written, zone, cell).instant == instant
    assert read_time(local.isoformat(), zone, cell).instant == instant


def test_an_hour_shown_twice_is_the_second_of_the_two():
    """02:30 in Berlin on 30 October 2022 was 00:30 and 01:30 UTC: at the second it was known; an offset decides."""
    assert read_time("2022-10-30T02:30", "Europe/Berlin", cell).instant.strftime("%H:%M") == "01:30"
    assert read_time("2022-10-30T02:30+02:00", "Europe/Berlin", cell).instant.strftime("%H:%M") == "00:30"


@pytest.mark.parametrize(("zone", "utc"), [("EDT", 5), ("EST", 6), ("America/New_York", 6)])
def test_an_hour_shown_twice_is_said_and_kept_in_a_table(zone, utc):
    """01:30 of 6 November 2022 in New York: its season decides, and the checked table says the same again."""
    events = check_events(pd.DataFrame({"time": ["2022-11-06 01:30"], "time_zone": [zone]}))
    assert any("2022-11-06 01:30 came twice" in note for note in events.attrs["notes"])
    assert event_clock(events)["event_time"].tolist() == [pd.Timestamp(2022, 11, 6, utc, 30)]
    pd.testing.assert_frame_equal(check_events(pd.DataFrame(events.to_dict("list"))), events)


@pytest.mark.parametrize(
    ("text", "zone"), [("2022-03-27T02:30", "Europe/Berlin"), ("2022-03-13T02:30", "America/New_York")]
)
def test_an_hour_that_was_skipped_did_not_happen(text, zone):
    """A local time inside the hour that clocks skip in spring is refused."""
    assert refusal(text, zone) == (
        f"events.csv, row 3, column time: {text} did not happen in {zone}: clocks went forward over it"
    )


@pytest.mark.parametrize("text", ["2022-02-30", "2021-02-29", "2022-13-01", "2022-00-10", "2022-04-31"])
def test_a_day_that_is_in_no_calendar_is_refused(text):
    """An impossible date is called impossible, and not moved to a possible one."""
    assert refusal(text) == f"events.csv, row 3, column time: there is no day {text}"


@pytest.mark.parametrize(
    "text",
    ["27/01/2022", "Thursday", "20220127", "2022-W04-4", "2022-1-27", "12:30", "2022-01", "2022-01-27T25:00", "soon",
     "2022-01-27T12:30+25:00", "2022-02-30T12:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_an_example(text):
    """Whatever is not ISO 8601 is quoted and refused, with a date and a clock time to copy."""
    assert refusal(text, "Europe/Moscow") == (
        f"events.csv, row 3, column time: '{text}' is not a time; write 2022-01-27 or 2022-01-27T12:30"
    )


def test_no_time_at_all_is_called_empty():
    """An empty cell is called empty."""
    assert refusal("") == "events.csv, row 3, column time: empty; write 2022-01-27 or 2022-01-27T12:30"


def test_a_clock_without_a_zone_is_refused():
    """A clock time says nothing without a place; the message offers the ways to give one."""
    assert refusal("2022-01-27T12:30") == (
        "events.csv, row 3, column time: 2022-01-27T12:30 has a clock but no zone; "
        "give 'time_zone' (--set time_zone=ZONE, --map time_zone=COLUMN) or an offset"
    )


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Moskow", "did you mean 'Europe/Moscow'?"),
        ("New York", "did you mean 'America/New_York'?"),
        ("Moscow time", "did you mean 'Europe/Moscow'?"),
        ("europe/kiev city", "write an IANA name such as Europe/Moscow"),
        ("+25:00", "write an IANA name such as Europe/Moscow"),
        ("../Moscow", "write an IANA name such as Europe/Moscow"),
        ("Europe", "write an IANA name such as Europe/Moscow"),
    ],
)
def test_an_unknown_zone_is_refused_in_its_own_column(zone, hint):
    """A zone nobody knows is refused even where the time would not need it; a near miss names the zone it missed."""
    told = refusal("2022-01-27", zone)
    assert told.startswith(f"events.csv, row 3, column time_zone: '{zone}' is not a time zone; ")
    if hint.startswith("did"):
        assert told.endswith(hint)


@pytest.mark.parametrize("text", ["0202-01-27", "0001-01-01T00:00+14:00", "9999-12-31T23:00-14:00", "1492-10-12"])
def test_a_year_without_markets_is_refused(text):
    """A year that no price series can reach is a slip of the pen and is called out where it stands."""
    assert refusal(text) == f"events.csv, row 3, column time: {text[:10]} is outside the years 1700 .. 2200"


@pytest.mark.parametrize(("year", "fine"), [(1699, False), (1700, True), (2199, True), (2200, False)])
def test_five_centuries_are_understood(year, fine):
    """Years from 1700 up to 2200, and no others, can be held to the nanosecond."""
    if fine:
        assert clock_of(time=f"{year}-06-01T12:00Z")["published_at"] == pd.Timestamp(year, 6, 1, 12)
    else:
        assert "is outside the years" in refusal(f"{year}-06-01")


# --- zones -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2021-07-14T15:30", "MSK", "2021-07-14T12:30"),
        ("2013-07-14T15:30", "MSK", "2013-07-14T11:30"),
        ("2009-01-14T15:30", "MSK", "2009-01-14T12:30"),
        ("2009-07-14T15:30", "MSD", "2009-07-14T11:30"),
        ("2021-07-14T15:30", "BST", "2021-07-14T14:30"),
        ("2021-07-14T15:30", "CEST", "2021-07-14T13:30"),
        ("2021-01-14T15:30", "MEZ", "2021-01-14T14:30"),
        ("2021-01-14T15:30", "EET", "2021-01-14T13:30"),
        ("2021-07-14T15:30", "JST", "2021-07-14T06:30"),
        ("2021-07-14T15:30", "HKT", "2021-07-14T07:30"),
        ("2021-07-14T15:30", "SGT", "2021-07-14T07:30"),
        ("2021-07-14T15:30", "KST", "2021-07-14T06:30"),
        ("2021-07-14T15:30", "GMT", "2021-07-14T15:30"),
        ("2021-07-14T15:30", "EDT", "2021-07-14T19:30"),
        ("2021-01-14T15:30", "EST", "2021-01-14T20:30"),
        ("2021-07-14T15:30", "ET", "2021-07-14T19:30"),
        ("2021-07-14T15:30", "UTC+3", "2021-07-14T12:30"),
        ("2021-07-14T15:30", "UT", "2021-07-14T15:30"),
        ("2021-07-14T15:30", "AKDT", "2021-07-14T23:30"),
        ("2021-01-14T15:30", "NST", "2021-01-14T19:00"),
        ("2021-07-14T15:30", "+05:30", "2021-07-14T10:00"),
        ("2021-07-14 15:30 MSK", "", "2021-07-14T12:30"),
        ("2021-07-14 15:30 (EDT)", "Europe/Moscow", "2021-07-14T19:30"),
        ("2021-07-14T15:30 Europe/Moscow", "", "2021-07-14T12:30"),
        ("2021-07-14 15:30 UTC+3", "", "2021-07-14T12:30"),
        ("2021-07-14 15:30", "Russian Standard Time", "2021-07-14T12:30"),
        ("2021-07-14 15:30", "W. Europe Standard Time", "2021-07-14T13:30"),
    ],
)
def test_an_abbreviation_is_the_clock_of_its_place(text, zone, utc):
    """An abbreviation means the clock of a place, by a table; behind a time it goes before the column `time_zone`."""
    assert read_time(text, zone, cell).instant == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "right"),
    [
        ("EST", "2021-07-14", ("EDT", "America/New_York")),
        ("EDT", "2021-01-14", ("EST", "America/New_York")),
        ("BST", "2021-01-14", ("GMT", "Europe/London")),
        ("CET", "2021-07-14", ("CEST", "Europe/Berlin")),
        ("EET", "2021-07-14", ("EEST", "Europe/Athens")),
        ("PST", "2021-07-14", ("PDT", "America/Los_Angeles")),
        ("MSD", "2021-07-14", ("MSK", "Europe/Moscow")),
        ("MSK", "2009-07-14", ("MSD", "Europe/Moscow")),
    ],
)
def test_a_clock_of_the_other_season_is_refused(zone, day, right):
    """15:30 EST in July was on no clock in New York: it is refused with what the clocks were called, and the place."""
    told = refusal(f"{day}T15:30", zone)
    assert all(word in told for word in (zone, *right))
    assert told == refusal(f"{day}T15:30 {zone}")


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("IST", ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin")),
        ("CST", ("America/Chicago", "Asia/Shanghai")),
        ("AST", ("America/Halifax", "Asia/Riyadh")),
        ("Etc/GMT+3", ("UTC-3", "UTC+3", "inverted")),
        ("etc/gmt-4", ("UTC-4", "UTC+4", "inverted")),
        ("Moscow", ("Europe/Moscow",)),
        ("New_York", ("America/New_York",)),
        ("localtime", ("is not a time zone",)),
    ],
)
def test_a_zone_that_could_be_several_is_refused_with_their_names(zone, words):
    """What means several zones, or the opposite of what it seems to, is refused with the names to choose from."""
    told = refusal("2021-07-14T15:30", zone)
    assert all(word in told for word in words)


@pytest.mark.parametrize("zone", ["XYZ", "MSG", "BXT", "ESTX"])
def test_an_unknown_abbreviation_is_not_read_by_its_spelling(zone):
    """The nearest spelling of an abbreviation can be ten hours off, so none is offered."""
    assert "did you mean" not in refusal("2021-07-14T15:30", zone)


# --- the clock of a table ------------------------------------------------------------------------------------------


def test_a_day_has_a_first_instant_and_no_publication():
    """Where only the day is known, the event stands at its first instant and its publication is unknown."""
    clock = clock_of(time="2022-01-27")
    assert clock["event_time"] == pd.Timestamp("2022-01-27")
    assert pd.isna(clock["published_at"])
    assert (clock["day"], clock["exact"]) == (pd.Timestamp("2022-01-27"), False)


def test_an_event_is_public_when_it_happens_unless_told_otherwise():
    """Publication defaults to the event's own time."""
    clock = clock_of(time="2022-01-26T19:51", time_zone="Europe/Moscow")
    assert clock["event_time"] == clock["published_at"] == pd.Timestamp("2022-01-26 16:51")
    assert (clock["exact"], clock["by_day"]) == (True, False)


def test_publication_may_come_later_than_the_event():
    """MH17 fell at 13:20 UTC and was known at 15:20: both are kept, the market could know it at the second."""
    clock = clock_of(time="2014-07-17T13:20Z", published_at="2014-07-17T15:20Z")
    assert clock["event_time"] == pd.Timestamp("2014-07-17 13:20")
    assert clock["published_at"] == pd.Timestamp("2014-07-17 15:20")


def test_a_day_with_a_known_hour_of_publication_is_exact():
    """Of an event that took a day, the hour of its publication decides, and the day is that of publication."""
    clock = clock_of(time="2022-02-07", published_at="2022-02-08T00:00+03:00")
    assert clock["event_time"] == pd.Timestamp("2022-02-07")
    assert clock["published_at"] == pd.Timestamp("2022-02-07 21:00")
    assert (clock["day"], clock["exact"], clock["by_day"]) == (pd.Timestamp("2022-02-08"), True, True)


def test_a_clock_that_is_declared_a_day_counts_as_a_day():
    """With `precision` day a clock in `time` is not believed."""
    clock = clock_of(time="2022-01-27T00:00", time_zone="Europe/Moscow", precision="day")
    assert (clock["exact"], clock["by_day"]) == (False, True)
    assert pd.isna(clock["published_at"])
    assert clock["day"] == pd.Timestamp("2022-01-27")


def test_publication_on_a_later_day_moves_the_day():
    """Where only the day of publication is known, it is that day which counts."""
    clock = clock_of(time="2018-03-04", published_at="2018-03-05")
    assert (clock["day"], clock["exact"]) == (pd.Timestamp("2018-03-05"), False)


@settings(max_examples=settings.default.max_examples * 3 // 5)
@given(st.lists(st.tuples(instants, zones), min_size=1, max_size=5))
def test_the_clock_of_a_table_is_in_utc_and_to_the_nanosecond_type(moments):
    """Every instant of a table comes out in UTC, row by row, in one type that searches and joins can rely on."""
    frame = pd.DataFrame(
        {
            "time": [instant.astimezone(ZoneInfo(zone)).isoformat() for instant, zone in moments],
            "stance": "hold",
            "id": [str(k) for k in range(len(moments))],
        }
    )
    clock = event_clock(check_events(frame))
    expected = np.array([instant.replace(tzinfo=None) for instant, _ in moments], dtype="datetime64[ns]")
    np.testing.assert_array_equal(clock["published_at"].to_numpy(), expected)
    assert {clock[name].dtype for name in ("event_time", "published_at", "day")} == {np.dtype("datetime64[ns]")}
    assert (clock["event_time"] - clock["day"]).abs().max() <= timedelta(days=2)
