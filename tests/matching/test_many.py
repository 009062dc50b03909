"""Many pairs: series that are equal are matched once, and the audit trail is made of few facts when it is asked for."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from runpy import run_path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from eventstudy.markets import histories_from_prices
from eventstudy.markets.instrument import Closure, unknown_instrument
from eventstudy.matching import OVERLAPS, match
from eventstudy.news import check_events
from eventstudy.news.stance import NET_STANCES
from eventstudy.window import Window

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


@pytest.mark.parametrize("fact", OTHERS)
def test_series_are_matched_as_one_only_if_every_fact_is_the_same(fact):
    """Equal series share a market, one that differs in a single fact has its own; each has the rows it has alone."""
    histories = board(one=market(), other=OTHERS[fact], same=market(), again=OTHERS[fact])
    events = events_at(TIMES)
    matches = match(events, histories, SPAN)
    assert matches.market_of.tolist() == [0, 1, 0, 1]
    for name, history in histories.items():
        rows = matches.table[matches.table["series"] == name].reset_index(drop=True)
        assert_frame_equal(rows, match(events, {name: history}, SPAN).table)


def test_names_matter_only_where_events_are_about_some_series():
    """Equal series under different names are one market until an event names one of them."""
    histories = board(a=market(), b=market(), c=market())
    assert match(events_at(TIMES), histories).market_of.tolist() == [0, 0, 0]
    named = match(events_at(TIMES, series=["", "b", "b; c", "", "", ""]), histories)
    assert named.market_of.tolist() == [0, 1, 2]
    assert named.used[:4].tolist() == [[True] * 3, [False, True, False], [False, True, True], [True] * 3]


def test_equal_series_share_their_facts_and_make_no_table():
    """Of fifty equal series each fact is held once, whatever is excluded later, until somebody asks for the table."""
    matches = match(events_at(TIMES), board(**{f"s{k}": market() for k in range(50)}), SPAN)
    for facts in (matches.positions, matches.used, matches.news, matches.stances, matches.reasons.code):
        assert facts.shape == (6, 50)
        assert facts.strides[1] == 0
    later = matches.excluding({(0, 3): "few-observations: 3"}).noting({(1, 3): "0:5 incomplete"})
    assert "table" not in vars(matches) | vars(later)
    assert (matches.used.sum() - later.used.sum(), later.used[0, 3]) == (1, False)
    assert later.table is later.table
    assert later.table.loc[[3, 53], "reason"].tolist() == ["few-observations: 3", "0:5 incomplete"]


@pytest.mark.parametrize("overlap", OVERLAPS)
def test_facts_without_the_table_are_those_of_the_table(overlap):
    """What a study asks of its matches without making their table is what the table says, pair by pair."""
    histories = board(one=market(), early=market(**stamped(known=True, clock="12:00")), same=market())
    events = events_at(TIMES, ["raise", "fold", "hold", "fold", "raise", "hold"])
    matches = match(events, histories, SPAN, overlap=overlap)
    matches = matches.excluding(dict.fromkeys(map(tuple, np.argwhere(matches.used)[::4].tolist()), "window: no price"))
    table = matches.table
    words = np.array([*NET_STANCES, ""])
    assert words[matches.stance_codes].ravel().tolist() == matches.stances.ravel().tolist()
    assert words[matches.net_stances].ravel().tolist() == table["net_stance"].tolist()
    assert matches.overlapping.ravel().tolist() == table["overlaps"].ne("").tolist()
    assert matches.by_day.ravel().tolist() == table["timing"].eq("day").tolist()
    assert matches.used.ravel().tolist() == table["status"].eq("used").tolist()
    assert matches.reasons.counts() == table["reason"].value_counts().to_dict()
    used = table.loc[table["status"] == "used", "reason"]
    assert matches.reasons.counts(matches.used) == used.value_counts().to_dict()


def test_a_block_of_series_has_its_rows():
    """The matches of a block of series are those of the series matched alone."""
    histories = board(a=market(), b=OTHERS["clock"], c=market(), d=OTHERS["clock"])
    events = events_at(TIMES)
    block = match(events, histories, SPAN).of_series(slice(1, 3))
    assert_frame_equal(block.table, match(events, {name: histories[name] for name in "bc"}, SPAN).table)


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


@given(many, st.integers(0, 6), st.sampled_from(OVERLAPS))
def test_market_events_are_those_of_plain_loops(drawn, reach, overlap):
    """Who meets whom, under which net stance, and whom a rule leaves out is as in loops over all pairs of events."""
    times = [f"{DAYS[k]:%Y-%m-%d}T0{hour}:00Z" for k, hour, _ in drawn]
    events = events_at(times, [stance for *_, stance in drawn])
    span = Window(-(reach // 2), reach - reach // 2)
    # The sessions before the sample's second day and, in the second market, all of its first month are no news.
    histories = board(a=market(), b=market(DAYS[20:]))
    matches = match(events, histories, span, overlap=overlap)
    for s, name in enumerate(histories):
        news = np.flatnonzero(matches.news[:, s]).tolist()
        facts = [(events["id"][k], times[k], int(matches.positions[k, s]), events["stance"][k]) for k in news]
        told = PLAIN["met"](facts, span.n_sessions, overlap)
        rows = matches.table[matches.table["series"] == name].set_index("event_id")
        for event, row in rows.iterrows():
            expected = told.get(event, dict.fromkeys(("market_event", "net_stance", "members", "overlaps"), ""))
            assert {column: row[column] for column in expected if column != "left_out"} == {
                column: text for column, text in expected.items() if column != "left_out"
            }
            assert (row["status"] == "used") == (expected.get("left_out") == "")
            if expected.get("left_out"):
                assert row["reason"] == expected["left_out"]


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
