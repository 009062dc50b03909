import json

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from eventstudy import DataMissingError, InputError, read_events
from eventstudy.events import check_events, event_clock

EVENTS = [
    {
        "id": "answers",
        "time": "2022-01-26T19:51",
        "time_zone": "Europe/Moscow",
        "headline": 'Written answers: "the door stays open", they say',
        "actor": "USA;NATO",
        "stance": "hold",
        "intensity": "1.0",
    },
    {"id": "réponse", "time": "2022-01-27", "stance": "raise", "headline": "Не спешим", "published_at": "2022-01-28"},
    {"id": "invasion", "time": "2022-02-24T02:51Z", "stance": "raise", "intensity": "-10", "status": "proposed"},
]


def as_toml(events):
    """Write events as an array of tables; a JSON string is a TOML string."""
    return "\n".join(
        "\n".join(["[[events]]", *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in row.items())])
        for row in events
    )


def write(folder, ending, events=EVENTS):
    """Write the events in one of the four formats."""
    path = folder / f"events{ending}"
    if ending == ".csv":
        pd.DataFrame(events).to_csv(path, index=False)
    elif ending == ".json":
        path.write_text(json.dumps(events), encoding="utf-8")
    elif ending == ".toml":
        path.write_text(as_toml(events), encoding="utf-8")
    else:
        pd.DataFrame(events).to_parquet(path)
    return path


def refusal(folder, text, name="mine.csv"):
    """Return what is said of a file that is refused; it must be one line that begins with the file's name."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_events(path)
    told = str(caught.value)
    assert "\n" not in told
    assert told.startswith(name)
    return told


@pytest.mark.parametrize("ending", [".csv", ".json", ".toml", ".parquet"])
def test_every_format_gives_the_same_table(tmp_path, ending):
    """The same events in CSV, JSON, TOML and Parquet, and in a frame, are one and the same table."""
    assert_frame_equal(read_events(write(tmp_path, ending)), check_events(pd.DataFrame(EVENTS)))


def test_the_ending_may_be_in_capitals(tmp_path):
    """EVENTS.CSV is a CSV file."""
    path = write(tmp_path, ".csv").rename(tmp_path / "EVENTS.CSV")
    assert len(read_events(str(path))) == 3


def test_native_types_mean_the_same_instants(tmp_path):
    """TOML's own dates and times, and JSON's own lists and numbers, mean what their text means."""
    toml = tmp_path / "native.toml"
    toml.write_text(
        "[[events]]\ntime = 2022-01-27\nstance = 'raise'\nintensity = -5\nactor = ['RUS', 'BLR']\n"
        "[[events]]\ntime = 2022-01-26T19:51:00\ntime_zone = 'Europe/Moscow'\nstance = 'hold'\n"
        "[[events]]\ntime = 2022-02-24T05:51:00+03:00\nstance = 'raise'\n",
        encoding="utf-8",
    )
    text = pd.DataFrame(
        {
            "time": ["2022-01-27", "2022-01-26T19:51:00", "2022-02-24T05:51:00+03:00"],
            "time_zone": ["", "Europe/Moscow", ""],
            "stance": ["raise", "hold", "raise"],
            "intensity": ["-5", "", ""],
            "actor": ["RUS;BLR", "", ""],
        }
    )
    events = read_events(toml)
    assert_frame_equal(events, check_events(text))
    assert event_clock(events)["event_time"].tolist() == [
        pd.Timestamp("2022-01-27"), pd.Timestamp("2022-01-26 16:51"), pd.Timestamp("2022-02-24 02:51"),
    ]  # fmt: skip


@pytest.mark.parametrize("ending", [".csv", ".json", ".toml"])
def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path, ending):
    """Files that an editor saved with a byte order mark are the same files."""
    path = write(tmp_path, ending)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert_frame_equal(read_events(path), check_events(pd.DataFrame(EVENTS)))


def test_windows_line_ends_and_quoted_lines_are_understood(tmp_path):
    """CRLF ends a line, and a quoted cell may run over several."""
    path = tmp_path / "mine.csv"
    path.write_bytes(b'time,stance,note\r\n2022-01-27,raise,"two\r\nlines"\r\n2022-01-28,fold,x\r\n')
    assert read_events(path)["stance"].tolist() == ["raise", "fold"]


def test_only_line_ends_end_a_line(tmp_path):
    """Typographic separators inside a headline do not cut the row in two: they are blanks."""
    path = tmp_path / "mine.csv"
    path.write_text("time,stance,headline\n2022-01-27,raise,no\u2028hurry\x85at\x0call\n", encoding="utf-8")
    assert read_events(path)["headline"].tolist() == ["no hurry at all"]


def test_what_a_spreadsheet_leaves_behind_is_no_event(tmp_path):
    """Empty rows at the end and nameless empty columns are neither events nor columns."""
    path = tmp_path / "mine.csv"
    path.write_text("time,stance,,\n2022-01-27,raise,,\n2022-01-28,fold,,,,\n,,,\n\n", encoding="utf-8")
    events = read_events(path)
    assert events["stance"].tolist() == ["raise", "fold"]
    assert "" not in events.columns


def test_a_row_may_leave_out_its_last_cells(tmp_path):
    """A row shorter than the header has nothing in the columns it does not reach."""
    path = tmp_path / "mine.csv"
    path.write_text("time,stance,headline,status\n2022-01-27,raise\n", encoding="utf-8")
    assert read_events(path).loc[0, ["headline", "status"]].tolist() == ["", "confirmed"]


def test_text_that_looks_like_a_missing_number_is_text(tmp_path):
    """A headline 'NA' or 'null' is a headline."""
    path = tmp_path / "mine.csv"
    path.write_text("time,stance,headline,actor\n2022-01-27,raise,null,NA\n", encoding="utf-8")
    assert read_events(path).loc[0, ["headline", "actor"]].tolist() == ["null", "NA"]


GIVE_ZONE = "give 'time_zone' (--set time_zone=ZONE, --map time_zone=COLUMN) or an offset"
QUOTE_IT = "quote a cell that has a comma in it"
RASE = "column stance: 'rase' is not a stance; did you mean 'raise'?"
NO_TIME = "column time: empty; write 2022-01-27 or 2022-01-27T12:30"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", " is empty"),
        ("\n", " is empty"),
        ("time,stance\n", " has no events in it"),
        ("stance\nraise\n", " has no column 'time' (known: stance); an event needs at least that: --map time=COLUMN"),
        ("time,stance\n2022-01-26,raise,extra\n", f", row 2: 3 cells under a header of 2; {QUOTE_IT}"),
        (
            "time,stance,headline\n2022-01-26,raise,x\n2022-01-27,raise,No hurry, they say\n",
            f", row 3: 4 cells under a header of 3; {QUOTE_IT}",
        ),
        ("time,stance,stance\n2022-01-26,raise,fold\n", " has the column 'stance' twice; rename one"),
        ("time, stance ,stance\n2022-01-26,raise,fold\n", " has the column 'stance' twice; rename one"),
        (
            'time,stance,headline\n2022-01-26,raise,"open\n2022-01-27,fold,x\n',
            ", row 2: a quotation mark is opened and never closed",
        ),
        ("time,stance\n2022-01-26,raise\n,fold\n", f", row 3, {NO_TIME}"),
        ("time,stance\n2022-01-26,raise\n\n2022-01-27,rase\n", f", row 4, {RASE}"),
        ("time,stance\n2022-01-26,raise\n2022-01-27,rase\n", f", row 3, {RASE}"),
        ('time,stance,note\n2022-01-26,raise,"two\nlines"\n2022-01-27,rase,\n', f", row 3, {RASE}"),
        (
            "time,stance,time_zone\n2022-03-27T02:30,raise,Europe/Berlin\n",
            ", row 2, column time: 2022-03-27T02:30 did not happen in Europe/Berlin: clocks went forward over it",
        ),
        (
            "time,stance\n2022-01-27T12:30,raise\n",
            f", row 2, column time: 2022-01-27T12:30 has a clock but no zone; {GIVE_ZONE}",
        ),
    ],
)
def test_a_bad_csv_file_is_one_clear_line(tmp_path, text, told):
    """What is wrong with a CSV file is said in one line that names file, row and column as a spreadsheet does."""
    assert refusal(tmp_path, text) == f"mine.csv{told}"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("mine.json", "{}", ": its rows must be a list of tables, one a row"),
        ("mine.json", "[1]", ": its rows must be a list of tables, one a row"),
        ("mine.json", "[]", " has no events in it"),
        ("mine.json", '[{"time": "2022-01-27", "stance": "rase"}]', f", row 1, {RASE}"),
        ("mine.json", b'[{"time": "\xe9"}]', " is not UTF-8 text; save it as UTF-8"),
        ("mine.toml", "x = 1", ": its rows must be a list of tables, one a row"),
        (
            "mine.toml",
            "[[events]]\ntime = 2022-01-27\nstance = 'raise'\n[[events]]\nstance = 'fold'\n",
            f", row 2, {NO_TIME}",
        ),
        ("mine.toml", b"x = '\xe9'", " is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_bad_json_or_toml_file_is_one_clear_line(tmp_path, name, text, told):
    """What is wrong with a JSON or TOML file is said in one line; its events are counted from 1."""
    assert refusal(tmp_path, text, name) == name + told


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [("mine.json", '[{"time": }]', "line 1 column 11"), ("mine.toml", "[[events]\n", "line 1, column 9")],
)
def test_a_slip_of_syntax_is_told_by_line_and_column(tmp_path, name, text, place):
    """A file that is no JSON or TOML at all is refused with the place where it stops being so."""
    told = refusal(tmp_path, text, name)
    assert told.startswith(f"{name} is not readable {name[-4:].upper()}: ")
    assert place in told


def test_what_only_bears_the_name_of_parquet_is_refused(tmp_path):
    """Bytes that are no Parquet file are refused like any other text that is no table."""
    assert refusal(tmp_path, b"garbage", "mine.parquet").startswith("mine.parquet")


def test_a_file_that_is_not_there_is_missing_data(tmp_path):
    """A path without a file is a DataMissingError that quotes it; a folder is bad input."""
    with pytest.raises(DataMissingError) as caught:
        read_events(tmp_path / "none.csv")
    assert str(caught.value) == f"no event file '{tmp_path / 'none.csv'}'"
    with pytest.raises(InputError, match="is a folder; name a file in it"):
        read_events(tmp_path)


def test_the_content_and_not_the_ending_says_what_a_file_is(tmp_path):
    """A table by another ending is a table."""
    path = tmp_path / "mine.txt"
    path.write_text("time;stance\n2022-01-27;raise\n", encoding="utf-8")
    assert read_events(path)["stance"].tolist() == ["raise"]
    path.rename(tmp_path / "mine.xlsx")
    assert read_events(tmp_path / "mine.xlsx")["stance"].tolist() == ["raise"]
