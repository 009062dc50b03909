"""Anchors and overlap rules, on a hand-made market whose answers can be counted on fingers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventstudy as es
from eventstudy.markets import histories_from_prices
from eventstudy.matching import match
from eventstudy.news import check_events
from eventstudy.window import Window

# Mon 3 January .. Fri 28 January 2022 without Mon 17: nineteen sessions, closing at 16:00 New York (21:00 UTC).
SESSIONS = [day for day in pd.bdate_range("2022-01-03", "2022-01-28") if day != pd.Timestamp("2022-01-17")]


@pytest.fixture
def market():
    """A New York market on those sessions, which is in no catalogue."""
    prices = pd.DataFrame({"shares": np.linspace(100.0, 119.0, len(SESSIONS))}, index=SESSIONS)
    stamp = es.Stamp("ny", "16:00", "America/New_York", "close")
    hours = es.Hours("ny", "09:30", "16:00", "America/New_York")
    return histories_from_prices(prices, {"shares": es.Instrument("shares", "Shares", stamp, hours)})


def events_at(*times, stances=None):
    """Make events at times written in UTC, or on days."""
    written = [f"{time}+00:00" if "T" in time else time for time in times]
    names = [f"e{k}" for k in range(len(times))]
    return check_events(pd.DataFrame({"id": names, "time": written, "stance": stances or ["raise"] * len(times)}))


def sessions_of(matches):
    """Return the sessions of a match table as text, '-' where there is none."""
    return ["-" if pd.isna(day) else f"{day:%m-%d}" for day in matches.table["session"]]


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        # Wed 12 before the close, Wed 12 after it, Sat 15, Mon 17 (holiday), Tue 18 before the open
        ("stamp", ["01-12", "01-13", "01-18", "01-18", "01-18"]),
        ("next", ["01-12", "01-12", "01-18", "01-18", "01-18"]),
        ("previous", ["01-12", "01-12", "01-14", "01-14", "01-18"]),
        ("same", ["01-12", "01-12", "-", "-", "01-18"]),
    ],
)
def test_anchors(market, anchor, expected):
    """Each anchor moves a date as it says: stamp by the price struck after the news, the others by the calendar."""
    events = events_at(
        "2022-01-12T20:00", "2022-01-12T22:00", "2022-01-15T12:00", "2022-01-17T15:00", "2022-01-18T06:00"
    )
    assert sessions_of(match(events, market, anchor=anchor)) == expected


def test_same_excludes_with_a_reason(market):
    """Anchor same excludes an event whose date is no session, and says so."""
    found = match(events_at("2022-01-15"), market, anchor="same").table.iloc[0]
    assert (found["status"], found["reason"].split(":")[0]) == ("excluded", "no-session")


def test_none_refuses(market):
    """Anchor none refuses a date that is no session, naming it, and matches one that is."""
    with pytest.raises(es.InputError, match="2022-01-15 is no session of 'shares'"):
        match(events_at("2022-01-14", "2022-01-15"), market, anchor="none")
    assert sessions_of(match(events_at("2022-01-14"), market, anchor="none")) == ["01-14"]


def test_none_leaves_the_sample_to_the_audit(market):
    """Anchor none does not refuse events before or after the sample: they are excluded as always."""
    table = match(events_at("2021-12-25", "2022-02-05"), market, anchor="none").table
    assert [reason.split(":")[0] for reason in table["reason"]] == ["before-sample", "after-sample"]


def test_look_back_is_flagged(market):
    """News counted toward a price that was struck before it is flagged; under the stamp rule that never happens."""
    events = events_at("2022-01-12T22:00")
    assert match(events, market, anchor="same").table["reason"].iloc[0].startswith("look-back:")
    assert match(events, market).table["reason"].iloc[0] == ""


def test_unknown_rules_are_suggested(market):
    """A misspelt anchor or overlap rule is refused with the nearest known one."""
    with pytest.raises(es.UnknownNameError, match="did you mean 'stamp'"):
        match(events_at("2022-01-12"), market, anchor="stmp")
    with pytest.raises(es.UnknownNameError, match="did you mean 'merge'"):
        match(events_at("2022-01-12"), market, overlap="merg")


# Sessions 5 (Mon 10), 5 again, 7 (Wed 12), 8 (Thu 13), 14 (Mon 24): with a window of 0:1 the 12th and 13th share one.
TIMES = ("2022-01-10T15:00", "2022-01-10T12:00", "2022-01-12", "2022-01-13", "2022-01-24")
STANCES = ["raise", "fold", "raise", "hold", "fold"]


@pytest.mark.parametrize(
    ("overlap", "used"),
    [
        ("flag", ["e0", "e1", "e2", "e3", "e4"]),
        ("merge", ["e1", "e2", "e3", "e4"]),
        ("first", ["e1", "e2", "e4"]),
        ("drop", ["e1", "e4"]),
    ],
)
def test_overlap_rules(market, overlap, used):
    """Flag keeps all, merge one a session, first of overlapping ones the earliest, drop none of them."""
    matches = match(events_at(*TIMES, stances=STANCES), market, Window(0, 1), overlap=overlap)
    table = matches.table
    assert table.loc[table["status"] == "used", "event_id"].tolist() == used
    assert all(table.loc[table["status"] == "excluded", "reason"].str.match(r"(merged|overlap): "))


def test_net_stance_and_members(market):
    """Events of one session are one market event: the earliest names it, its net stance and members are listed."""
    table = match(events_at(*TIMES, stances=STANCES), market, Window(0, 1)).table
    assert table["market_event"].tolist() == ["e1", "e1", "e2", "e3", "e4"]
    assert table["net_stance"].tolist() == ["mixed", "mixed", "raise", "hold", "fold"]
    assert table["members"].tolist() == ["e1;e0", "e1;e0", "e2", "e3", "e4"]
    assert table["overlaps"].tolist() == ["e1", "e0", "e3", "e2", ""]


def test_merged_events_count_under_their_net_stance(market):
    """When events are merged the one that stands for them counts under the net stance; flagged ones keep their own."""
    events = events_at(*TIMES, stances=STANCES)
    assert match(events, market, overlap="merge").stances[1, 0] == "mixed"
    assert match(events, market, overlap="flag").stances[:2, 0].tolist() == ["raise", "fold"]


def test_left_out_events_stay_news(market):
    """An event that an overlap rule leaves out still marks its session as one with news."""
    matches = match(events_at(*TIMES, stances=STANCES), market, Window(0, 1), overlap="drop")
    assert matches.news.all()
    assert not matches.used.all()


@given(st.lists(st.integers(1, 18), min_size=1, max_size=12), st.integers(0, 4), st.randoms())
def test_overlap_rules_hold_for_any_events(days, reach, random):
    """Under first and drop no two used market events share a session, and the order of the rows plays no part."""
    prices = pd.DataFrame({"x": np.linspace(1, 2, len(SESSIONS))}, index=SESSIONS)
    histories = histories_from_prices(prices)
    events = events_at(*(f"{SESSIONS[k]:%Y-%m-%d}" for k in days))
    shuffled = events.sample(frac=1, random_state=random.randint(0, 2**31)).reset_index(drop=True)
    used = {}
    for rule in ("first", "drop"):
        matches = match(events, histories, Window(0, reach), overlap=rule)
        positions = np.sort(matches.positions[matches.used[:, 0], 0])
        assert np.all(np.diff(positions) > reach)
        again = match(shuffled, histories, Window(0, reach), overlap=rule)
        assert np.array_equal(positions, np.sort(again.positions[again.used[:, 0], 0]))
        used[rule] = set(positions)
    assert used["drop"] <= used["first"]
