from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest

from eventstudy import DesignError, InputError
from eventstudy.events import check_events, public_at, published_by, read_as_of, write_as_of

WRITTEN = {
    "2022-01-28": "2022-01-29T00:00",
    "2022-01-28T12:00+03:00": "2022-01-28T09:00",
    "2022-01-28 12:00+03:00": "2022-01-28T09:00",
    "2022-01-28T09:00Z": "2022-01-28T09:00",
    "2022-01-28T12:00 Europe/Moscow": "2022-01-28T09:00",
    "2022-01-28 12:00 Europe/Moscow": "2022-01-28T09:00",
    "2022-07-28T16:00 America/New_York": "2022-07-28T20:00",
    "2021-12-31": "2022-01-01T00:00",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_an_instant_is_read(text):
    """A date is the end of that day in UTC; a clock is read in its offset or zone."""
    assert read_as_of(text) == np.datetime64(WRITTEN[text], "ns")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("2022-01-28T12:00", DesignError, "no zone"),
        ("2022-01-28T12:00:30", DesignError, "no zone"),
        ("2022-02-30", InputError, "no day"),
        ("yesterday", InputError, "not a time"),
        ("", InputError, "as_of"),
        ("2022-01-28T12:00 Europe/Moskow", InputError, "Moscow"),
        ("2022-03-27T02:30 Europe/Berlin", InputError, "did not happen"),
    ],
)
def test_what_is_no_instant_is_refused(text, error, words):
    """A clock without a zone, and what is no time at all, are refused in plain words."""
    with pytest.raises(error, match=words):
        read_as_of(text)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        (date(2022, 1, 28), "2022-01-29T00:00"),
        (datetime(2022, 1, 28, 9, tzinfo=UTC), "2022-01-28T09:00"),
        (datetime(2022, 1, 28, 12, tzinfo=timezone(timedelta(hours=3))), "2022-01-28T09:00"),
        (pd.Timestamp("2022-01-28T12:00", tz="Europe/Moscow"), "2022-01-28T09:00"),
    ],
)
def test_dates_and_instants_are_written_as_they_are_read(value, instant):
    """A date or an aware instant of Python or pandas becomes text that means the same."""
    assert read_as_of(write_as_of(value)) == np.datetime64(instant, "ns")


EVENTS = check_events(
    pd.DataFrame(
        {
            "id": ["day", "day-in-new-york", "clock", "told-later", "told-next-day"],
            "time": ["2022-01-27", "2022-01-27", "2022-01-27T12:30", "2022-01-27T12:30", "2022-01-27"],
            "time_zone": ["", "America/New_York", "Europe/Moscow", "Europe/Moscow", ""],
            "published_at": ["", "", "", "2022-01-27T15:00", "2022-01-28"],
            "stance": "raise",
        }
    )
)
PUBLIC = ["2022-01-28T00:00", "2022-01-28T05:00", "2022-01-27T09:30", "2022-01-27T12:00", "2022-01-29T00:00"]


def test_when_events_are_public():
    """An event is public at its publication; where only a day is known, at the end of it in its zone, else in UTC."""
    assert public_at(EVENTS).tolist() == np.array(PUBLIC, dtype="datetime64[ns]").tolist()


@pytest.mark.parametrize("k", range(len(PUBLIC)))
def test_an_event_is_public_from_its_instant_on(k):
    """An event is there at the instant of its publication and not a nanosecond before."""
    instant, name = np.datetime64(PUBLIC[k], "ns"), EVENTS["id"][k]
    assert name in set(published_by(EVENTS, instant)["id"])
    before = published_by(EVENTS, instant - np.timedelta64(1, "ns"))
    assert name not in set(before["id"])
    assert before.index.tolist() == list(range(len(before)))
