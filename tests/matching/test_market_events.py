"""Market events, anchors and overlap rules; series that are equal are matched once."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from runpy import run_path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import eventstudy as es
from eventstudy.events import check_events
from eventstudy.markets import Closure, histories_from_prices, unknown_instrument
from eventstudy.matching import CONTAMINATED, KEPT, LATER, OVERLAPS, STATUSES, match, unknown_hours

Window = es.Window

PLAIN = run_path(str(Path(__file__).parents[1] / "reference" / "matches.py"))
DAYS = pd.bdate_range("2022-01-03", "2022-03-31", name="session")
SPAN = Window(-1, 2)


def market(days=DAYS, **facts):
    """Return the history of a market without a name of its own, with some facts of the instrument changed."""
    prices = pd.DataFrame({"x": np.linspace(100, 110, len(days))}, index=days)
    return histories_from_prices(prices, {"x": replace(unknown_instrument("x"), **facts)})["x"]


def board(**markets):
    """Name histories."""
    return {name: replace(one, instrument=replace(one.instrument, name=name)) for name, one in markets.items()}


def events_at(times, stances=None, **columns):
    """Make events named in an order that is not that of their times."""
    names = [f"e{k * 7 % 11}-{k}" for k in range(len(times))]
    return check_events(pd.DataFrame({"id": names, "time": times, "stance": stances or "raise", **columns}))


def stamped(**changes):
    """Change the stamp of an unknown instrument."""
    return {"stamp": replace(unknown_instrument("x").stamp, **changes)}


def hours(**changes):
    """Change the hours of an unknown instrument."""
    return {"hours": replace(unknown_instrument("x").hours, **changes)}


OTHERS = {
    "sessions": market(DAYS.delete(30)),
    "dates": replace(market(), sessions=market().sessions - np.timedelta64(1, "D")),
    "clock": market(**stamped(clock="18:00")),
    "zone": market(**stamped(zone="Asia/Tokyo", clock="33:00")),  # the same instants
    "known": market(**stamped(known=True)),
    "hours": market(**hours(closes="17:00")),
    "night": market(**hours(opens_day_before=True, opens="18:00")),
    "weekdays": market(**hours(opens="10:00", every_weekday=True)),
    "calendar": replace(market(), instrument=replace(unknown_instrument("x"), calendar="XNYS")),
    "closures": market(closures=(Closure(date(2022, 1, 29), date(2022, 1, 30), "holiday"),)),
    "bar": replace(market(), bar=np.timedelta64(1, "D")),
    "holes": replace(market(), holes=np.array(["2022-01-29"], dtype="datetime64[D]")),
}
TIMES = ["2022-01-29", "2022-02-14T17:30Z", "2022-02-15T02:00+09:00", "2022-02-14", "2022-01-30T01:00Z", "2022-03-31"]


@pytest.mark.one_in(6)
@pytest.mark.parametrize("fact", OTHERS)
def test_series_are_matched_as_one_only_if_every_fact_is_the_same(fact):
    """Equal series share a market, one that differs in a single fact has its own; each has the rows it has alone."""
    histories = board(one=market(), other=OTHERS[fact], same=market(), again=OTHERS[fact])
    events = events_at(TIMES)
    matches = match(events, histories, SPAN)
    assert matches["one"] is matches["same"]
    assert matches["other"] is matches["again"]
    assert matches["one"] is not matches["other"]
    for name, history in histories.items():
        rows = matches.table[matches.table["series"] == name].reset_index(drop=True)
        assert_frame_equal(rows, match(events, {name: history}, SPAN).table)


def test_names_matter_only_where_events_are_about_some_series():
    """Equal series under different names are one market until an event names one of them."""
    histories = board(a=market(), b=market(), c=market())
    assert len({id(of) for of in match(events_at(TIMES), histories).series.values()}) == 1
    named = match(events_at(TIMES, series=["", "b", "b; c", "", "", ""]), histories)
    assert len({id(of) for of in named.series.values()}) == 3
    wanted = {"a": [True, False, False, True], "b": [True] * 4, "c": [True, False, True, True]}
    assert {name: of.there[:4].tolist() for name, of in named.series.items()} == wanted


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_counts_of_reasons_are_those_of_the_table(overlap):
    """How often each reason is said, of all pairs or of one status, is what the table says."""
    histories = board(one=market(), early=market(**stamped(known=True, clock="12:00")), same=market())
    matches = match(events_at([*TIMES, "2021-01-01"]), histories, SPAN, overlap=overlap)
    table = matches.table
    assert matches.counts() == table["reason"].value_counts().to_dict()
    for code, status in enumerate(STATUSES):
        assert matches.counts(code) == table.loc[table["status"] == status, "reason"].value_counts().to_dict()


def test_the_table_has_the_types_of_its_kinds():
    """Text is what pandas makes of text, dates and instants are nanoseconds, and a gap is a number."""
    table = match(events_at(TIMES), board(a=market(), b=OTHERS["clock"])).table
    instants = ["published_at", "session", "stamp", "tradable_from"]
    assert set(table[instants].dtypes) == {np.dtype("datetime64[ns]")}
    assert table["gap_days"].dtype == np.float64
    assert set(table.drop(columns=[*instants, "gap_days"]).dtypes) == {pd.Series(["text"]).dtype}


many = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 2), st.sampled_from(["raise", "hold", "fold"])), min_size=1
)


@settings(max_examples=settings.default.max_examples * 4 // 5)
@given(many, st.integers(0, 6), st.sampled_from(OVERLAPS))
def test_market_events_are_those_of_plain_loops(drawn, reach, overlap):
    """Who meets whom, under which net stance, and whom a rule sets aside is as in loops over all pairs of events."""
    times = [f"{DAYS[k]:%Y-%m-%d}T0{hour}:00Z" for k, hour, _ in drawn]
    events = events_at(times, [stance for *_, stance in drawn])
    span = Window(-(reach // 2), reach - reach // 2)
    # The sessions before the sample's second day and, in the second market, all of its first month are no news.
    matches = match(events, board(a=market(), b=market(DAYS[20:])), span, overlap=overlap)
    for name, of in matches.series.items():
        facts = [(events["id"][k], times[k], int(of.place[k]), events["stance"][k]) for k in np.flatnonzero(of.there)]
        wanted = PLAIN["met"](facts, span.n_sessions)
        nothing = dict.fromkeys(("market_event", "net_stance", "members", "overlaps"), "")
        rows = matches.table[matches.table["series"] == name].set_index("event_id")
        for event, row in rows.iterrows():
            expected = wanted.get(event, nothing)
            assert {column: row[column] for column in nothing} == expected
            assert (row["status"] == "used") == (event in wanted)
        found = of.market_events
        sessions = sorted({(fact[2], wanted[fact[0]]["net_stance"]) for fact in facts})
        assert list(zip(found.position.tolist(), found.label.tolist(), strict=True)) == sessions
        owners = ["" if k == -1 else events["id"][found.lead[k]] for k in found.of_event(len(events)).tolist()]
        assert owners == [wanted.get(event, nothing)["market_event"] for event in events["id"]]
        names = {KEPT: "", CONTAMINATED: "contaminated", LATER: "later"}
        codes = [names[code] for code in found.set_aside(span, overlap).tolist()]
        assert codes == PLAIN["set_aside"](sessions, (span.first, span.last), overlap)


def some_world(seed):
    """Draw a market with closures and news about it, much of it at the very instants at which something changes."""
    rng = np.random.default_rng(seed)
    # A few sessions are taken for daily figures; of 25, those of every fourth day are, those of every fifth are not.
    steps = rng.choice(
        [1, 1, 1, 2, 3, 5, 6, 7, 20] if seed % 3 else [3 + seed % 4] * 6 + [6, 7, 9, 30], [8, 25][seed % 2]
    )
    days = [date(2022, 1, 3) + timedelta(int(step)) for step in np.cumsum(steps)]
    zone, known = ZoneInfo(["America/New_York", "Asia/Tokyo"][seed % 5 // 3]), seed % 4 < 2
    starts = [days[k] + timedelta(int(rng.integers(-9, 2))) for k in rng.integers(1, len(days), 3)]
    closures = [(first, first + timedelta(int(rng.integers(0, 9))), f"halt {k}") for k, first in enumerate(starts)]
    stamps = [datetime.combine(day, time(16), zone) for day in days]
    moments = [days[k] + timedelta(int(rng.integers(-8, 9))) for k in rng.integers(0, len(days), 14)]
    events = []
    for k, day in enumerate(moments):
        clock = time(*[(16, 0), (16, 1), (15, 59), (0, 1), (0, 0), (23, 0)][rng.integers(0, 6)])
        published = datetime.combine(day, clock, zone) if rng.random() < 0.7 else None
        reason = "proposed: not confirmed yet" if rng.random() < 0.1 else ""
        if rng.random() < 0.1:
            reason = reason or "other-series: the event is about y"
        label = str(rng.choice(["raise", "hold", "fold"]))
        events.append({"id": f"e{k}", "published": published, "day": day, "stance": label, "reason": reason})
    return events, {"days": days, "stamps": stamps, "known": known, "zone": zone, "closures": closures}


@pytest.mark.parametrize("seeds", [range(3), pytest.param(range(3, 24), marks=pytest.mark.slow)], ids=str)
@pytest.mark.parametrize("anchor", ["stamp", "next", "previous", "same"])
def test_every_cell_of_the_audit_is_that_of_plain_loops(anchor, seeds):
    """Session, how it was moved, gap, status and reason of every event, and why a market event is in no mean."""
    for seed in seeds:
        (events, facts), rule = some_world(seed), OVERLAPS[seed % 5 % 3]
        made = market(
            pd.DatetimeIndex(facts["days"], name="session"),
            stamp=es.Stamp("x", "16:00", facts["zone"].key, "close", known=facts["known"]),
            closures=tuple(Closure(*one) for one in facts["closures"]),
        )
        written = [str(one["day"] if one["published"] is None else one["published"]) for one in events]
        columns = {"id": [one["id"] for one in events], "stance": [one["stance"] for one in events]}
        columns |= {"status": ["proposed" if one["reason"].startswith("prop") else "confirmed" for one in events]}
        columns |= {"precision": ["day" if one["published"] is None else "minute" for one in events]}
        columns |= {"series": ["y" if one["reason"].startswith("other") else "" for one in events]}
        span = (seed % 7 - 4, seed % 7 - 4 + seed % 5)
        found = match(
            check_events(pd.DataFrame({"time": written, **columns})),
            {"x": made},
            Window(*span),
            anchor=anchor,
            overlap=rule,
        )
        wanted = PLAIN["audit"](events, facts, span, anchor, rule)
        for row in found.table.to_dict("records"):
            want = wanted[row["event_id"]]
            there = None if pd.isna(row["session"]) else row["session"].date()
            gap = None if pd.isna(row["gap_days"]) else row["gap_days"]
            assert (there, row["moved"], gap, row["status"], row["reason"]) == tuple(
                want[key] for key in ("session", "moved", "gap", "status", "reason")
            ), (seed, row["event_id"])
        news, names = found["x"].market_events, ["", "late", "closure", "contaminated", "later"]
        for window in (span, (0, 0), (-30, -2), (-2, 1)):
            why = [names[code] for code in news.set_aside(Window(*window), rule)]
            triples = list(zip(news.position.tolist(), news.label.tolist(), why, strict=True))
            assert triples == PLAIN["codes"](wanted, facts["days"], window, rule), (seed, window)


@pytest.mark.parametrize(("n", "members", "others"), [(100, 0, 0), (101, 1, 0), (102, 2, 1), (150, 50, 49)])
def test_a_cell_names_a_hundred_events_and_counts_the_rest(n, members, others):
    """`members` and `overlaps` name at most a hundred events and end with how many more there are."""
    events = check_events(pd.DataFrame({"id": [f"e{k:03}" for k in range(n)], "time": "2022-02-14", "stance": "raise"}))
    row = match(events, board(a=market())).table.iloc[120 if n > 120 else 99]
    names = [name for name in events["id"] if name != row["event_id"]]
    for cell, among, more in ((row["members"], events["id"].tolist(), members), (row["overlaps"], names, others)):
        parts = cell.split(";")
        assert parts[:100] == among[:100]
        assert parts[100:] == ([f"... and {more} more"] if more else [])


# Mon 3 January .. Fri 28 January 2022 without Mon 17: nineteen sessions, closing at 16:00 New York (21:00 UTC).
SESSIONS = [day for day in pd.bdate_range("2022-01-03", "2022-01-28") if day != pd.Timestamp("2022-01-17")]


@pytest.fixture
def new_york():
    """A New York market on those sessions, which is in no catalogue."""
    return shares(SESSIONS)


def shares(sessions):
    """The same on some sessions."""
    prices = pd.DataFrame({"shares": np.linspace(100.0, 119.0, len(sessions))}, index=sessions)
    stamp = es.Stamp("ny", "16:00", "America/New_York", "close")
    hours = es.Hours("ny", "09:30", "16:00", "America/New_York")
    return histories_from_prices(prices, {"shares": es.Instrument("shares", "Shares", stamp, hours)})


def at(*times, stances=None):
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
def test_anchors(new_york, anchor, expected):
    """Each anchor moves a date as it says: stamp by the price struck after the news, the others by the calendar."""
    events = at("2022-01-12T20:00", "2022-01-12T22:00", "2022-01-15T12:00", "2022-01-17T15:00", "2022-01-18T06:00")
    assert sessions_of(match(events, new_york, anchor=anchor)) == expected


def test_same_excludes_with_a_reason(new_york):
    """Anchor same excludes an event whose date is no session, and says so."""
    found = match(at("2022-01-15"), new_york, anchor="same").table.iloc[0]
    assert (found["status"], found["reason"].split(":")[0]) == ("excluded", "no-session")


def test_none_refuses(new_york):
    """Anchor none refuses a date that is no session, naming it, and matches one that is."""
    with pytest.raises(es.InputError, match="2022-01-15 is no session of 'shares'"):
        match(at("2022-01-14", "2022-01-15", "2022-01-16"), new_york, anchor="none")
    assert sessions_of(match(at("2022-01-14"), new_york, anchor="none")) == ["01-14"]


def test_by_default_windows_are_the_event_session_alone(new_york):
    """Events on successive sessions overlap in a wider span, and not in the one that is taken where none is given."""
    events = at("2022-01-12", "2022-01-13")
    assert match(events, new_york).table["overlaps"].tolist() == ["", ""]
    assert match(events, new_york, Window(-1, 0)).table["overlaps"].tolist() == ["e1", "e0"]


def test_none_refuses_between_the_first_two_sessions():
    """A Saturday after the sample's first session, a Friday, is between two sessions as any other."""
    from_friday = [day for day in SESSIONS if day >= pd.Timestamp("2022-01-14")]
    with pytest.raises(es.InputError, match="2022-01-15 is no session of 'shares'"):
        match(at("2022-01-15"), shares(from_friday), anchor="none")


def test_none_leaves_the_sample_to_the_audit(new_york):
    """Anchor none does not refuse events before or after the sample: they are excluded as always."""
    table = match(at("2021-12-25", "2022-02-05"), new_york, anchor="none").table
    assert [reason.split(":")[0] for reason in table["reason"]] == ["before-sample", "after-sample"]


def test_look_back_is_flagged(new_york):
    """News counted toward a price that was struck before it is flagged; under the stamp rule that never happens."""
    events = at("2022-01-12T22:00")
    assert match(events, new_york, anchor="same").table["reason"].iloc[0].startswith("look-back:")
    assert match(events, new_york).table["reason"].iloc[0] == ""
    assert match(at("2022-01-12T21:00"), new_york, anchor="same").table["reason"].iloc[0].startswith("look-back:")


def test_without_a_clock_nothing_is_said_of_hours(new_york):
    """An event of a day alone that was moved back is said to be moved, not to be younger than a price by the hour."""
    found = match(at("2022-01-15"), new_york, anchor="previous").table.iloc[0]
    assert (f"{found['session']:%m-%d}", found["moved"], found["reason"]) == ("01-14", "previous", "")


def test_hours_that_nobody_knows_are_said_of_events_with_a_clock():
    """Of two series that whose price is struck at an unknown hour is named; of events of a day alone nothing is."""
    histories = board(known=market(**stamped(known=True)), mine=market())
    [said] = unknown_hours(match(at("2022-01-12T10:00", "2022-01-13"), histories))
    assert said.startswith("hour of the price unknown: mine; 1 pairs with a clock are matched by day")
    assert list(unknown_hours(match(at("2022-01-13"), histories))) == []


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [(28, 28, ""), (27, 28, " (halt)"), (13, 14, ""), (13, 15, " (halt)"), (20, 21, " (halt)")],
)
def test_a_closure_that_begins_where_a_break_ends_is_not_its_reason(first, last, why):
    """Of a break from the 14th to the 28th of January a halt is the reason if one of its days lies between them."""
    halt = {"closures": (Closure(date(2022, 1, first), date(2022, 1, last), "halt"),)}
    days = DAYS[(DAYS <= "2022-01-14") | (DAYS >= "2022-01-28")]
    found = match(at("2022-01-14"), board(x=market(days, **halt)), Window(0, 1)).table.iloc[0]
    assert found["reason"].endswith(f"closure: the window spans a break of 14 days{why}")


@pytest.mark.parametrize(("day", "moved"), [("2022-01-25", "next"), ("2022-01-26", "closed"), ("2022-01-27", "next")])
def test_a_closure_of_one_day_is_one(day, moved):
    """Of three days without a price the one that was a closure on file says so, and neither of its neighbours."""
    closed = {"closures": (Closure(date(2022, 1, 26), date(2022, 1, 26), "mourning"),)}
    days = DAYS[~DAYS.isin(pd.to_datetime(["2022-01-25", "2022-01-26", "2022-01-27"]))]
    found = match(at(day), board(x=market(days, **closed))).table.iloc[0]
    assert (f"{found['session']:%m-%d}", found["moved"]) == ("01-28", moved)


def test_unknown_rules_are_suggested(new_york):
    """A misspelt anchor or overlap rule is refused with the nearest known one."""
    with pytest.raises(es.UnknownNameError, match="did you mean 'stamp'"):
        match(at("2022-01-12"), new_york, anchor="stmp")
    with pytest.raises(es.UnknownNameError, match="unknown overlap rule 'merge'; known: set-aside, keep, first"):
        match(at("2022-01-12"), new_york, overlap="merge")


# Sessions 5 (Mon 10), 5 again, 7 (Wed 12), 8 (Thu 13), 14 (Mon 24): with a window of 0:1 the 12th and 13th share one.
EVENTS = ("2022-01-10T15:00", "2022-01-10T12:00", "2022-01-12", "2022-01-13", "2022-01-24")
STANCES = ["raise", "fold", "raise", "hold", "fold"]


def test_net_stance_and_members(new_york):
    """Events of one session are one market event: the earliest names it, its net stance and members are listed."""
    table = match(at(*EVENTS, stances=STANCES), new_york, Window(0, 1)).table
    assert table["market_event"].tolist() == ["e1", "e1", "e2", "e3", "e4"]
    assert table["net_stance"].tolist() == ["mixed", "mixed", "raise", "hold", "fold"]
    assert table["members"].tolist() == ["e1;e0", "e1;e0", "e2", "e3", "e4"]
    assert table["overlaps"].tolist() == ["e1", "e0", "e3", "e2", ""]
    assert table["stance"].tolist() == STANCES
    assert (table["status"] == "used").all()


@pytest.mark.parametrize(
    ("overlap", "kept"),
    [("keep", [True] * 4), ("set-aside", [True, True, False, True]), ("first", [True, False, True, True])],
)
def test_overlap_rules(new_york, overlap, kept):
    """Over -1:1 the hold of the 13th looks back on the raise of the 12th, whose window begins as that of the 10th ends.

    A hold contaminates nothing, and under `first` the one that is kept is the 13th.
    """
    found = match(at(*EVENTS, stances=STANCES), new_york, overlap=overlap)["shares"].market_events
    assert found.position.tolist() == [5, 7, 8, 14]
    assert (found.set_aside(Window(-1, 1), overlap) == KEPT).tolist() == kept
    assert (found.set_aside(Window(0, 0), overlap) == KEPT).all()
