from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy.events import check_events
from eventstudy.markets import histories_from_prices, instrument_names
from eventstudy.matching import STATUSES, match, unknown_series

Window = es.Window

COLUMNS = [
    "event_id", "series", "event_time", "published_at", "session", "stamp", "tradable_from", "timing", "moved",
    "gap_days", "market_event", "net_stance", "members", "overlaps", "stance", "status", "reason",
]  # fmt: skip


def events_of(*rows, **columns):
    """Return a checked table from (id, time) pairs, with the same value of further columns in every row."""
    ids, times = zip(*rows, strict=True)
    return check_events(pd.DataFrame({"id": ids, "time": times, "stance": "raise", **columns}))


def weekdays(first, last):
    """Return every Monday to Friday of a span."""
    return pd.bdate_range(first, last, name="session")


def markets(sessions, *names):
    """Return histories of instruments that share their sessions, whatever their calendars say; prices do not matter."""
    prices = {name: np.linspace(100, 110, len(sessions)) for name in names or ("imoex",)}
    return histories_from_prices(pd.DataFrame(prices, index=sessions), by_hand(prices))


def by_hand(names):
    """Return the catalogue's instruments of some names without their calendars: a session is what has a price."""
    known = set(names) & set(instrument_names())
    return {name: replace(es.find_instrument(name), calendar="") for name in known}


def one(events, histories, span=Window(0, 0), **options):  # noqa: B008  # frozen
    """Return the single row of a match of one event with one series."""
    table = match(events, histories, span, **options).table
    assert len(table) == 1
    return table.iloc[0]


@pytest.fixture(scope="module")
def spring_2014():
    """Moscow's shares on every weekday of February and March 2014, written by hand."""
    return markets(weekdays("2014-02-03", "2014-03-31"))


@pytest.fixture(scope="module")
def case_2022():
    """The bundled case of 2022 with its histories."""
    case = es.load_case("raise-or-fold-2022")
    return case, histories_from_prices(case.prices, case.instruments)


@pytest.fixture(scope="module")
def table_2022(case_2022):
    """The match table of the bundled case, by event and series."""
    case, histories = case_2022
    return match(case.events, histories, Window(0, 1)).table.set_index(["event_id", "series"])


# --- the first session that could react ----------------------------------------------------------------------------


def test_saturdays_news_belongs_to_monday(spring_2014):
    """The vote of Saturday 1 March 2014 is the news of Monday 3 March in Moscow, three days after Friday's close."""
    row = one(events_of(("force", "2014-03-01")), spring_2014)
    assert row["session"] == pd.Timestamp("2014-03-03")
    assert row["stamp"] == pd.Timestamp("2014-03-03 14:50")
    assert (row["timing"], row["moved"], row["gap_days"]) == ("day", "next", 3.0)
    assert (row["status"], row["reason"]) == ("used", "")


@pytest.mark.parametrize("clock", ["2014-03-01T17:50", "2014-03-02T23:59", "2014-03-03T00:00", "2014-03-03T09:59"])
def test_the_weekends_hours_belong_to_monday_too(spring_2014, clock):
    """With an hour, too, news from Friday's close to Monday's opening is Monday's."""
    row = one(events_of(("force", clock), time_zone="Europe/Moscow"), spring_2014)
    assert row["session"] == pd.Timestamp("2014-03-03")
    assert row["timing"] == "exact"


@pytest.mark.parametrize(
    ("clock", "session", "moved"),
    [
        ("18:49", "2014-03-04", "same"),
        ("18:49:59", "2014-03-04", "same"),
        ("18:50", "2014-03-05", "next"),  # in the closing minute: the price was struck without it
        ("18:51", "2014-03-05", "next"),
        ("00:00", "2014-03-04", "same"),
    ],
)
def test_a_price_reflects_only_what_came_before_it(spring_2014, clock, session, moved):
    """News counts toward the first price struck strictly after it, on Tuesday 4 March 2014 as on any day."""
    row = one(events_of(("e", f"2014-03-04T{clock}"), time_zone="Europe/Moscow"), spring_2014)
    assert (row["session"], row["moved"]) == (pd.Timestamp(session), moved)


def test_an_evening_in_moscow_is_still_the_day_in_new_york():
    """Wednesday 26 January 2022, 19:51 Moscow: Thursday's session in Moscow and Frankfurt, Wednesday's in New York."""
    histories = markets(weekdays("2022-01-24", "2022-01-31"), "imoex", "ruble", "em-bonds", "vix")
    table = match(events_of(("answers", "2022-01-26T19:51"), time_zone="Europe/Moscow"), histories).table
    assert dict(zip(table["series"], table["session"].dt.strftime("%a %d"), strict=True)) == {
        "imoex": "Thu 27",
        "ruble": "Thu 27",
        "em-bonds": "Wed 26",
        "vix": "Wed 26",
    }
    assert table["moved"].tolist() == ["next", "next", "same", "same"]


def test_the_bundled_case_tells_the_same_story(table_2022):
    """On the bundled figures the invasion is news of 24 February in Frankfurt and Moscow, the answers of the 27th."""
    invasion = table_2022.loc["2022-02-24-invasion"]
    assert invasion.loc["ruble", "session"] == pd.Timestamp("2022-02-24")
    assert invasion.loc["ruble", "stamp"] == pd.Timestamp("2022-02-24 13:15")
    assert invasion.loc["ruble", "published_at"] == pd.Timestamp("2022-02-24 02:51")
    assert invasion.loc["imoex", "session"] == pd.Timestamp("2022-02-24")
    answers = table_2022.loc["2022-01-26-written-answers", "session"]
    assert answers["imoex"] == answers["ruble"] == pd.Timestamp("2022-01-27")
    assert answers["em-bonds"] == answers["vix"] == pd.Timestamp("2022-01-26")


def test_recognition_came_after_the_close(table_2022):
    """Decrees signed at 22:35 Moscow on 21 February 2022 are Moscow's news of the 22nd; the council's of the 21st."""
    assert table_2022.loc[("2022-02-21-recognition", "imoex"), "session"] == pd.Timestamp("2022-02-22")
    assert table_2022.loc[("2022-02-21-security-council", "imoex"), "session"] == pd.Timestamp("2022-02-21")


def test_an_hour_of_publication_decides_over_the_day(table_2022):
    """Putin and Macron spoke on 7 February 2022, but at midnight: it is Moscow's news of the 8th, by the hour."""
    row = table_2022.loc[("2022-02-07-macron-moscow", "imoex")]
    assert (row["event_time"], row["session"]) == ("2022-02-07", pd.Timestamp("2022-02-08"))
    assert row["timing"] == "exact"


def test_what_is_known_by_day_counts_for_that_day(case_2022, table_2022):
    """An event of which only the day is known is the news of that date's session, flagged as matched by day."""
    row = table_2022.loc[("2022-01-27-kremlin-reply", "imoex")]
    assert (row["session"], row["timing"], row["moved"]) == (pd.Timestamp("2022-01-27"), "day", "same")
    assert pd.isna(row["published_at"])
    assert case_2022[0].events.set_index("id").loc["2022-01-27-kremlin-reply", "precision"] == "day"


def test_moscows_clock_of_2014_is_an_hour_ahead(spring_2014):
    """In March 2014 Moscow was at UTC+4: its 18:50 close was struck at 14:50 UTC, in 2022 at 15:50."""
    for clock, day in (("14:49", 4), ("14:50", 5), ("15:30", 5)):
        row = one(events_of(("e", f"2014-03-04T{clock}Z")), spring_2014)
        assert row["session"] == pd.Timestamp(2014, 3, day)
    row = one(events_of(("e", "2022-03-29T15:30Z")), markets(weekdays("2022-03-28", "2022-03-31")))
    assert row["session"] == pd.Timestamp("2022-03-29")


def test_a_series_whose_hour_nobody_knows_is_matched_by_day():
    """Against an unknown series news with a clock meets the first session dated after it, and the row says why."""
    histories = markets(weekdays("2022-01-24", "2022-01-31"), "mystery")
    days = {"2022-01-26T00:00Z": 26, "2022-01-26T00:01Z": 27, "2022-01-26T23:59Z": 27, "2022-01-27T02:30+03:00": 27}
    for clock, day in days.items():
        row = one(events_of(("e", clock)), histories)
        if clock != "2022-01-26T00:00Z":  # midnight may be read as the day alone
            assert row["reason"] == "by-day: hour of the price unknown; the first session dated after the news"
        assert (row["session"], row["timing"]) == (pd.Timestamp(2022, 1, day), "day")
    row = one(events_of(("e", "2022-01-26")), histories)
    assert (row["session"], row["timing"], row["reason"]) == (pd.Timestamp("2022-01-26"), "day", "")


def test_a_date_asked_for_is_said_to_be_perhaps_older_than_the_news():
    """With anchor next the session of the day itself is taken, and the row says that its price may be older."""
    histories = markets(weekdays("2022-01-24", "2022-01-31"), "mystery")
    row = match(events_of(("e", "2022-01-26T20:00Z")), histories, anchor="next").table.iloc[0]
    assert row["session"] == pd.Timestamp("2022-01-26")
    assert row["reason"] == "by-day: hour of the price unknown; it may have been struck before the news"


# --- closures ------------------------------------------------------------------------------------------------------


def moscow_2022():
    """Moscow's share sessions around the suspension, written by hand."""
    days = ["2022-02-21", "2022-02-22", "2022-02-24", "2022-02-25", "2022-03-24", "2022-03-25", "2022-03-28"]
    return markets(pd.DatetimeIndex(days, name="session"))


def test_a_window_across_the_closure_is_flagged():
    """From 25 February 2022 one session ahead is 24 March: 27 calendar days, used, flagged and explained."""
    row = one(events_of(("delegation", "2022-02-25T15:56"), time_zone="Europe/Moscow"), moscow_2022(), Window(0, 1))
    assert (row["session"], row["moved"]) == (pd.Timestamp("2022-02-25"), "same")
    assert row["gap_days"] == 27
    assert row["status"] == "used"
    assert row["reason"] == "closure: the window spans a break of 27 days (Moscow Exchange equities suspended)"


def test_the_day_itself_is_not_across_the_closure():
    """On 25 February alone, and on the days before it, there is nothing to flag."""
    row = one(events_of(("delegation", "2022-02-25")), moscow_2022(), Window(0, 0))
    assert (row["gap_days"], row["reason"]) == (1.0, "")
    row = one(events_of(("delegation", "2022-02-24")), moscow_2022(), Window(-1, 1))
    assert (row["gap_days"], row["reason"]) == (2.0, "")


@pytest.mark.parametrize("time", ["2022-02-26", "2022-02-28", "2022-03-08T11:20-05:00", "2022-03-23"])
def test_news_in_the_closure_waits_for_the_reopening(time):
    """News of the closed weeks meets the session of 24 March 2022 and is set aside for having waited for it."""
    row = one(events_of(("e", time)), moscow_2022())
    assert (row["session"], row["moved"], row["gap_days"]) == (pd.Timestamp("2022-03-24"), "closed", 27.0)
    day = pd.Timestamp(time).date()
    assert (row["status"], row["reason"]) == (
        "set-aside",
        (
            f"late: news of {day} met a closed market; session 2022-03-24 is the first after the closure; "
            "closure: the window spans a break of 27 days (Moscow Exchange equities suspended)"
        ),
    )
    kept = one(events_of(("e", time)), moscow_2022(), overlap="keep")
    assert (kept["status"], kept["reason"][:8]) == ("used", "closure:")


def test_news_of_the_reopening_day_is_its_own():
    """News of 24 March itself did not wait, but the return of that day spans the closure: it is set aside as well."""
    row = one(events_of(("e", "2022-03-24")), moscow_2022())
    assert (row["moved"], row["gap_days"], row["status"]) == ("same", 27.0, "set-aside")
    assert row["reason"].startswith("late: session 2022-03-24 is the first after the closure; closure: ")


def test_a_window_that_begins_before_its_event_says_what_it_spans():
    """From 25 March 2022 back to the session before, the window spans the closure, which is explained."""
    row = one(events_of(("e", "2022-03-25")), moscow_2022(), Window(-1, 0))
    assert (row["gap_days"], row["status"]) == (27.0, "used")
    assert row["reason"] == "closure: the window spans a break of 27 days (Moscow Exchange equities suspended)"


def test_a_session_five_days_after_the_news_is_in_time():
    """News of the day after a session met the next one five days later and is used; that of its evening is late."""
    days = pd.DatetimeIndex(["2021-12-30", "2021-12-31", "2022-01-06", "2022-01-07"], name="session")
    events = events_of(("day", "2022-01-01"), ("evening", "2021-12-31T22:00"), time_zone="Europe/Moscow")
    table = match(events, markets(days)).table.set_index("event_id")
    assert table["session"].tolist() == [pd.Timestamp("2022-01-06")] * 2
    alone = [one(events[events["id"] == name], markets(days)) for name in ("day", "evening")]
    assert [row["status"] for row in alone] == ["used", "set-aside"]
    assert alone[1]["reason"] == "late: session 2022-01-06 comes more than 5 days after the first news it answers"


@pytest.mark.parametrize(("step", "late"), [(4, True), (5, False)])
def test_figures_every_fourth_day_are_daily_ones(step, late):
    """Six days after the news is late for figures of every fourth day; those of every fifth have longer."""
    begin = pd.Timestamp("2022-01-03")
    days = [begin + pd.Timedelta(step * k + (6 - step) * (k > 5), "D") for k in range(40)]  # one step of six days
    found = one(events_of(("e", f"{days[5]:%Y-%m-%d}T17:00Z")), markets(pd.DatetimeIndex(days, name="session")))
    assert (found["session"], found["gap_days"]) == (days[6], 6.0)
    assert found["status"] == ("set-aside" if late else "used")


def test_a_closure_on_file_explains_only_its_own_break():
    """A hole in the prices of 2021 is a break of 30 days, but not because of what happened in 2022."""
    sessions = weekdays("2021-07-01", "2021-09-30")
    holed = sessions[(sessions < "2021-08-02") | (sessions > "2021-08-27")]
    row = one(events_of(("e", "2021-07-30")), markets(holed), Window(0, 1))
    assert row["gap_days"] == 31
    assert row["reason"] == "closure: the window spans a break of 31 days"


def test_a_long_weekend_is_no_closure():
    """Six days between two sessions are a holiday, seven a closure."""
    days = pd.DatetimeIndex(["2021-12-30", "2021-12-31", "2022-01-06", "2022-01-13"], name="session")
    table = match(events_of(("six", "2022-01-05"), ("seven", "2022-01-12")), markets(days)).table
    assert table["gap_days"].tolist() == [6.0, 7.0]
    assert table["moved"].tolist() == ["next", "closed"]
    assert table["status"].tolist() == ["used", "set-aside"]
    assert table["reason"].tolist() == [
        "",
        (
            "late: news of 2022-01-12 met a closed market; session 2022-01-13 is the first after the closure; "
            "closure: the window spans a break of 7 days"
        ),
    ]


@pytest.mark.parametrize(
    ("first", "last", "gap"), [(0, 0, 1), (-1, 1, 1), (-2, 0, 3), (1, 2, 1), (1, 3, 3), (-2, 3, 3)]
)
def test_the_gap_is_the_longest_step_into_a_session_of_the_window(spring_2014, first, last, gap):
    """Around Wednesday 12 March 2014 the weekends are the steps into the sessions -2 and +3."""
    assert one(events_of(("e", "2014-03-12")), spring_2014, Window(first, last))["gap_days"] == gap


def test_no_step_leads_into_the_first_session(spring_2014):
    """An event of the first session has the gaps of those behind it alone, here a weekend."""
    event = events_of(("e", "2014-02-03"))
    assert np.isnan(one(event, spring_2014)["gap_days"])
    assert one(event, spring_2014, Window(0, 5))["gap_days"] == 3.0
    assert one(events_of(("e", "2014-02-04")), spring_2014, Window(-1, 0))["gap_days"] == 1.0


def test_a_window_before_the_sample_has_no_gap():
    """A span that ends before the first session has no step in it, whatever lies behind it."""
    row = one(events_of(("e", "2022-02-24")), moscow_2022(), Window(-9, -5))
    assert np.isnan(row["gap_days"])
    assert row["reason"] == ""


# --- nothing is dropped --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("2014-01-15", "before-sample: the sample begins 2014-02-03"),
        ("2014-02-03T14:49Z", "before-sample: the sample begins 2014-02-03"),
        ("2014-03-31T14:50Z", "after-sample: the sample ends 2014-03-31"),
        ("2014-04-01", "after-sample: the sample ends 2014-03-31"),
    ],
)
def test_events_outside_the_sample_are_excluded_with_the_limit(spring_2014, time, reason):
    """An event before the first return or after the last price is kept as a row, excluded, with the limit."""
    matches = match(events_of(("e", time)), spring_2014)
    row = matches.table.iloc[0]
    assert (row["status"], row["reason"], row["market_event"], row["overlaps"]) == ("excluded", reason, "", "")
    assert not matches["imoex"].there.any()


def test_after_the_sample_there_is_no_session(spring_2014):
    """Behind the last price there is no session, no stamp and no opening to name."""
    matches = match(events_of(("e", "2014-04-01")), spring_2014)
    row = matches.table.iloc[0]
    assert row[["session", "stamp", "tradable_from", "gap_days"]].isna().all()
    assert row["moved"] == ""
    assert matches["imoex"].place.tolist() == [len(spring_2014["imoex"])]


def test_the_first_and_the_last_usable_session(spring_2014):
    """The second session is the first with a return, the last one is usable, and their positions say so."""
    matches = match(events_of(("a", "2014-02-04"), ("b", "2014-03-31")), spring_2014)
    assert matches["imoex"].there.all()
    assert matches["imoex"].place.tolist() == [1, len(spring_2014["imoex"]) - 1]


def test_a_series_without_prices_excludes_everything_and_says_so():
    """A column in which nothing stands excludes every event, and leaves the other series alone."""
    prices = pd.DataFrame({"imoex": np.nan, "sp500": 1.0}, index=weekdays("2022-01-24", "2022-01-31"))
    table = match(events_of(("e", "2022-01-26")), histories_from_prices(prices, by_hand(prices))).table
    assert table["status"].tolist() == ["excluded", "used"]
    assert table["reason"].tolist() == ["no-prices: the series has none", ""]


def test_an_event_may_be_about_some_series_only():
    """An event that names its series is used there and excluded elsewhere, with the names."""
    histories = markets(weekdays("2022-01-24", "2022-01-31"), "imoex", "ruble", "brent")
    table = match(events_of(("e", "2022-01-26"), series="ruble; brent"), histories).table
    assert table["status"].tolist() == ["excluded", "used", "used"]
    assert table["reason"].tolist() == ["other-series: the event is about ruble, brent", "", ""]


def test_a_name_that_neither_a_series_nor_an_instrument_has_is_said():
    """Columns, instruments and their other names are known; of what nobody has the nearest name is said."""
    events = events_of(("a", "2022-01-27"), ("b", "2022-01-27"), ("c", "2022-01-27"))
    events["series"] = ["mine; ruble", "RUB=X; rubel", ""]
    [said] = unknown_series(events, ["mine"])
    assert said == "the events' series 'rubel' is none of the prices and no instrument; did you mean 'ruble'?"


def test_proposed_events_are_used_only_when_asked_for(spring_2014):
    """A proposal is a row like any other, excluded until somebody asks for proposals."""
    events = events_of(("e", "2014-03-04"), status="proposed")
    row = one(events, spring_2014)
    assert (row["status"], row["reason"], row["session"]) == (
        "excluded", "proposed: not confirmed yet", pd.Timestamp("2014-03-04"),
    )  # fmt: skip
    assert one(events, spring_2014, include_proposed=True)["status"] == "used"


def test_every_pair_is_one_row_event_by_event(case_2022):
    """The table has each (event, series) pair once, all series of the first event first, in the order of both."""
    case, histories = case_2022
    matches = match(case.events, histories, Window(-1, 5))
    pairs = [(event, series) for event in case.events["id"] for series in case.prices]
    assert list(zip(matches.table["event_id"], matches.table["series"], strict=True)) == pairs
    assert list(matches.table.columns) == COLUMNS
    assert tuple(matches.series) == tuple(case.prices)
    assert matches.table.index.tolist() == list(range(len(pairs)))


def test_arrays_and_table_say_the_same(case_2022):
    """`status` and `place` of each series are the table's status and session."""
    case, histories = case_2022
    matches = match(case.events, histories, Window(0, 1))
    for name, history in histories.items():
        rows = matches.table[matches.table["series"] == name]
        assert [STATUSES[code] for code in matches[name].status] == rows["status"].tolist()
        padded = np.append(history.sessions.astype("datetime64[ns]"), np.datetime64("NaT", "ns"))
        np.testing.assert_array_equal(padded[matches[name].place], rows["session"].to_numpy())


def test_used_means_no_reason_but_a_closure(case_2022):
    """Whoever is excluded or set aside has a reason; whoever is used none but a closure, or a roll on its day."""
    case, histories = case_2022
    table = match(case.events, histories, Window(0, 1)).table
    excluded = table["status"].eq("excluded")
    assert table.loc[excluded, "reason"].str.match(r"[a-z-]+: .+").all()
    assert table.loc[table["status"].eq("set-aside"), "reason"].str.match(r"late: ").all()
    assert table.loc[table["status"].eq("used"), "reason"].str.match(r"$|closure: |the front month rolls: ").all()
    assert set(table.loc[~excluded, "market_event"]) <= set(case.events["id"])


# --- several events ------------------------------------------------------------------------------------------------


def test_events_of_one_session_are_one_market_event():
    """Events of one session share the name of the earliest; New York, whose day ends later, cuts otherwise than Moscow.

    00:30 in Moscow is 16:30 in New York, half an hour after its close.
    """
    histories = markets(weekdays("2022-01-24", "2022-01-31"), "imoex", "em-bonds")
    events = events_of(
        ("noon", "2022-01-27T12:00+03:00"),
        ("answers", "2022-01-26T19:51+03:00"),
        ("night", "2022-01-27T00:30+03:00"),
        ("after", "2022-01-27T18:50+03:00"),
    )
    named = match(events, histories).table.pivot_table(
        index="event_id", columns="series", values="market_event", aggfunc="first"
    )
    assert named["imoex"].to_dict() == {"noon": "answers", "answers": "answers", "night": "answers", "after": "after"}
    assert named["em-bonds"].to_dict() == {"noon": "night", "answers": "answers", "night": "night", "after": "night"}


def test_overlaps_name_the_events_whose_windows_meet(spring_2014):
    """With the window [-1, 2] events less than four sessions apart overlap, and four sessions apart they do not.

    3, 5 and 11 March 2014 are sessions k, k+2 and k+6; windows of four sessions meet when at most three apart.
    """
    events = events_of(("a", "2014-03-03"), ("b", "2014-03-05"), ("c", "2014-03-11"), ("d", "2014-03-10"))
    table = match(events, spring_2014, Window(-1, 2)).table.set_index("event_id")
    assert table["overlaps"].to_dict() == {"a": "b", "b": "a;d", "c": "d", "d": "b;c"}
    alone = match(events, spring_2014, Window(0, 0)).table
    assert (alone["overlaps"] == "").all()


def test_excluded_events_neither_lead_nor_overlap(spring_2014):
    """An event that is not used gives no market event its name and overlaps nobody."""
    events = check_events(
        pd.DataFrame(
            {
                "id": ["first", "second"],
                "time": ["2014-03-04T10:00+04:00", "2014-03-04T12:00+04:00"],
                "stance": "raise",
                "status": ["proposed", "confirmed"],
            }
        )
    )
    table = match(events, spring_2014, Window(-1, 1)).table.set_index("event_id")
    assert table["market_event"].to_dict() == {"first": "", "second": "second"}
    assert table["overlaps"].to_dict() == {"first": "", "second": ""}
    both = match(events, spring_2014, Window(-1, 1), include_proposed=True).table.set_index("event_id")
    assert both["market_event"].tolist() == ["first", "first"]
    assert both["overlaps"].tolist() == ["second", "first"]


# --- when one could have traded ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "instant"),
    [
        ("2014-03-04T12:00+04:00", "2014-03-04T08:00"),  # in the session: at once
        ("2014-03-04T19:00+04:00", "2014-03-05T06:00"),  # in the evening: 10:00 of the next session
        ("2014-03-01T17:50+04:00", "2014-03-03T06:00"),  # Saturday: Monday 10:00
        ("2014-03-04", "2014-03-05T06:00"),  # some time of that day: surely known at its end
        ("2014-03-07", "2014-03-10T06:00"),  # the same on a Friday
    ],
)
def test_trading_starts_at_the_next_opening_after_the_news(spring_2014, time, instant):
    """`tradable_from` is the first moment after publication at which Moscow's shares trade, 10:00 to 18:50 at UTC+4."""
    assert one(events_of(("e", time)), spring_2014)["tradable_from"] == pd.Timestamp(instant)


def test_currencies_trade_through_the_night_and_from_sunday_evening():
    """Saturday's news can be traded in the ruble from Sunday 17:00 New York, the invasion's at once."""
    histories = markets(weekdays("2022-02-14", "2022-03-01"), "ruble")
    rows = events_of(("swift", "2022-02-26T22:00Z"), ("invasion", "2022-02-24T02:51Z"))
    table = match(rows, histories).table
    assert table["tradable_from"].tolist() == [pd.Timestamp("2022-02-27 22:00"), pd.Timestamp("2022-02-24 02:51")]


# --- properties ----------------------------------------------------------------------------------------------------

SOME_DAYS = weekdays("2022-01-03", "2022-05-31")
HOLED = SOME_DAYS[np.arange(len(SOME_DAYS)) % 7 != 3]
BOARD = markets(HOLED, "imoex", "ruble", "em-bonds", "mystery")
some = settings(max_examples=settings.default.max_examples // 2)
moments = st.datetimes(datetime(2022, 1, 5), datetime(2022, 5, 20)).map(  # noqa: DTZ001
    lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
)


def at(instants):
    """Return events at instants, one a minute apart or not, named by their order."""
    return events_of(*((f"e{k}", instant.isoformat()) for k, instant in enumerate(instants)))


@pytest.mark.slow
@some
@given(moments, st.sampled_from(["Europe/Moscow", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati", "UTC"]))
def test_the_zone_in_which_an_instant_is_written_does_not_matter(instant, zone):
    """The same instant, written in any zone of the world, gives the same table, dates and flags included."""
    local = instant.astimezone(ZoneInfo(zone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return  # an hour that clocks show twice
    written = events_of(("e0", local.replace(tzinfo=None).isoformat()), time_zone=zone)
    offset = events_of(("e0", local.isoformat()))
    expected = match(at([instant]), BOARD, Window(-1, 1)).table
    assert_frame_equal(match(written, BOARD, Window(-1, 1)).table, expected)
    assert_frame_equal(match(offset, BOARD, Window(-1, 1)).table, expected)


some_times = st.one_of(
    moments.map(datetime.isoformat),
    st.dates(datetime(2022, 1, 5).date(), datetime(2022, 5, 20).date()).map(str),  # noqa: DTZ001
)


@some
@given(st.lists(some_times, min_size=2, max_size=7), st.data())
def test_the_order_of_events_changes_nobodys_row(times, data):
    """However an event file is sorted, each event keeps its row, names of market events and overlaps included."""
    events = events_of(*((f"e{k}", time) for k, time in enumerate(times)))
    order = data.draw(st.permutations(range(len(times))))
    shuffled = check_events(events.iloc[order])
    key = ["event_id", "series"]
    rows = match(events, BOARD, Window(-1, 2)).table.sort_values(key, ignore_index=True)
    other = match(shuffled, BOARD, Window(-1, 2)).table.sort_values(key, ignore_index=True)
    assert rows.equals(other)
