"""Event tables as people have them: read right at the first try, or refused with the option that settles it."""

import io
import json
import re
import shlex
import time
from functools import wraps

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import eventstudy as es
from eventstudy import EventStudyError, InputError, read_events
from eventstudy.cli.main import main
from eventstudy.events import check_events, event_clock, events_of, import_ics, read_as_of, read_gdelt, read_time

DAYS = ["2021-12-17", "2022-01-27", "2022-02-14"]
HEADS = ["No deal", "Big news", "Troops leave"]
STANCES = ["raise", "raise", "fold"]


def call(*words):
    """Run the command line in this process and return its exit code."""
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return left.value.code or 0


def table(times, delimiter=",", header=("time", "stance", "headline"), stances=STANCES):
    """Write three events as a text table."""
    rows = [header, *zip(times, stances, HEADS, strict=True)]
    return "".join(delimiter.join(row) + "\n" for row in rows)


def written(form):
    """Write the three days in a form of strftime."""
    return [pd.Timestamp(day).strftime(form) for day in DAYS]


def excel(times):
    """Write three events as a workbook."""
    content = io.BytesIO()
    pd.DataFrame({"Date": times, "stance": STANCES, "headline": HEADS}).to_excel(content, index=False)
    return content.getvalue()


RUSSIAN = ["17 декабря 2021", "27 января 2022 г.", "14 февраля 2022"]
GERMAN = ["17. Dezember 2021", "27. Januar 2022", "14. Februar 2022"]
FRAME = pd.DataFrame({"time": DAYS, "stance": STANCES, "headline": HEADS})
LAYOUTS = {
    "plain": table(DAYS),
    "semicolons": table(DAYS, ";"),
    "tabs": table(DAYS, "\t"),
    "a column date": table(DAYS, header=("date", "stance", "headline")),
    "a column Date": table(DAYS, header=("Date", "Stance", "Headline")),
    "a column datetime": table(DAYS, header=("datetime", "stance", "headline")),
    "capitals": table(DAYS, header=("TIME", " Stance ", "HEADLINE"), stances=["Raise", " RAISE ", "fOLD"]),
    "points": table(written("%d.%m.%Y")),
    "day first": table(written("%d/%m/%Y")),
    "month first": table(written("%m/%d/%Y")),
    "two digits": table(written("%m/%d/%y")),
    "names of months": table(written("%d %b %Y")),
    "American": table(written("%B %d %Y")),
    "digits": table(written("%Y%m%d")),
    "mixed and unambiguous": table(["17.12.2021", "2022-01-27", "14 Feb 2022"]),
    "Russian": table(RUSSIAN).encode("cp1251"),
    "Russian, KOI8-R": table(RUSSIAN).encode("koi8-r"),
    "German": table(GERMAN, ";").encode("cp1252"),
    "UTF-16": table(DAYS, "\t").encode("utf-16"),
    "byte order mark": table(DAYS).encode("utf-8-sig"),
    "windows line ends": table(DAYS).replace("\n", "\r\n"),
    "a title above": "Our list of events\n\n" + table(DAYS),
    "midnights in UTC": table([f"{day}T00:00:00+00:00" for day in DAYS]),
    "midnights of pandas": table([f"{day} 00:00:00" for day in DAYS]),
    "midnights in Moscow": table([f"{day} 00:00:00+03:00" for day in DAYS]),
    "marks of direction": table([f"\u200e{day}\u202c" for day in DAYS]),
    "Excel, dates": excel([pd.Timestamp(day) for day in DAYS]),
    "Excel, text": excel(DAYS),
    "JSON": json.dumps(FRAME.to_dict("records")),
    "JSON, an object": json.dumps({"events": FRAME.to_dict("records")}),
    "TOML": "\n".join(
        f"[[events]]\ntime = {day}\nstance = '{stance}'\nheadline = '{head}'"
        for day, stance, head in zip(DAYS, STANCES, HEADS, strict=True)
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_table_in_many_layouts(layout, tmp_path):
    """The same three events, however they are written, are the same three events, known by day."""
    path = tmp_path / "events.txt"
    content = LAYOUTS[layout]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    events = es.read_events(path)
    assert events["time"].tolist() == DAYS
    assert events["stance"].tolist() == STANCES
    assert events["headline"].tolist() == HEADS
    assert set(events["status"]) == {"confirmed"}
    assert not event_clock(events)["exact"].any()


def test_frames_and_lists_in_many_forms():
    """Frames with the dates in a column or in the index, indexes and lists of written dates are read alike."""
    plain = check_events(FRAME)
    for frame in (
        FRAME.rename(columns={"time": "Date"}),
        FRAME.drop(columns="time").set_index(pd.DatetimeIndex(DAYS)),
        FRAME.assign(time=pd.to_datetime(FRAME["time"])),
        FRAME.assign(time=pd.to_datetime(FRAME["time"], utc=True)),
        FRAME.assign(time=written("%d.%m.%Y")),
    ):
        pd.testing.assert_frame_equal(check_events(frame), plain)
    for dates in (written("%d.%m.%Y"), written("%d %B %Y"), pd.to_datetime(DAYS, utc=True)):
        assert check_events(dates)["time"].tolist() == DAYS


def test_a_date_and_a_clock_in_two_columns():
    """A column of dates and one of clocks are one time."""
    text = "Date,Time,time_zone\n27.01.2022,12:30,MSK\n14.02.2022,9:05,MSK\n"
    events = events_of(text)
    assert events["time"].tolist() == ["2022-01-27T12:30", "2022-02-14T09:05"]
    assert event_clock(events)["event_time"].dt.hour.tolist() == [9, 6]


#: Columns of dates, each settled as a whole: what is read of it, or what the refusal says.
SETTLED = {
    "day first by the last": (["01/02/2022", "03/04/2022", "13/02/2022"], ["2022-02-01", "2022-04-03", "2022-02-13"]),
    "month first by the last": (["01/02/2022", "03/04/2022", "02/13/2022"], ["2022-01-02", "2022-03-04", "2022-02-13"]),
    "both": (["13/02/2022", "02/13/2022"], "'02/13/2022' has the month first, '13/02/2022'"),
    "by none": (["01/02/2022", "03/04/2022"], "no row settles it"),
    "alike in both": (["01/01/2022", "03/03/2022"], ["2022-01-01", "2022-03-03"]),
    "by none, with clocks": (["01/02/2022 12:30 MSK", "03/04/2022 9:15 MSK"], "give --time-format dmy or mdy"),
    "by none, beside ISO": (["2022-01-27", "01/02/2022"], "give --time-format dmy or mdy"),
    "two signs": (["01/02/2022", "13-02-2022"], "give --time-format dmy or mdy"),
    "points": (["01.02.2022", "03.04.2022"], ["2022-02-01", "2022-04-03"]),
    "points, month first": (["01.02.2022", "03.24.2022"], ["2022-01-02", "2022-03-24"]),
    "two digits, month first": (["1/2/22", "1/27/22"], ["2022-01-02", "2022-01-27"]),
    "two digits, by none": (["01/02/22", "13/02/22"], "give --time-format dmy or ymd"),
    "two digits, points": (["13.01.24", "20.02.24", "05.03.23"], ["2024-01-13", "2024-02-20", "2023-03-05"]),
    "two digits, points, year first": (["24.01.13", "24.02.20", "24.03.15"], "give --time-format dmy or ymd"),
    "two digits, points, alone": (["22.01.31"], "'22.01.31' is 2031-01-22 or 2022-01-31, and no row settles it;"),
    "two digits, points, by a row": (["22.01.31", "13.02.98"], ["2031-01-22", "1998-02-13"]),
    "two digits, a year by its size": (["01/02/22", "31/12/99"], ["2022-02-01", "1999-12-31"]),
    "two and four digits": (["01/02/22", "13/02/2022"], ["2022-02-01", "2022-02-13"]),
    "eight digits, day first": (["03022022", "27012022"], ["2022-02-03", "2022-01-27"]),
    "six digits": (["010203", "040506"], "no row settles it"),
    "months in French": (["3 mai 2022", "4 juin 2022"], ["2022-05-03", "2022-06-04"]),
    "a month of two languages": (["3 listopad 2022"], "by its language, and no row settles it"),
    "the language settled by another row": (["3 listopad 2022", "4 grudnia 2022"], ["2022-11-03", "2022-12-04"]),
    "weeks": (["2022-W04-4", "2022W071"], ["2022-01-27", "2022-02-14"]),
    "weeks without a day": (["2022-W04", "2022-W07"], "'2022-W04' is not a"),
    "seconds": (["1643241600", "1644000000"], ["2022-01-27T00:00+00:00", "2022-02-04T18:40+00:00"]),
    "seconds and dates": (["1643241600", "2022-02-01"], "is a count of seconds"),
    "Excel's days": (["44588", "44600"], ["2022-01-27", "2022-02-08"]),
    "Excel's days and dates": (["44588", "13/02/2022"], "is one of Excel's day numbers"),
    "zones of their own": (["27.01.2022 12:30 MSK", "27.01.2022 12:30 EST"],
                           ["2022-01-27T12:30:00+03:00", "2022-01-27T12:30:00-05:00"]),
    "a clock without a zone": (["27.01.2022 12:30 MSK", "28.01.2022 12:30"], "row 3, column time"),
    "a clock without a zone among days": (["27.01.2022", "28.01.2022 12:30"], "row 3, column time"),
    "clocks without a zone": (["27.01.2022 12:30", "28.01.2022 12:30", "29.01.2022"], "(--set time_zone="),
    "by the day of the week": (["Fri 04/02/2022", "Mo. 07/02/2022"], ["2022-02-04", "2022-02-07"]),
    "month first by the day of the week": (["Saturday, 04/02/2022", "сб 05/07/2022"], ["2022-04-02", "2022-05-07"]),
    "another day of the week": (["Fri 04.02.2022", "Tue 07.02.2022"], "its date and its day of the week disagree"),
    "the last cut in its day": (["2024-07-03", "2024-07-22", "2024-07-2"], "'2024-07-2' is shorter than all others"),
    "the last cut in its year": (["03.07.2024", "22.07.2024", "23.07.20"], "'23.07.20' is shorter than all others"),
    "the last without a zero as others": (["2024-7-3", "2024-07-22", "2024-7-2"],
                                           ["2024-07-03", "2024-07-22", "2024-07-02"]),
    "the last without zeros": (["27/01/2022", "15/02/2022", "3/3/2022"], ["2022-01-27", "2022-02-15", "2022-03-03"]),
    "hours alone": (["2022-01-27 12:30 PM EST", "Jan 28, 2022, 4 PM EST", "28.01.2022 16 Uhr UTC",
                     "1/29/2022 4 p.m. UTC"],
                    ["2022-01-27T12:30:00-05:00", "2022-01-28T16:00:00-05:00", "2022-01-28T16:00+00:00",
                     "2022-01-29T16:00+00:00"]),
    "the last alone without its clock": (["2024-07-03T10:00+00:00", "2024-07-22T10:00+00:00", "2024-07-23"],
                                         ["2024-07-03T10:00+00:00", "2024-07-22T10:00+00:00", "2024-07-23"]),
    "another calendar": (["25/06/1443", "03/07/1443"], "the year 1443 is outside"),
}  # fmt: skip


@pytest.mark.one_in(3)  # every column in one of the four forms at least
@pytest.mark.parametrize("what", SETTLED)
@pytest.mark.parametrize("form", ["CSV", "JSON", "TOML", "a list"])
def test_a_column_of_times_is_settled_as_a_whole(what, form, tmp_path, capsys):
    """In every form dates are read alike: one row settles the column, and what none settles is refused."""
    times, right = SETTLED[what]
    path = tmp_path / {"JSON": "mine.json", "TOML": "mine.toml"}.get(form, "mine.csv")
    rows = "".join(f"[[events]]\ntime = '{time}'\n" for time in times)
    jsons = json.dumps([{"time": time} for time in times])
    path.write_text({"JSON": jsons, "TOML": rows}.get(form, "\n".join(["time", *times])), encoding="utf-8")
    given = times if form == "a list" else path
    if isinstance(right, list):
        assert read_events(given)["time"].tolist() == right
        return
    with pytest.raises(InputError) as refused:
        read_events(given)
    said = str(refused.value)
    assert right.replace("row 3", "row 2") in said if form in {"JSON", "TOML", "a list"} else right in said
    if form != "a list":
        for command in (("events", "check", path), ("run", "--events", path, "--series", "imoex", "--offline")):
            assert call(*command) == 2
            assert said in capsys.readouterr().err
    if "--set time_zone" in said:
        zoned = read_events(given, values={"time_zone": "Europe/London"})
        assert [when.partition("T")[2] for when in zoned["time"]] == [
            {"": "", "12:30 MSK": "12:30:00+03:00"}.get(time[11:], "12:30") for time in times
        ]
    if "dmy or mdy" in said:
        assert len(read_events(given, time_format="dmy")) == len(times)


REFUSED = {
    "03/04/2022 and 05/06/2022": (table(["03/04/2022", "05/06/2022", "07/08/2022"]), ("row 2", "--time-format")),
    "a month": (table(["2022-01", *DAYS[1:]]), ("row 2, column time", "no day")),
    "a name with a blank": ("Event Date,TZ\n2014-11-27,x\n", ("--map 'time=Event Date' --map time_zone=TZ",)),
    "a zone": ("Date,Zone\n2014-11-27T12:00,MSK\n", ("--map time=Date --map time_zone=Zone",)),
    "two dates": ("date,datetime\n2014-11-27,2014-11-26 12:00\n", ("--map time=date", "datetime")),
    "no date": ("a,b\n1,2\n", ("has no column 'time' (known: a, b)", "--map time=COLUMN")),
    "a date by another name": ("Tag der Tat,b\n2014-11-27,2\n", ("--map 'time=Tag der Tat'",)),
    "a misspelt stance": (table(DAYS, stances=["raise", "rase", "fold"]), ("row 3, column stance", "mean 'raise'")),
    "no zone": (table([f"{day} 12:30" for day in DAYS]), ("row 2, column time", "no zone")),
    "EST in July": ("Date,time_zone\n2021-07-14 15:30,EST\n", ("row 2, column Date", "EDT", "America/New_York")),
    "IST": (table([f"{day} 12:30 IST" for day in DAYS]), ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin")),
}  # fmt: skip


@pytest.mark.parametrize("header", ["date,title", "Date,Event", "day,news", "time,title", "Event date,What"])
def test_dates_with_their_titles_are_events(header, tmp_path, capsys):
    """Nothing but a date and a headline, by names of their own, is a list of events; each column is said, and kept."""
    path, (time, title) = tmp_path / "mine.csv", header.split(",")
    path.write_text(f"{header},actor\n2014-11-27,Producers keep output,\n2014-12-05,They meet,SAU\n", encoding="utf-8")
    events = read_events(path)
    assert events["actor"].tolist() == ["", "SAU"]
    assert events[["time", "headline"]].to_numpy().tolist() == [
        ["2014-11-27", "Producers keep output"], ["2014-12-05", "They meet"]
    ]  # fmt: skip
    assert events[title].tolist() == events["headline"].tolist()
    assert call("events", "check", path) == 0
    said = capsys.readouterr().err
    assert f"mine.csv: column '{title}' taken as the headline\n" in said
    assert (f"mine.csv: column '{time}' taken as the time\n" in said) == (time != "time")
    both = read_events(path, columns={"headline": "actor"})
    assert both["headline"].tolist() == ["", "SAU"]


@pytest.mark.parametrize("more", ["summary", "Category", "Zone"])
def test_of_a_foreign_table_its_owner_says_what_is_what(more, tmp_path):
    """With a column beside date and headline that nobody knows, the options that read it are named."""
    path = tmp_path / "mine.csv"
    path.write_text(f"Date,Event,{more}\n2014-11-27,Producers keep output,x\n", encoding="utf-8")
    with pytest.raises(InputError, match="--map time=Date --map headline=Event"):
        read_events(path)


@pytest.mark.parametrize("text", ["PERMNO,EVTDATE\n12340,20220127\n", "permno,edate\n12340,27JAN2022\n"])
def test_a_code_is_no_time_where_another_column_is_one(text):
    """A number of five digits may be one of Excel's days; beside dates it is not offered first."""
    header = text.partition("\n")[0]
    with pytest.raises(InputError, match=f"--map time={header.partition(',')[2]} "):
        events_of(text)


def test_a_date_in_three_columns():
    """Columns of year, month and day of databases are a date beside an id that looks like one."""
    rows = "202201270001,2022,1,27,Ukraine\n202202100002,2022,2,10,Ukraine\n"
    events = events_of(f"eventid,iyear,imonth,iday,country_txt\n{rows}")
    assert events["time"].tolist() == ["2022-01-27", "2022-02-10"]


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_told_is_refused_with_what_settles_it(what, tmp_path, capsys):
    """What can be read in two ways, or not at all, ends in one line that names file, row, column and the way out."""
    text, words = REFUSED[what]
    path = tmp_path / "my own.csv"
    path.write_text(text, encoding="utf-8")
    assert call("events", "check", path) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    for word in ("my own.csv", *words):
        assert word in said


@pytest.mark.parametrize(
    ("options", "times"),
    [
        (("--time-format", "%d/%m/%Y"), ["2022-04-03", "2022-06-05"]),
        (("--time-format", "mdy"), ["2022-03-04", "2022-05-06"]),
        (("--time-format", "time=%d/%m/%Y", "--set", "status=proposed"), ["2022-04-03", "2022-06-05"]),
    ],
)
def test_the_option_that_the_refusal_names_settles_it(tmp_path, capsys, options, times):
    """`--map`, `--time-format` and `--set` are obeyed, and the clean file that is written reads without them."""
    path, clean = tmp_path / "mine.csv", tmp_path / "clean.csv"
    path.write_text("When,What\n03/04/2022,a\n05/06/2022,b\n", encoding="utf-8")
    words = ("--map", "time=When", "--map", "headline=What", *options)
    assert call("events", "import", path, *words, "--out", clean) == 0
    assert capsys.readouterr().out.startswith("mine.csv: 2 events\n")
    events = es.read_events(clean)
    assert events["time"].tolist() == times
    assert set(events["status"]) == {"proposed" if "status=proposed" in options else "confirmed"}
    assert call("events", "check", path, *words) == 0
    capsys.readouterr()
    match = ("match", "--events", path, *words, "--series", "imoex", "--offline", "--include-proposed")
    assert call(*match, "--format", "csv") == 0
    assert all(f"{time}-" in capsys.readouterr().out for time in times[:1])


def test_a_long_table_shows_its_ends(tmp_path, capsys):
    """Of a long table the first and the last three rows are shown as understood."""
    path = tmp_path / "long.csv"
    days = pd.bdate_range("2021-01-04", periods=40).strftime("%d.%m.%Y")
    path.write_text("Date\n" + "\n".join(days) + "\n", encoding="utf-8")
    assert call("events", "import", "csv", path) == 0
    streams = capsys.readouterr()
    shown = [line for line in streams.out.splitlines() if line[:2] == "20"]
    assert [line[:10] for line in shown] == [
        "2021-01-04", "2021-01-05", "2021-01-06", "2021-02-24", "2021-02-25", "2021-02-26",
    ]  # fmt: skip
    assert "dates day first ('13.01.2021' settles it)" in streams.err
    assert "--out EVENTS.csv" in streams.err


def test_two_time_columns_of_their_own_form(tmp_path, capsys):
    """A day in force and an instant of publication, each in its own form, both keep what they say."""
    path = tmp_path / "shocks.csv"
    path.write_text("date,datetime,what\n8/9/06,08.08.2006 17:18,Lending rate raised\n", encoding="utf-8")
    words = ("--map", "time=date", "--map", "published_at=datetime", "--map", "headline=what",
             "--time-format", "%m/%d/%y", "--time-format", "published_at=%d.%m.%Y %H:%M")  # fmt: skip
    assert call("events", "import", "csv", path, *words, "--set", "time_zone=Asia/Shanghai", "--format", "json") == 0
    streams = capsys.readouterr()
    (row,) = json.loads(streams.out)
    assert (row["time"], row["precision"]) == ("2006-08-09", "day")
    assert event_clock(check_events([row]))["published_at"].tolist() == [pd.Timestamp("2006-08-08 09:18")]
    assert "published on a day before the event's" in streams.err


def test_a_zone_in_the_form():
    """A zone may stand in the form, by name or as its code, and then every time has it."""
    for cell, form in (("27.01.2022 12:30 MSK", "%d.%m.%Y %H:%M %Z"), ("27.01.2022 12:30", "%d.%m.%Y %H:%M MSK")):
        events = events_of(f"time\n{cell}\n", time_format=form)
        assert event_clock(events)["published_at"].tolist() == [pd.Timestamp("2022-01-27 09:30")]


def test_labels_of_ones_own_are_groups(tmp_path, capsys):
    """Labels other than raise, hold and fold are groups, in a column of their own or as the stance."""
    path = tmp_path / "own.csv"
    path.write_text("date,label\n" + "".join(f"{day},{label}\n" for day, label in zip(DAYS, ("beat", "miss", "beat"),
                                                                                      strict=True)))  # fmt: skip
    study = ("--series", "imoex", "--offline", "--window", "0:0", "--format", "csv", "--quiet")
    outputs = []
    for how in (("--group-by", "label"), ("--map", "stance=label")):
        assert call("run", "--events", path, *how, *study) == 0
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert {line.split(",")[1] for line in outputs[0].splitlines()[1:]} >= {"beat", "miss"}
    assert call("run", "--events", path, "--map", "stance=label", "--group-by", "label", *study) == 2
    assert "column 'label' is read as stance (--map stance=label); write --group-by stance" in capsys.readouterr().err


def test_midnights_are_days_and_said(tmp_path, capsys):
    """Events at midnight in UTC are known at the end of their day: no position is entered on that day."""
    path = tmp_path / "midnight.csv"
    path.write_text(LAYOUTS["midnights in UTC"])
    words = ("--series", "imoex", "--offline", "--rule", "raise=short,fold=long", "--hold", "1", "--format", "csv")
    assert call("backtest", "--events", path, *words) == 0
    streams = capsys.readouterr()
    assert "2022-01-28" in streams.out
    assert "every clock is 00:00 UTC, taken as days" in streams.err
    one = check_events(["2022-01-27T00:00:00Z"])
    assert event_clock(one)["exact"].tolist() == [True]
    assert "1 of 1 clocks at 00:00 UTC" in one.attrs["notes"][0]


def test_an_events_series_is_met_by_any_of_its_names(tmp_path, capsys):
    """An event about a ticker meets the column of its instrument; a name that nobody has is told with the nearest."""
    path = tmp_path / "about.csv"
    path.write_text('time,series\n2022-01-27,IMOEX.ME\n2022-01-28,rubel\n2022-02-03,"usdrub, imoex"\n')
    assert call("match", "--events", path, "--series", "imoex,ruble", "--offline", "--format", "csv") == 0
    streams = capsys.readouterr()
    rows = pd.read_csv(io.StringIO(streams.out)).set_index(["event_id", "series"])["status"]
    assert rows["2022-01-27"].tolist() == ["used", "excluded"]
    assert rows["2022-01-28"].tolist() == ["excluded", "excluded"]
    assert rows["2022-02-03"].tolist() == ["used", "used"]
    assert "'rubel' is none of the prices and no instrument; did you mean 'ruble'?" in streams.err


def test_a_column_of_tickers_is_told_and_read_when_asked_for(tmp_path, capsys):
    """A column of markets under another name is kept; the option is named that makes each event meet its own."""
    path = tmp_path / "about.csv"
    path.write_text("Date,Ticker\n2022-01-27,IMOEX.ME\n2022-01-28,USDRUB=X\n")
    events = read_events(path)
    assert events["series"].tolist() == ["", ""]
    assert events["Ticker"].tolist() == ["IMOEX.ME", "USDRUB=X"]
    (told,) = (note for note in events.attrs["notes"] if "Ticker" in note)
    assert "--map series=Ticker" in told
    words = (
        "match",
        "--events",
        path,
        "--map",
        "series=Ticker",
        "--series",
        "imoex,ruble",
        "--offline",
        "--format",
        "csv",
    )
    assert call(*words) == 0
    rows = pd.read_csv(io.StringIO(capsys.readouterr().out)).set_index(["event_id", "series"])["status"]
    assert rows["2022-01-27"].tolist() == ["used", "excluded"]
    assert rows["2022-01-28"].tolist() == ["excluded", "used"]
    assert not [note for note in read_events(path, columns={"series": "Ticker"}).attrs["notes"] if "is kept" in note]


def test_a_calendar_saved_as_a_table_is_read_by_the_options_it_names(tmp_path):
    """Subject, Start Date and Start Time of a calendar's export are the headline and the time of its events."""
    path = tmp_path / "export.csv"
    path.write_text(
        "Subject,Start Date,Start Time,End Date,End Time,All day event\n"
        "Talks in Geneva,27/01/2022,9:00:00 AM,27/01/2022,10:00:00 AM,False\nVote,28/02/2022,2:30:00 PM,,,False\n"
    )
    with pytest.raises(InputError, match="--map 'time=Start Time' --map headline=Subject"):
        read_events(path)
    events = read_events(path, columns={"time": "Start Time", "headline": "Subject"}, values={"time_zone": "CET"})
    assert events["time"].tolist() == ["2022-01-27T09:00:00", "2022-02-28T14:30:00"]
    assert events["headline"].tolist() == ["Talks in Geneva", "Vote"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    ("cell", "kept"),
    [
        ("They \x1b[31mrejected\x1b[0m it", "They rejected it"),
        ("\x1b]0;title\x07No\x00 hurry", "No hurry"),
        ("left \u202eto\u202c right", "left to right"),
        ("none\ufffe \uffffat all\ufdd0", "none at all"),
        ("two\r\nlines\tand\vmore", "two lines and more"),
    ],
)
@pytest.mark.parametrize("column", ["headline", "id", "note", "of my own"])
def test_marks_that_steer_are_left_out_and_told(cell, kept, column):
    """Control characters, sequences for terminals, marks of direction and non-characters go, and that is told."""
    frame = pd.DataFrame({"time": ["2022-01-26", "2022-01-27"], column: ["plain", cell]}, dtype=object)
    events = check_events(frame, "mine.csv")
    lines = "\n" in cell
    assert events[column].tolist() == ["plain", cell if lines and column == "of my own" else kept] or lines
    assert events.attrs.get("notes", []) == (
        [] if lines else [f"mine.csv, row 1, column {column}: control characters and marks of direction left out"]
    )
    assert check_events(pd.DataFrame(events.to_dict("list"))).attrs == {}


# --- whatever comes ------------------------------------------------------------------------------------------------


def quick(test):
    """Give a test a fifth fewer inputs than usual, each of which takes two seconds of the processor at most."""

    @wraps(test)
    def timed(**drawn):
        begin = time.process_time()
        test(**drawn)
        assert time.process_time() - begin < 2

    return settings(max_examples=settings.default.max_examples * 4 // 5)(timed)


#: Any letter, as hypothesis draws by default; it finds those that UTF-8 has by trying each, for seconds at first.
LETTERS = st.characters(exclude_categories=["Cs"])
rubbish = st.one_of(
    st.binary(max_size=300),
    st.text(LETTERS, max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(st.text("0123456789-/.: TZ+\u200e\ud800\0AMPamp,;\n", max_size=30), max_size=8).map(
        lambda cells: ("time,stance\n" + "\n".join(cells)).encode("utf-8", "surrogatepass")
    ),
)
cells = st.text("0123456789-/.: TZ+\u200e\ud800\0EMSKUC", max_size=30)


@given(rubbish)
@example(b"[" * 100_000)
@example(b'{"events": ' + b"[" * 5000)
@example(b"x = " + b"[" * 100_000)
@example(b'[{"time": "2022-01-27", "intensity": ' + b"9" * 6000 + b"}]")
@example(b'[{"time": "2022-01-27", "headline": "\\ud800"}]')
@example(b"time\n" + b"1" * 10_000_000)
@example(b"time,headline\n2022-01-27," + b"x" * 10_000_000)
@example(b"time\n2022-01-27\0\n")
@example(b"time\n0001-01-01\n")
@example(b"time\n9999-12-31T23:59-23:59\n")
@example(b"PK\x03\x04rubbish")
@example(b"PAR1rubbish")
@quick
def test_any_content_is_read_or_refused(content):
    """Whatever stands in a file, it is events or one of our errors, in a few lines, and quickly."""
    for name in ("mine.csv", "mine.json", "mine.toml"):
        try:
            events = events_of(content, name)
        except EventStudyError as error:
            said = str(error)
        else:
            said = str(len(event_clock(events)))
        assert len(said) < 1000


@given(cells, cells, st.sampled_from(["", "MSK", "EST", "UTC", "Europe/Berlin"]))
@example("9999-12-31T23:59", "", "EST")
@example("1700-01-01T00:00+23:59", "", "")
@example("2022-01-27T12:30", "x" * 1_000_000, "")
@quick
def test_any_time_is_read_or_refused(text, zone, other):
    """Whatever is written as a time and its zone, it is a moment or one of our errors."""
    for one, where in ((text, zone), (text, other), ("2022-01-27T12:30", zone), (f"2022-01-27T{text}", other)):
        for read in (lambda: read_time(one, where, str), lambda: read_as_of(one)):  # noqa: B023  # called at once
            said = ""
            try:
                read()
            except EventStudyError as error:
                said = str(error)
            assert len(said) < 1000


lines = st.lists(
    st.one_of(
        st.sampled_from(["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VCALENDAR", "SUMMARY:x", "DTSTART:20220101",
                         "DTSTART:20220101T100000Z", "RRULE:FREQ=DAILY;COUNT=3", "RRULE:FREQ=DAILY;UNTIL=1", " folded",
                         "EXDATE:20220101", "RDATE:x", "DTSTART;TZID=MSK:20220101T100000", "RECURRENCE-ID:20220101"]),
        st.text(LETTERS, max_size=20),
    ),
    max_size=15,
)  # fmt: skip


@given(lines)
@example(["BEGIN:VEVENT", "DTSTART:20220101T100000Z", "RRULE:FREQ=DAILY;COUNT=999999999", "END:VEVENT"])
@example(["BEGIN:VEVENT", "DTSTART:99991231T100000Z", "RRULE:FREQ=YEARLY;COUNT=9", "END:VEVENT"])
@example(["BEGIN:VEVENT", "DTSTART:20220101", "RRULE:FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30", "END:VEVENT"])
@example(["BEGIN:VEVENT", "DTSTART:20220101", "DTSTART", "SUMMARY", "STATUS", "END:VEVENT"])
@quick
def test_any_calendar_is_read_or_refused(tmp_path_factory, written):
    """Whatever stands in a calendar, it is meetings, what is set aside, or one of our errors."""
    path = tmp_path_factory.mktemp("ics") / "x.ics"
    path.write_bytes("\n".join(["BEGIN:VCALENDAR", *written]).encode("utf-8", "surrogatepass"))
    try:
        found = import_ics(path, "Europe/Moscow")
    except EventStudyError:
        return
    if found.events:
        assert len(check_events(pd.DataFrame(found.events).drop(columns="evidence"))) == len(found.events)


@pytest.mark.parametrize(
    ("title", "is_off"),
    [
        ("Canceled: NATO and Russia", True), (";LANGUAGE=en-us:Cancelled: NATO and Russia", True),
        ("Abgesagt: NATO", True), ("[CANCELLED] NATO", True), ("Cancelled - NATO", True), ("Отменено: NATO", True),
        ("Cancelled talks: what now", False), ("NATO: cancelled", False),
    ],
)  # fmt: skip
def test_a_meeting_whose_title_begins_with_cancelled_is_off(title, is_off, tmp_path):
    """Outlook writes it before the title and leaves the status; a title that merely speaks of it stands."""
    named = title if title.startswith(";") else f":{title}"
    entry = f"BEGIN:VEVENT\nUID:1\nSUMMARY{named}\nDTSTART:20220112T090000Z\nEND:VEVENT\n"
    (tmp_path / "x.ics").write_text(f"BEGIN:VCALENDAR\n{entry}END:VCALENDAR\n", encoding="utf-8")
    found = import_ics(tmp_path / "x.ics")
    assert len(found.events) == (not is_off)
    assert [one["reason"] for one in found.set_aside] == ["cancelled"] * is_off


HEADER = "SQLDATE,Actor1CountryCode,Actor2CountryCode,EventCode,NumMentions\n"
saved = st.lists(st.text('0123RUSA\t,"\n', max_size=60)).map(lambda rows: (HEADER + "\n".join(rows)).encode())


@given(st.one_of(rubbish, saved))
@example(HEADER.encode() + b'"' + b"x" * 500_000)
@example(b"")
@quick
def test_any_gdelt_file_is_read_or_refused(tmp_path_factory, content):
    """Whatever stands in a GDELT file, it is counts or one of our errors."""
    path = tmp_path_factory.mktemp("gdelt") / "x.CSV"
    path.write_bytes(content)
    try:
        tally = read_gdelt([path])
    except EventStudyError:
        return
    assert tally.used + tally.late + sum(tally.broken.values()) <= tally.rows


def test_many_events_of_one_day_are_quick():
    """Ten thousand events of one day are checked, and their clocks read, in the time of a glance."""
    frame = pd.DataFrame(
        {"time": "27.01.2022", "headline": "Same words every time", "stance": "raise"}, index=range(10_000)
    )
    begin = time.process_time()
    events = check_events(frame)
    clock = event_clock(events)
    assert time.process_time() - begin < 2
    assert events["id"].is_unique
    assert set(clock["day"]) == {pd.Timestamp("2022-01-27")}


def test_half_a_character_is_told_where_it_stands():
    """Half a character, which no file can hold, is refused by row and column."""
    with pytest.raises(InputError, match=r"x.json, row 1, column headline: half a character .* '\\ud800'"):
        events_of(b'[{"time": "2022-01-27", "headline": "\\ud800"}]', "x.json")


# --- an event file and a price file beside it ----------------------------------------------------------------------


@pytest.fixture
def both(tmp_path):
    """Return events day first that nothing settles, and prices month first with dates that settle themselves."""
    events, prices = tmp_path / "e.csv", tmp_path / "p.csv"
    events.write_text("time,headline\n03/04/2021,A\n05/06/2021,B\n")
    days = pd.bdate_range("2021-01-04", "2021-12-30")
    prices.write_text("Date,Close\n" + "".join(f"{day:%m/%d/%Y},{100 + k}\n" for k, day in enumerate(days)))
    return ["match", "--events", events, "--prices", prices, "--format", "csv"]


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "forms",
    [
        ["dmy"],
        ["%d/%m/%Y"],
        ["events=dmy"],
        ["time=dmy"],
        ["%d/%m/%Y", "prices=mdy"],
        ["events=dmy", "prices=%m/%d/%Y"],
        ["events=dmy", "date=mdy"],
    ],
)
def test_a_form_of_times_is_for_the_events_or_for_the_file_that_it_names(both, capsys, forms):
    """3 April and 5 June 2021 are Saturdays; the sessions are the Mondays after them."""
    assert call(*both, *(word for form in forms for word in ("--time-format", form))) == 0
    assert [line.split(",")[4] for line in capsys.readouterr().out.splitlines()[1:]] == ["2021-04-05", "2021-06-07"]


@pytest.mark.parametrize("form", ["%d.%m.%y", "%y.%m.%d"])
def test_prices_dated_by_years_of_two_digits_with_points(form, tmp_path):
    """A year of days, or of months' ends, shows which of its parts is the year."""
    path = tmp_path / "p.csv"
    for days in (pd.bdate_range("2021-01-04", "2021-12-30"), pd.date_range("2016-01-31", "2021-12-31", freq="ME")):
        path.write_text("Date,Close\n" + "".join(f"{day.strftime(form)},{100 + k}\n" for k, day in enumerate(days)))
        assert es.read_prices(path).index.tolist() == days.tolist()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--time-format", "foo=dmy"], "'foo' is no column of times"),
        (["--time-format", "prices=dmy", "--time-format", "events=dmy"], "'01/13/2021' is no date day first"),
        (["--time-format", "dmy", "--time-format", "mdy"], "says twice how time is written"),
        (["--map", "foo=bar"], "a price file has the parts date, series, price, volume, return"),
    ],
)
def test_what_is_said_of_no_file_is_refused(both, capsys, words, told):
    """An option that would be obeyed by neither file is a mistake, and named."""
    assert call(*both, *words) == 2
    assert told in capsys.readouterr().err


def test_a_form_of_prices_is_named_beside_an_event_file(both, tmp_path, capsys):
    """Where nothing settles the dates of prices, the refusal names the option as it is to be written."""
    (tmp_path / "e.csv").write_text("time,headline\n2021-04-03,A\n")
    (tmp_path / "p.csv").write_text("Date,Close\n05/04/2021,100\n06/04/2021,101\n")
    assert call(*both) == 2
    assert "give --time-format prices=" in capsys.readouterr().err
    assert call(*both[:1], *both[3:], "--case", "talks-2025") == 2
    assert "give --time-format dmy or mdy\n" in capsys.readouterr().err


CLOCKS = "Date,Local clock,Event\n2021-06-15,14:30,A\n2021-08-10,18:05,B\n"


def test_a_column_of_clocks_is_never_passed_over_in_silence():
    """The refusal names the clocks; who names the days alone is told; who names the clocks gets both."""
    with pytest.raises(InputError, match="--map 'time=Local clock' --map headline=Event"):
        events_of(CLOCKS)
    days = events_of(CLOCKS, columns={"time": "Date"})
    assert days["precision"].tolist() == ["day", "day"]
    assert any("'Local clock' holds clocks and is not read" in note for note in days.attrs["notes"])
    both = events_of(CLOCKS, columns={"time": "Local clock"}, values={"time_zone": "MSK"})
    assert both["time"].tolist() == ["2021-06-15 14:30", "2021-08-10 18:05"]
    assert both["time_zone"].tolist() == ["Europe/Moscow"] * 2


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("hhmm", "1430", "hhmm"), ("HH:MM", "14.30", "HH:MM"), ("hour,minute", "14,30", "hour"),
        ("clock", "14h30", "clock"), ("Release Hour", "2:30 PM", "Release Hour"),
        ("Release Time", "143000", "Release Time"),
    ],
)  # fmt: skip
def test_clocks_in_any_form_are_told_and_read_when_asked_for(header, cells, name):
    """A clock without a colon, or in two columns, is told; the option that is named reads it."""
    text = f"date,{header},time_zone,event\n2022-01-27,{cells},Europe/Moscow,a\n"
    days = events_of(text, columns={"time": "date"})
    assert days["time"].tolist() == ["2022-01-27"]
    (option,) = (shlex.split(note.partition("--map ")[2])[0] for note in days.attrs["notes"] if "holds clocks" in note)
    assert option == f"time={name}"
    both = events_of(text, columns={"time": name})
    assert event_clock(both)["event_time"].tolist() == [pd.Timestamp("2022-01-27 11:30")]


@pytest.mark.parametrize(
    "cell", ["27.01.2022 14.30", "2022-01-27 1430", "Thu Jan 27 2022 143000", "1/27/2022 14.30 MSK"]
)
def test_a_clock_without_a_colon_behind_a_day(cell):
    """Behind a whole date figures are a clock."""
    events = check_events(pd.DataFrame({"time": [cell], "time_zone": ["Europe/Moscow"]}))
    assert event_clock(events)["event_time"].tolist() == [pd.Timestamp("2022-01-27 11:30")]


@pytest.mark.parametrize(
    ("days", "clocks", "time"),
    [
        (["Thu Jan 27 2022", "Tue Feb 15 2022"], ["07:51pm", "08:00am"], "2022-01-27T19:51"),
        (["27 OCT 2021", "15 AUGUST 2021"], ["19:51", "08:00"], "2021-10-27T19:51"),
        (["27/01/2022", "15/02/2022"], ["19h51", "08h00"], "2022-01-27T19:51"),
    ],
)
def test_a_clock_beside_a_day_is_not_lost(days, clocks, time):
    """Names of days and months hold a T, clocks an h; neither costs the clock or the day."""
    rows = "".join(f"{day},{clock},Europe/Paris\n" for day, clock in zip(days, clocks, strict=True))
    assert events_of("Date,Time,time_zone\n" + rows)["time"][0] == time


def test_a_word_among_clocks_leaves_them_clocks():
    """One cell that is no clock does not make the others vanish."""
    text = "Date,Clock,Zone\n2022-01-27,19:51,MSK\n2022-01-28,TBA,MSK\n2022-01-31,9:00,MSK\n"
    notes = events_of(text, columns={"time": "Date"}).attrs["notes"]
    assert any("'Clock' holds clocks and is not read" in note for note in notes)


def test_a_word_for_a_clock_is_a_day_and_told():
    """'All Day' among clocks is a day, and the reader is told."""
    rows = "2022-01-27,19:51,MSK\n2022-02-15,All Day,MSK\n"
    events = events_of("Date,Time,time_zone\n" + rows)
    assert events["precision"].tolist() == ["minute", "day"]
    assert any("'All Day'" in note for note in events.attrs["notes"])


@pytest.mark.parametrize("form", ["%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%d.%m.%Y"])
def test_a_list_of_dates_is_a_list(form):
    """A line a date, whatever blanks and commas stand in it."""
    days = pd.to_datetime(DAYS)
    assert events_of("\n".join(day.strftime(form) for day in days))["time"].tolist() == DAYS


@pytest.mark.parametrize(
    "text", ["27. Januar 2022, 19:51 Uhr", "27 janvier 2022 à 19h51", "27 January 2022 at 7:51 pm"]
)
def test_clocks_in_words_of_other_languages(text):
    """German and French write a word before or behind the clock."""
    assert check_events(pd.DataFrame({"time": [text], "time_zone": ["CET"]}))["time"][0] == "2022-01-27T19:51"


@pytest.mark.parametrize("text", ["четверг, 27 января 2022 года", "jueves, 27 de enero de 2022", "27 січня 2022 року"])
def test_days_in_words_of_other_languages(text):
    """The day of the week before a date and the word for year behind it are of many languages."""
    assert check_events(pd.DataFrame({"time": [text]}))["time"][0] == "2022-01-27"
    assert events_of("dates = [2022-01-27]\n", "mine.toml")["time"][0] == "2022-01-27"


def test_json_an_object_a_line():
    """Scripts write a line an event."""
    lines = "\n".join(json.dumps({"time": day, "headline": head}) for day, head in zip(DAYS, HEADS, strict=True))
    assert events_of(lines, "mine.jsonl")["headline"].tolist() == HEADS
    with pytest.raises(InputError, match=r"mine\.jsonl, line 2"):
        events_of('{"time": "2022-01-27"}\n{"time": }', "mine.jsonl")


@pytest.mark.one_in(2)
@pytest.mark.parametrize(
    "form",
    ["%d %B %Y", "%B %d, %Y", "%Y-%m-%d 16:30 MSK", "%m/%d/%Y 4:30 PM ET", "%Y-%m-%d 16:30 +03:00", "%Y%m%dT163000Z",
     "%Y-%m-%d 00:00:00+00:00", "%a, %d %b %Y 16:30:00 GMT"],
)  # fmt: skip
@pytest.mark.parametrize("head", ["time", "Date"])
def test_one_column_of_times_with_blanks_in_them(form, head):
    """A list of times under a heading is one column, whatever blanks stand in a time; so is one without a heading."""
    lines = written(form)
    assert [when[:10] for when in events_of("\n".join([head, *lines]))["time"]] == DAYS
    assert [when[:10] for when in events_of("\n".join(lines))["time"]] == DAYS


def test_ids_under_another_name_are_said():
    """A column `event_id`, as every table of a result has it, is no id in silence."""
    events = events_of("event_id,time\na1,2022-01-27\n", "mine.csv")
    assert events["id"].tolist() == ["2022-01-27"]
    told = "mine.csv: column 'event_id' is kept and not read; --map id=event_id names the events in every table"
    assert told in events.attrs["notes"]


def test_tables_without_a_header():
    """One column of stances is the stance, and what is not read is said; so of lists in JSON."""
    rows = [[day, stance, head] for day, stance, head in zip(DAYS, ["raise", "fold", "Hold"], HEADS, strict=True)]
    lines = "".join(f'{day},{stance},"{head}"\n' for day, stance, head in rows)
    for name, text in {"mine.csv": lines, "mine.json": json.dumps(rows)}.items():
        events = events_of(text, name)
        assert events["stance"].tolist() == ["raise", "fold", "hold"]
        (said,) = [note for note in events.attrs["notes"] if "no header" in note]
        assert "column 2 taken as the stance; other columns kept and not read" in said
    assert events_of(json.dumps([["time", "stance"], *(row[:2] for row in rows)]), "mine.json").attrs == {}
    by_day = events_of(json.dumps({row[0]: row[1] for row in rows}), "mine.json")
    assert by_day["stance"].tolist() == ["raise", "fold", "hold"]
    for wrong, told in (
        ([*rows, {"time": DAYS[0]}], "a list of tables"),
        ([*rows, ["end of the list"]], "row 4: 1 cells where the first row has 3"),
        ([["time", "time"], *(row[:2] for row in rows)], "the column 'time' twice"),
    ):
        with pytest.raises(InputError, match=told):
            events_of(json.dumps(wrong), "mine.json")


def test_events_under_any_one_key_of_a_json_text():
    """The one list in an answer of an interface holds the events; of two lists the one called events."""
    events = [{"time": day, "headline": head} for day, head in zip(DAYS, HEADS, strict=True)]
    assert events_of(json.dumps({"status": "ok", "data": events}), "mine.json")["headline"].tolist() == HEADS
    assert events_of(json.dumps({"data": [], "events": events}), "mine.json")["headline"].tolist() == HEADS
    with pytest.raises(InputError, match="2 lists of rows with dates; keep one"):
        events_of(json.dumps({"data": events, "more": events}), "mine.json")


@pytest.mark.parametrize(
    ("text", "columns", "option"),
    [
        ("Date,Time,Zone\n2022-01-27,19:51,MSK\n", {}, "(--map time_zone=Zone)"),
        ("Datetime (UTC),a\n2022-01-27 19:51,b\n", {"time": "Datetime (UTC)"}, "(--set time_zone=UTC)"),
        ("Date,Time,Zone\n2022-01-27,13:30,United States\n", {}, "(--set time_zone=ZONE, --map"),
    ],
)
def test_a_zone_that_stands_beside_or_in_the_heading_is_offered(text, columns, option):
    """A clock without a zone is refused with the zone that the table names."""
    with pytest.raises(InputError) as refused:
        events_of(text, columns=columns)
    assert option in str(refused.value)


@pytest.mark.parametrize(
    ("heading", "utc"),
    [
        ("Date (GMT+3)", "11:30"), ("Date_GMT+2", "12:30"), ("time UTC-5", "19:30"), ("Date UTC+8", "06:30"),
        ("Date (UTC +05:30)", "09:00"), ("Date GMT+03:00", "11:30"), ("Date (US/Eastern)", "19:30"),
        ("ET time", "19:30"), ("Date (UTC (+3))", ""), ("Date UTC−3", ""), ("Time MSK-2", ""), ("Date MSK / UTC", ""),
        ("Date (New York)", ""), ("Date (London time)", ""), ("Date [IST]", ""), ("Moscow", ""),
    ],
)  # fmt: skip
def test_the_zone_that_is_offered_is_the_one_that_the_heading_names(heading, utc):
    """What a refusal says of a clock's zone gives the heading's instant when typed, or leaves the zone to be named."""
    text = f"{heading},headline\n27.01.2022 14:30,a\n"
    with pytest.raises(InputError) as refused:
        events_of(text, columns={"time": heading})
    (zone,) = re.findall("--set '?time_zone=([^',)]*)", str(refused.value))
    assert (zone == "ZONE") == (not utc)
    if utc:
        events = events_of(text, columns={"time": heading}, values={"time_zone": zone})
        assert event_clock(events)["event_time"].tolist() == [pd.Timestamp(f"2022-01-27 {utc}")]


@pytest.mark.parametrize(("zones", "option"), [("MSK,,ET", "--map time_zone=timezone"), ("MSK,,New York", "ZONE")])
def test_a_column_of_zones_is_offered_where_all_of_it_can_be_read(zones, option):
    """No other zone than a row's own is ever offered."""
    rows = "".join(f"2022-01-27 14:30,{zone}\n" for zone in zones.split(","))
    with pytest.raises(InputError, match=option) as refused:
        events_of(f"time,timezone\n{rows}")
    assert "Moscow" not in str(refused.value)


def test_a_zone_in_brackets_is_that_zone():
    """Brackets around a zone, in its column or behind a time, say nothing else."""
    for text in ("time,time_zone\n2022-01-27 16:30,(MSK)\n", "time,headline\n2022-01-27 16:30 (MSK),News\n"):
        assert event_clock(events_of(text))["event_time"].iloc[0] == pd.Timestamp("2022-01-27 13:30")


def test_what_a_count_of_days_and_merged_cells_were_taken_for_is_said(tmp_path):
    """Days may be counted from another day than Excel's, and a merged stance stands in its first row alone."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [("date", "stance", "headline"), *zip([22631, 22672, 22690], STANCES, HEADS, strict=True)]:
        book.active.append(row)
    book.active.merge_cells("B2:B3")
    book.save(tmp_path / "events.xlsx")
    found = read_events(tmp_path / "events.xlsx")
    said = "; ".join(found.attrs["notes"])
    assert found["stance"].tolist() == ["raise", "", "fold"]
    assert "dates counted as Excel does ('22631' is 1961-12-16)" in said
    assert "merged cells are read in the first of them alone: B2:B3" in said


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("Symbol,Earnings Date,EPS Estimate\nA,2024-05-02 16:00:00-04:00,1.5\n", ["2024-05-02 16:00:00-04:00"]),
        ("Symbol,Report Date,Time\nA,2024-05-02,after market close\n", ["2024-05-02"]),
        ("symbol,reportDate,fiscalDateEnding\nA,2024-05-29,2024-04-30\n", ["2024-05-29"]),
        ("year,meeting_start,decision_date\n2021,2021-01-26,2021-01-27\n", ["2021-01-27"]),
        ("quarter_key,call_date\n2011_Q1,2011-04-14\n", ["2011-04-14"]),
        ("EventDate,EventName\n1990-08-02,Invasion\n", ["1990-08-02"]),
    ],
)
def test_headings_of_results_and_meetings_are_times(text, times):
    """The day of a report, a call, a decision is the time of its event, and said."""
    events = events_of(text)
    assert events["time"].tolist() == times
    assert any("taken as the time" in note for note in events.attrs["notes"])


def test_a_column_of_publication_is_told():
    """News that the market could know a day later is not matched to the event's day without a word."""
    events = events_of("time,Published\n2022-01-27,2022-01-28\n")
    assert any("published_at=Published" in note for note in events.attrs["notes"])


@pytest.mark.parametrize(
    "name",
    [
        "PublishedAt",
        "published_at (UTC)",
        "pubDate",
        "pub date",
        "publish_time",
        "announced_at",
        "First seen",
        "Released On",
    ],
)
def test_a_column_of_publication_by_any_name_is_told_and_read_when_asked_for(name):
    """The option that the note names lets the market meet the publication."""
    text = f"Date,Release Date,{name}\n2022-01-27,n/a,2022-01-28 10:00+00:00\n"
    notes = events_of(text, columns={"time": "Date"}).attrs["notes"]
    (option,) = (shlex.split(note.partition("--map ")[2])[0] for note in notes if f"'{name}' is kept" in note)
    read = events_of(text, columns={"time": "Date", **dict([option.split("=")])})
    assert event_clock(read)["published_at"].tolist() == [pd.Timestamp("2022-01-28 10:00")]


def test_a_table_that_has_its_publication_alone_names_it():
    """Where nothing else is a time, the publication is offered for it, and read."""
    frame = pd.DataFrame({"published_at": ["2022-01-28 10:00+00:00"], "headline": ["a"]})
    with pytest.raises(InputError, match=r"--map time=published_at$"):
        check_events(frame)
    assert check_events(frame, columns={"time": "published_at"})["time"].tolist() == ["2022-01-28 10:00+00:00"]


def test_a_form_of_publications_is_named_with_its_column(tmp_path, capsys):
    """What settles the order of day and month in `published_at` settles it when typed."""
    path = tmp_path / "mine.csv"
    path.write_text("time,published_at\n2022-01-27,01/02/2022\n")
    assert call("events", "check", path) == 2
    option = capsys.readouterr().err.partition("give ")[2].split(" or ")[0]
    assert call("events", "import", path, *option.split(), "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)[0]["published_at"] == "2022-02-01"


@pytest.mark.parametrize("text", ["date,date\n2022-01-27,2022-02-15\n", "time,time\n2022-01-27,2022-02-15\n"])
def test_one_of_two_columns_of_one_heading_is_not_taken_in_silence(text):
    """Which of two dates is the event's is for their owner to say."""
    with pytest.raises(
        InputError, match=r"add --map time=date \(the time may also be date.1\)|'time' and 'time.1'; rename"
    ):
        events_of(text)


@pytest.mark.parametrize("more", [{"meta": {"stance": "raise"}}, {"tags": ["x"]}])
def test_what_is_nested_in_json_is_text_and_told(more, tmp_path, capsys):
    """An object or a list inside an event stops no study, and an object's fields are said to be unread."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([{"date": day, **more} for day in DAYS]))
    assert call("run", "--events", path, "--series", "imoex", "--offline", "--window", "0:0") == 0
    assert ("column meta: what is inside it (stance) is kept as text" in capsys.readouterr().err) == ("meta" in more)


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["hike", "hold", "cut"], ["hike", "hold", "cut"]),
        (["buy", "sell", "hold"], ["buy", "sell", "hold"]),
        (["raise", "n/a", "-"], ["raise", "", ""]),
        ([True, False, True], ["True", "False", "True"]),
    ],
)
def test_labels_under_the_heading_stance(labels, kept):
    """One who waits stands among labels of one's own; a word for nothing is no stance."""
    events = check_events(pd.DataFrame({"time": DAYS, "stance": labels}))
    assert events["stance"].tolist() == kept


def test_a_label_beside_a_stance_is_refused_with_what_works():
    """Stances and labels of one's own in one column may be a slip; under another name they are labels."""
    text = "time,{}\n2022-01-27,raise\n2022-02-15,cut\n"
    with pytest.raises(InputError, match=r"'cut' is not a stance; .* rename the column: --group-by"):
        events_of(text.format("stance"))
    result = es.EventStudy(events_of(text.format("rate")), es.load_case("raise-or-fold-2022").prices, series=["imoex"],
                           windows=["0:0"], group_by="rate").fit()  # fmt: skip
    assert {"raise", "cut"} <= set(result.average["stance"])


def test_dates_are_read_as_files_are():
    """A list of dates in the place of a file is a table of events."""
    assert read_events(DAYS)["time"].tolist() == DAYS


def test_one_workbook_of_events_and_prices_names_both_sheets(tmp_path, capsys):
    """Which sheet is which is asked once, in the words that settle it."""
    book, days = tmp_path / "book.xlsx", pd.bdate_range("2021-08-02", periods=150)
    with pd.ExcelWriter(book) as writer:
        FRAME.to_excel(writer, sheet_name="News", index=False)
        pd.DataFrame({"Date": days, "Close": range(100, 250)}).to_excel(writer, sheet_name="Prices", index=False)
    words = ["match", "--events", book, "--prices", book, "--format", "csv"]
    for sheet in ([], ["--sheet", "News"]):
        assert call(*words, *sheet) == 2
        assert "name both with --sheet events=NAME,prices=NAME" in capsys.readouterr().err
    assert call(*words, "--sheet", "events=News,prices=Prices") == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(DAYS)


@pytest.mark.parametrize(
    ("word", "zone"), [("IST", "Asia/Kolkata"), ("EST", "America/New_York"), ("CST", "Asia/Shanghai")]
)
def test_a_zone_given_beside_settles_an_abbreviation(word, zone):
    """An abbreviation of several zones, or of another season, is what the zone given for all events says."""
    text = f"time,headline\n2021-07-14T15:30 {word},Rates\n"
    if word != "EST":
        with pytest.raises(InputError, match="--set time_zone="):
            events_of(text)
    events = events_of(text, values={"time_zone": zone})
    assert events.loc[0, ["time", "time_zone"]].tolist() == ["2021-07-14T15:30", zone]
    with pytest.raises(InputError, match=r"was on|is Europe|is Asia"):
        events_of(text, values={"time_zone": "Europe/Paris"})


@pytest.mark.parametrize("content", ["2024-01-31\n", "2024-01-31", "2024-01-31T10:00-05:00\n"])
def test_a_date_alone_is_an_event(content, tmp_path):
    """A file of one date is a list of dates, as one of two is."""
    (tmp_path / "dates.txt").write_text(content)
    assert read_events(tmp_path / "dates.txt")["time"].tolist() == [content.strip()]


def test_a_column_of_clocks_is_told_once(tmp_path):
    """A time of release beside dates is read with --map time=; as a time of publication it would lack its day."""
    (tmp_path / "releases.csv").write_text("date,release_time,headline\n2023-10-31,17:30,A\n2023-09-29,17:30,B\n")
    notes = read_events(tmp_path / "releases.csv").attrs["notes"]
    assert any("--map time=release_time" in note for note in notes)
    assert not any("published_at" in note for note in notes)
    options = {"columns": {"time": "release_time"}, "values": {"time_zone": "Europe/Paris"}}
    assert read_events(tmp_path / "releases.csv", **options)["time"].tolist()[0] == "2023-10-31 17:30"


@pytest.mark.parametrize(
    ("written", "utc"),
    [("02:30 CEST", "00:30"), ("02:30 CET", "01:30"), ("02:30+01:00", "01:30"), ("03:30 CET", "02:30")],
)
def test_the_hour_that_clocks_show_twice(written, utc):
    """On 30 October 2022 Berlin's clocks showed 2:30 twice, in summer and in winter time."""
    assert f"{read_time(f'2022-10-30 {written}', '', str).instant:%H:%M}" == utc


@pytest.mark.parametrize(
    ("cell", "form"),
    [
        ("202202", ""),
        ("2022Q1", ""),
        ("Q1 2022", ""),
        ("q1/2022", ""),
        ("2022 Q1", ""),
        ("2022年2月", ""),
        ("2022-02", ""),
        ("2022-02", "%Y-%m"),
        ("Feb 2022", "%b %Y"),
    ],
)
def test_a_month_is_no_time_of_an_event(cell, form):
    """On which of its days the market could know it is not said."""
    with pytest.raises(InputError, match=f"'{cell}' is not a time: it has no day"):
        check_events(pd.DataFrame({"time": [cell], "headline": ["A"]}), time_format=form)


@pytest.mark.parametrize(
    ("stances", "labels"),
    [
        (["+", "-", "+"], ["+", "-", "+"]),
        (["beat", "none", "miss"], ["beat", "none", "miss"]),
        (["raise", "none", "fold"], ["raise", "", "fold"]),
        (["hike", "n/a", "cut"], ["hike", "", "cut"]),
        (["raise", "-", "fold"], ["raise", "", "fold"]),
    ],
)
def test_what_is_no_stance_and_what_is_a_label(stances, labels):
    """`none` among labels of one's own, and `+` and `-`, are labels; beside stances they are no stance."""
    table = pd.DataFrame({"time": ["2022-01-03", "2022-02-03", "2022-03-03"], "stance": stances})
    assert es.events.check_events(table)["stance"].tolist() == labels


def test_days_sorted_as_text_are_no_months_of_thirty_years(tmp_path):
    """German days of half a year, sorted by their letters, ascend as years too: they are asked about."""
    days = sorted(pd.bdate_range("2024-01-01", "2024-06-28").strftime("%d.%m.%y"))
    path = tmp_path / "p.csv"
    path.write_text("Datum;Schluss\n" + "".join(f"{day};{100 + k}\n" for k, day in enumerate(days)))
    with pytest.raises(es.InputError, match="give --time-format dmy or ymd"):
        es.read_prices(path)


def test_the_order_of_rows_says_where_a_year_stands(tmp_path):
    """Events that ascend in one reading alone are read so, though the other has its days nearer together."""
    path = tmp_path / "e.csv"
    path.write_text("Date,Event\n20.02.14,a\n18.03.14,b\n22.02.22,c\n24.02.22,d\n")
    assert es.read_events(path)["time"].tolist() == ["2014-02-20", "2014-03-18", "2022-02-22", "2022-02-24"]


def test_a_small_last_return_is_no_cut_price(tmp_path):
    """Only a price whose last figure lost its point is taken for cut off."""
    days = pd.bdate_range("2022-01-03", periods=70)
    figures = [0.011, -0.0123] * 34 + [0.012, 0.0021]
    path = tmp_path / "r.csv"
    path.write_text("Date,R\n" + "\n".join(f"{day:%Y-%m-%d},{of}" for day, of in zip(days, figures, strict=True)))
    assert es.read_prices(path, figures="returns").iloc[-1, 0] == 0.0021


@pytest.mark.parametrize("heading", ["Close ($),Currency", "Close (EUR),Currency"])
def test_a_unit_in_a_heading_names_no_market(heading, tmp_path):
    """A dollar's sign beside a column of USD, or EUR beside Euro, is the unit of the file's one market."""
    path, said = tmp_path / "mine.csv", "USD" if "$" in heading else "Euro"
    days = pd.bdate_range("2022-01-03", periods=30)
    path.write_text(f"Date,{heading}\n" + "".join(f"{day:%Y-%m-%d},{100 + k},{said}\n" for k, day in enumerate(days)))
    assert list(es.read_prices(path)) == ["mine"]
