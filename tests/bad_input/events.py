# ruff: noqa: E501  # a case is a row
"""Broken event files, calendars, feeds, articles and options, each with the exit code and the words it must end with.

A case is a row: its name, the files it needs (name to content; a callable makes what is large), the words of the command
with ``{name}`` for a file, the exit code, and what must stand in what is printed (a regular expression).
"""

import io
import json
import struct
import zipfile

GOOD = "time,stance,headline\n2022-01-27,raise,Russia rejects the offer\n"
CHECK = ("events", "check")


def table(*rows, header="time,stance,headline"):
    """Write a CSV."""
    return "\n".join((header, *rows)) + "\n"


def event(**cells):
    """Write a JSON of one event."""
    return json.dumps([{"time": "2022-01-27", "headline": "x", **cells}])


def zipped(names, content="x\n"):
    """Write a zip of some files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return made.getvalue()


def calendar(*lines):
    """Write a calendar of one meeting, and a sound one behind it."""
    sound = ("BEGIN:VEVENT", "SUMMARY:Sound talks", "DTSTART:20220110T080000Z", "END:VEVENT")
    return "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "SUMMARY:Odd talks", *lines, "END:VEVENT", *sound,
                        "END:VCALENDAR", ""))  # fmt: skip


def feed(items, declared=""):
    """Write an RSS feed."""
    return f'<?xml version="1.0"?>{declared}<rss version="2.0"><channel><title>Wire</title>{items}</channel></rss>'


def gdelt(**cells):
    """Write a GDELT row of version 2."""
    row = [""] * 61
    at = {"day": 1, "one": 7, "other": 17, "code": 26, "root": 28, "quad": 29, "goldstein": 30, "mentions": 31,
          "articles": 33, "tone": 34, "added": 59}  # fmt: skip
    sound = {"day": "20220127", "one": "RUS", "other": "USA", "code": "130", "root": "13", "quad": "3",
             "goldstein": "-4.4", "mentions": "500", "articles": "9", "tone": "-2", "added": "20220127143000"}  # fmt: skip
    for name, value in {**sound, **cells}.items():
        row[at[name]] = value
    return "\t".join(row) + "\n"


def one(name, content, code, said, command=CHECK, file="mine.csv", more=()):
    """Return a case of one file."""
    return (name, {file: content}, (*command, "{" + file + "}", *more), code, said)


BOMB = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10 if k else "ha" * 10}">' for k in range(9))
DATED = "<pubDate>Thu, 27 Jan 2022 00:30:00 +0300</pubDate>"
ICS = ("events", "import", "ics")
RSS = ("events", "import", "rss")
CSV = ("events", "import", "csv")
GDELT = ("events", "import", "gdelt")
READ = ("events", "extract")
PUBLISHED = ("--published", "2022-01-27")

TIMES = [
    one(f"time {name}", table(f"{when},raise,x"), 2, rf"mine.csv, row 2, column time\w*: .*{said}")
    for name, when, said in (
        ("of year 1", "0001-01-01", "outside the years"),
        ("of 1600", "1600-05-01", "outside the years"),
        ("of 2262", "2262-04-12", "outside the years"),
        ("of 9999", "9999-12-31", "outside the years"),
        ("of 9999 with a clock", "9999-12-31T23:59-23:59", "outside the years|not a time"),
        ("in February's end", "2022-02-30", "no day|not a"),
        ("that is a word", "soon", "not a"),
        ("that is a month", "2022-01", "no day"),
        ("with a clock and no zone", "2022-01-27T12:30", "no zone"),
        ("skipped by clocks going forward", "2022-03-27T02:30 Europe/Berlin", "did not happen"),
        ("in a zone of several", "2022-01-27T12:30 IST", "write which"),
        ("in a zone of inverted name", "2022-01-27T12:30 Etc/GMT+3", "inverted"),
        ("in the wrong season", "2022-07-14T15:30 EST", "EDT"),
        ("in an unknown zone", "2022-01-27T12:30 Mars/Base", "not a time zone"),
        ("with an offset of fifteen hours", "2022-01-27T12:30+15:00", "offset beyond 14 hours|not a"),
        ("with an offset of 23 hours", "2022-01-27T12:30-23:59", "offset beyond 14 hours|not a"),
        ("of a hundred digits", "2" * 100, "not a"),
    )
]
CELLS = [
    one("stance unknown", table("2022-01-27,rase,x"), 2, "row 2, column stance: 'rase' is not a stance; did you mean"),
    one("a key twice", '[{"time": "2022-01-27", "stance": "raise", "stance": "fold"}]', 2, "'stance' stands twice in one object", file="mine.json"),
    one("status unknown", event(status="sure"), 2, "column status: 'sure' is not a status", file="mine.json"),
    one("precision unknown", event(precision="hour"), 2, "is not a precision", file="mine.json"),
    one("minute without a clock", event(precision="minute"), 2, "'minute' needs a clock", file="mine.json"),
    one("intensity beyond", event(intensity=11), 2, "column intensity: 11 is outside", file="mine.json"),
    one("intensity infinite", event(intensity="inf"), 2, "column intensity: inf is outside", file="mine.json"),
    one("intensity with an underscore", event(intensity="1_0"), 2, "'1_0' is not a number", file="mine.json"),
    one("intensity of 5,000 digits", '[{"time": "2022-01-27", "intensity": ' + "9" * 5000 + "}]", 2, "is not a number",
        file="mine.json"),
    one("intensity NaN in JSON", '[{"time": "2022-01-27", "intensity": NaN}]', 0, "1 event", file="mine.json"),
    one("id twice", event() [:-1] + ', {"time": "2022-01-28", "id": "2022-01-27-x"}, {"time": "2022-01-29", "id": '
        '"2022-01-27-x"}]', 2, "column id: '2022-01-27-x' is already the id of row 2", file="mine.json"),
    one("surrogate in a headline", '[{"time": "2022-01-27", "headline": "a\\ud800"}]', 2,
        "row 1, column headline: half a character", file="mine.json"),
    one("surrogate in an id", '[{"time": "2022-01-27", "id": "\\udfff"}]', 2, "row 1, column id: half a", file="mine.json"),
    one("surrogate in a column's name", '[{"time": "2022-01-27", "\\ud800": 1}]', 2, "half a character", file="mine.json"),
    one("nested cell", '[{"time": {"a": 1}}]', 2, "row 1, column time", file="mine.json"),
    one("control characters", event(headline="a\x00b\x1b[31mc\x07"), 0, "control", file="mine.json"),
    one("bidi marks", event(headline="a\u202eb\u2066c"), 0, "control", file="mine.json"),
    one("control characters in an id", event(id="a\x1b]0;x\x07b"), 0, "control", file="mine.json"),
    one("non-characters", event(headline="a\ufffe\uffffb"), 0, "control", file="mine.json"),
    one("NUL in a table", "time,stance,headline\n2022-01-27,raise,a\0b\n", 2, "mine.csv, row 2: a NUL character"),
    one("formula in a headline", table('2022-01-27,raise,"=cmd()"'), 0, "1 event"),
]  # fmt: skip
FILES = [
    one("empty", "", 2, "mine.csv is empty"),
    one("blank", "\n \n\n", 2, "mine.csv"),
    one("header alone", table(), 2, "mine.csv has no events"),
    one("no time", table("x,raise", header="headline,stance"), 2, "no column 'time'"),
    one("five thousand columns and no time", lambda: ",".join(f"c{k}" for k in range(5000)) + "\n" + "x," * 4999 + "x\n", 2,
        "no column 'time'"),
    one("five thousand columns to map", lambda: ",".join(f"c{k}" for k in range(5000)) + "\n" + "x," * 4999 + "x\n", 2,
        "no column 'when'", command=CSV, more=("--map", "time=when")),
    one("stance misspelt", table("2022-01-27,raise", header="time,stanse"), 2, "did you mean 'stance'"),
    one("column twice", table("2022-01-27,raise,raise", header="time,stance,stance"), 2, "mine.csv.*stance"),
    one("ragged", table("2022-01-27,raise,x,y,z"), 2, "mine.csv.*row 2"),
    one("quotation mark left open", table('2022-01-27,raise,"x'), 2, "mine.csv.*quot"),
    one("days and months mixed", table("03/04/2022,raise,x", "04/03/2022,fold,y"), 2, "mine.csv.*--time-format"),
    one("binary", bytes(range(256)) * 20, 2, "mine.csv"),
    one("picture", b"\x89PNG\r\n\x1a\n" + bytes(1000), 2, "mine.csv"),
    one("calendar saved as a table", table("27.01.2022,9:00,Talks", header="Start Date,Start Time,Subject"), 2,
        "--map 'time=Start Time' --map headline=Subject"),
    one("market in a column of its own", table("2022-01-27,AAPL", header="Date,Ticker"), 0, "--map series=Ticker"),
    one("stances of headlines that tell nothing", table("2022-01-27,x", header="Date,headline"), 3, "no headline tells",
        command=CSV, more=("--read-headlines",)),
    one("web page", "<!DOCTYPE html><p>x", 2, "mine.csv is a web page"),
    one("calendar as events", calendar(), 2, r"m.ics is a calendar.*eventstudy events import ics \S*m.ics --append ",
        file="m.ics"),
    one("feed as events", feed(""), 2, r"f.xml is a news feed.*eventstudy events import rss \S*f.xml --append ",
        file="f.xml"),
    one("old workbook", b"\xd0\xcf\x11\xe0" + bytes(600), 2, r"\.xls"),
    one("workbook in name", GOOD, 0, "1 event", file="mine.xlsx"),
    one("workbook broken", b"PK\x03\x04" + bytes(100), 2, "mine.xlsx", file="mine.xlsx"),
    one("parquet in name", GOOD, 2, "not a readable Parquet", file="mine.parquet"),
    one("parquet broken", b"PAR1" + bytes(100) + struct.pack("<i", 10) + b"PAR1", 2, "mine.parquet", file="mine.parquet"),
    one("gzip", b"\x1f\x8b\x08" + bytes(50), 2, "mine.csv"),
    one("UTF-16 cut off", GOOD.encode("utf-16")[:-1], 2, "mine.csv"),
    one("JSON cut off", '[{"time": "2022', 2, "mine.json is not readable JSON", file="mine.json"),
    one("JSON of numbers", "[1, 2]", 2, "list of tables", file="mine.json"),
    one("JSON of nothing", "null", 2, "mine.json", file="mine.json"),
    one("JSON deep", "[" * 100_000, 2, "mine.json is not readable JSON: it is nested too deep", file="mine.json"),
    one("TOML deep", "events = " + "[" * 100_000, 2, "mine.toml is not readable TOML: it is nested", file="mine.toml"),
    one("TOML of 5,000 digits", "[[events]]\ntime = 2022-01-27\nid = " + "9" * 5000, 2, "mine.toml", file="mine.toml"),
    one("TOML of a key of 20,000 dots", "a" + ".a" * 20_000 + " = 1", 2, "mine.toml is not readable TOML: it is nested", file="mine.toml"),
    one("TOML of a quoted key of dots", "b" + ".'a'" * 20_000 + " = 1", 2, "mine.toml is not readable TOML: it is nested", file="mine.toml"),
    one("TOML of a table of dots", "[ a" + " . a" * 20_000 + "]", 2, "mine.toml is not readable TOML: it is nested", file="mine.toml"),
    one("a hundred thousand columns", lambda: ",".join(f"c{k}" for k in range(100_000)) + "\n" + "x," * 99_999 + "x\n", 2,
        "100,000 columns; a table has at most"),
    one("TOML slip", "[[events]\ntime = 1", 2, "mine.toml is not readable TOML", file="mine.toml"),
    one("missing", None, 4, "no event file"),
    ("a folder", {}, (*CHECK, "."), 4, "no event file"),
    one("header of ten million characters", lambda: "t" * 10_000_000 + "\n2022-01-27\n", 2, "mine.csv", command=CSV),
    one("cell of ten million characters", lambda: table("2022-01-27,raise," + "x" * 10_000_000), 2, "mine.csv, row 2: a cell of more than"),
    one("time of ten million characters", lambda: table("2" * 10_000_000 + ",raise,x"), 2, "mine.csv, row 2: a cell of more than"),
    one("cell of a hundred thousand characters", table("2022-01-27,raise," + "x" * 100_000), 0, "1 event"),
    one("ten thousand events of one day", lambda: table(*(["2022-01-27,raise,x"] * 10_000)), 0, "10,?000 events"),
    one("unknown column to map", GOOD, 2, "Whn", command=CSV, more=("--map", "time=Whn")),
    one("unknown field to map", GOOD, 2, "titel", command=CSV, more=("--map", "titel=headline")),
    one("map without a sign", GOOD, 2, "--map", command=CSV, more=("--map", "time")),
    one("set without a value", GOOD, 2, "--set", command=CSV, more=("--set", "stance")),
    one("set to nonsense", GOOD, 2, "not a stance|rase", command=CSV, more=("--set", "stance=rase", "--out", "o.csv")),
    one("directive twice", GOOD, 2, "--time-format|%Y", command=CSV, more=("--time-format", "%Y-%Y")),
    one("directive unknown", GOOD, 2, "--time-format|%!", command=CSV, more=("--time-format", "%!")),
    one("sheet of a text", GOOD, 2, "--sheet", command=CSV, more=("--sheet", "a")),
    one("append to a broken file", GOOD, 2, "old.csv", command=CSV, more=("--append", "{old.csv}")),
    ("merge with a broken file", {"a.csv": GOOD, "old.csv": "x"}, ("events", "merge", "{a.csv}", "{old.csv}", "--out", "o.csv"),
     2, "old.csv"),
    one("confirm without a terminal", GOOD, 2, "terminal", command=("events", "confirm")),
]  # fmt: skip
FILES[-3][1]["old.csv"] = "nothing\nof use\n"

CALENDARS = [
    one(f"meeting {name}", calendar(*lines), 0, said, command=ICS, file="m.ics", more=("--all",))
    for name, lines, said in (
        ("without a start", (), "no time"),
        ("of two starts", ("DTSTART:20220101T080000Z", "DTSTART:20220102T080000Z"), "2 start times"),
        ("of a broken start", ("DTSTART:20221301",), "unreadable start"),
        ("of year 1", ("DTSTART:00010101",), "outside the years"),
        ("of 9999", ("DTSTART:99991231T235959Z",), "outside the years"),
        ("without a zone", ("DTSTART:20220101T080000",), "--zone"),
        ("without an end of its repetitions", ("DTSTART:20220101", "RRULE:FREQ=DAILY"), "without an end"),
        ("by the second", ("DTSTART:20220101", "RRULE:FREQ=SECONDLY;COUNT=9"), "FREQ=SECONDLY"),
        ("a billion times", ("DTSTART:20220101", "RRULE:FREQ=DAILY;COUNT=1000000000"), "too many"),
        ("on 30 February", ("DTSTART:20220101", "RRULE:FREQ=DAILY;COUNT=9;BYMONTH=2;BYMONTHDAY=30"), "its rule is"),
        ("of a broken rule", ("DTSTART:20220101", "RRULE:FREQ"), "repetitions|Odd"),
        ("inside another", ("DTSTART:20220101", "BEGIN:VEVENT", "DTSTART:20220102"), "Sound"),
        ("with control characters", ("DTSTART:20220102", "LOCATION:a\x1b[2J\u202e"), "control characters"),
        ("with a title that turns round", ("DTSTART:20220102", "SUMMARY:a\u202eb"), "control characters"),
    )
] + [
    one("calendar that is none", "hello", 2, "not a calendar", command=ICS, file="m.ics"),
    one("calendar empty", "", 2, "m.ics is empty", command=ICS, file="m.ics"),
    one("calendar too large", lambda: "BEGIN:VCALENDAR\n" + "x" * (33 << 20), 2, "at most", command=ICS, file="m.ics"),
    one("calendar of one line of ten million characters", lambda: calendar("DTSTART:2022" + "0" * 10_000_000), 0, "start",
        command=ICS, file="m.ics", more=("--all",)),
    one("calendar zone unknown", calendar(), 2, "not a time zone", command=ICS, file="m.ics", more=("--zone", "Mars")),
]  # fmt: skip
FEEDS = [
    one("feed that swells", feed("<item><title>&a8;</title></item>", f"<!DOCTYPE x [{BOMB}]>"), 2, "declares entities",
        command=RSS, file="f.xml"),
    one("feed that reads files", feed("&x;", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>'), 2,
        "declares entities", command=RSS, file="f.xml"),
    one("feed in UTF-16 that swells", feed("&a8;", f"<!DOCTYPE x [{BOMB}]>").encode("utf-16"), 2, "declares entities",
        command=RSS, file="f.xml"),
    one("feed that is none", "hello", 2, "not a feed", command=RSS, file="f.xml"),
    *(one(f"feed of the offset {shift}", feed("<item><title>Russia warns</title><pubDate>Wed, 26 Jan 2022 09:00:00 "
          f"{shift}</pubDate></item>"), 0, "an offset of|set aside", command=RSS, file="f.xml")
      for shift in ("+9999999999", "+1500", "-2359", "+0399")),
    one("feed empty", "", 2, "f.xml is empty", command=RSS, file="f.xml"),
    one("feed not well-formed", feed(f"<item><title>Iran rejects offer</title>{DATED}")[:-30], 0, "not well-formed",
        command=RSS, file="f.xml"),
    one("feed without times", feed("<item><title>Iran rejects offer</title></item>"), 0, "set aside",
        command=RSS, file="f.xml"),
    one("feed of year 1", feed("<item><title>Iran rejects it</title><pubDate>Mon, 01 Jan 0001 00:00:00 GMT</pubDate></item>"),
        0, "set aside", command=RSS, file="f.xml"),
    one("feed of year 9999", feed("<item><title>Iran rejects it</title><pubDate>Fri, 31 Dec 9999 23:59:59 GMT</pubDate></item>"),
        0, "set aside", command=RSS, file="f.xml"),
    one("feed of a title that turns round", feed(f"<item><title>Iran rejects &#x202e;offer</title>{DATED}</item>"), 0,
        "control characters", command=RSS, file="f.xml"),
    one("calendar of a million zones", lambda: "BEGIN:VCALENDAR\n" + "BEGIN:VTIMEZONE\n" * 100_000, 0, "Proposed",
        command=ICS, file="m.ics"),
    one("feed of deep elements", feed("<b>" * 100_000), 0, "not well-formed", command=RSS, file="f.xml"),
]  # fmt: skip
ARTICLES = [
    one(f"article {name}", text, code, said, command=READ, file="a.txt", more=more)
    for name, text, code, said, more in (
        ("of quotation marks", lambda: '"' * 1_000_000, 0, "0 |no |set aside", PUBLISHED),
        ("of curly quotation marks", lambda: "“" * 1_000_000, 0, "set aside", PUBLISHED),
        ("of dots", lambda: "." * 1_000_000, 0, "set aside", PUBLISHED),
        ("of dots and blanks", lambda: ". " * 500_000, 0, "set aside", PUBLISHED),
        ("of capitals", lambda: "A" * 1_000_000, 0, "set aside", PUBLISHED),
        ("of words in capitals", lambda: "AB " * 300_000, 0, "set aside", PUBLISHED),
        ("of one line of ten million characters", lambda: "Russia said. " * 770_000, 0, "set aside", PUBLISHED),
        ("of commas", lambda: "a, " * 300_000, 0, "set aside", PUBLISHED),
        ("that is empty", "", 0, "set aside", PUBLISHED),
        ("that is binary", bytes(range(256)), 2, "not UTF-8", PUBLISHED),
        ("without a publication date", "Iran rejected it.", 2, "--published", ()),
        ("published in year 1", "Iran rejected it on Tuesday.", 2, "outside the years", ("--published", "0001-01-01")),
        ("published in 9999", "Iran rejected it on Tuesday.", 2, "outside the years", ("--published", "9999-12-31")),
        ("published never", "Iran rejected it.", 2, "not a publication date", ("--published", "soon")),
        ("of an unknown zone", "Iran rejected it.", 2, "not a time zone", (*PUBLISHED, "--zone", "Mars")),
        ("of a coder unknown", "Iran rejected it.", 2, "--coder", (*PUBLISHED, "--coder", "my-coder")),
        ("of a coder far away", "Iran rejected it.", 2, "--allow-remote",
         (*PUBLISHED, "--coder", "https://coder.example/v1", "--model", "m")),
        ("of a coder that is not there", "Iran rejected it.", 2, "cannot be run", (*PUBLISHED, "--coder", "cmd: /no/such")),
        ("of a coder at no address", "Iran rejected it.", 2, "neither", (*PUBLISHED, "--coder", "http://[::1", "--model", "m")),
        ("of a coder's open quotation mark", "Iran rejected it.", 2, "--coder", (*PUBLISHED, "--coder", "cmd: 'x")),
    )
] + [
    one("article missing", None, 4, "no article", command=READ, file="a.txt", more=PUBLISHED),
    one("page that nests deep", lambda: "<html>" + "<div>" * 100_000, 2, "a.html", command=READ, file="a.html",
        more=PUBLISHED),
    one("page of open comments", lambda: "<html>" + "<!--" * 500_000, 2, "a.html", command=READ, file="a.html",
        more=PUBLISHED),
    *(
        (f"{what} {name}", {"a.txt": "Iran rejected it.", "own.toml": content},
         (*READ, "{a.txt}", *PUBLISHED, f"--{what}", "{own.toml}"), 2, "own.toml")
        for what in ("lexicon", "actors")
        for name, content in (
            ("deep", "x = " + "[" * 100_000), ("of 5,000 digits", "x = " + "9" * 5000), ("slip", "[x"),
            ("of unknown heading", "[nonsense]\nwords = 3"), ("of numbers", "[raise]\nstrong = [1]"),
            ("binary", bytes(range(256))), ("surrogate", b'[raise]\nstrong = ["\xed\xa0\x80"]'),
        )
    ),
]  # fmt: skip
COUNTS = [
    one("GDELT of a wild score", gdelt(goldstein="999"), 0, "1 broken rows", command=GDELT, file="g.CSV"),
    one("GDELT of no day", gdelt(day="20221350"), 0, "no day", command=GDELT, file="g.CSV"),
    one("GDELT of no number", gdelt(mentions="many"), 0, "no number", command=GDELT, file="g.CSV"),
    one("GDELT of 5,000 digits", gdelt(mentions="9" * 5000), 0, "no number", command=GDELT, file="g.CSV"),
    one("GDELT of 400 digits", gdelt(mentions="9" * 400), 0, "1 no number", command=GDELT, file="g.CSV"),
    one("GDELT of one long word", "a" * 140_000, 2, "g.CSV, row 1: .*no GDELT", command=GDELT, file="g.CSV"),
    one(
        "GDELT of deep JSON", "[" * 140_000 + "]" * 140_000, 2, "g.CSV, row 1: .*no GDELT", command=GDELT, file="g.CSV"
    ),
    one("GDELT of NaN", gdelt(tone="nan"), 0, "no number", command=GDELT, file="g.CSV"),
    one("GDELT of an actor that steers", gdelt(one="\x1b[2J"), 0, "1 no actor's code", command=GDELT, file="g.CSV"),
    one("GDELT that is none", GOOD, 2, "g.CSV", command=GDELT, file="g.CSV"),
    one("GDELT without a line end", lambda: "x\t" * 2_000_000, 2, "g.CSV", command=GDELT, file="g.CSV"),
    one("GDELT gzip", b"\x1f\x8b\x08", 2, "unpack", command=GDELT, file="g.CSV"),
    one("GDELT zip of two", zipped(["a", "b"]), 2, "2 files in it", command=GDELT, file="g.zip"),
    one("GDELT zip cut off", zipped(["a"])[:60], 2, "zip", command=GDELT, file="g.zip"),
    one("GDELT zip that swells", lambda: zipped(["a"], "x\n" * 5_000_000), 2, "swell", command=GDELT, file="g.zip"),
    one("GDELT empty", "", 3, "g.CSV is empty; fetch it", command=GDELT, file="g.CSV"),
    one("GDELT filter unknown", gdelt(), 2, "no pair|pair", command=GDELT, file="g.CSV", more=("--pair", "RUS")),
    one("GDELT quad unknown", gdelt(), 2, "quad", command=GDELT, file="g.CSV", more=("--quad", "9")),
]

CASES = [*TIMES, *CELLS, *FILES, *CALENDARS, *FEEDS, *ARTICLES, *COUNTS]
