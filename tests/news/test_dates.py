from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventstudy.news.dates import find_times

THURSDAY = date(2022, 1, 27)
NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@given(st.dates(date(1990, 1, 1), date(2040, 12, 31)), st.sampled_from(NAMES))
def test_a_weekday_is_the_most_recent_one(published, name):
    """A weekday's name means that weekday within the seven days that end with the day of publication."""
    (when,) = find_times(f"on {name}", published)
    day = date.fromisoformat(when.time)
    assert NAMES[day.weekday()] == name
    assert timedelta(0) <= published - day < timedelta(days=7)


@pytest.mark.parametrize(
    ("text", "time", "standing"),
    [
        ("on Thursday", "2022-01-27", "past"),
        ("last Thursday", "2022-01-20", "past"),
        ("next Monday", "2022-01-31", "scheduled"),
        ("yesterday", "2022-01-26", "past"),
        ("tomorrow", "2022-01-28", "scheduled"),
        ("two days ago", "2022-01-25", "past"),
        ("last month", "2021-12", "past"),
        ("earlier this month", "2022-01", "past"),
        ("last week", "2022-01", "past"),
        ("in December", "2021-12", "past"),
        ("since 2014", "2014", "background"),
        ("three years ago", "2019", "background"),
        ("last year", "2021", "background"),
        ("January 3", "2022-01-03", "past"),
        ("3 January 2022", "2022-01-03", "past"),
        ("Dec. 30", "2021-12-30", "past"),
        ("October 21, 2021", "2021-10-21", "background"),
        ("Thursday (13 January 2022)", "2022-01-13", "past"),
        ("2022-01-12", "2022-01-12", "past"),
        ("February 4", "2022-02-04", "scheduled"),
        ("in the next few days", "", "scheduled"),
        ("next week", "", "scheduled"),
    ],
)
def test_expressions(text, time, standing):
    """Each expression is resolved against Thursday 27 January 2022."""
    (when,) = find_times(text, THURSDAY)
    assert (when.time, when.standing) == (time, standing)


@pytest.mark.parametrize(("text", "shift"), [("a day later", 1), ("two weeks earlier", -14), ("at the same time", 0)])
def test_relative_expressions_count_from_another_event(text, shift):
    """'A day later' is no date but a number of days."""
    (when,) = find_times(text, THURSDAY)
    assert (when.standing, when.shift, when.time) == ("relative", shift, "")


def test_an_unknown_count_is_no_time():
    """Nobody knows how many "a few" are."""
    assert find_times("a few days later", THURSDAY) == find_times("several weeks before the vote", THURSDAY) == ()


def test_we_is_not_wednesday():
    """Words that only begin like a day's or a month's name are none, and neither is the verb 'may'."""
    assert find_times("We may march on, said the sun king.", THURSDAY) == ()


def test_a_day_that_does_not_exist_is_no_time():
    """The 31st of February is not resolved to something else."""
    assert find_times("on 31 February 2022", THURSDAY) == ()
