from itertools import permutations

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from eventstudy import InputError
from eventstudy.events import append_events, check_events, merge_events


def events(*rows):
    """Return a checked table of events of 27 January by Russia."""
    base = {"time": "2022-01-27", "stance": "raise", "actor": "RUS", "kind": "statement"}
    return check_events(pd.DataFrame([{**base, **row} for row in rows]))


def test_exact_duplicates_go():
    """A row that two files have, cell for cell, stays once and is no conflict."""
    merged = merge_events({"a": events({"id": "x"}), "b": events({"id": "x"}, {"id": "y", "time": "2022-01-26"})})
    assert merged.events["id"].tolist() == ["y", "x"]
    assert merged.duplicates == 1
    assert merged.conflicts.empty


def test_one_id_with_different_cells():
    """The fullest row of an id stays; every cell in which another differs is a row, with both files and values."""
    merged = merge_events({"a": events({"id": "x"}), "b": events({"id": "x", "target": "USA", "intensity": -4})})
    assert len(merged.events) == 1
    assert merged.events.loc[0, "target"] == "USA"
    told = merged.conflicts[["reason", "file", "other_file", "column", "value", "other_value"]].to_numpy().tolist()
    assert told == [["same id", "b", "a", "intensity", "-4.0", ""], ["same id", "b", "a", "target", "USA", ""]]


def test_a_confirmed_row_goes_before_a_proposed_one():
    """Of a proposal and its confirmed form the confirmed one stays, whichever file comes first."""
    proposed, confirmed = events({"id": "x", "status": "proposed"}), events({"id": "x", "stance": "hold"})
    for tables in ({"a": proposed, "b": confirmed}, {"b": confirmed, "a": proposed}):
        merged = merge_events(tables)
        assert merged.events[["status", "stance"]].to_numpy().tolist() == [["confirmed", "hold"]]
        assert set(merged.conflicts["column"]) == {"status", "stance"}


def test_one_act_with_two_stances():
    """Two rows of one day, actor and kind that differ in stance both stay and are a conflict; other days are not."""
    merged = merge_events(
        {"a": events({"id": "x"}), "b": events({"id": "y", "stance": "fold"}, {"id": "z", "time": "2022-01-28"})}
    )
    assert merged.events["id"].tolist() == ["x", "y", "z"]
    (row,) = merged.conflicts.to_dict("records")
    assert (row["reason"], row["id"], row["other_id"]) == ("same day, actor and kind", "x", "y")
    assert (row["value"], row["other_value"]) == ("raise", "fold")


def test_further_columns_are_kept():
    """Columns of one file only are kept, empty for the others' rows; nothing to merge is an error."""
    merged = merge_events({"a": events({"id": "x", "rows": 3}), "b": events({"id": "y", "actor": "USA"})})
    assert merged.events["rows"].tolist() == [3, ""]
    with pytest.raises(InputError, match="no event files"):
        merge_events({})


@pytest.mark.parametrize("step", [5, pytest.param(1, marks=pytest.mark.slow)])
def test_the_order_of_the_files_plays_no_part(step):
    """The same files in any order give the same events, conflicts and duplicates, cell for cell."""
    tables = {
        "a": events({"id": "x", "status": "proposed", "confidence": 0.4}, {"id": "y", "stance": "hold"}),
        "b": events({"id": "x", "stance": "fold", "status": "proposed", "confidence": 0.9}),
        "c": events({"id": "y", "stance": "hold"}, {"id": "z", "stance": "fold", "actor": "RUS"}),
        "d": events({"id": "x", "stance": "hold", "status": "proposed", "confidence": 0.4, "url": "u"}),
    }
    first, *others = [merge_events({name: tables[name] for name in names}) for names in [*permutations(tables)][::step]]
    assert first.events.set_index("id").loc["x", ["stance", "confidence"]].tolist() == ["fold", 0.9]
    assert first.duplicates == 1
    for other in others:
        assert_frame_equal(other.events, first.events)
        assert_frame_equal(other.conflicts, first.conflicts)
        assert other.duplicates == first.duplicates


def test_appending_twice_adds_nothing():
    """What a table has is not added again: by id, by headline, or as an article that went into a row of several."""
    act = {"id": "", "time": "2022-01-27", "actor": "RUS;BLR", "kind": "statement", "status": "proposed"}
    both = {**act, "headline": "First paper's words", "source": "a.txt; b.txt"}
    table, added = append_events(None, [both], "events.csv")
    assert added == 1
    for again in (both, {**act, "headline": "Second paper's words", "source": "b.txt", "actor": "BLR;RUS"}):
        table, added = append_events(table, [again], "events.csv")
        assert (len(table), added) == (1, 0)
    for new in ({"kind": "threat"}, {"time": "2022-01-28"}, {"actor": "USA"}, {"source": "c.txt"}):
        assert append_events(table, [{**both, "headline": "Other words", **new}], "events.csv")[1] == 1
    single = append_events(None, [{**act, "headline": "One", "source": "a.txt"}], "events.csv")[0]
    assert append_events(single, [{**act, "headline": "Two", "source": "a.txt"}], "events.csv")[1] == 1
