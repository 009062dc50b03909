import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from eventstudy import InputError, case_names
from eventstudy.cases import case_events
from eventstudy.events import COLUMNS, STANCES, check_events

CONTRACT = (
    "id", "time", "time_zone", "precision", "published_at", "headline", "actor", "target", "stance", "kind",
    "intensity", "phase", "series", "status", "source", "url", "note",
)  # fmt: skip


def table(index=None, **columns):
    """Return an unchecked table that lacks nothing required, with the columns given."""
    n = max((len(values) for values in columns.values()), default=1)
    return pd.DataFrame({"time": ["2022-01-27"] * n, "stance": ["raise"] * n, **columns}, index=index)


def refusal(events, **options):
    """Return what is said of a table that is refused; it must be one line."""
    with pytest.raises(InputError) as caught:
        check_events(events, **options)
    told = str(caught.value)
    assert "\n" not in told
    return told


# --- what is filled in ---------------------------------------------------------------------------------------------


def test_the_columns_are_those_of_the_contract():
    """A checked table has the seventeen columns of the contract, in its order."""
    assert COLUMNS == CONTRACT
    assert tuple(check_events(table()).columns) == CONTRACT


def test_a_time_is_enough():
    """A time is enough; everything else takes its documented default."""
    row = check_events(table().drop(columns="stance")).iloc[0].to_dict()
    made = {"id", "time", "precision", "published_at", "status"}
    assert {name: row[name] for name in made} == {
        "id": "2022-01-27",
        "time": "2022-01-27",
        "precision": "day",
        "published_at": "2022-01-27",
        "status": "confirmed",
    }
    assert np.isnan(row["intensity"])
    assert {row[name] for name in CONTRACT if name not in made | {"intensity"}} == {""}


def test_a_clock_makes_the_precision_a_minute():
    """An event with a clock is known to the minute, and is public at that minute."""
    row = check_events(table(time=["2022-01-26T19:51"], time_zone=["Europe/Moscow"])).iloc[0]
    assert row["precision"] == "minute"
    assert row["published_at"] == "2022-01-26T19:51"


@pytest.mark.parametrize("missing", [None, "", "  ", float("nan"), pd.NA, pd.NaT, np.float64("nan")])
def test_every_way_to_leave_a_cell_empty_is_one(missing):
    """None, NaN, NA, NaT and blanks all mean that nothing is known, and give the default."""
    columns = {name: pd.Series([missing], dtype=object) for name in ("stance", "status", "headline", "intensity")}
    assert_frame_equal(check_events(table(**columns)), check_events(table().drop(columns="stance")))


def test_nullable_columns_are_understood():
    """Columns of pandas' own string and number types, with NA in them, are cells like any other."""
    columns = {"phase": pd.array(["war", None], dtype="string"), "intensity": pd.array([None, -5], dtype="Float64")}
    events = check_events(table(id=["a", "b"], **columns))
    assert events["phase"].tolist() == ["war", ""]
    np.testing.assert_array_equal(events["intensity"], [np.nan, -5.0])


@pytest.mark.parametrize("several", [["RUS", " BLR "], ("RUS", "BLR"), np.array(["RUS", "BLR"])])
def test_several_names_in_one_cell_are_joined(several):
    """A list of actors becomes text with semicolons, as a CSV file has it."""
    cells = pd.Series([None], dtype=object)
    cells[0] = several
    assert check_events(table(actor=cells))["actor"].tolist() == ["RUS;BLR"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("value", "zone", "text", "precision"),
    [
        (pd.Timestamp("2022-01-27"), "", "2022-01-27", "day"),
        (dt.date(2022, 1, 27), "", "2022-01-27", "day"),
        (pd.Timestamp("2022-01-27 12:30"), "Europe/Moscow", "2022-01-27T12:30:00", "minute"),
        (dt.datetime(2022, 1, 27), "", "2022-01-27", "day"),  # noqa: DTZ001
        (dt.datetime(2022, 1, 27, 12, 30), "Europe/Moscow", "2022-01-27T12:30:00", "minute"),  # noqa: DTZ001
        (pd.Timestamp("2022-01-27 09:30", tz="UTC"), "", "2022-01-27T09:30:00+00:00", "minute"),
        (pd.Timestamp("2022-01-27", tz="UTC"), "", "2022-01-27T00:00:00+00:00", "minute"),
        (np.datetime64("2022-01-27"), "", "2022-01-27", "day"),
        (np.datetime64("2022-01-27T00:00:00.000000000"), "", "2022-01-27", "day"),
        (pd.Period("2022-01-27", "D"), "", "2022-01-27", "day"),
    ],
)
def test_dates_need_not_be_text(value, zone, text, precision):
    """Dates and timestamps are written as ISO text; a midnight without a zone is a date; alone in a list too."""
    events = check_events(table(time=pd.Series([value], dtype=object), time_zone=[zone]))
    assert events.loc[0, ["time", "precision"]].tolist() == [text, precision]
    if not zone:
        assert check_events([value]).loc[0, ["time", "precision"]].tolist() == [text, precision]


def test_a_column_of_timestamps_is_understood():
    """A time column that pandas has already parsed gives the dates in it."""
    days = pd.to_datetime(["2022-01-27", "2022-02-24"])
    assert check_events(table(time=days, id=["a", "b"]))["time"].tolist() == ["2022-01-27", "2022-02-24"]


DATES = ["2018-03-05", "2018-04-09"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "dates",
    [
        DATES,
        tuple(DATES),
        [dt.date(2018, 3, 5), dt.date(2018, 4, 9)],
        [pd.Timestamp(DATES[0]), DATES[1]],
        pd.DatetimeIndex(DATES),
        pd.DatetimeIndex(DATES, name="day").as_unit("s"),
        pd.PeriodIndex(DATES, freq="D"),
        pd.Index(DATES),
        pd.Series(pd.to_datetime(DATES), index=[7, 3]),
        pd.Series(DATES, name="when"),
        np.array(DATES),
        np.array(DATES, dtype="datetime64[D]"),
        np.array(DATES, dtype="datetime64[ns]"),
        [{"time": DATES[0]}, {"time": DATES[1]}],
    ],
    ids=lambda dates: type(dates).__name__,
)
def test_bare_dates_are_events(dates):
    """Any list of dates is a table with nothing but times, whatever holds them."""
    assert_frame_equal(check_events(dates), check_events(pd.DataFrame({"time": DATES})))


def test_bare_instants_are_events():
    """Instants with a zone keep their clock; two of one day have ids of their own."""
    events = check_events(pd.DatetimeIndex(["2022-01-26 14:00", "2022-01-26 19:30"], tz="America/New_York"))
    assert events["time"].tolist() == ["2022-01-26T14:00:00-05:00", "2022-01-26T19:30:00-05:00"]
    assert events["id"].tolist() == ["2022-01-26", "2022-01-26-2"]


def test_a_list_of_dicts_is_a_table():
    """One dict an event; what some of them lack is empty there."""
    events = check_events([{"time": "2022-01-27", "stance": "raise"}, {"time": "2022-02-24", "actor": "RUS"}])
    assert events["stance"].tolist() == ["raise", ""]
    assert events["actor"].tolist() == ["", "RUS"]
    assert refusal([{"time": "2022-01-27"}, {"stance": "hold"}]) == (
        "events, row 2, column time: empty; write 2022-01-27 or 2022-01-27T12:30"
    )


@pytest.mark.parametrize(
    ("rubbish", "told"),
    [
        (None, "events: give a table with 'time', dates, or read_events(FILE), not None"),
        (5, "events: give a table with 'time', dates, or read_events(FILE), not 5"),
        ("2022-01-27", "events: give a table with 'time', dates, or read_events(FILE), not '2022-01-27'"),
        ({"time": "2022"}, "events: give a table with 'time', dates, or read_events(FILE), not {'time': '2022'}"),
        (np.zeros((2, 2)), "events: give a table with 'time', dates, or read_events(FILE), not a ndarray"),
        ([], "events has no events in it"),
        (pd.DatetimeIndex([]), "events has no events in it"),
        ([5], "events, row 1: there must be a date, not 5"),
        (np.array([1.5]), "events, row 1: there must be a date, not 1.5"),
        (["2022-01-27", None], "events, row 2: there must be a date, not None"),
        (["2022-01-27", " "], "events, row 2: there must be a date, not ' '"),
        (pd.DatetimeIndex(["2022-01-27", None]), "events, row 2: there must be a date, not NaT"),
        (["2022-01-27", {"time": "2022-01-28"}], "events, row 2: there must be a date, not {'time': '2022-01-28'}"),
        (["soon"], "events, row 1, column time: 'soon' is not a date; write 2022-01-27, or give --time-format"),
        (["2022-01"], "events, row 1, column time: '2022-01' is not a time: it has no day"),
        (np.array(["2022-01"], dtype="M8[M]"), "events, row 1, column time: '2022-01' is not a time: it has no day"),
        ([np.datetime64("2022")], "events, row 1, column time: '2022' is not a time: it has no day"),
        (
            pd.DataFrame({"time": np.array(["-0005-03-01"], dtype="M8[s]")}),
            "events, row 0, column time: '-005-03-01T00:00:00' is not a date; write 2022-01-27, or give --time-format",
        ),
    ],
)
def test_what_is_no_list_of_dates_is_refused_in_a_line(rubbish, told):
    """The message says what was given, or which row of it, counted from 1."""
    assert refusal(rubbish) == told


def test_cells_are_stripped():
    """Blanks around a cell are no part of it."""
    events = check_events(table(time=[" 2022-01-27 "], stance=["raise "], headline=["\tNo hurry\n"]))
    assert events.loc[0, ["id", "time", "stance", "headline"]].tolist() == [
        "2022-01-27-no-hurry", "2022-01-27", "raise", "No hurry",
    ]  # fmt: skip


def test_further_columns_are_kept_at_the_end():
    """Columns that the schema does not know stay as they are, values and order, behind those that it knows."""
    events = check_events(table(vix=[30.5], analyst=["TA"]))
    assert tuple(events.columns) == (*CONTRACT, "vix", "analyst")
    assert events.loc[0, ["vix", "analyst"]].tolist() == [30.5, "TA"]


def test_the_index_counts_from_nought_and_the_callers_frame_is_left_alone():
    """The result has a fresh index, and what was handed in is not changed."""
    given_in = table(index=[7, 3], id=["a", "b"])
    before = given_in.copy()
    assert check_events(given_in).index.tolist() == [0, 1]
    assert_frame_equal(given_in, before)


# --- ids -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headline", "name"),
    [
        ("No hurry", "2022-01-27-no-hurry"),
        ("Élysée: talks go on, says Macron's aide", "2022-01-27-elysee-talks-go-on-says"),
        ("10,000 troops", "2022-01-27-10-000-troops"),
        ("Не спешим", "2022-01-27"),
        ("", "2022-01-27"),
    ],
)
def test_an_id_is_made_of_day_and_headline(headline, name):
    """A missing id is the day and up to five plain words of the headline."""
    assert check_events(table(headline=[headline]))["id"].tolist() == [name]


def test_made_ids_are_numbered_and_give_way_to_given_ones():
    """The second event of a day with the same words gets a 2, unless somebody else bears that name already."""
    events = check_events(table(id=["", "", "2022-01-27-2", "", "mine"]))
    assert events["id"].tolist() == ["2022-01-27", "2022-01-27-3", "2022-01-27-2", "2022-01-27-4", "mine"]


def test_numbers_of_made_ids_go_on():
    """Of many events of one day each has the next number that nobody has, given ids of later rows included."""
    events = check_events(table(id=["", "", "", "2022-01-27-3", "", "2022-01-27-5", ""]))
    day, numbers = "2022-01-27", ["", "-2", "-4", "-3", "-6", "-5", "-7"]
    assert events["id"].tolist() == [day + number for number in numbers]


def test_a_number_is_an_id():
    """Ids need not be text: 7 is the id '7'."""
    assert check_events(table(id=[7, 8]))["id"].tolist() == ["7", "8"]


# --- idempotence ---------------------------------------------------------------------------------------------------

cells = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
written_times = st.one_of(
    st.dates(dt.date(1995, 1, 1), dt.date(2030, 1, 1)).map(lambda day: (day.isoformat(), "")),
    st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2030, 1, 1)).map(  # noqa: DTZ001  # a wall clock
        lambda wall: (wall.isoformat(timespec="minutes") + "+03:00", "")
    ),
    st.dates(dt.date(1995, 1, 1), dt.date(2030, 1, 1)).map(lambda day: (f"{day}T12:30", "Europe/Moscow")),
)
rows = st.fixed_dictionaries(
    {
        "when": written_times,
        "stance": st.sampled_from(STANCES),
        "headline": cells,
        "intensity": st.one_of(st.none(), st.floats(-10, 10)),
        "status": st.sampled_from(["confirmed", "proposed", "", None]),
        "series": st.sampled_from(["", "ruble", "ruble;imoex"]),
        "further": st.one_of(cells, st.integers(-5, 5), st.none()),
    }
)


@settings(max_examples=settings.default.max_examples * 4 // 5)
@given(st.lists(rows, min_size=1, max_size=5))
def test_checking_a_checked_table_changes_nothing(drawn):
    """The first check fills in everything; the second finds nothing to do, whatever the cells were."""
    records = [{**row, "time": row["when"][0], "time_zone": row["when"][1]} for row in drawn]
    once = check_events(pd.DataFrame(records).drop(columns="when"))
    assert_frame_equal(check_events(once), once)
    assert once["id"].is_unique
    assert once["id"].ne("").all()


@pytest.mark.parametrize("name", case_names())
def test_the_bundled_events_are_checked_already(name):
    """Checking the events of a bundled case once more changes nothing."""
    events = case_events(name)
    assert_frame_equal(check_events(events), events)


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["time", "stanse"], "the column 'stanse'; did you mean 'stance'?"),
        (["Time", "time"], "the columns 'Time' and 'time'; rename one of them"),
        (["x", "stance"], "no column 'time' (known: x, stance); an event needs at least that: --map time=COLUMN"),
        (["Date", "Event", "Zone"], "no column 'time'; add --map time=Date --map headline=Event --map time_zone=Zone"),
        (["date", "datetime"], "no column 'time'; add --map time=date (the time may also be datetime)"),
        ([], "no column 'time'; an event needs at least that: --map time=COLUMN"),
        (["time", "stance", "actor", "actor"], "the column 'actor' twice; rename one"),
    ],
)
def test_columns_must_be_there_once(columns, told):
    """A column that is missing or misspelt is named with what stands there instead, and none may come twice."""
    assert refusal(pd.DataFrame([["x"] * len(columns)], columns=columns)) == f"events has {told}"


def test_a_table_without_events_is_refused():
    """A table with a header and nothing below it has no events in it."""
    assert refusal(table().head(0), source="mine.csv") == "mine.csv has no events in it"


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("stance", "rase", "'rase' is not a stance; did you mean 'raise'?"),
        ("stance", "Foldd", "'Foldd' is not a stance; did you mean 'fold'?"),
        (
            "stance",
            "escalation",
            "'escalation' is not a stance; known: raise, hold, fold; for own labels rename the column: --group-by NAME",
        ),
        ("status", "propose", "'propose' is not a status; did you mean 'proposed'?"),
        ("precision", "hour", "'hour' is not a precision; known: minute, day"),
        ("precision", "minute", "'minute' needs a clock in 'time'; '2022-01-27' has none"),
        ("intensity", "strong", "'strong' is not a number; write one from -10 to 10, or nothing"),
        ("intensity", "-4,5", "'-4,5' is not a number; write one from -10 to 10, or nothing"),
        ("intensity", "-10.5", "-10.5 is outside -10 .. 10"),
        ("intensity", "inf", "inf is outside -10 .. 10"),
        ("time", "2022-02-30", "there is no day 2022-02-30"),
        ("time", "", "empty; write 2022-01-27 or 2022-01-27T12:30"),
        ("time", "0222-01-27", "0222-01-27 is outside the years 1700 .. 2200"),
        ("published_at", "yesterday", "'yesterday' is not a date; write 2022-01-27, or give --time-format"),
        ("intensity", "1_0", "'1_0' is not a number; write one from -10 to 10, or nothing"),
        (
            "time_zone",
            "localtime",
            "'localtime' is not a time zone; write an IANA name such as Europe/Moscow, or UTC+3",
        ),
        ("published_at", "2022-02-29", "there is no day 2022-02-29"),
        ("time_zone", "Europe/Moskow", "'Europe/Moskow' is not a time zone; did you mean 'Europe/Moscow'?"),
    ],
)
def test_a_wrong_cell_is_named_with_what_would_be_right(column, value, told):
    """Every wrong cell is one line: table, spreadsheet row, column, what is wrong, and what would be right."""
    columns = {name: [good, good] for name, good in (("time", "2022-01-27"), ("stance", "raise"))}
    columns = {**columns, column: [columns.get(column, [""])[0], value]}
    if column == "intensity":
        columns[column][0] = "1.5"
    prefix = f"mine.csv, row 3, column {column}: "
    assert refusal(pd.DataFrame(columns), source="mine.csv", rows=range(2, 99)) == prefix + told


def test_a_clock_of_publication_needs_a_zone_too():
    """A clock in `published_at` without zone or offset is refused in its own column."""
    assert refusal(table(published_at=["2022-01-27T12:30"]), source="mine.csv", rows=range(2, 99)) == (
        "mine.csv, row 2, column published_at: 2022-01-27T12:30 has a clock but no zone; "
        "give 'time_zone' (--set time_zone=ZONE, --map time_zone=COLUMN) or an offset"
    )


@pytest.mark.parametrize(
    ("index", "row"), [([3, 5], "row 5"), (["a", "b"], "row 'b'"), (None, "row 1"), ([2.5, 3.5], "row 3.5")]
)
def test_a_frames_row_is_named_by_its_label(index, row):
    """In a frame a row is named as its index names it, a number as a plain number."""
    assert refusal(table(index=index, stance=["raise", "rase"])) == (
        f"events, {row}, column stance: 'rase' is not a stance; did you mean 'raise'?"
    )


def test_an_id_may_not_come_twice():
    """Two events with one id are refused, and the message names both rows."""
    assert refusal(table(id=["a", "b", "a"]), source="mine.csv", rows=range(2, 99)) == (
        "mine.csv, row 4, column id: 'a' is already the id of row 2"
    )


@given(st.integers(0, 3), st.sampled_from(["stance", "intensity", "status", "time"]))
def test_the_row_that_is_named_is_the_row_that_is_wrong(position, column):
    """Wherever the wrong cell stands, it is its own spreadsheet row that is named, counted from the header."""
    events = table(id=list("abcd"), intensity=["1"] * 4, status=["confirmed"] * 4)
    events.loc[position, column] = "nonsense"
    assert refusal(events, source="f.csv", rows=range(2, 99)).startswith(
        f"f.csv, row {position + 2}, column {column}: "
    )


@given(st.sets(st.integers(0, 5), min_size=1), st.sampled_from(["stance", "intensity", "status", "time", "precision"]))
def test_of_equal_wrong_cells_the_first_is_named(positions, column):
    """Where one wrong text stands in several rows, it is the first of them that is named."""
    events = table(id=list("abcdef"), intensity=["1"] * 6, status=["confirmed"] * 6, precision=["day"] * 6)
    events.loc[sorted(positions), column] = "nonsense"
    if column == "stance" and len(positions) == len(events):
        assert set(check_events(events)["stance"]) == {"nonsense"}  # a label of one's own
        return
    row = f"row {min(positions) + 2}"
    assert refusal(events, source="f.csv", rows=range(2, 99)).startswith(f"f.csv, {row}, column {column}: ")
