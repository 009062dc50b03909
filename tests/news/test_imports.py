import csv
import io

import pandas as pd
import pytest

from eventstudy import DataMissingError, InputError, UnknownNameError, read_events
from eventstudy.cli.main import main
from eventstudy.events import check_events, event_clock, ics, import_ics
from eventstudy.news import code_stance, import_feed, read_headlines

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//made up//tests//EN
{more}BEGIN:VEVENT
UID:1
SUMMARY:Russia-US talks on security guarantees
{start}
LOCATION:Geneva
{rest}END:VEVENT
END:VCALENDAR
"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Made-up wire</title>{items}</channel></rss>"""
ITEM = "<item><title>{title}</title><link>https://wire.example/1</link><description>{text}</description>{date}</item>"
DATED = "<pubDate>Thu, 27 Jan 2022 00:30:00 +0300</pubDate>"


def table(found):
    """Return what was found as a checked events table."""
    return check_events(pd.DataFrame(found.events).drop(columns="evidence"))


# --- tables --------------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(tmp_path):
    """A table with column names of its own."""
    path = tmp_path / "mine.csv"
    path.write_text(
        'When,Title,Who,actor\n27.01.2022,"Russia rejected the offer, again",Peskov,RUS\n'
        "28.01.2022,Iran and Iraq resumed talks,,\n"
    )
    return path


def test_columns_are_mapped(mine):
    """Columns bear the schema's names after the map, times are read by the whole column; what else there is stays."""
    events = read_events(mine, columns={"time": "When", "headline": "Title"}, values={"kind": "statement"})
    assert events["time"].tolist() == ["2022-01-27", "2022-01-28"]
    assert (set(events["stance"]), set(events["status"]), set(events["kind"])) == ({""}, {"confirmed"}, {"statement"})
    assert events["Who"].tolist() == ["Peskov", ""]


def test_headlines_fill_what_a_table_lacks(mine):
    """A stance and an actor that a row lacks are read from its headline, and that row is proposed, with why."""
    rows = read_events(mine, columns={"time": "When", "headline": "Title"}).to_dict("records")
    first, second = read_headlines([{**rows[0], "stance": "fold"}, rows[1]])
    assert (first["stance"], first["status"], first["confidence"]) == ("fold", "confirmed", 1.0)
    assert (second["actor"], second["target"]) == ("IRN", "IRQ")
    assert (second["stance"], second["status"]) == ("fold", "proposed")
    right = code_stance("Iran and Iraq resumed talks")
    assert second["confidence"] == right.confidence
    assert [one["text"] for one in second["evidence"]] == [one.text for one in right.evidence]


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        ({"time": "Whn"}, {}, InputError, "did you mean 'When'"),
        ({"titel": "Title"}, {}, UnknownNameError, "unknown column of the event schema 'titel'"),
        ({"time": "When"}, {"time_format": "%Y/%m"}, InputError, "mine.csv, row 2, column When: '27.01.2022' is not"),
        ({"time": "When", "actor": "Who", "status": "Title"}, {}, InputError, "row 2, column Title: .* not a status"),
    ],
)
def test_a_wrong_map_says_what_would_be_right(mine, columns, options, error, message):
    """A wrong map is refused with what would be right, by the names of the user's own file, row and column."""
    with pytest.raises(error, match=message):
        read_events(mine, columns=columns, **options)


# --- calendars -----------------------------------------------------------------------------------------------------


def calendar(folder, start, rest="", more=""):
    """Write a calendar of one meeting."""
    path = folder / "meetings.ics"
    path.write_text(CALENDAR.format(start=start, rest=rest, more=more).replace("\n", "\r\n"), newline="")
    return path


@pytest.mark.parametrize(
    ("start", "time", "zone", "instant"),
    [
        ("DTSTART;TZID=Europe/Zurich:20220110T090000", "2022-01-10T09:00", "Europe/Zurich", "2022-01-10 08:00"),
        ("DTSTART;TZID=Europe/Zurich:20220710T090000", "2022-07-10T09:00", "Europe/Zurich", "2022-07-10 07:00"),
        ("DTSTART:20220110T080000Z", "2022-01-10T08:00+00:00", "", "2022-01-10 08:00"),
        ("DTSTART;TZID=Russian Standard Time:20220110T110000", "2022-01-10T11:00", "Europe/Moscow", "2022-01-10 08:00"),
        ("DTSTART:20220110T110000", "2022-01-10T11:00", "Europe/Moscow", "2022-01-10 08:00"),
    ],
)
def test_calendar_clocks(tmp_path, start, time, zone, instant):
    """Summer and winter clocks, UTC, Windows' names of zones and clocks without one all give the right instant."""
    found = import_ics(calendar(tmp_path, start), "Europe/Moscow")
    events = table(found)
    assert events.loc[0, ["time", "time_zone"]].tolist() == [time, zone]
    assert event_clock(events).loc[0, "event_time"] == pd.Timestamp(instant)
    assert events.loc[0, ["stance", "kind"]].tolist() == ["hold", "talks"]
    (named,) = read_headlines(found.events, stance=False)
    assert (named["actor"], named["target"], named["status"]) == ("RUS", "USA", "proposed")


def test_calendar_zone_of_its_own_rules(tmp_path):
    """A zone that a calendar describes itself, under a name nobody knows, gives the instant its rules say."""
    rules = (
        "BEGIN:VTIMEZONE\nTZID:House clock\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
        "TZOFFSETFROM:+0500\nTZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    events = table(import_ics(calendar(tmp_path, "DTSTART;TZID=House clock:20220110T090000", more=rules)))
    assert event_clock(events).loc[0, "event_time"] == pd.Timestamp("2022-01-10 04:00")


def test_calendar_floating_clocks(tmp_path):
    """A clock without a zone takes the calendar's own, and is refused where there is none."""
    path = calendar(tmp_path, "DTSTART:20220110T110000", more="X-WR-TIMEZONE:Europe/Paris\n")
    assert import_ics(path).events[0]["time_zone"] == "Europe/Paris"
    with pytest.raises(InputError, match="has no zone; give --zone"):
        import_ics(calendar(tmp_path, "DTSTART:20220110T110000"))


def test_calendar_days_and_what_is_set_aside(tmp_path):
    """A whole day is a date; a cancelled meeting, and one without a time, is no event."""
    (day,) = import_ics(calendar(tmp_path, "DTSTART;VALUE=DATE:20220112")).events
    assert (day["time"], day["time_zone"]) == ("2022-01-12", "")
    found = import_ics(calendar(tmp_path, "DTSTART;VALUE=DATE:20220112", rest="STATUS:CANCELLED\n"))
    assert (found.events, found.set_aside[0]["reason"]) == ((), "cancelled")
    found = import_ics(calendar(tmp_path, "CLASS:PUBLIC"))
    assert found.set_aside[0]["reason"] == "no time"


ZONED = "DTSTART;TZID=Europe/Berlin:20220321T090000"


@pytest.mark.parametrize(
    ("start", "rest", "times"),
    [
        (ZONED, "RRULE:FREQ=WEEKLY;COUNT=3\n", ["03-21T09:00", "03-28T09:00", "04-04T09:00"]),
        (ZONED, "RRULE:FREQ=WEEKLY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20220328T090000\n",
         ["03-21T09:00", "04-04T09:00"]),
        (ZONED, "RRULE:FREQ=WEEKLY;UNTIL=20220328T065959Z\n", ["03-21T09:00"]),
        (ZONED, "RRULE:FREQ=WEEKLY;UNTIL=20220328T070000Z\n", ["03-21T09:00", "03-28T09:00"]),
        (ZONED, "RRULE:FREQ=WEEKLY;UNTIL=20220328\nRDATE;TZID=Europe/Berlin:20220323T100000\n",
         ["03-21T09:00", "03-23T10:00", "03-28T09:00"]),
        ("DTSTART;VALUE=DATE:20220112", "RRULE:FREQ=MONTHLY;COUNT=3\nEXDATE;VALUE=DATE:20220212\n", ["01-12", "03-12"]),
        ("DTSTART;VALUE=DATE:20220112", "RRULE:FREQ=YEARLY;UNTIL=20230101\n", ["01-12"]),
    ],
)  # fmt: skip
def test_meetings_that_recur(tmp_path, start, rest, times):
    """Each date of a meeting that recurs is an event at the same local hour, up to its count or end."""
    found = import_ics(calendar(tmp_path, start, rest=rest))
    assert [row["time"].removeprefix("2022-") for row in found.events] == times
    assert found.set_aside == ()
    if start == ZONED:
        hours = event_clock(table(found))["event_time"].dt.hour.tolist()
        assert hours[0] == 8
        assert all(hour == 7 for hour, time in zip(hours, times, strict=True) if time >= "03-27" and "09:00" in time)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=WEEKLY", "it recurs without an end"),
        ("FREQ=HOURLY;COUNT=9", "its rule is FREQ=HOURLY"),
        ("FREQ=WEEKLY;COUNT=x", "rule"),
        ("FREQ=YEARLY;COUNT=9;BYMONTH=2;BYMONTHDAY=30", "too far"),
        ("FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30", "its rule is FREQ=DAILY"),
    ],
)
def test_rules_that_are_not_followed(tmp_path, rule, reason):
    """A rule without an end, by the hour, or that cannot be read gives its first date, and the rest is set aside."""
    found = import_ics(calendar(tmp_path, ZONED, rest=f"RRULE:{rule}\n"))
    assert [row["time"] for row in found.events] == ["2022-03-21T09:00"]
    assert all(reason in one["reason"] for one in found.set_aside)
    assert bool(found.set_aside) is bool(reason)


def test_a_moved_date_takes_the_place_of_the_one_it_moves(tmp_path):
    """A date that an entry of its own moves stands once, at its new hour; one that is cancelled not at all."""
    moved = (
        "END:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Talks, moved\nRECURRENCE-ID;TZID=Europe/Berlin:20220328T090000\n"
        "DTSTART;TZID=Europe/Berlin:20220329T100000\n"
    )
    gone = (
        "END:VEVENT\nBEGIN:VEVENT\nUID:1\nSUMMARY:Talks\nRECURRENCE-ID;TZID=Europe/Berlin:20220404T090000\n"
        "DTSTART;TZID=Europe/Berlin:20220404T090000\nSTATUS:CANCELLED\n"
    )
    found = import_ics(calendar(tmp_path, ZONED, rest=f"RRULE:FREQ=WEEKLY;COUNT=3\n{moved}{gone}"))
    assert [row["time"] for row in found.events] == ["2022-03-21T09:00", "2022-03-29T10:00"]
    assert [one["reason"] for one in found.set_aside] == ["cancelled"]


GOOD = "BEGIN:VEVENT\nUID:9\nDTSTART:20240612T080000Z\nSUMMARY:G7\n summit\nEND:VEVENT\n"


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("DTSTART:20240110T090000Z\nDTSTART:20240111T090000Z\nEND:VEVENT\n", "2 start times"),
        ("DTSTART:not a time\nEND:VEVENT\n", "unreadable start time 'not a time'"),
        ("DTSTART:20229999T100000Z\nEND:VEVENT\n", "unreadable start time"),
        ("DTSTART:2024-01-10\nEND:VEVENT\n", "unreadable start time"),
        ("DTSTART:\nEND:VEVENT\n", "unreadable start time"),
        ("END:VEVENT\n", "no time"),
        ("DTSTART:00010101T000000Z\nEND:VEVENT\n", "outside the years"),
        ("DTSTART;TZID=Nowhere Time:20240110T090000\nEND:VEVENT\n", "'Nowhere Time' is not a time zone"),
        ("DTSTART;TZID=CST:20240110T090000\nEND:VEVENT\n", "Asia/Shanghai or America/Chicago"),
        ("DTSTART:20240110T090000\nEND:VEVENT\n", "has no zone; give --zone"),
        ("DTSTART;TZID=Europe/Berlin:20240331T023000\nEND:VEVENT\n", "did not happen"),
        ("DTSTART:20240110T090000Z\n", "its end is missing"),
    ],
)
@pytest.mark.parametrize("last", [True, False])
def test_one_bad_entry_costs_no_other(tmp_path, entry, reason, last):
    """An entry that cannot be read is set aside with the reason, wherever it stands, and the others are read."""
    bad = f"BEGIN:VEVENT\nUID:1\nSUMMARY:NATO council\n{entry}"
    path = tmp_path / "bad.ics"
    path.write_text(f"BEGIN:VCALENDAR\n{GOOD + bad if last else bad + GOOD}END:VCALENDAR\n")
    found = import_ics(path)
    assert [(row["time"], row["headline"]) for row in found.events] == [("2024-06-12T08:00+00:00", "G7summit")]
    (aside,) = found.set_aside
    assert (aside["text"], aside["source"]) == ("NATO council", "bad.ics")
    assert reason in aside["reason"]


def test_alarms_and_zones_of_mail_programs(tmp_path):
    """Alarms inside an entry have times of their own; zones by abbreviation, or by a longer path, are understood."""
    alarm = "BEGIN:VALARM\nTRIGGER:-PT15M\nDTSTART:20200101T000000Z\nSUMMARY:ring\n"
    for end in ("END:VALARM\n", ""):
        found = import_ics(calendar(tmp_path, "DTSTART:20220110T080000Z", rest=alarm + end))
        assert [row["time"] for row in found.events] == ["2022-01-10T08:00+00:00"]
    for name, zone in (("MSK", "Europe/Moscow"), ("/mozilla.org/20050126_1/Europe/Berlin", "Europe/Berlin")):
        (event,) = import_ics(calendar(tmp_path, f"DTSTART;TZID={name}:20220110T110000")).events
        assert (event["time"], event["time_zone"]) == ("2022-01-10T11:00", zone)


def test_what_is_no_calendar(tmp_path, monkeypatch):
    """Other text, an empty file, a missing one and one far too large are refused in a line."""
    path = tmp_path / "x.ics"
    for text, message in (("Dear diary", "is not a calendar"), (" \n", "is empty")):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            import_ics(path)
    with pytest.raises(DataMissingError, match="no calendar"):
        import_ics(tmp_path / "none.ics")
    monkeypatch.setattr(ics, "LARGEST", 1)
    with pytest.raises(InputError, match="has at most 1"):
        import_ics(path)


def test_a_headline_that_tells_nothing_is_left_out_and_counted(tmp_path, capsys):
    """With --read-headlines a row whose headline tells no event is left out, with a word and its first headline."""
    path = tmp_path / "mine.csv"
    path.write_text("time,headline\n2022-01-27,Russia rejects the offer\n2022-01-28,1914 - 1918\n")
    assert code_stance("1914 - 1918").label == "none"
    with pytest.raises(SystemExit) as ended:
        main(["events", "import", "csv", str(path), "--read-headlines", "--format", "csv"])
    streams = capsys.readouterr()
    assert not ended.value.code
    assert [row["stance"] for row in csv.DictReader(io.StringIO(streams.out))] == ["raise"]
    assert "1 of 2 rows left out, their headlines tell no event: 2022-01-28 1914 - 1918" in streams.err


def test_an_entry_that_tells_nothing_is_set_aside(tmp_path):
    """A feed's entry whose stance is none is no event: it is set aside, and counted there."""
    texts = ("Russia rejects the offer", "1914 - 1918")
    found = import_feed(feed(tmp_path, *(ITEM.format(title=text, text="", date=DATED) for text in texts)))
    assert [row["headline"] for row in found.events] == [texts[0]]
    assert [(one["text"], one["reason"]) for one in found.set_aside] == [(texts[1], "no move")]


# --- feeds ---------------------------------------------------------------------------------------------------------


def feed(folder, *items):
    """Write a feed."""
    path = folder / "feed.xml"
    path.write_text(FEED.format(items="".join(items)), encoding="utf-8")
    return path


def test_feed_entries(tmp_path):
    """An entry is an event at the instant of its publication, in UTC, its stance that of its words without the tags."""
    text = "&lt;p&gt;Moscow threatened to &lt;b&gt;retaliate&lt;/b&gt;.&lt;/p&gt;"
    path = feed(tmp_path, ITEM.format(title="Russia scorns NATO&#8217;s offer", text=text, date=DATED))
    found = import_feed(path)
    (event,) = table(found).to_dict("records")
    assert (event["time"], event["published_at"]) == ("2022-01-26T21:30+00:00", "2022-01-26T21:30+00:00")
    assert (event["actor"], event["target"], event["kind"], event["stance"]) == ("RUS", "NATO", "threat", "raise")
    right = code_stance("Russia scorns NATO’s offer. Moscow threatened to retaliate.")
    assert event["confidence"] == right.confidence
    assert [one["text"] for one in found.events[0]["evidence"]] == [one.text for one in right.evidence]
    assert (event["source"], event["url"]) == ("Made-up wire", "https://wire.example/1")


def test_feed_entries_set_aside(tmp_path):
    """An entry without a readable time, or without a title, is set aside; one whose clock has no zone says so."""
    undated = ITEM.format(title="Talks resume", text="", date="")
    untitled = ITEM.format(title="", text="x", date=DATED)
    found = import_feed(feed(tmp_path, undated, untitled))
    assert [one["reason"] for one in found.set_aside] == ["no readable publication time", "no title"]
    atom = tmp_path / "atom.xml"
    atom.write_text(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title><entry><title>Talks resume</title>'
        "<published>2022-01-27T09:00:00</published></entry></feed>"
    )
    (event,) = import_feed(atom).events
    assert (event["time"], event["note"]) == (
        "2022-01-27T09:00+00:00",
        "no zone in '2022-01-27T09:00:00': taken as UTC",
    )


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("Tue, 12 Jul 2022 18:10:00 BRT", "2022-07-12T21:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 MSK", "2022-07-12T15:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 AKDT", "2022-07-13T02:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 Europe/Moscow", "2022-07-12T15:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 ET", "2022-07-12T22:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 EST", "2022-07-12T23:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 UTC+3", "2022-07-12T15:10+00:00"),
        ("Tue, 12 Jul 2022 18:10:00 UT", "2022-07-12T18:10+00:00"),
        ("Fri, 18 Nov 2022", "2022-11-18"),
        ("Tue, 12 Jul 2022 18:10:00 IST", "Europe/Dublin, Asia/Jerusalem or Asia/Kolkata"),
        ("Tue, 12 Jul 2022 18:10:00 XYZ", "'XYZ' is not a time zone"),
    ],
)
def test_zones_and_days_of_feeds(tmp_path, written, time):
    """A zone by name counts as in a table of events, or sets the entry aside; a day without a clock stays one."""
    dated = f"<pubDate>{written}</pubDate>"
    found = import_feed(feed(tmp_path, ITEM.format(title="Iran agreed", text="", date=dated)))
    if found.events:
        assert [(row["time"], row["published_at"], row["note"]) for row in found.events] == [(time, time, "")]
    else:
        assert time in found.set_aside[0]["reason"]


def test_a_feed_whose_publication_cannot_be_read_is_dated_by_its_update(tmp_path):
    """An entry published 'soon' and updated on a day is of that day; nothing is known before it."""
    entry = "<entry><title>Iran rejects offer</title><published>soon</published><updated>{}</updated></entry>"
    path = tmp_path / "feed.xml"
    for updated, events in (("2022-01-27T10:00:00Z", 1), ("later", 0)):
        path.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>w</title>{entry.format(updated)}</feed>')
        found = import_feed(path)
        assert [row["published_at"] for row in found.events] == ["2022-01-27T10:00+00:00"] * events
        assert len(found.set_aside) == 1 - events


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_feeds_with_entities_are_refused(tmp_path, encoding):
    """A feed that declares entities, the means of swelling and of reading other files, is not read at all."""
    swelling = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    reading = '<!DOCTYPE x SYSTEM "y" [ <!ENTITY % a SYSTEM "file:///etc/hostname"> ]>'
    for declared in (swelling, reading):
        path = tmp_path / "bomb.xml"
        path.write_text(
            f'<?xml version="1.0" encoding="{encoding}"?>{declared}<rss><channel></channel></rss>', encoding=encoding
        )
        with pytest.raises(InputError, match="declares entities"):
            import_feed(path)


def test_bad_feeds(tmp_path):
    """What is no feed is refused; a feed that is cut off is read as far as it goes, and that is said."""
    path = tmp_path / "x.xml"
    path.write_text("Dear diary")
    with pytest.raises(InputError, match="is not a feed"):
        import_feed(path)
    path.write_text(FEED.format(items=ITEM.format(title="Iran agreed", text="", date=DATED))[:-20])
    found = import_feed(path)
    assert (len(found.events), len(found.notes)) == (1, 1)
