import pandas as pd
import pytest

from eventstudy.errors import DataMissingError, InputError, UnknownNameError
from eventstudy.events import check_events, event_clock
from eventstudy.news import imported
from eventstudy.news import code_stance
from eventstudy.news.columns import import_csv
from eventstudy.news.feed import import_feed
from eventstudy.news.ics import import_ics

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


# --- CSV -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(tmp_path):
    """A table with column names of its own."""
    path = tmp_path / "mine.csv"
    path.write_text(
        'When,Title,Who,actor\n27.01.2022,"Russia rejected the offer, again",Peskov,RUS\n'
        "28.01.2022,Iran and Iraq resumed talks,,\n"
    )
    return path


def test_csv_columns_are_mapped(mine):
    """Columns bear the schema's names after the map, times are read by their format, and a stance comes with why."""
    found = import_csv(mine, {"time": "When", "headline": "Title"}, {"kind": "statement"}, time_format="%d.%m.%Y")
    events = table(found)
    assert events["time"].tolist() == ["2022-01-27", "2022-01-28"]
    assert events["stance"].tolist() == ["raise", "fold"]
    assert events["actor"].tolist() == ["RUS", "IRN"]
    assert events.loc[1, "target"] == "IRQ"
    assert set(events["status"]) == {"proposed"}
    assert found.events[0]["evidence"][0]["text"].startswith("rejected")
    assert "Who" not in events


def test_csv_keeps_what_it_is_given(tmp_path):
    """A stance that stands in the table is kept with full confidence, and is not read from the headline."""
    path = tmp_path / "a.csv"
    path.write_text("time,headline,move,status\n2022-01-27T12:30,They attacked,fold,confirmed\n")
    (row,) = import_csv(path, {"stance": "move"}, {"time_zone": "Europe/Moscow"}).events
    assert (row["stance"], row["confidence"], row["status"]) == ("fold", 1.0, "proposed")
    assert row["time_zone"] == "Europe/Moscow"


@pytest.mark.parametrize(
    ("columns", "options", "error", "message"),
    [
        ({"time": "Whn"}, {}, InputError, "did you mean 'When'"),
        ({"headline": "Title"}, {}, InputError, "which column is the time"),
        ({"time": "When"}, {}, InputError, "--map headline=COLUMN"),
        ({"titel": "Title"}, {}, UnknownNameError, "unknown column of the event schema 'titel'"),
        ({"time": "When", "headline": "Title"}, {"time_format": "%Y/%m"}, InputError, "row 2, column When"),
    ],
)
def test_csv_says_what_is_missing(mine, columns, options, error, message):
    """A wrong map is refused with what would be right."""
    with pytest.raises(error, match=message):
        import_csv(mine, columns, **options)


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
    assert events.loc[0, ["stance", "kind", "actor", "target"]].tolist() == ["hold", "talks", "RUS", "USA"]


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
    """A whole day is a date; a cancelled meeting is no event; of one that recurs the first is, and the rest is said."""
    (day,) = import_ics(calendar(tmp_path, "DTSTART;VALUE=DATE:20220112")).events
    assert (day["time"], day["time_zone"]) == ("2022-01-12", "")
    found = import_ics(calendar(tmp_path, "DTSTART;VALUE=DATE:20220112", rest="STATUS:CANCELLED\n"))
    assert (found.events, found.set_aside[0]["reason"]) == ((), "cancelled")
    found = import_ics(calendar(tmp_path, "DTSTART;VALUE=DATE:20220112", rest="RRULE:FREQ=WEEKLY;COUNT=3\n"))
    assert (len(found.events), found.set_aside[0]["reason"]) == (1, "repetitions after the first")
    found = import_ics(calendar(tmp_path, "CLASS:PUBLIC"))
    assert found.set_aside[0]["reason"] == "no time"


def test_what_is_no_calendar(tmp_path, monkeypatch):
    """Other text, an empty file, a missing one and one far too large are refused in a line."""
    path = tmp_path / "x.ics"
    for text, message in (("Dear diary", "not a readable calendar"), (" \n", "is empty")):
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            import_ics(path)
    with pytest.raises(DataMissingError, match="no calendar"):
        import_ics(tmp_path / "none.ics")
    monkeypatch.setattr(imported, "LARGEST", 1)
    with pytest.raises(InputError, match="has at most 1"):
        import_ics(path)


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
